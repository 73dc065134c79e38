/* cmd_clue.c - clues handed over in confidence: sent, listed, shown, answered. */
#include <jansson.h>
#include <string.h>

#include "node/cli/work_commands.h"
#include "node/work/clue.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

int work_clue_send(struct cli *c, int argc, char **argv)
{
    struct clue_send o = {.to = NULL};
    struct opt opts[] = {{.name = "to", .value = &o.to, .required = true, .kind = OPT_CODE},
                         {.name = "for",
                          .value = &o.kind,
                          .required = true,
                          .kind = OPT_CHOICE,
                          .choices = CLUE_KINDS},
                         {.name = "receiver", .value = &o.receiver, .required = true},
                         {.name = "doc-no", .value = &o.doc_no, .required = true},
                         {.name = "title", .value = &o.title, .required = true},
                         {.name = "facts", .value = &o.facts, .required = true},
                         {.name = "by", .value = &o.by, .required = true},
                         {.name = "persons", .value = &o.persons},
                         {.name = "materials", .value = &o.materials},
                         {.name = "result", .value = &o.inspection},
                         {.name = "object", .value = &o.object},
                         {.name = "object-name", .value = &o.object_name},
                         {.name = "sent-on", .value = &o.sent_on, .kind = OPT_DATE}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    char room[3][1024], name[80];
    int64_t id;
    enum qn_code rc = work_path(c, room[0], &o.facts, &err);
    if (!rc && o.persons)
        rc = work_path(c, room[1], &o.persons, &err);
    if (!rc && o.materials)
        rc = work_path(c, room[2], &o.materials, &err);
    if (!rc)
        rc = clue_send(c->office->st, &o, &id, &err);
    if (rc)
        return cli_fail(c, &err);
    work_name(name, store_self(c->office->st)->office, id);
    if (c->json)
        work_print_json(c, json_pack("{s:s, s:s}", "clue", name, "to", o.to));
    else
        cli_say(c, "clue.sent", "clue=%s|to=%s", name, o.to);
    return 0;
}

int work_clue_again(struct cli *c, int argc, char **argv)
{
    const char *clue = NULL, *by = NULL;
    struct opt opts[] = {{.name = "", .value = &clue, .required = true},
                         {.name = "by", .value = &by, .required = true}};
    struct qn_err err;
    char to[QN_CODE_MAX + 1], name[80];
    int64_t id;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (clue_again(c->office->st, clue, by, to, &id, &err))
        return cli_fail(c, &err);
    work_name(name, store_self(c->office->st)->office, id);
    if (c->json)
        work_print_json(c, json_pack("{s:s, s:s}", "clue", name, "to", to));
    else
        cli_say(c, "clue.sent", "clue=%s|to=%s", name, to);
    return 0;
}

int work_clue_answer(struct cli *c, int argc, char **argv)
{
    struct clue_answer o = {.clue = NULL};
    struct opt opts[] = {{.name = "", .value = &o.clue, .required = true},
                         {.name = "outcome",
                          .value = &o.outcome,
                          .required = true,
                          .kind = OPT_CHOICE,
                          .choices = CLUE_OUTCOMES},
                         {.name = "by", .value = &o.by, .required = true},
                         {.name = "doc-no", .value = &o.doc_no},
                         {.name = "note", .value = &o.note},
                         {.name = "answered-on", .value = &o.answered_on, .kind = OPT_DATE}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    if (clue_answer(c->office->st, &o, &err))
        return cli_fail(c, &err);
    if (c->json)
        work_print_json(c, json_pack("{s:s, s:s}", "clue", o.clue, "outcome", o.outcome));
    else
        cli_say(c, "clue.answered", "clue=%s", o.clue);
    return 0;
}

/* The catalogue's word for one of the words that a row holds; the word itself where a later program wrote it. */
static void word(struct cli *c, char out[80], const char *family, const char *code)
{
    char id[80];
    snprintf(id, sizeof(id), family, code);
    if (!code[0])
        snprintf(out, 80, "—");
    else if (text_has(id))
        text_render(out, 80, c->lang, id, "");
    else
        snprintf(out, 80, "%.40s", code);
}

/* The answers to a clue by whom it was addressed to; `by` has room for his code as long as the query lives. */
static enum qn_code answers_start(struct query *q, char by[QN_CODE_MAX + 1], struct store *st,
                                  const char *office, int64_t id, struct qn_err *err)
{
    enum qn_code rc = clue_answerer(by, st, office, id, err);
    if (rc)
        return rc;
    *q = query_start(st, SQL_WORK_CLUE_ANSWERS);
    q_bind_text(q, office);
    q_bind_int(q, id);
    q_bind_text(q, by);
    return QN_OK;
}

/* "" while there is none. */
static enum qn_code newest_outcome(char out[80], struct store *st, const char *office, int64_t id,
                                   struct qn_err *err)
{
    char by[QN_CODE_MAX + 1];
    QN_AUTO(query) struct query q = {0};
    enum qn_code rc = answers_start(&q, by, st, office, id, err);
    out[0] = 0;
    while (!rc && q_step(&q))
        snprintf(out, 80, "%s", q_text(&q, 0));
    return rc ? rc : query_end(&q, err);
}

int work_clue_list(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"head.clue",     "clue.head-sent", "head.title",
                                        "clue.head-for", "clue.head-body", "head.outcome"};
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    struct qn_err err;
    json_t *list = c->json ? json_array() : NULL;
    QN_AUTO(query) struct query q = query_start(c->office->st, SQL_WORK_CLUES);
    if (!c->json)
        cli_table_begin(c, COUNT(heads), heads);
    enum qn_code rc = QN_OK;
    while (!rc && q_step(&q)) {
        char name[80], kind[80], outcome[80], code[80];
        work_name(name, q_text(&q, 0), q_int(&q, 1));
        rc = newest_outcome(code, c->office->st, q_text(&q, 0), q_int(&q, 1), &err);
        if (c->json) {
            json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "clue", name,
                                                  "sent_on", q_text(&q, 2), "title", q_text(&q, 3),
                                                  "for", q_text(&q, 4), "receiver", q_text(&q, 5),
                                                  "outcome", code));
            continue;
        }
        word(c, kind, "clue.for-%s", q_text(&q, 4));
        word(c, outcome, "clue.outcome-%s", code);
        cli_table_cell(c, "%s", name);
        cli_table_cell(c, "%s", q_text(&q, 2));
        cli_table_cell(c, "%s", q_text(&q, 3));
        cli_table_cell(c, "%s", kind);
        cli_table_cell(c, "%s", q_text(&q, 5));
        cli_table_cell(c, "%s", outcome);
    }
    if (!rc)
        rc = query_end(&q, &err);
    if (c->json)
        work_print_json(c, list);
    else
        cli_table_end(c);
    return rc ? cli_fail(c, &err) : 0;
}

