#include "node/publish/publication.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/publish/model.h"
#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/release.h"
#include "node/store/tree.h"

/* A RELEASE text holds at most 1,048,000 bytes; a line is never longer than 125. */
#define RELEASE_PARTS 8000
#define PUBLISH_ROWS  2000 /* of about 150 bytes: a third of what a part may hold */

#define BIT(kind) (INT64_C(1) << (kind))
/* ORDER, FREEZE and DRAW are released by the draw's own rule, never here; a verdict goes with its draw. */
#define DUE_KINDS \
    (BIT(QN_KIND_CERTIFICATE) | BIT(QN_KIND_TABLES) | BIT(QN_KIND_PLAN) | BIT(QN_KIND_RESULT) | \
     BIT(QN_KIND_PUBLISH))

static enum qn_code no_memory(struct qn_err *err)
{
    return qn_fail(err, QN_NOMEM, "base.no-memory", "");
}

/* ---- release ------------------------------------------------------------------------------------ */

struct due {
    char origin[QN_ORIGIN_MAX + 1];
    uint64_t seq;
    uint16_t part;
};

/* One run of publish_results. */
struct publishing {
    struct store *st;
    struct held_rules rules;
    const char *result;           /* the only one, NULL for all: */
    char office[QN_CODE_MAX + 1]; /* its office and row id, 0 for all */
    int64_t only;
    struct published *out;
    const struct publish_shown *shown; /* NULL: it is done */
    char first[80];                    /* of those that are held, and why */
    enum held why;
    struct qn_err *err;
};

static bool is_wanted(const struct publishing *p, struct qn_span office, int64_t id)
{
    return !p->only || (p->only == id && qn_span_is(office, p->office));
}

static void name_of(char out[80], struct qn_span office, int64_t id)
{
    char row[40];
    qn_row_id_text(row, id);
    snprintf(out, 80, "%.*s:%s", (int)office.n, (const char *)office.p, row);
}

static void hold(struct publishing *p, enum held why, struct qn_span office, int64_t id)
{
    if (p->why == HELD_NOT) {
        name_of(p->first, office, id);
        p->why = why;
    }
    p->out->held[why]++;
}

/* The results of one part: whether one of them is held, and whether the wanted one is among them. */
struct part_results {
    struct publishing *p;
    bool held, wanted, any;
};

static enum qn_code look_at(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    struct part_results *x = ctx;
    enum held why;
    if (strcmp(row->table->name, "inspection_result") != 0)
        return QN_OK;
    x->any = true;
    if (!is_wanted(x->p, row->col[0].s, row->col[1].i))
        return QN_OK;
    x->wanted = true;
    enum qn_code rc =
        held_result(&why, &x->p->rules, row->col[0].s, row->col[1].i, row->col[2].i, err);
    if (rc || why == HELD_NOT)
        return rc;
    x->held = true;
    /* One that was corrected before it went out stays here for good, and waits for nothing. */
    QN_AUTO(query) struct query q = query_start(x->p->st, SQL_PUB_RESULT_NEWEST);
    q_bind_span(&q, row->col[0].s);
    q_bind_int(&q, row->col[1].i);
    if (q_step(&q) && q_int(&q, 0) == row->col[2].i)
        hold(x->p, why, row->col[0].s, row->col[1].i);
    return query_end(&q, err);
}

/* Whether this part of an own entry goes out now. */
static enum qn_code goes_out(bool *out, struct publishing *p, const struct log *log,
                             const struct log_entry *e, uint64_t seq, unsigned part)
{
    QN_AUTO(qn_buf) struct qn_buf bytes = {0};
    struct part_results x = {.p = p};
    *out = !p->only;
    if (e->h.kind != QN_KIND_RESULT)
        return QN_OK;
    enum qn_code rc = released_rows(&bytes, p->st, log, seq, part, look_at, &x, p->err);
    if (rc == QN_ABSENT) /* forgotten: there is nothing to be released */
        rc = QN_OK;
    *out = !x.held && (x.wanted || (!x.any && !p->only));
    return rc;
}

