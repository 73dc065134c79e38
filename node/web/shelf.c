/* shelf.c - a person's own shelf: files on their way into a command, and those that one made (web-22, web-23). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/store/file.h"
#include "node/web/call.h"
#include "protocol/wire.h"

#define FILE_LARGEST (1024ull * 1024 * 1024)
#define FILES        200
#define SHELF_MOST   (4 * FILE_LARGEST)
#define KEPT_S       (7 * 86400)
#define LEFT_S       3600 /* of a list that was being written when the node ended */

bool shelf_path(struct call *c, char out[1024])
{
    char ui[1024], name[2 * 16 + 1];
    uint8_t hash[QN_HASH];
    struct qn_err err;
    crypto_hash_sha256(hash, (const uint8_t *)c->person.name, strlen(c->person.name));
    qn_hex(name, hash, 16);
    return file_join(ui, c->web->o.dir, "shelf", &err) == QN_OK && file_mkdir(ui, &err) == QN_OK &&
           file_join(out, ui, name, &err) == QN_OK && file_mkdir(out, &err) == QN_OK;
}

static bool path_of(struct call *c, char out[1024])
{
    char shelf[1024];
    struct qn_err err;
    if (!file_is_name(c->rest[0])) {
        call_refuse_as(c, 400, "web.file-name", "");
        return false;
    }
    if (shelf_path(c, shelf) && file_join(out, shelf, c->rest[0], &err) == QN_OK)
        return true;
    call_refuse_as(c, 500, "web.shelf", "");
    return false;
}

/* Looks at all, and clears away what nobody came for in a week. */
static json_t *look(const char *shelf, uint64_t *bytes)
{
    json_t *a = json_array();
    DIR *d = opendir(shelf);
    *bytes = 0;
    for (struct dirent *e; d && (e = readdir(d));) {
        struct stat s;
        bool left = strncmp(e->d_name, SHELF_LIST, sizeof(SHELF_LIST) - 1) == 0;
        if ((!file_is_name(e->d_name) && !left) ||
            fstatat(dirfd(d), e->d_name, &s, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(s.st_mode))
            continue;
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        if (now.tv_sec - s.st_mtime > (left ? LEFT_S : KEPT_S))
            unlinkat(dirfd(d), e->d_name, 0);
        if (left || now.tv_sec - s.st_mtime > KEPT_S)
            continue;
        *bytes += (uint64_t)s.st_size;
        json_array_append_new(a, json_pack("{s:s, s:I, s:I}", "name", e->d_name, "bytes",
                                           (json_int_t)s.st_size, "at_ms",
                                           (json_int_t)s.st_mtime * 1000));
    }
    if (d)
        closedir(d);
    return a;
}

/* SPEC web-22: "whether or not the person comes again" */
void shelf_clear(const char *dir)
{
    char all[FILE_PATH_MAX], one[FILE_PATH_MAX];
    uint64_t bytes;
    struct qn_err none;
    DIR *d = file_join(all, dir, "shelf", &none) == QN_OK ? opendir(all) : NULL;
    for (struct dirent *e; d && (e = readdir(d));)
        if (e->d_name[0] != '.' && file_join(one, all, e->d_name, &none) == QN_OK)
            json_decref(look(one, &bytes));
    if (d)
        closedir(d);
}

void shelf_get(struct call *c)
{
    char shelf[1024];
    uint64_t bytes;
    if (shelf_path(c, shelf))
        call_json(c, 200, look(shelf, &bytes));
    else
        call_refuse_as(c, 500, "web.shelf", "");
}

/* As a download: nothing that a person sent up is shown as a page of this office. */
static void put_name(struct call *c, const char *name)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 4 * FILE_NAME_MAX);
    for (const unsigned char *p = (const unsigned char *)name; *p; p++)
        if ((*p >= '0' && *p <= '9') || ((*p | 32) >= 'a' && (*p | 32) <= 'z') || *p == '.' ||
            *p == '-' || *p == '_')
            qn_put(&b, p, 1);
        else
            qn_put_fmt(&b, "%%%02X", *p);
    qn_put(&b, "", 1);
    pages_header(c->out, "Content-Disposition", "attachment; filename*=UTF-8''%s",
                 (const char *)b.p);
}

void shelf_file_get(struct call *c)
{
    char path[1024];
    struct qn_err err;
    if (!path_of(c, path))
        return;
    enum qn_code rc = file_open(&c->out->fd, &c->out->length, path, &err);
    if (rc) {
        c->out->fd = -1;
        call_refuse_as(c, rc == QN_ABSENT ? 404 : 500,
                       rc == QN_ABSENT ? "web.file-absent" : "web.shelf", "");
        return;
    }
    c->out->status = 200;
    c->out->type = "application/octet-stream";
    put_name(c, c->rest[0]);
}

/* From which byte on; refused when it is no number. */
static bool offset_of(struct call *c, uint64_t *out)
{
    const char *at = c->in->query(c->in, "at");
    struct rd r = {.in = qn_str(at ? at : "0")};
    *out = rd_dec(&r, FILE_LARGEST);
    if (rd_end(&r))
        return true;
    call_refuse_as(c, 400, "web.piece-at", "");
    return false;
}

/* SPEC web-22: "a shelf holds 200 files and 4 GiB of what was sent up" */
static bool has_room(struct call *c, const char *path, uint64_t at)
{
    char shelf[1024];
    uint64_t bytes;
    struct stat s;
    if (!shelf_path(c, shelf))
        return false;
    json_t *all = look(shelf, &bytes);
    size_t n = json_array_size(all);
    json_decref(all);
    bool new = at == 0 && lstat(path, &s) != 0;
    return n + new <= FILES &&bytes + c->in->body.n <= SHELF_MOST;
}

/* Pieces come one behind the other, each with where it belongs: one that came twice is no harm, one that is missing is
 * told with how far the file has come. Only the first makes the file.                                               */
void shelf_file_put(struct call *c)
{
    char path[1024];
    uint64_t at;
    struct stat s = {.st_size = 0};
    if (!path_of(c, path) || !offset_of(c, &at))
        return;
    if (!has_room(c, path, at)) {
        call_refuse_as(c, 403, "web.shelf-full", "");
        return;
    }
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | (at ? 0 : O_CREAT | O_TRUNC), 0600);
    bool none = fd < 0 && errno == ENOENT;
    bool ok = fd >= 0 && fstat(fd, &s) == 0 && S_ISREG(s.st_mode);
    if (none || (ok && ((uint64_t)s.st_size < at || at + c->in->body.n > FILE_LARGEST))) {
        char args[80];
        snprintf(args, sizeof(args), "has=%lld|max=%llu", (long long)s.st_size,
                 (unsigned long long)FILE_LARGEST);
        call_refuse_as(c, 403, "web.piece", args);
    } else if (ok &&
               pwrite(fd, c->in->body.p, c->in->body.n, (off_t)at) == (ssize_t)c->in->body.n) {
        call_json(
            c, 200,
            json_pack("{s:s, s:I}", "name", c->rest[0], "bytes", (json_int_t)(at + c->in->body.n)));
    } else {
        call_refuse_as(c, 500, "web.shelf", "");
    }
    if (fd >= 0)
        close(fd);
}

void shelf_file_delete(struct call *c)
{
    char path[1024];
    if (!path_of(c, path))
        return;
    if (unlink(path) != 0 && errno != ENOENT)
        call_refuse_as(c, 500, "web.shelf", "");
    else
        call_empty(c, 204);
}
