/* cmd_draw_sheet.c - the record of a draw for the room, by its own name and as form F24. */
#include <string.h>

#include "node/cli/draw_commands.h"
#include "node/form/draw_sheet.h"
#include "node/form/template.h"
#include "node/store/file.h"

#define SHEET_MAX (64u * 1024 * 1024)

int draw_sheet_form(struct cli *c, const char *name, const char *out)
{
    struct qn_err err;
    char office[QN_CODE_MAX + 1], path[FILE_PATH_MAX];
    int64_t id;
    QN_AUTO(draw_view) struct draw_view v = {.has_order = false};
    QN_AUTO(qn_buf) struct qn_buf page = {0};
    qn_buf_init(&page, SHEET_MAX);
    enum qn_code rc = name ? cli_path(c, path, out, &err)
                           : qn_fail(&err, QN_MALFORMED, "form.needs-for", "form=%s|kind=%s",
                                     FORM_DRAW, "draw_result");
    if (!rc)
        rc = draw_name_parse(office, &id, name, &err);
    if (!rc)
        rc = draw_show(&v, c->office->st, office, id, &err);
    if (!rc)
        rc = draw_sheet(&page, c->office->st, &v, &err);
    if (!rc)
        rc = file_write(path, qn_buf_span(&page), 0600, true, &err); /* it names inspectors */
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        return cli_json(
            c, json_pack("{s:s, s:s, s:I}", "draw", name, "out", path, "bytes", (json_int_t)page.n),
            0);
    cli_say(c, "sheet.written", "draw=%s|out=%s", name, path);
    return 0;
}

int cmd_draw_sheet(struct cli *c, int argc, char **argv)
{
    const char *name = NULL, *out = NULL;
    struct opt opts[] = {{.name = "", .value = &name, .required = true},
                         {.name = "out", .value = &out, .required = true}};
    if (!cli_opts(c, argc, argv, opts, sizeof(opts) / sizeof(opts[0])))
        return 2;
    return draw_sheet_form(c, name, out);
}
