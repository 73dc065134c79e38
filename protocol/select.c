#include "qian/draw.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/wire.h"

/* ---- flags -------------------------------------------------------------------------------------- */

struct marks {
    bool must, excluded;
};

static bool accepts(const uint8_t *reasons, unsigned n, uint8_t reason)
{
    return n && memchr(reasons, reason, n) != NULL;
}

/* SPEC draw-9: "its scope is empty or equals `<series>/<task>` of the rules" */
static bool in_scope(const struct qn_rules *r, struct qn_span scope)
{
    size_t series = strlen(r->series);
    if (scope.n == 0)
        return true;
    return scope.n == series + 1 + strlen(r->task) && memcmp(scope.p, r->series, series) == 0 &&
           scope.p[series] == '/' &&
           memcmp(scope.p + series + 1, r->task, scope.n - series - 1) == 0;
}

/* SPEC draw-9: "A must mark of reason 255 and empty scope counts for every slot" */
static bool is_carried(const struct qn_mark *mark)
{
    return mark->reason == QN_MARK_CARRIED && mark->scope.n == 0;
}

/* Marks and objects are both in order of the id, so one walk over both serves all objects. */
static struct marks marks_of(const struct qn_rules *r, const struct qn_roster *roster,
                             struct qn_span id, size_t *at)
{
    struct marks m = {false, false};
    while (*at < roster->nmarks && qn_span_cmp(roster->mark[*at].id, id) < 0)
        (*at)++;
    for (; *at < roster->nmarks && qn_span_eq(roster->mark[*at].id, id); (*at)++) {
        const struct qn_mark *mark = &roster->mark[*at];
        if (!in_scope(r, mark->scope))
            continue;
        m.must |= mark->kind == 1 && (is_carried(mark) || accepts(r->must, r->nmust, mark->reason));
        m.excluded |= mark->kind == 2 && accepts(r->exclude, r->nexclude, mark->reason);
    }
    return m;
}

/* ---- strata ------------------------------------------------------------------------------------- */

struct heaps {
    size_t n[256]; /* of a pool's tickets, how many begin with this byte */
};

/* A selection in the making. The population's flags come first: with them the pools are sized once and filled in place,
 * and a stratum of a million objects takes one array of tickets and no second one.                                    */
struct work {
    struct qn_selection sel;
    uint8_t *
        flag; /* by object: index of the stratum in whose pool it is, or FLAG_MUST and that, or FLAG_OUT */
    struct qn_pick *pool; /* grouped by stratum in line order, each in order of the object */
    struct heaps *heap;   /* by stratum */
    size_t nmust, npool;
};
#define FLAG_MUST 0x40
#define FLAG_OUT  0xff

static void work_auto(struct work *w)
{
    qn_selection_release(&w->sel);
    free(w->flag);
    free(w->pool);
    free(w->heap);
}

/* SPEC draw-11: "the first stratum that matches" */
static unsigned stratum_of(const struct qn_rules *r, const struct qn_object_attr *a)
{
    unsigned h = 0;
    while (h < r->nstrata && !qn_expr_holds(r, r->stratum[h].expr, a))
        h++;
    return h;
}

static enum qn_code set_flags(struct work *w, const struct qn_rules *r,
                              const struct qn_roster *roster, struct qn_err *err)
{
    size_t at = 0;
    for (size_t i = 0; i < roster->nobjects; i++) {
        const struct qn_object *o = &roster->object[i];
        w->flag[i] = FLAG_OUT;
        /* SPEC draw-8: "Marks of other objects do not count." */
        if (!qn_expr_holds(r, r->population, &o->attr))
            continue;
        unsigned h = stratum_of(r, &o->attr);
        if (h == r->nstrata) /* SPEC rules-17: "matches no stratum makes the rules refused" */
            return qn_fail(err, QN_MALFORMED, "rules.no-stratum", "id=%.*s", (int)o->id.n,
                           (const char *)o->id.p);
        /* SPEC draw-10: "Precedence: excluded, must, capped." */
        struct marks m = marks_of(r, roster, o->id, &at);
        if (m.excluded)
            continue;
        w->sel.stratum[h].base++;
        if (m.must) {
            w->flag[i] = (uint8_t)(FLAG_MUST | h);
            w->nmust++;
        } else if (!r->has_cap || o->attr.inspected_this_year < r->cap) {
            w->flag[i] = (uint8_t)h;
            w->sel.stratum[h].pool++;
            w->npool++;
        }
    }
    return QN_OK;
}

/* ---- quota -------------------------------------------------------------------------------------- */

/* SPEC draw-13: "(base·num + den − 1)/den in 64-bit integers" */
static uint64_t share(uint64_t base, uint32_t num, uint32_t den)
{
    return (base * num + den - 1) / den;
}

