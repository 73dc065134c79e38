/* cmd_draw.c - freeze, order, draw, release. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/draw_commands.h"
#include "node/draw/due.h"
#include "node/draw/freeze.h"
#include "node/draw/order.h"
#include "node/draw/release.h"
#include "node/draw/run.h"
#include "node/store/tree.h"

#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))
#define LEVELS      "witnessed|offline|unwitnessed"
#define OFFICES_MAX 200 /* named one by one on a command line */

/* ---- what the draw commands share ------------------------------------------------------------------------------- */

void cli_draw_level(struct cli *c, char out[32], enum qn_draw_level level)
{
    static const char *const ids[] = {NULL, "site.level-witnessed", "site.level-offline",
                                      "site.level-unwitnessed"}; /* as the public site calls them */
    if (level)
        text_render(out, 32, c->lang, ids[level], "");
    else
        memcpy(out, "—", sizeof("—"));
}

void cli_long(struct cli *c, FILE *to, const char *id, const char *args)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 1024 * 1024);
    text_put(&b, c->lang, id, args);
    if (b.n)
        fwrite(b.p, 1, b.n, to);
    fputc('\n', to);
}

int cli_json(struct cli *c, json_t *value, int exit_code)
{
    struct qn_err err;
    if (!value) {
        qn_fail(&err, QN_NOMEM, "base.no-memory", "");
        return cli_fail(c, &err);
    }
    json_dumpf(value, c->out, JSON_COMPACT);
    fputc('\n', c->out);
    json_decref(value);
    return exit_code;
}

json_t *cli_json_err(const struct qn_err *err)
{
    return json_pack("{s:s, s:s, s:s}", "code", qn_code_name(err->code), "id", err->id, "args",
                     err->args);
}

json_t *cli_json_hex(const uint8_t *p, size_t n)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 1024);
    qn_put_hex(&b, p, n);
    return b.failed ? NULL : json_stringn((const char *)b.p, b.n);
}

/* ---- freeze --------------------------------------------------------------------------------------------------------- */

static int cmd_freeze(struct cli *c, int argc, char **argv)
{
    struct freeze_made m;
    struct qn_err err;
    char hex[2 * QN_HASH + 1];
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    enum qn_code rc = freeze_make(&m, c->office->st, &err);
    if (rc)
        return cli_fail(c, &err);
    qn_hex(hex, m.leaf, QN_HASH);
    if (c->json)
        return cli_json(c,
                        json_pack("{s:b, s:I, s:I, s:s, s:s}", "made", m.made, "seq",
                                  (json_int_t)m.seq, "version", (json_int_t)m.version, "date",
                                  m.date, "leaf", hex),
                        0);
    if (m.made)
        cli_say(c, "freeze.made",
                "seq=%llu|version=%llu|date=%s|objects=%llu|inspectors=%llu|leaf=%s",
                (unsigned long long)m.seq, (unsigned long long)m.version, m.date,
                (unsigned long long)m.objects, (unsigned long long)m.inspectors, hex);
    else
        cli_say(c, "freeze.current", "seq=%llu|version=%llu|date=%s", (unsigned long long)m.seq,
                (unsigned long long)m.version, m.date);
    if (m.made && !m.inspectors)
        qn_say(&c->report, "freeze.no-inspectors", "");
    return 0;
}

/* ---- order ---------------------------------------------------------------------------------------------------------- */

static json_t *outcome_json(const struct order_outcome *o)
{
    json_t *j = json_pack("{s:s, s:s, s:b, s:s, s:s, s:s}", "slot", o->slot, "office", o->drawer,
                          "issued", o->issued, "level", qn_draw_level_name(o->level), "from",
                          o->window_from, "to", o->window_to);
    if (j && o->issued)
        json_object_set_new(j, "seq", json_integer((json_int_t)o->seq));
    else if (j)
        json_object_set_new(j, "why", cli_json_err(&o->why));
    return j;
}

