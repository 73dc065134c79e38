/* verify_chain.c - what followed a draw: exceptions, successors, who went instead.   Spec: protocol/spec/exceptions.md */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/draw/carry.h"
#include "node/draw/chances.h"
#include "node/draw/verify_internal.h"
#include "node/store/tree.h"

static const enum verdict_code followed[] = {
    V_VOID_NO_EVIDENCE,   V_VOID_CONTRADICTED, V_VOID_RATE_HIGH, V_SUPP_WITHOUT_VOID,
    V_SUPP_OUT_OF_ORDER,  V_SUPP_EXHAUSTED,    V_REPL_MISMATCH,  V_ABSENCE_INCONSISTENT,
    V_RECUSAL_LATE,       V_APPOINT_MISMATCH,  V_VOID_REPEATED,  V_REPLACED_REMAINS,
    V_RETURN_CONTRADICTED};

static void skip_followed(struct facts *x, const char *why)
{
    for (size_t i = 0; i < sizeof(followed) / sizeof(followed[0]); i++)
        findings_skip(x->f, followed[i], why);
}

/* ---- loading ---------------------------------------------------------------------------------------------------- */

static enum qn_code load_visits(struct facts *x)
{
    enum qn_code rc = QN_OK;
    x->visits = calloc(x->chain.ndraws, sizeof(*x->visits));
    if (!x->visits)
        return qn_fail(x->v->err, QN_NOMEM, "base.no-memory", "");
    for (size_t i = 0; !rc && i < x->chain.ndraws; i++)
        rc = visits_load(&x->visits[i], x->v->st, x->r->log.office, x->chain.draw[i].r.id,
                         &x->chain.draw[i].o.o, x->v->err);
    return rc;
}

enum qn_code verify_chain_load(struct facts *x, const char **why)
{
    struct qn_err none;
    bool needed;
    *why = NULL;
    if (x->r->rival) {
        *why = "verdict.skip.rival";
        skip_followed(x, *why);
        return QN_OK;
    }
    enum qn_code rc =
        chain_is_needed(&needed, x->v->st, x->r->log.office, &x->v->orders, x->r->id, x->v->err);
    if (rc || !needed)
        return rc;
    rc = chain_load(&x->chain, x->v->st, x->r->log.office, x->r->id, &x->v->orders, &x->v->ground,
                    &none);
    if (rc == QN_IO || rc == QN_NOMEM)
        return qn_fail(x->v->err, rc, none.id, "%s", none.args);
    x->chain_at = rc ? CHAIN_NONE : chain_draw_of(&x->chain, x->r->id);
    if (rc || x->chain_at == CHAIN_NONE || x->chain.lost) {
        *why = "verdict.skip.chain";
        skip_followed(x, *why);
        return QN_OK;
    }
    x->has_chain = true;
    return load_visits(x);
}

/* ---- exceptions of this draw ------------------------------------------------------------------------------------ */

static struct finding *exc_finding(struct facts *x, enum verdict_code code,
                                   const struct chain_exc *e)
{
    struct finding *f = findings_add(x->f, code, e->origin, e->seq, e->leaf);
    finding_put(x->f, f, "object", "%s", e->x.object);
    return f;
}

/* SPEC exc-21: "a void or a return whose evidence is `-` or is in no `evidence` row of exc-2" */
static enum qn_code check_evidence(struct facts *x, const struct chain_exc *e)
{
    bool found = false;
    if (e->x.has_evidence) {
        QN_AUTO(query) struct query q = query_start(x->v->st, SQL_EVIDENCE_OF_EXCEPTION);
        q_bind_text(&q, x->r->log.office);
        q_bind_int(&q, e->id);
        q_bind_blob(&q, e->x.evidence, QN_HASH);
        found = q_step(&q);
        enum qn_code rc = query_end(&q, x->v->err);
        if (rc)
            return rc;
    }
    if (!found)
        exc_finding(x, V_VOID_NO_EVIDENCE, e);
    return QN_OK;
}

#define VOID_DAYS 30

