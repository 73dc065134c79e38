#include "node/work/figure_walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/store/tree.h"
#include "node/work/deadline.h"
#include "node/work/figure.h"
#include "protocol/wire.h"

enum figure_column {
    COL_KEY,
    COL_OFFICE,
    COL_TASK,
    COL_CLASS,
    COL_LABEL,
    COL_FLAGS,
    COL_CODES,
    COL_RECORDS, /* office, id, rev of each */
};
static const enum sql statement[FIGURE_SOURCES] = {
    [FIGURE_TARGETS] = SQL_FIGURE_TARGETS, [FIGURE_ENTERPRISES] = SQL_FIGURE_ENTERPRISES,
    [FIGURE_TASKS] = SQL_FIGURE_TASKS,     [FIGURE_EXCEPTIONS] = SQL_FIGURE_EXCEPTIONS,
    [FIGURE_ACTS] = SQL_FIGURE_ACTS,       [FIGURE_DRAWS] = SQL_FIGURE_DRAWS,
    [FIGURE_SAMPLES] = SQL_FIGURE_SAMPLES,
};

static enum qn_code no_memory(struct qn_err *err)
{
    return qn_fail(err, QN_NOMEM, "base.no-memory", "");
}

/* ---- what is asked ------------------------------------------------------------------------------------------------- */

enum qn_code figure_settle(struct figure_query *out, struct store *st, const struct figure_query *q,
                           struct qn_err *err)
{
    const struct qn_cert *self = store_self(st);
    char today[11];
    if (!self)
        return qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    *out = *q;
    clock_today(st, today);
    if (!out->office)
        out->office = self->office;
    if (strcmp(out->office, self->office) != 0 && !tree_is_above(st, self->office, out->office))
        return qn_fail(err, QN_ABSENT, "figure.office", "office=%s", out->office);
    if (!out->on)
        out->on = wire_day(qn_str(today));
    if (out->series) {
        QN_AUTO(query) struct query s = query_start(st, SQL_FIGURE_SERIES);
        q_bind_text(&s, out->series);
        bool known = q_step(&s);
        unsigned year = known ? q_u32(&s, 0) : 0;
        enum qn_code rc = query_end(&s, err);
        if (!rc && !known)
            rc = qn_fail(err, QN_ABSENT, "figure.series", "series=%.60s", out->series);
        if (rc)
            return rc;
        if (!out->year)
            out->year = year;
    }
    if (!out->year)
        out->year = (unsigned)strtoul(today, NULL, 10); /* ends at the hyphen */
    return QN_OK;
}

/* ---- in time or not (deadline.h) ----------------------------------------------------------------------------------- */

struct timed {
    char office[QN_CODE_MAX + 1];
    int64_t id;
    int32_t due;
    unsigned flags;
};
struct walk {
    struct store *st;
    const struct figure_query *q;
    enum figure_source source;
    struct timed *timed; /* owned; by office and id */
    size_t ntimed, timed_cap;
    struct {
        char office[QN_CODE_MAX + 1];
        bool in;
    } scope[64]; /* of the offices met, the last ones */
    unsigned nscope;
    struct {
        char codes[204];
        bool problem;
    } judged[32];
    unsigned njudged;
};

static int by_record(const void *a, const void *b)
{
    const struct timed *x = a, *y = b;
    int c = strcmp(x->office, y->office);
    return c ? c : (x->id > y->id) - (x->id < y->id);
}

/* SPEC figures-12: "first received behind its last day is late" */
static enum qn_code on_deadline(void *ctx, const struct deadline *d, struct qn_err *err)
{
    struct walk *w = ctx;
    bool ended = d->state == DEADLINE_MET || d->state == DEADLINE_LATE;
    if (!ended && d->due >= w->q->on)
        return QN_OK;
    if (w->ntimed == w->timed_cap) {
        size_t cap = w->timed_cap ? 2 * w->timed_cap : 256;
        struct timed *at = realloc(w->timed, cap * sizeof(*at));
        if (!at)
            return no_memory(err);
        w->timed = at;
        w->timed_cap = cap;
    }
    struct timed *t = &w->timed[w->ntimed++];
    *t = (struct timed){.id = d->id, .due = d->due};
    memcpy(t->office, d->office, sizeof(t->office));
    if (d->provisional)
        t->flags = TARGET_PROVISIONAL;
    else if (d->state == DEADLINE_MET && d->doubt != DEADLINE_SHOWN_LATE)
        t->flags = TARGET_DUE;
    else
        t->flags = TARGET_DUE | TARGET_LATE;
    return QN_OK;
}

