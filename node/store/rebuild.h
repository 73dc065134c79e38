/* rebuild.h - a second database from the evidence alone, compared with the one in use.   Spec: protocol/spec/cursors.md
 *
 * Taken over as they are: settings, checkpoints, cosignatures, receipts, forks, peers and whatever else nothing can
 * derive. Taken over after they were checked again: certificates (chain), headers (hash, place, signature), parts
 * (commitment). Derived: tree nodes, how far a log is verified, travelling rows, cursors, fates (replay.h).
 * How far a log of a revoked key was applied before that was known is asked of the database in use (store.before).
 * Parts that nothing here opens - sealed to another without a copy for the author (entry-22), or to a key that is lost - give
 * no rows: those that the database in use has of them are carried over and counted, and the others are told.
 * Ownership: the second database lies in <dir>/rebuild until rebuild_drop or rebuild_replace.                */
#ifndef QIAN_NODE_STORE_REBUILD_H
#define QIAN_NODE_STORE_REBUILD_H

#include "node/store/ingest.h"

enum rebuild_what {
    REBUILD_LACKS,   /* the log has it, the database in use does not */
    REBUILD_EXTRA,   /* the database in use has it, no log does */
    REBUILD_DIFFERS, /* both have it, with other values */
    REBUILD_UNSOUND, /* a certificate, header or part that is not what was signed */
    REBUILD_SEALED, /* a part that nothing opens and of which no row is here: no difference, nothing can be done */
};
struct rebuild_finding {
    enum rebuild_what what;
    bool own; /* about this office's own log: nobody else brings that again by itself */
    char table[QN_TABLE_NAME], key[200];
    struct qn_err why; /* of what is unsound */
};
struct rebuild_result {
    uint64_t logs, entries, parts, rows, carried, sealed;
    uint64_t found, unsound_own;
};
struct rebuild_options {
    void (*found)(void *ctx, const struct rebuild_finding *f);
    void *ctx;
    const struct qn_report *report;
};
QN_MUST_USE enum qn_code rebuild_make(struct rebuild_result *out, struct store *st,
                                      const struct rebuild_options *o, struct qn_err *err);
/* Puts the second database in the place of the first, which is kept as `aside`, a file beside it.
 * QN_DENIED "rebuild.own-unsound" where the own log could not be derived whole.                */
QN_MUST_USE enum qn_code rebuild_replace(char aside[64], struct store *st,
                                         const struct rebuild_result *made, struct qn_err *err);
void rebuild_drop(struct store *st);
/* The tables of both compared; used by rebuild_make. */
QN_MUST_USE enum qn_code rebuild_compare(struct rebuild_result *out, struct store *used,
                                         struct store *made, const struct rebuild_options *o,
                                         struct qn_err *err);
#endif
