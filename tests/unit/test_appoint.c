/* test_appoint.c - positions that nobody can be drawn for, and who is appointed to them. */
#include "tests/unit/exception_case.h"

/* The second inspector of each visit needs 109, which nobody has: one of two positions stays empty everywhere. */
static int64_t short_handed(struct family *f, enum qn_draw_level level)
{
    QN_AUTO(qn_buf) struct qn_buf rules = {0};
    qn_buf_init(&rules, QN_RULES_MAX);
    swap_in(&rules, RULES, "role 1 2 101", "role 1 1 101\nrole 2 1 109");
    qn_put_uint(&rules, 0, 1);
    const struct order_options o = {.ahead_days = -1, .level = level};
    prepare(f, &(struct plan_case){.rules = (const char *)rules.p});
    assert_int_equal(issue(&f->c, &o, NULL), 1);
    carry(&f->c, &f->k);
    struct draw_outcome d = draw_first(&f->k);
    assert_true(d.drawn);
    settle(f);
    return d.made.id;
}

static const struct exception_options borrowed = {.kind = QN_EXC_APPOINT,
                                                  .inspector = "140622/JS009",
                                                  .reason = EXC_NEIGHBOUR_POOL,
                                                  .person = "王五",
                                                  .approved_by = "赵局长",
                                                  .note = "缺特种设备检查员"};

static enum qn_code appoint(struct test_office *o, int64_t id, const char *object,
                            const struct exception_options *given, struct qn_err *err)
{
    struct exception_made m;
    struct exception_options x = *given;
    x.object = x.object ? x.object : object;
    return try_exception(&m, o, id, &x, err);
}

static void find(char out[2000], struct test_office *o, enum verdict_code code, const char *key)
{
    QN_AUTO(verify) struct verify_result all = {.at = NULL};
    MUST(verify_run(&all, o->st, NULL, 0, NULL, &offices_err));
    out[0] = 0;
    for (size_t i = 0; i < all.n; i++)
        for (size_t k = 0; k < all.at[i].f.n; k++)
            for (unsigned v = 0; v < all.at[i].f.at[k].n; v++)
                if (all.at[i].f.at[k].code == code &&
                    strcmp(all.at[i].f.at[k].value[v].key, key) == 0)
                    snprintf(out, 2000, "%s", all.at[i].f.at[k].value[v].text);
}

static void one_is_borrowed_and_one_appointed(void **state)
{
    struct family *f = *state;
    char first[QN_OBJECT_ID_MAX + 1], second[QN_OBJECT_ID_MAX + 1], sent[400], filled[2000],
        want[700];
    int64_t id = short_handed(f, QN_OFFLINE);
    expect_verdicts(&f->p, "draw: PAIR_UNFILLED");
    find(filled, &f->p, V_PAIR_UNFILLED, "filled");
    assert_string_equal(filled, "—");
    target(first, &f->k, id, QN_LOT, 0);
    target(second, &f->k, id, QN_LOT, 1);
    MUST(appoint(&f->k, id, first, &borrowed, &offices_err));
    struct exception_options direct = borrowed;
    direct.inspector = "140602/JS000"; /* of this office, without the qualification */
    direct.reason = EXC_DIRECT_APPOINTMENT;
    direct.person = NULL;
    MUST(appoint(&f->k, id, second, &direct, &offices_err));
    sent_to(sent, &f->k, "140602", id, qn_str(first));
    assert_non_null(strstr(sent, ";140622/JS009 王五"));
    assert_true(strncmp(sent, "140602/", 7) == 0);
    sent_to(sent, &f->k, "140602", id, qn_str(second));
    assert_non_null(strstr(sent, ";140602/JS000 ")); /* with the name that the roster has */
    settle(f);
    expect_verdicts(&f->p, "draw: PAIR_UNFILLED");
    expect_verdicts(&f->c, "draw: PAIR_UNFILLED");
    find(filled, &f->p, V_PAIR_UNFILLED, "filled");
    snprintf(want, sizeof(want), "%s: 140622/JS009 (neighbour_pool)", first);
    assert_non_null(strstr(filled, want));
    snprintf(want, sizeof(want), "%s: 140602/JS000 (direct_appointment)", second);
    assert_non_null(strstr(filled, want));
    /* Of the public row only how; who, and who approved it, for those above. */
    assert_int_equal(count(&f->p, "SELECT count(*) FROM draw_exc_reason WHERE kind = 'appoint' AND "
                                  "reason IN ('neighbour_pool', 'direct_appointment')"),
                     2);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM draw_exc WHERE person = '王五' AND "
                                  "approved_by = '赵局长' AND note = '缺特种设备检查员'"),
                     1);
}

static struct refused {
    const char *name;
    struct exception_options x; /* over `borrowed` */
    const char *want;
} refused[] = {
    {"nobody approved it", {.approved_by = ""}, "exc.approval"},
    {"no reason is given", {.note = ""}, "exc.approval"},
    {"a reason of an absence", {.reason = "sick"}, "exc.reason"},
    {"borrowed from this office", {.inspector = "140602/JS000"}, "exc.no-shortage"},
    {"somebody who goes there already",
     {.inspector = "sent", .reason = EXC_DIRECT_APPOINTMENT},
     "exc.no-shortage"},
    {"somebody recused by the freeze",
     {.inspector = "140602/JS001", .reason = EXC_DIRECT_APPOINTMENT, .object = "must"},
     "exc.no-shortage"},
    {"an object that was not drawn", {.object = "E:91140602MA0K9999XX"}, "exc.not-drawn"},
};