/* SPEC exc-21: "on the void's day or in the 30 days after it" */
static enum qn_code check_contradicted(struct facts *x, const struct chain_exc *e)
{
    char from[11], until[11];
    bool found;
    size_t at;
    const struct qn_roster *r = &x->v->ground.roster.r;
    bool frozen = qn_roster_object(r, chain_object(&x->chain, e->object), &at);
    bool forever = strcmp(e->x.reason, "deregistered") == 0;
    verify_exc_day(from, x, e);
    wire_day_text(wire_day(qn_str(from)) + VOID_DAYS, until);
    const char *last = forever ? "9999-12-31" : until;
    {
        QN_AUTO(query) struct query q = query_start(x->v->st, SQL_RESULT_WITHIN);
        q_bind_text(&q, e->x.object);
        q_bind_text(&q, from);
        q_bind_text(&q, last);
        q_bind_text(&q, x->r->log.office);
        q_bind_int(&q, x->r->id);
        found = q_step(&q);
        enum qn_code rc = query_end(&q, x->v->err);
        if (rc)
            return rc;
    }
    if (!found) {
        enum qn_code rc = verify_open_again(&found, x, e);
        if (rc)
            return rc;
    }
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_OBJECT_ACTIVE_AFTER);
    q_bind_text(&q, x->r->log.office);
    q_bind_text(&q, e->x.object);
    q_bind_int(&q, (int64_t)x->v->ground.freeze.roster_version);
    q_bind_int(&q, frozen ? r->object[at].attr.complaints : UINT16_MAX);
    q_bind_text(&q, from);
    q_bind_int(&q, e->id);
    q_bind_text(&q, last);
    found = found || q_step(&q);
    if (found)
        finding_put(x->f, exc_finding(x, V_VOID_CONTRADICTED, e), "date", "%s", e->x.date);
    return query_end(&q, x->v->err);
}

static void name_of(char out[QN_EXC_ID], const struct facts *x, const struct chain_exc *e,
                    size_t at)
{
    const struct qn_roster *r = &x->chain.roster;
    struct qn_span id = qn_str("-");
    if (at != QN_NOBODY)
        id = e->x.kind == QN_EXC_VOID ? r->object[at].id : r->inspector[at].id;
    qn_text_copy(out, QN_EXC_ID, id);
}

/* SPEC exc-23: "`next` of a void is not the computed one" */
static void check_next(struct facts *x, const struct chain_exc *e)
{
    bool is_void = e->x.kind == QN_EXC_VOID;
    if (!e->counts) {
        if (e->x.next[0])
            finding_put(x->f, exc_finding(x, V_SUPP_WITHOUT_VOID, e), "next", "%s", e->x.next);
        return;
    }
    size_t want = x->chain.witnessed ? QN_NOBODY : e->want;
    if (e->next == want && !e->next_strange)
        return;
    char computed[QN_EXC_ID];
    const char *named = e->x.next[0] ? e->x.next : "-";
    name_of(computed, x, e, want);
    struct finding *f = findings_add(x->f, is_void ? V_SUPP_OUT_OF_ORDER : V_REPL_MISMATCH,
                                     e->origin, e->seq, e->leaf);
    if (is_void) {
        finding_put(x->f, f, "object", "%s", e->x.object);
        finding_put(x->f, f, "next", "%s", named);
        finding_put(x->f, f, "computed", "%s", computed);
    } else {
        finding_put(x->f, f, "objects", "%s (%s ≠ %s)", e->x.object, named, computed);
    }
}

static bool is_absence_of_day(const struct facts *x, size_t object, struct qn_span day)
{
    for (size_t i = 0; i < x->chain.nexcs; i++) {
        const struct chain_exc *e = &x->chain.exc[i];
        if (e->counts && e->x.kind == QN_EXC_ABSENCE && e->object == object &&
            qn_span_is(day, e->x.date))
            return true;
    }
    return false;
}

/* SPEC exc-24: "the visit from which somebody was absent was made on a day that no absence from it names" - absent on
 * any day at all, whoever does not suit would be exchanged at no price */
static enum qn_code add_other_day(struct name_list *out, struct facts *x, const struct chain_exc *e)
{
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_VISIT_DAYS);
    q_bind_text(&q, x->r->log.office);
    q_bind_int(&q, x->r->id);
    q_bind_text(&q, e->x.object);
    bool other = false;
    while (q_step(&q))
        other = other || !is_absence_of_day(x, e->object, q_span(&q, 0));
    if (other)
        name_list_add(out, qn_str(e->x.object));
    return query_end(&q, x->v->err);
}

