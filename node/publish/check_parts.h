/* check_parts.h - what the files of the check share. */
#ifndef QIAN_NODE_PUBLISH_CHECK_PARTS_H
#define QIAN_NODE_PUBLISH_CHECK_PARTS_H

#include "node/publish/check.h"
#include "node/publish/manifest.h"
#include "qian/evidence.h"

#define CHECK_FILE_MAX (64u * 1024 * 1024)
#define CHECK_BAD_MAX  20 /* files named one by one; the rest as a number */

struct check_cert {
    struct qn_cert c;
    struct qn_buf bytes;
    char path[200];
    bool verified;
};
/* A draw of the chain of a supplement that came before it. */
struct check_before {
    char dir[200];
    int64_t id;
    struct qn_buf frames;
    struct qn_evidence ev;
};
#define CHECK_CHAIN_MAX 64
struct check {
    const struct check_options *o;
    struct check_report *report;
    bool no_memory; /* kept until the end: a report with a step missing must not say ok */
    char office[QN_CODE_MAX + 1], dir[200]; /* "draws/140602-1-45-0" */
    int64_t id;
    struct qn_policy policy;
    bool has_policy;
    struct check_cert *cert; /* owned */
    size_t ncerts;
    struct manifest m;
    char publisher[QN_CODE_MAX + 1]; /* whose signature the manifest has; "" before that is known */
    bool has_manifest;
    struct qn_buf frames;
    struct qn_evidence ev;
    bool read; /* the evidence's texts may be used */
    const struct qn_cert *signer[QN_EV_ENTRIES];
    struct qn_rules *rules; /* owned; QN_ORDER_SLOTS */
    const struct qn_rules *rules_of[QN_ORDER_SLOTS];
    struct qn_ev_times times[QN_EV_ENTRIES];
    struct check_before *before; /* owned; of a supplement, main draw first */
    const struct qn_evidence *chain[CHECK_CHAIN_MAX];
    size_t nchain;
};

/* Adds a step that holds, or one that does not (why; may be NULL when the step's own words say it all). */
void check_ok(struct check *c, const char *id, const char *fmt, ...) QN_PRINTF(3, 4);
void check_fails(struct check *c, const struct qn_err *why, const char *id, const char *fmt, ...)
    QN_PRINTF(4, 5);
/* One file of the site below its directory. */
QN_MUST_USE enum qn_code check_read(struct check *c, struct qn_buf *out, const char *path,
                                    struct qn_err *err);
/* The verified certificate of an office and epoch (0: the newest); NULL when there is none. */
const struct qn_cert *check_cert_of(const struct check *c, const char *office, uint16_t epoch);
/* The verified certificate of the office that names this VRF key; NULL when none does. */
const struct qn_cert *check_vrf_cert(const struct check *c, const char *office,
                                     const uint8_t vrf[QN_PUBKEY]);
bool check_is_above(const struct check *c, const char *above, const char *office);

/* Whose verified certificate of that office cosigned the note; NULL when none did. */
const struct qn_cert *check_cosigner(const struct check *c, const struct qn_note *note,
                                     const char *office, uint64_t *time_s);
void check_free(struct check *c);

void check_identity(struct check *c); /* check_files.c: policy, certificates */
void check_files(struct check *c);    /* check_files.c: manifest and every file */
void check_script(
    struct check *c); /* check_entry.c: the script of the pages is the one in the log */
void check_verdicts(struct check *c); /* check_entry.c: what offices above found */
bool check_is_forgotten(const struct check *c);
void check_forgotten(struct check *c);  /* check_forgotten.c: who ordered it, and no answer */
void check_draw(struct check *c);       /* check_draw.c: entries, proofs, seed, list */
void check_supplement(struct check *c); /* check_supplement.c: beside the draws before it */
void check_object(struct check *c);     /* check_object.c: the answer, the slip */
#endif
