/* site_plan.c - the page of one plan: its tasks as printed, their draws, the list of what was published. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/publish/publication.h"
#include "node/publish/site_parts.h"

static void put_task(struct qn_buf *b, const struct m_task *t)
{
    static const char *const ids[] = {"site.fact-type", "site.fact-scope", "site.fact-quantity",
                                      "site.fact-time", "site.fact-guide", "site.fact-inspected",
                                      "site.fact-items"};
    const struct qn_span values[] = {t->draw_type,   t->object_scope,       t->quantity_text,
                                     t->window_text, t->initiator_guidance, t->inspecting_level,
                                     t->items};
    qn_put_str(b, "<details class=\"task\"><summary><b>");
    html_span(b, t->no);
    qn_put_str(b, "</b> <span>");
    html_span(b, t->name);
    qn_put_str(b, "</span><small>");
    html_span(b, t->quantity_text);
    qn_put_str(b, t->quantity_text.n && t->window_text.n ? " · " : "");
    html_span(b, t->window_text);
    qn_put_str(b, "</small></summary>\n");
    html_facts_begin(b);
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        if (!values[i].n)
            continue;
        html_fact(b, ids[i]);
        html_span(b, values[i]);
    }
    html_facts_end(b);
    qn_put_str(b, "</details>\n");
}

static size_t put_tasks(struct site *s, struct qn_buf *b, const struct m_plan *p)
{
    size_t n = 0;
    html_el(b, "h2", NULL, "site.h-tasks", "");
    for (const struct m_task *t = NULL; (t = site_next_task(s, p, t)) != NULL; n++)
        put_task(b, t);
    return n;
}

/* ---- the consolidated list ---------------------------------------------------------------------- */

static enum qn_code listed(struct list *out, struct site *s, const struct m_plan *p)
{
    for (size_t i = 0; i < model_count(&s->m, M_CONSOLIDATED); i++) {
        const struct m_consolidated *c = model_at(&s->m, M_CONSOLIDATED, i);
        if (!qn_span_eq(c->key.office, p->key.office) || !qn_span_eq(c->series, p->series))
            continue;
        struct m_ref *r = list_add(out, sizeof(*r));
        if (!r)
            return qn_fail(s->err, QN_NOMEM, "base.no-memory", "");
        *r = (struct m_ref){c->publication_office, c->publication_id, c->publication_rev};
    }
    if (out->n)
        qsort(out->at, out->n, sizeof(struct m_ref), m_ref_cmp);
    return QN_OK;
}

static bool is_listed(const struct list *refs, const struct m_publication *p)
{
    struct m_ref key = {p->key.office, p->key.id, p->key.rev};
    return bsearch(&key, refs->at, refs->n, sizeof(key), m_ref_cmp) != NULL;
}

static void list_line(struct html_table *t, const struct site_office *o, uint64_t n,
                      uint64_t problems)
{
    char path[SITE_PATH];
    html_cell(t, o ? NULL : "sum");
    if (o) {
        snprintf(path, sizeof(path), "results/%s.html", o->cert.office);
        html_link(t->b, 1, path, qn_str(o->cert.name));
    } else {
        html_say(t->b, "site.sum", "");
    }
    html_cell(t, o ? "num" : "num sum");
    html_fmt(t->b, "%llu", (unsigned long long)n);
    html_cell(t, o ? "num" : "num sum");
    html_fmt(t->b, "%llu", (unsigned long long)problems);
}

/* SPEC publication-10: "the results whose newest publication the list names, each counted once" */
static enum qn_code put_list(struct site *s, struct qn_buf *b, const struct m_plan *p)
{
    static const char *const heads[] = {"site.col-office", "site.col-published-n",
                                        "site.col-problems"};
    const struct site_office *o = s->offices.at;
    const struct site_result *r = s->results.at;
    QN_AUTO(list) struct list refs = {0};
    struct html_table t;
    uint64_t all = 0, problems = 0;
    enum qn_code rc = listed(&refs, s, p);
    if (rc || !refs.n)
        return rc;
    html_el(b, "h2", NULL, "site.h-list", "");
    html_el(b, "p", "note", "site.list-note", "");
    html_table_begin(&t, b, heads, 3);
    for (size_t from = 0, to; from < s->results.n; from = to) { /* results come by office */
        uint64_t n = 0, bad = 0;
        for (to = from; to < s->results.n && r[to].of == r[from].of; to++)
            if (is_listed(&refs, r[to].p)) {
                n++;
                bad += publish_is_problem(s->st, r[to].r->codes);
            }
        if (n)
            list_line(&t, &o[r[from].of], n, bad);
        all += n;
        problems += bad;
    }
    list_line(&t, NULL, all, problems);
    html_table_end(&t);
    return QN_OK;
}

/* ---- the page ----------------------------------------------------------------------------------- */

static enum qn_code plan_page(struct site *s, const struct m_plan *p)
{
    struct qn_buf b;
    char path[SITE_PATH], title[420], english[200], up[SITE_PATH];
    const char *name = site_name_of(s, p->key.office);
    struct qn_span none = {NULL, 0};
    if (!qn_text_copy(title, sizeof(title), p->title))
        return qn_fail(s->err, QN_LIMIT, "file.path-too-long", "path=%s", "plans");
    snprintf(path, sizeof(path), "plans/%.*s-%.*s.html", (int)p->key.office.n,
             (const char *)p->key.office.p, (int)p->series.n, (const char *)p->series.p);
    snprintf(up, sizeof(up), "offices/%.*s.html", (int)p->key.office.n,
             (const char *)p->key.office.p);
    snprintf(english, sizeof(english), "year=%lld|issuer=%.*s", (long long)p->year,
             (int)p->key.office.n, (const char *)p->key.office.p);
    struct html_page page = {.depth = 1,
                             .title = title,
                             .over = name,
                             .up = up,
                             .up_title = name,
                             .english = "site.en-plan",
                             .english_args = english};
    site_page(s, &page, &b);
    html_facts_begin(&b);
    html_fact(&b, "site.fact-doc-no");
    html_span(&b, p->doc_no);
    html_fact(&b, "site.fact-issued-on");
    html_span(&b, p->issued_on);
    html_fact(&b, "site.fact-deadline");
    html_span(&b, p->deadline);
    html_fact(&b, "site.fact-publication-days");
    html_say(&b, "site.working-days", "days=%lld", (long long)p->publication_days);
    html_facts_end(&b);
    enum qn_code rc = put_list(s, &b, p);
    if (rc) {
        qn_buf_release(&b);
        return rc;
    }
    html_el(&b, "h2", NULL, "site.h-draws", "");
    site_draw_table(s, &b, 1, none, p->key.office, p->series, SIZE_MAX);
    put_tasks(s, &b, p);
    site_data_section(s, &b, 1, p);
    s->made.plans++;
    return site_page_done(s, &page, &b, path);
}

enum qn_code site_plan_pages(struct site *s)
{
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < model_count(&s->m, M_PLAN); i++) {
        const struct m_plan *p = model_at(&s->m, M_PLAN, i);
        if (p == model_plan(&s->m, p->key.office, p->series))
            rc = plan_page(s, p);
    }
    return rc;
}
