#include "node/sync/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/store/clock.h"
#include "node/store/file.h"
#include "node/store/tree.h"
#include "node/sync/peer.h"
#include "protocol/wire.h"

#define TAG_BYTES  crypto_secretstream_xchacha20poly1305_ABYTES
#define HEAD_BYTES crypto_secretstream_xchacha20poly1305_HEADERBYTES
#define KEY_BYTES  crypto_secretstream_xchacha20poly1305_KEYBYTES
#define SEAL_BYTES (crypto_box_SEALBYTES + KEY_BYTES)
#define CLEAR_MAX  1024 /* bytes before the first chunk */
#define CHUNK_MAX  (QN_FRAME_MAX + QN_FRAME_HEAD + TAG_BYTES)
#define PAUSE      (8u * 1024 * 1024)        /* bytes taken in between two commits */
#define TIME_END   UINT64_C(253402300800000) /* ms: the year 10000 */

static enum qn_code io_fail(struct qn_err *err, const char *id, const char *path)
{
    return qn_fail(err, QN_IO, id, "path=%s|why=%s", path, strerror(errno));
}

/* ---- what the other is known to hold ----------------------------------------------------------------------- */

static struct qn_have_origin *origin_slot(struct qn_have *h, const char *origin)
{
    for (size_t i = 0; i < h->n; i++)
        if (strcmp(h->origin[i].origin, origin) == 0)
            return &h->origin[i];
    struct qn_have_origin *o = &h->origin[h->n++];
    *o = (struct qn_have_origin){0};
    qn_text_copy(o->origin, sizeof(o->origin), qn_str(origin));
    return o;
}

