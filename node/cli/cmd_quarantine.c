/* cmd_quarantine.c - what stands still, with its bytes, its rule and its way out. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/sync_commands.h"
#include "node/store/quarantine.h"
#include "node/store/rows.h"
#include "node/store/tree.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void state_word(struct cli *c, char out[64], enum fate_state state)
{
    char id[48];
    snprintf(id, sizeof(id), "state.%s", fate_state_name(state));
    text_render(out, 64, c->lang, id, "");
}

static void lane_word(struct cli *c, char out[64], int lane)
{
    static const char *const names[QN_LANES] = {"control", "plan", "draw", "result", "bulk"};
    char id[48];
    if (lane < 0 || lane >= QN_LANES) {
        snprintf(out, 64, "—");
        return;
    }
    snprintf(id, sizeof(id), "lane.%s", names[lane]);
    text_render(out, 64, c->lang, id, "");
}

/* The number of an entry among the words: cli_opts gives texts. */
static enum qn_code number(uint64_t *out, const char *text, struct qn_err *err)
{
    char *end;
    *out = strtoull(text, &end, 10);
    if (*end || end == text || text[0] == '-' || text[0] == '+' || *out >= QN_SEQ_END)
        return qn_fail(err, QN_MALFORMED, "quarantine.number", "text=%.40s", text);
    return QN_OK;
}

/* "shanxi.example/140602/1@45": up to where what is waited for must come. */
static void waits_on(char out[FATE_ON + 24], const struct standing *s)
{
    if (strncmp(s->on, "log ", 4) == 0)
        snprintf(out, FATE_ON + 24, s->on_n ? "%s@%llu" : "%s", s->on + 4,
                 (unsigned long long)s->on_n);
    else if (strncmp(s->on, "row ", 4) == 0) {
        char id[40];
        qn_row_id_text(id, (int64_t)s->on_n);
        snprintf(out, FATE_ON + 24, "%s, %s", s->on + 4, id);
    } else if (strncmp(s->on, "part ", 5) == 0)
        snprintf(out, FATE_ON + 24, "%s#%llu", s->on + 5, (unsigned long long)s->on_n);
    else
        snprintf(out, FATE_ON + 24, "%s", s->on[0] ? s->on : "—");
}

/* Who can end it, and how: one sentence. */
static void next_step(struct cli *c, char out[1024], const struct standing *s)
{
    char id[48], args[600], on[FATE_ON + 24], parent[QN_CODE_MAX + 1] = "—";
    bool own = strcmp(s->log.origin, store_origin(c->office->st)) == 0;
    tree_parent(c->office->st, s->log.office, parent);
    waits_on(on, s);
    snprintf(id, sizeof(id), "next.%s",
             s->state == FATE_HELD ? s->reason : fate_state_name(s->state));
    if (own)
        snprintf(id, sizeof(id),
                 s->state == FATE_REFUSED ? "next.own-refused" : "next.own-skipped");
    snprintf(args, sizeof(args), "author=%s|parent=%s|on=%s|log=%s|seq=%llu", s->log.office, parent,
             on, s->log.origin, (unsigned long long)s->seq);
    text_render(out, 1024, c->lang, id, args);
}

static json_t *standing_json(struct cli *c, const struct standing *s)
{
    char why[1024], next[1024], on[FATE_ON + 24];
    struct qn_cert author;
    struct qn_err none;
    if (tree_cert(&author, c->office->st, s->log.office, &none) != QN_OK)
        author.name[0] = 0;
    text_render(why, sizeof(why), c->lang, s->rule, s->args);
    next_step(c, next, s);
    waits_on(on, s);
    return json_pack("{s:s, s:s, s:s, s:I, s:i, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "log",
                     s->log.origin, "office", s->log.office, "name", author.name, "seq", (json_int_t)s->seq, "lane",
                     s->lane, "kind", s->kind, "state", fate_state_name(s->state), "reason",
                     s->reason, "rule", s->rule, "args", s->args, "why", why, "waits_on",
                     s->on[0] ? on : "", "next", next, "since_ms", (json_int_t)s->at_ms);
}

