#include "qian/after.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/wire.h"

static void *room(size_t n, size_t each)
{
    return calloc(n ? n : 1, each);
}

void qn_after_release(struct qn_after *a)
{
    free(a->taken);
    free(a->gone);
    free(a->load);
    free(a->bar);
    free(a->visit);
    *a = (struct qn_after){.nslots = 0};
}

static void after_auto(struct qn_after *a)
{
    qn_after_release(a);
}

static enum qn_code no_memory(struct qn_err *err)
{
    return qn_fail(err, QN_NOMEM, "base.no-memory", "");
}

enum qn_code qn_after_start(struct qn_after *out, unsigned nslots, const struct qn_after_slot *slot,
                            const struct qn_pairing *pairs, const struct qn_roster *roster,
                            struct qn_err *err)
{
    QN_AUTO(after) struct qn_after a = {.roster = roster, .nslots = nslots};
    assert(nslots >= 1 && nslots <= QN_ORDER_SLOTS);
    memcpy(a.slot, slot, nslots * sizeof(*slot));
    a.taken = room(roster->nobjects, sizeof(*a.taken));
    a.gone = room(roster->nobjects, sizeof(*a.gone));
    a.load = room(roster->ninspectors, sizeof(*a.load));
    if (!a.taken || !a.gone || !a.load)
        return no_memory(err);
    for (unsigned s = 0; s < nslots; s++)
        for (size_t i = 0; slot[s].sel && i < slot[s].sel->npicks; i++)
            a.taken[slot[s].sel->pick[i].object] |= (uint16_t)(1u << s);
    for (size_t i = 0; i < roster->ninspectors; i++)
        a.load[i] = roster->inspector[i].load0;
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && pairs && i < pairs->nvisits; i++)
        rc = qn_after_send(&a, &pairs->visit[i], err);
    if (rc)
        return rc;
    *out = a;
    a = (struct qn_after){.nslots = 0};
    return QN_OK;
}

/* ---- who was drawn ------------------------------------------------------------------------------ */

static uint16_t bit(uint8_t slot_no)
{
    return (uint16_t)(1u << (slot_no - 1));
}

bool qn_after_drawn(const struct qn_after *a, uint8_t slot_no, size_t object)
{
    return slot_no >= 1 && slot_no <= a->nslots && object < a->roster->nobjects &&
           (a->taken[object] & bit(slot_no));
}

static int by_object(const void *x, const void *y)
{
    const struct qn_pick *a = x, *b = y;
    return (a->object > b->object) - (a->object < b->object);
}

/* As it stood in the main draw: drawn, or in a stratum's reserve. */
static const struct qn_pick *pick_of(const struct qn_selection *sel, size_t object)
{
    const struct qn_pick key = {.object = object};
    const struct qn_pick *p =
        sel->npicks ? bsearch(&key, sel->pick, sel->npicks, sizeof(key), by_object) : NULL;
    for (size_t i = 0; !p && i < sel->nreserves; i++)
        if (sel->reserve[i].object == object)
            p = &sel->reserve[i];
    return p;
}

bool qn_after_by_lot(const struct qn_after *a, uint8_t slot_no, size_t object)
{
    if (!qn_after_drawn(a, slot_no, object) || !a->slot[slot_no - 1].sel)
        return false;
    const struct qn_pick *p = pick_of(a->slot[slot_no - 1].sel, object);
    return p && p->mode == QN_LOT;
}

void qn_after_take(struct qn_after *a, uint8_t slot_no, size_t object, bool reserve)
{
    assert(slot_no >= 1 && slot_no <= a->nslots && object < a->roster->nobjects);
    a->taken[object] |= bit(slot_no);
    a->successors[slot_no - 1] += reserve;
}

void qn_after_void(struct qn_after *a, size_t object)
{
    assert(object < a->roster->nobjects);
    a->nvoids++;
    if (!a->gone[object])
        a->gone[object] = a->nvoids;
}

/* SPEC exc-9: "that was not drawn in the slot line yet and is void in none of the order's" */
static bool is_left(const struct qn_after *a, uint8_t slot_no, size_t object)
{
    return !qn_after_drawn(a, slot_no, object) && (!a->gone[object] || a->gone[object] > a->nvoids);
}

/* ---- successors --------------------------------------------------------------------------------- */

static int by_ticket(const void *x, const void *y)
{
    const struct qn_pick *a = x, *b = y;
    int c = memcmp(a->ticket, b->ticket, QN_HASH);
    return c ? c : (a->object > b->object) - (a->object < b->object);
}

