/* adapter.h - shared by the two files that know libmicrohttpd: listeners (server.c), requests (handle.c). */
#ifndef QIAN_NODE_HTTP_ADAPTER_H
#define QIAN_NODE_HTTP_ADAPTER_H

#include <microhttpd.h>
#include <pthread.h>

#include "node/http/request.h"

#define HEADERS_MS 30000u  /* to complete the headers, even a byte at a time */
#define REQUEST_MS 600000u /* and the whole request */

/* A connection, so that one which dawdles can be cut: libmicrohttpd only knows inactivity. */
struct line {
    struct line *next, **at;
    int fd;
    uint64_t since_ms;
    uint64_t limit_ms;
};
struct listener {
    struct network_server *server;
    enum http_mouth mouth;
    struct MHD_Daemon *daemon;
    char address[64];
};
struct network_server {
    struct office *office;
    const struct qn_report *report;
    struct listener peer, ui;
    pthread_mutex_t lines_lock;
    struct line *lines;
    pthread_t reaper;
    bool reaping;
    int stop[2]; /* a pipe: closing its end stops the reaper */
};

uint64_t http_now_ms(void); /* a clock that only runs; for deadlines */
enum MHD_Result http_handle(void *listener, struct MHD_Connection *c, const char *url,
                            const char *method, const char *version, const char *data, size_t *n,
                            void **request);
void http_completed(void *listener, struct MHD_Connection *c, void **request,
                    enum MHD_RequestTerminationCode how);
#endif
