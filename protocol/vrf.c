#include "qian/vrf.h"

#include <sodium.h>
#include <string.h>

#include "protocol/vrf_steps.h"
#include "protocol/wire.h"

#define SUITE 0x03

static void sha512(uint8_t out[64], const struct qn_span *parts, size_t n)
{
    crypto_hash_sha512_state s;
    crypto_hash_sha512_init(&s);
    for (size_t i = 0; i < n; i++)
        if (parts[i].n)
            crypto_hash_sha512_update(&s, parts[i].p, parts[i].n);
    crypto_hash_sha512_final(&s, out);
}

/* Three doublings. Not a scalar multiplication: libsodium's refuses points outside the prime subgroup,
 * which seven of eight candidates are. add() takes any point of the curve and refuses what is none; it
 * also takes the 19 encodings with y >= p, which nobody finds as the hash of anything.              */
static bool times8(uint8_t out[32], const uint8_t in[32])
{
    return crypto_core_ed25519_add(out, in, in) == 0 &&
           crypto_core_ed25519_add(out, out, out) == 0 &&
           crypto_core_ed25519_add(out, out, out) == 0;
}

static bool is_identity(const uint8_t p[32])
{
    static const uint8_t one[32] = {1};
    return memcmp(p, one, 32) == 0;
}

/* SPEC vrf-2: "the first counter from 0 to 255 whose hash is a point of the curve and whose eightfold is not the identity" */
bool vrf_encode_to_curve(uint8_t h[32], unsigned *counter, const uint8_t pk[32],
                         struct qn_span alpha)
{
    static const uint8_t head[2] = {SUITE, 0x01};
    for (unsigned ctr = 0; ctr < 256; ctr++) {
        uint8_t tail[2] = {(uint8_t)ctr, 0x00}, hash[64], point[32];
        struct qn_span parts[] = {QN_SPAN(head), {pk, 32}, alpha, QN_SPAN(tail)};
        sha512(hash, parts, 4);
        if (times8(point, hash) && !is_identity(point)) {
            memcpy(h, point, 32);
            *counter = ctr;
            return true;
        }
    }
    return false;
}

/* SPEC vrf-3: "The challenge includes Y: drafts before 11 did not." */
void vrf_challenge(uint8_t c[16], const uint8_t pk[32], const uint8_t h[32],
                   const uint8_t gamma[32], const uint8_t u[32], const uint8_t v[32])
{
    static const uint8_t head[2] = {SUITE, 0x02}, tail[1] = {0x00};
    uint8_t hash[64];
    struct qn_span parts[] = {QN_SPAN(head), {pk, 32}, {h, 32},      {gamma, 32},
                              {u, 32},       {v, 32},  QN_SPAN(tail)};
    sha512(hash, parts, 7);
    memcpy(c, hash, 16);
}

/* SPEC vrf-4: "beta = SHA-512(0x03 ‖ 0x03 ‖ 8·Gamma ‖ 0x00)" */
static bool gamma_to_beta(uint8_t beta[64], const uint8_t gamma[32])
{
    static const uint8_t head[2] = {SUITE, 0x03}, tail[1] = {0x00};
    uint8_t point[32];
    if (!times8(point, gamma))
        return false;
    struct qn_span parts[] = {QN_SPAN(head), QN_SPAN(point), QN_SPAN(tail)};
    sha512(beta, parts, 3);
    return true;
}

void qn_vrf_public(uint8_t pk[QN_PUBKEY], const uint8_t seed[32])
{
    uint8_t sk[64];
    crypto_sign_seed_keypair(pk, sk, seed);
    sodium_memzero(sk, sizeof(sk));
}

void vrf_nonce(uint8_t k[32], const uint8_t prefix[32], const uint8_t h[32])
{
    uint8_t hash[64];
    struct qn_span parts[] = {{prefix, 32}, {h, 32}};
    sha512(hash, parts, 2);
    crypto_core_ed25519_scalar_reduce(k, hash);
    sodium_memzero(hash, sizeof(hash));
}

