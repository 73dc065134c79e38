#include "qian/frame.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/wire.h"

/* The shortest log of a HAVE: an origin of no bytes, no witness. Bounds what is allocated for a count. */
#define LOG_MIN   (1 + 8 + QN_HASH + 8 * QN_LANES + 1)
#define HELD_SIZE (8 + 8 + 1)

void qn_have_release(struct qn_have *h)
{
    free(h->origin);
    free(h->held);
    h->origin = NULL;
    h->held = NULL;
    h->n = h->nheld = 0;
}

/* ---- encoding --------------------------------------------------------------------------------------- */

static void put_text(struct qn_buf *out, const char *s)
{
    size_t n = strlen(s);
    assert(n <= UINT8_MAX);
    qn_put_uint(out, n, 1);
    qn_put(out, s, n);
}

static unsigned holes_of(const struct qn_have_origin *o)
{
    unsigned n = 0;
    for (unsigned l = 0; l < QN_LANES; l++)
        n += o->hole[l].to > 0;
    return n;
}

static void put_holes(struct qn_buf *out, const struct qn_have *h, const struct qn_have_origin *o)
{
    qn_put_uint(out, holes_of(o), 1);
    for (unsigned l = 0; l < QN_LANES; l++) {
        const struct qn_have_hole *hole = &o->hole[l];
        if (!hole->to)
            continue;
        qn_put_uint(out, l, 1);
        qn_put_uint(out, hole->from, 8);
        qn_put_uint(out, hole->to, 8);
        qn_put_uint(out, hole->n, 2);
        for (size_t i = 0; i < hole->n; i++) {
            const struct qn_have_held *held = &h->held[hole->at + i];
            qn_put_uint(out, held->first, 8);
            qn_put_uint(out, held->end, 8);
            qn_put_uint(out, held->part, 1);
        }
    }
}

static void put_told(struct qn_buf *out, const struct qn_have_origin *o)
{
    qn_put_uint(out, o->ntold, 1);
    qn_put(out, o->told, o->ntold);
}

static void put_log(struct qn_buf *out, const struct qn_have_origin *o)
{
    put_text(out, o->origin);
    qn_put_uint(out, o->size, 8);
    qn_put(out, o->root, QN_HASH);
    for (unsigned l = 0; l < QN_LANES; l++)
        qn_put_uint(out, o->cursor[l], 8);
    qn_put_uint(out, o->nwitness, 1);
    for (unsigned i = 0; i < o->nwitness; i++) {
        put_text(out, o->witness[i].office);
        qn_put_uint(out, o->witness[i].size, 8);
    }
}

/* SPEC exchange-11: "kind `have`, over H of all bytes before it" */
static void body_hash(uint8_t out[QN_HASH], struct qn_span body)
{
    wire_sha256(out, &body, 1);
}

void qn_have_seal(struct qn_buf *out, const struct qn_have *h, const uint8_t log_sk[64])
{
    size_t start = out->n;
    uint8_t hash[QN_HASH], sig[QN_SIG];
    unsigned holes = 0;
    bool told = false;
    uint32_t able = h->able & ~(QN_ABLE_HOLES | QN_ABLE_TOLD);
    assert(h->n <= QN_HAVE_ORIGINS && h->nheld <= QN_HAVE_HELD);
    for (size_t i = 0; i < h->n; i++) {
        assert(h->origin[i].ntold <= QN_TOLD_MAX);
        holes += holes_of(&h->origin[i]);
        told = told || h->origin[i].ntold;
    }
    assert(holes <= QN_HAVE_HOLES);
    qn_put_uint(out, QN_ENTRY_VERSION, 1);
    put_text(out, h->from);
    put_text(out, h->to);
    qn_put_uint(out, h->time_ms, 8);
    qn_put(out, h->nonce, sizeof(h->nonce));
    qn_put_uint(out, able | (holes ? QN_ABLE_HOLES : 0) | (told ? QN_ABLE_TOLD : 0), 4);
    qn_put_uint(out, h->schema, 2);
    qn_put_uint(out, h->n, 2);
    for (size_t i = 0; i < h->n; i++) {
        assert(h->origin[i].nwitness <= QN_HAVE_WITNESSES);
        put_log(out, &h->origin[i]);
        if (holes)
            put_holes(out, h, &h->origin[i]);
        if (told)
            put_told(out, &h->origin[i]);
    }
    if (out->failed)
        return;
    body_hash(hash, (struct qn_span){out->p + start, out->n - start});
    qn_sign_tagged(sig, "have", QN_SPAN(hash), log_sk);
    qn_put(out, sig, QN_SIG);
}

