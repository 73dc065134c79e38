#include "tests/unit/swap.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "qian/rules.h"

static const char sound[] = "draw-rules/1\n"
                            "slot 140600 2021 09 1\n"
                            "type both\n"
                            "population and(eq(kind,1),le(status,1))\n"
                            "stratum 1 3/10 1 ge(class,3)\n"
                            "stratum 4 1/20 0 true\n"
                            "total 1/10\n"
                            "must 1,4,255\n"
                            "exclude 64\n"
                            "cap 2\n"
                            "role 1 1 2,513\n"
                            "role 3 2 -\n"
                            "pool 6\n"
                            "load 40\n"
                            "age 30\n"
                            "witness 48\n"
                            "return 10\n"
                            "supp 3\n"
                            "level offline\n";

struct row {
    const char *name, *what, *with, *want;
};

/* ---- texts -------------------------------------------------------------------------------------- */

static struct row texts[] = {
    {"sound", NULL, NULL, NULL},
    {"type objects", "type both", "type objects", NULL},
    {"type pairs", "type both", "type pairs", NULL},
    {"no total", "total 1/10", "total -", NULL},
    {"total count", "total 1/10", "total count 70", NULL},
    {"total count 0", "total 1/10", "total count 0", NULL},
    {"no marks count", "must 1,4,255", "must -", NULL},
    {"no cap", "cap 2", "cap -", NULL},
    {"no load", "load 40", "load -", NULL},
    {"ratio not in lowest terms", "3/10", "30/100", NULL},
    {"ratio of nothing", "3/10", "0/1", NULL},
    {"ratio of all", "3/10", "1/1", NULL},
    {"largest numbers", "stratum 4 1/20 0", "stratum 255 4294967295/4294967295 4294967295", NULL},
    {"level witnessed", "level offline", "level witnessed", NULL},
    {"level unwitnessed", "level offline", "level unwitnessed", NULL},
    {"four inspectors", "role 3 2 -", "role 3 3 -", NULL},

