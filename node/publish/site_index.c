/* site_index.c - the front page, and the page that says how to check. */
#include <stdio.h>
#include <string.h>

#include "node/publish/site_parts.h"
#include "node/text/text.h"

#define NEWEST 12 /* draws on the front page; the offices' pages have them all */

static void figure(struct qn_buf *b, const char *id, uint64_t n)
{
    qn_put_fmt(b, "<div><b>%llu</b><span>", (unsigned long long)n);
    html_say(b, id, "");
    qn_put_str(b, "</span></div>\n");
}

static void put_figures(struct site *s, struct qn_buf *b)
{
    uint64_t drawn = 0, problems = 0;
    const struct site_office *o = s->offices.at;
    for (size_t i = 0; i < s->offices.n; i++) {
        drawn += o[i].drawn;
        problems += o[i].problems;
    }
    qn_put_str(b, "<section class=\"figures\">\n");
    figure(b, "site.fig-plans", s->made.plans);
    figure(b, "site.fig-draws", s->made.draws);
    figure(b, "site.fig-sealed", s->made.sealed);
    figure(b, "site.fig-drawn", drawn);
    figure(b, "site.fig-results", s->made.results);
    figure(b, "site.fig-problems", problems);
    qn_put_str(b, "</section>\n");
}

static size_t tasks_of(struct site *s, const struct m_plan *p)
{
    size_t n = 0;
    for (size_t i = 0; i < model_count(&s->m, M_TASK); i++) {
        const struct m_task *t = model_at(&s->m, M_TASK, i);
        n += t->plan_id == p->key.id && qn_span_eq(t->key.office, p->key.office) &&
             model_newest(&s->m, M_TASK, i);
    }
    return n;
}

static void put_plans(struct site *s, struct qn_buf *b)
{
    static const char *const heads[] = {"site.col-plan", "site.col-issuer", "site.col-doc-no",
                                        "site.col-issued", "site.col-tasks"};
    struct html_table t;
    html_el(b, "h2", NULL, "site.h-plans", "");
    if (!s->made.plans) {
        html_el(b, "p", "quiet", "site.no-plans", "");
        return;
    }
    html_table_begin(&t, b, heads, 5);
    for (size_t i = 0; i < model_count(&s->m, M_PLAN); i++) {
        const struct m_plan *p = model_at(&s->m, M_PLAN, i);
        char path[SITE_PATH];
        if (p != model_plan(&s->m, p->key.office, p->series))
            continue;
        snprintf(path, sizeof(path), "plans/%.*s-%.*s.html", (int)p->key.office.n,
                 (const char *)p->key.office.p, (int)p->series.n, (const char *)p->series.p);
        html_cell(&t, "title");
        html_link(b, 0, path, p->title);
        html_cell(&t, NULL);
        html_str(b, site_name_of(s, p->key.office));
        html_cell(&t, NULL);
        html_span(b, p->doc_no);
        html_cell(&t, NULL);
        html_span(b, p->issued_on);
        html_number(&t, tasks_of(s, p));
    }
    html_table_end(&t);
}

static const char *level_of_office(enum qn_level level)
{
    switch (level) {
    case QN_PROVINCE:
        return "site.office-province";
    case QN_CITY:
        return "site.office-city";
    case QN_COUNTY:
        return "site.office-county";
    case QN_STATION:
        return "site.office-station";
    }
    return "site.office-station";
}

static void put_offices(struct site *s, struct qn_buf *b)
{
    static const char *const heads[] = {
        "site.col-office", "site.col-office-level", "site.col-draws",   "site.col-sealed",
        "site.col-drawn",  "site.col-published-n",  "site.col-problems"};
    struct html_table t;
    const struct site_office *o = s->offices.at;
    html_el(b, "h2", NULL, "site.h-offices", "");
    html_table_begin(&t, b, heads, 7);
    for (int level = QN_PROVINCE; level <= QN_STATION; level++)
        for (size_t i = 0; i < s->offices.n; i++) {
            char path[SITE_PATH];
            if ((int)o[i].cert.level != level)
                continue;
            snprintf(path, sizeof(path), "offices/%s.html", o[i].cert.office);
            html_cell(&t, "title");
            html_link(b, 0, path, qn_str(o[i].cert.name));
            html_cell(&t, NULL);
            html_say(b, level_of_office(o[i].cert.level), "");
            const uint64_t n[] = {o[i].draws, o[i].sealed, o[i].drawn, o[i].results, o[i].problems};
            for (size_t k = 0; k < sizeof(n) / sizeof(n[0]); k++) {
                html_cell(&t, "num");
                if (n[k])
                    html_fmt(b, "%llu", (unsigned long long)n[k]);
                else
                    qn_put_str(b, "<span class=\"quiet\">0</span>");
            }
        }
    html_table_end(&t);
}

