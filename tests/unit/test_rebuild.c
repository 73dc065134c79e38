/* test_rebuild.c - everything that is derivable derived again, and what was altered, lost or added is named. */
#include "tests/unit/clue.h"
#include "tests/unit/meddle.h"
#include "tests/unit/rotate.h"

#include <time.h>
#include <unistd.h>

#include "node/store/rebuild.h"
#include "node/sync/certify.h"

struct seen {
    unsigned n;
    struct rebuild_finding at[64];
};

static void found(void *ctx, const struct rebuild_finding *f)
{
    struct seen *s = ctx;
    if (s->n < 64)
        s->at[s->n] = *f;
    s->n++;
}

static void make(struct rebuild_result *r, struct seen *s, struct test_office *o)
{
    *s = (struct seen){0};
    struct rebuild_options opt = {.found = found, .ctx = s};
    MUST(rebuild_make(r, o->st, &opt, &offices_err));
}

static void tell(const struct seen *s)
{
    for (unsigned i = 0; i < s->n && i < 64; i++)
        print_error("%d %s %s %s %s\n", (int)s->at[i].what, s->at[i].table, s->at[i].key,
                    s->at[i].why.id, s->at[i].why.args);
}

static void expect_none(struct test_office *o)
{
    struct rebuild_result r;
    struct seen s;
    make(&r, &s, o);
    tell(&s);
    assert_int_equal(r.found, 0);
    rebuild_drop(o->st);
}

/* Whether one of the findings is about this table, in this way. */
static bool has(const struct seen *s, enum rebuild_what what, const char *table)
{
    for (unsigned i = 0; i < s->n && i < 64; i++)
        if (s->at[i].what == what && strcmp(s->at[i].table, table) == 0)
            return true;
    return false;
}

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

static void honest_offices_differ_in_nothing(void **state)
{
    struct family *f = *state;
    struct test_office *at[] = {&f->p, &f->c, &f->k, &f->k2};
    expect_none(&f->k2);
    story(f);
    for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++)
        expect_none(at[i]);
}

