/* test_tile.c - a log as files: paths, which tiles a size has, bundles; and that one pass makes them all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sodium.h>

#include "qian/entry.h"
#include "qian/merkle.h"
#include "qian/tile.h"

/* ---- paths -------------------------------------------------------------------------------------- */

static void paths(void **state)
{
    (void)state;
    static const struct {
        struct qn_tile t;
        const char *path;
    } rows[] = {
        {{false, 0, 0, 256}, "tile/0/000"},
        {{false, 0, 1, 256}, "tile/0/001"},
        {{false, 0, 255, 256}, "tile/0/255"},
        {{false, 0, 256, 256}, "tile/0/256"},
        {{false, 0, 999, 256}, "tile/0/999"},
        {{false, 0, 1000, 256}, "tile/0/x001/000"},
        {{false, 3, 1234067, 256}, "tile/3/x001/x234/067"},
        {{false, 0, QN_SEQ_END / 256, 256}, "tile/0/x134/x217/728"},
        {{false, 1, 0, 1}, "tile/1/000.p/1"},
        {{false, 4, 0, 8}, "tile/4/000.p/8"},
        {{false, 0, 1234067, 255}, "tile/0/x001/x234/067.p/255"},
        {{true, 0, 0, 256}, "tile/entries/000"},
        {{true, 0, 1000, 17}, "tile/entries/x001/000.p/17"},
        {{true, 0, QN_SEQ_END / 256, 3}, "tile/entries/x134/x217/728.p/3"},
        {{true, 0, UINT64_MAX, 255}, "tile/entries/x018/x446/x744/x073/x709/x551/615.p/255"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char path[QN_TILE_PATH];
        qn_tile_path(path, &rows[i].t);
        assert_string_equal(path, rows[i].path);
    }
}

/* ---- which tiles -------------------------------------------------------------------------------- */

/* All paths of a size in the order of the walk, joined by blanks. */
static void walk_text(char *out, size_t cap, uint64_t size)
{
    struct qn_tile_walk w = {.size = size};
    struct qn_tile t;
    size_t at = 0;
    out[0] = 0;
    while (qn_tile_next(&t, &w)) {
        char path[QN_TILE_PATH];
        qn_tile_path(path, &t);
        at += (size_t)snprintf(out + at, cap - at, "%s%s", at ? " " : "", path);
        assert_true(at < cap);
    }
    assert_false(qn_tile_next(&t, &w)); /* the end stays the end */
}

static void small_sizes(void **state)
{
    (void)state;
    static const struct {
        uint64_t size;
        const char *paths;
    } rows[] = {
        {0, ""},
        {1, "tile/entries/000.p/1 tile/0/000.p/1"},
        {255, "tile/entries/000.p/255 tile/0/000.p/255"},
        {256, "tile/entries/000 tile/0/000 tile/1/000.p/1"},
        {257, "tile/entries/000 tile/0/000 tile/entries/001.p/1 tile/0/001.p/1 tile/1/000.p/1"},
        {512, "tile/entries/000 tile/0/000 tile/entries/001 tile/0/001 tile/1/000.p/2"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[1024];
        walk_text(text, sizeof(text), rows[i].size);
        assert_string_equal(text, rows[i].paths);
    }
}

/* What tiles-4 says, counted: full and unfinished tiles of each level, and as many bundles as tiles of level 0. */
static void counts(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {0,         1,           2,      255,         256,
                                     257,       511,         65535,  65536,       65537,
                                     65536 * 2, 65536 + 256, 200000, 16777216 + 1};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint64_t full[QN_TILE_LEVELS + 1] = {0}, part[QN_TILE_LEVELS + 1] = {0};
        struct qn_tile_walk w = {.size = sizes[i]};
        struct qn_tile t;
        while (qn_tile_next(&t, &w)) {
            unsigned k = t.entries ? QN_TILE_LEVELS : t.level;
            assert_true(t.level < QN_TILE_LEVELS && !(t.entries && t.level));
            assert_int_equal(t.index,
                             full[k]); /* ascending, none left out, the unfinished one last */
            assert_int_equal(part[k], 0);
            if (t.width == QN_TILE_WIDTH)
                full[k]++;
            else
                part[k] = t.width;
        }
        for (unsigned k = 0; k <= QN_TILE_LEVELS; k++) {
            uint64_t nodes = sizes[i] >> (k == QN_TILE_LEVELS ? 0 : 8 * k);
            assert_int_equal(full[k], nodes / 256);
            assert_int_equal(part[k], nodes % 256);
        }
    }
}

/* The largest log: its end is reached from just before it. */
static void the_end(void **state)
{
    (void)state;
    struct qn_tile_walk w = {
        .size = QN_SEQ_END, .upto = QN_SEQ_END - 256, .step = QN_TILE_LEVELS + 1};
    static const char *const want[] = {"tile/entries/x134/x217/727",
                                       "tile/0/x134/x217/727",
                                       "tile/1/x524/287",
                                       "tile/2/x002/047",
                                       "tile/3/007",
                                       "tile/4/000.p/8"};
    struct qn_tile t;
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        char path[QN_TILE_PATH];
        assert_true(qn_tile_next(&t, &w));
        qn_tile_path(path, &t);
        assert_string_equal(path, want[i]);
    }
    assert_false(qn_tile_next(&t, &w));
}

