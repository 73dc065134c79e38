#include "node/store/scrub.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/store/internal.h"
#include "node/store/placing.h"
#include "node/store/redact.h"

#define DIR_NAME "scrub"
#define OPS      10000 /* of SQLite's machine between two looks whether to stop: some milliseconds */

struct asked {
    bool (*stop)(void *ctx);
    void *ctx;
};

static int ask(void *cls)
{
    struct asked *a = cls;
    return a->stop(a->ctx);
}

static enum qn_code fail(sqlite3 *db, const char *path, struct qn_err *err)
{
    return sqlite3_errcode(db) == SQLITE_INTERRUPT
               ? qn_fail(err, QN_LATER, "scrub.stopped", "path=%s", path)
               : qn_fail(err, QN_IO, "file.write", "path=%s|why=%.200s", path, sqlite3_errmsg(db));
}

/* Changes when another connection has committed. */
static bool version(int64_t *out, sqlite3 *db)
{
    sqlite3_stmt *q = NULL;
    bool read = sqlite3_prepare_v2(db, "PRAGMA data_version", -1, &q, NULL) == SQLITE_OK &&
                sqlite3_step(q) == SQLITE_ROW;
    if (read)
        *out = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    return read;
}

static bool vacuum(sqlite3 *db, const char *into)
{
    sqlite3_stmt *q = NULL;
    bool done = sqlite3_prepare_v2(db, "VACUUM INTO ?1", -1, &q, NULL) == SQLITE_OK &&
                sqlite3_bind_text(q, 1, into, -1, SQLITE_STATIC) == SQLITE_OK &&
                sqlite3_step(q) == SQLITE_DONE;
    sqlite3_finalize(q);
    return done;
}

/* An empty file that nobody else may read, which VACUUM takes for none. */
static enum qn_code make_place(struct scrub *s, const char *dir, struct qn_err *err)
{
    char at[FILE_PATH_MAX];
    enum qn_code rc = file_join(at, dir, DIR_NAME, err);
    if (!rc)
        rc = file_join(s->copy, at, "qian.db", err);
    if (rc)
        return rc;
    if (mkdir(at, 0700) != 0 && errno != EEXIST)
        return qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", at, file_why(errno));
    unlink(s->copy); /* of a process that was cut */
    int fd = open(s->copy, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", s->copy, file_why(errno));
    close(fd);
    return QN_OK;
}

static enum qn_code flush(const char *path, struct qn_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    return good ? QN_OK : qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", path, file_why(why));
}

static enum qn_code fill(struct scrub *s, const char *source, struct asked *a, struct qn_err *err)
{
    sqlite3 *db = NULL;
    int rc = placing_open(&db, source);
    s->db = db;
    if (rc != SQLITE_OK)
        return fail(db, source, err);
    if (a->stop)
        sqlite3_progress_handler(db, OPS, ask, a);
    /* Before it is copied: a commit in between makes the copy one too many, and never one too few. */
    bool copied = version(&s->seen, db) && vacuum(db, s->copy);
    enum qn_code code = copied ? QN_OK : fail(db, s->copy, err);
    sqlite3_progress_handler(db, 0, NULL, NULL);
    return code ? code : flush(s->copy, err);
}

enum qn_code scrub_copy(struct scrub *out, const char *dir, bool (*stop)(void *ctx), void *ctx,
                        struct qn_err *err)
{
    struct asked a = {stop, ctx};
    char source[FILE_PATH_MAX];
    struct scrub s = {.seen = 0};
    enum qn_code rc = file_join(source, dir, "qian.db", err);
    if (!rc)
        rc = make_place(&s, dir, err);
    if (!rc)
        rc = fill(&s, source, &a, err);
    *out = s;
    if (rc)
        scrub_drop(out);
    return rc;
}

/* Only one's own connection is left when the other is closed: the file can be moved. */
static bool still_so(struct scrub *s)
{
    int64_t now;
    bool same = version(&now, s->db) && now == s->seen;
    sqlite3_close(s->db);
    s->db = NULL;
    return same;
}

enum qn_code scrub_take(bool *taken, struct scrub *s, struct store *st,
                        const struct qn_report *report, struct qn_err *err)
{
    static const char was[] = DIR_NAME "/was.db";
    char old[FILE_PATH_MAX];
    *taken = false;
    enum qn_code rc = file_join(old, st->dir, was, err);
    if (rc || st->depth || st->nclaims || !still_so(s))
        return rc;
    unlink(old);
    rc = store_swap(st, s->copy, was, err);
    /* Also behind a swap that failed half way: the copy in use is one of the two, and this name only the other's. */
    if (!rc && unlink(old) != 0)
        rc = qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", old, file_why(errno));
    if (!rc)
        rc = file_sync_dir(old, err);
    if (!rc)
        rc = redact_scrubbed(st, report, err);
    *taken = !rc;
    return rc;
}

void scrub_drop(struct scrub *s)
{
    sqlite3_close(s->db);
    s->db = NULL;
    if (!s->copy[0])
        return;
    unlink(s->copy);
    char *name = strrchr(s->copy, '/');
    *name = 0;
    rmdir(s->copy);
    s->copy[0] = 0;
}
