/* cmd_draw_show.c - draws as lists and as the record for the room. */
#include <string.h>

#include "node/cli/draw_commands.h"
#include "node/draw/show.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void judged(void *ctx, const struct draw_judged *j)
{
    json_array_append_new(ctx, json_pack("{s:s, s:s, s:s, s:s, s:s}", "office", j->office, "level",
                                         j->level, "outcome", j->outcome, "codes", j->codes, "on",
                                         j->on));
}

int cmd_draw_list(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"draw.col-draw",    "draw.col-slot", "draw.col-order-level",
                                        "draw.col-must",    "draw.col-lot",  "draw.col-supp",
                                        "draw.col-released"};
    const char *office = NULL;
    struct opt opts[] = {{.name = "office", .value = &office, .kind = OPT_CODE}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    QN_AUTO(draw_lines) struct draw_lines all = {0};
    enum qn_code rc = office ? cli_known_office(c, office, &err) : QN_OK;
    if (!rc)
        rc = draw_list(&all, c->office->st, office, &err);
    if (rc)
        return cli_fail(c, &err);
    json_t *list = c->json ? json_array() : NULL;
    if (!c->json)
        cli_table_begin(c, COUNT(heads), heads);
    for (size_t i = 0; i < all.n; i++) {
        const struct draw_line *l = &all.at[i];
        char level[32], released[32];
        if (c->json) {
            json_t *verdicts = json_array();
            if (draw_judged_each(judged, verdicts, c->office->st, l->office, l->id, &err) !=
                QN_OK) {
                json_decref(verdicts);
                json_decref(list);
                return cli_fail(c, &err);
            }
            json_array_append_new(
                list,
                json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:b, s:o}", "draw",
                          l->draw, "slot", l->slot, "office", l->office, "level",
                          qn_draw_level_name(l->level), "from", l->window_from, "to", l->window_to,
                          "must", (json_int_t)l->must, "lot", (json_int_t)l->lot, "supp",
                          (json_int_t)l->supp, "released", l->released, "verdicts", verdicts));
            continue;
        }
        cli_draw_level(c, level, l->level);
        text_render(released, sizeof(released), c->lang, l->released ? "draw.yes" : "draw.no", "");
        cli_table_cell(c, "%s", l->draw);
        cli_table_cell(c, "%s", l->slot);
        cli_table_cell(c, "%s", level);
        cli_table_cell(c, "%zu", l->must);
        cli_table_cell(c, "%zu", l->lot);
        if (l->supp)
            cli_table_cell(c, "%u", l->supp);
        else
            cli_table_cell(c, "—");
        cli_table_cell(c, "%s", released);
    }
    if (c->json)
        return cli_json(c, list, 0);
    cli_table_end(c);
    return 0;
}

/* ---- one draw ----------------------------------------------------------------------------------------------------- */

static json_t *targets_json(const struct draw_view *v)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < v->ntargets; i++) {
        const struct draw_target *t = &v->target[i];
        struct draw_target plain = *t; /* how it was drawn, whatever came of it */
        plain.after = AFTER_NOTHING;
        json_t *j =
            json_pack("{s:s, s:i, s:s, s:s?, s:s?, s:s?, s:s?}", "object", t->object, "slot",
                      (int)t->slot_no, "mode", draw_how(v, &plain).word, "name", t->name, "address",
                      t->address, "to", t->to[0] ? t->to : NULL, "inspectors", t->inspectors);
        if (j && v->has_seed)
            json_object_set_new(j, "ticket", cli_json_hex(t->ticket, QN_HASH));
        if (j && t->after)
            json_object_set_new(j, draw_how_after(t->after).word, json_true());
        json_array_append_new(list, j);
    }
    return list;
}

static json_t *strata_json(const struct qn_result *res)
{
    json_t *list = json_array();
    for (unsigned i = 0; list && i < res->nstrata; i++) {
        const struct qn_stratum_line *s = &res->stratum[i];
        json_t *j = json_pack("{s:i, s:i, s:I, s:I, s:I}", "slot", (int)s->slot, "stratum",
                              (int)s->stratum, "base", (json_int_t)s->base, "pool",
                              (json_int_t)s->pool, "quota", (json_int_t)s->quota);
        if (j && s->has_cutoff)
            json_object_set_new(j, "cutoff", cli_json_hex(s->cutoff, QN_HASH));
        json_array_append_new(list, j);
    }
    return list;
}

