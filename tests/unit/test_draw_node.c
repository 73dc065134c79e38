/* test_draw_node.c - rosters, freeze, order, draw and release between a province, a city and a county. */
#include "tests/unit/draw_case.h"

/* ---- rosters: which rows make which records ------------------------------------------------------------------- */

static void load(struct roster *r, struct test_office *o, uint64_t version)
{
    MUST(roster_load(r, o->st, "140602", version, "2021-08-16", &offices_err));
}

static void roster_versions(void **state)
{
    struct family *f = *state;
    char oid[32];
    size_t at;
    int64_t first = write_roster(&f->k, NULL);
    revise_object(&f->k, first, 2, 2, 0, "deregistered");
    close_roster(&f->k, 3, 1); /* back to version 1 */
    revise_object(&f->k, first, 3, 4, 0, "suspended");
    static const struct {
        uint64_t version;
        uint8_t status;
    } want[] = {{1, 0}, {2, 2}, {3, 0}, {4, 1}};
    object_id(oid, 0);
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        QN_AUTO(roster) struct roster r = {0};
        load(&r, &f->k, want[i].version);
        assert_int_equal(r.r.nobjects, OBJECTS);
        assert_true(qn_roster_object(&r.r, qn_str(oid), &at));
        assert_int_equal(r.r.object[at].attr.status, want[i].status);
        assert_string_equal(r.about[at].name, "企业0|foreign=-");
    }
    uint64_t newest;
    MUST(roster_newest(f->k.st, "140602", &newest, &offices_err));
    assert_int_equal(newest, 4);
}

static void a_revert_hides_what_lies_between(void **state)
{
    struct family *f = *state;
    char oid[32];
    size_t at;
    int64_t first = write_roster(&f->k, NULL);
    revise_object(&f->k, first, 2, 2, 0, "deregistered");
    close_roster(&f->k, 3, 1);
    revise_object(&f->k, first + 1, 2, 4, 1, "suspended");
    QN_AUTO(roster) struct roster r = {0};
    load(&r, &f->k, 4);
    object_id(oid, 0);
    assert_true(qn_roster_object(&r.r, qn_str(oid), &at));
    assert_int_equal(r.r.object[at].attr.status, 0);
    object_id(oid, 1);
    assert_true(qn_roster_object(&r.r, qn_str(oid), &at));
    assert_int_equal(r.r.object[at].attr.status, 1);
}

static void roster_not_closed(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    QN_AUTO(roster) struct roster r = {0};
    uint64_t newest;
    expect_verdict(roster_newest(f->k.st, "140602", &newest, &err), &err, "roster.none");
    write_roster(&f->k, NULL);
    expect_verdict(roster_load(&r, f->k.st, "140602", 2, "2021-08-16", &err), &err,
                   "roster.not-closed");
    expect_verdict(roster_load(&r, f->k.st, "140602", 1, "2021-13-16", &err), &err, "roster.as-of");
    close_roster(&f->k, 2, 7);
    expect_verdict(roster_load(&r, f->k.st, "140602", 2, "2021-08-16", &err), &err,
                   "roster.revert");
}

