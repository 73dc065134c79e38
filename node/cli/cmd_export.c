/* cmd_export.c - lists of what is typed into systems outside, and what was entered there. */
#include <jansson.h>
#include <string.h>

#include "node/cli/export_commands.h"
#include "node/cli/print.h"
#include "node/publish/export.h"
#include "node/store/file.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *system_of(const struct cli *c)
{
    return strchr(c->command->name, ' ') + 1;
}

int export_list(struct cli *c, int argc, char **argv)
{
    const char *out = NULL, *format = NULL;
    struct export_ask o = {.series = NULL};
    char path[FILE_PATH_MAX];
    struct export_made m;
    struct qn_err err;
    const struct export_layout *l = export_layout(system_of(c)); /* NULL: e-CQS */
    struct opt opts[] = {
        {.name = "out", .value = &out, .required = true},
        {.name = "series", .value = &o.series},
        {.name = "task", .value = &o.task},
        {.name = "charset", .value = &o.how.charset},
        {.name = "format", .value = &format, .kind = OPT_CHOICE, .choices = "csv|xlsx|json"},
        {.name = "due", .flag = &o.due}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = cli_path(c, path, out, &err);
    o.path = path;
    o.how.format = !format                       ? sheet_format_of(out)
                   : strcmp(format, "xlsx") == 0 ? SHEET_XLSX
                   : strcmp(format, "json") == 0 ? SHEET_JSON
                                                 : SHEET_CSV;
    if (!rc)
        rc = l ? export_results(&m, c->office->st, l, &o, &err)
               : export_ecqs(&m, c->office->st, &o, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        return cli_print_json(c, json_pack("{s:s, s:I, s:I, s:I, s:I}", "out", path, "rows",
                                           (json_int_t)m.rows, "open",
                                           (json_int_t)m.state[EXPORT_OPEN], "changed",
                                           (json_int_t)m.state[EXPORT_CHANGED], "entered",
                                           (json_int_t)m.state[EXPORT_ENTERED]));
    cli_say(c, "export.made", "rows=%llu|path=%s", (unsigned long long)m.rows, path);
    cli_say(c, l ? "export.counts" : "export.counts-ecqs", "open=%llu|changed=%llu|entered=%llu",
            (unsigned long long)m.state[EXPORT_OPEN], (unsigned long long)m.state[EXPORT_CHANGED],
            (unsigned long long)m.state[EXPORT_ENTERED]);
    return 0;
}
