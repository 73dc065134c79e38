/* test_export.c - lists for systems outside: what a cell becomes in each kind of file, the list for e-CQS, and what a
 * change opens again. */
#include "tests/unit/sampling_case.h"

#include <unistd.h>

#include "node/publish/export.h"
#include "node/sheet/sheet.h"
#include "node/store/file.h"
#include "node/work/deadline.h"
#include "node/work/record_import.h"

static char path[300];

/* ---- cells ------------------------------------------------------------------------------------------------------------ */

static const struct sheet_heading headings[] = {
    {"code", "代码", false}, {"year", "年度", true}, {"text", "文字", false}};

static void written(enum sheet_format format, const char *charset, const char *const cells[][3],
                    size_t rows)
{
    static const char *const endings[] = {".csv", ".xlsx", ".json"};
    const struct sheet_how how = {format, charset, "清单"};
    struct sheet_out *o;
    snprintf(path, sizeof(path), "/tmp/qian-export-%ld%s", (long)getpid(), endings[format]);
    MUST(sheet_out_start(&o, path, &how, &offices_err));
    sheet_out_headings(o, headings, COUNT(headings));
    for (size_t i = 0; i < rows; i++) {
        for (size_t k = 0; k < 3; k++)
            sheet_out_cell(o, cells[i][k]);
        sheet_out_end_row(o);
    }
    MUST(sheet_out_close(&o, &offices_err));
}

static const char *bytes_of(struct qn_buf *b)
{
    MUST(file_read(b, path, 1 << 20, &offices_err));
    qn_put(b, "", 1);
    unlink(path);
    return (const char *)b->p;
}

static const char *const cells[][3] = {
    {"007", "2021", "a\nb"},
    {"12E34", "007", "=1+1"},
    {"91140602MA0KX0A76X", "1E5", "\"q\"\\"},
    {"000000000000000001", "9007199254740993", "\x01甲\x7f"},
    {"", "", ""},
};

/* SPEC exports-3: "in JSON years, rounds and counts are numbers, all else strings" */
static void json_keeps_codes(void **state)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    (void)state;
    written(SHEET_JSON, NULL, cells, COUNT(cells));
    assert_string_equal(
        bytes_of(&b),
        "[\n{\"code\": \"007\", \"year\": 2021, \"text\": \"a\\u000ab\"},\n"
        "{\"code\": \"12E34\", \"year\": \"007\", \"text\": \"=1+1\"},\n"
        "{\"code\": \"91140602MA0KX0A76X\", \"year\": \"1E5\", \"text\": \"\\\"q\\\"\\\\\"},\n"
        "{\"code\": \"000000000000000001\", \"year\": \"9007199254740993\", \"text\": "
        "\"\xef\xbf\xbd甲\xef\xbf\xbd\"}\n]\n");
    written(SHEET_JSON, NULL, cells, 0);
    QN_AUTO(qn_buf) struct qn_buf none = {0};
    assert_string_equal(bytes_of(&none), "[\n]\n");
}

static void csv_cannot_act(void **state)
{
    QN_AUTO(qn_buf) struct qn_buf utf = {0}, gb = {0};
    (void)state;
    written(SHEET_CSV, NULL, cells, 2);
    assert_string_equal(
        bytes_of(&utf),
        "\xef\xbb\xbf代码,年度,文字\r\n007,2021,\"a\nb\"\r\n12E34,007,\"'=1+1\"\r\n");
    written(SHEET_CSV, "GB18030", cells, 1);
    assert_string_equal(bytes_of(&gb), "\xb4\xfa\xc2\xeb,\xc4\xea\xb6\xc8,\xce\xc4\xd7\xd6\r\n"
                                       "007,2021,\"a\nb\"\r\n");
}

static enum qn_code heard(void *ctx, const struct sheet_row *raw, const char *const *cell,
                          struct qn_err *err)
{
    char(*said)[400] = ctx;
    size_t n = strlen(*said);
    (void)raw;
    (void)err;
    snprintf(*said + n, sizeof(*said) - n, "%s|%s|%s\n", cell[0], cell[1], cell[2]);
    return QN_OK;
}

/* What is written is read back as it was, by our own reader; t/export has a stranger read it. */
static void read_back(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++) {
        char said[400] = "";
        struct sheet_column columns[] = {
            {"代码", true, -1}, {"年度", true, -1}, {"文字", true, -1}};
        struct sheet_file file = {.path = path, .columns = columns, .n = 3};
        written(k == 2 ? SHEET_XLSX : SHEET_CSV, k == 1 ? "GB18030" : NULL, cells, 3);
        MUST(sheet_read(&file, heard, &said, &offices_err));
        assert_string_equal(said,
                            "007|2021|a\nb\n12E34|007|=1+1\n91140602MA0KX0A76X|1E5|\"q\"\\\n");
        unlink(path);
    }
}

