/* test_verify_clerk.c - what a clerk who may write any row of its office does, and what an office above finds. */
#include "tests/unit/draw_case.h"

#include "node/store/rows.h"

/* ---- orders that are none ------------------------------------------------------------------------------------------ */

/* The county copies its order's note, with a later window, into its own log. */
static void forge_order(struct test_office *o, const char *drawer)
{
    QN_AUTO(order) struct order given = {.seq = 0};
    struct order_line line = only_order(o);
    struct qn_row row;
    QN_AUTO(act) struct act a = {0};
    MUST(order_read(&given, o->st, line.origin, line.seq, &offices_err));
    MUST(act_open(&a, o->st, QN_KIND_ORDER, QN_LANE_DRAW, &offices_err));
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
    prepare(f, &(struct plan_case){.from = -90, .to = 20});
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

static void forge_freeze(struct test_office *o, uint64_t version, int32_t days)
{
    static const uint8_t salt_key[32] = {4};
    QN_AUTO(roster) struct roster roster = {0};
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    QN_AUTO(act) struct act a = {0};
    struct qn_freeze z = {.roster_version = version};
    struct qn_row row;
    qn_buf_init(&text, QN_TEXT_MAX);
    day(z.date, days);
    MUST(roster_load(&roster, o->st, code_of(o), version, z.date, &offices_err));
    MUST(qn_roster_roots(&z.roots, &roster.r, salt_key, &offices_err));
    MUST(act_open(&a, o->st, QN_KIND_FREEZE, QN_LANE_DRAW, &offices_err));
    strcpy(z.origin, store_origin(o->st));
    z.seq = a.seq;
    qn_freeze_text(&text, &z);
    MUST(act_part(&a, QN_PUBLIC, QN_TO_OFFICE, NULL, &offices_err));
    int64_t id = act_id(&a);
    row_start(&row, &a, "draw_freeze", id, 1);
    row_int(&row, "roster", (int64_t)version);
    row_span(&row, "text", qn_buf_span(&text));
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    row_start(&row, &a, "freeze_salt", id, 1);
    row_blob(&row, "salt_key", salt_key, sizeof(salt_key));
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
}

static void a_plan_of_a_neighbour_binds_nobody(void **state)
{
    struct family *f = *state;
    QN_AUTO(qn_buf) struct qn_buf rules = {0};
    qn_buf_init(&rules, QN_RULES_MAX);
    swap_in(&rules, RULES, "slot 1406 2021", "slot 140622 2021");
    qn_put_uint(&rules, 0, 1);
    write_plan(&f->k2, &(struct plan_case){.rules = (const char *)rules.p});
    write_roster(&f->k, NULL);
    forge_freeze(&f->k, 1, -11);
    carry(&f->k2, &f->c);
    settle(f);
    edit(&f->p, "UPDATE cosignature SET time_s = time_s - 11 * 86400");
    expect_verdicts(&f->p, "");
}

/* ---- draws on orders that are none --------------------------------------------------------------------------------- */

/* What the honest program would draw, made in a copy of the office. */
static int64_t draw_in_copy(struct test_office *copy, struct family *f)
{
    copy_office(copy, f, &f->k, "copy");
    struct draw_outcome o = draw_first(copy);
    assert_true(o.drawn);
    return o.made.id;
}

static void copy_dispatch(struct act *a, struct test_office *from, int64_t draw_id, int64_t as)
{
    QN_AUTO(query) struct query q = query_start(from->st, SQL_DISPATCH_OF);
    struct qn_row row;
    q_bind_text(&q, code_of(from));
    q_bind_int(&q, draw_id);
    while (q_step(&q)) {
        row_start(&row, a, "dispatch", act_id(a), 1);
        row_int(&row, "draw_id", as);
        row_int(&row, "slot_no", 1);
        row_text(&row, "task", "T1");
        row_int(&row, "round", 1);
        row_span(&row, "object_id", q_span(&q, 0));
        row_span(&row, "object_name", q_span(&q, 1));
        row_span(&row, "address", q_span(&q, 2));
        row_span(&row, "inspecting_office", q_span(&q, 3));
        row_span(&row, "inspectors", q_span(&q, 4));
        row_text(&row, "window_to", "2030-01-01");
        MUST(act_put(a, &row, &offices_err));
    }
}

/* The draw `r` of the copy, as the office's own, with whatever stands in r->res now. */
static int64_t forge_draw(struct test_office *o, struct test_office *copy, const struct record *r)
{
    struct qn_row row;
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, QN_NOTE_MAX);
    qn_result_text(&text, r->res);
    QN_AUTO(act) struct act a = {0};
    MUST(act_open(&a, o->st, QN_KIND_DRAW, QN_LANE_DRAW, &offices_err));
    MUST(act_part(&a, QN_PUBLIC, QN_TO_OFFICE, NULL, &offices_err));
    int64_t id = act_id(&a);
    row_start(&row, &a, "draw_result", id, 1);
    row_text(&row, "order_origin", r->res->order.origin);
    row_int(&row, "order_seq", (int64_t)r->res->order.index);
    row_span(&row, "text", qn_buf_span(&text));
    MUST(act_put(&a, &row, &offices_err));
    for (size_t i = 0; i < r->npicks; i++) {
        row_start(&row, &a, "draw_selected", act_id(&a), 1);
        row_int(&row, "draw_id", id);
        row_int(&row, "slot_no", r->pick[i].slot_no);
        row_span(&row, "object_id", record_object(r, i));
        row_int(&row, "mode", r->pick[i].mode);
        row_blob(&row, "salt", r->pick[i].salt, sizeof(r->pick[i].salt));
        MUST(act_put(&a, &row, &offices_err));
    }
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    row_start(&row, &a, "draw_pairs", act_id(&a), 1);
    row_int(&row, "draw_id", id);
    row_span(&row, "text", qn_buf_span(&r->pairs));
    MUST(act_put(&a, &row, &offices_err));
    copy_dispatch(&a, copy, r->id, id);
    MUST(act_commit(&a, NULL, NULL, &offices_err));
    return id;
}

