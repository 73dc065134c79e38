/* test_sampling_lab.c - product sampling in the lab and behind it: blind numbers that are bound before they are known, tests
 * by others than the samplers, conclusions that stay, objections in time, retests, disposal, failing products. */
#include "tests/unit/sampling_lab_case.h"

#include <sodium.h>

#include "node/store/clock.h"
#include "node/text/text.h"
#include "node/work/blind.h"
#include "node/work/evidence.h"
#include "node/work/plan_import.h"
#include "node/work/sampling_public.h"

static void what_comes_is_looked_at(void **state)
{
    struct family *f = *state;
    struct test_office *c = &f->c;
    char sheet[80];
    MUST(SHEET(c, sheet, "sheet_no=1"));
    MUST(SHEET(c, NULL, "sheet_no=2", "party=乙", "party_uscc=", "outcome=拒检", "note=锁门",
               "test_seal=", "backup_seal="));
    const int64_t before = traces(c);
    refused(c, RECEIVE(c, "sample=1", "seal=破损"), "sampling.reception", before);
    refused(c, RECEIVE(c, "sample=1", "matches=不符"), "sampling.reception", before);
    refused(c, RECEIVE(c, "sample=1", "licence=涉嫌无证"), "sampling.reception", before);
    refused(c, RECEIVE(c, "sample=1", "licence="), "value.empty", before);
    refused(c, RECEIVE(c, "sample=1", "licence_no="), "value.empty", before);
    refused(c, RECEIVE(c, "sample=1", "outcome=拒收", "note=x"), "sampling.reception", before);
    refused(c, RECEIVE(c, "sample=1", "outcome=拒收", "seal=破损"), "value.empty", before);
    refused(c, RECEIVE(c, "sample=1", "received_on=2025-09-09"), "sampling.before-sampling",
            before);
    refused(c, RECEIVE(c, "sample=2"), "sampling.nothing-taken", before);
    MUST(RECEIVE(c, "sample=1", "outcome=拒收", "seal=破损", "note=封条撕裂"));
    refused(c, RECEIVE(c, "sample=1"), "sampling.reception-twice", before + 1);
    assert_string_equal(case_state(c, "sample", sheet), "rejected");
}

