/* exchange.c - the calls of other offices: pull and push. */
#include <stdlib.h>
#include <string.h>

#include "node/http/request.h"
#include "node/sync/peer.h"

#define FEED       (256u * 1024) /* of a push are taken in at a time: each costs one commit */
#define FRAMES     "application/x-qian-frames"
#define ANSWER_MAX (2u * EXCHANGE_BYTES + 2 * QN_FRAME_MAX)

/* SPEC http-10: "A HAVE whose nonce was seen from that sender is refused with 403" */
static enum qn_code check_nonce(struct http_nonces *n, const struct qn_have *h, struct qn_err *err)
{
    for (size_t i = 0; i < n->n; i++)
        if (memcmp(n->seen[i], h->nonce, sizeof(h->nonce)) == 0)
            return qn_fail(err, QN_DENIED, "sync.replayed", "office=%s", h->from);
    memcpy(n->seen[n->next], h->nonce, sizeof(h->nonce));
    n->next = (n->next + 1) % HTTP_NONCES;
    n->n += n->n < HTTP_NONCES;
    return QN_OK;
}

/* Our HAVE under the nonce of the question, then what is due. */
static enum qn_code build(struct http_request *req, const struct qn_have *peer, bool answer,
                          struct qn_buf *out, struct exchange_sent *sent, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf have = {0};
    qn_buf_init(&have, QN_FRAME_MAX);
    qn_buf_init(out, ANSWER_MAX);
    /* SPEC http-3: "The HAVE of an answer carries the nonce of the HAVE in the question" */
    enum qn_code rc = exchange_have(&have, req->office->st, peer->from, peer->nonce, err);
    if (rc)
        return rc;
    qn_frame_put(out, QN_FRAME_HAVE, qn_buf_span(&have));
    struct exchange_options o = {.peer = peer,
                                 .bytes_max = EXCHANGE_BYTES,
                                 .answer = answer,
                                 .report = req->report,
                                 .emit = exchange_emit_buf,
                                 .ctx = out};
    return exchange_collect(req->office->st, &o, sent, err);
}

static void reply_or_problem(struct http_request *req, struct http_reply *out, enum qn_code rc,
                             const struct qn_err *err)
{
    if (rc) {
        qn_buf_release(&out->body);
        http_problem(out, req->lang, err);
        return;
    }
    out->status = 200;
    out->type = FRAMES;
}

/* ---- pull ------------------------------------------------------------------------------------------------ */

/* SPEC http-2: "HAVE, and behind it the certificates" */
static enum qn_code pull(struct http_request *req, struct http_reply *out, struct qn_err *err)
{
    struct exchange_sent sent;
    struct store *st = req->office->st;
    enum qn_code rc = exchange_stream_open(&req->stream, st, NULL, req->report, err);
    if (!rc)
        rc = exchange_stream_feed(req->stream, qn_buf_span(&req->in), err);
    if (!rc)
        rc = exchange_stream_greet(req->stream, err);
    if (!rc)
        rc = exchange_stream_finish(req->stream, err);
    if (rc)
        return rc;
    const struct qn_have *have = exchange_stream_have(req->stream);
    rc = check_nonce(req->nonces, have, err);
    if (!rc)
        rc = peer_heard(st, have->from, exchange_stream_have_bytes(req->stream), true, err);
    if (!rc)
        rc = build(req, have, false, &out->body, &sent, err);
    if (!rc)
        rc = peer_done(st, have->from, NULL, err);
    if (!rc)
        qn_say(req->report, "serve.pulled", "office=%s|frames=%llu|bytes=%llu", have->from,
               (unsigned long long)sent.news, (unsigned long long)sent.bytes);
    return rc;
}

void http_pull(struct http_request *req, struct http_reply *out)
{
    struct qn_err err;
    pthread_mutex_lock(&req->office->lock);
    enum qn_code rc = pull(req, out, &err);
    /* CERTs in the question opened a transaction: none outlives the lock, or the next one's work ends inside it. */
    exchange_stream_free(req->stream);
    req->stream = NULL;
    pthread_mutex_unlock(&req->office->lock);
    reply_or_problem(req, out, rc, &err);
}

/* ---- push ------------------------------------------------------------------------------------------------ */

/* The first whole frames say who speaks. */
static enum qn_code greet(struct http_request *req, struct qn_err *err)
{
    const struct qn_have *h = exchange_stream_have(req->stream);
    enum qn_code rc = check_nonce(req->nonces, h, err);
    return rc ? rc
              : peer_heard(req->office->st, h->from, exchange_stream_have_bytes(req->stream), true,
                           err);
}

