#include "node/sync/peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/store/duty.h"
#include "node/store/tree.h"
#include "protocol/wire.h"

static enum qn_code run(struct query *q, struct qn_err *err)
{
    q_step(q);
    return query_end(q, err);
}

/* The host must be this machine itself: what goes over the wire in clear must not leave it. */
bool peer_is_loopback(struct qn_span host)
{
    if (qn_span_is(host, "localhost") || qn_span_is(host, "[::1]"))
        return true;
    if (host.n < 9 || memcmp(host.p, "127.", 4) != 0)
        return false;
    unsigned dots = 0, value = 0, digits = 0;
    for (size_t i = 4; i <= host.n; i++) {
        if (i == host.n || host.p[i] == '.') {
            if (!digits || value > 255)
                return false;
            dots += i < host.n;
            value = digits = 0;
        } else if (host.p[i] >= '0' && host.p[i] <= '9' && digits < 3) {
            value = value * 10 + (unsigned)(host.p[i] - '0');
            digits++;
        } else {
            return false;
        }
    }
    return dots == 2; /* two behind "127." */
}

/* HOST:PORT and nothing behind it. */
static enum qn_code split(struct qn_span *host, const char *at, const char *url, struct qn_err *err)
{
    static const char name[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-";
    bool six = *at == '[';
    size_t n = six ? 1 + strspn(at + 1, "0123456789abcdefABCDEF:.") : strspn(at, name);
    bool closed = !six || at[n] == ']';
    n += six && closed;
    closed = closed && (!six || n > 2);
    struct rd port = {.in = qn_str(at[n] == ':' ? at + n + 1 : "")};
    if (!closed || n == 0 || at[n] != ':' || rd_dec(&port, 65535) == 0 || !rd_end(&port))
        return qn_fail(err, QN_MALFORMED, "peer.url", "url=%s", url);
    *host = (struct qn_span){(const uint8_t *)at, n};
    return QN_OK;
}

static enum qn_code check_url(struct qn_span *host, const char *url, const char *scheme,
                              const char *otherwise, struct qn_err *err)
{
    size_t n = strlen(scheme);
    if (strlen(url) > PEER_URL_MAX)
        return qn_fail(err, QN_LIMIT, "peer.url-long", "max=%d", PEER_URL_MAX);
    if (strncmp(url, scheme, n) != 0)
        return qn_fail(err, QN_DENIED, otherwise, "address=%s", url);
    return split(host, url + n, url, err);
}

/* SPEC http-13: "Offices speak TLS 1.3 and nothing older" */
enum qn_code peer_check_url(const char *url, struct qn_err *err)
{
    struct qn_span host;
    return check_url(&host, url, "https://", "peer.plain", err);
}

enum qn_code peer_check_plain_url(const char *url, struct qn_err *err)
{
    struct qn_span host;
    enum qn_code rc = check_url(&host, url, "http://", "http.loopback-only", err);
    return rc || peer_is_loopback(host)
               ? rc
               : qn_fail(err, QN_DENIED, "http.loopback-only", "address=%s", url);
}

/* ---- by which key ---------------------------------------------------------------------------------------------- */

/* SPEC http-14: "any of its certificates that are held, but for those of an earlier epoch that is revoked" */
enum qn_code peer_keys(struct peer_keys *out, struct store *st, const char *office,
                       struct qn_err *err)
{
    struct qn_cert c;
    uint16_t newest = 0, epoch = 0;
    bool revoked = false;
    *out = (struct peer_keys){.n = 0};
    QN_AUTO(query) struct query q = query_start(st, SQL_CERT_ALL_OF);
    q_bind_text(&q, office);
    while (out->n < PEER_KEYS && q_step(&q)) {
        enum qn_code rc = tree_cert_decode(&c, st, q_span(&q, 0), err);
        if (rc)
            return rc;
        if (!newest)
            newest = c.epoch;
        if (c.epoch != epoch) { /* the first of each epoch is its newest */
            epoch = c.epoch;
            revoked = epoch != newest && !c.lanes;
        }
        if (!revoked && (!out->n || memcmp(out->key[out->n - 1], c.tls, QN_PUBKEY) != 0))
            memcpy(out->key[out->n++], c.tls, QN_PUBKEY);
    }
    enum qn_code rc = query_end(&q, err);
    return rc || out->n ? rc : qn_fail(err, QN_ABSENT, "tree.unknown-office", "office=%s", office);
}

enum qn_code peer_check_key(struct store *st, const char *office, const uint8_t key[QN_PUBKEY],
                            struct qn_err *err)
{
    struct peer_keys keys;
    enum qn_code rc = peer_keys(&keys, st, office, err);
    if (rc)
        return rc;
    for (unsigned i = 0; i < keys.n; i++)
        if (memcmp(keys.key[i], key, QN_PUBKEY) == 0)
            return QN_OK;
    return qn_fail(err, QN_DENIED, "http.peer-key", "office=%s", office);
}

/* ---- the table ------------------------------------------------------------------------------------------------- */

enum qn_code peer_set(struct store *st, const char *office, const char *url, struct qn_err *err)
{
    const struct qn_cert *self = store_self(st);
    enum qn_code rc = peer_check_url(url, err);
    if (!rc)
        rc = duty_act(st, duty_of(DUTY_PEER_SET), NULL, office, err);
    if (rc)
        return rc;
    if (!wire_is_code(qn_str(office)))
        return qn_fail(err, QN_MALFORMED, "peer.office", "office=%s", office);
    if (self && strcmp(self->office, office) == 0)
        return qn_fail(err, QN_DENIED, "peer.self", "office=%s", office);
    if (self && tree_knows(st, office) && !tree_log_is_for(st, office, self->office))
        return qn_fail(err, QN_DENIED, "sync.not-related", "office=%s", office);
    QN_AUTO(query) struct query q = query_start(st, SQL_PEER_SET_URL);
    q_bind_text(&q, office);
    q_bind_text(&q, url);
    return run(&q, err);
}

static void from_row(struct peer *out, struct query *q)
{
    *out = (struct peer){.last_ok_ms = (uint64_t)q_int(q, 2),
                         .last_try_ms = (uint64_t)q_int(q, 3),
                         .online_ms = (uint64_t)q_int(q, 5),
                         .file_ms = (uint64_t)q_int(q, 6),
                         .skew_ms = q_int(q, 7),
                         .skew_at_ms = (uint64_t)q_int(q, 8),
                         .failures = (unsigned)q_int(q, 9),
                         .next_ms = (uint64_t)q_int(q, 10)};
    qn_text_copy(out->office, sizeof(out->office), q_span(q, 0));
    qn_text_copy(out->url, sizeof(out->url), q_span(q, 1));
    qn_text_copy(out->last_error, sizeof(out->last_error), q_span(q, 4));
}

enum qn_code peer_get(struct peer *out, struct store *st, const char *office, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PEER_GET);
    q_bind_text(&q, office);
    bool found = q_step(&q);
    if (found)
        from_row(out, &q);
    enum qn_code rc = query_end(&q, err);
    return rc || found ? rc : qn_fail(err, QN_ABSENT, "peer.unknown", "office=%s", office);
}

