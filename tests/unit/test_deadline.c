/* test_deadline.c - the province's calendar as records, and deadlines: due dates by unit, rules of offices above, pages,
 * receipts beside claims.                                                                                          */
#include "tests/unit/family.h"
#include "tests/unit/written.h"

#include "node/store/clock.h"
#include "node/work/deadline.h"
#include "node/work/record.h"
#include "node/work/workdays_import.h"
#include "protocol/wire.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct workdays days;

static int32_t day(const char *text)
{
    return wire_day(qn_str(text));
}

#define WRITE(o, kind, id, ...) \
    write_id(o, "李四", kind, id, (const char *const[]){__VA_ARGS__, NULL}, NULL)

static enum qn_code import(struct test_office *o, const char *path, const char *reason,
                           struct workdays_imported *got)
{
    const struct workdays_import in = {.path = path, .by = "李四", .reason = reason};
    return workdays_import(o->st, &in, got, &offices_err);
}

/* ---- the calendar ---------------------------------------------------------------------------------------------------- */

static void vectors(struct test_office *o)
{
    FILE *f = fopen("tests/data/workday-test-vectors.csv", "r");
    char line[256], start[11], due[11], status[16], text[11];
    unsigned n, rows = 0;
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof(line), f));
    MUST(workdays_load(&days, o->st, &offices_err));
    while (fgets(line, sizeof(line), f)) {
        struct qn_due got;
        assert_int_equal(sscanf(line, "%10[^,],%u,%10[^,],%15[^,]", start, &n, due, status), 4);
        print_message("%s + %u\n", start, n);
        MUST(qn_due_date(&got, &days.cal, day(start), n, &offices_err));
        wire_day_text(got.day, text);
        assert_string_equal(text, due);
        assert_int_equal(got.provisional, strcmp(status, "provisional") == 0);
        rows++;
    }
    fclose(f);
    assert_true(rows >= 12);
}

static void the_calendar_goes_down(void **state)
{
    struct family *f = *state;
    struct workdays_imported got;
    struct qn_due due;
    family_fresh(f);
    MUST(workdays_load(&days, f->k.st, &offices_err));
    assert_int_equal(days.from_year, 0);
    /* Without any calendar weekdays count, and it says so. */
    MUST(qn_due_date(&due, &days.cal, day("2021-09-30"), 1, &offices_err));
    assert_int_equal(due.day, day("2021-10-01"));
    assert_true(due.provisional);
    MUST(import(&f->p, "tests/data/workdays-cn.json", NULL, &got));
    assert_int_equal(got.added, 6);
    vectors(&f->p);
    MUST(import(&f->p, "tests/data/workdays-cn.json", NULL, &got));
    assert_int_equal(got.added, 0);
    assert_int_equal(got.same, 6);
    carry(&f->p, &f->c);
    carry(&f->c, &f->k);
    vectors(&f->k);
    MUST(qn_due_date(&due, &days.cal, day("2021-09-30"), 1, &offices_err));
    assert_int_equal(due.day, day("2021-10-08"));
    assert_false(due.provisional);
}

static void write_years(struct family *f, char path[300], const char *from, const char *to,
                        const char *holidays)
{
    snprintf(path, 300, "%s/years.json", f->all.dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file,
            "{\"schema\":\"workdays-cn/1\",\"covered_from\":\"%s\",\"covered_to\":\"%s\","
            "\"holidays\":[%s],\"makeup_workdays\":[],\"years\":{\"2027\":{\"notice\":\"通知\"},"
            "\"2028\":{\"notice\":\"通知\"},\"2026\":{\"notice\":\"通知\"},\"2021\":{\"notice\":"
            "\"通知\"}}}",
            from, to, holidays);
    fclose(file);
}

