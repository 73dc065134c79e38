/* cmd_clue.c - a clue handed over once more; all else of clues is done as with any record (cmd_record.c). */
#include <jansson.h>

#include "node/cli/print.h"
#include "node/cli/work_commands.h"
#include "node/work/clue.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

int work_clue_again(struct cli *c, int argc, char **argv)
{
    const char *clue = NULL, *by = NULL;
    struct opt opts[] = {{.name = "", .value = &clue, .required = true},
                         {.name = "by", .value = &by, .required = true}};
    struct qn_err err;
    char name[80];
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    QN_AUTO(record_draft) struct record_draft d = {0};
    if (clue_again(c->office->st, clue, by, &d, &err))
        return cli_fail(c, &err);
    record_name_text(name, store_self(d.st)->office, d.id);
    if (c->json)
        return cli_print_json(c, json_pack("{s:s, s:s}", "record", name, "to",
                                           record_text(&d, "receiver_office")));
    cli_say(c, "clue.sent", "clue=%s|to=%s", name, record_text(&d, "receiver_office"));
    return 0;
}
