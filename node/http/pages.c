/* pages.c - a question to who makes the pages of the office's own people, as the listener got it. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "node/http/adapter.h"
#include "node/store/file.h"
#include "node/sync/pages.h"

static const char *query(const struct pages_request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name);
}

static const char *header(const struct pages_request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

static bool gone(const struct pages_request *r)
{
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct pollfd p = {.fd = i ? i->connect_fd : -1, .events = POLLRDHUP};
    return i && poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

struct walk {
    void (*each)(void *ctx, const char *name, const char *value);
    void *ctx;
};

static enum MHD_Result one(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct walk *w = cls;
    (void)kind;
    w->each(w->ctx, name, value ? value : "");
    return MHD_YES;
}

static void each_query(const struct pages_request *r,
                       void (*each)(void *ctx, const char *name, const char *value), void *ctx)
{
    struct walk w = {each, ctx};
    MHD_get_connection_values(r->connection, MHD_GET_ARGUMENT_KIND, one, &w);
}

static void address(char out[64], struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *a = i ? i->client_addr : NULL;
    const void *at = !a ? NULL
                     : a->sa_family == AF_INET6
                         ? (const void *)&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr
                     : a->sa_family == AF_INET
                         ? (const void *)&((const struct sockaddr_in *)(const void *)a)->sin_addr
                         : NULL;
    if (!at || !inet_ntop(a->sa_family, at, out, 64))
        memcpy(out, "?", 2);
}

/* SPEC web-15: "to a host name, not to an address" */
static void hsts(const struct http_request *req, struct http_reply *out)
{
    const char *h = MHD_lookup_connection_value(req->connection, MHD_HEADER_KIND, "Host");
    struct pages_reply r = {.nheaders = out->nheaders};
    if (!req->secure || !h || *h == '[' ||
        own_tls_is_address((struct qn_span){(const uint8_t *)h, strcspn(h, ":")}))
        return;
    memcpy(r.header, out->header, sizeof(r.header));
    pages_header(&r, "Strict-Transport-Security", "max-age=%d", 30 * 86400);
    memcpy(out->header, r.header, sizeof(r.header));
    out->nheaders = r.nheaders;
}

static struct pages_request question(const struct http_request *req)
{
    struct pages_request r = {.office = req->office,
                              .method = req->method,
                              .path = req->path,
                              .lang = req->lang,
                              .secure = req->secure,
                              .body = qn_buf_span(&req->in),
                              .query = query,
                              .header = header,
                              .each_query = each_query,
                              .gone = gone,
                              .connection = req->connection};
    address(r.from, req->connection);
    return r;
}

size_t http_pages_body_max(const struct http_request *req)
{
    struct pages_request r = question(req);
    return req->pages->body_max(req->pages->ctx, &r);
}

void http_pages(struct http_request *req, struct http_reply *out)
{
    struct pages_request r = question(req);
    struct pages_reply p = {.fd = -1, .status = 500, .type = "text/plain; charset=utf-8"};
    req->pages->answer(req->pages->ctx, &r, &p);
    out->status = p.status;
    out->type = p.type;
    out->body = p.body;
    out->lent = p.lent;
    out->fd = p.fd;
    out->length = p.length;
    memcpy(out->header, p.header, sizeof(out->header));
    out->nheaders = p.nheaders;
    out->keep = true;
    hsts(req, out);
}

void http_own_ca(struct http_request *req, struct http_reply *out)
{
    char path[FILE_PATH_MAX];
    struct qn_err err;
    enum qn_code rc = file_join(path, req->dir, OWN_TLS_CA, &err);
    if (!rc)
        rc = file_read(&out->body, path, 8192, &err);
    if (rc == QN_ABSENT)
        qn_fail(&err, QN_ABSENT, "http.path", "");
    if (rc) {
        http_problem(out, req->lang, &err);
        return;
    }
    out->status = 200;
    out->type = "application/x-x509-ca-cert";
}
