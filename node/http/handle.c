/* handle.c - one request from its headers to its answer. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/http/adapter.h"
#include "node/http/tls.h"
#include "node/store/clock.h"
#include "node/sync/peer.h"
#include "qian/witness.h"

#define BODY_MAX  (64u * 1024 * 1024) /* http-9 */
#define HAVE_BODY (512u * 1024)       /* one HAVE frame is below 300 kB */
#define PUSH_HELD (512u * 1024)       /* of a push in memory at a time */

/* SPEC web-16: "What anybody is answered" */
static const struct http_route routes[] = {
    {HTTP_PEER, "POST", "/peer/v1/pull", false, NULL, HAVE_BODY, http_pull, NULL},
    {HTTP_PEER, "POST", "/peer/v1/push", false, http_push_take, PUSH_HELD, http_push,
     http_push_broke},
    {HTTP_PEER, "POST", "/add-checkpoint", false, NULL, QN_WITNESS_REQUEST_MAX, http_add_checkpoint,
     NULL},
    {HTTP_PEER, "GET", "/chain", false, NULL, 0, http_chain, NULL},
    {HTTP_PEER | HTTP_UI, "GET", "/healthz", false, NULL, 0, http_healthz, NULL},
    {HTTP_PEER | HTTP_UI, "GET", "/readyz", false, NULL, 0, http_readyz, NULL},
    {HTTP_UI, "GET", "/ca.crt", false, NULL, 0, http_own_ca, NULL},
    {HTTP_UI, "GET", "/site", false, NULL, 0, http_site, NULL},
    {HTTP_UI, "GET", "/site/", true, NULL, 0, http_site, NULL},
};

static const struct http_route to_pages = {HTTP_UI, "", "/", true, NULL, 0, http_pages, NULL};

/* ---- replies --------------------------------------------------------------------------------------------- */

static enum MHD_Result queue(struct MHD_Connection *c, struct http_reply *r)
{
    struct MHD_Response *m;
    if (r->fd >= 0) {
        m = MHD_create_response_from_fd64(r->length, r->fd);
        if (!m)
            close(r->fd);
    } else if (r->lent.n) {
        m = MHD_create_response_from_buffer(r->lent.n, (void *)(uintptr_t)r->lent.p,
                                            MHD_RESPMEM_PERSISTENT);
    } else {
        static char nothing[1];
        m = r->body.p ? MHD_create_response_from_buffer(r->body.n, r->body.p, MHD_RESPMEM_MUST_FREE)
                      : MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);
        if (!m)
            qn_buf_release(&r->body);
    }
    bool stored = false;
    for (unsigned i = 0; i < r->nheaders; i++) {
        stored = stored || strcmp(r->header[i].name, "Cache-Control") == 0;
        if (m)
            MHD_add_response_header(m, r->header[i].name, r->header[i].value);
        free(r->header[i].value);
    }
    if (!m)
        return MHD_NO;
    MHD_add_response_header(m, "Content-Type", r->type);
    MHD_add_response_header(m, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(m, "Referrer-Policy", "no-referrer");
    if (!stored)
        MHD_add_response_header(m, "Cache-Control", "no-store");
    /* SPEC http-19: "Every other connection ends with its answer" */
    if (!r->keep)
        MHD_add_response_header(m, "Connection", "close");
    if (r->policy)
        MHD_add_response_header(m, "Content-Security-Policy", r->policy);
    if (r->retry)
        MHD_add_response_header(m, "Retry-After", r->retry);
    if (r->location)
        MHD_add_response_header(m, "Location", r->location);
    enum MHD_Result ok = MHD_queue_response(c, r->status, m);
    MHD_destroy_response(m);
    return ok;
}

static enum MHD_Result refuse(struct MHD_Connection *c, unsigned status, enum text_lang lang,
                              const char *id, const char *args)
{
    struct qn_err err;
    struct http_reply r = {.fd = -1};
    qn_fail(&err, QN_MALFORMED, id, "%s", args);
    http_problem_as(&r, lang, &err, status);
    return queue(c, &r);
}

/* A person who follows a dead link gets a page, a program a problem. */
static enum MHD_Result not_found(struct MHD_Connection *c, enum http_mouth mouth,
                                 const char *method, enum text_lang lang)
{
    struct qn_err err;
    struct http_reply r = {.fd = -1};
    qn_fail(&err, QN_ABSENT, "http.path", "");
    if (mouth == HTTP_UI && strcmp(method, "POST") != 0)
        http_absent_page(&r, lang);
    else
        http_problem(&r, lang, &err);
    return queue(c, &r);
}

