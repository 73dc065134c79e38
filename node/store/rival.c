#include "node/store/rival.h"

#include "node/store/internal.h"

static enum qn_code read_room(struct rival_room *room, struct store *st, int64_t log,
                              struct qn_err *err)
{
    struct rival_room now = {.log = log};
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_RIVAL_COUNT);
        q_bind_int(&q, log);
        if (q_step(&q)) {
            now.headers = q_int(&q, 0);
            now.bytes = q_int(&q, 1);
        }
        enum qn_code rc = query_end(&q, err);
        if (rc)
            return rc;
    }
    QN_AUTO(query) struct query q = query_start(st, SQL_RIVAL_PART_BYTES);
    q_bind_int(&q, log);
    if (q_step(&q))
        now.bytes += q_int(&q, 0);
    *room = now;
    return query_end(&q, err);
}

enum qn_code rival_fits(bool *fits, struct rival_room *room, struct store *st, int64_t log,
                        size_t bytes, bool header, struct qn_err *err)
{
    enum qn_code rc = room->log == log ? QN_OK : read_room(room, st, log, err);
    if (rc)
        return rc;
    /* SPEC exchange-25: "at most 4,096 headers, and 67,108,864 bytes of headers and parts together" */
    *fits =
        room->bytes + (int64_t)bytes <= RIVAL_BYTES && (!header || room->headers < RIVAL_HEADERS);
    if (*fits) {
        room->bytes += (int64_t)bytes;
        room->headers += header;
    }
    return QN_OK;
}

enum qn_code rival_fork_fits(bool *fits, struct store *st, int64_t log, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_FORK_COUNT);
    q_bind_int(&q, log);
    /* SPEC exchange-25: "At most 64 pieces of evidence" */
    *fits = q_step(&q) && q_int(&q, 0) < RIVAL_FORKS;
    return query_end(&q, err);
}

enum qn_code rival_set_aside(struct store *st, const struct log *log, struct qn_err *err)
{
    struct rival_room room;
    enum qn_code rc = read_room(&room, st, log->no, err);
    if (!rc) {
        QN_AUTO(query) struct query q = query_start(st, SQL_RIVAL_FROM_ENTRY);
        q_bind_int(&q, log->no);
        q_bind_int(&q, (int64_t)log->verified);
        q_bind_int(&q, RIVAL_HEADERS - room.headers);
        q_bind_int(&q, RIVAL_BYTES - room.bytes);
        rc = store_run(&q, err);
    }
    if (!rc)
        rc = read_room(&room, st, log->no, err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(st, SQL_RIVAL_PART_FROM_PART);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)log->verified);
    q_bind_int(&q, RIVAL_BYTES - room.bytes);
    return store_run(&q, err);
}
