#include "node/store/ingest.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/apply.h"
#include "node/store/clock.h"
#include "node/store/fate.h"
#include "node/store/internal.h"
#include "node/store/own.h"
#include "node/store/own_claim.h"
#include "node/store/redact.h"
#include "node/store/rival.h"
#include "node/store/settle.h"
#include "node/store/tree.h"
#include "protocol/wire.h"

#define LOGS_MAX    10000 /* contradicted in one stream: offices of a province, limits.md */
#define PENDING_MAX 64    /* checkpoints of one log whose headers are not here yet */

struct ingest {
    struct store *st;
    struct tx tx;
    struct ingest_tally tally;
    /* Logs that this stream contradicts: from the first contradiction on, its headers are a rival branch. */
    int64_t *rival;
    size_t nrivals;
    /* The signer of the frame before: streams come log by log. */
    char origin[QN_ORIGIN_MAX + 1];
    struct qn_cert signer;
    struct qn_header header; /* large: kept off the stack */
    int64_t stirred;         /* the log marked last in this transaction; -1: none */
    struct rival_room room;
};

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
static enum qn_code stir(struct ingest *in, const struct log *log, struct qn_err *err)
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

static bool is_own(const struct ingest *in, const struct log *log)
{
    return strcmp(log->origin, in->st->origin) == 0;
}

static enum qn_code mark_rival(struct ingest *in, const struct log *l, uint64_t place, struct qn_err *err)
{
    if (is_rival(in, l->no))
        return QN_OK;
    /* Our own key signed it, and not here: there is a copy of this office. Neither signs on. */
    enum qn_code rc = is_own(in, l) ? own_forked(in->st, place, err) : QN_OK;
    if (!rc)
        rc = add_rival(in, l->no, err);
    in->tally.forks += !rc;
    return rc;
}

/* The log a frame speaks of, and its signer. Only logs of relatives are taken in. */
static enum qn_code find_log(struct ingest *in, struct log *log, struct qn_span origin, struct qn_err *err)
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
        if (is_own(in, log) && own_state(in->st, NULL) == OWN_FORKED && !is_rival(in, log->no))
            return add_rival(in, log->no, err);
    }
    return QN_OK;
}

/* ---- forks -------------------------------------------------------------------------------------------- */

static enum qn_code keep_fork(struct ingest *in, const struct log *log, const struct qn_fork *f, struct qn_err *err)
{
    uint64_t place;
    enum qn_code rc = qn_fork_verify(f, &in->signer, &place, err);
    if (!rc && is_own(in, log))
        rc = own_forked(in->st, place, err);
    if (rc)
        return rc;
    QN_AUTO(qn_buf) struct qn_buf bytes;
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
    return store_run(&q, err);
}

static enum qn_code keep_rival(struct ingest *in, const struct log *log, uint64_t seq, struct qn_span header,
                               const uint8_t sig[QN_SIG], struct qn_err *err)
{
    uint8_t leaf[QN_HASH];
    bool fits;
    enum qn_code rc = rival_fits(&fits, &in->room, in->st, log->no, header.n, true, err);
    if (rc || !fits) /* the evidence is kept: what more of this branch exists changes nothing */
        return rc ? rc : mark_rival(in, log, seq, err);
    qn_leaf_hash(leaf, header);
    QN_AUTO(query) struct query q = query_start(in->st, SQL_RIVAL_PUT);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)seq);
    q_bind_blob(&q, leaf, QN_HASH);
    q_bind_blob(&q, sig, QN_SIG);
    q_bind_blob(&q, header.p, header.n);
    rc = store_run(&q, err);
    return rc ? rc : mark_rival(in, log, seq, err);
}

/* A second header for a place that is taken: kept with the first one, as evidence against its signer. */
static enum qn_code contradict(struct ingest *in, const struct log *log, const struct log_entry *held,
                               struct qn_span frame, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf ours;
    qn_buf_init(&ours, QN_HEADER_MAX + QN_SIG);
    qn_put(&ours, held->sig, QN_SIG);
    qn_put_span(&ours, qn_buf_span(&held->bytes));
    enum qn_code rc = qn_buf_check(&ours, err);
    if (!rc)
        rc = keep_fork(in, log, &(struct qn_fork){QN_FORK_HEADERS, qn_buf_span(&ours), frame}, err);
    if (!rc)
        rc = mark_rival(in, log, held->h.seq, err);
    struct qn_span header = {frame.p + QN_SIG, frame.n - QN_SIG};
    return rc ? rc : keep_rival(in, log, held->h.seq, header, frame.p, err);
}

