#include "node/work/plan_import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/act.h"
#include "node/store/release.h"
#include "node/work/forms.h"
#include "protocol/wire.h"

#define CODES_MAX 2000 /* rows of one table; the national list of industries has some 1,400 */

struct codes {
    struct act act;
    const char *list; /* NULL: each row names its own by `kind` */
    unsigned n, added, revised; /* lines of the table; those to be written */
    char seen[CODES_MAX][48]; /* list and code */
};

/* The line as it is held: its record and newest revision, 0 when there is none; same when nothing in it changed. */
static enum qn_code held_code(struct store *st, struct qn_row *row, bool *same, struct qn_err *err)
{
    static const char *const compared[] = {"name_zh", "name_en", "flags"};
    QN_AUTO(query) struct query q = query_start(st, SQL_WORK_CODE_ROW);
    q_bind_text(&q, store_self(st)->office);
    *same = false;
    for (unsigned c = 0; c < row->table->ncols; c++)
        if (strcmp(row->table->col[c].name, "list") == 0 || strcmp(row->table->col[c].name, "code") == 0)
            q_bind_span(&q, row->col[c].s);
    if (q_step(&q)) {
        row->col[1].i = q_int(&q, 0);
        row->col[2].i = q_int(&q, 1) + 1;
        *same = true;
        for (unsigned c = 0; c < row->table->ncols; c++)
            for (int k = 0; k < 3; k++)
                if (strcmp(row->table->col[c].name, compared[k]) == 0)
                    *same = *same && q_null(&q, 2 + k) == (row->col[c].type == QN_NULL) &&
                            (row->col[c].type == QN_NULL || qn_span_eq(q_span(&q, 2 + k), row->col[c].s));
    }
    return query_end(&q, err);
}

static enum qn_code take_code(void *ctx, const struct sheet_row *raw, const char *const *cell, struct qn_err *err)
{
    struct codes *c = ctx;
    struct qn_row row;
    bool object = strcmp(cell[3], "object") == 0;
    const char *list = c->list ? c->list : object ? "tag" : "qualification";
    enum qn_code rc = sheet_check(raw, err);
    if (rc)
        return rc;
    if (!*cell[0] || !*cell[1] || strlen(cell[0]) > 32 || strlen(cell[1]) > 400 || strlen(cell[2]) > 400)
        return qn_fail(err, QN_MALFORMED, "tables.row", "line=%u", raw->line);
    struct rd number = {.in = qn_str(cell[0])}; /* a tag's code stands in the draw's records as a u16 */
    if (!c->list && ((!object && strcmp(cell[3], "qualification") != 0) || rd_dec(&number, UINT16_MAX) == 0 ||
                     !rd_end(&number)))
        return qn_fail(err, QN_MALFORMED, "roster.tag-row", "line=%u", raw->line);
    if (c->n == CODES_MAX)
        return qn_fail(err, QN_LIMIT, "tables.rows", "max=%d", CODES_MAX);
    snprintf(c->seen[c->n], sizeof(c->seen[0]), "%s %s", list, cell[0]);
    for (unsigned i = 0; i < c->n; i++)
        if (strcmp(c->seen[i], c->seen[c->n]) == 0)
            return qn_fail(err, QN_CONFLICT, "tables.twice", "line=%u|value=%s", raw->line, cell[0]);
    row_start(&row, &c->act, "code", 0, 1);
    row_text(&row, "list", list);
    row_text(&row, "code", cell[0]);
    row_text(&row, "name_zh", cell[1]);
    row_text(&row, "name_en", *cell[2] ? cell[2] : cell[1]);
    row_text(&row, "flags", strcmp(cell[4], "Y") == 0 ? "issue" : NULL);
    c->n++;
    bool same;
    rc = held_code(c->act.st, &row, &same, err);
    if (rc || same)
        return rc;
    if (row.col[2].i == 1)
        row.col[1].i = act_id(&c->act);
    ++*(row.col[2].i == 1 ? &c->added : &c->revised);
    return act_put(&c->act, &row, err);
}

#define CODE_COLUMNS 5
#define CODE_KIND    3 /* the column by which a table is known */

/* What a table is, its own columns say. */
static const struct sheet_column code_columns[][CODE_COLUMNS] = {
    {{"code", true, -1}, {"name_zh", true, -1}, {"name_en", true, -1}, {"kind", true, -1}, {"issue_found", false, -1}},
    {{"code", true, -1}, {"name_zh", true, -1}, {"name_en", true, -1}, {"issue_found", true, -1}, {"issue_found", false, -1}},
    {{"code", true, -1}, {"name_zh", true, -1}, {"name_en", true, -1}, {"source", true, -1}, {"issue_found", false, -1}},
};
const struct sheet_form code_forms[CODE_FORMS] = {
    {"tables import", "form.tags", code_columns[0], CODE_KIND + 1},
    {"tables import", "form.result-codes", code_columns[1], CODE_KIND + 1},
    {"tables import", "form.disposal-codes", code_columns[2], CODE_KIND + 1},
};

enum qn_code tables_import(struct store *st, const char *path, const struct list_use *use, bool dry_run,
                           struct tables_imported *out, struct qn_err *err)
{
    static const struct list_use plain = {.charset = NULL};
    static const char *const lists[CODE_FORMS] = {NULL, "result", "disposal"};
    struct codes *c = calloc(1, sizeof(*c));
    if (!c)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    const struct sheet_column *const all[CODE_FORMS] = {code_columns[0], code_columns[1], code_columns[2]};
    const size_t each[CODE_FORMS] = {CODE_COLUMNS, CODE_COLUMNS, CODE_COLUMNS};
    QN_AUTO(tx) struct tx tx = {0};
    use = use ? use : &plain;
    enum qn_code rc = mapping_check(&use->from, all, each, CODE_FORMS, err);
    if (!rc)
        rc = tx_begin(&tx, st, err);
    bool other = !rc; /* none of the kinds so far */
    uint64_t seq = 0;
    for (size_t k = 0; other && k < CODE_FORMS; k++) {
        struct sheet_column columns[CODE_COLUMNS];
        memcpy(columns, code_columns[k], sizeof(columns));
        c->list = lists[k];
        c->n = c->added = c->revised = 0;
        rc = act_begin(&c->act, st, duty_of(DUTY_TABLES_IMPORT), NULL, QN_KIND_TABLES, QN_LANE_CONTROL, err);
        if (!rc)
            rc = act_part(&c->act, QN_PUBLIC, QN_TO_SUBTREE, NULL, err);
        if (!rc)
            rc = list_read(st, use, "codes", &(struct sheet_file){.path = path, .columns = columns, .n = CODE_COLUMNS},
                           take_code, c, err);
        if (!rc) {
            if (c->added || c->revised || !c->n) /* the same table again is no act; a table without rows is refused as one */
                rc = act_commit(&c->act, &seq, NULL, err);
            out->list = lists[k] ? lists[k] : "tag";
        }
        act_end(&c->act);
        other = rc == QN_MALFORMED && err && strcmp(err->id, "sheet.no-heading") == 0;
    }
    if (other)
        rc = qn_fail(err, QN_MALFORMED, "tables.kind", "path=%s", path);
    if (!rc && c->added + c->revised > 0)
        rc = release_own(st, duty_of(DUTY_TABLES_IMPORT), NULL, &(struct release_ref){.seq = seq}, 1, err);
    if (!rc && !dry_run)
        rc = tx_commit(&tx, err);
    if (!rc) {
        out->added = c->added;
        out->revised = c->revised;
        out->same = c->n - c->added - c->revised;
    }
    free(c);
    return rc;
}
