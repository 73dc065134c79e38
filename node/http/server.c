#include "node/http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/http/adapter.h"
#include "node/http/client.h"
#include "node/http/tls.h"
#include "node/store/file.h"
#include "node/sync/peer.h"
#include "protocol/wire.h"

#define HEADERS_MAX (16u * 1024)
#define ENDING_MS   3000u
#define IDLE_S      30u /* nothing sent or read for so long ends a connection */
#define THREADS     4u
/* libmicrohttpd divides its limit among the threads, and a thread at its share takes no more: each has room for
 * all of LINES_MAX, so that it is lines.c which decides who goes.                                           */
#define CONNECTIONS (THREADS * 2 * LINES_MAX)
#define FILES_OTHER 128u /* descriptors for the database, sockets of commands, calls */
#define FILES       (2 * CONNECTIONS + FILES_OTHER)

/* ---- connections ---------------------------------------------------------------------------------------------- */

static void connection(void *cls, struct MHD_Connection *c, void **context,
                       enum MHD_ConnectionNotificationCode what)
{
    struct listener *l = cls;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *fd =
            MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
        const union MHD_ConnectionInfo *tls =
            MHD_get_connection_info(c, MHD_CONNECTION_INFO_GNUTLS_SESSION);
        if (tls && tls->tls_session && l->own)
            own_tls_lend(l->own, tls->tls_session);
        else if (tls && tls->tls_session)
            tls_ask_key(tls->tls_session);
        *context = fd ? lines_add(&l->lines, fd->connect_fd) : NULL;
    } else {
        lines_remove(&l->lines, *context);
        *context = NULL;
    }
}

static void *reap(void *cls)
{
    struct network_server *s = cls;
    while (!stop_wait(&s->stop, 1000)) {
        lines_reap(&s->peer.lines);
        lines_reap(&s->ui.lines);
    }
    return NULL;
}

static enum qn_code start_reaper(struct network_server *s, struct qn_err *err)
{
    lines_init(&s->peer.lines);
    lines_init(&s->ui.lines);
    enum qn_code rc = stop_open(&s->stop, err);
    int failed = rc ? 0 : pthread_create(&s->reaper, NULL, reap, s);
    s->reaping = !rc && !failed;
    return failed ? qn_fail(err, QN_IO, "http.thread", "why=%s", file_why(failed)) : rc;
}

/* ---- listening ------------------------------------------------------------------------------------------------ */

struct address {
    struct sockaddr_storage sa;
    socklen_t n;
};

/* HOST:PORT or a port alone; HOST is a number, or localhost: a name could come to mean another machine. */
static enum qn_code parse_address(struct address *out, const char *text, bool plain,
                                  struct qn_err *err)
{
    char host[64] = "127.0.0.1";
    const char *colon = *text == '[' ? strstr(text, "]:") : strchr(text, ':');
    if (colon && *colon == ']')
        colon++;
    struct rd port = {.in = qn_str(colon ? colon + 1 : text)};
    uint64_t p = rd_dec(&port, 65535);
    if (!rd_end(&port) ||
        (colon && !qn_text_copy(host, sizeof(host),
                                (struct qn_span){(const uint8_t *)text, (size_t)(colon - text)})))
        return qn_fail(err, QN_MALFORMED, "http.address", "address=%s", text);
    /* SPEC http-12: "Plain HTTP is spoken on loopback addresses only" */
    if (plain && !peer_is_loopback(qn_str(host)))
        return qn_fail(err, QN_DENIED, "http.loopback-only", "address=%s", text);
    *out = (struct address){0};
    if (host[0] == '[') {
        struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)p)};
        host[strlen(host) - 1] = 0; /* the bracket: strstr found it */
        if (inet_pton(AF_INET6, host + 1, &a.sin6_addr) != 1)
            return qn_fail(err, QN_MALFORMED, "http.address", "address=%s", text);
        memcpy(&out->sa, &a, sizeof(a));
        out->n = sizeof(a);
        return QN_OK;
    }
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)p)};
    if (inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &a.sin_addr) != 1)
        return qn_fail(err, QN_MALFORMED, "http.address", "address=%s", text);
    memcpy(&out->sa, &a, sizeof(a));
    out->n = sizeof(a);
    return QN_OK;
}

