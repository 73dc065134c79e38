#include "node/store/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "node/store/clock.h"
#include "node/store/file.h"

#define LONGEST_MS 3600000u /* of one poll() */

enum qn_code stop_open(struct stop *s, struct qn_err *err)
{
    if (pipe2(s->fd, O_CLOEXEC) == 0)
        return QN_OK;
    *s = (struct stop)STOP_NONE;
    return qn_fail(err, QN_IO, "http.thread", "why=%s", file_why(errno));
}

void stop_now(struct stop *s)
{
    if (s->fd[1] >= 0)
        close(s->fd[1]);
    s->fd[1] = -1;
}

bool stop_wait(const struct stop *s, uint64_t ms)
{
    struct pollfd p = {.fd = s->fd[0], .events = POLLIN};
    for (uint64_t until = clock_running_ms() + ms, left = ms;;) {
        int n = poll(&p, 1, (int)(left < LONGEST_MS ? left : LONGEST_MS));
        if (n > 0 || (n < 0 && errno != EINTR))
            return true;
        uint64_t now = clock_running_ms();
        if (now >= until || !left)
            return false;
        left = until - now;
    }
}

void stop_release(struct stop *s)
{
    stop_now(s);
    if (s->fd[0] >= 0)
        close(s->fd[0]);
    s->fd[0] = -1;
}