static void a_number_is_bound_before_it_is_known(void **state)
{
    struct family *f = *state;
    struct test_office *c = &f->c;
    char sheet[3][80], number[80], test[80], item[80];
    unsigned made;
    struct blind_checked got;
    three_samples(c, sheet);
    int64_t before = traces(c);
    refused(c, WRITE(c, "blind_mark", NULL, "digest=" D("9")), "sampling.blind-own", before);
    refused(c, blind_assign(&made, c->st, (const char *const[]){"1", "9"}, 2, "李四", &offices_err),
            "sampling.not-received", before);
    MUST(blind_assign(&made, c->st, (const char *const[]){"2"}, 1, "李四", &offices_err));
    assert_int_equal(made, 1);
    MUST(blind_assign(&made, c->st, NULL, 0, "李四", &offices_err));
    assert_int_equal(made, 2);
    MUST(blind_assign(&made, c->st, NULL, 0, "李四", &offices_err));
    assert_int_equal(made, 0);
    assert_string_equal(case_state(c, "sample", sheet[0]), "blind_numbered");

    /* What travels tells neither sample nor number, and its order nothing. */
    carry(c, &f->p);
    carry(c, &f->k);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM blind_mark"), 3);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM blind_number"), 0);
    assert_string_equal(case_state(&f->p, "sample", sheet[0]), "received");
    assert_int_equal(count(c, "SELECT count(*) FROM blind_mark a JOIN blind_mark b ON b.id = a.id "
                              "+ 1 WHERE a.digest > b.digest"),
                     0);

    /* By the number, not by the sheet; nobody who took it, nobody of another lab. */
    number_of(c, "1", "mark", number);
    before = traces(c);
    refused(c,
            WRITE(c, "lab_test", NULL, "mode=盲样检验", "mark=M22222222", "started_on=2025-09-13",
                  "testers=L01"),
            "sampling.no-number", before);
    refused(c,
            WRITE(c, "lab_test", NULL, "mode=盲样检验", number, "sample=1", "started_on=2025-09-13",
                  "testers=L01"),
            "sampling.test-of-both", before);
    refused(
        c,
        WRITE(c, "lab_test", NULL, "mode=盲样检验", number, "started_on=2025-09-13", "testers=T03"),
        "sampling.staff-other-lab", before);
    MUST(WRITE(c, "lab_test", test, "mode=盲样检验", number, "started_on=2025-09-13",
               "testers=L01、L02"));
    refused(
        c,
        WRITE(c, "lab_test", NULL, "mode=盲样检验", number, "started_on=2025-09-13", "testers=L01"),
        "sampling.test-twice", before + 1);
    number_of(c, "1", "test", number);
    refused(c, WRITE(c, "test_conclusion", NULL, number, "conclusion=合格", "ended_on=2025-09-20"),
            "sampling.conclusion", before + 1); /* nothing was judged */
    MUST(WRITE(c, "test_item", item, number, "no=1", "item=硫含量", "measured=9 mg/kg",
               "requirement=≤10", "verdict=符合"));
    refused(c, WRITE(c, "test_item", NULL, number, "no=1", "item=密度", "verdict=符合"),
            "sampling.item-twice", before + 2);
    refused(c,
            WRITE(c, "test_conclusion", NULL, number, "conclusion=不合格", "ended_on=2025-09-20",
                  "failed_items=x"),
            "sampling.conclusion", before + 2);
    refused(c, WRITE(c, "test_conclusion", NULL, number, "conclusion=合格", "ended_on=2025-09-12"),
            "sampling.ended-before", before + 2);
    refused(c,
            WRITE(c, "test_report", NULL, "sample=1", "conclusion=合格", "report_no=R1",
                  "digest=" D("7"), "issued_on=2025-09-21"),
            "sampling.not-tested", before + 2);
    MUST(blind_reveal(&made, c->st, "李四", &offices_err));
    assert_int_equal(made, 0); /* none is concluded */
    MUST(WRITE(c, "test_conclusion", NULL, number, "conclusion=合格", "ended_on=2025-09-20"));
    before = traces(c);
    refused(c,
            WRITE(c, "test_conclusion", NULL, number, "conclusion=不合格", "ended_on=2025-09-20",
                  "failed_items=x"),
            "sampling.concluded", before);
    refused(c, WRITE(c, "test_item", NULL, number, "no=2", "item=密度", "verdict=不符合"),
            "sampling.concluded", before);
    assert_int_equal(case_revise(c, "test_item", item, "measured", "99"), QN_DENIED);
    assert_string_equal(offices_err.id, "sampling.concluded");
    assert_int_equal(case_revise(c, "lab_test", test, "testers", "L02"), QN_DENIED);
    assert_string_equal(offices_err.id, "sampling.concluded");
    assert_int_equal(case_revise(c, "test_conclusion", "1-1-0", "note", "x"), QN_DENIED);
    assert_string_equal(offices_err.id, "records.once");

    /* Fixed: it is revealed, and whoever holds it computes it again. */
    MUST(blind_reveal(&made, c->st, "李四", &offices_err));
    assert_int_equal(made, 1);
    assert_string_equal(case_state(c, "sample", sheet[0]), "tested");
    carry(c, &f->p);
    carry(c, &f->k);
    carry(c, &f->k2);
    MUST(blind_verify(&got, f->p.st, NULL, NULL, &offices_err));
    assert_int_equal(got.revealed, 1);
    assert_int_equal(got.waiting, 2);
    assert_int_equal(got.wrong, 0);
    assert_int_equal(count(&f->k2, "SELECT count(*) FROM blind_reveal"), 0);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM blind_reveal"), 1);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM blind_mark WHERE rev = 1"), 3);
}

