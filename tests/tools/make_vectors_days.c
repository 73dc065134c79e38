/* make_vectors_days.c - writes the vector files beacon, expression, uscc and calendar into the directory named:
 * make_vectors_days DIR. All verdicts and values are those of the pages; libqian is asked for none of them. */
#include "protocol/wire.h"
#include "tests/tools/vector_out.h"

static const struct {
    const char *name, *line;
    bool sound;
} beacons[] = {
    {"as announced", "ssq 2026133 01 05 12 18 22 30+07", true},
    {"lowest numbers", "ssq 2026001 01 02 03 04 05 06+01", true},
    {"highest numbers", "ssq 2026153 28 29 30 31 32 33+16", true},
    {"empty", "", false},
    {"no beacon", "-", false},
    {"another source", "dlt 2026133 01 05 12 18 22 30+07", false},
    {"capitals", "SSQ 2026133 01 05 12 18 22 30+07", false},
    {"event of six digits", "ssq 202613 01 05 12 18 22 30+07", false},
    {"event of eight digits", "ssq 20261330 01 05 12 18 22 30+07", false},
    {"event with a letter", "ssq 202613a 01 05 12 18 22 30+07", false},
    {"five numbers", "ssq 2026133 01 05 12 18 22+07", false},
    {"seven numbers", "ssq 2026133 01 05 12 18 22 30 31+07", false},
    {"descending", "ssq 2026133 05 01 12 18 22 30+07", false},
    {"a number twice", "ssq 2026133 05 05 12 18 22 30+07", false},
    {"number 00", "ssq 2026133 00 05 12 18 22 30+07", false},
    {"number 34", "ssq 2026133 01 05 12 18 22 34+07", false},
    {"number of one digit", "ssq 2026133 1 05 12 18 22 30+07", false},
    {"last number 00", "ssq 2026133 01 05 12 18 22 30+00", false},
    {"last number 17", "ssq 2026133 01 05 12 18 22 30+17", false},
    {"no last number", "ssq 2026133 01 05 12 18 22 30", false},
    {"a space for the plus", "ssq 2026133 01 05 12 18 22 30 07", false},
    {"spaces round the plus", "ssq 2026133 01 05 12 18 22 30 + 07", false},
    {"two spaces", "ssq  2026133 01 05 12 18 22 30+07", false},
    {"a space at the end", "ssq 2026133 01 05 12 18 22 30+07 ", false},
    {"with its line feed", "ssq 2026133 01 05 12 18 22 30+07\n", false},
    {"full-width digits", "ssq 2026133 ０１ 05 12 18 22 30+07", false},
};

static void beacon_lines(void)
{
    vector_begin("beacon", "draw-texts.md");
    for (size_t i = 0; i < ARRAY_LEN(beacons); i++) {
        vector_name(beacons[i].name);
        vector_span("hex", qn_str(beacons[i].line));
        vector_want(beacons[i].sound ? NULL : "draw.beacon");
    }
    vector_end();
}

/* Of an enterprise of class C, in business, with 2 complaints, inspected once, last on day 18000, tags 5 and 700. */
static const struct {
    const char *expr;
    bool holds;
} meanings[] = {
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
    {"ge(last,4294967295)", false},
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
static const struct {
    const char *name, *expr, *want;
} wrong[] = {
    {"empty", "", "rules.form"},
    {"number 2^32", "eq(last,4294967296)", "rules.expr"},
    {"number of many digits", "eq(last,99999999999999999999999)", "rules.expr"},
    {"tag 65536", "has(tag,65536)", "rules.expr"},
    {"leading zero", "eq(class,03)", "rules.expr"},
    {"sign", "eq(class,-3)", "rules.expr"},
    {"no number", "eq(class,)", "rules.expr"},
    {"one part of and", "and(true)", "rules.expr"},
    {"three parts of or", "or(true,true,true)", "rules.expr"},
    {"two parts of not", "not(true,true)", "rules.expr"},
    {"true with brackets", "true()", "rules.expr"},
    {"not closed", "not(true", "rules.expr"},
    {"closed twice", "not(true))", "rules.expr"},
    {"unknown operation", "xor(true,true)", "rules.expr"},
    {"operation without brackets", "eq", "rules.expr"},
    {"capitals", "True", "rules.expr"},
    {"false is no word", "false", "rules.expr"},
    {"unknown attribute", "eq(name,1)", "rules.expr"},
    {"office is no attribute", "eq(office,1)", "rules.expr"},
    {"has of a class", "has(class,1)", "rules.expr"},
    {"comparison of a tag", "eq(tag,1)", "rules.expr"},
    {"a space inside", "eq(class, 3)", "rules.expr"},
    {"equal sign", "class=3", "rules.expr"},
    {"gt", "gt(class,3)", "rules.expr"},
    {"depth 17",
     "not(not(not(not(not(not(not(not(not(not(not(not(not(not(not(not(true))))))))))))))))",
     "rules.expr-depth"},
    {"depth 17 in the right part",
     "or(true,not(not(not(not(not(not(not(not(not(not(not(not(not(not(not(true))))))))))))))))",
     "rules.expr-depth"},
    {"depth 17 and wrong behind it",
     "not(not(not(not(not(not(not(not(not(not(not(not(not(not(not(not(true))))))))))))))))x",
     "rules.expr-depth"},
};

static void expressions(void)
{
    vector_begin("expression", "draw-rules.md");
    for (size_t i = 0; i < ARRAY_LEN(meanings); i++) {
        vector_name(meanings[i].expr);
        vector_word("expression", meanings[i].expr);
        vector_word("object", "E:91140602MA0KX0A76X 3 0 2 1 18000 140602 5,700;");
        vector_number("out.holds", meanings[i].holds);
        vector_want(NULL);
    }
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        vector_name(wrong[i].name);
        vector_word("expression", wrong[i].expr);
        vector_want(wrong[i].want);
    }
    vector_end();
}

