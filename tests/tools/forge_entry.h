/* forge_entry.h - entries that an honest node never signs: any rows, deps and schema, under the office's own key.
 *
 * Written past act.h: nothing is judged, and no row is inserted into the forger's own tables. Everything else is
 * the node's own code, so that the exchange carries the entry like any other. For tests only.              */
#ifndef QIAN_TESTS_FORGE_ENTRY_H
#define QIAN_TESTS_FORGE_ENTRY_H

#include <string.h>

#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/internal.h"
#include "node/store/log.h"

struct forge {
    enum qn_lane lane;
    enum qn_kind kind;
    enum qn_audience audience;
    enum qn_reach reach;
    const char *to;  /* NULL: the office itself */
    uint16_t schema; /* 0: the one of the office */
    bool other_hash;
    struct qn_dep dep[QN_DEPS];
    uint8_t ndeps;
    struct qn_buf rows; /* a changeset */
};

static inline void forge_init(struct forge *f, enum qn_lane lane, enum qn_kind kind)
{
    *f = (struct forge){.lane = lane, .kind = kind, .audience = QN_SYSTEM, .reach = QN_TO_SUBTREE};
    qn_buf_init(&f->rows, QN_PART_MAX);
}

/* A row of the office itself with this n in its id, to be filled with the row_* functions of act.h. */
static inline void forge_row(struct qn_row *row, struct store *st, const char *table, uint64_t seq,
                             uint16_t n, int64_t rev)
{
    struct act a = {.st = st};
    row_start(row, &a, table, qn_row_id(store_self(st)->epoch, seq, n), rev);
}

/* Signs and appends; gives the seq. The rows are used up. */
static inline enum qn_code forge_commit(struct forge *f, struct store *st, uint64_t *seq,
                                        struct qn_err *err)
{
    static const uint8_t salt[QN_SALT] = {7};
    struct log log;
    struct qn_header h = {.origin = qn_str(st->origin),
                          .lane = f->lane,
                          .kind = (uint8_t)f->kind,
                          .time_ms = clock_now_ms(st),
                          .schema = f->schema ? f->schema : st->reg->version,
                          .ndeps = f->ndeps,
                          .nparts = 1};
    QN_AUTO(tx) struct tx tx = {0};
    QN_AUTO(qn_buf) struct qn_buf header, rows = f->rows;
    uint8_t sig[QN_SIG];
    f->rows = (struct qn_buf){0};
    qn_buf_init(&header, QN_HEADER_MAX);
    enum qn_code rc = qn_buf_check(&rows, err);
    if (!rc)
        rc = log_find(&log, st, st->origin, err);
    if (!rc)
        rc = tx_begin(&tx, st, err);
    if (rc)
        return rc;
    h.seq = *seq = log.size;
    memcpy(h.schema_hash, st->reg->hash, QN_HASH);
    h.schema_hash[0] ^= f->other_hash;
    memcpy(h.dep, f->dep, sizeof(h.dep));
    h.part[0] = (struct qn_part){.audience = f->audience,
                                 .reach = f->reach,
                                 .codec = QN_RAW,
                                 .to = qn_str(f->to ? f->to : st->self.office),
                                 .stored = (uint32_t)rows.n,
                                 .raw = (uint32_t)rows.n};
    qn_part_commit(h.part[0].commitment, salt, qn_buf_span(&rows));
    qn_header_encode(&header, &h);
    rc = qn_buf_check(&header, err);
    if (rc)
        return rc;
    qn_header_sign(sig, qn_buf_span(&header), keys_log_sk(st->keys));
    rc = log_append(st, &log, qn_buf_span(&header), sig, &h, err);
    if (rc)
        return rc;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_PART_PUT);
        q_bind_int(&q, log.no);
        q_bind_int(&q, (int64_t)*seq);
        q_bind_int(&q, 0);
        q_bind_blob(&q, salt, QN_SALT);
        q_bind_blob(&q, rows.p, rows.n);
        rc = store_run(&q, err);
    }
    st->before_commit = log_checkpoint_dated;
    return rc ? rc : tx_commit(&tx, err);
}
#endif
