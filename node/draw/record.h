/* record.h - one DRAW as it was logged: result text, selected list, pairs.   Spec: protocol/spec/draw.md
 *
 * Read either from the rows applied here, or from the entries of a rival branch (a log that was forked),
 * whose rows are never applied: both are judged by the same checks.
 * Ownership: a record owns all it holds; record_release() frees it, a zeroed one is fine.             */
#ifndef QIAN_NODE_DRAW_RECORD_H
#define QIAN_NODE_DRAW_RECORD_H

#include "node/draw/slot.h"
#include "node/store/log.h"

struct record_pick {
    uint8_t mode, slot_no; /* mode 0: listed, not drawn here (type pairs) */
    uint8_t salt[16];
    uint32_t at, n; /* the object id, in record.ids */
    int64_t row;    /* id of its row: the order in which the list was written */
};
struct record {
    struct log log;
    uint64_t seq;
    uint8_t leaf[QN_HASH];
    int64_t id;                           /* of the result row */
    bool rival;                           /* from a branch that does not count */
    char order_origin[QN_ORIGIN_MAX + 1]; /* columns of the row */
    uint64_t order_seq;
    struct qn_buf text;    /* draw-result/1 */
    struct qn_result *res; /* parsed; NULL when it does not parse, see why */
    struct qn_err why;
    struct record_pick *pick; /* by row id */
    size_t npicks, cap;
    struct qn_buf ids;
    bool has_pairs;
    struct qn_buf pairs; /* draw-pairs/1 */
};
/* QN_ABSENT "draw.unknown" when the result row is not here. */
QN_MUST_USE enum qn_code record_read(struct record *out, struct store *st, const char *office,
                                     int64_t draw_id, struct qn_err *err);
/* The draws of a log's rival entries, in the order of their places; each record is lent to `take`. */
typedef enum qn_code record_take(void *ctx, const struct record *r, struct qn_err *err);
QN_MUST_USE enum qn_code record_rivals(struct store *st, const struct log *log, record_take *take,
                                       void *ctx, struct qn_err *err);
void record_release(struct record *r);
static inline void record_auto(struct record *r)
{
    record_release(r);
}
struct qn_span record_object(const struct record *r, size_t i);

#endif
