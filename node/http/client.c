#include "node/http/client.h"

#include <curl/curl.h>
#include <jansson.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/sync/enrol.h"
#include "node/sync/peer.h"

#define ANSWER_MAX (64u * 1024 * 1024) /* bytes of one answer; ours keep to 8 MiB */
#define FEED       (256u * 1024) /* of an answer are taken in at a time: each costs one commit */
#define PROBLEM    (64u * 1024)
#define ROUNDS_MAX 4096 /* of 8 MiB: more than any office has */
#define CONNECT_S  15L
#define STALL_S    60L /* less than a byte a second for so long: the link is down */
#define TOTAL_S    600L

struct call {
    struct office *office;
    const struct peer *peer;
    const struct network_sync *o;
    CURL *curl;
    struct exchange_stream *stream;
    struct qn_buf in, problem;
    uint64_t got; /* bytes of the answer: a chunked one announces no length */
    enum qn_code rc;
    struct qn_err err;
    char rule[48]; /* of the peer's refusal */
};

static void call_auto(struct call *c)
{
    exchange_stream_free(c->stream);
    qn_buf_release(&c->in);
    qn_buf_release(&c->problem);
    if (c->curl)
        curl_easy_cleanup(c->curl);
}

/* Under the lock. */
static void feed(struct call *c)
{
    struct qn_err why;
    if (!c->rc)
        c->rc = exchange_stream_feed(c->stream, qn_buf_span(&c->in), &c->err);
    c->in.n = 0;
    enum qn_code kept = exchange_stream_pause(c->stream, &why);
    if (kept && !c->rc) {
        c->rc = kept;
        c->err = why;
    }
}

static size_t on_bytes(char *p, size_t size, size_t n, void *cls)
{
    struct call *c = cls;
    long status = 0;
    size_t bytes = size * n;
    c->got += bytes;
    if (c->got > ANSWER_MAX) {
        c->rc = qn_fail(&c->err, QN_LIMIT, "sync.answer-long", "office=%s|max=%u", c->peer->office,
                        ANSWER_MAX);
        return 0;
    }
    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) {
        qn_put(&c->problem, p, bytes); /* what does not fit is not needed */
        return bytes;
    }
    if (c->rc)
        return 0;
    qn_put(&c->in, p, bytes);
    if (c->in.n >= FEED) {
        pthread_mutex_lock(&c->office->lock);
        feed(c);
        pthread_mutex_unlock(&c->office->lock);
    }
    return c->rc ? 0 : bytes;
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

static bool set_up(struct call *c, const char *url, struct qn_span body,
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
    CURL *u = c->curl;
    return curl_easy_setopt(u, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_PROTOCOLS_STR, "http") == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_PROXY, "") ==
               CURLE_OK && /* none, whatever the environment says */
           curl_easy_setopt(u, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_CONNECTTIMEOUT, CONNECT_S) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_LOW_SPEED_LIMIT, 1L) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_LOW_SPEED_TIME, STALL_S) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_TIMEOUT, TOTAL_S) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_HTTPHEADER, h) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_POSTFIELDS, body.p) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_WRITEFUNCTION, on_bytes) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_WRITEDATA, c) == CURLE_OK;
}

static enum qn_code code_of(long status)
{
    switch (status) {
    case 403:
        return QN_DENIED;
    case 409:
        return QN_CONFLICT;
    case 413:
        return QN_LIMIT;
    case 408:
    case 503:
        return QN_LATER;
    default:
        return status >= 500 ? QN_IO : QN_MALFORMED;
    }
}

static enum qn_code refused(struct call *c, long status, struct qn_err *err)
{
    json_t *o = c->problem.n ? json_loadb((const char *)c->problem.p, c->problem.n,
                                          JSON_REJECT_DUPLICATES, NULL)
                             : NULL;
    const char *code = json_string_value(json_object_get(o, "code"));
    const char *detail = json_string_value(json_object_get(o, "detail"));
    enum qn_code rc =
        qn_fail(err, code_of(status), "sync.peer-refused", "office=%s|status=%ld|rule=%s|why=%s",
                c->peer->office, status, code ? code : "-", detail ? detail : "-");
    snprintf(c->rule, sizeof(c->rule), "%s", code ? code : "");
    json_decref(o);
    return rc;
}

/* Whole frames within the first n bytes of what was sent: those the peer can have kept. */
static uint64_t frames_within(struct qn_span body, uint64_t n)
{
    uint64_t count = 0;
    struct qn_span in = {body.p, n < body.n ? (size_t)n : body.n};
    enum qn_frame_type type;
    struct qn_span payload;
    size_t need;
    struct qn_err none;
    while (in.n && qn_frame_take(&in, &type, &payload, &need, &none) == QN_OK)
        count++;
    return count;
}

