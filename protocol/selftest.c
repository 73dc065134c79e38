#include "qian/base.h"

#include <sodium.h>
#include <string.h>

#include "protocol/wire.h"
#include "qian/vrf.h"

static enum qn_code failed(struct qn_err *err, const char *what)
{
    return qn_fail(err, QN_IO, "selftest.failed", "what=%s|version=%s", what,
                   sodium_version_string());
}

/* B + (0, -1) is on the curve but outside the prime subgroup. Upstream 1.0.18 took it for valid
 * (CVE-2025-69277: its test forgot to compare Y with Z); Debian's 1.0.18-1+deb12u1 does not.    */
static bool subgroup_test_is_mended(void)
{
    uint8_t one[32] = {1}, base[32], minus[32], sum[32];
    memset(minus, 0xff, sizeof(minus));
    minus[0] = 0xec;
    minus[31] = 0x7f; /* y = p - 1, x = 0: the point of order two */
    return crypto_scalarmult_ed25519_base_noclamp(base, one) == 0 &&
           crypto_core_ed25519_add(sum, base, minus) == 0 &&
           crypto_core_ed25519_is_valid_point(base) == 1 &&
           crypto_core_ed25519_is_valid_point(sum) == 0;
}

/* Interface 10.3 came with 1.0.18, the first that has all the arithmetic the VRF needs. */
static bool library_is_new_enough(void)
{
    int major = sodium_library_version_major();
    return major > 10 || (major == 10 && sodium_library_version_minor() >= 3);
}

static bool hash_is_right(void)
{
    static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    uint8_t h[QN_HASH];
    char hex[2 * QN_HASH + 1];
    struct qn_span in = qn_str("abc");
    wire_sha256(h, &in, 1);
    qn_hex(hex, h, sizeof(h));
    return strcmp(hex, abc) == 0;
}

/* A key of 32 zero bytes and nothing hashed. */
static bool mac_is_right(void)
{
    static const char want[] = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
    uint8_t h[QN_HASH], zero[32] = {0};
    char hex[2 * QN_HASH + 1];
    wire_hmac(h, zero, NULL, 0);
    qn_hex(hex, h, sizeof(h));
    return strcmp(hex, want) == 0;
}

/* RFC 8032 §7.1, test 2: made, checked, and refused once a bit is changed. */
static bool signature_is_right(void)
{
    static const char seed_hex[] =
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
    static const char want[] = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                               "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
    static const uint8_t message[1] = {0x72};
    uint8_t seed[32], pk[32], sk[64], sig[QN_SIG];
    char hex[2 * QN_SIG + 1];
    if (!qn_hex_decode(seed, sizeof(seed), qn_str(seed_hex)))
        return false;
    crypto_sign_seed_keypair(pk, sk, seed);
    crypto_sign_detached(sig, NULL, message, sizeof(message), sk);
    qn_hex(hex, sig, sizeof(sig));
    if (strcmp(hex, want) != 0 ||
        crypto_sign_verify_detached(sig, message, sizeof(message), pk) != 0)
        return false;
    sig[40] ^= 1;
    return crypto_sign_verify_detached(sig, message, sizeof(message), pk) != 0;
}

/* RFC 9381 example 16: key, beta; the proof is made and checked. */
static bool vrf_is_right(void)
{
    static const char sk_hex[] = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    static const char want[] = "90cf1df3b703cce59e2a35b925d411164068269d7b2d29f3301c03dd757876ff"
                               "66b71dda49d2de59d03450451af026798e8f81cd2e333de5cdf4f3e140fdd8ae";
    uint8_t sk[32], pk[32], pi[QN_VRF_PROOF], beta[QN_VRF_BETA], again[QN_VRF_BETA];
    char hex[2 * QN_VRF_BETA + 1];
    struct qn_span empty = {NULL, 0};
    if (!qn_hex_decode(sk, sizeof(sk), qn_str(sk_hex)))
        return false;
    qn_vrf_public(pk, sk);
    if (qn_vrf_prove(pi, beta, sk, empty, NULL) ||
        qn_vrf_verify(again, pk, QN_SPAN(pi), empty, NULL))
        return false;
    qn_hex(hex, beta, sizeof(beta));
    return strcmp(hex, want) == 0 && memcmp(beta, again, sizeof(beta)) == 0;
}

enum qn_code qn_selftest(struct qn_err *err)
{
    static const struct {
        const char *what;
        bool (*holds)(void);
    } tests[] = {
        {"version", library_is_new_enough}, {"CVE-2025-69277", subgroup_test_is_mended},
        {"SHA-256", hash_is_right},         {"HMAC-SHA-256", mac_is_right},
        {"Ed25519", signature_is_right},    {"ECVRF", vrf_is_right},
    };
    if (sodium_init() < 0)
        return failed(err, "sodium_init");
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        if (!tests[i].holds())
            return failed(err, tests[i].what);
    return QN_OK;
}
