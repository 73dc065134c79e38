#include "node/store/leftover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/store/duty.h"
#include "node/store/internal.h"
#include "node/store/name_index.h"
#include "node/store/redact.h"

#define DEPTH_MAX 4     /* DIR/aside-1/qian.db is the deepest that this program makes itself */
#define PATHS_MAX 10000 /* files that are none of the office's own; nobody has so many */

const char *leftover_id(enum leftover_what what)
{
    static const char *const ids[] = {
        [LEFT_DATABASE] = "leftover.database", [LEFT_NEEDED] = "leftover.needed",
        [LEFT_FOREIGN] = "leftover.foreign",   [LEFT_DAMAGED] = "leftover.damaged",
        [LEFT_BUNDLE] = "leftover.bundle",     [LEFT_SITE] = "leftover.site"};
    return ids[what];
}

struct walk {
    struct store *st;
    struct leftover *at;
    size_t n, cap;
    uint64_t forgot_ms; /* 0: nothing was ever forgotten here */
    char needed[64];    /* the directory of a fork that is not over; "" */
};

/* ---- what a database that lies aside holds ------------------------------------------------------------------- */

/* Its tables may be those of an earlier program, and its statements are in no list of this one's. */
static bool any(sqlite3 *db, const char *sql, const char *text, int64_t seq, int64_t part)
{
    sqlite3_stmt *q = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) != SQLITE_OK)
        return true;
    int n = sqlite3_bind_parameter_count(q);
    if (n > 0)
        sqlite3_bind_text(q, 1, text, -1, SQLITE_STATIC);
    if (n > 2) {
        sqlite3_bind_int64(q, 2, seq);
        sqlite3_bind_int64(q, 3, part);
    }
    bool found = sqlite3_step(q) != SQLITE_DONE;
    sqlite3_finalize(q);
    return found;
}

static const char of_part[] = "SELECT 1 FROM part p JOIN log l ON l.no = p.log WHERE l.origin = ?1 "
                              "AND p.seq = ?2 AND p.part = ?3",
                  of_rival[] = "SELECT 1 FROM rival_part p JOIN log l ON l.no = p.log WHERE "
                               "l.origin = ?1 AND p.seq = ?2 AND p.part = ?3",
                  of_office[] = "SELECT 1 FROM part p JOIN log l ON l.no = p.log JOIN entry e ON "
                                "e.log = p.log AND e.seq = p.seq WHERE l.office = ?1 AND e.lane <> "
                                "0 AND l.epoch < ?2 + ?3 LIMIT 1",
                  not_scrubbed[] = "SELECT 1 FROM setting WHERE name = 'scrub' AND value = '1'";

static enum qn_code holds_parts(bool *out, struct store *st, sqlite3 *db, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_FORGOTTEN);
    while (!*out && q_step(&q)) {
        char origin[QN_ORIGIN_MAX + 1];
        if (!qn_text_copy(origin, sizeof(origin), q_span(&q, 0)))
            continue;
        *out = any(db, of_part, origin, q_int(&q, 1), q_int(&q, 2)) ||
               any(db, of_rival, origin, q_int(&q, 1), q_int(&q, 2));
    }
    return query_end(&q, err);
}

static enum qn_code holds_offices(bool *out, struct store *st, sqlite3 *db, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PURGED_ALL);
    while (!*out && q_step(&q))
        *out = any(db, of_office, q_text(&q, 0), q_int(&q, 1), 0);
    return query_end(&q, err);
}

