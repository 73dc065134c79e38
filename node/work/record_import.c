#include "node/work/record_import.h"

#include <stdio.h>
#include <string.h>

#include "node/sheet/sheet.h"
#include "node/work/list_read.h"
#include "node/work/record_ticked.h"
#include "node/work/rejects.h"

#define AN_ENTRY 500 /* records; a row of the widest kind is below 2 kB */
#define C_RECORD 0   /* 编号 */
#define C_FIELDS 1

struct import {
    struct store *st;
    const struct record_import *o;
    struct record_imported *out;
    const struct qn_report *report;
    const struct sheet_column *columns;
    struct rejects rejects;
    struct record_ticked ticked;
    struct act act;
    unsigned in_act, put; /* records of the entry so far, and those of them that are in it */
};

static enum qn_code end_entry(struct import *im, struct qn_err *err)
{
    enum qn_code rc = im->put ? record_commit(&im->act, im->o->type, err) : QN_OK;
    act_end(&im->act);
    im->in_act = im->put = 0;
    return rc;
}

/* A blank cell of a column that is there empties the field; what has no column stays. */
static enum qn_code fill(const struct import *im, struct record_draft *d, const char *const *cell,
                         struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (unsigned i = 0; !rc && i < im->o->nset; i++)
        rc = record_set(d, im->o->set[i].field, qn_str(im->o->set[i].text), err);
    /* Inspectors come last, behind the day on which they must be valid. */
    for (int last = 0; last < 2; last++)
        for (unsigned i = 0; !rc && i < d->type->nfields; i++)
            if (im->columns[C_FIELDS + i].at >= 0 &&
                (d->type->field[i].kind == FIELD_INSPECTORS) == last)
                rc = record_set(d, d->type->field[i].name, qn_str(cell[C_FIELDS + i]), err);
    return rc;
}

static bool is_same(const struct record_draft *d)
{
    bool same = true;
    for (unsigned i = 0; same && i < d->type->nfields; i++)
        /* What was dealt with once may have been revised since: then it is dealt with anew. */
        same = (!d->type->ticked || !d->before[i].rev || d->before[i].rev == d->value[i].rev) &&
               strcmp(record_text(d, d->type->field[i].name),
                      record_was(d, d->type->field[i].name)) == 0;
    return same;
}

static enum qn_code write_row(struct import *im, struct record_draft *d, struct qn_err *err)
{
    if (d->rev > 1 && is_same(d)) {
        im->out->same++;
        return QN_OK;
    }
    if (d->rev > 1 && (!im->o->reason || !*im->o->reason)) {
        char name[80];
        record_name_text(name, store_self(im->st)->office, d->id);
        return qn_fail(err, QN_MALFORMED, "records.reason", "value=%s", name);
    }
    enum qn_code rc =
        im->in_act ? QN_OK : record_act(&im->act, im->st, im->o->type, im->o->by, err);
    if (!rc) {
        im->in_act++; /* opened, whether or not this record goes in */
        rc = record_put(d, &im->act, err);
    }
    if (rc)
        return rc;
    im->put++;
    *(d->rev > 1 ? &im->out->revised : &im->out->added) += 1;
    return QN_OK;
}

/* Begins what the row says: a revision of the record it names, or of the own one that says the same already. */
static enum qn_code begin_row(struct import *im, struct record_draft *d, const char *const *cell,
                              struct qn_err *err)
{
    const struct record_type *t = im->o->type;
    int64_t id = 0;
    char name[80];
    /* SPEC records-17: "What has several rows is filled in on all of them or none" */
    if (record_ticked_half(&im->ticked, cell))
        return qn_fail(err, QN_MALFORMED, "records.half-ticked", "value=%.80s",
                       cell[im->ticked.of]);
    if (*cell[C_RECORD])
        return record_revise(d, im->st, t, cell[C_RECORD], im->o->by, im->o->reason, err);
    enum qn_code rc = record_start(d, im->st, t, im->o->by, err);
    if (rc || !t->held)
        return rc;
    rc = fill(im, d, cell, err);
    if (!rc)
        rc = t->held(d, &id, err);
    if (rc || !id)
        return rc;
    record_name_text(name, store_self(im->st)->office, id);
    record_draft_auto(d);
    *d = (struct record_draft){0};
    /* Whoever writes the same again needs no reason; is_same tells before it is asked for. */
    const char *reason = im->o->reason && *im->o->reason ? im->o->reason : " ";
    return record_revise(d, im->st, t, name, im->o->by, reason, err);
}

