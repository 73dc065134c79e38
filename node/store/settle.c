#include "node/store/settle.h"

#include <stdlib.h>

#include "node/store/apply.h"
#include "node/store/internal.h"
#include "node/store/skip.h"
#include "node/store/tree.h"
#include "node/store/receipts.h"

#define LOGS_MAX 20000 /* offices of a province with their epochs, limits.md */
#define PIECE \
    1000 /* entries and rows between two breaths: some 30 ms, and a commit costs a tenth of that */

void settle_logs_release(struct settle_logs *l)
{
    free(l->log);
    *l = (struct settle_logs){NULL, 0};
}

enum qn_code settle_logs_read(struct settle_logs *out, struct query *q, struct qn_err *err)
{
    QN_AUTO(settle_logs) struct settle_logs all = {0};
    size_t cap = 0;
    while (q_step(q)) {
        if (all.n == cap) {
            cap = cap ? cap * 2 : 16;
            struct log *grown = cap <= 2 * LOGS_MAX ? realloc(all.log, cap * sizeof(*grown)) : NULL;
            if (!grown)
                return qn_fail(err, QN_NOMEM, "base.no-memory", "");
            all.log = grown;
        }
        log_from_row(&all.log[all.n++], q);
    }
    enum qn_code rc = query_end(q, err);
    if (!rc) {
        *out = all;
        all = (struct settle_logs){0};
    }
    return rc;
}

enum qn_code settle_stirred(struct settle_logs *out, struct store *st, int mark, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_LOG_STIRRED);
    q_bind_int(&q, mark);
    q_bind_text(
        &q,
        st->origin); /* one's own is applied as it is written: calming it would be a commit for nothing */
    return settle_logs_read(out, &q, err);
}

static enum qn_code mark(struct store *st, const struct log *log, int value, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_LOG_STIR);
    q_bind_int(&q, log->no);
    q_bind_int(&q, value);
    return store_run(&q, err);
}

static bool is_below(struct store *st, const struct log *log)
{
    return st->keys && st->has_self && log->verified &&
           tree_is_above(st, st->self.office, log->office);
}

/* SPEC cursors-8: "cosigns what it verified before it judges it" - so an entry has its time, the same for all. */
static enum qn_code cosign(struct store *st, const struct log *log, struct qn_err *err)
{
    uint64_t size, time_s;
    struct qn_err none;
    if (!is_below(st, log) || log_first_cosigned(st, log, log->verified - 1, st->self.office, &size,
                                                 &time_s, &none) == QN_OK)
        return QN_OK;
    return log_cosign(st, log, log->verified, err);
}

/* ---- logs that are being settled ---------------------------------------------------------------------- */

/* Two who settle one log in turns would each wait for all of it: a log is the one's who came first. */
static bool claim(struct store *st, int64_t log, const void *by, bool *ours)
{
    *ours = true;
    for (size_t i = 0; i < st->nclaims; i++)
        if (st->claim[i].log == log) {
            *ours = st->claim[i].by == by;
            return true;
        }
    if (st->nclaims == st->claims_cap) {
        size_t cap = st->claims_cap ? 2 * st->claims_cap : 16;
        struct store_claim *grown = realloc(st->claim, cap * sizeof(*grown));
        if (!grown)
            return false;
        st->claim = grown;
        st->claims_cap = cap;
    }
    st->claim[st->nclaims++] = (struct store_claim){log, by};
    return true;
}

static void unclaim(struct store *st, const void *by)
{
    size_t n = 0;
    for (size_t i = 0; i < st->nclaims; i++)
        if (st->claim[i].by != by)
            st->claim[n++] = st->claim[i];
    st->nclaims = n;
}

/* Of the logs in the list those that nobody else has. */
static enum qn_code take_ours(struct settle_logs *l, struct store *st, const void *by,
                              struct qn_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++) {
        bool ours;
        if (!claim(st, l->log[i].no, by, &ours))
            return qn_fail(err, QN_NOMEM, "base.no-memory", "");
        if (ours)
            l->log[n++] = l->log[i];
    }
    l->n = n;
    return QN_OK;
}

/* Applying one log may wake entries of others: goes round until a round wakes nothing. What was read before a breath
 * may be old behind it, so a round ends with its piece.
 * SPEC cursors-21: "may be applied in pieces, each kept before the next is begun"                                */
enum qn_code settle_apply(struct store *st, struct ingest_tally *tally, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    while (!rc) {
        QN_AUTO(settle_logs) struct settle_logs logs = {0};
        struct apply_piece piece = {.left = st->piece ? st->piece : PIECE};
        rc = settle_stirred(&logs, st, 1, err);
        if (!rc)
            rc = take_ours(&logs, st, tally, err);
        if (rc || !logs.n)
            break;
        for (size_t i = 0; !rc && piece.left && i < logs.n; i++) {
            /* Before it is applied: what wakes an entry of this log meanwhile marks it again. */
            rc = mark(st, &logs.log[i], 2, err);
            if (!rc)
                rc = apply_log(st, &logs.log[i], &piece, tally, err);
            if (!rc && piece.more)
                rc = mark(st, &logs.log[i], 1, err);
        }
        if (!rc && !piece.left)
            rc = store_breathe(st, err);
    }
    unclaim(st, tally);
    return rc;
}

static enum qn_code count_standing(struct store *st, struct ingest_tally *t, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_FATE_COUNT);
    t->held = t->quarantined = t->refused = 0;
    while (q_step(&q)) {
        struct qn_span state = q_span(&q, 0);
        *(qn_span_is(state, "refused")       ? &t->refused
          : qn_span_is(state, "quarantined") ? &t->quarantined
                                             : &t->held) = (uint64_t)q_int(&q, 1);
    }
    return query_end(&q, err);
}

enum qn_code settle(struct store *st, struct ingest_tally *tally, struct qn_err *err)
{
    QN_AUTO(settle_logs) struct settle_logs due = {0}, came = {0};
    /* What was sealed to keys that were not open may be read now. */
    enum qn_code rc = st->keys ? fate_wake(st, FATE_ON_KEYS, 0, err) : QN_OK;
    if (!rc)
        rc = settle_stirred(&came, st, 1, err);
    for (size_t i = 0; !rc && i < came.n; i++)
        rc = cosign(st, &came.log[i], err);
    if (!rc)
        rc = settle_apply(st, tally, err);
    if (!rc)
        rc = skip_tell(st, err);
    if (!rc)
        rc = settle_stirred(&due, st, 2, err);
    for (size_t i = 0; !rc && i < due.n; i++)
        if (is_below(st, &due.log[i]))
            rc = receipt_renew(st, &due.log[i], err);
    if (!rc) {
        QN_AUTO(query) struct query q = query_start(st, SQL_LOG_CALM);
        rc = store_run(&q, err);
    }
    return rc ? rc : count_standing(st, tally, err);
}

enum qn_code settle_resume(struct store *st, const struct qn_report *report, struct qn_err *err)
{
    QN_AUTO(settle_logs) struct settle_logs left = {0}, due = {0};
    QN_AUTO(ingest) struct ingest *in = NULL;
    enum qn_code rc = settle_stirred(&left, st, 1, err);
    if (!rc)
        rc = settle_stirred(&due, st, 2, err);
    if (rc || (!left.n && !due.n))
        return rc;
    rc = ingest_open(&in, st, err);
    return rc ? rc : ingest_finish(in, report, err);
}
