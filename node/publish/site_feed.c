/* site_feed.c - what is new, for programs that read feeds (Atom, RFC 4287), and the list of pages for search engines.
 *                                                                  Spec: protocol/spec/publication.md */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/publish/publication.h"
#include "node/publish/site_parts.h"
#include "node/text/text.h"

#define NEWEST      50    /* entries of one feed */
#define SITEMAP_MAX 50000 /* addresses in one file, sitemaps.org */

/* ---- what is new -------------------------------------------------------------------------------- */

enum news_kind { NEWS_CORRECTED, NEWS_RESULTS, NEWS_SAMPLES, NEWS_PLAN };
struct news {
    struct qn_span day; /* YYYY-MM-DD, of the publication */
    enum news_kind kind;
    unsigned of; /* place of the office in site.offices */
    const struct m_plan *plan;
    const struct site_published *now, *was; /* a correction, and what stood before it */
    const struct m_stask *task;
    uint64_t results, problems; /* published on that day: of that office, or batches of that task */
};

static struct news *add(struct site *s, struct list *out, enum news_kind kind, struct qn_span day,
                        unsigned of)
{
    struct news *n = list_add(out, sizeof(*n));
    if (n)
        *n = (struct news){.kind = kind, .day = day, .of = of};
    else
        (void)qn_fail(s->err, QN_NOMEM, "base.no-memory", "");
    return n;
}

static int by_day(const void *a, const void *b)
{
    const struct site_published *x = *(const struct site_published *const *)a,
                                *y = *(const struct site_published *const *)b;
    if (x->of != y->of)
        return x->of < y->of ? -1 : 1;
    return qn_span_cmp(x->p->published_on, y->p->published_on);
}

static enum qn_code gather_results(struct site *s, struct list *out)
{
    QN_AUTO(list) struct list days = {0};
    const struct site_published *x = s->published.at;
    for (size_t i = 0; i < s->published.n; i++) {
        if (!i || x[i - 1].p->result_id != x[i].p->result_id ||
            !qn_span_eq(x[i - 1].p->result_office, x[i].p->result_office)) {
            const struct site_published **at = list_add(&days, sizeof(*at));
            if (!at)
                return qn_fail(s->err, QN_NOMEM, "base.no-memory", "");
            *at = &x[i];
            continue;
        }
        struct news *n = add(s, out, NEWS_CORRECTED, x[i].p->published_on, x[i].of);
        if (!n)
            return QN_NOMEM;
        n->now = &x[i];
        n->was = &x[i - 1];
    }
    const struct site_published **d = days.at;
    if (days.n)
        qsort(d, days.n, sizeof(*d), by_day);
    struct news *n = NULL;
    for (size_t i = 0; i < days.n; i++) {
        if (!i || by_day(&d[i - 1], &d[i]) != 0)
            n = add(s, out, NEWS_RESULTS, d[i]->p->published_on, d[i]->of);
        if (!n)
            return QN_NOMEM;
        n->results++;
        n->problems += publish_is_problem(s->st, d[i]->r->codes);
    }
    return QN_OK;
}

static enum qn_code gather_plans(struct site *s, struct list *out)
{
    for (size_t i = 0; i < model_count(&s->m, M_PLAN); i++) {
        const struct m_plan *p = model_at(&s->m, M_PLAN, i);
        unsigned of;
        if (p != model_plan(&s->m, p->key.office, p->series) ||
            !site_office_of(s, p->key.office, &of))
            continue;
        struct news *n = add(s, out, NEWS_PLAN, p->issued_on, of);
        if (!n)
            return QN_NOMEM;
        n->plan = p;
    }
    return QN_OK;
}

static int by_task(const void *a, const void *b)
{
    const struct m_spublic *x = *(const struct m_spublic *const *)a,
                           *y = *(const struct m_spublic *const *)b;
    int c = qn_span_cmp(x->key.office, y->key.office);
    if (!c)
        c = (x->task_id > y->task_id) - (x->task_id < y->task_id);
    return c ? c : qn_span_cmp(x->published_on, y->published_on);
}

static enum qn_code gather_samples(struct site *s, struct list *out)
{
    QN_AUTO(list) struct list rows = {0};
    for (size_t i = 0; i < model_count(&s->m, M_SPUBLIC); i++) {
        const struct m_spublic **at = list_add(&rows, sizeof(*at));
        if (!at)
            return qn_fail(s->err, QN_NOMEM, "base.no-memory", "");
        *at = model_at(&s->m, M_SPUBLIC, i);
    }
    const struct m_spublic **x = rows.at;
    if (rows.n)
        qsort(x, rows.n, sizeof(*x), by_task);
    struct news *n = NULL;
    for (size_t i = 0; i < rows.n; i++) {
        unsigned of;
        const struct m_stask *t = model_find(&s->m, M_STASK, x[i]->key.office, x[i]->task_id, 0);
        if (!t || !site_office_of(s, x[i]->key.office, &of))
            continue;
        if (!i || !n || by_task(&x[i - 1], &x[i]) != 0)
            n = add(s, out, NEWS_SAMPLES, x[i]->published_on, of);
        if (!n)
            return QN_NOMEM;
        n->task = t;
        n->results++;
        n->problems += !qn_span_is(x[i]->conclusion, "conforming");
    }
    return QN_OK;
}

