#include "node/store/apply.h"

#include <string.h>

#include "node/store/clock.h"
#include "node/store/internal.h"
#include "node/store/part.h"
#include "node/store/seal.h"
#include "node/store/standing.h"
#include "node/store/tree.h"

/* ---- one entry --------------------------------------------------------------------------------------- */

struct rows {
    struct store *st;
    const struct qn_header *h;
    const struct qn_cert *signer;
    uint64_t n;
};

/* Authority is judged before anything is written; the insert then must add exactly one row. */
static enum qn_code take_row(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    struct rows *r = ctx;
    enum qn_code rc = qn_authorise(row, r->h, r->signer, err);
    if (rc)
        return rc;
    if (row->col[2].i > 1) {
        bool there = false;
        rc = store_has_previous(r->st, row, &there, err);
        if (rc)
            return rc;
        if (!there)
            return qn_fail(err, QN_LATER, "apply.revision", "table=%s|id=%lld|rev=%lld", row->table->name,
                           (long long)row->col[1].i, (long long)row->col[2].i);
    }
    rc = standing_check(r->st, row, r->h, r->signer->epoch, err);
    if (!rc)
        rc = store_insert(r->st, row, err);
    if (!rc && strcmp(row->table->name, "certificate") == 0)
        rc = tree_take_cert(r->st, row, err);
    r->n++;
    return rc;
}

static enum qn_code check_deps(struct store *st, const struct qn_header *h, struct qn_err *err)
{
    for (unsigned i = 0; i < h->ndeps; i++) {
        char origin[QN_ORIGIN_MAX + 1];
        struct log log;
        struct qn_err inner;
        uint8_t root[QN_HASH];
        if (!qn_text_copy(origin, sizeof(origin), h->dep[i].origin) ||
            log_find(&log, st, origin, &inner) != QN_OK || log.verified < h->dep[i].size)
            return qn_fail(err, QN_LATER, "apply.dependency", "log=%.*s|size=%llu", (int)h->dep[i].origin.n,
                           (const char *)h->dep[i].origin.p, (unsigned long long)h->dep[i].size);
        enum qn_code rc = log_root(st, &log, h->dep[i].size, root, err);
        if (rc)
            return rc;
        if (memcmp(root, h->dep[i].root, QN_HASH) != 0)
            return qn_fail(err, QN_CONFLICT, "apply.split-view", "log=%s|size=%llu", origin,
                           (unsigned long long)h->dep[i].size);
    }
    return QN_OK;
}

/* QN_LATER holds, QN_CONFLICT quarantines, MALFORMED / UNVERIFIED / DENIED / LIMIT refuse for good. */
static enum qn_code apply_entry(struct store *st, const struct log *log, uint64_t seq, uint64_t *rows,
                                struct qn_err *err)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    enum qn_code rc = log_entry_get(&e, st, log, seq, err);
    if (rc)
        return rc;
    bool mine = false;
    for (unsigned i = 0; i < e.h.nparts; i++)
        mine = mine || seal_reads(st, &e.h.part[i], log->office);
    if (!mine)
        return QN_OK;
    rc = check_deps(st, &e.h, err);
    struct qn_cert signer;
    if (!rc)
        rc = tree_cert_at(&signer, st, log->office, log->epoch, err);
    struct rows r = {.st = st, .h = &e.h, .signer = &signer};
    for (unsigned i = 0; !rc && i < e.h.nparts; i++) {
        const struct qn_part *p = &e.h.part[i];
        if (!seal_reads(st, p, log->office))
            continue;
        QN_AUTO(log_part) struct log_part part = {0};
        QN_AUTO(qn_buf) struct qn_buf opened = {0}, room = {0};
        struct qn_span coded = {NULL, 0};
        rc = log_part_get(&part, st, log, seq, i, err);
        if (!rc)
            rc = seal_open(&coded, &opened, st, p, qn_buf_span(&part.stored), err);
        if (!rc)
            rc = part_rows(&e.h, i, coded, &room, take_row, &r, NULL, err);
    }
    *rows = r.n;
    return rc;
}

static enum qn_code set_fate(struct store *st, const struct log *log, uint64_t seq, const char *state,
                             const struct qn_err *why, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_FATE_SET);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)seq);
    q_bind_text(&q, state);
    q_bind_text(&q, why->id);
    q_bind_text(&q, why->args);
    q_bind_int(&q, (int64_t)clock_now_ms(st));
    return store_run(&q, err);
}

static enum qn_code clear_fate(struct store *st, const struct log *log, uint64_t seq, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_FATE_CLEAR);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)seq);
    return store_run(&q, err);
}

