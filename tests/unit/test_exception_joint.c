/* test_exception_joint.c - after a draw of two slots on one order: each slot line has its own successors, a visit serves both. */
#include "tests/unit/exception_case.h"

/* Both slots drawn on one order; supp: as in the rules of both. The second draws this share of all. */
static int64_t drawn_with(struct family *f, enum qn_draw_level level, const char *supp,
                          const char *share)
{
    QN_AUTO(qn_buf) struct qn_buf first = {0}, half = {0}, second = {0};
    qn_buf_init(&first, QN_RULES_MAX);
    qn_buf_init(&half, QN_RULES_MAX);
    qn_buf_init(&second, QN_RULES_MAX);
    swap_in(&first, RULES, "supp 0", supp);
    swap_in(&half, JOINED, "supp 0", supp);
    qn_put_uint(&first, 0, 1);
    qn_put_uint(&half, 0, 1);
    swap_in(&second, (const char *)half.p, "stratum 1 1/3", share);
    qn_put_uint(&second, 0, 1);
    const struct plan_case pc = {.rules = (const char *)first.p, .joined = (const char *)second.p};
    const struct order_options o = {.ahead_days = -1, .level = level};
    prepare(f, &pc);
    assert_int_equal(issue(&f->c, &o, NULL), 1);
    carry(&f->c, &f->k);
    struct draw_outcome d = draw_first(&f->k);
    assert_true(d.drawn);
    settle(f);
    return d.made.id;
}

static int64_t drawn_jointly(struct family *f, enum qn_draw_level level, const char *supp)
{
    return drawn_with(f, level, supp, "stratum 1 1/3");
}

/* The n-th object that stands in just these slot lines (bits), in each by lot; false: there is none. */
static bool find_drawn(char out[QN_OBJECT_ID_MAX + 1], struct test_office *o, int64_t draw_id,
                       unsigned slots, size_t n)
{
    QN_AUTO(record) struct record r = {.rival = false};
    MUST(record_read(&r, o->st, code_of(o), draw_id, &offices_err));
    for (size_t i = 0; i < r.npicks; i++) {
        unsigned in = 0;
        bool lot = true;
        for (size_t k = 0; k < r.npicks; k++)
            if (qn_span_eq(record_object(&r, i), record_object(&r, k))) {
                in |= 1u << (r.pick[k].slot_no - 1);
                lot = lot && r.pick[k].mode == QN_LOT && k >= i;
            }
        if (in == slots && lot && n-- == 0)
            return qn_text_copy(out, QN_OBJECT_ID_MAX + 1, record_object(&r, i));
    }
    return false;
}

/* Who is sent to an object for a slot line, as its newest row says; "" without a row. */
static void sent_for(char out[400], struct test_office *o, int64_t draw_id, int64_t slot_no,
                     const char *object)
{
    struct dispatch d;
    struct qn_err none;
    out[0] = 0;
    if (dispatch_read(&d, o->st, code_of(o), draw_id, slot_no, object, &none) == QN_OK)
        strcpy(out, d.inspectors);
}

static unsigned count_of(const char *list)
{
    unsigned n = *list != 0;
    for (; *list; list++)
        n += *list == ';';
    return n;
}

/* ---- the frozen order -------------------------------------------------------------------------------------------- */

static void a_void_is_of_every_slot_line(void **state)
{
    struct family *f = *state;
    char object[QN_OBJECT_ID_MAX + 1], sent[400];
    int64_t id = drawn_jointly(f, QN_OFFLINE, "supp 5");
    assert_true(find_drawn(object, &f->k, id, 3, 0));
    struct exception_made m = except(&f->k, id, QN_EXC_VOID, object, NULL);
    assert_int_equal(m.n, 2);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(m.line[i].slot_no, i + 1);
        assert_string_equal(m.line[i].task, i ? "T2" : "T1");
        assert_false(m.line[i].exhausted || m.line[i].parent_answers);
        assert_string_not_equal(m.line[i].next, "");
        sent_for(sent, &f->k, id, i + 1, m.line[i].next);
        assert_true(count_of(sent) >= 2);
    }
    struct qn_err err;
    const struct exception_options again = {.kind = QN_EXC_VOID, .object = object};
    assert_int_equal(try_exception(&m, &f->k, id, &again, &err), QN_DENIED);
    assert_string_equal(err.id, "exc.is-void");
    settle(f);
    expect_verdicts(&f->c, "");
    expect_verdicts(&f->p, "");
    QN_AUTO(release_outcomes) struct release_outcomes out = {0};
    MUST(draw_release(&out, f->k.st, id, false, &offices_err));
    assert_int_equal(out.at[0].targets,
                     out.at[0].open); /* two are void, and each has a successor that is open */
}

