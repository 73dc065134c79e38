#include "node/work/record_value.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "node/store/tree.h"
#include "node/text/text.h"
#include "node/work/inspector.h"
#include "node/work/words.h"
#include "protocol/wire.h"
#include "qian/roster.h"

#define WORD_MAX 64 /* bytes of one code or word */

/* ---- columns ------------------------------------------------------------------------------------------------------ */

static const struct qn_column *column(const struct qn_table *t, const char *name)
{
    for (unsigned i = 0; i < t->ncols; i++)
        if (strcmp(t->col[i].name, name) == 0)
            return &t->col[i];
    return NULL;
}

static const struct qn_column *column_of(const struct qn_table *t, const char *field,
                                         const char *end)
{
    char name[QN_COLUMN_NAME + 8];
    snprintf(name, sizeof(name), "%s%s", field, end);
    return column(t, name);
}

/* Bytes that the column of a field holds, in whichever of the record's tables it stands. */
static size_t room_of(const struct record_draft *d, const struct record_field *f)
{
    const struct qn_registry *reg = store_registry(d->st);
    for (unsigned i = 0; i < RECORD_TABLES && d->type->table[i]; i++) {
        const struct qn_table *t = qn_registry_table(reg, qn_str(d->type->table[i]));
        const struct qn_column *c = t ? column(t, f->name) : NULL;
        if (c && c->type == QN_BLOB)
            return 2 * (size_t)c->max; /* bytes are typed in hex */
        if (c && c->type == QN_TEXT)
            return c->max;
    }
    return RECORD_TEXT;
}

/* ---- from what was typed ------------------------------------------------------------------------------------------- */

struct typing {
    struct record_draft *d;
    const struct record_field *f;
    struct qn_span text; /* without blanks at its ends */
    struct record_value *out;
};

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct qn_span trimmed(struct qn_span s)
{
    static const char wide[] = "　"; /* the blank of Chinese typewriting */
    const size_t w = sizeof(wide) - 1;
    for (bool more = true; more;) {
        more = false;
        if (s.n && is_blank(s.p[0]))
            s.p++, s.n--, more = true;
        else if (s.n && is_blank(s.p[s.n - 1]))
            s.n--, more = true;
        else if (s.n >= w && memcmp(s.p, wide, w) == 0)
            s.p += w, s.n -= w, more = true;
        else if (s.n >= w && memcmp(s.p + s.n - w, wide, w) == 0)
            s.n -= w, more = true;
    }
    return s;
}

static enum qn_code refuse(const struct typing *t, enum qn_code code, const char *id,
                           struct qn_err *err)
{
    return qn_fail(err, code, id, "field=%s.%s|value=%.*s", t->d->type->name, t->f->name,
                   (int)(t->text.n > 80 ? 80 : t->text.n), (const char *)t->text.p);
}

/* Keeps the one form of a value, ended by a NUL. */
static enum qn_code keep(struct typing *t, const char *s, size_t n, struct qn_err *err)
{
    size_t most = room_of(t->d, t->f);
    if (n > most)
        return qn_fail(err, QN_LIMIT, "value.long", "field=%s.%s|have=%zu|most=%zu",
                       t->d->type->name, t->f->name, n, most);
    t->out->at = t->d->text.n;
    t->out->n = n;
    qn_put(&t->d->text, s, n);
    qn_put(&t->d->text, "", 1);
    return qn_buf_check(&t->d->text, err);
}

static enum qn_code take_text(struct typing *t, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf lines = {0};
    if (!wire_is_utf8(t->text))
        return refuse(t, QN_MALFORMED, "value.utf8", err);
    qn_buf_init(&lines, RECORD_TEXT);
    for (size_t i = 0; i < t->text.n; i++) {
        uint8_t c = t->text.p[i];
        bool ends = c == '\n' || c == '\r';
        if (c == '\r' && i + 1 < t->text.n && t->text.p[i + 1] == '\n')
            continue;
        if (c == 0x7f || (c < 0x20 && c != '\t' && !(ends && t->f->kind == FIELD_LINES)))
            return refuse(t, QN_MALFORMED, ends ? "value.one-line" : "value.control", err);
        qn_put(&lines, ends ? "\n" : (const char *)&c, 1);
    }
    enum qn_code rc = qn_buf_check(&lines, err);
    return rc ? rc : keep(t, (const char *)lines.p, lines.n, err);
}