static void what_was_meddled_with_is_named(void **state)
{
    static const struct {
        const char *sql;
        enum rebuild_what what;
        const char *table;
        bool own; /* not to be replaced */
    } rows[] = {
        {"UPDATE roster_close SET acted_by = 'x' WHERE roster = 200", REBUILD_DIFFERS,
         "roster_close", false},
        {"DELETE FROM roster_close WHERE roster = 200", REBUILD_LACKS, "roster_close", false},
        {"INSERT INTO roster_close SELECT office, id, 2, roster, entries, rows, root, earlier, "
         "acted_by, recorded_on, 'why' FROM roster_close WHERE roster = 200",
         REBUILD_EXTRA, "roster_close", false},
        {"UPDATE node SET hash = zeroblob(32) WHERE log = (SELECT no FROM log WHERE office = "
         "'140602') AND level = 1 AND idx = 0",
         REBUILD_DIFFERS, "node", false},
        {"DELETE FROM node WHERE level = 1", REBUILD_LACKS, "node", false},
        {"UPDATE cursor SET applied = applied - 1 WHERE lane = 4", REBUILD_DIFFERS, "cursor",
         false},
        {"INSERT INTO fate VALUES((SELECT no FROM log WHERE office = '140602'), 1, 'refused', '', "
         "'authority.office', '', '', 0, 0, 1, 1)",
         REBUILD_EXTRA, "fate", false},
        {"INSERT INTO fate VALUES((SELECT no FROM log WHERE office = '140602'), 1, 'waived', '', "
         "'fate.waived', '', '', 0, 0, 1, 1)",
         REBUILD_EXTRA, "fate", false},
        {"INSERT INTO fate VALUES((SELECT no FROM log WHERE office = '140602'), 1, 'kept', '', "
         "'cert.revoked', '', '', 0, 0, 1, 1)",
         REBUILD_EXTRA, "fate", false},
        {"DROP TRIGGER entry_no_update; UPDATE entry SET sig = zeroblob(64) WHERE seq = 2 AND log "
         "= (SELECT no FROM log WHERE office = '140602')",
         REBUILD_UNSOUND, "entry", false},
        {"DROP TRIGGER entry_no_update; UPDATE entry SET leaf = zeroblob(32) WHERE seq = 2 AND log "
         "= (SELECT no FROM log WHERE office = '140602')",
         REBUILD_UNSOUND, "entry", false},
        {"DROP TRIGGER entry_no_update; UPDATE entry SET lane = 3 WHERE seq = 2 AND log = (SELECT "
         "no FROM log WHERE office = '140602')",
         REBUILD_DIFFERS, "entry", false},
        {"DROP TRIGGER entry_no_update; UPDATE entry SET header = CAST(header || x'00' AS BLOB) "
         "WHERE seq = 2 "
         "AND log = (SELECT no FROM log WHERE office = '140602')",
         REBUILD_UNSOUND, "entry", false},
        {"UPDATE part SET salt = zeroblob(32) WHERE seq = 2 AND log = (SELECT no FROM log WHERE "
         "office = '140602')",
         REBUILD_UNSOUND, "part", false},
        {"UPDATE part SET stored = CAST(stored || x'00' AS BLOB) WHERE seq = 2 AND log = (SELECT "
         "no FROM log "
         "WHERE office = '140602')",
         REBUILD_UNSOUND, "part", false},
        {"UPDATE part SET stored = CAST(stored || x'00' AS BLOB) WHERE seq = 1 AND log = (SELECT "
         "no FROM log "
         "WHERE office = '1406')",
         REBUILD_UNSOUND, "part", true},
        {"DELETE FROM part WHERE seq = 1 AND log = (SELECT no FROM log WHERE office = '1406')",
         REBUILD_UNSOUND, "entry", true},
        {"UPDATE log SET verified = verified - 1 WHERE office = '140602'", REBUILD_DIFFERS, "log",
         false},
        {"UPDATE cert SET bytes = x'00' WHERE office = '140622'", REBUILD_UNSOUND, "cert", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct family *f = *state;
        struct rebuild_result r;
        struct seen s;
        char aside[64];
        struct qn_err err;
        family_fresh(f);
        story(f);
        meddle(&f->c, rows[i].sql);
        make(&r, &s, &f->c);
        if (!has(&s, rows[i].what, rows[i].table)) {
            tell(&s);
            fail_msg("row %zu is not found: %s", i, rows[i].sql);
        }
        enum qn_code rc = rebuild_replace(aside, f->c.st, &r, &err);
        if (rows[i].own) {
            assert_int_equal(rc, QN_DENIED);
            assert_string_equal(err.id, "rebuild.own-unsound");
            rebuild_drop(f->c.st);
            continue;
        }
        assert_int_equal(rc, QN_OK);
        /* What was spoilt comes again, and then nothing differs. */
        for (int k = 0; k < 2; k++) {
            carry(&f->k, &f->c);
            carry(&f->c, &f->k);
            carry(&f->p, &f->c);
            carry(&f->c, &f->p);
        }
        expect_none(&f->c);
        assert_int_equal(count(&f->c, "SELECT count(*) FROM roster_close"), 4);
        assert_int_equal(count(&f->c, "SELECT count(*) FROM clue WHERE facts = 'to the city'"), 1);
    }
}

static void it_goes_on_after_a_replacement(void **state)
{
    struct family *f = *state;
    struct rebuild_result r;
    struct seen s;
    char aside[64], path[512];
    story(f);
    meddle(&f->k, "DELETE FROM roster_close; DELETE FROM clue");
    make(&r, &s, &f->k);
    assert_int_equal(r.found, 5);
    assert_int_equal(r.carried, 0); /* what went to the city is in the county's own copy */
    MUST(rebuild_replace(aside, f->k.st, &r, &offices_err));
    snprintf(path, sizeof(path), "%s/%s", f->k.dir, aside);
    assert_int_equal(access(path, R_OK), 0);
    snprintf(path, sizeof(path), "%s/rebuild", f->k.dir);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM clue WHERE facts = 'to the city'"), 1);
    write_one(&f->k, 9000);
    carry(&f->k, &f->c);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM roster_close WHERE roster = 9000"), 1);
    expect_none(&f->k);
    expect_none(&f->c);
}

/* An office whose disk is new, with its keys and certificates: its relatives send all that it is entitled to, its own
 * log included, and what then stands there is what the logs say.                                              */
static void made_anew_from_the_relatives(void **state)
{
    static const char *const rows[] = {
        "SELECT count(*) FROM roster_close", "SELECT count(*) FROM plan_accept",
        "SELECT count(*) FROM certificate",  "SELECT count(*) FROM release",
        "SELECT count(*) FROM entry",        "SELECT count(*) FROM part",
        "SELECT count(*) FROM clue",         "SELECT sum(length(facts)) FROM clue"};
    struct family *f = *state;
    for (int who = 0; who < 2; who++) { /* a county; the city, from above and below */
        family_fresh(f);
        for (int i = 1; i < 5; i++)
            write_one(&f->k, 100 * i);
        write_addressed(&f->c, "140602", "to the county", "14", "to the province");
        MUST(write_clue(&f->k, "1406", "to the city", &offices_err));
        MUST(write_clue(&f->c, "14", "to the province", &offices_err));
        MUST(write_clue(&f->c, "140602", "to the county, and a little longer", &offices_err));
        for (int i = 0; i < 2; i++) {
            carry(&f->k, &f->c);
            carry(&f->c, &f->p);
            carry(&f->p, &f->c);
            carry(&f->c, &f->k);
        }
        struct test_office *o = who ? &f->c : &f->k;
        int64_t had[8];
        for (size_t i = 0; i < 8; i++)
            had[i] = count(o, rows[i]);
        meddle(o, "DROP TRIGGER entry_no_delete; DELETE FROM roster_close; DELETE FROM "
                  "plan_accept; DELETE FROM certificate; DELETE FROM release; DELETE FROM clue; "
                  "DELETE FROM part; "
                  "DELETE FROM entry; DELETE FROM node; DELETE FROM checkpoint; DELETE FROM "
                  "cosignature; DELETE FROM cursor; DELETE FROM fate; DELETE FROM receipt; DELETE "
                  "FROM peer; UPDATE log SET verified = 0, size = 0, stirred = 0; CREATE TRIGGER "
                  "entry_no_delete BEFORE DELETE ON entry WHEN old.seq < (SELECT verified FROM log "
                  "WHERE no = old.log) BEGIN SELECT RAISE(ABORT, 'verified'); END;");
        for (int i = 0; i < 3; i++) {
            if (who)
                carry(&f->p, &f->c);
            carry(who ? &f->k : &f->c, o);
            carry(o, who ? &f->k : &f->c);
        }
        for (size_t i = 0; i < 8; i++)
            if (count(o, rows[i]) != had[i])
                fail_msg("office %d: %s is %lld, not %lld", who, rows[i],
                         (long long)count(o, rows[i]), (long long)had[i]);
        expect_none(o);
        write_one(who ? &f->k : o, 9000); /* it signs on */
    }
}

/* All keys of the county are gone, and with them what opens the clues from and to it: its tables alone have them. */
static void keys_that_are_lost(void **state)
{
    static const struct {
        const char *name, *sql;
        unsigned found, sealed, carried;
        enum rebuild_what what;
        int64_t clues;
    } rows[] = {
        {"all rows stand", "DELETE FROM roster_close", 4, 0, 3, REBUILD_LACKS, 3},
        {"one is altered in length", "UPDATE clue SET facts = 'x' WHERE office = '1406'", 1, 0, 3,
         REBUILD_UNSOUND, 3},
        {"one of two of an entry is gone", "DELETE FROM clue WHERE id % 65536 = 1", 1, 0, 2,
         REBUILD_UNSOUND, 2},
        {"an own one is gone", "DELETE FROM clue WHERE office = '140602' AND doc_no = '2021-7'", 0,
         1, 1, REBUILD_SEALED, 1},
        {"one from the city is gone", "DELETE FROM clue WHERE office = '1406'", 0, 1, 2,
         REBUILD_SEALED, 2},
    };
    struct family *f = *state;
    struct qn_cert made;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct rebuild_result r;
        struct seen s;
        char aside[64], path[512];
        family_fresh(f);
        keys_free(f->k.keys); /* of the row before */
        f->k.keys = NULL;
        snprintf(path, sizeof(path), "%s/keys", f->k.dir);
        MUST(keys_open(&f->k.keys, path, qn_str("test"), &offices_err));
        store_lend_keys(f->k.st, f->k.keys);
        for (int k = 1; k < 5; k++)
            write_one(&f->k, 100 * k);
        MUST(write_clue(&f->c, "140602", "to the county", &offices_err));
        {
            QN_AUTO(act) struct act a = {0};
            struct qn_row row;
            MUST(act_open(&a, f->k.st, QN_KIND_RESULT, QN_LANE_RESULT, &offices_err));
            MUST(act_part(&a, QN_RESTRICTED, QN_TO_OFFICE, "1406", &offices_err));
            for (int k = 0; k < 2; k++) {
                clue_row(&row, &a, act_id(&a), "to the city", NULL);
                MUST(act_put(&a, &row, &offices_err));
            }
            MUST(act_commit(&a, NULL, NULL, &offices_err));
        }
        for (int k = 0; k < 2; k++) {
            carry(&f->k, &f->c);
            carry(&f->c, &f->k);
        }
        sleep(1); /* cosignatures have seconds */
        MUST(certify_revoke(f->c.st, "140602", 0, "lost", &made, &offices_err));
        rotate(&f->k, &f->c, false);
        carry(&f->c, &f->k);
        expect_none(&f->k);
        meddle(&f->k, rows[i].sql);
        make(&r, &s, &f->k);
        if (r.found != rows[i].found || r.sealed != rows[i].sealed ||
            r.carried != rows[i].carried || !s.n || s.at[0].what != rows[i].what) {
            tell(&s);
            fail_msg("%s: %llu %llu %llu", rows[i].name, (unsigned long long)r.found,
                     (unsigned long long)r.sealed, (unsigned long long)r.carried);
        }
        MUST(rebuild_replace(aside, f->k.st, &r, &offices_err));
        assert_int_equal(count(&f->k, "SELECT count(*) FROM clue"), rows[i].clues);
        assert_int_equal(count(&f->k, "SELECT count(*) FROM roster_close"), 4);
        assert_int_equal(count(&f->k, "SELECT count(*) FROM fate"), 0);
        MUST(write_clue(&f->k, "1406", "under the new key", &offices_err));
        carry(&f->k, &f->c);
        assert_int_equal(count(&f->c, "SELECT count(*) FROM clue WHERE facts LIKE '%new key'"), 1);
    }
}

