/* site_sampling.c - product sampling: a page for each task, with its products and every published batch; what failed first,
 * every correction beside what it corrects.                     Spec: protocol/spec/publication.md (site-23) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/publish/site_parts.h"
#include "node/text/text.h"

#define PAGE_ROWS 200 /* a batch has ten values */

/* SPEC sampling-34: "stands as no result any more" */
static bool fails(const struct m_spublic *p)
{
    return !p->withdrawn && !qn_span_is(p->conclusion, "conforming");
}

/* A published batch: the newest revision, and where it stands in the model: those before it stand in front. */
struct batch {
    const struct m_spublic *p;
    size_t at;
};
struct task {
    const struct m_stask *t;
    struct list batches; /* struct batch */
    uint64_t failing, standing;
};

void site_sampling_path(char out[SITE_PATH], const struct m_stask *t)
{
    char id[40];
    qn_row_id_text(id, t->key.id);
    snprintf(out, SITE_PATH, "sampling/%.*s-%s.html", (int)t->key.office.n,
             (const char *)t->key.office.p, id);
}

static void anchor(char out[60], const struct m_spublic *p)
{
    char id[40];
    qn_row_id_text(id, p->key.id);
    snprintf(out, 60, "s-%s", id);
}

static int failing_first(const void *a, const void *b)
{
    const struct batch *x = a, *y = b;
    if (fails(x->p) != fails(y->p))
        return fails(x->p) ? -1 : 1;
    int c = qn_span_cmp(x->p->product, y->p->product);
    if (!c)
        c = qn_span_cmp(x->p->producer, y->p->producer);
    return c ? c : (x->p->key.id > y->p->key.id) - (x->p->key.id < y->p->key.id);
}

static enum qn_code load(struct task *out, struct site *s, const struct m_stask *t)
{
    *out = (struct task){.t = t};
    for (size_t i = 0; i < model_count(&s->m, M_SPUBLIC); i++) {
        const struct m_spublic *p = model_at(&s->m, M_SPUBLIC, i);
        if (p->task_id != t->key.id || !qn_span_eq(p->key.office, t->key.office) ||
            !model_newest(&s->m, M_SPUBLIC, i))
            continue;
        struct batch *b = list_add(&out->batches, sizeof(*b));
        if (!b)
            return qn_fail(s->err, QN_NOMEM, "base.no-memory", "");
        *b = (struct batch){p, i};
        out->failing += fails(p);
        out->standing += !p->withdrawn;
    }
    if (out->batches.n)
        qsort(out->batches.at, out->batches.n, sizeof(struct batch), failing_first);
    return QN_OK;
}

/* ---- one batch ---------------------------------------------------------------------------------- */

static void put_conclusion(struct qn_buf *b, const struct m_spublic *p)
{
    if (p->withdrawn) {
        html_say(b, "site.sample-withdrawn", "on=%.*s", (int)p->published_on.n,
                 (const char *)p->published_on.p);
        return;
    }
    qn_put_str(b, fails(p) ? "<span class=\"problem\">" : "<span>");
    html_say(b,
             qn_span_is(p->conclusion, "conforming") ? "word.conclusion.conforming"
             : qn_span_is(p->conclusion, "refused")  ? "word.conclusion.refused"
                                                     : "word.conclusion.nonconforming",
             "");
    if (p->failed_items.n) {
        qn_put_str(b, "：");
        html_span(b, p->failed_items);
    }
    qn_put_str(b, "</span>");
}

/* What else was said, where it is said otherwise now. */
static void put_changed(struct qn_buf *b, const struct m_spublic *was, const struct m_spublic *then)
{
    const struct {
        const char *id;
        struct qn_span was, then;
    } facts[] = {
        {"site.col-product", was->product, then->product},
        {"field.model", was->model, then->model},
        {"field.trademark", was->trademark, then->trademark},
        {"site.col-batch", was->batch_no, then->batch_no},
        {"site.col-producer", was->producer, then->producer},
        {"site.col-party", was->party, then->party},
        {"field.party-uscc", was->party_uscc, then->party_uscc},
        {"site.col-lab", was->lab, then->lab},
        {"field.report-no", was->report_no, then->report_no},
    };
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        if (qn_span_eq(facts[i].was, facts[i].then))
            continue;
        qn_put_str(b, "；");
        html_say(b, facts[i].id, "");
        qn_put_str(b, "：");
        if (facts[i].was.n)
            html_span(b, facts[i].was);
        else
            html_say(b, "site.none", "");
    }
}