static bool is_low_risk(const char *object)
{
    for (int i = 0; i < OBJECTS; i++) {
        char id[32];
        object_id(id, i);
        if (strcmp(id, object) == 0)
            return i % 3 != 0;
    }
    return false;
}

/* The second slot draws the 18 lowest tickets of 24: whoever follows in the first slot's stratum of 16, of which four or
 * five were drawn, is one of them. Two went there for the second, and three go now for both. */
static void a_successor_keeps_its_visit(void **state)
{
    struct family *f = *state;
    char object[QN_OBJECT_ID_MAX + 1], second[OBJECTS][QN_OBJECT_ID_MAX + 1], was[OBJECTS][400],
        now[400];
    int64_t id = drawn_with(f, QN_OFFLINE, "supp 9", "stratum 1 3/4");
    size_t have = 0, n = 0, at = 0;
    while (find_drawn(second[have], &f->k, id, 2, have)) {
        sent_for(was[have], &f->k, id, 2, second[have]);
        have++;
    }
    do
        assert_true(find_drawn(object, &f->k, id, 3, n++));
    while (!is_low_risk(object));
    struct exception_made m = except(&f->k, id, QN_EXC_VOID, object, NULL);
    while (at < have && strcmp(m.line[0].next, second[at]) != 0)
        at++;
    assert_true(at < have);
    sent_for(now, &f->k, id, 2, second[at]);
    assert_int_equal(count_of(was[at]), 2);
    assert_int_equal(count_of(now), 3);
    assert_memory_equal(now, was[at], strlen(was[at])); /* who goes stays */
    sent_for(was[at], &f->k, id, 1, second[at]);
    assert_string_equal(was[at], now); /* one visit for both */
    settle(f);
    expect_verdicts(&f->c, "");
    expect_verdicts(&f->p, "");
}

static void one_absence_is_of_the_visit(void **state)
{
    struct family *f = *state;
    char object[QN_OBJECT_ID_MAX + 1], gone[80], first[400], second[400], name[DRAW_NAME_MAX];
    int64_t id = drawn_jointly(f, QN_OFFLINE, "supp 5");
    assert_true(find_drawn(object, &f->k, id, 3, 0));
    sent_at(gone, &f->k, id, object, 2);
    QN_AUTO(qn_buf) struct qn_buf visits = {0};
    qn_buf_init(&visits, 65536);
    draw_name(name, "140602", id);
    MUST(exception_visits(&visits, f->k.st, name, gone, &offices_err));
    qn_put_uint(&visits, 0, 1);
    const char *at = strstr((const char *)visits.p, object);
    assert_non_null(at);
    assert_null(strstr(at + 1, object)); /* one visit, named once */
    struct exception_made m = except(&f->k, id, QN_EXC_ABSENCE, object, gone);
    assert_int_equal(m.n, 1);
    sent_for(first, &f->k, id, 1, object);
    sent_for(second, &f->k, id, 2, object);
    assert_string_equal(first, second);
    assert_null(strstr(first, gone));
    assert_non_null(strstr(first, m.line[0].next));
    settle(f);
    expect_verdicts(&f->p, "");
}

static void a_result_of_one_slot_refuses_a_void(void **state)
{
    struct family *f = *state;
    char object[QN_OBJECT_ID_MAX + 1], gone[80];
    struct exception_made m;
    struct qn_err err;
    int64_t id = drawn_jointly(f, QN_OFFLINE, "supp 5");
    assert_true(find_drawn(object, &f->k, id, 3, 0));
    write_visit(&f->k, "140602", id, qn_str(object), &(struct visit_case){.task = "T1"});
    const struct exception_options gone_now = {.kind = QN_EXC_VOID, .object = object};
    assert_int_equal(try_exception(&m, &f->k, id, &gone_now, &err), QN_CONFLICT);
    assert_string_equal(err.id, "exc.has-result");
    sent_at(gone, &f->k, id, object, 0); /* for the second slot somebody may still be absent */
    m = except(&f->k, id, QN_EXC_ABSENCE, object, gone);
    assert_int_equal(m.line[0].slot_no, 2);
}

/* ---- witnessed --------------------------------------------------------------------------------------------------- */

