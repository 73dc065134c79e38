#include "node/draw/listing.h"

#include <stdlib.h>
#include <string.h>

#include "node/draw/freeze.h"
#include "node/draw/room.h"
#include "node/store/tree.h"

#define LISTED_MAX 1000000

void listing_release(struct listing *l)
{
    free(l->at);
    qn_buf_release(&l->text);
    *l = (struct listing){.n = 0};
}

const char *listing_text(const struct listing *l, uint32_t at)
{
    return (const char *)l->text.p + at;
}

struct qn_span listing_id(const struct listing *l, size_t i)
{
    return (struct qn_span){l->text.p + l->at[i].id, l->at[i].nid};
}

/* SPEC verdicts-33: "by an office above it, or by itself" */
bool listing_counts(struct store *st, const char *by, const char *drawer)
{
    return strcmp(by, drawer) == 0 || tree_is_above(st, by, drawer);
}

/* ---- one list -------------------------------------------------------------------------------------------------------- */

struct loading {
    struct listing l;
    size_t cap;
    struct store *st;
    const struct qn_order *o;
    unsigned slot;
    bool sent_on; /* what is added was sent on since the order */
};

static uint32_t keep(struct qn_buf *text, struct qn_span s)
{
    uint32_t at = (uint32_t)text->n;
    qn_put_span(text, s);
    qn_put(text, "", 1);
    return at;
}

static enum qn_code add(struct loading *w, struct query *q, struct qn_err *err)
{
    struct listing *l = &w->l;
    enum qn_code rc = room_for_one((void *)&l->at, l->n, &w->cap, sizeof(*l->at), LISTED_MAX, err);
    if (rc)
        return rc;
    struct listed *to = &l->at[l->n++];
    *to = (struct listed){.nid = (uint32_t)q_span(q, 0).n};
    *(w->sent_on ? &to->sent_on : &to->slots) = (uint16_t)(1u << w->slot);
    to->id = keep(&l->text, q_span(q, 0));
    to->name = keep(&l->text, q_span(q, 1));
    to->address = keep(&l->text, q_span(q, 2));
    return qn_buf_check(&l->text, err);
}

/* The entry that an order's list line names. */
struct place {
    const char *office;
    int64_t from, to; /* ids of its rows */
    /* SPEC exc-32: "the list line of the order names an entry of a reassignment to the office" */
    bool sent_on;
};

static enum qn_code no_list(const struct loading *w, enum qn_code rc, struct qn_err *err)
{
    const struct qn_leaf_ref *ref = &w->o->list[w->slot];
    char name[SLOT_NAME_MAX];
    slot_key_name(name, &w->o->slot[w->slot]);
    return qn_fail(err, rc, rc == QN_ABSENT ? "draw.list-absent" : "draw.list",
                   "slot=%s|log=%s|seq=%llu", name, ref->origin, (unsigned long long)ref->index);
}

/* The draw's id: the inspecting office holds its own dispatch rows, not the result; those above hold both. */
static enum qn_code draw_at(int64_t *id, struct loading *w, const struct place *p,
                            struct qn_err *err)
{
    QN_AUTO(query)
    struct query q = query_start(w->st, p->sent_on ? SQL_LIST_DRAW_SENT : SQL_LIST_DRAW_AT);
    q_bind_text(&q, p->office);
    q_bind_int(&q, p->from);
    q_bind_int(&q, p->to);
    if (p->sent_on)
        q_bind_text(&q, w->o->office);
    *id = q_step(&q) && !q_null(&q, 0) ? q_int(&q, 0) : 0;
    return query_end(&q, err);
}

static enum qn_code add_all(struct loading *w, enum sql sql, const struct place *p, int64_t draw_id,
                            struct qn_err *err)
{
    const struct qn_slot_key *k = &w->o->slot[w->slot];
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(w->st, sql);
    q_bind_text(&q, p->office);
    q_bind_int(&q, draw_id);
    q_bind_text(&q, w->o->office);
    q_bind_text(&q, k->task);
    q_bind_int(&q, k->round);
    q_bind_int(&q, p->sent_on ? p->to : 0);
    while (!rc && q_step(&q))
        rc = add(w, &q, err);
    return rc ? rc : query_end(&q, err);
}

