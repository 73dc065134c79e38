/* witness_ask.c - asking a witness outside the tree, and keeping what it signed. */
#include <stdio.h>
#include <string.h>

#include "node/store/anchor.h"
#include "node/store/clock.h"
#include "node/store/duty.h"
#include "node/store/ingest.h"
#include "node/store/tree.h"
#include "node/sync/peer.h"
#include "node/sync/witness.h"

#define ANSWER_S 20u /* a witness checks one proof and signs: seconds are long */

/* ---- where it is --------------------------------------------------------------------------------------- */

/* SPEC witness-7: "HTTPS, or plain HTTP on a loopback address" */
static enum qn_code check_url(char out[WITNESS_URL_MAX + 1], const char *url, struct qn_err *err)
{
    char head[PEER_URL_MAX + 8];
    size_t n = strlen(url);
    while (n && url[n - 1] == '/')
        n--;
    if (n > WITNESS_URL_MAX)
        return qn_fail(err, QN_LIMIT, "witness.url-long", "max=%d", WITNESS_URL_MAX);
    const char *host = strstr(url, "://");
    size_t at = host ? (size_t)(host - url) + 3 : 0;
    while (at < n && url[at] != '/')
        at++;
    for (size_t i = at; i < n; i++)
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._~-", url[i]))
            return qn_fail(err, QN_MALFORMED, "witness.url", "url=%s", url);
    bool https = strncmp(url, "https://", 8) == 0;
    bool port = host && memchr(host + 3, ':', (size_t)(url + at - host) - 3);
    /* The usual port may be left out, as people write it. */
    snprintf(head, sizeof(head), "%.*s%s", (int)at, url, https && !port ? ":443" : "");
    memcpy(out, url, n);
    out[n] = 0;
    return https ? peer_check_url(head, err) : peer_check_plain_url(head, err);
}

/* The key: as given, which must be the one that was kept, or as kept. size: what it confirmed last. */
static enum qn_code find_key(struct qn_vkey *key, uint64_t *size, struct store *st, const char *url,
                             const char *given, struct qn_err *err)
{
    struct qn_span said = qn_str(given ? given : "");
    *size = 0;
    QN_AUTO(query) struct query q = query_start(st, SQL_WITNESS_GET);
    q_bind_text(&q, url);
    bool known = q_step(&q);
    if (known && given && !qn_span_eq(said, q_span(&q, 0)))
        return qn_fail(err, QN_CONFLICT, "witness.other-key", "url=%s", url);
    if (known) {
        *size = (uint64_t)q_int(&q, 1);
        said = q_span(&q, 0);
    } else if (!given) {
        return qn_fail(err, QN_ABSENT, "witness.no-key", "url=%s", url);
    }
    enum qn_code rc = qn_vkey_parse(key, said, err);
    if (!rc && key->type != QN_NOTE_COSIGNER)
        rc = qn_fail(err, QN_MALFORMED, "witness.not-a-witness", "name=%s", key->name);
    if (rc)
        return rc;
    rc = query_end(&q, err);
    if (rc || known)
        return rc;
    QN_AUTO(query) struct query c = query_start(st, SQL_WITNESS_COUNT);
    q_bind_text(&c, url);
    if (q_step(&c) && q_int(&c, 0) >= WITNESSES_MAX)
        return qn_fail(err, QN_LIMIT, "witness.too-many", "max=%d", WITNESSES_MAX);
    return query_end(&c, err);
}

/* SPEC witness-7: "the TLS key of that certificate" */
static bool office_key(uint8_t out[QN_PUBKEY], struct store *st, const struct qn_vkey *key)
{
    char office[QN_CODE_MAX + 1], name[QN_ORIGIN_MAX + 16];
    struct qn_cert c;
    struct qn_err none;
    const char *from = strchr(key->name, '/');
    size_t n = from ? strcspn(from + 1, "/") : 0;
    if (!n ||
        !qn_text_copy(office, sizeof(office), (struct qn_span){(const uint8_t *)from + 1, n}) ||
        tree_cert(&c, st, office, &none) != QN_OK)
        return false;
    log_witness_name(name, &c);
    memcpy(out, c.tls, QN_PUBKEY);
    return strcmp(name, key->name) == 0 && memcmp(c.witness, key->key, QN_PUBKEY) == 0;
}

/* ---- one question ------------------------------------------------------------------------------------------ */

struct question {
    const struct witness_ask *o;
    char url[WITNESS_URL_MAX + 1];
    struct qn_vkey key;
    struct log own;
    struct qn_buf note, text; /* the newest checkpoint, with and without its signatures */
    struct network_answer answer;
};
static void question_auto(struct question *q)
{
    qn_buf_release(&q->note);
    qn_buf_release(&q->text);
    qn_buf_release(&q->answer.body);
}

