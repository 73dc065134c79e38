#include "qian/merkle.h"

#include <sodium.h>
#include <string.h>

#include "protocol/wire.h"

void qn_leaf_hash(uint8_t out[QN_HASH], struct qn_span data)
{
    static const uint8_t tag[1] = {0x00};
    struct qn_span parts[] = {QN_SPAN(tag), data};
    wire_sha256(out, parts, 2);
}

void qn_node_hash(uint8_t out[QN_HASH], const uint8_t left[QN_HASH], const uint8_t right[QN_HASH])
{
    static const uint8_t tag[1] = {0x01};
    struct qn_span parts[] = {QN_SPAN(tag), {left, QN_HASH}, {right, QN_HASH}};
    wire_sha256(out, parts, 3);
}

static unsigned ones(uint64_t v)
{
    unsigned n = 0;
    for (; v; v &= v - 1)
        n++;
    return n;
}

static unsigned low_zeros(uint64_t v) /* v > 0 */
{
    unsigned n = 0;
    for (; !(v & 1); v >>= 1)
        n++;
    return n;
}

static unsigned high_bit(uint64_t v) /* v > 0: the index of the highest 1 */
{
    unsigned n = 0;
    while (v >>= 1)
        n++;
    return n;
}

void qn_frontier_append(struct qn_frontier *f, const uint8_t leaf[QN_HASH], qn_node_made *made, void *ctx)
{
    uint8_t h[QN_HASH];
    unsigned level = 0, n = ones(f->size);
    memcpy(h, leaf, QN_HASH);
    if (made)
        made(ctx, 0, f->size, h);
    /* Each trailing 1 of the old size is a subtree that the new one completes with. */
    for (uint64_t s = f->size; s & 1; s >>= 1) {
        qn_node_hash(h, f->node[--n], h);
        level++;
        if (made)
            made(ctx, level, f->size >> level, h);
    }
    memcpy(f->node[n], h, QN_HASH);
    f->size++;
}

void qn_frontier_root(const struct qn_frontier *f, uint8_t out[QN_HASH])
{
    unsigned n = ones(f->size);
    if (!n) {
        wire_sha256(out, NULL, 0);
        return;
    }
    uint8_t h[QN_HASH];
    memcpy(h, f->node[--n], QN_HASH);
    while (n)
        qn_node_hash(h, f->node[--n], h);
    memcpy(out, h, QN_HASH);
}

enum qn_code qn_tree_frontier(uint64_t size, qn_node_get *get, void *ctx, struct qn_frontier *out,
                              struct qn_err *err)
{
    uint64_t from = 0;
    unsigned n = 0;
    if (size >> QN_TREE_LEVELS)
        return qn_fail(err, QN_LIMIT, "log.size", "size=%llu", (unsigned long long)size);
    for (int level = QN_TREE_LEVELS - 1; level >= 0; level--) {
        uint64_t width = UINT64_C(1) << level;
        if (!(size & width))
            continue;
        if (!get(ctx, (unsigned)level, from >> level, out->node[n]))
            return qn_fail(err, QN_ABSENT, "log.no-node", "level=%d|index=%llu", level,
                           (unsigned long long)(from >> level));
        n++;
        from += width;
    }
    out->size = size;
    return QN_OK;
}

enum qn_code qn_tree_root(uint64_t size, qn_node_get *get, void *ctx, uint8_t out[QN_HASH], struct qn_err *err)
{
    struct qn_frontier f;
    enum qn_code rc = qn_tree_frontier(size, get, ctx, &f, err);
    if (!rc)
        qn_frontier_root(&f, out);
    return rc;
}

/* ---- proofs ---------------------------------------------------------------------------------------------- */

struct reader {
    qn_node_get *get;
    void *ctx;
    bool failed;
};

/* MTH of leaves [from, to): complete nodes are read, the ragged right edge is folded from its frontier. */
static void range_hash(struct reader *r, uint64_t from, uint64_t to, uint8_t out[QN_HASH])
{
    uint8_t node[QN_TREE_LEVELS + 1][QN_HASH];
    unsigned n = 0;
    for (uint64_t at = from; at < to && !r->failed;) {
        uint64_t left = to - at;
        unsigned level = high_bit(left);
        if (at && low_zeros(at) < level)
            level = low_zeros(at);
        if (!r->get(r->ctx, level, at >> level, node[n]))
            r->failed = true;
        n++;
        at += UINT64_C(1) << level;
    }
    if (r->failed || !n)
        return;
    while (--n)
        qn_node_hash(node[n - 1], node[n - 1], node[n]);
    memcpy(out, node[0], QN_HASH);
}

static uint64_t split(uint64_t n) /* the largest power of two below n; n >= 2 */
{
    return UINT64_C(1) << high_bit(n - 1);
}

static void push(struct qn_proof *p, struct reader *r, uint64_t from, uint64_t to)
{
    if (p->n < QN_TREE_LEVELS)
        range_hash(r, from, to, p->hash[p->n]);
    else
        r->failed = true;
    p->n++;
}

static void reverse(struct qn_proof *p)
{
    for (size_t i = 0, k = p->n; i + 1 < k; i++) {
        uint8_t t[QN_HASH];
        k--;
        memcpy(t, p->hash[i], QN_HASH);
        memcpy(p->hash[i], p->hash[k], QN_HASH);
        memcpy(p->hash[k], t, QN_HASH);
    }
}

