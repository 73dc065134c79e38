/* Working days against tests/data/workdays-cn.json and workday-test-vectors.csv. */
#include "qian/calendar.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "protocol/wire.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static int32_t holidays[512], makeups[128];
static struct qn_calendar china = {.holiday = holidays, .makeup = makeups};

static struct vector {
    char start[11], due[11], status[16];
    unsigned days;
} vectors[64];
static char names[64][40];
static size_t nvectors;

static int read_days(json_t *list, int32_t *out, size_t cap, size_t *n)
{
    size_t i;
    json_t *day;
    json_array_foreach(list, i, day)
    {
        if (i >= cap || (out[i] = wire_day(qn_str(json_string_value(day)))) < 0)
            return -1;
    }
    *n = i;
    return i ? 0 : -1;
}

static int read_calendar(void)
{
    json_t *doc = json_load_file("tests/data/workdays-cn.json", JSON_REJECT_DUPLICATES, NULL);
    const char *from, *to;
    int bad = !doc || json_unpack(doc, "{s:s, s:s}", "covered_from", &from, "covered_to", &to) ||
              read_days(json_object_get(doc, "holidays"), holidays, ARRAY_LEN(holidays),
                        &china.nholidays) ||
              read_days(json_object_get(doc, "makeup_workdays"), makeups, ARRAY_LEN(makeups),
                        &china.nmakeups);
    if (!bad) {
        china.from_day = wire_day(qn_str(from));
        china.to_day = wire_day(qn_str(to));
    }
    json_decref(doc);
    return bad;
}

static int read_vectors(void)
{
    FILE *f = fopen("tests/data/workday-test-vectors.csv", "r");
    char line[256];
    if (!f || !fgets(line, sizeof(line), f))
        return -1;
    while (nvectors < ARRAY_LEN(vectors) && fgets(line, sizeof(line), f)) {
        struct vector *v = &vectors[nvectors++];
        if (sscanf(line, "%10[^,],%u,%10[^,],%15[^,]", v->start, &v->days, v->due, v->status) != 4)
            return -1;
        snprintf(names[nvectors - 1], sizeof(names[0]), "vector %.10s + %u", v->start, v->days);
    }
    fclose(f);
    return nvectors ? 0 : -1;
}

static void vector(void **state)
{
    const struct vector *v = *state;
    struct qn_due due;
    struct qn_err err = {.code = QN_OK};
    char text[11];
    assert_int_equal(qn_due_date(&due, &china, wire_day(qn_str(v->start)), v->days, &err), QN_OK);
    wire_day_text(due.day, text);
    assert_string_equal(text, v->due);
    assert_int_equal(due.provisional, strcmp(v->status, "provisional") == 0);
}

static void the_lists_hold_together(void **state)
{
    static const struct {
        const char *first, *last;
        int days;
    } year[] = {
        {"2021-01-01", "2021-12-31", 250}, {"2022-01-01", "2022-12-31", 249},
        {"2023-01-01", "2023-12-31", 249}, {"2024-01-01", "2024-12-31", 251},
        {"2025-01-01", "2025-12-31", 248}, {"2026-01-01", "2026-12-31", 248},
    };
    struct qn_err err = {.code = QN_OK};
    (void)state;
    assert_int_equal(qn_calendar_check(&china, &err), QN_OK);
    for (size_t i = 0; i < ARRAY_LEN(year); i++) {
        int n = 0;
        for (int32_t d = wire_day(qn_str(year[i].first)); d <= wire_day(qn_str(year[i].last)); d++)
            n += qn_is_workday(&china, d);
        assert_int_equal(n, year[i].days);
    }
}

/* 18628 is Friday 2021-01-01; 18629 and 18630 are the weekend behind it. */
static const int32_t friday[] = {18628}, saturday[] = {18629}, twice[] = {18628, 18628},
                     falling[] = {18630, 18628};
