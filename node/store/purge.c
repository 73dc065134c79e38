#include "node/store/purge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/files.h"
#include "node/store/internal.h"
#include "node/store/log.h"
#include "node/store/own.h"
#include "node/store/redact.h"

#define SUBJECT "purging"      /* setting: whose data is being purged; "" or absent: nobody's */
#define COUNTS  "purge-counts" /* setting: what went so far */
#define ROWS    500            /* in a piece: some ten milliseconds */
#define PARTS   100            /* of up to a mebibyte */
#define FILES   20             /* a piece unlinks them with their small pictures */
#define PIECES  100            /* between two lines of progress */

enum qn_code purge_order(int64_t *id, struct store *st, const struct purge_order *o,
                         struct qn_err *err)
{
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    char now[20], on[64];
    enum qn_code rc = act_begin(&a, st, duty_of(DUTY_PURGE), o->by, QN_KIND_PURGE, QN_LANE_CONTROL, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, o->holder, err);
    if (rc)
        return rc;
    clock_local(st, now);
    *id = act_id(&a);
    row_start(&row, &a, "purge", *id, 1);
    row_text(&row, "holder", o->holder);
    row_text(&row, "subject", o->subject);
    row_text(&row, "basis", o->basis);
    row_text(&row, "reason", o->reason);
    row_text(&row, "acted_by", o->by);
    row_text(&row, "ordered_on", now);
    struct qn_header h = {.seq = a.seq, .lane = QN_LANE_CONTROL};
    rc = redact_judge(st, &row, &h, &st->self, on, err);
    if (!rc)
        rc = act_put(&a, &row, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}

/* ---- at the holder ------------------------------------------------------------------------------------------------- */

struct todo {
    char office[QN_CODE_MAX + 1], subject[QN_CODE_MAX + 1];
    int64_t id, rev;
};

/* What is under way before all others. */
static enum qn_code next(struct todo *out, bool *found, struct store *st, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PURGE_DUE);
    q_bind_text(&q, st->self.office);
    *found = q_step(&q);
    if (*found) {
        qn_text_copy(out->office, sizeof(out->office), q_span(&q, 0));
        out->id = q_int(&q, 1);
        out->rev = q_int(&q, 2);
        qn_text_copy(out->subject, sizeof(out->subject), q_span(&q, 3));
    }
    return query_end(&q, err);
}

static bool under_way(struct store *st, const char *subject)
{
    char of[QN_CODE_MAX + 1];
    return store_get(st, SUBJECT, of, sizeof(of)) && strcmp(of, subject) == 0;
}

bool purge_under_way(struct store *st)
{
    char of[QN_CODE_MAX + 1];
    return store_get(st, SUBJECT, of, sizeof(of)) && of[0];
}

static enum qn_code keep_counts(struct store *st, const struct purge_done *d, struct qn_err *err)
{
    char text[96];
    snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, d->entries,
             d->parts, d->files, d->bytes);
    return store_set(st, COUNTS, text, err);
}

static void counts(struct purge_done *d, struct store *st)
{
    char text[96], *at = text;
    *d = (struct purge_done){0};
    if (!store_get(st, COUNTS, text, sizeof(text)))
        return;
    d->entries = strtoull(at, &at, 10);
    d->parts = strtoull(at, &at, 10);
    d->files = strtoull(at, &at, 10);
    d->bytes = strtoull(at, &at, 10);
}

/* From here on what the subject says counts as forgotten, so that nothing comes behind what is dropped. */
static enum qn_code begin(struct store *st, const struct todo *t, struct qn_err *err)
{
    struct purge_done d = {0};
    enum qn_code rc = files_look(st, err);
    if (!rc) {
        QN_AUTO(query) struct query q = query_start(st, SQL_PURGE_COUNT);
        q_bind_text(&q, t->subject);
        if (q_step(&q)) {
            d.entries = (uint64_t)q_int(&q, 0);
            d.parts = (uint64_t)q_int(&q, 1);
            d.bytes = (uint64_t)q_int(&q, 2);
        }
        rc = query_end(&q, err);
    }
    if (!rc)
        rc = keep_counts(st, &d, err);
    return rc ? rc : store_set(st, SUBJECT, t->subject, err);
}

