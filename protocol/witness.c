#include "qian/witness.h"

#include <sodium.h>
#include <string.h>

#include "protocol/wire.h"
#include "qian/entry.h"

#define B64    sodium_base64_VARIANT_ORIGINAL
#define B64_33 (sodium_base64_ENCODED_LEN(33, B64) - 1)

/* Exactly n bytes, n at most 33, in canonical base64. It is encoded again because libsodium 1.0.18 reads some
 * bytes above 0x7f as if they were letters.                                                                */
static bool base64(uint8_t *out, size_t n, struct qn_span in)
{
    uint8_t raw[33];
    char again[B64_33 + 1];
    size_t got = 0;
    if (in.n > B64_33 ||
        sodium_base642bin(raw, sizeof(raw), (const char *)in.p, in.n, NULL, &got, NULL, B64) != 0 ||
        got != n)
        return false;
    sodium_bin2base64(again, sizeof(again), raw, n, B64);
    if (!qn_span_is(in, again))
        return false;
    memcpy(out, raw, n);
    return true;
}

static void put_base64(struct qn_buf *out, const uint8_t *p, size_t n)
{
    char text[B64_33 + 1];
    sodium_bin2base64(text, sizeof(text), p, n, B64);
    qn_put_str(out, text);
}

/* ---- requests ------------------------------------------------------------------------------------------- */

enum qn_code qn_witness_parse(struct qn_witness_request *out, struct qn_span in, struct qn_err *err)
{
    struct qn_witness_request q = {.old = 0};
    struct rd r = {.in = in};
    if (in.n > QN_WITNESS_REQUEST_MAX)
        return qn_fail(err, QN_LIMIT, "witness.request-long", "bytes=%zu|max=%d", in.n,
                       QN_WITNESS_REQUEST_MAX);
    struct rd first = {.in = rd_line(&r)};
    rd_word(&first, "old");
    /* SPEC witness-1: "in decimal without leading zeros, below 2^63" */
    q.old = rd_dec(&first, INT64_MAX);
    if (!rd_end(&first))
        return qn_fail(err, QN_MALFORMED, "witness.request", "line=1");
    for (;;) {
        struct qn_span hash = rd_line(&r);
        if (!r.failed && !hash.n)
            break;
        /* SPEC witness-1: "at most 63 lines with a hash in base64 each" */
        if (r.failed || q.proof.n == QN_TREE_LEVELS ||
            !base64(q.proof.hash[q.proof.n], QN_HASH, hash))
            return qn_fail(err, QN_MALFORMED, "witness.request", "line=%zu", q.proof.n + 2);
        q.proof.n++;
    }
    q.bytes = r.in;
    enum qn_code rc = qn_note_parse(&q.note, q.bytes, err);
    if (!rc)
        rc = qn_checkpoint_parse(&q.checkpoint, q.note.text, err);
    if (!rc)
        *out = q;
    return rc;
}

void qn_witness_write(struct qn_buf *out, uint64_t old, const struct qn_proof *proof,
                      struct qn_span checkpoint_note)
{
    qn_put_fmt(out, "old %llu\n", (unsigned long long)old);
    for (size_t i = 0; i < proof->n; i++) {
        put_base64(out, proof->hash[i], QN_HASH);
        qn_put_str(out, "\n");
    }
    qn_put_str(out, "\n");
    qn_put_span(out, checkpoint_note);
}

/* ---- the judgement ---------------------------------------------------------------------------------------- */

/* Logs of this system write no extension lines, and have at most 2^35 entries. */
static bool is_plain(const struct qn_witness_request *r)
{
    QN_AUTO(qn_buf) struct qn_buf plain = {0};
    qn_buf_init(&plain, QN_ORIGIN_MAX + 128);
    qn_checkpoint_text(&plain, r->checkpoint.origin, r->checkpoint.size, r->checkpoint.root);
    return r->checkpoint.size <= QN_SEQ_END && qn_span_eq(qn_buf_span(&plain), r->note.text);
}

enum qn_witness_outcome qn_witness_judge(const struct qn_witness_request *r,
                                         const struct qn_witness_log *log)
{
    const struct qn_checkpoint *c = &r->checkpoint;
    /* SPEC witness-3: "the first that applies is the answer" */
    if (!log)
        return QN_WITNESS_UNKNOWN;
    if (qn_note_verify(&r->note, c->origin, log->key, NULL) != QN_OK)
        return QN_WITNESS_UNSIGNED;
    /* SPEC witness-3: "old is above the checkpoint's size" */
    if (r->old > c->size || !is_plain(r))
        return QN_WITNESS_MALFORMED;
    if (r->old != log->size)
        return QN_WITNESS_STALE;
    if (r->old == 0) {
        uint8_t empty[QN_HASH];
        if (c->size == 0) {
            crypto_hash_sha256(empty, NULL, 0);
            if (memcmp(c->root, empty, QN_HASH) != 0)
                return QN_WITNESS_SPLIT;
        }
        /* SPEC witness-4: "Of old 0 the proof is empty" */
        return r->proof.n ? QN_WITNESS_INCONSISTENT : QN_WITNESS_COSIGN;
    }
    /* SPEC witness-3: "old is the checkpoint's size and the roots differ" */
    if (r->old == c->size && memcmp(c->root, log->root, QN_HASH) != 0)
        return QN_WITNESS_SPLIT;
    return qn_check_consistency(r->old, log->root, c->size, c->root, &r->proof, NULL) == QN_OK
               ? QN_WITNESS_COSIGN
               : QN_WITNESS_INCONSISTENT;
}

/* ---- answers ------------------------------------------------------------------------------------------------ */

