/* test_due.c - what an office does by itself before it speaks: freezes that are due, orders that it owes. */
#include "tests/unit/draw_case.h"
#include "tests/unit/rotate.h"
#include "tests/unit/worlds.h"

#include "node/draw/due.h"
#include "node/draw/room.h"
#include "node/store/own.h"

static struct heard said;
static const struct qn_report report = {hear, &said};

static void speak(struct test_office *o, const struct test_office *to)
{
    said.ids[0] = 0;
    draw_due(o->st, code_of(to), &report);
}

static int64_t freezes(struct test_office *o)
{
    return count(o, "SELECT count(*) FROM draw_freeze WHERE office = '140602'");
}

static int64_t orders(struct test_office *o)
{
    return count(o, "SELECT count(*) FROM draw_order");
}

/* ---- arrays that grow --------------------------------------------------------------------------------------------- */

/* Not "no memory": who reads it can do something about it. */
static void a_full_array_says_so(void **state)
{
    (void)state;
    struct qn_err err;
    int16_t *at = NULL;
    size_t cap = 0, n = 0;
    for (; n < 1000; n++) {
        assert_int_equal(room_for_one((void *)&at, n, &cap, sizeof(*at), 1000, &err), QN_OK);
        at[n] = (int16_t)n;
    }
    assert_int_equal(cap, 1000);
    assert_int_equal(room_for_one((void *)&at, n, &cap, sizeof(*at), 1000, &err), QN_LIMIT);
    assert_string_equal(err.id, "draw.too-many");
    assert_string_equal(err.args, "max=1000");
    assert_int_equal(at[999], 999);
    free(at);
}

/* ---- freezes ------------------------------------------------------------------------------------------------------ */

static void one_freeze_a_day_and_roster(void **state)
{
    struct worlds *w = *state;
    struct family *f = &w->f;
    speak(&f->k, &f->c);
    assert_int_equal(freezes(&f->k), 0); /* no roster */
    assert_string_equal(said.ids, "");
    int64_t first = write_roster(&f->k, NULL);
    static const struct {
        const char *what;
        int days; /* that the clock is put on or back */
        int revise;
        int64_t want;
    } steps[] = {
        {"the first roster", 0, 0, 1},
        {"nothing changed", 0, 0, 1},
        {"a roster was closed on the same day", 0, 1, 2},
        {"the next day", 1, 0, 3},
        {"and nothing more on it", 0, 0, 3},
        {"the clock was set back: no freeze of an earlier day", -1, 0, 3},
        {"not even of a new roster", 0, 1, 3},
        {"the day has come again", 1, 0, 4},
    };
    int64_t version = 1;
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        w->k.ms += (uint64_t)((int64_t)DAY_MS * steps[i].days);
        if (steps[i].revise) {
            version++;
            revise_object(&f->k, first, version, version, 0,
                          version % 2 ? "in_business" : "deregistered");
        }
        speak(&f->k, &f->c);
        if (freezes(&f->k) != steps[i].want)
            fail_msg("%s: %lld freezes, said %s", steps[i].what, (long long)freezes(&f->k),
                     said.ids);
    }
}

static void a_freeze_that_fails_stops_nothing(void **state)
{
    struct worlds *w = *state;
    struct family *f = &w->f;
    struct qn_err why;
    int64_t first = write_roster(&f->k, NULL);
    edit(&f->k, "UPDATE object SET status = 'odd' WHERE rowid = 3");
    speak(&f->k, &f->c);
    assert_non_null(strstr(said.ids, "due.freeze-failed(id=roster.column)"));
    assert_int_equal(freezes(&f->k), 0);
    assert_true(due_freeze_failed(&why, f->k.st));
    assert_string_equal(why.id, "roster.column");
    assert_non_null(strstr(why.args, "column=status"));
    carry(&f->k, &f->c);
    speak(&f->k, &f->c); /* not tried again: nothing changed */
    assert_string_equal(said.ids, "");
    w->k.ms += DAY_MS;
    speak(&f->k, &f->c);
    assert_non_null(strstr(said.ids, "due.freeze-failed"));
    edit(&f->k, "UPDATE object SET status = 'in_business' WHERE rowid = 3");
    revise_object(&f->k, first, 2, 2, 0, "deregistered");
    speak(&f->k, &f->c);
    assert_non_null(strstr(said.ids, "due.froze(seq="));
    assert_false(due_freeze_failed(&why, f->k.st));
}

