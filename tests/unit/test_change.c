/* qn_change_read and qn_change_row: the vectors, their mutations, and what a vector file cannot hold. */
#include "qian/change.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/unit/vectors.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static struct qn_registry *reg;

static enum qn_lane lane_of(const char *name)
{
    static const char *const names[] = {"control", "plan", "draw", "result", "bulk"};
    for (unsigned i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(name, names[i]) == 0)
            return (enum qn_lane)i;
    fail_msg("no lane %s", name);
    return QN_LANES;
}

static struct qn_change_limits limits_of(const struct vector *v)
{
    const char *audience = vector_get(v, "audience", "public");
    return (struct qn_change_limits){
        .registry = reg,
        .lane = lane_of(vector_get(v, "lane", "control")),
        .audience = strcmp(audience, "public") == 0 ? QN_PUBLIC : QN_SYSTEM,
        .rows_max = (uint32_t)strtoul(vector_get(v, "rows-max", "5000"), NULL, 10),
    };
}

/* Writes again what is read. */
struct again {
    struct qn_buf out;
    const struct qn_table *table;
    uint32_t rows;
};
static enum qn_code write_again(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    struct again *a = ctx;
    (void)err;
    if (row->table != a->table)
        qn_change_table(&a->out, row->table);
    a->table = row->table;
    qn_change_row(&a->out, row);
    a->rows++;
    for (unsigned i = row->table->ncols; i < QN_COLUMNS; i++)
        assert_int_equal(row->col[i].type, QN_NULL);
    return QN_OK;
}

/* The bytes in a block of exactly their size, so that a read beyond them is seen. */
static struct qn_span exact(struct qn_span in)
{
    uint8_t *p = malloc(in.n ? in.n : 1);
    assert_non_null(p);
    if (in.n)
        memcpy(p, in.p, in.n);
    return (struct qn_span){p, in.n};
}

/* Reads, and if that succeeds compares what is written again. */
static enum qn_code judge(struct qn_span bytes, const struct qn_change_limits *l, uint32_t *rows,
                          struct qn_err *err)
{
    struct again a = {.table = NULL};
    struct qn_span in = exact(bytes);
    qn_buf_init(&a.out, 4 * 1024 * 1024);
    enum qn_code rc = qn_change_read(in, l, write_again, &a, rows, err);
    if (!rc) {
        assert_int_equal(*rows, a.rows);
        assert_true(qn_span_eq(qn_buf_span(&a.out), in));
    }
    assert_int_equal(qn_change_read(in, l, NULL, NULL, NULL, NULL), rc);
    qn_buf_release(&a.out);
    free((void *)(uintptr_t)in.p);
    return rc;
}

static void vector(void **state)
{
    const struct vector *v = *state;
    struct qn_change_limits l = limits_of(v);
    struct qn_err err = {.code = QN_OK};
    uint32_t rows = 99999;
    enum qn_code rc = judge(vector_in(v), &l, &rows, &err);
    if (strcmp(v->want, "ok") == 0) {
        if (rc)
            fail_msg("%s %s", err.id, err.args);
        assert_int_equal(rows, strtoul(vector_get(v, "rows", "0"), NULL, 10));
    } else {
        assert_int_not_equal(rc, QN_OK);
        assert_string_equal(err.id, v->want);
        assert_int_equal(err.code, rc);
        assert_int_equal(rows, 99999);
    }
}

/* Every beginning of a sound changeset is refused, or is one of fewer whole rows. */
static void beginnings(void **state)
{
    unsigned cut = 0, whole = 0;
    (void)state;
    for (size_t i = 0; i < nvectors; i++) {
        const struct vector *v = &vectors[i];
        struct qn_change_limits l = limits_of(v);
        struct qn_span in = vector_in(v);
        uint32_t all, rows;
        struct qn_err err;
        if (strcmp(v->want, "ok") != 0)
            continue;
        assert_int_equal(judge(in, &l, &all, &err), QN_OK);
        for (size_t n = 0; n < in.n; n++) {
            if (judge((struct qn_span){in.p, n}, &l, &rows, &err)) {
                cut++;
                continue;
            }
            assert_true(rows < all);
            whole++;
        }
    }
    assert_true(cut > 1000);
    assert_true(whole > 5);
}

/* Any single byte changed: refused, or read as something that is written to the very bytes. */
static void changed_bytes(void **state)
{
    static const uint8_t with[] = {0x00, 0x01, 0x04, 0x05, 0x12, 0x17, 'P', 'T', 0x7f, 0x80, 0xff};
    uint8_t bytes[1024];
    unsigned refused = 0;
    (void)state;
    for (size_t i = 0; i < nvectors; i++) {
        const struct vector *v = &vectors[i];
        struct qn_change_limits l = limits_of(v);
        struct qn_span in = vector_in(v);
        if (in.n > sizeof(bytes) || !in.n)
            continue;
        memcpy(bytes, in.p, in.n);
        for (size_t at = 0; at < in.n; at++) {
            for (size_t k = 0; k < ARRAY_LEN(with); k++) {
                uint32_t rows;
                struct qn_err err;
                bytes[at] = with[k];
                if (judge((struct qn_span){bytes, in.n}, &l, &rows, &err))
                    refused++;
            }
            bytes[at] = in.p[at];
        }
    }
    assert_true(refused > 10000);
}

/* ---- what the file cannot hold ------------------------------------------------------------------- */

