/* reply.c - what every route uses: a refusal as an answer; and the two routes for watchers. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "node/sync/serve.h"
#include "node/http/adapter.h"

void http_problem(struct http_reply *out, enum text_lang lang, const struct qn_err *err)
{
    http_problem_as(out, lang, err, sync_status(err->code));
}

void http_problem_as(struct http_reply *out, enum text_lang lang, const struct qn_err *err,
                     unsigned status)
{
    char detail[1024];
    text_error(detail, sizeof(detail), lang, err);
    out->status = status;
    json_t *o = json_pack("{s:s, s:s, s:i, s:s%, s:s, s:s}", "type", "about:blank", "title",
                          qn_code_name(err->code), "status", (int)out->status, "detail", detail,
                          strlen(detail), "code", err->id, "args", err->args);
    char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    qn_buf_init(&out->body, 8192);
    /* An args that is no UTF-8 cannot be said in JSON: the code alone then says what happened. */
    if (text)
        qn_put_str(&out->body, text);
    else
        qn_put_fmt(&out->body, "{\"type\":\"about:blank\",\"status\":%u,\"code\":\"%s\"}",
                   out->status, err->id);
    out->type = "application/problem+json";
    out->policy = "default-src 'none'; frame-ancestors 'none'";
    free(text);
    json_decref(o);
}

/* For a person who follows a dead link; sentences of the catalogue alone, in which is nothing to escape. */
void http_absent_page(struct http_reply *out, enum text_lang lang)
{
    qn_buf_init(&out->body, 8192);
    qn_put_fmt(&out->body,
               "<!doctype html>\n<html lang=%s><head><meta charset=utf-8><title>404</title></head>"
               "<body><main><h1>404</h1><p>",
               lang == TEXT_EN ? "en" : "zh-CN");
    text_put(&out->body, lang, "http.path", "");
    qn_put_str(&out->body, "</p><p><a href=\"/\">");
    text_put(&out->body, lang, "page.first", "");
    qn_put_str(&out->body, "</a></p></main></body></html>\n");
    out->status = 404;
    out->type = "text/html; charset=utf-8";
    out->policy =
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

void http_healthz(struct http_request *req, struct http_reply *out)
{
    (void)req;
    out->status = 200;
    out->type = "text/plain; charset=utf-8";
    qn_buf_init(&out->body, 16);
    qn_put_str(&out->body, "ok\n");
}

/* Ready: the database answers. A long command holds the lock; that is busy, not broken. */
void http_readyz(struct http_request *req, struct http_reply *out)
{
    char value[8];
    bool got = pthread_mutex_trylock(&req->office->lock) == 0;
    if (got) {
        store_get(req->office->st, "office", value, sizeof(value));
        got = store_self(req->office->st) != NULL;
        pthread_mutex_unlock(&req->office->lock);
    }
    out->status = got ? 200 : 503;
    out->type = "text/plain; charset=utf-8";
    qn_buf_init(&out->body, 16);
    qn_put_str(&out->body, got ? "ready\n" : "busy\n");
}
