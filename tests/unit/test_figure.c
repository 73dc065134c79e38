/* test_figure.c - each figure against a number counted by hand, a parent that counts anew, the rows behind every number,
 * coverage and its goal, as of when. */
#include "tests/unit/figure_case.h"

#include <sodium.h>

static const struct figure_group *group(const struct figures *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->at[i].name, name) == 0)
            return &f->at[i];
    fail_msg("no group %s", name);
    return NULL;
}

static uint64_t of(const struct figure_group *g, const char *code)
{
    return g->of[figure_find(code) - figure_table];
}

static uint64_t over(const struct figure_group *g, const char *code)
{
    return g->over[figure_find(code) - figure_table];
}

struct want {
    const char *code;
    uint64_t city[2], k[2], k2[2];
};
static const struct want wants[] = {
    {"targets", {6, 0}, {4, 0}, {3, 0}},
    {"completion", {3, 6}, {2, 4}, {1, 3}},
    {"publication", {3, 5}, {2, 4}, {1, 2}},
    {"on_time", {1, 5}, {1, 4}, {0, 2}},
    /* S is published by one county and open at the other. */
    {"closure", {2, 3}, {2, 2}, {1, 1}},
    {"finding", {2, 5}, {1, 4}, {1, 2}},
    {"coverage", {4, 0}, {3, 0}, {2, 0}},
    {"joint_tasks", {1, 2}, {0, 0}, {0, 0}},
    {"follow_ups", {1, 0}, {1, 0}, {0, 0}},
    {"correction_orders", {1, 0}, {1, 0}, {0, 0}},
    {"cases", {1, 0}, {1, 0}, {0, 0}},
    {"transfers", {1, 0}, {1, 0}, {0, 0}},
    {"voids", {1, 0}, {1, 0}, {0, 0}},
    {"substitutions", {1, 0}, {1, 0}, {0, 0}},
    {"direct_appointments", {1, 0}, {1, 0}, {0, 0}},
    {"neighbour_appointments", {1, 0}, {0, 0}, {1, 0}},
    {"draws", {3, 0}, {2, 0}, {1, 0}},
    {"disputed_draws", {1, 3}, {0, 2}, {1, 1}},
};

static void is_as_counted(const struct figures *f)
{
    for (size_t i = 0; i < COUNT(wants); i++) {
        const struct figure_group *at[3] = {&f->at[0], group(f, "140602"), group(f, "140622")};
        const uint64_t *want[3] = {wants[i].city, wants[i].k, wants[i].k2};
        for (size_t n = 0; n < 3; n++) {
            print_message("%s %s\n", wants[i].code, at[n]->name);
            assert_int_equal(of(at[n], wants[i].code), want[n][0]);
            assert_int_equal(over(at[n], wants[i].code), want[n][1]);
        }
    }
}

/* SPEC figures-3: "two in the lines of the counties together and one in that of the city" */
static void a_parent_counts_anew(void **state)
{
    struct family *f = *state;
    QN_AUTO(figures) struct figures c = {.n = 0}, p = {.n = 0};
    const struct figure_query q = {.year = 2021};
    MUST(figures_count(&c, f->c.st, &q, FIGURE_BY_OFFICE, &offices_err));
    is_as_counted(&c);
    assert_int_equal(c.provisional, 0);
    /* The province has the same, the city among its offices. */
    MUST(figures_count(&p, f->p.st, &q, FIGURE_BY_OFFICE, &offices_err));
    is_as_counted(&p);
    for (unsigned i = 0; i < FIGURES; i++) {
        assert_int_equal(group(&p, "1406")->of[i], p.at[0].of[i]);
        assert_memory_equal(p.digest[i], c.digest[i], sizeof(p.digest[i]));
    }
    /* Naive addition would be wrong: seven targets, and five of eight published in neither way. */
    assert_int_equal(of(group(&c, "140602"), "targets") + of(group(&c, "140622"), "targets"), 7);
}

