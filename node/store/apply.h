/* apply.h - from stored parts to rows: rule 7 of changeset.md, one entry at a time. */
#ifndef QIAN_NODE_STORE_APPLY_H
#define QIAN_NODE_STORE_APPLY_H

#include "node/store/ingest.h"

/* How much may be done at one go: entries that are looked at, entries and rows that are applied. */
struct apply_piece {
    uint64_t left;
    bool more; /* it ran out before the log did */
};
/* Advances what can be relayed and what is applied of every lane of this log as far as it goes. Entries that cannot
 * be applied get a fate (fate.h): held and quarantined ones stop their lane, refused and skipped ones do not.
 * Called again it goes on where the piece ended: of a piece that is not used up a step at least is done.         */
QN_MUST_USE enum qn_code apply_log(struct store *st, const struct log *log, struct apply_piece *piece,
                                   struct ingest_tally *tally, struct qn_err *err);
/* The rows of entries from..size of a log of this office's own, which came back from elsewhere: no act wrote them here.
 * Each entry as apply_log applies one of a log that comes back (recovery-9), but past those that lack a part, and without
 * cursors and fates: a database is made that has neither yet. What is there already with the same values stays; QN_CONFLICT "apply.own-differs" where a row has others. Each entry
 * stands whole or not at all; lacks: how many do not, for a part that is not here.                            */
QN_MUST_USE enum qn_code apply_own(struct store *st, const struct log *log, uint64_t from, struct ingest_tally *tally,
                                   uint64_t *lacks, struct qn_err *err);
#endif
