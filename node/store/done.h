/* done.h - what was answered to an act that may be asked for again: a line that broke shall not do it twice.
 *                                                       Spec: protocol/spec/web.md (web-24), as Idempotency-Key
 * The office's lock is held by the caller.                                                                          */
#ifndef QIAN_NODE_STORE_DONE_H
#define QIAN_NODE_STORE_DONE_H

#include "node/store/store.h"
#include "qian/merkle.h"

#define DONE_KEY     100 /* bytes */
#define DONE_KEPT_MS (48ull * 3600 * 1000)
#define DONE_MAX \
    (1024u * 1024) /* an answer longer than this is not kept: it is told that it was done */

#define DONE_TOLD   200 /* of done_end */
#define DONE_UNTOLD 503 /* it ended with the node, and nobody heard its end */

/* about: what the act is, which stands for its answer until it ends (done_untold). begun: it is new, and this asker does it now. Else status and answer say what came of it; status 0: it is being done, or
 * was when the node ended, and nobody knows how far it came. QN_CONFLICT "done.other": the key was of something else. */
QN_MUST_USE enum qn_code done_begin(bool *begun, unsigned *status, struct qn_buf *answer,
                                    struct store *st, const char *person, const char *key,
                                    const uint8_t request[QN_HASH], struct qn_span about,
                                    struct qn_err *err);
QN_MUST_USE enum qn_code done_end(struct store *st, const char *person, const char *key,
                                  const uint8_t request[QN_HASH], unsigned status,
                                  struct qn_span answer, struct qn_err *err);
/* What was under way when the node ended, or ended with it; the newest first, max of them. ended: what is lent is the answer,
 * else what the act was. at_ms: when that was noted.                                                                  */
QN_MUST_USE enum qn_code done_untold(struct store *st, unsigned max,
                                     void (*each)(void *ctx, const char *person, bool ended,
                                                  struct qn_span text, uint64_t at_ms),
                                     void *ctx, struct qn_err *err);
#endif
