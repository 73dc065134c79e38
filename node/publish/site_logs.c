/* site_logs.c - the logs as C2SP tiles: one pass over the headers, whatever the length of the log. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/publish/site_parts.h"
#include "node/store/anchor.h"
#include "qian/tile.h"

/* The hashes that wait for their tile to be complete: one tile of each level, never more. */
struct growing {
    struct site *s;
    const struct log *log;
    char prefix[SITE_PATH];
    struct qn_frontier tree;
    struct qn_buf bundle;
    uint8_t hash[QN_TILE_LEVELS][QN_TILE_WIDTH][QN_HASH];
};

static void keep(void *ctx, unsigned level, uint64_t index, const uint8_t hash[QN_HASH])
{
    struct growing *g = ctx;
    /* SPEC tiles-5: "the complete subtrees over 256^L leaves" */
    if (level % 8 == 0 && level / 8 < QN_TILE_LEVELS)
        memcpy(g->hash[level / 8][index % QN_TILE_WIDTH], hash, QN_HASH);
}

static enum qn_code write_at(struct growing *g, const char *path, const struct qn_buf *bytes)
{
    char full[SITE_PATH];
    snprintf(full, sizeof(full), "%.60s/%s", g->prefix, path);
    return site_write(g->s, full, bytes);
}

static enum qn_code write_bundle(struct growing *g, const struct qn_tile *t, const char *path)
{
    enum qn_code rc = QN_OK;
    g->bundle.n = 0;
    for (uint64_t seq = t->index * QN_TILE_WIDTH; !rc && g->tree.size < seq + t->width;) {
        QN_AUTO(log_entry) struct log_entry e = {0};
        rc = log_entry_get(&e, g->s->st, g->log, g->tree.size, g->s->err);
        if (rc)
            return rc;
        uint8_t leaf[QN_HASH];
        qn_leaf_hash(leaf, qn_buf_span(&e.bytes));
        qn_frontier_append(&g->tree, leaf, keep, g);
        rc = qn_bundle_put(&g->bundle, qn_buf_span(&e.bytes), g->s->err);
    }
    return rc ? rc : write_at(g, path, &g->bundle);
}

static enum qn_code write_hashes(struct growing *g, const struct qn_tile *t, const char *path)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, QN_TILE_WIDTH * QN_HASH);
    qn_put(&b, g->hash[t->level], (size_t)t->width * QN_HASH);
    return write_at(g, path, &b);
}

/* SPEC tiles-7: "the newest checkpoint whose headers the publisher has verified" */
static enum qn_code write_checkpoint(struct growing *g)
{
    QN_AUTO(qn_buf) struct qn_buf note = {0};
    struct qn_note n;
    struct qn_checkpoint c;
    uint8_t root[QN_HASH];
    qn_buf_init(&note, QN_NOTE_MAX);
    anchor_flush(g->s->st);
    enum qn_code rc = log_checkpoint_note(&note, g->s->st, g->log, g->log->verified, g->s->err);
    if (!rc)
        rc = qn_note_parse(&n, qn_buf_span(&note), g->s->err);
    if (!rc)
        rc = qn_checkpoint_parse(&c, n.text, g->s->err);
    if (rc)
        return rc;
    qn_frontier_root(&g->tree, root);
    /* SPEC tiles-9: "the leaves written are hashed to the root of the checkpoint written beside them" */
    if (memcmp(root, c.root, QN_HASH) != 0)
        return qn_fail(g->s->err, QN_UNVERIFIED, "tile.root", "log=%s|size=%llu", g->log->origin,
                       (unsigned long long)g->log->verified);
    return write_at(g, "checkpoint", &note);
}

static enum qn_code write_log(struct growing *g)
{
    struct qn_tile_walk walk = {.size = g->log->verified};
    struct qn_tile t;
    enum qn_code rc = QN_OK;
    while (!rc && qn_tile_next(&t, &walk)) {
        char path[QN_TILE_PATH];
        qn_tile_path(path, &t);
        rc = t.entries ? write_bundle(g, &t, path) : write_hashes(g, &t, path);
    }
    return rc ? rc : write_checkpoint(g);
}

enum qn_code site_logs(struct site *s)
{
    struct growing *g = malloc(sizeof(*g));
    enum qn_code rc = g ? QN_OK : qn_fail(s->err, QN_NOMEM, "base.no-memory", "");
    for (unsigned i = 0; !rc && i < s->m.released.nlogs; i++) {
        const struct log *l = &s->m.released.log[i];
        /* SPEC tiles-8: "when the publisher has verified headers of it and holds its office's certificate" */
        if (!l->verified || !site_office_of(s, qn_str(l->office), NULL))
            continue;
        *g = (struct growing){.s = s, .log = l};
        qn_buf_init(&g->bundle, QN_BUNDLE_MAX);
        snprintf(g->prefix, sizeof(g->prefix), "logs/%s-%u", l->office, l->epoch);
        rc = write_log(g);
        qn_buf_release(&g->bundle);
    }
    free(g);
    return rc;
}
