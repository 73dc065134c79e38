/* introduce.c - the chain of an office, told to everybody: how those below learn that it has new keys.
 *
 * An office that changed its TLS key is met by callers who pinned the old one. They end that connection, ask here under any
 * key, and believe what the root policy bears out.   Spec: protocol/spec/http.md */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "node/http/client.h"
#include "node/http/request.h"
#include "node/store/tree.h"
#include "node/sync/enrol.h"
#include "node/sync/peer.h"
#include "qian/frame.h"

#define WAIT_S 15L

void http_chain(struct http_request *req, struct http_reply *out)
{
    struct qn_err err;
    qn_buf_init(&out->body, ENROL_FILE_MAX);
    pthread_mutex_lock(&req->office->lock);
    const struct qn_cert *self = store_self(req->office->st);
    enum qn_code rc =
        self ? enrol_chain(&out->body, req->office->st, self->office, &err)
             : qn_fail(&err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(req->office->st));
    pthread_mutex_unlock(&req->office->lock);
    if (rc) {
        http_problem(out, req->lang, &err);
        return;
    }
    out->status = 200;
    out->type = "application/x-qian-frames";
}

static size_t on_bytes(char *p, size_t size, size_t n, void *cls)
{
    struct qn_buf *b = cls;
    qn_put(b, p, size * n);
    return b->failed ? 0 : size * n;
}

/* Without the lock, without a key of ours, under whatever key. */
static bool fetch(struct qn_buf *out, const char *address)
{
    char url[PEER_URL_MAX + 16];
    long status = 0;
    CURL *u = curl_easy_init();
    snprintf(url, sizeof(url), "%s/chain", address);
    bool ok = u && curl_easy_setopt(u, CURLOPT_URL, url) == CURLE_OK &&
              curl_easy_setopt(u, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
              curl_easy_setopt(u, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3) == CURLE_OK &&
              curl_easy_setopt(u, CURLOPT_SSL_VERIFYPEER, 0L) == CURLE_OK &&
              curl_easy_setopt(u, CURLOPT_SSL_VERIFYHOST, 0L) == CURLE_OK &&
              curl_easy_setopt(u, CURLOPT_SSL_SESSIONID_CACHE, 0L) == CURLE_OK &&
              curl_easy_setopt(u, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
              curl_easy_setopt(u, CURLOPT_PROXY, "") == CURLE_OK &&
              curl_easy_setopt(u, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
              curl_easy_setopt(u, CURLOPT_CONNECTTIMEOUT, WAIT_S) == CURLE_OK &&
              curl_easy_setopt(u, CURLOPT_TIMEOUT, WAIT_S) == CURLE_OK &&
              curl_easy_setopt(u, CURLOPT_WRITEFUNCTION, on_bytes) == CURLE_OK &&
              curl_easy_setopt(u, CURLOPT_WRITEDATA, out) == CURLE_OK &&
              curl_easy_perform(u) == CURLE_OK &&
              curl_easy_getinfo(u, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status == 200;
    if (u)
        curl_easy_cleanup(u);
    return ok;
}

/* Certificates that hold; the first that does not ends it. Whether one of the office's own was new is told by the count. */
static unsigned take(struct store *st, struct qn_span chain)
{
    enum qn_frame_type type;
    struct qn_span one;
    size_t need;
    struct qn_err none;
    unsigned taken = 0;
    while (chain.n && qn_frame_take(&chain, &type, &one, &need, &none) == QN_OK &&
           type == QN_FRAME_CERT && tree_add_cert(st, one, &none) == QN_OK)
        taken++;
    return taken;
}

bool client_introduce(struct office *office, const struct peer *peer)
{
    struct peer_keys before, after;
    struct qn_err none;
    QN_AUTO(qn_buf) struct qn_buf chain = {0};
    QN_AUTO(tx) struct tx tx = {0};
    qn_buf_init(&chain, ENROL_FILE_MAX);
    if (peer_keys(&before, office->st, peer->office, &none) != QN_OK)
        return false;
    struct store_work own;
    office_leave(office, &own);
    bool got = fetch(&chain, peer->url);
    office_return(office, &own);
    if (!got || tx_begin(&tx, office->st, &none) != QN_OK)
        return false;
    return take(office->st, qn_buf_span(&chain)) && tx_commit(&tx, &none) == QN_OK &&
           peer_keys(&after, office->st, peer->office, &none) == QN_OK &&
           (after.n != before.n ||
            memcmp(after.key, before.key, after.n * sizeof(after.key[0])) != 0);
}
