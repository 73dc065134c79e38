#include "node/store/list.h"

#include <ctype.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/internal.h"
#include "node/store/name_index.h"
#include "node/store/sample_state.h"
#include "qian/entry.h"

#define SQL_MAX 65536

/* ---- the table ----------------------------------------------------------------------------------------------------- */

static const struct line {
    const char *name; /* NULL: a column of the list above */
    struct list_type list;
    struct list_column column;
} lines[] = {
#define LIST(id, about, from, where, keys, way, masks) \
    {#id, {NULL, about, from, where, keys, way, masks, 0, {{0}}}, {0}},
#define COLUMN(name, kind, sql, words, flags) {NULL, {0}, {name, kind, sql, words, flags}},
#include "node/store/list.def"
#undef LIST
#undef COLUMN
};
static struct list_type types[LISTS];
static char names[LISTS][24];
static pthread_once_t made = PTHREAD_ONCE_INIT;

/* Names as addresses have them: "follow-ups". */
static void make(void)
{
    struct list_type *t = NULL; /* the table begins with a list */
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        if (t && !lines[i].name) {
            t->column[t->n++] = lines[i].column;
            continue;
        }
        t = t ? t + 1 : types;
        *t = lines[i].list;
        char *to = names[t - types];
        snprintf(to, sizeof(names[0]), "%s", lines[i].name);
        for (char *p = to; *p; p++)
            *p = *p == '_' ? '-' : (char)tolower((unsigned char)*p);
        t->name = to;
    }
}

const struct list_type *list_type_at(unsigned i)
{
    pthread_once(&made, make);
    return i < LISTS ? &types[i] : NULL;
}

const struct list_type *list_type(const char *name)
{
    for (unsigned i = 0; i < LISTS; i++)
        if (strcmp(list_type_at(i)->name, name) == 0)
            return list_type_at(i);
    return NULL;
}

bool list_is(const struct list_type *t, enum list_id id)
{
    return t == list_type_at(id);
}

/* ---- cursors ------------------------------------------------------------------------------------------------------- */

struct key {
    char kind; /* 'i', 't', 'b' */
    int64_t number;
    char text[400];
    size_t n;
};
struct list {
    struct store *st;
    const struct list_type *type;
    sqlite3_stmt *q;
    struct name_index *found; /* owned; NULL: no search by it */
    int64_t row, stopped;     /* of the search: that stands, at which it stopped */
    bool backward, done;
    uint64_t behind;
    unsigned nkeys, left, scanned;
    int rc;
    char text[ROLES * 16];
};

static unsigned nkeys(const struct list_type *t)
{
    unsigned n = 1;
    for (const char *p = t->keys; *p; p++)
        n += *p == ';';
    return n;
}

static void put_key(struct qn_buf *b, sqlite3_stmt *q, int col)
{
    int kind = sqlite3_column_type(q, col);
    if (kind == SQLITE_INTEGER) {
        qn_put_fmt(b, "i%lld", (long long)sqlite3_column_int64(q, col));
        return;
    }
    const uint8_t *p = sqlite3_column_blob(q, col);
    size_t n = (size_t)sqlite3_column_bytes(q, col);
    qn_put_str(b, kind == SQLITE_BLOB ? "b" : "t");
    qn_put_hex(b, p, n);
}

static void encode(char out[LIST_CURSOR], const struct qn_buf *b)
{
    out[0] = 0;
    if (!b->failed && b->n && b->n < LIST_CURSOR / 2)
        sodium_bin2base64(out, LIST_CURSOR, b->p, b->n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void list_cursor(struct list *l, char out[LIST_CURSOR])
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, LIST_CURSOR);
    for (unsigned i = 0; i < l->nkeys; i++) {
        qn_put_str(&b, i ? ";" : "");
        put_key(&b, l->q, (int)i);
    }
    if (l->found)
        qn_put_fmt(&b, ";r%lld", (long long)l->row);
    encode(out, &b);
}

static bool decode_one(struct key *k, const char *s, size_t n)
{
    k->kind = *s;
    k->n = 0;
    if (n < 1 || n - 1 > 2 * (sizeof(k->text) - 1))
        return false;
    if (*s == 'i' || *s == 'r') {
        char text[32], *end;
        snprintf(text, sizeof(text), "%.*s", (int)(n - 1), s + 1);
        k->number = strtoll(text, &end, 10);
        return n > 1 && n < sizeof(text) && !*end;
    }
    k->n = (n - 1) / 2;
    k->text[k->n] = 0;
    return (*s == 't' || *s == 'b') && (n - 1) % 2 == 0 &&
           qn_hex_decode((uint8_t *)k->text, k->n, (struct qn_span){(const uint8_t *)s + 1, n - 1});
}

