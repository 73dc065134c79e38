/* adapter.h - shared by the files that know libmicrohttpd: listeners (server.c), requests (handle.c), replies (reply.c). */
#ifndef QIAN_NODE_HTTP_ADAPTER_H
#define QIAN_NODE_HTTP_ADAPTER_H

#include <microhttpd.h>
#include <pthread.h>

#include "node/http/lines.h"
#include "node/http/own_tls.h"
#include "node/http/request.h"
#include "node/store/stop.h"

struct listener {
    struct network_server *server;
    enum http_mouth mouth;
    struct MHD_Daemon *daemon;
    struct lines lines;
    char address[64];
    char url[320]; /* as a browser is told it */
    struct own_tls *own; /* NULL: plain */
};
struct network_server {
    struct office *office; /* NULL: there is none yet, and nothing but `pages` */
    const char *dir;
    const struct qn_report *report;
    struct listener peer, ui;
    enum text_lang lang; /* of the pages */
    const struct pages *pages;
    pthread_t reaper;
    bool reaping;
    struct stop stop; /* of the reaper */
};

size_t http_unescape(void *cls, struct MHD_Connection *c, char *s);
enum MHD_Result http_handle(void *listener, struct MHD_Connection *c, const char *url,
                            const char *method, const char *version, const char *data, size_t *n,
                            void **request);
void http_completed(void *listener, struct MHD_Connection *c, void **request,
                    enum MHD_RequestTerminationCode how);
#endif
