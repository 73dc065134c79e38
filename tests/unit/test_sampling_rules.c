/* test_sampling_rules.c - what of product sampling stays once others rest on it: days to object, reports, conclusions that
 * were used; on what evidence a product is rechecked; until when a notice is carried out. */
#include "tests/unit/sampling_lab_case.h"

#include <sodium.h>

#include "node/store/file.h"
#include "node/work/evidence.h"
#include "node/work/plan_import.h"
#include "node/work/roster_import.h"
#include "node/work/sampling_public.h"

static void put_inspectors(struct family *f)
{
    static const char list[] = "姓名,执法证号,发证机关,证件有效期至,状态,可参加抽查\n"
                               "王芳,0001,1406,2099-12-31,在岗,是\n"
                               "李强,0002,1406,2099-12-31,在岗,是\n";
    char path[400];
    struct roster_imported got;
    snprintf(path, sizeof(path), "%s/inspectors.csv", f->all.dir);
    MUST(file_write(path, (struct qn_span){(const uint8_t *)list, sizeof(list) - 1}, 0600, true,
                    &offices_err));
    struct roster_import in = {.inspectors = path, .by = "李四"};
    MUST(roster_import(f->c.st, &in, &got, NULL, &offices_err));
    assert_int_equal(got.inspectors.rejected, 0);
}

/* SPEC sampling-32: "never fewer once a report was sent" SPEC sampling-33: "is not withdrawn" */
static void what_was_served_stays(void **state)
{
    struct family *f = *state;
    struct test_office *c = &f->c;
    char sheet[3][80], report[80], service[2][80], objection[80], name[80];
    unsigned made;
    int64_t id;
    three_samples(c, sheet);
    MUST(blind_assign(&made, c->st, NULL, 0, "李四", &offices_err));
    report_on(c, "1", false);
    report_on(c, "2", true);
    record_name_text(name, "1406", count(c, "SELECT id FROM sampling_task"));
    MUST(case_revise(c, "sampling_task", name, "objection_days", "10"));
    MUST(case_revise(c, "sampling_task", name, "objection_days", ""));
    /* To an office it may go before: that begins no period. */
    MUST(WRITE(c, "report_service", NULL, "report=R2", "receiver_kind=office", "receiver=县局",
               "mode=直接送达", "sent_on=2025-09-22", "received_on=2025-09-22"));
    MUST(case_revise(c, "sampling_task", name, "objection_days", "12"));
    MUST(case_revise(c, "sampling_task", name, "objection_days", "15"));
    MUST(WRITE(c, "report_service", service[0], "report=R1", "receiver_kind=被抽样单位",
               "receiver=站", "mode=直接送达", "sent_on=2025-09-22"));
    int64_t before = traces(c);
    refused(c, case_revise(c, "sampling_task", name, "objection_days", "14"),
            "sampling.objection-shorter", before);
    MUST(case_revise(c, "sampling_task", name, "objection_days", "20"));
    before = traces(c);
    refused(c, case_revise(c, "sampling_task", name, "objection_days", ""),
            "sampling.objection-shorter", before); /* fifteen, where it says nothing */

    /* A report that is on its way may be taken back with its service; one that came may not, whatever the service says. */
    id = count(c, "SELECT id FROM test_report WHERE report_no = 'R1'");
    record_name_text(report, "1406", id);
    refused(c, case_revise(c, "test_report", report, NULL, NULL), "records.referred", before);
    MUST(case_revise(c, "report_service", service[0], "received_on", "2025-09-25"));
    MUST(case_revise(c, "report_service", service[0], NULL, NULL));
    before = traces(c);
    refused(c, case_revise(c, "test_report", report, NULL, NULL), "sampling.report-served", before);
    /* An objection keeps the service it counts from. */
    for (int i = 0; i < 2; i++)
        MUST(WRITE(c, "report_service", service[i], "report=R2", "receiver_kind=被抽样单位",
                   "receiver=站", "mode=直接送达", "sent_on=2025-09-22", "received_on=2025-09-25"));
    MUST(WRITE(c, "objection", objection, "report=R2", "objector=被抽样单位", "objector_name=第2站",
               "subject=检验结论", "text=不认可", "received_on=2025-10-01"));
    MUST(case_revise(c, "report_service", service[0], NULL, NULL));
    before = traces(c);
    refused(c, case_revise(c, "report_service", service[1], NULL, NULL),
            "sampling.service-objected", before);
    MUST(case_revise(c, "objection", objection, NULL, NULL));
    MUST(case_revise(c, "report_service", service[1], NULL, NULL));
}