static void put_fingerprint(struct site *s, struct qn_buf *b)
{
    uint8_t hash[QN_HASH];
    char print[QN_FINGERPRINT];
    qn_policy_hash(hash, store_policy(s->st));
    qn_fingerprint(print, hash);
    html_el(b, "p", NULL, "site.fingerprint-note", "");
    qn_put_fmt(b, "<p class=\"print\"><code>%s</code></p>\n", print);
}

enum qn_code site_index(struct site *s)
{
    struct qn_buf b;
    char title[300], args[200];
    struct qn_span none = {NULL, 0};
    snprintf(args, sizeof(args), "name=%s", s->self->name);
    text_render(title, sizeof(title), TEXT_ZH, "site.title", args);
    struct html_page p = {
        .front = true, .title = title, .english = "site.en-index", .english_args = args};
    site_page(s, &p, &b);
    html_el(&b, "p", "lead", "site.intro", "");
    html_el(&b, "p", NULL, "site.was-i-drawn", "");
    qn_put_str(&b, "<p><a class=\"button\" href=\"find/index.html\">");
    html_say(&b, "site.find-title", "");
    qn_put_str(&b, "</a></p>\n");
    put_figures(s, &b);
    put_plans(s, &b);
    html_el(&b, "h2", NULL, "site.h-newest", "");
    site_draw_table(s, &b, 0, none, none, none, NEWEST);
    site_sampling_list(s, &b, 0, "");
    put_offices(s, &b);
    html_el(&b, "h2", NULL, "site.h-data", "");
    html_el(&b, "p", NULL, "site.data-note", "");
    qn_put_str(&b, "<p><a class=\"button\" href=\"results.csv\">results.csv</a> <a class=\"button\" href=\"data/index.html\">");
    html_say(&b, "site.h-download", "");
    qn_put_str(&b, "</a></p>\n");
    html_el(&b, "h2", NULL, "site.h-check", "");
    put_fingerprint(s, &b);
    qn_put_str(&b, "<p><a href=\"verify.html\">");
    html_say(&b, "site.how-long", "");
    qn_put_str(&b, "</a></p>\n");
    return site_page_done(s, &p, &b, "index.html");
}

/* ---- how to check ------------------------------------------------------------------------------- */

static void put_level(struct qn_buf *b, enum qn_draw_level level, const char *means)
{
    qn_put_str(b, "<dt>");
    site_level(b, level);
    qn_put_str(b, "</dt><dd>");
    html_say(b, means, "");
    qn_put_str(b, "</dd>\n");
}

enum qn_code site_verify_page(struct site *s)
{
    static const char *const steps[] = {"site.verify-1", "site.verify-2", "site.verify-3",
                                        "site.verify-4", "site.verify-5", "site.verify-6",
                                        "site.verify-7"};
    static const char *const limits[] = {"site.limit-1", "site.limit-2", "site.limit-3",
                                         "site.limit-4"};
    struct qn_buf b;
    char title[200];
    text_render(title, sizeof(title), TEXT_ZH, "site.how", "");
    struct html_page p = {.title = title, .english = "site.en-verify"};
    site_page(s, &p, &b);
    html_el(&b, "p", "lead", "site.verify-intro", "");
    html_el(&b, "h2", NULL, "site.h-browser", "");
    html_el(&b, "p", NULL, "site.verify-browser", "");
    html_el(&b, "h2", NULL, "site.h-fingerprint", "");
    put_fingerprint(s, &b);
    html_el(&b, "h2", NULL, "site.h-command", "");
    html_el(&b, "p", NULL, "site.verify-command", "");
    qn_put_str(&b, "<pre>qian site check --site . --fingerprint XXXXX-… --draw OFFICE:ID --object "
                   "ID [--slip FILE]\n"
                   "sha256sum -c manifest.txt</pre>\n");
    html_el(&b, "h2", NULL, "site.h-steps", "");
    qn_put_str(&b, "<ol>\n");
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        html_el(&b, "li", NULL, steps[i], "");
    qn_put_str(&b, "</ol>\n");
    html_el(&b, "h2", NULL, "site.h-levels", "");
    qn_put_str(&b, "<dl class=\"levels\">\n");
    put_level(&b, QN_WITNESSED, "site.level-witnessed-means");
    put_level(&b, QN_OFFLINE, "site.level-offline-means");
    put_level(&b, QN_UNWITNESSED, "site.level-unwitnessed-means");
    qn_put_str(&b, "</dl>\n");
    html_el(&b, "h2", NULL, "site.h-slip", "");
    html_el(&b, "p", NULL, "site.slip-note", "");
    html_el(&b, "h2", NULL, "site.h-limits", "");
    qn_put_str(&b, "<ul>\n");
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
        html_el(&b, "li", NULL, limits[i], "");
    qn_put_str(&b, "</ul>\n");
    return site_page_done(s, &p, &b, "verify.html");
}
