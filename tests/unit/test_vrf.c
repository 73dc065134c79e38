/* test_vrf.c - RFC 9381 examples 16 to 18 with their intermediates, and the pitfalls of libsodium 1.0.18. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>
#include <sodium.h>

#include "protocol/vrf_steps.h"
#include "qian/vrf.h"

static json_t *vectors;

static int load(void **state)
{
    json_error_t err;
    (void)state;
    vectors = json_load_file("tests/data/rfc9381-ecvrf-tai.json", 0, &err);
    return vectors && qn_selftest(NULL) == QN_OK ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    json_decref(vectors);
    return 0;
}

static size_t field(uint8_t *out, json_t *v, const char *name)
{
    const char *hex = json_string_value(json_object_get(v, name));
    assert_non_null(hex);
    assert_true(qn_hex_decode(out, strlen(hex) / 2, qn_str(hex)));
    return strlen(hex) / 2;
}

static void rfc_examples(void **state)
{
    size_t i;
    json_t *v;
    (void)state;
    json_array_foreach(json_object_get(vectors, "vectors"), i, v)
    {
        uint8_t sk[32], pk[32], alpha[64], want[80], pi[80], beta[64], want_beta[64], h[32], want_h[32], xp[64], k[32],
            want_k[32], made[32];
        unsigned counter;
        field(sk, v, "sk");
        field(pk, v, "pk");
        struct qn_span a = {alpha, field(alpha, v, "alpha")};
        field(want, v, "pi");
        field(want_beta, v, "beta");
        field(want_h, v, "h");
        field(want_k, v, "k");
        qn_vrf_public(made, sk);
        assert_memory_equal(made, pk, 32);
        assert_true(vrf_encode_to_curve(h, &counter, pk, a));
        assert_memory_equal(h, want_h, 32);
        assert_int_equal(counter, json_integer_value(json_object_get(v, "tai_ctr")));
        crypto_hash_sha512(xp, sk, 32);
        vrf_nonce(k, xp + 32, h);
        assert_memory_equal(k, want_k, 32);
        assert_int_equal(qn_vrf_prove(pi, beta, sk, a, NULL), QN_OK);
        assert_memory_equal(pi, want, 80);
        assert_memory_equal(beta, want_beta, 64);
        assert_int_equal(qn_vrf_verify(beta, pk, QN_SPAN(pi), a, NULL), QN_OK);
        assert_memory_equal(beta, want_beta, 64);
    }
    assert_int_equal(i, 3);
}

static void round_trips_and_flips(void **state)
{
    uint8_t seed[32] = {7}, pk[32], pi[80], beta[64], out[64], alpha[76];
    struct qn_err err;
    (void)state;
    qn_vrf_public(pk, seed);
    for (unsigned n = 0; n < 40; n++) {
        memset(alpha, (int)n, sizeof(alpha));
        assert_int_equal(qn_vrf_prove(pi, beta, seed, QN_SPAN(alpha), &err), QN_OK);
        assert_int_equal(qn_vrf_verify(out, pk, QN_SPAN(pi), QN_SPAN(alpha), &err), QN_OK);
        assert_memory_equal(out, beta, 64);
    }
    for (size_t bit = 0; bit < 640; bit++) {
        memset(out, 0x55, sizeof(out));
        pi[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(qn_vrf_verify(out, pk, QN_SPAN(pi), QN_SPAN(alpha), &err), QN_UNVERIFIED);
        pi[bit / 8] ^= (uint8_t)(1u << bit % 8);
        for (size_t i = 0; i < sizeof(out); i++)
            assert_int_equal(out[i], 0x55); /* nothing is written on failure */
    }
    alpha[75] ^= 1;
    assert_int_equal(qn_vrf_verify(out, pk, QN_SPAN(pi), QN_SPAN(alpha), &err), QN_UNVERIFIED);
    assert_string_equal(err.id, "vrf.proof");
}

struct bad {
    const char *name, *id;
    enum { KEY, GAMMA, SCALAR, SHORT, LONG, ZERO_S } where;
    const char *hex; /* point or scalar put there */
};

