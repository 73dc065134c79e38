#include "node/store/quarantine.h"

#include <stdlib.h>
#include <string.h>

#include "node/store/act.h"
#include "node/store/internal.h"
#include "node/store/part.h"
#include "node/store/seal.h"
#include "node/store/skip.h"
#include "node/store/tree.h"

/* ---- what stands ------------------------------------------------------------------------------------------ */

static void from_row(struct standing *s, struct query *q)
{
    *s = (struct standing){.seq = (uint64_t)q_int(q, 6),
                           .state = fate_state_of(q_text(q, 7)),
                           .on_n = (uint64_t)q_int(q, 12),
                           .at_ms = (uint64_t)q_int(q, 13),
                           .lane = q_null(q, 14) ? -1 : (int)q_int(q, 14),
                           .kind = q_null(q, 15) ? -1 : (int)q_int(q, 15)};
    log_from_row(&s->log, q);
    qn_text_copy(s->reason, sizeof(s->reason), q_span(q, 8));
    qn_text_copy(s->rule, sizeof(s->rule), q_span(q, 9));
    qn_text_copy(s->args, sizeof(s->args), q_span(q, 10));
    qn_text_copy(s->on, sizeof(s->on), q_span(q, 11));
}

enum qn_code quarantine_list(struct standings *out, struct store *st, struct qn_err *err)
{
    QN_AUTO(standings) struct standings all = {0};
    QN_AUTO(query) struct query q = query_start(st, SQL_QUARANTINE_LIST);
    size_t cap = 0;
    q_bind_int(&q, STANDINGS_MAX);
    while (q_step(&q)) {
        if (all.n == cap) {
            cap = cap ? 2 * cap : 16;
            struct standing *grown = realloc(all.at, cap * sizeof(*grown));
            if (!grown)
                return qn_fail(err, QN_NOMEM, "base.no-memory", "");
            all.at = grown;
        }
        from_row(&all.at[all.n++], &q);
    }
    enum qn_code rc = query_end(&q, err);
    if (!rc) {
        *out = all;
        all = (struct standings){NULL, 0};
    }
    return rc;
}

void standings_release(struct standings *s)
{
    free(s->at);
    *s = (struct standings){NULL, 0};
}

static enum qn_code find_log(struct log *out, struct store *st, const char *name,
                             struct qn_err *err)
{
    return strchr(name, '/') ? log_find(out, st, name, err) : log_of_office(out, st, name, err);
}

static enum qn_code get(struct standing *out, struct store *st, const struct log *log, uint64_t seq,
                        struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_QUARANTINE_GET);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)seq);
    bool found = q_step(&q);
    if (found)
        from_row(out, &q);
    enum qn_code rc = query_end(&q, err);
    if (!rc && !found)
        rc = qn_fail(err, QN_ABSENT, "quarantine.none", "log=%s|seq=%llu", log->origin,
                     (unsigned long long)seq);
    return rc;
}

enum qn_code quarantine_get(struct standing *out, struct store *st, const char *log, uint64_t seq,
                            struct qn_err *err)
{
    struct log l;
    enum qn_code rc = find_log(&l, st, log, err);
    return rc ? rc : get(out, st, &l, seq, err);
}

enum qn_code quarantine_rows(struct quarantine_part *out, struct store *st,
                             const struct standing *s, qn_row_fn *row, void *ctx,
                             struct qn_err *err)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    *out = (struct quarantine_part){.parts = 0};
    enum qn_code rc = log_entry_get(&e, st, &s->log, s->seq, err), bad = QN_OK;
    if (rc)
        return rc;
    out->parts = e.h.nparts;
    for (unsigned i = 0; !rc && i < e.h.nparts; i++) {
        QN_AUTO(log_part) struct log_part part = {0};
        QN_AUTO(qn_buf) struct qn_buf opened = {0}, room = {0};
        struct qn_span coded;
        struct qn_err why;
        rc = log_part_get(&part, st, &s->log, s->seq, i, &why);
        if (rc == QN_ABSENT) {
            rc = QN_OK;
            continue;
        }
        if (!rc) {
            out->here++;
            out->bytes += part.stored.n;
            /* A part that cannot be read is told at the end: the others are shown all the same. */
            if (bad || !seal_reads(st, &e.h.part[i], s->log.office))
                continue;
            bad = seal_open(&coded, &opened, st, &e.h.part[i], qn_buf_span(&part.stored), err);
            if (!bad)
                bad = part_rows(st->reg, &e.h, i, coded, &room, row, ctx, NULL, err);
        } else if (err) {
            *err = why;
        }
    }
    return rc ? rc : bad;
}

