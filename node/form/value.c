#include "node/form/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/form/step.h"
#include "node/store/rows.h"
#include "node/store/tree.h"
#include "node/text/text.h"

#define VALUE_MAX 70000 /* a column's 65,535 bytes, in words */

/* ---- as people read it ------------------------------------------------------------------------------------------------ */

/* "2025-11-10" and "2025-11-10T09:05:00". */
static bool is_shape(const char *s, const char *shape)
{
    size_t i = 0;
    for (; s[i] && shape[i]; i++)
        if (shape[i] == '0' ? s[i] < '0' || s[i] > '9' : s[i] != shape[i])
            return false;
    return !s[i] && !shape[i];
}

static int two(const char *s)
{
    return (s[0] - '0') * 10 + (s[1] - '0');
}

static void put_day(struct qn_buf *out, const char *s, bool short_days)
{
    if (short_days)
        qn_put(out, s, 10);
    else
        qn_put_fmt(out, "%.4s年%d月%d日", s, two(s + 5), two(s + 8));
}

static void put_plain(struct qn_buf *out, const struct form_reader *r, const char *s)
{
    if (is_shape(s, "0000-00-00")) {
        put_day(out, s, r->short_days);
    } else if (is_shape(s, "0000-00-00T00:00:00")) {
        put_day(out, s, r->short_days);
        qn_put_fmt(out, r->short_days ? " %02d:%02d" : "%d时%02d分", two(s + 11), two(s + 14));
    } else {
        qn_put_str(out, s);
    }
}

/* "id name;id name": the names. */
static void put_names(struct qn_buf *out, const char *list)
{
    while (*list) {
        size_t n = strcspn(list, ";"), id = strcspn(list, " ;");
        const char *from = id < n ? list + id + 1 : list;
        qn_put(out, from, (size_t)(list + n - from));
        list += n;
        if (*list) {
            qn_put_str(out, "、");
            list++;
        }
    }
}

static void put_office(struct qn_buf *out, struct store *st, const char *office)
{
    struct qn_cert c;
    struct qn_err none;
    qn_put_str(out, *office && tree_cert(&c, st, office, &none) == QN_OK ? c.name : office);
}

static void put_word(struct qn_buf *out, struct store *st, const struct record_field *f,
                     const char *word)
{
    char id[96];
    if (f->kind == FIELD_CODES) {
        QN_AUTO(query) struct query q = query_start(st, SQL_WORK_CODE);
        q_bind_text(&q, f->of);
        q_bind_text(&q, word);
        if (q_step(&q))
            qn_put_span(out, q_span(&q, 0));
        else
            qn_put_str(out, word);
        return;
    }
    snprintf(id, sizeof(id), "word.%s.%s", f->name, word);
    for (char *p = id; *p; p++)
        *p = *p == '_' ? '-' : *p;
    if (text_has(id))
        text_put(out, TEXT_ZH, id, "");
    else
        qn_put_str(out, word);
}

static void put_words(struct qn_buf *out, struct store *st, const struct record_field *f,
                      const char *list)
{
    for (bool first = true; *list; first = false) {
        char word[64];
        size_t n = strcspn(list, ",");
        snprintf(word, sizeof(word), "%.*s", (int)n, list);
        qn_put_str(out, first ? "" : "、");
        put_word(out, st, f, word);
        list += n + (list[n] == ',');
    }
}

static bool holds_persons(const char *column)
{
    return strcmp(column, "inspectors") == 0 || strcmp(column, "inspector") == 0 ||
           strcmp(column, "samplers") == 0 || strcmp(column, "testers") == 0;
}

