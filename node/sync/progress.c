#include "node/sync/progress.h"

#include <stdio.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/store/own.h"
#include "node/store/tree.h"
#include "node/sync/exchange.h"

#define DAY_MS UINT64_C(86400000)

static enum qn_code claimed(uint64_t *ms, struct store *st, const struct log *log, uint64_t size,
                            struct qn_err *err)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    *ms = 0;
    if (!size)
        return QN_OK;
    enum qn_code rc = log_entry_get(&e, st, log, size - 1, err);
    if (!rc)
        *ms = e.h.time_ms;
    return rc;
}

static enum qn_code left_of_lane(struct progress *p, struct store *st, const struct log *log,
                                 int lane, uint64_t cursor, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PROGRESS_LEFT);
    q_bind_int(&q, log->no);
    q_bind_int(&q, lane);
    q_bind_int(&q, (int64_t)cursor);
    if (q_step(&q)) {
        p->entries_left += (uint64_t)q_int(&q, 0);
        p->bytes_left += (uint64_t)q_int(&q, 1);
    }
    return query_end(&q, err);
}

enum qn_code progress_read(struct progress *out, struct store *st, const struct qn_have *have,
                           struct qn_err *err)
{
    struct log own;
    struct progress p = {.day = "—"};
    const struct qn_have_origin *h = exchange_have_of(have, store_origin(st));
    enum qn_code rc = log_find(&own, st, store_origin(st), err);
    if (rc)
        return rc;
    p.of = p.held = own.size;
    for (int lane = 0; !rc && lane < QN_LANES; lane++) {
        uint64_t cursor = h ? h->cursor[lane] : 0;
        if (cursor > own.size) /* it claims more than we wrote: the fork guard's matter, not ours */
            cursor = own.size;
        /* SPEC stages-13: "the least of its cursors" */
        p.held = cursor < p.held ? cursor : p.held;
        rc = left_of_lane(&p, st, &own, lane, cursor, err);
    }
    if (!rc)
        rc = claimed(&p.held_ms, st, &own, p.held, err);
    if (!rc)
        rc = claimed(&p.newest_ms, st, &own, own.size, err);
    if (rc)
        return rc;
    if (p.newest_ms > p.held_ms && p.held_ms)
        p.days_left = (p.newest_ms - p.held_ms + DAY_MS - 1) / DAY_MS;
    if (p.held_ms) {
        char at[20];
        clock_text(at, p.held_ms);
        memcpy(p.day, at, 10);
    }
    *out = p;
    return QN_OK;
}

/* Nothing is left: no count of it need be made. */
static bool has_all(struct store *st, const struct qn_have *have)
{
    const struct qn_have_origin *h = exchange_have_of(have, store_origin(st));
    struct log own;
    struct qn_err none;
    bool all = h && log_find(&own, st, store_origin(st), &none) == QN_OK;
    for (int lane = 0; all && lane < QN_LANES; lane++)
        all = h->cursor[lane] >= own.size;
    return all;
}

enum qn_code progress_say(struct store *st, const struct qn_have *have,
                          const struct qn_report *report, struct qn_err *err)
{
    struct progress p;
    const struct qn_cert *self = store_self(st);
    if (!self || !tree_is_above(st, have->from, self->office) ||
        own_state(st, NULL) == OWN_FORKED || has_all(st, have))
        return QN_OK;
    enum qn_code rc = progress_read(&p, st, have, err);
    if (rc || !p.entries_left)
        return rc;
    if (!p.held)
        qn_say(report, "sync.nothing-held", "office=%s|entries=%llu|bytes=%llu", have->from,
               (unsigned long long)p.entries_left, (unsigned long long)p.bytes_left);
    else
        qn_say(report, "sync.behind", "office=%s|day=%s|days=%llu|entries=%llu|bytes=%llu",
               have->from, p.day, (unsigned long long)p.days_left,
               (unsigned long long)p.entries_left, (unsigned long long)p.bytes_left);
    return QN_OK;
}
