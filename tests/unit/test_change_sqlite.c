/* Changesets that SQLite itself makes, for every table of the registry: what we read is what was inserted, what
 * we write are the bytes SQLite wrote, and applying our rows leaves the database that apply_v2 leaves. */
#include "qian/change.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/vectors.h"

static const struct qn_registry
    *reg; /* the newest, and for the deeds that of the vectors, which stays */

/* ---- rows from a printed seed --------------------------------------------------------------------- */

static uint64_t dice_state;
static uint64_t dice(uint64_t n)
{
    dice_state ^= dice_state << 13;
    dice_state ^= dice_state >> 7;
    dice_state ^= dice_state << 17;
    return dice_state % n;
}

static size_t random_text(uint8_t *out, size_t max)
{
    static const char *const pieces[] = {"a", "Z9", "'",        "\"", "\n",  "\x7f",
                                         "é", "签", "市场监督", "😀",  "\x01"};
    size_t n = 0, want = (size_t)dice(4) == 0 ? max : (size_t)dice((max < 300 ? max : 300) + 1);
    for (;;) {
        const char *p = pieces[dice(sizeof(pieces) / sizeof(pieces[0]))];
        size_t k = strlen(p);
        if (n + k > want)
            return n;
        memcpy(out + n, p, k);
        n += k;
    }
}

static struct qn_value random_value(const struct qn_column *c, uint8_t *space)
{
    static const int64_t ints[] = {0, 1, -1, 127, 128, 65536, INT64_MAX, INT64_MIN, 1735689600};
    struct qn_value v = {.type = c->type};
    if (c->nullable && dice(3) == 0)
        return (struct qn_value){.type = QN_NULL, .s = {NULL, 0}};
    switch (c->type) {
    case QN_INTEGER:
        v.i = ints[dice(sizeof(ints) / sizeof(ints[0]))];
        break;
    case QN_TEXT:
        v.s = (struct qn_span){space, random_text(space, c->max)};
        break;
    case QN_BLOB:
        v.s = (struct qn_span){space, (size_t)dice(c->max + 1)};
        for (size_t i = 0; i < v.s.n; i++)
            space[i] = (uint8_t)dice(256);
        break;
    case QN_REAL:
    case QN_NULL:
        fail();
    }
    return v;
}

/* ---- databases ------------------------------------------------------------------------------------- */

static sqlite3 *open_db(void)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    for (unsigned i = 0; i < reg->ntables; i++) {
        struct qn_buf ddl;
        qn_buf_init(&ddl, 65536);
        qn_registry_ddl(&ddl, &reg->table[i]);
        qn_put_uint(&ddl, 0, 1);
        char *why = NULL;
        if (sqlite3_exec(db, (const char *)ddl.p, NULL, NULL, &why))
            fail_msg("%s: %s", ddl.p, why);
        qn_buf_release(&ddl);
    }
    return db;
}

static void bind(sqlite3_stmt *q, int at, const struct qn_value *v)
{
    switch (v->type) {
    case QN_INTEGER:
        sqlite3_bind_int64(q, at, v->i);
        break;
    case QN_REAL:
        sqlite3_bind_double(q, at, v->r);
        break;
    case QN_TEXT:
        sqlite3_bind_text(q, at, v->s.n ? (const char *)v->s.p : "", (int)v->s.n, SQLITE_TRANSIENT);
        break;
    case QN_BLOB: /* an empty one too must not become NULL */
        sqlite3_bind_blob(q, at, v->s.n ? (const void *)v->s.p : "", (int)v->s.n, SQLITE_TRANSIENT);
        break;
    case QN_NULL:
        sqlite3_bind_null(q, at);
        break;
    }
}

