/* test_exception.c - after a draw, between honest offices: voids, absences, recusals, replacements, supplements. */
#include "tests/unit/exception_case.h"

#include "node/draw/carry.h"

/* ---- the frozen order -------------------------------------------------------------------------------------------- */

static void the_next_follows_until_nobody_is_left(void **state)
{
    struct family *f = *state;
    char object[QN_OBJECT_ID_MAX + 1], sent[400];
    int64_t id = drawn_at(f, QN_OFFLINE, "supp 2");
    target(object, &f->k, id, QN_LOT, 0);
    for (int i = 0; i < 2; i++) {
        struct exception_made m = except(&f->k, id, QN_EXC_VOID, object, NULL);
        assert_false(m.line[0].parent_answers || m.line[0].exhausted);
        assert_string_not_equal(m.line[0].next, "");
        sent_to(sent, &f->k, "140602", id, qn_str(m.line[0].next));
        assert_non_null(strchr(sent, ';')); /* two go there */
        strcpy(object, m.line[0].next);     /* the successor is void too */
    }
    settle(f);
    expect_verdicts(&f->c, "");
    expect_verdicts(&f->p, "");
    struct exception_made m = except(&f->k, id, QN_EXC_VOID, object, NULL);
    assert_true(m.line[0].exhausted);
    assert_string_equal(m.line[0].next, "");
    settle(f);
    expect_verdicts(&f->p, "draw: SUPP_EXHAUSTED");
    assert_int_equal(supplement(&f->c, NULL), 0);
}

static void a_void_must_has_no_successor(void **state)
{
    struct family *f = *state;
    char object[QN_OBJECT_ID_MAX + 1];
    int64_t id = drawn_at(f, QN_OFFLINE, "supp 2");
    target(object, &f->k, id, QN_MUST, 0);
    struct exception_made m = except(&f->k, id, QN_EXC_VOID, object, NULL);
    assert_string_equal(m.line[0].next, "");
    assert_false(m.line[0].exhausted || m.line[0].parent_answers);
    settle(f);
    expect_verdicts(&f->p, "");
}

static void somebody_else_goes(void **state)
{
    struct family *f = *state;
    char object[QN_OBJECT_ID_MAX + 1], gone[80], stays[80], sent[400];
    int64_t id = drawn_at(f, QN_OFFLINE, "supp 2");
    for (size_t i = 0; i < 3; i++) {
        const enum qn_exc_kind kind[] = {QN_EXC_ABSENCE, QN_EXC_REPLACE, QN_EXC_RECUSAL};
        const int32_t from_today[] = {2, 1, 0}; /* else too few would be left */
        char on[11];
        day(on, from_today[i]);
        target(object, &f->k, id, QN_LOT, i);
        sent_at(gone, &f->k, id, object, 1);
        sent_at(stays, &f->k, id, object, 0);
        struct exception_made m;
        const struct exception_options x = {
            .kind = kind[i], .object = object, .inspector = strchr(gone, '/') + 1, .date = on};
        MUST(try_exception(&m, &f->k, id, &x, &offices_err));
        assert_string_not_equal(m.line[0].next, "");
        assert_string_not_equal(m.line[0].next, gone);
        sent_to(sent, &f->k, "140602", id, qn_str(object));
        assert_null(strstr(sent, gone));
        assert_non_null(strstr(sent, m.line[0].next));
        assert_non_null(strstr(sent, stays));
        settle(f);
        expect_verdicts(&f->p, kind[i] == QN_EXC_RECUSAL ? "draw: RECUSAL_LATE" : "");
    }
    /* Who went instead makes the visit; the pair that was drawn at first would be told. */
    write_result(&f->k, "140602", id, qn_str(object));
    settle(f);
    expect_verdicts(&f->p, "draw: RECUSAL_LATE");
}

