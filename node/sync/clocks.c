#include "node/sync/clocks.h"

#include <stdlib.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/sync/peer.h"
#include "protocol/wire.h"
#include "qian/entry.h"

#define MINUTE_MS 60000
#define DAY_MS    (1440 * (int64_t)MINUTE_MS)
#define AGAIN_MS  5000 /* one exchange brings several HAVEs: said once */

static int64_t magnitude(int64_t v)
{
    return v < 0 ? -v : v;
}

/* SPEC stages-8: "more than 600,000 milliseconds apart" */
bool clocks_apart(int64_t skew_ms)
{
    return magnitude(skew_ms) > CLOCKS_APART_MS;
}

bool clocks_own_sound(struct store *st)
{
    const struct qn_cert *self = store_self(st);
    uint64_t now = clock_now_ms(st), last = 0;
    int32_t today = wire_day_at(now / 1000);
    if (!self)
        return true;
    QN_AUTO(query) struct query q = query_start(st, SQL_STATUS_LAST_ENTRY);
    struct qn_header h;
    struct qn_err none;
    q_bind_text(&q, store_origin(st));
    if (q_step(&q) && qn_header_decode(&h, q_span(&q, 0), &none) == QN_OK)
        last = h.time_ms;
    return now + DAY_MS >= last && today >= self->from_day - 1 && today <= self->to_day;
}

const char *clocks_id(int64_t skew_ms, unsigned long long *n)
{
    int64_t m = magnitude(skew_ms);
    bool days = m >= 2 * DAY_MS;
    int64_t unit = days ? DAY_MS : MINUTE_MS;
    *n = (unsigned long long)((m + unit / 2) /
                              unit); /* what was on the way for a moment is not a minute less */
    if (skew_ms > 0)
        return days ? "sync.clock-ahead-days" : "sync.clock-ahead-minutes";
    return days ? "sync.clock-behind-days" : "sync.clock-behind-minutes";
}

enum qn_code clocks_heard(struct store *st, const char *office, uint64_t their_ms, bool file,
                          const struct qn_report *report, struct qn_err *err)
{
    uint64_t now = clock_now_ms(st);
    int64_t skew = (int64_t)their_ms - (int64_t)now; /* both are below the year 10000 */
    struct peer had = {.skew_ms = 0};
    struct qn_err none;
    enum qn_code rc = peer_get(&had, st, office, &none);
    if (rc == QN_IO)
        return qn_fail(err, rc, none.id, "%s", none.args);
    bool was_apart = clocks_apart(had.skew_ms);
    /* SPEC stages-8: "only a time ahead of the reader's clock counts" */
    if (file && skew <= CLOCKS_APART_MS) {
        if (!was_apart || had.skew_ms < 0)
            return QN_OK;
        skew = 0; /* it was ahead, and is no more as far as a file can tell */
    }
    bool moved = magnitude(skew - had.skew_ms) >= MINUTE_MS;
    bool apart = clocks_apart(skew);
    uint64_t since = now > had.skew_at_ms ? now - had.skew_at_ms : had.skew_at_ms - now;
    if (apart && (!was_apart || moved || since > AGAIN_MS)) {
        unsigned long long n;
        const char *id = clocks_id(skew, &n);
        qn_say(report, id, "office=%s|n=%llu", office, n);
    }
    return apart || was_apart || moved || !had.skew_at_ms ? peer_set_skew(st, office, skew, err)
                                                          : QN_OK;
}

/* ---- claims ---------------------------------------------------------------------------------------------------- */

struct news {
    int64_t log;
    char origin[QN_ORIGIN_MAX + 1];
    uint64_t to, next, last_ms;
};

static enum qn_code next_log(struct news *w, bool *found, struct store *st, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_CLOCK_NEWS);
    *found = q_step(&q);
    if (*found) {
        *w = (struct news){.log = q_int(&q, 0),
                           .to = (uint64_t)q_int(&q, 2),
                           .next = (uint64_t)q_int(&q, 3),
                           .last_ms = (uint64_t)q_int(&q, 4)};
        qn_text_copy(w->origin, sizeof(w->origin), q_span(&q, 1));
    }
    return query_end(&q, err);
}

static enum qn_code put(struct store *st, enum sql id, int64_t log, uint64_t a, uint64_t b,
                        const uint64_t *c, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, id);
    q_bind_int(&q, log);
    q_bind_int(&q, (int64_t)a);
    q_bind_int(&q, (int64_t)b);
    if (c)
        q_bind_int(&q, (int64_t)*c);
    q_step(&q);
    return query_end(&q, err);
}

static enum qn_code scan_log(struct store *st, struct news *w, struct qn_header *h,
                             const struct qn_report *report, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(st, SQL_CLOCK_HEADERS);
    q_bind_int(&q, w->log);
    q_bind_int(&q, (int64_t)w->next);
    q_bind_int(&q, (int64_t)w->to);
    uint64_t falls = 0, first = 0;
    while (!rc && q_step(&q)) {
        uint64_t seq = (uint64_t)q_int(&q, 0);
        rc = qn_header_decode(h, q_span(&q, 1), err);
        if (rc)
            return rc;
        /* SPEC stages-9: "more than 600,000 milliseconds before that of the entry before it" */
        if (seq && w->last_ms > h->time_ms && w->last_ms - h->time_ms > CLOCKS_APART_MS) {
            rc = put(st, SQL_CLOCK_BACK_PUT, w->log, seq, h->time_ms, &w->last_ms, err);
            first = falls++ ? first : seq;
        }
        w->last_ms = h->time_ms;
    }
    if (!rc)
        rc = query_end(&q, err);
    if (!rc)
        rc = put(st, SQL_CLOCK_SEEN, w->log, w->to, w->last_ms, NULL, err);
    if (!rc && falls)
        qn_say(report, "sync.clock-back", "log=%s|seq=%llu|count=%llu", w->origin,
               (unsigned long long)first, (unsigned long long)falls);
    return rc;
}

enum qn_code clocks_scan(struct store *st, const struct qn_report *report, struct qn_err *err)
{
    struct news w;
    bool found;
    enum qn_code rc = next_log(&w, &found, st, err);
    if (rc || !found)
        return rc;
    struct qn_header *h = malloc(sizeof(*h)); /* too large for a stack */
    if (!h)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    QN_AUTO(tx) struct tx tx = {0};
    rc = tx_begin(&tx, st, err);
    while (!rc && found) {
        rc = scan_log(st, &w, h, report, err);
        if (!rc)
            rc = next_log(&w, &found, st, err);
    }
    free(h);
    return rc ? rc : tx_commit(&tx, err);
}

enum qn_code clocks_backs(struct clocks_back *out, size_t max, size_t *n, uint64_t *total,
                          struct store *st, struct qn_err *err)
{
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_CLOCK_BACK_COUNT);
        *total = q_step(&q) ? (uint64_t)q_int(&q, 0) : 0;
        enum qn_code rc = query_end(&q, err);
        if (rc)
            return rc;
    }
    QN_AUTO(query) struct query q = query_start(st, SQL_CLOCK_BACKS);
    q_bind_int(&q, (int64_t)max);
    for (*n = 0; *n < max && q_step(&q); ++*n) {
        struct clocks_back *b = &out[*n];
        *b = (struct clocks_back){.seq = (uint64_t)q_int(&q, 1),
                                  .claims_ms = (uint64_t)q_int(&q, 2),
                                  .before_ms = (uint64_t)q_int(&q, 3)};
        qn_text_copy(b->origin, sizeof(b->origin), q_span(&q, 0));
    }
    return query_end(&q, err);
}
