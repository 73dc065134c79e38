/* cmd_figure_rows.c - stats rows: the things behind a number, a page of them, or all in a file. */
#include <stdlib.h>
#include <string.h>

#include "node/cli/print.h"
#include "node/cli/work_commands.h"
#include "node/sheet/out.h"
#include "node/work/figure.h"
#include "node/work/record.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PAGE     50

struct listed {
    struct cli *c;
    json_t *list;
    struct sheet_out *out;
    unsigned limit, n, depth;
    bool more;
    char last[FIGURE_KEY];
    uint64_t written;
};

static void put_once(struct qn_buf *b, const char *value, const char *earlier)
{
    if (*value && !earlier)
        qn_put_fmt(b, "%s%s", b->n ? "、" : "", value);
}

/* What the rows of a thing say, each once. */
static enum qn_code collect(struct qn_buf b[4], const struct figure_thing *t, unsigned depth,
                            struct qn_err *err)
{
    for (size_t i = 0; i < t->n; i++) {
        const char *before[3] = {NULL, NULL, NULL};
        for (size_t k = 0; k < i; k++) {
            if (strcmp(t->row[k].office, t->row[i].office) == 0)
                before[0] = t->row[k].office;
            if (strcmp(t->row[k].task, t->row[i].task) == 0)
                before[1] = t->row[k].task;
            if (strcmp(t->row[k].risk_class, t->row[i].risk_class) == 0)
                before[2] = t->row[k].risk_class;
        }
        put_once(&b[0], t->row[i].office, before[0]);
        put_once(&b[1], t->row[i].task, before[1]);
        put_once(&b[2], t->row[i].risk_class, before[2]);
    }
    figure_records(&b[3], t, depth, "、");
    enum qn_code rc = QN_OK;
    for (unsigned i = 0; i < 4; i++) {
        qn_put(&b[i], "", 1);
        if (!rc)
            rc = qn_buf_check(&b[i], err);
    }
    return rc;
}

static void put_thing(struct listed *l, const char *const cell[6])
{
    static const char *const keys[6] = {"key",   "label",      "offices",
                                        "tasks", "risk_class", "records"};
    json_t *o = l->list ? json_object() : NULL;
    for (unsigned i = 0; i < 6; i++) {
        if (l->out)
            sheet_out_cell(l->out, cell[i]);
        else if (o)
            json_object_set_new(o, keys[i], json_string(cell[i]));
        else if (i)
            cli_table_cell(l->c, "%s", cell[i]);
    }
    if (l->out)
        sheet_out_end_row(l->out);
    if (o)
        json_array_append_new(l->list, o);
    l->written++;
}

static enum qn_code on_thing(void *ctx, const struct figure_thing *t, struct qn_err *err)
{
    struct listed *l = ctx;
    struct qn_buf b[4];
    if (!l->out && l->n == l->limit) {
        l->more = true;
        return QN_LATER;
    }
    l->n++;
    memcpy(l->last, t->key, sizeof(l->last));
    for (unsigned i = 0; i < 4; i++)
        qn_buf_init(&b[i], 1024 * 1024);
    enum qn_code rc = collect(b, t, l->depth, err);
    if (!rc) {
        const char *const cell[6] = {t->key,
                                     t->label,
                                     (const char *)b[0].p,
                                     (const char *)b[1].p,
                                     (const char *)b[2].p,
                                     (const char *)b[3].p};
        put_thing(l, cell);
    }
    for (unsigned i = 0; i < 4; i++)
        qn_buf_release(&b[i]);
    return rc;
}

static void on_statement(void *ctx, const struct figure_statement *s)
{
    struct listed *l = ctx;
    char name[80], label[500];
    record_name_text(name, s->office, s->id);
    snprintf(label, sizeof(label), "%llu %s %s", (unsigned long long)s->enterprises, s->counted_on,
             s->source);
    const char *const cell[6] = {name, label, s->office, "", "", name};
    put_thing(l, cell);
}

