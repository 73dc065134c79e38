#include "node/work/record.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/store/release.h"
#include "node/store/rows.h"
#include "node/store/tree.h"
#include "node/work/record_value.h"

void record_draft_auto(struct record_draft *d)
{
    qn_buf_release(&d->text);
}

const struct record_field *record_field(const struct record_type *t, const char *name)
{
    for (unsigned i = 0; i < t->nfields; i++)
        if (strcmp(t->field[i].name, name) == 0)
            return &t->field[i];
    return NULL;
}

/* ---- what is in it ------------------------------------------------------------------------------------------------ */

static unsigned place(const struct record_draft *d, const char *field)
{
    const struct record_field *f = record_field(d->type, field);
    assert(f);
    return (unsigned)(f - d->type->field);
}

static const char *text_of(const struct record_draft *d, const struct record_value *v)
{
    return v->n ? (const char *)d->text.p + v->at : "";
}

const char *record_text(const struct record_draft *d, const char *field)
{
    return text_of(d, &d->value[place(d, field)]);
}

const char *record_was(const struct record_draft *d, const char *field)
{
    return text_of(d, &d->before[place(d, field)]);
}

int64_t record_number(const struct record_draft *d, const char *field)
{
    return d->value[place(d, field)].number;
}

int64_t record_rev(const struct record_draft *d, const char *field)
{
    return d->value[place(d, field)].rev;
}

void record_name_text(char out[80], const char *office, int64_t id)
{
    char row[40];
    qn_row_id_text(row, id);
    snprintf(out, 80, "%s:%s", office, row);
}

enum qn_code record_name(const char *name, struct store *st, char office[QN_CODE_MAX + 1],
                         int64_t *id, struct qn_err *err)
{
    const char *colon = strchr(name, ':');
    const struct qn_cert *self = store_self(st);
    struct qn_span code = colon ? (struct qn_span){(const uint8_t *)name, (size_t)(colon - name)}
                                : qn_str(self ? self->office : "");
    struct qn_err why;
    if (!qn_text_copy(office, QN_CODE_MAX + 1, code) || !office[0] ||
        qn_row_id_parse(id, qn_str(colon ? colon + 1 : name), &why) != QN_OK)
        return qn_fail(err, QN_MALFORMED, "records.name", "value=%.80s", name);
    return QN_OK;
}

/* ---- begun ----------------------------------------------------------------------------------------------------------- */

struct duty record_duty(const struct record_type *t)
{
    return (struct duty){t->name, t->roles, UINT32_C(1) << t->kind | UINT32_C(1) << QN_KIND_RELEASE,
                         true};
}

static void begin(struct record_draft *d, struct store *st, const struct record_type *t,
                  const char *by)
{
    *d = (struct record_draft){.st = st, .type = t, .by = by, .rev = 1};
    qn_buf_init(&d->text, RECORD_TEXT);
    clock_local(st, d->now);
    clock_today(st, d->today);
}

enum qn_code record_start(struct record_draft *d, struct store *st, const struct record_type *t,
                          const char *by, struct qn_err *err)
{
    const struct duty duty = record_duty(t);
    begin(d, st, t, by);
    return duty_may(st, &duty, by, err);
}

enum qn_code record_load(struct record_draft *d, struct store *st, const struct record_type *t,
                         const char *office, int64_t id, int64_t rev, struct qn_err *err)
{
    begin(d, st, t, "");
    d->rev = 0;
    for (unsigned i = 0; i < RECORD_TABLES && t->table[i]; i++) {
        QN_AUTO(rows) struct rows r = {0};
        const struct rows_query q = {.table = t->table[i], .office = office, .id = id, .rev = rev};
        enum qn_code rc = rows_open(&r, st, &q, err);
        if (rc)
            return rc;
        bool here = rows_step(&r);
        if (here) {
            d->id = id;
            d->rev = rows_int(&r, "rev");
            rc = record_values_load(d, &r, err);
        }
        if (!rc)
            rc = rows_end(&r, err);
        if (rc)
            return rc;
        /* The first table is the record; another may be addressed past this office. */
        if (!here && i == 0)
            return qn_fail(err, QN_ABSENT, "records.absent", "record=%s|value=%s", t->name, office);
    }
    return QN_OK;
}

