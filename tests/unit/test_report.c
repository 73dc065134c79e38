/* test_report.c - report snapshots: what they fix, and how each kind of later row, or another row, shows. */
#include "tests/unit/figure_case.h"

#include <sqlite3.h>

#include "node/work/report.h"

static int64_t id;

static int64_t make(struct test_office *o)
{
    int64_t made;
    MUST(report_make(
        &made, o->st,
        &(struct report_make){.title = "2021年度报告", .kind = "year", .year = 2021, .by = "局长"},
        &offices_err));
    return made;
}

static enum report_why why(const struct report_check *r, const char *code)
{
    return r->why[figure_find(code) - figure_table];
}

#define CHECK(r, o) MUST(report_check(r, (o)->st, "1406", id, &offices_err))

static void is_the_same_at_first(void **state)
{
    struct family *f = *state;
    QN_AUTO(report_check) struct report_check c = {.grown = 0}, p = {.grown = 0};
    id = make(&f->c);
    CHECK(&c, &f->c);
    /* The act of the report itself is no news. */
    assert_int_equal(c.grown, 0);
    assert_int_equal(c.count[REPORT_SAME], FIGURES);
    assert_int_equal(c.report.figure[1].of, 6);
    assert_int_equal(c.report.heads.n, 3);
    /* The office above has it, and counts the same. */
    case_up(f);
    CHECK(&p, &f->p);
    assert_int_equal(p.count[REPORT_SAME], FIGURES);
    assert_int_equal(p.behind, 0);
    /* Lateness is judged by the day of the report, whenever that is asked. */
    case_now_ms += UINT64_C(86400000) * 400;
    QN_AUTO(report_check) struct report_check later = {.grown = 0};
    CHECK(&later, &f->c);
    assert_int_equal(later.count[REPORT_SAME], FIGURES);
}

static void later_rows_only(void **state)
{
    struct family *f = *state;
    QN_AUTO(report_check) struct report_check c = {.grown = 0};
    int64_t w = case_result(&f->k2, fc.draw[1], "1", E("W"), "2021-12-03", "R01");
    case_publish(&f->k2, w, "2021-12-04");
    case_up(f);
    CHECK(&c, &f->c);
    assert_int_equal(why(&c, "targets"), REPORT_SAME);
    assert_int_equal(why(&c, "completion"), REPORT_LATER);
    assert_int_equal(c.report.figure[2].of, 3);
    assert_int_equal(c.now[2].of, 4);
    assert_int_equal(why(&c, "publication"), REPORT_LATER);
    assert_int_equal(why(&c, "finding"), REPORT_LATER);
    assert_int_equal(why(&c, "coverage"), REPORT_LATER);
    assert_int_equal(why(&c, "cases"), REPORT_SAME);
    assert_int_equal(c.count[REPORT_OTHER] + c.count[REPORT_MOVED] + c.count[REPORT_BEHIND], 0);
    assert_int_equal(c.grown, 1);
    assert_string_equal(c.grown_office, "140622");
}

static void what_was_counted_moves_on(void **state)
{
    struct family *f = *state;
    QN_AUTO(report_check) struct report_check c = {.grown = 0};
    char result[80];
    PUT(&f->k2, "follow_up", "result_office=140622", case_text(result, "result_id", fc.result[5]),
        "result_rev=1", "disposal=D02", "opened_on=2021-12-05");
    case_up(f);
    CHECK(&c, &f->c);
    assert_int_equal(why(&c, "follow_ups"), REPORT_LATER);
    assert_int_equal(c.count[REPORT_OTHER], 0);
    /* S has no problem any more: a correction of an earlier result. */
    char draw[80];
    case_put(&f->k2, "inspection_result", fc.result[5], 2,
             (const char *const[]){"draw_office=140622", case_text(draw, "draw_id", fc.draw[1]),
                                   "task=1", "round=1", "object_id=" E("S"), "codes=R01",
                                   "completed_on=2021-09-07", "reason=更正", NULL});
    case_up(f);
    QN_AUTO(report_check) struct report_check d = {.grown = 0};
    CHECK(&d, &f->c);
    assert_int_equal(why(&d, "finding"), REPORT_MOVED);
    assert_int_equal(d.now[6].of, 1);
    assert_int_equal(d.count[REPORT_OTHER], 0);
}

/* A report that rests on more than this office holds: what differs cannot be judged. */
static void this_office_holds_less(void **state)
{
    struct family *f = *state;
    QN_AUTO(report_check) struct report_check c = {.grown = 0};
    QN_AUTO(figures) struct figures now = {.n = 0};
    QN_AUTO(figure_heads) struct figure_heads heads = {.n = 0};
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, REPORT_TEXT + 10);
    MUST(figures_count(&now, f->c.st, &(struct figure_query){.year = 2021}, FIGURE_BY_NONE,
                       &offices_err));
    MUST(figure_heads(&heads, f->c.st, "1406", FIGURE_OLD_DAYS, &offices_err));
    for (size_t i = 0; i < heads.n; i++)
        heads.at[i].size += strcmp(heads.at[i].office, "140622") == 0 ? 3 : 0;
    now.at[0].of[1]++;
    now.digest[1][0][0] ^= 1;
    qn_put_str(&text, "text=");
    report_text(&text, &now, &heads);
    qn_put(&text, "", 1);
    int64_t made = PUT(&f->c, "report_snapshot", "title=年报", "report_kind=year", "year=2021",
                       (const char *)text.p);
    MUST(report_check(&c, f->c.st, "1406", made, &offices_err));
    assert_int_equal(why(&c, "targets"), REPORT_BEHIND);
    assert_int_equal(c.count[REPORT_BEHIND], 1);
    assert_string_equal(c.behind_office, "140622");
}

