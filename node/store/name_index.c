#include "node/store/name_index.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/store/file.h"
#include "node/store/internal.h"
#include "node/store/placing.h"
#include "node/text/chars.h"

#define VERSION 1
#define PIECE   20000 /* rows of one transaction */
#define GRAM    4     /* characters of a code that are looked for together */
#define CHARS   400   /* of a name, registry */

struct name_index {
    sqlite3 *db;
    sqlite3_stmt *q;
    uint32_t wanted[NAME_INDEX_CHARS];
    size_t n;
};

static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER; /* who writes the file */
static atomic_uint forgotten;

/* ---- words of the index ------------------------------------------------------------------------------------------ */

/* Two characters as eight letters that no tokenizer parts; four of a code as "z" and themselves. */
static void put_pair(struct qn_buf *b, const uint32_t *c)
{
    static const char digit[] = "abcdefghijklmnopqrstuvwxyz012345";
    char w[9] = {' '};
    for (unsigned i = 0; i < 2; i++)
        for (unsigned k = 0; k < 4; k++)
            w[1 + 4 * i + k] = digit[c[i] >> (15 - 5 * k) & 31];
    qn_put(b, w, sizeof(w));
}

static void put_gram(struct qn_buf *b, const uint32_t *c)
{
    char w[2 + GRAM] = {' ', 'z'};
    for (unsigned i = 0; i < GRAM; i++)
        w[2 + i] = (char)c[i];
    qn_put(b, w, sizeof(w));
}

static size_t chars(uint32_t *out, size_t max, sqlite3_stmt *q, int col)
{
    const uint8_t *p = sqlite3_column_text(q, col);
    return p ? text_chars(out, max, (struct qn_span){p, (size_t)sqlite3_column_bytes(q, col)}) : 0;
}

static void put_pairs(struct qn_buf *b, sqlite3_stmt *q, int col)
{
    uint32_t c[CHARS];
    size_t n = chars(c, CHARS, q, col);
    for (size_t i = 0; i + 1 < n; i++)
        put_pair(b, c + i);
}

static bool is_code(const uint32_t *c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (c[i] >= 0x80)
            return false;
    return n >= GRAM;
}

static void put_grams(struct qn_buf *b, sqlite3_stmt *q, int col)
{
    uint32_t c[CHARS];
    size_t n = chars(c, CHARS, q, col);
    for (size_t i = 0; i + GRAM <= n; i++)
        if (is_code(c + i, GRAM))
            put_gram(b, c + i);
}

/* ---- the file ------------------------------------------------------------------------------------------------------ */

static enum qn_code fail(sqlite3 *db, const char *path, struct qn_err *err)
{
    return qn_fail(err, QN_IO, "file.write", "path=%s|why=%.200s", path,
                   db ? sqlite3_errmsg(db) : "memory");
}

static bool path_of(char out[FILE_PATH_MAX], const char *dir, const char *name)
{
    struct qn_err err;
    return file_join(out, dir, name, &err) == QN_OK;
}

static void drop(const char *dir)
{
    char path[FILE_PATH_MAX];
    if (!path_of(path, dir, NAME_INDEX_FILE))
        return;
    unlink(path);
    size_t n = strlen(path);
    if (n + 9 < sizeof(path)) {
        memcpy(path + n, "-journal", 9);
        unlink(path);
    }
}

void name_index_forget(const char *dir)
{
    atomic_fetch_add(&forgotten, 1);
    drop(dir);
}

static int64_t inode(const char *dir)
{
    char path[FILE_PATH_MAX];
    struct stat s;
    return path_of(path, dir, "qian.db") && stat(path, &s) == 0 ? (int64_t)s.st_ino : -1;
}

