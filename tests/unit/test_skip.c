/* test_skip.c - the signed acts about entries: refusal, supersede, waiver; and how much of a rival branch is kept. */
#include "tests/unit/quarantine_family.h"
#include "tests/unit/rotate.h"

#include "node/store/rival.h"

/* ---- refusals ------------------------------------------------------------------------------------------------------ */

static void the_parent_signs_what_it_refuses(void **state)
{
    struct family *f = *state;
    uint64_t seq = forge(&f->k, OTHER_OFFICE);
    carry(&f->k, &f->c);
    for (int i = 0; i < 2; i++) { /* once, however often they meet */
        carry(&f->c, &f->p);
        carry(&f->c, &f->k);
        carry(&f->k, &f->c);
    }
    struct test_office *all[] = {&f->c, &f->p, &f->k};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        assert_int_equal(count(all[i],
                               "SELECT count(*) FROM refusal WHERE office = '1406' AND origin = "
                               "'test.example/140602/1' AND rule = 'authority.office'"),
                         1);
        assert_int_equal(count(all[i], "SELECT count(*) FROM refusal"), 1);
    }
    expect(&f->k, "140602", seq, "refused authority.office"); /* the author sees it */
    assert_int_equal(count(&f->k2, "SELECT count(*) FROM refusal"), 0);
}

static void a_bypassed_parent_is_stood_in_for(void **state)
{
    struct family *f = *state;
    forge(&f->k, OTHER_OFFICE);
    carry(&f->k, &f->p);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM refusal WHERE office = '14'"), 1);
    carry(&f->p, &f->k);
    expect(&f->k, "140602", 0, "refused authority.office");
}

static void refusals_are_bounded(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    forge(&f->k, OTHER_OFFICE);
    carry(&f->k, &f->c);
    MUST(store_exec(
        f->c.st,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1022) "
        "INSERT INTO refusal SELECT office, id + i, rev, origin, seq, rule, detail FROM refusal, n",
        &err));
    for (int i = 0; i < 3; i++)
        forge(&f->k, OTHER_OFFICE);
    carry(&f->k, &f->c);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM refusal"), SKIP_TOLD_MAX);
    assert_int_equal(fates(&f->c, "f.state = 'refused'"), 4);
    assert_int_equal(fates(&f->c, "f.told = 0"), 0);
}

/* ---- supersede ---------------------------------------------------------------------------------------------------- */

static void asked_and_granted(void **state)
{
    static const enum what kinds[] = {REVISION, DEPENDENCY, TWICE, SCHEMA, OTHER_OFFICE};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct family *f = *state;
        family_fresh(f);
        struct qn_err err;
        uint64_t seq = forge(&f->k, kinds[i]);
        write_one(&f->k, 2000);
        carry(&f->k, &f->c);
        carry(&f->c, &f->p);
        carry(&f->c, &f->k);
        bool refused = kinds[i] == OTHER_OFFICE;
        assert_int_equal(rows_of(&f->c, "roster_close"), refused ? 1 : 0);
        MUST(quarantine_supersede(f->k.st, 0, seq, "a slip of the program", &offices_err));
        assert_int_equal(quarantine_supersede(f->k.st, 0, seq, "again", &err), QN_CONFLICT);
        assert_string_equal(err.id, "quarantine.asked");
        carry(&f->k, &f->p); /* nobody but the parent decides */
        assert_int_equal(fates(&f->p, "f.state = 'superseded'"), 0);
        carry(&f->k, &f->c);
        carry(&f->c, &f->p);
        carry(&f->c, &f->k);
        struct test_office *all[] = {&f->c, &f->p, &f->k};
        for (size_t n = 0; n < 3; n++) {
            expect(all[n], "140602", seq, "superseded fate.superseded");
            assert_int_equal(rows_of(all[n], "roster_close"), 1);
            assert_int_equal(count(all[n], "SELECT count(*) FROM waiver WHERE rule = 'supersede'"),
                             1);
        }
        assert_int_equal(quarantine_supersede(f->k.st, 0, seq, "again", &err), QN_CONFLICT);
        assert_string_equal(err.id, "quarantine.done");
    }
}