static json_t *answers_json(struct store *st, const char *office, int64_t id, enum qn_code *rc,
                            struct qn_err *err)
{
    json_t *list = json_array();
    char by[QN_CODE_MAX + 1];
    QN_AUTO(query) struct query q = {0};
    *rc = answers_start(&q, by, st, office, id, err);
    while (!*rc && q_step(&q))
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "outcome", q_text(&q, 0),
                                              "doc_no", q_text(&q, 1), "answered_on", q_text(&q, 2),
                                              "note", q_text(&q, 3), "acted_by", q_text(&q, 4)));
    if (!*rc)
        *rc = query_end(&q, err);
    return list;
}

static void say_clue(struct cli *c, const char *name, struct query *q)
{
    static const struct {
        const char *id;
        int col;
    } lines[] = {{"head.title", 5},      {"clue.head-body", 2},    {"head.doc-no", 3},
                 {"clue.head-sent", 4},  {"head.object", 9},       {"head.name", 10},
                 {"clue.head-facts", 6}, {"clue.head-persons", 7}, {"clue.head-materials", 8},
                 {"head.by", 11}};
    static const char *const heads[] = {"clue.head-item", "clue.head-text"};
    char label[80], kind[80];
    cli_table_begin(c, COUNT(heads), heads);
    text_render(label, sizeof(label), c->lang, "head.clue", "");
    cli_table_cell(c, "%s", label);
    cli_table_cell(c, "%s", name);
    text_render(label, sizeof(label), c->lang, "clue.head-for", "");
    word(c, kind, "clue.for-%s", q_text(q, 1));
    cli_table_cell(c, "%s", label);
    cli_table_cell(c, "%s", kind);
    for (size_t i = 0; i < COUNT(lines); i++) {
        if (!*q_text(q, lines[i].col))
            continue;
        text_render(label, sizeof(label), c->lang, lines[i].id, "");
        cli_table_cell(c, "%s", label);
        cli_table_cell(c, "%s", q_text(q, lines[i].col));
    }
    cli_table_end(c);
}