/* ---- what a person does ------------------------------------------------------------------------------------- */

static enum qn_code settle_now(struct store *st, struct ingest_tally *tally, struct qn_err *err)
{
    QN_AUTO(ingest) struct ingest *in = NULL;
    enum qn_code rc = ingest_open(&in, st, err);
    if (!rc)
        rc = ingest_finish(in, NULL, err);
    if (!rc)
        *tally = *ingest_tally(in);
    return rc;
}

enum qn_code quarantine_retry(struct store *st, const char *log, uint64_t seq, uint64_t *n,
                              struct ingest_tally *tally, struct qn_err *err)
{
    QN_AUTO(standings) struct standings all = {0};
    QN_AUTO(tx) struct tx tx = {0};
    struct log only = {.no = -1};
    enum qn_code rc = duty_act(st, duty_of(DUTY_RETRY), NULL, log ? log : "", err);
    if (!rc && log)
        rc = find_log(&only, st, log, err);
    if (!rc)
        rc = quarantine_list(&all, st, err);
    if (!rc)
        rc = tx_begin(&tx, st, err);
    *n = 0;
    for (size_t i = 0; !rc && i < all.n; i++) {
        const struct standing *s = &all.at[i];
        if ((s->state != FATE_HELD && s->state != FATE_QUARANTINED) ||
            (log && s->log.no != only.no) || (seq != UINT64_MAX && s->seq != seq))
            continue;
        rc = fate_retry(st, s->log.no, s->seq, err);
        ++*n;
    }
    if (!rc)
        rc = tx_commit(&tx, err);
    if (!rc && seq != UINT64_MAX && !*n)
        rc = qn_fail(err, QN_ABSENT, "quarantine.none", "log=%s|seq=%llu", log,
                     (unsigned long long)seq);
    return rc ? rc : settle_now(st, tally, err);
}

