/* qn_uscc_read against tests/data/uscc-test-vectors.csv, and the making of check characters. */
#include "qian/uscc.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <csv.h>
#include <stdio.h>
#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

struct vector {
    char code[64], expected[16], reason[32];
};
static struct vector vectors[64];
static size_t nvectors;

/* libcsv's callbacks: fields into the row at hand, rows counted; the first row is the heading. */
struct reading {
    unsigned col, row;
    struct vector v;
};
static void on_field(void *s, size_t n, void *ctx)
{
    struct reading *r = ctx;
    char *to[] = {r->v.code, r->v.expected, r->v.reason};
    size_t cap[] = {sizeof(r->v.code), sizeof(r->v.expected), sizeof(r->v.reason)};
    if (r->col < ARRAY_LEN(to) && n < cap[r->col]) {
        memcpy(to[r->col], s, n);
        to[r->col][n] = 0;
    }
    r->col++;
}
static void on_row(int c, void *ctx)
{
    struct reading *r = ctx;
    (void)c;
    if (r->row++ && nvectors < ARRAY_LEN(vectors))
        vectors[nvectors++] = r->v;
    r->col = 0;
    r->v = (struct vector){.code = ""};
}

static int read_vectors(void)
{
    FILE *f = fopen("tests/data/uscc-test-vectors.csv", "rb");
    char bytes[8192];
    struct csv_parser p;
    struct reading r = {.col = 0};
    if (!f || csv_init(&p, CSV_STRICT))
        return -1;
    size_t n = fread(bytes, 1, sizeof(bytes), f);
    fclose(f);
    csv_set_space_func(&p, NULL); /* blanks round a code are part of the test */
    csv_parse(&p, bytes, n, on_field, on_row, &r);
    csv_fini(&p, on_field, on_row, &r);
    csv_free(&p);
    return nvectors ? 0 : -1;
}

static enum qn_uscc_verdict wanted(const struct vector *v)
{
    if (strcmp(v->expected, "valid") == 0 || strcmp(v->expected, "normalize") == 0)
        return QN_USCC_VALID;
    if (strcmp(v->expected, "missing") == 0)
        return QN_USCC_IS_MISSING;
    if (strcmp(v->expected, "legacy") == 0)
        return QN_USCC_IS_LEGACY;
    /* "invalid", or "override": issued though its check does not hold */
    if (strcmp(v->reason, "length") == 0)
        return QN_USCC_BAD_LENGTH;
    return strcmp(v->reason, "alphabet") == 0 ? QN_USCC_BAD_ALPHABET : QN_USCC_BAD_CHECK;
}

static void vector(void **state)
{
    const struct vector *v = *state;
    struct qn_uscc u;
    struct qn_err err = {.code = QN_OK};
    qn_uscc_read(&u, qn_str(v->code));
    assert_int_equal(u.verdict, wanted(v));
    if (strcmp(v->expected, "normalize") == 0)
        assert_string_equal(u.code, "91140225MA0KX0013B");
    if (u.verdict == QN_USCC_VALID) {
        char again[QN_USCC + 1];
        assert_int_equal(qn_uscc_judge(&u, &err), QN_OK);
        assert_true(qn_uscc_make(again, u.code));
        assert_string_equal(again, u.code);
        assert_int_equal(qn_uscc_inner(u.code + 8), u.code[16]);
    } else {
        assert_int_equal(qn_uscc_judge(&u, &err),
                         u.verdict == QN_USCC_IS_MISSING ? QN_ABSENT : QN_MALFORMED);
    }
}

