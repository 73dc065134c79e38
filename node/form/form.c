#include "node/form/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/form/proof.h"
#include "node/form/render.h"
#include "node/form/step.h"
#include "node/store/clock.h"
#include "node/store/trail.h"
#include "node/store/log.h"
#include "node/store/rows.h"
#include "node/store/tree.h"
#include "node/work/plan_import.h"

#define TEXT_SHORT 2000 /* bytes of a number, a day, a name */

/* ---- which record ------------------------------------------------------------------------------------------------------ */

/* The newest record of the kind whose field has this text, or, where `id` is given, names that record; own ones first. */
static enum qn_code find(struct form_ref *out, struct store *st, const char *kind,
                         const char *field, const char *text, const struct form_ref *names,
                         struct qn_err *err)
{
    char id[QN_COLUMN_NAME + 8], office[QN_COLUMN_NAME + 8];
    const struct qn_table *table =
        form_table_with(store_registry(st), kind, field, text ? "" : "_id");
    snprintf(id, sizeof(id), "%s%s", field, text ? "" : "_id");
    snprintf(office, sizeof(office), "%s_office", field);
    out->id = 0;
    if (!table)
        return QN_OK;
    const bool foreign = !text && form_has_column(table, office, "");
    for (int any = 0; any < 2 && !out->id; any++) {
        struct rows_query q = {.table = table->name,
                               .office = any ? NULL : store_self(st)->office,
                               .where = {{id, text, names ? names->id : 0}},
                               .nwhere = 1,
                               .downward = true};
        if (names)
            q.where[q.nwhere++] =
                (struct rows_where){foreign ? office : "office", names->office, 0};
        QN_AUTO(rows) struct rows r = {0};
        enum qn_code rc = rows_open(&r, st, &q, err);
        while (!rc && !out->id && rows_step(&r)) {
            if (rows_has(&r, "withdrawn") && !rows_null(&r, "withdrawn"))
                continue;
            snprintf(out->kind, sizeof(out->kind), "%s", kind);
            snprintf(out->office, sizeof(out->office), "%s", rows_text(&r, "office"));
            out->id = rows_int(&r, "id");
        }
        if (!rc)
            rc = rows_end(&r, err);
        if (rc)
            return rc;
    }
    return QN_OK;
}

/* "140600/2026": as every command calls a plan */
static enum qn_code find_plan(struct form_ref *out, struct store *st, const char *text,
                              struct qn_err *err)
{
    struct plan_ref plan;
    enum qn_code rc = plan_find(&plan, st, text, err);
    if (rc)
        return rc == QN_ABSENT || rc == QN_MALFORMED ? QN_OK : rc;
    snprintf(out->office, sizeof(out->office), "%s", plan.office);
    out->id = plan.id;
    return QN_OK;
}

/* A record of the kind by its number or by what it is called. out->id 0: there is none. */
static enum qn_code find_called(struct form_ref *out, struct store *st, const char *kind,
                                const char *text, struct qn_err *err)
{
    const struct record_type *t = record_type(kind);
    struct form_reader r = {.st = st, .newest = true};
    struct qn_err why;
    bool withdrawn;
    *out = (struct form_ref){.id = 0};
    snprintf(out->kind, sizeof(out->kind), "%s", kind);
    if (record_name(text, st, out->office, &out->id, &why) == QN_OK) {
        if (form_newest(&r, out, &withdrawn, &why) != QN_OK)
            out->id = 0;
        return QN_OK;
    }
    out->id = 0;
    if (strcmp(kind, "plan") == 0 && strchr(text, '/'))
        return find_plan(out, st, text, err);
    return t && t->called ? find(out, st, kind, t->called, text, NULL, err) : QN_OK;
}

