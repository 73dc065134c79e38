#include "node/draw/chain_internal.h"

#include <stdlib.h>
#include <string.h>

static enum qn_code no_memory(struct qn_err *err)
{
    return qn_fail(err, QN_NOMEM, "base.no-memory", "");
}

static void draw_free(struct chain_draw *d)
{
    record_release(&d->r);
    order_release(&d->o);
    replay_release(&d->should);
}

void chain_release(struct chain *c)
{
    for (size_t i = 0; i < c->ndraws; i++)
        draw_free(&c->draw[i]);
    free(c->draw);
    free(c->exc);
    free(c->target);
    qn_after_release(&c->after);
    order_rules_release(&c->rules);
    listing_release(&c->listing);
    *c = (struct chain){.st = NULL};
}

/* ---- looking up ------------------------------------------------------------------------------------------------- */

struct qn_span chain_object(const struct chain *c, size_t object)
{
    return c->roster.object[object].id;
}

size_t chain_draw_of(const struct chain *c, int64_t draw_id)
{
    for (size_t i = 0; i < c->ndraws; i++)
        if (c->draw[i].r.id == draw_id)
            return i;
    return CHAIN_NONE;
}

size_t chain_target_of(const struct chain *c, size_t draw, uint8_t slot_no, size_t object)
{
    for (size_t i = 0; i < c->ntargets; i++)
        if (c->target[i].draw == draw && c->target[i].slot_no == slot_no &&
            c->target[i].object == object)
            return i;
    return CHAIN_NONE;
}

size_t chain_open_target(const struct chain *c, size_t object, size_t from)
{
    for (size_t i = from; i < c->ntargets; i++)
        if (c->target[i].object == object && c->target[i].void_by == CHAIN_NONE)
            return i;
    return CHAIN_NONE;
}

static enum qn_code add_target(struct chain *c, const struct chain_target *t, struct qn_err *err)
{
    if (c->ntargets == c->target_cap) {
        size_t cap = c->target_cap ? c->target_cap * 2 : 64;
        struct chain_target *more = realloc(c->target, cap * sizeof(*more));
        if (!more)
            return no_memory(err);
        c->target = more;
        c->target_cap = cap;
    }
    c->target[c->ntargets++] = *t;
    return QN_OK;
}

/* SPEC exc-13: "everyone whom the office's exceptions make absent on that day, and without everyone replaced on or
 * before it" */
size_t chain_away(const struct chain *c, size_t n, const char *date, size_t *away)
{
    size_t found = 0;
    for (size_t i = 0; i < n && i < c->nexcs; i++) {
        const struct chain_exc *e = &c->exc[i];
        bool gone = (e->x.kind == QN_EXC_ABSENCE && strcmp(e->x.date, date) == 0) ||
                    (e->x.kind == QN_EXC_REPLACE && strcmp(e->x.date, date) <= 0);
        if (gone && e->inspector != QN_NOBODY)
            away[found++] = e->inspector;
    }
    return found;
}

/* SPEC exc-10: "voids of objects drawn by lot, absences, recusals, replacements and receipts" */
bool chain_is_answered(const struct chain *c, const struct chain_exc *e)
{
    if (e->x.kind == QN_EXC_VOID)
        return qn_after_by_lot(&c->after, e->x.slot, e->object);
    return e->x.kind != QN_EXC_APPOINT && e->x.kind != QN_EXC_RETURN &&
           e->x.kind != QN_EXC_REASSIGN;
}

size_t chain_open(const struct chain *c, size_t *out)
{
    size_t n = 0;
    for (size_t i = 0; c->witnessed && i < c->nexcs; i++) {
        const struct chain_exc *e = &c->exc[i];
        if (e->ours && e->counts && e->answer == CHAIN_NONE && chain_is_answered(c, e))
            out[n++] = i;
    }
    return n;
}

/* Few follow one another; a chain of a hundred successors is no chain. */
static bool closed(const struct chain *c, size_t target, const struct visits *visits,
                   int64_t before, unsigned depth)
{
    const struct chain_target *t = &c->target[target];
    if (visits_has(&visits[t->draw], chain_object(c, t->object), t->slot_no, before))
        return true;
    if (t->void_by == CHAIN_NONE || c->exc[t->void_by].id >= before || depth == 100)
        return false;
    const struct chain_exc *e = &c->exc[t->void_by];
    if (!qn_after_by_lot(&c->after, t->slot_no, t->object) || e->exhausted)
        return true;
    if (t->after != CHAIN_NONE)
        return closed(c, t->after, visits, before, depth + 1);
    if (e->answer == CHAIN_NONE || c->draw[e->answer].r.id >= before)
        return false;
    for (size_t i = 0; i < c->ntargets; i++)
        if (c->target[i].draw == e->answer && !closed(c, i, visits, before, depth + 1))
            return false;
    return true;
}

