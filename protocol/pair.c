#include "qian/draw.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/loads.h"
#include "protocol/wire.h"

/* Sets of inspectors are bitsets: bit i is roster.inspector[i], so ascending bits are ascending insp_ids. */
struct pairing {
    unsigned nslots;
    const struct qn_pair_slot *slot;
    const struct qn_roster *roster;
    const struct qn_draw_keys *keys;
    const struct qn_pair_past *past; /* NULL: nothing was chosen before */
    size_t words;                    /* of one set */
    unsigned nroles;
    const struct qn_role *role[QN_VISIT_SLOTS]; /* of all slots together */
    uint64_t *able;                             /* nroles sets: available and qualified */
    uint64_t *eligible; /* E of the positions of the visit in hand: QN_VISIT_SLOTS sets */
    uint64_t *set;      /* one set: E' */
    uint64_t *join;     /* one set: a union */
    struct loads loads; /* by inspector */
    uint16_t *mask;     /* by object: its slots */
    struct qn_visit *visit;
    size_t nvisits;
    struct turn *turn;       /* the visits in the order in which they are served */
    struct recused *recused; /* recusals that matter, by visit */
    size_t nrecused;
};
struct turn {
    size_t visit, from, to; /* its recusals: recused[from..to) */
    uint32_t scarcity;      /* min |E| over its positions */
    uint8_t key[QN_HASH];
};
struct recused {
    size_t visit, inspector;
};

static void pairing_auto(struct pairing *p)
{
    void *const owned[] = {p->able, p->eligible, p->set,  p->join,
                           p->mask, p->visit,    p->turn, p->recused};
    for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
        free(owned[i]);
    loads_release(&p->loads);
}

void qn_pairing_release(struct qn_pairing *p)
{
    free(p->visit);
    p->visit = NULL;
    p->nvisits = 0;
}

/* ---- sets --------------------------------------------------------------------------------------- */

static void put(uint64_t *set, size_t i)
{
    set[i / 64] |= UINT64_C(1) << (i % 64);
}

static void drop(uint64_t *set, size_t i)
{
    set[i / 64] &= ~(UINT64_C(1) << (i % 64));
}

static uint32_t count(const struct pairing *p, const uint64_t *set)
{
    uint32_t n = 0;
    for (size_t w = 0; w < p->words; w++)
        n += (uint32_t)__builtin_popcountll(set[w]);
    return n;
}

/* ---- roles -------------------------------------------------------------------------------------- */

struct merged {
    const struct qn_role *role;
    uint8_t k;
};

/* SPEC draw-18: "roles with the same qualifications are one, with the largest k"
 * The number of positions; QN_VISIT_SLOTS + 1 stands for too many. */
static unsigned merge_roles(const struct pairing *p, uint16_t slots,
                            struct merged out[QN_VISIT_SLOTS], unsigned *n)
{
    unsigned sum = 0;
    *n = 0;
    for (unsigned s = 0; s < p->nslots; s++) {
        const struct qn_rules *r = p->slot[s].rules;
        for (unsigned i = 0; (slots >> s & 1) && i < r->nroles; i++) {
            unsigned at = 0;
            while (at < *n && !qn_role_same(out[at].role, &r->role[i]))
                at++;
            if (at == QN_VISIT_SLOTS)
                return QN_VISIT_SLOTS + 1;
            if (at == *n)
                out[(*n)++] = (struct merged){&r->role[i], 0};
            if (r->role[i].k > out[at].k) {
                sum += r->role[i].k - out[at].k;
                out[at].k = r->role[i].k;
            }
        }
    }
    return sum > QN_VISIT_SLOTS ? QN_VISIT_SLOTS + 1 : sum;
}

unsigned qn_pair_positions(unsigned nslots, const struct qn_pair_slot *slot)
{
    const struct pairing p = {.nslots = nslots, .slot = slot};
    struct merged all[QN_VISIT_SLOTS];
    unsigned n;
    return merge_roles(&p, UINT16_MAX, all, &n);
}

