/* qn_receipt_parse and qn_receipt_text: one sound receipt, then one line changed at a time. */
#include "qian/frame.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define ROOT         "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const char *const sound[] = {
    "qian-receipt/1",
    "from shanxi.example/1401/1",
    "for shanxi.example/140107/2",
    ("headers 40 " ROOT),
    "time 1735689600",
    "lane 0 40 40",
    "lane 1 40 12",
    "lane 2 0 0",
    "lane 3 39 39",
    "lane 4 7 7",
    "refused 3 change.text",
    "refused 39 authority.id-new",
    "held 12 apply.deps",
};

/* The line at `at` is replaced, or with NULL left out; behind the last one it is added. */
static struct row {
    const char *name;
    unsigned at;
    const char *line;
    unsigned want; /* the line a refusal names, 0: sound, 1: the title */
} rows[] = {
    {"a sound receipt", 0, "qian-receipt/1", 0},
    {"without refusals", 10, NULL, 0},
    {"without held entries", 12, NULL, 0},
    {"two held entries", 13, "held 13 apply.deps", 0},
    {"an id of the outermost letters", 10, "refused 3 az.09-", 0},
    {"a time of 0", 4, "time 0", 0},
    {"the last second of 9999", 4, "time 253402300799", 0},
    {"an id of 47 characters", 10, "refused 3 a.3456789012345678901234567890123456789-1234567", 0},

    {"another title", 0, "qian-receipt/2", 1},
    {"no title", 0, NULL, 1},
    {"a bad origin", 1, "from shanxi.example/1401", 2},
    {"no from", 1, NULL, 2},
    {"a field too much", 1, "from shanxi.example/1401/1 x", 2},
    {"two blanks", 1, "from  shanxi.example/1401/1", 2},
    {"about nobody", 2, "for -", 3},
    {"about itself", 2, "for shanxi.example/1401/1", 3},
    {"a root in capitals", 3,
     "headers 40 00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff", 4},
    {"a short root", 3, "headers 40 00", 4},
    {"a size with a leading zero", 3, "headers 040 " ROOT, 4},
    {"a size of 2^35 + 1", 3, "headers 34359738369 " ROOT, 4},
    {"no time", 4, NULL, 5},
    {"the year 10000", 4, "time 253402300800", 5},
    {"a time before 1970", 4, "time -1", 5},
    {"stored above the size", 5, "lane 0 41 40", 6},
    {"applied above stored", 6, "lane 1 40 41", 7},
    {"a lane twice", 7, "lane 1 0 0", 8},
    {"a lane missing", 7, NULL, 8},
    {"lane 5", 9, "lane 5 7 7", 10},
    {"a lane without its number", 9, "lane 7 7", 10},
    {"refused beyond the size", 11, "refused 40 change.text", 12},
    {"refused twice", 11, "refused 3 change.text", 12},
    {"refused not ascending", 11, "refused 2 change.text", 12},
    {"an id with a capital", 10, "refused 3 Change.text", 11},
    {"an id with a blank", 10, "refused 3 change text", 11},
    {"an id of 48 characters", 10, "refused 3 a.3456789012345678901234567890123456789-12345678",
     11},
    {"no id", 10, "refused 3", 11},
    {"no number", 10, "refused change.text", 11},
    {"held beyond the size", 12, "held 40 apply.deps", 13},
    {"refused behind held", 13, "refused 39 change.text", 14},
    {"held before refused", 10, "held 12 apply.deps", 12},
    {"a line that is none", 13, "more 1", 14},
    {"an empty line at the end", 13, "", 14},
};

static void put_lines(struct qn_buf *out, const struct row *r)
{
    qn_buf_init(out, 16384);
    for (unsigned i = 0; i < ARRAY_LEN(sound) + 1; i++) {
        const char *line = i < ARRAY_LEN(sound) ? sound[i] : NULL;
        if (i == r->at)
            line = r->line;
        if (line)
            qn_put_fmt(out, "%s\n", line);
    }
}

