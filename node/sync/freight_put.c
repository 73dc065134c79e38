/* freight_put.c - the files' share of a stream that goes out. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/store/tree.h"
#include "node/sync/collect.h"
#include "node/sync/freight.h"

#define SMALL_FRAMES \
    (UINT64_C(256) * 1024) /* KEPTs and WANTs of one body: 1,024 and 1,280 of some 100 bytes */

static enum qn_code put_small(struct collect *c, enum qn_frame_type type, struct qn_buf *b,
                              bool news, struct qn_err *err)
{
    enum qn_code rc = qn_buf_check(b, err);
    if (!rc && collect_fits(c, QN_FRAME_HEAD + b->n))
        rc = collect_put(c, type, qn_buf_span(b), news, err);
    b->n = 0;
    return rc;
}

static enum qn_code put_kept(struct collect *c, struct freight *f, struct qn_buf *b,
                             struct qn_err *err)
{
    QN_AUTO(files_list) struct files_list came = {NULL, 0};
    enum qn_code rc = c->upward ? QN_OK : files_to_tell(&came, c->st, c->peer, FREIGHT_WANTS, err);
    for (size_t i = 0; !rc && i < came.n; i++) {
        qn_kept_encode(b, &(struct qn_kept){came.name[i], QN_FILE_HERE});
        rc = put_small(c, QN_FRAME_KEPT, b, false, err);
    }
    for (size_t i = 0; !rc && i < f->nkept; i++) {
        qn_kept_encode(b, &f->kept[i]);
        rc = put_small(c, QN_FRAME_KEPT, b, false, err);
    }
    f->nkept = 0;
    return rc;
}

static bool is_asked(const struct freight *f, const struct qn_file_name *name)
{
    for (size_t i = 0; i < f->nasked; i++)
        if (qn_file_name_eq(&f->asked[i].name, name))
            return true;
    return false;
}

/* SPEC files-11: "as many as two bodies could carry, 512 at most" - what was asked for and not sent yet counts. */
static enum qn_code put_offers(struct collect *c, struct freight *f, struct qn_buf *b,
                               struct qn_err *err)
{
    char parent[QN_CODE_MAX + 1];
    QN_AUTO(files_list) struct files_list l = {NULL, 0};
    uint64_t waiting = 0, room = 2 * (uint64_t)EXCHANGE_BYTES;
    if (!c->upward || !f->offering || !tree_parent(c->st, c->self, parent) ||
        strcmp(parent, c->peer) != 0)
        return QN_OK;
    for (size_t i = 0; i < f->nasked; i++)
        waiting += f->asked[i].name.size - f->asked[i].offset;
    if (waiting >= room / 2)
        return QN_OK;
    enum qn_code rc = files_to_offer(&l, c->st, f->turn, room - waiting, FREIGHT_OFFERS, err);
    for (size_t i = 0; !rc && i < l.n; i++) {
        if (is_asked(f, &l.name[i])) /* it goes in this very body, and would be wanted once more */
            continue;
        qn_offer_encode(b, &l.name[i]);
        rc = put_small(c, QN_FRAME_OFFER, b, true, err);
    }
    f->left = f->left || l.n > 0;
    return rc;
}

static enum qn_code put_wants(struct collect *c, struct freight *f, struct qn_buf *b,
                              struct qn_err *err)
{
    QN_AUTO(files_list) struct files_list missing = {NULL, 0};
    struct qn_err none;
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < f->nwants; i++) {
        qn_want_encode(b, &f->wants[i]);
        rc = put_small(c, QN_FRAME_WANT, b, true, err);
    }
    /* The office above sends all in one answer, and does not remember what did not fit. */
    if (!rc && !f->stopped)
        rc = files_to_ask(&missing, c->st, c->upward ? "" : c->peer,
                          c->upward ? EXCHANGE_BYTES / 4 * 3 : UINT64_MAX, FREIGHT_ASKS, err);
    f->asking = c->upward && missing.n > 0;
    for (size_t i = 0; !rc && i < missing.n; i++) {
        struct qn_want w = {missing.name[i], 0};
        enum qn_fate_of_file room;
        size_t k = 0;
        while (k < f->nwants && !qn_file_name_eq(&f->wants[k].name, &w.name))
            k++;
        if (k < f->nwants)
            continue;
        rc = files_room(&room, c->st, &w.name, err);
        if (rc || room || vault_part_size(&w.offset, store_dir(c->st), &w.name, &none) != QN_OK)
            continue;
        w.offset = w.offset < w.name.size ? w.offset : w.name.size - 1;
        qn_want_encode(b, &w);
        rc = put_small(c, QN_FRAME_WANT, b, true, err);
    }
    f->nwants = 0;
    return rc;
}

/* ---- bytes ------------------------------------------------------------------------------------------------------ */

struct open_file {
    int fd;
    struct qn_buf leaves;
    uint8_t *bytes; /* FREIGHT_FRAME */
};
static void open_file_auto(struct open_file *o)
{
    if (o->fd >= 0)
        close(o->fd);
    qn_buf_release(&o->leaves);
    free(o->bytes);
}

static enum qn_code open_it(struct open_file *o, struct collect *c, const struct qn_file_name *name,
                            struct qn_err *err)
{
    uint64_t size;
    qn_buf_init(&o->leaves, VAULT_LEAVES);
    o->bytes = malloc(FREIGHT_FRAME);
    if (!o->bytes)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    enum qn_code rc = vault_open(&o->fd, &size, store_dir(c->st), name->sha256, err);
    if (!rc && size != name->size)
        rc = qn_fail(err, QN_ABSENT, "files.short", "have=%llu", (unsigned long long)size);
    return rc ? rc : files_leaves(&o->leaves, c->st, name, err);
}

