#include "node/work/deadline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/store/duty.h"
#include "node/store/entry_of.h"
#include "node/store/tree.h"
#include "node/work/record.h"
#include "protocol/wire.h"

#define WITHIN "due-within" /* setting: days */

/* ---- the sources --------------------------------------------------------------------------------------------------- */

static const struct deadline_source sources[] = {
    {"plan", "plan", NULL, SQL_DUE_PLAN, DEADLINE_FIXED, 0, false},
    {"plan_acceptance", "plan", "plan_accept", SQL_DUE_PLAN_ACCEPTANCE, DEADLINE_WORKING_DAYS, 5,
     false},
    {"draw", "slot", "draw_result", SQL_DUE_DRAW, DEADLINE_FIXED, 0, false},
    {"inspection", "draw_result", "inspection_result", SQL_DUE_INSPECTION, DEADLINE_FIXED, 0,
     false},
    {"review", "inspection_result", "result_review", SQL_DUE_REVIEW, DEADLINE_RULED, 5, false},
    {"publication", "inspection_result", "publication", SQL_DUE_PUBLICATION, DEADLINE_WORKING_DAYS,
     20, false},
    {"republication", "inspection_result", "publication", SQL_DUE_REPUBLICATION,
     DEADLINE_WORKING_DAYS, 20, false},
    {.name = "follow_up",
     .table = "follow_up",
     .sql = SQL_DUE_FOLLOW_UP,
     .unit = DEADLINE_RULED,
     .days = 60,
     .sets = true},
    {"correction", "correction_order", "recheck", SQL_DUE_CORRECTION, DEADLINE_FIXED, 0, false},
    {"transfer", "transfer", "transfer_answer", SQL_DUE_TRANSFER, DEADLINE_WORKING_DAYS, 15, false},
    {"filing", "plan", "filing", SQL_DUE_FILING, DEADLINE_WORKING_DAYS, 10, false},
    {"filing_answer", "filing", "filing_answer", SQL_DUE_FILING_ANSWER, DEADLINE_WORKING_DAYS, 15,
     false},
    {"ecqs_sampling", "sample", "ecqs_entry", SQL_DUE_ECQS_SAMPLING, DEADLINE_DAYS, 1, false},
    {"ecqs_test", "test_report", "ecqs_entry", SQL_DUE_ECQS_TEST, DEADLINE_WORKING_DAYS, 3, false},
    {"ecqs_retest", "retest", "ecqs_entry", SQL_DUE_ECQS_RETEST, DEADLINE_WORKING_DAYS, 3, false},
    {"ecqs_task", "sampling_task", NULL, SQL_DUE_ECQS_TASK, DEADLINE_FIXED, 0, false},
    {"lab_report", "sampling_task", "lab_report", SQL_DUE_LAB_REPORT, DEADLINE_FIXED, 0, false},
    {"report_service", "test_report", "report_service", SQL_DUE_REPORT_SERVICE, DEADLINE_FIXED, 0,
     false},
    {"retest_formalities", "retest", "retest", SQL_DUE_RETEST_FORMALITIES, DEADLINE_DAYS, 7, false},
    {"retest_lab", "retest", "retest", SQL_DUE_RETEST_LAB, DEADLINE_DAYS, 10, false},
    {"product_recheck", "correction_order", "recheck", SQL_DUE_PRODUCT_RECHECK, DEADLINE_DAYS, 75,
     false},
    {"gsxt_entry", "publication", "system_entry", SQL_DUE_GSXT_ENTRY, DEADLINE_RULED, 20, false},
    {"platform_entry", "publication", "system_entry", SQL_DUE_PLATFORM_ENTRY, DEADLINE_RULED, 20,
     false},
};
#define SOURCES (sizeof(sources) / sizeof(sources[0]))
const char *const deadline_state_name[DEADLINE_STATES] = {
    [DEADLINE_AHEAD] = "ahead", [DEADLINE_URGENT] = "urgent", [DEADLINE_OVERDUE] = "overdue",
    [DEADLINE_MET] = "met",     [DEADLINE_LATE] = "late",
};
const char *const deadline_doubt_name[DEADLINE_DOUBTS] = {
    [DEADLINE_SOUND] = "", [DEADLINE_SHOWN_LATE] = "shown-late", [DEADLINE_BEFORE] = "before"};

const char *const deadline_basis_name[DEADLINE_BASES] = {
    [DEADLINE_OF_RECORD] = "record", [DEADLINE_OF_RULE] = "rule", [DEADLINE_OF_TABLE] = "table"};

