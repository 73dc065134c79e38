#include "node/publish/find.h"

#include <stdlib.h>

#include "node/text/chars.h"

size_t find_chars(uint32_t out[FIND_CHARS], struct qn_span name)
{
    return text_chars(out, FIND_CHARS, name);
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
        text_put_char(out, p[from].first);
        text_put_char(out, p[from].second);
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
