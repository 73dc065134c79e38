/* test_site_forgotten.c - a draw whose list fills two entries, on a public site: whole, and when a part of it was forgotten. */
#include "tests/unit/draw_case.h"

#include <unistd.h>

#include "node/publish/check.h"
#include "node/publish/site.h"
#include "node/store/internal.h"
#include "node/store/redact.h"

#define MANY 4700 /* more than one entry's rows */

static char site[200], draw[64], object[2][64]; /* one of each entry */

static void put_many(struct test_office *o, int from, int to)
{
    QN_AUTO(act) struct act a = {0};
    MUST(act_open(&a, o->st, QN_KIND_ROSTER, QN_LANE_BULK, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    for (int i = from; i < to; i++)
        put_object(&a, act_id(&a), 1, 1, i, "in_business", NULL);
    MUST(act_commit(&a, NULL, NULL, &offices_err));
}

/* Every object of the county is drawn, and the draw is released. */
static int setup(void **state)
{
    family_setup(state);
    struct family *f = *state;
    struct freeze_made m;
    QN_AUTO(qn_buf) struct qn_buf rules = {0};
    QN_AUTO(release_outcomes) struct release_outcomes r = {0};
    qn_buf_init(&rules, QN_RULES_MAX);
    swap_in(&rules, RULES, "stratum 1 1/2 1 ge(class,3)\nstratum 2 1/4 1 true\n",
            "stratum 1 1/1 1 true\n");
    qn_put_uint(&rules, 0, 1);
    write_plan(&f->c, &(struct plan_case){.rules = (const char *)rules.p});
    carry(&f->c, &f->k);
    put_many(&f->k, OBJECTS, MANY / 2);
    put_many(&f->k, MANY / 2, MANY);
    write_roster(&f->k, NULL);
    MUST(freeze_make(&m, f->k.st, &offices_err));
    carry(&f->k, &f->c);
    assert_int_equal(issue(&f->c, NULL, NULL), 1);
    carry(&f->c, &f->k);
    assert_true(draw_first(&f->k).drawn);
    settle(f);
    MUST(draw_release(&r, f->k.st, 0, true, &offices_err));
    assert_true(r.at[0].released);
    snprintf(draw, sizeof(draw), "%s", r.at[0].draw);
    settle(f);
    snprintf(site, sizeof(site), "%.100s/site", f->all.dir);
    return 0;
}

/* The DRAW entries in which rows of the list are. */
static int64_t entry_of_list(struct test_office *o, int nth)
{
    char sql[200];
    snprintf(sql, sizeof(sql),
             "SELECT DISTINCT (id >> 16) & ((1 << 35) - 1) FROM draw_selected ORDER BY 1 LIMIT 1 "
             "OFFSET %d",
             nth);
    return count(o, sql);
}

static void object_of(char out[64], struct test_office *o, int64_t seq)
{
    sqlite3_stmt *q;
    assert_int_equal(sqlite3_prepare_v2(o->st->db,
                                        "SELECT object_id FROM draw_selected WHERE (id >> 16) & "
                                        "((1 << 35) - 1) = ?1 ORDER BY id DESC LIMIT 1",
                                        -1, &q, NULL),
                     SQLITE_OK);
    sqlite3_bind_int64(q, 1, seq);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    snprintf(out, 64, "%s", (const char *)sqlite3_column_text(q, 0));
    sqlite3_finalize(q);
}

static enum check_answer ask(struct family *f, const char *about)
{
    QN_AUTO(check_report) struct check_report r = {0};
    struct check_options o = {
        .site = site, .fingerprint = f->all.fingerprint, .draw = draw, .object = about};
    MUST(check_site(&r, &o, &offices_err));
    return r.answer;
}

static void forget(struct test_office *by, int64_t seq, unsigned part)
{
    struct redact_order o = {.log = "140602",
                             .seq = (uint64_t)seq,
                             .part = part,
                             .basis = "PIPL 47",
                             .reason = "test",
                             .by = "tester"};
    MUST(redact_order(NULL, by->st, &o, &offices_err));
}

static void a_list_of_two_entries(void **state)
{
    struct family *f = *state;
    struct site_made made;
    int64_t first = entry_of_list(&f->c, 0), second = entry_of_list(&f->c, 1);
    assert_int_equal(second, first + 1);
    object_of(object[0], &f->c, first);
    object_of(object[1], &f->c, second);
    /* Whole, it is one draw; the entries that only dispatch are none. */
    MUST(site_publish(&made, f->c.st, site, NULL, NULL, &offices_err));
    assert_int_equal(made.draws, 1);
    assert_int_equal(made.sealed, 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(ask(f, object[i]), ANSWER_DRAWN);
    /* Who was sent to the last ones is forgotten: that is no part of what is shown. */
    int64_t last = count(&f->c, "SELECT max((id >> 16) & ((1 << 35) - 1)) FROM dispatch");
    assert_true(last > second);
    forget(&f->c, last, 0);
    MUST(site_publish(&made, f->c.st, site, NULL, NULL, &offices_err));
    assert_int_equal(made.draws, 1);
    assert_int_equal(made.sealed, 0);
    assert_int_equal(ask(f, object[1]), ANSWER_DRAWN);
    /* The end of the list is: nobody can check the draw, and that is no word against it. */
    forget(&f->c, second, 0);
    MUST(site_publish(&made, f->c.st, site, NULL, NULL, &offices_err));
    assert_int_equal(made.draws, 0);
    assert_int_equal(made.sealed, 2); /* both entries, each with the order */
    for (int i = 0; i < 2; i++)
        assert_int_equal(ask(f, object[i]), ANSWER_FORGOTTEN);
    char path[300];
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/sealed/140602-1-%lld.forgotten.frames", site,
                 (long long)(i ? second : first));
        assert_int_equal(access(path, R_OK), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_list_of_two_entries, setup, family_teardown),
    };
    return cmocka_run_group_tests_name("site, forgotten", tests, NULL, NULL);
}
