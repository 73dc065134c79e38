/* test_find.c - finding names without a server: which characters count, where a pair stands, what is too common. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "node/publish/find.h"
#include "node/publish/html.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static struct chars {
    const char *name, *in, *want;
} chars[] = {
    {"as it is", "朔城加油站", "朔城加油站"},
    {"small letters", "KFC餐厅", "kfc餐厅"},
    {"half-width", "ＫＦＣ１店", "kfc1店"},
    {"signs and blanks", "甲（乙）·丙 丁　戊-己。", "甲乙丙丁戊己"},
    {"brackets of both widths", "甲(乙)", "甲乙"},
    {"rare characters", "𠮷野家", "𠮷野家"},
    {"hidden", "甲\xe2\x80\x8b乙", "甲乙"},
    {"markup", "<b>\"'&", "b"},
    {"nothing counts", "（）", ""},
    {"empty", "", ""},
};

static void counts(void **state)
{
    const struct chars *t = *state;
    uint32_t got[FIND_CHARS], want[FIND_CHARS];
    size_t n = find_chars(got, qn_str(t->in)), m = find_chars(want, qn_str(t->want));
    assert_int_equal(n, m);
    assert_memory_equal(got, want, n * sizeof(got[0]));
    size_t length = 0;
    for (const char *p = t->want; *p; p++)
        length += ((uint8_t)*p & 0xc0) != 0x80;
    assert_int_equal(n, length);
}

static void a_long_name_is_cut(void **state)
{
    (void)state;
    static char name[3 * 500 + 1];
    uint32_t got[FIND_CHARS];
    for (size_t i = 0; i < 500; i++)
        memcpy(name + 3 * i, "甲", 3);
    assert_int_equal(find_chars(got, qn_str(name)), FIND_CHARS);
}

static void spreads(void **state)
{
    (void)state;
    assert_int_equal(find_shards(0), 1);
    assert_int_equal(find_shards(500), 1);
    assert_int_equal(find_shards(501), 16);
    assert_int_equal(find_shards(20000), 16);
    assert_int_equal(find_shards(20001), 256);
    assert_int_equal(find_shard(0x6714, 0x57ce, 1), 0);
    assert_int_equal(find_shard(0x6714, 0x57ce, 256), (31u * 0x6714u + 0x57ceu) % 256u);
}

static void writes_distances(void **state)
{
    (void)state;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 4096);
    struct find_pair p[] = {{0x57ce, 'a', 9},
                            {0x6714, 0x57ce, 7},
                            {0x6714, 0x57ce, 2},
                            {0x6714, 0x57ce, 7},
                            {0x20bb7, 0x91ce, 0}};
    find_sort(p, ARRAY_LEN(p), 1);
    find_write(&b, p, ARRAY_LEN(p));
    assert_true(qn_span_is(qn_buf_span(&b), "{\n\"城a\":[9],\n\"朔城\":[2,5],\n\"𠮷野\":[0]\n}\n"));
    b.n = 0;
    find_write(&b, NULL, 0);
    assert_true(qn_span_is(qn_buf_span(&b), "{\n}\n"));
}

static void a_common_pair_narrows_nothing(void **state)
{
    (void)state;
    static struct find_pair p[FIND_COMMON + 2];
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 1 << 20);
    for (uint32_t i = 0; i < FIND_COMMON + 1; i++)
        p[i] = (struct find_pair){'a', 'b', i};
    p[FIND_COMMON + 1] = p[0]; /* twice in one name is one row */
    find_sort(p, FIND_COMMON + 2, 256);
    find_write(&b, p, FIND_COMMON + 1);
    assert_int_equal(b.p[7], '[');
    b.n = 0;
    find_write(&b, p, FIND_COMMON + 2);
    assert_true(qn_span_is(qn_buf_span(&b), "{\n\"ab\":0\n}\n"));
}