bool qn_is_qualified(const struct qn_inspector *i, const struct qn_role *r)
{
    unsigned at = 0;
    for (unsigned q = 0; q < r->nquals; q++) {
        while (at < i->nquals && i->qual[at] < r->qual[q])
            at++;
        if (at == i->nquals || i->qual[at] != r->qual[q])
            return false;
    }
    return true;
}

static enum qn_code set_roles(struct pairing *p, struct qn_err *err)
{
    struct merged all[QN_VISIT_SLOTS];
    /* SPEC draw-19: "ask for more than 4 inspectors is refused" */
    if (merge_roles(p, UINT16_MAX, all, &p->nroles) > QN_VISIT_SLOTS)
        return qn_fail(err, QN_LIMIT, "pair.roles", "slots=%u|max=%d", p->nslots, QN_VISIT_SLOTS);
    for (unsigned r = 0; r < p->nroles; r++) {
        p->role[r] = all[r].role;
        for (size_t i = 0; i < p->roster->ninspectors; i++) {
            const struct qn_inspector *who = &p->roster->inspector[i];
            if (who->available && qn_is_qualified(who, all[r].role))
                put(p->able + r * p->words, i);
        }
    }
    return QN_OK;
}

static unsigned number_of(const struct pairing *p, const struct qn_role *role)
{
    unsigned r = 0;
    while (r + 1 < p->nroles && !qn_role_same(p->role[r], role))
        r++;
    return r;
}

/* ---- visits ------------------------------------------------------------------------------------- */

static const struct qn_visit *visit_before(const struct pairing *p, size_t object)
{
    size_t lo = 0, hi = p->past ? p->past->nvisits : 0;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (p->past->visit[mid]->object < object)
            lo = mid + 1;
        else
            hi = mid;
    }
    return p->past && lo < p->past->nvisits && p->past->visit[lo]->object == object
               ? p->past->visit[lo]
               : NULL;
}

static void set_visits(struct pairing *p)
{
    for (size_t i = 0; i < p->roster->nobjects; i++)
        if (p->mask[i])
            p->visit[p->nvisits++] = (struct qn_visit){.object = i, .slots = p->mask[i]};
}

static int by_object(const void *x, const void *y)
{
    const struct qn_visit *a = x, *b = y;
    return (a->object > b->object) - (a->object < b->object);
}

static int by_visit(const void *x, const void *y)
{
    const struct recused *a = x, *b = y;
    return (a->visit > b->visit) - (a->visit < b->visit);
}

static void recuse(struct pairing *p, size_t object, size_t inspector)
{
    const struct qn_visit key = {.object = object};
    const struct qn_visit *v =
        p->nvisits ? bsearch(&key, p->visit, p->nvisits, sizeof(key), by_object) : NULL;
    if (v)
        p->recused[p->nrecused++] = (struct recused){(size_t)(v - p->visit), inspector};
}

/* A recusal may name an object that was not drawn or an inspector who left: it matters not. */
static void set_recusals(struct pairing *p)
{
    for (size_t i = 0; i < p->roster->nrecusals; i++) {
        const struct qn_recusal *c = &p->roster->recusal[i];
        size_t object, inspector;
        if (qn_roster_object(p->roster, c->object, &object) &&
            qn_roster_inspector(p->roster, c->inspector, &inspector))
            recuse(p, object, inspector);
    }
    for (size_t i = 0; p->past && i < p->past->nbars; i++)
        recuse(p, p->past->bar[i].object, p->past->bar[i].inspector);
    qsort(p->recused, p->nrecused, sizeof(*p->recused), by_visit);
    size_t at = 0;
    for (size_t v = 0; v < p->nvisits; v++) {
        p->turn[v] = (struct turn){.visit = v, .from = at};
        while (at < p->nrecused && p->recused[at].visit == v)
            at++;
        p->turn[v].to = at;
    }
}

static uint64_t *eligible(const struct pairing *p, unsigned position)
{
    return p->eligible + position * p->words;
}