enum qn_code record_revise(struct record_draft *d, struct store *st, const struct record_type *t,
                           const char *name, const char *by, const char *reason, struct qn_err *err)
{
    char office[QN_CODE_MAX + 1];
    int64_t id;
    const struct duty duty = record_duty(t);
    const struct qn_cert *self = store_self(st);
    const struct qn_table *first = qn_registry_table(store_registry(st), qn_str(t->table[0]));
    enum qn_code rc = record_name(name, st, office, &id, err);
    if (!rc)
        rc = duty_may(st, &duty, by, err);
    if (rc)
        return rc;
    if (first && first->once)
        return qn_fail(err, QN_DENIED, "records.once", "record=%s", t->name);
    if (!self || strcmp(self->office, office) != 0)
        return qn_fail(err, QN_DENIED, "records.not-own", "value=%s", name);
    if (!reason || !*reason)
        return qn_fail(err, QN_MALFORMED, "records.reason", "value=%s", name);
    if (strlen(reason) > RECORD_REASON)
        return qn_fail(err, QN_LIMIT, "value.long", "field=%s.reason|have=%zu|most=%d", t->name,
                       strlen(reason), RECORD_REASON);
    rc = record_load(d, st, t, office, id, 0, err);
    if (rc)
        return rc;
    if (d->withdrawn)
        return qn_fail(err, QN_DENIED, "records.withdrawn", "value=%s", name);
    d->by = by;
    d->reason = reason;
    d->rev++;
    memcpy(d->before, d->value, sizeof(d->before));
    return QN_OK;
}

/* SPEC web-29: "nothing is written when another revision stands" */
enum qn_code record_seen(const struct record_draft *d, const char *name, unsigned seen,
                         struct qn_err *err)
{
    int64_t stands = d->rev - 1;
    if (!seen || stands == (int64_t)seen)
        return QN_OK;
    return qn_fail(err, QN_CONFLICT, "records.moved", "value=%s|rev=%lld|seen=%u", name,
                   (long long)stands, seen);
}

static bool has_column(const struct qn_table *t, const char *name)
{
    for (unsigned i = 0; t && i < t->ncols; i++)
        if (strcmp(t->col[i].name, name) == 0)
            return true;
    return false;
}

/* ---- written ---------------------------------------------------------------------------------------------------------- */

/* SPEC records-5: "valid on the day of the act": the day may have been told behind the persons, or changed since */
static enum qn_code check_persons(struct record_draft *d, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (unsigned i = 0; !rc && i < d->type->nfields; i++) {
        const struct record_field *f = &d->type->field[i];
        if ((f->kind != FIELD_INSPECTORS && f->kind != FIELD_STAFF) || !f->of || !d->value[i].n)
            continue;
        if (d->rev > 1 && strcmp(record_text(d, f->of), record_was(d, f->of)) == 0 &&
            strcmp(text_of(d, &d->value[i]), text_of(d, &d->before[i])) == 0)
            continue;
        rc = record_set(d, f->name, qn_str(text_of(d, &d->value[i])), err);
    }
    return rc;
}

/* Whether a record of this office that stands refers to the draft's by this field of a table of its own. */
static enum qn_code refers(bool *out, const struct record_draft *d, const char *table,
                           const struct record_field *f, struct qn_err *err)
{
    char id[QN_COLUMN_NAME + 8], office[QN_COLUMN_NAME + 8];
    const char *self = store_self(d->st) ? store_self(d->st)->office : "";
    QN_AUTO(rows) struct rows r = {0};
    snprintf(id, sizeof(id), "%s_id", f->name);
    snprintf(office, sizeof(office), "%s_office", f->name);
    const struct rows_query q = {
        .table = table, .office = self, .where = {{id, NULL, d->id}}, .nwhere = 1};
    enum qn_code rc = rows_open(&r, d->st, &q, err);
    while (!rc && !*out && rows_step(&r))
        *out = (!rows_has(&r, "withdrawn") || rows_null(&r, "withdrawn")) &&
               (!rows_has(&r, office) || strcmp(rows_text(&r, office), self) == 0);
    return rc ? rc : rows_end(&r, err);
}