static void is_refused(void **state)
{
    struct family *f = *state;
    char object[QN_OBJECT_ID_MAX + 1], must[QN_OBJECT_ID_MAX + 1], sent[80];
    int64_t id = short_handed(f, QN_OFFLINE);
    target(object, &f->k, id, QN_LOT, 0);
    target(must, &f->k, id, QN_MUST, 0);
    sent_at(sent, &f->k, id, object, 0);
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        const struct exception_options *r = &refused[i].x;
        struct exception_options x = borrowed;
        struct qn_err err = {.id = ""};
        x.approved_by = r->approved_by ? r->approved_by : x.approved_by;
        x.note = r->note ? r->note : x.note;
        x.reason = r->reason ? r->reason : x.reason;
        x.inspector = r->inspector ? r->inspector : x.inspector;
        x.inspector = strcmp(x.inspector, "sent") == 0 ? sent : x.inspector;
        x.object = !r->object || strcmp(r->object, "must") != 0 ? r->object : must;
        if (appoint(&f->k, id, object, &x, &err) == QN_OK || strcmp(err.id, refused[i].want) != 0)
            fail_msg("%s: %s %s", refused[i].name, err.id, err.args);
    }
    assert_int_equal(count(&f->k, "SELECT count(*) FROM draw_exc"), 0);
    struct qn_err err;
    MUST(appoint(&f->k, id, object, &borrowed, &offices_err));
    struct exception_options another = borrowed;
    another.inspector = "140622/JS010";
    expect_verdict(appoint(&f->k, id, object, &another, &err), &err, "exc.no-shortage");
}

/* Whoever is drawn may change afterwards; whoever was appointed stays. */
static void an_absence_leaves_the_appointment(void **state)
{
    struct family *f = *state;
    char object[QN_OBJECT_ID_MAX + 1], gone[80], sent[400];
    int64_t id = short_handed(f, QN_OFFLINE);
    target(object, &f->k, id, QN_LOT, 0);
    sent_at(gone, &f->k, id, object, 0);
    MUST(appoint(&f->k, id, object, &borrowed, &offices_err));
    except(&f->k, id, QN_EXC_ABSENCE, object, gone);
    sent_to(sent, &f->k, "140602", id, qn_str(object));
    assert_null(strstr(sent, gone));
    assert_non_null(strstr(sent, ";140622/JS009 王五"));
    settle(f);
    expect_verdicts(&f->p, "draw: PAIR_UNFILLED");
}

/* The parent answers absences there, not appointments; its supplement keeps them. */
static void on_the_witnessed_path(void **state)
{
    struct family *f = *state;
    char object[QN_OBJECT_ID_MAX + 1], gone[80], sent[400];
    int64_t id = short_handed(f, QN_WITNESSED);
    target(object, &f->k, id, QN_LOT, 0);
    sent_at(gone, &f->k, id, object, 0);
    MUST(appoint(&f->k, id, object, &borrowed, &offices_err));
    settle(f);
    assert_int_equal(supplement(&f->c, NULL), 0);
    except(&f->k, id, QN_EXC_ABSENCE, object, gone);
    settle(f);
    assert_int_equal(supplement(&f->c, NULL), 1);
    carry(&f->c, &f->k);
    assert_true(draw_open(&f->k).drawn);
    sent_to(sent, &f->k, "140602", id, qn_str(object));
    assert_null(strstr(sent, gone));
    assert_non_null(strstr(sent, ";140622/JS009 王五"));
    settle(f);
    /* The supplement's pairs tell the whole visit that it changed, with its empty position. */
    expect_verdicts(&f->p, "draw: PAIR_UNFILLED; draw: PAIR_UNFILLED");
}

/* A clerk who sends a friend along where nobody is missing: the appointment does not count. */
static void one_too_many(void **state)
{
    struct family *f = *state;
    char object[QN_OBJECT_ID_MAX + 1], sent[400], with[500];
    int64_t id = drawn_at(f, QN_OFFLINE, "supp 0");
    target(object, &f->k, id, QN_LOT, 0);
    sent_to(sent, &f->k, "140602", id, qn_str(object));
    snprintf(with, sizeof(with), "%s;140622/JS009", sent);
    struct qn_exc x = exception_of(&f->k, id, QN_EXC_APPOINT, object, "140622/JS009");
    strcpy(x.reason, EXC_NEIGHBOUR_POOL);
    write_exception(&f->k, id, &x, with);
    settle(f);
    expect_verdicts(&f->p, "draw: DISPATCH_MISMATCH");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, family_setup, family_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(one_is_borrowed_and_one_appointed),
        CASE(is_refused),
        CASE(an_absence_leaves_the_appointment),
        CASE(on_the_witnessed_path),
        CASE(one_too_many),
    };
    return cmocka_run_group_tests_name("appoint", tests, NULL, NULL);
}