static enum qn_code prepare(struct question *q, struct qn_err *err)
{
    struct store *st = q->o->office->st;
    uint8_t root[QN_HASH];
    enum qn_code rc = store_self(st)
                          ? log_find(&q->own, st, store_origin(st), err)
                          : qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    if (!rc && !q->own.verified)
        rc = qn_fail(err, QN_ABSENT, "witness.empty", "log=%s", q->own.origin);
    if (!rc)
        rc = log_root(st, &q->own, q->own.verified, root, err);
    if (rc)
        return rc;
    qn_buf_init(&q->note, QN_NOTE_MAX);
    qn_buf_init(&q->text, 1024);
    qn_checkpoint_text(&q->text, qn_str(q->own.origin), q->own.verified, root);
    anchor_flush(st);
    rc = log_checkpoint_note(&q->note, st, &q->own, q->own.verified, err);
    return rc ? rc : qn_buf_check(&q->text, err);
}

static enum qn_code post(struct question *q, uint64_t old, struct qn_err *err)
{
    char url[WITNESS_URL_MAX + 32];
    struct qn_proof proof = {.n = 0};
    QN_AUTO(qn_buf) struct qn_buf body = {0};
    qn_buf_init(&body, QN_WITNESS_REQUEST_MAX);
    enum qn_code rc = QN_OK;
    if (old)
        rc = log_consistency(q->o->office->st, &q->own, old, q->own.verified, &proof, err);
    qn_witness_write(&body, old, &proof, qn_buf_span(&q->note));
    if (!rc)
        rc = qn_buf_check(&body, err);
    if (rc)
        return rc;
    snprintf(url, sizeof(url), "%s/add-checkpoint", q->url);
    qn_buf_release(&q->answer.body);
    uint8_t tls_key[QN_PUBKEY];
    bool known = office_key(tls_key, q->o->office->st, &q->key);
    struct network_post p = {.office = q->o->office,
                             .url = url,
                             .tls_key = known ? tls_key : NULL,
                             .body = qn_buf_span(&body),
                             .answer_max = QN_WITNESS_ANSWER_MAX,
                             .seconds = ANSWER_S};
    return q->o->network->post(&q->answer, &p, err);
}

/* A 409: the size that the witness cosigned last, by its own word, which proves nothing. */
static enum qn_code conflicting(struct question *q, uint64_t old, uint64_t *size,
                                struct qn_err *err)
{
    const char *url = q->url;
    unsigned long long own = q->own.verified;
    enum qn_code rc =
        strncmp(q->answer.type, "text/x.tlog.size", 16) == 0
            ? qn_witness_size_parse(size, qn_buf_span(&q->answer.body), err)
            : qn_fail(err, QN_MALFORMED, "witness.size", "bytes=%zu", q->answer.body.n);
    if (rc)
        return rc;
    if (*size == old)
        return qn_fail(err, QN_CONFLICT, "witness.split", "url=%s|size=%llu", url,
                       (unsigned long long)old);
    if (*size > own)
        return qn_fail(err, QN_CONFLICT, "witness.ahead", "url=%s|theirs=%llu|ours=%llu", url,
                       (unsigned long long)*size, own);
    return QN_OK;
}

static enum qn_code refused(const struct question *q, struct qn_err *err)
{
    const char *url = q->url;
    unsigned status = q->answer.status;
    if (status == 404)
        return qn_fail(err, QN_ABSENT, "witness.not-watched", "url=%s|log=%s", url, q->own.origin);
    if (status == 429 || status >= 500)
        return qn_fail(err, QN_LATER, "witness.busy", "url=%s|status=%u", url, status);
    return qn_fail(err, QN_DENIED, "witness.refused", "url=%s|status=%u", url, status);
}

/* SPEC witness-7: "asks once more from that size" */
static enum qn_code converse(struct question *q, uint64_t *old, struct qn_err *err)
{
    enum qn_code rc = post(q, *old, err);
    if (rc || q->answer.status == 200)
        return rc;
    if (q->answer.status == 409) {
        uint64_t size, again;
        rc = conflicting(q, *old, &size, err);
        if (rc)
            return rc;
        qn_say(q->o->report, "witness.retry", "url=%s|size=%llu", q->url, (unsigned long long)size);
        *old = size;
        rc = post(q, *old, err);
        if (rc || q->answer.status == 200)
            return rc;
        if (q->answer.status == 409) {
            rc = conflicting(q, *old, &again, err);
            return rc ? rc
                      : qn_fail(err, QN_CONFLICT, "witness.wavers", "url=%s|first=%llu|second=%llu",
                                q->url, (unsigned long long)size, (unsigned long long)again);
        }
    }
    return refused(q, err);
}

/* ---- what is kept --------------------------------------------------------------------------------------------- */

