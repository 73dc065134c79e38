/* site_office.c - the page of one office: its draws, what is still sealed, its results, its log. */
#include <stdio.h>
#include <string.h>

#include "node/publish/site_parts.h"

/* ---- a table of draws, as the front page, an office and a plan show it --------------------------- */

static bool is_wanted(const struct site_draw *d, struct qn_span office, struct qn_span issuer,
                      struct qn_span series)
{
    if (office.n && !qn_span_is(office, d->office))
        return false;
    return !issuer.n || (qn_span_eq(d->issuer, issuer) && qn_span_eq(d->series, series));
}

void site_draw_table(struct site *s, struct qn_buf *b, unsigned depth, struct qn_span office,
                     struct qn_span issuer, struct qn_span series, size_t max)
{
    static const char *const heads[] = {"site.col-office", "site.col-task",  "site.col-drawn-on",
                                        "site.col-drawn",  "site.col-level", "site.col-verdict"};
    unsigned skip = office.n ? 1 : 0; /* on an office's own page its name stands above */
    struct html_table t;
    const struct site_draw *d = s->draws.at;
    size_t shown = 0, all = 0;
    for (size_t i = 0; i < s->draws.n; i++)
        all += is_wanted(&d[i], office, issuer, series);
    if (!all) {
        html_el(b, "p", "quiet", "site.no-draws", "");
        return;
    }
    html_table_begin(&t, b, heads + skip, 6 - skip);
    for (size_t i = 0; i < s->draws.n && shown < max; i++) {
        char path[SITE_PATH + 16];
        if (!is_wanted(&d[i], office, issuer, series))
            continue;
        shown++;
        if (!skip) {
            html_cell(&t, NULL);
            html_str(b, site_name_of(s, qn_str(d[i].office)));
        }
        html_cell(&t, "title");
        snprintf(path, sizeof(path), "%s/index.html", d[i].dir);
        html_link(b, depth, path, qn_str(d[i].title));
        html_cell(&t, "time");
        if (d[i].first_s)
            html_time(b, d[i].first_s);
        else
            qn_put_str(b, "—");
        html_cell(&t, "num");
        if (d[i].pairs)
            html_say(b, "site.pairs-short", "");
        else
            html_fmt(b, "%llu", (unsigned long long)d[i].drawn);
        html_cell(&t, NULL);
        site_level(b, d[i].level);
        html_cell(&t, NULL);
        site_verdict(b, d[i].verdict);
        if (!d[i].holds) {
            qn_put_str(b, " <span class=\"tag bad\">");
            html_say(b, "site.tag-fails", "");
            qn_put_str(b, "</span>");
        }
    }
    html_table_end(&t);
    if (shown < all)
        html_el(b, "p", "quiet", "site.more-draws", "shown=%zu|all=%zu", shown, all);
}

/* ---- the page ----------------------------------------------------------------------------------- */

static void put_sealed(struct site *s, struct qn_buf *b, const struct site_office *o)
{
    static const char *const heads[] = {"site.col-place", "site.col-drawn-on", "site.col-state"};
    struct html_table t;
    const struct site_sealed *x = s->sealed.at;
    html_el(b, "h2", NULL, "site.h-sealed", "");
    html_el(b, "p", "note", "site.sealed-what", "");
    html_table_begin(&t, b, heads, 3);
    for (size_t i = 0; i < s->sealed.n; i++) {
        const struct log *l = &s->m.released.log[x[i].log];
        char path[SITE_PATH + 16], place[QN_ORIGIN_MAX + 32];
        if (strcmp(l->office, o->cert.office) != 0)
            continue;
        snprintf(path, sizeof(path), "sealed/%s.html", x[i].name);
        snprintf(place, sizeof(place), "%s #%llu", l->origin, (unsigned long long)x[i].seq);
        html_cell(&t, NULL);
        html_link(b, 1, path, qn_str(place));
        html_cell(&t, NULL);
        if (x[i].first_s)
            html_time(b, x[i].first_s);
        else
            qn_put_str(b, "—");
        html_cell(&t, NULL);
        qn_put_str(b, "<span class=\"tag none\">");
        html_say(b, x[i].forgotten ? "site.forgotten" : "site.sealed", "");
        qn_put_str(b, "</span>");
    }
    html_table_end(&t);
}

