#include "node/sheet/out.h"

#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <xlsxwriter.h>

#include "node/store/file.h"

#define NO_ICONV ((iconv_t)-1)
#define STEP     65536

struct sheet_out {
    struct file_aside file;
    enum qn_code rc;
    struct qn_err err;
    enum sheet_format format;
    const struct sheet_heading *heading; /* lent */
    size_t nheadings, at;                /* at: the column that comes next */
    /* CSV and JSON */
    struct qn_buf line;
    struct qn_buf cell; /* as it is written */
    iconv_t cd;         /* NO_ICONV: UTF-8 */
    bool begun; /* the line has a cell, the object a member */
    bool more;  /* an object stands already */
    /* a workbook */
    lxw_workbook *book;
    lxw_worksheet *sheet;
    lxw_format *text;
    lxw_row_t row;
};

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcasecmp(s + n - m, end) == 0;
}

enum sheet_format sheet_format_of(const char *path)
{
    return ends_with(path, ".xlsx")   ? SHEET_XLSX
           : ends_with(path, ".json") ? SHEET_JSON
                                      : SHEET_CSV;
}

static void keep(struct sheet_out *o, enum qn_code rc)
{
    o->rc = o->rc ? o->rc : rc;
}

/* ---- CSV ------------------------------------------------------------------------------------------------------- */

static enum qn_code put_converted(struct sheet_out *o)
{
    char out[STEP];
    char *in = (char *)o->line.p;
    size_t in_n = o->line.n;
    while (in_n) {
        char *to = out;
        size_t room = sizeof(out);
        /* A full block is no failure; the rows themselves are UTF-8, all of which GB 18030 has. */
        if (iconv(o->cd, &in, &in_n, &to, &room) == (size_t)-1 && to == out)
            return qn_fail(&o->err, QN_IO, "csv.charset", "charset=GB18030");
        enum qn_code rc = file_put(o->file.fd, (struct qn_span){(uint8_t *)out, sizeof(out) - room},
                                   o->file.path, &o->err);
        if (rc)
            return rc;
    }
    return QN_OK;
}

static void flush(struct sheet_out *o)
{
    if (!o->rc)
        keep(o, qn_buf_check(&o->line, &o->err));
    if (!o->rc && o->line.n)
        keep(o, o->cd != NO_ICONV
                    ? put_converted(o)
                    : file_put(o->file.fd, qn_buf_span(&o->line), o->file.path, &o->err));
    o->line.n = 0;
}

/* ---- JSON ------------------------------------------------------------------------------------------------------ */

static void put_string(struct qn_buf *b, const char *s)
{
    qn_put_str(b, "\"");
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            qn_put_fmt(b, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            qn_put_fmt(b, "\\u%04x", c);
        else
            qn_put(b, s, 1);
    }
    qn_put_str(b, "\"");
}

/* RFC 8259 has no leading zeros: what begins with one is a code and stays text. */
static bool is_number(const char *s)
{
    size_t n = strspn(s, "0123456789");
    return n && n <= 15 && !s[n] && (*s != '0' || n == 1);
}

static void put_member(struct sheet_out *o, const char *text)
{
    const struct sheet_heading *h = o->at < o->nheadings ? &o->heading[o->at] : NULL;
    if (!h || !*text)
        return;
    qn_put_str(&o->line, o->begun ? ", " : o->more ? ",\n{" : "\n{");
    put_string(&o->line, h->key);
    qn_put_str(&o->line, ": ");
    if (h->number && is_number(text))
        qn_put_str(&o->line, text);
    else
        put_string(&o->line, text);
    o->begun = o->more = true;
}

/* ---- all -------------------------------------------------------------------------------------------------------- */

static enum qn_code start_book(struct sheet_out *o, const char *title)
{
    lxw_workbook_options how = {.constant_memory = LXW_TRUE};
    char name[LXW_SHEETNAME_MAX + 1] = "";
    o->book = workbook_new_opt(o->file.aside, &how);
    /* A title that a workbook does not take (over 31 characters, or with one of []:*?/\) gives way to the library's. */
    if (o->book && strlen(title) < sizeof(name) &&
        workbook_validate_sheet_name(o->book, title) == LXW_NO_ERROR)
        memcpy(name, title, strlen(title) + 1);
    o->sheet = o->book ? workbook_add_worksheet(o->book, *name ? name : NULL) : NULL;
    o->text = o->sheet ? workbook_add_format(o->book) : NULL;
    if (!o->text)
        return qn_fail(&o->err, QN_NOMEM, "base.no-memory", "");
    format_set_num_format_index(o->text, 49); /* text: ECMA-376 part 1, 18.8.30 */
    worksheet_freeze_panes(o->sheet, 1, 0);
    return QN_OK;
}

static enum qn_code start_lines(struct sheet_out *o, bool gb)
{
    qn_buf_init(&o->line, STEP + (size_t)SHEET_CELLS * SHEET_CELL_MAX);
    if (o->format == SHEET_JSON) {
        qn_put_str(&o->line, "[");
        return QN_OK;
    }
    if (!gb) {
        qn_put_str(&o->line, "\xef\xbb\xbf");
        return QN_OK;
    }
    o->cd = iconv_open("GB18030", "UTF-8");
    return o->cd != NO_ICONV ? QN_OK : qn_fail(&o->err, QN_IO, "csv.charset", "charset=GB18030");
}

