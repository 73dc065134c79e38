/* skip.h - entries that are skipped by a signed act: refusal, supersede, waiver.   Spec: protocol/spec/cursors.md */
#ifndef QIAN_NODE_STORE_SKIP_H
#define QIAN_NODE_STORE_SKIP_H

#include "node/store/fate.h"
#include "qian/change.h"

#define SKIP_TOLD_MAX 1024 /* refusals, and answers to supersedes, that one office signs about one log, limits.md */

/* What a row of `refusal`, `supersede` or `waiver` does here, once it was judged and inserted; other rows nothing. */
QN_MUST_USE enum qn_code skip_take_row(struct store *st, const struct qn_row *row,
                                       struct qn_err *err);
/* Whether this office is the one to sign that it refuses this entry: its author's parent, or any office above that
 * the parent does not stand before.                                                                        */
bool skip_is_ours(struct store *st, const struct log *log, uint64_t seq);
/* Signs what was decided and not said yet: refusals, and waivers that answer a supersede. */
QN_MUST_USE enum qn_code skip_tell(struct store *st, struct qn_err *err);
/* Marks an entry waived, when it is not applied here; when it is, marks that it stays. */
struct skip_about {
    struct qn_span origin, rule, reason;
    uint64_t seq;
    struct qn_span by; /* the office that waived */
};
QN_MUST_USE enum qn_code skip_waive(struct store *st, const struct skip_about *a,
                                    struct qn_err *err);
/* Whether this entry is applied here. control: its log's control lane is done up to there, whatever the cursor says. */
QN_MUST_USE enum qn_code skip_applied(bool *out, struct store *st, const struct log *log,
                                      uint64_t seq, uint64_t control, struct qn_err *err);
#endif
