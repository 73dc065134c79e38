/* test_xlsx.c - workbooks: made by a library that others use too, read as a person sees them; and damaged ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <minizip/zip.h>
#include <xlsxwriter.h>

#include "node/sheet/out.h"
#include "node/sheet/sheet.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char dir[64], path[128];

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/qian-xlsx-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof(path), "%s/in.xlsx", dir);
    return 0;
}

static int teardown(void **state)
{
    char cmd[128];
    (void)state;
    snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
    return system(cmd);
}

/* What came: "2:甲|1| " is row 2; "!id" marks a row that sheet_check refuses. */
struct heard {
    char rows[4000], said[800];
};

static enum qn_code hear_row(void *ctx, const struct sheet_row *raw, const char *const *cell,
                             struct qn_err *err)
{
    struct heard *h = ctx;
    struct qn_err why;
    size_t n = strlen(h->rows);
    (void)err;
    if (sheet_check(raw, &why))
        snprintf(h->rows + n, sizeof(h->rows) - n, "%u:!%s ", raw->line, why.id);
    else
        snprintf(h->rows + n, sizeof(h->rows) - n, "%u:%.200s|%.200s|%.200s ", raw->line, cell[0],
                 cell[1], cell[2]);
    return QN_OK;
}

static void hear_said(void *ctx, const char *id, const char *args)
{
    struct heard *h = ctx;
    size_t n = strlen(h->said);
    (void)args;
    snprintf(h->said + n, sizeof(h->said) - n, "%s ", id);
}

static enum qn_code read_book(struct heard *h, const char *sheet, struct qn_err *err)
{
    static const struct sheet_alias alias[] = {{"备注", "说明", false}};
    struct sheet_column columns[] = {{"名称", true, -1}, {"代码", true, -1}, {"备注", false, -1}};
    struct qn_report report = {hear_said, h};
    struct sheet_file file = {.path = path,
                              .sheet = sheet,
                              .columns = columns,
                              .n = COUNT(columns),
                              .alias = alias,
                              .naliases = COUNT(alias),
                              .report = &report};
    *h = (struct heard){.rows = ""};
    *err = (struct qn_err){.id = ""};
    return sheet_read(&file, hear_row, h, err);
}

static void head(lxw_worksheet *s, lxw_row_t row)
{
    static const char *const names[] = {"名称", "代码", "说明"};
    for (size_t i = 0; i < COUNT(names); i++)
        worksheet_write_string(s, row, (lxw_col_t)i, names[i], NULL);
}

static void dated(lxw_worksheet *s, lxw_row_t row, double serial, lxw_format *format)
{
    worksheet_write_string(s, row, 0, "甲", NULL);
    worksheet_write_number(s, row, 1, serial, format);
}

static void sees_what_a_person_sees(void **state)
{
    struct heard h;
    struct qn_err err;
    (void)state;
    lxw_workbook *b = workbook_new(path);
    lxw_worksheet *s = workbook_add_worksheet(b, "名录");
    lxw_format *day = workbook_add_format(b), *cn = workbook_add_format(b),
               *point = workbook_add_format(b);
    format_set_num_format(day, "yyyy-mm-dd hh:mm");
    format_set_num_format_index(cn, 31); /* yyyy"年"m"月"d"日" */
    format_set_num_format(point, "0.00\"days\"");
    worksheet_merge_range(s, 0, 0, 0, 2, "朔城区名录", NULL);
    head(s, 2);
    worksheet_write_string(s, 3, 0, " 甲　", NULL);
    worksheet_write_number(s, 3, 1, 140602, NULL);
    worksheet_write_boolean(s, 3, 2, 1, NULL);
    dated(s, 4, 44424, day);   /* 2021-08-16 */
    dated(s, 5, 44424.5, day); /* noon */
    dated(s, 6, 1, cn);        /* 1900-01-01 */
    dated(s, 7, 60, cn);       /* a day that never was */
    dated(s, 8, 61, cn);       /* 1900-03-01 */
    dated(s, 9, 0.75, day);    /* a time */
    dated(s, 10, 0.1, point);  /* as 0.10000000000000001 in the file */
    dated(s, 11, -12, NULL);
    worksheet_write_string(s, 12, 0, "=1+1", NULL); /* a text, not a formula */
    worksheet_write_string(s, 12, 1, "911406020000000000", NULL);
    worksheet_write_formula_str(s, 13, 0, "=\"乙\"", NULL, "乙");
    worksheet_write_string(s, 13, 1, "x", NULL);
    dated(s, 14, 44424.9999999, day); /* rounds to the next day */
    assert_int_equal(workbook_close(b), LXW_NO_ERROR);
    assert_int_equal(read_book(&h, NULL, &err), QN_OK);
    assert_string_equal(
        h.rows, "4:甲|140602|是 5:甲|2021-08-16| 6:甲|2021-08-16T12:00:00| 7:甲|1900-01-01| "
                "8:甲|1900-03-01| 9:甲|1900-03-01| 10:甲|18:00:00| 11:甲|0.1| 12:甲|-12| "
                "13:=1+1|911406020000000000| 14:乙|x| 15:甲|2021-08-17| ");
    assert_string_equal(h.said, "");
}