static struct row {
    const char *name;
    struct qn_calendar c;
    const char *id, *args;
} rows[] = {
    {"ends before it begins", {.from_day = 18628, .to_day = 18627}, "calendar.range", ""},
    {"begins before 1970", {.from_day = -1, .to_day = 18627}, "calendar.range", ""},
    {"a holiday before the first day",
     {.from_day = 18629, .to_day = 18660, .holiday = friday, .nholidays = 1},
     "calendar.outside",
     "day=2021-01-01"},
    {"a make-up day behind the last day",
     {.from_day = 18600, .to_day = 18628, .makeup = saturday, .nmakeups = 1},
     "calendar.outside",
     "day=2021-01-02"},
    {"a holiday twice",
     {.from_day = 18600, .to_day = 18660, .holiday = twice, .nholidays = 2},
     "calendar.order",
     "day=2021-01-01"},
    {"make-up days falling",
     {.from_day = 18600, .to_day = 18660, .makeup = falling, .nmakeups = 2},
     "calendar.order",
     "day=2021-01-01"},
    {"a day that is both",
     {.from_day = 18600,
      .to_day = 18660,
      .holiday = saturday,
      .nholidays = 1,
      .makeup = saturday,
      .nmakeups = 1},
     "calendar.both",
     "day=2021-01-02"},
    {"a make-up day that is a Friday",
     {.from_day = 18600, .to_day = 18660, .makeup = friday, .nmakeups = 1},
     "calendar.makeup-weekday",
     "day=2021-01-01"},
};

static void refuses(void **state)
{
    const struct row *r = *state;
    struct qn_err err = {.code = QN_OK};
    assert_int_equal(qn_calendar_check(&r->c, &err), QN_MALFORMED);
    assert_string_equal(err.id, r->id);
    assert_string_equal(err.args, r->args);
}

static void refuses_the_count(void **state)
{
    struct qn_due due = {.day = 7};
    struct qn_err err = {.code = QN_OK};
    (void)state;
    assert_int_equal(qn_due_date(&due, &china, 18628, 0, &err), QN_LIMIT);
    assert_string_equal(err.args, "days=0|max=3660");
    assert_int_equal(qn_due_date(&due, &china, 18628, QN_WORKDAYS_MAX + 1, &err), QN_LIMIT);
    assert_string_equal(err.id, "calendar.days");
    assert_int_equal(qn_due_date(&due, &china, -1, 20, &err), QN_MALFORMED);
    assert_string_equal(err.id, "calendar.start");
    assert_int_equal(due.day, 7);
    assert_int_equal(qn_due_date(&due, &china, 18628, QN_WORKDAYS_MAX, &err), QN_OK);
}

/* The edges of what the notices cover: the last covered day is final, a step further is not. */
static void says_when_it_is_provisional(void **state)
{
    struct qn_due due;
    struct qn_err err;
    (void)state;
    assert_int_equal(qn_due_date(&due, &china, china.to_day - 1, 1, &err), QN_OK);
    assert_int_equal(due.day, china.to_day); /* Thursday 2026-12-31 */
    assert_false(due.provisional);
    assert_int_equal(qn_due_date(&due, &china, china.to_day, 1, &err), QN_OK);
    assert_true(due.provisional);
    assert_int_equal(qn_due_date(&due, &china, china.from_day - 2, 3, &err), QN_OK);
    assert_true(due.provisional);
    assert_int_equal(qn_due_date(&due, &china, china.from_day - 1, 3, &err), QN_OK);
    assert_false(due.provisional);
    /* No calendar at all: weekdays only. */
    struct qn_calendar none = {.from_day = 0, .to_day = 0};
    assert_int_equal(qn_due_date(&due, &none, 18628, 1, &err), QN_OK);
    assert_int_equal(due.day, 18631);
    assert_true(due.provisional);
}

int main(void)
{
    struct CMUnitTest test[64 + ARRAY_LEN(rows) + 3];
    size_t n = 0;
    if (read_calendar() || read_vectors())
        return 1;
    for (size_t i = 0; i < nvectors; i++)
        test[n++] = (struct CMUnitTest){names[i], vector, NULL, NULL, &vectors[i]};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        test[n++] = (struct CMUnitTest){rows[i].name, refuses, NULL, NULL, &rows[i]};
    test[n++] = (struct CMUnitTest)cmocka_unit_test(the_lists_hold_together);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(refuses_the_count);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(says_when_it_is_provisional);
    return _cmocka_run_group_tests("calendar", test, n, NULL, NULL);
}
