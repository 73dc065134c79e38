/* The anchor: what this machine signed last, against the database that it finds. */
#include "tests/unit/quarantine_family.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/store/anchor.h"
#include "node/store/own.h"
#include "protocol/wire.h"

/* The county, opened as a running office is. */
static struct test_office *county(struct family *f)
{
    MUST(anchor_open(f->k.st, &offices_err));
    return &f->k;
}

static void in_dir(char out[600], const struct test_office *o, const char *name)
{
    snprintf(out, 600, "%s/%s", o->dir, name);
}

static void shell(const char *fmt, const char *a, const char *b)
{
    char cmd[1400];
    snprintf(cmd, sizeof(cmd), fmt, a, b);
    assert_int_equal(system(cmd), 0);
}

static void save_db(const struct test_office *o)
{
    shell("cp '%s/qian.db' '%s/old'", o->dir, o->dir);
}

static void again(struct test_office *o)
{
    store_close(o->st);
    MUST(store_open(&o->st, o->dir, STORE_OPEN, &offices_err));
    store_lend_keys(o->st, o->keys);
    MUST(anchor_open(o->st, &offices_err));
}

/* The database as it was when it was saved; the anchor stays as it is. */
static void restore_db(struct test_office *o)
{
    store_close(o->st);
    shell("cd '%s' && rm -f qian.db-wal qian.db-shm && cp old qian.db && : '%s'", o->dir, "");
    MUST(store_open(&o->st, o->dir, STORE_OPEN, &offices_err));
    store_lend_keys(o->st, o->keys);
    MUST(anchor_open(o->st, &offices_err));
}

static void closed_and_saved(struct test_office *o)
{
    store_close(o->st);
    save_db(o);
    MUST(store_open(&o->st, o->dir, STORE_OPEN, &offices_err));
    store_lend_keys(o->st, o->keys);
    MUST(anchor_open(o->st, &offices_err));
}

static uint64_t told(struct test_office *o, enum anchor_state want)
{
    struct anchor_told t;
    anchor_tell(&t, o->st);
    assert_int_equal(t.state, want);
    return t.size;
}

static void it_follows_the_log(void **state)
{
    struct family *f = *state;
    struct test_office *o = county(f);
    char path[600];
    struct stat s;
    assert_int_equal(told(o, ANCHOR_GOOD), 0);
    for (int64_t i = 1; i <= 5; i++) {
        write_one(o, i);
        assert_int_equal(told(o, ANCHOR_GOOD), i);
    }
    in_dir(path, o, "anchor");
    assert_int_equal(stat(path, &s), 0);
    assert_int_equal(s.st_size, 2 * ANCHOR_SLOT);
    again(o);
    assert_int_equal(told(o, ANCHOR_GOOD), 5);
    assert_int_equal(own_state(o->st, NULL), OWN_SIGNS);
}

static void act_that_is_undone_leaves_it(void **state)
{
    struct family *f = *state;
    struct test_office *o = county(f);
    write_one(o, 1);
    {
        QN_AUTO(tx) struct tx tx = {0};
        MUST(tx_begin(&tx, o->st, &offices_err));
        write_one(o, 2);
    }
    assert_int_equal(told(o, ANCHOR_GOOD), 1);
}

static void old_database_is_told_before_anything_is_written(void **state)
{
    struct family *f = *state;
    struct test_office *o = county(f);
    struct qn_err err;
    write_one(o, 1);
    closed_and_saved(o);
    write_one(o, 2);
    write_one(o, 3);
    restore_db(o);
    assert_int_equal(own_state(o->st, &err), OWN_BEHIND);
    assert_string_equal(err.args, "theirs=3|ours=1");
    QN_AUTO(act) struct act a = {0};
    assert_int_equal(act_open(&a, o->st, QN_KIND_ROSTER_CLOSE, QN_LANE_BULK, &err), QN_DENIED);
    assert_string_equal(err.id, "own.behind");
    assert_int_equal(own_declare(o->st, &err),
                     QN_DENIED); /* no word ends this: the entries exist */
    again(o);
    assert_int_equal(own_state(o->st, &err), OWN_BEHIND);
}

