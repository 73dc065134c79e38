/* test_recheck.c - bits flipped in each kind of place of a real database: found by reading again, and gone when mended. */
#include "tests/unit/clue.h"
#include "tests/unit/meddle.h"

#include "node/store/rebuild.h"
#include "node/store/recheck.h"

#define OF(office) " WHERE log = (SELECT no FROM log WHERE office = '" office "')"
#define LATER      "DROP TRIGGER entry_no_update;"

static void story(struct family *f)
{
    for (int i = 1; i < 5; i++)
        write_one(&f->k, 100 * i);
    write_addressed(&f->c, "140602", "to the county", "14", "to the province");
    MUST(write_clue(&f->k, "1406", "to the city", &offices_err));
    for (int i = 0; i < 2; i++) {
        carry(&f->k, &f->c);
        carry(&f->c, &f->p);
        carry(&f->p, &f->c);
        carry(&f->c, &f->k);
    }
}

static uint64_t damaged(struct test_office *o)
{
    struct recheck_tally t = {0};
    uint64_t all, own;
    MUST(recheck_all(&t, o->st, NULL, &offices_err));
    MUST(recheck_known(&all, &own, o->st, &offices_err));
    assert_int_equal(all, t.damaged);
    return all;
}

static const struct {
    const char *sql, *rule;
    unsigned entries; /* that are found */
} rows[] = {
    {LATER "UPDATE entry SET leaf = zeroblob(32)" OF("140602") " AND seq = 2", "rebuild.leaf", 2},
    {LATER "UPDATE entry SET sig = zeroblob(64)" OF("140602") " AND seq = 2", "entry.signature", 1},
    {LATER "UPDATE entry SET header = CAST(header || x'00' AS BLOB)" OF("140602") " AND seq = 2",
     "", 1},
    {LATER "UPDATE entry SET lane = 3" OF("140602") " AND seq = 2", "recheck.columns", 1},
    {LATER "UPDATE entry SET kind = 3" OF("140602") " AND seq = 2", "recheck.columns", 1},
    {"UPDATE part SET salt = zeroblob(32)" OF("140602") " AND seq = 2", "entry.commitment", 1},
    {"UPDATE part SET stored = CAST(substr(stored, 2) || x'07' AS BLOB)" OF(
         "140602") " AND seq = 2",
     "", 1},
    {"DELETE FROM part" OF("140602") " AND seq = 2", "recheck.part-lost", 1},
    {"UPDATE roster_close SET acted_by = 'x' WHERE roster = 200", "recheck.row", 1},
    {"DELETE FROM roster_close WHERE roster = 200", "recheck.row", 1},
    {"UPDATE clue SET facts = 'nothing'", "recheck.row", 1},
    {"UPDATE node SET hash = zeroblob(32)" OF("140602") " AND level = 1 AND idx = 0",
     "recheck.node", 4},
    {"DELETE FROM node" OF("140602") " AND level = 2", "recheck.node", 4},
    {"UPDATE plan_accept SET reason = 'x'", "recheck.row", 1}, /* of the own log */
};

static void a_flipped_bit_is_found(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct family *f = *state;
        char sql[400];
        family_fresh(f);
        story(f);
        assert_int_equal(damaged(&f->c), 0);
        meddle(&f->c, rows[i].sql);
        uint64_t n = damaged(&f->c);
        snprintf(sql, sizeof(sql), "SELECT count(*) FROM damage WHERE rule = '%s'", rows[i].rule);
        if (n != rows[i].entries || (rows[i].rule[0] && count(&f->c, sql) < 1)) {
            snprintf(sql, sizeof(sql), "sqlite3 '%s/qian.db' 'SELECT * FROM damage' >&2", f->c.dir);
            assert_int_equal(system(sql), 0);
            fail_msg("row %zu: %llu entries: %s", i, (unsigned long long)n, rows[i].sql);
        }
        /* A rebuild and an exchange mend it, and then it is told no more. */
        struct rebuild_result r;
        char aside[64];
        MUST(rebuild_make(&r, f->c.st, &(struct rebuild_options){.ctx = NULL}, &offices_err));
        MUST(rebuild_replace(aside, f->c.st, &r, &offices_err));
        for (int k = 0; k < 2; k++) {
            carry(&f->k, &f->c);
            carry(&f->c, &f->k);
        }
        assert_int_equal(damaged(&f->c), 0);
    }
}

/* By lot, a few at a time: one damaged entry among eleven is met soon. */
static void by_lot(void **state)
{
    struct family *f = *state;
    story(f);
    struct recheck_tally t = {0};
    MUST(recheck_some(&t, f->c.st, 50, 10000, &offices_err));
    assert_int_equal(t.entries, 50);
    assert_int_equal(t.damaged, 0);
    meddle(&f->c, "UPDATE roster_close SET acted_by = 'x' WHERE roster = 200");
    for (int i = 0; i < 100 && !t.damaged; i++)
        MUST(recheck_some(&t, f->c.st, 5, 10000, &offices_err));
    assert_int_equal(count(&f->c, "SELECT count(*) FROM damage"), 1);
    meddle(&f->c, "UPDATE roster_close SET acted_by = 'tester' WHERE roster = 200");
    assert_int_equal(damaged(&f->c), 0);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM damage"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_flipped_bit_is_found, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(by_lot, family_setup, family_teardown),
    };
    return cmocka_run_group_tests_name("recheck", tests, NULL, NULL);
}