/* The next number of at most `digits`, and what separates it from the one behind it; -1 when there is none. */
static int next_number(struct qn_span *s, unsigned digits)
{
    static const char *const marks[] = {"-",  "/",  ".",  ":",  "T",  " ",
                                        "年", "月", "日", "时", "分", "秒"};
    int v = 0;
    unsigned n = 0;
    for (; n < s->n && n < digits && s->p[n] >= '0' && s->p[n] <= '9'; n++)
        v = v * 10 + (s->p[n] - '0');
    if (!n || (n < s->n && s->p[n] >= '0' && s->p[n] <= '9'))
        return -1;
    *s = (struct qn_span){s->p + n, s->n - n};
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
            size_t m = strlen(marks[i]);
            if (s->n >= m && memcmp(s->p, marks[i], m) == 0) {
                *s = (struct qn_span){s->p + m, s->n - m};
                more = i == 7 || i == 8; /* 月 and 日 may be followed by a blank */
                break;
            }
        }
    }
    return v;
}

/* 2025-06-01, 2025/6/1, 2025.6.1 and 2025年6月1日 are one day; a time follows in the same manner, seconds or not. */
static enum qn_code take_when(struct typing *t, struct qn_err *err)
{
    char out[24];
    int v[6] = {0};
    struct qn_span rest = t->text;
    unsigned n = 0, want = t->f->kind == FIELD_DATE ? 3 : 6;
    while (n < want && rest.n && (v[n] = next_number(&rest, n ? 2 : 4)) >= 0)
        n++;
    snprintf(out, sizeof(out), "%04d-%02d-%02d", v[0] % 10000, v[1] % 100, v[2] % 100);
    if (rest.n || n < 3 || (want == 6 && n < 5) || !wire_is_date(qn_str(out)))
        return refuse(t, QN_MALFORMED, want == 3 ? "value.date" : "value.time", err);
    if (want == 3)
        return keep(t, out, 10, err);
    if (v[3] > 23 || v[4] > 59 || v[5] > 59)
        return refuse(t, QN_MALFORMED, "value.time", err);
    snprintf(out + 10, sizeof(out) - 10, "T%02d:%02d:%02d", v[3] % 100, v[4] % 100, v[5] % 100);
    return keep(t, out, 19, err);
}

static enum qn_code take_number(struct typing *t, struct qn_err *err)
{
    struct rd r = {.in = t->text};
    const int64_t most = t->f->most ? t->f->most : INT64_MAX;
    char out[24];
    int64_t v = (int64_t)rd_dec(&r, (uint64_t)most);
    if (!rd_end(&r) || v < t->f->least)
        return qn_fail(err, QN_MALFORMED, "value.number",
                       "field=%s.%s|value=%.*s|least=%lld|most=%lld", t->d->type->name, t->f->name,
                       (int)(t->text.n > 40 ? 40 : t->text.n), (const char *)t->text.p,
                       (long long)t->f->least, (long long)most);
    t->out->number = v;
    snprintf(out, sizeof(out), "%lld", (long long)v);
    return keep(t, out, strlen(out), err);
}

/* Whether the text is this word, or what the catalogue calls it. */
static bool is_word(const struct typing *t, const char *word, struct qn_span text)
{
    char id[96], said[128];
    if (qn_span_is(text, word))
        return true;
    snprintf(id, sizeof(id), "word.%s.%s", t->f->name, word);
    for (char *p = id; *p; p++)
        if (*p == '_')
            *p = '-';
    for (int lang = TEXT_ZH; lang <= TEXT_EN; lang++) {
        if (!text_has(id))
            return false;
        text_render(said, sizeof(said), (enum text_lang)lang, id, "");
        if (qn_span_is(text, said))
            return true;
    }
    return false;
}

/* The place among the field's words of the one that was typed; -1: it is none of them. */
static int word_at(const struct typing *t, struct qn_span text)
{
    int at = 0;
    for (const char *p = t->f->of; *p; at++) {
        char word[WORD_MAX];
        size_t n = strcspn(p, "|");
        snprintf(word, sizeof(word), "%.*s", (int)n, p);
        if (is_word(t, word, text))
            return at;
        p += n + (p[n] == '|');
    }
    return -1;
}

