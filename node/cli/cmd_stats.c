/* cmd_stats.c - stats field: how often what nobody can forbid happens at each office, beside its peers. */
#include <string.h>

#include "node/cli/draw_commands.h"
#include "node/draw/field.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static json_t *line_json(const struct field_line *l)
{
    json_t *j = json_pack("{s:s, s:s, s:I, s:I, s:s}", "office", l->office, "measure",
                          field_measure_name(l->measure), "x", (json_int_t)l->x, "n",
                          (json_int_t)l->n, "state", field_state_name(l->state));
    bool repeats = l->measure == FIELD_REPEATS;
    if (j && l->parent[0])
        json_object_set_new(j, "parent", json_string(l->parent));
    if (j && l->all_n && !repeats) {
        json_object_set_new(j, "all_x", json_integer((json_int_t)l->all_x));
        json_object_set_new(j, "all_n", json_integer((json_int_t)l->all_n));
    }
    if (j && repeats) {
        json_object_set_new(j, "pairs", json_integer((json_int_t)l->all_n));
        json_object_set_new(j, "inspector", json_string(l->inspector));
        json_object_set_new(j, "object", json_string(l->object));
    }
    if (j && l->state != FIELD_NOT_JUDGED && l->measure != FIELD_WITHHELD)
        json_object_set_new(j, "chance", json_real(l->chance));
    return j;
}

static json_t *report_json(const struct field_report *r)
{
    json_t *lines = json_array();
    size_t judged = 0;
    for (size_t i = 0; lines && i < r->n; i++) {
        json_array_append_new(lines, line_json(&r->at[i]));
        judged += r->at[i].state != FIELD_NOT_JUDGED && r->at[i].measure != FIELD_WITHHELD;
    }
    return json_pack("{s:o, s:I, s:I, s:I, s:I, s:{s:f, s:f}}", "lines", lines, "offices",
                     (json_int_t)r->offices, "flagged", (json_int_t)r->flagged, "looked",
                     (json_int_t)r->looked, "judged", (json_int_t)judged, "limits", "flag",
                     FIELD_FLAG, "look", FIELD_LOOK);
}

/* Numbers of one line; "—" where there is nothing to compare with, or no chance to speak of. */
static void put_counts(struct cli *c, const struct field_line *l)
{
    cli_table_cell(c, "%llu/%llu", (unsigned long long)l->x, (unsigned long long)l->n);
    if (l->measure == FIELD_REPEATS || !l->all_n)
        cli_table_cell(c, "%s", "—");
    else
        cli_table_cell(c, "%llu/%llu", (unsigned long long)l->all_x, (unsigned long long)l->all_n);
    if (l->measure == FIELD_WITHHELD || l->state == FIELD_NOT_JUDGED)
        cli_table_cell(c, "%s", "—");
    else
        cli_table_cell(c, "%.2g", l->chance);
}

static void show_lines(struct cli *c, const struct field_report *r, bool all)
{
    static const char *const heads[] = {"draw.col-office", "stats.col-measure", "stats.col-here",
                                        "stats.col-peers", "stats.col-chance",  "stats.col-state"};
    cli_table_begin(c, COUNT(heads), heads);
    for (size_t i = 0; i < r->n; i++) {
        const struct field_line *l = &r->at[i];
        char id[64], measure[128], state[64];
        if (!all && l->state != FIELD_FLAGGED && l->state != FIELD_LOOKED)
            continue;
        snprintf(id, sizeof(id), "stats.measure-%s", field_measure_name(l->measure));
        text_render(measure, sizeof(measure), c->lang, id, "");
        snprintf(id, sizeof(id), "stats.state-%s", field_state_name(l->state));
        text_render(state, sizeof(state), c->lang, id, "");
        cli_table_cell(c, "%s", l->office);
        cli_table_cell(c, "%s", measure);
        put_counts(c, l);
        cli_table_cell(c, "%s", state);
    }
    cli_table_end(c);
}

static void show_report(struct cli *c, const struct field_report *r, bool all)
{
    size_t judged = 0;
    for (size_t i = 0; i < r->n; i++)
        judged += r->at[i].state != FIELD_NOT_JUDGED && r->at[i].measure != FIELD_WITHHELD;
    if (all || r->flagged || r->looked)
        show_lines(c, r, all);
    for (size_t i = 0; i < r->n; i++) {
        const struct field_line *l = &r->at[i];
        if (l->measure == FIELD_REPEATS && (l->state == FIELD_FLAGGED || l->state == FIELD_LOOKED))
            cli_say(c, "stats.pair", "office=%s|inspector=%s|object=%s|x=%llu|n=%llu|pairs=%llu",
                    l->office, l->inspector, l->object, (unsigned long long)l->x,
                    (unsigned long long)l->n, (unsigned long long)l->all_n);
    }
    cli_say(c, "stats.total", "offices=%zu|lines=%zu|flagged=%zu|looked=%zu", r->offices, r->n,
            r->flagged, r->looked);
    cli_say(c, "stats.limits", "lines=%zu|looks=%.3f|flags=%.6f", judged,
            (double)judged * FIELD_LOOK, (double)judged * FIELD_FLAG);
}

int cmd_stats_field(struct cli *c, int argc, char **argv)
{
    bool all = false;
    struct opt opts[] = {{.name = "all", .flag = &all}};
    struct qn_err err;
    QN_AUTO(field) struct field_report r = {.at = NULL};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = field_run(&r, c->office->st, &c->report, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        return cli_json(c, report_json(&r), r.flagged ? 1 : 0);
    show_report(c, &r, all);
    return r.flagged ? 1 : 0;
}
