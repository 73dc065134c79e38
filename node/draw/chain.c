#include "node/draw/chain.h"

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

size_t chain_open(const struct chain *c, size_t *out)
{
    size_t n = 0;
    for (size_t i = 0; c->witnessed && i < c->nexcs; i++) {
        const struct chain_exc *e = &c->exc[i];
        /* SPEC exc-10: "voids of objects drawn by lot, absences, recusals and replacements" */
        if (e->ours && e->counts && e->answer == CHAIN_NONE &&
            (e->x.kind != QN_EXC_VOID || qn_after_by_lot(&c->after, e->x.slot, e->object)))
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

static bool is_sent(const struct chain *c, size_t object, size_t inspector)
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

static enum qn_code step_exception(struct chain *c, size_t at, struct qn_err *err)
{
    struct chain_exc *e = &c->exc[at];
    size_t target = target_named(c, e);
    enum qn_code rc = QN_OK;
    e->ours = chain_draw_of(c, e->draw_id) != CHAIN_NONE;
    e->next = e->x.kind == QN_EXC_VOID ? object_of(c, e->x.next) : inspector_of(c, e->x.next);
    e->next_strange = e->x.next[0] && e->next == QN_NOBODY;
    e->counts = target != CHAIN_NONE &&
                (e->x.kind == QN_EXC_VOID ||
                 (e->inspector != QN_NOBODY && is_sent(c, e->object, e->inspector)));
    if (e->counts)
        rc = e->x.kind == QN_EXC_VOID ? step_void(c, at, target, err) : step_person(c, at, err);
    e->bars = c->after.nbars;
    return rc;
}

/* ---- a supplement ----------------------------------------------------------------------------------------------- */

/* SPEC exc-10: "the main order's office, slot lines, attempt, level, freeze line and VRF lines, byte for byte" */
static bool repeats(const struct qn_order *a, const struct qn_order *b)
{
    bool same = strcmp(a->office_origin, b->office_origin) == 0 && a->nslots == b->nslots &&
                a->attempt == b->attempt && a->level == b->level && a->nkeys == b->nkeys &&
                a->has_freeze == b->has_freeze && !b->has_beacon;
    for (unsigned s = 0; same && s < a->nslots; s++)
        same = strcmp(a->slot[s].issuer, b->slot[s].issuer) == 0 &&
               strcmp(a->slot[s].series, b->slot[s].series) == 0 &&
               strcmp(a->slot[s].task, b->slot[s].task) == 0 &&
               a->slot[s].round == b->slot[s].round && a->slot[s].type == b->slot[s].type &&
               memcmp(a->slot[s].rules_hash, b->slot[s].rules_hash, QN_HASH) == 0;
    if (same && a->has_freeze)
        same = strcmp(a->freeze.origin, b->freeze.origin) == 0 &&
               a->freeze.index == b->freeze.index && a->freeze_head.size == b->freeze_head.size &&
               memcmp(a->freeze.leaf, b->freeze.leaf, QN_HASH) == 0 &&
               memcmp(a->freeze_head.root, b->freeze_head.root, QN_HASH) == 0;
    return same && memcmp(a->vrf, b->vrf, a->nkeys * sizeof(a->vrf[0])) == 0;
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
            if (!e->ours || !e->counts || e->answer != CHAIN_NONE ||
                (e->x.kind == QN_EXC_VOID && !qn_after_by_lot(&c->after, e->x.slot, e->object)))
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

/* SPEC exc-11: "in each slot line and stratum as many as it has voids drawn by lot among those that the order names" */
static enum qn_code select_successors(struct chain *c, struct chain_draw *d, uint8_t slot_no,
                                      const size_t *exc, size_t n, struct qn_err *err)
{
    struct qn_selection *sel = &d->should.sel[slot_no - 1];
    d->should.nslots = slot_no;
    if (d->should.nlisted)
        return QN_OK;
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
    for (uint8_t slot_no = 1; !rc && slot_no <= c->after.nslots; slot_no++)
        rc = select_successors(c, d, slot_no, exc, n, err);
    if (rc || !d->should.paired)
        return rc;
    /* SPEC exc-14: "it is those up to the last one that the order names" */
    size_t bars = c->after.nbars, upto = n ? exc[n - 1] + 1 : 0;
    c->after.nbars = upto ? c->exc[upto - 1].bars : 0;
    rc = pair_successors(c, d, err);
    for (size_t i = 0; !rc && i < n; i++) {
        struct chain_exc *e = &c->exc[exc[i]];
        if (e->x.kind == QN_EXC_VOID || !is_sent(c, e->object, e->inspector))
            continue;
        rc = instead(&e->want, c, e, upto, &d->should.keys, err);
        if (rc)
            break;
        qn_after_change(&c->after, e->object, e->inspector, e->want);
        rc = put_changed(c, d, e->object, err);
    }
    c->after.nbars = bars;
    return rc;
}

/* Who is drawn on a supplement, who goes where. */
static enum qn_code answer_to(struct chain *c, struct chain_draw *d, struct qn_err *err)
{
    size_t here = (size_t)(d - c->draw), *exc = calloc(c->nexcs + 1, sizeof(*exc));
    if (!exc)
        return no_memory(err);
    d->repeats = repeats(&c->draw[0].o.o, &d->o.o);
    size_t n = named(c, d, here, exc);
    d->should.paired = c->draw[0].should.paired;
    enum qn_code rc = copy_listed(&d->should, &c->draw[0].should, err);
    if (!rc && d->has_keys)
        rc = answer(c, d, exc, n, err);
    free(exc);
    return rc;
}

/* What its list says was drawn, right or wrong. */
static enum qn_code take_list(struct chain *c, size_t draw, struct qn_err *err)
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

/* ---- loading ---------------------------------------------------------------------------------------------------- */

static enum qn_code read_exceptions(struct chain *c, const char *office, struct qn_err *err)
{
    size_t cap = 0;
    QN_AUTO(query) struct query q = query_start(c->st, SQL_EXCEPTIONS);
    q_bind_text(&q, office);
    while (q_step(&q)) {
        struct qn_err none;
        struct log log;
        uint16_t epoch, n;
        if (c->nexcs == cap) {
            cap = cap ? cap * 2 : 16;
            struct chain_exc *more = realloc(c->exc, cap * sizeof(*more));
            if (!more)
                return no_memory(err);
            c->exc = more;
        }
        struct chain_exc *e = &c->exc[c->nexcs];
        *e = (struct chain_exc){.id = q_int(&q, 0),
                                .draw_id = q_int(&q, 1),
                                .want = QN_NOBODY,
                                .next = QN_NOBODY,
                                .answer = CHAIN_NONE};
        qn_row_id_split(e->id, &epoch, &e->seq, &n);
        QN_AUTO(log_entry) struct log_entry entry = {0};
        /* SPEC exc-1: "`draw_id`, `slot_no`, `kind` and `object_id` of both rows" */
        if (qn_exc_parse(&e->x, q_span(&q, 5), &none) != QN_OK ||
            log_at(&log, c->st, office, epoch, &none) != QN_OK ||
            log_entry_get(&entry, c->st, &log, e->seq, &none) != QN_OK ||
            entry.h.kind != QN_KIND_EXC || strcmp(e->x.origin, log.origin) != 0 ||
            e->x.slot != q_int(&q, 2) || !qn_span_is(q_span(&q, 3), qn_exc_kind_name(e->x.kind)) ||
            !qn_span_is(q_span(&q, 4), e->x.object) ||
            !qn_text_copy(e->acted_by, sizeof(e->acted_by), q_span(&q, 6)))
            continue;
        memcpy(e->origin, log.origin, sizeof(e->origin));
        memcpy(e->leaf, entry.leaf, QN_HASH);
        c->nexcs++;
    }
    return query_end(&q, err);
}

static bool same_chain(const struct order_line *a, const struct order_line *b)
{
    return a->genuine && b->genuine && a->attempt == b->attempt &&
           order_same_slot(&(struct order_line){.key = a->key},
                           &(struct order_line){.key = b->key}) &&
           strcmp(a->drawer, b->drawer) == 0 && strcmp(a->parent, b->parent) == 0;
}

static const struct order_line *line_of_draw(const struct order_lines *orders, const char *office,
                                             int64_t draw_id)
{
    for (size_t i = 0; i < orders->n; i++)
        if (orders->at[i].draw_id == draw_id && strcmp(orders->at[i].drawer, office) == 0)
            return &orders->at[i];
    return NULL;
}

/* The main order's line, of which this draw is or which its supplement follows. */
static const struct order_line *main_line(const struct order_lines *orders, const char *office,
                                          int64_t draw_id)
{
    const struct order_line *mine = line_of_draw(orders, office, draw_id);
    if (!mine || !mine->supp)
        return mine;
    for (size_t i = 0; i < orders->n; i++)
        if (!orders->at[i].supp && orders->at[i].draw_id && same_chain(&orders->at[i], mine))
            return &orders->at[i];
    return NULL;
}

static bool has_keys(struct chain_draw *d)
{
    static const uint8_t no_beacon[32];
    const struct qn_order *o = &d->o.o;
    uint8_t alpha[76];
    struct qn_err none;
    if (!d->r.res || d->r.res->nvrf != 1 || o->nkeys != 1 || o->has_beacon)
        return false;
    qn_draw_alpha(alpha, o->id, no_beacon);
    struct qn_span pi = {d->r.res->vrf[0].pi, QN_VRF_PROOF};
    if (qn_vrf_verify(d->beta, o->vrf[0], pi, QN_SPAN(alpha), &none) != QN_OK)
        return false;
    uint8_t one[1][QN_VRF_BETA];
    memcpy(one[0], d->beta, QN_VRF_BETA);
    qn_draw_seed(d->should.seed, 1, (const uint8_t(*)[QN_VRF_BETA])one);
    qn_draw_keys(&d->should.keys, d->should.seed);
    return true;
}

static enum qn_code add_draw(struct chain *c, const char *office, int64_t draw_id,
                             struct qn_err *err)
{
    struct chain_draw *more = realloc(c->draw, (c->ndraws + 1) * sizeof(*more));
    if (!more)
        return no_memory(err);
    c->draw = more;
    struct chain_draw *d = &more[c->ndraws++];
    *d = (struct chain_draw){.supp_want = (unsigned)c->ndraws - 1};
    enum qn_code rc = record_read(&d->r, c->st, office, draw_id, err);
    if (!rc)
        rc = order_read(&d->o, c->st, d->r.order_origin, d->r.order_seq, err);
    if (rc)
        return rc;
    d->has_order = true;
    d->has_keys = has_keys(d);
    return QN_OK;
}

static enum qn_code start(struct chain *c, struct ground *ground, struct qn_err *err)
{
    struct chain_draw *d = &c->draw[0];
    if (!d->r.res)
        return qn_fail(err, QN_MALFORMED, d->r.why.id, "%s", d->r.why.args);
    enum qn_code rc = order_rules_find(&c->rules, c->st, &d->o.o, err);
    bool listed = !rc && c->rules.at[0].rules.type == QN_PAIRS;
    if (listed)
        rc = listing_load(&c->listing, c->st, &d->o.o, err);
    if (!rc)
        rc = ground_reuse(ground, c->st, d->r.res->freeze.origin, d->r.res->freeze.index, err);
    if (!rc && !d->has_keys)
        rc = qn_fail(err, QN_UNVERIFIED, "exc.proof", "log=%s|seq=%llu", d->r.log.origin,
                     (unsigned long long)d->r.seq);
    if (rc)
        return rc;
    c->g = ground;
    c->witnessed = d->o.o.level == QN_WITNESSED;
    rc = replay_run(&d->should, &c->rules, &ground->roster.r, &c->listing, d->beta, err);
    if (rc)
        return rc;
    c->roster = replay_roster(&d->should, &ground->roster.r);
    struct qn_after_slot slot[QN_ORDER_SLOTS];
    for (unsigned s = 0; s < c->rules.n; s++)
        slot[s] = (struct qn_after_slot){&c->rules.at[s].rules, listed ? NULL : &d->should.sel[s]};
    rc = qn_after_start(&c->after, c->rules.n, slot, d->should.paired ? &d->should.pairs : NULL,
                        &c->roster, err);
    return rc ? rc : take_list(c, 0, err);
}

/* The state borrows roster, rules and selections, which moved. */
static void rebind(struct chain *c)
{
    c->after.roster = &c->roster;
    for (unsigned s = 0; s < c->after.nslots; s++)
        if (c->after.slot[s].sel)
            c->after.slot[s].sel = &c->draw[0].should.sel[s];
}

/* The draws on supplements, in the order of the log. */
static enum qn_code add_supplements(struct chain *c, const struct order_line *of,
                                    const struct order_lines *orders, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (int64_t last = of->draw_id; !rc;) {
        int64_t next = 0;
        for (size_t i = 0; i < orders->n; i++) {
            const struct order_line *o = &orders->at[i];
            if (o->supp && o->draw_id > last && (!next || o->draw_id < next) && same_chain(o, of))
                next = o->draw_id;
        }
        if (!next)
            break;
        rc = add_draw(c, of->drawer, next, err);
        last = next;
    }
    return rc;
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
            rc = take_list(c, d, err);
        d++;
    }
    return rc;
}

enum qn_code chain_load(struct chain *out, struct store *st, const char *office, int64_t draw_id,
                        const struct order_lines *orders, struct ground *ground, struct qn_err *err)
{
    QN_AUTO(chain) struct chain c = {.st = st};
    const struct order_line *of = main_line(orders, office, draw_id);
    if (!of) {
        char name[DRAW_NAME_MAX];
        draw_name(name, office, draw_id);
        return qn_fail(err, QN_ABSENT, "exc.no-main", "draw=%s", name);
    }
    enum qn_code rc = add_draw(&c, office, of->draw_id, err);
    if (!rc)
        rc = read_exceptions(&c, office, err);
    if (!rc)
        rc = add_supplements(&c, of, orders, err);
    if (!rc)
        rc = start(&c, ground, err);
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
    else if (!c->witnessed && target != CHAIN_NONE && e->inspector != QN_NOBODY &&
             is_sent(c, e->object, e->inspector))
        rc = instead(&e->want, c, e, at + 1, &c->draw[0].should.keys, err);
    if (rc)
        return rc;
    set_next(e, &c->roster);
    return step_exception(c, at, err);
}

enum qn_code chain_is_needed(bool *out, struct store *st, const char *office,
                             const struct order_lines *orders, int64_t draw_id, struct qn_err *err)
{
    const struct order_line *mine = line_of_draw(orders, office, draw_id);
    *out = false;
    for (size_t i = 0; mine && !*out && i < orders->n; i++)
        *out = orders->at[i].supp && same_chain(&orders->at[i], mine);
    if (*out)
        return QN_OK;
    QN_AUTO(query) struct query q = query_start(st, SQL_EXCEPTION_ANY);
    q_bind_text(&q, office);
    *out = q_step(&q);
    return query_end(&q, err);
}
