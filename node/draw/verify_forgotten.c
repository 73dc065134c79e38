/* verify_forgotten.c - what cannot be judged because a part that it rests on was forgotten.   Spec: protocol/spec/verdicts.md */
#include "node/draw/forgotten.h"
#include "node/draw/verify_internal.h"

static const enum verdict_code by_plan[] = {
    V_PLAN_NOT_LOGGED, V_PLAN_AFTER_ORDER, V_PLAN_NOT_ACCEPTED, V_SLOT_REISSUED,       V_SCOPE_TINY,
    V_CAP_WRONG,       V_LIST_MISMATCH,    V_MUST_UNAUTHORISED, V_EXCLUDE_UNAUTHORISED,
    V_PUBLISH_REVIEW};
static const enum verdict_code by_roster[] = {
    V_FREEZE_DATA_MISSING, V_ROOT_MISMATCH,     V_UNSORTED_OR_DUP,      V_ROSTER_OLD,
    V_ROSTER_LATE,         V_STATUS_FLIPPED,    V_ROSTER_OMISSION,      V_ROSTER_PHANTOM,
    V_CLASS_MISMATCH,      V_MUST_UNAUTHORISED, V_EXCLUDE_UNAUTHORISED, V_CAP_WRONG,
    V_CARRYOVER_MISSING,   V_RECUSAL_NOT_KEPT,  V_INSP_OMISSION,        V_QUAL_MISMATCH,
    V_POOL_TOO_SMALL,      V_LOAD_UNFOUNDED,    V_RECUSALS_MANY,        V_QUOTA_WRONG,
    V_SELECT_MISMATCH,     V_PAIR_MISMATCH,     V_PAIR_UNFILLED,        V_OVERCAP,
    V_DISPATCH_MISMATCH,   V_OBJECT_MINTED};
static const enum verdict_code by_draw[] = {
    V_FREEZE_NOT_LOGGED,   V_FREEZE_NOT_WITNESSED, V_FREEZE_DATA_MISSING,
    V_FREEZE_STALE,        V_FREEZE_PASSED_OVER,   V_FREEZE_UNBOUND,
    V_FREEZE_DATE,         V_FREEZE_MISSING,       V_LIST_MISMATCH,
    V_LEVEL_FALSE,         V_ORDER_MISSING,        V_ORDER_NOT_LOGGED,
    V_ORDER_BEFORE_FREEZE, V_ROOT_MISMATCH,        V_ALPHA_MISMATCH,
    V_CONTRIBUTOR_MISSING, V_QUOTA_WRONG,          V_SELECT_MISMATCH,
    V_PAIR_MISMATCH,       V_PAIR_UNFILLED,        V_OVERCAP,
    V_DISPATCH_MISMATCH,   V_DRAW_WITHHELD,        V_VISIT_MISSING,
    V_VISIT_EXTRA,         V_VISIT_INSPECTORS,     V_RELEASE_MISSING,
    V_SUPP_WITHOUT_VOID,   V_SUPP_OUT_OF_ORDER,    V_SUPP_EXHAUSTED,
    V_REPL_MISMATCH,       V_VOID_RATE_HIGH,       V_MUST_UNAUTHORISED,
    V_EXCLUDE_UNAUTHORISED};
static const enum verdict_code by_result[] = {
    V_VISIT_MISSING,     V_VISIT_EXTRA,          V_VISIT_INSPECTORS, V_VISIT_BEFORE_DRAW,
    V_RESULT_CHANGED,    V_VOID_NO_EVIDENCE,     V_CAP_UNFOUNDED,    V_CARRYOVER_MISSING,
    V_MUST_UNAUTHORISED, V_EXCLUDE_UNAUTHORISED, V_PUBLISH_MISMATCH, V_PUBLISH_LATE,
    V_PUBLISH_REVIEW};
static const struct {
    enum qn_lane lane;
    const enum verdict_code *code;
    size_t n;
} rests_on[] = {
    {QN_LANE_PLAN, by_plan, sizeof(by_plan) / sizeof(by_plan[0])},
    {QN_LANE_BULK, by_roster, sizeof(by_roster) / sizeof(by_roster[0])},
    {QN_LANE_DRAW, by_draw, sizeof(by_draw) / sizeof(by_draw[0])},
    {QN_LANE_RESULT, by_result, sizeof(by_result) / sizeof(by_result[0])},
};

static void withdraw(struct findings *f, enum qn_lane lane)
{
    for (size_t i = 0; i < sizeof(rests_on) / sizeof(rests_on[0]); i++)
        for (size_t k = 0; rests_on[i].lane == lane && k < rests_on[i].n; k++)
            findings_withdraw(f, rests_on[i].code[k], FINDINGS_FORGOTTEN);
}

/* SPEC verdicts-29: "no finding may rest on rows that are missing because of it" */
enum qn_code verify_forgotten(struct facts *x)
{
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_VERIFY_FORGOTTEN);
    q_bind_text(&q, x->r->log.office);
    q_bind_int(&q, x->r->log.epoch);
    q_bind_int(&q, (int64_t)x->r->seq);
    q_bind_text(&q, x->r->order_origin);
    q_bind_int(&q, (int64_t)x->r->order_seq);
    q_bind_text(&q, x->parent);
    q_bind_int(&q, x->r->id);
    while (q_step(&q))
        withdraw(x->f, (enum qn_lane)q_int(&q, 0));
    enum qn_code rc = query_end(&q, x->v->err);
    if (rc || !x->has_order)
        return rc;
    /* Nobody can say whether the one that is forgotten was the same. */
    char origin[QN_ORIGIN_MAX + 1];
    uint64_t seq;
    bool made;
    rc = draw_was_made(&made, origin, &seq, x->v->st,
                       &(struct draw_on){.office = x->r->log.office,
                                         .order_origin = x->r->order_origin,
                                         .order_seq = x->r->order_seq,
                                         .task = x->order.o.slot[0].task,
                                         .round = x->order.o.slot[0].round},
                       x->v->err);
    if (!rc && made)
        findings_skip(x->f, V_DRAW_DUPLICATE, FINDINGS_FORGOTTEN);
    return rc;
}

enum qn_code verify_forgotten_draw(bool *out, struct verify *v, const char *drawer,
                                   const char *origin, uint64_t seq)
{
    QN_AUTO(query) struct query q = query_start(v->st, SQL_VERIFY_FORGOTTEN_DRAW);
    q_bind_text(&q, drawer);
    q_bind_text(&q, origin);
    q_bind_int(&q, (int64_t)seq);
    *out = q_step(&q);
    return query_end(&q, v->err);
}
