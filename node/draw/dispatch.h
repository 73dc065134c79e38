/* dispatch.h - what is sent to whom after a draw: who inspects an object.   Spec: protocol/spec/verdicts.md (verdicts-1)
 *
 * Written by the drawing office, and worked out again by every office above from the same freeze.            */
#ifndef QIAN_NODE_DRAW_DISPATCH_H
#define QIAN_NODE_DRAW_DISPATCH_H

#include "node/draw/freeze.h"
#include "node/draw/replay.h"
#include "node/store/act.h"

#define DISPATCH_INSPECTORS_MAX 400 /* bytes of dispatch.inspectors, registry */

/* "140602/JS001 王芳;140602/JS007 李强": who goes on this visit, by position; ids alone when the names do not fit; v NULL:
 * nobody. In a joint draw they are sent for all its slots.                                                       */
QN_MUST_USE enum qn_code dispatch_visitors(struct qn_buf *out, const struct qn_visit *v,
                                           const struct ground *g, struct qn_err *err);

/* Those of a visit who were drawn, into a buffer of DISPATCH_INSPECTORS_MAX. */
void dispatch_put_drawn(struct qn_buf *out, const struct qn_visit *v, const struct ground *g,
                        bool names);

/* One row as it is, or as it will be. */
struct dispatch {
    int64_t id, rev, draw_id, slot_no, round, list_id;
    char task[QN_NAME32], object[QN_OBJECT_ID_MAX + 1], name[401], address[401],
        to[QN_CODE_MAX + 1], window_to[11], list_office[QN_CODE_MAX + 1], /* "": no list names it */
        inspectors[DISPATCH_INSPECTORS_MAX + 1];                          /* as read */
};
#define DISPATCH_BYTES (QN_OBJECT_ID_MAX + 800 + DISPATCH_INSPECTORS_MAX) /* of texts, at most */
/* A first row for an object of the replay in a slot, from 0; draw_id is left to the caller. listing: type pairs. */
void dispatch_new(struct dispatch *out, struct store *st, const struct qn_order *order,
                  const struct replay *r, const struct listing *l, const struct ground *g,
                  unsigned slot, size_t object);
/* The newest revision; QN_ABSENT "exc.no-dispatch". */
QN_MUST_USE enum qn_code dispatch_read(struct dispatch *out, struct store *st, const char *office,
                                       int64_t draw_id, int64_t slot_no, const char *object,
                                       struct qn_err *err);
/* Puts it into the act's part; id 0: a new row. */
QN_MUST_USE enum qn_code dispatch_put(struct act *a, const struct dispatch *d,
                                      struct qn_span inspectors, struct qn_err *err);
#endif
