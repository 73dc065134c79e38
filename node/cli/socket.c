#include "node/cli/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "node/cli/cli.h"
#include "node/store/file.h"
#include "node/store/stop.h"
#include "protocol/wire.h"

#define NAME        "qian.sock"
#define REQUEST_MAX (1024u * 1024) /* a command line; the kernel's own bound is 2 MiB */
#define ARGS_MAX    65536
#define CALLERS_MAX 32 /* at once; one more is told to try again */
#define OUTPUT_MAX  (256u * 1024 * 1024)

/* The address of DIR/qian.sock through an open directory: DIR may be longer than a socket's name can be. */
static bool address_of(struct sockaddr_un *out, const char *dir, int *dir_fd)
{
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    *dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return *dir_fd >= 0 && snprintf(out->sun_path, sizeof(out->sun_path), "/proc/self/fd/%d/" NAME,
                                    *dir_fd) < (int)sizeof(out->sun_path);
}

static bool write_all(int fd, const void *p, size_t n)
{
    const uint8_t *at = p;
    while (n) {
        ssize_t did = write(fd, at, n);
        if (did < 0 && errno == EINTR)
            continue;
        if (did <= 0)
            return false;
        at += did;
        n -= (size_t)did;
    }
    return true;
}

static bool read_all(int fd, void *p, size_t n)
{
    uint8_t *at = p;
    while (n) {
        ssize_t did = read(fd, at, n);
        if (did < 0 && errno == EINTR)
            continue;
        if (did <= 0)
            return false;
        at += did;
        n -= (size_t)did;
    }
    return true;
}

/* ---- the caller ------------------------------------------------------------------------------------------- */

static bool send_descriptors(int fd)
{
    int fds[3] = {0, 1, 2};
    uint8_t one = 1;
    struct iovec v = {.iov_base = &one, .iov_len = 1};
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(fds))];
    } control;
    memset(&control, 0, sizeof(control));
    struct msghdr m = {.msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = control.room,
                       .msg_controllen = sizeof(control.room)};
    struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    h->cmsg_level = SOL_SOCKET;
    h->cmsg_type = SCM_RIGHTS;
    h->cmsg_len = CMSG_LEN(sizeof(fds));
    memcpy(CMSG_DATA(h), fds, sizeof(fds));
    return sendmsg(fd, &m, MSG_NOSIGNAL) == 1;
}

enum qn_code socket_forward(const char *dir, const char *cwd, int argc, char **argv, int *exit_code,
                            struct qn_err *err)
{
    struct sockaddr_un a;
    int dir_fd;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    bool there = address_of(&a, dir, &dir_fd);
    int fd = there ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
    there = fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
    if (dir_fd >= 0)
        close(dir_fd);
    if (!there) {
        if (fd >= 0)
            close(fd);
        return qn_fail(err, QN_ABSENT, "serve.none", "dir=%s", dir);
    }
    qn_buf_init(&b, REQUEST_MAX);
    qn_put_uint(&b, 0, 4); /* the length, known at the end */
    qn_put(&b, cwd, strlen(cwd) + 1);
    for (int i = 0; i < argc; i++)
        qn_put(&b, argv[i], strlen(argv[i]) + 1);
    enum qn_code rc = qn_buf_check(&b, err);
    uint8_t answer = 1;
    if (!rc) {
        for (unsigned i = 0; i < 4; i++)
            b.p[i] = (uint8_t)((b.n - 4) >> (24 - 8 * i));
        if (!send_descriptors(fd) || !write_all(fd, b.p, b.n) || !read_all(fd, &answer, 1))
            rc = qn_fail(err, QN_LATER, "serve.gone", "dir=%s", dir);
    }
    close(fd);
    if (!rc)
        *exit_code = answer;
    return rc;
}

/* ---- output that never makes the office wait ----------------------------------------------------------------- */

struct pump {
    int fd, stop; /* stop: becomes readable when the node ends */
    pthread_mutex_t lock;
    pthread_cond_t cond;
    struct qn_buf waiting;
    bool closed, started;
    pthread_t thread;
};

/* A write of this size does not block behind POLLOUT (pipe(7): PIPE_BUF). A reader that stands still while the
 * node ends gets PATIENCE, then loses the rest.                                                               */
#define PUMP_PIECE    4096u
#define PUMP_PATIENCE 2000 /* ms */
static bool pump_out(struct pump *p, struct qn_span b)
{
    bool ending = false;
    while (b.n) {
        struct pollfd q[2] = {{.fd = p->fd, .events = POLLOUT}, {.fd = p->stop, .events = POLLIN}};
        int ready = poll(q, ending ? 1 : 2, ending ? PUMP_PATIENCE : -1);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return false;
        if (!q[0].revents) {
            ending = true;
            continue;
        }
        ssize_t did = write(p->fd, b.p, b.n < PUMP_PIECE ? b.n : PUMP_PIECE);
        if (did < 0 && errno == EINTR)
            continue;
        if (did <= 0)
            return false;
        b.p += did;
        b.n -= (size_t)did;
    }
    return true;
}

