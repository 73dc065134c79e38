/* take.h - the first step of a draw: whether the order is one that this office draws on.   Spec: protocol/spec/verdicts.md */
#ifndef QIAN_NODE_DRAW_TAKE_H
#define QIAN_NODE_DRAW_TAKE_H

#include "node/draw/job.h"

/* Signature by the parent's certified log key, slot key and rules as the plan says them, our VRF
 *    key, our freeze by its leaf, not before its window; no order of the parent's log is missing or doubled.  */
QN_MUST_USE enum qn_code draw_take(struct draw_job *out, struct store *st, const char *origin,
                                   uint64_t seq, struct qn_err *err);

#endif
