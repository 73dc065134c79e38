#include "node/publish/site_parts.h"

#include <stdlib.h>
#include <string.h>

#include "node/publish/publication.h"
#include "protocol/wire.h"

static enum qn_code no_memory(struct site *s)
{
    return qn_fail(s->err, QN_NOMEM, "base.no-memory", "");
}

/* ---- offices ------------------------------------------------------------------------------------ */

static int by_code(const void *a, const void *b)
{
    const struct site_office *x = a, *y = b;
    return qn_span_cmp(qn_str(x->cert.office), qn_str(y->cert.office));
}

static enum qn_code gather_offices(struct site *s)
{
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(s->st, SQL_PUB_CERTS);
    while (!rc && q_step(&q)) {
        struct site_office *list = s->offices.at;
        struct qn_cert c;
        rc = qn_cert_decode(&c, q_span(&q, 5), s->err);
        if (rc)
            break;
        /* Rows come by level, office, epoch, serial: a later one of the same office is newer. */
        if (!s->offices.n || strcmp(list[s->offices.n - 1].cert.office, c.office) != 0) {
            if (!list_add(&s->offices, sizeof(*list)))
                return no_memory(s);
            list = s->offices.at;
        }
        list[s->offices.n - 1].cert = c;
    }
    if (!rc && s->offices.n)
        qsort(s->offices.at, s->offices.n, sizeof(struct site_office), by_code);
    return rc ? rc : query_end(&q, s->err);
}

struct site_office *site_office_of(struct site *s, struct qn_span code, unsigned *at)
{
    struct site_office *o = s->offices.at;
    size_t lo = 0, hi = s->offices.n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (qn_span_cmp(qn_str(o[mid].cert.office), code) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == s->offices.n || !qn_span_is(code, o[lo].cert.office))
        return NULL;
    if (at)
        *at = (unsigned)lo;
    return &o[lo];
}

const char *site_name_of(struct site *s, struct qn_span code)
{
    const struct site_office *o = site_office_of(s, code, NULL);
    return o ? o->cert.name : "";
}

bool site_is_above(struct site *s, const char *above, const char *office)
{
    const struct site_office *o = site_office_of(s, qn_str(office), NULL);
    for (int i = 0; o && o->cert.issuer[0] && i < QN_CHAIN_MAX; i++) {
        if (strcmp(o->cert.issuer, above) == 0)
            return true;
        o = site_office_of(s, qn_str(o->cert.issuer), NULL);
    }
    return false;
}

/* ---- cosignatures ------------------------------------------------------------------------------- */

enum qn_code site_times(struct site *s, struct site_times *out, unsigned log, uint64_t seq,
                        const char *drawer)
{
    *out = (struct site_times){0};
    const struct log *l = &s->m.released.log[log];
    QN_AUTO(query) struct query q = query_start(s->st, SQL_PUB_FIRST_COSIGNED);
    q_bind_int(&q, l->no);
    q_bind_int(&q, (int64_t)seq);
    while (q_step(&q)) {
        char office[QN_CODE_MAX + 1];
        if (!qn_text_copy(office, sizeof(office), q_span(&q, 0)))
            continue;
        bool above = site_is_above(s, office, drawer);
        /* The log's own witness says when, but is no ancestor's word. */
        if ((!above && strcmp(office, l->office) != 0) || out->n == QN_EV_WITNESSES + 1)
            continue;
        memcpy(out->by[out->n].office, office, sizeof(office));
        out->by[out->n].size = (uint64_t)q_int(&q, 1);
        out->by[out->n].time_s = (uint64_t)q_int(&q, 2);
        out->by[out->n].above = above;
        out->n++;
    }
    return query_end(&q, s->err);
}

/* ---- verdicts ----------------------------------------------------------------------------------- */

const struct m_verdict *site_next_verdict(struct site *s, const struct m_draw *d, size_t *at)
{
    char office[QN_CODE_MAX + 1], judge[QN_CODE_MAX + 1];
    while (*at < model_count(&s->m, M_VERDICT)) {
        size_t i = (*at)++;
        const struct m_verdict *v = model_at(&s->m, M_VERDICT, i);
        if (v->draw_id == d->key.id && qn_span_eq(v->draw_office, d->key.office) &&
            model_newest(&s->m, M_VERDICT, i) &&
            qn_text_copy(office, sizeof(office), d->key.office) &&
            qn_text_copy(judge, sizeof(judge), v->key.office) && site_is_above(s, judge, office))
            return v;
    }
    return NULL;
}

/* ---- published results -------------------------------------------------------------------------- */

