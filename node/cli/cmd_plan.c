/* cmd_plan.c - plans: import, list, show printed text beside what was read from it, accept. */
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/print.h"
#include "node/cli/rules_said.h"
#include "node/cli/work_commands.h"
#include "node/work/plan_state.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static json_t *task_json(struct query *q, const char *office);

/* What a draft makes of the files, task by task: printed text beside what is read from it. */
struct draft {
    struct cli *c;
    json_t *tasks;
};
static void draft_seen(void *ctx, int64_t plan)
{
    struct draft *d = ctx;
    struct qn_err err;
    const char *office = store_self(d->c->office->st)->office;
    QN_AUTO(query) struct query q = query_start(d->c->office->st, SQL_WORK_TASKS);
    q_bind_text(&q, office);
    q_bind_int(&q, plan);
    while (q_step(&q)) {
        json_t *task = task_json(&q, office);
        QN_AUTO(query) struct query r = query_start(d->c->office->st, SQL_WORK_RULES_OF_TASK);
        q_bind_text(&r, office);
        q_bind_int(&r, plan);
        q_bind_text(&r, q_text(&q, 0));
        if (q_step(&r)) /* the rounds differ in their number alone */
            json_object_set_new(task, "draws", rules_said(d->c->lang, q_span(&r, 1)));
        if (query_end(&r, &err))
            json_object_set_new(task, "draws", json_null());
        json_array_append_new(d->tasks, task);
    }
    if (query_end(&q, &err))
        json_array_clear(d->tasks);
}

int work_plan_import(struct cli *c, int argc, char **argv)
{
    struct list_said said = {.nmap = 0};
    struct plan_import o = {.year = 0};
    struct opt opts[] = {
        {.name = "plan", .value = &o.plan, .required = true},
        {.name = "scopes", .value = &o.scopes, .required = true},
        {.name = "series", .value = &o.series, .required = true},
        {.name = "year",
         .required = true,
         .kind = OPT_NUMBER,
         .number = &o.year,
         .min = 2000,
         .max = 2099},
        {.name = "title", .value = &o.title, .required = true},
        {.name = "doc-no", .value = &o.doc_no, .required = true},
        {.name = "issued-on", .value = &o.issued_on, .required = true, .kind = OPT_DATE},
        {.name = "deadline", .value = &o.deadline, .kind = OPT_DATE},
        {.name = "recipients", .value = &o.recipients},
        {.name = "parent-doc-no", .value = &o.parent_doc_no},
        {.name = "coverage", .value = &o.coverage},
        {.name = "object-cap", .kind = OPT_NUMBER, .number = &o.object_cap, .min = 1, .max = 366},
        {.name = "publication-days",
         .kind = OPT_NUMBER,
         .number = &o.publication_days,
         .min = 1,
         .max = 3660},
        {.name = "publication-clock", .value = &o.publication_clock},
        {.name = "by", .value = &o.by},
        {.name = "dry-run", .flag = &o.dry_run},
        {.name = "scopes-sheet", .value = &o.scopes_sheet},
        LIST_OPTS(o.use, said)};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    struct plan_imported made;
    char room[2][1024];
    struct draft draft = {.c = c, .tasks = c->json && o.dry_run ? json_array() : NULL};
    if (draft.tasks)
        o.seen = draft_seen, o.ctx = &draft;
    enum qn_code rc = work_path(c, room[0], &o.plan, &err);
    if (!rc)
        rc = work_path(c, room[1], &o.scopes, &err);
    if (!rc)
        rc = work_list_use(&o.use, &said, &err);
    if (!rc)
        rc = plan_import(c->office->st, &o, &made, &err);
    if (rc) {
        json_decref(draft.tasks);
        return cli_fail(c, &err);
    }
    if (c->json) {
        char name[64];
        snprintf(name, sizeof(name), "%s/%s", store_self(c->office->st)->office, o.series);
        json_t *told = json_pack("{s:s, s:i, s:i, s:i, s:i}", "plan", name, "tasks",
                                 (int)made.tasks, "slots", (int)made.slots, "merged",
                                 (int)made.merged, "own", (int)made.city_only);
        if (draft.tasks)
            json_object_set_new(told, "draft", draft.tasks);
        work_print_json(c, told);
        return 0;
    }
    if (o.dry_run) {
        cli_say(c, "work.plan-draft", "tasks=%u|slots=%u|merged=%u|own=%u", made.tasks, made.slots,
                made.merged, made.city_only);
        return 0;
    }
    cli_say(c, "work.plan-issued", "plan=%s/%s|title=%s|tasks=%u|slots=%u|merged=%u|own=%u",
            store_self(c->office->st)->office, o.series, o.title, made.tasks, made.slots,
            made.merged, made.city_only);
    size_t flaws;
    char name[64];
    snprintf(name, sizeof(name), "%s/%s", store_self(c->office->st)->office, o.series);
    return work_plan_flaws(c, store_self(c->office->st)->office, made.id, name, &flaws, &err)
               ? cli_fail(c, &err)
               : 0;
}

