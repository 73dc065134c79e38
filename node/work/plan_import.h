/* plan_import.h - a printed annual plan becomes tasks and slot rules.   Spec: protocol/spec/tables.md, draw-rules.md
 *
 * The printed text is kept beside what was read from it. Cells that the print left blank because they are merged
 * with the row above stay blank; what they mean is taken from the row that the data names, and that is recorded.
 * Everything is checked before anything is written; a plan is one entry.                                      */
#ifndef QIAN_NODE_WORK_PLAN_IMPORT_H
#define QIAN_NODE_WORK_PLAN_IMPORT_H

#include "node/store/store.h"

#define PLAN_TASKS 200 /* a printed yearly plan has some twenty */

struct plan_import {
    const char *plan, *scopes; /* paths of CSV files, UTF-8 */
    const char *series;        /* [0-9A-Za-z._-]{1,32} */
    const char *title, *doc_no, *issued_on;
    unsigned year;
    const char *deadline; /* NULL: 20 December of the year */
};
struct plan_imported {
    int64_t id;
    unsigned tasks, slots, merged, city_only;
};
QN_MUST_USE enum qn_code plan_import(struct store *st, const struct plan_import *o, struct plan_imported *out,
                                     struct qn_err *err);
/* "ISSUER/SERIES" of a plan held here; the parent's signed word that its child may draw on it. */
QN_MUST_USE enum qn_code plan_accept(struct store *st, const char *name, const char *by, struct qn_err *err);
/* Code tables (tags, result codes, disposals) at the province: rows, released at once. A line that changed is
 * revised, one that did not is left; *rows counts what was written.                                       */
QN_MUST_USE enum qn_code tables_import(struct store *st, const char *path, unsigned *rows, const char **list,
                                       struct qn_err *err);
#endif