static enum qn_code list_rows(struct listed *l, struct store *st, const struct figure_query *q,
                              const struct figure_listing *what, struct qn_err *err)
{
    struct figure_query settled;
    uint64_t n;
    bool stated;
    if (what->figure != &figure_table[FIGURE_COVERAGE] || !what->over)
        return figure_list(st, q, what, on_thing, l, err);
    enum qn_code rc = figure_settle(&settled, st, q, err);
    return rc ? rc
              : figure_base(&n, &stated, st, settled.office, settled.year, on_statement, l, err);
}

static const char *const row_cols[] = {"head.key",  "head.about",      "head.office-of",
                                       "head.task", "head.risk-class", "head.records"};

static enum qn_code begin_rows(struct listed *l, const char *path, const char *charset,
                               const struct figure *f, struct qn_err *err)
{
    char said[FIGURE_WORD];
    if (l->c->json && !path) {
        l->list = json_array();
        return QN_OK;
    }
    if (!path) {
        cli_table_begin(l->c, COUNT(row_cols) - 1, row_cols + 1);
        return QN_OK;
    }
    enum qn_code rc = sheet_out_open(&l->out, path, charset,
                                     work_figure_word(l->c, said, "figure.%s", f->code), err);
    for (unsigned i = 0; !rc && i < COUNT(row_cols); i++) {
        text_render(said, sizeof(said), l->c->lang, row_cols[i], "");
        sheet_out_cell(l->out, said);
    }
    if (!rc)
        sheet_out_end_row(l->out);
    return rc;
}

int work_figure_rows(struct cli *c, int argc, char **argv)
{
    struct figure_query q = {.office = NULL};
    struct figure_listing what = {.figure = NULL};
    const char *code = NULL, *path = NULL, *charset = NULL;
    struct listed l = {.c = c, .limit = PAGE};
    char room[1024];
    unsigned at = 0;
    struct opt opts[] = {
        {.name = "", .value = &code, .required = true},
        {.name = "over", .flag = &what.over},
        {.name = "office", .value = &q.office, .kind = OPT_CODE},
        {.name = "year", .kind = OPT_NUMBER, .number = &q.year, .min = 2000, .max = 2999},
        {.name = "series", .value = &q.series},
        {.name = "task", .value = &q.task},
        {.name = "risk", .value = &q.risk_class},
        {.name = "past", .value = &what.past},
        {.name = "limit", .kind = OPT_NUMBER, .number = &l.limit, .min = 1, .max = 100000},
        {.name = "out", .value = &path},
        {.name = "charset", .value = &charset}};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = work_figure_find(&at, code, &err);
    what.figure = &figure_table[at];
    l.depth = figure_depth(what.over ? &what.figure->over : &what.figure->of);
    if (!rc && q.office)
        rc = cli_known_office(c, q.office, &err);
    if (!rc)
        rc = work_path(c, room, &path, &err);
    if (!rc)
        rc = begin_rows(&l, path, charset, what.figure, &err);
    const bool begun = !rc;
    if (!rc)
        rc = list_rows(&l, c->office->st, &q, &what, &err);
    if (!rc)
        rc = store_goes_on(c->office->st, &err);
    if (!rc && l.out)
        rc = sheet_out_close(&l.out, &err);
    if (l.out)
        sheet_out_drop(l.out);
    if (begun && !l.list && !path)
        cli_table_end(c);
    if (rc) {
        json_decref(l.list);
        return cli_fail(c, &err);
    }
    if (c->json)
        return cli_print_json(c, l.list ? json_pack("{s:o, s:b, s:s}", "rows", l.list, "more",
                                                    l.more, "past", l.more ? l.last : "")
                                        : json_pack("{s:I}", "rows", (json_int_t)l.written));
    if (path)
        cli_say(c, "figure.written", "n=%llu|path=%s", (unsigned long long)l.written, path);
    else if (l.more)
        cli_say(c, "figure.more", "place=%s", l.last);
    return 0;
}
