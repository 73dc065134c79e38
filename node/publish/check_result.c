/* check_result.c - one published result, from the files of a site alone: what it said in each revision, who signed it, that
 * it stands in the log, and which publications name it.          SPEC: protocol/spec/publication.md (public-19) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/publish/check_parts.h"
#include "node/publish/owner.h"
#include "qian/merkle.h"
#include "qian/tile.h"

#define FOUND_MAX 64 /* entries about one result: revisions and their publications */

struct found {
    struct qn_ev_entry x; /* place and leaf alone: its bytes are gone */
};
struct result_check {
    struct check *c;
    struct found found[FOUND_MAX];
    unsigned n;
    unsigned revisions; /* rows of inspection_result met */
    bool hit;           /* the entry that is read has a row about it */
};

static struct qn_span text_of(const struct qn_row *row, const char *name)
{
    for (unsigned i = 0; i < row->table->ncols; i++)
        if (strcmp(row->table->col[i].name, name) == 0)
            return row->col[i].s;
    return (struct qn_span){NULL, 0};
}

static int64_t number_of(const struct qn_row *row, const char *name)
{
    for (unsigned i = 0; i < row->table->ncols; i++)
        if (strcmp(row->table->col[i].name, name) == 0)
            return row->col[i].i;
    return 0;
}

/* ---- rows --------------------------------------------------------------------------------------- */

/* Values of rows are told as arguments: what would end one is left out. */
static void plain(char *out, size_t cap, struct qn_span s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n && n + 1 < cap; i++)
        if (s.p[i] != '|' && s.p[i] >= ' ')
            out[n++] = (char)s.p[i];
    while (n && ((uint8_t)out[n - 1] & 0xc0) == 0x80 &&
           n + 4 > cap) /* no half character at the end */
        n--;
    out[n] = 0;
}

static void tell_result(struct result_check *r, const struct qn_row *row)
{
    char name[120], text[120], reason[120];
    plain(name, sizeof(name), text_of(row, "object_name"));
    plain(text, sizeof(text), text_of(row, "result_text"));
    plain(reason, sizeof(reason), text_of(row, "reason"));
    r->revisions++;
    check_ok(r->c, reason[0] ? "check.result-corrected" : "check.result",
             "rev=%lld|name=%s|text=%s%s%s", (long long)row->col[2].i, name, text,
             reason[0] ? "|reason=" : "", reason);
}

/* SPEC publication-7: "of its own office or of one of its stations" */
static bool publishes(const struct check *c, const char *office)
{
    const struct qn_cert *own = check_cert_of(c, c->office, 0);
    return strcmp(office, c->office) == 0 ||
           (own && own->level == QN_STATION && strcmp(office, own->issuer) == 0);
}

static enum qn_code take_row(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    struct result_check *r = ctx;
    struct check *c = r->c;
    char on[11], office[QN_CODE_MAX + 1];
    (void)err;
    if (strcmp(row->table->name, "inspection_result") == 0 && row->col[1].i == c->id &&
        qn_span_is(row->col[0].s, c->office)) {
        tell_result(r, row);
        r->hit = true;
    } else if (strcmp(row->table->name, "publication") == 0 &&
               number_of(row, "result_id") == c->id &&
               qn_span_is(text_of(row, "result_office"), c->office) &&
               qn_text_copy(office, sizeof(office), row->col[0].s) && publishes(c, office)) {
        plain(on, sizeof(on), text_of(row, "published_on"));
        check_ok(c, "check.result-published", "office=%s|rev=%lld|on=%s",
                 check_cert_of(c, office, 0)->name, (long long)number_of(row, "result_rev"), on);
        r->hit = true;
    }
    return QN_OK;
}

/* ---- entries ------------------------------------------------------------------------------------ */

