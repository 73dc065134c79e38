#include "node/store/receipts.h"

#include <string.h>

#include "node/store/clock.h"
#include "node/store/ingest.h"
#include "node/store/internal.h"
#include "qian/note.h"

static enum qn_code fates(struct store *st, const struct log *log, struct qn_receipt *r,
                          struct qn_err *err)
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

enum qn_code receipt_get(struct qn_buf *out, struct store *st, const char *from_office,
                         const char *origin, struct qn_err *err)
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

enum qn_code receipt_put(struct store *st, const char *office, const struct log *about,
                         const struct qn_receipt *r, struct qn_span note, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_RECEIPT_PUT);
    q_bind_text(&q, office);
    q_bind_int(&q, about->no);
    q_bind_int(&q, (int64_t)qn_receipt_told(r));
    q_bind_int(&q, (int64_t)r->time_s);
    q_bind_blob(&q, note.p, note.n);
    return store_run(&q, err);
}

/* Whether the receipt held says the same, its time apart. */
static bool unchanged(struct store *st, const struct log *log, struct qn_receipt *now)
{
    QN_AUTO(qn_buf) struct qn_buf old = {0}, a = {0}, b = {0};
    qn_buf_init(&old, QN_NOTE_MAX);
    qn_buf_init(&a, QN_NOTE_MAX);
    qn_buf_init(&b, QN_NOTE_MAX);
    struct qn_err none;
    struct qn_note note;
    struct qn_receipt was;
    if (receipt_get(&old, st, st->self.office, log->origin, &none) ||
        qn_note_parse(&note, qn_buf_span(&old), &none) || qn_receipt_parse(&was, note.text, &none))
        return false;
    was.time_s = now->time_s;
    qn_receipt_text(&a, &was);
    qn_receipt_text(&b, now);
    return qn_span_eq(qn_buf_span(&a), qn_buf_span(&b));
}

enum qn_code receipt_renew(struct store *st, const struct log *log, struct qn_err *err)
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
    QN_AUTO(qn_buf) struct qn_buf text = {0}, note = {0};
    qn_buf_init(&text, QN_NOTE_MAX);
    qn_buf_init(&note, QN_NOTE_MAX);
    qn_receipt_text(&text, &r);
    qn_put_span(&note, qn_buf_span(&text));
    qn_put_str(&note, "\n");
    qn_note_sign(&note, qn_buf_span(&text), qn_str(st->origin), keys_log_sk(keys));
    rc = qn_buf_check(&note, err);
    if (rc)
        return rc;
    return receipt_put(st, st->self.office, log, &r, qn_buf_span(&note), err);
}
