#include "node/sync/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/store/clock.h"
#include "node/store/duty.h"
#include "node/store/file.h"
#include "node/store/tree.h"
#include "node/store/receipts.h"
#include "node/sync/bundle_format.h"
#include "node/sync/freight.h"
#include "node/sync/peer.h"
#include "protocol/wire.h"

/* ---- what the other is known to hold ----------------------------------------------------------------------- */

/* Where it stands or would stand; NULL: it is not there, and there is no room. */
static struct qn_have_origin *origin_slot(struct qn_have *h, const char *origin)
{
    size_t at = 0;
    int differs = 1;
    while (at < h->n && (differs = strcmp(h->origin[at].origin, origin)) < 0)
        at++;
    if (!differs)
        return &h->origin[at];
    /* One that is not asked about (exchange-27) stays so, and a list that was not full does not become it. */
    if (h->n >= QN_HAVE_ORIGINS - 1)
        return NULL;
    struct qn_have_origin *o = &h->origin[at];
    memmove(o + 1, o, (h->n++ - at) * sizeof(*o));
    *o = (struct qn_have_origin){0};
    qn_text_copy(o->origin, sizeof(o->origin), qn_str(origin));
    return o;
}

static enum qn_code overlay(struct qn_have *h, struct store *st, const struct log *log,
                            struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf bytes = {0};
    struct qn_note note;
    struct qn_receipt r;
    qn_buf_init(&bytes, QN_NOTE_MAX);
    enum qn_code rc = receipt_get(&bytes, st, h->from, log->origin, err);
    if (!rc)
        rc = qn_note_parse(&note, qn_buf_span(&bytes), err);
    if (!rc)
        rc = qn_receipt_parse(&r, note.text, err);
    if (rc)
        return rc == QN_ABSENT ? QN_OK : rc;
    /* SPEC bundle-7: "and what receipts of a later second add" - an office that was restored from a backup holds less
     * than its receipts say, and its HAVE is how we learn of it.                                                  */
    if (r.time_s * 1000 <= h->time_ms)
        return QN_OK;
    struct qn_have_origin *o = origin_slot(h, log->origin);
    if (!o)
        return QN_OK;
    if (r.size > o->size) {
        o->size = r.size;
        memcpy(o->root, r.root, QN_HASH);
        memset(
            o->hole, 0,
            sizeof(o->hole)); /* told of a shorter log: what came since would not be asked about */
    }
    for (int l = 0; l < QN_LANES; l++)
        if (r.stored[l] > o->cursor[l])
            o->cursor[l] = r.stored[l];
    return QN_OK;
}

enum qn_code bundle_known(struct qn_have *out, struct store *st, const char *office,
                          struct qn_err *err)
{
    QN_AUTO(qn_have) struct qn_have h = {0};
    QN_AUTO(exchange_logs) struct exchange_logs logs = {NULL, 0};
    enum qn_code rc = exchange_logs(&logs, st, office, err);
    if (!rc)
        rc = peer_last_have(&h, st, office, err);
    if (rc && rc != QN_ABSENT)
        return rc;
    if (rc) {
        const struct qn_cert *self = store_self(st);
        if (!self)
            return rc;
        memcpy(h.to, self->office, sizeof(h.to));
        if (!qn_text_copy(h.from, sizeof(h.from), qn_str(office)))
            return qn_fail(err, QN_MALFORMED, "peer.office", "office=%s", office);
    }
    /* Room for every log that a receipt may add. */
    struct qn_have_origin *grown = realloc(h.origin, (h.n + logs.n + 1) * sizeof(*grown));
    if (!grown)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    h.origin = grown;
    rc = QN_OK;
    for (size_t i = 0; !rc && i < logs.n; i++)
        rc = overlay(&h, st, &logs.log[i].log, err);
    if (rc)
        return rc;
    *out = h;
    h = (struct qn_have){0};
    return QN_OK;
}

/* ---- writing ------------------------------------------------------------------------------------------------- */

struct writer {
    FILE *f;
    const char *path;
    crypto_secretstream_xchacha20poly1305_state state;
    uint8_t aad[QN_HASH];
    struct qn_buf frame, chunk; /* used again and again */
};