/* SPEC exc-24: "somebody absent on a day inspected on it", or for good from a day on */
static enum qn_code check_absence(struct facts *x, const struct chain_exc *e)
{
    bool for_good = e->x.kind == QN_EXC_REPLACE;
    if (!for_good && e->x.kind != QN_EXC_ABSENCE)
        return QN_OK;
    QN_AUTO(name_list) struct name_list seen;
    name_list_init(&seen);
    if (!for_good) {
        enum qn_code rc = add_other_day(&seen, x, e);
        if (rc)
            return rc;
    }
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_INSPECTED_BY);
    q_bind_text(&q, x->r->log.office);
    q_bind_text(&q, e->x.date);
    q_bind_text(&q, for_good ? "9999-12-31" : e->x.date);
    q_bind_text(&q, e->x.inspector);
    q_bind_int(&q, for_good ? e->id : INT64_MAX);
    while (q_step(&q))
        name_list_add(&seen, q_span(&q, 0));
    if (seen.n) {
        struct finding *f = exc_finding(x, V_ABSENCE_INCONSISTENT, e);
        finding_put(x->f, f, "inspector", "%s", e->x.inspector);
        finding_put(x->f, f, "date", "%s", e->x.date);
        finding_put(x->f, f, "objects", "%s", name_list_text(&seen));
    }
    return query_end(&q, x->v->err);
}

static enum qn_code check_exception(struct facts *x, const struct chain_exc *e)
{
    enum qn_code rc = QN_OK;
    check_next(x, e);
    if (!e->counts)
        return QN_OK;
    if (e->x.kind == QN_EXC_VOID) {
        if (e->exhausted)
            exc_finding(x, V_SUPP_EXHAUSTED, e);
        rc = check_evidence(x, e);
        if (!rc)
            rc = check_contradicted(x, e);
        return rc ? rc : verify_repeated(x, e);
    }
    if (e->x.kind == QN_EXC_RETURN) {
        rc = check_evidence(x, e);
        return rc ? rc : verify_returned(x, e);
    }
    if (e->x.kind == QN_EXC_REASSIGN || e->x.kind == QN_EXC_RECEIVE)
        return QN_OK;
    if (e->x.kind == QN_EXC_APPOINT)
        return verify_appointed(x, e);
    if (e->x.kind == QN_EXC_RECUSAL)
        finding_put(x->f, exc_finding(x, V_RECUSAL_LATE, e), "inspector", "%s", e->x.inspector);
    rc = check_absence(x, e);
    return rc ? rc : verify_remains(x, e);
}

/* ---- how often -------------------------------------------------------------------------------------------------- */

/* SPEC exc-22: "The chance of x or more among n drawn from N with X void is below 10⁻⁶" */
static enum qn_code check_rate(struct facts *x)
{
    uint64_t n = 0, voids = 0, all = 0, all_voids = 0;
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_TARGETS_BY_OFFICE);
    while (q_step(&q)) {
        char office[QN_CODE_MAX + 1], parent[QN_CODE_MAX + 1];
        if (!qn_text_copy(office, sizeof(office), q_span(&q, 0)) ||
            !tree_parent(x->v->st, office, parent) || strcmp(parent, x->parent) != 0)
            continue;
        all += (uint64_t)q_int(&q, 1);
        all_voids += (uint64_t)q_int(&q, 2);
        if (strcmp(office, x->r->log.office) == 0) {
            n = (uint64_t)q_int(&q, 1);
            voids = (uint64_t)q_int(&q, 2);
        }
    }
    if (all == n) {
        findings_skip(x->f, V_VOID_RATE_HIGH, "verdict.skip.peers");
    } else if (chance_of_drawn(all, all_voids, n, voids) < 1e-6) {
        struct finding *f =
            findings_add(x->f, V_VOID_RATE_HIGH, x->r->log.origin, x->r->seq, x->r->leaf);
        finding_put(x->f, f, "voids", "%llu", (unsigned long long)voids);
        finding_put(x->f, f, "targets", "%llu", (unsigned long long)n);
        finding_put(x->f, f, "all_voids", "%llu", (unsigned long long)all_voids);
        finding_put(x->f, f, "all_targets", "%llu", (unsigned long long)all);
    }
    return query_end(&q, x->v->err);
}

