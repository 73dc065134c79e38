/* test_held.c - which results are made public, and which are held: what the office's rule asks for, what a review said, and
 * nobody what is his own. */
#include "tests/unit/publish_family.h"
#include "tests/unit/written.h"

#include "node/work/record.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define WRITE(o, by, kind, ...) \
    write_as(o, by, kind, NULL, (const char *const[]){__VA_ARGS__, NULL}, NULL)

static void name_of(char out[80], struct test_office *o, int64_t id)
{
    record_name_text(out, code_of(o), id);
}

static enum qn_code review(struct test_office *o, struct test_office *of, int64_t id,
                           const char *outcome)
{
    char what[80], name[100], word[40], today[11], on[30];
    name_of(what, of, id);
    snprintf(name, sizeof(name), "inspection=%s", what);
    snprintf(word, sizeof(word), "outcome=%s", outcome);
    clock_today(NULL, today);
    snprintf(on, sizeof(on), "reviewed_on=%s", today);
    return WRITE(o, "审核员", "result_review", name, word, on, "note=x");
}

static void rule(struct test_office *o, const char *asks, int days)
{
    char from[11], valid[40], word[40];
    days_from_today(from, days);
    snprintf(valid, sizeof(valid), "valid_from=%s", from);
    snprintf(word, sizeof(word), "review=%s", asks);
    MUST(WRITE(o, "负责人", "review_rule", word, valid, "doc_no=1"));
}

static enum qn_code publish(struct published *p, struct test_office *o, const char *by,
                            const char *result)
{
    memset(p, 0, sizeof(*p));
    person_enter(o->st, by);
    return publish_results(p, o->st, result, &offices_err);
}

static void refused(struct test_office *o, const char *by, const char *result, const char *id)
{
    struct published p;
    int64_t before = count(o, "SELECT sum(size) FROM log");
    assert_int_equal(publish(&p, o, by, result), strcmp(id, "result.name") == 0 ? QN_MALFORMED
                                                 : strcmp(id, "publish.nothing-of-it") == 0
                                                     ? QN_ABSENT
                                                     : QN_DENIED);
    assert_string_equal(offices_err.id, id);
    assert_int_equal(count(o, "SELECT sum(size) FROM log"), before);
}

static size_t targets;

static int held_setup(void **state)
{
    family_setup(state);
    struct family *f = *state;
    draw_all(f);
    targets = inspect_all(&f->k, "1");
    return 0;
}

static int64_t result_no(struct test_office *o, int n)
{
    char sql[120];
    snprintf(sql, sizeof(sql),
             "SELECT id FROM inspection_result WHERE rev = 1 ORDER BY id LIMIT 1 OFFSET %d", n);
    return count(o, sql);
}

static void correct(struct family *f, int n, int64_t rev)
{
    char object[OBJECTS][32];
    int64_t draw = draw_of(&f->k, "1");
    selected(&f->k, draw, object, OBJECTS);
    write_result(&f->k, result_no(&f->k, n), rev, draw, "1", object[n], "更正后", "R01");
}

/* SPEC publication-15: "nobody reviews or publishes what is his own" */
static void nobody_publishes_his_own(void **state)
{
    struct family *f = *state;
    char one[80];
    name_of(one, &f->k, result_no(&f->k, 0));
    refused(&f->k, "CANARY", NULL, "publish.own-result");
    refused(&f->k, "CANARY", one, "publish.own-result");
    int64_t seen =
        count(&f->k, "SELECT min(id) FROM inspection WHERE instr(inspectors, '140602/JS001 ') > 0");
    assert_true(seen > 0);
    name_of(one, &f->k, seen);
    refused(&f->k, "140602/JS001", one, "publish.own-result"); /* by the number of an inspector */
    refused(&f->k, NULL, "140602", "result.name");
    refused(&f->k, NULL, "140602:1-9999-0", "publish.nothing-of-it");
}

