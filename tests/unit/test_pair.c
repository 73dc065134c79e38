/* Inspectors for visits: small cases that can be followed by hand, where the rules leave nothing to chance or the
 * remark says what chance may do. Whole draws are compared with an independent derivation in test_draw_vectors.c. */
#include "tests/unit/swap.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "qian/draw.h"

#define SLOTS 3

struct ground {
    struct qn_object object[8];
    char object_id[8][48];
    struct qn_inspector inspector[8];
    char inspector_id[8][16];
    struct qn_recusal recusal[16];
    struct qn_roster roster;
    struct qn_rules rules[SLOTS];
    struct qn_pick pick[SLOTS][8];
    struct qn_pair_slot slot[SLOTS];
    unsigned nslots;
    struct qn_draw_keys keys;
};
static struct ground g;

/* Objects 0, 1, …; inspectors as "a b:1,2 c+9 d!": b has two qualifications, c a load of 9, d is away. */
static void begin(size_t nobjects, const char *people)
{
    uint8_t seed[32] = {7};
    size_t n = 0;
    g = (struct ground){.nslots = 0};
    qn_draw_keys(&g.keys, seed);
    for (size_t i = 0; i < nobjects; i++) {
        snprintf(g.object_id[i], sizeof(g.object_id[i]), "E:91330000000000000%zu", i);
        g.object[i].id = qn_str(g.object_id[i]);
    }
    char *end;
    for (const char *p = people; *p; p += *p == ' ') {
        struct qn_inspector *who = &g.inspector[n];
        snprintf(g.inspector_id[n], sizeof(g.inspector_id[n]), "140602/%c", *p++);
        *who = (struct qn_inspector){.id = qn_str(g.inspector_id[n++]), .available = true};
        for (; *p == ':' || *p == ','; p = end)
            who->qual[who->nquals++] = (uint16_t)strtoul(p + 1, &end, 10);
        if (*p == '+') {
            who->load0 = (uint32_t)strtoul(p + 1, &end, 10);
            p = end;
        }
        if (*p == '!') {
            who->available = false;
            p++;
        }
    }
    g.roster = (struct qn_roster){
        .object = g.object, .nobjects = nobjects, .inspector = g.inspector, .ninspectors = n};
    g.roster.recusal = g.recusal;
}

/* "a1" recuses a for object 1. Called in order of the key. */
static void recuse(const char *what)
{
    size_t i = 0, object = (size_t)(what[1] - '0');
    while (g.inspector[i].id.p[7] != (uint8_t)what[0])
        i++;
    g.recusal[g.roster.nrecusals++] = (struct qn_recusal){g.inspector[i].id, g.object[object].id};
}

/* One more slot: its role and load lines, and the objects drawn in it as digits. */
static void add_slot(const char *roles, const char *load, const char *objects)
{
    struct qn_err err = {.id = ""};
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, QN_RULES_MAX);
    qn_put_fmt(&text,
               "draw-rules/1\nslot 140600 2021 t%u 1\ntype both\npopulation true\nstratum 1 1/1 0 "
               "true\ntotal -\n"
               "must -\nexclude -\ncap -\n%spool 2\nload %s\nage 30\nwitness 48\nreturn 10\nsupp "
               "3\nlevel offline\n",
               g.nslots, roles, load);
    expect_verdict(qn_rules_parse(&g.rules[g.nslots], qn_buf_span(&text), &err), &err, NULL);
    size_t n = 0;
    for (; objects[n]; n++)
        g.pick[g.nslots][n] =
            (struct qn_pick){.object = (size_t)(objects[n] - '0'), .mode = QN_LOT};
    g.slot[g.nslots] = (struct qn_pair_slot){&g.rules[g.nslots], g.pick[g.nslots], n};
    g.nslots++;
}

/* The visits as a text: "o0 1 ab | o1 1 b- !" = object, slots, who by position, "!" where one was over the cap. */
static void expect_pairs(const char *want)
{
    struct qn_pairing p = {0};
    struct qn_err err = {.id = ""};
    char got[512] = "";
    expect_verdict(qn_pair_joint(&p, g.nslots, g.slot, &g.roster, &g.keys, &err), &err, NULL);
    for (size_t i = 0; i < p.nvisits; i++) {
        const struct qn_visit *v = &p.visit[i];
        bool over = false;
        snprintf(got + strlen(got), sizeof(got) - strlen(got), "%so%zu %u ", i ? " | " : "",
                 v->object, v->slots);
        for (unsigned s = 0; s < v->n; s++) {
            const char *who = v->inspector[s] < 0 ? "-" : g.inspector_id[v->inspector[s]] + 7;
            strcat(got, who);
            over = over || v->overcap[s];
        }
        strcat(got, over ? " !" : "");
    }
    qn_pairing_release(&p);
    assert_string_equal(got, want);
}