/* go: false when the lane stands still here. */
static enum qn_code settle(struct store *st, const struct log *log, uint64_t seq, struct ingest_tally *tally, bool *go,
                           struct qn_err *err)
{
    struct qn_err why = {0};
    uint64_t rows = 0;
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, st, err);
    if (rc)
        return rc;
    enum qn_code verdict = apply_entry(st, log, seq, &rows, &why);
    *go = true;
    switch (verdict) {
    case QN_OK:
        rc = clear_fate(st, log, seq, err);
        if (!rc)
            rc = tx_commit(&tx, err);
        if (!rc) {
            tally->applied++;
            tally->rows += rows;
        }
        return rc;
    case QN_LATER:
    case QN_ABSENT:
        *go = false;
        tally->held++;
        tx_end(&tx);
        return set_fate(st, log, seq, "held", &why, err);
    case QN_CONFLICT:
        *go = false;
        tally->held++;
        tx_end(&tx);
        return set_fate(st, log, seq, "quarantined", &why, err);
    case QN_MALFORMED:
    case QN_UNVERIFIED:
    case QN_DENIED:
    case QN_LIMIT:
        tally->refused++;
        tx_end(&tx);
        return set_fate(st, log, seq, "refused", &why, err);
    case QN_IO:
    case QN_NOMEM:
        if (err)
            *err = why;
        return verdict;
    }
    return QN_IO;
}

/* ---- lanes ---------------------------------------------------------------------------------------------- */

static enum qn_code next_of_lane(struct store *st, const struct log *log, enum qn_lane lane, uint64_t from,
                                 uint64_t to, uint64_t *seq, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_ENTRY_OF_LANE);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)lane);
    q_bind_int(&q, (int64_t)from);
    q_bind_int(&q, (int64_t)to);
    *seq = q_step(&q) ? (uint64_t)q_int(&q, 0) : to;
    return query_end(&q, err);
}

static bool part_held(struct store *st, const struct log *log, uint64_t seq, unsigned part)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PART_HELD);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)seq);
    q_bind_int(&q, part);
    return q_step(&q);
}

static enum qn_code complete(struct store *st, const struct log *log, uint64_t seq, bool *out, struct qn_err *err)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    enum qn_code rc = log_entry_get(&e, st, log, seq, err);
    *out = true;
    for (unsigned i = 0; !rc && i < e.h.nparts; i++)
        if (tree_part_is_for(st, &e.h.part[i], log->office, st->self.office) && !part_held(st, log, seq, i))
            *out = false;
    return rc;
}

enum qn_code ingest_cursor(struct store *st, const struct log *log, enum qn_lane lane, uint64_t *received,
                           uint64_t *applied, struct qn_err *err)
{
    if (strcmp(log->origin, st->origin) == 0) { /* one's own entries are applied as they are written */
        *received = *applied = log->size;
        return QN_OK;
    }
    QN_AUTO(query) struct query q = query_start(st, SQL_CURSOR_GET);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)lane);
    bool found = q_step(&q);
    *received = found ? (uint64_t)q_int(&q, 0) : 0;
    *applied = found ? (uint64_t)q_int(&q, 1) : 0;
    return query_end(&q, err);
}

static enum qn_code advance(struct store *st, const struct log *log, enum qn_lane lane, struct ingest_tally *tally,
                            bool *progress, struct qn_err *err)
{
    uint64_t received, applied, seq;
    enum qn_code rc = ingest_cursor(st, log, lane, &received, &applied, err);
    uint64_t had_received = received, had_applied = applied;
    for (bool whole = true; !rc && received < log->verified;) {
        rc = next_of_lane(st, log, lane, received, log->verified, &seq, err);
        if (!rc && seq < log->verified)
            rc = complete(st, log, seq, &whole, err);
        if (rc || !whole) {
            received = seq;
            break;
        }
        received = seq < log->verified ? seq + 1 : log->verified;
    }
    for (bool go = true; !rc && go && applied < received;) {
        rc = next_of_lane(st, log, lane, applied, received, &seq, err);
        if (!rc && seq < received)
            rc = settle(st, log, seq, tally, &go, err);
        if (!rc && go)
            applied = seq < received ? seq + 1 : received;
        else if (!rc)
            applied = seq;
    }
    if (rc || (received == had_received && applied == had_applied))
        return rc;
    *progress = *progress || applied != had_applied;
    QN_AUTO(query) struct query q = query_start(st, SQL_CURSOR_SET);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)lane);
    q_bind_int(&q, (int64_t)received);
    q_bind_int(&q, (int64_t)applied);
    return store_run(&q, err);
}

