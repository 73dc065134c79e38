#include "node/work/sampling_ask.h"

#include <stdio.h>
#include <string.h>

enum qn_code sampling_ask(int64_t out[2], struct store *st, const struct sampling_ask *ask,
                          struct qn_err *err)
{
    const struct qn_cert *self = store_self(st);
    QN_AUTO(query) struct query q = query_start(st, ask->sql);
    q_bind_text(&q, self ? self->office : "");
    if (ask->text)
        q_bind_text(&q, ask->text);
    for (unsigned i = 0; i < ask->count; i++)
        q_bind_int(&q, ask->n[i]);
    if (ask->last)
        q_bind_text(&q, ask->last);
    out[0] = out[1] = 0;
    if (q_step(&q))
        for (int i = 0; i < 2; i++)
            out[i] = q_int(&q, i);
    return query_end(&q, err);
}

bool sampling_staff_next(const char **list, int64_t *id)
{
    struct qn_err why;
    size_t n = strcspn(*list, " ;");
    if (qn_row_id_parse(id, (struct qn_span){(const uint8_t *)*list, n}, &why) != QN_OK)
        return false;
    *list += strcspn(*list, ";");
    *list += **list == ';';
    return true;
}

enum qn_code sampling_staff(const struct record_draft *d, const char *field, int64_t lab,
                            const char *duty, struct qn_err *err)
{
    const struct qn_cert *self = store_self(d->st);
    const char *list = record_text(d, field);
    int64_t id;
    while (sampling_staff_next(&list, &id)) {
        char row[40];
        bool same, may;
        QN_AUTO(query) struct query q = query_start(d->st, SQL_SAMPLING_STAFF);
        q_bind_text(&q, self ? self->office : "");
        q_bind_int(&q, id);
        same = q_step(&q) && q_int(&q, 0) == lab;
        may = same && (strcmp(q_text(&q, 1), duty) == 0 || strcmp(q_text(&q, 1), "both") == 0);
        enum qn_code rc = query_end(&q, err);
        if (rc)
            return rc;
        qn_row_id_text(row, id);
        if (!may)
            return qn_fail(err, QN_DENIED,
                           same ? "sampling.staff-duty" : "sampling.staff-other-lab",
                           "field=%s.%s|value=%s", d->type->name, field, row);
    }
    return QN_OK;
}

enum qn_code sampling_tested(char conclusion[40], char ended[11], struct store *st, int64_t sample,
                             struct qn_err *err)
{
    const struct qn_cert *self = store_self(st);
    QN_AUTO(query) struct query q = query_start(st, SQL_SAMPLING_TESTED);
    q_bind_text(&q, self ? self->office : "");
    q_bind_int(&q, sample);
    bool found = q_step(&q);
    snprintf(conclusion, 40, "%s", found ? q_text(&q, 0) : "");
    snprintf(ended, 11, "%s", found ? q_text(&q, 1) : "");
    return query_end(&q, err);
}

enum qn_code sampling_served(char on[11], struct store *st, int64_t report, const char *kind,
                             struct qn_err *err)
{
    const struct qn_cert *self = store_self(st);
    QN_AUTO(query) struct query q = query_start(st, SQL_SAMPLING_SERVED);
    q_bind_text(&q, self ? self->office : "");
    q_bind_text(&q, kind);
    q_bind_int(&q, report);
    snprintf(on, 11, "%s", q_step(&q) ? q_text(&q, 0) : "");
    return query_end(&q, err);
}

enum qn_code sampling_end(struct sampling_end *out, struct store *st, int64_t sample,
                          struct qn_err *err)
{
    const struct qn_cert *self = store_self(st);
    QN_AUTO(query) struct query q = query_start(st, SQL_SAMPLING_END);
    q_bind_text(&q, self ? self->office : "");
    q_bind_int(&q, sample);
    *out = (struct sampling_end){.days = SAMPLING_OBJECTION_DAYS};
    if (q_step(&q)) {
        out->without_report = q_int(&q, 0) != 0;
        out->reported = q_int(&q, 1) != 0;
        out->under_way = q_int(&q, 2) != 0;
        out->served = q_int(&q, 3) != 0;
        snprintf(out->last_served, sizeof(out->last_served), "%s", q_text(&q, 4));
        out->open = q_int(&q, 5) != 0;
        out->days = q_int(&q, 6);
        snprintf(out->conclusion, sizeof(out->conclusion), "%s", q_text(&q, 7));
    }
    return query_end(&q, err);
}