static int newest_first(const void *a, const void *b)
{
    const struct news *x = a, *y = b;
    int c = qn_span_cmp(y->day, x->day);
    if (!c)
        c = (x->of > y->of) - (x->of < y->of);
    if (!c)
        c = (int)x->kind - (int)y->kind;
    if (!c && x->now)
        c = qn_span_cmp(x->now->r->object_id, y->now->r->object_id);
    if (!c && x->task)
        c = (x->task->key.id > y->task->key.id) - (x->task->key.id < y->task->key.id);
    return c ? c : !x->plan ? 0 : qn_span_cmp(x->plan->series, y->plan->series);
}

/* ---- one entry ---------------------------------------------------------------------------------- */

static void put_words(struct site *s, struct qn_buf *b, const struct news *n)
{
    const struct site_office *o = s->offices.at;
    qn_put_str(b, "<title>");
    html_str(b, o[n->of].cert.name);
    switch (n->kind) {
    case NEWS_PLAN:
        html_say(b, "site.news-plan", "");
        html_span(b, n->plan->title);
        break;
    case NEWS_RESULTS:
        html_say(b, "site.news-results", "count=%llu|problems=%llu", (unsigned long long)n->results,
                 (unsigned long long)n->problems);
        break;
    case NEWS_SAMPLES:
        html_say(b, "site.news-samples", "count=%llu|failing=%llu", (unsigned long long)n->results,
                 (unsigned long long)n->problems);
        html_span(b, n->task->title);
        break;
    case NEWS_CORRECTED:
        html_say(b, "site.news-corrected", "");
        html_span(b, n->now->r->object_name);
        break;
    }
    qn_put_str(b, "</title>\n");
    if (n->kind != NEWS_CORRECTED)
        return;
    qn_put_str(b, "<summary>");
    site_result_words(s, b, n->was->r->codes, n->was->r->text);
    qn_put_str(b, " → ");
    site_result_words(s, b, n->now->r->codes, n->now->r->text);
    qn_put_str(b, "。");
    html_say(b, "site.reason", "");
    html_span(b, n->now->r->reason);
    qn_put_str(b, "</summary>\n");
}

/* Where it stands, and the name that it keeps. */
static void places(struct site *s, const struct news *n, char path[SITE_PATH], char name[SITE_PATH])
{
    const struct site_office *o = s->offices.at;
    char id[40];
    switch (n->kind) {
    case NEWS_PLAN:
        snprintf(path, SITE_PATH, "plans/%s-%.*s.html", o[n->of].cert.office,
                 (int)n->plan->series.n, (const char *)n->plan->series.p);
        snprintf(name, SITE_PATH, "plan/%.*s", (int)n->plan->series.n,
                 (const char *)n->plan->series.p);
        break;
    case NEWS_RESULTS:
        snprintf(path, SITE_PATH, "results/%s.html", o[n->of].cert.office);
        snprintf(name, SITE_PATH, "results");
        break;
    case NEWS_SAMPLES:
        site_sampling_path(path, n->task);
        qn_row_id_text(id, n->task->key.id);
        snprintf(name, SITE_PATH, "samples/%s", id);
        break;
    case NEWS_CORRECTED:
        site_object_path(path, n->now->r->object_id);
        qn_row_id_text(id, n->now->r->key.id);
        snprintf(name, SITE_PATH, "result/%.*s:%s/%lld", (int)n->now->r->key.office.n,
                 (const char *)n->now->r->key.office.p, id, (long long)n->now->r->key.rev);
        break;
    }
}

static void put_entry(struct site *s, struct qn_buf *b, unsigned depth, const struct news *n)
{
    const struct site_office *o = s->offices.at;
    char path[SITE_PATH], name[SITE_PATH];
    places(s, n, path, name);
    qn_put_str(b, "<entry>\n");
    put_words(s, b, n);
    /* SPEC site-19: "`tag:<deployment>,<day>:<office>/<what>`" */
    qn_put_str(b, "<id>");
    html_fmt(b, "tag:%s,%.*s:%s/%s", s->self->deployment, (int)n->day.n, (const char *)n->day.p,
             o[n->of].cert.office, name);
    qn_put_str(b, "</id>\n<updated>");
    html_span(b, n->day);
    qn_put_str(b, "T00:00:00+08:00</updated>\n<link href=\"");
    html_root(b, depth);
    html_str(b, path);
    qn_put_str(b, "\"/>\n</entry>\n");
}

/* ---- feeds -------------------------------------------------------------------------------------- */

