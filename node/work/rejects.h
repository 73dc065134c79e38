/* rejects.h - the rows of a spreadsheet that were not taken, as a spreadsheet: why, and the row as it came. What is put
 * right there is imported as it stands, since its own headings are kept behind the two of ours.
 *
 * Ownership: rejects_release(), or QN_AUTO(rejects).                                                              */
#ifndef QIAN_NODE_WORK_REJECTS_H
#define QIAN_NODE_WORK_REJECTS_H

#include "node/text/text.h"
#include "node/work/csv.h"

struct rejects {
    enum text_lang lang; /* of the reasons */
    struct qn_buf text;
};
void rejects_init(struct rejects *r, enum text_lang lang);
void rejects_add(struct rejects *r, const struct csv_row *raw, const struct qn_err *why);
/* Writes what there is to `path`, with `-name` before its ending unless name is NULL, tells so, and begins anew.
 * Nothing where nothing was rejected. */
QN_MUST_USE enum qn_code rejects_write(struct rejects *r, const char *path, const char *name,
                                       const struct qn_report *report, struct qn_err *err);
static inline void rejects_auto(struct rejects *r)
{
    qn_buf_release(&r->text);
}
#endif
