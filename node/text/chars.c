#include "node/text/chars.h"

/* One character of text that is UTF-8; how many bytes it has. */
static size_t decode(uint32_t *c, const uint8_t *p, size_t n)
{
    size_t more = p[0] < 0x80 ? 0 : p[0] < 0xe0 ? 1 : p[0] < 0xf0 ? 2 : 3;
    *c = more ? p[0] & (0x3fu >> more) : p[0];
    if (more >= n)
        more = n - 1;
    for (size_t i = 1; i <= more; i++)
        *c = *c << 6 | (p[i] & 0x3fu);
    return more + 1;
}

/* SPEC site-18: "letters and figures, and every character from U+0080 on but signs and blanks" */
static bool counts(uint32_t c)
{
    if (c < 0x80)
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
    return c > 0xbf && !(c >= 0x2000 && c <= 0x206f) && !(c >= 0x3000 && c <= 0x303f) &&
           !(c >= 0xfe00 && c <= 0xfeff) && c <= 0x3ffff;
}

size_t text_chars(uint32_t *out, size_t max, struct qn_span name)
{
    size_t n = 0;
    uint32_t c;
    for (size_t i = 0; i < name.n && n < max;) {
        i += decode(&c, name.p + i, name.n - i);
        if (c >= 0xff01 && c <= 0xff5e)
            c -= 0xfee0;
        if (c >= 'A' && c <= 'Z')
            c += 'a' - 'A';
        if (counts(c))
            out[n++] = c;
    }
    return n;
}

void text_put_char(struct qn_buf *out, uint32_t c)
{
    uint8_t u[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; c >>= 6)
        u[i] = (uint8_t)(0x80 | (c & 0x3f));
    u[0] = (uint8_t)(n == 1 ? c : (0xf00u >> n & 0xf0) | c);
    qn_put(out, u, n);
}