static enum qn_code on_row(void *ctx, const struct sheet_row *raw, const char *const *cell,
                           struct qn_err *err)
{
    struct import *im = ctx;
    struct qn_err why;
    QN_AUTO(record_draft) struct record_draft d = {0};
    enum qn_code rc = sheet_check(raw, &why);
    if (!rc && record_ticked_blank(&im->ticked, cell)) {
        im->out->blank++;
        return QN_OK;
    }
    if (!rc)
        rc = begin_row(im, &d, cell, &why);
    if (!rc)
        rc = fill(im, &d, cell, &why);
    if (!rc)
        rc = write_row(im, &d, &why);
    if (rc == QN_IO || rc == QN_NOMEM ||
        rc == QN_LATER) { /* not the row's fault: nothing is written */
        *err = why;
        return rc;
    }
    if (rc) {
        im->out->rejected++;
        qn_say(im->report, "records.rejected", "line=%u", raw->line);
        qn_say(im->report, why.id, "%s", why.args);
        rejects_add(&im->rejects, raw, &why);
    }
    return im->in_act >= AN_ENTRY ? end_entry(im, err) : QN_OK;
}

static bool is_set(const struct record_import *o, const char *field)
{
    bool set = false;
    for (unsigned i = 0; i < o->nset; i++)
        set = set || strcmp(o->set[i].field, field) == 0;
    return set;
}

void record_heading(char out[RECORD_HEADING], const struct record_type *t, const char *field)
{
    char id[2 * RECORD_HEADING];
    for (int own = 1; own >= 0; own--) {
        snprintf(id, sizeof(id), "field.%s%s%s", own ? t->name : "", own ? "." : "", field);
        for (char *p = id; *p; p++)
            *p = *p == '_' ? '-' : *p;
        if (text_has(id)) {
            text_render(out, RECORD_HEADING, TEXT_ZH, id, "");
            return;
        }
    }
    snprintf(out, RECORD_HEADING, "%s", field);
}

static enum qn_code read_all(struct import *im, struct sheet_column *columns, struct qn_err *err)
{
    struct list_headings headings;
    const struct list_use use = {
        .charset = im->o->charset, .sheet = im->o->sheet, .from = im->o->from};
    const size_t ncolumns = C_FIELDS + im->o->type->nfields;
    struct sheet_file file = {.path = im->o->path,
                              .columns = columns,
                              .n = ncolumns,
                              .among = im->o->type->ticked != NULL,
                              .report = im->report};
    QN_AUTO(tx) struct tx tx = {0};
    const struct sheet_column *const all = columns;
    enum qn_code rc = mapping_check(&im->o->from, &all, &ncolumns, 1, err);
    if (!rc)
        rc = tx_begin(&tx, im->st, err);
    if (!rc)
        rc = list_begin(&headings, &file, im->st, &use, im->o->type->name, err);
    if (!rc)
        rc = record_ticked_read(&im->ticked, &file, err);
    if (!rc)
        rc = sheet_read(&file, on_row, im, err);
    if (!rc)
        rc = end_entry(im, err);
    act_end(&im->act);
    if (!rc)
        rc = rejects_write(&im->rejects, im->st, im->report, err);
    if (rc || im->o->dry_run)
        return rc;
    rc = tx_commit(&tx, err);
    if (rc)
        rejects_forget(im->st, im->o->rejects, NULL);
    return rc;
}

enum qn_code record_import(struct store *st, const struct record_import *o,
                           struct record_imported *out, const struct qn_report *report,
                           struct qn_err *err)
{
    char names[RECORD_FIELDS][RECORD_HEADING];
    struct sheet_column columns[C_FIELDS + RECORD_FIELDS] = {[C_RECORD] = {"编号", false, -1}};
    struct import im = {.st = st, .o = o, .out = out, .report = report, .columns = columns};
    const struct duty duty = record_duty(o->type);
    enum qn_code rc = duty_may(st, &duty, o->by, err);
    if (rc)
        return rc;
    *out = (struct record_imported){0};
    for (unsigned i = 0; i < o->type->nfields; i++) {
        const struct record_field *f = &o->type->field[i];
        record_heading(names[i], o->type, f->name);
        columns[C_FIELDS + i] =
            (struct sheet_column){names[i], (f->flags & FIELD_MUST) && !is_set(o, f->name), -1};
    }
    rejects_init(&im.rejects, o->lang, o->rejects, NULL);
    record_ticked_init(&im.ticked, o->type, C_FIELDS);
    rc = read_all(&im, columns, err);
    record_ticked_auto(&im.ticked);
    rejects_auto(&im.rejects);
    return rc;
}