static enum qn_code find_root(struct form_ref *out, struct store *st, const struct form_template *t,
                              const char *text, struct qn_err *err)
{
    const struct record_type *type = record_type(t->of);
    const struct record_field *f = type && t->by[0] ? record_field(type, t->by) : NULL;
    struct form_ref names;
    enum qn_code rc = find_called(out, st, t->of, text, err);
    if (!rc && !out->id && f && f->kind == FIELD_RECORD)
        rc = find_called(&names, st, f->of, text, err);
    if (!rc && !out->id && f && f->kind == FIELD_RECORD && names.id)
        rc = find(out, st, t->of, t->by, NULL, &names, err);
    if (rc || out->id)
        return rc;
    return strcmp(t->of, "plan") == 0
               ? qn_fail(err, QN_ABSENT, "form.no-plan", "form=%s|value=%.80s", t->code, text)
               : qn_fail(err, QN_ABSENT, "form.no-record", "form=%s|kind=%s|value=%.80s", t->code,
                         t->of, text);
}

/* What the lines of an empty form may come from: the kind that one of its tables names. */
static enum qn_code find_source(struct form_ref *out, struct store *st,
                                const struct form_template *t, const char *text, struct qn_err *err)
{
    for (unsigned i = 0; i < t->nparts; i++) {
        struct qn_span rest = t->part[i].text, word;
        char kind[32];
        if (t->part[i].kind != PART_EMPTY || !form_piece(&rest, ' ', &word) ||
            !qn_text_copy(kind, sizeof(kind), word) || !kind[0])
            continue;
        enum qn_code rc = find_called(out, st, kind, text, err);
        return rc || out->id ? rc
                             : qn_fail(err, QN_ABSENT, "form.no-record",
                                       "form=%s|kind=%s|value=%.80s", t->code, kind, text);
    }
    return qn_fail(err, QN_DENIED, "form.blank-for", "form=%s", t->code);
}

/* ---- made ---------------------------------------------------------------------------------------------------------------- */

/* Number, day or maker of the document; "" where there is none. */
static enum qn_code own_text(char out[TEXT_SHORT], struct form_reader *r, struct qn_span text,
                             struct qn_err *err)
{
    bool empty;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, TEXT_SHORT - 1);
    enum qn_code rc = text.n ? form_text(&b, r, &r->root, text, &empty, err) : QN_OK;
    snprintf(out, TEXT_SHORT, "%.*s", (int)b.n, b.n ? (const char *)b.p : "");
    return rc;
}

/* What the document says of itself; it stands in its head and may stand in its parts. */
struct own_texts {
    char number[TEXT_SHORT], date[TEXT_SHORT], maker[TEXT_SHORT], self[TEXT_SHORT];
};

static enum qn_code own_texts(struct own_texts *o, struct form_reader *r,
                              const struct form_template *t, struct qn_err *err)
{
    struct qn_cert c;
    enum qn_code rc = own_text(o->number, r, t->number, err);
    if (!rc)
        rc = own_text(o->date, r, t->date, err);
    if (!rc && t->maker.n)
        return own_text(o->maker, r, t->maker, err);
    if (!rc && (rc = tree_cert(&c, r->st, r->root.office, err)) == QN_OK)
        snprintf(o->maker, sizeof(o->maker), "%s", c.name);
    return rc;
}

/* root NULL: an empty form, whose lines may come from `from`. */
static enum qn_code make(struct qn_buf *page, struct form_proof *p, struct store *st,
                         const struct form_template *t, const struct form_ref *root,
                         const struct form_ref *from, struct qn_err *err)
{
    struct own_texts own = {.number = ""};
    struct qn_cert c;
    struct log log;
    QN_AUTO(form_reader)
    struct form_reader r = {.st = st,
                            .public_only = t->is_public,
                            .epoch = p->epoch,
                            .size = p->size,
                            .number = own.number,
                            .date = own.date,
                            .maker = own.maker,
                            .self = own.self};
    QN_AUTO(qn_buf) struct qn_buf body = {0}, text = {0};
    qn_buf_init(&r.extra, FORM_PAGE_MAX);
    qn_buf_init(&body, FORM_PAGE_MAX);
    qn_buf_init(&text, FORM_PAGE_MAX);
    snprintf(r.office, sizeof(r.office), "%s", p->maker);
    enum qn_code rc = tree_cert(&c, st, p->maker, err);
    if (!rc)
        rc = log_of_office(&log, st, p->maker, err);
    if (rc)
        return rc;
    r.newest = !root || (log.epoch == p->epoch && log.size == p->size);
    snprintf(own.self, sizeof(own.self), "%s", c.name);
    if (root) {
        r.root = *root;
        rc = form_newest(&r, &r.root, &r.withdrawn, err);
        if (!rc)
            rc = own_texts(&own, &r, t, err);
    } else if (!t->maker.n) {
        snprintf(own.maker, sizeof(own.maker), "%s", c.name);
    }
    const struct form_render f = {&body, &r, t, root ? &r.root : NULL, from};
    if (!rc)
        rc = form_render(&f, err);
    if (!rc && root)
        rc = form_digest(&text, p, &r, err);
    return rc ? rc : form_page(page, t, p, &r, st, qn_buf_span(&body), err);
}