static void merged_cells_stand_in_every_row(void **state)
{
    struct heard h;
    struct qn_err err;
    (void)state;
    lxw_workbook *b = workbook_new(path);
    lxw_worksheet *s = workbook_add_worksheet(b, NULL);
    worksheet_merge_range(s, 0, 0, 1, 0, "名称", NULL); /* headings of two rows */
    worksheet_merge_range(s, 0, 1, 0, 2, "检查对象", NULL);
    worksheet_write_string(s, 1, 1, "代码", NULL);
    worksheet_write_string(s, 1, 2, "备注", NULL);
    worksheet_merge_range(s, 2, 0, 4, 0, "甲", NULL);
    for (lxw_row_t i = 2; i < 6; i++)
        worksheet_write_number(s, i, 1, i, NULL);
    worksheet_merge_range(s, 4, 2, 5, 2, "同一处", NULL);
    worksheet_write_string(s, 5, 0, "乙", NULL);
    assert_int_equal(workbook_close(b), LXW_NO_ERROR);
    assert_int_equal(read_book(&h, NULL, &err), QN_OK);
    assert_string_equal(h.rows, "3:甲|2| 4:甲|3| 5:甲|4|同一处 6:乙|5|同一处 ");
}

/* 18 digits typed as a number: the spreadsheet kept 15. It spoils its row where the column is read, and only there. */
static void lost_digits(void **state)
{
    struct heard h;
    struct qn_err err;
    (void)state;
    lxw_workbook *b = workbook_new(path);
    lxw_worksheet *s = workbook_add_worksheet(b, NULL);
    head(s, 0);
    worksheet_write_string(s, 0, 3, "身份证号", NULL);
    dated(s, 1, 140602198001011234., NULL);
    dated(s, 2, 7, NULL);
    worksheet_write_number(s, 2, 3, 140602198001011234., NULL);
    dated(s, 3, 999999999999999., NULL);
    assert_int_equal(workbook_close(b), LXW_NO_ERROR);
    assert_int_equal(read_book(&h, NULL, &err), QN_OK);
    assert_string_equal(h.rows, "2:!xlsx.digits 3:甲|7| 4:甲|999999999999999| ");
}

static void finds_the_sheet(void **state)
{
    struct heard h;
    struct qn_err err;
    (void)state;
    lxw_workbook *b = workbook_new(path);
    lxw_worksheet *s[3];
    static const char *const names[] = {"隐藏", "第一", "第二"};
    for (size_t i = 0; i < 3; i++) {
        s[i] = workbook_add_worksheet(b, names[i]);
        head(s[i], 0);
        worksheet_write_string(s[i], 1, 0, names[i], NULL);
        worksheet_write_string(s[i], 1, 1, "1", NULL);
    }
    worksheet_activate(s[1]);
    worksheet_set_first_sheet(s[1]);
    worksheet_hide(s[0]);
    assert_int_equal(workbook_close(b), LXW_NO_ERROR);
    assert_int_equal(read_book(&h, NULL, &err), QN_OK);
    assert_string_equal(h.rows, "2:第一|1| ");
    assert_string_equal(h.said, "xlsx.first-sheet ");
    assert_int_equal(read_book(&h, "第二", &err), QN_OK);
    assert_string_equal(h.rows, "2:第二|1| ");
    assert_string_equal(h.said, "");
    assert_int_equal(read_book(&h, "第三", &err), QN_ABSENT);
    assert_string_equal(err.id, "xlsx.no-sheet");
    assert_non_null(strstr(err.args, "sheets=第一、第二"));
}