/* SPEC sampling-33: "nor one whose conclusion a notice (sampling-22), a publication or a disposal rests on" */
static void a_conclusion_that_was_used_stays(void **state)
{
    struct family *f = *state;
    struct test_office *c = &f->c;
    char sheet[3][80], report[80], dispatch[80];
    unsigned made;
    three_samples(c, sheet);
    MUST(blind_assign(&made, c->st, NULL, 0, "李四", &offices_err));
    report_on(c, "1", true);
    record_name_text(report, "1406", count(c, "SELECT id FROM test_report"));
    MUST(WRITE(c, "product_dispatch", dispatch, "sample=1", "handler=140602", "sent_on=2025-10-13",
               "doc_no=处1"));
    refused(c, case_revise(c, "test_report", report, NULL, NULL), "sampling.report-used",
            traces(c));
    MUST(case_revise(c, "product_dispatch", dispatch, NULL, NULL));
    MUST(case_revise(c, "test_report", report, NULL, NULL));
}

/* SPEC records-10: "a file that is evidence of the follow-up" */
static void a_product_is_rechecked_on_evidence(void **state)
{
    struct family *f = *state;
    struct test_office *c = &f->c;
    char sheet[3][80], dispatch[80], follow[2][80], ref[100], path[400], hex[80], evidence[100];
    unsigned made;
    three_samples(c, sheet);
    MUST(blind_assign(&made, c->st, NULL, 0, "李四", &offices_err));
    report_on(c, "1", true);
    MUST(WRITE(c, "product_dispatch", dispatch, "sample=1", "handler=1406", "sent_on=2025-10-13",
               "doc_no=处1"));
    snprintf(ref, sizeof(ref), "dispatch=%s", dispatch);
    for (int i = 0; i < 2; i++)
        MUST(WRITE(c, "follow_up", follow[i], ref, "disposal=D03", "opened_on=2025-10-14"));
    put_inspectors(f);
    snprintf(path, sizeof(path), "%s/mended.pdf", f->all.dir);
    static const char file[] = "%PDF-1.4\nmended\n";
    MUST(file_write(path, (struct qn_span){(const uint8_t *)file, sizeof(file) - 1}, 0600, true,
                    &offices_err));
    uint8_t sha[32];
    crypto_hash_sha256(sha, (const uint8_t *)file, sizeof(file) - 1);
    qn_hex(hex, sha, sizeof(sha));
    snprintf(evidence, sizeof(evidence), "evidence=%s", hex);
    snprintf(ref, sizeof(ref), "follow_up=%s", follow[0]);
#define MENDED(what) \
    ref, "done_on=2025-10-20", "inspectors=1406/0001、1406/0002", "outcome=corrected", what
    int64_t before = traces(c);
    refused(c, WRITE(c, "recheck", NULL, MENDED("evidence=" D("7"))), "follow.evidence", before);
    refused(c, WRITE(c, "recheck", NULL, MENDED(evidence)), "follow.evidence", before);
    const char *photos[] = {path};
    struct evidence_put put = {.photo = photos, .n = 1, .by = "李四"};
    MUST(evidence_add(c->st, follow[1], &put, &offices_err));
    before = traces(c);
    refused(c, WRITE(c, "recheck", NULL, MENDED(evidence)), "follow.evidence", before);
    MUST(evidence_add(c->st, follow[0], &put, &offices_err));
    MUST(WRITE(c, "recheck", NULL, MENDED(evidence)));
    assert_string_equal(case_state(c, "follow_up", follow[0]), "corrected");
}

/* SPEC sampling-35: "the sheets first" SPEC sampling-22: "not before the day of the report that says so" */
static void what_is_in_use_stays(void **state)
{
    struct family *f = *state;
    struct test_office *c = &f->c;
    char sheet[3][80], name[80];
    unsigned made;
    three_samples(c, sheet);
    static const struct {
        const char *kind, *table, *id;
    } used[] = {{"sampling_task", "SELECT min(id) FROM sampling_task", "records.referred"},
                {"sampling_product", "SELECT min(product_id) FROM sample", "records.referred"},
                {"lab", "SELECT min(lab_id) FROM sample", "records.referred"},
                {"sampling_quota",
                 "SELECT min(q.id) FROM sampling_quota q JOIN sample s USING (product_id, lab_id)",
                 "sampling.quota-used"}};
    for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++) {
        record_name_text(name, "1406", count(c, used[i].table));
        refused(c, case_revise(c, used[i].kind, name, NULL, NULL), used[i].id, traces(c));
    }
    MUST(blind_assign(&made, c->st, NULL, 0, "李四", &offices_err));
    report_on(c, "1", true);
    int64_t before = traces(c);
    refused(c,
            WRITE(c, "product_dispatch", NULL, "sample=1", "handler=140602", "doc_no=处1",
                  "sent_on=2025-09-20"),
            "value.before", before);
    MUST(WRITE(c, "product_dispatch", NULL, "sample=1", "handler=140602", "doc_no=处1",
               "sent_on=2025-09-21"));
}

