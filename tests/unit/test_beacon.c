/* test_beacon.c - the numbers of a lottery: who writes them down, what a draw waits for, what a judge finds. */
#include "tests/unit/beacon_case.h"

#include "node/draw/beacon.h"

#define REST  " 01 05 12 18 22 30+07"
#define OTHER " 02 05 12 18 22 30+07"

/* An order that names an event, held by the county. */
static void ordered_on(struct family *f, const char *event)
{
    static const struct plan_case usual = {0};
    prepare(f, &usual);
    assert_int_equal(issue(&f->c, &(struct order_options){.ahead_days = -1, .beacon = event}, NULL),
                     1);
    carry(&f->c, &f->k);
}

/* Draws on this line ("" for none), whatever was written down. */
static void draw_on_line(struct test_office *o, const char *line)
{
    QN_AUTO(draw_job) struct draw_job j = {.late = false};
    QN_AUTO(ground) struct ground g = {.loaded = false};
    struct draw_made made;
    struct order_line only = only_order(o);
    MUST(order_read(&j.order, o->st, only.origin, only.seq, &offices_err));
    MUST(order_rules_find(&j.rules, o->st, &j.order.o, &offices_err));
    MUST(ground_load(&g, o->st, j.order.o.freeze.origin, j.order.o.freeze.index, &offices_err));
    strcpy(j.beacon, line);
    MUST(draw_compute(&j, o->st, &g, &offices_err));
    MUST(draw_write(&made, o->st, &j, &g, &offices_err));
}

/* ---- at the judge ------------------------------------------------------------------------------------------------ */

static struct judged {
    const char *name;
    struct {
        char at; /* p, c or k; 0: none */
        const char *by, *rest;
        int32_t days;
    } said[5];
    const char
        *drawn; /* the rest of the line that the draw names; NULL: none; "-": of another event */
    const char *want;
    const char *not_checked; /* why BEACON_WRONG is not; NULL: it is */
} judged[] = {
    {"true numbers", {{'p', "a", REST, 1}, {'p', "b", REST, 1}}, REST, "", NULL},
    {"true numbers, by city and county",
     {{'c', "a", REST, 1}, {'c', "b", REST, 1}, {'k', "a", REST, 1}},
     REST,
     "",
     NULL},
    {"one above and one at the county agree",
     {{'c', "a", REST, 1}, {'k', "a", REST, 1}},
     REST,
     "",
     "verdict.skip.beacon-own"},
    {"two clerks choose the numbers",
     {{'p', "a", REST, 1}, {'p', "b", REST, 1}, {'k', "a", OTHER, 1}, {'k', "b", OTHER, 1}},
     OTHER,
     "draw: BEACON_WRONG",
     NULL},
    {"nobody above looked",
     {{'k', "a", OTHER, 1}, {'k', "b", OTHER, 1}},
     OTHER,
     "",
     "verdict.skip.beacon-own"},
    {"other numbers than the county's own",
     {{'k', "a", REST, 1}, {'k', "b", REST, 1}},
     OTHER,
     "draw: BEACON_WRONG",
     NULL},
    {"no numbers in the draw",
     {{'p', "a", REST, 1}, {'p', "b", REST, 1}},
     NULL,
     "draw: BEACON_WRONG",
     NULL},
    {"numbers of another event",
     {{'p', "a", REST, 1}, {'p', "b", REST, 1}},
     "-",
     "draw: BEACON_WRONG",
     NULL},
    {"two differ",
     {{'k', "a", REST, 1}, {'k', "b", OTHER, 1}},
     REST,
     "draw: BEACON_MISMATCH",
     "verdict.skip.beacon-rows"},
    {"two against two",
     {{'k', "a", REST, 1}, {'k', "b", OTHER, 1}, {'c', "a", REST, 1}, {'c', "b", OTHER, 1}},
     REST,
     "draw: BEACON_MISMATCH",
     "verdict.skip.beacon-rows"},
    {"the days differ",
     {{'k', "a", REST, 1}, {'k', "b", REST, 2}},
     REST,
     "draw: BEACON_MISMATCH",
     "verdict.skip.beacon-rows"},
    {"one person only",
     {{'k', "a", REST, 1}, {'k', "a", REST, 1}},
     REST,
     "draw: BEACON_MISMATCH",
     "verdict.skip.beacon-rows"},
    {"nobody", {{0}}, REST, "draw: BEACON_MISMATCH", "verdict.skip.beacon-rows"},
    {"a third decides",
     {{'p', "a", REST, 1}, {'p', "b", OTHER, 1}, {'p', "c", REST, 1}},
     REST,
     "",
     NULL},
    {"a third decides against the draw",
     {{'p', "a", REST, 1}, {'p', "b", OTHER, 1}, {'p', "c", OTHER, 1}},
     REST,
     "draw: BEACON_WRONG",
     NULL},
    {"drawn on the day of the order",
     {{'p', "a", REST, 0}, {'p', "b", REST, 0}},
     REST,
     "draw: LEVEL_FALSE BEACON_BEFORE_ORDER",
     NULL},
    {"a brother's clerks do not count",
     {{'2', "a", OTHER, 1}, {'2', "b", OTHER, 1}, {'c', "a", REST, 1}, {'c', "b", REST, 1}},
     REST,
     "",
     NULL},
};