static struct bad_row {
    const char *name, *sql, *want;
} bad_rows[] = {
    {"tags that descend", "UPDATE object SET tags = '102,101' WHERE rowid = 3", "column=tags"},
    {"tags with a leading zero", "UPDATE object SET tags = '0101' WHERE rowid = 3", "column=tags"},
    {"tags with a trailing comma", "UPDATE object SET tags = '101,' WHERE rowid = 3",
     "column=tags"},
    {"a tag beyond 16 bits", "UPDATE object SET tags = '65536' WHERE rowid = 3", "column=tags"},
    {"a status of no list", "UPDATE object SET status = 'open' WHERE rowid = 3", "column=status"},
    {"class E", "UPDATE object SET risk_class = 'E' WHERE rowid = 3", "column=risk_class"},
    {"an object id of no kind", "UPDATE object SET object_id = 'X:1' WHERE rowid = 3",
     "column=object_id"},
    {"an inspecting office that is no code",
     "UPDATE object SET inspecting_office = 'a' WHERE rowid = 3", "column=inspecting_office"},
    {"a day that is none", "UPDATE object SET last_inspected_on = '2021-02-30' WHERE rowid = 3",
     "column=last_inspected_on"},
    {"a mark of kind 3", "UPDATE mark SET kind = 3", "column=kind"},
    {"a mark's reason beyond a byte", "UPDATE mark SET reason_code = 256", "column=reason_code"},
    {"a mark without its source", "UPDATE mark SET source = x'00'", "column=source"},
    {"an inspector without an issuer", "UPDATE inspector SET insp_id = 'JS001' WHERE rowid = 2",
     "column=insp_id"},
    {"a certificate number with a space",
     "UPDATE inspector SET insp_id = '140602/JS 1' WHERE rowid = 2", "column=insp_id"},
    {"qualifications twice", "UPDATE inspector SET quals = '101,101' WHERE rowid = 2",
     "column=quals"},
    {"a certificate's end that is no day",
     "UPDATE inspector SET cert_valid_to = '2021' WHERE rowid = 2", "column=cert_valid_to"},
    {"a recusal of nobody", "UPDATE recusal SET insp_id = '140602/'", "column=insp_id"},
};

static void bad_row_is_named(void **state)
{
    struct bad_row *row = *state;
    void *made = NULL;
    struct qn_err err;
    family_setup(&made);
    struct family *f = made;
    write_roster(&f->k, NULL);
    edit(&f->k, row->sql);
    QN_AUTO(roster) struct roster r = {0};
    expect_verdict(roster_load(&r, f->k.st, "140602", 1, "2021-08-16", &err), &err,
                   "roster.column");
    if (!strstr(err.args, row->want))
        fail_msg("%s not in %s", row->want, err.args);
    family_teardown(&made);
}

static void attributes_as_of_a_date(void **state)
{
    struct family *f = *state;
    size_t at;
    char oid[32];
    write_roster(&f->k, NULL);
    edit(&f->k, "UPDATE object SET inspected_this_year = 2, last_inspected_on = '2021-05-04', "
                "complaints = 70000");
    edit(&f->k, "UPDATE inspector SET cert_valid_to = '2021-12-31' WHERE rowid = 1");
    edit(&f->k, "UPDATE inspector SET status = 'retired' WHERE rowid = 2");
    edit(&f->k, "UPDATE inspector SET available = 0 WHERE rowid = 3");
    object_id(oid, 3);
    static const struct {
        const char *date;
        unsigned inspected, available;
    } want[] = {{"2021-12-31", 2, 3}, {"2022-01-01", 0, 2}};
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        QN_AUTO(roster) struct roster r = {0};
        unsigned available = 0;
        MUST(roster_load(&r, f->k.st, "140602", 1, want[i].date, &offices_err));
        assert_true(qn_roster_object(&r.r, qn_str(oid), &at));
        assert_int_equal(r.r.object[at].attr.inspected_this_year, want[i].inspected);
        assert_int_equal(r.r.object[at].attr.complaints, 65535);
        assert_int_equal(r.r.object[at].attr.last_inspected_day, wire_day(qn_str("2021-05-04")));
        assert_int_equal(r.r.object[at].attr.cls, 3);
        for (size_t k = 0; k < r.r.ninspectors; k++)
            available += r.r.inspector[k].available;
        assert_int_equal(available, want[i].available);
        assert_int_equal(r.r.nmarks, 1);
        assert_int_equal(r.r.nrecusals, 1);
    }
    edit(&f->k, "UPDATE mark SET active = 0; UPDATE recusal SET active = 0");
    QN_AUTO(roster) struct roster r = {0};
    load(&r, &f->k, 1);
    assert_int_equal(r.r.nmarks + r.r.nrecusals, 0);
}

/* ---- freeze --------------------------------------------------------------------------------------------------------- */

