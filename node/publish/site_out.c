/* site_out.c - the directory of a site: written aside, named in a signed manifest, put in place by one rename. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/publish/manifest.h"
#include "node/publish/site_parts.h"
#include "node/store/file.h"
#include "node/store/clock.h"
#include "protocol/wire.h"

static void fd_auto(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
#define AUTO_FD __attribute__((cleanup(fd_auto))) int

static enum qn_code io_fail(struct site *s, const char *path)
{
    return qn_fail(s->err, QN_IO, "file.write", "path=%s|why=%s", path, strerror(errno));
}

/* ---- what stands there already ------------------------------------------------------------------ */

struct old {
    struct site *s;
    const char *root;
    struct manifest m;
};

/* Calls `file` for every file under dir (relative paths); directories after what is in them when `rm`. */
static enum qn_code walk(struct old *o, const char *dir, unsigned depth, bool rm)
{
    char path[1024 + SITE_PATH + 256];
    snprintf(path, sizeof(path), "%s%s%s", o->root, dir[0] ? "/" : "", dir);
    DIR *d = opendir(path);
    if (!d)
        return io_fail(o->s, path);
    enum qn_code rc = QN_OK;
    for (struct dirent *e; !rc && (e = readdir(d));) {
        char name[SITE_PATH + 256];
        struct stat st;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        snprintf(name, sizeof(name), "%s%s%s", dir, dir[0] ? "/" : "", e->d_name);
        if (strlen(name) >= SITE_PATH ||
            fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
            !(S_ISREG(st.st_mode) || (S_ISDIR(st.st_mode) && depth < MANIFEST_NAMES - 1)))
            rc = qn_fail(o->s->err, QN_CONFLICT, "publish.foreign-file", "path=%s/%s", o->root,
                         name);
        else if (S_ISDIR(st.st_mode))
            rc = walk(o, name, depth + 1, rm);
        else if (rm && unlinkat(dirfd(d), e->d_name, 0) != 0)
            rc = io_fail(o->s, name);
        else if (!rm && !manifest_find(&o->m, qn_str(name)) && strcmp(name, "manifest.txt") != 0 &&
                 strcmp(name, "manifest.note") != 0)
            rc = qn_fail(o->s->err, QN_CONFLICT, "publish.foreign-file", "path=%s/%s", o->root,
                         name);
    }
    closedir(d);
    if (!rc && rm && rmdir(path) != 0)
        rc = io_fail(o->s, path);
    return rc;
}

static bool is_empty(const char *path)
{
    DIR *d = opendir(path);
    bool empty = d != NULL;
    for (struct dirent *e; d && (e = readdir(d));)
        empty = empty && (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0);
    if (d)
        closedir(d);
    return empty;
}

/* Nothing is ever replaced that is not wholly ours: a page of somebody else's would be lost without a word. */
static enum qn_code check_old(struct site *s, const char *out, bool *there)
{
    struct stat st;
    *there = lstat(out, &st) == 0;
    if (!*there || (S_ISDIR(st.st_mode) && is_empty(out)))
        return QN_OK;
    struct old o = {.s = s, .root = out};
    struct qn_err inner;
    if (!S_ISDIR(st.st_mode) || manifest_load(&o.m, out, &inner) != QN_OK)
        return qn_fail(s->err, QN_CONFLICT, "publish.not-a-site", "path=%s", out);
    enum qn_code rc = walk(&o, "", 0, false);
    manifest_free(&o.m);
    return rc;
}

/* ---- writing ------------------------------------------------------------------------------------ */

enum qn_code site_open(struct site *s, const char *out)
{
    bool there;
    enum qn_code rc = check_old(s, out, &there); /* before the work, not after it */
    if (rc)
        return rc;
    if (snprintf(s->aside, sizeof(s->aside), "%s.new-XXXXXX", out) >= (int)sizeof(s->aside))
        return qn_fail(s->err, QN_LIMIT, "file.path-too-long", "path=%s", out);
    if (!mkdtemp(s->aside)) {
        rc = io_fail(s, s->aside);
        s->aside[0] = 0;
        return rc;
    }
    s->dir = open(s->aside, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    /* A web server reads it under another account. */
    return s->dir < 0 || fchmod(s->dir, 0755) != 0 ? io_fail(s, s->aside) : QN_OK;
}

static enum qn_code make_dirs(struct site *s, const char *path)
{
    char dir[SITE_PATH];
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
        if (mkdirat(s->dir, dir, 0755) != 0 && errno != EEXIST)
            return io_fail(s, path);
    }
    return QN_OK;
}