static void nobody_tests_what_he_took(void **state)
{
    struct family *f = *state;
    struct test_office *c = &f->c;
    char number[80], name[80];
    unsigned made;
    MUST(SHEET(c, name, "sheet_no=1", "lab=天津五十一站"));
    MUST(RECEIVE(c, "sample=1"));
    MUST(blind_assign(&made, c->st, NULL, 0, "李四", &offices_err));
    number_of(c, "1", "mark", number);
    const int64_t before = traces(c);
    refused(c,
            WRITE(c, "lab_test", NULL, "mode=盲样检验", number, "started_on=2025-09-13",
                  "testers=T03、T02"),
            "sampling.self-test", before);
    refused(
        c,
        WRITE(c, "lab_test", NULL, "mode=盲样检验", number, "started_on=2025-09-13", "testers=T01"),
        "sampling.staff-duty", before);
    MUST(WRITE(c, "lab_test", NULL, "mode=盲样检验", number, "started_on=2025-09-13",
               "testers=T03"));
    /* On site, on the day, the sampler may. */
    MUST(SHEET(c, NULL, "sheet_no=2", "lab=天津五十一站", "party=乙", "party_uscc="));
    refused(c,
            WRITE(c, "lab_test", NULL, "mode=现场检验", "sample=2", "started_on=2025-09-11",
                  "testers=T02"),
            "sampling.not-on-site", before + 2);
    MUST(WRITE(c, "lab_test", NULL, "mode=现场检验", "sample=2", "started_on=" ON, "testers=T02"));
    MUST(WRITE(c, "test_item", NULL, "test=2", "no=1", "item=闪点", "verdict=不符合"));
    assert_int_equal(
        WRITE(c, "test_conclusion", NULL, "test=2", "conclusion=不合格", "ended_on=" ON),
        QN_MALFORMED); /* which item fails? */
    MUST(WRITE(c, "test_conclusion", NULL, "test=2", "conclusion=不合格", "ended_on=" ON,
               "failed_items=闪点"));
    MUST(RECEIVE(c, "sample=2"));
    MUST(blind_assign(&made, c->st, NULL, 0, "李四", &offices_err));
    assert_int_equal(made, 0); /* it was tested */
}

/* Who took the sample does not write the test down either, whoever is named in it. */
static void nor_writes_it_down(void **state)
{
    struct family *f = *state;
    struct test_office *c = &f->c;
    char number[80];
    unsigned made;
    MUST(
        WRITE(c, "lab_person", NULL, "lab=天津五十一站", "name=李四", "staff_no=T09", "duty=抽样"));
    MUST(SHEET(c, NULL, "sheet_no=1", "samplers=T01、T09"));
    MUST(RECEIVE(c, "sample=1"));
    MUST(blind_assign(&made, c->st, NULL, 0, "李四", &offices_err));
    number_of(c, "1", "mark", number);
    refused(
        c,
        WRITE(c, "lab_test", NULL, "mode=盲样检验", number, "started_on=2025-09-13", "testers=L01"),
        "sampling.self-test", traces(c));
}

