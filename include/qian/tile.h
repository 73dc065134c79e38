/* tile.h - a log as files: C2SP tlog-tiles with tiles of 256.   Spec: protocol/spec/tiles.md
 *
 * A tile holds up to 256 neighbouring nodes of the tree, 8 levels apart; an entry bundle holds the leaves
 * below one tile of level 0. No allocation but through qn_buf, no state outside the arguments.       */
#ifndef QIAN_TILE_H
#define QIAN_TILE_H

#include "qian/base.h"

#define QN_TILE_WIDTH  256
#define QN_TILE_LEVELS 5 /* 2^35 leaves have 8 nodes of level 32 */
#define QN_TILE_LEAF   65535
#define QN_BUNDLE_MAX  (QN_TILE_WIDTH * (2 + QN_TILE_LEAF))
#define QN_TILE_PATH   64 /* "tile/entries/", seven groups of five, ".p/255" and NUL are 55 */

struct qn_tile {
    bool entries;   /* the bundle of leaves; level is then 0 */
    unsigned level; /* its hashes are those of nodes over 2^(8 level) leaves */
    uint64_t index; /* its first hash or leaf is number 256 index of that level */
    unsigned width; /* hashes or leaves in it, 1 to 256 */
};
/* "tile/0/x001/234", "tile/entries/000.p/17" */
void qn_tile_path(char out[QN_TILE_PATH], const struct qn_tile *t);

/* The tiles of a log of `size` leaves (at most QN_SEQ_END), in the order in which they become complete as it
 * grows, bundles before their hashes, unfinished ones last: so one pass over the leaves writes them all. */
struct qn_tile_walk {
    uint64_t size;
    uint64_t upto; /* leaves in the tiles given so far; 0 to begin with, like step */
    unsigned step;
};
bool qn_tile_next(struct qn_tile *out, struct qn_tile_walk *w); /* false: there are no more */

/* Appends one leaf to an entry bundle. */
QN_MUST_USE enum qn_code qn_bundle_put(struct qn_buf *out, struct qn_span leaf, struct qn_err *err);
/* The `width` leaves of a bundle; they borrow from `in`. */
QN_MUST_USE enum qn_code qn_bundle_decode(struct qn_span out[QN_TILE_WIDTH], unsigned width,
                                          struct qn_span in, struct qn_err *err);
#endif
