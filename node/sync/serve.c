#include "node/sync/serve.h"

#include <stdlib.h>
#include <string.h>

#include "node/store/tree.h"
#include "node/sync/peer.h"

#define ANSWER_MAX (2u * EXCHANGE_BYTES + 2 * QN_FRAME_MAX)
#define PULL_MAX   (2u * QN_FRAME_MAX) /* a HAVE and a chain of certificates */
#define NONCES     256                 /* kept of each sender, http-10 */

struct sync_serve {
    struct store *st;
    enum sync_what what;
    const struct qn_report *report;
    struct exchange_stream *stream;
    bool keyed, known; /* keyed: the carrier tells callers apart by their keys */
    uint8_t key[QN_PUBKEY];
    struct qn_buf pull; /* a pull is judged as a whole: refused, it leaves nothing behind */
    bool met;           /* the sender's HAVE was judged */
    bool turned_away;   /* it is a replay, or not who it says */
    enum qn_code rc;    /* the first failure: what comes after it is thrown away */
    struct qn_err err;
};

static enum qn_code meet(void *serve, struct qn_err *err);

enum qn_code sync_serve_open(struct sync_serve **out, struct store *st, enum sync_what what,
                             const struct qn_report *report, struct qn_err *err)
{
    QN_AUTO(sync_serve) struct sync_serve *s = calloc(1, sizeof(*s));
    if (!s)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    s->st = st;
    s->what = what;
    s->report = report;
    qn_buf_init(&s->pull, PULL_MAX);
    enum qn_code rc = exchange_stream_open(&s->stream, st, NULL, report, err);
    if (rc)
        return rc;
    exchange_stream_judged(s->stream, meet, s);
    *out = QN_STEAL(s);
    return QN_OK;
}

void sync_serve_free(struct sync_serve *s)
{
    if (!s)
        return;
    exchange_stream_free(s->stream);
    qn_buf_release(&s->pull);
    free(s);
}

static enum qn_code run(struct query *q, struct qn_err *err)
{
    q_step(q);
    return query_end(q, err);
}

/* SPEC http-10: "A HAVE whose nonce was seen from that sender is refused with 403" */
static enum qn_code check_nonce(struct store *st, const struct qn_have *h, struct qn_err *err)
{
    bool seen;
    int64_t last;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_NONCE_SEEN);
        q_bind_text(&q, h->from);
        q_bind_blob(&q, h->nonce, sizeof(h->nonce));
        seen = q_step(&q) && q_int(&q, 0);
        last = q_int(&q, 1);
        enum qn_code rc = query_end(&q, err);
        if (rc)
            return rc;
    }
    if (seen)
        return qn_fail(err, QN_DENIED, "sync.replayed", "office=%s", h->from);
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_NONCE_ADD);
        q_bind_text(&q, h->from);
        q_bind_int(&q, last + 1);
        q_bind_blob(&q, h->nonce, sizeof(h->nonce));
        enum qn_code rc = run(&q, err);
        if (rc)
            return rc;
    }
    QN_AUTO(query) struct query q = query_start(st, SQL_NONCE_FORGET);
    q_bind_text(&q, h->from);
    q_bind_int(&q, last + 1 - NONCES);
    return run(&q, err);
}

void sync_serve_caller(struct sync_serve *s, const uint8_t key[QN_PUBKEY])
{
    s->keyed = true;
    memcpy(s->key, key, sizeof(s->key));
}

bool sync_serve_known(const struct sync_serve *s)
{
    return s->known;
}

/* SPEC http-15: "the key with which the caller proved itself is that of the office which signed the HAVE" */
static enum qn_code check_key(struct sync_serve *s, const struct qn_have *h, struct qn_err *err)
{
    if (!s->keyed)
        return QN_OK;
    enum qn_code rc = peer_check_key(s->st, h->from, s->key, err);
    s->known = rc == QN_OK;
    return rc;
}

/* The first whole frames say who speaks. Judged before a frame behind them is looked at: some commit what came before them. */
static enum qn_code meet(void *serve, struct qn_err *err)
{
    struct sync_serve *s = serve;
    const struct qn_have *h = exchange_stream_have(s->stream);
    if (!h || s->met)
        return QN_OK;
    s->met = s->turned_away = true;
    enum qn_code rc = check_key(s, h, err);
    if (!rc)
        rc = check_nonce(s->st, h, err);
    if (!rc) /* SPEC stages-8: "Only a HAVE that was answered or taken in counts" */
        rc = exchange_stream_met(s->stream, err);
    if (!rc)
        rc = peer_heard(s->st, h->from, exchange_stream_have_bytes(s->stream), true, err);
    s->turned_away = rc != QN_OK;
    return rc;
}

static void note(struct sync_serve *s, enum qn_code rc, const struct qn_err *why)
{
    if (!rc || s->rc)
        return;
    s->rc = rc;
    s->err = *why;
}

/* What is waiting is taken in and committed, so the lock can be given back. */
void sync_serve_feed(struct sync_serve *s, struct qn_span bytes)
{
    struct qn_err fed, why;
    if (s->rc)
        return;
    if (s->what == SYNC_PULL) {
        qn_put_span(&s->pull, bytes);
        note(s, qn_buf_check(&s->pull, &why), &why);
        return;
    }
    enum qn_code rc = exchange_stream_feed(s->stream, bytes, &fed);
    /* Of a question that came before nothing is taken in: what of it stands behind the HAVE goes with it. */
    note(s, rc, &fed);
    if (s->turned_away) {
        exchange_stream_free(QN_STEAL(s->stream));
        return;
    }
    note(s, exchange_stream_pause(s->stream, &why), &why);
}

bool sync_serve_failed(const struct sync_serve *s)
{
    return s->rc != QN_OK;
}