/* SPEC verdicts-33: "the objects that a draw of type objects dispatched to the office in `office` for the slot's task and
 * round" */
static enum qn_code load_draw(struct loading *w, const struct place *p, struct qn_err *err)
{
    size_t before = w->l.n;
    int64_t draw_id;
    enum qn_code rc = draw_at(&draw_id, w, p, err);
    if (rc || !draw_id)
        return rc ? rc : no_list(w, QN_ABSENT, err);
    w->l.source[w->slot].id = draw_id;
    rc = add_all(w, SQL_LIST_OF_DRAW, p, draw_id, err);
    if (rc || w->l.n == before)
        return rc ? rc : no_list(w, QN_UNVERIFIED, err);
    w->sent_on = true;
    rc = add_all(w, SQL_LIST_SENT_ON, p, draw_id, err);
    w->sent_on = false;
    return rc;
}

static enum qn_code load_given(struct loading *w, const struct log *log, int64_t from, int64_t to,
                               struct qn_err *err)
{
    const struct qn_slot_key *k = &w->o->slot[w->slot];
    int64_t id = 0;
    bool fits = false;
    {
        QN_AUTO(query) struct query q = query_start(w->st, SQL_GIVEN_AT);
        q_bind_text(&q, log->office);
        q_bind_int(&q, from);
        q_bind_int(&q, to);
        if (q_step(&q)) {
            id = q_int(&q, 0);
            fits = qn_span_is(q_span(&q, 1), k->issuer) && qn_span_is(q_span(&q, 2), k->series) &&
                   qn_span_is(q_span(&q, 3), k->task) && q_int(&q, 4) == k->round &&
                   qn_span_is(q_span(&q, 5), w->o->office);
        }
        enum qn_code rc = query_end(&q, err);
        if (rc)
            return rc;
    }
    if (!fits)
        return no_list(w, id ? QN_UNVERIFIED : QN_ABSENT, err);
    w->l.source[w->slot].id = id;
    w->l.source[w->slot].given = true;
    QN_AUTO(query) struct query q = query_start(w->st, SQL_GIVEN_OBJECTS);
    q_bind_text(&q, log->office);
    q_bind_int(&q, id);
    size_t before = w->l.n;
    enum qn_code rc = QN_OK;
    while (!rc && q_step(&q))
        rc = add(w, &q, err);
    if (!rc)
        rc = query_end(&q, err);
    return !rc && w->l.n == before ? no_list(w, QN_UNVERIFIED, err) : rc;
}

static enum qn_code load_one(struct loading *w, struct qn_err *err)
{
    const struct qn_leaf_ref *ref = &w->o->list[w->slot];
    QN_AUTO(log_entry) struct log_entry e = {0};
    struct log log;
    int64_t from, to;
    enum qn_code rc = log_find(&log, w->st, ref->origin, err);
    if (!rc)
        rc = log_entry_get(&e, w->st, &log, ref->index, err);
    if (rc)
        return rc == QN_ABSENT ? no_list(w, QN_ABSENT, err) : rc;
    if (memcmp(e.leaf, ref->leaf, QN_HASH) != 0 || !listing_counts(w->st, log.office, w->o->office))
        return no_list(w, QN_UNVERIFIED, err);
    memcpy(w->l.source[w->slot].office, log.office, sizeof(log.office));
    entry_ids(&from, &to, log.epoch, ref->index);
    if (e.h.kind == QN_KIND_DRAW || e.h.kind == QN_KIND_EXC)
        return load_draw(w, &(struct place){log.office, from, to, e.h.kind == QN_KIND_EXC}, err);
    return e.h.kind == QN_KIND_PLAN ? load_given(w, &log, from, to, err)
                                    : no_list(w, QN_UNVERIFIED, err);
}

/* ---- all lists of an order --------------------------------------------------------------------------------------------- */

struct sorted { /* qsort has no context: each element carries its list */
    const struct listing *list;
    struct listed v;
};