const struct deadline_source *deadline_source_at(unsigned i)
{
    return i < SOURCES ? &sources[i] : NULL;
}

const struct deadline_source *deadline_source(const char *name)
{
    for (unsigned i = 0; i < SOURCES; i++)
        if (strcmp(sources[i].name, name) == 0)
            return &sources[i];
    return NULL;
}

unsigned deadline_within(struct store *st)
{
    char text[12];
    unsigned long n = store_get(st, WITHIN, text, sizeof(text)) ? strtoul(text, NULL, 10) : 0;
    return n && n <= DEADLINE_DAYS_MAX ? (unsigned)n : DEADLINE_WITHIN;
}

enum qn_code deadline_set_within(struct store *st, unsigned days, struct qn_err *err)
{
    char text[12];
    snprintf(text, sizeof(text), "%u", days);
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = duty_act(st, duty_of(DUTY_SETTING), NULL, "due within", err);
    if (!rc)
        rc = store_set(st, WITHIN, text, err);
    return rc ? rc : tx_commit(&tx, err);
}

/* ---- counting ------------------------------------------------------------------------------------------------------- */

/* What another office's row says may be no number of days: it is passed by, else its row would end every list. */
static bool counts(int64_t days)
{
    return days >= 1 && days <= DEADLINE_DAYS_MAX;
}

/* SPEC deadlines-4: "the number that the highest office has set counts". best: that office, "" where none has. */
static enum qn_code ruled_count(unsigned *out, char best[QN_CODE_MAX + 1], struct store *st,
                                const struct deadline_source *s, const char *office, int32_t from,
                                struct qn_err *err)
{
    char day[11];
    best[0] = 0;
    wire_day_text(from, day);
    *out = s->unit == DEADLINE_RULED ? 0 : s->days;
    QN_AUTO(query) struct query q = query_start(st, SQL_DEADLINE_RULES);
    q_bind_text(&q, s->name);
    q_bind_text(&q, day);
    while (q_step(&q)) { /* of one office the newest comes first */
        const char *by = q_text(&q, 0);
        if (strcmp(by, office) != 0 && !tree_is_above(st, by, office))
            continue;
        if (*best && (strcmp(by, best) == 0 || !tree_is_above(st, by, best)))
            continue;
        if (!counts(q_int(&q, 1)))
            continue;
        snprintf(best, QN_CODE_MAX + 1, "%s", by);
        *out = (unsigned)q_int(&q, 1);
    }
    return query_end(&q, err);
}

enum qn_code deadline_count(unsigned *out, struct store *st, const struct deadline_source *s,
                            const char *office, int32_t from, struct qn_err *err)
{
    char by[QN_CODE_MAX + 1];
    return ruled_count(out, by, st, s, office, from, err);
}

enum qn_code deadline_due(struct qn_due *out, struct store *st, const struct workdays *w,
                          const struct deadline_source *s, int32_t from, unsigned count,
                          struct qn_err *err)
{
    struct workdays *own = NULL;
    enum qn_code rc = QN_OK;
    *out = (struct qn_due){.day = from};
    switch (s->unit) {
    case DEADLINE_FIXED:
        return QN_OK;
    case DEADLINE_DAYS:
        out->day = from + (int32_t)count;
        return QN_OK;
    case DEADLINE_MONTHS:
        out->day = workdays_months(from, count);
        return QN_OK;
    case DEADLINE_WORKING_DAYS:
    case DEADLINE_RULED:
        break;
    }
    if (!w) {
        own = malloc(sizeof(*own));
        if (!own)
            return qn_fail(err, QN_NOMEM, "base.no-memory", "");
        rc = workdays_load(own, st, err);
        w = own;
    }
    if (!rc)
        rc = qn_due_date(out, &w->cal, from, count, err);
    free(own);
    return rc;
}

/* ---- what a statement gave ------------------------------------------------------------------------------------------- */

struct walk {
    struct store *st;
    const struct deadline_query *q;
    const char *self, *scope;
    int32_t today, within;
    struct workdays *days;
    bool ruled; /* somebody set a number for the source at hand */
};

static bool in_scope(const struct walk *w, const char *office)
{
    return *office && (strcmp(office, w->scope) == 0 || tree_is_above(w->st, w->scope, office));
}

