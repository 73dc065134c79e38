/* witness_add.c - being a witness: one request of add-checkpoint. */
#include <string.h>

#include "node/store/ingest.h"
#include "node/store/tree.h"
#include "node/sync/witness.h"
#include "protocol/wire.h"

/* The log that the checkpoint names, if it is one below this office. */
static enum qn_code find(struct log *log, bool *watched, struct store *st, struct qn_span origin,
                         struct qn_err *err)
{
    char text[QN_ORIGIN_MAX + 1];
    const struct qn_cert *self = store_self(st);
    struct qn_err why;
    *watched = false;
    if (!self)
        return qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    enum qn_code rc =
        qn_text_copy(text, sizeof(text), origin) ? log_find(log, st, text, &why) : QN_ABSENT;
    if (rc && rc != QN_ABSENT) {
        *err = why;
        return rc;
    }
    /* SPEC witness-2: "the logs of the offices below it" */
    *watched = !rc && tree_is_above(st, self->office, log->office);
    return QN_OK;
}

/* What this office cosigned last of the log, among what it holds verified. */
static enum qn_code newest(struct qn_witness_log *out, struct store *st, const struct log *log,
                           struct qn_err *err)
{
    struct qn_cert signer;
    QN_AUTO(query) struct query q = query_start(st, SQL_WITNESS_LAST);
    q_bind_int(&q, log->no);
    q_bind_text(&q, store_self(st)->office);
    q_bind_int(&q, (int64_t)log->verified);
    *out = (struct qn_witness_log){.size = q_step(&q) ? (uint64_t)q_int(&q, 0) : 0};
    enum qn_code rc = query_end(&q, err);
    if (!rc)
        rc = log_root(st, log, out->size, out->root, err);
    if (!rc)
        rc = tree_cert_at(&signer, st, log->office, log->epoch, err);
    if (!rc)
        memcpy(out->key, signer.log, QN_PUBKEY);
    return rc;
}

/* The note with the lines of its log's name alone. Of a checkpoint whose headers are not here other offices' lines
 * must not count yet: a copy of the log's database would seem to hold what the log itself still has to send.   */
static void own_lines(struct qn_buf *out, const struct qn_witness_request *r)
{
    struct qn_span origin = r->checkpoint.origin, head = r->note.text;
    struct rd lines = {.in = {r->bytes.p + head.n + 1, r->bytes.n - head.n - 1}};
    qn_put_span(out, head);
    qn_put_str(out, "\n");
    while (rd_more(&lines)) {
        struct qn_span line = rd_line(&lines);
        struct rd fields = {.in = line};
        rd_field(&fields); /* the dash */
        if (!qn_span_eq(rd_field(&fields), origin))
            continue;
        qn_put_span(out, line);
        qn_put_str(out, "\n");
    }
}

/* SPEC witness-5: "taken in as if it had come by exchange, with the lines of the log's name alone" - which also
 * keeps what contradicts the branch held, and cosigns in the one place where that is done. What the exchange
 * would refuse is no failure here.                                                                          */
static enum qn_code take_in(struct store *st, const struct qn_witness_request *r,
                            const struct qn_report *report, struct qn_err *err)
{
    QN_AUTO(ingest) struct ingest *in = NULL;
    QN_AUTO(qn_buf) struct qn_buf note = {0};
    struct qn_err why;
    qn_buf_init(&note, QN_NOTE_MAX);
    own_lines(&note, r);
    enum qn_code rc = qn_buf_check(&note, err);
    if (!rc)
        rc = ingest_open(&in, st, err);
    if (rc)
        return rc;
    rc = ingest_frame(in, QN_FRAME_CHECKPOINT, qn_buf_span(&note), &why);
    if (rc == QN_IO || rc == QN_NOMEM) {
        *err = why;
        return rc;
    }
    return ingest_finish(in, report, err);
}

/* The cosignature of this size, when there is one by now. */
static enum qn_code kept_line(struct qn_buf *out, struct store *st, const struct log *log,
                              uint64_t size, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_WITNESS_LINE_OF);
    q_bind_int(&q, log->no);
    q_bind_text(&q, store_self(st)->office);
    q_bind_int(&q, (int64_t)size);
    if (q_step(&q))
        qn_put_span(out, q_span(&q, 0));
    enum qn_code rc = query_end(&q, err);
    return rc ? rc : qn_buf_check(out, err);
}