static enum qn_code no_word(const struct typing *t, struct qn_span text, struct qn_err *err)
{
    return qn_fail(err, QN_MALFORMED, "value.word", "field=%s.%s|value=%.*s|words=%s",
                   t->d->type->name, t->f->name, (int)(text.n > 80 ? 80 : text.n),
                   (const char *)text.p, t->f->of);
}

/* One word, or with FIELD_MANY several: kept in the order of the field's words, so that one set has one form. */
static enum qn_code take_word(struct typing *t, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf list, out;
    unsigned chosen = 0;
    int at = -1;
    qn_buf_init(&list, RECORD_TEXT);
    qn_buf_init(&out, RECORD_TEXT);
    qn_put_span(&list, t->text);
    qn_put(&list, "", 1);
    enum qn_code rc = qn_buf_check(&list, err);
    for (const char *p = (const char *)list.p; !rc && *p;) {
        size_t mark = 0, n = t->f->flags & FIELD_MANY ? words_item(p, true, &mark) : strlen(p);
        struct qn_span one = trimmed((struct qn_span){(const uint8_t *)p, n});
        at = word_at(t, one);
        if (at < 0 || at > 31)
            rc = no_word(t, one, err);
        else
            chosen |= 1u << at;
        p += n + mark;
    }
    at = 0;
    for (const char *p = t->f->of; !rc && *p; at++) {
        size_t n = strcspn(p, "|");
        if (chosen & (1u << at))
            qn_put_fmt(&out, "%s%.*s", out.n ? "," : "", (int)n, p);
        p += n + (p[n] == '|');
    }
    if (!rc)
        rc = qn_buf_check(&out, err);
    return rc ? rc : keep(t, (const char *)out.p, out.n, err);
}

/* A code of the list as it is, or the code whose name was typed. */
static enum qn_code find_code(struct typing *t, char code[WORD_MAX], struct qn_span typed,
                              struct qn_err *err)
{
    char name[256];
    bool found = false;
    enum qn_code rc = QN_OK;
    if (!qn_text_copy(name, sizeof(name), typed) || !name[0])
        return refuse(t, QN_ABSENT, "value.code", err);
    if (strlen(name) < WORD_MAX) {
        QN_AUTO(query) struct query q = query_start(t->d->st, SQL_WORK_CODE_KNOWN);
        q_bind_text(&q, t->f->of);
        q_bind_text(&q, name);
        found = q_step(&q);
        rc = query_end(&q, err);
        snprintf(code, WORD_MAX, "%.*s", WORD_MAX - 1, name);
    }
    if (!rc && !found) {
        QN_AUTO(query) struct query q = query_start(t->d->st, SQL_WORK_CODE_BY_NAME);
        q_bind_text(&q, t->f->of);
        q_bind_text(&q, name);
        found = q_step(&q);
        snprintf(code, WORD_MAX, "%s", found ? q_text(&q, 0) : "");
        rc = query_end(&q, err);
    }
    return rc || found ? rc
                       : qn_fail(err, QN_ABSENT, "value.code", "field=%s.%s|value=%.80s",
                                 t->d->type->name, t->f->name, name);
}

static enum qn_code take_codes(struct typing *t, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf list, out;
    enum qn_code rc;
    qn_buf_init(&list, RECORD_TEXT);
    qn_buf_init(&out, RECORD_TEXT);
    qn_put_span(&list, t->text);
    qn_put(&list, "", 1);
    rc = qn_buf_check(&list, err);
    for (const char *p = (const char *)list.p; !rc && *p;) {
        char code[WORD_MAX];
        size_t mark, n = words_item(p, true, &mark);
        rc = find_code(t, code, trimmed((struct qn_span){(const uint8_t *)p, n}), err);
        if (!rc && out.n && !(t->f->flags & FIELD_MANY))
            rc = refuse(t, QN_MALFORMED, "value.one-code", err);
        if (!rc)
            qn_put_fmt(&out, "%s%s", out.n ? "," : "", code);
        p += n + mark;
    }
    if (!rc)
        rc = qn_buf_check(&out, err);
    return rc ? rc : keep(t, (const char *)out.p, out.n, err);
}

