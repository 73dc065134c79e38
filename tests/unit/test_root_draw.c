/* test_root_draw.c - the draws that the root office orders for itself: with a lottery, or unwitnessed. */
#include "tests/unit/beacon_case.h"

#include "node/draw/beacon.h"

#define TRUE  " 01 05 12 18 22 30+07"
#define FALSE " 02 05 12 18 22 30+07"

/* A plan of the province for itself, a roster, a freeze. */
static void prepare_root(struct family *f)
{
    QN_AUTO(qn_buf) struct qn_buf rules = {0};
    struct freeze_made made;
    qn_buf_init(&rules, QN_RULES_MAX);
    swap_in(&rules, RULES, "slot 1406 ", "slot 14 ");
    qn_put_uint(&rules, 0, 1);
    write_plan(&f->p, &(struct plan_case){.rules = (const char *)rules.p, .drawer = "14"});
    write_roster_of(&f->p, NULL, "active");
    MUST(freeze_make(&made, f->p.st, &offices_err));
}

static size_t issue_root(struct family *f, const char *beacon, enum qn_draw_level level,
                         struct qn_err *why)
{
    return issue(&f->p, &(struct order_options){.ahead_days = -1, .beacon = beacon, .level = level},
                 why);
}

static void expect_level(struct test_office *o, enum qn_draw_level claimed,
                         enum qn_draw_level shown)
{
    QN_AUTO(verify) struct verify_result r = {.at = NULL};
    MUST(verify_run(&r, o->st, NULL, 0, NULL, &offices_err));
    assert_int_equal(r.draws, 1);
    assert_int_equal(r.at[0].claimed, claimed);
    assert_int_equal(r.at[0].shown, shown);
    assert_true(r.at[0].has_order);
}

static void without_a_lottery_it_is_unwitnessed(void **state)
{
    struct family *f = *state;
    struct qn_err why = {.code = QN_OK};
    prepare_root(f);
    assert_int_equal(issue_root(f, NULL, QN_WITNESSED, &why), 0);
    assert_string_equal(why.id, "order.self");
    assert_int_equal(issue_root(f, NULL, QN_OFFLINE, &why), 0);
    assert_string_equal(why.id, "order.self");
    assert_int_equal(issue_root(f, NULL, 0, NULL), 1);
    assert_int_equal(issue_root(f, NULL, 0, NULL), 0);
    assert_true(draw_first(&f->p).drawn);
    expect_verdicts(&f->p, "");
    expect_level(&f->p, QN_UNWITNESSED, QN_UNWITNESSED);
}

static struct numbers {
    const char *name;
    const char *said[3];
    int32_t days;
    const char *want;
    enum qn_draw_level shown;
} numbers[] = {
    {"true numbers", {TRUE, TRUE, NULL}, 1, "", QN_OFFLINE},
    {"a drawing of the day of the order",
     {TRUE, TRUE, NULL},
     0,
     "draw: LEVEL_FALSE BEACON_BEFORE_ORDER",
     QN_UNWITNESSED},
};

static void with_a_lottery_it_is_offline(void **state)
{
    struct numbers *row = *state;
    void *made = NULL;
    struct qn_err why = {.code = QN_OK};
    const char *event = event_of("133");
    family_setup(&made);
    struct family *f = made;
    prepare_root(f);
    assert_int_equal(issue_root(f, event, QN_WITNESSED, &why), 0);
    assert_string_equal(why.id, "order.self");
    assert_int_equal(issue_root(f, event, 0, NULL), 1);
    assert_string_equal(draw_first(&f->p).why.id, "draw.beacon-waiting");
    for (size_t i = 0; i < ARRAY_LEN(row->said) && row->said[i]; i++)
        said(&f->p, line_of(event, row->said[i]), row->days, i ? "b" : "a");
    assert_true(draw_first(&f->p).drawn);
    expect_verdicts(&f->p, row->want);
    expect_level(&f->p, QN_OFFLINE, row->shown);
    family_teardown(&made);
}

/* ---- the root office cheats: nobody is above it, its own books tell ------------------------------------------------- */

static struct cheat {
    const char *name, *drawn;
    bool favour;
    const char *want;
} cheats[] = {
    {"other numbers", FALSE, false, "draw: BEACON_WRONG"},
    {"no numbers", NULL, false, "draw: BEACON_WRONG"},
    {"a lot called a must", TRUE, true, "draw: SELECT_MISMATCH"},
};

static void a_cheat_is_found(void **state)
{
    struct cheat *row = *state;
    void *made = NULL;
    const char *event = event_of("133");
    family_setup(&made);
    struct family *f = made;
    prepare_root(f);
    assert_int_equal(issue_root(f, event, 0, NULL), 1);
    said(&f->p, line_of(event, TRUE), 1, "a");
    said(&f->p, line_of(event, TRUE), 1, "b");
    {
        QN_AUTO(draw_job) struct draw_job j = {.late = false};
        QN_AUTO(ground) struct ground g = {.loaded = false};
        struct draw_made written;
        struct order_line line = only_order(&f->p);
        MUST(draw_take(&j, f->p.st, line.origin, line.seq, &offices_err));
        MUST(ground_load(&g, f->p.st, j.freeze_origin, j.freeze_seq, &offices_err));
        if (row->drawn)
            strcpy(j.beacon, line_of(event, row->drawn));
        else
            j.beacon[0] = 0;
        MUST(draw_compute(&j, f->p.st, &g, &offices_err));
        if (row->favour)
            j.r.sel[0].pick[0].mode = j.r.sel[0].pick[0].mode == QN_LOT ? QN_MUST : QN_LOT;
        MUST(draw_write(&written, f->p.st, &j, &g, &offices_err));
    }
    expect_verdicts(&f->p, row->want);
    family_teardown(&made);
}

/* An office below cannot order for itself. */
static void nobody_else_orders_for_itself(void **state)
{
    struct family *f = *state;
    struct freeze_made made;
    struct qn_err why = {.code = QN_OK};
    write_plan(&f->c, &(struct plan_case){.drawer = "1406"});
    write_roster_of(&f->c, NULL, "active");
    MUST(freeze_make(&made, f->c.st, &offices_err));
    assert_int_equal(issue(&f->c, NULL, &why), 0);
    assert_int_equal(why.code, QN_OK); /* none of its slots */
    assert_int_equal(count(&f->c, "SELECT count(*) FROM draw_order"), 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, family_setup, family_teardown)

int main(void)
{
    const struct CMUnitTest plain[] = {CASE(without_a_lottery_it_is_unwitnessed),
                                       CASE(nobody_else_orders_for_itself)};
    struct CMUnitTest test[ARRAY_LEN(plain) + ARRAY_LEN(numbers) + ARRAY_LEN(cheats)];
    size_t n = ARRAY_LEN(plain);
    memcpy(test, plain, sizeof(plain));
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        test[n++] = (struct CMUnitTest){numbers[i].name, with_a_lottery_it_is_offline, NULL, NULL,
                                        &numbers[i]};
    for (size_t i = 0; i < ARRAY_LEN(cheats); i++)
        test[n++] = (struct CMUnitTest){cheats[i].name, a_cheat_is_found, NULL, NULL, &cheats[i]};
    return cmocka_run_group_tests_name("root draw", test, NULL, NULL);
}
