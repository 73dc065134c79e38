#include "qian/change.h"

#include <assert.h>
#include <string.h>

#include "protocol/wire.h"

enum { OP_DELETE = 9, OP_INSERT = 18, OP_UPDATE = 23 }; /* SQLite's own numbers */

#define VARINT_MAX 5 /* bytes */
#define REV_MAX    2147483647

/* ---- reading ---------------------------------------------------------------------------------------- */

struct walk {
    const uint8_t *from, *p, *end;
    const struct qn_change_limits *limits;
    uint64_t seen[(QN_TABLES + 63) / 64]; /* a bit for each table of the registry */
    uint32_t rows;
    struct qn_row row;
};

static size_t at(const struct walk *w)
{
    return (size_t)(w->p - w->from);
}

static size_t left(const struct walk *w)
{
    return (size_t)(w->end - w->p);
}

static enum qn_code cut(const struct walk *w, struct qn_err *err)
{
    return qn_fail(err, QN_MALFORMED, "change.cut", "at=%zu|bytes=%zu", at(w),
                   (size_t)(w->end - w->from));
}

/* SPEC changeset-3: "has at most 5 bytes, does not begin with 0x80, and is at most 2^31 − 1" */
static enum qn_code read_long_varint(struct walk *w, uint32_t *out, struct qn_err *err)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < VARINT_MAX; i++) {
        if (left(w) <= i)
            return cut(w, err);
        uint8_t c = w->p[i];
        if (i == 0 && c == 0x80)
            break;
        v = v << 7 | (c & 0x7f);
        if (c < 0x80) {
            if (v > INT32_MAX)
                break;
            w->p += i + 1;
            *out = (uint32_t)v;
            return QN_OK;
        }
    }
    return qn_fail(err, QN_MALFORMED, "change.varint", "at=%zu", at(w));
}

/* Nearly all lengths are one byte. */
static inline enum qn_code read_varint(struct walk *w, uint32_t *out, struct qn_err *err)
{
    if (w->p == w->end || *w->p >= 0x80)
        return read_long_varint(w, out, err);
    *out = *w->p++;
    return QN_OK;
}

static const char *column_name(const struct walk *w, unsigned col)
{
    return w->row.table->col[col].name;
}

static enum qn_code wrong_value(const struct walk *w, unsigned col, uint8_t type,
                                struct qn_err *err)
{
    const struct qn_table *t = w->row.table;
    if (type < QN_INTEGER || type > QN_NULL)
        return qn_fail(err, QN_MALFORMED, "change.type-byte", "table=%s|row=%u|column=%s|have=%u",
                       t->name, w->rows + 1, column_name(w, col), type);
    if (type == QN_NULL)
        return qn_fail(err, QN_MALFORMED, "change.null", "table=%s|row=%u|column=%s", t->name,
                       w->rows + 1, column_name(w, col));
    return qn_fail(err, QN_MALFORMED, "change.type", "table=%s|row=%u|column=%s", t->name,
                   w->rows + 1, column_name(w, col));
}

static uint64_t eight(const uint8_t *p)
{
    return (uint64_t)p[0] << 56 | (uint64_t)p[1] << 48 | (uint64_t)p[2] << 40 |
           (uint64_t)p[3] << 32 | (uint64_t)p[4] << 24 | (uint64_t)p[5] << 16 |
           (uint64_t)p[6] << 8 | p[7];
}

static enum qn_code read_number(struct walk *w, unsigned col, struct qn_err *err)
{
    struct qn_value *v = &w->row.col[col];
    if (left(w) < 8)
        return cut(w, err);
    uint64_t bits = eight(w->p);
    w->p += 8;
    if (w->row.table->col[col].type == QN_INTEGER) {
        v->type = QN_INTEGER;
        v->i = (int64_t)bits;
        return QN_OK;
    }
    /* SPEC changeset-11: "A REAL is finite" - the exponent of infinities and NaNs is all ones */
    if ((bits >> 52 & 0x7ff) == 0x7ff)
        return qn_fail(err, QN_MALFORMED, "change.real", "table=%s|row=%u|column=%s",
                       w->row.table->name, w->rows + 1, column_name(w, col));
    v->type = QN_REAL;
    memcpy(&v->r, &bits, sizeof(v->r));
    return QN_OK;
}

