/* lists.c - the lists of the office (web-40 on): what there are, a page of one. */
#include "node/web/lists.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/store/duty.h"
#include "node/store/tree.h"
#include "node/work/record_mask.h"

#define PAGE      50
#define PAGE_MOST 200
#define COUNTED   10000

/* ---- words ---------------------------------------------------------------------------------------------------------- */

static void id_of(char out[96], const char *family, const char *name)
{
    snprintf(out, 96, "%s%.60s", family, name);
    for (char *p = out; *p; p++)
        *p = *p == '_' ? '-' : (char)tolower((unsigned char)*p);
}

void list_label(char *out, size_t cap, enum text_lang lang, const char *family, const char *name)
{
    char id[96];
    id_of(id, family, name);
    if (text_has(id))
        text_render(out, cap, lang, id, "");
    else
        snprintf(out, cap, "%s", name);
}

/* "duty.|record." before the "=" of a column's words: the first family that has this one. */
static void put_word(struct qn_buf *b, enum text_lang lang, const char *words, const char *word)
{
    char id[96], family[64], said[600];
    for (const char *p = words; *p && *p != '=';) {
        size_t n = strcspn(p, "|=");
        snprintf(family, sizeof(family), "%.*s", (int)n, p);
        id_of(id, family, word);
        if (text_has(id)) {
            text_render(said, sizeof(said), lang, id, "");
            qn_put_str(b, said);
            return;
        }
        p += n + (p[n] == '|');
    }
    qn_put_str(b, word);
}

/* ---- values --------------------------------------------------------------------------------------------------------- */

static bool hidden(const struct list_view *v, unsigned column)
{
    return v->ask.masked && v->ask.type->column[column].flags & LIST_MASKED;
}

const char *list_view_text(struct list_view *v, struct list *l, unsigned column, char room[32])
{
    struct list_value x = list_at(l, column);
    if (x.null || (!x.is_number && !*x.text))
        return NULL;
    if (hidden(v, column))
        return RECORD_MASKED;
    if (!x.is_number)
        return x.text;
    snprintf(room, 32, "%lld", (long long)x.number);
    return room;
}

static void put_time(struct qn_buf *b, const char *ms)
{
    char text[20];
    clock_text(text, strtoull(ms, NULL, 10));
    text[10] = ' ';
    qn_put_str(b, text);
}

/* "140602/1 张三;140602/2 李四": who, without the numbers. */
static void put_people(struct qn_buf *b, const char *s)
{
    for (const char *p = s; *p;) {
        size_t n = strcspn(p, ";"), blank = strcspn(p, " ;");
        size_t from = blank < n ? blank + 1 : 0;
        qn_put_str(b, p == s ? "" : "、");
        qn_put(b, p + from, n - from);
        p += n + (p[n] == ';');
    }
}

static void put_codes(struct qn_buf *b, struct store *st, const char *list, const char *s)
{
    for (const char *p = s; *p;) {
        size_t n = strcspn(p, ",");
        QN_AUTO(query) struct query q = query_start(st, SQL_WORK_CODE);
        q_bind_text(&q, list);
        q_bind_span(&q, (struct qn_span){(const uint8_t *)p, n});
        bool named = q_step(&q);
        qn_put_fmt(b, "%s%.*s%s%s", p == s ? "" : "、", (int)n, p, named ? " " : "",
                   named ? q_text(&q, 0) : "");
        p += n + (p[n] == ',');
    }
}

static void put_words(struct qn_buf *b, enum text_lang lang, const char *words, const char *s)
{
    for (const char *p = s; *p;) {
        char word[64];
        size_t n = strcspn(p, ",");
        snprintf(word, sizeof(word), "%.*s", (int)n, p);
        qn_put_str(b, p == s ? "" : "、");
        put_word(b, lang, words, word);
        p += n + (p[n] == ',');
    }
}

static void put_said(struct qn_buf *b, enum text_lang lang, const char *s)
{
    char id[64];
    size_t n = strcspn(s, "\n");
    snprintf(id, sizeof(id), "%.*s", (int)n, s);
    text_put(b, lang, id, s[n] ? s + n + 1 : "");
}