/* ---- workbooks put together by hand ------------------------------------------------------------------------------ */

static void put_part(zipFile z, const char *name, const char *text, size_t n)
{
    zip_fileinfo info = {.dosDate = 0};
    assert_int_equal(
        zipOpenNewFileInZip64(z, name, &info, NULL, 0, NULL, 0, NULL, Z_DEFLATED, 6, 0), ZIP_OK);
    assert_int_equal(zipWriteInFileInZip(z, text, (unsigned)n), ZIP_OK);
    assert_int_equal(zipCloseFileInZip(z), ZIP_OK);
}

#define REL "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define X   "<?xml version=\"1.0\"?>"
static void hand_made(const char *sheet, const char *shared)
{
    static const struct {
        const char *name, *text;
    } parts[] = {
        {"_rels/.rels", X "<Relationships xmlns=\"r\"><Relationship Id=\"a\" Type=\"" REL
                          "/officeDocument\" Target=\"/xl/book.xml\"/></Relationships>"},
        {"xl/_rels/book.xml.rels",
         X "<Relationships xmlns=\"r\"><Relationship Id=\"s1\" Type=\"" REL
           "/worksheet\" Target=\"one.xml\"/><Relationship Id=\"t\" Type=\"" REL
           "/sharedStrings\" Target=\"texts.xml\"/></Relationships>"},
        {"xl/book.xml",
         X "<x:workbook xmlns:x=\"m\" xmlns:r=\"" REL
           "\"><x:sheets><x:sheet name=\"甲\" r:id=\"s1\"/></x:sheets></x:workbook>"},
    };
    zipFile z = zipOpen64(path, 0);
    assert_non_null(z);
    for (size_t i = 0; i < COUNT(parts); i++)
        put_part(z, parts[i].name, parts[i].text, strlen(parts[i].text));
    put_part(z, "xl/one.xml", sheet, strlen(sheet));
    if (shared)
        put_part(z, "xl/texts.xml", shared, strlen(shared));
    assert_int_equal(zipClose(z, NULL), ZIP_OK);
}