/* Of a row; behind the keys where a search stood, which other pages pass over. "r" alone: where a search stopped. */
static bool decode(struct key key[LIST_KEYS + 1], unsigned *n, const char *cursor)
{
    char text[LIST_CURSOR];
    size_t got;
    *n = 0;
    if (strlen(cursor) >= LIST_CURSOR ||
        sodium_base642bin((uint8_t *)text, sizeof(text) - 1, cursor, strlen(cursor), NULL, &got,
                          NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        return false;
    text[got] = 0;
    for (char *p = text; *p;) {
        size_t len = strcspn(p, ";");
        if (*n > LIST_KEYS || !decode_one(&key[(*n)++], p, len))
            return false;
        p += len + (p[len] == ';');
    }
    return *n > 0;
}

/* ---- the statement --------------------------------------------------------------------------------------------------- */

static void put_keys(struct qn_buf *sql, const struct list_type *t, const char *after)
{
    for (const char *p = t->keys; *p;) {
        size_t n = strcspn(p, ";");
        qn_put_fmt(sql, "%s%.*s%s", p == t->keys ? "" : ", ", (int)n, p, after);
        p += n + (p[n] == ';');
    }
}

static const struct list_column *column_of(const struct list_type *t, const char *name, size_t n)
{
    for (unsigned i = 0; i < t->n; i++)
        if (strlen(t->column[i].name) == n && memcmp(t->column[i].name, name, n) == 0)
            return &t->column[i];
    return NULL;
}

static bool ends(const char *s, size_t n, const char *with)
{
    size_t m = strlen(with);
    return n > m && memcmp(s + n - m, with, m) == 0;
}

static enum qn_code put_filter(struct qn_buf *sql, const struct list_type *t,
                               const struct list_filter *f, struct qn_err *err)
{
    size_t n = strlen(f->name);
    const struct list_column *c = column_of(t, f->name, n);
    bool from = ends(f->name, n, "-from"), to = ends(f->name, n, "-to");
    if (c && c->flags & LIST_EQUAL) {
        qn_put_fmt(sql, " AND (%s) = ?", c->sql);
        return QN_OK;
    }
    c = from ? column_of(t, f->name, n - 5) : to ? column_of(t, f->name, n - 3) : NULL;
    if (!c || !(c->flags & LIST_RANGE))
        return qn_fail(err, QN_MALFORMED, "lists.filter", "filter=%.60s", f->name);
    if (c->kind == LIST_MS) /* days of UTC+8 */
        qn_put_fmt(sql, " AND (%s) %s (unixepoch(?%s) - 28800) * 1000", c->sql, from ? ">=" : "<",
                   from ? "" : ", '+1 day'");
    else
        qn_put_fmt(sql, " AND (%s) %s ?", c->sql, from ? ">=" : "<=");
    return QN_OK;
}

static void put_wanted(struct qn_buf *sql, const struct list_ask *a)
{
    bool any = false;
    qn_put_str(sql, " AND (");
    for (unsigned i = 0; i < a->type->n; i++) {
        const struct list_column *c = &a->type->column[i];
        if (!(c->flags & LIST_FOUND) || (a->masked && c->flags & LIST_MASKED))
            continue;
        qn_put_fmt(sql, "%sinstr(lower(%s), ?) > 0", any ? " OR " : "", c->sql);
        any = true;
    }
    qn_put_str(sql, any ? ")" : "0)");
}

static bool by_index(const struct list_ask *a)
{
    return a->wanted && *a->wanted && list_is(a->type, LISTS_OBJECTS) && !a->only;
}

static bool by_scan(const struct list_ask *a)
{
    return a->wanted && *a->wanted && !by_index(a) && !a->only;
}

/* pages: with what orders rows and where a page begins. */
static enum qn_code put_where(struct qn_buf *sql, const struct list_ask *a, bool pages,
                              struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    qn_put_fmt(sql, " FROM %s WHERE (%s)", a->type->from, a->type->where);
    for (unsigned i = 0; !rc && i < a->nfilters; i++)
        rc = put_filter(sql, a->type, &a->filter[i], err);
    if (by_scan(a))
        put_wanted(sql, a);
    if (by_index(a) && pages)
        qn_put_str(sql, " AND x.rowid = ?");
    else if (a->cursor && pages) {
        qn_put_str(sql, " AND (");
        put_keys(sql, a->type, "");
        qn_put_fmt(sql, ") %s (", a->only ? "=" : (a->type->way > 0) != a->backward ? ">" : "<");
        for (unsigned i = 0; i < nkeys(a->type); i++)
            qn_put_str(sql, i ? ", ?" : "?");
        qn_put_str(sql, ")");
    }
    return rc;
}

static void lower(char *out, size_t cap, const char *s)
{
    size_t n = 0;
    for (; *s && n + 1 < cap; s++)
        out[n++] = (char)tolower((unsigned char)*s);
    out[n] = 0;
}

static int bind(sqlite3_stmt *q, const struct list_ask *a, const struct key *key, unsigned n)
{
    int at = 1;
    char wanted[400];
    for (unsigned i = 0; i < a->nfilters; i++)
        sqlite3_bind_text(q, at++, a->filter[i].value, -1, SQLITE_TRANSIENT);
    lower(wanted, sizeof(wanted), a->wanted ? a->wanted : "");
    for (unsigned i = 0; by_scan(a) && i < a->type->n; i++) {
        const struct list_column *c = &a->type->column[i];
        if (c->flags & LIST_FOUND && !(a->masked && c->flags & LIST_MASKED))
            sqlite3_bind_text(q, at++, wanted, -1, SQLITE_TRANSIENT);
    }
    for (unsigned i = 0; i < n; i++, at++) {
        if (key[i].kind == 'i')
            sqlite3_bind_int64(q, at, key[i].number);
        else if (key[i].kind == 't')
            sqlite3_bind_text(q, at, key[i].text, (int)key[i].n, SQLITE_TRANSIENT);
        else
            sqlite3_bind_blob(q, at, key[i].text, (int)key[i].n, SQLITE_TRANSIENT);
    }
    return at;
}

static enum qn_code prepare(sqlite3_stmt **q, struct store *st, const struct qn_buf *sql,
                            struct qn_err *err)
{
    enum qn_code rc = qn_buf_check(sql, err);
    if (rc)
        return rc;
    return sqlite3_prepare_v2(st->db, (const char *)sql->p, (int)sql->n, q, NULL) == SQLITE_OK
               ? QN_OK
               : store_sqlite_fail(st, "list", err);
}

enum qn_code list_open(struct list **out, struct store *st, const struct list_ask *a,
                       struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf sql = {0};
    QN_AUTO(list) struct list *l = calloc(1, sizeof(*l));
    struct key key[LIST_KEYS + 1];
    unsigned n = 0;
    if (!l)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    *l = (struct list){.st = st,
                       .type = a->type,
                       .nkeys = nkeys(a->type),
                       .backward = a->backward,
                       .left = a->limit};
    l->rc = SQLITE_OK;
    bool given = a->cursor != NULL, index = by_index(a);
    if (given && (!decode(key, &n, a->cursor) || (index ? key[n - 1].kind != 'r' : n < l->nkeys)))
        return qn_fail(err, QN_MALFORMED, "lists.cursor", "");
    qn_buf_init(&sql, SQL_MAX);
    qn_put_str(&sql, "SELECT ");
    put_keys(&sql, a->type, "");
    for (unsigned i = 0; i < a->type->n; i++)
        qn_put_fmt(&sql, ", %s", a->type->column[i].sql);
    enum qn_code rc = put_where(&sql, a, true, err);
    bool up = (a->type->way > 0) != a->backward;
    if (!index) {
        qn_put_str(&sql, " ORDER BY ");
        put_keys(&sql, a->type, up ? " ASC" : " DESC");
    }
    if (!rc)
        rc = prepare(&l->q, st, &sql, err);
    if (!rc)
        bind(l->q, a, key, index || !given ? 0 : l->nkeys);
    if (!rc && index)
        rc = name_index_open(&l->found, &l->behind, st, a->wanted, given ? key[n - 1].number : 0,
                             a->backward, err);
    if (!rc)
        *out = QN_STEAL(l);
    return rc;
}

/* ---- rows ------------------------------------------------------------------------------------------------------------ */

static bool fits(struct list *l)
{
    for (unsigned i = 0; i < l->type->n; i++)
        if (l->type->column[i].flags & LIST_FOUND) {
            struct list_value v = list_at(l, i);
            if (!v.null && name_index_holds(l->found, v.text))
                return true;
        }
    return false;
}

/* The index gives rows that may fit, the statement one of them if it is current and passes the filters. */
static bool step_found(struct list *l)
{
    int last = sqlite3_bind_parameter_count(l->q);
    while (!l->done && name_index_next(l->found, &l->row)) {
        sqlite3_reset(l->q);
        sqlite3_bind_int64(l->q, last, l->row);
        l->rc = sqlite3_step(l->q);
        if (l->rc == SQLITE_ROW && fits(l))
            return true;
        if (l->rc != SQLITE_ROW && l->rc != SQLITE_DONE)
            return false;
        if (l->left && ++l->scanned >= LIST_SCAN) {
            l->stopped = l->row;
            return false;
        }
    }
    return false;
}

bool list_step(struct list *l)
{
    if (l->found)
        return step_found(l);
    if (l->rc == SQLITE_OK || l->rc == SQLITE_ROW)
        l->rc = sqlite3_step(l->q);
    return l->rc == SQLITE_ROW;
}

void list_searched(struct list *l, char out[LIST_CURSOR], uint64_t *behind)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, LIST_CURSOR);
    if (l->stopped)
        qn_put_fmt(&b, "r%lld", (long long)l->stopped);
    encode(out, &b);
    *behind = l->behind;
}

