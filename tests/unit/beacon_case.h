/* beacon_case.h - a lottery of this year, its numbers, and who wrote them down. */
#ifndef QIAN_TESTS_BEACON_CASE_H
#define QIAN_TESTS_BEACON_CASE_H

#include "tests/unit/draw_case.h"

/* "ssq", this year, an event of it. */
static inline const char *event_of(const char *no)
{
    static char out[4][16];
    static unsigned next;
    char today[11], *at = out[next++ % 4];
    day(today, 0);
    snprintf(at, sizeof(out[0]), "ssq %.4s%s", today, no);
    return at;
}

static inline const char *line_of(const char *event, const char *rest)
{
    static char out[4][40];
    static unsigned next;
    char *at = out[next++ % 4];
    snprintf(at, sizeof(out[0]), "%s%s", event, rest);
    return at;
}

/* A row as anybody may write it, whatever day it is. */
static inline void said(struct test_office *o, const char *line, int32_t days, const char *by)
{
    char on[11];
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    char event[8] = "";
    memcpy(event, line + 4, 7);
    day(on, days);
    MUST(act_open(&a, o->st, QN_KIND_BEACON, QN_LANE_CONTROL, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_SUBTREE, NULL, &offices_err));
    row_start(&row, &a, "beacon", act_id(&a), 1);
    row_text(&row, "source", "ssq");
    row_text(&row, "event", event);
    row_text(&row, "line", line);
    row_text(&row, "drawn_on", on);
    row_text(&row, "acted_by", by);
    row_text(&row, "recorded_on", "2021-08-16T21:30:00");
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
}
#endif
