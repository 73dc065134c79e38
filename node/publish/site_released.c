/* site_released.c - the rows behind the pages of results, as they were signed: for each log, the entries whose public parts
 * are released, in files beside the bundles of the log that prove their places.
 *                                                                  Spec: protocol/spec/publication.md (site-24) */
#include <stdio.h>
#include <string.h>

#include "node/publish/site_parts.h"
#include "qian/tile.h"

void site_released_path(char out[SITE_PATH], const struct log *l, uint64_t seq)
{
    char tile[QN_TILE_PATH];
    qn_tile_path(tile, &(struct qn_tile){
                           .entries = true, .index = seq / QN_TILE_WIDTH, .width = QN_TILE_WIDTH});
    snprintf(out, SITE_PATH, "released/%s-%u/%s.frames", l->office, l->epoch,
             tile + strlen("tile/entries/"));
}

/* SPEC site-24: "entries of the kinds RESULT and PUBLISH" */
static enum qn_code is_wanted(bool *out, struct site *s, const struct released_part *p)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    enum qn_code rc = log_entry_get(&e, s->st, &s->m.released.log[p->log], p->seq, s->err);
    *out = !rc && (e.h.kind == QN_KIND_RESULT || e.h.kind == QN_KIND_PUBLISH);
    return rc;
}

/* One file: the entries below one bundle. Parts come by log, seq and number. */
static enum qn_code write_file(struct site *s, size_t *at)
{
    const struct released *r = &s->m.released;
    const struct released_part first = r->part[*at];
    char path[SITE_PATH];
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    enum qn_code rc = QN_OK;
    qn_buf_init(&b, SITE_FILE_MAX);
    site_released_path(path, &r->log[first.log], first.seq);
    for (; !rc && *at < r->nparts && r->part[*at].log == first.log &&
           r->part[*at].seq / QN_TILE_WIDTH == first.seq / QN_TILE_WIDTH;
         ++*at) {
        bool wanted;
        rc = is_wanted(&wanted, s, &r->part[*at]);
        if (!rc && wanted)
            rc = site_entry(s, &b, &r->part[*at]);
    }
    return rc || !b.n ? rc : site_write(s, path, &b);
}

enum qn_code site_released(struct site *s)
{
    const struct released *r = &s->m.released;
    enum qn_code rc = QN_OK;
    for (size_t at = 0; !rc && at < r->nparts;) {
        if (site_office_of(s, qn_str(r->log[r->part[at].log].office), NULL))
            rc = write_file(s, &at);
        else
            at++;
    }
    return rc;
}
