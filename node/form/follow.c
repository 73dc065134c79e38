/* follow.c - from one record to the next: which revision is read, and which records a path leads to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/form/step.h"
#include "node/store/entry_of.h"
#include "node/store/rows.h"

void form_refs_release(struct form_refs *r)
{
    free(r->at);
    *r = (struct form_refs){0};
}

void form_reader_release(struct form_reader *r)
{
    form_refs_release(&r->seen);
    qn_buf_release(&r->extra);
}

enum qn_code form_refs_add(struct form_refs *r, const struct form_ref *ref, struct qn_err *err)
{
    if (r->n == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 16;
        struct form_ref *at = realloc(r->at, cap * sizeof(*at));
        if (!at)
            return qn_fail(err, QN_NOMEM, "base.no-memory", "");
        r->at = at;
        r->cap = cap;
    }
    r->at[r->n++] = *ref;
    return QN_OK;
}

/* ---- which revision --------------------------------------------------------------------------------------------------- */

/* Whether the log as it is read holds the revision. A first revision is in the entry that its id names. */
static bool was_there(struct form_reader *r, const char *table, const struct form_ref *ref)
{
    uint16_t epoch, n;
    uint64_t seq;
    struct log log;
    struct qn_err none;
    if (r->newest || strcmp(ref->office, r->office) != 0)
        return true;
    qn_row_id_split(ref->id, &epoch, &seq, &n);
    if (epoch > r->epoch || (epoch == r->epoch && seq >= r->size))
        return false;
    if (ref->rev == 1)
        return true;
    return entry_of_row(&log, &seq, r->st, table, ref->office, ref->id, ref->rev, &none) == QN_OK &&
           (log.epoch < r->epoch || (log.epoch == r->epoch && seq < r->size));
}

enum qn_code form_newest(struct form_reader *r, struct form_ref *ref, bool *withdrawn,
                         struct qn_err *err)
{
    const struct qn_table *table[RECORD_TABLES];
    *withdrawn = false;
    ref->rev = 0;
    if (!form_tables(table, store_registry(r->st), ref->kind))
        return qn_fail(err, QN_MALFORMED, "rows.table", "table=%s", ref->kind);
    const struct rows_query q = {
        .table = table[0]->name, .office = ref->office, .id = ref->id, .history = !r->newest};
    QN_AUTO(rows) struct rows rows = {0};
    enum qn_code rc = rows_open(&rows, r->st, &q, err);
    while (!rc && rows_step(&rows)) {
        struct form_ref one = *ref;
        one.rev = rows_int(&rows, "rev");
        if (!was_there(r, table[0]->name, &one))
            break;
        ref->rev = one.rev;
        *withdrawn = rows_has(&rows, "withdrawn") && !rows_null(&rows, "withdrawn");
    }
    if (!rc)
        rc = rows_end(&rows, err);
    return rc || ref->rev ? rc
                          : qn_fail(err, QN_ABSENT, "records.absent", "record=%s|value=%s",
                                    ref->kind, ref->office);
}

/* ---- one step ---------------------------------------------------------------------------------------------------------- */

/* The row of the kind's table that has the column, opened at it. */
static enum qn_code open_row(struct rows *rows, struct form_reader *r, const struct form_ref *ref,
                             const struct qn_table *table, struct qn_err *err)
{
    const struct rows_query q = {
        .table = table->name, .office = ref->office, .id = ref->id, .rev = ref->rev};
    enum qn_code rc = rows_open(rows, r->st, &q, err);
    if (!rc && !rows_step(rows)) /* another part of the record, addressed past this office */
        rows_drop(rows);
    return rc;
}

static void column_of(char out[QN_COLUMN_NAME + 8], const char *field, const char *end)
{
    snprintf(out, QN_COLUMN_NAME + 8, "%s%s", field, end);
}

/* Adds the record if it is there as the log is read, and was not withdrawn. */
static enum qn_code add_newest(struct form_refs *out, struct form_reader *r, struct form_ref *ref,
                               bool also_withdrawn, struct qn_err *err)
{
    bool withdrawn;
    struct qn_err why;
    enum qn_code rc = form_newest(r, ref, &withdrawn, &why);
    if (rc == QN_ABSENT)
        return QN_OK;
    if (rc)
        *err = why;
    return rc || (withdrawn && !also_withdrawn) ? rc : form_refs_add(out, ref, err);
}

static enum qn_code reference(struct form_refs *out, struct form_reader *r,
                              const struct form_ref *from, const struct form_step *s,
                              struct qn_err *err)
{
    const struct qn_table *table =
        form_table_with(store_registry(r->st), from->kind, s->field, "_id");
    char column[QN_COLUMN_NAME + 8];
    struct form_ref to = {.id = 0};
    QN_AUTO(rows) struct rows rows = {0};
    enum qn_code rc = open_row(&rows, r, from, table, err);
    if (rc || !rows.stmt)
        return rc;
    column_of(column, s->field, "_id");
    to.id = rows_int(&rows, column);
    column_of(column, s->field, "_office");
    snprintf(to.kind, sizeof(to.kind), "%s", s->to);
    snprintf(to.office, sizeof(to.office), "%s",
             rows_has(&rows, column) ? rows_text(&rows, column) : from->office);
    rc = rows_end(&rows, err);
    return rc || !to.id || !to.office[0] ? rc : add_newest(out, r, &to, true, err);
}