static void freeze_only_when_something_changed(void **state)
{
    struct family *f = *state;
    struct freeze_made m;
    struct qn_err err;
    expect_verdict(freeze_make(&m, f->k.st, &err), &err, "roster.none");
    int64_t first = write_roster(&f->k, NULL);
    MUST(freeze_make(&m, f->k.st, &offices_err));
    assert_true(m.made);
    assert_int_equal(m.objects, OBJECTS);
    assert_int_equal(m.inspectors, INSPECTORS);
    uint64_t seq = m.seq;
    MUST(freeze_make(&m, f->k.st, &offices_err));
    assert_false(m.made);
    assert_int_equal(m.seq, seq);
    revise_object(&f->k, first, 2, 2, 0, "suspended");
    MUST(freeze_make(&m, f->k.st, &offices_err));
    assert_true(m.made);
    assert_int_equal(m.version, 2);
    carry(&f->k, &f->c);
    QN_AUTO(ground) struct ground g = {.loaded = false};
    MUST(ground_load(&g, f->c.st, store_origin(f->k.st), seq, &offices_err));
    MUST(ground_check(&g, &offices_err)); /* the old one still, from the same rows */
}

/* ---- order ------------------------------------------------------------------------------------------------------------ */

static void an_order_for_each_slot_once(void **state)
{
    struct family *f = *state;
    struct plan_case usual = {0};
    struct qn_err why = {0};
    write_plan(&f->c, &usual);
    carry(&f->c, &f->k);
    assert_int_equal(issue(&f->c, NULL, &why), 0);
    assert_string_equal(why.id, "order.no-freeze");
    write_roster(&f->k, NULL);
    struct freeze_made m;
    MUST(freeze_make(&m, f->k.st, &offices_err));
    carry(&f->k, &f->c);
    assert_int_equal(issue(&f->c, NULL, NULL), 1);
    QN_AUTO(order_outcomes) struct order_outcomes again = {0};
    MUST(order_issue(&again, f->c.st, &(struct order_options){.ahead_days = -1}, &offices_err));
    assert_int_equal(again.n, 0);
    assert_int_equal(again.had, 1);
    struct order_line o = only_order(&f->c);
    assert_int_equal(o.level, QN_OFFLINE); /* never heard over HTTP */
    QN_AUTO(order) struct order held = {.seq = 0};
    MUST(order_read(&held, f->c.st, o.origin, o.seq, &offices_err));
    MUST(order_check_signature(&held, f->c.st, &offices_err));
    assert_memory_equal(held.o.freeze.leaf, m.leaf, QN_HASH);
}

static void a_child_heard_in_time_is_witnessed(void **state)
{
    struct family *f = *state;
    prepare(f, &(struct plan_case){0});
    char sql[200];
    snprintf(sql, sizeof(sql),
             "INSERT OR REPLACE INTO peer(office, online_ms) VALUES('140602', %llu)",
             (unsigned long long)clock_now_ms(NULL) - 23u * 3600000u);
    edit(&f->c, sql);
    assert_int_equal(issue(&f->c, NULL, NULL), 1);
    assert_int_equal(only_order(&f->c).level, QN_WITNESSED);
}

