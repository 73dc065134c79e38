/* cmd_sync.c - exchange with other offices: over the network and by file. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/sync_commands.h"
#include "node/store/own.h"
#include "node/store/tree.h"
#include "node/sync/children.h"
#include "node/sync/peer.h"
#include "node/sync/progress.h"
#include "protocol/wire.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static json_int_t num(uint64_t v)
{
    return (json_int_t)v;
}

/* ---- sync -------------------------------------------------------------------------------------------------- */

/* What of our own log an office above still lacks. */
static void put_left(struct cli *c, const char *office, json_t *to)
{
    QN_AUTO(qn_have) struct qn_have have = {0};
    struct progress p;
    struct qn_err none;
    if (own_state(c->office->st, NULL) == OWN_FORKED ||
        !tree_is_above(c->office->st, office, store_self(c->office->st)->office) ||
        peer_last_have(&have, c->office->st, office, &none) != QN_OK ||
        progress_read(&p, c->office->st, &have, &none) != QN_OK)
        return;
    json_object_set_new(to, "entries_left", json_integer(num(p.entries_left)));
    json_object_set_new(to, "bytes_left", json_integer(num(p.bytes_left)));
    json_object_set_new(to, "days_left", json_integer(num(p.days_left)));
}

static int sync_one(struct cli *c, const char *office)
{
    struct network_result r;
    struct qn_err err;
    struct network_sync o = {.office = c->office,
                             .peer = office,
                             .lang = c->lang,
                             .report = &c->report,
                             .stop = c->stop,
                             .stop_ctx = c->stop_ctx};
    enum qn_code rc = c->network->sync(&o, &r, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json) {
        json_t *j =
            json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "office", office,
                      "sent_frames", num(r.sent_frames), "sent_bytes", num(r.sent_bytes), "headers",
                      num(r.tally.headers), "parts", num(r.tally.new_parts), "rows",
                      num(r.tally.rows), "applied", num(r.tally.applied), "held", num(r.tally.held),
                      "refused", num(r.tally.refused), "forks", num(r.tally.forks));
        json_object_set_new(j, "quarantined", json_integer(num(r.tally.quarantined)));
        json_object_set_new(j, "files", json_integer(num(r.files)));
        json_object_set_new(j, "file_bytes_sent", json_integer(num(r.file_bytes)));
        json_object_set_new(j, "files_came", json_integer(num(r.files_came)));
        put_left(c, office, j);
        return cli_print_json(c, j);
    }
    cli_say(c, "sync.done",
            "office=%s|sent=%llu|sent_bytes=%llu|headers=%llu|parts=%llu|applied=%llu", office,
            (unsigned long long)r.sent_frames, (unsigned long long)r.sent_bytes,
            (unsigned long long)r.tally.headers, (unsigned long long)r.tally.new_parts,
            (unsigned long long)r.tally.applied);
    if (own_state(c->office->st, &err) != OWN_SIGNS)
        cli_say(c, err.id, "%s", err.args);
    return 0;
}

static int cmd_sync(struct cli *c, int argc, char **argv)
{
    const char *office = NULL;
    struct opt opts[] = {{.name = "", .value = &office, .kind = OPT_CODE}};
    QN_AUTO(peers) struct peers all = {NULL, 0};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (office)
        return sync_one(c, office);
    if (peer_list(&all, c->office->st, &err) != QN_OK)
        return cli_fail(c, &err);
    int exit_code = -1;
    for (size_t i = 0; i < all.n; i++) {
        if (!all.peer[i].url[0])
            continue;
        int one = sync_one(c, all.peer[i].office);
        exit_code = one > exit_code ? one : exit_code;
        if (c->stop && c->stop(c->stop_ctx))
            break;
    }
    if (exit_code >= 0)
        return exit_code;
    char parent[QN_CODE_MAX + 1];
    if (peer_parent(c->office->st, parent))
        qn_fail(&err, QN_ABSENT, "sync.no-peer", "parent=%s", parent);
    else
        qn_fail(&err, QN_ABSENT, "sync.no-peer-top", "");
    return cli_fail(c, &err);
}

/* ---- peers ------------------------------------------------------------------------------------------------- */

static const char *office_and_url(const char *const *word, unsigned n)
{
    return n == 2 && wire_is_code(qn_str(word[0])) && strstr(word[1], "://") ? NULL
                                                                             : "cli.peer-words";
}

static int cmd_peer_set(struct cli *c, int argc, char **argv)
{
    const char *words[2] = {NULL, NULL};
    struct opt opts[] = {
        {.name = "", .value = words, .many = 2, .least = 2, .check = office_and_url}};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (cli_known_office(c, words[0], &err) != QN_OK ||
        peer_set(c->office->st, words[0], words[1], &err) != QN_OK)
        return cli_fail(c, &err);
    if (c->json)
        return cli_print_json(c, json_pack("{s:s, s:s}", "office", words[0], "url", words[1]));
    cli_say(c, "peer.saved", "office=%s|url=%s", words[0], words[1]);
    return 0;
}

