#include "node/work/roster_import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/file.h"
#include "node/work/keyset.h"
#include "node/work/rejects.h"
#include "node/work/roster_rows.h"
#include "qian/merkle.h"

#define ROWS_AN_ENTRY 1000 /* about 500 kB of changeset: half of QN_PART_MAX */
#define BYTES_AN_ENTRY \
    700000 /* rows with long texts fill a part sooner; the longest row is below 5 kB */

struct import {
    const struct roster_import *o;
    struct roster_imported *out;
    struct roster_cells cells;
    const struct roster_list *list; /* being read */
    struct roster_counts *counts;   /* of it */
    struct keyset seen;             /* its keys */
    struct rejects rejects;
    struct act act;
    bool in_act;
    unsigned rows;
    size_t bytes; /* of the entry so far */
    uint64_t total_rows;
    struct qn_frontier leaves; /* of this version's entries: the root that closes it */
    int64_t *visible;          /* versions whose rows count now, highest first */
    size_t nvisible;
    char why[400]; /* the reason of a revision */
    char now[20];
};

/* ---- entries -------------------------------------------------------------------------------------------------- */

static enum qn_code end_entry(struct import *im, struct qn_err *err)
{
    uint8_t leaf[QN_HASH];
    im->in_act = false;
    enum qn_code rc = act_commit(&im->act, NULL, leaf, err);
    act_end(&im->act);
    if (rc)
        return rc;
    qn_frontier_append(&im->leaves, leaf, NULL, NULL);
    im->out->entries++;
    im->rows = 0;
    im->bytes = 0;
    return QN_OK;
}