#define ORDER2 "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
static struct bad bads[] = {
    {"key of order one", "vrf.key", KEY, "0100000000000000000000000000000000000000000000000000000000000000"},
    {"key of order two", "vrf.key", KEY, ORDER2},
    {"key of order eight", "vrf.key", KEY, "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"},
    {"key not canonical (y = p + 1)", "vrf.key", KEY, "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
    {"key not on the curve", "vrf.key", KEY, "0200000000000000000000000000000000000000000000000000000000000000"},
    {"gamma of order one", "vrf.gamma", GAMMA, "0100000000000000000000000000000000000000000000000000000000000000"},
    {"gamma of order two", "vrf.gamma", GAMMA, ORDER2},
    {"gamma not canonical", "vrf.gamma", GAMMA, "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
    {"x = 0 with the sign bit", "vrf.gamma", GAMMA, "0100000000000000000000000000000000000000000000000000000000000080"},
    {"s equal to the order", "vrf.scalar", SCALAR, "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"},
    {"s all ones", "vrf.scalar", SCALAR, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"},
    {"s zero must not crash", "vrf.proof", SCALAR, "0000000000000000000000000000000000000000000000000000000000000000"},
    {"79 bytes", "vrf.length", SHORT, NULL},
    {"81 bytes", "vrf.length", LONG, NULL},
};

static void refused(void **state)
{
    const struct bad *b = *state;
    uint8_t seed[32] = {9}, pk[32], pi[81] = {0}, beta[64];
    struct qn_err err;
    struct qn_span alpha = qn_str("alpha"), in = {pi, 80};
    qn_vrf_public(pk, seed);
    assert_int_equal(qn_vrf_prove(pi, beta, seed, alpha, &err), QN_OK);
    if (b->where == KEY)
        assert_true(qn_hex_decode(pk, 32, qn_str(b->hex)));
    else if (b->where == GAMMA)
        assert_true(qn_hex_decode(pi, 32, qn_str(b->hex)));
    else if (b->where == SCALAR)
        assert_true(qn_hex_decode(pi + 48, 32, qn_str(b->hex)));
    else
        in.n = b->where == SHORT ? 79 : 81;
    assert_int_not_equal(qn_vrf_verify(beta, pk, in, alpha, &err), QN_OK);
    assert_string_equal(err.id, b->id);
}

/* Pitfalls 1 and 3: a subgroup point plus the point of order two is on the curve but must not pass as a key. */
static void mixed_order_key(void **state)
{
    uint8_t seed[32] = {9}, pk[32], two[32], mixed[32], pi[80], beta[64];
    struct qn_err err;
    (void)state;
    qn_vrf_public(pk, seed);
    assert_int_equal(qn_vrf_prove(pi, beta, seed, qn_str("alpha"), &err), QN_OK);
    assert_true(qn_hex_decode(two, 32, qn_str(ORDER2)));
    assert_int_equal(crypto_core_ed25519_add(mixed, pk, two), 0);
    assert_int_equal(qn_vrf_verify(beta, mixed, QN_SPAN(pi), qn_str("alpha"), &err), QN_UNVERIFIED);
    assert_string_equal(err.id, "vrf.key");
    /* Pitfall 4: the same for Gamma, although 8·Gamma and so beta would be unchanged. */
    assert_int_equal(crypto_core_ed25519_add(mixed, pi, two), 0);
    memcpy(pi, mixed, 32);
    assert_int_equal(qn_vrf_verify(beta, pk, QN_SPAN(pi), qn_str("alpha"), &err), QN_UNVERIFIED);
    assert_string_equal(err.id, "vrf.gamma");
}

int main(void)
{
    struct CMUnitTest tests[3 + sizeof(bads) / sizeof(bads[0])] = {
        cmocka_unit_test(rfc_examples),
        cmocka_unit_test(round_trips_and_flips),
        cmocka_unit_test(mixed_order_key),
    };
    for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++)
        tests[3 + i] = (struct CMUnitTest){bads[i].name, refused, NULL, NULL, &bads[i]};
    return cmocka_run_group_tests_name("vrf", tests, load, unload);
}
