#include "qian/note.h"

#include <sodium.h>
#include <string.h>

#include "protocol/wire.h"

#define DASH   "\xe2\x80\x94 " /* U+2014 and a space open every signature line */
#define DASH_N 4
#define B64    sodium_base64_VARIANT_ORIGINAL

/* A Unicode space beyond ASCII at the head of s, which is well-formed UTF-8 or a tail of it. */
static bool is_wide_space(struct qn_span s)
{
    if (s.n >= 2 && s.p[0] == 0xc2)
        return s.p[1] == 0x85 || s.p[1] == 0xa0;
    if (s.n < 3)
        return false;
    uint32_t c = (uint32_t)s.p[0] << 16 | (uint32_t)s.p[1] << 8 | s.p[2];
    return c == 0xe19a80 || (c >= 0xe28080 && c <= 0xe2808a) || c == 0xe280a8 || c == 0xe280a9 ||
           c == 0xe280af || c == 0xe2819f || c == 0xe38080;
}

static bool is_key_name(struct qn_span s)
{
    if (!s.n || !wire_is_utf8(s))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] == '+' || s.p[i] == 0x7f ||
            is_wide_space((struct qn_span){s.p + i, s.n - i}))
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

/* Canonical padded base64 of any length. n: how many bytes it stands for; those beyond cap are checked
 * and dropped. Pieces of 64 characters are 48 bytes each, so padding is met in the last one only.
 * Each piece is encoded again: libsodium 1.0.18 reads some bytes above 0x7f as if they were letters. */
static bool base64(struct qn_span in, uint8_t *out, size_t cap, size_t *n)
{
    uint8_t piece[48];
    char again[65];
    *n = 0;
    for (size_t at = 0; at < in.n; at += 64) {
        size_t left = in.n - at, chars = left < 64 ? left : 64, got = 0;
        const char *from = (const char *)in.p + at;
        if (sodium_base642bin(piece, sizeof(piece), from, chars, NULL, &got, NULL, B64) != 0 ||
            (left > 64 && got != sizeof(piece)))
            return false;
        sodium_bin2base64(again, sizeof(again), piece, got, B64);
        if (strlen(again) != chars || memcmp(again, from, chars) != 0)
            return false;
        if (*n < cap)
            memcpy(out + *n, piece, got < cap - *n ? got : cap - *n);
        *n += got;
    }
    return true;
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
    /* SPEC note-2: "canonical base64 (RFC 4648 §4, padded) of key id (4 bytes) ‖ signature" */
    if (!rd_end(&r) || !is_key_name(out->name) || !base64(body, raw, sizeof(raw), &n) || n < 5)
        return false;
    out->key_id = (uint32_t)raw[0] << 24 | (uint32_t)raw[1] << 16 | (uint32_t)raw[2] << 8 | raw[3];
    /* SPEC note-3: "Lines of other keys or types are kept and ignored" */
    if (n <= sizeof(raw)) {
        out->body_n = n - 4;
        memcpy(out->body, raw + 4, n - 4);
    }
    return true;
}

/* SPEC note-1: "UTF-8 without control characters below U+0020 other than the newline" */
static bool is_note_text(struct qn_span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < ' ' && s.p[i] != '\n')
            return false;
    return wire_is_utf8(s);
}

