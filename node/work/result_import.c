/* result_import.c - a spreadsheet of results: one row a target, or one row an item of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/file.h"
#include "node/work/forms.h"
#include "node/work/record.h"
#include "node/work/rejects.h"
#include "node/work/result.h"

enum {
    C_DRAW,
    C_OBJECT,
    C_STARTED,
    C_COMPLETED,
    C_CODES,
    C_PROBLEM,
    C_DISPOSAL,
    C_PHOTOS,
    C_PLACE,
    C_TASK,
    C_BY,
    C_ITEM,
    C_REPRESENTATIVE,
    C_REFUSAL,
    C_WITNESS,
    C_COLUMNS
};

struct reading {
    struct store *st;
    const struct result_import *o;
    struct result_imported *out;
    const struct qn_report *report;
    /* The rows of one target so far: their cells, one behind the other, each ended by a NUL. */
    struct qn_buf cells;
    size_t at[RESULT_ITEMS][C_COLUMNS];
    unsigned rows, line; /* line: of the first */
    /* What is given back: the rows as they came, and their headings, which end with the reading. */
    struct rejects rejects;
    struct {
        size_t at, n;
        unsigned line;
    } raw[RESULT_ITEMS];
    struct qn_buf names;
    const char *heading[SHEET_CELLS];
    size_t headings;
};

static enum qn_code keep_headings(struct reading *r, const struct sheet_row *raw,
                                  struct qn_err *err)
{
    size_t at[SHEET_CELLS];
    if (r->headings)
        return QN_OK;
    r->headings = raw->headings;
    for (size_t i = 0; i < raw->headings; i++) {
        at[i] = r->names.n;
        qn_put(&r->names, raw->heading[i], strlen(raw->heading[i]) + 1);
    }
    enum qn_code rc = qn_buf_check(&r->names, err);
    for (size_t i = 0; !rc && i < r->headings; i++)
        r->heading[i] = (const char *)r->names.p + at[i];
    return rc;
}

static void give_back(struct reading *r, const struct qn_err *why)
{
    for (unsigned i = 0; i < r->rows; i++) {
        struct sheet_row row = {.line = r->raw[i].line,
                                .n = r->raw[i].n,
                                .broken = -1,
                                .heading = r->heading,
                                .headings = r->headings};
        const char *p = (const char *)r->cells.p + r->raw[i].at;
        for (size_t c = 0; c < row.n; c++, p += strlen(p) + 1)
            row.cell[c] = p;
        rejects_add(&r->rejects, &row, why);
    }
}

static const char *cell_of(const struct reading *r, unsigned row, int column)
{
    return (const char *)r->cells.p + r->at[row][column];
}

static enum qn_code keep(struct reading *r, const struct sheet_row *raw, const char *const *cell,
                         struct qn_err *err)
{
    r->raw[r->rows].at = r->cells.n;
    r->raw[r->rows].n = raw->n;
    r->raw[r->rows].line = raw->line;
    for (size_t i = 0; i < raw->n; i++)
        qn_put(&r->cells, raw->cell[i], strlen(raw->cell[i]) + 1);
    for (int c = 0; c < C_COLUMNS; c++) {
        r->at[r->rows][c] = r->cells.n;
        qn_put(&r->cells, cell[c], strlen(cell[c]) + 1);
    }
    r->rows++;
    return qn_buf_check(&r->cells, err);
}

