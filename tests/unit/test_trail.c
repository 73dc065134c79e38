/* test_trail.c - the trail: a line for each act, none without it, refusals that outlive a rollback, and what a change shows. */
#include "tests/unit/draw_case.h"

#include <inttypes.h>

#include "node/store/internal.h"
#include "node/draw/freeze.h"
#include "node/store/trail.h"
#include "node/work/record.h"

#define SINCE "2021-01-01"

static void enter(struct test_office *o, const char *name, unsigned roles)
{
    struct person p = {.roles = roles, .since = SINCE};
    snprintf(p.name, sizeof(p.name), "%s", name);
    person_enter(o->st, "管理");
    MUST(person_set(o->st, &p, &offices_err));
    person_enter(o->st, NULL);
}

static void staff(struct test_office *o)
{
    enter(o, "管理", ROLE_ADMIN);
    enter(o, "抽", ROLE_DRAW);
    enter(o, "计", ROLE_PLANNER);
    enter(o, "督", ROLE_AUDITOR);
}

struct seen {
    unsigned n, stop;
    char text[2000];
};

/* "person act rule;" of each line */
static bool see(void *ctx, const struct trail_line *l)
{
    struct seen *s = ctx;
    size_t at = strlen(s->text);
    snprintf(s->text + at, sizeof(s->text) - at, "%s %s %s;", l->person, l->act, l->rule);
    return ++s->n != s->stop;
}

static struct seen read_as(struct test_office *o, const char *who, struct trail_filter f)
{
    struct seen s = {.n = 0};
    person_enter(o->st, who);
    MUST(trail_read(o->st, &f, see, &s, &offices_err));
    person_enter(o->st, NULL);
    return s;
}

static void list_written(struct test_office *o, const char *by, char name[80])
{
    QN_AUTO(record_draft) struct record_draft d = {0};
    MUST(record_start(&d, o->st, record_type("item_list"), by, &offices_err));
    MUST(record_set(&d, "title", qn_str("清单"), &offices_err));
    MUST(record_set(&d, "version", qn_str("1"), &offices_err));
    MUST(record_write(&d, &offices_err));
    record_name_text(name, code_of(o), d.id);
}

/* ---- what is in it ------------------------------------------------------------------------------------------------- */

static void each_act_and_each_refusal_has_a_line(void **state)
{
    struct family *f = *state;
    struct test_office *k = &f->k;
    struct freeze_made made;
    char name[80];
    write_roster(k, NULL);
    staff(k);
    person_enter(k->st, "抽");
    MUST(freeze_make(&made, k->st, &offices_err));
    person_enter(k->st, NULL);
    list_written(k, "计", name);
    assert_int_equal(freeze_make(&made, k->st, &offices_err), QN_DENIED);
    person_enter(k->st, "计");
    assert_int_equal(freeze_make(&made, k->st, &offices_err), QN_DENIED);
    struct seen s = read_as(k, "督", (struct trail_filter){.past = 5});
    assert_string_equal(s.text, "抽 freeze ;计 item_list ;计 item_list ; freeze person.who;计 "
                                "freeze person.role;督 trail ;");
    s = read_as(k, "督", (struct trail_filter){.person = "抽"});
    assert_string_equal(s.text, "抽 freeze ;");
    s = read_as(k, "督", (struct trail_filter){.refused = true});
    assert_string_equal(s.text, " freeze person.who;计 freeze person.role;");
    s = read_as(k, "督", (struct trail_filter){.act = "item_list", .limit = 1});
    assert_string_equal(s.text, "计 item_list ;");
    s = read_as(k, "督", (struct trail_filter){.object = name});
    assert_string_equal(s.text, "计 item_list ;"); /* its release names no row of it */
    s = read_as(k, "督", (struct trail_filter){.until = "2001-01-01"});
    assert_int_equal(s.n, 0);
    s = read_as(k, "督", (struct trail_filter){.act = "person-set", .since = "2021-01-01"});
    assert_int_equal(s.n, 4);
}