/* SPEC publication-5: "every public part of the office's own PLAN, TABLES, CERTIFICATE, RESULT and PUBLISH entries that
 * no RELEASE names yet" */
static enum qn_code find_due(struct list *out, const struct released *r, struct publishing *p)
{
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(p->st, SQL_PUB_OWN_ENTRIES);
    q_bind_text(&q, store_self(p->st)->office);
    q_bind_int(&q, DUE_KINDS);
    while (!rc && q_step(&q)) {
        unsigned at;
        uint64_t seq = (uint64_t)q_int(&q, 1);
        if (!released_log(r, q_span(&q, 0), &at))
            continue;
        const struct log *log = &r->log[at];
        QN_AUTO(log_entry) struct log_entry e = {0};
        rc = log_entry_get(&e, p->st, log, seq, p->err);
        for (unsigned i = 0; !rc && i < e.h.nparts; i++) {
            bool goes;
            if (e.h.part[i].audience != QN_PUBLIC || released_has(r, at, seq, i))
                continue;
            rc = goes_out(&goes, p, log, &e, seq, i);
            if (rc || !goes)
                continue;
            struct due *d = list_add(out, sizeof(*d));
            if (!d)
                return no_memory(p->err);
            memcpy(d->origin, log->origin, sizeof(d->origin));
            d->seq = seq;
            d->part = (uint16_t)i;
        }
    }
    return rc ? rc : query_end(&q, p->err);
}

/* One RELEASE, or several when there is much. */
static enum qn_code release_all(struct publishing *p, const struct due *d, size_t n)
{
    enum qn_code rc = QN_OK;
    for (size_t from = 0; !rc && from < n; from += RELEASE_PARTS) {
        size_t m = n - from < RELEASE_PARTS ? n - from : RELEASE_PARTS;
        struct release_ref *ref = calloc(m, sizeof(*ref));
        if (!ref)
            return no_memory(p->err);
        for (size_t i = 0; i < m; i++)
            ref[i] = (struct release_ref){
                .origin = d[from + i].origin, .seq = d[from + i].seq, .part = d[from + i].part};
        rc = release_own(p->st, duty_of(DUTY_PUBLISH), NULL, ref, m, p->err);
        free(ref);
    }
    if (!rc)
        p->out->released += n;
    return rc;
}

static enum qn_code release_due(struct publishing *p)
{
    QN_AUTO(released) struct released r = {0};
    QN_AUTO(list) struct list due = {0};
    enum qn_code rc = released_load(&r, p->st, p->err);
    if (!rc)
        rc = find_due(&due, &r, p);
    return rc ? rc : release_all(p, due.at, due.n);
}

/* ---- publish ------------------------------------------------------------------------------------ */

/* Whether this office publishes what `office` inspected: its own and its stations' work. */
static bool publishes_for(struct store *st, struct qn_span office)
{
    char code[QN_CODE_MAX + 1], parent[QN_CODE_MAX + 1];
    struct qn_cert c;
    struct qn_err none;
    const struct qn_cert *self = store_self(st);
    if (qn_span_is(office, self->office))
        return true;
    return qn_text_copy(code, sizeof(code), office) && tree_parent(st, code, parent) &&
           strcmp(parent, self->office) == 0 && tree_cert(&c, st, code, &none) == QN_OK &&
           c.level == QN_STATION;
}

bool publish_stands(struct store *st, struct qn_span office, int64_t id)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PUB_RESULT_STANDS);
    q_bind_span(&q, office);
    q_bind_int(&q, id);
    return q_step(&q);
}