/* A name as the part of a URI: what lies aside is read without a lock, a journal or a file beside it. */
static sqlite3 *open_still(const char *path)
{
    char uri[3 * FILE_PATH_MAX + 32] = "file:";
    size_t n = strlen(uri);
    sqlite3 *db = NULL;
    for (const char *p = path; *p; p++)
        n += (size_t)snprintf(uri + n, 4, strchr("?#%", *p) ? "%%%02X" : "%c", (unsigned char)*p);
    snprintf(uri + n, sizeof(uri) - n, "?immutable=1");
    if (sqlite3_open_v2(uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK) {
        sqlite3_close(db);
        return NULL;
    }
    return db;
}

static enum qn_code database_holds(bool *out, struct store *st, const char *path,
                                   struct qn_err *err)
{
    struct stat s;
    char wal[FILE_PATH_MAX + 8];
    snprintf(wal, sizeof(wal), "%s-wal", path);
    *out = lstat(wal, &s) == 0 && s.st_size > 0; /* what is in there is read by nobody */
    sqlite3 *db = *out ? NULL : open_still(path);
    *out = *out || !db || any(db, not_scrubbed, NULL, 0, 0);
    enum qn_code rc = holds_parts(out, st, db, err);
    if (!rc)
        rc = holds_offices(out, st, db, err);
    sqlite3_close(db);
    return rc;
}

/* ---- what lies there ------------------------------------------------------------------------------------------- */

static enum qn_code add(struct walk *w, const char *path, enum leftover_what what,
                        const struct stat *s, struct qn_err *err)
{
    if (w->n == PATHS_MAX)
        return QN_OK;
    if (w->n == w->cap) {
        size_t cap = w->cap ? 2 * w->cap : 16;
        struct leftover *grown = realloc(w->at, cap * sizeof(*grown));
        if (!grown)
            return qn_fail(err, QN_NOMEM, "base.no-memory", "");
        w->at = grown;
        w->cap = cap;
    }
    struct leftover *l = &w->at[w->n];
    *l = (struct leftover){.what = what, .bytes = (uint64_t)s->st_size};
    snprintf(l->path, sizeof(l->path), "%s", path);
    uint64_t made_ms = (uint64_t)s->st_mtim.tv_sec * 1000 + (uint64_t)s->st_mtim.tv_nsec / 1000000;
    l->holds = w->forgot_ms && made_ms <= w->forgot_ms;
    enum qn_code rc = QN_OK;
    if (what == LEFT_DATABASE || what == LEFT_NEEDED || what == LEFT_FOREIGN) {
        rc = database_holds(&l->holds, w->st, path, err);
    }
    w->n += !rc;
    return rc;
}

/* Work under way holds a lock on its directory, or on the file of that name in it. */
static bool in_work(const char *dir)
{
    char lock[FILE_PATH_MAX + 8];
    bool busy = false;
    snprintf(lock, sizeof(lock), "%s/lock", dir);
    const char *const at[] = {dir, lock};
    for (int i = 0; i < 2; i++) {
        int fd = open(at[i], O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
            continue;
        busy = busy || flock(fd, LOCK_EX | LOCK_NB) != 0;
        close(fd);
    }
    return busy;
}

static bool begins(const char *path, const char *with)
{
    char first[16] = "";
    size_t n = strlen(with);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool same = fd >= 0 && read(fd, first, n) == (ssize_t)n && memcmp(first, with, n) == 0;
    if (fd >= 0)
        close(fd);
    return same;
}

static bool is_journal(const char *name)
{
    size_t n = strlen(name);
    return n > 4 && (strcmp(name + n - 4, "-wal") == 0 || strcmp(name + n - 4, "-shm") == 0);
}

/* By the names that this program gives: what else lies there is for people to judge. */
static bool is_ours(const char *below, const char *name)
{
    static const char *const dirs[] = {"rebuild",       "fresh",       "backup-aside",
                                       "restore-aside", "drill-aside", "scrub"};
    if (!below[0])
        return strncmp(name, "qian.db.before-", 15) == 0 ||
               strncmp(name, "before-upgrade", 14) == 0;
    bool ours = strncmp(below, "aside-", 6) == 0 && below[6] &&
                strspn(below + 6, "0123456789") == strlen(below + 6);
    for (size_t i = 0; !ours && i < sizeof(dirs) / sizeof(dirs[0]); i++)
        ours = strcmp(below, dirs[i]) == 0;
    return ours && strcmp(name, "qian.db") == 0;
}

static enum qn_code look_at(struct walk *w, const char *path, const char *name, const char *below,
                            const struct stat *s, struct qn_err *err)
{
    /* The index of names is dropped by whatever is forgotten, and made anew (web-46). */
    bool own = !below[0] && (strcmp(name, "qian.db") == 0 || strcmp(name, NAME_INDEX_FILE) == 0 ||
                             is_journal(name));
    if (own || !S_ISREG(s->st_mode))
        return QN_OK;
    if (strcmp(below, "files/damaged") == 0)
        return add(w, path, LEFT_DAMAGED, s, err);
    if (begins(path, "SQLite format 3"))
        return add(w, path,
                   !is_ours(below, name)                       ? LEFT_FOREIGN
                   : below[0] && strcmp(below, w->needed) == 0 ? LEFT_NEEDED
                                                               : LEFT_DATABASE,
                   s, err);
    if (begins(path, "qian-bundle/"))
        return add(w, path, LEFT_BUNDLE, s, err);
    if (strcmp(name, "manifest.txt") == 0 && strcmp(below, "site") == 0)
        return add(w, path, LEFT_SITE, s, err);
    return QN_OK;
}

/* below: this directory's path under that of the office. Evidence files and their small pictures are forgotten by name. */
static bool enters(const char *below, unsigned depth, const char *path)
{
    if (depth > DEPTH_MAX || strcmp(below, "thumbs") == 0)
        return false;
    if (strncmp(below, "files/", 6) == 0 && strcmp(below, "files/damaged") != 0)
        return false;
    return !in_work(path);
}

static enum qn_code walk_dir(struct walk *w, const char *below, unsigned depth, struct qn_err *err)
{
    char dir[FILE_PATH_MAX];
    enum qn_code rc = QN_OK;
    if (below[0])
        rc = file_join(dir, w->st->dir, below, err);
    else
        snprintf(dir, sizeof(dir), "%s", w->st->dir);
    if (rc || (below[0] && !enters(below, depth, dir)))
        return rc;
    DIR *d = opendir(dir);
    if (!d)
        return errno == ENOENT || errno == ENOTDIR
                   ? QN_OK
                   : qn_fail(err, QN_IO, "file.read", "path=%s|why=%s", dir, file_why(errno));
    for (struct dirent *e = readdir(d); !rc && e; e = readdir(d)) {
        char path[FILE_PATH_MAX], under[FILE_PATH_MAX];
        struct stat s;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        rc = file_join(path, dir, e->d_name, err);
        if (rc || lstat(path, &s) != 0)
            continue; /* gone since: a run that was ending */
        snprintf(under, sizeof(under), "%.*s%s%.*s", 500, below, below[0] ? "/" : "", 500,
                 e->d_name);
        rc = S_ISDIR(s.st_mode) ? walk_dir(w, under, depth + 1, err)
                                : look_at(w, path, e->d_name, below, &s, err);
    }
    closedir(d);
    return rc;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct leftover *)a)->path, ((const struct leftover *)b)->path);
}