/* One row of `supersede` or `waiver`, for whoever holds the log that it is about. */
static enum qn_code write_skip(struct store *st, const char *table, const struct log *log,
                               uint64_t seq, const char *rule, const char *reason,
                               struct qn_err *err)
{
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    enum qn_code rc =
        act_begin(&a, st, duty_of(rule ? DUTY_WAIVER : DUTY_SUPERSEDE), NULL, rule ? QN_KIND_WAIVER : QN_KIND_SUPERSEDE, QN_LANE_CONTROL, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_SUBTREE, log->office, err);
    if (rc)
        return rc;
    row_start(&row, &a, table, act_id(&a), 1);
    row_text(&row, "origin", log->origin);
    row_int(&row, "seq", (int64_t)seq);
    if (rule)
        row_text(&row, "rule", rule);
    row_text(&row, "reason", reason);
    rc = act_put(&a, &row, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}

static enum qn_code may_be_skipped(const struct standing *s, struct qn_err *err)
{
    if (s->state == FATE_HELD || s->state == FATE_QUARANTINED || s->state == FATE_REFUSED)
        return QN_OK;
    return qn_fail(err, QN_CONFLICT,
                   s->state == FATE_KEPT ? "quarantine.applied" : "quarantine.done",
                   "log=%s|seq=%llu", s->log.origin, (unsigned long long)s->seq);
}

enum qn_code quarantine_waive(struct store *st, const char *log, uint64_t seq, const char *reason,
                              struct ingest_tally *tally, struct qn_err *err)
{
    struct standing s;
    struct log l;
    struct qn_cert subject;
    enum qn_code rc = find_log(&l, st, log, err);
    if (!rc)
        rc = tree_cert_at(&subject, st, l.office, l.epoch, err);
    /* Asked before anything else: who is not the parent need not know what stands here. */
    if (!rc)
        rc = qn_judge_waiver(qn_str(l.origin), (int64_t)seq, &subject, &st->self, err);
    if (!rc)
        rc = get(&s, st, &l, seq, err);
    if (!rc)
        rc = may_be_skipped(&s, err);
    /* SPEC cursors-18: "waits for its parts alone" */
    if (!rc && strcmp(s.reason, "gap") == 0)
        rc = qn_fail(err, QN_LATER, "quarantine.gap", "log=%s|seq=%llu", l.origin,
                     (unsigned long long)seq);
    if (rc)
        return rc;
    QN_AUTO(tx) struct tx tx = {0};
    rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = write_skip(st, "waiver", &s.log, seq, s.rule, reason, err);
    if (!rc)
        rc = skip_waive(st,
                        &(struct skip_about){.origin = qn_str(s.log.origin),
                                             .seq = seq,
                                             .rule = qn_str(s.rule),
                                             .reason = qn_str(reason),
                                             .by = qn_str(st->self.office)},
                        err);
    if (!rc)
        rc = tx_commit(&tx, err);
    return rc ? rc : settle_now(st, tally, err);
}

static bool names(const struct qn_fate *at, unsigned n, uint64_t seq)
{
    for (unsigned i = 0; i < n; i++)
        if (at[i].seq == seq)
            return true;
    return false;
}

/* SPEC cursors-16: "what the newest receipt of no office above it counts as applied" */
static enum qn_code ask_receipts(struct store *st, const struct log *log, uint64_t seq,
                                 bool refused, struct qn_err *err)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    bool told = refused;
    enum qn_code rc = log_entry_get(&e, st, log, seq, err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(st, SQL_SYNC_RECEIPTS);
    q_bind_int(&q, log->no);
    while (q_step(&q)) {
        struct qn_note note;
        struct qn_receipt r;
        struct qn_err none;
        if (qn_note_parse(&note, q_span(&q, 1), &none) || qn_receipt_parse(&r, note.text, &none))
            continue;
        bool named = names(r.refused, r.nrefused, seq) || names(r.held, r.nheld, seq);
        told = told || named;
        /* With 64 refused named there may be more; the own fate then tells of this one. */
        if (r.applied[e.h.lane] > seq && !named && !(refused && r.nrefused == QN_RECEIPT_NOTES))
            return qn_fail(err, QN_DENIED, "quarantine.applied-above", "office=%s|seq=%llu",
                           q_text(&q, 0), (unsigned long long)seq);
    }
    rc = query_end(&q, err);
    if (!rc && !told)
        rc =
            qn_fail(err, QN_DENIED, "quarantine.not-standing", "seq=%llu", (unsigned long long)seq);
    return rc;
}

/* SPEC cursors-12: "of its log before this entry, or of a log of an earlier epoch" */
static enum qn_code own_log(struct log *out, struct store *st, unsigned epoch, struct qn_err *err)
{
    return epoch ? log_at(out, st, st->self.office, (uint16_t)epoch, err)
                 : log_find(out, st, st->origin, err);
}

enum qn_code quarantine_supersede(struct store *st, unsigned epoch, uint64_t seq,
                                  const char *reason, struct qn_err *err)
{
    struct log own;
    struct standing s = {.state = FATE_NONE};
    enum qn_code rc = own_log(&own, st, epoch, err);
    if (!rc && seq >= own.size)
        rc = qn_fail(err, QN_ABSENT, "log.no-entry", "log=%s|seq=%llu", own.origin,
                     (unsigned long long)seq);
    if (rc)
        return rc;
    struct qn_err none;
    rc = get(&s, st, &own, seq, &none);
    if (rc == QN_OK)
        rc = may_be_skipped(&s, err);
    else if (rc == QN_ABSENT)
        rc = QN_OK;
    else if (err)
        *err = none;
    if (!rc) {
        QN_AUTO(query) struct query q = query_start(st, SQL_QUARANTINE_ASKED);
        q_bind_text(&q, st->self.office);
        q_bind_text(&q, own.origin);
        q_bind_int(&q, (int64_t)seq);
        bool asked = q_step(&q);
        rc = query_end(&q, err);
        if (!rc && asked)
            rc = qn_fail(err, QN_CONFLICT, "quarantine.asked", "seq=%llu", (unsigned long long)seq);
    }
    if (!rc)
        rc = ask_receipts(st, &own, seq, s.state == FATE_REFUSED, err);
    return rc ? rc : write_skip(st, "supersede", &own, seq, NULL, reason, err);
}
