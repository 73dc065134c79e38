#include "node/http/client.h"

#include <curl/curl.h>
#include <jansson.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/tls.h"
#include "node/sync/call.h"

#define FEED      (256u * 1024) /* of an answer are taken in at a time: each costs one commit */
#define PROBLEM   (64u * 1024)
#define CONNECT_S 15L
#define STALL_S   60L /* less than a byte a second for so long: the link is down */
#define TOTAL_S   600L
#define KEPT_S    20L /* an idle connection is used again; the other side cuts it at 30 (http-11) */

/* A connection to one office. It outlives the call: showing each other two keys costs more than a small question. */
struct line {
    CURL *curl;
    char office[QN_CODE_MAX + 1];
    struct tls_file self;  /* our key */
    uint8_t seed[QN_HASH]; /* H of it */
    struct qn_buf pins;    /* the keys that count as the other's, for libcurl */
    struct qn_buf left;    /* by the call before, for the next one over it */
};

/* The questions of one call. What they say is the business of node/sync/call.h. */
struct call {
    struct office *office;
    struct store_work own; /* while the network is waited for */
    const struct peer *peer;
    const struct network_sync *o;
    struct line *line;
    bool kept;   /* nothing was asked over it in this call yet: it may be closed by now */
    bool closed; /* it was, and another was not opened for this question */
    struct sync_call *core;
    struct qn_span body; /* of the question, as far as it was not sent yet */
    struct qn_buf in, problem;
};

static void line_free(void *line)
{
    struct line *l = line;
    if (!l)
        return;
    if (l->curl)
        curl_easy_cleanup(l->curl);
    tls_file_release(&l->self);
    qn_buf_release(&l->pins);
    qn_buf_release(&l->left);
    free(l);
}

static void drop_line(struct call *c)
{
    line_free(QN_STEAL(c->line));
}

static void call_auto(struct call *c)
{
    qn_buf_release(&c->in);
    qn_buf_release(&c->problem);
    drop_line(c);
}

static unsigned status_of(struct call *c)
{
    long status = 0;
    curl_easy_getinfo(c->line->curl, CURLINFO_RESPONSE_CODE, &status);
    return status > 0 && status < 1000 ? (unsigned)status : 0;
}

/* Under the lock. */
static bool feed(struct call *c, struct qn_span bytes)
{
    struct qn_err err; /* told again when the question ends */
    return sync_call_feed(c->core, status_of(c), bytes, &err) == QN_OK;
}

static bool feed_now(struct call *c, struct qn_span bytes)
{
    office_return(c->office, &c->own);
    bool go = feed(c, bytes);
    office_leave(c->office, &c->own);
    return go;
}

static size_t on_bytes(char *p, size_t size, size_t n, void *cls)
{
    struct call *c = cls;
    struct qn_span came = {(const uint8_t *)p, size * n};
    if (status_of(c) != 200) {
        qn_put_span(&c->problem, came); /* what does not fit is not needed */
        return feed_now(c, came) ? came.n : 0;
    }
    qn_put_span(&c->in, came);
    if (c->in.n < FEED)
        return came.n;
    bool go = feed_now(c, qn_buf_span(&c->in));
    c->in.n = 0;
    return go ? came.n : 0;
}

/* There is no way back: libcurl would send a question again when a connection that was kept turns out to be dead, and the
 * other would take it for a replay (http-10). So it says that the link broke.                                       */
static size_t on_body(char *out, size_t size, size_t n, void *cls)
{
    struct call *c = cls;
    size_t room = size * n, k = c->body.n < room ? c->body.n : room;
    if (k)
        memcpy(out, c->body.p, k);
    c->body.p += k;
    c->body.n -= k;
    return k;
}

/* Nonzero ends the question. */
static int on_progress(void *cls, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
                       curl_off_t up)
{
    const struct call *c = cls;
    (void)down_all, (void)down, (void)up_all, (void)up;
    return c->o->stop && c->o->stop(c->o->stop_ctx);
}

