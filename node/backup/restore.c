#include "node/backup/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/backup/aside.h"
#include "node/backup/content.h"
#include "node/backup/judge.h"
#include "node/store/clock.h"

#define ASIDE    "restore-aside"
#define RESTORED "qian.db.restored" /* the database, when all else is in its place */

static void fd_auto(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static enum qn_code open_file(int *fd, const char *path, struct qn_err *err)
{
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0)
        return qn_fail(err, errno == ENOENT ? QN_ABSENT : QN_IO, "file.read", "path=%s|why=%s",
                       path, file_why(errno));
    struct stat s;
    return fstat(*fd, &s) == 0 && S_ISREG(s.st_mode)
               ? QN_OK
               : qn_fail(err, QN_DENIED, "file.not-regular", "path=%s", path);
}

enum qn_code backup_look(struct backup_head *out, const char *path, struct qn_err *err)
{
    __attribute__((cleanup(fd_auto))) int fd = -1;
    enum qn_code rc = open_file(&fd, path, err);
    return rc ? rc : backup_in_head(out, fd, path, err);
}

static enum qn_code unpack_one(struct backup_head *h, const struct backup_open *o, const char *path,
                               const char *dir, enum backup_what what, struct qn_buf *list,
                               uint64_t *bytes, struct qn_err *err)
{
    __attribute__((cleanup(fd_auto))) int fd = -1;
    QN_AUTO(backup_in) struct backup_in *in = NULL;
    struct stat s;
    enum qn_code rc = open_file(&fd, path, err);
    if (!rc)
        rc = backup_in_open(&in, h, fd, path, o->passphrase, err);
    if (!rc)
        rc = backup_unpack(in, dir, what, list, o->report, err);
    *bytes = fd >= 0 && fstat(fd, &s) == 0 ? (uint64_t)s.st_size : 0;
    return rc;
}

/* Unpacked into a directory that is ours, and judged there. */
static enum qn_code unpack(struct backup_found *f, const struct backup_open *o, const char *dir,
                           struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf list = {0};
    uint64_t from = clock_running_ms();
    *f = (struct backup_found){.bytes = 0};
    qn_buf_init(&list, BACKUP_LIST_MAX);
    enum qn_code rc = unpack_one(&f->head, o, o->path, dir, BACKUP_ALL, &list, &f->bytes, err);
    for (unsigned i = 0; !rc && i < o->nfiles; i++) {
        struct backup_head h;
        uint64_t bytes;
        rc = unpack_one(&h, o, o->files[i], dir, BACKUP_FILES, NULL, &bytes, err);
    }
    if (!rc)
        rc = backup_judge(f, dir, o, err);
    f->missing = backup_missing(dir, qn_buf_span(&list));
    f->ms = clock_running_ms() - from;
    return rc;
}

enum qn_code backup_verify(struct backup_found *out, const struct backup_open *o,
                           struct qn_err *err)
{
    QN_AUTO(aside) struct aside aside = {.fd = 0};
    struct backup_found found;
    enum qn_code rc = aside_open(&aside, o->work, o->name, err);
    if (!rc)
        rc = unpack(&found, o, aside.path, err);
    if (!rc)
        *out = found;
    return rc;
}

/* ---- restore ------------------------------------------------------------------------------------------------------ */

/* What may lie in a directory into which is restored. Of an interrupted restore also what it had put there. */
static bool is_mine(const char *name)
{
    return strcmp(name, "files") == 0 || strcmp(name, RESTORED) == 0 ||
           strncmp(name, "keys", 4) == 0;
}