static enum qn_code read_entry(struct result_check *r, struct qn_span pair, struct qn_err *why)
{
    struct qn_ev_entry x;
    enum qn_ev_alone what = QN_EV_RESULT;
    enum qn_code rc = qn_evidence_alone(&x, what, pair, why);
    if (rc) {
        what = QN_EV_SCRIPT;
        rc = qn_evidence_alone(&x, what, pair, why);
    }
    if (rc)
        return rc;
    const struct qn_cert *signer = check_cert_of(r->c, x.office, x.epoch);
    r->hit = false;
    rc = signer ? qn_evidence_alone_rows(&x, what, signer, take_row, r, why)
                : qn_fail(why, QN_UNVERIFIED, "check.no-certificate", "office=%s", x.office);
    if (!rc && r->hit && r->n == FOUND_MAX)
        rc = qn_fail(why, QN_LIMIT, "check.result-many", "max=%d", FOUND_MAX);
    if (!rc && r->hit)
        r->found[r->n++].x = x;
    return rc;
}

/* A HEADER and a PART frame, again and again. */
static enum qn_code read_file(struct result_check *r, const char *path, struct qn_err *why)
{
    QN_AUTO(qn_buf) struct qn_buf bytes = {0};
    struct qn_span left, body;
    enum qn_frame_type type;
    size_t need;
    enum qn_code rc = check_read(r->c, &bytes, path, why);
    if (!rc)
        left = qn_buf_span(&bytes);
    while (!rc && left.n) {
        struct qn_span pair = left;
        rc = qn_frame_take(&left, &type, &body, &need, why);
        if (!rc)
            rc = qn_frame_take(&left, &type, &body, &need, why);
        pair.n -= left.n;
        if (!rc)
            rc = read_entry(r, pair, why);
    }
    return rc;
}

static void read_all(struct result_check *r)
{
    static const char dir[] = "released/";
    struct check *c = r->c;
    for (size_t i = 0; i < c->m.n; i++) {
        char path[200], office[40];
        struct qn_err why;
        if (!qn_text_copy(path, sizeof(path), c->m.line[i].path) ||
            strncmp(path, dir, strlen(dir)) != 0)
            continue;
        snprintf(office, sizeof(office), "%.*s", (int)strcspn(path + strlen(dir), "-"),
                 path + strlen(dir));
        if (!publishes(c, office))
            continue;
        if (read_file(r, path, &why) != QN_OK)
            check_fails(c, &why, "check.result-file", "path=%s", path);
    }
}

/* ---- logs --------------------------------------------------------------------------------------- */

/* The root over all leaves of the log's bundles; the leaf of each entry found is compared on the way. */
static enum qn_code fold(struct result_check *r, const char *dir, const char *origin, uint64_t size,
                         uint8_t root[QN_HASH], struct qn_err *why)
{
    struct qn_frontier f = {0};
    struct qn_span *leaf = calloc(QN_TILE_WIDTH, sizeof(*leaf));
    enum qn_code rc = leaf ? QN_OK : qn_fail(why, QN_NOMEM, "base.no-memory", "");
    while (!rc && f.size < size) {
        struct qn_tile t = {
            .entries = true, .index = f.size / QN_TILE_WIDTH, .width = QN_TILE_WIDTH};
        char tile[QN_TILE_PATH], path[200];
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        if (size - f.size < QN_TILE_WIDTH)
            t.width = (unsigned)(size - f.size);
        qn_tile_path(tile, &t);
        snprintf(path, sizeof(path), "%s%s", dir, tile);
        rc = check_read(r->c, &b, path, why);
        if (!rc)
            rc = qn_bundle_decode(leaf, t.width, qn_buf_span(&b), why);
        for (unsigned i = 0; !rc && i < t.width; i++) {
            uint8_t hash[QN_HASH];
            qn_leaf_hash(hash, leaf[i]);
            for (unsigned k = 0; k < r->n; k++)
                if (r->found[k].x.seq == f.size && strcmp(r->found[k].x.origin, origin) == 0 &&
                    memcmp(hash, r->found[k].x.leaf, QN_HASH) != 0)
                    rc = qn_fail(why, QN_UNVERIFIED, "check.result-place", "log=%s|seq=%llu",
                                 origin, (unsigned long long)f.size);
            qn_frontier_append(&f, hash, NULL, NULL);
        }
    }
    free(leaf);
    if (!rc)
        qn_frontier_root(&f, root);
    return rc;
}