/* SPEC site-23: "with what stood before each correction or withdrawal (sampling-34), from when to when, and the reason" */
static void put_before(struct site *s, struct qn_buf *b, const struct batch *x)
{
    for (size_t i = x->at; i > 0; i--) {
        const struct m_spublic *was = model_at(&s->m, M_SPUBLIC, i - 1),
                               *then = model_at(&s->m, M_SPUBLIC, i);
        if (was->key.id != x->p->key.id || !qn_span_eq(was->key.office, x->p->key.office))
            return;
        qn_put_str(b, "<small class=\"was\">");
        html_say(b, "site.stood", "from=%.*s|to=%.*s", (int)was->published_on.n,
                 (const char *)was->published_on.p, (int)then->published_on.n,
                 (const char *)then->published_on.p);
        put_conclusion(b, was);
        put_changed(b, was, then);
        qn_put_str(b, "<br>");
        html_say(b, "site.reason", "");
        html_span(b, then->reason);
        qn_put_str(b, "</small>");
    }
}

/* Several values in one cell, those that there are. */
static void put_values(struct qn_buf *b, const struct qn_span *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!v[i].n)
            continue;
        qn_put_str(b, i ? "<br><small>" : "");
        html_span(b, v[i]);
        qn_put_str(b, i ? "</small>" : "");
    }
}

static void put_batch(struct site *s, struct html_table *t, const struct batch *x)
{
    const struct m_spublic *p = x->p;
    char id[60];
    anchor(id, p);
    html_cell(t, "title");
    qn_put_fmt(t->b, "<a id=\"%s\"></a>", id);
    put_values(t->b, (const struct qn_span[]){p->product, p->model, p->trademark}, 3);
    html_cell(t, NULL);
    html_span(t->b, p->batch_no);
    html_cell(t, NULL);
    html_span(t->b, p->producer);
    html_cell(t, NULL);
    put_values(t->b, (const struct qn_span[]){p->party, p->party_uscc}, 2);
    html_cell(t, NULL);
    put_values(t->b, (const struct qn_span[]){p->lab, p->report_no}, 2);
    html_cell(t, "result");
    put_conclusion(t->b, p);
    put_before(s, t->b, x);
    html_cell(t, "time");
    html_span(t->b, p->published_on);
}

/* ---- a task ------------------------------------------------------------------------------------- */

static void put_products(struct site *s, struct qn_buf *b, const struct task *k)
{
    static const char *const heads[] = {"site.col-no",          "site.col-product",
                                        "site.col-category",    "site.col-batches",
                                        "site.col-published-n", "site.col-failing"};
    const struct batch *x = k->batches.at;
    struct html_table t;
    html_el(b, "h2", NULL, "site.h-products", "");
    html_table_begin(&t, b, heads, 6);
    for (size_t i = 0; i < model_count(&s->m, M_SPRODUCT); i++) {
        const struct m_sproduct *p = model_at(&s->m, M_SPRODUCT, i);
        uint64_t published = 0, failing = 0;
        if (p->task_id != k->t->key.id || !qn_span_eq(p->key.office, k->t->key.office) ||
            p->withdrawn || !model_newest(&s->m, M_SPRODUCT, i))
            continue;
        for (size_t n = 0; n < k->batches.n; n++)
            if (!x[n].p->withdrawn && qn_span_eq(x[n].p->product, p->name)) {
                published++;
                failing += fails(x[n].p);
            }
        html_cell(&t, "num");
        html_span(b, p->no);
        html_cell(&t, "title");
        html_span(b, p->name);
        html_cell(&t, NULL);
        html_span(b, p->category);
        html_cell(&t, "num");
        html_fmt(b, "%lld", (long long)p->batches);
        html_number(&t, published);
        html_cell(&t, failing ? "num problem" : "num");
        html_fmt(b, "%llu", (unsigned long long)failing);
    }
    html_table_end(&t);
}

static void put_batches(struct site *s, struct qn_buf *b, const struct task *k, size_t from,
                        size_t to)
{
    static const char *const heads[] = {
        "site.col-product", "site.col-batch",      "site.col-producer", "site.col-party",
        "site.col-lab",     "site.col-conclusion", "site.col-published"};
    const struct batch *x = k->batches.at;
    struct html_table t;
    html_table_begin(&t, b, heads, 7);
    for (size_t i = from; i < to; i++)
        put_batch(s, &t, &x[i]);
    html_table_end(&t);
}

static void put_fact(struct qn_buf *b, const char *id, struct qn_span value)
{
    if (!value.n)
        return;
    html_fact(b, id);
    html_span(b, value);
}

