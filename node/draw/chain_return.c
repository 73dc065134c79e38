/* chain_return.c - a listed target goes back to who drew it, and on to another office.   Spec: protocol/spec/exceptions.md */
#include <string.h>

#include "node/draw/chain_internal.h"
#include "node/store/tree.h"

/* SPEC exc-31: "of a target of type pairs whose object a draw sent" */
bool chain_may_return(const struct chain *c, const struct chain_exc *e)
{
    return c->draw[0].should.nlisted && !c->listing.source[e->x.slot - 1].given;
}

/* ---- sent on ----------------------------------------------------------------------------------------------------- */

static enum qn_code first_holder(char out[QN_CODE_MAX + 1], const struct chain *c,
                                 const struct chain_exc *e, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(c->st, SQL_DISPATCH_FIRST);
    q_bind_text(&q, c->draw[0].r.log.office);
    q_bind_int(&q, e->draw_id);
    q_bind_text(&q, e->x.object);
    q_bind_int(&q, e->x.slot);
    out[0] = 0;
    if (q_step(&q))
        qn_text_copy(out, QN_CODE_MAX + 1, q_span(&q, 0));
    return query_end(&q, err);
}

/* Who has the target after the first n exceptions; had: `next` of e is among those who had it. */
static enum qn_code find_holder(bool *had, struct chain_exc *e, const struct chain *c, size_t n,
                                struct qn_err *err)
{
    enum qn_code rc = first_holder(e->holder, c, e, err);
    *had = strcmp(e->holder, e->x.next) == 0;
    for (size_t i = 0; !rc && i < n; i++) {
        const struct chain_exc *b = &c->exc[i];
        if (b->x.kind != QN_EXC_REASSIGN || !b->counts || b->draw_id != e->draw_id ||
            b->x.slot != e->x.slot || strcmp(b->x.object, e->x.object) != 0)
            continue;
        qn_text_copy(e->holder, sizeof(e->holder), qn_str(b->x.next));
        *had = *had || strcmp(b->x.next, e->x.next) == 0;
    }
    return rc;
}

/* The leaves by which the holder returned the target: leaf is that of the newest; found: whether the evidence is one. */
static enum qn_code find_return(bool *any, bool *found, uint8_t leaf[QN_HASH],
                                const struct chain *c, const struct chain_exc *e,
                                struct qn_err *err)
{
    const struct qn_slot_key *k = &c->draw[0].o.o.slot[e->x.slot - 1];
    QN_AUTO(query) struct query q = query_start(c->st, SQL_RETURNS_OF_TARGET);
    q_bind_text(&q, e->holder);
    q_bind_text(&q, e->x.object);
    q_bind_text(&q, c->draw[0].r.log.office);
    q_bind_int(&q, e->draw_id);
    q_bind_text(&q, k->task);
    q_bind_int(&q, k->round);
    *any = *found = false;
    while (q_step(&q)) {
        if (q_span(&q, 0).n != QN_HASH)
            continue;
        *any = true;
        memcpy(leaf, q_span(&q, 0).p, QN_HASH);
        *found = *found || memcmp(leaf, e->x.evidence, QN_HASH) == 0;
    }
    return query_end(&q, err);
}

/* SPEC exc-32: "the plan has a slot of type pairs for it of the same series, task and round" */
static enum qn_code has_slot(bool *out, const struct chain *c, const struct chain_exc *e,
                             struct qn_err *err)
{
    const struct qn_slot_key *k = &c->draw[0].o.o.slot[e->x.slot - 1];
    QN_AUTO(query) struct query q = query_start(c->st, SQL_PAIRS_SLOT_OF);
    q_bind_text(&q, k->issuer);
    q_bind_text(&q, k->series);
    q_bind_text(&q, k->task);
    q_bind_int(&q, k->round);
    q_bind_text(&q, e->x.next);
    *out = q_step(&q);
    return query_end(&q, err);
}