/* ---- one pass makes them all -------------------------------------------------------------------- */

struct pass {
    uint8_t hash[QN_TILE_LEVELS][QN_TILE_WIDTH][QN_HASH];
    uint8_t above[3][QN_TILE_WIDTH]
                 [QN_HASH]; /* the root of each full tile, by the level it stands in */
};
static void keep(void *ctx, unsigned level, uint64_t index, const uint8_t hash[QN_HASH])
{
    struct pass *p = ctx;
    if (level % 8 == 0)
        memcpy(p->hash[level / 8][index % QN_TILE_WIDTH], hash, QN_HASH);
}
static void tile_root(uint8_t out[QN_HASH], uint8_t (*hash)[QN_HASH], unsigned n)
{
    struct qn_frontier f = {.size = 0};
    for (unsigned i = 0; i < n; i++)
        qn_frontier_append(&f, hash[i], NULL, NULL);
    qn_frontier_root(&f, out);
}

/* At 65537 leaves: each full tile's root is the hash that the tile above has for it, whenever it is given. */
static void one_pass(void **state)
{
    (void)state;
    static struct pass p;
    struct qn_frontier tree = {.size = 0};
    struct qn_tile_walk w = {.size = 65537};
    struct qn_tile t;
    unsigned compared = 0, tiles = 0;
    while (qn_tile_next(&t, &w)) {
        tiles++;
        if (t.entries) {
            while (tree.size < t.index * QN_TILE_WIDTH + t.width) {
                uint8_t leaf[QN_HASH], data[4] = {(uint8_t)tree.size, (uint8_t)(tree.size >> 8),
                                                  (uint8_t)(tree.size >> 16), 7};
                qn_leaf_hash(leaf, QN_SPAN(data));
                qn_frontier_append(&tree, leaf, keep, &p);
            }
            continue;
        }
        if (t.width == QN_TILE_WIDTH)
            tile_root(p.above[t.level + 1][t.index % QN_TILE_WIDTH], p.hash[t.level],
                      QN_TILE_WIDTH);
        for (unsigned i = 0; t.level && i < t.width; i++, compared++)
            assert_memory_equal(p.hash[t.level][i], p.above[t.level][i], QN_HASH);
    }
    assert_int_equal(tiles, 2 * 257 + 1 + 1); /* tile/1/000 is full, tile/2/000 has one hash */
    assert_int_equal(compared, 256 + 1);
    uint8_t root[QN_HASH], want[QN_HASH];
    qn_frontier_root(&tree, root);
    qn_node_hash(want, p.hash[2][0], p.hash[0][0]);
    assert_memory_equal(root, want, QN_HASH);
}

/* ---- bundles ------------------------------------------------------------------------------------ */