/* How many positions it had already: those are not filled again. */
static unsigned kept(const struct pairing *p, const struct qn_visit *v)
{
    const struct qn_visit *before = visit_before(p, v->object);
    return before ? before->n : 0;
}

/* SPEC exc-12: "keeps its positions and whoever is in them; positions that draw-18 gives for all its slot lines and it lacks
 * come behind them, in that order" */
static void begin_visit(const struct pairing *p, struct qn_visit *v)
{
    const struct qn_visit *before = visit_before(p, v->object);
    uint16_t slots = v->slots;
    v->n = 0;
    if (before)
        *v = *before;
    v->slots = slots;
}

/* SPEC draw-20: "available, have all qualifications of position s, and are not recused for the object of v" */
static void open_visit(struct pairing *p, const struct turn *t)
{
    struct merged roles[QN_VISIT_SLOTS];
    struct qn_visit *v = &p->visit[t->visit];
    unsigned n;
    (void)merge_roles(p, v->slots, roles, &n);
    begin_visit(p, v);
    for (unsigned r = 0; r < n; r++) {
        unsigned role = number_of(p, roles[r].role), has = 0;
        for (unsigned s = 0; s < v->n; s++)
            has += v->role[s] == role;
        for (; has < roles[r].k; has++, v->n++) {
            v->role[v->n] = (uint8_t)role;
            v->inspector[v->n] = -1;
        }
    }
    for (unsigned s = 0; s < v->n; s++) {
        uint64_t *e = eligible(p, s);
        memcpy(e, p->able + v->role[s] * p->words, p->words * sizeof(*e));
        for (size_t i = t->from; i < t->to; i++)
            drop(e, p->recused[i].inspector);
        if (s >= kept(p, v))
            v->eligible[s] = count(p, e);
    }
}

static int by_turn(const void *x, const void *y)
{
    const struct turn *a = x, *b = y;
    int c = (a->scarcity > b->scarcity) - (a->scarcity < b->scarcity);
    if (!c)
        c = memcmp(a->key, b->key, QN_HASH);
    return c ? c : (a->visit > b->visit) - (a->visit < b->visit);
}

/* SPEC draw-21: "the least |E(v, s)| over their positions, M(K_vis, object_id), object_id" */
static void set_turns(struct pairing *p)
{
    for (size_t i = 0; i < p->nvisits; i++) {
        struct turn *t = &p->turn[i];
        const struct qn_visit *v = &p->visit[i];
        open_visit(p, t);
        t->scarcity = UINT32_MAX;
        for (unsigned s = kept(p, v); s < v->n; s++)
            t->scarcity = v->eligible[s] < t->scarcity ? v->eligible[s] : t->scarcity;
        wire_hmac(t->key, p->keys->vis, &p->roster->object[v->object].id, 1);
    }
    qsort(p->turn, p->nvisits, sizeof(*p->turn), by_turn);
}

/* ---- choice ------------------------------------------------------------------------------------- */

/* SPEC draw-23: "the positions of the visit still to come have distinct representatives"
 * By Hall's theorem they have, without i, unless some group T of later positions has fewer than |T|
 * eligible inspectors in all, or exactly |T| and i is one of them. At most seven groups are tried.  */
static bool spare(struct pairing *p, unsigned position, const unsigned *later, unsigned n)
{
    memcpy(p->set, eligible(p, position), p->words * sizeof(*p->set));
    for (unsigned group = 1; group < 1u << n; group++) {
        unsigned size = (unsigned)__builtin_popcount(group);
        memset(p->join, 0, p->words * sizeof(*p->join));
        for (unsigned l = 0; l < n; l++)
            for (size_t w = 0; (group >> l & 1) && w < p->words; w++)
                p->join[w] |= eligible(p, later[l])[w];
        uint32_t all = count(p, p->join);
        if (all < size)
            return false;
        for (size_t w = 0; all == size && w < p->words; w++)
            p->set[w] &= ~p->join[w];
    }
    return count(p, p->set) > 0;
}