static bool run(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* How far the file goes in this database; 0: it is not of it, or holds nothing. */
static int64_t mark_of(sqlite3 *db, sqlite3 *main, const char *dir)
{
    sqlite3_stmt *q = NULL, *m = NULL;
    int64_t row = 0;
    if (sqlite3_prepare_v2(
            db, "SELECT row, office, id, rev FROM mark WHERE version = ?1 AND inode = ?2", -1, &q,
            NULL) == SQLITE_OK &&
        sqlite3_bind_int(q, 1, VERSION) == SQLITE_OK &&
        sqlite3_bind_int64(q, 2, inode(dir)) == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
        row = sqlite3_column_int64(q, 0);
    if (row &&
        sqlite3_prepare_v2(
            main, "SELECT 1 FROM object WHERE rowid = ?1 AND office = ?2 AND id = ?3 AND rev = ?4",
            -1, &m, NULL) == SQLITE_OK) {
        sqlite3_bind_int64(m, 1, row);
        sqlite3_bind_value(m, 2, sqlite3_column_value(q, 1));
        sqlite3_bind_int64(m, 3, sqlite3_column_int64(q, 2));
        sqlite3_bind_int64(m, 4, sqlite3_column_int64(q, 3));
        row = sqlite3_step(m) == SQLITE_ROW ? row : 0;
    }
    sqlite3_finalize(m);
    sqlite3_finalize(q);
    return row;
}

static bool begin_anew(sqlite3 *db)
{
    return run(db, "CREATE TABLE mark (version INTEGER NOT NULL, inode INTEGER NOT NULL, row "
                   "INTEGER NOT NULL, "
                   "office TEXT NOT NULL, id INTEGER NOT NULL, rev INTEGER NOT NULL) STRICT;"
                   "CREATE VIRTUAL TABLE word USING fts5(t, content='', detail=none, columnsize=0, "
                   "tokenize='ascii')");
}

struct keeping {
    const char *dir;
    sqlite3 *db, *main;
    sqlite3_stmt *read, *put, *mark;
    struct qn_buf words;
};

/* Rows behind `from`; gives where it stopped, `from` when there is nothing more, -1 when something fails. */
static int64_t add_piece(struct keeping *k, int64_t from)
{
    int64_t at = from;
    unsigned n = 0;
    bool good = run(k->db, "BEGIN");
    sqlite3_bind_int64(k->read, 1, from);
    while (good && n < PIECE && sqlite3_step(k->read) == SQLITE_ROW) {
        at = sqlite3_column_int64(k->read, 0);
        k->words.n = 0;
        put_grams(&k->words, k->read, 1);
        put_pairs(&k->words, k->read, 2);
        put_grams(&k->words, k->read, 3);
        put_grams(&k->words, k->read, 4);
        put_pairs(&k->words, k->read, 5);
        sqlite3_bind_int64(k->put, 1, at);
        sqlite3_bind_text(k->put, 2, (const char *)k->words.p, (int)k->words.n, SQLITE_STATIC);
        good = !k->words.failed && sqlite3_step(k->put) == SQLITE_DONE;
        sqlite3_reset(k->put);
        if (++n < PIECE && good)
            continue;
        break;
    }
    if (good && n) {
        sqlite3_stmt *key = NULL;
        good = run(k->db, "DELETE FROM mark") &&
               sqlite3_prepare_v2(k->main, "SELECT office, id, rev FROM object WHERE rowid = ?1",
                                  -1, &key, NULL) == SQLITE_OK &&
               sqlite3_bind_int64(key, 1, at) == SQLITE_OK && sqlite3_step(key) == SQLITE_ROW;
        if (good) {
            sqlite3_bind_int(k->mark, 1, VERSION);
            sqlite3_bind_int64(k->mark, 2, inode(k->dir));
            sqlite3_bind_int64(k->mark, 3, at);
            for (int i = 0; i < 3; i++)
                sqlite3_bind_value(k->mark, 4 + i, sqlite3_column_value(key, i));
            good = sqlite3_step(k->mark) == SQLITE_DONE;
            sqlite3_reset(k->mark);
        }
        sqlite3_finalize(key);
    }
    sqlite3_reset(k->read);
    if (good && run(k->db, "COMMIT"))
        return at;
    run(k->db, "ROLLBACK");
    return -1;
}

static bool open_main(sqlite3 **out, const char *dir)
{
    char path[FILE_PATH_MAX];
    return path_of(path, dir, "qian.db") && placing_open(out, path) == SQLITE_OK;
}

static bool open_own(sqlite3 **out, const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return false;
    close(fd);
    return sqlite3_open_v2(path, out, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ==
               SQLITE_OK &&
           run(*out, "PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16384");
}

static bool ready(struct keeping *k)
{
    return sqlite3_prepare_v2(k->main,
                              "SELECT rowid, object_id, name, uscc, reg_no, party FROM object "
                              "WHERE rowid > ?1 ORDER BY rowid",
                              -1, &k->read, NULL) == SQLITE_OK &&
           sqlite3_prepare_v2(k->db, "INSERT INTO word(rowid, t) VALUES(?1, ?2)", -1, &k->put,
                              NULL) == SQLITE_OK &&
           sqlite3_prepare_v2(k->db, "INSERT INTO mark VALUES(?1, ?2, ?3, ?4, ?5, ?6)", -1,
                              &k->mark, NULL) == SQLITE_OK;
}

static void end(struct keeping *k)
{
    sqlite3_finalize(k->read);
    sqlite3_finalize(k->put);
    sqlite3_finalize(k->mark);
    sqlite3_close(k->db);
    sqlite3_close(k->main);
    qn_buf_release(&k->words);
}

static enum qn_code keep(const char *dir, bool (*stop)(void *ctx), void *ctx, struct qn_err *err)
{
    char path[FILE_PATH_MAX];
    struct keeping k = {.dir = dir};
    unsigned was = atomic_load(&forgotten);
    bool good = path_of(path, dir, NAME_INDEX_FILE) && open_main(&k.main, dir);
    qn_buf_init(&k.words, 1u << 20);
    int64_t at = good && open_own(&k.db, path) ? mark_of(k.db, k.main, dir) : 0, to;
    if (good && !at) { /* none, or of another database, or damaged */
        sqlite3_close(k.db);
        k.db = NULL;
        drop(dir);
        good = open_own(&k.db, path) && begin_anew(k.db);
    }
    good = good && ready(&k);
    while (good && atomic_load(&forgotten) == was && (!stop || !stop(ctx))) {
        to = add_piece(&k, at);
        good = to >= 0;
        if (to == at)
            break;
        at = to;
    }
    enum qn_code rc = good ? QN_OK : fail(k.db, path, err);
    if (atomic_load(&forgotten) != was || rc)
        drop(dir);
    end(&k);
    return rc;
}

enum qn_code name_index_keep(const char *dir, bool (*stop)(void *ctx), void *ctx,
                             struct qn_err *err)
{
    pthread_mutex_lock(&one);
    enum qn_code rc = keep(dir, stop, ctx, err);
    pthread_mutex_unlock(&one);
    return rc;
}

/* ---- asked --------------------------------------------------------------------------------------------------------- */

static void put_match(struct qn_buf *b, const struct name_index *x)
{
    qn_put_str(b, "(");
    for (size_t i = 0; i + 1 < x->n; i++) {
        qn_put_str(b, i ? " AND" : "");
        put_pair(b, x->wanted + i);
    }
    qn_put_str(b, ")");
    if (!is_code(x->wanted, x->n))
        return;
    qn_put_str(b, " OR (");
    for (size_t i = 0; i + GRAM <= x->n; i++) {
        qn_put_str(b, i ? " AND" : "");
        put_gram(b, x->wanted + i);
    }
    qn_put_str(b, ")");
}

static int64_t last_row(struct store *st)
{
    sqlite3_stmt *q = NULL;
    int64_t n = 0;
    if (sqlite3_prepare_v2(st->db, "SELECT max(rowid) FROM object", -1, &q, NULL) == SQLITE_OK &&
        sqlite3_step(q) == SQLITE_ROW)
        n = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    return n;
}

static int64_t open_find(struct name_index *x, struct store *st)
{
    char path[FILE_PATH_MAX];
    sqlite3_close(x->db);
    x->db = NULL;
    if (!path_of(path, st->dir, NAME_INDEX_FILE) ||
        sqlite3_open_v2(path, &x->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) !=
            SQLITE_OK)
        return 0;
    sqlite3_busy_timeout(x->db, 2000);
    int64_t row = mark_of(x->db, st->db, st->dir);
    if (row || !st->depth)
        return row;
    /* It goes as far as rows that came behind the moment at which st reads (tx_begin): of this database it is all the same, and
     * they are passed over. */
    sqlite3 *now = NULL;
    row = open_main(&now, st->dir) ? mark_of(x->db, now, st->dir) : 0;
    sqlite3_close(now);
    return row;
}

enum qn_code name_index_open(struct name_index **out, uint64_t *behind, struct store *st,
                             const char *wanted, int64_t past, bool downward, struct qn_err *err)
{
    struct qn_err why;
    QN_AUTO(qn_buf) struct qn_buf match = {0};
    QN_AUTO(name_index) struct name_index *x = calloc(1, sizeof(*x));
    *out = NULL;
    if (!x)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    x->n = text_chars(x->wanted, NAME_INDEX_CHARS, qn_str(wanted));
    if (x->n < 2)
        return qn_fail(err, QN_MALFORMED, "lists.short", "");
    int64_t all = last_row(st), mark = open_find(x, st);
    if (mark < all && all - mark <= NAME_INDEX_INLINE && pthread_mutex_trylock(&one) == 0) {
        sqlite3_close(x->db);
        x->db = NULL;
        if (keep(st->dir, NULL, NULL, &why) != QN_OK)
            mark = 0;
        pthread_mutex_unlock(&one);
        mark = open_find(x, st);
    }
    *behind = all > mark ? (uint64_t)(all - mark) : 0;
    qn_buf_init(&match, 8192);
    put_match(&match, x);
    char sql[160];
    snprintf(sql, sizeof(sql),
             "SELECT rowid FROM word WHERE word MATCH ?1 AND rowid %s ?2 ORDER BY rowid %s",
             downward ? "<" : ">", downward ? "DESC" : "ASC");
    if (mark && (sqlite3_prepare_v2(x->db, sql, -1, &x->q, NULL) != SQLITE_OK ||
                 sqlite3_bind_text(x->q, 1, (const char *)match.p, (int)match.n,
                                   SQLITE_TRANSIENT) != SQLITE_OK ||
                 sqlite3_bind_int64(x->q, 2,
                                    past       ? past
                                    : downward ? INT64_MAX
                                               : 0) != SQLITE_OK))
        return fail(x->db, NAME_INDEX_FILE, err);
    *out = QN_STEAL(x);
    return QN_OK;
}

bool name_index_next(struct name_index *x, int64_t *row)
{
    if (!x->q || sqlite3_step(x->q) != SQLITE_ROW)
        return false;
    *row = sqlite3_column_int64(x->q, 0);
    return true;
}

bool name_index_holds(const struct name_index *x, const char *text)
{
    uint32_t c[CHARS];
    size_t n = text_chars(c, CHARS, qn_str(text));
    for (size_t i = 0; i + x->n <= n; i++)
        if (memcmp(c + i, x->wanted, x->n * sizeof(*c)) == 0)
            return true;
    return false;
}

void name_index_close(struct name_index *x)
{
    if (!x)
        return;
    sqlite3_finalize(x->q);
    sqlite3_close(x->db);
    free(x);
}