/* What reaches the province before the parent looks as if it had passed the parent by. */
static void parent_first(struct peers *all, struct store *st)
{
    char parent[QN_CODE_MAX + 1];
    size_t at = 0;
    if (!peer_parent(st, parent))
        return;
    while (at < all->n && strcmp(all->peer[at].office, parent) != 0)
        at++;
    if (at == 0 || at == all->n)
        return;
    struct peer p = all->peer[at];
    memmove(all->peer + 1, all->peer, at * sizeof(p));
    all->peer[0] = p;
}

enum qn_code peer_list(struct peers *out, struct store *st, struct qn_err *err)
{
    size_t cap = 0;
    QN_AUTO(query) struct query q = query_start(st, SQL_PEER_ALL);
    *out = (struct peers){NULL, 0};
    while (q_step(&q) && out->n < PEERS_MAX) {
        if (out->n == cap) {
            cap = cap ? cap * 2 : 16;
            struct peer *grown = realloc(out->peer, cap * sizeof(*grown));
            if (!grown) {
                peers_release(out);
                return qn_fail(err, QN_NOMEM, "base.no-memory", "");
            }
            out->peer = grown;
        }
        from_row(&out->peer[out->n++], &q);
    }
    enum qn_code rc = query_end(&q, err);
    if (rc)
        peers_release(out);
    else
        parent_first(out, st);
    return rc;
}

void peers_release(struct peers *p)
{
    free(p->peer);
    *p = (struct peers){NULL, 0};
}

static enum qn_code set_time(struct store *st, enum sql id, const char *office, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, id);
    q_bind_text(&q, office);
    q_bind_int(&q, (int64_t)clock_now_ms(st));
    return run(&q, err);
}