/* "state.plan.in_force", said in the reader's language; a family alone ("flag.") says nothing. */
__attribute__((format(printf, 3, 4))) static const char *word(struct cli *c, char out[96],
                                                              const char *id, ...)
{
    char name[64];
    va_list args;
    va_start(args, id);
    vsnprintf(name, sizeof(name), id, args);
    va_end(args);
    for (char *p = name; *p; p++)
        *p = *p == '_' ? '-' : *p;
    out[0] = 0;
    if (*name && name[strlen(name) - 1] != '.')
        text_render(out, 96, c->lang, name, "");
    return out;
}

static enum qn_code list_plan(struct cli *c, struct query *q, json_t *list, struct plan_standing *s,
                              struct qn_err *err)
{
    char name[64], said[96];
    struct plan_ref p = {.id = q_int(q, 1), .rev = q_int(q, 8)};
    qn_text_copy(p.office, sizeof(p.office), q_span(q, 0));
    snprintf(p.series, sizeof(p.series), "%s", q_text(q, 2));
    snprintf(name, sizeof(name), "%s/%s", p.office, p.series);
    enum qn_code rc = plan_standing_read(s, c->office->st, &p, err);
    if (rc)
        return rc;
    if (c->json) {
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:s, s:I, s:b}",
                                        "plan", name, "title", q_text(q, 3), "doc_no", q_text(q, 4),
                                        "issued_on", q_text(q, 5), "tasks", (json_int_t)q_int(q, 6),
                                        "slots", (json_int_t)q_int(q, 7), "rev", (json_int_t)p.rev,
                                        "state", s->state, "filing", s->filing, "filed_rev",
                                        (json_int_t)s->filed_rev, "accepted", s->accepted));
        return QN_OK;
    }
    cli_table_cell(c, "%s", name);
    cli_table_cell(c, "%s", q_text(q, 3));
    cli_table_cell(c, "%s", q_text(q, 4));
    cli_table_cell(c, "%s", q_text(q, 5));
    cli_table_cell(c, "%lld", (long long)q_int(q, 6));
    cli_table_cell(c, "%lld", (long long)q_int(q, 7));
    cli_table_cell(c, "%lld", (long long)p.rev);
    cli_table_cell(c, "%s", word(c, said, "state.plan.%s", s->state));
    if (s->filed_rev && s->filed_rev < p.rev)
        word(c, said, "state.filing.%s", "older");
    else
        word(c, said, "state.filing.%s", s->filing);
    cli_table_cell(c, "%s", said);
    return QN_OK;
}

int work_plan_list(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"head.plan",   "head.title", "head.doc-no",
                                        "head.issued", "head.tasks", "head.slots",
                                        "head.rev",    "head.state", "head.filing"};
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    struct qn_err err;
    json_t *list = c->json ? json_array() : NULL;
    struct plan_standing *s = malloc(sizeof(*s));
    enum qn_code rc = s ? QN_OK : qn_fail(&err, QN_NOMEM, "base.no-memory", "");
    QN_AUTO(query) struct query q = query_start(c->office->st, SQL_WORK_PLANS);
    if (!c->json)
        cli_table_begin(c, COUNT(heads), heads);
    while (!rc && q_step(&q))
        rc = list_plan(c, &q, list, s, &err);
    if (!rc)
        rc = query_end(&q, &err);
    free(s);
    if (!c->json)
        cli_table_end(c);
    else if (!rc)
        work_print_json(c, list);
    else
        json_decref(list);
    return rc ? cli_fail(c, &err) : 0;
}

