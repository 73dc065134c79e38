/* dispatch.h - what is sent to whom after a draw: who inspects an object.   Spec: protocol/spec/verdicts.md (verdicts-1)
 *
 * Written by the drawing office, and worked out again by every office above from the same freeze.            */
#ifndef QIAN_NODE_DRAW_DISPATCH_H
#define QIAN_NODE_DRAW_DISPATCH_H

#include "node/draw/freeze.h"
#include "node/draw/run.h"

#define DISPATCH_INSPECTORS_MAX 400 /* bytes of dispatch.inspectors, registry */

/* "140602/JS001 王芳;140602/JS007 李强": who is sent to an object of the replay, by position; ids alone
 * when the names do not fit. In a joint draw they are sent for all its slots.                            */
QN_MUST_USE enum qn_code dispatch_inspectors(struct qn_buf *out, const struct replay *r,
                                             size_t object, const struct ground *g,
                                             struct qn_err *err);
#endif
