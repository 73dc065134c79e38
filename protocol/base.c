#include "qian/base.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const code_names[] = {
    [QN_OK] = "ok",           [QN_MALFORMED] = "malformed", [QN_UNVERIFIED] = "unverified",
    [QN_DENIED] = "denied",   [QN_CONFLICT] = "conflict",   [QN_ABSENT] = "absent",
    [QN_LIMIT] = "limit",     [QN_LATER] = "later",         [QN_IO] = "io",
    [QN_NOMEM] = "no-memory",
};

const char *qn_code_name(enum qn_code code)
{
    return (size_t)code < sizeof(code_names) / sizeof(code_names[0]) ? code_names[code] : "unknown";
}

/* A text that was cut to fit must not end in half a character. */
static void drop_half_character(char *s)
{
    size_t n = strlen(s), lead = n;
    while (lead > 0 && n - lead < 4 && ((unsigned char)s[lead - 1] & 0xc0) == 0x80)
        lead--;
    if (lead == 0)
        return;
    unsigned char c = (unsigned char)s[lead - 1];
    size_t need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
    if (n - (lead - 1) < need)
        s[lead - 1] = 0;
}

enum qn_code qn_fail(struct qn_err *err, enum qn_code code, const char *id, const char *fmt, ...)
{
    if (err) {
        /* Built aside: an outer refusal may quote the inner one's args. */
        char args[sizeof(err->args)];
        va_list ap;
        va_start(ap, fmt);
        int n = vsnprintf(args, sizeof(args), fmt, ap);
        va_end(ap);
        if (n >= (int)sizeof(args))
            drop_half_character(args);
        err->code = code;
        snprintf(err->id, sizeof(err->id), "%s", id);
        memcpy(err->args, args, sizeof(args));
    }
    return code;
}

void qn_say(const struct qn_report *to, const char *id, const char *fmt, ...)
{
    if (!to || !to->say)
        return;
    char args[1024];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(args, sizeof(args), fmt, ap);
    va_end(ap);
    if (n >= (int)sizeof(args))
        drop_half_character(args);
    to->say(to->ctx, id, args);
}

struct qn_span qn_str(const char *s)
{
    return (struct qn_span){(const uint8_t *)s, strlen(s)};
}

bool qn_span_eq(struct qn_span a, struct qn_span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int qn_span_cmp(struct qn_span a, struct qn_span b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

bool qn_span_is(struct qn_span a, const char *s)
{
    return qn_span_eq(a, qn_str(s));
}

bool qn_text_copy(char *out, size_t cap, struct qn_span s)
{
    if (s.n >= cap || (s.n && memchr(s.p, 0, s.n)))
        return false;
    if (s.n)
        memcpy(out, s.p, s.n);
    out[s.n] = 0;
    return true;
}

void qn_buf_init(struct qn_buf *b, size_t max)
{
    *b = (struct qn_buf){.max = max};
}

void qn_buf_release(struct qn_buf *b)
{
    free(b->p);
    *b = (struct qn_buf){.max = b->max};
}

uint8_t *qn_buf_room(struct qn_buf *b, size_t n)
{
    if (b->failed)
        return NULL;
    if (n > b->max - b->n) {
        b->failed = QN_LIMIT;
        return NULL;
    }
    if (n > b->cap - b->n) {
        size_t cap = b->cap ? b->cap : 256;
        while (cap - b->n < n)
            cap = cap > b->max / 2 ? b->max : cap * 2;
        uint8_t *p = realloc(b->p, cap + 1); /* one more for the NUL of qn_put_fmt */
        if (!p) {
            b->failed = QN_NOMEM;
            return NULL;
        }
        b->p = p;
        b->cap = cap;
    }
    b->n += n;
    return b->p + b->n - n;
}

void qn_put(struct qn_buf *b, const void *p, size_t n)
{
    uint8_t *to = n ? qn_buf_room(b, n) : NULL;
    if (to)
        memcpy(to, p, n);
}

void qn_put_uint(struct qn_buf *b, uint64_t v, unsigned bytes)
{
    uint8_t *to = qn_buf_room(b, bytes);
    for (unsigned i = 0; to && i < bytes; i++)
        to[i] = (uint8_t)(v >> (8 * (bytes - 1 - i)));
}

void qn_put_span(struct qn_buf *b, struct qn_span s)
{
    qn_put(b, s.p, s.n);
}

void qn_put_str(struct qn_buf *b, const char *s)
{
    qn_put(b, s, strlen(s));
}

void qn_put_fmt(struct qn_buf *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    uint8_t *to = n > 0 ? qn_buf_room(b, (size_t)n) : NULL;
    if (to)
        vsnprintf((char *)to, (size_t)n + 1, fmt, again);
    va_end(again);
}

void qn_hex(char *out, const uint8_t *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
    out[2 * n] = 0;
}

void qn_put_hex(struct qn_buf *b, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char two[3];
        qn_hex(two, p + i, 1);
        qn_put(b, two, 2);
    }
}

enum qn_code qn_buf_check(const struct qn_buf *b, struct qn_err *err)
{
    if (b->failed == QN_LIMIT)
        return qn_fail(err, QN_LIMIT, "base.too-long", "max=%zu", b->max);
    if (b->failed)
        return qn_fail(err, b->failed, "base.no-memory", "");
    return QN_OK;
}

struct qn_span qn_buf_span(const struct qn_buf *b)
{
    return (struct qn_span){b->p, b->n};
}

bool qn_hex_decode(uint8_t *out, size_t n, struct qn_span hex)
{
    if (hex.n != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        unsigned v = 0;
        for (size_t k = 0; k < 2; k++) {
            uint8_t c = hex.p[2 * i + k];
            if (c >= '0' && c <= '9')
                v = v << 4 | (unsigned)(c - '0');
            else if (c >= 'a' && c <= 'f')
                v = v << 4 | (unsigned)(c - 'a' + 10);
            else
                return false;
        }
        out[i] = (uint8_t)v;
    }
    return true;
}