static enum qn_code take_office(struct typing *t, struct qn_err *err)
{
    char code[QN_CODE_MAX + 1];
    if (!wire_is_code(t->text) || !qn_text_copy(code, sizeof(code), t->text))
        return refuse(t, QN_MALFORMED, "value.office-code", err);
    if (!tree_knows(t->d->st, code))
        return refuse(t, QN_ABSENT, "value.office", err);
    return keep(t, code, strlen(code), err);
}

static enum qn_code take_object(struct typing *t, struct qn_err *err)
{
    enum qn_code rc = qn_object_id_check(t->text, err);
    return rc ? rc : keep(t, (const char *)t->text.p, t->text.n, err);
}

/* The one record of this office that is called so. */
static enum qn_code find_called(struct typing *t, const struct record_type *of, const char *called,
                                int64_t *id, struct qn_err *err)
{
    const struct qn_cert *self = store_self(t->d->st);
    unsigned found = 0;
    struct rows_query q = {.table = of->table[0],
                           .office = self ? self->office : "",
                           .where = {{of->called, called, 0}},
                           .nwhere = 1};
    char within[QN_COLUMN_NAME + 8];
    if (of->within && record_field(t->d->type, of->within) &&
        record_number(t->d, of->within)) { /* of what this record is within itself */
        snprintf(within, sizeof(within), "%s_id", of->within);
        q.where[q.nwhere++] = (struct rows_where){within, NULL, record_number(t->d, of->within)};
    }
    QN_AUTO(rows) struct rows r = {0};
    enum qn_code rc = rows_open(&r, t->d->st, &q, err);
    while (!rc && rows_step(&r))
        if ((!rows_has(&r, "withdrawn") || rows_null(&r, "withdrawn")) && ++found == 1)
            *id = rows_int(&r, "id");
    if (!rc)
        rc = rows_end(&r, err);
    if (!rc && found != 1)
        rc = qn_fail(err, found ? QN_CONFLICT : QN_ABSENT,
                     found ? "value.several" : "value.no-such", "field=%s.%s|record=%s|value=%.80s",
                     t->d->type->name, t->f->name, of->name, called);
    return rc;
}

/* SPEC records-2: "Without `NAME_office` it is a record of the same office" */
static bool takes_foreign(const struct typing *t)
{
    const struct qn_registry *reg = store_registry(t->d->st);
    for (unsigned i = 0; i < RECORD_TABLES && t->d->type->table[i]; i++) {
        const struct qn_table *table = qn_registry_table(reg, qn_str(t->d->type->table[i]));
        if (table && column_of(table, t->f->name, "_id"))
            return column_of(table, t->f->name, "_office") != NULL;
    }
    return true;
}

/* By number; or by what it is called, where its kind has such a field and the text is no number. */
static enum qn_code take_record(struct typing *t, struct qn_err *err)
{
    const struct record_type *of = record_type(t->f->of);
    const struct qn_cert *self = store_self(t->d->st);
    char office[QN_CODE_MAX + 1], text[512], name[80];
    int64_t id;
    struct qn_err why;
    assert(of);
    if (!qn_text_copy(text, sizeof(text), t->text))
        return refuse(t, QN_MALFORMED, "records.name", err);
    enum qn_code rc = record_name(text, t->d->st, office, &id, err);
    if (rc && (of->called || of->find)) {
        snprintf(office, sizeof(office), "%s", self ? self->office : "");
        rc = of->called ? find_called(t, of, text, &id, err) : of->find(t->d->st, text, &id, err);
    }
    if (rc)
        return rc;
    QN_AUTO(record_draft) struct record_draft it = {0};
    rc = record_load(&it, t->d->st, of, office, id, 0, &why);
    if (rc == QN_ABSENT && !(t->f->flags & FIELD_LOOSE))
        return qn_fail(err, QN_ABSENT, "value.no-such", "field=%s.%s|record=%s|value=%.80s",
                       t->d->type->name, t->f->name, of->name, text);
    if (rc && rc != QN_ABSENT) {
        *err = why;
        return rc;
    }
    if (!takes_foreign(t) && self && strcmp(self->office, office) != 0)
        return refuse(t, QN_DENIED, "value.foreign", err);
    if (it.withdrawn)
        return qn_fail(err, QN_DENIED, "records.withdrawn", "value=%.80s", text);
    t->out->number = id;
    t->out->rev = it.rev;
    record_name_text(name, office, id);
    return keep(t, name, strlen(name), err);
}

