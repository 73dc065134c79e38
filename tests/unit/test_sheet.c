/* test_sheet.c - the spreadsheet reader: charsets, titles, headings, damaged rows, line numbers, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "node/sheet/sheet.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BOM      "\xef\xbb\xbf"
/* GB 18030: 名称 is C3 FB B3 C6, 代码 is B4 FA C2 EB, 甲 is BC D7, 乙 is D2 D2; 㐀 (U+3400) takes four bytes. */
#define GB_HEAD "\xc3\xfb\xb3\xc6,\xb4\xfa\xc2\xeb\r\n"

static char dir[64];

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/qian-csv-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
    char cmd[128];
    (void)state;
    snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
    return system(cmd);
}

/* What came, as text: "2:甲|1 " is line 2 with the cells 甲 and 1; "!" marks a row that sheet_check refuses. */
struct heard {
    char rows[4000], said[400];
    enum qn_code answer;
};

static enum qn_code hear_row(void *ctx, const struct sheet_row *raw, const char *const *cell,
                             struct qn_err *err)
{
    struct heard *h = ctx;
    struct qn_err why;
    size_t n = strlen(h->rows);
    if (sheet_check(raw, &why))
        snprintf(h->rows + n, sizeof(h->rows) - n, "%u:!%s(%s) ", raw->line, why.id, raw->cell[0]);
    else
        snprintf(h->rows + n, sizeof(h->rows) - n, "%u:%.200s|%s|%s ", raw->line, cell[0], cell[1],
                 cell[2]);
    return h->answer ? qn_fail(err, h->answer, "test.stop", "") : QN_OK;
}

static void hear_said(void *ctx, const char *id, const char *args)
{
    struct heard *h = ctx;
    const char *columns = strstr(args, "columns=");
    size_t n = strlen(h->said);
    snprintf(h->said + n, sizeof(h->said) - n, "%s(%s)", id, columns ? columns + 8 : "");
}

static enum qn_code read_under(struct heard *h, struct qn_span bytes, const char *charset,
                               const struct sheet_alias *alias, size_t naliases, struct qn_err *err)
{
    char path[128];
    struct sheet_column columns[] = {{"名称", true, -1}, {"代码", true, -1}, {"备注", false, -1}};
    snprintf(path, sizeof(path), "%s/in.csv", dir);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
    assert_int_equal(fclose(f), 0);
    struct qn_report report = {hear_said, h};
    struct sheet_file file = {.path = path,
                              .charset = charset,
                              .columns = columns,
                              .n = COUNT(columns),
                              .alias = alias,
                              .naliases = naliases,
                              .report = &report};
    return sheet_read(&file, hear_row, h, err);
}

static enum qn_code read_bytes(struct heard *h, struct qn_span bytes, const char *charset,
                               struct qn_err *err)
{
    return read_under(h, bytes, charset, NULL, 0, err);
}