/* SPEC http-22: "over the same connection" - libcurl would open another one before it says a word of it. */
static curl_socket_t open_none(void *cls, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct call *c = cls;
    (void)purpose, (void)address;
    c->closed = true;
    return CURL_SOCKET_BAD;
}

static void init_library(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

void client_library(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_library);
}

/* SPEC http-14: "Each side knows the other by its key alone" */
static bool set_up_tls(struct line *l)
{
    CURL *u = l->curl;
    /* The system's authorities are not read: a flavour of libcurl that cannot do without them just has them. */
    curl_easy_setopt(u, CURLOPT_CAINFO, NULL);
    curl_easy_setopt(u, CURLOPT_CAPATH, NULL);
    return curl_easy_setopt(u, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_PINNEDPUBLICKEY, (const char *)l->pins.p) == CURLE_OK &&
           /* The pin is the sole judge. There is nothing else to ask: the certificate is one that the other side
            * has written for itself, and whom its key belongs to stands in the tree that the root policy holds. */
           curl_easy_setopt(u, CURLOPT_SSL_VERIFYPEER, 0L) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_SSL_VERIFYHOST, 0L) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_SSL_SESSIONID_CACHE, 0L) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_SSLCERT, l->self.path) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_SSLKEY, l->self.path) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_MAXAGE_CONN, KEPT_S) == CURLE_OK;
}

static enum qn_code read_pins(struct qn_buf *pins, const struct call *c, struct qn_err *err)
{
    struct peer_keys keys;
    qn_buf_init(pins, PEER_KEYS * TLS_PIN_MAX + 1);
    enum qn_code rc = peer_keys(&keys, c->office->st, c->peer->office, err);
    for (unsigned i = 0; !rc && i < keys.n; i++)
        tls_pin(pins, keys.key[i]);
    qn_put(pins, "", 1);
    return rc ? rc : qn_buf_check(pins, err);
}

/* The line of the call before, or a new one. SPEC http-20: "as long as it would show and accept the same keys now" */
static enum qn_code take_line(struct call *c, struct qn_err *err)
{
    uint8_t seed[QN_HASH];
    QN_AUTO(qn_buf) struct qn_buf pins = {0};
    if (!c->office->keys)
        return qn_fail(err, QN_ABSENT, "office.no-passphrase", "");
    enum qn_code rc = read_pins(&pins, c, err);
    if (rc)
        return rc;
    crypto_hash_sha256(seed, keys_tls_seed(c->office->keys), 32);
    if (!c->line) {
        c->line = QN_STEAL(c->office->line);
        c->kept = c->line != NULL;
    }
    if (c->line && strcmp(c->line->office, c->peer->office) == 0 &&
        memcmp(c->line->seed, seed, sizeof(seed)) == 0 &&
        qn_span_eq(qn_buf_span(&c->line->pins), qn_buf_span(&pins)))
        return QN_OK;
    drop_line(c);
    c->kept = false;
    c->line = calloc(1, sizeof(*c->line));
    if (!c->line)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    memcpy(c->line->office, c->peer->office, sizeof(c->line->office));
    memcpy(c->line->seed, seed, sizeof(seed));
    c->line->pins = pins;
    pins = (struct qn_buf){0};
    c->line->curl = curl_easy_init();
    if (!c->line->curl)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    rc = tls_file(&c->line->self, keys_tls_seed(c->office->keys), err);
    return rc || set_up_tls(c->line) ? rc : qn_fail(err, QN_IO, "http.tls", "why=libcurl");
}

/* What the call left goes with the connection: when that ends, either end may have been set back. */
static void leave(struct call *c)
{
    struct qn_span left = sync_call_left(c->core);
    qn_buf_release(&c->line->left);
    qn_buf_init(&c->line->left, left.n);
    qn_put_span(&c->line->left, left);
    if (c->line->left.failed)
        qn_buf_release(&c->line->left);
}