static enum qn_code overlay(struct qn_have *h, struct store *st, const struct log *log,
                            struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf bytes;
    struct qn_note note;
    struct qn_receipt r;
    qn_buf_init(&bytes, QN_NOTE_MAX);
    enum qn_code rc = ingest_receipt(&bytes, st, h->from, log->origin, err);
    if (!rc)
        rc = qn_note_parse(&note, qn_buf_span(&bytes), err);
    if (!rc)
        rc = qn_receipt_parse(&r, note.text, err);
    if (rc)
        return rc == QN_ABSENT ? QN_OK : rc;
    struct qn_have_origin *o = origin_slot(h, log->origin);
    if (r.size > o->size) {
        o->size = r.size;
        memcpy(o->root, r.root, QN_HASH);
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
               : io_fail(err, "file.write", w->path);
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
static enum qn_code write_clear(struct writer *w, const struct qn_cert *self,
                                const struct qn_cert *to, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf clear;
    uint8_t key[KEY_BYTES], head[HEAD_BYTES];
    qn_buf_init(&clear, CLEAR_MAX);
    qn_put_str(&clear, BUNDLE_MAGIC);
    qn_put_uint(&clear, strlen(self->office), 1);
    qn_put_str(&clear, self->office);
    qn_put_uint(&clear, strlen(to->office), 1);
    qn_put_str(&clear, to->office);
    qn_put_uint(&clear, clock_now_ms(), 8);
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
    return fwrite(clear.p, 1, clear.n, w->f) == clear.n ? QN_OK
                                                        : io_fail(err, "file.write", w->path);
}

static enum qn_code write_all(struct store *st, const struct bundle_make *o, struct writer *w,
                              struct exchange_sent *sent, struct qn_err *err)
{
    QN_AUTO(qn_have) struct qn_have known = {0};
    QN_AUTO(qn_buf) struct qn_buf have;
    struct qn_cert to;
    qn_buf_init(&have, QN_FRAME_MAX);
    qn_buf_init(&w->frame, QN_FRAME_MAX + QN_FRAME_HEAD);
    qn_buf_init(&w->chunk, CHUNK_MAX + 4);
    enum qn_code rc = tree_cert(&to, st, o->to, err);
    if (!rc)
        rc = bundle_known(&known, st, o->to, err);
    if (!rc)
        rc = exchange_have(&have, st, o->to, NULL, err);
    if (rc)
        return rc;
    if (o->all)
        known.n = 0;
    rc = write_clear(w, store_self(st), &to, err);
    if (!rc)
        rc = write_frame(w, QN_FRAME_HAVE, qn_buf_span(&have), err);
    struct exchange_options x = {.peer = &known,
                                 .bytes_max =
                                     BUNDLE_MAX / 2, /* leaves room for what each chunk adds */
                                 .report = o->report,
                                 .emit = write_frame,
                                 .ctx = w};
    return rc ? rc : exchange_collect(st, &x, sent, err);
}

static enum qn_code sync_dir(const char *path, struct qn_err *err)
{
    char dir[FILE_PATH_MAX];
    const char *slash = strrchr(path, '/');
    snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path + 1) : 1, slash ? path : ".");
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum qn_code rc = fd >= 0 && fsync(fd) == 0 ? QN_OK : io_fail(err, "file.write", dir);
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
    if (rc)
        return rc;
    if (snprintf(aside, sizeof(aside), "%s.XXXXXX", o->path) >= (int)sizeof(aside))
        return qn_fail(err, QN_LIMIT, "file.path-too-long", "path=%s", o->path);
    /* The mode is left as it is made, 0600: a stick's file system may not know modes. */
    int fd = mkostemp(aside, O_CLOEXEC);
    if (fd < 0)
        return io_fail(err, "file.write", o->path);
    struct writer w = {.f = fdopen(fd, "wb"), .path = o->path};
    if (!w.f) {
        rc = io_fail(err, "file.write", o->path);
        close(fd);
        unlink(aside);
        return rc;
    }
    rc = write_all(st, o, &w, sent, err);
    qn_buf_release(&w.frame);
    qn_buf_release(&w.chunk);
    sodium_memzero(&w.state, sizeof(w.state));
    if (!rc && (fflush(w.f) != 0 || fsync(fileno(w.f)) != 0))
        rc = io_fail(err, "file.write", o->path);
    if (fclose(w.f) != 0 && !rc)
        rc = io_fail(err, "file.write", o->path);
    if (!rc && rename(aside, o->path) != 0)
        rc = io_fail(err, "file.write", o->path);
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

/* ---- reading ------------------------------------------------------------------------------------------------- */

struct reader {
    FILE *f;
    const char *path;
    uint64_t left; /* bytes of the file behind what was read */
    crypto_secretstream_xchacha20poly1305_state state;
    uint8_t aad[QN_HASH];
    struct bundle_info *info;
    struct qn_buf cipher, frame;
};

static enum qn_code truncated(const struct reader *r, struct qn_err *err)
{
    return qn_fail(err, QN_LATER, "bundle.truncated", "path=%s|frames=%llu|bytes=%llu", r->path,
                   (unsigned long long)r->info->frames, (unsigned long long)r->info->bytes);
}

static enum qn_code damaged(const struct reader *r, struct qn_err *err)
{
    return qn_fail(err, QN_UNVERIFIED, "bundle.damaged", "path=%s|frames=%llu|bytes=%llu", r->path,
                   (unsigned long long)r->info->frames, (unsigned long long)r->info->bytes);
}

/* SPEC bundle-9: "Only a regular file is opened" */
static enum qn_code open_file(struct reader *r, struct qn_err *err)
{
    struct stat s;
    int fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT  ? qn_fail(err, QN_ABSENT, "file.absent", "path=%s", r->path)
               : errno == ELOOP ? qn_fail(err, QN_DENIED, "file.not-regular", "path=%s", r->path)
                                : io_fail(err, "file.read", r->path);
    enum qn_code rc = fstat(fd, &s) == 0 ? QN_OK : io_fail(err, "file.read", r->path);
    if (!rc && !S_ISREG(s.st_mode))
        rc = qn_fail(err, QN_DENIED, "file.not-regular", "path=%s", r->path);
    if (!rc && (uint64_t)s.st_size > BUNDLE_MAX)
        rc = qn_fail(err, QN_LIMIT, "file.too-long", "path=%s|max=%llu", r->path,
                     (unsigned long long)BUNDLE_MAX);
    r->f = rc ? NULL : fdopen(fd, "rb");
    if (!r->f) {
        close(fd);
        return rc ? rc : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    }
    r->left = (uint64_t)s.st_size;
    return QN_OK;
}

/* n bytes behind what `to` holds; QN_ABSENT when the file ends before. */
static enum qn_code read_bytes(struct reader *r, struct qn_buf *to, size_t n, struct qn_err *err)
{
    uint8_t block[16384];
    if (n > r->left)
        return QN_ABSENT;
    for (size_t done = 0; done < n;) {
        size_t want = n - done < sizeof(block) ? n - done : sizeof(block);
        size_t got = fread(block, 1, want, r->f);
        if (!got)
            return ferror(r->f) ? io_fail(err, "file.read", r->path)
                                : QN_ABSENT; /* grew shorter meanwhile */
        qn_put(to, block, got);
        done += got;
    }
    r->left -= n;
    return qn_buf_check(to, err);
}

static bool read_code(struct rd *r, char out[QN_CODE_MAX + 1])
{
    struct qn_span s = rd_span(r, (size_t)rd_uint(r, 1));
    return !r->failed && wire_is_code(s) && qn_text_copy(out, QN_CODE_MAX + 1, s);
}

/* The clear part, as far as it is in `in`. mine: where the key sealed to `self` stands, NULL if nowhere. */
static bool parse_clear(struct rd *r, struct bundle_info *info, const char *self,
                        const uint8_t **mine)
{
    char who[BUNDLE_RECIPIENTS][QN_CODE_MAX + 1];
    *mine = NULL;
    rd_span(r, sizeof(BUNDLE_MAGIC) - 1);
    bool ok =
        read_code(r, info->from) && read_code(r, info->to) && strcmp(info->from, info->to) != 0;
    info->created_ms = rd_uint(r, 8);
    unsigned n = (unsigned)rd_uint(r, 1);
    ok = ok && info->created_ms < TIME_END && n >= 1 && n <= BUNDLE_RECIPIENTS;
    for (unsigned i = 0; ok && i < n; i++) {
        ok = read_code(r, who[i]);
        struct qn_span sealed = rd_span(r, SEAL_BYTES);
        for (unsigned k = 0; ok && k < i; k++)
            ok = strcmp(who[i], who[k]) != 0;
        if (ok && !r->failed && strcmp(who[i], self) == 0)
            *mine = sealed.p;
    }
    return ok;
}

static enum qn_code unseal(struct reader *r, const struct qn_cert *self, const struct keys *keys,
                           const uint8_t *sealed, const uint8_t *head, struct qn_err *err)
{
    uint8_t key[KEY_BYTES];
    if (crypto_box_seal_open(key, sealed, SEAL_BYTES, self->box, keys_box_sk(keys)) != 0)
        return qn_fail(err, QN_UNVERIFIED, "bundle.key", "path=%s|office=%s", r->path,
                       self->office);
    int rc = crypto_secretstream_xchacha20poly1305_init_pull(&r->state, head, key);
    sodium_memzero(key, sizeof(key));
    return rc == 0 ? QN_OK : damaged(r, err);
}

static enum qn_code read_open(struct reader *r, struct store *st, struct qn_err *err)
{
    const struct qn_cert *self = store_self(st);
    const struct keys *keys;
    QN_AUTO(qn_buf) struct qn_buf clear;
    qn_buf_init(&clear, CLEAR_MAX);
    qn_buf_init(&r->cipher, CHUNK_MAX + 4);
    qn_buf_init(&r->frame, QN_FRAME_MAX + QN_FRAME_HEAD);
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc)
        rc = open_file(r, err);
    if (rc)
        return rc;
    size_t have = r->left < CLEAR_MAX ? (size_t)r->left : CLEAR_MAX;
    uint64_t size = r->left;
    rc = read_bytes(r, &clear, have, err);
    if (rc)
        return rc == QN_ABSENT ? truncated(r, err) : rc;
    if (have < sizeof(BUNDLE_MAGIC) - 1 ||
        memcmp(clear.p, BUNDLE_MAGIC, sizeof(BUNDLE_MAGIC) - 1) != 0)
        return qn_fail(err, QN_MALFORMED, "bundle.not-a-bundle", "path=%s", r->path);
    struct rd in = {.in = qn_buf_span(&clear)};
    const uint8_t *sealed, *head;
    bool ok = parse_clear(&in, r->info, self->office, &sealed);
    head = rd_span(&in, HEAD_BYTES).p;
    if (in.failed && have < CLEAR_MAX)
        return truncated(r, err);
    if (!ok || in.failed)
        return qn_fail(err, QN_MALFORMED, "bundle.header", "path=%s", r->path);
    if (!sealed)
        return qn_fail(err, QN_DENIED, "bundle.not-for-us", "path=%s|from=%s|to=%s|self=%s",
                       r->path, r->info->from, r->info->to, self->office);
    struct qn_span before = {clear.p, clear.n - in.in.n};
    wire_sha256(r->aad, &before, 1);
    if (fseeko(r->f, (off_t)before.n, SEEK_SET) != 0)
        return io_fail(err, "file.read", r->path);
    r->left = size - before.n;
    return unseal(r, self, keys, sealed, head, err);
}