/* A branch that was set aside before the true entry of its place came: now there are two. */
static enum qn_code meet_rivals(struct ingest *in, const struct log *log, uint64_t seq, struct qn_span frame,
                                struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf theirs;
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
    return keep_fork(in, log, &(struct qn_fork){QN_FORK_HEADERS, frame, qn_buf_span(&theirs)}, err);
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
        rc = find_log(in, &log, h->origin, err);
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
    /* SPEC recovery-9: "Received headers that continue the own log and bear the own signature are appended to it" */
    if (is_own(in, &log))
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
static enum qn_code take_rival_part(struct ingest *in, const struct log *log, const struct qn_part_frame *p,
                                    struct qn_err *err)
{
    uint8_t leaf[QN_HASH];
    bool found = false;
    QN_AUTO(query) struct query q = query_start(in->st, SQL_RIVAL_OF_SEQ);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)p->seq);
    while (!found && q_step(&q)) {
        struct qn_err none;
        found = q_span(&q, 0).n == QN_HASH && qn_header_decode(&in->header, q_span(&q, 1), &none) == QN_OK &&
                p->part < in->header.nparts &&
                qn_part_check(&in->header.part[p->part], p->salt, p->stored, &none) == QN_OK;
        if (found)
            memcpy(leaf, q_span(&q, 0).p, QN_HASH);
    }
    enum qn_code rc = query_end(&q, err);
    if (rc || !found)
        return rc ? rc
                  : qn_fail(err, QN_UNVERIFIED, "ingest.part", "log=%s|seq=%llu|part=%u", log->origin,
                            (unsigned long long)p->seq, p->part);
    bool fits;
    rc = rival_fits(&fits, &in->room, in->st, log->no, p->stored.n, false, err);
    if (rc || !fits)
        return rc;
    QN_AUTO(query) struct query w = query_start(in->st, SQL_RIVAL_PART_PUT);
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
        rc = find_log(in, &log, p.origin, err);
    if (rc)
        return rc;
    if (p.seq >= log.size) { /* of a branch whose headers came with an earlier stream, or too early */
        rc = take_rival_part(in, &log, &p, err);
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
        return take_rival_part(in, &log, &p, err);
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
        rc = stir(in, &log, err);
    if (!rc) {
        in->tally.parts++;
        in->tally.new_parts += fresh;
        in->tally.bytes += p.stored.n;
    }
    return rc;
}

static void sig_line(struct qn_buf *out, const struct qn_note_sig *s)
{
    uint8_t raw[4 + sizeof(s->body)];
    char text[sodium_base64_ENCODED_LEN(sizeof(raw), sodium_base64_VARIANT_ORIGINAL)];
    for (unsigned i = 0; i < 4; i++)
        raw[i] = (uint8_t)(s->key_id >> (24 - 8 * i));
    memcpy(raw + 4, s->body, s->body_n);
    sodium_bin2base64(text, sizeof(text), raw, 4 + s->body_n, sodium_base64_VARIANT_ORIGINAL);
    qn_put_str(out, "\xe2\x80\x94 ");
    qn_put_span(out, s->name);
    qn_put_fmt(out, " %s\n", text);
}

/* A note with one of its signature lines: a line that verifies must not be mistaken for a junk line of the same
 * name and key id that a relay put in front of it.                                                          */
static struct qn_note only(const struct qn_note *note, size_t i)
{
    struct qn_note one = {.text = note->text, .nsigs = 1};
    one.sig[0] = note->sig[i];
    return one;
}

/* The first line that is the log's own signature: note->nsigs when there is none. */
static size_t own_line(const struct qn_note *note, const char *origin, const uint8_t key[QN_PUBKEY])
{
    size_t i = 0;
    struct qn_err none;
    for (struct qn_note one; i < note->nsigs; i++) {
        one = only(note, i);
        if (qn_note_verify(&one, qn_str(origin), key, &none) == QN_OK)
            break;
    }
    return i;
}

