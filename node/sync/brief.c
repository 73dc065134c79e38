#include "node/sync/brief.h"

#include <string.h>

#include "node/store/clock.h"
#include "node/store/log.h"
#include "node/store/own.h"
#include "node/store/tree.h"
#include "node/sync/clocks.h"
#include "node/sync/exchange.h"
#include "node/sync/peer.h"
#include "protocol/wire.h"

#define DAY_MS UINT64_C(86400000)

static enum qn_code read_fates(struct brief *b, struct store *st, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_FATE_COUNT);
    while (q_step(&q)) {
        uint64_t n = (uint64_t)q_int(&q, 1);
        if (qn_span_is(q_span(&q, 0), "held"))
            b->held = n;
        else if (qn_span_is(q_span(&q, 0), "quarantined"))
            b->quarantined = n;
        else
            b->refused = n;
    }
    return query_end(&q, err);
}

/* SPEC stages-15: "at most 10,000 of each lane are counted" */
static enum qn_code left_of_lane(struct brief *b, uint64_t *first, struct store *st,
                                 const struct log *log, int lane, uint64_t cursor,
                                 struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_BRIEF_LEFT);
    q_bind_int(&q, log->no);
    q_bind_int(&q, lane);
    q_bind_int(&q, (int64_t)cursor);
    q_bind_int(&q, BRIEF_MOST);
    if (q_step(&q) && q_int(&q, 0)) {
        uint64_t seq = (uint64_t)q_int(&q, 1);
        b->pending += (uint64_t)q_int(&q, 0);
        *first = seq < *first ? seq : *first;
    }
    return query_end(&q, err);
}

static enum qn_code read_pending(struct brief *b, struct store *st, struct qn_err *err)
{
    QN_AUTO(qn_have) struct qn_have have = {0};
    QN_AUTO(log_entry) struct log_entry e = {0};
    struct log own;
    struct qn_err why;
    uint64_t first = UINT64_MAX;
    enum qn_code rc = peer_last_have(&have, st, b->parent, &why);
    if (rc && rc != QN_ABSENT)
        return qn_fail(err, rc, why.id, "%s", why.args);
    const struct qn_have_origin *h = rc ? NULL : exchange_have_of(&have, store_origin(st));
    rc = log_find(&own, st, store_origin(st), &why);
    if (rc)
        return rc == QN_ABSENT ? QN_OK : qn_fail(err, rc, why.id, "%s", why.args);
    for (int lane = 0; !rc && lane < QN_LANES; lane++)
        rc = left_of_lane(b, &first, st, &own, lane, h ? h->cursor[lane] : 0, err);
    if (rc || first == UINT64_MAX)
        return rc;
    rc = log_entry_get(&e, st, &own, first, err);
    if (!rc)
        b->oldest_ms = e.h.time_ms;
    return rc;
}

static uint64_t days_since(uint64_t now, uint64_t ms)
{
    return ms && now > ms ? (now - ms) / DAY_MS : 0;
}

enum qn_code brief_read(struct brief *out, struct store *st, struct qn_err *err)
{
    const struct qn_cert *self = store_self(st);
    struct brief b = {.now_ms = clock_now_ms(st), .colour = COLOUR_GREEN};
    struct peer p = {.last_ok_ms = 0};
    struct qn_err why;
    if (!self)
        return qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    if (!tree_parent(st, self->office, b.parent))
        b.parent[0] = 0;
    b.clock_off = !clocks_own_sound(st);
    children_days(st, &b.amber_days, &b.red_days);
    enum qn_code rc = read_fates(&b, st, err);
    if (rc || !b.parent[0]) {
        *out = b;
        return rc;
    }
    rc = peer_get(&p, st, b.parent, &why);
    if (rc && rc != QN_ABSENT)
        return qn_fail(err, rc, why.id, "%s", why.args);
    b.last_ok_ms = p.last_ok_ms;
    b.next_ms = p.next_ms;
    memcpy(b.last_error, p.last_error, sizeof(b.last_error));
    rc = own_state(st, NULL) == OWN_FORKED ? QN_OK : read_pending(&b, st, err);
    uint64_t quiet =
        days_since(b.now_ms, p.last_ok_ms ? p.last_ok_ms : wire_day_start(self->from_day) * 1000);
    uint64_t waits = days_since(b.now_ms, b.oldest_ms);
    b.colour =
        children_colour(p.last_ok_ms != 0, quiet > waits ? quiet : waits, b.amber_days, b.red_days);
    *out = b;
    return rc;
}
