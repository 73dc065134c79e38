/* cmd_fork.c - evidence that an office signed two histories. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/sync_commands.h"
#include "node/draw/record.h"
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

/* ---- the two branches -------------------------------------------------------------------------------------------- */

/* A draw on one of the two: of which entry, on which order, under which number, what was drawn. */
struct side_draw {
    uint8_t leaf[QN_HASH];
    char name[DRAW_NAME_MAX], order_origin[QN_ORIGIN_MAX + 1];
    uint64_t order_seq;
    struct qn_span *object; /* of those that were drawn, in order; owned, into `ids` */
    size_t n;
    struct qn_buf ids;
};
/* What an office that forked wrote may be any size; a draw beyond these is told as an entry, without what it drew. */
#define SIDE_BYTES (64u << 20)
struct side_draws {
    struct side_draw *at; /* owned */
    size_t n, bytes;
};
struct branches {
    struct cli *c;
    json_t *list;
    char office[QN_CODE_MAX + 1];
    uint16_t epoch;
    struct side_draws held, rival;
    enum qn_code rc;
    struct qn_err err;
};

static int by_bytes(const void *a, const void *b)
{
    const struct qn_span *x = a, *y = b;
    int d = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);
    return d ? d : (x->n > y->n) - (x->n < y->n);
}

/* What a draw drew, by its objects. */
static enum qn_code objects_of(struct side_draw *d, const struct record *r, struct qn_err *err)
{
    size_t at = 0;
    d->object = calloc(r->npicks + 1, sizeof(*d->object));
    if (!d->object)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    qn_buf_init(&d->ids, r->ids.n + 1);
    qn_put_span(&d->ids, qn_buf_span(&r->ids));
    enum qn_code rc = qn_buf_check(&d->ids, err);
    for (size_t i = 0; !rc && i < r->npicks; i++)
        if (r->pick[i].mode || !r->res || !r->res->nselected)
            d->object[at++] = (struct qn_span){d->ids.p + r->pick[i].at, r->pick[i].n};
    d->n = at;
    qsort(d->object, at, sizeof(*d->object), by_bytes);
    return rc;
}

static enum qn_code take_draw(struct side_draws *of, const struct record *r, struct qn_err *err)
{
    size_t bytes = r->ids.n + r->npicks * sizeof(struct qn_span);
    if (of->n == FORK_ENTRIES || bytes > SIDE_BYTES - of->bytes)
        return QN_OK;
    of->bytes += bytes;
    struct side_draw *grown = realloc(of->at, (of->n + 1) * sizeof(*grown));
    if (!grown)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    of->at = grown;
    struct side_draw *d = &of->at[of->n++];
    *d = (struct side_draw){.order_seq = r->order_seq};
    memcpy(d->order_origin, r->order_origin, sizeof(d->order_origin));
    memcpy(d->leaf, r->leaf, QN_HASH);
    draw_name(d->name, r->log.office, r->id);
    return objects_of(d, r, err);
}

static void draws_release(struct side_draws *of)
{
    for (size_t i = 0; i < of->n; i++) {
        free(of->at[i].object);
        qn_buf_release(&of->at[i].ids);
    }
    free(of->at);
}

static enum qn_code take_rival(void *ctx, const struct record *r, struct qn_err *err)
{
    struct branches *b = ctx;
    return take_draw(&b->rival, r, err);
}

/* Of the entries that are held as the log; one whose rows are not here is told without its draw. */
static void take_held(void *ctx, const struct fork_entry *e)
{
    struct branches *b = ctx;
    struct qn_err none;
    QN_AUTO(record) struct record r = {.rival = false};
    if (b->rc || !e->ours || e->kind != QN_KIND_DRAW ||
        record_read(&r, b->c->office->st, b->office, qn_row_id(b->epoch, e->seq, 0), &none) != QN_OK)
        return;
    b->rc = take_draw(&b->held, &r, &b->err);
}

/* How many of a's are not among b's. */
static size_t alone(const struct side_draw *a, const struct side_draw *b)
{
    size_t n = 0, j = 0;
    for (size_t i = 0; i < a->n; i++) {
        while (j < b->n && by_bytes(&b->object[j], &a->object[i]) < 0)
            j++;
        n += j == b->n || by_bytes(&b->object[j], &a->object[i]) != 0;
    }
    return n;
}