static void the_next_notice_settles_what_was_provisional(void **state)
{
    struct family *f = *state;
    struct workdays_imported got;
    char path[300];
    struct qn_due due;
    family_fresh(f);
    MUST(import(&f->p, "tests/data/workdays-cn.json", NULL, &got));
    MUST(workdays_load(&days, f->p.st, &offices_err));
    MUST(qn_due_date(&due, &days.cal, day("2026-12-10"), 20, &offices_err));
    assert_int_equal(due.day, day("2027-01-07"));
    assert_true(due.provisional);
    write_years(f, path, "2027-01-01", "2027-12-31", "\"2027-01-01\"");
    MUST(import(&f->p, path, NULL, &got));
    assert_int_equal(got.added, 1);
    MUST(workdays_load(&days, f->p.st, &offices_err));
    MUST(qn_due_date(&due, &days.cal, day("2026-12-10"), 20, &offices_err));
    assert_int_equal(due.day, day("2027-01-08"));
    assert_false(due.provisional);
    /* What a later notice says of a year is a revision of it, with a reason. */
    write_years(f, path, "2027-01-01", "2027-12-31", "\"2027-01-01\",\"2027-01-04\"");
    assert_int_equal(import(&f->p, path, NULL, &got), QN_MALFORMED);
    assert_string_equal(offices_err.id, "workdays.reason");
    MUST(import(&f->p, path, "国务院办公厅调整", &got));
    assert_int_equal(got.revised, 1);
    MUST(workdays_load(&days, f->p.st, &offices_err));
    MUST(qn_due_date(&due, &days.cal, day("2026-12-10"), 20, &offices_err));
    assert_int_equal(due.day, day("2027-01-11"));
}

static void what_is_no_calendar(void **state)
{
    struct family *f = *state;
    struct workdays_imported got;
    char path[300];
    static const struct {
        const char *from, *to, *holidays, *id;
    } files[] = {
        {"2021-02-01", "2021-12-31", "", "workdays.file"},
        {"2021-01-01", "2021-11-30", "", "workdays.file"},
        {"2021-12-31", "2021-01-01", "", "workdays.file"},
        {"2021-13-01", "2021-12-31", "", "workdays.file"},
        {"2021-01-01", "2021-12-31", "\"2021-02-30\"", "workdays.day"},
        {"2021-01-01", "2021-12-31", "7", "workdays.day"},
        {"2021-01-01", "2021-12-31", "\"2021-02-02\",\"2021-02-01\"", "calendar.order"},
        {"2021-01-01", "2021-12-31", "\"2021-02-02\",\"2021-02-02\"", "calendar.order"},
    };
    family_fresh(f);
    for (size_t i = 0; i < COUNT(files); i++) {
        print_message("%s %s %s\n", files[i].from, files[i].to, files[i].holidays);
        write_years(f, path, files[i].from, files[i].to, files[i].holidays);
        assert_int_equal(import(&f->p, path, NULL, &got), QN_MALFORMED);
        assert_string_equal(offices_err.id, files[i].id);
    }
    assert_int_equal(import(&f->p, "tests/data/README.md", NULL, &got), QN_MALFORMED);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM calendar"), 0);
    /* Only the province: the registry says so, whatever the node would like. */
    assert_int_equal(import(&f->c, "tests/data/workdays-cn.json", NULL, &got), QN_DENIED);
    assert_string_equal(offices_err.id, "authority.level");
    assert_int_equal(count(&f->c, "SELECT count(*) FROM calendar"), 0);

    MUST(WRITE(&f->p, "calendar", NULL, "year=2021", "title=通知",
               "holidays=2021-01-01,2021-01-02；\n 2021-01-03"));
    static const struct {
        const char *year, *holidays, *makeups, *id;
    } records[] = {
        {"year=2021", "holidays=2021-01-01", "makeups=", "workdays.twice"},
        {"year=2023", "holidays=2023-01-01", "makeups=", "workdays.gap"},
        {"year=2022", "holidays=2023-01-01", "makeups=", "workdays.year"},
        {"year=2022", "holidays=2022-01-01", "makeups=2021-12-26", "workdays.year"},
        {"year=2022", "holidays=元旦", "makeups=", "workdays.day"},
        {"year=2022", "holidays=2022-01-01", "makeups=2022-01-01", "calendar.both"},
        {"year=2022", "holidays=2022-01-01", "makeups=2022-01-04", "calendar.makeup-weekday"},
        {"year=2022", "holidays=", "makeups=", "value.empty"},
    };
    for (size_t i = 0; i < COUNT(records); i++) {
        print_message("%s %s %s\n", records[i].year, records[i].holidays, records[i].makeups);
        assert_int_not_equal(WRITE(&f->p, "calendar", NULL, "title=通知", records[i].year,
                                   records[i].holidays, records[i].makeups),
                             QN_OK);
        assert_string_equal(offices_err.id, records[i].id);
    }
    MUST(workdays_load(&days, f->p.st, &offices_err));
    assert_int_equal(days.cal.nholidays, 3);
    assert_int_equal(days.to_year, 2021);
}