static void show_issued(struct cli *c, const struct order_outcomes *all)
{
    static const char *const heads[] = {"draw.col-slot", "draw.col-office", "draw.col-order-level",
                                        "draw.col-window", "draw.col-entry"};
    size_t issued = 0;
    for (size_t i = 0; i < all->n; i++)
        issued += all->at[i].issued;
    if (!issued)
        return;
    cli_table_begin(c, COUNT(heads), heads);
    for (size_t i = 0; i < all->n; i++) {
        const struct order_outcome *o = &all->at[i];
        char level[32];
        if (!o->issued)
            continue;
        cli_draw_level(c, level, o->level);
        cli_table_cell(c, "%s", o->slot);
        cli_table_cell(c, "%s", o->drawer);
        cli_table_cell(c, "%s", level);
        cli_table_cell(c, "%s — %s", o->window_from, o->window_to);
        cli_table_cell(c, "%llu", (unsigned long long)o->seq);
    }
    cli_table_end(c);
}

/* One sentence for all slots that wait for the same reason. */
static void show_waiting(struct cli *c, const struct order_outcomes *all)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct order_outcome *o = &all->at[i];
        bool told = false;
        size_t n = 0;
        for (size_t k = 0; !o->issued && k < all->n; k++) {
            const struct order_outcome *p = &all->at[k];
            bool same = !p->issued && strcmp(p->drawer, o->drawer) == 0 &&
                        strcmp(p->why.id, o->why.id) == 0 && strcmp(p->why.args, o->why.args) == 0;
            told = told || (same && k < i);
            n += same;
        }
        if (o->issued || told)
            continue;
        char why[1024], args[1400];
        text_error(why, sizeof(why), c->lang, &o->why);
        snprintf(args, sizeof(args), "office=%s|n=%zu|slot=%s|why=%s", o->drawer, n, o->slot, why);
        cli_long(c, c->out, "order.waits", args);
    }
}

void cli_show_orders(struct cli *c, const struct order_outcomes *all)
{
    show_issued(c, all);
    show_waiting(c, all);
}

json_t *cli_orders_json(const struct order_outcomes *all)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < all->n; i++)
        json_array_append_new(list, outcome_json(&all->at[i]));
    return list;
}

