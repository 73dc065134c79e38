#include "node/store/rows.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "node/store/internal.h"

static int place(const struct qn_table *t, const char *column)
{
    for (unsigned i = 0; i < t->ncols; i++)
        if (strcmp(t->col[i].name, column) == 0)
            return (int)i;
    return -1;
}

/* Names are the registry's (registry-3: letters, digits and _), values are bound: nothing of a caller's is in the text. */
static void put_query(struct qn_buf *sql, const struct rows_query *q, const struct qn_table *t)
{
    const char *order = q->downward ? "DESC" : "ASC";
    qn_put_fmt(sql, "SELECT * FROM \"%s\" AS t WHERE 1", t->name);
    if (q->office)
        qn_put_str(sql, " AND t.office = :office");
    if (q->id)
        qn_put_str(sql, " AND t.id = :id");
    if (q->rev)
        qn_put_str(sql, " AND t.rev = :rev");
    for (unsigned i = 0; i < q->nwhere; i++)
        qn_put_fmt(sql, " AND t.\"%s\" = :w%u", q->where[i].column, i);
    if (!q->history && !q->rev && !t->once)
        qn_put_fmt(sql,
                   " AND NOT EXISTS (SELECT 1 FROM \"%s\" AS n WHERE n.office = t.office AND "
                   "n.id = t.id AND n.rev = t.rev + 1)",
                   t->name);
    if (q->past_office)
        qn_put_fmt(sql, " AND (t.office, t.id) %s (:past_office, :past_id)",
                   q->downward ? "<" : ">");
    qn_put_fmt(sql, " ORDER BY t.office %s, t.id %s, t.rev", order, order);
    if (q->limit)
        qn_put_fmt(sql, " LIMIT %u", q->limit);
}

static void bind(sqlite3_stmt *s, const char *name, const char *text, int64_t number)
{
    int at = sqlite3_bind_parameter_index(s, name);
    if (at && text)
        sqlite3_bind_text(s, at, text, -1, SQLITE_TRANSIENT);
    else if (at)
        sqlite3_bind_int64(s, at, number);
}

enum qn_code rows_open(struct rows *r, struct store *st, const struct rows_query *q,
                       struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf sql = {0};
    sqlite3_stmt *s = NULL;
    *r = (struct rows){.st = st, .rc = SQLITE_OK};
    r->table = qn_registry_table(st->reg, qn_str(q->table));
    if (!r->table)
        return qn_fail(err, QN_MALFORMED, "rows.table", "table=%.40s", q->table);
    for (unsigned i = 0; i < q->nwhere; i++)
        if (place(r->table, q->where[i].column) < 0)
            return qn_fail(err, QN_MALFORMED, "rows.column", "table=%s|column=%.40s",
                           r->table->name, q->where[i].column);
    qn_buf_init(&sql, 8192);
    put_query(&sql, q, r->table);
    enum qn_code rc = qn_buf_check(&sql, err);
    if (rc)
        return rc;
    if (sqlite3_prepare_v2(st->db, (const char *)sql.p, (int)sql.n, &s, NULL) != SQLITE_OK)
        return store_sqlite_fail(st, r->table->name, err);
    bind(s, ":office", q->office, 0);
    bind(s, ":id", NULL, q->id);
    bind(s, ":rev", NULL, q->rev);
    bind(s, ":past_office", q->past_office, 0);
    bind(s, ":past_id", NULL, q->past_id);
    for (unsigned i = 0; i < q->nwhere; i++) {
        char name[16];
        snprintf(name, sizeof(name), ":w%u", i);
        bind(s, name, q->where[i].text, q->where[i].number);
    }
    r->stmt = s;
    return QN_OK;
}

bool rows_step(struct rows *r)
{
    if (r->stmt && (r->rc == SQLITE_OK || r->rc == SQLITE_ROW))
        r->rc = sqlite3_step(r->stmt);
    return r->rc == SQLITE_ROW;
}

static int at(const struct rows *r, const char *column)
{
    int i = place(r->table, column);
    assert(i >= 0);
    return i;
}

int64_t rows_int(struct rows *r, const char *column)
{
    return sqlite3_column_int64(r->stmt, at(r, column));
}

const char *rows_text(struct rows *r, const char *column)
{
    const char *s = (const char *)sqlite3_column_text(r->stmt, at(r, column));
    return s ? s : "";
}

struct qn_span rows_span(struct rows *r, const char *column)
{
    int i = at(r, column);
    const uint8_t *p = sqlite3_column_blob(r->stmt, i);
    return (struct qn_span){p, (size_t)sqlite3_column_bytes(r->stmt, i)};
}

bool rows_null(struct rows *r, const char *column)
{
    return sqlite3_column_type(r->stmt, at(r, column)) == SQLITE_NULL;
}

bool rows_has(const struct rows *r, const char *column)
{
    return place(r->table, column) >= 0;
}

void rows_again(struct rows *r, struct qn_row *row, const struct act *a, int64_t rev)
{
    row_start(row, a, r->table->name, rows_int(r, "id"), rev);
    for (unsigned i = QN_KEY_COLUMNS; i < r->table->ncols; i++) {
        const struct qn_column *c = &r->table->col[i];
        if (rows_null(r, c->name))
            continue;
        if (c->type == QN_INTEGER)
            row_int(row, c->name, rows_int(r, c->name));
        else if (c->type == QN_TEXT)
            row_span(row, c->name, rows_span(r, c->name));
        else
            row_blob(row, c->name, rows_span(r, c->name).p, rows_span(r, c->name).n);
    }
}

enum qn_code rows_end(struct rows *r, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    if (r->rc != SQLITE_OK && r->rc != SQLITE_ROW && r->rc != SQLITE_DONE)
        rc = store_sqlite_fail(r->st, r->table->name, err);
    rows_drop(r);
    return rc;
}

void rows_drop(struct rows *r)
{
    sqlite3_finalize(r->stmt);
    r->stmt = NULL;
    r->rc = SQLITE_DONE;
}
