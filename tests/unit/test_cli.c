/* test_cli.c - options, tables and refusals of the command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "node/cli/cli.h"

struct said {
    struct cli c;
    char *out, *err;
    size_t nout, nerr;
};

static void begin(struct said *s)
{
    *s = (struct said){.c = {.cwd = "/work", .dir = "/nowhere", .lang = TEXT_EN}};
    s->c.out = open_memstream(&s->out, &s->nout);
    s->c.err = open_memstream(&s->err, &s->nerr);
}

static void end(struct said *s)
{
    fclose(s->c.out);
    fclose(s->c.err);
}

static void release(struct said *s)
{
    free(s->out);
    free(s->err);
}

/* ---- options ----------------------------------------------------------------------------------------------- */

static void options(void **state)
{
    (void)state;
    static const struct {
        const char *name, *words[8];
        const char *want; /* what was understood, or NULL: refused */
    } rows[] = {
        {"value", {"--to", "14"}, "to=14"},
        {"equals", {"--to=14"}, "to=14"},
        {"equals nothing", {"--to="}, "to="},
        {"flag", {"--to", "1", "--all"}, "to=1 all"},
        {"many", {"--to", "1", "--code", "A", "--code", "B"}, "to=1 code=A code=B"},
        {"words", {"x", "--to", "1", "y"}, "to=1 word=x word=y"},
        {"value like an option", {"--to", "--all"}, "to=--all"},
        {"after --", {"--to", "1", "--", "--all"}, "to=1 word=--all"},
        {"a dash is a word", {"--to", "1", "-"}, "to=1 word=-"},
        {"required is missing", {"x"}, NULL},
        {"nothing", {NULL}, NULL},
        {"unknown option", {"--to", "1", "--too", "1"}, NULL},
        {"prefix of an option", {"--t", "1"}, NULL},
        {"short option", {"--to", "1", "-x"}, NULL},
        {"value is missing", {"--to"}, NULL},
        {"flag with a value", {"--to", "1", "--all=yes"}, NULL},
        {"given twice", {"--to", "1", "--to", "2"}, NULL},
        {"one too many", {"--to", "1", "--code", "A", "--code", "B", "--code"}, NULL},
        {"a word too many", {"--to", "1", "x", "y", "z"}, NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *to = NULL, *code[2] = {NULL, NULL}, *word[2] = {NULL, NULL};
        bool all = false;
        unsigned codes = 9, words = 9;
        struct opt opts[] = {{.name = "to", .value = &to, .required = true},
                             {.name = "all", .flag = &all},
                             {.name = "code", .value = code, .many = 2, .count = &codes},
                             {.name = "", .value = word, .many = 2, .count = &words}};
        struct said s;
        char *argv[9] = {NULL}, got[200] = "";
        int argc = 0;
        while (argc < 8 && rows[i].words[argc]) {
            argv[argc] = strdup(rows[i].words[argc]);
            argc++;
        }
        begin(&s);
        bool ok = cli_opts(&s.c, argc, argv, opts, 4);
        end(&s);
        if (ok) {
            int n = snprintf(got, sizeof(got), "to=%s%s", to, all ? " all" : "");
            for (unsigned k = 0; k < codes; k++)
                n += snprintf(got + n, sizeof(got) - (size_t)n, " code=%s", code[k]);
            for (unsigned k = 0; k < words; k++)
                n += snprintf(got + n, sizeof(got) - (size_t)n, " word=%s", word[k]);
        }
        if (ok != (rows[i].want != NULL) || (ok && strcmp(got, rows[i].want) != 0) ||
            ok == (s.nerr > 0))
            fail_msg("%s: %s, said %s", rows[i].name, got, s.err);
        release(&s);
        while (argc > 0)
            free(argv[--argc]);
    }
}

static void paths(void **state)
{
    (void)state;
    struct said s;
    char out[1024], far[2000];
    struct qn_err err;
    begin(&s);
    assert_int_equal(cli_path(&s.c, out, "a/b", &err), QN_OK);
    assert_string_equal(out, "/work/a/b");
    assert_int_equal(cli_path(&s.c, out, "/a", &err), QN_OK);
    assert_string_equal(out, "/a");
    memset(far, 'x', sizeof(far) - 1);
    far[sizeof(far) - 1] = 0;
    assert_int_equal(cli_path(&s.c, out, far, &err), QN_LIMIT);
    far[0] = '/';
    assert_int_equal(cli_path(&s.c, out, far, &err), QN_LIMIT);
    end(&s);
    release(&s);
}

/* ---- tables ------------------------------------------------------------------------------------------------ */

static void tables(void **state)
{
    (void)state;
    static const char *const heads[] = {"table.office", "table.level", "table.entries"};
    struct said s;
    begin(&s);
    s.c.lang = TEXT_ZH;
    cli_table_begin(&s.c, 3, heads);
    const char *cells[] = {"14", "省级", "7", "140602", "县", "1234", "x\n\033[2J", "—", ""};
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
        if (i % 3 == 2 && cells[i][0]) /* what is formatted as a number stands right */
            cli_table_cell(&s.c, "%d", atoi(cells[i]));
        else
            cli_table_cell(&s.c, i % 3 == 2 ? "" : "%s", cells[i]);
    cli_table_end(&s.c);
    end(&s);
    assert_string_equal(s.out, "机关       级别  条目\n"
                               "14         省级     7\n"
                               "140602     县    1234\n"
                               "x \\x1B[2J  —         \n");
    assert_null(s.c.table);
    release(&s);
}

/* An office code is no number, in whatever column it stands. */
static void codes_stand_left(void **state)
{
    (void)state;
    static const char *const heads[] = {"draw.col-slot", "draw.col-office", "draw.col-must"};
    struct said s;
    begin(&s);
    cli_table_begin(&s.c, 3, heads);
    for (int i = 0; i < 2; i++) {
        cli_table_cell(&s.c, "%d", i * 10);
        cli_table_cell(&s.c, "%s", i ? "14068101" : "14");
        cli_table_cell(&s.c, "%d", i * 100);
    }
    cli_table_end(&s.c);
    end(&s);
    assert_string_equal(s.out, "slot  office    must\n"
                               "   0  14           0\n"
                               "  10  14068101   100\n");
    release(&s);
}

static void empty_table(void **state)
{
    (void)state;
    static const char *const heads[] = {"table.office", "table.entries"};
    struct said s;
    begin(&s);
    cli_table_begin(&s.c, 2, heads);
    cli_table_end(&s.c);
    cli_table_end(&s.c); /* none was begun: said, not crashed */
    end(&s);
    assert_string_equal(s.out, "no records\n");
    assert_true(s.nerr > 0);
    release(&s);
}

/* ---- refusals and running ------------------------------------------------------------------------------------ */

static void refusals(void **state)
{
    (void)state;
    struct said s;
    struct qn_err err;
    begin(&s);
    s.c.json = true;
    qn_fail(&err, QN_LATER, "sync.unreachable", "office=14|url=http://127.0.0.1:1");
    assert_int_equal(cli_fail(&s.c, &err), 3);
    end(&s);
    assert_string_equal(s.out,
                        "{\"code\":\"later\",\"id\":\"sync.unreachable\",\"args\":\"office=14|url="
                        "http://127.0.0.1:1\"}\n");
    assert_non_null(strstr(s.err, "14 cannot be reached"));
    release(&s);
    begin(&s);
    qn_fail(&err, QN_DENIED, "peer.self", "office=14");
    assert_int_equal(cli_fail(&s.c, &err), 1);
    end(&s);
    assert_int_equal(s.nout, 0);
    release(&s);
}

static int run_words(struct said *s, const char *line)
{
    char words[400], *argv[20] = {NULL};
    int argc = 0;
    begin(s);
    s->c.lang = TEXT_ZH;
    snprintf(words, sizeof(words), "%s", line);
    for (char *save, *w = strtok_r(words, " ", &save); w && argc < 19;
         w = strtok_r(NULL, " ", &save))
        argv[argc++] = w;
    int code = cli_run(&s->c, argc, argv);
    end(s);
    return code;
}

static void commands(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int want;
        const char *out, *err; /* must occur */
    } rows[] = {
        {"version --lang en", 0, "registry", ""},
        {"--json version", 0, "{\"qian\":", ""},
        {"version --json", 0, "{\"qian\":", ""},
        {"help --lang en", 0, "bundle import", ""},
        {"help bundle make --lang en", 0, "--to OFFICE", ""},
        {"bundle make --help", 0, "--to 机关代码 --out 文件", ""},
        {"help bundle --lang en", 0, "bundle verify", ""},
        {"help csv", 0, "必需：执法证号, 发证机关, 对象编号, 原因", ""},
        {"help csv --lang en", 0, "required: code, name_zh, name_en, source", ""},
        {"help scopes", 0, "范围表", ""},
        {"help scopes --lang en", 0, "and(eq(status,0),eq(kind,1))", ""},
        {"help reasons", 0, "not_found", ""},
        {"help exit", 0, "3  没做完", ""},
        {"--version", 0, QIAN_VERSION, ""},
        {"status --version", 2, "", "--version"},
        {"", 2, "", "qian"},
        {"--lang fr", 2, "", "fr"},
        {"version --lang fr", 2, "", "fr"},
        {"version --lang=fr", 2, "", "fr"},
        {"version --lang=en", 0, "registry", ""},
        {"version --lang=", 2, "", "--lang"},
        {"version --json=yes --lang en", 2, "", "--json=yes"},
        {"--foo", 2, "", "--foo"},
        {"--foo status", 2, "", "--foo"},
        {"order", 2, "", "qian order issue"},
        {"order isue", 2, "", "qian order list"},
        {"draw show", 2, "", "缺少参数 抽取编号；"},
        {"draw show --lang en", 2, "", "Missing argument DRAW;"},
        {"plan show", 2, "", "缺少参数 发文机关/计划系列；"},
        {"peer set 14", 2, "", "缺少参数 网址；"},
        {"verify", 2, "", "缺少参数 all|office|plan|draw；"},
        {"enrol approve --level city", 2, "", "缺少参数 申请文件；"},
        {"--json draw show", 2, "\"id\":\"cli.word-missing\"", "缺少参数"},
        {"help nothing --lang en", 2, "", "nothing"},
        {"bundle --lang en", 2, "", "bundle"},
        {"version x --lang en", 2, "", "word too many"},
        {"version --lang", 2, "", "--lang"},
        {"status --lang en", 1, "", "/nowhere"},
        {"-d", 2, "", "-d"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct said s;
        int code = run_words(&s, rows[i].line);
        if (code != rows[i].want || !strstr(s.out, rows[i].out) || !strstr(s.err, rows[i].err))
            fail_msg("%s: %d\n%s\n%s", rows[i].line, code, s.out, s.err);
        release(&s);
    }
}

/* ---- what a value must look like ------------------------------------------------------------------------------- */

static void kinds(void **state)
{
    (void)state;
    static const struct {
        enum opt_kind kind;
        const char *value;
        bool good;
    } rows[] = {
        {OPT_TEXT, "", true},
        {OPT_NUMBER, "2", true},
        {OPT_NUMBER, "300", true},
        {OPT_NUMBER, "1", false},
        {OPT_NUMBER, "301", false},
        {OPT_NUMBER, "20x", false},
        {OPT_NUMBER, "x", false},
        {OPT_NUMBER, "", false},
        {OPT_NUMBER, "+20", false},
        {OPT_NUMBER, "-20", false},
        {OPT_NUMBER, " 20", false},
        {OPT_NUMBER, "2.0", false},
        {OPT_NUMBER, "18446744073709551618", false},
        {OPT_DATE, "2021-03-05", true},
        {OPT_DATE, "2024-02-29", true},
        {OPT_DATE, "2023-02-29", false},
        {OPT_DATE, "2021-3-5", false},
        {OPT_DATE, "2021-03-05T", false},
        {OPT_DATE, "明天", false},
        {OPT_DATE, "", false},
        {OPT_TIME, "2021-03-05T09:00:00", true},
        {OPT_TIME, "2021-03-05T24:00:00", false},
        {OPT_TIME, "2021-03-05T09:60:00", false},
        {OPT_TIME, "2021-03-05 09", false},
        {OPT_TIME, "2021-03-05T 9:00:00", false},
        {OPT_TIME, "2021-03-05", false},
        {OPT_ADDRESS, "127.0.0.1:7402", true},
        {OPT_ADDRESS, "[::1]:0", true},
        {OPT_ADDRESS, "7402", true},
        {OPT_ADDRESS, "abc", false},
        {OPT_ADDRESS, "127.0.0.1", false},
        {OPT_ADDRESS, "127.0.0.1:", false},
        {OPT_ADDRESS, ":7402", false},
        {OPT_ADDRESS, "127.0.0.1:65536", false},
        {OPT_URL, "http://127.0.0.1:7402", true},
        {OPT_URL, "https://a.example/x", true},
        {OPT_URL, "127.0.0.1:7402", false},
        {OPT_URL, "http://", false},
        {OPT_URL, "http://:1", false},
        {OPT_CODE, "14", true},
        {OPT_CODE, "140681S1", true},
        {OPT_CODE, "1", false},
        {OPT_CODE, "14068a", false},
        {OPT_CODE, "", false},
        {OPT_CHOICE, "a", true},
        {OPT_CHOICE, "ccc", true},
        {OPT_CHOICE, "b", false},
        {OPT_CHOICE, "a|bb", false},
        {OPT_CHOICE, "", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned number = 7;
        const char *value = NULL;
        struct opt opt = {.name = "x",
                          .kind = rows[i].kind,
                          .value = rows[i].kind == OPT_NUMBER ? NULL : &value,
                          .number = &number,
                          .min = 2,
                          .max = 300,
                          .choices = "a|bb|ccc"};
        char name[] = "--x", *text = strdup(rows[i].value), *argv[] = {name, text, NULL};
        struct said s;
        begin(&s);
        bool good = cli_opts(&s.c, 2, argv, &opt, 1);
        end(&s);
        if (good != rows[i].good || good == (s.nerr > 0) ||
            (rows[i].kind == OPT_NUMBER && number != (good ? (unsigned)atoi(text) : 7)))
            fail_msg("kind %d, \"%s\": %d, %u, said %s", rows[i].kind, text, good, number, s.err);
        if (!good && (!strstr(s.err, "--x") || !strstr(s.err, rows[i].value)))
            fail_msg("kind %d: %s names not the option and the value", rows[i].kind, s.err);
        release(&s);
        free(text);
    }
}

static void exclusion(void **state)
{
    (void)state;
    for (int both = 0; both < 2; both++) {
        const char *slot = NULL;
        bool all = false;
        struct opt opts[] = {{.name = "slot", .value = &slot, .not_with = "all"},
                             {.name = "all", .flag = &all}};
        char a[] = "--all", b[] = "--slot=1", *argv[] = {a, b, NULL};
        struct said s;
        begin(&s);
        assert_int_equal(cli_opts(&s.c, 1 + both, argv, opts, 2), !both);
        end(&s);
        assert_int_equal(s.nerr > 0, both);
        release(&s);
    }
}

/* Every command asks cli_opts before all else: here none has an office, and none may miss it. */
static void rehearsals(void **state)
{
    (void)state;
    size_t n = 0;
    for (size_t a = 0; a < CLI_AREAS; a++)
        for (const struct command *k = cli_areas[a].table; k->name; k++) {
            char line[200];
            struct said s;
            snprintf(line, sizeof(line), "%s --no-such-option --lang en", k->name);
            if (run_words(&s, line) != 2 || !strstr(s.err, "--no-such-option") || s.nout)
                fail_msg("%s: %s%s", line, s.out, s.err);
            release(&s);
            snprintf(line, sizeof(line), "help %s", k->name);
            if (run_words(&s, line) != 0 || !strstr(s.out, k->name))
                fail_msg("%s: %s%s", line, s.out, s.err);
            for (const char *p = strchr(s.out, '\n') - 1; p > s.out + strlen(k->name); p--)
                if (p[0] >= 'A' && p[0] <= 'Z')
                    fail_msg("%s: a word is not named in Chinese: %s", line, s.out);
            release(&s);
            n++;
        }
    assert_true(n > 40);
}

static void short_page(void **state)
{
    (void)state;
    struct said s;
    size_t lines = 0;
    assert_int_equal(run_words(&s, "-d /nowhere"), 2);
    for (const char *p = s.err; *p; p++)
        lines += *p == '\n';
    assert_in_range(lines, 5, 25);
    assert_non_null(strstr(s.err, "qian help"));
    assert_int_equal(s.nout, 0);
    release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options),     cmocka_unit_test(paths),
        cmocka_unit_test(tables),      cmocka_unit_test(codes_stand_left),
        cmocka_unit_test(empty_table), cmocka_unit_test(refusals),
        cmocka_unit_test(commands),    cmocka_unit_test(kinds),
        cmocka_unit_test(exclusion),   cmocka_unit_test(rehearsals),
        cmocka_unit_test(short_page),
    };
    return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
