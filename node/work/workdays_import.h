/* workdays_import.h - the yearly notices on working days, from a file into the province's records.
 *                                                                            Spec: protocol/spec/calendar.md         */
#ifndef QIAN_NODE_WORK_WORKDAYS_IMPORT_H
#define QIAN_NODE_WORK_WORKDAYS_IMPORT_H

#include "node/store/workdays.h"

struct workdays_import {
    const char *path, *by, *reason; /* workdays-cn/1; reason: of years that are revised */
    bool dry_run;
};
struct workdays_imported {
    unsigned added, revised, same;
};
/* Adds or revises the years of a file, all or nothing. QN_MALFORMED "workdays.file", "records.reason" when a year
 * that is held says otherwise and no reason was given; QN_DENIED when this office is not the province. */
QN_MUST_USE enum qn_code workdays_import(struct store *st, const struct workdays_import *o,
                                         struct workdays_imported *out, struct qn_err *err);
#endif
