/* excel.h - CSV as Excel writes it on a Chinese desktop (GB 18030, CRLF, quotes where needed), for test tools. */
#ifndef QIAN_TESTS_EXCEL_H
#define QIAN_TESTS_EXCEL_H

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline _Noreturn void die(const char *what)
{
    fprintf(stderr, "%s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(1);
}

#define CELL 160 /* bytes of a cell in UTF-8, NUL included */

struct excel {
    FILE *f;
    iconv_t to;
    const char *line_end;
    unsigned col;
};

/* cut: the last byte of the last character is lost, as where a system cuts a column at so many bytes. */
static void excel_cell(struct excel *o, const char *text, bool cut)
{
    char bytes[4 * CELL], quoted[2 * CELL + 2], *to = bytes;
    if (strpbrk(text, ",\"\r\n")) {
        char *q = quoted;
        *q++ = '"';
        for (const char *p = text; *p; p++) {
            if (*p == '"')
                *q++ = '"';
            *q++ = *p;
        }
        *q++ = '"';
        *q = 0;
        text = quoted;
    }
    size_t left = sizeof(bytes), n = strlen(text);
    char copy[2 * CELL + 2], *from = copy;
    memcpy(copy, text, n + 1); /* iconv takes what it reads as its own */
    if (iconv(o->to, &from, &n, &to, &left) == (size_t)-1)
        die("iconv");
    if (o->col++)
        fputc(',', o->f);
    fwrite(bytes, 1, sizeof(bytes) - left - cut, o->f);
}

static void excel_row_end(struct excel *o)
{
    fputs(o->line_end, o->f);
    o->col = 0;
}

static void excel_end(struct excel *o)
{
    iconv_close(o->to);
    if (ferror(o->f) || fclose(o->f))
        die("writing");
}

/* As an office hands it over, or UTF-8 with plain line ends for a list that only tests read. */
static struct excel excel_begin(const char *dir, const char *name, bool office,
                                const char *const *heads, size_t n)
{
    char path[1024];
    if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
        die("the directory's name is too long");
    struct excel o = {.f = fopen(path, "wb"),
                      .to = iconv_open(office ? "GB18030" : "UTF-8", "UTF-8"),
                      .line_end = office ? "\r\n" : "\n"};
    if (!o.f || o.to == (iconv_t)-1)
        die(path);
    for (size_t i = 0; i < n; i++)
        excel_cell(&o, heads[i], false);
    excel_row_end(&o);
    return o;
}
#endif
