#include "node/work/thumb.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "node/store/clock.h"
#include "node/store/vault.h"
#include "node/work/evidence.h"
#include "node/work/thumb_cage.h"

#define WALL_MS 6000u
#define NAP_NS  5000000

static void fd_auto(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
#define AUTO_FD __attribute__((cleanup(fd_auto))) int

/* One at a time: pages ask for many at once, and a hostile picture is to cost one processor, not all. */
static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;

const char *thumb_id(enum thumb told)
{
    switch (told) {
    case THUMB_MADE:
        return "thumb.made";
    case THUMB_NONE:
        return "thumb.none";
    case THUMB_NO_PROGRAM:
        return "thumb.no-program";
    case THUMB_NO_CAGE:
        return "thumb.no-cage";
    }
    return "thumb.none";
}

enum thumb thumb_fit(void)
{
    if (access(THUMB_DECODER, X_OK) != 0 || access(THUMB_ENCODER, X_OK) != 0)
        return THUMB_NO_PROGRAM;
    AUTO_FD cage = cage_make(THUMB_DECODER, THUMB_ENCODER);
    return cage < 0 ? THUMB_NO_CAGE : THUMB_MADE;
}

/* The bytes as a file without a name, which nobody changes any more. */
static int memory_file(struct qn_span b)
{
    int fd = memfd_create("photo", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    for (size_t done = 0; fd >= 0 && done < b.n;) {
        ssize_t n = write(fd, b.p + done, b.n - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            close(fd);
            return -1;
        }
        done += (size_t)n;
    }
    if (fd >= 0 && (lseek(fd, 0, SEEK_SET) != 0 ||
                    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

/* To the end of it, before the time is over and below the bound. */
static bool read_all(struct qn_buf *out, int fd, uint64_t end_ms)
{
    for (;;) {
        uint8_t block[16384];
        struct pollfd p = {.fd = fd, .events = POLLIN};
        uint64_t now = clock_running_ms();
        if (now >= end_ms)
            return false;
        int ready = poll(&p, 1, (int)(end_ms - now));
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return false;
        ssize_t n = read(fd, block, sizeof(block));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        qn_put(out, block, (size_t)n);
        if (out->failed)
            return false;
    }
}

/* How it ended; what has not ended in time is ended. 0: as it should. */
static int wait_for(pid_t pid, uint64_t end_ms)
{
    int status = 0;
    if (pid < 0)
        return CAGE_FAILED;
    for (;;) {
        bool late = clock_running_ms() >= end_ms;
        if (late) {
            kill(-pid, SIGKILL);
            kill(pid, SIGKILL);
        }
        pid_t got = waitpid(pid, &status, late ? 0 : WNOHANG);
        if (got == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        if (got < 0 && errno != EINTR)
            return -1;
        if (!late)
            nanosleep(&(struct timespec){0, NAP_NS}, NULL);
    }
}

/* As the encoder writes it: a JPEG from its first byte to its last, and no other thing that a browser might take it for. */
static bool is_picture(struct qn_span b)
{
    const char *media = vault_media(b);
    return media && strcmp(media, "image/jpeg") == 0 && b.n > 4 && b.n <= THUMB_MAX &&
           b.p[b.n - 2] == 0xff && b.p[b.n - 1] == 0xd9;
}

static enum thumb run(struct qn_buf *out, int cage, int from, const struct thumb_options *o)
{
    /* A picture with any fault is none: the decoder would go on for as long as its header claims. */
    const char *const decode[] = {o->decoder, "-strict", "-maxscans", "100", "-scale", "1/8", NULL};
    const char *const encode[] = {o->encoder, "-quality", "60", "-optimize", NULL};
    int raw[2], small[2];
    AUTO_FD quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (quiet < 0 || pipe2(raw, O_CLOEXEC) != 0)
        return THUMB_NO_PROGRAM;
    AUTO_FD raw_out = raw[0], raw_in = raw[1];
    if (pipe2(small, O_CLOEXEC) != 0)
        return THUMB_NO_PROGRAM;
    AUTO_FD small_out = small[0], small_in = small[1];
    uint64_t end = clock_running_ms() + o->wall_ms;
    pid_t first = cage_start(cage, decode, from, raw_in, quiet);
    pid_t second = cage_start(cage, encode, raw_out, small_in, quiet);
    /* Only the two hold these now: when one ends, the other sees it. */
    close(raw_in), close(raw_out), close(small_in);
    raw_in = raw_out = small_in = -1;
    bool whole = read_all(out, small_out, end);
    if (!whole)
        end = 0;
    int a = wait_for(first, end), b = wait_for(second, end);
    if (a == CAGE_FAILED || b == CAGE_FAILED)
        return THUMB_NO_PROGRAM;
    return whole && a == 0 && b == 0 && is_picture(qn_buf_span(out)) ? THUMB_MADE : THUMB_NONE;
}

enum thumb thumb_make(struct qn_buf *out, struct qn_span jpeg, const struct thumb_options *o)
{
    static const struct thumb_options usual = {THUMB_DECODER, THUMB_ENCODER, WALL_MS};
    const char *media = vault_media(jpeg);
    enum thumb told = THUMB_NO_PROGRAM;
    o = o ? o : &usual;
    *out = (struct qn_buf){0};
    /* SPEC files-20: "Of a JPEG of at most 67,108,864 bytes" */
    if (!media || strcmp(media, "image/jpeg") != 0 || jpeg.n > THUMB_FROM_MAX)
        return THUMB_NONE;
    if (access(o->decoder, X_OK) != 0 || access(o->encoder, X_OK) != 0)
        return THUMB_NO_PROGRAM;
    AUTO_FD cage = cage_make(o->decoder, o->encoder);
    if (cage < 0)
        return THUMB_NO_CAGE;
    qn_buf_init(out, THUMB_MAX);
    pthread_mutex_lock(&one);
    AUTO_FD from = memory_file(jpeg);
    if (from >= 0)
        told = run(out, cage, from, o);
    pthread_mutex_unlock(&one);
    if (told != THUMB_MADE)
        qn_buf_release(out);
    return told;
}

enum qn_code thumb_of(struct qn_buf *out, enum thumb *told, const char *dir,
                      const uint8_t sha256[QN_HASH], bool again, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf photo = {0};
    struct qn_err none;
    *told = THUMB_NONE;
    if (vault_thumb(out, dir, sha256, THUMB_MAX, &none) == QN_OK) {
        if (is_picture(qn_buf_span(out)))
            *told = THUMB_MADE;
        if (*told == THUMB_MADE || (out->n == 1 && !again)) {
            if (*told != THUMB_MADE)
                qn_buf_release(out);
            return QN_OK;
        }
        qn_buf_release(out);
    }
    /* SPEC files-20: "made of a file whose digest was checked" */
    enum qn_code rc = evidence_read(&photo, dir, sha256, THUMB_FROM_MAX, err);
    if (rc)
        return rc == QN_LIMIT ? QN_OK : rc;
    *told = thumb_make(out, qn_buf_span(&photo), NULL);
    /* One byte: this file has none, and it is not tried again for each look at a page. */
    struct qn_span keep = *told == THUMB_MADE ? qn_buf_span(out) : qn_str("-");
    pthread_mutex_lock(&one);
    if (*told <= THUMB_NONE && vault_thumb_put(dir, sha256, keep, &none) != QN_OK)
        (void)none; /* it is made anew the next time */
    pthread_mutex_unlock(&one);
    return QN_OK;
}