/* SPEC cursors-29: "drops parts, rows and files of all logs of the subject but those of the control lane" - the control lane stays: certificates and
 * orders are what the headers are judged by.                                                                 */
static enum qn_code drop_rows(bool *more, struct store *st, const char *subject, struct qn_err *err)
{
    unsigned left = ROWS;
    enum qn_code rc = QN_OK;
    for (unsigned t = 0; !rc && left && t < st->reg->ntables; t++) {
        unsigned n = 0;
        if (st->reg->table[t].lane != QN_LANE_CONTROL)
            rc = store_delete_some(st, &st->reg->table[t], subject, left, &n, err);
        left -= n;
    }
    *more = !left;
    return rc || left == ROWS ? rc : files_look_anew(st, err);
}

static enum qn_code drop_parts(bool *more, struct store *st, const char *subject,
                               struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PURGE_PARTS);
    q_bind_text(&q, subject);
    q_bind_int(&q, PARTS);
    enum qn_code rc = store_run(&q, err);
    *more = !rc && sqlite3_changes(st->db) == PARTS;
    return rc;
}

struct rival_at {
    int64_t log, seq, n, bytes;
    uint8_t leaf[QN_HASH];
    bool found, goes;
};

static enum qn_code next_rival(struct rival_at *at, struct store *st, const char *subject,
                               struct qn_err *err)
{
    struct qn_header *h = malloc(sizeof(*h));
    struct qn_err none;
    if (!h)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    QN_AUTO(query) struct query q = query_start(st, SQL_PURGE_RIVAL);
    q_bind_text(&q, subject);
    q_bind_int(&q, at->log);
    q_bind_int(&q, at->seq);
    q_bind_blob(&q, at->leaf, QN_HASH);
    struct rival_at to = {.found = q_step(&q) && q_span(&q, 2).n == QN_HASH};
    if (to.found) {
        to.log = q_int(&q, 0);
        to.seq = q_int(&q, 1);
        memcpy(to.leaf, q_span(&q, 2).p, QN_HASH);
        to.goes = qn_header_decode(h, q_span(&q, 3), &none) != QN_OK || h->lane != QN_LANE_CONTROL;
        to.n = q_int(&q, 4);
        to.bytes = q_int(&q, 5);
    }
    enum qn_code rc = query_end(&q, err); /* the leaf is borrowed by the query until here */
    *at = to;
    free(h);
    return rc;
}

/* A branch that another one contradicts is bounded (rival.h): one piece. */
static enum qn_code drop_rivals(struct purge_done *d, struct store *st, const char *subject,
                                struct qn_err *err)
{
    struct rival_at at = {.found = true};
    enum qn_code rc = QN_OK;
    while (!rc && at.found) {
        rc = next_rival(&at, st, subject, err);
        if (rc || !at.found || !at.goes)
            continue;
        QN_AUTO(query) struct query q = query_start(st, SQL_PURGE_RIVAL_DROP);
        q_bind_int(&q, at.log);
        q_bind_int(&q, at.seq);
        q_bind_blob(&q, at.leaf, QN_HASH);
        rc = store_run(&q, err);
        d->parts += (uint64_t)at.n;
        d->bytes += (uint64_t)at.bytes;
    }
    return rc;
}

static enum qn_code drop_files(bool *more, struct purge_done *d, struct store *st,
                               const char *subject, struct qn_err *err)
{
    uint64_t files, bytes;
    enum qn_code rc = files_forget_office(more, st, subject, FILES, &files, &bytes, err);
    d->files += files;
    d->bytes += bytes;
    return rc;
}

/* One piece, in the caller's transaction. Rows before the files that they name, or these would be asked for again. */
static enum qn_code piece(bool *more, struct store *st, const char *subject, struct qn_err *err)
{
    struct purge_done d;
    counts(&d, st);
    enum qn_code rc = drop_rows(more, st, subject, err);
    if (!rc && !*more)
        rc = drop_parts(more, st, subject, err);
    if (!rc && !*more)
        rc = drop_rivals(&d, st, subject, err);
    if (!rc && !*more)
        rc = drop_files(more, &d, st, subject, err);
    if (!rc)
        rc = keep_counts(st, &d, err);
    return rc ? rc : redact_soil(st, err);
}