static void by_task_and_by_class(void **state)
{
    struct family *f = *state;
    QN_AUTO(figures) struct figures t = {.n = 0}, r = {.n = 0};
    const struct figure_query q = {.year = 2021};
    MUST(figures_count(&t, f->c.st, &q, FIGURE_BY_TASK, &offices_err));
    assert_int_equal(t.n, 3);
    assert_int_equal(of(group(&t, "1406/2021/1"), "targets"), 5);
    assert_int_equal(of(group(&t, "1406/2021/2"), "targets"), 1);
    assert_int_equal(of(group(&t, "1406/2021/1"), "correction_orders"), 1);
    assert_int_equal(of(group(&t, "1406/2021/1"), "draws"), 2);
    MUST(figures_count(&r, f->c.st, &q, FIGURE_BY_RISK, &offices_err));
    /* As frozen, not as the roster has it now: A is of class A. S is of another class in each county. */
    assert_int_equal(of(group(&r, "A"), "targets"), 1);
    assert_int_equal(of(group(&r, "B"), "targets"), 1);
    assert_int_equal(of(group(&r, "C"), "targets"), 3);
    assert_int_equal(of(group(&r, "D"), "targets"), 1);
    assert_int_equal(of(group(&r, "-"), "targets"), 1);
    assert_int_equal(r.n, 6);
}

static void one_office_one_series_one_year(void **state)
{
    struct family *f = *state;
    QN_AUTO(figures) struct figures k = {.n = 0}, s = {.n = 0}, none = {.n = 0};
    MUST(figures_count(&k, f->c.st, &(struct figure_query){.office = "140622", .year = 2021},
                       FIGURE_BY_NONE, &offices_err));
    assert_int_equal(k.n, 1);
    assert_int_equal(of(&k.at[0], "targets"), 3);
    assert_int_equal(of(&k.at[0], "coverage"), 2);
    /* The series says the year. */
    MUST(figures_count(&s, f->c.st, &(struct figure_query){.series = "1406/2021"}, FIGURE_BY_NONE,
                       &offices_err));
    assert_int_equal(s.q.year, 2021);
    assert_int_equal(of(&s.at[0], "targets"), 6);
    assert_int_equal(of(&s.at[0], "cases"), 1);
    MUST(figures_count(&none, f->c.st, &(struct figure_query){.year = 2020}, FIGURE_BY_OFFICE,
                       &offices_err));
    assert_int_equal(none.n, 1);
    for (unsigned i = 0; i < FIGURES; i++)
        assert_int_equal(none.at[0].of[i] + none.at[0].over[i], 0);
    static const struct {
        struct figure_query q;
        const char *id;
    } bad[] = {
        {{.series = "1406/2022"}, "figure.series"},
        {{.series = "2021"}, "figure.series"},
        {{.office = "14"}, "figure.office"},
        {{.office = "9999"}, "figure.office"},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        QN_AUTO(figures) struct figures got = {.n = 0};
        assert_int_equal(figures_count(&got, f->c.st, &bad[i].q, FIGURE_BY_NONE, &offices_err),
                         QN_ABSENT);
        assert_string_equal(offices_err.id, bad[i].id);
    }
}

/* ---- the rows behind ------------------------------------------------------------------------------------------------- */

struct seen {
    uint64_t n;
    unsigned limit, depth;
    char last[FIGURE_KEY], records[2000];
    crypto_hash_sha256_state sha;
};

static enum qn_code see(void *ctx, const struct figure_thing *t, struct qn_err *err)
{
    struct seen *s = ctx;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    (void)err;
    if (s->limit && s->n == s->limit)
        return QN_LATER;
    assert_true(strcmp(t->key, s->last) > 0);
    snprintf(s->last, sizeof(s->last), "%s", t->key);
    s->n++;
    qn_buf_init(&b, 10000);
    qn_put_fmt(&b, "%s\t", t->key);
    size_t from = b.n;
    figure_records(&b, t, s->depth ? s->depth : FIGURE_RECORDS, ",");
    snprintf(s->records, sizeof(s->records), "%.*s", (int)(b.n - from), (const char *)b.p + from);
    assert_true(b.n > from);
    qn_put(&b, "\n", 1);
    crypto_hash_sha256_update(&s->sha, b.p, b.n);
    return QN_OK;
}

