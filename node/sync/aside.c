#include "node/sync/aside.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/store/file.h"
#include "node/store/store.h"

#define PART "init.part"
#define DONE "init.done"
#define UNDO "init.undo"
#define LAST "qian.db"
#define KEYS "keys"

static enum qn_code failed(struct qn_err *err, const char *path)
{
    return qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", path, file_why(errno));
}

/* Of what is no directory: an office's first files are none. */
static enum qn_code drop(const char *path, struct qn_err *err)
{
    DIR *d = opendir(path);
    if (!d)
        return errno == ENOENT ? QN_OK : failed(err, path);
    for (struct dirent *e; (e = readdir(d));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            unlinkat(dirfd(d), e->d_name, 0);
    closedir(d);
    return rmdir(path) == 0 ? QN_OK : failed(err, path);
}

enum qn_code aside_begin(char part[FILE_PATH_MAX], const char *dir, struct qn_err *err)
{
    enum qn_code rc = file_join(part, dir, PART, err);
    if (!rc)
        rc = drop(part, err);
    return rc ? rc : file_mkdir(part, err);
}

enum qn_code aside_keep(const char *dir, struct qn_err *err)
{
    char part[FILE_PATH_MAX], done[FILE_PATH_MAX];
    char last[FILE_PATH_MAX];
    enum qn_code rc = file_join(part, dir, PART, err);
    if (!rc)
        rc = file_join(done, dir, DONE, err);
    if (!rc)
        rc = file_join(last, part, LAST, err);
    if (!rc)
        rc = file_sync_dir(last, err);
    if (!rc && rename(part, done) != 0)
        rc = failed(err, done);
    if (!rc)
        rc = file_sync_dir(done, err);
    return rc ? rc : aside_resume(dir, err);
}

static enum qn_code move(const char *from, const char *dir, const char *name, struct qn_err *err)
{
    char was[FILE_PATH_MAX], is[FILE_PATH_MAX];
    enum qn_code rc = file_join(was, from, name, err);
    if (!rc)
        rc = file_join(is, dir, name, err);
    if (!rc && rename(was, is) != 0 && errno != ENOENT)
        rc = failed(err, is);
    return rc ? rc : file_sync_dir(is, err);
}

static enum qn_code gone(const char *dir, const char *name, struct qn_err *err)
{
    char path[FILE_PATH_MAX];
    enum qn_code rc = file_join(path, dir, name, err);
    return rc || unlink(path) == 0 || errno == ENOENT ? rc : failed(err, path);
}

/* The database goes when the others are gone for good, and the file that says so when that is too. The caller holds the
 * directory's lock and has looked.                                                                                  */
static enum qn_code take_away(const char *dir, struct qn_err *err)
{
    static const char *const made[] = {KEYS, LAST "-wal", LAST "-shm"};
    char undo[FILE_PATH_MAX], request[FILE_NAME_MAX + 1] = "";
    QN_AUTO(qn_buf) struct qn_buf said = {0};
    enum qn_code rc = file_join(undo, dir, UNDO, err);
    if (!rc)
        rc = file_read(&said, undo, FILE_NAME_MAX, err);
    if (!rc && qn_text_copy(request, sizeof(request), qn_buf_span(&said)) && file_is_name(request))
        rc = gone(dir, request, err);
    for (size_t i = 0; !rc && i < sizeof(made) / sizeof(made[0]); i++)
        rc = gone(dir, made[i], err);
    if (!rc)
        rc = file_sync_dir(undo, err);
    if (!rc)
        rc = gone(dir, LAST, err);
    if (!rc)
        rc = file_sync_dir(undo, err);
    if (!rc)
        rc = gone(dir, UNDO, err);
    return rc ? rc : file_sync_dir(undo, err);
}

enum qn_code aside_undo(const char *dir, const char *request, struct qn_err *err)
{
    char undo[FILE_PATH_MAX];
    enum qn_code rc = file_join(undo, dir, UNDO, err);
    if (!rc)
        rc = file_write(undo, qn_str(request), 0600, true, err);
    return rc ? rc : take_away(dir, err);
}

static bool is_there(const char *dir, const char *name)
{
    char path[FILE_PATH_MAX];
    return file_join(path, dir, name, NULL) == QN_OK && access(path, F_OK) == 0;
}

bool aside_undoes(const char *dir)
{
    return is_there(dir, UNDO);
}

/* As the database is the last to go, whether there is a certificate can be asked of what a power cut left half undone too. Keys
 * without a database were not left so, and may be those of an office that lost it.                                      */
static enum qn_code look_and_undo(const char *dir, struct store *st, struct qn_err *err)
{
    if (!aside_undoes(dir)) /* somebody else went on, before the lock was ours */
        return QN_OK;
    if (!st && is_there(dir, LAST))
        return qn_fail(err, QN_LATER, "store.locked", "dir=%s", dir);
    /* SPEC web-58: "of an office that has its certificate nothing goes but that file" */
    bool keep = st ? store_self(st) != NULL : is_there(dir, KEYS);
    return keep ? gone(dir, UNDO, err) : take_away(dir, err);
}

/* A database that cannot be opened is left as it is, with all that is beside it. */
static enum qn_code go_on_undoing(const char *dir, struct qn_err *err)
{
    int lock = -1;
    QN_AUTO(store) struct store *st = NULL;
    if (!aside_undoes(dir))
        return QN_OK;
    enum qn_code rc = is_there(dir, LAST) ? store_open(&st, dir, STORE_OPEN, err) : store_lock(&lock, dir, err);
    if (!rc)
        rc = look_and_undo(dir, st, err);
    if (lock >= 0)
        close(lock);
    return rc;
}

enum qn_code aside_resume(const char *dir, struct qn_err *err)
{
    char done[FILE_PATH_MAX];
    enum qn_code rc = go_on_undoing(dir, err);
    if (!rc)
        rc = file_join(done, dir, DONE, err);
    DIR *d = rc ? NULL : opendir(done);
    if (rc || !d)
        return rc;
    for (struct dirent *e; !rc && (e = readdir(d));)
        if (e->d_name[0] != '.' && strcmp(e->d_name, LAST) != 0 && strcmp(e->d_name, "lock") != 0)
            rc = move(done, dir, e->d_name, err);
    closedir(d);
    if (!rc)
        rc = move(done, dir, LAST, err);
    return rc ? rc : drop(done, err);
}