static struct no_order {
    const char *name;
    struct plan_case plan;
    struct order_options options;
    const char *edit; /* at the city, after the freeze came */
    const char *want; /* reason; NULL: none is told */
} no_orders[] = {
    {"a row of the city's copy was changed",
     {0},
     {.ahead_days = -1},
     "UPDATE object SET risk_class = 'A' WHERE object_id LIKE '%K0003X%'",
     "freeze.roots"},
    {"a row of the city's copy is missing",
     {0},
     {.ahead_days = -1},
     "DELETE FROM inspector WHERE rowid = 1",
     "freeze.roots"},
    {"the salt is missing", {0}, {.ahead_days = -1}, "DELETE FROM freeze_salt", "freeze.no-salt"},
    {"no cosignature",
     {0},
     {.ahead_days = -1},
     "DELETE FROM cosignature WHERE office = '1406'",
     "order.freeze-not-cosigned"},
    {"a freeze too old",
     {0},
     {.ahead_days = -1},
     "UPDATE cosignature SET time_s = time_s - 31 * 86400",
     "order.freeze-stale"},
    {"nobody who could be sent",
     {.retired = true},
     {.ahead_days = -1},
     NULL,
     "order.no-inspectors"},
    {"dates beside the window",
     {0},
     {.to = "2020-01-01", .ahead_days = -1},
     NULL,
     "order.window-empty"},
    {"visits of a list that nobody drew or gave",
     {.type = "pairs",
      .rules = "draw-rules/1\nslot 1406 2021 T1 1\ntype pairs\npopulation true\nstratum 1 1/2 1 "
               "true\ntotal -\nmust "
               "-\nexclude -\ncap -\nrole 1 2 -\npool 2\nload -\nage 30\nwitness 24\nreturn "
               "30\nsupp 0\nlevel "
               "unwitnessed\n"},
     {.ahead_days = -1},
     NULL,
     "order.no-list"},
    {"another office's slot",
     {.drawer = "140622"},
     {.office = (const char *const[]){"140602"}, .noffice = 1, .ahead_days = -1},
     NULL,
     NULL},
    {"another series", {0}, {.series = "2022", .ahead_days = -1}, NULL, NULL},
    {"a window that is over", {.from = -20, .to = -1}, {.ahead_days = -1}, NULL, NULL},
    {"a window far ahead", {.from = 32, .to = 40}, {.ahead_days = -1}, NULL, NULL},
    {"a window ahead of what was asked", {.from = 3, .to = 40}, {.ahead_days = 2}, NULL, NULL},
    {"a witnessed order before its window",
     {.from = 1, .to = 40},
     {.level = QN_WITNESSED, .ahead_days = -1},
     NULL,
     NULL},
};

static void no_order_is_signed(void **state)
{
    struct no_order *row = *state;
    void *made = NULL;
    struct qn_err why = {0};
    family_setup(&made);
    struct family *f = made;
    prepare(f, &row->plan);
    if (row->edit)
        edit(&f->c, row->edit);
    assert_int_equal(issue(&f->c, &row->options, &why), 0);
    assert_string_equal(why.id, row->want ? row->want : "");
    family_teardown(&made);
}

static void a_level_below_the_rules_waits(void **state)
{
    struct family *f = *state;
    struct qn_err why = {0};
    QN_AUTO(qn_buf) struct qn_buf rules = {0};
    qn_buf_init(&rules, QN_RULES_MAX);
    swap_in(&rules, RULES, "level unwitnessed", "level witnessed");
    qn_put_uint(&rules, 0, 1);
    prepare(f, &(struct plan_case){.rules = (const char *)rules.p});
    assert_int_equal(issue(&f->c, NULL, &why), 0);
    assert_string_equal(why.id, "order.level-low");
}

#define CITY_RULES \
    "draw-rules/1\nslot 1406 2021 T1 1\ntype both\npopulation true\nstratum 1 1/2 1 true\ntotal " \
    "-\nmust -\nexclude -\n" \
    "cap -\nrole 1 2 -\npool 2\nload -\nage 30\nwitness 24\nreturn 30\nsupp 0\nlevel " \
    "unwitnessed\n"

