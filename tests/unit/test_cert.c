/* test_cert.c - certificates under a root policy and under a parent, requests, origins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sodium.h>

#include "qian/cert.h"

static uint8_t root_sk[3][64], parent_sk[64], child_sk[64];
static struct qn_policy policy = {.deployment = "test.example", .k = 2, .n = 3};
static struct qn_cert province, county;

static void five_keys(struct qn_cert *c, uint8_t first, uint8_t log_sk[64])
{
    uint8_t *const to[] = {c->log, c->witness, c->vrf, c->tls};
    uint8_t seed[32] = {0}, sk[64];
    for (uint8_t i = 0; i < 4; i++) {
        seed[0] = (uint8_t)(first + i);
        crypto_sign_seed_keypair(to[i], i ? sk : log_sk, seed);
    }
    memset(c->box, first, sizeof(c->box));
}

static int setup(void **state)
{
    uint8_t pk[3][32];
    (void)state;
    if (sodium_init() < 0)
        return -1;
    for (uint8_t i = 0; i < 3; i++) {
        uint8_t seed[32] = {(uint8_t)(100 + i)};
        crypto_sign_seed_keypair(pk[i], root_sk[i], seed);
    }
    for (int i = 0; i < 3; i++) /* ascending */
        for (int k = i + 1; k < 3; k++)
            if (memcmp(pk[i], pk[k], 32) > 0) {
                uint8_t t[64];
                memcpy(t, pk[i], 32), memcpy(pk[i], pk[k], 32), memcpy(pk[k], t, 32);
                memcpy(t, root_sk[i], 64), memcpy(root_sk[i], root_sk[k], 64),
                    memcpy(root_sk[k], t, 64);
            }
    memcpy(policy.key, pk, sizeof(pk));
    province = (struct qn_cert){.deployment = "test.example",
                                .office = "14",
                                .name = "省局",
                                .level = QN_PROVINCE,
                                .epoch = 1,
                                .lanes = 31,
                                .serial = 1,
                                .from_day = 18000,
                                .to_day = 22000,
                                .nscopes = 1,
                                .scope = {"14"}};
    five_keys(&province, 1, parent_sk);
    county = (struct qn_cert){.deployment = "test.example",
                              .issuer = "14",
                              .issuer_epoch = 1,
                              .office = "140602",
                              .name = "县局",
                              .level = QN_COUNTY,
                              .epoch = 1,
                              .lanes = 31,
                              .serial = 7,
                              .from_day = 18000,
                              .to_day = 22000,
                              .nscopes = 1,
                              .scope = {"140602"}};
    five_keys(&county, 20, child_sk);
    return 0;
}

static void seal_root(struct qn_buf *b, const struct qn_cert *c, unsigned n, const uint8_t *who)
{
    uint8_t sig[3][QN_SIG], index[3];
    qn_buf_init(b, QN_CERT_MAX);
    for (unsigned i = 0; i < n; i++) {
        index[i] = who[i];
        qn_cert_root_sign(sig[i], c, root_sk[who[i]]);
    }
    qn_cert_seal_root(b, c, n, index, (const uint8_t(*)[QN_SIG])sig);
    assert_int_equal(b->failed, QN_OK);
}

static void root_threshold(void **state)
{
    static const struct {
        unsigned n;
        uint8_t who[3];
        const char *id;
    } rows[] = {{2, {0, 1}, ""},
                {2, {0, 2}, ""},
                {3, {0, 1, 2}, ""},
                {1, {1}, "cert.threshold"},
                {2, {1, 1}, "cert.malformed"},
                {2, {2, 0}, "cert.malformed"}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct qn_err err = {0};
        struct qn_cert out;
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        seal_root(&b, &province, rows[i].n, rows[i].who);
        assert_int_equal(qn_cert_verify_root(&out, qn_buf_span(&b), &policy, &err) == QN_OK,
                         !*rows[i].id);
        assert_string_equal(err.id, rows[i].id);
    }
}

