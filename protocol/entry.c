#include "qian/entry.h"

#include <assert.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "protocol/wire.h"

/* ---- encoding --------------------------------------------------------------------------------------- */

static void put_text(struct qn_buf *out, struct qn_span s)
{
    assert(s.n <= UINT8_MAX);
    qn_put_uint(out, s.n, 1);
    qn_put_span(out, s);
}

void qn_header_encode(struct qn_buf *out, const struct qn_header *h)
{
    assert(h->ndeps <= QN_DEPS && h->nparts <= QN_PARTS);
    qn_put_uint(out, QN_ENTRY_VERSION, 1);
    qn_put_uint(out, QN_ENTRY_ALGORITHM, 1);
    put_text(out, h->origin);
    qn_put_uint(out, h->seq, 8);
    qn_put_uint(out, h->time_ms, 8);
    qn_put_uint(out, h->lane, 1);
    qn_put_uint(out, h->kind, 1);
    qn_put_uint(out, h->schema, 2);
    qn_put(out, h->schema_hash, QN_HASH);
    qn_put_uint(out, h->ndeps, 1);
    for (unsigned i = 0; i < h->ndeps; i++) {
        put_text(out, h->dep[i].origin);
        qn_put_uint(out, h->dep[i].size, 8);
        qn_put(out, h->dep[i].root, QN_HASH);
    }
    qn_put_uint(out, h->nparts, 2);
    for (unsigned i = 0; i < h->nparts; i++) {
        const struct qn_part *p = &h->part[i];
        qn_put_uint(out, p->audience, 1);
        qn_put_uint(out, p->codec, 1);
        qn_put_uint(out, p->reach, 1);
        put_text(out, p->to);
        qn_put_uint(out, p->stored, 4);
        qn_put_uint(out, p->raw, 4);
        qn_put(out, p->commitment, QN_HASH);
    }
}

/* ---- decoding --------------------------------------------------------------------------------------- */

static enum qn_code too_short(size_t have, struct qn_err *err)
{
    return qn_fail(err, QN_MALFORMED, "entry.short", "have=%zu", have);
}

static bool is_origin(struct qn_span s)
{
    char deployment[QN_DEPLOYMENT_MAX + 1], office[QN_CODE_MAX + 1];
    uint16_t epoch;
    return qn_origin_parse(s, deployment, office, &epoch, NULL) == QN_OK;
}

static enum qn_code read_deps(struct qn_header *h, struct rd *r, size_t have, struct qn_err *err)
{
    h->ndeps = (unsigned)rd_uint(r, 1);
    if (h->ndeps > QN_DEPS)
        return qn_fail(err, QN_LIMIT, "entry.deps", "have=%u|max=%d", h->ndeps, QN_DEPS);
    for (unsigned i = 0; i < h->ndeps; i++) {
        struct qn_dep *d = &h->dep[i];
        d->origin = rd_span(r, (size_t)rd_uint(r, 1));
        d->size = rd_uint(r, 8);
        rd_copy(r, d->root, QN_HASH);
        if (r->failed)
            return too_short(have, err);
        if (!is_origin(d->origin))
            return qn_fail(err, QN_MALFORMED, "entry.dep-origin", "dep=%u", i);
        if (d->size < 1 || d->size > QN_SEQ_END)
            return qn_fail(err, QN_MALFORMED, "entry.dep-size", "dep=%u|size=%" PRIu64, i, d->size);
        /* SPEC entry-8: "No origin stands twice, and none is the header's own" */
        bool twice = qn_span_eq(d->origin, h->origin);
        for (unsigned k = 0; k < i; k++)
            twice = twice || qn_span_eq(d->origin, h->dep[k].origin);
        if (twice)
            return qn_fail(err, QN_MALFORMED, "entry.dep-twice", "dep=%u", i);
    }
    return QN_OK;
}

/* SPEC entry-13: "Without the seal's 48 bytes, stored is raw for codec 0, less than raw for codec 1" */
static bool lengths_fit(const struct qn_part *p)
{
    uint32_t seal = p->audience == QN_RESTRICTED ? QN_SEAL_BYTES : 0;
    if (p->raw < 1 || p->raw > QN_PART_MAX || p->stored > QN_PART_MAX || p->stored <= seal)
        return false;
    uint32_t coded = p->stored - seal;
    return p->codec == QN_RAW ? coded == p->raw : p->codec != QN_ZSTD || coded < p->raw;
}

