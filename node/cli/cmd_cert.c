/* cmd_cert.c - the certificates known here; renewal and revocation. */
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "node/cli/identity_commands.h"
#include "node/cli/sync_commands.h"
#include "node/store/file.h"
#include "node/sync/certs.h"
#include "node/sync/enrol.h"
#include "protocol/wire.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void state_word(struct cli *c, enum cert_state state, char out[64])
{
    char id[48];
    snprintf(id, sizeof(id), "cert-state.%s", cert_state_name(state));
    text_render(out, 64, c->lang, id, "");
}

/* ---- what there is ----------------------------------------------------------------------------------------- */

static json_t *line_json(const struct cert_line *l)
{
    char from[11], to[11];
    const struct qn_cert *x = &l->c;
    wire_day_text(x->from_day, from);
    wire_day_text(x->to_day, to);
    json_t *scope = json_array();
    for (unsigned i = 0; i < x->nscopes; i++)
        json_array_append_new(scope, json_string(x->scope[i]));
    json_t *o =
        json_pack("{s:s, s:s, s:i, s:s, s:i, s:i, s:I, s:i, s:s, s:s, s:o, s:s, s:I}", "office",
                  x->office, "name", x->name, "level", (int)x->level, "issuer", x->issuer,
                  "issuer_epoch", (int)x->issuer_epoch, "epoch", (int)x->epoch, "serial",
                  (json_int_t)x->serial, "lanes", (int)x->lanes, "from", from, "to", to, "scope",
                  scope, "state", cert_state_name(l->state), "given_s", (json_int_t)l->given_s);
    if (l->counted)
        json_object_set_new(o, "days_left", json_integer((json_int_t)l->days));
    if (l->reason[0])
        json_object_set_new(o, "reason", json_string(l->reason));
    return o;
}

static int lines_json(struct cli *c, const struct cert_lines *all)
{
    json_t *list = json_array();
    for (size_t i = 0; i < all->n; i++)
        json_array_append_new(list, line_json(&all->line[i]));
    return cli_print_json(c, list);
}

static void lines_table(struct cli *c, const struct cert_lines *all)
{
    static const char *const heads[] = {"table.office", "table.name",   "table.issuer",
                                        "table.epoch",  "table.serial", "table.from-day",
                                        "table.to-day", "table.state",  "table.days-left"};
    cli_table_begin(c, COUNT(heads), heads);
    for (size_t i = 0; i < all->n; i++) {
        const struct cert_line *l = &all->line[i];
        char from[11], to[11], state[64];
        wire_day_text(l->c.from_day, from);
        wire_day_text(l->c.to_day, to);
        state_word(c, l->state, state);
        cli_table_cell(c, "%s", l->c.office);
        cli_table_cell(c, "%s", l->c.name);
        cli_table_cell(c, "%s", l->c.issuer[0] ? l->c.issuer : "—");
        cli_table_cell(c, "%u", l->c.epoch);
        cli_table_cell(c, "%lu", (unsigned long)l->c.serial);
        cli_table_cell(c, "%s", from);
        cli_table_cell(c, "%s", to);
        cli_table_cell(c, "%s", state);
        if (l->counted)
            cli_table_cell(c, "%" PRId64, l->days);
        else
            cli_table_cell(c, "%s", "—");
    }
    cli_table_end(c);
}

static void warnings(struct cli *c, const struct cert_lines *all)
{
    char args[400];
    for (size_t i = 0; i < all->n; i++) {
        const char *id = certs_warning(args, store_self(c->office->st), &all->line[i]);
        if (id)
            cli_say(c, id, "%s", args);
    }
}

