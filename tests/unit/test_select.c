/* Randomness and selection. Known answers were computed with Python's hashlib and hmac (functions of
 * tests/vectors/draw.py); quotas by hand, as the remark beside each row shows. */
#include "tests/unit/swap.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "qian/draw.h"

/* The worked check of the spec: the key of RFC 9381's example 16 and a body that is no valid order. */
#define BODY \
    "draw-order/1\ncity.example/log\nplan 3 " \
    "0000000000000000000000000000000000000000000000000000000000000000\n"
#define SEED "e410b328de78fa5eec43c9e528a4d6ca7839de6a656f8074a3e5508ec61b650f"

static void unhex(uint8_t *out, size_t n, const char *hex)
{
    assert_true(qn_hex_decode(out, n, qn_str(hex)));
}

static void expect_hex(const uint8_t *p, size_t n, const char *want)
{
    char hex[512];
    assert_true(2 * n < sizeof(hex));
    qn_hex(hex, p, n);
    assert_string_equal(hex, want);
}

static void keys_of_worked_check(struct qn_draw_keys *k)
{
    uint8_t seed[32];
    unhex(seed, 32, SEED);
    qn_draw_keys(k, seed);
}

/* ---- randomness --------------------------------------------------------------------------------- */

static void worked_check(void **state)
{
    (void)state;
    uint8_t sk[32], pk[QN_PUBKEY], id[QN_HASH], bd[32], alpha[76], pi[QN_VRF_PROOF],
        beta[1][QN_VRF_BETA], seed[32];
    uint8_t again[QN_VRF_BETA], ticket[QN_HASH];
    struct qn_draw_keys keys;
    unhex(sk, 32, "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    qn_order_id(id, qn_str(BODY));
    expect_hex(id, 32, "01ef8fea608f08568162925c232705a8120a930e5a2ccb9e355e57dabbaa389a");
    qn_beacon_digest(bd, (struct qn_span){NULL, 0});
    qn_draw_alpha(alpha, id, bd);
    expect_hex(alpha, 12, "64726177312f616c70686100"); /* "draw1/alpha" and its 00 */
    assert_memory_equal(alpha + 12, id, 32);
    for (size_t i = 44; i < 76; i++)
        assert_int_equal(alpha[i], 0);
    qn_vrf_public(pk, sk);
    assert_int_equal(qn_vrf_prove(pi, beta[0], sk, QN_SPAN(alpha), NULL), QN_OK);
    assert_int_equal(qn_vrf_verify(again, pk, QN_SPAN(pi), QN_SPAN(alpha), NULL), QN_OK);
    assert_memory_equal(beta[0], again, QN_VRF_BETA);
    expect_hex(beta[0], 4, "33a378fc");
    expect_hex(beta[0] + 62, 2, "46ae");
    qn_draw_seed(seed, 1, (const uint8_t(*)[QN_VRF_BETA])beta);
    expect_hex(seed, 32, SEED);
    qn_draw_keys(&keys, seed);
    expect_hex(keys.obj, 32, "278611ce7f1e8f712a1a2c6120e827e58b0e891f09ef82d56533c7590b20a9ab");
    expect_hex(keys.vis, 32, "2e5a1c84ca9ecccf75e8ebceb126a31e0d6a3b5a00f57642c44a54bbb5f2a6ac");
    expect_hex(keys.ins, 32, "61a58655bd6a194167d189c68c56263ab896d9b71735988fdc331ef50ab48e1b");
    qn_ticket(ticket, &keys, qn_str("E:913300000000000001"));
    expect_hex(ticket, 32, "17837e2d9276dad2562871c830b898fec02b1942619466643fd4d652d776c6a1");
}

static void seed_of_two_keys(void **state)
{
    (void)state;
    uint8_t beta[2][QN_VRF_BETA], seed[32];
    memset(beta[0], 1, QN_VRF_BETA);
    memset(beta[1], 2, QN_VRF_BETA);
    qn_draw_seed(seed, 2, (const uint8_t(*)[QN_VRF_BETA])beta);
    expect_hex(seed, 32, "42ba86e5268926a5aeb6f2775dee7352600ab57f526782f927049c90ab2454be");
}

static void beacon_digest(void **state)
{
    (void)state;
    uint8_t bd[32];
    qn_beacon_digest(bd, qn_str("ssq 2026133 01 05 12 18 22 30+07"));
    expect_hex(bd, 32, "f606e903b567212e79b4c7d16e503c6348c04933e3a17c1d2fa12c0fafff0cd5");
}

/* n = 2^63 + 1 makes half of all numbers fall below 2^64 mod n: rows with 1 to 11 of them skipped, the last in
 * the third block. */
#define HALF (UINT64_C(0x8000000000000000) + 1)
static const struct draw_row {
    const char *id;
    uint16_t round, slot;
    uint64_t n, want;
} uniforms[] = {
    {"E:913300000000000001", 0, 0, 1, 0},
    {"E:913300000000000001", 0, 0, 2, 0},
    {"E:913300000000000001", 0, 1, 7, 1},
    {"E:913300000000000001", 1, 0, 7, 2},
    {"E:913300000000000001", 0, 0, 1000, 952},
    {"E:913300000000000001", 258, 3, UINT64_C(4294967301), UINT64_C(2317021349)},
    {"E:913300000000000001", 0, 0, UINT64_MAX, UINT64_C(2575658767594210952)},
    {"E:913300000000000000", 0, 0, HALF, UINT64_C(4852066321474234090)},
    {"E:913300000000000004", 0, 0, HALF, UINT64_C(1170025103348989158)},
    {"E:913300000000000007", 0, 0, HALF, UINT64_C(2799949440710978423)},
    {"E:913300000000000001", 0, 0, HALF, UINT64_C(3429593751291097386)},
    {"E:913300000000000021", 0, 0, HALF, UINT64_C(8766054331386156822)},
    {"E:913300000000000073", 0, 0, HALF, UINT64_C(4479173543066372197)},
    {"E:913300000000000748", 0, 0, HALF, UINT64_C(3339594052244249376)},
    {"E:913300000000000886", 0, 0, HALF, UINT64_C(4525809371659592249)},
};

static void uniform(void **state)
{
    (void)state;
    struct qn_draw_keys k;
    keys_of_worked_check(&k);
    for (size_t i = 0; i < ARRAY_LEN(uniforms); i++) {
        const struct draw_row *r = &uniforms[i];
        if (qn_uniform(&k, r->round, r->slot, qn_str(r->id), r->n) != r->want)
            fail_msg("row %zu: %s of %llu", i, r->id, (unsigned long long)r->n);
    }
}

/* ---- quota -------------------------------------------------------------------------------------- */

#define OBJECTS 1000
static struct qn_object objects[OBJECTS];
static char ids[OBJECTS][32];

/* n objects; their class tells the stratum: the first n1 are of class 1, the others of class 2. */
static void make_objects(struct qn_roster *r, size_t n, size_t n1)
{
    for (size_t i = 0; i < n; i++) {
        snprintf(ids[i], sizeof(ids[i]), "E:9133%014zu", i);
        objects[i] = (struct qn_object){qn_str(ids[i]), {.kind = 1, .cls = i < n1 ? 1 : 2}};
    }
    *r = (struct qn_roster){.object = objects, .nobjects = n};
}

static void parse_rules(struct qn_rules *out, const char *population, const char *strata,
                        const char *total, const char *must, const char *exclude, const char *cap)
{
    struct qn_err err = {.id = ""};
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, QN_RULES_MAX);
    qn_put_fmt(&text,
               "draw-rules/1\nslot 140600 2021 09 1\ntype both\npopulation %s\n%stotal %s\nmust "
               "%s\nexclude %s\ncap %s\n"
               "role 1 2 -\npool 2\nload -\nage 30\nwitness 48\nreturn 10\nsupp 3\nlevel offline\n",
               population, strata, total, must, exclude, cap);
    expect_verdict(qn_rules_parse(out, qn_buf_span(&text), &err), &err, NULL);
}

