/* cmd_escrow.c - halves of an office's VRF key: made, asked for, opened, joined; what a withheld draw would have been. */
#include <stdio.h>
#include <string.h>

#include "node/cli/draw_commands.h"
#include "node/draw/dispatch.h"
#include "node/draw/escrow.h"
#include "node/store/clock.h"
#include "node/store/file.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static enum qn_code read_text(struct cli *c, struct qn_buf *out, const char *path,
                              struct qn_err *err)
{
    enum qn_code rc = cli_read(c, out, path, ESCROW_CASE_MAX, err);
    if (!rc)
        qn_put(out, "", 1); /* as a string */
    return rc ? rc : qn_buf_check(out, err);
}

static enum qn_code open_key(struct keys **out, struct cli *c, const char *path, char full[1024],
                             struct qn_err *err)
{
    QN_AUTO(secret) struct qn_span pass = {NULL, 0};
    enum qn_code rc = cli_path(c, full, path, err);
    if (!rc)
        rc = office_passphrase(&pass, c->passphrase_file, err);
    return rc ? rc : keys_open(out, full, pass, err);
}

/* A line that goes to another machine. */
static int give(struct cli *c, enum qn_code rc, const char *line, const char *out,
                struct qn_err *err)
{
    if (!rc && out)
        rc = cli_write(c, out, qn_str(line), err);
    if (rc)
        return cli_fail(c, err);
    fprintf(c->out, "%s\n", line);
    return 0;
}