/* ---- show ----------------------------------------------------------------------------------------------------------- */

/* A task without a printed name is called by the start of its items. */
static void short_name(char *out, size_t cap, enum text_lang lang, const char *name,
                       const char *items)
{
    const char *s = *name ? name : items;
    size_t n = strlen(s), max = 60 < cap - 8 ? 60 : cap - 8;
    if (n > max) {
        n = max;
        while (n && ((unsigned char)s[n] & 0xc0) == 0x80)
            n--;
    }
    const char *open = lang == TEXT_EN ? "(" : "（", *close = lang == TEXT_EN ? ")" : "）";
    snprintf(out, cap, "%s%.*s%s%s", *name ? "" : open, (int)n, s, s[n] ? "…" : "",
             *name ? "" : close);
}

/* One task of WORK_TASKS. */
static json_t *task_json(struct query *q, const char *office)
{
    static const struct {
        const char *key;
        int col;
    } texts[] = {{"task", 0},       {"name", 1},
                 {"items", 2},      {"scope", 3},
                 {"quantity", 4},   {"ratio_op", 5},
                 {"window", 9},     {"window_from", 10},
                 {"window_to", 11}, {"initiator_text", 12},
                 {"initiator", 13}, {"level_text", 14},
                 {"levels", 15},    {"merged_from", 16},
                 {"note", 17},      {"joint", 19}};
    char number[80];
    work_name(number, office, q_int(q, 18));
    json_t *o =
        json_pack("{s:s, s:I, s:I, s:I}", "record", number, "ratio_num", (json_int_t)q_int(q, 6),
                  "ratio_den", (json_int_t)q_int(q, 7), "times", (json_int_t)q_int(q, 8));
    for (size_t i = 0; o && i < COUNT(texts); i++)
        json_object_set_new(o, texts[i].key, json_string(q_text(q, texts[i].col)));
    return o;
}

static json_t *standing_json(json_t *o, const struct plan_standing *s, const char *no)
{
    const struct task_standing *t = plan_standing_task(s, no);
    if (!t)
        return o;
    json_object_set_new(o, "state", json_string(t->state));
    json_object_set_new(o, "outside_window", json_boolean(t->outside));
    json_object_set_new(o, "overdue", json_boolean(t->overdue));
    json_object_set_new(o, "standing",
                        json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "slots",
                                  (json_int_t)t->slots, "ordered", (json_int_t)t->ordered, "drawn",
                                  (json_int_t)t->drawn, "targets", (json_int_t)t->targets,
                                  "visited", (json_int_t)t->visited, "published",
                                  (json_int_t)t->published, "open", (json_int_t)t->open));
    return o;
}

/* Which tasks of a plan are shown: those behind `past`, at most `limit`. */
struct page {
    const char *past; /* NULL: from the first */
    unsigned limit, shown;
    bool began, more;
    char last[64];
};

static bool page_step(struct page *page, struct query *q)
{
    while (q_step(q)) {
        if (page->past && !page->began) {
            page->began = strcmp(q_text(q, 0), page->past) == 0;
            continue;
        }
        page->began = true;
        if (page->shown == page->limit) {
            page->more = true;
            return false;
        }
        page->shown++;
        snprintf(page->last, sizeof(page->last), "%s", q_text(q, 0));
        return true;
    }
    return false;
}

/* A task that the plan does not have is no place to go on from. */
static enum qn_code page_ended(const struct page *page, struct qn_err *err)
{
    return page->past && !page->began
               ? qn_fail(err, QN_ABSENT, "plan.no-task", "task=%s", page->past)
               : QN_OK;
}

static enum qn_code tasks_json(struct cli *c, const struct plan_ref *p, struct page *page,
                               const struct plan_standing *s, struct qn_err *err)
{
    json_t *list = json_array();
    QN_AUTO(query) struct query q = query_start(c->office->st, SQL_WORK_TASKS);
    q_bind_text(&q, p->office);
    q_bind_int(&q, p->id);
    while (page_step(page, &q))
        json_array_append_new(list, standing_json(task_json(&q, p->office), s, q_text(&q, 0)));
    enum qn_code rc = query_end(&q, err);
    if (!rc)
        rc = page_ended(page, err);
    if (rc)
        json_decref(list);
    else
        work_print_json(c, list);
    return rc;
}