static const struct {
    const char *name, *text, *out, *want;
} codes[] = {
    {"sound", "91140225MA0KX0013B", "91140225MA0KX0013B", NULL},
    {"check character 0", "91140200MA00004100", "91140200MA00004100", NULL},
    {"check character Y", "91140200MA0000365Y", "91140200MA0000365Y", NULL},
    {"small letters", "91140225ma0kx0013b", "91140225MA0KX0013B", NULL},
    {"blanks of all kinds", " 9114\t0225\u00a0MA0KX\u30000013B\ufeff\n", "91140225MA0KX0013B",
     NULL},
    {"full-width", "９１１４０２２５ＭＡ０ＫＸ００１３Ｂ", "91140225MA0KX0013B", NULL},
    {"empty", "", NULL, "uscc.missing"},
    {"blanks only", " \t\r\n\u00a0\u200b\u3000\ufeff", NULL, "uscc.missing"},
    {"registration number", "140225600012345", NULL, "uscc.legacy"},
    {"registration number with blanks", "1402256 00012345", NULL, "uscc.legacy"},
    {"15 characters that are no digits", "14022560001234X", NULL, "uscc.length"},
    {"17 characters", "91140225MA0KX0013", NULL, "uscc.length"},
    {"19 characters", "91140225MA0KX0013B0", NULL, "uscc.length"},
    {"a hyphen is no blank", "91140225-MA0KX0013B", NULL, "uscc.length"},
    {"one character", "9", NULL, "uscc.length"},
    {"letter I", "91140225IA0KX0013B", NULL, "uscc.alphabet"},
    {"letter O", "91140225OA0KX0013B", NULL, "uscc.alphabet"},
    {"letter S", "91140225SA0KX0013B", NULL, "uscc.alphabet"},
    {"letter V", "91140225VA0KX0013B", NULL, "uscc.alphabet"},
    {"letter Z", "91140225ZA0KX0013B", NULL, "uscc.alphabet"},
    {"a strange check character", "91140225MA0KX0013I", NULL, "uscc.alphabet"},
    {"a Chinese character", "9114一225MA0KX0013B", NULL, "uscc.alphabet"},
    {"bytes that are no UTF-8 count one each",
     "9114\xff\xe4"
     "25MA0KX0013B",
     NULL, "uscc.alphabet"},
    {"last character altered", "91140225MA0KX0013C", NULL, "uscc.check-character"},
    {"one character altered", "91140225M10KX0013B", NULL, "uscc.check-character"},
    {"two neighbours swapped", "91140225MAK0X0013B", NULL, "uscc.check-character"},
};

static void credit_codes(void)
{
    vector_begin("uscc", "uscc.md");
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        vector_name(codes[i].name);
        vector_span("hex", qn_str(codes[i].text));
        if (codes[i].out)
            vector_word("out.code", codes[i].out);
        vector_want(codes[i].want);
    }
    vector_end();
}

/* The holidays of autumn 2025; dates as in the notice, written to the file as days since 1970-01-01. */
#define FROM "2025-01-01"
#define TO   "2025-12-31"
#define HOLIDAYS \
    "2025-10-01;2025-10-02;2025-10-03;2025-10-04;2025-10-05;2025-10-06;2025-10-07;2025-10-08;"
#define MAKEUPS "2025-09-28;2025-10-11;"