static enum qn_code take_digest(struct typing *t, struct qn_err *err)
{
    uint8_t digest[QN_HASH];
    if (!qn_hex_decode(digest, sizeof(digest), t->text))
        return refuse(t, QN_MALFORMED, "value.digest", err);
    return keep(t, (const char *)t->text.p, t->text.n, err);
}

/* ---- persons ------------------------------------------------------------------------------------------------------- */

/* Behind the others: "id name;id name", each once. */
static enum qn_code put_person(struct qn_buf *out, const char *id, const char *name,
                               struct qn_err *err)
{
    if (out->n && inspector_among((const char *)out->p, id))
        return qn_fail(err, QN_MALFORMED, "value.inspector-twice", "value=%s", name);
    if (out->n)
        out->p[out->n - 1] = ';';
    qn_put_fmt(out, "%s %s", id, name);
    qn_put(out, "", 1); /* ended for the look above; the next one puts ';' in its place */
    return qn_buf_check(out, err);
}

static enum qn_code not_one(const struct typing *t, unsigned found, const char *none,
                            const char *several, const char *typed, struct qn_err *err)
{
    return qn_fail(err, found ? QN_CONFLICT : QN_ABSENT, found ? several : none,
                   "field=%s.%s|value=%.80s", t->d->type->name, t->f->name, typed);
}

/* One person of a lab, as it stands; what is kept begins with the record's number. */
static enum qn_code find_staff(struct typing *t, struct qn_buf *out, const char *typed,
                               const char *on, struct qn_err *err)
{
    const struct qn_cert *self = store_self(t->d->st);
    char called[256], id[40] = "", name[65] = "", until[11] = "", status[17] = "";
    unsigned found = 0;
    struct qn_err why;
    int64_t row = 0;
    snprintf(called, sizeof(called), "%.*s", (int)strcspn(typed, " "), typed);
    bool by_id = qn_row_id_parse(&row, qn_str(called), &why) == QN_OK;
    QN_AUTO(query) struct query q = query_start(t->d->st, SQL_WORK_STAFF_CALLED);
    q_bind_text(&q, self ? self->office : "");
    q_bind_text(&q, by_id ? called : typed);
    q_bind_int(&q, by_id ? row : 0);
    while (q_step(&q) && ++found == 1) {
        qn_row_id_text(id, q_int(&q, 0));
        snprintf(name, sizeof(name), "%s", q_text(&q, 1));
        snprintf(status, sizeof(status), "%s", q_text(&q, 2));
        snprintf(until, sizeof(until), "%s", q_text(&q, 3));
    }
    enum qn_code rc = query_end(&q, err);
    if (rc)
        return rc;
    if (found != 1)
        return not_one(t, found, "value.no-staff", "value.staff-namesakes", typed, err);
    if (strcmp(status, "active") != 0 || (until[0] && *on && strncmp(until, on, 10) < 0))
        return qn_fail(err, QN_DENIED, "value.staff-not-valid", "value=%s|on=%s|until=%s", name, on,
                       until[0] ? until : status);
    return put_person(out, id, name, err);
}

/* One inspector of this office's roster, and on that day. One of another office, as a visit has in need (exc-26), is taken
 * as written: its roster is not here. */
static enum qn_code find_inspector(struct typing *t, struct qn_buf *out, const char *typed,
                                   const char *on, struct qn_err *err)
{
    struct inspector who;
    unsigned found;
    const struct qn_cert *own = store_self(t->d->st);
    size_t slash = strcspn(typed, "/"), blank = strcspn(typed, " ");
    bool foreign = slash < blank && typed[blank] && own &&
                   (strlen(own->office) != slash || memcmp(own->office, typed, slash) != 0);
    char id[256];
    /* "id name", as it is kept, is read again by its id */
    snprintf(id, sizeof(id), "%.*s", slash < blank ? (int)blank : 255, typed);
    enum qn_code rc = inspector_called(&who, &found, t->d->st, id, err);
    if (rc)
        return rc;
    if (foreign)
        found = inspector_next(&who, &typed);
    if (found != 1)
        return not_one(t, found, "value.no-inspector", "value.namesakes", id, err);
    if (*on)
        rc = inspector_valid(t->d->st, &who, on, err);
    return rc ? rc : put_person(out, who.id, who.name, err);
}