/* However many places a child names, among them some of a log that nobody has: the parent's word has a bound. */
static void answers_are_bounded(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    struct forge g;
    struct qn_row row;
    forge(&f->k, DEPENDENCY);
    for (int i = 0; i < 3; i++)
        forge(&f->k, GOOD);
    carry(&f->k, &f->c);
    MUST(
        store_exec(f->c.st,
                   "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1022) "
                   "INSERT INTO fate SELECT log, 100000 + i, 'superseded', '', 'fate.superseded', "
                   "'', '', 0, 0, 1, 0 FROM fate, n WHERE seq = 0",
                   &err));
    static const struct {
        unsigned rows;
        int64_t first;
        const char *want;
    } asks[] = {{3, 1, "quarantined skip.superseded"}, {1, 0, ""}};
    uint64_t seq[2];
    for (size_t n = 0; n < 2; n++) {
        forge_init(&g, QN_LANE_CONTROL, QN_KIND_SUPERSEDE);
        for (unsigned i = 0; i < asks[n].rows; i++) {
            forge_row(&row, f->k.st, "supersede", next_seq(&f->k), (uint16_t)i, 1);
            row_text(&row, "origin", store_origin(f->k.st));
            row_int(&row, "seq", asks[n].first + i);
            row_text(&row, "reason", "forged");
            put(&g, &row);
        }
        seq[n] = commit(&g, &f->k);
        carry(&f->k, &f->c);
    }
    expect(&f->c, "140602", seq[0], asks[0].want);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM waiver"), 0);
    /* A person looked: the lane goes on, and there is room for two. */
    struct ingest_tally t;
    MUST(quarantine_waive(f->c.st, "140602", seq[0], "too many at once", &t, &offices_err));
    expect(&f->c, "140602", seq[1], asks[1].want);
    expect(&f->c, "140602", 0, "superseded fate.superseded");
    assert_int_equal(count(&f->c, "SELECT count(*) FROM waiver WHERE rule = 'supersede'"), 1);
}

/* An entry of the log before: the office withdraws it in the log of its new keys, as nothing more is written in the old
 * one.                                                                                                        */
static void of_an_earlier_epoch(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    uint64_t bulk = forge(&f->k, REVISION);
    write_one(&f->k, 1000);
    carry(&f->k, &f->c);
    carry(&f->c, &f->k);
    rotate(&f->k, &f->c, true);
    assert_int_equal(quarantine_supersede(f->k.st, 0, bulk, "no such entry in this one", &err),
                     QN_ABSENT);
    assert_int_equal(quarantine_supersede(f->k.st, 9, bulk, "nor such an epoch", &err), QN_ABSENT);
    assert_string_equal(err.id, "log.unknown");
    MUST(quarantine_supersede(f->k.st, 1, bulk, "a slip of the old program", &offices_err));
    assert_int_equal(quarantine_supersede(f->k.st, 1, bulk, "again", &err), QN_CONFLICT);
    carry(&f->k, &f->c);
    assert_int_equal(
        count(&f->c, "SELECT f.seq FROM fate f JOIN log l ON l.no = f.log WHERE l.epoch = 1 AND "
                     "l.office = '140602' AND f.state = 'superseded'"),
        bulk);
    assert_int_equal(rows_of(&f->c, "roster_close"), 1); /* the lane went on */
}

static void not_to_be_superseded(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    write_one(&f->k, 1000);
    assert_int_equal(quarantine_supersede(f->k.st, 0, 0, "too early", &err), QN_DENIED);
    assert_string_equal(err.id, "quarantine.not-standing");
    carry(&f->k, &f->c);
    carry(&f->c, &f->k);
    assert_int_equal(quarantine_supersede(f->k.st, 0, 0, "applied above", &err), QN_DENIED);
    assert_string_equal(err.id, "quarantine.applied-above");
    assert_int_equal(quarantine_supersede(f->k.st, 0, 1, "not written", &err), QN_ABSENT);
    assert_string_equal(err.id, "log.no-entry");
}

/* A node that does not ask signs a supersede of what is applied: nothing is taken back, and all agree. */
static void applied_stays_applied(void **state)
{
    struct family *f = *state;
    struct forge e;
    struct qn_row row;
    write_one(&f->k, 1000);
    carry(&f->k, &f->c);
    forge_init(&e, QN_LANE_CONTROL, QN_KIND_SUPERSEDE);
    about_row(&row, &f->k, "supersede", store_origin(f->k.st), 0);
    put(&e, &row);
    uint64_t seq = commit(&e, &f->k);
    /* And one of an earlier entry of the control lane itself, in the same stream. */
    forge_init(&e, QN_LANE_CONTROL, QN_KIND_SUPERSEDE);
    about_row(&row, &f->k, "supersede", store_origin(f->k.st), (int64_t)seq);
    put(&e, &row);
    commit(&e, &f->k);
    carry(&f->k, &f->c);
    carry(&f->c, &f->p); /* the province tries the entry for the first time */
    expect(&f->c, "140602", 0, "kept fate.kept");
    expect(&f->c, "140602", seq, "kept fate.kept");
    expect(&f->p, "140602", 0, "");
    assert_int_equal(rows_of(&f->c, "roster_close"), 1);
    assert_int_equal(rows_of(&f->p, "roster_close"), 1);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM waiver"), 0);
}

