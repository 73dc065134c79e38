/* test_renew.c - a city signed two histories; its database is put aside and made anew, while whoever likes calls first, and
 * while its program is upgraded.                                                                             */
#include "tests/unit/two_versions.h"

#include <unistd.h>

#include "node/store/internal.h"
#include "node/store/own.h"
#include "node/sync/renew.h"
#include "tests/unit/rotate.h"

static uint64_t own_log(uint8_t root[QN_HASH], struct test_office *at)
{
    struct log log;
    struct qn_err none;
    if (log_find(&log, at->st, "test.example/1406/1", &none) != QN_OK || !log.verified)
        return 0;
    MUST(log_root(at->st, &log, log.verified, root, &offices_err));
    return log.verified;
}

/* counts, other: the roster that each branch closes. The province holds one branch, the county below the other; the city knows of both, and its database is put aside. */
static void put_aside(struct family *f, const struct store_world *world, int64_t counts,
                      int64_t other)
{
    struct test_office twin;
    write_addressed(&f->c, "140602", "before", "14", "before");
    carry(&f->c, &f->p);
    carry(&f->c, &f->k);
    store_close(f->c.st); /* what is copied is whole */
    f->c.st = NULL;
    char cmd[900];
    twin = (struct test_office){.keys = f->c.keys};
    snprintf(twin.dir, sizeof(twin.dir), "%.100s/twin", f->all.dir);
    snprintf(cmd, sizeof(cmd), "rm -rf '%s' && cp -r '%s' '%s'", twin.dir, f->c.dir, twin.dir);
    assert_int_equal(system(cmd), 0);
    struct test_office *both[] = {&f->c, &twin};
    for (int i = 0; i < 2; i++) {
        MUST(store_open_in(&both[i]->st, both[i]->dir, STORE_OPEN, world, &offices_err));
        store_lend_keys(both[i]->st, both[i]->keys);
    }
    write_one(&twin, counts);
    carry(&twin, &f->p);
    store_close(twin.st);
    write_addressed(&f->c, "140602", "abandoned", "14", "abandoned");
    write_one(&f->c, other);
    carry(&f->c, &f->k);
    carry(&f->p, &f->c);
    assert_int_equal(own_state(f->c.st, NULL), OWN_FORKED);
    struct office o = {.st = f->c.st, .keys = f->c.keys};
    MUST(renew_begin(&o, &offices_err));
    f->c.st = o.st;
    assert_int_equal(own_state(f->c.st, NULL), OWN_RENEWING);
}

static void finish(struct family *f, unsigned again, int64_t want)
{
    struct rotation r;
    struct renew_done *d = malloc(sizeof(*d));
    struct qn_err err;
    assert_int_equal(renew_finish(f->c.st, d, &err), QN_CONFLICT);
    assert_string_equal(err.id, "renew.same-epoch");
    rotation_ask(&r, &f->c, true);
    MUST(rotation_approve(&r, &f->p, &offices_err));
    rotation_accept(&r, true);
    MUST(renew_finish(f->c.st, d, &offices_err));
    assert_int_equal(d->abandoned, 2);
    assert_int_equal(d->again, again); /* a word about a plan is not said again */
    free(d);
    rotation_release(&r);
    assert_int_equal(own_state(f->c.st, NULL), OWN_SIGNS);
    write_one(&f->c, 20);
    carry(&f->c, &f->p);
    carry(&f->c, &f->k);
    assert_int_equal(count(&f->p, "SELECT group_concat(roster, '') FROM (SELECT roster FROM "
                                  "roster_close WHERE office = '1406' ORDER BY roster)"),
                     want);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM abandoned WHERE office = '1406'"), 2);
    assert_int_equal(count(&f->k, "SELECT verified FROM log WHERE office = '1406' AND epoch = 2"),
                     count(&f->c, "SELECT size FROM log WHERE office = '1406' AND epoch = 2"));
}

/* As after enrolment, the city with the keys of its first epoch. */
static void fresh(struct family *f)
{
    char path[512];
    family_fresh(f);
    snprintf(path, sizeof(path), "%s/keys", f->c.dir);
    keys_free(f->c.keys);
    MUST(keys_open(&f->c.keys, path, qn_str("test"), &offices_err));
    store_lend_keys(f->c.st, f->c.keys);
}

/* SPEC recovery-20: "so not from an office below that calls first: that one may hold the other branch" */
static void a_child_calls_first(void **state)
{
    struct family *f = *state;
    uint8_t mine[QN_HASH], theirs[QN_HASH];
    static const char *const order[] = {"kp", "kkp", "kpk", "pk", "k2p"};
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        fresh(f);
        put_aside(f, &(struct store_world){.vfs = NULL}, 7, 8);
        bool filled = false;
        for (const char *c = order[i]; *c; c++) {
            struct test_office *from = *c == 'p' ? &f->p : *c == '2' ? &f->k2 : &f->k;
            filled = filled || from == &f->p;
            carry(from, &f->c);
            uint64_t n = own_log(mine, &f->c);
            if (!filled && n)
                fail_msg("%s: the branch of an office below is taken", order[i]);
            if (filled && (n != own_log(theirs, &f->p) || memcmp(mine, theirs, QN_HASH) != 0))
                fail_msg("%s: it is not filled with the parent's branch", order[i]);
            assert_int_equal(own_state(f->c.st, NULL), OWN_RENEWING);
        }
        finish(f, 1, 7920);
    }
}

/* What was begun by an older program is brought to its end by a newer one: what was put aside is upgraded as well. */
static void upgraded_on_the_way(void **state)
{
    struct family *f = *state;
    char path[512];
    put_aside(f, &older_world, 7, 8);
    assert_int_equal(store_schema(f->c.st), older_program.schema);
    carry(&f->p, &f->c);
    upgrade_office(&f->c);
    upgrade_office(&f->p);
    upgrade_office(&f->k);
    assert_int_equal(own_state(f->c.st, NULL), OWN_RENEWING);
    finish(f, 1, 7920);
    snprintf(path, sizeof(path), "%s/aside-1/before-upgrade-%d-%u.db", f->c.dir,
             older_program.schema, older_program.registry);
    assert_int_equal(access(path, R_OK), 0); /* as it was */
}

/* SPEC recovery-16: "a version that the branch that counts closed is not written again" */
static void rosters_of_both(void **state)
{
    static const struct {
        int64_t counts, other;
        unsigned again;
        int64_t want;
    } rows[] = {
        {7, 8, 1, 7920}, /* raised: an office that holds the other branch has seen 8 closed */
        {7, 7, 0, 720},
        {8, 7, 0, 820},
        {1, 9, 1, 11720},
    };
    struct family *f = *state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fresh(f);
        put_aside(f, &(struct store_world){.vfs = NULL}, rows[i].counts, rows[i].other);
        carry(&f->p, &f->c);
        finish(f, rows[i].again, rows[i].want);
        assert_int_equal(count(&f->p, "SELECT count(*) FROM fate"), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_child_calls_first, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(rosters_of_both, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(upgraded_on_the_way, older_family_setup, family_teardown),
    };
    return cmocka_run_group_tests_name("renew", tests, NULL, NULL);
}
