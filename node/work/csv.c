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

struct reader {
    iconv_t cd; /* (iconv_t)-1: the file is UTF-8 */
    struct csv_column *columns;
    size_t ncolumns, headings; /* cells in the heading row, 0 before it was found */
    csv_row_fn *row;
    void *ctx;
    struct qn_buf text; /* the decoded cells of this row, each NUL-ended */
    size_t start[CSV_CELLS];
    struct csv_row now;
    unsigned line; /* physical line being fed */
    enum qn_code rc;
    struct qn_err *err;
};

static bool decode(struct reader *r, struct qn_span raw)
{
    if (r->cd == (iconv_t)-1) {
        if (!wire_is_utf8(raw))
            return false;
        qn_put_span(&r->text, raw);
        return true;
    }
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

static bool is_blank(const uint8_t *p, size_t n, size_t *bytes) /* ASCII blank or U+3000 */
{
    *bytes = 1;
    if (n >= 1 && (*p == ' ' || *p == '\t'))
        return true;
    *bytes = 3;
    return n >= 3 && p[0] == 0xe3 && p[1] == 0x80 && p[2] == 0x80;
}

static void trim(struct reader *r, size_t from)
{
    size_t n = r->text.n - from, skip = 0, bytes;
    uint8_t *p = r->text.p + from;
    if (!n)
        return;
    while (skip < n && is_blank(p + skip, n - skip, &bytes))
        skip += bytes;
    size_t end = n;
    while (end > skip && (is_blank(p + end - 1, 1, &bytes) || (end - skip >= 3 && is_blank(p + end - 3, 3, &bytes))))
        end -= bytes;
    if (skip)
        memmove(p, p + skip, end - skip);
    r->text.n = from + end - skip;
}

static void on_cell(void *data, size_t n, void *ctx)
{
    struct reader *r = ctx;
    if (r->now.n == CSV_CELLS) {
        r->now.too_many = true;
        return;
    }
    size_t from = r->text.n;
    struct qn_span raw = {data, n};
    if (!r->headings && r->now.n == 0 && n >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
        raw = (struct qn_span){raw.p + 3, n - 3}; /* a byte order mark opens many exports */
    if (n > CSV_CELL_MAX || !decode(r, raw)) {
        r->text.n = from;
        if (r->now.broken < 0)
            r->now.broken = (int)r->now.n;
    }
    trim(r, from);
    r->start[r->now.n++] = from;
    qn_put_uint(&r->text, 0, 1);
}

static bool find_headings(struct reader *r)
{
    for (size_t c = 0; c < r->ncolumns; c++) {
        r->columns[c].at = -1;
        for (size_t i = 0; i < r->now.n && r->columns[c].at < 0; i++)
            if (strcmp(r->now.cell[i], r->columns[c].heading) == 0)
                r->columns[c].at = (int)i;
        if (r->columns[c].required && r->columns[c].at < 0)
            return false;
    }
    r->headings = r->now.n;
    return true;
}

static void on_row(int end, void *ctx)
{
    struct reader *r = ctx;
    const char *cell[CSV_CELLS];
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
        if (!r->headings) {
            find_headings(r); /* a title row otherwise */
        } else {
            for (size_t i = r->headings; i < r->now.n; i++)
                r->now.too_many = r->now.too_many || *r->now.cell[i];
            for (size_t c = 0; c < r->ncolumns; c++)
                cell[c] = r->columns[c].at < 0 ? "" : r->now.cell[r->columns[c].at];
            r->rc = r->row(r->ctx, &r->now, cell, r->err);
        }
    }
    r->text.n = 0;
    r->now = (struct csv_row){.line = r->line + 1, .broken = -1};
}

static enum qn_code no_heading(const struct reader *r, const char *path)
{
    char missing[256] = "";
    for (size_t c = 0, n = 0; c < r->ncolumns; c++)
        if (r->columns[c].required && n < sizeof(missing) - 64)
            n += (size_t)snprintf(missing + n, sizeof(missing) - n, "%s%.60s", n ? "、" : "", r->columns[c].heading);
    return qn_fail(r->err, QN_MALFORMED, "csv.no-heading", "path=%s|columns=%s", path, missing);
}

static enum qn_code feed(struct reader *r, struct qn_span in, const char *path)
{
    struct csv_parser parser;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        return qn_fail(r->err, QN_NOMEM, "base.no-memory", "");
    /* One physical line at a time, so that a row knows the line it started on. */
    while (in.n && r->rc == QN_OK) {
        const uint8_t *nl = memchr(in.p, '\n', in.n);
        size_t n = nl ? (size_t)(nl - in.p) + 1 : in.n;
        r->line++;
        if (csv_parse(&parser, in.p, n, on_cell, on_row, r) != n && r->rc == QN_OK)
            r->rc = qn_fail(r->err, QN_MALFORMED, "csv.quotes", "path=%s|line=%u", path, r->line);
        in.p += n;
        in.n -= n;
    }
    if (r->rc == QN_OK && csv_fini(&parser, on_cell, on_row, r) != 0)
        r->rc = qn_fail(r->err, QN_MALFORMED, "csv.quotes", "path=%s|line=%u", path, r->now.line);
    csv_free(&parser);
    if (r->rc == QN_OK && !r->headings)
        r->rc = no_heading(r, path);
    return r->rc;
}

enum qn_code csv_read(const char *path, const char *charset, struct csv_column *columns, size_t n, csv_row_fn *row,
                      void *ctx, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf file = {0};
    struct reader r = {.cd = (iconv_t)-1, .columns = columns, .ncolumns = n, .row = row, .ctx = ctx, .err = err,
                       .now = {.line = 1, .broken = -1}};
    if (charset && strcasecmp(charset, "UTF-8") != 0) {
        if (strcasecmp(charset, "GB18030") != 0)
            return qn_fail(err, QN_DENIED, "csv.charset", "charset=%s", charset);
        r.cd = iconv_open("UTF-8", "GB18030");
        if (r.cd == (iconv_t)-1)
            return qn_fail(err, QN_IO, "csv.charset", "charset=%s", charset);
    }
    enum qn_code rc = file_read(&file, path, CSV_FILE_MAX, err);
    qn_buf_init(&r.text, (size_t)CSV_CELLS * CSV_CELL_MAX);
    if (!rc)
        rc = feed(&r, qn_buf_span(&file), path);
    qn_buf_release(&r.text);
    if (r.cd != (iconv_t)-1)
        iconv_close(r.cd);
    return rc;
}

void csv_put(struct qn_buf *out, const char *cell, bool last)
{
    bool formula = *cell && strchr("=+-@\t\r", *cell);
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
