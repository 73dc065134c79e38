#include "node/sync/status.h"

#include <stdlib.h>
#include <string.h>

#include "node/store/ingest.h"
#include "node/store/person.h"
#include "node/store/tree.h"
#include "node/sync/succession.h"
#include "node/sync/exchange.h"

#define ROWS_MAX 100000 /* receipts of a province: every ancestor about every log */

/* Room for one more, zeroed; NULL without memory or above the bound. */
static void *grow(void **rows, size_t n, size_t size)
{
    if (n >= ROWS_MAX)
        return NULL;
    if ((n & (n - 1)) == 0) { /* full at every power of two */
        void *p = realloc(*rows, (n ? 2 * n : 1) * size);
        if (!p)
            return NULL;
        *rows = p;
    }
    uint8_t *at = (uint8_t *)*rows + n * size;
    memset(at, 0, size);
    return at;
}

static enum qn_code read_logs(struct status *s, struct store *st, struct qn_err *err)
{
    QN_AUTO(exchange_logs) struct exchange_logs all = {NULL, 0};
    enum qn_code rc = exchange_logs(&all, st, s->self.office, err);
    s->log = rc || !all.n ? NULL : calloc(all.n, sizeof(*s->log));
    if (!rc && all.n && !s->log)
        rc = qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (size_t i = 0; !rc && i < all.n; i++) {
        struct status_log *l = &s->log[s->nlogs++];
        l->log = all.log[i].log;
        l->level = all.log[i].level;
        for (int lane = 0; !rc && lane < QN_LANES; lane++)
            rc = ingest_cursor(st, &l->log, (enum qn_lane)lane, &l->received[lane],
                               &l->applied[lane], err);
        if (strcmp(l->log.origin, store_origin(st)) == 0)
            s->own = l->log;
    }
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(st, SQL_STATUS_FORKED);
    while (q_step(&q))
        for (size_t i = 0; i < s->nlogs; i++)
            if (qn_span_is(q_span(&q, 0), s->log[i].log.origin))
                s->log[i].forks = (uint64_t)q_int(&q, 1);
    return query_end(&q, err);
}

static enum qn_code read_receipts(struct status *s, struct store *st, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_STATUS_RECEIPTS);
    q_bind_text(&q, s->self.office);
    while (q_step(&q)) {
        struct qn_note note;
        struct qn_receipt r;
        struct qn_err none;
        if (qn_note_parse(&note, q_span(&q, 3), &none) || qn_receipt_parse(&r, note.text, &none))
            continue;
        void *rows = s->receipt;
        struct status_receipt *out = grow(&rows, s->nreceipts, sizeof(*out));
        s->receipt = rows;
        if (!out)
            return qn_fail(err, QN_NOMEM, "base.no-memory", "");
        s->nreceipts++;
        qn_text_copy(out->from, sizeof(out->from), q_span(&q, 0));
        memcpy(out->about, r.about, sizeof(out->about));
        out->time_s = r.time_s;
        out->size = r.size;
        memcpy(out->stored, r.stored, sizeof(out->stored));
        memcpy(out->applied, r.applied, sizeof(out->applied));
        out->held = r.nheld;
        out->refused = r.nrefused;
    }
    return query_end(&q, err);
}

static enum qn_code read_fates(struct status *s, struct store *st, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_STATUS_FATES);
    q_bind_int(&q, STATUS_FATES);
    while (q_step(&q)) {
        void *rows = s->fate;
        struct status_fate *out = grow(&rows, s->nfates, sizeof(*out));
        s->fate = rows;
        if (!out)
            return qn_fail(err, QN_NOMEM, "base.no-memory", "");
        s->nfates++;
        qn_text_copy(out->origin, sizeof(out->origin), q_span(&q, 0));
        out->seq = (uint64_t)q_int(&q, 1);
        qn_text_copy(out->state, sizeof(out->state), q_span(&q, 2));
        qn_text_copy(out->rule, sizeof(out->rule), q_span(&q, 3));
        qn_text_copy(out->args, sizeof(out->args), q_span(&q, 4));
    }
    return query_end(&q, err);
}

