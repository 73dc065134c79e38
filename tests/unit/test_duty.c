/* test_duty.c - roles: the table of acts both ways, when it is in force, who may not be the same; each by attempts that fail. */
#include "tests/unit/exception_case.h"

#include <inttypes.h>

#include "node/draw/freeze.h"
#include "node/draw/people.h"
#include "node/publish/publication.h"
#include "node/store/duty.h"
#include "node/store/file.h"
#include "node/store/purge.h"
#include "node/store/quarantine.h"
#include "node/sync/certify.h"
#include "node/work/plan_import.h"
#include "node/work/record.h"
#include "node/work/roster_import.h"
#include "node/work/plan_import.h"

#define SINCE "2021-01-01"

static void enter(struct test_office *o, const char *name, unsigned roles)
{
    const struct person p = {.roles = roles, .since = SINCE};
    struct person named = p;
    snprintf(named.name, sizeof(named.name), "%s", name);
    person_enter(o->st, "管理");
    MUST(person_set(o->st, &named, &offices_err));
    person_enter(o->st, NULL);
}

/* One of each role, named as the role. */
static void staff(struct test_office *o)
{
    enter(o, "管理", ROLE_ADMIN);
    for (unsigned i = 0; i < ROLES; i++)
        enter(o, person_role_name[i], 1u << i);
}

/* ---- the table ------------------------------------------------------------------------------------------------------ */

static void every_act_has_a_line_and_every_line_an_act(void **state)
{
    uint32_t written = 0;
    (void)state;
    for (unsigned i = 0; i < DUTIES; i++) {
        const struct duty *d = duty_of((enum duty_id)i);
        char id[64];
        snprintf(id, sizeof(id), "duty.%s", d->name);
        assert_true(text_has(id));
        assert_true(d->roles && !(d->roles & ~(DUTY_ITSELF | (DUTY_ITSELF - 1))));
        assert_false(d->roles & ROLE_AUDITOR && d->kinds); /* writes nothing */
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(duty_of((enum duty_id)k)->name, d->name);
        if (i != DUTY_RENEW) /* says again what others may write */
            written |= d->kinds;
    }
    for (unsigned i = 0; record_type_at(i); i++) {
        const struct duty d = record_duty(record_type_at(i));
        if (!d.roles) /* is only referred to */
            continue;
        assert_true(!(d.roles & (ROLE_AUDITOR | ROLE_ADMIN | DUTY_ITSELF)));
        written |= d.kinds;
    }
    for (unsigned k = QN_KIND_CERTIFICATE; k <= QN_KIND_TRAIL; k++)
        if (k != QN_KIND_ABANDONED && !(written & UINT32_C(1) << k))
            fail_msg("no act writes entries of kind %u", k);
    assert_false(written & ~((UINT32_C(2) << QN_KIND_TRAIL) - 2));
}

static void each_role_may_what_its_lines_say(void **state)
{
    struct family *f = *state;
    struct store *st = f->k.st;
    staff(&f->k);
    for (unsigned i = 0; i < DUTIES; i++) {
        const struct duty *d = duty_of((enum duty_id)i);
        for (unsigned r = 0; r < ROLES; r++) {
            enum qn_code rc = duty_may(st, d, person_role_name[r], &offices_err);
            bool may = d->roles & 1u << r || d->roles == DUTY_ITSELF;
            if (may != (rc == QN_OK) || (!may && strcmp(offices_err.id, "person.role") != 0))
                fail_msg("%s by %s: %d %s", d->name, person_role_name[r], rc, offices_err.id);
        }
        bool was = person_itself(st, true);
        enum qn_code alone = duty_may(st, d, NULL, &offices_err);
        person_itself(st, was);
        assert_int_equal(alone, d->roles & DUTY_ITSELF ? QN_OK : QN_DENIED);
        if (alone)
            assert_string_equal(offices_err.id, "duty.itself");
    }
}

/* ---- in force --------------------------------------------------------------------------------------------------------- */

static void nobody_is_asked_before_the_first_person(void **state)
{
    struct family *f = *state;
    struct freeze_made made;
    for (unsigned i = 0; i < DUTIES; i++) {
        MUST(duty_may(f->k.st, duty_of((enum duty_id)i), NULL, &offices_err));
        MUST(duty_may(f->k.st, duty_of((enum duty_id)i), "谁", &offices_err));
    }
    write_roster(&f->k, NULL);
    MUST(freeze_make(&made, f->k.st, &offices_err));
}

