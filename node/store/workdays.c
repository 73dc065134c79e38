#include "node/store/workdays.h"

#include <stdio.h>
#include <string.h>

#include "protocol/wire.h"

/* ---- the lists ------------------------------------------------------------------------------------------------------ */

void workdays_of_year(unsigned year, int32_t *first, int32_t *last)
{
    char day[11];
    snprintf(day, sizeof(day), "%04u-01-01", year % 10000);
    *first = wire_day(qn_str(day));
    snprintf(day, sizeof(day), "%04u-12-31", year % 10000);
    *last = wire_day(qn_str(day));
}

/* Bytes of what stands between two days at p; 0: none. */
static size_t between(const char *p)
{
    static const char *const wide[] = {"，", "；", "、", "　"};
    if (*p && strchr(" ,;\r\n\t", *p))
        return 1;
    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
        if (strncmp(p, wide[i], strlen(wide[i])) == 0)
            return strlen(wide[i]);
    return 0;
}

enum qn_code workdays_parse(int32_t out[WORKDAYS_YEAR], size_t *n, const char *text, unsigned year,
                            struct qn_err *err)
{
    int32_t first, last;
    workdays_of_year(year, &first, &last);
    *n = 0;
    for (const char *p = text; *p;) {
        size_t len = between(p);
        if (len) {
            p += len;
            continue;
        }
        while (p[len] && !between(p + len))
            len++;
        int32_t day = wire_day((struct qn_span){(const uint8_t *)p, len});
        if (day < 0)
            return qn_fail(err, QN_MALFORMED, "workdays.day", "value=%.*s",
                           (int)(len < 40 ? len : 40), p);
        if (day < first || day > last)
            return qn_fail(err, QN_MALFORMED, "workdays.year", "value=%.10s|year=%u", p, year);
        if (*n == WORKDAYS_YEAR)
            return qn_fail(err, QN_LIMIT, "workdays.many", "max=%d", WORKDAYS_YEAR);
        out[(*n)++] = day;
        p += len;
    }
    return QN_OK;
}

int32_t workdays_months(int32_t day, unsigned months)
{
    char text[11];
    unsigned y, m, d;
    wire_day_text(day, text);
    if (sscanf(text, "%4u-%2u-%2u", &y, &m, &d) != 3)
        return day;
    m += months - 1;
    y += m / 12;
    m = m % 12 + 1;
    for (int32_t at = -1; d && y < 10000; d--) {
        snprintf(text, sizeof(text), "%04u-%02u-%02u", y, m % 100, d % 100);
        at = wire_day(qn_str(text));
        if (at >= 0)
            return at;
    }
    return WIRE_DAY_MAX;
}

/* ---- what is held ---------------------------------------------------------------------------------------------------- */

static size_t year_of(int32_t list[WORKDAYS_LIST], size_t n, const int32_t *of, size_t nof)
{
    for (size_t i = 0; i < nof && n < WORKDAYS_LIST; i++)
        list[n++] = of[i];
    return n;
}

/* SPEC calendar-7: "the newest year, and before it those that adjoin without a gap" - so the years come in order, and a gap
 * begins the calendar anew. */
static void take_year(struct workdays *w, unsigned year, const struct qn_calendar *c)
{
    if (!w->from_year || year != w->to_year + 1) {
        w->from_year = year;
        w->cal.nholidays = w->cal.nmakeups = 0;
        w->cal.from_day = c->from_day;
    }
    w->to_year = year;
    w->cal.to_day = c->to_day;
    w->cal.nholidays = year_of(w->holiday, w->cal.nholidays, c->holiday, c->nholidays);
    w->cal.nmakeups = year_of(w->makeup, w->cal.nmakeups, c->makeup, c->nmakeups);
}

enum qn_code workdays_load(struct workdays *w, struct store *st, struct qn_err *err)
{
    int32_t holiday[WORKDAYS_YEAR], makeup[WORKDAYS_YEAR];
    memset(w, 0, sizeof(*w));
    w->cal.holiday = w->holiday;
    w->cal.makeup = w->makeup;
    QN_AUTO(query) struct query q = query_start(st, SQL_CALENDAR_NOW);
    while (q_step(&q)) {
        struct qn_err none;
        struct qn_calendar c = {.holiday = holiday, .makeup = makeup};
        unsigned year = q_u32(&q, 0);
        workdays_of_year(year, &c.from_day, &c.to_day);
        /* A reader refuses no entry for what a record says: a year that does not hold together is as one that is not held. */
        if (workdays_parse(holiday, &c.nholidays, q_text(&q, 1), year, &none) == QN_OK &&
            workdays_parse(makeup, &c.nmakeups, q_text(&q, 2), year, &none) == QN_OK &&
            qn_calendar_check(&c, &none) == QN_OK)
            take_year(w, year, &c);
    }
    return query_end(&q, err);
}
