/* test_rotation.c - which certificate follows, which one judges, which root policy comes next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <sodium.h>

#include "protocol/wire.h"
#include "qian/cert.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* ---- serials ----------------------------------------------------------------------------------------------- */

static void serials(void **state)
{
    static const struct {
        uint32_t serial, last;
        bool same;
        const char *id;
    } rows[] = {
        {1, 0, false, ""},
        {2, 1, false, ""},
        {7, 6, false, ""},
        {7, 7, true, ""},
        {UINT32_MAX, UINT32_MAX - 1, false, ""},
        {0, 0, false, "cert.serial-regression"},
        {7, 7, false, "cert.serial-recycled"},
        {1, 1, false, "cert.serial-recycled"},
        {6, 7, false, "cert.serial-regression"},
        {6, 7, true, "cert.serial-regression"},
        {0, 7, false, "cert.serial-regression"},
        {2, 0, false, "cert.serial-gap"},
        {9, 7, false, "cert.serial-gap"},
        {UINT32_MAX, 1, false, "cert.serial-gap"},
    };
    static const uint8_t bytes[] = "certificate";
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct qn_cert c = {.issuer = "14", .office = "1406", .serial = rows[i].serial};
        struct qn_err err = {0};
        uint8_t hash[QN_HASH];
        crypto_hash_sha256(hash, bytes, sizeof(bytes));
        hash[31] ^= rows[i].same ? 0 : 1;
        enum qn_code rc = qn_cert_follows(&c, QN_SPAN(bytes), rows[i].last, hash, &err);
        assert_int_equal(rc, *rows[i].id ? QN_DENIED : QN_OK);
        assert_string_equal(err.id, rows[i].id);
    }
}

/* ---- which one judges -------------------------------------------------------------------------------------- */

#define DAYS(n) ((uint64_t)(n)*WIRE_DAY_S - WIRE_ZONE_S) /* the first second of a day */

/* One office: given on day 10 for days 10 to 20, renewed on day 30 for 15 to 40, revoked on day 35. */
static const struct qn_cert first = {
    .office = "1406", .epoch = 1, .serial = 3, .lanes = 31, .from_day = 10, .to_day = 20};
static const struct qn_cert renewed = {
    .office = "1406", .epoch = 1, .serial = 5, .lanes = 15, .from_day = 15, .to_day = 40};
static const struct qn_cert revoked = {
    .office = "1406", .epoch = 1, .serial = 8, .lanes = 0, .from_day = 0, .to_day = 99};

