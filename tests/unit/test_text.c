/* Rendering of the message catalogue. uscc.check-character has {code} and {want}. */
#include "node/text/text.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "node/draw/findings.h"
#include "protocol/embedded.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Each sentence is checked from its beginning; calendar.order is "… {day} is repeated …". */
static struct row {
    const char *name;
    enum text_lang lang;
    const char *id, *args, *want;
} rows[] = {
    {"a value in Chinese", TEXT_ZH, "calendar.order", "day=2021-10-01",
     "工作日历中的 2021-10-01 重复"},
    {"a value in English", TEXT_EN, "calendar.order", "day=2021-10-01", "2021-10-01 is repeated"},
    {"a sentence without values", TEXT_EN, "uscc.missing", "", "There is no unified"},
    {"values in another order", TEXT_EN, "uscc.length", "have=3|code=abc",
     "The unified social credit code \"abc\" has 3 characters"},
    {"a value that names no placeholder is left out", TEXT_EN, "calendar.order", "x=1|day=D|y=2",
     "D is repeated"},
    {"a missing value stays visible", TEXT_EN, "calendar.order", "", "{day} is repeated"},
    {"an empty value", TEXT_EN, "calendar.order", "day=", " is repeated"},
    {"a bar inside a value", TEXT_EN, "uscc.length", "code=a|b|have=3",
     "The unified social credit code \"a|b\" has 3 characters"},
    {"an equals sign inside a value", TEXT_EN, "calendar.order", "day=a=b", "a=b is repeated"},
    {"a value is not rendered again", TEXT_EN, "uscc.length", "code={have}|have=3",
     "The unified social credit code \"{have}\" has 3 characters"},
    {"a bar that a key would not follow", TEXT_EN, "calendar.order", "day=a|B=c",
     "a|B=c is repeated"},
    {"control characters", TEXT_EN, "calendar.order", "day=a\x1b[2J\nb\x7f",
     "a\\x1B[2J\\x0Ab\\x7F is repeated"},
    {"C1 control characters", TEXT_EN, "calendar.order",
     "day=\xc2\x9b"
     "1m",
     "\\u009B1m is"},
    {"a turned writing direction", TEXT_EN, "calendar.order",
     "day=\xe2\x80\xae"
     "gpj",
     "\\u202Egpj is"},
    {"bytes that are no UTF-8", TEXT_EN, "calendar.order", "day=\xff\xc0\xaf\xed\xa0\x80.",
     "\\xFF\\xC0\\xAF\\xED\\xA0\\x80. is"},
    {"half a character at the end", TEXT_EN, "calendar.order", "day=中\xe6\x96", "中… is"},
    {"an unknown id shows itself", TEXT_ZH, "nothing.like-this", "", "nothing.like-this"},
    {"an unknown id shows its args", TEXT_EN, "nothing.like-this", "a=1|b=\n",
     "nothing.like-this (a=1|b=\\x0A)"},
    {"the beginning of an id is no id", TEXT_EN, "calendar.orde", "", "calendar.orde"},
    {"an id and more is no id", TEXT_EN, "calendar.orders", "", "calendar.orders"},
    {"an empty id", TEXT_EN, "", "a=1", " (a=1)"},
    {"a reason of the system in Chinese", TEXT_ZH, "calendar.order", "day=errno.full",
     "工作日历中的 磁盘已满 重复"},
    {"a reason of the system in English", TEXT_EN, "calendar.order", "day=errno.full",
     "the disk is full is repeated"},
    {"a reason that has no sentence", TEXT_EN, "calendar.order", "day=errno.like-this",
     "errno.like-this is repeated"},
    {"the beginning of a reason", TEXT_EN, "calendar.order", "day=errno.", "errno. is repeated"},
    {"a table in Chinese", TEXT_ZH, "row.constraint", "table=draw_result|why=x",
     "表 抽取记录 不接受这条记录：x。"},
    {"a table in English", TEXT_EN, "row.constraint", "table=draw_result|why=x",
     "Table draw does not take this record: x."},
    {"a table that no registry has", TEXT_ZH, "row.constraint", "table=drawn|why=x", "表 drawn 不"},
    {"a table's name as another value", TEXT_ZH, "row.constraint", "table=|why=draw_result",
     "表  不接受这条记录：draw_result。"},
    {"other ids as values stay", TEXT_EN, "calendar.order", "day=uscc.missing",
     "uscc.missing is repeated"},
};

static void renders(void **state)
{
    const struct row *r = *state;
    char out[600];
    struct qn_buf b;
    text_render(out, sizeof(out), r->lang, r->id, r->args);
    assert_memory_equal(out, r->want, strlen(r->want));
    qn_buf_init(&b, 4096);
    text_put(&b, r->lang, r->id, r->args);
    assert_true(qn_span_is(qn_buf_span(&b), out));
    qn_buf_release(&b);
}

/* For each capacity: NUL-ended inside it, and whole characters only, "…" where there is room. */
static void cuts_between_characters(void **state)
{
    char whole[600], out[600];
    (void)state;
    text_render(whole, sizeof(whole), TEXT_ZH, "calendar.order", "day=某日");
    size_t n = strlen(whole);
    for (size_t cap = 0; cap <= n + 1; cap++) {
        memset(out, 'x', sizeof(out));
        text_render(out, cap, TEXT_ZH, "calendar.order", "day=某日");
        assert_int_equal(out[cap], 'x');
        if (cap == 0)
            continue;
        size_t have = strlen(out);
        assert_true(have < cap);
        if (cap == n + 1) {
            assert_string_equal(out, whole);
        } else if (have) {
            assert_true(have >= 3 && cap - have <= 3);
            assert_string_equal(out + have - 3, "…");
            assert_memory_equal(out, whole, have - 3);
            assert_int_not_equal((uint8_t)whole[have - 3] & 0xc0, 0x80);
        } else {
            assert_true(cap <= 3);
        }
    }
}

