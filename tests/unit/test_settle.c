/* test_settle.c - a backlog is applied in pieces: others have the lock between two of them, and a process may end there. */
#include "tests/unit/quarantine_family.h"

#include <sys/wait.h>
#include <unistd.h>

#include "node/store/settle.h"

#define ENTRIES 60
#define PIECE   16

/* A county's backlog, one transaction to write it. */
static void write_many(struct test_office *o, int from)
{
    QN_AUTO(tx) struct tx tx = {0};
    MUST(tx_begin(&tx, o->st, &offices_err));
    for (int i = 0; i < ENTRIES; i++)
        write_one(o, from + i);
    MUST(tx_commit(&tx, &offices_err));
}

static struct ingest_cursors cursors(struct test_office *at, const char *office)
{
    struct ingest_cursors c;
    struct log log;
    MUST(log_of_office(&log, at->st, office, &offices_err));
    MUST(ingest_cursors(&c, at->st, &log, &offices_err));
    return c;
}

static int64_t marked(struct test_office *o, int mark)
{
    char sql[120];
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM log WHERE stirred = %d AND office <> '%s'",
             mark, code_of(o));
    return count(o, sql);
}

/* What must hold at any commit: rows of exactly the entries below the cursor, and one that was begun is marked. */
static void sound(struct test_office *o, const char *office)
{
    struct ingest_cursors c = cursors(o, office);
    assert_int_equal(rows_of(o, "roster_close"), c.applied[QN_LANE_BULK]);
    assert_true(c.applied[QN_LANE_BULK] <= c.relayable[QN_LANE_BULK]);
    assert_true(c.relayable[QN_LANE_BULK] <= c.verified);
    assert_true(c.applied[QN_LANE_BULK] == c.verified || marked(o, 1));
}

struct breaths {
    struct test_office *o;
    unsigned n, die_at;
    uint64_t applied, most; /* entries between two breaths */
    struct test_office *caller;
    struct took took;
};

static void breath(void *ctx)
{
    struct breaths *b = ctx;
    assert_true(sqlite3_get_autocommit(b->o->st->db));
    uint64_t now = cursors(b->o, "140602").applied[QN_LANE_BULK];
    b->most = now - b->applied > b->most ? now - b->applied : b->most;
    b->applied = now;
    if (!b->caller)
        sound(b->o, "140602");
    if (++b->n == b->die_at)
        _exit(7);
}

static struct took bring(struct test_office *from, struct test_office *to)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct exchange_sent sent;
    MUST(stream_from(&b, from, to, 0, &sent, NULL, &offices_err));
    return take(to, code_of(from), qn_buf_span(&b), 0, NULL);
}

static void others_come_between(void **state)
{
    struct family *f = *state;
    struct breaths b = {.o = &f->c};
    write_many(&f->k, 1000);
    f->c.st->piece = PIECE;
    store_on_breath(f->c.st, breath, &b);
    /* Nested, as every caller has it: the outer ones end as they began. */
    QN_AUTO(tx) struct tx tx = {0};
    MUST(tx_begin(&tx, f->c.st, &offices_err));
    struct took t = bring(&f->k, &f->c);
    MUST(tx_commit(&tx, &offices_err));
    assert_int_equal(t.rc, QN_OK);
    assert_int_equal(t.tally.applied, ENTRIES);
    assert_true(b.n >= ENTRIES * 3 / PIECE); /* seen, applied, and a row: three steps an entry */
    assert_true(b.most <= PIECE);
    assert_int_equal(marked(&f->c, 1) + marked(&f->c, 2), 0);
    sound(&f->c, "140602");
    assert_int_equal(count(&f->c, "SELECT count(*) FROM receipt"), 1);
}

/* However early or late it ends, what is committed is sound and the next start finishes it. */
static void ends_between_two_pieces(void **state)
{
    struct family *f = *state;
    unsigned deaths = 0;
    write_many(&f->k, 1000);
    for (unsigned at = 1; at < 100; at++) {
        family_fresh(f);
        struct breaths b = {.o = &f->c, .die_at = at};
        store_close(f->c.st);
        pid_t pid = fork();
        if (!pid) {
            MUST(store_open(&f->c.st, f->c.dir, STORE_OPEN, &offices_err));
            store_lend_keys(f->c.st, f->c.keys);
            f->c.st->piece = PIECE;
            store_on_breath(f->c.st, breath, &b);
            struct took t = bring(&f->k, &f->c);
            _exit(t.rc ? 9 : 0);
        }
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        MUST(store_open(&f->c.st, f->c.dir, STORE_OPEN, &offices_err));
        store_lend_keys(f->c.st, f->c.keys);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) == 0)
            break;
        assert_int_equal(WEXITSTATUS(status), 7);
        deaths++;
        assert_true(cursors(&f->c, "140602").applied[QN_LANE_BULK] < ENTRIES || marked(&f->c, 2) ||
                    marked(&f->c, 1));
        sound(&f->c, "140602");
        MUST(settle_resume(f->c.st, NULL, &offices_err));
        assert_int_equal(cursors(&f->c, "140602").applied[QN_LANE_BULK], ENTRIES);
        assert_int_equal(marked(&f->c, 1) + marked(&f->c, 2), 0);
        assert_int_equal(count(&f->c, "SELECT count(*) FROM receipt"), 1);
        sound(&f->c, "140602");
    }
    assert_true(deaths >= 10);
}

