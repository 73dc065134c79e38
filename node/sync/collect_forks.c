/* collect_forks.c - evidence that somebody signed two histories, and the branch that is not held as the log. */
#include <string.h>

#include "node/store/tree.h"
#include "node/sync/collect.h"
#include "protocol/wire.h"

/* Rival headers are understood only behind evidence that there are two branches, in the same stream: else
 * they would pass for the log's own. So one FORK is always sent before them.                             */
static enum qn_code put_rivals(struct collect *c, struct told *t, struct qn_err *err)
{
    uint64_t at = t->at[TOLD_RIVAL];
    enum qn_code rc = QN_OK;
    {
        QN_AUTO(query) struct query q = query_start(c->st, SQL_SYNC_RIVALS);
        q_bind_int(&q, t->log.no);
        q_bind_int(&q, (int64_t)at);
        while (!rc && !c->sent->more && q_step(&q)) {
            QN_AUTO(qn_buf) struct qn_buf b = {0};
            qn_buf_init(&b, QN_HEADER_MAX + QN_SIG);
            qn_put_span(&b, q_span(&q, 0));
            qn_put_span(&b, q_span(&q, 1));
            rc = qn_buf_check(&b, err);
            if (!rc)
                rc = collect_put(c, QN_FRAME_HEADER, qn_buf_span(&b), true, err);
            if (!rc)
                collect_tell(c, t, TOLD_RIVAL, ++at);
        }
        if (!rc)
            rc = query_end(&q, err);
    }
    at = t->at[TOLD_RIVAL_PART];
    QN_AUTO(query) struct query q = query_start(c->st, SQL_SYNC_RIVAL_PARTS);
    q_bind_int(&q, t->log.no);
    q_bind_int(&q, (int64_t)at);
    while (!rc && !c->sent->more && q_step(&q)) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        struct qn_part_frame f = {qn_str(t->log.origin), (uint64_t)q_int(&q, 0),
                                  (uint16_t)q_int(&q, 1), q_span(&q, 2).p, q_span(&q, 3)};
        qn_buf_init(&b, QN_FRAME_MAX);
        if (q_span(&q, 2).n == QN_SALT) {
            qn_part_frame_encode(&b, &f);
            rc = qn_buf_check(&b, err);
            if (!rc)
                rc = collect_put(c, QN_FRAME_PART, qn_buf_span(&b), true, err);
        }
        if (!rc)
            collect_tell(c, t, TOLD_RIVAL_PART, ++at);
    }
    return rc ? rc : query_end(&q, err);
}

static bool has_rows_after(struct collect *c, enum sql id, const struct log *log, uint64_t at)
{
    QN_AUTO(query) struct query q = query_start(c->st, id);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)at);
    return q_step(&q);
}

enum qn_code collect_forks(struct collect *c, const struct log *log, struct qn_err *err)
{
    struct told *t;
    uint64_t row = 0;
    if (c->sent->more ||
        (!has_rows_after(c, SQL_SYNC_FORKS, log, 0) && !has_rows_after(c, SQL_SYNC_RIVALS, log, 0)))
        return QN_OK;
    enum qn_code rc = collect_told(&t, c, log, false, err);
    if (rc)
        return rc;
    bool rivals = has_rows_after(c, SQL_SYNC_RIVALS, log, t->at[TOLD_RIVAL]);
    bool any = false;
    QN_AUTO(query) struct query q = query_start(c->st, SQL_SYNC_FORKS);
    q_bind_int(&q, log->no);
    q_bind_int(&q, 0);
    while (!rc && !c->sent->more && q_step(&q)) {
        bool news = ++row > t->at[TOLD_FORK];
        if (!news && (any || !rivals))
            continue;
        rc = collect_put(c, QN_FRAME_FORK, q_span(&q, 0), news, err);
        any = true;
        if (!rc && news)
            collect_tell(c, t, TOLD_FORK, row);
    }
    if (!rc)
        rc = query_end(&q, err);
    return rc || (rivals && !any) ? rc : put_rivals(c, t, err);
}

/* What our branch says, once, from where it is known to leave the other, or else from where the peer has all: who holds the
 * evidence can then judge it.                                                                                  */
enum qn_code collect_branch_parts(struct collect *c, struct told *t, struct qn_err *err)
{
    const struct log *log = &t->log;
    const struct qn_have_origin *h = exchange_have_of(c->o->peer, log->origin);
    bool of_peer = strcmp(log->office, c->peer) == 0, ours = strcmp(log->office, c->self) == 0;
    uint64_t from = 0;
    if ((c->upward && tree_is_above(c->st, log->office, c->self) && !of_peer) ||
        (of_peer && !c->o->peer->n))
        return QN_OK;
    {
        QN_AUTO(query) struct query q = query_start(c->st, SQL_FORK_FIRST);
        q_bind_int(&q, log->no);
        bool known = q_step(&q) && !q_null(&q, 0);
        if (known)
            from = (uint64_t)q_int(&q, 0);
        enum qn_code rc = query_end(&q, err);
        if (rc || (ours && !known))
            return rc;
        for (int lane = 0; !known && h && lane < QN_LANES; lane++)
            from = lane && from < h->cursor[lane] ? from : h->cursor[lane];
    }
    if (t->at[TOLD_PART] >> 8 > from)
        from = t->at[TOLD_PART] >> 8;
    enum qn_code rc = QN_OK;
    for (uint64_t seq = from; !rc && seq < log->verified && !c->sent->more; seq++) {
        QN_AUTO(log_entry) struct log_entry e WIRE_UNFILLED;
        rc = log_entry_get(&e, c->st, log, seq, err);
        for (unsigned i = 0; !rc && i < e.h.nparts && !c->sent->more; i++) {
            if ((seq << 8 | i) < t->at[TOLD_PART])
                continue;
            rc = collect_part(c, log, &e, seq, i, err);
            collect_tell(c, t, TOLD_PART, (seq << 8 | i) + 1);
        }
        if (!rc)
            collect_tell(c, t, TOLD_PART, (seq + 1) << 8);
    }
    return rc;
}