static void every_byte_counts(void **state)
{
    static const uint8_t who[] = {0, 1};
    struct qn_cert out;
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf b = {0}, c;
    (void)state;
    seal_root(&b, &province, 2, who);
    for (size_t i = 0; i < b.n; i++) {
        b.p[i] ^= 1;
        assert_int_not_equal(qn_cert_verify_root(&out, qn_buf_span(&b), &policy, &err), QN_OK);
        b.p[i] ^= 1;
        assert_int_not_equal(qn_cert_verify_root(&out, (struct qn_span){b.p, i}, &policy, &err),
                             QN_OK);
    }
    qn_buf_init(&c, QN_CERT_MAX);
    qn_cert_seal(&c, &county, parent_sk);
    assert_int_equal(qn_cert_verify(&out, qn_buf_span(&c), &province, &err), QN_OK);
    assert_memory_equal(&out, &county, sizeof(out));
    for (size_t i = 0; i < c.n; i++) {
        c.p[i] ^= 1;
        assert_int_not_equal(qn_cert_verify(&out, qn_buf_span(&c), &province, &err), QN_OK);
        c.p[i] ^= 1;
    }
    qn_put_uint(&c, 0, 1);
    assert_int_equal(qn_cert_verify(&out, qn_buf_span(&c), &province, &err), QN_MALFORMED);
}

enum {
    TWO_LINES,
    C1,
    TURNED,
    LONG_AGO,
    NO_DAY,
    SMALL_BOX,
    STATION_PLANS,
    NO_EPOCH,
    BIG_EPOCH,
    LEVEL_5,
    LANE_5,
    SMALL_SCOPE,
    LONG_SCOPE,
    NO_SCOPE,
    BAD_DEPLOYMENT,
    SHORT_CODE,
    NO_ISSUER,
    LEVEL_1,
    OFF_CURVE,
    SCOPE,
    CODE,
    SAME_CODE,
    LEVEL,
    LANES,
    DEPLOYMENT,
    ISSUER,
    EPOCH,
    WRONG_KEY,
    SAME_KEYS,
    SMALL_KEY,
    ZERO_BOX,
    NAME,
    SCOPES_ORDER,
    DAYS
};
static struct spoil {
    const char *name;
    int what;
    const char *id;
} spoils[] = {
    {"scope outside the parent's", SCOPE, "cert.scope"},
    {"code outside the parent's scope", CODE, "cert.scope"},
    {"the parent's own code", SAME_CODE, "cert.scope"},
    {"level not below", LEVEL, "cert.level"},
    {"lanes the parent lacks", LANES, "cert.lanes"},
    {"another deployment", DEPLOYMENT, "cert.deployment"},
    {"another issuer", ISSUER, "cert.issuer"},
    {"another epoch of the issuer", EPOCH, "cert.issuer"},
    {"signed by another key", WRONG_KEY, "cert.signature"},
    {"two keys the same", SAME_KEYS, "cert.same-keys"},
    {"key of small order", SMALL_KEY, "cert.key"},
    {"box key zero", ZERO_BOX, "cert.key"},
    {"empty name", NAME, "cert.malformed"},
    {"scopes out of order", SCOPES_ORDER, "cert.malformed"},
    {"last day before the first", DAYS, "cert.malformed"},
    {"name of two lines", TWO_LINES, "cert.malformed"},
    {"control character U+0085 in the name", C1, "cert.malformed"},
    {"name that turns the direction", TURNED, "cert.malformed"},
    {"first day before 1970", LONG_AGO, "cert.malformed"},
    {"last day after 9999", NO_DAY, "cert.malformed"},
    {"box key of small order", SMALL_BOX, "cert.key"},
    {"key that is no point", OFF_CURVE, "cert.key"},
    {"station with the lane of plans", STATION_PLANS, "cert.station-lanes"},
    {"epoch 0", NO_EPOCH, "cert.malformed"},
    {"epoch 4096", BIG_EPOCH, "cert.malformed"},
    {"level 5", LEVEL_5, "cert.malformed"},
    {"level 1 under an issuer", LEVEL_1, "cert.malformed"},
    {"a lane that does not exist", LANE_5, "cert.malformed"},
    {"scope in small letters", SMALL_SCOPE, "cert.malformed"},
    {"scope twice", LONG_SCOPE, "cert.malformed"},
    {"no scope", NO_SCOPE, "cert.malformed"},
    {"deployment in capitals", BAD_DEPLOYMENT, "cert.malformed"},
    {"code of one character", SHORT_CODE, "cert.malformed"},
    {"no issuer", NO_ISSUER, "cert.malformed"},
};

