#include "node/backup/content.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/backup/backup.h"
#include "protocol/wire.h"

#define ITEMS_MAX 1000000
#define HEX       (2 * QN_HASH)

static void fd_auto(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static enum qn_code io_fail(struct qn_err *err, const char *id, const char *path)
{
    return qn_fail(err, QN_IO, id, "path=%s|why=%s", path, file_why(errno));
}

/* ---- the list ------------------------------------------------------------------------------------------------- */

static enum qn_code add(struct backup_content *c, const char *name, uint64_t size,
                        struct qn_err *err)
{
    if (c->n == c->cap) {
        size_t cap = c->cap ? 2 * c->cap : 16;
        struct backup_item *grown =
            cap <= 2 * ITEMS_MAX ? realloc(c->item, cap * sizeof(*grown)) : NULL;
        if (!grown)
            return qn_fail(err, QN_NOMEM, "base.no-memory", "");
        c->item = grown;
        c->cap = cap;
    }
    c->item[c->n] = (struct backup_item){.size = size};
    qn_text_copy(c->item[c->n++].name, BACKUP_NAME, qn_str(name));
    return QN_OK;
}

static enum qn_code size_of(uint64_t *out, const char *path, struct qn_err *err)
{
    struct stat s;
    if (lstat(path, &s) != 0)
        return io_fail(err, "file.read", path);
    *out = (uint64_t)s.st_size;
    return S_ISREG(s.st_mode) ? QN_OK
                              : qn_fail(err, QN_DENIED, "file.not-regular", "path=%s", path);
}

static enum qn_code add_file(struct backup_content *c, const char *name, const char *path,
                             struct qn_err *err)
{
    uint64_t size;
    enum qn_code rc = size_of(&size, path, err);
    return rc ? rc : add(c, name, size, err);
}

/* "keys" and what else begins so: keys of an earlier epoch, or of the next. Never the anchor (recovery-1). */
static bool is_key_name(const char *s)
{
    return strncmp(s, "keys", 4) == 0 && strlen(s) < BACKUP_NAME &&
           strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789.-") == strlen(s);
}

static int no_dots(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

/* The names in a directory, in order; none where there is no such directory. */
static enum qn_code names_in(struct dirent ***out, int *n, const char *dir, struct qn_err *err)
{
    *out = NULL;
    *n = scandir(dir, out, no_dots, alphasort);
    if (*n < 0 && errno != ENOENT)
        return io_fail(err, "file.read", dir);
    *n = *n < 0 ? 0 : *n;
    return QN_OK;
}

static void free_names(struct dirent **names, int n)
{
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
}

static enum qn_code add_keys(struct backup_content *c, const char *dir, struct qn_err *err)
{
    struct dirent **names;
    int n;
    enum qn_code rc = names_in(&names, &n, dir, err);
    for (int i = 0; !rc && i < n; i++) {
        char path[FILE_PATH_MAX];
        if (!is_key_name(names[i]->d_name))
            continue;
        rc = file_join(path, dir, names[i]->d_name, err);
        if (!rc)
            rc = add_file(c, names[i]->d_name, path, err);
    }
    free_names(names, n);
    return rc;
}

static bool is_hex(const char *s, size_t n)
{
    return strlen(s) == n && strspn(s, "0123456789abcdef") == n;
}

/* ---- evidence files --------------------------------------------------------------------------------------------- */

/* A line of a list: digest, length, 1 inside, 2 inside an earlier backup, 0 neither. */
static bool next_line(struct rd *list, uint8_t digest[QN_HASH], unsigned *where)
{
    struct rd line = {.in = rd_line(list)};
    rd_hex(&line, digest, QN_HASH);
    rd_dec(&line, INT64_MAX);
    *where = (unsigned)rd_dec(&line, 2);
    return rd_end(&line) && !list->failed;
}

static int by_digest(const void *a, const void *b)
{
    return memcmp(a, b, QN_HASH);
}

/* What earlier backups contain, as an array of digests. */
static enum qn_code take_since(struct qn_buf *out, struct qn_span list, struct qn_err *err)
{
    struct rd r = {.in = list};
    uint8_t digest[QN_HASH];
    unsigned where;
    qn_buf_init(out, BACKUP_LIST_MAX);
    while (rd_more(&r)) {
        if (!next_line(&r, digest, &where))
            return qn_fail(err, QN_MALFORMED, "backup.content", "");
        if (where)
            qn_put(out, digest, QN_HASH);
    }
    if (out->n)
        qsort(out->p, out->n / QN_HASH, QN_HASH, by_digest);
    return qn_buf_check(out, err);
}

/* How the shelves are gone through. */
struct shelves {
    struct backup_content *c;
    bool with;
    struct qn_buf since; /* digests, in order */
};

static unsigned where_is(const struct shelves *s, const char *hex)
{
    uint8_t digest[QN_HASH];
    if (!s->with || !qn_hex_decode(digest, sizeof(digest), qn_str(hex)))
        return 0;
    bool earlier =
        s->since.n && bsearch(digest, s->since.p, s->since.n / QN_HASH, QN_HASH, by_digest);
    return earlier ? 2 : 1;
}

/* One evidence file: into the list, and among the items if it is to be contained. */
static enum qn_code add_evidence(struct shelves *s, const char *digest, const char *path,
                                 struct qn_err *err)
{
    struct backup_content *c = s->c;
    unsigned where = where_is(s, digest);
    uint64_t size;
    char name[BACKUP_NAME];
    enum qn_code rc = size_of(&size, path, err);
    if (rc)
        return rc;
    qn_put_fmt(&c->text, "%s %llu %u\n", digest, (unsigned long long)size, where);
    c->files++;
    c->contained += where == 1;
    snprintf(name, sizeof(name), "file/%s", digest);
    return where == 1 ? add(c, name, size, err) : QN_OK;
}

/* dir/files/ab/<62 more>: what has no such name is not whole yet, and stays out. */
static enum qn_code add_shelf(struct shelves *s, const char *shelves, const char *shelf,
                              struct qn_err *err)
{
    char dir[FILE_PATH_MAX], path[FILE_PATH_MAX], digest[HEX + 1];
    struct dirent **names;
    int n;
    enum qn_code rc = file_join(dir, shelves, shelf, err);
    if (!rc)
        rc = names_in(&names, &n, dir, err);
    if (rc)
        return rc;
    for (int i = 0; !rc && i < n; i++) {
        if (!is_hex(names[i]->d_name, HEX - 2))
            continue;
        snprintf(digest, sizeof(digest), "%.2s%.62s", shelf, names[i]->d_name);
        rc = file_join(path, dir, names[i]->d_name, err);
        if (!rc)
            rc = add_evidence(s, digest, path, err);
    }
    free_names(names, n);
    return rc;
}

static enum qn_code add_shelves(struct shelves *s, const char *dir, struct qn_err *err)
{
    char shelves[FILE_PATH_MAX];
    struct dirent **names = NULL;
    int n = 0;
    enum qn_code rc = file_join(shelves, dir, "files", err);
    if (!rc)
        rc = names_in(&names, &n, shelves, err);
    for (int i = 0; !rc && i < n; i++)
        if (is_hex(names[i]->d_name, 2))
            rc = add_shelf(s, shelves, names[i]->d_name, err);
    free_names(names, n);
    return rc ? rc : qn_buf_check(&s->c->text, err);
}

enum qn_code backup_gather(struct backup_content *out, const char *dir, const char *database,
                           bool with_files, struct qn_span since, struct qn_err *err)
{
    *out = (struct backup_content){.n = 0};
    qn_buf_init(&out->text, BACKUP_LIST_MAX);
    if (!qn_text_copy(out->dir, sizeof(out->dir), qn_str(dir)) ||
        !qn_text_copy(out->database, sizeof(out->database), qn_str(database)))
        return qn_fail(err, QN_LIMIT, "file.path-too-long", "path=%s", dir);
    /* SPEC backup-9: "`files`, the key files, `qian.db`, then the evidence files that are inside" */
    enum qn_code rc = add(out, "files", 0, err);
    if (!rc)
        rc = add_keys(out, dir, err);
    if (!rc)
        rc = add_file(out, "qian.db", database, err);
    struct shelves s = {.c = out, .with = with_files};
    if (!rc)
        rc = take_since(&s.since, since, err);
    if (!rc)
        rc = add_shelves(&s, dir, err);
    qn_buf_release(&s.since);
    if (!rc)
        out->item[0].size = out->text.n;
    return rc;
}

void backup_content_release(struct backup_content *c)
{
    free(c->item);
    qn_buf_release(&c->text);
    *c = (struct backup_content){.n = 0};
}

/* ---- places ----------------------------------------------------------------------------------------------------- */

static enum qn_code bad(struct qn_err *err)
{
    return qn_fail(err, QN_MALFORMED, "backup.content", "");
}

/* SPEC backup-10: "Nothing in a backup chooses a path" */
static bool is_item_name(const char *name)
{
    return strcmp(name, "qian.db") == 0 || is_key_name(name) ||
           (strncmp(name, "file/", 5) == 0 && is_hex(name + 5, HEX));
}

/* Where an item lies in a directory; its shelf is made where that is asked. */
static enum qn_code place(char out[FILE_PATH_MAX], const char *dir, const char *name, bool make,
                          struct qn_err *err)
{
    char rest[HEX + 16];
    if (strncmp(name, "file/", 5) != 0)
        return file_join(out, dir, name, err);
    for (int shelf = 0; make && shelf < 2; shelf++) {
        snprintf(rest, sizeof(rest), shelf ? "files/%.2s" : "files", name + 5);
        enum qn_code rc = file_join(out, dir, rest, err);
        if (!rc)
            rc = file_mkdir(out, err);
        if (rc)
            return rc;
    }
    snprintf(rest, sizeof(rest), "files/%.2s/%.62s", name + 5, name + 7);
    return file_join(out, dir, rest, err);
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

struct sink {
    enum qn_code (*put)(struct sink *s, const void *p, size_t n, struct qn_err *err);
    struct backup_out *out;
    crypto_generichash_state hash;
    uint64_t done;
    uint64_t all; /* 0: nobody is told */
    unsigned told;
    const struct backup_create *asked;
};

enum qn_code backup_wanted(const struct backup_create *asked, struct qn_err *err)
{
    return asked->stop && asked->stop(asked->stop_ctx) ? qn_fail(err, QN_LATER, "store.stopped", "") : QN_OK;
}

static enum qn_code put_hash(struct sink *s, const void *p, size_t n, struct qn_err *err)
{
    crypto_generichash_update(&s->hash, p, n);
    s->done += n;
    return backup_wanted(s->asked, err);
}

static enum qn_code put_stream(struct sink *s, const void *p, size_t n, struct qn_err *err)
{
    s->done += n;
    unsigned percent = s->all ? (unsigned)(100.0 * (double)s->done / (double)s->all) : 0;
    if (percent >= s->told + 10) {
        s->told = percent - percent % 10;
        qn_say(s->asked->report, "backup.writing", "percent=%u|mib=%llu", s->told,
               (unsigned long long)((s->all + 0xFFFFF) >> 20));
    }
    enum qn_code rc = backup_wanted(s->asked, err);
    return rc ? rc : backup_out_put(s->out, p, n, err);
}

static enum qn_code put_file(struct sink *s, const struct backup_item *i, const char *path,
                             struct qn_err *err)
{
    static const size_t room = 256 * 1024;
    __attribute__((cleanup(fd_auto))) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    uint8_t *block = malloc(room);
    uint64_t left = i->size;
    enum qn_code rc = !block   ? qn_fail(err, QN_NOMEM, "base.no-memory", "")
                      : fd < 0 ? io_fail(err, "file.read", path)
                               : QN_OK;
    while (!rc && left) {
        ssize_t n = read(fd, block, left < room ? (size_t)left : room);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            rc = n ? io_fail(err, "file.read", path)
                   : qn_fail(err, QN_CONFLICT, "backup.changed", "path=%s", path);
            break;
        }
        left -= (uint64_t)n;
        rc = s->put(s, block, (size_t)n, err);
    }
    free(block);
    return rc;
}

static enum qn_code put_item(struct sink *s, const struct backup_content *c,
                             const struct backup_item *i, struct qn_err *err)
{
    char path[FILE_PATH_MAX];
    if (strcmp(i->name, "files") == 0)
        return c->text.n ? s->put(s, c->text.p, c->text.n, err) : QN_OK;
    if (strcmp(i->name, "qian.db") == 0)
        return put_file(s, i, c->database, err);
    enum qn_code rc = place(path, c->dir, i->name, false, err);
    return rc ? rc : put_file(s, i, path, err);
}

static enum qn_code put_all(struct sink *s, const struct backup_content *c, struct qn_err *err)
{
    static const uint8_t end = 0;
    enum qn_code rc = QN_OK;
    for (size_t k = 0; !rc && k < c->n; k++) {
        const struct backup_item *i = &c->item[k];
        QN_AUTO(qn_buf) struct qn_buf head = {0};
        qn_buf_init(&head, BACKUP_NAME + 16);
        qn_put_uint(&head, strlen(i->name), 1);
        qn_put_str(&head, i->name);
        qn_put_uint(&head, i->size, 8);
        rc = qn_buf_check(&head, err);
        if (!rc)
            rc = s->put(s, head.p, head.n, err);
        if (!rc)
            rc = put_item(s, c, i, err);
    }
    return rc ? rc : s->put(s, &end, 1, err);
}

enum qn_code backup_digest(struct backup_head *h, const struct backup_content *c,
                           const struct backup_create *asked, struct qn_err *err)
{
    struct sink s = {.put = put_hash, .asked = asked};
    crypto_generichash_init(&s.hash, NULL, 0, QN_HASH);
    enum qn_code rc = put_all(&s, c, err);
    if (!rc) {
        crypto_generichash_final(&s.hash, h->digest, QN_HASH);
        h->length = s.done;
        h->files = c->files;
        h->contained = c->contained;
    }
    return rc;
}

enum qn_code backup_put(struct backup_out *o, const struct backup_content *c,
                        const struct backup_create *asked, struct qn_err *err)
{
    struct sink s = {.put = put_stream, .out = o, .asked = asked};
    for (size_t k = 0; k < c->n; k++)
        s.all += c->item[k].size;
    return put_all(&s, c, err);
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

/* The bytes of one item into a file that is not there yet; an evidence file must have the digest of its name. */
static enum qn_code take_item(struct backup_in *in, const char *dir, const char *name,
                              uint64_t length, struct qn_err *err)
{
    char path[FILE_PATH_MAX] = "", hex[HEX + 1];
    crypto_hash_sha256_state hash;
    uint8_t digest[QN_HASH];
    enum qn_code rc = !is_item_name(name) ? bad(err)
                      : dir               ? place(path, dir, name, true, err)
                                          : QN_OK;
    if (rc)
        return rc;
    __attribute__((cleanup(fd_auto))) int fd =
        dir ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
    if (dir && fd < 0)
        return io_fail(err, "file.write", path);
    crypto_hash_sha256_init(&hash);
    while (!rc && length) {
        struct qn_span piece;
        rc = backup_in_take(in, length < BACKUP_CHUNK ? (size_t)length : BACKUP_CHUNK, &piece, err);
        if (rc)
            break;
        length -= piece.n;
        if (name[4] == '/')
            crypto_hash_sha256_update(&hash, piece.p, piece.n);
        if (dir)
            rc = file_put(fd, piece, path, err);
    }
    crypto_hash_sha256_final(&hash, digest);
    qn_hex(hex, digest, sizeof(digest));
    if (!rc && name[4] == '/' && strcmp(hex, name + 5) != 0)
        rc = qn_fail(err, QN_UNVERIFIED, "backup.file-digest", "digest=%s", name + 5);
    if (!rc && dir && fsync(fd) != 0)
        rc = io_fail(err, "file.write", path);
    return rc;
}

static enum qn_code take_list(struct backup_in *in, uint64_t length, struct qn_buf *list,
                              struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    while (!rc && length) {
        struct qn_span piece;
        rc = backup_in_take(in, length < BACKUP_CHUNK ? (size_t)length : BACKUP_CHUNK, &piece, err);
        if (rc)
            break;
        length -= piece.n;
        if (list)
            qn_put_span(list, piece);
    }
    return rc || !list ? rc : qn_buf_check(list, err);
}

static enum qn_code take_number(struct backup_in *in, unsigned bytes, uint64_t *out,
                                struct qn_err *err)
{
    struct qn_span s;
    enum qn_code rc = backup_in_take(in, bytes, &s, err);
    if (rc)
        return rc;
    struct rd r = {.in = s};
    *out = rd_uint(&r, bytes);
    return QN_OK;
}

/* The head of the next item; length of the name 0: there is none. */
static enum qn_code take_head(struct backup_in *in, char name[BACKUP_NAME], uint64_t *length,
                              struct qn_err *err)
{
    uint64_t n = 0;
    struct qn_span s;
    name[0] = 0;
    enum qn_code rc = take_number(in, 1, &n, err);
    if (rc || !n)
        return rc;
    rc = backup_in_take(in, (size_t)n, &s, err);
    if (!rc && (n < 4 || !qn_text_copy(name, BACKUP_NAME, s)))
        rc = bad(err);
    return rc ? rc : take_number(in, 8, length, err);
}

static bool is_here(const char *dir, const char *name)
{
    char path[FILE_PATH_MAX];
    struct qn_err none;
    return place(path, dir, name, false, &none) == QN_OK && access(path, F_OK) == 0;
}

enum qn_code backup_unpack(struct backup_in *in, const char *dir, enum backup_what what,
                           struct qn_buf *list, const struct qn_report *report, struct qn_err *err)
{
    for (;;) {
        char name[BACKUP_NAME];
        uint64_t length = 0;
        enum qn_code rc = take_head(in, name, &length, err);
        if (rc)
            return rc;
        if (!name[0])
            return backup_in_end(in, err);
        if (strcmp(name, "qian.db") == 0 && what == BACKUP_ALL)
            qn_say(report, "backup.reading", "mib=%llu", (unsigned long long)((length + 0xFFFFF) >> 20));
        bool skip =
            what == BACKUP_FILES && dir && (strncmp(name, "file/", 5) != 0 || is_here(dir, name));
        rc = strcmp(name, "files") == 0 ? take_list(in, length, list, err)
                                        : take_item(in, skip ? NULL : dir, name, length, err);
        if (rc || what == BACKUP_LIST)
            return rc;
    }
}

uint64_t backup_missing(const char *dir, struct qn_span list)
{
    struct rd r = {.in = list};
    uint8_t digest[QN_HASH];
    unsigned where;
    uint64_t missing = 0;
    while (rd_more(&r) && next_line(&r, digest, &where)) {
        char name[BACKUP_NAME] = "file/";
        qn_hex(name + 5, digest, sizeof(digest));
        missing += !is_here(dir, name);
    }
    return missing;
}
