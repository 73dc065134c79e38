/* list_read.h - a list as some sender wrote it: CSV in either charset or a workbook, the sheet by name, the sender's own
 * headings, which are kept. Every importer of lists reads by this or, where it has more to say, by the same parts.  */
#ifndef QIAN_NODE_WORK_LIST_READ_H
#define QIAN_NODE_WORK_LIST_READ_H

#include "node/work/mapping.h"

struct list_use {
    const char *charset; /* of CSV; NULL: as sheet.h finds it */
    const char *sheet;   /* of a workbook; NULL: the first that shows */
    struct mapping_use from;
};
/* list: by which the headings are kept. In the import's transaction, so that they are kept with it and not without. */
QN_MUST_USE enum qn_code list_read(struct store *st, const struct list_use *use, const char *list,
                                   const struct sheet_file *file, sheet_row_fn *row, void *ctx,
                                   struct qn_err *err);
#endif