size_t qn_after_next(const struct qn_after *a, uint8_t slot_no, size_t object)
{
    if (!qn_after_by_lot(a, slot_no, object))
        return QN_NOBODY;
    const struct qn_after_slot *s = &a->slot[slot_no - 1];
    uint8_t stratum = pick_of(s->sel, object)->stratum;
    const struct qn_pick *first = NULL;
    /* SPEC exc-9: "at most `supp` of them in one slot line" */
    if (a->successors[slot_no - 1] >= s->rules->supp)
        return QN_NOBODY;
    for (size_t i = 0; i < s->sel->nreserves; i++) {
        const struct qn_pick *p = &s->sel->reserve[i];
        if (p->stratum == stratum && (!first || by_ticket(p, first) < 0) &&
            is_left(a, slot_no, p->object))
            first = p;
    }
    return first ? first->object : QN_NOBODY;
}

/* What is left of one stratum's pool, by the tickets of the supplement. */
static size_t left_over(struct qn_pick *out, const struct qn_after *a, uint8_t slot_no,
                        uint8_t stratum, const struct qn_draw_keys *keys)
{
    const struct qn_selection *main = a->slot[slot_no - 1].sel;
    size_t n = 0;
    for (size_t i = 0; i < main->nreserves; i++) {
        const struct qn_pick *p = &main->reserve[i];
        if (p->stratum != stratum || !is_left(a, slot_no, p->object))
            continue;
        out[n] = *p;
        qn_ticket(out[n++].ticket, keys, a->roster->object[p->object].id);
    }
    if (n)
        qsort(out, n, sizeof(*out), by_ticket);
    return n;
}

static size_t voids_in(const struct qn_after *a, uint8_t slot_no, uint8_t stratum,
                       const size_t *voided, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (qn_after_by_lot(a, slot_no, voided[i]))
            count += pick_of(a->slot[slot_no - 1].sel, voided[i])->stratum == stratum;
    return count;
}

static void selection_auto(struct qn_selection *s)
{
    qn_selection_release(s);
}

enum qn_code qn_after_select(struct qn_selection *out, const struct qn_after *a, uint8_t slot_no,
                             const size_t *voided, size_t n, const struct qn_draw_keys *keys,
                             struct qn_err *err)
{
    QN_AUTO(selection) struct qn_selection sel = {.npicks = 0};
    assert(slot_no >= 1 && slot_no <= a->nslots);
    const struct qn_selection *main = a->slot[slot_no - 1].sel;
    if (!main) /* SPEC draw-28: "A slot of type pairs draws no objects" */
        return qn_fail(err, QN_DENIED, "select.type", "task=%s", a->slot[slot_no - 1].rules->task);
    sel.nstrata = main->nstrata;
    sel.pick = room(n, sizeof(*sel.pick));
    sel.reserve = room(0, sizeof(*sel.reserve));
    struct qn_pick *left = room(main->nreserves, sizeof(*left));
    if (!sel.pick || !sel.reserve || !left) {
        free(left);
        return no_memory(err);
    }
    for (unsigned h = 0; h < main->nstrata; h++) {
        struct qn_stratum_line *line = &sel.stratum[h];
        *line = main->stratum[h];
        line->pool = left_over(left, a, slot_no, line->stratum, keys);
        /* SPEC exc-11: "as many as it has voids drawn by lot among those that the order names, or all that are left" */
        line->quota = voids_in(a, slot_no, line->stratum, voided, n);
        if (line->quota > line->pool)
            line->quota = line->pool;
        memcpy(sel.pick + sel.npicks, left, (size_t)line->quota * sizeof(*left));
        sel.npicks += (size_t)line->quota;
        line->has_cutoff = line->quota > 0;
        if (line->has_cutoff)
            memcpy(line->cutoff, left[line->quota - 1].ticket, QN_HASH);
    }
    free(left);
    if (sel.npicks)
        qsort(sel.pick, sel.npicks, sizeof(*sel.pick), by_object);
    *out = sel;
    sel = (struct qn_selection){.npicks = 0};
    return QN_OK;
}

/* ---- who goes where ----------------------------------------------------------------------------- */

