/* verify_visits.c - what followed the draw: the visits. */
#include <string.h>

#include "node/draw/verify_internal.h"
#include "node/draw/visits.h"
#include "protocol/wire.h"

static bool is_selected(const struct facts *x, struct qn_span id, unsigned slot_no)
{
    for (size_t i = 0; i < x->r->npicks; i++)
        if (x->r->pick[i].slot_no == slot_no && qn_span_eq(record_object(x->r, i), id))
            return true;
    for (size_t i = 0; x->has_chain && i < x->chain.ntargets; i++)
        if (x->chain.target[i].draw == x->chain_at && x->chain.target[i].slot_no == slot_no &&
            qn_span_eq(chain_object(&x->chain, x->chain.target[i].object), id))
            return true;
    return false;
}

static void check_extra(struct facts *x, const struct visits *visits)
{
    QN_AUTO(name_list) struct name_list extra;
    name_list_init(&extra);
    for (size_t i = 0; i < visits->n; i++)
        if (!is_selected(x, visits_object(visits, i), visits->at[i].slot_no))
            name_list_add(&extra, visits_object(visits, i));
    if (extra.n)
        finding_put(x->f,
                    findings_add(x->f, V_VISIT_EXTRA, x->r->log.origin, x->r->seq, x->r->leaf),
                    "objects", "%s", name_list_text(&extra));
}

/* ---- who went, and when -------------------------------------------------------------------------------------------- */

static enum qn_code check_visitors(struct facts *x)
{
    QN_AUTO(name_list) struct name_list others;
    name_list_init(&others);
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_VISITED_BY_OTHERS);
    q_bind_text(&q, x->r->log.office);
    q_bind_int(&q, x->r->id);
    while (q_step(&q))
        name_list_add(&others, q_span(&q, 0));
    if (others.n)
        finding_put(x->f,
                    findings_add(x->f, V_VISIT_INSPECTORS, x->r->log.origin, x->r->seq, x->r->leaf),
                    "objects", "%s", name_list_text(&others));
    return query_end(&q, x->v->err);
}

/* SPEC verdicts-25: "A visit is not before the day on which the parent first cosigned the order" */
static enum qn_code check_when(struct facts *x)
{
    char day[11];
    if (!x->order_s) {
        findings_skip(x->f, V_VISIT_BEFORE_DRAW, "verdict.skip.cosignature");
        return QN_OK;
    }
    wire_day_text(wire_day_at(x->order_s), day);
    QN_AUTO(name_list) struct name_list early;
    name_list_init(&early);
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_VISITED_BEFORE);
    q_bind_text(&q, x->r->log.office);
    q_bind_int(&q, x->r->id);
    q_bind_text(&q, day);
    while (q_step(&q))
        name_list_add(&early, q_span(&q, 0));
    if (early.n) {
        struct finding *f =
            findings_add(x->f, V_VISIT_BEFORE_DRAW, x->r->log.origin, x->r->seq, x->r->leaf);
        finding_put(x->f, f, "day", "%s", day);
        finding_put(x->f, f, "objects", "%s", name_list_text(&early));
    }
    return query_end(&q, x->v->err);
}

/* ---- all ------------------------------------------------------------------------------------------------------------- */

enum qn_code verify_visits(struct facts *x)
{
    static const enum verdict_code all[] = {
        V_VISIT_MISSING, V_VISIT_EXTRA,     V_VISIT_INSPECTORS, V_VISIT_BEFORE_DRAW,
        V_RELEASE_EARLY, V_RELEASE_MISSING, V_PUBLISH_MISMATCH, V_PUBLISH_REVIEW,
        V_PUBLISH_LATE};
    const char *why = x->r->rival     ? "verdict.skip.rival"
                      : !x->has_order ? "verdict.skip.order"
                                      : NULL;
    if (!why && !x->has_rules)
        why = "verdict.skip.rules";
    for (size_t i = 0; why && i < sizeof(all) / sizeof(all[0]); i++)
        findings_skip(x->f, all[i], why);
    if (why)
        return QN_OK;
    int32_t last_day = slot_last_day(x->order.o.window_to, x->rules.return_days);
    QN_AUTO(visits) struct visits visits = {.n = 0};
    enum qn_code rc =
        visits_load(&visits, x->v->st, x->r->log.office, x->r->id, &x->order.o, x->v->err);
    if (rc)
        return rc;
    check_extra(x, &visits);
    rc = check_visitors(x);
    if (!rc)
        rc = check_when(x);
    if (rc)
        return rc;
    if (x->v->today <= last_day) {
        findings_skip(x->f, V_VISIT_MISSING, "verdict.skip.not-due");
    } else {
        QN_AUTO(name_list) struct name_list open;
        name_list_init(&open);
        verify_open_targets(x, &visits, INT64_MAX, false, &open);
        if (open.n) {
            struct finding *f =
                findings_add(x->f, V_VISIT_MISSING, x->r->log.origin, x->r->seq, x->r->leaf);
            finding_put(x->f, f, "n", "%zu", open.n);
            finding_put(x->f, f, "objects", "%s", name_list_text(&open));
        }
    }
    rc = verify_release_of(x, &visits, last_day);
    return rc ? rc : verify_publish(x);
}