static enum qn_code look_at_clocks(struct walk *w, struct qn_err *err)
{
    struct deadline_query open = {
        .office = w->q->office, .source = "publication", .within = 0, .only_overdue = true};
    struct deadline_query ended = {
        .office = w->q->office, .source = "publication", .within = 0, .ended = true};
    enum qn_code rc = deadline_each(w->st, &open, on_deadline, w, err);
    if (!rc)
        rc = deadline_each(w->st, &ended, on_deadline, w, err);
    if (!rc && w->ntimed)
        qsort(w->timed, w->ntimed, sizeof(*w->timed), by_record);
    return rc;
}

/* open: its publication is not counted, as it is a later one. */
static unsigned timeliness(const struct walk *w, const char *office, int64_t id, bool open)
{
    struct timed key = {.id = id}, *at;
    snprintf(key.office, sizeof(key.office), "%s", office);
    at = w->ntimed ? bsearch(&key, w->timed, w->ntimed, sizeof(key), by_record) : NULL;
    if (!at || !open || (at->flags & TARGET_PROVISIONAL))
        return at ? at->flags : 0;
    return at->due < w->q->on ? TARGET_DUE | TARGET_LATE : 0;
}

/* ---- rows ---------------------------------------------------------------------------------------------------------- */

static bool in_scope(struct walk *w, const char *office)
{
    for (unsigned i = 0; i < 64 && i < w->nscope; i++)
        if (strcmp(w->scope[i].office, office) == 0)
            return w->scope[i].in;
    unsigned at = w->nscope++ % 64;
    snprintf(w->scope[at].office, sizeof(w->scope[at].office), "%s", office);
    w->scope[at].in =
        strcmp(office, w->q->office) == 0 || tree_is_above(w->st, w->q->office, office);
    return w->scope[at].in;
}

/* SPEC publication-8: "unless the code table `result` has it without the flag `issue`" */
bool figure_is_problem(struct store *st, struct qn_span codes)
{
    for (size_t i = 0, n; i < codes.n; i += n + 1) {
        const uint8_t *comma = memchr(codes.p + i, ',', codes.n - i);
        n = comma ? (size_t)(comma - codes.p) - i : codes.n - i;
        QN_AUTO(query) struct query q = query_start(st, SQL_PUB_CODE_FLAGS);
        q_bind_span(&q, (struct qn_span){codes.p + i, n});
        if (!q_step(&q) || qn_span_is(q_span(&q, 0), "issue"))
            return true;
    }
    return false;
}

static bool is_problem(struct walk *w, const char *codes)
{
    for (unsigned i = 0; i < 32 && i < w->njudged; i++)
        if (strcmp(w->judged[i].codes, codes) == 0)
            return w->judged[i].problem;
    unsigned at = w->njudged++ % 32;
    snprintf(w->judged[at].codes, sizeof(w->judged[at].codes), "%s", codes);
    w->judged[at].problem = figure_is_problem(w->st, qn_str(codes));
    return w->judged[at].problem;
}

/* Whether a record was written beyond the sizes that are asked for; of a revision the id tells of the first one alone. */
static bool is_later(const struct walk *w, const struct figure_record *r)
{
    uint16_t epoch, n, of;
    uint64_t seq;
    char deployment[QN_DEPLOYMENT_MAX + 1], office[QN_CODE_MAX + 1];
    struct qn_err none;
    if (!w->q->below)
        return false;
    qn_row_id_split(r->id, &epoch, &seq, &n);
    for (size_t i = 0; i < w->q->below->n; i++) {
        const struct figure_head *h = &w->q->below->at[i];
        if (strcmp(h->office, r->office) == 0 && *h->origin &&
            qn_origin_parse(qn_str(h->origin), deployment, office, &of, &none) == QN_OK &&
            of == epoch)
            return seq >= h->size;
    }
    /* Of offices above, whose logs are none of the scope, nothing is later. */
    return tree_is_above(w->st, w->q->office, r->office) || strcmp(w->q->office, r->office) == 0;
}