const char *list_view_words(struct list_view *v, struct list *l, unsigned column,
                            char out[LIST_WORDS])
{
    char room[32];
    const struct list_column *c = &v->ask.type->column[column];
    const char *s = list_view_text(v, l, column, room);
    enum text_lang lang = v->call->in->lang;
    if (!s || hidden(v, column))
        return s ? s : "";
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 1u << 20);
    if (c->kind == LIST_MS || c->kind == LIST_CLAIMED)
        put_time(&b, s);
    else if (c->kind == LIST_PEOPLE)
        put_people(&b, s);
    else if (c->kind == LIST_CODES)
        put_codes(&b, v->st, c->words, s);
    else if (c->kind == LIST_WORD || c->kind == LIST_ROLES)
        put_words(&b, lang, c->words, s);
    else if (c->kind == LIST_SAID)
        put_said(&b, lang, s);
    else
        qn_put_str(&b, s);
    size_t n = b.n < LIST_WORDS - 1 ? b.n : LIST_WORDS - 1;
    while (n < b.n && n && (b.p[n] & 0xc0) == 0x80) /* whole characters */
        n--;
    if (n)
        memcpy(out, b.p, n);
    out[n] = 0;
    return out;
}

/* ---- who asks for what ------------------------------------------------------------------------------------------------ */

/* SPEC web-44: "the roles that the table names for the list, and reviewers, heads and auditors" */
static bool masked(struct store *st, const char *person, const struct list_type *t)
{
    struct duty d = {.name = t->name, .roles = t->masks | ROLE_REVIEWER | ROLE_HEAD | ROLE_AUDITOR};
    struct qn_err err;
    return t->masks && duty_has(st, &d, person, &err) != QN_OK;
}

/* Reading the trail is an act with a line of its own (roles-18), each page of it: where a page begins is the reader's to say, so none
 * can be known to go on with another.                                                                                  */
static enum qn_code asked(struct call *c, const struct list_type *t, struct qn_err *err)
{
    struct store *st = c->in->office->st;
    if (!list_is(t, LISTS_TRAIL))
        return QN_OK;
    pthread_mutex_lock(&c->in->office->lock);
    person_enter(st, c->person.name);
    enum qn_code rc = duty_act(st, duty_of(DUTY_TRAIL), NULL, "", err);
    person_enter(st, NULL);
    pthread_mutex_unlock(&c->in->office->lock);
    return rc;
}

void list_view_close(struct list_view *v)
{
    tx_end(&v->moment);
    store_close(v->st);
    v->st = NULL;
}

/* SPEC web-43: "takes no lock of the office's, not even to begin" */
static enum qn_code connect(struct list_view *v, struct qn_err *err)
{
    const struct store *of = v->call->in->office->st;
    enum qn_code rc = store_beside(&v->st, of, NULL, err);
    if (!rc && !v->st)
        rc = qn_fail(err, QN_ABSENT, "store.absent", "dir=%s", store_dir(of));
    if (!rc)
        rc = tx_begin(&v->moment, v->st, err);
    if (rc) {
        list_view_close(v);
        return rc;
    }
    person_enter(v->st, v->call->person.name);
    return QN_OK;
}