/* The next whole frame, lent until the next call. */
static enum qn_code read_frame(struct reader *r, enum qn_frame_type *type, struct qn_span *payload,
                               struct qn_err *err)
{
    uint8_t tag;
    r->cipher.n = r->frame.n = 0;
    enum qn_code rc = read_bytes(r, &r->cipher, 4, err);
    if (rc)
        return rc == QN_ABSENT ? truncated(r, err) : rc;
    struct rd len = {.in = qn_buf_span(&r->cipher)};
    size_t n = (size_t)rd_uint(&len, 4);
    if (n < TAG_BYTES || n > CHUNK_MAX)
        return damaged(r, err);
    r->cipher.n = 0;
    rc = read_bytes(r, &r->cipher, n, err);
    if (rc)
        return rc == QN_ABSENT ? truncated(r, err) : rc;
    qn_put_span(&r->frame, (struct qn_span){r->cipher.p, n - TAG_BYTES}); /* room of that length */
    rc = qn_buf_check(&r->frame, err);
    if (rc)
        return rc;
    if (crypto_secretstream_xchacha20poly1305_pull(&r->state, r->frame.p, NULL, &tag, r->cipher.p,
                                                   n, r->aad, sizeof(r->aad)) != 0)
        return damaged(r, err);
    struct qn_span in = qn_buf_span(&r->frame);
    size_t need;
    struct qn_err why;
    if (qn_frame_take(&in, type, payload, &need, &why) != QN_OK || in.n)
        return damaged(r, err);
    bool last = *type == QN_FRAME_END;
    if (last != (tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL) || (last && r->left))
        return damaged(r, err);
    r->info->whole = last;
    return QN_OK;
}