static void a_citys_own_plan_needs_acceptance(void **state)
{
    struct family *f = *state;
    struct freeze_made m;
    struct qn_err why = {0};
    int64_t plan = write_plan(&f->c, &(struct plan_case){.drawer = "1406", .rules = CITY_RULES});
    write_roster(&f->c, NULL);
    MUST(freeze_make(&m, f->c.st, &offices_err));
    carry(&f->c, &f->p);
    assert_int_equal(issue(&f->c, NULL, NULL), 0); /* nobody orders for himself */
    assert_int_equal(issue(&f->p, NULL, &why), 0);
    assert_string_equal(why.id, "order.plan-not-accepted");
    {
        QN_AUTO(act) struct act a = {0};
        struct qn_row row;
        MUST(act_open(&a, f->p.st, QN_KIND_ACCEPT, QN_LANE_PLAN, &offices_err));
        MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, "1406", &offices_err));
        row_start(&row, &a, "plan_accept", act_id(&a), 1);
        row_text(&row, "plan_office", "1406");
        row_int(&row, "plan_id", plan);
        row_int(&row, "plan_rev", 1);
        row_text(&row, "outcome", "accepted");
        row_text(&row, "acted_by", "tester");
        row_text(&row, "acted_on", "2021-08-16");
        MUST(act_put(&a, &row, &offices_err));
        MUST(act_commit(&a, NULL, NULL, &offices_err));
    }
    assert_int_equal(issue(&f->p, NULL, NULL), 1);
    carry(&f->p, &f->c);
    assert_true(draw_first(&f->c).drawn);
    carry(&f->c, &f->p);
    expect_verdicts(&f->p, "");
}

/* ---- draw --------------------------------------------------------------------------------------------------------------- */

static void a_draw_from_order_to_targets(void **state)
{
    struct family *f = *state;
    ordered(f, NULL);
    struct draw_outcome o = draw_first(&f->k);
    assert_true(o.drawn);
    assert_false(o.late);
    assert_int_equal(o.made.must, 1);
    /* 8 of class C less none: ceil(8/2) = 4; 16 of class A, one of them a must: ceil(16/4) = 4 */
    assert_int_equal(o.made.lot, 8);
    assert_int_equal(o.made.unfilled, 0);
    assert_int_equal(o.made.entries, 1);
    QN_AUTO(draw_view) struct draw_view v = {.has_order = false};
    MUST(draw_show(&v, f->k.st, "140602", o.made.id, &offices_err));
    assert_true(v.has_order && v.has_seed && v.has_freeze && !v.released);
    assert_int_equal(v.ntargets, 9);
    assert_string_equal(v.target[0].to, "140602");
    assert_non_null(strstr(v.target[0].inspectors, "140602/JS00"));
    assert_null(strstr(v.target[0].inspectors, "JS000")); /* has not the qualification */
    QN_AUTO(draw_outcomes) struct draw_outcomes again = {0};
    MUST(draw_run(&again, f->k.st, NULL, NULL, &offices_err));
    assert_int_equal(again.n, 0);
    settle(f);
    expect_verdicts(&f->c, "");
    expect_verdicts(&f->p, "");
    expect_verdicts(&f->k, "");
    QN_AUTO(draw_lines) struct draw_lines list = {0};
    MUST(draw_list(&list, f->p.st, NULL, &offices_err));
    assert_int_equal(list.n, 1);
    assert_int_equal(list.at[0].must + list.at[0].lot, 9);
}

static void an_unwitnessed_draw_freezes_first(void **state)
{
    struct family *f = *state;
    write_plan(&f->c, &(struct plan_case){0});
    carry(&f->c, &f->k);
    carry(&f->k, &f->c);
    assert_int_equal(
        issue(&f->c, &(struct order_options){.level = QN_UNWITNESSED, .ahead_days = -1}, NULL), 1);
    carry(&f->c, &f->k);
    write_roster(&f->k, NULL);
    assert_true(draw_first(&f->k).drawn);
    settle(f);
    expect_verdicts(&f->p, "");
    QN_AUTO(verify) struct verify_result r = {.at = NULL};
    MUST(verify_run(&r, f->p.st, NULL, 0, NULL, &offices_err));
    assert_int_equal(r.draws, 1);
    assert_int_equal(r.at[0].shown, QN_UNWITNESSED);
}

