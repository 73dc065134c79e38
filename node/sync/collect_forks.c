/* collect_forks.c - evidence that somebody signed two histories, and the branch that is not held as the log. */
#include "node/sync/collect.h"
#include "node/sync/peer.h"

/* Rival headers are understood only behind evidence that there are two branches, in the same stream: else
 * they would pass for the log's own. So one FORK is always sent before them.                             */
static enum qn_code put_rivals(struct collect *c, const struct log *log, struct qn_err *err)
{
    uint64_t at = collect_marked(c, "rival", log->no);
    enum qn_code rc = QN_OK;
    {
        QN_AUTO(query) struct query q = query_start(c->st, SQL_SYNC_RIVALS);
        q_bind_int(&q, log->no);
        q_bind_int(&q, (int64_t)at);
        while (!rc && !c->sent->more && q_step(&q)) {
            QN_AUTO(qn_buf) struct qn_buf b = {0};
            qn_buf_init(&b, QN_HEADER_MAX + QN_SIG);
            qn_put_span(&b, q_span(&q, 1));
            qn_put_span(&b, q_span(&q, 2));
            rc = qn_buf_check(&b, err);
            if (!rc)
                rc = collect_put(c, QN_FRAME_HEADER, qn_buf_span(&b), true, err);
            if (!rc)
                collect_mark(c, "rival", log->no, (uint64_t)q_int(&q, 0));
        }
        if (!rc)
            rc = query_end(&q, err);
    }
    at = collect_marked(c, "rival-part", log->no);
    QN_AUTO(query) struct query q = query_start(c->st, SQL_SYNC_RIVAL_PARTS);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)at);
    while (!rc && !c->sent->more && q_step(&q)) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        if (q_span(&q, 3).n != QN_SALT)
            continue;
        struct qn_part_frame f = {qn_str(log->origin), (uint64_t)q_int(&q, 1),
                                  (uint16_t)q_int(&q, 2), q_span(&q, 3).p, q_span(&q, 4)};
        qn_buf_init(&b, QN_FRAME_MAX);
        qn_part_frame_encode(&b, &f);
        rc = qn_buf_check(&b, err);
        if (!rc)
            rc = collect_put(c, QN_FRAME_PART, qn_buf_span(&b), true, err);
        if (!rc)
            collect_mark(c, "rival-part", log->no, (uint64_t)q_int(&q, 0));
    }
    return rc ? rc : query_end(&q, err);
}

static bool has_rows_after(struct collect *c, enum sql id, const struct log *log, const char *what)
{
    QN_AUTO(query) struct query q = query_start(c->st, id);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)collect_marked(c, what, log->no));
    return q_step(&q);
}

enum qn_code collect_forks(struct collect *c, const struct log *log, struct qn_err *err)
{
    uint64_t at = collect_marked(c, "fork", log->no);
    bool rivals = has_rows_after(c, SQL_SYNC_RIVALS, log, "rival") ||
                  has_rows_after(c, SQL_SYNC_RIVAL_PARTS, log, "rival-part");
    bool any = false;
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(c->st, SQL_SYNC_FORKS);
    q_bind_int(&q, log->no);
    while (!rc && !c->sent->more && q_step(&q)) {
        uint64_t row = (uint64_t)q_int(&q, 0);
        bool news = row > at;
        if (!news && (any || !rivals))
            continue;
        rc = collect_put(c, QN_FRAME_FORK, q_span(&q, 1), news, err);
        any = true;
        if (!rc && news)
            collect_mark(c, "fork", log->no, row);
    }
    if (!rc)
        rc = query_end(&q, err);
    return rc || !any || !rivals ? rc : put_rivals(c, log, err);
}
