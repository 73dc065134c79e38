/* bundle_read.c - a bundle looked at and taken in, as far as it is whole. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/store/tree.h"
#include "node/sync/bundle.h"
#include "node/sync/bundle_format.h"
#include "node/sync/freight.h"
#include "node/sync/peer.h"
#include "node/sync/run.h"
#include "protocol/wire.h"

#define PAUSE    (8u * 1024 * 1024)        /* bytes of the file between two commits */
#define TIME_END UINT64_C(253402300800000) /* ms: the year 10000 */

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
                                : bundle_io_fail(err, "file.read", r->path);
    enum qn_code rc = fstat(fd, &s) == 0 ? QN_OK : bundle_io_fail(err, "file.read", r->path);
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
            return ferror(r->f) ? bundle_io_fail(err, "file.read", r->path)
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

/* What stands before the chunks; borrows from the bytes it was read from. */
struct clear {
    const uint8_t *sealed[BUNDLE_RECIPIENTS], *head;
};

static bool parse_clear(struct rd *r, struct bundle_info *info, struct clear *c)
{
    rd_span(r, sizeof(BUNDLE_MAGIC) - 1);
    bool ok =
        read_code(r, info->from) && read_code(r, info->to) && strcmp(info->from, info->to) != 0;
    info->created_ms = rd_uint(r, 8);
    info->needs = (uint32_t)rd_uint(r, 4);
    unsigned n = (unsigned)rd_uint(r, 1);
    ok = ok && info->created_ms < TIME_END && n >= 1 && n <= BUNDLE_RECIPIENTS;
    for (unsigned i = 0; ok && i < n; i++) {
        ok = read_code(r, info->recipient[i]);
        c->sealed[i] = rd_span(r, SEAL_BYTES).p;
        for (unsigned k = 0; ok && k < i; k++)
            ok = strcmp(info->recipient[i], info->recipient[k]) != 0;
    }
    info->nrecipients = ok ? n : 0;
    c->head = rd_span(r, HEAD_BYTES).p;
    return ok;
}

/* The file's key from one of the sealed ones, and the cipher started. */
static enum qn_code start(struct reader *r, const struct clear *c, unsigned recipient,
                          const uint8_t pk[QN_PUBKEY], const uint8_t sk[32], struct qn_err *err)
{
    uint8_t key[KEY_BYTES];
    if (crypto_box_seal_open(key, c->sealed[recipient], SEAL_BYTES, pk, sk) != 0)
        return qn_fail(err, QN_UNVERIFIED, "bundle.key", "path=%s|office=%s", r->path,
                       r->info->recipient[recipient]);
    int rc = crypto_secretstream_xchacha20poly1305_init_pull(&r->state, c->head, key);
    sodium_memzero(key, sizeof(key));
    r->info->opened = rc == 0;
    return rc == 0 ? QN_OK : damaged(r, err);
}

/* The writer may not have known the newest of our keys, or we have yet to take it in. */
static enum qn_code start_with(struct reader *r, const struct clear *c, unsigned recipient,
                               const struct keys *keys, struct qn_err *err)
{
    const uint8_t *pk, *sk;
    enum qn_code rc = QN_UNVERIFIED;
    for (unsigned i = 0; rc == QN_UNVERIFIED && !r->info->opened && keys_box(keys, i, &pk, &sk); i++)
        rc = start(r, c, recipient, pk, sk, err);
    return rc;
}

static enum qn_code unseal(struct reader *r, const struct clear *c, struct store *st,
                           struct qn_err *err)
{
    const struct qn_cert *self = store_self(st);
    const struct keys *keys;
    enum qn_code rc = store_signer(st, &keys, err);
    for (unsigned i = 0; !rc && i < r->info->nrecipients; i++)
        if (strcmp(r->info->recipient[i], self->office) == 0)
            return start_with(r, c, i, keys, err);
    return rc ? rc
              : qn_fail(err, QN_DENIED, "bundle.not-for-us", "path=%s|from=%s|to=%s|self=%s",
                        r->path, r->info->from, r->info->to, self->office);
}

