/* base.c and wire.c: readers, decimals, hexadecimal, dates, UTF-8, hashes, buffers, refusals. */
#include "protocol/wire.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* ---- binary ---------------------------------------------------------------------------------------- */

static void numbers(void **state)
{
    static const uint8_t in[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    struct rd r = {.in = QN_SPAN(in)};
    (void)state;
    assert_int_equal(rd_uint(&r, 1), 0x01);
    assert_int_equal(rd_uint(&r, 2), 0x0203);
    assert_int_equal(rd_uint(&r, 4), 0x04050607);
    assert_false(rd_end(&r));
    assert_true(rd_uint(&r, 8) == UINT64_C(0x08090a0b0c0d0e0f));
    assert_true(rd_end(&r));
    assert_false(rd_more(&r));
    /* What fails once gives nothing any more. */
    assert_int_equal(rd_uint(&r, 1), 0);
    assert_false(rd_end(&r));
}

static void short_reads(void **state)
{
    static const uint8_t in[] = {1, 2, 3};
    struct rd r = {.in = QN_SPAN(in)};
    uint8_t out[4] = {9, 9, 9, 9};
    (void)state;
    rd_copy(&r, out, 4);
    assert_true(r.failed);
    assert_int_equal(out[0] | out[1] | out[2] | out[3], 0);
    assert_int_equal(rd_span(&r, 1).n, 0);
    assert_int_equal(rd_uint(&r, 1), 0);
    r = (struct rd){.in = QN_SPAN(in)};
    assert_int_equal(rd_uint(&r, 4), 0);
    assert_true(r.failed);
    r = (struct rd){.in = QN_SPAN(in)};
    assert_int_equal(rd_span(&r, SIZE_MAX).n, 0);
    assert_true(r.failed);
    r = (struct rd){.in = {NULL, 0}};
    assert_int_equal(rd_span(&r, 0).n, 0);
    assert_true(rd_end(&r));
}

/* ---- text ------------------------------------------------------------------------------------------ */

static void lines(void **state)
{
    struct rd r = {.in = qn_str("one two\n\nlast")};
    (void)state;
    struct rd line = {.in = rd_line(&r)};
    assert_true(qn_span_is(rd_field(&line), "one"));
    rd_word(&line, "two");
    assert_true(rd_end(&line));
    assert_int_equal(rd_line(&r).n, 0);
    assert_false(r.failed);
    assert_int_equal(rd_line(&r).n, 0); /* "last" does not end */
    assert_true(r.failed);
}

static struct field {
    const char *name, *line;
    unsigned want; /* fields before the end, 99: refused */
} fields[] = {
    {"one field", "abc", 1},
    {"three fields", "a b c", 3},
    {"field: tabs are no blanks", "a\tb", 1},
    {"field: nothing", "", 99},
    {"field: a blank", " ", 99},
    {"field: a blank before", " a", 99},
    {"field: a blank behind", "a ", 99},
    {"field: two blanks", "a  b", 99},
};
static void splits(void **state)
{
    const struct field *f = *state;
    struct rd line = {.in = qn_str(f->line)};
    unsigned n = 0;
    do {
        if (rd_field(&line).n)
            n++;
    } while (rd_more(&line));
    assert_int_equal(rd_end(&line) ? n : 99, f->want);
}

static struct decimal {
    const char *text;
    uint64_t max, want;
    bool ok;
} decimals[] = {
    {"0", 0, 0, true},
    {"7", 7, 7, true},
    {"10", 10, 10, true},
    {"18446744073709551615", UINT64_MAX, UINT64_MAX, true},
    {"18446744073709551616", UINT64_MAX, 0, false},
    {"99999999999999999999", UINT64_MAX, 0, false},
    {"184467440737095516150", UINT64_MAX, 0, false},
    {"8", 7, 0, false},
    {"1", 0, 0, false},
    {"00", 9, 0, false},
    {"01", 9, 0, false},
    {"+1", 9, 0, false},
    {"-1", 9, 0, false},
    {"1a", 99, 0, false},
    {"0x1", 99, 0, false},
    {"1.0", 99, 0, false},
    {"\xef\xbc\x91", 99, 0, false},
    {"", 9, 0, false},
};
static void reads_decimals(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(decimals); i++) {
        const struct decimal *d = &decimals[i];
        struct rd line = {.in = qn_str(d->text)};
        uint64_t v = rd_dec(&line, d->max);
        if (rd_end(&line) != d->ok || v != d->want)
            fail_msg("\"%s\"", d->text);
    }
}

