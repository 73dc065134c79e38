/* progress.h - how much of this office's own log an office above holds: in entries, bytes and days.
 *                                                                   Spec: protocol/spec/stages.md */
#ifndef QIAN_NODE_SYNC_PROGRESS_H
#define QIAN_NODE_SYNC_PROGRESS_H

#include "node/store/log.h"

struct progress {
    uint64_t held, of;                 /* entries that it holds whole, and all */
    uint64_t entries_left, bytes_left; /* entries with parts that it lacks, their bytes */
    uint64_t held_ms,
        newest_ms;      /* claimed times of the last held entry and of our newest; 0: none */
    uint64_t days_left; /* between the two, rounded up */
    char day[11];       /* of held_ms, local; "—" for none */
};
/* have: what that office said last. */
QN_MUST_USE enum qn_code progress_read(struct progress *out, struct store *st,
                                       const struct qn_have *have, struct qn_err *err);
/* Says "sync.behind" when something is left. */
QN_MUST_USE enum qn_code progress_say(struct store *st, const struct qn_have *have,
                                      const struct qn_report *report, struct qn_err *err);
#endif