static void counted(struct bundle_info *info, enum qn_frame_type type, size_t n)
{
    info->frames++;
    info->bytes += QN_FRAME_HEAD + n;
    if (type <= QN_FRAME_END)
        info->count[type]++;
}

static void read_close(struct reader *r)
{
    if (r->f)
        fclose(r->f);
    qn_buf_release(&r->cipher);
    qn_buf_release(&r->frame);
    sodium_memzero(&r->state, sizeof(r->state));
}

/* SPEC bundle-5: "The first frame is a HAVE by the office named in from" */
static enum qn_code check_first(struct store *st, const struct bundle_info *info,
                                enum qn_frame_type type, struct qn_span payload, struct qn_err *err)
{
    QN_AUTO(qn_have) struct qn_have h = {0};
    struct qn_cert from;
    if (type != QN_FRAME_HAVE)
        return qn_fail(err, QN_MALFORMED, "sync.no-have", "type=%u", (unsigned)type);
    enum qn_code rc = qn_have_decode(&h, payload, err);
    if (!rc && (strcmp(h.from, info->from) != 0 || strcmp(h.to, info->to) != 0))
        rc = qn_fail(err, QN_DENIED, "sync.other-office", "expected=%s|found=%s", info->from,
                     h.from);
    struct qn_err
        none; /* a sender whose chain comes along in the bundle is judged when it is taken in */
    if (!rc && tree_cert(&from, st, h.from, &none) == QN_OK && !qn_have_verify(payload, from.log))
        rc = qn_fail(err, QN_UNVERIFIED, "sync.have-signature", "office=%s", h.from);
    return rc;
}