/* SPEC figures-2: "the number of things that can be listed with the records they rest on" */
static void every_number_can_be_listed(void **state)
{
    struct family *f = *state;
    QN_AUTO(figures) struct figures c = {.n = 0};
    const struct figure_query q = {.year = 2021};
    MUST(figures_count(&c, f->c.st, &q, FIGURE_BY_NONE, &offices_err));
    for (unsigned i = 0; i < FIGURES; i++)
        for (int lower = 0; lower < 2; lower++) {
            struct figure_listing l = {.figure = &figure_table[i], .over = lower};
            struct seen s = {.depth = figure_depth(lower ? &l.figure->over : &l.figure->of)};
            uint8_t hash[QN_HASH];
            crypto_hash_sha256_init(&s.sha);
            print_message("%s %d\n", figure_table[i].code, lower);
            enum qn_code rc = figure_list(f->c.st, &q, &l, see, &s, &offices_err);
            if (lower && !figure_table[i].over.must) {
                assert_int_equal(rc, QN_ABSENT);
                assert_string_equal(offices_err.id, "figure.no-part");
                continue;
            }
            assert_int_equal(rc, QN_OK);
            assert_int_equal(s.n, lower ? c.at[0].over[i] : c.at[0].of[i]);
            crypto_hash_sha256_final(&s.sha, hash);
            assert_memory_equal(hash, c.digest[i][lower], QN_HASH);
        }
}

static void pages_of_rows(void **state)
{
    struct family *f = *state;
    const struct figure_query q = {.year = 2021};
    struct figure_listing l = {.figure = figure_find("targets")};
    struct seen s = {.limit = 4};
    crypto_hash_sha256_init(&s.sha);
    MUST(figure_list(f->c.st, &q, &l, see, &s, &offices_err));
    assert_int_equal(s.n, 4);
    char place[FIGURE_KEY];
    memcpy(place, s.last, sizeof(place));
    l.past = place;
    s.n = 0;
    MUST(figure_list(f->c.st, &q, &l, see, &s, &offices_err));
    assert_int_equal(s.n, 2);
    /* Of one task, of one class. */
    l.past = NULL;
    s = (struct seen){.n = 0};
    crypto_hash_sha256_init(&s.sha);
    MUST(figure_list(f->c.st, &(struct figure_query){.year = 2021, .task = "1406/2021/2"}, &l, see,
                     &s, &offices_err));
    assert_int_equal(s.n, 1);
    assert_string_equal(s.last, "1406/2021/2/1/Q:123");
    s = (struct seen){.n = 0};
    crypto_hash_sha256_init(&s.sha);
    MUST(figure_list(f->c.st, &(struct figure_query){.year = 2021, .risk_class = "D"}, &l, see, &s,
                     &offices_err));
    assert_int_equal(s.n, 1);
    assert_string_equal(s.last, "1406/2021/1/1/" E("S"));
    /* The object of both counties names the rows of both. */
    s = (struct seen){.n = 0};
    crypto_hash_sha256_init(&s.sha);
    l.figure = figure_find("finding");
    MUST(figure_list(f->c.st, &q, &l, see, &s, &offices_err));
    assert_int_equal(s.n, 2);
    assert_non_null(strstr(s.records, "140602:"));
    assert_non_null(strstr(s.records, "140622:"));
}

/* ---- coverage -------------------------------------------------------------------------------------------------------- */

static void state_count(struct test_office *o, const char *n, const char *on)
{
    QN_AUTO(record_draft) struct record_draft d = {0};
    MUST(record_start(&d, o->st, record_type("business_count"), "李四", &offices_err));
    MUST(record_set(&d, "year", qn_str("2021"), &offices_err));
    MUST(record_set(&d, "enterprises", qn_str(n), &offices_err));
    MUST(record_set(&d, "counted_on", qn_str(on), &offices_err));
    MUST(record_set(&d, "source", qn_str("登记系统"), &offices_err));
    MUST(record_write(&d, &offices_err));
}

/* A number that no honest program writes, as a changed one does. */
static void forge_count(struct test_office *o, int64_t n, const char *on)
{
    QN_AUTO(act) struct act a = {.st = NULL};
    struct qn_row row;
    MUST(act_open(&a, o->st, QN_KIND_RESULT, QN_LANE_RESULT, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, "1406", &offices_err));
    row_start(&row, &a, "business_count", act_id(&a), 1);
    row_int(&row, "year", 2021);
    row_int(&row, "enterprises", n);
    row_text(&row, "counted_on", on);
    row_text(&row, "source", "x");
    row_text(&row, "acted_by", "x");
    row_text(&row, "recorded_on", "2021-08-16T09:00:00");
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
}

