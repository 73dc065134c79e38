/* trail_head.c - the head of the trail in the own log: written before an exchange, and what it says of the lines that are here. */
#include <string.h>

#include "node/store/act.h"
#include "node/store/internal.h"
#include "node/store/log.h"
#include "node/store/part.h"
#include "node/store/trail.h"

/* SPEC roles-21: "no entry otherwise" */
static enum qn_code has_news(bool *out, struct store *st, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_TRAIL_NEWS);
    *out = q_step(&q);
    return query_end(&q, err);
}

static enum qn_code write_head(struct store *st, struct qn_err *err)
{
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    uint8_t head[QN_HASH];
    uint64_t lines;
    enum qn_code rc =
        act_begin(&a, st, duty_of(DUTY_TRAIL_HEAD), NULL, QN_KIND_TRAIL, QN_LANE_RESULT, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
    if (!rc)
        rc = trail_last(&lines, head, st, err);
    if (rc)
        return rc;
    row_start(&row, &a, "trail_head", act_id(&a), 1);
    row_int(&row, "lines", (int64_t)lines);
    row_blob(&row, "head", head, QN_HASH);
    rc = act_put(&a, &row, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}

enum qn_code trail_anchor(struct store *st, struct qn_err *err)
{
    bool news;
    enum qn_code rc = has_news(&news, st, err);
    return rc || !news ? rc : write_head(st, err);
}

/* ---- compared ------------------------------------------------------------------------------------------------------- */

struct head {
    uint64_t lines;
    uint8_t hash[QN_HASH];
    bool found;
};

static enum qn_code take_head(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    struct head *h = ctx;
    (void)err;
    if (strcmp(row->table->name, "trail_head") != 0 || row->col[4].s.n != QN_HASH)
        return QN_OK;
    h->found = row->col[3].i > 0;
    h->lines = (uint64_t)row->col[3].i;
    memcpy(h->hash, row->col[4].s.p, QN_HASH);
    return QN_OK;
}

/* From the bytes that the signed header commits to, not from the table made of them. */
static enum qn_code read_head(struct head *out, struct store *st, const struct log *log,
                              uint64_t seq, struct qn_err *err)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    QN_AUTO(log_part) struct log_part p = {0};
    QN_AUTO(qn_buf) struct qn_buf room = {0};
    struct qn_err why;
    uint8_t made[QN_HASH];
    *out = (struct head){0};
    enum qn_code rc = log_entry_get(&e, st, log, seq, err);
    if (rc)
        return rc;
    rc = log_part_get(&p, st, log, seq, 0, &why);
    if (rc == QN_ABSENT) /* forgotten, or not come back yet */
        return QN_OK;
    if (!rc) {
        qn_part_commit(made, p.salt, qn_buf_span(&p.stored));
        if (memcmp(made, e.h.part[0].commitment, QN_HASH) == 0)
            rc = part_rows(st->reg, &e.h, 0, qn_buf_span(&p.stored), &room, take_head, out, NULL,
                           &why);
    }
    return rc == QN_IO || rc == QN_NOMEM ? qn_fail(err, rc, why.id, "%s", why.args) : QN_OK;
}

static enum qn_code holds(bool *out, struct store *st, const struct head *h, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_TRAIL_HASH);
    q_bind_int(&q, (int64_t)h->lines);
    *out =
        q_step(&q) && q_span(&q, 0).n == QN_HASH && memcmp(q_span(&q, 0).p, h->hash, QN_HASH) == 0;
    return query_end(&q, err);
}

/* Whether the entry of the head has a line itself: else the trail in which it was written is not the one that is here. */
static enum qn_code is_told(bool *out, struct store *st, const struct log *log, uint64_t seq,
                            struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_TRAIL_TOLD);
    q_bind_int(&q, log->epoch);
    q_bind_int(&q, (int64_t)seq);
    *out = q_step(&q);
    return query_end(&q, err);
}

static enum qn_code compare(struct trail_checked *c, uint64_t *good, struct store *st,
                            const struct log *log, uint64_t seq, struct qn_err *err)
{
    struct head h;
    bool same = false, told = false;
    enum qn_code rc = read_head(&h, st, log, seq, err);
    if (rc || !h.found)
        return rc;
    c->heads++;
    rc = holds(&same, st, &h, err);
    if (!rc && !same)
        rc = is_told(&told, st, log, seq, err);
    if (rc)
        return rc;
    if (same) {
        *good = h.lines > *good ? h.lines : *good;
    } else if (!told) {
        c->elsewhere++;
    } else if (!c->other_to) {
        c->other_from = *good + 1;
        c->other_to = h.lines;
        c->other_seq = seq;
        c->other_epoch = log->epoch;
    }
    return QN_OK;
}

enum qn_code trail_compare(struct trail_checked *c, struct store *st, struct qn_err *err)
{
    uint64_t good = 0;
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(st, SQL_TRAIL_HEADS);
    q_bind_text(&q, st->self.office);
    q_bind_int(&q, QN_KIND_TRAIL);
    while (!rc && q_step(&q)) {
        struct log log;
        log_from_row(&log, &q);
        rc = compare(c, &good, st, &log, (uint64_t)q_int(&q, 6), err);
    }
    return rc ? rc : query_end(&q, err);
}