static int cmd_order_issue(struct cli *c, int argc, char **argv)
{
    const char *office[OFFICES_MAX], *series = NULL, *from = NULL, *to = NULL, *level = NULL,
                                     *beacon = NULL;
    unsigned noffice = 0, ahead = UINT_MAX;
    struct opt opts[] = {{.name = "office",
                          .value = office,
                          .many = OFFICES_MAX,
                          .count = &noffice,
                          .kind = OPT_CODE},
                         {.name = "series", .value = &series},
                         {.name = "from", .value = &from, .kind = OPT_DATE},
                         {.name = "to", .value = &to, .kind = OPT_DATE},
                         {.name = "level", .value = &level, .kind = OPT_CHOICE, .choices = LEVELS},
                         {.name = "beacon", .value = &beacon},
                         {.name = "ahead", .kind = OPT_NUMBER, .number = &ahead, .max = 366}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    struct order_options o = {.office = office,
                              .noffice = noffice,
                              .series = series,
                              .from = from,
                              .to = to,
                              .beacon = beacon,
                              .ahead_days = ahead != UINT_MAX ? (int)ahead : -1};
    enum qn_code rc = QN_OK;
    if (level && !draw_level_parse(&o.level, level))
        rc = qn_fail(&err, QN_MALFORMED, "order.level", "level=%s", level);
    for (unsigned i = 0; !rc && i < noffice; i++)
        rc = cli_known_office(c, office[i], &err);
    QN_AUTO(order_outcomes) struct order_outcomes all = {0};
    if (!rc)
        rc = order_issue(&all, c->office->st, &o, &err);
    if (rc)
        return cli_fail(c, &err);
    /* A slot that waits for something is told and no failure; a refused one is. */
    size_t issued = 0, refused = 0;
    for (size_t i = 0; i < all.n; i++) {
        issued += all.at[i].issued;
        refused += !all.at[i].issued && all.at[i].why.code != QN_LATER;
    }
    if (c->json) {
        return cli_json(c,
                        json_pack("{s:o, s:I, s:I, s:I}", "orders", cli_orders_json(&all), "had",
                                  (json_int_t)all.had, "ahead", (json_int_t)all.ahead, "over",
                                  (json_int_t)all.over),
                        refused ? 1 : 0);
    }
    cli_show_orders(c, &all);
    cli_say(c, issued ? "order.issued" : "order.none-issued",
            "issued=%zu|had=%zu|ahead=%zu|over=%zu|waiting=%zu", issued, all.had, all.ahead,
            all.over, all.n - issued);
    return refused ? 1 : 0;
}

/* Whether orders are given by themselves; with a word, whether they are from now on. */
static int cmd_order_auto(struct cli *c, int argc, char **argv)
{
    const char *word = NULL;
    struct opt opts[] = {{.name = "", .value = &word, .kind = OPT_CHOICE, .choices = "on|off"}};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (word && due_set_orders(c->office->st, strcmp(word, "on") == 0, &err) != QN_OK)
        return cli_fail(c, &err);
    bool on = due_orders(c->office->st);
    if (c->json)
        return cli_json(c, json_pack("{s:b}", "auto", on), 0);
    cli_say(c, on ? "order.auto-on" : "order.auto-off", "%s", "");
    return 0;
}

/* The name of each slot of one order. */
static json_t *slots_json(const struct order_lines *all, const struct order_line *order)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < all->n; i++) {
        char name[SLOT_NAME_MAX];
        if (!order_same_place(&all->at[i], order))
            continue;
        slot_key_name(name, &all->at[i].key);
        json_array_append_new(list, json_string(name));
    }
    return list;
}

static int cmd_order_list(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"draw.col-slot",        "draw.col-office",
                                        "draw.col-order-level", "draw.col-window",
                                        "draw.col-entry",       "draw.col-draw"};
    const char *office = NULL;
    bool open = false;
    struct opt opts[] = {{.name = "office", .value = &office, .kind = OPT_CODE},
                         {.name = "open", .flag = &open}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    QN_AUTO(order_lines) struct order_lines all = {0};
    enum qn_code rc = office ? cli_known_office(c, office, &err) : QN_OK;
    if (!rc)
        rc = order_list(&all, c->office->st, office, &err);
    if (rc)
        return cli_fail(c, &err);
    json_t *list = c->json ? json_array() : NULL;
    if (!c->json)
        cli_table_begin(c, COUNT(heads), heads);
    for (size_t i = 0; i < all.n; i++) {
        const struct order_line *o = &all.at[i];
        char draw[DRAW_NAME_MAX] = "—", level[32];
        if (!o->genuine || o->slot_no != 1 || (open && o->draw_id))
            continue;
        if (o->draw_id)
            draw_name(draw, o->drawer, o->draw_id);
        if (c->json) {
            json_array_append_new(
                list, json_pack("{s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:I, s:s?, s:o}", "slot",
                                o->slots, "slots", slots_json(&all, o), "office", o->drawer,
                                "level", qn_draw_level_name(o->level), "from", o->window_from, "to",
                                o->window_to, "origin", o->origin, "seq", (json_int_t)o->seq,
                                "draw", o->draw_id ? draw : NULL, "order_id",
                                cli_json_hex(o->order_id, QN_HASH)));
            continue;
        }
        cli_draw_level(c, level, o->level);
        cli_table_cell(c, "%s", o->slots);
        cli_table_cell(c, "%s", o->drawer);
        cli_table_cell(c, "%s", level);
        cli_table_cell(c, "%s — %s", o->window_from, o->window_to);
        cli_table_cell(c, "%s#%llu", o->parent, (unsigned long long)o->seq);
        cli_table_cell(c, "%s", draw);
    }
    if (c->json)
        return cli_json(c, list, 0);
    cli_table_end(c);
    return 0;
}

