/* test_versions.c - programs of two versions in one tree and one process (store_world.as): what the older one cannot read it
 * keeps, counts and passes on, and reads when it is upgraded.                                                    */
#include "tests/unit/two_versions.h"

#include <unistd.h>

#include "node/store/internal.h"
#include "node/store/rebuild.h"
#include "node/store/upgrade.h"
#include "tests/unit/quarantine_family.h"

/* A row with a column that only the next registry has, where the office's program knows it. */
static void write_recusal(struct test_office *o, const char *until)
{
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    MUST(act_open(&a, o->st, QN_KIND_ROSTER, QN_LANE_BULK, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    row_start(&row, &a, "recusal", act_id(&a), 1);
    row_int(&row, "roster", 1);
    row_text(&row, "insp_id", "140602/1");
    row_text(&row, "object_id", "E:1");
    row_int(&row, "active", 1);
    row_text(&row, "acted_by", "tester");
    row_text(&row, "recorded_on", "2021-08-16T09:00:00");
    if (until)
        row_text(&row, "until", until);
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
}

#define UNTIL "SELECT count(*) FROM recusal WHERE until = '2022-01-01'"

static void is_of(struct test_office *o, bool older)
{
    assert_int_equal(store_schema(o->st), older ? older_program.schema : older_program.schema + 1);
    assert_int_equal(store_registry(o->st)->version,
                     older ? older_program.registry : qn_registry_newest());
    assert_int_equal(
        count(o, "SELECT count(*) FROM pragma_table_info('recusal') WHERE name = 'until'"), !older);
}

static void the_newer_below(void **state)
{
    struct family *f = *state;
    struct test_office *all[] = {&f->p, &f->c, &f->k, &f->k2};
    char path[512];
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        is_of(all[i], true);
    write_recusal(&f->k, NULL);
    carry(&f->k, &f->c);
    upgrade_office(&f->k);
    is_of(&f->k, false);
    is_of(&f->c, true); /* beside it, in the same process */
    snprintf(path, sizeof(path), "%s/before-upgrade-%d-%u.db", f->k.dir, older_program.schema,
             older_program.registry);
    assert_int_equal(access(path, R_OK), 0);
    write_recusal(&f->k, "2022-01-01");
    write_one(&f->k, 5);
    assert_int_equal(count(&f->k, UNTIL), 1);
    /* The older city holds it, the lane stands, and it goes on upward; the log is verified and cosigned. */
    carry(&f->k, &f->c);
    carry(&f->c, &f->p);
    struct test_office *above[] = {&f->c, &f->p};
    for (size_t i = 0; i < 2; i++) {
        expect(above[i], "140602", 1, "held apply.schema");
        assert_int_equal(rows_of(above[i], "recusal"), 1);
        assert_int_equal(rows_of(above[i], "roster_close"), 0);
        assert_int_equal(count(above[i], "SELECT verified FROM log WHERE office = '140602'"), 3);
        assert_int_equal(
            count(
                above[i],
                "SELECT count(*) FROM part p JOIN log l ON l.no = p.log WHERE l.office = '140602'"),
            3);
    }
    /* The province is upgraded first: it reads what came through a city that cannot. */
    upgrade_office(&f->p);
    MUST(upgrade_replay(f->p.st, NULL, &offices_err));
    expect(&f->p, "140602", 1, "");
    assert_int_equal(count(&f->p, UNTIL), 1);
    assert_int_equal(rows_of(&f->p, "roster_close"), 1);
    expect(&f->c, "140602", 1, "held apply.schema");
    /* What the older one writes the newer one reads. */
    write_addressed(&f->c, "140602", "to the county", "14", "to the province");
    carry(&f->c, &f->p);
    carry(&f->c, &f->k);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM plan_accept"), 2);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM plan_accept"), 1);
    /* An exchange does what upgrade_replay does. */
    upgrade_office(&f->c);
    carry(&f->k, &f->c);
    expect(&f->c, "140602", 1, "");
    assert_int_equal(count(&f->c, UNTIL), 1);
    assert_int_equal(rows_of(&f->c, "roster_close"), 1);
}

/* SPEC versions-6: "refuses to open it, changes nothing, and names the program that is needed" */
static void no_way_back(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    struct store *st = NULL;
    upgrade_office(&f->k);
    store_close(QN_STEAL(f->k.st));
    assert_int_equal(store_open_in(&st, f->k.dir, STORE_OPEN, &older_world, &err), QN_DENIED);
    assert_string_equal(err.id, "store.newer");
    assert_null(st);
    MUST(store_open(&f->k.st, f->k.dir, STORE_OPEN, &offices_err));
    store_lend_keys(f->k.st, f->k.keys);
    is_of(&f->k, false);
    /* Nor does the newer one change what it is only to look at. */
    store_close(QN_STEAL(f->c.st));
    assert_int_equal(store_open(&st, f->c.dir, STORE_PEEK, &err), QN_DENIED);
    assert_string_equal(err.id, "store.older");
    MUST(store_open_in(&f->c.st, f->c.dir, STORE_OPEN, &older_world, &offices_err));
    store_lend_keys(f->c.st, f->c.keys);
    is_of(&f->c, true);
}

/* What an older program derives from its logs it derives as that program: rows that it cannot read wait there as well. */
static void rebuilt_as_it_is(void **state)
{
    struct family *f = *state;
    static const struct rebuild_options quietly = {.report = NULL};
    struct rebuild_result r;
    struct qn_err err;
    char aside[64];
    write_recusal(&f->k, NULL);
    upgrade_office(&f->k);
    write_recusal(&f->k, "2022-01-01");
    carry(&f->k, &f->c);
    struct test_office *at[] = {&f->c, &f->k};
    for (size_t i = 0; i < ARRAY_LEN(at); i++) {
        MUST(rebuild_make(&r, at[i]->st, &quietly, &offices_err));
        assert_int_equal(r.found, 0);
        MUST(rebuild_replace(aside, at[i]->st, &r, &offices_err));
        is_of(at[i], at[i] == &f->c);
    }
    expect(&f->c, "140602", 1, "held apply.schema");
    upgrade_office(&f->c);
    MUST(upgrade_replay(f->c.st, NULL, &err));
    assert_int_equal(count(&f->c, UNTIL), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_newer_below, older_family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(rebuilt_as_it_is, older_family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(no_way_back, older_family_setup, family_teardown),
    };
    return cmocka_run_group_tests_name("versions", tests, NULL, NULL);
}
