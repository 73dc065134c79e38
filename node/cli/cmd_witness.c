/* cmd_witness.c - witnesses outside the tree. */
#include <jansson.h>

#include "node/cli/sync_commands.h"
#include "node/sync/witness.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

int cmd_witness_ask(struct cli *c, int argc, char **argv)
{
    const char *url = NULL, *key = NULL;
    struct opt opts[] = {{.name = "", .value = &url, .required = true, .kind = OPT_URL},
                         {.name = "key", .value = &key}};
    struct witness_asked a;
    struct qn_err err;
    char when[32];
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct witness_ask o = {
        .office = c->office, .url = url, .vkey = key, .network = c->network, .report = &c->report};
    if (witness_ask(&a, &o, &err) != QN_OK)
        return cli_fail(c, &err);
    if (c->json)
        return cli_print_json(c, json_pack("{s:s, s:I, s:I, s:I}", "name", a.name, "from",
                                       (json_int_t)a.from, "size", (json_int_t)a.size, "time_s",
                                       (json_int_t)a.time_s));
    /* The time is the witness's word: one beyond any clock is not printed as a date. */
    cli_time(when, a.time_s < 253402300800 ? a.time_s * 1000 : 0);
    cli_say(c, "witness.done", "name=%s|size=%llu|time=%s", a.name, (unsigned long long)a.size,
            when);
    return 0;
}

int cmd_witness_list(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"table.witness", "table.url", "table.size",
                                        "table.last-ok"};
    struct witness all[WITNESSES_MAX];
    unsigned n;
    struct qn_err err;
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    if (witness_list(all, &n, c->office->st, &err) != QN_OK)
        return cli_fail(c, &err);
    if (c->json) {
        json_t *list = json_array();
        for (unsigned i = 0; i < n; i++)
            json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I, s:I}", "name", all[i].name,
                                                  "url", all[i].url, "key", all[i].vkey, "size",
                                                  (json_int_t)all[i].size, "last_ok_ms",
                                                  (json_int_t)all[i].ok_ms));
        return cli_print_json(c, list);
    }
    cli_table_begin(c, COUNT(heads), heads);
    for (unsigned i = 0; i < n; i++) {
        char ok[32];
        cli_time(ok, all[i].ok_ms);
        cli_table_cell(c, "%s", all[i].name);
        cli_table_cell(c, "%s", all[i].url);
        cli_table_cell(c, "%llu", (unsigned long long)all[i].size);
        cli_table_cell(c, "%s", ok);
    }
    cli_table_end(c);
    return 0;
}

int cmd_witness_key(struct cli *c, int argc, char **argv)
{
    struct qn_vkey log, witness;
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf a = {0}, b = {0};
    qn_buf_init(&a, 1024);
    qn_buf_init(&b, 1024);
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    enum qn_code rc = witness_own_keys(&log, &witness, c->office->st, &err);
    if (!rc) {
        qn_vkey_write(&a, &log);
        qn_vkey_write(&b, &witness);
        rc = qn_buf_check(&a, &err);
    }
    if (!rc)
        rc = qn_buf_check(&b, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        return cli_print_json(c, json_pack("{s:s%, s:s%}", "log", a.p, a.n, "witness", b.p, b.n));
    cli_say(c, "witness.own-keys", "log=%.*s|witness=%.*s", (int)a.n, (const char *)a.p, (int)b.n,
            (const char *)b.p);
    return 0;
}
