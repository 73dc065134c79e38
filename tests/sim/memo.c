/* memo.c - pure functions of libsodium, remembered: in one process a whole tree asks the same question dozens of times,
 * is this key sound, does this signature hold. Linked in their place (-Wl,--wrap); the true ones give the answers.  */
#include <sodium.h>
#include <string.h>

#include "tests/sim/sim.h"

#define SLOTS 65536

struct memo {
    uint8_t of[32]; /* BLAKE2b of what was asked */
    uint8_t out[32];
    signed char rc;
    bool used;
};
static struct memo memo[SLOTS];

static struct memo *slot(char what, const void *const part[3], const size_t n[3], bool *known)
{
    crypto_generichash_state h;
    uint8_t of[32];
    crypto_generichash_init(&h, (const uint8_t *)"qian-sim memo: it", 16, sizeof(of));
    crypto_generichash_update(&h, (const uint8_t *)&what, 1);
    for (int i = 0; i < 3; i++)
        crypto_generichash_update(&h, part[i], n[i]);
    crypto_generichash_final(&h, of, sizeof(of));
    struct memo *m = &memo[of[0] | of[1] << 8];
    *known = m->used && memcmp(m->of, of, sizeof(of)) == 0;
    m->used = true;
    memcpy(m->of, of, sizeof(of));
    return m;
}

int __real_crypto_core_ed25519_is_valid_point(const unsigned char *p);
int __wrap_crypto_core_ed25519_is_valid_point(const unsigned char *p);
int __wrap_crypto_core_ed25519_is_valid_point(const unsigned char *p)
{
    bool known;
    struct memo *m =
        slot('p', (const void *const[3]){p, p, p}, (const size_t[3]){32, 0, 0}, &known);
    if (!known)
        m->rc = (signed char)__real_crypto_core_ed25519_is_valid_point(p);
    return m->rc;
}

int __real_crypto_scalarmult(unsigned char *q, const unsigned char *n, const unsigned char *p);
int __wrap_crypto_scalarmult(unsigned char *q, const unsigned char *n, const unsigned char *p);
int __wrap_crypto_scalarmult(unsigned char *q, const unsigned char *n, const unsigned char *p)
{
    bool known;
    struct memo *m =
        slot('m', (const void *const[3]){n, p, p}, (const size_t[3]){32, 32, 0}, &known);
    if (!known)
        m->rc = (signed char)__real_crypto_scalarmult(m->out, n, p);
    memcpy(q, m->out, 32);
    return m->rc;
}

int __real_crypto_sign_verify_detached(const unsigned char *sig, const unsigned char *msg,
                                       unsigned long long n, const unsigned char *key);
int __wrap_crypto_sign_verify_detached(const unsigned char *sig, const unsigned char *msg,
                                       unsigned long long n, const unsigned char *key);
int __wrap_crypto_sign_verify_detached(const unsigned char *sig, const unsigned char *msg,
                                       unsigned long long n, const unsigned char *key)
{
    bool known;
    struct memo *m = slot('s', (const void *const[3]){sig, key, msg},
                          (const size_t[3]){64, 32, (size_t)n}, &known);
    if (!known)
        m->rc = (signed char)__real_crypto_sign_verify_detached(sig, msg, n, key);
    return m->rc;
}