/* ---- a supplement ----------------------------------------------------------------------------------------------- */

static struct finding *draw_finding(struct facts *x, enum verdict_code code)
{
    return findings_add(x->f, code, x->r->log.origin, x->r->seq, x->r->leaf);
}

/* SPEC exc-23: "a supplement whose `exc` line names no exception of the chain that counts" */
static void check_supplement(struct facts *x)
{
    const struct chain_draw *d = &x->chain.draw[x->chain_at];
    if (d->strange || !x->order.o.nexc || !x->chain.witnessed) {
        struct finding *f = draw_finding(x, V_SUPP_WITHOUT_VOID);
        finding_put(x->f, f, "object", "-");
        finding_put(x->f, f, "next", "%s#%llu", x->order.log.origin,
                    (unsigned long long)x->order.seq);
    }
    if (!d->repeats || d->supp_want != x->order.o.supp) {
        struct finding *f = draw_finding(x, V_SUPP_OUT_OF_ORDER);
        finding_put(x->f, f, "object", "-");
        finding_put(x->f, f, "next", "%u", x->order.o.supp);
        finding_put(x->f, f, "computed", "%u", d->supp_want);
    }
    if (d->short_of)
        finding_put(x->f, draw_finding(x, V_SUPP_EXHAUSTED), "object", "%zu", d->short_of);
}

/* ---- what stays ------------------------------------------------------------------------------------------------- */

/* SPEC exc-25: "the freeze lacks what exc-17 and exc-18 ask of it, from an exception that stands in the office's log
 * before it" */
static enum qn_code check_carried(struct facts *x)
{
    const struct ground *g = &x->v->ground;
    QN_AUTO(name_list) struct name_list marks, recusals;
    name_list_init(&marks);
    name_list_init(&recusals);
    if (!x->has_ground) {
        findings_skip(x->f, V_CARRYOVER_MISSING, "verdict.skip.freeze-rows");
        findings_skip(x->f, V_RECUSAL_NOT_KEPT, "verdict.skip.freeze-rows");
        return QN_OK;
    }
    enum qn_code rc = carry_missing(&marks, &recusals, x->v->st, x->r->log.office, &g->roster,
                                    qn_row_id(g->log.epoch, g->seq, 0), x->v->err);
    if (marks.n)
        finding_put(x->f, findings_add(x->f, V_CARRYOVER_MISSING, g->log.origin, g->seq, g->leaf),
                    "objects", "%s", name_list_text(&marks));
    if (recusals.n)
        finding_put(x->f, findings_add(x->f, V_RECUSAL_NOT_KEPT, g->log.origin, g->seq, g->leaf),
                    "pairs", "%s", name_list_text(&recusals));
    return rc;
}

/* ---- all -------------------------------------------------------------------------------------------------------- */

enum qn_code verify_chain(struct facts *x)
{
    bool voids = false, needed = false;
    enum qn_code rc = check_carried(x);
    if (!rc && !x->has_chain && !x->r->rival && !x->has_order)
        skip_followed(x, "verdict.skip.order");
    else if (!rc && !x->has_chain)
        rc = chain_is_needed(&needed, x->v->st, x->r->log.office, &x->v->orders, x->r->id,
                             x->v->err);
    if (needed)
        skip_followed(x, x->r->rival ? "verdict.skip.rival" : "verdict.skip.chain");
    for (size_t i = 0; !rc && x->has_chain && i < x->chain.nexcs; i++) {
        const struct chain_exc *e = &x->chain.exc[i];
        if (!e->ours || e->draw_id != x->r->id)
            continue;
        voids = voids || e->x.kind == QN_EXC_VOID;
        rc = check_exception(x, e);
    }
    if (!rc && x->has_chain && x->order.o.supp)
        check_supplement(x);
    return rc || !voids ? rc : check_rate(x);
}
