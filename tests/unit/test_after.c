/* After a draw: successors, others who go instead. Small cases; what is expected is found by hand from the tickets. */
#include "tests/unit/swap.h"

#include <stdio.h>
#include <stdlib.h>

#include "qian/after.h"

#define MUST(call) expect_verdict(call, &err, NULL)

#define OBJECTS    12
#define INSPECTORS 5

struct ground {
    struct qn_object object[OBJECTS];
    char object_id[OBJECTS][48];
    struct qn_inspector inspector[INSPECTORS];
    char inspector_id[INSPECTORS][16];
    struct qn_mark must;
    struct qn_roster roster;
    struct qn_rules rules;
    struct qn_selection sel;
    struct qn_pairing pairs;
    struct qn_draw_keys keys;
    struct qn_after after;
};

/* Stratum 1 are the even objects, each half drawn; object 11 is a must. */
static int setup(void **state)
{
    struct qn_err err = {.id = ""};
    struct ground *g = calloc(1, sizeof(*g));
    uint8_t seed[32] = {7};
    qn_draw_keys(&g->keys, seed);
    for (size_t i = 0; i < OBJECTS; i++) {
        snprintf(g->object_id[i], sizeof(g->object_id[i]), "E:9133000000000000%02zu", i);
        g->object[i].id = qn_str(g->object_id[i]);
        g->object[i].attr.cls = (uint8_t)(i % 2);
    }
    for (size_t i = 0; i < INSPECTORS; i++) {
        snprintf(g->inspector_id[i], sizeof(g->inspector_id[i]), "140602/%zu", i);
        g->inspector[i] =
            (struct qn_inspector){.id = qn_str(g->inspector_id[i]), .available = true};
    }
    g->must = (struct qn_mark){.id = g->object[11].id, .kind = 1, .reason = QN_MARK_CARRIED};
    g->roster = (struct qn_roster){.object = g->object,
                                   .nobjects = OBJECTS,
                                   .inspector = g->inspector,
                                   .ninspectors = INSPECTORS,
                                   .mark = &g->must,
                                   .nmarks = 1};
    MUST(
        qn_rules_parse(&g->rules,
                       qn_str("draw-rules/1\nslot 140600 2021 t 1\ntype both\npopulation true\n"
                              "stratum 1 1/2 0 eq(class,0)\nstratum 2 1/6 0 true\ntotal -\nmust -\n"
                              "exclude -\ncap -\nrole 1 2 -\npool 2\nload -\nage 30\nwitness 48\n"
                              "return 10\nsupp 2\nlevel offline\n"),
                       &err));
    MUST(qn_select(&g->sel, &g->rules, 1, &g->roster, &g->keys, &err));
    MUST(qn_pair(&g->pairs, &g->rules, &g->roster, &g->sel, &g->keys, &err));
    const struct qn_after_slot slot = {&g->rules, &g->sel};
    MUST(qn_after_start(&g->after, 1, &slot, &g->pairs, &g->roster, &err));
    *state = g;
    return 0;
}

static int teardown(void **state)
{
    struct ground *g = *state;
    qn_after_release(&g->after);
    qn_selection_release(&g->sel);
    qn_pairing_release(&g->pairs);
    free(g);
    return 0;
}

