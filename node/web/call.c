/* call.c - the ways to answer a call, and to read what it says. */
#include "node/web/call.h"

#include <stdlib.h>
#include <string.h>

#include "node/sync/serve.h"

static void problem(struct call *c, unsigned status, const struct qn_err *err)
{
    char detail[1024];
    text_error(detail, sizeof(detail), c->in->lang, err);
    json_t *o = json_pack("{s:s, s:s, s:i, s:s, s:s, s:s}", "type", "about:blank", "title",
                          qn_code_name(err->code), "status", (int)status, "detail", detail, "code",
                          err->id, "args", err->args);
    if (!o) /* values that are no UTF-8 */
        o = json_pack("{s:s, s:i, s:s}", "type", "about:blank", "status", (int)status, "code",
                      err->id);
    call_json(c, status, o);
    c->out->type = "application/problem+json";
}

void call_refuse(struct call *c, const struct qn_err *err)
{
    problem(c, sync_status(err->code), err);
}

void call_refuse_as(struct call *c, unsigned status, const char *id, const char *args)
{
    struct qn_err err;
    qn_fail(&err,
            status == 404   ? QN_ABSENT
            : status == 400 ? QN_MALFORMED
            : status == 412 ? QN_CONFLICT
                            : QN_DENIED,
            id, "%s", args);
    problem(c, status, &err);
}

void call_json(struct call *c, unsigned status, json_t *body)
{
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    json_decref(body);
    qn_buf_release(&c->out->body);
    qn_buf_init(&c->out->body, 512u * 1024 * 1024);
    c->out->status = text ? status : 500;
    c->out->type = "application/json";
    if (text)
        qn_put_str(&c->out->body, text);
    if (c->out->body.failed)
        c->out->status = 500;
    free(text);
}

void call_empty(struct call *c, unsigned status)
{
    c->out->status = status;
}

json_t *call_body(struct call *c)
{
    json_error_t why;
    json_t *o =
        json_loadb((const char *)c->in->body.p, c->in->body.n, JSON_REJECT_DUPLICATES, &why);
    if (json_is_object(o))
        return o;
    json_decref(o);
    call_refuse_as(c, 400, "web.json", "");
    return NULL;
}

const char *call_text(const json_t *body, const char *name)
{
    const char *s = json_string_value(json_object_get(body, name));
    return s ? s : "";
}