static enum qn_code open_socket(int *out, char name[64], const char *text, bool plain,
                                struct qn_err *err)
{
    struct address a;
    int one = 1;
    char host[48] = "";
    enum qn_code rc = parse_address(&a, text, plain, err);
    if (rc)
        return rc;
    int fd = socket(a.sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (fd < 0 || bind(fd, (struct sockaddr *)&a.sa, a.n) != 0 || listen(fd, SOMAXCONN) != 0 ||
        getsockname(fd, (struct sockaddr *)&a.sa, &a.n) != 0) {
        rc = qn_fail(err, QN_IO, "http.listen", "address=%s|why=%s", text, file_why(errno));
        if (fd >= 0)
            close(fd);
        return rc;
    }
    if (a.sa.ss_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, &a.sa, sizeof(v6));
        inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof(host));
        snprintf(name, 64, "[%s]:%u", host, (unsigned)ntohs(v6.sin6_port));
    } else {
        struct sockaddr_in v4;
        memcpy(&v4, &a.sa, sizeof(v4));
        inet_ntop(AF_INET, &v4.sin_addr, host, sizeof(host));
        snprintf(name, 64, "%s:%u", host, (unsigned)ntohs(v4.sin_port));
    }
    *out = fd;
    return QN_OK;
}

/* A crowd that is being cut still holds descriptors until its threads have closed them; the database needs some too,
 * for each of the two listeners not more than half of what is left.                                            */
static unsigned connections(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) != 0)
        return LINES_MAX;
    if (r.rlim_cur < FILES && r.rlim_cur < r.rlim_max) {
        r.rlim_cur = r.rlim_max < FILES ? r.rlim_max : FILES;
        if (setrlimit(RLIMIT_NOFILE, &r) != 0 || getrlimit(RLIMIT_NOFILE, &r) != 0)
            return LINES_MAX;
    }
    rlim_t room = r.rlim_cur > 2 * FILES_OTHER ? (r.rlim_cur - FILES_OTHER) / 2 : FILES_OTHER / 2;
    return room < CONNECTIONS ? (unsigned)room : CONNECTIONS;
}

static void no_log(void *cls, const char *fmt, va_list ap)
{
    (void)cls, (void)fmt,
        (void)ap; /* a peer's broken connection is told by the route that saw it */
}

/* SPEC http-13: "Offices speak TLS 1.3 and nothing older" */
static struct MHD_Daemon *start_daemon(struct listener *l, int fd, const char *cert,
                                       const char *key)
{
    const char *priorities = l->own ? OWN_TLS_PRIORITIES : TLS_PRIORITIES;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)cert},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)priorities},
        {MHD_OPTION_END, 0, NULL},
    };
    /* A person's act may take a while, and the office's other people go on meanwhile: each connection has its own thread. */
    bool own = l->mouth == HTTP_UI;
    unsigned flags = MHD_USE_ERROR_LOG | (own ? MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD |
                                                    MHD_USE_THREAD_PER_CONNECTION
                                              : MHD_USE_AUTO_INTERNAL_THREAD);
    struct MHD_OptionItem pool[] = {{MHD_OPTION_THREAD_POOL_SIZE, THREADS, NULL},
                                    {MHD_OPTION_END, 0, NULL}};
    return MHD_start_daemon(
        cert ? flags | MHD_USE_TLS : flags, 0, NULL, NULL, http_handle, l,
        MHD_OPTION_EXTERNAL_LOGGER, no_log, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_NOTIFY_COMPLETED, http_completed, l, MHD_OPTION_NOTIFY_CONNECTION, connection, l,
        MHD_OPTION_UNESCAPE_CALLBACK, http_unescape, NULL, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)HEADERS_MAX, MHD_OPTION_CONNECTION_LIMIT, connections(),
        MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S, MHD_OPTION_ARRAY, own ? &pool[1] : pool,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY,
        cert ? tls : &tls[sizeof(tls) / sizeof(tls[0]) - 1], MHD_OPTION_END);
}