static int cmd_key(struct cli *c, int argc, char **argv)
{
    const char *path = NULL;
    struct opt opts[] = {{.name = "key", .value = &path, .required = true}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    char full[1024], hex[2 * QN_PUBKEY + 1];
    uint8_t pk[QN_PUBKEY];
    QN_AUTO(keys) struct keys *keys = NULL;
    if (open_key(&keys, c, path, full, &err) != QN_OK)
        return cli_fail(c, &err);
    escrow_public(pk, keys);
    qn_hex(hex, pk, QN_PUBKEY);
    if (c->json)
        return cli_json(c, json_pack("{s:s}", "key", hex), 0);
    cli_say(c, "escrow.key", "key=%s", hex);
    return 0;
}

static int cmd_make(struct cli *c, int argc, char **argv)
{
    const char *hex[2] = {NULL}, *title[2] = {NULL};
    struct opt opts[] = {{.name = "first", .value = &hex[0], .required = true},
                         {.name = "first-title", .value = &title[0], .required = true},
                         {.name = "second", .value = &hex[1], .required = true},
                         {.name = "second-title", .value = &title[1], .required = true}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    struct escrow_custodian two[2];
    enum qn_code rc = QN_OK;
    for (int i = 0; i < 2 && !rc; i++) {
        two[i].title = title[i];
        if (!qn_hex_decode(two[i].key, QN_PUBKEY, qn_str(hex[i])))
            rc = qn_fail(&err, QN_MALFORMED, "escrow.custodian", "max=%d", 100);
    }
    if (!rc)
        rc = escrow_make(c->office->st, two, &err);
    if (rc)
        return cli_fail(c, &err);
    cli_say(c, "escrow.made", "first=%s|second=%s", title[0], title[1]);
    return 0;
}

static int cmd_ask(struct cli *c, int argc, char **argv)
{
    const char *office = NULL, *slot = NULL, *out = NULL;
    struct opt opts[] = {{.name = "office", .value = &office, .required = true, .kind = OPT_CODE},
                         {.name = "slot", .value = &slot, .required = true},
                         {.name = "out", .value = &out, .required = true}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf file = {0};
    enum qn_code rc = cli_known_office(c, office, &err);
    if (!rc)
        rc = escrow_ask(&file, c->office->st, office, slot, &err);
    if (!rc)
        rc = cli_write(c, out, qn_buf_span(&file), &err);
    if (rc)
        return cli_fail(c, &err);
    cli_say(c, "escrow.asked", "path=%s|slot=%s", out, slot);
    return 0;
}

static int cmd_open(struct cli *c, int argc, char **argv)
{
    const char *path = NULL, *key = NULL, *out = NULL;
    struct opt opts[] = {{.name = "file", .value = &path, .required = true},
                         {.name = "key", .value = &key, .required = true},
                         {.name = "out", .value = &out}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    char line[COKEY_LINE], full[1024];
    QN_AUTO(qn_buf) struct qn_buf file = {0};
    QN_AUTO(keys) struct keys *keys = NULL;
    enum qn_code rc = read_text(c, &file, path, &err);
    if (!rc)
        rc = open_key(&keys, c, key, full, &err);
    if (!rc)
        rc = escrow_open(line, (const char *)file.p, keys, &err);
    return give(c, rc, line, out, &err);
}

static int cmd_join(struct cli *c, int argc, char **argv)
{
    const char *path = NULL, *half = NULL, *key = NULL, *out = NULL;
    struct opt opts[] = {{.name = "file", .value = &path, .required = true},
                         {.name = "half", .value = &half, .required = true},
                         {.name = "key", .value = &key, .required = true},
                         {.name = "out", .value = &out}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    char line[COKEY_LINE], full[1024], record[1100], today[11];
    QN_AUTO(qn_buf) struct qn_buf file = {0};
    QN_AUTO(qn_buf) struct qn_buf other = {0};
    QN_AUTO(keys) struct keys *keys = NULL;
    clock_today(NULL, today);
    enum qn_code rc = read_text(c, &file, path, &err);
    if (!rc)
        rc = read_text(c, &other, half, &err);
    if (!rc)
        rc = open_key(&keys, c, key, full, &err);
    snprintf(record, sizeof(record), "%s.asked", rc ? "" : full);
    if (!rc)
        rc = escrow_join(line, (const char *)file.p, (const char *)other.p, keys, record, today,
                         &err);
    return give(c, rc, line, out, &err);
}

static int cmd_take(struct cli *c, int argc, char **argv)
{
    const char *path = NULL;
    struct opt opts[] = {{.name = "answer", .value = &path, .required = true}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf line = {0};
    unsigned missing = 0;
    enum qn_code rc = read_text(c, &line, path, &err);
    if (!rc)
        rc = escrow_take(&missing, c->office->st, (const char *)line.p, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        return cli_json(c, json_pack("{s:I}", "missing", (json_int_t)missing), 0);
    cli_say(c, missing ? "escrow.took" : "escrow.complete", "missing=%u", missing);
    return 0;
}

/* ---- what it would have been ------------------------------------------------------------------------------------- */

static enum qn_code each_target(struct cli *c, json_t *list, const struct escrow_draw *d,
                                struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    struct qn_roster roster = replay_roster(&d->r, &d->ground.roster.r);
    for (unsigned s = 0; s < d->r.nslots; s++)
        for (size_t i = 0; !rc && i < d->r.sel[s].npicks; i++) {
            const struct qn_pick *p = &d->r.sel[s].pick[i];
            struct qn_span id = roster.object[p->object].id;
            QN_AUTO(qn_buf) struct qn_buf who = {0};
            rc = dispatch_visitors(&who, replay_visit(&d->r, p->object), &d->ground, err);
            if (list)
                json_array_append_new(
                    list, json_pack("{s:i, s:o, s:o}", "slot_no", (int)s + 1, "object",
                                    json_stringn((const char *)id.p, id.n), "inspectors",
                                    json_stringn((const char *)who.p, who.n)));
            else {
                cli_table_cell(c, "%u", s + 1);
                cli_table_cell(c, "%.*s", (int)id.n, (const char *)id.p);
                cli_table_cell(c, "%.*s", (int)who.n, (const char *)who.p);
            }
        }
    return rc;
}

static int cmd_show(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"draw.col-slot", "draw.col-object", "draw.col-inspectors"};
    const char *office = NULL, *slot = NULL;
    struct opt opts[] = {{.name = "office", .value = &office, .required = true, .kind = OPT_CODE},
                         {.name = "slot", .value = &slot, .required = true}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    char seed[65];
    QN_AUTO(escrow_draw) struct escrow_draw d = {.where = ""};
    enum qn_code rc = cli_known_office(c, office, &err);
    if (!rc)
        rc = escrow_compute(&d, c->office->st, office, slot, &err);
    if (rc)
        return cli_fail(c, &err);
    qn_hex(seed, d.r.seed, 32);
    json_t *list = c->json ? json_array() : NULL;
    if (!c->json) {
        cli_say(c, "escrow.drawn", "slot=%s|where=%s|seed=%s", slot, d.where, seed);
        cli_table_begin(c, COUNT(heads), heads);
    }
    rc = each_target(c, list, &d, &err);
    if (!c->json)
        cli_table_end(c);
    if (rc) {
        json_decref(list);
        return cli_fail(c, &err);
    }
    return c->json ? cli_json(c,
                              json_pack("{s:s, s:s, s:o}", "seed", seed, "where", d.where,
                                        "targets", list),
                              0)
                   : 0;
}

int cmd_escrow(struct cli *c, int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(struct cli *c, int argc, char **argv);
    } all[] = {{"escrow key", cmd_key},   {"escrow make", cmd_make}, {"escrow ask", cmd_ask},
               {"escrow open", cmd_open}, {"escrow join", cmd_join}, {"escrow take", cmd_take},
               {"escrow show", cmd_show}};
    for (size_t i = 0; i < COUNT(all); i++)
        if (strcmp(c->command->name, all[i].name) == 0)
            return all[i].run(c, argc, argv);
    return 2;
}
