/* cmd_task_sheet.c - one target on paper: what is to be looked at where, with room for what is found. What stands on it is what
 * `task show` says.                                                                      Spec: protocol/spec/web.md (web-78) */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "node/cli/work_commands.h"
#include "node/publish/html.h"
#include "node/publish/paper.h"
#include "node/store/duty.h"
#include "node/store/file.h"
#include "node/store/trail.h"
#include "node/text/qr.h"
#include "node/text/text.h"

#define SHEET_MAX (8u * 1024 * 1024)

static void fact(struct qn_buf *b, const char *id, const char *value)
{
    if (!*value)
        return;
    html_fact(b, id);
    html_str(b, value);
}

/* "140602/A1 张三;140602/A2 李四" */
static void put_people(struct qn_buf *b, const char *list)
{
    for (const char *at = list; *at;) {
        size_t n = strcspn(at, ";"), id = strcspn(at, " ;");
        if (at != list)
            qn_put_str(b, "<br>");
        if (id < n)
            html_span(b, (struct qn_span){(const uint8_t *)at + id + 1, n - id - 1});
        qn_put_str(b, " <code>");
        html_span(b, (struct qn_span){(const uint8_t *)at, id});
        qn_put_str(b, "</code>");
        at += n + (at[n] == ';');
    }
}

static enum qn_code put_head(struct qn_buf *b, struct store *st, const json_t *o, const char *title,
                             struct qn_err *err)
{
    char label[200];
    QN_AUTO(qn_buf) struct qn_buf to = {0};
    qn_buf_init(&to, QR_MOST);
    bool leads = paper_target_address(&to, st, work_target_text(o, "draw"),
                                      work_target_text(o, "object"), work_target_text(o, "task"));
    text_render(label, sizeof(label), TEXT_ZH, leads ? "paper.open-target" : "task-sheet.scan", "");
    paper_begin(b, title, (struct qn_span){NULL, 0});
    qn_put_str(b, "<div class=\"head\"><div>\n");
    paper_title(b, st, title, "sheet.secret-names");
    qn_put_str(b, "</div>\n<div>");
    enum qn_code rc = qr_svg(b, qn_buf_span(&to), label, err);
    qn_put_str(b, "<small>");
    html_str(b, label);
    qn_put_str(b, "</small></div>\n</div>\n");
    return rc;
}

static void put_facts(struct qn_buf *b, const json_t *o)
{
    json_int_t cap = json_integer_value(json_object_get(o, "cap"));
    html_facts_begin(b);
    fact(b, "task-sheet.object", work_target_text(o, "name"));
    html_fact(b, "task-sheet.number");
    qn_put_str(b, "<code>");
    html_str(b, work_target_text(o, "object"));
    qn_put_str(b, "</code>");
    fact(b, "task-sheet.uscc", work_target_text(o, "uscc"));
    fact(b, "task-sheet.address", work_target_text(o, "address"));
    fact(b, "task-sheet.plan", work_target_text(o, "plan_title"));
    html_fact(b, "task-sheet.task");
    html_fmt(b, "%s %s", work_target_text(o, "task"), work_target_text(o, "task_name"));
    html_fact(b, "task-sheet.draw");
    qn_put_str(b, "<code>");
    html_str(b, work_target_text(o, "draw"));
    qn_put_str(b, "</code>");
    html_fact(b, "task-sheet.window");
    html_fmt(b, "%s — %s", work_target_text(o, "from"), work_target_text(o, "due"));
    html_fact(b, "task-sheet.inspectors");
    put_people(b, work_target_text(o, "inspectors"));
    if (cap) {
        html_fact(b, "task-sheet.visits");
        html_say(b, "task-sheet.visits-of", "n=%lld|cap=%lld",
                 (long long)json_integer_value(json_object_get(o, "visited")), (long long)cap);
    }
    html_facts_end(b);
}

static void put_items(struct qn_buf *b, const json_t *items)
{
    static const char *const heads[] = {"site.col-no", "task-sheet.item", "task-sheet.content",
                                        "task-sheet.found"};
    struct html_table t;
    if (!json_array_size(items))
        return;
    html_el(b, "h2", NULL, "task-sheet.h-items", "");
    html_table_begin(&t, b, heads, 4);
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *x = json_array_get(items, i);
        html_number(&t, i + 1);
        html_cell(&t, NULL);
        html_str(b, work_target_text(x, "name"));
        html_cell(&t, NULL);
        html_str(b, work_target_text(x, "content"));
        html_cell(&t, "room");
    }
    html_table_end(&t);
}

