/* hole.h - what is held of a lane behind a part that is missing, so that it is not sent again and again.
 *                                                                                 Spec: exchange-31, exchange-32 */
#ifndef QIAN_NODE_SYNC_HOLE_H
#define QIAN_NODE_SYNC_HOLE_H

#include "node/store/log.h"
#include "qian/frame.h"

/* Of a HAVE of our own, whose logs stand with their cursors. Bounded in what it looks at and in what it tells; of a lane
 * for which no room was left nothing is told. */
QN_MUST_USE enum qn_code hole_tell(struct qn_have *h, struct store *st, struct qn_err *err);

/* What a reader's HAVE says of one lane. */
struct hole {
    const struct qn_have *have;
    const struct qn_have_hole *told; /* NULL: nothing */
    uint64_t size;                   /* its headers: from there on all is asked for */
};
struct hole hole_of(const struct qn_have *h, const struct qn_have_origin *o, enum qn_lane lane);
/* The first entry from seq on that is asked about. */
uint64_t hole_next(const struct hole *hole, uint64_t seq);
/* Whether the reader holds this part. */
bool hole_held(const struct hole *hole, uint64_t seq, unsigned part);
#endif
