/* post.c - one call with libcurl of something that is no office. */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "node/http/client.h"
#include "node/http/tls.h"

#define CONNECT_S 10L

struct answer {
    struct network_answer *out;
    bool too_long;
};

static size_t on_bytes(char *p, size_t size, size_t n, void *cls)
{
    struct answer *a = cls;
    qn_put(&a->out->body, p, size * n);
    a->too_long = a->out->body.failed != QN_OK;
    return a->too_long ? 0 : size * n;
}

/* Of an office in the tree the key is known, and the key alone counts (http-14); anybody else is judged as a browser
 * would: name, dates and an authority that this system trusts.                                                  */
static bool set_up_tls(CURL *u, const uint8_t *key)
{
    QN_AUTO(qn_buf) struct qn_buf pin = {0};
    qn_buf_init(&pin, TLS_PIN_MAX + 1);
    if (!key)
        return curl_easy_setopt(u, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
               curl_easy_setopt(u, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
               curl_easy_setopt(u, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK;
    tls_pin(&pin, key);
    qn_put(&pin, "", 1);
    return !pin.failed &&
           curl_easy_setopt(u, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_PINNEDPUBLICKEY, (const char *)pin.p) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_SSL_VERIFYPEER, 0L) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_SSL_VERIFYHOST, 0L) == CURLE_OK;
}

static bool set_up(CURL *u, const struct network_post *o, struct curl_slist *headers,
                   struct answer *a)
{
    return curl_easy_setopt(u, CURLOPT_URL, o->url) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           set_up_tls(u, o->tls_key) &&
           curl_easy_setopt(u, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_CONNECTTIMEOUT, CONNECT_S) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_TIMEOUT, (long)o->seconds) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)o->body.n) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_POSTFIELDS, o->body.p) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_WRITEFUNCTION, on_bytes) == CURLE_OK &&
           curl_easy_setopt(u, CURLOPT_WRITEDATA, a) == CURLE_OK;
}

static struct curl_slist *request_headers(void)
{
    struct curl_slist *h = curl_slist_append(NULL, "Content-Type: text/plain; charset=utf-8");
    struct curl_slist *all = h ? curl_slist_append(h, "Expect:") : NULL;
    if (!all)
        curl_slist_free_all(h);
    return all;
}

static enum qn_code call(CURL *u, struct answer *a, const struct network_post *o,
                         struct qn_err *err)
{
    long status = 0;
    const char *type = NULL;
    struct store_work own;
    office_leave(o->office, &own);
    CURLcode how = curl_easy_perform(u);
    office_return(o->office, &own);
    if (a->too_long)
        return qn_fail(err, QN_LIMIT, "witness.answer-long", "max=%zu", o->answer_max);
    if (how == CURLE_COULDNT_CONNECT || how == CURLE_COULDNT_RESOLVE_HOST)
        return qn_fail(err, QN_LATER, "witness.unreachable", "url=%s", o->url);
    if (how == CURLE_PEER_FAILED_VERIFICATION)
        return qn_fail(err, QN_UNVERIFIED, "witness.certificate", "url=%s", o->url);
    if (how == CURLE_SSL_PINNEDPUBKEYNOTMATCH)
        return qn_fail(err, QN_UNVERIFIED, "witness.tls-key", "url=%s", o->url);
    if (how != CURLE_OK)
        return qn_fail(err, QN_LATER, "witness.broken", "url=%s|seconds=%u|why=libcurl %d", o->url,
                       o->seconds, (int)how);
    curl_easy_getinfo(u, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(u, CURLINFO_CONTENT_TYPE, &type);
    a->out->status = (unsigned)status;
    snprintf(a->out->type, sizeof(a->out->type), "%s", type ? type : "");
    return QN_OK;
}

enum qn_code client_post(struct network_answer *out, const struct network_post *o,
                         struct qn_err *err)
{
    struct answer a = {.out = out};
    *out = (struct network_answer){.status = 0};
    qn_buf_init(&out->body, o->answer_max);
    client_library();
    struct curl_slist *headers = request_headers();
    CURL *u = curl_easy_init();
    enum qn_code rc = headers && u && set_up(u, o, headers, &a)
                          ? call(u, &a, o, err)
                          : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    curl_easy_cleanup(u);
    curl_slist_free_all(headers);
    return rc;
}