/* ---- decoding --------------------------------------------------------------------------------------- */

static struct qn_span rd_text(struct rd *r)
{
    return rd_span(r, (size_t)rd_uint(r, 1));
}

static bool rd_code(struct rd *r, char out[QN_CODE_MAX + 1])
{
    struct qn_span s = rd_text(r);
    return wire_is_code(s) && qn_text_copy(out, QN_CODE_MAX + 1, s);
}

/* SPEC exchange-8: "of size 0 the root is H of nothing" */
static bool root_fits(const struct qn_have_origin *o)
{
    uint8_t none[QN_HASH];
    if (o->size)
        return true;
    wire_sha256(none, NULL, 0);
    return memcmp(o->root, none, QN_HASH) == 0;
}

static bool read_witnesses(struct qn_have_origin *o, struct rd *r)
{
    o->nwitness = (unsigned)rd_uint(r, 1);
    if (o->nwitness > QN_HAVE_WITNESSES)
        return false;
    for (unsigned i = 0; i < o->nwitness; i++) {
        if (!rd_code(r, o->witness[i].office))
            return false;
        o->witness[i].size = rd_uint(r, 8);
        if (o->witness[i].size > QN_SEQ_END ||
            (i && strcmp(o->witness[i - 1].office, o->witness[i].office) >= 0))
            return false;
    }
    return true;
}

static bool read_log(struct qn_have_origin *o, struct rd *r)
{
    char deployment[QN_DEPLOYMENT_MAX + 1], office[QN_CODE_MAX + 1];
    uint16_t epoch;
    struct qn_span origin = rd_text(r);
    o->size = rd_uint(r, 8);
    rd_copy(r, o->root, QN_HASH);
    bool ok = !r->failed && o->size <= QN_SEQ_END && root_fits(o) &&
              qn_origin_parse(origin, deployment, office, &epoch, NULL) == QN_OK &&
              qn_text_copy(o->origin, sizeof(o->origin), origin);
    /* SPEC exchange-9: "cursor[l] is at most size" */
    for (unsigned l = 0; l < QN_LANES; l++) {
        o->cursor[l] = rd_uint(r, 8);
        ok = ok && o->cursor[l] <= o->size;
    }
    return ok && read_witnesses(o, r) && !r->failed;
}

static bool read_held(struct qn_have *h, const struct qn_have_hole *hole, struct rd *r)
{
    struct qn_have_held *held = &h->held[h->nheld];
    held->first = rd_uint(r, 8);
    held->end = rd_uint(r, 8);
    held->part = (uint8_t)rd_uint(r, 1);
    /* SPEC exchange-31: "from <= first < end <= to" */
    if (r->failed || held->first < hole->from || held->end <= held->first || held->end > hole->to)
        return false;
    bool ascends = h->nheld == hole->at || held[-1].first < held->first ||
                   (held[-1].first == held->first && held[-1].part < held->part);
    h->nheld++;
    return ascends;
}

/* SPEC exchange-31: "ascending by lane" */
static bool read_holes(struct qn_have *h, struct qn_have_origin *o, struct rd *r, unsigned *all)
{
    unsigned n = (unsigned)rd_uint(r, 1), least = 0;
    if (n > QN_LANES || n > QN_HAVE_HOLES - *all)
        return false;
    *all += n;
    for (unsigned i = 0; i < n; i++) {
        unsigned lane = (unsigned)rd_uint(r, 1);
        if (r->failed || lane < least || lane >= QN_LANES)
            return false;
        least = lane + 1;
        struct qn_have_hole *hole = &o->hole[lane];
        hole->from = rd_uint(r, 8);
        hole->to = rd_uint(r, 8);
        hole->at = h->nheld;
        hole->n = (size_t)rd_uint(r, 2);
        /* SPEC exchange-31: "cursor[lane] <= from < to <= size" */
        if (r->failed || hole->from < o->cursor[lane] || hole->to <= hole->from ||
            hole->to > o->size || hole->n > QN_HAVE_HELD - h->nheld ||
            hole->n > r->in.n / HELD_SIZE)
            return false;
        for (size_t k = 0; k < hole->n; k++)
            if (!read_held(h, hole, r))
                return false;
    }
    return !r->failed;
}

/* SPEC exchange-34: "u8 t, t bytes" */
static bool read_told(struct qn_have_origin *o, struct rd *r)
{
    o->ntold = (size_t)rd_uint(r, 1);
    if (o->ntold > QN_TOLD_MAX)
        return false;
    rd_copy(r, o->told, o->ntold);
    return !r->failed;
}

