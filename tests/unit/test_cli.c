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
        cli_table_cell(&s.c, "%s", cells[i]);
    cli_table_end(&s.c);
    end(&s);
    assert_string_equal(s.out, "机关    级别  条目\n"
                               "14      省级     7\n"
                               "140602  县    1234\n"
                               "x  [2J  —         \n");
    assert_null(s.c.table);
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
    assert_string_equal(s.out, "office  entries\n");
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
        {"help bundle make", 0, "--to OFFICE", ""},
        {"bundle make --help", 0, "--to OFFICE", ""},
        {"help bundle --lang en", 0, "bundle verify", ""},
        {"", 2, "", "qian"},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options),     cmocka_unit_test(paths),    cmocka_unit_test(tables),
        cmocka_unit_test(empty_table), cmocka_unit_test(refusals), cmocka_unit_test(commands),
    };
    return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
