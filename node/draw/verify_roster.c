/* verify_roster.c - the rows behind the freeze. */
#include <string.h>

#include "node/draw/verify_internal.h"
#include "protocol/wire.h"

static void skip_roster(struct facts *x, const char *why)
{
    static const enum verdict_code rest[] = {
        V_ROOT_MISMATCH,  V_UNSORTED_OR_DUP, V_MUST_UNAUTHORISED, V_EXCLUDE_UNAUTHORISED,
        V_CAP_WRONG,      V_CAP_UNFOUNDED,   V_POOL_TOO_SMALL,    V_ROSTER_OLD,
        V_FREEZE_DATE,    V_STATUS_FLIPPED,  V_REGISTER_OLD,      V_ROSTER_OMISSION,
        V_ROSTER_PHANTOM, V_RECUSALS_MANY,   V_SCOPE_TINY,        V_CLASS_MISMATCH,
        V_INSP_OMISSION,  V_QUAL_MISMATCH,   V_OBJECT_MINTED};
    for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
        findings_skip(x->f, rest[i], why);
}

/* The freeze cannot be recomputed here: whose fault it is depends on what is missing. */
static enum qn_code not_loaded(struct facts *x, enum qn_code rc, const struct qn_err *why)
{
    const struct qn_leaf_ref *ref = x->order.o.has_freeze ? &x->order.o.freeze : &x->r->res->freeze;
    if (rc == QN_IO || rc == QN_NOMEM)
        return qn_fail(x->v->err, rc, why->id, "%s", why->args);
    skip_roster(x, "verdict.skip.freeze-rows");
    if (rc == QN_CONFLICT) {
        struct finding *f =
            findings_add(x->f, V_UNSORTED_OR_DUP, ref->origin, ref->index, ref->leaf);
        finding_put(x->f, f, "list", "roster");
        finding_put(x->f, f, "object", "%s", why->args);
    } else if (rc != QN_ABSENT) {
        struct finding *f = findings_add(x->f, V_ROOT_MISMATCH, ref->origin, ref->index, ref->leaf);
        finding_put(x->f, f, "list", "rows");
        finding_put(x->f, f, "frozen", "-");
        finding_put(x->f, f, "now", "%s", why->args);
    } else if (strcmp(store_self(x->v->st)->office, x->parent) == 0) {
        struct finding *f =
            findings_add(x->f, V_FREEZE_DATA_MISSING, ref->origin, ref->index, ref->leaf);
        finding_put(x->f, f, "log", "%s", ref->origin);
        finding_put(x->f, f, "seq", "%llu", (unsigned long long)ref->index);
    } else {
        findings_skip(x->f, V_FREEZE_DATA_MISSING, "verdict.skip.freeze-rows");
    }
    return QN_OK;
}

static void check_roots(struct facts *x)
{
    const struct ground *g = &x->v->ground;
    struct qn_err why;
    const struct qn_leaf_ref *named = &x->r->res->freeze;
    x->roots_ok = ground_check(g, &why) == QN_OK;
    if (!x->roots_ok) {
        const struct qn_roster_roots *a = &g->freeze.roots, *b = &g->roots;
        struct finding *f = findings_add(x->f, V_ROOT_MISMATCH, g->log.origin, g->seq, g->leaf);
        bool objects =
            a->objects != b->objects || memcmp(a->object_root, b->object_root, QN_HASH) != 0;
        bool marks = a->marks != b->marks || memcmp(a->mark_root, b->mark_root, QN_HASH) != 0;
        bool inspectors = a->inspectors != b->inspectors ||
                          memcmp(a->inspector_root, b->inspector_root, QN_HASH) != 0;
        bool recusals =
            a->recusals != b->recusals || memcmp(a->recusal_root, b->recusal_root, QN_HASH) != 0;
        finding_put(x->f, f, "list", "%s%s%s%s", objects ? "objects " : "", marks ? "marks " : "",
                    inspectors ? "inspectors " : "", recusals ? "recusals" : "");
        finding_put(x->f, f, "frozen", "%llu/%llu/%llu/%llu", (unsigned long long)a->objects,
                    (unsigned long long)a->marks, (unsigned long long)a->inspectors,
                    (unsigned long long)a->recusals);
        finding_put(x->f, f, "now", "%llu/%llu/%llu/%llu", (unsigned long long)b->objects,
                    (unsigned long long)b->marks, (unsigned long long)b->inspectors,
                    (unsigned long long)b->recusals);
    }
    if (x->order.o.has_freeze && (named->index != x->order.o.freeze.index ||
                                  memcmp(named->leaf, x->order.o.freeze.leaf, QN_HASH) != 0)) {
        struct finding *f =
            findings_add(x->f, V_ROOT_MISMATCH, x->r->log.origin, x->r->seq, x->r->leaf);
        finding_put(x->f, f, "list", "freeze");
        finding_put(x->f, f, "frozen", "%llu", (unsigned long long)x->order.o.freeze.index);
        finding_put(x->f, f, "now", "%llu", (unsigned long long)named->index);
    }
}

