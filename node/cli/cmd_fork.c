/* cmd_fork.c - evidence that an office signed two histories. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/sync_commands.h"
#include "node/store/file.h"
#include "node/sync/fork.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *what_id(enum qn_fork_what what)
{
    return what == QN_FORK_HEADERS ? "fork.headers" : "fork.checkpoints";
}

static json_t *fork_json(const struct fork_seen *f)
{
    json_t *sides = json_array();
    for (int i = 0; i < 2; i++) {
        char hash[2 * QN_HASH + 1];
        qn_hex(hash, f->side[i].hash, QN_HASH);
        json_array_append_new(sides,
                              json_pack("{s:s, s:b, s:I, s:i, s:i}", "hash", hash, "held",
                                        f->side[i].ours, "time_ms", (json_int_t)f->side[i].time_ms,
                                        "kind", f->side[i].kind, "lane", f->side[i].lane));
    }
    return json_pack("{s:I, s:s, s:s, s:I, s:I, s:i, s:o}", "no", (json_int_t)f->no, "log", f->origin,
                     "what", f->what == QN_FORK_HEADERS ? "headers" : "checkpoints", "place",
                     (json_int_t)f->place, "since_ms", (json_int_t)f->at_ms, "renewed",
                     (int)f->renewed, "sides", sides);
}

int cmd_fork_list(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"table.no", "table.log", "table.state", "table.seq",
                                        "table.since"};
    QN_AUTO(forks) struct forks all = {NULL, 0};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    if (fork_list(&all, c->office->st, &err) != QN_OK)
        return cli_fail(c, &err);
    if (c->json) {
        json_t *list = json_array();
        for (size_t i = 0; i < all.n; i++)
            json_array_append_new(list, fork_json(&all.seen[i]));
        return cli_print_json(c, list);
    }
    cli_table_begin(c, COUNT(heads), heads);
    for (size_t i = 0; i < all.n; i++) {
        char what[64], since[32];
        text_render(what, sizeof(what), c->lang, what_id(all.seen[i].what), "");
        cli_time(since, all.seen[i].at_ms);
        cli_table_cell(c, "%lld", (long long)all.seen[i].no);
        cli_table_cell(c, "%s", all.seen[i].origin);
        cli_table_cell(c, "%s", what);
        cli_table_cell(c, "%llu", (unsigned long long)all.seen[i].place);
        cli_table_cell(c, "%s", since);
    }
    cli_table_end(c);
    return 0;
}

static void show_sides(struct cli *c, const struct fork_seen *f)
{
    for (int i = 0; i < 2; i++) {
        char hash[2 * QN_HASH + 1], when[32], what[CLI_ACT];
        qn_hex(hash, f->side[i].hash, QN_HASH);
        cli_time(when, f->side[i].time_ms);
        if (f->what == QN_FORK_HEADERS)
            cli_say(c, "fork.side", "side=%d|hash=%.16s|what=%s|time=%s", i + 1, hash,
                    cli_act(c, what, f->side[i].kind), when);
        else
            cli_say(c, "fork.side-root", "side=%d|hash=%.16s", i + 1, hash);
        if (f->side[i].ours)
            cli_say(c, "fork.held", "side=%d", i + 1);
    }
}

static enum qn_code number(int64_t *out, const char *text, struct qn_err *err)
{
    char *end;
    long long n = strtoll(text, &end, 10);
    if (*end || end == text || n < 1)
        return qn_fail(err, QN_MALFORMED, "fork.number", "text=%.40s", text);
    *out = n;
    return QN_OK;
}

int cmd_fork_show(struct cli *c, int argc, char **argv)
{
    const char *word = NULL;
    struct opt opts[] = {{.name = "", .value = &word, .required = true}};
    struct fork_seen f;
    struct qn_err err;
    int64_t no;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (number(&no, word, &err) != QN_OK || fork_get(&f, c->office->st, no, &err) != QN_OK)
        return cli_fail(c, &err);
    if (c->json)
        return cli_print_json(c, fork_json(&f));
    cli_say(c, f.what == QN_FORK_HEADERS ? "fork.of-headers" : "fork.of-checkpoints",
            "log=%s|place=%llu", f.origin, (unsigned long long)f.place);
    show_sides(c, &f);
    bool own = strcmp(f.origin, store_origin(c->office->st)) == 0;
    cli_say(c, fork_next(&f, own), "no=%lld|log=%s|epoch=%u", (long long)f.no, f.origin, f.renewed);
    return 0;
}

/* ---- what was abandoned ----------------------------------------------------------------------------------------- */

