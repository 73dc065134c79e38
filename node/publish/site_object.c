/* site_object.c - what was published about each object: its results item by item, every correction beside what it
 * corrects, and where each row stands in its log. Objects share pages by their digest, so that a link to one holds for
 * ever and a site of a hundred thousand results has some thousand pages.      Spec: protocol/spec/publication.md */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/publish/publication.h"
#include "node/publish/site_parts.h"
#include "node/text/text.h"
#include "protocol/wire.h"

/* ---- one result --------------------------------------------------------------------------------- */

static void put_items(struct site *s, struct qn_buf *b, const struct m_result *r)
{
    static const char *const heads[] = {"site.col-item", "site.col-result"};
    struct html_table t;
    size_t n;
    const struct m_item *x = model_items(&s->m, r->key.office, r->key.id, r->key.rev, &n);
    if (!n)
        return;
    html_table_begin(&t, b, heads, 2);
    for (size_t i = 0; i < n; i++) {
        if (x[i].withdrawn)
            continue;
        bool problem = publish_is_problem(s->st, x[i].codes);
        html_cell(&t, "title");
        html_span(b, x[i].name);
        html_cell(&t, problem ? "result problem" : "result");
        site_result_words(s, b, x[i].codes, x[i].text);
    }
    html_table_end(&t);
}

/* SPEC publication-16: "the page says that it was corrected before, and for which reason" */
static void put_before(struct qn_buf *b, const struct m_result *first)
{
    if (first->key.rev < 2)
        return;
    qn_put_str(b, "<p class=\"why\"><b>");
    html_say(b, "site.corrected-before", "");
    qn_put_str(b, "</b>");
    html_span(b, first->reason);
    qn_put_str(b, "</p>\n");
}

/* SPEC publication-13: "what stood before, from when to when, and the reason" */
static void put_corrections(struct site *s, struct qn_buf *b, const struct site_result *r)
{
    put_before(b, r->earlier ? site_earlier(s, r, 0)->r : r->r);
    if (!r->earlier)
        return;
    html_el(b, "h4", NULL, "site.h-corrections", "");
    qn_put_str(b, "<ol class=\"history\">\n");
    for (size_t i = 0; i < r->earlier; i++) {
        const struct site_published *was = site_earlier(s, r, i), *then = site_earlier(s, r, i + 1);
        qn_put_str(b, "<li><span class=\"was\">");
        html_say(b, "site.stood", "from=%.*s|to=%.*s", (int)was->p->published_on.n,
                 (const char *)was->p->published_on.p, (int)then->p->published_on.n,
                 (const char *)then->p->published_on.p);
        site_result_words(s, b, was->r->codes, was->r->text);
        if (!qn_span_eq(was->r->object_name, then->r->object_name)) {
            qn_put_str(b, "（");
            html_span(b, was->r->object_name);
            qn_put_str(b, "）");
        }
        qn_put_str(b, "</span>");
        put_items(s, b, was->r);
        qn_put_str(b, "<p class=\"why\"><b>");
        html_say(b, "site.reason", "");
        qn_put_str(b, "</b>");
        html_span(b, then->r->reason);
        qn_put_str(b, "</p></li>\n");
    }
    qn_put_str(b, "</ol>\n");
}

static void put_place(struct site *s, struct qn_buf *b, const char *id, const struct m_key *k)
{
    const struct log *l = &s->m.released.log[k->from.log];
    char path[SITE_PATH];
    html_fact(b, id);
    qn_put_str(b, "<code>");
    html_fmt(b, "%s #%llu", l->origin, (unsigned long long)k->from.seq);
    qn_put_str(b, "</code> ");
    site_released_path(path, l, k->from.seq);
    qn_put_str(b, "<a href=\"../");
    html_str(b, path);
    qn_put_str(b, "\">");
    html_say(b, "site.evidence-file", "");
    qn_put_str(b, "</a>");
}

