/* replay.h - what follows from order, freeze and proofs alone: lists and pairs.   Spec: protocol/spec/draw.md
 *
 * The office computes it once, every verifier again.
 * Ownership: a replay owns its lists, the ids of listed objects borrow from the listing; replay_release() frees it. */
#ifndef QIAN_NODE_DRAW_REPLAY_H
#define QIAN_NODE_DRAW_REPLAY_H

#include "node/draw/listing.h"
#include "node/draw/order.h"
#include "qian/draw.h"

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

#endif
