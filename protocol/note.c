#include "qian/note.h"

#include <sodium.h>
#include <string.h>

#include "protocol/wire.h"

#define DASH   "\xe2\x80\x94 " /* U+2014 and a space open every signature line */
#define DASH_N 4
#define B64    sodium_base64_VARIANT_ORIGINAL

static bool is_key_name(struct qn_span s)
{
    if (!s.n || !wire_is_utf8(s))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] == '+' || s.p[i] == 0x7f)
            return false;
    return true;
}

uint32_t qn_key_id(struct qn_span name, uint8_t type, const uint8_t key[QN_PUBKEY])
{
    uint8_t mid[2] = {'\n', type}, h[QN_HASH];
    struct qn_span parts[] = {name, QN_SPAN(mid), {key, QN_PUBKEY}};
    wire_sha256(h, parts, 3);
    return (uint32_t)h[0] << 24 | (uint32_t)h[1] << 16 | (uint32_t)h[2] << 8 | h[3];
}

/* Canonical base64 only: what decodes must encode to the same characters. */
static bool base64(struct qn_span in, uint8_t *out, size_t cap, size_t *n)
{
    char again[256];
    if (in.n >= sizeof(again) ||
        sodium_base642bin(out, cap, (const char *)in.p, in.n, NULL, n, NULL, B64) != 0 ||
        sodium_base64_encoded_len(*n, B64) > sizeof(again))
        return false;
    sodium_bin2base64(again, sizeof(again), out, *n, B64);
    return qn_span_eq(in, qn_str(again));
}

static bool parse_sig(struct qn_note_sig *out, struct qn_span line)
{
    if (line.n <= DASH_N || memcmp(line.p, DASH, DASH_N) != 0)
        return false;
    struct rd r = {.in = {line.p + DASH_N, line.n - DASH_N}};
    uint8_t raw[4 + sizeof(out->body)];
    size_t n = 0;
    *out = (struct qn_note_sig){.name = rd_field(&r)};
    struct qn_span body = rd_field(&r);
    if (!rd_end(&r) || !is_key_name(out->name))
        return false;
    if (!base64(body, raw, sizeof(raw), &n)) {
        /* Of another kind and longer than ours: kept in the note, of no use here, but it must be base64. */
        return body.n > sodium_base64_encoded_len(sizeof(raw), B64) - 1;
    }
    if (n < 5)
        return false;
    out->key_id = (uint32_t)raw[0] << 24 | (uint32_t)raw[1] << 16 | (uint32_t)raw[2] << 8 | raw[3];
    out->body_n = n - 4;
    memcpy(out->body, raw + 4, n - 4);
    return true;
}

enum qn_code qn_note_parse(struct qn_note *out, struct qn_span in, struct qn_err *err)
{
    struct qn_note n = {.nsigs = 0};
    size_t at = SIZE_MAX;
    if (in.n > QN_NOTE_MAX)
        return qn_fail(err, QN_LIMIT, "note.too-long", "bytes=%zu|max=%d", in.n, QN_NOTE_MAX);
    /* The signatures follow the last empty line. */
    for (size_t i = in.n; i >= 2; i--)
        if (in.p[i - 1] == '\n' && in.p[i - 2] == '\n') {
            at = i;
            break;
        }
    if (at == SIZE_MAX || at < 3 || !wire_is_utf8((struct qn_span){in.p, at}))
        return qn_fail(err, QN_MALFORMED, "note.form", "bytes=%zu", in.n);
    n.text = (struct qn_span){in.p, at - 1};
    struct rd r = {.in = {in.p + at, in.n - at}};
    while (rd_more(&r)) {
        struct qn_span line = rd_line(&r);
        if (n.nsigs == QN_NOTE_SIGS)
            return qn_fail(err, QN_LIMIT, "note.signatures", "max=%d", QN_NOTE_SIGS);
        if (r.failed || !parse_sig(&n.sig[n.nsigs], line))
            return qn_fail(err, QN_MALFORMED, "note.signature-line", "line=%zu", n.nsigs + 1);
        n.nsigs++;
    }
    if (r.failed || !n.nsigs)
        return qn_fail(err, QN_MALFORMED, "note.form", "bytes=%zu", in.n);
    *out = n;
    return QN_OK;
}

