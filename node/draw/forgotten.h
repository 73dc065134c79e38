/* forgotten.h - a draw of which too much was forgotten to say what it was a draw on.   Spec: protocol/spec/verdicts.md */
#ifndef QIAN_NODE_DRAW_FORGOTTEN_H
#define QIAN_NODE_DRAW_FORGOTTEN_H

#include "node/store/store.h"

struct draw_on {
    const char *office; /* that draws */
    const char *order_origin;
    uint64_t order_seq;
    const char *task;
    int64_t round;
};
/* Whether an entry of the office may have been the draw on this order: its result is forgotten, it was made when the order was
 * held, and what is left of it does not show another slot. log, seq: which entry.                             */
QN_MUST_USE enum qn_code draw_was_made(bool *out, char log[QN_ORIGIN_MAX + 1], uint64_t *seq,
                                       struct store *st, const struct draw_on *on,
                                       struct qn_err *err);
#endif
