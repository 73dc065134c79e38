/* recheck.h - what lies on the disk, read again: is it still what was signed?   Spec: protocol/spec/cursors.md
 *
 * Of an entry: hash, place and signature of its header, commitments of its parts, its rows in the tables, the tree nodes
 * above it. What is found stands in the table `damage` until the same entry is found sound. Rows that no entry brought
 * are found by a rebuild (rebuild.h) alone.                                                                   */
#ifndef QIAN_NODE_STORE_RECHECK_H
#define QIAN_NODE_STORE_RECHECK_H

#include "node/store/log.h"

struct recheck_tally {
    uint64_t entries, parts, rows, damaged; /* damaged: entries */
};
QN_MUST_USE enum qn_code recheck_entry(struct recheck_tally *t, struct store *st,
                                       const struct log *log, uint64_t seq, struct qn_err *err);
/* A few entries of all logs, by lot: at most n, and no more than ms milliseconds of work. */
QN_MUST_USE enum qn_code recheck_some(struct recheck_tally *t, struct store *st, unsigned n,
                                      unsigned ms, struct qn_err *err);
QN_MUST_USE enum qn_code recheck_all(struct recheck_tally *t, struct store *st,
                                     const struct qn_report *report, struct qn_err *err);
/* When entries were last read again, to the hour, in ms since 1970; 0: never. */
uint64_t recheck_last(struct store *st);
/* How many entries are known to be damaged; own: of the own log. */
QN_MUST_USE enum qn_code recheck_known(uint64_t *all, uint64_t *own, struct store *st,
                                       struct qn_err *err);
#endif
