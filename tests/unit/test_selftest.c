/* test_selftest.c - the start-up test passes here, and names what is broken when one primitive gives a
 * wrong answer. This program's own functions stand before libsodium's of the same name; each asks the
 * real one and spoils its answer when told to.                                                      */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <sodium.h>

#include "qian/base.h"

enum spoil { NOTHING, INIT, OLD_MAJOR, OLD_MINOR, POINT, NO_POINT, HASH, MAC, SIGN, ACCEPT, CURVE };

static struct row {
    const char *name, *what; /* what: the part that the refusal names, NULL: none */
    enum spoil spoil;
} rows[] = {
    {"this library passes", NULL, NOTHING},
    {"sodium_init fails", "sodium_init", INIT},
    {"an interface before 10", "version", OLD_MAJOR},
    {"1.0.17, interface 10.2", "version", OLD_MINOR},
    {"a point outside the subgroup is taken (CVE-2025-69277)", "CVE-2025-69277", POINT},
    {"the base point is refused", "CVE-2025-69277", NO_POINT},
    {"SHA-256 is wrong", "SHA-256", HASH},
    {"HMAC is wrong", "HMAC-SHA-256", MAC},
    {"Ed25519 signs wrongly", "Ed25519", SIGN},
    {"Ed25519 takes a changed signature", "Ed25519", ACCEPT},
    {"the VRF's arithmetic is wrong", "ECVRF", CURVE},
};
static enum spoil spoil;

/* dlsym gives an object pointer; POSIX promises that it holds a function's address. */
#define REAL(name) \
    __typeof__(&(name)) name##_real; \
    void *name##_at = dlsym(RTLD_NEXT, #name); \
    memcpy(&name##_real, &name##_at, sizeof(name##_at))

int sodium_init(void)
{
    REAL(sodium_init);
    return spoil == INIT ? -1 : sodium_init_real();
}

int sodium_library_version_major(void)
{
    return spoil == OLD_MAJOR ? 9 : SODIUM_LIBRARY_VERSION_MAJOR;
}

int sodium_library_version_minor(void)
{
    return spoil == OLD_MINOR ? 2 : SODIUM_LIBRARY_VERSION_MINOR;
}

int crypto_core_ed25519_is_valid_point(const unsigned char *p)
{
    REAL(crypto_core_ed25519_is_valid_point);
    if (spoil == POINT || spoil == NO_POINT)
        return spoil == POINT;
    return crypto_core_ed25519_is_valid_point_real(p);
}

int crypto_hash_sha256_final(crypto_hash_sha256_state *state, unsigned char *out)
{
    REAL(crypto_hash_sha256_final);
    int rc = crypto_hash_sha256_final_real(state, out);
    if (spoil == HASH)
        out[31] ^= 1;
    return rc;
}

int crypto_auth_hmacsha256_final(crypto_auth_hmacsha256_state *state, unsigned char *out)
{
    REAL(crypto_auth_hmacsha256_final);
    int rc = crypto_auth_hmacsha256_final_real(state, out);
    if (spoil == MAC)
        out[31] ^= 1;
    return rc;
}

int crypto_sign_detached(unsigned char *sig, unsigned long long *n, const unsigned char *m,
                         unsigned long long mn, const unsigned char *sk)
{
    REAL(crypto_sign_detached);
    int rc = crypto_sign_detached_real(sig, n, m, mn, sk);
    if (spoil == SIGN)
        sig[0] ^= 1;
    return rc;
}

int crypto_sign_verify_detached(const unsigned char *sig, const unsigned char *m,
                                unsigned long long mn, const unsigned char *pk)
{
    REAL(crypto_sign_verify_detached);
    return spoil == ACCEPT ? 0 : crypto_sign_verify_detached_real(sig, m, mn, pk);
}

void crypto_core_ed25519_scalar_mul(unsigned char *z, const unsigned char *x,
                                    const unsigned char *y)
{
    REAL(crypto_core_ed25519_scalar_mul);
    crypto_core_ed25519_scalar_mul_real(z, x, y);
    if (spoil == CURVE)
        z[0] ^= 1;
}

static void names_what_is_broken(void **state)
{
    const struct row *r = *state;
    struct qn_err err = {.code = QN_OK};
    char want[64] = "what=";
    spoil = r->spoil;
    enum qn_code rc = qn_selftest(&err);
    spoil = NOTHING;
    if (!r->what) {
        assert_int_equal(rc, QN_OK);
        return;
    }
    assert_int_equal(rc, QN_IO);
    assert_string_equal(err.id, "selftest.failed");
    strcat(strcat(want, r->what), "|version=");
    assert_memory_equal(err.args, want, strlen(want));
}

int main(void)
{
    struct CMUnitTest tests[sizeof(rows) / sizeof(rows[0])];
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        tests[i] = (struct CMUnitTest){rows[i].name, names_what_is_broken, NULL, NULL, &rows[i]};
    return cmocka_run_group_tests_name("selftest", tests, NULL, NULL);
}
