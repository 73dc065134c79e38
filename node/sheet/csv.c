/* csv.c - CSV. Splitting is done on the raw bytes (libcsv): in GB 18030 no byte of a character is a quote, comma or line
 * end. Each cell is then decoded by itself, and after quotes that do not pair reading goes on at the next line.         */
#include <csv.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "node/sheet/reader.h"
#include "node/store/file.h"
#include "protocol/wire.h"

#define NO_ICONV ((iconv_t)-1)
#define STEP     65536 /* bytes read at once */
#define PARSER_STEP \
    4096 /* libcsv grows its cell by so much; its own 128 copies long lines too often */

/* The part of the file from the row now open, or from where reading stands. */
struct window {
    int fd;
    uint8_t *p;
    size_t n, cap;
    size_t at;    /* read up to here */
    size_t first; /* where the open row starts; `at` when none is open */
    bool end;     /* the file has no more */
};
struct split {
    struct sheet_reader *r;
    struct window w;
    iconv_t cd;     /* NO_ICONV: the file is UTF-8 */
    uint8_t *plain; /* of decoding: room for one cell */
    bool open;      /* a row has begun and not ended */
    size_t rest;    /* where to read on when it turns out to be damaged */
    unsigned line;  /* physical line being fed */
};

/* ---- cells ------------------------------------------------------------------------------------------------- */

/* false when its bytes are no text of the charset. out lends from raw or s->plain. */
static bool decode(struct split *s, struct qn_span raw, struct qn_span *out)
{
    *out = raw;
    if (s->cd == NO_ICONV || !raw.n)
        return wire_is_utf8(raw);
    /* iconv takes bytes that it could change, and changes none. */
    union {
        const uint8_t *given;
        char *taken;
    } in = {.given = raw.p};
    /* No character of GB 18030 grows by more than half again: two bytes to three, four to four. */
    char *to = (char *)s->plain;
    size_t in_n = raw.n, room = (size_t)SHEET_CELL_MAX * 2;
    iconv(s->cd, NULL, NULL, NULL, NULL);
    if (iconv(s->cd, &in.taken, &in_n, &to, &room) == (size_t)-1 || in_n)
        return false;
    *out = (struct qn_span){s->plain, (size_t)SHEET_CELL_MAX * 2 - room};
    return wire_is_utf8(*out);
}

static void on_cell(void *data, size_t n, void *ctx)
{
    struct split *s = ctx;
    struct qn_span text = {data, n};
    if (n > SHEET_CELL_MAX)
        sheet_cell(s->r, text, SHEET_LONG);
    else
        sheet_cell(s->r, text, decode(s, text, &text) ? SHEET_GOOD : SHEET_BROKEN);
}

static void on_row(int end, void *ctx)
{
    struct split *s = ctx;
    (void)end;
    sheet_end_row(s->r, s->line + 1);
    s->open = false;
}

/* ---- lines -------------------------------------------------------------------------------------------------- */

/* Makes room by dropping what was read, then reads on. */
static enum qn_code more(struct split *s)
{
    struct window *w = &s->w;
    size_t keep = s->open ? w->first : w->at, n;
    if (keep)
        memmove(w->p, w->p + keep, w->n - keep);
    w->n -= keep;
    w->at -= keep;
    w->first -= s->open ? keep : w->first;
    s->rest -= s->open ? keep : s->rest;
    if (w->cap - w->n < STEP) {
        size_t cap = w->cap * 2 + STEP;
        uint8_t *p = cap > 3u * SHEET_ROW_MAX ? NULL : realloc(w->p, cap);
        if (!p)
            return qn_fail(s->r->err, QN_LIMIT, "sheet.row-long", "path=%s|line=%u",
                           s->r->file->path, s->line + 1);
        w->p = p;
        w->cap = cap;
    }
    enum qn_code rc = file_more(w->fd, w->p + w->n, w->cap - w->n, &n, s->r->file->path, s->r->err);
    w->end = !rc && !n;
    w->n += n;
    return rc;
}

/* Bytes up to and including the next line end: LF, CR LF, or the lone CR of old exports. 0: not in the window. */
static size_t line_length(const struct window *w)
{
    const uint8_t *p = w->p + w->at;
    size_t n = w->n - w->at;
    const uint8_t *lf = memchr(p, '\n', n);
    const uint8_t *cr = memchr(p, '\r', lf ? (size_t)(lf - p) : n);
    if (cr && (lf ? cr + 1 != lf : cr + 1 < p + n || w->end))
        return (size_t)(cr - p) + 1;
    return lf ? (size_t)(lf - p) + 1 : w->end ? n : 0;
}

/* The next line; empty at the end. A line is no longer than a row may be. */
static enum qn_code next_line(struct split *s, struct qn_span *line)
{
    size_t n;
    enum qn_code rc = QN_OK;
    while (!rc && !(n = line_length(&s->w)) && !s->w.end) {
        if (s->w.n - s->w.at > SHEET_ROW_MAX)
            return qn_fail(s->r->err, QN_LIMIT, "sheet.row-long", "path=%s|line=%u",
                           s->r->file->path, s->line + 1);
        rc = more(s);
    }
    if (!rc)
        *line = (struct qn_span){s->w.p + s->w.at, n};
    return rc;
}

