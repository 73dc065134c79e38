/* site_find.c - what was published, by code and by name: lists that need no script, and the files that the script of the
 * search page reads. Nothing that a reader types leaves the browser.         Spec: protocol/spec/publication.md */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/publish/find.h"
#include "node/publish/site_parts.h"
#include "node/text/text.h"

#define LIST_ROWS 500 /* a page that a phone on a slow line still opens */

/* ---- rows --------------------------------------------------------------------------------------- */

enum qn_code site_find_add(struct site *s, struct qn_span code, struct qn_span name,
                           const char *path)
{
    struct site_row *r = list_add(&s->rows, sizeof(*r));
    if (!r)
        return qn_fail(s->err, QN_NOMEM, "base.no-memory", "");
    *r = (struct site_row){.code = code, .name = name};
    snprintf(r->path, sizeof(r->path), "%s", path);
    return QN_OK;
}

/* What is on the licence: the id without the letter in front. */
static struct qn_span code_of(struct qn_span id)
{
    return id.n > 2 && id.p[1] == ':' ? (struct qn_span){id.p + 2, id.n - 2} : id;
}

static enum qn_code add_objects(struct site *s)
{
    const struct site_object *o = s->objects.at;
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < s->objects.n; i++) {
        char path[SITE_PATH];
        site_object_path(path, o[i].id);
        rc = site_find_add(s, code_of(o[i].id), o[i].name, path);
    }
    return rc;
}

/* Codes first; what has none stands behind, by name. */
static int by_code(const void *a, const void *b)
{
    const struct site_row *x = a, *y = b;
    if (!x->code.n != !y->code.n)
        return x->code.n ? -1 : 1;
    int c = qn_span_cmp(x->code, y->code);
    if (!c)
        c = qn_span_cmp(x->name, y->name);
    return c ? c : strcmp(x->path, y->path);
}

static int by_name(const void *a, const void *b)
{
    const struct site_row *x = *(const struct site_row *const *)a,
                          *y = *(const struct site_row *const *)b;
    int c = qn_span_cmp(x->name, y->name);
    return c ? c : by_code(x, y);
}

/* ---- lists -------------------------------------------------------------------------------------- */

struct listing {
    const char *stem, *title;
    const struct site_row **row;
    size_t n;
    bool by_code;
};

static enum qn_code list_page(struct site *s, const struct listing *l, size_t page, size_t pages)
{
    static const char *const heads[] = {"site.col-name", "site.col-object"};
    struct qn_buf b;
    struct html_table t;
    char path[SITE_PATH], title[200];
    text_render(title, sizeof(title), TEXT_ZH, l->title, "");
    struct html_page p = {.depth = 1,
                          .title = title,
                          .up = "find/index.html",
                          .up_title = s->find_title,
                          .english = "site.en-find-list"};
    site_page(s, &p, &b);
    html_pager(&b, 1, l->stem, page, pages);
    html_table_begin(&t, &b, heads, 2);
    for (size_t i = page * LIST_ROWS; i < l->n && i < (page + 1) * LIST_ROWS; i++) {
        html_cell(&t, "title");
        html_link(&b, 1, l->row[i]->path, l->row[i]->name);
        html_cell(&t, "id");
        qn_put_str(&b, "<code>");
        html_span(&b, l->row[i]->code);
        qn_put_str(&b, "</code>");
    }
    html_table_end(&t);
    html_pager(&b, 1, l->stem, page, pages);
    html_page_path(path, sizeof(path), l->stem, page);
    return site_page_done(s, &p, &b, path);
}

static struct qn_span label(const struct listing *l, size_t i)
{
    return l->by_code && l->row[i]->code.n ? l->row[i]->code : l->row[i]->name;
}

static enum qn_code put_listing(struct site *s, struct qn_buf *b, const struct listing *l)
{
    size_t pages = (l->n + LIST_ROWS - 1) / LIST_ROWS;
    enum qn_code rc = QN_OK;
    html_el(b, "h3", NULL, l->title, "");
    qn_put_str(b, "<ul class=\"ranges\">\n");
    for (size_t i = 0; !rc && i < pages; i++) {
        size_t first = i * LIST_ROWS,
               last = first + LIST_ROWS < l->n ? first + LIST_ROWS - 1 : l->n - 1;
        char path[SITE_PATH];
        html_page_path(path, sizeof(path), l->stem, i);
        qn_put_str(b, "<li><a href=\"../");
        html_str(b, path);
        qn_put_str(b, "\">");
        html_span(b, label(l, first));
        qn_put_str(b, " … ");
        html_span(b, label(l, last));
        qn_put_str(b, "</a></li>\n");
        rc = list_page(s, l, i, pages);
    }
    qn_put_str(b, "</ul>\n");
    return rc;
}

/* ---- files of the script ------------------------------------------------------------------------- */