/* Keys without a certificate do not say whose they are: each of the sealed keys is tried. */
static enum qn_code unseal_any(struct reader *r, const struct clear *c, const struct keys *keys,
                               struct qn_err *err)
{
    struct qn_err none;
    for (unsigned i = 0; i < r->info->nrecipients; i++)
        if (start_with(r, c, i, keys, &none) == QN_OK)
            return QN_OK;
    return qn_fail(err, QN_DENIED, "bundle.not-these-keys", "path=%s|from=%s|to=%s", r->path,
                   r->info->from, r->info->to);
}

/* SPEC bundle-13: "A magic with another number than 1 is one of those too" */
static enum qn_code other_magic(const struct reader *r, struct qn_span in, struct qn_err *err)
{
    static const size_t number = sizeof(BUNDLE_MAGIC) - 3;
    if (in.n > number && memcmp(in.p, BUNDLE_MAGIC, number) == 0 && in.p[number] >= '2' &&
        in.p[number] <= '9')
        return qn_fail(err, QN_LATER, "bundle.needs", "path=%s|needs=v%c", r->path, in.p[number]);
    return qn_fail(err, QN_MALFORMED, "bundle.not-a-bundle", "path=%s", r->path);
}

/* Up to the first chunk. `bytes` keeps what c borrows. */
static enum qn_code read_clear(struct reader *r, struct qn_buf *bytes, struct clear *c,
                               struct qn_err *err)
{
    qn_buf_init(bytes, CLEAR_MAX);
    enum qn_code rc = open_file(r, err);
    if (rc)
        return rc;
    size_t have = r->left < CLEAR_MAX ? (size_t)r->left : CLEAR_MAX;
    r->info->size = r->left;
    rc = read_bytes(r, bytes, have, err);
    if (rc)
        return rc == QN_ABSENT ? truncated(r, err) : rc;
    if (have < sizeof(BUNDLE_MAGIC) - 1 ||
        memcmp(bytes->p, BUNDLE_MAGIC, sizeof(BUNDLE_MAGIC) - 1) != 0)
        return other_magic(r, qn_buf_span(bytes), err);
    struct rd in = {.in = qn_buf_span(bytes)};
    bool ok = parse_clear(&in, r->info, c);
    if (in.failed && have < CLEAR_MAX)
        return truncated(r, err);
    if (!ok || in.failed)
        return qn_fail(err, QN_MALFORMED, "bundle.header", "path=%s", r->path);
    /* SPEC bundle-13: "a bit that the reader does not know: it needs a newer program" */
    if (r->info->needs)
        return qn_fail(err, QN_LATER, "bundle.needs", "path=%s|needs=%08x", r->path,
                       r->info->needs);
    struct qn_span before = {bytes->p, bytes->n - in.in.n};
    wire_sha256(r->aad, &before, 1);
    if (fseeko(r->f, (off_t)before.n, SEEK_SET) != 0)
        return bundle_io_fail(err, "file.read", r->path);
    r->left = r->info->size - before.n;
    return QN_OK;
}