static void another_history_is_a_fork(void **state)
{
    struct family *f = *state;
    struct test_office *o = county(f);
    struct qn_err err;
    char path[600], aside[600];
    closed_and_saved(o);
    write_one(o, 1);
    write_one(o, 2);
    in_dir(path, o, "anchor");
    in_dir(aside, o, "aside");
    shell("mv '%s' '%s'", path, aside);
    restore_db(o); /* without its anchor the machine does not know */
    assert_int_equal(own_state(o->st, &err), OWN_UNSURE);
    MUST(own_declare(o->st, &offices_err));
    write_one(o, 8);
    write_one(o, 9);
    write_one(o, 10);
    store_close(o->st);
    shell("mv '%s' '%s'", aside, path);
    MUST(store_open(&o->st, o->dir, STORE_OPEN, &offices_err));
    store_lend_keys(o->st, o->keys);
    MUST(anchor_open(o->st, &offices_err));
    assert_int_equal(own_state(o->st, &err), OWN_FORKED);
    assert_string_equal(err.args, "place=2");
    assert_int_equal(own_declare(o->st, &err), QN_DENIED);
}

/* Each row spoils the anchor of an office that wrote three entries. */
static void spoilt(void **state)
{
    struct family *f = *state;
    static const struct {
        const char *name, *how;
        enum own_state want;
    } rows[] = {
        {"the newest slot is torn",
         "dd if=/dev/zero of=anchor bs=1 seek=$((%d)) count=512 conv=notrunc", OWN_SIGNS},
        {"both are", "dd if=/dev/zero of=anchor bs=512 count=3 conv=notrunc", OWN_UNSURE},
        {"it is gone", "rm anchor", OWN_UNSURE},
        {"it is empty", ": > anchor", OWN_UNSURE},
        {"it is short", "truncate -s 100 anchor", OWN_UNSURE},
        {"it is another office's", "cp ../1406/anchor anchor", OWN_UNSURE},
    };
    struct test_office *o = county(f);
    MUST(anchor_open(f->c.st, &offices_err));
    for (int64_t i = 1; i <= 3; i++)
        write_one(o, i);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char how[300], cmd[1200];
        struct qn_err err;
        /* The first write of all is of size 0 to slot 0: size 3 stands in slot 1. */
        snprintf(how, sizeof(how), "%s", rows[i].how);
        if (strstr(how, "%d"))
            snprintf(how, sizeof(how),
                     "dd if=/dev/zero of=anchor bs=1 seek=%d count=512 conv=notrunc", ANCHOR_SLOT);
        store_close(o->st);
        snprintf(cmd, sizeof(cmd), "cd '%s' && (%s) 2>/dev/null", o->dir, how);
        assert_int_equal(system(cmd), 0);
        MUST(store_open(&o->st, o->dir, STORE_OPEN, &offices_err));
        store_lend_keys(o->st, o->keys);
        MUST(anchor_open(o->st, &offices_err));
        if (own_state(o->st, &err) != rows[i].want)
            fail_msg("%s: %s", rows[i].name, own_state_name(own_state(o->st, NULL)));
        if (rows[i].want != OWN_SIGNS)
            MUST(own_declare(o->st, &offices_err));
        assert_int_equal(told(o, ANCHOR_GOOD), 3);
    }
    write_one(o, 4);
}

/* SPEC recovery-7: "an office above (for the province: one below) has said by its HAVE what it holds of the own log" */
static void unsure_ends_when_the_parent_has_spoken(void **state)
{
    struct family *f = *state;
    struct test_office *o = county(f);
    char path[600];
    write_one(o, 1);
    carry(o, &f->c);
    in_dir(path, o, "anchor");
    shell("rm '%s'%s", path, "");
    again(o);
    assert_int_equal(own_state(o->st, NULL), OWN_UNSURE);
    carry(&f->c, o);
    assert_int_equal(own_state(o->st, NULL), OWN_SIGNS);
    assert_int_equal(told(o, ANCHOR_GOOD), 1);
    write_one(o, 2);
}

static void unsure_does_not_end_by_one_below(void **state)
{
    struct family *f = *state;
    char path[600];
    MUST(anchor_open(f->c.st, &offices_err));
    in_dir(path, &f->c, "anchor");
    shell("rm '%s'%s", path, "");
    again(&f->c);
    assert_int_equal(own_state(f->c.st, NULL), OWN_UNSURE);
    carry(&f->c, &f->k);
    carry(&f->k, &f->c);
    assert_int_equal(own_state(f->c.st, NULL), OWN_UNSURE);
    carry(&f->c, &f->p);
    carry(&f->p, &f->c);
    assert_int_equal(own_state(f->c.st, NULL), OWN_SIGNS);
}

