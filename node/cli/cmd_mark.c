/* cmd_mark.c - what an office above has taken into a draw, or out of it, by a document. */
#include "node/cli/work_commands.h"
#include "node/draw/granted.h"

int work_mark_grant(struct cli *c, int argc, char **argv)
{
    const char *object[MARK_GRANTS];
    struct mark_grant o = {.object = object};
    struct opt opts[] = {
        {.name = "office", .value = &o.office, .required = true, .kind = OPT_CODE},
        {.name = "kind",
         .value = &o.kind,
         .required = true,
         .kind = OPT_CHOICE,
         .choices = "must|exclude"},
        {.name = "reason",
         .required = true,
         .kind = OPT_NUMBER,
         .number = &o.reason,
         .min = 1,
         .max = 254},
        {.name = "object",
         .value = object,
         .many = MARK_GRANTS,
         .count = &o.nobjects,
         .required = true},
        {.name = "scope", .value = &o.scope},
        {.name = "until", .value = &o.until, .kind = OPT_DATE},
        {.name = "title", .value = &o.title, .required = true},
        {.name = "doc-no", .value = &o.doc_no, .required = true},
        {.name = "given-on", .value = &o.given_on, .required = true, .kind = OPT_DATE},
        {.name = "by", .value = &o.by, .required = true}};
    if (!cli_opts(c, argc, argv, opts, sizeof(opts) / sizeof(opts[0])))
        return 2;
    struct qn_err err;
    char name[80];
    int64_t id;
    if (mark_grant(c->office->st, &o, &id, &err))
        return cli_fail(c, &err);
    work_name(name, store_self(c->office->st)->office, id);
    if (c->json)
        work_print_json(c, json_pack("{s:s, s:s, s:I}", "grant", name, "office", o.office,
                                     "objects", (json_int_t)o.nobjects));
    else
        cli_say(c, "mark.granted", "grant=%s|office=%s|objects=%u", name, o.office, o.nobjects);
    return 0;
}
