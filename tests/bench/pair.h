/* pair.h - two offices that exchange over real sockets, each in a process of its own, with what each of them cost.
 *
 * The child is this process. The parent is forked off before either did anything, so that the high-water marks of
 * memory are each one's own; it serves until pair_stop. What goes over the wire is counted at send() and recv() of
 * the calling side, HTTP and all; what goes to the disk at fdatasync() and fsync() of each; signatures made and
 * checked where libsodium is called.                                                                               */
#ifndef QIAN_TESTS_BENCH_PAIR_H
#define QIAN_TESTS_BENCH_PAIR_H

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sodium.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/http/server.h"
#include "node/store/office.h"
#include "node/store/receipts.h"
#include "node/sync/peer.h"
#include "tests/bench/bench.h"

static uint64_t wire_bytes, sync_calls, signs, checks;

int crypto_sign_detached(unsigned char *sig, unsigned long long *siglen, const unsigned char *m,
                         unsigned long long mlen, const unsigned char *sk)
{
    __atomic_fetch_add(&signs, 1, __ATOMIC_RELAXED);
    return crypto_sign_ed25519_detached(sig, siglen, m, mlen, sk);
}

int crypto_sign_verify_detached(const unsigned char *sig, const unsigned char *m,
                                unsigned long long mlen, const unsigned char *pk)
{
    __atomic_fetch_add(&checks, 1, __ATOMIC_RELAXED);
    return crypto_sign_ed25519_verify_detached(sig, m, mlen, pk);
}