struct row {
    const char *name, *charset, *in;
    const char *rows; /* NULL: a refusal with this id */
    const char *id;
    const char *said;
};
#define HEAD "名称,代码\n"
static struct row rows[] = {
    {"plain", "UTF-8", HEAD "甲,1\n", "2:甲|1| ", NULL, ""},
    {"no charset named", NULL, HEAD "甲,1\n", "2:甲|1| ", NULL, ""},
    {"no line end at the end", NULL, HEAD "甲,1", "2:甲|1| ", NULL, ""},
    {"CR LF", NULL, "名称,代码\r\n甲,1\r\n乙,2\r\n", "2:甲|1| 3:乙|2| ", NULL, ""},
    {"lone CR", NULL, "名称,代码\r甲,1\r乙,2\r", "2:甲|1| 3:乙|2| ", NULL, ""},
    {"byte order mark", "UTF-8", BOM HEAD "甲,1\n", "2:甲|1| ", NULL, ""},
    {"mark before a quote", "UTF-8", BOM "\"名称\",\"代码\"\n甲,1\n", "2:甲|1| ", NULL, ""},
    {"mark wins over the charset named", "GB18030", BOM HEAD "甲,1\n", "2:甲|1| ", NULL, ""},
    {"GB 18030", "GB18030", GB_HEAD "\xbc\xd7,1\r\n", "2:甲|1| ", NULL, ""},
    {"lower-case charset", "gb18030", GB_HEAD "\xbc\xd7,1\r\n", "2:甲|1| ", NULL, ""},
    {"GB 18030 found by its headings", NULL, GB_HEAD "\xbc\xd7,1\r\n", "2:甲|1| ", NULL, ""},
    {"GB 18030, four bytes", "GB18030", GB_HEAD "\x81\x39\xee\x39,1\r\n", "2:㐀|1| ", NULL, ""},
    {"GB 18030, second bytes that look like ASCII", "GB18030", GB_HEAD "\x81\x5c\x81\x7c,1\r\n",
     "2:乗亅|1| ", NULL, ""},
    {"titles above", NULL, "朔城区名录\n,,\n2021年8月,制表：张三\n" HEAD "甲,1\n", "5:甲|1| ", NULL,
     ""},
    {"columns in any order", NULL, "备注,代码,名称\nx,1,甲\n", "2:甲|1|x ", NULL, ""},
    {"optional column absent", NULL, HEAD "甲,1\n", "2:甲|1| ", NULL, ""},
    {"unknown columns are told", NULL, "名称,手机,代码,微信\n甲,x,1,y\n", "2:甲|1| ", NULL,
     "sheet.ignored(手机、微信)"},
    {"empty heading is no column", NULL, "名称,代码,\n甲,1,\n", "2:甲|1| ", NULL, ""},
    {"short row", NULL, HEAD "甲\n", "2:甲|| ", NULL, ""},
    {"blanks around cells", NULL, " 名称 ,\"　代码　\"\n\t甲 , 1　\n", "2:甲|1| ", NULL, ""},
    {"blank lines keep the count", NULL, "\n" HEAD "\n\n甲,1\n  \n乙,2\n", "5:甲|1| 7:乙|2| ", NULL,
     ""},
    {"row of commas is skipped", NULL, HEAD ",,\n甲,1\n", "3:甲|1| ", NULL, ""},
    {"cell over lines", NULL, HEAD "\"甲\n乙\",1\n丙,2\n", "2:甲\n乙|1| 4:丙|2| ", NULL, ""},
    {"comma and quote inside", NULL, HEAD "\"甲,\"\"乙\"\"\",1\n", "2:甲,\"乙\"|1| ", NULL, ""},
    {"formula mark taken off", NULL, HEAD "'=1+1,'甲\n", "2:=1+1|'甲| ", NULL, ""},
    {"no rows at all", NULL, HEAD, "", NULL, "sheet.only-heading()"},