/* ---- waiver ---------------------------------------------------------------------------------------------------------- */

static void the_parent_waives(void **state)
{
    struct family *f = *state;
    struct ingest_tally t;
    struct qn_err err;
    uint64_t seq = forge(&f->k, TWICE);
    write_one(&f->k, 2000);
    carry(&f->k, &f->c);
    static const struct {
        const char *log;
        uint64_t seq;
        const char *want;
    } wrong[] = {
        {"140602", 1, "quarantine.none"}, {"140602", 77, "quarantine.none"},
        {"1406", 0, "authority.waiver"},  {"14", 0, "authority.waiver"},
        {"150000", 0, "log.unknown"},     {"test.example/140602/9", 0, "log.unknown"},
    };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_int_not_equal(quarantine_waive(f->c.st, wrong[i].log, wrong[i].seq, "x", &t, &err),
                             QN_OK);
        assert_string_equal(err.id, wrong[i].want);
    }
    MUST(quarantine_waive(f->c.st, "140602", seq, "seen by | the office", &t, &offices_err));
    assert_int_equal(t.applied, 1); /* the lane goes on at once */
    expect(&f->c, "140602", seq, "waived fate.waived");
    assert_int_equal(quarantine_waive(f->c.st, "140602", seq, "again", &t, &err), QN_CONFLICT);
    assert_string_equal(err.id, "quarantine.done");
    /* The province gets entry and waiver at once: the entry is never tried. */
    carry(&f->c, &f->p);
    expect(&f->p, "140602", seq, "waived fate.waived");
    assert_int_equal(rows_of(&f->p, "roster_close"), 1);
    carry(&f->c, &f->k);
    expect(&f->k, "140602", seq, "waived fate.waived");
    assert_int_equal(
        count(&f->p,
              "SELECT count(*) FROM part p JOIN log l ON l.no = p.log WHERE l.office = '140602'"),
        2);
}

static void ends_a_standstill_above(void **state)
{
    struct family *f = *state;
    struct ingest_tally t;
    struct qn_err err;
    uint64_t seq = forge(&f->k, REVISION);
    write_one(&f->k, 2000);
    carry(&f->k, &f->c);
    carry(&f->c, &f->p);
    expect(&f->p, "140602", seq, "held apply.revision");
    assert_int_equal(quarantine_waive(f->p.st, "140602", seq, "not mine to waive", &t, &err),
                     QN_DENIED);
    assert_string_equal(err.id, "authority.waiver");
    MUST(quarantine_waive(f->c.st, "140602", seq, "lost", &t, &offices_err));
    carry(&f->c, &f->p);
    expect(&f->p, "140602", seq, "waived fate.waived");
    assert_int_equal(rows_of(&f->p, "roster_close"), 1);
}

/* What others sign as waivers is refused by all, and changes nothing. */
static void nobody_else_waives(void **state)
{
    struct family *f = *state;
    struct forge e;
    struct qn_row row;
    uint64_t seq = forge(&f->k, REVISION);
    carry(&f->k, &f->c);
    forge_init(&e, QN_LANE_CONTROL, QN_KIND_WAIVER);
    about_row(&row, &f->p, "waiver", store_origin(f->k.st), (int64_t)seq);
    put(&e, &row);
    uint64_t by_p = commit(&e, &f->p);
    carry(&f->p, &f->c);
    expect(&f->c, "14", by_p, "refused authority.waiver");
    uint64_t by_k2 = forge(&f->k2, WAIVE_OWN);
    carry(&f->k2, &f->c);
    expect(&f->c, "140622", by_k2, "refused authority.waiver");
    expect(&f->c, "140602", seq, "held apply.revision");
    /* Of an office that nobody knows here: it waits for the certificate. */
    forge_init(&e, QN_LANE_CONTROL, QN_KIND_WAIVER);
    about_row(&row, &f->k2, "waiver", "test.example/140699/1", 0);
    put(&e, &row);
    uint64_t unknown = commit(&e, &f->k2);
    carry(&f->k2, &f->c);
    expect(&f->c, "140622", unknown, "held judge.subject");
}