static int by_published(const void *a, const void *b)
{
    const struct m_publication *x = *(const struct m_publication *const *)a,
                               *y = *(const struct m_publication *const *)b;
    struct m_ref p = {x->result_office, x->result_id, x->result_rev},
                 q = {y->result_office, y->result_id, y->result_rev};
    return m_ref_cmp(&p, &q);
}

static bool same_result(const struct m_publication *x, const struct m_publication *y)
{
    return x->result_id == y->result_id && qn_span_eq(x->result_office, y->result_office);
}

/* What an office may not publish is passed over as if it were not there: it hides nothing of what was published. */
static enum qn_code add_published(struct site *s, const struct m_publication *p)
{
    const struct m_result *r =
        model_find(&s->m, M_RESULT, p->result_office, p->result_id, p->result_rev);
    const struct site_office *o = site_office_of(s, p->result_office, NULL);
    unsigned at;
    /* SPEC publication-7: "A publication shows only a released result of its own office or of one of its stations" */
    if (!r || !o ||
        (!qn_span_is(p->key.office, o->cert.office) &&
         !(o->cert.level == QN_STATION && qn_span_is(p->key.office, o->cert.issuer))))
        return QN_OK;
    if (!site_office_of(s, p->key.office, &at) ||
        !publish_stands(s->st, p->result_office, p->result_id))
        return QN_OK;
    const struct site_published *last = s->published.at;
    if (s->published.n) {
        last += s->published.n - 1;
        if (same_result(last->p, p) && last->p->result_rev == p->result_rev)
            return QN_OK;
    }
    struct site_published *made = list_add(&s->published, sizeof(*made));
    if (!made)
        return no_memory(s);
    *made = (struct site_published){.r = r, .p = p, .of = at};
    return QN_OK;
}

/* SPEC publication-13: "the newest of its published revisions" */
static enum qn_code add_results(struct site *s)
{
    const struct site_published *x = s->published.at;
    for (size_t i = 0, first = 0; i < s->published.n; i++) {
        if (i && !same_result(x[i - 1].p, x[i].p))
            first = i;
        if (i + 1 < s->published.n && same_result(x[i].p, x[i + 1].p))
            continue;
        struct site_result *made = list_add(&s->results, sizeof(*made));
        if (!made)
            return no_memory(s);
        *made = (struct site_result){
            .r = x[i].r, .p = x[i].p, .of = x[i].of, .first = first, .earlier = i - first};
    }
    return QN_OK;
}

const struct site_published *site_earlier(const struct site *s, const struct site_result *r,
                                          size_t i)
{
    const struct site_published *x = s->published.at;
    return &x[r->first + i];
}

static int by_office(const void *a, const void *b)
{
    const struct site_result *x = a, *y = b;
    if (x->of != y->of)
        return x->of < y->of ? -1 : 1;
    int c = qn_span_cmp(y->r->completed_on, x->r->completed_on);
    if (c)
        return c;
    c = qn_span_cmp(x->r->object_id, y->r->object_id);
    return c ? c : (x->r->key.id > y->r->key.id) - (x->r->key.id < y->r->key.id);
}

static int compare_objects(const struct m_result *x, const struct m_result *y)
{
    int c = qn_span_cmp(x->draw_office, y->draw_office);
    if (!c)
        c = (x->draw_id > y->draw_id) - (x->draw_id < y->draw_id);
    if (!c)
        c = qn_span_cmp(x->object_id, y->object_id);
    if (!c)
        c = qn_span_cmp(x->task, y->task);
    return c ? c : (x->round > y->round) - (x->round < y->round);
}

static int by_object(const void *a, const void *b)
{
    const struct site_result *x = *(const struct site_result *const *)a,
                             *y = *(const struct site_result *const *)b;
    return compare_objects(x->r, y->r);
}

static enum qn_code gather_results(struct site *s)
{
    QN_AUTO(list) struct list pubs = {0};
    enum qn_code rc = QN_OK;
    for (size_t i = 0; i < model_count(&s->m, M_PUBLICATION); i++) {
        const struct m_publication **p = list_add(&pubs, sizeof(*p));
        if (!p)
            return no_memory(s);
        *p = model_at(&s->m, M_PUBLICATION, i);
    }
    const struct m_publication **p = pubs.at;
    if (pubs.n)
        qsort(p, pubs.n, sizeof(*p), by_published);
    for (size_t i = 0; !rc && i < pubs.n; i++)
        rc = add_published(s, p[i]);
    if (!rc)
        rc = add_results(s);
    if (rc || !s->results.n)
        return rc;
    qsort(s->results.at, s->results.n, sizeof(struct site_result), by_office);
    const struct site_result *r = s->results.at;
    for (size_t i = 0; i < s->results.n; i++) {
        const struct site_result **at = list_add(&s->by_object, sizeof(*at));
        if (!at)
            return no_memory(s);
        *at = &r[i];
    }
    qsort(s->by_object.at, s->by_object.n, sizeof(const struct site_result *), by_object);
    return QN_OK;
}

