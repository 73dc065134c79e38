/* record_types.h - the kinds of record, one file an area (types_*.c); record_types.c joins them. */
#ifndef QIAN_NODE_WORK_RECORD_TYPES_H
#define QIAN_NODE_WORK_RECORD_TYPES_H

#include "node/work/record.h"

extern const struct record_type record_follow_up, record_correction_order, record_recheck,
    record_case_file, record_transfer, record_transfer_answer;
/* Written by their own commands (result.h); here so that others can refer to them. */
extern const struct record_type record_inspection;

#endif