/* The first visit of this object or a later one. */
static size_t visit_at(const struct qn_after *a, size_t object)
{
    size_t lo = 0, hi = a->nvisits;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (a->visit[mid].v.object < object)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

const struct qn_after_visit *qn_after_visit(const struct qn_after *a, size_t object)
{
    size_t at = visit_at(a, object);
    return at < a->nvisits && a->visit[at].v.object == object ? &a->visit[at] : NULL;
}

enum qn_code qn_after_pair(struct qn_pairing *out, const struct qn_after *a,
                           const struct qn_pair_slot *slot, const struct qn_draw_keys *keys,
                           struct qn_err *err)
{
    const struct qn_visit **before = room(a->nvisits, sizeof(*before));
    if (!before)
        return no_memory(err);
    for (size_t i = 0; i < a->nvisits; i++)
        before[i] = &a->visit[i].v;
    const struct qn_pair_past past = {a->load, a->bar, a->nbars, before, a->nvisits};
    enum qn_code rc = qn_pair_more(out, a->nslots, slot, a->roster, keys, &past, err);
    free(before);
    return rc;
}

enum qn_code qn_after_send(struct qn_after *a, const struct qn_visit *visit, struct qn_err *err)
{
    size_t at = visit_at(a, visit->object);
    if (at < a->nvisits && a->visit[at].v.object == visit->object) {
        /* Somebody goes there for another slot already: only who was added is one visit more. */
        for (unsigned s = a->visit[at].v.n; s < visit->n; s++)
            if (visit->inspector[s] >= 0)
                a->load[visit->inspector[s]]++;
        a->visit[at].v = *visit;
        return QN_OK;
    }
    struct qn_after_visit *more = realloc(a->visit, (a->nvisits + 1) * sizeof(*more));
    if (!more)
        return no_memory(err);
    a->visit = more;
    memmove(more + at + 1, more + at, (a->nvisits - at) * sizeof(*more));
    more[at] = (struct qn_after_visit){.v = *visit};
    a->nvisits++;
    for (unsigned s = 0; s < visit->n; s++)
        if (visit->inspector[s] >= 0)
            a->load[visit->inspector[s]]++;
    return QN_OK;
}

static unsigned position_of(const struct qn_after_visit *v, size_t inspector)
{
    unsigned s = 0;
    while (v && s < v->v.n && (v->v.inspector[s] < 0 || (size_t)v->v.inspector[s] != inspector))
        s++;
    return s;
}

enum qn_code qn_after_replace(size_t *who, const struct qn_after *a, size_t object,
                              size_t inspector, const size_t *away, size_t naway,
                              const struct qn_draw_keys *keys, struct qn_err *err)
{
    const struct qn_rules *rules[QN_ORDER_SLOTS];
    const struct qn_after_visit *v = qn_after_visit(a, object);
    unsigned position = position_of(v, inspector);
    int32_t chosen = -1;
    bool overcap;
    if (!v || position == v->v.n)
        return qn_fail(err, QN_ABSENT, "exc.not-sent", "");
    for (unsigned s = 0; s < a->nslots; s++)
        rules[s] = a->slot[s].rules;
    struct qn_pair_bar *bar = room(a->nbars + naway + 1, sizeof(*bar));
    if (!bar)
        return no_memory(err);
    if (a->nbars)
        memcpy(bar, a->bar, a->nbars * sizeof(*bar));
    for (size_t i = 0; i < naway; i++)
        bar[a->nbars + i] = (struct qn_pair_bar){object, away[i]};
    bar[a->nbars + naway] = (struct qn_pair_bar){object, inspector};
    const struct qn_pair_past past = {a->load, bar, a->nbars + naway + 1, NULL, 0};
    /* SPEC draw-7: "the number of replacements so far for that object and position, this one counted" */
    enum qn_code rc =
        qn_pair_again(&chosen, &overcap, &v->v, position, (uint16_t)(v->round[position] + 1),
                      a->nslots, rules, a->roster, keys, &past, err);
    free(bar);
    *who = chosen < 0 ? QN_NOBODY : (size_t)chosen;
    return rc;
}

void qn_after_change(struct qn_after *a, size_t object, size_t inspector, size_t who)
{
    size_t at = visit_at(a, object);
    unsigned position = at < a->nvisits && a->visit[at].v.object == object
                            ? position_of(&a->visit[at], inspector)
                            : QN_VISIT_SLOTS;
    if (position == QN_VISIT_SLOTS || position == a->visit[at].v.n)
        return;
    a->visit[at].v.inspector[position] = who == QN_NOBODY ? -1 : (int32_t)who;
    a->visit[at].round[position]++;
    /* SPEC exc-12: "each choice adds one, and none is taken back" */
    if (who != QN_NOBODY)
        a->load[who]++;
}

enum qn_code qn_after_recuse(struct qn_after *a, size_t object, size_t inspector,
                             struct qn_err *err)
{
    struct qn_pair_bar *more = realloc(a->bar, (a->nbars + 1) * sizeof(*more));
    if (!more)
        return no_memory(err);
    a->bar = more;
    a->bar[a->nbars++] = (struct qn_pair_bar){object, inspector};
    return QN_OK;
}
