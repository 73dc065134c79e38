#include "node/work/list_read.h"

enum qn_code list_read(struct store *st, const struct list_use *use, const char *list,
                       const struct sheet_file *file, sheet_row_fn *row, void *ctx,
                       struct qn_err *err)
{
    struct mapping headings;
    struct sheet_alias alias[MAPPING_MAX];
    struct sheet_file f = *file;
    enum qn_code rc = mapping_begin(&headings, alias, st, &use->from, list, f.columns, f.n, err);
    if (rc)
        return rc;
    f.charset = use->charset;
    f.sheet = use->sheet;
    f.alias = alias;
    f.naliases = headings.n;
    return sheet_read(&f, row, ctx, err);
}
