#include "node/work/clue.h"

#include <stdio.h>
#include <string.h>

#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/entry_of.h"
#include "node/store/file.h"
#include "node/store/tree.h"
#include "protocol/wire.h"

enum qn_code clue_name(const char *name, char office[QN_CODE_MAX + 1], int64_t *id,
                       struct qn_err *err)
{
    const char *colon = strchr(name, ':');
    struct qn_err why;
    if (!colon ||
        !qn_text_copy(office, QN_CODE_MAX + 1,
                      (struct qn_span){(const uint8_t *)name, (size_t)(colon - name)}) ||
        qn_row_id_parse(id, qn_str(colon + 1), &why) != QN_OK)
        return qn_fail(err, QN_MALFORMED, "clue.name", "value=%.80s", name);
    return QN_OK;
}

/* A text of the office's own, from a file: as long as the column holds, and not nothing. */
static enum qn_code read_text(struct qn_buf *out, const struct qn_row *row, const char *column,
                              const char *path, struct qn_err *err)
{
    size_t max = 0;
    for (unsigned i = 0; i < row->table->ncols; i++)
        if (strcmp(row->table->col[i].name, column) == 0)
            max = row->table->col[i].max;
    enum qn_code rc = file_read(out, path, max, err);
    while (!rc && out->n && (out->p[out->n - 1] == '\n' || out->p[out->n - 1] == '\r'))
        out->n--;
    if (!rc && (!out->n || !wire_is_utf8(qn_buf_span(out))))
        rc = qn_fail(err, QN_MALFORMED, "clue.text", "path=%s", path);
    return rc;
}

