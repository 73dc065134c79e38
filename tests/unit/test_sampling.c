/* test_sampling.c - product sampling up to the sealed sample: quotas, the sheet, what one enterprise gives, refusals that two
 * offices determine. What is refused leaves nothing. */
#include "tests/unit/sampling_case.h"

#include "node/text/text.h"

static int64_t traces(struct test_office *o)
{
    return count(o, "SELECT sum(size) FROM log");
}

static void refused(struct family *f, enum qn_code rc, const char *id, int64_t before)
{
    char said[600];
    print_message("%s\n", id);
    assert_int_not_equal(rc, QN_OK);
    assert_string_equal(offices_err.id, id);
    assert_int_equal(traces(&f->c), before);
    text_error(said, sizeof(said), TEXT_ZH, &offices_err);
    assert_null(strchr(said, '{'));
}

/* ---- tasks --------------------------------------------------------------------------------------------------------- */

static void what_is_given_out_is_what_was_planned(void **state)
{
    struct family *f = *state;
    const int64_t before = traces(&f->c);
    static const struct {
        const char *kind, *id, *value[6];
    } cases[] = {
        {"sampling_quota",
         "sampling.quota-twice",
         {"task=同市监发〔2025〕56号", "product=车用柴油", "sampling_lab=律达检测", "lab=律达检测",
          "batches=1"}},
        {"sampling_quota",
         "sampling.quota-sum",
         {"task=同市监发〔2025〕56号", "product=车用尿素水溶液", "sampling_lab=律达检测",
          "lab=律达检测", "batches=1"}},
        {"sampling_quota",
         "value.no-such",
         {"task=同市监发〔2025〕56号", "product=车用汽油", "sampling_lab=律达检测", "lab=律达检测",
          "batches=1"}},
        {"sampling_product",
         "value.number",
         {"task=同市监发〔2025〕56号", "no=7", "name=学生文具", "batches=0"}},
        {"sampling_task",
         "value.order",
         {"title=x", "doc_no=y", "issued_on=2025-08-01", "service_until=2025-07-01"}},
        {"sampling_task", "value.empty", {"title=x", "doc_no=y", "scheme_approval=1号"}},
        {"lab_person",
         "sampling.staff-no",
         {"lab=律达检测", "name=郑七", "staff_no=L01", "duty=检验"}},
        {"lab_person", "value.word", {"lab=律达检测", "name=郑七", "staff_no=L09", "duty=开车"}},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        refused(f, write_as(&f->c, "李四", cases[i].kind, NULL, cases[i].value, NULL), cases[i].id,
                before);
    /* A product keeps room for what was given out of it. */
    char product[80];
    MUST(WRITE(&f->c, "sampling_product", product, "task=同市监发〔2025〕56号", "no=7",
               "name=学生文具", "batches=4"));
    MUST(WRITE(&f->c, "sampling_quota", NULL, "task=同市监发〔2025〕56号", "product=学生文具",
               "sampling_lab=律达检测", "lab=律达检测", "batches=3"));
    assert_int_equal(case_revise(&f->c, "sampling_product", product, "batches", "2"), QN_DENIED);
    assert_string_equal(offices_err.id, "sampling.product-given");
    MUST(case_revise(&f->c, "sampling_product", product, "batches", "3"));
}

static void the_same_name_in_two_tasks_is_told_apart(void **state)
{
    struct family *f = *state;
    char scheme[100], rules[100];
    snprintf(scheme, sizeof(scheme), "scheme_filing=%s", case_filed[0]);
    snprintf(rules, sizeof(rules), "rules_filing=%s", case_filed[1]);
    MUST(WRITE(&f->c, "sampling_task", NULL, "title=2026年监督抽查", "doc_no=同市监发〔2026〕1号",
               scheme, rules, "rules_published_on=2025-08-20"));
    MUST(WRITE(&f->c, "sampling_product", NULL, "task=同市监发〔2026〕1号", "no=1", "name=车用柴油",
               "batches=9"));
    MUST(SHEET(&f->c, NULL, "sheet_no=1"));
    int64_t before = traces(&f->c);
    refused(f,
            SHEET(&f->c, NULL, "sheet_no=2", "task=同市监发〔2026〕1号", "product=车用尿素水溶液"),
            "value.no-such", before);
    /* The other task's product has no quota. */
    refused(f, SHEET(&f->c, NULL, "sheet_no=2", "task=同市监发〔2026〕1号", "product=车用柴油"),
            "sampling.no-quota", before);
}

/* SPEC sampling-3: "No sheet is of a day before that, nor before the days of both answers" */
static void nothing_is_taken_before_the_office_above_approved(void **state)
{
    struct family *f = *state;
    struct test_office *c = &f->c;
    char task[80], filing[2][80], answer[80];
#define OTHER_TASK "task=同市监发〔2026〕1号", "product=学生文具", "party=丙", "party_uscc="
    MUST(WRITE(c, "sampling_task", task, "title=2026年监督抽查", "doc_no=同市监发〔2026〕1号",
               "scheme_approval=自批1号", "scheme_approved_on=2025-08-01",
               "rules_published_on=2025-08-20"));
    MUST(WRITE(c, "sampling_product", NULL, "task=同市监发〔2026〕1号", "no=1", "name=学生文具",
               "batches=2"));
    MUST(WRITE(c, "sampling_quota", NULL, "task=同市监发〔2026〕1号", "product=学生文具",
               "sampling_lab=天津五十一站", "lab=律达检测", "batches=2"));
    /* Its own approval is none: it has an office above it. */
    refused(f, SHEET(c, NULL, "sheet_no=9", OTHER_TASK), "sampling.not-filed", traces(c));
    MUST(
        WRITE(c, "filing", filing[0], "subject_kind=scheme", "subject=方案", "sent_on=2025-08-03"));
    MUST(WRITE(c, "filing", filing[1], "subject_kind=rules", "subject=细则", "document=" D("5"),
               "sent_on=2025-08-03"));
    int64_t before = traces(c);
    refused(f, case_revise(c, "sampling_task", task, "scheme_filing", filing[1]),
            "sampling.other-filing", before);
    refused(f, case_revise(c, "sampling_task", task, "rules_filing", filing[0]),
            "sampling.other-filing", before);
    MUST(case_revise(c, "sampling_task", task, "rules_digest", D("6")));
    before = traces(c);
    refused(f, case_revise(c, "sampling_task", task, "rules_filing", filing[1]),
            "sampling.other-rules", before);
    MUST(case_revise(c, "sampling_task", task, "rules_digest", D("5")));
    MUST(case_revise(c, "sampling_task", task, "scheme_filing", filing[0]));
    refused(f, SHEET(c, NULL, "sheet_no=9", OTHER_TASK), "sampling.not-answered", traces(c));
    MUST(case_answer(f, filing[0], "approved", "2025-08-15", NULL));
    refused(f, SHEET(c, NULL, "sheet_no=9", OTHER_TASK), "sampling.not-filed", traces(c));
    MUST(case_revise(c, "sampling_task", task, "rules_filing", filing[1]));
    /* What was returned is not approved; a change of mind is. */
    MUST(case_answer(f, filing[1], "returned", "2025-08-16", answer));
    refused(f, SHEET(c, NULL, "sheet_no=9", OTHER_TASK), "sampling.not-answered", traces(c));
    assert_int_equal(case_answer(f, filing[1], "acknowledged", "2025-08-16", NULL), QN_CONFLICT);
    MUST(case_revise(&f->p, "filing_answer", answer, "outcome", "approved"));
    carry(&f->p, c);
    MUST(SHEET(c, NULL, "sheet_no=9", OTHER_TASK));
}

/* SPEC sampling-3: "The office at the root names the approval of its scheme" */
static void the_root_office_approves_its_own_scheme(void **state)
{
    struct family *f = *state;
    struct test_office *p = &f->p;
    char task[80];
    MUST(WRITE(p, "lab", NULL, "name=省质检院"));
    MUST(WRITE(p, "lab_person", NULL, "lab=省质检院", "name=甲", "staff_no=S1", "duty=抽样"));
    MUST(WRITE(p, "lab_person", NULL, "lab=省质检院", "name=乙", "staff_no=S2", "duty=抽样"));
    MUST(WRITE(p, "sampling_task", task, "title=省级监督抽查", "doc_no=晋市监发〔2025〕1号",
               "rules_published_on=2025-08-20"));
    MUST(WRITE(p, "sampling_product", NULL, "task=晋市监发〔2025〕1号", "no=1", "name=电线",
               "batches=2"));
    MUST(WRITE(p, "sampling_quota", NULL, "task=晋市监发〔2025〕1号", "product=电线",
               "sampling_lab=省质检院", "lab=省质检院", "batches=2"));
#define ROOT_SHEET \
    "task=晋市监发〔2025〕1号", "product=电线", "lab=省质检院", "county=140602", \
        "outcome=未抽到样品", "stage=流通领域", "sampled_on=" ON, "party=丙", "samplers=S1、S2", \
        "sheet_no=1", "note=无货"
    assert_int_equal(WRITE(p, "sample", NULL, ROOT_SHEET), QN_DENIED);
    assert_string_equal(offices_err.id, "sampling.not-approved");
    MUST(case_revise(p, "sampling_task", task, "scheme_approved_on", "2025-08-10"));
    MUST(WRITE(p, "sample", NULL, ROOT_SHEET));
}

/* ---- the sheet ------------------------------------------------------------------------------------------------------- */

static void a_sheet_that_lacks_something_is_none(void **state)
{
    struct family *f = *state;
    static const struct {
        const char *id, *value[6];
    } cases[] = {
        {"value.empty", {"party="}},
        {"value.empty", {"photo_place="}},
        {"value.empty", {"photo_storage="}},
        {"value.empty", {"photo_label="}},
        {"value.empty", {"photo_stock="}},
        {"value.empty", {"photo_process="}},
        {"value.empty", {"test_seal="}},
        {"value.empty", {"backup_seal="}},
        {"value.empty", {"price="}},
        {"value.empty", {"price_basis="}},
        {"value.empty", {"stock="}},
        {"value.empty", {"producer="}},
        {"value.empty", {"batch_no="}},
        {"value.empty", {"papers="}},
        {"sampling.papers", {"papers=监督抽查通知书、授权委托书"}},
        {"value.word", {"papers=监督抽查通知书、名片"}},
        {"sampling.one-seal", {"backup_seal=A1"}},
        {"value.empty", {"backup_place=被抽样单位"}}, /* without its approval */
        {"sampling.copies", {"backup_place=被抽样单位", "backup_approval=3号"}},
        {"sampling.copies", {"copies_left=抽样单"}},
        {"value.empty", {"party_signature=拒绝签字"}}, /* and no note why */
        {"value.staff", {"samplers=T01"}},
        {"value.inspector-twice", {"samplers=T01、T01"}},
        {"value.no-staff", {"samplers=T01、T99"}},
        {"value.staff-namesakes", {"samplers=T02、赵一"}},
        {"value.staff-not-valid", {"samplers=T01、T04"}},
        {"sampling.staff-duty", {"samplers=T01、T03"}},
        {"sampling.staff-other-lab", {"samplers=T01、L02"}},
        {"sampling.approved-later", {"sampled_on=2025-08-09", "samplers=T01、T02"}},
        {"sampling.approved-later", {"sampled_on=2025-08-11", "samplers=T01、T02"}},
        {"sampling.rules-not-public", {"sampled_on=2025-08-19", "samplers=T01、T02"}},
        {"value.order", {"shipped_on=2025-09-09"}},
        {"value.office", {"county=999999"}},
        {"value.no-such", {"lab=没有的机构"}},
        {"sampling.no-quota", {"product=车用尿素水溶液"}},
        {"value.empty", {"outcome=拒检", "test_seal=", "backup_seal="}},
        {"sampling.seal-of-nothing", {"outcome=未抽到样品", "note=无货"}},
    };
    const int64_t before = traces(&f->c);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *values[8] = {"sheet_no=1"};
        for (int k = 0; cases[i].value[k]; k++)
            values[k + 1] = cases[i].value[k];
        refused(f, write_as(&f->c, "李四", "sample", NULL, case_sheet, values), cases[i].id,
                before);
    }
    char sheet[80];
    MUST(SHEET(&f->c, sheet, "sheet_no=1"));
    assert_int_equal(count(&f->c, "SELECT count(*) FROM sample WHERE papers = "
                                  "'notice,identity,authority' AND samplers LIKE '%赵一;%钱二'"),
                     1);
    refused(f, SHEET(&f->c, NULL, "sheet_no=1", "party=乙", "party_uscc="), "sampling.sheet-twice",
            before + 1);
    MUST(case_revise(&f->c, "sample", sheet, "samplers", "T02；T01"));
    assert_int_equal(case_revise(&f->c, "sample", sheet, "product", "车用尿素水溶液"), QN_DENIED);
    assert_string_equal(offices_err.id, "value.fixed");
    /* With an approval and its notice the backup sample may stay. */
    MUST(SHEET(&f->c, NULL, "sheet_no=2", "party=乙", "party_uscc=", "backup_place=被抽样单位",
               "backup_approval=同市监质〔2025〕8号",
               "copies_left=样品封存和处置告知单、抽样单、监督抽查通知书"));
}