static enum qn_code listen_on(struct network_server *s, struct listener *l, enum http_mouth mouth,
                              const char *text, struct qn_err *err)
{
    int fd = -1;
    QN_AUTO(tls_identity) struct tls_identity self = {.cert = ""};
    if (mouth == HTTP_PEER && !s->office->keys)
        return qn_fail(err, QN_ABSENT, "office.no-passphrase", "");
    enum qn_code rc =
        mouth == HTTP_PEER ? tls_identity(&self, keys_tls_seed(s->office->keys), err) : QN_OK;
    if (!rc)
        rc = open_socket(&fd, l->address, text, mouth == HTTP_UI && !l->own, err);
    if (rc)
        return rc;
    l->server = s;
    l->mouth = mouth;
    if (mouth == HTTP_PEER)
        l->daemon = start_daemon(l, fd, self.cert, self.key);
    else
        l->daemon = start_daemon(l, fd, l->own ? own_tls_cert(l->own) : NULL,
                                 l->own ? own_tls_key(l->own) : NULL);
    /* By name, with the port that was found. */
    if (l->own)
        snprintf(l->url, sizeof(l->url), "https://%s%s", own_tls_name(l->own),
                 strrchr(l->address, ':'));
    else
        snprintf(l->url, sizeof(l->url), "http://%s", l->address);
    if (!l->daemon) {
        rc = qn_fail(err, QN_IO, "http.listen", "address=%s|why=%s", text, file_why(errno));
        close(fd);
        l->address[0] = l->url[0] = 0;
    }
    return rc;
}

/* SPEC web-13: "where other machines reach it, or with a name" */
static enum qn_code open_own(struct network_server *s, const struct network_listen *o,
                             struct qn_err *err)
{
    const struct qn_cert *self = o->office ? store_self(o->office->st) : NULL;
    struct own_tls_ask ask = {.dir = o->dir, .office = self ? self->office : ""};
    const char *name[OWN_TLS_NAMES + 1];
    char host[64] = "127.0.0.1";
    const char *colon = *o->ui == '[' ? strstr(o->ui, "]:") : strchr(o->ui, ':');
    if (colon && *colon == ']')
        colon++;
    if (colon && !qn_text_copy(host, sizeof(host),
                               (struct qn_span){(const uint8_t *)o->ui, (size_t)(colon - o->ui)}))
        return qn_fail(err, QN_MALFORMED, "http.address", "address=%s", o->ui);
    if (!o->n_ui_names && peer_is_loopback(qn_str(host)))
        return QN_OK;
    for (unsigned i = 0; i < o->n_ui_names && ask.n <= OWN_TLS_NAMES; i++)
        name[ask.n++] = o->ui_names[i];
    if (!ask.n)
        name[ask.n++] = host; /* of an address that is none in particular: refused by what it is */
    ask.name = name;
    return own_tls_open(&s->ui.own, &ask, err);
}

enum qn_code http_start(struct network_server **out, const struct network_listen *o,
                        struct qn_err *err)
{
    struct network_server *s = calloc(1, sizeof(*s));
    if (!s)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    s->stop = (struct stop)STOP_NONE;
    s->office = o->office;
    s->dir = o->dir;
    s->report = o->report;
    s->lang = o->lang;
    s->pages = o->pages;
    enum qn_code rc = start_reaper(s, err);
    if (!rc && o->peer)
        rc = listen_on(s, &s->peer, HTTP_PEER, o->peer, err);
    if (!rc && o->ui)
        rc = open_own(s, o, err);
    if (!rc && o->ui)
        rc = listen_on(s, &s->ui, HTTP_UI, o->ui, err);
    if (rc) {
        http_stop(s);
        return rc;
    }
    *out = s;
    return QN_OK;
}

const char *http_peer_address(const struct network_server *s)
{
    return s->peer.address;
}

const char *http_ui_address(const struct network_server *s)
{
    return s->ui.url;
}

void http_stop(struct network_server *s)
{
    if (!s)
        return;
    if (s->peer.daemon)
        MHD_stop_daemon(s->peer.daemon);
    /* Whoever was told how a job stands still hears it; who dawdles is not waited for. */
    for (unsigned i = 0; s->ui.daemon && i < ENDING_MS / 20 && lines_busy(&s->ui.lines); i++)
        poll(NULL, 0, 20);
    if (s->ui.daemon)
        MHD_stop_daemon(s->ui.daemon);
    stop_now(&s->stop);
    if (s->reaping)
        pthread_join(s->reaper, NULL);
    stop_release(&s->stop);
    lines_release(&s->peer.lines);
    lines_release(&s->ui.lines);
    own_tls_close(s->ui.own);
    free(s);
}

const struct network http_network = {client_sync,     http_start, http_peer_address,
                                     http_ui_address, http_stop,  client_post};
