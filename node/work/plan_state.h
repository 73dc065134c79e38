/* plan_state.h - how far a plan and its tasks have come, from the rows held here; and the items that are not in force
 * when a task inspects them.                                                   Spec: protocol/spec/plans.md */
#ifndef QIAN_NODE_WORK_PLAN_STATE_H
#define QIAN_NODE_WORK_PLAN_STATE_H

#include "node/work/plan_import.h"

struct task_standing {
    char no[33];
    int64_t slots, ordered, drawn; /* slots */
    int64_t targets, visited, published,
        open; /* open: results with a follow-up that is not closed */
    bool outside, overdue;
    const char *state; /* one of TASK_STATES */
};
#define TASK_STATES "planned|drawing|drawn|dispatched|in_progress|completed|published|closed"
struct plan_standing {
    int64_t rev, filed_rev; /* filed_rev: the newest revision that was filed; 0: none */
    bool accepted;          /* by the office above, as it stands (tables-8) */
    const char *state;      /* one of PLAN_STATES */
    char filing[24]; /* of the newest filing: sent, acknowledged, approved, returned; "": none */
    size_t n;
    struct task_standing task[PLAN_TASKS];
};
#define PLAN_STATES "published|filed|returned|acknowledged|in_force|closed"
QN_MUST_USE enum qn_code plan_standing_read(struct plan_standing *out, struct store *st,
                                            const struct plan_ref *p, struct qn_err *err);
/* NULL when the plan has no such task. */
const struct task_standing *plan_standing_task(const struct plan_standing *s, const char *no);

struct plan_flaw {
    const char *task, *item, *what, *law,
        *on; /* what: one of PLAN_FLAWS; law and on "" where they say nothing */
};
#define PLAN_FLAWS \
    "item_absent|item_withdrawn|list_withdrawn|list_ended|list_ahead|basis_ended|no_basis"
/* Items whose list or legal basis is not in force throughout the window of the task. each may be NULL: only counted. */
QN_MUST_USE enum qn_code plan_flaws(struct store *st, const char *office, int64_t id, size_t *n,
                                    void (*each)(void *ctx, const struct plan_flaw *f), void *ctx,
                                    struct qn_err *err);
#endif
