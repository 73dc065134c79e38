/* verify_review.c - whether a result was made public with the review that was asked for.
 *                                                                        Spec: protocol/spec/deadlines.md (deadlines-16) */
#include <string.h>

#include "node/draw/verify_internal.h"
#include "node/draw/verify_review.h"
#include "node/store/entry_of.h"
#include "node/store/tree.h"

/* Whether a revision of a row stands in the publisher's own log before the publication. */
static bool is_before(const struct review_of *r, struct store *st, const char *table, int64_t id,
                      int64_t rev)
{
    struct log log;
    struct qn_err none;
    uint64_t seq;
    return entry_of_row(&log, &seq, st, table, r->publisher, id, rev, &none) == QN_OK &&
           (log.epoch < r->log->epoch || (log.epoch == r->log->epoch && seq < r->seq));
}

/* ---- the rule ---------------------------------------------------------------------------------------------------------- */

/* The last time before the publication at which the office above had the publisher's log; 0: never. */
static uint64_t heard_s(const struct review_of *r, struct store *st)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_COSIGNED_UP_TO);
    q_bind_int(&q, r->log->no);
    q_bind_text(&q, r->orderer);
    q_bind_int(&q, (int64_t)r->seq);
    return q_step(&q) && !q_null(&q, 0) ? (uint64_t)q_int(&q, 0) : 0;
}

/* SPEC deadlines-16: "that of an office above when the publisher's parent had the publisher's log, as it was before the
 * publication, more than the return days of the slot after the rule was first cosigned" */
static bool is_known(const struct review_of *r, struct facts *x, const char *office, int64_t id,
                     int64_t rev, uint64_t heard)
{
    struct log log;
    struct qn_err none;
    uint64_t seq;
    if (strcmp(office, r->publisher) == 0)
        return is_before(r, x->v->st, "review_rule", id, rev);
    if (!heard ||
        entry_of_row(&log, &seq, x->v->st, "review_rule", office, id, rev, &none) != QN_OK)
        return false;
    const char *witness = tree_is_above(x->v->st, office, r->orderer) ? office : r->orderer;
    uint64_t s = first_cosigned_s(x->v->st, &log, seq, witness);
    return s && heard > s + (uint64_t)x->rules.return_days * 86400;
}

static enum qn_code is_required(bool *out, const struct review_of *r, struct facts *x)
{
    char day[11] = "", last[QN_CODE_MAX + 1] = "", office[QN_CODE_MAX + 1];
    uint64_t heard = heard_s(r, x->v->st);
    *out = false;
    if (heard)
        wire_day_text(wire_day_at(heard), day);
    if (strcmp(day, r->published_on) < 0)
        snprintf(day, sizeof(day), "%.10s", r->published_on);
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_PUB_REVIEW_RULES);
    q_bind_text(&q, day);
    while (q_step(&q)) {
        bool required = qn_span_is(q_span(&q, 1), "required");
        if (!qn_text_copy(office, sizeof(office), q_span(&q, 0)) || strcmp(office, last) == 0 ||
            (strcmp(office, r->publisher) != 0 && !tree_is_above(x->v->st, office, r->publisher)))
            continue;
        if (required && !is_known(r, x, office, q_int(&q, 2), q_int(&q, 3), heard))
            continue; /* the one before it held, as far as the publisher knew */
        memcpy(last, office, sizeof(last));
        *out = *out || required;
    }
    return query_end(&q, x->v->err);
}

/* ---- the review -------------------------------------------------------------------------------------------------------- */

/* SPEC deadlines-16: "by somebody who entered, visited or found it up to that revision" */
static enum qn_code is_own(bool *own, const struct review_of *r, struct facts *x,
                           struct qn_span reviewer)
{
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_RESULT_OWN_UP_TO);
    q_bind_text(&q, r->office);
    q_bind_int(&q, r->id);
    q_bind_span(&q, reviewer);
    q_bind_int(&q, r->rev);
    *own = q_step(&q);
    return query_end(&q, x->v->err);
}

enum stand { NO_REVIEW, SENT_BACK, APPROVED };

/* What stood of the reviews by `by`: of the publisher before the publication; of its station at whatever time. */
static enum qn_code reviewed(enum stand *out, const struct review_of *r, struct facts *x,
                             const char *by)
{
    bool own_log = strcmp(by, r->publisher) == 0;
    int64_t done = 0;
    enum qn_code rc = QN_OK;
    *out = NO_REVIEW;
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_REVIEWS_OF);
    q_bind_text(&q, by);
    q_bind_text(&q, r->office);
    q_bind_int(&q, r->id);
    q_bind_int(&q, r->rev);
    while (!rc && *out == NO_REVIEW && q_step(&q)) { /* the newest first */
        int64_t id = q_int(&q, 0);
        bool own = false;
        if (id == done || (own_log && !is_before(r, x->v->st, "result_review", id, q_int(&q, 1))))
            continue;
        done = id;
        if (!q_null(&q, 4))
            continue; /* withdrawn */
        if (!qn_span_is(q_span(&q, 2), "approved"))
            *out = SENT_BACK;
        else if (!(rc = is_own(&own, r, x, q_span(&q, 3))))
            *out = own ? NO_REVIEW : APPROVED;
        if (own)
            break;
    }
    return rc ? rc : query_end(&q, x->v->err);
}

enum qn_code verify_review(bool *bad, struct facts *x, const struct review_of *r)
{
    enum stand stand = NO_REVIEW, below = NO_REVIEW;
    bool station = strcmp(r->office, r->publisher) != 0, whole = true;
    *bad = false;
    enum qn_code rc = reviewed(&stand, r, x, r->publisher);
    if (!rc && station)
        rc = reviewed(&below, r, x, r->office);
    if (rc || stand == APPROVED || below == APPROVED)
        return rc;
    if (stand == NO_REVIEW) {
        rc = is_required(bad, r, x);
        if (rc || !*bad)
            return rc;
    }
    if (station)
        rc = verify_is_whole(&whole, x->v, r->office, r->id);
    *bad = !rc && whole;
    return rc;
}
