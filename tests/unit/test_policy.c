/* test_policy.c - root policies as text, fingerprints as people type them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sodium.h>

#include "qian/cert.h"

#define KEY_A "key 3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29\n"
#define KEY_B "key 8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c\n"
#define HEAD  "qian-root-policy/1\ndeployment a.example\nthreshold 1\n"

static struct row {
    const char *name, *text;
    bool ok;
} rows[] = {
    {"one key", HEAD KEY_A, true},
    {"two keys", HEAD KEY_A KEY_B, true},
    {"no key", HEAD, false},
    {"nothing", "", false},
    {"another version", "qian-root-policy/2\ndeployment a.example\nthreshold 1\n" KEY_A, false},
    {"more on the first line", "qian-root-policy/1 x\ndeployment a.example\nthreshold 1\n" KEY_A,
     false},
    {"keys not ascending", HEAD KEY_B KEY_A, false},
    {"a key twice", HEAD KEY_A KEY_A, false},
    {"line without end",
     HEAD "key 3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29", false},
    {"a line after the keys", HEAD KEY_A "more\n", false},
    {"threshold above the keys", "qian-root-policy/1\ndeployment a.example\nthreshold 2\n" KEY_A,
     false},
    {"threshold 0", "qian-root-policy/1\ndeployment a.example\nthreshold 0\n" KEY_A, false},
    {"threshold 01", "qian-root-policy/1\ndeployment a.example\nthreshold 01\n" KEY_A, false},
    {"capital deployment", "qian-root-policy/1\ndeployment A.example\nthreshold 1\n" KEY_A, false},
    {"no deployment", "qian-root-policy/1\ndeployment \nthreshold 1\n" KEY_A, false},
    {"capital digits",
     HEAD "key 3B6A27BCCEB6A42D62A3A8D02A6F0D73653215771DE243A63AC048A18B59DA29\n", false},
    {"key of small order",
     HEAD "key 0100000000000000000000000000000000000000000000000000000000000000\n", false},
};

static void policy_parses(void **state)
{
    const struct row *r = *state;
    struct qn_policy p = {.k = 77};
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf again = {0};
    qn_buf_init(&again, QN_POLICY_MAX);
    if (!r->ok) {
        assert_int_equal(qn_policy_parse(&p, qn_str(r->text), &err), QN_MALFORMED);
        assert_string_equal(err.id, "cert.policy");
        assert_int_equal(p.k, 77);
        return;
    }
    assert_int_equal(qn_policy_parse(&p, qn_str(r->text), &err), QN_OK);
    qn_policy_text(&again, &p);
    assert_true(qn_span_is(qn_buf_span(&again), r->text));
}

static void policy_hash_is_of_the_text(void **state)
{
    static const char text[] = HEAD KEY_A KEY_B;
    struct qn_policy p;
    uint8_t want[QN_HASH], have[QN_HASH];
    (void)state;
    assert_int_equal(qn_policy_parse(&p, qn_str(text), NULL), QN_OK);
    crypto_hash_sha256(want, (const uint8_t *)text, sizeof(text) - 1);
    qn_policy_hash(have, &p);
    assert_memory_equal(have, want, QN_HASH);
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, QN_PUBKEY);
}

static void five_keys_and_no_more(void **state)
{
    uint8_t key[QN_ROOT_KEYS + 1][QN_PUBKEY], seed[32] = {0}, sk[64];
    struct qn_policy p;
    (void)state;
    for (uint8_t i = 0; i <= QN_ROOT_KEYS; i++) {
        seed[0] = i;
        crypto_sign_seed_keypair(key[i], sk, seed);
    }
    qsort(key, QN_ROOT_KEYS + 1, QN_PUBKEY, by_bytes);
    for (unsigned n = QN_ROOT_KEYS; n <= QN_ROOT_KEYS + 1; n++) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        qn_buf_init(&b, QN_POLICY_MAX);
        qn_put_str(&b, "qian-root-policy/1\ndeployment a.example\nthreshold 5\n");
        for (unsigned i = 0; i < n; i++) {
            qn_put_str(&b, "key ");
            qn_put_hex(&b, key[i], QN_PUBKEY);
            qn_put_str(&b, "\n");
        }
        assert_int_equal(qn_policy_parse(&p, qn_buf_span(&b), NULL),
                         n == QN_ROOT_KEYS ? QN_OK : QN_MALFORMED);
    }
}

/* ---- fingerprints ------------------------------------------------------------------------------- */

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void fingerprint_of(char print[QN_FINGERPRINT], uint8_t hash[QN_HASH])
{
    for (uint8_t i = 0; i < QN_HASH; i++)
        hash[i] = (uint8_t)(0xc1 + i);
    qn_fingerprint(print, hash);
}

/* typed is refused, and the refusal names this group. */
static void names_group(const char *typed, const uint8_t hash[QN_HASH], const char *id,
                        size_t group)
{
    struct qn_err err = {.code = QN_OK};
    char want[16];
    snprintf(want, sizeof(want), "group=%zu", group);
    assert_int_equal(qn_fingerprint_check(typed, hash, &err), QN_MALFORMED);
    assert_string_equal(err.id, id);
    assert_string_equal(err.args, want);
}

