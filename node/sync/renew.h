/* renew.h - after a fork: the database is put aside, a fresh one is filled by the parent, and in the log of a new epoch
 * the abandoned branch is told and what still holds is written again.      Spec: protocol/spec/recovery.md
 *
 * begin (the office is closed and opened again) -> exchanges fill it -> the parent certifies the next epoch (enrol.h)
 * -> finish. The file that was put aside is never changed.                                                     */
#ifndef QIAN_NODE_SYNC_RENEW_H
#define QIAN_NODE_SYNC_RENEW_H

#include "node/store/office.h"
#include "node/store/own.h"

/* The directory under the data directory in which the old database lies; false: none was put aside. */
bool renew_aside(struct store *st, char out[64]);
/* Puts the database of a forked office aside. Keys stay open. On failure before the last step all is as it was. */
QN_MUST_USE enum qn_code renew_begin(struct office *o, struct qn_err *err);

#define RENEW_TOLD 200 /* entries that are told one by one */
struct renew_entry {
    uint64_t seq, again; /* again: UINT64_MAX when nothing says it once more */
    int kind;
    struct qn_err why; /* when it could have been */
};
struct renew_done {
    uint64_t abandoned, again;
    size_t ntold;
    struct renew_entry told[RENEW_TOLD];
};
/* In the new epoch: one transaction. QN_CONFLICT "renew.same-epoch" before its certificate was taken in, QN_LATER
 * "renew.not-filled" while the log of the old epoch is not whole here.                                         */
QN_MUST_USE enum qn_code renew_finish(struct store *st, struct renew_done *out, struct qn_err *err);
#endif