bool chain_closed(const struct chain *c, size_t target, const struct visits *visits, int64_t before)
{
    return closed(c, target, visits, before, 0);
}

/* ---- an exception ----------------------------------------------------------------------------------------------- */

static size_t object_of(const struct chain *c, const char *id)
{
    size_t at;
    return id[0] && qn_roster_object(&c->roster, qn_str(id), &at) ? at : QN_NOBODY;
}

static size_t inspector_of(const struct chain *c, const char *id)
{
    size_t at;
    return id[0] && qn_roster_inspector(&c->roster, qn_str(id), &at) ? at : QN_NOBODY;
}

bool chain_is_sent(const struct chain *c, size_t object, size_t inspector)
{
    const struct qn_after_visit *v = qn_after_visit(&c->after, object);
    for (unsigned s = 0; v && s < v->v.n; s++)
        if (v->v.inspector[s] >= 0 && (size_t)v->v.inspector[s] == inspector)
            return true;
    return false;
}

/* SPEC exc-5: "names a draw of the chain before it by origin, index and leaf and a slot line of its order, and its
 * object was drawn in that slot line and is not void there" */
static size_t target_named(const struct chain *c, const struct chain_exc *e)
{
    for (size_t i = 0; i < c->ndraws; i++) {
        const struct record *r = &c->draw[i].r;
        if (r->id != e->draw_id || r->seq != e->x.draw.index ||
            strcmp(r->log.origin, e->x.draw.origin) != 0 ||
            memcmp(r->leaf, e->x.draw.leaf, QN_HASH) != 0 || e->object == QN_NOBODY)
            continue;
        size_t t = chain_target_of(c, i, e->x.slot, e->object);
        return t != CHAIN_NONE && c->target[t].void_by == CHAIN_NONE ? t : CHAIN_NONE;
    }
    return CHAIN_NONE;
}

static enum qn_code pair_one(struct chain *c, uint8_t slot_no, size_t object, struct qn_err *err)
{
    struct qn_pair_slot slot[QN_ORDER_SLOTS] = {{NULL, NULL, 0}};
    struct qn_pick pick = {.object = object, .mode = QN_LOT};
    struct qn_pairing p = {.nvisits = 0};
    if (!c->draw[0].should.paired)
        return QN_OK;
    for (unsigned s = 0; s < c->after.nslots; s++)
        slot[s] = (struct qn_pair_slot){c->after.slot[s].rules, &pick, s + 1u == slot_no};
    enum qn_code rc = qn_after_pair(&p, &c->after, slot, &c->draw[0].should.keys, err);
    for (size_t i = 0; !rc && i < p.nvisits; i++)
        rc = qn_after_send(&c->after, &p.visit[i], err);
    qn_pairing_release(&p);
    return rc;
}

static enum qn_code step_void(struct chain *c, size_t at, size_t target, struct qn_err *err)
{
    struct chain_exc *e = &c->exc[at];
    struct chain_target next = {.slot_no = e->x.slot,
                                .draw = c->target[target].draw,
                                .by = at,
                                .void_by = CHAIN_NONE,
                                .after = CHAIN_NONE};
    c->target[target].void_by = at;
    qn_after_void(&c->after, e->object);
    if (c->witnessed)
        return QN_OK;
    e->want = qn_after_next(&c->after, e->x.slot, e->object);
    e->exhausted = e->want == QN_NOBODY && qn_after_by_lot(&c->after, e->x.slot, e->object);
    /* Goes on with who was named, so that one wrong name is told once. */
    next.object = e->next;
    if (next.object == QN_NOBODY || qn_after_drawn(&c->after, e->x.slot, next.object))
        return QN_OK;
    c->target[target].after = c->ntargets;
    qn_after_take(&c->after, e->x.slot, next.object, true);
    enum qn_code rc = add_target(c, &next, err);
    return rc ? rc : pair_one(c, e->x.slot, next.object, err);
}

