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
#define LIST_HEADING 96
/* The headings of one list, for an importer that reads its file more than once. */
struct list_headings {
    struct mapping kept;
    struct sheet_alias alias[MAPPING_MAX];
    char name[MAPPING_MAX][LIST_HEADING];
};
/* Fills in what `file` is read with: charset, sheet, and the sender's headings, which stay in h. As list_read. */
QN_MUST_USE enum qn_code list_begin(struct list_headings *h, struct sheet_file *file, struct store *st,
                                    const struct list_use *use, const char *list,
                                    struct qn_err *err);
/* list: by which the headings are kept. In the import's transaction, so that they are kept with it and not without. */
QN_MUST_USE enum qn_code list_read(struct store *st, const struct list_use *use, const char *list,
                                   const struct sheet_file *file, sheet_row_fn *row, void *ctx,
                                   struct qn_err *err);
#endif