static void a_quota_is_used_up(void **state)
{
    struct family *f = *state;
    char sheet[4][80], no[40], party[40];
    for (int i = 0; i < 3; i++) {
        snprintf(no, sizeof(no), "sheet_no=%d", i);
        snprintf(party, sizeof(party), "party=第%d站", i);
        /* the second one refuses: that is a batch too */
        MUST(i == 1 ? SHEET(&f->c, sheet[i], no, party, "party_uscc=", "outcome=拒检", "note=锁门",
                            "test_seal=", "backup_seal=")
                    : SHEET(&f->c, sheet[i], no, party, "party_uscc="));
    }
    const int64_t before = traces(&f->c);
    refused(f, SHEET(&f->c, NULL, "sheet_no=3", "party=第3站", "party_uscc="),
            "sampling.quota-full", before);
    refused(f,
            SHEET(&f->c, NULL, "sheet_no=3", "party=第3站", "party_uscc=", "outcome=拒检",
                  "note=锁门", "test_seal=", "backup_seal="),
            "sampling.quota-full", before);
    /* Nothing to take, or no reason to: no batch. */
    MUST(SHEET(&f->c, NULL, "sheet_no=3", "party=第3站", "party_uscc=", "outcome=未抽到样品",
               "note=无货", "test_seal=", "backup_seal="));
    /* The other lab has its own, and what is withdrawn is free again. */
    MUST(SHEET(&f->c, NULL, "sheet_no=4", "party=第4站", "party_uscc=", "lab=天津五十一站"));
    MUST(case_revise(&f->c, "sample", sheet[0], NULL, NULL));
    MUST(SHEET(&f->c, sheet[3], "sheet_no=5", "party=第5站", "party_uscc="));
    /* A quota is never less than what was taken on it. */
    char quota[80];
    record_name_text(quota, "1406",
                     count(&f->c, "SELECT id FROM sampling_quota WHERE batches = 3"));
    assert_int_equal(case_revise(&f->c, "sampling_quota", quota, "batches", "2"), QN_DENIED);
    assert_string_equal(offices_err.id, "sampling.quota-used");
}