/* With the office's keys, or, without an office, with those given. */
static enum qn_code read_open(struct reader *r, struct store *st, const struct keys *keys,
                              struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf bytes = {0};
    struct clear c;
    qn_buf_init(&r->cipher, CHUNK_MAX + 4);
    qn_buf_init(&r->frame, QN_FRAME_MAX + QN_FRAME_HEAD);
    enum qn_code rc = st ? store_signer(st, &keys, err) : QN_OK;
    if (!rc)
        rc = read_clear(r, &bytes, &c, err);
    if (rc)
        return rc;
    return st ? unseal(r, &c, st, err) : unseal_any(r, &c, keys, err);
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

static void counted(struct bundle_info *info, enum qn_frame_type type, struct qn_span payload)
{
    QN_AUTO(qn_buf) struct qn_buf room = {0};
    struct qn_span in = {NULL, 0}, one;
    struct qn_err none;
    info->bytes += QN_FRAME_HEAD + payload.n;
    if (type != QN_FRAME_RUN) {
        info->frames++;
        if ((unsigned)type < QN_FRAME_TYPES)
            info->count[type]++;
        return;
    }
    if (run_open(&in, &room, payload, &none) != QN_OK)
        return;
    while (in.n && run_next(&in, &type, &one, &none) == QN_OK) {
        info->frames++;
        if ((unsigned)type < QN_FRAME_TYPES)
            info->count[type]++;
    }
}

static void read_close(struct reader *r)
{
    if (r->f)
        fclose(r->f);
    qn_buf_release(&r->cipher);
    qn_buf_release(&r->frame);
    sodium_memzero(&r->state, sizeof(r->state));
}

/* SPEC bundle-5: "The first frame is a HAVE by the office named in from" - st: NULL where nobody's key is known */
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
    if (!rc && st && tree_cert(&from, st, h.from, &none) == QN_OK &&
        !qn_have_verify(payload, from.log))
        rc = qn_fail(err, QN_UNVERIFIED, "sync.have-signature", "office=%s", h.from);
    return rc;
}

static enum qn_code walk(struct store *st, const struct bundle_opener *o, const char *path,
                         struct bundle_info *info, struct qn_err *err)
{
    *info = (struct bundle_info){0};
    struct reader r = {.path = path, .info = info};
    enum qn_code rc = read_open(&r, st, o->keys, err);
    while (!rc && !info->whole) {
        enum qn_frame_type type;
        struct qn_span payload;
        rc = read_frame(&r, &type, &payload, err);
        if (!rc && !info->frames)
            rc = check_first(st, info, type, payload, err);
        if (!rc && o->frame)
            rc = o->frame(o->ctx, type, payload, err);
        if (!rc)
            counted(info, type, payload);
    }
    info->whole = info->whole && !rc;
    read_close(&r);
    return rc;
}

enum qn_code bundle_verify(struct store *st, const char *path, struct bundle_info *info,
                           struct qn_err *err)
{
    return walk(st, &(struct bundle_opener){0}, path, info, err);
}

enum qn_code bundle_open(const struct bundle_opener *o, const char *path, struct bundle_info *info,
                         struct qn_err *err)
{
    return walk(NULL, o, path, info, err);
}

/* ---- from outside -------------------------------------------------------------------------------------------- */

#define AHEAD (64u * 1024) /* read at once */

/* Bytes that were read and not looked at yet. A seek of the C library throws them away: of chunks of a few bytes, of which
 * 4 GiB hold two hundred million, each would be read for itself.                                                    */
struct ahead {
    uint8_t byte[AHEAD];
    size_t at, n;
};

/* The next n bytes, at most 4; QN_ABSENT where the file ends before. */
static enum qn_code next_bytes(struct reader *r, struct ahead *a, uint8_t *out, size_t n,
                               struct qn_err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (a->at == a->n) {
            a->at = 0;
            a->n = fread(a->byte, 1, sizeof(a->byte), r->f);
        }
        if (!a->n)
            return ferror(r->f) ? bundle_io_fail(err, "file.read", r->path) : QN_ABSENT;
        out[i] = a->byte[a->at++];
    }
    return QN_OK;
}

static enum qn_code pass_over(struct reader *r, struct ahead *a, size_t n, struct qn_err *err)
{
    size_t here = a->n - a->at;
    if (n <= here) {
        a->at += n;
        return QN_OK;
    }
    a->at = a->n = 0;
    return fseeko(r->f, (off_t)(n - here), SEEK_CUR) == 0
               ? QN_OK
               : bundle_io_fail(err, "file.read", r->path);
}

