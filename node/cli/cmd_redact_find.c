/* cmd_redact_find.c - before something is forgotten: where it stands, what else goes with it, and who holds it. */
#include <jansson.h>
#include <string.h>

#include "node/cli/sync_commands.h"
#include "node/store/entry_of.h"
#include "node/store/redact.h"
#include "node/store/redact_find.h"
#include "node/store/tree.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define HITS_MAX   500 /* rows of one search: more are no list for people */
#define SHOWN_ROWS 50  /* of one part */
#define LABEL      160

static void table_word(struct cli *c, char out[64], const char *table)
{
    char id[QN_TABLE_NAME + 8];
    snprintf(id, sizeof(id), "record.%s", table);
    for (char *p = id; *p; p++)
        *p = *p == '_' ? '-' : *p;
    text_render(out, 64, c->lang, id, "");
}

/* ---- what goes with a part --------------------------------------------------------------------------------------------- */

struct preview {
    struct cli *c;
    json_t *rows, *holders; /* with --json */
    unsigned shown;
    struct {
        const struct qn_table *table;
        uint64_t n;
    } kind[QN_TABLES];
    unsigned nkinds;
    struct qn_buf names;
    unsigned nholders, misplaced;
};

/* What a person knows the row by. */
static void label_of(char out[LABEL], const struct qn_row *row)
{
    static const char *const known[] = {"name",    "object_name", "title",   "name_zh",
                                        "insp_id", "object_id",   "cert_no", "task",
                                        "no",      "series",      "drawer"};
    size_t n = 0;
    out[0] = 0;
    for (size_t k = 0; k < COUNT(known) && n < LABEL / 2; k++)
        for (unsigned i = 3; i < row->table->ncols; i++)
            if (row->col[i].type == QN_TEXT && strcmp(row->table->col[i].name, known[k]) == 0)
                n += (size_t)snprintf(out + n, LABEL - n, "%s%.*s", n ? " " : "",
                                      (int)(row->col[i].s.n < 60 ? row->col[i].s.n : 60),
                                      (const char *)row->col[i].s.p);
}

static void count_row(struct preview *p, const struct qn_table *t)
{
    unsigned i = 0;
    while (i < p->nkinds && p->kind[i].table != t)
        i++;
    if (i == p->nkinds && p->nkinds < QN_TABLES)
        p->kind[p->nkinds++].table = t;
    if (i < p->nkinds)
        p->kind[i].n++;
}

static void say_kinds(const struct preview *p)
{
    struct cli *c = p->c;
    for (unsigned i = 0; i < p->nkinds; i++) {
        char what[64];
        table_word(c, what, p->kind[i].table->name);
        cli_say(c, "redact.kind", "what=%s|n=%llu", what, (unsigned long long)p->kind[i].n);
    }
}

static enum qn_code show_row(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    struct preview *p = ctx;
    char id[40], label[LABEL], what[64];
    (void)err;
    count_row(p, row->table);
    qn_row_id_text(id, row->col[1].i);
    label_of(label, row);
    if (p->rows) {
        json_array_append_new(p->rows, json_pack("{s:s, s:s, s:I, s:s+}", "table", row->table->name,
                                                 "record", id, "rev", (json_int_t)row->col[2].i,
                                                 "label", label, ""));
        return QN_OK;
    }
    if (p->shown++ >= SHOWN_ROWS)
        return QN_OK;
    table_word(p->c, what, row->table->name);
    cli_table_cell(p->c, "%s", what);
    cli_table_cell(p->c, "%s", id);
    cli_table_cell(p->c, "%lld", (long long)row->col[2].i);
    cli_table_cell(p->c, "%s", label);
    return QN_OK;
}

static enum qn_code add_holder(void *ctx, const char *office, struct qn_err *err)
{
    struct preview *p = ctx;
    (void)err;
    if (p->holders)
        json_array_append_new(p->holders, json_string(office));
    else if (p->nholders < 12)
        qn_put_fmt(&p->names, "%s%s", p->nholders ? " " : "", office);
    else if (p->nholders == 12)
        qn_put_str(&p->names, " …");
    p->nholders++;
    return QN_OK;
}