/* Cosignatures count only when the witness is the log's own office or one above it. */
static enum qn_code take_cosignatures(struct ingest *in, const struct log *log, const struct qn_checkpoint *c,
                                      const struct qn_note *note, struct qn_err *err)
{
    bool pending = c->size > log->verified;
    for (size_t i = 0; i < note->nsigs; i++) {
        const struct qn_note_sig *s = &note->sig[i];
        static const char tail[] = "/witness";
        struct qn_err none;
        char deployment[QN_DEPLOYMENT_MAX + 1], office[QN_CODE_MAX + 1];
        uint16_t epoch;
        uint64_t time_s;
        struct qn_cert witness;
        if (s->body_n != 72 || s->name.n <= sizeof(tail) - 1 ||
            qn_origin_parse((struct qn_span){s->name.p, s->name.n - (sizeof(tail) - 1)}, deployment, office, &epoch,
                            &none) != QN_OK)
            continue;
        if (strcmp(office, log->office) != 0 && !tree_is_above(in->st, office, log->office))
            continue;
        char name[QN_ORIGIN_MAX + 16];
        if (tree_cert_at(&witness, in->st, office, epoch, &none) != QN_OK)
            continue;
        log_witness_name(name, &witness);
        struct qn_note one = only(note, i);
        if (!qn_span_is(s->name, name) || qn_cosign_verify(&one, s->name, witness.witness, &time_s, &none) != QN_OK)
            continue;
        QN_AUTO(qn_buf) struct qn_buf line;
        qn_buf_init(&line, 1024);
        sig_line(&line, s);
        enum qn_code rc = qn_buf_check(&line, err);
        if (rc)
            return rc;
        QN_AUTO(query) struct query q = query_start(in->st, pending ? SQL_COSIG_PEND : SQL_COSIG_PUT);
        q_bind_int(&q, log->no);
        q_bind_text(&q, office);
        q_bind_int(&q, (int64_t)c->size);
        q_bind_int(&q, (int64_t)time_s);
        q_bind_span(&q, qn_buf_span(&line));
        if (pending)
            q_bind_blob(&q, c->root, QN_HASH);
        rc = store_run(&q, err);
        if (rc)
            return rc;
    }
    return QN_OK;
}

/* SPEC note-4: "A node takes in the checkpoints of its relatives only without extension lines" */
static enum qn_code plain_checkpoint(struct ingest *in, const struct log *log, const struct qn_checkpoint *c,
                                     struct qn_span text, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf plain;
    qn_buf_init(&plain, 1024);
    qn_checkpoint_text(&plain, qn_str(log->origin), c->size, c->root);
    if (c->size > QN_SEQ_END || !qn_span_eq(qn_buf_span(&plain), text))
        return qn_fail(err, QN_MALFORMED, "ingest.checkpoint", "log=%s|size=%llu", log->origin,
                       (unsigned long long)c->size);
    QN_AUTO(query) struct query q = query_start(in->st, SQL_CHECKPOINT_COUNT);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)log->size);
    if (c->size > log->size && q_step(&q) && q_int(&q, 0) >= PENDING_MAX)
        return qn_fail(err, QN_LIMIT, "ingest.pending", "log=%s|max=%d", log->origin, PENDING_MAX);
    return query_end(&q, err);
}