/* The object of stratum h with the n-th lowest ticket, from 0. */
static size_t nth(const struct ground *g, const struct qn_draw_keys *keys, unsigned h, size_t n)
{
    size_t order[OBJECTS], k = 0;
    uint8_t ticket[OBJECTS][QN_HASH];
    for (size_t i = h - 1; i < OBJECTS; i += 2) {
        if (i == 11)
            continue;
        qn_ticket(ticket[i], keys, g->object[i].id);
        size_t at = k++;
        for (; at > 0 && memcmp(ticket[order[at - 1]], ticket[i], QN_HASH) > 0; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    return order[n];
}

static void a_must_of_reason_255_counts_without_being_named(void **state)
{
    struct ground *g = *state;
    assert_true(qn_after_drawn(&g->after, 1, 11));
    assert_false(qn_after_by_lot(&g->after, 1, 11));
    assert_int_equal(g->sel.npicks, 5); /* 3 of 6, 1 of 6, and the must */
}

static void the_next_of_the_stratum_up_to_the_limit(void **state)
{
    struct ground *g = *state;
    size_t first = nth(g, &g->keys, 1, 0), other = nth(g, &g->keys, 2, 0);
    assert_true(qn_after_by_lot(&g->after, 1, first));
    size_t next = qn_after_next(&g->after, 1, first);
    assert_int_equal(next, nth(g, &g->keys, 1, 3));
    assert_false(qn_after_drawn(&g->after, 1, next));
    qn_after_take(&g->after, 1, next, true);
    assert_true(qn_after_by_lot(&g->after, 1, next));
    assert_int_equal(qn_after_next(&g->after, 1, next),
                     nth(g, &g->keys, 1, 4)); /* a chain goes on */
    assert_int_equal(qn_after_next(&g->after, 1, other), nth(g, &g->keys, 2, 1));
    qn_after_take(&g->after, 1, nth(g, &g->keys, 2, 1), true);
    assert_int_equal(qn_after_next(&g->after, 1, first), QN_NOBODY); /* supp 2 */
    assert_int_equal(qn_after_next(&g->after, 1, other), QN_NOBODY);
}

static void who_is_void_in_another_slot_line_does_not_follow(void **state)
{
    struct ground *g = *state;
    size_t first = nth(g, &g->keys, 1, 0), next = nth(g, &g->keys, 1, 3);
    qn_after_void(&g->after, next);
    assert_int_equal(qn_after_next(&g->after, 1, first), nth(g, &g->keys, 1, 4));
    g->after.nvoids = 0; /* a void that the order did not know of takes nobody out */
    assert_int_equal(qn_after_next(&g->after, 1, first), next);
}

static void no_successor_where_nothing_was_drawn_by_lot(void **state)
{
    struct ground *g = *state;
    assert_int_equal(qn_after_next(&g->after, 1, 11), QN_NOBODY);
    assert_int_equal(qn_after_next(&g->after, 1, nth(g, &g->keys, 1, 5)),
                     QN_NOBODY); /* not drawn */
    assert_int_equal(qn_after_next(&g->after, 2, nth(g, &g->keys, 1, 0)), QN_NOBODY);
    assert_int_equal(qn_after_next(&g->after, 0, nth(g, &g->keys, 1, 0)), QN_NOBODY);
    assert_int_equal(qn_after_next(&g->after, 1, OBJECTS), QN_NOBODY);
}

static void a_supplement_draws_by_its_own_tickets(void **state)
{
    struct ground *g = *state;
    struct qn_draw_keys keys;
    struct qn_selection sel = {.npicks = 0};
    struct qn_err err = {.id = ""};
    uint8_t seed[32] = {8};
    qn_draw_keys(&keys, seed);
    const size_t voided[] = {nth(g, &g->keys, 1, 0), 11, nth(g, &g->keys, 1, 2)};
    MUST(qn_after_select(&sel, &g->after, 1, voided, 3, &keys, &err));
    assert_int_equal(sel.nstrata, 2);
    assert_int_equal(sel.stratum[0].base, 6);
    assert_int_equal(sel.stratum[0].pool, 3);
    assert_int_equal(sel.stratum[0].quota, 2);
    assert_true(sel.stratum[0].has_cutoff);
    assert_int_equal(sel.stratum[1].pool, 4);
    assert_int_equal(sel.stratum[1].quota, 0);
    assert_false(sel.stratum[1].has_cutoff);
    assert_int_equal(sel.npicks, 2);
    assert_true(sel.pick[0].object < sel.pick[1].object);
    for (size_t n = 0, found = 0; found < 2; n++) { /* the two lowest of the three that are left */
        size_t o = nth(g, &keys, 1, n);
        if (qn_after_drawn(&g->after, 1, o))
            continue;
        assert_true(sel.pick[0].object == o || sel.pick[1].object == o);
        found++;
        qn_after_take(&g->after, 1, o, false);
    }
    qn_selection_release(&sel);
    MUST(qn_after_select(&sel, &g->after, 1, voided, 3, &keys, &err));
    assert_int_equal(sel.npicks, 1); /* one is left for two */
    qn_selection_release(&sel);
}

static void successors_go_on_with_the_loads(void **state)
{
    struct ground *g = *state;
    struct qn_pairing more = {.nvisits = 0};
    struct qn_err err = {.id = ""};
    size_t next = qn_after_next(&g->after, 1, nth(g, &g->keys, 1, 0));
    struct qn_pick pick = {.object = next, .mode = QN_LOT};
    const struct qn_pair_slot slot = {&g->rules, &pick, 1};
    for (size_t i = 0; i < INSPECTORS; i++)
        g->after.load[i] = i < 3 ? 9 : 2;
    MUST(qn_after_recuse(&g->after, next, 3, &err));
    MUST(qn_after_pair(&more, &g->after, &slot, &g->keys, &err));
    assert_int_equal(more.nvisits, 1);
    bool has_4 = more.visit[0].inspector[0] == 4 || more.visit[0].inspector[1] == 4;
    assert_true(has_4); /* the least load; 3 is recused */
    assert_true(more.visit[0].inspector[0] != 3 && more.visit[0].inspector[1] != 3);
    size_t before = g->after.nvisits;
    MUST(qn_after_send(&g->after, &more.visit[0], &err));
    assert_int_equal(g->after.nvisits, before + 1);
    assert_int_equal(g->after.load[4], 3);
    for (size_t i = 1; i < g->after.nvisits; i++)
        assert_true(g->after.visit[i - 1].v.object < g->after.visit[i].v.object);
    qn_pairing_release(&more);
}

static void somebody_else_goes(void **state)
{
    struct ground *g = *state;
    struct qn_err err = {.id = ""};
    size_t object = g->pairs.visit[0].object, who;
    size_t gone = (size_t)g->pairs.visit[0].inspector[1],
           stays = (size_t)g->pairs.visit[0].inspector[0];
    size_t away[INSPECTORS], n = 0, left = INSPECTORS;
    for (size_t i = 0; i < INSPECTORS; i++) /* all but one of the others are away too */
        if (i != gone && i != stays) {
            if (left == INSPECTORS)
                left = i;
            else
                away[n++] = i;
        }
    MUST(qn_after_replace(&who, &g->after, object, gone, away, n, &g->keys, &err));
    assert_int_equal(who, left);
    uint64_t load = g->after.load[gone];
    qn_after_change(&g->after, object, gone, who);
    assert_int_equal(qn_after_visit(&g->after, object)->v.inspector[1], (int32_t)left);
    assert_int_equal(qn_after_visit(&g->after, object)->round[1], 1);
    assert_int_equal(g->after.load[gone], load);
    expect_verdict(qn_after_replace(&who, &g->after, object, gone, NULL, 0, &g->keys, &err), &err,
                   "exc.not-sent");
    MUST(qn_after_recuse(&g->after, object, gone, &err));
    away[n++] = gone;
    MUST(qn_after_replace(&who, &g->after, object, left, away, n, &g->keys, &err));
    assert_int_equal(who, QN_NOBODY);
    qn_after_change(&g->after, object, left, who);
    assert_int_equal(qn_after_visit(&g->after, object)->v.inspector[1], -1);
}

/* The number is drawn in the round of the replacement, among those with the least load in order of their ids. */
static void the_round_is_in_the_number(void **state)
{
    struct ground *g = *state;
    struct qn_err err = {.id = ""};
    size_t object = g->pairs.visit[0].object, who;
    for (uint16_t round = 1; round <= 4; round++) {
        const struct qn_visit *v = &qn_after_visit(&g->after, object)->v;
        size_t gone = (size_t)v->inspector[0], candidates[INSPECTORS], n = 0;
        for (size_t i = 0; i < INSPECTORS; i++) {
            g->after.load[i] = 1;
            if (i != gone && i != (size_t)v->inspector[1])
                candidates[n++] = i;
        }
        MUST(qn_after_replace(&who, &g->after, object, gone, NULL, 0, &g->keys, &err));
        assert_int_equal(who, candidates[qn_uniform(&g->keys, round, 0, g->object[object].id, n)]);
        qn_after_change(&g->after, object, gone, who);
    }
}

static void nobody_is_sent_where_nothing_was_drawn(void **state)
{
    struct ground *g = *state;
    struct qn_err err = {.id = ""};
    size_t who;
    expect_verdict(
        qn_after_replace(&who, &g->after, nth(g, &g->keys, 1, 5), 0, NULL, 0, &g->keys, &err), &err,
        "exc.not-sent");
    qn_after_change(&g->after, nth(g, &g->keys, 1, 5), 0, 1); /* and nothing is changed */
    assert_null(qn_after_visit(&g->after, nth(g, &g->keys, 1, 5)));
}

int main(void)
{
    const struct CMUnitTest test[] = {
        cmocka_unit_test_setup_teardown(a_must_of_reason_255_counts_without_being_named, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_next_of_the_stratum_up_to_the_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(who_is_void_in_another_slot_line_does_not_follow, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(no_successor_where_nothing_was_drawn_by_lot, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_supplement_draws_by_its_own_tickets, setup, teardown),
        cmocka_unit_test_setup_teardown(successors_go_on_with_the_loads, setup, teardown),
        cmocka_unit_test_setup_teardown(somebody_else_goes, setup, teardown),
        cmocka_unit_test_setup_teardown(the_round_is_in_the_number, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_is_sent_where_nothing_was_drawn, setup, teardown),
    };
    return cmocka_run_group_tests_name("after", test, NULL, NULL);
}
