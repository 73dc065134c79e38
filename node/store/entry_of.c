#include "node/store/entry_of.h"

#include <stdlib.h>
#include <string.h>

#include "node/store/internal.h"
#include "node/store/part.h"
#include "node/store/seal.h"

struct wanted {
    const char *table, *office;
    int64_t id, rev;
    bool found;
};

static enum qn_code match_row(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    (void)err;
    struct wanted *w = ctx;
    if ((!w->table || strcmp(row->table->name, w->table) == 0) && row->col[1].i == w->id &&
        row->col[2].i == w->rev && qn_span_is(row->col[0].s, w->office))
        w->found = true;
    return QN_OK;
}

static bool entry_holds(struct store *st, const struct log *log, const struct qn_header *h,
                        struct wanted *w)
{
    struct qn_err none;
    for (unsigned i = 0; i < h->nparts && !w->found; i++) {
        QN_AUTO(log_part) struct log_part part = {0};
        QN_AUTO(qn_buf) struct qn_buf opened = {0}, room = {0};
        struct qn_span coded;
        if (!seal_reads(st, &h->part[i], log->office) ||
            log_part_get(&part, st, log, h->seq, i, &none) != QN_OK ||
            seal_open(&coded, &opened, st, &h->part[i], qn_buf_span(&part.stored), &none) != QN_OK)
            continue;
        /* What does not decode was never applied, so the row is not in it. */
        if (part_rows(st->reg, h, i, coded, &room, match_row, w, NULL, &none) != QN_OK)
            w->found = false;
    }
    return w->found;
}

/* Looks through one lane of one log from `from` on. */
static enum qn_code search_log(struct store *st, const struct log *log, enum qn_lane lane,
                               uint64_t from, struct wanted *w, uint64_t *seq, struct qn_err *err)
{
    struct qn_header *h = malloc(sizeof(*h));
    if (!h)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    QN_AUTO(query) struct query q = query_start(st, SQL_ENTRIES_OF_LANE);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)lane);
    q_bind_int(&q, (int64_t)from);
    while (!w->found && q_step(&q)) {
        struct qn_err none;
        if (qn_header_decode(h, q_span(&q, 0), &none) == QN_OK && entry_holds(st, log, h, w))
            *seq = h->seq;
    }
    free(h);
    return query_end(&q, err);
}

/* The log of an office's epoch, or of the next epoch above it that is known. false: none. */
static bool log_from_epoch(struct store *st, const char *office, uint16_t epoch,
                           char origin[QN_ORIGIN_MAX + 1])
{
    QN_AUTO(query) struct query q = query_start(st, SQL_LOG_FROM_EPOCH);
    q_bind_text(&q, office);
    q_bind_int(&q, epoch);
    return q_step(&q) && qn_text_copy(origin, QN_ORIGIN_MAX + 1, q_span(&q, 0));
}

/* The lane of a revision is that of the first: it is the table's. */
static enum qn_code lane_of(struct store *st, const struct log *log, uint64_t seq,
                            enum qn_lane *lane, struct qn_err *err)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    enum qn_code rc = log_entry_get(&e, st, log, seq, err);
    if (!rc)
        *lane = e.h.lane;
    return rc;
}

enum qn_code entry_of_row(struct log *log, uint64_t *seq, struct store *st, const char *table,
                          const char *office, int64_t id, int64_t rev, struct qn_err *err)
{
    uint16_t epoch, n;
    char origin[QN_ORIGIN_MAX + 1] = "";
    struct wanted w = {.table = table, .office = office, .id = id, .rev = rev};
    struct log first, l;
    uint64_t at;
    enum qn_lane lane = QN_LANE_CONTROL;
    qn_row_id_split(id, &epoch, &at, &n);
    enum qn_code rc = QN_OK;
    if (!log_from_epoch(st, office, epoch, origin))
        rc = qn_fail(err, QN_ABSENT, "log.unknown", "log=%s/%u", office, epoch);
    if (!rc)
        rc = log_find(&first, st, origin, err);
    if (!rc && (first.epoch != epoch || first.size <= at))
        rc = qn_fail(err, QN_ABSENT, "log.no-entry", "log=%s|seq=%llu", origin,
                     (unsigned long long)at);
    if (!rc && rev > 1)
        rc = lane_of(st, &first, at, &lane, err);
    if (rc)
        return rc;
    l = first;
    if (rev == 1) {
        *log = first;
        *seq = at;
        return QN_OK;
    }
    for (uint64_t from = at;; from = 0) {
        uint64_t found = 0;
        rc = search_log(st, &l, lane, from, &w, &found, err);
        if (rc)
            return rc;
        if (w.found) {
            *log = l;
            *seq = found;
            return QN_OK;
        }
        if (l.epoch == QN_EPOCH_MAX || !log_from_epoch(st, office, (uint16_t)(l.epoch + 1), origin))
            return qn_fail(err, QN_ABSENT, "log.no-entry", "log=%s|seq=%llu", first.origin,
                           (unsigned long long)at);
        rc = log_find(&l, st, origin, err);
        if (rc)
            return rc;
    }
}

/* Whether (office, id, rev) is a row of that table here. */
static enum qn_code has_row(struct store *st, unsigned table, const char *office, int64_t id,
                            int64_t rev, bool *out, struct qn_err *err)
{
    struct qn_row row = {.table = &st->reg->table[table]};
    row.col[0].s = qn_str(office);
    row.col[1].i = id;
    row.col[2].i = rev + 1; /* what is asked for is the one before */
    return store_has_previous(st, &row, out, err);
}

enum qn_code entry_newest_rev(int64_t *rev, char table[QN_TABLE_NAME], struct store *st,
                              const char *office, int64_t id, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    *rev = 0;
    table[0] = 0;
    for (unsigned i = 0; !rc && i < st->reg->ntables; i++) {
        int64_t newest = *rev;
        bool there = true;
        for (int64_t r = 1; !rc && there;
             r++) { /* revisions leave no gap: each waits for the one before */
            rc = has_row(st, i, office, id, r, &there, err);
            if (!rc && there)
                newest = r;
            if (!there)
                break;
        }
        if (!rc && newest > *rev) {
            *rev = newest;
            memcpy(table, st->reg->table[i].name, QN_TABLE_NAME);
        }
    }
    return rc;
}
