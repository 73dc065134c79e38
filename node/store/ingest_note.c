/* ingest_note.c - what comes as a signed note: checkpoints with their cosignatures, receipts. */
#include <sodium.h>
#include <string.h>

#include "node/store/apply.h"
#include "node/store/ingest_parts.h"
#include "node/store/own.h"
#include "node/store/own_claim.h"
#include "node/store/tree.h"
#include "node/store/receipts.h"

#define PENDING_MAX 64 /* checkpoints of one log whose headers are not here yet */

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

/* Which line of the note is the log's own signature under a checkpoint that stands here with that very line: it was
 * verified when it came, or made here. note->nsigs when there is none.                                           */
static size_t held_line(struct ingest *in, const struct log *log, const struct qn_checkpoint *c,
                        const struct qn_note *note)
{
    QN_AUTO(qn_buf) struct qn_buf held = {0};
    struct qn_note was;
    struct qn_err none;
    size_t i = note->nsigs;
    qn_buf_init(&held, QN_NOTE_MAX);
    if (log_checkpoint_note(&held, in->st, log, c->size, &none) != QN_OK ||
        qn_note_parse(&was, qn_buf_span(&held), &none) != QN_OK || !was.nsigs ||
        !qn_span_eq(was.text, note->text))
        return i;
    const struct qn_note_sig *s = &was.sig[0];
    for (i = 0; i < note->nsigs; i++)
        if (note->sig[i].key_id == s->key_id && note->sig[i].body_n == s->body_n &&
            memcmp(note->sig[i].body, s->body, s->body_n) == 0 && qn_span_eq(note->sig[i].name, s->name))
            break;
    return i;
}

/* Cosignatures count only when the witness is the log's own office or one above it. taken: how many did. */
static enum qn_code take_cosignatures(size_t *taken, struct store *st, const struct log *log,
                                      const struct qn_checkpoint *c, const struct qn_note *note,
                                      struct qn_err *err)
{
    bool pending = c->size > log->verified;
    *taken = 0;
    for (size_t i = 0; i < note->nsigs; i++) {
        const struct qn_note_sig *s = &note->sig[i];
        static const char tail[] = "/witness";
        struct qn_err none;
        char deployment[QN_DEPLOYMENT_MAX + 1], office[QN_CODE_MAX + 1];
        uint16_t epoch;
        uint64_t time_s;
        struct qn_cert witness;
        if (s->body_n != 72 || s->name.n <= sizeof(tail) - 1 ||
            qn_origin_parse((struct qn_span){s->name.p, s->name.n - (sizeof(tail) - 1)}, deployment,
                            office, &epoch, &none) != QN_OK)
            continue;
        if (strcmp(office, log->office) != 0 && !tree_is_above(st, office, log->office))
            continue;
        char name[QN_ORIGIN_MAX + 16];
        if (tree_cert_at(&witness, st, office, epoch, &none) != QN_OK)
            continue;
        log_witness_name(name, &witness);
        struct qn_note one = only(note, i);
        if (!qn_span_is(s->name, name) ||
            qn_cosign_verify(&one, s->name, witness.witness, &time_s, &none) != QN_OK)
            continue;
        QN_AUTO(qn_buf) struct qn_buf line = {0};
        qn_buf_init(&line, 1024);
        sig_line(&line, s);
        enum qn_code rc = qn_buf_check(&line, err);
        if (rc)
            return rc;
        QN_AUTO(query)
        struct query q = query_start(st, pending ? SQL_COSIG_PEND : SQL_COSIG_PUT);
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
        ++*taken;
    }
    return QN_OK;
}

enum qn_code ingest_keep_checkpoint(size_t *lines, struct store *st, const struct log *log,
                                    const struct qn_checkpoint *c, const struct qn_note *note,
                                    const uint8_t key[QN_PUBKEY], struct qn_err *err)
{
    size_t own = own_line(note, log->origin, key), cosigned;
    struct log held = *log;
    *lines = 0;
    if (own == note->nsigs)
        return QN_OK;
    QN_AUTO(qn_buf) struct qn_buf line = {0};
    qn_buf_init(&line, 1024);
    sig_line(&line, &note->sig[own]);
    enum qn_code rc = qn_buf_check(&line, err);
    if (!rc)
        rc = log_checkpoint_put(st, log, c->size, c->root, qn_buf_span(&line), err);
    if (held.verified < c->size) /* its headers are here, as the caller saw */
        held.verified = c->size;
    if (!rc)
        rc = take_cosignatures(&cosigned, st, &held, c, note, err);
    if (!rc)
        *lines = 1 + cosigned;
    return rc;
}