static enum qn_code take_persons(struct typing *t, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf list, out;
    int64_t n = 0;
    const bool staff = t->f->kind == FIELD_STAFF;
    const char *on = t->f->of ? record_text(t->d, t->f->of) : "";
    if (t->f->of && !*on)
        on = t->d->today;
    qn_buf_init(&list, RECORD_TEXT);
    qn_buf_init(&out, RECORD_TEXT);
    qn_put_span(&list, t->text);
    qn_put(&list, "", 1);
    enum qn_code rc = qn_buf_check(&list, err);
    for (const char *p = (const char *)list.p; !rc && *p; n++) {
        char one[256];
        size_t mark, len = words_item(p, true, &mark);
        struct qn_span typed = trimmed((struct qn_span){(const uint8_t *)p, len});
        if (!qn_text_copy(one, sizeof(one), typed))
            rc = refuse(t, QN_ABSENT, staff ? "value.no-staff" : "value.no-inspector", err);
        else
            rc = staff ? find_staff(t, &out, one, on, err) : find_inspector(t, &out, one, on, err);
        p += len + mark;
    }
    if (!rc && n < t->f->least)
        rc = qn_fail(err, QN_MALFORMED, staff ? "value.staff" : "value.inspectors",
                     "field=%s.%s|have=%lld|least=%lld", t->d->type->name, t->f->name, (long long)n,
                     (long long)t->f->least);
    if (!rc && t->f->most && n > t->f->most)
        rc = refuse(t, QN_MALFORMED, "value.one-inspector", err);
    return rc ? rc : keep(t, (const char *)out.p, out.n ? out.n - 1 : 0, err);
}

static enum qn_code take(struct typing *t, struct qn_err *err)
{
    switch (t->f->kind) {
    case FIELD_TEXT:
    case FIELD_LINES:
        return take_text(t, err);
    case FIELD_DATE:
    case FIELD_TIME:
        return take_when(t, err);
    case FIELD_NUMBER:
        return take_number(t, err);
    case FIELD_WORD:
        return take_word(t, err);
    case FIELD_CODES:
        return take_codes(t, err);
    case FIELD_OFFICE:
        return take_office(t, err);
    case FIELD_OBJECT:
        return take_object(t, err);
    case FIELD_RECORD:
        return take_record(t, err);
    case FIELD_DIGEST:
        return take_digest(t, err);
    case FIELD_INSPECTORS:
    case FIELD_STAFF:
        return take_persons(t, err);
    }
    return QN_OK;
}

enum qn_code record_set(struct record_draft *d, const char *field, struct qn_span text,
                        struct qn_err *err)
{
    const struct record_field *f = record_field(d->type, field);
    if (!f)
        return qn_fail(err, QN_MALFORMED, "records.field", "record=%s|name=%.40s", d->type->name,
                       field);
    struct record_value v = {0};
    struct typing t = {d, f, trimmed(text), &v};
    enum qn_code rc = t.text.n ? take(&t, err) : QN_OK;
    if (!rc)
        d->value[f - d->type->field] = v;
    return rc;
}

enum qn_code record_refer(struct record_draft *d, const char *field, const struct record_draft *to,
                          struct qn_err *err)
{
    const struct record_field *f = record_field(d->type, field);
    const struct qn_cert *self = store_self(d->st);
    char name[80];
    assert(f && f->kind == FIELD_RECORD && record_type(f->of) == to->type);
    record_name_text(name, self ? self->office : "", to->id);
    struct record_value v = {.number = to->id, .rev = to->rev};
    struct typing t = {d, f, qn_str(name), &v};
    enum qn_code rc = keep(&t, name, strlen(name), err);
    if (!rc)
        d->value[f - d->type->field] = v;
    return rc;
}

/* ---- columns and back ---------------------------------------------------------------------------------------------- */