/* The city cannot apply what the province has applied already; its waiver takes nothing back there. */
static void applied_above_is_kept(void **state)
{
    struct family *f = *state;
    struct ingest_tally t;
    struct qn_err err;
    char sql[400];
    snprintf(sql, sizeof(sql),
             "INSERT INTO roster_close(office, id, rev, roster, entries, rows, root, acted_by, "
             "recorded_on) "
             "VALUES('140602', %lld, 1, 1, 0, 0, zeroblob(32), 'x', 'x')",
             (long long)qn_row_id(1, 0, 0));
    MUST(store_exec(f->c.st, sql, &err));
    write_one(&f->k, 1000);
    carry(&f->k, &f->p);
    carry(&f->k, &f->c);
    expect(&f->c, "140602", 0, "quarantined row.exists");
    MUST(quarantine_waive(f->c.st, "140602", 0, "a damaged table", &t, &offices_err));
    carry(&f->c, &f->p);
    expect(&f->p, "140602", 0, "kept fate.kept");
    assert_int_equal(rows_of(&f->p, "roster_close"), 1);
    carry(&f->p, &f->k);
    carry(&f->c, &f->k);
    assert_int_equal(quarantine_supersede(f->k.st, 0, 0, "x", &err), QN_CONFLICT);
}

/* ---- rival branches ------------------------------------------------------------------------------------------------------ */

static void room_for_rivals(void **state)
{
    static const struct {
        int64_t headers, bytes;
        size_t n;
        bool header, fits;
    } rows[] = {
        {0, 0, 100, true, true},
        {RIVAL_HEADERS - 1, 0, 100, true, true},
        {RIVAL_HEADERS, 0, 100, true, false},
        {RIVAL_HEADERS, 0, 100, false, true}, /* a part of one that is kept */
        {0, RIVAL_BYTES - 100, 100, true, true},
        {0, RIVAL_BYTES - 99, 100, true, false},
        {0, RIVAL_BYTES - 99, 100, false, false},
        {0, RIVAL_BYTES, 1, false, false},
    };
    struct family *f = *state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct rival_room room = {1, rows[i].headers, rows[i].bytes};
        bool fits;
        MUST(rival_fits(&fits, &room, f->c.st, 1, rows[i].n, rows[i].header, &offices_err));
        if (fits != rows[i].fits)
            fail_msg("row %zu", i);
    }
}

/* A copy of the county signs another history behind a branch that is as large as may be kept already. */
static void a_full_branch_grows_no_more(void **state)
{
    struct family *f = *state;
    struct test_office copy;
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct exchange_sent sent;
    write_one(&f->k, 1000);
    copy_office(&copy, f, &f->k, "copy");
    for (int i = 0; i < 4; i++) {
        write_one(&f->k, 10 + i);
        write_one(&copy, 20 + i);
    }
    MUST(stream_from(&b, &copy, &f->c, 0, &sent, NULL, &offices_err));
    carry(&f->k, &f->c);
    MUST(store_exec(
        f->c.st,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4094) "
        "INSERT INTO rival(log, seq, leaf, sig, header) SELECT no, 100000 + i, zeroblob(32), "
        "zeroblob(64), x'00' FROM log, n WHERE office = '140602'",
        &err));
    take(&f->c, "140602", qn_buf_span(&b), 0, NULL);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM rival"), RIVAL_HEADERS);
    assert_true(count(&f->c, "SELECT count(*) FROM fork") > 0);
    store_close(copy.st);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_parent_signs_what_it_refuses),
        T(a_bypassed_parent_is_stood_in_for),
        T(refusals_are_bounded),
        T(asked_and_granted),
        T(answers_are_bounded),
        T(of_an_earlier_epoch),
        T(not_to_be_superseded),
        T(applied_stays_applied),
        T(the_parent_waives),
        T(ends_a_standstill_above),
        T(nobody_else_waives),
        T(applied_above_is_kept),
        T(room_for_rivals),
        T(a_full_branch_grows_no_more),
    };
    return cmocka_run_group_tests_name("skip", tests, NULL, NULL);
}
