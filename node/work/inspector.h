/* inspector.h - who may go on a visit on a given day: certificates, the roster, recusals.  Spec: protocol/spec/visits.md
 *
 * Certificates are records beside the roster (inspector_cert). Where an inspector has any, they alone say on which days
 * the inspector may act; else the roster's own columns do, which know no days of the past.                        */
#ifndef QIAN_NODE_WORK_INSPECTOR_H
#define QIAN_NODE_WORK_INSPECTOR_H

#include "node/store/store.h"

struct inspector {
    char id[81], name[65]; /* "140602/0001", "王芳" */
};
/* The inspectors of this office that are called so, by id or by name; how many: 0, 1, 2 (or more), out is the first. */
QN_MUST_USE enum qn_code inspector_called(struct inspector *out, unsigned *found, struct store *st,
                                          const char *called, struct qn_err *err);
/* The next of "id name;id name"; false at the end. */
bool inspector_next(struct inspector *out, const char **list);
/* Whether one of the list has this id or this name. */
bool inspector_among(const char *list, const char *called);
/* QN_DENIED "value.inspector-not-valid": no certificate on that day (YYYY-MM-DD). Of another office's inspectors
 * nothing is known here, and nothing is said. */
QN_MUST_USE enum qn_code inspector_valid(struct store *st, const struct inspector *who,
                                         const char *on, struct qn_err *err);
/* QN_DENIED "visit.recused" */
QN_MUST_USE enum qn_code inspector_not_recused(struct store *st, const struct inspector *who,
                                               const char *object, struct qn_err *err);
#endif
