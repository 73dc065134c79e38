/* site_result.c - published results: pages by office, one CSV of all, entries with proofs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/publish/publication.h"
#include "node/publish/site_parts.h"
#include "node/text/text.h"

#define ROWS_A_PAGE 500 /* a page that a phone on a slow line still opens */

/* ---- pages -------------------------------------------------------------------------------------- */

static void put_rows(struct site *s, struct qn_buf *b, size_t from, size_t to)
{
    static const char *const heads[] = {"site.col-name",   "site.col-object",
                                        "site.col-task",   "site.col-completed",
                                        "site.col-result", "site.col-published"};
    struct html_table t;
    const struct site_result *r = s->results.at;
    html_table_begin(&t, b, heads, 6);
    for (size_t i = from; i < to; i++) {
        const struct site_draw *d = site_draw_of(s, r[i].r);
        char path[SITE_PATH + 16];
        html_cell(&t, "title");
        site_object_link(b, 1, r[i].r->object_id, r[i].r->object_name);
        html_cell(&t, "id");
        qn_put_str(b, "<code>");
        html_span(b, r[i].r->object_id);
        qn_put_str(b, "</code>");
        html_cell(&t, NULL);
        if (d) {
            snprintf(path, sizeof(path), "%s/index.html", d->dir);
            html_link(b, 1, path, qn_str(d->title));
        } else {
            html_span(b, r[i].r->task);
        }
        html_cell(&t, "time");
        html_span(b, r[i].r->completed_on);
        html_cell(&t, "result");
        site_result_cell(s, b, &r[i]);
        html_cell(&t, "time");
        html_span(b, r[i].p->published_on);
    }
    html_table_end(&t);
}

static enum qn_code office_pages(struct site *s, const struct site_office *o, size_t from,
                                 size_t to)
{
    size_t pages = (to - from + ROWS_A_PAGE - 1) / ROWS_A_PAGE;
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < pages; i++) {
        size_t first = from + i * ROWS_A_PAGE,
               last = first + ROWS_A_PAGE < to ? first + ROWS_A_PAGE : to;
        struct qn_buf b;
        char path[SITE_PATH], stem[SITE_PATH], title[200], args[200], up[SITE_PATH], english[300];
        snprintf(args, sizeof(args), "name=%s", o->cert.name);
        text_render(title, sizeof(title), TEXT_ZH, "site.results-of", args);
        snprintf(up, sizeof(up), "offices/%s.html", o->cert.office);
        snprintf(english, sizeof(english), "office=%s|count=%zu|problems=%llu", o->cert.office,
                 to - from, (unsigned long long)o->problems);
        struct html_page p = {.depth = 1,
                              .title = title,
                              .up = up,
                              .up_title = o->cert.name,
                              .english = "site.en-results",
                              .english_args = english};
        site_page(s, &p, &b);
        html_el(&b, "p", "note", "site.results-note", "count=%zu|problems=%llu", to - from,
                (unsigned long long)o->problems);
        snprintf(stem, sizeof(stem), "results/%s", o->cert.office);
        html_pager(&b, 1, stem, i, pages);
        put_rows(s, &b, first, last);
        html_pager(&b, 1, stem, i, pages);
        html_page_path(path, sizeof(path), stem, i);
        rc = site_page_done(s, &p, &b, path);
    }
    return rc;
}

/* ---- CSV ---------------------------------------------------------------------------------------- */

static enum qn_code write_csv(struct site *s)
{
    static const char *const heads[] = {
        "site.csv-office",    "site.csv-office-name", "site.csv-issuer", "site.csv-series",
        "site.csv-task",      "site.csv-round",       "site.csv-object", "site.csv-name",
        "site.csv-completed", "site.csv-codes",       "site.csv-result", "site.csv-published",
        "site.csv-rev",       "site.csv-draw"};
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, SITE_FILE_MAX);
    qn_put_str(&b, CSV_BOM);
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        csv_head(&b, heads[i], i + 1 == sizeof(heads) / sizeof(heads[0]));
    const struct site_result *r = s->results.at;
    for (size_t i = 0; i < s->results.n; i++) {
        const struct site_draw *d = site_draw_of(s, r[i].r);
        char no[32], id[40], draw[80];
        struct qn_span none = {NULL, 0};
        csv_cell(&b, r[i].r->key.office, false);
        csv_cell(&b, qn_str(site_name_of(s, r[i].r->key.office)), false);
        csv_cell(&b, d ? d->issuer : none, false);
        csv_cell(&b, d ? d->series : none, false);
        csv_cell(&b, r[i].r->task, false);
        snprintf(no, sizeof(no), "%lld", (long long)r[i].r->round);
        csv_cell(&b, qn_str(no), false);
        csv_cell(&b, r[i].r->object_id, false);
        csv_cell(&b, r[i].r->object_name, false);
        csv_cell(&b, r[i].r->completed_on, false);
        csv_cell(&b, r[i].r->codes, false);
        csv_cell(&b, r[i].r->text, false);
        csv_cell(&b, r[i].p->published_on, false);
        snprintf(no, sizeof(no), "%lld", (long long)r[i].r->key.rev);
        csv_cell(&b, qn_str(no), false);
        qn_row_id_text(id, r[i].r->draw_id);
        snprintf(draw, sizeof(draw), "%.*s:%s", (int)r[i].r->draw_office.n,
                 (const char *)r[i].r->draw_office.p, id);
        csv_cell(&b, d ? qn_str(draw) : none, true);
    }
    return site_write(s, "results.csv", &b);
}

enum qn_code site_result_pages(struct site *s)
{
    const struct site_result *r = s->results.at;
    struct site_office *offices = s->offices.at;
    enum qn_code rc = QN_OK;
    for (size_t i = 0; i < s->results.n; i++) {
        offices[r[i].of].results++;
        offices[r[i].of].problems += publish_is_problem(s->st, r[i].r->codes);
    }
    for (size_t from = 0, to; !rc && from < s->results.n; from = to) {
        for (to = from; to < s->results.n && r[to].of == r[from].of;)
            to++;
        rc = office_pages(s, &offices[r[from].of], from, to);
    }
    s->made.results = s->results.n;
    if (!rc)
        rc = write_csv(s);
    return rc;
}