static const struct {
    const char *name, *from, *to, *holiday, *makeup, *start, *days, *due, *want;
} counts[] = {
    {"over the holidays", FROM, TO, HOLIDAYS, MAKEUPS, "2025-09-12", "20", "2025-10-16", NULL},
    {"from inside a holiday", FROM, TO, HOLIDAYS, MAKEUPS, "2025-10-01", "20", "2025-11-04", NULL},
    {"a day before the holidays", FROM, TO, HOLIDAYS, MAKEUPS, "2025-09-30", "20", "2025-11-04",
     NULL},
    {"the make-up Sunday", FROM, TO, HOLIDAYS, MAKEUPS, "2025-09-27", "1", "2025-09-28", NULL},
    {"the start is not counted", FROM, TO, HOLIDAYS, MAKEUPS, "2025-09-28", "1", "2025-09-29",
     NULL},
    {"up to the last day covered", FROM, TO, HOLIDAYS, MAKEUPS, "2025-12-30", "1", "2025-12-31",
     NULL},
    {"beyond the days covered", FROM, TO, HOLIDAYS, MAKEUPS, "2025-12-31", "1",
     "2026-01-01 provisional", NULL},
    {"no lists", FROM, TO, "", "", "2025-10-03", "1", "2025-10-06", NULL},
    {"one day covered", FROM, FROM, FROM ";", "", "2024-12-31", "1", "2025-01-02 provisional",
     NULL},
    {"covered backwards", TO, FROM, "", "", "2025-10-01", "1", NULL, "calendar.range"},
    {"covered before 1970", "-1", TO, "", "", "2025-10-01", "1", NULL, "calendar.range"},
    {"a holiday before", FROM, TO, "2024-12-31;", "", "2025-10-01", "1", NULL, "calendar.outside"},
    {"a holiday after", FROM, TO, "2026-01-01;", "", "2025-10-01", "1", NULL, "calendar.outside"},
    {"a make-up day after", FROM, TO, HOLIDAYS, "2026-01-04;", "2025-10-01", "1", NULL,
     "calendar.outside"},
    {"a holiday twice", FROM, TO, "2025-10-01;2025-10-01;", "", "2025-10-01", "1", NULL,
     "calendar.order"},
    {"holidays descend", FROM, TO, "2025-10-02;2025-10-01;", "", "2025-10-01", "1", NULL,
     "calendar.order"},
    {"make-up days descend", FROM, TO, "", "2025-10-11;2025-09-28;", "2025-10-01", "1", NULL,
     "calendar.order"},
    {"both", FROM, TO, "2025-09-28;", MAKEUPS, "2025-10-01", "1", NULL, "calendar.both"},
    {"both, of a weekday", FROM, TO, "2025-10-01;", "2025-10-01;", "2025-10-01", "1", NULL,
     "calendar.both"},
    {"a make-up Friday", FROM, TO, HOLIDAYS, "2025-09-26;", "2025-10-01", "1", NULL,
     "calendar.makeup-weekday"},
    {"a make-up Monday", FROM, TO, HOLIDAYS, "2025-09-29;", "2025-10-01", "1", NULL,
     "calendar.makeup-weekday"},
    {"no day", FROM, TO, HOLIDAYS, MAKEUPS, "2025-10-01", "0", NULL, "calendar.days"},
    {"3661 days", FROM, TO, HOLIDAYS, MAKEUPS, "2025-10-01", "3661", NULL, "calendar.days"},
    {"4294967295 days", FROM, TO, HOLIDAYS, MAKEUPS, "2025-10-01", "4294967295", NULL,
     "calendar.days"},
    {"before 1970", FROM, TO, HOLIDAYS, MAKEUPS, "-1", "1", NULL, "calendar.start"},
    {"after 9999", FROM, TO, HOLIDAYS, MAKEUPS, "2932897", "1", NULL, "calendar.start"},
};

/* A date, or a number of days as it stands. */
static int day_of(const char *text)
{
    if (strlen(text) < 10)
        return atoi(text);
    return wire_day((struct qn_span){(const uint8_t *)text, 10});
}

static void put_days(const char *key, const char *list)
{
    for (; *list; list += 11)
        fprintf(vector_file, "%s %d;\n", key, day_of(list));
}

static void days(void)
{
    vector_begin("calendar", "calendar.md");
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        vector_name(counts[i].name);
        fprintf(vector_file, "from %d\nto %d\n", day_of(counts[i].from), day_of(counts[i].to));
        put_days("holiday", counts[i].holiday);
        put_days("makeup", counts[i].makeup);
        fprintf(vector_file, "start %d\ndays %s\n", day_of(counts[i].start), counts[i].days);
        if (counts[i].due) {
            fprintf(vector_file, "out.due %d\n", day_of(counts[i].due));
            vector_number("out.provisional", strlen(counts[i].due) > 10);
        }
        vector_want(counts[i].want);
    }
    vector_end();
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: make_vectors_days DIR\n");
        return 2;
    }
    vector_dir = argv[1];
    beacon_lines();
    expressions();
    credit_codes();
    days();
    return 0;
}