    {"empty", sound, "", "rules.form line=1"},
    {"other version", "draw-rules/1", "draw-rules/2", "rules.form line=1"},
    {"words behind the version", "draw-rules/1", "draw-rules/1 x", "rules.form line=1"},
    {"office code in lower case", "slot 140600", "slot 1406ab", "rules.form line=2"},
    {"office code too long", "slot 140600", "slot 14060014060014060", "rules.form line=2"},
    {"series too long", " 2021 ", " 123456789012345678901234567890123 ", "rules.form line=2"},
    {"task with a slash", " 09 1", " 0/9 1", "rules.form line=2"},
    {"round 0", " 09 1", " 09 0", "rules.form line=2"},
    {"round 2^32", " 09 1", " 09 4294967296", "rules.form line=2"},
    {"round with a leading zero", " 09 1", " 09 01", "rules.form line=2"},
    {"two spaces", " 09 1", " 09  1", "rules.form line=2"},
    {"space at the end", " 09 1", " 09 1 ", "rules.form line=2"},
    {"a field more", " 09 1", " 09 1 1", "rules.form line=2"},
    {"tab for a space", "slot 140600", "slot\t140600", "rules.form line=2"},
    {"unknown type", "type both", "type all", "rules.form line=3"},
    {"no type", "type both\n", "", "rules.form line=3"},
    {"no population", "population and(eq(kind,1),le(status,1))\n", "", "rules.form line=4"},
    {"no stratum", "stratum 1 3/10 1 ge(class,3)\nstratum 4 1/20 0 true\n", "",
     "rules.form line=5"},
    {"stratum 0", "stratum 1 3/10", "stratum 0 3/10", "rules.form line=5"},
    {"stratum twice", "stratum 4", "stratum 1", "rules.form line=6"},
    {"strata descend", "stratum 1 3/10", "stratum 5 3/10", "rules.form line=6"},
    {"stratum 256", "stratum 4", "stratum 256", "rules.form line=6"},
    {"denominator 0", "3/10", "0/0", "rules.form line=5"},
    {"more than all", "3/10", "11/10", "rules.form line=5"},
    {"no slash", "3/10", "3", "rules.form line=5"},
    {"two slashes", "3/10", "3/10/1", "rules.form line=5"},
    {"per cent", "3/10", "30%", "rules.form line=5"},
    {"denominator 2^32", "3/10", "3/4294967296", "rules.form line=5"},
    {"no min", "3/10 1 ge", "3/10 ge", "rules.form line=5"},
    {"total of nothing", "total 1/10", "total", "rules.form line=7"},
    {"total as a number", "total 1/10", "total 10", "rules.form line=7"},
    {"total count 2^32", "total 1/10", "total count 4294967296", "rules.form line=7"},
    {"reasons descend", "must 1,4,255", "must 4,1,255", "rules.form line=8"},
    {"reason twice", "must 1,4,255", "must 1,4,4", "rules.form line=8"},
    {"reason 0", "must 1,4,255", "must 0,4,255", "rules.form line=8"},
    {"reason 256", "must 1,4,255", "must 1,4,256", "rules.form line=8"},
    {"comma at the end", "must 1,4,255", "must 1,4,", "rules.form line=8"},
    {"comma at the start", "must 1,4,255", "must ,4", "rules.form line=8"},
    {"33 reasons", "exclude 64",
     "exclude "
     "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33",
     "rules.form line=9"},
    {"32 reasons", "exclude 64",
     "exclude "
     "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32",
     NULL},
    {"cap 0", "cap 2", "cap 0", "rules.form line=10"},
    {"no role", "role 1 1 2,513\nrole 3 2 -\n", "", "rules.form line=11"},
    {"one inspector", "role 1 1 2,513\nrole 3 2 -\n", "role 1 1 -\n", "rules.form line=11"},
    {"five inspectors", "role 3 2 -", "role 3 4 -", "rules.form line=12"},
    {"role of nobody", "role 1 1 2,513", "role 1 0 2,513", "rules.form line=11"},
    {"roles of the same qualifications", "role 3 2 -", "role 3 2 2,513", "rules.form line=12"},
    {"role numbers descend", "role 1 1", "role 4 1", "rules.form line=12"},
    {"qualification 65536", "role 1 1 2,513", "role 1 1 2,65536", "rules.form line=11"},
    {"qualifications descend", "role 1 1 2,513", "role 1 1 513,2", "rules.form line=11"},
    {"17 qualifications", "role 1 1 2,513", "role 1 1 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17",
     "rules.form line=11"},
    {"load 0", "load 40", "load 0", "rules.form line=14"},
    {"lines swapped", "age 30\nwitness 48\n", "witness 48\nage 30\n", "rules.form line=15"},
    {"no such level", "level offline", "level best", "rules.form line=19"},
    {"a line more", "level offline\n", "level offline\nx\n", "rules.form line=20"},
    {"an empty line more", "level offline\n", "level offline\n\n", "rules.form line=20"},
    {"last line unfinished", "level offline\n", "level offline", "rules.form line=19"},
    {"CRLF", "type both\n", "type both\r\n", "rules.form line=3"},
};

static void reads_text(void **state)
{
    const struct row *row = *state;
    struct qn_rules r;
    struct qn_err err = {.id = ""};
    QN_AUTO(qn_buf) struct qn_buf text = {0}, again = {0};
    qn_buf_init(&text, QN_RULES_MAX);
    qn_buf_init(&again, QN_RULES_MAX);
    swap_in(&text, sound, row->what, row->with);
    enum qn_code rc = qn_rules_parse(&r, qn_buf_span(&text), &err);
    expect_verdict(rc, &err, row->want);
    if (rc)
        return;
    uint8_t hash[QN_HASH];
    crypto_hash_sha256(hash, text.p, text.n);
    assert_memory_equal(r.hash, hash, QN_HASH);
    qn_rules_text(&again, &r);
    assert_true(qn_span_eq(qn_buf_span(&text), qn_buf_span(&again)));
}

/* ---- expressions: in the place of the population ------------------------------------------------- */

#define DEEP15 "not(not(not(not(not(not(not(not(not(not(not(not(not(not(not("
#define SHUT15 ")))))))))))))))"

static struct row forms[] = {
    {"depth 16", "", DEEP15 "true" SHUT15, NULL},
    {"largest number", "", "eq(last,4294967295)", NULL},
    {"largest tag", "", "has(tag,65535)", NULL},