    {"broken UTF-8 spoils its row", "UTF-8", HEAD "\xe7\x94,1\n乙,2\n",
     "2:!csv.undecodable() 3:乙|2| ", NULL, ""},
    {"broken GB 18030 at a comma", "GB18030", GB_HEAD "\xbc\xd7\x81,1\r\n\xd2\xd2,2\r\n",
     "2:!csv.undecodable() 3:乙|2| ", NULL, ""},
    {"broken GB 18030 at a line end", "GB18030", GB_HEAD "\xbc\xd7,\x81\r\n\xd2\xd2,2\r\n",
     "2:!csv.undecodable(甲) 3:乙|2| ", NULL, ""},
    {"broken GB 18030 at a quote", "GB18030", GB_HEAD "\"\xbc\xd7\x81\",1\r\n\xd2\xd2,2\r\n",
     "2:!csv.undecodable() 3:乙|2| ", NULL, ""},
    {"broken character in a title", "UTF-8", "\xff\xfd\xff\n" HEAD "甲,1\n", "3:甲|1| ", NULL, ""},
    {"too many cells", NULL, HEAD "甲,1,x\n乙,2\n", "2:!sheet.too-many(甲) 3:乙|2| ", NULL, ""},
    {"empty cells too many are fine", NULL, HEAD "甲,1,,,\n", "2:甲|1| ", NULL, ""},
    {"quote inside a plain cell", NULL, HEAD "12\"管,1\n乙,2\n", "2:!csv.quotes(12\"管,1) 3:乙|2| ",
     NULL, ""},
    {"text behind a closing quote", NULL, HEAD "\"甲\"x,1\n乙,2\n",
     "2:!csv.quotes(\"甲\"x,1) 3:乙|2| ", NULL, ""},
    {"quote never closed", NULL, HEAD "\"甲,1\n乙,2\n丙,3\n",
     "2:!csv.quotes(\"甲,1) 3:乙|2| 4:丙|3| ", NULL, ""},
    {"quote never closed in the last line", NULL, HEAD "甲,1\n\"乙,2",
     "2:甲|1| 3:!csv.quotes(\"乙,2) ", NULL, ""},
    {"two rows with a quote each", NULL, HEAD "\"甲,1\n乙,2\n丙\",3\n丁,4\n",
     "2:甲,1\n乙,2\n丙|3| 5:丁|4| ", NULL, ""},
    {"quotes that do not pair in a title", NULL, "名录 \"2021\n" HEAD "甲,1\n", "3:甲|1| ", NULL,
     ""},
    {"damaged row after a cell over lines", NULL, HEAD "\"甲\n\",1\n乙\",2\n丙,3\n",
     "2:甲\n|1| 4:!csv.quotes(乙\",2) 5:丙|3| ", NULL, ""},

    {"unknown charset", "GBK", HEAD "甲,1\n", NULL, "csv.charset", ""},
    {"empty file", NULL, "", NULL, "sheet.empty", ""},
    {"heading lacks a column", NULL, "名称,备注\n甲,1\n", NULL, "sheet.no-heading", ""},
    {"heading in another charset than named", "UTF-8", GB_HEAD "\xbc\xd7,1\r\n", NULL,
     "sheet.no-heading", ""},
    {"our column twice", NULL, "名称,代码,名称\n甲,1,乙\n", NULL, "sheet.heading-twice", ""},
    {"what nobody sees is left out", NULL,
     HEAD "\xe2\x80\xaa甲\xe2\x80\xac\xe2\x80\x8b,\xef\xbb\xbf"
          "1\n乙\xd8\x9c,2\n",
     "2:甲|1| 3:乙|2| ", NULL, "sheet.unseen()"},
    {"control characters spoil their row", NULL,
     HEAD "甲\x1b[2J,1\n乙\xc2\x9b,2\n丙,3\n丁\x7f,4\n",
     "2:!sheet.control() 3:!sheet.control() 4:丙|3| 5:!sheet.control() ", NULL, ""},
    {"workbook that is none", NULL, "PK\3\4 and so on", NULL, "xlsx.damaged", ""},
    {"old workbook", NULL, "\xd0\xcf\x11\xe0 and so on", NULL, "sheet.old-workbook", ""},
    {"UTF-16", NULL,
     "\xff\xfe"
     "a",
     NULL, "csv.utf16", ""},
};

static void reads(void **state)
{
    const struct row *t = *state;
    struct heard h = {.rows = ""};
    struct qn_err err = {.id = ""};
    enum qn_code rc = read_bytes(&h, qn_str(t->in), t->charset, &err);
    assert_string_equal(err.id, t->id ? t->id : "");
    assert_int_equal(rc != QN_OK, t->id != NULL);
    assert_string_equal(h.rows, t->rows ? t->rows : "");
    assert_string_equal(h.said, t->said);
}

static void names_missing_columns(void **state)
{
    struct heard h = {.rows = ""};
    struct qn_err err;
    (void)state;
    assert_int_equal(read_bytes(&h, qn_str("标题\n名称,备注\n甲,1\n"), NULL, &err), QN_MALFORMED);
    assert_non_null(strstr(err.args, "columns=代码"));
    assert_null(strstr(err.args, "名称"));
    assert_int_equal(read_bytes(&h, qn_str("x\n"), NULL, &err), QN_MALFORMED);
    assert_non_null(strstr(err.args, "columns=名称、代码"));
}