static void set_quotas(struct qn_selection *s, const struct qn_rules *r)
{
    uint64_t bases = 0, sum = 0, total = 0;
    for (unsigned h = 0; h < r->nstrata; h++) {
        struct qn_stratum_line *line = &s->stratum[h];
        uint64_t n = share(line->base, r->stratum[h].num, r->stratum[h].den);
        if (n < r->stratum[h].min)
            n = r->stratum[h].min;
        line->quota = n < line->pool ? n : line->pool;
        bases += line->base;
        sum += line->quota;
    }
    if (r->total_kind == QN_TOTAL_RATIO)
        total = share(bases, r->total_num, r->total_den);
    else if (r->total_kind == QN_TOTAL_COUNT)
        total = r->total_num;
    /* SPEC draw-14: "strata are topped up in line order, each up to |pool_h| before the next" */
    for (unsigned h = 0; h < r->nstrata && sum < total; h++) {
        struct qn_stratum_line *line = &s->stratum[h];
        uint64_t more = line->pool - line->quota;
        if (more > total - sum)
            more = total - sum;
        line->quota += more;
        sum += more;
    }
}

/* ---- selection ---------------------------------------------------------------------------------- */

/* SPEC draw-5: "compared as byte strings, equal ones by object_id"; objects are in order of their ids. */
static int by_ticket(const struct qn_pick *a, const struct qn_pick *b)
{
    int c = memcmp(a->ticket, b->ticket, QN_HASH);
    return c ? c : (a->object > b->object) - (a->object < b->object);
}

static int by_ticket_at(const void *x, const void *y)
{
    const struct qn_pick *const *a = x, *const *b = y;
    return by_ticket(*a, *b);
}

static int by_ticket_of(const void *x, const void *y)
{
    return by_ticket(x, y);
}

static int by_object(const void *x, const void *y)
{
    const struct qn_pick *a = x, *b = y;
    return (a->object > b->object) - (a->object < b->object);
}

static void *room(size_t n, size_t each)
{
    return calloc(n ? n : 1, each);
}

/* Every object that is drawn or could be: musts into the list, the others into their pools, with their tickets. */
static void set_tickets(struct work *w, const struct qn_rules *r, const struct qn_roster *roster,
                        const struct qn_draw_keys *keys)
{
    struct wire_mac mac;
    size_t next[QN_STRATA], start = 0;
    wire_mac_init(&mac, keys->obj);
    for (unsigned h = 0; h < w->sel.nstrata; h++) {
        next[h] = start;
        start += w->sel.stratum[h].pool;
    }
    for (size_t i = 0; i < roster->nobjects; i++) {
        if (w->flag[i] == FLAG_OUT)
            continue;
        unsigned h = w->flag[i] & ~(unsigned)FLAG_MUST;
        bool must = w->flag[i] & FLAG_MUST;
        struct qn_pick *p = must ? &w->sel.pick[w->sel.npicks++] : &w->pool[next[h]++];
        p->object = i;
        p->mode = must ? QN_MUST : QN_LOT;
        p->stratum = r->stratum[h].no;
        wire_mac(p->ticket, &mac, &roster->object[i].id, 1);
        if (!must)
            w->heap[h].n[p->ticket[0]]++;
    }
    sodium_memzero(&mac, sizeof(mac));
}

/* The last ticket that is drawn. Tickets are even numbers by lot, so their first byte splits a pool into 256 heaps of like
 * size; only the one in which the quota ends is sorted, which for a twentieth of a million objects is a tenth of the
 * time of sorting all, and takes a 256th of the pool's memory.                                                         */
static enum qn_code last_drawn(struct qn_pick *out, const struct qn_pick *pool, size_t n,
                               size_t quota, const struct heaps *heap, struct qn_err *err)
{
    unsigned byte = 0;
    size_t before = 0, k = 0;
    while (before + heap->n[byte] < quota)
        before += heap->n[byte++];
    const struct qn_pick **here = room(heap->n[byte], sizeof(*here));
    if (!here)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (size_t i = 0; i < n; i++)
        if (pool[i].ticket[0] == byte)
            here[k++] = &pool[i];
    qsort(here, k, sizeof(*here), by_ticket_at);
    *out = *here[quota - before - 1];
    free(here);
    return QN_OK;
}