enum qn_code chain_may_reassign(bool *out, struct chain *c, size_t at, struct qn_err *err)
{
    struct chain_exc *e = &c->exc[at];
    uint8_t leaf[QN_HASH];
    bool had, any;
    *out = false;
    enum qn_code rc = find_holder(&had, e, c, at, err);
    /* SPEC exc-32: "to an office below it that did not have the target before" */
    if (rc || had || c->rules.at[0].rules.type != QN_OBJECTS ||
        !tree_is_above(c->st, c->draw[0].r.log.office, e->x.next))
        return rc;
    /* SPEC exc-32: "its evidence is the leaf of an entry by which the office that has the target returned it" */
    rc = find_return(&any, out, leaf, c, e, err);
    return rc || !*out ? rc : has_slot(out, c, e, err);
}

/* ---- taken on ----------------------------------------------------------------------------------------------------- */

/* The leaves by which the object was sent on here; as find_return. */
static enum qn_code find_sent(bool *any, bool *found, uint8_t leaf[QN_HASH], const struct chain *c,
                              const struct chain_exc *e, struct qn_err *err)
{
    const struct qn_slot_key *k = &c->draw[0].o.o.slot[e->x.slot - 1];
    const struct list_source *list = &c->listing.source[e->x.slot - 1];
    QN_AUTO(query) struct query q = query_start(c->st, SQL_SENT_ON_BY);
    q_bind_text(&q, list->office);
    q_bind_int(&q, list->id);
    q_bind_text(&q, c->draw[0].r.log.office);
    q_bind_text(&q, e->x.object);
    q_bind_text(&q, k->task);
    q_bind_int(&q, k->round);
    *any = *found = false;
    while (q_step(&q)) {
        if (q_span(&q, 0).n != QN_HASH)
            continue;
        *any = true;
        memcpy(leaf, q_span(&q, 0).p, QN_HASH);
        *found = *found || memcmp(leaf, e->x.evidence, QN_HASH) == 0;
    }
    return query_end(&q, err);
}

/* It was sent on here after the order, and stands in no list of the chain yet. */
static bool is_to_be_taken(const struct chain *c, size_t n, uint8_t slot, size_t object)
{
    if (!c->draw[0].should.nlisted || slot < 1 || slot > c->after.nslots || object == QN_NOBODY ||
        !(c->listing.at[object].sent_on >> (slot - 1) & 1))
        return false;
    for (size_t i = 0; i < c->ntargets; i++)
        if (c->target[i].object == object && c->target[i].slot_no == slot)
            return false;
    for (size_t i = 0; i < n; i++)
        if (c->exc[i].x.kind == QN_EXC_RECEIVE && c->exc[i].counts && c->exc[i].ours &&
            c->exc[i].x.slot == slot && c->exc[i].object == object)
            return false;
    return true;
}

enum qn_code chain_may_receive(bool *out, const struct chain *c, size_t at, struct qn_err *err)
{
    const struct chain_exc *e = &c->exc[at];
    const struct record *r = &c->draw[0].r;
    uint8_t leaf[QN_HASH];
    bool any;
    *out = false;
    /* SPEC exc-33: "It names the draw on the main order" */
    if (e->draw_id != r->id || e->x.draw.index != r->seq ||
        strcmp(e->x.draw.origin, r->log.origin) != 0 ||
        memcmp(e->x.draw.leaf, r->leaf, QN_HASH) != 0 ||
        !is_to_be_taken(c, at, e->x.slot, e->object))
        return QN_OK;
    /* SPEC exc-33: "its evidence is the leaf of the entry that sent it" */
    return find_sent(&any, out, leaf, c, e, err);
}

bool chain_waits_for(const struct chain *c, uint8_t slot, size_t object)
{
    return is_to_be_taken(c, c->nexcs, slot, object);
}

/* ---- for whoever records -------------------------------------------------------------------------------------------- */

enum qn_code chain_evidence(bool *found, uint8_t leaf[QN_HASH], const struct chain *c,
                            const struct qn_exc *x, int64_t draw_id, struct qn_err *err)
{
    struct chain_exc e = {.draw_id = draw_id, .x = *x};
    bool had, same;
    enum qn_code rc = QN_OK;
    *found = false;
    if (x->kind == QN_EXC_RECEIVE)
        return find_sent(found, &same, leaf, c, &e, err);
    rc = find_holder(&had, &e, c, c->nexcs, err);
    return rc ? rc : find_return(found, &same, leaf, c, &e, err);
}