/* ---- draw ------------------------------------------------------------------------------------------------------------ */

static json_t *drawn_json(const struct draw_outcome *o, const char *name)
{
    json_t *j = json_pack("{s:s, s:b}", "slot", o->slot, "drawn", o->drawn);
    if (j && o->drawn)
        json_object_update_new(
            j, json_pack("{s:s, s:I, s:b, s:I, s:I, s:I, s:I, s:I, s:I}", "draw", name, "seq",
                         (json_int_t)o->made.seq, "late", o->late, "must", (json_int_t)o->made.must,
                         "lot", (json_int_t)o->made.lot, "listed", (json_int_t)o->made.listed,
                         "unfilled", (json_int_t)o->made.unfilled, "overcap",
                         (json_int_t)o->made.overcap, "entries", (json_int_t)o->made.entries));
    else if (j)
        json_object_set_new(j, "why", cli_json_err(&o->why));
    return j;
}

static void drawn_row(struct cli *c, const struct draw_outcome *o, const char *name)
{
    cli_table_cell(c, "%s", o->slot);
    cli_table_cell(c, "%s", name);
    cli_table_cell(c, "%zu", o->made.must);
    cli_table_cell(c, "%zu", o->made.lot);
    cli_table_cell(c, "%zu", o->made.listed);
    cli_table_cell(c, "%zu", o->made.unfilled);
}

static void show_drawn(struct cli *c, const struct draw_outcomes *all, size_t drawn)
{
    size_t unfilled = 0;
    static const char *const heads[] = {"draw.col-slot", "draw.col-draw",   "draw.col-must",
                                        "draw.col-lot",  "draw.col-listed", "draw.col-unfilled"};
    if (drawn) {
        cli_table_begin(c, COUNT(heads), heads);
        for (size_t i = 0; i < all->n; i++) {
            char name[DRAW_NAME_MAX];
            if (!all->at[i].drawn)
                continue;
            draw_name(name, store_self(c->office->st)->office, all->at[i].made.id);
            drawn_row(c, &all->at[i], name);
            unfilled += all->at[i].made.unfilled;
        }
        cli_table_end(c);
        if (unfilled)
            cli_say(c, "draw.unfilled", "n=%zu", unfilled);
    }
    for (size_t i = 0; i < all->n; i++) {
        char why[1024], args[1400];
        if (all->at[i].drawn)
            continue;
        text_error(why, sizeof(why), c->lang, &all->at[i].why);
        snprintf(args, sizeof(args), "slot=%s|why=%s", all->at[i].slot, why);
        cli_long(c, c->out, "draw.not-drawn", args);
    }
}

/* The row holds them as one text: 400 bytes, the operator 100. */
#define OBSERVERS     8
#define OBSERVERS_MAX 401
#define OPERATOR_MAX  100

static enum qn_code join_observers(char out[OBSERVERS_MAX], const char *const *name, unsigned n,
                                   struct draw_people *people, struct qn_err *err)
{
    size_t at = 0;
    out[0] = 0;
    if (n && !people->operator_name)
        return qn_fail(err, QN_MALFORMED, "draw.observers-alone", "");
    if (people->operator_name && (!people->operator_name[0] || strlen(people->operator_name) > OPERATOR_MAX))
        return qn_fail(err, QN_LIMIT, "draw.people-long", "most=%d", OPERATOR_MAX);
    for (unsigned i = 0; i < n; i++) {
        int had = snprintf(out + at, OBSERVERS_MAX - at, "%s%s", i ? "、" : "", name[i]);
        if (had < 0 || (size_t)had >= OBSERVERS_MAX - at)
            return qn_fail(err, QN_LIMIT, "draw.people-long", "most=%d", OBSERVERS_MAX - 1);
        at += (size_t)had;
    }
    people->observers = out;
    return QN_OK;
}

