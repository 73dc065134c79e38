/* chain_internal.h - what the files of a chain share. */
#ifndef QIAN_NODE_DRAW_CHAIN_INTERNAL_H
#define QIAN_NODE_DRAW_CHAIN_INTERNAL_H

#include "node/draw/chain.h"

/* Draws, exceptions and the ground they stand on, with the state after the main draw; nothing is worked through yet. */
QN_MUST_USE enum qn_code chain_read(struct chain *c, const char *office, int64_t draw_id,
                                    const struct order_lines *orders, struct ground *ground,
                                    struct qn_err *err);
#endif
