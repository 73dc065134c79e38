/* test_merkle.c - the tree: against a naive RFC 6962, every size and index up to 70, and public vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <dirent.h>
#include <jansson.h>
#include <sodium.h>

#include "qian/merkle.h"

#define N 70

static uint8_t leaves[N][QN_HASH];

/* MTH straight from RFC 6962 §2.1. */
static void naive(uint64_t from, uint64_t to, uint8_t out[QN_HASH])
{
    if (to - from == 1) {
        memcpy(out, leaves[from], QN_HASH);
        return;
    }
    uint64_t k = 1;
    while (k * 2 < to - from)
        k *= 2;
    uint8_t l[QN_HASH], r[QN_HASH];
    naive(from, from + k, l);
    naive(from + k, to, r);
    qn_node_hash(out, l, r);
}

static bool get(void *ctx, unsigned level, uint64_t index, uint8_t hash[QN_HASH])
{
    uint64_t width = UINT64_C(1) << level;
    if ((index + 1) * width > *(uint64_t *)ctx)
        return false;
    naive(index * width, (index + 1) * width, hash);
    return true;
}

static uint64_t told;
static void made(void *ctx, unsigned level, uint64_t index, const uint8_t hash[QN_HASH])
{
    uint8_t want[QN_HASH];
    (void)ctx;
    naive(index << level, (index + 1) << level, want);
    assert_memory_equal(hash, want, QN_HASH);
    told++;
}

static int make_leaves(void **state)
{
    (void)state;
    if (sodium_init() < 0)
        return -1;
    for (int i = 0; i < N; i++) {
        uint8_t data[3] = {(uint8_t)i, 1, 2};
        qn_leaf_hash(leaves[i], QN_SPAN(data));
    }
    return 0;
}