/* SPEC records-19: "is not withdrawn while a record of the office that stands refers to it" */
enum qn_code record_unreferred(const struct record_draft *d, struct qn_err *err)
{
    const struct qn_registry *reg = store_registry(d->st);
    const struct record_type *t;
    enum qn_code rc = QN_OK;
    for (unsigned i = 0; !rc && (t = record_type_at(i)); i++)
        for (unsigned k = 0; !rc && k < t->nfields; k++) {
            bool found = false;
            char id[QN_COLUMN_NAME + 8];
            if (t->field[k].kind != FIELD_RECORD || strcmp(t->field[k].of, d->type->name) != 0)
                continue;
            snprintf(id, sizeof(id), "%s_id", t->field[k].name);
            for (unsigned n = 0; !rc && !found && n < RECORD_TABLES && t->table[n]; n++)
                if (has_column(qn_registry_table(reg, qn_str(t->table[n])), id))
                    rc = refers(&found, d, t->table[n], &t->field[k], err);
            if (!rc && found)
                rc = qn_fail(err, QN_CONFLICT, "records.referred", "record=%s|duty=%s",
                             d->type->name, t->name);
        }
    return rc;
}

/* SPEC records-32: "it and what it rests on are not changed any more, and the record is not withdrawn" */
static enum qn_code check_settled(const struct record_draft *d, struct qn_err *err)
{
    char name[QN_COLUMN_NAME + 1];
    bool first = true;
    for (const char *p = d->rev > 1 ? d->type->settled : NULL; p && *p; first = false) {
        size_t n = strcspn(p, "|");
        snprintf(name, sizeof(name), "%.*s", (int)n, p);
        if (first && !*record_was(d, name))
            return QN_OK;
        if (d->withdrawn || strcmp(record_text(d, name), record_was(d, name)) != 0)
            return qn_fail(err, QN_DENIED, "records.settled", "record=%s|field=%s.%s",
                           d->type->name, d->type->name, name);
        p += n + (p[n] != 0);
    }
    return QN_OK;
}

static enum qn_code check(struct record_draft *d, struct qn_err *err)
{
    const struct record_type *t = d->type;
    enum qn_code settled = check_settled(d, err);
    if (settled)
        return settled;
    if (d->withdrawn) { /* says what stood, whatever that was */
        enum qn_code gone = t->kind == QN_KIND_RESULT ? record_unreferred(d, err) : QN_OK;
        return gone || !t->withdraw ? gone : t->withdraw(d, err);
    }
    for (unsigned i = 0; i < t->nfields; i++) {
        const struct record_field *f = &t->field[i];
        if ((f->flags & FIELD_MUST) && !d->value[i].n)
            return qn_fail(err, QN_MALFORMED, "value.empty", "field=%s.%s", t->name, f->name);
        if ((f->flags & FIELD_FIXED) && d->rev > 1 &&
            strcmp(text_of(d, &d->value[i]), text_of(d, &d->before[i])) != 0)
            return qn_fail(err, QN_DENIED, "value.fixed", "field=%s.%s", t->name, f->name);
        /* SPEC records-5: "What has happened is of no day ahead of that of the record" */
        if ((f->flags & FIELD_DONE) && strncmp(text_of(d, &d->value[i]), d->today, 10) > 0)
            return qn_fail(err, QN_MALFORMED, "value.ahead", "field=%s.%s|value=%s|on=%s", t->name,
                           f->name, text_of(d, &d->value[i]), d->today);
    }
    enum qn_code rc = check_persons(d, err);
    return rc || !t->check ? rc : t->check(d, err);
}

/* What stands in the first field of `path`, or, behind a dot, in a field of the record that is named there: the office
 * before its colon. An empty field on the way: "".                                                                */
static enum qn_code reached(char to[QN_CODE_MAX + 1], const struct record_draft *d,
                            const char *path, struct qn_err *err)
{
    char name[QN_COLUMN_NAME + 1], office[QN_CODE_MAX + 1];
    const size_t n = strcspn(path, ".");
    int64_t id;
    snprintf(name, sizeof(name), "%.*s", (int)n, path);
    const char *text = record_text(d, name);
    if (!*text || !path[n]) {
        snprintf(to, QN_CODE_MAX + 1, "%.*s", (int)strcspn(text, ":"), text);
        return QN_OK;
    }
    QN_AUTO(record_draft) struct record_draft next = {0};
    enum qn_code rc = record_name(text, d->st, office, &id, err);
    if (!rc)
        rc = record_load(&next, d->st, record_type(record_field(d->type, name)->of), office, id, 0,
                         err);
    return rc ? rc : reached(to, &next, path + n + 1, err);
}

