#include "node/work/csv.h"

#include <csv.h>
#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "node/store/file.h"
#include "protocol/wire.h"

#define NO_ICONV      ((iconv_t)-1)
#define FORMULA_MARKS "=+-@\t\r" /* what makes a spreadsheet run a cell */
#define PARSER_STEP \
    4096 /* libcsv grows its cell by so much; its own 128 copies long lines too often */

struct reader {
    const struct csv_file *file;
    iconv_t cd;      /* NO_ICONV: the file is UTF-8 */
    size_t headings; /* cells in the heading row, 0 before it was found */
    csv_row_fn *row;
    void *ctx;
    struct qn_buf text; /* the decoded cells of this row, each NUL-ended */
    size_t start[CSV_CELLS];
    struct csv_row now;
    bool open;           /* a row has begun and not ended */
    bool given;          /* a row below the headings came */
    struct qn_buf names; /* the heading row, each cell NUL-ended */
    const char *heading[CSV_CELLS];
    size_t nearest;       /* required headings in the title row that had most of them */
    char missing[300];    /* and those it lacked */
    unsigned line;        /* physical line being fed */
    struct qn_span rest;  /* where to read on when the row now open turns out to be damaged */
    struct qn_span first; /* that row's first line */
    enum qn_code rc;
    struct qn_err *err;
};

/* ---- cells ------------------------------------------------------------------------------------------------- */

/* What iconv gives for one cell; false when its bytes are no text of the charset. */
static bool decode(struct reader *r, struct qn_span raw)
{
    if (r->cd == NO_ICONV) {
        if (!wire_is_utf8(raw))
            return false;
        qn_put_span(&r->text, raw);
        return true;
    }
    /* No character of GB 18030 grows by more than half again: two bytes to three, four to four. */
    uint8_t *copy = malloc(raw.n ? raw.n : 1), *out = malloc(raw.n * 3 + 1);
    char *in = (char *)copy, *to = (char *)out;
    size_t in_n = raw.n, out_n = raw.n * 3 + 1;
    bool ok = copy && out;
    if (ok && raw.n)
        memcpy(copy, raw.p, raw.n);
    if (!ok)
        r->text.failed = QN_NOMEM;
    iconv(r->cd, NULL, NULL, NULL, NULL);
    if (ok)
        ok = iconv(r->cd, &in, &in_n, &to, &out_n) != (size_t)-1 && in_n == 0;
    struct qn_span decoded = {out, ok ? (size_t)((uint8_t *)to - out) : 0};
    if (ok && wire_is_utf8(decoded))
        qn_put_span(&r->text, decoded);
    else
        ok = false;
    free(copy);
    free(out);
    return ok;
}

static size_t blank_at(const uint8_t *p, size_t n) /* bytes of an ASCII blank or U+3000, else 0 */
{
    if (n >= 1 && (*p == ' ' || *p == '\t'))
        return 1;
    return n >= 3 && p[0] == 0xe3 && p[1] == 0x80 && p[2] == 0x80 ? 3 : 0;
}

static void trim(struct reader *r, size_t from)
{
    size_t n = r->text.n - from, skip = 0, bytes;
    uint8_t *p = r->text.p + from;
    if (!n)
        return;
    while ((bytes = blank_at(p + skip, n - skip)) != 0)
        skip += bytes;
    while (n > skip && (blank_at(p + n - 1, 1) || (n - skip >= 3 && blank_at(p + n - 3, 3) == 3)))
        n -= blank_at(p + n - 1, 1) ? 1 : 3;
    /* The apostrophe that csv_put set before a formula is not part of what was written. */
    if (n - skip >= 2 && p[skip] == '\'' && strchr(FORMULA_MARKS, p[skip + 1]))
        skip++;
    if (skip)
        memmove(p, p + skip, n - skip);
    r->text.n = from + n - skip;
}

static void on_cell(void *data, size_t n, void *ctx)
{
    struct reader *r = ctx;
    if (r->now.n == CSV_CELLS) {
        r->now.too_many = true;
        return;
    }
    size_t from = r->text.n;
    bool long_cell = n > CSV_CELL_MAX;
    if (long_cell || !decode(r, (struct qn_span){data, n})) {
        r->text.n = from;
        if (r->now.broken < 0) {
            r->now.broken = (int)r->now.n;
            r->now.too_long = long_cell;
        }
    }
    trim(r, from);
    r->start[r->now.n++] = from;
    qn_put_uint(&r->text, 0, 1);
}