static struct json {
    const char *name, *in, *want;
} jsons[] = {
    {"plain", "甲 A", "\"甲 A\""},
    {"quote and backslash", "a\"b\\c", "\"a\\\"b\\\\c\""},
    {"control", "a\nb",
     "\"a\xef\xbf\xbd"
     "b\""},
    {"turned writing",
     "a\xe2\x80\xae"
     "b",
     "\"a\xef\xbf\xbd"
     "b\""},
    {"end of a script", "</script>", "\"</script>\""},
};

static void escapes(void **state)
{
    const struct json *t = *state;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 4096);
    html_json(&b, qn_str(t->in));
    assert_true(qn_span_is(qn_buf_span(&b), t->want));
}

/* Where the pager of page `page` of `pages` leads: "1 2 [3] 4 … 9". */
static struct pager {
    const char *name;
    size_t page, pages;
    const char *want;
} pagers[] = {
    {"one page", 0, 1, ""},
    {"first of two", 0, 2, "[1] 2 x/a-2"},
    {"last of two", 1, 2, "x/a 1 [2]"},
    {"first of many", 0, 200, "[1] 2 3 4 … 200 x/a-2"},
    {"in the middle", 99, 200, "x/a-99 1 … 97 98 99 [100] 101 102 103 … 200 x/a-101"},
    {"last of many", 199, 200, "x/a-199 1 … 197 198 199 [200]"},
    {"no gap of one", 4, 9, "x/a-4 1 2 3 4 [5] 6 7 8 9 x/a-6"},
};

static void pages(void **state)
{
    const struct pager *t = *state;
    QN_AUTO(qn_buf) struct qn_buf b = {0}, got = {0};
    qn_buf_init(&b, 65536);
    qn_buf_init(&got, 65536);
    html_pager(&b, 1, "x/a", t->page, t->pages);
    qn_put(&b, "", 1);
    /* Numbers as they stand; of the links before and behind, where they lead. */
    for (const char *p = (const char *)b.p; (p = strchr(p, '<')) != NULL; p++) {
        const char *text = strchr(p, '>') + 1, *end = strchr(text, '<');
        if (strncmp(p, "<b>", 3) == 0)
            qn_put_fmt(&got, " [%.*s]", (int)(end - text), text);
        else if (strncmp(p, "<span>", 6) == 0)
            qn_put_str(&got, " …");
        else if (strncmp(p, "<a href=\"../", 12) == 0 && text[0] >= '0' && text[0] <= '9')
            qn_put_fmt(&got, " %.*s", (int)(end - text), text);
        else if (strncmp(p, "<a href=\"../", 12) == 0)
            qn_put_fmt(&got, " %.*s", (int)(strchr(p + 12, '.') - p - 12), p + 12);
    }
    struct qn_span s = qn_buf_span(&got);
    assert_true(qn_span_is((struct qn_span){s.p + (s.n ? 1 : 0), s.n - (s.n ? 1 : 0)}, t->want));
}

int main(void)
{
    struct CMUnitTest test[ARRAY_LEN(chars) + ARRAY_LEN(jsons) + ARRAY_LEN(pagers)];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(chars); i++)
        test[n++] = (struct CMUnitTest){chars[i].name, counts, NULL, NULL, &chars[i]};
    for (size_t i = 0; i < ARRAY_LEN(jsons); i++)
        test[n++] = (struct CMUnitTest){jsons[i].name, escapes, NULL, NULL, &jsons[i]};
    for (size_t i = 0; i < ARRAY_LEN(pagers); i++)
        test[n++] = (struct CMUnitTest){pagers[i].name, pages, NULL, NULL, &pagers[i]};
    const struct CMUnitTest find[] = {
        cmocka_unit_test(a_long_name_is_cut),
        cmocka_unit_test(spreads),
        cmocka_unit_test(writes_distances),
        cmocka_unit_test(a_common_pair_narrows_nothing),
    };
    return cmocka_run_group_tests_name("find", find, NULL, NULL) +
           cmocka_run_group_tests_name("text", test, NULL, NULL);
}