static void roots_as_they_grow(void **state)
{
    struct qn_frontier f = {0};
    uint8_t want[QN_HASH], have[QN_HASH];
    static const char empty[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    char hex[65];
    (void)state;
    qn_frontier_root(&f, have);
    qn_hex(hex, have, QN_HASH);
    assert_string_equal(hex, empty);
    for (uint64_t n = 1; n <= N; n++) {
        struct qn_frontier again;
        qn_frontier_append(&f, leaves[n - 1], made, NULL);
        qn_frontier_root(&f, have);
        naive(0, n, want);
        assert_memory_equal(have, want, QN_HASH);
        assert_int_equal(qn_tree_root(n, get, &n, have, NULL), QN_OK);
        assert_memory_equal(have, want, QN_HASH);
        assert_int_equal(qn_tree_frontier(n, get, &n, &again, NULL), QN_OK);
        qn_frontier_root(&again, have);
        assert_memory_equal(have, want, QN_HASH);
    }
    assert_int_equal(told, 70 + 35 + 17 + 8 + 4 + 2 + 1);
}

static void proofs_hold_and_nothing_else(void **state)
{
    (void)state;
    for (uint64_t n = 1; n <= N; n++) {
        uint8_t root[QN_HASH];
        naive(0, n, root);
        for (uint64_t i = 0; i < n; i++) {
            struct qn_proof p;
            assert_int_equal(qn_prove_inclusion(i, n, get, &n, &p, NULL), QN_OK);
            assert_int_equal(qn_check_inclusion(leaves[i], i, n, &p, root, NULL), QN_OK);
            assert_int_equal(qn_check_inclusion(leaves[(i + 1) % N], i, n, &p, root, NULL),
                             QN_UNVERIFIED);
            assert_int_equal(qn_check_inclusion(leaves[i], i, n + 64, &p, root, NULL),
                             QN_UNVERIFIED);
            if (p.n) {
                p.hash[p.n - 1][0] ^= 1;
                assert_int_equal(qn_check_inclusion(leaves[i], i, n, &p, root, NULL),
                                 QN_UNVERIFIED);
                p.hash[p.n - 1][0] ^= 1;
                p.n--;
                assert_int_equal(qn_check_inclusion(leaves[i], i, n, &p, root, NULL),
                                 QN_UNVERIFIED);
            }
        }
        for (uint64_t m = 1; m <= n; m++) {
            struct qn_proof p;
            uint8_t old[QN_HASH];
            naive(0, m, old);
            assert_int_equal(qn_prove_consistency(m, n, get, &n, &p, NULL), QN_OK);
            assert_int_equal(qn_check_consistency(m, old, n, root, &p, NULL), QN_OK);
            old[5] ^= 1;
            assert_int_equal(qn_check_consistency(m, old, n, root, &p, NULL), QN_UNVERIFIED);
            old[5] ^= 1;
            p.n++;
            memset(p.hash[p.n - 1], 7, QN_HASH);
            assert_int_equal(qn_check_consistency(m, old, n, root, &p, NULL), QN_UNVERIFIED);
        }
    }
}

/* Roots of the first 0 to 8 of eight byte strings, hashed by another implementation. */
static void known_roots(void **state)
{
    static const struct {
        size_t n;
        uint8_t data[16];
    } leaf[8] = {
        {0, {0}},
        {1, {0x00}},
        {1, {0x10}},
        {2, {0x20, 0x21}},
        {2, {0x30, 0x31}},
        {4, {0x40, 0x41, 0x42, 0x43}},
        {8, {0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57}},
        {16,
         {0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e,
          0x6f}},
    };
    static const char *const root[9] = {
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    };
    struct qn_frontier f = {0};
    uint8_t h[QN_HASH];
    char hex[65];
    (void)state;
    for (size_t i = 0;; i++) {
        qn_frontier_root(&f, h);
        qn_hex(hex, h, QN_HASH);
        assert_string_equal(hex, root[i]);
        if (i == 8)
            return;
        qn_leaf_hash(h, (struct qn_span){leaf[i].data, leaf[i].n});
        qn_frontier_append(&f, h, NULL, NULL);
    }
}

static void missing_nodes_are_told(void **state)
{
    uint64_t held = 4;
    struct qn_proof p;
    struct qn_err err;
    struct qn_frontier f, before;
    uint8_t root[QN_HASH];
    (void)state;
    assert_int_equal(qn_prove_inclusion(0, 8, get, &held, &p, &err), QN_ABSENT);
    assert_string_equal(err.id, "log.no-node");
    assert_string_equal(err.args, "level=2|index=1");
    assert_int_equal(qn_prove_consistency(3, 8, get, &held, &p, &err), QN_ABSENT);
    assert_string_equal(err.args, "level=2|index=1");
    assert_int_equal(qn_prove_inclusion(8, 8, get, &held, &p, &err), QN_LIMIT);
    assert_int_equal(qn_prove_consistency(9, 8, get, &held, &p, &err), QN_LIMIT);
    assert_int_equal(qn_tree_root(8, get, &held, root, &err), QN_ABSENT);
    assert_string_equal(err.args, "level=3|index=0");
    memset(&f, 0x55, sizeof(f));
    memcpy(&before, &f, sizeof(f));
    assert_int_equal(qn_tree_frontier(5, get, &held, &f, &err), QN_ABSENT);
    assert_string_equal(err.args, "level=0|index=4");
    assert_memory_equal(&f, &before, sizeof(f)); /* a refusal writes nothing */
}

/* A tree of equal leaves: the node of a level is the same everywhere, so any size can be had. */
static bool equal_leaves(void *ctx, unsigned level, uint64_t index, uint8_t hash[QN_HASH])
{
    (void)ctx;
    (void)index;
    memcpy(hash, leaves[0], QN_HASH);
    while (level--)
        qn_node_hash(hash, hash, hash);
    return true;
}

static void great_sizes(void **state)
{
    const uint64_t top = UINT64_C(1) << 62, end = UINT64_C(1) << 63;
    const uint64_t sizes[] = {(UINT64_C(1) << 35) - 1, top - 1, top};
    uint8_t root[QN_HASH], old[QN_HASH];
    struct qn_proof p;
    struct qn_err err;
    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        const uint64_t n = sizes[i], from[] = {1, 3, n / 2, n - 1};
        assert_int_equal(qn_tree_root(n, equal_leaves, NULL, root, &err), QN_OK);
        for (size_t k = 0; k < sizeof(from) / sizeof(from[0]); k++) {
            assert_int_equal(qn_prove_inclusion(from[k], n, equal_leaves, NULL, &p, &err), QN_OK);
            assert_int_equal(qn_check_inclusion(leaves[0], from[k], n, &p, root, &err), QN_OK);
            assert_int_equal(qn_tree_root(from[k], equal_leaves, NULL, old, &err), QN_OK);
            assert_int_equal(qn_prove_consistency(from[k], n, equal_leaves, NULL, &p, &err), QN_OK);
            assert_int_equal(qn_check_consistency(from[k], old, n, root, &p, &err), QN_OK);
        }
    }
    /* The largest size has proofs of 63 hashes; the one consistency proof that needs 64 is refused. */
    assert_int_equal(qn_prove_inclusion(0, end - 1, equal_leaves, NULL, &p, &err), QN_OK);
    assert_int_equal(p.n, QN_TREE_LEVELS);
    assert_int_equal(qn_prove_consistency(3, end - 1, equal_leaves, NULL, &p, &err), QN_LIMIT);
    assert_string_equal(err.id, "log.size");
    assert_int_equal(qn_tree_root(end, equal_leaves, NULL, root, &err), QN_LIMIT);
    assert_int_equal(qn_prove_inclusion(0, end, equal_leaves, NULL, &p, &err), QN_LIMIT);
    assert_int_equal(qn_prove_consistency(1, end, equal_leaves, NULL, &p, &err), QN_LIMIT);
    /* The last of 2^63 + 1 leaves needs one hash and would verify, if sizes had no bound. */
    p.n = 1;
    memcpy(p.hash[0], leaves[1], QN_HASH);
    qn_node_hash(root, leaves[1], leaves[0]);
    assert_int_equal(qn_check_inclusion(leaves[0], 2, 3, &p, root, &err), QN_OK);
    assert_int_equal(qn_check_inclusion(leaves[0], end, end + 1, &p, root, &err), QN_UNVERIFIED);
    p.n = 0;
    assert_int_equal(qn_check_consistency(end, root, end, root, &p, &err), QN_UNVERIFIED);
}

