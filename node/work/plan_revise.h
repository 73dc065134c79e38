/* plan_revise.h - an issued plan changed: the whole table given once more, what differs written as one revision.
 *                                                                              Spec: protocol/spec/plans.md
 * The table is read as in an import, so what is refused there is refused here. What was ordered or drawn stays as it
 * was; what could not be changed for that reason is told.                                                        */
#ifndef QIAN_NODE_WORK_PLAN_REVISE_H
#define QIAN_NODE_WORK_PLAN_REVISE_H

#include "node/work/plan_import.h"

enum plan_change_kind {
    CHANGE_PLAN, /* a field of the plan */
    CHANGE_TASK, /* a field of a task */
    CHANGE_TASK_ADDED,
    CHANGE_TASK_DROPPED,
    CHANGE_RULES, /* one line of the rules of a round */
    CHANGE_SLOT,  /* the window or the group of a slot */
    CHANGE_SLOT_ADDED,
    CHANGE_SLOT_DROPPED,
    CHANGE_SLOT_KEPT, /* ordered: stays as it was ordered */
};
struct plan_change {
    enum plan_change_kind kind;
    const char *task; /* "" of the plan */
    int64_t round;
    const char *drawer;
    const char *field, *before,
        *after; /* column, or the word of a line; texts of a slot: "from…to" */
};
typedef void plan_change_fn(void *ctx, const struct plan_change *c);

struct plan_revise {
    const char *plan;           /* "1406/2021", issued by this office */
    const char *table, *scopes; /* paths, as in an import */
    struct list_use use;
    const char *scopes_sheet;
    const char *doc_no, *issued_on, *deadline; /* NULL: as they stand */
    const char *reason, *by;
    bool
        none_given; /* the office above said that it has given no order for what this office draws itself */
    bool dry_run;
    unsigned
        seen; /* the revision that whoever revises it has looked at; 0: not said. Else QN_CONFLICT "records.moved" */
    plan_change_fn *each; /* is told what changes, before it is signed */
    void *ctx;
};
/* QN_CONFLICT "plan.same" when nothing differs; QN_DENIED "plan.not-ours", "plan.dropped-no". rev: of the plan. */
QN_MUST_USE enum qn_code plan_revise(struct store *st, const struct plan_revise *o, int64_t *rev,
                                     struct qn_err *err);
/* What revision `rev` of a plan changed, from the rows of any office; 0: the newest. *rev is what was told. */
QN_MUST_USE enum qn_code plan_changes(struct store *st, const char *office, int64_t id,
                                      int64_t *rev, plan_change_fn *each, void *ctx,
                                      struct qn_err *err);
#endif
