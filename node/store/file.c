#include "node/store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void fd_auto(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

const char *file_why(int error)
{
    switch (error) {
    case ENOENT:
        return "errno.absent";
    case EACCES:
    case EPERM:
        return "errno.denied";
    case ENOSPC:
    case EDQUOT:
        return "errno.full";
    case EISDIR:
        return "errno.directory";
    case ENOTDIR:
        return "errno.not-directory";
    case EEXIST:
        return "errno.exists";
    case ELOOP:
        return "errno.link";
    case EROFS:
        return "errno.read-only";
    case EMFILE:
    case ENFILE:
        return "errno.files";
    case EADDRINUSE:
        return "errno.in-use";
    case EADDRNOTAVAIL:
        return "errno.no-address";
    case EIO:
        return "errno.device";
    case ENAMETOOLONG:
        return "errno.long";
    default:
        return strerror(error);
    }
}

static enum qn_code io_fail(struct qn_err *err, const char *id, const char *path)
{
    return qn_fail(err, QN_IO, id, "path=%s|why=%s", path, file_why(errno));
}

enum qn_code file_open(int *out, uint64_t *size, const char *path, struct qn_err *err)
{
    /* O_NONBLOCK: opening a FIFO that somebody left on a stick must not hang the office. */
    __attribute__((cleanup(fd_auto))) int fd =
        open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? qn_fail(err, QN_ABSENT, "file.absent", "path=%s", path)
                               : io_fail(err, "file.read", path);
    struct stat s;
    if (fstat(fd, &s) != 0)
        return io_fail(err, "file.read", path);
    if (!S_ISREG(s.st_mode))
        return qn_fail(err, QN_DENIED, "file.not-regular", "path=%s", path);
    *size = (uint64_t)s.st_size;
    *out = fd;
    fd = -1;
    return QN_OK;
}

enum qn_code file_more(int fd, uint8_t *to, size_t room, size_t *n, const char *path,
                       struct qn_err *err)
{
    ssize_t got;
    do
        got = read(fd, to, room);
    while (got < 0 && errno == EINTR);
    *n = got < 0 ? 0 : (size_t)got;
    return got < 0 ? io_fail(err, "file.read", path) : QN_OK;
}

enum qn_code file_read(struct qn_buf *out, const char *path, size_t max, struct qn_err *err)
{
    __attribute__((cleanup(fd_auto))) int fd = -1;
    uint64_t size;
    size_t n = 1;
    enum qn_code rc = file_open(&fd, &size, path, err);
    if (rc)
        return rc;
    if (size > max)
        return qn_fail(err, QN_LIMIT, "file.too-long", "path=%s|max=%zu", path, max);
    qn_buf_init(out, max);
    while (!rc && n) {
        uint8_t block[65536];
        rc = file_more(fd, block, sizeof(block), &n, path, err);
        qn_put(out, block, n);
    }
    if (!rc)
        rc = qn_buf_check(out, err);
    if (rc)
        qn_buf_release(out);
    return rc;
}

enum qn_code file_put(int fd, struct qn_span b, const char *path, struct qn_err *err)
{
    while (b.n) {
        ssize_t n = write(fd, b.p, b.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return io_fail(err, "file.write", path);
        b.p += n;
        b.n -= (size_t)n;
    }
    return QN_OK;
}

enum qn_code file_sync_dir(const char *path, struct qn_err *err)
{
    char dir[FILE_PATH_MAX];
    const char *slash = strrchr(path, '/');
    snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path + 1) : 1, slash ? path : ".");
    __attribute__((cleanup(fd_auto))) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        return io_fail(err, "file.write", dir);
    return QN_OK;
}

enum qn_code file_aside_open(struct file_aside *a, const char *path, unsigned mode,
                             struct qn_err *err)
{
    a->fd = -1;
    if (snprintf(a->aside, sizeof(a->aside), "%s.XXXXXX", path) >= (int)sizeof(a->aside))
        return qn_fail(err, QN_LIMIT, "file.path-too-long", "path=%s", path);
    snprintf(a->path, sizeof(a->path), "%s", path);
    a->fd = mkostemp(a->aside, O_CLOEXEC);
    if (a->fd < 0)
        return io_fail(err, "file.write", path);
    return fchmod(a->fd, (mode_t)mode) == 0 ? QN_OK : io_fail(err, "file.write", path);
}

enum qn_code file_aside_keep(struct file_aside *a, bool replace, struct qn_err *err)
{
    enum qn_code rc = fsync(a->fd) == 0 ? QN_OK : io_fail(err, "file.write", a->path);
    /* link() refuses an existing name in one step, which a look before rename() cannot. */
    if (!rc && replace && rename(a->aside, a->path) != 0)
        rc = io_fail(err, "file.write", a->path);
    if (!rc && !replace && link(a->aside, a->path) != 0)
        rc = errno == EEXIST ? qn_fail(err, QN_CONFLICT, "file.exists", "path=%s", a->path)
                             : io_fail(err, "file.write", a->path);
    if (!rc)
        rc = file_sync_dir(a->path, err);
    if (!rc && replace) { /* what is aside has the name now */
        close(a->fd);
        a->fd = -1;
    }
    file_aside_auto(a);
    return rc;
}

void file_aside_auto(struct file_aside *a)
{
    if (a->fd < 0)
        return;
    close(a->fd);
    unlink(a->aside);
    a->fd = -1;
}

enum qn_code file_write(const char *path, struct qn_span bytes, unsigned mode, bool replace,
                        struct qn_err *err)
{
    QN_AUTO(file_aside) struct file_aside a = FILE_ASIDE_NONE;
    enum qn_code rc = file_aside_open(&a, path, mode, err);
    if (!rc)
        rc = file_put(a.fd, bytes, path, err);
    return rc ? rc : file_aside_keep(&a, replace, err);
}

enum qn_code file_mkdir(const char *path, struct qn_err *err)
{
    struct stat s;
    if (mkdir(path, 0700) == 0)
        return file_sync_dir(path, err);
    if (errno == EEXIST && stat(path, &s) == 0 && S_ISDIR(s.st_mode))
        return QN_OK;
    return io_fail(err, "file.mkdir", path);
}

bool file_is_name(const char *name)
{
    size_t n = strlen(name);
    if (!n || n > FILE_NAME_MAX || name[0] == '.' || strchr(name, '/'))
        return false;
    for (const unsigned char *p = (const unsigned char *)name; *p; p++)
        if (*p < 0x20 || *p == 0x7f)
            return false;
    return true;
}

enum qn_code file_join(char out[FILE_PATH_MAX], const char *dir, const char *name,
                       struct qn_err *err)
{
    if (snprintf(out, FILE_PATH_MAX, "%s/%s", dir, name) >= FILE_PATH_MAX)
        return qn_fail(err, QN_LIMIT, "file.path-too-long", "path=%s", dir);
    return QN_OK;
}
