#include "node/draw/forgotten.h"

#include <stdlib.h>

#include "qian/change.h"
#include "qian/entry.h"

static bool was_held(const struct qn_header *h, const struct draw_on *on)
{
    for (unsigned i = 0; i < h->ndeps; i++)
        if (qn_span_is(h->dep[i].origin, on->order_origin))
            return h->dep[i].size > on->order_seq;
    return false;
}

/* What is dispatched by the same entry names the task and the round. */
static enum qn_code shows_other(bool *out, struct store *st, const struct draw_on *on,
                                int64_t epoch, uint64_t seq, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_DISPATCH_OF_ENTRY);
    q_bind_text(&q, on->office);
    q_bind_int(&q, qn_row_id((uint16_t)epoch, seq, 0));
    q_bind_int(&q, qn_row_id((uint16_t)epoch, seq, UINT16_MAX));
    q_bind_text(&q, on->task);
    q_bind_int(&q, on->round);
    *out = q_step(&q) && q_int(&q, 0) > 0 && q_int(&q, 1) == 0;
    return query_end(&q, err);
}

/* SPEC verdicts-40: "A DRAW stands though a part of it was forgotten" */
enum qn_code draw_was_made(bool *out, char log[QN_ORIGIN_MAX + 1], uint64_t *seq, struct store *st,
                           const struct draw_on *on, struct qn_err *err)
{
    struct qn_header *h = malloc(sizeof(*h));
    enum qn_code rc = h ? QN_OK : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    *out = false;
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(st, SQL_DRAWS_FORGOTTEN);
    q_bind_text(&q, on->office);
    while (!rc && !*out && q_step(&q)) {
        struct qn_err none;
        bool other = false;
        if (qn_header_decode(h, q_span(&q, 2), &none) != QN_OK || !was_held(h, on))
            continue;
        rc = shows_other(&other, st, on, q_int(&q, 1), h->seq, err);
        if (rc || other)
            continue;
        *out = qn_text_copy(log, QN_ORIGIN_MAX + 1, q_span(&q, 0));
        *seq = h->seq;
    }
    free(h);
    return rc ? rc : query_end(&q, err);
}
