/* test_stop.c - work that is given up, at whichever question: nothing half done is kept, told or left. */
#include "tests/unit/draw_case.h"

#include <unistd.h>

#include "node/store/internal.h"
#include "node/store/trail.h"
#include "node/work/roster_import.h"

/* Says so from the left-th question on. */
struct until {
    unsigned left, asked;
};

static bool after_some(void *ctx)
{
    struct until *u = ctx;
    u->asked++;
    return u->asked >= u->left;
}

static enum qn_code set_one(struct store *st, const char *name, struct qn_err *err)
{
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = store_set(st, name, "1", err);
    return rc ? rc : tx_commit(&tx, err);
}

/* A question that failed was answered with "no": what follows from it is not kept. */
static void given_up_work_commits_nothing(void **state)
{
    struct family *f = *state;
    struct store *st = f->k.st;
    struct qn_err err;
    struct until u = {2, 0};
    char is[8];
    store_on_stop(st, after_some, &u);
    assert_int_equal(store_goes_on(st, &err), QN_OK);
    assert_int_equal(set_one(st, "before", &err), QN_OK);
    assert_int_equal(store_given_up(st, &err), QN_OK);
    assert_int_equal(store_goes_on(st, &err), QN_LATER);
    assert_string_equal(err.id, "store.stopped-part");
    assert_int_equal(set_one(st, "after", &err), QN_LATER);
    assert_string_equal(err.id, "store.stopped-part");
    assert_int_equal(store_given_up(st, &err), QN_LATER);
    assert_int_equal(store_breathe(st, &err), QN_LATER);
    store_on_stop(st, NULL, NULL);
    assert_int_equal(store_given_up(st, &err), QN_OK);
    assert_true(store_get(st, "before", is, sizeof(is)));
    assert_false(store_get(st, "after", is, sizeof(is)));
    store_on_stop(st, after_some, &u);
    assert_int_equal(store_goes_on(st, &err), QN_LATER);
    assert_string_equal(err.id, "store.stopped"); /* nothing was kept since it began */
    store_on_stop(st, NULL, NULL);
    assert_int_equal(set_one(st, "after", &err), QN_OK);
    assert_int_equal(store_goes_on(NULL, &err), QN_OK);
}

static uint64_t lines_of(struct store *st)
{
    uint64_t no;
    uint8_t hash[QN_HASH];
    struct qn_err err;
    assert_int_equal(trail_last(&no, hash, st, &err), QN_OK);
    return no;
}

/* Giving up at once hides no attempt that was refused; and that something was begun is nothing that was done. */
static void giving_up_hides_no_refusal(void **state)
{
    struct family *f = *state;
    struct store *st = f->k.st;
    struct qn_err err;
    struct until u = {2, 0};
    const uint64_t before = lines_of(st);
    store_on_stop(st, after_some, &u);
    assert_int_equal(trail_put(st, duty_of(DUTY_EXPORT), "张三", "x", &err), QN_OK);
    assert_int_equal(lines_of(st), before + 1);
    assert_int_equal(store_goes_on(st, &err), QN_OK);
    assert_int_equal(store_goes_on(st, &err), QN_LATER);
    assert_string_equal(err.id, "store.stopped");
    trail_refused(st, duty_of(DUTY_EXPORT), "张三", "person.role");
    assert_int_equal(lines_of(st), before + 1);
    store_on_stop(st, NULL, NULL);
    assert_int_equal(lines_of(st), before + 2);
}

static int64_t rows_of(struct store *st, const char *table)
{
    char sql[80];
    sqlite3_stmt *q = NULL;
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
    assert_int_equal(sqlite3_prepare_v2(st->db, sql, -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    return n;
}

/* Whichever question it is: all verdicts are recorded, or none; and what stands afterwards is what would have stood. */
static void a_verification_stops_at_every_question(void **state)
{
    struct family *f = *state;
    ordered(f, &(struct plan_case){0});
    assert_true(draw_first(&f->k).drawn);
    settle(f);
    struct store *st = f->p.st;
    struct until u = {0, 0};
    enum qn_code rc = QN_LATER;
    while (rc) {
        struct qn_err err;
        size_t recorded = 0;
        QN_AUTO(verify) struct verify_result r = {.at = NULL};
        u = (struct until){u.left + 1, 0};
        assert_int_equal(rows_of(st, "draw_verdict"), 0);
        store_on_stop(st, after_some, &u);
        rc = verify_run(&r, st, NULL, 0, NULL, &err);
        if (!rc)
            rc = verify_record(st, &r, &recorded, &err);
        store_on_stop(st, NULL, NULL);
        assert_true(rc == QN_OK || rc == QN_LATER);
        assert_int_equal(rc ? strncmp(err.id, "store.stopped", 13) : (int)recorded - 1, 0);
    }
    assert_int_equal(rows_of(st, "draw_verdict"), 1);
    assert_true(u.left > 3); /* it was asked on the way, not only at the end */
    expect_verdicts(&f->p, "");
}

static void text_file(char path[300], struct family *f, const char *name, const char *text)
{
    snprintf(path, 300, "%.100s/%s", f->all.dir, name);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, strlen(text), out), strlen(text));
    assert_int_equal(fclose(out), 0);
}

/* Of a list that was read already its rejected rows are a file: it goes with the import. */
static void an_import_stops_at_every_question(void **state)
{
    struct family *f = *state;
    struct store *st = f->k.st;
    char objects[300], recusals[300], back[300], of_objects[300], of_recusals[300];
    text_file(
        objects, f, "objects.csv",
        "对象类别,名称,统一社会信用代码,检查机关,登记状态\n企业,甲,91140602MA0KX0A76X,140602,在业\n"
        "企业,乙,91140225MA0KX0013B,140602,存续\n");
    text_file(recusals, f, "recusals.csv",
              "执法证号,发证机关,对象编号,原因\n1,x,E:91140602MA0KX0A76X,=1+1\n");
    snprintf(back, sizeof(back), "%.100s/back.csv", f->all.dir);
    snprintf(of_objects, sizeof(of_objects), "%.100s/back-objects.csv", f->all.dir);
    snprintf(of_recusals, sizeof(of_recusals), "%.100s/back-recusals.csv", f->all.dir);
    const struct roster_import o = {.objects = objects,
                                    .recusals = recusals,
                                    .rejects = back,
                                    .tags = "tests/data/tags.csv",
                                    .by = "王五"};
    struct until u = {0, 0};
    enum qn_code rc = QN_LATER;
    while (rc) {
        struct qn_err err;
        struct roster_imported came;
        assert_int_equal(access(of_objects, F_OK), -1);
        assert_int_equal(access(of_recusals, F_OK), -1);
        assert_int_equal(rows_of(st, "object"), 0);
        u = (struct until){u.left + 1, 0};
        store_on_stop(st, after_some, &u);
        rc = roster_import(st, &o, &came, NULL, &err);
        store_on_stop(st, NULL, NULL);
        assert_true(rc == QN_OK || rc == QN_LATER);
        if (rc)
            assert_string_equal(err.id, "store.stopped");
    }
    assert_true(u.left >= 3); /* before each of the two files */
    assert_int_equal(access(of_objects, F_OK), 0);
    assert_int_equal(access(of_recusals, F_OK), 0);
    assert_int_equal(rows_of(st, "object"), 1);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, family_setup, family_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(given_up_work_commits_nothing),
        CASE(giving_up_hides_no_refusal),
        CASE(a_verification_stops_at_every_question),
        CASE(an_import_stops_at_every_question),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