/* SPEC publication-14: "What was sent back is not made public in any case." */
static void what_was_sent_back_stays(void **state)
{
    struct family *f = *state;
    struct published p;
    char one[80], other[80];
    name_of(one, &f->k, result_no(&f->k, 0));
    name_of(other, &f->k, result_no(&f->k, 1));
    MUST(review(&f->k, &f->k, result_no(&f->k, 0), "sent_back"));
    refused(&f->k, "审核员", one, "publish.sent-back");
    MUST(publish(&p, &f->k, "审核员", other));
    assert_int_equal(p.results, 1);
    MUST(publish(&p, &f->k, "审核员", NULL));
    assert_int_equal(p.results, targets - 2);
    assert_int_equal(p.held[HELD_SENT_BACK], 1);
    refused(&f->k, "审核员", NULL, "publish.sent-back");
    correct(f, 0, 2);
    MUST(publish(&p, &f->k, "审核员", NULL)); /* nobody asks for a review */
    assert_int_equal(p.results, 1);
    assert_int_equal(p.held[HELD_SENT_BACK], 0);
    /* The first revision was never made public. */
    assert_int_equal(count(&f->k, "SELECT count(*) FROM publication WHERE result_rev = 2"), 1);
    assert_int_equal(p.corrected, 0);
}

/* SPEC publication-14: "of the office, or of an office above it" */
static void a_rule_asks_for_approval(void **state)
{
    struct family *f = *state;
    struct published p;
    rule(&f->k2, "required", -1); /* a neighbour's */
    rule(&f->k, "required", 1);   /* tomorrow's */
    rule(&f->c, "required", -1);
    carry(&f->k2, &f->c);
    carry(&f->c, &f->k);
    correct(f, 1, 2);
    refused(&f->k, "审核员", NULL, "publish.not-reviewed");
    MUST(review(&f->k, &f->k, result_no(&f->k, 1), "approved"));
    MUST(publish(&p, &f->k, "审核员", NULL));
    assert_int_equal(p.corrected, 1);
    correct(f, 1, 3); /* the correction is reviewed anew */
    refused(&f->k, "审核员", NULL, "publish.not-reviewed");
    MUST(review(&f->k, &f->k, result_no(&f->k, 1), "approved"));
    MUST(review(&f->k, &f->k, result_no(&f->k, 1), "sent_back")); /* the newest counts */
    refused(&f->k, "审核员", NULL, "publish.sent-back");
    MUST(review(&f->k, &f->k, result_no(&f->k, 1), "approved"));
    refused(&f->k, "CANARY", NULL, "publish.own-result");
    MUST(publish(&p, &f->k, "审核员", NULL));
    assert_int_equal(p.results, 1);
    rule(&f->c, "not_required", 0);
    carry(&f->c, &f->k);
    correct(f, 1, 4);
    MUST(publish(&p, &f->k, "审核员", NULL));
    assert_int_equal(p.results, 1);
}

static void the_office_above_may_review(void **state)
{
    struct family *f = *state;
    struct published p;
    rule(&f->k, "required", -1);
    correct(f, 2, 2);
    carry(&f->k, &f->c);
    assert_int_not_equal(review(&f->k2, &f->k, result_no(&f->k, 2), "approved"), QN_OK);
    assert_int_equal(review(&f->c, &f->k, result_no(&f->k, 2), "approved"), QN_OK);
    refused(&f->k, "审核员", NULL, "publish.not-reviewed");
    carry(&f->c, &f->k); /* the review goes to whom it is about */
    MUST(publish(&p, &f->k, "审核员", NULL));
    assert_int_equal(p.results, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_publishes_his_own),
        cmocka_unit_test(what_was_sent_back_stays),
        cmocka_unit_test(a_rule_asks_for_approval),
        cmocka_unit_test(the_office_above_may_review),
    };
    return cmocka_run_group_tests_name("held", tests, held_setup, family_teardown);
}
