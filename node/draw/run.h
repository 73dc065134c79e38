/* run.h - DRAW: the office draws on an order that it holds.   Spec: protocol/spec/draw.md
 *
 * One draw is four steps, each a function: take the order (is it the parent's, for us, on our freeze, in its
 * window), load the ground (the freeze and the rows behind it), hold the rows against the freeze, and compute
 * and write. Given order and freeze all is determined but the head of the parent's log and the bytes of pi.
 * Ownership: a job owns what it took and computed; draw_job_release() frees it.                             */
#ifndef QIAN_NODE_DRAW_RUN_H
#define QIAN_NODE_DRAW_RUN_H

#include "node/draw/freeze.h"
#include "node/draw/listing.h"
#include "node/draw/order.h"

/* What follows from rules, roster and beta alone: the office computes it once, every verifier again. */
struct replay {
    uint8_t seed[32];
    struct qn_draw_keys keys;
    unsigned nslots;
    struct qn_selection sel[QN_ORDER_SLOTS]; /* by slot line */
    struct qn_object *listed; /* type pairs: owned; its ids borrow from the listing */
    size_t nlisted;
    bool paired; /* not of type objects: inspectors were drawn too */
    struct qn_pairing pairs;
};
struct betas { /* of the order's keys, in their order */
    unsigned n;
    uint8_t at[QN_ORDER_KEYS][QN_VRF_BETA];
};
/* Those that the proofs of a draw give, on the beacon line that it names. QN_UNVERIFIED "draw.proof" with the number of the
 * first key, from 1, whose proof does not hold or is not there.                                                     */
QN_MUST_USE enum qn_code draw_betas(struct betas *out, const struct qn_order *o,
                                    const struct qn_result *res, struct qn_err *err);
QN_MUST_USE enum qn_code replay_run(struct replay *out, const struct order_rules *rules,
                                    const struct qn_roster *roster,
                                    const struct listing *listing, /* type pairs only */
                                    const struct betas *betas, struct qn_err *err);
/* What picks and visits are indexes into: the frozen roster, of type pairs with the listed objects. */
struct qn_roster replay_roster(const struct replay *r, const struct qn_roster *frozen);
size_t replay_picks(const struct replay *r); /* of all slots */
/* Who visits an object; NULL when nobody was drawn for it. */
const struct qn_visit *replay_visit(const struct replay *r, size_t object);
void replay_release(struct replay *r);
static inline void replay_auto(struct replay *r)
{
    replay_release(r);
}

/* Who is in the room: recorded with each draw made then; it changes nothing of the draw. */
struct draw_people {
    const char *operator_name; /* NULL: nobody is recorded */
    const char *observers;     /* names joined by "、"; "" none */
};
struct draw_job {
    struct order order;
    struct order_rules rules;
    struct listing listing;                /* type pairs */
    char freeze_origin[QN_ORIGIN_MAX + 1]; /* the freeze to draw on */
    uint64_t freeze_seq;
    bool late;                      /* after the window and its return days */
    char beacon[QN_BEACON_MAX + 1]; /* "" when the order names none */
    uint8_t alpha[76], pi[QN_ORDER_KEYS][QN_VRF_PROOF];
    struct draw_people people;
    struct replay r;
    struct draw_change { /* of a supplement: targets drawn before to which others go now */
        size_t object;
        uint8_t slot_no;
        int64_t draw_id;
        char who[401]; /* dispatch.inspectors */
    } * changed;
    size_t nchanged;
};
struct draw_made {
    int64_t id;
    uint64_t seq;
    uint8_t leaf[QN_HASH];
    unsigned entries;                            /* more than one when the lists are long */
    size_t must, lot, listed, unfilled, overcap; /* picks of all slots; positions of all visits */
};

/* 1. The order: signature by the parent's certified log key, slot key and rules as the plan says them, our VRF
 *    key, our freeze by its leaf, not before its window; no order of the parent's log is missing or doubled.  */
QN_MUST_USE enum qn_code draw_take(struct draw_job *out, struct store *st, const char *origin,
                                   uint64_t seq, struct qn_err *err);
/* 2. ground_reuse(ground, st, job.freeze_origin, job.freeze_seq)
 * 3. The rows must be those frozen: QN_UNVERIFIED "draw.roster-changed".                                       */
QN_MUST_USE enum qn_code draw_check_roster(const struct ground *g, struct qn_err *err);
/* 4. */
QN_MUST_USE enum qn_code draw_compute(struct draw_job *job, struct store *st,
                                      const struct ground *g, struct qn_err *err);
QN_MUST_USE enum qn_code draw_write(struct draw_made *out, struct store *st,
                                    const struct draw_job *job, const struct ground *g,
                                    struct qn_err *err);
void draw_job_release(struct draw_job *job);
static inline void draw_job_auto(struct draw_job *job)
{
    draw_job_release(job);
}

struct draw_outcome {
    char slot[SLOT_NAME_MAX]; /* all slots of the order */
    bool drawn, late;
    struct draw_made made;
    struct qn_err why; /* when not drawn */
};
struct draw_outcomes {
    struct draw_outcome *at;
    size_t n;
};
/* All orders to this office without a result, or those with one slot (ISSUER/SERIES/TASK/ROUND). A draw that is
 * refused is told in its outcome, and the next is taken. QN_ABSENT "draw.no-order" when the slot has none.   */
QN_MUST_USE enum qn_code draw_run_before(struct draw_outcomes *out, struct store *st, const char *slot,
                                         const struct draw_people *people, const struct qn_report *report,
                                         struct qn_err *err);
/* Before nobody. */
QN_MUST_USE enum qn_code draw_run(struct draw_outcomes *out, struct store *st, const char *slot,
                                  const struct qn_report *report, struct qn_err *err);
void draw_outcomes_free(struct draw_outcomes *o);
static inline void draw_outcomes_auto(struct draw_outcomes *o)
{
    draw_outcomes_free(o);
}

#endif
