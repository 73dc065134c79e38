/* cmd_figures.c - stats figures: the figures of the office's year, and as of when each office's data stands. */
#include <stdlib.h>
#include <string.h>

#include "node/cli/print.h"
#include "node/cli/work_commands.h"
#include "node/store/clock.h"
#include "node/work/figure.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SHOWN    6 /* figures beside each other in a list by office, task or class */

const char *work_figure_word(const struct cli *c, char out[FIGURE_WORD], const char *fmt,
                             const char *name)
{
    char id[FIGURE_WORD];
    snprintf(id, sizeof(id), fmt, name);
    for (char *p = id; *p; p++)
        *p = *p == '_' ? '-' : *p;
    text_render(out, FIGURE_WORD, c->lang, id, "");
    return out;
}

static bool has_lower(unsigned figure, const struct figure_group *g)
{
    return figure == FIGURE_COVERAGE ? g->stated : figure_table[figure].over.must != 0;
}

/* SPEC figures-5: "never rounded up" */
static void rate_text(char out[32], uint64_t of, uint64_t over)
{
    if (!over) {
        snprintf(out, 32, "—");
        return;
    }
    uint64_t tenths = of * 1000 / over;
    snprintf(out, 32, "%llu.%llu%%", (unsigned long long)(tenths / 10),
             (unsigned long long)(tenths % 10));
}

static void number_text(char out[48], const struct figure_group *g, unsigned i)
{
    if (has_lower(i, g))
        snprintf(out, 48, "%llu/%llu", (unsigned long long)g->of[i],
                 (unsigned long long)g->over[i]);
    else
        snprintf(out, 48, "%llu", (unsigned long long)g->of[i]);
}

static uint64_t short_of(const struct figure_group *g)
{
    return g->goal > g->of[FIGURE_COVERAGE] ? g->goal - g->of[FIGURE_COVERAGE] : 0;
}

/* ---- as of when ---------------------------------------------------------------------------------------------------- */

static const char *age_word(const struct figure_head *h)
{
    static const char *const words[] = {[FIGURE_CURRENT] = "current",
                                        [FIGURE_OLD] = "old",
                                        [FIGURE_MISSING] = "missing",
                                        [FIGURE_OWN] = "own"};
    return words[h->age];
}

json_t *work_heads_json(const struct figure_heads *heads)
{
    json_t *list = json_array();
    for (size_t i = 0; i < heads->n; i++) {
        const struct figure_head *h = &heads->at[i];
        char seen[20] = "";
        if (h->seen_s)
            clock_text(seen, h->seen_s * 1000);
        json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:s, s:s, s:I, s:I, s:b, s:b}",
                                              "office", h->office, "origin", h->origin, "entries",
                                              (json_int_t)h->size, "as_of", seen, "age",
                                              age_word(h), "held", (json_int_t)h->held,
                                              "quarantined", (json_int_t)h->quarantined, "waiting",
                                              h->waiting, "doubtful", figure_head_doubtful(h)));
    }
    return list;
}

static void put_head(struct cli *c, const struct figure_head *h)
{
    char seen[32], said[FIGURE_WORD], id[40];
    cli_time(seen, h->seen_s * 1000);
    snprintf(id, sizeof(id), "figure.age-%s", age_word(h));
    cli_table_cell(c, "%s", h->office);
    cli_table_cell(c, "%llu", (unsigned long long)h->size);
    cli_table_cell(c, "%s", seen);
    if (h->quarantined)
        text_render(said, sizeof(said), c->lang, "figure.head-quarantined", "");
    else if (h->held)
        text_render(said, sizeof(said), c->lang, "figure.head-held", "");
    else if (h->waiting)
        text_render(said, sizeof(said), c->lang, "figure.head-waiting", "");
    else
        text_render(said, sizeof(said), c->lang, id, "");
    cli_table_cell(c, "%s", said);
}

/* SPEC figures-20: "is named beside the figures" */
void work_heads_say(struct cli *c, const struct figure_heads *heads, bool all)
{
    static const char *const cols[] = {"head.office-of", "head.entries", "head.as-of",
                                       "head.standing"};
    if (all || heads->doubtful) {
        cli_table_begin(c, COUNT(cols), cols);
        for (size_t i = 0; i < heads->n; i++)
            if (all || figure_head_doubtful(&heads->at[i]))
                put_head(c, &heads->at[i]);
        cli_table_end(c);
    }
    char oldest[32];
    uint64_t seen_s = 0;
    for (size_t i = 0; i < heads->n; i++)
        if (heads->at[i].seen_s && (!seen_s || heads->at[i].seen_s < seen_s))
            seen_s = heads->at[i].seen_s;
    cli_time(oldest, seen_s * 1000);
    if (heads->doubtful)
        cli_say(c, "figure.heads-doubtful", "n=%zu|all=%zu|oldest=%s", heads->doubtful, heads->n,
                oldest);
    else
        cli_say(c, "figure.heads-current", "all=%zu|oldest=%s", heads->n, oldest);
}