static void all_visits_of_an_inspector(void **state)
{
    struct family *f = *state;
    char object[QN_OBJECT_ID_MAX + 1], gone[80], name[DRAW_NAME_MAX];
    int64_t id = drawn_at(f, QN_OFFLINE, "supp 2");
    target(object, &f->k, id, QN_LOT, 0);
    sent_at(gone, &f->k, id, object, 0);
    draw_name(name, "140602", id);
    QN_AUTO(qn_buf) struct qn_buf before = {0}, after = {0};
    qn_buf_init(&before, 65536);
    qn_buf_init(&after, 65536);
    MUST(exception_visits(&before, f->k.st, name, gone, &offices_err));
    assert_true(before.n > 0);
    for (size_t at = 0; at < before.n;) {
        const char *line = (const char *)before.p + at;
        size_t n = strcspn(line, "\n");
        snprintf(object, sizeof(object), "%.*s", (int)n, line);
        at += n + 1;
        except(&f->k, id, QN_EXC_ABSENCE, object, gone);
    }
    MUST(exception_visits(&after, f->k.st, name, gone, &offices_err));
    assert_int_equal(after.n, 0);
    settle(f);
    expect_verdicts(&f->p, "");
}

/* ---- what is refused ---------------------------------------------------------------------------------------------- */

static struct refusal {
    const char *name;
    struct exception_options x; /* object "lot", "void", "done", "other" or an id */
    const char *want;
} refusals[] = {
    {"an object that was not drawn", {.kind = QN_EXC_VOID, .object = "E:1"}, "exc.not-drawn"},
    {"void twice", {.kind = QN_EXC_VOID, .object = "void"}, "exc.is-void"},
    {"absent from a void target",
     {.kind = QN_EXC_ABSENCE, .object = "void", .inspector = "JS001"},
     "exc.is-void"},
    {"a return of what the office drew itself",
     {.kind = QN_EXC_RETURN, .object = "lot"},
     "exc.not-listed"},
    {"a return of what is void", {.kind = QN_EXC_RETURN, .object = "void"}, "exc.is-void"},
    {"a return of what has a result", {.kind = QN_EXC_RETURN, .object = "done"}, "exc.has-result"},
    {"a return without a record",
     {.kind = QN_EXC_RETURN, .object = "lot", .evidence = ""},
     "exc.evidence"},
    {"a return for a void's reason",
     {.kind = QN_EXC_RETURN, .object = "lot", .reason = "closed"},
     "exc.reason"},
    {"sent on without a return",
     {.kind = QN_EXC_REASSIGN, .object = "lot", .next = "140622"},
     "exc.not-returned"},
    {"sent on to nobody", {.kind = QN_EXC_REASSIGN, .object = "lot"}, "exc.not-to"},
    {"sent on to what is no office",
     {.kind = QN_EXC_REASSIGN, .object = "lot", .next = "14-06"},
     "exc.not-to"},
    {"taken on, and never sent", {.kind = QN_EXC_RECEIVE, .object = "lot"}, "exc.not-sent-on"},
    {"taken on, and nowhere known", {.kind = QN_EXC_RECEIVE, .object = "E:1"}, "exc.not-sent-on"},
    {"a target with a result", {.kind = QN_EXC_VOID, .object = "done"}, "exc.has-result"},
    {"no evidence", {.kind = QN_EXC_VOID, .object = "lot", .evidence = ""}, "exc.evidence"},
    {"evidence that is not there",
     {.kind = QN_EXC_VOID, .object = "lot", .evidence = "/nowhere.pdf"},
     "file.absent"},
    {"a reason of another kind",
     {.kind = QN_EXC_VOID, .object = "lot", .reason = "sick"},
     "exc.reason"},
    {"no reason of any", {.kind = QN_EXC_VOID, .object = "lot", .reason = "tired"}, "exc.reason"},
    {"nobody records it", {.kind = QN_EXC_VOID, .object = "lot", .by = ""}, "exc.by"},
    {"no day", {.kind = QN_EXC_VOID, .object = "lot", .date = "2021-02-30"}, "exc.date"},
    {"an inspector who is not sent there",
     {.kind = QN_EXC_ABSENCE, .object = "lot", .inspector = "JS000"},
     "exc.not-sent"},
    {"an inspector of nobody's",
     {.kind = QN_EXC_RECUSAL, .object = "lot", .inspector = "JS999"},
     "exc.not-sent"},
    {"nobody is absent", {.kind = QN_EXC_ABSENCE, .object = "lot"}, "exc.not-sent"},
    {"another office's draw",
     {.kind = QN_EXC_VOID, .object = "lot", .draw = "140622:1-5-0"},
     "exc.not-ours"},
    {"a draw that is none",
     {.kind = QN_EXC_VOID, .object = "lot", .draw = "140602:1-5-0"},
     "exc.no-main"},
};