static void *pump_run(void *cls)
{
    struct pump *p = cls;
    bool reader = true; /* nobody reads any more: what follows is thrown away */
    pthread_mutex_lock(&p->lock);
    while (!p->closed || p->waiting.n) {
        if (!p->waiting.n) {
            pthread_cond_wait(&p->cond, &p->lock);
            continue;
        }
        struct qn_buf now = p->waiting;
        qn_buf_init(&p->waiting, OUTPUT_MAX);
        pthread_mutex_unlock(&p->lock);
        reader = reader && pump_out(p, qn_buf_span(&now));
        qn_buf_release(&now);
        pthread_mutex_lock(&p->lock);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

static ssize_t pump_write(void *cls, const char *bytes, size_t n)
{
    struct pump *p = cls;
    pthread_mutex_lock(&p->lock);
    qn_put(&p->waiting, bytes, n);
    pthread_cond_signal(&p->cond);
    pthread_mutex_unlock(&p->lock);
    return (ssize_t)n;
}

static FILE *pump_open(struct pump *p, int fd, int stop, int buffering)
{
    *p = (struct pump){.fd = fd, .stop = stop};
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->cond, NULL);
    qn_buf_init(&p->waiting, OUTPUT_MAX);
    FILE *f = fopencookie(p, "w", (cookie_io_functions_t){.write = pump_write});
    if (!f)
        return NULL;
    setvbuf(f, NULL, buffering, BUFSIZ);
    p->started = pthread_create(&p->thread, NULL, pump_run, p) == 0;
    return f;
}

static void pump_close(struct pump *p, FILE *f)
{
    if (f)
        fclose(f);
    if (p->started) {
        pthread_mutex_lock(&p->lock);
        p->closed = true;
        pthread_cond_signal(&p->cond);
        pthread_mutex_unlock(&p->lock);
        pthread_join(p->thread, NULL);
    }
    qn_buf_release(&p->waiting);
    pthread_cond_destroy(&p->cond);
    pthread_mutex_destroy(&p->lock);
}

/* ---- the node -------------------------------------------------------------------------------------------------- */

struct socket_server {
    struct office *office;
    const struct network *network;
    int (*run)(struct cli *c, int argc, char **argv);
    const char *
        passphrase_file; /* that the node was started with, for callers who name none; as long as it serves */
    char dir[1024];
    int fd;
    struct stop stop;
    pthread_t thread;
    bool started;
    pthread_mutex_t lock;
    pthread_cond_t idle;
    unsigned running;
};
struct caller {
    struct socket_server *server;
    int fd, given[3];
    struct qn_buf request;
};

static bool receive_descriptors(int fd, int given[3])
{
    uint8_t one;
    struct iovec v = {.iov_base = &one, .iov_len = 1};
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(3 * sizeof(int))];
    } control;
    struct msghdr m = {.msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = control.room,
                       .msg_controllen = sizeof(control.room)};
    if (recvmsg(fd, &m, MSG_CMSG_CLOEXEC) != 1)
        return false;
    struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    if (!h || h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS ||
        h->cmsg_len != CMSG_LEN(3 * sizeof(int)))
        return false;
    memcpy(given, CMSG_DATA(h), 3 * sizeof(int));
    return true;
}

static bool receive_request(struct caller *k)
{
    uint8_t len[4], block[4096];
    qn_buf_init(&k->request, REQUEST_MAX);
    if (!receive_descriptors(k->fd, k->given) || !read_all(k->fd, len, sizeof(len)))
        return false;
    struct rd r = {.in = QN_SPAN(len)};
    for (size_t left = (size_t)rd_uint(&r, 4); left;) {
        size_t n = left < sizeof(block) ? left : sizeof(block);
        if (k->request.failed || !read_all(k->fd, block, n))
            return false;
        qn_put(&k->request, block, n);
        left -= n;
    }
    /* Every word is ended, so walking them cannot leave the buffer. */
    return !k->request.failed && k->request.n && k->request.p[k->request.n - 1] == 0;
}

static bool ending(void *cls)
{
    const struct socket_server *s = cls;
    return stop_wait(&s->stop, 0);
}

static int run_request(struct caller *k)
{
    struct pump out, err;
    char *cwd = (char *)k->request.p, *end = cwd + k->request.n;
    int argc = 0, exit_code = 1;
    char **argv = calloc(ARGS_MAX + 1, sizeof(*argv));
    for (char *p = cwd + strlen(cwd) + 1; argv && p < end && argc < ARGS_MAX; p += strlen(p) + 1)
        argv[argc++] = p;
    FILE *fo = pump_open(&out, k->given[1], k->server->stop.fd[0], _IOFBF),
         *fe = pump_open(&err, k->given[2], k->server->stop.fd[0], _IOLBF);
    if (argv && fo && fe && out.started && err.started) {
        struct cli c = {.out = fo,
                        .err = fe,
                        .cwd = cwd,
                        .dir = k->server->dir,
                        .office = k->server->office,
                        .passphrase_file = k->server->passphrase_file,
                        .network = k->server->network,
                        .stop = ending,
                        .stop_ctx = k->server};
        pthread_mutex_lock(&k->server->office->lock);
        exit_code = k->server->run(&c, argc, argv);
        pthread_mutex_unlock(&k->server->office->lock);
    }
    pump_close(&out, fo);
    pump_close(&err, fe);
    free(argv);
    return exit_code;
}

