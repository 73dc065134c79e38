/* cmd_draw_check.c - before a draw: what it would draw from, and whether enough inspectors can go. */
#include <string.h>

#include "node/cli/draw_commands.h"
#include "node/draw/feasible.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void quals_text(char out[160], const struct qn_role *r)
{
    size_t used = 0;
    snprintf(out, 160, "%s", r->nquals ? "" : "-");
    for (unsigned q = 0; q < r->nquals && used < 140; q++)
        used += (size_t)snprintf(out + used, 160 - used, "%s%u", q ? "," : "", r->qual[q]);
}

static json_t *roles_json(const struct feasible *f)
{
    json_t *list = json_array();
    for (unsigned i = 0; list && i < f->nroles; i++) {
        char quals[160];
        quals_text(quals, &f->role[i].role);
        json_array_append_new(list, json_pack("{s:i, s:I, s:s}", "k", (int)f->role[i].k, "eligible",
                                              (json_int_t)f->role[i].eligible, "quals", quals));
    }
    return list;
}

static json_t *strata_json(const struct feasible *f)
{
    json_t *list = json_array();
    for (unsigned i = 0; list && i < f->nstrata; i++)
        json_array_append_new(
            list, json_pack("{s:i, s:I, s:I, s:I}", "stratum", (int)f->stratum[i].no, "base",
                            (json_int_t)f->stratum[i].base, "pool", (json_int_t)f->stratum[i].pool,
                            "quota", (json_int_t)f->stratum[i].quota));
    return list;
}

static json_t *feasible_json(const struct feasible *f, const char *slot)
{
    json_t *j =
        json_pack("{s:s, s:s, s:s, s:b}", "slot", slot, "type", qn_slot_type_name(f->slot.type),
                  "office", f->slot.drawer, "checked", f->checked);
    if (j && !f->checked)
        json_object_set_new(j, "why", cli_json_err(&f->why));
    else if (j)
        json_object_update_new(
            j,
            json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:o, s:I, s:I, s:b, s:b}", "base",
                      (json_int_t)f->base, "pool", (json_int_t)f->pool, "must", (json_int_t)f->must,
                      "lots", (json_int_t)f->lots, "available", (json_int_t)f->available, "least",
                      (json_int_t)f->least, "positions", (int)f->positions, "roles", roles_json(f),
                      "blocked", (json_int_t)f->blocked, "each", (json_int_t)f->each, "over_load",
                      f->over_load, "short_handed", f->short_handed));
    if (j && f->checked && f->nstrata)
        json_object_set_new(j, "strata", strata_json(f));
    if (j && f->freeze.held)
        json_object_set_new(
            j, "freeze",
            json_pack("{s:I, s:I, s:s, s:I, s:I, s:o}", "seq", (json_int_t)f->freeze.seq, "version",
                      (json_int_t)f->freeze.version, "date", f->freeze.date, "objects",
                      (json_int_t)f->freeze.objects, "inspectors", (json_int_t)f->freeze.inspectors,
                      "leaf", cli_json_hex(f->freeze.leaf, QN_HASH)));
    return j;
}

static bool is_short(const struct feasible *f)
{
    return f->checked && (f->short_handed || f->blocked || f->over_load);
}

/* "2/5": of each kind of inspector, how many a visit asks for and how many there are. */
static void roles_text(char out[200], const struct feasible *f)
{
    size_t used = 0;
    snprintf(out, 200, "—");
    for (unsigned i = 0; i < f->nroles && used < 150; i++)
        used += (size_t)snprintf(out + used, 200 - used, "%s%u/%zu", i ? " + " : "", f->role[i].k,
                                 f->role[i].eligible);
}