static enum qn_code read_photos(struct result_record *o, char paths[RESULT_PHOTOS][FILE_PATH_MAX],
                                const struct reading *r, const char *list, struct qn_err *err)
{
    for (const char *p = list; *p;) {
        static const char wide[] = "；"; /* a comma may stand in a file's name */
        const char *at = strstr(p, wide);
        size_t n = strcspn(p, ";"), mark = p[n] == ';';
        if (at && (size_t)(at - p) < n) {
            n = (size_t)(at - p);
            mark = sizeof(wide) - 1;
        }
        /* SPEC web-22: "names of the person's own shelf and of nothing else" */
        if (r->o->confined && (*p == '.' || memchr(p, '/', n)))
            return qn_fail(err, QN_DENIED, "web.path", "path=%.*s", (int)(n < 200 ? n : 200), p);
        if (o->nphotos == RESULT_PHOTOS ||
            snprintf(paths[o->nphotos], FILE_PATH_MAX, "%s%s%.*s", *p == '/' ? "" : r->o->cwd,
                     *p == '/' ? "" : "/", (int)n, p) >= FILE_PATH_MAX)
            return qn_fail(err, QN_LIMIT, "result.photos", "max=%d", RESULT_PHOTOS);
        o->photo[o->nphotos] = paths[o->nphotos];
        o->nphotos++;
        p += n + mark;
    }
    return QN_OK;
}

static enum qn_code write_target(const struct reading *r, struct result_record *o, bool *issue,
                                 struct qn_err *err)
{
    char(*paths)[FILE_PATH_MAX] = calloc(RESULT_PHOTOS, sizeof(*paths));
    int64_t id;
    enum qn_code rc = paths ? QN_OK : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (unsigned i = 0; !rc && i < r->rows; i++)
        rc = read_photos(o, paths, r, cell_of(r, i, C_PHOTOS), err);
    if (!rc)
        rc = result_write(r->st, o, &id, issue, err);
    free(paths);
    return rc;
}

/* Writes what was gathered. What is wrong with it is told, and is no failure of the import. */
static enum qn_code flush(struct reading *r, struct qn_err *err)
{
    bool issue = false;
    if (!r->rows)
        return QN_OK;
    struct result_record o = {.draw = cell_of(r, 0, C_DRAW),
                              .object = cell_of(r, 0, C_OBJECT),
                              .started = cell_of(r, 0, C_STARTED),
                              .completed = cell_of(r, 0, C_COMPLETED),
                              .codes = cell_of(r, 0, C_CODES),
                              .problem = cell_of(r, 0, C_PROBLEM),
                              .disposal = cell_of(r, 0, C_DISPOSAL),
                              .place = cell_of(r, 0, C_PLACE),
                              .task = cell_of(r, 0, C_TASK),
                              .by = cell_of(r, 0, C_BY),
                              .representative = cell_of(r, 0, C_REPRESENTATIVE),
                              .refusal = cell_of(r, 0, C_REFUSAL),
                              .witness = cell_of(r, 0, C_WITNESS)};
    if (*cell_of(r, 0, C_ITEM))
        for (; o.nitems < r->rows; o.nitems++)
            o.item[o.nitems] = (struct result_item){
                cell_of(r, o.nitems, C_ITEM), cell_of(r, o.nitems, C_CODES),
                cell_of(r, o.nitems, C_PROBLEM), cell_of(r, o.nitems, C_DISPOSAL)};
    enum qn_code rc = write_target(r, &o, &issue, err);
    unsigned rows = r->rows;
    if (rc && rc != QN_IO && rc != QN_NOMEM && rc != QN_LATER)
        give_back(r, err);
    r->rows = 0;
    r->cells.n = 0;
    if (rc == QN_IO || rc == QN_NOMEM ||
        rc == QN_LATER) /* not the row's fault: nothing is written */
        return rc;
    if (rc) {
        r->out->rejected += rows;
        qn_say(r->report, "result.rejected", "line=%u", r->line);
        qn_say(r->report, err->id, "%s", err->args);
        return QN_OK;
    }
    r->out->recorded++;
    r->out->with_issue += issue;
    r->out->photos += o.nphotos;
    return QN_OK;
}

/* Another item of the target of the rows before. */
static bool goes_on(const struct reading *r, const char *const *cell)
{
    static const int same[] = {C_DRAW, C_OBJECT, C_TASK};
    bool on = r->rows && r->rows < RESULT_ITEMS && *cell[C_ITEM] && *cell_of(r, 0, C_ITEM);
    for (size_t i = 0; on && i < sizeof(same) / sizeof(same[0]); i++)
        on = strcmp(cell[same[i]], cell_of(r, 0, same[i])) == 0;
    return on;
}

