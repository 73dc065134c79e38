/* faultproxy.c - a link that breaks: forwards TCP on loopback and cuts it, once or again and again.
 *
 *   faultproxy --listen PORT --to HOST:PORT [--cut-after BYTES [--once | --again]] [--cut-every MS] [--rate BYTES]
 *
 * BYTES are counted over all connections and both directions. At the cut every connection is reset, so that
 * both sides see a broken link, not an orderly end. Afterwards it forwards whole, with --once it exits 0, with --again
 * it counts from 0. --cut-every cuts by time. --rate: no more bytes a second, both directions together.
 * PORT 0 takes any; the first line printed is "listening HOST:PORT". At SIGTERM it prints "up BYTES down BYTES cuts N"
 * and exits 0: up is from who called.                                                                       */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PAIRS 32
#define PIECE 1024 /* bytes moved at a time: a cut may fall anywhere to within this */

struct pair {
    int fd[2]; /* caller, server; -1: free */
    uint64_t moved;
};
static struct pair pairs[PAIRS];
static uint64_t moved[2]; /* up, down */
static volatile sig_atomic_t ended;

static void on_term(int sig)
{
    (void)sig;
    ended = 1;
}

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t); /* faked clocks do not reach it */
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int fail(const char *what)
{
    fprintf(stderr, "faultproxy: %s: %s\n", what, strerror(errno));
    return 1;
}

static bool loopback(struct sockaddr_in *out, const char *host, const char *port)
{
    char *end;
    unsigned long p = strtoul(port, &end, 10);
    *out = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)p)};
    return *port && !*end && p <= 65535 && inet_pton(AF_INET, host, &out->sin_addr) == 1;
}

static void end_pair(struct pair *p, bool reset)
{
    struct linger l = {.l_onoff = 1};
    for (int i = 0; i < 2; i++) {
        if (p->fd[i] >= 0 && reset)
            setsockopt(p->fd[i], SOL_SOCKET, SO_LINGER, &l, sizeof(l));
        if (p->fd[i] >= 0)
            close(p->fd[i]);
        p->fd[i] = -1;
    }
}

static void accept_one(int listener, const struct sockaddr_in *to)
{
    int fd = accept(listener, NULL, NULL);
    for (int i = 0; fd >= 0 && i < PAIRS; i++) {
        struct pair *p = &pairs[i];
        if (p->fd[0] >= 0)
            continue;
        int out = socket(AF_INET, SOCK_STREAM, 0);
        if (out < 0 || connect(out, (const struct sockaddr *)to, sizeof(*to)) != 0) {
            fprintf(stderr, "faultproxy: the server does not answer: %s\n", strerror(errno));
            if (out >= 0)
                close(out);
            break;
        }
        *p = (struct pair){.fd = {fd, out}};
        return;
    }
    if (fd >= 0)
        close(fd);
}

static bool write_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t did = send(fd, p, n, MSG_NOSIGNAL);
        if (did <= 0)
            return false;
        p += did;
        n -= (size_t)did;
    }
    return true;
}

/* Moves one piece. Gives how many bytes went; the pair is ended when a side is. */
static size_t move_piece(struct pair *p, int from, size_t most)
{
    char piece[PIECE];
    ssize_t n = recv(p->fd[from], piece, most < sizeof(piece) ? most : sizeof(piece), 0);
    if (n <= 0 || !write_all(p->fd[1 - from], piece, (size_t)n)) {
        end_pair(p, n < 0);
        return 0;
    }
    p->moved += (uint64_t)n;
    moved[from] += (uint64_t)n;
    return (size_t)n;
}

static int cut_all(uint64_t total)
{
    int n = 0;
    for (int i = 0; i < PAIRS; i++)
        if (pairs[i].fd[0] >= 0) {
            end_pair(&pairs[i], true);
            n++;
        }
    printf("cut %d connection%s after %llu bytes\n", n, n == 1 ? "" : "s",
           (unsigned long long)total);
    fflush(stdout);
    return n;
}

struct faults {
    uint64_t cut_after, every_ms, rate; /* 0: none */
    bool once, again;
};