static void from_nothing(void **state)
{
    uint8_t empty[QN_HASH];
    struct qn_frontier none = {0};
    struct qn_proof p = {.n = 0};
    (void)state;
    qn_frontier_root(&none, empty);
    assert_int_equal(qn_check_consistency(0, empty, 0, empty, &p, NULL), QN_OK);
    assert_int_equal(qn_check_consistency(0, leaves[0], 0, leaves[0], &p, NULL), QN_UNVERIFIED);
    assert_int_equal(qn_check_consistency(0, empty, 1, leaves[0], &p, NULL), QN_UNVERIFIED);
    assert_int_equal(qn_check_consistency(1, leaves[0], 0, empty, &p, NULL), QN_UNVERIFIED);
    assert_int_equal(qn_check_consistency(1, leaves[0], 1, leaves[0], &p, NULL), QN_OK);
    assert_int_equal(qn_check_consistency(1, leaves[0], 1, leaves[1], &p, NULL), QN_UNVERIFIED);
    assert_int_equal(qn_check_inclusion(empty, 0, 0, &p, empty, NULL), QN_UNVERIFIED);
    assert_int_equal(qn_check_inclusion(leaves[0], 0, 1, &p, leaves[0], NULL), QN_OK);
    p.n = 1;
    assert_int_equal(qn_check_consistency(0, empty, 0, empty, &p, NULL), QN_UNVERIFIED);
    assert_int_equal(qn_check_inclusion(leaves[0], 0, 1, &p, leaves[0], NULL), QN_UNVERIFIED);
}