/* ---- headings ---------------------------------------------------------------------------------------------- */

static void join(char *out, size_t cap, const char *word)
{
    size_t n = strlen(out);
    if (n + strlen(word) + 4 < cap)
        snprintf(out + n, cap - n, "%s%s", n ? "、" : "", word);
}

static bool is_wanted(const struct reader *r, const char *heading)
{
    for (size_t c = 0; c < r->file->n; c++)
        if (strcmp(r->file->columns[c].heading, heading) == 0)
            return true;
    return false;
}

/* A column of ours that stands twice could be read either way, so it is refused. */
static void settle_headings(struct reader *r)
{
    char ignored[300] = "";
    r->headings = r->now.n;
    qn_put(&r->names, r->text.p, r->text.n);
    r->rc = qn_buf_check(&r->names, r->err);
    for (size_t i = 0; r->rc == QN_OK && i < r->now.n; i++) {
        r->heading[i] = (const char *)r->names.p + r->start[i];
        bool wanted = is_wanted(r, r->heading[i]);
        for (size_t k = 0; wanted && k < i; k++)
            if (strcmp(r->heading[k], r->heading[i]) == 0)
                r->rc =
                    qn_fail(r->err, QN_MALFORMED, "csv.heading-twice", "path=%s|line=%u|column=%s",
                            r->file->path, r->now.line, r->heading[i]);
        if (!wanted && *r->heading[i])
            join(ignored, sizeof(ignored), r->heading[i]);
    }
    if (*ignored)
        qn_say(r->file->report, "csv.ignored", "path=%s|columns=%s", r->file->path, ignored);
}

static void find_headings(struct reader *r)
{
    char missing[sizeof(r->missing)] = "";
    size_t have = 0;
    bool all = true;
    for (size_t c = 0; c < r->file->n; c++) {
        struct csv_column *col = &r->file->columns[c];
        col->at = -1;
        for (size_t i = 0; i < r->now.n && col->at < 0; i++)
            if (strcmp(r->now.cell[i], col->heading) == 0)
                col->at = (int)i;
        if (col->required && col->at < 0) {
            join(missing, sizeof(missing), col->heading);
            all = false;
        }
        have += col->required && col->at >= 0;
    }
    if (all) {
        settle_headings(r);
    } else if (have > r->nearest || !*r->missing) {
        r->nearest = have;
        memcpy(r->missing, missing, sizeof(missing));
    }
}

/* ---- rows --------------------------------------------------------------------------------------------------- */

enum qn_code csv_check(const struct csv_row *raw, struct qn_err *err)
{
    if (raw->quotes)
        return qn_fail(err, QN_MALFORMED, "csv.quotes", "line=%u", raw->line);
    if (raw->too_long)
        return qn_fail(err, QN_MALFORMED, "csv.cell-long", "line=%u|column=%d|max=%d", raw->line,
                       raw->broken + 1, CSV_CELL_MAX);
    if (raw->broken >= 0)
        return qn_fail(err, QN_MALFORMED, "csv.undecodable", "line=%u|column=%d", raw->line,
                       raw->broken + 1);
    if (raw->too_many)
        return qn_fail(err, QN_MALFORMED, "csv.too-many", "line=%u", raw->line);
    return QN_OK;
}

static void end_row(struct reader *r)
{
    r->text.n = 0;
    r->open = false;
    r->now = (struct csv_row){.line = r->line + 1, .broken = -1};
}

static void give_row(struct reader *r)
{
    const char *cell[CSV_CELLS];
    for (size_t i = r->headings; i < r->now.n; i++)
        r->now.too_many = r->now.too_many || (*r->now.cell[i] && !r->now.quotes);
    r->now.heading = r->heading;
    r->now.headings = r->headings;
    for (size_t c = 0; c < r->file->n; c++)
        cell[c] =
            r->file->columns[c].at < 0 || r->now.quotes ? "" : r->now.cell[r->file->columns[c].at];
    r->given = true;
    r->rc = r->row(r->ctx, &r->now, cell, r->err);
}