/* Of a witness above us the line counts: it goes where such lines go. */
static enum qn_code take_in(struct question *q, struct qn_span line, struct qn_err *err)
{
    QN_AUTO(ingest) struct ingest *in = NULL;
    qn_put_span(&q->note, line);
    enum qn_code rc = qn_buf_check(&q->note, err);
    if (!rc)
        rc = ingest_open(&in, q->o->office->st, err);
    if (!rc)
        rc = ingest_frame(in, QN_FRAME_CHECKPOINT, qn_buf_span(&q->note), err);
    return rc ? rc : ingest_pause(in, err);
}

static enum qn_code run(struct query *q, struct qn_err *err)
{
    q_step(q);
    return query_end(q, err);
}

static enum qn_code keep(struct question *q, struct qn_span line, uint64_t time_s,
                         struct qn_err *err)
{
    struct store *st = q->o->office->st;
    QN_AUTO(tx) struct tx tx = {0};
    QN_AUTO(qn_buf) struct qn_buf vkey = {0};
    qn_buf_init(&vkey, QN_VKEY_NAME + 64);
    qn_vkey_write(&vkey, &q->key);
    enum qn_code rc = qn_buf_check(&vkey, err);
    if (!rc)
        rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = take_in(q, line, err);
    if (rc)
        return rc;
    {
        QN_AUTO(query) struct query w = query_start(st, SQL_WITNESS_LINE_PUT);
        q_bind_int(&w, q->own.no);
        q_bind_int(&w, (int64_t)q->own.verified);
        q_bind_text(&w, q->key.name);
        q_bind_int(&w, (int64_t)time_s);
        q_bind_span(&w, line);
        rc = run(&w, err);
    }
    if (rc)
        return rc;
    QN_AUTO(query) struct query w = query_start(st, SQL_WITNESS_PUT);
    q_bind_text(&w, q->url);
    q_bind_span(&w, qn_buf_span(&vkey));
    q_bind_text(&w, q->key.name);
    q_bind_int(&w, (int64_t)q->own.verified);
    q_bind_int(&w, (int64_t)clock_now_ms(st));
    rc = run(&w, err);
    return rc ? rc : tx_commit(&tx, err);
}

enum qn_code witness_ask(struct witness_asked *out, const struct witness_ask *o, struct qn_err *err)
{
    QN_AUTO(question) struct question q = {.o = o};
    struct qn_span line = {NULL, 0};
    uint64_t old = 0, time_s = 0;
    enum qn_code rc = check_url(q.url, o->url, err);
    if (!rc)
        rc = duty_act(o->office->st, duty_of(DUTY_WITNESS_ASK), NULL, q.url, err);
    if (!rc)
        rc = find_key(&q.key, &old, o->office->st, q.url, o->vkey, err);
    if (!rc)
        rc = prepare(&q, err);
    if (rc)
        return rc;
    qn_say(o->report, "witness.asking", "url=%s|size=%llu|from=%llu", q.url,
           (unsigned long long)q.own.verified, (unsigned long long)old);
    rc = converse(&q, &old, err);
    if (!rc)
        rc = qn_witness_answer(&line, &time_s, qn_buf_span(&q.text), qn_buf_span(&q.answer.body),
                               &q.key, err);
    if (!rc)
        rc = keep(&q, line, time_s, err);
    if (rc)
        return rc;
    *out = (struct witness_asked){.from = old, .size = q.own.verified, .time_s = time_s};
    memcpy(out->name, q.key.name, sizeof(out->name));
    return QN_OK;
}

/* ---- lists ------------------------------------------------------------------------------------------------------ */

enum qn_code witness_list(struct witness out[WITNESSES_MAX], unsigned *n, struct store *st,
                          struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_WITNESS_ALL);
    *n = 0;
    while (*n < WITNESSES_MAX && q_step(&q)) {
        struct witness *w = &out[(*n)++];
        *w = (struct witness){.size = (uint64_t)q_int(&q, 3), .ok_ms = (uint64_t)q_int(&q, 4)};
        qn_text_copy(w->url, sizeof(w->url), q_span(&q, 0));
        qn_text_copy(w->vkey, sizeof(w->vkey), q_span(&q, 1));
        qn_text_copy(w->name, sizeof(w->name), q_span(&q, 2));
    }
    return query_end(&q, err);
}

enum qn_code witness_own_keys(struct qn_vkey *log, struct qn_vkey *witness, struct store *st,
                              struct qn_err *err)
{
    const struct qn_cert *self = store_self(st);
    if (!self)
        return qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    *log = (struct qn_vkey){.type = QN_NOTE_ED25519};
    *witness = (struct qn_vkey){.type = QN_NOTE_COSIGNER};
    memcpy(log->key, self->log, QN_PUBKEY);
    memcpy(witness->key, self->witness, QN_PUBKEY);
    qn_cert_origin(log->name, self);
    log_witness_name(witness->name, self);
    return QN_OK;
}
