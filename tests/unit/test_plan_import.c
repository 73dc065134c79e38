/* test_plan_import.c - a printed plan, read whole or refused whole; its acceptance; code tables.
 * The plan and scopes are tests/data/shuozhou-2021-*.csv; what they say is stated here from the print.  */
#include "tests/unit/family.h"

#include <sys/stat.h>
#include <unistd.h>

#include "node/work/plan_import.h"
#include "node/work/plan_read.h"
#include "node/work/words.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PLAN     "tests/data/shuozhou-2021-plan.csv"
#define SCOPES   "tests/data/shuozhou-2021-scopes.csv"

static char dir[200]; /* of the family: files of the tests go there */

static int setup(void **state)
{
    family_setup(state);
    struct family *f = *state;
    snprintf(dir, sizeof(dir), "%s", f->all.dir);
    return 0;
}

static const char *in_dir(const char *name)
{
    static char path[2][256];
    static unsigned turn;
    turn ^= 1;
    snprintf(path[turn], sizeof(path[0]), "%s/%s", dir, name);
    return path[turn];
}

static void write_file(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

static void text_of(char *out, size_t cap, struct test_office *o, const char *sql)
{
    char path[512];
    sqlite3 *db;
    sqlite3_stmt *q;
    size_t n = 0;
    snprintf(path, sizeof(path), "%s/qian.db", o->dir);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
    for (*out = 0; sqlite3_step(q) == SQLITE_ROW && n < cap;) {
        const unsigned char *cell = sqlite3_column_text(q, 0);
        n += (size_t)snprintf(out + n, cap - n, n ? " %s" : "%s",
                              cell ? (const char *)cell : "NULL");
    }
    sqlite3_finalize(q);
    sqlite3_close(db);
}

#define SAYS(office, sql, want) \
    do { \
        char got_[4000]; \
        text_of(got_, sizeof(got_), office, sql); \
        assert_string_equal(got_, want); \
    } while (0)

/* All that an import could leave behind. */
static int64_t traces(struct test_office *o)
{
    return count(o, "SELECT (SELECT count(*) FROM plan) + (SELECT count(*) FROM plan_task) + "
                    "(SELECT count(*) FROM slot) + (SELECT count(*) FROM slot_rules) + "
                    "(SELECT count(*) FROM code) + (SELECT count(*) FROM release) + "
                    "(SELECT count(*) FROM plan_accept) + (SELECT sum(size) FROM log)");
}

static struct plan_import whole(void)
{
    return (struct plan_import){.plan = PLAN,
                                .scopes = SCOPES,
                                .series = "2021",
                                .title = "2021年度双随机抽查工作计划",
                                .doc_no = "朔市监〔2021〕26号",
                                .issued_on = "2021-03-05",
                                .year = 2021};
}

/* ---- a plan of one task, one thing spoilt ------------------------------------------------------ */

static const char *const plan_heads[P_COLUMNS] = {[P_NO] = "no",
                                                  [P_NAME] = "name",
                                                  [P_TYPE] = "type",
                                                  [P_ITEMS] = "items",
                                                  [P_SCOPE] = "object_scope",
                                                  [P_QUANTITY] = "quantity_text",
                                                  [P_RATIO_OP] = "ratio_op",
                                                  [P_RATIO] = "min_ratio",
                                                  [P_COUNT] = "quantity",
                                                  [P_TIMES] = "times_per_year",
                                                  [P_WINDOW] = "draw_window_text",
                                                  [P_FROM] = "draw_from_month",
                                                  [P_TO] = "draw_to_month",
                                                  [P_INITIATOR_TEXT] = "initiator_guidance_text",
                                                  [P_INITIATOR] = "initiator",
                                                  [P_GUIDANCE] = "guidance_unit",
                                                  [P_LEVEL_TEXT] = "inspecting_level_text",
                                                  [P_LEVELS] = "inspecting_levels",
                                                  [P_MERGED] = "likely_merged_with_no",
                                                  [P_NOTE] = "note",
                                                  [P_DEPARTMENTS] = "departments"};
static const char *const sound[P_COLUMNS] = {
    "1",    "计量",   "定向", "检查检定",    "集贸市场", "不低于5%", "ge",
    "0.05", "",       "",     "4月-11月",    "4",        "11",       "市局",
    "市局", "计量科", "县局", "city;county", "",         "",         ""};
static const char *const scope_heads[S_COLUMNS] = {"task", "population", "strata", "roles"};
static const char *const sound_scope[S_COLUMNS] = {"1", "eq(status,0)", "", "1 2;1 -"};

static void put_line(FILE *f, const char *const *cell, size_t n, int at, const char *instead)
{
    for (size_t i = 0; i < n; i++)
        fprintf(f, "%s\"%s\"", i ? "," : "", (int)i == at ? instead : cell[i]);
    fputs("\r\n", f);
}

/* One task; cell `at` of it reads otherwise. Then `more` as it stands. */
static const char *file_of(const char *name, const char *const *heads, const char *const *cells,
                           size_t n, int at, const char *instead, const char *more)
{
    const char *path = in_dir(name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    put_line(f, heads, n, -1, NULL);
    put_line(f, cells, n, at, instead);
    fputs(more ? more : "", f);
    fclose(f);
    return path;
}

static char too_long[20002]; /* the registry allows 20,000 bytes of items */

static struct bad {
    const char *name;
    int plan_at, scope_at; /* the column spoilt, or -1 */
    const char *value;
    const char *want;
    const char *more_plan, *more_scopes; /* further lines */
} bad_rows[] = {
    {"no task number", P_NO, -1, "", "plan.task-no", NULL, NULL},
    {"a blank in the task number", P_NO, -1, "1 a", "plan.task-no", NULL, NULL},
    {"a task number of 33", P_NO, -1, "123456789012345678901234567890123", "plan.task-no", NULL,
     NULL},
    {"no type", P_TYPE, -1, "", "plan.blank", NULL, NULL},
    {"no items", P_ITEMS, -1, "", "plan.blank", NULL, NULL},
    {"no scope", P_SCOPE, -1, "　", "plan.blank", NULL, NULL},
    {"no printed quantity", P_QUANTITY, -1, "", "plan.blank", NULL, NULL},
    {"a fixed number beside the ratio", P_COUNT, -1, "5", "plan.quantity", NULL, NULL},
    {"the print says another ratio", P_QUANTITY, -1, "不低于6%", "plan.print", NULL, NULL},
    {"the data says another ratio", P_RATIO, -1, "0.5", "plan.print", NULL, NULL},
    {"the print says at least, the data exactly", P_RATIO_OP, -1, "eq", "plan.print", NULL, NULL},
    {"the print says twice a year", P_QUANTITY, -1, "不低于5%，2次/年", "plan.print", NULL, NULL},
    {"the data says twice a year", P_TIMES, -1, "2", "plan.print", NULL, NULL},
    {"a quantity in words", P_QUANTITY, -1, "若干", "plan.print", NULL, NULL},
    {"a number without its percent sign", P_QUANTITY, -1, "不低于5", "plan.print", NULL, NULL},
    {"words behind the quantity", P_QUANTITY, -1, "不低于5%左右", "plan.print", NULL, NULL},
    {"no ratio sign", P_RATIO_OP, -1, "", "plan.ratio-op", NULL, NULL},
    {"at most", P_RATIO_OP, -1, "le", "plan.ratio-op", NULL, NULL},
    {"no ratio", P_RATIO, -1, "", "plan.ratio", NULL, NULL},
    {"a ratio of nothing", P_RATIO, -1, "0.00", "plan.ratio", NULL, NULL},
    {"more than all", P_RATIO, -1, "1.01", "plan.ratio", NULL, NULL},
    {"a negative ratio", P_RATIO, -1, "-0.05", "plan.ratio", NULL, NULL},
    {"a percentage for a ratio", P_RATIO, -1, "5%", "plan.ratio", NULL, NULL},
    {"a ratio with no digit before the point", P_RATIO, -1, ".05", "plan.ratio", NULL, NULL},
    {"a ratio with seven decimals", P_RATIO, -1, "0.0500001", "plan.ratio", NULL, NULL},
    {"full-width digits", P_RATIO, -1, "０.05", "plan.ratio", NULL, NULL},
    {"month 0", P_FROM, -1, "0", "plan.month", NULL, NULL},
    {"month 13", P_TO, -1, "13", "plan.month", NULL, NULL},
    {"a month with a zero before it", P_FROM, -1, "04", "plan.month", NULL, NULL},
    {"a month in words", P_FROM, -1, "四", "plan.month", NULL, NULL},
    {"the print says another month", P_WINDOW, -1, "5月-11月", "plan.window", NULL, NULL},
    {"a window of other form", P_WINDOW, -1, "全年", "plan.window", NULL, NULL},
    {"words behind the window", P_WINDOW, -1, "4月-11月底", "plan.window", NULL, NULL},
    {"no printed window", P_WINDOW, -1, "", "plan.blank", NULL, NULL},
    {"no times", P_TIMES, -1, "0", "plan.times", NULL, NULL},
    {"more rounds than months", P_TIMES, -1, "9", "plan.times", NULL, NULL},
    {"times in words", P_TIMES, -1, "2次", "plan.times", NULL, NULL},
    {"nobody inspects", P_LEVELS, -1, "", "plan.levels", NULL, NULL},
    {"an unknown level", P_LEVELS, -1, "province", "plan.levels", NULL, NULL},
    {"levels in another order", P_LEVELS, -1, "county;city", "plan.levels", NULL, NULL},
    {"the same task again", -1, -1, NULL, "plan.twice",
     "1,,定向,x,y,5%,ge,0.05,,,4月-11月,4,11,,,,,city,,\n", NULL},
    {"merged with a row that is not there", -1, -1, NULL, "plan.levels",
     "2,,定向,x,y,5%,ge,0.05,,,4月-11月,4,11,,,,,,9,\n", "2,true,,1 2\n"},
    {"merged in a circle", -1, -1, NULL, "plan.levels",
     "2,,定向,x,y,5%,ge,0.05,,,4月-11月,4,11,,,,,,3,\n"
     "3,,定向,x,y,5%,ge,0.05,,,4月-11月,4,11,,,,,,2,\n",
     "2,true,,1 2\n3,true,,1 2\n"},
    {"merged with itself", -1, -1, NULL, "plan.levels",
     "2,,定向,x,y,5%,ge,0.05,,,4月-11月,4,11,,,,,,2,\n", "2,true,,1 2\n"},
    {"a cell beyond the headings", -1, -1, NULL, "sheet.too-many",
     "2,,定向,x,y,5%,ge,0.05,,,4月-11月,4,11,,,,,city,,,,surplus\n", NULL},
    {"quotes that do not pair", -1, -1, NULL, "csv.quotes", "2,\"a\"b\",定向\n", NULL},
    {"bytes that are no text", -1, -1, NULL, "csv.undecodable", "2,\xbc\xc6\xc1,定向\n", NULL},
    {"no scope row", -1, -1, NULL, "plan.no-scope",
     "2,,定向,x,y,5%,ge,0.05,,,4月-11月,4,11,,,,,city,,\n", NULL},
    {"a scope of no task", -1, S_TASK, "2", "plan.scope-task", NULL, NULL},
    {"two scopes of a task", -1, -1, NULL, "plan.scope-task", NULL, "1,true,,1 2\n"},
    {"a scope row with quotes that do not pair", -1, -1, NULL, "csv.quotes", NULL, "2,\"a\"b\"\n"},
    {"no population", -1, S_POPULATION, "", "plan.rules", NULL, NULL},
    {"an unknown attribute", -1, S_POPULATION, "eq(colour,1)", "plan.rules", NULL, NULL},
    {"a line smuggled in", -1, S_POPULATION, "true\nstratum 1 1/1 0 true", "plan.rules", NULL,
     NULL},
    {"strata that are no rules", -1, S_STRATA, "5%", "plan.rules", NULL, NULL},
    {"strata below the printed ratio", -1, S_STRATA, "1/100 9 eq(class,4);4/100 1 true",
     "plan.strata", NULL, NULL},
    {"one inspector", -1, S_ROLES, "1 2", "plan.rules", NULL, NULL},
    {"no role", -1, S_ROLES, "", "plan.rules", NULL, NULL},
    {"items over the column", P_ITEMS, -1, too_long, "plan.too-long", NULL, NULL},
};

static void spoilt_task(void **state)
{
    struct family *f = *state;
    int64_t before = traces(&f->c);
    memset(too_long, 'x', sizeof(too_long) - 1);
    for (size_t i = 0; i < COUNT(bad_rows); i++) {
        const struct bad *b = &bad_rows[i];
        struct plan_import o = whole();
        struct plan_imported made = {.tasks = 77};
        struct qn_err err = {0};
        o.plan = file_of("p.csv", plan_heads, sound, P_COLUMNS, b->plan_at, b->value, b->more_plan);
        o.scopes = file_of("s.csv", scope_heads, sound_scope, S_COLUMNS, b->scope_at, b->value,
                           b->more_scopes);
        enum qn_code rc = plan_import(f->c.st, &o, &made, &err);
        if (!rc || strcmp(err.id, b->want) != 0)
            fail_msg("%s: code %d, %s (%s), wanted %s", b->name, (int)rc, err.id, err.args,
                     b->want);
        assert_int_equal(made.tasks, 77); /* nothing is said on a refusal */
        if (traces(&f->c) != before)
            fail_msg("%s: something was written", b->name);
    }
}

/* ---- the words beside the files --------------------------------------------------------------------- */

static void spoilt_words(void **state)
{
    struct family *f = *state;
    static const struct {
        const char *name, *series, *issued_on, *deadline, *title, *doc_no;
        unsigned year;
        enum qn_code code;
        const char *want;
    } rows[] = {
        {"no series", "", NULL, NULL, NULL, NULL, 2021, QN_MALFORMED, "plan.series"},
        {"a slash in the series", "2021/1", NULL, NULL, NULL, NULL, 2021, QN_MALFORMED,
         "plan.series"},
        {"a Chinese series", "二〇二一", NULL, NULL, NULL, NULL, 2021, QN_MALFORMED, "plan.series"},
        {"a date in another form", NULL, "2021/3/5", NULL, NULL, NULL, 2021, QN_MALFORMED,
         "plan.date"},
        {"a day that is none", NULL, "2021-02-29", NULL, NULL, NULL, 2021, QN_MALFORMED,
         "plan.date"},
        {"a deadline that is none", NULL, NULL, "12-20", NULL, NULL, 2021, QN_MALFORMED,
         "plan.date"},
        {"a deadline before the last round", NULL, NULL, "2021-07-31", NULL, NULL, 2021,
         QN_MALFORMED, "plan.deadline"},
        {"a deadline in the year before", NULL, NULL, "2020-12-20", NULL, NULL, 2021, QN_MALFORMED,
         "plan.deadline"},
        {"no title", NULL, NULL, NULL, "", NULL, 2021, QN_MALFORMED, "plan.untitled"},
        {"no number", NULL, NULL, NULL, NULL, "", 2021, QN_MALFORMED, "plan.untitled"},
        {"an overlong number", NULL, NULL, NULL, NULL,
         "朔市监〔2021〕26号朔市监〔2021〕26号朔市监〔2021〕26号朔市监〔2021〕26号朔市监〔2021〕26"
         "号",
         2021, QN_MALFORMED, "work.too-long"},
        {"year 0", NULL, NULL, NULL, NULL, NULL, 0, QN_MALFORMED, "plan.year"},
        {"year 2100", NULL, NULL, NULL, NULL, NULL, 2100, QN_MALFORMED, "plan.year"},
    };
    int64_t before = traces(&f->c);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct plan_import o = whole();
        struct plan_imported made;
        struct qn_err err = {0};
        o.series = rows[i].series ? rows[i].series : o.series;
        o.issued_on = rows[i].issued_on ? rows[i].issued_on : o.issued_on;
        o.deadline = rows[i].deadline;
        o.title = rows[i].title ? rows[i].title : o.title;
        o.doc_no = rows[i].doc_no ? rows[i].doc_no : o.doc_no;
        o.year = rows[i].year;
        enum qn_code rc = plan_import(f->c.st, &o, &made, &err);
        if (rc != rows[i].code || strcmp(err.id, rows[i].want) != 0)
            fail_msg("%s: code %d, %s (%s)", rows[i].name, (int)rc, err.id, err.args);
        assert_int_equal(traces(&f->c), before);
    }
}

static void spoilt_files(void **state)
{
    struct family *f = *state;
    static const struct {
        const char *name, *bytes;
        size_t n;
        const char *want;
    } rows[] = {
        {"empty", "", 0, "sheet.empty"},
        {"a mark only", "\xef\xbb\xbf", 3, "sheet.empty"},
        {"headings of something else", "a,b\n1,2\n", 8, "sheet.no-heading"},
        {"a workbook", "PK\3\4........", 12, "xlsx.damaged"},
        {"UTF-16", "\xff\xfen\0o\0", 6, "csv.utf16"},
    };
    int64_t before = traces(&f->c);
    struct plan_imported made;
    struct qn_err err;
    for (size_t i = 0; i <= COUNT(rows) + 3; i++) {
        struct plan_import o = whole();
        const char *want = i < COUNT(rows) ? rows[i].want : NULL, *path = in_dir("f.csv");
        unlink(path);
        if (want) {
            write_file(path, rows[i].bytes, rows[i].n);
        } else if (i == COUNT(rows)) { /* it never was */
            want = "file.absent";
        } else if (i == COUNT(rows) + 1) {
            want = "file.not-regular";
            path = dir;
        } else if (i == COUNT(rows) + 2) {
            want = "file.not-regular";
            assert_int_equal(mkfifo(path, 0600), 0);
        } else { /* headings and no task */
            char heads[1000] = "";
            for (size_t k = 0; k < P_COLUMNS; k++)
                snprintf(heads + strlen(heads), sizeof(heads) - strlen(heads), "%s%s", k ? "," : "",
                         plan_heads[k]);
            write_file(path, heads, strlen(heads));
            want = "plan.empty";
        }
        for (int scopes = 0; scopes < 2; scopes++) {
            *(scopes ? &o.scopes : &o.plan) = path;
            *(scopes ? &o.plan : &o.scopes) = scopes ? PLAN : SCOPES;
            enum qn_code rc = plan_import(f->c.st, &o, &made, &err);
            const char *here = scopes && strcmp(want, "plan.empty") == 0 ? "sheet.no-heading" : want;
            if (!rc || strcmp(err.id, here) != 0)
                fail_msg("%zu as %s: %s (%s)", i, scopes ? "scopes" : "plan", err.id, err.args);
            assert_int_equal(traces(&f->c), before);
        }
    }
}

/* Who has no county below cannot have its tasks drawn, and would find the series taken later. */
static void no_county_below(void **state)
{
    struct family *f = *state;
    struct plan_import o = whole();
    struct plan_imported made;
    struct qn_err err;
    struct test_office *const lonely[] = {&f->p, &f->k};
    for (size_t i = 0; i < COUNT(lonely); i++) {
        int64_t before = traces(lonely[i]);
        assert_int_equal(plan_import(lonely[i]->st, &o, &made, &err), QN_ABSENT);
        assert_string_equal(err.id, "plan.no-county");
        assert_int_equal(traces(lonely[i]), before);
    }
}

/* ---- the whole plan ------------------------------------------------------------------------------------ */

static void whole_plan(void **state)
{
    struct family *f = *state;
    struct plan_import o = whole();
    struct plan_imported made;
    int64_t released = count(&f->c, "SELECT count(*) FROM release");
    MUST(plan_import(f->c.st, &o, &made, &offices_err));
    assert_int_equal(made.tasks, 21);
    assert_int_equal(made.merged, 5);
    assert_int_equal(made.city_only, 4);
    /* 17 tasks are the counties', two of them in two rounds; four are the city's own */
    assert_int_equal(made.slots, (15 + 2 * 2) * 2 + 4);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM slot"), made.slots);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM slot_rules"), 21 + 2);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM plan_task"), 21);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM release"), released + 1);
    assert_int_equal(count(&f->c, "SELECT id FROM plan"), made.id);
    SAYS(&f->c,
         "SELECT series || '|' || title || '|' || doc_no || '|' || issued_on || '|' || year || '|' "
         "|| deadline || '|' || publication_days || '|' || publication_clock FROM plan",
         "2021|2021年度双随机抽查工作计划|朔市监〔2021〕26号|2021-03-05|2021|2021-12-20|20|"
         "inspection_completed");
    SAYS(&f->c,
         "SELECT no || '<' || merged_from FROM plan_task WHERE merged_from IS NOT NULL ORDER BY id",
         "11<10 12<10 13<10 20<19 21<19");
    SAYS(&f->c, "SELECT no FROM plan_task WHERE name IS NULL", "13");
    SAYS(&f->c, "SELECT no FROM plan_task WHERE inspecting_levels = 'city' ORDER BY id",
         "2 15 16 17");
    SAYS(&f->c, "SELECT no FROM plan_task WHERE inspecting_levels = 'county' ORDER BY id",
         "8 9 18");
    /* what was read is filled in, the print stays blank */
    SAYS(
        &f->c,
        "SELECT inspecting_levels || '|' || initiator || '|' || guidance_unit FROM plan_task WHERE "
        "no = '11'",
        "city;county|市局|知识产权科");
    assert_int_equal(
        count(&f->c, "SELECT count(*) FROM plan_task WHERE no IN ('11','12','13','20','21') AND "
                     "initiator_guidance_text IS NULL AND inspecting_level_text IS NULL"),
        5);
    SAYS(&f->c,
         "SELECT ratio_op || ratio_num || '/' || ratio_den FROM plan_task WHERE no IN "
         "('1','4','17') ORDER BY id",
         "ge5/100 eq100/100 ge1/100");
    SAYS(&f->c, "SELECT times_per_year FROM plan_task WHERE times_per_year IS NOT NULL ORDER BY id",
         "2 1 2");
    SAYS(&f->c, "SELECT DISTINCT drawer FROM slot WHERE task IN ('2','15','16','17')", "1406");
    SAYS(&f->c, "SELECT drawer FROM slot WHERE task = '1' ORDER BY drawer", "140602 140622");
    SAYS(&f->c,
         "SELECT DISTINCT task || '.' || round || ':' || window_from || '_' || window_to FROM slot "
         "WHERE task IN ('1','14','18','19','20','21') ORDER BY CAST(task AS INTEGER), round",
         "1.1:2021-04-01_2021-11-30 14.1:2021-08-01_2021-12-20 18.1:2021-02-01_2021-12-20 "
         "19.1:2021-04-01_2021-07-31 19.2:2021-08-01_2021-11-30 20.1:2021-04-01_2021-10-31 "
         "21.1:2021-04-01_2021-07-31 21.2:2021-08-01_2021-10-31");
    SAYS(&f->c, "SELECT window_from || '_' || window_to FROM plan_task WHERE no = '19'",
         "2021-04-01_2021-11-30");
    SAYS(&f->c, "SELECT rules FROM slot_rules WHERE task = '21' AND round = 2",
         "draw-rules/1\nslot 1406 2021 21 2\ntype both\npopulation and(eq(status,0),eq(kind,1))\n"
         "stratum 1 5/100 1 eq(class,4)\nstratum 2 2/100 1 eq(class,3)\nstratum 3 1/100 1 "
         "eq(class,2)\n"
         "stratum 4 1/100 1 le(class,1)\ntotal -\nmust -\nexclude -\ncap -\nrole 1 2 -\npool "
         "2\nload -\n"
         "age 60\nwitness 24\nreturn 14\nsupp 10\nlevel offline\n");
    {
        QN_AUTO(qn_buf) struct qn_buf file = {0};
        char digest[2 * QN_HASH + 1];
        uint8_t hash[QN_HASH];
        read_all(&file, PLAN);
        struct qn_span bytes = qn_buf_span(&file);
        wire_sha256(hash, &bytes, 1);
        qn_hex(digest, hash, sizeof(hash));
        SAYS(&f->c, "SELECT lower(hex(source_digest)) FROM plan", digest);
    }
    int64_t before = traces(&f->c);
    struct qn_err err;
    assert_int_equal(plan_import(f->c.st, &o, &made, &err), QN_CONFLICT);
    assert_string_equal(err.id, "plan.exists");
    assert_int_equal(traces(&f->c), before);
    o.series = "2021-b"; /* another series is another plan */
    MUST(plan_import(f->c.st, &o, &made, &offices_err));
    assert_int_equal(count(&f->c, "SELECT count(*) FROM plan"), 2);
}

