/* entry_of.h - which entry holds a row.   Spec: protocol/spec/entry.md, stages.md
 *
 * The id of a row names the entry of its first revision; a later one is found among the parts that are held, in the
 * lane of the first and in the logs of the same office, its later epochs included.                               */
#ifndef QIAN_NODE_STORE_ENTRY_OF_H
#define QIAN_NODE_STORE_ENTRY_OF_H

#include "node/store/log.h"

/* table: NULL for any (tables of one record share its id). QN_ABSENT "log.unknown", "log.no-entry". */
QN_MUST_USE enum qn_code entry_of_row(struct log *log, uint64_t *seq, struct store *st,
                                      const char *table, const char *office, int64_t id,
                                      int64_t rev, struct qn_err *err);
/* The newest revision of a record among the rows applied here, and a table that holds it; 0: none is. */
QN_MUST_USE enum qn_code entry_newest_rev(int64_t *rev, char table[QN_TABLE_NAME], struct store *st,
                                          const char *office, int64_t id, struct qn_err *err);
#endif
