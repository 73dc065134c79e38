#include "qian/tile.h"

#include <stdio.h>
#include <string.h>

#include "protocol/wire.h"

/* SPEC tiles-2: "groups of three digits, each but the last behind an `x`" */
void qn_tile_path(char out[QN_TILE_PATH], const struct qn_tile *t)
{
    unsigned group[7], n = 0;
    uint64_t rest = t->index;
    do
        group[n++] = (unsigned)(rest % 1000);
    while (rest /= 1000);
    int at = t->entries ? snprintf(out, QN_TILE_PATH, "tile/entries")
                        : snprintf(out, QN_TILE_PATH, "tile/%u", t->level % 100);
    while (n--)
        at += snprintf(out + at, QN_TILE_PATH - (size_t)at, n ? "/x%03u" : "/%03u", group[n]);
    /* SPEC tiles-3: "`.p/<W>` is appended when the width is below 256" */
    if (t->width < QN_TILE_WIDTH)
        snprintf(out + at, QN_TILE_PATH - (size_t)at, ".p/%u", t->width);
}

bool qn_tile_next(struct qn_tile *out, struct qn_tile_walk *w)
{
    for (;;) {
        /* Step 0 is the bundle, step k the tile of level k - 1. */
        for (; w->upto && w->step <= QN_TILE_LEVELS; w->step++) {
            unsigned level = w->step ? w->step - 1 : 0;
            uint64_t nodes = w->upto >> (8 * level);
            bool full = w->upto % (UINT64_C(1) << (8 * (level + 1))) == 0;
            unsigned part = (unsigned)(nodes % QN_TILE_WIDTH);
            /* SPEC tiles-4: "only the tiles that its newest checkpoint needs: all full ones, and of each level the one that is not full" */
            if (!full && !(w->upto == w->size && part))
                continue;
            *out = (struct qn_tile){.entries = w->step == 0,
                                    .level = level,
                                    .index = nodes / QN_TILE_WIDTH - (full ? 1 : 0),
                                    .width = full ? QN_TILE_WIDTH : part};
            w->step++;
            return true;
        }
        if (w->upto == w->size)
            return false;
        w->step = 0;
        w->upto = w->size - w->upto < QN_TILE_WIDTH ? w->size : w->upto + QN_TILE_WIDTH;
    }
}

enum qn_code qn_bundle_put(struct qn_buf *out, struct qn_span leaf, struct qn_err *err)
{
    /* SPEC tiles-6: "A leaf has 1 to 65,535 bytes" */
    if (!leaf.n || leaf.n > QN_TILE_LEAF)
        return qn_fail(err, QN_LIMIT, "tile.leaf", "have=%zu|most=%d", leaf.n, QN_TILE_LEAF);
    qn_put_uint(out, leaf.n, 2);
    qn_put_span(out, leaf);
    return qn_buf_check(out, err);
}

enum qn_code qn_bundle_decode(struct qn_span out[QN_TILE_WIDTH], unsigned width, struct qn_span in,
                              struct qn_err *err)
{
    struct rd r = {.in = in};
    struct qn_span leaf[QN_TILE_WIDTH];
    /* SPEC tiles-6: "as many as the width of its path says, 1 to 256" */
    if (!width || width > QN_TILE_WIDTH)
        return qn_fail(err, QN_LIMIT, "tile.width", "have=%u|most=%d", width, QN_TILE_WIDTH);
    for (unsigned i = 0; i < width; i++) {
        leaf[i] = rd_span(&r, (size_t)rd_uint(&r, 2));
        if (r.failed)
            return qn_fail(err, QN_MALFORMED, "tile.short", "leaf=%u|width=%u", i, width);
        if (!leaf[i].n)
            return qn_fail(err, QN_MALFORMED, "tile.empty-leaf", "leaf=%u", i);
    }
    /* SPEC tiles-6: "nothing follows the last" */
    if (!rd_end(&r))
        return qn_fail(err, QN_MALFORMED, "tile.left-over", "width=%u|left=%zu", width, r.in.n);
    memcpy(out, leaf, width * sizeof(leaf[0]));
    return QN_OK;
}