static void name_an_order_to_come(struct qn_result *r)
{
    r->order.index = 999999;
    r->seen.size = 1000000;
}

static void see_a_longer_log(struct qn_result *r)
{
    r->seen.size += 1000;
}

static void see_another_root(struct qn_result *r)
{
    r->seen.root[0] ^= 1;
}

static void see_no_log_of_the_parent(struct qn_result *r)
{
    strcpy(r->seen.origin, "test.example/140622/1");
}

static struct forged {
    const char *name;
    void (*spoil)(struct qn_result *r);
    const char *want;
} forged[] = {
    {"an order that nobody signed yet", name_an_order_to_come, "draw: ORDER_NOT_LOGGED SEEN_FALSE"},
    {"a head that the parent's log never had", see_a_longer_log, "draw: SEEN_FALSE"},
    {"a root that the parent's log never had", see_another_root, "draw: SEEN_FALSE"},
    {"a head of another's log", see_no_log_of_the_parent, "draw: SEEN_FALSE"},
};

static void a_forged_draw_is_found(void **state)
{
    struct forged *row = *state;
    void *made = NULL;
    struct test_office copy;
    char got[2000];
    family_setup(&made);
    struct family *f = made;
    ordered(f, NULL);
    {
        QN_AUTO(record) struct record r = {.rival = false};
        int64_t id = draw_in_copy(&copy, f);
        MUST(record_read(&r, copy.st, "140602", id, &offices_err));
        row->spoil(r.res);
        forge_draw(&f->k, &copy, &r);
    }
    settle(f);
    /* What the city writes next tells the province how long its log was when the draw came. */
    write_addressed(&f->c, "140602", "a", "140622", "b");
    settle(f);
    verdicts(got, &f->p);
    assert_string_equal(got, row->want);
    verdicts(got, &f->c);
    assert_string_equal(got, row->want);
    store_close(copy.st);
    family_teardown(&made);
}

/* The same list again on the same order, but as if of another freeze: its leaf is the same, its place is not. */
static void a_second_draw_of_another_freeze(void **state)
{
    struct family *f = *state;
    struct test_office copy;
    ordered(f, NULL);
    {
        QN_AUTO(record) struct record r = {.rival = false};
        int64_t id = draw_in_copy(&copy, f);
        assert_true(draw_first(&f->k).drawn);
        MUST(record_read(&r, copy.st, "140602", id, &offices_err));
        forge_draw(&f->k, &copy, &r);
        settle(f);
        expect_verdicts(&f->p, "");
        r.res->freeze.index++;
        forge_draw(&f->k, &copy, &r);
    }
    settle(f);
    expect_verdicts(&f->p, "draw: ROOT_MISMATCH DRAW_DUPLICATE");
    store_close(copy.st);
}