static enum qn_code newest_epoch(int64_t *out, struct store *st, const char *subject,
                                 struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PURGE_EPOCH);
    q_bind_text(&q, subject);
    *out = q_step(&q) ? q_int(&q, 0) : 0;
    return query_end(&q, err);
}

static enum qn_code sign_report(struct store *st, const struct todo *t, const struct purge_done *d,
                                const char *by, struct qn_err *err)
{
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    char now[20];
    int64_t epoch;
    enum qn_code rc = newest_epoch(&epoch, st, t->subject, err);
    if (!rc)
        rc = act_begin(&a, st, duty_of(DUTY_PURGE_REPORT), by, QN_KIND_PURGE_REPORT, QN_LANE_CONTROL, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
    if (rc)
        return rc;
    clock_local(st, now);
    row_start(&row, &a, "purge_report", act_id(&a), 1);
    row_text(&row, "purge_office", t->office);
    row_int(&row, "purge_id", t->id);
    row_int(&row, "purge_rev", t->rev);
    row_int(&row, "epoch", epoch);
    row_int(&row, "entries", (int64_t)d->entries);
    row_int(&row, "parts", (int64_t)d->parts);
    row_int(&row, "files", (int64_t)d->files);
    row_int(&row, "bytes", (int64_t)d->bytes);
    row_text(&row, "acted_by", by);
    row_text(&row, "done_on", now);
    rc = act_put(&a, &row, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}

static enum qn_code end(struct purge_done *d, struct store *st, const struct todo *t,
                        const char *by, struct qn_err *err)
{
    counts(d, st);
    enum qn_code rc = sign_report(st, t, d, by, err);
    if (!rc)
        rc = store_unset(st, COUNTS, err);
    return rc ? rc : store_unset(st, SUBJECT, err);
}

/* The next piece of the next order. Another thread may have done what this one began: each piece asks anew. */
static enum qn_code step(bool *found, bool *done, struct todo *t, struct purge_done *d,
                         struct store *st, const char *by, const struct qn_report *report,
                         struct qn_err *err)
{
    bool more = true, fresh;
    QN_AUTO(tx) struct tx tx = {0};
    *done = false;
    enum qn_code rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = next(t, found, st, err);
    if (rc || !*found)
        return rc;
    fresh = !under_way(st, t->subject);
    rc = fresh ? begin(st, t, err) : QN_OK;
    if (!rc)
        rc = piece(&more, st, t->subject, err);
    if (!rc && !more)
        rc = end(d, st, t, by, err);
    if (!rc)
        rc = tx_commit(&tx, err);
    *done = !rc && !more;
    if (!rc && fresh)
        qn_say(report, "purge.begun", "office=%s|by=%s", t->subject, t->office);
    return rc;
}

/* SPEC cursors-35: "waits while the holder may not sign, or its keys are not open" */
static enum qn_code may(struct store *st, struct qn_err *err)
{
    const struct keys *keys;
    enum qn_code rc = store_signer(st, &keys, err);
    return rc || own_state(st, err) == OWN_SIGNS ? rc : QN_DENIED;
}

struct orders {
    const char *by;
    bool (*stop)(void *ctx); /* may be NULL */
    void *ctx;
    const struct qn_report *report;
};

static enum qn_code carry_out(struct purge_done *out, struct store *st, const struct orders *o,
                              struct qn_err *err)
{
    *out = (struct purge_done){0};
    for (uint64_t pieces = 1;; pieces++) {
        struct todo t;
        struct purge_done d = {0};
        bool found, done;
        enum qn_code rc = may(st, err);
        if (!rc)
            rc = step(&found, &done, &t, &d, st, o->by, o->report, err);
        if (rc || !found || (o->stop && o->stop(o->ctx)))
            return rc;
        if (done) {
            out->orders++;
            out->entries += d.entries;
            out->parts += d.parts;
            out->files += d.files;
            out->bytes += d.bytes;
            qn_say(o->report, "purge.finished", "office=%s|parts=%" PRIu64 "|files=%" PRIu64,
                   t.subject, d.parts, d.files);
        } else if (pieces % PIECES == 0) {
            qn_say(o->report, "purge.going-on", "office=%s|pieces=%" PRIu64, t.subject, pieces);
        }
        rc = store_breathe(st, err);
        if (rc)
            return rc;
    }
}

enum qn_code purge_run(struct purge_done *out, struct store *st, const char *by,
                       const struct qn_report *report, struct qn_err *err)
{
    struct orders o = {.by = by, .report = report};
    enum qn_code rc = duty_act(st, duty_of(DUTY_PURGE_RUN), by, "", err);
    if (!rc)
        rc = carry_out(out, st, &o, err);
    if (rc)
        return rc;
    if (!out->orders)
        return qn_fail(err, QN_ABSENT, "purge.none", "office=%s", st->self.office);
    redact_scrub(st, report);
    return QN_OK;
}

enum qn_code purge_by_itself(struct store *st, bool (*stop)(void *ctx), void *ctx,
                             const struct qn_report *report, struct qn_err *err)
{
    struct orders o = {PURGE_BY_ITSELF, stop, ctx, report};
    struct purge_done done;
    struct todo t;
    bool found;
    if (!st->has_self || st->depth)
        return QN_OK;
    enum qn_code rc = next(&t, &found, st, err);
    if (rc || !found || may(st, NULL) != QN_OK)
        return rc;
    return carry_out(&done, st, &o, err);
}

/* ---- for people ------------------------------------------------------------------------------------------------------ */

static const struct {
    const char *name, *id;
} states[] = {[PURGE_ORDERED] = {"ordered", "purge.state-ordered"},
              [PURGE_WAITING] = {"waiting", "purge.state-waiting"},
              [PURGE_DUE] = {"due", "purge.state-due"},
              [PURGE_UNDER_WAY] = {"under-way", "purge.state-under-way"},
              [PURGE_DONE] = {"done", "purge.state-done"}};

const char *purge_state_id(enum purge_state s)
{
    return states[s].id;
}

const char *purge_state_name(enum purge_state s)
{
    return states[s].name;
}

enum purge_state purge_state_of(struct store *st, const char *holder, const char *subject,
                                bool done)
{
    if (done)
        return PURGE_DONE;
    if (strcmp(holder, st->self.office) != 0)
        return PURGE_ORDERED;
    if (own_state(st, NULL) != OWN_SIGNS)
        return PURGE_WAITING;
    return under_way(st, subject) ? PURGE_UNDER_WAY : PURGE_DUE;
}

enum qn_code purge_read(struct purge_lines *out, struct store *st, struct qn_err *err)
{
    struct purge_lines l = {.line = malloc(PURGE_LINES * sizeof(*l.line))};
    if (!l.line)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    QN_AUTO(query) struct query q = query_start(st, SQL_PURGE_ALL);
    q_bind_text(&q, st->self.office);
    while (l.n < PURGE_LINES && q_step(&q)) {
        struct purge_line *x = &l.line[l.n++];
        *x = (struct purge_line){0};
        qn_text_copy(x->orderer, sizeof(x->orderer), q_span(&q, 0));
        qn_text_copy(x->holder, sizeof(x->holder), q_span(&q, 1));
        qn_text_copy(x->subject, sizeof(x->subject), q_span(&q, 2));
        qn_text_copy(x->ordered_on, sizeof(x->ordered_on), q_span(&q, 3));
        qn_text_copy(x->done_on, sizeof(x->done_on), q_span(&q, 4));
        x->state = purge_state_of(st, x->holder, x->subject, x->done_on[0]);
        l.open += x->state != PURGE_DONE;
        if (x->state == PURGE_WAITING)
            own_state(st, &l.why);
    }
    enum qn_code rc = query_end(&q, err);
    if (rc)
        free(l.line);
    else
        *out = l;
    return rc;
}

void purge_lines_release(struct purge_lines *l)
{
    free(l->line);
    *l = (struct purge_lines){0};
}
