/* test_visit.c - from the target to the reviewed result: certificates, experts, approval and notice, the visit, items,
 * the answers to a checklist, review. What is refused leaves nothing. Targets are a county's own, as a draw sends them. */
#include "tests/unit/family.h"
#include "tests/unit/written.h"

#include "node/store/person.h"
#include "node/work/evidence.h"
#include "node/work/plan_import.h"
#include "node/work/record.h"
#include "node/work/result.h"
#include "node/work/roster_import.h"
#include "node/work/target.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PAIR     "140602/JS001 王芳;140602/JS002 李强"
#define A        "E:911406005733856910"
#define B        "E:91140600MA0ABCDE1X"

static char draw[64], photo[256];
static const char roster[] = "姓名,执法证号,发证机关,证件有效期至,状态,可参加抽查\n"
                             "王芳,JS001,140602,2099-12-31,在岗,是\n"
                             "李强,JS002,140602,2099-12-31,在岗,是\n"
                             "张伟,JS003,140602,2020-12-31,在岗,是\n"
                             "赵敏,JS004,140602,2099-12-31,在岗,是\n";
static const char recusals[] = "执法证号,发证机关,对象编号,原因\nJS004,140602," A ",近亲属任职\n";

static void write_file(char path[256], const char *dir, const char *name, const void *bytes,
                       size_t n)
{
    snprintf(path, 256, "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

/* A is a target of tasks 1 and 2, B of task 1. */
static void dispatch(struct test_office *o)
{
    static const struct {
        const char *object, *task;
    } rows[] = {{A, "1"}, {A, "2"}, {B, "1"}};
    char id[40];
    QN_AUTO(act) struct act a = {0};
    MUST(act_open(&a, o->st, QN_KIND_DRAW, QN_LANE_DRAW, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    int64_t made = act_id(&a);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct qn_row row;
        row_start(&row, &a, "dispatch", act_id(&a), 1);
        row_int(&row, "draw_id", made);
        row_int(&row, "slot_no", (int64_t)i + 1);
        row_text(&row, "task", rows[i].task);
        row_int(&row, "round", 1);
        row_text(&row, "object_id", rows[i].object);
        row_text(&row, "object_name", "集贸市场");
        row_text(&row, "inspecting_office", "140602");
        row_text(&row, "inspectors", PAIR);
        row_text(&row, "window_to", "2021-11-30");
        MUST(act_put(&a, &row, &offices_err));
    }
    MUST(act_commit(&a, NULL, NULL, &offices_err));
    qn_row_id_text(id, made);
    snprintf(draw, sizeof(draw), "140602:%s", id);
}

static int setup(void **state)
{
    static const uint8_t jpeg[] = {0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F'};
    struct tables_imported n;
    char people[256], ties[256];
    struct roster_imported got;
    family_setup(state);
    struct family *f = *state;
    MUST(tables_import(f->p.st, "tests/data/result-codes.csv", NULL, false, &n, &offices_err));
    MUST(tables_import(f->p.st, "tests/data/disposal-codes.csv", NULL, false, &n, &offices_err));
    carry(&f->p, &f->c);
    carry(&f->c, &f->k);
    write_file(photo, f->all.dir, "photo.jpg", jpeg, sizeof(jpeg));
    write_file(people, f->all.dir, "inspectors.csv", roster, sizeof(roster) - 1);
    write_file(ties, f->all.dir, "recusals.csv", recusals, sizeof(recusals) - 1);
    MUST(roster_import(
        f->k.st, &(struct roster_import){.inspectors = people, .recusals = ties, .by = "李四"},
        &got, NULL, &offices_err));
    assert_int_equal(got.inspectors.rejected + got.recusals.rejected, 0);
    assert_int_equal(got.recusals.added, 1);
    dispatch(&f->k);
    return 0;
}

#define WRITE(o, kind, name, ...) \
    write_as(o, "李四", kind, name, (const char *const[]){__VA_ARGS__, NULL}, NULL)

static const char *with(char out[160], const char *field, const char *value)
{
    snprintf(out, 160, "%s=%s", field, value);
    return out;
}

static int64_t traces(struct test_office *o)
{
    return count(o, "SELECT sum(size) FROM log");
}

/* The refusal by its id; in Chinese every value of the sentence comes. */
static void refused(struct test_office *o, enum qn_code rc, const char *id, int64_t before)
{
    char said[800];
    if (!rc || strcmp(offices_err.id, id) != 0)
        fail_msg("%s instead of %s (%s)", rc ? offices_err.id : "success", id, offices_err.args);
    text_error(said, sizeof(said), TEXT_ZH, &offices_err);
    assert_null(strchr(said, '{'));
    assert_int_equal(traces(o), before);
}

#define DOOR \
    "object_id=" A, "started=2021-09-06 09:00", "completed=2021-09-06 11:00", "method=实地核查"
#define SIGNED "inspectors=" PAIR, "signature=signed", "representative=周某"

static enum qn_code door(struct test_office *o, char name[80], const char *more)
{
    return more ? WRITE(o, "visit", name, DOOR, SIGNED, more)
                : WRITE(o, "visit", name, DOOR, SIGNED);
}

/* ---- who may go ------------------------------------------------------------------------------------------------------ */

static void certificates_by_day(void **state)
{
    struct family *f = *state;
    struct test_office *k = &f->k;
    int64_t before = traces(k);
    refused(k, WRITE(k, "inspector_cert", NULL, "inspector=王芳、李强", "cert_kind=x"),
            "value.one-inspector", before);
    refused(k, WRITE(k, "inspector_cert", NULL, "inspector=孙悟空"), "value.no-inspector", before);
    refused(k,
            WRITE(k, "inspector_cert", NULL, "inspector=王芳", "cert_kind=行政执法证", "cert_no=1",
                  "issuer=x", "valid_from=2021-02-01", "valid_to=2021-01-31", "status=valid"),
            "value.order", before);
    refused(k,
            WRITE(k, "inspector_cert", NULL, "inspector=王芳", "cert_kind=行政执法证", "cert_no=1",
                  "issuer=x", "valid_from=2021-01-01", "valid_to=2025-12-31", "status=暂停执法"),
            "value.empty", before);

    /* The roster says until 2099; the certificate, once there is one, says more exactly. */
    MUST(WRITE(k, "inspector_cert", NULL, "inspector=王芳", "cert_kind=行政执法证", "cert_no=1",
               "issuer=x", "valid_from=2021-01-01", "valid_to=2021-09-05", "status=valid"));
    before = traces(k);
    refused(k, door(k, NULL, NULL), "value.inspector-not-valid", before);
    /* Its last day is one of its days. */
    MUST(WRITE(k, "visit", NULL, "object_id=" A, "started=2021-09-05 09:00",
               "completed=2021-09-05 10:00", "method=x", SIGNED));
    MUST(WRITE(k, "inspector_cert", NULL, "inspector=王芳", "cert_kind=行政执法证", "cert_no=2",
               "issuer=x", "valid_from=2021-09-06", "valid_to=2026-09-05", "status=已吊销",
               "status_on=2021-09-07"));
    MUST(door(k, NULL, NULL)); /* the day before it was revoked */
    before = traces(k);
    refused(k,
            WRITE(k, "visit", NULL, "object_id=" A, "started=2021-09-07 09:00",
                  "completed=2021-09-07 10:00", "method=x", SIGNED),
            "value.inspector-not-valid", before);
}

/* A result without a visit of its own is judged by the same rules. */
static void a_result_by_certificates(void **state)
{
    struct family *f = *state;
    struct result_record o = {
        .draw = draw, .object = B, .codes = "R01", .by = "李四", .started = "2021-09-06T09:00:00"};
    int64_t id, before;
    MUST(WRITE(&f->k, "inspector_cert", NULL, "inspector=李强", "cert_kind=行政执法证", "cert_no=9",
               "issuer=x", "valid_from=2021-09-07", "valid_to=2025-12-31", "status=valid"));
    before = traces(&f->k);
    refused(&f->k, result_record(f->k.st, &o, &id, &offices_err), "value.inspector-not-valid",
            before);
    o.started = "2021-09-07T09:00:00";
    MUST(result_record(f->k.st, &o, &id, &offices_err));
}

/* ---- the visit --------------------------------------------------------------------------------------------------------- */

static void spoilt_visit(void **state)
{
    struct family *f = *state;
    struct test_office *k = &f->k;
    MUST(
        WRITE(k, "expert", NULL, "name=钱某", "body=计量院", "fields=计量", "valid_to=2021-09-06"));
    MUST(
        WRITE(k, "expert", NULL, "name=吴某", "body=计量院", "fields=计量", "valid_to=2021-09-05"));
    const struct {
        const char *id, *value[9];
    } cases[] = {
        {"visit.one-day",
         {"object_id=" A, "started=2021-09-06 09:00", "completed=2021-09-07 09:00", "method=x",
          SIGNED}},
        {"value.order",
         {"object_id=" A, "started=2021-09-06 09:00", "completed=2021-09-06 08:00", "method=x",
          SIGNED}},
        {"visit.no-target",
         {"object_id=E:911406005733856929", "started=2021-09-06 09:00",
          "completed=2021-09-06 10:00", "method=x", SIGNED}},
        {"value.inspectors", {DOOR, "inspectors=王芳", "signature=signed"}},
        {"value.inspector-not-valid", {DOOR, "inspectors=王芳、张伟", "signature=signed"}},
        {"visit.recused", {DOOR, "inspectors=王芳、赵敏", "signature=signed"}},
        {"value.empty", {DOOR, "inspectors=" PAIR}},
        {"value.empty", {DOOR, "inspectors=" PAIR, "signature=refused"}},
        {"value.empty", {DOOR, "inspectors=" PAIR, "signature=refused", "refusal=拒绝"}},
        {"value.empty", {DOOR, "inspectors=" PAIR, "signature=nobody", "witness=邻居"}},
        {"visit.witness-inspects",
         {DOOR, "inspectors=" PAIR, "signature=refused", "refusal=拒绝", "witness=李强"}},
        {"visit.no-expert", {DOOR, SIGNED, "experts=孙悟空"}},
        {"visit.no-expert", {DOOR, SIGNED, "experts=钱某、吴某"}},
        {"visit.expert-inspects", {DOOR, SIGNED, "experts=钱某、王芳"}},
        {"value.no-such", {DOOR, SIGNED, "approval=没有"}},
    };
    int64_t before = traces(k);
    for (size_t i = 0; i < COUNT(cases); i++) {
        print_message("%zu %s\n", i, cases[i].id);
        refused(k, write_as(k, "李四", "visit", NULL, cases[i].value, NULL), cases[i].id, before);
    }
    MUST(door(k, NULL, "experts=钱某")); /* on the last day of the expert */
    MUST(WRITE(k, "visit", NULL, DOOR, "inspectors=" PAIR, "signature=拒绝签字", "refusal=拒绝",
               "witness=社区工作人员"));
}

static void approval_and_notice(void **state)
{
    struct family *f = *state;
    struct test_office *k = &f->k;
    char a[80], n[80], other[80], ref[160], no[160], all[160];
    int64_t before = traces(k);
#define PERIOD \
    "items=计量器具", "from_on=2021-09-06", "to_on=2021-09-10", "method=实地核查", \
        "approved_on=2021-09-03"
    refused(k, WRITE(k, "visit_approval", NULL, "doc_no=1", PERIOD, "announced=announced"),
            "value.empty", before);
    refused(k,
            WRITE(k, "visit_approval", NULL, "doc_no=1", "object_id=" A, PERIOD,
                  "announced=不提前通知"),
            "value.empty", before);
    refused(k,
            WRITE(k, "visit_approval", NULL, "doc_no=1", "object_id=E:911406005733856929", PERIOD,
                  "announced=announced"),
            "visit.no-target", before);
    MUST(
        WRITE(k, "visit_approval", a, "doc_no=1号", "object_id=" A, PERIOD, "announced=announced"));
    MUST(WRITE(k, "visit_approval", other, "doc_no=2号", with(all, "draw", draw), PERIOD,
               "announced=unannounced", "basis=举报"));
    before = traces(k);
    with(ref, "approval", a);
#define SERVED "doc_no=通1号", "received_by=周某", "mode=direct"
    refused(k, WRITE(k, "visit_notice", NULL, ref, "object_id=" B, SERVED, "served_on=2021-09-04"),
            "visit.other-object", before);
    refused(k, WRITE(k, "visit_notice", NULL, ref, "object_id=" A, SERVED, "served_on=2021-09-02"),
            "visit.notice-early", before);
    refused(k,
            WRITE(k, "visit_notice", NULL, "approval=2号", "object_id=" A, SERVED,
                  "served_on=2021-09-04"),
            "visit.unannounced", before);
    refused(k, door(k, NULL, ref), "visit.no-notice", before);
    MUST(WRITE(k, "visit_notice", n, ref, "object_id=" A, SERVED, "served_on=2021-09-07"));
    before = traces(k);
    with(no, "notice", n);
    refused(k, WRITE(k, "visit", NULL, DOOR, SIGNED, ref, no), "visit.before-notice", before);
    refused(k,
            WRITE(k, "visit", NULL, "object_id=" A, "started=2021-09-11 09:00",
                  "completed=2021-09-11 10:00", "method=x", SIGNED, ref, no),
            "visit.not-approved", before);
    refused(k,
            WRITE(k, "visit", NULL, "object_id=" B, "started=2021-09-08 09:00",
                  "completed=2021-09-08 10:00", "method=x", SIGNED, ref, no),
            "visit.other-object", before);
    MUST(WRITE(k, "visit", NULL, "object_id=" A, "started=2021-09-07 09:00",
               "completed=2021-09-07 10:00", "method=x", SIGNED, ref, no));
    MUST(door(k, NULL, with(ref, "approval", other))); /* of the draw, without notice */
    /* Who approves is a head. */
    struct person p = {.name = "管理", .roles = ROLE_ADMIN, .since = "2021-01-01"};
    person_enter(k->st, "管理");
    MUST(person_set(k->st, &p, &offices_err));
    person_enter(k->st, NULL);
    p = (struct person){.name = "局长", .roles = ROLE_HEAD, .since = "2021-01-01"};
    person_enter(k->st, "管理");
    MUST(person_set(k->st, &p, &offices_err));
    person_enter(k->st, NULL);
    p = (struct person){.name = "李四", .roles = ROLE_INSPECTOR, .since = "2021-01-01"};
    person_enter(k->st, "管理");
    MUST(person_set(k->st, &p, &offices_err));
    person_enter(k->st, NULL);
    before = traces(k);
    refused(k,
            WRITE(k, "visit_approval", NULL, "doc_no=3号", "object_id=" A, PERIOD,
                  "announced=announced"),
            "person.role", before);
    MUST(write_as(
        k, "局长", "visit_approval", NULL,
        (const char *const[]){"doc_no=3号", "object_id=" A, PERIOD, "announced=announced", NULL},
        NULL));
}

/* ---- items ----------------------------------------------------------------------------------------------------------------- */

static struct result_record two_items(const char *visit)
{
    return (struct result_record){.draw = draw,
                                  .object = A,
                                  .task = "1",
                                  .by = "李四",
                                  .visit = visit,
                                  .nitems = 2,
                                  .item = {{"企业证照情况", "R01", NULL, NULL},
                                           {"台账记录情况", "R05,R22", "台账缺页", "D03"}}};
}

static void one_visit_two_targets(void **state)
{
    struct family *f = *state;
    struct test_office *k = &f->k;
    char visit[80];
    int64_t id, second;
    MUST(door(k, visit, NULL));
    struct result_record o = two_items(visit), p;
    int64_t before = traces(k);
    o.object = B;
    refused(k, result_record(k->st, &o, &id, &offices_err), "result.other-visit", before);
    o = two_items(visit);
    o.started = "2021-09-06T08:59:59";
    refused(k, result_record(k->st, &o, &id, &offices_err), "result.outside-visit", before);
    o = two_items(visit);
    o.item[1].item = o.item[0].item;
    refused(k, result_record(k->st, &o, &id, &offices_err), "result.item-twice", before);
    o = two_items(visit);
    o.item[1].problem = "";
    refused(k, result_record(k->st, &o, &id, &offices_err), "result.problem", before);
    o = two_items(visit);
    o.item[1].codes = "R01,R05";
    refused(k, result_record(k->st, &o, &id, &offices_err), "result.clean-and-more", before);
    o = two_items(visit);
    o.item[1].disposal = "D77";
    refused(k, result_record(k->st, &o, &id, &offices_err), "result.code", before);
    o = two_items("140602:1-9999-0");
    refused(k, result_record(k->st, &o, &id, &offices_err), "records.absent", before);

    o = two_items(visit);
    MUST(result_record(k->st, &o, &id, &offices_err));
    assert_int_equal(count(k, "SELECT count(*) FROM inspection_result WHERE codes = 'R05,R22' AND "
                              "result_text = '发现问题已责令改正；违反质量技术监督相关规定'"),
                     1);
    assert_int_equal(count(k,
                           "SELECT count(*) FROM item_result r JOIN item_finding f ON f.id = r.id "
                           "WHERE r.name = '台账记录情况' AND f.problem = '台账缺页' AND "
                           "f.disposal = 'D03' AND r.inspection_rev = 1"),
                     1);
    /* The second target of the same way through the door; without items it is one, named after its task. */
    p = (struct result_record){
        .draw = draw, .object = A, .task = "2", .by = "李四", .visit = visit, .codes = "R01"};
    MUST(result_record(k->st, &p, &second, &offices_err));
    assert_int_equal(count(k, "SELECT count(*) FROM visit"), 1);
    assert_int_equal(count(k,
                           "SELECT count(DISTINCT id) FROM inspection WHERE visit_id = (SELECT id "
                           "FROM visit)"),
                     2);
    assert_int_equal(
        count(k, "SELECT count(*) FROM item_result WHERE name = '2' AND codes = 'R01'"), 1);
    /* What names persons or says what was wrong is in no public part. */
    carry(k, &f->c);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM item_result WHERE office = '140602'"), 3);
}

static void corrected_by_item(void **state)
{
    struct family *f = *state;
    struct test_office *k = &f->k;
    struct result_record o = two_items(NULL);
    char name[80];
    int64_t id, rev;
    o.started = "2021-09-06T09:00:00";
    MUST(result_record(k->st, &o, &id, &offices_err));
    record_name_text(name, "140602", id);
    struct result_correct c = {.result = name, .codes = "R01", .reason = "复核", .by = "李四"};
    int64_t before = traces(k);
    refused(k, result_correct(k->st, &c, &rev, &offices_err), "result.which-item", before);
    c = (struct result_correct){.result = name,
                                .reason = "复核",
                                .by = "李四",
                                .nitems = 1,
                                .item = {{"台账记录情况", "R01", NULL, NULL}}};
    MUST(result_correct(k->st, &c, &rev, &offices_err));
    assert_int_equal(rev, 2);
    assert_int_equal(
        count(k, "SELECT count(*) FROM inspection_result WHERE rev = 2 AND codes = 'R01'"), 1);
    /* All items stand at the new revision, what was said stands at the old one. */
    assert_int_equal(count(k, "SELECT count(*) FROM item_result WHERE inspection_rev = 2"), 2);
    assert_int_equal(
        count(k, "SELECT count(*) FROM item_result WHERE inspection_rev = 1 AND codes = 'R05,R22'"),
        1);
    c.nitems = 2; /* one more item */
    c.item[1] = (struct result_item){"产品标识", "R08", "无厂名", "D03"};
    MUST(result_correct(k->st, &c, &rev, &offices_err));
    assert_int_equal(
        count(k, "SELECT count(*) FROM inspection_result WHERE rev = 3 AND codes = 'R08'"), 1);
    assert_int_equal(count(k, "SELECT count(*) FROM item_result WHERE inspection_rev = 3"), 3);
}

/* What was said of the task as a whole does not stand beside its items. */
static void corrected_into_items(void **state)
{
    struct family *f = *state;
    struct test_office *k = &f->k;
    struct result_record o = two_items(NULL);
    char name[80];
    int64_t id, rev;
    o.started = "2021-09-06T09:00:00";
    o.nitems = 0;
    o.codes = "R01";
    MUST(result_record(k->st, &o, &id, &offices_err));
    record_name_text(name, "140602", id);
    struct result_correct c = {.result = name,
                               .reason = "复核",
                               .by = "李四",
                               .nitems = 1,
                               .item = {{"产品标识", "R08", "无厂名", "D03"}}};
    MUST(result_correct(k->st, &c, &rev, &offices_err));
    assert_int_equal(count(k, "SELECT count(*) FROM item_result WHERE inspection_rev = 2"), 1);
    assert_int_equal(
        count(k, "SELECT count(*) FROM item_result WHERE inspection_rev = 2 AND name = '产品标识'"),
        1);
    /* An item that was named stays, whatever else is named now. */
    c.item[0] = (struct result_item){"台账记录情况", "R01", NULL, NULL};
    MUST(result_correct(k->st, &c, &rev, &offices_err));
    assert_int_equal(count(k, "SELECT count(*) FROM item_result WHERE inspection_rev = 3"), 2);
}

/* ---- checklist and review --------------------------------------------------------------------------------------------- */

static void answers_and_review(void **state)
{
    struct family *f = *state;
    struct test_office *k = &f->k;
    char list[80], old[80], yes[80], number[80], of_old[80], result[80], refs[6][160], digest[65];
    char visit_name[80];
    int64_t id, rev;
    MUST(WRITE(k, "checklist", list, "title=计量", "version=2", "valid_from=2021-07-01"));
    MUST(WRITE(k, "checklist", old, "title=计量旧", "version=1", "valid_to=2021-06-30"));
    with(refs[0], "checklist", list);
    with(refs[1], "checklist", old);
    MUST(WRITE(k, "check_point", yes, refs[0], "no=1", "text=是否检定", "answer_kind=yes_no",
               "evidence=if_wrong"));
    MUST(WRITE(k, "check_point", number, refs[0], "no=2", "text=台数", "answer_kind=number",
               "evidence=none"));
    MUST(WRITE(k, "check_point", of_old, refs[1], "no=1", "text=x", "answer_kind=yes_no",
               "evidence=none"));
    struct result_record o = {.draw = draw,
                              .object = B,
                              .codes = "R01",
                              .by = "李四",
                              .started = "2021-09-06T09:00:00",
                              .nphotos = 1,
                              .photo = {photo}};
    MUST(result_record(k->st, &o, &id, &offices_err));
    record_name_text(result, "140602", id);
    {
        QN_AUTO(query) struct query q = query_start(k->st, SQL_FILES_LIST);
        q_bind_text(&q, "140602");
        q_bind_int(&q, id);
        q_bind_text(&q, "");
        q_bind_int(&q, 0);
        q_bind_int(&q, 1);
        assert_true(q_step(&q));
        qn_hex(digest, q_span(&q, 4).p, QN_HASH);
        MUST(query_end(&q, &offices_err));
    }
    with(refs[2], "inspection", result);
    with(refs[3], "point", yes);
    with(refs[4], "point", number);
    with(refs[5], "point", of_old);
    char evidence[160];
    with(evidence, "evidence", digest);
    int64_t before = traces(k);
    refused(k, WRITE(k, "check_answer", NULL, refs[2], refs[5], "judged=right"),
            "answer.not-in-force", before);
    refused(k, WRITE(k, "check_answer", NULL, refs[2], refs[3], "judged=不适用"), "answer.applies",
            before);
    refused(k, WRITE(k, "check_answer", NULL, refs[2], refs[3], "judged=wrong"), "value.empty",
            before);
    refused(k, WRITE(k, "check_answer", NULL, refs[2], refs[3], "judged=wrong", "note=未检定"),
            "value.empty", before);
    refused(k,
            WRITE(k, "check_answer", NULL, refs[2], refs[3], "judged=wrong", "note=未检定",
                  "evidence=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"),
            "answer.evidence", before);
    refused(k, WRITE(k, "check_answer", NULL, refs[2], refs[4], "judged=right"), "value.empty",
            before);
    refused(k, WRITE(k, "check_answer", NULL, refs[2], refs[4], "judged=right", "answer=三台"),
            "answer.number", before);
    MUST(WRITE(k, "check_answer", NULL, refs[2], refs[3], "judged=wrong", "note=未检定", evidence));
    before = traces(k);
    refused(k, WRITE(k, "check_answer", NULL, refs[2], refs[3], "judged=right"), "answer.twice",
            before);

    /* A point of the same list is still open; who wrote it or was there does not approve it. */
#define REVIEW(by, ...) \
    write_as(k, by, "result_review", NULL, \
             (const char *const[]){refs[2], "reviewed_on=2021-09-08", __VA_ARGS__, NULL}, NULL)
    refused(k, REVIEW("审核员", "outcome=approved"), "review.unanswered", before);
    refused(k, REVIEW("李四", "outcome=approved"), "review.own", before);
    refused(k, REVIEW("王芳", "outcome=sent_back", "note=x"), "review.own", before);
    refused(k, REVIEW("审核员", "outcome=sent_back"), "value.empty", before);
    char state_word[TARGET_STATE];
    struct target t;
    MUST(target_named(&t, k->st, draw, B, NULL, &offices_err));
#define STATE(want) \
    MUST(target_state(state_word, k->st, &t, &offices_err)); \
    assert_string_equal(state_word, want)
    STATE("recorded");
    MUST(REVIEW("审核员", "outcome=sent_back", "note=补充台数"));
    STATE("sent_back");
    MUST(WRITE(k, "check_answer", NULL, refs[2], refs[4], "judged=right", "answer=3.5"));
    MUST(result_correct(
        k->st,
        &(struct result_correct){.result = result, .codes = "R01", .reason = "补充", .by = "李四"},
        &rev, &offices_err));
    STATE("recorded"); /* the correction is reviewed anew */
    /* Nobody entered what the party signed. */
    before = traces(k);
    refused(k, REVIEW("审核员", "outcome=approved"), "review.unsigned", before);
    QN_AUTO(record_draft) struct record_draft visit = {0};
    record_name_text(visit_name, "140602",
                     count(k, "SELECT visit_id FROM inspection ORDER BY id DESC LIMIT 1"));
    MUST(record_revise(&visit, k->st, record_type("visit"), visit_name, "李四", "补登",
                       &offices_err));
    MUST(record_set(&visit, "signature", qn_str("signed"), &offices_err));
    assert_int_equal(record_write(&visit, &offices_err), QN_MALFORMED);
    MUST(record_set(&visit, "representative", qn_str("周某"), &offices_err));
    MUST(record_write(&visit, &offices_err));
    MUST(REVIEW("审核员", "outcome=approved"));
    STATE("reviewed");
}

/* SPEC records-31: "a follow-up not before the day on which the result was found" */
static void what_follows_comes_after(void **state)
{
    struct family *f = *state;
    struct test_office *k = &f->k;
    char result[80], ref[160];
    int64_t id, before;
    struct result_record o = {.draw = draw,
                              .object = B,
                              .codes = "R05",
                              .problem = "x",
                              .by = "李四",
                              .started = "2021-09-06T09:00:00"};
    MUST(result_record(k->st, &o, &id, &offices_err));
    record_name_text(result, "140602", id);
    with(ref, "result", result);
    before = traces(k);
    refused(k, WRITE(k, "follow_up", NULL, ref, "disposal=D03", "opened_on=2021-09-05"),
            "value.before", before);
    MUST(WRITE(k, "follow_up", NULL, ref, "disposal=D03", "opened_on=2021-09-06"));
    with(ref, "inspection", result);
    before = traces(k);
    refused(k,
            write_as(k, "审核员", "result_review", NULL,
                     (const char *const[]){ref, "outcome=sent_back", "note=x",
                                           "reviewed_on=2021-09-05", NULL},
                     NULL),
            "value.before", before);
    /* Whoever no roster names goes nowhere, whatever a row says of who is sent. */
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    char name[40], of[80];
    MUST(act_open(&a, k->st, QN_KIND_DRAW, QN_LANE_DRAW, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    int64_t made = act_id(&a);
    row_start(&row, &a, "dispatch", act_id(&a), 1);
    row_int(&row, "draw_id", made);
    row_int(&row, "slot_no", 1);
    row_text(&row, "task", "1");
    row_int(&row, "round", 1);
    row_text(&row, "object_id", A);
    row_text(&row, "object_name", "集贸市场");
    row_text(&row, "inspecting_office", "140602");
    row_text(&row, "inspectors", "140602/JS009 无名;140602/JS002 李强");
    row_text(&row, "window_to", "2021-11-30");
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
    qn_row_id_text(name, made);
    snprintf(of, sizeof(of), "140602:%s", name);
    o.draw = of;
    o.object = A;
    before = traces(k);
    refused(k, result_record(k->st, &o, &id, &offices_err), "value.no-inspector", before);
}

/* ---- targets ------------------------------------------------------------------------------------------------------------ */

static void states_of_a_target(void **state)
{
    struct family *f = *state;
    struct test_office *k = &f->k;
    char state_word[TARGET_STATE], ref[160], approval[80];
    struct target t;
    int64_t id;
    MUST(target_named(&t, k->st, draw, B, "1/1", &offices_err));
    with(ref, "draw", draw);
    STATE("waiting");
    int64_t before = traces(k);
    refused(k,
            WRITE(k, "target_answer", NULL, ref, "object_id=" B, "task=1", "outcome=returned",
                  "answered_on=2021-09-01"),
            "value.empty", before);
    refused(k,
            WRITE(k, "target_answer", NULL, ref, "object_id=" B, "task=2", "outcome=accepted",
                  "answered_on=2021-09-01"),
            "result.no-target", before);
    MUST(WRITE(k, "target_answer", NULL, ref, "object_id=" B, "task=1", "outcome=accepted",
               "answered_on=2021-09-01"));
    STATE("accepted");
    MUST(WRITE(k, "visit_approval", approval, "doc_no=1号", "object_id=" B, PERIOD,
               "announced=announced"));
    MUST(WRITE(k, "visit_notice", NULL, "approval=1号", "object_id=" B, SERVED,
               "served_on=2021-09-04"));
    STATE("notified");
    MUST(WRITE(k, "target_answer", NULL, ref, "object_id=" B, "task=1/1", "outcome=无法检查",
               "answered_on=2021-09-05", "note=已搬离"));
    STATE("not_inspectable");
    struct result_record o = {.draw = draw,
                              .object = B,
                              .codes = "R05",
                              .problem = "x",
                              .by = "李四",
                              .started = "2021-09-06T09:00:00"};
    MUST(result_record(k->st, &o, &id, &offices_err));
    STATE("recorded");
    before = traces(k);
    refused(k,
            WRITE(k, "target_answer", NULL, ref, "object_id=" B, "task=1", "outcome=returned",
                  "answered_on=2021-09-07", "note=x"),
            "target.has-result", before);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, family_teardown)
    const struct CMUnitTest tests[] = {
        TEST(certificates_by_day),      TEST(a_result_by_certificates), TEST(spoilt_visit),
        TEST(approval_and_notice),      TEST(one_visit_two_targets),    TEST(corrected_by_item),
        TEST(answers_and_review),       TEST(states_of_a_target),       TEST(corrected_into_items),
        TEST(what_follows_comes_after),
    };
    return cmocka_run_group_tests_name("visit", tests, NULL, NULL);
}