/* Sound: cosigned when every header below its size is stored here. */
static enum qn_code settle(struct witness_reply *out, struct store *st, struct log *log,
                           const struct qn_witness_request *r, struct qn_witness_log *last,
                           struct qn_err *err)
{
    char origin[QN_ORIGIN_MAX + 1];
    memcpy(origin, log->origin, sizeof(origin));
    enum qn_code rc = log_find(log, st, origin, err);
    if (!rc)
        rc = newest(last, st, log, err);
    if (rc)
        return rc;
    out->size = last->size;
    /* SPEC witness-4: "Meanwhile a larger size was cosigned" */
    if (last->size > r->checkpoint.size) {
        out->outcome = QN_WITNESS_STALE;
        return QN_OK;
    }
    if (last->size == r->checkpoint.size && last->size) {
        rc = kept_line(&out->line, st, log, last->size, err);
        if (rc || out->line.n)
            return rc;
    }
    out->outcome = QN_WITNESS_LATER;
    return QN_OK;
}

static void explain(struct witness_reply *out, const struct qn_witness_request *r, uint64_t stored)
{
    const char *log = out->origin;
    unsigned long long old = r->old, size = r->checkpoint.size;
    switch (out->outcome) {
    case QN_WITNESS_UNKNOWN:
        qn_fail(&out->why, QN_ABSENT, "witness.unknown-log", "log=%s", log);
        return;
    case QN_WITNESS_UNSIGNED:
        qn_fail(&out->why, QN_DENIED, "witness.not-signed", "log=%s", log);
        return;
    case QN_WITNESS_MALFORMED:
        qn_fail(&out->why, QN_MALFORMED, "witness.checkpoint", "log=%s|old=%llu|size=%llu", log,
                old, size);
        return;
    case QN_WITNESS_INCONSISTENT:
        qn_fail(&out->why, QN_UNVERIFIED, "witness.inconsistent", "log=%s|old=%llu|size=%llu", log,
                old, size);
        return;
    case QN_WITNESS_LATER:
        qn_fail(&out->why, QN_LATER, "witness.not-stored", "log=%s|size=%llu|stored=%llu", log,
                size, (unsigned long long)stored);
        return;
    case QN_WITNESS_COSIGN:
    case QN_WITNESS_STALE:
    case QN_WITNESS_SPLIT:
        return; /* these say all in a line, a size */
    }
}

enum qn_code witness_add(struct witness_reply *out, struct store *st, struct qn_span request,
                         const struct qn_report *report, struct qn_err *err)
{
    struct qn_witness_request r;
    struct qn_witness_log last = {.size = 0};
    struct log log = {.no = 0};
    bool watched;
    *out = (struct witness_reply){.outcome = QN_WITNESS_MALFORMED};
    qn_buf_init(&out->line, 1024);
    enum qn_code rc = qn_witness_parse(&r, request, &out->why);
    if (rc)
        return rc == QN_NOMEM ? qn_fail(err, rc, "base.no-memory", "") : QN_OK;
    qn_text_copy(out->origin, sizeof(out->origin), r.checkpoint.origin);
    rc = find(&log, &watched, st, r.checkpoint.origin, err);
    if (!rc && watched)
        rc = newest(&last, st, &log, err);
    if (rc)
        return rc;
    out->outcome = qn_witness_judge(&r, watched ? &last : NULL);
    out->size = last.size;
    switch (out->outcome) {
    case QN_WITNESS_UNKNOWN:
    case QN_WITNESS_UNSIGNED:
    case QN_WITNESS_MALFORMED:
    case QN_WITNESS_LATER:
        break;
    case QN_WITNESS_STALE:
    case QN_WITNESS_SPLIT:
    case QN_WITNESS_INCONSISTENT:
        rc = take_in(st, &r, report, err);
        break;
    case QN_WITNESS_COSIGN:
        if (r.checkpoint.size > last.size)
            rc = take_in(st, &r, report, err);
        if (!rc)
            rc = settle(out, st, &log, &r, &last, err);
        break;
    }
    if (!rc)
        explain(out, &r, log.verified);
    return rc;
}
