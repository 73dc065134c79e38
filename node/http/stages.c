/* stages.c - the API's answer about one row: /api/v1/records/OFFICE/EPOCH-SEQ-N/stages. */
#include <string.h>

#include "node/http/request.h"
#include "node/sync/stages.h"
#include "protocol/wire.h"

#define PREFIX     "/api/v1/records/"
#define TAIL       "/stages"
#define RECORD_MAX 64 /* an office code and a row id have 16 + 1 + 22 characters */

/* OFFICE/ID/stages behind the prefix, as OFFICE:ID. */
static bool record_of(char out[RECORD_MAX], const char *path)
{
    const char *at = path + sizeof(PREFIX) - 1, *slash = strchr(at, '/');
    const char *tail = slash ? strchr(slash + 1, '/') : NULL;
    if (!tail || strcmp(tail, TAIL) != 0 || slash == at || tail - at >= RECORD_MAX)
        return false;
    memcpy(out, at, (size_t)(tail - at));
    out[slash - at] = ':';
    out[tail - at] = 0;
    return true;
}

static enum qn_code answer(struct http_request *req, struct qn_buf *body, struct qn_err *err)
{
    char record[RECORD_MAX], office[QN_CODE_MAX + 1];
    struct stages s;
    struct stages_of what = {.office = office};
    const char *rev = http_query(req, "rev");
    if (!record_of(record, req->path))
        return qn_fail(err, QN_ABSENT, "http.path", "");
    if (rev) {
        struct rd r = {.in = qn_str(rev)};
        what.rev = (int64_t)rd_dec(&r, INT32_MAX);
        if (!rd_end(&r) || !what.rev)
            return qn_fail(err, QN_MALFORMED, "stages.rev", "rev=%.40s", rev);
    }
    enum qn_code rc = stages_parse(office, &what.id, req->office->st, record, err);
    if (!rc)
        rc = stages_read(&s, req->office->st, &what, err);
    return rc ? rc : stages_json(body, &s, err);
}

void http_stages(struct http_request *req, struct http_reply *out)
{
    struct qn_err err;
    qn_buf_init(&out->body, 65536);
    pthread_mutex_lock(&req->office->lock);
    enum qn_code rc = answer(req, &out->body, &err);
    pthread_mutex_unlock(&req->office->lock);
    if (rc) {
        qn_buf_release(&out->body);
        http_problem(out, req->lang, &err);
        return;
    }
    out->status = 200;
    out->type = "application/json";
}
