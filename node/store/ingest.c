#include "node/store/ingest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/apply.h"
#include "node/store/clock.h"
#include "node/store/fate.h"
#include "node/store/ingest_parts.h"
#include "node/store/internal.h"
#include "node/store/own.h"
#include "node/store/own_claim.h"
#include "node/store/redact.h"
#include "node/store/rival.h"
#include "node/store/settle.h"
#include "node/store/tree.h"
#include "protocol/wire.h"

#define LOGS_MAX 10000 /* contradicted in one stream: offices of a province, limits.md */

enum qn_code ingest_open(struct ingest **out, struct store *st, struct qn_err *err)
{
    struct ingest *in = calloc(1, sizeof(*in));
    if (!in)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    in->st = st;
    in->stirred = in->room.log = -1;
    *out = in;
    return QN_OK;
}

void ingest_free(struct ingest *in)
{
    if (!in)
        return;
    tx_end(&in->tx);
    free(in->rival);
    free(in);
}

const struct ingest_tally *ingest_tally(const struct ingest *in)
{
    return &in->tally;
}

enum qn_code ingest_pause(struct ingest *in, struct qn_err *err)
{
    in->stirred = -1;
    return in->tx.open ? tx_commit(&in->tx, err) : QN_OK;
}

/* Something about this log came: the end of the stream, here or after a crash, takes it up. */
enum qn_code ingest_stir(struct ingest *in, const struct log *log, struct qn_err *err)
{
    if (in->stirred == log->no)
        return QN_OK;
    in->stirred = log->no;
    return fate_stir(in->st, log->no, err);
}

static bool is_rival(const struct ingest *in, int64_t log)
{
    for (size_t i = 0; i < in->nrivals; i++)
        if (in->rival[i] == log)
            return true;
    return false;
}

static enum qn_code add_rival(struct ingest *in, int64_t log, struct qn_err *err)
{
    int64_t *grown = in->nrivals < LOGS_MAX ? realloc(in->rival, (in->nrivals + 1) * sizeof(*grown)) : NULL;
    if (!grown)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    in->rival = grown;
    in->rival[in->nrivals++] = log;
    return QN_OK;
}

bool ingest_is_own(const struct ingest *in, const struct log *log)
{
    return strcmp(log->origin, in->st->origin) == 0;
}

enum qn_code ingest_mark_rival(struct ingest *in, const struct log *l, uint64_t place, struct qn_err *err)
{
    if (is_rival(in, l->no))
        return QN_OK;
    /* Our own key signed it, and not here: there is a copy of this office. Neither signs on. */
    enum qn_code rc = ingest_is_own(in, l) ? own_forked(in->st, place, err) : QN_OK;
    if (!rc)
        rc = add_rival(in, l->no, err);
    in->tally.forks += !rc;
    return rc;
}

void ingest_brought_by(struct ingest *in, const char *office)
{
    char parent[QN_CODE_MAX + 1], aside[64];
    /* SPEC recovery-20: "takes headers and checkpoints of its own logs from its direct parent alone" */
    in->parent_first = in->st->has_self && store_get(in->st, STORE_RENEWS, aside, sizeof(aside)) &&
                       tree_parent(in->st, in->st->self.office, parent) && strcmp(parent, office) != 0;
}

bool ingest_waits_for_parent(const struct ingest *in, const struct log *log)
{
    return in->parent_first && strcmp(log->office, in->st->self.office) == 0;
}

