/* asset.h - the files of the pages, compiled in: with their hashes, and packed with gzip beforehand. */
#ifndef QIAN_NODE_WEB_ASSET_H
#define QIAN_NODE_WEB_ASSET_H

#include "qian/base.h"

#define ASSET_HASH \
    16 /* hexadecimal digits of SHA-256 over all of them: the directory in which they are */

struct assets {
    char hash[ASSET_HASH + 1];
};
struct asset {
    struct qn_span bytes, packed; /* packed.n 0: not worth it */
    const char *type;
};
void assets_init(struct assets *a);
/* The files of which every page is made, "/a/HASH/main.js" and so on. */
void assets_put(struct qn_buf *out, const struct assets *a, const char *between);
bool asset_find(struct asset *out, const char *name); /* "main.js", "vendor/preact.js" */
#endif