static void insert(sqlite3 *db, const struct qn_row *row)
{
    char sql[2048];
    int n = snprintf(sql, sizeof(sql), "INSERT INTO \"%s\" VALUES(?", row->table->name);
    sqlite3_stmt *q;
    for (unsigned i = 1; i < row->table->ncols; i++)
        n += snprintf(sql + n, sizeof(sql) - (size_t)n, ",?");
    snprintf(sql + n, sizeof(sql) - (size_t)n, ")");
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
    for (unsigned i = 0; i < row->table->ncols; i++)
        bind(q, (int)i + 1, &row->col[i]);
    if (sqlite3_step(q) != SQLITE_DONE)
        fail_msg("%s: %s", row->table->name, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_changes(db), 1);
    sqlite3_finalize(q);
}

static void same_tables(sqlite3 *a, sqlite3 *b, const struct qn_table *t, unsigned want)
{
    char sql[128];
    sqlite3_stmt *qa, *qb;
    unsigned n = 0;
    snprintf(sql, sizeof(sql), "SELECT * FROM \"%s\" ORDER BY office, id, rev", t->name);
    assert_int_equal(sqlite3_prepare_v2(a, sql, -1, &qa, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(b, sql, -1, &qb, NULL), SQLITE_OK);
    for (; sqlite3_step(qa) == SQLITE_ROW; n++) {
        assert_int_equal(sqlite3_step(qb), SQLITE_ROW);
        for (int c = 0; c < (int)t->ncols; c++) {
            assert_int_equal(sqlite3_column_type(qa, c), sqlite3_column_type(qb, c));
            if (sqlite3_column_type(qa, c) == SQLITE_INTEGER) {
                assert_true(sqlite3_column_int64(qa, c) == sqlite3_column_int64(qb, c));
                continue;
            }
            const void *pa = sqlite3_column_blob(qa, c), *pb = sqlite3_column_blob(qb, c);
            int bytes = sqlite3_column_bytes(qa, c);
            assert_int_equal(bytes, sqlite3_column_bytes(qb, c));
            if (bytes)
                assert_memory_equal(pa, pb, (size_t)bytes);
        }
    }
    assert_int_equal(sqlite3_step(qb), SQLITE_DONE);
    assert_int_equal(n, want);
    sqlite3_finalize(qa);
    sqlite3_finalize(qb);
}

/* ---- one part, made by SQLite, read by us ------------------------------------------------------------ */

struct reading {
    sqlite3 *db;
    struct qn_buf again;
    const struct qn_table *table;
};
static enum qn_code take(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    struct reading *r = ctx;
    (void)err;
    if (r->table != row->table)
        qn_change_table(&r->again, row->table);
    r->table = row->table;
    qn_change_row(&r->again, row);
    insert(r->db, row);
    return QN_OK;
}

static int never(void *ctx, int conflict, sqlite3_changeset_iter *it)
{
    (void)ctx;
    (void)conflict;
    (void)it;
    return SQLITE_CHANGESET_ABORT;
}

/* Rows of every table of one lane and audience, `each` of each, in one session. */
static unsigned write_part(sqlite3 *db, sqlite3_session *s, enum qn_lane lane,
                           enum qn_audience audience, unsigned each)
{
    uint8_t *space[QN_COLUMNS];
    unsigned tables = 0;
    for (unsigned i = 0; i < QN_COLUMNS; i++)
        assert_non_null(space[i] = malloc(QN_PART_MAX));
    for (unsigned t = 0; t < reg->ntables; t++) {
        struct qn_row row = {.table = &reg->table[t]};
        if (row.table->lane != lane || row.table->audience != audience)
            continue;
        tables++;
        assert_int_equal(sqlite3session_attach(s, row.table->name), SQLITE_OK);
        for (unsigned n = 0; n < each; n++) {
            for (unsigned c = 3; c < row.table->ncols; c++)
                row.col[c] = random_value(&row.table->col[c], space[c]);
            row.col[0] = (struct qn_value){.type = QN_TEXT, .s = qn_str("140107")};
            row.col[1] = (struct qn_value){.type = QN_INTEGER,
                                           .i = qn_row_id(1, dice(QN_SEQ_END), (uint16_t)n)};
            row.col[2] = (struct qn_value){.type = QN_INTEGER, .i = (int64_t)dice(INT32_MAX) + 1};
            insert(db, &row);
        }
    }
    for (unsigned i = 0; i < QN_COLUMNS; i++)
        free(space[i]);
    return tables;
}

static unsigned judge_part(enum qn_lane lane, enum qn_audience audience, unsigned each)
{
    sqlite3 *from = open_db(), *ours = open_db(), *theirs = open_db();
    sqlite3_session *s;
    int n;
    void *p;
    uint32_t rows;
    struct qn_err err;
    struct reading r = {.db = ours};
    struct qn_change_limits l = {reg, lane, audience, QN_PART_ROWS};
    qn_buf_init(&r.again, 2 * QN_PART_MAX);
    assert_int_equal(sqlite3session_create(from, "main", &s), SQLITE_OK);
    unsigned tables = write_part(from, s, lane, audience, each);
    assert_int_equal(sqlite3session_changeset(s, &n, &p), SQLITE_OK);
    if (tables && n <= QN_PART_MAX) {
        struct qn_span in = {p, (size_t)n};
        if (qn_change_read(in, &l, take, &r, &rows, &err))
            fail_msg("%s %s", err.id, err.args);
        assert_int_equal(rows, tables * each);
        assert_true(qn_span_eq(qn_buf_span(&r.again), in));
        assert_int_equal(sqlite3changeset_apply_v2(theirs, n, p, NULL, never, NULL, NULL, NULL, 0),
                         SQLITE_OK);
        for (unsigned t = 0; t < reg->ntables; t++) {
            unsigned want =
                reg->table[t].lane == lane && reg->table[t].audience == audience ? each : 0;
            same_tables(from, ours, &reg->table[t], want);
            same_tables(from, theirs, &reg->table[t], want);
        }
    } else {
        tables = 0;
    }
    sqlite3_free(p);
    sqlite3session_delete(s);
    qn_buf_release(&r.again);
    sqlite3_close(from);
    sqlite3_close(ours);
    sqlite3_close(theirs);
    return tables;
}

static void honest_parts(void **state)
{
    const char *seed = getenv("SEED");
    unsigned tables = 0;
    (void)state;
    dice_state = seed ? strtoull(seed, NULL, 10) : 20250601;
    print_message("# SEED=%llu\n", (unsigned long long)dice_state);
    for (int lane = 0; lane < QN_LANES; lane++)
        for (int audience = QN_PUBLIC; audience <= QN_RESTRICTED; audience++) {
            unsigned best = 0;
            for (unsigned round = 0; round < 12; round++) {
                unsigned had =
                    judge_part((enum qn_lane)lane, (enum qn_audience)audience, round % 3 + 1);
                best = had > best ? had : best;
            }
            tables += best;
        }
    assert_int_equal(tables, reg->ntables); /* every table was in a part that was judged */
}

/* ---- what an honest office does not send ------------------------------------------------------------- */

/* Makes a changeset of what `sql` does to a database with one row of the table code. */
static enum qn_code judge_sql(const char *sql, char id[48], uint32_t *rows, uint32_t rows_max)
{
    sqlite3 *db = open_db();
    sqlite3_session *s;
    int n;
    void *p;
    struct qn_err err = {.code = QN_OK};
    struct qn_change_limits l = {reg, QN_LANE_CONTROL, QN_PUBLIC, rows_max};
    assert_int_equal(
        sqlite3_exec(db, "INSERT INTO code VALUES('14', 2251799813685248, 1, 'l', 'c', 'z', 'e')",
                     NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3session_create(db, "main", &s), SQLITE_OK);
    assert_int_equal(sqlite3session_attach(s, "code"), SQLITE_OK);
    char *why = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &why))
        fail_msg("%s: %s", sql, why);
    assert_int_equal(sqlite3session_changeset(s, &n, &p), SQLITE_OK);
    enum qn_code rc = qn_change_read((struct qn_span){p, (size_t)n}, &l, NULL, NULL, rows, &err);
    strcpy(id, err.id);
    sqlite3_free(p);
    sqlite3session_delete(s);
    sqlite3_close(db);
    return rc;
}