/* What this office published already, by result. */
static enum qn_code own_publications(struct list *out, const struct model *m, const char *self,
                                     struct qn_err *err)
{
    for (size_t i = 0; i < model_count(m, M_PUBLICATION); i++) {
        const struct m_publication *p = model_at(m, M_PUBLICATION, i);
        if (!qn_span_is(p->key.office, self))
            continue;
        struct m_ref *d = list_add(out, sizeof(*d));
        if (!d)
            return no_memory(err);
        *d = (struct m_ref){p->result_office, p->result_id, p->result_rev};
    }
    if (out->n)
        qsort(out->at, out->n, sizeof(struct m_ref), m_ref_cmp);
    return QN_OK;
}

/* 0 not published, 1 an earlier revision is, 2 this one is. */
static int standing(const struct list *done, const struct m_result *r)
{
    const struct m_ref *d = done->at;
    int found = 0;
    for (size_t i = m_ref_first(done, r->key.office, r->key.id);
         i < done->n && d[i].id == r->key.id && qn_span_eq(d[i].office, r->key.office); i++)
        found = d[i].rev >= r->key.rev ? 2 : found ? found : 1;
    return found;
}

static enum qn_code put_publication(struct act *a, const struct m_result *r, const char *today,
                                    struct qn_err *err)
{
    struct qn_row row;
    row_start(&row, a, "publication", act_id(a), 1);
    row_span(&row, "result_office", r->key.office);
    row_int(&row, "result_id", r->key.id);
    row_int(&row, "result_rev", r->key.rev);
    row_text(&row, "channel", "website");
    row_span(&row, "completed_on", r->completed_on);
    row_text(&row, "published_on", today);
    return act_put(a, &row, err);
}

/* Whether r is to be published now; *corrected: it was, in an earlier revision. */
static enum qn_code is_due(bool *out, bool *corrected, struct publishing *p,
                           const struct list *done, const struct m_result *r)
{
    enum held why;
    int was = standing(done, r);
    *out = was != 2 && is_wanted(p, r->key.office, r->key.id) &&
           publishes_for(p->st, r->key.office) && publish_stands(p->st, r->key.office, r->key.id);
    *corrected = was == 1;
    if (!*out)
        return QN_OK;
    enum qn_code rc = held_result(&why, &p->rules, r->key.office, r->key.id, r->key.rev, p->err);
    if (!rc && why != HELD_NOT) {
        hold(p, why, r->key.office, r->key.id);
        *out = false;
    }
    return rc;
}

struct publications {
    struct act a;
    uint64_t rows;
    struct list refs; /* struct release_ref: of the entries written */
};

static enum qn_code end_entry(struct publications *x, struct qn_err *err)
{
    struct release_ref *ref = list_add(&x->refs, sizeof(*ref));
    return ref ? act_commit(&x->a, &ref->seq, NULL, err) : no_memory(err);
}

static enum qn_code add_row(struct publications *x, struct publishing *p, const struct m_result *r,
                            const char *today)
{
    enum qn_code rc = QN_OK;
    if (x->rows % PUBLISH_ROWS == 0) {
        if (x->rows)
            rc = end_entry(x, p->err);
        if (!rc)
            rc = act_begin(&x->a, p->st, duty_of(DUTY_PUBLISH), NULL, QN_KIND_PUBLISH,
                           QN_LANE_RESULT, p->err);
        /* SPEC publication-6: "A county addresses it to its stations as well" */
        if (!rc)
            rc = act_part(&x->a, QN_PUBLIC,
                          store_self(p->st)->level == QN_COUNTY ? QN_TO_SUBTREE : QN_TO_OFFICE,
                          NULL, p->err);
    }
    if (!rc)
        rc = put_publication(&x->a, r, today, p->err);
    x->rows++;
    return rc;
}