static void there_is_no_way_back(void **state)
{
    struct family *f = *state;
    struct store *st = f->k.st;
    bool in_force;
    struct person p = {.name = "管理", .roles = ROLE_ADMIN, .since = SINCE};
    MUST(person_in_force(&in_force, st, &offices_err));
    assert_false(in_force);
    MUST(person_set(st, &p, &offices_err));
    MUST(person_in_force(&in_force, st, &offices_err));
    assert_true(in_force);
    enter(&f->k, "抽", ROLE_DRAW);
    static const struct {
        const char *who, *want;
    } rows[] = {{NULL, "person.who"}, {"抽", "person.role"}, {"别人", "person.unknown"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        person_enter(st, rows[i].who);
        snprintf(p.name, sizeof(p.name), "抽");
        assert_int_equal(person_set(st, &p, &offices_err),
                         QN_DENIED); /* makes itself administrator */
        assert_string_equal(offices_err.id, rows[i].want);
    }
    person_enter(st, "管理");
    p = (struct person){.name = "管理", .roles = ROLE_ADMIN, .since = SINCE, .until = "2021-02-01"};
    assert_int_equal(person_set(st, &p, &offices_err), QN_DENIED);
    assert_string_equal(offices_err.id, "person.last-admin");
    /* The same after the database is opened again. */
    store_close(st);
    MUST(store_open(&f->k.st, f->k.dir, STORE_OPEN, &offices_err));
    store_lend_keys(f->k.st, f->k.keys);
    assert_int_equal(duty_may(f->k.st, duty_of(DUTY_FREEZE), NULL, &offices_err), QN_DENIED);
    assert_string_equal(offices_err.id, "person.who");
}

static void breath(void *ctx)
{
    struct store *st = ctx;
    assert_string_equal(person_acting(st), "");
    assert_int_equal(duty_may(st, duty_of(DUTY_FREEZE), NULL, &offices_err), QN_DENIED);
    assert_string_equal(offices_err.id, "person.who"); /* neither somebody nor the node by itself */
    person_enter(st, "another");
}

static void others_are_let_in_between(void **state)
{
    struct family *f = *state;
    struct store *st = f->k.st;
    staff(&f->k);
    store_on_breath(st, breath, st);
    person_enter(st, "draw");
    person_itself(st, true);
    MUST(store_breathe(st, &offices_err));
    assert_string_equal(person_acting(st), "draw");
    assert_true(person_itself(st, false));
    store_on_breath(st, NULL, NULL);
}

/* ---- who may not be the same ------------------------------------------------------------------------------------------ */

static void roles_that_exclude_each_other(void **state)
{
    struct family *f = *state;
    static const unsigned both[] = {ROLE_ADMIN | ROLE_REVIEWER, ROLE_ADMIN | ROLE_HEAD,
                                    ROLE_ADMIN | ROLE_AUDITOR, ROLE_AUDITOR | ROLE_PLANNER,
                                    ROLE_CUSTODIAN | ROLE_TESTER};
    enter(&f->k, "管理", ROLE_ADMIN);
    person_enter(f->k.st, "管理");
    for (size_t i = 0; i < ARRAY_LEN(both); i++) {
        const struct person p = {.name = "多面手", .roles = both[i], .since = SINCE};
        assert_int_equal(person_set(f->k.st, &p, &offices_err), QN_DENIED);
        assert_string_equal(offices_err.id, "person.apart");
    }
    enter(&f->k, "多面手", ROLE_DRAW | ROLE_ROSTER | ROLE_HEAD | ROLE_INSPECTOR | ROLE_REVIEWER);
}

/* ---- acts, by whom they are not for ------------------------------------------------------------------------------------ */

static uint64_t entries(struct test_office *o)
{
    struct log log;
    MUST(log_find(&log, o->st, store_origin(o->st), &offices_err));
    return log.size;
}

static void expect_refused_at(int line, struct test_office *o, enum qn_code rc, const char *want,
                              uint64_t before)
{
    if (rc != QN_DENIED || strcmp(offices_err.id, want) != 0 || entries(o) != before)
        fail_msg("line %d: %d %s, %" PRIu64 " entries more", line, rc, offices_err.id,
                 entries(o) - before);
}
#define expect_refused(o, rc, want, before) expect_refused_at(__LINE__, o, rc, want, before)

static void acts_of_the_wrong_person_leave_nothing(void **state)
{
    struct family *f = *state;
    struct test_office *k = &f->k, *c = &f->c;
    struct freeze_made frozen;
    struct roster_imported got;
    struct published published;
    struct qn_cert cert;
    QN_AUTO(qn_buf) struct qn_buf chain = {0};
    char path[FILE_PATH_MAX];
    struct tables_imported rows;
    int64_t id;
    qn_buf_init(&chain, 1 << 16);
    ordered(f, NULL);
    staff(k);
    staff(c);
    carry(c, &f->p);
    staff(&f->p);
    uint64_t at_k = entries(k), at_c = entries(c);
    static const char *const not_draw[] = {"roster",  "planner", "observer",
                                           "auditor", "admin",   "reviewer"};
    for (size_t i = 0; i < ARRAY_LEN(not_draw); i++) {
        QN_AUTO(draw_outcomes) struct draw_outcomes all = {0};
        person_enter(k->st, not_draw[i]);
        expect_refused(k, draw_run(&all, k->st, NULL, NULL, &offices_err), "person.role", at_k);
    }
    snprintf(path, sizeof(path), "%s/x.csv", k->dir);
    MUST(file_write(path,
                    qn_str("姓名,执法证号,发证机关,证件有效期至,状态,可参加抽查\n王芳,0001,140602,"
                           "2099-12-31,在岗,是\n"),
                    0600, true, &offices_err));
    person_enter(k->st, NULL);
    static const char *const not_roster[] = {"draw", "admin", "auditor", "inspector", "head"};
    for (size_t i = 0; i < ARRAY_LEN(not_roster); i++) {
        const struct roster_import o = {.inspectors = path, .by = not_roster[i]};
        expect_refused(k, roster_import(k->st, &o, &got, NULL, &offices_err), "person.role", at_k);
    }
    person_enter(k->st, "draw");
    expect_refused(k, publish_results(&published, k->st, NULL, &offices_err), "person.role", at_k);
    expect_refused(&f->p, plan_accept(f->p.st, "1406/2021", "admin", &offices_err), "person.role",
                   entries(&f->p));
    person_enter(c->st, "head");
    expect_refused(c,
                   certify_renew(c->st, &(struct certify_renew){.office = "140602"}, &cert, &chain,
                                 &offices_err),
                   "person.role", at_c);
    person_enter(c->st, "admin");
    const struct purge_order purge = {
        .holder = "140602", .subject = "140602", .basis = "x", .reason = "x", .by = "admin"};
    expect_refused(c, purge_order(&id, c->st, &purge, &offices_err), "person.role", at_c);
    expect_refused(c, tables_import(c->st, path, NULL, false, &rows, &offices_err), "person.role", at_c);
    person_enter(k->st, NULL);
    write_roster(k, NULL);
    at_k = entries(k);
    expect_refused(k, freeze_make(&frozen, k->st, &offices_err), "person.who", at_k);
    for (unsigned i = 0; record_type_at(i); i++)
        for (unsigned r = 0; r < 2; r++) {
            QN_AUTO(record_draft) struct record_draft d = {0};
            expect_refused(
                k,
                record_start(&d, k->st, record_type_at(i), r ? "auditor" : "admin", &offices_err),
                "person.role", at_k);
        }
}

/* ---- draws --------------------------------------------------------------------------------------------------------------- */

static enum qn_code draw_as(struct family *f, const char *who, const char *operator_name,
                            const char *observers, size_t *drawn)
{
    QN_AUTO(draw_outcomes) struct draw_outcomes all = {0};
    person_enter(f->k.st, who);
    enum qn_code rc = draw_run_before(
        &all, f->k.st, NULL, &(struct draw_people){operator_name, observers}, NULL, &offices_err);
    *drawn = 0;
    for (size_t i = 0; i < all.n; i++)
        *drawn += all.at[i].drawn;
    return rc;
}

/* 李四 closed the roster today. */
static void a_draw_needs_a_second_person_beside_whom_kept_the_roster(void **state)
{
    struct family *f = *state;
    size_t drawn;
    ordered(f, NULL);
    char today[11], sql[200];
    clock_today(f->k.st, today);
    snprintf(sql, sizeof(sql),
             "UPDATE roster_close SET acted_by = '两职', recorded_on = '%sT08:00:00'", today);
    edit(&f->k, sql);
    staff(&f->k);
    enter(&f->k, "两职", ROLE_DRAW | ROLE_ROSTER | ROLE_OBSERVER);
    enter(&f->k, "走了", ROLE_OBSERVER);
    const struct person gone = {
        .name = "走了", .roles = ROLE_OBSERVER, .since = SINCE, .until = "2021-02-01"};
    person_enter(f->k.st, "管理");
    MUST(person_set(f->k.st, &gone, &offices_err));
    uint64_t before = entries(&f->k);
    static const struct {
        const char *who, *operator_name, *observers, *want;
    } rows[] = {
        {"两职", NULL, "", "draw.second-person"},
        {"两职", NULL, "来宾、roster、走了",
         "draw.second-person"}, /* nobody of them is an observer here */
        {"两职", "两职", "observer、两职", "draw.operator-observes"},
        {"两职", "draw", "observer", "draw.operator-other"},
        {"draw", NULL, "draw", "draw.operator-observes"},
        {"observer", NULL, "", "person.role"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        expect_refused(&f->k,
                       draw_as(f, rows[i].who, rows[i].operator_name, rows[i].observers, &drawn),
                       rows[i].want, before);
    MUST(draw_as(f, "两职", NULL, "来宾、observer", &drawn));
    assert_int_equal(drawn, 1);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM draw_attendance WHERE operator = '两职' "
                                  "AND observers = '来宾、observer'"),
                     1);
}

static void who_kept_no_roster_draws_alone(void **state)
{
    struct family *f = *state;
    size_t drawn;
    ordered(f, NULL);
    staff(&f->k);
    MUST(draw_as(f, "draw", NULL, "", &drawn));
    assert_int_equal(drawn, 1);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM draw_attendance WHERE operator = 'draw'"),
                     1);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, family_setup, family_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_act_has_a_line_and_every_line_an_act),
        TEST(each_role_may_what_its_lines_say),
        TEST(nobody_is_asked_before_the_first_person),
        TEST(there_is_no_way_back),
        TEST(others_are_let_in_between),
        TEST(roles_that_exclude_each_other),
        TEST(acts_of_the_wrong_person_leave_nothing),
        TEST(a_draw_needs_a_second_person_beside_whom_kept_the_roster),
        TEST(who_kept_no_roster_draws_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