/* What is waiting is taken in and committed, so the lock can be given back. */
static void feed(struct http_request *req)
{
    struct qn_err err;
    enum qn_code rc = req->rc;
    if (!rc && !req->stream)
        rc = exchange_stream_open(&req->stream, req->office->st, NULL, req->report, &err);
    if (!rc) {
        bool knew = exchange_stream_have(req->stream) != NULL;
        rc = exchange_stream_feed(req->stream, qn_buf_span(&req->in), &err);
        if (!knew && exchange_stream_have(req->stream) && (!rc || rc != QN_IO)) {
            struct qn_err why;
            enum qn_code known = greet(req, &why);
            if (known) {
                rc = known;
                err = why;
            }
        }
        struct qn_err why;
        enum qn_code kept = exchange_stream_pause(req->stream, &why);
        if (kept) {
            rc = kept;
            err = why;
        }
    }
    req->in.n = 0;
    if (rc && !req->rc) {
        req->rc = rc;
        req->err = err;
    }
}

void http_push_take(struct http_request *req, struct qn_span piece)
{
    if (req->rc)
        return;
    qn_put_span(&req->in, piece);
    if (req->in.n < FEED && !req->in.failed)
        return;
    pthread_mutex_lock(&req->office->lock);
    if (req->in.failed)
        req->rc = qn_buf_check(&req->in, &req->err);
    feed(req);
    pthread_mutex_unlock(&req->office->lock);
}

static void tell(struct http_request *req, const char *id, const char *office)
{
    struct exchange_came came = exchange_stream_came(req->stream);
    const struct ingest_tally *t = exchange_stream_tally(req->stream);
    qn_say(req->report, id, "office=%s|frames=%llu|bytes=%llu|headers=%llu|parts=%llu|refused=%llu",
           office, (unsigned long long)came.frames, (unsigned long long)came.bytes,
           (unsigned long long)t->headers, (unsigned long long)t->parts,
           (unsigned long long)came.refused);
}

/* SPEC http-4: "every whole frame that arrived is kept" */
static enum qn_code settle(struct http_request *req, struct qn_err *err)
{
    const struct qn_have *h = req->stream ? exchange_stream_have(req->stream) : NULL;
    if (!h)
        return req->rc;
    enum qn_code rc = exchange_stream_finish(req->stream, err);
    if (!rc)
        rc = peer_done(req->office->st, h->from, req->rc ? &req->err : NULL, err);
    if (rc)
        return rc;
    if (req->rc && err)
        *err = req->err;
    return req->rc;
}

static enum qn_code push(struct http_request *req, struct http_reply *out, struct qn_err *err)
{
    struct exchange_sent sent;
    feed(req);
    *err = req->err;
    enum qn_code rc = settle(req, err);
    if (rc)
        return rc;
    const struct qn_have *h = exchange_stream_have(req->stream);
    if (!h) /* an empty body */
        return qn_fail(err, QN_MALFORMED, "sync.no-have", "type=0");
    if (!exchange_stream_came(req->stream).ended)
        return qn_fail(err, QN_MALFORMED, "sync.no-end", "office=%s|frames=%llu", h->from,
                       (unsigned long long)exchange_stream_came(req->stream).frames);
    tell(req, "serve.pushed", h->from);
    return build(req, h, true, &out->body, &sent, err);
}

void http_push(struct http_request *req, struct http_reply *out)
{
    struct qn_err err = {0};
    pthread_mutex_lock(&req->office->lock);
    enum qn_code rc = push(req, out, &err);
    pthread_mutex_unlock(&req->office->lock);
    reply_or_problem(req, out, rc, &err);
}

void http_push_broke(struct http_request *req)
{
    struct qn_err err;
    pthread_mutex_lock(&req->office->lock);
    if (!req->rc && (req->in.n || req->stream)) {
        feed(req);
        const struct qn_have *h = req->stream ? exchange_stream_have(req->stream) : NULL;
        if (h && !req->rc)
            req->rc =
                qn_fail(&req->err, QN_LATER, "sync.peer-broke", "office=%s|frames=%llu", h->from,
                        (unsigned long long)exchange_stream_came(req->stream).frames);
        if (h && settle(req, &err) == QN_LATER)
            tell(req, "serve.broke", h->from);
    }
    pthread_mutex_unlock(&req->office->lock);
}
