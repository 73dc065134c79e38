/* test_record_follow.c - a follow-up from order to end: revisions and withdrawals, states, addressees, and what others say. */
#include "tests/unit/record_case.h"

#include "node/work/deadline.h"

static void a_follow_up_from_order_to_end(void **state)
{
    struct family *f = *state;
    struct test_office *k = &f->k;
    char ref[120], order[80], order_ref[120], case_name[80], recheck[80], again[80];
    with(ref, "follow_up", follow);
    assert_string_equal(state_of(k, "follow_up", follow), "open");
    MUST(WRITE(k, "correction_order", order, ORDER));
    assert_string_equal(state_of(k, "follow_up", follow), "ordered");
    assert_string_equal(state_of(k, "correction_order", order), "issued");

    /* Served, put off, never sooner; what it is about stays. */
    assert_int_equal(revise(k, "correction_order", order, "served_on", "2021-09-08", false),
                     QN_MALFORMED);
    {
        QN_AUTO(record_draft) struct record_draft d = {0};
        MUST(record_revise(&d, k->st, record_type("correction_order"), order, "李四", "已送达",
                           &offices_err));
        MUST(record_set(&d, "served_on", qn_str("2021-09-08"), &offices_err));
        MUST(record_set(&d, "received_by", qn_str("周某"), &offices_err));
        MUST(record_write(&d, &offices_err));
        assert_int_equal(d.rev, 2);
    }
    assert_string_equal(state_of(k, "correction_order", order), "served");
    assert_int_equal(revise(k, "correction_order", order, "due_on", "2021-09-20", false),
                     QN_DENIED);
    assert_string_equal(offices_err.id, "follow.sooner");
    MUST(revise(k, "correction_order", order, "due_on", "2021-10-15", false));
    assert_string_equal(state_of(k, "correction_order", order), "extended");
    assert_int_equal(revise(k, "correction_order", order, "doc_no", "2号", false), QN_DENIED);
    assert_string_equal(offices_err.id, "value.fixed");

    with(order_ref, "order", order);
    MUST(WRITE(k, "recheck", again, RECHECK, order_ref, "outcome=not_corrected", "note=台账仍缺"));
    assert_string_equal(state_of(k, "correction_order", order), "not_corrected");
    MUST(WRITE(k, "recheck", recheck, ref, "done_on=2021-10-15", "inspectors=140602/0001、李强",
               order_ref, "outcome=corrected", "evidence=" DIGEST));
    assert_string_equal(state_of(k, "correction_order", order), "corrected");
    /* Correction does not stand for the decision on a case. */
    assert_string_equal(state_of(k, "follow_up", follow), "corrected");
    MUST(WRITE(k, "case_file", case_name, ref, "outcome=filed", "doc_no=朔市监立〔2021〕3号",
               "filed_on=2021-10-16"));
    assert_string_equal(state_of(k, "follow_up", follow), "corrected");
    MUST(revise(k, "case_file", case_name, NULL, NULL, true));
    MUST(WRITE(k, "case_file", case_name, ref, "outcome=not_filed", "note=情节轻微，已改正"));
    assert_string_equal(state_of(k, "follow_up", follow), "closed");

    /* What was withdrawn neither counts nor is changed nor referred to. */
    MUST(revise(k, "recheck", recheck, NULL, NULL, true));
    assert_string_equal(state_of(k, "follow_up", follow), "ordered");
    assert_int_equal(revise(k, "recheck", recheck, "note", "x", false), QN_DENIED);
    assert_string_equal(offices_err.id, "records.withdrawn");
    /* What others rest on is not withdrawn before them. */
    assert_int_equal(revise(k, "correction_order", order, NULL, NULL, true), QN_CONFLICT);
    assert_string_equal(offices_err.id, "records.referred");
    assert_int_equal(revise(k, "follow_up", follow, NULL, NULL, true), QN_CONFLICT);
    MUST(revise(k, "recheck", again, NULL, NULL, true));
    MUST(revise(k, "correction_order", order, NULL, NULL, true));
    assert_int_equal(
        WRITE(k, "recheck", NULL, RECHECK, order_ref, "outcome=not_corrected", "note=x"),
        QN_DENIED);
    assert_string_equal(offices_err.id, "records.withdrawn");
}