static void what_one_enterprise_gives(void **state)
{
    struct family *f = *state;
    MUST(SHEET(&f->c, NULL, "sheet_no=1"));
    int64_t before = traces(&f->c);
    refused(f, SHEET(&f->c, NULL, "sheet_no=2"), "sampling.same-product", before);
    /* Another name under the same code is the same enterprise; the same name without a code is too. */
    refused(f, SHEET(&f->c, NULL, "sheet_no=2", "party=甲站东库"), "sampling.same-product", before);
    refused(f, SHEET(&f->c, NULL, "sheet_no=2", "party_uscc="), "sampling.same-product", before);
    MUST(SHEET(&f->c, NULL, "sheet_no=2", "product=车用尿素水溶液", "lab=天津五十一站"));
    MUST(WRITE(&f->c, "sampling_product", NULL, "task=同市监发〔2025〕56号", "no=9",
               "name=塑料购物袋", "batches=5"));
    MUST(WRITE(&f->c, "sampling_quota", NULL, "task=同市监发〔2025〕56号", "product=塑料购物袋",
               "sampling_lab=天津五十一站", "lab=天津五十一站", "batches=5"));
    before = traces(&f->c);
    refused(f, SHEET(&f->c, NULL, "sheet_no=3", "product=塑料购物袋", "lab=天津五十一站"),
            "sampling.third-batch", before);
    MUST(SHEET(&f->c, NULL, "sheet_no=3", "product=塑料购物袋", "lab=天津五十一站",
               "extra_reason=大型超市，在售品种多"));
    MUST(SHEET(&f->c, NULL, "sheet_no=4", "extra_reason=大型超市，在售品种多"));
}

