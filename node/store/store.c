#include "node/store/store.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/internal.h"
#include "node/store/name_index.h"
#include "node/store/trail.h"

/* Of a disk without room SQLite tells in several ways: that of an append, and those of its files beside the database. */
static bool is_full(sqlite3 *db, int rc)
{
    int why = sqlite3_system_errno(db);
    return rc == SQLITE_FULL || ((rc == SQLITE_IOERR || rc == SQLITE_CANTOPEN) && (why == ENOSPC || why == EDQUOT));
}

static enum qn_code stopped(const struct store *st, struct qn_err *err)
{
    return qn_fail(err, QN_LATER, st->kept ? "store.stopped-part" : "store.stopped", "");
}

enum qn_code store_sqlite_fail(struct store *st, const char *doing, struct qn_err *err)
{
    int rc = sqlite3_extended_errcode(st->db);
    st->wanted = st->wanted || (rc & 0xff) == SQLITE_READONLY;
    if (is_full(st->db, rc & 0xff))
        return qn_fail(err, QN_IO, "store.full", "dir=%s", st->dir);
    if ((rc & 0xff) == SQLITE_INTERRUPT)
        return stopped(st, err);
    enum qn_code code = (rc & 0xff) == SQLITE_NOMEM   ? QN_NOMEM
                        : (rc & 0xff) == SQLITE_BUSY ? QN_LATER
                                                     : QN_IO;
    return qn_fail(err, code, "store.sqlite", "doing=%s|sqlite=%d|why=%s", doing, rc, sqlite3_errmsg(st->db));
}

enum qn_code store_exec(struct store *st, const char *sql, struct qn_err *err)
{
    return sqlite3_exec(st->db, sql, NULL, NULL, NULL) == SQLITE_OK ? QN_OK : store_sqlite_fail(st, sql, err);
}

const char *store_dir(const struct store *st)
{
    return st->dir;
}

const struct qn_registry *store_registry(const struct store *st)
{
    return st->reg;
}

unsigned store_schema(const struct store *st)
{
    return st->schema;
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

enum qn_code store_unset(struct store *st, const char *name, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_SETTING_DROP);
    q_bind_text(&q, name);
    return store_run(&q, err);
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
    enum qn_code rc = store_exec(st, sql, err);
    if (!rc && !st->depth)
        st->changes = sqlite3_total_changes(st->db);
    if (!rc)
        *tx = (struct tx){.st = st, .open = true, .depth = st->depth++};
    return rc;
}

static void committed(struct store *st)
{
    st->kept = st->kept || sqlite3_total_changes(st->db) != st->changes;
}

enum qn_code tx_commit(struct tx *tx, struct qn_err *err)
{
    struct store *st = tx->st;
    assert(tx->open && st->depth == tx->depth + 1); /* inner ones end first */
    enum qn_code rc = tx->depth == 0 ? store_given_up(st, err) : QN_OK;
    if (!rc && tx->depth == 0 && st->before_commit)
        rc = st->before_commit(st, err);
    if (rc)
        return rc; /* tx_end rolls back */
    char sql[32];
    if (tx->depth)
        snprintf(sql, sizeof(sql), "RELEASE s%u", tx->depth);
    else
        snprintf(sql, sizeof(sql), "COMMIT");
    rc = store_exec(st, sql, err);
    if (rc)
        return rc;
    tx->open = false;
    st->depth--;
    if (tx->depth == 0) {
        committed(st);
        st->before_commit = NULL;
        anchor_write(st);
        trail_flush(st);
    }
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
    if (tx->depth == 0) {
        st->before_commit = NULL;
        st->anchor.due = false;
        trail_flush(st);
    }
}

void store_on_exchange(struct store *st, store_due *due)
{
    st->due = due;
}

void store_on_breath(struct store *st, void (*others)(void *ctx), void *ctx)
{
    st->others = others;
    st->others_ctx = ctx;
}

#define STEPS 50000 /* of SQLite's machine between two questions: below a millisecond */

static int asked(void *ctx)
{
    struct store *st = ctx;
    st->given_up = st->given_up || (st->stop && st->stop(st->stop_ctx));
    return st->given_up;
}

void store_on_stop(struct store *st, bool (*stop)(void *ctx), void *ctx)
{
    st->stop = stop;
    st->stop_ctx = ctx;
    st->given_up = st->kept = false;
    sqlite3_progress_handler(st->db, stop ? STEPS : 0, stop ? asked : NULL, st);
    trail_flush(st);
}

enum qn_code store_goes_on(struct store *st, struct qn_err *err)
{
    return st && asked(st) ? stopped(st, err) : QN_OK;
}

