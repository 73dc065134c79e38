/* test_purge.c - an order to forget an office: carried out in pieces, once, by whoever may sign, whatever comes meanwhile. */
#include <string.h>

#include "tests/unit/clue.h"
#include "tests/unit/freight_family.h"
#include "tests/unit/meddle.h"

#include "node/store/own.h"
#include "node/store/purge.h"
#include "node/store/rebuild.h"
#include "node/store/redact.h"

#define ENTRIES 230 /* some pieces of parts */
#define OF_K    "p.log IN (SELECT no FROM log WHERE office = '140602')"

static void both_ways(struct family *f)
{
    carry(&f->k, &f->c);
    carry(&f->c, &f->p);
    carry(&f->p, &f->c);
    carry(&f->c, &f->k);
}

static void ordered(struct family *f)
{
    int64_t id;
    for (int i = 0; i < ENTRIES; i++)
        write_one(&f->k, 100 + i);
    both_ways(f);
    MUST(purge_order(&id, f->p.st,
                     &(struct purge_order){.holder = "1406",
                                           .subject = "140602",
                                           .basis = "reform",
                                           .reason = "moved",
                                           .by = "tester"},
                     &offices_err));
    carry(&f->p, &f->c);
}

static int64_t parts(struct family *f)
{
    return count(&f->c, "SELECT count(*) FROM part p JOIN entry e ON e.log = p.log AND e.seq = "
                        "p.seq WHERE e.lane <> 0 AND " OF_K);
}

static int64_t rows(struct family *f)
{
    return count(&f->c, "SELECT count(*) FROM roster_close WHERE office = '140602'");
}

static enum purge_state state_of(struct test_office *o, bool waits)
{
    struct purge_lines l;
    MUST(purge_read(&l, o->st, &offices_err));
    assert_int_equal(l.n, 1);
    enum purge_state s = l.line[0].state;
    assert_int_equal(l.open, s != PURGE_DONE);
    assert_int_equal(l.why.id[0] != 0, waits);
    purge_lines_release(&l);
    return s;
}

static bool at_once(void *ctx)
{
    ++*(unsigned *)ctx;
    return true;
}

static void piece_by_piece(void **state)
{
    struct family *f = *state;
    struct purge_done done;
    unsigned asked = 0;
    ordered(f);
    int64_t before = parts(f);
    assert_true(before >= ENTRIES);
    assert_int_equal(state_of(&f->p, false), PURGE_ORDERED);
    assert_int_equal(state_of(&f->c, false), PURGE_DUE);
    MUST(purge_by_itself(f->c.st, at_once, &asked, NULL, &offices_err));
    assert_int_equal(asked, 1);
    assert_true(purge_under_way(f->c.st));
    assert_int_equal(state_of(&f->c, false), PURGE_UNDER_WAY);
    assert_int_equal(rows(f), 0);
    int64_t left = parts(f);
    assert_true(left > 0 && left < before);
    write_one(&f->k, 900); /* between two pieces */
    carry(&f->k, &f->c);
    assert_int_equal(parts(f), left);
    assert_int_equal(rows(f), 0);
    MUST(purge_by_itself(f->c.st, NULL, NULL, NULL, &offices_err));
    assert_int_equal(parts(f), 0);
    assert_false(purge_under_way(f->c.st));
    assert_int_equal(state_of(&f->c, false), PURGE_DONE);
    assert_int_equal(count(&f->c, "SELECT sum(parts) FROM purge_report"), before);
    assert_true(redact_unscrubbed(f->c.st));
    both_ways(f);
    assert_int_equal(state_of(&f->p, false), PURGE_DONE);
    assert_int_equal(purge_run(&done, f->c.st, "tester", NULL, &offices_err), QN_ABSENT);
    assert_string_equal(offices_err.id, "purge.none");
    MUST(purge_by_itself(f->c.st, NULL, NULL, NULL, &offices_err));
    assert_int_equal(count(&f->c, "SELECT count(*) FROM purge_report"), 1);
    assert_int_equal(parts(f) + rows(f), 0);
}

/* What is half done is ended before a database is made anew from the logs. */
static void before_a_rebuild(void **state)
{
    struct family *f = *state;
    struct rebuild_result r;
    unsigned asked = 0;
    ordered(f);
    MUST(purge_by_itself(f->c.st, at_once, &asked, NULL, &offices_err));
    MUST(rebuild_make(&r, f->c.st, &(struct rebuild_options){.ctx = NULL}, &offices_err));
    rebuild_drop(f->c.st);
    assert_int_equal(r.found, 0);
    assert_int_equal(state_of(&f->c, false), PURGE_DONE);
}

static void it_waits(void **state)
{
    struct family *f = *state;
    struct purge_done done;
    ordered(f);
    int64_t before = parts(f);
    MUST(own_unsure(f->c.st, &offices_err));
    MUST(purge_by_itself(f->c.st, NULL, NULL, NULL, &offices_err));
    assert_int_equal(parts(f), before);
    assert_int_equal(state_of(&f->c, true), PURGE_WAITING);
    assert_int_equal(purge_run(&done, f->c.st, "tester", NULL, &offices_err), QN_DENIED);
    assert_string_equal(offices_err.id, "own.unsure");
    MUST(own_declare(f->c.st, &offices_err));
    MUST(purge_run(&done, f->c.st, "tester", NULL, &offices_err));
    assert_int_equal(done.orders, 1);
    assert_int_equal(done.parts, before);
    assert_int_equal(parts(f) + rows(f), 0);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, family_setup, family_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {TEST(piece_by_piece), TEST(before_a_rebuild),
                                       TEST(it_waits)};
    return cmocka_run_group_tests_name("purge", tests, NULL, NULL);
}
