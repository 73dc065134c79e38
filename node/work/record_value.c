#include "node/work/record_value.h"

#include <stdio.h>
#include <string.h>

#include "node/store/tree.h"
#include "node/text/text.h"
#include "node/work/value_parts.h"
#include "node/work/words.h"
#include "protocol/wire.h"
#include "qian/roster.h"

#define WORD_MAX 64 /* bytes of one code or word */

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct qn_span value_trimmed(struct qn_span s)
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

enum qn_code value_refuse(const struct typing *t, enum qn_code code, const char *id,
                          struct qn_err *err)
{
    return qn_fail(err, code, id, "field=%s.%s|value=%.*s", t->d->type->name, t->f->name,
                   (int)(t->text.n > 80 ? 80 : t->text.n), (const char *)t->text.p);
}

/* A NUL behind each: the text of a value is lent as a string. */
enum qn_code value_keep(struct typing *t, const char *s, size_t n, struct qn_err *err)
{
    size_t most = value_room(t->d, t->f);
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
        return value_refuse(t, QN_MALFORMED, "value.utf8", err);
    qn_buf_init(&lines, RECORD_TEXT);
    for (size_t i = 0; i < t->text.n; i++) {
        uint8_t c = t->text.p[i];
        const size_t skip = wire_hidden(t->text.p + i, t->text.n - i);
        if (skip) {
            i += skip - 1;
            continue;
        }
        bool ends = c == '\n' || c == '\r';
        if (c == '\r' && i + 1 < t->text.n && t->text.p[i + 1] == '\n')
            continue;
        if (wire_control(t->text.p + i, t->text.n - i) || (ends && t->f->kind != FIELD_LINES))
            return value_refuse(t, QN_MALFORMED, ends ? "value.one-line" : "value.control", err);
        qn_put(&lines, ends ? "\n" : (const char *)&c, 1);
    }
    enum qn_code rc = qn_buf_check(&lines, err);
    return rc ? rc : value_keep(t, (const char *)lines.p, lines.n, err);
}

static enum qn_code take_when(struct typing *t, struct qn_err *err)
{
    const bool day = t->f->kind == FIELD_DATE;
    char out[24];
    if (!words_when(out, t->text, day))
        return value_refuse(t, QN_MALFORMED, day ? "value.date" : "value.time", err);
    return value_keep(t, out, strlen(out), err);
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
    return value_keep(t, out, strlen(out), err);
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
    QN_AUTO(qn_buf) struct qn_buf list = {0}, out = {0};
    unsigned chosen = 0;
    int at = -1;
    qn_buf_init(&list, RECORD_TEXT);
    qn_buf_init(&out, RECORD_TEXT);
    qn_put_span(&list, t->text);
    qn_put(&list, "", 1);
    enum qn_code rc = qn_buf_check(&list, err);
    for (const char *p = (const char *)list.p; !rc && *p;) {
        size_t mark = 0, n = t->f->flags & FIELD_MANY ? words_item(p, true, &mark) : strlen(p);
        struct qn_span one = value_trimmed((struct qn_span){(const uint8_t *)p, n});
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
    return rc ? rc : value_keep(t, (const char *)out.p, out.n, err);
}

/* A code of the list as it is, or the code whose name was typed. */
static enum qn_code find_code(struct typing *t, char code[WORD_MAX], struct qn_span typed,
                              struct qn_err *err)
{
    char name[256];
    bool found = false;
    enum qn_code rc = QN_OK;
    if (!qn_text_copy(name, sizeof(name), typed) || !name[0])
        return value_refuse(t, QN_ABSENT, "value.code", err);
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
    QN_AUTO(qn_buf) struct qn_buf list = {0}, out = {0};
    enum qn_code rc;
    qn_buf_init(&list, RECORD_TEXT);
    qn_buf_init(&out, RECORD_TEXT);
    qn_put_span(&list, t->text);
    qn_put(&list, "", 1);
    rc = qn_buf_check(&list, err);
    for (const char *p = (const char *)list.p; !rc && *p;) {
        char code[WORD_MAX];
        size_t mark, n = words_item(p, true, &mark);
        rc = find_code(t, code, value_trimmed((struct qn_span){(const uint8_t *)p, n}), err);
        if (!rc && out.n && !(t->f->flags & FIELD_MANY))
            rc = value_refuse(t, QN_MALFORMED, "value.one-code", err);
        if (!rc)
            qn_put_fmt(&out, "%s%s", out.n ? "," : "", code);
        p += n + mark;
    }
    if (!rc)
        rc = qn_buf_check(&out, err);
    return rc ? rc : value_keep(t, (const char *)out.p, out.n, err);
}

static enum qn_code take_office(struct typing *t, struct qn_err *err)
{
    char code[QN_CODE_MAX + 1];
    if (!wire_is_code(t->text) || !qn_text_copy(code, sizeof(code), t->text))
        return value_refuse(t, QN_MALFORMED, "value.office-code", err);
    if (!tree_knows(t->d->st, code))
        return value_refuse(t, QN_ABSENT, "value.office", err);
    return value_keep(t, code, strlen(code), err);
}

static enum qn_code take_object(struct typing *t, struct qn_err *err)
{
    enum qn_code rc = qn_object_id_check(t->text, err);
    return rc ? rc : value_keep(t, (const char *)t->text.p, t->text.n, err);
}

static enum qn_code take_digest(struct typing *t, struct qn_err *err)
{
    uint8_t digest[QN_HASH];
    if (!qn_hex_decode(digest, sizeof(digest), t->text))
        return value_refuse(t, QN_MALFORMED, "value.digest", err);
    return value_keep(t, (const char *)t->text.p, t->text.n, err);
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
        return value_take_record(t, err);
    case FIELD_DIGEST:
        return take_digest(t, err);
    case FIELD_INSPECTORS:
    case FIELD_STAFF:
        return value_take_persons(t, err);
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
    struct typing t = {d, f, value_trimmed(text), &v};
    enum qn_code rc = t.text.n ? take(&t, err) : QN_OK;
    if (!rc)
        d->value[f - d->type->field] = v;
    return rc;
}
