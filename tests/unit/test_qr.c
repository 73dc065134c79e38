/* test_qr.c - QR codes as a scanner reads them (tests/t/qr_read.py, zbar), on paper and on a terminal, and refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "node/text/qr.h"

static char file[64];

static int setup(void **state)
{
    (void)state;
    snprintf(file, sizeof(file), "/tmp/qian-qr-XXXXXX");
    int fd = mkstemp(file);
    return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
    (void)state;
    return unlink(file);
}

static void assert_reads(const struct qn_buf *made, struct qn_span text)
{
    char cmd[128], got[QR_MOST + 2];
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(made->p, 1, made->n, f), made->n);
    assert_int_equal(fclose(f), 0);
    snprintf(cmd, sizeof(cmd), "python3 tests/t/qr_read.py %s", file);
    FILE *p = popen(cmd, "r");
    assert_non_null(p);
    size_t n = fread(got, 1, sizeof(got), p);
    assert_int_equal(pclose(p), 0);
    assert_int_equal(n, text.n);
    assert_memory_equal(got, text.p, n);
}

static void a_scanner_reads_what_was_written(void **state)
{
    (void)state;
    char long_text[QR_MOST];
    for (size_t i = 0; i < sizeof(long_text); i++)
        long_text[i] = "0123456789abcdef"[i * 7 % 16];
    const struct {
        const char *what;
        struct qn_span text;
    } cases[] = {
        {"one character", qn_str("1")},
        {"a draw's name", qn_str("140602:1-45-0")},
        {"Chinese", qn_str("签 140602:1-45-0 朔城区市场监督管理局")},
        {"lines", qn_str("draw-slip/1\n140602\n")},
        {"as much as fits", {(const uint8_t *)long_text, sizeof(long_text)}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct qn_err err = {0};
        QN_AUTO(qn_buf) struct qn_buf svg = {0}, lines = {0};
        qn_buf_init(&svg, 1 << 20);
        qn_buf_init(&lines, 1 << 20);
        print_message("%s\n", cases[i].what);
        assert_int_equal(qr_svg(&svg, cases[i].text, "", &err), QN_OK);
        assert_reads(&svg, cases[i].text);
        assert_int_equal(qr_lines(&lines, cases[i].text, &err), QN_OK);
        assert_reads(&lines, cases[i].text);
    }
}

static void the_label_is_text_and_never_markup(void **state)
{
    (void)state;
    QN_AUTO(qn_buf) struct qn_buf svg = {0};
    qn_buf_init(&svg, 1 << 20);
    assert_int_equal(qr_svg(&svg, qn_str("x"), "a\"><script>&", NULL), QN_OK);
    qn_put(&svg, "", 1);
    assert_non_null(strstr((char *)svg.p, "aria-label=\"a&quot;>&lt;script>&amp;\""));
    assert_null(strstr((char *)svg.p, "<script"));
}

static void refuses_what_no_code_holds(void **state)
{
    (void)state;
    char too_long[QR_MOST + 1];
    memset(too_long, 'a', sizeof(too_long));
    const struct {
        struct qn_span text;
        enum qn_code code;
        const char *id;
    } cases[] = {
        {{(const uint8_t *)"", 0}, QN_MALFORMED, "qr.text"},
        {{(const uint8_t *)"a\0b", 3}, QN_MALFORMED, "qr.text"},
        {{(const uint8_t *)too_long, sizeof(too_long)}, QN_LIMIT, "qr.long"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct qn_err err = {0};
        QN_AUTO(qn_buf) struct qn_buf out = {0};
        qn_buf_init(&out, 1 << 20);
        assert_int_equal(qr_svg(&out, cases[i].text, "", &err), cases[i].code);
        assert_string_equal(err.id, cases[i].id);
        assert_int_equal(qr_lines(&out, cases[i].text, &err), cases[i].code);
        assert_int_equal(out.n, 0);
    }
}

static void a_full_buffer_is_told(void **state)
{
    (void)state;
    struct qn_err err = {0};
    QN_AUTO(qn_buf) struct qn_buf out = {0};
    qn_buf_init(&out, 100);
    assert_int_equal(qr_svg(&out, qn_str("x"), "", &err), QN_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scanner_reads_what_was_written),
        cmocka_unit_test(the_label_is_text_and_never_markup),
        cmocka_unit_test(refuses_what_no_code_holds),
        cmocka_unit_test(a_full_buffer_is_told),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