/* A tag of no table would draw nobody. Without tables nothing can be asked. */
static void unknown_tags(void **state)
{
    struct family *f = *state;
    static const struct {
        int at;
        const char *value, *want;
    } rows[] = {
        {S_POPULATION, "has(tag,9)", "task=1|list=tag|code=9"},
        {S_POPULATION, "and(eq(status,0),not(has(tag,65535)))", "task=1|list=tag|code=65535"},
        {S_STRATA, "1/1 1 has(tag,100);1/1 1 true", "task=1|list=tag|code=100"},
        {S_ROLES, "1 2;1 101", "task=1|list=qualification|code=101"},
        {S_POPULATION, "has(tag,101)", NULL},
    };
    struct plan_import o = whole();
    struct plan_imported made;
    struct qn_err err;
    struct tables_imported n;
    o.plan = file_of("p.csv", plan_heads, sound, P_COLUMNS, -1, NULL, NULL);
    o.scopes =
        file_of("s.csv", scope_heads, sound_scope, S_COLUMNS, S_POPULATION, "has(tag,9)", NULL);
    o.series = "before";
    MUST(plan_import(f->c.st, &o, &made, &offices_err));
    MUST(tables_import(f->p.st, "tests/data/tags.csv", NULL, false, &n, &offices_err));
    carry(&f->p, &f->c);
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t before = traces(&f->c);
        o.series = "after";
        o.plan = file_of("p.csv", plan_heads, sound, P_COLUMNS, -1, NULL, NULL);
        o.scopes =
            file_of("s.csv", scope_heads, sound_scope, S_COLUMNS, rows[i].at, rows[i].value, NULL);
        enum qn_code rc = plan_import(f->c.st, &o, &made, &err);
        if (rc != (rows[i].want ? QN_ABSENT : QN_OK))
            fail_msg("%s: %s (%s)", rows[i].value, err.id, err.args);
        if (rows[i].want) {
            assert_string_equal(err.id, "plan.tag");
            assert_string_equal(err.args, rows[i].want);
            assert_int_equal(traces(&f->c), before);
        }
    }
}

