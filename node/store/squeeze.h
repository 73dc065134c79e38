/* squeeze.h - one zstd frame around bytes, and back: of parts (entry-12), of runs of frames (exchange-23).
 *
 * Memory is reserved by a length that was told beside the frame and bounded by the caller, never by the frame's own. */
#ifndef QIAN_NODE_STORE_SQUEEZE_H
#define QIAN_NODE_STORE_SQUEEZE_H

#include "qian/base.h"

/* Appends the frame; gains is false, and nothing was added, where it saves less than an eighth: that is not worth the
 * reader's time.                                                                                                */
QN_MUST_USE enum qn_code squeeze(struct qn_buf *out, struct qn_span raw, int level, bool *gains,
                                 struct qn_err *err);
/* Whether coded is exactly one frame without dictionary whose header gives raw as its content size. */
bool squeeze_fits(struct qn_span coded, size_t raw);
/* Inflates into exactly raw bytes; in one piece, so the frame's window reserves nothing. */
bool unsqueeze(uint8_t *to, size_t raw, struct qn_span coded);
#endif