static void targets_go_to_a_station_with_a_machine(void **state)
{
    struct family *f = *state;
    struct test_office s = {0};
    office_make(&s, &f->all, &f->k, "140602S1", QN_STATION);
    write_plan(&f->c, &(struct plan_case){0});
    carry(&f->c, &f->k);
    write_roster(&f->k, "140602S1");
    struct freeze_made m;
    MUST(freeze_make(&m, f->k.st, &offices_err));
    carry(&f->k, &f->c);
    assert_int_equal(issue(&f->c, NULL, NULL), 1);
    carry(&f->c, &f->k);
    struct draw_outcome o = draw_first(&f->k);
    assert_true(o.drawn);
    carry(&f->k, &s);
    int64_t all = count(&f->k, "SELECT count(*) FROM dispatch");
    int64_t here =
        count(&f->k, "SELECT count(*) FROM dispatch WHERE inspecting_office = '140602S1'");
    assert_int_equal(all, 9);
    assert_int_equal(count(&s, "SELECT count(*) FROM dispatch"), here);
    assert_int_equal(count(&s, "SELECT count(*) FROM draw_result"), 0);
    office_close_test(&s);
}

static void a_changed_roster_is_not_drawn_from(void **state)
{
    struct family *f = *state;
    ordered(f, NULL);
    edit(&f->k, "UPDATE object SET risk_class = 'A' WHERE object_id LIKE '%K0003X%'");
    struct draw_outcome o = draw_first(&f->k);
    assert_false(o.drawn);
    assert_string_equal(o.why.id, "draw.roster-changed");
    assert_int_equal(count(&f->k, "SELECT count(*) FROM draw_result"), 0);
}

static struct refused {
    const char *name;
    struct odd_order odd;
    const char *edit; /* at the county */
    const char *want;
} refused[] = {
    {"a window that has not begun", {.from = 1, .to = 9}, NULL, "draw.window-ahead"},
    {"another key", {.vrf = (const uint8_t[32]){1}}, NULL, "draw.key"},
    {"another freeze", {.leaf = (const uint8_t[32]){1}}, NULL, "draw.freeze-not-ours"},
    {"rules that no plan has", {.rules_hash = (const uint8_t[32]){1}}, NULL, "slot.rules-unknown"},
    {"a slot that is not ours", {0}, "UPDATE slot SET drawer = '140622'", "draw.not-planned"},
    {"an order whose part never came",
     {0},
     "DELETE FROM part WHERE (log, seq) IN (SELECT log, seq FROM entry WHERE kind = 8)",
     "draw.order-missing"},
};

static void an_odd_order_is_refused(void **state)
{
    struct refused *row = *state;
    void *made = NULL;
    family_setup(&made);
    struct family *f = made;
    prepare(f, &(struct plan_case){0});
    write_order(&f->c, "140602", &row->odd);
    carry(&f->c, &f->k);
    if (row->edit)
        edit(&f->k, row->edit);
    struct draw_outcome o = draw_first(&f->k);
    assert_false(o.drawn);
    assert_string_equal(o.why.id, row->want);
    family_teardown(&made);
}

static void a_bad_signature_is_refused(void **state)
{
    struct family *f = *state;
    prepare(f, &(struct plan_case){0});
    write_order(&f->c, "140602", &(struct odd_order){.signer = &f->p});
    carry(&f->c, &f->k);
    assert_string_equal(draw_first(&f->k).why.id, "draw.order-signature");
}

static void doubled_orders_are_refused(void **state)
{
    struct family *f = *state;
    prepare(f, &(struct plan_case){0});
    write_order(&f->c, "140602", &(struct odd_order){0});
    write_order(&f->c, "140602", &(struct odd_order){0});
    carry(&f->c, &f->k);
    struct draw_outcome o = draw_first(&f->k);
    assert_string_equal(o.why.id, "draw.order-duplicate");
    QN_AUTO(draw_outcomes) struct draw_outcomes none = {0};
    struct qn_err err;
    expect_verdict(draw_run(&none, f->k.st, "1406/2021/T9/1", NULL, &err), &err,
                   "draw.no-order slot=1406/2021/T9/1");
}

