#include "node/store/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "node/store/file.h"
#include "node/store/internal.h"
#include "node/store/log.h"
#include "node/store/tree.h"
#include "protocol/embedded.h"

#define SCHEMA_NEWEST 1

enum qn_code store_sqlite_fail(struct store *st, const char *doing, struct qn_err *err)
{
    int rc = sqlite3_extended_errcode(st->db);
    enum qn_code code = (rc & 0xff) == SQLITE_NOMEM   ? QN_NOMEM
                        : (rc & 0xff) == SQLITE_BUSY ? QN_LATER
                                                     : QN_IO;
    return qn_fail(err, code, "store.sqlite", "doing=%s|sqlite=%d|why=%s", doing, rc, sqlite3_errmsg(st->db));
}

static enum qn_code exec(struct store *st, const char *sql, struct qn_err *err)
{
    return sqlite3_exec(st->db, sql, NULL, NULL, NULL) == SQLITE_OK ? QN_OK : store_sqlite_fail(st, sql, err);
}

/* ---- opening ---------------------------------------------------------------------------------- */

static enum qn_code check_library(struct qn_err *err)
{
    static const char *const needed[] = {"ENABLE_SESSION", "ENABLE_PREUPDATE_HOOK"};
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
        if (!sqlite3_compileoption_used(needed[i]))
            return qn_fail(err, QN_IO, "store.library", "version=%s|option=%s", sqlite3_libversion(), needed[i]);
    return QN_OK;
}