static void a_supplement_draws_for_every_slot_line(void **state)
{
    struct family *f = *state;
    char object[QN_OBJECT_ID_MAX + 1], other[QN_OBJECT_ID_MAX + 1], gone[80], first[400],
        second[400];
    int64_t id = drawn_jointly(f, QN_WITNESSED, "supp 0");
    assert_true(find_drawn(object, &f->k, id, 3, 0));
    assert_true(find_drawn(other, &f->k, id, 3, 1));
    struct exception_made m = except(&f->k, id, QN_EXC_VOID, object, NULL);
    assert_int_equal(m.n, 2);
    assert_true(m.line[0].parent_answers && m.line[1].parent_answers);
    sent_at(gone, &f->k, id, other, 0);
    except(&f->k, id, QN_EXC_ABSENCE, other, gone);
    settle(f);
    assert_int_equal(supplement(&f->c, NULL), 1);
    carry(&f->c, &f->k);
    struct draw_outcome d = draw_open(&f->k);
    if (!d.drawn)
        fail_msg("%s %s", d.why.id, d.why.args);
    assert_int_equal(d.made.lot, 2);
    QN_AUTO(record) struct record r = {.rival = false};
    MUST(record_read(&r, f->k.st, "140602", d.made.id, &offices_err));
    assert_int_equal(r.npicks, 2);
    assert_int_equal(r.pick[0].slot_no, 1);
    assert_int_equal(r.pick[1].slot_no, 2);
    sent_for(first, &f->k, id, 1, other);
    sent_for(second, &f->k, id, 2, other);
    assert_string_equal(first, second);
    assert_null(strstr(first, gone));
    settle(f);
    expect_verdicts(&f->c, "");
    expect_verdicts(&f->p, "");
}

/* ---- what another finds ------------------------------------------------------------------------------------------- */

/* Void for one matter only, with the right successor; and then inspected for the other. */
static void void_for_one_matter_only(void **state)
{
    struct family *f = *state;
    char object[QN_OBJECT_ID_MAX + 1];
    int64_t id = drawn_jointly(f, QN_WITNESSED, "supp 0");
    assert_true(find_drawn(object, &f->k, id, 3, 0));
    struct qn_exc x = exception_of(&f->k, id, QN_EXC_VOID, object, NULL);
    x.slot = 2;
    write_exception(&f->k, id, &x, NULL);
    settle(f);
    expect_verdicts(&f->p, "draw: VOID_NO_EVIDENCE");
    write_visit(&f->k, "140602", id, qn_str(object), &(struct visit_case){.task = "T1"});
    settle(f);
    expect_verdicts(&f->p, "draw: VOID_NO_EVIDENCE VOID_CONTRADICTED");
}

/* The successor of the first matter is told for the second too. */
static void one_successor_for_both(void **state)
{
    struct family *f = *state;
    char object[QN_OBJECT_ID_MAX + 1];
    int64_t id = drawn_jointly(f, QN_OFFLINE, "supp 5");
    for (size_t n = 0;; n++) { /* one whose successors differ */
        assert_true(find_drawn(object, &f->k, id, 3, n));
        QN_AUTO(order_lines) struct order_lines all = {0};
        QN_AUTO(ground) struct ground g = {.loaded = false};
        QN_AUTO(chain) struct chain c = {.st = NULL};
        const struct chain_exc *e;
        struct qn_exc x = exception_of(&f->k, id, QN_EXC_VOID, object, NULL);
        char next[2][QN_EXC_ID];
        MUST(order_list(&all, f->k.st, "140602", &offices_err));
        MUST(chain_load(&c, f->k.st, "140602", id, &all, &g, &offices_err));
        for (uint8_t slot = 1; slot <= 2; slot++) {
            x.slot = slot;
            MUST(chain_follow(&c, &x, id, &e, &offices_err));
            strcpy(next[slot - 1], e->x.next);
        }
        if (strcmp(next[0], next[1]) == 0)
            continue;
        x.slot = 2;
        strcpy(x.next, next[0]);
        write_exception(&f->k, id, &x, NULL);
        break;
    }
    settle(f);
    char got[2000];
    verdicts(got, &f->p);
    assert_non_null(strstr(got, "SUPP_OUT_OF_ORDER"));
}

int main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, family_setup, family_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_void_is_of_every_slot_line),
        TEST(a_successor_keeps_its_visit),
        TEST(one_absence_is_of_the_visit),
        TEST(a_result_of_one_slot_refuses_a_void),
        TEST(a_supplement_draws_for_every_slot_line),
        TEST(void_for_one_matter_only),
        TEST(one_successor_for_both),
    };
    return cmocka_run_group_tests_name("exceptions of joint draws", tests, NULL, NULL);
}
