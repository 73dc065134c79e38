/* cmd_recover.c - an old copy, a fork: how this office stands, and its way back to signing. */
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/sync_commands.h"
#include "node/store/anchor.h"
#include "node/store/file.h"
#include "node/store/own.h"
#include "node/store/tree.h"
#include "node/sync/bundle.h"
#include "node/sync/enrol.h"
#include "node/sync/peer.h"
#include "node/sync/renew.h"

#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))
#define BUNDLES_MAX 32

/* Whether what somebody holds of the own log is a beginning of what is here: of two branches, whose it is. */
static const char *branch_of(struct store *st, const struct log *own,
                             const struct qn_have_origin *h)
{
    uint8_t root[QN_HASH];
    struct qn_err none;
    if (h->size > own->size || log_root(st, own, h->size, root, &none) != QN_OK)
        return "longer";
    return memcmp(root, h->root, QN_HASH) == 0 ? "same" : "other";
}

/* What each office that this one met said last that it holds of the own log. */
static void put_holders(struct cli *c, const struct log *own, json_t *list)
{
    QN_AUTO(peers) struct peers all = {NULL, 0};
    struct qn_err none;
    struct store *st = c->office->st;
    if (peer_list(&all, st, &none) != QN_OK)
        return;
    for (size_t i = 0; i < all.n; i++) {
        QN_AUTO(qn_have) struct qn_have have = {0};
        if (peer_last_have(&have, st, all.peer[i].office, &none) != QN_OK)
            continue;
        const struct qn_have_origin *h = exchange_have_of(&have, store_origin(st));
        if (h)
            json_array_append_new(list,
                                  json_pack("{s:s, s:I, s:s}", "office", all.peer[i].office, "size",
                                            (json_int_t)h->size, "branch", branch_of(st, own, h)));
    }
}

static void show_holders(struct cli *c, json_t *list)
{
    static const char *const heads[] = {"table.office", "table.entries", "table.branch"};
    if (!json_array_size(list))
        return;
    cli_say(c, "recover.holders", "");
    cli_table_begin(c, COUNT(heads), heads);
    size_t i;
    json_t *one;
    json_array_foreach(list, i, one)
    {
        cli_table_cell(c, "%s", json_string_value(json_object_get(one, "office")));
        cli_table_cell(c, "%lld", (long long)json_integer_value(json_object_get(one, "size")));
        char id[32], word[64];
        snprintf(id, sizeof(id), "branch.%s", json_string_value(json_object_get(one, "branch")));
        text_render(word, sizeof(word), c->lang, id, "");
        cli_table_cell(c, "%s", word);
    }
    cli_table_end(c);
}

int cmd_recover_status(struct cli *c, int argc, char **argv)
{
    struct qn_err err, why = {.id = ""};
    struct anchor_told anchor;
    struct log own;
    char aside[64];
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    struct store *st = c->office->st;
    if (!store_self(st))
        qn_fail(&err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    if (!store_self(st) || log_find(&own, st, store_origin(st), &err) != QN_OK)
        return cli_fail(c, &err);
    enum own_state state = own_state(st, &why);
    uint64_t rivals, first, last;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_OWN_RIVALS);
        q_bind_int(&q, own.no);
        rivals = q_step(&q) ? (uint64_t)q_int(&q, 0) : 0;
        first = rivals ? (uint64_t)q_int(&q, 1) : 0;
        last = rivals ? (uint64_t)q_int(&q, 2) : 0;
    }
    anchor_tell(&anchor, st);
    json_t *holders = json_array();
    put_holders(c, &own, holders);
    if (c->json)
        return cli_print_json(
            c, json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:o}", "state",
                         own_state_name(state), "id", why.id, "args", state ? why.args : "",
                         "origin", own.origin, "size", (json_int_t)own.size, "anchor",
                         (json_int_t)anchor.size, "rivals", (json_int_t)rivals, "rival_first",
                         (json_int_t)first, "rival_last", (json_int_t)last, "holders", holders));
    cli_say(c, "recover.head", "log=%s|size=%llu|anchor=%llu", own.origin,
            (unsigned long long)own.size, (unsigned long long)anchor.size);
    if (rivals)
        cli_say(c, "recover.rivals", "count=%llu|first=%llu|last=%llu", (unsigned long long)rivals,
                (unsigned long long)first, (unsigned long long)last);
    show_holders(c, holders);
    json_decref(holders);
    if (state != OWN_SIGNS)
        cli_say(c, why.id, "%s", why.args);
    else
        cli_say(c, renew_aside(st, aside) ? "renew.last-step" : "own.signs", "");
    return 0;
}