#define ONE "stratum 1 1/20 0 true\n"
static struct quota_row {
    const char *name;
    size_t n, n1;
    const char *strata, *total;
    uint64_t want[2];
} quotas[] = {
    {"a twentieth of 100", 100, 100, ONE, "-", {5, 0}},
    {"a twentieth of 101 rounds up", 101, 101, ONE, "-", {6, 0}},
    {"a twentieth of one", 1, 1, ONE, "-", {1, 0}},
    {"a twentieth of none", 0, 0, ONE, "-", {0, 0}},
    {"a tenth of 1000 is no 101", 1000, 1000, "stratum 1 1/10 0 true\n", "-", {100, 0}},
    {"nothing of all", 50, 50, "stratum 1 0/1 0 true\n", "-", {0, 0}},
    {"nothing, at least three", 50, 50, "stratum 1 0/1 3 true\n", "-", {3, 0}},
    {"all", 50, 50, "stratum 1 1/1 0 true\n", "-", {50, 0}},
    {"at least more than there are", 4, 4, "stratum 1 1/2 9 true\n", "-", {4, 0}},
    /* ceil(30 · 1/10) = 3, ceil(71 · 1/20) = 4 */
    {"each stratum rounds by itself",
     101,
     30,
     "stratum 1 1/10 0 eq(class,1)\nstratum 2 1/20 0 true\n",
     "-",
     {3, 4}},
    {"the first stratum that matches",
     101,
     30,
     "stratum 1 1/10 0 true\nstratum 2 1/20 9 eq(class,2)\n",
     "-",
     {11, 0}},
    /* ceil(101 · 1/5) = 21, 3 + 4 drawn, 14 more from the first */
    {"topped up in line order",
     101,
     30,
     "stratum 1 1/10 0 eq(class,1)\nstratum 2 1/20 0 true\n",
     "1/5",
     {17, 4}},
    /* ceil(101 · 1/2) = 51: the first is full at 30, the second takes the other 21 */
    {"topped up beyond the first",
     101,
     30,
     "stratum 1 1/10 0 eq(class,1)\nstratum 2 1/20 0 true\n",
     "1/2",
     {30, 21}},
    {"line order, not number or size",
     101,
     30,
     "stratum 1 1/20 0 eq(class,2)\nstratum 2 1/10 0 true\n",
     "count 20",
     {17, 3}},
    {"a total never lowers",
     101,
     30,
     "stratum 1 1/10 0 eq(class,1)\nstratum 2 1/20 0 true\n",
     "count 6",
     {3, 4}},
    {"a total above all there are",
     10,
     5,
     "stratum 1 1/10 0 eq(class,1)\nstratum 2 1/20 0 true\n",
     "count 4000000000",
     {5, 5}},
    {"the largest ratio does not overflow",
     1000,
     1000,
     "stratum 1 4294967295/4294967295 0 true\n",
     "4294967295/4294967295",
     {1000, 0}},
};

