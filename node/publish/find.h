/* find.h - finding a name among many without a server: pairs of characters, and where they stand.
 *                                                              Spec: protocol/spec/publication.md (site-18)
 * Pure: names in, text out. What a reader types goes through the same function in page/find.js.             */
#ifndef QIAN_NODE_PUBLISH_FIND_H
#define QIAN_NODE_PUBLISH_FIND_H

#include "qian/base.h"

#define FIND_ROWS   200  /* in one file of rows: some twenty kilobytes */
#define FIND_COMMON 4000 /* rows of a pair beyond which it narrows nothing */
#define FIND_CHARS  400  /* of a name, registry */

/* The characters of a name that count: small letters, half-width forms; signs and blanks left out. The number of them,
 * at most FIND_CHARS. */
size_t find_chars(uint32_t out[FIND_CHARS], struct qn_span name);
/* How many files the pairs of so many rows are spread over: 1, 16 or 256. */
unsigned find_shards(size_t rows);
unsigned find_shard(uint32_t first, uint32_t second, unsigned shards);

struct find_pair {
    uint32_t first, second, row;
};
/* Sorts pairs by shard, characters and row. */
void find_sort(struct find_pair *pairs, size_t n, unsigned shards);
/* The file of one shard: {"朔城":[0,5,3]}, rows as distances; 0 in place of a list that is common. */
void find_write(struct qn_buf *out, const struct find_pair *pairs, size_t n);
#endif