    {"depth 17", "", DEEP15 "not(true)" SHUT15, "rules.expr-depth line=4|max=16"},
    {"depth 17 in the right part", "", "or(true," DEEP15 "true" SHUT15 ")",
     "rules.expr-depth line=4|max=16"},
    {"number 2^32", "", "eq(last,4294967296)", "rules.expr line=4|at=9"},
    {"number of many digits", "", "eq(last,99999999999999999999999)", "rules.expr line=4|at=9"},
    {"tag 65536", "", "has(tag,65536)", "rules.expr line=4|at=9"},
    {"leading zero", "", "eq(class,03)", "rules.expr line=4|at=10"},
    {"sign", "", "eq(class,-3)", "rules.expr line=4|at=10"},
    {"no number", "", "eq(class,)", "rules.expr line=4|at=10"},
    {"one part of and", "", "and(true)", "rules.expr line=4|at=9"},
    {"three parts of or", "", "or(true,true,true)", "rules.expr line=4|at=13"},
    {"two parts of not", "", "not(true,true)", "rules.expr line=4|at=9"},
    {"true with brackets", "", "true()", "rules.expr line=4|at=5"},
    {"not closed", "", "not(true", "rules.expr line=4|at=9"},
    {"closed twice", "", "not(true))", "rules.expr line=4|at=10"},
    {"unknown operation", "", "xor(true,true)", "rules.expr line=4|at=1"},
    {"capitals", "", "True", "rules.expr line=4|at=1"},
    {"false is no word", "", "false", "rules.expr line=4|at=1"},
    {"unknown attribute", "", "eq(name,1)", "rules.expr line=4|at=4"},
    {"office is no attribute", "", "eq(office,1)", "rules.expr line=4|at=4"},
    {"has of a class", "", "has(class,1)", "rules.expr line=4|at=5"},
    {"comparison of a tag", "", "eq(tag,1)", "rules.expr line=4|at=4"},
    {"a space inside", "", "eq(class, 3)", "rules.expr line=4|at=10"},
};

static void reads_expr(void **state)
{
    const struct row *row = *state;
    struct row in_text = {row->name, "and(eq(kind,1),le(status,1))", row->with, row->want};
    void *p = &in_text;
    reads_text(&p);
}

static void put_tree(struct qn_buf *out, unsigned levels)
{
    if (levels == 0) {
        qn_put_str(out, "true");
        return;
    }
    qn_put_str(out, "or(");
    put_tree(out, levels - 1);
    qn_put_str(out, ",");
    put_tree(out, levels - 1);
    qn_put_str(out, ")");
}

/* A tree of 256 leaves has 511 operations; with the one stratum's "true" the text has 512, or one more. */
static void bounds_operations(void **state)
{
    (void)state;
    static const char *const last[] = {"true", "not(true)"}, *const want[] = {
                                                                 NULL,
                                                                 "rules.expr-size line=5|max=512"};
    for (unsigned i = 0; i < 2; i++) {
        struct qn_rules r;
        struct qn_err err = {.id = ""};
        QN_AUTO(qn_buf) struct qn_buf lines = {0}, text = {0};
        qn_buf_init(&lines, QN_RULES_MAX);
        qn_buf_init(&text, QN_RULES_MAX);
        put_tree(&lines, 8);
        qn_put_fmt(&lines, "\nstratum 1 3/10 1 %s\n", last[i]);
        qn_put(&lines, "", 1);
        swap_in(
            &text, sound,
            "and(eq(kind,1),le(status,1))\nstratum 1 3/10 1 ge(class,3)\nstratum 4 1/20 0 true\n",
            (const char *)lines.p);
        expect_verdict(qn_rules_parse(&r, qn_buf_span(&text), &err), &err, want[i]);
    }
}

static void bounds_size(void **state)
{
    (void)state;
    struct qn_rules r;
    struct qn_err err = {.id = ""};
    uint8_t *big = malloc(QN_RULES_MAX + 1);
    assert_non_null(big);
    memset(big, 'x', QN_RULES_MAX + 1);
    expect_verdict(qn_rules_parse(&r, (struct qn_span){big, QN_RULES_MAX}, &err), &err,
                   "rules.form line=1");
    expect_verdict(qn_rules_parse(&r, (struct qn_span){big, QN_RULES_MAX + 1}, &err), &err,
                   "rules.size max=65536");
    free(big);
}

static void reads_many_lines(void **state)
{
    (void)state;
    for (unsigned n = 32; n <= 33; n++) {
        struct qn_rules r;
        struct qn_err err = {.id = ""};
        QN_AUTO(qn_buf) struct qn_buf lines = {0}, text = {0};
        qn_buf_init(&lines, QN_RULES_MAX);
        qn_buf_init(&text, QN_RULES_MAX);
        for (unsigned i = 1; i <= n; i++)
            qn_put_fmt(&lines, "stratum %u 1/2 0 true\n", i);
        qn_put(&lines, "", 1);
        swap_in(&text, sound, "stratum 1 3/10 1 ge(class,3)\nstratum 4 1/20 0 true\n",
                (const char *)lines.p);
        expect_verdict(qn_rules_parse(&r, qn_buf_span(&text), &err), &err,
                       n == 32 ? NULL : "rules.form line=37");
    }
}