/* SPEC publication-6: "the newest released revision of each result that has no publication row for it yet" */
static enum qn_code write_publications(struct publishing *p, const struct model *m)
{
    char today[11];
    clock_today(p->st, today);
    QN_AUTO(list) struct list done = {0};
    struct publications x = {.rows = 0};
    enum qn_code rc = own_publications(&done, m, store_self(p->st)->office, p->err);
    for (size_t i = 0; !rc && i < model_count(m, M_RESULT); i++) {
        const struct m_result *r = model_at(m, M_RESULT, i);
        bool due = false, corrected = false;
        if (model_newest(m, M_RESULT, i))
            rc = is_due(&due, &corrected, p, &done, r);
        if (rc || !due)
            continue;
        rc = add_row(&x, p, r, today);
        p->out->corrected += corrected;
        if (p->shown) {
            char name[80];
            name_of(name, r->key.office, r->key.id);
            p->shown->each(p->shown->ctx, name, corrected);
        }
    }
    if (!rc && x.rows)
        rc = end_entry(&x, p->err);
    if (!rc && x.rows)
        rc = release_own(p->st, duty_of(DUTY_PUBLISH), NULL, x.refs.at, x.refs.n, p->err);
    p->out->results += x.rows;
    p->out->released += x.refs.n;
    act_end(&x.a);
    list_free(&x.refs);
    return rc;
}

static enum qn_code run(struct publishing *p)
{
    enum qn_code rc = release_due(p);
    if (rc || store_self(p->st)->level == QN_STATION)
        return rc;
    QN_AUTO(model) struct model m = {0};
    rc = model_load(&m, p->st, 1u << M_RESULT | 1u << M_PUBLICATION, p->err);
    return rc ? rc : write_publications(p, &m);
}

static enum qn_code parse_result(struct publishing *p)
{
    const char *colon = p->result ? strchr(p->result, ':') : NULL;
    struct qn_err why;
    if (!p->result || !*p->result)
        return QN_OK;
    if (!colon ||
        !qn_text_copy(p->office, sizeof(p->office),
                      (struct qn_span){(const uint8_t *)p->result, (size_t)(colon - p->result)}) ||
        qn_row_id_parse(&p->only, qn_str(colon + 1), &why) != QN_OK)
        return qn_fail(p->err, QN_MALFORMED, "result.name", "value=%.80s", p->result);
    return QN_OK;
}

enum qn_code publish_results(struct published *out, struct store *st, const char *result,
                             struct qn_err *err)
{
    return publish_results_shown(out, st, result, NULL, err);
}

enum qn_code publish_results_shown(struct published *out, struct store *st, const char *result,
                                   const struct publish_shown *shown, struct qn_err *err)
{
    struct published made = {0};
    struct publishing p = {
        .st = st, .result = result, .shown = shown, .out = &made, .why = HELD_NOT, .err = err};
    const struct keys *keys;
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc)
        rc = duty_may(st, duty_of(DUTY_PUBLISH), NULL, err);
    if (!rc)
        rc = parse_result(&p);
    if (!rc)
        rc = held_rules(&p.rules, st, person_acting(st), err);
    if (rc)
        return rc;
    /* One transaction around all: an office is never left with a release and no publication. */
    QN_AUTO(tx) struct tx tx = {0};
    rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = run(&p);
    if (!rc && p.why != HELD_NOT && !made.released && !made.results)
        rc = held_refusal(p.why, p.first, made.held[p.why], p.rules.by, err);
    if (!rc && p.only && !made.released && !made.results)
        rc = qn_fail(err, QN_ABSENT, "publish.nothing-of-it", "result=%s", p.result);
    if (!rc && !shown)
        rc = tx_commit(&tx, err);
    if (!rc)
        *out = made;
    return rc;
}

/* SPEC publication-8: "A code names a problem unless the code table `result` has it without the flag `issue`." */
bool publish_is_problem(struct store *st, struct qn_span codes)
{
    for (size_t i = 0, n; i < codes.n; i += n + 1) {
        n = 0;
        while (i + n < codes.n && codes.p[i + n] != ',')
            n++;
        QN_AUTO(query) struct query q = query_start(st, SQL_PUB_CODE_FLAGS);
        q_bind_span(&q, (struct qn_span){codes.p + i, n});
        if (!q_step(&q) || qn_span_is(q_span(&q, 0), "issue"))
            return true;
    }
    return false;
}