/* SPEC note-4: "A node takes in the checkpoints of its relatives only without extension lines" */
static enum qn_code plain_checkpoint(struct ingest *in, const struct log *log,
                                     const struct qn_checkpoint *c, struct qn_span text,
                                     struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf plain = {0};
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

enum qn_code ingest_take_checkpoint(struct ingest *in, struct qn_span payload, struct qn_err *err)
{
    struct qn_note note;
    struct qn_checkpoint c;
    struct log log;
    enum qn_code rc = qn_note_parse(&note, payload, err);
    if (!rc)
        rc = qn_checkpoint_parse(&c, note.text, err);
    if (!rc)
        rc = ingest_find_log(in, &log, c.origin, err);
    if (rc || ingest_waits_for_parent(in, &log))
        return rc;
    size_t own = held_line(in, &log, &c, &note);
    if (own == note.nsigs)
        own = own_line(&note, log.origin, in->signer.log);
    if (own ==
        note.nsigs) /* no line alone verifies, so not all of them together: this says in which way */
        return qn_note_verify(&note, qn_str(log.origin), in->signer.log, err);
    if (ingest_is_own(in, &log) && c.size > log.size)
        rc = own_behind(in->st, &log, c.size, err);
    if (!rc)
        rc = plain_checkpoint(in, &log, &c, note.text, err);
    if (rc)
        return rc;
    QN_AUTO(qn_buf) struct qn_buf held = {0}, line = {0};
    qn_buf_init(&held, QN_NOTE_MAX);
    qn_buf_init(&line, 1024);
    struct qn_err none;
    uint8_t root[QN_HASH];
    if (c.size <= log.verified) {
        rc = log_root(in->st, &log, c.size, root, err);
        bool differs = !rc && memcmp(root, c.root, QN_HASH) != 0;
        if (differs)
            rc = ingest_mark_rival(
                in, &log, c.size, err); /* its headers will tell the place, if no checkpoint does */
        if (!rc && differs && log_checkpoint_note(&held, in->st, &log, c.size, &none) == QN_OK)
            rc = ingest_keep_fork(
                in, &log, &(struct qn_fork){QN_FORK_CHECKPOINTS, qn_buf_span(&held), payload}, err);
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
            rc = ingest_keep_fork(
                in, &log, &(struct qn_fork){QN_FORK_CHECKPOINTS, qn_buf_span(&held), payload}, err);
    }
    sig_line(&line, &note.sig[own]);
    if (!rc)
        rc = qn_buf_check(&line, err);
    if (!rc)
        rc = log_checkpoint_put(in->st, &log, c.size, c.root, qn_buf_span(&line), err);
    if (!rc)
        rc = ingest_stir(in, &log, err);
    size_t cosigned;
    return rc ? rc : take_cosignatures(&cosigned, in->st, &log, &c, &note, err);
}

/* The newest receipt is sent at each pull: these very bytes were judged before. */
static bool is_held(struct ingest *in, const struct log *from, const struct log *about,
                    struct qn_span note)
{
    QN_AUTO(query) struct query q = query_start(in->st, SQL_RECEIPT_GET);
    q_bind_text(&q, from->office);
    q_bind_int(&q, about->no);
    return q_step(&q) && qn_span_eq(q_span(&q, 0), note);
}

enum qn_code ingest_take_receipt(struct ingest *in, struct qn_span payload, struct qn_err *err)
{
    struct qn_note note;
    struct qn_receipt r;
    struct log about, from;
    enum qn_code rc = qn_note_parse(&note, payload, err);
    if (!rc)
        rc = qn_receipt_parse(&r, note.text, err);
    if (!rc)
        rc = ingest_find_log(in, &about, qn_str(r.about), err);
    if (!rc)
        rc = ingest_find_log(in, &from, qn_str(r.from),
                             err); /* leaves the receiver's certificate in signer */
    if (!rc && is_held(in, &from, &about, payload))
        return QN_OK;
    if (!rc && !tree_is_above(in->st, from.office, about.office))
        rc = qn_fail(err, QN_DENIED, "ingest.receipt-from", "from=%s|log=%s", r.from, r.about);
    if (!rc)
        rc = qn_note_verify(&note, qn_str(r.from), in->signer.log, err);
    bool contradicts = false;
    if (!rc && ingest_is_own(in, &about))
        rc = own_claim_keep(&contradicts, in->st, from.office, &about, &r, payload, err);
    return rc || contradicts ? rc : receipt_put(in->st, from.office, &about, &r, payload, err);
}