static void take(void *ctx, const char *name, const char *value)
{
    struct list_view *v = ctx;
    static const char *const others[] = {"lang", "q", "after", "before", "only", "limit", "count"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (strcmp(name, others[i]) == 0)
            return;
    if (*value && v->ask.nfilters == LIST_FILTERS)
        v->over = name;
    else if (*value)
        v->ask.filter[v->ask.nfilters++] = (struct list_filter){name, value};
}

bool list_view_open(struct list_view *v, struct call *c, const char *name)
{
    struct qn_err err;
    const struct pages_request *in = c->in;
    *v = (struct list_view){.call = c, .ask = {.type = list_type(name)}};
    if (!v->ask.type) {
        call_refuse_as(c, 404, "http.path", "");
        return false;
    }
    const char *after = in->query(in, "after"), *before = in->query(in, "before"),
               *only = in->query(in, "only");
    v->ask.wanted = in->query(in, "q");
    v->ask.cursor = only ? only : before ? before : after;
    v->ask.backward = before && !only;
    v->ask.only = only != NULL;
    in->each_query(in, take, v);
    enum qn_code rc =
        v->over ? qn_fail(&err, QN_MALFORMED, "lists.filter", "filter=%.60s", v->over) : QN_OK;
    if (!rc)
        rc = asked(c, v->ask.type, &err);
    if (!rc)
        rc = connect(v, &err);
    if (rc) {
        call_refuse(c, &err);
        return false;
    }
    v->ask.masked = masked(v->st, c->person.name, v->ask.type);
    return true;
}

/* ---- what lists there are ----------------------------------------------------------------------------------------------- */

static json_t *choices_of(enum text_lang lang, const char *words)
{
    json_t *all = json_array();
    const char *p = strchr(words, '=');
    for (p = p ? p + 1 : ""; *p;) {
        char word[64];
        size_t n = strcspn(p, "|");
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        qn_buf_init(&b, 4096);
        snprintf(word, sizeof(word), "%.*s", (int)n, p);
        put_word(&b, lang, words, word);
        json_array_append_new(all, json_pack("[s, s%]", word, b.p, b.n));
        p += n + (p[n] == '|');
    }
    return all;
}

static json_t *column_json(enum text_lang lang, const struct list_column *c)
{
    static const char *const kinds[] = {
        [LIST_TEXT] = "text",     [LIST_NUMBER] = "number", [LIST_DATE] = "date",
        [LIST_MS] = "time",       [LIST_OFFICE] = "office", [LIST_RECORD] = "record",
        [LIST_RESULT] = "result", [LIST_DRAW] = "draw",     [LIST_WORD] = "word",
        [LIST_CODES] = "codes",   [LIST_PEOPLE] = "people", [LIST_HASH] = "hash",
        [LIST_ROLES] = "roles",   [LIST_SAID] = "said",     [LIST_CLAIMED] = "time"};
    char label[200];
    list_label(label, sizeof(label), lang, "ui.lists.col.", c->name);
    json_t *o = json_pack("{s:s, s:s, s:s, s:b, s:b, s:b}", "name", c->name, "label", label, "kind",
                          kinds[c->kind], "first", (c->flags & LIST_FIRST) != 0, "more",
                          (c->flags & LIST_MORE) != 0, "searched", (c->flags & LIST_FOUND) != 0);
    if (c->flags & (LIST_EQUAL | LIST_RANGE))
        json_object_set_new(o, "filter", json_string(c->flags & LIST_EQUAL ? "equal" : "range"));
    if (strchr(c->words, '='))
        json_object_set_new(o, "choices", choices_of(lang, c->words));
    return o;
}

static json_t *list_json(enum text_lang lang, const struct list_type *t)
{
    char title[200];
    json_t *columns = json_array();
    list_label(title, sizeof(title), lang, "ui.lists.of.", t->name);
    for (unsigned i = 0; i < t->n; i++)
        json_array_append_new(columns, column_json(lang, &t->column[i]));
    return json_pack("{s:s, s:s, s:s, s:o}", "id", t->name, "title", title, "kind", t->about,
                     "columns", columns);
}

/* Whose rows may be here, highest first. */
static json_t *offices_json(struct store *st)
{
    json_t *all = json_array();
    QN_AUTO(query) struct query q = query_start(st, SQL_LIST_OFFICES);
    while (q_step(&q)) {
        struct qn_cert cert;
        struct qn_err err;
        bool known = tree_cert(&cert, st, q_text(&q, 0), &err) == QN_OK;
        json_array_append_new(
            all, json_pack("{s:s, s:s}", "code", q_text(&q, 0), "name", known ? cert.name : ""));
    }
    return all;
}

void lists_get(struct call *c)
{
    struct qn_err err;
    struct list_view v = {.call = c};
    enum qn_code rc = connect(&v, &err);
    if (rc) {
        call_refuse(c, &err);
        return;
    }
    json_t *all = json_array();
    bool audits = duty_has(v.st, duty_of(DUTY_TRAIL), c->person.name, &err) == QN_OK;
    const struct list_type *t;
    for (unsigned i = 0; (t = list_type_at(i)); i++)
        if (audits || !list_is(t, LISTS_TRAIL))
            json_array_append_new(all, list_json(c->in->lang, t));
    json_t *o = json_pack("{s:o, s:o}", "lists", all, "offices", offices_json(v.st));
    list_view_close(&v);
    call_json(c, 200, o);
}

/* ---- a page of one -------------------------------------------------------------------------------------------------------- */

static json_t *row_json(struct list_view *v, struct list *l)
{
    char cursor[LIST_CURSOR], room[32];
    const struct list_type *t = v->ask.type;
    json_t *row = json_object();
    for (unsigned i = 0; i < t->n; i++) {
        const char *s = list_view_text(v, l, i, room);
        enum list_kind kind = t->column[i].kind;
        bool number = kind == LIST_NUMBER || kind == LIST_MS || kind == LIST_CLAIMED;
        char words[LIST_WORDS];
        if (s && !hidden(v, i) && (kind == LIST_SAID || kind == LIST_CODES))
            s = list_view_words(v, l, i, words);
        else if (s && kind == LIST_WORD && !strchr(t->column[i].words, '=')) {
            json_object_set_new(row, t->column[i].name,
                                json_string(list_view_words(v, l, i, words)));
            continue;
        }
        if (s)
            json_object_set_new(row, t->column[i].name,
                                number && !hidden(v, i) ? json_integer(strtoll(s, NULL, 10))
                                                        : json_string(s));
    }
    list_cursor(l, cursor);
    json_object_set_new(row, "at", json_string(cursor));
    return row;
}

static enum qn_code read_page(json_t *rows, bool *more, char searched[LIST_CURSOR],
                              uint64_t *behind, struct list_view *v, struct qn_err *err)
{
    unsigned limit = v->ask.limit;
    QN_AUTO(list) struct list *l = NULL;
    v->ask.limit++; /* one more tells whether there is another page */
    enum qn_code rc = list_open(&l, v->st, &v->ask, err);
    v->ask.limit = limit;
    if (rc)
        return rc;
    *more = false;
    while (json_array_size(rows) <= limit && list_step(l)) {
        if (json_array_size(rows) == limit) {
            *more = true;
            break;
        }
        json_t *row = row_json(v, l);
        if (v->ask.backward)
            json_array_insert_new(rows, 0, row);
        else
            json_array_append_new(rows, row);
    }
    list_searched(l, searched, behind);
    return list_end(l, err);
}

static json_t *at_of(const json_t *rows, size_t i)
{
    return json_string(json_string_value(json_object_get(json_array_get(rows, i), "at")));
}

static json_t *page_json(struct list_view *v, json_t *rows, bool more, const char *searched,
                         uint64_t behind)
{
    size_t n = json_array_size(rows);
    bool next = v->ask.backward ? v->ask.cursor != NULL : more;
    bool before = v->ask.backward ? more : v->ask.cursor != NULL && !v->ask.only;
    json_t *o = json_pack("{s:s, s:o, s:b}", "list", v->ask.type->name, "rows", rows, "masked",
                          v->ask.masked);
    if (*searched) { /* a search that has more to look at, whether or not it found something */
        json_object_set_new(o, v->ask.backward ? "prev" : "next", json_string(searched));
        json_object_set_new(o, "unfinished", json_true());
    } else if (next && n) {
        json_object_set_new(o, "next", at_of(rows, n - 1));
    }
    if (before && n && !json_object_get(o, "prev"))
        json_object_set_new(o, "prev", at_of(rows, 0));
    if (behind)
        json_object_set_new(o, "behind", json_integer((json_int_t)behind));
    return o;
}

static unsigned limit_of(const struct pages_request *in)
{
    const char *s = in->query(in, "limit");
    unsigned long n = s ? strtoul(s, NULL, 10) : 0;
    return n == 0 ? PAGE : n > PAGE_MOST ? PAGE_MOST : (unsigned)n;
}

void list_page(struct call *c)
{
    char searched[LIST_CURSOR];
    struct list_view v;
    struct qn_err err;
    uint64_t behind = 0, n = 0;
    bool more;
    if (!list_view_open(&v, c, c->rest[0]))
        return;
    v.ask.limit = limit_of(c->in);
    json_t *rows = json_array();
    enum qn_code rc = read_page(rows, &more, searched, &behind, &v, &err);
    json_t *o = rc ? NULL : page_json(&v, json_incref(rows), more, searched, behind);
    bool by_name = v.ask.wanted && *v.ask.wanted && list_is(v.ask.type, LISTS_OBJECTS);
    if (!rc && c->in->query(c->in, "count") && !by_name) {
        rc = list_count(&n, v.st, &v.ask, COUNTED + 1, &err);
        json_object_set_new(o, "count", json_integer((json_int_t)(n > COUNTED ? COUNTED : n)));
        json_object_set_new(o, "over", json_boolean(n > COUNTED));
    }
    list_view_close(&v);
    json_decref(rows);
    if (!rc) {
        call_json(c, 200, o);
        return;
    }
    json_decref(o);
    call_refuse(c, &err);
}
