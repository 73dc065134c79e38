/* cmd_beacon.c - the numbers of a public lottery, written down by persons. */
#include "node/cli/draw_commands.h"
#include "node/draw/beacon.h"

int cmd_beacon_record(struct cli *c, int argc, char **argv)
{
    struct beacon_copy o = {.line = NULL};
    struct opt opts[] = {
        {.name = "", .value = &o.line, .required = true},
        {.name = "drawn-on", .value = &o.drawn_on, .required = true, .kind = OPT_DATE},
        {.name = "by", .value = &o.by, .required = true}};
    if (!cli_opts(c, argc, argv, opts, sizeof(opts) / sizeof(opts[0])))
        return 2;
    struct beacon_told now;
    struct qn_err err;
    enum qn_code rc = beacon_record(&now, c->office->st, &o, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        return cli_json(c,
                        json_pack("{s:I, s:b, s:s?}", "persons", (json_int_t)now.persons, "settled",
                                  now.settled, "line", now.settled ? now.line : NULL),
                        0);
    if (now.settled)
        cli_say(c, "beacon.settled", "line=%s|date=%s|n=%u", now.line, now.drawn_on, now.persons);
    else if (now.persons < 2)
        cli_say(c, "beacon.first", "line=%s", o.line);
    else
        cli_say(c, "beacon.differs", "told=%s", now.all);
    return 0;
}

struct listing_to {
    struct cli *c;
    json_t *list;
};

static void show(void *ctx, const struct beacon_line *l)
{
    struct listing_to *to = ctx;
    if (to->list) {
        json_array_append_new(to->list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "source",
                                                  l->source, "event", l->event, "line", l->line,
                                                  "drawn_on", l->drawn_on, "office", l->office,
                                                  "by", l->by, "recorded_on", l->recorded_on));
        return;
    }
    cli_table_cell(to->c, "%s", l->line);
    cli_table_cell(to->c, "%s", l->drawn_on);
    cli_table_cell(to->c, "%s", l->office);
    cli_table_cell(to->c, "%s", l->by);
    cli_table_cell(to->c, "%s", l->recorded_on);
}

int cmd_beacon_list(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"beacon.col-line", "beacon.col-drawn-on", "draw.col-office",
                                        "beacon.col-by", "beacon.col-recorded-on"};
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    struct listing_to to = {c, c->json ? json_array() : NULL};
    struct qn_err err;
    if (!c->json)
        cli_table_begin(c, sizeof(heads) / sizeof(heads[0]), heads);
    enum qn_code rc = beacon_list(c->office->st, show, &to, &err);
    if (!c->json)
        cli_table_end(c);
    if (rc) {
        json_decref(to.list);
        return cli_fail(c, &err);
    }
    return c->json ? cli_json(c, to.list, 0) : 0;
}