static void a_transfer_goes_to_its_receiver_and_the_answer_back(void **state)
{
    struct family *f = *state;
    char ref[120], transfer[80], back[120];
    with(ref, "follow_up", follow);
    MUST(WRITE(&f->k, "transfer", transfer, ref, "receiver_kind=office", "receiver_office=1406",
               "receiver=朔州市局", "doc_no=朔区市监移〔2021〕1号", "sent_on=2021-10-20"));
    assert_string_equal(state_of(&f->k, "transfer", transfer), "sent");
    carry(&f->k, &f->c);
    with(back, "transfer", transfer);
    /* Whoever sent it does not answer for an office; nor does an answer come before the letter. */
    assert_int_equal(WRITE(&f->k, "transfer_answer", NULL, back, "outcome=closed",
                           "answered_on=2021-10-22", "doc_no=1"),
                     QN_DENIED);
    assert_string_equal(offices_err.id, "follow.not-the-receiver");
    assert_int_equal(
        WRITE(&f->c, "transfer_answer", NULL, back, "outcome=accepted", "answered_on=2021-10-19"),
        QN_MALFORMED);
    assert_string_equal(offices_err.id, "follow.before-transfer");
    assert_int_equal(
        WRITE(&f->c, "transfer_answer", NULL, back, "outcome=returned", "answered_on=2021-10-22"),
        QN_MALFORMED);
    MUST(WRITE(&f->c, "transfer_answer", NULL, back, "outcome=accepted", "answered_on=2021-10-22",
               "doc_no=收1号"));
    carry(&f->c, &f->k);
    assert_string_equal(state_of(&f->k, "transfer", transfer), "accepted");
    assert_string_equal(state_of(&f->k, "follow_up", follow), "transferred");
    /* What the receiver does about it notes by which transfer it came; until it is over, the transfer is not. */
    char own[80];
    assert_int_equal(WRITE(&f->k, "follow_up", NULL, back, "disposal=D03", "opened_on=2021-10-22"),
                     QN_DENIED);
    assert_string_equal(offices_err.id, "follow.not-the-receiver");
    MUST(WRITE(&f->c, "follow_up", own, back, "disposal=D03", "opened_on=2021-10-22"));
    assert_int_equal(
        WRITE(&f->c, "transfer_answer", NULL, back, "outcome=closed", "answered_on=2021-10-30"),
        QN_DENIED);
    assert_string_equal(offices_err.id, "follow.still-open");
    assert_int_equal(
        WRITE(&f->c, "transfer_answer", NULL, back, "outcome=accepted", "answered_on=2021-10-19"),
        QN_MALFORMED);
    assert_string_equal(offices_err.id, "follow.before-transfer");
    carry(&f->c, &f->p);
    assert_int_equal(
        WRITE(&f->p, "transfer_answer", NULL, back, "outcome=closed", "answered_on=2021-10-30"),
        QN_DENIED);
    assert_string_equal(offices_err.id, "follow.not-the-receiver");
    assert_int_equal(revise(&f->c, "follow_up", own, NULL, NULL, true), QN_OK);
    MUST(WRITE(&f->c, "transfer_answer", NULL, back, "outcome=closed", "answered_on=2021-10-30"));
    carry(&f->c, &f->k);
    assert_string_equal(state_of(&f->k, "transfer", transfer), "closed");
    assert_string_equal(state_of(&f->k, "follow_up", follow), "closed");
    /* Another office's record is answered, not changed. */
    assert_int_equal(revise(&f->c, "transfer", transfer, "materials", "x", false), QN_DENIED);
    assert_string_equal(offices_err.id, "records.not-own");
}

/* SPEC records-10: "It is of no order of another follow-up, and not before the follow-up was opened, nor before its order was
 * issued" */
static void a_recheck_is_of_its_own_order(void **state)
{
    struct family *f = *state;
    struct test_office *k = &f->k;
    char of[120], ref[120], other[120], order[80], order_ref[120], name[80];
    with(of, "result", result);
    MUST(WRITE(k, "follow_up", name, of, "disposal=D02", "opened_on=2021-09-08"));
    with(ref, "follow_up", follow);
    with(other, "follow_up", name);
    MUST(WRITE(k, "correction_order", order, other, "doc_no=9号", "matter=x",
               "issued_on=2021-09-20", "due_on=2021-10-20"));
    with(order_ref, "order", order);
#define OF_ORDER "inspectors=140602/0001、李强", order_ref, "outcome=not_corrected", "note=x"
    assert_int_equal(WRITE(k, "recheck", NULL, ref, "done_on=2021-09-30", OF_ORDER), QN_DENIED);
    assert_string_equal(offices_err.id, "follow.other-order");
    assert_int_equal(WRITE(k, "recheck", NULL, other, "done_on=2021-09-19", OF_ORDER),
                     QN_MALFORMED);
    assert_string_equal(offices_err.id, "follow.recheck-early");
    MUST(WRITE(k, "recheck", NULL, other, "done_on=2021-09-20", OF_ORDER));
}

/* ---- what others say of a transfer ---------------------------------------------------------------------------------- */

/* A program without rules: an answer of this office to anybody's transfer. */
static void forge_answer(struct test_office *o, const char *to, const char *transfer,
                         const char *outcome)
{
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    char office[QN_CODE_MAX + 1];
    int64_t id;
    MUST(record_name(transfer, o->st, office, &id, &offices_err));
    MUST(act_open(&a, o->st, QN_KIND_RESULT, QN_LANE_RESULT, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, to, &offices_err));
    row_start(&row, &a, "transfer_answer", act_id(&a), 1);
    row_text(&row, "transfer_office", office);
    row_int(&row, "transfer_id", id);
    row_int(&row, "transfer_rev", 1);
    row_text(&row, "outcome", outcome);
    row_text(&row, "doc_no", "x");
    row_text(&row, "answered_on", "2021-12-31");
    row_text(&row, "acted_by", "x");
    row_text(&row, "recorded_on", "2021-12-31T09:00:00");
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
}

