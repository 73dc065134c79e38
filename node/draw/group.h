/* group.h - tasks of one plan whose slots are drawn together (进一次门、查多项事), stated after the plan was issued.
 *                                                                          Spec: protocol/spec/tables.md (tables-30)
 * The plan says which: slots with the same `joint` name. They share one seed, hence the tickets, and one visit serves
 * all for which an object was drawn.                                                                          */
#ifndef QIAN_NODE_DRAW_GROUP_H
#define QIAN_NODE_DRAW_GROUP_H

#include "node/draw/slot.h"

struct plan_group {
    const char *plan;  /* "1406/2021", issued by this office */
    const char *joint; /* NULL: drawn alone again */
    const char *reason;
    const char *const *task;
    size_t ntasks;
    unsigned
        seen; /* the revision of the plan that was looked at; 0: not said. Else QN_CONFLICT "records.moved" */
    bool dry_run; /* all is checked and counted, nothing is written */
};
/* A revision of the slots of these tasks, for all rounds and drawers, and of the plan. slots: how many were revised.
 * QN_CONFLICT "plan.group-ordered" once one of them has an order.                                           */
QN_MUST_USE enum qn_code plan_group(struct store *st, const struct plan_group *o, size_t *slots,
                                    struct qn_err *err);
#endif
