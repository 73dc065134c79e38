#include "node/work/value_parts.h"

#include <stdio.h>
#include <string.h>

#include "node/work/inspector.h"
#include "node/work/words.h"

/* Behind the others: "id name;id name", each once. */
static enum qn_code put_person(struct qn_buf *out, const char *id, const char *name,
                               struct qn_err *err)
{
    if (out->n && inspector_among((const char *)out->p, id))
        return qn_fail(err, QN_MALFORMED, "value.inspector-twice", "value=%s", name);
    if (out->n)
        out->p[out->n - 1] = ';';
    qn_put_fmt(out, "%s %s", id, name);
    qn_put(out, "", 1); /* ended for the look above; the next one puts ';' in its place */
    return qn_buf_check(out, err);
}

static enum qn_code not_one(const struct typing *t, unsigned found, const char *none,
                            const char *several, const char *typed, struct qn_err *err)
{
    return qn_fail(err, found ? QN_CONFLICT : QN_ABSENT, found ? several : none,
                   "field=%s.%s|value=%.80s", t->d->type->name, t->f->name, typed);
}

/* One person of a lab, as it stands; what is kept begins with the record's number. */
static enum qn_code find_staff(struct typing *t, struct qn_buf *out, const char *typed,
                               const char *on, struct qn_err *err)
{
    const struct qn_cert *self = store_self(t->d->st);
    char called[256], id[40] = "", name[65] = "", until[11] = "", status[17] = "";
    unsigned found = 0;
    struct qn_err why;
    int64_t row = 0;
    snprintf(called, sizeof(called), "%.*s", (int)strcspn(typed, " "), typed);
    bool by_id = qn_row_id_parse(&row, qn_str(called), &why) == QN_OK;
    QN_AUTO(query) struct query q = query_start(t->d->st, SQL_WORK_STAFF_CALLED);
    q_bind_text(&q, self ? self->office : "");
    q_bind_text(&q, by_id ? called : typed);
    q_bind_int(&q, by_id ? row : 0);
    while (q_step(&q) && ++found == 1) {
        qn_row_id_text(id, q_int(&q, 0));
        snprintf(name, sizeof(name), "%s", q_text(&q, 1));
        snprintf(status, sizeof(status), "%s", q_text(&q, 2));
        snprintf(until, sizeof(until), "%s", q_text(&q, 3));
    }
    enum qn_code rc = query_end(&q, err);
    if (rc)
        return rc;
    if (found != 1)
        return not_one(t, found, "value.no-staff", "value.staff-namesakes", typed, err);
    if (strcmp(status, "active") != 0 || (until[0] && *on && strncmp(until, on, 10) < 0))
        return qn_fail(err, QN_DENIED, "value.staff-not-valid", "value=%s|on=%s|until=%s", name, on,
                       until[0] ? until : status);
    return put_person(out, id, name, err);
}

/* SPEC visits-2: "that a target of this office names him" */
static enum qn_code check_sent(const struct typing *t, const struct inspector *who,
                               struct qn_err *err)
{
    const struct qn_cert *self = store_self(t->d->st);
    QN_AUTO(query) struct query q = query_start(t->d->st, SQL_INSPECTOR_SENT);
    q_bind_text(&q, self ? self->office : "");
    q_bind_text(&q, who->id);
    bool sent = q_step(&q);
    enum qn_code rc = query_end(&q, err);
    return rc || sent ? rc : qn_fail(err, QN_DENIED, "value.not-sent", "value=%s", who->id);
}

/* One inspector of this office's roster, and on that day. One of another office, as a visit has in need (exc-26), is taken
 * as written: its roster is not here. */
static enum qn_code find_inspector(struct typing *t, struct qn_buf *out, const char *typed,
                                   const char *on, struct qn_err *err)
{
    struct inspector who;
    unsigned found;
    const struct qn_cert *own = store_self(t->d->st);
    size_t slash = strcspn(typed, "/"), blank = strcspn(typed, " ");
    bool foreign = slash < blank && typed[blank] && own &&
                   (strlen(own->office) != slash || memcmp(own->office, typed, slash) != 0);
    char id[256];
    /* "id name", as it is kept, is read again by its id */
    snprintf(id, sizeof(id), "%.*s", slash < blank ? (int)blank : 255, typed);
    enum qn_code rc = inspector_called(&who, &found, t->d->st, id, err);
    if (rc)
        return rc;
    if (foreign) {
        found = inspector_next(&who, &typed);
        rc = check_sent(t, &who, err);
    }
    if (!rc && found != 1)
        rc = not_one(t, found, "value.no-inspector", "value.namesakes", id, err);
    if (rc)
        return rc;
    if (*on)
        rc = inspector_valid(t->d->st, &who, on, err);
    return rc ? rc : put_person(out, who.id, who.name, err);
}

enum qn_code value_take_persons(struct typing *t, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf list = {0}, out = {0};
    int64_t n = 0;
    const bool staff = t->f->kind == FIELD_STAFF;
    const char *on = t->f->of ? record_text(t->d, t->f->of) : "";
    if (t->f->of && !*on)
        on = t->d->today;
    qn_buf_init(&list, RECORD_TEXT);
    qn_buf_init(&out, RECORD_TEXT);
    qn_put_span(&list, t->text);
    qn_put(&list, "", 1);
    enum qn_code rc = qn_buf_check(&list, err);
    for (const char *p = (const char *)list.p; !rc && *p; n++) {
        char one[256];
        size_t mark, len = words_item(p, true, &mark);
        struct qn_span typed = value_trimmed((struct qn_span){(const uint8_t *)p, len});
        if (!qn_text_copy(one, sizeof(one), typed))
            rc = value_refuse(t, QN_ABSENT, staff ? "value.no-staff" : "value.no-inspector", err);
        else
            rc = staff ? find_staff(t, &out, one, on, err) : find_inspector(t, &out, one, on, err);
        p += len + mark;
    }
    if (!rc && n < t->f->least)
        rc = qn_fail(err, QN_MALFORMED, staff ? "value.staff" : "value.inspectors",
                     "field=%s.%s|have=%lld|least=%lld", t->d->type->name, t->f->name, (long long)n,
                     (long long)t->f->least);
    if (!rc && t->f->most && n > t->f->most)
        rc = value_refuse(t, QN_MALFORMED, "value.one-inspector", err);
    return rc ? rc : value_keep(t, (const char *)out.p, out.n ? out.n - 1 : 0, err);
}