static void is_refused(void **state)
{
    struct family *f = *state;
    char lot[QN_OBJECT_ID_MAX + 1], gone[QN_OBJECT_ID_MAX + 1], done[QN_OBJECT_ID_MAX + 1];
    int64_t id = drawn_at(f, QN_OFFLINE, "supp 2");
    target(lot, &f->k, id, QN_LOT, 0);
    target(gone, &f->k, id, QN_LOT, 1);
    target(done, &f->k, id, QN_LOT, 2);
    except(&f->k, id, QN_EXC_VOID, gone, NULL);
    write_result(&f->k, "140602", id, qn_str(done));
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        struct exception_options x = refusals[i].x;
        struct exception_made m;
        struct qn_err err = {.id = ""};
        x.object = strcmp(x.object, "lot") == 0    ? lot
                   : strcmp(x.object, "void") == 0 ? gone
                   : strcmp(x.object, "done") == 0 ? done
                                                   : x.object;
        enum qn_code rc = try_exception(&m, &f->k, id, &x, &err);
        if (!rc || strcmp(err.id, refusals[i].want) != 0)
            fail_msg("%s: %s instead of %s", refusals[i].name, rc ? err.id : "taken",
                     refusals[i].want);
    }
    settle(f);
    expect_verdicts(&f->p, "");
}

/* ---- witnessed: the parent answers --------------------------------------------------------------------------------- */

static void a_supplement_answers(void **state)
{
    struct family *f = *state;
    char first[QN_OBJECT_ID_MAX + 1], second[QN_OBJECT_ID_MAX + 1], must[QN_OBJECT_ID_MAX + 1],
        gone[80], sent[400];
    struct qn_err why = {.id = ""};
    int64_t id = drawn_at(f, QN_WITNESSED, "supp 0");
    target(first, &f->k, id, QN_LOT, 0);
    target(second, &f->k, id, QN_LOT, 1);
    target(must, &f->k, id, QN_MUST, 0);
    assert_int_equal(supplement(&f->c, NULL), 0);
    assert_true(except(&f->k, id, QN_EXC_VOID, first, NULL).line[0].parent_answers);
    assert_false(except(&f->k, id, QN_EXC_VOID, must, NULL).line[0].parent_answers);
    sent_at(gone, &f->k, id, second, 0);
    struct exception_made m = except(&f->k, id, QN_EXC_ABSENCE, second, gone);
    assert_true(m.line[0].parent_answers);
    assert_string_equal(m.line[0].next, "");
    settle(f);
    expect_verdicts(&f->p, ""); /* what is still open is no finding */
    assert_int_equal(supplement(&f->c, NULL), 1);
    assert_int_equal(supplement(&f->c, &why), 0);
    assert_string_equal(why.id, "exc.waits");
    carry(&f->c, &f->k);
    struct draw_outcome d = draw_open(&f->k);
    if (!d.drawn)
        fail_msg("%s %s", d.why.id, d.why.args);
    assert_int_equal(d.made.lot, 1);
    sent_to(sent, &f->k, "140602", id, qn_str(second));
    assert_null(strstr(sent, gone));
    assert_non_null(strchr(sent, ';'));
    settle(f);
    expect_verdicts(&f->c, "");
    expect_verdicts(&f->p, "");
    /* The successor is void in its turn, and the next supplement is number 2. */
    target(first, &f->k, d.made.id, QN_LOT, 0);
    except(&f->k, d.made.id, QN_EXC_VOID, first, NULL);
    settle(f);
    assert_int_equal(supplement(&f->c, NULL), 1);
    carry(&f->c, &f->k);
    d = draw_open(&f->k);
    assert_true(d.drawn);
    settle(f);
    expect_verdicts(&f->p, "");
    QN_AUTO(order_lines) struct order_lines all = {0};
    MUST(order_list(&all, f->p.st, "140602", &offices_err));
    assert_int_equal(all.n, 3);
    assert_int_equal(all.at[2].supp, 2);
}

