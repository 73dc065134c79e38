/* cmd_report.c - report make, list, show, check: figures that are fixed and signed, beside the live ones. */
#include <stdlib.h>
#include <string.h>

#include "node/cli/print.h"
#include "node/cli/work_commands.h"
#include "node/store/rows.h"
#include "node/work/record.h"
#include "node/work/report.h"
#include "protocol/wire.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

int work_report_make(struct cli *c, int argc, char **argv)
{
    struct report_make o = {.title = NULL};
    char name[80];
    int64_t id = 0;
    struct opt opts[] = {
        {.name = "title", .value = &o.title, .required = true},
        {.name = "kind",
         .value = &o.kind,
         .kind = OPT_CHOICE,
         .choices = "interim|quarter|half_year|year",
         .required = true},
        {.name = "year", .kind = OPT_NUMBER, .number = &o.year, .min = 2000, .max = 2999},
        {.name = "series", .value = &o.series},
        {.name = "by", .value = &o.by, .required = true}};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (report_make(&id, c->office->st, &o, &err))
        return cli_fail(c, &err);
    record_name_text(name, store_self(c->office->st)->office, id);
    if (c->json)
        return cli_print_json(c, json_pack("{s:s}", "report", name));
    cli_say(c, "snapshot.made", "report=%s", name);
    return 0;
}

int work_report_list(struct cli *c, int argc, char **argv)
{
    static const char *const cols[] = {"head.record",  "head.office-of", "head.title",
                                       "head.kind-of", "head.year-of",   "head.series",
                                       "head.recorded"};
    const struct rows_query q = {.table = "report_snapshot", .downward = true};
    QN_AUTO(rows) struct rows r = {0};
    char said[FIGURE_WORD], name[80];
    struct qn_err err;
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    enum qn_code rc = rows_open(&r, c->office->st, &q, &err);
    if (rc)
        return cli_fail(c, &err);
    json_t *list = c->json ? json_array() : NULL;
    if (!list)
        cli_table_begin(c, COUNT(cols), cols);
    while (rows_step(&r)) {
        record_name_text(name, rows_text(&r, "office"), rows_int(&r, "id"));
        if (list) {
            json_array_append_new(
                list, json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:s}", "report", name, "office",
                                rows_text(&r, "office"), "title", rows_text(&r, "title"), "kind",
                                rows_text(&r, "report_kind"), "year",
                                (json_int_t)rows_int(&r, "year"), "series", rows_text(&r, "series"),
                                "made_on", rows_text(&r, "recorded_on")));
            continue;
        }
        cli_table_cell(c, "%s", name);
        cli_table_cell(c, "%s", rows_text(&r, "office"));
        cli_table_cell(c, "%s", rows_text(&r, "title"));
        cli_table_cell(
            c, "%s",
            work_figure_word(c, said, "word.report-kind.%s", rows_text(&r, "report_kind")));
        cli_table_cell(c, "%lld", (long long)rows_int(&r, "year"));
        cli_table_cell(c, "%s", rows_text(&r, "series"));
        cli_table_cell(c, "%s", rows_text(&r, "recorded_on"));
    }
    if (!list)
        cli_table_end(c);
    rc = rows_end(&r, &err);
    if (rc)
        json_decref(list);
    return rc ? cli_fail(c, &err) : list ? cli_print_json(c, list) : 0;
}

static void number_text(char out[48], const struct report_number *n)
{
    if (!n->known)
        snprintf(out, 48, "—");
    else if (n->lower)
        snprintf(out, 48, "%llu/%llu", (unsigned long long)n->of, (unsigned long long)n->over);
    else
        snprintf(out, 48, "%llu", (unsigned long long)n->of);
}

static json_t *number_json(const struct report_number *n)
{
    json_t *o = json_pack("{s:I}", "of", (json_int_t)n->of);
    if (n->lower)
        json_object_set_new(o, "over", json_integer((json_int_t)n->over));
    return o;
}

