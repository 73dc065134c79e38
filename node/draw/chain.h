/* chain.h - a main draw with all that followed it: exceptions, successors, supplements.  Spec: protocol/spec/exceptions.md
 *
 * Read from the rows held here, worked through in the order of the office's logs: the office that records the next
 * exception, the parent that answers with a supplement, whoever releases and whoever judges see the same.
 * What was logged and what it should have been stand side by side; nothing is judged here.
 * Ownership: a chain owns what it read; it borrows the ground, which must outlive it. chain_release() frees it.   */
#ifndef QIAN_NODE_DRAW_CHAIN_H
#define QIAN_NODE_DRAW_CHAIN_H

#include "node/draw/freeze.h"
#include "node/draw/listing.h"
#include "node/draw/order.h"
#include "node/draw/record.h"
#include "node/draw/replay.h"
#include "node/draw/visits.h"
#include "qian/after.h"

#define CHAIN_NONE SIZE_MAX

/* exc-26: how somebody is appointed */
#define EXC_DIRECT_APPOINTMENT "direct_appointment"
#define EXC_NEIGHBOUR_POOL     "neighbour_pool"

struct chain_exc {
    int64_t id, draw_id; /* of its row; of the draw's as the row says */
    char origin[QN_ORIGIN_MAX + 1];
    uint64_t seq;
    uint8_t leaf[QN_HASH];
    char acted_by[65], person[65]; /* person: who was appointed, "" when the row does not say */
    struct qn_exc x;
    bool ours;                /* it names a draw of this chain */
    bool counts;              /* exc-5 */
    size_t object, inspector; /* in the roster; QN_NOBODY: not there */
    size_t want,
        next; /* what `next` should be, what it is: object or inspector, QN_NOBODY for `-` */
    bool next_strange; /* `next` is somebody who is not in the freeze */
    bool exhausted;    /* a void drawn by lot that nobody follows */
    char holder[QN_CODE_MAX +
                1]; /* of a reassignment: the office that the target was sent to before */
    size_t answer;  /* the supplement that names it: index of draw; CHAIN_NONE */
    size_t bars;    /* recusals of the chain up to this one */
    uint32_t voids; /* voids, likewise */
};
struct chain_draw {
    struct record r;
    struct order o;
    bool has_order, has_keys; /* keys: its proof holds */
    struct betas betas;
    struct replay should; /* what follows from order, freeze and chain */
    unsigned supp_want;   /* the number that it should have */
    bool repeats;         /* the lines that exc-10 wants repeated */
    size_t strange;       /* exc lines that name nothing that they may */
    uint64_t strange_seq; /* the first of them */
    size_t short_of;      /* voids that nothing was left for */
    size_t changed;       /* visits to which others go */
};
struct chain_target {
    size_t object;
    uint8_t slot_no;
    size_t draw;    /* in whose list it stands */
    size_t by;      /* the exception that drew it, CHAIN_NONE: the draw itself */
    size_t void_by; /* CHAIN_NONE: it is to be inspected */
    size_t after;   /* target that follows it without a supplement, CHAIN_NONE */
};
struct chain {
    struct store *st;
    const struct ground *g;
    bool witnessed; /* the path */
    struct order_rules rules;
    struct listing listing;  /* type pairs */
    struct qn_roster roster; /* borrowed: what objects are indexes into, inspectors of the ground */
    struct chain_draw *draw; /* the main one first */
    size_t ndraws;
    struct chain_exc *exc; /* all of the office that can be read, oldest first */
    size_t nexcs;
    struct chain_target *target;
    size_t ntargets, target_cap;
    struct qn_after after;
    bool lost; /* a proof did not hold: what came after it was not worked through */
};
/* draw_id: of any draw of the chain. orders: those held of the office. The ground is filled with the main draw's freeze.
 * QN_ABSENT when main draw, order, rules or freeze are not held. */
QN_MUST_USE enum qn_code chain_load(struct chain *out, struct store *st, const char *office,
                                    int64_t draw_id, const struct order_lines *orders,
                                    struct ground *ground, struct qn_err *err);
/* Whether anything can have followed: an exception of the office, or a supplement. */
QN_MUST_USE enum qn_code chain_is_needed(bool *out, struct store *st, const char *office,
                                         const struct order_lines *orders, int64_t draw_id,
                                         struct qn_err *err);
void chain_release(struct chain *c);
static inline void chain_auto(struct chain *c)
{
    chain_release(c);
}
struct qn_span chain_object(const struct chain *c, size_t object); /* its id */
size_t chain_draw_of(const struct chain *c, int64_t draw_id);      /* CHAIN_NONE: none */
size_t chain_target_of(const struct chain *c, size_t draw, uint8_t slot_no, size_t object);
/* Inspectors who do not come on the date, as far as the first n exceptions say; gives how many. away has room for n. */
size_t chain_away(const struct chain *c, size_t n, const char *date, size_t *away);
/* The next target of an object that is not void, from `from` on, of any draw and slot line; CHAIN_NONE: none. */
size_t chain_open_target(const struct chain *c, size_t object, size_t from);
/* Who was appointed to the visit of an object, ";140622/JS003 name" for each, in the order of the chain; out empty: nobody.
 * names false: ids alone. */
void chain_appointed(struct qn_buf *out, const struct chain *c, size_t object, bool names);
/* All who go there: those drawn, then those appointed. v NULL: nobody was drawn. */
QN_MUST_USE enum qn_code chain_visitors(struct qn_buf *out, const struct chain *c, size_t object,
                                        const struct qn_visit *v, struct qn_err *err);
/* Whether the object was sent on here after the order and is not taken on yet (exc-33). */
bool chain_waits_for(const struct chain *c, uint8_t slot_no, size_t object);
/* What a reassignment or a receipt that is being recorded rests on: the leaf of the newest return by the office that has
 * the target, of the newest entry that sent the object here. found: there is one. */
QN_MUST_USE enum qn_code chain_evidence(bool *found, uint8_t leaf[QN_HASH], const struct chain *c,
                                        const struct qn_exc *x, int64_t draw_id,
                                        struct qn_err *err);
/* Whether the kind is one that a supplement may answer. */
bool chain_is_answered(const struct chain *c, const struct chain_exc *e);
/* Exceptions that the parent has still to answer, in order; out has room for nexcs. */
size_t chain_open(const struct chain *c, size_t *out);
/* exc-20; visits[i]: those of draw i. before: as in visits_has. */
bool chain_closed(const struct chain *c, size_t target, const struct visits *visits,
                  int64_t before);

/* One more draw, on a supplement that is being drawn: *out is its place, `should` is filled. */
QN_MUST_USE enum qn_code chain_draft(struct chain *c, const struct qn_order *o,
                                     const struct qn_draw_keys *keys, struct chain_draw **out,
                                     struct qn_err *err);
/* One more exception that is being recorded: its `next` is what it should be; look whether it counts. */
QN_MUST_USE enum qn_code chain_follow(struct chain *c, const struct qn_exc *x, int64_t draw_id,
                                      const struct chain_exc **out, struct qn_err *err);
#endif
