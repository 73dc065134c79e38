/* rejects.h - the rows of a spreadsheet that were not taken, as a spreadsheet: why, and the row as it came. What is put
 * right there is imported as it stands, since its own headings are kept behind the two of ours.
 *
 * Ownership: QN_AUTO(rejects); nothing is left behind unless rejects_write keeps it.                            */
#ifndef QIAN_NODE_WORK_REJECTS_H
#define QIAN_NODE_WORK_REJECTS_H

#include "node/sheet/out.h"
#include "node/store/file.h"
#include "node/store/store.h"
#include "node/text/text.h"

struct rejects {
    enum text_lang lang; /* of the reasons */
    char path[FILE_PATH_MAX];
    struct sheet_out *out; /* from the first row on */
    enum qn_code rc;       /* of opening it */
    struct qn_err err;
};
/* path: CSV, or a workbook when it ends in .xlsx; NULL: rows are not kept. name: put before its ending, or NULL. */
void rejects_init(struct rejects *r, enum text_lang lang, const char *path, const char *name);
void rejects_add(struct rejects *r, const struct sheet_row *raw, const struct qn_err *why);
/* Tells where they are. Nothing where nothing was rejected. QN_LATER "store.stopped": whether a row was rejected is not known. */
QN_MUST_USE enum qn_code rejects_write(struct rejects *r, struct store *st,
                                       const struct qn_report *report, struct qn_err *err);
/* Those of an earlier list of an import that failed: gone if it was given up (store_goes_on), as all that it did. */
void rejects_forget(struct store *st, const char *path, const char *name);
void rejects_auto(struct rejects *r);
#endif