/* The province has not the entry in which the order stands: nothing is found, and nothing is verified. */
static void an_order_that_is_not_held(void **state)
{
    struct family *f = *state;
    ordered(f, NULL);
    assert_true(draw_first(&f->k).drawn);
    settle(f);
    edit(&f->p, "DELETE FROM draw_order");
    QN_AUTO(verify) struct verify_result r = {.at = NULL};
    size_t n;
    MUST(verify_run(&r, f->p.st, NULL, 0, NULL, &offices_err));
    assert_int_equal(r.draws, 1);
    assert_int_equal(r.clean, 0);
    MUST(verify_record(f->p.st, &r, &n, &offices_err));
    assert_int_equal(
        count(&f->p, "SELECT count(*) FROM draw_verdict WHERE outcome = 'open' AND codes = ''"), 1);
}

/* ---- rosters -------------------------------------------------------------------------------------------------------- */

/* After the draw a drawn object is out of business in the roster that the draw rests on. */
static void a_row_of_a_closed_roster(void **state)
{
    struct family *f = *state;
    ordered(f, NULL);
    assert_true(draw_first(&f->k).drawn);
    int64_t id = count(&f->k, "SELECT min(id) FROM object");
    {
        QN_AUTO(act) struct act a = {0};
        MUST(act_open(&a, f->k.st, QN_KIND_ROSTER, QN_LANE_BULK, &offices_err));
        MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
        put_object(&a, id, 2, 1, 0, "deregistered", NULL);
        put_object(&a, act_id(&a), 1, 1, OBJECTS, "in_business", NULL);
        MUST(act_commit(&a, NULL, NULL, &offices_err));
    }
    close_roster(&f->k, 1, 1);
    settle(f);
    expect_verdicts(&f->p, "rows: ROSTER_LATE; rows: ROSTER_LATE");
    expect_verdicts(&f->c, "rows: ROSTER_LATE; rows: ROSTER_LATE");
    /* The office goes on as before: the next version is taken. */
    revise_object(&f->k, id + 1, 2, 2, 1, "suspended");
    settle(f);
    assert_int_equal(count(&f->p, "SELECT max(roster) FROM roster_close"), 2);
}

/* A friend is out of business while the roster is frozen, and back in it the day after. */
static void a_status_that_flips(void **state)
{
    struct family *f = *state;
    struct freeze_made m;
    write_plan(&f->c, &(struct plan_case){0});
    carry(&f->c, &f->k);
    int64_t id = write_roster(&f->k, NULL);
    revise_object(&f->k, id, 2, 2, 0, "deregistered");
    revise_object(&f->k, id + 1, 2, 3, 1, "deregistered"); /* this one stays so */
    MUST(freeze_make(&m, f->k.st, &offices_err));
    carry(&f->k, &f->c);
    assert_int_equal(issue(&f->c, NULL, NULL), 1);
    carry(&f->c, &f->k);
    assert_true(draw_first(&f->k).drawn);
    settle(f);
    expect_verdicts(&f->p, "");
    revise_object(&f->k, id, 3, 4, 0, "revoked");
    settle(f);
    expect_verdicts(&f->p, "");
    revise_object(&f->k, id, 4, 5, 0, "in_business");
    settle(f);
    expect_verdicts(&f->p, "draw: STATUS_FLIPPED");
    /* Had it come back half a year later, nobody would ask. */
    edit(&f->p, "UPDATE cosignature SET time_s = time_s + 61 * 86400 WHERE log = (SELECT no FROM "
                "log WHERE office = "
                "'140602') AND size = (SELECT max(size) FROM cosignature WHERE log = (SELECT no "
                "FROM log WHERE office "
                "= '140602'))");
    expect_verdicts(&f->p, "");
}