static enum qn_code take(void *ctx, const struct sheet_row *raw, const char *const *cell,
                         struct qn_err *err)
{
    struct reading *r = ctx;
    struct qn_err why;
    bool sound = sheet_check(raw, &why) == QN_OK, on = sound && goes_on(r, cell);
    enum qn_code rc = on ? QN_OK : flush(r, err);
    if (!rc)
        rc = keep_headings(r, raw, err);
    if (rc)
        return rc;
    if (!sound) {
        rejects_add(&r->rejects, raw, &why);
        r->out->rejected++;
        qn_say(r->report, "result.rejected", "line=%u", raw->line);
        qn_say(r->report, why.id, "%s", why.args);
        return QN_OK;
    }
    if (!on)
        r->line = raw->line;
    return keep(r, raw, cell, err);
}

static const struct sheet_column result_columns[C_COLUMNS] = {
    [C_DRAW] = {"抽取编号", true, -1},
    [C_OBJECT] = {"对象编号", true, -1},
    [C_STARTED] = {"开始时间", true, -1},
    [C_COMPLETED] = {"完成时间", true, -1},
    [C_CODES] = {"结果代码", true, -1},
    [C_PROBLEM] = {"问题描述", true, -1},
    [C_DISPOSAL] = {"处置", false, -1},
    [C_PHOTOS] = {"照片", false, -1},
    [C_PLACE] = {"检查地点", false, -1},
    [C_TASK] = {"任务", false, -1},
    [C_BY] = {"填报人", true, -1},
    [C_ITEM] = {"抽查事项", false, -1},
    [C_REPRESENTATIVE] = {"签字人", false, -1},
    [C_REFUSAL] = {"拒签原因", false, -1},
    [C_WITNESS] = {"见证人", false, -1},
};
const struct sheet_form result_form = {"result import", "form.results", result_columns, C_COLUMNS};

enum qn_code result_import(struct store *st, const struct result_import *o,
                           struct result_imported *out, const struct qn_report *report,
                           struct qn_err *err)
{
    const struct keys *keys;
    struct sheet_column columns[C_COLUMNS];
    memcpy(columns, result_columns, sizeof(columns));
    struct sheet_file file = {
        .path = o->path, .columns = columns, .n = C_COLUMNS, .report = report};
    struct reading *r = calloc(1, sizeof(*r));
    if (!r)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    *out = (struct result_imported){0};
    *r = (struct reading){.st = st, .o = o, .out = out, .report = report};
    qn_buf_init(&r->cells, 16u << 20); /* of one target */
    qn_buf_init(&r->names, SHEET_ROW_MAX);
    rejects_init(&r->rejects, o->lang, o->rejects, NULL);
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = store_signer(st, &keys, err);
    const struct duty duty = record_duty(record_type("inspection"));
    if (!rc) /* who may not is no fault of a row */
        rc = duty_may(st, &duty, NULL, err);
    if (!rc)
        rc = tx_begin(&tx, st, err);
    const struct sheet_column *const all = columns;
    const size_t ncolumns = C_COLUMNS;
    if (!rc)
        rc = mapping_check(&o->use.from, &all, &ncolumns, 1, err);
    if (!rc)
        rc = list_read(st, &o->use, "results", &file, take, r, err);
    if (!rc)
        rc = flush(r, err);
    if (!rc)
        rc = rejects_write(&r->rejects, st, report, err);
    rejects_auto(&r->rejects);
    qn_buf_release(&r->names);
    qn_buf_release(&r->cells);
    free(r);
    if (rc || o->dry_run)
        return rc;
    rc = tx_commit(&tx, err);
    if (rc)
        rejects_forget(st, o->rejects, NULL);
    return rc;
}