static void put_column(struct qn_buf *out, struct form_reader *r, struct rows *rows,
                       const struct record_field *f, const char *column)
{
    const char *s = rows_text(rows, column);
    for (unsigned i = 0; i < rows->table->ncols; i++)
        if (strcmp(rows->table->col[i].name, column) == 0 && rows->table->col[i].type == QN_BLOB) {
            struct qn_span bytes = rows_span(rows, column);
            qn_put_hex(out, bytes.p, bytes.n);
            return;
        }
    if (f && (f->kind == FIELD_WORD || f->kind == FIELD_CODES))
        put_words(out, r->st, f, s);
    else if ((f && f->kind == FIELD_OFFICE) || strcmp(column, "office") == 0)
        put_office(out, r->st, s);
    else if (holds_persons(column))
        put_names(out, s);
    else
        put_plain(out, r, s);
}

/* ---- one value --------------------------------------------------------------------------------------------------------- */

/* A field of one record, its row remembered. A reference: what the other one is called. */
static enum qn_code put_field(struct qn_buf *out, struct form_reader *r, const struct form_ref *ref,
                              const char *name, struct qn_err *err)
{
    const struct qn_registry *reg = store_registry(r->st);
    const struct record_type *t = record_type(ref->kind);
    const struct record_field *f = t ? record_field(t, name) : NULL;
    const struct qn_table *table = form_table_with(reg, ref->kind, name, "");
    if (!table && form_table_with(reg, ref->kind, name, "_id")) {
        const struct record_type *to = f && f->kind == FIELD_RECORD ? record_type(f->of) : NULL;
        QN_AUTO(form_refs) struct form_refs other = {0};
        enum qn_code rc = form_follow(&other, r, ref, qn_str(name), err);
        for (size_t i = 0; !rc && i < other.n; i++) {
            char said[80];
            record_name_text(said, other.at[i].office, other.at[i].id);
            if (to && to->called)
                rc = put_field(out, r, &other.at[i], to->called, err);
            else
                qn_put_str(out, said);
        }
        return rc;
    }
    if (!table)
        return qn_fail(err, QN_MALFORMED, "form.path", "value=%s.%s", ref->kind, name);
    if (r->public_only && table->audience != QN_PUBLIC)
        return qn_fail(err, QN_DENIED, "form.not-public", "table=%s", table->name);
    const struct rows_query q = {
        .table = table->name, .office = ref->office, .id = ref->id, .rev = ref->rev};
    QN_AUTO(rows) struct rows rows = {0};
    struct form_ref read = *ref;
    enum qn_code rc = rows_open(&rows, r->st, &q, err);
    if (rc || !rows_step(&rows))
        return rc ? rc : rows_end(&rows, err);
    put_column(out, r, &rows, f, name);
    snprintf(read.kind, sizeof(read.kind), "%s", table->name);
    rc = rows_end(&rows, err);
    return rc ? rc : form_refs_add(&r->seen, &read, err);
}

/* What the document says of itself; NULL: it is none of these. */
static const char *own(struct form_reader *r, struct qn_span path, char room[16])
{
    snprintf(room, 16, "%u", r->line);
    return qn_span_is(path, "#")         ? room
           : qn_span_is(path, "@maker")  ? r->maker
           : qn_span_is(path, "@number") ? r->number
           : qn_span_is(path, "@date")   ? r->date
           : qn_span_is(path, "@self")   ? r->self
                                         : NULL;
}