/* The path stands only in the frame that ends its piece: elsewhere nobody reads it. */
static enum qn_code put_frame(struct collect *c, struct open_file *o, struct qn_want *w,
                              struct qn_buf *b, bool *fits, struct qn_err *err)
{
    uint64_t end = (w->offset / QN_FILE_PIECE + 1) * QN_FILE_PIECE,
             pieces = qn_file_pieces(w->name.size);
    struct qn_proof proof = {.n = 0};
    end = end < w->name.size ? end : w->name.size;
    size_t n = end - w->offset < FREIGHT_FRAME ? (size_t)(end - w->offset) : FREIGHT_FRAME;
    *fits = collect_fits(c, QN_FRAME_HEAD + n + 512);
    if (!*fits)
        return QN_OK;
    enum qn_code rc = vault_read(o->fd, w->offset, o->bytes, n, err);
    if (!rc && w->offset + n == end && pieces > 1)
        rc = o->leaves.n == pieces * QN_HASH
                 ? vault_path(&proof, o->leaves.p, pieces, w->offset / QN_FILE_PIECE, err)
                 : qn_fail(err, QN_ABSENT, "files.short", "have=%zu", o->leaves.n);
    if (rc)
        return rc;
    qn_file_frame_encode(b, &(struct qn_file_frame){.name = w->name,
                                                    .offset = w->offset,
                                                    .npath = (unsigned)proof.n,
                                                    .path = proof.hash[0],
                                                    .bytes = {o->bytes, n}});
    rc = qn_buf_check(b, err);
    if (!rc)
        rc = collect_put_bare(c, QN_FRAME_FILE, qn_buf_span(b), err);
    b->n = 0;
    w->offset += n;
    return rc;
}

/* As much of one file as fits. A file that is not what it was is wanted again from others, and said to be not here. */
static enum qn_code put_file(struct collect *c, struct freight *f, struct qn_want *w,
                             struct qn_buf *b, bool *fits, struct qn_err *err)
{
    __attribute__((cleanup(open_file_auto))) struct open_file o = {.fd = -1};
    struct qn_err why;
    uint64_t from = w->offset;
    enum qn_code rc = open_it(&o, c, &w->name, &why);
    *fits = true;
    while (!rc && *fits && w->offset < w->name.size)
        rc = put_frame(c, &o, w, b, fits, &why);
    f->sent += w->offset - from;
    if (!rc)
        return QN_OK;
    if (rc == QN_NOMEM) {
        if (err)
            *err = why;
        return rc;
    }
    qn_say(c->o->report, why.id, "%s", why.args);
    if (f->nkept < FREIGHT_WANTS)
        f->kept[f->nkept++] = (struct qn_kept){w->name, QN_FILE_NOT_HERE};
    w->offset = w->name.size;
    *fits = true;
    return rc == QN_ABSENT ? files_lost(c->st, w->name.sha256, err) : QN_OK;
}

static enum qn_code put_asked(struct collect *c, struct freight *f, struct qn_buf *b,
                              struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    bool fits = true;
    size_t done = 0;
    while (!rc && fits && done < f->nasked) {
        rc = put_file(c, f, &f->asked[done], b, &fits, err);
        done += fits;
    }
    memmove(f->asked, f->asked + done, (f->nasked - done) * sizeof(*f->asked));
    f->nasked -= done;
    f->left = f->left || f->nasked > 0;
    return rc;
}

/* SPEC files-17: "What does not fit the size asked for goes into further bundles" - whole files: a stick that is lost then
 * costs what is on it and nothing of the others.                                                                      */
static enum qn_code put_page(struct collect *c, struct freight *f, struct qn_buf *b, bool *more,
                             struct qn_err *err)
{
    QN_AUTO(files_list) struct files_list l = {NULL, 0};
    enum qn_code rc =
        files_page(&l, c->st, c->upward ? "" : c->peer, &f->after, FREIGHT_WANTS, err);
    *more = !rc && l.n == FREIGHT_WANTS;
    for (size_t i = 0; !rc && i < l.n; i++) {
        struct qn_want w = {l.name[i], 0};
        uint64_t n = w.name.size + w.name.size / 64 + 1024; /* names and paths */
        bool fits = true;
        /* What is told and wanted before it must find room too, or no bundle would ever be empty enough. */
        if (f->size_max && n + SMALL_FRAMES > f->size_max) {
            f->too_long++;
        } else if (!collect_fits(c, n)) {
            f->left = true;
            *more = false;
            return QN_OK;
        } else {
            rc = put_file(c, f, &w, b, &fits, err);
            f->files++;
        }
        f->after = w.name;
    }
    return rc;
}

static enum qn_code put_by_file(struct collect *c, struct freight *f, struct qn_buf *b,
                                struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (bool more = true; !rc && more;)
        rc = put_page(c, f, b, &more, err);
    return rc;
}

enum qn_code freight_put(struct collect *c, struct freight *f, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    f->left = false;
    if (c->sent->more) { /* SPEC files-10: "what a body can hold goes to the lanes first" */
        f->left = true;
        return QN_OK;
    }
    qn_buf_init(&b, QN_FRAME_MAX);
    enum qn_code rc = files_look(c->st, err);
    if (!rc)
        rc = put_kept(c, f, &b, err);
    if (!rc && !f->by_file)
        rc = put_offers(c, f, &b, err);
    if (!rc)
        rc = put_wants(c, f, &b, err);
    if (rc)
        return rc;
    if (f->by_file)
        return f->nothing ? QN_OK : put_by_file(c, f, &b, err);
    return put_asked(c, f, &b, err);
}