/* Whoever edits the file around the program switches no roles off unseen. */
static void persons_are_as_they_were_left(void **state)
{
    struct family *f = *state;
    static const char *const edits[] = {
        "DELETE FROM person",
        "DELETE FROM person WHERE name = '督'",
        "UPDATE person SET roles = roles | 32 WHERE name = '抽'",
        "UPDATE person SET since = '2001-01-01' WHERE name = '抽'",
        "INSERT INTO person VALUES ('某', 1, '', '2001-01-01', '')",
    };
    bool right;
    MUST(person_check(&right, f->k.st, &offices_err));
    assert_true(right); /* nobody yet */
    staff(&f->k);
    MUST(person_check(&right, f->k.st, &offices_err));
    assert_true(right);
    for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
        QN_AUTO(tx) struct tx tx = {0};
        MUST(tx_begin(&tx, f->k.st, &offices_err));
        MUST(store_exec(f->k.st, edits[i], &offices_err));
        MUST(person_check(&right, f->k.st, &offices_err));
        assert_false(right);
    }
    MUST(person_check(&right, f->k.st, &offices_err));
    assert_true(right);
    /* Who begins tomorrow does nothing today. */
    person_enter(f->k.st, "管理");
    MUST(person_set(f->k.st,
                    &(struct person){.name = "新", .roles = ROLE_DRAW, .since = "2099-01-01"},
                    &offices_err));
    person_enter(f->k.st, "新");
    struct freeze_made made;
    assert_int_equal(freeze_make(&made, f->k.st, &offices_err), QN_DENIED);
    assert_string_equal(offices_err.id, "person.not-yet");
}

static void who_does_not_audit_does_not_read(void **state)
{
    struct family *f = *state;
    struct seen s = {.n = 0};
    staff(&f->k);
    static const char *const others[] = {"管理", "抽", "计", NULL};
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        person_enter(f->k.st, others[i]);
        assert_int_equal(
            trail_read(f->k.st, &(struct trail_filter){.limit = 9}, see, &s, &offices_err),
            QN_DENIED);
        assert_string_equal(offices_err.id, others[i] ? "person.role" : "person.who");
    }
    assert_int_equal(s.n, 0);
}

/* What is rolled back has no line; that it was refused has one. */
static void a_rollback_takes_its_line_with_it(void **state)
{
    struct family *f = *state;
    struct trail_checked before, after;
    char name[80];
    struct freeze_made made;
    staff(&f->k);
    MUST(trail_check(&before, f->k.st, &offices_err));
    {
        QN_AUTO(tx) struct tx tx = {0};
        MUST(tx_begin(&tx, f->k.st, &offices_err));
        list_written(&f->k, "计", name);
        assert_int_equal(freeze_make(&made, f->k.st, &offices_err), QN_DENIED);
    }
    MUST(trail_check(&after, f->k.st, &offices_err));
    assert_int_equal(after.lines, before.lines + 1);
    assert_int_equal(after.wrong, 0);
    assert_int_equal(after.foreign, 0);
    struct seen s = read_as(&f->k, "督", (struct trail_filter){.past = before.lines, .limit = 1});
    assert_string_equal(s.text, " freeze person.who;");
}

/* An object's lines are found by its rows, whatever the entry was about first. */
static void an_object_is_found_by_its_rows(void **state)
{
    struct family *f = *state;
    char object[32], sql[300];
    struct freeze_made made;
    write_roster(&f->k, NULL);
    MUST(freeze_make(&made, f->k.st, &offices_err));
    object_id(object, 7);
    struct seen s = read_as(&f->k, NULL, (struct trail_filter){.object = object});
    assert_int_equal(s.n, 0); /* written by no act */
    snprintf(sql, sizeof(sql),
             "DROP TRIGGER trail_no_update; UPDATE trail SET seq = (SELECT min(e.seq) FROM entry e "
             "JOIN log l "
             "ON l.no = e.log WHERE l.office = '140602' AND e.kind = %d) WHERE act = 'freeze'",
             QN_KIND_ROSTER);
    edit(&f->k, sql);
    s = read_as(&f->k, NULL, (struct trail_filter){.object = object});
    assert_string_equal(s.text, " freeze ;");
}

/* ---- what a change shows ---------------------------------------------------------------------------------------------- */

static struct edit_row {
    const char *name, *sql;
    uint64_t wrong, foreign, untold;
} rows[] = {
    {"nothing", "SELECT 1", 0, 0, 0},
    {"another person", "UPDATE trail SET person = '计' WHERE no = 3", 3, 0, 0},
    {"another time", "UPDATE trail SET at_ms = at_ms + 1 WHERE no = 2", 2, 0, 0},
    {"a refusal that was none", "UPDATE trail SET rule = '' WHERE no = 7", 7, 0, 0},
    {"a line taken out", "DELETE FROM trail WHERE no = 3", 4, 0, 0},
    {"and the others moved up",
     "DELETE FROM trail WHERE no = 3; UPDATE trail SET no = no - 1 WHERE no > 3", 3, 0, 0},
    {"the first taken out", "DELETE FROM trail WHERE no = 1", 2, 0, 0},
    {"another hash", "UPDATE trail SET hash = randomblob(32) WHERE no = 2", 2, 0, 0},
    {"another entry", "UPDATE trail SET seq = seq + 1 WHERE no = 6", 6, 6, 0},
    {"another leaf", "UPDATE trail SET leaf = randomblob(32) WHERE no = 6", 6, 6, 0},
};