enum qn_code qn_witness_size_parse(uint64_t *out, struct qn_span in, struct qn_err *err)
{
    struct rd r = {.in = in};
    struct rd line = {.in = rd_line(&r)};
    uint64_t size = rd_dec(&line, INT64_MAX);
    if (!rd_end(&line) || !rd_end(&r))
        return qn_fail(err, QN_MALFORMED, "witness.size", "bytes=%zu", in.n);
    *out = size;
    return QN_OK;
}

/* One line of an answer as the only signature of a note, so that note.c alone knows what a line is. */
static enum qn_code only(struct qn_note *out, struct qn_buf *room, struct qn_span text,
                         struct qn_span line, struct qn_err *err)
{
    room->n = 0;
    qn_put_span(room, text);
    qn_put_str(room, "\n");
    qn_put_span(room, line);
    enum qn_code rc = qn_buf_check(room, err);
    return rc ? rc : qn_note_parse(out, qn_buf_span(room), err);
}

enum qn_code qn_witness_answer(struct qn_span *line, uint64_t *time_s,
                               struct qn_span checkpoint_text, struct qn_span answer,
                               const struct qn_vkey *witness, struct qn_err *err)
{
    struct rd r = {.in = answer};
    struct qn_span best = {NULL, 0};
    uint64_t best_s = 0;
    bool tried = false;
    if (answer.n > QN_WITNESS_ANSWER_MAX)
        return qn_fail(err, QN_LIMIT, "witness.answer-long", "max=%d", QN_WITNESS_ANSWER_MAX);
    QN_AUTO(qn_buf) struct qn_buf room = {0};
    qn_buf_init(&room, QN_NOTE_MAX);
    for (unsigned n = 1; n == 1 || rd_more(&r); n++) {
        struct qn_note note;
        struct qn_err form;
        uint64_t t;
        struct qn_span one = rd_line(&r);
        /* SPEC witness-6: "one to 32 signature lines (note-2)" */
        if (r.failed || !one.n || n > QN_NOTE_SIGS)
            return qn_fail(err, QN_MALFORMED, "witness.answer", "line=%u", n);
        one.n++; /* with its '\n' */
        if (only(&note, &room, checkpoint_text, one, &form) != QN_OK)
            return qn_fail(err, QN_MALFORMED, "witness.answer", "line=%u", n);
        enum qn_code rc = qn_cosign_verify(&note, qn_str(witness->name), witness->key, &t, &form);
        tried = tried || rc != QN_ABSENT;
        if (!rc && (!best.n || t < best_s)) {
            best = one;
            best_s = t;
        }
    }
    if (!best.n)
        return qn_fail(err, tried ? QN_UNVERIFIED : QN_ABSENT,
                       tried ? "witness.bad-signature" : "witness.no-signature", "name=%s",
                       witness->name);
    *line = best;
    *time_s = best_s;
    return QN_OK;
}

/* ---- verifier keys ------------------------------------------------------------------------------------------- */

/* Whether a signature line can bear this name: asked of the one who reads such lines. */
static bool is_key_name(struct qn_span name)
{
    struct qn_note note;
    QN_AUTO(qn_buf) struct qn_buf line = {0}, room = {0};
    qn_buf_init(&line, 512);
    qn_buf_init(&room, 512);
    qn_put_str(&line, "\xe2\x80\x94 ");
    qn_put_span(&line, name);
    qn_put_str(&line, " AAAAAAA=\n");
    return !line.failed && only(&note, &room, qn_str("-\n"), qn_buf_span(&line), NULL) == QN_OK &&
           qn_span_eq(note.sig[0].name, name);
}

static struct qn_span up_to_plus(struct qn_span *in)
{
    if (!in->n)
        return *in;
    const uint8_t *plus = memchr(in->p, '+', in->n);
    size_t n = plus ? (size_t)(plus - in->p) : in->n;
    struct qn_span field = {in->p, n};
    in->p += n + (plus != NULL);
    in->n -= n + (plus != NULL);
    return field;
}

enum qn_code qn_vkey_parse(struct qn_vkey *out, struct qn_span in, struct qn_err *err)
{
    struct qn_vkey k = {.type = 0};
    struct qn_span rest = in;
    struct qn_span name = up_to_plus(&rest), id = up_to_plus(&rest);
    uint8_t raw[1 + QN_PUBKEY], id_raw[4];
    if (!name.n || !qn_text_copy(k.name, sizeof(k.name), name) || !is_key_name(name) || id.n != 8 ||
        !qn_hex_decode(id_raw, 4, id) || !base64(raw, sizeof(raw), rest))
        return qn_fail(err, QN_MALFORMED, "witness.vkey", "bytes=%zu", in.n);
    k.type = raw[0];
    memcpy(k.key, raw + 1, QN_PUBKEY);
    uint32_t want = qn_key_id(name, k.type, k.key);
    uint32_t have = (uint32_t)id_raw[0] << 24 | (uint32_t)id_raw[1] << 16 |
                    (uint32_t)id_raw[2] << 8 | id_raw[3];
    if ((k.type != QN_NOTE_ED25519 && k.type != QN_NOTE_COSIGNER) || have != want)
        return qn_fail(err, QN_MALFORMED, "witness.vkey-id", "name=%s", k.name);
    *out = k;
    return QN_OK;
}

void qn_vkey_write(struct qn_buf *out, const struct qn_vkey *k)
{
    uint8_t raw[1 + QN_PUBKEY];
    raw[0] = k->type;
    memcpy(raw + 1, k->key, QN_PUBKEY);
    qn_put_fmt(out, "%s+%08x+", k->name, (unsigned)qn_key_id(qn_str(k->name), k->type, k->key));
    put_base64(out, raw, sizeof(raw));
}
