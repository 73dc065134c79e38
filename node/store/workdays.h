/* workdays.h - the province's working-day calendar as this office holds it.     Spec: protocol/spec/calendar.md
 *
 * One record a year (kind `calendar`), written by the province and released to all. Here they become one qn_calendar;
 * with no year at all it covers nothing, weekdays count, and every due date is provisional.
 * Ownership: a struct workdays holds its lists; large, so not for a small stack.                                  */
#ifndef QIAN_NODE_STORE_WORKDAYS_H
#define QIAN_NODE_STORE_WORKDAYS_H

#include "node/store/store.h"
#include "qian/calendar.h"

#define WORKDAYS_LIST 4096 /* days of one list: a century of notices of about 40 days */
#define WORKDAYS_YEAR 366

struct workdays {
    struct qn_calendar cal; /* borrows from the two lists below: not to be copied */
    int32_t holiday[WORKDAYS_LIST], makeup[WORKDAYS_LIST];
    unsigned from_year, to_year; /* 0: no calendar is held */
};
QN_MUST_USE enum qn_code workdays_load(struct workdays *w, struct store *st, struct qn_err *err);
/* Days YYYY-MM-DD between blanks, commas or line ends. QN_MALFORMED "workdays.day", "workdays.year" for one of another
 * year, QN_LIMIT "workdays.many". */
QN_MUST_USE enum qn_code workdays_parse(int32_t out[WORKDAYS_YEAR], size_t *n, const char *text,
                                        unsigned year, struct qn_err *err);
void workdays_of_year(unsigned year, int32_t *first, int32_t *last); /* year < 10000 */
/* `months` calendar months on: the same day, else the last of that month. */
int32_t workdays_months(int32_t day, unsigned months);

#endif