/* Cuts each pool at its quota, and leaves the rest as the reserve. */
static enum qn_code cut(struct work *w, const struct qn_rules *r, const struct qn_roster *roster,
                        const struct qn_draw_keys *keys, struct qn_err *err)
{
    struct qn_selection *s = &w->sel;
    size_t lots = 0;
    for (unsigned h = 0; h < s->nstrata; h++)
        lots += s->stratum[h].quota;
    s->pick = room(w->nmust + lots, sizeof(*s->pick));
    w->pool = room(w->npool, sizeof(*w->pool));
    w->heap = room(s->nstrata, sizeof(*w->heap));
    if (!s->pick || !w->pool || !w->heap)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    set_tickets(w, r, roster, keys);
    const struct qn_pick *from = w->pool;
    for (unsigned h = 0; h < s->nstrata; h++) {
        struct qn_stratum_line *line = &s->stratum[h];
        struct qn_pick last;
        line->has_cutoff = line->quota > 0;
        if (line->has_cutoff) {
            enum qn_code rc = last_drawn(&last, from, line->pool, line->quota, &w->heap[h], err);
            if (rc)
                return rc;
            memcpy(line->cutoff, last.ticket, QN_HASH);
        }
        /* SPEC draw-15: "the first n_h of its pool by (ticket, object_id)" */
        for (size_t i = 0; i < line->pool; i++)
            if (line->has_cutoff && by_ticket(&from[i], &last) <= 0)
                s->pick[s->npicks++] = from[i];
            else
                w->pool[s->nreserves++] = from[i];
        from += line->pool;
    }
    s->reserve = w->pool;
    w->pool = NULL;
    qsort(s->pick, s->npicks, sizeof(*s->pick), by_object);
    return QN_OK;
}

/* SPEC draw-15: "the rest, in that order, are its reserve" */
void qn_reserve_sort(struct qn_selection *s)
{
    struct qn_pick *from = s->reserve;
    for (unsigned h = 0; h < s->nstrata; h++) {
        size_t n = (size_t)(s->stratum[h].pool - s->stratum[h].quota);
        if (n)
            qsort(from, n, sizeof(*from), by_ticket_of);
        from += n;
    }
}

void qn_selection_release(struct qn_selection *s)
{
    free(s->pick);
    free(s->reserve);
    s->pick = s->reserve = NULL;
    s->npicks = s->nreserves = 0;
}

enum qn_code qn_select(struct qn_selection *out, const struct qn_rules *rules, uint8_t slot_no,
                       const struct qn_roster *roster, const struct qn_draw_keys *keys,
                       struct qn_err *err)
{
    QN_AUTO(work) struct work w = {.nmust = 0};
    if (rules->type == QN_PAIRS) /* SPEC draw-28: "A slot of type pairs draws no objects" */
        return qn_fail(err, QN_DENIED, "select.type", "task=%s", rules->task);
    enum qn_code rc = qn_roster_check(roster, err);
    if (rc)
        return rc;
    w.flag = room(roster->nobjects, 1);
    if (!w.flag)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    w.sel.nstrata = rules->nstrata;
    for (unsigned h = 0; h < rules->nstrata; h++)
        w.sel.stratum[h] =
            (struct qn_stratum_line){.slot = slot_no, .stratum = rules->stratum[h].no};
    rc = set_flags(&w, rules, roster, err);
    if (rc)
        return rc;
    set_quotas(&w.sel, rules);
    rc = cut(&w, rules, roster, keys, err);
    if (rc)
        return rc;
    *out = w.sel;
    w.sel = (struct qn_selection){.npicks = 0};
    return QN_OK;
}

/* ---- commitment --------------------------------------------------------------------------------- */

void qn_selected_record(struct qn_buf *out, enum qn_picked mode, struct qn_span object_id,
                        const uint8_t salt[16])
{
    if (object_id.n > UINT8_MAX && !out->failed)
        out->failed = QN_LIMIT;
    qn_put_uint(out, 5, 1);
    qn_put_uint(out, mode, 1);
    qn_put_uint(out, object_id.n, 1);
    qn_put_span(out, object_id);
    qn_put(out, salt, 16);
}

/* SPEC draw-16: "salt16 as in roster-4 with K_salt of the freeze that the draw names" */
void qn_selected_salt(uint8_t out[16], enum qn_picked mode, struct qn_span object_id,
                      const uint8_t salt_key[32])
{
    const uint8_t head[] = {5, (uint8_t)mode, (uint8_t)object_id.n};
    const struct qn_span parts[] = {QN_SPAN(head), object_id};
    uint8_t mac[QN_HASH];
    wire_hmac(mac, salt_key, parts, 2);
    memcpy(out, mac, 16);
}

enum qn_code qn_selected_root(uint8_t out[QN_HASH], const struct qn_selection *s,
                              const struct qn_roster *roster, const uint8_t (*salt)[16],
                              struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 1 + 1 + 1 + UINT8_MAX + 16);
    struct qn_frontier f = {0};
    for (size_t i = 0; i < s->npicks; i++) {
        uint8_t leaf[QN_HASH];
        b.n = 0;
        qn_selected_record(&b, s->pick[i].mode, roster->object[s->pick[i].object].id, salt[i]);
        enum qn_code rc = qn_buf_check(&b, err);
        if (rc)
            return rc;
        qn_leaf_hash(leaf, qn_buf_span(&b));
        qn_frontier_append(&f, leaf, NULL, NULL);
    }
    qn_frontier_root(&f, out);
    return QN_OK;
}