static enum qn_code judge_part(const struct qn_header *h, unsigned i, struct qn_err *err)
{
    const struct qn_part *p = &h->part[i];
    if (p->audience < QN_PUBLIC || p->audience > QN_RESTRICTED)
        return qn_fail(err, QN_MALFORMED, "entry.part-audience", "part=%u|have=%d", i,
                       (int)p->audience);
    /* SPEC entry-12: "A public part has codec 0" */
    if (p->audience == QN_PUBLIC && p->codec != QN_RAW)
        return qn_fail(err, QN_MALFORMED, "entry.part-codec", "part=%u|have=%d", i, (int)p->codec);
    if (p->reach != QN_TO_OFFICE && p->reach != QN_TO_SUBTREE)
        return qn_fail(err, QN_MALFORMED, "entry.part-reach", "part=%u|have=%d", i, (int)p->reach);
    /* SPEC entry-11: "A restricted part has reach 0" */
    if (p->audience == QN_RESTRICTED && p->reach != QN_TO_OFFICE)
        return qn_fail(err, QN_MALFORMED, "entry.part-restricted", "part=%u", i);
    if (!wire_is_code(p->to))
        return qn_fail(err, QN_MALFORMED, "entry.part-to", "part=%u", i);
    if (!lengths_fit(p))
        return qn_fail(err, QN_MALFORMED, "entry.part-lengths", "part=%u|stored=%u|raw=%u", i,
                       p->stored, p->raw);
    /* SPEC entry-9: "No two parts have the same audience, reach and to" */
    for (unsigned k = 0; k < i; k++)
        if (h->part[k].audience == p->audience && h->part[k].reach == p->reach &&
            qn_span_eq(h->part[k].to, p->to))
            return qn_fail(err, QN_MALFORMED, "entry.part-twice", "part=%u|other=%u", i, k);
    return QN_OK;
}

static enum qn_code read_parts(struct qn_header *h, struct rd *r, size_t have, struct qn_err *err)
{
    h->nparts = (unsigned)rd_uint(r, 2);
    if (r->failed)
        return too_short(have, err);
    /* SPEC entry-9: "1 to 256 parts" */
    if (h->nparts < 1 || h->nparts > QN_PARTS)
        return qn_fail(err, QN_LIMIT, "entry.parts", "have=%u|max=%d", h->nparts, QN_PARTS);
    for (unsigned i = 0; i < h->nparts; i++) {
        struct qn_part *p = &h->part[i];
        p->audience = (enum qn_audience)rd_uint(r, 1);
        p->codec = (enum qn_codec)rd_uint(r, 1);
        p->reach = (enum qn_reach)rd_uint(r, 1);
        p->to = rd_span(r, (size_t)rd_uint(r, 1));
        p->stored = (uint32_t)rd_uint(r, 4);
        p->raw = (uint32_t)rd_uint(r, 4);
        rd_copy(r, p->commitment, QN_HASH);
        if (r->failed)
            return too_short(have, err);
        enum qn_code rc = judge_part(h, i, err);
        if (rc)
            return rc;
    }
    return QN_OK;
}

static enum qn_code read_fixed(struct qn_header *h, struct rd *r, size_t have, struct qn_err *err)
{
    unsigned version = (unsigned)rd_uint(r, 1), algorithm = (unsigned)rd_uint(r, 1);
    /* SPEC entry-2: "The first byte is 1" */
    if (!r->failed && version != QN_ENTRY_VERSION)
        return qn_fail(err, wire_unknown(version), "entry.version", "have=%u|need=%d", version,
                       QN_ENTRY_VERSION);
    /* SPEC entry-2: "1 is SHA-256 with Ed25519" */
    if (!r->failed && algorithm != QN_ENTRY_ALGORITHM)
        return qn_fail(err, wire_unknown(algorithm), "entry.algorithm", "have=%u", algorithm);
    h->origin = rd_span(r, (size_t)rd_uint(r, 1));
    h->seq = rd_uint(r, 8);
    h->time_ms = rd_uint(r, 8);
    h->lane = (enum qn_lane)rd_uint(r, 1);
    h->kind = (uint8_t)rd_uint(r, 1);
    h->schema = (uint16_t)rd_uint(r, 2);
    rd_copy(r, h->schema_hash, QN_HASH);
    if (r->failed)
        return too_short(have, err);
    if (!is_origin(h->origin))
        return qn_fail(err, QN_MALFORMED, "entry.origin", "");
    if (h->seq >= QN_SEQ_END)
        return qn_fail(err, QN_MALFORMED, "entry.seq", "seq=%" PRIu64, h->seq);
    if (h->time_ms >= QN_TIME_END)
        return qn_fail(err, QN_MALFORMED, "entry.time", "time=%" PRIu64, h->time_ms);
    if (h->lane >= QN_LANES)
        return qn_fail(err, QN_MALFORMED, "entry.lane", "have=%d", (int)h->lane);
    /* SPEC entry-6: "kind is 1 to 255" */
    if (!h->kind)
        return qn_fail(err, QN_MALFORMED, "entry.kind", "");
    return QN_OK;
}