static enum qn_code read_bytes(struct walk *w, unsigned col, struct qn_err *err)
{
    const struct qn_column *c = &w->row.table->col[col];
    uint32_t n = 0;
    enum qn_code rc = read_varint(w, &n, err);
    if (rc)
        return rc;
    /* SPEC changeset-4: "A length is not above the number of bytes left" */
    if (n > left(w))
        return cut(w, err);
    /* SPEC changeset-10: "TEXT and BLOB are not longer than the column's max, in bytes" */
    if (n > c->max)
        return qn_fail(err, QN_LIMIT, "change.long", "table=%s|row=%u|column=%s|have=%u|max=%u",
                       w->row.table->name, w->rows + 1, c->name, n, c->max);
    struct qn_span bytes = {w->p, n};
    w->p += n;
    if (c->type == QN_TEXT && !wire_is_utf8(bytes))
        return qn_fail(err, QN_MALFORMED, "change.text", "table=%s|row=%u|column=%s",
                       w->row.table->name, w->rows + 1, c->name);
    w->row.col[col].type = c->type;
    w->row.col[col].s = bytes;
    return QN_OK;
}

static enum qn_code read_value(struct walk *w, unsigned col, struct qn_err *err)
{
    const struct qn_column *c = &w->row.table->col[col];
    if (w->p == w->end)
        return cut(w, err);
    uint8_t type = *w->p++;
    /* SPEC changeset-9: "Its type is the column's, or it is NULL and the column may be NULL" */
    if (type == (uint8_t)c->type)
        return type == QN_TEXT || type == QN_BLOB ? read_bytes(w, col, err)
                                                  : read_number(w, col, err);
    if (type != QN_NULL || !c->nullable)
        return wrong_value(w, col, type, err);
    w->row.col[col] = (struct qn_value){.type = QN_NULL, .s = {NULL, 0}};
    return QN_OK;
}

static enum qn_code read_operation(struct walk *w, struct qn_err *err)
{
    const char *table = w->row.table->name;
    if (left(w) < 2)
        return cut(w, err);
    uint8_t op = w->p[0], indirect = w->p[1];
    /* SPEC changeset-8: "UPDATE (23) and DELETE (9) are refused" */
    if (op == OP_UPDATE)
        return qn_fail(err, QN_MALFORMED, "change.update", "table=%s|row=%u", table, w->rows + 1);
    if (op == OP_DELETE)
        return qn_fail(err, QN_MALFORMED, "change.delete", "table=%s|row=%u", table, w->rows + 1);
    if (op != OP_INSERT)
        return qn_fail(err, QN_MALFORMED, "change.operation", "table=%s|row=%u|have=%u", table,
                       w->rows + 1, op);
    if (indirect)
        return qn_fail(err, QN_MALFORMED, "change.indirect", "table=%s|row=%u", table, w->rows + 1);
    w->p += 2;
    return QN_OK;
}

static enum qn_code read_row(struct walk *w, struct qn_err *err)
{
    const struct qn_table *t = w->row.table;
    /* SPEC changeset-13: "At most 5,000 rows in a part" */
    if (w->rows == w->limits->rows_max)
        return qn_fail(err, QN_LIMIT, "change.rows", "max=%u", w->limits->rows_max);
    enum qn_code rc = read_operation(w, err);
    for (unsigned i = 0; !rc && i < t->ncols; i++)
        rc = read_value(w, i, err);
    if (rc)
        return rc;
    /* SPEC changeset-12: "id is at least 2^51 (entry-17). rev is 1 to 2^31 − 1" */
    if (w->row.col[1].i < QN_ROW_ID_MIN)
        return qn_fail(err, QN_MALFORMED, "change.id", "table=%s|row=%u", t->name, w->rows + 1);
    if (w->row.col[2].i < 1 || w->row.col[2].i > REV_MAX)
        return qn_fail(err, QN_MALFORMED, "change.rev", "table=%s|row=%u", t->name, w->rows + 1);
    return QN_OK;
}

/* The name and what the registry says of it. */
static enum qn_code find_table(struct walk *w, struct qn_span name, struct qn_err *err)
{
    const struct qn_registry *reg = w->limits->registry;
    const struct qn_table *t = qn_registry_table(reg, name);
    if (!t)
        return qn_fail(err, QN_MALFORMED, "change.table", "at=%zu|version=%u", at(w), reg->version);
    /* SPEC changeset-6: "The table's audience is that of the part, and its lane that of the entry" */
    if (t->audience != w->limits->audience)
        return qn_fail(err, QN_DENIED, "change.audience", "table=%s", t->name);
    if (t->lane != w->limits->lane)
        return qn_fail(err, QN_DENIED, "change.lane", "table=%s", t->name);
    /* SPEC changeset-7: "A table stands at most once in a part" */
    const size_t number = (size_t)(t - reg->table);
    uint64_t *word = &w->seen[number / 64], bit = UINT64_C(1) << (number % 64);
    if (*word & bit)
        return qn_fail(err, QN_MALFORMED, "change.table-twice", "table=%s", t->name);
    *word |= bit;
    w->row.table = t;
    return QN_OK;
}

