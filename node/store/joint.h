/* joint.h - which slots of a plan can be drawn together.   Spec: protocol/spec/tables.md (tables-30)
 *
 * Asked where a plan is written, in import and in revision, so that nothing is joined that could never be ordered. */
#ifndef QIAN_NODE_STORE_JOINT_H
#define QIAN_NODE_STORE_JOINT_H

#include "qian/base.h"

#define JOINT_MOST 16 /* slots of one order: QN_ORDER_SLOTS */

struct joint_member { /* one round of a task of the group */
    const char *task;
    uint32_t round;
    const char *rules; /* text */
    char from[11], to[11];
};
/* Whether these can be ordered together: not too many, a day in common, not more inspectors than a visit has. */
QN_MUST_USE enum qn_code joint_check(const char *joint, const struct joint_member *m, size_t n,
                                     struct qn_err *err);
#endif