enum qn_code qn_header_decode(struct qn_header *out, struct qn_span in, struct qn_err *err)
{
    /* 18 KB, built aside: nothing is written to out when the bytes are refused. */
    struct qn_header h WIRE_UNFILLED;
    struct rd r = {.in = in};
    /* SPEC entry-1: "at most 65,535 bytes, so that it fits a leaf of tlog-tiles" */
    if (in.n > QN_HEADER_MAX)
        return qn_fail(err, QN_LIMIT, "entry.too-long", "have=%zu|max=%d", in.n, QN_HEADER_MAX);
    enum qn_code rc = read_fixed(&h, &r, in.n, err);
    if (!rc)
        rc = read_deps(&h, &r, in.n, err);
    if (!rc)
        rc = read_parts(&h, &r, in.n, err);
    if (rc)
        return rc;
    if (!rd_end(&r))
        return qn_fail(err, QN_MALFORMED, "entry.left-over", "have=%zu|over=%zu", in.n, r.in.n);
    /* Only what was read: the rest of the arrays has no meaning. */
    memcpy(out, &h, offsetof(struct qn_header, dep));
    memcpy(out->dep, h.dep, h.ndeps * sizeof(h.dep[0]));
    memcpy(out->part, h.part, h.nparts * sizeof(h.part[0]));
    return QN_OK;
}

/* ---- signatures and commitments --------------------------------------------------------------------- */

/* SPEC encoding-12: "with at most 65,535 bytes; a format that may be longer signs H of itself" - so the
 * message fits in one piece on the stack; Ed25519 reads it twice. */
static size_t tagged(uint8_t out[QN_TAGGED_MAX + 64], const char *kind, struct qn_span bytes)
{
    size_t n = strlen(kind);
    assert(n > 0 && n <= 32);
    memcpy(out, "qian/", 5);
    memcpy(out + 5, kind, n);
    memcpy(out + 5 + n, "/1", 3); /* its NUL is the separator */
    if (bytes.n)
        memcpy(out + 8 + n, bytes.p, bytes.n);
    return 8 + n + bytes.n;
}

void qn_sign_tagged(uint8_t sig[QN_SIG], const char *kind, struct qn_span bytes,
                    const uint8_t sk[64])
{
    uint8_t message[QN_TAGGED_MAX + 64] WIRE_UNFILLED;
    assert(bytes.n <= QN_TAGGED_MAX);
    size_t n = tagged(message, kind, bytes);
    crypto_sign_detached(sig, NULL, message, n, sk);
}

bool qn_verify_tagged(const uint8_t sig[QN_SIG], const char *kind, struct qn_span bytes,
                      const uint8_t key[QN_PUBKEY])
{
    uint8_t message[QN_TAGGED_MAX + 64] WIRE_UNFILLED;
    if (bytes.n > QN_TAGGED_MAX)
        return false;
    size_t n = tagged(message, kind, bytes);
    return crypto_sign_verify_detached(sig, message, n, key) == 0;
}

void qn_header_sign(uint8_t sig[QN_SIG], struct qn_span header, const uint8_t sk[64])
{
    qn_sign_tagged(sig, "header", header, sk);
}

enum qn_code qn_header_verify(struct qn_span header, const uint8_t sig[QN_SIG],
                              const uint8_t key[QN_PUBKEY], struct qn_err *err)
{
    /* SPEC entry-14: "signed by the log key of its origin, kind `header`" */
    if (!qn_verify_tagged(sig, "header", header, key))
        return qn_fail(err, QN_UNVERIFIED, "entry.signature", "");
    return QN_OK;
}