#define SHEET(rows)  X "<worksheet xmlns=\"m\"><sheetData>" rows "</sheetData></worksheet>"
#define T(ref, text) "<c r=\"" ref "\" t=\"inlineStr\"><is><t>" text "</t></is></c>"
#define HEADS        "<row r=\"1\">" T("A1", "名称") T("B1", "代码") "</row>"
struct made {
    const char *name, *sheet, *shared;
    const char *rows; /* NULL: a refusal with this id */
    const char *id;
};
static struct made made[] = {
    {"texts in place, rows and cells without numbers",
     SHEET("<row><c t=\"inlineStr\"><is><t>名称</t></is></c><c "
           "t=\"inlineStr\"><is><t>代码</t></is></c></row>"
           "<row><c t=\"str\"><v>甲</v></c><c><v>1</v></c></row>"),
     NULL, "2:甲|1| ", ""},
    {"shared texts with runs and readings",
     SHEET(HEADS
           "<row r=\"3\"><c r=\"A3\" t=\"s\"><v>1</v></c><c r=\"B3\" t=\"s\"><v>0</v></c></row>"),
     X "<sst><si><t>9</t></si><si><r><t>重</t></r><r><t>庆</t></r><rPh sb=\"0\" "
       "eb=\"1\"><t>chóng</t></rPh></si></sst>",
     "3:重庆|9| ", ""},
    {"a shared text that is not there",
     SHEET(HEADS "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>7</v></c></row>"),
     X "<sst><si><t>9</t></si></sst>", NULL, "xlsx.damaged"},
    {"a shared text of a number that overflows",
     SHEET(HEADS "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>18446744073709551616</v></c></row>"),
     X "<sst><si><t>9</t></si></sst>", NULL, "xlsx.damaged"},
    {"far columns", SHEET(HEADS "<row r=\"2\">" T("A2", "甲") T("B2", "1") T("XFD2", "x") "</row>"),
     NULL, "2:!sheet.too-many ", ""},
    {"a column beyond all", SHEET(HEADS "<row r=\"2\">" T("XFE2", "甲") "</row>"), NULL, NULL,
     "xlsx.damaged"},
    {"a column of many letters",
     SHEET(HEADS "<row r=\"2\">" T("AAAAAAAAAAAAAAAAAAAAAA2", "甲") "</row>"), NULL, NULL,
     "xlsx.damaged"},
    {"a row beyond all", SHEET(HEADS "<row r=\"1048577\">" T("A1048577", "甲") "</row>"), NULL,
     NULL, "xlsx.damaged"},
    {"rows backwards", SHEET(HEADS "<row r=\"1\">" T("A1", "甲") "</row>"), NULL, NULL,
     "xlsx.damaged"},
    {"cells backwards", SHEET(HEADS "<row r=\"2\">" T("B2", "1") T("A2", "甲") "</row>"), NULL,
     NULL, "xlsx.damaged"},
    {"a cell of another row", SHEET(HEADS "<row r=\"2\">" T("A3", "甲") "</row>"), NULL, NULL,
     "xlsx.damaged"},
    {"no number at all",
     SHEET(HEADS "<row r=\"2\">" T("A2", "甲") "<c r=\"B2\"><v>1e</v></c></row>"), NULL,
     "2:!csv.undecodable ", ""},
    {"a number without end",
     SHEET(HEADS "<row r=\"2\">" T("A2", "甲") "<c r=\"B2\"><v>1e999</v></c></row>"), NULL,
     "2:!csv.undecodable ", ""},
    {"an error of a formula is what stands there",
     SHEET(HEADS "<row r=\"2\">" T("A2", "甲") "<c r=\"B2\" t=\"e\"><v>#N/A</v></c></row>"), NULL,
     "2:甲|#N/A| ", ""},
    {"entities are refused",
     "<?xml version=\"1.0\"?><!DOCTYPE w [<!ENTITY a "
     "\"aaaaaaaaaa\">]><worksheet><sheetData>&a;</sheetData></worksheet>",
     NULL, NULL, "xlsx.damaged"},
    {"a sheet that breaks off", X "<worksheet><sheetData>" HEADS "<row r=\"2\">", NULL, NULL,
     "xlsx.damaged"},
    {"no row", SHEET(""), NULL, NULL, "sheet.empty"},
    {"a merge that is no range",
     X "<worksheet><sheetData>" HEADS
       "</sheetData><mergeCells><mergeCell ref=\"A1:ZZZZ9\"/></mergeCells></worksheet>",
     NULL, NULL, "xlsx.damaged"},
};

static void reads_hand_made(void **state)
{
    const struct made *t = *state;
    struct heard h;
    struct qn_err err;
    hand_made(t->sheet, t->shared);
    enum qn_code rc = read_book(&h, NULL, &err);
    assert_string_equal(err.id, t->id);
    assert_int_equal(rc != QN_OK, t->rows == NULL);
    if (t->rows)
        assert_string_equal(h.rows, t->rows);
}

/* Each byte of a workbook changed in turn: it is read, or refused with a sentence; never more than that. */
static void damaged_bytes(void **state)
{
    static uint8_t bytes[8192];
    (void)state;
    hand_made(SHEET(HEADS "<row r=\"2\">" T("A2", "甲") "<c r=\"B2\"><v>1</v></c></row>"), NULL);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(bytes, 1, sizeof(bytes), f), refused = 0;
    fclose(f);
    assert_in_range(n, 100, sizeof(bytes) - 1);
    for (size_t i = 4; i < n; i++) { /* the first four say that it is a workbook */
        struct heard h;
        struct qn_err err;
        bytes[i] ^= 0x41;
        f = fopen(path, "wb");
        assert_non_null(f);
        assert_int_equal(fwrite(bytes, 1, n, f), n);
        fclose(f);
        enum qn_code rc = read_book(&h, NULL, &err);
        refused += rc != QN_OK;
        assert_true(rc == QN_OK ? strcmp(h.rows, "2:甲|1| ") == 0 : *err.id != 0);
        bytes[i] ^= 0x41;
    }
    assert_true(refused > n / 2);
}

