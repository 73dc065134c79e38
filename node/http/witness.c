/* witness.c - the call of other logs: add-checkpoint.   Spec: protocol/spec/witness.md */
#include "node/http/request.h"
#include "node/sync/witness.h"

#define RETRY_S "60" /* by then the log's office may have exchanged */

static void answer(struct http_request *req, struct http_reply *out, struct witness_reply *r)
{
    unsigned status = r->outcome == QN_WITNESS_SPLIT ? 409 : (unsigned)r->outcome;
    switch (r->outcome) {
    case QN_WITNESS_COSIGN:
        out->type = "text/plain; charset=utf-8";
        out->body = r->line;
        r->line = (struct qn_buf){0};
        qn_say(req->report, "serve.witnessed", "log=%s|size=%llu", r->origin,
               (unsigned long long)r->size);
        break;
    case QN_WITNESS_STALE:
    case QN_WITNESS_SPLIT:
        /* SPEC witness-3: "the size that it cosigned last in decimal and a newline" */
        out->type = "text/x.tlog.size";
        qn_buf_init(&out->body, 32);
        qn_put_fmt(&out->body, "%llu\n", (unsigned long long)r->size);
        break;
    case QN_WITNESS_LATER:
        out->retry = RETRY_S;
        http_problem_as(out, req->lang, &r->why, status);
        break;
    case QN_WITNESS_MALFORMED:
    case QN_WITNESS_UNSIGNED:
    case QN_WITNESS_UNKNOWN:
    case QN_WITNESS_INCONSISTENT:
        http_problem_as(out, req->lang, &r->why, status);
        break;
    }
    out->status = status;
}

void http_add_checkpoint(struct http_request *req, struct http_reply *out)
{
    struct witness_reply r = {0};
    struct qn_err err = {0};
    pthread_mutex_lock(&req->office->lock);
    enum qn_code rc = witness_add(&r, req->office->st, qn_buf_span(&req->in), req->report, &err);
    pthread_mutex_unlock(&req->office->lock);
    if (rc)
        http_problem(out, req->lang, &err);
    else
        answer(req, out, &r);
    qn_buf_release(&r.line);
}
