/* sampling_case.h - a sampling task of two products and two labs at a city, its staff, and sheets that differ from a good
 * one in what a test names. */
#ifndef QIAN_TESTS_SAMPLING_CASE_H
#define QIAN_TESTS_SAMPLING_CASE_H

#include "tests/unit/family.h"
#include "tests/unit/written.h"

#include "node/store/person.h"
#include "node/work/plan_import.h"
#include "node/work/record.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define D(n)     "0" n "112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define ON       "2025-09-10"

#define WRITE(o, kind, name, ...) \
    write_as(o, "李四", kind, name, (const char *const[]){__VA_ARGS__, NULL}, NULL)

static inline enum qn_code case_revise(struct test_office *o, const char *kind, const char *name,
                                       const char *field, const char *value)
{
    QN_AUTO(record_draft) struct record_draft d = {0};
    enum qn_code rc =
        record_revise(&d, o->st, record_type(kind), name, "李四", "更正", &offices_err);
    if (!rc && field)
        rc = record_set(&d, field, qn_str(value), &offices_err);
    d.withdrawn = !field;
    return rc ? rc : record_write(&d, &offices_err);
}

static inline const char *case_state(struct test_office *o, const char *kind, const char *name)
{
    static char out[RECORD_STATE];
    char office[QN_CODE_MAX + 1];
    int64_t id;
    MUST(record_name(name, o->st, office, &id, &offices_err));
    MUST(record_state(out, o->st, record_type(kind), office, id, &offices_err));
    return out;
}

static const char *const case_sheet[] = {"task=同市监发〔2025〕56号",
                                         "product=车用柴油",
                                         "lab=律达检测",
                                         "county=140602",
                                         "outcome=已抽样",
                                         "stage=流通领域",
                                         "sampled_on=" ON,
                                         "place=站内",
                                         "party=甲加油站",
                                         "party_uscc=911406005733856910",
                                         "producer=某石化",
                                         "model=0号",
                                         "trademark=某牌",
                                         "batch_no=20250801",
                                         "quantity=2L",
                                         "stock=20t",
                                         "price=7.10元/L",
                                         "price_basis=标价",
                                         "samplers=T01、T02",
                                         "papers=监督抽查通知书、抽样人员身份证明、授权委托书",
                                         "photo_place=" D("1"),
                                         "photo_storage=" D("2"),
                                         "photo_label=" D("3"),
                                         "photo_stock=" D("4"),
                                         "photo_process=" D("5"),
                                         "test_seal=A1",
                                         "backup_seal=B1",
                                         "backup_place=检验机构",
                                         "party_signature=已签字",
                                         "copies_left=监督抽查通知书、抽样单",
                                         "shipped_on=2025-09-11",
                                         NULL};
/* A sheet like the one above, save for what is named. */
#define SHEET(o, name, ...) \
    write_as(o, "李四", "sample", name, case_sheet, (const char *const[]){__VA_ARGS__, NULL})

/* Scheme and rules as the city sent them up. */
static char case_filed[2][80];

/* The answer of the province to one of them, as it comes back. */
static inline enum qn_code case_answer(struct family *f, const char *filing, const char *outcome,
                                       const char *on, char name[80])
{
    char ref[100], word[60], day[40];
    snprintf(ref, sizeof(ref), "filing=%s", filing);
    snprintf(word, sizeof(word), "outcome=%s", outcome);
    snprintf(day, sizeof(day), "answered_on=%s", on);
    carry(&f->c, &f->p);
    enum qn_code rc =
        WRITE(&f->p, "filing_answer", name, ref, word, day, "receipt_no=晋批1号", "note=见函");
    if (!rc)
        carry(&f->p, &f->c);
    return rc;
}

static inline int sampling_setup(void **state)
{
    family_setup(state);
    struct family *f = *state;
    struct test_office *c = &f->c;
    MUST(WRITE(c, "lab", NULL, "name=天津五十一站"));
    MUST(WRITE(c, "lab", NULL, "name=律达检测"));
    static const char *const staff[][4] = {
        {"lab=天津五十一站", "name=赵一", "staff_no=T01", "duty=抽样"},
        {"lab=天津五十一站", "name=钱二", "staff_no=T02", "duty=抽样和检验"},
        {"lab=天津五十一站", "name=孙三", "staff_no=T03", "duty=检验"},
        {"lab=天津五十一站", "name=赵一", "staff_no=T04", "duty=抽样"},
        {"lab=律达检测", "name=周五", "staff_no=L01", "duty=检验"},
        {"lab=律达检测", "name=吴六", "staff_no=L02", "duty=抽样和检验"},
    };
    for (size_t i = 0; i < COUNT(staff); i++)
        MUST(WRITE(c, "lab_person", NULL, staff[i][0], staff[i][1], staff[i][2], staff[i][3],
                   i == 3 ? "valid_to=2025-06-30" : "valid_to="));
    MUST(WRITE(c, "filing", case_filed[0], "subject_kind=scheme", "subject=2025年监督抽查实施方案",
               "sent_on=2025-08-02"));
    MUST(WRITE(c, "filing", case_filed[1], "subject_kind=rules", "subject=2025年监督抽查实施细则",
               "document=" D("6"), "sent_on=2025-08-02"));
    MUST(case_answer(f, case_filed[0], "approved", "2025-08-10", NULL));
    MUST(case_answer(f, case_filed[1], "approved", "2025-08-12", NULL));
    char scheme[100], rules[100];
    snprintf(scheme, sizeof(scheme), "scheme_filing=%s", case_filed[0]);
    snprintf(rules, sizeof(rules), "rules_filing=%s", case_filed[1]);
    MUST(WRITE(c, "sampling_task", NULL, "title=2025年监督抽查", "doc_no=同市监发〔2025〕56号",
               "issued_on=2025-08-01", scheme, rules, "rules_digest=" D("6"),
               "rules_published_on=2025-08-20", "service_until=2025-11-10", "ecqs_until=2025-11-15",
               "report_until=2025-11-15"));
    MUST(WRITE(c, "sampling_product", NULL, "task=同市监发〔2025〕56号", "no=5", "name=车用柴油",
               "batches=5"));
    MUST(WRITE(c, "sampling_product", NULL, "task=同市监发〔2025〕56号", "no=6",
               "name=车用尿素水溶液", "batches=2"));
    MUST(WRITE(c, "sampling_quota", NULL, "task=同市监发〔2025〕56号", "product=车用柴油",
               "sampling_lab=天津五十一站", "lab=律达检测", "batches=3"));
    MUST(WRITE(c, "sampling_quota", NULL, "task=同市监发〔2025〕56号", "product=车用柴油",
               "sampling_lab=天津五十一站", "lab=天津五十一站", "batches=2"));
    MUST(WRITE(c, "sampling_quota", NULL, "task=同市监发〔2025〕56号", "product=车用尿素水溶液",
               "sampling_lab=天津五十一站", "lab=天津五十一站", "batches=2"));
    return 0;
}

/* The same with the codes of disposals at all three offices. */
static inline int lab_setup(void **state)
{
    struct tables_imported n;
    sampling_setup(state);
    struct family *f = *state;
    MUST(tables_import(f->p.st, "tests/data/disposal-codes.csv", NULL, false, &n, &offices_err));
    carry(&f->p, &f->c);
    carry(&f->c, &f->k);
    return 0;
}

#endif
