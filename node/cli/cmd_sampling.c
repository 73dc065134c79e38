/* cmd_sampling.c - product sampling beyond its records: blind numbers, the summary, the form of a proposal. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "node/cli/print.h"
#include "node/cli/work_commands.h"
#include "node/work/blind.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define AT_ONCE   500 /* samples named in one command */
#define CONCLUDED 8   /* S01 to S08; behind them what is still under way */

/* ---- blind numbers --------------------------------------------------------------------------------------------------- */

static int said_count(struct cli *c, const char *id, const char *key, unsigned n)
{
    if (c->json)
        return cli_print_json(c, json_pack("{s:i}", key, n));
    cli_say(c, id, "n=%u", n);
    return 0;
}

int work_sample_number(struct cli *c, int argc, char **argv)
{
    const char *sample[AT_ONCE], *by = NULL;
    unsigned n = 0, made = 0;
    struct opt opts[] = {{.name = "", .value = sample, .many = AT_ONCE, .count = &n},
                         {.name = "by", .value = &by, .required = true}};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (blind_assign(&made, c->office->st, sample, n, by, &err))
        return cli_fail(c, &err);
    return said_count(c, "sampling.numbered", "numbered", made);
}

int work_sample_reveal(struct cli *c, int argc, char **argv)
{
    const char *by = NULL;
    unsigned made = 0;
    struct opt opts[] = {{.name = "by", .value = &by, .required = true}};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (blind_reveal(&made, c->office->st, by, &err))
        return cli_fail(c, &err);
    return said_count(c, "sampling.revealed", "revealed", made);
}

struct numbers {
    struct cli *c;
    json_t *list;
};

static void each_number(void *ctx, const struct blind_number *b)
{
    struct numbers *n = ctx;
    char said[96];
    if (n->list) {
        json_array_append_new(n->list,
                              json_pack("{s:s, s:s, s:s, s:b, s:b}", "sheet_no", b->sheet_no, "lab",
                                        b->lab, "number", b->number, "concluded", b->concluded,
                                        "revealed", b->revealed));
        return;
    }
    cli_table_cell(n->c, "%s", b->number);
    cli_table_cell(n->c, "%s", b->sheet_no);
    cli_table_cell(n->c, "%s", b->lab);
    text_render(said, sizeof(said), n->c->lang,
                b->revealed    ? "sampling.number-revealed"
                : b->concluded ? "sampling.number-concluded"
                               : "sampling.number-waiting",
                "");
    cli_table_cell(n->c, "%s", said);
}

int work_sample_numbers(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"field.number", "field.sheet-no", "field.lab",
                                        "head.state"};
    const char *by = NULL;
    struct opt opts[] = {{.name = "by", .value = &by, .required = true}};
    struct numbers n = {c, NULL};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (c->json)
        n.list = json_array();
    else
        cli_table_begin(c, COUNT(heads), heads);
    enum qn_code rc = blind_list(c->office->st, by, each_number, &n, &err);
    if (!c->json)
        cli_table_end(c);
    if (rc) {
        json_decref(n.list);
        return cli_fail(c, &err);
    }
    return c->json ? cli_print_json(c, n.list) : 0;
}

static void each_wrong(void *ctx, const char *sample)
{
    struct cli *c = ctx;
    cli_say(c, "sampling.blind-wrong", "sample=%s", sample);
}

int work_sample_check(struct cli *c, int argc, char **argv)
{
    struct blind_checked got;
    struct qn_err err;
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    if (blind_verify(&got, c->office->st, each_wrong, c, &err))
        return cli_fail(c, &err);
    if (c->json) {
        int rc = cli_print_json(c, json_pack("{s:i, s:i, s:i}", "revealed", got.revealed, "waiting",
                                             got.waiting, "wrong", got.wrong));
        return got.wrong ? 1 : rc;
    }
    cli_say(c, "sampling.checked", "revealed=%u|waiting=%u|wrong=%u", got.revealed, got.waiting,
            got.wrong);
    return got.wrong ? 1 : 0;
}

/* ---- the summary ----------------------------------------------------------------------------------------------------- */

struct line {
    char no[33], product[401], lab[401];
    int64_t quota, batches, sheets, code[CONCLUDED + 1];
};

static void say_line(struct cli *c, json_t *list, const struct line *l)
{
    if (list) {
        json_t *codes = json_object();
        for (unsigned i = 0; i < CONCLUDED; i++) {
            char name[8];
            snprintf(name, sizeof(name), "S%02u", i + 1);
            json_object_set_new(codes, name, json_integer(l->code[i]));
        }
        json_object_set_new(codes, "under_way", json_integer(l->code[CONCLUDED]));
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I, s:I, s:o}", "no", l->no,
                                              "product", l->product, "lab", l->lab, "batches",
                                              (json_int_t)l->batches, "sheets",
                                              (json_int_t)l->sheets, "conclusions", codes));
        return;
    }
    cli_table_cell(c, "%s", l->no);
    cli_table_cell(c, "%s", l->product);
    cli_table_cell(c, "%s", l->lab);
    cli_table_cell(c, "%lld", (long long)l->batches);
    cli_table_cell(c, "%lld", (long long)l->sheets);
    for (unsigned i = 0; i <= CONCLUDED; i++)
        cli_table_cell(c, "%lld", (long long)l->code[i]);
}