/* Who goes instead, by these keys, among those who are there as far as the first n exceptions say. */
static enum qn_code instead(size_t *who, const struct chain *c, const struct chain_exc *e, size_t n,
                            const struct qn_draw_keys *keys, struct qn_err *err)
{
    size_t *away = calloc(n + 1, sizeof(*away));
    if (!away)
        return no_memory(err);
    size_t naway = chain_away(c, n, e->x.date, away);
    enum qn_code rc =
        qn_after_replace(who, &c->after, e->object, e->inspector, away, naway, keys, err);
    free(away);
    return rc;
}

static enum qn_code step_person(struct chain *c, size_t at, struct qn_err *err)
{
    struct chain_exc *e = &c->exc[at];
    enum qn_code rc = QN_OK;
    if (e->x.kind == QN_EXC_RECUSAL)
        rc = qn_after_recuse(&c->after, e->object, e->inspector, err);
    if (rc || c->witnessed)
        return rc;
    rc = instead(&e->want, c, e, at + 1, &c->draw[0].should.keys, err);
    if (!rc)
        qn_after_change(&c->after, e->object, e->inspector, e->next);
    return rc;
}

/* ---- one exception ---------------------------------------------------------------------------------------------- */

static enum qn_code judge_counts(struct chain *c, size_t at, size_t target, struct qn_err *err)
{
    struct chain_exc *e = &c->exc[at];
    bool drawn = target != CHAIN_NONE, may = false;
    enum qn_code rc = QN_OK;
    e->counts = false;
    switch (e->x.kind) {
    case QN_EXC_VOID:
        e->counts = drawn;
        break;
    case QN_EXC_ABSENCE:
    case QN_EXC_RECUSAL:
    case QN_EXC_REPLACE:
        e->counts = drawn && e->inspector != QN_NOBODY && chain_is_sent(c, e->object, e->inspector);
        break;
    case QN_EXC_APPOINT:
        e->counts = drawn && chain_may_appoint(c, at);
        break;
    case QN_EXC_RETURN:
        e->counts = drawn && chain_may_return(c, e);
        break;
    case QN_EXC_REASSIGN:
        rc = drawn ? chain_may_reassign(&may, c, at, err) : QN_OK;
        e->counts = may;
        break;
    case QN_EXC_RECEIVE:
        rc = e->ours && e->x.slot <= c->after.nslots ? chain_may_receive(&may, c, at, err) : QN_OK;
        e->counts = may;
        break;
    }
    return rc;
}

/* SPEC exc-33: "Elsewhere the object is a target of the draw from then on" */
static enum qn_code step_receive(struct chain *c, size_t at, struct qn_err *err)
{
    const struct chain_exc *e = &c->exc[at];
    if (c->witnessed)
        return QN_OK;
    qn_after_take(&c->after, e->x.slot, e->object, false);
    enum qn_code rc = add_target(c,
                                 &(struct chain_target){.object = e->object,
                                                        .slot_no = e->x.slot,
                                                        .by = at,
                                                        .void_by = CHAIN_NONE,
                                                        .after = CHAIN_NONE},
                                 err);
    return rc ? rc : pair_one(c, e->x.slot, e->object, err);
}

static enum qn_code step_exception(struct chain *c, size_t at, struct qn_err *err)
{
    struct chain_exc *e = &c->exc[at];
    size_t target = target_named(c, e);
    e->ours = chain_draw_of(c, e->draw_id) != CHAIN_NONE;
    e->next = e->x.kind == QN_EXC_VOID ? object_of(c, e->x.next) : inspector_of(c, e->x.next);
    e->next_strange = e->x.next[0] && e->next == QN_NOBODY && e->x.kind != QN_EXC_REASSIGN;
    enum qn_code rc = judge_counts(c, at, target, err);
    if (!rc && e->counts && e->x.kind == QN_EXC_VOID)
        rc = step_void(c, at, target, err);
    else if (!rc && e->counts && e->x.kind == QN_EXC_RETURN)
        c->target[target].void_by = at;
    else if (!rc && e->counts && e->x.kind == QN_EXC_RECEIVE)
        rc = step_receive(c, at, err);
    else if (!rc && e->counts && e->x.kind != QN_EXC_APPOINT && e->x.kind != QN_EXC_REASSIGN)
        rc = step_person(c, at, err);
    e = &c->exc[at];
    e->bars = c->after.nbars;
    e->voids = c->after.nvoids;
    return rc;
}