static int preview_json(struct cli *c, struct preview *p, const struct redact_preview *r,
                        unsigned part)
{
    return cli_print_json(
        c, json_pack("{s:s, s:I, s:i, s:i, s:b, s:b, s:I, s:I, s:I, s:I, s:o, s:o}", "log",
                     r->log.origin, "seq", (json_int_t)p->shown, "part", (int)part, "kind", r->kind,
                     "here", r->here, "read", r->read, "bytes", (json_int_t)r->bytes, "rows",
                     (json_int_t)r->rows, "files", (json_int_t)r->files, "draws",
                     (json_int_t)r->draws, "records", p->rows, "holders", p->holders));
}

int cli_redact_preview(struct cli *c, const char *log, uint64_t seq, unsigned part)
{
    static const char *const heads[] = {"table.what", "table.record", "table.rev", "table.content"};
    struct redact_preview r;
    struct qn_err err;
    struct preview p = {
        .c = c, .rows = c->json ? json_array() : NULL, .holders = c->json ? json_array() : NULL};
    QN_AUTO(qn_buf) struct qn_buf names = {0};
    qn_buf_init(&names, 4096);
    p.names = names;
    if (!c->json)
        cli_table_begin(c, COUNT(heads), heads);
    enum qn_code rc =
        redact_look(&r, c->office->st, log, seq, part, show_row, add_holder, &p, &err);
    names = p.names;
    if (!c->json)
        cli_table_end(c);
    if (rc) {
        json_decref(p.rows);
        json_decref(p.holders);
        return cli_fail(c, &err);
    }
    if (c->json) {
        p.shown = (unsigned)seq;
        return preview_json(c, &p, &r, part);
    }
    char what[CLI_ACT], when[32];
    cli_time(when, r.time_ms);
    if (r.rows > SHOWN_ROWS)
        cli_say(c, "redact.more-rows", "n=%llu", (unsigned long long)(r.rows - SHOWN_ROWS));
    say_kinds(&p);
    cli_say(c, r.read ? "redact.preview" : "redact.preview-sealed",
            "log=%s|seq=%llu|part=%u|kind=%s|when=%s|rows=%llu|files=%llu|bytes=%llu", r.log.origin,
            (unsigned long long)seq, part, cli_act(c, what, r.kind), when,
            (unsigned long long)r.rows, (unsigned long long)r.files, (unsigned long long)r.bytes);
    cli_say(c, "redact.holders", "n=%u|offices=%.*s", p.nholders, (int)names.n,
            names.n ? (const char *)names.p : "");
    if (r.draws)
        cli_say(c, "redact.draws", "n=%llu", (unsigned long long)r.draws);
    cli_say(c, "redact.not-yet", "");
    return 0;
}

/* ---- where a name or a code stands --------------------------------------------------------------------------------------- */

static enum qn_code show_hit(void *ctx, const struct redact_hit *h, struct qn_err *err)
{
    struct preview *p = ctx;
    struct cli *c = p->c;
    char id[40], what[64];
    (void)err;
    static const char *const told[] = {
        [QN_UNMARKED] = "", [QN_PERSONAL] = "personal", [QN_DISCLOSED] = "disclosed"};
    qn_row_id_text(id, h->id);
    p->shown++;
    p->misplaced += h->privacy == QN_UNMARKED;
    if (p->rows) {
        json_array_append_new(p->rows, json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:I, s:i}",
                                                 "table", h->table, "column", h->column, "privacy",
                                                 told[h->privacy], "office", h->office, "record",
                                                 id, "rev", (json_int_t)h->rev, "log", h->origin,
                                                 "seq", (json_int_t)h->seq, "part", h->part));
        return QN_OK;
    }
    table_word(c, what, h->table);
    cli_table_cell(c, "%s", what);
    cli_table_cell(c, "%s:%s", h->office, id);
    cli_table_cell(c, "%lld", (long long)h->rev);
    cli_table_cell(c, "%s", h->origin);
    cli_table_cell(c, "%llu", (unsigned long long)h->seq);
    cli_table_cell(c, h->part < 0 ? "?" : "%d", h->part);
    return QN_OK;
}

