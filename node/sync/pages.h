/* pages.h - what the listener of an office's own people asks of who makes the pages: node/web does it, main.c introduces
 * the two, as with network.h.                                                     Spec: protocol/spec/web.md
 *
 * A question comes whole. Nothing here knows how it came but whether the line was encrypted.                         */
#ifndef QIAN_NODE_SYNC_PAGES_H
#define QIAN_NODE_SYNC_PAGES_H

#include "node/store/office.h"
#include "node/text/text.h"

#define PAGES_HEADERS 12

struct pages_request {
    struct office *office; /* its lock is not held; NULL before there is one (setup.h) */
    const char *method;    /* GET for HEAD too */
    const char *path;      /* escapes resolved */
    enum text_lang lang;
    bool secure;   /* over TLS */
    char from[64]; /* address of the browser, without the port */
    struct qn_span body;
    /* A value behind the "?", decoded, and a header; NULL when it is not there. Lent while answering. */
    const char *(*query)(const struct pages_request *r, const char *name);
    const char *(*header)(const struct pages_request *r, const char *name);
    /* Every pair behind the "?". */
    void (*each_query)(const struct pages_request *r,
                       void (*each)(void *ctx, const char *name, const char *value), void *ctx);
    /* Whether whoever asked has gone away: the answer is read by nobody. */
    bool (*gone)(const struct pages_request *r);
    void *connection; /* of the listener */
};
struct pages_header {
    const char *name; /* static */
    char *value;      /* owned by the reply */
};
struct pages_reply {
    unsigned status;
    const char *type; /* static */
    struct qn_buf body;
    struct qn_span lent; /* instead of the body: bytes that outlive the answer */
    int fd;              /* a file to send instead; -1 for none */
    uint64_t length;
    struct pages_header header[PAGES_HEADERS];
    unsigned nheaders;
};
/* Adds a header; a value that holds a line break is left out. */
void pages_header(struct pages_reply *out, const char *name, const char *fmt, ...) QN_PRINTF(3, 4);
void pages_reply_release(struct pages_reply *out);

struct commands;
struct pages_start {
    struct office *office;
    const struct commands *commands; /* lent until stop */
    const char *dir;                 /* the office's directory */
    enum text_lang lang;             /* unless a person asks for the other */
};
struct pages {
    void *ctx;
    /* Whether an address is theirs; the listener tells of others that there is no such page. */
    bool (*known)(void *ctx, const char *path);
    /* How long a body may be, in bytes; asked before a byte of it is read. 0: none is read, and the question comes without. */
    size_t (*body_max)(void *ctx, const struct pages_request *r);
    void (*answer)(void *ctx, const struct pages_request *r, struct pages_reply *out);
};
struct web;
struct setup_start;
struct pages_maker {
    enum qn_code (*start)(struct web **out, const struct pages_start *o, struct qn_err *err);
    const struct pages *(*pages)(const struct web *w); /* what the listener asks; lent until stop */
    /* The pages of a directory that holds no office yet (setup.h). link: the token that lets in, once, as hex. */
    enum qn_code (*setup)(struct web **out, char link[65], const struct setup_start *o,
                          struct qn_err *err);
    /* The node ends: what runs is asked to stop, and who waits for it is answered. Before the listener ends; NULL is fine. */
    void (*ending)(struct web *w);
    /* What is still running is asked to end and waited for. No listener calls any more. NULL is fine. */
    void (*stop)(struct web *w);
};
#endif