static enum qn_code load_record(struct typing *t, struct rows *r, struct qn_err *err)
{
    char id[QN_COLUMN_NAME + 8], office[QN_COLUMN_NAME + 8], rev[QN_COLUMN_NAME + 8], name[80];
    snprintf(id, sizeof(id), "%s_id", t->f->name);
    snprintf(office, sizeof(office), "%s_office", t->f->name);
    snprintf(rev, sizeof(rev), "%s_rev", t->f->name);
    if (rows_null(r, id))
        return QN_OK;
    t->out->number = rows_int(r, id);
    t->out->rev = column(r->table, rev) ? rows_int(r, rev) : 0;
    record_name_text(name, rows_text(r, column(r->table, office) ? office : "office"),
                     t->out->number);
    return keep(t, name, strlen(name), err);
}

static enum qn_code load_field(struct record_draft *d, struct rows *r, const struct record_field *f,
                               struct qn_err *err)
{
    struct record_value *v = &d->value[f - d->type->field];
    struct typing t = {d, f, {NULL, 0}, v};
    char text[2 * QN_HASH + 1] = "";
    if (f->kind == FIELD_RECORD)
        return column_of(r->table, f->name, "_id") ? load_record(&t, r, err) : QN_OK;
    const struct qn_column *c = column(r->table, f->name);
    if (!c || rows_null(r, f->name))
        return QN_OK;
    if (c->type == QN_INTEGER) {
        v->number = rows_int(r, f->name);
        snprintf(text, sizeof(text), "%lld", (long long)v->number);
        return keep(&t, text, strlen(text), err);
    }
    struct qn_span s = rows_span(r, f->name);
    if (c->type == QN_TEXT)
        return keep(&t, s.n ? (const char *)s.p : "", s.n, err);
    size_t at = d->text.n;
    qn_put_hex(&d->text, s.p, s.n);
    qn_put(&d->text, "", 1);
    v->at = at;
    v->n = 2 * s.n;
    return qn_buf_check(&d->text, err);
}

enum qn_code record_values_load(struct record_draft *d, struct rows *r, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (unsigned i = 0; !rc && i < d->type->nfields; i++)
        rc = load_field(d, r, &d->type->field[i], err);
    if (!rc && column(r->table, "withdrawn"))
        d->withdrawn = rows_int(r, "withdrawn") != 0;
    return rc;
}

static void store_record(const struct record_draft *d, struct qn_row *row,
                         const struct record_field *f, const struct record_value *v)
{
    char name[QN_COLUMN_NAME + 8];
    const char *text = v->n ? (const char *)d->text.p + v->at : "";
    if (!v->n)
        return;
    snprintf(name, sizeof(name), "%s_id", f->name);
    if (!column(row->table, name))
        return;
    row_int(row, name, v->number);
    snprintf(name, sizeof(name), "%s_office", f->name);
    if (column(row->table, name))
        row_span(row, name, (struct qn_span){(const uint8_t *)text, strcspn(text, ":")});
    snprintf(name, sizeof(name), "%s_rev", f->name);
    if (column(row->table, name))
        row_int(row, name, v->rev);
}

static void store_field(const struct record_draft *d, struct qn_row *row,
                        const struct record_field *f, uint8_t digest[QN_HASH])
{
    const struct record_value *v = &d->value[f - d->type->field];
    if (f->kind == FIELD_RECORD) {
        store_record(d, row, f, v);
        return;
    }
    const struct qn_column *c = column(row->table, f->name);
    struct qn_span text = {v->n ? d->text.p + v->at : NULL, v->n};
    if (!c || (!v->n && c->nullable))
        return;
    if (c->type == QN_INTEGER)
        row_int(row, f->name, v->number);
    else if (c->type == QN_TEXT)
        row_span(row, f->name, text);
    else if (qn_hex_decode(digest, QN_HASH, text))
        row_blob(row, f->name, digest, QN_HASH);
}

void record_values_store(const struct record_draft *d, struct qn_row *row,
                         uint8_t room[RECORD_FIELDS][QN_HASH])
{
    for (unsigned i = 0; i < d->type->nfields; i++)
        store_field(d, row, &d->type->field[i], room[i]);
    if (column(row->table, "acted_by"))
        row_text(row, "acted_by", d->by);
    if (column(row->table, "recorded_on"))
        row_text(row, "recorded_on", d->now);
    if (column(row->table, "reason"))
        row_text(row, "reason", d->reason);
    if (d->withdrawn && column(row->table, "withdrawn"))
        row_int(row, "withdrawn", 1);
}