static void keep_line(struct call *c)
{
    if (c->office->line)
        c->office->line_free(c->office->line);
    c->office->line = QN_STEAL(c->line);
    c->office->line_free = line_free;
}

static bool set_up(struct call *c, const char *url, const struct sync_question *q,
                   struct curl_slist **headers)
{
    struct curl_slist *h = NULL, *more;
    const char *lines[] = {"Content-Type: application/x-qian-frames", "Expect:",
                           c->o->lang == TEXT_EN ? "Accept-Language: en" : "Accept-Language: zh"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        more = curl_slist_append(h, lines[i]);
        if (!more) {
            curl_slist_free_all(h);
            return false;
        }
        h = more;
    }
    *headers = h;
    CURL *u = c->line->curl;
    return curl_easy_setopt(u, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_PROXY, "") ==
               CURLE_OK && /* none, whatever the environment says */
           curl_easy_setopt(u, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_CONNECTTIMEOUT, CONNECT_S) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_LOW_SPEED_LIMIT, 1L) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_LOW_SPEED_TIME, STALL_S) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_TIMEOUT, TOTAL_S) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_HTTPHEADER, h) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body.n) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_OPENSOCKETFUNCTION, q->follows ? open_none : NULL) ==
               CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_OPENSOCKETDATA, c) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_READFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_READDATA, c) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_XFERINFOFUNCTION, on_progress) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_XFERINFODATA, c) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_WRITEFUNCTION, on_bytes) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_WRITEDATA, c) == CURLE_OK;
}

/* SPEC http-20: "When a connection that was kept breaks before anything of the answer came" - and in a call's first question
 * only: of another the other end had answered a moment ago. */
static bool was_closed(struct call *c, CURLcode how)
{
    long made = 0;
    curl_easy_getinfo(c->line->curl, CURLINFO_NUM_CONNECTS, &made);
    return c->kept && how != CURLE_OK && (c->closed || !made) && !status_of(c);
}

/* Asks one question. Under the lock, which is given back while the network is waited for: tx holds what was read and done
 * since it was taken last, in one commit.                                                                             */
static enum qn_code ask(struct call *c, const struct sync_question *q, struct tx *tx,
                        struct qn_err *err)
{
    char url[PEER_URL_MAX + 32], why[32], told[CURL_ERROR_SIZE] = "";
    struct curl_slist *headers = NULL;
    curl_off_t sent = 0;
    snprintf(url, sizeof(url), "%s%s", c->peer->url, q->path);
    c->in.n = c->problem.n = 0;
    c->closed = false;
    c->body = q->body;
    enum qn_code rc = take_line(c, err);
    if (!rc && !set_up(c, url, q, &headers))
        rc = qn_fail(err, QN_NOMEM, "base.no-memory", "");
    if (!rc && tx->open)
        rc = tx_commit(tx, err);
    if (rc) {
        curl_slist_free_all(headers);
        return rc;
    }
    curl_easy_setopt(c->line->curl, CURLOPT_ERRORBUFFER, told);
    office_leave(c->office, &c->own);
    CURLcode how = curl_easy_perform(c->line->curl);
    office_return(c->office, &c->own);
    curl_easy_setopt(c->line->curl, CURLOPT_ERRORBUFFER, NULL);
    curl_slist_free_all(headers);
    rc = tx_begin(tx, c->office->st, err);
    if (rc)
        return rc;
    if (was_closed(c, how)) {
        drop_line(c);
        sync_call_again(c->core);
        return QN_OK;
    }
    c->kept = false;
    if (c->in.n)
        feed(c, qn_buf_span(&c->in));
    curl_easy_getinfo(c->line->curl, CURLINFO_SIZE_UPLOAD_T, &sent);
    snprintf(why, sizeof(why), "libcurl %d", (int)how);
    struct sync_answer a = {.status = status_of(c), .sent = (uint64_t)sent, .why = why};
    /* GNUTLS_E_UNEXPECTED_PACKET, of which libcurl hands on the words alone. Where it has others, the line was broken. */
    a.no_tls = how == CURLE_SSL_CONNECT_ERROR && strstr(told, "unexpected TLS packet");
    json_t *problem = NULL;
    if (how == CURLE_ABORTED_BY_CALLBACK) {
        a.ending = SYNC_STOPPED;
    } else if (how == CURLE_COULDNT_CONNECT || how == CURLE_COULDNT_RESOLVE_HOST) {
        a.ending = SYNC_UNREACHABLE;
    } else if (how == CURLE_SSL_PINNEDPUBKEYNOTMATCH) {
        a.ending = SYNC_STRANGER;
    } else if (how != CURLE_OK) {
        a.ending = SYNC_BROKEN;
    } else if (a.status != 200) {
        problem = c->problem.n ? json_loadb((const char *)c->problem.p, c->problem.n,
                                            JSON_REJECT_DUPLICATES, NULL)
                               : NULL;
        a.rule = json_string_value(json_object_get(problem, "code"));
        a.why = json_string_value(json_object_get(problem, "detail"));
    }
    rc = sync_call_end(c->core, &a, err);
    json_decref(problem);
    return rc;
}