#define TWO "role 1 2 -\n"

/* ---- eligibility -------------------------------------------------------------------------------- */

static void nobody(void **state)
{
    (void)state;
    begin(1, "");
    add_slot(TWO, "-", "0");
    expect_pairs("o0 1 --");
}

/* Position 0 is served first, though it leaves nobody for the other. */
static void one_for_two(void **state)
{
    (void)state;
    begin(1, "a");
    add_slot(TWO, "-", "0");
    expect_pairs("o0 1 a-");
}

static void away(void **state)
{
    (void)state;
    begin(1, "a! b");
    add_slot(TWO, "-", "0");
    expect_pairs("o0 1 b-");
}

static void recused_for_one_object(void **state)
{
    (void)state;
    begin(2, "a b c+9");
    recuse("a1");
    add_slot("role 1 1 -\nrole 2 1 9\n", "-", "1");
    expect_pairs("o1 1 b-");
    begin(2, "a b+9");
    recuse("a1");
    add_slot("role 1 1 -\nrole 2 1 9\n", "-", "0");
    expect_pairs("o0 1 a-");
}

static void all_qualifications_of_a_role(void **state)
{
    (void)state;
    begin(1, "a:1 b:2 c:1,2,5+9 d:1,3");
    add_slot("role 1 1 1,2\nrole 2 1 7\n", "-", "0");
    expect_pairs("o0 1 c-");
}

/* Recusals of strangers, for objects that were not drawn or do not exist, change nothing. */
static void idle_recusals(void **state)
{
    (void)state;
    begin(3, "a b");
    recuse("a1");
    recuse("b1");
    g.recusal[g.roster.nrecusals++] = (struct qn_recusal){qn_str("140602/b"), qn_str("E:999")};
    g.recusal[g.roster.nrecusals++] = (struct qn_recusal){qn_str("140602/z"), g.object[0].id};
    add_slot("role 1 1 -\nrole 2 1 9\n", "-", "0");
    g.inspector[1].load0 = 1;
    expect_pairs("o0 1 a-");
}

/* ---- order -------------------------------------------------------------------------------------- */

/* |E| of position 1 is 1, so it is served first and takes a; b is what remains, although its load is higher. */
static void scarce_position_first(void **state)
{
    (void)state;
    begin(1, "a:1 b+5");
    add_slot("role 1 1 -\nrole 2 1 1\n", "-", "0");
    expect_pairs("o0 1 ba");
}

/* Object 1 can only have a and b and is served first; the loads then leave c and d for object 0. Which of the two
 * stands first is chance: the sums do not mind. */
static void scarce_visit_first(void **state)
{
    (void)state;
    begin(2, "a b c d");
    recuse("c1");
    recuse("d1");
    add_slot(TWO, "-", "01");
    struct qn_pairing p = {0};
    assert_int_equal(qn_pair_joint(&p, 1, g.slot, &g.roster, &g.keys, NULL), QN_OK);
    assert_int_equal(p.visit[1].inspector[0] + p.visit[1].inspector[1], 0 + 1);
    assert_int_equal(p.visit[0].inspector[0] + p.visit[0].inspector[1], 2 + 3);
    assert_int_equal(p.visit[0].eligible[0], 4);
    assert_int_equal(p.visit[1].eligible[1], 2);
    qn_pairing_release(&p);
}

/* a and c can do position 0, a and b the other two: c must go to 0 whatever the loads say. */
static void spares_whom_others_need(void **state)
{
    (void)state;
    begin(1, "a:1,2 b:2+1 c:1+9");
    add_slot("role 1 1 1\nrole 2 2 2\n", "-", "0");
    expect_pairs("o0 1 cab");
}

/* The same with nobody to spare: position 0 keeps its whole E, takes a by load, and position 2 stays unfilled. */
static void nobody_to_spare(void **state)
{
    (void)state;
    begin(1, "a:1,2 b:2");
    add_slot("role 1 2 2\nrole 2 1 1\n", "-", "0");
    /* Position 2 (|E| = 1) is first and takes a; of positions 0 and 1 only 0 finds b. */
    expect_pairs("o0 1 b-a");
}