static enum qn_code write_rows(struct site *s)
{
    const struct site_row *r = s->rows.at;
    enum qn_code rc = QN_OK;
    for (size_t from = 0; !rc && from < s->rows.n; from += FIND_ROWS) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        char path[SITE_PATH];
        qn_buf_init(&b, SITE_FILE_MAX);
        qn_put_str(&b, "[");
        for (size_t i = from; i < s->rows.n && i < from + FIND_ROWS; i++) {
            qn_put_str(&b, i > from ? ",\n[" : "\n[");
            html_json(&b, r[i].code);
            qn_put_str(&b, ",");
            html_json(&b, r[i].name);
            qn_put_str(&b, ",");
            html_json(&b, qn_str(r[i].path));
            qn_put_str(&b, "]");
        }
        qn_put_str(&b, "\n]\n");
        snprintf(path, sizeof(path), "find/rows-%zu.json", from / FIND_ROWS);
        rc = site_write(s, path, &b);
    }
    return rc;
}

static enum qn_code write_start(struct site *s, unsigned shards)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    const struct site_row *r = s->rows.at;
    qn_buf_init(&b, SITE_FILE_MAX);
    qn_put_fmt(&b, "{\"rows\":%zu,\"each\":%d,\"pairs\":%u,\"first\":[", s->rows.n, FIND_ROWS,
               shards);
    for (size_t i = 0; i < s->rows.n && r[i].code.n; i += FIND_ROWS) {
        qn_put_str(&b, i ? "," : "");
        html_json(&b, r[i].code);
    }
    qn_put_str(&b, "]}\n");
    return site_write(s, "find/start.json", &b);
}

static enum qn_code gather_pairs(struct site *s, struct list *pairs)
{
    const struct site_row *r = s->rows.at;
    uint32_t c[FIND_CHARS];
    for (size_t i = 0; i < s->rows.n; i++)
        for (size_t k = 1, n = find_chars(c, r[i].name); k < n; k++) {
            struct find_pair *p = list_add(pairs, sizeof(*p));
            if (!p)
                return qn_fail(s->err, QN_NOMEM, "base.no-memory", "");
            *p = (struct find_pair){c[k - 1], c[k], (uint32_t)i};
        }
    return QN_OK;
}

/* SPEC site-18: "A name is found by pairs of characters that follow each other" */
static enum qn_code write_pairs(struct site *s, unsigned shards)
{
    QN_AUTO(list) struct list pairs = {0};
    enum qn_code rc = gather_pairs(s, &pairs);
    const struct find_pair *p = pairs.at;
    if (!rc)
        find_sort(pairs.at, pairs.n, shards);
    size_t at = 0;
    for (unsigned i = 0; !rc && i < shards; i++) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        char path[SITE_PATH];
        size_t from = at;
        qn_buf_init(&b, SITE_FILE_MAX);
        while (at < pairs.n && find_shard(p[at].first, p[at].second, shards) == i)
            at++;
        if (pairs.n)
            find_write(&b, p + from, at - from);
        else
            find_write(&b, NULL, 0);
        snprintf(path, sizeof(path), "find/pairs-%u.json", i);
        rc = site_write(s, path, &b);
    }
    return rc;
}

/* ---- the page ------------------------------------------------------------------------------------- */

static enum qn_code put_lists(struct site *s, struct qn_buf *b)
{
    QN_AUTO(list) struct list at = {0};
    const struct site_row *r = s->rows.at;
    for (size_t i = 0; i < s->rows.n; i++) {
        const struct site_row **x = list_add(&at, sizeof(*x));
        if (!x)
            return qn_fail(s->err, QN_NOMEM, "base.no-memory", "");
        *x = &r[i];
    }
    struct listing code = {"find/code", "site.find-by-code", at.at, at.n, true};
    struct listing name = {"find/name", "site.find-by-name", at.at, at.n, false};
    if (!at.n) {
        html_el(b, "p", "quiet", "site.no-results", "");
        return QN_OK;
    }
    enum qn_code rc = put_listing(s, b, &code);
    qsort(at.at, at.n, sizeof(const struct site_row *), by_name);
    return rc ? rc : put_listing(s, b, &name);
}

enum qn_code site_find(struct site *s)
{
    struct qn_buf b;
    enum qn_code rc = add_objects(s);
    unsigned shards = find_shards(s->rows.n);
    if (rc)
        return rc;
    if (s->rows.n)
        qsort(s->rows.at, s->rows.n, sizeof(struct site_row), by_code);
    text_render(s->find_title, sizeof(s->find_title), TEXT_ZH, "site.find-title", "");
    struct html_page p = {
        .depth = 1, .script = true, .title = s->find_title, .english = "site.en-find"};
    site_page(s, &p, &b);
    html_el(&b, "p", "note", "site.find-note", "count=%zu", s->rows.n);
    qn_put_str(&b, "<div id=\"find\" data-root=\"../\">\n");
    html_el(&b, "p", "note", "site.find-not-running", "");
    qn_put_str(&b, "</div>\n");
    html_el(&b, "h2", NULL, "site.find-lists", "");
    rc = put_lists(s, &b);
    if (!rc)
        rc = write_rows(s);
    if (!rc)
        rc = write_start(s, shards);
    if (!rc)
        rc = write_pairs(s, shards);
    site_script_tag(&b, p.depth, SITE_SCRIPT_FIND);
    if (rc) {
        qn_buf_release(&b);
        return rc;
    }
    return site_page_done(s, &p, &b, "find/index.html");
}
