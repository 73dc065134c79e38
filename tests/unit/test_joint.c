/* test_joint.c - draws of several slots on one order: each slot is held to its own rules, each visit serves all. */
#include "tests/unit/draw_case.h"

static const struct plan_case joined = {.joined = JOINED};

/* ---- what an honest office does ----------------------------------------------------------------------------------- */

static void draws_two_slots_on_one_order(void **state)
{
    struct family *f = *state;
    ordered(f, &joined);
    QN_AUTO(order_lines) struct order_lines lines = {0};
    MUST(order_list(&lines, f->k.st, NULL, &offices_err));
    assert_int_equal(lines.n, 2); /* rows of one order */
    assert_true(order_same_place(&lines.at[0], &lines.at[1]));
    assert_string_equal(lines.at[0].slots, "1406/2021/T1/1+T2/1");
    struct draw_outcome o = draw_first(&f->k);
    assert_true(o.drawn);
    assert_string_equal(o.slot, "1406/2021/T1/1+T2/1");
    QN_AUTO(draw_view) struct draw_view v = {.has_order = false};
    MUST(draw_show(&v, f->k.st, "140602", o.made.id, &offices_err));
    size_t of[3] = {0}, both = 0;
    for (size_t i = 0; i < v.ntargets; i++) {
        of[v.target[i].slot_no]++;
        for (size_t k = 0; k < i; k++)
            if (strcmp(v.target[i].object, v.target[k].object) == 0) {
                both++; /* drawn twice by one ticket, visited once by the same three */
                assert_memory_equal(v.target[i].ticket, v.target[k].ticket, QN_HASH);
                assert_string_equal(v.target[i].inspectors, v.target[k].inspectors);
            }
    }
    assert_int_equal(of[2], 8);         /* a third of 24 */
    assert_int_equal(of[1], 4 + 4 + 1); /* half of 8, a quarter of 16, a must */
    assert_true(both >= 4);             /* the lowest tickets of all are low in their strata too */
    settle(f);
    expect_verdicts(&f->c, "");
    expect_verdicts(&f->p, "");
}

static void the_strictest_terms_count(void **state)
{
    struct family *f = *state;
    ordered(f, &joined);
    QN_AUTO(order_lines) struct order_lines lines = {0};
    QN_AUTO(order) struct order o = {.seq = 0};
    QN_AUTO(order_rules) struct order_rules r = {.n = 0};
    MUST(order_list(&lines, f->k.st, NULL, &offices_err));
    MUST(order_read(&o, f->k.st, lines.at[0].origin, lines.at[0].seq, &offices_err));
    MUST(order_rules_find(&r, f->k.st, &o.o, &offices_err));
    assert_int_equal(r.age_days, 20);
    assert_int_equal(r.witness_hours, 12);
    assert_int_equal(r.return_days, 40);
}

/* ---- what another finds ------------------------------------------------------------------------------------------- */

static void force(struct draw_job *j, struct ground *g, struct test_office *o)
{
    QN_AUTO(order_lines) struct order_lines lines = {0};
    MUST(order_list(&lines, o->st, NULL, &offices_err));
    *j = (struct draw_job){.late = false};
    MUST(order_read(&j->order, o->st, lines.at[0].origin, lines.at[0].seq, &offices_err));
    MUST(order_rules_find(&j->rules, o->st, &j->order.o, &offices_err));
    MUST(ground_load(g, o->st, j->order.o.freeze.origin, j->order.o.freeze.index, &offices_err));
    MUST(draw_compute(j, o->st, g, &offices_err));
}

static void favour_in_the_second(struct draw_job *j)
{
    struct qn_selection *s = &j->r.sel[1];
    for (size_t i = 0; i + 1 < s->npicks; i++)
        if (s->pick[i].object + 1 < s->pick[i + 1].object) { /* the next, who was not drawn */
            s->pick[i].object++;
            return;
        }
    fail();
}

static void fewer_in_the_second(struct draw_job *j)
{
    j->r.sel[1].npicks--;
    j->r.sel[1].stratum[0].quota--;
}

static void base_of_the_second(struct draw_job *j)
{
    j->r.sel[1].stratum[0].base++;
}

/* The same objects, but those of each slot are told as those of the other. */
static void exchange_the_slots(struct draw_job *j)
{
    struct qn_pick *pick = j->r.sel[0].pick;
    size_t n = j->r.sel[0].npicks;
    j->r.sel[0].pick = j->r.sel[1].pick;
    j->r.sel[0].npicks = j->r.sel[1].npicks;
    j->r.sel[1].pick = pick;
    j->r.sel[1].npicks = n;
}

static void spare_an_inspector(struct draw_job *j)
{
    for (size_t i = 0; i < j->r.pairs.nvisits; i++)
        if (j->r.pairs.visit[i].slots == 3) {
            j->r.pairs.visit[i].inspector[j->r.pairs.visit[i].n - 1] = -1;
            return;
        }
    fail();
}

