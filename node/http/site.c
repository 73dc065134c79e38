/* site.c - the published site of this office, as files under DIR/site. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "node/http/request.h"
#include "node/store/file.h"

/* The site runs its own scripts and reads its own files; nothing else, and no frame around it. */
#define SITE_POLICY \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " \
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

static const struct {
    const char *ending, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".csv", "text/csv; charset=utf-8"},
    {".txt", "text/plain; charset=utf-8"},
    {".md", "text/plain; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {".xml", "application/xml"},
    {"/checkpoint", "text/plain; charset=utf-8"},
};

static const char *type_of(const char *path)
{
    size_t n = strlen(path);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        size_t k = strlen(types[i].ending);
        if (n >= k && strcmp(path + n - k, types[i].ending) == 0)
            return types[i].type;
    }
    return "application/octet-stream";
}

/* Names between single slashes, none beginning with a dot: no way up, no hidden file. */
static bool is_plain(const char *path)
{
    for (const char *p = path; *p; p++)
        if ((p == path || p[-1] == '/') && (*p == '.' || *p == '/'))
            return false;
        else if ((unsigned char)*p < 0x20 || *p == '\\' || *p == 0x7f)
            return false;
    return true;
}

static int open_beneath(int dir, const char *path)
{
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV |
                                      RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

static int open_file(const char *root, const char *path, struct stat *s)
{
    char full[FILE_PATH_MAX], index[FILE_PATH_MAX];
    struct qn_err none;
    size_t n = strlen(path);
    if (!is_plain(path) || n + sizeof("/index.html") > sizeof(index) ||
        file_join(full, root, "site", &none) != QN_OK)
        return -1;
    memcpy(index, path, n + 1);
    if (n == 0 || path[n - 1] == '/')
        memcpy(index + n, "index.html", sizeof("index.html"));
    int dir = open(full, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (dir < 0)
        return -1;
    int fd = open_beneath(dir, index);
    close(dir);
    if (fd >= 0 && (fstat(fd, s) != 0 || !S_ISREG(s->st_mode))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

void http_site(struct http_request *req, struct http_reply *out)
{
    struct stat s;
    if (strcmp(req->path, "/site") == 0) { /* links in the site are relative to "/site/" */
        out->status = 301;
        out->location = "/site/";
        out->type = "text/plain; charset=utf-8";
        return;
    }
    const char *path = req->path + strlen("/site/");
    /* The directory's name does not change while the node runs: no lock is needed to read it. */
    int fd = open_file(store_dir(req->office->st), path, &s);
    if (fd < 0) {
        http_absent_page(out, req->lang);
        return;
    }
    size_t n = strlen(path);
    out->status = 200;
    out->fd = fd;
    out->length = (uint64_t)s.st_size;
    out->type = n == 0 || path[n - 1] == '/' ? "text/html; charset=utf-8" : type_of(req->path);
    out->policy = SITE_POLICY;
}
