#include "qian/draw.h"

#include <string.h>

#include "protocol/wire.h"

/* Labels go into hashes with their NUL. */
#define LABEL(s) ((struct qn_span){(const uint8_t *)(s), sizeof(s)})

/* SPEC draw-2: "exactly 76 bytes long and holds no byte that the drawing office chose" */
static void alpha_of(uint8_t alpha[76], const char label[12], const uint8_t a[QN_HASH],
                     const uint8_t b[32])
{
    memcpy(alpha, label, 12); /* with the zero byte at its end */
    memcpy(alpha + 12, a, QN_HASH);
    memcpy(alpha + 12 + QN_HASH, b, 32);
}

void qn_draw_alpha(uint8_t alpha[76], const uint8_t order_id[QN_HASH], const uint8_t bd[32])
{
    alpha_of(alpha, "draw1/alpha", order_id, bd);
}

/* SPEC cokey-14: "its label is of the same length and never that of a draw" */
void qn_bound_alpha(uint8_t alpha[76], const uint8_t order_id[QN_HASH],
                    const uint8_t freeze[QN_HASH])
{
    alpha_of(alpha, "draw1/bound", order_id, freeze);
}

/* SPEC draw-3: "The proofs are not hashed: their owner can make many for one alpha." */
void qn_draw_seed(uint8_t seed[32], unsigned n, const uint8_t beta[][QN_VRF_BETA])
{
    uint8_t count = (uint8_t)n;
    const struct qn_span parts[] = {
        LABEL("draw1/seed"), {&count, 1}, {beta[0], (size_t)n * QN_VRF_BETA}};
    wire_sha256(seed, parts, 3);
}

void qn_draw_keys(struct qn_draw_keys *out, const uint8_t seed[32])
{
    const struct qn_span obj = LABEL("draw1/obj"), vis = LABEL("draw1/visit"),
                         ins = LABEL("draw1/insp");
    wire_hmac(out->obj, seed, &obj, 1);
    wire_hmac(out->vis, seed, &vis, 1);
    wire_hmac(out->ins, seed, &ins, 1);
}

void qn_ticket(uint8_t out[QN_HASH], const struct qn_draw_keys *k, struct qn_span object_id)
{
    wire_hmac(out, k->obj, &object_id, 1);
}

static void put_be(uint8_t *out, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        out[i] = (uint8_t)(v >> (8 * (bytes - 1 - i)));
}

uint64_t qn_uniform(const struct qn_draw_keys *k, uint16_t round, uint16_t slot,
                    struct qn_span object_id, uint64_t n)
{
    /* 2^64 mod n, in arithmetic that is itself modulo 2^64 */
    const uint64_t t = (UINT64_MAX - n + 1) % n;
    for (uint32_t j = 0;; j++) {
        uint8_t head[8], block[QN_HASH];
        put_be(head, round, 2);
        put_be(head + 2, slot, 2);
        put_be(head + 4, j, 4);
        const struct qn_span parts[] = {QN_SPAN(head), object_id};
        wire_hmac(block, k->ins, parts, 2);
        for (unsigned i = 0; i < 4; i++) {
            uint64_t x = 0;
            for (unsigned b = 0; b < 8; b++)
                x = x << 8 | block[8 * i + b];
            /* SPEC draw-6: "skip an x below t; the first other x gives x mod n" */
            if (x >= t)
                return x % n;
        }
    }
}