static void spoiled(void **state)
{
    const struct spoil *s = *state;
    struct qn_cert c = county, out, parent = province;
    struct qn_err err = {0};
    const uint8_t *sk = parent_sk;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, QN_CERT_MAX);
    switch (s->what) {
    case TWO_LINES:
        strcpy(c.name, "a\nb");
        break;
    case C1:
        strcpy(c.name, "a\xc2\x85");
        break;
    case TURNED:
        strcpy(c.name, "a\xe2\x80\xae");
        break;
    case LONG_AGO:
        c.from_day = -1;
        break;
    case NO_DAY:
        c.to_day = 2932897;
        break;
    case SMALL_BOX:
        memset(c.box, 0, 32), c.box[0] = 1;
        break;
    case OFF_CURVE:
        memset(c.tls, 0, 32), c.tls[0] = 2;
        break;
    case STATION_PLANS:
        c.level = QN_STATION, c.lanes = 1u << QN_LANE_PLAN;
        break;
    case NO_EPOCH:
        c.epoch = 0;
        break;
    case BIG_EPOCH:
        c.epoch = 4096;
        break;
    case LEVEL_5:
        c.level = (enum qn_level)5;
        break;
    case LEVEL_1:
        c.level = QN_PROVINCE;
        break;
    case LANE_5:
        c.lanes = 1u << QN_LANES;
        break;
    case SMALL_SCOPE:
        strcpy(c.scope[0], "14a");
        break;
    case LONG_SCOPE:
        c.nscopes = 2, strcpy(c.scope[1], c.scope[0]);
        break;
    case NO_SCOPE:
        c.nscopes = 0;
        break;
    case BAD_DEPLOYMENT:
        strcpy(c.deployment, "Test.example");
        break;
    case SHORT_CODE:
        strcpy(c.office, "1");
        break;
    case NO_ISSUER:
        c.issuer[0] = 0;
        break;
    case SCOPE:
        strcpy(c.scope[0], "15");
        break;
    case CODE:
        strcpy(c.office, "150602");
        break;
    case SAME_CODE:
        strcpy(c.office, "14");
        break;
    case LEVEL:
        parent.level = QN_COUNTY;
        break;
    case LANES:
        parent.lanes = 1;
        break;
    case DEPLOYMENT:
        strcpy(c.deployment, "other.example");
        break;
    case ISSUER:
        strcpy(c.issuer, "15");
        break;
    case EPOCH:
        c.issuer_epoch = 2;
        break;
    case WRONG_KEY:
        sk = child_sk;
        break;
    case SAME_KEYS:
        memcpy(c.witness, c.log, 32);
        break;
    case SMALL_KEY:
        memset(c.vrf, 0, 32), c.vrf[0] = 1;
        break;
    case ZERO_BOX:
        memset(c.box, 0, 32);
        break;
    case NAME:
        c.name[0] = 0;
        break;
    case SCOPES_ORDER:
        c.nscopes = 2, strcpy(c.scope[1], "140601");
        break;
    case DAYS:
        c.to_day = c.from_day - 1;
        break;
    }
    qn_cert_seal(&b, &c, sk);
    assert_int_not_equal(qn_cert_verify(&out, qn_buf_span(&b), &parent, &err), QN_OK);
    assert_string_equal(err.id, s->id);
}

