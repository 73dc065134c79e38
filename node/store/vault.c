#include "node/store/vault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "node/store/file.h"

#define BLOCK     65536u
#define PART_NAME (2 * QN_HASH + 1 + 16 + 1 + QN_CODE_MAX + 1)

static void fd_auto(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
#define AUTO_FD __attribute__((cleanup(fd_auto))) int

static enum qn_code io_fail(struct qn_err *err, const char *name)
{
    return qn_fail(err, QN_IO, errno == ENOSPC || errno == EDQUOT ? "files.full" : "files.io",
                   "path=%s|why=%s", name, file_why(errno));
}

/* All of the bytes; a full disk is told as io_fail tells it. */
static enum qn_code put(int fd, struct qn_span bytes, const char *name, struct qn_err *err)
{
    errno = 0;
    return file_put(fd, bytes, name, err) == QN_OK ? QN_OK : io_fail(err, name);
}

void vault_file_release(struct vault_file *f)
{
    qn_buf_release(&f->leaves);
}

const char *vault_media(struct qn_span b)
{
    static const struct {
        const char *media;
        size_t n;
        uint8_t bytes[8];
    } known[] = {{"image/jpeg", 3, {0xff, 0xd8, 0xff}},
                 {"image/png", 8, {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'}},
                 {"application/pdf", 5, {'%', 'P', 'D', 'F', '-'}}};
    static const char brands[][5] = {"heic", "heix", "heim", "heis", "mif1", "msf1"};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (b.n >= known[i].n && memcmp(b.p, known[i].bytes, known[i].n) == 0)
            return known[i].media;
    for (size_t i = 0; i < sizeof(brands) / sizeof(brands[0]); i++)
        if (b.n >= 12 && memcmp(b.p + 4, "ftyp", 4) == 0 && memcmp(b.p + 8, brands[i], 4) == 0)
            return "image/heic";
    return NULL;
}

/* ---- directories ----------------------------------------------------------------------------------------- */

/* SPEC files-5: "opened one step at a time without following links" */
static int enter(int at, const char *name, bool make)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 || errno != ENOENT || !make)
        return fd;
    if (mkdirat(at, name, 0700) != 0 && errno != EEXIST)
        return -1;
    if (fsync(at) != 0)
        return -1;
    return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int enter_under(const char *dir, const char *top, const char *sub, bool make)
{
    AUTO_FD base = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (base < 0)
        return -1;
    int files = enter(base, top, make);
    if (files < 0 || !sub)
        return files;
    int at = enter(files, sub, make);
    int why = errno;
    close(files);
    errno = why;
    return at;
}

static int enter_files(const char *dir, const char *sub, bool make)
{
    return enter_under(dir, "files", sub, make);
}

/* The directory of a digest, and its name there. */
static int enter_digest(const char *dir, const char *top, const uint8_t sha256[QN_HASH],
                        char name[2 * QN_HASH - 1], bool make)
{
    char hex[2 * QN_HASH + 1], shard[3];
    qn_hex(hex, sha256, QN_HASH);
    memcpy(shard, hex, 2);
    shard[2] = 0;
    memcpy(name, hex + 2, 2 * QN_HASH - 1);
    return enter_under(dir, top, shard, make);
}

static int enter_shard(const char *dir, const uint8_t sha256[QN_HASH], char name[2 * QN_HASH - 1],
                       bool make)
{
    return enter_digest(dir, "files", sha256, name, make);
}

static void part_name(char out[PART_NAME], const struct qn_file_name *n)
{
    char sha256[2 * QN_HASH + 1], tree[17];
    qn_hex(sha256, n->sha256, QN_HASH);
    qn_hex(tree, n->tree, 8);
    snprintf(out, PART_NAME, "%s-%s-%s", sha256, tree, n->office);
}

static int open_file(int at, const char *name, int flags)
{
    return openat(at, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
}

/* A regular file of a size that can be; QN_ABSENT when there is none of that name. */
static enum qn_code look_at(int fd, uint64_t *size, const char *name, struct qn_err *err)
{
    struct stat s;
    if (fstat(fd, &s) != 0)
        return io_fail(err, name);
    if (!S_ISREG(s.st_mode))
        return qn_fail(err, QN_IO, "file.not-regular", "path=%s", name);
    *size = (uint64_t)s.st_size;
    return QN_OK;
}

/* ---- measuring ------------------------------------------------------------------------------------------- */

struct measure {
    crypto_hash_sha256_state whole, piece;
    struct qn_frontier tree;
    struct vault_file *out;
    size_t filled; /* of the piece */
};

static void measure_start(struct measure *m, struct vault_file *out)
{
    *out = (struct vault_file){.size = 0};
    *m = (struct measure){.out = out};
    qn_buf_init(&out->leaves, VAULT_LEAVES);
    crypto_hash_sha256_init(&m->whole);
}

static void end_piece(struct measure *m)
{
    uint8_t leaf[QN_HASH];
    crypto_hash_sha256_final(&m->piece, leaf);
    qn_frontier_append(&m->tree, leaf, NULL, NULL);
    qn_put(&m->out->leaves, leaf, QN_HASH);
    m->filled = 0;
}

static void measure_bytes(struct measure *m, const uint8_t *p, size_t n)
{
    static const uint8_t leaf_tag = 0;
    crypto_hash_sha256_update(&m->whole, p, n);
    if (!m->out->size && n) {
        const char *media = vault_media((struct qn_span){p, n < VAULT_FIRST ? n : VAULT_FIRST});
        snprintf(m->out->media, sizeof(m->out->media), "%s", media ? media : "");
    }
    m->out->size += n;
    while (n) {
        size_t k = QN_FILE_PIECE - m->filled < n ? QN_FILE_PIECE - m->filled : n;
        if (!m->filled) {
            crypto_hash_sha256_init(&m->piece);
            crypto_hash_sha256_update(&m->piece, &leaf_tag, 1);
        }
        crypto_hash_sha256_update(&m->piece, p, k);
        m->filled += k;
        p += k;
        n -= k;
        if (m->filled == QN_FILE_PIECE)
            end_piece(m);
    }
}

static enum qn_code measure_end(struct measure *m, struct qn_err *err)
{
    if (m->filled)
        end_piece(m);
    crypto_hash_sha256_final(&m->whole, m->out->sha256);
    qn_frontier_root(&m->tree, m->out->tree);
    return qn_buf_check(&m->out->leaves, err);
}

/* Reads to the end, at most QN_FILE_MAX; copies to `to` unless it is -1. */
static enum qn_code pour(struct measure *m, int from, int to, const char *name, struct qn_err *err)
{
    uint8_t block[BLOCK];
    for (;;) {
        ssize_t n = read(from, block, sizeof(block));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return io_fail(err, name);
        if (n == 0)
            return measure_end(m, err);
        if (m->out->size + (size_t)n > QN_FILE_MAX)
            return qn_fail(err, QN_LIMIT, "file.too-long", "path=%s|max=%d", name, QN_FILE_MAX);
        measure_bytes(m, block, (size_t)n);
        enum qn_code rc = to < 0 ? QN_OK : put(to, (struct qn_span){block, (size_t)n}, name, err);
        if (rc)
            return rc;
    }
}

/* ---- in its place ---------------------------------------------------------------------------------------- */

/* SPEC files-5: "written to the disk, and given its name, and only then counted as here" */
static enum qn_code put_in_place(const char *dir, int part, const char *name, int fd,
                                 const uint8_t sha256[QN_HASH], struct qn_err *err)
{
    char leaf[2 * QN_HASH - 1];
    AUTO_FD shard = enter_shard(dir, sha256, leaf, true);
    if (shard < 0 || fsync(fd) != 0 || renameat(part, name, shard, leaf) != 0 || fsync(shard) != 0)
        return io_fail(err, name);
    return QN_OK;
}

static enum qn_code open_source(int *out, const char *path, uint64_t *size, struct qn_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? qn_fail(err, QN_ABSENT, "file.absent", "path=%s", path)
               : errno == ELOOP
                   ? qn_fail(err, QN_DENIED, "file.not-regular", "path=%s", path)
                   : qn_fail(err, QN_IO, "file.read", "path=%s|why=%s", path, file_why(errno));
    enum qn_code rc = look_at(fd, size, path, err);
    if (rc && err && strcmp(err->id, "file.not-regular") == 0)
        err->code = rc = QN_DENIED;
    if (!rc && *size > QN_FILE_MAX)
        rc = qn_fail(err, QN_LIMIT, "file.too-long", "path=%s|max=%d", path, QN_FILE_MAX);
    if (!rc && !*size)
        rc = qn_fail(err, QN_MALFORMED, "files.empty", "path=%s", path);
    if (rc)
        close(fd);
    else
        *out = fd;
    return rc;
}

static enum qn_code check_source(int fd, const char *path, struct qn_err *err)
{
    uint8_t first[VAULT_FIRST];
    ssize_t n = pread(fd, first, sizeof(first), 0);
    if (n < 0)
        return qn_fail(err, QN_IO, "file.read", "path=%s|why=%s", path, file_why(errno));
    /* SPEC files-3: "The author's node checks it before it signs" */
    return vault_media((struct qn_span){first, (size_t)n})
               ? QN_OK
               : qn_fail(err, QN_MALFORMED, "files.media", "path=%s", path);
}

enum qn_code vault_import(struct vault_file *out, const char *dir, const char *path, uint64_t floor,
                          struct qn_err *err)
{
    char name[] = "import-XXXXXXXXXXXXXXXX";
    uint64_t size, room;
    struct measure m;
    AUTO_FD from = -1;
    enum qn_code rc = open_source(&from, path, &size, err);
    if (!rc)
        rc = check_source(from, path, err);
    if (rc)
        return rc;
    AUTO_FD part = enter_files(dir, "part", true);
    if (part < 0)
        return io_fail(err, "files/part");
    rc = vault_free(&room, dir, err);
    if (!rc && room < floor + size)
        rc = qn_fail(err, QN_IO, "files.room", "free=%llu|floor=%llu", (unsigned long long)room,
                     (unsigned long long)floor);
    if (rc)
        return rc;
    uint8_t random[8];
    randombytes_buf(random, sizeof(random));
    qn_hex(name + sizeof("import-") - 1, random, sizeof(random));
    AUTO_FD to = open_file(part, name, O_WRONLY | O_CREAT | O_EXCL);
    if (to < 0)
        return io_fail(err, name);
    measure_start(&m, out);
    rc = pour(&m, from, to, path, err);
    if (!rc)
        rc = put_in_place(dir, part, name, to, out->sha256, err);
    if (rc) {
        unlinkat(part, name, 0);
        vault_file_release(out);
    }
    return rc;
}

enum qn_code vault_open(int *out, uint64_t *size, const char *dir, const uint8_t sha256[QN_HASH],
                        struct qn_err *err)
{
    char name[2 * QN_HASH - 1], hex[2 * QN_HASH + 1];
    qn_hex(hex, sha256, QN_HASH);
    AUTO_FD shard = enter_shard(dir, sha256, name, false);
    int fd = shard < 0 ? -1 : open_file(shard, name, O_RDONLY);
    if (fd < 0)
        return errno == ENOENT ? qn_fail(err, QN_ABSENT, "files.absent", "digest=%s", hex)
                               : io_fail(err, hex);
    enum qn_code rc = look_at(fd, size, hex, err);
    if (rc)
        close(fd);
    else
        *out = fd;
    return rc;
}

enum qn_code vault_read(int fd, uint64_t offset, uint8_t *to, size_t n, struct qn_err *err)
{
    for (size_t done = 0; done < n;) {
        ssize_t k = pread(fd, to + done, n - done, (off_t)(offset + done));
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return io_fail(err, "files");
        if (k == 0)
            return qn_fail(err, QN_ABSENT, "files.short", "have=%llu",
                           (unsigned long long)(offset + done));
        done += (size_t)k;
    }
    return QN_OK;
}

enum qn_code vault_measure(struct vault_file *out, const char *dir, const uint8_t sha256[QN_HASH],
                           struct qn_err *err)
{
    struct measure m;
    uint64_t size;
    char hex[2 * QN_HASH + 1];
    AUTO_FD fd = -1;
    qn_hex(hex, sha256, QN_HASH);
    enum qn_code rc = vault_open(&fd, &size, dir, sha256, err);
    if (rc)
        return rc;
    measure_start(&m, out);
    rc = pour(&m, fd, -1, hex, err);
    if (rc)
        vault_file_release(out);
    return rc;
}

enum qn_code vault_set_aside(const char *dir, const uint8_t sha256[QN_HASH], struct qn_err *err)
{
    char name[2 * QN_HASH - 1], hex[2 * QN_HASH + 1];
    qn_hex(hex, sha256, QN_HASH);
    AUTO_FD shard = enter_shard(dir, sha256, name, false);
    AUTO_FD aside = enter_files(dir, "damaged", true);
    if (shard < 0 || aside < 0 || renameat(shard, name, aside, hex) != 0 || fsync(aside) != 0 ||
        fsync(shard) != 0)
        return io_fail(err, hex);
    return QN_OK;
}

static enum qn_code remove_from(int at, const char *name, struct qn_err *err)
{
    if (at < 0 || unlinkat(at, name, 0) != 0)
        return errno == ENOENT ? QN_OK : io_fail(err, name);
    return fsync(at) == 0 ? QN_OK : io_fail(err, name);
}

enum qn_code vault_remove(const char *dir, const uint8_t sha256[QN_HASH], struct qn_err *err)
{
    char name[2 * QN_HASH - 1];
    char hex[2 * QN_HASH + 1];
    qn_hex(hex, sha256, QN_HASH);
    AUTO_FD thumbs = enter_digest(dir, "thumbs", sha256, name, false);
    enum qn_code rc = remove_from(thumbs, name, err);
    AUTO_FD damaged = rc ? -1 : enter_files(dir, "damaged", false);
    if (!rc)
        rc = remove_from(damaged, hex, err);
    AUTO_FD shard = rc ? -1 : enter_shard(dir, sha256, name, false);
    return rc ? rc : remove_from(shard, name, err);
}

/* ---- what is coming -------------------------------------------------------------------------------------- */

enum qn_code vault_part_size(uint64_t *have, const char *dir, const struct qn_file_name *name,
                             struct qn_err *err)
{
    char at[PART_NAME];
    struct stat s;
    part_name(at, name);
    AUTO_FD part = enter_files(dir, "part", false);
    *have = 0;
    if (part < 0 || fstatat(part, at, &s, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? QN_OK : io_fail(err, "files/part");
    if (!S_ISREG(s.st_mode))
        return qn_fail(err, QN_IO, "file.not-regular", "path=%s", at);
    *have = (uint64_t)s.st_size;
    return QN_OK;
}

/* The piece that just became whole against the root of the tree. */
static enum qn_code check_piece(int fd, const struct qn_file_frame *f, uint64_t have,
                                struct qn_err *err)
{
    uint64_t piece = (have - 1) / QN_FILE_PIECE, from = piece * QN_FILE_PIECE;
    struct qn_proof proof = {.n = f->npath};
    struct qn_err why;
    uint8_t leaf[QN_HASH];
    uint8_t *bytes = malloc((size_t)(have - from));
    if (!bytes)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    enum qn_code rc = vault_read(fd, from, bytes, (size_t)(have - from), err);
    if (!rc) {
        qn_leaf_hash(leaf, (struct qn_span){bytes, (size_t)(have - from)});
        if (f->npath)
            memcpy(proof.hash, f->path, f->npath * QN_HASH);
        if (qn_check_inclusion(leaf, piece, qn_file_pieces(f->name.size), &proof, f->name.tree,
                               &why) != QN_OK)
            rc = qn_fail(err, QN_UNVERIFIED, "files.piece", "office=%s|piece=%llu|of=%llu",
                         f->name.office, (unsigned long long)piece + 1,
                         (unsigned long long)qn_file_pieces(f->name.size));
    }
    free(bytes);
    return rc;
}

enum qn_code vault_part_put(uint64_t *have, const char *dir, const struct qn_file_frame *f,
                            struct qn_err *err)
{
    char name[PART_NAME];
    part_name(name, &f->name);
    AUTO_FD part = enter_files(dir, "part", true);
    AUTO_FD fd = part < 0 ? -1 : open_file(part, name, O_RDWR | O_CREAT);
    if (fd < 0)
        return io_fail(err, name);
    enum qn_code rc = look_at(fd, have, name, err);
    if (!rc && f->offset != *have)
        rc = qn_fail(err, QN_CONFLICT, "files.gap", "office=%s|have=%llu|offset=%llu",
                     f->name.office, (unsigned long long)*have, (unsigned long long)f->offset);
    if (!rc && lseek(fd, (off_t)*have, SEEK_SET) < 0)
        rc = io_fail(err, name);
    if (rc)
        return rc;
    rc = put(fd, f->bytes, name, err);
    if (rc) {
        if (ftruncate(fd, (off_t)*have) != 0) /* else what is there would not be what came */
            unlinkat(part, name, 0);
        return rc;
    }
    *have += f->bytes.n;
    if (*have % QN_FILE_PIECE != 0 && *have != f->name.size)
        return QN_OK;
    rc = check_piece(fd, f, *have, err);
    if (rc) {
        /* SPEC files-4: "one that is wrong is cut off again, and what was before it stays" */
        uint64_t good = (*have - 1) / QN_FILE_PIECE * QN_FILE_PIECE;
        if (ftruncate(fd, (off_t)good) != 0)
            unlinkat(part, name, 0);
        *have = good;
    }
    return rc;
}

enum qn_code vault_part_end(struct vault_file *out, const char *dir,
                            const struct qn_file_name *name, struct qn_err *err)
{
    char at[PART_NAME];
    struct measure m;
    part_name(at, name);
    AUTO_FD part = enter_files(dir, "part", false);
    AUTO_FD fd = part < 0 ? -1 : open_file(part, at, O_RDONLY);
    if (fd < 0)
        return io_fail(err, at);
    measure_start(&m, out);
    enum qn_code rc = pour(&m, fd, -1, at, err);
    /* SPEC files-1: "a file is taken for it when all three hold" */
    if (!rc && (out->size != name->size || memcmp(out->sha256, name->sha256, QN_HASH) != 0 ||
                memcmp(out->tree, name->tree, QN_HASH) != 0)) {
        unlinkat(part, at, 0);
        rc = qn_fail(err, QN_UNVERIFIED, "files.whole", "office=%s|bytes=%llu", name->office,
                     (unsigned long long)name->size);
    }
    if (!rc)
        rc = put_in_place(dir, part, at, fd, name->sha256, err);
    if (rc)
        vault_file_release(out);
    return rc;
}

enum qn_code vault_part_drop(const char *dir, const struct qn_file_name *name, struct qn_err *err)
{
    char at[PART_NAME];
    part_name(at, name);
    AUTO_FD part = enter_files(dir, "part", false);
    return remove_from(part, at, err);
}

/* ---- all of them ----------------------------------------------------------------------------------------- */

static void dir_auto(DIR **d)
{
    if (*d)
        closedir(*d);
}
#define AUTO_DIR __attribute__((cleanup(dir_auto))) DIR

/* A listing of its own descriptor, so that `at` can still be used. */
static DIR *list(int at)
{
    int fd = at < 0 ? -1 : openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    if (!d && fd >= 0)
        close(fd);
    return d;
}

static bool is_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

enum qn_code vault_thumb(struct qn_buf *out, const char *dir, const uint8_t sha256[QN_HASH],
                         size_t max, struct qn_err *err)
{
    char name[2 * QN_HASH - 1];
    uint64_t size;
    AUTO_FD shard = enter_digest(dir, "thumbs", sha256, name, false);
    AUTO_FD fd = shard < 0 ? -1 : open_file(shard, name, O_RDONLY);
    if (fd < 0)
        return qn_fail(err, QN_ABSENT, "files.absent", "digest=%s", name);
    enum qn_code rc = look_at(fd, &size, name, err);
    if (rc)
        return rc;
    qn_buf_init(out, max);
    uint8_t *to = size <= max ? qn_buf_room(out, (size_t)size) : NULL;
    rc = to ? vault_read(fd, 0, to, (size_t)size, err)
            : qn_fail(err, QN_LIMIT, "file.too-long", "path=%s|max=%zu", name, max);
    if (rc)
        qn_buf_release(out);
    return rc;
}

/* SPEC files-20: "a directory that holds sixteen is emptied before one more comes" */
static void make_room(int shard)
{
    AUTO_DIR *d = list(shard);
    struct dirent *e;
    unsigned n = 0;
    while (d && (e = readdir(d)) != NULL)
        n += !is_dot(e->d_name);
    if (!d || n < VAULT_THUMBS)
        return;
    rewinddir(d);
    while ((e = readdir(d)) != NULL)
        if (!is_dot(e->d_name))
            unlinkat(shard, e->d_name, 0);
}

enum qn_code vault_thumb_put(const char *dir, const uint8_t sha256[QN_HASH], struct qn_span bytes,
                             struct qn_err *err)
{
    static const char aside[] = "new";
    char name[2 * QN_HASH - 1];
    AUTO_FD shard = enter_digest(dir, "thumbs", sha256, name, true);
    if (shard >= 0)
        make_room(shard);
    AUTO_FD fd = shard < 0 ? -1 : open_file(shard, aside, O_WRONLY | O_CREAT | O_TRUNC);
    /* Not synced: what a power cut leaves of it is no whole picture, and is made again. */
    if (fd < 0)
        return io_fail(err, name);
    enum qn_code rc = put(fd, bytes, name, err);
    return rc || renameat(shard, aside, shard, name) == 0 ? rc : io_fail(err, name);
}

enum qn_code vault_parts(uint64_t *bytes, const char *dir, struct qn_err *err)
{
    AUTO_FD part = enter_files(dir, "part", false);
    struct dirent *e;
    *bytes = 0;
    if (part < 0)
        return errno == ENOENT ? QN_OK : io_fail(err, "files/part");
    AUTO_DIR *d = list(part);
    while (d && (e = readdir(d)) != NULL) {
        struct stat s;
        if (!is_dot(e->d_name) && fstatat(part, e->d_name, &s, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(s.st_mode))
            *bytes += (uint64_t)s.st_size;
    }
    return d ? QN_OK : io_fail(err, "files/part");
}

static enum qn_code walk_shard(int files, const char *shard, vault_see *see, void *ctx,
                               struct qn_err *err)
{
    AUTO_FD at = enter(files, shard, false);
    AUTO_DIR *d = list(at);
    struct dirent *e;
    enum qn_code rc = QN_OK;
    if (!d) /* a link, or no directory: told as what it is */
        return see(ctx, NULL, shard, 0, err);
    while (!rc && (e = readdir(d)) != NULL) {
        char hex[2 * QN_HASH + 1];
        uint8_t sha256[QN_HASH];
        struct stat s;
        if (is_dot(e->d_name))
            continue;
        int n = snprintf(hex, sizeof(hex), "%s%.62s", shard, e->d_name);
        bool regular = fstatat(at, e->d_name, &s, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(s.st_mode);
        bool named = n == 2 * QN_HASH && strlen(e->d_name) == 2 * QN_HASH - 2 &&
                     qn_hex_decode(sha256, QN_HASH, qn_str(hex));
        rc = see(ctx, regular && named ? sha256 : NULL, regular && named ? hex : e->d_name,
                 regular ? (uint64_t)s.st_size : 0, err);
    }
    return rc;
}

enum qn_code vault_walk(const char *dir, vault_see *see, void *ctx, struct qn_err *err)
{
    AUTO_FD files = enter_files(dir, NULL, false);
    struct dirent *e;
    enum qn_code rc = QN_OK;
    if (files < 0)
        return errno == ENOENT ? QN_OK : io_fail(err, "files");
    AUTO_DIR *d = list(files);
    if (!d)
        return io_fail(err, "files");
    while (!rc && (e = readdir(d)) != NULL)
        if (!is_dot(e->d_name) && strcmp(e->d_name, "part") != 0 &&
            strcmp(e->d_name, "damaged") != 0)
            rc = walk_shard(files, e->d_name, see, ctx, err);
    return rc;
}

enum qn_code vault_free(uint64_t *bytes, const char *dir, struct qn_err *err)
{
    struct statvfs s;
    AUTO_FD at = enter_files(dir, NULL, true);
    if (at < 0 || fstatvfs(at, &s) != 0)
        return io_fail(err, "files");
    *bytes = (uint64_t)s.f_bavail * s.f_frsize;
    return QN_OK;
}

static bool node_of(void *ctx, unsigned level, uint64_t index, uint8_t hash[QN_HASH])
{
    const struct qn_span *leaves = ctx;
    uint64_t first = index << level, n = leaves->n / QN_HASH;
    if (level > QN_FILE_PATH || first + (UINT64_C(1) << level) > n)
        return false;
    if (!level) {
        memcpy(hash, leaves->p + first * QN_HASH, QN_HASH);
        return true;
    }
    uint8_t left[QN_HASH], right[QN_HASH];
    if (!node_of(ctx, level - 1, 2 * index, left) || !node_of(ctx, level - 1, 2 * index + 1, right))
        return false;
    qn_node_hash(hash, left, right);
    return true;
}

enum qn_code vault_path(struct qn_proof *out, const uint8_t *leaves, uint64_t pieces,
                        uint64_t piece, struct qn_err *err)
{
    struct qn_span all = {leaves, (size_t)pieces * QN_HASH};
    return qn_prove_inclusion(piece, pieces, node_of, &all, out, err);
}
