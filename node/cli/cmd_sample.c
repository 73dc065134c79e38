/* cmd_sample.c - where a batch of product sampling stands: of a task all that is next and due, of one sample its whole way, of a
 * number its test. SPEC: protocol/spec/sampling.md (sampling-37, -38)                                                    */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "node/cli/print.h"
#include "node/cli/work_commands.h"
#include "node/store/clock.h"
#include "node/work/blind.h"
#include "node/work/deadline.h"
#include "node/work/record_mask.h"
#include "node/work/record_types.h"
#include "node/work/sampling_ask.h"
#include "protocol/wire.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define WORD     240

static const char *self(struct cli *c)
{
    const struct qn_cert *cert = store_self(c->office->st);
    return cert ? cert->office : "";
}

/* "deadline.state-%s": its sentence. */
static const char *said(struct cli *c, char out[WORD], const char *fmt, const char *name)
{
    char id[WORD];
    snprintf(id, sizeof(id), fmt, name);
    for (char *p = id; *p; p++)
        *p = *p == '_' ? '-' : *p;
    text_render(out, WORD, c->lang, id, "");
    return out;
}

/* A record of that kind by its name, whichever office wrote it. */
static enum qn_code find(struct cli *c, char office[QN_CODE_MAX + 1], int64_t *id, const char *kind,
                         const char *name, struct qn_err *err)
{
    QN_AUTO(record_draft) struct record_draft d = {0};
    enum qn_code rc = record_name(name, c->office->st, office, id, err);
    return rc ? rc : record_load(&d, c->office->st, record_type(kind), office, *id, 0, err);
}

/* today: lent to the statement. */
static void bind_place(struct cli *c, struct query *q, const char *office, int64_t id,
                       char today[11])
{
    clock_today(c->office->st, today);
    q_bind_text(q, office);
    q_bind_int(q, id);
    q_bind_text(q, self(c));
    q_bind_text(q, today);
}

/* ---- what is due ------------------------------------------------------------------------------------------------------ */

/* Those of a task; sample 0: of all its batches, and its own. */
struct dues {
    struct cli *c;
    const char *office;
    int64_t task, sample;
    json_t *list;
};

static void put_due(struct dues *w, const struct deadline *d, int64_t sample, const char *sheet)
{
    char due[11], name[80] = "", of[80];
    wire_day_text(d->due, due);
    record_name_text(of, d->office, d->id);
    if (sample)
        record_name_text(name, w->office, sample);
    json_array_append_new(w->list,
                          json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s}", "deadline",
                                    d->source->name, "sample", name, "sheet_no", sheet, "record",
                                    of, "due", due, "state", deadline_state_name[d->state],
                                    "provisional", d->provisional, "about", d->about));
}

static enum qn_code each_due(void *ctx, const struct deadline *d, struct qn_err *err)
{
    struct dues *w = ctx;
    if (strcmp(d->office, w->office) != 0)
        return QN_OK;
    if (strcmp(d->source->table, "sampling_task") == 0) {
        if (!w->sample && d->id == w->task)
            put_due(w, d, 0, "");
        return QN_OK;
    }
    QN_AUTO(query) struct query q = query_start(w->c->office->st, SQL_SAMPLE_OF_DUE);
    q_bind_text(&q, d->office);
    q_bind_text(&q, d->source->table);
    q_bind_int(&q, d->id);
    if (q_step(&q) && q_int(&q, 2) == w->task && (!w->sample || q_int(&q, 0) == w->sample))
        put_due(w, d, q_int(&q, 0), q_text(&q, 1));
    return query_end(&q, err);
}

static int earlier(json_t *a, json_t *b)
{
    return strcmp(json_string_value(json_object_get(a, "due")),
                  json_string_value(json_object_get(b, "due")));
}

/* By the last day; there are a few hundred at most. */
static json_t *by_day(json_t *list)
{
    json_t *out = json_array();
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *o = json_array_get(list, i);
        size_t at = json_array_size(out);
        while (at && earlier(json_array_get(out, at - 1), o) > 0)
            at--;
        json_array_insert(out, at, o);
    }
    json_decref(list);
    return out;
}