static struct hex {
    const char *text;
    bool ok;
} hexes[] = {{"00ff1a", true},   {"00FF1a", false}, {"00ff1", false},
             {"00ff1a0", false}, {"00ff1g", false}, {"00ff 1", false},
             {"", false},        {"0x00ff", false}, {"00ff1a00", false}};
static void reads_hex(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(hexes); i++) {
        uint8_t out[3] = {1, 1, 1};
        struct rd line = {.in = qn_str(hexes[i].text)};
        rd_hex(&line, out, sizeof(out));
        if (rd_end(&line) != hexes[i].ok)
            fail_msg("\"%s\"", hexes[i].text);
        assert_memory_equal(out, hexes[i].ok ? "\x00\xff\x1a" : "\0\0\0", 3);
        char again[7];
        qn_hex(again, out, 3);
        if (hexes[i].ok)
            assert_string_equal(again, hexes[i].text);
    }
}

static struct word {
    const char *text;
    bool code, name;
} words[] = {
    {"14", true, true},
    {"0Z", true, true},
    {"1234567890ABCDEF", true, true},
    {"1234567890ABCDEFG", false, true},
    {"1", false, true},
    {"", false, false},
    {"14010a", false, true},
    {"1401-7", false, true},
    {"a.b_c-D9", false, true},
    {"12345678901234567890123456789012", false, true},
    {"123456789012345678901234567890123", false, false},
    {"a b", false, false},
    {"a/b", false, false},
    {"azAZ09", false, true},
    {"AZ09", true, true},
    {"大同", false, false},
    {"14\n", false, false},
};
static void judges_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (wire_is_code(qn_str(words[i].text)) != words[i].code ||
            wire_is_name(qn_str(words[i].text)) != words[i].name)
            fail_msg("\"%s\"", words[i].text);
}

/* ---- dates ----------------------------------------------------------------------------------------- */

static struct date {
    const char *text;
    int32_t day;
} dates[] = {
    {"1970-01-01", 0},
    {"1970-12-31", 364},
    {"1972-02-29", 789},
    {"1999-12-31", 10956},
    {"2000-02-29", 11016},
    {"2021-08-16", 18855},
    {"2100-02-28", 47540},
    {"9999-12-31", 2932896},
    {"1969-12-31", -1},
    {"1900-01-01", -1},
    {"2021-02-29", -1},
    {"2100-02-29", -1},
    {"2021-04-31", -1},
    {"2021-00-10", -1},
    {"2021-13-01", -1},
    {"2021-01-00", -1},
    {"2021-1-01", -1},
    {"2021-01-1", -1},
    {"2021/01/01", -1},
    {"2021-01-01 ", -1},
    {"10000-01-01", -1},
    {"0000-00-00", -1},
    {"", -1},
    {"2021-0a-01", -1},
    {"2021-01/01", -1},
    {"2021/01-01", -1},
    {"2021-0:-01", -1},
    {"2021-01-1/", -1},
};
static void reads_dates(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(dates); i++) {
        struct qn_span s = qn_str(dates[i].text);
        if (wire_day(s) != dates[i].day || wire_is_date(s) != (dates[i].day >= 0))
            fail_msg("\"%s\"", dates[i].text);
        char again[11];
        wire_day_text(dates[i].day, again);
        if (dates[i].day >= 0)
            assert_string_equal(again, dates[i].text);
    }
}