static const char *why_not(struct test_office *o, enum verdict_code code)
{
    QN_AUTO(verify) struct verify_result r = {.at = NULL};
    MUST(verify_run(&r, o->st, "140602", 0, NULL, &offices_err));
    assert_int_equal(r.n, 1);
    return r.at[0].f.state[code] == CHECK_SKIPPED ? r.at[0].f.why[code] : NULL;
}

static void a_draw_is_judged(void **state)
{
    struct judged *row = *state;
    void *made = NULL;
    char got[2000];
    const char *event = event_of("133"), *not_checked;
    family_setup(&made);
    struct family *f = made;
    ordered_on(f, event);
    for (size_t i = 0; i < ARRAY_LEN(row->said) && row->said[i].at; i++)
        said(row->said[i].at == 'p'   ? &f->p
             : row->said[i].at == 'c' ? &f->c
             : row->said[i].at == '2' ? &f->k2
                                      : &f->k,
             line_of(event, row->said[i].rest), row->said[i].days, row->said[i].by);
    draw_on_line(&f->k, !row->drawn                    ? ""
                        : strcmp(row->drawn, "-") == 0 ? line_of(event_of("134"), REST)
                                                       : line_of(event, row->drawn));
    carry(&f->k2, &f->c);
    settle(f);
    verdicts(got, &f->p);
    assert_string_equal(got, row->want);
    not_checked = why_not(&f->p, V_BEACON_WRONG);
    if (row->not_checked)
        assert_string_equal(not_checked ? not_checked : "checked", row->not_checked);
    else
        assert_null(not_checked);
    family_teardown(&made);
}

/* The city had read the numbers, forgets that, and orders on them. */
static void numbers_were_known_before_the_order(void **state)
{
    struct family *f = *state;
    struct qn_err why;
    QN_AUTO(order_outcomes) struct order_outcomes all = {0};
    const char *event = event_of("133");
    static const struct plan_case usual = {0};
    const struct order_options options = {.ahead_days = -1, .beacon = event};
    said(&f->k, line_of(event, REST), 1, "a");
    prepare(f, &usual);
    assert_int_equal(order_issue(&all, f->c.st, &options, &why), QN_DENIED);
    assert_string_equal(why.id, "beacon.known");
    edit(&f->c, "DELETE FROM beacon");
    assert_int_equal(issue(&f->c, &options, NULL), 1);
    carry(&f->c, &f->k);
    said(&f->p, line_of(event, REST), 1, "a");
    said(&f->p, line_of(event, REST), 1, "b");
    draw_on_line(&f->k, line_of(event, REST));
    settle(f);
    expect_verdicts(&f->p, "draw: LEVEL_FALSE BEACON_BEFORE_ORDER");
    QN_AUTO(verify) struct verify_result r = {.at = NULL};
    MUST(verify_run(&r, f->p.st, "140602", 0, NULL, &offices_err));
    assert_int_equal(r.at[0].shown, QN_UNWITNESSED);
}

/* ---- at the drawer -------------------------------------------------------------------------------------------------- */

static enum qn_code copy_down(struct beacon_told *now, struct test_office *o, const char *line,
                              int32_t days, const char *by, struct qn_err *err)
{
    char on[11];
    day(on, days);
    return beacon_record(now, o->st, &(struct beacon_copy){.line = line, .drawn_on = on, .by = by},
                         err);
}