/* ---- run ------------------------------------------------------------------------------------------------------ */

static enum qn_code read_bundles(struct cli *c, const char *const *path, unsigned n,
                                 struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (unsigned i = 0; !rc && i < n; i++) {
        char full[1024];
        struct bundle_info info;
        struct ingest_tally t = {0};
        rc = cli_path(c, full, path[i], err);
        if (!rc)
            rc = bundle_recover(c->office->st, full, &c->report, &info, &t, err);
        if (!rc && !c->json)
            cli_say(c, "recover.read", "path=%s|headers=%llu|parts=%llu|rows=%llu", path[i],
                    (unsigned long long)t.headers, (unsigned long long)t.parts,
                    (unsigned long long)t.rows);
    }
    return rc;
}

/* Asks everybody who has an address, the parent first: what one lacks another may hold. */
static void ask_all(struct cli *c)
{
    QN_AUTO(peers) struct peers all = {NULL, 0};
    struct qn_err err;
    if (peer_list(&all, c->office->st, &err) != QN_OK)
        return;
    for (size_t i = 0; i < all.n && own_state(c->office->st, NULL) != OWN_SIGNS; i++) {
        struct network_result r;
        struct network_sync o = {
            .office = c->office, .peer = all.peer[i].office, .lang = c->lang, .report = &c->report};
        if (all.peer[i].url[0] && c->network->sync(&o, &r, &err) != QN_OK)
            qn_say(&c->report, err.id, "%s", err.args);
    }
}

/* ---- a new epoch ---------------------------------------------------------------------------------------------- */

/* The keys of the next epoch and the request for it; asked again, the same. */
static enum qn_code ask_for_epoch(struct cli *c, unsigned kdf_mib, json_t *to, struct qn_err *err)
{
    QN_AUTO(secret) struct qn_span pass = {NULL, 0};
    char request[1024], print[QN_FINGERPRINT];
    uint16_t epoch;
    enum qn_code rc = office_passphrase(&pass, c->passphrase_file, err);
    if (rc)
        return rc;
    struct enrol_rotate o = {.keys = c->office->keys, .passphrase = pass, .kdf_mib = kdf_mib};
    rc = enrol_rotate(c->office->st, &o, &epoch, request, err);
    if (!rc)
        rc = enrol_print_file(print, request, err);
    if (rc)
        return rc;
    json_object_set_new(to, "request", json_string(request));
    json_object_set_new(to, "fingerprint", json_string(print));
    json_object_set_new(to, "epoch", json_integer(epoch));
    if (!c->json)
        cli_say(c, "renew.request", "epoch=%u|request=%s|fingerprint=%s", epoch, request, print);
    return QN_OK;
}

static enum qn_code say_filled(struct cli *c, json_t *to, struct qn_err *err)
{
    struct log own;
    enum qn_code rc = log_find(&own, c->office->st, store_origin(c->office->st), err);
    if (rc)
        return rc;
    json_object_set_new(to, "size", json_integer((json_int_t)own.verified));
    if (!c->json)
        cli_say(c, "renew.filled", "log=%s|size=%llu", own.origin,
                (unsigned long long)own.verified);
    return QN_OK;
}

static int renew(struct cli *c, bool begun, unsigned kdf_mib)
{
    struct qn_err err;
    char aside[64], parent[QN_CODE_MAX + 1];
    enum qn_code rc = QN_OK;
    /* Other threads of a running node hold the database that would be taken from them. */
    if (c->stop)
        rc = qn_fail(&err, QN_DENIED, "renew.serving", "");
    if (!rc && !begun)
        rc = renew_begin(c->office, &err);
    if (rc)
        return cli_fail(c, &err);
    json_t *o = json_pack("{s:s}", "state", "renewing");
    if (!begun && !c->json && renew_aside(c->office->st, aside))
        cli_say(c, "renew.aside", "dir=%s/%s", c->dir, aside);
    if (!begun && !c->json && !peer_parent(c->office->st, parent))
        cli_say(c, "renew.choose", "");
    rc = ask_for_epoch(c, kdf_mib, o, &err);
    if (!rc)
        ask_all(c);
    if (!rc)
        rc = say_filled(c, o, &err);
    if (rc) {
        json_decref(o);
        return cli_fail(c, &err);
    }
    if (c->json)
        return cli_print_json(c, o);
    json_decref(o);
    return 0;
}