/* The task, its rules by round and its slots. */
static enum qn_code one_task_json(struct cli *c, const struct plan_ref *p,
                                  const struct plan_standing *s, const char *no, struct qn_err *err)
{
    static const enum sql ids[] = {SQL_WORK_TASKS, SQL_WORK_RULES_OF_TASK, SQL_WORK_SLOTS_OF_TASK};
    json_t *task = NULL, *rules = json_array(), *slots = json_array();
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < COUNT(ids); i++) {
        QN_AUTO(query) struct query q = query_start(c->office->st, ids[i]);
        q_bind_text(&q, p->office);
        q_bind_int(&q, p->id);
        if (i > 0)
            q_bind_text(&q, no);
        while (q_step(&q))
            if (i == 1)
                json_array_append_new(rules, json_string(q_text(&q, 1)));
            else if (i == 2)
                json_array_append_new(slots, json_pack("{s:I, s:s, s:s, s:s, s:s, s:s}", "round",
                                                       (json_int_t)q_int(&q, 0), "drawer",
                                                       q_text(&q, 1), "window_from", q_text(&q, 2),
                                                       "window_to", q_text(&q, 3), "type",
                                                       q_text(&q, 4), "joint", q_text(&q, 5)));
            else if (!task && strcmp(q_text(&q, 0), no) == 0)
                task = standing_json(task_json(&q, p->office), s, no);
        rc = query_end(&q, err);
    }
    if (!rc && !task)
        rc = qn_fail(err, QN_ABSENT, "plan.no-task", "task=%s", no);
    if (task) {
        json_object_set(task, "rules", rules);
        json_object_set(task, "slots", slots);
    }
    json_decref(rules);
    json_decref(slots);
    if (rc)
        json_decref(task);
    else
        work_print_json(c, task);
    return rc;
}

/* "已抽取，已超期" */
static const char *task_state(struct cli *c, char out[300], const struct task_standing *t)
{
    char state[96], flag[2][96];
    out[0] = 0;
    if (!t)
        return out;
    word(c, flag[0], "flag.%s", t->outside ? "outside_window" : "");
    word(c, flag[1], "flag.%s", t->overdue ? "overdue" : "");
    const char *and = c->lang == TEXT_ZH ? "，" : "; ";
    snprintf(out, 300, "%s%s%s%s%s", word(c, state, "state.plan-task.%s", t->state),
             *flag[0] ? and : "", flag[0], *flag[1] ? and : "", flag[1]);
    return out;
}

/* "≥ 3/100 ×1": what was read of the printed quantity */
static const char *read_as(char out[80], struct query *q)
{
    snprintf(out, 80, "%s %lld/%lld ×%lld", strcmp(q_text(q, 5), "ge") == 0 ? "≥" : "=",
             (long long)q_int(q, 6), (long long)q_int(q, 7), (long long)q_int(q, 8));
    return out;
}

/* "city;county": as offices call them */
static const char *levels_said(struct cli *c, char out[128], const char *levels)
{
    char id[32], said[64];
    size_t at = 0;
    out[0] = 0;
    for (const char *p = levels; *p && at < 128;) {
        size_t n = strcspn(p, ";");
        snprintf(id, sizeof(id), "level.%.*s", (int)(n < 16 ? n : 16), p);
        if (text_has(id))
            text_render(said, sizeof(said), c->lang, id, "");
        else
            snprintf(said, sizeof(said), "%.*s", (int)n, p);
        at += (size_t)snprintf(out + at, 128 - at, "%s%s",
                               !at                  ? ""
                               : c->lang == TEXT_ZH ? "、"
                                                    : ", ",
                               said);
        p += n + (p[n] == ';');
    }
    return out;
}