#define MANY(n) \
    "WITH RECURSIVE i(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM i WHERE x < " n ") " \
    "INSERT INTO code SELECT '14', 2251799813685248 + x, 1, 'l', 'c', 'z', 'e' FROM i"

static struct deed {
    const char *name, *sql;
    uint32_t rows_max;
    const char *want; /* "" and rows: read */
    uint32_t rows;
} deeds[] = {
    {"an honest insert", MANY("1"), 5000, "", 1},
    {"5,000 rows", MANY("5000"), QN_PART_ROWS, "", 5000},
    {"5,001 rows", MANY("5001"), QN_PART_ROWS, "change.rows", 0},
    {"an update", "UPDATE code SET name_zh = 'x'", 5000, "change.update", 0},
    {"a delete", "DELETE FROM code", 5000, "change.delete", 0},
    {"an insert taken back",
     "INSERT INTO code VALUES('14', 2251799813685249, 1, 'l', 'c', 'z', 'e');"
     "DELETE FROM code WHERE id = 2251799813685249",
     5000, "change.empty", 0},
    {"a key moved", "UPDATE code SET rev = 2", 5000, "change.delete", 0},
    {"a row by a trigger",
     "CREATE TABLE other(x); CREATE TRIGGER t AFTER INSERT ON other BEGIN "
     "INSERT INTO code VALUES('14', 2251799813685249, 1, 'l', 'c', 'z', 'e'); END;"
     "INSERT INTO other VALUES(1)",
     5000, "change.indirect", 0},
    {"an id of its own making", "INSERT INTO code VALUES('14', 7, 1, 'l', 'c', 'z', 'e')", 5000,
     "change.id", 0},
    {"a column added",
     "DROP TABLE code; CREATE TABLE code(office, id, rev, list, code, name_zh, name_en, more, "
     "PRIMARY KEY(office, id, rev)); INSERT INTO code VALUES('14', 2251799813685249, 1, 'l', 'c', "
     "'z', 'e', 'm')",
     5000, "change.columns", 0},
    {"another key",
     "DROP TABLE code; CREATE TABLE code(office, id, rev, list, code, name_zh, name_en, "
     "PRIMARY KEY(id, office, rev)); INSERT INTO code VALUES('14', 2251799813685249, 1, 'l', 'c', "
     "'z', 'e')",
     5000, "change.key", 0},
    {"a table without STRICT",
     "DROP TABLE code; CREATE TABLE code(office, id, rev, list, code, name_zh, name_en, "
     "PRIMARY KEY(office, id, rev)); INSERT INTO code VALUES('14', 2251799813685249, 1, "
     "'l', 17, 'z', 'e')",
     5000, "change.type", 0},
    {"a text too long",
     "INSERT INTO code VALUES('14', 2251799813685249, 1, 'l', 'c', "
     "replace(hex(zeroblob(201)), '0', 'x'), 'e')",
     5000, "change.long", 0},
};

static void deed(void **state)
{
    const struct deed *d = *state;
    char id[48];
    uint32_t rows = 0;
    enum qn_code rc = judge_sql(d->sql, id, &rows, d->rows_max);
    assert_string_equal(id, d->want);
    assert_true((rc == QN_OK) == (d->want[0] == 0));
    assert_int_equal(rows, d->rows);
}

static struct qn_registry *kept;
static int use_kept(void **state)
{
    (void)state;
    reg = kept;
    return 0;
}

int main(void)
{
    enum { N = sizeof(deeds) / sizeof(deeds[0]) };
    struct CMUnitTest test[N + 1];
    kept = vectors_registry("tests/vectors/change-registry.txt");
    if (!kept || qn_registry_get(&reg, QN_REGISTRY_CURRENT, NULL))
        return 1;
    test[0] = (struct CMUnitTest)cmocka_unit_test(honest_parts);
    for (size_t i = 0; i < N; i++)
        test[i + 1] = (struct CMUnitTest){deeds[i].name, deed, use_kept, NULL, &deeds[i]};
    int failed = cmocka_run_group_tests_name("change and SQLite", test, NULL, NULL);
    free(kept);
    return failed;
}