static void quota(void **state)
{
    const struct quota_row *row = *state;
    struct qn_roster roster;
    struct qn_rules rules;
    struct qn_draw_keys keys;
    struct qn_selection s;
    struct qn_err err = {.id = ""};
    make_objects(&roster, row->n, row->n1);
    parse_rules(&rules, "true", row->strata, row->total, "-", "-", "-");
    keys_of_worked_check(&keys);
    expect_verdict(qn_select(&s, &rules, 3, &roster, &keys, &err), &err, NULL);
    size_t sum = 0;
    for (unsigned h = 0; h < s.nstrata; h++) {
        assert_int_equal(s.stratum[h].slot, 3);
        assert_int_equal(s.stratum[h].quota, row->want[h]);
        assert_int_equal(s.stratum[h].has_cutoff, row->want[h] > 0);
        sum += row->want[h];
    }
    assert_int_equal(s.npicks, sum);
    assert_int_equal(s.nreserves, row->n - sum);
    qn_selection_release(&s);
}

/* ---- flags -------------------------------------------------------------------------------------- */

/* Ten objects, one of which is marked or capped. Rules accept must 4 and exclude 64; the cap is 2. */
static struct flag_row {
    const char *name, *population;
    struct qn_mark mark[2];
    uint16_t inspected;
    uint64_t base, pool;
    size_t musts;
} flags[] = {
    {"no flag", "true", {{.kind = 0}}, 0, 10, 10, 0},
    {"must", "true", {{.kind = 1, .reason = 4}}, 0, 10, 9, 1},
    {"must of another reason", "true", {{.kind = 1, .reason = 5}}, 0, 10, 10, 0},
    {"must with the reason of exclusions", "true", {{.kind = 1, .reason = 64}}, 0, 10, 10, 0},
    {"must of this task",
     "true",
     {{.kind = 1, .reason = 4, .scope = {(const uint8_t *)"2021/09", 7}}},
     0,
     10,
     9,
     1},
    {"must of another task",
     "true",
     {{.kind = 1, .reason = 4, .scope = {(const uint8_t *)"2021/0", 6}}},
     0,
     10,
     10,
     0},
    {"must of a scope with another mark between",
     "true",
     {{.kind = 1, .reason = 4, .scope = {(const uint8_t *)"2021-09", 7}}},
     0,
     10,
     10,
     0},
    {"must of a longer task",
     "true",
     {{.kind = 1, .reason = 4, .scope = {(const uint8_t *)"2021/091", 8}}},
     0,
     10,
     10,
     0},
    {"must of another series",
     "true",
     {{.kind = 1, .reason = 4, .scope = {(const uint8_t *)"2022/09", 7}}},
     0,
     10,
     10,
     0},
    {"must of the series alone",
     "true",
     {{.kind = 1, .reason = 4, .scope = {(const uint8_t *)"2021", 4}}},
     0,
     10,
     10,
     0},
    {"must outside the population", "le(complaints,6)", {{.kind = 1, .reason = 4}}, 0, 9, 9, 0},
    {"excluded", "true", {{.kind = 2, .reason = 64}}, 0, 9, 9, 0},
    {"excluded for another reason", "true", {{.kind = 2, .reason = 4}}, 0, 10, 10, 0},
    {"excluded and must",
     "true",
     {{.kind = 1, .reason = 4}, {.kind = 2, .reason = 64}},
     0,
     9,
     9,
     0},
    {"inspected once", "true", {{.kind = 0}}, 1, 10, 10, 0},
    {"inspected as often as the cap", "true", {{.kind = 0}}, 2, 10, 9, 0},
    {"inspected more often", "true", {{.kind = 0}}, 3, 10, 9, 0},
    {"must and capped", "true", {{.kind = 1, .reason = 4}}, 2, 10, 9, 1},
    {"excluded, must and capped",
     "true",
     {{.kind = 1, .reason = 4}, {.kind = 2, .reason = 64}},
     2,
     9,
     9,
     0},
};