/* of: place of the one office whose news these are, or UINT_MAX for all. */
static enum qn_code feed(struct site *s, const struct list *all, unsigned of)
{
    const struct site_office *o = s->offices.at;
    const struct news *n = all->at;
    const char *code = of == UINT_MAX ? "all" : o[of].cert.office,
               *name = of == UINT_MAX ? s->self->name : o[of].cert.name;
    unsigned depth = of == UINT_MAX ? 0 : 1;
    char path[SITE_PATH] = "feed.xml";
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, SITE_FILE_MAX);
    if (of != UINT_MAX)
        snprintf(path, sizeof(path), "feeds/%s.xml", code);
    qn_put_str(&b, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                   "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"zh-CN\">\n<title>");
    html_say(&b, "site.title", "name=%s", name);
    qn_put_str(&b, "</title>\n<id>");
    html_fmt(&b, "tag:%s,2021:%s/feed/%s", s->self->deployment, s->self->office, code);
    qn_put_str(&b, "</id>\n<updated>");
    html_fmt(&b, "%.10sT%.5s:00+08:00", s->made_on, s->made_on + 11);
    qn_put_str(&b, "</updated>\n<author><name>");
    html_str(&b, s->self->name);
    qn_put_str(&b, "</name></author>\n<link href=\"");
    html_root(&b, depth);
    html_str(&b, "index.html");
    qn_put_str(&b, "\"/>\n");
    for (size_t i = 0, shown = 0; i < all->n && shown < NEWEST; i++)
        if (of == UINT_MAX || n[i].of == of) {
            put_entry(s, &b, depth, &n[i]);
            shown++;
        }
    qn_put_str(&b, "</feed>\n");
    return site_write(s, path, &b);
}

enum qn_code site_feeds(struct site *s)
{
    QN_AUTO(list) struct list all = {0};
    enum qn_code rc = gather_results(s, &all);
    if (!rc)
        rc = gather_plans(s, &all);
    if (!rc)
        rc = gather_samples(s, &all);
    if (!rc && all.n)
        qsort(all.at, all.n, sizeof(struct news), newest_first);
    if (!rc)
        rc = feed(s, &all, UINT_MAX);
    for (unsigned i = 0; !rc && i < s->offices.n; i++)
        rc = feed(s, &all, i);
    return rc;
}

/* ---- the list of pages --------------------------------------------------------------------------- */

static bool is_page(const char *path)
{
    size_t n = strlen(path);
    return n > 5 && strcmp(path + n - 5, ".html") == 0 && strcmp(path, "cokey.html") != 0;
}

static void sitemap_begin(struct qn_buf *b, const char *root)
{
    qn_put_str(b, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<");
    qn_put_str(b, root);
    qn_put_str(b, " xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
}

static void put_place(struct site *s, struct qn_buf *b, const char *tag, const char *path)
{
    qn_put_fmt(b, "<%s><loc>", tag);
    html_str(b, s->url);
    html_str(b, path);
    qn_put_fmt(b, "</loc><lastmod>%.10s</lastmod></%s>\n", s->made_on, tag);
}

static enum qn_code sitemap_part(struct site *s, size_t *from, size_t pages, const char *path)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, SITE_FILE_MAX);
    sitemap_begin(&b, "urlset");
    const struct site_file *f = s->files.at;
    for (size_t shown = 0; *from < pages && shown < SITEMAP_MAX; (*from)++)
        if (is_page(f[*from].path)) {
            put_place(s, &b, "url", f[*from].path);
            shown++;
        }
    qn_put_str(&b, "</urlset>\n");
    return site_write(s, path, &b);
}

/* SPEC site-20: "Where the address is known" */
enum qn_code site_map(struct site *s)
{
    size_t pages = 0, at = 0, files = s->files.n;
    enum qn_code rc = QN_OK;
    if (!s->url[0])
        return QN_OK;
    const struct site_file *f = s->files.at;
    for (size_t i = 0; i < files; i++)
        pages += is_page(f[i].path);
    if (pages <= SITEMAP_MAX)
        return sitemap_part(s, &at, files, "sitemap.xml");
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, SITE_FILE_MAX);
    sitemap_begin(&b, "sitemapindex");
    for (unsigned i = 1; !rc && at < files; i++) {
        char path[SITE_PATH];
        snprintf(path, sizeof(path), "sitemap-%u.xml", i);
        put_place(s, &b, "sitemap", path);
        rc = sitemap_part(s, &at, files, path);
    }
    qn_put_str(&b, "</sitemapindex>\n");
    return rc ? rc : site_write(s, "sitemap.xml", &b);
}

/* SPEC site-20: "`http://` or `https://`" */
enum qn_code site_address(struct site *s, const char *url)
{
    static const char *const heads[] = {"https://", "http://"};
    size_t n = url ? strlen(url) : 0, head = 0;
    if (!n)
        return QN_OK;
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        if (strncmp(url, heads[i], strlen(heads[i])) == 0)
            head = strlen(heads[i]);
    bool plain = head && n > head && url[head] != '/';
    for (size_t i = 0; i < n; i++)
        plain = plain && url[i] > ' ' && url[i] < 0x7f && !strchr("\"'<>\\^`{|}?#", url[i]);
    if (!plain || n + 2 > sizeof(s->url))
        return qn_fail(s->err, QN_MALFORMED, "publish.url", "url=%.120s", url);
    snprintf(s->url, sizeof(s->url), "%s%s", url, url[n - 1] == '/' ? "" : "/");
    return QN_OK;
}