enum qn_code qn_note_parse(struct qn_note *out, struct qn_span in, struct qn_err *err)
{
    struct qn_note n = {.nsigs = 0};
    size_t at = SIZE_MAX;
    if (in.n > QN_NOTE_MAX)
        return qn_fail(err, QN_LIMIT, "note.too-long", "bytes=%zu|max=%d", in.n, QN_NOTE_MAX);
    /* SPEC note-1: "The signatures follow the last empty line." */
    for (size_t i = in.n; i >= 2; i--)
        if (in.p[i - 1] == '\n' && in.p[i - 2] == '\n') {
            at = i;
            break;
        }
    if (at == SIZE_MAX || at < 3 || !is_note_text((struct qn_span){in.p, at}))
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

static void put_sig(struct qn_buf *out, struct qn_span name, uint32_t id, const uint8_t *body,
                    size_t n)
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

void qn_note_sign(struct qn_buf *out, struct qn_span text, struct qn_span name,
                  const uint8_t sk[64])
{
    uint8_t sig[QN_SIG];
    crypto_sign_detached(sig, NULL, text.p, text.n, sk);
    put_sig(out, name, qn_key_id(name, QN_NOTE_ED25519, sk + 32), sig, QN_SIG);
}

static enum qn_code not_verified(struct qn_err *err, bool tried, struct qn_span name)
{
    if (tried)
        return qn_fail(err, QN_UNVERIFIED, "note.signature", "name=%.*s", (int)name.n,
                       (const char *)name.p);
    return qn_fail(err, QN_ABSENT, "note.unsigned", "name=%.*s", (int)name.n, (const char *)name.p);
}

enum qn_code qn_note_verify(const struct qn_note *note, struct qn_span name,
                            const uint8_t key[QN_PUBKEY], struct qn_err *err)
{
    uint32_t id = qn_key_id(name, QN_NOTE_ED25519, key);
    bool tried = false;
    for (size_t i = 0; i < note->nsigs; i++) {
        const struct qn_note_sig *s = &note->sig[i];
        if (s->key_id != id || s->body_n != QN_SIG || !qn_span_eq(s->name, name))
            continue;
        /* SPEC note-9: "it is enough that one of them verifies" */
        if (crypto_sign_verify_detached(s->body, note->text.p, note->text.n, key) == 0)
            return QN_OK;
        tried = true;
    }
    return not_verified(err, tried, name);
}

/* ---- checkpoints --------------------------------------------------------------------------------------------- */

/* SPEC note-5: "a checkpoint's has exactly two `/`": so no other note of a log's key is taken for one. */
static bool is_origin_line(struct qn_span s)
{
    unsigned slashes = 0;
    for (size_t i = 0; i < s.n; i++)
        slashes += s.p[i] == '/';
    return s.n <= QN_ORIGIN_MAX && is_key_name(s) && slashes == 2;
}

enum qn_code qn_checkpoint_parse(struct qn_checkpoint *out, struct qn_span text, struct qn_err *err)
{
    struct rd r = {.in = text};
    struct qn_checkpoint c = {.origin = rd_line(&r)};
    struct rd size = {.in = rd_line(&r)};
    c.size = rd_dec(&size, INT64_MAX);
    struct qn_span root = rd_line(&r);
    size_t n = 0;
    if (r.failed || !rd_end(&size) || !is_origin_line(c.origin) ||
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

void qn_checkpoint_text(struct qn_buf *out, struct qn_span origin, uint64_t size,
                        const uint8_t root[QN_HASH])
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

void qn_cosign(struct qn_buf *out, struct qn_span text, struct qn_span name, uint64_t time_s,
               const uint8_t sk[64])
{
    uint8_t body[8 + QN_SIG];
    QN_AUTO(qn_buf) struct qn_buf m = {0};
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

enum qn_code qn_cosign_verify(const struct qn_note *note, struct qn_span name,
                              const uint8_t key[QN_PUBKEY], uint64_t *time_s, struct qn_err *err)
{
    uint32_t id = qn_key_id(name, QN_NOTE_COSIGNER, key);
    bool tried = false, found = false;
    uint64_t earliest = 0;
    for (size_t i = 0; i < note->nsigs; i++) {
        const struct qn_note_sig *s = &note->sig[i];
        if (s->key_id != id || s->body_n != 8 + QN_SIG || !qn_span_eq(s->name, name))
            continue;
        tried = true;
        struct rd r = {.in = {s->body, 8}};
        uint64_t t = rd_uint(&r, 8);
        /* SPEC note-6: "a time of 2^63 or more is none" */
        if (t > INT64_MAX)
            continue;
        QN_AUTO(qn_buf) struct qn_buf m = {0};
        qn_buf_init(&m, QN_NOTE_MAX + 64);
        cosign_message(&m, note->text, t);
        enum qn_code rc = qn_buf_check(&m, err);
        if (rc)
            return rc;
        /* SPEC note-9: "of several good cosignatures the earliest time counts" */
        if (crypto_sign_verify_detached(s->body + 8, m.p, m.n, key) == 0 &&
            (!found || t < earliest)) {
            found = true;
            earliest = t;
        }
    }
    if (!found)
        return not_verified(err, tried, name);
    *time_s = earliest;
    return QN_OK;
}

/* ---- proof files ------------------------------------------------------------------------------------------------- */

#define PROOF_LINE "c2sp.org/tlog-proof@v1"

void qn_proof_write(struct qn_buf *out, uint64_t index, const struct qn_proof *proof,
                    struct qn_span checkpoint_note)
{
    qn_put_fmt(out, "%s\nindex %llu\n", PROOF_LINE, (unsigned long long)index);
    for (size_t i = 0; i < proof->n; i++)
        put_hash(out, proof->hash[i]);
    qn_put_str(out, "\n");
    qn_put_span(out, checkpoint_note);
}

enum qn_code qn_proof_parse(uint64_t *index, struct qn_proof *proof,
                            struct qn_span *checkpoint_note, struct qn_span in, struct qn_err *err)
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
        /* SPEC note-8: "at most 63 lines with a hash in base64 each" */
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
