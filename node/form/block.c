#include "node/form/block.h"

#include <stdio.h>
#include <string.h>

#include "node/publish/html.h"
#include "node/store/store.h"
#include "node/text/text.h"

#define CONCLUDED 8 /* S01 to S08; behind them what is still under way */
#define FIGURES   14

enum qn_code form_source(struct form_refs *out, struct form_reader *r, struct qn_span name,
                         struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    if (!qn_span_is(name, "@results"))
        return qn_fail(err, QN_MALFORMED, "form.path", "value=%.*s", (int)name.n,
                       (const char *)name.p);
    QN_AUTO(form_refs) struct form_refs found = {0};
    {
        QN_AUTO(query) struct query q = query_start(r->st, SQL_FORM_RESULTS);
        q_bind_text(&q, r->root.office);
        q_bind_int(&q, r->root.id);
        while (!rc && q_step(&q)) {
            struct form_ref ref = {.kind = "inspection", .id = q_int(&q, 1)};
            snprintf(ref.office, sizeof(ref.office), "%s", q_text(&q, 0));
            rc = form_refs_add(&found, &ref, err);
        }
        if (!rc)
            rc = query_end(&q, err);
    }
    for (size_t i = 0; !rc && i < found.n; i++) {
        bool withdrawn;
        struct qn_err why;
        rc = form_newest(r, &found.at[i], &withdrawn, &why);
        if (!rc)
            rc = form_refs_add(out, &found.at[i], err);
        else if (rc == QN_ABSENT)
            rc = QN_OK;
        else
            *err = why;
    }
    return rc;
}

/* ---- the summary of a sampling task ------------------------------------------------------------------------------------- */

struct line {
    char no[33], product[401], lab[401];
    int64_t quota, n[2 + CONCLUDED + 1]; /* batches, sheets, conclusions, under way */
};

static void put_line(struct qn_buf *b, struct form_reader *r, const struct line *l)
{
    qn_put_str(b, "<tr><td>");
    html_str(b, l->no);
    qn_put_str(b, "</td><td>");
    html_str(b, l->product);
    qn_put_str(b, "</td><td>");
    html_str(b, l->lab);
    qn_put_str(b, "</td>");
    qn_put_fmt(&r->extra, "figures %s/%s", l->no, l->lab);
    for (size_t i = 0; i < sizeof(l->n) / sizeof(l->n[0]); i++) {
        qn_put_fmt(b, "<td class=\"num\">%lld</td>", (long long)l->n[i]);
        qn_put_fmt(&r->extra, " %lld", (long long)l->n[i]);
    }
    qn_put_str(b, "</tr>\n");
    qn_put_str(&r->extra, "\n");
}

static void add(struct line *sum, const struct line *l)
{
    for (size_t i = 0; i < sizeof(l->n) / sizeof(l->n[0]); i++)
        sum->n[i] += l->n[i];
}

/* Rows come by product and lab, one for each conclusion. */
static enum qn_code put_lines(struct qn_buf *b, struct form_reader *r, const struct form_ref *root,
                              struct qn_err *err)
{
    struct line l = {.quota = 0}, sum = {.quota = 0};
    QN_AUTO(query) struct query q = query_start(r->st, SQL_SAMPLING_SUMMARY);
    q_bind_text(&q, root->office);
    q_bind_int(&q, root->id);
    while (q_step(&q)) {
        const char *code = q_text(&q, 5);
        unsigned at = code[0] ? (unsigned)(code[2] - '1') : CONCLUDED;
        if (l.quota != q_int(&q, 0)) {
            if (l.quota)
                put_line(b, r, &l);
            add(&sum, &l);
            l = (struct line){.quota = q_int(&q, 0), .n = {q_count(&q, 4)}};
            snprintf(l.no, sizeof(l.no), "%s", q_text(&q, 1));
            snprintf(l.product, sizeof(l.product), "%s", q_text(&q, 2));
            snprintf(l.lab, sizeof(l.lab), "%s", q_text(&q, 3));
        }
        l.n[1] += q_int(&q, 6);
        l.n[2 + (at < CONCLUDED ? at : CONCLUDED)] += q_int(&q, 6);
    }
    enum qn_code rc = query_end(&q, err);
    if (l.quota)
        put_line(b, r, &l);
    add(&sum, &l);
    text_render(sum.product, sizeof(sum.product), TEXT_ZH, "sampling.total", "");
    put_line(b, r, &sum);
    return rc;
}

enum qn_code form_block(struct qn_buf *b, struct form_reader *r, const struct form_ref *root,
                        struct qn_span name, struct qn_err *err)
{
    static const char *const heads[FIGURES] = {
        "sampling.head-no",  "field.product",     "field.lab",         "field.batches",
        "sampling.head-n",   "sampling.head-s01", "sampling.head-s02", "sampling.head-s03",
        "sampling.head-s04", "sampling.head-s05", "sampling.head-s06", "sampling.head-s07",
        "sampling.head-s08", "sampling.head-open"};
    static const unsigned width[FIGURES] = {5, 18, 21, 6, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5};
    enum qn_code rc = QN_OK;
    if (!qn_span_is(name, "summary"))
        return qn_fail(err, QN_MALFORMED, "form.path", "value=%.*s", (int)name.n,
                       (const char *)name.p);
    qn_put_str(b, "<table class=\"rows figures\"><colgroup>");
    for (unsigned i = 0; i < FIGURES; i++)
        qn_put_fmt(b, "<col style=\"width:%u%%\">", width[i]);
    qn_put_str(b, "</colgroup>\n<thead><tr>");
    for (unsigned i = 0; i < FIGURES; i++) {
        qn_put_str(b, "<th scope=\"col\">");
        html_say(b, heads[i], "");
        qn_put_str(b, "</th>");
    }
    qn_put_str(b, "</tr></thead>\n<tbody>\n");
    if (r)
        rc = put_lines(b, r, root, err);
    for (unsigned i = 0; !r && i < 8; i++) {
        qn_put_str(b, "<tr class=\"empty\">");
        for (unsigned k = 0; k < FIGURES; k++)
            qn_put_str(b, "<td></td>");
        qn_put_str(b, "</tr>\n");
    }
    qn_put_str(b, "</tbody></table>\n");
    return rc;
}