int cmd_quarantine_list(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"table.log",   "table.seq",    "table.lane",
                                        "table.state", "table.reason", "table.waits-on",
                                        "table.since"};
    QN_AUTO(standings) struct standings all = {0};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    if (quarantine_list(&all, c->office->st, &err) != QN_OK)
        return cli_fail(c, &err);
    if (c->json) {
        json_t *list = json_array();
        for (size_t i = 0; i < all.n; i++)
            json_array_append_new(list, standing_json(c, &all.at[i]));
        return cli_print_json(c, list);
    }
    cli_table_begin(c, COUNT(heads), heads);
    for (size_t i = 0; i < all.n; i++) {
        const struct standing *s = &all.at[i];
        char lane[64], state[64], why[1024], on[FATE_ON + 24], since[32];
        lane_word(c, lane, s->lane);
        state_word(c, state, s->state);
        text_render(why, sizeof(why), c->lang, s->rule, s->args);
        waits_on(on, s);
        cli_time(since, s->at_ms);
        cli_table_cell(c, "%s", s->log.origin);
        cli_table_cell(c, "%llu", (unsigned long long)s->seq);
        cli_table_cell(c, "%s", lane);
        cli_table_cell(c, "%s", state);
        cli_table_cell(c, "%s", why);
        cli_table_cell(c, "%s", on);
        cli_table_cell(c, "%s", since);
    }
    cli_table_end(c);
    return 0;
}

/* ---- one entry ------------------------------------------------------------------------------------------------ */

struct shown {
    struct cli *c;
    json_t *rows; /* with --json */
    uint64_t n;
};

/* A value as a person reads it; hostile bytes are shown as numbers, never as they are. */
static void value_text(struct qn_buf *out, const struct qn_row *row, unsigned col)
{
    const struct qn_value *v = &row->col[col];
    char id[40];
    switch (v->type) {
    case QN_INTEGER:
        if (col == 1 && v->i >= qn_row_id(1, 0, 0)) {
            qn_row_id_text(id, v->i);
            qn_put_str(out, id);
        } else {
            qn_put_fmt(out, "%lld", (long long)v->i);
        }
        break;
    case QN_REAL:
        qn_put_fmt(out, "%g", v->r);
        break;
    case QN_TEXT:
        for (size_t i = 0; i < v->s.n && i < 2000; i++)
            if (v->s.p[i] < ' ' || v->s.p[i] == 0x7f)
                qn_put_str(out, " ");
            else
                qn_put(out, &v->s.p[i], 1);
        break;
    case QN_BLOB:
        qn_put_hex(out, v->s.p, v->s.n < 64 ? v->s.n : 64);
        break;
    case QN_NULL:
        qn_put_str(out, "—");
        break;
    }
}

static void hex_or_text(struct qn_buf *out, struct rows *r, const struct qn_column *col)
{
    struct qn_span v = rows_span(r, col->name);
    if (col->type == QN_BLOB)
        qn_put_hex(out, v.p, v.n < 64 ? v.n : 64);
    for (size_t i = 0; col->type != QN_BLOB && i < v.n && i < 2000; i++)
        if (v.p[i] < ' ' || v.p[i] == 0x7f)
            qn_put_str(out, " ");
        else
            qn_put(out, &v.p[i], 1);
}