/* By number from 1, as strata and targets name them. */
static json_t *slot_names(const struct draw_view *v)
{
    json_t *list = json_array();
    for (unsigned i = 0; list && i < v->order.o.nslots; i++) {
        char name[SLOT_NAME_MAX];
        slot_key_name(name, &v->order.o.slot[i]);
        json_array_append_new(list, json_string(name));
    }
    return list;
}

static json_t *view_json(const struct draw_view *v)
{
    const struct qn_result *res = v->record.res;
    json_t *j = json_pack(
        "{s:s, s:s, s:s, s:I, s:o, s:b, s:{s:s, s:I, s:o}, s:{s:s, s:I, s:o}, s:o, s:o, s:o}",
        "draw", v->draw, "slot", v->slot, "origin", v->record.log.origin, "seq",
        (json_int_t)v->record.seq, "leaf", cli_json_hex(v->record.leaf, QN_HASH), "released",
        v->released, "order", "origin", res->order.origin, "seq", (json_int_t)res->order.index,
        "order_id", cli_json_hex(res->order_id, QN_HASH), "freeze", "origin", res->freeze.origin,
        "seq", (json_int_t)res->freeze.index, "leaf", cli_json_hex(res->freeze.leaf, QN_HASH),
        "strata", strata_json(res), "targets", targets_json(v), "vrf",
        cli_json_hex(res->vrf[0].pi, QN_VRF_PROOF));
    if (j && v->has_seed)
        json_object_set_new(j, "seed", cli_json_hex(v->seed, sizeof(v->seed)));
    if (j && v->has_freeze)
        json_object_update_new(json_object_get(j, "freeze"),
                               json_pack("{s:s, s:I, s:I, s:I}", "date", v->freeze.date, "version",
                                         (json_int_t)v->freeze.roster_version, "objects",
                                         (json_int_t)v->freeze.roots.objects, "inspectors",
                                         (json_int_t)v->freeze.roots.inspectors));
    if (j && v->operator_name[0])
        json_object_update_new(
            j, json_pack("{s:s, s:s}", "operator", v->operator_name, "observers", v->observers));
    if (j && v->has_order)
        json_object_set_new(j, "slots", slot_names(v));
    if (j && v->has_order)
        json_object_update_new(j, json_pack("{s:s, s:s, s:s, s:o}", "level",
                                            qn_draw_level_name(v->order.o.level), "from",
                                            v->order.o.window_from, "to", v->order.o.window_to,
                                            "nonce", cli_json_hex(v->order.o.nonce, 32)));
    return j;
}

static void show_head(struct cli *c, const struct draw_view *v)
{
    const struct qn_result *res = v->record.res;
    char hex[2 * QN_HASH + 1], level[32];
    cli_say(c, "draw.show-title", "draw=%s|slot=%s", v->draw, v->slot[0] ? v->slot : "—");
    qn_hex(hex, res->freeze.leaf, QN_HASH);
    if (v->has_freeze)
        cli_say(c, "draw.show-freeze",
                "date=%s|version=%llu|objects=%llu|inspectors=%llu|seq=%llu|leaf=%s",
                v->freeze.date, (unsigned long long)v->freeze.roster_version,
                (unsigned long long)v->freeze.roots.objects,
                (unsigned long long)v->freeze.roots.inspectors,
                (unsigned long long)res->freeze.index, hex);
    qn_hex(hex, res->order_id, QN_HASH);
    cli_draw_level(c, level, v->has_order ? v->order.o.level : 0);
    cli_say(c, "draw.show-order", "log=%s|seq=%llu|id=%s|level=%s|from=%s|to=%s", res->order.origin,
            (unsigned long long)res->order.index, hex, level,
            v->has_order ? v->order.o.window_from : "—", v->has_order ? v->order.o.window_to : "—");
    qn_hex(hex, v->record.leaf, QN_HASH);
    cli_say(c, "draw.show-entry", "log=%s|seq=%llu|leaf=%s", v->record.log.origin,
            (unsigned long long)v->record.seq, hex);
    if (v->has_seed) {
        qn_hex(hex, v->seed, sizeof(v->seed));
        cli_say(c, "draw.show-seed", "seed=%s", hex);
    } else {
        cli_say(c, "draw.show-no-seed", "");
    }
}

