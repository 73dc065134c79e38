#include "node/draw/visits.h"

#include <stdlib.h>
#include <string.h>

#include "node/draw/room.h"

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
    enum qn_code rc = room_for_one((void *)&v->at, v->n, cap, sizeof(*v->at), VISITS_MAX, err);
    if (rc)
        return rc;
    v->at[v->n++] = (struct visited){.at = (uint32_t)v->ids.n, .n = (uint32_t)object.n};
    qn_put_span(&v->ids, object);
    return qn_buf_check(&v->ids, err);
}

/* SPEC verdicts-32: "of the slot whose task and round it names" */
static unsigned slot_of(const struct qn_order *o, struct qn_span task, int64_t round)
{
    for (unsigned i = 0; i < o->nslots; i++)
        if (qn_span_is(task, o->slot[i].task) && round == o->slot[i].round)
            return i + 1;
    return 0;
}

struct sorted { /* qsort has no context: each element carries its list */
    const struct visits *list;
    struct visited v;
};

static int by_target(const void *a, const void *b)
{
    const struct sorted *x = a, *y = b;
    struct qn_span i = {x->list->ids.p + x->v.at, x->v.n}, k = {y->list->ids.p + y->v.at, y->v.n};
    int c = qn_span_cmp(i, k);
    return c ? c : (x->v.slot_no > y->v.slot_no) - (x->v.slot_no < y->v.slot_no);
}

/* One for each object and slot: the first own result counts, and whether there is one of another's. */
static enum qn_code merge(struct visits *v, struct qn_err *err)
{
    struct sorted *all = calloc(v->n + 1, sizeof(*all));
    if (!all)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (size_t i = 0; i < v->n; i++)
        all[i] = (struct sorted){v, v->at[i]};
    qsort(all, v->n, sizeof(*all), by_target);
    size_t n = 0;
    for (size_t i = 0; i < v->n; i++) {
        struct visited *last = &v->at[n ? n - 1 : 0];
        const struct visited *one = &all[i].v;
        if (i == 0 || by_target(&all[i - 1], &all[i]) != 0) {
            v->at[n++] = *one;
            continue;
        }
        last->by_other = last->by_other || one->by_other;
        if (one->own_id && (!last->own_id || one->own_id < last->own_id))
            last->own_id = one->own_id;
    }
    v->n = n;
    free(all);
    return QN_OK;
}

enum qn_code visits_load(struct visits *out, struct store *st, const char *office, int64_t draw_id,
                         const struct qn_order *order, struct qn_err *err)
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
        last->slot_no = slot_of(order, q_span(&q, 3), q_int(&q, 4));
        last->by_other = !qn_span_is(q_span(&q, 1), office);
        last->own_id = last->by_other ? 0 : q_int(&q, 2);
    }
    rc = query_end(&q, err);
    if (!rc)
        rc = merge(&v, err);
    if (rc)
        return rc;
    *out = v;
    v = (struct visits){.n = 0};
    return QN_OK;
}

bool visits_has(const struct visits *v, struct qn_span object, unsigned slot_no, int64_t before)
{
    size_t lo = 0, hi = v->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const struct visited *at = &v->at[mid];
        int c = qn_span_cmp(visits_object(v, mid), object);
        if (c == 0)
            c = (at->slot_no > slot_no) - (at->slot_no < slot_no);
        if (c == 0)
            return at->by_other || (at->own_id && at->own_id < before);
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return false;
}