static void acceptance(void **state)
{
    struct family *f = *state;
    struct plan_import o = whole();
    struct plan_imported made;
    struct qn_err err;
    static const struct {
        const char *name, *plan;
        enum qn_code code;
        const char *want;
    } rows[] = {
        {"no slash", "1406", QN_MALFORMED, "plan.name"},
        {"no office", "/2021", QN_ABSENT, "plan.unknown"},
        {"an overlong office", "14060000000000000/2021", QN_MALFORMED, "plan.name"},
        {"no series", "1406/", QN_ABSENT, "plan.unknown"},
        {"another series", "1406/2020", QN_ABSENT, "plan.unknown"},
        {"another office", "1407/2021", QN_ABSENT, "plan.unknown"},
    };
    MUST(plan_import(f->c.st, &o, &made, &offices_err));
    assert_int_equal(plan_accept(f->p.st, "1406/2021", "张三", &err), QN_ABSENT); /* not here yet */
    carry(&f->c, &f->p);
    carry(&f->c, &f->k);
    int64_t at_p = traces(&f->p), at_c = traces(&f->c), at_k = traces(&f->k);
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum qn_code rc = plan_accept(f->p.st, rows[i].plan, "张三", &err);
        if (rc != rows[i].code || strcmp(err.id, rows[i].want) != 0)
            fail_msg("%s: code %d, %s (%s)", rows[i].name, (int)rc, err.id, err.args);
    }
    assert_int_equal(plan_accept(f->c.st, "1406/2021", "张三", &err), QN_DENIED); /* its own */
    assert_string_equal(err.id, "plan.not-child");
    assert_int_equal(plan_accept(f->k.st, "1406/2021", "张三", &err), QN_DENIED); /* the parent's */
    assert_string_equal(err.id, "plan.not-child");
    assert_int_equal(traces(&f->p), at_p);
    assert_int_equal(traces(&f->c), at_c);
    assert_int_equal(traces(&f->k), at_k);
    MUST(plan_accept(f->p.st, "1406/2021", "张三", &offices_err));
    assert_int_equal(count(&f->p, "SELECT count(*) FROM plan_accept WHERE plan_office = '1406' AND "
                                  "outcome = 'accepted' AND acted_by = '张三'"),
                     1);
    at_p = traces(&f->p);
    MUST(plan_accept(f->p.st, "1406/2021", "李四", &offices_err)); /* said before: nothing new */
    assert_int_equal(traces(&f->p), at_p);
}