/* ---- what stays ----------------------------------------------------------------------------------------------------- */

static void who_was_void_is_a_must_and_a_recusal_stays(void **state)
{
    struct family *f = *state;
    struct freeze_made m;
    char gone[QN_OBJECT_ID_MAX + 1], other[QN_OBJECT_ID_MAX + 1], who[80];
    int64_t id = drawn_at(f, QN_OFFLINE, "supp 2");
    target(gone, &f->k, id, QN_LOT, 0);
    target(other, &f->k, id, QN_LOT, 1);
    sent_at(who, &f->k, id, other, 0);
    except(&f->k, id, QN_EXC_VOID, gone, NULL);
    except(&f->k, id, QN_EXC_RECUSAL, other, who);
    MUST(freeze_make(&m, f->k.st, &offices_err));
    assert_true(m.made);
    assert_int_equal(m.version, 2);
    assert_int_equal(m.marks, 2);
    assert_int_equal(m.recusals, 2);
    MUST(freeze_make(&m, f->k.st, &offices_err));
    assert_false(m.made); /* once is enough */
    settle(f);
    /* A second slot is drawn from that freeze: the void object is a must although the rules name no such reason. */
    QN_AUTO(qn_buf) struct qn_buf rules = {0};
    qn_buf_init(&rules, QN_RULES_MAX);
    swap_in(&rules, RULES, "2021 T1 1", "2021 T2 1");
    qn_put_uint(&rules, 0, 1);
    write_plan(&f->c, &(struct plan_case){.rules = (const char *)rules.p, .task = "T2"});
    settle(f);
    assert_int_equal(issue(&f->c, NULL, NULL), 1);
    carry(&f->c, &f->k);
    struct draw_outcome d = draw_open(&f->k);
    assert_true(d.drawn);
    assert_int_equal(d.made.must, 2);
    settle(f);
    expect_verdicts(&f->p, "draw: RECUSAL_LATE");
    /* A result ends it: the mark is lifted. */
    write_result(&f->k, "140602", d.made.id, qn_str(gone));
    MUST(freeze_make(&m, f->k.st, &offices_err));
    assert_true(m.made);
    assert_int_equal(m.marks, 1);
    assert_int_equal(m.recusals, 2);
}

static void a_deregistered_object_is_not_carried(void **state)
{
    struct family *f = *state;
    struct freeze_made m;
    char gone[QN_OBJECT_ID_MAX + 1];
    int64_t id = drawn_at(f, QN_OFFLINE, "supp 2");
    target(gone, &f->k, id, QN_LOT, 0);
    except(&f->k, id, QN_EXC_VOID, gone, NULL);
    char sql[400];
    snprintf(sql, sizeof(sql), "UPDATE object SET status = 'deregistered' WHERE object_id = '%s'",
             gone);
    edit(&f->k, sql);
    int64_t version = 0;
    MUST(carry_over(&version, f->k.st, &offices_err));
    assert_int_equal(version, 0);
    edit(&f->k, "UPDATE object SET status = 'revoked' WHERE status = 'deregistered'");
    MUST(carry_over(&version, f->k.st, &offices_err));
    assert_int_equal(version, 2);
    MUST(freeze_make(&m, f->k.st, &offices_err));
    assert_int_equal(m.marks, 2);
}

/* ---- released when its chain is closed ------------------------------------------------------------------------------ */

