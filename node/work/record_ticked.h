/* record_ticked.h - inside the import of records: which rows of a list are ticked, and which things only in part.
 *
 * A list may have several rows for one thing (the items of a result), which is ticked whole or not at all: a first
 * reading notes whatever has a row that is blank.                                                              */
#ifndef QIAN_NODE_WORK_RECORD_TICKED_H
#define QIAN_NODE_WORK_RECORD_TICKED_H

#include "node/sheet/sheet.h"
#include "node/work/record.h"

struct record_ticked {
    int tick, of;       /* the two columns; tick -1: the kind has none */
    struct qn_buf text; /* what has a blank row, each NUL-ended */
    size_t n;
    const char **name; /* in text, ascending; owned */
};
void record_ticked_init(struct record_ticked *k, const struct record_type *t, int first_column);
/* QN_NOMEM, QN_LIMIT, or what reading the file says. */
QN_MUST_USE enum qn_code record_ticked_read(struct record_ticked *k, const struct sheet_file *file,
                                            struct qn_err *err);
void record_ticked_auto(struct record_ticked *k);
/* Nobody has ticked the row. */
bool record_ticked_blank(const struct record_ticked *k, const char *const *cell);
/* Whatever the row is about has another one that is blank. */
bool record_ticked_half(const struct record_ticked *k, const char *const *cell);
#endif