static void a_changed_line_is_found(void **state)
{
    const struct edit_row *row = *state;
    void *made = NULL;
    family_setup(&made);
    struct family *f = made;
    struct freeze_made frozen;
    struct trail_checked c;
    char name[80], sql[400];
    write_roster(&f->k, NULL);
    staff(&f->k);
    person_enter(f->k.st, "抽");
    MUST(freeze_make(&frozen, f->k.st, &offices_err)); /* line 6; 1 is the enrolment */
    person_enter(f->k.st, NULL);
    assert_int_equal(freeze_make(&frozen, f->k.st, &offices_err), QN_DENIED); /* 7 */
    list_written(&f->k, "计", name);                                          /* 8 and 9 */
    snprintf(sql, sizeof(sql), "DROP TRIGGER trail_no_update; DROP TRIGGER trail_no_delete; %s",
             row->sql);
    edit(&f->k, sql);
    MUST(trail_check(&c, f->k.st, &offices_err));
    if (c.wrong != row->wrong || c.foreign != row->foreign || c.untold != row->untold)
        fail_msg("%s: wrong %" PRIu64 ", foreign %" PRIu64 ", untold %" PRIu64, row->name, c.wrong,
                 c.foreign, c.untold);
    family_teardown(&made);
}

/* ---- the heads in the own log ---------------------------------------------------------------------------------------- */

static uint64_t own_size(struct test_office *o)
{
    return (uint64_t)count(o, "SELECT size FROM log WHERE office = '140602'");
}

static void anchored(struct test_office *o)
{
    bool was = person_itself(o->st, true);
    person_enter(o->st, NULL);
    MUST(trail_anchor(o->st, &offices_err));
    person_itself(o->st, was);
}

static void a_head_is_signed_when_something_was_done(void **state)
{
    struct family *f = *state;
    struct test_office *k = &f->k;
    struct trail_checked c;
    struct freeze_made made;
    char name[80];
    list_written(k, "谁", name);
    uint64_t size = own_size(k);
    anchored(k);
    assert_int_equal(own_size(k), size); /* roles are not in force */
    staff(k);
    anchored(k);
    assert_int_equal(own_size(k), size + 1);
    for (int i = 0; i < 3; i++) { /* nothing of it is news */
        MUST(trail_put(k->st, duty_of(DUTY_BUNDLE), "抽", "1406", &offices_err));
        assert_int_equal(freeze_make(&made, k->st, &offices_err), QN_DENIED);
        anchored(k);
    }
    assert_int_equal(own_size(k), size + 1);
    list_written(k, "计", name);
    size = own_size(k);
    anchored(k);
    anchored(k);
    assert_int_equal(own_size(k), size + 1);
    MUST(trail_check(&c, k->st, &offices_err));
    assert_int_equal(c.heads, 2);
    assert_int_equal(c.wrong + c.foreign + c.untold + c.other_to + c.elsewhere, 0);
}

static void put16(uint8_t **at, const char *s)
{
    size_t n = strlen(s);
    *(*at)++ = (uint8_t)(n >> 8);
    *(*at)++ = (uint8_t)n;
    memcpy(*at, s, n);
    *at += n;
}

static void put_big(uint8_t **at, uint64_t v, unsigned n)
{
    while (n--)
        *(*at)++ = (uint8_t)(v >> 8 * n);
}

/* All hashes anew, as by somebody who read roles-17: written from the page, not from the program. */
static void bound_anew(struct test_office *o)
{
    sqlite3 *db;
    sqlite3_stmt *q, *u;
    char path[600];
    uint8_t before[32] = {0}, line[2048];
    snprintf(path, sizeof(path), "%s/qian.db", o->dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT no, at_ms, person, act, rule, about, epoch, seq, "
                                        "leaf FROM trail ORDER BY no",
                                        -1, &q, NULL),
                     SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "UPDATE trail SET hash = ?1 WHERE no = ?2", -1, &u, NULL),
        SQLITE_OK);
    while (sqlite3_step(q) == SQLITE_ROW) {
        uint8_t *at = line;
        memcpy(at, "qian-trail/1\n", 13);
        memcpy(at + 13, before, 32);
        at += 45;
        put_big(&at, (uint64_t)sqlite3_column_int64(q, 0), 8);
        put_big(&at, (uint64_t)sqlite3_column_int64(q, 1), 8);
        for (int i = 2; i < 6; i++)
            put16(&at, (const char *)sqlite3_column_text(q, i));
        put_big(&at, (uint64_t)sqlite3_column_int64(q, 6), 2);
        put_big(&at, (uint64_t)sqlite3_column_int64(q, 7), 8);
        memcpy(at, sqlite3_column_blob(q, 8), 32);
        crypto_hash_sha256(before, line, (unsigned long long)(at + 32 - line));
        sqlite3_bind_blob(u, 1, before, 32, SQLITE_STATIC);
        sqlite3_bind_int64(u, 2, sqlite3_column_int64(q, 0));
        assert_int_equal(sqlite3_step(u), SQLITE_DONE);
        sqlite3_reset(u);
    }
    sqlite3_finalize(q);
    sqlite3_finalize(u);
    sqlite3_close(db);
}