static enum qn_code task_page(struct site *s, const struct task *k, size_t page, size_t pages)
{
    struct qn_buf b;
    char stem[SITE_PATH], path[SITE_PATH], title[420], up[SITE_PATH], english[120];
    const char *name = site_name_of(s, k->t->key.office);
    site_sampling_path(stem, k->t);
    stem[strlen(stem) - strlen(".html")] = 0;
    qn_text_copy(title, sizeof(title), k->t->title);
    snprintf(up, sizeof(up), "offices/%.*s.html", (int)k->t->key.office.n,
             (const char *)k->t->key.office.p);
    snprintf(english, sizeof(english), "count=%llu|failing=%llu", (unsigned long long)k->standing,
             (unsigned long long)k->failing);
    struct html_page p = {.depth = 1,
                          .title = title,
                          .over = name,
                          .up = up,
                          .up_title = name,
                          .english = "site.en-sampling",
                          .english_args = english};
    site_page(s, &p, &b);
    html_facts_begin(&b);
    put_fact(&b, "site.fact-doc-no", k->t->doc_no);
    put_fact(&b, "site.fact-issued-on", k->t->issued_on);
    put_fact(&b, "site.fact-sampling-scope", k->t->scope);
    html_facts_end(&b);
    if (!page)
        put_products(s, &b, k);
    html_el(&b, "h2", NULL, "site.h-samples", "");
    html_el(&b, "p", "note", k->batches.n ? "site.samples-note" : "site.no-samples",
            "count=%llu|failing=%llu", (unsigned long long)k->standing,
            (unsigned long long)k->failing);
    html_pager(&b, 1, stem, page, pages);
    size_t from = page * PAGE_ROWS,
           to = from + PAGE_ROWS < k->batches.n ? from + PAGE_ROWS : k->batches.n;
    if (k->batches.n)
        put_batches(s, &b, k, from, to);
    html_pager(&b, 1, stem, page, pages);
    html_page_path(path, sizeof(path), stem, page);
    return site_page_done(s, &p, &b, path);
}

/* SPEC site-23: "Producers and sellers are found by the search." */
static enum qn_code add_rows(struct site *s, const struct task *k)
{
    static const struct qn_span none = {NULL, 0};
    const struct batch *x = k->batches.at;
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < k->batches.n; i++) {
        char stem[SITE_PATH], page[SITE_PATH], id[60], path[SITE_PATH + 64];
        site_sampling_path(stem, k->t);
        stem[strlen(stem) - strlen(".html")] = 0;
        html_page_path(page, sizeof(page), stem, i / PAGE_ROWS);
        anchor(id, x[i].p);
        snprintf(path, sizeof(path), "%s#%s", page, id);
        rc = site_find_add(s, x[i].p->party_uscc, x[i].p->party, path);
        if (!rc && x[i].p->producer.n && !qn_span_eq(x[i].p->producer, x[i].p->party))
            rc = site_find_add(s, none, x[i].p->producer, path);
    }
    return rc;
}

static bool is_shown(const struct site *s, size_t i)
{
    const struct m_stask *t = model_at(&s->m, M_STASK, i);
    return model_newest(&s->m, M_STASK, i) && !t->withdrawn;
}

enum qn_code site_sampling_pages(struct site *s)
{
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < model_count(&s->m, M_STASK); i++) {
        struct task k = {0};
        if (!is_shown(s, i))
            continue;
        rc = load(&k, s, model_at(&s->m, M_STASK, i));
        size_t pages = k.batches.n ? (k.batches.n + PAGE_ROWS - 1) / PAGE_ROWS : 1;
        for (size_t n = 0; !rc && n < pages; n++)
            rc = task_page(s, &k, n, pages);
        if (!rc)
            rc = add_rows(s, &k);
        list_free(&k.batches);
    }
    return rc;
}

void site_sampling_list(struct site *s, struct qn_buf *b, unsigned depth, const char *office)
{
    static const char *const heads[] = {"site.col-sampling", "site.col-issuer", "site.col-doc-no",
                                        "site.col-published-n", "site.col-failing"};
    struct html_table t;
    bool any = false;
    for (size_t i = 0; i < model_count(&s->m, M_STASK); i++) {
        const struct m_stask *x = model_at(&s->m, M_STASK, i);
        char path[SITE_PATH];
        uint64_t published = 0, failing = 0;
        if (!is_shown(s, i) || (*office && !qn_span_is(x->key.office, office)))
            continue;
        for (size_t n = 0; n < model_count(&s->m, M_SPUBLIC); n++) {
            const struct m_spublic *p = model_at(&s->m, M_SPUBLIC, n);
            if (p->task_id != x->key.id || !qn_span_eq(p->key.office, x->key.office) ||
                p->withdrawn || !model_newest(&s->m, M_SPUBLIC, n))
                continue;
            published++;
            failing += fails(p);
        }
        if (!any) {
            html_el(b, "h2", NULL, "site.h-sampling", "");
            html_table_begin(&t, b, heads, 5);
        }
        any = true;
        site_sampling_path(path, x);
        html_cell(&t, "title");
        html_link(b, depth, path, x->title);
        html_cell(&t, NULL);
        html_str(b, site_name_of(s, x->key.office));
        html_cell(&t, NULL);
        html_span(b, x->doc_no);
        html_number(&t, published);
        html_cell(&t, failing ? "num problem" : "num");
        html_fmt(b, "%llu", (unsigned long long)failing);
    }
    if (any)
        html_table_end(&t);
}