enum qn_code peer_tried(struct store *st, const char *office, struct qn_err *err)
{
    return set_time(st, SQL_PEER_TRIED, office, err);
}

enum qn_code peer_done(struct store *st, const char *office, const struct qn_err *failure,
                       struct qn_err *err)
{
    if (!failure)
        return set_time(st, SQL_PEER_OK, office, err);
    char why[512];
    snprintf(why, sizeof(why), "%s %s", failure->id, failure->args);
    QN_AUTO(query) struct query q = query_start(st, SQL_PEER_FAILED);
    q_bind_text(&q, office);
    q_bind_text(&q, why);
    return run(&q, err);
}

enum qn_code peer_done_by_file(struct store *st, const char *office, struct qn_err *err)
{
    return set_time(st, SQL_PEER_OK_FILE, office, err);
}

enum qn_code peer_next(struct store *st, const char *office, uint64_t at_ms, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PEER_NEXT);
    q_bind_text(&q, office);
    q_bind_int(&q, (int64_t)at_ms);
    return run(&q, err);
}

enum qn_code peer_next_none(struct store *st, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PEER_NEXT_NONE);
    return run(&q, err);
}

enum qn_code peer_set_skew(struct store *st, const char *office, int64_t skew_ms,
                           struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PEER_SKEW);
    q_bind_text(&q, office);
    q_bind_int(&q, skew_ms);
    q_bind_int(&q, (int64_t)clock_now_ms(st));
    return run(&q, err);
}

/* How much a HAVE tells of: what grows with every entry and part its sender takes in. */
static uint64_t weight(const struct qn_have *h)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < h->n; i++) {
        sum += h->origin[i].size;
        for (int l = 0; l < QN_LANES; l++)
            sum += h->origin[i].cursor[l];
        for (unsigned w = 0; w < h->origin[i].nwitness; w++)
            sum += h->origin[i].witness[w].size;
    }
    return sum;
}

enum qn_code peer_heard(struct store *st, const char *office, struct qn_span payload, bool now,
                        struct qn_err *err)
{
    if (!now) { /* sticks arrive in any order, and the sender's clock may be wrong: one that is older and tells of less is
                 * left. An office that was restored from a backup tells of less, later: to believe it sends doubles at most. */
        QN_AUTO(qn_have) struct qn_have had = {0};
        QN_AUTO(qn_have) struct qn_have came = {0};
        struct qn_err none;
        enum qn_code rc = qn_have_decode(&came, payload, err);
        if (!rc)
            rc = set_time(st, SQL_PEER_FILE, office, err);
        if (rc)
            return rc;
        if (peer_last_have(&had, st, office, &none) == QN_OK && weight(&had) > weight(&came) &&
            came.time_ms <= had.time_ms)
            return QN_OK;
    }
    QN_AUTO(query) struct query q = query_start(st, SQL_PEER_HAVE_SET);
    q_bind_text(&q, office);
    q_bind_blob(&q, payload.p, payload.n);
    q_bind_int(&q, now ? (int64_t)clock_now_ms(st) : 0);
    return run(&q, err);
}

enum qn_code peer_last_have(struct qn_have *out, struct store *st, const char *office,
                            struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(st, SQL_PEER_HAVE);
    q_bind_text(&q, office);
    bool found = q_step(&q);
    if (found)
        rc = qn_have_decode(out, q_span(&q, 0), err);
    if (rc)
        return rc;
    rc = query_end(&q, err);
    return rc || found ? rc : qn_fail(err, QN_ABSENT, "peer.silent", "office=%s", office);
}

enum qn_code peer_speaker(struct qn_cert *out, struct store *st, const char *office,
                          struct qn_err *err)
{
    struct qn_cert by[TREE_SPEAKERS];
    unsigned n, at = 0;
    enum qn_code rc = tree_speakers(by, &n, st, office, err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(st, SQL_PEER_HAVE);
    q_bind_text(&q, office);
    if (q_step(&q))
        while (at < n && !qn_have_verify(q_span(&q, 0), by[at].log))
            at++;
    *out = by[at < n ? at : 0];
    return query_end(&q, err);
}

bool peer_parent(struct store *st, char office[QN_CODE_MAX + 1])
{
    const struct qn_cert *self = store_self(st);
    return self && tree_parent(st, self->office, office);
}