struct shown {
    struct cli *c;
    json_t *list; /* with --json */
};

static void abandoned_json(json_t *list, const struct fork_abandoned *a)
{
    json_t *o = json_pack("{s:s, s:s, s:I, s:i, s:i, s:s}", "office", a->office, "log", a->origin,
                          "seq", (json_int_t)a->seq, "kind", a->kind, "epoch", (int)a->epoch, "why",
                          a->why);
    json_object_set_new(o, "again",
                        a->again == UINT64_MAX ? json_null() : json_integer((json_int_t)a->again));
    json_array_append_new(list, o);
}

static void abandoned_one(void *ctx, const struct fork_abandoned *a)
{
    struct shown *s = ctx;
    char id[80], what[CLI_ACT], fate[400], args[128];
    if (s->list) {
        abandoned_json(s->list, a);
        return;
    }
    snprintf(id, sizeof(id), "abandoned.%s", a->why);
    snprintf(args, sizeof(args), "epoch=%u|again=%llu|why=%s", a->epoch,
             (unsigned long long)a->again, a->why);
    text_render(fate, sizeof(fate), s->c->lang, text_has(id) ? id : "abandoned.other", args);
    cli_table_cell(s->c, "%s", a->origin);
    cli_table_cell(s->c, "%llu", (unsigned long long)a->seq);
    cli_table_cell(s->c, "%s", cli_act(s->c, what, a->kind));
    cli_table_cell(s->c, "%s", fate);
}

int cmd_fork_abandoned(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"table.log", "table.seq", "table.what", "table.fate"};
    const char *office = NULL;
    struct opt opts[] = {{.name = "", .value = &office, .kind = OPT_CODE}};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (office && cli_known_office(c, office, &err) != QN_OK)
        return cli_fail(c, &err);
    struct shown s = {.c = c, .list = c->json ? json_array() : NULL};
    if (!c->json)
        cli_table_begin(c, COUNT(heads), heads);
    enum qn_code rc = fork_abandoned(c->office->st, office, abandoned_one, &s, &err);
    if (!c->json)
        cli_table_end(c);
    else if (!rc)
        return cli_print_json(c, s.list);
    json_decref(s.list);
    return rc ? cli_fail(c, &err) : 0;
}

int cmd_fork_export(struct cli *c, int argc, char **argv)
{
    const char *word = NULL, *out = NULL;
    struct opt opts[] = {{.name = "", .value = &word, .required = true},
                         {.name = "out", .value = &out, .required = true}};
    struct qn_err err;
    int64_t no;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    qn_buf_init(&b, FORK_FILE_MAX);
    enum qn_code rc = number(&no, word, &err);
    if (!rc)
        rc = fork_export(&b, c->office->st, no, &err);
    if (!rc)
        rc = cli_write(c, out, qn_buf_span(&b), &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        return cli_print_json(c, json_pack("{s:s, s:I}", "out", out, "bytes", (json_int_t)b.n));
    cli_say(c, "fork.exported", "out=%s", out);
    return 0;
}

int cmd_fork_verify(struct cli *c, int argc, char **argv)
{
    const char *in = NULL, *print = NULL;
    struct opt opts[] = {{.name = "", .value = &in, .required = true},
                         {.name = "fingerprint", .value = &print, .required = true}};
    struct qn_err err;
    struct fork_seen f;
    struct qn_cert author;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = cli_read(c, &b, in, FORK_FILE_MAX, &err);
    if (!rc)
        rc = fork_verify(&f, &author, qn_buf_span(&b), print, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json) {
        json_t *o = fork_json(&f);
        json_object_set_new(o, "office", json_string(author.office));
        json_object_set_new(o, "name", json_string(author.name));
        return cli_print_json(c, o);
    }
    cli_say(c, "fork.proved", "name=%s|office=%s|log=%s|place=%llu", author.name, author.office,
            f.origin, (unsigned long long)f.place);
    show_sides(c, &f);
    return 0;
}
