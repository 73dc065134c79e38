#include "node/publish/publication.h"

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

/* SPEC publication-5: "every public part of the office's own PLAN, TABLES, CERTIFICATE, RESULT and PUBLISH entries that
 * no RELEASE names yet" */
static enum qn_code find_due(struct list *out, const struct released *r, struct store *st,
                             struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(st, SQL_PUB_OWN_ENTRIES);
    q_bind_text(&q, store_self(st)->office);
    q_bind_int(&q, DUE_KINDS);
    while (!rc && q_step(&q)) {
        unsigned at;
        uint64_t seq = (uint64_t)q_int(&q, 1);
        if (!released_log(r, q_span(&q, 0), &at))
            continue;
        const struct log *log = &r->log[at];
        QN_AUTO(log_entry) struct log_entry e = {0};
        rc = log_entry_get(&e, st, log, seq, err);
        for (unsigned i = 0; !rc && i < e.h.nparts; i++) {
            if (e.h.part[i].audience != QN_PUBLIC || released_has(r, at, seq, i))
                continue;
            struct due *d = list_add(out, sizeof(*d));
            if (!d)
                return no_memory(err);
            memcpy(d->origin, log->origin, sizeof(d->origin));
            d->seq = seq;
            d->part = (uint16_t)i;
        }
    }
    return rc ? rc : query_end(&q, err);
}

/* One RELEASE, or several when there is much, of everything that is due. */
static enum qn_code release_due(uint64_t *released, struct store *st, struct qn_err *err)
{
    QN_AUTO(released) struct released r = {0};
    QN_AUTO(list) struct list due = {0};
    enum qn_code rc = released_load(&r, st, err);
    if (!rc)
        rc = find_due(&due, &r, st, err);
    const struct due *d = due.at;
    for (size_t from = 0; !rc && from < due.n; from += RELEASE_PARTS) {
        size_t n = due.n - from < RELEASE_PARTS ? due.n - from : RELEASE_PARTS;
        struct release_ref *ref = calloc(n, sizeof(*ref));
        if (!ref)
            return no_memory(err);
        for (size_t i = 0; i < n; i++)
            ref[i] = (struct release_ref){
                .origin = d[from + i].origin, .seq = d[from + i].seq, .part = d[from + i].part};
        rc = release_own(st, ref, n, err);
        free(ref);
    }
    if (!rc)
        *released += due.n;
    return rc;
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

/* SPEC publication-6: "the newest released revision of each result that has no publication row for it yet" */
static enum qn_code write_publications(struct published *out, struct store *st,
                                       const struct model *m, struct qn_err *err)
{
    char today[11];
    clock_today(st, today);
    QN_AUTO(list) struct list done = {0};
    QN_AUTO(act) struct act a = {0};
    enum qn_code rc = own_publications(&done, m, store_self(st)->office, err);
    uint64_t rows = 0;
    for (size_t i = 0; !rc && i < model_count(m, M_RESULT); i++) {
        const struct m_result *r = model_at(m, M_RESULT, i);
        if (!model_newest(m, M_RESULT, i) || !publishes_for(st, r->key.office) ||
            !publish_stands(st, r->key.office, r->key.id))
            continue;
        int was = standing(&done, r);
        if (was == 2)
            continue;
        if (rows % PUBLISH_ROWS == 0) {
            if (rows)
                rc = act_commit(&a, NULL, NULL, err);
            if (!rc)
                rc = act_begin(&a, st, QN_KIND_PUBLISH, QN_LANE_RESULT, err);
            if (!rc)
                rc = act_part(&a, QN_PUBLIC, QN_TO_OFFICE, NULL, err);
        }
        if (!rc)
            rc = put_publication(&a, r, today, err);
        rows++;
        out->corrected += was == 1;
    }
    if (!rc && rows)
        rc = act_commit(&a, NULL, NULL, err);
    out->results += rows;
    return rc;
}

enum qn_code publish_results(struct published *out, struct store *st, struct qn_err *err)
{
    struct published made = {0};
    const struct keys *keys;
    enum qn_code rc = store_signer(st, &keys, err);
    if (rc)
        return rc;
    /* One transaction around all: an office is never left with a release and no publication. */
    QN_AUTO(tx) struct tx tx = {0};
    rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = release_due(&made.released, st, err);
    if (!rc && store_self(st)->level != QN_STATION) {
        QN_AUTO(model) struct model m = {0};
        rc = model_load(&m, st, 1u << M_RESULT | 1u << M_PUBLICATION, err);
        if (!rc)
            rc = write_publications(&made, st, &m, err);
    }
    if (!rc && made.results)
        rc = release_due(&made.released, st, err);
    if (!rc)
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
