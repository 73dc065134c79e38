#include "qian/calendar.h"

#include "protocol/wire.h"

static bool has(const int32_t *list, size_t n, int32_t day)
{
    size_t low = 0;
    while (low < n) {
        size_t mid = low + (n - low) / 2;
        if (list[mid] == day)
            return true;
        if (list[mid] < day)
            low = mid + 1;
        else
            n = mid;
    }
    return false;
}

/* 0 Monday .. 6 Sunday; 1970-01-01 was a Thursday. */
static int weekday(int32_t day)
{
    return (int)((day + 3) % 7);
}

static enum qn_code check_list(const struct qn_calendar *c, const int32_t *list, size_t n,
                               struct qn_err *err)
{
    for (size_t i = 0; i < n; i++) {
        char day[11];
        wire_day_text(list[i], day);
        /* SPEC calendar-1: "each list is ascending without repeats and inside the covered days" */
        if (list[i] < c->from_day || list[i] > c->to_day)
            return qn_fail(err, QN_MALFORMED, "calendar.outside", "day=%s", day);
        if (i && list[i - 1] >= list[i])
            return qn_fail(err, QN_MALFORMED, "calendar.order", "day=%s", day);
    }
    return QN_OK;
}

enum qn_code qn_calendar_check(const struct qn_calendar *c, struct qn_err *err)
{
    /* SPEC calendar-5: "A period of a calendar or a start date outside of them is refused" */
    if (c->from_day < 0 || c->to_day < c->from_day || c->to_day > WIRE_DAY_MAX)
        return qn_fail(err, QN_MALFORMED, "calendar.range", "");
    enum qn_code rc = check_list(c, c->holiday, c->nholidays, err);
    if (!rc)
        rc = check_list(c, c->makeup, c->nmakeups, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < c->nmakeups; i++) {
        char day[11];
        wire_day_text(c->makeup[i], day);
        /* SPEC calendar-1: "No day is both a holiday and a make-up day" */
        if (has(c->holiday, c->nholidays, c->makeup[i]))
            return qn_fail(err, QN_MALFORMED, "calendar.both", "day=%s", day);
        if (weekday(c->makeup[i]) < 5)
            return qn_fail(err, QN_MALFORMED, "calendar.makeup-weekday", "day=%s", day);
    }
    return QN_OK;
}

bool qn_is_workday(const struct qn_calendar *c, int32_t day)
{
    /* SPEC calendar-2: "A day is worked when it is a make-up day, or when it is Monday to Friday and no holiday" */
    return has(c->makeup, c->nmakeups, day) ||
           (weekday(day) < 5 && !has(c->holiday, c->nholidays, day));
}

enum qn_code qn_due_date(struct qn_due *out, const struct qn_calendar *c, int32_t start,
                         uint32_t working_days, struct qn_err *err)
{
    if (working_days < 1 || working_days > QN_WORKDAYS_MAX)
        return qn_fail(err, QN_LIMIT, "calendar.days", "days=%u|max=%u", working_days,
                       (unsigned)QN_WORKDAYS_MAX);
    /* The largest count from here stays far inside int32_t. */
    if (start < 0 || start > WIRE_DAY_MAX)
        return qn_fail(err, QN_MALFORMED, "calendar.start", "");
    struct qn_due due = {.day = start};
    while (working_days) {
        due.day++;
        /* SPEC calendar-4: "as soon as one of the days counted through lies outside the covered days" */
        if (due.day < c->from_day || due.day > c->to_day)
            due.provisional = true;
        /* SPEC calendar-3: "The start day is not counted, whether it is worked or not" */
        if (qn_is_workday(c, due.day))
            working_days--;
    }
    *out = due;
    return QN_OK;
}
