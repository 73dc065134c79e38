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
    bool csv;
    /* CSV */
    struct qn_buf line;
    iconv_t cd; /* NO_ICONV: UTF-8 */
    bool begun; /* the line has a cell */
    /* a workbook */
    lxw_workbook *book;
    lxw_worksheet *sheet;
    lxw_format *text;
    lxw_row_t row;
    lxw_col_t col;
};

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcasecmp(s + n - m, end) == 0;
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

/* ---- both ------------------------------------------------------------------------------------------------------- */

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

static enum qn_code start_csv(struct sheet_out *o, bool gb)
{
    qn_buf_init(&o->line, STEP + (size_t)SHEET_CELLS * SHEET_CELL_MAX);
    if (!gb) {
        qn_put_str(&o->line, "\xef\xbb\xbf");
        return QN_OK;
    }
    o->cd = iconv_open("GB18030", "UTF-8");
    return o->cd != NO_ICONV ? QN_OK : qn_fail(&o->err, QN_IO, "csv.charset", "charset=GB18030");
}

enum qn_code sheet_out_open(struct sheet_out **out, const char *path, const char *charset,
                            const char *title, struct qn_err *err)
{
    bool gb = charset && strcasecmp(charset, "GB18030") == 0;
    if (charset && !gb && strcasecmp(charset, "UTF-8") != 0)
        return qn_fail(err, QN_DENIED, "csv.charset", "charset=%s", charset);
    QN_AUTO(sheet_out) struct sheet_out *o = calloc(1, sizeof(*o));
    if (!o)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    o->cd = NO_ICONV;
    o->csv = !ends_with(path, ".xlsx");
    enum qn_code rc = file_aside_open(&o->file, path, 0600, &o->err);
    if (!rc)
        rc = o->csv ? start_csv(o, gb) : start_book(o, title);
    if (rc) {
        if (err)
            *err = o->err;
        return rc;
    }
    *out = QN_STEAL(o);
    return QN_OK;
}

void sheet_out_cell(struct sheet_out *o, const char *text)
{
    if (o->rc)
        return;
    if (o->csv) {
        if (o->begun)
            qn_put_str(&o->line, ",");
        csv_put(&o->line, text);
        o->begun = true;
    } else if (*text &&
               worksheet_write_string(o->sheet, o->row, o->col, text, o->text) != LXW_NO_ERROR) {
        keep(o, qn_fail(&o->err, QN_LIMIT, "xlsx.rows", "path=%s|rows=%lu", o->file.path,
                        (unsigned long)o->row));
    }
    o->col++;
}

void sheet_out_end_row(struct sheet_out *o)
{
    if (o->csv) {
        qn_put_str(&o->line, "\r\n");
        if (o->line.n >= STEP)
            flush(o);
    }
    o->begun = false;
    o->row++;
    o->col = 0;
}

enum qn_code sheet_out_close(struct sheet_out **out, struct qn_err *err)
{
    QN_AUTO(sheet_out) struct sheet_out *o = QN_STEAL(*out);
    if (o->csv) {
        flush(o);
    } else {
        lxw_error why = workbook_close(QN_STEAL(o->book)); /* frees it, whatever it answers */
        if (!o->rc && why)
            keep(o, qn_fail(&o->err, QN_IO, "file.write", "path=%s|why=%s", o->file.path,
                            lxw_strerror(why)));
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
    file_aside_auto(&o->file);
    free(o);
}