static void show_row(struct cli *c, const struct feasible *f, const char *slot)
{
    char roles[200], said[64], id[32], type[64];
    roles_text(roles, f);
    text_render(said, sizeof(said), c->lang,
                !f->checked   ? "feasible.unknown"
                : is_short(f) ? "feasible.short"
                              : "feasible.fine",
                "");
    cli_table_cell(c, "%s", slot);
    snprintf(id, sizeof(id), "slot-type.%s", qn_slot_type_name(f->slot.type));
    text_render(type, sizeof(type), c->lang, id, "");
    cli_table_cell(c, "%s", type);
    cli_table_cell(c, "%zu", f->base);
    cli_table_cell(c, "%zu", f->pool);
    cli_table_cell(c, "%zu", f->must);
    cli_table_cell(c, "%zu", f->lots);
    cli_table_cell(c, "%s", roles);
    cli_table_cell(c, "%llu", (unsigned long long)f->each);
    cli_table_cell(c, "%s", said);
}

static void show_why(struct cli *c, const struct feasible *f, const char *slot)
{
    if (!f->checked) {
        char why[1024], args[1400];
        text_error(why, sizeof(why), c->lang, &f->why);
        snprintf(args, sizeof(args), "slot=%s|why=%s", slot, why);
        cli_long(c, c->out, "feasible.not-checked", args);
        return;
    }
    for (unsigned i = 0; i < f->nroles; i++)
        if (f->role[i].eligible < f->role[i].k) {
            char quals[160];
            quals_text(quals, &f->role[i].role);
            cli_say(c, "feasible.role", "slot=%s|quals=%s|need=%u|have=%zu", slot, quals,
                    f->role[i].k, f->role[i].eligible);
        }
    if (f->slot.type != QN_OBJECTS && f->available < f->least)
        cli_say(c, "feasible.pool", "slot=%s|have=%zu|need=%u", slot, f->available, f->least);
    if (f->blocked)
        cli_say(c, "feasible.blocked", "slot=%s|n=%zu", slot, f->blocked);
    if (f->over_load)
        cli_say(c, "feasible.load", "slot=%s|each=%llu", slot, (unsigned long long)f->each);
}

int cmd_draw_check(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"draw.col-slot",  "head.slot-type",  "draw.col-base",
                                        "draw.col-pool",  "draw.col-must",   "draw.col-lot",
                                        "feasible.roles", "feasible.visits", "feasible.col"};
    const char *office = NULL, *slot = NULL;
    struct opt opts[] = {{.name = "office", .value = &office, .kind = OPT_CODE},
                         {.name = "slot", .value = &slot}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    QN_AUTO(feasibles) struct feasibles all = {0};
    enum qn_code rc = office ? cli_known_office(c, office, &err) : QN_OK;
    if (!rc)
        rc = draw_feasible(&all, c->office->st, office, slot, &err);
    if (rc)
        return cli_fail(c, &err);
    size_t shortages = 0;
    json_t *list = c->json ? json_array() : NULL;
    if (!c->json)
        cli_table_begin(c, COUNT(heads), heads);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < all.n; i++) {
            const struct feasible *f = &all.at[i];
            char name[SLOT_NAME_MAX];
            slot_name(name, f->slot.issuer, f->slot.series, f->slot.task, f->slot.round);
            shortages += pass && is_short(f);
            if (c->json && !pass)
                json_array_append_new(list, feasible_json(f, name));
            else if (!c->json && !pass)
                show_row(c, f, name);
            else if (!c->json)
                show_why(c, f, name);
        }
        if (!pass && !c->json)
            cli_table_end(c);
    }
    if (c->json)
        return cli_json(c, list, shortages ? 1 : 0);
    if (shortages)
        cli_say(c, "feasible.choice", "%s", "");
    cli_say(c, "feasible.total", "n=%zu|short=%zu", all.n, shortages);
    if (all.drawn || all.over)
        cli_say(c, "feasible.left-out", "drawn=%zu|over=%zu", all.drawn, all.over);
    else if (!all.n)
        cli_say(c, "feasible.none", "");
    return shortages ? 1 : 0;
}
