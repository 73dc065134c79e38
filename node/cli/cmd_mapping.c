/* cmd_mapping.c - the headings that senders of lists use in place of ours. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "node/cli/print.h"
#include "node/cli/work_commands.h"
#include "node/work/mapping.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct kept {
    struct cli *c;
    json_t *list;
};

/* What a list is called, and a column of it that has a name of ours in letters: "名称（name）". */
static void say_list(struct cli *c, char out[160], const char *list)
{
    char id[64];
    snprintf(id, sizeof(id), "form.%s", list);
    if (!text_has(id))
        snprintf(id, sizeof(id), "record.%s", list);
    for (char *p = id; *p; p++)
        *p = *p == '_' ? '-' : *p;
    char said[100];
    if (!text_has(id)) {
        snprintf(out, 160, "%s", list);
        return;
    }
    text_render(said, sizeof(said), c->lang, id, "");
    snprintf(out, 160, c->lang == TEXT_ZH ? "%s（%.40s）" : "%s (%.40s)", said, list);
}

static void say_column(struct cli *c, char out[300], const char *ours)
{
    char id[64], said[160];
    snprintf(id, sizeof(id), "plan-column.%s", ours);
    for (char *p = id; *p; p++)
        *p = *p == '_' ? '-' : *p;
    if (!text_has(id)) {
        snprintf(out, 300, "%s", ours);
        return;
    }
    text_render(said, sizeof(said), c->lang, id, "");
    snprintf(out, 300, c->lang == TEXT_ZH ? "%s（%s）" : "%s (%s)", said, ours);
}

static void each(void *ctx, const char *sender, const char *list, const char *theirs,
                 const char *ours)
{
    struct kept *k = ctx;
    if (k->list) {
        json_array_append_new(k->list, json_pack("{s:s, s:s, s:s, s:s}", "sender", sender, "list",
                                                 list, "theirs", theirs, "ours", ours));
        return;
    }
    char name[160], column[300];
    say_list(k->c, name, list);
    say_column(k->c, column, ours);
    cli_table_cell(k->c, "%s", sender);
    cli_table_cell(k->c, "%s", name);
    cli_table_cell(k->c, "%s", theirs);
    cli_table_cell(k->c, "%s", column);
}

int work_mapping_list(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"head.sender", "head.list", "head.theirs", "head.ours"};
    struct kept k = {.c = c};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    if (c->json)
        k.list = json_array();
    else
        cli_table_begin(c, COUNT(heads), heads);
    enum qn_code rc = mapping_each(c->office->st, each, &k, &err);
    if (!c->json)
        cli_table_end(c);
    if (rc)
        json_decref(k.list);
    return rc ? cli_fail(c, &err) : c->json ? cli_print_json(c, k.list) : 0;
}

int work_mapping_drop(struct cli *c, int argc, char **argv)
{
    const char *word[2] = {NULL};
    unsigned n = 0;
    struct opt opts[] = {
        {.name = "", .value = word, .many = 2, .count = &n, .required = true, .least = 2}};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (mapping_drop(c->office->st, word[0], word[1], &err) != QN_OK)
        return cli_fail(c, &err);
    if (c->json)
        return cli_print_json(c, json_pack("{s:s, s:s}", "sender", word[0], "list", word[1]));
    cli_say(c, "mapping.dropped", "sender=%s|list=%s", word[0], word[1]);
    return 0;
}