static int by_id(const void *a, const void *b)
{
    const struct sorted *x = a, *y = b;
    struct qn_span i = {x->list->text.p + x->v.id, x->v.nid},
                   k = {y->list->text.p + y->v.id, y->v.nid};
    return qn_span_cmp(i, k);
}

/* One object may be on the lists of several slots: one visit serves them. */
static enum qn_code merge(struct listing *l, struct qn_err *err)
{
    struct sorted *all = calloc(l->n + 1, sizeof(*all));
    if (!all)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (size_t i = 0; i < l->n; i++)
        all[i] = (struct sorted){l, l->at[i]};
    qsort(all, l->n, sizeof(*all), by_id);
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++)
        if (i && by_id(&all[i - 1], &all[i]) == 0)
            l->at[n - 1].slots |= all[i].v.slots, l->at[n - 1].sent_on |= all[i].v.sent_on;
        else
            l->at[n++] = all[i].v;
    l->n = n;
    free(all);
    return QN_OK;
}

enum qn_code listing_load(struct listing *out, struct store *st, const struct qn_order *o,
                          struct qn_err *err)
{
    struct loading *w = calloc(1, sizeof(*w));
    if (!w)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    w->st = st;
    w->o = o;
    qn_buf_init(&w->l.text, (size_t)LISTED_MAX * QN_OBJECT_ID_MAX);
    enum qn_code rc = QN_OK;
    for (; !rc && w->slot < o->nslots; w->slot++)
        rc = load_one(w, err);
    if (!rc)
        rc = merge(&w->l, err);
    if (rc)
        listing_release(&w->l);
    else
        *out = w->l;
    free(w);
    return rc;
}

/* What was sent on is part of the list of an order that is given after it. */
static enum qn_code newest_sent(int64_t *id, struct store *st, const struct slot *s,
                                const char *office, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_LIST_NEWEST_SENT);
    q_bind_text(&q, office);
    q_bind_int(&q, *id);
    q_bind_text(&q, s->drawer);
    q_bind_text(&q, s->task);
    q_bind_int(&q, s->round);
    if (q_step(&q) && !q_null(&q, 0))
        *id = q_int(&q, 0);
    return query_end(&q, err);
}

/* ---- for whoever orders -------------------------------------------------------------------------------------------------- */

enum qn_code listing_find(struct qn_leaf_ref *out, struct store *st, const struct slot *s,
                          struct qn_err *err)
{
    char office[QN_CODE_MAX + 1] = "";
    int64_t id = 0;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_LIST_FOR_SLOT);
        q_bind_text(&q, s->issuer);
        q_bind_text(&q, s->series);
        q_bind_text(&q, s->task);
        q_bind_int(&q, s->round);
        q_bind_text(&q, s->drawer);
        /* A list by anybody else would be ordered once, and never drawn. */
        while (!id && q_step(&q))
            if (qn_text_copy(office, sizeof(office), q_span(&q, 0)) &&
                listing_counts(st, office, s->drawer))
                id = q_int(&q, 1);
        enum qn_code rc = query_end(&q, err);
        if (rc)
            return rc;
    }
    char name[SLOT_NAME_MAX], origin[QN_ORIGIN_MAX + 1] = "";
    slot_name(name, s->issuer, s->series, s->task, s->round);
    if (!id)
        return qn_fail(err, QN_LATER, "order.no-list", "slot=%s|office=%s", name, s->drawer);
    enum qn_code rc = newest_sent(&id, st, s, office, err);
    if (rc)
        return rc;
    uint16_t epoch, n;
    QN_AUTO(log_entry) struct log_entry e = {0};
    struct log log;
    qn_row_id_split(id, &epoch, &out->index, &n);
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_LOG_OF_EPOCH);
        q_bind_text(&q, office);
        q_bind_int(&q, epoch);
        if (q_step(&q))
            qn_text_copy(origin, sizeof(origin), q_span(&q, 0));
    }
    rc = log_find(&log, st, origin, err);
    if (!rc)
        rc = log_entry_get(&e, st, &log, out->index, err);
    if (rc)
        return rc;
    memcpy(out->origin, log.origin, sizeof(out->origin));
    memcpy(out->leaf, e.leaf, QN_HASH);
    return QN_OK;
}
