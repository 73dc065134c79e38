/* test_replay.c - rows derived again from headers and parts: the same rows, the same fates, nothing signed. */
#include "tests/unit/clue.h"
#include "tests/unit/meddle.h"

#include "node/store/ingest.h"
#include "node/store/replay.h"

static struct ingest_tally tally;

#define EMPTY_ROWS \
    "DELETE FROM roster_close; DELETE FROM plan_accept; DELETE FROM certificate;" \
    "DELETE FROM release;"

static void exchange_all(struct family *f)
{
    for (int i = 0; i < 2; i++) {
        carry(&f->k, &f->c);
        carry(&f->c, &f->p);
        carry(&f->p, &f->c);
        carry(&f->c, &f->k);
    }
}

static void story(struct family *f)
{
    for (int i = 1; i < 5; i++)
        write_one(&f->k, 100 * i);
    write_addressed(&f->c, "140602", "to the county", "14", "to the province");
    exchange_all(f);
    tally = (struct ingest_tally){0};
}

static int64_t entries(struct test_office *o)
{
    return count(o, "SELECT count(*) FROM entry");
}

static void own_rows_come_back(void **state)
{
    struct family *f = *state;
    story(f);
    int64_t had = entries(&f->k);
    meddle(&f->k, "DELETE FROM roster_close");
    MUST(replay_own(f->k.st, &tally, NULL, &offices_err));
    assert_int_equal(count(&f->k, "SELECT count(*) FROM roster_close"), 4);
    assert_int_equal(count(&f->k, "SELECT sum(roster) FROM roster_close"), 1000);
    assert_int_equal(tally.rows, 4);
    assert_int_equal(entries(&f->k), had);
}

static void own_rows_that_stand_stay(void **state)
{
    struct family *f = *state;
    story(f);
    MUST(replay_own(f->k.st, &tally, NULL, &offices_err));
    assert_int_equal(tally.rows, 0);
    meddle(&f->k, "DELETE FROM roster_close WHERE roster = 200");
    MUST(replay_own(f->k.st, &tally, NULL, &offices_err));
    assert_int_equal(tally.rows, 1);
}

static void own_row_altered(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    story(f);
    meddle(&f->k, "DELETE FROM roster_close WHERE roster = 300;"
                  "UPDATE roster_close SET acted_by = 'another' WHERE roster = 200");
    assert_int_equal(replay_own(f->k.st, &tally, NULL, &err), QN_CONFLICT);
    assert_string_equal(err.id, "apply.own-differs");
    assert_int_equal(count(&f->k, "SELECT count(*) FROM roster_close WHERE acted_by = 'another'"),
                     1);
}

static void own_part_lost(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    story(f);
    meddle(&f->k, "DELETE FROM roster_close; DELETE FROM part WHERE seq = 2 AND log = (SELECT no "
                  "FROM log WHERE office = '140602')");
    assert_int_equal(replay_own(f->k.st, &tally, NULL, &err), QN_ABSENT);
    assert_string_equal(err.id, "replay.lacks");
    assert_int_equal(count(&f->k, "SELECT count(*) FROM roster_close"), 3);
}

/* Of relatives: without rows, cursors and fates the same come out, and nothing is signed. */
static void others_rows_come_back(void **state)
{
    struct family *f = *state;
    story(f);
    struct test_office *at[] = {&f->p, &f->c, &f->k};
    for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
        int64_t rows = count(at[i], "SELECT (SELECT count(*) FROM roster_close) + (SELECT count(*) "
                                    "FROM plan_accept) + (SELECT count(*) FROM certificate)");
        int64_t had = entries(at[i]);
        int64_t cursors = count(at[i], "SELECT sum(relayable * 7 + applied) FROM cursor");
        meddle(at[i], EMPTY_ROWS "DELETE FROM cursor; DELETE FROM fate;");
        MUST(replay_all(at[i]->st, &tally, NULL, &offices_err));
        assert_int_equal(count(at[i], "SELECT (SELECT count(*) FROM roster_close) + (SELECT "
                                      "count(*) FROM plan_accept) + (SELECT count(*) FROM "
                                      "certificate)"),
                         rows);
        assert_int_equal(count(at[i], "SELECT sum(relayable * 7 + applied) FROM cursor"), cursors);
        assert_int_equal(entries(at[i]), had);
    }
}

static void twice_is_once(void **state)
{
    struct family *f = *state;
    story(f);
    MUST(replay_all(f->c.st, &tally, NULL, &offices_err));
    assert_int_equal(tally.rows, 0);
}

/* What an author sealed to another it reads again from its copy (entry-22); a province has none. The addressee opens it. */
static void sealed_rows(void **state)
{
    struct family *f = *state;
    MUST(write_clue(&f->k, "1406", "to the city", &offices_err));
    exchange_all(f);
    tally = (struct ingest_tally){0};
    meddle(&f->k, "DELETE FROM clue");
    meddle(&f->c, "DELETE FROM clue; DELETE FROM cursor");
    MUST(replay_all(f->k.st, &tally, NULL, &offices_err));
    assert_int_equal(count(&f->k, "SELECT count(*) FROM clue WHERE facts = 'to the city'"), 1);
    MUST(write_clue(&f->p, "1406", "to the city", &offices_err));
    meddle(&f->p, "DELETE FROM clue");
    MUST(replay_all(f->p.st, &tally, NULL, &offices_err));
    assert_int_equal(count(&f->p, "SELECT count(*) FROM clue"), 0);
    meddle(&f->c, EMPTY_ROWS);
    MUST(replay_all(f->c.st, &tally, NULL, &offices_err));
    assert_int_equal(count(&f->c, "SELECT count(*) FROM clue WHERE facts = 'to the city'"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(own_rows_come_back, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(own_rows_that_stand_stay, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(own_row_altered, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(own_part_lost, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(others_rows_come_back, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(twice_is_once, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(sealed_rows, family_setup, family_teardown),
    };
    return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
