/* clue.h - a clue that its addressee cannot open any more, handed over once more.     Spec: protocol/spec/tables.md */
#ifndef QIAN_NODE_WORK_CLUE_H
#define QIAN_NODE_WORK_CLUE_H

#include "node/work/record.h"

/* Hands an own clue over once more, as a record of its own under the addressee's newest certificate: what it was sealed to
 * is lost. out: the new record. QN_DENIED "records.not-own", "records.withdrawn", QN_ABSENT "records.absent".          */
QN_MUST_USE enum qn_code clue_again(struct store *st, const char *clue, const char *by,
                                    struct record_draft *out, struct qn_err *err);
#endif