/* ---- months ------------------------------------------------------------------------------------------- */

static void windows(void **state)
{
    static const struct {
        unsigned from, to, times, round, year;
        const char *deadline, *want_from, *want_to;
    } rows[] = {
        {4, 11, 1, 1, 2021, "2021-12-20", "2021-04-01", "2021-11-30"},
        {4, 11, 2, 1, 2021, "2021-12-20", "2021-04-01", "2021-07-31"},
        {4, 11, 2, 2, 2021, "2021-12-20", "2021-08-01", "2021-11-30"},
        {4, 10, 2, 1, 2021, "2021-12-20", "2021-04-01", "2021-07-31"},
        {4, 10, 2, 2, 2021, "2021-12-20", "2021-08-01", "2021-10-31"},
        {1, 4, 3, 1, 2021, "2021-12-20", "2021-01-01", "2021-02-28"},
        {1, 4, 3, 2, 2021, "2021-12-20", "2021-03-01", "2021-03-31"},
        {1, 4, 3, 3, 2021, "2021-12-20", "2021-04-01", "2021-04-30"},
        {1, 12, 12, 2, 2024, "2024-12-20", "2024-02-01", "2024-02-29"},
        {1, 12, 12, 12, 2024, "2024-12-20", "2024-12-01", "2024-12-20"},
        {2, 2, 1, 1, 2000, "2000-12-20", "2000-02-01", "2000-02-29"},
        {12, 12, 1, 1, 2021, "2021-12-31", "2021-12-01", "2021-12-31"},
        {6, 8, 1, 1, 2021, "2021-07-15", "2021-06-01", "2021-07-15"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct plan_task t = {
            .from_month = rows[i].from, .to_month = rows[i].to, .times = rows[i].times};
        char from[11], to[11];
        plan_window(&t, rows[i].round, rows[i].year, rows[i].deadline, from, to);
        if (strcmp(from, rows[i].want_from) != 0 || strcmp(to, rows[i].want_to) != 0)
            fail_msg("%u-%u, %u of %u: %s to %s", rows[i].from, rows[i].to, rows[i].round,
                     rows[i].times, from, to);
    }
}

/* ---- code tables -------------------------------------------------------------------------------------- */

#define TAGS    "code,kind,name_zh,name_en\n"
#define RESULTS "code,name_zh,name_en,issue_found\n"

static void spoilt_tables(void **state)
{
    struct family *f = *state;
    static const struct {
        const char *name, *text, *want;
    } rows[] = {
        {"no table", "a,b\n1,2\n", "tables.kind"},
        {"neither of the three", "code,name_zh,name_en\nR01,x,y\n", "tables.kind"},
        {"no code", RESULTS ",未发现问题,none,N\n", "tables.row"},
        {"no name", RESULTS "R01,,none,N\n", "tables.row"},
        {"an overlong code", RESULTS "R01234567890123456789012345678901,x,y,N\n", "tables.row"},
        {"a code twice", RESULTS "R01,x,y,N\nR02,x,y,N\nR01,z,y,N\n", "tables.twice"},
        {"a tag that is no number", TAGS "R01,object,x,y\n", "roster.tag-row"},
        {"tag 0", TAGS "0,object,x,y\n", "roster.tag-row"},
        {"tag 65536", TAGS "65536,object,x,y\n", "roster.tag-row"},
        {"a tag of another kind", TAGS "1,objct,x,y\n", "roster.tag-row"},
        {"too many cells", RESULTS "R01,x,y,N,more\n", "sheet.too-many"},
        {"bytes that are no text", RESULTS "R01,\xb2\xff,y,N\n", "csv.undecodable"},
        {"no rows", RESULTS, "act.empty"},
        {"a good row before a bad one", RESULTS "R01,x,y,N\nR02,,y,N\n", "tables.row"},
    };
    int64_t before = traces(&f->p);
    struct tables_imported n = {.added = 77};
    struct qn_err err;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *path = in_dir("t.csv");
        write_file(path, rows[i].text, strlen(rows[i].text));
        enum qn_code rc = tables_import(f->p.st, path, NULL, false, &n, &err);
        if (!rc || strcmp(err.id, rows[i].want) != 0)
            fail_msg("%s: code %d, %s (%s)", rows[i].name, (int)rc, err.id, err.args);
        assert_int_equal(traces(&f->p), before);
        assert_int_equal(n.added, 77);
    }
    /* a code table is the province's to write */
    before = traces(&f->c);
    assert_int_equal(tables_import(f->c.st, "tests/data/result-codes.csv", NULL, false, &n, &err),
                     QN_DENIED);
    assert_string_equal(err.id, "authority.level");
    assert_int_equal(traces(&f->c), before);
}

