/* cmd_register.c - the registers of record that rosters are compared with. */
#include <string.h>

#include "node/cli/work_commands.h"
#include "node/work/register_import.h"
#include "qian/entry.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static enum qn_code full_paths(struct cli *c, char (*room)[1024], const char **path, unsigned n,
                               struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (unsigned i = 0; !rc && i < n; i++)
        rc = work_path(c, room[i], &path[i], err);
    return rc;
}

static json_t *counts_json(const struct register_counts *n)
{
    return json_pack("{s:I, s:I, s:b}", "lines", (json_int_t)n->lines, "rejected",
                     (json_int_t)n->rejected, "held", n->held);
}

static void counts(struct cli *c, const char *list_id, const struct register_counts *n)
{
    char list[64];
    text_render(list, sizeof(list), c->lang, list_id, "");
    cli_say(c, "register.counts", "list=%s|lines=%llu|rejected=%llu", list,
            (unsigned long long)n->lines, (unsigned long long)n->rejected);
}

int work_register_import(struct cli *c, int argc, char **argv)
{
    const char *objects[REGISTER_FILES], *inspectors[REGISTER_FILES];
    static char room[2][REGISTER_FILES][1024];
    char aside[1024];
    struct list_said said = {.nmap = 0};
    struct register_import o = {.objects = objects, .inspectors = inspectors, .lang = c->lang};
    struct opt opts[] = {
        {.name = "objects", .value = objects, .many = REGISTER_FILES, .count = &o.nobjects},
        {.name = "inspectors",
         .value = inspectors,
         .many = REGISTER_FILES,
         .count = &o.ninspectors},
        {.name = "taken-on", .value = &o.taken_on, .required = true, .kind = OPT_DATE},
        {.name = "rejects", .value = &o.rejects},
        {.name = "by", .value = &o.by, .required = true},
        LIST_OPTS(o.use, said)};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    struct register_imported r;
    char name[80];
    enum qn_code rc = work_list_use(&o.use, &said, &err);
    if (!rc)
        rc = full_paths(c, room[0], objects, o.nobjects, &err);
    if (!rc)
        rc = full_paths(c, room[1], inspectors, o.ninspectors, &err);
    if (!rc)
        rc = work_path(c, aside, &o.rejects, &err);
    if (!rc)
        rc = register_import(c->office->st, &o, &r, &c->report, &err);
    if (rc)
        return cli_fail(c, &err);
    bool rejected = r.objects.rejected + r.inspectors.rejected > 0;
    work_name(name, store_self(c->office->st)->office, r.id);
    if (c->json) {
        work_print_json(c, json_pack("{s:o, s:o, s:s?}", "objects", counts_json(&r.objects),
                                     "inspectors", counts_json(&r.inspectors), "snapshot",
                                     r.id ? name : NULL));
        return rejected ? 1 : 0;
    }
    if (o.nobjects)
        counts(c, "list.register-objects", &r.objects);
    if (o.ninspectors)
        counts(c, "list.register-inspectors", &r.inspectors);
    if (r.id)
        cli_say(c, "register.signed", "snapshot=%s", name);
    else
        cli_say(c, "register.unchanged", "");
    return rejected ? 1 : 0;
}

static void list_cells(struct cli *c, struct query *q, int col)
{
    if (q_null(q, col)) {
        cli_table_cell(c, "%s", "-");
        cli_table_cell(c, "%s", "-");
        return;
    }
    char lines[256], args[64];
    snprintf(args, sizeof(args), "n=%lld", (long long)q_int(q, col));
    text_render(lines, sizeof(lines), c->lang,
                q_int(q, col + 2) ? "register.lines-here" : "register.lines-away", args);
    cli_table_cell(c, "%s", q_text(q, col + 1));
    cli_table_cell(c, "%s", lines);
}

static json_t *list_json(struct query *q, int col)
{
    if (q_null(q, col))
        return json_null();
    return json_pack("{s:I, s:s, s:b}", "lines", (json_int_t)q_int(q, col), "on",
                     q_text(q, col + 1), "here", q_int(q, col + 2) != 0);
}

int work_register_list(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"register.col-snapshot",   "register.col-objects-on",
                                        "register.col-objects",    "register.col-inspectors-on",
                                        "register.col-inspectors", "register.col-by"};
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    struct qn_err err;
    json_t *list = c->json ? json_array() : NULL;
    QN_AUTO(query) struct query q = query_start(c->office->st, SQL_REGISTER_ALL);
    if (!c->json)
        cli_table_begin(c, COUNT(heads), heads);
    while (q_step(&q)) {
        char name[80];
        work_name(name, q_text(&q, 0), q_int(&q, 1));
        if (c->json) {
            json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:s}", "snapshot", name,
                                                  "objects", list_json(&q, 2), "inspectors",
                                                  list_json(&q, 5), "by", q_text(&q, 8)));
            continue;
        }
        cli_table_cell(c, "%s", name);
        list_cells(c, &q, 2);
        list_cells(c, &q, 5);
        cli_table_cell(c, "%s", q_text(&q, 8));
    }
    enum qn_code rc = query_end(&q, &err);
    if (c->json)
        work_print_json(c, list);
    else
        cli_table_end(c);
    return rc ? cli_fail(c, &err) : 0;
}
