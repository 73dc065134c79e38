/* test_record.c - the records' one mechanism, by the kinds of the follow-up: what is refused leaves nothing, revisions and
 * withdrawals, states, addressees, and who may. Inspectors are a county's own roster.                             */
#include "tests/unit/family.h"

#include "node/store/person.h"
#include "node/store/rows.h"
#include "node/work/deadline.h"
#include "node/work/plan_import.h"
#include "node/work/record.h"
#include "node/work/record_import.h"
#include "node/work/roster_import.h"

#define COUNT(a)     (sizeof(a) / sizeof((a)[0]))
#define DIGEST       "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define OTHER_DIGEST "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static char result[80], follow[80];
static const char inspectors[] = "姓名,执法证号,发证机关,证件有效期至,状态,可参加抽查\n"
                                 "王芳,0001,140602,2099-12-31,在岗,是\n"
                                 "李强,0002,140602,2099-12-31,在岗,是\n"
                                 "张伟,0003,140602,2020-12-31,在岗,是\n"
                                 "王芳,0004,140602,2099-12-31,在岗,是\n"
                                 "赵敏,0005,140602,2099-12-31,退休,是\n";

static void put_result(struct test_office *o)
{
    struct qn_row row;
    QN_AUTO(act) struct act a = {0};
    MUST(act_open(&a, o->st, QN_KIND_RESULT, QN_LANE_RESULT, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    int64_t id = act_id(&a);
    row_start(&row, &a, "inspection", id, 1);
    row_text(&row, "draw_office", "140602");
    row_int(&row, "draw_id", 1);
    row_int(&row, "slot_no", 1);
    row_text(&row, "object_id", "E:911406005733856910");
    row_text(&row, "inspectors", "140602/0001 王芳;140602/0002 李强");
    row_text(&row, "started", "2021-09-06T09:00:00");
    row_text(&row, "completed", "2021-09-06T10:00:00");
    row_int(&row, "visit_id", 1);
    row_text(&row, "acted_by", "李四");
    row_text(&row, "recorded_on", "2021-09-06T10:00:00");
    MUST(act_put(&a, &row, &offices_err));
    uint8_t digest[QN_HASH];
    assert_true(qn_hex_decode(digest, sizeof(digest), qn_str(DIGEST)));
    row_start(&row, &a, "evidence", act_id(&a), 1);
    row_int(&row, "inspection_id", id);
    row_text(&row, "kind", "process");
    row_blob(&row, "digest", digest, sizeof(digest));
    row_int(&row, "size", 1);
    row_text(&row, "captured_on", "2021-09-30T10:00:00");
    row_text(&row, "acted_by", "李四");
    row_text(&row, "media", "image/jpeg");
    row_blob(&row, "tree", digest, sizeof(digest));
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
    record_name_text(result, "140602", id);
}

/* "field=value" until NULL; the first refusal is what comes back. */
static enum qn_code write_record(struct test_office *o, const char *kind, char name[80],
                                 const char *const *values)
{
    QN_AUTO(record_draft) struct record_draft d = {0};
    enum qn_code rc = record_start(&d, o->st, record_type(kind), "李四", &offices_err);
    for (; !rc && *values; values++) {
        char field[40];
        size_t n = strcspn(*values, "=");
        snprintf(field, sizeof(field), "%.*s", (int)n, *values);
        rc = record_set(&d, field, qn_str(*values + n + 1), &offices_err);
    }
    if (!rc)
        rc = record_write(&d, &offices_err);
    if (!rc && name)
        record_name_text(name, code_of(o), d.id);
    return rc;
}

#define WRITE(o, kind, name, ...) \
    write_record(o, kind, name, (const char *const[]){__VA_ARGS__, NULL})

static const char *with(char out[120], const char *field, const char *value)
{
    snprintf(out, 120, "%s=%s", field, value);
    return out;
}

static int setup(void **state)
{
    unsigned n;
    const char *list;
    char path[260], ref[120];
    struct roster_imported got;
    family_setup(state);
    struct family *f = *state;
    MUST(tables_import(f->p.st, "tests/data/disposal-codes.csv", &n, &list, &offices_err));
    carry(&f->p, &f->c);
    carry(&f->c, &f->k);
    snprintf(path, sizeof(path), "%s/inspectors.csv", f->all.dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(inspectors, file);
    fclose(file);
    struct roster_import in = {.inspectors = path, .by = "李四"};
    MUST(roster_import(f->k.st, &in, &got, NULL, &offices_err));
    assert_int_equal(got.inspectors.rejected, 0);
    put_result(&f->k);
    MUST(WRITE(&f->k, "follow_up", follow, with(ref, "result", result), "disposal=D03",
               "opened_on=2021-09-07"));
    return 0;
}

static int64_t traces(struct test_office *o)
{
    return count(o, "SELECT sum(size) FROM log");
}

/* ---- values ---------------------------------------------------------------------------------------------------------- */

static void one_form_of_a_value(void **state)
{
    struct family *f = *state;
    static const struct {
        const char *kind, *field, *typed, *kept;
    } cases[] = {
        {"follow_up", "opened_on", "2021年9月7日", "2021-09-07"},
        {"follow_up", "opened_on", " 2021/9/7 ", "2021-09-07"},
        {"follow_up", "opened_on", "2021.09.07", "2021-09-07"},
        {"follow_up", "disposal", "D03", "D03"},
        {"follow_up", "disposal", "现场整改", "D02"},
        {"follow_up", "note", "　两行\r\n文字 ", "两行\n文字"},
        {"transfer", "receiver_kind", "公安机关", "police"},
        {"transfer", "receiver_kind", "police", "police"},
        {"transfer", "receiver_office", "140622", "140622"},
        {"recheck", "evidence", DIGEST, DIGEST},
        {"recheck", "inspectors", "李强；140602/0001", "140602/0002 李强;140602/0001 王芳"},
        {"recheck", "inspectors", "140602/0002 李强;140602/0001 王芳",
         "140602/0002 李强;140602/0001 王芳"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        QN_AUTO(record_draft) struct record_draft d = {0};
        print_message("%s.%s %s\n", cases[i].kind, cases[i].field, cases[i].typed);
        MUST(record_start(&d, f->k.st, record_type(cases[i].kind), "李四", &offices_err));
        MUST(record_set(&d, cases[i].field, qn_str(cases[i].typed), &offices_err));
        assert_string_equal(record_text(&d, cases[i].field), cases[i].kept);
        /* What is kept is read again as the same. */
        char kept[200];
        snprintf(kept, sizeof(kept), "%s", record_text(&d, cases[i].field));
        MUST(record_set(&d, cases[i].field, qn_str(kept), &offices_err));
        assert_string_equal(record_text(&d, cases[i].field), cases[i].kept);
        MUST(record_set(&d, cases[i].field, qn_str("  "), &offices_err));
        assert_string_equal(record_text(&d, cases[i].field), "");
    }
}

static void what_a_field_does_not_take(void **state)
{
    struct family *f = *state;
    static char long_text[5000];
    memset(long_text, 'x', sizeof(long_text) - 1);
    const struct {
        const char *kind, *field, *typed;
        enum qn_code code;
        const char *id;
    } cases[] = {
        {"follow_up", "no_such", "x", QN_MALFORMED, "records.field"},
        {"follow_up", "opened_on", "2021-02-29", QN_MALFORMED, "value.date"},
        {"follow_up", "opened_on", "2021-9", QN_MALFORMED, "value.date"},
        {"follow_up", "opened_on", "20210907", QN_MALFORMED, "value.date"},
        {"follow_up", "opened_on", "2021-09-07-01", QN_MALFORMED, "value.date"},
        {"follow_up", "disposal", "X99", QN_ABSENT, "value.code"},
        {"follow_up", "disposal", "D02,D03", QN_MALFORMED, "value.one-code"},
        {"follow_up", "note", "\xff", QN_MALFORMED, "value.utf8"},
        {"follow_up", "note", "a\033[2J", QN_MALFORMED, "value.control"},
        {"follow_up", "note", long_text, QN_LIMIT, "value.long"},
        {"follow_up", "result", "140602:1-7", QN_MALFORMED, "records.name"},
        {"follow_up", "result", "140602:1-9999-0", QN_ABSENT, "value.no-such"},
        {"correction_order", "doc_no", "a\nb", QN_MALFORMED, "value.one-line"},
        {"correction_order", "follow_up", "140622:1-7-0", QN_ABSENT, "value.no-such"},
        {"transfer", "receiver_kind", "discipline", QN_MALFORMED, "value.word"},
        {"transfer", "receiver_office", "1406-2", QN_MALFORMED, "value.office-code"},
        {"transfer", "receiver_office", "999999", QN_ABSENT, "value.office"},
        {"recheck", "evidence", "00", QN_MALFORMED, "value.digest"},
        {"recheck", "inspectors", "李强", QN_MALFORMED, "value.inspectors"},
        {"recheck", "inspectors", "李强、王芳", QN_CONFLICT, "value.namesakes"},
        {"recheck", "inspectors", "李强、孙悟空", QN_ABSENT, "value.no-inspector"},
        {"recheck", "inspectors", "李强、张伟", QN_DENIED, "value.inspector-not-valid"},
        {"recheck", "inspectors", "李强、赵敏", QN_DENIED, "value.inspector-not-valid"},
        {"recheck", "inspectors", "李强、140602/0002", QN_MALFORMED, "value.inspector-twice"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        QN_AUTO(record_draft) struct record_draft d = {0};
        print_message("%s.%s %.40s\n", cases[i].kind, cases[i].field, cases[i].typed);
        MUST(record_start(&d, f->k.st, record_type(cases[i].kind), "李四", &offices_err));
        assert_int_equal(record_set(&d, cases[i].field, qn_str(cases[i].typed), &offices_err),
                         cases[i].code);
        assert_string_equal(offices_err.id, cases[i].id);
        char said[600];
        text_error(said, sizeof(said), TEXT_ZH, &offices_err);
        assert_null(strchr(said, '{')); /* every value of the sentence came */
        char raw[80];
        snprintf(raw, sizeof(raw), "%s.%s", cases[i].kind, cases[i].field);
        assert_null(strstr(said, raw)); /* the field is said in words */
    }
}

/* ---- records --------------------------------------------------------------------------------------------------------- */

#define ORDER \
    ref, "doc_no=朔市监责改〔2021〕1号", "matter=补齐台账", "issued_on=2021-09-07", \
        "due_on=2021-09-30"
#define RECHECK ref, "done_on=2021-09-30", "inspectors=140602/0001、李强"

static void a_refused_record_leaves_nothing(void **state)
{
    struct family *f = *state;
    char ref[120];
    with(ref, "follow_up", follow);
    const struct {
        const char *kind, *id, *value[9];
    } cases[] = {
        {"correction_order", "value.empty", {ref, "doc_no=1号"}},
        {"correction_order", "value.order", {ORDER, "served_on=2021-09-06"}},
        {"correction_order", "value.empty", {ORDER, "served_on=2021-09-08"}},
        {"recheck", "value.empty", {RECHECK}},
        {"recheck", "value.empty", {RECHECK, "outcome=corrected"}},
        {"recheck", "value.empty", {RECHECK, "outcome=not_corrected"}},
        {"recheck", "follow.evidence", {RECHECK, "outcome=corrected", "evidence=" OTHER_DIGEST}},
        {"recheck",
         "follow.recheck-early",
         {ref, "done_on=2021-09-06", "inspectors=140602/0001、李强", "outcome=not_corrected",
          "note=x"}},
        {"recheck",
         "value.ahead",
         {RECHECK, "done_on=2199-01-01", "outcome=not_corrected", "note=x"}},
        /* valid on one day, told with another: the day stands behind the persons */
        {"recheck",
         "value.inspector-not-valid",
         {ref, "done_on=2020-12-01", "inspectors=张伟、李强", "done_on=2021-09-30",
          "outcome=not_corrected", "note=x"}},
        /* a neighbour's people, who were sent to nobody here */
        {"recheck",
         "value.not-sent",
         {ref, "done_on=2021-09-30", "inspectors=140622/0001 甲;140622/0002 乙",
          "outcome=not_corrected", "note=x"}},
        {"correction_order",
         "value.before",
         {ref, "doc_no=1号", "matter=x", "issued_on=2021-09-06", "due_on=2021-09-30"}},
        {"case_file",
         "value.before",
         {ref, "outcome=filed", "doc_no=1号", "filed_on=2021-09-06"}},
        {"transfer",
         "value.before",
         {ref, "receiver_kind=police", "receiver=县公安局", "doc_no=1号", "sent_on=2021-09-06"}},
        {"case_file", "value.empty", {ref, "outcome=not_filed"}},
        {"case_file", "value.empty", {ref, "outcome=filed", "doc_no=1号"}},
        {"case_file",
         "value.order",
         {ref, "outcome=filed", "doc_no=1号", "filed_on=2021-10-02", "decided_on=2021-10-01"}},
        {"case_file",
         "value.empty",
         {ref, "outcome=filed", "doc_no=1号", "filed_on=2021-10-02", "decided_on=2021-11-01"}},
        {"transfer",
         "value.empty",
         {ref, "receiver_kind=office", "receiver=应县局", "doc_no=1号", "sent_on=2021-10-01"}},
    };
    int64_t before = traces(&f->k);
    for (size_t i = 0; i < COUNT(cases); i++) {
        print_message("%s %s %zu\n", cases[i].kind, cases[i].id, i);
        assert_int_not_equal(write_record(&f->k, cases[i].kind, NULL, cases[i].value), QN_OK);
        assert_string_equal(offices_err.id, cases[i].id);
        assert_int_equal(traces(&f->k), before);
    }
}

static const char *state_of(struct test_office *o, const char *kind, const char *name)
{
    static char out[RECORD_STATE];
    char office[QN_CODE_MAX + 1];
    int64_t id;
    MUST(record_name(name, o->st, office, &id, &offices_err));
    MUST(record_state(out, o->st, record_type(kind), office, id, &offices_err));
    return out;
}

static enum qn_code revise(struct test_office *o, const char *kind, const char *name,
                           const char *field, const char *value, bool withdraw)
{
    QN_AUTO(record_draft) struct record_draft d = {0};
    enum qn_code rc =
        record_revise(&d, o->st, record_type(kind), name, "李四", "更正", &offices_err);
    if (!rc && field)
        rc = record_set(&d, field, qn_str(value), &offices_err);
    d.withdrawn = withdraw;
    return rc ? rc : record_write(&d, &offices_err);
}

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

/* ---- pages of rows ---------------------------------------------------------------------------------------------------- */

static void a_page_begins_where_the_last_one_ended(void **state)
{
    struct family *f = *state;
    char ref[120], name[80];
    int64_t seen[5], past = 0;
    unsigned n = 0;
    with(ref, "follow_up", follow);
    for (unsigned i = 0; i < 5; i++)
        MUST(WRITE(&f->k, "case_file", name, ref, "outcome=not_filed", "note=x"));
    MUST(revise(&f->k, "case_file", name, "note", "y", false)); /* two revisions, one record */
    for (unsigned page = 0; page < 4; page++) {
        const struct rows_query q = {.table = "case_file",
                                     .office = "140602",
                                     .where = {{"outcome", "not_filed", 0}},
                                     .nwhere = 1,
                                     .downward = true,
                                     .past_office = page ? "140602" : NULL,
                                     .past_id = past,
                                     .limit = 2};
        QN_AUTO(rows) struct rows r = {0};
        MUST(rows_open(&r, f->k.st, &q, &offices_err));
        while (rows_step(&r)) {
            assert_true(n < 5);
            seen[n++] = past = rows_int(&r, "id");
            assert_string_equal(rows_text(&r, "note"), n == 1 ? "y" : "x");
        }
        MUST(rows_end(&r, &offices_err));
    }
    assert_int_equal(n, 5);
    for (unsigned i = 1; i < n; i++)
        assert_true(seen[i] < seen[i - 1]);
    QN_AUTO(rows) struct rows r = {0};
    assert_int_equal(
        rows_open(&r, f->k.st, &(struct rows_query){.table = "case_file; DROP"}, &offices_err),
        QN_MALFORMED);
    assert_int_equal(
        rows_open(
            &r, f->k.st,
            &(struct rows_query){.table = "case_file", .where = {{"1 OR 1", "x", 0}}, .nwhere = 1},
            &offices_err),
        QN_MALFORMED);
}

/* ---- from a spreadsheet ----------------------------------------------------------------------------------------------- */

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void read_text(const char *path, char *out, size_t cap)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    out[fread(out, 1, cap - 1, file)] = 0;
    fclose(file);
}

static void rows_that_are_put_right_come_again(void **state)
{
    struct family *f = *state;
    char path[300], rejects[300], text[4000], name[80];
    struct record_imported got;
    snprintf(path, sizeof(path), "%s/cases.csv", f->all.dir);
    snprintf(rejects, sizeof(rejects), "%s/rejects.csv", f->all.dir);
    struct record_import o = {.type = record_type("case_file"),
                              .path = path,
                              .rejects = rejects,
                              .by = "李四",
                              .lang = TEXT_ZH};
    snprintf(text, sizeof(text),
             "2021年立案情况,,,\n后续处置,结果,说明,立案日期\n%s,不予立案,情节轻微,\n%s,已立案,,"
             "2021/10/16\n%s,立了案,,\n",
             follow, follow, follow);
    write_text(path, text);
    o.dry_run = true;
    int64_t before = traces(&f->k);
    MUST(record_import(f->k.st, &o, &got, NULL, &offices_err));
    assert_int_equal(got.added, 1);
    assert_int_equal(got.rejected, 2);
    assert_int_equal(traces(&f->k), before);
    o.dry_run = false;
    MUST(record_import(f->k.st, &o, &got, NULL, &offices_err));
    assert_int_equal(got.added, 1);
    assert_int_equal(traces(&f->k), before + 1);
    read_text(rejects, text, sizeof(text));
    assert_non_null(strstr(text, "退回行号,退回原因,后续处置,结果,说明,立案日期"));
    assert_non_null(strstr(text, "“文书编号”没有填写"));
    assert_non_null(strstr(text, "“结果”不能是“立了案”"));

    /* Nothing but rows that a rule refuses: they are given back, and nothing is written. */
    snprintf(text, sizeof(text), "后续处置,结果\n%s,不予立案\n%s,已立案\n", follow, follow);
    write_text(path, text);
    before = traces(&f->k);
    MUST(record_import(f->k.st, &o, &got, NULL, &offices_err));
    assert_int_equal(got.added, 0);
    assert_int_equal(got.rejected, 2);
    assert_int_equal(traces(&f->k), before);

    /* The same file again adds again: a row without a number is a new record. With its number it is that record. */
    snprintf(name, sizeof(name), "140602:%s", "");
    const struct rows_query q = {.table = "case_file", .office = "140602"};
    {
        QN_AUTO(rows) struct rows r = {0};
        MUST(rows_open(&r, f->k.st, &q, &offices_err));
        assert_true(rows_step(&r));
        record_name_text(name, "140602", rows_int(&r, "id"));
        MUST(rows_end(&r, &offices_err));
    }
    snprintf(text, sizeof(text), "编号,后续处置,结果,说明\n%s,%s,不予立案,情节轻微\n", name,
             follow);
    write_text(path, text);
    assert_int_equal(record_import(f->k.st, &o, &got, NULL, &offices_err), QN_OK);
    assert_int_equal(got.rejected, 1); /* a revision needs its reason */
    o.reason = "核对";
    MUST(record_import(f->k.st, &o, &got, NULL, &offices_err));
    assert_int_equal(got.same, 1);
    snprintf(text, sizeof(text), "编号,后续处置,结果,说明\n%s,%s,不予立案,已改正\n", name, follow);
    write_text(path, text);
    MUST(record_import(f->k.st, &o, &got, NULL, &offices_err));
    assert_int_equal(got.revised, 1);
    assert_int_equal(count(&f->k, "SELECT max(rev) FROM case_file WHERE note = '已改正'"), 2);
}

/* ---- persons ----------------------------------------------------------------------------------------------------------- */

static void from_the_first_person_on_only_those_entered_act(void **state)
{
    struct family *f = *state;
    struct store *st = f->k.st;
    char ref[120];
    with(ref, "follow_up", follow);
    const struct person clerk = {.name = "赵六", .roles = ROLE_FOLLOW_UP, .since = "2021-01-01"};
    struct person admin = {.name = "钱七", .roles = ROLE_ADMIN, .since = "2021-01-01"};
    assert_int_equal(person_set(st, &clerk, &offices_err), QN_DENIED);
    assert_string_equal(offices_err.id, "person.first-admin");
    person_enter(st, "钱七");
    MUST(person_set(st, &admin, &offices_err));
    person_enter(st, NULL);
    assert_int_equal(person_set(st, &clerk, &offices_err), QN_DENIED);
    assert_string_equal(offices_err.id, "person.who");
    person_enter(st, "钱七");
    MUST(person_set(st, &clerk, &offices_err));
    person_enter(st, NULL);
    assert_int_equal(WRITE(&f->k, "case_file", NULL, ref, "outcome=not_filed", "note=x"),
                     QN_DENIED); /* by 李四 */
    assert_string_equal(offices_err.id, "person.unknown");
    const struct duty *answer = duty_of(DUTY_CLUE_ANSWER);
    MUST(duty_may(st, answer, "赵六", &offices_err));
    assert_int_equal(duty_may(st, answer, "钱七", &offices_err), QN_DENIED);
    assert_string_equal(offices_err.id, "person.role");
    struct person gone = clerk;
    snprintf(gone.until, sizeof(gone.until), "2021-06-30");
    person_enter(st, "钱七");
    MUST(person_set(st, &gone, &offices_err));
    person_enter(st, NULL);
    assert_int_equal(duty_may(st, answer, "赵六", &offices_err), QN_DENIED);
    assert_string_equal(offices_err.id, "person.gone");
    admin.roles = ROLE_HEAD;
    person_enter(st, "钱七");
    assert_int_equal(person_set(st, &admin, &offices_err), QN_DENIED);
    assert_string_equal(offices_err.id, "person.last-admin");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, family_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_form_of_a_value),
        TEST(what_a_field_does_not_take),
        TEST(a_refused_record_leaves_nothing),
        TEST(a_follow_up_from_order_to_end),
        TEST(a_transfer_goes_to_its_receiver_and_the_answer_back),
        TEST(a_recheck_is_of_its_own_order),
        TEST(only_the_receiver_answers),
        TEST(a_number_of_another_office_does_not_bind),
        TEST(a_page_begins_where_the_last_one_ended),
        TEST(rows_that_are_put_right_come_again),
        TEST(from_the_first_person_on_only_those_entered_act),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