enum qn_code store_given_up(const struct store *st, struct qn_err *err)
{
    return st->given_up ? stopped(st, err) : QN_OK;
}

void store_stops_with(struct store *st, const struct store *of)
{
    store_on_stop(st, of->stop, of->stop_ctx);
}

void store_put_aside(struct store_work *out, struct store *st)
{
    static_assert(sizeof(out->person) >= sizeof(st->person), "a person's name");
    *out = (struct store_work){.itself = st->itself,
                               .given_up = st->given_up,
                               .kept = st->kept,
                               .stop = st->stop,
                               .stop_ctx = st->stop_ctx};
    memcpy(out->person, st->person, sizeof(st->person));
    st->person[0] = 0;
    st->itself = false;
    store_on_stop(st, NULL, NULL);
}

void store_take_up(struct store *st, const struct store_work *w)
{
    store_on_stop(st, w->stop, w->stop_ctx);
    st->given_up = w->given_up;
    st->kept = w->kept;
    memcpy(st->person, w->person, sizeof(st->person));
    st->itself = w->itself;
}

enum qn_code store_breathe(struct store *st, struct qn_err *err)
{
    unsigned depth = st->depth;
    for (size_t i = 0; i < SQL_COUNT; i++)
        assert(!st->lent[i]); /* whoever comes in between would find it taken */
    enum qn_code rc = store_goes_on(st, err);
    if (!rc && depth && st->before_commit)
        rc = st->before_commit(st, err);
    if (!rc && depth)
        rc = store_exec(st, "COMMIT", err); /* the savepoints within with it */
    if (rc)
        return rc;
    if (depth)
        committed(st);
    st->before_commit = NULL;
    st->depth = 0;
    anchor_write(st);
    if (st->others) { /* they are other people */
        struct store_work own;
        store_put_aside(&own, st);
        st->others(st->others_ctx);
        store_take_up(st, &own);
    }
    struct tx again;
    while (!rc && st->depth < depth)
        rc = tx_begin(&again, st, err);
    st->depth = depth; /* the callers' transactions end as ever, also when it could not be opened again */
    return rc;
}

enum qn_code store_exchange_begins(struct store *st, const char *peer,
                                   const struct qn_report *report, struct qn_err *err)
{
    if (st->due)
        st->due(st, peer, report);
    return st->due && st->before_commit ? store_breathe(st, err) : QN_OK;
}

/* ---- queries ---------------------------------------------------------------------------------------- */

