#include "node/store/done.h"

#include <string.h>

#include "node/store/clock.h"
#include "node/store/internal.h"

static enum qn_code put(struct store *st, const char *person, const char *key,
                        const uint8_t request[QN_HASH], unsigned status, struct qn_span answer,
                        struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_DONE_PUT);
    q_bind_text(&q, person);
    q_bind_text(&q, key);
    q_bind_blob(&q, request, QN_HASH);
    q_bind_int(&q, status);
    q_bind_blob(&q, answer.n ? (const void *)answer.p : "", answer.n);
    q_bind_int(&q, (int64_t)clock_now_ms(st));
    return store_run(&q, err);
}

enum qn_code done_begin(bool *begun, unsigned *status, struct qn_buf *answer, struct store *st,
                        const char *person, const char *key, const uint8_t request[QN_HASH],
                        struct qn_span about, struct qn_err *err)
{
    bool other = false;
    *begun = true;
    *status = 0;
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, st, err);
    if (rc)
        return rc;
    {
        QN_AUTO(query) struct query old = query_start(st, SQL_DONE_OLD);
        q_bind_int(&old, (int64_t)(clock_now_ms(st) - DONE_KEPT_MS));
        rc = store_run(&old, err);
    }
    if (!rc) {
        QN_AUTO(query) struct query q = query_start(st, SQL_DONE);
        q_bind_text(&q, person);
        q_bind_text(&q, key);
        if (q_step(&q)) {
            struct qn_span was = q_span(&q, 0);
            *begun = false;
            other = was.n != QN_HASH || memcmp(was.p, request, QN_HASH) != 0;
            *status = (unsigned)q_int(&q, 1);
            qn_put_span(answer, q_span(&q, 2));
        }
        rc = query_end(&q, err);
    }
    if (!rc && other)
        rc = qn_fail(err, QN_CONFLICT, "done.other", "");
    if (!rc && *begun)
        rc = put(st, person, key, request, 0, about, err);
    return rc ? rc : tx_commit(&tx, err);
}

enum qn_code done_end(struct store *st, const char *person, const char *key,
                      const uint8_t request[QN_HASH], unsigned status, struct qn_span answer,
                      struct qn_err *err)
{
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = put(st, person, key, request, status,
                 answer.n <= DONE_MAX ? answer : (struct qn_span){0}, err);
    return rc ? rc : tx_commit(&tx, err);
}

enum qn_code done_untold(struct store *st, unsigned max,
                         void (*each)(void *ctx, const char *person, bool ended,
                                      struct qn_span text, uint64_t at_ms),
                         void *ctx, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_DONE_UNTOLD);
    q_bind_int(&q, DONE_UNTOLD);
    q_bind_int(&q, max);
    while (q_step(&q))
        each(ctx, q_text(&q, 0), q_int(&q, 1) != 0, q_span(&q, 2), (uint64_t)q_int(&q, 3));
    return query_end(&q, err);
}