/* SPEC sampling-30: "Once a sample was received or tested, or a refusal determined, outcome, lab, day, samplers, party and seals
 * stay as they were" */
static void what_was_received_stays_what_was_taken(void **state)
{
    static const char *const kept[][2] = {
        {"lab", "天津五十一站"}, {"sampled_on", "2025-09-09"}, {"samplers", "T02、T01"},
        {"party", "乙加油站"},   {"party_uscc", ""},           {"test_seal", "A2"},
        {"backup_seal", "B2"},
    };
    struct family *f = *state;
    char sheet[80], refusal[80], of[120];
    MUST(SHEET(&f->c, sheet, "sheet_no=1"));
    /* On the way a slip of the pen is put right. */
    MUST(case_revise(&f->c, "sample", sheet, "test_seal", "A9"));
    MUST(case_revise(&f->c, "sample", sheet, "test_seal", "A1"));
    snprintf(of, sizeof(of), "sample=%s", sheet);
    MUST(WRITE(&f->c, "sample_reception", NULL, of, "received_on=2025-09-12", "outcome=received",
               "seal=intact", "matches=yes", "looks=完好", "licence_kind=none"));
    int64_t before = traces(&f->c);
    for (size_t i = 0; i < COUNT(kept); i++) {
        refused(f, case_revise(&f->c, "sample", sheet, kept[i][0], kept[i][1]), "sampling.bound",
                before);
        assert_non_null(strstr(offices_err.args, kept[i][0]));
    }
    refused(f, case_revise(&f->c, "sample", sheet, "outcome", "未抽到样品"), "sampling.bound",
            before);
    MUST(case_revise(&f->c, "sample", sheet, "model", "92号"));
    /* A refusal that was determined becomes no batch that was taken, nor another's. */
    MUST(SHEET(&f->c, refusal, "sheet_no=2", "party=乙", "party_uscc=", "outcome=拒检", "note=锁门",
               "test_seal=", "backup_seal="));
    MUST(case_revise(&f->c, "sample", refusal, "party", "丙"));
    snprintf(of, sizeof(of), "sample=%s", refusal);
    MUST(WRITE(&f->c, "refusal_determination", NULL, of, "doc_no=拒1", "facts=x",
               "determined_on=2025-09-12"));
    before = traces(&f->c);
    refused(f, case_revise(&f->c, "sample", refusal, "party", "丁"), "sampling.bound", before);
    refused(f, case_revise(&f->c, "sample", refusal, "outcome", "未抽到样品"), "sampling.bound",
            before);
}