static void flag(void **state)
{
    const struct flag_row *row = *state;
    struct qn_roster roster;
    struct qn_rules rules;
    struct qn_draw_keys keys;
    struct qn_selection s;
    struct qn_err err = {.id = ""};
    struct qn_mark marks[2];
    make_objects(&roster, 10, 10);
    objects[6].attr.inspected_this_year = row->inspected;
    objects[6].attr.complaints = 7; /* by which a population can leave it out */
    roster.mark = marks;
    for (; roster.nmarks < 2 && row->mark[roster.nmarks].kind; roster.nmarks++) {
        marks[roster.nmarks] = row->mark[roster.nmarks];
        marks[roster.nmarks].id = objects[6].id;
    }
    parse_rules(&rules, row->population, "stratum 1 1/2 0 true\n", "-", "4", "64", "2");
    keys_of_worked_check(&keys);
    expect_verdict(qn_select(&s, &rules, 1, &roster, &keys, &err), &err, NULL);
    assert_int_equal(s.stratum[0].base, row->base);
    assert_int_equal(s.stratum[0].pool, row->pool);
    assert_int_equal(s.stratum[0].quota, (row->base + 1) / 2);
    size_t musts = 0;
    for (size_t i = 0; i < s.npicks; i++) {
        musts += s.pick[i].mode == QN_MUST;
        assert_int_equal(s.pick[i].mode, s.pick[i].object == 6 && row->musts ? QN_MUST : QN_LOT);
    }
    assert_int_equal(musts, row->musts);
    assert_int_equal(s.npicks,
                     (row->base + 1) / 2 + row->musts); /* musts never count toward the quota */
    qn_selection_release(&s);
}

/* ---- the lot ------------------------------------------------------------------------------------ */

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, QN_HASH);
}