static enum qn_code read_counts(struct status *s, struct store *st, struct qn_err *err)
{
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_STATUS_FATE_COUNT);
        while (q_step(&q)) {
            uint64_t n = (uint64_t)q_int(&q, 1);
            if (qn_span_is(q_span(&q, 0), "held"))
                s->held = n;
            else if (qn_span_is(q_span(&q, 0), "refused"))
                s->refused = n;
            else if (qn_span_is(q_span(&q, 0), "quarantined"))
                s->quarantined = n;
        }
        enum qn_code rc = query_end(&q, err);
        if (rc)
            return rc;
    }
    QN_AUTO(query) struct query q = query_start(st, SQL_STATUS_COUNTS);
    if (q_step(&q)) {
        s->plans = (uint64_t)q_int(&q, 0);
        s->draws = (uint64_t)q_int(&q, 1);
        s->results = (uint64_t)q_int(&q, 2);
    }
    enum qn_code rc = query_end(&q, err);
    return rc ? rc : person_here(&s->persons, st, err);
}

static enum qn_code read_progress(struct status *s, struct store *st, struct qn_err *err)
{
    QN_AUTO(qn_have) struct qn_have have = {0};
    struct qn_err why;
    /* What the parent holds of another branch is no progress of this one. */
    if (!s->parent[0] || s->own_state == OWN_FORKED)
        return QN_OK;
    enum qn_code rc = peer_last_have(&have, st, s->parent, &why);
    if (rc == QN_ABSENT)
        return QN_OK;
    if (rc)
        return qn_fail(err, rc, why.id, "%s", why.args);
    s->has_progress = true;
    return progress_read(&s->progress, st, &have, err);
}

static enum qn_code read_certs(struct status *s, struct store *st, struct qn_err *err)
{
    size_t kept = 0;
    char args[400];
    enum qn_code rc = certs_read(&s->certs, st, NULL, true, err);
    for (size_t i = 0; !rc && i < s->certs.n; i++) {
        const struct cert_line *l = &s->certs.line[i];
        bool own = strcmp(l->c.office, s->self.office) == 0;
        if (own && l->c.epoch > s->self.epoch)
            s->newer_epoch = l->c.epoch;
        if (certs_warning(args, &s->self, l) && (own || strcmp(l->c.issuer, s->self.office) == 0 ||
                                           tree_is_above(st, l->c.office, s->self.office)))
            s->certs.line[kept++] = *l;
    }
    s->certs.n = rc ? 0 : kept;
    return rc;
}

enum qn_code status_read(struct status *out, struct store *st, struct qn_err *err)
{
    const struct qn_cert *self = store_self(st);
    QN_AUTO(status) struct status s = {0};
    if (!self)
        return qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    s.self = *self;
    s.root_rival = succession_rival(st);
    if (!tree_parent(st, self->office, s.parent))
        s.parent[0] = 0;
    s.own_state = own_state(st, &s.stopped);
    anchor_tell(&s.anchor, st);
    enum qn_code rc = read_logs(&s, st, err);
    if (!rc)
        rc = read_receipts(&s, st, err);
    if (!rc)
        rc = own_claims(s.claim, STATUS_CLAIMS, &s.nclaims, st, err);
    if (!rc)
        rc = read_fates(&s, st, err);
    if (!rc)
        rc = read_counts(&s, st, err);
    if (!rc)
        rc = files_standing(&s.files, st, err);
    if (!rc)
        rc = peer_list(&s.peers, st, err);
    if (!rc)
        rc = fork_list(&s.forks, st, err);
    if (!rc)
        rc = children_read(&s.children, st, err);
    if (!rc && !store_reads(st))
        rc = clocks_scan(st, NULL, err);
    if (!rc)
        rc = clocks_backs(s.back, STATUS_BACKS, &s.nbacks, &s.backs, st, err);
    if (!rc)
        rc = read_certs(&s, st, err);
    if (!rc)
        rc = read_progress(&s, st, err);
    if (!rc)
        rc = purge_read(&s.purges, st, err);
    if (rc)
        return rc;
    *out = s;
    s = (struct status){0};
    return QN_OK;
}

void status_release(struct status *s)
{
    forks_release(&s->forks);
    free(s->log);
    free(s->receipt);
    free(s->fate);
    peers_release(&s->peers);
    children_release(&s->children);
    cert_lines_release(&s->certs);
    purge_lines_release(&s->purges);
    *s = (struct status){0};
}

const char *status_level_id(enum qn_level level)
{
    switch (level) {
    case QN_PROVINCE:
        return "level.province";
    case QN_CITY:
        return "level.city";
    case QN_COUNTY:
        return "level.county";
    case QN_STATION:
        return "level.station";
    }
    return "level.unknown";
}