static enum qn_code all_tasks(struct cli *c, const struct plan_ref *p, struct page *page,
                              const struct plan_standing *s, struct qn_err *err)
{
    static const char *const heads[] = {"head.task",     "head.record",     "head.task-name",
                                        "head.quantity", "head.read-as",    "head.window",
                                        "head.days",     "head.level-text", "head.levels",
                                        "head.merged",   "head.state"};
    QN_AUTO(query) struct query q = query_start(c->office->st, SQL_WORK_TASKS);
    q_bind_text(&q, p->office);
    q_bind_int(&q, p->id);
    cli_table_begin(c, COUNT(heads), heads);
    while (page_step(page, &q)) {
        char name[120], number[80], said[300];
        short_name(name, sizeof(name), c->lang, q_text(&q, 1), q_text(&q, 2));
        work_name(number, p->office, q_int(&q, 18));
        cli_table_cell(c, "%s", q_text(&q, 0));
        cli_table_cell(c, "%s", number);
        cli_table_cell(c, "%s", name);
        cli_table_cell(c, "%s", q_text(&q, 4));
        cli_table_cell(c, "%s", read_as(said, &q));
        cli_table_cell(c, "%s", q_text(&q, 9));
        cli_table_cell(c, "%s…%s", q_text(&q, 10), q_text(&q, 11));
        cli_table_cell(c, "%s", q_text(&q, 14));
        cli_table_cell(c, "%s", levels_said(c, said, q_text(&q, 15)));
        cli_table_cell(c, "%s", q_text(&q, 16));
        cli_table_cell(c, "%s", task_state(c, said, plan_standing_task(s, q_text(&q, 0))));
    }
    cli_table_end(c);
    enum qn_code rc = query_end(&q, err);
    if (!rc)
        rc = page_ended(page, err);
    if (!rc && page->more)
        cli_say(c, "figure.more", "place=%s", page->last);
    return rc;
}

/* What is printed, and behind it what was read of it. */
static void task_fields(struct cli *c, const struct plan_ref *p, const struct plan_standing *s,
                        struct query *q)
{
    char said[300];
    work_name(said, p->office, q_int(q, 18));
    cli_field(c, "head.task", q_text(q, 0));
    cli_field(c, "head.record", said);
    cli_field(c, "head.task-name", q_text(q, 1));
    cli_field(c, "head.items", q_text(q, 2));
    cli_field(c, "head.scope", q_text(q, 3));
    cli_field(c, "head.quantity", q_text(q, 4));
    cli_field(c, "head.read-as", read_as(said, q));
    cli_field(c, "head.window", q_text(q, 9));
    snprintf(said, sizeof(said), "%s…%s", q_text(q, 10), q_text(q, 11));
    cli_field(c, "head.days", said);
    cli_field(c, "head.initiator", q_text(q, 12));
    cli_field(c, "head.level-text", q_text(q, 14));
    cli_field(c, "head.levels", levels_said(c, said, q_text(q, 15)));
    cli_field(c, "head.merged", q_text(q, 16));
    cli_field(c, "head.note", q_text(q, 17));
    cli_field(c, "head.state", task_state(c, said, plan_standing_task(s, q_text(q, 0))));
}

static enum qn_code one_task(struct cli *c, const struct plan_ref *p, const struct plan_standing *s,
                             const char *no, struct qn_err *err)
{
    bool found = false;
    QN_AUTO(query) struct query q = query_start(c->office->st, SQL_WORK_TASKS);
    q_bind_text(&q, p->office);
    q_bind_int(&q, p->id);
    while (!found && q_step(&q)) {
        if (strcmp(q_text(&q, 0), no) != 0)
            continue;
        found = true;
        task_fields(c, p, s, &q);
    }
    enum qn_code rc = query_end(&q, err);
    if (rc || !found)
        return rc ? rc : qn_fail(err, QN_ABSENT, "plan.no-task", "task=%s", no);
    QN_AUTO(query) struct query r = query_start(c->office->st, SQL_WORK_RULES_OF_TASK);
    q_bind_text(&r, p->office);
    q_bind_int(&r, p->id);
    q_bind_text(&r, no);
    while (q_step(&r)) {
        fputc('\n', c->out);
        cli_lines(c, "", q_text(&r, 1));
    }
    rc = query_end(&r, err);
    if (rc)
        return rc;
    static const char *const heads[] = {"head.round", "head.drawer", "head.slot-type", "head.days",
                                        "head.joint"};
    QN_AUTO(query) struct query l = query_start(c->office->st, SQL_WORK_SLOTS_OF_TASK);
    q_bind_text(&l, p->office);
    q_bind_int(&l, p->id);
    q_bind_text(&l, no);
    fputc('\n', c->out);
    cli_table_begin(c, COUNT(heads), heads);
    while (q_step(&l)) {
        cli_table_cell(c, "%lld", (long long)q_int(&l, 0));
        cli_table_cell(c, "%s", q_text(&l, 1));
        cli_table_cell(c, "%s", q_text(&l, 4));
        cli_table_cell(c, "%s…%s", q_text(&l, 2), q_text(&l, 3));
        cli_table_cell(c, "%s", *q_text(&l, 5) ? q_text(&l, 5) : "—");
    }
    cli_table_end(c);
    return query_end(&l, err);
}