static enum qn_code first_transfer(void *ctx, const struct deadline *d, struct qn_err *err)
{
    (void)err;
    *(int32_t *)ctx = d->ended;
    return QN_OK;
}

/* SPEC records-12: "what any other office writes is no answer" */
static void only_the_receiver_answers(void **state)
{
    struct family *f = *state;
    char ref[120], transfer[80], paper[80], back[120];
    int32_t ended = -1;
    with(ref, "follow_up", follow);
    MUST(WRITE(&f->k, "transfer", transfer, ref, "receiver_kind=office", "receiver_office=1406",
               "receiver=朔州市局", "doc_no=移1号", "sent_on=2021-10-20"));
    carry(&f->k, &f->c);
    carry(&f->c, &f->p);
    /* Its own sender closes it, and the province: to the sender and to everybody above it stays as it was. */
    forge_answer(&f->k, "1406", transfer, "closed");
    forge_answer(&f->p, "140602", transfer, "closed");
    carry(&f->k, &f->c);
    carry(&f->p, &f->c);
    carry(&f->c, &f->k);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM transfer_answer"), 2);
    assert_string_equal(state_of(&f->k, "transfer", transfer), "sent");
    assert_string_equal(state_of(&f->c, "transfer", transfer), "sent");
    assert_string_not_equal(state_of(&f->k, "follow_up", follow), "closed");
    const struct deadline_query q = {
        .office = "1406", .source = "transfer", .within = 0, .ended = true};
    MUST(deadline_each(f->c.st, &q, first_transfer, &ended, &offices_err));
    assert_int_equal(ended, -1); /* the receiver still owes its answer */
    forge_answer(&f->c, "140602", transfer, "accepted");
    carry(&f->c, &f->k);
    assert_string_equal(state_of(&f->k, "transfer", transfer), "accepted");
    MUST(deadline_each(f->c.st, &q, first_transfer, &ended, &offices_err));
    assert_true(ended > 0);

    /* To the police: they answer on paper, under the number of their letter, and the sender says so. */
    MUST(WRITE(&f->k, "transfer", paper, ref, "receiver_kind=police", "receiver=县公安局",
               "doc_no=移2号", "sent_on=2021-10-20"));
    carry(&f->k, &f->c);
    with(back, "transfer", paper);
    assert_int_equal(
        WRITE(&f->c, "transfer_answer", NULL, back, "outcome=accepted", "answered_on=2021-10-22"),
        QN_DENIED);
    assert_string_equal(offices_err.id, "follow.not-the-receiver");
    assert_int_equal(
        WRITE(&f->k, "transfer_answer", NULL, back, "outcome=accepted", "answered_on=2021-10-22"),
        QN_MALFORMED);
    assert_string_equal(offices_err.id, "value.empty");
    MUST(WRITE(&f->k, "transfer_answer", NULL, back, "outcome=accepted", "answered_on=2021-10-22",
               "doc_no=公受1号"));
    assert_string_equal(state_of(&f->k, "transfer", paper), "accepted");
}

/* SPEC records-19: "while a record of the office that stands refers to it" - another office's record may have the number. */
static void a_number_of_another_office_does_not_bind(void **state)
{
    struct family *f = *state;
    char ref[120], transfer[80], office[QN_CODE_MAX + 1];
    struct qn_row row;
    int64_t id;
    with(ref, "follow_up", follow);
    MUST(WRITE(&f->k, "transfer", transfer, ref, "receiver_kind=office", "receiver_office=1406",
               "receiver=朔州市局", "doc_no=移1号", "sent_on=2021-10-20"));
    MUST(record_name(transfer, f->k.st, office, &id, &offices_err));
    QN_AUTO(act) struct act a = {0};
    MUST(act_open(&a, f->k.st, QN_KIND_RESULT, QN_LANE_RESULT, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    row_start(&row, &a, "follow_up", act_id(&a), 1);
    row_text(&row, "transfer_office", "1406");
    row_int(&row, "transfer_id", id);
    row_int(&row, "transfer_rev", 1);
    row_text(&row, "disposal", "D03");
    row_text(&row, "opened_on", "2021-10-21");
    row_text(&row, "acted_by", "x");
    row_text(&row, "recorded_on", "2021-10-21T09:00:00");
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
    MUST(revise(&f->k, "transfer", transfer, NULL, NULL, true));
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, family_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_follow_up_from_order_to_end),
        TEST(a_transfer_goes_to_its_receiver_and_the_answer_back),
        TEST(a_recheck_is_of_its_own_order),
        TEST(only_the_receiver_answers),
        TEST(a_number_of_another_office_does_not_bind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