/* SPEC sampling-36: "takes the result away" SPEC sampling-36: "leaves the producer out of what becomes public" */
static void what_is_not_the_partys_is_not_held_against_it(void **state)
{
    struct family *f = *state;
    struct test_office *c = &f->c;
    char sheet[3][80];
    unsigned made;
    struct sampling_public p;
    three_samples(c, sheet);
    MUST(blind_assign(&made, c->st, NULL, 0, "李四", &offices_err));
    for (int i = 1; i <= 3; i++) {
        char no[12], of[40];
        snprintf(no, sizeof(no), "%d", i);
        snprintf(of, sizeof(of), "report=R%d", i);
        report_on(c, no, true);
        MUST(WRITE(c, "report_service", NULL, of, "receiver_kind=被抽样单位", "receiver=站",
                   "mode=直接送达", "sent_on=2025-09-22", "received_on=2025-09-25"));
        MUST(WRITE(c, "report_service", NULL, of, "receiver_kind=producer", "receiver=厂",
                   "mode=直接送达", "sent_on=2025-09-22", "received_on=2025-09-25"));
    }
#define DECIDED \
    "text=不认可", "received_on=2025-10-01", "decided_on=2025-10-09", "answer=有进货票据为证"
    int64_t before = traces(c);
    refused(c,
            WRITE(c, "objection", NULL, "report=R1", "objector=party", "objector_name=第1站",
                  "subject=样品真实性", "decision=安排复检", DECIDED),
            "sampling.retest-subject", before);
    refused(c,
            WRITE(c, "objection", NULL, "report=R1", "objector=party", "objector_name=第1站",
                  "subject=检验结论", "decision=异议成立", DECIDED),
            "sampling.accepted-conclusion", before);
    MUST(WRITE(c, "objection", NULL, "report=R1", "objector=party", "objector_name=第1站",
               "subject=样品真实性", "decision=异议成立", DECIDED));
    MUST(WRITE(c, "objection", NULL, "report=R2", "objector=producer", "objector_name=厂",
               "subject=样品真实性", "decision=异议成立", DECIDED));
    MUST(WRITE(c, "objection", NULL, "report=R3", "objector=producer", "objector_name=厂",
               "subject=抽样过程、样品真实性", "decision=异议不成立", DECIDED));
    MUST(sampling_publish(&p, c->st, "同市监发〔2025〕56号", "审核员", NULL, &offices_err));
    assert_true(p.published == 2 && p.waiting == 0);
    assert_int_equal(count(c, "SELECT count(*) FROM sample_publication WHERE report_no = 'R1'"), 0);
    assert_int_equal(count(c, "SELECT count(*) FROM sample_publication WHERE report_no = 'R2' AND "
                              "producer IS NULL AND conclusion = 'nonconforming'"),
                     1);
    assert_int_equal(count(c, "SELECT count(*) FROM sample_publication WHERE report_no = 'R3' AND "
                              "producer IS NOT NULL"),
                     1);
    before = traces(c);
    refused(c,
            WRITE(c, "product_dispatch", NULL, "sample=1", "handler=140602", "doc_no=处1",
                  "sent_on=2025-10-10"),
            "sampling.not-failing", before);
    MUST(WRITE(c, "sample_disposal", NULL, "sample=1", "part=备用样品", "manner=退还",
               "receiver=第1站", "done_on=2025-10-10"));
}

/* SPEC sampling-31: "The last days of a notice are dates of the notice" */
static void the_notice_says_until_when(void **state)
{
    struct family *f = *state;
    struct test_office *c = &f->c;
    char day[11], report[80];
    /* Seven batches without a sheet; two labs. */
    assert_int_equal(due_of(c, "ecqs_task", day), 7);
    assert_string_equal(day, "2025-11-15");
    assert_int_equal(due_of(c, "lab_report", day), 1);
    assert_string_equal(day, "2025-11-15");
    int64_t before = traces(c);
    MUST(WRITE(c, "lab", NULL, "name=第三所"));
    before = traces(c);
#define LAB_REPORT(lab) TASK, lab, "received_on=2025-11-12", "digest=" D("9")
    refused(c, WRITE(c, "lab_report", NULL, LAB_REPORT("lab=第三所")), "sampling.lab-not-of-task",
            before);
    MUST(WRITE(c, "lab_report", report, LAB_REPORT("lab=律达检测")));
    before = traces(c);
    refused(c, WRITE(c, "lab_report", NULL, LAB_REPORT("lab=律达检测")),
            "sampling.lab-report-twice", before);
    MUST(WRITE(c, "lab_report", NULL, LAB_REPORT("lab=天津五十一站")));
    assert_int_equal(due_of(c, "lab_report", day), 0);
    MUST(case_revise(c, "lab_report", report, NULL, NULL));
    assert_int_equal(due_of(c, "lab_report", day), 1);
    /* A sheet takes one batch away once it is entered. */
    char sheet[3][80];
    three_samples(c, sheet);
    assert_int_equal(due_of(c, "ecqs_task", day), 7);
    MUST(WRITE(c, "ecqs_entry", NULL, "sample=1", "data=抽样信息", "entered_on=2025-09-11"));
    assert_int_equal(due_of(c, "ecqs_task", day), 6);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, lab_setup, family_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_served_stays),
        TEST(a_conclusion_that_was_used_stays),
        TEST(a_product_is_rechecked_on_evidence),
        TEST(what_is_in_use_stays),
        TEST(what_is_not_the_partys_is_not_held_against_it),
        TEST(the_notice_says_until_when),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