static void nul_spoils_its_row(void **state)
{
    static const char in[] = HEAD "\0甲,1\n乙,2\n";
    struct heard h = {.rows = ""};
    struct qn_err err;
    (void)state;
    assert_int_equal(
        read_bytes(&h, (struct qn_span){(const uint8_t *)in, sizeof(in) - 1}, NULL, &err), QN_OK);
    assert_string_equal(h.rows, "2:!csv.undecodable() 3:乙|2| ");
}

static void stops_when_told(void **state)
{
    struct heard h = {.rows = "", .answer = QN_IO};
    struct qn_err err;
    (void)state;
    assert_int_equal(read_bytes(&h, qn_str(HEAD "甲,1\n乙,2\n"), NULL, &err), QN_IO);
    assert_string_equal(err.id, "test.stop");
    assert_string_equal(h.rows, "2:甲|1| ");
}

/* A cell of n letters in line 2, another row in line 3. */
static void put_cell(struct qn_buf *b, size_t n, bool quoted)
{
    qn_buf_init(b, 1u << 20);
    qn_put_str(b, quoted ? HEAD "\"" : HEAD);
    for (size_t i = 0; i < n; i++)
        qn_put_str(b, "x");
    qn_put_str(b, quoted ? "\",1\n乙,2\n" : ",1\n乙,2\n");
}

static void cell_limit(void **state)
{
    (void)state;
    for (int quoted = 0; quoted < 2; quoted++)
        for (size_t over = 0; over < 2; over++) {
            struct qn_buf b;
            struct heard h = {.rows = ""};
            struct qn_err err;
            put_cell(&b, SHEET_CELL_MAX + over, quoted);
            assert_int_equal(read_bytes(&h, qn_buf_span(&b), NULL, &err), QN_OK);
            assert_int_equal(strstr(h.rows, "2:!sheet.cell-long() ") != NULL, over == 1);
            assert_non_null(strstr(h.rows, "3:乙|2| "));
            qn_buf_release(&b);
        }
}

