/* window.h - which logs a HAVE names when there are more than fit one, and what is not asked about then.
 *                                                                         Spec: exchange-26 to exchange-28 */
#ifndef QIAN_NODE_SYNC_WINDOW_H
#define QIAN_NODE_SYNC_WINDOW_H

#include "node/store/store.h"
#include "qian/frame.h"

/* The logs stand on a ring by a hash of their origins; a full HAVE asks about those from `start` on for `length`. */
struct window {
    bool full; /* false: all logs are asked about */
    uint64_t start, length;
};
uint64_t window_start(const uint8_t nonce[16]);
void window_set_start(uint8_t nonce[16], uint64_t start);
/* Whether a log is named in every HAVE between the two: their own, and those of offices above either. */
bool window_always(struct store *st, const char *office, const char *one, const char *other);
uint64_t window_distance(const char *origin, uint64_t start);
/* What this HAVE asks about. */
void window_of(struct window *out, struct store *st, const struct qn_have *h);
/* Of a log that the HAVE does not name. */
bool window_asks(const struct window *w, struct store *st, const struct qn_have *h, const char *origin,
                 const char *office);

/* Of n logs the first QN_HAVE_ORIGINS, in the order of exchange-26. */
struct window_log {
    const char *origin, *office;
    size_t at; /* the caller's number of it */
    bool always;
    uint64_t distance;
};
void window_choose(struct window_log *logs, size_t n, struct store *st, const char *one, const char *other,
                   uint64_t start);
#endif