static void a_late_draw_is_drawn(void **state)
{
    struct family *f = *state;
    struct heard h = {{0}};
    prepare(f, &(struct plan_case){.from = -60, .to = -31});
    write_order(&f->c, "140602", &(struct odd_order){.from = -60, .to = -31});
    carry(&f->c, &f->k);
    QN_AUTO(draw_outcomes) struct draw_outcomes all = {0};
    MUST(draw_run(&all, f->k.st, NULL, &(struct qn_report){hear, &h}, &offices_err));
    assert_true(all.at[0].drawn && all.at[0].late);
    assert_non_null(strstr(h.ids, "draw.late"));
    settle(f);
    expect_verdicts(&f->p, "draw: DRAW_LATE VISIT_MISSING");
}

static void a_draw_is_the_same_on_any_machine(void **state)
{
    struct family *f = *state;
    struct test_office copy;
    ordered(f, NULL);
    copy_office(&copy, f, &f->k, "again");
    struct draw_outcome a = draw_first(&f->k), b = draw_first(&copy);
    QN_AUTO(record) struct record x = {.rival = false}, y = {.rival = false};
    MUST(record_read(&x, f->k.st, "140602", a.made.id, &offices_err));
    MUST(record_read(&y, copy.st, "140602", b.made.id, &offices_err));
    assert_int_equal(x.npicks, y.npicks);
    assert_memory_equal(x.ids.p, y.ids.p, x.ids.n);
    assert_memory_equal(x.res->stratum, y.res->stratum, sizeof(x.res->stratum));
    assert_memory_equal(x.res->selected, y.res->selected, sizeof(x.res->selected));
    assert_true(qn_span_eq(qn_buf_span(&x.pairs), qn_buf_span(&y.pairs)));
    store_close(copy.st);
}

#define MANY 4700 /* more than one entry's rows */