static enum qn_code read_logs(struct qn_have *h, struct rd *r, size_t n, struct qn_err *err)
{
    bool tells = (h->able & QN_ABLE_HOLES) != 0;
    size_t room = r->in.n / HELD_SIZE < QN_HAVE_HELD ? r->in.n / HELD_SIZE : QN_HAVE_HELD;
    bool says_back = (h->able & QN_ABLE_TOLD) != 0, any = false;
    unsigned holes = 0;
    h->origin = calloc(n ? n : 1, sizeof(*h->origin));
    h->held = tells ? calloc(room + 1, sizeof(*h->held)) : NULL;
    if (!h->origin || (tells && !h->held))
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (; h->n < n; h->n++) {
        struct qn_have_origin *o = &h->origin[h->n];
        if (!read_log(o, r))
            return qn_fail(err, QN_MALFORMED, "have.log", "log=%zu", h->n);
        /* SPEC exchange-7: "At most 1024 logs, ascending by origin" */
        if (h->n && strcmp(o[-1].origin, o->origin) >= 0)
            return qn_fail(err, QN_MALFORMED, "have.order", "log=%zu", h->n);
        if (tells && !read_holes(h, o, r, &holes))
            return qn_fail(err, QN_MALFORMED, "have.hole", "log=%zu", h->n);
        if (says_back && !read_told(o, r))
            return qn_fail(err, QN_MALFORMED, "have.told", "log=%zu", h->n);
        any = any || o->ntold;
    }
    /* SPEC exchange-31: "with at least one hole" */
    if (tells && !holes)
        return qn_fail(err, QN_MALFORMED, "have.hole", "log=%zu", h->n);
    /* SPEC exchange-34: "for at least one log t is above 0" */
    if (says_back && !any)
        return qn_fail(err, QN_MALFORMED, "have.told", "log=%zu", h->n);
    return QN_OK;
}

static enum qn_code decode(struct qn_have *h, struct qn_span in, struct qn_err *err)
{
    struct rd r = {.in = in};
    unsigned version = (unsigned)rd_uint(&r, 1);
    if (!r.failed && version != QN_ENTRY_VERSION)
        return qn_fail(err, wire_unknown(version), "have.version", "have=%u|need=%d", version,
                       QN_ENTRY_VERSION);
    bool codes = rd_code(&r, h->from);
    codes = rd_code(&r, h->to) && codes;
    h->time_ms = rd_uint(&r, 8);
    rd_copy(&r, h->nonce, sizeof(h->nonce));
    /* SPEC exchange-19: "Bits that the reader does not know mean nothing to it" */
    h->able = (uint32_t)rd_uint(&r, 4);
    h->schema = (uint16_t)rd_uint(&r, 2);
    size_t n = (size_t)rd_uint(&r, 2);
    if (r.failed)
        return qn_fail(err, QN_MALFORMED, "have.short", "have=%zu", in.n);
    /* SPEC exchange-7: "from and to are different office codes" */
    if (!codes || strcmp(h->from, h->to) == 0)
        return qn_fail(err, QN_MALFORMED, "have.offices", "");
    if (h->time_ms >= QN_TIME_END)
        return qn_fail(err, QN_MALFORMED, "have.time", "time=%" PRIu64, h->time_ms);
    if (n > QN_HAVE_ORIGINS)
        return qn_fail(err, QN_LIMIT, "have.logs", "have=%zu|max=%d", n, QN_HAVE_ORIGINS);
    if (n * LOG_MIN + QN_SIG > r.in.n)
        return qn_fail(err, QN_MALFORMED, "have.short", "have=%zu", in.n);
    enum qn_code rc = read_logs(h, &r, n, err);
    if (!rc && (rd_span(&r, QN_SIG).n != QN_SIG || !rd_end(&r)))
        rc = qn_fail(err, QN_MALFORMED, "have.end", "have=%zu", in.n);
    return rc;
}

enum qn_code qn_have_decode(struct qn_have *out, struct qn_span in, struct qn_err *err)
{
    struct qn_have h = {.n = 0};
    enum qn_code rc = decode(&h, in, err);
    if (rc)
        qn_have_release(&h);
    else
        *out = h;
    return rc;
}

bool qn_have_verify(struct qn_span in, const uint8_t log_key[QN_PUBKEY])
{
    uint8_t hash[QN_HASH];
    if (in.n <= QN_SIG)
        return false;
    struct qn_span body = {in.p, in.n - QN_SIG};
    body_hash(hash, body);
    return qn_verify_tagged(in.p + body.n, "have", QN_SPAN(hash), log_key);
}