static void lowest_tickets_win(void **state)
{
    (void)state;
    static uint8_t sorted[200][QN_HASH];
    struct qn_roster roster;
    struct qn_rules rules;
    struct qn_draw_keys keys;
    struct qn_selection s;
    make_objects(&roster, 200, 200);
    parse_rules(&rules, "true", "stratum 7 1/10 0 true\n", "-", "-", "-", "-");
    keys_of_worked_check(&keys);
    for (size_t i = 0; i < 200; i++)
        qn_ticket(sorted[i], &keys, objects[i].id);
    qsort(sorted, 200, QN_HASH, by_bytes);
    assert_int_equal(qn_select(&s, &rules, 1, &roster, &keys, NULL), QN_OK);
    assert_int_equal(s.npicks, 20);
    assert_memory_equal(s.stratum[0].cutoff, sorted[19], QN_HASH);
    for (size_t i = 0; i < s.npicks; i++) {
        assert_true(memcmp(s.pick[i].ticket, sorted[19], QN_HASH) <= 0);
        assert_int_equal(s.pick[i].stratum, 7);
        assert_true(i == 0 || s.pick[i - 1].object < s.pick[i].object);
    }
    assert_int_equal(s.nreserves, 180);
    for (size_t i = 1; i < s.nreserves; i++)
        assert_true(s.reserve[i - 1].object < s.reserve[i].object);
    qn_reserve_sort(&s);
    for (size_t i = 0; i < s.nreserves; i++)
        assert_memory_equal(s.reserve[i].ticket, sorted[20 + i], QN_HASH);
    qn_selection_release(&s);
}

/* Wherever a quota ends, within a ticket's first byte or between two, it ends after as many as it says. */
static void every_quota(void **state)
{
    (void)state;
    static uint8_t sorted[300][QN_HASH];
    struct qn_roster roster;
    struct qn_rules rules;
    struct qn_draw_keys keys;
    make_objects(&roster, 300, 300);
    keys_of_worked_check(&keys);
    for (size_t i = 0; i < 300; i++)
        qn_ticket(sorted[i], &keys, objects[i].id);
    qsort(sorted, 300, QN_HASH, by_bytes);
    for (size_t k = 0; k <= 300; k++) {
        struct qn_selection s;
        char total[32];
        snprintf(total, sizeof(total), "count %zu", k);
        parse_rules(&rules, "true", "stratum 1 0/1 0 true\n", total, "-", "-", "-");
        assert_int_equal(qn_select(&s, &rules, 1, &roster, &keys, NULL), QN_OK);
        assert_int_equal(s.npicks, k);
        assert_int_equal(s.nreserves, 300 - k);
        for (size_t i = 0; i < k; i++)
            assert_true(memcmp(s.pick[i].ticket, sorted[k - 1], QN_HASH) <= 0);
        if (k)
            assert_memory_equal(s.stratum[0].cutoff, sorted[k - 1], QN_HASH);
        qn_reserve_sort(&s);
        for (size_t i = 0; i < s.nreserves; i++)
            assert_memory_equal(s.reserve[i].ticket, sorted[k + i], QN_HASH);
        qn_selection_release(&s);
    }
}

/* Who is drawn at a fifth is drawn at a half as well: consistent sampling. */
static void larger_sample_contains_smaller(void **state)
{
    (void)state;
    struct qn_roster roster;
    struct qn_rules small, large;
    struct qn_draw_keys keys;
    struct qn_selection a, b;
    make_objects(&roster, 100, 50);
    parse_rules(&small, "true", "stratum 1 1/5 0 eq(class,1)\nstratum 2 1/5 0 true\n", "-", "-",
                "-", "-");
    parse_rules(&large, "true", "stratum 1 1/2 0 eq(class,1)\nstratum 2 1/2 0 true\n", "-", "-",
                "-", "-");
    keys_of_worked_check(&keys);
    assert_int_equal(qn_select(&a, &small, 1, &roster, &keys, NULL), QN_OK);
    assert_int_equal(qn_select(&b, &large, 1, &roster, &keys, NULL), QN_OK);
    for (size_t i = 0; i < a.npicks; i++) {
        size_t k = 0;
        while (k < b.npicks && b.pick[k].object != a.pick[i].object)
            k++;
        assert_true(k < b.npicks);
    }
    qn_selection_release(&a);
    qn_selection_release(&b);
}

/* ---- refusals ----------------------------------------------------------------------------------- */