/* What is counted from a day, whatever number somebody wrote; what is never over ends on the last day there is. */
static void days_behind(void **state)
{
    static const struct {
        const char *from;
        int64_t days;
        const char *want;
    } rows[] = {
        {"2021-12-31", 0, "2021-12-31"},          {"2021-12-31", 15, "2022-01-15"},
        {"2024-02-28", 1, "2024-02-29"},          {"2021-12-31", -1, "2021-12-31"},
        {"2021-12-31", INT64_MIN, "2021-12-31"},  {"2021-12-31", INT64_MAX, "9999-12-31"},
        {"2021-12-31", 2147483647, "9999-12-31"}, {"2021-12-31", 4294967297, "9999-12-31"},
        {"9999-12-30", 1, "9999-12-31"},          {"9999-12-30", 2, "9999-12-31"},
        {"2021-02-30", 1, "9999-12-31"},          {"", 0, "9999-12-31"},
        {"1969-12-31", 0, "9999-12-31"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[11];
        wire_day_text(wire_day_after(qn_str(rows[i].from), rows[i].days), text);
        assert_string_equal(text, rows[i].want);
    }
}

/* Each day of 8,030 years follows the one before, and the two functions are inverse. */
static void every_day(void **state)
{
    char text[11], before[11] = "";
    (void)state;
    for (int32_t day = 0; day <= 2932896; day += day < 50000 || day > 2900000 ? 1 : 17) {
        wire_day_text(day, text);
        if (wire_day(qn_str(text)) != day || strcmp(before, text) >= 0)
            fail_msg("%d %s", (int)day, text);
        memcpy(before, text, sizeof(text));
    }
    wire_day_text(-1, text);
    assert_string_equal(text, "1970-01-01");
    wire_day_text(INT32_MAX, text);
    assert_string_equal(text, "9999-12-31");
    struct rd line = {.in = qn_str("2021-02-29")};
    assert_false(rd_date(&line, text));
    assert_string_equal(text, "");
    assert_true(line.failed);
}

/* SPEC encoding-15: "A day of the rules is a day of UTC+8" */
static void the_day_of_a_moment(void **state)
{
    (void)state;
    assert_int_equal(wire_day_at(0), 0);
    assert_int_equal(wire_day_at(57599), 0);
    assert_int_equal(wire_day_at(57600), 1); /* 16:00 UTC is midnight */
    assert_int_equal(wire_day_at(1629043199), wire_day(qn_str("2021-08-15")));
    assert_int_equal(wire_day_at(1629043200), wire_day(qn_str("2021-08-16")));
    assert_int_equal(wire_day_at(253402271999), WIRE_DAY_MAX);
    assert_int_equal(wire_day_at(253402272000), WIRE_DAY_MAX + 1);
    assert_int_equal(wire_day_at(UINT64_MAX), WIRE_DAY_MAX + 1);
    assert_int_equal(wire_day_start(-1), 0);
    assert_int_equal(wire_day_start(0), 0);
    for (int32_t day = 1; day <= WIRE_DAY_MAX; day += 97) {
        assert_int_equal(wire_day_at(wire_day_start(day)), day);
        assert_int_equal(wire_day_at(wire_day_start(day) - 1), day - 1);
    }
}

/* ---- UTF-8 ----------------------------------------------------------------------------------------- */

/* An oracle of another kind: decode the number, then ask whether it is encoded as it must be. */
static bool is_one_character(const uint8_t *p, size_t n)
{
    static const uint32_t least[] = {0, 1, 0x80, 0x800, 0x10000};
    uint32_t v = n == 1 ? p[0] : p[0] & (0x7fu >> n);
    uint8_t mark = (uint8_t)(n == 1 ? 0 : 0xff00u >> n);
    uint8_t mask = (uint8_t)(n == 1 ? 0x80 : 0xff80u >> n);
    if ((p[0] & mask) != mark)
        return false;
    for (size_t i = 1; i < n; i++) {
        if (p[i] >> 6 != 2)
            return false;
        v = v << 6 | (p[i] & 0x3f);
    }
    return v >= least[n] && v <= 0x10ffff && (v < 0xd800 || v > 0xdfff);
}

static bool oracle(const uint8_t *p, size_t n)
{
    while (n) {
        size_t k = 1;
        while (k <= 4 && !(k <= n && is_one_character(p, k)))
            k++;
        if (k > 4)
            return false;
        p += k;
        n -= k;
    }
    return true;
}

/* Every sequence of up to three bytes, and of four where the first two matter; alone, and where the fast
 * paths for ASCII and for Chinese run into it. */
static void judges_utf8(void **state)
{
    uint8_t b[32];
    unsigned long sound = 0;
    (void)state;
    for (uint32_t v = 0; v < 1u << 24;
         v += (v & 0xff00) < 0x8000 || (v & 0xff00) > 0xc000 ? 5 : 1) {
        b[0] = (uint8_t)(v >> 16);
        b[1] = (uint8_t)(v >> 8);
        b[2] = (uint8_t)v;
        bool want = oracle(b, 3);
        if (wire_is_utf8((struct qn_span){b, 3}) != want)
            fail_msg("%02x %02x %02x", b[0], b[1], b[2]);
        sound += want;
    }
    assert_true(sound > 100000);
    for (uint32_t v = 0; v < 1u << 16; v++) {
        static const uint8_t ends[][2] = {
            {0x80, 0x80}, {0xbf, 0xbf}, {0x7f, 0x80}, {0x80, 0xc0}, {0x41, 0x42}};
        for (size_t e = 0; e < ARRAY_LEN(ends); e++)
            for (size_t at = 0; at < 12; at++) {
                memcpy(b,
                       "\xe7\xad\xbe\xe7\xad\xbe"
                       "abcdefghi\xe7\xad\xbe",
                       18);
                b[at] = (uint8_t)(v >> 8);
                b[at + 1] = (uint8_t)v;
                b[at + 2] = ends[e][0];
                b[at + 3] = ends[e][1];
                if (at % 4 == e % 4 && wire_is_utf8((struct qn_span){b, 18}) != oracle(b, 18))
                    fail_msg("%02x %02x at %zu", b[at], b[at + 1], at);
            }
    }
    assert_true(wire_is_utf8((struct qn_span){NULL, 0}));
}

/* Two bytes of any value at every place of a run of Chinese characters, which is judged sixteen bytes at a time. */
static void judges_long_runs(void **state)
{
    static const char run[] = "签到双随机公开检查事项县区"; /* 13 characters: 39 bytes */
    uint8_t b[39];
    unsigned long sound = 0;
    (void)state;
    assert_int_equal(strlen(run), sizeof(b));
    for (uint32_t v = 0; v < 1u << 16; v++) {
        memcpy(b, run, sizeof(b));
        size_t at = v * 7 % 25;
        for (unsigned k = 0; k < 3;
             k++, at = (at + 1) % 25) { /* a lead's place, and both places behind it */
            memcpy(b, run, sizeof(b));
            b[at] = (uint8_t)(v >> 8);
            b[at + 1] = (uint8_t)v;
            bool want = oracle(b, sizeof(b));
            sound += want;
            if (wire_is_utf8((struct qn_span){b, sizeof(b)}) != want)
                fail_msg("%02x %02x at %zu", b[at], b[at + 1], at);
        }
    }
    assert_in_range(sound, 1000, 20000);
}

/* Four bytes from every row of the table, at every place of texts of the lengths where one way of looking ends and another
 * begins; in memory of just that length.                                                                          */
static void judges_every_place(void **state)
{
    static const uint8_t edge[] = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0,
                                   0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xe4, 0xec, 0xed,
                                   0xee, 0xef, 0xf0, 0xf1, 0xf4, 0xf5};
    static const size_t length[] = {4, 7, 8, 9, 16, 18, 19, 20, 32, 35, 51};
    unsigned long sound = 0, step = 0;
    (void)state;
    for (size_t l = 0; l < ARRAY_LEN(length); l++) {
        size_t n = length[l];
        uint8_t *p = malloc(n);
        assert_non_null(p);
        for (size_t at = 0; at + 4 <= n; at++)
            for (size_t k = 0; k < sizeof(edge) * sizeof(edge) * sizeof(edge);
                 k += 1 + step++ % 4) {
                memset(p, 'x', n);
                p[at] = edge[k % sizeof(edge)];
                p[at + 1] = edge[k / sizeof(edge) % sizeof(edge)];
                p[at + 2] = edge[k / sizeof(edge) / sizeof(edge)];
                p[at + 3] = step & 1 ? 0xbf : 0x41;
                bool want = oracle(p + at, 4);
                sound += want;
                if (wire_is_utf8((struct qn_span){p, n}) != want)
                    fail_msg("%02x %02x %02x %02x at %zu of %zu", p[at], p[at + 1], p[at + 2],
                             p[at + 3], at, n);
            }
        free(p);
    }
    assert_true(sound > 5000);
}