static enum qn_code broken(struct call *c, CURLcode why, struct qn_span body, struct qn_err *err)
{
    curl_off_t sent = 0;
    struct exchange_came came = exchange_stream_came(c->stream);
    if (why == CURLE_COULDNT_CONNECT || why == CURLE_COULDNT_RESOLVE_HOST)
        return qn_fail(err, QN_LATER, "sync.unreachable", "office=%s|url=%s", c->peer->office,
                       c->peer->url);
    curl_easy_getinfo(c->curl, CURLINFO_SIZE_UPLOAD_T, &sent);
    return qn_fail(
        err, QN_LATER, "sync.broken",
        "office=%s|sent_bytes=%llu|sent_frames=%llu|got_bytes=%llu|got_frames=%llu|why=libcurl %d",
        c->peer->office, (unsigned long long)sent,
        (unsigned long long)frames_within(body, (uint64_t)sent), (unsigned long long)came.bytes,
        (unsigned long long)came.frames, (int)why);
}

static void add_tally(struct ingest_tally *to, const struct ingest_tally *t)
{
    to->headers += t->headers;
    to->parts += t->parts;
    to->rows += t->rows;
    to->bytes += t->bytes;
    to->applied += t->applied;
    to->forks += t->forks;
    to->held = t->held; /* these two count what stands, not what came */
    to->refused = t->refused;
}

/* One call. The answer is taken in as it comes; c->stream tells what came, also when the link broke. */
static enum qn_code call(struct call *c, const char *path, struct qn_span body,
                         const uint8_t nonce[16], struct network_result *out, struct qn_err *err)
{
    char url[PEER_URL_MAX + 32];
    struct curl_slist *headers = NULL;
    long status = 0;
    client_library();
    snprintf(url, sizeof(url), "%s%s", c->peer->url, path);
    qn_buf_init(&c->in, 2 * FEED + CURL_MAX_WRITE_SIZE);
    qn_buf_init(&c->problem, PROBLEM);
    enum qn_code rc =
        exchange_stream_open(&c->stream, c->office->st, c->peer->office, c->o->report, err);
    if (rc)
        return rc;
    exchange_stream_expect(c->stream, nonce);
    c->curl = curl_easy_init();
    if (!c->curl || !set_up(c, url, body, &headers)) {
        curl_slist_free_all(headers);
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    }
    pthread_mutex_unlock(&c->office->lock);
    CURLcode how = curl_easy_perform(c->curl);
    pthread_mutex_lock(&c->office->lock);
    curl_slist_free_all(headers);
    feed(c);
    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
    struct exchange_came came = exchange_stream_came(c->stream);
    out->got_bytes += came.bytes;
    out->got_frames += came.frames;
    const struct qn_have *h = exchange_stream_have(c->stream);
    if (h) { /* also of a cut answer everything whole is settled */
        rc = exchange_stream_finish(c->stream, err);
        add_tally(&out->tally, exchange_stream_tally(c->stream));
        if (!rc)
            rc = peer_heard(c->office->st, c->peer->office, exchange_stream_have_bytes(c->stream),
                            true, err);
        if (rc)
            return rc;
    }
    if (c->rc) {
        if (err)
            *err = c->err;
        return c->rc;
    }
    if (how != CURLE_OK)
        return broken(c, how, body, err);
    if (status != 200)
        return refused(c, status, err);
    return h && came.ended ? QN_OK
                           : qn_fail(err, QN_MALFORMED, "sync.no-end", "office=%s|frames=%llu",
                                     c->peer->office, (unsigned long long)came.frames);
}

/* Our HAVE as the first frame of a body; its nonce comes back in the answer. */
static enum qn_code ask(struct qn_buf *body, struct call *c, uint8_t nonce[16], struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf have = {0};
    qn_buf_init(&have, QN_FRAME_MAX);
    randombytes_buf(nonce, 16);
    enum qn_code rc = exchange_have(&have, c->office->st, c->peer->office, nonce, err);
    if (rc)
        return rc;
    qn_frame_put(body, QN_FRAME_HAVE, qn_buf_span(&have));
    return qn_buf_check(body, err);
}

static enum qn_code count_only(void *ctx, enum qn_frame_type type, struct qn_span payload,
                               struct qn_err *err)
{
    (void)ctx, (void)type, (void)payload, (void)err;
    return QN_OK;
}