static void shows_a_refusal(void **state)
{
    struct qn_err err = {.code = QN_OK};
    char out[200];
    (void)state;
    assert_int_equal(qn_fail(&err, QN_LIMIT, "calendar.days", "days=%u|max=%u", 0u, 9u), QN_LIMIT);
    text_error(out, sizeof(out), TEXT_EN, &err);
    assert_string_equal(
        out,
        "A period of 0 working days is not between 1 and 9 (spec calendar-3); check the setting.");
}

static struct {
    const char *name;
    enum text_lang want;
} languages[] = {
    {"en", TEXT_EN},          {"en_US.UTF-8", TEXT_EN}, {"en-GB", TEXT_EN}, {"en.UTF-8", TEXT_EN},
    {"zh_CN.UTF-8", TEXT_ZH}, {"C", TEXT_ZH},           {"", TEXT_ZH},      {"english", TEXT_ZH},
    {"e", TEXT_ZH},           {NULL, TEXT_ZH},
};
static void knows_languages(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(languages); i++)
        assert_int_equal(text_lang_of(languages[i].name), languages[i].want);
}

/* What a verification may find stands in words on the public site. */
static void names_every_finding(void **state)
{
#define CODE(name, consequence, id) #name,
    static const char *const codes[] = {VERDICT_TABLE(CODE)};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        char id[64] = "site.finding-";
        size_t at = strlen(id);
        for (const char *c = codes[i]; *c; c++)
            id[at++] = *c == '_' ? '-' : (char)(*c + ('a' - 'A'));
        id[at] = 0;
        if (!text_has(id))
            fail_msg("%s has no sentence", id);
    }
}

/* A new table of the registry needs its word in node/text/records.txt. */
static void names_every_table(void **state)
{
    size_t n, tables = 0;
    (void)state;
    const char *line = (const char *)embedded_get("protocol/registry-1.txt", &n);
    assert_non_null(line);
    for (; (line = strstr(line, "\ntable ")) != NULL; tables++) {
        char id[64] = "record.";
        size_t at = strlen(id);
        for (line += strlen("\ntable "); *line != ' '; line++)
            id[at++] = *line == '_' ? '-' : *line;
        id[at] = 0;
        if (!text_has(id))
            fail_msg("%s has no sentence", id);
    }
    assert_true(tables > 30);
}

/* Every entry of every compiled-in catalogue file is found, and says something in both languages. */
static void finds_every_sentence(void **state)
{
    size_t n, files = 0;
    const char *name;
    (void)state;
    assert_false(text_has("nothing.like-this"));
    for (size_t i = 0; (name = embedded_name(i)) != NULL; i++) {
        if (strncmp(name, "node/text/", 10) != 0)
            continue;
        files++;
        const char *line = (const char *)embedded_get(name, &n);
        for (bool inside = false; *line; line += strcspn(line, "\n"), line += *line == '\n') {
            size_t len = strcspn(line, "\n");
            if (!inside && len && *line != '#') {
                char id[64], zh[400], en[400];
                assert_true(len < sizeof(id));
                snprintf(id, sizeof(id), "%.*s", (int)len, line);
                if (!text_has(id))
                    fail_msg("%s: %s is not found", name, id);
                text_render(zh, sizeof(zh), TEXT_ZH, id, "");
                text_render(en, sizeof(en), TEXT_EN, id, "");
                assert_string_not_equal(zh, id);
                if (strpbrk(en,
                            "abcdefghijklmnopqrstuvwxyz")) /* a mere separator may be the same */
                    assert_string_not_equal(zh, en);
            }
            inside = len && (inside || *line != '#');
        }
    }
    assert_true(files > 0);
    assert_null(embedded_get("node/text/none.txt", &n));
    assert_int_equal(n, 0);
}

/* SPEC web-88: "is said by its name in words" */
static void speaks_to_pages(void **state)
{
    char out[512];
    (void)state;
    text_render(out, sizeof(out), TEXT_ZH, "records.kind", "value=甲");
    assert_non_null(strstr(out, "qian record kinds"));
    assert_false(text_for_pages(true));
    text_render(out, sizeof(out), TEXT_ZH, "records.kind", "value=甲");
    assert_null(strstr(out, "qian"));
    assert_non_null(strstr(out, "“记录种类”"));
    text_render(out, sizeof(out), TEXT_ZH, "records.reason", "value=甲");
    assert_non_null(strstr(out, "请加上“理由”。"));
    text_render(out, sizeof(out), TEXT_ZH, "sheet.empty", "path=/d/shelf/7e1c/3f2a90bc-名录.csv");
    assert_string_equal(out, "名录.csv 是空的，一行也没有；请核对是否拿错了文件，或重新导出。");
    text_render(out, sizeof(out), TEXT_ZH, "records.kind", "value=qian record list");
    assert_non_null(strstr(out, "qian record list")); /* what somebody wrote stays */
    assert_true(text_for_pages(false));
}

int main(void)
{
    struct CMUnitTest test[ARRAY_LEN(rows) + 7];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        test[n++] = (struct CMUnitTest){rows[i].name, renders, NULL, NULL, &rows[i]};
    test[n++] = (struct CMUnitTest)cmocka_unit_test(cuts_between_characters);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(shows_a_refusal);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(knows_languages);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(finds_every_sentence);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(names_every_table);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(names_every_finding);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(speaks_to_pages);
    return _cmocka_run_group_tests("text", test, n, NULL, NULL);
}
