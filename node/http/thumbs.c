/* thumbs.c - small pictures for the office's own page: of files that are here, and never the files themselves. */
#include <string.h>

#include "node/http/request.h"
#include "node/store/files.h"
#include "node/work/thumb.h"

/* With the lock held: the photos of a result. */
size_t http_photos(struct http_photo out[HTTP_PHOTOS], struct store *st, const char *office,
                   int64_t result)
{
    struct qn_err err;
    size_t n = 0;
    if (files_look(st, &err) != QN_OK)
        return 0;
    QN_AUTO(query) struct query q = query_start(st, SQL_FILES_LIST);
    q_bind_text(&q, office);
    q_bind_int(&q, result);
    q_bind_text(&q, "");
    q_bind_int(&q, 0);
    q_bind_int(&q, HTTP_PHOTOS);
    while (n < HTTP_PHOTOS && q_step(&q)) {
        struct http_photo *p = &out[n];
        struct qn_span digest = q_span(&q, 4);
        *p = (struct http_photo){.here = q_int(&q, 7) == FILES_HERE,
                                 .jpeg = strcmp(q_text(&q, 6), "image/jpeg") == 0};
        if (digest.n != QN_HASH || !qn_text_copy(p->kind, sizeof(p->kind), q_span(&q, 3)) ||
            !qn_text_copy(p->media, sizeof(p->media), q_span(&q, 6)))
            continue;
        qn_hex(p->hex, digest.p, QN_HASH);
        n++;
    }
    return query_end(&q, &err) == QN_OK ? n : 0;
}

static bool digest_of(uint8_t out[QN_HASH], const char *hex)
{
    static const char digits[] = "0123456789abcdef";
    if (!hex || strlen(hex) != (size_t)2 * QN_HASH || strspn(hex, digits) != (size_t)2 * QN_HASH)
        return false;
    for (size_t i = 0; i < QN_HASH; i++)
        out[i] = (uint8_t)((strchr(digits, hex[2 * i]) - digits) * 16 +
                           (strchr(digits, hex[2 * i + 1]) - digits));
    return true;
}

/* The decoder takes its time; the office goes on meanwhile, so the lock is held for the look at the table only. */
void http_thumb(struct http_request *req, struct http_reply *out)
{
    const char *asked = http_query(req, "sha256");
    uint8_t sha256[QN_HASH];
    struct qn_err err;
    enum thumb told = THUMB_NONE;
    bool here = false;
    enum qn_code rc = digest_of(sha256, asked) ? QN_OK
                                               : qn_fail(&err, QN_MALFORMED, "evidence.digest",
                                                         "value=%.80s", asked ? asked : "");
    if (!rc) {
        pthread_mutex_lock(&req->office->lock);
        {
            QN_AUTO(query) struct query q = query_start(req->office->st, SQL_FILES_OTHERS);
            q_bind_blob(&q, sha256, QN_HASH);
            here = q_step(&q);
            rc = query_end(&q, &err);
        }
        pthread_mutex_unlock(&req->office->lock);
    }
    if (!rc && !here)
        rc = qn_fail(&err, QN_ABSENT, "evidence.unknown", "value=%s", asked);
    if (!rc)
        rc = thumb_of(&out->body, &told, store_dir(req->office->st), sha256, false, &err);
    if (!rc && told != THUMB_MADE)
        rc = qn_fail(&err, QN_ABSENT, thumb_id(told), "path=%s", asked);
    if (rc) {
        http_problem(out, req->lang, &err);
        return;
    }
    out->status = 200;
    out->type = "image/jpeg";
    out->policy = "default-src 'none'; sandbox";
}