/* SPEC exports-13: "stand as U+FFFD" */
static void what_nobody_sees_is_shown(void **state)
{
    static const char *const one[][3] = {{"1", "2", "a\xe2\x80\xae" "b\xc2\x85"}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        written(i ? SHEET_JSON : SHEET_CSV, NULL, one, 1);
        const char *text = bytes_of(&b);
        assert_non_null(strstr(text, "a\xef\xbf\xbd" "b\xef\xbf\xbd"));
        assert_null(strstr(text, "\xe2\x80"));
    }
}

static void what_a_book_cannot_hold(void **state)
{
    static char text[32800];
    struct sheet_out *o;
    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    const char *const one[][3] = {{"1", "2", text}};
    const struct sheet_how book = {SHEET_XLSX, NULL, ""}, json = {SHEET_JSON, "GB18030", ""};
    snprintf(path, sizeof(path), "/tmp/qian-export-%ld.xlsx", (long)getpid());
    MUST(sheet_out_start(&o, path, &book, &offices_err));
    sheet_out_cell(o, text);
    assert_int_equal(sheet_out_close(&o, &offices_err), QN_LIMIT);
    assert_string_equal(offices_err.id, "xlsx.cell");
    assert_int_equal(access(path, F_OK), -1);
    written(SHEET_CSV, NULL, one, 1);
    unlink(path);
    assert_int_equal(sheet_out_start(&o, path, &json, &offices_err), QN_DENIED);
    assert_string_equal(offices_err.id, "csv.charset");
}

/* ---- e-CQS --------------------------------------------------------------------------------------------------------------- */

static void list_it(struct test_office *c, bool due, const char *task, int open, int changed,
                    int entered)
{
    struct export_made m;
    const struct export_ask o = {
        .path = path, .task = task, .how = {.format = SHEET_CSV}, .due = due};
    snprintf(path, sizeof(path), "%s/ecqs.csv", c->dir);
    MUST(export_ecqs(&m, c->st, &o, &offices_err));
    assert_int_equal(m.state[EXPORT_OPEN], open);
    assert_int_equal(m.state[EXPORT_CHANGED], changed);
    assert_int_equal(m.state[EXPORT_ENTERED], entered);
    assert_int_equal(m.rows, due ? open + changed : open + changed + entered);
}

/* The list, with a day in each row that has none. */
static void fill_in(const char *day)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0}, out = {0};
    MUST(file_read(&b, path, 1 << 20, &offices_err));
    qn_buf_init(&out, 1 << 20);
    size_t from = 0;
    for (size_t i = 0; i < b.n; i++) {
        if (b.p[i] != '\n')
            continue;
        struct qn_span line = {b.p + from, i + 1 - from};
        if (line.n > 4 && memcmp(line.p + line.n - 4, ",,\r\n", 4) == 0) {
            qn_put(&out, line.p, line.n - 3);
            qn_put_fmt(&out, "%s,\r\n", day);
        } else {
            qn_put_span(&out, line);
        }
        from = i + 1;
    }
    MUST(file_write(path, qn_buf_span(&out), 0600, true, &offices_err));
}

static void import_it(struct test_office *c, const char *reason, int added, int revised, int same,
                      int rejected)
{
    struct record_imported got;
    const struct record_import o = {
        .type = record_type("ecqs_entry"), .path = path, .by = "李四", .reason = reason};
    MUST(record_import(c->st, &o, &got, NULL, &offices_err));
    assert_int_equal(got.added, added);
    assert_int_equal(got.revised, revised);
    assert_int_equal(got.same, same);
    assert_int_equal(got.rejected, rejected);
}

static enum qn_code is_due(void *ctx, const struct deadline *d, struct qn_err *err)
{
    (void)d;
    (void)err;
    ++*(int *)ctx;
    return QN_OK;
}

static int still_due(struct test_office *c)
{
    int n = 0;
    const struct deadline_query q = {.source = "ecqs_sampling", .all = true, .within = -1};
    MUST(deadline_each(c->st, &q, is_due, &n, &offices_err));
    return n;
}