static void *serve_caller(void *cls)
{
    struct caller *k = cls;
    struct socket_server *s = k->server;
    struct timeval patience = {.tv_sec = 10};
    setsockopt(k->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (receive_request(k)) {
        uint8_t answer = (uint8_t)run_request(k);
        send(k->fd, &answer, 1, MSG_NOSIGNAL);
    }
    for (int i = 0; i < 3; i++)
        if (k->given[i] >= 0)
            close(k->given[i]);
    close(k->fd);
    qn_buf_release(&k->request);
    free(k);
    pthread_mutex_lock(&s->lock);
    if (--s->running == 0)
        pthread_cond_signal(&s->idle);
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static void take_caller(struct socket_server *s, int fd)
{
    pthread_t t;
    pthread_attr_t detached;
    struct caller *k = calloc(1, sizeof(*k));
    pthread_mutex_lock(&s->lock);
    bool room = k && s->running < CALLERS_MAX;
    s->running += room;
    pthread_mutex_unlock(&s->lock);
    if (room) {
        *k = (struct caller){.server = s, .fd = fd, .given = {-1, -1, -1}};
        pthread_attr_init(&detached);
        pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
        bool started = pthread_create(&t, &detached, serve_caller, k) == 0;
        pthread_attr_destroy(&detached);
        if (started)
            return;
        pthread_mutex_lock(&s->lock);
        s->running--;
        pthread_mutex_unlock(&s->lock);
    }
    free(k);
    close(fd);
}

static void *accept_callers(void *cls)
{
    struct socket_server *s = cls;
    struct pollfd p[2] = {{.fd = s->fd, .events = POLLIN}, {.fd = s->stop.fd[0], .events = POLLIN}};
    for (;;) {
        int n = poll(p, 2, -1);
        if (n < 0 && errno != EINTR)
            return NULL;
        if (n > 0 && p[1].revents)
            return NULL;
        if (n > 0 && p[0].revents) {
            int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);
            if (fd >= 0)
                take_caller(s, fd);
        }
    }
}

static enum qn_code open_socket(struct socket_server *s, struct qn_err *err)
{
    struct sockaddr_un a;
    int dir_fd;
    bool ok = address_of(&a, s->dir, &dir_fd);
    s->fd = ok ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
    if (dir_fd >= 0)
        unlinkat(dir_fd, NAME,
                 0); /* left by a node that was killed: we hold the directory's lock */
    mode_t was = umask(0177);
    ok = s->fd >= 0 && bind(s->fd, (struct sockaddr *)&a, sizeof(a)) == 0;
    umask(was);
    ok = ok && listen(s->fd, CALLERS_MAX) == 0;
    enum qn_code rc =
        ok ? QN_OK : qn_fail(err, QN_IO, "serve.socket", "dir=%s|why=%s", s->dir, file_why(errno));
    if (dir_fd >= 0)
        close(dir_fd);
    return rc;
}

enum qn_code socket_start(struct socket_server **out, const struct cli *node, struct qn_err *err)
{
    const char *dir = node->dir;
    struct socket_server *s = calloc(1, sizeof(*s));
    if (!s)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    *s = (struct socket_server){.office = node->office,
                                .network = node->network,
                                .run = node->run,
                                .passphrase_file = node->passphrase_file,
                                .fd = -1,
                                .stop = STOP_NONE};
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->idle, NULL);
    enum qn_code rc = qn_text_copy(s->dir, sizeof(s->dir), qn_str(dir))
                          ? open_socket(s, err)
                          : qn_fail(err, QN_LIMIT, "file.path-too-long", "path=%s", dir);
    if (!rc)
        rc = stop_open(&s->stop, err);
    if (!rc) {
        int failed = pthread_create(&s->thread, NULL, accept_callers, s);
        s->started = failed == 0;
        if (failed)
            rc = qn_fail(err, QN_IO, "serve.socket", "dir=%s|why=%s", dir, file_why(failed));
    }
    if (rc) {
        socket_stop(s);
        return rc;
    }
    *out = s;
    return QN_OK;
}

void socket_stop(struct socket_server *s)
{
    if (!s)
        return;
    stop_now(&s->stop);
    if (s->started)
        pthread_join(s->thread, NULL);
    if (s->fd >= 0) {
        int dir_fd = open(s->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (dir_fd >= 0) {
            unlinkat(dir_fd, NAME, 0);
            close(dir_fd);
        }
        close(s->fd);
    }
    pthread_mutex_lock(&s->lock);
    while (s->running)
        pthread_cond_wait(&s->idle, &s->lock);
    pthread_mutex_unlock(&s->lock);
    stop_release(&s->stop);
    pthread_cond_destroy(&s->idle);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