static void one_made_by_hand_ends_the_failure(void **state)
{
    struct worlds *w = *state;
    struct family *f = &w->f;
    struct qn_err why;
    struct freeze_made made;
    write_roster(&f->k, NULL);
    edit(&f->k, "UPDATE object SET status = 'odd' WHERE rowid = 3");
    speak(&f->k, &f->c);
    assert_true(due_freeze_failed(&why, f->k.st));
    edit(&f->k, "UPDATE object SET status = 'in_business' WHERE rowid = 3");
    MUST(freeze_make(&made, f->k.st, &offices_err));
    assert_false(due_freeze_failed(&why, f->k.st));
}

static void who_writes_no_entry_freezes_nothing(void **state)
{
    struct worlds *w = *state;
    struct family *f = &w->f;
    write_roster(&f->k, NULL);
    MUST(own_unsure(f->k.st, &offices_err));
    speak(&f->k, &f->c);
    assert_string_equal(said.ids, "");
    assert_int_equal(freezes(&f->k), 0);
}

/* ---- orders ------------------------------------------------------------------------------------------------------- */

static void plan_and_roster(struct family *f, const struct plan_case *pc)
{
    write_plan(&f->c, pc);
    carry(&f->c, &f->k);
    write_roster(&f->k, NULL);
    speak(&f->k, &f->c);
    carry(&f->k, &f->c);
}

static void an_order_in_the_next_bundle(void **state)
{
    struct worlds *w = *state;
    struct family *f = &w->f;
    plan_and_roster(f, &(struct plan_case){.from = 20, .to = 40});
    speak(&f->c, &f->k);
    assert_string_equal(said.ids, "due.ordered(office=140602|n=1) ");
    speak(&f->c, &f->k);
    assert_string_equal(said.ids, ""); /* once a slot */
    assert_int_equal(orders(&f->c), 1);
    carry(&f->c, &f->k);
    struct order_line line = only_order(&f->k);
    assert_int_equal(line.level, QN_OFFLINE);
    assert_string_equal(draw_first(&f->k).why.id, "draw.window-ahead");
    w->k.ms += 20 * DAY_MS;
    w->c.ms += 20 * DAY_MS;
    assert_true(draw_first(&f->k).drawn);
}

static struct left {
    const char *name;
    struct plan_case plan;
    bool off, online, to_province;
} left[] = {
    {"a window more than 31 days ahead", {.from = 33, .to = 60}, .off = false},
    {"switched off", {.from = -1, .to = 40}, .off = true},
    {"to an office that is no child", {.from = -1, .to = 40}, .to_province = true},
    {"on the line, before the window", {.from = 2, .to = 40}, .online = true},
    {"a window that is over", {.from = -9, .to = -2}, .off = false},
    {"nobody to send", {.from = -1, .to = 40, .retired = true}, .off = false},
};

static void left_to_people(void **state)
{
    struct left *row = *state;
    void *made = NULL;
    worlds_setup(&made);
    struct worlds *w = made;
    struct family *f = &w->f;
    write_plan(&f->c, &row->plan);
    carry(&f->c, &f->k);
    write_roster_of(&f->k, NULL, row->plan.retired ? "retired" : "active");
    speak(&f->k, &f->c);
    carry(&f->k, &f->c);
    if (row->online) {
        char sql[160];
        snprintf(sql, sizeof(sql),
                 "INSERT OR REPLACE INTO peer(office, online_ms) VALUES ('140602', %llu)",
                 (unsigned long long)w->c.ms);
        edit(&f->c, sql);
    }
    if (row->off)
        MUST(due_set_orders(f->c.st, false, &offices_err));
    assert_int_equal(due_orders(f->c.st), !row->off);
    speak(&f->c, row->to_province ? &f->p : &f->k);
    assert_int_equal(orders(&f->c), 0);
    worlds_teardown(&made);
}

static void rules_that_want_witnessed(void **state)
{
    struct worlds *w = *state;
    struct family *f = &w->f;
    char rules[sizeof(RULES)];
    strcpy(rules, RULES);
    strcpy(strstr(rules, "level unwitnessed"), "level witnessed\n");
    plan_and_roster(f, &(struct plan_case){.rules = rules});
    speak(&f->c, &f->k);
    assert_int_equal(orders(&f->c), 0);
    assert_int_equal(
        issue(&f->c, &(struct order_options){.level = QN_WITNESSED, .ahead_days = -1}, NULL), 1);
}