static enum qn_code push(const struct network_sync *o, const struct peer *peer,
                         const struct qn_have *theirs, struct network_result *out, bool *more,
                         bool *moved, struct qn_err *err)
{
    QN_AUTO(call) struct call c = {.office = o->office, .peer = peer, .o = o};
    QN_AUTO(qn_buf) struct qn_buf body = {0};
    uint8_t nonce[16];
    struct exchange_sent sent;
    qn_buf_init(&body, 2u * EXCHANGE_BYTES + 2 * QN_FRAME_MAX);
    enum qn_code rc = ask(&body, &c, nonce, err);
    struct exchange_options x = {.peer = theirs,
                                 .bytes_max = EXCHANGE_BYTES,
                                 .report = o->report,
                                 .emit = exchange_emit_buf,
                                 .ctx = &body};
    if (!rc)
        rc = exchange_collect(o->office->st, &x, &sent, err);
    if (rc || !sent.news)
        return rc;
    qn_say(o->report, "sync.pushing", "office=%s|headers=%llu|parts=%llu|bytes=%llu", peer->office,
           (unsigned long long)sent.frames[QN_FRAME_HEADER],
           (unsigned long long)sent.frames[QN_FRAME_PART], (unsigned long long)sent.bytes);
    rc = call(&c, "/peer/v1/push", qn_buf_span(&body), nonce, out, err);
    if (rc)
        return rc;
    out->sent_frames += sent.news;
    out->sent_bytes += sent.bytes;
    *more = *more || sent.more;
    *moved = true;
    rc = exchange_told(o->office->st, peer->office, &sent, err);
    if (rc || sent.more)
        return rc;
    struct exchange_sent left;
    x = (struct exchange_options){.peer = exchange_stream_have(c.stream), .emit = count_only};
    rc = exchange_collect(o->office->st, &x, &left, err);
    out->not_taken = rc ? 0 : left.news;
    return rc;
}

static enum qn_code pull(struct call *c, bool with_chain, struct network_result *out,
                         struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf body = {0}, chain = {0};
    uint8_t nonce[16];
    qn_buf_init(&body, 2 * QN_FRAME_MAX);
    qn_buf_init(&chain, QN_FRAME_MAX);
    enum qn_code rc = ask(&body, c, nonce, err);
    if (!rc && with_chain)
        rc = enrol_chain(&chain, c->office->st, store_self(c->office->st)->office, err);
    qn_put_span(&body, qn_buf_span(&chain));
    if (!rc)
        rc = qn_buf_check(&body, err);
    return rc ? rc : call(c, "/peer/v1/pull", qn_buf_span(&body), nonce, out, err);
}

/* What of ours got through before the link broke, by the peer's own word. */
static void resuming(struct call *c)
{
    struct log own;
    struct qn_err none;
    const struct qn_have_origin *h =
        exchange_have_of(exchange_stream_have(c->stream), store_origin(c->office->st));
    if (h && log_find(&own, c->office->st, h->origin, &none) == QN_OK)
        qn_say(c->o->report, "sync.resuming", "office=%s|headers=%llu|of=%llu", c->peer->office,
               (unsigned long long)h->size, (unsigned long long)own.size);
}

static enum qn_code round_trip(const struct network_sync *o, const struct peer *peer,
                               struct network_result *out, bool *more, struct qn_err *err)
{
    QN_AUTO(call) struct call c = {.office = o->office, .peer = peer, .o = o};
    *more = false;
    enum qn_code rc = pull(&c, false, out, err);
    if (rc == QN_DENIED && strcmp(c.rule, "sync.unknown-office") == 0) {
        call_auto(&c);
        c = (struct call){.office = o->office, .peer = peer, .o = o};
        rc = pull(&c, true, out, err);
    }
    if (rc)
        return rc;
    if (out->rounds == 1 && strncmp(peer->last_error, "sync.broken ", 12) == 0)
        resuming(&c);
    const struct ingest_tally *t = exchange_stream_tally(c.stream);
    struct exchange_came came = exchange_stream_came(c.stream);
    if (t->headers || t->parts)
        qn_say(o->report, "sync.pulled", "office=%s|headers=%llu|parts=%llu|bytes=%llu",
               peer->office, (unsigned long long)t->headers, (unsigned long long)t->parts,
               (unsigned long long)came.bytes);
    *more = came.more;
    bool moved = t->headers || t->parts || t->forks;
    rc = push(o, peer, exchange_stream_have(c.stream), out, more, &moved, err);
    if (!rc && *more && !moved)
        rc = qn_fail(err, QN_LATER, "sync.stuck", "office=%s", peer->office);
    return rc;
}

enum qn_code client_sync(const struct network_sync *o, struct network_result *out,
                         struct qn_err *err)
{
    struct store *st = o->office->st;
    struct peer peer;
    struct qn_err why, inner;
    bool more = true;
    *out = (struct network_result){0};
    enum qn_code rc = peer_get(&peer, st, o->peer, err);
    if (rc)
        return rc;
    if (!peer.url[0])
        return qn_fail(err, QN_ABSENT, "peer.no-url", "office=%s", o->peer);
    rc = peer_check_url(peer.url, err);
    if (!rc)
        rc = peer_tried(st, peer.office, err);
    if (rc)
        return rc;
    while (!rc && more && out->rounds++ < ROUNDS_MAX)
        rc = round_trip(o, &peer, out, &more, &why);
    enum qn_code noted = peer_done(st, peer.office, rc ? &why : NULL, &inner);
    if (rc || noted) {
        if (err)
            *err = rc ? why : inner;
        return rc ? rc : noted;
    }
    if (out->not_taken)
        qn_say(o->report, "sync.not-taken", "office=%s|frames=%llu", peer.office,
               (unsigned long long)out->not_taken);
    return QN_OK;
}