/* ---- what expressions say ------------------------------------------------------------------------ */

static struct meaning {
    const char *expr;
    bool holds;
} meanings[] = {
    /* of an object with kind 1, class 3, status 0, complaints 2, inspected 1, last 18000, tags 5, 700 */
    {"true", true},
    {"not(true)", false},
    {"eq(kind,1)", true},
    {"eq(kind,2)", false},
    {"ge(class,3)", true},
    {"ge(class,4)", false},
    {"le(class,3)", true},
    {"le(class,2)", false},
    {"eq(status,0)", true},
    {"eq(complaints,2)", true},
    {"ge(complaints,3)", false},
    {"eq(inspected,1)", true},
    {"le(inspected,0)", false},
    {"le(last,18000)", true},
    {"le(last,17999)", false},
    {"has(tag,5)", true},
    {"has(tag,700)", true},
    {"has(tag,6)", false},
    {"and(true,not(true))", false},
    {"and(not(true),true)", false},
    {"and(has(tag,5),has(tag,700))", true},
    {"or(not(true),has(tag,5))", true},
    {"or(has(tag,5),not(true))", true},
    {"or(has(tag,6),not(true))", false},
    {"not(and(eq(kind,1),eq(class,4)))", true},
};

static void means(void **state)
{
    const struct meaning *m = *state;
    const struct qn_object_attr a = {1, 3, 0, 2, 1, 18000, "140602", 2, {5, 700}};
    struct qn_rules r;
    struct qn_err err = {.id = ""};
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, QN_RULES_MAX);
    swap_in(&text, sound, "and(eq(kind,1),le(status,1))", m->expr);
    expect_verdict(qn_rules_parse(&r, qn_buf_span(&text), &err), &err, NULL);
    assert_int_equal(qn_expr_holds(&r, r.population, &a), m->holds);
}

static void keeps_fields(void **state)
{
    (void)state;
    struct qn_rules r;
    assert_int_equal(qn_rules_parse(&r, qn_str(sound), NULL), QN_OK);
    assert_string_equal(r.issuer, "140600");
    assert_string_equal(r.series, "2021");
    assert_string_equal(r.task, "09");
    assert_int_equal(r.round, 1);
    assert_int_equal(r.type, QN_BOTH);
    assert_int_equal(r.nstrata, 2);
    assert_int_equal(r.stratum[1].no, 4);
    assert_int_equal(r.stratum[1].den, 20);
    assert_int_equal(r.stratum[0].min, 1);
    assert_int_equal(r.total_kind, QN_TOTAL_RATIO);
    assert_int_equal(r.nmust, 3);
    assert_int_equal(r.must[2], 255);
    assert_int_equal(r.exclude[0], 64);
    assert_true(r.has_cap && r.cap == 2 && r.has_load && r.load == 40);
    assert_int_equal(r.nroles, 2);
    assert_int_equal(r.role[0].qual[1], 513);
    assert_int_equal(r.role[1].nquals, 0);
    assert_int_equal(r.pool, 6);
    assert_true(r.age_days == 30 && r.witness_hours == 48 && r.return_days == 10 && r.supp == 3);
    assert_int_equal(r.level, QN_OFFLINE);
}

static void refusal_leaves_output(void **state)
{
    (void)state;
    struct qn_rules r;
    memset(&r, 0x5a, sizeof(r));
    assert_int_equal(qn_rules_parse(&r, qn_str("draw-rules/1\n"), NULL), QN_MALFORMED);
    for (size_t i = 0; i < sizeof(r); i++)
        assert_int_equal(((const uint8_t *)&r)[i], 0x5a);
}

int main(void)
{
    struct CMUnitTest test[ARRAY_LEN(texts) + ARRAY_LEN(forms) + ARRAY_LEN(meanings) + 5];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        test[n++] = (struct CMUnitTest){texts[i].name, reads_text, NULL, NULL, &texts[i]};
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        test[n++] = (struct CMUnitTest){forms[i].name, reads_expr, NULL, NULL, &forms[i]};
    for (size_t i = 0; i < ARRAY_LEN(meanings); i++)
        test[n++] = (struct CMUnitTest){meanings[i].expr, means, NULL, NULL, &meanings[i]};
    test[n++] = (struct CMUnitTest)cmocka_unit_test(bounds_operations);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(bounds_size);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(reads_many_lines);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(keeps_fields);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(refusal_leaves_output);
    return cmocka_run_group_tests_name("rules", test, NULL, NULL);
}