/* The row that stands here under the same name, written as show_row writes the one that came; NULL when there is none. */
static json_t *row_here(struct shown *s, const struct qn_row *row)
{
    char office[QN_CODE_MAX + 1];
    QN_AUTO(rows) struct rows r = {0};
    struct qn_err none;
    if (row->col[0].type != QN_TEXT || row->col[1].type != QN_INTEGER ||
        !qn_text_copy(office, sizeof(office), row->col[0].s))
        return NULL;
    struct rows_query q = {.table = row->table->name, .office = office, .id = row->col[1].i};
    if (rows_open(&r, s->c->office->st, &q, &none) != QN_OK || !rows_step(&r))
        return NULL;
    json_t *values = json_object();
    for (unsigned i = 0; i < row->table->ncols; i++) {
        const struct qn_column *col = &row->table->col[i];
        char id[40];
        json_t *v;
        if (!rows_has(&r, col->name) || rows_null(&r, col->name)) {
            v = json_null();
        } else if (col->type == QN_INTEGER && i == 1 && rows_int(&r, col->name) >= qn_row_id(1, 0, 0)) {
            qn_row_id_text(id, rows_int(&r, col->name));
            v = json_string(id);
        } else if (col->type == QN_INTEGER) {
            v = i == 1 ? json_sprintf("%lld", (long long)rows_int(&r, col->name))
                       : json_integer((json_int_t)rows_int(&r, col->name));
        } else {
            QN_AUTO(qn_buf) struct qn_buf text = {0};
            qn_buf_init(&text, 8192);
            hex_or_text(&text, &r, col);
            v = json_stringn(text.p ? (const char *)text.p : "", text.n);
        }
        json_object_set_new(values, col->name, v ? v : json_null());
    }
    return values;
}

static enum qn_code show_row(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    struct shown *s = ctx;
    json_t *values = s->rows ? json_object() : NULL;
    if (s->n++ >= 200) /* the first ones tell what it is */
        return QN_OK;
    if (!s->rows)
        fprintf(s->c->out, "\n%s\n", row->table->name);
    for (unsigned i = 0; i < row->table->ncols; i++) {
        QN_AUTO(qn_buf) struct qn_buf text = {0};
        qn_buf_init(&text, 8192);
        value_text(&text, row, i);
        enum qn_code rc = qn_buf_check(&text, err);
        if (rc) {
            json_decref(values);
            return rc;
        }
        const char *p = text.p ? (const char *)text.p : "";
        if (!s->rows) {
            fprintf(s->c->out, "  %-20s %.*s\n", row->table->col[i].name, (int)text.n, p);
            continue;
        }
        json_t *v = row->col[i].type == QN_NULL ? json_null()
                    : row->col[i].type == QN_INTEGER && i != 1
                        ? json_integer((json_int_t)row->col[i].i)
                        : json_stringn(p, text.n);
        json_object_set_new(values, row->table->col[i].name, v ? v : json_null());
    }
    if (s->rows) {
        json_t *here = row_here(s, row);
        json_array_append_new(s->rows,
                              json_pack("{s:s, s:o, s:o}", "table", row->table->name, "values",
                                        values, "here", here ? here : json_null()));
    }
    return QN_OK;
}

static void show_heading(struct cli *c, const struct standing *s)
{
    char lane[64], state[64], why[1024], next[1024], since[32];
    lane_word(c, lane, s->lane);
    state_word(c, state, s->state);
    text_render(why, sizeof(why), c->lang, s->rule, s->args);
    next_step(c, next, s);
    cli_time(since, s->at_ms);
    cli_say(c, "quarantine.entry", "log=%s|seq=%llu|lane=%s|state=%s|since=%s", s->log.origin,
            (unsigned long long)s->seq, lane, state, since);
    cli_say(c, "quarantine.rule", "rule=%s", s->rule);
    fprintf(c->out, "%s\n%s\n", why, next);
}

