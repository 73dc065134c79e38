/* cmd_desk.c - what a form on a screen is made from: what a field accepts, code lists, what refers to a record, and all that is
 * known of a target before somebody goes there. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "node/cli/print.h"
#include "node/cli/work_commands.h"
#include "node/store/clock.h"
#include "node/store/rows.h"
#include "node/work/record.h"
#include "node/work/record_mask.h"
#include "node/work/target.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define LINKS_MAX 50 /* of one kind by one field */

/* ---- kinds and fields ------------------------------------------------------------------------------------------------ */

json_t *work_kind_json(const struct record_type *t, const char *name)
{
    json_t *roles = json_array(), *refers = json_array();
    for (unsigned i = 0; i < ROLES; i++)
        if (t->roles & (1u << i))
            json_array_append_new(roles, json_string(person_role_name[i]));
    for (unsigned i = 0; i < t->nfields; i++)
        if (t->field[i].kind == FIELD_RECORD)
            json_array_append_new(
                refers, json_pack("{s:s, s:s}", "field", t->field[i].name, "of", t->field[i].of));
    return json_pack("{s:s, s:s, s:o, s:o, s:s, s:s}", "kind", t->name, "name", name, "roles",
                     roles, "refers", refers, "command", t->command ? t->command : "", "called",
                     t->called ? t->called : "");
}

static json_t *words_json(const char *of)
{
    json_t *list = json_array();
    for (const char *p = of; p && *p;) {
        size_t n = strcspn(p, "|");
        json_array_append_new(list, json_stringn(p, n));
        p += n + (p[n] == '|');
    }
    return list;
}

/* o: what a person reads of the field; to it come what a form needs. */
void work_field_json(json_t *o, const struct record_field *f)
{
    static const char *const kinds[] = {
        [FIELD_TEXT] = "text",     [FIELD_LINES] = "lines",   [FIELD_DATE] = "date",
        [FIELD_TIME] = "time",     [FIELD_NUMBER] = "number", [FIELD_WORD] = "word",
        [FIELD_CODES] = "codes",   [FIELD_OFFICE] = "office", [FIELD_OBJECT] = "object",
        [FIELD_RECORD] = "record", [FIELD_DIGEST] = "digest", [FIELD_INSPECTORS] = "inspectors",
        [FIELD_STAFF] = "staff",
    };
    json_object_set_new(o, "kind", json_string(kinds[f->kind]));
    json_object_set_new(o, "many", json_boolean((f->flags & FIELD_MANY) != 0));
    json_object_set_new(o, "done", json_boolean((f->flags & FIELD_DONE) != 0));
    if (f->kind == FIELD_WORD)
        json_object_set_new(o, "words", words_json(f->of));
    else if (f->of)
        json_object_set_new(o, "of", json_string(f->of));
    if (f->least || f->most)
        json_object_update_new(
            o, json_pack("{s:I, s:I}", "least", (json_int_t)f->least, "most", (json_int_t)f->most));
}

/* ---- code lists ------------------------------------------------------------------------------------------------------ */

int work_tables_show(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"head.code", "head.name"};
    const char *list = NULL;
    struct opt opts[] = {{.name = "", .value = &list, .required = true}};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    json_t *codes = json_array();
    const int name = c->lang == TEXT_EN ? 2 : 1;
    if (!c->json)
        cli_table_begin(c, COUNT(heads), heads);
    QN_AUTO(query) struct query q = query_start(c->office->st, SQL_WORK_CODES);
    q_bind_text(&q, list);
    while (q_step(&q)) {
        json_array_append_new(codes, json_pack("{s:s, s:s, s:s}", "code", q_text(&q, 0), "name",
                                               q_text(&q, name), "flags", q_text(&q, 3)));
        if (c->json)
            continue;
        cli_table_cell(c, "%s", q_text(&q, 0));
        cli_table_cell(c, "%s", q_text(&q, name));
    }
    if (!c->json)
        cli_table_end(c);
    enum qn_code rc = query_end(&q, &err);
    if (rc || !c->json)
        json_decref(codes);
    return rc ? cli_fail(c, &err) : c->json ? cli_print_json(c, codes) : 0;
}

/* ---- what refers to a record ----------------------------------------------------------------------------------------- */

struct links {
    struct cli *c;
    const struct record_type *of;
    char office[QN_CODE_MAX + 1];
    int64_t id;
    json_t *list;
};

/* What it is called, else the first field that says anything on one line. */
static const char *called(const struct record_draft *d, bool all)
{
    for (unsigned i = 0; i < d->type->nfields; i++) {
        const struct record_field *f = &d->type->field[i];
        if (d->type->called
                ? strcmp(f->name, d->type->called) != 0
                : f->kind == FIELD_RECORD || f->kind == FIELD_LINES || f->kind == FIELD_NUMBER)
            continue;
        if (!d->type->called && !*record_text(d, f->name))
            continue;
        return all || !record_personal(d->st, d->type, f->name) ? record_text(d, f->name)
                                                                : RECORD_MASKED;
    }
    return "";
}