static void tables(void **state)
{
    struct family *f = *state;
    static const struct {
        const char *path, *list;
        unsigned rows;
    } tables[] = {{"tests/data/tags.csv", "tag", 34},
                  {"tests/data/result-codes.csv", "result", 17},
                  {"tests/data/disposal-codes.csv", "disposal", 19}};
    int64_t released = count(&f->p, "SELECT count(*) FROM release");
    for (size_t i = 0; i < COUNT(tables); i++) {
        struct tables_imported n;
        int64_t before = traces(&f->p);
        MUST(tables_import(f->p.st, tables[i].path, NULL, true, &n, &offices_err));
        assert_int_equal(traces(&f->p), before); /* a rehearsal counts what would be, and writes nothing */
        assert_int_equal(n.added, tables[i].rows);
        MUST(tables_import(f->p.st, tables[i].path, NULL, false, &n, &offices_err));
        assert_string_equal(n.list, tables[i].list);
        assert_int_equal(n.added, tables[i].rows);
        assert_int_equal(n.revised + n.same, 0);
    }
    SAYS(&f->p, "SELECT list || count(*) FROM code GROUP BY list ORDER BY list",
         "disposal19 qualification9 result17 tag25");
    SAYS(&f->p, "SELECT code FROM code WHERE list = 'result' AND flags IS NULL ORDER BY code",
         "R01 R07 R11 R12 R13 R14 R15");
    assert_int_equal(count(&f->p, "SELECT count(*) FROM release"), released + 3);
}

