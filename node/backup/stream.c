#include "node/backup/stream.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/store/file.h"

#define TAG_BYTES crypto_secretstream_xchacha20poly1305_ABYTES
#define KEY_BYTES crypto_secretstream_xchacha20poly1305_KEYBYTES

_Static_assert(crypto_secretstream_xchacha20poly1305_HEADERBYTES == 24, "the header's stream line");
_Static_assert(crypto_kdf_KEYBYTES == 32, "what the passphrase is stretched to");

typedef crypto_secretstream_xchacha20poly1305_state stream_state;

/* SPEC backup-5: "crypto_kdf_derive_from_key with the context `qianbkup`, number 1 for the stream, number 2 for check" */
static enum qn_code derive(uint8_t key[KEY_BYTES], uint8_t check[16], struct qn_span passphrase,
                           const struct keys_kdf *kdf, struct qn_err *err)
{
    uint8_t master[crypto_kdf_KEYBYTES];
    enum qn_code rc = keys_stretch(master, passphrase, kdf, err);
    if (!rc) {
        crypto_kdf_derive_from_key(key, KEY_BYTES, 1, "qianbkup", master);
        crypto_kdf_derive_from_key(check, 16, 2, "qianbkup", master);
    }
    sodium_memzero(master, sizeof(master));
    return rc;
}

static enum qn_code io_fail(struct qn_err *err, const char *id, const char *path)
{
    return qn_fail(err, QN_IO, id, "path=%s|why=%s", path, file_why(errno));
}

/* ---- writing -------------------------------------------------------------------------------------------------- */

struct backup_out {
    int fd;
    const char *path;
    stream_state state;
    struct qn_buf head; /* until the first chunk is written, whose associated data it is */
    uint64_t left;      /* of the content, still to be put */
    size_t n;
    uint8_t clear[BACKUP_CHUNK], sealed[BACKUP_CHUNK + TAG_BYTES];
};

static enum qn_code write_all(struct backup_out *o, const uint8_t *p, size_t n, struct qn_err *err)
{
    while (n) {
        ssize_t did = write(o->fd, p, n);
        if (did < 0 && errno == EINTR)
            continue;
        if (did < 0)
            return io_fail(err, "file.write", o->path);
        p += did;
        n -= (size_t)did;
    }
    return QN_OK;
}

enum qn_code backup_out_open(struct backup_out **out, int fd, const char *path,
                             struct backup_head *h, struct qn_span passphrase, struct qn_err *err)
{
    uint8_t key[KEY_BYTES];
    QN_AUTO(backup_out) struct backup_out *o = sodium_malloc(sizeof(*o));
    if (!o)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    o->fd = fd;
    o->path = path;
    o->left = h->length;
    o->n = 0;
    qn_buf_init(&o->head, BACKUP_HEAD_MAX);
    enum qn_code rc = derive(key, h->check, passphrase, &h->kdf, err);
    if (rc)
        return rc;
    crypto_secretstream_xchacha20poly1305_init_push(&o->state, h->stream, key);
    sodium_memzero(key, sizeof(key));
    backup_head_put(&o->head, h);
    rc = qn_buf_check(&o->head, err);
    if (!rc)
        rc = write_all(o, o->head.p, o->head.n, err);
    if (!rc)
        *out = QN_STEAL(o);
    return rc;
}

