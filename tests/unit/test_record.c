/* test_record.c - the records' one mechanism, by the kinds of the follow-up: what is refused leaves nothing, pages, lists,
 * and who may. */
#include "tests/unit/record_case.h"

#include <unistd.h>

#include "node/store/person.h"
#include "node/store/rows.h"
#include "node/work/record_import.h"
#include "tests/unit/stopped.h"

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
        {"case_file", "value.before", {ref, "outcome=filed", "doc_no=1号", "filed_on=2021-09-06"}},
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
        assert_int_not_equal(write_as(&f->k, "李四", cases[i].kind, NULL, cases[i].value, NULL),
                             QN_OK);
        assert_string_equal(offices_err.id, cases[i].id);
        assert_int_equal(traces(&f->k), before);
    }
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

/* SPEC web-90: "the rejected rows of an import go with it" */
static void an_import_that_is_given_up_gives_no_rows_back(void **state)
{
    struct family *f = *state;
    char path[300], rejects[300], text[1000];
    struct record_imported got;
    struct qn_err err;
    snprintf(path, sizeof(path), "%s/cases.csv", f->all.dir);
    snprintf(rejects, sizeof(rejects), "%s/rejects.csv", f->all.dir);
    const struct record_import o = {
        .type = record_type("case_file"), .path = path, .rejects = rejects, .by = "李四"};
    snprintf(text, sizeof(text), "后续处置,结果,说明\n%s,不予立案,情节轻微\n%s,立了案,\n", follow,
             follow);
    write_text(path, text);
    int64_t before = traces(&f->k);
    assert_int_equal(
        record_import(f->k.st, &o, &got, &(struct qn_report){stopped_at_rejects, f->k.st}, &err), QN_LATER);
    store_on_stop(f->k.st, NULL, NULL);
    assert_string_equal(err.id, "store.stopped");
    assert_int_equal(traces(&f->k), before);
    assert_int_equal(access(rejects, F_OK), -1);
    MUST(record_import(f->k.st, &o, &got, NULL, &offices_err));
    assert_int_equal(traces(&f->k), before + 1);
    assert_int_equal(access(rejects, F_OK), 0);
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
    const struct duty answer = record_duty(record_type("clue_answer"));
    MUST(duty_may(st, &answer, "赵六", &offices_err));
    assert_int_equal(duty_may(st, &answer, "钱七", &offices_err), QN_DENIED);
    assert_string_equal(offices_err.id, "person.role");
    struct person gone = clerk;
    snprintf(gone.until, sizeof(gone.until), "2021-06-30");
    person_enter(st, "钱七");
    MUST(person_set(st, &gone, &offices_err));
    person_enter(st, NULL);
    assert_int_equal(duty_may(st, &answer, "赵六", &offices_err), QN_DENIED);
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
        TEST(a_page_begins_where_the_last_one_ended),
        TEST(an_import_that_is_given_up_gives_no_rows_back),
        TEST(rows_that_are_put_right_come_again),
        TEST(from_the_first_person_on_only_those_entered_act),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
