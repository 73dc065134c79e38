/* purge.h - an office forgets all of another that it has nothing to do with any more.   Spec: protocol/spec/cursors.md
 *
 * The parent of the holder orders, a person at the holder carries it out, and the holder's report goes back up. */
#ifndef QIAN_NODE_STORE_PURGE_H
#define QIAN_NODE_STORE_PURGE_H

#include "node/store/store.h"

struct purge_order {
    const char *holder, *subject, *basis, *reason, *by;
};
/* Gives the order's row id. QN_DENIED "authority.purge". */
QN_MUST_USE enum qn_code purge_order(int64_t *id, struct store *st, const struct purge_order *o,
                                     struct qn_err *err);
struct purge_done {
    uint64_t orders, entries, parts, files, bytes;
};
/* Carries out every order to this office that has no report yet, and signs one for each. QN_ABSENT "purge.none". */
QN_MUST_USE enum qn_code purge_run(struct purge_done *out, struct store *st, const char *by,
                                   const struct qn_report *report, struct qn_err *err);
#endif
