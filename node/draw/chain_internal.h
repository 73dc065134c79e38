/* chain_internal.h - what the files of a chain share. */
#ifndef QIAN_NODE_DRAW_CHAIN_INTERNAL_H
#define QIAN_NODE_DRAW_CHAIN_INTERNAL_H

#include "node/draw/chain.h"

/* Draws, exceptions and the ground they stand on, with the state after the main draw; nothing is worked through yet. */
QN_MUST_USE enum qn_code chain_read(struct chain *c, const char *office, int64_t draw_id,
                                    const struct order_lines *orders, struct ground *ground,
                                    struct qn_err *err);
/* What the list of a draw says was drawn, right or wrong, becomes targets. */
QN_MUST_USE enum qn_code chain_take_list(struct chain *c, size_t draw, struct qn_err *err);
/* Whether the inspector is sent to the object as things are; whether somebody may be appointed (exc-26). */
bool chain_is_sent(const struct chain *c, size_t object, size_t inspector);
bool chain_may_appoint(const struct chain *c, size_t at);
/* exc-31 to exc-33, of the exception at a place: whether it may be returned, sent on, taken on. The office to which the
 * target was sent before is written into a reassignment on the way. */
bool chain_may_return(const struct chain *c, const struct chain_exc *e);
QN_MUST_USE enum qn_code chain_may_reassign(bool *out, struct chain *c, size_t at,
                                            struct qn_err *err);
QN_MUST_USE enum qn_code chain_may_receive(bool *out, const struct chain *c, size_t at,
                                           struct qn_err *err);
#endif
