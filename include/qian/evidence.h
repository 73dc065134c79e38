/* evidence.h - a released draw as anyone sees it: ORDER, FREEZE and DRAW, checked without a database.
 * Spec: protocol/spec/publication.md (PUBLIC profile)
 *
 * Input is the entries.frames file of a site: three entries, each a HEADER frame and the PART frame of
 * its public part, then the further DRAW entries of a list too long for one. Call the steps in the order
 * below: nothing is parsed before its signature holds. Every step refuses by itself, so that a page or a
 * program can name what does not hold and go on.
 * Ownership: the evidence borrows from the frames and owns its lists: qn_evidence_release().         */
#ifndef QIAN_EVIDENCE_H
#define QIAN_EVIDENCE_H

#include "qian/change.h"
#include "qian/draw.h"
#include "qian/frame.h"
#include "qian/slip.h"

#define QN_EV_MORE 1024 /* further DRAW entries: 4 million selected objects */

enum qn_ev { QN_EV_ORDER, QN_EV_FREEZE, QN_EV_DRAW, QN_EV_ENTRIES };
const char *qn_ev_name(enum qn_ev which); /* "ORDER" ... */

struct qn_ev_entry {
    struct qn_span header;
    const uint8_t *sig; /* QN_SIG bytes */
    uint8_t leaf[QN_HASH];
    char origin[QN_ORIGIN_MAX + 1], office[QN_CODE_MAX + 1];
    uint16_t epoch;
    uint64_t seq;
    struct qn_part_frame part;
};
struct qn_ev_selected {
    uint8_t slot; /* slot line number of the order, from 1 */
    enum qn_picked mode;
    int64_t draw_id; /* of the result that it belongs to */
    struct qn_span object_id;
    const uint8_t *salt; /* QN_SALT16 bytes */
};
struct qn_evidence {
    struct qn_ev_entry entry[QN_EV_ENTRIES];
    struct qn_ev_entry
        *more; /* owned; their content is held by the roots in DRAW, so they need no proofs */
    size_t nmore;
    /* by qn_evidence_read */
    struct qn_span note_bytes, freeze_text, result_text;
    struct qn_note note;
    struct qn_order order;
    struct qn_freeze freeze;
    struct qn_result result;
    int64_t draw_id;                 /* of the result's row */
    struct qn_ev_selected *selected; /* ascending by slot, object_id */
    size_t nselected;
    /* by qn_evidence_seed */
    bool has_seed;
    uint8_t seed[32];
    struct qn_draw_keys keys;
};
void qn_evidence_release(struct qn_evidence *e);

/* 1. The file's form: frames, kinds, places; headers decode. */
QN_MUST_USE enum qn_code qn_evidence_split(struct qn_evidence *out, struct qn_span frames,
                                           struct qn_err *err);
/* 2. One entry's header (and those of further DRAW entries) is signed by this certificate's log key. */
QN_MUST_USE enum qn_code qn_evidence_signed(const struct qn_evidence *e, enum qn_ev which,
                                            const struct qn_cert *signer, struct qn_err *err);
/* 3. One entry's part (and those of further DRAW entries) is the one its header commits to. */
QN_MUST_USE enum qn_code qn_evidence_committed(const struct qn_evidence *e, enum qn_ev which,
                                               struct qn_err *err);
/* 4. Rows and texts. signer: the certificate of each entry's office, as in step 2. */
QN_MUST_USE enum qn_code qn_evidence_read(struct qn_evidence *e,
                                          const struct qn_cert *const signer[QN_EV_ENTRIES],
                                          struct qn_err *err);
/* 5. The order's note is signed by its parent's log key, and is addressed to the office that drew. */
QN_MUST_USE enum qn_code qn_evidence_order(const struct qn_evidence *e,
                                           const struct qn_cert *parent, struct qn_err *err);
/* 6. The three texts name each other. */
QN_MUST_USE enum qn_code qn_evidence_links(const struct qn_evidence *e, struct qn_err *err);
/* 7. One entry's leaf stands in the tree whose checkpoint this proof file (tlog-proof@v1) carries, signed by the
 * log's own key. note: borrows from proof, for qn_cosign_verify.                                               */
QN_MUST_USE enum qn_code qn_evidence_proof(struct qn_note *note, const struct qn_ev_entry *entry,
                                           struct qn_span proof, const struct qn_cert *signer,
                                           struct qn_err *err);
