/* verify_status.c - what was otherwise for a freeze only: businesses, inspectors, recusals, marks. */
#include <string.h>

#include "node/draw/verify_internal.h"

#define FLIP_DAYS 60

/* When the office's parent first had that version's close; 0 when it is not known. */
static enum qn_code closed_s(uint64_t *out, struct facts *x, int64_t version)
{
    struct log log;
    struct qn_err none;
    uint16_t epoch = 0, n;
    uint64_t seq = 0;
    *out = 0;
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_ROSTER_CLOSE_OF);
    q_bind_text(&q, x->r->log.office);
    q_bind_int(&q, version);
    if (q_step(&q) && !q_null(&q, 0)) {
        qn_row_id_split(q_int(&q, 0), &epoch, &seq, &n);
        if (verify_log_at(&log, x->v->st, x->r->log.office, epoch, &none))
            *out = first_cosigned_s(x->v->st, &log, seq, x->parent);
    }
    return query_end(&q, x->v->err);
}

/* Those of one table that are in the freeze what they were neither before nor within FLIP_DAYS after it. */
static enum qn_code find_flipped(struct name_list *out, struct facts *x, enum sql sql)
{
    const struct ground *g = &x->v->ground;
    enum qn_code rc = QN_OK;
    int64_t version = 0;
    uint64_t back_s = 0;
    QN_AUTO(query) struct query q = query_start(x->v->st, sql);
    q_bind_text(&q, x->r->log.office);
    q_bind_int(&q, (int64_t)g->freeze.roster_version);
    while (!rc && q_step(&q)) {
        if (version != q_int(&q, 1)) {
            version = q_int(&q, 1);
            rc = closed_s(&back_s, x, version);
        }
        if (!rc && back_s && wire_day_at(back_s) <= wire_day_at(x->freeze_s) + FLIP_DAYS)
            name_list_add(out, q_span(&q, 0));
    }
    return rc ? rc : query_end(&q, x->v->err);
}

static void tell_flipped(struct facts *x, struct name_list *flipped)
{
    const struct ground *g = &x->v->ground;
    struct finding *f = findings_add(x->f, V_STATUS_FLIPPED, g->log.origin, g->seq, g->leaf);
    finding_put(x->f, f, "n", "%zu", flipped->n);
    finding_put(x->f, f, "objects", "%s", name_list_text(flipped));
}

/* SPEC verdicts-28: "in a version whose close the parent first cosigned at most 60 days after it first cosigned the
 * freeze" */
enum qn_code verify_status(struct facts *x)
{
    const struct qn_roster *r = &x->v->ground.roster.r;
    if (!x->freeze_s) {
        findings_skip(x->f, V_STATUS_FLIPPED, "verdict.skip.cosignature");
        return QN_OK;
    }
    QN_AUTO(name_list) struct name_list rows, people;
    name_list_init(&rows);
    name_list_init(&people);
    size_t available = 0;
    enum qn_code rc = find_flipped(&rows, x, SQL_OBJECTS_FLIPPED);
    if (!rc)
        rc = find_flipped(&rows, x, SQL_RECUSALS_FLIPPED);
    if (!rc)
        rc = find_flipped(&rows, x, SQL_MARKS_FLIPPED);
    if (!rc)
        rc = find_flipped(&rows, x, SQL_QUALS_FLIPPED);
    if (!rc)
        rc = find_flipped(&people, x, SQL_INSPECTORS_FLIPPED);
    for (size_t i = 0; i < r->ninspectors; i++)
        available += r->inspector[i].available;
    if (rows.n)
        tell_flipped(x, &rows);
    /* SPEC verdicts-28: "Inspectors are named when they are as many as those who are available in the freeze" */
    if (people.n && people.n >= available)
        tell_flipped(x, &people);
    return rc;
}
