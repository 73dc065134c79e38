/* backoff.h - how long qian serve waits before it calls a peer again.   Spec: protocol/spec/stages.md */
#ifndef QIAN_NODE_SYNC_BACKOFF_H
#define QIAN_NODE_SYNC_BACKOFF_H

#include <stdint.h>

#define BACKOFF_EVERY_MIN 15   /* minutes between calls, unless told otherwise */
#define BACKOFF_EVERY_MAX 1440 /* a day */
#define BACKOFF_MOST_MIN  60   /* minutes, however often it failed */
#define BACKOFF_LEAST_MS  1000 /* never at once: what broke a moment ago is still broken */

/* every_min: minutes, 1 to BACKOFF_EVERY_MAX; failures: calls that failed in a row; random: 32 uniform bits. */
uint64_t backoff_wait_ms(unsigned every_min, unsigned failures, uint32_t random);
#endif