static enum qn_code read_checkpoint(struct check *c, struct qn_note *note, struct qn_checkpoint *cp,
                                    struct qn_buf *bytes, const char *dir, const struct found *e,
                                    struct qn_err *why)
{
    char path[200];
    snprintf(path, sizeof(path), "%scheckpoint", dir);
    enum qn_code rc = check_read(c, bytes, path, why);
    if (!rc)
        rc = qn_note_parse(note, qn_buf_span(bytes), why);
    if (!rc)
        rc = qn_checkpoint_parse(cp, note->text, why);
    if (!rc)
        rc = qn_note_verify(note, qn_str(e->x.origin),
                            check_cert_of(c, e->x.office, e->x.epoch)->log, why);
    if (!rc && !qn_span_is(cp->origin, e->x.origin))
        rc = qn_fail(why, QN_UNVERIFIED, "evidence.checkpoint", "log=%s", e->x.origin);
    return rc;
}

/* SPEC public-19: "an office above it has cosigned that checkpoint" */
static void check_log(struct result_check *r, const struct found *e)
{
    struct check *c = r->c;
    QN_AUTO(qn_buf) struct qn_buf bytes = {0};
    struct qn_note *note = malloc(sizeof(*note));
    struct qn_checkpoint cp = {.size = 0};
    char dir[100];
    uint8_t root[QN_HASH];
    struct qn_err why;
    const struct qn_cert *by = NULL;
    uint64_t time_s;
    snprintf(dir, sizeof(dir), "logs/%s-%u/", e->x.office, e->x.epoch);
    enum qn_code rc = note ? read_checkpoint(c, note, &cp, &bytes, dir, e, &why)
                           : qn_fail(&why, QN_NOMEM, "base.no-memory", "");
    if (!rc)
        rc = fold(r, dir, e->x.origin, cp.size, root, &why);
    if (!rc && (memcmp(root, cp.root, QN_HASH) != 0 || e->x.seq >= cp.size))
        rc = qn_fail(&why, QN_UNVERIFIED, "check.result-place", "log=%s|seq=%llu", e->x.origin,
                     (unsigned long long)e->x.seq);
    for (size_t i = 0; !rc && i < c->ncerts && !by; i++)
        if (check_is_above(c, c->cert[i].c.office, e->x.office))
            by = check_cosigner(c, note, c->cert[i].c.office, &time_s);
    free(note);
    if (rc)
        check_fails(c, &why, "check.result-log", "log=%s|size=%llu|office=%s", e->x.origin,
                    (unsigned long long)cp.size, "-");
    else if (by)
        check_ok(c, "check.result-log", "log=%s|size=%llu|office=%s", e->x.origin,
                 (unsigned long long)cp.size, by->name);
    else
        check_ok(c, "check.result-log-alone", "log=%s|size=%llu", e->x.origin,
                 (unsigned long long)cp.size);
}

static void run(struct result_check *r)
{
    struct check *c = r->c;
    check_identity(c);
    check_files(c);
    if (!c->has_manifest)
        return;
    read_all(r);
    if (!r->revisions) {
        check_fails(c, NULL, "check.no-result", "result=%s", c->o->object);
        return;
    }
    for (unsigned i = 0; i < r->n; i++) {
        bool before = false;
        for (unsigned k = 0; k < i; k++)
            before = before || strcmp(r->found[k].x.origin, r->found[i].x.origin) == 0;
        if (!before)
            check_log(r, &r->found[i]);
    }
}

enum qn_code check_site_result(struct check_report *out, const struct check_options *o,
                               struct qn_err *err)
{
    struct check_report report = {.ok = true};
    struct result_check *r = calloc(1, sizeof(*r));
    struct check *c = calloc(1, sizeof(*c));
    struct qn_err why;
    enum qn_code rc = r && c ? QN_OK : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    if (!rc) {
        r->c = c;
        c->o = o;
        c->report = &report;
        if (publish_draw_parse(c->office, &c->id, o->object, &why) != QN_OK)
            rc = qn_fail(err, QN_MALFORMED, "result.name", "value=%.80s", o->object);
    }
    if (!rc) {
        run(r);
        if (c->no_memory)
            rc = qn_fail(err, QN_NOMEM, "base.no-memory", "");
    }
    if (c)
        check_free(c);
    free(r);
    if (rc)
        check_release(&report);
    else
        *out = report;
    return rc;
}