static void roles(char *out, size_t cap, int64_t bits)
{
    size_t n = 0;
    out[0] = 0;
    for (unsigned i = 0; i < ROLES && n < cap; i++)
        if (bits >> i & 1)
            n += (size_t)snprintf(out + n, cap - n, "%s%s", n ? "," : "", person_role_name[i]);
}

struct list_value list_at(struct list *l, unsigned column)
{
    int at = (int)(l->nkeys + column);
    enum list_kind kind = l->type->column[column].kind;
    struct list_value v = {.null = sqlite3_column_type(l->q, at) == SQLITE_NULL, .text = ""};
    if (v.null)
        return v;
    if (kind == LIST_CLAIMED) {
        struct qn_header h;
        struct qn_err err;
        const uint8_t *p = sqlite3_column_blob(l->q, at);
        v.null = qn_header_decode(&h, (struct qn_span){p, (size_t)sqlite3_column_bytes(l->q, at)},
                                  &err) != QN_OK;
        v.number = v.null ? 0 : (int64_t)h.time_ms;
        v.is_number = true;
    } else if (kind == LIST_ROLES) {
        roles(l->text, sizeof(l->text), sqlite3_column_int64(l->q, at));
        v.text = l->text;
    } else if (sqlite3_column_type(l->q, at) == SQLITE_INTEGER) {
        v.is_number = true;
        v.number = sqlite3_column_int64(l->q, at);
    } else {
        v.text = (const char *)sqlite3_column_text(l->q, at);
    }
    return v;
}