static void too_long(void **state)
{
    size_t n = QN_PART_MAX + 1;
    uint8_t *p = calloc(1, n);
    struct qn_err err;
    const struct qn_change_limits l = {reg, QN_LANE_CONTROL, QN_PUBLIC, QN_PART_ROWS};
    (void)state;
    assert_non_null(p);
    p[0] = 'T';
    assert_int_equal(qn_change_read((struct qn_span){p, n}, &l, NULL, NULL, NULL, &err), QN_LIMIT);
    assert_string_equal(err.id, "change.too-long");
    assert_int_equal(qn_change_read((struct qn_span){p, n - 1}, &l, NULL, NULL, NULL, &err),
                     QN_MALFORMED);
    assert_string_equal(err.id, "change.table");
    free(p);
}

/* The callback's refusal stops the walk and is what the reader returns. */
static enum qn_code second_row_denied(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    unsigned *calls = ctx;
    (void)row;
    return ++*calls == 2 ? qn_fail(err, QN_DENIED, "authority.level", "table=t|office=o") : QN_OK;
}
static void callback_stops(void **state)
{
    const struct qn_change_limits l = {reg, QN_LANE_CONTROL, QN_PUBLIC, QN_PART_ROWS};
    unsigned calls = 0;
    uint32_t rows = 77;
    struct qn_err err;
    (void)state;
    for (size_t i = 0; i < nvectors; i++)
        if (strcmp(vectors[i].name, "three rows") == 0) {
            assert_int_equal(
                qn_change_read(vector_in(&vectors[i]), &l, second_row_denied, &calls, &rows, &err),
                QN_DENIED);
            assert_string_equal(err.id, "authority.level");
        }
    assert_int_equal(calls, 2);
    assert_int_equal(rows, 77);
}

/* Refusals name the table, the row from 1 and the column. */
static void refusal_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < nvectors; i++) {
        const struct vector *v = &vectors[i];
        struct qn_change_limits l = limits_of(v);
        struct qn_err err;
        if (strcmp(v->name, "NULL where it must not be") == 0) {
            assert_int_equal(qn_change_read(vector_in(v), &l, NULL, NULL, NULL, &err),
                             QN_MALFORMED);
            assert_string_equal(err.args, "table=code|row=1|column=name_zh");
        } else if (strcmp(v->name, "an UPDATE behind a sound row") == 0) {
            assert_int_equal(qn_change_read(vector_in(v), &l, NULL, NULL, NULL, &err),
                             QN_MALFORMED);
            assert_string_equal(err.args, "table=code|row=2");
        }
    }
}

/* A registry of as many tables as there may be, and one row for each: none is taken for another. */
static void as_many_tables_as_there_may_be(void **state)
{
    QN_AUTO(qn_buf) struct qn_buf text = {0}, bytes = {0};
    struct qn_registry *wide = malloc(sizeof(*wide));
    struct qn_err err;
    uint32_t rows = 0;
    (void)state;
    assert_non_null(wide);
    qn_buf_init(&text, 1 << 20);
    qn_buf_init(&bytes, 1 << 20);
    qn_put_str(&text, "qian-registry/9\n");
    for (unsigned i = 0; i < QN_TABLES; i++)
        qn_put_fmt(&text, "table t%03u public control p office:T:16 id:I rev:I\n", i);
    assert_int_equal(qn_registry_parse(wide, qn_buf_span(&text), &err), QN_OK);
    for (unsigned i = 0; i < QN_TABLES; i++) {
        struct qn_row row = {.table = &wide->table[i]};
        row.col[0] = (struct qn_value){.type = QN_TEXT, .s = qn_str("14")};
        row.col[1] = (struct qn_value){.type = QN_INTEGER, .i = qn_row_id(1, 1, 0)};
        row.col[2] = (struct qn_value){.type = QN_INTEGER, .i = 1};
        qn_change_table(&bytes, row.table);
        qn_change_row(&bytes, &row);
    }
    const struct qn_change_limits l = {
        .registry = wide, .lane = QN_LANE_CONTROL, .audience = QN_PUBLIC, .rows_max = 5000};
    if (judge(qn_buf_span(&bytes), &l, &rows, &err))
        fail_msg("%s %s", err.id, err.args);
    assert_int_equal(rows, QN_TABLES);
    for (unsigned i = 0; i < QN_TABLES; i++) { /* one of them once more */
        size_t before = bytes.n;
        struct qn_row row = {.table = &wide->table[i]};
        row.col[0] = (struct qn_value){.type = QN_TEXT, .s = qn_str("14")};
        row.col[1] = (struct qn_value){.type = QN_INTEGER, .i = qn_row_id(1, 2, 0)};
        row.col[2] = (struct qn_value){.type = QN_INTEGER, .i = 1};
        qn_change_table(&bytes, row.table);
        qn_change_row(&bytes, &row);
        assert_int_equal(judge(qn_buf_span(&bytes), &l, &rows, &err), QN_MALFORMED);
        assert_string_equal(err.id, "change.table-twice");
        bytes.n = before;
    }
    free(wide);
}

int main(void)
{
    struct CMUnitTest test[VECTORS_MAX + 6];
    size_t n = 0;
    reg = vectors_registry("tests/vectors/change-registry.txt");
    if (!reg || vectors_read("tests/vectors/change.txt"))
        return 1;
    for (size_t i = 0; i < nvectors; i++)
        test[n++] = (struct CMUnitTest){vectors[i].name, vector, NULL, NULL, &vectors[i]};
    test[n++] = (struct CMUnitTest)cmocka_unit_test(beginnings);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(changed_bytes);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(too_long);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(callback_stops);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(refusal_names);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(as_many_tables_as_there_may_be);
    int failed = _cmocka_run_group_tests("change", test, n, NULL, NULL);
    vectors_release();
    free(reg);
    return failed;
}