static int cmd_draw_run(struct cli *c, int argc, char **argv)
{
    const char *slot = NULL, *observer[OBSERVERS] = {NULL};
    unsigned observers_n = 0;
    bool every = false;
    struct draw_people people = {.observers = ""};
    char observers[OBSERVERS_MAX];
    struct opt opts[] = {{.name = "slot", .value = &slot, .not_with = "all"},
                         {.name = "all", .flag = &every},
                         {.name = "operator", .value = &people.operator_name},
                         {.name = "observer", .value = observer, .many = OBSERVERS, .count = &observers_n}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    if (!people.operator_name)
        people.operator_name = c->by;
    QN_AUTO(draw_outcomes) struct draw_outcomes all = {0};
    enum qn_code rc = join_observers(observers, observer, observers_n, &people, &err);
    if (!rc)
        rc = draw_run_before(&all, c->office->st, every ? NULL : slot, &people, &c->report, &err);
    if (rc)
        return cli_fail(c, &err);
    size_t drawn = 0, refused = 0;
    const struct draw_outcome *later = NULL;
    for (size_t i = 0; i < all.n; i++) {
        const struct draw_outcome *o = &all.at[i];
        drawn += o->drawn;
        refused += !o->drawn && o->why.code != QN_LATER;
        later = !o->drawn && o->why.code == QN_LATER ? o : later;
    }
    /* Windows still ahead are no failure of --all; of the one slot that was asked for they are. */
    int exit_code = refused ? 1 : slot && later ? 3 : 0;
    if (c->json) {
        json_t *list = json_array();
        for (size_t i = 0; list && i < all.n; i++) {
            char name[DRAW_NAME_MAX];
            draw_name(name, store_self(c->office->st)->office, all.at[i].made.id);
            json_array_append_new(list, drawn_json(&all.at[i], name));
        }
        return cli_json(c, list, exit_code);
    }
    show_drawn(c, &all, drawn);
    if (all.n)
        cli_say(c, drawn ? "draw.ran" : "draw.none-ran", "drawn=%zu|not=%zu", drawn, all.n - drawn);
    else
        cli_say(c, "draw.nothing-open", "");
    return exit_code;
}

/* ---- release --------------------------------------------------------------------------------------------------------- */

static json_t *release_json(const struct release_outcome *o)
{
    json_t *j = json_pack("{s:s, s:s, s:b, s:b, s:I, s:I}", "draw", o->draw, "slot", o->slot,
                          "released", o->released, "early", o->early, "targets",
                          (json_int_t)o->targets, "open", (json_int_t)o->open);
    if (j && !o->released)
        json_object_set_new(j, "why", cli_json_err(&o->why));
    return j;
}

static void show_release(struct cli *c, const struct release_outcome *o)
{
    if (!o->released) {
        cli_long(c, c->out, o->why.id, o->why.args);
        return;
    }
    cli_say(c, o->early ? "release.done-early" : "release.done",
            "draw=%s|slot=%s|targets=%zu|open=%zu", o->draw, o->slot, o->targets, o->open);
}

static int cmd_release(struct cli *c, int argc, char **argv)
{
    const char *draw = NULL;
    bool force = false;
    struct opt opts[] = {{.name = "draw", .value = &draw, .required = true},
                         {.name = "force-window", .flag = &force}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    char office[QN_CODE_MAX + 1];
    int64_t id = 0;
    bool every = strcmp(draw, "all") == 0;
    enum qn_code rc = every ? QN_OK : draw_name_parse(office, &id, draw, &err);
    if (!rc && !store_self(c->office->st))
        rc = qn_fail(&err, QN_ABSENT, "store.not-enrolled", "dir=%s", c->dir);
    if (!rc && !every && strcmp(office, store_self(c->office->st)->office) != 0)
        rc = qn_fail(&err, QN_DENIED, "release.not-ours", "draw=%s|office=%s", draw, office);
    QN_AUTO(release_outcomes) struct release_outcomes all = {0};
    if (!rc)
        rc = draw_release(&all, c->office->st, id, force, &err);
    if (rc)
        return cli_fail(c, &err);
    size_t done = 0, refused = 0;
    for (size_t i = 0; i < all.n; i++) {
        done += all.at[i].released;
        refused += !all.at[i].released && all.at[i].why.code != QN_LATER;
    }
    /* Draws that are still open are no failure of --all; of the one that was asked for they are. */
    int exit_code = refused || (!every && !done && all.n) ? 1 : 0;
    if (c->json) {
        json_t *list = json_array();
        for (size_t i = 0; list && i < all.n; i++)
            json_array_append_new(list, release_json(&all.at[i]));
        return cli_json(c, list, exit_code);
    }
    for (size_t i = 0; i < all.n; i++)
        show_release(c, &all.at[i]);
    cli_say(c, done ? "release.total" : "release.none", "released=%zu|open=%zu|had=%zu", done,
            all.n - done, all.had);
    return exit_code;
}

const struct command cli_draw_commands[] = {
    {"freeze", "", "cmd.freeze", cmd_freeze, NEEDS_KEYS},
    {"order issue",
     "[--office CODE]... [--series SERIES] [--from DATE] [--to DATE] [--level witnessed|offline|unwitnessed] [--beacon "
     "EVENT] [--ahead DAYS]",
     "cmd.order-issue", cmd_order_issue, NEEDS_KEYS},
    {"order auto", "[on|off]", "cmd.order-auto", cmd_order_auto, NEEDS_STORE},
    {"order list", "[--office CODE] [--open]", "cmd.order-list", cmd_order_list, NEEDS_STORE},
    {"beacon record", "LINE --drawn-on DATE --by PERSON", "cmd.beacon-record", cmd_beacon_record,
     NEEDS_KEYS},
    {"beacon list", "", "cmd.beacon-list", cmd_beacon_list, NEEDS_STORE},
    {"cokey key", "--out FILE [--kdf-mib N]", "cmd.cokey-key", cmd_cokey, NEEDS_NOTHING},
    {"cokey add", "--office CODE --key PUBKEY --title TITLE", "cmd.cokey-add", cmd_cokey, NEEDS_KEYS},
    {"cokey remove", "--office CODE --key PUBKEY --reason TEXT", "cmd.cokey-remove", cmd_cokey,
     NEEDS_KEYS},
    {"cokey list", "", "cmd.cokey-list", cmd_cokey, NEEDS_STORE},
    {"cokey ask", "--slot ISSUER/SERIES/TASK/ROUND [--page URL] [--out FILE] [--svg FILE] [--qr]",
     "cmd.cokey-ask", cmd_cokey, NEEDS_KEYS},
    {"cokey answer", "--order FILE|--text TEXT --key FILE [--out FILE] [--svg FILE] [--qr]",
     "cmd.cokey-answer", cmd_cokey, NEEDS_NOTHING},
    {"cokey page", "--out FILE", "cmd.cokey-page", cmd_cokey, NEEDS_NOTHING},
    {"cokey take", "--answer FILE|--text ANSWER", "cmd.cokey-take", cmd_cokey, NEEDS_KEYS},
    {"escrow key", "--key FILE", "cmd.escrow-key", cmd_escrow, NEEDS_NOTHING},
    {"escrow make", "--first PUBKEY --first-title TITLE --second PUBKEY --second-title TITLE",
     "cmd.escrow-make", cmd_escrow, NEEDS_KEYS},
    {"escrow ask", "--office CODE --slot ISSUER/SERIES/TASK/ROUND --out FILE", "cmd.escrow-ask",
     cmd_escrow, NEEDS_KEYS},
    {"escrow open", "--file FILE --key FILE [--out FILE]", "cmd.escrow-open", cmd_escrow,
     NEEDS_NOTHING},
    {"escrow join", "--file FILE --half FILE --key FILE [--out FILE]", "cmd.escrow-join",
     cmd_escrow, NEEDS_NOTHING},
    {"escrow take", "--answer FILE", "cmd.escrow-take", cmd_escrow, NEEDS_KEYS},
    {"escrow show", "--office CODE --slot ISSUER/SERIES/TASK/ROUND", "cmd.escrow-show", cmd_escrow,
     NEEDS_STORE},
    {"draw check", "[--office CODE] [--slot ISSUER/SERIES/TASK/ROUND]", "cmd.draw-check",
     cmd_draw_check, NEEDS_STORE},
    {"order supplement", "[--office CODE]... [--series SERIES] [--beacon EVENT]",
     "cmd.order-supplement", cmd_order_supplement, NEEDS_KEYS},
    {"draw void", "--draw DRAW --object ID --reason REASONCODE --evidence FILE --by PERSON [--date DATE]",
     "cmd.draw-void", cmd_draw_void, NEEDS_KEYS},
    {"draw return",
     "--draw DRAW --object ID --reason REASONCODE --evidence FILE --by PERSON", "cmd.draw-return",
     cmd_draw_return, NEEDS_KEYS},
    {"draw reassign", "--draw DRAW --object ID --office CODE --by PERSON", "cmd.draw-reassign",
     cmd_draw_reassign, NEEDS_KEYS},
    {"draw receive", "--draw DRAW --object ID --by PERSON", "cmd.draw-receive", cmd_draw_receive,
     NEEDS_KEYS},
    {"draw absent",
     "--draw DRAW --inspector ID --reason REASONCODE --by PERSON [--object ID] [--date DATE]",
     "cmd.draw-absent", cmd_draw_absent, NEEDS_KEYS},
    {"draw recuse", "--draw DRAW --object ID --inspector ID --reason REASONCODE --by PERSON [--date DATE]",
     "cmd.draw-recuse", cmd_draw_recuse, NEEDS_KEYS},
    {"draw replace",
     "--draw DRAW --inspector ID --reason REASONCODE --by PERSON [--object ID] [--date DATE]",
     "cmd.draw-replace", cmd_draw_replace, NEEDS_KEYS},
    {"draw appoint",
     "--draw DRAW --object ID --inspector ID --reason REASONCODE --approved-by PERSON --note TEXT --by "
     "PERSON [--person PERSON] "
     "[--evidence FILE]",
     "cmd.draw-appoint", cmd_draw_appoint, NEEDS_KEYS},
    {"draw run", "[--slot ISSUER/SERIES/TASK/ROUND|--all] [--operator PERSON] [--observer PERSON]...", "cmd.draw-run",
     cmd_draw_run, NEEDS_KEYS},
    {"draw list", "[--office CODE]", "cmd.draw-list", cmd_draw_list, NEEDS_STORE},
    {"draw show", "DRAW", "cmd.draw-show", cmd_draw_show, NEEDS_STORE},
    {"draw sheet", "DRAW --out FILE", "cmd.draw-sheet", cmd_draw_sheet, NEEDS_STORE},
    {"release", "--draw DRAW|all [--force-window]", "cmd.release", cmd_release, NEEDS_KEYS},
    {"verify", "all|office|plan|draw [CODE|ISSUER/SERIES|DRAW] [--record]", "cmd.verify", cmd_verify, NEEDS_STORE},
    {"stats field", "[--all]", "cmd.stats-field", cmd_stats_field, NEEDS_STORE},
    {"audit export", "all|office|draw [CODE|DRAW] --out FILE", "cmd.audit-export", cmd_audit_export,
     NEEDS_KEYS},
    {"audit trail",
     "[--person PERSON] [--act ACT] [--since DATE] [--until DATE] [--object ID] [--refused] [--past N] "
     "[--limit N]",
     "cmd.audit-trail", cmd_audit_trail, NEEDS_STORE},
    {"audit check", "FILE --fingerprint TEXT", "cmd.audit-check", cmd_audit_check, NEEDS_NOTHING},
    {NULL, NULL, NULL, NULL, NEEDS_NOTHING},
};
