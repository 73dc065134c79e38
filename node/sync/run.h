/* run.h - runs of frames, packed together: made for readers that say so, opened by who reads.
 *                                                       Spec: protocol/spec/exchange.md (22 to 24)
 * A run is a vehicle: whoever makes frames and whoever takes them does not know of it.
 * Ownership: a run on the stack or in a struct, run_release; it borrows emit and its ctx.          */
#ifndef QIAN_NODE_SYNC_RUN_H
#define QIAN_NODE_SYNC_RUN_H

#include "node/sync/exchange.h"

#define RUN_BYTES \
    (256u * 1024) /* of frames before they are packed: twice as much saves a hundredth more */

struct run {
    const struct exchange_options *to; /* its emit */
    bool packs;                        /* the reader reads RUN */
    struct qn_buf frames, packed;
};
void run_init(struct run *r, const struct exchange_options *to);
void run_release(struct run *r);
static inline void run_auto(struct run *r)
{
    run_release(r);
}
/* Emits the frame, or keeps it for the run; bytes grows by what was emitted. bare: it is packed or sealed already. */
QN_MUST_USE enum qn_code run_put(struct run *r, enum qn_frame_type type, struct qn_span payload,
                                 bool bare, uint64_t *bytes, struct qn_err *err);
/* Emits what is kept. */
QN_MUST_USE enum qn_code run_flush(struct run *r, uint64_t *bytes, struct qn_err *err);

/* The frames of a RUN's payload, in room, which is emptied first. QN_MALFORMED when it does not inflate as it says. */
QN_MUST_USE enum qn_code run_open(struct qn_span *frames, struct qn_buf *room,
                                  struct qn_span payload, struct qn_err *err);
/* The next of them; QN_MALFORMED, QN_LIMIT: what is behind is lost. */
QN_MUST_USE enum qn_code run_next(struct qn_span *frames, enum qn_frame_type *type,
                                  struct qn_span *payload, struct qn_err *err);
#endif