static void goal_is(struct family *f, const char *office, bool stated, uint64_t base,
                    uint64_t needed)
{
    QN_AUTO(figures) struct figures c = {.n = 0};
    MUST(figures_count(&c, f->c.st, &(struct figure_query){.office = office, .year = 2021},
                       FIGURE_BY_NONE, &offices_err));
    assert_int_equal(c.at[0].stated, stated);
    assert_int_equal(over(&c.at[0], "coverage"), base);
    assert_int_equal(c.at[0].goal, needed);
    assert_int_equal(c.at[0].goal_num, 10);
    assert_int_equal(c.at[0].goal_den, 100);
    assert_string_equal(c.at[0].goal_plan, "1406/2021");
}

static void coverage_has_a_stated_base(void **state)
{
    struct family *f = *state;
    goal_is(f, "1406", false, 0, 0);
    state_count(&f->k, "31", "2021-06-30");
    case_up(f);
    goal_is(f, "140602", true, 31, 4);
    goal_is(f, "1406", false, 0, 0); /* one county of two */
    state_count(&f->k2, "20", "2021-06-30");
    case_up(f);
    goal_is(f, "1406", true, 51, 6);
    state_count(&f->k2, "25", "2021-09-30");
    state_count(&f->k2, "24", "2021-03-31"); /* older, though written later */
    case_up(f);
    goal_is(f, "1406", true, 56, 6);
    /* SPEC records-30: "below it as nothing, above it as 10⁹" */
    forge_count(&f->k, INT64_MAX, "2021-07-01");
    case_up(f);
    goal_is(f, "1406", true, 1000000025, 100000003);
    forge_count(&f->k, INT64_MIN, "2021-07-02");
    case_up(f);
    goal_is(f, "1406", true, 25, 3);
    state_count(&f->k, "31", "2021-07-03");
    case_up(f);
    goal_is(f, "1406", true, 56, 6);
    state_count(&f->c, "40", "2021-06-30");
    goal_is(f, "1406", true, 40, 4);
    QN_AUTO(record_draft) struct record_draft d = {0};
    MUST(record_start(&d, f->c.st, record_type("business_count"), "李四", &offices_err));
    MUST(record_set(&d, "year", qn_str("2021"), &offices_err));
    MUST(record_set(&d, "counted_on", qn_str("2021-06-30"), &offices_err));
    MUST(record_set(&d, "source", qn_str("登记系统"), &offices_err));
    assert_int_not_equal(record_write(&d, &offices_err), QN_OK);
    assert_string_equal(offices_err.id, "value.empty");
    assert_int_not_equal(record_set(&d, "enterprises", qn_str("0"), &offices_err), QN_OK);
    assert_string_equal(offices_err.id, "value.number");
}

/* ---- as of when -------------------------------------------------------------------------------------------------------- */

static const struct figure_head *head(const struct figure_heads *h, const char *office)
{
    for (size_t i = 0; i < h->n; i++)
        if (strcmp(h->at[i].office, office) == 0)
            return &h->at[i];
    fail_msg("no head of %s", office);
    return NULL;
}

static void says_as_of_when(void **state)
{
    struct family *f = *state;
    QN_AUTO(figure_heads) struct figure_heads now = {.n = 0}, later = {.n = 0}, k = {.n = 0};
    case_up(f);
    MUST(figure_heads(&now, f->c.st, "1406", FIGURE_OLD_DAYS, &offices_err));
    assert_int_equal(now.n, 3);
    assert_int_equal(now.doubtful, 0);
    assert_int_equal(head(&now, "140602")->age, FIGURE_CURRENT);
    assert_int_equal(head(&now, "1406")->age, FIGURE_OWN);
    assert_int_equal(head(&now, "140602")->size,
                     count(&f->c, "SELECT size FROM log WHERE office = '140602'"));
    /* A week without news of one county. */
    case_now_ms += UINT64_C(86400000) * 6;
    PUT(&f->k, "draw_freeze", "roster=2");
    carry(&f->k, &f->c);
    case_now_ms += UINT64_C(86400000) * 2;
    MUST(figure_heads(&later, f->c.st, "1406", FIGURE_OLD_DAYS, &offices_err));
    assert_int_equal(head(&later, "140602")->age, FIGURE_CURRENT);
    assert_int_equal(head(&later, "140622")->age, FIGURE_OLD);
    assert_int_equal(later.doubtful, 1);
    /* A county knows nothing of another, and is asked for nothing of it. */
    MUST(figure_heads(&k, f->k.st, "140602", FIGURE_OLD_DAYS, &offices_err));
    assert_int_equal(k.n, 1);
    assert_int_equal(k.doubtful, 0);
}