/* Whoever may write what the form shows, or is named in it; and who audits. */
static enum qn_code may_print(struct store *st, const char *by, unsigned roles,
                              const struct form_order *o, struct qn_err *err)
{
    char about[TRAIL_ABOUT];
    struct duty print = *duty_of(DUTY_PRINT);
    print.roles = roles | ROLE_AUDITOR;
    snprintf(about, sizeof(about), "%s %s", o->code, o->reference ? o->reference : "");
    return duty_act(st, &print, by, about, err);
}

enum qn_code form_print(struct qn_buf *page, struct form_proof *proof, struct store *st,
                        const struct form_order *o, struct qn_err *err)
{
    struct form_template *t = malloc(sizeof(*t));
    struct form_ref ref = {.id = 0};
    struct form_proof p = {.blank = o->blank};
    struct log log;
    if (!t)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    enum qn_code rc = form_template_get(t, o->code, err);
    const struct record_type *type = rc ? NULL : record_type(t->of);
    if (!rc && !store_self(st))
        rc = qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    if (!rc && !o->blank && !o->reference)
        rc = qn_fail(err, QN_MALFORMED, "form.needs-for", "form=%s|kind=%s", t->code, t->of);
    if (!rc && !o->blank && !t->is_public && !o->by)
        rc = qn_fail(err, QN_MALFORMED, "form.needs-by", "form=%s", t->code);
    if (!rc && !o->blank && !t->is_public)
        rc = may_print(st, o->by, t->roles | (type ? type->roles : 0), o, err);
    if (!rc && o->reference)
        rc = o->blank ? find_source(&ref, st, t, o->reference, err)
                      : find_root(&ref, st, t, o->reference, err);
    if (!rc && ref.id)
        record_name_text(p.reference, ref.office, ref.id);
    if (!rc)
        rc = log_of_office(&log, st, store_self(st)->office, err);
    if (!rc) {
        p.epoch = log.epoch;
        p.size = log.size;
        snprintf(p.code, sizeof(p.code), "%s", t->code);
        p.version = t->version;
        clock_local(st, p.made);
        snprintf(p.maker, sizeof(p.maker), "%s", store_self(st)->office);
        rc = make(page, &p, st, t, o->blank ? NULL : &ref, o->blank && ref.id ? &ref : NULL, err);
    }
    free(t);
    if (!rc)
        *proof = p;
    return rc;
}

enum qn_code form_again(struct qn_buf *page, struct form_proof *proof, struct store *st,
                        const struct form_proof *of, struct qn_err *err)
{
    struct form_template *t = malloc(sizeof(*t));
    struct form_ref ref = {.id = 0};
    struct form_proof p = *of;
    if (!t)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    enum qn_code rc = form_template_get(t, of->code, err);
    if (!rc && t->version != of->version)
        rc = qn_fail(err, QN_DENIED, "form.version", "form=%s|have=%u|value=%u", of->code,
                     t->version, of->version);
    if (!rc && of->reference[0])
        rc = of->blank ? find_source(&ref, st, t, of->reference, err)
                       : find_root(&ref, st, t, of->reference, err);
    if (!rc)
        rc = make(page, &p, st, t, of->blank ? NULL : &ref, of->blank && ref.id ? &ref : NULL, err);
    free(t);
    if (!rc)
        *proof = p;
    return rc;
}
