#include "node/draw/visits.h"

#include <stdlib.h>
#include <string.h>

#define VISITS_MAX 1000000

void visits_release(struct visits *v)
{
    free(v->at);
    qn_buf_release(&v->ids);
    *v = (struct visits){.n = 0};
}

struct qn_span visits_object(const struct visits *v, size_t i)
{
    return (struct qn_span){v->ids.p + v->at[i].at, v->at[i].n};
}

static enum qn_code add(struct visits *v, size_t *cap, struct qn_span object, struct qn_err *err)
{
    if (v->n && qn_span_eq(visits_object(v, v->n - 1), object))
        return QN_OK;
    if (v->n == *cap) {
        *cap = *cap ? *cap * 2 : 64;
        struct visited *more = *cap <= 2 * VISITS_MAX ? realloc(v->at, *cap * sizeof(*more)) : NULL;
        if (!more)
            return qn_fail(err, QN_NOMEM, "base.no-memory", "");
        v->at = more;
    }
    v->at[v->n++] = (struct visited){.at = (uint32_t)v->ids.n, .n = (uint32_t)object.n};
    qn_put_span(&v->ids, object);
    return qn_buf_check(&v->ids, err);
}

enum qn_code visits_load(struct visits *out, struct store *st, const char *office, int64_t draw_id,
                         struct qn_err *err)
{
    QN_AUTO(visits) struct visits v = {.n = 0};
    size_t cap = 0;
    qn_buf_init(&v.ids, (size_t)VISITS_MAX * QN_OBJECT_ID_MAX);
    QN_AUTO(query) struct query q = query_start(st, SQL_VISITED);
    q_bind_text(&q, office);
    q_bind_int(&q, draw_id);
    enum qn_code rc = QN_OK;
    while (!rc && q_step(&q)) {
        struct qn_span object = q_span(&q, 0);
        if (!object.n)
            continue;
        rc = add(&v, &cap, object, err);
        if (rc)
            return rc;
        struct visited *last = &v.at[v.n - 1];
        if (!qn_span_is(q_span(&q, 1), office))
            last->by_other = true;
        else if (!last->own_id || q_int(&q, 2) < last->own_id)
            last->own_id = q_int(&q, 2);
    }
    rc = query_end(&q, err);
    if (rc)
        return rc;
    *out = v;
    v = (struct visits){.n = 0};
    return QN_OK;
}

bool visits_has(const struct visits *v, struct qn_span object, int64_t before)
{
    size_t lo = 0, hi = v->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = qn_span_cmp(visits_object(v, mid), object);
        if (c == 0)
            return v->at[mid].by_other || (v->at[mid].own_id && v->at[mid].own_id < before);
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return false;
}
