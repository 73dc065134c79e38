#include "node/sync/certs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/store/govern.h"
#include "node/store/tree.h"
#include "protocol/wire.h"

#define CERTS_MAX 20000 /* offices of a province with their epochs and renewals, limits.md */

const char *cert_state_name(enum cert_state s)
{
    static const char *const names[] = {"valid",   "ahead",    "ending", "ended",
                                        "revoked", "replaced", "earlier"};
    return names[s];
}

void cert_lines_release(struct cert_lines *l)
{
    free(l->line);
    *l = (struct cert_lines){NULL, 0};
}

static bool same_office(const struct cert_line *a, const struct cert_line *b)
{
    return strcmp(a->c.office, b->c.office) == 0;
}

/* Until when an epoch is covered: the last day of any of its certificates, revocations apart (rotation-11). */
static int32_t covered_until(const struct cert_lines *all, size_t at)
{
    int32_t last = all->line[at].c.to_day;
    for (size_t i = at + 1; i-- > 0 && same_office(&all->line[i], &all->line[at]) &&
                            all->line[i].c.epoch == all->line[at].c.epoch;)
        if (all->line[i].c.lanes && all->line[i].c.to_day > last)
            last = all->line[i].c.to_day;
    return last;
}

static void judge(struct cert_lines *all, size_t at, int32_t today)
{
    struct cert_line *l = &all->line[at];
    const struct cert_line *next =
        at + 1 < all->n && same_office(&all->line[at + 1], l) ? l + 1 : NULL;
    bool last_of_epoch = !next || next->c.epoch != l->c.epoch;
    if (!l->c.lanes) {
        l->state = CERT_REVOKED;
        return;
    }
    if (!last_of_epoch || next) {
        l->state = last_of_epoch ? CERT_EARLIER : CERT_REPLACED;
        return;
    }
    l->counted = true;
    l->until = covered_until(all, at);
    l->days = (int64_t)l->until - today;
    l->state = l->c.from_day > today + 1     ? CERT_AHEAD
               : l->days < 0                 ? CERT_ENDED
               : l->days <= CERTS_AMBER_DAYS ? CERT_ENDING
                                             : CERT_VALID;
}

static enum qn_code add(struct cert_lines *all, size_t *cap, struct qn_span bytes,
                        struct qn_err *err)
{
    if (all->n == *cap) {
        *cap = *cap ? 2 * *cap : 64;
        struct cert_line *grown = realloc(all->line, *cap * sizeof(*grown));
        if (!grown)
            return qn_fail(err, QN_NOMEM, "base.no-memory", "");
        all->line = grown;
    }
    struct cert_line *l = &all->line[all->n];
    memset(l, 0, sizeof(*l));
    enum qn_code rc = qn_cert_decode(&l->c, bytes, err);
    all->n += !rc;
    return rc;
}

enum qn_code certs_read(struct cert_lines *out, struct store *st, const char *office, bool newest,
                        struct qn_err *err)
{
    QN_AUTO(cert_lines) struct cert_lines all = {NULL, 0};
    size_t cap = 0, kept = 0;
    char text[11], name[64];
    enum qn_code rc = QN_OK;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_CERTS_LIST);
        q_bind_text(&q, office);
        while (!rc && all.n < CERTS_MAX && q_step(&q))
            rc = add(&all, &cap, q_span(&q, 0), err);
        if (!rc)
            rc = query_end(&q, err);
    }
    if (!rc && office && !all.n)
        rc = qn_fail(err, QN_ABSENT, "tree.unknown-office", "office=%s", office);
    if (rc)
        return rc;
    clock_today(st, text);
    for (size_t i = 0; i < all.n; i++)
        judge(&all, i, wire_day(qn_str(text)));
    for (size_t i = 0; i < all.n; i++) {
        struct cert_line *l = &all.line[i];
        struct qn_err none;
        if (newest && i + 1 < all.n && same_office(l, l + 1))
            continue;
        if (govern_time(&l->given_s, st, &l->c, &none) != QN_OK)
            l->given_s = 0;
        certify_reason_name(name, &l->c);
        if (l->state != CERT_REVOKED || !store_get(st, name, l->reason, sizeof(l->reason)))
            l->reason[0] = 0;
        all.line[kept++] = *l;
    }
    all.n = kept;
    *out = all;
    all = (struct cert_lines){NULL, 0};
    return QN_OK;
}

const char *certs_warning(char args[400], const struct qn_cert *self, const struct cert_line *l)
{
    char day[11];
    bool own = self && strcmp(self->office, l->c.office) == 0;
    bool child = self && strcmp(self->office, l->c.issuer) == 0;
    if (l->state == CERT_REVOKED && own) {
        snprintf(args, 400, "office=%s|epoch=%u|parent=%s", l->c.office, l->c.epoch,
                 l->c.issuer[0] ? l->c.issuer : "-");
        return "certs.own-revoked";
    }
    if (l->state != CERT_ENDING && l->state != CERT_ENDED)
        return NULL;
    wire_day_text(l->until, day);
    snprintf(args, 400, "office=%s|name=%s|day=%s|parent=%s", l->c.office, l->c.name, day,
             l->c.issuer[0] ? l->c.issuer : "-");
    if (l->state == CERT_ENDING)
        return own     ? (l->c.issuer[0] ? "certs.own-ending" : "certs.province-ending")
               : child ? "certs.child-ending"
                       : "certs.other-ending";
    return own     ? (l->c.issuer[0] ? "certs.own-ended" : "certs.province-ended")
           : child ? "certs.child-ended"
                   : "certs.other-ended";
}