static int32_t day_of(struct query *q, int col)
{
    struct qn_span s = q_span(q, col);
    return wire_day((struct qn_span){s.p, s.n < 10 ? s.n : 10});
}

/* SPEC deadlines-7: "the first cosignature by the office that lists, where that is above the author, else by the author's parent" */
static enum qn_code receipt(struct walk *w, struct deadline *d, const char *office, int64_t id,
                            int64_t rev, struct qn_err *err)
{
    struct log log;
    struct qn_err none;
    uint64_t seq, size;
    if (tree_is_above(w->st, w->self, office))
        snprintf(d->receiver, sizeof(d->receiver), "%s", w->self);
    else if (!tree_parent(w->st, office, d->receiver))
        d->receiver[0] = 0;
    /* Rows without their entry are those of a database that is being rebuilt: nothing is known of when they came. */
    if (entry_of_row(&log, &seq, w->st, d->source->ender, office, id, rev, &none) != QN_OK)
        return QN_OK;
    if (d->ended < 0) {
        QN_AUTO(log_entry) struct log_entry e = {0};
        enum qn_code rc = log_entry_get(&e, w->st, &log, seq, err);
        if (rc)
            return rc;
        d->ended = wire_day_at(e.h.time_ms / 1000);
    }
    if (*d->receiver &&
        log_first_cosigned(w->st, &log, seq, d->receiver, &size, &d->received_s, &none) != QN_OK)
        d->received_s = 0;
    return QN_OK;
}

static enum qn_code read_ended(struct walk *w, struct deadline *d, struct query *q,
                               struct qn_err *err)
{
    d->ended = q_null(q, DEADLINE_ENDED) ? -1 : day_of(q, DEADLINE_ENDED);
    snprintf(d->recorded, sizeof(d->recorded), "%s", q_text(q, DEADLINE_RECORDED));
    enum qn_code rc = QN_OK;
    if (d->source->ender && !q_null(q, DEADLINE_END_ID))
        rc = receipt(w, d, q_text(q, DEADLINE_END_OFFICE), q_int(q, DEADLINE_END_ID),
                     q_int(q, DEADLINE_END_REV), err);
    d->state = d->ended <= d->due ? DEADLINE_MET : DEADLINE_LATE;
    int32_t seen = d->received_s ? wire_day_at(d->received_s) : -1;
    if (seen >= 0 && seen < d->ended)
        d->doubt = DEADLINE_BEFORE;
    else if (seen > d->due && d->state == DEADLINE_MET)
        d->doubt = DEADLINE_SHOWN_LATE;
    return rc;
}

/* counted: whether there is a number of days at all. */
static enum qn_code read_due(struct walk *w, struct deadline *d, struct query *q, bool *counted,
                             struct qn_err *err)
{
    bool own = !q_null(q, DEADLINE_COUNT) && counts(q_int(q, DEADLINE_COUNT));
    int32_t set = d->source->sets && !q_null(q, DEADLINE_SET) ? day_of(q, DEADLINE_SET) : -1;
    unsigned count = own ? (unsigned)q_int(q, DEADLINE_COUNT) : 0;
    struct qn_due due = {.day = set};
    enum qn_code rc = QN_OK;
    d->unit = set >= 0 ? DEADLINE_FIXED : d->source->unit;
    d->basis = own || d->unit == DEADLINE_FIXED ? DEADLINE_OF_RECORD : DEADLINE_OF_TABLE;
    if (d->basis == DEADLINE_OF_TABLE) {
        count = d->source->unit == DEADLINE_RULED ? 0 : d->source->days;
        if (w->ruled)
            rc = ruled_count(&count, d->by, w->st, d->source, d->owes, d->from, err);
        if (*d->by)
            d->basis = DEADLINE_OF_RULE;
    }
    d->count = count;
    /* SPEC deadlines-13: "nothing is due before one of them does" */
    *counted = count || d->unit != DEADLINE_RULED;
    if (!rc && *counted && set < 0)
        rc = deadline_due(&due, w->st, w->days, d->source, d->from, count, err);
    if (rc || !*counted)
        return rc;
    d->due = due.day;
    d->provisional = due.provisional;
    d->state = d->due < w->today                ? DEADLINE_OVERDUE
               : d->due - w->today <= w->within ? DEADLINE_URGENT
                                                : DEADLINE_AHEAD;
    return QN_OK;
}

