#include "node/publish/held.h"

#include <string.h>

#include "node/store/clock.h"
#include "node/store/tree.h"

/* SPEC publication-14: "the newest `review_rule` in force of the office, or of an office above it" */
enum qn_code held_rules(struct held_rules *out, struct store *st, const char *by,
                        struct qn_err *err)
{
    char today[11], last[QN_CODE_MAX + 1] = "", office[QN_CODE_MAX + 1];
    const char *self = store_self(st)->office;
    *out = (struct held_rules){.st = st, .by = by ? by : ""};
    clock_today(st, today);
    QN_AUTO(query) struct query q = query_start(st, SQL_PUB_REVIEW_RULES);
    q_bind_text(&q, today);
    while (q_step(&q)) {
        /* Rows come by office, the newest first: the others of it no longer hold. */
        if (!qn_text_copy(office, sizeof(office), q_span(&q, 0)) || strcmp(office, last) == 0)
            continue;
        memcpy(last, office, sizeof(last));
        if (strcmp(office, self) == 0 || tree_is_above(st, office, self))
            out->review = out->review || qn_span_is(q_span(&q, 1), "required");
    }
    return query_end(&q, err);
}

static enum qn_code is_own(bool *own, const struct held_rules *r, struct qn_span office, int64_t id,
                           struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(r->st, SQL_RESULT_OWN);
    q_bind_span(&q, office);
    q_bind_int(&q, id);
    q_bind_text(&q, r->by);
    *own = q_step(&q);
    return query_end(&q, err);
}

enum qn_code held_result(enum held *out, const struct held_rules *r, struct qn_span office,
                         int64_t id, int64_t rev, struct qn_err *err)
{
    bool own = false;
    QN_AUTO(query) struct query q = query_start(r->st, SQL_PUB_REVIEW_OF);
    q_bind_span(&q, office);
    q_bind_int(&q, id);
    q_bind_int(&q, rev);
    *out = HELD_NOT;
    /* SPEC publication-14: "What was sent back is not made public in any case" */
    if (!q_step(&q))
        *out = r->review ? HELD_REVIEW : HELD_NOT;
    else if (!qn_span_is(q_span(&q, 0), "approved"))
        *out = HELD_SENT_BACK;
    enum qn_code rc = query_end(&q, err);
    if (rc || *out != HELD_NOT || !*r->by)
        return rc;
    rc = is_own(&own, r, office, id, err);
    *out = own ? HELD_OWN : HELD_NOT;
    return rc;
}

enum qn_code held_refusal(enum held why, const char *result, uint64_t count, const char *by,
                          struct qn_err *err)
{
    unsigned long long n = count;
    switch (why) {
    case HELD_REVIEW:
        return qn_fail(err, QN_DENIED, "publish.not-reviewed", "result=%s|count=%llu", result, n);
    case HELD_SENT_BACK:
        return qn_fail(err, QN_DENIED, "publish.sent-back", "result=%s|count=%llu", result, n);
    case HELD_OWN:
        return qn_fail(err, QN_DENIED, "publish.own-result", "result=%s|count=%llu|by=%s", result,
                       n, by);
    case HELD_NOT:
        break;
    }
    return QN_OK;
}