static struct row {
    const char *name;
    struct qn_span in;
    enum qn_uscc_verdict want;
    const char *id, *args;
} rows[] = {
    {"blanks of all kinds only",
     {(const uint8_t *)" \t\r\n\xc2\xa0\xe3\x80\x80\xef\xbb\xbf", 12},
     QN_USCC_IS_MISSING,
     "uscc.missing",
     ""},
    {"the fitting check character is named",
     {(const uint8_t *)"91140225MA0KX0013C", 18},
     QN_USCC_BAD_CHECK,
     "uscc.check-character",
     "code=91140225MA0KX0013C|want=B"},
    {"the first strange character is named",
     {(const uint8_t *)"9114O225MA0KX0O13B", 18},
     QN_USCC_BAD_ALPHABET,
     "uscc.alphabet",
     "code=9114O225MA0KX0O13B|at=5"},
    {"a strange check character",
     {(const uint8_t *)"91140225MA0KX0013I", 18},
     QN_USCC_BAD_ALPHABET,
     "uscc.alphabet",
     "code=91140225MA0KX0013I|at=18"},
    {"a Chinese character inside",
     {(const uint8_t *)"9114\xe4\xb8\x80"
                       "225MA0KX0013B",
      20},
     QN_USCC_BAD_ALPHABET,
     "uscc.alphabet",
     "code=9114一225MA0KX0013B|at=5"},
    {"bytes that are no UTF-8 count one each",
     {(const uint8_t *)"9114\xff\xe4"
                       "25MA0KX0013B",
      18},
     QN_USCC_BAD_ALPHABET,
     "uscc.alphabet",
     "code=9114\xff\xe4"
     "25MA0KX0013B|at=5"},
    {"a NUL inside",
     {(const uint8_t *)"9114\0"
                       "225MA0KX0013B",
      18},
     QN_USCC_BAD_ALPHABET,
     "uscc.alphabet",
     NULL},
    {"a hyphen is no blank",
     {(const uint8_t *)"91140225-MA0KX0013B", 19},
     QN_USCC_BAD_LENGTH,
     "uscc.length",
     "code=91140225-MA0KX0013B|have=19"},
    {"a long cell is cut behind the 19th",
     {(const uint8_t *)"91140225MA0KX0013B00000000", 26},
     QN_USCC_BAD_LENGTH,
     "uscc.length",
     "code=91140225MA0KX0013B0|have=26"},
    {"15 characters that are no digits",
     {(const uint8_t *)"14022560001234X", 15},
     QN_USCC_BAD_LENGTH,
     "uscc.length",
     "code=14022560001234X|have=15"},
    {"15 full-width digits",
     {(const uint8_t *)"１４０２２５６０００１２３４５", 45},
     QN_USCC_IS_LEGACY,
     "uscc.legacy",
     "code=140225600012345"},
    {"an empty cell without bytes", {NULL, 0}, QN_USCC_IS_MISSING, "uscc.missing", ""},
};

static void judges(void **state)
{
    const struct row *r = *state;
    struct qn_uscc u;
    struct qn_err err = {.code = QN_OK};
    qn_uscc_read(&u, r->in);
    assert_int_equal(u.verdict, r->want);
    assert_int_not_equal(qn_uscc_judge(&u, &err), QN_OK);
    assert_string_equal(err.id, r->id);
    if (r->args)
        assert_string_equal(err.args, r->args);
}

static void makes(void **state)
{
    char out[QN_USCC + 1] = "untouched";
    (void)state;
    assert_true(qn_uscc_make(out, "91140200MA0000365"));
    assert_string_equal(out, "91140200MA0000365Y");
    assert_true(qn_uscc_make(out, "91140200MA0000410"));
    assert_string_equal(out, "91140200MA00004100");
    strcpy(out, "untouched");
    assert_false(qn_uscc_make(out, "91140200MA00I0410"));
    assert_string_equal(out, "untouched");
    assert_int_equal(qn_uscc_inner("MA000004"), 'X');
    assert_int_equal(qn_uscc_inner("ma000004"), 0);
    assert_int_equal(qn_uscc_inner("MA 00004"), 0);
}

int main(void)
{
    struct CMUnitTest test[64 + ARRAY_LEN(rows) + 1];
    static char name[64][128];
    size_t n = 0;
    if (read_vectors())
        return 1;
    for (size_t i = 0; i < nvectors; i++) {
        snprintf(name[i], sizeof(name[i]), "vector %.63s: %.15s %.31s", vectors[i].code,
                 vectors[i].expected, vectors[i].reason);
        test[n++] = (struct CMUnitTest){name[i], vector, NULL, NULL, &vectors[i]};
    }
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        test[n++] = (struct CMUnitTest){rows[i].name, judges, NULL, NULL, &rows[i]};
    test[n++] = (struct CMUnitTest)cmocka_unit_test(makes);
    return _cmocka_run_group_tests("uscc", test, n, NULL, NULL);
}