static enum qn_code dues(json_t **out, struct cli *c, const char *office, int64_t task,
                         int64_t sample, struct qn_err *err)
{
    static const char *const sources[] = {"ecqs_sampling",      "ecqs_test",     "ecqs_retest",
                                          "ecqs_task",          "lab_report",    "retest_lab",
                                          "retest_formalities", "report_service"};
    struct dues w = {c, office, task, sample, json_array()};
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < COUNT(sources); i++)
        rc = deadline_each(c->office->st,
                           &(struct deadline_query){
                               .office = office, .source = sources[i], .within = -1, .all = true},
                           each_due, &w, err);
    if (rc) {
        json_decref(w.list);
        return rc;
    }
    *out = by_day(w.list);
    return QN_OK;
}

static void say_dues(struct cli *c, json_t *list)
{
    static const char *const heads[] = {"head.due", "head.deadline", "field.sheet-no",
                                        "head.state"};
    cli_table_begin(c, COUNT(heads), heads);
    for (size_t i = 0; i < json_array_size(list); i++) {
        char word[WORD];
        json_t *o = json_array_get(list, i);
        const char *sheet = json_string_value(json_object_get(o, "sheet_no"));
        cli_table_cell(c, "%s", json_string_value(json_object_get(o, "due")));
        cli_table_cell(
            c, "%s",
            said(c, word, "deadline.%s", json_string_value(json_object_get(o, "deadline"))));
        cli_table_cell(c, "%s", *sheet ? sheet : json_string_value(json_object_get(o, "about")));
        cli_table_cell(
            c, "%s",
            said(c, word, "deadline.state-%s", json_string_value(json_object_get(o, "state"))));
    }
    cli_table_end(c);
}

/* ---- a task ------------------------------------------------------------------------------------------------------------ */

static enum qn_code nexts(json_t *out, struct cli *c, const char *office, int64_t task,
                          struct qn_err *err)
{
    char today[11];
    QN_AUTO(query) struct query q = query_start(c->office->st, SQL_SAMPLE_NEXTS);
    bind_place(c, &q, office, task, today);
    while (q_step(&q))
        json_object_set_new(out, q_text(&q, 0), json_integer((json_int_t)q_int(&q, 1)));
    return query_end(&q, err);
}

/* SPEC sampling-37: "how many of its batches wait for which act" */
int work_sample_next(struct cli *c, int argc, char **argv)
{
    const char *task = NULL;
    char office[QN_CODE_MAX + 1];
    int64_t id;
    struct opt opts[] = {{.name = "", .value = &task, .required = true}};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    json_t *next = json_object(), *due = NULL;
    enum qn_code rc = find(c, office, &id, "sampling_task", task, &err);
    if (!rc)
        rc = nexts(next, c, office, id, &err);
    if (!rc)
        rc = dues(&due, c, office, id, 0, &err);
    if (rc) {
        json_decref(next);
        return cli_fail(c, &err);
    }
    if (c->json)
        return cli_print_json(c, json_pack("{s:o, s:o}", "next", next, "due", due));
    static const char *const heads[] = {"sampling.head-next", "sampling.head-n"};
    const char *key;
    json_t *n;
    cli_table_begin(c, COUNT(heads), heads);
    json_object_foreach(next, key, n)
    {
        char word[WORD];
        cli_table_cell(c, "%s", said(c, word, "ui.lists.next.%s", key));
        cli_table_cell(c, "%lld", (long long)json_integer_value(n));
    }
    cli_table_end(c);
    say_dues(c, due);
    json_decref(next);
    json_decref(due);
    return 0;
}

/* ---- one sample --------------------------------------------------------------------------------------------------------- */

static enum qn_code put_next(json_t *o, struct cli *c, const char *office, int64_t id,
                             struct qn_err *err)
{
    char today[11];
    QN_AUTO(query) struct query q = query_start(c->office->st, SQL_SAMPLE_NEXT_OF);
    bind_place(c, &q, office, id, today);
    if (q_step(&q))
        json_object_set_new(o, "next", json_string(q_text(&q, 0)));
    return query_end(&q, err);
}

