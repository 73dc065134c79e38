/* csv.h - spreadsheets as offices send them: UTF-8 or GB 18030, title rows above the headings, any column order.
 *                                                               Spec: protocol/spec/tables.md
 * Splitting is done on the raw bytes (libcsv): in GB 18030 no byte of a character is a quote, comma or line end.
 * Each cell is then decoded by itself, and after quotes that do not pair reading goes on at the next line, so
 * that a damaged row spoils itself and nothing else.                                                         */
#ifndef QIAN_NODE_WORK_CSV_H
#define QIAN_NODE_WORK_CSV_H

#include "qian/base.h"

#define CSV_FILE_MAX (64u << 20) /* bytes; a county's roster of 100,000 rows takes about 20 MiB */
#define CSV_CELLS    256
#define CSV_CELL_MAX 65536

struct csv_row {
    unsigned line; /* physical line where the row starts, from 1 */
    size_t n;
    const char *cell[CSV_CELLS]; /* decoded, trimmed; "" for missing ones; lent for the call */
    int broken;                  /* a cell that does not decode, or -1 */
    bool too_long;               /* that cell is over CSV_CELL_MAX */
    bool too_many;               /* more cells than CSV_CELLS or than the heading has */
    bool quotes;                 /* quotes do not pair: cell[0] is the line as it stands */
    const char *const *heading;  /* the file's own headings, for giving rows back */
    size_t headings;
};
/* QN_MALFORMED when the row cannot be read: broken, too_many, quotes. */
QN_MUST_USE enum qn_code csv_check(const struct csv_row *raw, struct qn_err *err);

/* The columns a caller wants, by heading. at: filled with the index found. */
struct csv_column {
    const char *heading;
    bool required;
    int at; /* -1 when the file has none */
};
/* Cells of the wanted columns: cell[i] belongs to columns[i]. Anything but QN_OK stops the reading. */
typedef enum qn_code csv_row_fn(void *ctx, const struct csv_row *raw, const char *const *cell,
                                struct qn_err *err);

struct csv_file {
    const char *path;
    const char *
        charset; /* "UTF-8" or "GB18030"; NULL: UTF-8, or GB18030 when only that shows the headings */
    struct csv_column *columns;
    size_t n;
    const struct qn_report *report; /* is told which columns are ignored; may be NULL */
};
/* The heading row is the first that has all required columns; rows above it are titles.
 * QN_MALFORMED: "csv.empty"; "csv.no-heading" names the columns missing in the row that comes nearest, "csv.heading-twice",
 * "csv.empty", "csv.workbook" and "csv.utf16" what is no CSV at all; QN_DENIED "csv.charset".                            */
QN_MUST_USE enum qn_code csv_read(const struct csv_file *file, csv_row_fn *row, void *ctx,
                                  struct qn_err *err);
/* One cell with quotes where needed. A cell that a spreadsheet would run as a formula gets a "'" in front,
 * which csv_read takes off again.                                                                       */
void csv_put(struct qn_buf *out, const char *cell, bool last);

#endif
