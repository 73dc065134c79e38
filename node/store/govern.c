#include "node/store/govern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/store/internal.h"
#include "node/store/tree.h"
#include "protocol/wire.h"

#define CERTS_MAX 512 /* as many as one issuer may have given (tree.c) */

void govern_release(struct govern *g)
{
    free(g->cert);
    free(g->given);
    g->cert = NULL;
    g->given = NULL;
    g->n = 0;
}

static enum qn_code read_certs(struct govern *g, struct qn_err *err)
{
    size_t cap = 0;
    QN_AUTO(query) struct query q = query_start(g->st, SQL_CERT_EPOCH);
    q_bind_text(&q, g->log->office);
    q_bind_int(&q, g->log->epoch);
    while (g->n < CERTS_MAX && q_step(&q)) {
        if (g->n == cap) {
            cap = cap ? 2 * cap : 2;
            struct qn_cert *grown = realloc(g->cert, cap * sizeof(*grown));
            if (!grown)
                return qn_fail(err, QN_NOMEM, "base.no-memory", "");
            g->cert = grown;
        }
        enum qn_code rc = tree_cert_decode(&g->cert[g->n], g->st, q_span(&q, 0), err);
        if (rc)
            return rc;
        g->n++;
    }
    return query_end(&q, err);
}

/* SPEC rotation-6: "that of the first cosignature by the issuer's own witness key over a checkpoint of the issuer's log
 * that covers the entry in which it stands" - QN_ABSENT while the row or the cosignature is not here. */
enum qn_code govern_time(uint64_t *time_s, struct store *st, const struct qn_cert *c, struct qn_err *err)
{
    uint16_t epoch, n;
    uint64_t seq, size;
    enum qn_code rc;
    *time_s = 0; /* "A certificate signed by the root policy has time 0" */
    if (!c->issuer[0])
        return QN_OK;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_CERT_ROW);
        q_bind_text(&q, c->office);
        q_bind_int(&q, c->epoch);
        q_bind_int(&q, c->issuer_epoch);
        q_bind_int(&q, c->serial);
        bool found = q_step(&q);
        if (found)
            qn_row_id_split(q_int(&q, 0), &epoch, &seq, &n);
        rc = query_end(&q, err);
        if (rc || !found)
            return rc ? rc : qn_fail(err, QN_ABSENT, "govern.unsettled", "office=%s", c->office);
    }
    struct log log;
    rc = log_at(&log, st, c->issuer, epoch, err);
    return rc ? rc : log_first_cosigned(st, &log, seq, c->issuer, &size, time_s, err);
}

/* A row that is applied wakes who waits for the certificate in it; a cosignature, who waits for the log. That log may have been
 * settled before the row of another log was. */
static void wait_for_time(struct govern *g, const struct qn_cert *c, const struct qn_err *why)
{
    struct log issuer;
    struct qn_err none;
    if (strcmp(why->id, "govern.unsettled") == 0)
        snprintf(g->unsettled, sizeof(g->unsettled), "cert %s/%u", c->office, c->epoch);
    else if (log_at(&issuer, g->st, c->issuer, c->issuer_epoch, &none) == QN_OK)
        snprintf(g->unsettled, sizeof(g->unsettled), "log %s", issuer.origin);
}

static enum qn_code load(struct govern *g, struct qn_err *err)
{
    govern_release(g);
    g->unsettled[0] = 0;
    g->from = g->to = 0;
    g->certs = g->st->certs;
    enum qn_code rc = read_certs(g, err);
    if (rc)
        return rc;
    if (!g->n)
        return qn_fail(err, QN_ABSENT, "tree.unknown-office", "office=%s", g->log->office);
    g->given = calloc(g->n, sizeof(*g->given));
    if (!g->given)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (size_t i = 0; i < g->n; i++) {
        g->given[i].cert = &g->cert[i];
        if (g->n == 1)
            break; /* the only one governs whenever it was given */
        struct qn_err why;
        rc = govern_time(&g->given[i].time_s, g->st, &g->cert[i], &why);
        if (rc == QN_ABSENT) {
            wait_for_time(g, &g->cert[i], &why);
        } else if (rc) {
            if (err)
                *err = why;
            return rc;
        }
    }
    return QN_OK;
}

