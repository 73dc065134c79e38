#include "node/work/value_parts.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "node/store/rows.h"
#include "protocol/wire.h"

/* The one record of this office that is called so. */
static enum qn_code find_called(struct typing *t, const struct record_type *of, const char *called,
                                int64_t *id, struct qn_err *err)
{
    const struct qn_cert *self = store_self(t->d->st);
    unsigned found = 0;
    struct rows_query q = {.table = of->table[0],
                           .office = self ? self->office : "",
                           .where = {{of->called, called, 0}},
                           .nwhere = 1};
    char within[QN_COLUMN_NAME + 8];
    if (of->within && record_field(t->d->type, of->within) &&
        record_number(t->d, of->within)) { /* of what this record is within itself */
        snprintf(within, sizeof(within), "%s_id", of->within);
        q.where[q.nwhere++] = (struct rows_where){within, NULL, record_number(t->d, of->within)};
    }
    QN_AUTO(rows) struct rows r = {0};
    enum qn_code rc = rows_open(&r, t->d->st, &q, err);
    while (!rc && rows_step(&r))
        if ((!rows_has(&r, "withdrawn") || rows_null(&r, "withdrawn")) && ++found == 1)
            *id = rows_int(&r, "id");
    if (!rc)
        rc = rows_end(&r, err);
    if (!rc && found != 1)
        rc = qn_fail(err, found ? QN_CONFLICT : QN_ABSENT,
                     found ? "value.several" : "value.no-such", "field=%s.%s|record=%s|value=%.80s",
                     t->d->type->name, t->f->name, of->name, called);
    return rc;
}

/* SPEC records-2: "Without `NAME_office` it is a record of the same office" */
static bool takes_foreign(const struct typing *t)
{
    const struct qn_registry *reg = store_registry(t->d->st);
    for (unsigned i = 0; i < RECORD_TABLES && t->d->type->table[i]; i++) {
        const struct qn_table *table = qn_registry_table(reg, qn_str(t->d->type->table[i]));
        if (table && value_column_of(table, t->f->name, "_id"))
            return value_column_of(table, t->f->name, "_office") != NULL;
    }
    return true;
}

/* SPEC records-20: "A revision may be named behind the number" */
static int64_t named_revision(struct typing *t, char *text)
{
    char office[QN_CODE_MAX + 1], *at = strrchr(text, '@');
    int64_t id, rev;
    struct qn_err none;
    struct rd r = {.in = qn_str(at ? at + 1 : "")};
    rev = (int64_t)rd_dec(&r, INT32_MAX);
    if (!at || !rd_end(&r) || !rev)
        return 0;
    *at = 0; /* of what is called so an @ is part of the name */
    if (record_name(text, t->d->st, office, &id, &none) == QN_OK)
        return rev;
    *at = '@';
    return 0;
}

/* By number; or by what it is called, where its kind has such a field and the text is no number. */
enum qn_code value_take_record(struct typing *t, struct qn_err *err)
{
    const struct record_type *of = record_type(t->f->of);
    const struct qn_cert *self = store_self(t->d->st);
    char office[QN_CODE_MAX + 1], text[512], name[80];
    int64_t id;
    struct qn_err why;
    assert(of);
    if (!qn_text_copy(text, sizeof(text), t->text))
        return value_refuse(t, QN_MALFORMED, "records.name", err);
    const int64_t rev = named_revision(t, text);
    enum qn_code rc = record_name(text, t->d->st, office, &id, err);
    if (rc && (of->called || of->find)) {
        snprintf(office, sizeof(office), "%s", self ? self->office : "");
        rc = of->called ? find_called(t, of, text, &id, err) : of->find(t->d->st, text, &id, err);
    }
    if (rc)
        return rc;
    QN_AUTO(record_draft) struct record_draft it = {0};
    rc = record_load(&it, t->d->st, of, office, id, 0, &why);
    if (rc == QN_ABSENT && !(t->f->flags & FIELD_LOOSE))
        return qn_fail(err, QN_ABSENT, "value.no-such", "field=%s.%s|record=%s|value=%.80s",
                       t->d->type->name, t->f->name, of->name, text);
    if (rc && rc != QN_ABSENT) {
        *err = why;
        return rc;
    }
    if (!takes_foreign(t) && self && strcmp(self->office, office) != 0)
        return value_refuse(t, QN_DENIED, "value.foreign", err);
    if (it.withdrawn)
        return qn_fail(err, QN_DENIED, "records.withdrawn", "value=%.80s", text);
    t->out->number = id;
    if (rev > it.rev)
        return qn_fail(err, QN_ABSENT, "value.no-such", "field=%s.%s|record=%s|value=%.80s",
                       t->d->type->name, t->f->name, of->name, text);
    t->out->rev = rev ? rev : it.rev;
    record_name_text(name, office, id);
    return value_keep(t, name, strlen(name), err);
}

enum qn_code record_refer(struct record_draft *d, const char *field, const struct record_draft *to,
                          struct qn_err *err)
{
    const struct record_field *f = record_field(d->type, field);
    const struct qn_cert *self = store_self(d->st);
    char name[80];
    assert(f && f->kind == FIELD_RECORD && record_type(f->of) == to->type);
    record_name_text(name, self ? self->office : "", to->id);
    struct record_value v = {.number = to->id, .rev = to->rev};
    struct typing t = {d, f, qn_str(name), &v};
    enum qn_code rc = value_keep(&t, name, strlen(name), err);
    if (!rc)
        d->value[f - d->type->field] = v;
    return rc;
}
