/* carry.h - what stays of exceptions: must marks of who was void, recusals.   Spec: protocol/spec/exceptions.md (exc-17 to exc-19) */
#ifndef QIAN_NODE_DRAW_CARRY_H
#define QIAN_NODE_DRAW_CARRY_H

#include "node/draw/findings.h"
#include "node/store/log.h"
#include "node/store/roster.h"

/* Writes one roster version with all that the newest one lacks, and lifts what is over; *version is its number, 0 when
 * nothing is to be written or no roster was ever closed.                                                  */
QN_MUST_USE enum qn_code carry_over(int64_t *version, struct store *st, struct qn_err *err);

/* What this roster lacks, of the exceptions of the office whose row ids are below `before`: names for a finding. */
QN_MUST_USE enum qn_code carry_missing(struct name_list *marks, struct name_list *recusals,
                                       struct store *st, const char *office,
                                       const struct roster *roster, int64_t before,
                                       struct qn_err *err);
#endif