static void on_row(int end, void *ctx)
{
    struct reader *r = ctx;
    (void)end;
    bool empty = true;
    if (r->rc == QN_OK)
        r->rc = qn_buf_check(&r->text, r->err);
    for (size_t i = 0; i < CSV_CELLS; i++)
        r->now.cell[i] = "";
    for (size_t i = 0; r->rc == QN_OK && i < r->now.n; i++) {
        r->now.cell[i] = (const char *)r->text.p + r->start[i];
        empty = empty && !*r->now.cell[i];
    }
    if (r->rc == QN_OK && !(empty && r->now.broken < 0)) {
        if (r->headings)
            give_row(r);
        else
            find_headings(r); /* a title row otherwise */
    }
    end_row(r);
}

/* The row that is open cannot be split into cells: it is given as one, and reading goes on behind its
 * first line, so that a stray quote does not swallow the rows that follow.                          */
static struct qn_span damaged_row(struct reader *r)
{
    struct qn_span line = r->first;
    while (line.n && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
        line.n--;
    if (line.n > CSV_CELL_MAX)
        line.n = 0;
    r->line = r->now.line;
    r->text.n = 0;
    for (size_t i = 0; i < CSV_CELLS; i++)
        r->now.cell[i] = "";
    if (decode(r, line))
        qn_put_uint(&r->text, 0, 1);
    else
        r->text.n = 0;
    r->now.n = 1;
    r->now.quotes = true;
    r->now.broken = -1;
    r->now.too_long = r->now.too_many = false;
    if (r->rc == QN_OK)
        r->rc = qn_buf_check(&r->text, r->err);
    if (r->rc == QN_OK && r->text.n)
        r->now.cell[0] = (const char *)r->text.p;
    if (r->rc == QN_OK && r->headings)
        give_row(r);
    end_row(r);
    return r->rest;
}

/* ---- lines -------------------------------------------------------------------------------------------------- */

/* Bytes up to and including the next line end: LF, CR LF, or the lone CR of old exports. */
static size_t line_length(struct qn_span in)
{
    const uint8_t *lf = memchr(in.p, '\n', in.n);
    size_t n = lf ? (size_t)(lf - in.p) + 1 : in.n;
    const uint8_t *cr = memchr(in.p, '\r', n);
    if (!cr || (lf && cr + 1 == lf))
        return n;
    return (size_t)(cr - in.p) + 1;
}

static bool is_blank_line(struct qn_span line)
{
    for (size_t i = 0; i < line.n; i++)
        if (!strchr(" \t\r\n", line.p[i]) || !line.p[i])
            return false;
    return true;
}

static enum qn_code parser_init(struct csv_parser *p, struct qn_err *err)
{
    if (csv_init(p, CSV_STRICT | CSV_STRICT_FINI) != 0)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    csv_set_blk_size(p, PARSER_STEP);
    return QN_OK;
}

/* Feeds from `in` until its end or a damaged row; gives what is left to read. */
static struct qn_span feed(struct reader *r, struct csv_parser *parser, struct qn_span in)
{
    /* One physical line at a time, so that a row knows the line it started on. */
    while (in.n && r->rc == QN_OK) {
        struct qn_span line = {in.p, line_length(in)};
        in = (struct qn_span){in.p + line.n, in.n - line.n};
        r->line++;
        if (!r->open) {
            r->now.line = r->line;
            r->first = line;
            r->rest = in;
            r->open = !is_blank_line(line);
        }
        if (csv_parse(parser, line.p, line.n, on_cell, on_row, r) != line.n) {
            if (csv_error(parser) == CSV_ENOMEM)
                r->rc = qn_fail(r->err, QN_NOMEM, "base.no-memory", "");
            return r->rc ? in : damaged_row(r);
        }
        /* A quote that was opened and never closed: no cell is this long. */
        if (r->open && parser->entry_pos > CSV_CELL_MAX)
            return damaged_row(r);
        if (!in.n && csv_fini(parser, on_cell, on_row, r) != 0)
            return damaged_row(r);
    }
    return in;
}

static enum qn_code read_all(struct reader *r, struct qn_span in)
{
    while (in.n && r->rc == QN_OK) {
        struct csv_parser parser;
        r->rc = parser_init(&parser, r->err);
        if (r->rc)
            return r->rc;
        in = feed(r, &parser, in);
        csv_free(&parser);
    }
    if (r->rc == QN_OK && !r->headings && !*r->missing) /* not one row */
        r->rc = qn_fail(r->err, QN_MALFORMED, "csv.empty", "path=%s", r->file->path);
    if (r->rc == QN_OK && r->headings && !r->given)
        qn_say(r->file->report, "csv.only-heading", "path=%s", r->file->path);
    if (r->rc == QN_OK && !r->headings) {
        r->rc = qn_fail(r->err, QN_MALFORMED, "csv.no-heading", "path=%s|columns=%s", r->file->path,
                        r->missing);
    }
    return r->rc;
}

static enum qn_code read_as(const struct csv_file *file, struct qn_span bytes, bool gb,
                            csv_row_fn *row, void *ctx, size_t *nearest, struct qn_err *err)
{
    struct reader *r = calloc(1, sizeof(*r));
    if (!r)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    *r = (struct reader){.file = file,
                         .cd = NO_ICONV,
                         .row = row,
                         .ctx = ctx,
                         .err = err,
                         .now = {.line = 1, .broken = -1}};
    qn_buf_init(&r->text, (size_t)CSV_CELLS * CSV_CELL_MAX);
    qn_buf_init(&r->names, (size_t)CSV_CELLS * CSV_CELL_MAX);
    enum qn_code rc = QN_OK;
    if (gb) {
        r->cd = iconv_open("UTF-8", "GB18030");
        if (r->cd == NO_ICONV)
            rc = qn_fail(err, QN_IO, "csv.charset", "charset=GB18030");
    }
    if (!rc)
        rc = read_all(r, bytes);
    *nearest = r->nearest;
    qn_buf_release(&r->text);
    qn_buf_release(&r->names);
    if (r->cd != NO_ICONV)
        iconv_close(r->cd);
    free(r);
    return rc;
}

static bool begins(struct qn_span s, const char *with, size_t n)
{
    return s.n >= n && memcmp(s.p, with, n) == 0;
}

enum qn_code csv_read(const struct csv_file *file, csv_row_fn *row, void *ctx, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf buf = {0};
    const char *charset = file->charset;
    bool gb = charset && strcasecmp(charset, "GB18030") == 0;
    size_t as_utf8, as_gb;
    if (charset && !gb && strcasecmp(charset, "UTF-8") != 0)
        return qn_fail(err, QN_DENIED, "csv.charset", "charset=%s", charset);
    enum qn_code rc = file_read(&buf, file->path, CSV_FILE_MAX, err);
    if (rc)
        return rc;
    struct qn_span bytes = qn_buf_span(&buf);
    if (begins(bytes, "PK\3\4", 4) || begins(bytes, "\xd0\xcf\x11\xe0", 4))
        return qn_fail(err, QN_MALFORMED, "csv.workbook", "path=%s", file->path);
    if (begins(bytes, "\xff\xfe", 2) || begins(bytes, "\xfe\xff", 2))
        return qn_fail(err, QN_MALFORMED, "csv.utf16", "path=%s", file->path);
    if (begins(bytes, "\xef\xbb\xbf", 3)) { /* the mark says UTF-8, whatever else was said */
        bytes = (struct qn_span){bytes.p + 3, bytes.n - 3};
        return read_as(file, bytes, false, row, ctx, &as_utf8, err);
    }
    struct qn_err first, other;
    rc = read_as(file, bytes, gb, row, ctx, &as_utf8, &first);
    if (rc == QN_MALFORMED && !charset && strcmp(first.id, "csv.no-heading") == 0) {
        /* No row was given yet, so reading again is safe. The charset that shows more of the headings speaks. */
        enum qn_code again = read_as(file, bytes, true, row, ctx, &as_gb, &other);
        if (again == QN_OK || strcmp(other.id, "csv.no-heading") != 0 || as_gb > as_utf8) {
            rc = again;
            first = other;
        }
    }
    if (rc && err)
        *err = first;
    return rc;
}

void csv_put(struct qn_buf *out, const char *cell, bool last)
{
    bool formula = *cell && strchr(FORMULA_MARKS, *cell);
    bool quote = formula || strpbrk(cell, ",\"\r\n");
    if (quote)
        qn_put_str(out, "\"");
    if (formula)
        qn_put_str(out, "'");
    for (const char *p = cell; *p; p++) {
        if (*p == '"')
            qn_put_str(out, "\"");
        qn_put(out, p, 1);
    }
    if (quote)
        qn_put_str(out, "\"");
    qn_put_str(out, last ? "\r\n" : ",");
}
