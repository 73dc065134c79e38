/* calendar.h - working days from lists of holidays and make-up days.   Spec: protocol/spec/calendar.md
 *
 * Days are counted from 1970-01-01 (wire_day). The lists are the caller's, who read them from the
 * yearly notice; where they end, a due date is provisional and is computed again later.
 * Ownership: a calendar borrows its lists.                                                        */
#ifndef QIAN_CALENDAR_H
#define QIAN_CALENDAR_H

#include "qian/base.h"

#define QN_WORKDAYS_MAX 3660 /* working days to count: more than ten years is a typing slip */

struct qn_calendar {
    int32_t from_day, to_day; /* the days that the notices cover, both included */
    const int32_t *holiday;   /* ascending; weekends may stand among them */
    size_t nholidays;
    const int32_t *makeup; /* days of a weekend that are worked; ascending */
    size_t nmakeups;
};
/* QN_MALFORMED names the first rule broken: order, range, a day that is both. */
QN_MUST_USE enum qn_code qn_calendar_check(const struct qn_calendar *c, struct qn_err *err);
/* day >= 0. Outside the covered days: Monday to Friday. */
bool qn_is_workday(const struct qn_calendar *c, int32_t day);

struct qn_due {
    int32_t day;
    bool provisional; /* a day outside the covered ones was counted */
};
/* The working_days-th working day after start, which itself is not counted. The calendar must have
 * passed qn_calendar_check. QN_LIMIT: 0 or over QN_WORKDAYS_MAX days; QN_MALFORMED: a day before 1970. */
QN_MUST_USE enum qn_code qn_due_date(struct qn_due *out, const struct qn_calendar *c, int32_t start,
                                     uint32_t working_days, struct qn_err *err);
#endif