static enum qn_code take_lock(struct store *st, struct qn_err *err)
{
    char path[FILE_PATH_MAX];
    enum qn_code rc = file_join(path, st->dir, "lock", err);
    if (rc)
        return rc;
    st->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (st->lock_fd < 0)
        return qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", path, strerror(errno));
    if (flock(st->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return qn_fail(err, QN_LATER, "store.locked", "dir=%s", st->dir);
    return QN_OK;
}

static enum qn_code apply_schema(struct store *st, int from, struct qn_err *err)
{
    for (int v = from + 1; v <= SCHEMA_NEWEST; v++) {
        char name[48], version[48];
        snprintf(name, sizeof(name), "node/store/schema-%d.sql", v);
        size_t n;
        const char *sql = (const char *)embedded_get(name, &n);
        assert(sql); /* built in */
        QN_AUTO(tx) struct tx tx = {0};
        enum qn_code rc = tx_begin(&tx, st, err);
        for (unsigned i = 0; !rc && v == 1 && i < st->reg->ntables; i++) {
            QN_AUTO(qn_buf) struct qn_buf ddl;
            qn_buf_init(&ddl, 65536);
            qn_registry_ddl(&ddl, &st->reg->table[i]);
            qn_put_uint(&ddl, 0, 1);
            rc = qn_buf_check(&ddl, err);
            if (!rc)
                rc = exec(st, (const char *)ddl.p, err);
        }
        if (!rc)
            rc = exec(st, sql, err);
        snprintf(version, sizeof(version), "PRAGMA user_version = %d", v);
        if (!rc)
            rc = exec(st, version, err);
        if (!rc)
            rc = tx_commit(&tx, err);
        if (rc)
            return rc;
    }
    return QN_OK;
}

static enum qn_code prepare_all(struct store *st, struct qn_err *err)
{
    for (int i = 0; i < SQL_COUNT; i++)
        if (sqlite3_prepare_v3(st->db, sql_text((enum sql)i), -1, SQLITE_PREPARE_PERSISTENT, &st->stmt[i], NULL) !=
            SQLITE_OK)
            return store_sqlite_fail(st, sql_text((enum sql)i), err);
    for (unsigned t = 0; t < st->reg->ntables; t++) {
        const struct qn_table *table = &st->reg->table[t];
        QN_AUTO(qn_buf) struct qn_buf sql;
        qn_buf_init(&sql, 8192);
        qn_put_fmt(&sql, "INSERT INTO \"%s\" VALUES(", table->name);
        for (unsigned c = 0; c < table->ncols; c++)
            qn_put_fmt(&sql, c ? ",?%u" : "?%u", c + 1);
        qn_put_str(&sql, ")");
        enum qn_code rc = qn_buf_check(&sql, err);
        if (rc)
            return rc;
        if (sqlite3_prepare_v3(st->db, (const char *)sql.p, (int)sql.n, SQLITE_PREPARE_PERSISTENT, &st->insert[t],
                               NULL) != SQLITE_OK)
            return store_sqlite_fail(st, table->name, err);
        char look[QN_TABLE_NAME + 80];
        snprintf(look, sizeof(look), "SELECT 1 FROM \"%s\" WHERE office = ?1 AND id = ?2 AND rev = ?3", table->name);
        if (sqlite3_prepare_v3(st->db, look, -1, SQLITE_PREPARE_PERSISTENT, &st->exists[t], NULL) != SQLITE_OK)
            return store_sqlite_fail(st, table->name, err);
    }
    return QN_OK;
}

static enum qn_code user_version(struct store *st, int *out, struct qn_err *err)
{
    sqlite3_stmt *q = NULL;
    if (sqlite3_prepare_v2(st->db, "PRAGMA user_version", -1, &q, NULL) != SQLITE_OK ||
        sqlite3_step(q) != SQLITE_ROW) {
        sqlite3_finalize(q);
        return store_sqlite_fail(st, "user_version", err);
    }
    *out = sqlite3_column_int(q, 0);
    sqlite3_finalize(q);
    return QN_OK;
}

static enum qn_code open_db(struct store *st, enum store_open_mode mode, struct qn_err *err)
{
    char path[FILE_PATH_MAX];
    enum qn_code rc = file_join(path, st->dir, "qian.db", err);
    if (rc)
        return rc;
    if (mode != STORE_CREATE && access(path, F_OK) != 0)
        return qn_fail(err, QN_ABSENT, "store.absent", "dir=%s", st->dir);
    int flags = SQLITE_OPEN_NOMUTEX | (mode == STORE_PEEK ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                (mode == STORE_CREATE ? SQLITE_OPEN_CREATE : 0);
    if (sqlite3_open_v2(path, &st->db, flags, NULL) != SQLITE_OK)
        return store_sqlite_fail(st, "open", err);
    sqlite3_extended_result_codes(st->db, 1);
    sqlite3_busy_timeout(st->db, 10000); /* ms; a reader's shared lock is short, a second writer cannot be */
    sqlite3_db_config(st->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    rc = exec(st,
              "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0",
              err);
    /* WAL with EXTRA lost nothing in 123,200 simulated power cuts; NORMAL and FULL did (robustness §4). */
    if (!rc && mode != STORE_PEEK)
        rc = exec(st, "PRAGMA journal_mode=WAL; PRAGMA synchronous=EXTRA", err);
    int version = 0;
    if (!rc)
        rc = user_version(st, &version, err);
    if (!rc && version > SCHEMA_NEWEST)
        rc = qn_fail(err, QN_DENIED, "store.newer", "dir=%s|found=%d|known=%d", st->dir, version, SCHEMA_NEWEST);
    if (!rc && mode != STORE_PEEK)
        rc = apply_schema(st, version, err);
    return rc ? rc : prepare_all(st, err);
}

enum qn_code store_open(struct store **out, const char *dir, enum store_open_mode mode, struct qn_err *err)
{
    enum qn_code rc = check_library(err);
    if (rc)
        return rc;
    QN_AUTO(store) struct store *st = calloc(1, sizeof(*st));
    if (!st)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    st->lock_fd = -1;
    st->frontier_log = -1;
    if (snprintf(st->dir, sizeof(st->dir), "%s", dir) >= (int)sizeof(st->dir))
        return qn_fail(err, QN_LIMIT, "file.path-too-long", "path=%s", dir);
    rc = qn_registry_get(&st->reg, QN_REGISTRY_CURRENT, err);
    if (!rc && mode == STORE_CREATE)
        rc = file_mkdir(dir, err);
    if (!rc && mode == STORE_OPEN) {
        char path[FILE_PATH_MAX];
        rc = file_join(path, dir, "qian.db", err);
        if (!rc && access(path, F_OK) != 0)
            rc = qn_fail(err, QN_ABSENT, "store.absent", "dir=%s", dir);
    }
    if (!rc && mode != STORE_PEEK)
        rc = take_lock(st, err);
    if (!rc)
        rc = open_db(st, mode, err);
    if (!rc)
        rc = store_reload(st, err);
    if (!rc)
        *out = QN_STEAL(st);
    return rc;
}

void store_close(struct store *st)
{
    if (!st)
        return;
    for (int i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(st->stmt[i]);
    for (unsigned i = 0; i < QN_TABLES; i++) {
        sqlite3_finalize(st->insert[i]);
        sqlite3_finalize(st->exists[i]);
    }
    sqlite3_close(st->db);
    if (st->lock_fd >= 0)
        close(st->lock_fd);
    free(st);
}

const char *store_dir(const struct store *st)
{
    return st->dir;
}

const struct qn_registry *store_registry(const struct store *st)
{
    return st->reg;
}

/* ---- settings and identity ---------------------------------------------------------------------- */

bool store_get(struct store *st, const char *name, char *out, size_t cap)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_SETTING_GET);
    q_bind_text(&q, name);
    return q_step(&q) && qn_text_copy(out, cap, q_span(&q, 0));
}

enum qn_code store_set(struct store *st, const char *name, const char *value, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_SETTING_SET);
    q_bind_text(&q, name);
    q_bind_text(&q, value);
    return store_run(&q, err);
}

enum qn_code store_reload(struct store *st, struct qn_err *err)
{
    char text[QN_POLICY_MAX + 1], office[QN_CODE_MAX + 1];
    st->has_policy = st->has_self = false;
    st->origin[0] = 0;
    if (store_get(st, "policy", text, sizeof(text))) {
        enum qn_code rc = qn_policy_parse(&st->policy, qn_str(text), err);
        if (rc)
            return rc;
        st->has_policy = true;
    }
    if (store_get(st, "office", office, sizeof(office)) && tree_knows(st, office)) {
        enum qn_code rc = tree_cert(&st->self, st, office, err);
        if (rc)
            return rc;
        st->has_self = true;
        qn_cert_origin(st->origin, &st->self);
    }
    return QN_OK;
}

const struct qn_cert *store_self(const struct store *st)
{
    return st->has_self ? &st->self : NULL;
}

const struct qn_policy *store_policy(const struct store *st)
{
    return st->has_policy ? &st->policy : NULL;
}

const char *store_origin(const struct store *st)
{
    return st->origin;
}

void store_lend_keys(struct store *st, const struct keys *k)
{
    st->keys = k;
}

enum qn_code store_signer(struct store *st, const struct keys **out, struct qn_err *err)
{
    if (!st->has_self)
        return qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", st->dir);
    if (!st->keys)
        return qn_fail(err, QN_ABSENT, "store.no-keys", "dir=%s", st->dir);
    *out = st->keys;
    return QN_OK;
}

/* ---- transactions --------------------------------------------------------------------------------- */

enum qn_code tx_begin(struct tx *tx, struct store *st, struct qn_err *err)
{
    char sql[32];
    if (st->depth)
        snprintf(sql, sizeof(sql), "SAVEPOINT s%u", st->depth);
    else
        snprintf(sql, sizeof(sql), "BEGIN IMMEDIATE");
    enum qn_code rc = exec(st, sql, err);
    if (!rc)
        *tx = (struct tx){.st = st, .open = true, .depth = st->depth++};
    return rc;
}

enum qn_code tx_commit(struct tx *tx, struct qn_err *err)
{
    struct store *st = tx->st;
    assert(tx->open && st->depth == tx->depth + 1); /* inner ones end first */
    enum qn_code rc = QN_OK;
    if (tx->depth == 0 && st->own_grew) {
        rc = log_checkpoint_own(st, err);
        if (rc)
            return rc; /* tx_end rolls back */
    }
    char sql[32];
    if (tx->depth)
        snprintf(sql, sizeof(sql), "RELEASE s%u", tx->depth);
    else
        snprintf(sql, sizeof(sql), "COMMIT");
    rc = exec(st, sql, err);
    if (rc)
        return rc;
    tx->open = false;
    st->depth--;
    if (tx->depth == 0)
        st->own_grew = false;
    return QN_OK;
}

void tx_end(struct tx *tx)
{
    if (!tx->open)
        return;
    struct store *st = tx->st;
    char sql[64];
    if (tx->depth)
        snprintf(sql, sizeof(sql), "ROLLBACK TO s%u; RELEASE s%u", tx->depth, tx->depth);
    else
        snprintf(sql, sizeof(sql), "ROLLBACK");
    sqlite3_exec(st->db, sql, NULL, NULL, NULL);
    tx->open = false;
    st->depth = tx->depth;
    st->frontier_log = -1;
    if (tx->depth == 0)
        st->own_grew = false;
}

/* ---- queries ---------------------------------------------------------------------------------------- */

struct query query_start(struct store *st, enum sql id)
{
    assert(!st->lent[id]); /* the same statement started twice at once */
    st->lent[id] = true;
    return (struct query){.st = st, .stmt = &st->stmt[id], .next = 1, .rc = SQLITE_OK};
}

static sqlite3_stmt *stmt_of(struct query *q)
{
    return *(sqlite3_stmt **)q->stmt;
}

static void bound(struct query *q, int rc)
{
    if (rc != SQLITE_OK)
        q->rc = rc;
    q->next++;
}

void q_bind_int(struct query *q, int64_t v)
{
    bound(q, sqlite3_bind_int64(stmt_of(q), q->next, v));
}

void q_bind_text(struct query *q, const char *s)
{
    bound(q, s ? sqlite3_bind_text(stmt_of(q), q->next, s, -1, SQLITE_STATIC) : sqlite3_bind_null(stmt_of(q), q->next));
}

void q_bind_span(struct query *q, struct qn_span s)
{
    bound(q, sqlite3_bind_text64(stmt_of(q), q->next, s.n ? (const char *)s.p : "", s.n, SQLITE_STATIC, SQLITE_UTF8));
}

void q_bind_blob(struct query *q, const void *p, size_t n)
{
    bound(q, sqlite3_bind_blob64(stmt_of(q), q->next, n ? p : "", n, SQLITE_STATIC));
}

bool q_step(struct query *q)
{
    if (q->rc != SQLITE_OK && q->rc != SQLITE_ROW)
        return false;
    q->rc = sqlite3_step(stmt_of(q));
    return q->rc == SQLITE_ROW;
}

int64_t q_int(struct query *q, int col)
{
    return sqlite3_column_int64(stmt_of(q), col);
}

const char *q_text(struct query *q, int col)
{
    const char *s = (const char *)sqlite3_column_text(stmt_of(q), col);
    return s ? s : "";
}

bool q_null(struct query *q, int col)
{
    return sqlite3_column_type(stmt_of(q), col) == SQLITE_NULL;
}

struct qn_span q_span(struct query *q, int col)
{
    const uint8_t *p = sqlite3_column_blob(stmt_of(q), col);
    return (struct qn_span){p, p ? (size_t)sqlite3_column_bytes(stmt_of(q), col) : 0};
}

enum qn_code query_end(struct query *q, struct qn_err *err)
{
    int rc = q->rc;
    enum qn_code code = QN_OK;
    if (rc != SQLITE_OK && rc != SQLITE_ROW && rc != SQLITE_DONE)
        code = store_sqlite_fail(q->st, sqlite3_sql(stmt_of(q)), err);
    query_drop(q);
    return code;
}

void query_drop(struct query *q)
{
    if (!q->stmt)
        return;
    sqlite3_reset(stmt_of(q));
    sqlite3_clear_bindings(stmt_of(q));
    q->st->lent[(sqlite3_stmt **)q->stmt - q->st->stmt] = false;
    q->stmt = NULL;
}

enum qn_code store_run(struct query *q, struct qn_err *err)
{
    q_step(q);
    return query_end(q, err);
}

/* ---- travelling rows ---------------------------------------------------------------------------------- */

enum qn_code store_insert(struct store *st, const struct qn_row *row, struct qn_err *err)
{
    sqlite3_stmt *s = st->insert[row->table - st->reg->table];
    for (unsigned i = 0; i < row->table->ncols; i++) {
        const struct qn_value *v = &row->col[i];
        int at = (int)i + 1, rc = SQLITE_OK;
        switch (v->type) {
        case QN_INTEGER: rc = sqlite3_bind_int64(s, at, v->i); break;
        case QN_REAL: rc = sqlite3_bind_double(s, at, v->r); break;
        case QN_TEXT:
            rc = sqlite3_bind_text64(s, at, v->s.n ? (const char *)v->s.p : "", v->s.n, SQLITE_STATIC, SQLITE_UTF8);
            break;
        case QN_BLOB: rc = sqlite3_bind_blob64(s, at, v->s.n ? (const void *)v->s.p : "", v->s.n, SQLITE_STATIC); break;
        case QN_NULL: rc = sqlite3_bind_null(s, at); break;
        }
        if (rc != SQLITE_OK)
            return store_sqlite_fail(st, row->table->name, err);
    }
    int rc = sqlite3_step(s);
    enum qn_code code = QN_OK;
    if (rc == SQLITE_CONSTRAINT)
        code = sqlite3_extended_errcode(st->db) == SQLITE_CONSTRAINT_PRIMARYKEY
                   ? qn_fail(err, QN_CONFLICT, "row.exists", "table=%s|id=%lld|rev=%lld", row->table->name,
                             (long long)row->col[1].i, (long long)row->col[2].i)
                   : qn_fail(err, QN_MALFORMED, "row.constraint", "table=%s|why=%s", row->table->name,
                             sqlite3_errmsg(st->db));
    else if (rc != SQLITE_DONE)
        code = store_sqlite_fail(st, row->table->name, err);
    else if (sqlite3_changes(st->db) != 1)
        code = qn_fail(err, QN_CONFLICT, "row.exists", "table=%s|id=%lld|rev=%lld", row->table->name,
                       (long long)row->col[1].i, (long long)row->col[2].i);
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return code;
}

enum qn_code store_has_previous(struct store *st, const struct qn_row *row, bool *out, struct qn_err *err)
{
    sqlite3_stmt *s = st->exists[row->table - st->reg->table];
    sqlite3_bind_text64(s, 1, (const char *)row->col[0].s.p, row->col[0].s.n, SQLITE_STATIC, SQLITE_UTF8);
    sqlite3_bind_int64(s, 2, row->col[1].i);
    sqlite3_bind_int64(s, 3, row->col[2].i - 1);
    int rc = sqlite3_step(s);
    *out = rc == SQLITE_ROW;
    enum qn_code code = rc == SQLITE_ROW || rc == SQLITE_DONE ? QN_OK : store_sqlite_fail(st, row->table->name, err);
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return code;
}