static void put_sig(struct qn_buf *out, struct qn_span name, uint32_t id, const uint8_t *body, size_t n)
{
    uint8_t raw[4 + 72];
    char text[sodium_base64_ENCODED_LEN(sizeof(raw), B64)];
    for (unsigned i = 0; i < 4; i++)
        raw[i] = (uint8_t)(id >> (24 - 8 * i));
    memcpy(raw + 4, body, n);
    sodium_bin2base64(text, sizeof(text), raw, 4 + n, B64);
    qn_put_str(out, DASH);
    qn_put_span(out, name);
    qn_put_fmt(out, " %s\n", text);
}

void qn_note_sign(struct qn_buf *out, struct qn_span text, struct qn_span name, const uint8_t sk[64])
{
    uint8_t sig[QN_SIG];
    crypto_sign_detached(sig, NULL, text.p, text.n, sk);
    put_sig(out, name, qn_key_id(name, QN_NOTE_ED25519, sk + 32), sig, QN_SIG);
}

enum qn_code qn_note_verify(const struct qn_note *note, struct qn_span name, const uint8_t key[QN_PUBKEY],
                            struct qn_err *err)
{
    uint32_t id = qn_key_id(name, QN_NOTE_ED25519, key);
    bool tried = false;
    for (size_t i = 0; i < note->nsigs; i++) {
        const struct qn_note_sig *s = &note->sig[i];
        if (s->key_id != id || s->body_n != QN_SIG || !qn_span_eq(s->name, name))
            continue;
        if (crypto_sign_verify_detached(s->body, note->text.p, note->text.n, key) == 0)
            return QN_OK;
        tried = true;
    }
    return tried ? qn_fail(err, QN_UNVERIFIED, "note.signature", "name=%.*s", (int)name.n, (const char *)name.p)
                 : qn_fail(err, QN_ABSENT, "note.unsigned", "name=%.*s", (int)name.n, (const char *)name.p);
}

/* ---- checkpoints --------------------------------------------------------------------------------------------- */

enum qn_code qn_checkpoint_parse(struct qn_checkpoint *out, struct qn_span text, struct qn_err *err)
{
    struct rd r = {.in = text};
    struct qn_checkpoint c = {.origin = rd_line(&r)};
    struct rd size = {.in = rd_line(&r)};
    c.size = rd_dec(&size, INT64_MAX);
    struct qn_span root = rd_line(&r);
    size_t n = 0;
    if (r.failed || !rd_end(&size) || !c.origin.n || c.origin.n > QN_ORIGIN_MAX || !is_key_name(c.origin) ||
        !base64(root, c.root, sizeof(c.root), &n) || n != QN_HASH)
        return qn_fail(err, QN_MALFORMED, "note.checkpoint", "bytes=%zu", text.n);
    while (rd_more(&r)) /* extension lines: kept, but none may be empty */
        if (!rd_line(&r).n)
            return qn_fail(err, QN_MALFORMED, "note.checkpoint", "bytes=%zu", text.n);
    if (r.failed)
        return qn_fail(err, QN_MALFORMED, "note.checkpoint", "bytes=%zu", text.n);
    *out = c;
    return QN_OK;
}

static void put_hash(struct qn_buf *out, const uint8_t h[QN_HASH])
{
    char text[sodium_base64_ENCODED_LEN(QN_HASH, B64)];
    sodium_bin2base64(text, sizeof(text), h, QN_HASH, B64);
    qn_put_fmt(out, "%s\n", text);
}

void qn_checkpoint_text(struct qn_buf *out, struct qn_span origin, uint64_t size, const uint8_t root[QN_HASH])
{
    qn_put_span(out, origin);
    qn_put_fmt(out, "\n%llu\n", (unsigned long long)size);
    put_hash(out, root);
}

/* ---- cosignatures ---------------------------------------------------------------------------------------------- */