/* The log a frame speaks of, and its signer. Only logs of relatives are taken in. */
enum qn_code ingest_find_log(struct ingest *in, struct log *log, struct qn_span origin, struct qn_err *err)
{
    char text[QN_ORIGIN_MAX + 1];
    if (!qn_text_copy(text, sizeof(text), origin))
        return qn_fail(err, QN_MALFORMED, "ingest.origin", "bytes=%zu", origin.n);
    enum qn_code rc = log_find(log, in->st, text, err);
    if (rc)
        return rc;
    if (!in->st->has_self || !tree_log_is_for(in->st, log->office, in->st->self.office))
        return qn_fail(err, QN_DENIED, "ingest.not-for-us", "log=%s", text);
    if (strcmp(in->origin, text) != 0) {
        rc = tree_cert_at(&in->signer, in->st, log->office, log->epoch, err);
        if (rc)
            return rc;
        memcpy(in->origin, text, sizeof(text));
        /* Of a forked log of our own nothing is taken for a continuation: it may be that of the other branch. */
        if (ingest_is_own(in, log) && own_state(in->st, NULL) == OWN_FORKED && !is_rival(in, log->no))
            return add_rival(in, log->no, err);
    }
    return QN_OK;
}

/* ---- forks -------------------------------------------------------------------------------------------- */

enum qn_code ingest_keep_fork(struct ingest *in, const struct log *log, const struct qn_fork *f, struct qn_err *err)
{
    uint64_t place;
    enum qn_code rc = qn_fork_verify(f, &in->signer, &place, err);
    if (!rc && ingest_is_own(in, log))
        rc = own_forked(in->st, place, err);
    if (rc)
        return rc;
    QN_AUTO(qn_buf) struct qn_buf bytes = {0};
    qn_buf_init(&bytes, 2 * QN_FRAME_MAX);
    qn_fork_encode(&bytes, f);
    rc = qn_buf_check(&bytes, err);
    if (rc)
        return rc;
    bool fits;
    rc = rival_fork_fits(&fits, in->st, log->no, err);
    if (rc || !fits)
        return rc;
    QN_AUTO(query) struct query q = query_start(in->st, SQL_FORK_PUT);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)f->what);
    q_bind_int(&q, (int64_t)place);
    q_bind_blob(&q, bytes.p, bytes.n);
    q_bind_int(&q, (int64_t)clock_now_ms(in->st));
    rc = store_run(&q, err);
    in->tally.new_forks += !rc && sqlite3_changes(in->st->db) == 1;
    return rc;
}

static enum qn_code keep_rival(struct ingest *in, const struct log *log, uint64_t seq, struct qn_span header,
                               const uint8_t sig[QN_SIG], struct qn_err *err)
{
    uint8_t leaf[QN_HASH];
    bool fits;
    enum qn_code rc = rival_fits(&fits, &in->room, in->st, log->no, header.n, true, err);
    if (rc || !fits) /* the evidence is kept: what more of this branch exists changes nothing */
        return rc ? rc : ingest_mark_rival(in, log, seq, err);
    qn_leaf_hash(leaf, header);
    QN_AUTO(query) struct query q = query_start(in->st, SQL_RIVAL_PUT);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)seq);
    q_bind_blob(&q, leaf, QN_HASH);
    q_bind_blob(&q, sig, QN_SIG);
    q_bind_blob(&q, header.p, header.n);
    rc = store_run(&q, err);
    return rc ? rc : ingest_mark_rival(in, log, seq, err);
}

/* A second header for a place that is taken: kept with the first one, as evidence against its signer. */
static enum qn_code contradict(struct ingest *in, const struct log *log, const struct log_entry *held,
                               struct qn_span frame, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf ours = {0};
    qn_buf_init(&ours, QN_HEADER_MAX + QN_SIG);
    qn_put(&ours, held->sig, QN_SIG);
    qn_put_span(&ours, qn_buf_span(&held->bytes));
    enum qn_code rc = qn_buf_check(&ours, err);
    if (!rc)
        rc = ingest_keep_fork(in, log, &(struct qn_fork){QN_FORK_HEADERS, qn_buf_span(&ours), frame}, err);
    if (!rc)
        rc = ingest_mark_rival(in, log, held->h.seq, err);
    struct qn_span header = {frame.p + QN_SIG, frame.n - QN_SIG};
    return rc ? rc : keep_rival(in, log, held->h.seq, header, frame.p, err);
}