static void what_changed_is_entered_again(void **state)
{
    struct family *f = *state;
    struct test_office *c = &f->c;
    char sheet[80], task[80];
    MUST(SHEET(c, sheet, "sheet_no=1"));
    MUST(SHEET(c, NULL, "sheet_no=2", "party=乙加油站", "party_uscc=", "test_seal=A2",
               "backup_seal=B2"));
    list_it(c, false, NULL, 2, 0, 0);
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    MUST(file_read(&b, path, 1 << 20, &offices_err));
    assert_non_null(memmem(b.p, b.n, "乙加油站", strlen("乙加油站")));
    assert_null(memmem(b.p, b.n, "赵一", strlen("赵一"))); /* who sampled is in no list */
    assert_null(memmem(b.p, b.n, "站内", strlen("站内")));
    assert_int_equal(still_due(c), 2);

    import_it(c, NULL, 0, 0, 0, 0); /* nobody has ticked anything */
    fill_in("2025-09-11");
    import_it(c, NULL, 2, 0, 0, 0);
    import_it(c, NULL, 0, 0, 2, 0);
    list_it(c, false, NULL, 0, 0, 2);
    assert_int_equal(still_due(c), 0);

    /* What is not typed into e-CQS changes nothing there. */
    MUST(case_revise(c, "sample", sheet, "waybill", "EM1"));
    list_it(c, false, NULL, 0, 0, 2);
    /* SPEC exports-12: "Until then its clock (deadlines.md) runs anew" */
    MUST(case_revise(c, "sample", sheet, "quantity", "3L"));
    list_it(c, true, NULL, 0, 1, 1);
    assert_int_equal(still_due(c), 1);
    fill_in("2025-09-30");
    /* A list of before the next change: what was typed then is what is on record. */
    MUST(case_revise(c, "sample", sheet, "quantity", "4L"));
    import_it(c, NULL, 0, 0, 0, 1); /* a revision needs its reason */
    import_it(c, "重新录入", 0, 1, 0, 0);
    list_it(c, true, NULL, 0, 1, 1);
    fill_in("2025-09-30");
    import_it(c, "重新录入", 0, 1, 0, 0);
    list_it(c, false, NULL, 0, 0, 2);
    assert_int_equal(still_due(c), 0);

    struct export_made m;
    const struct export_ask other = {
        .path = path, .task = "140602:1-1-0", .how = {.format = SHEET_CSV}};
    assert_int_equal(export_ecqs(&m, c->st, &other, &offices_err), QN_DENIED);
    snprintf(task, sizeof(task), "1-1-0"); /* no sampling task of that number: none of its sheets */
    list_it(c, false, task, 0, 0, 0);
}

/* SPEC records-20: "A revision may be named behind the number of a record" */
static void a_revision_is_named(void **state)
{
    struct family *f = *state;
    struct test_office *c = &f->c;
    char sheet[80], ref[120];
    MUST(SHEET(c, sheet, "sheet_no=1"));
    MUST(case_revise(c, "sample", sheet, "quantity", "3L"));
    static const char *const none[] = {"@3", "@0", "@x", "@", "@2@1", "@ 1", "@-1"};
    for (size_t i = 0; i < COUNT(none); i++) {
        snprintf(ref, sizeof(ref), "sample=%s%s", sheet, none[i]);
        assert_int_not_equal(
            WRITE(c, "ecqs_entry", NULL, ref, "data=抽样信息", "entered_on=2025-09-11"), QN_OK);
        assert_string_equal(offices_err.id, "value.no-such");
    }
    snprintf(ref, sizeof(ref), "sample=%s@1", sheet);
    MUST(WRITE(c, "ecqs_entry", NULL, ref, "data=抽样信息", "entered_on=2025-09-11"));
    assert_int_equal(count(c, "SELECT sample_rev FROM ecqs_entry"), 1);
    list_it(c, false, NULL, 0, 1, 0);
}

int main(void)
{
    static const struct CMUnitTest files[] = {
        cmocka_unit_test(json_keeps_codes),
        cmocka_unit_test(csv_cannot_act),
        cmocka_unit_test(read_back),
        cmocka_unit_test(what_nobody_sees_is_shown),
        cmocka_unit_test(what_a_book_cannot_hold),
    };
    static const struct CMUnitTest ecqs[] = {
        cmocka_unit_test_setup_teardown(what_changed_is_entered_again, sampling_setup,
                                        family_teardown),
        cmocka_unit_test_setup_teardown(a_revision_is_named, sampling_setup, family_teardown),
    };
    int failed = cmocka_run_group_tests_name("cells", files, NULL, NULL);
    return failed + cmocka_run_group_tests_name("e-CQS", ecqs, NULL, NULL);
}