enum qn_code qn_prove_inclusion(uint64_t index, uint64_t size, qn_node_get *get, void *ctx, struct qn_proof *out,
                                struct qn_err *err)
{
    struct reader r = {get, ctx, false};
    struct qn_proof p = {.n = 0};
    if (index >= size || size >> QN_TREE_LEVELS)
        return qn_fail(err, QN_LIMIT, "log.index", "index=%llu|size=%llu", (unsigned long long)index,
                       (unsigned long long)size);
    uint64_t from = 0, to = size;
    while (to - from > 1) { /* PATH of RFC 6962 from the root down; proofs are written from the leaf up */
        uint64_t k = from + split(to - from);
        if (index < k) {
            push(&p, &r, k, to);
            to = k;
        } else {
            push(&p, &r, from, k);
            from = k;
        }
    }
    if (r.failed)
        return qn_fail(err, QN_ABSENT, "log.no-node", "level=%d|index=%llu", 0, (unsigned long long)index);
    reverse(&p);
    *out = p;
    return QN_OK;
}

enum qn_code qn_prove_consistency(uint64_t from, uint64_t to, qn_node_get *get, void *ctx, struct qn_proof *out,
                                  struct qn_err *err)
{
    struct reader r = {get, ctx, false};
    struct qn_proof p = {.n = 0};
    if (from > to || to >> QN_TREE_LEVELS)
        return qn_fail(err, QN_LIMIT, "log.index", "index=%llu|size=%llu", (unsigned long long)from,
                       (unsigned long long)to);
    if (from == 0 || from == to) {
        *out = p;
        return QN_OK;
    }
    uint64_t low = 0, high = to, m = from;
    bool whole = true; /* b of RFC 6962: the old tree is this whole subtree, its root is known */
    while (m != high - low) {
        uint64_t k = split(high - low);
        if (m <= k) {
            push(&p, &r, low + k, high);
            high = low + k;
        } else {
            push(&p, &r, low, low + k);
            low += k;
            m -= k;
            whole = false;
        }
    }
    if (!whole)
        push(&p, &r, low, high);
    if (r.failed)
        return qn_fail(err, QN_ABSENT, "log.no-node", "level=%d|index=%llu", 0, (unsigned long long)from);
    reverse(&p);
    *out = p;
    return QN_OK;
}

static enum qn_code not_proved(struct qn_err *err, uint64_t a, uint64_t b)
{
    return qn_fail(err, QN_UNVERIFIED, "log.proof", "index=%llu|size=%llu", (unsigned long long)a,
                   (unsigned long long)b);
}

/* RFC 9162 2.1.3.2 */
enum qn_code qn_check_inclusion(const uint8_t leaf[QN_HASH], uint64_t index, uint64_t size,
                                const struct qn_proof *proof, const uint8_t root[QN_HASH], struct qn_err *err)
{
    if (index >= size || proof->n > QN_TREE_LEVELS)
        return not_proved(err, index, size);
    uint64_t fn = index, sn = size - 1;
    uint8_t h[QN_HASH];
    memcpy(h, leaf, QN_HASH);
    for (size_t i = 0; i < proof->n; i++) {
        if (sn == 0)
            return not_proved(err, index, size);
        if ((fn & 1) || fn == sn) {
            qn_node_hash(h, proof->hash[i], h);
            while (!(fn & 1) && fn) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            qn_node_hash(h, h, proof->hash[i]);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && memcmp(h, root, QN_HASH) == 0 ? QN_OK : not_proved(err, index, size);
}

/* RFC 9162 2.1.4.2 */
enum qn_code qn_check_consistency(uint64_t from, const uint8_t from_root[QN_HASH], uint64_t to,
                                  const uint8_t to_root[QN_HASH], const struct qn_proof *proof, struct qn_err *err)
{
    if (from > to || proof->n > QN_TREE_LEVELS)
        return not_proved(err, from, to);
    if (from == to)
        return proof->n == 0 && memcmp(from_root, to_root, QN_HASH) == 0 ? QN_OK : not_proved(err, from, to);
    if (from == 0 || proof->n == 0)
        return not_proved(err, from, to);
    uint64_t fn = from - 1, sn = to - 1;
    for (; fn & 1; fn >>= 1)
        sn >>= 1;
    uint8_t fr[QN_HASH], sr[QN_HASH];
    size_t i = 0;
    memcpy(fr, fn ? proof->hash[i++] : from_root, QN_HASH); /* from is a power of two: its root is the seed */
    memcpy(sr, fr, QN_HASH);
    for (; i < proof->n; i++) {
        if (sn == 0)
            return not_proved(err, from, to);
        if ((fn & 1) || fn == sn) {
            qn_node_hash(fr, proof->hash[i], fr);
            qn_node_hash(sr, proof->hash[i], sr);
            while (!(fn & 1) && fn) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            qn_node_hash(sr, sr, proof->hash[i]);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && memcmp(fr, from_root, QN_HASH) == 0 && memcmp(sr, to_root, QN_HASH) == 0
               ? QN_OK
               : not_proved(err, from, to);
}