static int cmd_peer_quiet(struct cli *c, int argc, char **argv)
{
    unsigned amber = 0, red = 0;
    struct opt opts[] = {{.name = "amber",
                          .required = true,
                          .kind = OPT_NUMBER,
                          .number = &amber,
                          .min = 1,
                          .max = CHILDREN_DAYS_MAX},
                         {.name = "red",
                          .required = true,
                          .kind = OPT_NUMBER,
                          .number = &red,
                          .min = 1,
                          .max = CHILDREN_DAYS_MAX}};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (children_set_days(c->office->st, amber, red, &err) != QN_OK)
        return cli_fail(c, &err);
    if (c->json)
        return cli_print_json(c, json_pack("{s:i, s:i}", "amber", (int)amber, "red", (int)red));
    cli_say(c, "children.days-set", "amber=%u|red=%u", amber, red);
    return 0;
}

static json_t *peer_json(const struct peer *p)
{
    return json_pack("{s:s, s:s, s:I, s:I, s:s}", "office", p->office, "url", p->url, "last_ok_ms",
                     num(p->last_ok_ms), "last_try_ms", num(p->last_try_ms), "last_error",
                     p->last_error);
}

static int cmd_peer_list(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"table.office", "table.url", "table.last-ok",
                                        "table.last-try"};
    QN_AUTO(peers) struct peers all = {NULL, 0};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    if (peer_list(&all, c->office->st, &err) != QN_OK)
        return cli_fail(c, &err);
    if (c->json) {
        json_t *list = json_array();
        for (size_t i = 0; i < all.n; i++)
            json_array_append_new(list, peer_json(&all.peer[i]));
        return cli_print_json(c, list);
    }
    cli_table_begin(c, COUNT(heads), heads);
    for (size_t i = 0; i < all.n; i++) {
        char ok[32], tried[32];
        cli_time(ok, all.peer[i].last_ok_ms);
        cli_time(tried, all.peer[i].last_try_ms);
        cli_table_cell(c, "%s", all.peer[i].office);
        cli_table_cell(c, "%s", all.peer[i].url[0] ? all.peer[i].url : "—");
        cli_table_cell(c, "%s", ok);
        cli_table_cell(c, "%s", tried);
    }
    cli_table_end(c);
    return 0;
}

const struct command cli_sync_commands[] = {
    {"serve", "[--peer HOST:PORT] [--ui HOST:PORT [--ui-name HOST]...] [--sync-every MINUTES] [--recheck SECONDS] [--kdf-mib N]", "cmd.serve", cmd_serve,
     NEEDS_KEYS},
    {"ui stop", "PERSON", "cmd.ui-stop", cmd_ui_stop, NEEDS_STORE},
    {"ui invite", "[PERSON]", "cmd.ui-invite", cmd_ui_invite, NEEDS_STORE},
    {"sync", "[OFFICE]", "cmd.sync", cmd_sync, NEEDS_KEYS},
    {"peer set", "OFFICE URL", "cmd.peer-set", cmd_peer_set, NEEDS_STORE},
    {"peer list", "", "cmd.peer-list", cmd_peer_list, NEEDS_STORE},
    {"peer quiet", "--amber DAYS --red DAYS", "cmd.peer-quiet", cmd_peer_quiet, NEEDS_STORE},
    {"bundle make", "--to OFFICE --out FILE [--all] [--files] [--size MIB]", "cmd.bundle-make", cmd_bundle_make,
     NEEDS_KEYS},
    {"bundle import", "FILE [--reply FILE]", "cmd.bundle-import", cmd_bundle_import, NEEDS_KEYS},
    {"bundle verify", "FILE [--keys FILE]", "cmd.bundle-verify", cmd_bundle_verify,
     NEEDS_KEYS_IF_THERE},
    {"witness ask", "URL [--key VKEY]", "cmd.witness-ask", cmd_witness_ask, NEEDS_KEYS},
    {"witness list", "", "cmd.witness-list", cmd_witness_list, NEEDS_STORE},
    {"witness key", "", "cmd.witness-key", cmd_witness_key, NEEDS_STORE},
    {"status", "[--record RECORD [--rev REV]|--brief]", "cmd.status", cmd_status, NEEDS_STORE},
    {"quarantine list", "", "cmd.quarantine-list", cmd_quarantine_list, NEEDS_STORE},
    {"quarantine show", "LOG SEQ", "cmd.quarantine-show", cmd_quarantine_show, NEEDS_STORE},
    {"quarantine retry", "[LOG [SEQ]]", "cmd.quarantine-retry", cmd_quarantine_retry, NEEDS_KEYS},
    {"quarantine waive", "LOG SEQ --reason TEXT", "cmd.quarantine-waive", cmd_quarantine_waive,
     NEEDS_KEYS},
    {"quarantine supersede", "SEQ --reason TEXT [--epoch N]", "cmd.quarantine-supersede",
     cmd_quarantine_supersede, NEEDS_KEYS},
    {"doctor", "[--deep]", "cmd.doctor", cmd_doctor, NEEDS_STORE},
    {"version", "", "cmd.version", cmd_version, NEEDS_NOTHING},
    {NULL, NULL, NULL, NULL, NEEDS_NOTHING},
};