/* SPEC verdicts-23: "Its roster version is the highest that entries before it closed, else ROSTER_OLD" */
static enum qn_code check_newest(struct facts *x)
{
    const struct ground *g = &x->v->ground;
    uint64_t newest = 0;
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_ROSTER_CLOSED_BEFORE);
    q_bind_text(&q, x->r->log.office);
    q_bind_int(&q, g->id);
    if (q_step(&q) && !q_null(&q, 0))
        newest = (uint64_t)q_int(&q, 0);
    if (newest > g->freeze.roster_version) {
        struct finding *f = findings_add(x->f, V_ROSTER_OLD, g->log.origin, g->seq, g->leaf);
        finding_put(x->f, f, "version", "%llu", (unsigned long long)g->freeze.roster_version);
        finding_put(x->f, f, "newest", "%llu", (unsigned long long)newest);
    }
    return query_end(&q, x->v->err);
}

static void check_date(struct facts *x)
{
    const struct ground *g = &x->v->ground;
    if (!x->freeze_s || !x->has_rules) {
        findings_skip(x->f, V_FREEZE_DATE,
                      x->has_rules ? "verdict.skip.cosignature" : "verdict.skip.rules");
    } else if (!freeze_date_fits(g->freeze.date, wire_day_at(x->freeze_s), x->rules.age_days)) {
        char day[11];
        wire_day_text(wire_day_at(x->freeze_s), day);
        struct finding *f = findings_add(x->f, V_FREEZE_DATE, g->log.origin, g->seq, g->leaf);
        finding_put(x->f, f, "date", "%s", g->freeze.date);
        finding_put(x->f, f, "cosigned", "%s", day);
        finding_put(x->f, f, "days", "%u", x->rules.age_days);
    }
}

static void check_pool(struct facts *x)
{
    const struct qn_roster *r = &x->v->ground.roster.r;
    size_t available = 0;
    for (size_t i = 0; i < r->ninspectors; i++)
        available += r->inspector[i].available;
    uint32_t least = 0;
    if (x->order.o.slot[0].type == QN_OBJECTS)
        return; /* who goes is drawn elsewhere, from another pool */
    for (unsigned i = 0; i < x->rules.n; i++)
        if (x->rules.at[i].rules.pool > least)
            least = x->rules.at[i].rules.pool;
    if (available < least) {
        struct finding *f = findings_add(x->f, V_POOL_TOO_SMALL, x->v->ground.log.origin,
                                         x->v->ground.seq, x->v->ground.leaf);
        finding_put(x->f, f, "pool", "%zu", available);
        finding_put(x->f, f, "least", "%u", least);
    }
}

/* SPEC verdicts-52: "every object of the freeze whose id the office itself gave" - who goes from a list given or drawn
 * elsewhere is no member of a population of this freeze. */
static void check_minted(struct facts *x)
{
    const struct qn_roster *r = &x->v->ground.roster.r;
    QN_AUTO(name_list) struct name_list minted;
    name_list_init(&minted);
    for (size_t i = 0; i < r->nobjects; i++)
        if (r->object[i].id.n > 1 && memcmp(r->object[i].id.p, "O:", 2) == 0)
            name_list_add(&minted, r->object[i].id);
    if (!minted.n || x->order.o.slot[0].type == QN_PAIRS)
        return;
    const struct ground *g = &x->v->ground;
    struct finding *f = findings_add(x->f, V_OBJECT_MINTED, g->log.origin, g->seq, g->leaf);
    finding_put(x->f, f, "n", "%zu", minted.n);
    finding_put(x->f, f, "objects", "%s", name_list_text(&minted));
}

enum qn_code verify_roster(struct facts *x)
{
    struct qn_err why;
    if (!x->has_order || !x->freeze_log.origin[0]) {
        skip_roster(x, x->has_order ? "verdict.skip.freeze" : "verdict.skip.order");
        findings_skip(x->f, V_FREEZE_DATA_MISSING,
                      x->has_order ? "verdict.skip.freeze" : "verdict.skip.order");
        return QN_OK;
    }
    enum qn_code rc =
        ground_reuse(&x->v->ground, x->v->st, x->freeze_log.origin, x->freeze_seq, &why);
    if (rc)
        return not_loaded(x, rc, &why);
    x->has_ground = true;
    check_roots(x);
    check_date(x);
    check_minted(x);
    rc = check_newest(x);
    if (!rc)
        rc = verify_status(x);
    if (!rc)
        rc = verify_register(x);
    if (!rc)
        rc = verify_recusals(x);
    if (rc)
        return rc;
    if (!x->has_rules) {
        findings_skip(x->f, V_SCOPE_TINY, "verdict.skip.rules");
        findings_skip(x->f, V_CAP_WRONG, "verdict.skip.rules");
        findings_skip(x->f, V_CAP_UNFOUNDED, "verdict.skip.rules");
        findings_skip(x->f, V_POOL_TOO_SMALL, "verdict.skip.rules");
        findings_skip(x->f, V_MUST_UNAUTHORISED, "verdict.skip.rules");
        findings_skip(x->f, V_EXCLUDE_UNAUTHORISED, "verdict.skip.rules");
        return QN_OK;
    }
    check_pool(x);
    rc = verify_bounds(x);
    if (!rc)
        rc = verify_marks(x);
    return rc ? rc : verify_caps(x);
}
