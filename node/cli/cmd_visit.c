/* cmd_visit.c - what was visited, how often, and why more often than the plan says. */
#include <jansson.h>

#include "node/cli/print.h"
#include "node/cli/work_commands.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

int work_visit_list(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {
        "head.visit", "head.object",   "head.name",      "head.started", "head.inspectors",
        "head.nth",   "head.approval", "head.signature", "head.results", "head.over-cap"};
    bool over = false;
    unsigned limit = 100;
    struct opt opts[] = {
        {.name = "over-cap", .flag = &over},
        {.name = "limit", .kind = OPT_NUMBER, .number = &limit, .min = 1, .max = 100000}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    json_t *list = c->json ? json_array() : NULL;
    QN_AUTO(query) struct query q = query_start(c->office->st, SQL_VISIT_LIST);
    q_bind_text(&q, "");
    q_bind_int(&q, over);
    q_bind_int(&q, limit);
    if (!c->json)
        cli_table_begin(c, COUNT(heads), heads);
    while (q_step(&q)) {
        char name[80], id[48], signature[96];
        work_name(name, q_text(&q, 0), q_int(&q, 1));
        snprintf(id, sizeof(id), "word.signature.%s", q_text(&q, 6));
        text_render(signature, sizeof(signature), c->lang, id, "");
        if (c->json) {
            json_array_append_new(
                list,
                json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:I, s:s}", "visit", name,
                          "object", q_text(&q, 2), "name", q_text(&q, 3), "started", q_text(&q, 4),
                          "inspectors", q_text(&q, 5), "nth", (json_int_t)q_int(&q, 10), "approval",
                          q_text(&q, 8), "signature", q_text(&q, 6), "results",
                          (json_int_t)q_int(&q, 9), "over_cap", q_text(&q, 7)));
            continue;
        }
        cli_table_cell(c, "%s", name);
        for (int i = 2; i <= 5; i++)
            cli_table_cell(c, "%s", q_text(&q, i));
        cli_table_cell(c, "%lld", (long long)q_int(&q, 10));
        cli_table_cell(c, "%s", *q_text(&q, 8) ? q_text(&q, 8) : "—");
        cli_table_cell(c, "%s", signature);
        cli_table_cell(c, "%lld", (long long)q_int(&q, 9));
        cli_table_cell(c, "%s", q_text(&q, 7));
    }
    enum qn_code rc = query_end(&q, &err);
    if (c->json)
        work_print_json(c, list);
    else
        cli_table_end(c);
    return rc ? cli_fail(c, &err) : 0;
}
