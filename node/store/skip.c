#include "node/store/skip.h"

#include <string.h>

#include "node/store/act.h"
#include "node/store/ingest.h"
#include "node/store/internal.h"
#include "node/store/own.h"
#include "node/store/tree.h"

#define ROWS_OF_ACT 256 /* refusals in one act: a page of them is enough to read at once */

/* A text that may stand among args. */
struct safe {
    char text[200];
};
static struct safe safe(struct qn_span s)
{
    struct safe out;
    size_t n = s.n < sizeof(out.text) - 1 ? s.n : sizeof(out.text) - 1;
    while (n && n < s.n && (s.p[n] & 0xc0) == 0x80)
        n--; /* not inside a character */
    for (size_t i = 0; i < n; i++)
        out.text[i] = s.p[i] == '|' || s.p[i] < ' ' ? ' ' : (char)s.p[i];
    out.text[n] = 0;
    return out;
}

enum qn_code skip_applied(bool *out, struct store *st, const struct log *log, uint64_t seq,
                          uint64_t control, struct qn_err *err)
{
    struct fate_at at;
    *out = false;
    if (seq >= log->verified)
        return QN_OK;
    QN_AUTO(log_entry) struct log_entry e = {0};
    uint64_t relayable, applied;
    enum qn_code rc = log_entry_get(&e, st, log, seq, err);
    if (!rc)
        rc = ingest_cursor(st, log, e.h.lane, &relayable, &applied, err);
    if (!rc)
        rc = fate_next(&at, st, log->no, seq, err);
    if (!rc && e.h.lane == QN_LANE_CONTROL && control > applied)
        applied = control;
    *out = !rc && seq < applied && (at.seq != seq || at.state == FATE_KEPT);
    return rc;
}

/* ---- what came ------------------------------------------------------------------------------------------- */

static enum qn_code find(struct log *log, struct store *st, struct qn_span origin,
                         struct qn_err *err)
{
    char text[QN_ORIGIN_MAX + 1];
    if (!qn_text_copy(text, sizeof(text), origin))
        return qn_fail(err, QN_MALFORMED, "ingest.origin", "bytes=%zu", origin.n);
    return log_find(log, st, text, err);
}

/* Somebody above refused an entry of ours: shown here, and nothing else changes. */
static enum qn_code take_refusal(struct store *st, const struct qn_row *row, struct qn_err *err)
{
    char by[QN_CODE_MAX + 1];
    struct log log;
    struct fate_at at;
    struct fate f = {.state = FATE_REFUSED};
    uint64_t seq = (uint64_t)row->col[4].i;
    if (!qn_span_is(row->col[3].s, st->origin) || !qn_text_copy(by, sizeof(by), row->col[0].s) ||
        !tree_is_above(st, by, st->self.office))
        return QN_OK;
    enum qn_code rc = find(&log, st, row->col[3].s, err);
    if (!rc)
        rc = fate_next(&at, st, log.no, seq, err);
    if (rc || row->col[4].i < 0 || seq >= log.size || at.seq == seq)
        return rc;
    if (!qn_text_copy(f.why.id, sizeof(f.why.id), row->col[5].s) ||
        !qn_text_copy(f.why.args, sizeof(f.why.args), row->col[6].s))
        return QN_OK;
    return fate_put(st, log.no, seq, &f, err);
}

/* SPEC cursors-13: "at most 1,024 entries of one log" - of an earlier epoch's log any number may be named, as nobody
 * knows how far it went, and each would have this office sign a row.                                       */
static enum qn_code check_room(struct store *st, const struct log *log, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_FATE_SUPERSEDED_COUNT);
    q_bind_int(&q, log->no);
    int64_t n = q_step(&q) ? q_int(&q, 0) : 0;
    enum qn_code rc = query_end(&q, err);
    if (!rc && n >= SKIP_TOLD_MAX)
        rc = qn_fail(err, QN_LIMIT, "skip.superseded", "log=%s|max=%d", log->origin, SKIP_TOLD_MAX);
    return rc;
}