int work_plan_show(struct cli *c, int argc, char **argv)
{
    const char *name[2] = {NULL, NULL};
    unsigned n = 0;
    struct page page = {.limit = UINT32_MAX};
    struct opt opts[] = {
        {.name = "", .value = name, .many = 2, .count = &n, .required = true},
        {.name = "past", .value = &page.past},
        {.name = "limit", .kind = OPT_NUMBER, .number = &page.limit, .min = 1, .max = 100000}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    struct plan_ref p;
    struct plan_standing *s = malloc(sizeof(*s));
    enum qn_code rc = s ? plan_find(&p, c->office->st, name[0], &err)
                        : qn_fail(&err, QN_NOMEM, "base.no-memory", "");
    if (!rc)
        rc = plan_standing_read(s, c->office->st, &p, &err);
    if (!rc && c->json)
        rc = n > 1 ? one_task_json(c, &p, s, name[1], &err) : tasks_json(c, &p, &page, s, &err);
    else if (!rc)
        rc = n > 1 ? one_task(c, &p, s, name[1], &err) : all_tasks(c, &p, &page, s, &err);
    free(s);
    return rc ? cli_fail(c, &err) : 0;
}

/* ---- items that are not in force ----------------------------------------------------------------------------------- */

struct flaws {
    struct cli *c;
    json_t *list;
};

static void take_flaw(void *ctx, const struct plan_flaw *f)
{
    struct flaws *x = ctx;
    char said[96];
    if (x->list) {
        json_array_append_new(x->list,
                              json_pack("{s:s, s:s, s:s, s:s, s:s}", "task", f->task, "item",
                                        f->item, "flaw", f->what, "law", f->law, "on", f->on));
        return;
    }
    cli_table_cell(x->c, "%s", f->task);
    cli_table_cell(x->c, "%s", f->item);
    cli_table_cell(x->c, "%s", word(x->c, said, "flaw.%s", f->what));
    cli_table_cell(x->c, "%s", f->law);
    cli_table_cell(x->c, "%s", f->on);
}

int work_plan_check(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"head.task", "head.item", "head.flaw", "head.law",
                                        "head.day"};
    const char *name = NULL;
    struct opt opts[] = {{.name = "", .value = &name, .required = true}};
    struct qn_err err;
    struct plan_ref p;
    size_t n = 0;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct flaws x = {c, c->json ? json_array() : NULL};
    enum qn_code rc = plan_find(&p, c->office->st, name, &err);
    if (!rc && !c->json)
        cli_table_begin(c, COUNT(heads), heads);
    if (!rc)
        rc = plan_flaws(c->office->st, p.office, p.id, &n, take_flaw, &x, &err);
    if (rc) {
        json_decref(x.list);
        return cli_fail(c, &err);
    }
    if (c->json)
        work_print_json(c, x.list);
    else
        cli_table_end(c);
    return n ? 1 : 0;
}

/* Said behind an import and a revision: how many items are not in force when their task inspects them. */
enum qn_code work_plan_flaws(struct cli *c, const char *office, int64_t id, const char *plan,
                             size_t *n, struct qn_err *err)
{
    enum qn_code rc = plan_flaws(c->office->st, office, id, n, NULL, NULL, err);
    if (!rc && *n && !c->json)
        cli_say(c, "work.plan-flaws", "plan=%s|n=%zu", plan, *n);
    return rc;
}

int work_plan_accept(struct cli *c, int argc, char **argv)
{
    const char *name = NULL, *by = NULL;
    struct opt opts[] = {{.name = "", .value = &name, .required = true},
                         {.name = "by", .value = &by}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    if (plan_accept(c->office->st, name, by ? by : store_self(c->office->st)->name, &err))
        return cli_fail(c, &err);
    if (c->json)
        work_print_json(c, json_pack("{s:s, s:b}", "plan", name, "accepted", 1));
    else
        cli_say(c, "work.plan-accepted", "plan=%s", name);
    return 0;
}