enum qn_code leftover_walk(struct store *st, leftover_see *see, void *ctx, struct qn_err *err)
{
    struct walk w = {.st = st, .forgot_ms = redact_when(st)};
    if (!store_get(st, "renew", w.needed, sizeof(w.needed)))
        w.needed[0] = 0;
    enum qn_code rc = walk_dir(&w, "", 0, err);
    if (!rc && w.n)
        qsort(w.at, w.n, sizeof(*w.at), by_path);
    for (size_t i = 0; !rc && i < w.n; i++)
        rc = see(ctx, &w.at[i], err);
    free(w.at);
    return rc;
}

/* ---- counted, deleted --------------------------------------------------------------------------------------------- */

static enum qn_code count_one(void *ctx, const struct leftover *l, struct qn_err *err)
{
    (void)err;
    ((struct leftover_count *)ctx)->holding += l->holds;
    return QN_OK;
}

enum qn_code leftover_count(struct leftover_count *out, struct store *st, struct qn_err *err)
{
    *out = (struct leftover_count){0};
    return leftover_walk(st, count_one, out, err);
}

/* A directory that was made for a database alone goes with it; the lock in it is nobody's. */
static void leave_dir(const char *path)
{
    char lock[FILE_PATH_MAX + 8], *name;
    snprintf(lock, sizeof(lock), "%s", path);
    name = strrchr(lock, '/');
    if (strcmp(name, "/qian.db") != 0)
        return;
    snprintf(name, 8, "/lock");
    unlink(lock);
    *name = 0;
    rmdir(lock);
}

static enum qn_code sweep_one(void *ctx, const struct leftover *l, struct qn_err *err)
{
    static const char *const with[] = {
        "-wal", "-shm", ""}; /* the database last: cut in between, it is found again */
    struct leftover_count *n = ctx;
    n->holding += l->holds;
    if (l->what != LEFT_DATABASE && l->what != LEFT_DAMAGED) {
        n->kept += l->holds;
        return QN_OK;
    }
    for (size_t i = 0; i < sizeof(with) / sizeof(with[0]); i++) {
        char path[FILE_PATH_MAX + 8];
        snprintf(path, sizeof(path), "%s%s", l->path, with[i]);
        if (unlink(path) != 0 && errno != ENOENT)
            return qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", path, file_why(errno));
    }
    n->removed++;
    n->bytes += l->bytes;
    enum qn_code rc = file_sync_dir(l->path, err);
    leave_dir(l->path);
    return rc;
}

enum qn_code leftover_sweep(struct leftover_count *out, struct store *st, struct qn_err *err)
{
    *out = (struct leftover_count){0};
    enum qn_code rc = duty_act(st, duty_of(DUTY_SWEEP), NULL, "", err);
    return rc ? rc : leftover_walk(st, sweep_one, out, err);
}
