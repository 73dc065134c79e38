/* stop.h - how a thread of a running node is told to end, and waits meanwhile: one pipe, one way to wait.
 *
 * It waits by poll(), whose time is a length. A condition variable waits for a moment: where the clock is set, or faked as
 * the tests do, pthread_cond_timedwait returns at once for ever, and the thread takes a whole core.                     */
#ifndef QIAN_NODE_STORE_STOP_H
#define QIAN_NODE_STORE_STOP_H

#include "qian/base.h"

struct stop {
    int fd[2]; /* the second is closed when it is time */
};
#define STOP_NONE \
    { \
        { \
            -1, -1 \
        } \
    }
QN_MUST_USE enum qn_code stop_open(struct stop *s, struct qn_err *err);
void stop_now(struct stop *s); /* by whoever opened it, once or more */
/* Whether it is time to end, at the latest after so long; 0: only looks. Any number of threads. */
bool stop_wait(const struct stop *s, uint64_t ms);
void stop_release(struct stop *s); /* nobody waits any more */
#endif