static bool prove(uint8_t pi[80], const uint8_t x[32], const uint8_t prefix[32],
                  const uint8_t pk[32], struct qn_span alpha)
{
    uint8_t h[32], k[32], u[32], v[32], c[32] = {0}, cx[32];
    unsigned counter;
    if (!vrf_encode_to_curve(h, &counter, pk, alpha) ||
        crypto_scalarmult_ed25519_noclamp(pi, x, h) != 0)
        return false;
    vrf_nonce(k, prefix, h);
    bool ok = crypto_scalarmult_ed25519_base_noclamp(u, k) == 0 &&
              crypto_scalarmult_ed25519_noclamp(v, k, h) == 0;
    if (ok) {
        vrf_challenge(c, pk, h, pi, u, v);
        memcpy(pi + 32, c, 16);
        /* x is clamped and at least 2^254: it may only pass through mul, add wants reduced inputs. */
        crypto_core_ed25519_scalar_mul(cx, c, x);
        crypto_core_ed25519_scalar_add(pi + 48, k, cx);
    }
    sodium_memzero(k, sizeof(k));
    sodium_memzero(cx, sizeof(cx));
    return ok;
}

enum qn_code qn_vrf_prove(uint8_t pi[QN_VRF_PROOF], uint8_t beta[QN_VRF_BETA],
                          const uint8_t seed[32], struct qn_span alpha, struct qn_err *err)
{
    uint8_t xp[64], pk[32], proof[80], out[64];
    qn_vrf_public(pk, seed);
    crypto_hash_sha512(xp, seed, 32);
    xp[0] &= 248;
    xp[31] &= 127;
    xp[31] |= 64;
    bool ok = prove(proof, xp, xp + 32, pk, alpha) && gamma_to_beta(out, proof);
    sodium_memzero(xp, sizeof(xp));
    if (!ok)
        return qn_fail(err, QN_IO, "vrf.failed", "");
    memcpy(pi, proof, sizeof(proof));
    memcpy(beta, out, sizeof(out));
    return QN_OK;
}

enum qn_code qn_vrf_verify(uint8_t beta[QN_VRF_BETA], const uint8_t pk[QN_PUBKEY],
                           struct qn_span pi, struct qn_span alpha, struct qn_err *err)
{
    /* SPEC vrf-5: "the proof is exactly 80 bytes" */
    if (pi.n != QN_VRF_PROOF)
        return qn_fail(err, QN_MALFORMED, "vrf.length", "bytes=%zu", pi.n);
    /* SPEC vrf-6: "the key and Gamma are canonical points of the prime-order subgroup" */
    if (!crypto_core_ed25519_is_valid_point(pk))
        return qn_fail(err, QN_UNVERIFIED, "vrf.key", "");
    if (!crypto_core_ed25519_is_valid_point(pi.p))
        return qn_fail(err, QN_UNVERIFIED, "vrf.gamma", "");
    uint8_t c[32] = {0}, s[32], wide[64] = {0}, reduced[32];
    memcpy(c, pi.p + 32, 16);
    memcpy(s, pi.p + 48, 32);
    memcpy(wide, s, 32);
    crypto_core_ed25519_scalar_reduce(reduced, wide);
    /* SPEC vrf-7: "s is below the group order" */
    if (memcmp(s, reduced, 32) != 0)
        return qn_fail(err, QN_UNVERIFIED, "vrf.scalar", "");
    uint8_t h[32], sb[32], cy[32], sh[32], cg[32], u[32], v[32], again[16], out[64];
    unsigned counter;
    /* SPEC vrf-7: "neither s nor c is zero": there libsodium's multiplication answers -1. */
    if (!vrf_encode_to_curve(h, &counter, pk, alpha) ||
        crypto_scalarmult_ed25519_base_noclamp(sb, s) != 0 ||
        crypto_scalarmult_ed25519_noclamp(cy, c, pk) != 0 ||
        crypto_scalarmult_ed25519_noclamp(sh, s, h) != 0 ||
        crypto_scalarmult_ed25519_noclamp(cg, c, pi.p) != 0 ||
        crypto_core_ed25519_sub(u, sb, cy) != 0 || crypto_core_ed25519_sub(v, sh, cg) != 0)
        return qn_fail(err, QN_UNVERIFIED, "vrf.proof", "");
    vrf_challenge(again, pk, h, pi.p, u, v);
    if (memcmp(again, c, 16) != 0 || !gamma_to_beta(out, pi.p))
        return qn_fail(err, QN_UNVERIFIED, "vrf.proof", "");
    memcpy(beta, out, sizeof(out));
    return QN_OK;
}
