/* granted.h - marks that an office above has asked for by a document (mark_basis).   Spec: draw-roster.md (roster-20) */
#ifndef QIAN_NODE_DRAW_GRANTED_H
#define QIAN_NODE_DRAW_GRANTED_H

#include "node/store/store.h"

/* Writes what the newest roster lacks and lifts what is over, as one closed version; version 0 when there was nothing. */
QN_MUST_USE enum qn_code granted_marks(int64_t *version, struct store *st, struct qn_err *err);

/* ---- the office above ---- */
struct mark_grant {
    const char *office; /* that draws */
    const char *const *object;
    unsigned nobjects;
    const char *kind;  /* "must" or "exclude" */
    unsigned reason;   /* roster-17 */
    const char *scope; /* SERIES/TASK; NULL: all slots */
    const char *until; /* the last day of a freeze that has it; NULL: for good */
    const char *title, *doc_no, *given_on, *by;
};
#define MARK_GRANTS 256 /* objects of one document */
QN_MUST_USE enum qn_code mark_grant(struct store *st, const struct mark_grant *o, int64_t *id,
                                    struct qn_err *err);

#endif