static void a_draw_waits_for_two_who_agree(void **state)
{
    struct family *f = *state;
    struct beacon_told now;
    struct draw_outcome o;
    const char *event = event_of("133");
    ordered_on(f, event);
    o = draw_first(&f->k);
    assert_string_equal(o.why.id, "draw.beacon-waiting");
    assert_int_equal(o.why.code, QN_LATER);
    MUST(copy_down(&now, &f->k, line_of(event, REST), 0, "a", &offices_err));
    assert_int_equal(now.persons, 1);
    assert_false(now.settled);
    assert_string_equal(draw_first(&f->k).why.id, "draw.beacon-waiting");
    MUST(copy_down(&now, &f->k, line_of(event, OTHER), 0, "b", &offices_err));
    assert_false(now.settled);
    assert_string_equal(draw_first(&f->k).why.id, "draw.beacon-differs");
    MUST(copy_down(&now, &f->c, line_of(event, REST), 0, "c", &offices_err));
    carry(&f->c, &f->k); /* the third is at the city */
    o = draw_first(&f->k);
    assert_true(o.drawn);
    QN_AUTO(record) struct record r = {.rival = false};
    MUST(record_read(&r, f->k.st, "140602", o.made.id, &offices_err));
    assert_string_equal(r.res->beacon, line_of(event, REST));
    QN_AUTO(draw_view) struct draw_view view = {.has_order = false};
    MUST(draw_show(&view, f->k.st, "140602", o.made.id, &offices_err));
    assert_true(view.has_seed);
    /* The numbers matter: on others the same order gives another seed. */
    struct qn_result changed = *r.res;
    struct betas betas;
    changed.beacon[13] ^= 1;
    struct qn_err err;
    expect_verdict(draw_betas(&betas, &view.order.o, &changed, &err), &err, "draw.proof");
}

static void what_is_no_transcription(void **state)
{
    struct family *f = *state;
    struct beacon_told now;
    struct qn_err err;
    const char *line = line_of(event_of("133"), REST);
    expect_verdict(copy_down(&now, &f->k, "ssq 2021133 05 01 12 18 22 30+07", 0, "a", &err), &err,
                   "draw.beacon");
    expect_verdict(copy_down(&now, &f->k, line, 1, "a", &err), &err, "beacon.drawn-on");
    expect_verdict(copy_down(&now, &f->k, line, 0, "", &err), &err, "beacon.by");
    MUST(copy_down(&now, &f->k, line, 0, "a", &offices_err));
    expect_verdict(copy_down(&now, &f->k, line, 0, "a", &err), &err, "beacon.twice");
    assert_int_equal(count(&f->k, "SELECT count(*) FROM beacon"), 1);
}

static void what_is_no_event(void **state)
{
    struct family *f = *state;
    static const char *const bad[] = {"dlt 2026133", "ssq 202613", "ssq 2026133 01", "ssq",
                                      "ssq 20261x3"};
    struct qn_err err;
    QN_AUTO(order_outcomes) struct order_outcomes all = {0};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        expect_verdict(order_issue(&all, f->c.st,
                                   &(struct order_options){.ahead_days = -1, .beacon = bad[i]},
                                   &err),
                       &err, "beacon.event");
    expect_verdict(order_issue(&all, f->c.st,
                               &(struct order_options){.ahead_days = -1, .beacon = "ssq 2020001"},
                               &err),
                   &err, "beacon.known");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, family_setup, family_teardown)

int main(void)
{
    const struct CMUnitTest plain[] = {
        CASE(numbers_were_known_before_the_order),
        CASE(a_draw_waits_for_two_who_agree),
        CASE(what_is_no_transcription),
        CASE(what_is_no_event),
    };
    struct CMUnitTest test[ARRAY_LEN(plain) + ARRAY_LEN(judged)];
    size_t n = ARRAY_LEN(plain);
    memcpy(test, plain, sizeof(plain));
    for (size_t i = 0; i < ARRAY_LEN(judged); i++)
        test[n++] = (struct CMUnitTest){judged[i].name, a_draw_is_judged, NULL, NULL, &judged[i]};
    return cmocka_run_group_tests_name("beacon", test, NULL, NULL);
}