/* Over the chunks by their lengths alone. last: the length of the last whole one. */
static enum qn_code count_chunks(struct reader *r, struct ahead *a, size_t *last,
                                 struct qn_err *err)
{
    uint8_t length[4];
    enum qn_code rc = QN_OK;
    *last = 0;
    while (!rc && r->left) {
        struct rd in = {.in = QN_SPAN(length)};
        if (r->left < sizeof(length))
            return QN_ABSENT;
        rc = next_bytes(r, a, length, sizeof(length), err);
        if (rc)
            return rc;
        size_t n = (size_t)rd_uint(&in, 4);
        /* SPEC bundle-4: "Its length is at least 17 and at most 1,052,694" */
        if (n < TAG_BYTES || n > CHUNK_MAX)
            return qn_fail(err, QN_MALFORMED, "bundle.chunk", "path=%s|chunk=%llu|have=%zu",
                           r->path, (unsigned long long)r->info->chunks + 1, n);
        r->left -= sizeof(length);
        if (n > r->left)
            return QN_ABSENT;
        rc = pass_over(r, a, n, err);
        r->left -= n;
        r->info->chunks++;
        *last = n;
    }
    return rc;
}

enum qn_code bundle_look(const char *path, struct bundle_info *info, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf bytes = {0};
    struct clear c;
    size_t last = 0;
    *info = (struct bundle_info){0};
    struct reader r = {.path = path, .info = info};
    enum qn_code rc = read_clear(&r, &bytes, &c, err);
    struct ahead *ahead = rc ? NULL : calloc(1, sizeof(*ahead));
    if (!rc)
        rc = ahead ? count_chunks(&r, ahead, &last, err)
                   : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    free(ahead);
    /* SPEC bundle-15: "one whose last chunk is not 23 bytes long is not whole" */
    if (rc == QN_ABSENT || (!rc && last != QN_FRAME_HEAD + 1 + TAG_BYTES))
        rc = qn_fail(err, QN_LATER, "bundle.looks-cut", "path=%s|chunks=%llu|bytes=%llu", path,
                     (unsigned long long)info->chunks, (unsigned long long)(info->size - r.left));
    info->whole = !rc;
    read_close(&r);
    return rc;
}

/* ---- taken in -------------------------------------------------------------------------------------------------- */

/* Feeds frames until END, the end of what is whole, or a failure of our own. `ours`: such a failure. */
static enum qn_code take_all(struct store *st, struct reader *r, struct exchange_stream *s,
                             bool *ours, struct qn_err *err)
{
    uint64_t since = 0;
    bool heard = false;
    *ours = false;
    for (;;) {
        enum qn_frame_type type;
        struct qn_span payload;
        enum qn_code rc = read_frame(r, &type, &payload, err);
        if (rc)
            return rc;
        rc = exchange_stream_frame(s, type, payload, err);
        /* Only a HAVE that was checked, and by whom the envelope names: else a stick made by anybody would tell
         * us what an office holds.                                                                            */
        if (!rc && !heard && exchange_stream_have(s)) {
            heard = true;
            if (strcmp(exchange_stream_have(s)->from, r->info->from) == 0)
                rc = peer_heard(st, r->info->from, exchange_stream_have_bytes(s), false, err);
        }
        if (rc) {
            *ours = true;
            return rc;
        }
        counted(r->info, type, payload);
        since += 4 + QN_FRAME_HEAD + payload.n + TAG_BYTES;
        if (since > PAUSE) {
            since = 0;
            rc = exchange_stream_pause(s, err);
            if (!rc) /* nothing is open: others may be answered */
                rc = store_breathe(st, err);
            *ours = rc != QN_OK;
            if (rc)
                return rc;
        }
        if (r->info->whole)
            return QN_OK;
    }
}

/* ---- of our own making ------------------------------------------------------------------------------------------ */

/* Frames of an own bundle: everything in it is signed by somebody, so who carries it does not matter. */
struct own_frames {
    struct ingest *in;
    const struct qn_report *report;
    uint64_t refused;
};

