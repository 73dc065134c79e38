/* settle.h - the end of a stream: what came is cosigned, applied, answered.   Spec: protocol/spec/cursors.md
 *
 * Only logs that something came for, or whose entry was woken (fate.h), are looked at: what stands still costs
 * nothing. A backlog is applied in pieces, each committed with the callers' transactions (store_breathe), and between
 * two of them others have the lock: a crash leaves the marks of what is not done, and the next stream, or the next
 * start, takes them up.                                                                                        */
#ifndef QIAN_NODE_STORE_SETTLE_H
#define QIAN_NODE_STORE_SETTLE_H

#include "node/store/ingest.h"

struct settle_logs {
    struct log *log; /* owned */
    size_t n;
};
void settle_logs_release(struct settle_logs *l);
static inline void settle_logs_auto(struct settle_logs *l)
{
    settle_logs_release(l);
}
/* All rows of a query that gives logs (log_from_row). */
QN_MUST_USE enum qn_code settle_logs_read(struct settle_logs *out, struct query *q, struct qn_err *err);
/* The logs with this mark: 1 to be settled, 2 settled and their receipt due. */
QN_MUST_USE enum qn_code settle_stirred(struct settle_logs *out, struct store *st, int mark,
                                        struct qn_err *err);
/* Cosigns, applies until nothing more is woken, signs refusals, renews receipts. A log that somebody else is settling
 * between two breaths is left to them.                                                                          */
QN_MUST_USE enum qn_code settle(struct store *st, struct ingest_tally *tally, struct qn_err *err);
/* Only the applying: of all marked logs that nobody else settles, until nothing more is woken. Signs nothing. */
QN_MUST_USE enum qn_code settle_apply(struct store *st, struct ingest_tally *tally, struct qn_err *err);
/* What a process that ended in the middle left to be done. Nothing left costs two looks. */
QN_MUST_USE enum qn_code settle_resume(struct store *st, const struct qn_report *report, struct qn_err *err);
#endif