static void governing(void **state)
{
    static const struct qn_cert_given all[] = {
        {&renewed, DAYS(30)}, {&revoked, DAYS(35)}, {&first, DAYS(10)}};
    static const struct {
        size_t from, n;
        uint64_t time;
        const struct qn_cert *want;
        enum qn_code code;
        const char *id;
    } rows[] = {
        /* the first alone */
        {2, 1, DAYS(10), &first, QN_OK, ""},
        {2, 1, DAYS(21) - 1, &first, QN_OK, ""},
        {2, 1, DAYS(21), NULL, QN_LATER, "cert.not-covered"},
        {2, 1, DAYS(10) - 1, NULL, QN_LATER,
         "cert.not-covered"}, /* before its first day, and before it was given */
        {2, 1, 0, NULL, QN_LATER, "cert.not-covered"},
        /* a renewal covers days before it was given, but judges only what comes after */
        {0, 3, DAYS(12), &first, QN_OK, ""},
        {0, 3, DAYS(25), &first, QN_OK, ""},
        {0, 3, DAYS(30) - 1, &first, QN_OK, ""},
        {0, 3, DAYS(30), &renewed, QN_OK, ""},
        {0, 3, DAYS(35) - 1, &renewed, QN_OK, ""},
        /* from the revocation on nothing, however long the dates of the others are */
        {0, 3, DAYS(35), NULL, QN_DENIED, "cert.revoked"},
        {0, 3, DAYS(39), NULL, QN_DENIED, "cert.revoked"},
        {0, 3, UINT64_MAX, NULL, QN_DENIED, "cert.revoked"},
        /* the dates of a revocation cover nothing */
        {0, 3, DAYS(5), NULL, QN_LATER, "cert.not-covered"},
        {1, 1, DAYS(5), NULL, QN_DENIED, "cert.revoked"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct qn_cert *out = NULL;
        struct qn_err err = {0};
        assert_int_equal(qn_cert_governing(&out, all + rows[i].from, rows[i].n, rows[i].time, &err),
                         rows[i].code);
        assert_string_equal(err.id, rows[i].id);
        assert_ptr_equal(out, rows[i].want);
    }
}

/* Serials begin again in each epoch of the issuer: the epoch goes before the serial. */
static void issuers_epochs(void **state)
{
    static const struct qn_cert old = {.office = "1406",
                                       .issuer_epoch = 1,
                                       .epoch = 1,
                                       .serial = 9,
                                       .lanes = 31,
                                       .from_day = 0,
                                       .to_day = 99};
    static const struct qn_cert later = {.office = "1406",
                                         .issuer_epoch = 2,
                                         .epoch = 1,
                                         .serial = 1,
                                         .lanes = 15,
                                         .from_day = 0,
                                         .to_day = 99};
    static const struct qn_cert end = {.office = "1406",
                                       .issuer_epoch = 2,
                                       .epoch = 1,
                                       .serial = 2,
                                       .lanes = 0,
                                       .from_day = 0,
                                       .to_day = 99};
    static const struct qn_cert_given all[] = {
        {&end, DAYS(30)}, {&old, DAYS(10)}, {&later, DAYS(20)}};
    static const struct {
        uint64_t time;
        const struct qn_cert *want;
    } rows[] = {{DAYS(5), &old},    {DAYS(10), &old},       {DAYS(20) - 1, &old},
                {DAYS(20), &later}, {DAYS(30) - 1, &later}, {DAYS(30), NULL}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct qn_cert *out = NULL;
        struct qn_err err = {0};
        assert_int_equal(qn_cert_governing(&out, all, ARRAY_LEN(all), rows[i].time, &err),
                         rows[i].want ? QN_OK : QN_DENIED);
        assert_ptr_equal(out, rows[i].want);
    }
}

/* ---- succession -------------------------------------------------------------------------------------------- */

static uint8_t old_sk[3][64], new_sk[3][64];
static struct qn_policy old_policy = {.deployment = "test.example", .k = 2, .n = 3};
static struct qn_policy new_policy = {.deployment = "test.example", .k = 2, .n = 3};

static void make_policy(struct qn_policy *p, uint8_t sk[3][64], uint8_t from)
{
    for (unsigned made = 0, s = from; made < 3; s++) { /* seeds that give ascending keys */
        uint8_t seed[32] = {(uint8_t)s}, pk[32], k[64];
        crypto_sign_seed_keypair(pk, k, seed);
        if (made && memcmp(p->key[made - 1], pk, 32) >= 0)
            continue;
        if (!made && pk[0] > 80)
            continue;
        memcpy(p->key[made], pk, 32);
        memcpy(sk[made++], k, 64);
    }
}

static int setup(void **state)
{
    (void)state;
    if (sodium_init() < 0)
        return -1;
    make_policy(&old_policy, old_sk, 1);
    make_policy(&new_policy, new_sk, 120);
    return 0;
}

enum spoil {
    SOUND,
    FROM,
    DEPLOYMENT,
    SAME,
    LINE,
    TITLE,
    TAIL,
    CUT,
    SIG_BIT,
    WRONG_KEY,
    SWAPPED,
    LONG_NUMBER
};

static void build(struct qn_buf *b, const char *lines, enum spoil spoil)
{
    struct qn_policy next = spoil == SAME ? old_policy : new_policy;
    struct qn_custodian_sig sig[8];
    uint8_t from[QN_HASH];
    size_t n = 0;
    if (spoil == DEPLOYMENT)
        memcpy(next.deployment, "other", 6);
    qn_policy_hash(from, &old_policy);
    from[0] ^= spoil == FROM;
    qn_buf_init(b, QN_SUCCESSION_MAX + 100);
    qn_succession_body(b, from, &next);
    struct qn_span body = qn_buf_span(b);
    for (const char *p = lines; *p; p += 2, n++) {
        bool is_new = p[0] == 'n';
        unsigned k = (unsigned)(p[1] - '0');
        sig[n] = (struct qn_custodian_sig){.is_new = is_new, .number = (uint8_t)k};
        const uint8_t *sk =
            (is_new != (spoil == WRONG_KEY) && spoil != SAME) ? new_sk[k % 3] : old_sk[k % 3];
        qn_succession_sign(sig[n].sig, body, sk);
    }
    if (spoil == SIG_BIT)
        sig[0].sig[5] ^= 1;
    qn_succession_lines(b, sig, n);
    if (spoil == LINE)
        qn_put_str(b, "extra 1\n");
    if (spoil == TAIL)
        qn_put_str(b, "\n");
    if (spoil == TITLE)
        b->p[5] = 'x';
    if (spoil == CUT)
        b->n--;
    assert_int_equal(b->failed, QN_OK);
}

static void succession(void **state)
{
    static const struct {
        const char *lines;
        enum spoil spoil;
        enum qn_code code;
        const char *id;
    } rows[] = {
        {"o0o1n0n1", SOUND, QN_OK, ""},
        {"o0o2n1n2", SOUND, QN_OK, ""},
        {"o0o1o2n0n1n2", SOUND, QN_OK, ""},
        {"o0n0n1", SOUND, QN_UNVERIFIED, "cert.succession-threshold"},
        {"o0o1n0", SOUND, QN_UNVERIFIED, "cert.succession-threshold"},
        {"o0o1", SOUND, QN_UNVERIFIED, "cert.succession-threshold"},
        {"n0n1", SOUND, QN_UNVERIFIED, "cert.succession-threshold"},
        {"", SOUND, QN_UNVERIFIED, "cert.succession-threshold"},
        {"o0o0n0n1", SOUND, QN_MALFORMED, "cert.succession"},
        {"o1o0n0n1", SOUND, QN_MALFORMED, "cert.succession"},
        {"n0n1o0o1", SOUND, QN_MALFORMED, "cert.succession"},
        {"o0n0o1n1", SOUND, QN_MALFORMED, "cert.succession"},
        {"o0o5n0n1", SOUND, QN_MALFORMED, "cert.succession"},
        {"o0o1o4n0n1", SOUND, QN_UNVERIFIED, "cert.succession-signature"}, /* there is no key 4 */
        {"o0o1n0n1", FROM, QN_DENIED, "cert.succession-other"},
        {"o0o1n0n1", DEPLOYMENT, QN_DENIED, "cert.succession-other"},
        {"o0o1n0n1", SAME, QN_DENIED, "cert.succession-other"},
        {"o0o1n0n1", LINE, QN_MALFORMED, "cert.succession"},
        {"o0o1n0n1", TITLE, QN_MALFORMED, "cert.succession"},
        {"o0o1n0n1", TAIL, QN_MALFORMED, "cert.succession"},
        {"o0o1n0n1", CUT, QN_MALFORMED, "cert.succession"},
        {"o0o1n0n1", SIG_BIT, QN_UNVERIFIED, "cert.succession-signature"},
        {"o0o1n0n1", WRONG_KEY, QN_UNVERIFIED, "cert.succession-signature"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct qn_policy next = {.n = 0};
        struct qn_err err = {0};
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        build(&b, rows[i].lines, rows[i].spoil);
        enum qn_code rc = qn_succession_verify(&next, qn_buf_span(&b), &old_policy, &err);
        if (rc != rows[i].code || strcmp(err.id, rows[i].id) != 0)
            print_error("row %zu (%s): %d %s\n", i, rows[i].lines, (int)rc, err.id);
        assert_int_equal(rc, rows[i].code);
        assert_string_equal(err.id, rows[i].id);
        assert_int_equal(next.n, rc ? 0 : 3);
        if (!rc)
            assert_memory_equal(next.key, new_policy.key, sizeof(next.key[0]) * 3);
    }
}

/* Every single bit changed, and every length cut: never accepted. */
static void succession_bits(void **state)
{
    struct qn_policy next;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    (void)state;
    build(&b, "o0o1n0n1", SOUND);
    for (size_t bit = 0; bit < b.n * 8; bit += 7) {
        b.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(qn_succession_verify(&next, qn_buf_span(&b), &old_policy, NULL),
                             QN_OK);
        b.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t n = 0; n < b.n; n++)
        assert_int_not_equal(
            qn_succession_verify(&next, (struct qn_span){b.p, n}, &old_policy, NULL), QN_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serials), cmocka_unit_test(governing), cmocka_unit_test(issuers_epochs),
        cmocka_unit_test(succession), cmocka_unit_test(succession_bits)};
    return cmocka_run_group_tests(tests, setup, NULL);
}