/* The office that the part of the record goes to; "" for this one. */
static enum qn_code addressee(char to[QN_CODE_MAX + 1], const struct record_draft *d,
                              struct qn_err *err)
{
    const struct qn_cert *self = store_self(d->st);
    const struct record_type *t = d->type;
    to[0] = 0;
    if (t->reach == REACH_PARENT && self && !tree_parent(d->st, self->office, to))
        return qn_fail(err, QN_DENIED, "records.no-parent", "record=%s", t->name);
    if (t->reach != REACH_FIELD)
        return QN_OK;
    enum qn_code rc = reached(to, d, t->reach_field, err);
    if (!rc && self && strcmp(self->office, to) == 0)
        to[0] = 0;
    return rc;
}

static enum qn_code put_table(struct record_draft *d, struct act *a, const char *name,
                              const char *to, struct qn_err *err)
{
    const struct qn_table *table = qn_registry_table(store_registry(d->st), qn_str(name));
    struct qn_row row;
    uint8_t digests[RECORD_FIELDS][QN_HASH];
    if (!table)
        return qn_fail(err, QN_MALFORMED, "rows.table", "table=%.40s", name);
    enum qn_code rc =
        act_part(a, table->audience, d->type->reach == REACH_SUBTREE ? QN_TO_SUBTREE : QN_TO_OFFICE,
                 *to ? to : NULL, err);
    if (rc)
        return rc;
    row_start(&row, a, name, d->id, d->rev);
    record_values_store(d, &row, digests);
    return act_put(a, &row, err);
}

/* SPEC records-16: "under the same id and rev" */
static enum qn_code put_journal(struct record_draft *d, struct act *a, struct qn_err *err)
{
    struct qn_row row;
    enum qn_code rc = act_part(a, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
    if (rc)
        return rc;
    row_start(&row, a, d->type->journal, d->id, d->rev);
    row_text(&row, "kind", d->type->name);
    row_text(&row, "acted_by", d->by);
    row_text(&row, "recorded_on", d->now);
    return act_put(a, &row, err);
}

enum qn_code record_put(struct record_draft *d, struct act *a, struct qn_err *err)
{
    char to[QN_CODE_MAX + 1];
    enum qn_code rc = check(d, err);
    if (!rc)
        rc = addressee(to, d, err);
    if (!rc && !d->id)
        d->id = act_id(a);
    for (unsigned i = 0; !rc && i < RECORD_TABLES && d->type->table[i]; i++)
        rc = put_table(d, a, d->type->table[i], to, err);
    return rc || !d->type->journal ? rc : put_journal(d, a, err);
}

enum qn_code record_act(struct act *a, struct store *st, const struct record_type *t,
                        const char *by, struct qn_err *err)
{
    const struct duty duty = record_duty(t);
    const struct qn_table *table = qn_registry_table(store_registry(st), qn_str(t->table[0]));
    if (!table)
        return qn_fail(err, QN_MALFORMED, "rows.table", "table=%.40s", t->table[0]);
    return act_begin(a, st, &duty, by, t->kind, table->lane, err);
}

enum qn_code record_commit(struct act *a, const struct record_type *t, struct qn_err *err)
{
    struct release_ref parts[ACT_PARTS];
    struct store *st = a->st;
    unsigned n = 0;
    uint64_t seq;
    for (unsigned i = 0; i < a->nparts; i++)
        if (act_audience(a, i) == QN_PUBLIC)
            parts[n++].part = (uint16_t)i;
    enum qn_code rc = act_commit(a, &seq, NULL, err);
    if (rc || !t->published)
        return rc;
    for (unsigned i = 0; i < n; i++)
        parts[i] = (struct release_ref){.seq = seq, .part = parts[i].part};
    return release_own(st, &a->duty, a->by, parts, n, err);
}

enum qn_code record_write(struct record_draft *d, struct qn_err *err)
{
    QN_AUTO(tx) struct tx tx = {0};
    QN_AUTO(act) struct act a = {0};
    enum qn_code rc = tx_begin(&tx, d->st, err);
    if (!rc)
        rc = record_act(&a, d->st, d->type, d->by, err);
    if (!rc)
        rc = record_put(d, &a, err);
    if (!rc)
        rc = record_commit(&a, d->type, err);
    return rc ? rc : tx_commit(&tx, err);
}
