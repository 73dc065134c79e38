/* listing.h - what a pairs order names: the objects that another office drew and sent here, or that were given from above
 * (名单上级下达) and never drawn.                                          Spec: protocol/spec/verdicts.md (verdicts-33)
 *
 * Ownership: a listing owns its texts; listing_release() frees it, a zeroed one is fine.
 * Errors: QN_ABSENT when entry or rows are not held here; QN_UNVERIFIED "draw.list" when they are no list for the slot. */
#ifndef QIAN_NODE_DRAW_LISTING_H
#define QIAN_NODE_DRAW_LISTING_H

#include "node/draw/slot.h"
#include "node/store/log.h"

struct listed { /* one object; places of its texts in listing.text */
    uint32_t id, nid, name, address;
    uint16_t slots; /* bit (slot line no - 1): the lists it is on */
    uint16_t
        sent_on; /* likewise: the slots for which it was sent on here since the order (exc-33) */
};
struct listing {
    struct listed *at; /* ascending object id, each once */
    size_t n;
    struct qn_buf text;
    struct list_source { /* by slot line */
        char office[QN_CODE_MAX + 1];
        int64_t id; /* of the draw, or of the given list */
        bool given;
    } source[QN_ORDER_SLOTS];
};
/* Whether a list by this office counts for the drawer; anybody's rows may name a slot. */
bool listing_counts(struct store *st, const char *by, const char *drawer);
QN_MUST_USE enum qn_code listing_load(struct listing *out, struct store *st,
                                      const struct qn_order *o, struct qn_err *err);
struct qn_span listing_id(const struct listing *l, size_t i);
const char *listing_text(const struct listing *l, uint32_t at);
void listing_release(struct listing *l);
static inline void listing_auto(struct listing *l)
{
    listing_release(l);
}

/* For whoever orders: the newest list held here for a slot; QN_LATER "order.no-list". */
QN_MUST_USE enum qn_code listing_find(struct qn_leaf_ref *out, struct store *st,
                                      const struct slot *s, struct qn_err *err);
#endif
