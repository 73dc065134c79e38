/* verify_cap.c - the yearly cap, held against the inspections that there are: who was drawn though it was reached, and
 * whom it keeps out though it was not. */
#include <string.h>

#include "node/draw/verify_internal.h"

static bool is_drawn_by_lot(const struct record *r, unsigned slot_no, struct qn_span id)
{
    for (size_t i = 0; i < r->npicks; i++)
        if (r->pick[i].mode == QN_LOT && r->pick[i].slot_no == slot_no &&
            qn_span_eq(record_object(r, i), id))
            return true;
    return false;
}

/* The first day of the freeze's year. */
static void year_of(char out[11], const struct facts *x)
{
    memcpy(out, x->v->ground.freeze.date, 4);
    memcpy(out + 4, "-01-01", 7);
}

/* SPEC verdicts-12: "an object drawn by lot that had as many results logged in the freeze's year, before its date,
 * as the rules' cap" */
static enum qn_code check_drawn(struct facts *x, unsigned slot_no)
{
    uint32_t cap = x->rules.at[slot_no - 1].rules.cap;
    QN_AUTO(name_list) struct name_list capped;
    name_list_init(&capped);
    char from[11];
    year_of(from, x);
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_OBJECTS_INSPECTED);
    q_bind_text(&q, x->r->log.office);
    q_bind_text(&q, from);
    q_bind_text(&q, x->v->ground.freeze.date);
    q_bind_int(&q, cap);
    while (q_step(&q))
        if (is_drawn_by_lot(x->r, slot_no, q_span(&q, 0)))
            name_list_add(&capped, q_span(&q, 0));
    if (capped.n) {
        struct finding *f =
            findings_add(x->f, V_CAP_WRONG, x->r->log.origin, x->r->seq, x->r->leaf);
        finding_put(x->f, f, "cap", "%u", cap);
        finding_put(x->f, f, "objects", "%s", name_list_text(&capped));
    }
    return query_end(&q, x->v->err);
}

/* Results of any office: more than what they prove is never asked of whoever counted. */
static enum qn_code inspections(uint64_t *out, struct facts *x, struct qn_span object)
{
    char from[11];
    year_of(from, x);
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_INSPECTIONS_OF_OBJECT);
    q_bind_span(&q, object);
    q_bind_text(&q, from);
    q_bind_text(&q, x->v->ground.freeze.date);
    *out = q_step(&q) ? (uint64_t)q_int(&q, 0) : 0;
    return query_end(&q, x->v->err);
}

/* SPEC verdicts-46: "whom the cap keeps out of a slot's lots, who is neither excluded nor a must" */
static enum qn_code check_kept_out(struct facts *x, unsigned slot_no)
{
    const struct qn_rules *rules = &x->rules.at[slot_no - 1].rules;
    const struct qn_roster *r = &x->v->ground.roster.r;
    QN_AUTO(name_list) struct name_list unfounded;
    name_list_init(&unfounded);
    enum qn_code rc = QN_OK;
    size_t mark = 0;
    for (size_t i = 0; !rc && i < r->nobjects; i++) {
        const struct qn_object *o = &r->object[i];
        bool marked = false;
        uint64_t had = 0;
        if (o->attr.inspected_this_year < rules->cap ||
            !qn_expr_holds(rules, rules->population, &o->attr))
            continue;
        while (mark < r->nmarks && qn_span_cmp(r->mark[mark].id, o->id) < 0)
            mark++; /* both are in order of the id */
        for (size_t k = mark; k < r->nmarks && qn_span_eq(r->mark[k].id, o->id); k++)
            marked = marked || verify_mark_counts(rules, &r->mark[k]);
        if (!marked)
            rc = inspections(&had, x, o->id);
        if (!rc && !marked && had < rules->cap)
            name_list_add(&unfounded, o->id);
    }
    if (!rc && unfounded.n) {
        const struct ground *g = &x->v->ground;
        struct finding *f = findings_add(x->f, V_CAP_UNFOUNDED, g->log.origin, g->seq, g->leaf);
        finding_put(x->f, f, "cap", "%u", rules->cap);
        finding_put(x->f, f, "n", "%zu", unfounded.n);
        finding_put(x->f, f, "objects", "%s", name_list_text(&unfounded));
    }
    return rc;
}

enum qn_code verify_caps(struct facts *x)
{
    enum qn_code rc = QN_OK;
    for (unsigned i = 0; !rc && i < x->rules.n; i++) {
        if (!x->rules.at[i].rules.has_cap || x->order.o.slot[0].type == QN_PAIRS)
            continue;
        rc = check_drawn(x, i + 1);
        if (!rc && !x->order.o.supp) /* a supplement draws from what the main draw left */
            rc = check_kept_out(x, i + 1);
    }
    return rc;
}
