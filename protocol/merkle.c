#include "qian/merkle.h"

#include <sodium.h>
#include <string.h>

#include "protocol/wire.h"

/* SPEC log-2: "The leaf hash of an entry is SHA-256(0x00 ‖ header bytes)" */
void qn_leaf_hash(uint8_t out[QN_HASH], struct qn_span data)
{
    static const uint8_t tag[1] = {0x00};
    struct qn_span parts[] = {QN_SPAN(tag), data};
    wire_sha256(out, parts, 2);
}

/* SPEC log-2: "A node is SHA-256(0x01 ‖ left ‖ right)." */
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

void qn_frontier_append(struct qn_frontier *f, const uint8_t leaf[QN_HASH], qn_node_made *made,
                        void *ctx)
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
    /* SPEC log-2: "The root of an empty log is SHA-256 of nothing." */
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

static enum qn_code too_large(struct qn_err *err, uint64_t size)
{
    return qn_fail(err, QN_LIMIT, "log.size", "size=%llu", (unsigned long long)size);
}

static enum qn_code no_node(struct qn_err *err, unsigned level, uint64_t index)
{
    return qn_fail(err, QN_ABSENT, "log.no-node", "level=%u|index=%llu", level,
                   (unsigned long long)index);
}

enum qn_code qn_tree_frontier(uint64_t size, qn_node_get *get, void *ctx, struct qn_frontier *out,
                              struct qn_err *err)
{
    struct qn_frontier f = {.size = size};
    uint64_t from = 0;
    unsigned n = 0;
    /* SPEC log-6: "Sizes are below 2^63" */
    if (size >> QN_TREE_LEVELS)
        return too_large(err, size);
    for (unsigned level = QN_TREE_LEVELS; level-- > 0;) {
        uint64_t width = UINT64_C(1) << level;
        if (!(size & width))
            continue;
        if (!get(ctx, level, from >> level, f.node[n]))
            return no_node(err, level, from >> level);
        n++;
        from += width;
    }
    *out = f;
    return QN_OK;
}

enum qn_code qn_tree_root(uint64_t size, qn_node_get *get, void *ctx, uint8_t out[QN_HASH],
                          struct qn_err *err)
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
    bool failed; /* the node that was not held: */
    unsigned level;
    uint64_t index;
    bool too_long; /* more hashes than a proof may have: sizes above 2^62 only */
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
        if (!r->get(r->ctx, level, at >> level, node[n])) {
            r->failed = true;
            r->level = level;
            r->index = at >> level;
        }
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
    if (p->n == QN_TREE_LEVELS)
        r->too_long = true;
    else if (!r->failed)
        range_hash(r, from, to, p->hash[p->n++]);
}

/* Proofs are gathered from the root down and written from the leaf up. */
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

static enum qn_code finish(struct qn_proof *out, struct qn_proof *p, const struct reader *r,
                           uint64_t size, struct qn_err *err)
{
    if (r->failed)
        return no_node(err, r->level, r->index);
    if (r->too_long)
        return too_large(err, size);
    reverse(p);
    *out = *p;
    return QN_OK;
}

enum qn_code qn_prove_inclusion(uint64_t index, uint64_t size, qn_node_get *get, void *ctx,
                                struct qn_proof *out, struct qn_err *err)
{
    struct reader r = {.get = get, .ctx = ctx};
    struct qn_proof p = {.n = 0};
    if (index >= size || size >> QN_TREE_LEVELS)
        return qn_fail(err, QN_LIMIT, "log.index", "index=%llu|size=%llu",
                       (unsigned long long)index, (unsigned long long)size);
    uint64_t from = 0, to = size;
    while (to - from > 1) { /* PATH of RFC 6962 */
        uint64_t k = from + split(to - from);
        if (index < k) {
            push(&p, &r, k, to);
            to = k;
        } else {
            push(&p, &r, from, k);
            from = k;
        }
    }
    return finish(out, &p, &r, size, err);
}

enum qn_code qn_prove_consistency(uint64_t from, uint64_t to, qn_node_get *get, void *ctx,
                                  struct qn_proof *out, struct qn_err *err)
{
    struct reader r = {.get = get, .ctx = ctx};
    struct qn_proof p = {.n = 0};
    if (from > to || to >> QN_TREE_LEVELS)
        return qn_fail(err, QN_LIMIT, "log.index", "index=%llu|size=%llu", (unsigned long long)from,
                       (unsigned long long)to);
    if (from == 0 || from == to)
        return finish(out, &p, &r, to, err);
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
    return finish(out, &p, &r, to, err);
}

static enum qn_code not_proved(struct qn_err *err, uint64_t a, uint64_t b)
{
    return qn_fail(err, QN_UNVERIFIED, "log.proof", "index=%llu|size=%llu", (unsigned long long)a,
                   (unsigned long long)b);
}

/* RFC 9162 2.1.3.2 */
enum qn_code qn_check_inclusion(const uint8_t leaf[QN_HASH], uint64_t index, uint64_t size,
                                const struct qn_proof *proof, const uint8_t root[QN_HASH],
                                struct qn_err *err)
{
    if (index >= size || size >> QN_TREE_LEVELS || proof->n > QN_TREE_LEVELS)
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
    /* SPEC log-4: "a proof with hashes left over or missing does not hold" */
    return sn == 0 && memcmp(h, root, QN_HASH) == 0 ? QN_OK : not_proved(err, index, size);
}

static bool same_size_holds(uint64_t size, const uint8_t a[QN_HASH], const uint8_t b[QN_HASH],
                            const struct qn_proof *proof)
{
    uint8_t empty[QN_HASH];
    wire_sha256(empty, NULL, 0);
    return proof->n == 0 && memcmp(a, b, QN_HASH) == 0 &&
           (size > 0 || memcmp(a, empty, QN_HASH) == 0);
}

/* RFC 9162 2.1.4.2 */
enum qn_code qn_check_consistency(uint64_t from, const uint8_t from_root[QN_HASH], uint64_t to,
                                  const uint8_t to_root[QN_HASH], const struct qn_proof *proof,
                                  struct qn_err *err)
{
    if (from > to || to >> QN_TREE_LEVELS || proof->n > QN_TREE_LEVELS)
        return not_proved(err, from, to);
    if (from == to)
        return same_size_holds(to, from_root, to_root, proof) ? QN_OK : not_proved(err, from, to);
    /* SPEC log-5: "A consistency proof from size 0 proves nothing and is refused" */
    if (from == 0 || proof->n == 0)
        return not_proved(err, from, to);
    uint64_t fn = from - 1, sn = to - 1;
    for (; fn & 1; fn >>= 1)
        sn >>= 1;
    uint8_t fr[QN_HASH], sr[QN_HASH];
    size_t i = 0;
    memcpy(fr, fn ? proof->hash[i++] : from_root,
           QN_HASH); /* from is a power of two: its root is the seed */
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
