/* escrow_half.c - the custodians' side of an escrow: one half opened, two halves joined. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/draw/escrow.h"
#include "protocol/wire.h"

#define HALF "draw-half/1"

/* What is sealed: the VRF key that it is a half of, what it is bound to, and the half. */
#define HALF_BYTES (ESCROW_SEALED - crypto_box_SEALBYTES)

bool escrow_seal(uint8_t out[ESCROW_SEALED], const uint8_t vrf[QN_PUBKEY], const uint8_t bound[32],
                 const uint8_t half[32], const uint8_t to[QN_PUBKEY])
{
    uint8_t clear[HALF_BYTES];
    memcpy(clear, vrf, QN_PUBKEY);
    memcpy(clear + QN_PUBKEY, bound, 32);
    memcpy(clear + QN_PUBKEY + 32, half, 32);
    bool ok = crypto_box_seal(out, clear, sizeof(clear), to) == 0;
    sodium_memzero(clear, sizeof(clear));
    return ok;
}

static void box_of(uint8_t pk[QN_PUBKEY], uint8_t sk[32], const struct keys *keys)
{
    uint8_t seed[32];
    const struct qn_span parts[] = {{(const uint8_t *)"qian-escrow/1", 14},
                                    {keys_vrf_seed(keys), 32}};
    /* SPEC escrow-2: "H("qian-escrow/1\0" ‖ seed)" - the one seed of the file serves two purposes, apart */
    wire_sha256(seed, parts, 2);
    crypto_box_seed_keypair(pk, sk, seed);
    sodium_memzero(seed, sizeof(seed));
}

void escrow_public(uint8_t pk[QN_PUBKEY], const struct keys *keys)
{
    uint8_t sk[32];
    box_of(pk, sk, keys);
    sodium_memzero(sk, sizeof(sk));
}

struct file {
    const char *question; /* where it begins in the text; borrowed */
    struct cokey_question k;
    uint8_t vrf[QN_PUBKEY], key[2][QN_PUBKEY], sealed[2][ESCROW_SEALED];
};

/* SPEC escrow-5: "then the question of cokey-4 to the end" */
static enum qn_code file_parse(struct file *f, const char *text, struct qn_err *err)
{
    struct rd all = {.in = qn_str(text)};
    struct rd r = {.in = rd_line(&all)};
    rd_word(&r, "draw-escrow/1");
    bool ok = rd_end(&r);
    r = (struct rd){.in = rd_line(&all)};
    rd_word(&r, "vrf");
    rd_hex(&r, f->vrf, QN_PUBKEY);
    ok = ok && rd_end(&r);
    for (int i = 0; i < 2; i++) {
        r = (struct rd){.in = rd_line(&all)};
        rd_word(&r, "half");
        rd_hex(&r, f->key[i], QN_PUBKEY);
        rd_hex(&r, f->sealed[i], ESCROW_SEALED);
        ok = ok && rd_end(&r);
    }
    if (!ok || all.failed)
        return qn_fail(err, QN_MALFORMED, "escrow.file", "");
    struct qn_order *order = malloc(sizeof(*order));
    if (!order)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    f->question = (const char *)all.in.p;
    enum qn_code rc = cokey_question_parse(&f->k, order, f->question, err);
    free(order);
    return rc;
}

/* Which half is for this key; 2: none. */
static unsigned mine_of(const struct file *f, const uint8_t pk[QN_PUBKEY])
{
    unsigned i = 0;
    while (i < 2 && memcmp(f->key[i], pk, QN_PUBKEY) != 0)
        i++;
    return i;
}

static enum qn_code unseal(uint8_t half[32], const struct file *f, const uint8_t bound[32],
                           const uint8_t sealed[ESCROW_SEALED], const uint8_t pk[QN_PUBKEY],
                           const uint8_t sk[32], struct qn_err *err)
{
    uint8_t open[HALF_BYTES];
    bool ok = crypto_box_seal_open(open, sealed, ESCROW_SEALED, pk, sk) == 0 &&
              memcmp(open, f->vrf, QN_PUBKEY) == 0 && memcmp(open + QN_PUBKEY, bound, 32) == 0;
    if (ok)
        memcpy(half, open + QN_PUBKEY + 32, 32);
    sodium_memzero(open, sizeof(open));
    return ok ? QN_OK : qn_fail(err, QN_UNVERIFIED, "escrow.half", "");
}