/* ---- written ------------------------------------------------------------------------------------------------------ */

static void written_and_read(void **state)
{
    static const char *const names[] = {"out.csv", "gb.csv", "out.xlsx"};
    static const char *const cells[] = {"甲,\"乙\"", "=1+1",
                                        "007",       "a\nb",
                                        "㐀",        "\xe2\x80\xae=\x1b\xc2\x9b乙"};
    (void)state;
    for (size_t k = 0; k < COUNT(names); k++) {
        struct sheet_out *o;
        struct heard h;
        struct qn_err err;
        snprintf(path, sizeof(path), "%s/%s", dir, names[k]);
        assert_int_equal(sheet_out_open(&o, path, k == 1 ? "GB18030" : NULL, "名录[1]", &err),
                         QN_OK);
        for (size_t i = 0; i <= COUNT(cells); i++) {
            sheet_out_cell(o, i ? cells[i - 1] : "名称");
            sheet_out_cell(o, i ? "" : "代码");
            sheet_out_cell(o, i ? "x" : "备注");
            sheet_out_end_row(o);
        }
        assert_int_equal(access(path, F_OK), -1); /* not before it is whole */
        assert_int_equal(sheet_out_close(&o, &err), QN_OK);
        assert_int_equal(read_book(&h, NULL, &err), QN_OK);
        const char *want = k == 2 ? "2:甲,\"乙\"||x 3:=1+1||x 4:007||x 5:a\nb||x 6:㐀||x 7:\xef\xbf\xbd=\xef\xbf\xbd\xef\xbf\xbd乙||x "
                            : "2:甲,\"乙\"||x 3:=1+1||x 4:007||x 5:a\nb||x 7:㐀||x 8:\xef\xbf\xbd=\xef\xbf\xbd\xef\xbf\xbd乙||x ";
        assert_string_equal(h.rows, want); /* a cell over two lines moves the next row in CSV */
    }
}

static void dropped_is_gone(void **state)
{
    char cmd[200];
    (void)state;
    for (int k = 0; k < 2; k++) {
        struct sheet_out *o;
        struct qn_err err;
        snprintf(path, sizeof(path), "%s/gone.%s", dir, k ? "xlsx" : "csv");
        assert_int_equal(sheet_out_open(&o, path, NULL, "", &err), QN_OK);
        sheet_out_cell(o, "甲");
        sheet_out_end_row(o);
        sheet_out_drop(o);
    }
    snprintf(cmd, sizeof(cmd), "ls %s/gone.* >%s/ls 2>&1", dir, dir);
    assert_int_not_equal(system(cmd), 0);
    struct sheet_out *o;
    struct qn_err err;
    assert_int_equal(sheet_out_open(&o, path, "GBK", "", &err), QN_DENIED);
    assert_int_equal(sheet_out_open(&o, "/tmp/qian-no-such-dir/x.csv", NULL, "", &err), QN_IO);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        cmocka_unit_test(sees_what_a_person_sees),
        cmocka_unit_test(merged_cells_stand_in_every_row),
        cmocka_unit_test(lost_digits),
        cmocka_unit_test(finds_the_sheet),
        cmocka_unit_test(damaged_bytes),
        cmocka_unit_test(written_and_read),
        cmocka_unit_test(dropped_is_gone),
    };
    struct CMUnitTest test[COUNT(made) + COUNT(more)];
    for (size_t i = 0; i < COUNT(made); i++)
        test[i] = (struct CMUnitTest){made[i].name, reads_hand_made, NULL, NULL, &made[i]};
    memcpy(test + COUNT(made), more, sizeof(more));
    return cmocka_run_group_tests_name("xlsx", test, setup, teardown);
}