static enum qn_code take_own_frame(struct own_frames *o, enum qn_frame_type type,
                                   struct qn_span payload, struct qn_err *err)
{
    struct qn_err why;
    enum qn_code rc = ingest_frame(o->in, type, payload, &why);
    if (rc == QN_IO || rc == QN_NOMEM) {
        *err = why;
        return rc;
    }
    if (rc && !o->refused++)
        qn_say(o->report, why.id, "%s", why.args);
    return QN_OK;
}

static enum qn_code take_own(struct own_frames *o, enum qn_frame_type type, struct qn_span payload,
                             struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf room = {0};
    struct qn_span in = {NULL, 0}, one;
    struct qn_err none;
    if (type != QN_FRAME_RUN)
        return take_own_frame(o, type, payload, err);
    enum qn_code rc = QN_OK;
    if (run_open(&in, &room, payload, &none) != QN_OK)
        return QN_OK;
    while (!rc && in.n && run_next(&in, &type, &one, &none) == QN_OK)
        rc = take_own_frame(o, type, one, err);
    return rc;
}

enum qn_code bundle_recover(struct store *st, const char *path, const struct qn_report *report,
                            struct bundle_info *info, struct ingest_tally *tally,
                            struct qn_err *err)
{
    struct own_frames o = {.report = report};
    struct qn_err why;
    *info = (struct bundle_info){0};
    struct reader r = {.path = path, .info = info};
    QN_AUTO(ingest) struct ingest *in = NULL;
    enum qn_code rc = read_open(&r, st, NULL, err);
    /* SPEC bundle-2: "so that an office can read its own bundles again" */
    if (!rc && strcmp(info->from, store_self(st)->office) != 0)
        rc = qn_fail(err, QN_DENIED, "bundle.not-own", "path=%s|from=%s", path, info->from);
    if (!rc)
        rc = ingest_open(&in, st, err);
    enum qn_code read = QN_OK;
    o.in = in;
    while (!rc && !read && !info->whole) {
        enum qn_frame_type type;
        struct qn_span payload;
        read = read_frame(&r, &type, &payload, &why);
        if (!read)
            rc = take_own(&o, type, payload, err);
        if (!read && !rc)
            counted(info, type, payload);
    }
    if (!rc)
        rc = ingest_finish(in, report, err);
    if (!rc)
        *tally = *ingest_tally(in);
    read_close(&r);
    if (!rc && read) {
        *err = why;
        rc = read;
    }
    return rc;
}

static enum qn_code import(struct store *st, struct reader *r, const struct qn_report *report,
                           struct ingest_tally *tally, struct qn_err *err)
{
    const struct qn_cert *self = store_self(st);
    QN_AUTO(exchange_stream) struct exchange_stream *s = NULL;
    struct qn_err why;
    bool ours;
    enum qn_code rc = read_open(r, st, NULL, err);
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
    exchange_stream_by_file(s);
    rc = take_all(st, r, s, &ours, &why);
    if (rc && (ours || rc == QN_IO || rc == QN_NOMEM)) {
        if (!exchange_stream_have(
                s)) /* nobody we know spoke: what stood in the transaction is gone with it */
            r->info->frames = 0;
        if (err)
            *err = why;
        return rc;
    }
    const struct exchange_gap *gap = rc ? NULL : exchange_stream_gap(s);
    /* SPEC bundle-14: "What does not continue what the reader holds is not taken" */
    if (gap)
        rc = qn_fail(&why, QN_LATER, "bundle.gap", "path=%s|from=%s|log=%s|held=%llu|first=%llu",
                     r->path, r->info->from, gap->log, (unsigned long long)gap->held,
                     (unsigned long long)gap->first);
    if (r->info->frames) {
        r->info->files = exchange_stream_freight(s)->came;
        r->info->file_bytes = exchange_stream_freight(s)->bytes;
        enum qn_code end = exchange_stream_finish(s, err);
        if (!end)
            *tally = *exchange_stream_tally(s);
        if (!end)
            end = peer_done_by_file(st, r->info->from, err);
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
    info->whole = info->whole && (!rc || rc == QN_LATER); /* also one that does not join on */
    read_close(&r);
    return rc;
}