static bool may_stay(const char *name)
{
    static const char *const names[] = {".", "..", "anchor", "lock", "lost+found", ASIDE};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* One look at the directory; clear: what an interrupted restore left goes. */
static enum qn_code look_around(const char *dir, bool clear, struct qn_err *err)
{
    char path[FILE_PATH_MAX];
    enum qn_code rc = file_join(path, dir, ASIDE, err);
    bool interrupted = !rc && access(path, F_OK) == 0;
    if (!rc)
        rc = file_join(path, dir, RESTORED, err);
    interrupted = interrupted || (!rc && access(path, F_OK) == 0);
    DIR *d = rc ? NULL : opendir(dir);
    if (!rc && !d)
        return errno == ENOENT
                   ? QN_OK
                   : qn_fail(err, QN_IO, "file.read", "path=%s|why=%s", dir, file_why(errno));
    for (struct dirent *e; !rc && (e = readdir(d));) {
        if (may_stay(e->d_name))
            continue;
        if (!interrupted || !is_mine(e->d_name))
            rc = qn_fail(err, QN_CONFLICT, "backup.living", "dir=%s|name=%.200s", dir, e->d_name);
        else if (clear && !(rc = file_join(path, dir, e->d_name, err)))
            aside_remove(path);
    }
    if (d)
        closedir(d);
    return rc;
}

static enum qn_code move(const char *from, const char *name, const char *to, const char *as,
                         struct qn_err *err)
{
    char a[FILE_PATH_MAX], b[FILE_PATH_MAX];
    enum qn_code rc = file_join(a, from, name, err);
    if (!rc)
        rc = file_join(b, to, as, err);
    if (!rc && rename(a, b) != 0)
        rc = qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", b, file_why(errno));
    return rc;
}

static enum qn_code flush_dir(const char *dir, struct qn_err *err)
{
    __attribute__((cleanup(fd_auto))) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0
               ? QN_OK
               : qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", dir, file_why(errno));
}

/* Everything but the database, then the database under another name, then under its own: a directory is an office from
 * that moment on, and not before.                                                                             */
static enum qn_code put_in_place(const char *aside, const char *dir, struct qn_err *err)
{
    DIR *d = opendir(aside);
    enum qn_code rc =
        d ? QN_OK : qn_fail(err, QN_IO, "file.read", "path=%s|why=%s", aside, file_why(errno));
    for (struct dirent *e; !rc && (e = readdir(d));)
        if (is_mine(e->d_name))
            rc = move(aside, e->d_name, dir, e->d_name, err);
    if (d)
        closedir(d);
    if (!rc)
        rc = move(aside, "qian.db", dir, RESTORED, err);
    if (!rc)
        rc = flush_dir(dir, err);
    if (rc)
        return rc;
    aside_remove(aside);
    rc = move(dir, RESTORED, dir, "qian.db", err);
    return rc ? rc : flush_dir(dir, err);
}

/* The lock of a directory, as a node takes it (store.h). */
static enum qn_code lock(int *fd, const char *dir, struct qn_err *err)
{
    char path[FILE_PATH_MAX];
    enum qn_code rc = file_join(path, dir, "lock", err);
    if (rc)
        return rc;
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*fd < 0)
        return qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", path, file_why(errno));
    return flock(*fd, LOCK_EX | LOCK_NB) == 0
               ? QN_OK
               : qn_fail(err, QN_LATER, "store.locked", "dir=%s", dir);
}

enum qn_code backup_restore(struct backup_found *out, const struct backup_open *o, const char *dir,
                            struct qn_err *err)
{
    __attribute__((cleanup(fd_auto))) int locked = -1;
    QN_AUTO(aside) struct aside aside = {.fd = 0};
    struct backup_found found;
    enum qn_code rc = look_around(dir, false, err);
    if (!rc)
        rc = file_mkdir(dir, err);
    if (!rc)
        rc = lock(&locked, dir, err);
    if (!rc)
        rc = look_around(dir, true, err); /* again, now that nobody else can */
    if (!rc)
        rc = aside_open(&aside, dir, ASIDE, err);
    if (!rc)
        rc = unpack(&found, o, aside.path, err);
    if (rc)
        return rc;
    rc = put_in_place(aside.path, dir, err);
    if (rc) { /* the directory aside stays: it tells the next try what lies there */
        close(aside.fd);
        aside.fd = 0;
        return rc;
    }
    *out = found;
    return QN_OK;
}