/* A branch that was set aside before the true entry of its place came: now there are two. */
static enum qn_code meet_rivals(struct ingest *in, const struct log *log, uint64_t seq, struct qn_span frame,
                                struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf theirs = {0};
    qn_buf_init(&theirs, QN_HEADER_MAX + QN_SIG);
    uint8_t leaf[QN_HASH];
    qn_leaf_hash(leaf, (struct qn_span){frame.p + QN_SIG, frame.n - QN_SIG});
    QN_AUTO(query) struct query q = query_start(in->st, SQL_RIVAL_OF_SEQ);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)seq);
    if (q_step(&q) && !qn_span_eq(q_span(&q, 0), QN_SPAN(leaf))) {
        qn_put_span(&theirs, q_span(&q, 2));
        qn_put_span(&theirs, q_span(&q, 1));
    }
    enum qn_code rc = query_end(&q, err);
    if (!rc)
        rc = qn_buf_check(&theirs, err);
    if (rc || !theirs.n)
        return rc;
    in->tally.forks++;
    return ingest_keep_fork(in, log, &(struct qn_fork){QN_FORK_HEADERS, frame, qn_buf_span(&theirs)}, err);
}

/* ---- frames --------------------------------------------------------------------------------------------- */

static enum qn_code take_header(struct ingest *in, struct qn_span frame, struct qn_err *err)
{
    if (frame.n <= QN_SIG)
        return qn_fail(err, QN_MALFORMED, "frame.header", "bytes=%zu", frame.n);
    struct qn_span bytes = {frame.p + QN_SIG, frame.n - QN_SIG};
    struct qn_header *h = &in->header;
    struct log log;
    enum qn_code rc = qn_header_decode(h, bytes, err);
    if (!rc)
        rc = ingest_find_log(in, &log, h->origin, err);
    if (!rc)
        rc = qn_header_verify(bytes, frame.p, in->signer.log, err);
    if (rc)
        return rc;
    if (h->seq < log.size) {
        QN_AUTO(log_entry) struct log_entry held = {0};
        uint8_t leaf[QN_HASH];
        rc = log_entry_get(&held, in->st, &log, h->seq, err);
        qn_leaf_hash(leaf, bytes);
        if (rc || memcmp(leaf, held.leaf, QN_HASH) == 0)
            return rc;
        return contradict(in, &log, &held, frame, err);
    }
    if (is_rival(in, log.no))
        return keep_rival(in, &log, h->seq, bytes, frame.p, err);
    if (ingest_waits_for_parent(in, &log))
        return QN_OK;
    /* SPEC recovery-9: "Received headers that continue the own log and bear the own signature are appended to it" */
    if (ingest_is_own(in, &log))
        rc = own_behind(in->st, &log, h->seq + 1, err);
    if (rc)
        return rc;
    if (h->seq > log.size)
        return qn_fail(err, QN_ABSENT, "ingest.gap", "log=%s|seq=%llu|size=%llu", log.origin,
                       (unsigned long long)h->seq, (unsigned long long)log.size);
    uint64_t seq = h->seq;
    rc = log_append(in->st, &log, bytes, frame.p, h, err);
    if (!rc)
        rc = meet_rivals(in, &log, seq, frame, err);
    if (!rc)
        in->tally.headers++;
    return rc;
}