/* SPEC bundle-4: "A chunk is exactly one whole frame" */
static enum qn_code write_frame(void *ctx, enum qn_frame_type type, struct qn_span payload,
                                struct qn_err *err)
{
    struct writer *w = ctx;
    w->frame.n = w->chunk.n = 0;
    qn_frame_put(&w->frame, type, payload);
    enum qn_code rc = qn_buf_check(&w->frame, err);
    if (rc)
        return rc;
    static const uint8_t zero[TAG_BYTES];
    qn_put_uint(&w->chunk, w->frame.n + TAG_BYTES, 4);
    qn_put_span(&w->chunk, qn_buf_span(&w->frame));
    qn_put(&w->chunk, zero, sizeof(zero)); /* room for what the cipher adds */
    rc = qn_buf_check(&w->chunk, err);
    if (rc)
        return rc;
    /* SPEC bundle-5: "of END is FINAL, that of every other chunk MESSAGE" */
    uint8_t tag = type == QN_FRAME_END ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
                                       : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
    crypto_secretstream_xchacha20poly1305_push(&w->state, w->chunk.p + 4, NULL, w->frame.p,
                                               w->frame.n, w->aad, sizeof(w->aad), tag);
    return fwrite(w->chunk.p, 1, w->chunk.n, w->f) == w->chunk.n
               ? QN_OK
               : bundle_io_fail(err, "file.write", w->path);
}

static enum qn_code put_recipient(struct qn_buf *clear, const struct qn_cert *c,
                                  const uint8_t key[KEY_BYTES])
{
    uint8_t sealed[SEAL_BYTES];
    qn_put_uint(clear, strlen(c->office), 1);
    qn_put_str(clear, c->office);
    if (crypto_box_seal(sealed, key, KEY_BYTES, c->box) != 0)
        return QN_UNVERIFIED;
    qn_put(clear, sealed, sizeof(sealed));
    return QN_OK;
}

/* Everything in the clear, and the cipher started. */
static enum qn_code write_clear(struct writer *w, struct store *st, const struct qn_cert *to,
                                struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf clear = {0};
    uint8_t key[KEY_BYTES], head[HEAD_BYTES];
    const struct qn_cert *self = store_self(st);
    qn_buf_init(&clear, CLEAR_MAX);
    qn_put_str(&clear, BUNDLE_MAGIC);
    qn_put_uint(&clear, strlen(self->office), 1);
    qn_put_str(&clear, self->office);
    qn_put_uint(&clear, strlen(to->office), 1);
    qn_put_str(&clear, to->office);
    qn_put_uint(&clear, clock_now_ms(st), 8);
    qn_put_uint(&clear, 0, 4); /* needs no ability beyond version 1 */
    qn_put_uint(&clear, 2, 1);
    crypto_secretstream_xchacha20poly1305_keygen(key);
    enum qn_code rc = QN_OK;
    const struct qn_cert *both[] = {to, self};
    for (int i = 0; !rc && i < 2; i++)
        if (put_recipient(&clear, both[i], key))
            rc = qn_fail(err, QN_UNVERIFIED, "bundle.box-key", "office=%s", both[i]->office);
    crypto_secretstream_xchacha20poly1305_init_push(&w->state, head, key);
    sodium_memzero(key, sizeof(key));
    qn_put(&clear, head, sizeof(head));
    if (!rc)
        rc = qn_buf_check(&clear, err);
    if (rc)
        return rc;
    struct qn_span all = qn_buf_span(&clear);
    wire_sha256(w->aad, &all, 1);
    return fwrite(clear.p, 1, clear.n, w->f) == clear.n
               ? QN_OK
               : bundle_io_fail(err, "file.write", w->path);
}

/* What each chunk adds must find room too. */
static size_t size_of(const struct bundle_make *o)
{
    uint64_t most = BUNDLE_MAX / 2;
    return o->size_max && o->size_max - o->size_max / 16 < most
               ? (size_t)(o->size_max - o->size_max / 16)
               : (size_t)most;
}