/* "1406/2021/3/1" of a slot line; its number where the order is not here. */
static void slot_cell(struct cli *c, const struct draw_view *v, unsigned slot_no)
{
    char name[SLOT_NAME_MAX];
    if (v->has_order && slot_no >= 1 && slot_no <= v->order.o.nslots) {
        slot_key_name(name, &v->order.o.slot[slot_no - 1]);
        cli_table_cell(c, "%s", name);
    } else {
        cli_table_cell(c, "%u", slot_no);
    }
}

static void show_strata(struct cli *c, const struct draw_view *v)
{
    const struct qn_result *res = v->record.res;
    static const char *const heads[] = {"draw.col-slot", "draw.col-stratum", "draw.col-base",
                                        "draw.col-pool", "draw.col-quota",   "draw.col-cutoff"};
    fputc('\n', c->out);
    cli_table_begin(c, COUNT(heads), heads);
    for (unsigned i = 0; i < res->nstrata; i++) {
        const struct qn_stratum_line *s = &res->stratum[i];
        char hex[2 * QN_HASH + 1] = "—";
        if (s->has_cutoff)
            qn_hex(hex, s->cutoff, QN_HASH);
        slot_cell(c, v, s->slot);
        cli_table_cell(c, "%u", s->stratum);
        cli_table_cell(c, "%llu", (unsigned long long)s->base);
        cli_table_cell(c, "%llu", (unsigned long long)s->pool);
        cli_table_cell(c, "%llu", (unsigned long long)s->quota);
        cli_table_cell(c, "%s", hex);
    }
    cli_table_end(c);
}

#define TICKET_SHOWN 8 /* bytes: enough to compare by eye with a cut-off */

static void show_targets(struct cli *c, const struct draw_view *v)
{
    static const char *const heads[] = {"draw.col-no",         "draw.col-slot", "draw.col-object",
                                        "draw.col-name",       "draw.col-how",  "draw.col-ticket",
                                        "draw.col-inspectors", "draw.col-to"};
    fputc('\n', c->out);
    cli_table_begin(c, COUNT(heads), heads);
    for (size_t i = 0; i < v->ntargets; i++) {
        const struct draw_target *t = &v->target[i];
        char how[32], ticket[2 * TICKET_SHOWN + 1] = "—";
        text_render(how, sizeof(how), c->lang, draw_how(v, t).id, "");
        if (v->has_seed)
            qn_hex(ticket, t->ticket, TICKET_SHOWN);
        cli_table_cell(c, "%zu", i + 1);
        slot_cell(c, v, t->slot_no);
        cli_table_cell(c, "%s", t->object);
        cli_table_cell(c, "%s", t->name && t->name[0] ? t->name : "—");
        cli_table_cell(c, "%s", how);
        cli_table_cell(c, "%s", ticket);
        cli_table_cell(c, "%s", t->inspectors && t->inspectors[0] ? t->inspectors : "—");
        cli_table_cell(c, "%s", t->to[0] ? t->to : "—");
    }
    cli_table_end(c);
}

int cmd_draw_show(struct cli *c, int argc, char **argv)
{
    const char *name = NULL;
    struct opt opts[] = {{.name = "", .value = &name, .required = true}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    char office[QN_CODE_MAX + 1];
    int64_t id;
    QN_AUTO(draw_view) struct draw_view v = {.has_order = false};
    enum qn_code rc = draw_name_parse(office, &id, name, &err);
    if (!rc)
        rc = draw_show(&v, c->office->st, office, id, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        return cli_json(c, view_json(&v), 0);
    show_head(c, &v);
    show_strata(c, &v);
    show_targets(c, &v);
    if (v.listed)
        cli_say(c, v.given ? "draw.show-given" : "draw.show-listed", "n=%zu", v.listed);
    cli_say(c, v.released ? "draw.show-released" : "draw.show-sealed", "must=%zu|lot=%zu", v.must,
            v.lot);
    return 0;
}