/* Which part of a rival branch these bytes are, if any. */
enum qn_code ingest_rival_part(struct rival_room *room, struct store *st, const struct log *log,
                               const struct qn_part_frame *p, struct qn_err *err)
{
    struct qn_header header WIRE_UNFILLED;
    uint8_t leaf[QN_HASH];
    bool found = false;
    QN_AUTO(query) struct query q = query_start(st, SQL_RIVAL_OF_SEQ);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)p->seq);
    while (!found && q_step(&q)) {
        struct qn_err none;
        found = q_span(&q, 0).n == QN_HASH && qn_header_decode(&header, q_span(&q, 1), &none) == QN_OK &&
                p->part < header.nparts &&
                qn_part_check(&header.part[p->part], p->salt, p->stored, &none) == QN_OK;
        if (found)
            memcpy(leaf, q_span(&q, 0).p, QN_HASH);
    }
    enum qn_code rc = query_end(&q, err);
    if (rc || !found)
        return rc ? rc
                  : qn_fail(err, QN_UNVERIFIED, "ingest.part", "log=%s|seq=%llu|part=%u", log->origin,
                            (unsigned long long)p->seq, p->part);
    bool fits, gone;
    rc = redact_gone(&gone, st, log, &header, p->part, err);
    if (rc || gone)
        return rc;
    rc = rival_fits(&fits, room, st, log->no, p->stored.n, false, err);
    if (rc || !fits)
        return rc;
    QN_AUTO(query) struct query w = query_start(st, SQL_RIVAL_PART_PUT);
    q_bind_int(&w, log->no);
    q_bind_int(&w, (int64_t)p->seq);
    q_bind_blob(&w, leaf, QN_HASH);
    q_bind_int(&w, p->part);
    q_bind_blob(&w, p->salt, QN_SALT);
    q_bind_blob(&w, p->stored.p, p->stored.n);
    return store_run(&w, err);
}

static enum qn_code take_part(struct ingest *in, struct qn_span payload, struct qn_err *err)
{
    struct qn_part_frame p;
    struct log log;
    enum qn_code rc = qn_part_frame_decode(&p, payload, err);
    if (!rc)
        rc = ingest_find_log(in, &log, p.origin, err);
    if (rc)
        return rc;
    if (p.seq >= log.size && ingest_waits_for_parent(in, &log))
        return QN_OK; /* its header was not taken in either */
    if (p.seq >= log.size) { /* of a branch whose headers came with an earlier stream, or too early */
        rc = ingest_rival_part(&in->room, in->st, &log, &p, err);
        return rc == QN_UNVERIFIED && !is_rival(in, log.no)
                   ? qn_fail(err, QN_ABSENT, "ingest.part-early", "log=%s|seq=%llu|size=%llu", log.origin,
                             (unsigned long long)p.seq, (unsigned long long)log.size)
                   : rc;
    }
    QN_AUTO(log_entry) struct log_entry e WIRE_UNFILLED;
    rc = log_entry_get(&e, in->st, &log, p.seq, err);
    if (rc)
        return rc;
    struct qn_err differs;
    if (p.part >= e.h.nparts || qn_part_check(&e.h.part[p.part], p.salt, p.stored, &differs) != QN_OK)
        return ingest_rival_part(&in->room, in->st, &log, &p, err);
    if (!tree_part_is_for(in->st, &e.h.part[p.part], log.office, in->st->self.office))
        return qn_fail(err, QN_DENIED, "ingest.part-not-for-us", "log=%s|seq=%llu|part=%u", log.origin,
                       (unsigned long long)p.seq, p.part);
    /* SPEC cursors-26: "A part that comes later is not stored, and is no error." */
    bool gone;
    rc = redact_gone(&gone, in->st, &log, &e.h, p.part, err);
    if (rc || gone)
        return rc;
    QN_AUTO(query) struct query q = query_start(in->st, SQL_PART_PUT);
    q_bind_int(&q, log.no);
    q_bind_int(&q, (int64_t)p.seq);
    q_bind_int(&q, p.part);
    q_bind_blob(&q, p.salt, QN_SALT);
    q_bind_blob(&q, p.stored.p, p.stored.n);
    rc = store_run(&q, err);
    bool fresh = !rc && sqlite3_changes(in->st->db) == 1;
    if (!rc)
        rc = ingest_stir(in, &log, err);
    if (!rc) {
        in->tally.parts++;
        in->tally.new_parts += fresh;
        in->tally.bytes += p.stored.n;
    }
    return rc;
}