/* 8. Every VRF proof holds for its key, the first being the office's own; sets seed and keys. */
QN_MUST_USE enum qn_code qn_evidence_seed(struct qn_evidence *e, const struct qn_cert *office,
                                          struct qn_err *err);
/* 9. The opened list has the counts and roots that DRAW names. */
QN_MUST_USE enum qn_code qn_evidence_list(const struct qn_evidence *e, struct qn_err *err);
/* 10. Lots, quotas and cut-offs fit each other; with rules[i] of slot line i + 1 (NULL: not published) the quota
 * follows from the claimed base and pool. slot: which line failed.                                             */
QN_MUST_USE enum qn_code qn_evidence_strata(const struct qn_evidence *e,
                                            const struct qn_rules *const rules[],
                                            struct qn_err *err);

/* 11. Of a draw on a supplement (public-20): chain are the n draws before it, the main one first, each after the steps
 * before this one. */
QN_MUST_USE enum qn_code qn_evidence_follows(const struct qn_evidence *e,
                                             const struct qn_evidence *const *chain, size_t n,
                                             struct qn_err *err);
/* Whether the object stands on a list of the chain in this slot line: it could not be drawn once more. */
bool qn_evidence_drawn_before(const struct qn_evidence *const *chain, size_t n, uint8_t slot,
                              struct qn_span object_id);

/* ---- one entry alone in a file (site-15) ---- */
enum qn_ev_alone { QN_EV_VERDICT, QN_EV_SCRIPT /* any PUBLISH */, QN_EV_RESULT, QN_EV_EXC };
struct qn_ev_answers {
    unsigned voids;  /* among the exceptions that were opened */
    unsigned hidden; /* that the order names and that were not there */
};
/* Form only, of the first entry in frames, which are moved on; borrows from them. */
QN_MUST_USE enum qn_code qn_evidence_next(struct qn_ev_entry *out, enum qn_ev_alone what,
                                          struct qn_span *frames, struct qn_err *err);
/* The same of a file with nothing behind it. */
QN_MUST_USE enum qn_code qn_evidence_alone(struct qn_ev_entry *out, enum qn_ev_alone what, struct qn_span frames,
                                           struct qn_err *err);
/* Signature, commitment, registry; then every row that this certificate may write. */
QN_MUST_USE enum qn_code qn_evidence_alone_rows(const struct qn_ev_entry *x, enum qn_ev_alone what,
                                                const struct qn_cert *signer, qn_row_fn *row, void *ctx,
                                                struct qn_err *err);

/* ---- the exceptions that a supplement answers (public-21) ---- */
typedef const struct qn_cert *qn_ev_cert_fn(void *ctx, const char *office, uint16_t epoch);
/* frames: entries that its order names, those that are at hand; none: no bytes. cert: of an office and epoch, NULL unknown. */
QN_MUST_USE enum qn_code qn_evidence_answers(struct qn_ev_answers *out, const struct qn_evidence *e,
                                             const struct qn_evidence *const *chain, size_t n,
                                             struct qn_span frames, qn_ev_cert_fn *cert, void *ctx,
                                             struct qn_err *err);

/* The list's entry of an object in a slot; NULL when it is not among the selected. */
const struct qn_ev_selected *qn_evidence_find(const struct qn_evidence *e, uint8_t slot,
                                              struct qn_span object_id);
/* The ticket of any id. Needs step 8. */
void qn_evidence_ticket(uint8_t out[QN_HASH], const struct qn_evidence *e,
                        struct qn_span object_id);
/* Whether an object that is not among the selected of a slot could have been drawn there: its ticket is at or
 * below the cut-off of some stratum of the slot.                                                               */
bool qn_evidence_below(const struct qn_evidence *e, uint8_t slot, const uint8_t ticket[QN_HASH]);
/* With an opened slip: whether not being selected is what the draw's own numbers say. */
QN_MUST_USE enum qn_code qn_evidence_place(const struct qn_evidence *e, uint8_t slot,
                                           const struct qn_place *place,
                                           const uint8_t ticket[QN_HASH], struct qn_err *err);

/* When each ancestor first cosigned an entry. */
#define QN_EV_WITNESSES 4
struct qn_ev_times {
    unsigned n;
    struct {
        char office[QN_CODE_MAX + 1];
        uint64_t time_s;
    } by[QN_EV_WITNESSES];
};
/* The level that the evidence shows, whatever the order's line says. */
enum qn_draw_level qn_evidence_level(const struct qn_ev_times times[QN_EV_ENTRIES],
                                     uint32_t witness_hours);
#endif