static enum qn_code write_all(struct store *st, const struct bundle_make *o, struct writer *w,
                              struct exchange_sent *sent, struct qn_err *err)
{
    QN_AUTO(qn_have) struct qn_have known = {0};
    QN_AUTO(qn_buf) struct qn_buf have = {0};
    struct qn_cert to;
    qn_buf_init(&have, QN_FRAME_MAX);
    qn_buf_init(&w->frame, QN_FRAME_MAX + QN_FRAME_HEAD);
    qn_buf_init(&w->chunk, CHUNK_MAX + 4);
    enum qn_code rc = peer_speaker(&to, st, o->to, err);
    if (!rc)
        rc = bundle_known(&known, st, o->to, err);
    if (!rc)
        rc = exchange_have(&have, st, o->to, NULL, err);
    if (rc)
        return rc;
    if (o->all)
        known.n = 0;
    rc = write_clear(w, st, &to, err);
    if (!rc)
        rc = write_frame(w, QN_FRAME_HAVE, qn_buf_span(&have), err);
    QN_AUTO(freight) struct freight own = {.st = NULL};
    if (!rc && !o->freight)
        rc = freight_init(&own, st, err);
    struct freight *f = o->freight ? o->freight : &own;
    f->by_file = true;
    f->nothing = !o->files;
    struct exchange_options x = {.peer = &known,
                                 .bytes_max = size_of(o),
                                 .files_only = o->files_only,
                                 .freight = f,
                                 .report = o->report,
                                 .emit = write_frame,
                                 .ctx = w};
    f->size_max = x.bytes_max;
    if (!rc)
        rc = exchange_collect(st, &x, sent, err);
    return rc ? rc : freight_finish(f, err);
}

static enum qn_code sync_dir(const char *path, struct qn_err *err)
{
    char dir[FILE_PATH_MAX];
    const char *slash = strrchr(path, '/');
    snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path + 1) : 1, slash ? path : ".");
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum qn_code rc = fd >= 0 && fsync(fd) == 0 ? QN_OK : bundle_io_fail(err, "file.write", dir);
    if (fd >= 0)
        close(fd);
    return rc;
}

enum qn_code bundle_make(struct store *st, const struct bundle_make *o, struct exchange_sent *sent,
                         struct qn_err *err)
{
    char aside[FILE_PATH_MAX];
    const struct keys *keys;
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc && !o->files_only)
        rc = store_exchange_begins(st, o->to, o->report, err);
    if (rc)
        return rc;
    if (snprintf(aside, sizeof(aside), "%s.XXXXXX", o->path) >= (int)sizeof(aside))
        return qn_fail(err, QN_LIMIT, "file.path-too-long", "path=%s", o->path);
    /* The mode is left as it is made, 0600: a stick's file system may not know modes. */
    int fd = mkostemp(aside, O_CLOEXEC);
    if (fd < 0)
        return bundle_io_fail(err, "file.write", o->path);
    struct writer w = {.f = fdopen(fd, "wb"), .path = o->path};
    if (!w.f) {
        rc = bundle_io_fail(err, "file.write", o->path);
        close(fd);
        unlink(aside);
        return rc;
    }
    rc = write_all(st, o, &w, sent, err);
    if (!rc)
        rc = store_goes_on(st, err);
    qn_buf_release(&w.frame);
    qn_buf_release(&w.chunk);
    sodium_memzero(&w.state, sizeof(w.state));
    if (!rc && (fflush(w.f) != 0 || fsync(fileno(w.f)) != 0))
        rc = bundle_io_fail(err, "file.write", o->path);
    if (fclose(w.f) != 0 && !rc)
        rc = bundle_io_fail(err, "file.write", o->path);
    /* SPEC roles-20: "leaves a line even where no entry comes of it" - before there is a file by that name */
    if (!rc)
        rc = duty_act(st, duty_of(DUTY_BUNDLE), NULL, o->to, err);
    if (!rc && rename(aside, o->path) != 0)
        rc = bundle_io_fail(err, "file.write", o->path);
    if (rc)
        unlink(aside);
    return rc ? rc : sync_dir(o->path, err);
}

static enum qn_code count_only(void *ctx, enum qn_frame_type type, struct qn_span payload,
                               struct qn_err *err)
{
    (void)ctx, (void)type, (void)payload, (void)err;
    return QN_OK;
}

enum qn_code bundle_preview(struct store *st, const char *to, struct exchange_sent *sent,
                            struct qn_err *err)
{
    QN_AUTO(qn_have) struct qn_have known = {0};
    enum qn_code rc = bundle_known(&known, st, to, err);
    struct exchange_options x = {.peer = &known, .bytes_max = BUNDLE_MAX / 2, .emit = count_only};
    return rc ? rc : exchange_collect(st, &x, sent, err);
}
