#include "node/publish/find.h"

#include <stdlib.h>

/* ---- characters --------------------------------------------------------------------------------- */

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

size_t find_chars(uint32_t out[FIND_CHARS], struct qn_span name)
{
    size_t n = 0;
    uint32_t c;
    for (size_t i = 0; i < name.n && n < FIND_CHARS;) {
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

/* ---- pairs -------------------------------------------------------------------------------------- */

unsigned find_shards(size_t rows)
{
    return rows <= 500 ? 1 : rows <= 20000 ? 16 : 256;
}

/* SPEC site-18: "n = (31·a + b) mod the number of files" */
unsigned find_shard(uint32_t first, uint32_t second, unsigned shards)
{
    return (unsigned)((31 * (uint64_t)first + second) % shards);
}

static int by_chars(const struct find_pair *x, const struct find_pair *y)
{
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    if (x->second != y->second)
        return x->second < y->second ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

#define BY_SHARD(shards) \
    static int by_shard_##shards(const void *a, const void *b) \
    { \
        const struct find_pair *x = a, *y = b; \
        unsigned p = find_shard(x->first, x->second, shards), \
                 q = find_shard(y->first, y->second, shards); \
        return p != q ? (p < q ? -1 : 1) : by_chars(x, y); \
    }
BY_SHARD(1)
BY_SHARD(16)
BY_SHARD(256)

void find_sort(struct find_pair *pairs, size_t n, unsigned shards)
{
    if (n)
        qsort(pairs, n, sizeof(*pairs),
              shards == 1    ? by_shard_1
              : shards == 16 ? by_shard_16
                             : by_shard_256);
}

/* ---- the file ----------------------------------------------------------------------------------- */

static void put_char(struct qn_buf *b, uint32_t c)
{
    uint8_t u[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; c >>= 6)
        u[i] = (uint8_t)(0x80 | (c & 0x3f));
    u[0] = (uint8_t)(n == 1 ? c : (0xf00u >> n & 0xf0) | c);
    qn_put(b, u, n);
}

static size_t distinct(const struct find_pair *p, size_t n)
{
    size_t rows = 0;
    for (size_t i = 0; i < n; i++)
        rows += !i || p[i].row != p[i - 1].row;
    return rows;
}

void find_write(struct qn_buf *out, const struct find_pair *p, size_t n)
{
    qn_put_str(out, "{");
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from; to < n && p[to].first == p[from].first && p[to].second == p[from].second;)
            to++;
        /* No character that counts has a meaning in JSON. */
        qn_put_str(out, from ? ",\n\"" : "\n\"");
        put_char(out, p[from].first);
        put_char(out, p[from].second);
        if (distinct(p + from, to - from) > FIND_COMMON) {
            qn_put_str(out, "\":0");
            continue;
        }
        qn_put_str(out, "\":[");
        uint32_t last = 0;
        for (size_t i = from; i < to; i++) {
            if (i > from && p[i].row == p[i - 1].row)
                continue;
            qn_put_fmt(out, "%s%lu", i > from ? "," : "", (unsigned long)(p[i].row - last));
            last = p[i].row;
        }
        qn_put_str(out, "]");
    }
    qn_put_str(out, "\n}\n");
}