static enum qn_code put_inspection(struct qn_row *row, const char *name,
                                   char office[QN_CODE_MAX + 1], struct store *st,
                                   struct qn_err *err)
{
    int64_t id;
    enum qn_code rc = clue_name(name, office, &id, err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(st, SQL_WORK_INSPECTION_NEWEST);
    q_bind_text(&q, office);
    q_bind_int(&q, id);
    int64_t rev = q_step(&q) ? q_int(&q, 0) : 0;
    rc = query_end(&q, err);
    if (!rc && !rev)
        rc = qn_fail(err, QN_ABSENT, "clue.inspection", "result=%s", name);
    row_text(row, "inspection_office", office);
    row_int(row, "inspection_id", id);
    row_int(row, "inspection_rev", rev);
    return rc;
}

enum qn_code clue_send(struct store *st, const struct clue_send *o, int64_t *id, struct qn_err *err)
{
    QN_AUTO(act) struct act a = {0};
    QN_AUTO(qn_buf) struct qn_buf facts = {0}, persons = {0}, materials = {0};
    char now[20], today[11], office[QN_CODE_MAX + 1];
    const struct qn_cert *self = store_self(st);
    struct qn_row row;
    clock_local(st, now);
    clock_today(st, today);
    if (self && strcmp(self->office, o->to) == 0)
        return qn_fail(err, QN_DENIED, "clue.self", "office=%s", o->to);
    if (self && !tree_log_is_for(st, self->office, o->to))
        return qn_fail(err, QN_ABSENT, "clue.addressee", "office=%s", o->to);
    enum qn_code rc =
        act_begin(&a, st, duty_of(DUTY_CLUE_SEND), o->by, QN_KIND_RESULT, QN_LANE_RESULT, err);
    if (!rc)
        rc = act_part(&a, QN_RESTRICTED, QN_TO_OFFICE, o->to, err);
    if (rc)
        return rc;
    *id = act_id(&a);
    row_start(&row, &a, "clue", *id, 1);
    row_text(&row, "receiver_kind", o->kind);
    row_text(&row, "receiver", o->receiver);
    row_text(&row, "doc_no", o->doc_no);
    row_text(&row, "sent_on", o->sent_on ? o->sent_on : today);
    row_text(&row, "title", o->title);
    rc = read_text(&facts, &row, "facts", o->facts, err);
    if (!rc && o->persons)
        rc = read_text(&persons, &row, "persons", o->persons, err);
    if (!rc && o->materials)
        rc = read_text(&materials, &row, "materials", o->materials, err);
    if (!rc && o->inspection)
        rc = put_inspection(&row, o->inspection, office, st, err);
    if (rc)
        return rc;
    row_span(&row, "facts", qn_buf_span(&facts));
    row_span(&row, "persons", qn_buf_span(&persons));
    row_span(&row, "materials", qn_buf_span(&materials));
    row_text(&row, "object_id", o->object);
    row_text(&row, "object_name", o->object_name);
    row_text(&row, "acted_by", o->by);
    row_text(&row, "recorded_on", now);
    rc = act_put(&a, &row, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}

/* To whom a clue of this office's own was sealed. */
static enum qn_code addressee(char to[QN_CODE_MAX + 1], struct store *st, int64_t id, int64_t rev,
                              struct qn_err *err)
{
    const char *self = store_self(st)->office;
    QN_AUTO(log_entry) struct log_entry e = {0};
    struct log log;
    uint64_t seq;
    enum qn_code rc = entry_of_row(&log, &seq, st, "clue", self, id, rev, err);
    if (!rc)
        rc = log_entry_get(&e, st, &log, seq, err);
    for (unsigned i = 0; !rc && i < e.h.nparts; i++)
        if (e.h.part[i].audience == QN_RESTRICTED && !qn_span_is(e.h.part[i].to, self) &&
            qn_text_copy(to, QN_CODE_MAX + 1, e.h.part[i].to))
            return QN_OK;
    return rc ? rc : qn_fail(err, QN_ABSENT, "clue.absent", "clue=%lld", (long long)id);
}

/* SPEC tables-25: "by the office it was addressed to" - whoever is below may write of any clue. */
enum qn_code clue_answerer(char out[QN_CODE_MAX + 1], struct store *st, const char *office,
                           int64_t id, struct qn_err *err)
{
    const char *self = store_self(st)->office;
    if (strcmp(self, office) == 0)
        return addressee(out, st, id, 1, err);
    return qn_text_copy(out, QN_CODE_MAX + 1, qn_str(self))
               ? QN_OK
               : qn_fail(err, QN_LIMIT, "clue.absent", "clue=%lld", (long long)id);
}

/* The row as it stands, under a new id; why says which one it repeats. */
static enum qn_code put_copy(struct act *a, struct query *q, int64_t id, const char *by,
                             const char *now, const char *why, struct qn_err *err)
{
    static const char *const texts[] = {
        "receiver_kind", "receiver",    "doc_no",           "sent_on",
        "title",         "facts",       "persons",          "materials",
        "object_id",     "object_name", "inspection_office"};
    struct qn_row row;
    row_start(&row, a, "clue", id, 1);
    for (int i = 0; i < (int)(sizeof(texts) / sizeof(texts[0])); i++)
        row_span(&row, texts[i], q_span(q, i + 1));
    if (!q_null(q, 12)) {
        row_int(&row, "inspection_id", q_int(q, 12));
        row_int(&row, "inspection_rev", q_int(q, 13));
    }
    row_text(&row, "acted_by", by);
    row_text(&row, "recorded_on", now);
    row_text(&row, "reason", why);
    return act_put(a, &row, err);
}

enum qn_code clue_again(struct store *st, const char *clue, const char *by,
                        char to[QN_CODE_MAX + 1], int64_t *id, struct qn_err *err)
{
    char office[QN_CODE_MAX + 1], now[20], why[100];
    int64_t old;
    const struct qn_cert *self = store_self(st);
    enum qn_code rc = clue_name(clue, office, &old, err);
    if (rc)
        return rc;
    if (!self || strcmp(self->office, office) != 0)
        return qn_fail(err, QN_DENIED, "clue.not-own", "clue=%s", clue);
    QN_AUTO(act) struct act a = {0};
    QN_AUTO(query) struct query q = query_start(st, SQL_WORK_CLUE_WHOLE);
    q_bind_text(&q, office);
    q_bind_int(&q, old);
    if (!q_step(&q)) {
        rc = query_end(&q, err);
        return rc ? rc : qn_fail(err, QN_ABSENT, "clue.absent", "clue=%s", clue);
    }
    clock_local(st, now);
    snprintf(why, sizeof(why), "again %.80s", clue);
    rc = addressee(to, st, old, q_int(&q, 0), err);
    if (!rc)
        rc = act_begin(&a, st, duty_of(DUTY_CLUE_SEND), by, QN_KIND_RESULT, QN_LANE_RESULT, err);
    if (!rc)
        rc = act_part(&a, QN_RESTRICTED, QN_TO_OFFICE, to, err);
    if (rc)
        return rc;
    *id = act_id(&a);
    rc = put_copy(&a, &q, *id, by, now, why, err);
    if (!rc)
        rc = query_end(&q, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}

enum qn_code clue_answer(struct store *st, const struct clue_answer *o, struct qn_err *err)
{
    char office[QN_CODE_MAX + 1], now[20], today[11];
    int64_t id, rev;
    const struct qn_cert *self = store_self(st);
    enum qn_code rc = clue_name(o->clue, office, &id, err);
    if (rc)
        return rc;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_WORK_CLUE);
        q_bind_text(&q, office);
        q_bind_int(&q, id);
        rev = q_step(&q) ? q_int(&q, 0) : 0;
        rc = query_end(&q, err);
    }
    if (!rc && !rev)
        rc = qn_fail(err, QN_ABSENT, "clue.absent", "clue=%s", o->clue);
    if (!rc && self && strcmp(self->office, office) == 0)
        rc = qn_fail(err, QN_DENIED, "clue.own", "clue=%s", o->clue);
    /* SPEC tables-25: "A returned clue has a `note` that says why" */
    if (!rc && strcmp(o->outcome, "returned") == 0 && (!o->note || !*o->note))
        rc = qn_fail(err, QN_MALFORMED, "clue.return-note", "clue=%s", o->clue);
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    if (!rc)
        rc = act_begin(&a, st, duty_of(DUTY_CLUE_ANSWER), o->by, QN_KIND_RESULT, QN_LANE_RESULT,
                       err);
    if (!rc)
        rc = act_part(&a, QN_RESTRICTED, QN_TO_OFFICE, office, err);
    if (rc)
        return rc;
    clock_local(st, now);
    clock_today(st, today);
    row_start(&row, &a, "clue_answer", act_id(&a), 1);
    row_text(&row, "clue_office", office);
    row_int(&row, "clue_id", id);
    row_int(&row, "clue_rev", rev);
    row_text(&row, "outcome", o->outcome);
    row_text(&row, "doc_no", o->doc_no);
    row_text(&row, "answered_on", o->answered_on ? o->answered_on : today);
    row_text(&row, "note", o->note);
    row_text(&row, "acted_by", o->by);
    row_text(&row, "recorded_on", now);
    rc = act_put(&a, &row, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}