enum qn_code sheet_out_start(struct sheet_out **out, const char *path, const struct sheet_how *how,
                             struct qn_err *err)
{
    bool gb = how->charset && strcasecmp(how->charset, "GB18030") == 0;
    if (how->charset && strcasecmp(how->charset, "UTF-8") != 0 && (!gb || how->format != SHEET_CSV))
        return qn_fail(err, QN_DENIED, "csv.charset", "charset=%s", how->charset);
    QN_AUTO(sheet_out) struct sheet_out *o = calloc(1, sizeof(*o));
    if (!o)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    o->cd = NO_ICONV;
    qn_buf_init(&o->cell, 3 * (size_t)SHEET_CELL_MAX);
    o->format = how->format;
    enum qn_code rc = file_aside_open(&o->file, path, 0600, &o->err);
    if (!rc)
        rc = o->format == SHEET_XLSX ? start_book(o, how->title ? how->title : "")
                                     : start_lines(o, gb);
    if (rc) {
        if (err)
            *err = o->err;
        return rc;
    }
    *out = QN_STEAL(o);
    return QN_OK;
}

enum qn_code sheet_out_open(struct sheet_out **out, const char *path, const char *charset,
                            const char *title, struct qn_err *err)
{
    bool book = ends_with(path, ".xlsx");
    const struct sheet_how how = {book ? SHEET_XLSX : SHEET_CSV, charset, title};
    return sheet_out_start(out, path, &how, err);
}

void sheet_out_headings(struct sheet_out *o, const struct sheet_heading *h, size_t n)
{
    o->heading = h;
    o->nheadings = n;
    if (o->format == SHEET_JSON)
        return;
    for (size_t i = 0; i < n; i++)
        sheet_out_cell(o, h[i].text);
    sheet_out_end_row(o);
}

static void put_in_book(struct sheet_out *o, const char *text)
{
    lxw_error why = *text
                        ? worksheet_write_string(o->sheet, o->row, (lxw_col_t)o->at, text, o->text)
                        : LXW_NO_ERROR;
    if (why == LXW_ERROR_MAX_STRING_LENGTH_EXCEEDED)
        keep(o, qn_fail(&o->err, QN_LIMIT, "xlsx.cell", "path=%s|line=%lu", o->file.path,
                        (unsigned long)o->row + 1));
    else if (why)
        keep(o, qn_fail(&o->err, QN_LIMIT, "xlsx.rows", "path=%s|rows=%lu", o->file.path,
                        (unsigned long)o->row));
}

/* SPEC exports-13: "stand as U+FFFD" */
static const char *seen(struct sheet_out *o, const char *text)
{
    const uint8_t *p = (const uint8_t *)text;
    size_t n = strlen(text);
    o->cell.n = 0;
    for (size_t i = 0, skip; i < n; i += skip ? skip : 1) {
        skip = sheet_unseen(p + i, n - i);
        if (skip)
            qn_put_str(&o->cell, SHEET_UNSEEN);
        else
            qn_put(&o->cell, p + i, 1);
    }
    qn_put(&o->cell, "", 1);
    keep(o, qn_buf_check(&o->cell, &o->err));
    return o->rc ? "" : (const char *)o->cell.p;
}

void sheet_out_cell(struct sheet_out *o, const char *text)
{
    if (o->rc)
        return;
    text = seen(o, text);
    switch (o->format) {
    case SHEET_CSV:
        if (o->begun)
            qn_put_str(&o->line, ",");
        csv_put(&o->line, qn_str(text));
        o->begun = true;
        break;
    case SHEET_XLSX:
        put_in_book(o, text);
        break;
    case SHEET_JSON:
        put_member(o, text);
        break;
    }
    o->at++;
}

void sheet_out_end_row(struct sheet_out *o)
{
    if (o->format == SHEET_CSV)
        qn_put_str(&o->line, "\r\n");
    else if (o->format == SHEET_JSON && o->begun)
        qn_put_str(&o->line, "}");
    if (o->line.n >= STEP)
        flush(o);
    o->begun = false;
    o->row++;
    o->at = 0;
}

enum qn_code sheet_out_close(struct sheet_out **out, struct qn_err *err)
{
    QN_AUTO(sheet_out) struct sheet_out *o = QN_STEAL(*out);
    if (o->format == SHEET_JSON)
        qn_put_str(&o->line, "\n]\n");
    if (o->format == SHEET_XLSX) {
        lxw_error why = workbook_close(QN_STEAL(o->book)); /* frees it, whatever it answers */
        if (!o->rc && why)
            keep(o, qn_fail(&o->err, QN_IO, "file.write", "path=%s|why=%s", o->file.path,
                            lxw_strerror(why)));
    } else {
        flush(o);
    }
    if (!o->rc)
        keep(o, file_aside_keep(&o->file, true, &o->err));
    if (o->rc && err)
        *err = o->err;
    return o->rc;
}

void sheet_out_drop(struct sheet_out *o)
{
    if (o->book)
        lxw_workbook_free(o->book);
    if (o->cd != NO_ICONV)
        iconv_close(o->cd);
    qn_buf_release(&o->line);
    qn_buf_release(&o->cell);
    file_aside_auto(&o->file);
    free(o);
}
