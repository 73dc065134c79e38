#include "node/sync/pages.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VALUE_MAX 2048

void pages_header(struct pages_reply *out, const char *name, const char *fmt, ...)
{
    char value[VALUE_MAX];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(value, sizeof(value), fmt, ap);
    va_end(ap);
    if (n < 0 || n >= VALUE_MAX || strpbrk(value, "\r\n") || out->nheaders == PAGES_HEADERS)
        return;
    char *copy = strdup(value);
    if (!copy)
        return;
    out->header[out->nheaders].name = name;
    out->header[out->nheaders++].value = copy;
}

void pages_reply_release(struct pages_reply *out)
{
    for (unsigned i = 0; i < out->nheaders; i++)
        free(out->header[i].value);
    out->nheaders = 0;
    qn_buf_release(&out->body);
    if (out->fd >= 0)
        close(out->fd);
    out->fd = -1;
}