static enum qn_code take_fork(struct ingest *in, struct qn_span payload, struct qn_err *err)
{
    struct qn_fork f;
    struct log log;
    struct qn_span origin;
    enum qn_code rc = qn_fork_decode(&f, payload, err);
    if (rc)
        return rc;
    if (f.what == QN_FORK_CHECKPOINTS) {
        struct qn_note note;
        struct qn_checkpoint c;
        rc = qn_note_parse(&note, f.a, err);
        if (!rc)
            rc = qn_checkpoint_parse(&c, note.text, err);
        origin = c.origin;
    } else {
        rc = f.a.n > QN_SIG ? qn_header_decode(&in->header, (struct qn_span){f.a.p + QN_SIG, f.a.n - QN_SIG}, err)
                            : qn_fail(err, QN_MALFORMED, "frame.header", "bytes=%zu", f.a.n);
        origin = in->header.origin;
    }
    if (!rc)
        rc = ingest_find_log(in, &log, origin, err);
    return rc ? rc : ingest_keep_fork(in, &log, &f, err);
}

enum qn_code ingest_frame(struct ingest *in, enum qn_frame_type type, struct qn_span payload, struct qn_err *err)
{
    if (!in->tx.open) {
        enum qn_code rc = tx_begin(&in->tx, in->st, err);
        if (rc)
            return rc;
    }
    switch (type) {
    case QN_FRAME_CERT: return tree_add_cert(in->st, payload, err);
    case QN_FRAME_CHECKPOINT: return ingest_take_checkpoint(in, payload, err);
    case QN_FRAME_HEADER: return take_header(in, payload, err);
    case QN_FRAME_PART: return take_part(in, payload, err);
    case QN_FRAME_RECEIPT: return ingest_take_receipt(in, payload, err);
    case QN_FRAME_FORK: return take_fork(in, payload, err);
    case QN_FRAME_HAVE:
    case QN_FRAME_FILE:
    case QN_FRAME_WANT:
    case QN_FRAME_OFFER:
    case QN_FRAME_KEPT:
    case QN_FRAME_TOLD:
    case QN_FRAME_RUN:
    case QN_FRAME_END: break; /* the exchange's own, or for those who keep files */
    }
    return QN_OK;
}

/* ---- the end of a stream ----------------------------------------------------------------------------------- */

static enum qn_code run_on(struct store *st, enum sql id, const struct log *log, uint64_t n, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, id);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)n);
    return store_run(&q, err);
}

/* Headers that contradict every signed checkpoint at their size are not this log's: set aside as a rival branch. */
static enum qn_code set_aside(struct ingest *in, struct log *log, struct qn_err *err)
{
    static const enum sql steps[] = {SQL_PART_CUT, SQL_ENTRY_CUT, SQL_LOG_SIZE};
    enum qn_code rc = ingest_mark_rival(in, log, log->verified, err);
    in->room.log = -1;
    if (!rc)
        rc = rival_set_aside(in->st, log, err);
    for (size_t i = 0; !rc && i < sizeof(steps) / sizeof(steps[0]); i++)
        rc = run_on(in->st, steps[i], log, log->verified, err);
    in->st->frontier_log = -1;
    log->size = log->verified;
    return rc;
}

static enum qn_code drop_checkpoint(struct store *st, const struct log *log, uint64_t size, const uint8_t root[QN_HASH],
                                    struct qn_err *err)
{
    /* Its cosignatures with it, or the next HAVE would claim them and the true ones never come. */
    static const enum sql steps[] = {SQL_CHECKPOINT_DROP, SQL_COSIG_DROP};
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < sizeof(steps) / sizeof(steps[0]); i++) {
        QN_AUTO(query) struct query q = query_start(st, steps[i]);
        q_bind_int(&q, log->no);
        q_bind_int(&q, (int64_t)size);
        q_bind_blob(&q, root, QN_HASH);
        rc = store_run(&q, err);
    }
    return rc;
}

/* SPEC log-11: "a checkpoint of more than is held lies ready". Once a stream: where the stream brought the other branch. */
static enum qn_code more_is_signed(bool *more, struct store *st, const struct log *log, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_CHECKPOINT_PENDING);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)log->size);
    q_bind_int(&q, INT64_MAX);
    *more = q_step(&q);
    return query_end(&q, err);
}