static enum qn_code take_checkpoint(struct ingest *in, struct qn_span payload, struct qn_err *err)
{
    struct qn_note note;
    struct qn_checkpoint c;
    struct log log;
    enum qn_code rc = qn_note_parse(&note, payload, err);
    if (!rc)
        rc = qn_checkpoint_parse(&c, note.text, err);
    if (!rc)
        rc = find_log(in, &log, c.origin, err);
    if (rc)
        return rc;
    size_t own = own_line(&note, log.origin, in->signer.log);
    if (own == note.nsigs) /* no line alone verifies, so not all of them together: this says in which way */
        return qn_note_verify(&note, qn_str(log.origin), in->signer.log, err);
    if (is_own(in, &log) && c.size > log.size)
        rc = own_behind(in->st, &log, c.size, err);
    if (!rc)
        rc = plain_checkpoint(in, &log, &c, note.text, err);
    if (rc)
        return rc;
    QN_AUTO(qn_buf) struct qn_buf held, line;
    qn_buf_init(&held, QN_NOTE_MAX);
    qn_buf_init(&line, 1024);
    struct qn_err none;
    uint8_t root[QN_HASH];
    if (c.size <= log.verified) {
        rc = log_root(in->st, &log, c.size, root, err);
        bool differs = !rc && memcmp(root, c.root, QN_HASH) != 0;
        if (differs)
            rc = mark_rival(in, &log, c.size, err); /* its headers will tell the place, if no checkpoint does */
        if (!rc && differs && log_checkpoint_note(&held, in->st, &log, c.size, &none) == QN_OK)
            rc = keep_fork(in, &log, &(struct qn_fork){QN_FORK_CHECKPOINTS, qn_buf_span(&held), payload}, err);
        if (rc || differs)
            return rc;
    } else if (log_checkpoint_note(&held, in->st, &log, c.size, &none) == QN_OK) {
        struct qn_note first;
        struct qn_checkpoint was;
        rc = qn_note_parse(&first, qn_buf_span(&held), err);
        if (!rc)
            rc = qn_checkpoint_parse(&was, first.text, err);
        /* Which of the two is the log's, the headers will show; that both were signed is evidence already. */
        if (!rc && memcmp(was.root, c.root, QN_HASH) != 0)
            rc = keep_fork(in, &log, &(struct qn_fork){QN_FORK_CHECKPOINTS, qn_buf_span(&held), payload}, err);
    }
    sig_line(&line, &note.sig[own]);
    if (!rc)
        rc = qn_buf_check(&line, err);
    if (!rc)
        rc = log_checkpoint_put(in->st, &log, c.size, c.root, qn_buf_span(&line), err);
    if (!rc)
        rc = stir(in, &log, err);
    return rc ? rc : take_cosignatures(in, &log, &c, &note, err);
}

/* The newest receipt is sent at each pull: these very bytes were judged before. */
static bool is_held(struct ingest *in, const struct log *from, const struct log *about, struct qn_span note)
{
    QN_AUTO(query) struct query q = query_start(in->st, SQL_RECEIPT_GET);
    q_bind_text(&q, from->office);
    q_bind_int(&q, about->no);
    return q_step(&q) && qn_span_eq(q_span(&q, 0), note);
}

static enum qn_code take_receipt(struct ingest *in, struct qn_span payload, struct qn_err *err)
{
    struct qn_note note;
    struct qn_receipt r;
    struct log about, from;
    enum qn_code rc = qn_note_parse(&note, payload, err);
    if (!rc)
        rc = qn_receipt_parse(&r, note.text, err);
    if (!rc)
        rc = find_log(in, &about, qn_str(r.about), err);
    if (!rc)
        rc = find_log(in, &from, qn_str(r.from), err); /* leaves the receiver's certificate in signer */
    if (!rc && is_held(in, &from, &about, payload))
        return QN_OK;
    if (!rc && !tree_is_above(in->st, from.office, about.office))
        rc = qn_fail(err, QN_DENIED, "ingest.receipt-from", "from=%s|log=%s", r.from, r.about);
    if (!rc)
        rc = qn_note_verify(&note, qn_str(r.from), in->signer.log, err);
    bool contradicts = false;
    if (!rc && is_own(in, &about))
        rc = own_claim_keep(&contradicts, in->st, from.office, &about, &r, payload, err);
    return rc || contradicts ? rc : receipt_put(in->st, from.office, &about, &r, payload, err);
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
        rc = find_log(in, &log, origin, err);
    return rc ? rc : keep_fork(in, &log, &f, err);
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
    case QN_FRAME_CHECKPOINT: return take_checkpoint(in, payload, err);
    case QN_FRAME_HEADER: return take_header(in, payload, err);
    case QN_FRAME_PART: return take_part(in, payload, err);
    case QN_FRAME_RECEIPT: return take_receipt(in, payload, err);
    case QN_FRAME_FORK: return take_fork(in, payload, err);
    case QN_FRAME_HAVE:
    case QN_FRAME_FILE:
    case QN_FRAME_WANT:
    case QN_FRAME_OFFER:
    case QN_FRAME_KEPT:
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
    enum qn_code rc = mark_rival(in, log, log->verified, err);
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
    if (in->nrivals)
        qn_say(report, "ingest.forks", "logs=%zu", in->nrivals);
    if (in->tally.held || in->tally.refused)
        qn_say(report, "ingest.standing", "held=%llu|refused=%llu", (unsigned long long)in->tally.held,
               (unsigned long long)in->tally.refused);
    rc = ingest_pause(in, err);
    return rc ? rc : redact_scrub(in->st, err);
}