/* SPEC rotation-7: "the earliest of the first cosignatures over a checkpoint that covers it by the offices above its author" */
static enum qn_code dated(struct govern *g, uint64_t seq, struct qn_err *err)
{
    char above[QN_CODE_MAX + 1], next[QN_CODE_MAX + 1];
    uint64_t size, time_s, to = UINT64_MAX, first = UINT64_MAX;
    struct qn_err none;
    if (seq >= g->from && seq < g->to)
        return QN_OK;
    memcpy(above, g->cert[0].issuer, sizeof(above));
    for (int i = 0; i < QN_CHAIN_MAX && above[0]; i++) {
        enum qn_code rc = log_first_cosigned(g->st, g->log, seq, above, &size, &time_s, &none);
        if (rc == QN_OK) {
            to = size < to ? size : to;
            first = time_s < first ? time_s : first;
        } else if (rc != QN_ABSENT) {
            if (err)
                *err = none;
            return rc;
        }
        if (!tree_parent(g->st, above, next))
            break;
        memcpy(above, next, sizeof(above));
    }
    if (to != UINT64_MAX) {
        g->from = seq;
        g->to = to;
        g->time_s = first;
        return QN_OK;
    }
    /* "An entry that nobody above has cosigned has no time, and is judged as of now" */
    g->from = g->to = 0;
    g->time_s = clock_now_ms(g->st) / 1000;
    return QN_OK;
}

/* SPEC rotation-19: "is the earliest of those first days" */
static uint64_t time_of_entry(const struct govern *g)
{
    int32_t first = g->cert[0].from_day;
    for (size_t i = 1; i < g->n; i++)
        first = g->cert[i].from_day < first ? g->cert[i].from_day : first;
    uint64_t least = wire_day_start(first);
    return g->time_s < least ? least : g->time_s;
}

enum qn_code govern_entry(const struct qn_cert **out, struct govern *g, uint64_t seq,
                          struct fate *f, struct qn_err *err)
{
    enum qn_code rc = g->cert && g->certs == g->st->certs ? QN_OK : load(g, err);
    if (!rc)
        rc = dated(g, seq, err);
    if (rc)
        return rc;
    if (g->unsettled[0]) {
        fate_wait(f, FATE_CERTIFICATE, 0, "%s", g->unsettled);
        return qn_fail(err, QN_LATER, "govern.unsettled", "office=%s", g->log->office);
    }
    rc = qn_cert_governing(out, g->given, g->n, time_of_entry(g), err);
    /* One that is judged as of now may be dated by a cosignature, and then this clock does not matter. */
    if (rc == QN_LATER && g->to)
        fate_wait(f, FATE_CERTIFICATE, 0, "cert %s/%u", g->log->office, g->log->epoch);
    else if (rc == QN_LATER)
        fate_wait(f, FATE_CERTIFICATE, 0, "log %s", g->log->origin);
    /* SPEC cursors-9: "is quarantined, not refused" - an earlier cosignature of the parent may still come. */
    if (rc == QN_DENIED)
        fate_wait(f, FATE_NO_REASON, 0, "log %s", g->log->origin);
    return rc;
}

bool govern_unrevoked(const struct qn_cert **out, const struct govern *g)
{
    const struct qn_cert *first = NULL, *best = NULL;
    for (size_t i = 0; i < g->n; i++) { /* in the order of rotation-8 */
        if (!g->cert[i].lanes)
            continue;
        first = first ? first : &g->cert[i];
        if (g->given[i].time_s <= time_of_entry(g))
            best = &g->cert[i];
    }
    *out = best ? best : first;
    return *out != NULL;
}

/* Whether the epoch was revoked, as far as is known here, and up to where its log was seen before that. */
enum qn_code govern_revoked(bool *revoked, uint64_t *from, struct govern *g, struct qn_err *err)
{
    char above[QN_CODE_MAX + 1], next[QN_CODE_MAX + 1];
    uint64_t since = UINT64_MAX;
    enum qn_code rc = g->cert && g->certs == g->st->certs ? QN_OK : load(g, err);
    *revoked = false;
    *from = 0;
    for (size_t i = 0; !rc && i < g->n; i++)
        if (!g->cert[i].lanes && !g->unsettled[0]) {
            *revoked = true;
            since = g->given[i].time_s < since ? g->given[i].time_s : since;
        }
    if (rc || !*revoked)
        return rc;
    memcpy(above, g->cert[0].issuer, sizeof(above));
    for (int i = 0; i < QN_CHAIN_MAX && above[0]; i++) {
        QN_AUTO(query) struct query q = query_start(g->st, SQL_COSIG_BEFORE);
        q_bind_int(&q, g->log->no);
        q_bind_text(&q, above);
        q_bind_int(&q, (int64_t)since);
        if (q_step(&q) && (uint64_t)q_int(&q, 0) > *from)
            *from = (uint64_t)q_int(&q, 0);
        rc = query_end(&q, err);
        if (rc || !tree_parent(g->st, above, next))
            break;
        memcpy(above, next, sizeof(above));
    }
    return rc;
}