/* Moves `verified` to the largest signed checkpoint that the held headers lead to. */
static enum qn_code verify_log(struct ingest *in, struct log *log, struct qn_err *err)
{
    uint64_t best = log->verified, at = log->verified;
    bool contradicted = false;
    enum qn_code rc = QN_OK;
    while (!rc) {
        uint8_t root[QN_HASH], signed_root[QN_HASH];
        uint64_t size = 0;
        bool found, same = false;
        {
            QN_AUTO(query) struct query q = query_start(in->st, SQL_CHECKPOINT_PENDING);
            q_bind_int(&q, log->no);
            q_bind_int(&q, (int64_t)at);
            q_bind_int(&q, (int64_t)log->size);
            found = q_step(&q) && q_span(&q, 1).n == QN_HASH;
            if (found) {
                size = (uint64_t)q_int(&q, 0);
                memcpy(signed_root, q_span(&q, 1).p, QN_HASH);
            }
            rc = query_end(&q, err);
        }
        if (rc || !found)
            break;
        rc = log_root(in->st, log, size, root, err);
        if (!rc)
            same = memcmp(root, signed_root, QN_HASH) == 0;
        if (same) {
            best = at = size;
            contradicted = false; /* a larger one holds: the smaller one alone was false */
        } else if (!rc) {
            contradicted = true;
            rc = drop_checkpoint(in->st, log, size, signed_root, err);
        }
    }
    if (!rc && best > log->verified) {
        static const enum sql steps[] = {SQL_COSIG_SETTLE, SQL_COSIG_SETTLED};
        rc = log_set_verified(in->st, log, best, err);
        for (size_t i = 0; !rc && i < sizeof(steps) / sizeof(steps[0]); i++)
            rc = run_on(in->st, steps[i], log, best, err);
    }
    if (!rc && !contradicted && log->size > log->verified && is_rival(in, log->no))
        rc = more_is_signed(&contradicted, in->st, log, err);
    if (!rc && contradicted)
        rc = set_aside(in, log, err);
    return rc;
}

/* The own log is not among the stirred ones: it is looked at while it comes back. */
static enum qn_code verify_own(struct ingest *in, struct qn_err *err)
{
    struct log own;
    if (!in->st->has_self || !own_comes_back(in->st))
        return QN_OK;
    enum qn_code rc = log_find(&own, in->st, in->st->origin, err);
    if (!rc)
        rc = verify_log(in, &own, err);
    return rc ? rc : fate_wake_log(in->st, &own, err);
}

enum qn_code ingest_settle(struct ingest *in, struct qn_err *err)
{
    QN_AUTO(settle_logs) struct settle_logs logs = {0};
    enum qn_code rc = in->tx.open ? QN_OK : tx_begin(&in->tx, in->st, err);
    if (!rc)
        rc = store_reload(in->st, err);
    if (!rc)
        rc = fate_upgraded(in->st, err);
    if (!rc)
        rc = settle_stirred(&logs, in->st, 1, err);
    for (size_t i = 0; !rc && i < logs.n; i++) {
        rc = verify_log(in, &logs.log[i], err);
        if (!rc)
            rc = fate_wake_log(in->st, &logs.log[i], err);
    }
    if (!rc)
        rc = verify_own(in, err);
    in->stirred = -1; /* the marks are gone: what comes next makes its own */
    return rc ? rc : settle(in->st, &in->tally, err);
}

enum qn_code ingest_finish(struct ingest *in, const struct qn_report *report, struct qn_err *err)
{
    enum qn_code rc = ingest_settle(in, err);
    if (!rc)
        rc = own_settle(in->st, &in->tally, report, err);
    if (rc)
        return rc;
    const struct ingest_tally *t = &in->tally;
    if (t->new_forks)
        qn_say(report, "ingest.forks", "count=%llu", (unsigned long long)t->new_forks);
    if (t->held || t->quarantined || t->refused)
        qn_say(report, "ingest.standing", "held=%llu|quarantined=%llu|refused=%llu", (unsigned long long)t->held,
               (unsigned long long)t->quarantined, (unsigned long long)t->refused);
    rc = ingest_pause(in, err);
    if (!rc)
        redact_scrub(in->st, report);
    return rc;
}