static void fate(struct test_office *o, const char *state)
{
    char path[512], sql[400];
    sqlite3 *db;
    snprintf(path, sizeof(path), "%s/qian.db", o->dir);
    snprintf(sql, sizeof(sql),
             "DELETE FROM fate; INSERT INTO fate (log, seq, state, reason, rule, args, waits_on, "
             "waits_n, at_ms) SELECT no, 1, '%s', '', '', '', '', 0, 0 FROM log WHERE office = "
             "'140602' AND '%s' <> ''",
             *state ? state : "held", state);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* SPEC figures-20: "or with entries that are held, quarantined or not yet applied" */
static void says_what_waits(void **state)
{
    struct family *f = *state;
    static const char *const states[] = {"held", "quarantined", "refused", ""};
    case_up(f);
    for (size_t i = 0; i < COUNT(states); i++) {
        QN_AUTO(figure_heads) struct figure_heads h = {.n = 0};
        fate(&f->c, states[i]);
        MUST(figure_heads(&h, f->c.st, "1406", FIGURE_OLD_DAYS, &offices_err));
        assert_int_equal(head(&h, "140602")->held, i == 0);
        assert_int_equal(head(&h, "140602")->quarantined, i == 1);
        assert_int_equal(figure_head_doubtful(head(&h, "140602")), i < 2);
    }
}

static void says_what_is_missing(void **state)
{
    struct family *f = *state;
    struct test_office fresh;
    QN_AUTO(figure_heads) struct figure_heads h = {.n = 0};
    case_now_ms = clock_now_ms(NULL); /* certificates begin today */
    office_make(&fresh, &f->all, &f->c, "140681", QN_COUNTY);
    MUST(figure_heads(&h, f->c.st, "1406", FIGURE_OLD_DAYS, &offices_err));
    assert_int_equal(head(&h, "140681")->age, FIGURE_MISSING);
    assert_true(figure_head_doubtful(head(&h, "140681")));
    /* What the city states for itself needs no county. */
    goal_is(f, "1406", true, 40, 4);
    office_close_test(&fresh);
}

/* SPEC figures-4: "A station's work is its county's" */
static void a_station_counts_for_its_county(void **state)
{
    struct family *f = *state;
    struct test_office s;
    char d[80];
    QN_AUTO(figures) struct figures before = {.n = 0}, c = {.n = 0}, k = {.n = 0};
    const struct figure_query q = {.year = 2021};
    MUST(figures_count(&before, f->c.st, &q, FIGURE_BY_OFFICE, &offices_err));
    case_now_ms = clock_now_ms(NULL); /* certificates begin today */
    office_make(&s, &f->all, &f->k, "140602S1", QN_STATION);
    PUT(&f->k, "dispatch", case_text(d, "draw_id", fc.draw[0]), "slot_no=1", "task=1", "round=1",
        "object_id=" E("X"), "object_name=X", "inspecting_office=140602S1", "window_to=2021-12-20");
    case_up(f);
    MUST(figures_count(&c, f->c.st, &q, FIGURE_BY_OFFICE, &offices_err));
    assert_int_equal(c.n, before.n); /* it has no line of its own */
    assert_int_equal(of(&c.at[0], "targets"), of(&before.at[0], "targets") + 1);
    assert_int_equal(of(group(&c, "140602"), "targets"),
                     of(group(&before, "140602"), "targets") + 1);
    carry(&f->c, &f->k); /* the plan and its orders */
    MUST(figures_count(&k, f->k.st, &q, FIGURE_BY_OFFICE, &offices_err));
    assert_int_equal(of(group(&k, "140602"), "targets"), of(&k.at[0], "targets"));
    assert_int_equal(of(&k.at[0], "targets"), 5);
    office_close_test(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_parent_counts_anew),
        cmocka_unit_test(by_task_and_by_class),
        cmocka_unit_test(one_office_one_series_one_year),
        cmocka_unit_test(every_number_can_be_listed),
        cmocka_unit_test(pages_of_rows),
        cmocka_unit_test(coverage_has_a_stated_base),
        cmocka_unit_test(says_as_of_when),
        cmocka_unit_test(says_what_waits),
        cmocka_unit_test(says_what_is_missing),
        cmocka_unit_test(a_station_counts_for_its_county),
    };
    return cmocka_run_group_tests_name("figure", tests, case_setup, family_teardown);
}