/* ---- a supplement ----------------------------------------------------------------------------------------------- */

/* SPEC exc-10: "an event of its own, which no draw of the chain before it names" */
static bool has_own_event(const struct chain *c, size_t here)
{
    const struct qn_order *o = &c->draw[here].o.o;
    for (size_t i = 0; o->has_beacon && i < here; i++)
        if (strcmp(c->draw[i].o.o.beacon_source, o->beacon_source) == 0 &&
            strcmp(c->draw[i].o.o.beacon_event, o->beacon_event) == 0)
            return false;
    return true;
}

/* The exceptions that its lines name, in the order of the chain; `here` is its own place among the draws. */
static size_t named(struct chain *c, struct chain_draw *d, size_t here, size_t *out)
{
    const struct qn_order *o = &d->o.o;
    size_t n = 0, found = 0;
    for (size_t i = 0; i < c->nexcs; i++) {
        struct chain_exc *e = &c->exc[i];
        for (unsigned k = 0; k < o->nexc; k++) {
            if (o->exc[k].index != e->seq || strcmp(o->exc[k].origin, e->origin) != 0 ||
                memcmp(o->exc[k].leaf, e->leaf, QN_HASH) != 0)
                continue;
            if (!e->ours || !e->counts || e->answer != CHAIN_NONE || !chain_is_answered(c, e))
                break;
            e->answer = here;
            out[n++] = i;
            found++;
            break;
        }
    }
    d->strange = o->nexc - found;
    d->strange_seq = o->nexc ? o->exc[0].index : 0;
    return n;
}

static enum qn_code pair_successors(struct chain *c, struct chain_draw *d, struct qn_err *err)
{
    struct qn_pair_slot slot[QN_ORDER_SLOTS] = {{NULL, NULL, 0}};
    for (unsigned s = 0; s < c->after.nslots; s++)
        slot[s] = (struct qn_pair_slot){c->after.slot[s].rules, d->should.sel[s].pick,
                                        d->should.sel[s].npicks};
    enum qn_code rc = qn_after_pair(&d->should.pairs, &c->after, slot, &d->should.keys, err);
    for (size_t i = 0; !rc && i < d->should.pairs.nvisits; i++)
        rc = qn_after_send(&c->after, &d->should.pairs.visit[i], err);
    return rc;
}

/* SPEC exc-14: "The pairs text of a supplement holds the visits of its successors and, whole, those that it changed" */
static enum qn_code put_changed(struct chain *c, struct chain_draw *d, size_t object,
                                struct qn_err *err)
{
    struct qn_pairing *p = &d->should.pairs;
    const struct qn_after_visit *v = qn_after_visit(&c->after, object);
    size_t at = 0;
    while (at < p->nvisits && p->visit[at].object < object)
        at++;
    if (at < p->nvisits && p->visit[at].object == object) {
        p->visit[at] = v->v;
        return QN_OK;
    }
    struct qn_visit *more = realloc(p->visit, (p->nvisits + 1) * sizeof(*more));
    if (!more)
        return no_memory(err);
    p->visit = more;
    memmove(more + at + 1, more + at, (p->nvisits - at) * sizeof(*more));
    more[at] = v->v;
    p->nvisits++;
    d->changed++;
    return QN_OK;
}

static int by_place(const void *a, const void *b)
{
    const struct qn_pick *x = a, *y = b;
    return (x->object > y->object) - (x->object < y->object);
}

/* SPEC exc-33: "a target of the draw on the supplement that names its receipt" */
static enum qn_code take_received(struct chain *c, struct qn_selection *sel, uint8_t slot_no,
                                  const size_t *exc, size_t n, struct qn_err *err)
{
    sel->pick = calloc(n + 1, sizeof(*sel->pick));
    if (!sel->pick)
        return no_memory(err);
    for (size_t i = 0; i < n; i++) {
        const struct chain_exc *e = &c->exc[exc[i]];
        if (e->x.kind != QN_EXC_RECEIVE || e->x.slot != slot_no)
            continue;
        sel->pick[sel->npicks++] = (struct qn_pick){.object = e->object};
        qn_after_take(&c->after, slot_no, e->object, false);
    }
    if (sel->npicks)
        qsort(sel->pick, sel->npicks, sizeof(*sel->pick), by_place);
    return QN_OK;
}

