#include "node/work/keyset.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static size_t place_of(const struct keyset *s, const uint8_t key[KEYSET_HASH])
{
    static const uint8_t none[KEYSET_HASH];
    size_t at;
    memcpy(&at, key, sizeof(at)); /* a hash: any of its bytes will do */
    for (at &= s->cap - 1;
         memcmp(s->key[at], none, KEYSET_HASH) != 0 && memcmp(s->key[at], key, KEYSET_HASH) != 0;)
        at = (at + 1) & (s->cap - 1);
    return at;
}

static bool grow(struct keyset *s)
{
    static const uint8_t none[KEYSET_HASH];
    struct keyset bigger = {.n = s->n, .cap = s->cap ? s->cap * 2 : 4096};
    bigger.key = calloc(bigger.cap, KEYSET_HASH);
    if (!bigger.key)
        return false;
    for (size_t i = 0; i < s->cap; i++)
        if (memcmp(s->key[i], none, KEYSET_HASH) != 0)
            memcpy(bigger.key[place_of(&bigger, s->key[i])], s->key[i], KEYSET_HASH);
    free(s->key);
    *s = bigger;
    return true;
}

enum qn_code keyset_meet(struct keyset *s, const char *key, bool *fresh, struct qn_err *err)
{
    uint8_t hash[KEYSET_HASH];
    if (2 * s->n >= s->cap && !grow(s))
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    crypto_generichash(hash, sizeof(hash), (const uint8_t *)key, strlen(key), NULL, 0);
    size_t at = place_of(s, hash);
    *fresh = memcmp(s->key[at], hash, KEYSET_HASH) != 0;
    if (*fresh) {
        memcpy(s->key[at], hash, KEYSET_HASH);
        s->n++;
    }
    return QN_OK;
}

void keyset_release(struct keyset *s)
{
    free(s->key);
    *s = (struct keyset){NULL, 0, 0};
}
