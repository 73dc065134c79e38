/* cmd_trail.c - audit trail: who did what in this office, for who audits. */
#include <stdio.h>
#include <string.h>

#include "node/cli/draw_commands.h"
#include "node/cli/print.h"
#include "node/store/trail.h"
#include "node/work/record.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void act_word(struct cli *c, char out[160], const char *act)
{
    char id[80];
    snprintf(id, sizeof(id), "duty.%.60s", act);
    if (!text_has(id))
        snprintf(id, sizeof(id), "record.%.60s", act);
    for (char *p = id; *p; p++)
        *p = *p == '_' ? '-' : *p;
    text_render(out, 160, c->lang, id, "");
}

static bool is_act(struct cli *c, const char *given, const char *name)
{
    char said[160];
    act_word(c, said, name);
    return strcmp(given, name) == 0 || strcmp(given, said) == 0;
}

/* "freeze" or "冻结名录"; NULL when nothing is called so. */
static const char *find_act(struct cli *c, const char *given)
{
    for (unsigned i = 0; i < DUTIES; i++)
        if (is_act(c, given, duty_of((enum duty_id)i)->name))
            return duty_of((enum duty_id)i)->name;
    for (unsigned i = 0; record_type_at(i); i++)
        if (is_act(c, given, record_type_at(i)->name))
            return record_type_at(i)->name;
    return NULL;
}

struct lines {
    struct cli *c;
    json_t *list;
};

static bool each(void *ctx, const struct trail_line *l)
{
    struct lines *x = ctx;
    char time[32], said[160];
    cli_time(time, l->at_ms);
    act_word(x->c, said, l->act);
    json_t *o = json_pack("{s:I, s:s, s:I, s:s, s:s, s:s, s:s, s:s}", "line", (json_int_t)l->no,
                          "time", time, "time_ms", (json_int_t)l->at_ms, "person", l->person, "act",
                          l->act, "said", said, "refused", l->rule, "about", l->about);
    if (l->seq >= 0) {
        json_object_set_new(o, "epoch", json_integer(l->epoch));
        json_object_set_new(o, "seq", json_integer((json_int_t)l->seq));
    }
    return o && json_array_append_new(x->list, o) == 0;
}

static const char *text_of(const json_t *line, const char *key)
{
    return json_string_value(json_object_get(line, key));
}

static void show(struct cli *c, const json_t *list)
{
    static const char *const heads[] = {"head.line",    "table.time", "head.name", "head.act",
                                        "head.outcome", "head.about", "head.entry"};
    size_t i;
    const json_t *l;
    cli_table_begin(c, COUNT(heads), heads);
    json_array_foreach(list, i, l)
    {
        char outcome[64], entry[48] = "";
        const char *rule = text_of(l, "refused");
        if (json_object_get(l, "seq"))
            snprintf(entry, sizeof(entry), "%lld-%lld",
                     (long long)json_integer_value(json_object_get(l, "epoch")),
                     (long long)json_integer_value(json_object_get(l, "seq")));
        text_render(outcome, sizeof(outcome), c->lang, *rule ? "trail.refused" : "trail.done", "");
        cli_table_cell(c, "%lld", (long long)json_integer_value(json_object_get(l, "line")));
        cli_table_cell(c, "%s", text_of(l, "time"));
        cli_table_cell(c, "%s", text_of(l, "person"));
        cli_table_cell(c, "%s", text_of(l, "said"));
        cli_table_cell(c, "%s", outcome);
        cli_table_cell(c, "%s", *rule ? rule : text_of(l, "about"));
        cli_table_cell(c, "%s", entry);
    }
    cli_table_end(c);
}

void cli_trail_args(char out[160], const struct trail_checked *t)
{
    snprintf(out, 160, "from=%llu|to=%llu|epoch=%u|seq=%llu|n=%llu",
             (unsigned long long)t->other_from, (unsigned long long)t->other_to, t->other_epoch,
             (unsigned long long)t->other_seq,
             (unsigned long long)(t->other_to ? t->heads : t->heads - t->elsewhere));
}

/* What the lines hold by themselves and by the heads in the own log: whoever reads them is told, and so is a program. */
static int say_doubts(struct cli *c, const struct trail_checked *t)
{
    char args[160];
    snprintf(args, sizeof(args), "no=%llu", (unsigned long long)(t->wrong ? t->wrong : t->foreign));
    if (t->wrong || t->foreign)
        qn_say(&c->report, t->wrong ? "doctor.trail-wrong" : "doctor.trail-foreign", "%s", args);
    cli_trail_args(args, t);
    if (t->other_to)
        qn_say(&c->report, "doctor.trail-other", "%s", args);
    snprintf(args, sizeof(args), "n=%llu", (unsigned long long)t->elsewhere);
    if (t->elsewhere)
        qn_say(&c->report, "doctor.trail-elsewhere", "%s", args);
    return t->wrong || t->foreign || t->other_to;
}

int cmd_audit_trail(struct cli *c, int argc, char **argv)
{
    struct trail_filter f = {.person = NULL};
    unsigned past = 0, limit = 0;
    struct opt opts[] = {
        {.name = "person", .value = &f.person},
        {.name = "act", .value = &f.act},
        {.name = "since", .value = &f.since, .kind = OPT_DATE},
        {.name = "until", .value = &f.until, .kind = OPT_DATE},
        {.name = "object", .value = &f.object},
        {.name = "refused", .flag = &f.refused},
        {.name = "past", .kind = OPT_NUMBER, .number = &past, .min = 1, .max = INT32_MAX},
        {.name = "limit", .kind = OPT_NUMBER, .number = &limit, .min = 1, .max = INT32_MAX}};
    struct lines x = {.c = c};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (f.act) {
        const char *given = f.act;
        f.act = find_act(c, given);
        if (!f.act) {
            qn_fail(&err, QN_MALFORMED, "audit.no-act", "value=%.80s", given);
            return cli_fail(c, &err);
        }
    }
    f.past = past;
    f.limit = limit;
    x.list = json_array();
    enum qn_code rc = trail_read(c->office->st, &f, each, &x, &err);
    struct trail_checked t;
    if (!rc)
        rc = trail_check(&t, c->office->st, &err);
    if (rc) {
        json_decref(x.list);
        return cli_fail(c, &err);
    }
    if (c->json)
        cli_print_json(c, x.list);
    else
        show(c, x.list);
    return say_doubts(c, &t);
}