static enum qn_code begin_entry(struct import *im, struct qn_err *err)
{
    if (im->in_act)
        return QN_OK;
    enum qn_code rc = act_begin(&im->act, im->cells.st, duty_of(DUTY_ROSTER_IMPORT), im->o->by,
                                QN_KIND_ROSTER, QN_LANE_BULK, err);
    if (rc)
        return rc;
    im->in_act = true;
    return act_part(&im->act, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
}

/* ---- what is held --------------------------------------------------------------------------------------------- */

static bool is_visible(const struct import *im, int64_t version)
{
    /* Written by this import, or by one that no revert took back. */
    for (size_t i = 0; i < im->nvisible; i++)
        if (im->visible[i] == version)
            return true;
    return version == im->cells.version;
}

static bool same_value(struct query *q, int col, const struct qn_value *v)
{
    switch (v->type) {
    case QN_NULL:
        return q_null(q, col);
    case QN_INTEGER:
        return !q_null(q, col) && q_int(q, col) == v->i;
    case QN_TEXT:
    case QN_BLOB:
        return !q_null(q, col) && qn_span_eq(q_span(q, col), v->s);
    case QN_REAL:
        break; /* rosters hold none */
    }
    return false;
}

/* Who, when and why: not what the row says. */
static bool about_the_act(const struct import *im, const char *col)
{
    return strcmp(col, "roster") == 0 || strcmp(col, "acted_by") == 0 ||
           strcmp(col, "recorded_on") == 0 ||
           (strcmp(col, "reason") == 0 && !im->list->reason_counts);
}

/* Compares with the newest row of this key, and says in im->why what differs. */
static bool is_same(struct import *im, struct query *now, const struct qn_row *row)
{
    size_t n = (size_t)snprintf(im->why, sizeof(im->why), "名录导入更新");
    const char *mark = "：";
    bool same = is_visible(im, q_int(now, 3));
    for (unsigned c = 4; c < row->table->ncols; c++) {
        const char *col = row->table->col[c].name, *heading = roster_heading(col);
        if (about_the_act(im, col) || same_value(now, (int)c, &row->col[c]))
            continue;
        same = false;
        if (n + strlen(mark) + strlen(heading) < sizeof(im->why))
            n += (size_t)snprintf(im->why + n, sizeof(im->why) - n, "%s%s", mark, heading);
        mark = "、";
    }
    return same;
}

/* ---- one row -------------------------------------------------------------------------------------------------- */

static enum qn_code check_lengths(const struct qn_row *row, unsigned line, struct qn_err *err)
{
    for (unsigned c = 0; c < row->table->ncols; c++)
        if (row->col[c].type == QN_TEXT && row->col[c].s.n > row->table->col[c].max)
            return qn_fail(err, QN_MALFORMED, "roster.too-long", "line=%u|column=%s|max=%u", line,
                           roster_heading(row->table->col[c].name), row->table->col[c].max);
    return QN_OK;
}

/* Writes the row as new, as the next revision, or not at all when nothing in it changed. */
static enum qn_code write_row(struct import *im, struct qn_row *row, struct qn_err *err)
{
    QN_AUTO(query) struct query now = query_start(im->cells.st, im->list->now);
    im->list->find(&now, &im->cells);
    bool there = q_step(&now), same = there && is_same(im, &now, row);
    int64_t id = there ? q_int(&now, 1) : 0, rev = there ? q_int(&now, 2) + 1 : 1;
    enum qn_code rc = query_end(&now, err);
    if (rc)
        return rc;
    if (same) {
        im->counts->same++;
        return QN_OK;
    }
    ++*(there ? &im->counts->updated : &im->counts->added);
    row->col[1].i = there ? id : act_id(&im->act);
    row->col[2].i = rev;
    if (there && row->col[row->table->ncols - 1].type == QN_NULL)
        row_text(row, "reason", im->why);
    rc = act_put(&im->act, row, err);
    im->total_rows++;
    for (unsigned c = 0; c < row->table->ncols; c++) /* type, length or eight bytes, text */
        im->bytes += 10 + (row->col[c].type == QN_TEXT ? row->col[c].s.n : 0);
    if (!rc && (++im->rows == ROWS_AN_ENTRY || im->bytes > BYTES_AN_ENTRY))
        rc = end_entry(im, err);
    return rc;
}

/* rc: what concerns the row alone, told and skipped; *fatal: what ends the import. */
static enum qn_code make_row(struct import *im, struct qn_row *row, const struct sheet_row *raw,
                             const char *const *cell, struct qn_err *err)
{
    bool fresh = true;
    row_start(row, &im->act, im->list->table, 0, 1);
    enum qn_code rc = im->list->make(&im->cells, row, raw, cell, err);
    if (!rc)
        rc = check_lengths(row, raw->line, err);
    if (!rc)
        rc = keyset_meet(&im->seen, im->cells.key, &fresh, err);
    if (!rc && !fresh)
        rc = qn_fail(err, QN_CONFLICT, "roster.duplicate", "line=%u|value=%.200s", raw->line,
                     im->cells.key);
    return rc;
}

static void reject(struct import *im, const struct sheet_row *raw, const struct qn_err *why)
{
    im->counts->rejected++;
    qn_say(im->cells.report, why->id, "%s", why->args);
    rejects_add(&im->rejects, raw, why);
}

static enum qn_code on_row(void *ctx, const struct sheet_row *raw, const char *const *cell,
                           struct qn_err *err)
{
    struct import *im = ctx;
    struct qn_row row;
    struct qn_err why;
    enum qn_code rc = begin_entry(im, err);
    if (rc)
        return rc;
    rc = make_row(im, &row, raw, cell, &why);
    if (rc == QN_MALFORMED || rc == QN_CONFLICT) {
        reject(im, raw, &why);
        return QN_OK;
    }
    if (rc && err)
        *err = why;
    return rc ? rc : write_row(im, &row, err);
}

/* ---- a list --------------------------------------------------------------------------------------------------- */

static enum qn_code read_list(struct import *im, const char *path, const struct roster_list *list,
                              struct roster_counts *counts, struct qn_err *err)
{
    struct sheet_column columns[ROSTER_COLUMNS];
    if (!path)
        return QN_OK;
    memcpy(columns, list->columns, sizeof(columns));
    im->list = list;
    im->counts = counts;
    im->cells.warned = &counts->warned;
    keyset_release(&im->seen);
    struct sheet_file file = {
        .path = path, .columns = columns, .n = list->n, .report = im->cells.report};
    /* rejects.csv -> rejects-objects.csv: each list has its own columns. */
    rejects_init(&im->rejects, im->o->lang, im->o->rejects, list->name);
    enum qn_code rc = list_read(im->cells.st, &im->o->use, list->name, &file, on_row, im, err);
    return rc ? rc : rejects_write(&im->rejects, im->cells.st, im->cells.report, err);
}

/* ---- the import ----------------------------------------------------------------------------------------------- */

static enum qn_code close_version(struct import *im, struct qn_err *err)
{
    struct qn_row row;
    uint8_t root[QN_HASH];
    qn_frontier_root(&im->leaves, root);
    QN_AUTO(act) struct act a = {0};
    enum qn_code rc = act_begin(&a, im->cells.st, duty_of(DUTY_ROSTER_IMPORT), im->o->by,
                                QN_KIND_ROSTER_CLOSE, QN_LANE_BULK, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
    if (rc)
        return rc;
    row_start(&row, &a, "roster_close", act_id(&a), 1);
    row_int(&row, "roster", im->cells.version);
    row_int(&row, "entries", (int64_t)im->out->entries);
    row_int(&row, "rows", (int64_t)im->total_rows);
    row_blob(&row, "root", root, QN_HASH);
    row_text(&row, "acted_by", im->o->by);
    row_text(&row, "recorded_on", im->now);
    rc = act_put(&a, &row, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}

/* The next version's number, and the versions whose rows it builds on. */
static enum qn_code read_versions(struct import *im, struct qn_err *err)
{
    QN_AUTO(query) struct query last = query_start(im->cells.st, SQL_WORK_ROSTER_LAST);
    q_bind_text(&last, store_self(im->cells.st)->office);
    im->cells.version = q_step(&last) ? q_int(&last, 0) + 1 : 1;
    enum qn_code rc = query_end(&last, err);
    if (rc)
        return rc;
    im->visible = calloc((size_t)im->cells.version, sizeof(*im->visible));
    if (!im->visible)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    QN_AUTO(query) struct query q = query_start(im->cells.st, SQL_WORK_ROSTER_VISIBLE);
    q_bind_text(&q, store_self(im->cells.st)->office);
    while (q_step(&q) && im->nvisible < (size_t)im->cells.version)
        im->visible[im->nvisible++] = q_int(&q, 0);
    return query_end(&q, err);
}

static enum qn_code run(struct import *im, struct qn_err *err)
{
    const struct roster_import *o = im->o;
    struct roster_imported *out = im->out;
    const struct sheet_column *const columns[] = {o->objects ? roster_objects.columns : NULL,
                                                  o->inspectors ? roster_inspectors.columns : NULL,
                                                  o->recusals ? roster_recusals.columns : NULL};
    const size_t n[] = {roster_objects.n, roster_inspectors.n, roster_recusals.n};
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = mapping_check(&o->use.from, columns, n, 3, err);
    if (!rc)
        rc = tx_begin(&tx, im->cells.st, err);
    if (!rc)
        rc = read_versions(im, err);
    if (!rc)
        rc = read_list(im, o->objects, &roster_objects, &out->objects, err);
    if (!rc)
        rc = read_list(im, o->inspectors, &roster_inspectors, &out->inspectors, err);
    if (!rc)
        rc = read_list(im, o->recusals, &roster_recusals, &out->recusals, err);
    if (!rc && im->rows)
        rc = end_entry(im, err);
    if (im->in_act)
        act_end(&im->act); /* begun, but no row of it was good */
    im->in_act = false;
    if (!rc && out->entries)
        rc = close_version(im, err);
    if (rc || o->dry_run)
        return rc; /* a dry run did everything but the last step */
    out->version = out->entries ? im->cells.version : 0;
    return tx_commit(&tx, err);
}

enum qn_code roster_import(struct store *st, const struct roster_import *o,
                           struct roster_imported *out, const struct qn_report *report,
                           struct qn_err *err)
{
    const struct roster_list *const lists[] = {&roster_objects, &roster_inspectors, &roster_recusals};
    const struct keys *keys;
    struct roster_imported made = {.version = 0};
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc && (!o->by || !*o->by || strlen(o->by) > 64))
        rc = qn_fail(err, QN_MALFORMED, "roster.by", "max=%d", 64);
    if (!rc) /* who may not is no fault of a row */
        rc = duty_may(st, duty_of(DUTY_ROSTER_IMPORT), o->by, err);
    if (rc)
        return rc;
    struct import *im = calloc(1, sizeof(*im));
    struct words_tags *tags = calloc(1, sizeof(*tags));
    if (!im || !tags) {
        free(im);
        free(tags);
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    }
    im->o = o;
    im->out = &made;
    im->cells = (struct roster_cells){.st = st, .by = o->by, .now = im->now, .report = report};
    clock_local(st, im->now);
    if (o->tags) {
        rc = words_tags_read(tags, o->tags, err);
        im->cells.tags = tags;
    }
    if (!rc)
        rc = run(im, err);
    if (!rc)
        *out = made;
    rejects_auto(&im->rejects);
    for (size_t i = 0; rc && i < 3; i++)
        rejects_forget(st, o->rejects, lists[i]->name);
    keyset_release(&im->seen);
    free(im->visible);
    free(im);
    free(tags);
    return rc;
}