/* The half that this key opens; *at: which one. Who wrote the file, which may be whoever signs orders, cannot name
 * another custodian in it: the office sealed the other one's key to the half. */
static enum qn_code own_half(uint8_t half[32], unsigned *at, const struct file *f,
                             const struct keys *keys, struct qn_err *err)
{
    uint8_t pk[QN_PUBKEY], sk[32];
    box_of(pk, sk, keys);
    *at = mine_of(f, pk);
    enum qn_code rc = *at < 2 ? unseal(half, f, f->key[1 - *at], f->sealed[*at], pk, sk, err)
                              : qn_fail(err, QN_DENIED, "escrow.not-yours", "");
    sodium_memzero(sk, sizeof(sk));
    return rc;
}

enum qn_code escrow_open(char out[COKEY_LINE], const char *file, const struct keys *keys,
                         struct qn_err *err)
{
    struct file f;
    uint8_t half[32], sealed[ESCROW_SEALED];
    char id[2 * QN_HASH + 1], hex[2 * ESCROW_SEALED + 1];
    unsigned at;
    enum qn_code rc = file_parse(&f, file, err);
    if (!rc)
        rc = own_half(half, &at, &f, keys, err);
    if (rc)
        return rc;
    /* SPEC escrow-6: "sealed to the other custodian as the public VRF key ‖ the id of the order ‖ the half" */
    if (!escrow_seal(sealed, f.vrf, f.k.order_id, half, f.key[1 - at]))
        rc = qn_fail(err, QN_UNVERIFIED, "escrow.half", "");
    sodium_memzero(half, sizeof(half));
    qn_hex(id, f.k.order_id, QN_HASH);
    qn_hex(hex, sealed, sizeof(sealed));
    snprintf(out, COKEY_LINE, HALF " %s %s", id, hex);
    return rc;
}

/* The half that the other custodian sealed to this key, for the same order. */
static enum qn_code other_half(uint8_t half[32], const struct file *f, const char *line,
                               const struct keys *keys, struct qn_err *err)
{
    uint8_t pk[QN_PUBKEY], sk[32], order_id[QN_HASH], sealed[ESCROW_SEALED];
    struct rd r = {.in = qn_str(line)};
    while (r.in.n && (r.in.p[r.in.n - 1] == '\n' || r.in.p[r.in.n - 1] == '\r'))
        r.in.n--;
    rd_word(&r, HALF);
    rd_hex(&r, order_id, QN_HASH);
    rd_hex(&r, sealed, ESCROW_SEALED);
    if (!rd_end(&r) || memcmp(order_id, f->k.order_id, QN_HASH) != 0)
        return qn_fail(err, QN_MALFORMED, "escrow.line", "");
    box_of(pk, sk, keys);
    enum qn_code rc = unseal(half, f, f->k.order_id, sealed, pk, sk, err);
    sodium_memzero(sk, sizeof(sk));
    return rc;
}

enum qn_code escrow_join(char out[COKEY_LINE], const char *file, const char *half,
                         const struct keys *keys, const char *record, const char *today,
                         struct qn_err *err)
{
    struct file f;
    QN_AUTO(keys) struct keys *joined = NULL;
    uint8_t a[32], b[32], pk[QN_PUBKEY];
    unsigned at;
    enum qn_code rc = file_parse(&f, file, err);
    if (!rc)
        rc = own_half(a, &at, &f, keys, err);
    if (!rc)
        rc = other_half(b, &f, half, keys, err);
    if (rc)
        return rc;
    for (int i = 0; i < 32; i++)
        a[i] ^= b[i];
    qn_vrf_public(pk, a);
    /* SPEC escrow-7: "whose public key is the one in the file" */
    rc = memcmp(pk, f.vrf, QN_PUBKEY) == 0 ? keys_of_vrf(&joined, a, err)
                                           : qn_fail(err, QN_UNVERIFIED, "escrow.halves", "");
    sodium_memzero(a, sizeof(a));
    sodium_memzero(b, sizeof(b));
    return rc ? rc : cokey_answer(out, f.question, joined, record, today, err);
}
