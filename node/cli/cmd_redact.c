/* cmd_redact.c - what is to be forgotten: a part (redact), or all of an office (purge). */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/sync_commands.h"
#include "node/store/leftover.h"
#include "node/store/purge.h"
#include "node/store/redact.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static enum qn_code number(uint64_t *out, const char *text, uint64_t end, struct qn_err *err)
{
    char *rest;
    *out = strtoull(text, &rest, 10);
    if (*rest || rest == text || text[0] == '-' || text[0] == '+' || *out >= end)
        return qn_fail(err, QN_MALFORMED, "quarantine.number", "text=%.40s", text);
    return QN_OK;
}

int cmd_redact_order(struct cli *c, int argc, char **argv)
{
    const char *word[3] = {NULL}, *basis = NULL, *reason = NULL, *by = NULL;
    bool dry = false;
    struct opt opts[] = {{.name = "", .value = word, .many = 3, .required = true, .least = 3},
                         {.name = "basis", .value = &basis, .required = true},
                         {.name = "reason", .value = &reason, .required = true},
                         {.name = "by", .value = &by, .required = true},
                         {.name = "dry-run", .flag = &dry}};
    struct redact_order o;
    struct qn_err err;
    uint64_t part = 0;
    unsigned named = 0;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    o = (struct redact_order){
        .log = word[0], .basis = basis, .reason = reason, .by = by, .report = &c->report};
    enum qn_code rc = number(&o.seq, word[1], QN_SEQ_END, &err);
    if (!rc)
        rc = number(&part, word[2], QN_PARTS, &err);
    o.part = (unsigned)part;
    if (!rc && dry)
        return cli_redact_preview(c, o.log, o.seq, o.part);
    if (!rc)
        rc = redact_order(&named, c->office->st, &o, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        return cli_print_json(c, json_pack("{s:s, s:I, s:i, s:i}", "log", o.log, "seq",
                                           (json_int_t)o.seq, "part", (int)o.part, "named",
                                           (int)named));
    cli_say(c, "redact.ordered", "log=%s|seq=%llu|part=%u", o.log, (unsigned long long)o.seq,
            o.part);
    if (named > 1)
        cli_say(c, "redact.ordered-copy", "n=%u", named);
    return 0;
}

int cmd_redact_list(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"table.log",        "table.seq",    "table.part",
                                        "table.ordered-by", "table.person", "table.basis",
                                        "table.reason",     "table.time",   "table.here"};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    json_t *list = c->json ? json_array() : NULL;
    QN_AUTO(query) struct query q = query_start(c->office->st, SQL_REDACT_LIST);
    if (!list)
        cli_table_begin(c, COUNT(heads), heads);
    while (q_step(&q)) {
        char word[64];
        bool gone = q_int(&q, 9) != 0;
        if (list) {
            json_array_append_new(
                list,
                json_pack("{s:s, s:I, s:i, s:s, s:s, s:s, s:s, s:s, s:b}", "log", q_text(&q, 2),
                          "seq", (json_int_t)q_int(&q, 3), "part", (int)q_int(&q, 4), "office",
                          q_text(&q, 0), "by", q_text(&q, 7), "basis", q_text(&q, 5), "reason",
                          q_text(&q, 6), "ordered_on", q_text(&q, 8), "forgotten", gone));
            continue;
        }
        text_render(word, sizeof(word), c->lang, gone ? "redact.gone" : "redact.here", "");
        cli_table_cell(c, "%s", q_text(&q, 2));
        cli_table_cell(c, "%llu", (unsigned long long)q_int(&q, 3));
        cli_table_cell(c, "%u", (unsigned)q_int(&q, 4));
        cli_table_cell(c, "%s", q_text(&q, 0));
        cli_table_cell(c, "%s", q_text(&q, 7));
        cli_table_cell(c, "%s", q_text(&q, 5));
        cli_table_cell(c, "%s", q_text(&q, 6));
        cli_table_cell(c, "%s", q_text(&q, 8));
        cli_table_cell(c, "%s", word);
    }
    if (query_end(&q, &err) != QN_OK) {
        json_decref(list);
        return cli_fail(c, &err);
    }
    if (list)
        return cli_print_json(c, list);
    cli_table_end(c);
    struct leftover_count left;
    if (leftover_count(&left, c->office->st, &err) != QN_OK)
        return cli_fail(c, &err);
    if (left.holding)
        cli_say(c, "redact.left", "n=%llu", (unsigned long long)left.holding);
    return 0;
}

/* ---- copies that lie in the directory ------------------------------------------------------------------------------- */

struct listed {
    struct cli *c;
    json_t *list; /* with --json */
};

static enum qn_code list_leftover(void *ctx, const struct leftover *l, struct qn_err *err)
{
    struct listed *t = ctx;
    struct cli *c = t->c;
    (void)err;
    if (t->list) {
        json_array_append_new(t->list, json_pack("{s:s, s:s, s:I, s:b}", "path", l->path, "what",
                                                 leftover_id(l->what) + sizeof("leftover.") - 1,
                                                 "bytes", (json_int_t)l->bytes, "holds", l->holds));
        return QN_OK;
    }
    char word[128];
    text_render(word, sizeof(word), c->lang, l->holds ? "leftover.holds" : "leftover.clean", "");
    cli_table_cell(c, "%s", l->path);
    cli_table_cell(c, "%llu", (unsigned long long)l->bytes);
    cli_table_cell(c, "%s", word);
    return QN_OK;
}

static enum qn_code say_kept(void *ctx, const struct leftover *l, struct qn_err *err)
{
    (void)err;
    if (l->holds)
        cli_say(ctx, leftover_id(l->what), "path=%s", l->path);
    return QN_OK;
}