/* A bad byte is found at any place of a text of any length. */
static void bad_byte_anywhere(void **state)
{
    static const uint8_t bad[] = {0, 0x80, 0xc0, 0xff, 0xed};
    (void)state;
    for (size_t n = 1; n < 40; n++) {
        uint8_t *p = malloc(n);
        assert_non_null(p);
        memset(p, 'x', n);
        assert_true(wire_is_utf8((struct qn_span){p, n}));
        for (size_t at = 0; at < n; at++)
            for (size_t k = 0; k < sizeof(bad); k++) {
                p[at] = bad[k];
                assert_false(wire_is_utf8((struct qn_span){p, n}));
                p[at] = 'x';
            }
        free(p);
    }
}

/* ---- hashes ---------------------------------------------------------------------------------------- */

static void hashes(void **state)
{
    uint8_t out[QN_HASH];
    char hex[2 * QN_HASH + 1];
    (void)state;
    wire_sha256(out, NULL, 0);
    qn_hex(hex, out, QN_HASH);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    wire_sha256(out, (struct qn_span[]){qn_str("a"), {NULL, 0}, qn_str("bc")},
                3); /* FIPS 180-4: "abc" */
    qn_hex(hex, out, QN_HASH);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    uint8_t key[32] = {0}; /* RFC 4231, case 2: a short key is filled up with zeros */
    memcpy(key, "Jefe", 4);
    wire_hmac(out, key, (struct qn_span[]){qn_str("what do ya want "), qn_str("for nothing?")}, 2);
    qn_hex(hex, out, QN_HASH);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

/* ---- buffers and refusals ---------------------------------------------------------------------------- */

static void buffers_grow_to_their_bound(void **state)
{
    struct qn_buf b;
    struct qn_err err;
    (void)state;
    qn_buf_init(&b, 1000);
    for (unsigned i = 0; i < 999; i++)
        qn_put(&b, "x", 1);
    qn_put_fmt(&b, "%s", "");
    qn_put_fmt(&b, "%d", 7); /* exactly full */
    assert_int_equal(qn_buf_check(&b, &err), QN_OK);
    assert_int_equal(b.n, 1000);
    assert_int_equal(b.p[999], '7');
    qn_put(&b, "", 0);
    assert_int_equal(qn_buf_check(&b, &err), QN_OK);
    qn_put(&b, "x", 1);
    assert_int_equal(qn_buf_check(&b, &err), QN_LIMIT);
    assert_string_equal(err.id, "base.too-long");
    assert_string_equal(err.args, "max=1000");
    qn_buf_release(&b);
    qn_buf_release(&b);
    assert_int_equal(b.n, 0);
}

static void a_failed_buffer_stays_failed(void **state)
{
    struct qn_buf b;
    (void)state;
    qn_buf_init(&b, 4);
    qn_put_uint(&b, 0x0102, 2);
    qn_put_uint(&b, 1, 8);
    qn_put_uint(&b, 1, 1);
    assert_int_equal(b.n, 2);
    assert_int_equal(qn_buf_check(&b, NULL), QN_LIMIT);
    qn_buf_release(&b);
    qn_buf_init(&b, 0);
    qn_put_fmt(&b, "x");
    assert_int_equal(qn_buf_check(&b, NULL), QN_LIMIT);
    qn_buf_release(&b);
}

static void writes_numbers_and_hex(void **state)
{
    struct qn_buf b;
    (void)state;
    qn_buf_init(&b, 100);
    qn_put_uint(&b, UINT64_C(0x0102030405060708), 8);
    qn_put_uint(&b, 0xabcd, 1);
    qn_put_hex(&b, (const uint8_t *)"\x00\xff", 2);
    qn_put_span(&b, (struct qn_span){NULL, 0});
    assert_true(
        qn_span_eq(qn_buf_span(&b), (struct qn_span){(const uint8_t *)"\1\2\3\4\5\6\7\x8\xcd"
                                                                      "00ff",
                                                     13}));
    qn_buf_release(&b);
}

static void spans(void **state)
{
    char out[4] = "zzz";
    (void)state;
    assert_true(qn_span_cmp(qn_str("a"), qn_str("b")) < 0);
    assert_true(qn_span_cmp(qn_str("ab"), qn_str("a")) > 0);
    assert_true(qn_span_cmp(qn_str("\xff"), qn_str("a")) > 0);
    assert_int_equal(qn_span_cmp((struct qn_span){NULL, 0}, qn_str("")), 0);
    assert_true(qn_span_eq((struct qn_span){NULL, 0}, qn_str("")));
    assert_false(qn_span_eq(qn_str("a"), qn_str("b")));
    assert_true(qn_text_copy(out, 4, qn_str("abc")));
    assert_false(qn_text_copy(out, 4, qn_str("abcd")));
    assert_false(qn_text_copy(out, 4, (struct qn_span){(const uint8_t *)"a\0b", 3}));
    assert_string_equal(out, "abc");
}

static void refusals(void **state)
{
    struct qn_err err;
    char longest[1000];
    (void)state;
    assert_int_equal(qn_fail(NULL, QN_DENIED, "a.b", ""), QN_DENIED);
    assert_int_equal(qn_fail(&err, QN_LATER, "a.b", "k=%d", 7), QN_LATER);
    assert_string_equal(err.args, "k=7");
    /* An outer refusal may quote the inner one's args. */
    assert_int_equal(qn_fail(&err, QN_IO, "a.c", "%s|j=8", err.args), QN_IO);
    assert_string_equal(err.args, "k=7|j=8");
    /* Args that are cut end with a whole character, wherever the cut falls. */
    for (size_t lead = 0; lead < 4; lead++) {
        memset(longest, 'x', lead);
        for (size_t i = lead; i + 4 < sizeof(longest); i += 3)
            memcpy(longest + i, "签", 4);
        assert_int_equal(qn_fail(&err, QN_IO, "a.c", "%s", longest), QN_IO);
        assert_true(strlen(err.args) > sizeof(err.args) - 5);
        assert_true(wire_is_utf8(qn_str(err.args)));
    }
    for (int code = QN_OK; code <= QN_NOMEM; code++)
        assert_string_not_equal(qn_code_name((enum qn_code)code), "unknown");
    assert_string_equal(qn_code_name((enum qn_code)99), "unknown");
}

static char said[2000];
static void hear(void *ctx, const char *id, const char *args)
{
    snprintf(said, sizeof(said), "%s %s %s", (const char *)ctx, id, args);
}
static void remarks(void **state)
{
    char who[] = "me";
    struct qn_report to = {hear, who};
    (void)state;
    qn_say(&to, "a.b", "n=%d", 3);
    assert_string_equal(said, "me a.b n=3");
    qn_say(NULL, "a.b", "n=%d", 4);
    qn_say(&(struct qn_report){NULL, NULL}, "a.b", "n=%d", 5);
    assert_string_equal(said, "me a.b n=3");
}

int main(void)
{
    static const struct CMUnitTest rest[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(short_reads),
        cmocka_unit_test(lines),
        cmocka_unit_test(reads_decimals),
        cmocka_unit_test(reads_hex),
        cmocka_unit_test(judges_words),
        cmocka_unit_test(reads_dates),
        cmocka_unit_test(every_day),
        cmocka_unit_test(days_behind),
        cmocka_unit_test(the_day_of_a_moment),
        cmocka_unit_test(judges_utf8),
        cmocka_unit_test(judges_long_runs),
        cmocka_unit_test(judges_every_place),
        cmocka_unit_test(bad_byte_anywhere),
        cmocka_unit_test(hashes),
        cmocka_unit_test(buffers_grow_to_their_bound),
        cmocka_unit_test(a_failed_buffer_stays_failed),
        cmocka_unit_test(writes_numbers_and_hex),
        cmocka_unit_test(spans),
        cmocka_unit_test(refusals),
        cmocka_unit_test(remarks),
    };
    struct CMUnitTest test[ARRAY_LEN(fields) + ARRAY_LEN(rest)];
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        test[i] = (struct CMUnitTest){fields[i].name, splits, NULL, NULL, &fields[i]};
    memcpy(test + ARRAY_LEN(fields), rest, sizeof(rest));
    return cmocka_run_group_tests_name("wire", test, NULL, NULL);
}