/* SPEC deadlines-17: "What was due before the office that would owe it had its first certificate" */
static void nobody_yet(struct walk *w, struct deadline *d)
{
    int32_t since;
    struct qn_err none;
    if (d->due >= w->today || strcmp(d->owes, d->office) == 0 ||
        tree_since(&since, w->st, d->owes, &none) != QN_OK || since <= d->due)
        return;
    memcpy(d->instead, d->owes, sizeof(d->instead));
    memcpy(d->owes, d->office, sizeof(d->owes));
}

/* wanted: false for what does not run yet, is no duty here, or was not asked for. */
static enum qn_code read_row(struct walk *w, struct deadline *d, const struct deadline_source *s,
                             struct query *q, bool *wanted, struct qn_err *err)
{
    memset(d, 0, sizeof(*d));
    *wanted = false;
    d->source = s;
    d->from = q_null(q, DEADLINE_FROM) ? -1 : day_of(q, DEADLINE_FROM);
    snprintf(d->owes, sizeof(d->owes), "%s", q_text(q, DEADLINE_OWES));
    snprintf(d->office, sizeof(d->office), "%s", q_text(q, DEADLINE_OFFICE));
    if (d->from < 0 || (!in_scope(w, d->owes) && !in_scope(w, d->office)))
        return QN_OK;
    d->id = q_int(q, DEADLINE_ID);
    snprintf(d->part, sizeof(d->part), "%s", q_text(q, DEADLINE_PART));
    snprintf(d->about, sizeof(d->about), "%s", q_text(q, DEADLINE_ABOUT));
    d->n = (uint64_t)q_int(q, DEADLINE_N);
    bool counted;
    enum qn_code rc = read_due(w, d, q, &counted, err);
    if (!rc && !counted)
        return QN_OK;
    if (!rc)
        nobody_yet(w, d);
    if (!rc && *d->instead && !in_scope(w, d->owes))
        return QN_OK;
    if (!rc && w->q->ended)
        rc = read_ended(w, d, q, err);
    if (rc)
        return rc;
    if (w->q->ended)
        *wanted = d->ended >= 0 && (!w->q->only_late || d->state == DEADLINE_LATE || d->doubt);
    else
        *wanted = w->q->only_overdue
                      ? d->state == DEADLINE_OVERDUE
                      : w->q->all || w->q->only_provisional || d->state != DEADLINE_AHEAD;
    if (w->q->only_provisional && !d->provisional)
        *wanted = false;
    return QN_OK;
}

static enum qn_code has_rules(struct walk *w, const struct deadline_source *s, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(w->st, SQL_DEADLINE_RULES);
    q_bind_text(&q, s->name);
    q_bind_text(&q, "9999-12-31");
    w->ruled = q_step(&q);
    return query_end(&q, err);
}

static enum qn_code walk_source(struct walk *w, const struct deadline_source *s,
                                enum qn_code (*each)(void *ctx, const struct deadline *d,
                                                     struct qn_err *err),
                                void *ctx, struct qn_err *err)
{
    enum qn_code rc = has_rules(w, s, err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(w->st, s->sql);
    q_bind_int(&q, w->q->ended);
    while (!rc && q_step(&q)) {
        struct deadline d;
        bool wanted;
        rc = read_row(w, &d, s, &q, &wanted, err);
        if (!rc && wanted)
            rc = each(ctx, &d, err);
    }
    return rc ? rc : query_end(&q, err);
}

enum qn_code deadline_each(struct store *st, const struct deadline_query *q,
                           enum qn_code (*each)(void *ctx, const struct deadline *d,
                                                struct qn_err *err),
                           void *ctx, struct qn_err *err)
{
    const struct qn_cert *self = store_self(st);
    char today[11];
    if (!self)
        return qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    if (q->source && !deadline_source(q->source))
        return qn_fail(err, QN_ABSENT, "deadline.unknown", "name=%.40s", q->source);
    clock_today(st, today);
    struct walk w = {.st = st,
                     .q = q,
                     .self = self->office,
                     .scope = q->office ? q->office : self->office,
                     .today = wire_day(qn_str(today)),
                     .within = q->within < 0 ? (int32_t)deadline_within(st) : q->within,
                     .days = malloc(sizeof(*w.days))};
    if (!w.days)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    enum qn_code rc = workdays_load(w.days, st, err);
    for (unsigned i = 0; !rc && i < SOURCES; i++)
        if (!q->source || strcmp(q->source, sources[i].name) == 0)
            rc = walk_source(&w, &sources[i], each, ctx, err);
    free(w.days);
    return rc;
}