int fdatasync(int fd)
{
    __atomic_fetch_add(&sync_calls, 1, __ATOMIC_RELAXED);
    return (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
    __atomic_fetch_add(&sync_calls, 1, __ATOMIC_RELAXED);
    return (int)syscall(SYS_fsync, fd);
}

ssize_t send(int fd, const void *p, size_t n, int flags)
{
    ssize_t r = sendto(fd, p, n, flags, NULL, 0);
    if (r > 0)
        __atomic_fetch_add(&wire_bytes, (uint64_t)r, __ATOMIC_RELAXED);
    return r;
}

ssize_t recv(int fd, void *p, size_t n, int flags)
{
    ssize_t r = recvfrom(fd, p, n, flags, NULL, NULL);
    if (r > 0)
        __atomic_fetch_add(&wire_bytes, (uint64_t)r, __ATOMIC_RELAXED);
    return r;
}

/* What a process has used: CPU since it began, the most memory since cost_reset. */
struct cost {
    double cpu, hwm_mib;
    uint64_t syncs, signs, checks;
};

static inline struct cost cost_now(void)
{
    struct cost c = {.cpu = bench_now(CLOCK_PROCESS_CPUTIME_ID),
                     .syncs = sync_calls,
                     .signs = signs,
                     .checks = checks};
    char line[200];
    FILE *f = fopen("/proc/self/status", "r");
    long kib;
    while (f && fgets(line, sizeof(line), f))
        if (sscanf(line, "VmHWM: %ld", &kib) == 1)
            c.hwm_mib = (double)kib / 1024;
    if (f)
        fclose(f);
    return c;
}

/* The high-water mark begins again at what is used now. */
static inline void cost_reset(void)
{
    malloc_trim(0);
    int fd = open("/proc/self/clear_refs", O_WRONLY);
    if (fd < 0 || write(fd, "5", 1) != 1)
        bench_die("clear_refs", "not writable");
    close(fd);
}

struct pair {
    struct office child;
    pid_t pid;
    int ask, told; /* pipes to and from the parent's process */
};

static inline void pair_office(struct office *o, const char *dir)
{
    char path[500];
    struct qn_err err;
    *o = (struct office){.line = NULL};
    snprintf(path, sizeof(path), "%s/keys", dir);
    lone_must(keys_open(&o->keys, path, qn_str("lone office"), &err), &err, "keys");
    lone_must(store_open(&o->st, dir, STORE_OPEN, &err), &err, "open");
    store_lend_keys(o->st, o->keys);
    pthread_mutex_init(&o->lock, NULL);
}

static inline void pair_serve(const char *dir, int ask, int tell)
{
    struct office o;
    struct network_server *s;
    struct qn_err err;
    char cmd, url[64] = "";
    pair_office(&o, dir);
    lone_must(http_start(&s, &(struct network_listen){.office = &o, .peer = "127.0.0.1:0"}, &err),
              &err, "serve");
    snprintf(url, sizeof(url), "https://%s", http_peer_address(s));
    bool ok = write(tell, url, sizeof(url)) == sizeof(url);
    while (ok && read(ask, &cmd, 1) == 1 && cmd != 'q') {
        if (cmd == 'r')
            cost_reset();
        struct cost c = cost_now();
        ok = write(tell, &c, sizeof(c)) == sizeof(c);
    }
    http_stop(s);
    store_close(o.st);
    _exit(!ok);
}

static inline struct cost pair_parent(struct pair *p, char cmd)
{
    struct cost c;
    if (write(p->ask, &cmd, 1) != 1 || read(p->told, &c, sizeof(c)) != sizeof(c))
        bench_die("parent", "gone");
    return c;
}

static inline void pair_start(struct pair *p, const char *base)
{
    struct lone_root root;
    struct lone_office up, down;
    struct qn_err err;
    int ask[2], told[2];
    char dir[400], url[64];
    lone_root_make(&root, "bench.example");
    lone_office_make(&up, base, "14", NULL, &root);
    lone_office_make(&down, base, "1406", &up, &root);
    store_close(up.st);
    store_close(down.st);
    keys_free(up.keys);
    keys_free(down.keys);
    keys_free(root.keys);
    if (pipe(ask) != 0 || pipe(told) != 0 || (p->pid = fork()) < 0)
        bench_die("fork", "failed");
    snprintf(dir, sizeof(dir), "%s/%s", base, p->pid ? "1406" : "14");
    if (!p->pid) {
        close(ask[1]);
        close(told[0]);
        pair_serve(dir, ask[0], told[1]);
    }
    close(ask[0]);
    close(told[1]);
    p->ask = ask[1];
    p->told = told[0];
    if (read(p->told, url, sizeof(url)) != sizeof(url))
        bench_die("parent", "did not start");
    pair_office(&p->child, dir);
    lone_must(peer_set(p->child.st, "14", url, &err), &err, "peer");
}

static inline void pair_sync(struct pair *p)
{
    struct network_result r;
    struct qn_err err;
    pthread_mutex_lock(&p->child.lock);
    lone_must(
        http_network.sync(&(struct network_sync){.office = &p->child, .peer = "14"}, &r, &err),
        &err, "sync");
    pthread_mutex_unlock(&p->child.lock);
    if (r.not_taken)
        bench_die("sync", "the parent did not take everything");
}

/* Rows that the parent holds applied: from its receipt about our log. */
static inline uint64_t pair_acknowledged(struct pair *p)
{
    struct qn_err err;
    struct qn_note note;
    struct qn_receipt r;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, QN_NOTE_MAX);
    lone_must(receipt_get(&b, p->child.st, "14", store_origin(p->child.st), &err), &err,
              "receipt");
    lone_must(qn_note_parse(&note, qn_buf_span(&b), &err), &err, "note");
    lone_must(qn_receipt_parse(&r, note.text, &err), &err, "receipt");
    return r.nrefused || r.nheld ? 0 : r.applied[QN_LANE_RESULT];
}

static inline void pair_stop(struct pair *p)
{
    int status = 1;
    if (write(p->ask, "q", 1) != 1 || waitpid(p->pid, &status, 0) != p->pid || status != 0)
        bench_die("parent", "did not end well");
    close(p->ask);
    close(p->told);
    office_close(&p->child);
}
#endif
