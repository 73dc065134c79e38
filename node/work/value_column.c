#include "node/work/record_value.h"

#include <stdio.h>
#include <string.h>

#include "node/work/value_parts.h"

const struct qn_column *value_column(const struct qn_table *t, const char *name)
{
    for (unsigned i = 0; i < t->ncols; i++)
        if (strcmp(t->col[i].name, name) == 0)
            return &t->col[i];
    return NULL;
}

const struct qn_column *value_column_of(const struct qn_table *t, const char *field,
                                        const char *end)
{
    char name[QN_COLUMN_NAME + 8];
    snprintf(name, sizeof(name), "%s%s", field, end);
    return value_column(t, name);
}

size_t value_room(const struct record_draft *d, const struct record_field *f)
{
    const struct qn_registry *reg = store_registry(d->st);
    for (unsigned i = 0; i < RECORD_TABLES && d->type->table[i]; i++) {
        const struct qn_table *t = qn_registry_table(reg, qn_str(d->type->table[i]));
        const struct qn_column *c = t ? value_column(t, f->name) : NULL;
        if (c && c->type == QN_BLOB)
            return 2 * (size_t)c->max; /* bytes are typed in hex */
        if (c && c->type == QN_TEXT)
            return c->max;
    }
    return RECORD_TEXT;
}

static enum qn_code load_record(struct typing *t, struct rows *r, struct qn_err *err)
{
    char id[QN_COLUMN_NAME + 8], office[QN_COLUMN_NAME + 8], rev[QN_COLUMN_NAME + 8], name[80];
    snprintf(id, sizeof(id), "%s_id", t->f->name);
    snprintf(office, sizeof(office), "%s_office", t->f->name);
    snprintf(rev, sizeof(rev), "%s_rev", t->f->name);
    if (rows_null(r, id))
        return QN_OK;
    t->out->number = rows_int(r, id);
    t->out->rev = value_column(r->table, rev) ? rows_int(r, rev) : 0;
    record_name_text(name, rows_text(r, value_column(r->table, office) ? office : "office"),
                     t->out->number);
    return value_keep(t, name, strlen(name), err);
}

static enum qn_code load_field(struct record_draft *d, struct rows *r, const struct record_field *f,
                               struct qn_err *err)
{
    struct record_value *v = &d->value[f - d->type->field];
    struct typing t = {d, f, {NULL, 0}, v};
    char text[2 * QN_HASH + 1] = "";
    if (f->kind == FIELD_RECORD)
        return value_column_of(r->table, f->name, "_id") ? load_record(&t, r, err) : QN_OK;
    const struct qn_column *c = value_column(r->table, f->name);
    if (!c || rows_null(r, f->name))
        return QN_OK;
    if (c->type == QN_INTEGER) {
        v->number = rows_int(r, f->name);
        snprintf(text, sizeof(text), "%lld", (long long)v->number);
        return value_keep(&t, text, strlen(text), err);
    }
    struct qn_span s = rows_span(r, f->name);
    if (c->type == QN_TEXT)
        return value_keep(&t, s.n ? (const char *)s.p : "", s.n, err);
    size_t at = d->text.n;
    qn_put_hex(&d->text, s.p, s.n);
    qn_put(&d->text, "", 1);
    v->at = at;
    v->n = 2 * s.n;
    return qn_buf_check(&d->text, err);
}

enum qn_code record_values_load(struct record_draft *d, struct rows *r, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (unsigned i = 0; !rc && i < d->type->nfields; i++)
        rc = load_field(d, r, &d->type->field[i], err);
    if (!rc && value_column(r->table, "withdrawn"))
        d->withdrawn = rows_int(r, "withdrawn") != 0;
    return rc;
}

static void store_record(const struct record_draft *d, struct qn_row *row,
                         const struct record_field *f, const struct record_value *v)
{
    char name[QN_COLUMN_NAME + 8];
    const char *text = v->n ? (const char *)d->text.p + v->at : "";
    if (!v->n)
        return;
    snprintf(name, sizeof(name), "%s_id", f->name);
    if (!value_column(row->table, name))
        return;
    row_int(row, name, v->number);
    snprintf(name, sizeof(name), "%s_office", f->name);
    if (value_column(row->table, name))
        row_span(row, name, (struct qn_span){(const uint8_t *)text, strcspn(text, ":")});
    snprintf(name, sizeof(name), "%s_rev", f->name);
    if (value_column(row->table, name))
        row_int(row, name, v->rev);
}

static void store_field(const struct record_draft *d, struct qn_row *row,
                        const struct record_field *f, uint8_t digest[QN_HASH])
{
    const struct record_value *v = &d->value[f - d->type->field];
    if (f->kind == FIELD_RECORD) {
        store_record(d, row, f, v);
        return;
    }
    const struct qn_column *c = value_column(row->table, f->name);
    struct qn_span text = {v->n ? d->text.p + v->at : NULL, v->n};
    if (!c || (!v->n && c->nullable))
        return;
    if (c->type == QN_INTEGER)
        row_int(row, f->name, v->number);
    else if (c->type == QN_TEXT)
        row_span(row, f->name, text);
    else if (qn_hex_decode(digest, QN_HASH, text))
        row_blob(row, f->name, digest, QN_HASH);
}

void record_values_store(const struct record_draft *d, struct qn_row *row,
                         uint8_t room[RECORD_FIELDS][QN_HASH])
{
    for (unsigned i = 0; i < d->type->nfields; i++)
        store_field(d, row, &d->type->field[i], room[i]);
    if (value_column(row->table, "acted_by"))
        row_text(row, "acted_by", d->by);
    if (value_column(row->table, "recorded_on"))
        row_text(row, "recorded_on", d->now);
    if (value_column(row->table, "reason"))
        row_text(row, "reason", d->reason);
    if (d->withdrawn && value_column(row->table, "withdrawn"))
        row_int(row, "withdrawn", 1);
}