int cmd_redact_sweep(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"table.file", "head.size", "table.content"};
    bool dry = false;
    struct opt opts[] = {{.name = "dry-run", .flag = &dry}};
    struct leftover_count n = {0};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct store *st = c->office->st;
    struct listed t = {c, c->json ? json_array() : NULL};
    if (!t.list)
        cli_table_begin(c, COUNT(heads), heads);
    enum qn_code rc = leftover_walk(st, list_leftover, &t, &err);
    if (!t.list)
        cli_table_end(c);
    if (!rc)
        rc = dry ? leftover_count(&n, st, &err) : leftover_sweep(&n, st, &err);
    if (rc) {
        json_decref(t.list);
        return cli_fail(c, &err);
    }
    if (t.list)
        return cli_print_json(c,
                              json_pack("{s:o, s:I, s:I, s:I, s:I}", "found", t.list, "holding",
                                        (json_int_t)n.holding, "removed", (json_int_t)n.removed,
                                        "bytes", (json_int_t)n.bytes, "kept", (json_int_t)n.kept));
    if (!dry)
        cli_say(c, "redact.swept", "n=%llu|mib=%llu|kept=%llu", (unsigned long long)n.removed,
                (unsigned long long)((n.bytes + 0xFFFFF) >> 20), (unsigned long long)n.kept);
    rc = leftover_walk(st, say_kept, c, &err);
    return rc ? cli_fail(c, &err) : 0;
}

int cmd_purge_order(struct cli *c, int argc, char **argv)
{
    struct purge_order o = {0};
    struct opt opts[] = {
        {.name = "holder", .value = &o.holder, .required = true, .kind = OPT_CODE},
        {.name = "subject", .value = &o.subject, .required = true, .kind = OPT_CODE},
        {.name = "basis", .value = &o.basis, .required = true},
        {.name = "reason", .value = &o.reason, .required = true},
        {.name = "by", .value = &o.by, .required = true}};
    struct qn_err err;
    int64_t id;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = cli_known_office(c, o.holder, &err);
    if (!rc)
        rc = purge_order(&id, c->office->st, &o, &err);
    if (rc)
        return cli_fail(c, &err);
    char text[40];
    qn_row_id_text(text, id);
    if (c->json)
        return cli_print_json(
            c, json_pack("{s:s, s:s, s:s}", "id", text, "holder", o.holder, "subject", o.subject));
    cli_say(c, "purge.ordered", "holder=%s|subject=%s", o.holder, o.subject);
    return 0;
}

int cmd_purge_run(struct cli *c, int argc, char **argv)
{
    const char *by = NULL;
    struct opt opts[] = {{.name = "by", .value = &by, .required = true}};
    struct purge_done d;
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (purge_run(&d, c->office->st, by, &c->report, &err) != QN_OK)
        return cli_fail(c, &err);
    if (c->json)
        return cli_print_json(c, json_pack("{s:I, s:I, s:I, s:I, s:I}", "orders",
                                           (json_int_t)d.orders, "entries", (json_int_t)d.entries,
                                           "parts", (json_int_t)d.parts, "files",
                                           (json_int_t)d.files, "bytes", (json_int_t)d.bytes));
    cli_say(c, "purge.done", "orders=%llu|entries=%llu|parts=%llu|files=%llu|bytes=%llu",
            (unsigned long long)d.orders, (unsigned long long)d.entries,
            (unsigned long long)d.parts, (unsigned long long)d.files, (unsigned long long)d.bytes);
    return 0;
}

int cmd_purge_list(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"table.ordered-by", "table.holder", "table.subject",
                                        "table.person",     "table.basis",  "table.reason",
                                        "table.time",       "table.state",  "table.done-on",
                                        "table.entries",    "table.parts"};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    json_t *list = c->json ? json_array() : NULL;
    QN_AUTO(query) struct query q = query_start(c->office->st, SQL_PURGE_LIST);
    if (!list)
        cli_table_begin(c, COUNT(heads), heads);
    while (q_step(&q)) {
        enum purge_state state =
            purge_state_of(c->office->st, q_text(&q, 2), q_text(&q, 3), !q_null(&q, 9));
        if (list) {
            json_t *j =
                json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s}", "office", q_text(&q, 0),
                          "holder", q_text(&q, 2), "subject", q_text(&q, 3), "basis", q_text(&q, 4),
                          "reason", q_text(&q, 5), "by", q_text(&q, 6), "ordered_on", q_text(&q, 7),
                          "done", !q_null(&q, 9), "state", purge_state_name(state));
            if (j && !q_null(&q, 9))
                json_object_set_new(
                    j, "report",
                    json_pack("{s:s, s:s, s:I, s:I, s:I, s:I}", "by", q_text(&q, 8), "done_on",
                              q_text(&q, 9), "entries", (json_int_t)q_int(&q, 10), "parts",
                              (json_int_t)q_int(&q, 11), "files", (json_int_t)q_int(&q, 12),
                              "bytes", (json_int_t)q_int(&q, 13)));
            json_array_append_new(list, j);
            continue;
        }
        for (int i = 0; i < 8; i++)
            if (i != 1)
                cli_table_cell(c, "%s", q_text(&q, i));
        char word[128];
        text_render(word, sizeof(word), c->lang, purge_state_id(state), "");
        cli_table_cell(c, "%s", word);
        cli_table_cell(c, "%s", q_null(&q, 9) ? "—" : q_text(&q, 9));
        cli_table_cell(c, "%llu", (unsigned long long)q_int(&q, 10));
        cli_table_cell(c, "%llu", (unsigned long long)q_int(&q, 11));
    }
    if (query_end(&q, &err) != QN_OK) {
        json_decref(list);
        return cli_fail(c, &err);
    }
    if (list)
        return cli_print_json(c, list);
    cli_table_end(c);
    return 0;
}