/* What stands just inside the rules. */
static void accepted(void **state)
{
    static const char *const names[] = {"大同市云州区市场监督管理局", "a b", "\xe2\x80\x94"};
    struct qn_cert c = county, out;
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    (void)state;
    qn_buf_init(&b, QN_CERT_MAX);
    c.level = QN_STATION;
    c.lanes = 1u << QN_LANE_CONTROL | 1u << QN_LANE_RESULT;
    c.from_day = 0;
    c.to_day = 2932896;
    c.epoch = 4095;
    c.nscopes = QN_SCOPES;
    for (unsigned i = 0; i < QN_SCOPES; i++)
        snprintf(c.scope[i], sizeof(c.scope[i]), "14%014u", i);
    memset(c.scope[QN_SCOPES - 1], 0, sizeof(c.scope[0]));
    strcpy(c.scope[QN_SCOPES - 1], c.office); /* its own code is in its scope */
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        b.n = 0;
        memset(c.name, 0, sizeof(c.name));
        strcpy(c.name, names[i]);
        qn_cert_seal(&b, &c, parent_sk);
        assert_int_equal(qn_cert_verify(&out, qn_buf_span(&b), &province, &err), QN_OK);
        assert_memory_equal(&out, &c, sizeof(c));
    }
    memset(c.name, 'x', QN_NAME_MAX);
    c.name[QN_NAME_MAX] = 0;
    memset(c.deployment, 'y', QN_DEPLOYMENT_MAX);
    b.n = 0;
    qn_cert_seal(&b, &c, parent_sk);
    struct qn_cert parent = province;
    memset(parent.deployment, 'y', QN_DEPLOYMENT_MAX);
    assert_int_equal(qn_cert_verify(&out, qn_buf_span(&b), &parent, &err), QN_OK);
}

/* A certificate sealed for one place does not pass at the other, and outputs stay as they were. */
static void wrong_seal(void **state)
{
    static const uint8_t who[] = {0, 1, 2};
    struct qn_cert out, before;
    struct qn_err err;
    struct qn_policy two = policy, other = policy;
    QN_AUTO(qn_buf) struct qn_buf root = {0}, issued, c;
    (void)state;
    memset(&out, 0x55, sizeof(out));
    memcpy(&before, &out, sizeof(out));
    seal_root(&root, &province, 3, who);
    qn_buf_init(&issued, QN_CERT_MAX);
    qn_cert_seal(&issued, &county, parent_sk);
    assert_int_equal(qn_cert_verify(&out, qn_buf_span(&root), &province, &err), QN_UNVERIFIED);
    assert_string_equal(err.id, "cert.issuer");
    assert_int_equal(qn_cert_verify_root(&out, qn_buf_span(&issued), &policy, &err), QN_UNVERIFIED);
    assert_string_equal(err.id, "cert.not-root");
    two.n = 2; /* the third signer is no key of this policy */
    assert_int_equal(qn_cert_verify_root(&out, qn_buf_span(&root), &two, &err), QN_UNVERIFIED);
    assert_string_equal(err.id, "cert.signature");
    strcpy(other.deployment, "other.example");
    assert_int_equal(qn_cert_verify_root(&out, qn_buf_span(&root), &other, &err), QN_DENIED);
    assert_string_equal(err.id, "cert.deployment");
    /* The form of the other kind of seal, over a body that does not allow it. */
    qn_buf_init(&c, QN_CERT_MAX);
    qn_cert_seal(&c, &province, parent_sk);
    assert_int_equal(qn_cert_decode(&out, qn_buf_span(&c), &err), QN_MALFORMED);
    /* Enough good signatures and one bad: refused all the same. */
    root.p[root.n - 1] ^= 1;
    assert_int_equal(qn_cert_verify_root(&out, qn_buf_span(&root), &policy, &err), QN_UNVERIFIED);
    assert_string_equal(err.id, "cert.signature");
    assert_memory_equal(&out, &before, sizeof(out));
}

static void requests(void **state)
{
    struct qn_request r = {.deployment = "test.example",
                           .office = "140602",
                           .name = "县局",
                           .epoch = 1},
                      out;
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    (void)state;
    memcpy(r.log, county.log, 32), memcpy(r.witness, county.witness, 32),
        memcpy(r.vrf, county.vrf, 32);
    memcpy(r.tls, county.tls, 32), memcpy(r.box, county.box, 32);
    qn_buf_init(&b, QN_CERT_MAX);
    qn_request_seal(&b, &r, child_sk);
    assert_int_equal(qn_request_verify(&out, qn_buf_span(&b), &err), QN_OK);
    assert_memory_equal(&out, &r, sizeof(out));
    for (size_t i = 0; i < b.n; i++) {
        b.p[i] ^= 1;
        assert_int_not_equal(qn_request_verify(&out, qn_buf_span(&b), &err), QN_OK);
        b.p[i] ^= 1;
        assert_int_not_equal(qn_request_verify(&out, (struct qn_span){b.p, i}, &err), QN_OK);
    }
}

