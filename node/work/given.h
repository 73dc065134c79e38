/* given.h - a list of objects given from above (名单上级下达): named by a document, never called drawn.
 *                                                                          Spec: protocol/spec/tables.md (tables-31)
 * It goes to the inspecting office alone; that office draws only who inspects, on an order that names the list.   */
#ifndef QIAN_NODE_WORK_GIVEN_H
#define QIAN_NODE_WORK_GIVEN_H

#include "node/work/list_read.h"

#define GIVEN_MOST 4000 /* objects of one list: they travel in one part */

struct given_list {
    const char *plan;   /* "1406/2021" */
    const char *task;   /* "6" or "6/1" */
    const char *office; /* that inspects */
    const char *source; /* "parent": drawn or chosen by an office above; "external": by another body */
    const char *title, *doc_no, *given_on;
    const char *path; /* 对象编号, 对象名称, 地址 */
    struct list_use use;
    const char *by;
    bool dry_run; /* the file is read and checked, nothing is written */
    void (*each)(void *ctx, const char *object, const char *name, const char *address); /* as read; may be NULL */
    void *ctx;
};
/* QN_ABSENT "given.no-slot" when the plan has no such slot of type pairs; QN_CONFLICT "given.ordered" once it is. */
QN_MUST_USE enum qn_code given_import(struct store *st, const struct given_list *o, int64_t *id, size_t *objects,
                                      const struct qn_report *report, struct qn_err *err);
#endif
