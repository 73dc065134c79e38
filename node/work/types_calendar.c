/* types_calendar.c - the province's working days, and the numbers of days that offices set for deadlines. */
#include <string.h>

#include "node/work/deadline.h"
#include "node/work/record_types.h"
#include "node/store/workdays.h"
#include "protocol/wire.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- working days -------------------------------------------------------------------------------------------------- */

/* SPEC calendar-6: "one record for each year, and the years adjoin each other" */
static enum qn_code check_years(const struct record_draft *d, struct qn_err *err)
{
    int64_t year = record_number(d, "year"), others = 0;
    bool adjoins = false, taken = false;
    QN_AUTO(query) struct query q = query_start(d->st, SQL_CALENDAR_YEARS);
    while (q_step(&q)) {
        int64_t held = q_int(&q, 0);
        if (q_int(&q, 1) == d->id)
            continue;
        others++;
        taken = taken || held == year;
        adjoins = adjoins || held == year - 1 || held == year + 1;
    }
    enum qn_code rc = query_end(&q, err);
    if (!rc && taken)
        rc = qn_fail(err, QN_DENIED, "workdays.twice", "year=%lld", (long long)year);
    if (!rc && others && !adjoins)
        rc = qn_fail(err, QN_DENIED, "workdays.gap", "year=%lld", (long long)year);
    return rc;
}

static enum qn_code check_calendar(const struct record_draft *d, struct qn_err *err)
{
    int32_t holiday[WORKDAYS_YEAR], makeup[WORKDAYS_YEAR];
    unsigned year = (unsigned)record_number(d, "year");
    struct qn_calendar c = {.holiday = holiday, .makeup = makeup};
    workdays_of_year(year, &c.from_day, &c.to_day);
    enum qn_code rc = workdays_parse(holiday, &c.nholidays, record_text(d, "holidays"), year, err);
    if (!rc)
        rc = workdays_parse(makeup, &c.nmakeups, record_text(d, "makeups"), year, err);
    if (!rc)
        rc = qn_calendar_check(&c, err);
    return rc ? rc : check_years(d, err);
}

static const struct record_field calendar_fields[] = {
    {.name = "year",
     .kind = FIELD_NUMBER,
     .flags = FIELD_MUST | FIELD_FIXED,
     .least = 1970,
     .most = 9999},
    {.name = "title", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "holidays", .kind = FIELD_LINES, .flags = FIELD_MUST},
    {.name = "makeups", .kind = FIELD_LINES},
};
const struct record_type record_calendar = {
    .name = "calendar",
    .table = {"calendar"},
    .journal = "plan_journal",
    .kind = QN_KIND_PLAN,
    .roles = ROLE_PLANNER | ROLE_HEAD,
    .reach = REACH_SUBTREE,
    .published = true,
    .nfields = COUNT(calendar_fields),
    .field = calendar_fields,
    .check = check_calendar,
};

/* ---- numbers of days ----------------------------------------------------------------------------------------------- */

static enum qn_code check_rule(const struct record_draft *d, struct qn_err *err)
{
    const char *name = record_text(d, "deadline");
    const struct deadline_source *s = deadline_source(name);
    if (!s || !s->days)
        return qn_fail(err, QN_DENIED, s ? "deadline.not-set" : "deadline.unknown", "name=%.40s",
                       name);
    return QN_OK;
}

static const struct record_field rule_fields[] = {
    {.name = "deadline", .kind = FIELD_TEXT, .flags = FIELD_MUST | FIELD_FIXED},
    {.name = "days",
     .kind = FIELD_NUMBER,
     .flags = FIELD_MUST,
     .least = 1,
     .most = DEADLINE_DAYS_MAX},
    {.name = "valid_from", .kind = FIELD_DATE, .flags = FIELD_MUST},
    {.name = "doc_no", .kind = FIELD_TEXT},
};
const struct record_type record_deadline_rule = {
    .name = "deadline_rule",
    .table = {"deadline_rule"},
    .journal = "plan_journal",
    .kind = QN_KIND_PLAN,
    .roles = ROLE_PLANNER | ROLE_HEAD,
    .reach = REACH_SUBTREE,
    .published = true,
    .nfields = COUNT(rule_fields),
    .field = rule_fields,
    .check = check_rule,
};