/* One person under two numbers that look alike would take two places. */
static void a_number_with_an_invisible_character(void **state)
{
    static const char *const tails[] = {"\u200b", "\u3000", "\u0332", "\ufe63", "\uff11", "x"};
    struct family *f = *state;
    struct freeze_made m;
    struct qn_err err;
    write_roster(&f->k, NULL);
    for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
        char sql[200];
        snprintf(sql, sizeof(sql),
                 "UPDATE inspector SET insp_id = '140602/JS001%s' WHERE name = '检查员2'",
                 tails[i]);
        edit(&f->k, sql);
        expect_verdict(freeze_make(&m, f->k.st, &err), &err, "roster.column");
    }
    edit(&f->k, "UPDATE inspector SET insp_id = '140602/JS001-晋（1)' WHERE name = '检查员2'");
    expect_verdict(freeze_make(&m, f->k.st, &err), &err, "roster.column");
    edit(&f->k, "UPDATE inspector SET insp_id = '140602/JS001-晋(1)' WHERE name = '检查员2'");
    MUST(freeze_make(&m, f->k.st, &offices_err));
}

/* ---- freezes of another day or another roster -------------------------------------------------------------------------- */

static struct frozen {
    const char *name;
    bool revised; /* a second version was closed before */
    int32_t days; /* of the freeze's date, from today */
    const char *refused, *want;
} freezes[] = {
    {"a freeze of the roster before the last", true, 0, NULL, "draw: ROSTER_OLD"},
    {"a freeze of the day after tomorrow", false, 2, "order.freeze-date", "draw: FREEZE_DATE"},
    {"a freeze of tomorrow", false, 1, NULL, ""},
    {"a freeze of a month ago", false, -30, NULL, ""},
    {"a freeze of more than a month ago", false, -31, "order.freeze-date", "draw: FREEZE_DATE"},
};

static void an_odd_freeze_is_found(void **state)
{
    struct frozen *row = *state;
    void *made = NULL;
    struct qn_err why = {.id = ""};
    family_setup(&made);
    struct family *f = made;
    write_plan(&f->c, &(struct plan_case){0});
    carry(&f->c, &f->k);
    int64_t id = write_roster(&f->k, NULL);
    if (row->revised)
        revise_object(&f->k, id, 2, 2, 0, "deregistered");
    forge_freeze(&f->k, 1, row->days);
    carry(&f->k, &f->c);
    assert_int_equal(issue(&f->c, NULL, &why), row->refused == NULL);
    if (row->refused) { /* a parent that looks away */
        assert_string_equal(why.id, row->refused);
        write_order(&f->c, "140602", &(struct odd_order){.from = -10, .to = 20});
    }
    carry(&f->c, &f->k);
    assert_true(draw_first(&f->k).drawn);
    settle(f);
    expect_verdicts(&f->p, row->want);
    family_teardown(&made);
}

/* ---- results ------------------------------------------------------------------------------------------------------------ */

/* A result of a friend becomes, by a correction, a result of a rival that nobody drew. */
static void a_result_that_changes_its_object(void **state)
{
    struct family *f = *state;
    char object[256] = "";
    ordered(f, NULL);
    struct draw_outcome o = draw_first(&f->k);
    assert_true(o.drawn);
    {
        QN_AUTO(record) struct record r = {.rival = false};
        MUST(record_read(&r, f->k.st, "140602", o.made.id, &offices_err));
        write_result(&f->k, "140602", o.made.id, record_object(&r, 0));
        qn_text_copy(object, sizeof(object), record_object(&r, 0));
    }
    struct visit_case again = {.rev = 2};
    again.id = count(&f->k, "SELECT id FROM inspection_result");
    write_visit(&f->k, "140602", o.made.id, qn_str(object), &again);
    settle(f);
    expect_verdicts(&f->p, "");
    again.rev = 3;
    write_visit(&f->k, "140602", o.made.id, qn_str("E:91140602MA0K0000XX"), &again);
    settle(f);
    expect_verdicts(&f->p, "rows: RESULT_CHANGED");
    assert_int_equal(count(&f->p, "SELECT max(rev) FROM inspection_result"), 2);
}

static struct {
    const char *name;
    bool by_neighbour;
    int64_t draw; /* 0: the draw */
    bool drawn;   /* one of its objects; else another */
} strangers[] = {
    {"a result of a draw that was never made", false, INT64_C(1) << 51, true},
    {"a result of a draw that is yet to come", false, INT64_C(1) << 52, true},
    {"a neighbour's result of a drawn object", true, 0, true},
    {"a neighbour's result of an object that was not drawn", true, 0, false},
};