/* ---- a revoked key ------------------------------------------------------------------------------------------------- */

static uint64_t now_ms;
static uint64_t told_now(void *ctx)
{
    (void)ctx;
    return now_ms;
}

static void clock_told(struct test_office *o)
{
    store_close(o->st);
    MUST(store_open_in(&o->st, o->dir, STORE_OPEN, &(struct store_world){.now_ms = told_now},
                       &offices_err));
    store_lend_keys(o->st, o->keys);
}

static int64_t kept(struct test_office *o)
{
    return count(o, "SELECT count(*) FROM fate WHERE state = 'kept' AND rule = 'cert.revoked'");
}

/* What one office applied before it heard that the author's key was revoked, and which office that is. */
struct late {
    struct test_office *o; /* who applied */
    int64_t kept, rows;
    const char *table;
};

/* The city takes in two entries in the very second in which it revokes their key. */
static struct late same_second(struct family *f)
{
    struct qn_cert made;
    write_one(&f->k, 100);
    carry(&f->k, &f->c);
    now_ms += 60000;
    write_one(&f->k, 200);
    MUST(write_clue(&f->k, "1406", "to the city", &offices_err));
    carry(&f->k, &f->c);
    MUST(certify_revoke(f->c.st, "140602", 0, "stolen", &made, &offices_err));
    now_ms += 60000;
    write_one(&f->k, 300);
    carry(&f->k, &f->c); /* and stands still there */
    return (struct late){&f->c, 2, 2, "roster_close"};
}

