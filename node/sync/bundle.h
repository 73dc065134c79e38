/* bundle.h - an exchange in a file: made, looked at, taken in.      Spec: protocol/spec/bundle.md
 *
 * Sealed to the recipient and the sender. Written aside and renamed; read as far as it is whole.
 * Locking: whoever calls holds the office's lock.                                              */
#ifndef QIAN_NODE_SYNC_BUNDLE_H
#define QIAN_NODE_SYNC_BUNDLE_H

#include "node/sync/exchange.h"

#define BUNDLE_MAGIC      "qian-bundle/1\n"
#define BUNDLE_MAX        (UINT64_C(4) << 30) /* bytes of a file: robustness of sticks, limits.md */
#define BUNDLE_RECIPIENTS 4

struct freight;

struct bundle_make {
    const char *to, *path;
    bool all;          /* also what the recipient is known to hold */
    bool files;        /* evidence files too (files-17) */
    bool files_only;   /* a further bundle: nothing but files */
    uint64_t size_max; /* bytes of the file; 0: as many as there may be */
    struct freight *
        freight; /* which files come next, carried from one bundle to the next; NULL: from the first */
    const struct qn_report *report;
};
QN_MUST_USE enum qn_code bundle_make(struct store *st, const struct bundle_make *o,
                                     struct exchange_sent *sent, struct qn_err *err);

struct bundle_info {
    char from[QN_CODE_MAX + 1], to[QN_CODE_MAX + 1];
    uint64_t created_ms;
    uint32_t needs; /* bits of abilities beyond version 1 */
    unsigned nrecipients;
    char recipient[BUNDLE_RECIPIENTS][QN_CODE_MAX + 1]; /* who can open it */
    uint64_t size,
        chunks; /* bytes of the file; chunks that are there by their lengths (bundle_look) */
    bool opened;
    uint64_t frames, bytes; /* whole frames that opened */
    uint64_t count[QN_FRAME_TYPES];
    uint64_t files, file_bytes; /* taken in: files that are whole now, bytes of files */
    bool whole;                 /* ends with END; not opened: with a chunk as long as END's */
};
/* What anybody can tell who has nothing but the file: its clear part, its structure, where it ends. QN_LATER
 * "bundle.looks-cut", QN_MALFORMED "bundle.chunk"; info is filled as far as it was read.                     */
QN_MUST_USE enum qn_code bundle_look(const char *path, struct bundle_info *info,
                                     struct qn_err *err);
/* Opens and counts. A file that is cut or damaged: info->whole is false and err says where, code as below. */
QN_MUST_USE enum qn_code bundle_verify(struct store *st, const char *path, struct bundle_info *info,
                                       struct qn_err *err);
/* The same with the keys of a recipient and no database: who made it is then not proved. frame may be NULL; it is
 * given every frame that opens.                                                                             */
struct bundle_opener {
    const struct keys *keys;
    enum qn_code (*frame)(void *ctx, enum qn_frame_type type, struct qn_span payload,
                          struct qn_err *err);
    void *ctx;
};
QN_MUST_USE enum qn_code bundle_open(const struct bundle_opener *o, const char *path,
                                     struct bundle_info *info, struct qn_err *err);
/* Takes it in. QN_LATER "bundle.truncated" or "bundle.gap" (an earlier one is missing), QN_UNVERIFIED "bundle.damaged":
 * what came whole and fits is kept, verified and applied, and info and tally tell of it. On other failures nothing
 * was taken in, and info->frames is 0.                                                                       */
QN_MUST_USE enum qn_code bundle_import(struct store *st, const char *path,
                                       const struct qn_report *report, struct bundle_info *info,
                                       struct ingest_tally *tally, struct qn_err *err);
/* Reads a bundle that this office made: own entries that are missing here come back (recovery-8). */
QN_MUST_USE enum qn_code bundle_recover(struct store *st, const char *path,
                                        const struct qn_report *report, struct bundle_info *info,
                                        struct ingest_tally *tally, struct qn_err *err);
/* What a bundle for this office would carry now. */
QN_MUST_USE enum qn_code bundle_preview(struct store *st, const char *to,
                                        struct exchange_sent *sent, struct qn_err *err);
/* What an office is known to hold: its newest HAVE, overlaid by its receipts of a later second. */
QN_MUST_USE enum qn_code bundle_known(struct qn_have *out, struct store *st, const char *office,
                                      struct qn_err *err);
#endif