static void put_facts(struct site *s, struct qn_buf *b, const struct site_result *r)
{
    const struct site_draw *d = site_draw_of(s, r->r);
    const struct m_plan *plan = d ? model_plan(&s->m, d->issuer, d->series) : NULL;
    char path[SITE_PATH + 16], id[40];
    html_facts_begin(b);
    html_fact(b, "site.fact-inspected-by");
    html_str(b, site_name_of(s, r->r->key.office));
    if (plan) {
        html_fact(b, "site.fact-plan");
        snprintf(path, sizeof(path), "plans/%.*s-%.*s.html", (int)d->issuer.n,
                 (const char *)d->issuer.p, (int)d->series.n, (const char *)d->series.p);
        html_link(b, 1, path, plan->title);
    }
    if (d) {
        html_fact(b, "site.fact-draw");
        qn_row_id_text(id, d->row->key.id);
        snprintf(path, sizeof(path), "%s/index.html", d->dir);
        qn_put_str(b, "<a href=\"../");
        html_str(b, path);
        qn_put_str(b, "\"><code>");
        html_fmt(b, "%s:%s", d->office, id);
        qn_put_str(b, "</code></a>");
    }
    html_fact(b, "site.fact-completed");
    html_span(b, r->r->completed_on);
    html_fact(b, "site.fact-published");
    html_span(b, r->p->published_on);
    html_facts_end(b);
    qn_put_str(b, "<details><summary>");
    html_say(b, "site.where-it-stands", "");
    qn_put_str(b, "</summary>\n");
    html_facts_begin(b);
    html_fact(b, "site.fact-result-name");
    qn_row_id_text(id, r->r->key.id);
    qn_put_str(b, "<code>");
    html_fmt(b, "%.*s:%s", (int)r->r->key.office.n, (const char *)r->r->key.office.p, id);
    qn_put_str(b, "</code> ");
    html_say(b, "site.revision", "rev=%lld", (long long)r->r->key.rev);
    put_place(s, b, "site.fact-result-place", &r->r->key);
    put_place(s, b, "site.fact-publication-place", &r->p->key);
    html_facts_end(b);
    qn_put_str(b, "<pre>");
    html_fmt(b, "qian site result %.*s:%s --site . --fingerprint XXXXX-…", (int)r->r->key.office.n,
             (const char *)r->r->key.office.p, id);
    qn_put_str(b, "</pre>\n");
    qn_put_str(b, "</details>\n");
}

static void put_result(struct site *s, struct qn_buf *b, const struct site_result *r)
{
    const struct site_draw *d = site_draw_of(s, r->r);
    bool problem = publish_is_problem(s->st, r->r->codes);
    qn_put_str(b, "<article>\n<h3>");
    if (d)
        html_str(b, d->title);
    else
        html_say(b, "site.task-no", "task=%.*s", (int)r->r->task.n, (const char *)r->r->task.p);
    qn_put_str(b, problem ? "</h3>\n<p class=\"found bad\">" : "</h3>\n<p class=\"found good\">");
    site_result_words(s, b, r->r->codes, r->r->text);
    if (r->earlier) {
        qn_put_str(b, " <span class=\"tag warn\">");
        html_say(b, "site.corrected-on", "on=%.*s", (int)r->p->published_on.n,
                 (const char *)r->p->published_on.p);
        qn_put_str(b, "</span>");
    }
    qn_put_str(b, "</p>\n");
    put_items(s, b, r->r);
    put_corrections(s, b, r);
    put_facts(s, b, r);
    qn_put_str(b, "</article>\n");
}

/* ---- pages -------------------------------------------------------------------------------------- */

static void put_object(struct site *s, struct qn_buf *b, const struct site_object *o)
{
    const struct site_result *const *x = s->by_name.at;
    qn_put_fmt(b, "<section class=\"object\" id=\"o-%s\">\n<h2>", o->anchor);
    html_span(b, o->name);
    qn_put_str(b, "</h2>\n<p class=\"over\"><code>");
    html_span(b, o->id);
    qn_put_str(b, "</code> · ");
    html_say(b, "site.results-n", "count=%zu", o->n);
    qn_put_str(b, "</p>\n");
    for (size_t i = 0; i < o->n; i++)
        put_result(s, b, x[o->first + i]);
    qn_put_str(b, "</section>\n");
}

/* SPEC site-17: "behind them a list of the objects of the page" */
static void put_list(struct qn_buf *b, const struct site_object *o, size_t n)
{
    qn_put_str(b, "<nav class=\"objects\">\n");
    html_el(b, "p", "note", "site.objects-note", "count=%zu", n);
    qn_put_str(b, "<ul>\n");
    for (size_t i = 0; i < n; i++) {
        qn_put_fmt(b, "<li><a href=\"#o-%s\">", o[i].anchor);
        html_span(b, o[i].name);
        qn_put_str(b, "</a> <code>");
        html_span(b, o[i].id);
        qn_put_str(b, "</code></li>\n");
    }
    qn_put_str(b, "</ul>\n</nav>\n");
}

static enum qn_code object_page(struct site *s, const struct site_object *o, size_t n)
{
    struct qn_buf b;
    char path[SITE_PATH], title[200];
    text_render(title, sizeof(title), TEXT_ZH, "site.objects-title", "");
    struct html_page p = {.depth = 1, .title = title, .english = "site.en-object"};
    snprintf(path, sizeof(path), "objects/%.*s.html", SITE_PAGE_DIGITS, o->anchor);
    site_page(s, &p, &b);
    for (size_t i = 0; i < n; i++)
        put_object(s, &b, &o[i]);
    put_list(&b, o, n);
    return site_page_done(s, &p, &b, path);
}

enum qn_code site_object_pages(struct site *s)
{
    const struct site_object *o = s->objects.at;
    enum qn_code rc = QN_OK;
    for (size_t from = 0, to; !rc && from < s->objects.n; from = to) {
        for (to = from;
             to < s->objects.n && memcmp(o[to].anchor, o[from].anchor, SITE_PAGE_DIGITS) == 0;)
            to++;
        rc = object_page(s, &o[from], to - from);
    }
    return rc;
}