static void a_result_that_stands_for_no_draw(void **state)
{
    struct family *f = *state;
    prepare(f, &(struct plan_case){.from = -90, .to = 20});
    write_order(&f->c, "140602", &(struct odd_order){.from = -60, .to = -31});
    carry(&f->c, &f->k);
    struct draw_outcome o = draw_first(&f->k);
    assert_true(o.drawn);
    settle(f);
    expect_verdicts(&f->p, "draw: DRAW_LATE VISIT_MISSING");
    for (size_t i = 0; i < ARRAY_LEN(strangers); i++) {
        QN_AUTO(record) struct record r = {.rival = false};
        MUST(record_read(&r, f->k.st, "140602", o.made.id, &offices_err));
        struct test_office *by = strangers[i].by_neighbour ? &f->k2 : &f->k;
        for (size_t k = 0; k < (strangers[i].drawn ? r.npicks : 1); k++)
            write_result(by, "140602", strangers[i].draw ? strangers[i].draw : o.made.id,
                         strangers[i].drawn ? record_object(&r, k)
                                            : qn_str("E:91140602MA0K0000XX"));
        carry(by, &f->c);
        settle(f);
        expect_verdicts(&f->p, i < 2 ? "draw: DRAW_LATE VISIT_MISSING; rows: RESULT_WITHOUT_DRAW"
                                     : "draw: DRAW_LATE VISIT_MISSING; rows: RESULT_WITHOUT_DRAW; "
                                       "rows: RESULT_WITHOUT_DRAW");
    }
    visit_all(&f->k, o.made.id, 0);
    settle(f);
    expect_verdicts(&f->p, "draw: DRAW_LATE; rows: RESULT_WITHOUT_DRAW; rows: RESULT_WITHOUT_DRAW");
}

/* ---- who was sent, who went, when ------------------------------------------------------------------------------------ */

static struct sent {
    const char *name, *edit; /* what the county did to its rows before it wrote them */
    const char *want;
} dispatches[] = {
    {"friends are sent to an object",
     "UPDATE dispatch SET inspectors = '140602/JS900 甲;140602/JS901 乙' WHERE id = (SELECT "
     "min(id) "
     "FROM dispatch)",
     "draw: DISPATCH_MISMATCH"},
    {"nobody is sent to an object",
     "DELETE FROM dispatch WHERE id = (SELECT min(id) FROM dispatch)", "draw: DISPATCH_MISMATCH"},
    {"another object is sent for",
     "UPDATE dispatch SET object_id = 'E:91140602MA0K0000XX' WHERE id = (SELECT min(id) FROM "
     "dispatch)",
     "draw: DISPATCH_MISMATCH"},
    {"an office is sent that has no part in it",
     "UPDATE dispatch SET inspecting_office = '140622' WHERE id = (SELECT min(id) FROM dispatch)",
     "draw: DISPATCH_MISMATCH"},
    {"as drawn", "DELETE FROM draw_pairs", ""},
};

static void what_was_sent_is_compared(void **state)
{
    struct sent *row = *state;
    void *made = NULL;
    struct test_office copy;
    family_setup(&made);
    struct family *f = made;
    ordered(f, NULL);
    {
        QN_AUTO(record) struct record r = {.rival = false};
        int64_t id = draw_in_copy(&copy, f);
        MUST(record_read(&r, copy.st, "140602", id, &offices_err));
        edit(&copy, row->edit);
        forge_draw(&f->k, &copy, &r);
    }
    settle(f);
    expect_verdicts(&f->p, row->want);
    store_close(copy.st);
    family_teardown(&made);
}

/* A second row for an object, written after the draw, sends somebody else. */
static void a_second_dispatch(void **state)
{
    struct family *f = *state;
    ordered(f, NULL);
    struct draw_outcome o = draw_first(&f->k);
    assert_true(o.drawn);
    {
        QN_AUTO(act) struct act a = {0};
        MUST(act_open(&a, f->k.st, QN_KIND_DRAW, QN_LANE_DRAW, &offices_err));
        MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
        copy_dispatch(&a, &f->k, o.made.id, o.made.id);
        MUST(act_commit(&a, NULL, NULL, &offices_err));
    }
    settle(f);
    expect_verdicts(&f->p, "draw: DISPATCH_MISMATCH");
}

