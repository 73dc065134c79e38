/* types_figure.c - what figures rest on that no act tells: how many enterprises an office has; and reports, which fix
 * them (protocol/spec/figures.md). */
#include "node/work/record_types.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct record_field count_fields[] = {
    {.name = "year",
     .kind = FIELD_NUMBER,
     .flags = FIELD_MUST | FIELD_FIXED,
     .least = 2000,
     .most = 2999},
    {.name = "enterprises",
     .kind = FIELD_NUMBER,
     .flags = FIELD_MUST,
     .least = 1,
     .most = 1000000000},
    {.name = "counted_on", .kind = FIELD_DATE, .flags = FIELD_MUST | FIELD_DONE},
    {.name = "source", .kind = FIELD_TEXT, .flags = FIELD_MUST},
};
const struct record_type record_business_count = {
    .name = "business_count",
    .table = {"business_count"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_PLANNER | ROLE_ROSTER | ROLE_HEAD,
    .reach = REACH_UP,
    .nfields = COUNT(count_fields),
    .field = count_fields,
};

static const struct record_field report_fields[] = {
    {.name = "title", .kind = FIELD_TEXT, .flags = FIELD_MUST},
    {.name = "report_kind",
     .kind = FIELD_WORD,
     .flags = FIELD_MUST,
     .of = "interim|quarter|half_year|year"},
    {.name = "year", .kind = FIELD_NUMBER, .flags = FIELD_MUST, .least = 2000, .most = 2999},
    {.name = "series", .kind = FIELD_TEXT},
    {.name = "text", .kind = FIELD_LINES, .flags = FIELD_MUST},
};
const struct record_type record_report_snapshot = {
    .name = "report_snapshot",
    .table = {"report_snapshot"},
    .kind = QN_KIND_RESULT,
    .roles = ROLE_HEAD,
    .command = "report make",
    .reach = REACH_UP,
    .nfields = COUNT(report_fields),
    .field = report_fields,
};
