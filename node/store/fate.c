#include "node/store/fate.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/store/internal.h"

static const char *const states[] = {"",           "held",   "quarantined", "refused",
                                     "superseded", "waived", "kept"};
static const char *const reasons[] = {"", "dependency", "schema", "certificate", "gap"};

const char *fate_state_name(enum fate_state s)
{
    return states[s];
}

enum fate_state fate_state_of(const char *name)
{
    for (size_t i = 1; i < sizeof(states) / sizeof(states[0]); i++)
        if (strcmp(states[i], name) == 0)
            return (enum fate_state)i;
    return FATE_NONE;
}

void fate_wait(struct fate *f, enum fate_reason reason, uint64_t n, const char *fmt, ...)
{
    va_list ap;
    f->reason = reason;
    f->on_n = n;
    va_start(ap, fmt);
    vsnprintf(f->on, sizeof(f->on), fmt, ap);
    va_end(ap);
}

enum qn_code fate_put(struct store *st, int64_t log, uint64_t seq, const struct fate *f,
                      struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_FATE_SET);
    q_bind_int(&q, log);
    q_bind_int(&q, (int64_t)seq);
    q_bind_text(&q, states[f->state]);
    q_bind_text(&q, reasons[f->reason]);
    q_bind_text(&q, f->why.id);
    q_bind_text(&q, f->why.args);
    q_bind_text(&q, f->on);
    q_bind_int(&q, (int64_t)f->on_n);
    q_bind_int(&q, f->untold ? 0 : 1);
    q_bind_int(&q, (int64_t)clock_now_ms(st));
    return store_run(&q, err);
}

static enum qn_code on_entry(struct store *st, enum sql id, int64_t log, uint64_t seq,
                             struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, id);
    q_bind_int(&q, log);
    q_bind_int(&q, (int64_t)seq);
    return store_run(&q, err);
}

enum qn_code fate_clear(struct store *st, int64_t log, uint64_t seq, struct qn_err *err)
{
    return on_entry(st, SQL_FATE_CLEAR, log, seq, err);
}

enum qn_code fate_next(struct fate_at *out, struct store *st, int64_t log, uint64_t seq,
                       struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_FATE_NEXT);
    q_bind_int(&q, log);
    q_bind_int(&q, (int64_t)seq);
    *out = (struct fate_at){.seq = UINT64_MAX};
    if (q_step(&q)) {
        out->seq = (uint64_t)q_int(&q, 0);
        out->state = fate_state_of(q_text(&q, 1));
        out->gap = qn_span_is(q_span(&q, 2), "gap");
        out->ready = q_int(&q, 3) != 0;
    }
    return query_end(&q, err);
}

/* ---- waking ------------------------------------------------------------------------------------------- */

enum qn_code fate_stir(struct store *st, int64_t log, struct qn_err *err)
{
    return on_entry(st, SQL_LOG_STIR, log, 1, err);
}

enum qn_code fate_wake(struct store *st, const char *on, uint64_t n, struct qn_err *err)
{
    static const enum sql steps[] = {SQL_FATE_STIR_WAITING, SQL_FATE_WAKE};
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < sizeof(steps) / sizeof(steps[0]); i++) {
        QN_AUTO(query) struct query q = query_start(st, steps[i]);
        q_bind_text(&q, on);
        q_bind_int(&q, (int64_t)n);
        rc = store_run(&q, err);
    }
    return rc;
}

enum qn_code fate_wake_log(struct store *st, const struct log *log, struct qn_err *err)
{
    char on[FATE_ON];
    snprintf(on, sizeof(on), "log %s", log->origin);
    return fate_wake(st, on, log->verified, err);
}

enum qn_code fate_retry(struct store *st, int64_t log, uint64_t seq, struct qn_err *err)
{
    enum qn_code rc = on_entry(st, SQL_FATE_READY, log, seq, err);
    return rc ? rc : fate_stir(st, log, err);
}

/* Whether the row that "row OFFICE TABLE REV" names stands here. */
static enum qn_code stands(struct store *st, const char *on, int64_t id, bool *out,
                           struct qn_err *err)
{
    char office[QN_CODE_MAX + 1], table[QN_TABLE_NAME];
    long long rev;
    *out = false;
    if (sscanf(on, "row %16s %31s %lld", office, table, &rev) != 3)
        return QN_OK;
    struct qn_row row = {.table = qn_registry_table(st->reg, qn_str(table))};
    if (!row.table)
        return QN_OK;
    row.col[0].s = qn_str(office);
    row.col[1].i = id;
    row.col[2].i = rev + 1; /* the one whose predecessor is looked for */
    return store_has_previous(st, &row, out, err);
}

enum qn_code fate_wake_rows(struct store *st, const char *office, struct qn_err *err)
{
    char from[FATE_ON], to[FATE_ON];
    snprintf(from, sizeof(from), "row %s ", office);
    snprintf(to, sizeof(to), "row %s!", office);
    QN_AUTO(query) struct query q = query_start(st, SQL_FATE_ROW_WAITS);
    q_bind_text(&q, from);
    q_bind_text(&q, to);
    enum qn_code rc = QN_OK;
    while (!rc && q_step(&q)) {
        bool here;
        rc = stands(st, q_text(&q, 2), q_int(&q, 3), &here, err);
        if (!rc && here)
            rc = fate_retry(st, q_int(&q, 0), (uint64_t)q_int(&q, 1), err);
    }
    return rc ? rc : query_end(&q, err);
}

enum qn_code fate_upgraded(struct store *st, struct qn_err *err)
{
    static const enum sql steps[] = {SQL_FATE_STIR_SCHEMA, SQL_FATE_WAKE_SCHEMA};
    char had[2 * QN_HASH + 1] = "", now[2 * QN_HASH + 1];
    qn_hex(now, st->reg->hash, QN_HASH);
    if (store_get(st, "settled-by", had, sizeof(had)) && strcmp(had, now) == 0)
        return QN_OK;
    enum qn_code rc = store_set(st, "settled-by", now, err);
    for (size_t i = 0; !rc && i < sizeof(steps) / sizeof(steps[0]); i++) {
        QN_AUTO(query) struct query q = query_start(st, steps[i]);
        rc = store_run(&q, err);
    }
    return rc;
}
