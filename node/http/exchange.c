/* exchange.c - the calls of other offices: pull and push. What they say is the business of node/sync/serve.h. */
#include "node/http/request.h"

#define FEED   (256u * 1024) /* of a push are taken in at a time: each costs one commit */
#define FRAMES "application/x-qian-frames"

/* Under the lock: what is waiting is taken in. */
static void feed(struct http_request *req, enum sync_what what)
{
    if (!req->rc && !req->serve) {
        req->rc = sync_serve_open(&req->serve, req->office->st, what, req->report, &req->err);
        if (!req->rc)
            sync_serve_caller(req->serve, req->key);
    }
    if (!req->rc)
        sync_serve_feed(req->serve, qn_buf_span(&req->in));
    req->known = req->serve && sync_serve_known(req->serve);
    req->in.n = 0;
}

static void answer(struct http_request *req, enum sync_what what, struct http_reply *out)
{
    struct qn_err err, inner;
    struct tx tx = {0};
    pthread_mutex_lock(&req->office->lock);
    if (!req->rc)
        req->rc = tx_begin(&tx, req->office->st, &req->err);
    feed(req, what);
    if (req->rc && req->serve)
        sync_serve_fail(req->serve, &req->err);
    enum qn_code rc = req->rc;
    if (req->serve) {
        rc = sync_serve_answer(req->serve, &out->body, &err);
        req->known = sync_serve_known(req->serve);
    } else
        err = req->err;
    sync_serve_free(req->serve);
    req->serve = NULL;
    /* One commit for all of it, and nothing is acknowledged before; of a refused one it keeps what came whole. */
    enum qn_code kept = tx.open ? tx_commit(&tx, &inner) : QN_OK;
    if (kept && !rc)
        err = inner;
    rc = rc ? rc : kept;
    tx_end(&tx);
    pthread_mutex_unlock(&req->office->lock);
    if (rc) {
        qn_buf_release(&out->body);
        http_problem(out, req->lang, &err);
        return;
    }
    out->status = 200;
    out->type = FRAMES;
    out->keep = req->known;
}

void http_pull(struct http_request *req, struct http_reply *out)
{
    answer(req, SYNC_PULL, out);
}

void http_push_take(struct http_request *req, struct qn_span piece)
{
    if (req->rc || (req->serve && sync_serve_failed(req->serve)))
        return;
    qn_put_span(&req->in, piece);
    if (req->in.n < FEED && !req->in.failed)
        return;
    pthread_mutex_lock(&req->office->lock);
    if (req->in.failed)
        req->rc = qn_buf_check(&req->in, &req->err);
    feed(req, SYNC_PUSH);
    pthread_mutex_unlock(&req->office->lock);
}

void http_push(struct http_request *req, struct http_reply *out)
{
    answer(req, SYNC_PUSH, out);
}

void http_push_broke(struct http_request *req)
{
    pthread_mutex_lock(&req->office->lock);
    if (!req->rc && (req->in.n || req->serve))
        feed(req, SYNC_PUSH);
    if (!req->rc && req->serve)
        sync_serve_broke(req->serve);
    pthread_mutex_unlock(&req->office->lock);
}