/* ---- figures ------------------------------------------------------------------------------------------------------- */

/* More enterprises inspected than there are, by the number that was stated. */
static bool beyond(const struct figure_group *g)
{
    return g->stated && g->of[FIGURE_COVERAGE] > g->over[FIGURE_COVERAGE];
}

static json_t *group_json(const struct figure_group *g)
{
    json_t *o = json_object(), *list = json_object();
    json_object_set_new(o, "name", json_string(g->name));
    for (unsigned i = 0; i < FIGURES; i++) {
        json_t *f = json_pack("{s:I}", "of", (json_int_t)g->of[i]);
        if (has_lower(i, g))
            json_object_set_new(f, "over", json_integer((json_int_t)g->over[i]));
        json_object_set_new(list, figure_table[i].code, f);
    }
    json_object_set_new(o, "figures", list);
    if (beyond(g))
        json_object_set_new(
            o, "coverage_beyond",
            json_integer((json_int_t)(g->of[FIGURE_COVERAGE] - g->over[FIGURE_COVERAGE])));
    if (g->goal_den)
        json_object_set_new(o, "goal",
                            json_pack("{s:s, s:I, s:I, s:I, s:I, s:b}", "plan", g->goal_plan, "num",
                                      (json_int_t)g->goal_num, "den", (json_int_t)g->goal_den,
                                      "needed", (json_int_t)g->goal, "short",
                                      (json_int_t)short_of(g), "reached",
                                      g->stated && !short_of(g)));
    return o;
}

static json_t *figures_json(const struct figures *f, const struct figure_heads *heads)
{
    json_t *groups = json_array();
    for (size_t i = 1; i < f->n; i++)
        json_array_append_new(groups, group_json(&f->at[i]));
    return json_pack("{s:i, s:s, s:i, s:s, s:o, s:o, s:I, s:o, s:I}", "definitions",
                     FIGURES_VERSION, "office", f->q.office, "year", (int)f->q.year, "series",
                     f->q.series ? f->q.series : "", "whole", group_json(&f->at[0]), "groups",
                     groups, "provisional", (json_int_t)f->provisional, "heads",
                     work_heads_json(heads), "doubtful", (json_int_t)heads->doubtful);
}

static void say_goal(struct cli *c, const struct figure_group *g)
{
    if (!g->goal_den)
        return;
    if (!g->stated)
        cli_say(c, "figure.goal-unstated", "plan=%s|num=%u|den=%u", g->goal_plan, g->goal_num,
                g->goal_den);
    else if (short_of(g))
        cli_say(c, "figure.goal-short", "plan=%s|num=%u|den=%u|needed=%llu|short=%llu",
                g->goal_plan, g->goal_num, g->goal_den, (unsigned long long)g->goal,
                (unsigned long long)short_of(g));
    else
        cli_say(c, "figure.goal-reached", "plan=%s|num=%u|den=%u|needed=%llu", g->goal_plan,
                g->goal_num, g->goal_den, (unsigned long long)g->goal);
}

/* Where coverage is shown by office: which are short of it. */
static void say_short(struct cli *c, const struct figures *f)
{
    for (size_t i = 1; i < f->n; i++)
        if (short_of(&f->at[i]))
            cli_say(c, "figure.goal-office", "office=%s|plan=%s|needed=%llu|short=%llu",
                    f->at[i].name, f->at[i].goal_plan, (unsigned long long)f->at[i].goal,
                    (unsigned long long)short_of(&f->at[i]));
}

/* SPEC figures-27: "is told with what can cause it" */
static void say_beyond(struct cli *c, const struct figures *f)
{
    for (size_t i = 0; i < f->n; i++) {
        const struct figure_group *g = &f->at[i];
        if (beyond(g))
            cli_say(c, "figure.beyond", "office=%s|of=%llu|over=%llu|year=%u",
                    i ? g->name : f->q.office, (unsigned long long)g->of[FIGURE_COVERAGE],
                    (unsigned long long)g->over[FIGURE_COVERAGE], f->q.year);
    }
}

static void say_whole(struct cli *c, const struct figures *f)
{
    static const char *const cols[] = {"head.figure", "head.figure-code", "head.number",
                                       "head.rate", "head.means"};
    const struct figure_group *g = &f->at[0];
    cli_table_begin(c, COUNT(cols), cols);
    for (unsigned i = 0; i < FIGURES; i++) {
        char said[FIGURE_WORD], number[48], rate[32];
        const char *code = figure_table[i].code;
        cli_table_cell(c, "%s", work_figure_word(c, said, "figure.%s", code));
        cli_table_cell(c, "%s", code);
        number_text(number, g, i);
        rate_text(rate, g->of[i], g->over[i]);
        cli_table_cell(c, "%s", number);
        cli_table_cell(c, "%s", has_lower(i, g) ? rate : "");
        cli_table_cell(c, "%s", work_figure_word(c, said, "figure.%s-means", code));
    }
    cli_table_end(c);
}