static enum qn_code link_one(struct links *l, const struct record_type *t,
                             const struct record_field *f, const char *office, int64_t id,
                             struct qn_err *err)
{
    struct store *st = l->c->office->st;
    char name[80], state[RECORD_STATE];
    QN_AUTO(record_draft) struct record_draft d = {0};
    enum qn_code rc = record_load(&d, st, t, office, id, 0, err);
    if (!rc)
        rc = record_state(state, st, t, office, id, err);
    if (rc)
        return rc;
    record_name_text(name, office, id);
    json_array_append_new(l->list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}", "kind", t->name,
                                             "field", f->name, "record", name, "called",
                                             called(&d, record_unmasked(st, t)), "state", state,
                                             "withdrawn", d.withdrawn));
    return QN_OK;
}

static enum qn_code links_of(struct links *l, const struct record_type *t,
                             const struct record_field *f, struct qn_err *err)
{
    char id[QN_COLUMN_NAME + 8], office[QN_COLUMN_NAME + 8];
    snprintf(id, sizeof(id), "%s_id", f->name);
    snprintf(office, sizeof(office), "%s_office", f->name);
    const struct rows_query q = {.table = t->table[0],
                                 .where = {{id, NULL, l->id}},
                                 .nwhere = 1,
                                 .downward = true,
                                 .limit = LINKS_MAX};
    QN_AUTO(rows) struct rows r = {0};
    enum qn_code rc = rows_open(&r, l->c->office->st, &q, err);
    while (!rc && rows_step(&r)) {
        const char *whose = rows_text(&r, rows_has(&r, office) ? office : "office");
        if (strcmp(whose, l->office) == 0)
            rc = link_one(l, t, f, rows_text(&r, "office"), rows_int(&r, "id"), err);
    }
    return rc ? rc : rows_end(&r, err);
}

int work_record_links(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"head.kind", "head.record", "head.name"};
    const char *word[2] = {NULL};
    unsigned n = 0;
    struct opt opts[] = {
        {.name = "", .value = word, .many = 2, .count = &n, .required = true, .least = 2}};
    struct links l = {.c = c};
    const struct record_type *t;
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    l.of = record_type(word[0]);
    enum qn_code rc =
        l.of ? QN_OK : qn_fail(&err, QN_ABSENT, "records.kind", "value=%.40s", word[0]);
    if (!rc)
        rc = record_name(word[1], c->office->st, l.office, &l.id, &err);
    l.list = json_array();
    for (unsigned i = 0; !rc && (t = record_type_at(i)); i++)
        for (unsigned k = 0; !rc && t->roles && k < t->nfields; k++)
            if (t->field[k].kind == FIELD_RECORD && strcmp(t->field[k].of, l.of->name) == 0)
                rc = links_of(&l, t, &t->field[k], &err);
    if (!rc && !c->json) {
        cli_table_begin(c, COUNT(heads), heads);
        for (size_t i = 0; i < json_array_size(l.list); i++) {
            const json_t *o = json_array_get(l.list, i);
            cli_table_cell(c, "%s", json_string_value(json_object_get(o, "kind")));
            cli_table_cell(c, "%s", json_string_value(json_object_get(o, "record")));
            cli_table_cell(c, "%s", json_string_value(json_object_get(o, "called")));
        }
        cli_table_end(c);
    }
    if (rc || !c->json)
        json_decref(l.list);
    return rc ? cli_fail(c, &err) : c->json ? cli_print_json(c, l.list) : 0;
}

/* ---- a target ---------------------------------------------------------------------------------------------------------- */

struct sight { /* of one target */
    struct store *st;
    struct target t;
    char plan_office[QN_CODE_MAX + 1];
    int64_t task_id; /* 0: the plan is not here */
    json_t *o;
};

static enum qn_code put_plan(struct sight *s, struct qn_err *err)
{
    char plan[80];
    QN_AUTO(query) struct query q = query_start(s->st, SQL_TARGET_PLAN);
    q_bind_text(&q, s->t.office);
    q_bind_int(&q, s->t.draw);
    q_bind_text(&q, s->t.task);
    if (q_step(&q)) {
        qn_text_copy(s->plan_office, sizeof(s->plan_office), q_span(&q, 0));
        s->task_id = q_int(&q, 3);
        record_name_text(plan, s->plan_office, q_int(&q, 1));
        json_object_update_new(s->o, json_pack("{s:s, s:s, s:s, s:s}", "plan", plan, "plan_title",
                                               q_text(&q, 2), "task_name", q_text(&q, 4), "from",
                                               q_text(&q, 5)));
    }
    return query_end(&q, err);
}

static enum qn_code put_address(struct sight *s, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(s->st, SQL_TARGET_ADDRESS);
    q_bind_text(&q, s->t.office);
    q_bind_int(&q, s->t.draw);
    q_bind_text(&q, s->t.task);
    q_bind_text(&q, s->t.object);
    q_bind_int(&q, s->t.round);
    if (q_step(&q))
        json_object_update_new(s->o, json_pack("{s:s, s:s, s:s}", "address", q_text(&q, 0), "due",
                                               q_text(&q, 1), "uscc", q_text(&q, 2)));
    return query_end(&q, err);
}