/* SPEC exc-11: "in each slot line and stratum as many as it has voids drawn by lot among those that the order names" */
static enum qn_code select_successors(struct chain *c, struct chain_draw *d, uint8_t slot_no,
                                      const size_t *exc, size_t n, struct qn_err *err)
{
    struct qn_selection *sel = &d->should.sel[slot_no - 1];
    d->should.nslots = slot_no;
    if (d->should.nlisted)
        return take_received(c, sel, slot_no, exc, n, err);
    size_t voids = 0, *voided = calloc(n + 1, sizeof(*voided));
    if (!voided)
        return no_memory(err);
    for (size_t i = 0; i < n; i++)
        if (c->exc[exc[i]].x.kind == QN_EXC_VOID && c->exc[exc[i]].x.slot == slot_no)
            voided[voids++] = c->exc[exc[i]].object;
    enum qn_code rc = qn_after_select(sel, &c->after, slot_no, voided, voids, &d->should.keys, err);
    free(voided);
    if (rc)
        return rc;
    d->short_of += voids - sel->npicks;
    for (size_t i = 0; i < sel->npicks; i++)
        qn_after_take(&c->after, slot_no, sel->pick[i].object, false);
    return QN_OK;
}

/* Objects of a list: as those of the main draw. */
static enum qn_code copy_listed(struct replay *to, const struct replay *from, struct qn_err *err)
{
    if (!from->nlisted)
        return QN_OK;
    to->listed = calloc(from->nlisted, sizeof(*to->listed));
    if (!to->listed)
        return no_memory(err);
    memcpy(to->listed, from->listed, from->nlisted * sizeof(*to->listed));
    to->nlisted = from->nlisted;
    return QN_OK;
}

static enum qn_code answer(struct chain *c, struct chain_draw *d, const size_t *exc, size_t n,
                           struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    /* SPEC exc-14: "it is those up to the last one that the order names" */
    size_t bars = c->after.nbars, upto = n ? exc[n - 1] + 1 : 0;
    uint32_t voids = c->after.nvoids;
    c->after.nbars = upto ? c->exc[upto - 1].bars : 0;
    c->after.nvoids = upto ? c->exc[upto - 1].voids : 0;
    for (uint8_t slot_no = 1; !rc && slot_no <= c->after.nslots; slot_no++)
        rc = select_successors(c, d, slot_no, exc, n, err);
    if (!rc && d->should.paired)
        rc = pair_successors(c, d, err);
    for (size_t i = 0; !rc && d->should.paired && i < n; i++) {
        struct chain_exc *e = &c->exc[exc[i]];
        if (!qn_exc_names_inspector(e->x.kind) || !chain_is_sent(c, e->object, e->inspector))
            continue;
        rc = instead(&e->want, c, e, upto, &d->should.keys, err);
        if (rc)
            break;
        qn_after_change(&c->after, e->object, e->inspector, e->want);
        rc = put_changed(c, d, e->object, err);
    }
    c->after.nbars = bars;
    c->after.nvoids = voids;
    return rc;
}

/* Who is drawn on a supplement, who goes where. */
static enum qn_code answer_to(struct chain *c, struct chain_draw *d, struct qn_err *err)
{
    size_t here = (size_t)(d - c->draw), *exc = calloc(c->nexcs + 1, sizeof(*exc));
    if (!exc)
        return no_memory(err);
    d->repeats = qn_order_repeats(&c->draw[0].o.o, &d->o.o) && has_own_event(c, here);
    size_t n = named(c, d, here, exc);
    d->should.paired = c->draw[0].should.paired;
    enum qn_code rc = copy_listed(&d->should, &c->draw[0].should, err);
    if (!rc && d->has_keys)
        rc = answer(c, d, exc, n, err);
    free(exc);
    return rc;
}

enum qn_code chain_take_list(struct chain *c, size_t draw, struct qn_err *err)
{
    const struct record *r = &c->draw[draw].r;
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < r->npicks; i++) {
        size_t object;
        uint8_t slot_no = r->pick[i].slot_no;
        if (slot_no < 1 || slot_no > c->after.nslots ||
            !qn_roster_object(&c->roster, record_object(r, i), &object))
            continue;
        qn_after_take(&c->after, slot_no, object, false);
        rc = add_target(c,
                        &(struct chain_target){.object = object,
                                               .slot_no = slot_no,
                                               .draw = draw,
                                               .by = CHAIN_NONE,
                                               .void_by = CHAIN_NONE,
                                               .after = CHAIN_NONE},
                        err);
    }
    return rc;
}

