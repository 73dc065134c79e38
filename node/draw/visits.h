/* visits.h - which targets of a draw have a result, by any office that inspected for it. A target is an object in one
 * slot: in a joint draw one visit answers for several.
 *
 * Ownership: a loaded list owns its texts; visits_release() frees it, a zeroed one is fine. */
#ifndef QIAN_NODE_DRAW_VISITS_H
#define QIAN_NODE_DRAW_VISITS_H

#include "node/draw/record.h"

struct visited {
    uint32_t at, n;   /* the object id, in visits.ids */
    unsigned slot_no; /* slot line of the order; 0: none of them */
    int64_t own_id;   /* the drawing office's own first result; 0: none */
    bool by_other;    /* a station's, say */
};
struct visits {
    struct visited *at; /* ascending by object id, then slot */
    size_t n;
    struct qn_buf ids;
};
QN_MUST_USE enum qn_code visits_load(struct visits *out, struct store *st, const char *office,
                                     int64_t draw_id, const struct qn_order *order,
                                     struct qn_err *err);
void visits_release(struct visits *v);
static inline void visits_auto(struct visits *v)
{
    visits_release(v);
}
struct qn_span visits_object(const struct visits *v, size_t i);
/* Whether there is a result; of the own log only one whose row id is below `before` counts. */
bool visits_has(const struct visits *v, struct qn_span object, unsigned slot_no, int64_t before);

#endif