static struct release_outcome try_release(struct family *f, int64_t id)
{
    QN_AUTO(release_outcomes) struct release_outcomes r = {0};
    MUST(draw_release(&r, f->k.st, id, false, &offices_err));
    assert_int_equal(r.n, 1);
    return r.at[0];
}

static void visit_all_but(struct family *f, int64_t id, const char *but)
{
    QN_AUTO(record) struct record r = {.rival = false};
    MUST(record_read(&r, f->k.st, "140602", id, &offices_err));
    for (size_t i = 0; i < r.npicks; i++)
        if (!qn_span_is(record_object(&r, i), but))
            write_result(&f->k, "140602", id, record_object(&r, i));
}

static void released_when_the_successor_was_visited(void **state)
{
    struct family *f = *state;
    char gone[QN_OBJECT_ID_MAX + 1];
    int64_t id = drawn_at(f, QN_OFFLINE, "supp 2");
    target(gone, &f->k, id, QN_LOT, 0);
    struct exception_made m = except(&f->k, id, QN_EXC_VOID, gone, NULL);
    visit_all_but(f, id, gone);
    struct release_outcome o = try_release(f, id);
    assert_false(o.released);
    assert_string_equal(o.why.id, "release.early");
    assert_int_equal(o.open, 2); /* the void one, and who follows it */
    write_result(&f->k, "140602", id, qn_str(m.line[0].next));
    o = try_release(f, id);
    assert_true(o.released && !o.early);
    settle(f);
    expect_verdicts(&f->p, "");
}

static void released_early_while_a_chain_is_open(void **state)
{
    struct family *f = *state;
    char gone[QN_OBJECT_ID_MAX + 1];
    int64_t id = drawn_at(f, QN_OFFLINE, "supp 2");
    target(gone, &f->k, id, QN_LOT, 0);
    except(&f->k, id, QN_EXC_VOID, gone, NULL);
    visit_all_but(f, id, gone);
    QN_AUTO(release_outcomes) struct release_outcomes r = {0};
    MUST(draw_release(&r, f->k.st, id, true, &offices_err));
    assert_true(r.at[0].released && r.at[0].early);
    settle(f);
    expect_verdicts(&f->p, "draw: RELEASE_EARLY");
}

static void released_when_the_supplement_was_visited(void **state)
{
    struct family *f = *state;
    char gone[QN_OBJECT_ID_MAX + 1], next[QN_OBJECT_ID_MAX + 1];
    int64_t id = drawn_at(f, QN_WITNESSED, "supp 0");
    target(gone, &f->k, id, QN_LOT, 0);
    except(&f->k, id, QN_EXC_VOID, gone, NULL);
    visit_all_but(f, id, gone);
    settle(f);
    assert_int_equal(try_release(f, id).open, 1);
    assert_int_equal(supplement(&f->c, NULL), 1);
    carry(&f->c, &f->k);
    struct draw_outcome d = draw_open(&f->k);
    assert_true(d.drawn);
    assert_int_equal(try_release(f, id).open, 1);
    target(next, &f->k, d.made.id, QN_LOT, 0);
    write_result(&f->k, "140602", d.made.id, qn_str(next));
    assert_true(try_release(f, id).released);
    assert_true(try_release(f, d.made.id).released);
    settle(f);
    expect_verdicts(&f->p, "");
}

#define OF(name) cmocka_unit_test_setup_teardown(name, family_setup, family_teardown)

int main(void)
{
    const struct CMUnitTest test[] = {
        OF(the_next_follows_until_nobody_is_left),
        OF(a_void_must_has_no_successor),
        OF(somebody_else_goes),
        OF(all_visits_of_an_inspector),
        OF(is_refused),
        OF(a_supplement_answers),
        OF(who_was_void_is_a_must_and_a_recusal_stays),
        OF(a_deregistered_object_is_not_carried),
        OF(released_when_the_successor_was_visited),
        OF(released_early_while_a_chain_is_open),
        OF(released_when_the_supplement_was_visited),
    };
    return cmocka_run_group_tests_name("exception", test, NULL, NULL);
}
