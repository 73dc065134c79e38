#include "node/store/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/store/file.h"
#include "node/store/placing.h"

#define STEP  1024 /* pages: 4 MiB between two looks at the progress */
#define TELLS 10   /* per cent of the whole between two words */

static enum qn_code fail(sqlite3 *db, int rc, const char *path, struct qn_err *err)
{
    /* Both say that the disk is full: the library by its own code, the system by the error of a write. */
    if (rc == SQLITE_FULL || (db && sqlite3_system_errno(db) == ENOSPC))
        return qn_fail(err, QN_IO, "file.write", "path=%s|why=errno.full", path);
    return qn_fail(err, rc == SQLITE_NOMEM ? QN_NOMEM : QN_IO, "copy.failed", "path=%s|why=%s",
                   path, db ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
}

static enum qn_code run(sqlite3 *db, const char *sql, const char *path, struct qn_err *err)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? QN_OK : fail(db, rc, path, err);
}

struct how {
    const struct qn_report *report;
    bool (*stop)(void *ctx);
    void *ctx;
};

static enum qn_code pages(sqlite3 *to, sqlite3 *from, const char *path, const struct how *how,
                          struct qn_err *err)
{
    bool stopped = false;
    sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
    if (!b)
        return fail(to, sqlite3_errcode(to), path, err);
    int rc, told = 0;
    do {
        rc = sqlite3_backup_step(b, STEP);
        int all = sqlite3_backup_pagecount(b), done = all - sqlite3_backup_remaining(b);
        int percent = all ? (int)(100 * (int64_t)done / all) : 100;
        if (rc == SQLITE_OK && percent >= told + TELLS) {
            told = percent - percent % TELLS;
            qn_say(how->report, "copy.progress", "percent=%d|mib=%lld", told,
                   (long long)all * 4096 >> 20);
        }
        stopped = rc == SQLITE_OK && how->stop && how->stop(how->ctx);
    } while (rc == SQLITE_OK && !stopped);
    int last = sqlite3_backup_finish(b);
    if (stopped)
        return qn_fail(err, QN_LATER, "store.stopped", "");
    return rc == SQLITE_DONE && last == SQLITE_OK
               ? QN_OK
               : fail(to, rc == SQLITE_DONE ? last : rc, path, err);
}

static enum qn_code flush(const char *path, struct qn_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    return ok ? QN_OK : qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", path, file_why(why));
}

static enum qn_code copy(sqlite3 **from, sqlite3 **to, const char *source, const char *path,
                         const struct how *how, struct qn_err *err)
{
    int rc = placing_open(from, source);
    if (rc != SQLITE_OK)
        return fail(*from, rc, source, err);
    /* The transaction stays open: every step reads the database as it is now, whatever is committed meanwhile. */
    enum qn_code code =
        run(*from, "PRAGMA mmap_size=0; BEGIN; SELECT count(*) FROM sqlite_schema", source, err);
    if (code)
        return code;
    rc = sqlite3_open_v2(path, to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc != SQLITE_OK)
        return fail(*to, rc, path, err);
    /* A copy that is cut is thrown away, so it needs no journal; it is flushed once, at its end. */
    code = run(*to, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF", path, err);
    return code ? code : pages(*to, *from, path, how, err);
}

enum qn_code copy_make(const char *dir, const char *to, const struct qn_report *report,
                       bool (*stop)(void *ctx), void *ctx, struct qn_err *err)
{
    const struct how how = {report, stop, ctx};
    char source[FILE_PATH_MAX];
    sqlite3 *a = NULL, *b = NULL;
    enum qn_code rc = file_join(source, dir, "qian.db", err);
    if (rc)
        return rc;
    int fd = open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", to, file_why(errno));
    close(fd);
    rc = copy(&a, &b, source, to, &how, err);
    int closed = sqlite3_close(b);
    if (!rc && closed != SQLITE_OK)
        rc = fail(NULL, closed, to, err);
    sqlite3_close(a);
    if (!rc)
        rc = flush(to, err);
    if (rc)
        unlink(to);
    return rc;
}

/* The first row of a check that finds nothing is "ok", or there is none. */
static enum qn_code check(sqlite3 *db, const char *sql, const char *path, struct qn_err *err)
{
    sqlite3_stmt *q = NULL;
    enum qn_code code = QN_OK;
    int rc = sqlite3_prepare_v2(db, sql, -1, &q, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(q);
    const char *first = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(q, 0) : "ok";
    if (rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB ||
        (rc == SQLITE_ROW && (!first || strcmp(first, "ok") != 0)))
        code = qn_fail(err, QN_UNVERIFIED, "copy.damaged", "path=%s|why=%.200s", path,
                       rc == SQLITE_ROW && first ? first : sqlite3_errmsg(db));
    else if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        code = fail(db, rc, path, err);
    sqlite3_finalize(q);
    return code;
}

enum qn_code copy_check(const char *path, struct qn_err *err)
{
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    enum qn_code code = rc == SQLITE_OK ? QN_OK : fail(db, rc, path, err);
    if (!code)
        code = check(db, "PRAGMA integrity_check(1)", path, err);
    if (!code)
        code = check(db, "PRAGMA foreign_key_check", path, err);
    sqlite3_close(db);
    return code;
}