static enum qn_code stands(json_t *o, struct cli *c, const char *office, int64_t id, int64_t *task,
                           struct qn_err *err)
{
    char name[80] = "", report[80] = "", state[RECORD_STATE] = "";
    enum qn_code rc = sampling_state(state, c->office->st, office, id, err);
    if (!rc)
        rc = put_next(o, c, office, id, err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(c->office->st, SQL_SAMPLE_STANDS);
    q_bind_text(&q, office);
    q_bind_int(&q, id);
    *task = 0;
    if (q_step(&q)) {
        *task = q_int(&q, 0);
        record_name_text(name, office, *task);
        if (q_int(&q, 4))
            record_name_text(report, office, q_int(&q, 4));
        json_t *more = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "task", name, "sheet_no",
                                 q_text(&q, 1), "until", q_text(&q, 2), "conclusion", q_text(&q, 3),
                                 "report", report, "state", state);
        json_object_update(o, more);
        json_decref(more);
    }
    return query_end(&q, err);
}

/* SPEC records-18: "to all others `***` stands in its place" */
static bool hidden(struct cli *c, const char *kind)
{
    static const char *const says[][2] = {{"sample_reception", "note"},
                                          {"refusal_cosign", "note"},
                                          {"report_service", "receiver"},
                                          {"objection", "objector_name"},
                                          {"sample_disposal", "receiver"}};
    const struct record_type *t = record_type(kind);
    for (size_t i = 0; t && i < COUNT(says); i++)
        if (strcmp(says[i][0], kind) == 0)
            return record_personal(c->office->st, t, says[i][1]) &&
                   !record_unmasked(c->office->st, t);
    return false;
}

static enum qn_code steps(json_t *list, struct cli *c, const char *office, int64_t id,
                          struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(c->office->st, SQL_SAMPLE_STEPS);
    q_bind_text(&q, office);
    q_bind_int(&q, id);
    while (q_step(&q)) {
        char name[80];
        record_name_text(name, q_text(&q, 1), q_int(&q, 2));
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "kind", q_text(&q, 0), "record", name,
                      "on", q_text(&q, 3), "word", q_text(&q, 4), "said",
                      *q_text(&q, 5) && hidden(c, q_text(&q, 0)) ? RECORD_MASKED : q_text(&q, 5),
                      "ended", q_text(&q, 6), "withdrawn", q_int(&q, 7) != 0));
    }
    return query_end(&q, err);
}

static void say_steps(struct cli *c, json_t *o)
{
    static const char *const heads[] = {"head.on", "head.kind", "head.value", "head.record"};
    char word[WORD], next[WORD];
    cli_say(c, "sampling.stands", "sheet=%s|state=%s|next=%s",
            json_string_value(json_object_get(o, "sheet_no")),
            said(c, word, "state.sample.%s", json_string_value(json_object_get(o, "state"))),
            said(c, next, "ui.lists.next.%s", json_string_value(json_object_get(o, "next"))));
    cli_table_begin(c, COUNT(heads), heads);
    json_t *list = json_object_get(o, "steps");
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *s = json_array_get(list, i);
        cli_table_cell(c, "%s", json_string_value(json_object_get(s, "on")));
        cli_table_cell(c, "%s",
                       said(c, word, "record.%s", json_string_value(json_object_get(s, "kind"))));
        cli_table_cell(c, "%s %s", json_string_value(json_object_get(s, "word")),
                       json_string_value(json_object_get(s, "said")));
        cli_table_cell(c, "%s", json_string_value(json_object_get(s, "record")));
    }
    cli_table_end(c);
}

int work_sample_show(struct cli *c, int argc, char **argv)
{
    const char *sample = NULL;
    char office[QN_CODE_MAX + 1];
    int64_t id, task;
    struct opt opts[] = {{.name = "", .value = &sample, .required = true}};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    json_t *list = json_array(), *due = NULL,
           *o = json_pack("{s:s, s:o}", "record", sample, "steps", list);
    enum qn_code rc = find(c, office, &id, "sample", sample, &err);
    if (!rc)
        rc = stands(o, c, office, id, &task, &err);
    if (!rc)
        rc = steps(list, c, office, id, &err);
    if (!rc)
        rc = dues(&due, c, office, task, id, &err);
    if (rc) {
        json_decref(o);
        return cli_fail(c, &err);
    }
    json_object_set_new(o, "due", due);
    if (c->json)
        return cli_print_json(c, o);
    say_steps(c, o);
    say_dues(c, due);
    json_decref(o);
    return 0;
}