static int finish(struct cli *c)
{
    struct renew_done *d = malloc(sizeof(*d)); /* large */
    struct qn_err err;
    enum qn_code rc =
        d ? renew_finish(c->office->st, d, &err) : qn_fail(&err, QN_NOMEM, "base.no-memory", "");
    if (rc) {
        free(d);
        return cli_fail(c, &err);
    }
    json_t *list = json_array();
    for (size_t i = 0; i < d->ntold; i++) {
        const struct renew_entry *e = &d->told[i];
        char what[CLI_ACT];
        bool again = e->again != UINT64_MAX;
        json_array_append_new(list,
                              json_pack("{s:I, s:i, s:I, s:s}", "seq", (json_int_t)e->seq, "kind",
                                        e->kind, "again", again ? (json_int_t)e->again : -1, "why",
                                        again ? "" : e->why.id));
        if (!c->json && !again)
            cli_say(c, e->kind == QN_KIND_DRAW ? "renew.draw" : "renew.not-again",
                    e->kind == QN_KIND_DRAW ? "seq=%llu" : "seq=%llu|what=%s",
                    (unsigned long long)e->seq, cli_act(c, what, e->kind));
    }
    if (!c->json)
        cli_say(c, "renew.done", "abandoned=%llu|again=%llu", (unsigned long long)d->abandoned,
                (unsigned long long)d->again);
    json_t *o = json_pack("{s:s, s:I, s:I, s:o}", "state", "signs", "abandoned",
                          (json_int_t)d->abandoned, "again", (json_int_t)d->again, "entries", list);
    free(d);
    if (c->json)
        return cli_print_json(c, o);
    json_decref(o);
    return 0;
}

static int tell(struct cli *c, bool declared)
{
    struct qn_err why;
    struct log own;
    struct store *st = c->office->st;
    if (own_state(st, &why) != OWN_SIGNS || log_find(&own, st, store_origin(st), &why) != QN_OK)
        return cli_fail(c, &why);
    if (c->json)
        return cli_print_json(
            c, json_pack("{s:s, s:I}", "state", "signs", "size", (json_int_t)own.size));
    cli_say(c, declared ? "own.declared" : "own.back", "size=%llu", (unsigned long long)own.size);
    return 0;
}

int cmd_recover_run(struct cli *c, int argc, char **argv)
{
    const char *from[BUNDLES_MAX];
    unsigned nfrom = 0, kdf_mib = KEYS_KDF_MIB;
    bool without = false;
    char aside[64];
    struct opt opts[] = {{.name = "from", .value = from, .many = BUNDLES_MAX, .count = &nfrom},
                         {.name = "without-parts", .flag = &without},
                         {.name = "kdf-mib",
                          .kind = OPT_NUMBER,
                          .number = &kdf_mib,
                          .min = KEYS_KDF_MIB_MIN,
                          .max = 4096}};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct store *st = c->office->st;
    enum own_state state = own_state(st, NULL);
    enum qn_code rc = read_bundles(c, from, nfrom, &err);
    if (!rc && state == OWN_SIGNS && renew_aside(st, aside))
        return finish(c);
    if (!rc && (own_state(st, NULL) == OWN_FORKED || own_state(st, NULL) == OWN_RENEWING))
        return renew(c, own_state(st, NULL) == OWN_RENEWING, kdf_mib);
    if (!rc && state == OWN_SIGNS && own_state(st, NULL) == OWN_SIGNS && !nfrom)
        rc = qn_fail(&err, QN_CONFLICT, "own.signs", "");
    if (rc)
        return cli_fail(c, &err);
    if (own_state(st, NULL) != OWN_SIGNS)
        ask_all(c);
    bool declares = without && own_state(st, NULL) != OWN_SIGNS;
    if (declares && own_declare(st, &err) != QN_OK)
        return cli_fail(c, &err);
    return tell(c, declares);
}
