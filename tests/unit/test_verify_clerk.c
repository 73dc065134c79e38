/* test_verify_clerk.c - what a clerk who may write any row of its office does, and what an office above finds. */
#include "tests/unit/draw_case.h"

/* ---- orders that are none ------------------------------------------------------------------------------------------ */

/* The county copies its order's note, with a later window, into its own log. */
static void forge_order(struct test_office *o, const char *drawer)
{
    QN_AUTO(order) struct order given = {.seq = 0};
    struct order_line line = only_order(o);
    struct qn_row row;
    QN_AUTO(act) struct act a = {0};
    MUST(order_read(&given, o->st, line.origin, line.seq, &offices_err));
    MUST(act_begin(&a, o->st, QN_KIND_ORDER, QN_LANE_DRAW, &offices_err));
    MUST(act_part(&a, QN_PUBLIC, QN_TO_OFFICE, NULL, &offices_err));
    row_start(&row, &a, "draw_order", act_id(&a), 1);
    row_text(&row, "drawer", drawer);
    row_text(&row, "issuer", "1406");
    row_text(&row, "series", "2021");
    row_text(&row, "task", "T1");
    row_int(&row, "round", 1);
    row_text(&row, "type", "both");
    row_int(&row, "attempt", 0);
    row_int(&row, "supp", 0);
    row_span(&row, "note", qn_buf_span(&given.note));
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
}

static void an_order_in_the_drawers_own_log(void **state)
{
    struct family *f = *state;
    prepare(f, &(struct plan_case){0});
    write_order(&f->c, "140602", &(struct odd_order){.from = -60, .to = -31});
    carry(&f->c, &f->k);
    forge_order(&f->k, "140602");
    settle(f);
    expect_verdicts(&f->p, "no-draw: DRAW_WITHHELD; rows: ORDER_FORGED");
}

static void an_order_for_a_neighbour(void **state)
{
    struct family *f = *state;
    ordered(f, NULL);
    forge_order(&f->k, "140622");
    carry(&f->k, &f->c);
    assert_true(draw_first(&f->k).drawn);
    settle(f);
    expect_verdicts(&f->p, "rows: ORDER_FORGED");
}

static void a_plan_of_a_neighbour_binds_nobody(void **state)
{
    struct family *f = *state;
    struct freeze_made made;
    QN_AUTO(qn_buf) struct qn_buf rules;
    qn_buf_init(&rules, QN_RULES_MAX);
    swap_in(&rules, RULES, "slot 1406 2021", "slot 140622 2021");
    qn_put_uint(&rules, 0, 1);
    write_plan(&f->k2, &(struct plan_case){.rules = (const char *)rules.p});
    write_roster(&f->k, NULL);
    MUST(freeze_make(&made, f->k.st, &offices_err));
    carry(&f->k2, &f->c);
    settle(f);
    edit(&f->p, "UPDATE cosignature SET time_s = time_s - 11 * 86400");
    expect_verdicts(&f->p, "");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, family_setup, family_teardown)

int main(void)
{
    const struct CMUnitTest test[] = {
        CASE(an_order_in_the_drawers_own_log),
        CASE(an_order_for_a_neighbour),
        CASE(a_plan_of_a_neighbour_binds_nobody),
    };
    return cmocka_run_group_tests_name("verify_clerk", test, NULL, NULL);
}