static void bundle_again(void **state)
{
    (void)state;
    static const unsigned widths[] = {1, 2, 255, 256};
    static const uint8_t bytes[QN_TILE_LEAF] = {9, 8, 7};
    for (size_t k = 0; k < sizeof(widths) / sizeof(widths[0]); k++) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        struct qn_span leaf[QN_TILE_WIDTH];
        struct qn_err err;
        qn_buf_init(&b, QN_BUNDLE_MAX);
        for (unsigned i = 0; i < widths[k]; i++)
            assert_int_equal(qn_bundle_put(&b, (struct qn_span){bytes, i ? i : QN_TILE_LEAF}, &err),
                             QN_OK);
        assert_int_equal(qn_bundle_decode(leaf, widths[k], qn_buf_span(&b), &err), QN_OK);
        for (unsigned i = 0; i < widths[k]; i++)
            assert_true(qn_span_eq(leaf[i], (struct qn_span){bytes, i ? i : QN_TILE_LEAF}));
        /* Another width never fits the same bytes. */
        assert_int_equal(qn_bundle_decode(leaf, widths[k] - 1, qn_buf_span(&b), &err),
                         widths[k] > 1 ? QN_MALFORMED : QN_LIMIT);
        assert_int_equal(qn_bundle_decode(leaf, widths[k] + 1, qn_buf_span(&b), &err),
                         widths[k] < 256 ? QN_MALFORMED : QN_LIMIT);
    }
}

static void bundle_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        unsigned width;
        enum qn_code code;
        const char *id;
    } rows[] = {
        {"000141", 0, QN_LIMIT, "tile.width"},
        {"000141", 257, QN_LIMIT, "tile.width"},
        {"000141", 4294967295u, QN_LIMIT, "tile.width"},
        {"", 1, QN_MALFORMED, "tile.short"},
        {"00", 1, QN_MALFORMED, "tile.short"},
        {"0001", 1, QN_MALFORMED, "tile.short"},
        {"000241", 1, QN_MALFORMED, "tile.short"},
        {"ffff41", 1, QN_MALFORMED, "tile.short"},
        {"000141", 2, QN_MALFORMED, "tile.short"},
        {"00014100", 2, QN_MALFORMED, "tile.short"},
        {"0001410002", 256, QN_MALFORMED, "tile.short"},
        {"0000", 1, QN_MALFORMED, "tile.empty-leaf"},
        {"0001410000", 2, QN_MALFORMED, "tile.empty-leaf"},
        {"00014100", 1, QN_MALFORMED, "tile.left-over"},
        {"000141000142", 1, QN_MALFORMED, "tile.left-over"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t in[32];
        size_t n = strlen(rows[i].hex) / 2;
        struct qn_span leaf[QN_TILE_WIDTH] = {{in, 77}};
        struct qn_err err = {.code = QN_OK};
        assert_true(qn_hex_decode(in, n, qn_str(rows[i].hex)));
        assert_int_equal(qn_bundle_decode(leaf, rows[i].width, (struct qn_span){in, n}, &err),
                         rows[i].code);
        assert_string_equal(err.id, rows[i].id);
        assert_int_equal(leaf[0].n, 77); /* nothing is written on failure */
    }
}

static void leaf_refusals(void **state)
{
    (void)state;
    static const uint8_t bytes[QN_TILE_LEAF + 1];
    QN_AUTO(qn_buf) struct qn_buf b = {0}, small = {0};
    struct qn_err err;
    qn_buf_init(&b, QN_BUNDLE_MAX);
    qn_buf_init(&small, 4);
    assert_int_equal(qn_bundle_put(&b, (struct qn_span){bytes, 0}, &err), QN_LIMIT);
    assert_string_equal(err.id, "tile.leaf");
    assert_int_equal(qn_bundle_put(&b, QN_SPAN(bytes), &err), QN_LIMIT);
    assert_string_equal(err.id, "tile.leaf");
    assert_int_equal(b.n, 0);
    assert_int_equal(qn_bundle_put(&b, (struct qn_span){bytes, QN_TILE_LEAF}, &err), QN_OK);
    assert_int_equal(b.n, 2 + QN_TILE_LEAF);
    assert_int_equal(qn_bundle_put(&small, (struct qn_span){bytes, 3}, &err), QN_LIMIT);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),           cmocka_unit_test(small_sizes),
        cmocka_unit_test(counts),          cmocka_unit_test(the_end),
        cmocka_unit_test(one_pass),        cmocka_unit_test(bundle_again),
        cmocka_unit_test(bundle_refusals), cmocka_unit_test(leaf_refusals),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
