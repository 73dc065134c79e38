/* rebuild_compare.c - two databases side by side, table by table, row by row, in the order of their keys. */
#include <stdio.h>
#include <string.h>

#include "node/store/internal.h"
#include "node/store/rebuild.h"
#include "qian/entry.h"

/* What is derived and does not travel; the columns before `keys` are the key. When something was noticed, or said,
 * is no part of it. Nodes above what is held are left from a branch that was set aside, and are not read.        */
static const struct side {
    const char *table, *sql;
    int keys;
} sides[] = {
    {"cert", "SELECT office, epoch, serial, issuer, level, bytes FROM cert ORDER BY 1, 2, 3", 3},
    {"log", "SELECT origin, no, office, epoch, size, verified FROM log ORDER BY 1", 1},
    {"entry", "SELECT log, seq, lane, kind, leaf, sig, header FROM entry ORDER BY 1, 2", 2},
    {"node",
     "SELECT n.log, n.level, n.idx, n.hash FROM node n JOIN log l ON l.no = n.log WHERE ((n.idx + "
     "1) << n.level) <= l.size ORDER BY 1, 2, 3",
     3},
    {"part", "SELECT log, seq, part, salt, stored FROM part ORDER BY 1, 2, 3", 3},
    {"cursor", "SELECT log, lane, relayable, applied FROM cursor ORDER BY 1, 2", 2},
    {"fate",
     "SELECT log, seq, state, reason, rule, args, waits_on, waits_n FROM fate ORDER BY 1, 2", 2},
};

struct cursor_of {
    struct store *st;
    sqlite3_stmt *q;
    int rc;
};
static void cursor_of_auto(struct cursor_of *c)
{
    sqlite3_finalize(c->q);
}

static enum qn_code open_cursor(struct cursor_of *c, struct store *st, const char *sql,
                                struct qn_err *err)
{
    c->st = st;
    if (sqlite3_prepare_v2(st->db, sql, -1, &c->q, NULL) != SQLITE_OK)
        return store_sqlite_fail(st, sql, err);
    c->rc = sqlite3_step(c->q);
    return QN_OK;
}

static int by_value(sqlite3_stmt *a, sqlite3_stmt *b, int i)
{
    int ta = sqlite3_column_type(a, i), tb = sqlite3_column_type(b, i);
    if (ta != tb)
        return ta < tb ? -1 : 1;
    if (ta == SQLITE_INTEGER) {
        int64_t x = sqlite3_column_int64(a, i), y = sqlite3_column_int64(b, i);
        return (x > y) - (x < y);
    }
    if (ta == SQLITE_FLOAT) {
        double x = sqlite3_column_double(a, i), y = sqlite3_column_double(b, i);
        return (x > y) - (x < y);
    }
    const void *pa = sqlite3_column_blob(a, i), *pb = sqlite3_column_blob(b, i);
    size_t na = (size_t)sqlite3_column_bytes(a, i), nb = (size_t)sqlite3_column_bytes(b, i);
    size_t n = na < nb ? na : nb;
    int c = n ? memcmp(pa, pb, n) : 0;
    return c ? c : (na > nb) - (na < nb);
}

/* The key as a person reads it: a log by its origin, a row by its printed id. */
static void key_text(struct rebuild_finding *f, struct store *st, sqlite3_stmt *q, int keys)
{
    size_t at = 0;
    f->key[0] = 0;
    for (int i = 0; i < keys && at < sizeof(f->key); i++) {
        char text[QN_ORIGIN_MAX + 1] = "";
        struct log log;
        struct qn_err none;
        const char *name = sqlite3_column_name(q, i);
        int64_t n = sqlite3_column_int64(q, i);
        if (strcmp(name, "log") == 0 && log_by_no(&log, st, n, &none) == QN_OK) {
            snprintf(text, sizeof(text), "%s", log.origin);
            f->own = f->own || strcmp(log.origin, st->origin) == 0;
        } else if (strcmp(name, "id") == 0 && n >= qn_row_id(1, 0, 0)) {
            qn_row_id_text(text, n);
        } else if (sqlite3_column_type(q, i) == SQLITE_INTEGER) {
            snprintf(text, sizeof(text), "%lld", (long long)n);
        } else {
            snprintf(text, sizeof(text), "%s", (const char *)sqlite3_column_text(q, i));
        }
        at += (size_t)snprintf(f->key + at, sizeof(f->key) - at, i ? " %s" : "%s", text);
    }
}

static void tell(struct rebuild_result *out, const struct rebuild_options *o,
                 enum rebuild_what what, const char *table, const struct cursor_of *at, int keys)
{
    struct rebuild_finding f = {.what = what};
    snprintf(f.table, sizeof(f.table), "%s", table);
    key_text(&f, at->st, at->q, keys);
    out->found++;
    if (o->found)
        o->found(o->ctx, &f);
}

static enum qn_code compare(struct rebuild_result *out, struct store *used, struct store *made,
                            const char *table, const char *sql, int keys,
                            const struct rebuild_options *o, struct qn_err *err)
{
    QN_AUTO(cursor_of) struct cursor_of a = {0}, b = {0};
    enum qn_code rc = open_cursor(&a, used, sql, err);
    if (!rc)
        rc = open_cursor(&b, made, sql, err);
    if (rc)
        return rc;
    int columns = sqlite3_column_count(a.q);
    while (a.rc == SQLITE_ROW || b.rc == SQLITE_ROW) {
        int order = 0;
        if (a.rc != SQLITE_ROW || b.rc != SQLITE_ROW)
            order = a.rc == SQLITE_ROW ? -1 : 1;
        for (int i = 0; !order && i < keys; i++)
            order = by_value(a.q, b.q, i);
        bool differs = false;
        for (int i = keys; !order && !differs && i < columns; i++)
            differs = by_value(a.q, b.q, i) != 0;
        if (order || differs)
            tell(out, o,
                 differs     ? REBUILD_DIFFERS
                 : order < 0 ? REBUILD_EXTRA
                             : REBUILD_LACKS,
                 table, order > 0 ? &b : &a, keys);
        if (order <= 0)
            a.rc = sqlite3_step(a.q);
        if (order >= 0)
            b.rc = sqlite3_step(b.q);
        if ((a.rc != SQLITE_ROW && a.rc != SQLITE_DONE) ||
            (b.rc != SQLITE_ROW && b.rc != SQLITE_DONE))
            return store_sqlite_fail(a.rc == SQLITE_ROW || a.rc == SQLITE_DONE ? made : used, table,
                                     err);
    }
    return QN_OK;
}

enum qn_code rebuild_compare(struct rebuild_result *out, struct store *used, struct store *made,
                             const struct rebuild_options *o, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < sizeof(sides) / sizeof(sides[0]); i++)
        rc = compare(out, used, made, sides[i].table, sides[i].sql, sides[i].keys, o, err);
    for (unsigned t = 0; !rc && t < used->reg->ntables; t++) {
        char sql[QN_TABLE_NAME + 64];
        snprintf(sql, sizeof(sql), "SELECT * FROM \"%s\" ORDER BY office, id, rev",
                 used->reg->table[t].name);
        uint64_t before = out->found;
        rc = compare(out, used, made, used->reg->table[t].name, sql, QN_KEY_COLUMNS, o, err);
        if (!rc && out->found > before)
            qn_say(o->report, "rebuild.table", "table=%s|n=%llu", used->reg->table[t].name,
                   (unsigned long long)(out->found - before));
    }
    return rc;
}