/* SPEC draw-25: "the least `load` among the slots of the visit" */
static uint64_t load_cap(const struct pairing *p, uint16_t slots)
{
    uint64_t cap = UINT64_MAX;
    for (unsigned s = 0; s < p->nslots; s++) {
        const struct qn_rules *r = p->slot[s].rules;
        if ((slots >> s & 1) && r->has_load && r->load < cap)
            cap = r->load;
    }
    return cap;
}

static void choose(struct pairing *p, struct qn_visit *v, unsigned position, uint16_t round,
                   const uint64_t *set)
{
    /* SPEC draw-24: "those with the least load, ascending by insp_id, are the candidates C" */
    uint32_t n = loads_least(&p->loads, set, p->join);
    struct qn_span id = p->roster->object[v->object].id;
    uint32_t who = loads_nth(p->join, qn_uniform(p->keys, round, (uint16_t)position, id, n));
    v->inspector[position] = (int32_t)who;
    v->overcap[position] = p->loads.of[who] >= load_cap(p, v->slots);
    loads_rise(&p->loads, who);
    for (unsigned s = 0; s < v->n; s++)
        drop(eligible(p, s), who);
}

static void serve(struct pairing *p, const struct turn *t)
{
    struct qn_visit *v = &p->visit[t->visit];
    unsigned order[QN_VISIT_SLOTS] = {0}, n = 0;
    open_visit(p, t);
    for (unsigned s = 0; s < kept(p, v); s++)
        for (unsigned later = kept(p, v); v->inspector[s] >= 0 && later < v->n; later++)
            drop(eligible(p, later), (size_t)v->inspector[s]);
    /* SPEC draw-21: "positions of a visit by (|E(v, s)|, position)" */
    for (unsigned s = kept(p, v); s < v->n; s++) {
        unsigned at = n++;
        for (; at > 0 && v->eligible[order[at - 1]] > v->eligible[s]; at--)
            order[at] = order[at - 1];
        order[at] = s;
    }
    for (unsigned i = 0; i < n; i++) {
        const uint64_t *e = eligible(p, order[i]);
        /* SPEC draw-22: "If E is empty the position stays unfilled." */
        if (count(p, e) == 0)
            continue;
        bool spared = spare(p, order[i], order + i + 1, n - i - 1);
        choose(p, v, order[i], 0, spared ? p->set : e);
    }
}

/* ---- all ---------------------------------------------------------------------------------------- */

static enum qn_code make_room(struct pairing *p, struct qn_err *err)
{
    const struct qn_roster *r = p->roster;
    size_t visits = 0;
    assert(r->ninspectors <= INT32_MAX);
    bool room = loads_init(&p->loads, r->ninspectors);
    p->words = p->loads.words;
    p->mask = calloc(r->nobjects ? r->nobjects : 1, sizeof(*p->mask));
    for (unsigned s = 0; p->mask && s < p->nslots; s++)
        for (size_t i = 0; i < p->slot[s].npicks; i++) {
            size_t object = p->slot[s].pick[i].object;
            assert(object < r->nobjects);
            const struct qn_visit *before = p->mask[object] ? NULL : visit_before(p, object);
            visits += !p->mask[object];
            p->mask[object] |= (uint16_t)(1u << s | (before ? before->slots : 0));
        }
    p->able = calloc(QN_VISIT_SLOTS * p->words, sizeof(*p->able));
    p->eligible = calloc(QN_VISIT_SLOTS * p->words, sizeof(*p->eligible));
    p->set = calloc(p->words, sizeof(*p->set));
    p->join = calloc(p->words, sizeof(*p->join));
    p->visit = calloc(visits ? visits : 1, sizeof(*p->visit));
    p->turn = calloc(visits ? visits : 1, sizeof(*p->turn));
    p->recused = calloc(r->nrecusals + (p->past ? p->past->nbars : 0) + 1, sizeof(*p->recused));
    if (!room || !p->mask || !p->able || !p->eligible || !p->set || !p->join || !p->visit ||
        !p->turn || !p->recused)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (size_t i = 0; i < r->ninspectors; i++)
        p->loads.of[i] = p->past ? p->past->load[i] : r->inspector[i].load0;
    loads_settle(&p->loads);
    return QN_OK;
}