enum qn_code list_end(struct list *l, struct qn_err *err)
{
    return l->rc == SQLITE_OK || l->rc == SQLITE_ROW || l->rc == SQLITE_DONE
               ? QN_OK
               : store_sqlite_fail(l->st, l->type->name, err);
}

void list_close(struct list *l)
{
    if (!l)
        return;
    sqlite3_finalize(l->q);
    name_index_close(l->found);
    free(l);
}

enum qn_code list_count(uint64_t *n, struct store *st, const struct list_ask *a, unsigned max,
                        struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf sql = {0};
    sqlite3_stmt *q = NULL;
    *n = 0;
    qn_buf_init(&sql, SQL_MAX);
    qn_put_str(&sql, "SELECT count(*) FROM (SELECT 1");
    enum qn_code rc = put_where(&sql, a, false, err);
    qn_put_fmt(&sql, " LIMIT %u)", max);
    if (!rc)
        rc = prepare(&q, st, &sql, err);
    if (!rc) {
        bind(q, a, NULL, 0);
        if (sqlite3_step(q) == SQLITE_ROW)
            *n = (uint64_t)sqlite3_column_int64(q, 0);
        else
            rc = store_sqlite_fail(st, "list", err);
    }
    sqlite3_finalize(q);
    return rc;
}