int cmd_cert_list(struct cli *c, int argc, char **argv)
{
    bool every = false;
    struct opt opts[] = {{.name = "all", .flag = &every}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    QN_AUTO(cert_lines) struct cert_lines all = {NULL, 0};
    if (certs_read(&all, c->office->st, NULL, !every, &err) != QN_OK)
        return cli_fail(c, &err);
    if (c->json)
        return lines_json(c, &all);
    lines_table(c, &all);
    warnings(c, &all);
    return 0;
}

static void show_one(struct cli *c, const struct cert_line *l)
{
    char scope[QN_SCOPES * (QN_CODE_MAX + 1) + 1] = "", hex[2 * QN_PUBKEY + 1], given[32];
    size_t n = 0;
    for (unsigned i = 0; i < l->c.nscopes; i++)
        n += (size_t)snprintf(scope + n, sizeof(scope) - n, i ? " %s" : "%s", l->c.scope[i]);
    qn_hex(hex, l->c.log, QN_PUBKEY);
    cli_time(given, l->given_s * 1000);
    cli_say(c, "certs.one", "epoch=%u|serial=%lu|issuer=%s|scope=%s|given=%s|log=%s", l->c.epoch,
            (unsigned long)l->c.serial, l->c.issuer[0] ? l->c.issuer : "—", scope,
            l->given_s ? given : "—", hex);
    if (l->reason[0])
        cli_say(c, "certs.reason", "reason=%s", l->reason);
    else if (!l->c.lanes)
        cli_say(c, "certs.reason-elsewhere", "issuer=%s", l->c.issuer[0] ? l->c.issuer : "—");
}

int cmd_cert_show(struct cli *c, int argc, char **argv)
{
    const char *office = NULL;
    struct opt opts[] = {{.name = "", .value = &office, .kind = OPT_CODE}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    const struct qn_cert *self = store_self(c->office->st);
    QN_AUTO(cert_lines) struct cert_lines all = {NULL, 0};
    enum qn_code rc = QN_OK;
    if (!office && !self)
        rc = qn_fail(&err, QN_ABSENT, "store.not-enrolled", "dir=%s", c->dir);
    if (!rc)
        rc = certs_read(&all, c->office->st, office ? office : self->office, false, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        return lines_json(c, &all);
    lines_table(c, &all);
    for (size_t i = 0; i < all.n; i++)
        show_one(c, &all.line[i]);
    warnings(c, &all);
    return 0;
}

/* ---- renewal, revocation --------------------------------------------------------------------------------------- */

/* At the office itself: a request that its parent approves. */
static int ask(struct cli *c, const char *name)
{
    struct qn_err err;
    char request[1024], print[QN_FINGERPRINT];
    enum qn_code rc = enrol_ask_renewal(c->office->st, name, request, &err);
    if (!rc)
        rc = enrol_print_file(print, request, &err);
    if (rc)
        return cli_fail(c, &err);
    cli_say(c, "certs.asked", "request=%s|fingerprint=%s", request, print);
    return 0;
}

int cmd_enrol_renew(struct cli *c, int argc, char **argv)
{
    struct certify_renew o = {.office = NULL};
    const char *out = NULL, *scope[QN_SCOPES];
    struct opt opts[] = {{.name = "", .value = &o.office, .kind = OPT_CODE},
                         {.name = "name", .value = &o.name},
                         {.name = "scope", .value = scope, .many = QN_SCOPES, .count = &o.nscope},
                         {.name = "until", .value = &o.until, .kind = OPT_DATE},
                         {.name = "out", .value = &out}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    struct qn_cert made;
    char to[11];
    QN_AUTO(qn_buf) struct qn_buf chain = {0};
    qn_buf_init(&chain, ENROL_FILE_MAX);
    if (!o.office && !o.nscope && !o.until && !out)
        return ask(c, o.name);
    o.scope = scope;
    enum qn_code rc = o.office ? certify_renew(c->office->st, &o, &made, &chain, &err)
                               : qn_fail(&err, QN_MALFORMED, "certify.whose", "");
    if (!rc && out)
        rc = cli_write(c, out, qn_buf_span(&chain), &err);
    if (rc)
        return cli_fail(c, &err);
    wire_day_text(made.to_day, to);
    cli_say(c, "certs.renewed", "office=%s|name=%s|serial=%lu|to=%s", made.office, made.name,
            (unsigned long)made.serial, to);
    return 0;
}

int cmd_enrol_revoke(struct cli *c, int argc, char **argv)
{
    const char *office = NULL, *reason = NULL;
    unsigned epoch = 0;
    struct opt opts[] = {
        {.name = "", .value = &office, .required = true, .kind = OPT_CODE},
        {.name = "reason", .value = &reason, .required = true},
        {.name = "epoch", .kind = OPT_NUMBER, .number = &epoch, .min = 1, .max = 4095}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    struct qn_cert made;
    if (certify_revoke(c->office->st, office, epoch, reason, &made, &err) != QN_OK)
        return cli_fail(c, &err);
    cli_say(c, "certs.revoked", "office=%s|name=%s|epoch=%u|serial=%lu", made.office, made.name,
            made.epoch, (unsigned long)made.serial);
    return 0;
}