/* ---- refusals ---------------------------------------------------------------------------------------------------------- */

static void a_refusal_is_determined_by_two(void **state)
{
    struct family *f = *state;
    char taken[80], sheet[80], of[120], determination[80], name[80];
    MUST(SHEET(&f->c, taken, "sheet_no=1"));
    MUST(SHEET(&f->c, sheet, "sheet_no=2", "party=乙", "party_uscc=", "outcome=拒检", "note=锁门",
               "test_seal=", "backup_seal="));
    assert_string_equal(case_state(&f->c, "sample", sheet), "refused");
    assert_int_equal(WRITE(&f->c, "refusal_determination", NULL, "sample=1", "doc_no=拒1",
                           "facts=x", "determined_on=2025-09-12"),
                     QN_DENIED);
    assert_string_equal(offices_err.id, "sampling.not-refused");
    assert_int_equal(WRITE(&f->c, "refusal_determination", NULL, "sample=2", "doc_no=拒1",
                           "facts=x", "determined_on=2025-09-09"),
                     QN_MALFORMED);
    assert_string_equal(offices_err.id, "sampling.before-sampling");
    MUST(WRITE(&f->c, "refusal_determination", determination, "sample=2", "doc_no=拒1",
               "facts=两次上门均拒绝", "determined_on=2025-09-12"));
    assert_int_equal(WRITE(&f->c, "refusal_determination", NULL, "sample=2", "doc_no=拒2",
                           "facts=x", "determined_on=2025-09-12"),
                     QN_CONFLICT);
    assert_string_equal(case_state(&f->c, "sample", sheet), "refused");

    /* The county of the sheet has it; the neighbour has not. */
    carry(&f->c, &f->k);
    carry(&f->c, &f->k2);
    assert_int_equal(count(&f->k2, "SELECT count(*) FROM sample"), 0);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM sample"), 2);
    snprintf(of, sizeof(of), "determination=%s", determination);
    assert_int_equal(
        WRITE(&f->c, "refusal_cosign", NULL, of, "outcome=同意", "cosigned_on=2025-09-13"),
        QN_DENIED);
    assert_string_equal(offices_err.id, "sampling.not-the-county");
    assert_int_equal(
        WRITE(&f->k, "refusal_cosign", NULL, of, "outcome=不同意", "cosigned_on=2025-09-13"),
        QN_MALFORMED);
    MUST(WRITE(&f->k, "refusal_cosign", name, of, "outcome=不同意", "cosigned_on=2025-09-13",
               "note=当日停业"));
    carry(&f->k, &f->c);
    assert_string_equal(case_state(&f->c, "sample", sheet), "refusal_disputed");
    assert_int_equal(
        WRITE(&f->k, "refusal_cosign", NULL, of, "outcome=同意", "cosigned_on=2025-09-14"),
        QN_CONFLICT);
    MUST(case_revise(&f->k, "refusal_cosign", name, "outcome", "同意"));
    carry(&f->k, &f->c);
    assert_string_equal(case_state(&f->c, "sample", sheet), "refusal_determined");
    assert_string_equal(case_state(&f->k, "sample", sheet), "refusal_determined");
    assert_string_equal(case_state(&f->c, "sample", taken), "in_transit");
}

