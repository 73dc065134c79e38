/* reader.h - inside node/sheet: rows of cells from any kind of file become rows below a heading.
 *
 * A kind of file (csv.c, xlsx.c) tells cells and ends of rows; reader.c finds the headings and gives rows on.     */
#ifndef QIAN_NODE_SHEET_READER_H
#define QIAN_NODE_SHEET_READER_H

#include "node/sheet/sheet.h"

struct sheet_reader {
    const struct sheet_file *file;
    sheet_row_fn *row;
    void *ctx;
    struct qn_err *err;
    enum qn_code rc;    /* the first failure; nothing is given behind it */
    struct qn_buf text; /* the cells of this row, each NUL-ended */
    size_t start[SHEET_CELLS];
    struct sheet_row now;
    bool digits[SHEET_CELLS], any_digits; /* SHEET_DIGITS in this row */
    size_t headings;                      /* cells in the heading row, 0 before it was found */
    struct qn_buf names;                  /* the heading row, each cell NUL-ended */
    const char *heading[SHEET_CELLS];
    const char *all[SHEET_CELLS]; /* of each wanted column: what it says in every row, or NULL */
    unsigned titles;
    uint64_t given;    /* rows below the headings */
    uint64_t unseen;   /* characters left out that nobody sees, the first in unseen_line */
    unsigned unseen_line;
    size_t nearest;    /* required headings in the title row that had most of them */
    char missing[300]; /* and those it lacked; "" before any row came */
};
void sheet_reader_init(struct sheet_reader *r, const struct sheet_file *file, sheet_row_fn *row,
                       void *ctx, struct qn_err *err);
void sheet_reader_release(struct sheet_reader *r);

enum sheet_cell {
    SHEET_GOOD,
    SHEET_BROKEN, /* no text */
    SHEET_LONG,
    SHEET_DIGITS /* a number of which the spreadsheet has not kept all digits: no harm in a column that nobody reads */
};
/* The next cell; text is UTF-8 without NUL, ignored when broken or long. */
void sheet_cell(struct sheet_reader *r, struct qn_span text, enum sheet_cell kind);
/* Blank cells up to column `at`, from 0. */
void sheet_skip(struct sheet_reader *r, size_t at);
/* The row ends; the next begins at `line`. A row without a filled cell is no row. */
void sheet_end_row(struct sheet_reader *r, unsigned line);
/* Instead: the row's cells cannot be told apart. text is its first line, or empty. */
void sheet_damaged_row(struct sheet_reader *r, struct qn_span text, unsigned line);
/* All rows came: what is to be said of the whole. */
void sheet_end(struct sheet_reader *r);

/* Kinds of files. fd stands at the start. */
QN_MUST_USE enum qn_code csv_read(struct sheet_reader *r, int fd, bool gb18030);
QN_MUST_USE enum qn_code xlsx_read(struct sheet_reader *r, int fd);

#endif