static void fingerprint_known_answer(void **state)
{
    uint8_t hash[QN_HASH];
    char print[QN_FINGERPRINT];
    (void)state;
    fingerprint_of(print, hash);
    assert_string_equal(print, "R71CS-7H65K-RV3WD-HJEAM-SF6CV-VKPFA-T38XS-5MYMS");
}

static void fingerprint_as_typed(void **state)
{
    uint8_t hash[QN_HASH], other[QN_HASH];
    char print[QN_FINGERPRINT], typed[64] = "";
    struct qn_err err;
    (void)state;
    fingerprint_of(print, hash);
    assert_int_equal(qn_fingerprint_check(print, hash, &err), QN_OK);
    size_t n = 0;
    typed[n++] = ' ';
    for (size_t i = 0; i < 47; i++) { /* as a person types it */
        bool letter = print[i] >= 'A' && print[i] <= 'Z';
        typed[n++] = print[i] == '-' ? ' ' : (char)(letter ? print[i] + 32 : print[i]);
        if (print[i] == '-' && i % 12 == 5)
            n--;
    }
    typed[n++] = ' ';
    typed[n] = 0;
    assert_int_equal(qn_fingerprint_check(typed, hash, &err), QN_OK);
    memcpy(other, hash, QN_HASH);
    other[19] ^= 1; /* the last of the 160 bits */
    assert_int_equal(qn_fingerprint_check(print, other, &err), QN_UNVERIFIED);
    assert_string_equal(err.id, "cert.fingerprint");
    assert_string_equal(err.args, ""); /* the right one is not given away */
}

static void fingerprint_every_wrong_character(void **state)
{
    uint8_t hash[QN_HASH];
    char print[QN_FINGERPRINT], typed[QN_FINGERPRINT];
    (void)state;
    fingerprint_of(print, hash);
    for (size_t i = 0; i < 47; i++) {
        if (print[i] == '-')
            continue;
        memcpy(typed, print, sizeof(print));
        for (const char *c = alphabet; *c; c++) {
            typed[i] = *c;
            if (*c != print[i])
                names_group(typed, hash, "cert.fingerprint-group", i / 6 + 1);
        }
        for (const char *c = "ILOUilou!"; *c; c++) {
            typed[i] = *c;
            names_group(typed, hash, "cert.fingerprint-form", i / 6 + 1);
        }
    }
}

static void fingerprint_every_exchange(void **state)
{
    uint8_t hash[QN_HASH];
    char print[QN_FINGERPRINT], typed[QN_FINGERPRINT];
    (void)state;
    fingerprint_of(print, hash);
    for (size_t g = 0; g < 8; g++) {
        for (size_t i = 0; i < 5; i++)
            for (size_t k = i + 1; k < 5; k++) { /* two characters of a group */
                memcpy(typed, print, sizeof(print));
                typed[6 * g + i] = print[6 * g + k];
                typed[6 * g + k] = print[6 * g + i];
                if (typed[6 * g + i] != typed[6 * g + k])
                    names_group(typed, hash, "cert.fingerprint-group", g + 1);
            }
        for (size_t h = g + 1; h < 8; h++) { /* two groups */
            memcpy(typed, print, sizeof(print));
            memcpy(typed + 6 * g, print + 6 * h, 5);
            memcpy(typed + 6 * h, print + 6 * g, 5);
            names_group(typed, hash, "cert.fingerprint-group", g + 1);
        }
    }
}

static void fingerprint_too_short_or_long(void **state)
{
    uint8_t hash[QN_HASH];
    char print[QN_FINGERPRINT], typed[64];
    (void)state;
    fingerprint_of(print, hash);
    for (size_t g = 0; g < 8; g++) {
        size_t at = 6 * g + 4;
        memcpy(typed, print, at); /* the last character of a group is left out */
        memcpy(typed + at, print + at + 1, sizeof(print) - at - 1);
        names_group(typed, hash, "cert.fingerprint-form", g + 1);
        memcpy(typed, print, at + 1); /* or typed twice */
        memcpy(typed + at + 1, print + at, sizeof(print) - at);
        names_group(typed, hash, "cert.fingerprint-form", g + 1);
        memcpy(typed, print, 6 * g); /* or the paper ends there */
        typed[6 * g] = 0;
        names_group(typed, hash, "cert.fingerprint-form", g + 1);
    }
    snprintf(typed, sizeof(typed), "%s-%.5s", print, print);
    names_group(typed, hash, "cert.fingerprint-form", 8);
}

int main(void)
{
    static const struct CMUnitTest plain[] = {
        cmocka_unit_test(policy_hash_is_of_the_text),
        cmocka_unit_test(five_keys_and_no_more),
        cmocka_unit_test(fingerprint_known_answer),
        cmocka_unit_test(fingerprint_as_typed),
        cmocka_unit_test(fingerprint_every_wrong_character),
        cmocka_unit_test(fingerprint_every_exchange),
        cmocka_unit_test(fingerprint_too_short_or_long),
    };
    struct CMUnitTest tests[sizeof(plain) / sizeof(plain[0]) + sizeof(rows) / sizeof(rows[0])];
    memcpy(tests, plain, sizeof(plain));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        tests[sizeof(plain) / sizeof(plain[0]) + i] =
            (struct CMUnitTest){rows[i].name, policy_parses, NULL, NULL, &rows[i]};
    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