/* SPEC cursors-13: "The direct parent decides" - it answers with a waiver, which all others wait for. */
static enum qn_code take_supersede(struct store *st, const struct qn_row *row, struct qn_err *err)
{
    char author[QN_CODE_MAX + 1], parent[QN_CODE_MAX + 1];
    struct log log;
    bool applied;
    struct fate f = {.state = FATE_SUPERSEDED};
    uint64_t seq = (uint64_t)row->col[4].i;
    if (!qn_text_copy(author, sizeof(author), row->col[0].s) || !tree_parent(st, author, parent) ||
        strcmp(parent, st->self.office) != 0)
        return QN_OK;
    enum qn_code rc = find(&log, st, row->col[3].s, err);
    struct fate_at at;
    if (!rc)
        rc = fate_next(&at, st, log.no, seq, err);
    if (!rc && at.seq == seq && (at.state == FATE_SUPERSEDED || at.state == FATE_WAIVED || at.state == FATE_KEPT))
        return QN_OK; /* decided already: one answer is enough */
    uint16_t epoch, n;
    uint64_t here; /* this row's own entry: the control lane of its log is done up to it */
    qn_row_id_split(row->col[1].i, &epoch, &here, &n);
    if (!rc)
        rc = skip_applied(&applied, st, &log, seq, epoch == log.epoch ? here : 0, err);
    if (!rc && !applied)
        rc = check_room(st, &log, err);
    if (rc)
        return rc;
    if (applied)
        f.state = FATE_KEPT;
    f.untold = !applied;
    qn_fail(&f.why, QN_OK, applied ? "fate.kept" : "fate.superseded", "by=%s|reason=%s", author,
            safe(row->col[5].s).text);
    rc = fate_put(st, log.no, seq, &f, err);
    return rc ? rc : fate_stir(st, log.no, err);
}

enum qn_code skip_waive(struct store *st, const struct skip_about *a, struct qn_err *err)
{
    struct log log;
    bool applied = false;
    bool asked = qn_span_is(a->rule, "supersede");
    struct fate_at at;
    enum qn_code rc = find(&log, st, a->origin, err);
    if (!rc)
        rc = fate_next(&at, st, log.no, a->seq, err);
    /* SPEC cursors-16: "What is applied is never taken back." - and what was found applied once stays so. */
    if (!rc && at.seq == a->seq && at.state == FATE_KEPT)
        return QN_OK;
    if (!rc && strcmp(log.origin, st->origin) != 0) /* of the own log: only to be shown */
        rc = skip_applied(&applied, st, &log, a->seq, 0, err);
    if (rc)
        return rc;
    struct fate f = {.state = applied ? FATE_KEPT : asked ? FATE_SUPERSEDED : FATE_WAIVED};
    struct safe by = safe(a->by), reason = safe(a->reason), rule = safe(a->rule);
    if (f.state == FATE_WAIVED)
        qn_fail(&f.why, QN_OK, "fate.waived", "by=%s|rule=%s|reason=%s", by.text, rule.text,
                reason.text);
    else
        qn_fail(&f.why, QN_OK, applied ? "fate.kept" : "fate.superseded", "by=%s|reason=%s",
                by.text, reason.text);
    rc = fate_put(st, log.no, a->seq, &f, err);
    return rc ? rc : fate_stir(st, log.no, err);
}

enum qn_code skip_take_row(struct store *st, const struct qn_row *row, struct qn_err *err)
{
    if (strcmp(row->table->name, "refusal") == 0)
        return take_refusal(st, row, err);
    if (strcmp(row->table->name, "supersede") == 0)
        return take_supersede(st, row, err);
    if (strcmp(row->table->name, "waiver") == 0)
        return skip_waive(st,
                          &(struct skip_about){.origin = row->col[3].s,
                                               .seq = (uint64_t)row->col[4].i,
                                               .rule = row->col[5].s,
                                               .reason = row->col[6].s,
                                               .by = row->col[0].s},
                          err);
    return QN_OK;
}

/* ---- what this office says ---------------------------------------------------------------------------------- */