/* Bytes that may go now; 0: it is too early. */
static uint64_t may_move(const struct faults *f, uint64_t began)
{
    uint64_t due = f->rate ? (now_ms() - began) * f->rate / 1000 : UINT64_MAX,
             gone = moved[0] + moved[1];
    return due > gone ? due - gone : 0;
}

static int run(int listener, const struct sockaddr_in *to, const struct faults *f)
{
    uint64_t total = 0, began = now_ms(), cut_at = began + f->every_ms;
    unsigned long long cuts = 0;
    bool cut = f->cut_after == 0;
    while (!ended) {
        struct pollfd p[1 + 2 * PAIRS] = {{.fd = listener, .events = POLLIN}};
        uint64_t room = may_move(f, began);
        for (int i = 0; i < 2 * PAIRS; i++)
            p[1 + i] = (struct pollfd){.fd = room ? pairs[i / 2].fd[i % 2] : -1, .events = POLLIN};
        int wait = !room ? 1 : f->every_ms ? 10 : -1;
        if (poll(p, 1 + 2 * PAIRS, wait) < 0) {
            if (errno == EINTR)
                continue;
            return fail("poll");
        }
        if (f->every_ms && now_ms() >= cut_at) {
            cut_at += f->every_ms;
            cut_all(total);
            cuts++;
            continue;
        }
        if (p[0].revents)
            accept_one(listener, to);
        for (int i = 0; i < 2 * PAIRS; i++) {
            struct pair *q = &pairs[i / 2];
            if (!p[1 + i].revents || q->fd[i % 2] != p[1 + i].fd || q->fd[i % 2] < 0)
                continue;
            total += move_piece(q, i % 2, cut ? PIECE : (size_t)(f->cut_after - total));
            if (!cut && total >= f->cut_after) {
                cut = !f->again;
                cut_all(total);
                cuts++;
                if (f->again)
                    total = 0;
                if (f->once)
                    return 0;
                break;
            }
        }
    }
    printf("up %llu down %llu cuts %llu\n", (unsigned long long)moved[0],
           (unsigned long long)moved[1], cuts);
    return 0;
}

int main(int argc, char **argv)
{
    const char *listen_on = NULL, *to = NULL;
    struct faults f = {.once = false};
    struct sigaction term = {.sa_handler = on_term};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--once") == 0)
            f.once = true;
        else if (strcmp(argv[i], "--again") == 0)
            f.again = true;
        else if (strcmp(argv[i], "--listen") == 0 && i + 1 < argc)
            listen_on = argv[++i];
        else if (strcmp(argv[i], "--to") == 0 && i + 1 < argc)
            to = argv[++i];
        else if (strcmp(argv[i], "--cut-after") == 0 && i + 1 < argc)
            f.cut_after = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--cut-every") == 0 && i + 1 < argc)
            f.every_ms = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--rate") == 0 && i + 1 < argc)
            f.rate = strtoull(argv[++i], NULL, 10);
    }
    struct sockaddr_in here, there;
    char host[64] = "";
    const char *colon = to ? strrchr(to, ':') : NULL;
    if (colon && (size_t)(colon - to) < sizeof(host))
        memcpy(host, to, (size_t)(colon - to));
    if (!listen_on || !colon || !loopback(&here, "127.0.0.1", listen_on) ||
        !loopback(&there, host, colon + 1)) {
        fprintf(
            stderr,
            "usage: faultproxy --listen PORT --to HOST:PORT [--cut-after BYTES [--once | --again]] "
            "[--cut-every MS] [--rate BYTES]\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    sigaction(SIGTERM, &term, NULL);
    for (int i = 0; i < PAIRS; i++)
        pairs[i] = (struct pair){.fd = {-1, -1}};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t n = sizeof(here);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
        bind(fd, (struct sockaddr *)&here, sizeof(here)) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)&here, &n) != 0)
        return fail("listen");
    printf("listening 127.0.0.1:%u\n", (unsigned)ntohs(here.sin_port));
    fflush(stdout);
    return run(fd, &there, &f);
}