static enum qn_code prepare(struct pairing *p, struct qn_err *err)
{
    assert(p->nslots >= 1 && p->nslots <= QN_ORDER_SLOTS);
    enum qn_code rc = qn_roster_check(p->roster, err);
    if (!rc)
        rc = make_room(p, err);
    if (!rc)
        rc = set_roles(p, err);
    if (rc)
        return rc;
    set_visits(p);
    set_recusals(p);
    return QN_OK;
}

enum qn_code qn_pair_more(struct qn_pairing *out, unsigned nslots, const struct qn_pair_slot *slot,
                          const struct qn_roster *roster, const struct qn_draw_keys *keys,
                          const struct qn_pair_past *past, struct qn_err *err)
{
    QN_AUTO(pairing)
    struct pairing p = {
        .nslots = nslots, .slot = slot, .roster = roster, .keys = keys, .past = past};
    enum qn_code rc = prepare(&p, err);
    if (rc)
        return rc;
    set_turns(&p);
    for (size_t i = 0; i < p.nvisits; i++)
        serve(&p, &p.turn[i]);
    out->visit = p.visit;
    out->nvisits = p.nvisits;
    p.visit = NULL;
    return QN_OK;
}

enum qn_code qn_pair_joint(struct qn_pairing *out, unsigned nslots, const struct qn_pair_slot *slot,
                           const struct qn_roster *roster, const struct qn_draw_keys *keys,
                           struct qn_err *err)
{
    return qn_pair_more(out, nslots, slot, roster, keys, NULL, err);
}

enum qn_code qn_pair_again(int32_t *who, bool *overcap, const struct qn_visit *visit,
                           unsigned position, uint16_t round, unsigned nslots,
                           const struct qn_rules *const *rules, const struct qn_roster *roster,
                           const struct qn_draw_keys *keys, const struct qn_pair_past *past,
                           struct qn_err *err)
{
    const struct qn_visit *const one[] = {visit};
    struct qn_pair_past with = *past;
    struct qn_pick pick = {.object = visit->object};
    struct qn_pair_slot slot[QN_ORDER_SLOTS];
    for (unsigned s = 0; s < nslots && s < QN_ORDER_SLOTS; s++)
        slot[s] = (struct qn_pair_slot){rules[s], &pick, visit->slots >> s & 1};
    with.visit = one; /* its positions as they are */
    with.nvisits = 1;
    QN_AUTO(pairing)
    struct pairing p = {
        .nslots = nslots, .slot = slot, .roster = roster, .keys = keys, .past = &with};
    enum qn_code rc = prepare(&p, err);
    if (rc)
        return rc;
    set_turns(&p);
    struct qn_visit *v = &p.visit[0];
    open_visit(&p, &p.turn[0]);
    *who = -1;
    *overcap = false;
    assert(p.nvisits == 1 && v->n == visit->n);
    if (position >= v->n)
        return QN_OK;
    uint64_t *e = eligible(&p, position);
    /* SPEC exc-13: "without those in the other positions of the visit" */
    for (unsigned s = 0; s < visit->n; s++)
        if (s != position && visit->inspector[s] >= 0)
            drop(e, (size_t)visit->inspector[s]);
    if (count(&p, e) == 0)
        return QN_OK;
    choose(&p, v, position, round, e);
    *who = v->inspector[position];
    *overcap = v->overcap[position];
    return QN_OK;
}

enum qn_code qn_pair(struct qn_pairing *out, const struct qn_rules *rules,
                     const struct qn_roster *roster, const struct qn_selection *sel,
                     const struct qn_draw_keys *keys, struct qn_err *err)
{
    const struct qn_pair_slot slot = {rules, sel->pick, sel->npicks};
    return qn_pair_joint(out, 1, &slot, roster, keys, err);
}