static enum qn_code write_bytes(struct site *s, const char *path, struct qn_span b)
{
    enum qn_code rc = make_dirs(s, path);
    if (rc)
        return rc;
    AUTO_FD fd = openat(s->dir, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return io_fail(s, path);
    rc = file_put(fd, b, path, s->err);
    if (rc)
        return rc;
    return fchmod(fd, 0644) == 0 ? QN_OK : io_fail(s, path);
}

static enum qn_code add_file(struct site *s, const char *path, const uint8_t hash[QN_HASH],
                             uint64_t size)
{
    struct site_file *f = list_add(&s->files, sizeof(*f));
    if (!f)
        return qn_fail(s->err, QN_NOMEM, "base.no-memory", "");
    snprintf(f->path, sizeof(f->path), "%s", path);
    memcpy(f->hash, hash, QN_HASH);
    f->size = size;
    s->made.files++;
    s->made.bytes += size;
    return QN_OK;
}

enum qn_code site_room(struct site *s, const char *path)
{
    return make_dirs(s, path);
}

enum qn_code site_take(struct site *s, const char *path, uint64_t *size)
{
    AUTO_FD fd = openat(s->dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    crypto_hash_sha256_state h;
    uint8_t room[1u << 16], hash[QN_HASH];
    enum qn_code rc = QN_OK;
    *size = 0;
    if (fd < 0)
        return io_fail(s, path);
    crypto_hash_sha256_init(&h);
    for (size_t n = 1; !rc && n; *size += n) {
        rc = file_more(fd, room, sizeof(room), &n, path, s->err);
        if (!rc)
            crypto_hash_sha256_update(&h, room, n);
    }
    crypto_hash_sha256_final(&h, hash);
    if (!rc && fchmod(fd, 0644) != 0)
        rc = io_fail(s, path);
    return rc ? rc : add_file(s, path, hash, *size);
}

enum qn_code site_write(struct site *s, const char *path, const struct qn_buf *bytes)
{
    enum qn_code rc = qn_buf_check(bytes, s->err);
    if (!rc)
        rc = store_goes_on(s->st, s->err);
    if (!rc)
        rc = write_bytes(s, path, qn_buf_span(bytes));
    if (rc)
        return rc;
    struct qn_span all = qn_buf_span(bytes);
    uint8_t hash[QN_HASH];
    wire_sha256(hash, &all, 1);
    return add_file(s, path, hash, bytes->n);
}

void site_page(struct site *s, struct html_page *p, struct qn_buf *b)
{
    qn_buf_init(b, SITE_FILE_MAX);
    p->owner = s->self->name;
    html_begin(b, p);
}

enum qn_code site_page_done(struct site *s, const struct html_page *p, struct qn_buf *b,
                            const char *path)
{
    html_end(b, p, s->made_on);
    enum qn_code rc = site_write(s, path, b);
    qn_buf_release(b);
    return rc;
}

/* ---- the manifest ------------------------------------------------------------------------------- */

static int by_path(const void *a, const void *b)
{
    const struct site_file *x = a, *y = b;
    return strcmp(x->path, y->path);
}

/* SPEC site-9: "one line `<64 hex> <two blanks> <path>` for each file, ascending by path" */
enum qn_code site_manifest(struct site *s)
{
    const struct keys *keys;
    QN_AUTO(qn_buf) struct qn_buf list = {0}, note = {0};
    qn_buf_init(&list, MANIFEST_MAX);
    qn_buf_init(&note, QN_NOTE_MAX);
    enum qn_code rc = store_signer(s->st, &keys, s->err);
    if (rc)
        return rc;
    struct site_file *f = s->files.at;
    qsort(f, s->files.n, sizeof(*f), by_path);
    for (size_t i = 0; i < s->files.n; i++) {
        qn_put_hex(&list, f[i].hash, QN_HASH);
        qn_put_fmt(&list, "  %s\n", f[i].path);
    }
    rc = qn_buf_check(&list, s->err);
    if (!rc)
        rc = write_bytes(s, "manifest.txt", qn_buf_span(&list));
    if (rc)
        return rc;
    struct manifest_note n = {.files = s->files.n, .time_s = clock_now_ms(s->st) / 1000};
    memcpy(n.origin, store_origin(s->st), sizeof(n.origin));
    struct qn_span all = qn_buf_span(&list);
    wire_sha256(n.hash, &all, 1);
    manifest_note_text(&note, &n);
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, QN_NOTE_MAX);
    qn_put_span(&text, qn_buf_span(&note));
    qn_put_str(&note, "\n");
    qn_note_sign(&note, qn_buf_span(&text), qn_str(n.origin), keys_log_sk(keys));
    rc = qn_buf_check(&note, s->err);
    return rc ? rc : write_bytes(s, "manifest.note", qn_buf_span(&note));
}

/* ---- putting it in place ------------------------------------------------------------------------ */

enum qn_code site_place(struct site *s, const char *out)
{
    bool there;
    enum qn_code rc = check_old(s, out, &there);
    if (!rc)
        rc = store_goes_on(s->st, s->err);
    if (rc)
        return rc;
    if (syncfs(s->dir) != 0)
        return io_fail(s, s->aside);
    char old[1024];
    if (snprintf(old, sizeof(old), "%s.old-%ld", out, (long)getpid()) >= (int)sizeof(old))
        return qn_fail(s->err, QN_LIMIT, "file.path-too-long", "path=%s", out);
    if (there && renameat2(AT_FDCWD, s->aside, AT_FDCWD, out, RENAME_EXCHANGE) == 0) {
        memcpy(old, s->aside, sizeof(old)); /* one step: no reader ever found nothing */
    } else {
        /* Not every file system can exchange: then the old one steps aside for the blink of two renames. */
        if (there && rename(out, old) != 0)
            return io_fail(s, out);
        if (rename(s->aside, out) != 0) {
            rc = io_fail(s, out);
            if (there && rename(old, out) != 0)
                rc = io_fail(s, old);
            return rc;
        }
    }
    s->aside[0] = 0;
    struct old o = {.s = s, .root = old};
    return there ? walk(&o, "", 0, true) : QN_OK;
}

void site_abandon(struct site *s)
{
    struct qn_err none, *err = s->err;
    struct old o = {.s = s, .root = s->aside};
    if (s->dir >= 0)
        close(s->dir);
    s->dir = -1;
    if (!s->aside[0])
        return;
    s->err = &none; /* the first refusal is the one to tell */
    if (walk(&o, "", 0, true) != QN_OK)
        qn_say(s->report, "publish.left-over", "path=%s", s->aside);
    s->err = err;
}
