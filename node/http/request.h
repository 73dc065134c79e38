/* request.h - what a route of the server sees of a request: no libmicrohttpd here. */
#ifndef QIAN_NODE_HTTP_REQUEST_H
#define QIAN_NODE_HTTP_REQUEST_H

#include "node/store/office.h"
#include "node/sync/pages.h"
#include "node/sync/serve.h"
#include "node/text/text.h"

enum http_mouth { HTTP_PEER = 1, HTTP_UI = 2 };

struct http_reply {
    unsigned status;
    const char *type; /* static */
    struct qn_buf body;
    int fd; /* a file to send instead of the body; -1 for none */
    uint64_t length;
    const char *location; /* static */
    const char *retry;    /* Retry-After, seconds; static */
    const char *policy;   /* Content-Security-Policy; static */
    struct qn_span lent;  /* instead of the body: bytes that outlive the answer */
    struct pages_header header[PAGES_HEADERS];
    unsigned nheaders;
    bool keep; /* the connection, for the next question of the office that spoke */
};
struct http_request {
    const struct http_route *route;
    struct office *office; /* NULL before there is one: of http_pages and http_own_ca alone */
    const char *dir;
    const struct qn_report *report;
    const char *path;   /* decoded; only while answering */
    void *connection;   /* of handle.c; only while answering */
    const char *method; /* GET for HEAD too; only while answering */
    const struct pages *pages;
    bool secure; /* over TLS */
    enum text_lang lang;
    uint8_t key[QN_PUBKEY]; /* with which the caller proved itself; of calls under /peer/ */
    bool known;             /* it is that of the office which spoke */
    struct qn_buf in;       /* the body, or the piece of it that was not fed yet */
    uint64_t came, n_ms;    /* bytes of the body; when the request began */
    struct sync_serve *serve;
    enum qn_code rc; /* the first failure: what comes after it is thrown away */
    struct qn_err err;
};
struct http_route {
    unsigned mouths;
    const char *method, *path;
    bool prefix; /* the path only begins so */
    /* NULL: the body is collected in req->in, up to body_max. Else takes a piece. */
    void (*take)(struct http_request *req, struct qn_span piece);
    size_t body_max;
    void (*answer)(struct http_request *req, struct http_reply *out);
    void (*broke)(
        struct http_request *req); /* the connection ended before an answer; may be NULL */
};

/* A refusal as a problem (RFC 9457). */
void http_problem(struct http_reply *out, enum text_lang lang, const struct qn_err *err);
void http_problem_as(struct http_reply *out, enum text_lang lang, const struct qn_err *err,
                     unsigned status);

void http_pull(struct http_request *req, struct http_reply *out);
void http_push_take(struct http_request *req, struct qn_span piece);
void http_push(struct http_request *req, struct http_reply *out);
void http_push_broke(struct http_request *req);
void http_add_checkpoint(struct http_request *req, struct http_reply *out);
void http_absent_page(struct http_reply *out, enum text_lang lang); /* 404, a page */
void http_site(struct http_request *req, struct http_reply *out);
void http_chain(struct http_request *req, struct http_reply *out);
/* Whatever is none of the listener's own routes, on the line of the office's own people. */
void http_pages(struct http_request *req, struct http_reply *out);
size_t http_pages_body_max(const struct http_request *req);
/* The certificate of the authority that signs for this office's pages, for browsers to take in. */
void http_own_ca(struct http_request *req, struct http_reply *out);
void http_healthz(struct http_request *req, struct http_reply *out);
void http_readyz(struct http_request *req, struct http_reply *out);
#endif