static enum qn_code flush(struct backup_out *o, bool last, struct qn_err *err)
{
    /* SPEC backup-6: "the associated data of the first chunk is the whole header" */
    crypto_secretstream_xchacha20poly1305_push(
        &o->state, o->sealed, NULL, o->clear, o->n, o->head.p, o->head.n,
        last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
             : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
    qn_buf_release(&o->head);
    size_t n = o->n + TAG_BYTES;
    o->n = 0;
    return write_all(o, o->sealed, n, err);
}

enum qn_code backup_out_put(struct backup_out *o, const void *p, size_t n, struct qn_err *err)
{
    const uint8_t *from = p;
    assert(n <= o->left); /* the header said how much there is */
    o->left -= n;
    while (n) {
        /* A full chunk goes when there is more: the last one is written by backup_out_end, and is never empty. */
        if (o->n == BACKUP_CHUNK) {
            enum qn_code rc = flush(o, false, err);
            if (rc)
                return rc;
        }
        size_t k = BACKUP_CHUNK - o->n < n ? BACKUP_CHUNK - o->n : n;
        memcpy(o->clear + o->n, from, k);
        o->n += k;
        from += k;
        n -= k;
    }
    return QN_OK;
}

enum qn_code backup_out_end(struct backup_out *o, struct qn_err *err)
{
    assert(!o->left && o->n);
    return flush(o, true, err);
}

void backup_out_free(struct backup_out *o)
{
    if (o)
        qn_buf_release(&o->head);
    sodium_free(o);
}

/* ---- reading -------------------------------------------------------------------------------------------------- */

struct backup_in {
    int fd;
    const char *path;
    stream_state state;
    crypto_generichash_state hash;
    uint8_t digest[QN_HASH];
    struct qn_buf head;  /* as in the file; until the first chunk was opened */
    uint64_t left;       /* content in chunks that were not read yet */
    uint64_t chunk, all; /* the next one to be read; how many there are */
    bool final;
    bool (*stop)(void *ctx);
    void *stop_ctx;
    size_t at, n; /* of clear */
    uint8_t clear[BACKUP_CHUNK], piece[BACKUP_CHUNK], sealed[BACKUP_CHUNK + TAG_BYTES];
};

static enum qn_code read_some(uint8_t *p, size_t max, size_t *n, int fd, const char *path,
                              struct qn_err *err)
{
    for (*n = 0; *n < max;) {
        ssize_t did = read(fd, p + *n, max - *n);
        if (did < 0 && errno == EINTR)
            continue;
        if (did < 0)
            return io_fail(err, "file.read", path);
        if (did == 0)
            break;
        *n += (size_t)did;
    }
    return QN_OK;
}

static uint64_t chunks_of(uint64_t length)
{
    return (length + BACKUP_CHUNK - 1) / BACKUP_CHUNK;
}

/* Reads the header, and leaves the file behind it. */
static enum qn_code head_of(struct backup_head *h, struct qn_buf *bytes, int fd, const char *path,
                            struct qn_err *err)
{
    uint8_t *room;
    size_t n = 0, used = 0;
    struct stat s;
    qn_buf_init(bytes, BACKUP_HEAD_MAX);
    room = qn_buf_room(bytes, BACKUP_HEAD_MAX);
    if (!room)
        return qn_buf_check(bytes, err);
    if (fstat(fd, &s) != 0 || lseek(fd, 0, SEEK_SET) != 0)
        return io_fail(err, "file.read", path);
    enum qn_code rc = read_some(room, BACKUP_HEAD_MAX, &n, fd, path, err);
    if (!rc)
        rc = backup_head_read(h, &used, (struct qn_span){room, n}, err);
    if (rc)
        return rc;
    bytes->n = used;
    uint64_t want = used + h->length + chunks_of(h->length) * TAG_BYTES, have = (uint64_t)s.st_size;
    /* SPEC backup-7: "A file that is shorter was cut; one that is longer is refused" */
    if (have < want)
        return qn_fail(err, QN_LIMIT, "backup.cut", "have=%llu|need=%llu", (unsigned long long)have,
                       (unsigned long long)want);
    if (have > want)
        return qn_fail(err, QN_MALFORMED, "backup.long", "have=%llu|need=%llu",
                       (unsigned long long)have, (unsigned long long)want);
    return lseek(fd, (off_t)used, SEEK_SET) < 0 ? io_fail(err, "file.read", path) : QN_OK;
}

enum qn_code backup_in_head(struct backup_head *h, int fd, const char *path, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf bytes = {0};
    return head_of(h, &bytes, fd, path, err);
}

enum qn_code backup_in_open(struct backup_in **out, struct backup_head *h, int fd, const char *path,
                            struct qn_span passphrase, struct qn_err *err)
{
    uint8_t key[KEY_BYTES], check[16];
    QN_AUTO(backup_in) struct backup_in *in = sodium_malloc(sizeof(*in));
    if (!in)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    memset(in, 0, sizeof(*in));
    in->fd = fd;
    in->path = path;
    enum qn_code rc = head_of(h, &in->head, fd, path, err);
    if (!rc)
        rc = derive(key, check, passphrase, &h->kdf, err);
    if (rc)
        return rc;
    if (sodium_memcmp(check, h->check, sizeof(check)) != 0)
        rc = qn_fail(err, QN_UNVERIFIED, "backup.passphrase", "path=%s", path);
    if (!rc && crypto_secretstream_xchacha20poly1305_init_pull(&in->state, h->stream, key) != 0)
        rc = qn_fail(err, QN_UNVERIFIED, "backup.head-damaged", "");
    sodium_memzero(key, sizeof(key));
    if (rc)
        return rc;
    crypto_generichash_init(&in->hash, NULL, 0, QN_HASH);
    memcpy(in->digest, h->digest, QN_HASH);
    in->left = h->length;
    in->all = chunks_of(h->length);
    *out = QN_STEAL(in);
    return QN_OK;
}

void backup_in_on_stop(struct backup_in *in, bool (*stop)(void *ctx), void *ctx)
{
    in->stop = stop;
    in->stop_ctx = ctx;
}

static enum qn_code next_chunk(struct backup_in *in, struct qn_err *err)
{
    if (in->stop && in->stop(in->stop_ctx))
        return qn_fail(err, QN_LATER, "store.stopped", "");
    size_t want = (in->left < BACKUP_CHUNK ? (size_t)in->left : BACKUP_CHUNK) + TAG_BYTES, n;
    unsigned char tag = 0;
    enum qn_code rc = read_some(in->sealed, want, &n, in->fd, in->path, err);
    if (rc)
        return rc;
    in->chunk++;
    bool last = in->chunk == in->all;
    if (n != want ||
        crypto_secretstream_xchacha20poly1305_pull(&in->state, in->clear, NULL, &tag, in->sealed, n,
                                                   in->head.p, in->head.n) != 0 ||
        /* SPEC backup-6: "The last chunk, and no other, has the tag FINAL" */
        (tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL) != last)
        return qn_fail(err, QN_UNVERIFIED, "backup.damaged", "path=%s|chunk=%llu|of=%llu", in->path,
                       (unsigned long long)in->chunk, (unsigned long long)in->all);
    qn_buf_release(&in->head);
    in->final = last;
    in->at = 0;
    in->n = want - TAG_BYTES;
    in->left -= in->n;
    crypto_generichash_update(&in->hash, in->clear, in->n);
    return QN_OK;
}

enum qn_code backup_in_take(struct backup_in *in, size_t n, struct qn_span *out, struct qn_err *err)
{
    assert(n <= BACKUP_CHUNK);
    if (n > in->n - in->at + in->left)
        return qn_fail(err, QN_MALFORMED, "backup.content", "");
    if (n <= in->n - in->at) {
        *out = (struct qn_span){in->clear + in->at, n};
        in->at += n;
        return QN_OK;
    }
    /* The rest of this chunk and the beginning of the next. */
    size_t k = in->n - in->at;
    memcpy(in->piece, in->clear + in->at, k);
    enum qn_code rc = next_chunk(in, err);
    if (rc)
        return rc;
    memcpy(in->piece + k, in->clear, n - k);
    in->at = n - k;
    *out = (struct qn_span){in->piece, n};
    return QN_OK;
}

enum qn_code backup_in_end(struct backup_in *in, struct qn_err *err)
{
    uint8_t digest[QN_HASH];
    if (in->left || in->at != in->n || !in->final)
        return qn_fail(err, QN_MALFORMED, "backup.content", "");
    crypto_generichash_final(&in->hash, digest, sizeof(digest));
    if (memcmp(digest, in->digest, QN_HASH) != 0)
        return qn_fail(err, QN_UNVERIFIED, "backup.digest", "path=%s", in->path);
    return QN_OK;
}

void backup_in_free(struct backup_in *in)
{
    if (in)
        qn_buf_release(&in->head);
    sodium_free(in);
}