static struct visited {
    const char *name;
    struct visit_case visit;
    const char *want;
} visits[] = {
    {"those who were sent, today", {0}, ""},
    {"friends went", {.inspectors = "140602/JS900 甲;140602/JS901 乙"}, "draw: VISIT_INSPECTORS"},
    {"nobody says who went", {.untold = true}, "draw: VISIT_INSPECTORS"},
    {"a visit of last week", {.on = -7}, "draw: VISIT_BEFORE_DRAW"},
};

static void a_visit_is_compared(void **state)
{
    struct visited *row = *state;
    void *made = NULL;
    family_setup(&made);
    struct family *f = made;
    ordered(f, NULL);
    struct draw_outcome o = draw_first(&f->k);
    assert_true(o.drawn);
    {
        QN_AUTO(record) struct record r = {.rival = false};
        MUST(record_read(&r, f->k.st, "140602", o.made.id, &offices_err));
        for (size_t i = 0; i < r.npicks; i++)
            write_visit(&f->k, "140602", o.made.id, record_object(&r, i), &row->visit);
    }
    settle(f);
    expect_verdicts(&f->p, row->want);
    family_teardown(&made);
}

/* ---- releases ---------------------------------------------------------------------------------------------------------- */

/* Two months after its window a draw is to be public: first nothing of it is, then a part, then all. */
static void a_draw_that_is_never_released(void **state)
{
    struct family *f = *state;
    prepare(f, &(struct plan_case){.from = -90, .to = 20});
    write_order(&f->c, "140602", &(struct odd_order){.from = -90, .to = -61});
    carry(&f->c, &f->k);
    struct draw_outcome o = draw_first(&f->k);
    assert_true(o.drawn);
    visit_all(&f->k, o.made.id, 0);
    settle(f);
    expect_verdicts(&f->p, "draw: DRAW_LATE RELEASE_MISSING");
    struct release_ref list = {.origin = store_origin(f->k.st), .seq = o.made.seq, .part = 0};
    MUST(release_own(f->k.st, duty_of(DUTY_PUBLISH), NULL, &list, 1, &offices_err));
    settle(f);
    expect_verdicts(&f->p, "draw: DRAW_LATE RELEASE_MISSING");
    {
        QN_AUTO(record) struct record r = {.rival = false};
        MUST(record_read(&r, f->k.st, "140602", o.made.id, &offices_err));
        struct release_ref rest[] = {
            {.origin = r.res->order.origin, .seq = r.res->order.index, .part = 0},
            {.origin = r.res->freeze.origin, .seq = r.res->freeze.index, .part = 0}};
        MUST(release_own(f->k.st, duty_of(DUTY_PUBLISH), NULL, rest, 2, &offices_err));
    }
    settle(f);
    expect_verdicts(&f->p, "draw: DRAW_LATE");
}

static void a_release_that_is_not_due(void **state)
{
    struct family *f = *state;
    prepare(f, &(struct plan_case){.from = -90, .to = 20});
    write_order(&f->c, "140602", &(struct odd_order){.from = -90, .to = -60});
    carry(&f->c, &f->k);
    struct draw_outcome o = draw_first(&f->k);
    assert_true(o.drawn);
    visit_all(&f->k, o.made.id, 0);
    settle(f);
    expect_verdicts(&f->p, "draw: DRAW_LATE");
}

/* ---- no freeze, no order --------------------------------------------------------------------------------------------- */