/* The province has the entries past the city, which had revoked the key an hour before. */
static struct late heard_late(struct family *f)
{
    struct qn_cert made;
    write_one(&f->k, 100);
    carry(&f->k, &f->c);
    carry(&f->c, &f->p);
    now_ms += 60000;
    MUST(certify_revoke(f->c.st, "140602", 0, "stolen", &made, &offices_err));
    now_ms += 3600000;
    write_one(&f->k, 200);
    write_one(&f->k, 300);
    carry(&f->k, &f->p);
    carry(&f->c, &f->p);
    return (struct late){&f->p, 2, 3, "roster_close"};
}

/* The city, whose key the province has revoked, goes on for a day and gives a county another certificate. */
static struct late heard_below(struct family *f)
{
    struct qn_cert made;
    QN_AUTO(qn_buf) struct qn_buf chain = {0};
    struct certify_renew n = {.office = "140602", .name = "another name"};
    qn_buf_init(&chain, ENROL_FILE_MAX);
    carry(&f->c, &f->p);
    carry(&f->p, &f->c);
    carry(&f->c, &f->k);
    now_ms += 60000;
    MUST(certify_revoke(f->p.st, "1406", 0, "stolen", &made, &offices_err));
    now_ms += 86400000;
    MUST(certify_renew(f->c.st, &n, &made, &chain, &offices_err));
    write_addressed(&f->c, "140602", "to the county", "14", "to the province");
    carry(&f->c, &f->k);
    carry(&f->p, &f->k);
    return (struct late){&f->k, 3, 1, "plan_accept"}; /* a renewal is two entries */
}