static enum qn_code put_items(struct sight *s, struct qn_err *err)
{
    json_t *list = json_array();
    QN_AUTO(query) struct query q = query_start(s->st, SQL_TARGET_ITEMS);
    json_object_set_new(s->o, "items", list);
    q_bind_text(&q, s->plan_office);
    q_bind_int(&q, s->task_id);
    while (s->task_id && q_step(&q)) {
        char name[80];
        record_name_text(name, q_text(&q, 0), q_int(&q, 1));
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "record", name, "name",
                                              q_text(&q, 2), "class", q_text(&q, 3), "content",
                                              q_text(&q, 4)));
    }
    return query_end(&q, err);
}

static enum qn_code put_points(struct sight *s, const char *today, struct qn_err *err)
{
    json_t *list = json_array();
    QN_AUTO(query) struct query q = query_start(s->st, SQL_TARGET_POINTS);
    json_object_set_new(s->o, "points", list);
    q_bind_text(&q, s->plan_office);
    q_bind_int(&q, s->task_id);
    q_bind_text(&q, today);
    while (q_step(&q)) {
        char checklist[80], point[80], item[80] = "";
        record_name_text(checklist, q_text(&q, 0), q_int(&q, 1));
        record_name_text(point, q_text(&q, 0), q_int(&q, 3));
        if (q_int(&q, 9))
            record_name_text(item, q_text(&q, 8), q_int(&q, 9));
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "checklist",
                                        checklist, "title", q_text(&q, 2), "point", point, "no",
                                        q_text(&q, 4), "text", q_text(&q, 5), "answer",
                                        q_text(&q, 6), "evidence", q_text(&q, 7), "item", item));
    }
    return query_end(&q, err);
}

static enum qn_code put_visits(struct sight *s, const char *today, struct qn_err *err)
{
    unsigned cap = 0, days = 0;
    enum qn_code rc = target_cap(&cap, s->st, s->t.object, today, err);
    if (!rc)
        rc = target_visited(&days, s->st, s->t.object, today, err);
    json_object_update_new(s->o, json_pack("{s:i, s:i}", "cap", (int)cap, "visited", (int)days));
    return rc;
}

enum qn_code work_target(json_t **out, struct store *st, const char *draw, const char *object,
                         const char *task, struct qn_err *err)
{
    struct sight s = {.st = st};
    char state[TARGET_STATE], today[11], said[401], result[80] = "", no[48];
    *out = NULL;
    clock_today(s.st, today);
    enum qn_code rc = target_named(&s.t, s.st, draw, object, task, err);
    if (!rc)
        rc = target_state(state, s.st, &s.t, err);
    if (!rc)
        rc = target_task_name(said, s.st, &s.t, err);
    if (rc)
        return rc;
    if (s.t.result)
        record_name_text(result, s.t.result_office, s.t.result);
    snprintf(no, sizeof(no), "%s/%lld", s.t.task, (long long)s.t.round);
    s.o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "draw", draw, "object",
                    s.t.object, "task", no, "task_name", said, "name", s.t.name, "inspectors",
                    s.t.inspectors, "state", state, "result", result, "today", today);
    rc = put_plan(&s, err);
    if (!rc)
        rc = put_address(&s, err);
    if (!rc)
        rc = put_items(&s, err);
    if (!rc)
        rc = put_points(&s, today, err);
    if (!rc)
        rc = put_visits(&s, today, err);
    if (rc)
        json_decref(s.o);
    else
        *out = s.o;
    return rc;
}

const char *work_target_text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

int work_task_show(struct cli *c, int argc, char **argv)
{
    const char *draw = NULL, *object = NULL, *task = NULL;
    struct opt opts[] = {{.name = "draw", .value = &draw, .required = true},
                         {.name = "object", .value = &object, .required = true},
                         {.name = "task", .value = &task}};
    char said[401], id[48], line[500];
    struct qn_err err;
    json_t *o;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (work_target(&o, c->office->st, draw, object, task, &err))
        return cli_fail(c, &err);
    if (c->json)
        return cli_print_json(c, o);
    snprintf(id, sizeof(id), "state.%s", work_target_text(o, "state"));
    for (char *p = id; *p; p++)
        *p = *p == '_' ? '-' : *p;
    snprintf(line, sizeof(line), "%s %s", work_target_text(o, "task"),
             work_target_text(o, "task_name"));
    cli_field(c, "head.task", line);
    cli_field(c, "head.object", work_target_text(o, "object"));
    cli_field(c, "head.name", work_target_text(o, "name"));
    cli_field(c, "head.inspectors", work_target_text(o, "inspectors"));
    text_render(said, sizeof(said), c->lang, id, "");
    cli_field(c, "head.state", said);
    cli_field(c, "head.due", work_target_text(o, "due"));
    json_decref(o);
    return 0;
}