static struct unordered {
    const char *name;
    int32_t from, to; /* window, days from today */
    bool freezes, retired;
    int32_t known, frozen; /* days from today on which plan and freeze were cosigned */
    const char *want;
    int32_t dated; /* days from the freeze's cosignature to its date */
    enum { STANDS, GONE_BEFORE, GONE_TODAY } gone; /* the slot is withdrawn by a revision */
} unordered[] = {
    {"it never froze", -20, -5, false, false, -40, 0, "no-order: FREEZE_MISSING", 0, STANDS},
    {"it may still freeze", -20, 0, false, false, -40, 0, "", 0, STANDS},
    {"it heard of the plan within the window", -20, -5, false, false, -20, 0, "", 0, STANDS},
    {"a freeze that was too old", -5, -1, true, false, -60, -36, "no-order: FREEZE_MISSING", 0,
     STANDS},
    {"a freeze that was not", -5, -1, true, false, -60, -35, "no-order: ORDER_MISSING", 0, STANDS},
    {"a freeze with nobody to send", -20, -5, true, true, -40, -21, "no-order: FREEZE_MISSING", 0,
     STANDS},
    {"a freeze within the window", -20, -5, true, false, -40, -10, "no-order: ORDER_MISSING", 0,
     STANDS},
    {"a freeze within a window that is not over", -20, 5, true, false, -40, -10, "", 0, STANDS},
    {"a freeze on the last day", -20, -5, true, false, -40, -5, "", 0, STANDS},
    {"a freeze after the window", -20, -5, true, false, -40, -4, "no-order: FREEZE_MISSING", 0,
     STANDS},
    {"a freeze of another day", -20, -5, true, false, -40, -10, "no-order: FREEZE_MISSING", 2,
     STANDS},
    {"the window's first day", 0, 10, true, false, -40, -10, "", 0, STANDS},
    {"the day after it", -1, 10, true, false, -40, -10, "no-order: ORDER_MISSING", 0, STANDS},
    {"the day after it, frozen on the first", -1, 10, true, false, -40, -1, "", 0, STANDS},
    {"withdrawn before its window", -20, -5, true, false, -40, -10, "", 0, GONE_BEFORE},
    {"withdrawn when it was over", -20, -5, true, false, -40, -10, "no-order: ORDER_MISSING", 0,
     GONE_TODAY},
};

static void withdraw_slot(struct test_office *o)
{
    const struct rows_query q = {.table = "slot", .office = "1406"};
    struct qn_row row;
    QN_AUTO(rows) struct rows r = {0};
    QN_AUTO(act) struct act a = {0};
    MUST(rows_open(&r, o->st, &q, &offices_err));
    assert_true(rows_step(&r));
    MUST(act_open(&a, o->st, QN_KIND_PLAN, QN_LANE_PLAN, &offices_err));
    MUST(act_part(&a, QN_PUBLIC, QN_TO_SUBTREE, NULL, &offices_err));
    rows_again(&r, &row, &a, 2);
    row_int(&row, "withdrawn", 1);
    MUST(act_put(&a, &row, &offices_err));
    rows_drop(&r);
    MUST(act_commit(&a, NULL, NULL, &offices_err));
}

static void a_slot_without_an_order(void **state)
{
    struct unordered *row = *state;
    void *made = NULL;
    char sql[300];
    family_setup(&made);
    struct family *f = made;
    write_plan(&f->c, &(struct plan_case){.from = row->from, .to = row->to});
    if (row->gone == GONE_BEFORE)
        withdraw_slot(&f->c);
    carry(&f->c, &f->k);
    write_roster_of(&f->k, NULL, row->retired ? "retired" : "active");
    if (row->freezes)
        forge_freeze(&f->k, 1, row->frozen + row->dated);
    settle(f);
    snprintf(sql, sizeof(sql),
             "UPDATE cosignature SET time_s = time_s + 86400 * CASE WHEN log = (SELECT no FROM log "
             "WHERE office = '140602') THEN %d ELSE %d END",
             row->frozen, row->known);
    edit(&f->p, sql);
    if (row->gone == GONE_TODAY) {
        withdraw_slot(&f->c);
        settle(f);
    }
    expect_verdicts(&f->p, row->want);
    family_teardown(&made);
}

/* ---- a list, and nobody ordered to visit ----------------------------------------------------------------------------- */

static void give_list(struct test_office *o)
{
    struct qn_row row;
    char oid[32];
    QN_AUTO(act) struct act a = {0};
    object_id(oid, 1);
    MUST(act_open(&a, o->st, QN_KIND_PLAN, QN_LANE_PLAN, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, "140602", &offices_err));
    int64_t list = act_id(&a);
    row_start(&row, &a, "given_list", list, 1);
    row_text(&row, "issuer", "1406");
    row_text(&row, "series", "2021");
    row_text(&row, "task", "T1");
    row_int(&row, "round", 1);
    row_text(&row, "drawer", "140602");
    row_text(&row, "source", "parent");
    row_text(&row, "title", "list");
    row_text(&row, "doc_no", "1");
    row_text(&row, "given_on", "2021-03-05");
    row_text(&row, "acted_by", "tester");
    row_text(&row, "recorded_on", "2021-03-05T09:00:00");
    MUST(act_put(&a, &row, &offices_err));
    row_start(&row, &a, "given_object", act_id(&a), 1);
    row_int(&row, "list_id", list);
    row_text(&row, "object_id", oid);
    row_text(&row, "object_name", "listed");
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
}