static void kept_of_a_revoked_key(void **state)
{
    static const struct {
        const char *name;
        struct late (*happens)(struct family *);
    } rows[] = {{"in one second", same_second},
                {"heard late above", heard_late},
                {"heard late below", heard_below}};
    struct family *f = *state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct rebuild_result r;
        struct seen s;
        char aside[64], sql[100];
        family_fresh(f);
        struct test_office *all[] = {&f->p, &f->c, &f->k};
        now_ms = (uint64_t)time(NULL) * 1000;
        for (size_t k = 0; k < 3; k++)
            clock_told(all[k]);
        struct late l = rows[i].happens(f);
        now_ms += 60000;
        for (int k = 0; k < 2; k++) {
            carry(&f->c, &f->p);
            carry(&f->p, &f->c);
            carry(&f->c, &f->k);
        }
        snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", l.table);
        if (kept(l.o) != l.kept || count(l.o, sql) != l.rows)
            fail_msg("%s: %lld kept, %lld rows", rows[i].name, (long long)kept(l.o),
                     (long long)count(l.o, sql));
        for (size_t k = 0; k < 3; k++)
            expect_none(all[k]);
        /* What is put in the place of the old database has them, and is as before: a row that is lost comes back. */
        snprintf(sql, sizeof(sql), "DELETE FROM %s", l.table);
        meddle(l.o, sql);
        make(&r, &s, l.o);
        assert_int_equal(r.found, (uint64_t)l.rows);
        assert_true(has(&s, REBUILD_LACKS, l.table));
        MUST(rebuild_replace(aside, l.o->st, &r, &offices_err));
        snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", l.table);
        assert_int_equal(count(l.o, sql), l.rows);
        assert_int_equal(kept(l.o), l.kept);
        expect_none(l.o);
        /* What was not applied is not kept because a table says so. */
        if (count(l.o, "SELECT count(*) FROM fate WHERE state = 'quarantined'") == 0)
            continue;
        meddle(l.o, "UPDATE fate SET state = 'kept' WHERE state = 'quarantined'");
        make(&r, &s, l.o);
        assert_int_equal(r.found, 1);
        assert_true(has(&s, REBUILD_DIFFERS, "fate"));
        now_ms += 60000; /* what is laid aside is named by the second */
        clock_told(l.o);
        MUST(rebuild_replace(aside, l.o->st, &r, &offices_err));
        assert_int_equal(kept(l.o), l.kept);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(honest_offices_differ_in_nothing, family_setup,
                                        family_teardown),
        cmocka_unit_test_setup_teardown(what_was_meddled_with_is_named, family_setup,
                                        family_teardown),
        cmocka_unit_test_setup_teardown(made_anew_from_the_relatives, family_setup,
                                        family_teardown),
        cmocka_unit_test_setup_teardown(it_goes_on_after_a_replacement, family_setup,
                                        family_teardown),
        cmocka_unit_test_setup_teardown(keys_that_are_lost, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(kept_of_a_revoked_key, family_setup, family_teardown),
    };
    return cmocka_run_group_tests_name("rebuild", tests, NULL, NULL);
}
