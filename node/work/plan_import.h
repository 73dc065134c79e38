/* plan_import.h - a printed annual plan becomes tasks and slot rules.   Spec: protocol/spec/tables.md, draw-rules.md
 *
 * The printed text is kept beside what was read from it. Cells that the print left blank because they are merged
 * with the row above stay blank; what they mean is taken from the row that the data names, and that is recorded.
 * Everything is checked before anything is written; a plan is one entry.                                      */
#ifndef QIAN_NODE_WORK_PLAN_IMPORT_H
#define QIAN_NODE_WORK_PLAN_IMPORT_H

#include "node/work/list_read.h"

#define PLAN_CLOCK_CHECK "inspection_completed"
#define PLAN_CLOCK_TASK  "task_completed"
#define PLAN_TASKS       200 /* a printed yearly plan has some twenty */

struct plan_import {
    const char *plan, *scopes; /* paths */
    struct list_use use;       /* how both are read; sheet: of the plan */
    const char *scopes_sheet;  /* NULL: the first that shows */
    const char *series;        /* [0-9A-Za-z._-]{1,32} */
    const char *title, *doc_no, *issued_on;
    unsigned year;
    const char *deadline; /* NULL: 20 December of the year */
    const char *recipients,
        *parent_doc_no;        /* whom it goes to, what it carries out; NULL: not said */
    const char *coverage;      /* "3/100": of the enterprises, in the year; NULL: not said */
    unsigned object_cap;       /* visits of one object in the year; 0: not said */
    unsigned publication_days; /* working days to publish a result; 0: 20 */
    const char
        *publication_clock; /* from when they run: PLAN_CLOCK_CHECK (NULL) or PLAN_CLOCK_TASK */
    const char *by;         /* who acts; needed where the scopes name items */
    bool dry_run;           /* a draft: read and checked, nothing is written */
    void (*seen)(void *ctx, int64_t plan); /* of a draft while its rows stand; NULL: nobody looks */
    void *ctx;
};
struct plan_imported {
    int64_t id;
    unsigned tasks, slots, merged, city_only;
};
QN_MUST_USE enum qn_code plan_import(struct store *st, const struct plan_import *o,
                                     struct plan_imported *out, struct qn_err *err);
struct plan_ref {
    char office[QN_CODE_MAX + 1], series[33];
    int64_t id, rev; /* of the newest revision held */
};
/* "ISSUER/SERIES" of a plan held here. QN_MALFORMED "plan.name", QN_ABSENT "plan.unknown". */
QN_MUST_USE enum qn_code plan_find(struct plan_ref *out, struct store *st, const char *name,
                                   struct qn_err *err);
/* "ISSUER/SERIES" of a plan held here; the parent's signed word that its child may draw on it. */
QN_MUST_USE enum qn_code plan_accept(struct store *st, const char *name, const char *by,
                                     struct qn_err *err);
struct tables_imported {
    const char *list; /* "tag": tags and qualifications; "result", "disposal" */
    unsigned added, revised, same;
};
/* Code tables (tags, result codes, disposals) at the province: rows, released at once. A line that changed is
 * revised, one that did not is left. dry_run: all is checked and counted, nothing is written.
 * use: how the list is read; NULL: as it is.                                                               */
QN_MUST_USE enum qn_code tables_import(struct store *st, const char *path,
                                       const struct list_use *use, bool dry_run,
                                       struct tables_imported *out, struct qn_err *err);
#endif