static json_t *check_json(const char *name, const struct report_check *r)
{
    json_t *list = json_array(), *counts = json_object();
    char day[11];
    wire_day_text(r->report.on, day);
    for (unsigned i = 0; i < FIGURES; i++)
        if (r->report.figure[i].known)
            json_array_append_new(
                list, json_pack("{s:s, s:o, s:o, s:s}", "figure", figure_table[i].code, "report",
                                number_json(&r->report.figure[i]), "now", number_json(&r->now[i]),
                                "why", report_why_name[r->why[i]]));
    for (unsigned i = 0; i < REPORT_WHYS; i++)
        json_object_set_new(counts, report_why_name[i], json_integer((json_int_t)r->count[i]));
    return json_pack("{s:s, s:s, s:i, s:s, s:s, s:o, s:o, s:I, s:I, s:o}", "report", name, "office",
                     r->report.office, "year", (int)r->report.year, "series", r->report.series,
                     "on", day, "figures", list, "counts", counts, "grown", (json_int_t)r->grown,
                     "behind", (json_int_t)r->behind, "heads", work_heads_json(&r->report.heads));
}

static void say_check(struct cli *c, const struct report_check *r, bool all)
{
    static const char *const cols[] = {"head.figure", "head.report", "head.now", "head.differs"};
    unsigned different = 0;
    for (unsigned i = 0; i < FIGURES; i++)
        different += r->why[i] != REPORT_SAME;
    if (all || different) {
        cli_table_begin(c, COUNT(cols), cols);
        for (unsigned i = 0; i < FIGURES; i++) {
            char said[FIGURE_WORD], number[48];
            if (!r->report.figure[i].known || (!all && r->why[i] == REPORT_SAME))
                continue;
            cli_table_cell(c, "%s", work_figure_word(c, said, "figure.%s", figure_table[i].code));
            number_text(number, &r->report.figure[i]);
            cli_table_cell(c, "%s", number);
            number_text(number, &r->now[i]);
            cli_table_cell(c, "%s", number);
            cli_table_cell(c, "%s",
                           work_figure_word(c, said, "snapshot.why-%s", report_why_name[r->why[i]]));
        }
        cli_table_end(c);
    }
    if (r->count[REPORT_OTHER])
        cli_say(c, "snapshot.is-other", "n=%u", r->count[REPORT_OTHER]);
    else if (r->count[REPORT_BEHIND])
        cli_say(c, "snapshot.is-behind", "n=%u|office=%s|logs=%zu", r->count[REPORT_BEHIND],
                r->behind_office, r->behind);
    else if (different)
        cli_say(c, "snapshot.is-later", "later=%u|moved=%u|office=%s|logs=%zu",
                r->count[REPORT_LATER], r->count[REPORT_MOVED], r->grown_office, r->grown);
    else
        cli_say(c, "snapshot.is-same", "n=%u", r->count[REPORT_SAME]);
}

/* SPEC figures-25: "Only other is held against anybody" */
static int check(struct cli *c, int argc, char **argv, bool show)
{
    const char *name = NULL;
    char office[QN_CODE_MAX + 1], full[80], day[11], year[12];
    int64_t id = 0;
    struct opt opts[] = {{.name = "", .value = &name, .required = true}};
    struct report_check *r;
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    r = calloc(1, sizeof(*r));
    enum qn_code rc = r ? record_name(name, c->office->st, office, &id, &err)
                        : qn_fail(&err, QN_NOMEM, "base.no-memory", "");
    if (!rc)
        rc = report_check(r, c->office->st, office, id, &err);
    if (rc) {
        free(r);
        return cli_fail(c, &err);
    }
    int exit = r->count[REPORT_OTHER] ? 1 : 0;
    record_name_text(full, office, id);
    if (c->json) {
        int failed = cli_print_json(c, check_json(full, r));
        exit = failed ? failed : exit;
    } else {
        wire_day_text(r->report.on, day);
        snprintf(year, sizeof(year), "%u", r->report.year);
        cli_field(c, "head.record", full);
        cli_field(c, "head.office-of", r->report.office);
        cli_field(c, "head.year-of", year);
        if (*r->report.series)
            cli_field(c, "head.series", r->report.series);
        cli_field(c, "head.judged-on", day);
        say_check(c, r, show);
        if (show)
            work_heads_say(c, &r->report.heads, true);
    }
    report_check_auto(r);
    free(r);
    return exit;
}

int work_report_check(struct cli *c, int argc, char **argv)
{
    return check(c, argc, argv, false);
}

int work_report_show(struct cli *c, int argc, char **argv)
{
    return check(c, argc, argv, true);
}