static enum qn_code read_table_head(struct walk *w, struct qn_err *err)
{
    uint32_t n = 0;
    w->p++; /* the 'T' */
    enum qn_code rc = read_varint(w, &n, err);
    if (rc)
        return rc;
    if (n > left(w))
        return cut(w, err);
    const uint8_t *key = w->p;
    const uint8_t *name = key + n;
    const uint8_t *nul = name < w->end ? memchr(name, 0, (size_t)(w->end - name)) : NULL;
    if (!nul)
        return cut(w, err);
    w->p = name;
    rc = find_table(w, (struct qn_span){name, (size_t)(nul - name)}, err);
    if (rc)
        return rc;
    const struct qn_table *t = w->row.table;
    if (n != t->ncols)
        return qn_fail(err, QN_MALFORMED, "change.columns", "table=%s|have=%u|need=%u", t->name, n,
                       t->ncols);
    /* SPEC changeset-5: "The key bytes are 1, 2, 3 for office, id, rev and 0 for all others" */
    for (unsigned i = 0; i < n; i++)
        if (key[i] != (i < QN_KEY_COLUMNS ? i + 1 : 0))
            return qn_fail(err, QN_MALFORMED, "change.key", "table=%s", t->name);
    w->p = nul + 1;
    for (unsigned i = t->ncols; i < QN_COLUMNS; i++)
        w->row.col[i] = (struct qn_value){.type = QN_NULL, .s = {NULL, 0}};
    return QN_OK;
}

static enum qn_code read_table(struct walk *w, qn_row_fn *row, void *ctx, struct qn_err *err)
{
    enum qn_code rc = read_table_head(w, err);
    uint32_t before = w->rows;
    while (!rc && w->p < w->end && *w->p != 'T') {
        rc = read_row(w, err);
        if (!rc)
            w->rows++;
        if (!rc && row)
            rc = row(ctx, &w->row, err);
    }
    /* SPEC changeset-7: "has at least one row" */
    if (!rc && w->rows == before)
        rc = qn_fail(err, QN_MALFORMED, "change.no-rows", "table=%s", w->row.table->name);
    return rc;
}

enum qn_code qn_change_read(struct qn_span in, const struct qn_change_limits *limits,
                            qn_row_fn *row, void *ctx, uint32_t *rows, struct qn_err *err)
{
    /* SPEC changeset-1: "1 to 1,048,576 bytes, consumed exactly" */
    if (!in.n)
        return qn_fail(err, QN_MALFORMED, "change.empty", "");
    if (in.n > QN_PART_MAX)
        return qn_fail(err, QN_LIMIT, "change.too-long", "have=%zu|max=%d", in.n, QN_PART_MAX);
    /* SPEC changeset-2: "A patchset (`P`) is refused" */
    if (in.p[0] == 'P')
        return qn_fail(err, QN_MALFORMED, "change.patchset", "");
    if (in.p[0] != 'T')
        return qn_fail(err, QN_MALFORMED, "change.start", "have=%u", in.p[0]);
    struct walk w = {.from = in.p, .p = in.p, .end = in.p + in.n, .limits = limits};
    while (w.p < w.end) {
        enum qn_code rc = read_table(&w, row, ctx, err);
        if (rc)
            return rc;
    }
    if (rows)
        *rows = w.rows;
    return QN_OK;
}

/* ---- writing ---------------------------------------------------------------------------------------- */

static void put_varint(struct qn_buf *out, size_t n)
{
    uint8_t bytes[VARINT_MAX];
    unsigned k = VARINT_MAX;
    assert(n <= INT32_MAX);
    for (bytes[--k] = n & 0x7f; n >>= 7; bytes[--k] = (uint8_t)(n | 0x80))
        ;
    qn_put(out, bytes + k, VARINT_MAX - k);
}

void qn_change_table(struct qn_buf *out, const struct qn_table *table)
{
    qn_put_uint(out, 'T', 1);
    put_varint(out, table->ncols);
    for (unsigned i = 0; i < table->ncols; i++)
        qn_put_uint(out, i < QN_KEY_COLUMNS ? i + 1 : 0, 1);
    qn_put_str(out, table->name);
    qn_put_uint(out, 0, 1);
}

void qn_change_row(struct qn_buf *out, const struct qn_row *row)
{
    qn_put_uint(out, OP_INSERT, 1);
    qn_put_uint(out, 0, 1);
    for (unsigned i = 0; i < row->table->ncols; i++) {
        const struct qn_value *v = &row->col[i];
        uint64_t bits;
        qn_put_uint(out, v->type, 1);
        switch (v->type) {
        case QN_INTEGER:
            qn_put_uint(out, (uint64_t)v->i, 8);
            break;
        case QN_REAL:
            memcpy(&bits, &v->r, sizeof(bits));
            qn_put_uint(out, bits, 8);
            break;
        case QN_TEXT:
        case QN_BLOB:
            put_varint(out, v->s.n);
            qn_put_span(out, v->s);
            break;
        case QN_NULL:
            break;
        }
    }
}