/* The other county comes while the first one's backlog is on: it is settled and has its receipt at once, and does not
 * wait for the rest of that backlog.                                                                             */
static void breath_with_a_caller(void *ctx)
{
    struct breaths *b = ctx;
    b->n++;
    if (b->n != 2)
        return;
    b->applied = cursors(b->o, "140602").applied[QN_LANE_BULK];
    b->took = bring(b->caller, b->o);
    assert_int_equal(cursors(b->o, "140602").applied[QN_LANE_BULK], b->applied);
    assert_int_equal(cursors(b->o, "140622").applied[QN_LANE_BULK], 1);
    assert_int_equal(
        count(
            b->o,
            "SELECT count(*) FROM receipt r JOIN log l ON l.no = r.log WHERE l.office = '140622'"),
        1);
    b->n += 1000;
}

static void another_child_does_not_wait(void **state)
{
    struct family *f = *state;
    struct breaths b = {.o = &f->c, .caller = &f->k2};
    write_many(&f->k, 1000);
    write_one(&f->k2, 5);
    f->c.st->piece = PIECE;
    store_on_breath(f->c.st, breath_with_a_caller, &b);
    struct took t = bring(&f->k, &f->c);
    assert_int_equal(t.rc, QN_OK);
    assert_true(b.n > 1000);
    assert_int_equal(b.took.rc, QN_OK);
    assert_int_equal(b.took.tally.applied, 1);
    assert_int_equal(t.tally.applied, ENTRIES);
    assert_int_equal(f->c.st->nclaims, 0);
    assert_int_equal(marked(&f->c, 1) + marked(&f->c, 2), 0);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM receipt"), 2);
}

/* News for the log that is being settled, from the same county by another way: whoever settles it takes it up too. */
static void more_of_the_same(void *ctx)
{
    struct breaths *b = ctx;
    if (++b->n != 2)
        return;
    write_one(b->caller, 5000);
    b->took = bring(b->caller, b->o);
    assert_int_equal(b->took.rc, QN_OK);
    assert_int_equal(b->took.tally.applied, 0);
}

static void news_for_the_log_that_is_on(void **state)
{
    struct family *f = *state;
    struct breaths b = {.o = &f->c, .caller = &f->k};
    write_many(&f->k, 1000);
    f->c.st->piece = PIECE;
    store_on_breath(f->c.st, more_of_the_same, &b);
    struct took t = bring(&f->k, &f->c);
    assert_int_equal(t.tally.applied, ENTRIES + 1);
    assert_int_equal(cursors(&f->c, "140602").applied[QN_LANE_BULK], ENTRIES + 1);
    assert_int_equal(marked(&f->c, 1) + marked(&f->c, 2), 0);
    sound(&f->c, "140602");
}

/* The order of pieces changes nothing of what stands where. */
static void standstills_in_pieces(void **state)
{
    struct family *f = *state;
    for (unsigned piece = 1; piece < 8; piece++) {
        family_fresh(f);
        f->c.st->piece = piece;
        write_one(&f->k, 1000);
        uint64_t bad = forge(&f->k, OTHER_OFFICE);
        write_one(&f->k, 2000);
        uint64_t held = forge(&f->k, REVISION);
        write_one(&f->k, 3000);
        carry(&f->k, &f->c);
        expect(&f->c, "140602", bad, "refused authority.office");
        expect(&f->c, "140602", held, "held apply.revision");
        struct ingest_cursors c = cursors(&f->c, "140602");
        assert_int_equal(c.relayable[QN_LANE_BULK], 5);
        assert_int_equal(c.applied[QN_LANE_BULK], held);
        assert_int_equal(rows_of(&f->c, "roster_close"), 2);
        assert_int_equal(marked(&f->c, 1), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(others_come_between),         T(ends_between_two_pieces), T(another_child_does_not_wait),
        T(news_for_the_log_that_is_on), T(standstills_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