/* An open quote swallows no more than one cell may hold: the rows behind it are read. */
static void open_quote_is_bounded(void **state)
{
    struct qn_buf b;
    struct heard h = {.rows = ""};
    struct qn_err err;
    (void)state;
    qn_buf_init(&b, 1u << 20);
    qn_put_str(&b, HEAD "\"甲,1\n乙,2\n");
    for (size_t i = 0; i < 2 * SHEET_CELL_MAX / 64; i++)
        qn_put_str(&b, ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n");
    qn_put_str(&b, "丙\",3\n丁,4\n");
    assert_int_equal(read_bytes(&h, qn_buf_span(&b), NULL, &err), QN_OK);
    assert_non_null(strstr(h.rows, "2:!csv.quotes(\"甲,1) 3:乙|2| "));
    assert_non_null(strstr(h.rows, "丁|4| "));
    qn_buf_release(&b);
}

static void column_limit(void **state)
{
    (void)state;
    for (size_t cells = SHEET_CELLS; cells <= SHEET_CELLS + 1; cells++) {
        struct qn_buf b;
        struct heard h = {.rows = ""};
        struct qn_err err;
        qn_buf_init(&b, 1u << 20);
        qn_put_str(&b, "名称,代码");
        for (size_t i = 2; i < SHEET_CELLS; i++)
            qn_put_str(&b, ",");
        qn_put_str(&b, "\n甲,1");
        for (size_t i = 2; i < cells; i++)
            qn_put_str(&b, ",");
        qn_put_str(&b, "x\n"); /* an empty one too many would be no harm */
        assert_int_equal(read_bytes(&h, qn_buf_span(&b), NULL, &err), QN_OK);
        assert_string_equal(h.rows, cells > SHEET_CELLS ? "2:!sheet.too-many(甲) " : "2:甲|1| ");
        qn_buf_release(&b);
    }
}

static void line_limit(void **state)
{
    char path[128];
    struct sheet_column columns[] = {{"名称", true, -1}};
    struct sheet_file file = {.path = path, .columns = columns, .n = 1};
    struct heard h = {.rows = ""};
    struct qn_err err;
    (void)state;
    snprintf(path, sizeof(path), "%s/long.csv", dir);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fclose(f);
    assert_int_equal(truncate(path, (off_t)SHEET_ROW_MAX * 2), 0);
    assert_int_equal(sheet_read(&file, hear_row, &h, &err), QN_LIMIT);
    assert_string_equal(err.id, "sheet.row-long");
}

/* What csv_put writes, sheet_read gives back. */
static void puts_and_reads(void **state)
{
    static const char *const cells[] = {"甲", "a,b", "\"",   "a\nb", "=1+1", "+86",
                                        "-1", "@x",  "it's", "'x",   "＝1+1"};
    (void)state;
    for (size_t i = 0; i < COUNT(cells); i++) {
        struct qn_buf b;
        struct heard h = {.rows = ""};
        struct qn_err err;
        char want[100];
        qn_buf_init(&b, 1000);
        qn_put_str(&b, HEAD);
        size_t from = b.n;
        csv_put(&b, qn_str(cells[i]));
        assert_null(memchr("=+-@", b.p[from], 4)); /* never a formula for whoever opens it */
        qn_put_str(&b, ",1\r\n");
        assert_int_equal(read_bytes(&h, qn_buf_span(&b), NULL, &err), QN_OK);
        snprintf(want, sizeof(want), "2:%s|1| ", cells[i]);
        assert_string_equal(h.rows, want);
        qn_buf_release(&b);
    }
}

/* A column that every row says the same of need not stand in the file; where it does, what was said beforehand counts. */
static void says_the_same_in_all_rows(void **state)
{
    (void)state;
    static const struct sheet_alias all[] = {
        {"代码", "=7", false}, {"名称", "企业", false}, {"备注", "=", false}};
    static const struct {
        size_t n;
        const char *in, *rows; /* NULL: sheet.no-heading */
    } cases[] = {
        {1, "名称\n甲\n乙\n", "2:甲|7| 3:乙|7| "},
        {1, HEAD "甲,1\n", "2:甲|7| "},
        {1, "代码\n1\n", NULL},
        {2, "2021年\n企业\n甲\n", "3:甲|7| "},
        {3, "企业,备注\n甲,x\n", "2:甲|7| "},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct heard h = {.answer = QN_OK};
        struct qn_err err = {0};
        enum qn_code rc = read_under(&h, qn_str(cases[i].in), NULL, all, cases[i].n, &err);
        assert_int_equal(rc, cases[i].rows ? QN_OK : QN_MALFORMED);
        assert_string_equal(cases[i].rows ? h.rows : err.id,
                            cases[i].rows ? cases[i].rows : "sheet.no-heading");
    }
    /* With all that must be there said beforehand, a title is still no row of headings. */
    static const struct sheet_alias both[] = {{"代码", "=7", false}, {"名称", "=甲", false}};
    struct heard h = {.answer = QN_OK};
    struct qn_err err;
    assert_int_equal(read_under(&h, qn_str("名录\n备注\nx\n"), NULL, both, 2, &err), QN_OK);
    assert_string_equal(h.rows, "3:甲|7|x ");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        cmocka_unit_test(names_missing_columns),
        cmocka_unit_test(nul_spoils_its_row),
        cmocka_unit_test(stops_when_told),
        cmocka_unit_test(cell_limit),
        cmocka_unit_test(open_quote_is_bounded),
        cmocka_unit_test(column_limit),
        cmocka_unit_test(line_limit),
        cmocka_unit_test(puts_and_reads),
        cmocka_unit_test(says_the_same_in_all_rows),
    };
    struct CMUnitTest test[COUNT(rows) + COUNT(more)];
    for (size_t i = 0; i < COUNT(rows); i++)
        test[i] = (struct CMUnitTest){rows[i].name, reads, NULL, NULL, &rows[i]};
    memcpy(test + COUNT(rows), more, sizeof(more));
    return cmocka_run_group_tests_name("sheet", test, setup, teardown);
}