/* Three positions have only a and b to choose from, so whoever takes position 0 they cannot all be filled: then
 * nobody is spared, and a is taken for his load although c could have gone. */
static void spares_nobody_in_vain(void **state)
{
    (void)state;
    begin(1, "a:1,2 b:2 c:1+9");
    add_slot("role 1 1 1\nrole 2 3 2\n", "-", "0");
    expect_pairs("o0 1 ab--");
}

/* ---- loads -------------------------------------------------------------------------------------- */

static void least_load(void **state)
{
    (void)state;
    begin(1, "a+3 b+1 c+2 d+3");
    add_slot(TWO, "-", "0");
    expect_pairs("o0 1 bc");
}

/* With loads 0, 2, 4, 6 each visit raises its two by one: ab, then ab again (1, 3), whoever is served first. */
static void loads_rise(void **state)
{
    (void)state;
    begin(2, "a b+2 c+4 d+6");
    add_slot(TWO, "-", "01");
    expect_pairs("o0 1 ab | o1 1 ab");
}

static void over_cap_is_flagged_only(void **state)
{
    (void)state;
    begin(2, "a+1 b+2");
    add_slot(TWO, "3", "01");
    /* Two visits: a 1, 2; b 2, 3: the second choice of b is over the cap of 3. */
    struct qn_pairing p = {0};
    assert_int_equal(qn_pair_joint(&p, 1, g.slot, &g.roster, &g.keys, NULL), QN_OK);
    unsigned over = 0;
    for (size_t v = 0; v < 2; v++)
        for (unsigned s = 0; s < 2; s++) {
            over += p.visit[v].overcap[s];
            assert_true(!p.visit[v].overcap[s] || p.visit[v].inspector[s] == 1);
        }
    assert_int_equal(over, 1);
    qn_pairing_release(&p);
}

static void at_cap_is_over(void **state)
{
    (void)state;
    begin(1, "a+4 b+5");
    add_slot(TWO, "5", "0");
    expect_pairs("o0 1 ab !");
    begin(1, "a+3 b+4");
    add_slot(TWO, "5", "0");
    expect_pairs("o0 1 ab");
}

static void largest_load_does_not_wrap(void **state)
{
    (void)state;
    begin(1, "a+4294967295 b+4294967294");
    add_slot("role 1 1 -\nrole 2 1 9\n", "-", "0");
    expect_pairs("o0 1 b-");
}

/* ---- joint draws --------------------------------------------------------------------------------- */

/* Slot 1 asks for two with 1; slot 2 for one with 1 and one with 2: together two with 1, one with 2. */
static void joint_roles_merge(void **state)
{
    (void)state;
    begin(3, "a:1 b:1+1 c:2");
    add_slot("role 1 2 1\n", "-", "01");
    add_slot("role 1 1 1\nrole 2 1 2\n", "-", "12");
    struct qn_pairing p = {0};
    assert_int_equal(qn_pair_joint(&p, 2, g.slot, &g.roster, &g.keys, NULL), QN_OK);
    assert_int_equal(p.nvisits, 3);
    assert_int_equal(p.visit[0].slots, 1);
    assert_int_equal(p.visit[0].n, 2);
    assert_int_equal(p.visit[1].slots, 3);
    assert_int_equal(p.visit[1].n, 3);
    assert_int_equal(p.visit[1].inspector[2], 2);
    assert_int_equal(p.visit[2].slots, 2);
    assert_int_equal(p.visit[2].n, 2);
    assert_int_equal(p.visit[2].inspector[1], 2);
    qn_pairing_release(&p);
}

/* A visit of slot 2 alone has slot 2's roles in slot 2's order. */
static void joint_roles_in_the_visits_own_order(void **state)
{
    (void)state;
    begin(2, "a:1 b:2");
    add_slot("role 1 1 1\nrole 2 1 2\n", "-", "0");
    add_slot("role 1 1 2\nrole 2 1 1\n", "-", "1");
    expect_pairs("o0 1 ab | o1 2 ba");
}