void sync_serve_fail(struct sync_serve *s, const struct qn_err *why)
{
    note(s, why->code, why);
}

/* Our HAVE under the nonce of the question, then what is due. */
static enum qn_code build(struct sync_serve *s, struct qn_buf *out, struct exchange_sent *sent,
                          struct qn_err *err)
{
    const struct qn_have *peer = exchange_stream_have(s->stream);
    QN_AUTO(qn_buf) struct qn_buf have = {0};
    qn_buf_init(&have, QN_FRAME_MAX);
    /* SPEC http-3: "The HAVE of an answer carries the nonce of the HAVE in the question" */
    enum qn_code rc = exchange_have(&have, s->st, peer->from, peer->nonce, err);
    if (rc)
        return rc;
    qn_frame_put(out, QN_FRAME_HAVE, qn_buf_span(&have));
    struct exchange_options o = {.peer = peer,
                                 .bytes_max = EXCHANGE_BYTES,
                                 .line = true,
                                 /* SPEC http-5: "An office above that pushed gets these alone" */
                                 .answer =
                                     s->what == SYNC_PUSH &&
                                     tree_is_above(s->st, peer->from, store_self(s->st)->office),
                                 .freight = exchange_stream_freight(s->stream),
                                 .report = s->report,
                                 .emit = exchange_emit_buf,
                                 .ctx = out};
    return exchange_collect(s->st, &o, sent, err);
}

static void tell(struct sync_serve *s, const char *id)
{
    struct exchange_came came = exchange_stream_came(s->stream);
    const struct ingest_tally *t = exchange_stream_tally(s->stream);
    qn_say(s->report, id, "office=%s|frames=%llu|bytes=%llu|headers=%llu|parts=%llu|refused=%llu",
           exchange_stream_have(s->stream)->from, (unsigned long long)came.frames,
           (unsigned long long)came.bytes, (unsigned long long)t->headers,
           (unsigned long long)t->new_parts, (unsigned long long)came.refused);
}

/* Whoever was met is settled with, also when the question failed on the way. */
static enum qn_code settle(struct sync_serve *s, struct qn_err *err)
{
    const struct qn_have *h = s->stream ? exchange_stream_have(s->stream) : NULL;
    enum qn_code rc = h ? exchange_stream_finish(s->stream, err) : QN_OK;
    if (!rc && h)
        rc = peer_done(s->st, h->from, s->rc ? &s->err : NULL, err);
    if (rc)
        return rc;
    if (s->rc && err)
        *err = s->err;
    return s->rc;
}

/* SPEC http-2: "sends HAVE, and behind it the certificates of its chain" */
static enum qn_code greet(struct sync_serve *s, struct qn_err *err)
{
    enum qn_code rc = s->rc;
    if (rc)
        *err = s->err;
    if (!rc)
        rc = exchange_stream_feed(s->stream, qn_buf_span(&s->pull), err);
    if (!rc)
        rc = exchange_stream_greet(s->stream, err);
    return rc;
}

static enum qn_code answer(struct sync_serve *s, struct qn_buf *out, struct qn_err *err)
{
    struct exchange_sent sent;
    enum qn_code rc = QN_OK;
    if (s->what == SYNC_PULL)
        rc = greet(s, err);
    if (!rc)
        rc = settle(s, err);
    if (rc)
        return rc;
    const struct qn_have *h = exchange_stream_have(s->stream);
    if (!h) /* an empty body */
        return qn_fail(err, QN_MALFORMED, "sync.no-have", "type=0");
    if (s->what == SYNC_PUSH && !exchange_stream_came(s->stream).ended)
        return qn_fail(err, QN_MALFORMED, "sync.no-end", "office=%s|frames=%llu", h->from,
                       (unsigned long long)exchange_stream_came(s->stream).frames);
    if (s->what == SYNC_PUSH)
        tell(s, "serve.pushed");
    rc = store_exchange_begins(s->st, h->from, s->report, err);
    if (rc)
        return rc;
    rc = build(s, out, &sent, err);
    if (!rc && s->what == SYNC_PULL)
        qn_say(s->report, "serve.pulled", "office=%s|frames=%llu|bytes=%llu", h->from,
               (unsigned long long)sent.news, (unsigned long long)sent.bytes);
    return rc;
}

enum qn_code sync_serve_answer(struct sync_serve *s, struct qn_buf *out, struct qn_err *err)
{
    struct qn_err why = {0};
    qn_buf_init(out, ANSWER_MAX);
    enum qn_code rc = answer(s, out, &why);
    /* What a refused pull brought is not kept, and no transaction outlives the office's lock. */
    exchange_stream_free(QN_STEAL(s->stream));
    if (rc && err)
        *err = why;
    return rc;
}

void sync_serve_broke(struct sync_serve *s)
{
    struct qn_err err;
    const struct qn_have *h = s->stream ? exchange_stream_have(s->stream) : NULL;
    if (!h || s->rc) /* a pull is kept whole or not at all */
        return;
    s->rc = qn_fail(&s->err, QN_LATER, "sync.peer-broke", "office=%s|frames=%llu", h->from,
                    (unsigned long long)exchange_stream_came(s->stream).frames);
    if (settle(s, &err) == QN_LATER)
        tell(s, "serve.broke");
}

unsigned sync_status(enum qn_code code)
{
    switch (code) {
    case QN_OK:
        return 200;
    case QN_MALFORMED:
        return 400;
    case QN_UNVERIFIED:
    case QN_DENIED:
        return 403;
    case QN_CONFLICT:
        return 409;
    case QN_ABSENT:
        return 404;
    case QN_LIMIT:
        return 413;
    case QN_LATER:
        return 503;
    case QN_IO:
    case QN_NOMEM:
        return 500;
    }
    return 500;
}