/* Rows that do not give the roots are read once a day, or when more has come; by hand always. */
static void roots_are_computed_once(void **state)
{
    struct worlds *w = *state;
    struct family *f = &w->f;
    struct qn_err why;
    plan_and_roster(f, &(struct plan_case){0});
    edit(&f->c, "UPDATE object SET complaints = complaints + 1 WHERE rowid = 4");
    speak(&f->c, &f->k);
    assert_int_equal(orders(&f->c), 0);
    edit(&f->c, "UPDATE object SET complaints = complaints - 1 WHERE rowid = 4");
    speak(&f->c, &f->k);
    assert_int_equal(orders(&f->c), 0); /* it was not looked again */
    const struct order_options again = {.ahead_days = -1, .by_itself = true};
    assert_int_equal(issue(&f->c, &again, &why), 0);
    assert_string_equal(why.id, "order.tried");
    w->c.ms += DAY_MS;
    speak(&f->c, &f->k);
    assert_int_equal(orders(&f->c), 1);
}

/* ---- what the office reads before it draws ------------------------------------------------------------------------ */

/* An order that the parent gave in its epoch before may be withheld as well as one of this epoch. */
static void a_missing_order_of_the_epoch_before(void **state)
{
    struct family *f = *state;
    QN_AUTO(qn_buf) struct qn_buf rules = {0};
    qn_buf_init(&rules, QN_RULES_MAX);
    swap_in(&rules, RULES, "slot 1406 2021 T1 1", "slot 1406 2021 T2 1");
    qn_put_uint(&rules, 0, 1);
    prepare(f, &(struct plan_case){0});
    write_order(&f->c, "140602", &(struct odd_order){0});
    carry(&f->c, &f->k);
    rotate(&f->c, &f->p, true);
    write_plan(&f->c, &(struct plan_case){.task = "T2", .rules = (const char *)rules.p});
    settle(f);
    assert_int_equal(
        issue(&f->c, &(struct order_options){.level = QN_OFFLINE, .ahead_days = -1}, NULL), 1);
    carry(&f->c, &f->k);
    edit(&f->k, "DELETE FROM part WHERE (log, seq) IN (SELECT e.log, e.seq FROM entry e JOIN log l "
                "ON l.no = "
                "e.log WHERE e.kind = 8 AND l.office = '1406' AND l.epoch = 1)");
    QN_AUTO(draw_outcomes) struct draw_outcomes all = {0};
    MUST(draw_run(&all, f->k.st, "1406/2021/T2/1", NULL, &offices_err));
    assert_int_equal(all.n, 1);
    assert_false(all.at[0].drawn);
    assert_string_equal(all.at[0].why.id, "draw.order-missing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_array_says_so),
        cmocka_unit_test_setup_teardown(one_freeze_a_day_and_roster, worlds_setup, worlds_teardown),
        cmocka_unit_test_setup_teardown(a_freeze_that_fails_stops_nothing, worlds_setup,
                                        worlds_teardown),
        cmocka_unit_test_setup_teardown(one_made_by_hand_ends_the_failure, worlds_setup,
                                        worlds_teardown),
        cmocka_unit_test_setup_teardown(who_writes_no_entry_freezes_nothing, worlds_setup,
                                        worlds_teardown),
        cmocka_unit_test_setup_teardown(an_order_in_the_next_bundle, worlds_setup, worlds_teardown),
        cmocka_unit_test_setup_teardown(rules_that_want_witnessed, worlds_setup, worlds_teardown),
        cmocka_unit_test_setup_teardown(roots_are_computed_once, worlds_setup, worlds_teardown),
        cmocka_unit_test_setup_teardown(a_missing_order_of_the_epoch_before, family_setup,
                                        family_teardown),
    };
    struct CMUnitTest named[ARRAY_LEN(left)];
    for (size_t i = 0; i < ARRAY_LEN(left); i++)
        named[i] = (struct CMUnitTest){left[i].name, left_to_people, NULL, NULL, &left[i]};
    int failed = cmocka_run_group_tests_name("due", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("left to people", named, NULL, NULL);
}
