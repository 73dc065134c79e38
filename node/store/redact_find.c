#include "node/store/redact_find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/entry_of.h"
#include "node/store/internal.h"
#include "node/store/part.h"
#include "node/store/redact.h"
#include "node/store/seal.h"
#include "node/store/tree.h"

/* ---- where a text stands --------------------------------------------------------------------------------------- */

struct hits {
    struct redact_hit *at;
    size_t n, max;
    bool more;
};

/* The first text column that holds it; a row is told once. */
static enum qn_code search_table(struct hits *l, struct store *st, const struct qn_table *t,
                                 const char *text, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf sql = {0};
    unsigned columns = 0;
    qn_buf_init(&sql, 64 * 1024);
    qn_put_str(&sql, "SELECT office, id, rev, CASE");
    for (unsigned c = QN_KEY_COLUMNS; c < t->ncols; c++)
        if (t->col[c].type == QN_TEXT) {
            qn_put_fmt(&sql, " WHEN instr(\"%s\", ?1) > 0 THEN %u", t->col[c].name, c);
            columns++;
        }
    qn_put_fmt(&sql, " END AS held FROM \"%s\" WHERE held IS NOT NULL ORDER BY office, id, rev",
               t->name);
    qn_put_uint(&sql, 0, 1);
    enum qn_code rc = qn_buf_check(&sql, err);
    if (rc || !columns)
        return rc;
    sqlite3_stmt *q = NULL;
    int step = sqlite3_prepare_v2(st->db, (const char *)sql.p, -1, &q, NULL);
    if (step == SQLITE_OK)
        step = sqlite3_bind_text(q, 1, text, -1, SQLITE_STATIC);
    for (step = step == SQLITE_OK ? sqlite3_step(q) : step; step == SQLITE_ROW && !l->more;
         step = sqlite3_step(q)) {
        struct redact_hit *h = &l->at[l->n];
        if (l->n == l->max) {
            l->more = true;
            break;
        }
        *h = (struct redact_hit){
            .id = sqlite3_column_int64(q, 1), .rev = sqlite3_column_int64(q, 2), .part = -1};
        snprintf(h->office, sizeof(h->office), "%s", (const char *)sqlite3_column_text(q, 0));
        const struct qn_column *c = &t->col[sqlite3_column_int(q, 3)];
        snprintf(h->column, sizeof(h->column), "%s", c->name);
        h->privacy = c->privacy;
        snprintf(h->table, sizeof(h->table), "%s", t->name);
        l->n++;
    }
    if (step != SQLITE_DONE && step != SQLITE_ROW)
        rc = store_sqlite_fail(st, t->name, err);
    sqlite3_finalize(q);
    return rc;
}

enum qn_code redact_search(struct store *st, const char *text, size_t max, redact_saw *saw,
                           void *ctx, bool *more, struct qn_err *err)
{
    struct hits l = {.at = calloc(max + 1, sizeof(*l.at)), .max = max};
    enum qn_code rc = l.at ? QN_OK : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (unsigned t = 0; !rc && !l.more && t < st->reg->ntables; t++)
        if (st->reg->table[t].lane != QN_LANE_CONTROL)
            rc = search_table(&l, st, &st->reg->table[t], text, err);
    for (size_t i = 0; !rc && i < l.n; i++) {
        struct redact_hit *h = &l.at[i];
        struct log log;
        struct qn_err none;
        if (entry_of_row(&log, &h->seq, st, h->table, h->office, h->id, h->rev, &none) == QN_OK) {
            snprintf(h->origin, sizeof(h->origin), "%s", log.origin);
            if (redact_part_of(&h->part, st, &log, h->seq, h->table, h->id, h->rev, &none) != QN_OK)
                h->part = -1;
        }
        rc = saw(ctx, h, err);
    }
    free(l.at);
    *more = l.more;
    return rc;
}

/* ---- what goes with a part ---------------------------------------------------------------------------------------- */

struct looking {
    struct redact_preview *out;
    redact_row *row;
    void *ctx;
};

static enum qn_code look_row(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    struct looking *k = ctx;
    k->out->rows++;
    k->out->files += strcmp(row->table->name, "evidence") == 0;
    return k->row ? k->row(k->ctx, row, err) : QN_OK;
}

static enum qn_code look_rows(struct looking *k, struct store *st, const struct qn_header *h,
                              unsigned no, struct qn_err *err)
{
    QN_AUTO(log_part) struct log_part p = {0};
    QN_AUTO(qn_buf) struct qn_buf opened = {0}, room = {0};
    struct qn_span coded;
    struct qn_err none;
    enum qn_code rc = log_part_get(&p, st, &k->out->log, h->seq, no, &none);
    k->out->here = rc == QN_OK;
    if (rc)
        return QN_OK;
    k->out->bytes = p.stored.n;
    if (!seal_reads(st, &h->part[no], k->out->log.office) ||
        seal_open(&coded, &opened, st, &h->part[no], qn_buf_span(&p.stored), &none) != QN_OK)
        return QN_OK;
    rc = part_rows(st->reg, h, no, coded, &room, look_row, k, NULL, err);
    k->out->read = rc == QN_OK;
    return rc == QN_NOMEM || rc == QN_IO ? rc : QN_OK;
}

static enum qn_code look_holders(struct store *st, const struct log *log,
                                 const struct qn_part *part, redact_holder *holder, void *ctx,
                                 struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(st, SQL_CERT_OFFICES);
    char last[QN_CODE_MAX + 1] = "";
    while (!rc && q_step(&q)) {
        char office[QN_CODE_MAX + 1];
        if (!qn_text_copy(office, sizeof(office), q_span(&q, 0)) || strcmp(office, last) == 0 ||
            !tree_part_is_for(st, part, log->office, office))
            continue;
        memcpy(last, office, sizeof(last));
        rc = holder(ctx, office, err);
    }
    return rc ? rc : query_end(&q, err);
}

enum qn_code redact_look(struct redact_preview *out, struct store *st, const char *log,
                         uint64_t seq, unsigned part, redact_row *row, redact_holder *holder,
                         void *ctx, struct qn_err *err)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    *out = (struct redact_preview){.read = false};
    enum qn_code rc = redact_entry(&out->log, &e, st, log, seq, part, err);
    if (rc)
        return rc;
    out->lane = e.h.lane;
    out->kind = e.h.kind;
    out->time_ms = e.h.time_ms;
    out->audience = e.h.part[part].audience;
    struct looking k = {out, row, ctx};
    rc = look_rows(&k, st, &e.h, part, err);
    if (!rc && holder)
        rc = look_holders(st, &out->log, &e.h.part[part], holder, ctx, err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(st, SQL_REDACT_DRAWS);
    q_bind_text(&q, out->log.office);
    q_bind_int(&q, (int64_t)out->lane);
    if (q_step(&q))
        out->draws = (uint64_t)q_int(&q, 0);
    return query_end(&q, err);
}