static void say_groups(struct cli *c, const struct figures *f, enum figure_by by,
                       const unsigned *shown, size_t nshown)
{
    static const char *const first[] = {[FIGURE_BY_NONE] = "head.figure",
                                        [FIGURE_BY_OFFICE] = "head.office-of",
                                        [FIGURE_BY_TASK] = "head.task",
                                        [FIGURE_BY_RISK] = "head.risk-class"};
    char id[SHOWN][FIGURE_WORD];
    const char *cols[1 + 2 * SHOWN];
    unsigned ncols = 0;
    cols[ncols++] = first[by];
    for (size_t k = 0; k < nshown; k++) {
        snprintf(id[k], FIGURE_WORD, "figure.%s", figure_table[shown[k]].code);
        for (char *p = id[k]; *p; p++)
            *p = *p == '_' ? '-' : *p;
        cols[ncols++] = id[k];
        cols[ncols++] = "head.rate";
    }
    cli_table_begin(c, ncols, cols);
    for (size_t n = 1; n <= f->n; n++) {
        const struct figure_group *g = &f->at[n % f->n]; /* the whole at the end */
        char whole[FIGURE_WORD];
        cli_table_cell(c, "%s",
                       *g->name ? g->name : work_figure_word(c, whole, "figure.%s", "whole"));
        for (size_t k = 0; k < nshown; k++) {
            char number[48], rate[32];
            number_text(number, g, shown[k]);
            rate_text(rate, g->of[shown[k]], g->over[shown[k]]);
            cli_table_cell(c, "%s", number);
            cli_table_cell(c, "%s", has_lower(shown[k], g) ? rate : "");
        }
    }
    cli_table_end(c);
}

enum qn_code work_figure_find(unsigned *out, const char *code, struct qn_err *err)
{
    const struct figure *f = figure_find(code);
    if (!f)
        return qn_fail(err, QN_ABSENT, "figure.unknown", "figure=%.40s", code);
    *out = (unsigned)(f - figure_table);
    return QN_OK;
}

int work_figures(struct cli *c, int argc, char **argv)
{
    struct figure_query q = {.office = NULL};
    const char *by = NULL, *chosen[SHOWN] = {"targets", "completion", "publication",
                                             "on_time", "closure",    "finding"};
    const char *code[SHOWN];
    unsigned n = 0, shown[SHOWN], nshown = SHOWN;
    bool all = false;
    struct opt opts[] = {
        {.name = "office", .value = &q.office, .kind = OPT_CODE},
        {.name = "year", .kind = OPT_NUMBER, .number = &q.year, .min = 2000, .max = 2999},
        {.name = "series", .value = &q.series},
        {.name = "group", .value = &by, .kind = OPT_CHOICE, .choices = "office|task|risk"},
        {.name = "figure", .value = code, .many = SHOWN, .count = &n},
        {.name = "heads", .flag = &all}};
    struct qn_err err;
    QN_AUTO(figures) struct figures f = {.n = 0};
    QN_AUTO(figure_heads) struct figure_heads heads = {.n = 0};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum figure_by group = !by                         ? FIGURE_BY_NONE
                           : strcmp(by, "office") == 0 ? FIGURE_BY_OFFICE
                           : strcmp(by, "task") == 0   ? FIGURE_BY_TASK
                                                       : FIGURE_BY_RISK;
    enum qn_code rc = q.office ? cli_known_office(c, q.office, &err) : QN_OK;
    if (n)
        nshown = n;
    for (unsigned i = 0; !rc && i < nshown; i++)
        rc = work_figure_find(&shown[i], n ? code[i] : chosen[i], &err);
    if (!rc)
        rc = figures_count(&f, c->office->st, &q, group, &err);
    if (!rc)
        rc = figure_heads(&heads, c->office->st, f.q.office, FIGURE_OLD_DAYS, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        return cli_print_json(c, figures_json(&f, &heads));
    if (group)
        say_groups(c, &f, group, shown, nshown);
    else
        say_whole(c, &f);
    bool covers = false;
    for (unsigned i = 0; i < nshown; i++)
        covers = covers || shown[i] == FIGURE_COVERAGE;
    if (group == FIGURE_BY_OFFICE && covers)
        say_short(c, &f);
    say_goal(c, &f.at[0]);
    say_beyond(c, &f);
    if (!f.at[0].stated)
        cli_say(c, "figure.no-statement", "year=%u|office=%s", f.q.year, f.q.office);
    if (f.provisional)
        cli_say(c, "figure.provisional", "n=%llu", (unsigned long long)f.provisional);
    work_heads_say(c, &heads, all);
    cli_say(c, "figure.rows-hint", "");
    return 0;
}
