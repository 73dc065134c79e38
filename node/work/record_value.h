/* record_value.h - one value: from what a person typed to its one form, to a column and back. For record.c. */
#ifndef QIAN_NODE_WORK_RECORD_VALUE_H
#define QIAN_NODE_WORK_RECORD_VALUE_H

#include "node/store/rows.h"
#include "node/work/record.h"

/* The values of the row's table that are fields of the record; `withdrawn` too. */
QN_MUST_USE enum qn_code record_values_load(struct record_draft *d, struct rows *r,
                                            struct qn_err *err);
/* The columns of the row's table, acted_by, recorded_on, reason and withdrawn among them. The row borrows the draft's
 * text, and the digests that are unpacked into `room`.                                                           */
void record_values_store(const struct record_draft *d, struct qn_row *row,
                         uint8_t room[RECORD_FIELDS][QN_HASH]);
#endif