static const char *answer_id(const char *answer)
{
    return strcmp(answer, "yes_no") == 0      ? "task-sheet.answer-yes-no"
           : strcmp(answer, "yes_no_na") == 0 ? "task-sheet.answer-yes-no-na"
                                              : "task-sheet.answer-written";
}

/* One table for each checklist. */
static void put_points(struct qn_buf *b, const json_t *points)
{
    static const char *const heads[] = {"site.col-no", "task-sheet.point", "task-sheet.answer",
                                        "task-sheet.remark"};
    struct html_table t;
    const char *list = "";
    for (size_t i = 0; i < json_array_size(points); i++) {
        const json_t *x = json_array_get(points, i);
        const char *evidence = work_target_text(x, "evidence");
        if (strcmp(list, work_target_text(x, "checklist")) != 0) {
            if (*list)
                html_table_end(&t);
            list = work_target_text(x, "checklist");
            html_el(b, "h2", NULL, "task-sheet.h-points", "title=%s", work_target_text(x, "title"));
            html_table_begin(&t, b, heads, 4);
        }
        html_cell(&t, "num");
        html_str(b, work_target_text(x, "no"));
        html_cell(&t, NULL);
        html_str(b, work_target_text(x, "text"));
        html_cell(&t, "num");
        html_say(b, answer_id(work_target_text(x, "answer")), "");
        html_cell(&t, "room");
        if (strcmp(evidence, "always") == 0)
            html_say(b, "task-sheet.evidence-always", "");
        else if (strcmp(evidence, "if_wrong") == 0)
            html_say(b, "task-sheet.evidence-if-wrong", "");
    }
    if (*list)
        html_table_end(&t);
}

static void put_signatures(struct qn_buf *b)
{
    static const char *const fields[] = {"task-sheet.sign-inspectors", "task-sheet.sign-party",
                                         "task-sheet.sign-witness", "sheet.sign-date"};
    html_el(b, "h2", NULL, "task-sheet.h-found", "");
    html_el(b, "p", NULL, "task-sheet.when", "");
    html_el(b, "p", NULL, "task-sheet.result", "");
    qn_put_str(b, "<div class=\"blank\"></div>\n");
    html_el(b, "p", "note", "task-sheet.note", "");
    qn_put_str(b, "<div class=\"sign\">\n");
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        html_el(b, "div", NULL, fields[i], "");
    qn_put_str(b, "</div>\n");
}

static enum qn_code make(struct qn_buf *page, struct store *st, const json_t *o, struct qn_err *err)
{
    char title[120], about[TRAIL_ABOUT];
    snprintf(about, sizeof(about), "%s %s", work_target_text(o, "draw"),
             work_target_text(o, "object"));
    enum qn_code rc = duty_act(st, duty_of(DUTY_PRINT), NULL, about, err);
    if (rc)
        return rc;
    text_render(title, sizeof(title), TEXT_ZH, "task-sheet.title", "");
    rc = put_head(page, st, o, title, err);
    if (rc)
        return rc;
    put_facts(page, o);
    put_items(page, json_object_get(o, "items"));
    put_points(page, json_object_get(o, "points"));
    put_signatures(page);
    paper_end(page, st);
    return qn_buf_check(page, err);
}

int work_task_sheet(struct cli *c, int argc, char **argv)
{
    const char *draw = NULL, *object = NULL, *task = NULL, *out = NULL;
    struct opt opts[] = {{.name = "draw", .value = &draw, .required = true},
                         {.name = "object", .value = &object, .required = true},
                         {.name = "task", .value = &task},
                         {.name = "out", .value = &out, .required = true}};
    char path[FILE_PATH_MAX];
    struct qn_err err;
    json_t *o = NULL;
    QN_AUTO(qn_buf) struct qn_buf page = {0};
    qn_buf_init(&page, SHEET_MAX);
    if (!cli_opts(c, argc, argv, opts, sizeof(opts) / sizeof(opts[0])))
        return 2;
    enum qn_code rc = cli_path(c, path, out, &err);
    if (!rc)
        rc = work_target(&o, c->office->st, draw, object, task, &err);
    if (!rc)
        rc = make(&page, c->office->st, o, &err);
    json_decref(o);
    if (!rc)
        rc = file_write(path, qn_buf_span(&page), 0600, true, &err); /* it names inspectors */
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        work_print_json(c, json_pack("{s:s, s:s, s:s, s:I}", "draw", draw, "object", object, "out",
                                     path, "bytes", (json_int_t)page.n));
    else
        cli_say(c, "task-sheet.written", "object=%s|out=%s", object, path);
    return 0;
}