static void cosign_message(struct qn_buf *out, struct qn_span text, uint64_t time_s)
{
    qn_put_fmt(out, "cosignature/v1\ntime %llu\n", (unsigned long long)time_s);
    qn_put_span(out, text);
}

void qn_cosign(struct qn_buf *out, struct qn_span text, struct qn_span name, uint64_t time_s, const uint8_t sk[64])
{
    uint8_t body[8 + QN_SIG];
    QN_AUTO(qn_buf) struct qn_buf m;
    qn_buf_init(&m, QN_NOTE_MAX);
    cosign_message(&m, text, time_s);
    if (m.failed) {
        out->failed = m.failed;
        return;
    }
    for (unsigned i = 0; i < 8; i++)
        body[i] = (uint8_t)(time_s >> (56 - 8 * i));
    crypto_sign_detached(body + 8, NULL, m.p, m.n, sk);
    put_sig(out, name, qn_key_id(name, QN_NOTE_COSIGNER, sk + 32), body, sizeof(body));
}

enum qn_code qn_cosign_verify(const struct qn_note *note, struct qn_span name, const uint8_t key[QN_PUBKEY],
                              uint64_t *time_s, struct qn_err *err)
{
    uint32_t id = qn_key_id(name, QN_NOTE_COSIGNER, key);
    bool tried = false;
    for (size_t i = 0; i < note->nsigs; i++) {
        const struct qn_note_sig *s = &note->sig[i];
        if (s->key_id != id || s->body_n != 8 + QN_SIG || !qn_span_eq(s->name, name))
            continue;
        struct rd r = {.in = {s->body, 8}};
        uint64_t t = rd_uint(&r, 8);
        QN_AUTO(qn_buf) struct qn_buf m;
        qn_buf_init(&m, QN_NOTE_MAX + 64);
        cosign_message(&m, note->text, t);
        enum qn_code rc = qn_buf_check(&m, err);
        if (rc)
            return rc;
        if (crypto_sign_verify_detached(s->body + 8, m.p, m.n, key) == 0) {
            *time_s = t;
            return QN_OK;
        }
        tried = true;
    }
    return tried ? qn_fail(err, QN_UNVERIFIED, "note.signature", "name=%.*s", (int)name.n, (const char *)name.p)
                 : qn_fail(err, QN_ABSENT, "note.unsigned", "name=%.*s", (int)name.n, (const char *)name.p);
}

/* ---- proof files ------------------------------------------------------------------------------------------------- */

#define PROOF_LINE "c2sp.org/tlog-proof@v1"

void qn_proof_write(struct qn_buf *out, uint64_t index, const struct qn_proof *proof, struct qn_span checkpoint_note)
{
    qn_put_fmt(out, "%s\nindex %llu\n", PROOF_LINE, (unsigned long long)index);
    for (size_t i = 0; i < proof->n; i++)
        put_hash(out, proof->hash[i]);
    qn_put_str(out, "\n");
    qn_put_span(out, checkpoint_note);
}

enum qn_code qn_proof_parse(uint64_t *index, struct qn_proof *proof, struct qn_span *checkpoint_note,
                            struct qn_span in, struct qn_err *err)
{
    struct rd r = {.in = in};
    struct qn_proof p = {.n = 0};
    bool form = qn_span_is(rd_line(&r), PROOF_LINE);
    struct rd line = {.in = rd_line(&r)};
    rd_word(&line, "index");
    uint64_t at = rd_dec(&line, INT64_MAX);
    form = form && rd_end(&line);
    for (;;) {
        struct qn_span hash = rd_line(&r);
        size_t n = 0;
        if (r.failed || !hash.n)
            break;
        if (p.n == QN_TREE_LEVELS || !base64(hash, p.hash[p.n], QN_HASH, &n) || n != QN_HASH)
            form = false;
        if (!form)
            break;
        p.n++;
    }
    if (!form || !rd_more(&r))
        return qn_fail(err, QN_MALFORMED, "note.proof", "bytes=%zu", in.n);
    *index = at;
    *proof = p;
    *checkpoint_note = r.in;
    return QN_OK;
}
