/* out.h - a list written as office software reads it: CSV in UTF-8 with its mark, or in GB 18030; or a workbook (.xlsx),
 * by the ending of the path. Every cell is text, so that codes keep their digits and nothing is run as a formula.
 * Written aside: the path has the whole list or what it had before. Memory does not grow with the list.
 *
 * Ownership: sheet_out_close or QN_AUTO(sheet_out) ends it; without close nothing is left behind.                   */
#ifndef QIAN_NODE_SHEET_OUT_H
#define QIAN_NODE_SHEET_OUT_H

#include "node/sheet/sheet.h"

struct sheet_out;
/* charset: of CSV, NULL for UTF-8 or "GB18030"; title: of the sheet in a workbook. QN_DENIED "csv.charset". */
QN_MUST_USE enum qn_code sheet_out_open(struct sheet_out **o, const char *path, const char *charset,
                                        const char *title, struct qn_err *err);
/* A failure is kept until the close. */
void sheet_out_cell(struct sheet_out *o, const char *text);
void sheet_out_end_row(struct sheet_out *o);
/* QN_LIMIT "xlsx.rows": a workbook has room for 1,048,576 rows. */
QN_MUST_USE enum qn_code sheet_out_close(struct sheet_out **o, struct qn_err *err);
void sheet_out_drop(struct sheet_out *o);
QN_DEFINE_AUTO(struct sheet_out *, sheet_out, sheet_out_drop)

#endif