static struct cheat {
    const char *name;
    void (*spoil)(struct draw_job *j);
    const char *want;
} cheats[] = {
    {"another object in the second slot", favour_in_the_second, "draw: SELECT_MISMATCH"},
    {"one fewer in the second slot", fewer_in_the_second, "draw: QUOTA_WRONG SELECT_MISMATCH"},
    {"another base in the second slot", base_of_the_second, "draw: QUOTA_WRONG"},
    {"lists exchanged between the slots", exchange_the_slots, "draw: SELECT_MISMATCH"},
    {"one of the visit's inspectors left out", spare_an_inspector, "draw: PAIR_MISMATCH"},
};

static void cheat_is_named(void **state)
{
    const struct cheat *c = *state;
    void *made_family = NULL;
    family_setup(&made_family);
    struct family *f = made_family;
    QN_AUTO(draw_job) struct draw_job j = {.late = false};
    QN_AUTO(ground) struct ground g = {.loaded = false};
    struct draw_made made;
    ordered(f, &joined);
    force(&j, &g, &f->k);
    c->spoil(&j);
    MUST(draw_write(&made, f->k.st, &j, &g, &offices_err));
    settle(f);
    expect_verdicts(&f->c, c->want);
    expect_verdicts(&f->p, c->want);
    family_teardown(&made_family);
}

static void a_result_is_of_one_slot(void **state)
{
    struct family *f = *state;
    ordered(f, &joined);
    struct draw_outcome o = draw_first(&f->k);
    QN_AUTO(record) struct record r = {.rival = false};
    MUST(record_read(&r, f->k.st, "140602", o.made.id, &offices_err));
    for (size_t i = 0; i < r.npicks; i++)
        if (r.pick[i].slot_no == 1)
            write_visit(&f->k, "140602", o.made.id, record_object(&r, i), &(struct visit_case){0});
    QN_AUTO(release_outcomes) struct release_outcomes out = {0};
    MUST(draw_release(&out, f->k.st, o.made.id, false, &offices_err));
    assert_string_equal(out.at[0].why.id, "release.early"); /* the second slot's targets are open */
    assert_int_equal(out.at[0].open, 8);
    assert_int_equal(out.at[0].targets, 17);
    settle(f);
    expect_verdicts(&f->c, "");
    /* An object that only the first slot drew, told as the second's; then one of a task that the order has not. */
    size_t alone = r.npicks;
    for (size_t i = 0; i < r.npicks && alone == r.npicks; i++) {
        bool twice = false;
        for (size_t k = 0; k < r.npicks; k++)
            twice = twice || (k != i && qn_span_eq(record_object(&r, i), record_object(&r, k)));
        if (!twice && r.pick[i].slot_no == 1)
            alone = i;
    }
    assert_true(alone < r.npicks);
    write_visit(&f->k, "140602", o.made.id, record_object(&r, alone),
                &(struct visit_case){.task = "T2"});
    settle(f);
    expect_verdicts(&f->c, "draw: VISIT_EXTRA");
}

static void a_withheld_order_is_told_once(void **state)
{
    struct family *f = *state;
    ordered(f, &joined);
    settle(f);
    QN_AUTO(verify) struct verify_result r = {.at = NULL};
    MUST(verify_run(&r, f->c.st, NULL, 0, NULL, &offices_err));
    assert_int_equal(r.n, 1);
    assert_int_equal(r.at[0].about, VERDICT_WAITING);
    assert_string_equal(r.at[0].slot, "1406/2021/T1/1+T2/1");
}

/* Rows that do not fit the note make the order unreadable to the drawer and to whoever judges. */
static void rows_are_those_of_the_note(void **state)
{
    struct family *f = *state;
    ordered(f, &joined);
    edit(&f->k, "DELETE FROM draw_order WHERE task = 'T2'");
    struct draw_outcome o = draw_first(&f->k);
    assert_false(o.drawn);
    assert_string_equal(o.why.id, "order.columns");
}

static void ordered_slots_do_not_join(void **state)
{
    struct family *f = *state;
    ordered(f, NULL); /* T1 alone */
    static const struct plan_case more = {.rules = JOINED, .task = "T2"};
    write_plan(&f->c, &more);
    assert_int_equal(issue(&f->c, NULL, NULL), 1);
    carry(&f->c, &f->k);
    QN_AUTO(order_lines) struct order_lines lines = {0};
    MUST(order_list(&lines, f->k.st, NULL, &offices_err));
    assert_int_equal(lines.n, 2);
    assert_false(order_same_place(&lines.at[0], &lines.at[1]));
}

int main(void)
{
    enum { CHEATS = sizeof(cheats) / sizeof(cheats[0]) };
    struct CMUnitTest named[CHEATS];
    for (size_t i = 0; i < CHEATS; i++)
        named[i] = (struct CMUnitTest){cheats[i].name, cheat_is_named, NULL, NULL, &cheats[i]};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(draws_two_slots_on_one_order, family_setup,
                                        family_teardown),
        cmocka_unit_test_setup_teardown(the_strictest_terms_count, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(a_result_is_of_one_slot, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(a_withheld_order_is_told_once, family_setup,
                                        family_teardown),
        cmocka_unit_test_setup_teardown(rows_are_those_of_the_note, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(ordered_slots_do_not_join, family_setup, family_teardown),
    };
    int failed = cmocka_run_group_tests_name("joint", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("cheats", named, NULL, NULL);
}