/* ---- the test of a number ------------------------------------------------------------------------------------------------ */

static enum qn_code items(json_t *list, struct cli *c, int64_t test, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(c->office->st, SQL_SAMPLE_TEST_ITEMS);
    q_bind_text(&q, self(c));
    q_bind_int(&q, test);
    while (q_step(&q)) {
        char name[80];
        record_name_text(name, self(c), q_int(&q, 0));
        json_array_append_new(list, json_pack("{s:s, s:I, s:s, s:s, s:s, s:s}", "record", name,
                                              "no", (json_int_t)q_int(&q, 1), "item", q_text(&q, 2),
                                              "requirement", q_text(&q, 3), "measured",
                                              q_text(&q, 4), "verdict", q_text(&q, 5)));
    }
    return query_end(&q, err);
}

static enum qn_code head(json_t *o, struct cli *c, int64_t test, struct qn_err *err)
{
    static const char *const column[] = {
        "mode",       "started_on", "testers",   "conclusion_record",
        "conclusion", "ended_on",   "concluded", "revealed"};
    char name[80];
    QN_AUTO(query) struct query q = query_start(c->office->st, SQL_SAMPLE_TEST_HEAD);
    q_bind_text(&q, self(c));
    q_bind_int(&q, test);
    if (q_step(&q))
        for (int i = 0; i < (int)COUNT(column); i++) {
            if (i == 3)
                record_name_text(name, self(c), q_int(&q, i));
            json_object_set_new(o, column[i],
                                i == 3   ? json_string(q_int(&q, i) ? name : "")
                                : i == 7 ? json_boolean(q_int(&q, i) != 0)
                                : i == 2 && !record_unmasked(c->office->st, record_type("lab_test"))
                                    ? json_string(RECORD_MASKED)
                                    : json_string(q_text(&q, i)));
        }
    return query_end(&q, err);
}

/* SPEC sampling-38: "a test by the number that stands on it" */
int work_sample_test(struct cli *c, int argc, char **argv)
{
    const char *number = NULL;
    char name[80];
    int64_t mark = 0, test = 0;
    struct opt opts[] = {{.name = "", .value = &number, .required = true}};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    json_t *list = json_array(), *o = json_pack("{s:s, s:o}", "number", number, "items", list);
    /* A number without a test has a mark; the sheet of an on-site test has no number. */
    enum qn_code rc = blind_find_test(c->office->st, number, &test, &err);
    if (rc == QN_ABSENT)
        rc = blind_find(c->office->st, number, &mark, &err);
    if (!rc && test) {
        record_name_text(name, self(c), test);
        json_object_set_new(o, "test", json_string(name));
        rc = head(o, c, test, &err);
    }
    if (!rc && test)
        rc = items(list, c, test, &err);
    if (rc) {
        json_decref(o);
        return cli_fail(c, &err);
    }
    if (c->json)
        return cli_print_json(c, o);
    static const char *const heads[] = {"sampling.head-no", "field.item", "field.measured",
                                        "field.verdict"};
    cli_table_begin(c, COUNT(heads), heads);
    for (size_t i = 0; i < json_array_size(list); i++) {
        char word[WORD];
        json_t *it = json_array_get(list, i);
        cli_table_cell(c, "%lld", (long long)json_integer_value(json_object_get(it, "no")));
        cli_table_cell(c, "%s", json_string_value(json_object_get(it, "item")));
        cli_table_cell(c, "%s", json_string_value(json_object_get(it, "measured")));
        cli_table_cell(
            c, "%s",
            said(c, word, "word.verdict.%s", json_string_value(json_object_get(it, "verdict"))));
    }
    cli_table_end(c);
    json_decref(o);
    return 0;
}