static int find_text(struct cli *c, const char *text, bool persons)
{
    static const char *const heads[] = {"table.what", "table.record", "table.rev",
                                        "table.log",  "table.seq",    "table.part"};
    struct preview p = {.c = c, .rows = c->json ? json_array() : NULL};
    struct qn_err err;
    bool more = false;
    if (!p.rows)
        cli_table_begin(c, COUNT(heads), heads);
    enum qn_code rc = redact_search(c->office->st, text, HITS_MAX, show_hit, &p, &more, &err);
    if (!p.rows)
        cli_table_end(c);
    if (rc) {
        json_decref(p.rows);
        return cli_fail(c, &err);
    }
    if (p.rows)
        return cli_print_json(c, p.rows);
    if (p.shown)
        cli_say(c, more ? "redact.found-more" : "redact.found", "n=%u|text=%.100s", p.shown, text);
    else
        cli_say(c, "redact.found-none", "text=%.100s", text);
    if (persons && p.misplaced)
        cli_say(c, "redact.misplaced", "n=%u", p.misplaced);
    return 0;
}

/* ---- where a record's bytes are -------------------------------------------------------------------------------------- */

static int find_record(struct cli *c, const char *word[2])
{
    static const char *const heads[] = {"table.rev", "table.log", "table.seq", "table.part"};
    struct qn_err err;
    char office[QN_CODE_MAX + 1];
    int64_t id, newest;
    char table[QN_TABLE_NAME];
    struct store *st = c->office->st;
    /* As other commands print it, 140602:1-45-0, or in two words. */
    const char *name = word[1] ? word[1] : word[0], *colon = strchr(name, ':');
    struct qn_span of =
        colon ? (struct qn_span){(const uint8_t *)name, (size_t)(colon - name)} : qn_str(word[0]);
    enum qn_code rc = qn_row_id_parse(&id, qn_str(colon ? colon + 1 : name), &err);
    if (!rc && !qn_text_copy(office, sizeof(office), of))
        rc = qn_fail(&err, QN_ABSENT, "redact.no-record", "office=%.*s|record=%s", 32, word[0],
                     name);
    word[0] = office;
    word[1] = name;
    if (!rc)
        rc = entry_newest_rev(&newest, table, st, word[0], id, &err);
    if (!rc && !newest)
        rc = qn_fail(&err, QN_ABSENT, "redact.no-record", "office=%s|record=%s", word[0], word[1]);
    if (rc)
        return cli_fail(c, &err);
    json_t *list = c->json ? json_array() : NULL;
    if (!list)
        cli_table_begin(c, COUNT(heads), heads);
    for (int64_t rev = 1; rev <= newest; rev++) {
        struct log log;
        uint64_t seq;
        int part = -1;
        if (entry_of_row(&log, &seq, st, NULL, word[0], id, rev, &err) != QN_OK)
            continue; /* forgotten already, or sealed to another */
        if (redact_part_of(&part, st, &log, seq, NULL, id, rev, &err) != QN_OK)
            part = -1;
        if (list) {
            json_array_append_new(list,
                                  json_pack("{s:I, s:s, s:I, s:i}", "rev", (json_int_t)rev, "log",
                                            log.origin, "seq", (json_int_t)seq, "part", part));
            continue;
        }
        cli_table_cell(c, "%lld", (long long)rev);
        cli_table_cell(c, "%s", log.origin);
        cli_table_cell(c, "%llu", (unsigned long long)seq);
        cli_table_cell(c, part < 0 ? "?" : "%d", part);
    }
    if (list)
        return cli_print_json(c, list);
    cli_table_end(c);
    return 0;
}

/* A record is named as other commands print it; all else is a name or a code that is looked for. */
int cmd_redact_find(struct cli *c, int argc, char **argv)
{
    const char *word[2] = {NULL};
    bool persons = false;
    struct opt opts[] = {{.name = "", .value = word, .many = 2, .required = true},
                         {.name = "person", .flag = &persons}};
    struct qn_err none;
    int64_t id;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    const char *colon = strchr(word[0], ':');
    bool record = word[1] || (!persons && qn_row_id_parse(&id, qn_str(colon ? colon + 1 : word[0]),
                                                          &none) == QN_OK);
    return record ? find_record(c, word) : find_text(c, word[0], persons);
}