/* The table again writes nothing; a changed line is revised under its own id; an old name is none any more. */
static void tables_again(void **state)
{
    struct family *f = *state;
    struct tables_imported n;
    const char *path = in_dir("t.csv");
    static const char first[] = TAGS "7,object,网吧,internet cafe\n8,object,书店,bookshop\n",
                      then[] =
                          TAGS "7,object,互联网上网服务场所,internet cafe\n8,object,书店,bookshop\n"
                               "9,qualification,书店,bookshop\n";
    write_file(path, first, sizeof(first) - 1);
    MUST(tables_import(f->p.st, path, NULL, false, &n, &offices_err));
    assert_int_equal(n.added, 2);
    int64_t before = traces(&f->p);
    MUST(tables_import(f->p.st, path, NULL, false, &n, &offices_err));
    assert_int_equal(n.added + n.revised, 0);
    assert_int_equal(n.same, 2);
    assert_int_equal(traces(&f->p), before);
    write_file(path, then, sizeof(then) - 1);
    MUST(tables_import(f->p.st, path, NULL, false, &n, &offices_err));
    assert_int_equal(n.added, 1);
    assert_int_equal(n.revised, 1);
    assert_int_equal(n.same, 1);
    SAYS(&f->p, "SELECT list || code || '.' || rev || name_zh FROM code ORDER BY list, code, rev",
         "qualification9.1书店 tag7.1网吧 tag7.2互联网上网服务场所 tag8.1书店");
    assert_int_equal(count(&f->p, "SELECT count(DISTINCT id) FROM code WHERE code = '7'"), 1);
    char tags[40];
    struct qn_err err;
    assert_int_equal(words_tags_list(tags, sizeof(tags), f->p.st, NULL, "tag", "网吧", &err),
                     QN_ABSENT);
    MUST(words_tags_list(tags, sizeof(tags), f->p.st, NULL, "tag", "书店；互联网上网服务场所；书店",
                         &offices_err));
    assert_string_equal(tags, "7,8");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, family_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(spoilt_task),   T(spoilt_words), T(spoilt_files),           T(no_county_below),
        T(whole_plan),    T(unknown_tags), T(tables_again),           T(acceptance),
        T(spoilt_tables), T(tables),       cmocka_unit_test(windows),
    };
    return cmocka_run_group_tests_name("plan_import", tests, NULL, NULL);
}