static const struct side_draw *draw_of(const struct side_draws *of, const uint8_t leaf[QN_HASH])
{
    for (size_t i = 0; i < of->n; i++)
        if (memcmp(of->at[i].leaf, leaf, QN_HASH) == 0)
            return &of->at[i];
    return NULL;
}

static const struct side_draw *draw_on_order(const struct side_draws *of, const struct side_draw *d)
{
    for (size_t i = 0; i < of->n; i++)
        if (of->at[i].order_seq == d->order_seq && strcmp(of->at[i].order_origin, d->order_origin) == 0)
            return &of->at[i];
    return NULL;
}

static void one_entry(void *ctx, const struct fork_entry *e)
{
    struct branches *b = ctx;
    char hash[2 * QN_HASH + 1], what[CLI_ACT];
    qn_hex(hash, e->leaf, QN_HASH);
    json_t *o = json_pack("{s:I, s:b, s:s, s:s, s:i, s:I}", "seq", (json_int_t)e->seq, "held", (int)e->ours, "hash",
                          hash, "what", cli_act(b->c, what, e->kind), "kind", e->kind, "time_ms", (json_int_t)e->time_ms);
    const struct side_draw *d = draw_of(e->ours ? &b->held : &b->rival, e->leaf);
    const struct side_draw *other = d ? draw_on_order(e->ours ? &b->rival : &b->held, d) : NULL;
    if (d) {
        json_object_set_new(o, "draw", json_string(d->name));
        json_object_set_new(o, "drawn", json_integer((json_int_t)d->n));
    }
    if (other) {
        json_object_set_new(o, "other", json_string(other->name));
        json_object_set_new(o, "alone", json_integer((json_int_t)alone(d, other)));
    }
    json_array_append_new(b->list, o);
}

static enum qn_code branches_json(json_t **out, struct cli *c, const char *origin, struct qn_err *err)
{
    struct log log;
    struct qn_err none;
    char deployment[QN_DEPLOYMENT_MAX + 1];
    struct branches b = {.c = c, .list = json_array()};
    enum qn_code rc = qn_origin_parse(qn_str(origin), deployment, b.office, &b.epoch, err);
    if (!rc && log_find(&log, c->office->st, origin, &none) == QN_OK)
        rc = record_rivals(c->office->st, &log, take_rival, &b, err);
    if (!rc)
        rc = fork_entries(c->office->st, origin, take_held, &b, err);
    if (!rc && b.rc) {
        rc = b.rc;
        *err = b.err;
    }
    if (!rc)
        rc = fork_entries(c->office->st, origin, one_entry, &b, err);
    draws_release(&b.held);
    draws_release(&b.rival);
    *out = b.list;
    return rc;
}

static void say_entry(struct cli *c, const json_t *o)
{
    char when[32];
    const char *draw = json_string_value(json_object_get(o, "draw"));
    bool held = json_is_true(json_object_get(o, "held"));
    cli_time(when, (uint64_t)json_integer_value(json_object_get(o, "time_ms")));
    const char *what = json_string_value(json_object_get(o, "what"));
    long long seq = (long long)json_integer_value(json_object_get(o, "seq"));
    if (draw)
        cli_say(c, "fork.entry-draw", "seq=%lld|side=%s|what=%s|time=%s|draw=%s|n=%lld", seq, held ? "+" : "-", what,
                when, draw, (long long)json_integer_value(json_object_get(o, "drawn")));
    else
        cli_say(c, "fork.entry", "seq=%lld|side=%s|what=%s|time=%s", seq, held ? "+" : "-", what, when);
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
    json_t *entries = NULL;
    if (branches_json(&entries, c, f.origin, &err) != QN_OK) {
        json_decref(entries);
        return cli_fail(c, &err);
    }
    if (c->json) {
        json_t *o = fork_json(&f);
        json_object_set_new(o, "entries", entries);
        return cli_print_json(c, o);
    }
    cli_say(c, f.what == QN_FORK_HEADERS ? "fork.of-headers" : "fork.of-checkpoints",
            "log=%s|place=%llu", f.origin, (unsigned long long)f.place);
    show_sides(c, &f);
    size_t i;
    const json_t *entry;
    json_array_foreach(entries, i, entry) say_entry(c, entry);
    json_decref(entries);
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
