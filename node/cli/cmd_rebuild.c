/* cmd_rebuild.c - what is in the tables against what the logs say. */
#include <jansson.h>
#include <string.h>

#include "node/cli/sync_commands.h"
#include "node/store/rebuild.h"

#define SHOWN_MAX 200 /* the first ones tell what happened; the count tells how much */

struct told {
    struct cli *c;
    json_t *list; /* with --json */
    unsigned n;
};

static const char *what_name(enum rebuild_what what)
{
    switch (what) {
    case REBUILD_LACKS:
        return "lacks";
    case REBUILD_EXTRA:
        return "extra";
    case REBUILD_DIFFERS:
        return "differs";
    case REBUILD_UNSOUND:
        return "unsound";
    case REBUILD_SEALED:
        return "sealed";
    }
    return "";
}

static void found(void *ctx, const struct rebuild_finding *f)
{
    struct told *t = ctx;
    char id[32];
    if (t->n++ >= SHOWN_MAX)
        return;
    snprintf(id, sizeof(id), "rebuild.%s", what_name(f->what));
    if (!t->list) {
        if (f->what == REBUILD_UNSOUND) {
            char why[1024];
            text_render(why, sizeof(why), t->c->lang, f->why.id, f->why.args);
            cli_say(t->c, id, "table=%s|key=%s|why=%s", f->table, f->key, why);
        } else {
            cli_say(t->c, id, "table=%s|key=%s", f->table, f->key);
        }
        return;
    }
    json_array_append_new(t->list,
                          json_pack("{s:s, s:s, s:s, s:b, s:s, s:s}", "what", what_name(f->what),
                                    "table", f->table, "key", f->key, "own", f->own, "rule",
                                    f->why.id, "args", f->why.args));
}

static void say_kept(struct cli *c, uint64_t found, bool replace)
{
    if (found)
        cli_say(c, "rebuild.found", "n=%llu", (unsigned long long)found);
    else
        cli_say(c, replace ? "rebuild.same-kept" : "rebuild.same", "");
}

int cmd_rebuild(struct cli *c, int argc, char **argv)
{
    bool replace = false;
    struct opt opts[] = {{.name = "replace", .flag = &replace}};
    struct told t = {.c = c};
    struct rebuild_result r;
    struct qn_err err;
    char aside[64] = "";
    if (!cli_opts(c, argc, argv, opts, sizeof(opts) / sizeof(opts[0])))
        return 2;
    struct store *st = c->office->st;
    t.list = c->json ? json_array() : NULL;
    struct rebuild_options o = {.found = found, .ctx = &t, .report = &c->report};
    enum qn_code rc = rebuild_make(&r, st, &o, &err);
    if (!rc && replace && r.found)
        rc = rebuild_replace(aside, st, &r, &err);
    rebuild_drop(st);
    if (rc) {
        json_decref(t.list);
        return cli_fail(c, &err);
    }
    if (c->json) {
        json_t *j = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:o}", "logs",
                              (json_int_t)r.logs, "entries", (json_int_t)r.entries, "parts",
                              (json_int_t)r.parts, "rows", (json_int_t)r.rows, "carried",
                              (json_int_t)r.carried, "sealed", (json_int_t)r.sealed, "found",
                              (json_int_t)r.found, "aside", aside, "findings", t.list);
        bool ok = j && json_dumpf(j, c->out, JSON_COMPACT) == 0;
        fputc('\n', c->out);
        json_decref(j);
        return ok && (!r.found || aside[0]) ? 0 : 1;
    }
    cli_say(c, "rebuild.done", "logs=%llu|entries=%llu|parts=%llu|rows=%llu|carried=%llu",
            (unsigned long long)r.logs, (unsigned long long)r.entries, (unsigned long long)r.parts,
            (unsigned long long)r.rows, (unsigned long long)r.carried);
    if (r.sealed)
        cli_say(c, "rebuild.unreadable", "n=%llu", (unsigned long long)r.sealed);
    if (aside[0])
        cli_say(c, "rebuild.replaced", "n=%llu|file=%s", (unsigned long long)r.found, aside);
    else
        say_kept(c, r.found, replace);
    return r.found && !aside[0] ? 1 : 0;
}