/* Whether a field is the same in this row and in the record the form is of. */
static bool is_alike(struct form_reader *r, struct rows *rows, const char *field)
{
    const struct qn_registry *reg = store_registry(r->st);
    const char *end = form_has_column(rows->table, field, "_id") ? "_id" : "";
    const struct qn_table *table = form_table_with(reg, r->root.kind, field, end);
    char column[QN_COLUMN_NAME + 8];
    struct qn_err none;
    QN_AUTO(rows) struct rows own = {0};
    if (!table || !form_has_column(rows->table, field, end) ||
        open_row(&own, r, &r->root, table, &none) != QN_OK || !own.stmt)
        return false;
    column_of(column, field, end);
    return strcmp(rows_text(&own, column), rows_text(rows, column)) == 0;
}

static enum qn_code back(struct form_refs *out, struct form_reader *r, const struct form_ref *from,
                         const struct form_step *s, struct qn_err *err)
{
    const struct qn_table *table = form_table_with(store_registry(r->st), s->to, s->field, "_id");
    char id[QN_COLUMN_NAME + 8], office[QN_COLUMN_NAME + 8], rev[QN_COLUMN_NAME + 8];
    column_of(id, s->field, "_id");
    column_of(office, s->field, "_office");
    column_of(rev, s->field, "_rev");
    const bool foreign = form_has_column(table, office, "");
    struct rows_query q = {.table = table->name,
                           .office = foreign ? NULL : from->office,
                           .where = {{id, NULL, from->id}, {office, from->office, 0}},
                           .nwhere = foreign ? 2 : 1,
                           /* what belongs to a revision that was corrected since is no newest row any more */
                           .history = s->this_rev};
    QN_AUTO(form_refs) struct form_refs found = {0};
    QN_AUTO(rows) struct rows rows = {0};
    enum qn_code rc = rows_open(&rows, r->st, &q, err);
    while (!rc && rows_step(&rows)) {
        struct form_ref to = {.id = rows_int(&rows, "id")};
        if ((s->this_rev && rows_int(&rows, rev) != from->rev) ||
            (s->alike[0] && !is_alike(r, &rows, s->alike)))
            continue;
        snprintf(to.kind, sizeof(to.kind), "%s", s->to);
        snprintf(to.office, sizeof(to.office), "%s", rows_text(&rows, "office"));
        rc = form_refs_add(&found, &to, err);
    }
    if (!rc)
        rc = rows_end(&rows, err);
    for (size_t i = 0; !rc && i < found.n; i++)
        rc = add_newest(out, r, &found.at[i], false, err);
    return rc;
}

/* The newest row there with that text, of the same office if it has one. */
static enum qn_code same_text(struct form_refs *out, struct form_reader *r,
                              const struct form_ref *from, const struct form_step *s,
                              struct qn_err *err)
{
    const struct qn_registry *reg = store_registry(r->st);
    const struct qn_table *here = form_table_with(reg, from->kind, s->field, ""),
                          *there = form_table_with(reg, s->to, s->column, "");
    QN_AUTO(rows) struct rows row = {0};
    enum qn_code rc = open_row(&row, r, from, here, err);
    if (rc || !row.stmt || rows_null(&row, s->field))
        return rc;
    const size_t before = out->n;
    for (int any = 0; !rc && any < 2 && out->n == before; any++) {
        struct form_ref to = {.id = 0};
        QN_AUTO(rows) struct rows rows = {0};
        const struct rows_query q = {.table = there->name,
                                     .office = any ? NULL : from->office,
                                     .where = {{s->column, rows_text(&row, s->field), 0}},
                                     .nwhere = 1,
                                     .downward = true,
                                     .limit = 1};
        rc = rows_open(&rows, r->st, &q, err);
        if (!rc && rows_step(&rows)) {
            snprintf(to.kind, sizeof(to.kind), "%s", s->to);
            snprintf(to.office, sizeof(to.office), "%s", rows_text(&rows, "office"));
            to.id = rows_int(&rows, "id");
        }
        if (!rc)
            rc = rows_end(&rows, err);
        if (!rc && to.id)
            rc = add_newest(out, r, &to, false, err);
    }
    return rc;
}

/* ---- a path ------------------------------------------------------------------------------------------------------------- */

enum qn_code form_follow(struct form_refs *out, struct form_reader *r, const struct form_ref *from,
                         struct qn_span path, struct qn_err *err)
{
    struct form_step s;
    if (!path.n)
        return form_refs_add(out, from, err);
    enum qn_code rc = form_step(&s, &path, err);
    if (!rc)
        rc = form_step_resolve(&s, store_registry(r->st), from->kind, err);
    QN_AUTO(form_refs) struct form_refs next = {0};
    if (!rc)
        rc = s.way == STEP_REFERENCE ? reference(&next, r, from, &s, err)
             : s.way == STEP_BACK    ? back(&next, r, from, &s, err)
                                     : same_text(&next, r, from, &s, err);
    for (size_t i = 0; !rc && i < next.n; i++)
        rc = form_follow(out, r, &next.at[i], path, err);
    return rc;
}