enum qn_code bundle_verify(struct store *st, const char *path, struct bundle_info *info,
                           struct qn_err *err)
{
    *info = (struct bundle_info){0};
    struct reader r = {.path = path, .info = info};
    enum qn_code rc = read_open(&r, st, err);
    while (!rc && !info->whole) {
        enum qn_frame_type type;
        struct qn_span payload;
        rc = read_frame(&r, &type, &payload, err);
        if (!rc && !info->frames)
            rc = check_first(st, info, type, payload, err);
        if (!rc)
            counted(info, type, payload.n);
    }
    info->whole = info->whole && !rc;
    read_close(&r);
    return rc;
}

/* Feeds frames until END, the end of what is whole, or a failure of our own. `ours`: such a failure. */
static enum qn_code take_all(struct store *st, struct reader *r, struct exchange_stream *s,
                             bool *ours, struct qn_err *err)
{
    uint64_t since = 0;
    *ours = false;
    for (;;) {
        enum qn_frame_type type;
        struct qn_span payload;
        enum qn_code rc = read_frame(r, &type, &payload, err);
        if (rc)
            return rc;
        rc = exchange_stream_frame(s, type, payload, err);
        if (!rc && !r->info->frames)
            rc = peer_heard(st, r->info->from, payload, false, err);
        if (rc) {
            *ours = true;
            return rc;
        }
        counted(r->info, type, payload.n);
        since += payload.n;
        if (since > PAUSE) {
            since = 0;
            rc = exchange_stream_pause(s, err);
            *ours = rc != QN_OK;
            if (rc)
                return rc;
        }
        if (r->info->whole)
            return QN_OK;
    }
}

static enum qn_code import(struct store *st, struct reader *r, const struct qn_report *report,
                           struct ingest_tally *tally, struct qn_err *err)
{
    const struct qn_cert *self = store_self(st);
    QN_AUTO(exchange_stream) struct exchange_stream *s = NULL;
    struct qn_err why;
    bool ours;
    enum qn_code rc = read_open(r, st, err);
    if (rc)
        return rc;
    if (strcmp(r->info->from, self->office) == 0)
        return qn_fail(err, QN_DENIED, "bundle.own", "path=%s|to=%s", r->path, r->info->to);
    if (strcmp(r->info->to, self->office) != 0)
        return qn_fail(err, QN_DENIED, "bundle.not-for-us", "path=%s|from=%s|to=%s|self=%s",
                       r->path, r->info->from, r->info->to, self->office);
    rc = exchange_stream_open(&s, st, r->info->from, report, err);
    if (rc)
        return rc;
    rc = take_all(st, r, s, &ours, &why);
    if (rc && (ours || rc == QN_IO || rc == QN_NOMEM)) {
        if (err)
            *err = why;
        return rc;
    }
    if (r->info->frames) {
        enum qn_code end = exchange_stream_finish(s, err);
        if (!end)
            *tally = *exchange_stream_tally(s);
        if (!end)
            end = peer_done(st, r->info->from, NULL, err);
        if (end)
            return end;
    }
    if (rc && err)
        *err = why;
    return rc;
}

enum qn_code bundle_import(struct store *st, const char *path, const struct qn_report *report,
                           struct bundle_info *info, struct ingest_tally *tally, struct qn_err *err)
{
    *info = (struct bundle_info){0};
    *tally = (struct ingest_tally){0};
    struct reader r = {.path = path, .info = info};
    enum qn_code rc = import(st, &r, report, tally, err);
    info->whole = info->whole && !rc;
    read_close(&r);
    return rc;
}