/* The rows were changed behind the node's back, and no log went on: it says so. */
static void other_rows(void **state)
{
    struct family *f = *state;
    struct test_office copy;
    char path[512];
    sqlite3 *db;
    QN_AUTO(report_check) struct report_check c = {.grown = 0};
    id = make(&f->c);
    copy_office(&copy, f, &f->c, "copy");
    store_close(copy.st);
    snprintf(path, sizeof(path), "%s/qian.db", copy.dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "DELETE FROM publication WHERE id = (SELECT max(id) FROM "
                                  "publication WHERE office = '140602')",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    MUST(store_open(&copy.st, copy.dir, STORE_OPEN, &offices_err));
    store_lend_keys(copy.st, copy.keys);
    MUST(report_check(&c, copy.st, "1406", id, &offices_err));
    assert_int_equal(why(&c, "completion"), REPORT_OTHER);
    assert_int_equal(why(&c, "targets"), REPORT_SAME);
    store_close(copy.st);
}

static void what_is_no_report(void **state)
{
    static const char head[] =
        "qian-report/1\ndefinitions 1\noffice 1406\nyear 2021\nseries -\non 2021-12-31\n";
    static const struct {
        const char *name, *text;
    } bad[] = {
        {"nothing", ""},
        {"another text", "qian-draw/1\ndefinitions 1\noffice 1406\nyear 2021\non 2021-12-31"},
        {"no office", "qian-report/1\ndefinitions 1\nyear 2021\nseries -\non 2021-12-31"},
        {"no day", "qian-report/1\ndefinitions 1\noffice 1406\nyear 2021\nseries -"},
        {"a day that is none",
         "qian-report/1\ndefinitions 1\noffice 1406\nyear 2021\nseries -\non 2021-02-30"},
        {"a number that is none",
         "qian-report/1\ndefinitions x\noffice 1406\nyear 2021\nseries -\non 2021-12-31"},
        {"two blanks",
         "qian-report/1\ndefinitions  1\noffice 1406\nyear 2021\nseries -\non 2021-12-31"},
        {"an unknown line",
         "qian-report/1\ndefinitions 1\noffice 1406\nyear 2021\ncolour red\non 2021-12-31"},
    };
    static const char *const lines[] = {
        "log 1406 - 3 0 0",          "log 1406 - x 0 0 0",
        "figure targets 6 - - - -",  "figure targets six - - -",
        "figure targets 6 - abcd -", "figure targets 6 - - -\nfigure targets 6 - - -",
        "figure targets -6 - - -",
    };
    struct report r;
    (void)state;
    MUST(report_parse(&r, qn_str(head), &offices_err));
    report_auto(&r);
    for (size_t i = 0; i < COUNT(bad); i++) {
        print_message("%s\n", bad[i].name);
        assert_int_equal(report_parse(&r, qn_str(bad[i].text), &offices_err), QN_MALFORMED);
        assert_string_equal(offices_err.id, "snapshot.text");
    }
    for (size_t i = 0; i < COUNT(lines); i++) {
        char text[1000];
        print_message("%s\n", lines[i]);
        snprintf(text, sizeof(text), "%s%s", head, lines[i]);
        assert_int_equal(report_parse(&r, qn_str(text), &offices_err), QN_MALFORMED);
        assert_string_equal(offices_err.id, "snapshot.text");
    }
}

static void who_may_sign(void **state)
{
    struct family *f = *state;
    const struct person clerk = {.name = "张三", .roles = ROLE_PLANNER, .since = "2021-01-01"};
    const struct person head = {.name = "局长", .roles = ROLE_HEAD, .since = "2021-01-01"};
    const struct person admin = {.name = "管理员", .roles = ROLE_ADMIN, .since = "2021-01-01"};
    int64_t made;
    MUST(person_set(f->k.st, &admin, &offices_err));
    person_enter(f->k.st, "管理员");
    MUST(person_set(f->k.st, &head, &offices_err));
    MUST(person_set(f->k.st, &clerk, &offices_err));
    person_enter(f->k.st, "张三");
    assert_int_equal(report_make(&made, f->k.st,
                                 &(struct report_make){
                                     .title = "年报", .kind = "year", .year = 2021, .by = "张三"},
                                 &offices_err),
                     QN_DENIED);
    assert_string_equal(offices_err.id, "person.role");
    assert_int_equal(count(&f->k, "SELECT count(*) FROM report_snapshot"), 0);
    person_enter(f->k.st, "局长");
    make(&f->k);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM report_snapshot"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_report),      cmocka_unit_test(is_the_same_at_first),
        cmocka_unit_test(later_rows_only),        cmocka_unit_test(what_was_counted_moves_on),
        cmocka_unit_test(this_office_holds_less), cmocka_unit_test(other_rows),
        cmocka_unit_test(who_may_sign),
    };
    return cmocka_run_group_tests_name("report", tests, case_setup, family_teardown);
}
