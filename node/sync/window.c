#include "node/sync/window.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/tree.h"
#include "protocol/wire.h"

static uint64_t first8(const uint8_t *p)
{
    struct rd in = {.in = {p, 8}};
    return rd_uint(&in, 8);
}

uint64_t window_start(const uint8_t nonce[16])
{
    return first8(nonce);
}

void window_set_start(uint8_t nonce[16], uint64_t start)
{
    for (int i = 0; i < 8; i++)
        nonce[i] = (uint8_t)(start >> (56 - 8 * i));
}

bool window_always(struct store *st, const char *office, const char *one, const char *other)
{
    return strcmp(office, one) == 0 || strcmp(office, other) == 0 || tree_is_above(st, office, one) ||
           tree_is_above(st, office, other);
}

/* SPEC exchange-26: "the first 8 bytes of SHA-256 of its origin less the first 8 bytes of the nonce, modulo 2^64" */
uint64_t window_distance(const char *origin, uint64_t start)
{
    uint8_t hash[QN_HASH];
    crypto_hash_sha256(hash, (const uint8_t *)origin, strlen(origin));
    return first8(hash) - start;
}

/* SPEC exchange-27: "A HAVE of 1,024 logs is full" */
void window_of(struct window *out, struct store *st, const struct qn_have *h)
{
    *out = (struct window){.full = h->n == QN_HAVE_ORIGINS, .start = window_start(h->nonce)};
    for (size_t i = 0; out->full && i < h->n; i++) {
        char deployment[QN_DEPLOYMENT_MAX + 1], office[QN_CODE_MAX + 1];
        uint16_t epoch;
        struct qn_err none;
        uint64_t d = window_distance(h->origin[i].origin, out->start);
        /* The farthest one says it all; only one that could be it is worth a look into the tree. */
        if (d > out->length &&
            qn_origin_parse(qn_str(h->origin[i].origin), deployment, office, &epoch, &none) == QN_OK &&
            !window_always(st, office, h->from, h->to))
            out->length = d;
    }
}

bool window_asks(const struct window *w, struct store *st, const struct qn_have *h, const char *origin,
                 const char *office)
{
    return !w->full || window_distance(origin, w->start) < w->length || window_always(st, office, h->from, h->to);
}

static int by_rank(const void *a, const void *b)
{
    const struct window_log *x = a, *y = b;
    if (x->always != y->always)
        return x->always ? -1 : 1;
    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return strcmp(x->origin, y->origin);
}

void window_choose(struct window_log *logs, size_t n, struct store *st, const char *one, const char *other,
                   uint64_t start)
{
    if (n <= QN_HAVE_ORIGINS)
        return;
    for (size_t i = 0; i < n; i++) {
        logs[i].always = window_always(st, logs[i].office, one, other);
        logs[i].distance = window_distance(logs[i].origin, start);
    }
    qsort(logs, n, sizeof(*logs), by_rank);
}