int cmd_quarantine_show(struct cli *c, int argc, char **argv)
{
    const char *words[2] = {NULL, NULL};
    struct opt opts[] = {{.name = "", .value = words, .many = 2, .required = true, .least = 2}};
    struct standing s;
    struct quarantine_part parts;
    struct qn_err err, why;
    uint64_t seq;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = number(&seq, words[1], &err);
    if (!rc)
        rc = quarantine_get(&s, c->office->st, words[0], seq, &err);
    if (rc)
        return cli_fail(c, &err);
    struct shown shown = {.c = c, .rows = c->json ? json_array() : NULL};
    if (!c->json)
        show_heading(c, &s);
    rc = quarantine_rows(&parts, c->office->st, &s, show_row, &shown, &why);
    if (c->json) {
        json_t *o = standing_json(c, &s);
        char waives[QN_CODE_MAX + 1];
        if (tree_parent(c->office->st, s.log.office, waives))
            json_object_set_new(o, "waives", json_string(waives));
        json_object_set_new(o, "bytes", json_integer((json_int_t)parts.bytes));
        json_object_set_new(o, "parts", json_integer((json_int_t)parts.parts));
        json_object_set_new(o, "parts_here", json_integer((json_int_t)parts.here));
        json_object_set_new(o, "rows", shown.rows);
        if (rc)
            json_object_set_new(o, "unread", json_string(why.id));
        return cli_print_json(c, o);
    }
    fputc('\n', c->out);
    cli_say(c, "quarantine.bytes", "parts=%u|here=%u|bytes=%llu|rows=%llu", parts.parts, parts.here,
            (unsigned long long)parts.bytes, (unsigned long long)shown.n);
    if (rc) {
        char text[1024];
        text_error(text, sizeof(text), c->lang, &why);
        fprintf(c->out, "%s\n", text);
    }
    return 0;
}

/* ---- acts ------------------------------------------------------------------------------------------------------- */

static int done(struct cli *c, const char *id, uint64_t n, const struct ingest_tally *t)
{
    if (c->json)
        return cli_print_json(c, json_pack("{s:I, s:I, s:I, s:I}", "tried", (json_int_t)n, "applied",
                                       (json_int_t)t->applied, "held", (json_int_t)t->held,
                                       "refused", (json_int_t)t->refused));
    cli_say(c, id, "tried=%llu|applied=%llu|held=%llu", (unsigned long long)n,
            (unsigned long long)t->applied, (unsigned long long)t->held);
    return 0;
}

int cmd_quarantine_retry(struct cli *c, int argc, char **argv)
{
    const char *words[2] = {NULL, NULL};
    unsigned n_words = 0;
    struct opt opts[] = {{.name = "", .value = words, .many = 2, .count = &n_words}};
    struct ingest_tally t = {0};
    struct qn_err err;
    uint64_t seq = UINT64_MAX, n;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = n_words == 2 ? number(&seq, words[1], &err) : QN_OK;
    if (!rc)
        rc = quarantine_retry(c->office->st, words[0], seq, &n, &t, &err);
    return rc ? cli_fail(c, &err) : done(c, "quarantine.retried", n, &t);
}

int cmd_quarantine_waive(struct cli *c, int argc, char **argv)
{
    const char *words[2] = {NULL, NULL}, *reason = NULL;
    struct opt opts[] = {{.name = "", .value = words, .many = 2, .required = true, .least = 2},
                         {.name = "reason", .value = &reason, .required = true}};
    struct ingest_tally t = {0};
    struct qn_err err;
    uint64_t seq;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = number(&seq, words[1], &err);
    if (!rc)
        rc = quarantine_waive(c->office->st, words[0], seq, reason, &t, &err);
    return rc ? cli_fail(c, &err) : done(c, "quarantine.waived", 1, &t);
}

int cmd_quarantine_supersede(struct cli *c, int argc, char **argv)
{
    const char *word = NULL, *reason = NULL;
    unsigned epoch = 0;
    struct opt opts[] = {{.name = "", .value = &word, .required = true},
                         {.name = "reason", .value = &reason, .required = true},
                         {.name = "epoch", .kind = OPT_NUMBER, .number = &epoch, .min = 1, .max = QN_EPOCH_MAX}};
    struct qn_err err;
    uint64_t seq;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = number(&seq, word, &err);
    if (!rc)
        rc = quarantine_supersede(c->office->st, epoch, seq, reason, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        return cli_print_json(c, json_pack("{s:I}", "seq", (json_int_t)seq));
    cli_say(c, "quarantine.superseded", "seq=%llu", (unsigned long long)seq);
    return 0;
}