/* A photograph that is handed in is the one of the sheet, and no other. */
static void a_photograph_is_the_one_of_the_sheet(void **state)
{
    struct family *f = *state;
    struct test_office *c = &f->c;
    char path[300], sheet[80], digest[2 * QN_HASH + 1], photo[100], label[320], stock[320];
    uint8_t hash[QN_HASH];
    static const char bytes[] = "\xff\xd8\xff\xe0 a photograph of a label";
    snprintf(path, sizeof(path), "%s/label.jpg", f->all.dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fwrite(bytes, 1, sizeof(bytes) - 1, file);
    fclose(file);
    crypto_hash_sha256(hash, (const uint8_t *)bytes, sizeof(bytes) - 1);
    qn_hex(digest, hash, QN_HASH);
    snprintf(photo, sizeof(photo), "photo_label=%s", digest);
    snprintf(label, sizeof(label), "%s:label", path);
    snprintf(stock, sizeof(stock), "%s:stock", path);
    MUST(SHEET(c, sheet, "sheet_no=1", photo));
    const int64_t before = traces(c);
    struct evidence_put put = {.by = "李四", .photo = (const char *const[]){stock}, .n = 1};
    refused(c, evidence_add(c->st, sheet, &put, &offices_err), "sampling.photo", before);
    put.photo = (const char *const[]){path}; /* of nothing in particular: the process */
    refused(c, evidence_add(c->st, sheet, &put, &offices_err), "sampling.photo", before);
    put.photo = (const char *const[]){label};
    MUST(evidence_add(c->st, sheet, &put, &offices_err));
    assert_int_equal(count(c,
                           "SELECT count(*) FROM evidence e JOIN sample s ON s.office = e.office "
                           "AND s.id = e.inspection_id WHERE e.digest = s.photo_label AND "
                           "e.kind = 'label'"),
                     1);
    put.photo = (const char *const[]){label};
    refused(c, evidence_add(c->st, "1406:1-9999-0", &put, &offices_err), "result.unknown",
            before + 1);
}

static void only_the_custodian_sees_numbers(void **state)
{
    struct family *f = *state;
    struct test_office *c = &f->c;
    char sheet[3][80];
    unsigned made;
    struct seen s = {.n = 0};
    three_samples(c, sheet);
    MUST(blind_assign(&made, c->st, NULL, 0, "李四", &offices_err));
    person_enter(c->st, "钱七");
    MUST(person_set(c->st,
                    &(struct person){.name = "钱七", .roles = ROLE_ADMIN, .since = "2021-01-01"},
                    &offices_err));
    person_enter(c->st, NULL);
    person_enter(c->st, "钱七");
    MUST(person_set(c->st,
                    &(struct person){.name = "李四",
                                     .roles = ROLE_SAMPLER | ROLE_TESTER | ROLE_HEAD,
                                     .since = "2021-01-01"},
                    &offices_err));
    person_enter(c->st, NULL);
    assert_int_equal(blind_list(c->st, "李四", see, &s, &offices_err), QN_DENIED);
    assert_string_equal(offices_err.id, "person.role");
    assert_int_equal(s.n, 0);
    assert_int_equal(blind_assign(&made, c->st, NULL, 0, "李四", &offices_err), QN_DENIED);
    assert_int_equal(blind_reveal(&made, c->st, "李四", &offices_err), QN_DENIED);
    assert_int_equal(RECEIVE(c, "sample=1"), QN_DENIED);
    person_enter(c->st, "钱七");
    MUST(person_set(
        c->st, &(struct person){.name = "王五", .roles = ROLE_CUSTODIAN, .since = "2021-01-01"},
        &offices_err));
    person_enter(c->st, NULL);
    MUST(blind_list(c->st, "王五", see, &s, &offices_err));
    assert_int_equal(s.n, 3);
}

/* ---- behind the report ------------------------------------------------------------------------------------------------- */

static void from_the_report_to_the_end(void **state)
{
    struct family *f = *state;
    struct test_office *c = &f->c;
    char sheet[3][80], objection[80], ref[120], retest[80], late[80], dispatch[80], follow[80];
    unsigned made;
    three_samples(c, sheet);
    MUST(blind_assign(&made, c->st, NULL, 0, "李四", &offices_err));
    report_on(c, "1", false);
    report_on(c, "2", true);
    report_on(c, "3", true);
    assert_string_equal(case_state(c, "sample", sheet[1]), "reported");
    int64_t before = traces(c);
#define OBJECT \
    "report=R2", "objector=被抽样单位", "objector_name=第2站", "subject=检验结论", "text=不认可"
    refused(c,
            WRITE(c, "test_report", NULL, "sample=2", "conclusion=合格", "report_no=R9",
                  "digest=" D("7"), "issued_on=2025-09-21"),
            "sampling.other-conclusion", before);
    refused(c, WRITE(c, "objection", NULL, OBJECT, "received_on=2025-10-01"), "sampling.not-served",
            before);
    refused(c,
            WRITE(c, "report_service", NULL, "report=R2", "receiver_kind=被抽样单位",
                  "receiver=第2站", "mode=EMS 寄递", "sent_on=2025-09-22"),
            "value.empty", before); /* its waybill */
    refused(c,
            WRITE(c, "report_service", NULL, "report=R2", "receiver_kind=被抽样单位",
                  "receiver=第2站", "mode=直接送达", "sent_on=2025-09-20"),
            "sampling.ended-before", before);
    refused(c,
            WRITE(c, "sample_disposal", NULL, "sample=2", "part=检验样品", "manner=移交处理机关",
                  "receiver=x", "done_on=2025-12-01"),
            "sampling.not-final", before);
    for (int i = 1; i <= 3; i++) {
        char of[40];
        snprintf(of, sizeof(of), "report=R%d", i);
        MUST(WRITE(c, "report_service", NULL, of, "receiver_kind=被抽样单位", "receiver=站",
                   "mode=EMS 寄递", "waybill=EA1", "sent_on=2025-09-22", "received_on=2025-09-25"));
    }
    before = traces(c);
    /* Received on 25 September: the fifteenth day is 10 October. */
    refused(c, WRITE(c, "objection", NULL, OBJECT, "received_on=2025-09-24"), "sampling.not-served",
            before);
    refused(c, WRITE(c, "objection", NULL, OBJECT, "received_on=2025-10-11"),
            "sampling.objection-late", before);
    refused(c,
            WRITE(c, "sample_disposal", NULL, "sample=1", "part=备用样品", "manner=退还",
                  "receiver=第1站", "done_on=2025-10-10"),
            "sampling.disposal-early", before);
    MUST(WRITE(c, "objection", late, "report=R3", "objector=被抽样单位", "objector_name=第3站",
               "subject=抽样过程、样品真实性", "text=不认可", "received_on=2025-10-11",
               "decision=异议不成立", "decided_on=2025-10-12", "answer=已过期限"));
    MUST(WRITE(c, "objection", objection, OBJECT, "received_on=2025-10-10"));
    assert_string_equal(case_state(c, "sample", sheet[1]), "objection");
    snprintf(ref, sizeof(ref), "objection=%s", objection);
    before = traces(c);
#define RETEST ref, "lab=天津五十一站", "backup_seal=B1", "notified_on=2025-10-12"
    refused(c, WRITE(c, "retest", NULL, RETEST), "sampling.no-retest", before);
    assert_int_equal(case_revise(c, "objection", objection, "decision", "安排复检"), QN_MALFORMED);
    {
        QN_AUTO(record_draft) struct record_draft d = {0};
        MUST(record_revise(&d, c->st, record_type("objection"), objection, "李四", "决定",
                           &offices_err));
        MUST(record_set(&d, "decision", qn_str("安排复检"), &offices_err));
        MUST(record_set(&d, "decided_on", qn_str("2025-10-11"), &offices_err));
        MUST(record_set(&d, "answer", qn_str("同意复检"), &offices_err));
        MUST(record_write(&d, &offices_err));
    }
    assert_string_equal(case_state(c, "sample", sheet[1]), "retest");
    before = traces(c);
    refused(c, WRITE(c, "retest", NULL, RETEST, "lab=律达检测"), "sampling.same-lab", before);
    refused(c, WRITE(c, "retest", NULL, RETEST, "backup_seal=A1"), "sampling.other-seal", before);
    refused(c, WRITE(c, "retest", NULL, RETEST, "formalities_on=2025-10-11"), "value.order",
            before);
#define CONCLUDED \
    "concluded_on=2025-10-25", "report_no=F1", "report_digest=" D("8"), \
        "formalities_on=2025-10-15", "lab_named_on=2025-10-16"
    refused(c, WRITE(c, "retest", NULL, RETEST, CONCLUDED, "conclusion=合格", "payer=异议人"),
            "sampling.payer", before);
    refused(
        c, WRITE(c, "retest", NULL, RETEST, CONCLUDED, "conclusion=不合格", "payer=组织抽查的机关"),
        "sampling.payer", before);
    MUST(WRITE(c, "retest", retest, RETEST, CONCLUDED, "conclusion=合格", "payer=组织抽查的机关"));
    refused(c, WRITE(c, "retest", NULL, RETEST), "sampling.retest-twice", before + 1);
    /* Nobody tests until it fits: the conclusion stays, and so does the record. */
    before = traces(c);
    refused(c, case_revise(c, "retest", retest, "conclusion", "不合格"), "records.settled", before);
    refused(c, case_revise(c, "retest", retest, "lab", "律达检测"), "records.settled", before);
    refused(c, case_revise(c, "retest", retest, NULL, NULL), "records.settled", before);
    MUST(case_revise(c, "retest", retest, "note", "样品完好"));
    /* Nor is the time to object cut while somebody counts on it. */
    char task[80];
    record_name_text(task, "1406", count(c, "SELECT id FROM sampling_task"));
    before = traces(c);
    refused(c, case_revise(c, "sampling_task", task, "objection_days", "7"),
            "sampling.objection-shorter", before);
    MUST(case_revise(c, "sampling_task", task, "objection_days", "15"));
    before = traces(c);
    refused(c, case_revise(c, "sampling_task", task, "objection_days", "14"),
            "sampling.objection-shorter", before);
    assert_string_equal(case_state(c, "sample", sheet[1]), "final");

    /* The retest took the failing conclusion away; what was confirmed is dealt with. */
    before = traces(c);
#define NOTICE "handler=140602", "sent_on=2025-10-13", "doc_no=处1"
    refused(c, WRITE(c, "product_dispatch", NULL, "sample=2", NOTICE), "sampling.not-failing",
            before);
    refused(c, WRITE(c, "product_dispatch", NULL, "sample=1", NOTICE), "sampling.not-failing",
            before);
    refused(c,
            WRITE(c, "improvement_proposal", NULL, "report=R1", "failed_items=x",
                  "problem_description=x", "improvement_advice=x", "lab_seal=x",
                  "issued_on=2025-10-13"),
            "sampling.not-failing", before);
    refused(c,
            WRITE(c, "sample_disposal", NULL, "sample=3", "part=备用样品", "manner=退还",
                  "receiver=第3站", "done_on=2025-11-01"),
            "sampling.no-return", before);
    MUST(WRITE(c, "product_dispatch", dispatch, "sample=3", NOTICE));
    assert_string_equal(case_state(c, "sample", sheet[2]), "follow_up");
    MUST(WRITE(c, "sample_disposal", NULL, "sample=1", "part=备用样品", "manner=退还",
               "receiver=第1站", "done_on=2025-10-11"));
    assert_string_equal(case_state(c, "sample", sheet[0]), "disposed");
    carry(c, &f->k);
    carry(c, &f->k2);
    snprintf(ref, sizeof(ref), "dispatch=%s", dispatch);
    assert_int_equal(WRITE(c, "follow_up", NULL, ref, "disposal=D03", "opened_on=2025-10-14"),
                     QN_DENIED);
    assert_string_equal(offices_err.id, "follow.not-the-handler");
    assert_int_equal(WRITE(&f->k, "follow_up", NULL, "disposal=D03", "opened_on=2025-10-14"),
                     QN_MALFORMED);
    assert_int_equal(WRITE(&f->k, "follow_up", NULL, ref, "disposal=D03", "opened_on=2025-10-12"),
                     QN_MALFORMED);
    assert_string_equal(offices_err.id, "value.before");
    MUST(WRITE(&f->k, "follow_up", follow, ref, "disposal=D03", "opened_on=2025-10-14"));
    snprintf(ref, sizeof(ref), "follow_up=%s", follow);
    before = traces(&f->k);
    refused(&f->k,
            WRITE(&f->k, "correction_order", NULL, ref, "doc_no=责1", "matter=停止销售",
                  "issued_on=2025-10-13", "due_on=2025-12-01"),
            "value.before", before);
    refused(&f->k,
            WRITE(&f->k, "correction_order", NULL, ref, "doc_no=责1", "matter=停止销售",
                  "issued_on=2025-10-14", "due_on=2025-12-14"),
            "follow.product-days", before);
    MUST(WRITE(&f->k, "correction_order", NULL, ref, "doc_no=责1", "matter=停止销售",
               "issued_on=2025-10-14", "due_on=2025-12-13"));
    assert_int_equal(count(&f->k2, "SELECT count(*) FROM product_dispatch"), 0);

    /* The conclusion of the retest is entered as well, within three working days. */
    char of_retest[100], day[11];
    snprintf(of_retest, sizeof(of_retest), "retest=%s", retest);
    assert_int_equal(due_of(c, "ecqs_retest", day), 1);
    assert_string_equal(day, "2025-10-29");
#define ENTERED "data=复检结论", "entered_on=2025-10-27"
    before = traces(c);
    refused(c, WRITE(c, "ecqs_entry", NULL, "sample=2", ENTERED), "value.empty", before);
    refused(c, WRITE(c, "ecqs_entry", NULL, "sample=1", ENTERED, of_retest),
            "sampling.other-retest", before);
    refused(c,
            WRITE(c, "ecqs_entry", NULL, "sample=2", "data=抽样信息", "entered_on=2025-10-27",
                  of_retest),
            "sampling.other-retest", before);
    MUST(WRITE(c, "ecqs_entry", NULL, "sample=2", ENTERED, of_retest));
    assert_int_equal(due_of(c, "ecqs_retest", day), 0);
    before = traces(c);
    refused(c, WRITE(c, "ecqs_entry", NULL, "sample=2", ENTERED, of_retest),
            "sampling.entered-twice", before);
    MUST(case_revise(c, "retest", retest, "report_no", "F2")); /* and anew where it changed */
    assert_int_equal(due_of(c, "ecqs_retest", day), 1);

    /* Ticks of e-CQS, each once. */
    MUST(WRITE(c, "ecqs_entry", NULL, "sample=1", "data=抽样信息", "entered_on=2025-09-11"));
    before = traces(c);
    refused(c, WRITE(c, "ecqs_entry", NULL, "sample=1", "data=检验结果", "entered_on=2025-09-23"),
            "value.empty", before);
    refused(c,
            WRITE(c, "ecqs_entry", NULL, "sample=1", "data=检验结果", "report=R2",
                  "entered_on=2025-09-23"),
            "sampling.other-report", before);
    MUST(WRITE(c, "ecqs_entry", NULL, "sample=1", "data=检验结果", "report=R1",
               "entered_on=2025-09-23"));
    before = traces(c);
    refused(c, WRITE(c, "ecqs_entry", NULL, "sample=1", "data=抽样信息", "entered_on=2025-09-11"),
            "sampling.entered-twice", before);
}

/* SPEC sampling-28: "Not before the conclusion is final" SPEC sampling-29: "the next revision of its record" */
static void what_is_final_becomes_public(void **state)
{
    struct family *f = *state;
    struct test_office *c = &f->c;
    char sheet[3][80], objection[80], ref[120];
    unsigned made;
    struct sampling_public p;
    three_samples(c, sheet);
    MUST(blind_assign(&made, c->st, NULL, 0, "李四", &offices_err));
    report_on(c, "1", false);
    report_on(c, "2", true);
#define PUBLISH(reason) \
    sampling_publish(&p, c->st, "同市监发〔2025〕56号", "审核员", reason, &offices_err)
    MUST(PUBLISH(NULL));
    assert_true(p.published == 0 && p.corrected == 0 && p.waiting == 3);
    for (int i = 1; i <= 2; i++) {
        char of[40];
        snprintf(of, sizeof(of), "report=R%d", i);
        MUST(WRITE(c, "report_service", NULL, of, "receiver_kind=被抽样单位", "receiver=站",
                   "mode=直接送达", "sent_on=2025-09-22", "received_on=2025-09-25"));
    }
    char today[11], recent[11];
    clock_today(c->st, today);
    wire_day_text(wire_day(qn_str(today)) - 15, recent); /* the fifteenth day is today */
    char on[40], sent[40];
    snprintf(on, sizeof(on), "received_on=%s", recent);
    snprintf(sent, sizeof(sent), "sent_on=%s", recent);
    MUST(WRITE(c, "report_service", NULL, "report=R1", "receiver_kind=producer", "receiver=厂",
               "mode=直接送达", sent, on));
    MUST(PUBLISH(NULL));
    assert_true(p.published == 1 && p.corrected == 0 && p.waiting == 2);
    assert_int_equal(
        count(c, "SELECT count(*) FROM sample_publication WHERE conclusion = "
                 "'nonconforming' AND failed_items = '硫含量' AND party = '第2站' AND lab = "
                 "'律达检测' AND report_no = 'R2'"),
        1);
    int64_t before = traces(c);
    MUST(PUBLISH("再来一次"));
    assert_true(p.published == 0 && p.corrected == 0 && traces(c) == before);
    /* It is public at once: released by the act that wrote it, and nothing else of the sheet with it. */
    assert_int_equal(count(c, "SELECT count(*) FROM \"release\" r, sample_publication s WHERE "
                              "instr(r.text, ' ' || ((s.id >> 16) & ((1 << 35) - 1)) || ' ') > 0"),
                     1);
    /* The objection takes the failing conclusion away: what was published is corrected, with its reason. */
    MUST(WRITE(c, "objection", objection, "report=R2", "objector=被抽样单位", "objector_name=第2站",
               "subject=检验结论", "text=不认可", "received_on=2025-10-10", "decision=安排复检",
               "decided_on=2025-10-11", "answer=同意复检"));
    MUST(PUBLISH(NULL));
    assert_true(p.published == 0 && p.corrected == 0 && p.waiting == 3);
    snprintf(ref, sizeof(ref), "objection=%s", objection);
    MUST(WRITE(c, "retest", NULL, ref, "lab=天津五十一站", "backup_seal=B1",
               "notified_on=2025-10-12", "concluded_on=2025-10-25", "report_no=F1",
               "report_digest=" D("8"), "formalities_on=2025-10-15", "lab_named_on=2025-10-16",
               "conclusion=合格", "payer=组织抽查的机关"));
    before = traces(c);
    refused(c, PUBLISH(NULL), "sampling.public-reason", before);
    MUST(PUBLISH("复检合格"));
    assert_true(p.published == 0 && p.corrected == 1 && p.waiting == 2);
    assert_int_equal(count(c,
                           "SELECT count(*) FROM sample_publication WHERE rev = 2 AND conclusion = "
                           "'conforming' AND failed_items IS NULL AND reason = '复检合格'"),
                     1);
    assert_int_equal(count(c, "SELECT count(*) FROM sample_publication"), 2);
    assert_int_equal(PUBLISH(""), QN_OK);

    /* SPEC sampling-34: "withdrawn by a revision that says so, with its reason" */
    before = traces(c);
#define TAKE_BACK(sheet, why) \
    sampling_unpublish(c->st, "同市监发〔2025〕56号", sheet, "审核员", why, &offices_err)
    refused(c, TAKE_BACK("2", NULL), "sampling.public-why", before);
    refused(c, TAKE_BACK("3", "误发"), "sampling.not-public", before);
    MUST(TAKE_BACK("2", "样品不是该单位的"));
    assert_int_equal(count(c, "SELECT count(*) FROM sample_publication WHERE rev = 3 AND withdrawn "
                              "= 1 AND reason = '样品不是该单位的' AND party = '第2站'"),
                     1);
    before = traces(c);
    refused(c, TAKE_BACK("2", "再来"), "sampling.not-public", before);
    MUST(PUBLISH("再来")); /* it says the same still */
    assert_true(p.published == 0 && p.corrected == 0 && p.withdrawn == 1 && traces(c) == before);
    MUST(case_revise(c, "sample", sheet[1], "model", "-10号"));
    MUST(PUBLISH(NULL));
    assert_true(p.published == 1 && p.withdrawn == 0);
    refused(c, sampling_publish(&p, c->st, "没有这个任务", "审核员", NULL, &offices_err),
            "value.no-such", traces(c));
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, lab_setup, family_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_comes_is_looked_at),
        TEST(a_number_is_bound_before_it_is_known),
        TEST(nobody_tests_what_he_took),
        TEST(nor_writes_it_down),
        TEST(a_photograph_is_the_one_of_the_sheet),
        TEST(only_the_custodian_sees_numbers),
        TEST(from_the_report_to_the_end),
        TEST(what_is_final_becomes_public),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