static void months_end_with_the_month(void **state)
{
    static const struct {
        const char *from;
        unsigned n;
        const char *to;
    } rows[] = {
        {"2021-01-15", 1, "2021-02-15"},  {"2021-01-31", 1, "2021-02-28"},
        {"2024-01-31", 1, "2024-02-29"},  {"2021-11-30", 3, "2022-02-28"},
        {"2021-12-31", 12, "2022-12-31"}, {"2021-05-31", 0, "2021-05-31"},
        {"2021-12-01", 1, "2022-01-01"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[11];
        wire_day_text(workdays_months(day(rows[i].from), rows[i].n), text);
        assert_string_equal(text, rows[i].to);
    }
}

/* ---- rules ------------------------------------------------------------------------------------------------------------ */

static void the_highest_office_says_how_many(void **state)
{
    struct family *f = *state;
    const struct deadline_source *s = deadline_source("transfer");
    unsigned n;
    int64_t id;
    family_fresh(f);
    MUST(deadline_count(&n, f->k.st, s, "140602", day("2021-09-01"), &offices_err));
    assert_int_equal(n, 15);
    MUST(WRITE(&f->c, "deadline_rule", NULL, "deadline=transfer", "days=10",
               "valid_from=2021-06-01"));
    MUST(WRITE(&f->c, "deadline_rule", NULL, "deadline=transfer", "days=8",
               "valid_from=2021-08-01"));
    carry(&f->c, &f->k);
    MUST(deadline_count(&n, f->k.st, s, "140602", day("2021-05-31"), &offices_err));
    assert_int_equal(n, 15);
    MUST(deadline_count(&n, f->k.st, s, "140602", day("2021-07-31"), &offices_err));
    assert_int_equal(n, 10);
    MUST(deadline_count(&n, f->k.st, s, "140602", day("2021-08-01"), &offices_err));
    assert_int_equal(n, 8);
    /* Another kind is not meant, and the office above not bound. */
    MUST(deadline_count(&n, f->k.st, deadline_source("plan_acceptance"), "140602",
                        day("2021-08-01"), &offices_err));
    assert_int_equal(n, 5);
    MUST(deadline_count(&n, f->c.st, s, "14", day("2021-08-01"), &offices_err));
    assert_int_equal(n, 15);
    MUST(WRITE(&f->k, "deadline_rule", NULL, "deadline=transfer", "days=3",
               "valid_from=2021-01-01"));
    MUST(deadline_count(&n, f->k.st, s, "140602", day("2021-05-31"), &offices_err));
    assert_int_equal(n, 3);
    MUST(deadline_count(&n, f->k.st, s, "140602", day("2021-09-01"), &offices_err));
    assert_int_equal(n, 8);
    MUST(WRITE(&f->p, "deadline_rule", &id, "deadline=transfer", "days=20",
               "valid_from=2021-01-01"));
    carry(&f->p, &f->c);
    carry(&f->c, &f->k);
    MUST(deadline_count(&n, f->k.st, s, "140602", day("2021-09-01"), &offices_err));
    assert_int_equal(n, 20);
    MUST(deadline_count(&n, f->k.st, s, "140622", day("2021-09-01"), &offices_err));
    assert_int_equal(n, 20);

    static const struct {
        const char *deadline, *days, *id;
    } bad[] = {
        {"deadline=nonsense", "days=3", "deadline.unknown"},
        {"deadline=plan", "days=3", "deadline.not-set"},
        {"deadline=transfer", "days=0", "value.number"},
        {"deadline=transfer", "days=3661", "value.number"},
        {"deadline=transfer", "days=", "value.empty"},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        print_message("%s %s\n", bad[i].deadline, bad[i].days);
        assert_int_not_equal(WRITE(&f->c, "deadline_rule", NULL, bad[i].deadline, bad[i].days,
                                   "valid_from=2021-01-01"),
                             QN_OK);
        assert_string_equal(offices_err.id, bad[i].id);
    }
}

/* ---- lists ------------------------------------------------------------------------------------------------------------ */

static void put_result(struct test_office *o, int64_t *id)
{
    struct qn_row row;
    QN_AUTO(act) struct act a = {0};
    MUST(act_open(&a, o->st, QN_KIND_RESULT, QN_LANE_RESULT, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    *id = act_id(&a);
    row_start(&row, &a, "inspection", *id, 1);
    row_text(&row, "draw_office", "140602");
    row_int(&row, "draw_id", 1);
    row_int(&row, "slot_no", 1);
    row_text(&row, "object_id", "E:911406005733856910");
    row_text(&row, "inspectors", "140602/0001 王芳;140602/0002 李强");
    row_text(&row, "started", "2021-09-01T09:00:00");
    row_text(&row, "completed", "2021-09-01T10:00:00");
    row_int(&row, "visit_id", 1);
    row_text(&row, "acted_by", "李四");
    row_text(&row, "recorded_on", "2021-09-06T10:00:00");
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
}

static void put_transfer(struct test_office *o, const char *follow, const char *no,
                         const char *sent, const char *to, int64_t *id)
{
    char f[100], n[100], s[40], t[60];
    snprintf(f, sizeof(f), "follow_up=%s", follow);
    snprintf(n, sizeof(n), "doc_no=%s", no);
    snprintf(s, sizeof(s), "sent_on=%s", sent);
    snprintf(t, sizeof(t), "receiver_office=%s", to);
    MUST(WRITE(o, "transfer", id, f, n, s, *to ? "receiver_kind=office" : "receiver_kind=police",
               *to ? t : "receiver_office=", "receiver=受理单位"));
}

static size_t page(struct deadlines *p, struct test_office *o, const struct deadline_query *q,
                   const char *past, size_t limit)
{
    deadlines_auto(p);
    MUST(deadline_page(p, o->st, q, past, limit, &offices_err));
    return p->n;
}

static void follow_up_on(struct family *f, char follow[80], const char *opened)
{
    char result[80], ref[100], day_of[40];
    int64_t id;
    family_fresh(f);
    put_result(&f->k, &id);
    record_name_text(result, "140602", id);
    snprintf(ref, sizeof(ref), "result=%s", result);
    snprintf(day_of, sizeof(day_of), "opened_on=%s", opened);
    MUST(WRITE(&f->k, "follow_up", &id, ref, "disposal=D03", day_of));
    record_name_text(follow, "140602", id);
}

static void follow_up(struct family *f, char follow[80])
{
    follow_up_on(f, follow, "2021-09-07");
}

static void open_ones(void **state)
{
    struct family *f = *state;
    char follow[80], ref[100], today[11], place[DEADLINE_PLACE];
    struct workdays_imported got;
    struct deadlines p = {.at = NULL};
    struct deadline_query all = {.within = 7, .all = true};
    const struct deadline_query urgent = {.within = 60},
                                overdue = {.within = 60, .only_overdue = true},
                                provisional = {.within = 0, .only_provisional = true};
    int64_t first;
    follow_up_on(f, follow, "2021-09-01");
    MUST(import(&f->p, "tests/data/workdays-cn.json", NULL, &got));
    carry(&f->p, &f->c);
    carry(&f->c, &f->k);
    clock_today(f->k.st, today);
    put_transfer(&f->k, follow, "甲", "2021-09-30", "", &first);
    put_transfer(&f->k, follow, "乙", "2021-09-01", "1406", NULL);
    put_transfer(&f->k, follow, "丙", "2097-05-06", "", NULL); /* a Monday */
    put_transfer(&f->k, follow, "戊", today, "", NULL);
    snprintf(ref, sizeof(ref), "follow_up=%s", follow);
    MUST(WRITE(&f->k, "correction_order", NULL, ref, "doc_no=丁", "matter=x",
               "issued_on=2021-09-08", "due_on=2021-09-20"));

    assert_int_equal(page(&p, &f->k, &all, NULL, 50), 5);
    static const struct {
        const char *about, *instead, *due;
    } rows[] = {{"丁", "", "2021-09-20"},
                {"乙", "1406", "2021-09-23"}, /* which had no certificate then: deadlines-17 */
                {"甲", "", "2021-10-27"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        char due[11];
        wire_day_text(p.at[i].due, due);
        assert_string_equal(p.at[i].about, rows[i].about);
        assert_string_equal(p.at[i].owes, "140602");
        assert_string_equal(p.at[i].instead, rows[i].instead);
        assert_string_equal(due, rows[i].due);
        assert_int_equal(p.at[i].state, DEADLINE_OVERDUE);
        assert_false(p.at[i].provisional);
    }
    assert_string_equal(p.at[4].about, "丙");
    assert_int_equal(p.at[4].due, day("2097-05-27"));
    assert_true(p.at[4].provisional);
    assert_int_equal(p.state[DEADLINE_OVERDUE], 3);
    assert_int_equal(page(&p, &f->k, &urgent, NULL, 50), 4);
    assert_int_equal(p.at[3].state, DEADLINE_URGENT);
    assert_int_equal(page(&p, &f->k, &overdue, NULL, 50), 3);
    assert_int_equal(page(&p, &f->k, &provisional, NULL, 50) - p.state[DEADLINE_URGENT], 1);

    /* Pages of two give the same as one of five, and know whether more follow. */
    static const char *const order[] = {"丁", "乙", "甲", "戊", "丙"};
    size_t seen = 0;
    for (const char *past = NULL; seen < COUNT(order); past = place) {
        size_t n = page(&p, &f->k, &all, past, 2);
        assert_int_equal(n, seen == 4 ? 1 : 2);
        assert_int_equal(p.more, seen < 3);
        for (size_t i = 0; i < n; i++)
            assert_string_equal(p.at[i].about, order[seen++]);
        deadline_place(place, &p.at[n - 1], false);
        assert_int_equal(p.state[DEADLINE_OVERDUE], 3);
    }
    assert_int_equal(page(&p, &f->k, &all, place, 2), 0);
    static const char *const places[] = {"",
                                         "x",
                                         "2021-09-20",
                                         "2021-09-20,nonsense,140602,1-1-0,",
                                         "2021-09-20,transfer,140602,x,",
                                         "2021-09-31,transfer,140602,140602:1-1-0,",
                                         "2021-09-20,transfer,140602,140602:1-1-0"};
    for (size_t i = 0; i < COUNT(places); i++) {
        print_message("%s\n", places[i]);
        assert_int_equal(deadline_page(&p, f->k.st, &all, places[i], 2, &offices_err),
                         QN_MALFORMED);
        assert_string_equal(offices_err.id, "deadline.place");
    }

    /* The office above has them too, with what it owes itself; another county has none of them. */
    carry(&f->k, &f->c);
    carry(&f->c, &f->p);
    assert_int_equal(page(&p, &f->c, &all, NULL, 50), 5);
    assert_int_equal(page(&p, &f->p, &all, NULL, 50), 5);
    all.office = "140622";
    assert_int_equal(page(&p, &f->p, &all, NULL, 50), 0);
    all.office = "140602";
    all.source = "correction";
    assert_int_equal(page(&p, &f->p, &all, NULL, 50), 1);
    all.source = "nonsense";
    assert_int_equal(deadline_page(&p, f->p.st, &all, NULL, 2, &offices_err), QN_ABSENT);
    assert_string_equal(offices_err.id, "deadline.unknown");

    /* A rule of the province counts from what begins on its day. */
    MUST(WRITE(&f->p, "deadline_rule", NULL, "deadline=transfer", "days=3",
               "valid_from=2021-09-30"));
    carry(&f->p, &f->c);
    carry(&f->c, &f->k);
    all = (struct deadline_query){.within = 7, .all = true, .source = "transfer"};
    assert_int_equal(page(&p, &f->k, &all, NULL, 50), 4);
    assert_int_equal(p.at[0].due, day("2021-09-23"));
    assert_int_equal(p.at[1].due, day("2021-10-11"));

    /* What is withdrawn is awaited no more. */
    QN_AUTO(record_draft) struct record_draft d = {0};
    record_name_text(place, "140602", first);
    MUST(record_revise(&d, f->k.st, record_type("transfer"), place, "李四", "误发", &offices_err));
    d.withdrawn = true;
    MUST(record_write(&d, &offices_err));
    assert_int_equal(page(&p, &f->k, &all, NULL, 50), 3);
    deadlines_auto(&p);
}

static enum qn_code revise_follow(struct test_office *o, const char *follow, const char *due,
                                  const char *why)
{
    QN_AUTO(record_draft) struct record_draft d = {0};
    enum qn_code rc =
        record_revise(&d, o->st, record_type("follow_up"), follow, "李四", "改期", &offices_err);
    if (!rc)
        rc = record_set(&d, "due_on", qn_str(due), &offices_err);
    if (!rc)
        rc = record_set(&d, "due_reason", qn_str(why), &offices_err);
    return rc ? rc : record_write(&d, &offices_err);
}

/* SPEC deadlines-15: "due as deadlines-13 says" SPEC records-21: "neither stands without the other" */
static void a_follow_up_is_due_when_an_office_says(void **state)
{
    struct family *f = *state;
    char follow[80], ref[100];
    struct workdays_imported got;
    struct deadlines p = {.at = NULL};
    const struct deadline_query open = {.within = 7, .all = true, .source = "follow_up"},
                                over = {.within = 7, .ended = true, .source = "follow_up"};
    follow_up(f, follow);
    MUST(import(&f->p, "tests/data/workdays-cn.json", NULL, &got));
    carry(&f->p, &f->c);
    carry(&f->c, &f->k);
    assert_int_equal(page(&p, &f->k, &open, NULL, 50), 0); /* nobody has set a number */
    MUST(WRITE(&f->c, "deadline_rule", NULL, "deadline=follow_up", "days=15",
               "valid_from=2021-01-01"));
    carry(&f->c, &f->k);
    /* Opened on 7 September; Mid-Autumn Day and National Day lie between. */
    assert_int_equal(page(&p, &f->k, &open, NULL, 50), 1);
    assert_int_equal(p.at[0].due, day("2021-09-28"));
    assert_int_equal(p.at[0].basis, DEADLINE_OF_RULE);
    assert_string_equal(p.at[0].by, "1406");
    assert_int_equal(p.at[0].count, 15);
    assert_int_equal(p.at[0].from, day("2021-09-07"));

    /* Another day has its reason, and no reason stands without a day. */
    assert_int_equal(revise_follow(&f->k, follow, "2021-11-30", ""), QN_DENIED);
    assert_string_equal(offices_err.id, "follow.due-reason");
    assert_int_equal(revise_follow(&f->k, follow, "", "设备订货"), QN_DENIED);
    assert_string_equal(offices_err.id, "follow.due-reason");
    assert_int_equal(revise_follow(&f->k, follow, "2021-09-06", "设备订货"), QN_MALFORMED);
    assert_string_equal(offices_err.id, "value.order");
    MUST(revise_follow(&f->k, follow, "2021-11-30", "设备订货"));
    assert_int_equal(page(&p, &f->k, &open, NULL, 50), 1);
    assert_int_equal(p.at[0].due, day("2021-11-30"));
    assert_int_equal(p.at[0].basis, DEADLINE_OF_RECORD);
    assert_int_equal(p.at[0].unit, DEADLINE_FIXED);
    MUST(revise_follow(&f->k, follow, "", ""));
    assert_int_equal(page(&p, &f->k, &open, NULL, 50), 1);
    assert_int_equal(p.at[0].due, day("2021-09-28"));

    /* Closed by whoever it went to: on the day of that answer. */
    int64_t letter;
    put_transfer(&f->k, follow, "甲", "2021-09-20", "", &letter);
    record_name_text(ref, "140602", letter);
    char of[120];
    snprintf(of, sizeof(of), "transfer=%s", ref);
    MUST(WRITE(&f->k, "transfer_answer", NULL, of, "outcome=closed", "doc_no=收1号",
               "answered_on=2021-09-30"));
    assert_int_equal(page(&p, &f->k, &open, NULL, 50), 0);
    assert_int_equal(page(&p, &f->k, &over, NULL, 50), 1);
    assert_int_equal(p.at[0].ended, day("2021-09-30"));
    assert_int_equal(p.at[0].state, DEADLINE_LATE);
    deadlines_auto(&p);
}

static void answer(struct test_office *o, int64_t transfer, const char *on)
{
    char ref[100], day_text[40];
    snprintf(ref, sizeof(ref), "transfer=%s:", code_of(o));
    char name[80];
    record_name_text(name, code_of(o), transfer);
    snprintf(ref, sizeof(ref), "transfer=%s", name);
    snprintf(day_text, sizeof(day_text), "answered_on=%s", on);
    MUST(WRITE(o, "transfer_answer", NULL, ref, "outcome=accepted", "doc_no=收1号", day_text));
}

/* Lateness by the claim; beside it when the office above had it. */
static void ended_ones(void **state)
{
    struct family *f = *state;
    char follow[80], today[11], tomorrow[11];
    struct deadlines p = {.at = NULL};
    const struct deadline_query ended = {.within = 7, .ended = true, .source = "transfer"},
                                late = {.within = 7, .ended = true, .only_late = true};
    int64_t id[4];
    follow_up_on(f, follow, "2021-09-01");
    clock_today(f->k.st, today);
    wire_day_text(day(today) + 1, tomorrow);
    put_transfer(&f->k, follow, "甲", "2021-09-01", "", &id[0]);
    put_transfer(&f->k, follow, "乙", "2021-09-01", "", &id[1]);
    put_transfer(&f->k, follow, "丙", today, "", &id[2]);
    put_transfer(&f->k, follow, "丁", today, "", &id[3]);
    answer(&f->k, id[0], "2021-09-10"); /* in time, as it says, and seen five years on */
    answer(&f->k, id[1], "2021-10-10"); /* late, and says so */
    answer(&f->k, id[2], today);
    answer(&f->k, id[3], tomorrow); /* not yet */
    /* Nobody above has it: nothing is known of its receipt, and nothing said. */
    assert_int_equal(page(&p, &f->k, &ended, NULL, 50), 4);
    assert_int_equal(p.doubtful, 0);
    assert_string_equal(p.at[0].receiver, "1406");
    carry(&f->k, &f->c);
    assert_int_equal(page(&p, &f->c, &ended, NULL, 50), 4);
    static const struct {
        const char *about;
        enum deadline_state state;
        enum deadline_doubt doubt;
    } rows[] = {{"丁", DEADLINE_MET, DEADLINE_BEFORE},
                {"丙", DEADLINE_MET, DEADLINE_SOUND},
                {"乙", DEADLINE_LATE, DEADLINE_SOUND},
                {"甲", DEADLINE_MET, DEADLINE_SHOWN_LATE}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("%s\n", rows[i].about);
        assert_string_equal(p.at[i].about, rows[i].about);
        assert_int_equal(p.at[i].state, rows[i].state);
        assert_int_equal(p.at[i].doubt, rows[i].doubt);
        assert_true(p.at[i].received_s > 0);
        assert_string_equal(p.at[i].receiver, "1406");
        assert_int_equal(strncmp(p.at[i].recorded, today, 10), 0);
    }
    assert_int_equal(p.state[DEADLINE_MET], 3);
    assert_int_equal(p.doubtful, 2);
    assert_int_equal(page(&p, &f->c, &late, NULL, 50), 3);
    assert_int_equal(page(&p, &f->c, &ended, NULL, 2), 2);
    char place[DEADLINE_PLACE];
    deadline_place(place, &p.at[1], true);
    assert_true(p.more);
    assert_int_equal(page(&p, &f->c, &ended, place, 5), 2);
    assert_string_equal(p.at[0].about, "乙");
    /* What has ended is open no more. */
    const struct deadline_query all = {.within = 7, .all = true, .source = "transfer"};
    assert_int_equal(page(&p, &f->c, &all, NULL, 50), 0);
    deadlines_auto(&p);
}

static void what_is_urgent_is_the_office_s_own(void **state)
{
    struct family *f = *state;
    family_fresh(f);
    assert_int_equal(deadline_within(f->k.st), DEADLINE_WITHIN);
    MUST(deadline_set_within(f->k.st, 3, &offices_err));
    assert_int_equal(deadline_within(f->k.st), 3);
    assert_int_equal(deadline_within(f->c.st), DEADLINE_WITHIN);
    MUST(store_set(f->k.st, "due-within", "many", &offices_err));
    assert_int_equal(deadline_within(f->k.st), DEADLINE_WITHIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_calendar_goes_down),
        cmocka_unit_test(the_next_notice_settles_what_was_provisional),
        cmocka_unit_test(what_is_no_calendar),
        cmocka_unit_test(months_end_with_the_month),
        cmocka_unit_test(the_highest_office_says_how_many),
        cmocka_unit_test(open_ones),
        cmocka_unit_test(a_follow_up_is_due_when_an_office_says),
        cmocka_unit_test(ended_ones),
        cmocka_unit_test(what_is_urgent_is_the_office_s_own),
    };
    return cmocka_run_group_tests_name("deadline", tests, family_setup, family_teardown);
}