/* A request for a later epoch, which the old log key signs too. */
static void continued(void **state)
{
    struct qn_request r = {.deployment = "test.example", .office = "140602", .name = "县局", .epoch = 2}, out;
    struct qn_err err;
    uint8_t old_pk[32], old_sk[64], other_pk[32], other_sk[64];
    const uint8_t seed[2][32] = {{77}, {78}};
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    (void)state;
    crypto_sign_seed_keypair(old_pk, old_sk, seed[0]);
    crypto_sign_seed_keypair(other_pk, other_sk, seed[1]);
    memcpy(r.log, county.log, 32), memcpy(r.witness, county.witness, 32), memcpy(r.vrf, county.vrf, 32);
    memcpy(r.tls, county.tls, 32), memcpy(r.box, county.box, 32);
    qn_buf_init(&b, QN_CERT_MAX);
    qn_request_seal(&b, &r, child_sk);
    size_t plain = b.n;
    assert_int_equal(qn_request_verify(&out, qn_buf_span(&b), &err), QN_OK);
    assert_false(out.continued);
    assert_false(qn_request_continues(qn_buf_span(&b), old_pk));
    qn_request_continue(&b, old_sk);
    assert_int_equal(b.n, plain + QN_SIG);
    assert_int_equal(qn_request_verify(&out, qn_buf_span(&b), &err), QN_OK);
    assert_true(out.continued);
    assert_true(qn_request_continues(qn_buf_span(&b), old_pk));
    assert_false(qn_request_continues(qn_buf_span(&b), other_pk));
    assert_false(qn_request_continues(qn_buf_span(&b), r.log)); /* its own key vouches for nothing */
    for (size_t i = 0; i < b.n; i++) {
        b.p[i] ^= 1;
        assert_false(qn_request_continues(qn_buf_span(&b), old_pk));
        b.p[i] ^= 1;
        struct qn_span cut = {b.p, i};
        assert_int_equal(qn_request_verify(&out, cut, &err) == QN_OK, i == plain);
    }
    qn_put(&b, "", 1);
    assert_int_not_equal(qn_request_verify(&out, qn_buf_span(&b), &err), QN_OK);
    qn_buf_release(&b);
    qn_buf_init(&b, QN_CERT_MAX);
    r.epoch = 1; /* there is no epoch before the first */
    qn_request_seal(&b, &r, child_sk);
    qn_request_continue(&b, old_sk);
    assert_int_equal(qn_request_verify(&out, qn_buf_span(&b), &err), QN_MALFORMED);
}

static void origins(void **state)
{
    char d[QN_DEPLOYMENT_MAX + 1], o[QN_CODE_MAX + 1];
    uint16_t e;
    struct qn_err err;
    static const char *const bad[] = {"",
                                      "a/b",
                                      "a.example/14/0",
                                      "a.example/14/01",
                                      "a.example/14/4096",
                                      "a.example/1/1",
                                      "A.example/14/1",
                                      "a.example/14/1/2",
                                      "/14/1",
                                      "a.example//1"};
    (void)state;
    assert_int_equal(qn_origin_parse(qn_str("a.example/140602/12"), d, o, &e, &err), QN_OK);
    assert_string_equal(o, "140602");
    assert_int_equal(e, 12);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(qn_origin_parse(qn_str(bad[i]), d, o, &e, &err), QN_MALFORMED);
    assert_string_equal(d, "a.example"); /* a refusal writes nothing */
    assert_string_equal(o, "140602");
    assert_int_equal(e, 12);
}

int main(void)
{
    static const struct CMUnitTest plain[] = {
        cmocka_unit_test(root_threshold), cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(accepted),       cmocka_unit_test(wrong_seal),
        cmocka_unit_test(requests),       cmocka_unit_test(continued),
        cmocka_unit_test(origins),
    };
    struct CMUnitTest tests[sizeof(plain) / sizeof(plain[0]) + sizeof(spoils) / sizeof(spoils[0])];
    memcpy(tests, plain, sizeof(plain));
    for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++)
        tests[sizeof(plain) / sizeof(plain[0]) + i] =
            (struct CMUnitTest){spoils[i].name, spoiled, NULL, NULL, &spoils[i]};
    return cmocka_run_group_tests_name("cert", tests, setup, NULL);
}