/* Takes back what later records say; false: the thing itself is later. */
static bool before(const struct walk *w, struct figure_row *r)
{
    for (unsigned i = 0; i < r->nrecords; i++) {
        if (!is_later(w, &r->record[i]))
            continue;
        if (w->source != FIGURE_TARGETS || i == 0)
            return false;
        r->nrecords = i;
        r->flags &= i == 1 ? TARGET_ASSIGNED : ~(unsigned)TARGET_PUBLISHED;
    }
    return true;
}

static void judge_target(struct walk *w, struct figure_row *r, const char *codes, bool published)
{
    if (!(r->flags & TARGET_INSPECTED))
        return;
    if (is_problem(w, codes))
        r->flags |= TARGET_PROBLEM;
    /* SPEC figures-11: "a problem without any follow-up is open" */
    if ((r->flags & TARGET_PROBLEM) && !(r->flags & TARGET_FOLLOWED))
        r->flags |= TARGET_OPEN;
    r->flags |= timeliness(w, r->record[1].office, r->record[1].id,
                           published && !(r->flags & TARGET_PUBLISHED));
}

static enum qn_code add_row(struct walk *w, struct figure_thing *t, struct query *q,
                            struct qn_err *err)
{
    if (t->n == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 8;
        struct figure_row *at = realloc(t->row, cap * sizeof(*at));
        if (!at)
            return no_memory(err);
        t->row = at;
        t->cap = cap;
    }
    struct figure_row *r = &t->row[t->n];
    memset(r, 0, sizeof(*r));
    snprintf(r->office, sizeof(r->office), "%s", q_text(q, COL_OFFICE));
    snprintf(r->task, sizeof(r->task), "%s", q_text(q, COL_TASK));
    snprintf(r->risk_class, sizeof(r->risk_class), "%s", q_text(q, COL_CLASS));
    if (!in_scope(w, r->office) || (w->q->task && strcmp(w->q->task, r->task) != 0) ||
        (w->q->risk_class && strcmp(w->q->risk_class, r->risk_class) != 0))
        return QN_OK;
    r->flags = (unsigned)q_int(q, COL_FLAGS);
    for (int i = 0; i < FIGURE_RECORDS; i++) {
        int col = COL_RECORDS + 3 * i;
        if (q_null(q, col + 1))
            continue;
        struct figure_record *to = &r->record[r->nrecords++];
        snprintf(to->office, sizeof(to->office), "%s", q_text(q, col));
        to->id = q_int(q, col + 1);
        to->rev = q_int(q, col + 2);
    }
    const bool published = (r->flags & TARGET_PUBLISHED) != 0;
    if (!before(w, r))
        return QN_OK;
    if (w->source == FIGURE_TARGETS)
        judge_target(w, r, q_text(q, COL_CODES), published);
    t->n++;
    return QN_OK;
}

static enum qn_code walk_source(struct walk *w, figure_each *each, void *ctx, struct qn_err *err)
{
    struct figure_thing t = {.n = 0};
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(w->st, statement[w->source]);
    q_bind_int(&q, w->q->year);
    q_bind_text(&q, w->q->series ? w->q->series : "");
    while (!rc && q_step(&q)) {
        const char *key = q_text(&q, COL_KEY);
        if (strcmp(key, t.key) != 0) {
            if (t.n)
                rc = each(ctx, &t, err);
            t.n = 0;
            snprintf(t.key, sizeof(t.key), "%s", key);
            snprintf(t.label, sizeof(t.label), "%s", q_text(&q, COL_LABEL));
        }
        if (!rc)
            rc = add_row(w, &t, &q, err);
    }
    if (!rc)
        rc = query_end(&q, err);
    if (!rc && t.n)
        rc = each(ctx, &t, err);
    free(t.row);
    return rc;
}

enum qn_code figure_walk(struct store *st, const struct figure_query *q, enum figure_source source,
                         bool timed, figure_each *each, void *ctx, struct qn_err *err)
{
    struct figure_query settled;
    enum qn_code rc = figure_settle(&settled, st, q, err);
    struct walk w = {.st = st, .q = &settled, .source = source};
    if (!rc && timed && source == FIGURE_TARGETS)
        rc = look_at_clocks(&w, err);
    if (!rc)
        rc = walk_source(&w, each, ctx, err);
    free(w.timed);
    return rc;
}