static void parses(void **state)
{
    const struct row *r = *state;
    struct qn_buf in, again;
    struct qn_receipt *out = calloc(1, sizeof(*out));
    struct qn_err err = {.code = QN_OK};
    char line[16];
    assert_non_null(out);
    out->size = 777;
    put_lines(&in, r);
    qn_buf_init(&again, 16384);
    enum qn_code rc = qn_receipt_parse(out, qn_buf_span(&in), &err);
    if (r->want == 0) {
        if (rc)
            fail_msg("%s %s", err.id, err.args);
        qn_receipt_text(&again, out);
        assert_true(qn_span_eq(qn_buf_span(&in), qn_buf_span(&again)));
    } else {
        snprintf(line, sizeof(line), "line=%u", r->want);
        assert_int_equal(rc, QN_MALFORMED);
        assert_string_equal(err.id, r->want == 1 ? "receipt.title" : "receipt.line");
        assert_string_equal(err.args, r->want == 1 ? "" : line);
        assert_int_equal(out->size, 777);
    }
    qn_buf_release(&in);
    qn_buf_release(&again);
    free(out);
}

static void every_beginning(void **state)
{
    struct qn_buf in;
    struct qn_receipt *out = calloc(1, sizeof(*out));
    unsigned whole = 0;
    (void)state;
    assert_non_null(out);
    put_lines(&in, &rows[0]);
    for (size_t n = 0; n < in.n; n++)
        whole += qn_receipt_parse(out, (struct qn_span){in.p, n}, NULL) == QN_OK;
    assert_int_equal(whole, 3); /* before each of the refused and held lines */
    qn_buf_release(&in);
    free(out);
}

static void values_arrive(void **state)
{
    struct qn_buf in;
    struct qn_receipt *r = calloc(1, sizeof(*r));
    (void)state;
    assert_non_null(r);
    put_lines(&in, &rows[0]);
    assert_int_equal(qn_receipt_parse(r, qn_buf_span(&in), NULL), QN_OK);
    assert_string_equal(r->from, "shanxi.example/1401/1");
    assert_string_equal(r->about, "shanxi.example/140107/2");
    assert_int_equal(r->size, 40);
    assert_int_equal(r->root[1], 0x11);
    assert_true(r->time_s == 1735689600);
    assert_int_equal(r->stored[QN_LANE_PLAN], 40);
    assert_int_equal(r->applied[QN_LANE_PLAN], 12);
    assert_int_equal(r->nrefused, 2);
    assert_int_equal(r->refused[1].seq, 39);
    assert_string_equal(r->refused[1].id, "authority.id-new");
    assert_int_equal(r->nheld, 1);
    assert_string_equal(r->held[0].id, "apply.deps");
    qn_buf_release(&in);
    free(r);
}

static void at_most_64(void **state)
{
    struct qn_receipt *r = calloc(1, sizeof(*r)), *back = calloc(1, sizeof(*back));
    struct qn_err err;
    (void)state;
    assert_non_null(r);
    assert_non_null(back);
    strcpy(r->from, "d/14/1");
    strcpy(r->about, "d/1401/1");
    r->size = 1000;
    r->nrefused = r->nheld = QN_RECEIPT_NOTES;
    for (unsigned i = 0; i < QN_RECEIPT_NOTES; i++) {
        r->refused[i].seq = r->held[i].seq = 2 * i;
        strcpy(r->refused[i].id, "a");
        strcpy(r->held[i].id, "b");
    }
    struct qn_buf b;
    qn_buf_init(&b, 16384);
    qn_receipt_text(&b, r);
    assert_int_equal(qn_receipt_parse(back, qn_buf_span(&b), &err), QN_OK);
    assert_int_equal(back->nheld, QN_RECEIPT_NOTES);
    qn_put_str(&b, "held 999 b\n");
    assert_int_equal(qn_receipt_parse(back, qn_buf_span(&b), &err), QN_MALFORMED);
    assert_string_equal(err.args, "line=139");
    qn_buf_release(&b);
    free(r);
    free(back);
}

int main(void)
{
    struct CMUnitTest test[ARRAY_LEN(rows) + 3];
    size_t n = 0;
    for (; n < ARRAY_LEN(rows); n++)
        test[n] = (struct CMUnitTest){rows[n].name, parses, NULL, NULL, &rows[n]};
    test[n++] = (struct CMUnitTest)cmocka_unit_test(every_beginning);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(values_arrive);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(at_most_64);
    return _cmocka_run_group_tests("receipt", test, n, NULL, NULL);
}