enum qn_code apply_log(struct store *st, const struct log *log, struct ingest_tally *tally, bool *progress,
                       struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    if (strcmp(log->origin, st->origin) == 0)
        return QN_OK;
    for (int lane = 0; !rc && lane < QN_LANES; lane++)
        rc = advance(st, log, (enum qn_lane)lane, tally, progress, err);
    return rc;
}

/* ---- receipts ----------------------------------------------------------------------------------------------- */

static enum qn_code fates(struct store *st, const struct log *log, struct qn_receipt *r, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_FATE_OF_LOG);
    q_bind_int(&q, log->no);
    while (q_step(&q)) {
        bool refused = qn_span_is(q_span(&q, 1), "refused");
        unsigned *n = refused ? &r->nrefused : &r->nheld;
        if (*n == QN_RECEIPT_NOTES)
            continue; /* the first ones say enough; the cursors tell that more stands still */
        uint64_t seq = (uint64_t)q_int(&q, 0);
        if (refused) {
            r->refused[*n].seq = seq;
            qn_text_copy(r->refused[*n].id, sizeof(r->refused[*n].id), q_span(&q, 2));
        } else {
            r->held[*n].seq = seq;
            qn_text_copy(r->held[*n].id, sizeof(r->held[*n].id), q_span(&q, 2));
        }
        ++*n;
    }
    return query_end(&q, err);
}

enum qn_code ingest_receipt(struct qn_buf *out, struct store *st, const char *from_office, const char *origin,
                            struct qn_err *err)
{
    struct log log;
    enum qn_code rc = log_find(&log, st, origin, err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(st, SQL_RECEIPT_GET);
    q_bind_text(&q, from_office);
    q_bind_int(&q, log.no);
    bool found = q_step(&q);
    if (found)
        qn_put_span(out, q_span(&q, 0));
    rc = query_end(&q, err);
    if (!rc && !found)
        rc = qn_fail(err, QN_ABSENT, "receipt.none", "from=%s|log=%s", from_office, origin);
    return rc ? rc : qn_buf_check(out, err);
}

/* SPEC exchange-20: "the one whose numbers add up to more" - at most eleven times 2^35 */
int64_t receipt_told(const struct qn_receipt *r)
{
    uint64_t sum = r->size;
    for (int lane = 0; lane < QN_LANES; lane++)
        sum += r->stored[lane] + r->applied[lane];
    return (int64_t)sum;
}

/* Whether the receipt held says the same, its time apart. */
static bool unchanged(struct store *st, const struct log *log, struct qn_receipt *now)
{
    QN_AUTO(qn_buf) struct qn_buf old, a, b;
    qn_buf_init(&old, QN_NOTE_MAX);
    qn_buf_init(&a, QN_NOTE_MAX);
    qn_buf_init(&b, QN_NOTE_MAX);
    struct qn_err none;
    struct qn_note note;
    struct qn_receipt was;
    if (ingest_receipt(&old, st, st->self.office, log->origin, &none) ||
        qn_note_parse(&note, qn_buf_span(&old), &none) || qn_receipt_parse(&was, note.text, &none))
        return false;
    was.time_s = now->time_s;
    qn_receipt_text(&a, &was);
    qn_receipt_text(&b, now);
    return qn_span_eq(qn_buf_span(&a), qn_buf_span(&b));
}

enum qn_code apply_receipt(struct store *st, const struct log *log, struct qn_err *err)
{
    struct qn_receipt r = {.size = log->verified, .time_s = clock_now_ms(st) / 1000};
    const struct keys *keys;
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc)
        rc = log_root(st, log, log->verified, r.root, err);
    memcpy(r.from, st->origin, sizeof(r.from));
    memcpy(r.about, log->origin, sizeof(r.about));
    for (int lane = 0; !rc && lane < QN_LANES; lane++)
        rc = ingest_cursor(st, log, (enum qn_lane)lane, &r.stored[lane], &r.applied[lane], err);
    if (!rc)
        rc = fates(st, log, &r, err);
    if (rc || unchanged(st, log, &r))
        return rc;
    QN_AUTO(qn_buf) struct qn_buf text, note;
    qn_buf_init(&text, QN_NOTE_MAX);
    qn_buf_init(&note, QN_NOTE_MAX);
    qn_receipt_text(&text, &r);
    qn_put_span(&note, qn_buf_span(&text));
    qn_put_str(&note, "\n");
    qn_note_sign(&note, qn_buf_span(&text), qn_str(st->origin), keys_log_sk(keys));
    rc = qn_buf_check(&note, err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(st, SQL_RECEIPT_PUT);
    q_bind_text(&q, st->self.office);
    q_bind_int(&q, log->no);
    q_bind_int(&q, receipt_told(&r));
    q_bind_int(&q, (int64_t)r.time_s);
    q_bind_blob(&q, note.p, note.n);
    return store_run(&q, err);
}