const struct site_result *site_result_of(const struct site *s, struct qn_span draw_office,
                                         int64_t draw_id, struct qn_span object,
                                         struct qn_span task, int64_t round)
{
    struct m_result key = {.draw_office = draw_office,
                           .draw_id = draw_id,
                           .object_id = object,
                           .task = task,
                           .round = round};
    struct site_result want = {.r = &key};
    const struct site_result *at = &want, *const *found = NULL;
    if (s->by_object.n)
        found = bsearch(&at, s->by_object.at, s->by_object.n, sizeof(at), by_object);
    return found ? *found : NULL;
}

/* ---- objects ------------------------------------------------------------------------------------ */

/* SPEC site-17: "the first 16 hexadecimal digits of H(object_id)" */
void site_object_anchor(char out[17], struct qn_span id)
{
    uint8_t hash[QN_HASH];
    wire_sha256(hash, &id, 1);
    qn_hex(out, hash, 8);
}

static int by_name(const void *a, const void *b)
{
    const struct site_result *x = *(const struct site_result *const *)a,
                             *y = *(const struct site_result *const *)b;
    int c = qn_span_cmp(x->r->object_id, y->r->object_id);
    if (!c)
        c = qn_span_cmp(y->r->completed_on, x->r->completed_on);
    if (!c)
        c = qn_span_cmp(x->r->key.office, y->r->key.office);
    return c ? c : (x->r->key.id > y->r->key.id) - (x->r->key.id < y->r->key.id);
}

static int by_anchor(const void *a, const void *b)
{
    const struct site_object *x = a, *y = b;
    int c = strcmp(x->anchor, y->anchor);
    return c ? c : qn_span_cmp(x->id, y->id);
}

static enum qn_code gather_objects(struct site *s)
{
    const struct site_result *r = s->results.at;
    for (size_t i = 0; i < s->results.n; i++) {
        const struct site_result **at = list_add(&s->by_name, sizeof(*at));
        if (!at)
            return no_memory(s);
        *at = &r[i];
    }
    const struct site_result **x = s->by_name.at;
    if (s->by_name.n)
        qsort(x, s->by_name.n, sizeof(const struct site_result *), by_name);
    for (size_t from = 0, to; from < s->by_name.n; from = to) {
        for (to = from;
             to < s->by_name.n && qn_span_eq(x[to]->r->object_id, x[from]->r->object_id);)
            to++;
        struct site_object *o = list_add(&s->objects, sizeof(*o));
        if (!o)
            return no_memory(s);
        *o = (struct site_object){.id = x[from]->r->object_id,
                                  .name = x[from]->r->object_name,
                                  .first = from,
                                  .n = to - from};
        site_object_anchor(o->anchor, o->id);
    }
    if (s->objects.n)
        qsort(s->objects.at, s->objects.n, sizeof(struct site_object), by_anchor);
    return QN_OK;
}

/* ---- tasks -------------------------------------------------------------------------------------- */

/* "10" after "9": tasks are numbered by people. */
static int by_number(const struct m_task *x, const struct m_task *y)
{
    if (x->no.n != y->no.n)
        return x->no.n < y->no.n ? -1 : 1;
    return qn_span_cmp(x->no, y->no);
}

/* A plan has some dozens of tasks: the next by number each time. */
const struct m_task *site_next_task(struct site *s, const struct m_plan *p,
                                    const struct m_task *last)
{
    const struct m_task *next = NULL;
    for (size_t i = 0; i < model_count(&s->m, M_TASK); i++) {
        const struct m_task *t = model_at(&s->m, M_TASK, i);
        if (t->plan_id == p->key.id && qn_span_eq(t->key.office, p->key.office) &&
            model_newest(&s->m, M_TASK, i) && !t->withdrawn && (!last || by_number(t, last) > 0) &&
            (!next || by_number(t, next) < 0))
            next = t;
    }
    return next;
}

enum qn_code site_gather(struct site *s)
{
    enum qn_code rc = model_load(&s->m, s->st, MODEL_ALL, s->err);
    if (!rc)
        rc = gather_offices(s);
    if (!rc)
        rc = gather_results(s);
    return rc ? rc : gather_objects(s);
}