static void add_to(struct line *sum, const struct line *l)
{
    sum->batches += l->batches;
    sum->sheets += l->sheets;
    for (unsigned i = 0; i <= CONCLUDED; i++)
        sum->code[i] += l->code[i];
}

/* Rows come by product and lab, one for each conclusion. */
static enum qn_code summarize(struct cli *c, const char *office, int64_t task, json_t *list,
                              struct line *sum, struct qn_err *err)
{
    struct line l = {.quota = 0};
    QN_AUTO(query) struct query q = query_start(c->office->st, SQL_SAMPLING_SUMMARY);
    q_bind_text(&q, office);
    q_bind_int(&q, task);
    while (q_step(&q)) {
        const char *code = q_text(&q, 5);
        unsigned at = code[0] ? (unsigned)(code[2] - '1') : CONCLUDED;
        if (l.quota != q_int(&q, 0)) {
            if (l.quota)
                say_line(c, list, &l);
            add_to(sum, &l);
            l = (struct line){.quota = q_int(&q, 0), .batches = q_count(&q, 4)};
            snprintf(l.no, sizeof(l.no), "%s", q_text(&q, 1));
            snprintf(l.product, sizeof(l.product), "%s", q_text(&q, 2));
            snprintf(l.lab, sizeof(l.lab), "%s", q_text(&q, 3));
        }
        l.sheets += q_int(&q, 6);
        l.code[at <= CONCLUDED ? at : CONCLUDED] += q_int(&q, 6);
    }
    if (l.quota)
        say_line(c, list, &l);
    add_to(sum, &l);
    return query_end(&q, err);
}

int work_sample_summary(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {
        "sampling.head-no",  "field.product",     "field.lab",         "field.batches",
        "sampling.head-n",   "sampling.head-s01", "sampling.head-s02", "sampling.head-s03",
        "sampling.head-s04", "sampling.head-s05", "sampling.head-s06", "sampling.head-s07",
        "sampling.head-s08", "sampling.head-open"};
    const char *task = NULL;
    char office[QN_CODE_MAX + 1];
    struct line sum = {.quota = 0};
    int64_t id;
    struct opt opts[] = {{.name = "", .value = &task, .required = true}};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = record_name(task, c->office->st, office, &id, &err);
    QN_AUTO(record_draft) struct record_draft d = {0};
    if (!rc)
        rc = record_load(&d, c->office->st, record_type("sampling_task"), office, id, 0, &err);
    if (rc)
        return cli_fail(c, &err);
    json_t *list = c->json ? json_array() : NULL;
    if (!c->json)
        cli_table_begin(c, COUNT(heads), heads);
    rc = summarize(c, office, id, list, &sum, &err);
    if (!rc) {
        text_render(sum.product, sizeof(sum.product), c->lang, "sampling.total", "");
        say_line(c, list, &sum);
    }
    if (!c->json)
        cli_table_end(c);
    if (rc) {
        json_decref(list);
        return cli_fail(c, &err);
    }
    return c->json ? cli_print_json(c, list) : 0;
}

/* ---- the form of a proposal -------------------------------------------------------------------------------------------- */

/* The lines of 产品质量改进建议书 in their order: what sheet and report say, and what the lab adds. */
int work_sample_proposal(struct cli *c, int argc, char **argv)
{
    static const char *const lines[] = {"field.report-no",
                                        "field.product-name",
                                        "field.spec-model",
                                        "field.inspected-party",
                                        "field.manufacturer",
                                        "field.testing-lab",
                                        "field.failed-items",
                                        "field.problem-description",
                                        "field.cause-analysis",
                                        "field.improvement-advice",
                                        "field.remark",
                                        "field.lab-seal",
                                        "field.improvement-proposal.issued-on"};
    static const char *const heads[] = {"head.field", "head.value"};
    const char *proposal = NULL;
    char office[QN_CODE_MAX + 1];
    int64_t id;
    bool found;
    struct opt opts[] = {{.name = "", .value = &proposal, .required = true}};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (record_name(proposal, c->office->st, office, &id, &err))
        return cli_fail(c, &err);
    json_t *list = c->json ? json_array() : NULL;
    QN_AUTO(query) struct query q = query_start(c->office->st, SQL_SAMPLING_PROPOSAL);
    q_bind_text(&q, office);
    q_bind_int(&q, id);
    if (!c->json)
        cli_table_begin(c, COUNT(heads), heads);
    found = q_step(&q);
    for (unsigned i = 0; found && i < COUNT(lines); i++) {
        char said[96];
        text_render(said, sizeof(said), c->lang, lines[i], "");
        if (c->json) {
            json_array_append_new(
                list, json_pack("{s:s, s:s}", "label", said, "value", q_text(&q, (int)i)));
            continue;
        }
        cli_table_cell(c, "%s", said);
        cli_table_cell(c, "%s", q_text(&q, (int)i));
    }
    if (!c->json)
        cli_table_end(c);
    enum qn_code rc = query_end(&q, &err);
    if (!rc && !found)
        rc = qn_fail(&err, QN_ABSENT, "records.absent", "record=improvement_proposal|value=%.80s",
                     proposal);
    if (rc) {
        json_decref(list);
        return cli_fail(c, &err);
    }
    return c->json ? cli_print_json(c, list) : 0;
}
