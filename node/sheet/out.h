/* out.h - a list written as office software reads it: CSV in UTF-8 with its mark, or in GB 18030; or a workbook (.xlsx);
 * or as programs read it: JSON, an array of objects. Every cell of CSV and workbooks is text, so that codes keep their
 * digits and nothing is run as a formula.                                  Spec: protocol/spec/exports.md
 * Written aside: the path has the whole list or what it had before. Memory does not grow with the list.
 *
 * Ownership: sheet_out_close or QN_AUTO(sheet_out) ends it; without close nothing is left behind.                   */
#ifndef QIAN_NODE_SHEET_OUT_H
#define QIAN_NODE_SHEET_OUT_H

#include "node/sheet/sheet.h"

enum sheet_format { SHEET_CSV, SHEET_XLSX, SHEET_JSON };
/* By the ending of the path; CSV for any other. */
enum sheet_format sheet_format_of(const char *path);
struct sheet_how {
    enum sheet_format format;
    const char *charset; /* of CSV, NULL for UTF-8, or "GB18030" */
    const char *title;   /* of the sheet in a workbook */
};
struct sheet_out;
/* QN_DENIED "csv.charset": another one, or one for what is always UTF-8. */
QN_MUST_USE enum qn_code sheet_out_start(struct sheet_out **o, const char *path,
                                         const struct sheet_how *how, struct qn_err *err);
/* CSV, or a workbook where the path ends in .xlsx. */
QN_MUST_USE enum qn_code sheet_out_open(struct sheet_out **o, const char *path, const char *charset,
                                        const char *title, struct qn_err *err);
struct sheet_heading {
    const char *key;  /* for programs: the name in an object */
    const char *text; /* for people */
    bool number;      /* of JSON, where the cell is decimal digits */
};
/* The first row, which JSON cannot do without; lent until the close. */
void sheet_out_headings(struct sheet_out *o, const struct sheet_heading *h, size_t n);
/* A failure is kept until the close. An empty cell is no member of its object. */
void sheet_out_cell(struct sheet_out *o, const char *text);
void sheet_out_end_row(struct sheet_out *o);
/* QN_LIMIT "xlsx.rows": a workbook has room for 1,048,576 rows; "xlsx.cell": and a cell of it for 32,767 characters. */
QN_MUST_USE enum qn_code sheet_out_close(struct sheet_out **o, struct qn_err *err);
void sheet_out_drop(struct sheet_out *o);
QN_DEFINE_AUTO(struct sheet_out *, sheet_out, sheet_out_drop)

#endif