static void refuses(void **state)
{
    (void)state;
    struct qn_roster roster;
    struct qn_rules rules;
    struct qn_draw_keys keys;
    struct qn_selection s;
    struct qn_err err = {.id = ""};
    make_objects(&roster, 4, 3);
    keys_of_worked_check(&keys);
    parse_rules(&rules, "true", "stratum 1 1/2 0 eq(class,1)\n", "-", "-", "64", "-");
    expect_verdict(qn_select(&s, &rules, 1, &roster, &keys, &err), &err,
                   "rules.no-stratum id=E:913300000000000003");
    /* An exclusion is no excuse. */
    struct qn_mark mark = {.id = objects[3].id, .kind = 2, .reason = 64};
    roster.mark = &mark;
    roster.nmarks = 1;
    expect_verdict(qn_select(&s, &rules, 1, &roster, &keys, &err), &err, "rules.no-stratum");
    /* Outside the population it needs no stratum. */
    parse_rules(&rules, "eq(class,1)", "stratum 1 1/2 0 eq(class,1)\n", "-", "-", "-", "-");
    expect_verdict(qn_select(&s, &rules, 1, &roster, &keys, &err), &err, NULL);
    qn_selection_release(&s);
    rules.type = QN_PAIRS;
    expect_verdict(qn_select(&s, &rules, 1, &roster, &keys, &err), &err, "select.type task=09");
    rules.type = QN_OBJECTS;
    objects[1].id = objects[0].id;
    expect_verdict(qn_select(&s, &rules, 1, &roster, &keys, &err), &err,
                   "roster.unsorted list=objects|no=2");
}

/* ---- commitment --------------------------------------------------------------------------------- */

static void selected_leaf(void **state)
{
    (void)state;
    uint8_t salt_key[32], salt[16];
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    for (uint8_t i = 0; i < 32; i++)
        salt_key[i] = i;
    qn_buf_init(&b, 512);
    qn_selected_salt(salt, QN_LOT, qn_str("E:91140602MA0KX0A76X"), salt_key);
    qn_selected_record(&b, QN_LOT, qn_str("E:91140602MA0KX0A76X"), salt);
    expect_hex(b.p, b.n,
               "050214453a39313134303630324d41304b5830413736581382ec18659f8aa9cf3346f03b175e0c");
}

static void selected_root(void **state)
{
    (void)state;
    static const uint8_t none[16];
    struct qn_roster roster;
    struct qn_pick picks[2] = {{.object = 0, .mode = QN_MUST}, {.object = 2, .mode = QN_LOT}};
    struct qn_selection s = {.pick = picks, .npicks = 0};
    uint8_t root[QN_HASH], want[QN_HASH], leaf[2][QN_HASH], salt[2][16] = {{1}, {2}};
    make_objects(&roster, 3, 3);
    assert_int_equal(qn_selected_root(root, &s, &roster, &none, NULL), QN_OK);
    crypto_hash_sha256(want, none, 0);
    assert_memory_equal(root, want, QN_HASH);
    s.npicks = 2;
    for (size_t i = 0; i < 2; i++) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        qn_buf_init(&b, 512);
        qn_selected_record(&b, picks[i].mode, objects[picks[i].object].id, salt[i]);
        qn_leaf_hash(leaf[i], qn_buf_span(&b));
    }
    qn_node_hash(want, leaf[0], leaf[1]);
    assert_int_equal(qn_selected_root(root, &s, &roster, (const uint8_t(*)[16])salt, NULL), QN_OK);
    assert_memory_equal(root, want, QN_HASH);
}

int main(void)
{
    const struct CMUnitTest fixed[] = {
        cmocka_unit_test(worked_check),
        cmocka_unit_test(seed_of_two_keys),
        cmocka_unit_test(beacon_digest),
        cmocka_unit_test(uniform),
        cmocka_unit_test(lowest_tickets_win),
        cmocka_unit_test(every_quota),
        cmocka_unit_test(larger_sample_contains_smaller),
        cmocka_unit_test(refuses),
        cmocka_unit_test(selected_leaf),
        cmocka_unit_test(selected_root),
    };
    struct CMUnitTest test[ARRAY_LEN(fixed) + ARRAY_LEN(quotas) + ARRAY_LEN(flags)];
    size_t n = ARRAY_LEN(fixed);
    memcpy(test, fixed, sizeof(fixed));
    for (size_t i = 0; i < ARRAY_LEN(quotas); i++)
        test[n++] = (struct CMUnitTest){quotas[i].name, quota, NULL, NULL, &quotas[i]};
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        test[n++] = (struct CMUnitTest){flags[i].name, flag, NULL, NULL, &flags[i]};
    return sodium_init() < 0 || cmocka_run_group_tests_name("select", test, NULL, NULL);
}