/* Line 1 is the enrolment, 2 to 5 are the staff, 6 is the first head; 7 and 8 a list, 9 the second head; 10 and 11 another list. */
static struct anew_row {
    const char *name, *sql;
    uint64_t wrong, from, to, elsewhere;
} anew[] = {
    {"bound as it was", "SELECT 1", 0, 0, 0, 0},
    {"another person before the first head", "UPDATE trail SET person = '计' WHERE no = 2", 0, 1, 5,
     0},
    {"another person between the heads", "UPDATE trail SET person = '抽' WHERE no = 7", 0, 6, 8, 0},
    {"another person behind the heads", "UPDATE trail SET person = '抽' WHERE no = 10", 0, 0, 0, 0},
    {"a line taken out",
     "DELETE FROM trail WHERE no = 3; UPDATE trail SET no = no - 1 WHERE no > 3", 0, 1, 5, 0},
    {"all behind the first head", "DELETE FROM trail WHERE no > 6", 0, 0, 0, 1},
    {"everything", "DELETE FROM trail", 0, 0, 0, 2},
    {"with the rows of the heads",
     "UPDATE trail SET person = '抽' WHERE no = 7; DELETE FROM trail_head", 0, 6, 8, 0},
};

static void a_trail_written_anew_is_told_by_the_heads(void **state)
{
    const struct anew_row *row = *state;
    void *made = NULL;
    family_setup(&made);
    struct family *f = made;
    struct trail_checked c;
    char name[80], sql[400];
    staff(&f->k);
    anchored(&f->k);
    list_written(&f->k, "计", name);
    anchored(&f->k);
    list_written(&f->k, "计", name);
    snprintf(sql, sizeof(sql), "DROP TRIGGER trail_no_update; DROP TRIGGER trail_no_delete; %s",
             row->sql);
    edit(&f->k, sql);
    bound_anew(&f->k);
    MUST(trail_check(&c, f->k.st, &offices_err));
    if (c.wrong != row->wrong || c.other_from != row->from || c.other_to != row->to ||
        c.elsewhere != row->elsewhere || c.heads != 2)
        fail_msg("%s: wrong %" PRIu64 ", from %" PRIu64 " to %" PRIu64 ", elsewhere %" PRIu64
                 ", heads %" PRIu64,
                 row->name, c.wrong, c.other_from, c.other_to, c.elsewhere, c.heads);
    family_teardown(&made);
}

static void nobody_changes_it_by_a_slip(void **state)
{
    struct family *f = *state;
    sqlite3 *db;
    char path[600];
    staff(&f->k);
    snprintf(path, sizeof(path), "%s/qian.db", f->k.dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "UPDATE trail SET person = 'x'", NULL, NULL, NULL),
                     SQLITE_CONSTRAINT);
    assert_int_equal(sqlite3_exec(db, "DELETE FROM trail", NULL, NULL, NULL), SQLITE_CONSTRAINT);
    sqlite3_close(db);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, family_setup, family_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_act_and_each_refusal_has_a_line),     TEST(persons_are_as_they_were_left),
        TEST(who_does_not_audit_does_not_read),         TEST(a_rollback_takes_its_line_with_it),
        TEST(an_object_is_found_by_its_rows),           TEST(nobody_changes_it_by_a_slip),
        TEST(a_head_is_signed_when_something_was_done),
    };
    struct CMUnitTest edits[ARRAY_LEN(rows)];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        edits[i] = (struct CMUnitTest){rows[i].name, a_changed_line_is_found, NULL, NULL, &rows[i]};
    struct CMUnitTest bound[ARRAY_LEN(anew)];
    for (size_t i = 0; i < ARRAY_LEN(anew); i++)
        bound[i] = (struct CMUnitTest){anew[i].name, a_trail_written_anew_is_told_by_the_heads,
                                       NULL, NULL, &anew[i]};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("changed lines", edits, NULL, NULL);
    return cmocka_run_group_tests_name("written anew", bound, NULL, NULL) + failed;
}