/* ---- requests -------------------------------------------------------------------------------------------- */

static enum MHD_Result one_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    unsigned *count = cls;
    (void)kind, (void)value;
    if (strcasecmp(name, "Content-Length") == 0)
        count[0]++;
    else if (strcasecmp(name, "Transfer-Encoding") == 0)
        count[1]++;
    else if (strcasecmp(name, "Host") == 0)
        count[2]++;
    return MHD_YES;
}

static unsigned hex(char c)
{
    return c >= '0' && c <= '9'   ? (unsigned)(c - '0')
           : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
           : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                  : 16;
}

/* In place. Of "%00" nothing is decoded: as a byte it would end the path early, and another path would be answered. */
size_t http_unescape(void *cls, struct MHD_Connection *c, char *s)
{
    char *out = s;
    (void)cls, (void)c;
    for (const char *in = s; *in; in++) {
        unsigned high = *in == '%' ? hex(in[1]) : 16, low = high < 16 ? hex(in[2]) : 16;
        if (low < 16 && (high || low)) {
            *out++ = (char)(high << 4 | low);
            in += 2;
        } else {
            *out++ = *in;
        }
    }
    *out = 0;
    return (size_t)(out - s);
}

static const char *header(struct MHD_Connection *c, const char *name)
{
    const char *v = MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
    return v ? v : "";
}

/* The name in Host must be this machine's own, or a page elsewhere could be made to read ours. */
static bool host_is_ours(const struct listener *l, struct MHD_Connection *c)
{
    const char *h = header(c, "Host");
    size_t n = *h == '[' ? strcspn(h, "]") + 1 : strcspn(h, ":");
    if (n > strlen(h))
        return false;
    struct qn_span host = {(const uint8_t *)h, n};
    return l->own ? own_tls_named(l->own, host) : peer_is_loopback(host);
}

static const struct http_route *find_route(enum http_mouth mouth, const char *method,
                                           const char *path, bool *other_method)
{
    *other_method = false;
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        const struct http_route *r = &routes[i];
        size_t n = strlen(r->path);
        if (!(r->mouths & (unsigned)mouth) ||
            (r->prefix ? strncmp(path, r->path, n) : strcmp(path, r->path)) != 0)
            continue;
        if (strcmp(method, r->method) == 0 ||
            (strcmp(method, "HEAD") == 0 && strcmp(r->method, "GET") == 0))
            return r;
        *other_method = true;
    }
    return NULL;
}

static struct line *line_of(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return i ? i->socket_context : NULL;
}

/* Read once a connection: TLS 1.3 shows it in the handshake, and nobody is asked for another afterwards. */
static bool caller_key(uint8_t out[QN_PUBKEY], struct MHD_Connection *c)
{
    struct line *line = line_of(c);
    if (line && line->keyed) {
        memcpy(out, line->key, QN_PUBKEY);
        return true;
    }
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    if (!i || !i->tls_session || !tls_caller_key(out, i->tls_session))
        return false;
    if (line) {
        memcpy(line->key, out, QN_PUBKEY);
        line->keyed = true;
    }
    return true;
}

/* An office spoke, and the key was its own: its connections are not cut to make room for others. */
static void note_known(struct listener *l, struct MHD_Connection *c, const struct http_request *req)
{
    if (req->known)
        lines_known(&l->lines, line_of(c), req->key);
}

static const char *plain_method(const char *method)
{
    return strcmp(method, "HEAD") == 0 ? "GET" : method;
}