static enum qn_code converse(struct call *c, struct tx *tx, struct qn_err *err)
{
    enum qn_code rc = take_line(c, err);
    if (!rc && c->kept)
        sync_call_follow(c->core, qn_buf_span(&c->line->left));
    while (!rc) {
        struct sync_question q;
        rc = sync_call_next(c->core, &q, err);
        if (rc || !q.path)
            break;
        rc = ask(c, &q, tx, err);
    }
    return rc;
}

static enum qn_code call_once(const struct network_sync *o, struct network_result *out,
                              struct qn_err *err)
{
    struct store *st = o->office->st;
    struct peer peer;
    QN_AUTO(tx) struct tx tx = {0};
    QN_AUTO(sync_call) struct sync_call *core = NULL;
    struct qn_err inner;
    *out = (struct network_result){0};
    enum qn_code rc = peer_get(&peer, st, o->peer, err);
    if (rc)
        return rc;
    if (!peer.url[0])
        return qn_fail(err, QN_ABSENT, "peer.no-url", "office=%s", o->peer);
    rc = peer_check_url(peer.url, err);
    /* What is read for a question is read in one transaction: a lock for each of a hundred statements costs as much as a
     * signature checked, and more.                                                                               */
    if (!rc)
        rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = sync_call_open(&core, st, peer.office, o->report, err);
    client_library();
    QN_AUTO(call) struct call c = {.office = o->office, .peer = &peer, .o = o, .core = core};
    qn_buf_init(&c.in, 2 * FEED + CURL_MAX_WRITE_SIZE);
    qn_buf_init(&c.problem, PROBLEM);
    if (!rc)
        rc = converse(&c, &tx, err);
    if (!rc && c.line)
        leave(&c);
    if (core)
        *out = *sync_call_result(core);
    sync_call_free(QN_STEAL(core)); /* its streams' transactions lie within ours */
    enum qn_code kept = tx.open ? tx_commit(&tx, &inner) : QN_OK; /* also why it failed */
    if (kept && !rc && err)
        *err = inner;
    if (!rc && !kept && c.line)
        keep_line(&c);
    return rc ? rc : kept;
}

/* SPEC http-21: "asks for it on a connection of its own, once a call" */
enum qn_code client_sync(const struct network_sync *o, struct network_result *out,
                         struct qn_err *err)
{
    struct peer peer;
    struct qn_err why, none;
    enum qn_code rc = call_once(o, out, &why);
    if (rc == QN_UNVERIFIED && strcmp(why.id, "sync.peer-key") == 0 &&
        peer_get(&peer, o->office->st, o->peer, &none) == QN_OK &&
        client_introduce(o->office, &peer))
        rc = call_once(o, out, &why);
    if (rc && err)
        *err = why;
    return rc;
}
