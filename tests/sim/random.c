#include <sodium.h>
#include <string.h>

#include "tests/sim/sim.h"

void rng_init(struct rng *r, uint64_t seed, const char *purpose)
{
    char text[80];
    int n = snprintf(text, sizeof(text), "qian-sim/1 %llu %s", (unsigned long long)seed, purpose);
    *r = (struct rng){.at = sizeof(r->room)};
    crypto_hash_sha256(r->key, (const uint8_t *)text, (unsigned long long)n);
}

void rng_bytes(struct rng *r, void *out, size_t n)
{
    uint8_t *to = out;
    while (n) {
        if (r->at == sizeof(r->room)) {
            uint8_t nonce[8];
            for (int i = 0; i < 8; i++)
                nonce[i] = (uint8_t)(r->block >> (8 * i));
            r->block++;
            crypto_stream_chacha20(r->room, sizeof(r->room), nonce, r->key);
            r->at = 0;
        }
        size_t take = sizeof(r->room) - r->at < n ? sizeof(r->room) - r->at : n;
        memcpy(to, r->room + r->at, take);
        r->at += take;
        to += take;
        n -= take;
    }
}

uint64_t rng_below(struct rng *r, uint64_t n)
{
    uint64_t v = 0;
    rng_bytes(r, &v, sizeof(v));
    return n ? v % n : 0; /* the bias of a 64-bit number does not matter here */
}

bool rng_chance(struct rng *r, unsigned permille)
{
    return permille && rng_below(r, 1000) < permille;
}

/* ---- libsodium's source: salts, nonces, keys of bundles --------------------------------------------------------- */

static struct rng entropy;

static const char *entropy_name(void)
{
    return "qian-sim";
}

static void entropy_buf(void *const out, const size_t n)
{
    rng_bytes(&entropy, out, n);
}

static uint32_t entropy_random(void)
{
    uint32_t v;
    rng_bytes(&entropy, &v, sizeof(v));
    return v;
}

void entropy_install(void)
{
    static randombytes_implementation ours = {
        .implementation_name = entropy_name, .random = entropy_random, .buf = entropy_buf};
    entropy_seed(0);
    randombytes_set_implementation(&ours);
}

void entropy_seed(uint64_t seed)
{
    rng_init(&entropy, seed, "entropy");
}