static enum qn_code put_log(struct site *s, struct qn_buf *b, const struct site_office *o)
{
    char origin[QN_ORIGIN_MAX + 1];
    unsigned at;
    qn_cert_origin(origin, &o->cert);
    html_el(b, "h2", NULL, "site.h-log", "");
    html_facts_begin(b);
    html_fact(b, "site.fact-origin");
    qn_put_str(b, "<code>");
    html_str(b, origin);
    qn_put_str(b, "</code>");
    html_fact(b, "site.fact-issuer");
    html_str(b, o->cert.issuer[0] ? site_name_of(s, qn_str(o->cert.issuer)) : "");
    if (!o->cert.issuer[0])
        html_say(b, "site.root-policy", "");
    if (released_log(&s->m.released, qn_str(origin), &at)) {
        const struct log *l = &s->m.released.log[at];
        html_fact(b, "site.fact-log-size");
        html_fmt(b, "%llu", (unsigned long long)l->verified);
        QN_AUTO(query) struct query q = query_start(s->st, SQL_PUB_NEWEST_COSIGNED);
        q_bind_int(&q, l->no);
        q_bind_int(&q, (int64_t)l->verified);
        if (q_step(&q) && !q_null(&q, 0)) {
            html_fact(b, "site.fact-cosigned");
            html_time(b, (uint64_t)q_int(&q, 1));
            html_say(b, "site.up-to", "size=%llu", (unsigned long long)q_int(&q, 0));
        }
        enum qn_code rc = query_end(&q, s->err);
        if (rc)
            return rc;
    }
    html_facts_end(b);
    return QN_OK;
}

static enum qn_code office_page(struct site *s, const struct site_office *o)
{
    struct qn_buf b;
    char path[SITE_PATH], feed[SITE_PATH], english[200];
    struct qn_span none = {NULL, 0};
    snprintf(feed, sizeof(feed), "feeds/%s.xml", o->cert.office);
    snprintf(english, sizeof(english), "office=%s|draws=%llu|sealed=%llu|results=%llu",
             o->cert.office, (unsigned long long)o->draws, (unsigned long long)o->sealed,
             (unsigned long long)o->results);
    struct html_page p = {.depth = 1,
                          .title = o->cert.name,
                          .over = o->cert.office,
                          .feed = feed,
                          .english = "site.en-office",
                          .english_args = english};
    site_page(s, &p, &b);
    html_el(&b, "h2", NULL, "site.h-draws", "");
    site_draw_table(s, &b, 1, qn_str(o->cert.office), none, none, SIZE_MAX);
    if (o->sealed)
        put_sealed(s, &b, o);
    html_el(&b, "h2", NULL, "site.h-results", "");
    if (o->results) {
        snprintf(path, sizeof(path), "results/%s.html", o->cert.office);
        html_el(&b, "p", NULL, "site.results-sum", "results=%llu|problems=%llu",
                (unsigned long long)o->results, (unsigned long long)o->problems);
        qn_put_str(&b, "<p><a class=\"button\" href=\"../");
        html_str(&b, path);
        qn_put_str(&b, "\">");
        html_say(&b, "site.see-results", "");
        qn_put_str(&b, "</a></p>\n");
    } else {
        html_el(&b, "p", "quiet", "site.no-results", "");
    }
    site_sampling_list(s, &b, 1, o->cert.office);
    enum qn_code rc = put_log(s, &b, o);
    if (rc) {
        qn_buf_release(&b);
        return rc;
    }
    snprintf(path, sizeof(path), "offices/%s.html", o->cert.office);
    return site_page_done(s, &p, &b, path);
}

enum qn_code site_office_pages(struct site *s)
{
    const struct site_office *o = s->offices.at;
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < s->offices.n; i++)
        rc = office_page(s, &o[i]);
    return rc;
}