enum qn_code form_value(struct qn_buf *out, struct form_reader *r, const struct form_ref *from,
                        struct qn_span path, struct qn_err *err)
{
    char room[16], name[32];
    const char *said = own(r, path, room);
    size_t n = path.n, begin = out->n;
    if (said) {
        put_plain(out, r, said);
        return QN_OK;
    }
    for (struct qn_span one; memchr(path.p, ';', path.n) && form_piece(&path, ';', &one);) {
        enum qn_code rc = form_value(out, r, from, one, err);
        if (rc || out->n > begin)
            return rc;
        n = path.n;
    }
    while (n && path.p[n - 1] != '/')
        n--;
    QN_AUTO(form_refs) struct form_refs at = {0};
    enum qn_code rc = form_follow(&at, r, from, (struct qn_span){path.p, n ? n - 1 : 0}, err);
    for (size_t i = 0; !rc && i < at.n; i++) {
        struct qn_span names = {path.p + n, path.n - n}, one;
        QN_AUTO(qn_buf) struct qn_buf v = {0};
        qn_buf_init(&v, VALUE_MAX);
        while (!rc && !v.n && form_piece(&names, ',', &one))
            rc = qn_text_copy(name, sizeof(name), one)
                     ? put_field(&v, r, &at.at[i], name, err)
                     : qn_fail(err, QN_MALFORMED, "form.path", "value=%s", at.at[i].kind);
        if (!rc)
            rc = qn_buf_check(&v, err);
        if (rc || !v.n)
            continue;
        qn_put_str(out, out->n == begin ? "" : r->sentence ? "、" : "\n");
        qn_put_span(out, qn_buf_span(&v));
    }
    return rc;
}

/* ---- what may be ticked -------------------------------------------------------------------------------------------------- */

void form_choices(struct qn_buf *out, const struct qn_registry *reg, const char *from,
                  struct qn_span text)
{
    struct form_bit b;
    char kind[32], name[32];
    if (!form_bit(&text, &b) || !b.path.p || text.n)
        return;
    size_t n = b.path.n;
    while (n && b.path.p[n - 1] != '/')
        n--;
    if (!qn_text_copy(name, sizeof(name), (struct qn_span){b.path.p + n, b.path.n - n}) ||
        !form_leads(kind, reg, from, (struct qn_span){b.path.p, n ? n - 1 : 0}))
        return;
    const struct record_type *t = record_type(kind);
    const struct record_field *f = t ? record_field(t, name) : NULL;
    for (const char *p = f && f->kind == FIELD_WORD ? f->of : ""; *p;) {
        char word[64];
        size_t len = strcspn(p, "|");
        snprintf(word, sizeof(word), "%.*s", (int)len, p);
        qn_put_str(out, p == f->of ? "□" : "　□");
        put_word(out, NULL, f, word);
        p += len + (p[len] == '|');
    }
}

/* ---- a text with values in it ------------------------------------------------------------------------------------------- */

bool form_bit(struct qn_span *rest, struct form_bit *out)
{
    *out = (struct form_bit){.words = {NULL, 0}};
    if (!rest->n)
        return false;
    const uint8_t *end = rest->p[0] == '{' ? memchr(rest->p, '}', rest->n) : NULL;
    if (end) {
        struct qn_span in = {rest->p + 1, (size_t)(end - rest->p) - 1};
        const uint8_t *mark = in.n ? memchr(in.p, '~', in.n) : NULL;
        size_t n = mark ? (size_t)(mark - in.p) : in.n;
        out->path = (struct qn_span){in.p, n};
        if (n < in.n)
            out->otherwise = (struct qn_span){in.p + n + 1, in.n - n - 1};
        *rest = (struct qn_span){end + 1, rest->n - in.n - 2};
        return true;
    }
    size_t n = 1;
    while (n < rest->n && rest->p[n] != '{')
        n++;
    out->words = (struct qn_span){rest->p, n};
    *rest = (struct qn_span){rest->p + n, rest->n - n};
    return true;
}

enum qn_code form_text(struct qn_buf *out, struct form_reader *r, const struct form_ref *from,
                       struct qn_span text, bool *empty, struct qn_err *err)
{
    struct form_bit b;
    enum qn_code rc = QN_OK;
    *empty = true;
    while (!rc && form_bit(&text, &b)) {
        if (!b.path.p) {
            qn_put_span(out, b.words);
            continue;
        }
        size_t before = out->n;
        rc = form_value(out, r, from, b.path, err);
        *empty = *empty && out->n == before;
        if (out->n == before)
            qn_put_span(out, b.otherwise);
    }
    return rc ? rc : qn_buf_check(out, err);
}