static bool is_blank_line(struct qn_span line)
{
    for (size_t i = 0; i < line.n; i++)
        if (!strchr(" \t\r\n", line.p[i]) || !line.p[i])
            return false;
    return true;
}

/* The row that is open cannot be split into cells: it is given as one, and reading goes on behind its first line, so
 * that a stray quote does not swallow the rows that follow.                                                        */
static void damaged_row(struct split *s)
{
    struct qn_span line = {s->w.p + s->w.first, s->rest - s->w.first};
    s->line = s->r->now.line;
    s->w.at = s->rest;
    s->open = false;
    while (line.n && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
        line.n--;
    if (line.n > SHEET_CELL_MAX || !decode(s, line, &line))
        line.n = 0;
    sheet_damaged_row(s->r, line, s->line + 1);
}

/* Feeds until the end or a damaged row. */
static enum qn_code feed(struct split *s, struct csv_parser *parser)
{
    struct sheet_reader *r = s->r;
    struct qn_span line = {NULL, 0};
    enum qn_code rc;
    /* One physical line at a time, so that a row knows the line it started on. */
    while (!(rc = next_line(s, &line)) && line.n && !r->rc) {
        size_t from = s->w.at;
        s->w.at += line.n;
        s->line++;
        if (!s->open) {
            r->now.line = s->line;
            s->w.first = from;
            s->rest = s->w.at;
            s->open = !is_blank_line(line);
        }
        if (csv_parse(parser, line.p, line.n, on_cell, on_row, s) != line.n) {
            if (csv_error(parser) == CSV_ENOMEM)
                return qn_fail(r->err, QN_NOMEM, "base.no-memory", "");
            damaged_row(s);
            return r->rc;
        }
        /* A quote that was opened and never closed: no cell, and no row, is this long. */
        if (s->open &&
            (parser->entry_pos > SHEET_CELL_MAX || s->w.at - s->w.first > SHEET_ROW_MAX)) {
            damaged_row(s);
            return r->rc;
        }
    }
    if (!rc && !r->rc && csv_fini(parser, on_cell, on_row, s) != 0)
        damaged_row(s);
    return rc ? rc : r->rc;
}

static enum qn_code read_all(struct split *s)
{
    enum qn_code rc;
    do {
        struct csv_parser parser;
        if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
            return qn_fail(s->r->err, QN_NOMEM, "base.no-memory", "");
        csv_set_blk_size(&parser, PARSER_STEP);
        rc = feed(s, &parser);
        csv_free(&parser);
    } while (!rc && (s->w.at < s->w.n || !s->w.end));
    return rc;
}

enum qn_code csv_read(struct sheet_reader *r, int fd, bool gb18030)
{
    struct split s = {.r = r, .w = {.fd = fd}, .cd = NO_ICONV};
    enum qn_code rc = QN_OK;
    if (gb18030) {
        s.cd = iconv_open("UTF-8", "GB18030");
        s.plain = malloc((size_t)SHEET_CELL_MAX * 2);
        if (s.cd == NO_ICONV)
            rc = qn_fail(r->err, QN_IO, "csv.charset", "charset=GB18030");
        else if (!s.plain)
            rc = qn_fail(r->err, QN_NOMEM, "base.no-memory", "");
    }
    if (!rc)
        rc = more(&s);
    if (!rc && s.w.n >= 3 && memcmp(s.w.p, "\xef\xbb\xbf", 3) == 0)
        s.w.at = 3;
    if (!rc)
        rc = read_all(&s);
    if (!rc) {
        sheet_end(r);
        rc = r->rc;
    }
    if (s.cd != NO_ICONV)
        iconv_close(s.cd);
    free(s.plain);
    free(s.w.p);
    return rc;
}

/* SPEC site-12: "`=`, `+`, `-`, `@` or the full-width form of one, a tab or a carriage return" */
bool sheet_acts(struct qn_span cell)
{
    static const char *const marks[] = {"=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r"};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (cell.n >= strlen(marks[i]) && memcmp(cell.p, marks[i], strlen(marks[i])) == 0)
            return true;
    return false;
}

/* SPEC site-12: "has an apostrophe in front" */
void csv_put(struct qn_buf *out, struct qn_span cell)
{
    bool formula = sheet_acts(cell), quote = formula;
    for (size_t i = 0; i < cell.n && !quote; i++)
        quote = memchr(",\"\r\n", cell.p[i], 4) != NULL;
    if (quote)
        qn_put_str(out, "\"");
    if (formula)
        qn_put_str(out, "'");
    for (size_t i = 0, skip; i < cell.n; i += skip ? skip : 1) {
        skip = sheet_unseen(cell.p + i, cell.n - i);
        if (skip)
            qn_put_str(out, SHEET_UNSEEN);
        else if (cell.p[i] == '"')
            qn_put_str(out, "\"\"");
        else
            qn_put(out, cell.p + i, 1);
    }
    if (quote)
        qn_put_str(out, "\"");
}

size_t sheet_unseen(const uint8_t *p, size_t n)
{
    size_t skip = wire_hidden(p, n);
    return skip ? skip : wire_control(p, n);
}
