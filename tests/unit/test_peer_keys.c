/* By which TLS keys an office is recognised: those of its certificates, but for those of an epoch that was revoked. */
#include "tests/unit/family.h"

#include <sodium.h>

#include "node/http/tls.h"

/* A further certificate of the county, held by the city; tls: the first byte of its TLS key, 0 for the one it has. */
static void certify_lanes(struct family *f, uint16_t epoch, uint32_t serial, uint8_t tls, uint8_t lanes)
{
    struct qn_cert c;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, QN_CERT_MAX);
    MUST(tree_cert(&c, f->c.st, "140602", &offices_err));
    bool other = c.epoch != epoch;
    c.epoch = epoch;
    c.serial = serial;
    c.lanes = lanes;
    if (other) { /* a new log key must be a point: a real one */
        struct qn_request r;
        QN_AUTO(keys) struct keys *k = NULL;
        MUST(keys_create(&k, KEYS_OFFICE, &offices_err));
        keys_public(k, &r);
        memcpy(c.log, r.log, sizeof(c.log));
    }
    if (tls) {
        uint8_t seed[32] = {tls}, sk[64];
        crypto_sign_seed_keypair(c.tls, sk, seed);
    }
    qn_cert_seal(&b, &c, keys_log_sk(f->c.keys));
    MUST(tree_add_cert(f->c.st, qn_buf_span(&b), &offices_err));
}

static void certify(struct family *f, uint16_t epoch, uint32_t serial, uint8_t tls)
{
    certify_lanes(f, epoch, serial, tls, 31);
}

static const uint8_t *tls_of(uint8_t n)
{
    static uint8_t pk[32];
    uint8_t seed[32] = {n}, sk[64];
    crypto_sign_seed_keypair(pk, sk, seed);
    return pk;
}

static void check(struct family *f, const uint8_t *key, const char *refusal)
{
    struct qn_err err = {0};
    enum qn_code rc = peer_check_key(f->c.st, "140602", key, &err);
    if (!refusal)
        assert_int_equal(rc, QN_OK);
    else
        assert_string_equal(rc ? err.id : "accepted", refusal);
}

static void one(void **state)
{
    struct family *f = *state;
    struct qn_request r;
    struct peer_keys keys;
    struct qn_err err = {0};
    keys_public(f->k.keys, &r);
    check(f, r.tls, NULL);
    check(f, r.log, "http.peer-key");
    check(f, tls_of(1), "http.peer-key");
    keys_public(f->k2.keys, &r);
    check(f, r.tls, "http.peer-key");
    assert_int_equal(peer_keys(&keys, f->c.st, "140699", &err), QN_ABSENT);
    assert_string_equal(err.id, "tree.unknown-office");
}

/* The parent has issued the renewal and the child has not got it yet, or the other way round. */
static void renewed(void **state)
{
    struct family *f = *state;
    struct qn_request r;
    struct peer_keys keys;
    keys_public(f->k.keys, &r);
    certify(f, 1, 1000, 1);
    check(f, r.tls, NULL);
    check(f, tls_of(1), NULL);
    check(f, tls_of(2), "http.peer-key");
    MUST(peer_keys(&keys, f->c.st, "140602", &offices_err));
    assert_int_equal(keys.n, 2);
    assert_memory_equal(keys.key[0], tls_of(1), 32);
}

/* The eight newest: the ninth takes the place of the oldest. */
static void many(void **state)
{
    struct family *f = *state;
    struct qn_request r;
    keys_public(f->k.keys, &r);
    for (uint8_t i = 1; i < PEER_KEYS; i++)
        certify(f, 1, 1000u + i, i);
    check(f, r.tls, NULL);
    certify(f, 1, 1000 + PEER_KEYS, PEER_KEYS);
    check(f, r.tls, "http.peer-key");
    check(f, tls_of(1), NULL);
    check(f, tls_of(PEER_KEYS), NULL);
}

static void rotated(void **state)
{
    struct family *f = *state;
    struct qn_request r;
    keys_public(f->k.keys, &r);
    certify(f, 1, 1000, 1);
    certify(f, 2, 1001, 2);
    check(f, tls_of(2), NULL);
    check(f, tls_of(1), NULL); /* it may not have taken the new certificate in */
    check(f, r.tls, NULL);
}

/* A stolen key: revoked, then another epoch. Before that the office is still spoken to, or it would never learn. */
static void revoked(void **state)
{
    struct family *f = *state;
    struct qn_request r;
    keys_public(f->k.keys, &r);
    certify_lanes(f, 1, 1000, 0, 0);
    check(f, r.tls, NULL);
    certify(f, 2, 1001, 2);
    check(f, tls_of(2), NULL);
    check(f, r.tls, "http.peer-key");
}

/* The pin that libcurl compares: of the SubjectPublicKeyInfo of RFC 8410's example key (section 10.1), as OpenSSL
 * prints it: openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64                           */
static void pins(void **state)
{
    (void)state;
    static const uint8_t key[32] = {0x19, 0xbf, 0x44, 0x09, 0x69, 0x84, 0xcd, 0xfe,
                                    0x85, 0x41, 0xba, 0xc1, 0x67, 0xdc, 0x3b, 0x96,
                                    0xc8, 0x50, 0x86, 0xaa, 0x30, 0xb6, 0xb6, 0xcb,
                                    0x0c, 0x5c, 0x38, 0xad, 0x70, 0x31, 0x66, 0xe1};
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 2 * TLS_PIN_MAX + 1);
    tls_pin(&b, key);
    tls_pin(&b, key);
    qn_put(&b, "", 1);
    assert_string_equal((const char *)b.p,
                        "sha256//oekVYFTgT6yJmunydRMs3Ael28TqLCrTof/G4NJTaB8=;sha256//"
                        "oekVYFTgT6yJmunydRMs3Ael28TqLCrTof/G4NJTaB8=");
}

/* The key goes into the wrapper and nothing else of it matters; the same seed gives the same wrapper. */
static void identities(void **state)
{
    struct family *f = *state;
    QN_AUTO(tls_identity) struct tls_identity a = {.cert = ""};
    QN_AUTO(tls_identity) struct tls_identity b = {.cert = ""};
    QN_AUTO(tls_identity) struct tls_identity c = {.cert = ""};
    MUST(tls_identity(&a, keys_tls_seed(f->k.keys), &offices_err));
    MUST(tls_identity(&b, keys_tls_seed(f->k.keys), &offices_err));
    MUST(tls_identity(&c, keys_tls_seed(f->k2.keys), &offices_err));
    assert_string_equal(a.cert, b.cert);
    assert_string_not_equal(a.cert, c.cert);
    assert_string_not_equal(a.key, c.key);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, family_setup, family_teardown)
    const struct CMUnitTest tests[] = {
        T(one), T(renewed), T(many), T(rotated), T(revoked), T(identities), cmocka_unit_test(pins),
    };
    return cmocka_run_group_tests_name("peer keys", tests, NULL, NULL);
}