static enum qn_code say_answers(struct cli *c, const char *office, int64_t id, struct qn_err *err)
{
    static const char *const heads[] = {"head.outcome", "clue.head-answered", "head.doc-no",
                                        "head.note", "head.by"};
    char by[QN_CODE_MAX + 1];
    QN_AUTO(query) struct query q = {0};
    unsigned n = 0;
    enum qn_code rc = answers_start(&q, by, c->office->st, office, id, err);
    while (!rc && q_step(&q)) {
        char outcome[80];
        if (!n++)
            cli_table_begin(c, COUNT(heads), heads);
        word(c, outcome, "clue.outcome-%s", q_text(&q, 0));
        cli_table_cell(c, "%s", outcome);
        cli_table_cell(c, "%s", q_text(&q, 2));
        cli_table_cell(c, "%s", q_text(&q, 1));
        cli_table_cell(c, "%s", q_text(&q, 3));
        cli_table_cell(c, "%s", q_text(&q, 4));
    }
    if (n)
        cli_table_end(c);
    if (!rc)
        rc = query_end(&q, err);
    if (!rc && !n)
        cli_say(c, "clue.no-answer", "");
    return rc;
}

int work_clue_show(struct cli *c, int argc, char **argv)
{
    const char *name = NULL;
    struct opt opts[] = {{.name = "", .value = &name, .required = true}};
    char office[QN_CODE_MAX + 1];
    int64_t id;
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (clue_name(name, office, &id, &err))
        return cli_fail(c, &err);
    QN_AUTO(query) struct query q = query_start(c->office->st, SQL_WORK_CLUE);
    q_bind_text(&q, office);
    q_bind_int(&q, id);
    enum qn_code rc = QN_OK;
    if (!q_step(&q)) {
        rc = query_end(&q, &err);
        if (!rc)
            rc = qn_fail(&err, QN_ABSENT, "clue.absent", "clue=%s", name);
    } else if (c->json) {
        json_t *j = json_pack(
            "{s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "clue", name,
            "rev", (json_int_t)q_int(&q, 0), "for", q_text(&q, 1), "receiver", q_text(&q, 2),
            "doc_no", q_text(&q, 3), "sent_on", q_text(&q, 4), "title", q_text(&q, 5), "facts",
            q_text(&q, 6), "persons", q_text(&q, 7), "materials", q_text(&q, 8), "object",
            q_text(&q, 9), "object_name", q_text(&q, 10), "acted_by", q_text(&q, 11));
        json_object_set_new(j, "answers", answers_json(c->office->st, office, id, &rc, &err));
        work_print_json(c, j);
    } else {
        say_clue(c, name, &q);
        rc = say_answers(c, office, id, &err);
    }
    return rc ? cli_fail(c, &err) : 0;
}
