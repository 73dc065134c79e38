/* cmd_plan_revise.c - a plan revised, and what a revision changed, field by field. */
#include <jansson.h>
#include <string.h>

#include "node/cli/work_commands.h"
#include "node/work/plan_revise.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Gathers what is told, for a table or for JSON. */
struct told {
    struct cli *c;
    json_t *list;
    size_t kept;
};

static const char *const kinds[] = {
    [CHANGE_PLAN] = "plan",
    [CHANGE_TASK] = "task",
    [CHANGE_TASK_ADDED] = "task-added",
    [CHANGE_TASK_DROPPED] = "task-dropped",
    [CHANGE_RULES] = "rules",
    [CHANGE_SLOT] = "slot",
    [CHANGE_SLOT_ADDED] = "slot-added",
    [CHANGE_SLOT_DROPPED] = "slot-dropped",
    [CHANGE_SLOT_KEPT] = "slot-kept",
};

static void take(void *ctx, const struct plan_change *x)
{
    struct told *t = ctx;
    t->kept += x->kind == CHANGE_SLOT_KEPT;
    json_array_append_new(t->list, json_pack("{s:s, s:s, s:I, s:s, s:s, s:s, s:s}", "change",
                                             kinds[x->kind], "task", x->task, "round",
                                             (json_int_t)x->round, "drawer", x->drawer, "field",
                                             x->field, "before", x->before, "after", x->after));
}

static const char *text_at(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

/* A column by its label: field.plan-task.window-from, field.plan.doc-no; of rules the word of the line. */
static void field_label(struct cli *c, char out[128], const char *change, const char *field)
{
    char id[96];
    snprintf(id, sizeof(id), "field.%s.%s", strcmp(change, "plan") == 0 ? "plan" : "plan-task",
             field);
    for (char *p = id; *p; p++)
        *p = *p == '_' ? '-' : *p;
    if (text_has(id))
        text_render(out, 128, c->lang, id, "");
    else
        snprintf(out, 128, "%s", field);
}

static void say_changes(struct cli *c, const struct told *t)
{
    static const char *const heads[] = {"head.task", "head.change", "head.before", "head.after"};
    cli_table_begin(c, COUNT(heads), heads);
    for (size_t i = 0; i < json_array_size(t->list); i++) {
        const json_t *o = json_array_get(t->list, i);
        const char *change = text_at(o, "change"), *task = text_at(o, "task");
        long long round = (long long)json_integer_value(json_object_get(o, "round"));
        char field[128], said[300], id[48], args[256];
        field_label(c, field, change, text_at(o, "field"));
        snprintf(id, sizeof(id), "change.%s", change);
        snprintf(args, sizeof(args), "field=%s|office=%s", field, text_at(o, "drawer"));
        text_render(said, sizeof(said), c->lang, id, args);
        if (round)
            cli_table_cell(c, "%s/%lld", task, round);
        else
            cli_table_cell(c, "%s", task);
        cli_table_cell(c, "%s", said);
        cli_table_cell(c, "%s", text_at(o, "before"));
        cli_table_cell(c, "%s", text_at(o, "after"));
    }
    cli_table_end(c);
}

static int show(struct cli *c, struct told *t, const char *plan, int64_t rev, const char *sentence)
{
    if (c->json) {
        work_print_json(c, json_pack("{s:s, s:I, s:b, s:o}", "plan", plan, "rev", (json_int_t)rev,
                                     "written", strcmp(sentence, "work.plan-revised") == 0,
                                     "changes", t->list));
        return 0;
    }
    say_changes(c, t);
    if (strcmp(sentence, "work.plan-revised") == 0)
        cli_say(c, "work.plan-revised", "plan=%s|rev=%lld|kept=%zu", plan, (long long)rev, t->kept);
    else if (strcmp(sentence, "work.plan-rehearsed") == 0)
        cli_say(c, "work.plan-rehearsed", "plan=%s|rev=%lld|kept=%zu", plan, (long long)rev,
                t->kept);
    else
        cli_say(c, "work.plan-changes", "plan=%s|rev=%lld|kept=%zu", plan, (long long)rev, t->kept);
    json_decref(t->list);
    return 0;
}

int work_plan_revise(struct cli *c, int argc, char **argv)
{
    struct list_said said = {.nmap = 0};
    struct told t = {.c = c};
    struct plan_revise o = {.each = take, .ctx = &t};
    struct opt opts[] = {
        {.name = "", .value = &o.plan, .required = true},
        {.name = "plan", .value = &o.table, .required = true},
        {.name = "scopes", .value = &o.scopes, .required = true},
        {.name = "reason", .value = &o.reason, .required = true},
        {.name = "by", .value = &o.by, .required = true},
        {.name = "doc-no", .value = &o.doc_no},
        {.name = "issued-on", .value = &o.issued_on, .kind = OPT_DATE},
        {.name = "deadline", .value = &o.deadline, .kind = OPT_DATE},
        {.name = "none-given", .flag = &o.none_given},
        {.name = "dry-run", .flag = &o.dry_run},
        {.name = "if-rev", .kind = OPT_NUMBER, .number = &o.seen, .min = 1, .max = INT32_MAX},
        {.name = "scopes-sheet", .value = &o.scopes_sheet},
        LIST_OPTS(o.use, said)};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    char room[2][1024];
    int64_t rev = 0;
    struct qn_err err;
    t.list = json_array();
    enum qn_code rc = work_path(c, room[0], &o.table, &err);
    if (!rc)
        rc = work_path(c, room[1], &o.scopes, &err);
    if (!rc)
        rc = work_list_use(&o.use, &said, &err);
    if (!rc)
        rc = plan_revise(c->office->st, &o, &rev, &err);
    if (rc) {
        json_decref(t.list);
        return cli_fail(c, &err);
    }
    int code = show(c, &t, o.plan, rev, o.dry_run ? "work.plan-rehearsed" : "work.plan-revised");
    struct plan_ref p;
    size_t flaws;
    if (plan_find(&p, c->office->st, o.plan, &err) ||
        work_plan_flaws(c, p.office, p.id, o.plan, &flaws, &err))
        return cli_fail(c, &err);
    return code;
}

int work_plan_changes(struct cli *c, int argc, char **argv)
{
    struct told t = {.c = c};
    const char *plan = NULL;
    unsigned wanted = 0;
    struct opt opts[] = {
        {.name = "", .value = &plan, .required = true},
        {.name = "rev", .kind = OPT_NUMBER, .number = &wanted, .min = 2, .max = 100000}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct plan_ref p;
    struct qn_err err;
    int64_t rev = wanted;
    t.list = json_array();
    enum qn_code rc = plan_find(&p, c->office->st, plan, &err);
    if (!rc)
        rc = plan_changes(c->office->st, p.office, p.id, &rev, take, &t, &err);
    if (rc) {
        json_decref(t.list);
        return cli_fail(c, &err);
    }
    return show(c, &t, plan, rev, "work.plan-changes");
}
