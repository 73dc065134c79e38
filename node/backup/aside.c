#include "node/backup/aside.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int drop(const char *path, const struct stat *s, int what, struct FTW *at)
{
    (void)s;
    (void)what;
    (void)at;
    return remove(path) == 0 || errno == ENOENT ? 0 : -1;
}

static int drop_below(const char *path, const struct stat *s, int what, struct FTW *at)
{
    return at->level ? drop(path, s, what, at) : 0;
}

void aside_remove(const char *path)
{
    nftw(path, drop, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

enum qn_code aside_open(struct aside *a, const char *dir, const char *name, struct qn_err *err)
{
    enum qn_code rc = file_join(a->path, dir, name ? name : "qian-XXXXXX", err);
    if (!rc && !name && !mkdtemp(a->path))
        rc = qn_fail(err, QN_IO, "file.mkdir", "path=%s|why=%s", dir, file_why(errno));
    if (!rc && name)
        rc = file_mkdir(a->path, err);
    if (rc)
        return rc;
    int fd = open(a->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return qn_fail(err, QN_IO, "file.mkdir", "path=%s|why=%s", a->path, file_why(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return qn_fail(err, QN_LATER, "backup.running", "path=%s", a->path);
    }
    a->fd = fd;
    nftw(a->path, drop_below, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    return QN_OK;
}

void aside_close(struct aside *a)
{
    if (a->fd <= 0)
        return;
    aside_remove(a->path);
    close(a->fd);
    a->fd = 0;
}