/* The state borrows roster, rules and selections, which moved. */
static void rebind(struct chain *c)
{
    c->after.roster = &c->roster;
    for (unsigned s = 0; s < c->after.nslots; s++)
        if (c->after.slot[s].sel)
            c->after.slot[s].sel = &c->draw[0].should.sel[s];
}

static enum qn_code walk(struct chain *c, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    size_t d = 1;
    for (size_t i = 0; i < c->nexcs; i++) {
        c->exc[i].object = object_of(c, c->exc[i].x.object);
        c->exc[i].inspector = inspector_of(c, c->exc[i].x.inspector);
    }
    for (size_t e = 0; !rc && (e < c->nexcs || d < c->ndraws);) {
        if (d == c->ndraws || (e < c->nexcs && c->exc[e].id < c->draw[d].r.id)) {
            rc = step_exception(c, e++, err);
            continue;
        }
        rc = answer_to(c, &c->draw[d], err);
        c->lost = c->lost || !c->draw[d].has_keys;
        if (!rc)
            rc = chain_take_list(c, d, err);
        d++;
    }
    return rc;
}

/* ---- loading ---------------------------------------------------------------------------------------------------- */

enum qn_code chain_load(struct chain *out, struct store *st, const char *office, int64_t draw_id,
                        const struct order_lines *orders, struct ground *ground, struct qn_err *err)
{
    QN_AUTO(chain) struct chain c = {.st = st};
    enum qn_code rc = chain_read(&c, office, draw_id, orders, ground, err);
    if (!rc)
        rc = chain_take_list(&c, 0, err);
    if (!rc)
        rc = walk(&c, err);
    if (rc)
        return rc;
    *out = c;
    rebind(out);
    c = (struct chain){.st = NULL};
    return QN_OK;
}

/* ---- one step further ------------------------------------------------------------------------------------------- */

enum qn_code chain_draft(struct chain *c, const struct qn_order *o, const struct qn_draw_keys *keys,
                         struct chain_draw **out, struct qn_err *err)
{
    struct chain_draw *more = realloc(c->draw, (c->ndraws + 1) * sizeof(*more));
    if (!more)
        return no_memory(err);
    c->draw = more;
    rebind(c);
    struct chain_draw *d = *out = &more[c->ndraws++];
    *d = (struct chain_draw){.has_order = true,
                             .has_keys = true,
                             .supp_want = (unsigned)c->ndraws - 1,
                             .should = {.keys = *keys}};
    d->o.o = *o;
    return answer_to(c, d, err);
}

static void set_next(struct chain_exc *e, const struct qn_roster *r)
{
    struct qn_span id = {NULL, 0};
    if (e->want != QN_NOBODY)
        id = e->x.kind == QN_EXC_VOID ? r->object[e->want].id : r->inspector[e->want].id;
    qn_text_copy(e->x.next, sizeof(e->x.next), id);
}

enum qn_code chain_follow(struct chain *c, const struct qn_exc *x, int64_t draw_id,
                          const struct chain_exc **out, struct qn_err *err)
{
    struct chain_exc *more = realloc(c->exc, (c->nexcs + 1) * sizeof(*more));
    if (!more)
        return no_memory(err);
    c->exc = more;
    size_t at = c->nexcs++;
    struct chain_exc *e = &more[at];
    *e = (struct chain_exc){.draw_id = draw_id,
                            .id = INT64_MAX,
                            .x = *x,
                            .want = QN_NOBODY,
                            .next = QN_NOBODY,
                            .answer = CHAIN_NONE};
    e->object = object_of(c, x->object);
    e->inspector = inspector_of(c, x->inspector);
    *out = e;
    size_t target = target_named(c, e);
    enum qn_code rc = QN_OK;
    if (!c->witnessed && target != CHAIN_NONE && x->kind == QN_EXC_VOID)
        e->want = qn_after_next(&c->after, x->slot, e->object);
    else if (!c->witnessed && target != CHAIN_NONE && x->kind != QN_EXC_APPOINT &&
             qn_exc_names_inspector(x->kind) && e->inspector != QN_NOBODY &&
             chain_is_sent(c, e->object, e->inspector))
        rc = instead(&e->want, c, e, at + 1, &c->draw[0].should.keys, err);
    if (rc)
        return rc;
    if (x->kind != QN_EXC_REASSIGN)
        set_next(e, &c->roster);
    return step_exception(c, at, err);
}
