/* verify_bounds.c - whether the scope of a slot is as large as offices above its issuer ask.   Spec: protocol/spec/bounds.md */
#include <stdio.h>
#include <string.h>

#include "node/draw/verify_internal.h"
#include "node/store/entry_of.h"
#include "node/store/tree.h"

/* SPEC bounds-2: "the objects of the freeze for which the `population` of the rules holds, whatever their marks" */
static uint64_t scope_of(const struct qn_rules *r, const struct qn_roster *roster)
{
    uint64_t n = 0;
    for (size_t i = 0; i < roster->nobjects; i++)
        n += qn_expr_holds(r, r->population, &roster->object[i].attr);
    return n;
}

/* One revision of a bound, and of whose. */
struct bound {
    char office[QN_CODE_MAX + 1];
    int64_t id, rev;
    uint64_t objects, permille;
    char doc[101];
    bool withdrawn;
};

static bool read_bound(struct bound *b, struct query *q)
{
    int64_t objects = q_int(q, 3), permille = q_int(q, 4);
    *b = (struct bound){.id = q_int(q, 1), .rev = q_int(q, 2), .withdrawn = q_int(q, 6) != 0};
    b->objects = objects > 0 ? (uint64_t)objects : 0;
    b->permille = permille > 0 && permille <= 1000 ? (uint64_t)permille : 0;
    return qn_text_copy(b->office, sizeof(b->office), q_span(q, 0)) &&
           qn_text_copy(b->doc, sizeof(b->doc), q_span(q, 5));
}

static enum qn_code came_before(enum before *out, struct facts *x, const struct bound *b)
{
    struct log log;
    uint64_t seq;
    struct qn_err why;
    enum qn_code rc =
        entry_of_row(&log, &seq, x->v->st, "scope_bound", b->office, b->id, b->rev, &why);
    if (rc == QN_IO || rc == QN_NOMEM)
        return qn_fail(x->v->err, rc, why.id, "%s", why.args);
    *out = rc ? NOT_KNOWN : verify_before_order(x, &log, seq);
    return QN_OK;
}

/* SPEC bounds-4: "its objects times 1000 are fewer than `permille` times those of the roster" */
static bool is_broken(const struct bound *b, uint64_t scope, uint64_t roster)
{
    return scope < b->objects || scope * 1000 < b->permille * roster;
}

static void tell(struct facts *x, const struct qn_slot_key *key, const struct bound *b,
                 uint64_t scope, uint64_t roster)
{
    char slot[SLOT_NAME_MAX];
    slot_key_name(slot, key);
    struct finding *f =
        findings_add(x->f, V_SCOPE_TINY, x->order.log.origin, x->order.seq, x->order.leaf);
    finding_put(x->f, f, "slot", "%s", slot);
    finding_put(x->f, f, "objects", "%llu", (unsigned long long)scope);
    finding_put(x->f, f, "roster", "%llu", (unsigned long long)roster);
    finding_put(x->f, f, "least", "%llu", (unsigned long long)b->objects);
    finding_put(x->f, f, "permille", "%llu", (unsigned long long)b->permille);
    finding_put(x->f, f, "by", "%s", b->office);
    finding_put(x->f, f, "doc", "%s", b->doc);
}

/* The rows come as bounds-3 ranks them: of each office the first that counts decides. */
static enum qn_code check_slot(struct facts *x, const struct qn_slot_key *key,
                               const struct qn_rules *rules)
{
    const struct qn_roster *r = &x->v->ground.roster.r;
    uint64_t scope = scope_of(rules, r);
    char task[2 * QN_NAME32 + 2], decided[QN_CODE_MAX + 1] = "";
    int64_t passed = 0; /* the record whose revision before the order withdraws it */
    enum qn_code rc = QN_OK;
    snprintf(task, sizeof(task), "%s/%s", key->series, key->task);
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_SCOPE_BOUNDS);
    q_bind_text(&q, key->issuer);
    q_bind_text(&q, task);
    while (!rc && q_step(&q)) {
        struct bound b;
        enum before when = NOT_KNOWN;
        if (!read_bound(&b, &q) || strcmp(b.office, decided) == 0 || b.id == passed ||
            !tree_is_above(x->v->st, b.office, key->issuer))
            continue;
        rc = came_before(&when, x, &b);
        if (rc || when == AFTER)
            continue;
        if (when == NOT_KNOWN) {
            if (is_broken(&b, scope, r->nobjects) && !findings_has(x->f, V_SCOPE_TINY))
                findings_skip(x->f, V_SCOPE_TINY, "verdict.skip.cosignature");
            continue;
        }
        if (b.withdrawn) {
            passed = b.id;
            continue;
        }
        memcpy(decided, b.office, sizeof(decided));
        if (is_broken(&b, scope, r->nobjects))
            tell(x, key, &b, scope, r->nobjects);
    }
    return rc ? rc : query_end(&q, x->v->err);
}

/* SPEC bounds-4: "the scope of a slot of a main order (supp 0)" */
enum qn_code verify_bounds(struct facts *x)
{
    enum qn_code rc = QN_OK;
    if (x->order.o.supp || x->order.o.slot[0].type == QN_PAIRS)
        return QN_OK;
    for (unsigned i = 0; !rc && i < x->rules.n && i < x->order.o.nslots; i++)
        rc = check_slot(x, &x->order.o.slot[i], &x->rules.at[i].rules);
    return rc;
}