static void the_province_hears_it_from_below(void **state)
{
    struct family *f = *state;
    char path[600];
    MUST(anchor_open(f->p.st, &offices_err));
    in_dir(path, &f->p, "anchor");
    carry(&f->p, &f->c);
    shell("rm '%s'%s", path, "");
    again(&f->p);
    assert_int_equal(own_state(f->p.st, NULL), OWN_UNSURE);
    carry(&f->c, &f->p);
    assert_int_equal(own_state(f->p.st, NULL), OWN_SIGNS);
}

/* A machine that was set back with its anchor: only others can tell. */
static void set_back_with_the_anchor_shows_at_the_exchange(void **state)
{
    struct family *f = *state;
    struct test_office *o = county(f);
    struct test_office copy;
    write_one(o, 1);
    copy_office(&copy, f, o, "copy");
    write_one(o, 2);
    carry(o, &f->c);
    MUST(anchor_open(copy.st, &offices_err));
    assert_int_equal(own_state(copy.st, NULL), OWN_SIGNS);
    carry(&f->c, &copy);
    assert_int_equal(own_state(copy.st, NULL), OWN_SIGNS);
    assert_int_equal(count(&copy, "SELECT count(*) FROM roster_close"), 2);
    assert_int_equal(told(&copy, ANCHOR_GOOD), 2);
    store_close(copy.st);
}

/* An own entry that names a log which is not here: whoever judges it waits, its author does not judge it again. */
static void what_an_own_entry_rests_on_is_not_waited_for(void **state)
{
    struct family *f = *state;
    struct test_office *o = county(f);
    struct test_office copy;
    write_one(o, 1);
    copy_office(&copy, f, o, "copy");
    uint64_t seq = forge(o, DEPENDENCY);
    write_one(o, 3);
    carry(o, &f->c);
    expect(&f->c, "140602", seq, "held apply.dependency");
    carry(&f->c, &copy);
    assert_int_equal(own_state(copy.st, NULL), OWN_SIGNS);
    assert_int_equal(count(&copy, "SELECT count(*) FROM roster_close"), 3);
    store_close(copy.st);
}

static void slots(void **state)
{
    struct family *f = *state;
    static const struct {
        const char *name;
        size_t at;
    } rows[] = {{"the magic", 0}, {"the version", 12}, {"the length", 14},
                {"the note", 40}, {"the zeros", 900},  {"the sum", ANCHOR_SLOT - 1}};
    struct test_office *o = county(f);
    uint8_t slot[ANCHOR_SLOT], other[QN_PUBKEY];
    char path[600], origin[QN_ORIGIN_MAX + 1];
    struct qn_checkpoint c;
    struct qn_err err;
    write_one(o, 1);
    in_dir(path, o, "anchor");
    int fd = open(path, O_RDONLY);
    assert_int_equal(pread(fd, slot, sizeof(slot), ANCHOR_SLOT), sizeof(slot));
    close(fd);
    MUST(anchor_read(&c, origin, slot, store_self(o->st)->log, &offices_err));
    assert_string_equal(origin, store_origin(o->st));
    assert_int_equal(c.size, 1);
    memcpy(other, store_self(f->c.st)->log, QN_PUBKEY);
    assert_int_not_equal(anchor_read(&c, origin, slot, other, &err), QN_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        slot[rows[i].at] ^= 1;
        if (anchor_read(&c, origin, slot, NULL, &err) != QN_MALFORMED)
            fail_msg("%s", rows[i].name);
        assert_string_equal(err.id, "anchor.slot");
        slot[rows[i].at] ^= 1;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(it_follows_the_log),
        T(act_that_is_undone_leaves_it),
        T(old_database_is_told_before_anything_is_written),
        T(another_history_is_a_fork),
        T(spoilt),
        T(unsure_ends_when_the_parent_has_spoken),
        T(unsure_does_not_end_by_one_below),
        T(the_province_hears_it_from_below),
        T(set_back_with_the_anchor_shows_at_the_exchange),
        T(what_an_own_entry_rests_on_is_not_waited_for),
        T(slots),
    };
    return cmocka_run_group_tests_name("anchor", tests, NULL, NULL);
}
