/* sheet.h - lists as offices send them: CSV in UTF-8 or GB 18030, or a workbook (.xlsx); title rows above the headings,
 * any column order, each sender's own headings.                Spec: protocol/spec/tables.md
 * A damaged row spoils itself and nothing else. A CSV file is read as a stream: memory does not grow with it.
 * A workbook's texts are held while it is read (SHEET_BOOK_MAX).                                                 */
#ifndef QIAN_NODE_SHEET_SHEET_H
#define QIAN_NODE_SHEET_SHEET_H

#include "qian/base.h"

#define SHEET_CELLS    256
#define SHEET_CELL_MAX 65536
#define SHEET_ROW_MAX  (16u << 20)  /* bytes: every cell of a row as long as it may be */
#define SHEET_TITLES   100          /* rows above the headings */
#define SHEET_SAID     50000        /* rows after which progress is told */
#define SHEET_BOOK_MAX (256u << 20) /* bytes of a workbook's distinct texts */

struct sheet_row {
    unsigned line; /* physical line where the row starts, the row's number in a workbook; from 1 */
    size_t n;
    const char *cell[SHEET_CELLS]; /* decoded, trimmed; "" for missing ones; lent for the call */
    int broken;                    /* a cell that does not decode, or -1 */
    bool control;                  /* that cell has control characters */
    bool too_long;                 /* that cell is over SHEET_CELL_MAX */
    bool digits;   /* that cell is a number with more digits than a spreadsheet keeps */
    bool too_many; /* more cells than SHEET_CELLS or than the heading has */
    bool quotes;   /* quotes do not pair: cell[0] is the line as it stands */
    const char *const *heading; /* the file's own headings, for giving rows back */
    size_t headings;
};
/* QN_MALFORMED when the row cannot be read: broken, too_many, quotes. */
QN_MUST_USE enum qn_code sheet_check(const struct sheet_row *raw, struct qn_err *err);

/* The columns a caller wants, by heading. at: filled with the index found. */
struct sheet_column {
    const char *heading;
    bool required;
    int at; /* -1 when the file has none */
};
/* What a sender writes in place of a heading of ours. Where both stand, the sender's counts. Behind SHEET_ALL it is no
 * heading but what the column says in every row: a sender leaves out what goes without saying there.             */
#define SHEET_ALL '='
struct sheet_alias {
    const char *heading, *theirs;
    bool ours; /* another name of our own: a refusal says both */
};
/* Cells of the wanted columns: cell[i] belongs to columns[i]. Anything but QN_OK stops the reading. */
typedef enum qn_code sheet_row_fn(void *ctx, const struct sheet_row *raw, const char *const *cell,
                                  struct qn_err *err);

struct sheet_file {
    const char *path;
    const char *
        charset; /* of CSV, "UTF-8" or "GB18030"; NULL: UTF-8, or GB18030 when only that shows the headings */
    const char *sheet; /* of a workbook; NULL: the first that is not hidden */
    struct sheet_column *columns;
    size_t n;
    const struct sheet_alias *alias;
    size_t naliases;
    bool among; /* the columns stand among others that are known: which are ignored is not told */
    const struct qn_report
        *report; /* is told which columns are ignored, and how far it has come; may be NULL */
};
/* The heading row is the first that has all required columns, within SHEET_TITLES; rows above it are titles.
 * QN_MALFORMED: "sheet.no-heading" names the columns missing in the row that comes nearest, "sheet.heading-twice",
 * "sheet.empty", "sheet.old-workbook" and "csv.utf16" what cannot be read at all, "xlsx.damaged" a broken workbook;
 * QN_DENIED "csv.charset"; QN_ABSENT "xlsx.no-sheet"; QN_LIMIT "sheet.row-long", "xlsx.large".                     */
QN_MUST_USE enum qn_code sheet_read(const struct sheet_file *file, sheet_row_fn *row, void *ctx,
                                    struct qn_err *err);
/* One cell of CSV with quotes where needed. A cell that a spreadsheet would run as a formula gets a "'" in front,
 * which sheet_read takes off again. What nobody sees stands as SHEET_UNSEEN.                                      */
void csv_put(struct qn_buf *out, struct qn_span cell);
/* Length of the character at p if nobody sees it (wire_hidden, wire_control), else 0. */
size_t sheet_unseen(const uint8_t *p, size_t n);
#define SHEET_UNSEEN "\xef\xbf\xbd" /* U+FFFD */
/* Whether a spreadsheet runs a cell that begins so; a Chinese one takes the full-width signs for the others. */
bool sheet_acts(struct qn_span cell);

#endif
