/* Entry bundles: the first byte is the width less 1; what decodes is written again as the same bytes. */
#include "qian/tile.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

/* The walk of a size: every leaf in one bundle, in order; tiles of a level one after another. */
static void walk(uint64_t size)
{
    struct qn_tile_walk w = {.size = size};
    struct qn_tile t;
    uint64_t leaves = 0, hashes[QN_TILE_LEVELS] = {0};
    while (qn_tile_next(&t, &w)) {
        char path[QN_TILE_PATH];
        HOLDS(t.level < QN_TILE_LEVELS && t.width >= 1 && t.width <= QN_TILE_WIDTH);
        uint64_t *at = t.entries ? &leaves : &hashes[t.level];
        HOLDS(*at == t.index * QN_TILE_WIDTH);
        *at += t.width;
        qn_tile_path(path, &t);
        HOLDS(strlen(path) >= strlen("tile/0/000") && strlen(path) < QN_TILE_PATH);
    }
    HOLDS(leaves == size);
    for (unsigned i = 0; i < QN_TILE_LEVELS; i++)
        HOLDS(hashes[i] == size >> (8 * i));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct qn_span leaf[QN_TILE_WIDTH];
    struct qn_err err = {.code = QN_OK};
    if (!size)
        return 0;
    unsigned width = data[0] + 1u;
    struct qn_span in = {data + 1, size - 1};
    enum qn_code rc = qn_bundle_decode(leaf, width, in, &err);
    if (rc) {
        IS_REFUSAL(rc, err);
    } else {
        QN_AUTO(qn_buf) struct qn_buf again = {0};
        qn_buf_init(&again, in.n);
        for (unsigned i = 0; i < width; i++)
            HOLDS(qn_bundle_put(&again, leaf[i], &err) == QN_OK);
        HOLDS(qn_span_eq(qn_buf_span(&again), in));
    }
    uint64_t n = 0;
    for (size_t i = 0; i < size && i < 2; i++)
        n = n << 8 | data[i];
    walk(n + (size > 2 ? (uint64_t)data[2] << 16 : 0) % 131072);
    return 0;
}