/* ---- public vectors ------------------------------------------------------------------------------------------- */

static bool b64(uint8_t *out, size_t cap, size_t *n, json_t *s)
{
    const char *t = json_string_value(s);
    return t && sodium_base642bin(out, cap, t, strlen(t), NULL, n, NULL,
                                  sodium_base64_VARIANT_ORIGINAL) == 0;
}

/* 1 as expected, 0 not, -1 not a vector of 32-byte hashes. */
static int one_vector(json_t *v, bool consistency)
{
    uint8_t hash[3][64] = {{0}};
    size_t n[3] = {0};
    struct qn_proof p = {.n = 0};
    json_t *proof = json_object_get(v, "proof"), *item;
    size_t i;
    bool want_err = json_is_true(json_object_get(v, "wantErr"));
    bool form = b64(hash[0], 64, &n[0], json_object_get(v, consistency ? "root1" : "root")) &&
                b64(hash[1], 64, &n[1], json_object_get(v, consistency ? "root2" : "leafHash"));
    if (!form || n[0] != 32 || n[1] != 32)
        return want_err ? 1 : -1;
    json_array_foreach(proof, i, item)
    {
        size_t len = 0;
        uint8_t h[64];
        if (p.n == QN_TREE_LEVELS || !b64(h, sizeof(h), &len, item) || len != 32)
            return want_err ? 1 : 0;
        memcpy(p.hash[p.n++], h, 32);
    }
    uint64_t a =
        (uint64_t)json_integer_value(json_object_get(v, consistency ? "size1" : "leafIdx"));
    uint64_t b =
        (uint64_t)json_integer_value(json_object_get(v, consistency ? "size2" : "treeSize"));
    enum qn_code rc = consistency ? qn_check_consistency(a, hash[0], b, hash[1], &p, NULL)
                                  : qn_check_inclusion(hash[1], a, b, &p, hash[0], NULL);
    return (rc != QN_OK) == want_err;
}

static void run_dir(const char *dir, bool consistency, int *passed)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    assert_non_null(d);
    while ((e = readdir(d))) {
        char path[1024];
        json_error_t err;
        snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
        if (e->d_name[0] == '.')
            continue;
        if (!strstr(e->d_name, ".json")) {
            run_dir(path, consistency, passed);
            continue;
        }
        json_t *v = json_load_file(path, 0, &err);
        if (!v) { /* a number over 2^63 - 1: no tree of ours, and none of theirs */
            v = json_load_file(path, JSON_DECODE_INT_AS_REAL, &err);
            assert_non_null(v);
            assert_true(json_is_true(json_object_get(v, "wantErr")));
            json_decref(v);
            ++*passed;
            continue;
        }
        int r = one_vector(v, consistency);
        json_decref(v);
        if (r == 0)
            fail_msg("%s", path);
        *passed += r == 1;
    }
    closedir(d);
}

static void public_vectors(void **state)
{
    char dir[512];
    const char *base = getenv("QIAN_TLOG_VECTORS");
    int passed = 0;
    (void)state;
    snprintf(dir, sizeof(dir), "%s/merkle/testdata/inclusion",
             base ? base : "../shared/tlog-vectors");
    DIR *there = opendir(dir);
    if (!there)
        skip();
    closedir(there);
    run_dir(dir, false, &passed);
    snprintf(dir, sizeof(dir), "%s/merkle/testdata/consistency",
             base ? base : "../shared/tlog-vectors");
    run_dir(dir, true, &passed);
    assert_true(passed >= 150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roots_as_they_grow), cmocka_unit_test(proofs_hold_and_nothing_else),
        cmocka_unit_test(known_roots),        cmocka_unit_test(missing_nodes_are_told),
        cmocka_unit_test(great_sizes),        cmocka_unit_test(from_nothing),
        cmocka_unit_test(public_vectors),
    };
    return cmocka_run_group_tests_name("merkle", tests, make_leaves, NULL);
}
