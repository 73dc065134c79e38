/* rows.h - travelling rows read back: the current revision of a record, or a page of a table, by any of its columns.
 *                                                                            Spec: protocol/spec/tables.md (tables-1)
 * The SQL is made from the registry, so a table that is added needs no statement of its own. What a rule or a figure
 * asks in one go has its statement in sql-*.def instead. A filter on a column without an index reads the whole table:
 * schema-1.sql has the indexes.
 * Ownership: a rows on the stack, QN_AUTO(rows); texts and bytes are lent until the next step.                    */
#ifndef QIAN_NODE_STORE_ROWS_H
#define QIAN_NODE_STORE_ROWS_H

#include "node/store/act.h"

#define ROWS_WHERE 6

struct rows_where {
    const char *column;
    const char *text; /* what it is equal to; NULL: the number */
    int64_t number;
};
struct rows_query {
    const char *table;
    const char *office; /* whose; NULL: of all offices */
    struct rows_where where[ROWS_WHERE];
    unsigned nwhere;
    int64_t id, rev; /* one record, one revision of it; 0: any */
    bool history;    /* every revision, first to last; else the current one of each record */
    bool downward;   /* newest records first */
    const char *
        past_office; /* a page begins behind this record, in the order asked for; NULL: at the start */
    int64_t past_id;
    unsigned limit; /* rows; 0: all */
};
struct rows {
    struct store *st;
    void *stmt; /* owned */
    const struct qn_table *table;
    int rc;
};
/* Ordered by office, then id, then rev. QN_MALFORMED "rows.table" or "rows.column" when the registry has no such. */
QN_MUST_USE enum qn_code rows_open(struct rows *r, struct store *st, const struct rows_query *q,
                                   struct qn_err *err);
bool rows_step(struct rows *r);
/* Of the row that stands: NULL reads as 0 and "". A column that the table has not is a mistake of the caller. */
int64_t rows_int(struct rows *r, const char *column);
const char *rows_text(struct rows *r, const char *column);
struct qn_span rows_span(struct rows *r, const char *column);
bool rows_null(struct rows *r, const char *column);
bool rows_has(const struct rows *r, const char *column); /* whether the table has such a column */
/* The row that stands once more, as revision `rev` of an own record; what it lends it lends until the next step. */
void rows_again(struct rows *r, struct qn_row *row, const struct act *a, int64_t rev);
QN_MUST_USE enum qn_code rows_end(struct rows *r,
                                  struct qn_err *err); /* QN_IO when a step failed */
void rows_drop(struct rows *r);
static inline void rows_auto(struct rows *r)
{
    rows_drop(r);
}
#endif
