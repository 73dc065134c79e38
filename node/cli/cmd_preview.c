/* cmd_preview.c - before a list is imported: which headings are ours, and how the sender's file begins. */
#include <jansson.h>
#include <string.h>

#include "node/cli/print.h"
#include "node/cli/work_commands.h"
#include "node/work/forms.h"
#include "node/work/record.h"
#include "node/work/record_import.h"
#include "node/work/roster_rows.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PAGE     15
#define PAGE_MAX 200

/* ---- our headings ---------------------------------------------------------------------------------------------------- */

struct headings {
    struct cli *c;
    json_t *list;
};

static void put_heading(struct headings *h, const char *heading, bool required)
{
    json_array_append_new(h->list,
                          json_pack("{s:s, s:b}", "heading", heading, "required", required));
    if (h->c->json)
        return;
    cli_table_cell(h->c, "%s", heading);
    cli_table_cell(h->c, "%s", required ? "✓" : "");
}

static void put_columns(struct headings *h, const struct sheet_column *columns, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (columns[i].heading)
            put_heading(h, columns[i].heading, columns[i].required);
}

static void put_fields(struct headings *h, const struct record_type *t)
{
    put_heading(h, "编号", false);
    for (unsigned i = 0; i < t->nfields; i++) {
        char heading[RECORD_HEADING];
        record_heading(heading, t, t->field[i].name);
        put_heading(h, heading, (t->field[i].flags & FIELD_MUST) != 0);
    }
}

int work_mapping_columns(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"head.name", "head.required"};
    static const struct roster_list *const roster[] = {&roster_objects, &roster_inspectors,
                                                       &roster_recusals};
    const char *list = NULL;
    struct opt opts[] = {{.name = "", .value = &list, .required = true}};
    struct headings h = {.c = c};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    const struct record_type *t = record_type(list);
    const struct roster_list *l = NULL;
    for (size_t i = 0; i < COUNT(roster); i++)
        if (strcmp(roster[i]->name, list) == 0)
            l = roster[i];
    bool results = strcmp(list, "results") == 0;
    if (!l && !results && (!t || t->command)) {
        (void)!qn_fail(&err, QN_ABSENT, "records.kind", "value=%.40s", list);
        return cli_fail(c, &err);
    }
    h.list = json_array();
    if (!c->json)
        cli_table_begin(c, COUNT(heads), heads);
    if (l)
        put_columns(&h, l->columns, l->n);
    else if (results)
        put_columns(&h, result_form.columns, result_form.n);
    else
        put_fields(&h, t);
    if (c->json)
        return cli_print_json(c, h.list);
    json_decref(h.list);
    cli_table_end(c);
    return 0;
}

/* ---- their file ------------------------------------------------------------------------------------------------------- */

struct beginning {
    json_t *rows;
    unsigned limit;
    bool broken, full;
};

static void put_row(struct beginning *b, const char *const *cell, size_t n)
{
    json_t *row = json_array();
    while (n && !*cell[n - 1])
        n--;
    for (size_t i = 0; i < n; i++)
        json_array_append_new(row, json_string(cell[i]));
    json_array_append_new(b->rows, row);
}

static enum qn_code on_row(void *ctx, const struct sheet_row *raw, const char *const *cell,
                           struct qn_err *err)
{
    struct beginning *b = ctx;
    (void)cell;
    if (!json_array_size(b->rows))
        put_row(b, raw->heading, raw->headings);
    b->broken = b->broken || raw->broken >= 0;
    put_row(b, raw->cell, raw->n);
    b->full = json_array_size(b->rows) >= b->limit;
    return b->full ? qn_fail(err, QN_LIMIT, "base.too-long", "max=%u", b->limit) : QN_OK;
}

static enum qn_code read_beginning(struct beginning *b, const struct sheet_file *file,
                                   struct qn_err *err)
{
    json_array_clear(b->rows);
    b->broken = b->full = false;
    enum qn_code rc = sheet_read(file, on_row, b, err);
    return b->full ? QN_OK : rc;
}

/* A picture or a PDF would pass for one broken row. What is a workbook, or text of another kind, is refused by name later. */
static enum qn_code check_table(const char *path, struct qn_err *err)
{
    unsigned char head[512];
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(head, 1, sizeof(head), f) : 0;
    if (f)
        fclose(f);
    static const unsigned char other[][2] = {{'P', 'K'}, {0xd0, 0xcf}, {0xff, 0xfe}, {0xfe, 0xff}};
    for (size_t i = 0; n > 1 && i < COUNT(other); i++)
        if (memcmp(head, other[i], 2) == 0)
            return QN_OK;
    return (n > 4 && memcmp(head, "%PDF", 4) == 0) || memchr(head, 0, n)
               ? qn_fail(err, QN_MALFORMED, "sheet.no-table", "path=%s", path)
               : QN_OK;
}

int work_mapping_preview(struct cli *c, int argc, char **argv)
{
    struct sheet_file file = {.path = NULL};
    struct beginning b = {.limit = PAGE};
    struct opt opts[] = {
        {.name = "", .value = &file.path, .required = true},
        {.name = "charset", .value = &file.charset},
        {.name = "sheet", .value = &file.sheet},
        {.name = "limit", .kind = OPT_NUMBER, .number = &b.limit, .min = 2, .max = PAGE_MAX}};
    char room[1024];
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    b.rows = json_array();
    enum qn_code rc = work_path(c, room, &file.path, &err);
    if (!rc)
        rc = check_table(file.path, &err);
    if (!rc)
        rc = read_beginning(&b, &file, &err);
    if (!rc && !json_array_size(b.rows))
        rc = qn_fail(&err, QN_MALFORMED, "sheet.only-heading", "path=%s", file.path);
    if (!rc && b.broken && !file.charset) { /* what is no UTF-8 is the other one */
        file.charset = "GB18030";
        rc = read_beginning(&b, &file, &err);
    }
    if (rc) {
        json_decref(b.rows);
        return cli_fail(c, &err);
    }
    if (c->json)
        return cli_print_json(c, json_pack("{s:o, s:s}", "rows", b.rows, "charset",
                                           file.charset ? file.charset : ""));
    for (size_t i = 0; i < json_array_size(b.rows); i++) {
        const json_t *row = json_array_get(b.rows, i);
        for (size_t k = 0; k < json_array_size(row); k++)
            fprintf(c->out, "%s%s", k ? "\t" : "", json_string_value(json_array_get(row, k)));
        fputc('\n', c->out);
    }
    json_decref(b.rows);
    return 0;
}