static struct unmatched {
    const char *name;
    int32_t from, to;
    bool given, freezes;
    int32_t listed, frozen; /* days from today of the first cosignatures */
    const char *want;
} unmatched[] = {
    {"no list for it", -20, -5, false, true, 0, -22, ""},
    {"a list before the window", -5, 5, true, true, -10, -8, "no-order: ORDER_MISSING"},
    {"a list, on the window's first day", 0, 5, true, true, -10, -8, ""},
    {"a list within a window that is not over", -20, 5, true, true, -10, -22, ""},
    {"a list within the window", -20, -5, true, true, -10, -22, "no-order: ORDER_MISSING"},
    {"a list on the last day", -20, -5, true, true, -5, -22, ""},
    {"a list before the window, and no freeze", -20, -5, true, false, -30, 0,
     "no-order: FREEZE_MISSING"},
    {"a list within the window, and no freeze", -20, -5, true, false, -10, 0, ""},
};

static void a_list_without_an_order(void **state)
{
    struct unmatched *row = *state;
    void *made = NULL;
    char sql[400], rules[sizeof(RULES) + 1];
    const char *type = strstr(RULES, "type both\n");
    snprintf(rules, sizeof(rules), "%.*stype pairs\n%s", (int)(type - RULES), RULES,
             type + strlen("type both\n"));
    family_setup(&made);
    struct family *f = made;
    write_plan(&f->c, &(struct plan_case){
                          .from = row->from, .to = row->to, .type = "pairs", .rules = rules});
    settle(f);
    int64_t planned = count(&f->p, "SELECT size FROM log WHERE office = '1406'");
    if (row->given)
        give_list(&f->c);
    write_roster_of(&f->k, NULL, "active");
    if (row->freezes)
        forge_freeze(&f->k, 1, row->frozen);
    settle(f);
    snprintf(sql, sizeof(sql),
             "UPDATE cosignature SET time_s = time_s + 86400 * CASE WHEN log = (SELECT no FROM log "
             "WHERE office = '140602') THEN %d WHEN log = (SELECT no FROM log WHERE office = "
             "'1406') AND size > %lld THEN %d ELSE -60 END",
             row->frozen, (long long)planned, row->listed);
    edit(&f->p, sql);
    expect_verdicts(&f->p, row->want);
    family_teardown(&made);
}

#define ROWS(f, rows) \
    for (size_t i_ = 0; i_ < ARRAY_LEN(rows); i_++) \
        test[n++] = (struct CMUnitTest) \
        { \
            rows[i_].name, f, NULL, NULL, &rows[i_] \
        }
#define CASE(f) cmocka_unit_test_setup_teardown(f, family_setup, family_teardown)

int main(void)
{
    const struct CMUnitTest plain[] = {
        CASE(an_order_in_the_drawers_own_log),
        CASE(an_order_for_a_neighbour),
        CASE(a_plan_of_a_neighbour_binds_nobody),
        CASE(an_order_that_is_not_held),
        CASE(a_second_draw_of_another_freeze),
        CASE(a_row_of_a_closed_roster),
        CASE(a_number_with_an_invisible_character),
        CASE(a_status_that_flips),
        CASE(a_second_dispatch),
        CASE(a_draw_that_is_never_released),
        CASE(a_release_that_is_not_due),
        CASE(a_result_that_changes_its_object),
        CASE(a_result_that_stands_for_no_draw),
    };
    struct CMUnitTest test[ARRAY_LEN(plain) + ARRAY_LEN(forged) + ARRAY_LEN(freezes) +
                           ARRAY_LEN(dispatches) + ARRAY_LEN(visits) + ARRAY_LEN(unordered) +
                           ARRAY_LEN(unmatched)];
    size_t n = ARRAY_LEN(plain);
    memcpy(test, plain, sizeof(plain));
    ROWS(a_forged_draw_is_found, forged);
    ROWS(an_odd_freeze_is_found, freezes);
    ROWS(what_was_sent_is_compared, dispatches);
    ROWS(a_visit_is_compared, visits);
    ROWS(a_slot_without_an_order, unordered);
    ROWS(a_list_without_an_order, unmatched);
    return cmocka_run_group_tests_name("verify_clerk", test, NULL, NULL);
}
