/* csv.h - spreadsheets as offices send them: UTF-8 or GB 18030, title rows above the headings, any column order.
 *
 * Splitting is done on the raw bytes (libcsv): in GB 18030 no byte of a character is a quote, comma or line end.
 * Each cell is then decoded by itself, so a broken character spoils its row and nothing else.                */
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
    bool too_many;               /* more cells than CSV_CELLS or than the heading has */
};
/* The columns a caller wants, by heading. at: filled with the index found. */
struct csv_column {
    const char *heading;
    bool required;
    int at; /* -1 when the file has none */
};
/* Cells of the wanted columns: cell[i] belongs to columns[i]. Anything but QN_OK stops the reading. */
typedef enum qn_code csv_row_fn(void *ctx, const struct csv_row *raw, const char *const *cell, struct qn_err *err);

/* charset: "UTF-8" or "GB18030" (NULL: UTF-8). QN_MALFORMED "csv.no-heading" names the columns that are missing. */
QN_MUST_USE enum qn_code csv_read(const char *path, const char *charset, struct csv_column *columns, size_t n,
                                  csv_row_fn *row, void *ctx, struct qn_err *err);
/* One cell with quotes where needed; cells that a spreadsheet would run as a formula are made harmless. */
void csv_put(struct qn_buf *out, const char *cell, bool last);

#endif