static void only_a_sampler_writes_a_sheet(void **state)
{
    struct family *f = *state;
    struct store *st = f->c.st;
    person_enter(st, "钱七");
    MUST(person_set(st,
                    &(struct person){.name = "钱七", .roles = ROLE_ADMIN, .since = "2021-01-01"},
                    &offices_err));
    person_enter(st, NULL);
    person_enter(st, "钱七");
    MUST(person_set(st,
                    &(struct person){
                        .name = "李四", .roles = ROLE_TESTER | ROLE_PLANNER, .since = "2021-01-01"},
                    &offices_err));
    person_enter(st, NULL);
    assert_int_equal(SHEET(&f->c, NULL, "sheet_no=1"), QN_DENIED);
    assert_string_equal(offices_err.id, "person.role");
    person_enter(st, "钱七");
    MUST(person_set(st,
                    &(struct person){.name = "李四", .roles = ROLE_SAMPLER, .since = "2021-01-01"},
                    &offices_err));
    person_enter(st, NULL);
    MUST(SHEET(&f->c, NULL, "sheet_no=1"));
    assert_int_equal(WRITE(&f->c, "lab", NULL, "name=别的机构"), QN_DENIED);
}

/* Party, producer and staff stand in system tables only. */
static void no_person_and_no_party_is_public(void **state)
{
    struct family *f = *state;
    static const char *const open[] = {"lab", "sampling_task", "sampling_product",
                                       "sampling_quota"};
    (void)f;
    for (unsigned i = 0; record_type_at(i); i++) {
        const struct record_type *t = record_type_at(i);
        bool is_open = false;
        for (size_t k = 0; k < COUNT(open); k++)
            is_open = is_open || strcmp(open[k], t->name) == 0;
        for (unsigned n = 0; n < t->nfields; n++)
            if (is_open)
                assert_true(t->field[n].kind != FIELD_STAFF &&
                            strcmp(t->field[n].name, "party") != 0);
        const struct qn_table *table =
            qn_registry_table(store_registry(f->c.st), qn_str(t->table[0]));
        assert_non_null(table);
        /* What is announced of a sample names the business it was taken at (sampling-28), and nobody else. */
        bool announced = strcmp(t->name, "sample_publication") == 0;
        if ((record_field(t, "party") && !announced) || record_field(t, "staff_no") ||
            record_field(t, "testers"))
            assert_int_equal(table->audience, QN_SYSTEM);
    }
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, sampling_setup, family_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_given_out_is_what_was_planned),
        TEST(the_same_name_in_two_tasks_is_told_apart),
        TEST(nothing_is_taken_before_the_office_above_approved),
        TEST(the_root_office_approves_its_own_scheme),
        TEST(a_sheet_that_lacks_something_is_none),
        TEST(a_quota_is_used_up),
        TEST(what_one_enterprise_gives),
        TEST(what_was_received_stays_what_was_taken),
        TEST(a_refusal_is_determined_by_two),
        TEST(only_a_sampler_writes_a_sheet),
        TEST(no_person_and_no_party_is_public),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