static void put_many(struct test_office *o, int from, int to)
{
    QN_AUTO(act) struct act a = {0};
    MUST(act_open(&a, o->st, QN_KIND_ROSTER, QN_LANE_BULK, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    for (int i = from; i < to; i++)
        put_object(&a, act_id(&a), 1, 1, i, "in_business", NULL);
    MUST(act_commit(&a, NULL, NULL, &offices_err));
}

static void a_long_list_goes_on_in_further_entries(void **state)
{
    struct family *f = *state;
    struct freeze_made m;
    QN_AUTO(qn_buf) struct qn_buf rules = {0};
    qn_buf_init(&rules, QN_RULES_MAX);
    swap_in(&rules, RULES, "stratum 1 1/2 1 ge(class,3)\nstratum 2 1/4 1 true\n",
            "stratum 1 1/1 1 true\n");
    qn_put_uint(&rules, 0, 1);
    write_plan(&f->c, &(struct plan_case){.rules = (const char *)rules.p});
    carry(&f->c, &f->k);
    put_many(&f->k, OBJECTS, MANY / 2);
    put_many(&f->k, MANY / 2, MANY);
    write_roster(&f->k, NULL);
    MUST(freeze_make(&m, f->k.st, &offices_err));
    assert_int_equal(m.objects, MANY);
    carry(&f->k, &f->c);
    assert_int_equal(issue(&f->c, NULL, NULL), 1);
    carry(&f->c, &f->k);
    struct draw_outcome o = draw_first(&f->k);
    assert_true(o.drawn);
    assert_int_equal(o.made.must + o.made.lot, MANY);
    assert_true(o.made.entries >= 3);
    settle(f);
    expect_verdicts(&f->p, "");
    /* The release names the public part of every entry that holds some of the list, of the order and the freeze. */
    QN_AUTO(release_outcomes) struct release_outcomes r = {0};
    MUST(draw_release(&r, f->k.st, 0, true, &offices_err));
    assert_true(r.at[0].released);
    int64_t lists = count(&f->k, "SELECT count(DISTINCT id >> 16) FROM draw_selected");
    assert_true(lists >= 2);
    assert_int_equal(
        count(&f->k,
              "SELECT max((length(text) - length(replace(text, 'part ', ''))) / 5) FROM \"release\""),
        lists + 2);
}

/* ---- release -------------------------------------------------------------------------------------------------------------- */

static void a_draw_is_released_when_all_are_visited(void **state)
{
    struct family *f = *state;
    ordered(f, NULL);
    struct draw_outcome o = draw_first(&f->k);
    {
        QN_AUTO(release_outcomes) struct release_outcomes r = {0};
        visit_all(&f->k, o.made.id, 1);
        MUST(draw_release(&r, f->k.st, 0, false, &offices_err));
        assert_int_equal(r.n, 1);
        assert_false(r.at[0].released);
        assert_string_equal(r.at[0].why.id, "release.early");
        assert_int_equal(r.at[0].open, 1);
    }
    QN_AUTO(record) struct record rec = {.rival = false};
    MUST(record_read(&rec, f->k.st, "140602", o.made.id, &offices_err));
    write_result(&f->k, "140602", o.made.id, record_object(&rec, 0));
    QN_AUTO(release_outcomes) struct release_outcomes r = {0};
    MUST(draw_release(&r, f->k.st, 0, false, &offices_err));
    assert_true(r.at[0].released);
    bool released;
    MUST(draw_is_released(&released, f->k.st, "140602", rec.log.origin, rec.seq, &offices_err));
    assert_true(released);
    QN_AUTO(release_outcomes) struct release_outcomes again = {0};
    MUST(draw_release(&again, f->k.st, 0, false, &offices_err));
    assert_int_equal(again.n, 0);
    assert_int_equal(again.had, 1);
    settle(f);
    expect_verdicts(&f->p, "");
}

static void an_early_release_is_seen(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    ordered(f, NULL);
    struct draw_outcome o = draw_first(&f->k);
    visit_all(&f->k, o.made.id, 2);
    QN_AUTO(release_outcomes) struct release_outcomes r = {0};
    expect_verdict(draw_release(&r, f->k.st, 77, false, &err), &err, "draw.unknown");
    MUST(draw_release(&r, f->k.st, o.made.id, true, &offices_err));
    assert_true(r.at[0].released && r.at[0].early);
    visit_all(&f->k, o.made.id, 0); /* afterwards: too late */
    settle(f);
    expect_verdicts(&f->p, "draw: RELEASE_EARLY");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, family_setup, family_teardown)
#define ROWS(test, f, rows) \
    for (size_t i_ = 0; i_ < ARRAY_LEN(rows); i_++) \
        test[n++] = (struct CMUnitTest) \
        { \
            rows[i_].name, f, NULL, NULL, &rows[i_] \
        }

int main(void)
{
    const struct CMUnitTest plain[] = {
        CASE(roster_versions),
        CASE(a_revert_hides_what_lies_between),
        CASE(roster_not_closed),
        CASE(attributes_as_of_a_date),
        CASE(freeze_only_when_something_changed),
        CASE(an_order_for_each_slot_once),
        CASE(a_child_heard_in_time_is_witnessed),
        CASE(a_level_below_the_rules_waits),
        CASE(a_citys_own_plan_needs_acceptance),
        CASE(a_draw_from_order_to_targets),
        CASE(an_unwitnessed_draw_freezes_first),
        CASE(targets_go_to_a_station_with_a_machine),
        CASE(a_changed_roster_is_not_drawn_from),
        CASE(a_bad_signature_is_refused),
        CASE(doubled_orders_are_refused),
        CASE(a_late_draw_is_drawn),
        CASE(a_draw_is_the_same_on_any_machine),
        CASE(a_long_list_goes_on_in_further_entries),
        CASE(a_draw_is_released_when_all_are_visited),
        CASE(an_early_release_is_seen),
    };
    struct CMUnitTest
        test[ARRAY_LEN(plain) + ARRAY_LEN(bad_rows) + ARRAY_LEN(no_orders) + ARRAY_LEN(refused)];
    size_t n = ARRAY_LEN(plain);
    memcpy(test, plain, sizeof(plain));
    ROWS(test, bad_row_is_named, bad_rows);
    ROWS(test, no_order_is_signed, no_orders);
    ROWS(test, an_odd_order_is_refused, refused);
    return cmocka_run_group_tests_name("draw_node", test, NULL, NULL);
}