static void joint_cap_is_the_least(void **state)
{
    (void)state;
    begin(1, "a+3 b+4");
    add_slot(TWO, "9", "0");
    add_slot(TWO, "4", "0");
    expect_pairs("o0 3 ab !");
    g.slot[1].npicks = 0; /* the cap of a slot that the visit does not serve */
    expect_pairs("o0 1 ab");
}

static void joint_of_too_many(void **state)
{
    (void)state;
    struct qn_pairing p = {0};
    struct qn_err err = {.id = ""};
    begin(1, "a");
    add_slot("role 1 2 1\nrole 2 1 2\n", "-", "0");
    add_slot("role 1 2 3\n", "-", "");
    expect_verdict(qn_pair_joint(&p, 2, g.slot, &g.roster, &g.keys, &err), &err,
                   "pair.roles slots=2|max=4");
    begin(1, "a");
    add_slot("role 1 1 1\nrole 2 1 2\nrole 3 1 3\nrole 4 1 4\n", "-", "0");
    add_slot("role 1 1 5\nrole 2 1 1\n", "-", "0");
    expect_verdict(qn_pair_joint(&p, 2, g.slot, &g.roster, &g.keys, &err), &err,
                   "pair.roles slots=2|max=4");
    begin(1, "a");
    add_slot("role 1 1 1\nrole 2 1 2\nrole 3 1 3\nrole 4 1 4\n", "-", "0");
    add_slot("role 1 2 4\n", "-", "0");
    expect_verdict(qn_pair_joint(&p, 2, g.slot, &g.roster, &g.keys, &err), &err,
                   "pair.roles slots=2|max=4");
}

/* ---- the rest ------------------------------------------------------------------------------------ */

static void one_slot_is_a_joint_of_one(void **state)
{
    (void)state;
    struct qn_pairing a = {0}, b = {0};
    begin(4, "a b c d e");
    add_slot("role 1 3 -\n", "-", "0123");
    struct qn_selection s = {.pick = g.pick[0], .npicks = 4};
    assert_int_equal(qn_pair(&a, &g.rules[0], &g.roster, &s, &g.keys, NULL), QN_OK);
    assert_int_equal(qn_pair_joint(&b, 1, g.slot, &g.roster, &g.keys, NULL), QN_OK);
    assert_int_equal(a.nvisits, 4);
    for (size_t v = 0; v < 4; v++)
        assert_memory_equal(a.visit[v].inspector, b.visit[v].inspector,
                            sizeof(a.visit[v].inspector));
    qn_pairing_release(&a);
    qn_pairing_release(&b);
}

static void no_visit(void **state)
{
    (void)state;
    begin(1, "a b");
    add_slot(TWO, "-", "");
    expect_pairs("");
}

static void refuses_unsorted(void **state)
{
    (void)state;
    struct qn_pairing p = {0};
    struct qn_err err = {.id = ""};
    begin(1, "b a");
    add_slot(TWO, "-", "0");
    expect_verdict(qn_pair_joint(&p, 1, g.slot, &g.roster, &g.keys, &err), &err,
                   "roster.unsorted list=inspectors|no=2");
}

int main(void)
{
    const struct CMUnitTest test[] = {
        cmocka_unit_test(nobody),
        cmocka_unit_test(one_for_two),
        cmocka_unit_test(away),
        cmocka_unit_test(recused_for_one_object),
        cmocka_unit_test(all_qualifications_of_a_role),
        cmocka_unit_test(idle_recusals),
        cmocka_unit_test(scarce_position_first),
        cmocka_unit_test(scarce_visit_first),
        cmocka_unit_test(spares_whom_others_need),
        cmocka_unit_test(nobody_to_spare),
        cmocka_unit_test(spares_nobody_in_vain),
        cmocka_unit_test(least_load),
        cmocka_unit_test(loads_rise),
        cmocka_unit_test(over_cap_is_flagged_only),
        cmocka_unit_test(at_cap_is_over),
        cmocka_unit_test(largest_load_does_not_wrap),
        cmocka_unit_test(joint_roles_merge),
        cmocka_unit_test(joint_roles_in_the_visits_own_order),
        cmocka_unit_test(joint_cap_is_the_least),
        cmocka_unit_test(joint_of_too_many),
        cmocka_unit_test(one_slot_is_a_joint_of_one),
        cmocka_unit_test(no_visit),
        cmocka_unit_test(refuses_unsorted),
    };
    return sodium_init() < 0 || cmocka_run_group_tests_name("pair", test, NULL, NULL);
}