/* SPEC entry-22: "whose `to` is the author itself" */
unsigned qn_header_copy(const struct qn_header *h)
{
    char deployment[QN_DEPLOYMENT_MAX + 1], author[QN_CODE_MAX + 1];
    uint16_t epoch;
    unsigned copy = QN_NO_COPY;
    bool others = false;
    if (qn_origin_parse(h->origin, deployment, author, &epoch, NULL) != QN_OK)
        return QN_NO_COPY;
    for (unsigned i = 0; i < h->nparts; i++) {
        if (h->part[i].audience != QN_RESTRICTED)
            continue;
        if (qn_span_is(h->part[i].to, author))
            copy = i;
        else
            others = true;
    }
    return others ? copy : QN_NO_COPY;
}

/* SPEC cursors-33: "names the author's copy too; one that names the copy names every restricted part of the entry" */
void qn_header_forget(bool named[QN_PARTS], const struct qn_header *h, unsigned no)
{
    unsigned copy = qn_header_copy(h);
    bool restricted = no < h->nparts && h->part[no].audience == QN_RESTRICTED;
    for (unsigned i = 0; i < QN_PARTS; i++)
        named[i] =
            i == no || (restricted && i < h->nparts && i == copy) ||
            (restricted && no == copy && i < h->nparts && h->part[i].audience == QN_RESTRICTED);
}

void qn_part_commit(uint8_t out[QN_HASH], const uint8_t salt[QN_SALT], struct qn_span stored)
{
    static const uint8_t tag[] = "qian/part/1"; /* with its NUL */
    wire_sha256(out, (struct qn_span[]){QN_SPAN(tag), {salt, QN_SALT}, stored}, 3);
}

enum qn_code qn_part_check(const struct qn_part *part, const uint8_t salt[QN_SALT],
                           struct qn_span stored, struct qn_err *err)
{
    uint8_t commitment[QN_HASH];
    /* SPEC entry-16: "only if their length is stored and their commitment, with the salt they came with, is the
     * descriptor's" */
    if (stored.n != part->stored)
        return qn_fail(err, QN_UNVERIFIED, "entry.part-length", "have=%zu|need=%u", stored.n,
                       part->stored);
    qn_part_commit(commitment, salt, stored);
    if (memcmp(commitment, part->commitment, QN_HASH) != 0)
        return qn_fail(err, QN_UNVERIFIED, "entry.commitment", "");
    return QN_OK;
}

/* ---- row ids ---------------------------------------------------------------------------------------- */

int64_t qn_row_id(uint16_t epoch, uint64_t seq, uint16_t n)
{
    assert(epoch >= 1 && epoch <= QN_EPOCH_MAX && seq < QN_SEQ_END);
    return (int64_t)((uint64_t)epoch << 51 | seq << 16 | n);
}

void qn_row_id_split(int64_t id, uint16_t *epoch, uint64_t *seq, uint16_t *n)
{
    uint64_t u = (uint64_t)id;
    *epoch = (uint16_t)(u >> 51);
    *seq = u >> 16 & (QN_SEQ_END - 1);
    *n = (uint16_t)u;
}

void qn_row_id_text(char out[40], int64_t id)
{
    uint16_t epoch, n;
    uint64_t seq;
    qn_row_id_split(id, &epoch, &seq, &n);
    snprintf(out, 40, "%u-%" PRIu64 "-%u", epoch, seq, n);
}

enum qn_code qn_row_id_parse(int64_t *out, struct qn_span text, struct qn_err *err)
{
    static const uint64_t max[3] = {QN_EPOCH_MAX, QN_SEQ_END - 1, UINT16_MAX};
    uint64_t v[3] = {0, 0, 0};
    struct qn_span rest = text;
    bool ok = true;
    for (unsigned i = 0; i < 3; i++) {
        const uint8_t *end = rest.n && i < 2 ? memchr(rest.p, '-', rest.n) : NULL;
        struct rd field = {.in = {rest.p, end ? (size_t)(end - rest.p) : rest.n}};
        ok = ok && (end || i == 2);
        v[i] = rd_dec(&field, max[i]);
        ok = ok && rd_end(&field);
        rest = end ? (struct qn_span){end + 1, rest.n - (size_t)(end - rest.p) - 1}
                   : (struct qn_span){NULL, 0};
    }
    if (!ok || v[0] < 1)
        return qn_fail(err, QN_MALFORMED, "entry.row-id", "");
    *out = qn_row_id((uint16_t)v[0], v[1], (uint16_t)v[2]);
    return QN_OK;
}
