/* purge.h - an office forgets all of another that it has nothing to do with any more.   Spec: protocol/spec/cursors.md
 *
 * The parent of the holder orders. The holder carries it out by itself once the order has come, in pieces between which
 * others have the lock, and its signed report goes back up. A crash leaves what is done as done, and the next look goes on.
 * What an office that may not sign would do is nothing: the order waits until it may.                            */
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
#define PURGE_BY_ITSELF \
    "自动执行" /* who acted, in the report of an order that no person carried out */

/* Carries out every order to this office that has no report yet, and signs one for each. QN_ABSENT "purge.none";
 * why it waits otherwise.                                                                                    */
QN_MUST_USE enum qn_code purge_run(struct purge_done *out, struct store *st, const char *by,
                                   const struct qn_report *report, struct qn_err *err);
/* The same by the office itself: nothing to do, or a reason to wait, is no failure. Nothing to do costs one look.
 * stop: asked between two pieces whether to leave the rest for the next time; may be NULL. */
QN_MUST_USE enum qn_code purge_by_itself(struct store *st, bool (*stop)(void *ctx), void *ctx,
                                         const struct qn_report *report, struct qn_err *err);

bool purge_under_way(struct store *st); /* begun, and its report is not signed */

/* ---- for people ------------------------------------------------------------------------------------------------ */

enum purge_state {
    PURGE_ORDERED,   /* given to another office, and no report has come */
    PURGE_WAITING,   /* given to this one, which may not carry it out: why */
    PURGE_DUE,       /* given to this one, which takes it up next */
    PURGE_UNDER_WAY, /* begun here */
    PURGE_DONE
};
const char *purge_state_id(enum purge_state s);   /* of the catalogue */
const char *purge_state_name(enum purge_state s); /* for programs */

#define PURGE_LINES 50
struct purge_line {
    char orderer[QN_CODE_MAX + 1], holder[QN_CODE_MAX + 1], subject[QN_CODE_MAX + 1];
    char ordered_on[20], done_on[20]; /* "": not yet */
    enum purge_state state;
};
struct purge_lines {
    struct purge_line *line; /* owned */
    size_t n, open;          /* not done: they come first */
    struct qn_err why;       /* of what waits; an empty id: nothing does */
};
/* Orders that this office gave or was given, at most PURGE_LINES. */
QN_MUST_USE enum qn_code purge_read(struct purge_lines *out, struct store *st, struct qn_err *err);
void purge_lines_release(struct purge_lines *l);
/* Where one order of this office's table stands. */
enum purge_state purge_state_of(struct store *st, const char *holder, const char *subject,
                                bool done);
#endif