static enum MHD_Result first_call(struct listener *l, struct MHD_Connection *c, const char *url,
                                  const char *method, void **con_cls)
{
    struct network_server *s = l->server;
    /* Offices say in which language they want a refusal; the page speaks that of its office, not of the browser. */
    enum text_lang lang =
        l->mouth == HTTP_UI ? s->lang : text_lang_of(header(c, "Accept-Language"));
    const char *asked = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "lang");
    unsigned count[3] = {0, 0, 0};
    uint8_t key[QN_PUBKEY] = {0};
    bool other_method;
    if (asked)
        lang = text_lang_of(asked);
    MHD_get_connection_values(c, MHD_HEADER_KIND, one_header, count);
    /* SPEC http-9: "Both Content-Length and" */
    /* libmicrohttpd passes over an encoding that it does not know, and would take the body for the next request. */
    bool coded = count[1] && strcasecmp(header(c, "Transfer-Encoding"), "chunked") != 0;
    if (count[0] > 1 || count[1] > 1 || (count[0] && count[1]) || count[2] > 1 || coded)
        return refuse(c, 400, lang, "http.framing", "");
    if (count[0] && strtoull(header(c, "Content-Length"), NULL, 10) > BODY_MAX)
        return refuse(c, 413, lang, "http.body", "max=67108864");
    if (l->mouth == HTTP_UI && !host_is_ours(l, c))
        return refuse(c, 403, lang, "http.host", "");
    const struct http_route *route = find_route(l->mouth, method, url, &other_method);
    if (!s->office && route && route->answer != http_own_ca)
        route = NULL;
    if (!route && !other_method && l->mouth == HTTP_UI && s->pages &&
        s->pages->known(s->pages->ctx, url))
        route = &to_pages;
    if (!route && !other_method)
        return not_found(c, l->mouth, method, lang);
    if (!route)
        return refuse(c, 405, lang, "http.method", "");
    /* SPEC http-15: "Without a key the answer is 403" - before a byte of the body is read or a lock is waited for */
    bool has_key = caller_key(key, c);
    if (!has_key && strncmp(route->path, "/peer/", 6) == 0)
        return refuse(c, 403, lang, "http.no-key", "");
    struct http_request *req = calloc(1, sizeof(*req));
    if (!req)
        return MHD_NO;
    *req = (struct http_request){.route = route,
                                 .office = s->office,
                                 .dir = s->dir,
                                 .report = s->report,
                                 .lang = lang,
                                 .pages = s->pages,
                                 .secure = l->own != NULL,
                                 .n_ms = clock_running_ms()};
    memcpy(req->key, key, sizeof(req->key));
    req->path = url;
    req->method = plain_method(method);
    req->connection = c;
    qn_buf_init(&req->in, route == &to_pages ? http_pages_body_max(req) : route->body_max);
    *con_cls = req;
    lines_request(&l->lines, line_of(c), has_key ? key : NULL);
    return MHD_YES;
}

/* A refusal cannot be said in the middle of a body: the rest is read and thrown away, up to the bound. */
static enum MHD_Result take_piece(struct http_request *req, const char *data, size_t n)
{
    req->came += n;
    if (req->came > BODY_MAX) {
        if (!req->rc)
            req->rc = qn_fail(&req->err, QN_LIMIT, "http.body", "max=%u", BODY_MAX);
        return req->came > 2ull * BODY_MAX ? MHD_NO : MHD_YES;
    }
    /* Of what its answer passes over nothing is kept. */
    if (req->rc || (req->route == &to_pages && !req->in.max))
        return MHD_YES;
    struct qn_span piece = {(const uint8_t *)data, n};
    if (req->route->take)
        req->route->take(req, piece);
    else
        qn_put_span(&req->in, piece);
    if (!req->rc && req->in.failed)
        req->rc = qn_fail(&req->err, QN_LIMIT, "http.body", "max=%zu", req->in.max);
    return MHD_YES;
}

enum MHD_Result http_handle(void *cls, struct MHD_Connection *c, const char *url,
                            const char *method, const char *version, const char *data, size_t *n,
                            void **con_cls)
{
    struct http_request *req = *con_cls;
    (void)version;
    (void)text_for_pages(((struct listener *)cls)->mouth == HTTP_UI);
    if (!req)
        return first_call(cls, c, url, method, con_cls);
    if (*n) {
        enum MHD_Result go = take_piece(req, data, *n);
        note_known(cls, c, req);
        *n = 0;
        return go;
    }
    struct http_reply out = {.fd = -1, .status = 500, .type = "text/plain"};
    req->path = url;
    req->connection = c;
    req->method = plain_method(method);
    if (req->rc && !req->serve)
        http_problem(&out, req->lang, &req->err);
    else
        req->route->answer(req, &out);
    note_known(cls, c, req);
    req->route = NULL; /* answered: what happens to the connection now is not its business */
    return queue(c, &out);
}

void http_completed(void *cls, struct MHD_Connection *c, void **con_cls,
                    enum MHD_RequestTerminationCode how)
{
    struct http_request *req = *con_cls;
    struct listener *l = cls;
    (void)how;
    if (!req)
        return;
    lines_idle(&l->lines, line_of(c));
    if (req->route && req->route->broke)
        req->route->broke(req);
    if (req->serve) {
        /* An ingest may hold a transaction open only under the lock. */
        pthread_mutex_lock(&req->office->lock);
        sync_serve_free(req->serve);
        pthread_mutex_unlock(&req->office->lock);
    }
    qn_buf_release(&req->in);
    free(req);
    *con_cls = NULL;
}