static int prepare(sqlite3_stmt **out, struct store *st, const char *sql)
{
    return sqlite3_prepare_v3(st->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
}

struct query query_start(struct store *st, enum sql id)
{
    assert(!st->lent[id]); /* the same statement started twice at once */
    st->lent[id] = true;
    /* Made at its first use: a command uses a tenth of them, and to make all took half of its time. */
    int rc = st->stmt[id] ? SQLITE_OK : prepare(&st->stmt[id], st, sql_text(id));
    return (struct query){.st = st, .stmt = &st->stmt[id], .next = 1, .rc = rc};
}

static sqlite3_stmt *stmt_of(struct query *q)
{
    return *(sqlite3_stmt **)q->stmt;
}

static ptrdiff_t number_of(const struct query *q)
{
    return (sqlite3_stmt **)q->stmt - q->st->stmt;
}

static void bound(struct query *q, int rc)
{
    if (q->rc == SQLITE_OK) /* the first one tells why */
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
    q->st->wanted = q->st->wanted || (q->rc & 0xff) == SQLITE_READONLY;
    return q->rc == SQLITE_ROW;
}

int64_t q_int(struct query *q, int col)
{
    return sqlite3_column_int64(stmt_of(q), col);
}

uint32_t q_u32(struct query *q, int col)
{
    int64_t n = q_int(q, col);
    return n < 0 ? 0 : n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

int64_t q_count(struct query *q, int col)
{
    int64_t n = q_int(q, col);
    return n < 0 ? 0 : n > Q_COUNT_MAX ? Q_COUNT_MAX : n;
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
        code = store_sqlite_fail(q->st, sql_text((enum sql)number_of(q)), err);
    query_drop(q);
    return code;
}

void query_drop(struct query *q)
{
    if (!q->stmt)
        return;
    sqlite3_reset(stmt_of(q));
    sqlite3_clear_bindings(stmt_of(q));
    q->st->lent[number_of(q)] = false;
    q->stmt = NULL;
}

enum qn_code store_run(struct query *q, struct qn_err *err)
{
    q_step(q);
    return query_end(q, err);
}

/* ---- travelling rows ---------------------------------------------------------------------------------- */

/* The place among our tables. A row that was read by an earlier registry has a table of that one: the same name, and
 * fewer columns at the end.
 * SPEC registry-9: "A row of an earlier version applies to a later table with NULL in the columns it does not have" */
static size_t place(const struct store *st, const struct qn_table *t)
{
    const struct qn_registry *reg = st->reg;
    if (t >= reg->table && t < reg->table + reg->ntables)
        return (size_t)(t - reg->table);
    t = qn_registry_table(reg, qn_str(t->name));
    assert(t); /* a later registry has every table of an earlier one */
    return (size_t)(t - reg->table);
}

/* The statement kept for that table, made at its first use. */
static enum qn_code insert_of(sqlite3_stmt **out, struct store *st, size_t t, struct qn_err *err)
{
    const struct qn_table *table = &st->reg->table[t];
    if (!st->insert[t]) {
        QN_AUTO(qn_buf) struct qn_buf sql = {0};
        qn_buf_init(&sql, 8192);
        qn_put_fmt(&sql, "INSERT INTO \"%s\" VALUES(", table->name);
        for (unsigned c = 0; c < table->ncols; c++)
            qn_put_fmt(&sql, c ? ",?%u" : "?%u", c + 1);
        qn_put(&sql, ")", 2); /* with its end */
        enum qn_code rc = qn_buf_check(&sql, err);
        if (rc)
            return rc;
        if (prepare(&st->insert[t], st, (const char *)sql.p) != SQLITE_OK)
            return store_sqlite_fail(st, table->name, err);
    }
    *out = st->insert[t];
    return QN_OK;
}

static enum qn_code look_of(sqlite3_stmt **out, struct store *st, size_t t, struct qn_err *err)
{
    const char *name = st->reg->table[t].name;
    char sql[QN_TABLE_NAME + 80];
    snprintf(sql, sizeof(sql), "SELECT * FROM \"%s\" WHERE office = ?1 AND id = ?2 AND rev = ?3",
             name);
    if (!st->look[t] && prepare(&st->look[t], st, sql) != SQLITE_OK)
        return store_sqlite_fail(st, name, err);
    *out = st->look[t];
    return QN_OK;
}

enum qn_code store_insert(struct store *st, const struct qn_row *row, struct qn_err *err)
{
    size_t at_table = place(st, row->table);
    sqlite3_stmt *s = NULL;
    enum qn_code made = insert_of(&s, st, at_table, err);
    if (made)
        return made;
    for (unsigned i = row->table->ncols; i < st->reg->table[at_table].ncols; i++)
        sqlite3_bind_null(s, (int)i + 1); /* else the value of the row before would stand there still */
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
    if ((rc & 0xff) == SQLITE_CONSTRAINT) /* extended codes are on */
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
    sqlite3_reset(s); /* nothing is unbound: the next row binds every column before it steps */
    return code;
}

static bool same_value(sqlite3_stmt *s, int i, const struct qn_value *v)
{
    static const int sqlite_type[] = {[QN_INTEGER] = SQLITE_INTEGER, [QN_REAL] = SQLITE_FLOAT, [QN_TEXT] = SQLITE_TEXT,
                                      [QN_BLOB] = SQLITE_BLOB, [QN_NULL] = SQLITE_NULL};
    if (sqlite3_column_type(s, i) != sqlite_type[v->type])
        return false;
    if (v->type == QN_INTEGER)
        return sqlite3_column_int64(s, i) == v->i;
    if (v->type == QN_REAL) {
        double r = sqlite3_column_double(s, i);
        return memcmp(&r, &v->r, sizeof(r)) == 0;
    }
    if (v->type == QN_NULL)
        return true;
    const void *p = sqlite3_column_blob(s, i);
    return (size_t)sqlite3_column_bytes(s, i) == v->s.n && (!v->s.n || memcmp(p, v->s.p, v->s.n) == 0);
}

/* values: NULL when the key alone is asked for. */
static enum qn_code look(struct store *st, const struct qn_row *row, int64_t rev, const struct qn_value *values,
                         enum row_held *out, struct qn_err *err)
{
    sqlite3_stmt *s = NULL;
    enum qn_code made = look_of(&s, st, place(st, row->table), err);
    if (made)
        return made;
    sqlite3_bind_text64(s, 1, (const char *)row->col[0].s.p, row->col[0].s.n, SQLITE_STATIC, SQLITE_UTF8);
    sqlite3_bind_int64(s, 2, row->col[1].i);
    sqlite3_bind_int64(s, 3, rev);
    int rc = sqlite3_step(s);
    *out = rc == SQLITE_ROW ? ROW_SAME : ROW_ABSENT;
    for (unsigned i = 0; rc == SQLITE_ROW && values && *out == ROW_SAME && i < row->table->ncols; i++)
        if (!same_value(s, (int)i, &values[i]))
            *out = ROW_OTHER;
    enum qn_code code = rc == SQLITE_ROW || rc == SQLITE_DONE ? QN_OK : store_sqlite_fail(st, row->table->name, err);
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return code;
}

enum qn_code store_has_previous(struct store *st, const struct qn_row *row, bool *out, struct qn_err *err)
{
    enum row_held held;
    enum qn_code rc = look(st, row, row->col[2].i - 1, NULL, &held, err);
    *out = held != ROW_ABSENT;
    return rc;
}

enum qn_code store_held(struct store *st, const struct qn_row *row, enum row_held *out, struct qn_err *err)
{
    return look(st, row, row->col[2].i, row->col, out, err);
}

/* ---- forgetting ------------------------------------------------------------------------------------------ */

enum qn_code store_delete_made(struct store *st, const struct qn_table *table, const char *office, int64_t from,
                               int64_t to, struct qn_err *err)
{
    char sql[QN_TABLE_NAME + 80];
    sqlite3_stmt *s = NULL;
    snprintf(sql, sizeof(sql), "DELETE FROM \"%s\" WHERE office = ?1 AND id BETWEEN ?2 AND ?3", table->name);
    bool done = sqlite3_prepare_v2(st->db, sql, -1, &s, NULL) == SQLITE_OK &&
                sqlite3_bind_text(s, 1, office, -1, SQLITE_STATIC) == SQLITE_OK &&
                sqlite3_bind_int64(s, 2, from) == SQLITE_OK && sqlite3_bind_int64(s, 3, to) == SQLITE_OK &&
                sqlite3_step(s) == SQLITE_DONE;
    enum qn_code rc = done ? QN_OK : store_sqlite_fail(st, table->name, err);
    sqlite3_finalize(s);
    return rc;
}

enum qn_code store_delete_some(struct store *st, const struct qn_table *table, const char *office, unsigned max,
                               unsigned *n, struct qn_err *err)
{
    char sql[2 * QN_TABLE_NAME + 120];
    sqlite3_stmt *s = NULL;
    snprintf(sql, sizeof(sql),
             "DELETE FROM \"%s\" WHERE (office, id, rev) IN (SELECT office, id, rev FROM \"%s\" WHERE office = ?1 LIMIT ?2)",
             table->name, table->name);
    bool done = sqlite3_prepare_v2(st->db, sql, -1, &s, NULL) == SQLITE_OK &&
                sqlite3_bind_text(s, 1, office, -1, SQLITE_STATIC) == SQLITE_OK &&
                sqlite3_bind_int64(s, 2, max) == SQLITE_OK && sqlite3_step(s) == SQLITE_DONE;
    enum qn_code rc = done ? QN_OK : store_sqlite_fail(st, table->name, err);
    sqlite3_finalize(s);
    *n = rc ? 0 : (unsigned)sqlite3_changes(st->db);
    return rc;
}

enum qn_code store_delete(struct store *st, const struct qn_row *row, struct qn_err *err)
{
    char sql[QN_TABLE_NAME + 80];
    sqlite3_stmt *s = NULL;
    snprintf(sql, sizeof(sql), "DELETE FROM \"%s\" WHERE office = ?1 AND id = ?2 AND rev = ?3", row->table->name);
    bool done = sqlite3_prepare_v2(st->db, sql, -1, &s, NULL) == SQLITE_OK &&
                sqlite3_bind_text64(s, 1, (const char *)row->col[0].s.p, row->col[0].s.n, SQLITE_STATIC,
                                    SQLITE_UTF8) == SQLITE_OK &&
                sqlite3_bind_int64(s, 2, row->col[1].i) == SQLITE_OK &&
                sqlite3_bind_int64(s, 3, row->col[2].i) == SQLITE_OK && sqlite3_step(s) == SQLITE_DONE;
    enum qn_code rc = done ? QN_OK : store_sqlite_fail(st, row->table->name, err);
    sqlite3_finalize(s);
    return rc;
}

enum qn_code store_rewrite(struct store *st, struct qn_err *err)
{
    sqlite3_stmt *q = NULL;
    name_index_forget(st->dir);
    enum qn_code rc = store_exec(st, "VACUUM", err);
    if (rc)
        return rc;
    bool done = sqlite3_prepare_v2(st->db, "PRAGMA wal_checkpoint(TRUNCATE)", -1, &q, NULL) == SQLITE_OK &&
                sqlite3_step(q) == SQLITE_ROW && sqlite3_column_int(q, 0) == 0;
    sqlite3_finalize(q);
    return done ? QN_OK : qn_fail(err, QN_LATER, "store.busy", "dir=%s", st->dir);
}