bool skip_is_ours(struct store *st, const struct log *log, uint64_t seq)
{
    char parent[QN_CODE_MAX + 1];
    uint64_t size, time_s;
    struct qn_err none;
    if (!tree_parent(st, log->office, parent))
        return false;
    if (strcmp(parent, st->self.office) == 0)
        return true;
    /* SPEC cursors-10: "An ancestor further up signs one only while it holds no cosignature of the direct parent over
     * the entry" */
    return tree_is_above(st, st->self.office, log->office) &&
           log_first_cosigned(st, log, seq, parent, &size, &time_s, &none) == QN_ABSENT;
}

static enum qn_code told_before(struct store *st, const struct log *log, int64_t *n,
                                struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_FATE_TOLD_COUNT);
    q_bind_text(&q, st->self.office);
    q_bind_text(&q, log->origin);
    *n = q_step(&q) ? q_int(&q, 0) : 0;
    return query_end(&q, err);
}

/* args of a "fate.superseded": what stands behind "reason=". */
static const char *reason_of(const char *args)
{
    const char *at = strstr(args, "reason=");
    return at ? at + 7 : "";
}

static enum qn_code put_told(struct act *a, struct query *q, const struct log *log,
                             struct qn_err *err)
{
    struct qn_row row;
    bool asked = qn_span_is(q_span(q, 1), "superseded");
    row_start(&row, a, asked ? "waiver" : "refusal", act_id(a), 1);
    row_text(&row, "origin", log->origin);
    row_int(&row, "seq", q_int(q, 0));
    row_text(&row, "rule", asked ? "supersede" : q_text(q, 2));
    row_text(&row, asked ? "reason" : "detail", asked ? reason_of(q_text(q, 3)) : q_text(q, 3));
    return act_put(a, &row, err);
}

static enum qn_code told(struct store *st, const struct log *log, int64_t last, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_FATE_TOLD);
    q_bind_int(&q, log->no);
    q_bind_int(&q, last);
    return store_run(&q, err);
}

/* Everything unsaid about one log, in one act; what is beyond the bound is left to the receipt. */
static enum qn_code tell_log(struct store *st, const struct log *log, struct qn_err *err)
{
    int64_t before, last = -1, n = 0;
    enum qn_code rc = told_before(st, log, &before, err);
    if (rc)
        return rc;
    {
        QN_AUTO(act) struct act a = {0};
        rc = act_begin(&a, st, duty_of(DUTY_TELL_REFUSED), NULL, QN_KIND_REFUSAL, QN_LANE_CONTROL, err);
        if (!rc)
            rc = act_part(&a, QN_SYSTEM, QN_TO_SUBTREE, log->office, err);
        if (rc)
            return rc;
        QN_AUTO(query) struct query q = query_start(st, SQL_FATE_UNTOLD);
        q_bind_int(&q, log->no);
        q_bind_int(&q, ROWS_OF_ACT);
        while (!rc && q_step(&q)) {
            last = q_int(&q, 0);
            /* SPEC cursors-10: "at most 1,024 about one log" */
            if (qn_span_is(q_span(&q, 1), "refused") && before + n >= SKIP_TOLD_MAX)
                continue;
            n += qn_span_is(q_span(&q, 1), "refused");
            rc = put_told(&a, &q, log, err);
        }
        if (!rc)
            rc = query_end(&q, err);
        if (!rc && a.next_n)
            rc = act_commit(&a, NULL, NULL, err);
        if (rc)
            return rc;
    }
    return told(st, log, last, err);
}

enum qn_code skip_tell(struct store *st, struct qn_err *err)
{
    if (!st->keys || !st->has_self || own_state(st, NULL) != OWN_SIGNS)
        return QN_OK; /* said when this office signs again */
    for (;;) {
        struct log log;
        int64_t no = -1;
        enum qn_code rc;
        {
            QN_AUTO(query) struct query q = query_start(st, SQL_FATE_UNTOLD_LOG);
            if (q_step(&q))
                no = q_int(&q, 0);
            rc = query_end(&q, err);
        }
        if (rc || no < 0)
            return rc;
        rc = log_by_no(&log, st, no, err);
        if (!rc)
            rc = tell_log(st, &log, err);
        /* An office that may not write here (its certificate does not grant the lane) still takes in what comes. */
        if (rc && rc != QN_IO && rc != QN_NOMEM)
            rc = told(st, &log, INT64_MAX, err);
        if (rc)
            return rc;
    }
}
