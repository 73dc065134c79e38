/* sheet.c - what kind of file it is, and in which charset. */
#include "node/sheet/sheet.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "node/sheet/reader.h"
#include "node/store/file.h"

enum kind { KIND_UTF8, KIND_GB18030, KIND_WORKBOOK };

/* One reading from the start. */
static enum qn_code read_as(const struct sheet_file *file, int fd, enum kind kind,
                            sheet_row_fn *row, void *ctx, size_t *nearest, struct qn_err *err)
{
    struct sheet_reader *r = malloc(sizeof(*r));
    if (!r)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    sheet_reader_init(r, file, row, ctx, err);
    enum qn_code rc = lseek(fd, 0, SEEK_SET) == 0
                          ? QN_OK
                          : qn_fail(err, QN_IO, "file.read", "path=%s|why=lseek", file->path);
    if (!rc)
        rc = kind == KIND_WORKBOOK ? xlsx_read(r, fd) : csv_read(r, fd, kind == KIND_GB18030);
    *nearest = r->nearest;
    sheet_reader_release(r);
    free(r);
    return rc;
}

static enum qn_code read_csv(const struct sheet_file *file, int fd, bool marked, sheet_row_fn *row,
                             void *ctx, struct qn_err *err)
{
    size_t as_utf8, as_gb;
    struct qn_err first, other;
    bool gb = file->charset && strcasecmp(file->charset, "GB18030") == 0;
    /* The mark says UTF-8, whatever else was said. */
    enum qn_code rc =
        read_as(file, fd, gb && !marked ? KIND_GB18030 : KIND_UTF8, row, ctx, &as_utf8, &first);
    if (rc == QN_MALFORMED && !file->charset && !marked &&
        strcmp(first.id, "sheet.no-heading") == 0) {
        /* No row was given yet, so reading again is safe. The charset that shows more of the headings speaks. */
        enum qn_code again = read_as(file, fd, KIND_GB18030, row, ctx, &as_gb, &other);
        if (again == QN_OK || strcmp(other.id, "sheet.no-heading") != 0 || as_gb > as_utf8) {
            rc = again;
            first = other;
        }
    }
    if (rc && err)
        *err = first;
    return rc;
}

enum qn_code sheet_read(const struct sheet_file *file, sheet_row_fn *row, void *ctx,
                        struct qn_err *err)
{
    int fd = -1;
    uint64_t size;
    uint8_t mark[4] = {0};
    size_t n = 0, nearest;
    if (file->charset && strcasecmp(file->charset, "GB18030") != 0 &&
        strcasecmp(file->charset, "UTF-8") != 0)
        return qn_fail(err, QN_DENIED, "csv.charset", "charset=%s", file->charset);
    enum qn_code rc = file_open(&fd, &size, file->path, err);
    if (rc)
        return rc;
    rc = file_more(fd, mark, sizeof(mark), &n, file->path, err);
    if (!rc && memcmp(mark, "PK\3\4", 4) == 0)
        rc = read_as(file, fd, KIND_WORKBOOK, row, ctx, &nearest, err);
    else if (!rc && memcmp(mark, "\xd0\xcf\x11\xe0", 4) == 0)
        rc = qn_fail(err, QN_MALFORMED, "sheet.old-workbook", "path=%s", file->path);
    else if (!rc && (memcmp(mark, "\xff\xfe", 2) == 0 || memcmp(mark, "\xfe\xff", 2) == 0))
        rc = qn_fail(err, QN_MALFORMED, "csv.utf16", "path=%s", file->path);
    else if (!rc)
        rc = read_csv(file, fd, memcmp(mark, "\xef\xbb\xbf", 3) == 0, row, ctx, err);
    close(fd);
    return rc;
}
