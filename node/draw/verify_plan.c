/* verify_plan.c - the plan behind the order. */
#include <stdlib.h>
#include <string.h>

#include "node/draw/verify_internal.h"
#include "node/store/entry_of.h"
#include "node/store/tree.h"

/* ---- the plan ------------------------------------------------------------------------------------------------------ */

enum before verify_before_order(struct facts *x, const struct log *log, uint64_t seq)
{
    struct store *st = x->v->st;
    const char *witness = x->parent;
    if (log->no == x->order.log.no)
        return seq < x->order.seq ? BEFORE : AFTER;
    if (tree_is_above(st, log->office, x->parent))
        witness = log->office;
    uint64_t plan_s = first_cosigned_s(st, log, seq, witness);
    uint64_t order_s = first_cosigned_s(st, &x->order.log, x->order.seq, witness);
    if (!plan_s || !order_s)
        return NOT_KNOWN;
    return plan_s <= order_s ? BEFORE : AFTER;
}

/* One slot of the order, with the rules that its hash names. */
struct planned {
    struct facts *x;
    const struct qn_slot_key *key;
    const struct slot_rules *rules;
    char slot[SLOT_NAME_MAX];
};

/* When a revision of the slot was logged. */
static enum before revised_when(const struct planned *p, int64_t id, int64_t rev)
{
    struct log log;
    struct qn_err none;
    uint64_t seq;
    return entry_of_row(&log, &seq, p->x->v->st, "slot", p->key->issuer, id, rev, &none) == QN_OK
               ? verify_before_order(p->x, &log, seq)
               : NOT_KNOWN;
}

/* SPEC verdicts-3: "An order's window is the slot's, or a part of it" */
static enum qn_code slot_planned(const struct planned *p, bool *out)
{
    const struct qn_slot_key *k = p->key;
    QN_AUTO(query) struct query q = query_start(p->x->v->st, SQL_SLOT_OF_WINDOW);
    q_bind_text(&q, k->issuer);
    q_bind_int(&q, p->rules->plan_id);
    q_bind_text(&q, k->task);
    q_bind_int(&q, k->round);
    q_bind_text(&q, qn_slot_type_name(k->type));
    q_bind_text(&q, p->x->r->log.office);
    q_bind_text(&q, p->x->order.o.window_from);
    q_bind_text(&q, p->x->order.o.window_to);
    *out = false;
    while (q_step(&q)) {
        int64_t id = q_int(&q, 0), rev = q_int(&q, 1);
        if (q_int(&q, 2)) /* SPEC plans-10: "A slot that was withdrawn before the order is none" */
            *out = *out && revised_when(p, id, rev) != BEFORE;
        else /* one that was logged after the order would make it right when it is too late */
            *out = *out || rev == 1 || revised_when(p, id, rev) != AFTER;
    }
    return query_end(&q, p->x->v->err);
}

static void not_planned(const struct planned *p)
{
    struct facts *x = p->x;
    struct finding *f =
        findings_add(x->f, V_PLAN_NOT_LOGGED, x->order.log.origin, x->order.seq, x->order.leaf);
    finding_put(x->f, f, "slot", "%s", p->slot);
}

static enum qn_code check_reissued(const struct planned *p)
{
    struct facts *x = p->x;
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_RULES_NEWEST);
    q_bind_text(&q, p->key->issuer);
    q_bind_int(&q, p->rules->id);
    struct qn_rules newest;
    struct qn_err none;
    bool differs = q_step(&q) && q_int(&q, 0) != p->rules->rev &&
                   (qn_rules_parse(&newest, q_span(&q, 1), &none) != QN_OK ||
                    memcmp(newest.hash, p->rules->rules.hash, QN_HASH) != 0);
    int64_t rev = differs ? q_int(&q, 0) : 0;
    enum qn_code rc = query_end(&q, x->v->err);
    if (!rc && differs) {
        struct finding *f =
            findings_add(x->f, V_SLOT_REISSUED, x->order.log.origin, x->order.seq, x->order.leaf);
        finding_put(x->f, f, "slot", "%s", p->slot);
        finding_put(x->f, f, "rev", "%lld", (long long)rev);
    }
    return rc;
}

static enum qn_code check_accepted(const struct planned *p)
{
    struct facts *x = p->x;
    const char *issuer = p->key->issuer;
    if (strcmp(issuer, x->r->log.office) != 0 || strcmp(x->parent, issuer) == 0)
        return QN_OK; /* issued from above, or by the root office: nobody accepts it */
    bool accepted = false;
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_PLAN_ACCEPTS);
    q_bind_text(&q, x->parent);
    q_bind_text(&q, issuer);
    q_bind_int(&q, p->rules->plan_id);
    enum qn_code rc = QN_OK;
    while (!accepted && q_step(&q)) {
        struct log log;
        uint64_t seq;
        struct qn_err why;
        rc = entry_of_row(&log, &seq, x->v->st, "plan_accept", x->parent, q_int(&q, 0),
                          q_int(&q, 1), &why);
        if (rc == QN_IO || rc == QN_NOMEM)
            return qn_fail(x->v->err, rc, why.id, "%s", why.args);
        accepted = !rc && verify_before_order(x, &log, seq) == BEFORE;
    }
    rc = query_end(&q, x->v->err);
    if (!rc && !accepted) {
        struct finding *f = findings_add(x->f, V_PLAN_NOT_ACCEPTED, x->order.log.origin,
                                         x->order.seq, x->order.leaf);
        finding_put(x->f, f, "plan", "%s/%s", issuer, p->key->series);
        finding_put(x->f, f, "by", "%s", x->parent);
    }
    return rc;
}

static enum qn_code check_before(const struct planned *p)
{
    struct facts *x = p->x;
    struct qn_err why;
    struct log log;
    uint64_t seq;
    enum qn_code rc = entry_of_row(&log, &seq, x->v->st, "slot_rules", p->key->issuer, p->rules->id,
                                   p->rules->rev, &why);
    if (rc == QN_IO || rc == QN_NOMEM)
        return qn_fail(x->v->err, rc, why.id, "%s", why.args);
    enum before when = rc ? NOT_KNOWN : verify_before_order(x, &log, seq);
    if (when == NOT_KNOWN) {
        findings_skip(x->f, V_PLAN_AFTER_ORDER, "verdict.skip.cosignature");
    } else if (when == AFTER) {
        struct finding *f = findings_add(x->f, V_PLAN_AFTER_ORDER, log.origin, seq, NULL);
        finding_put(x->f, f, "slot", "%s", p->slot);
        finding_put(x->f, f, "plan", "%llu", (unsigned long long)seq);
        finding_put(x->f, f, "order", "%llu", (unsigned long long)x->order.seq);
    }
    return QN_OK;
}

static enum qn_code check_slot(struct planned *p)
{
    bool found = false;
    slot_key_name(p->slot, p->key);
    enum qn_code rc = slot_planned(p, &found);
    if (rc)
        return rc;
    if (!found)
        not_planned(p);
    rc = check_before(p);
    if (!rc)
        rc = check_reissued(p);
    return rc ? rc : check_accepted(p);
}

/* Which slots have no rules here: without those of all nothing can be computed. */
static enum qn_code name_unknown(struct facts *x)
{
    struct slot_rules *one = malloc(sizeof(*one));
    enum qn_code rc = one ? QN_OK : qn_fail(x->v->err, QN_NOMEM, "base.no-memory", "");
    for (unsigned i = 0; !rc && i < x->order.o.nslots; i++) {
        struct planned p = {.x = x, .key = &x->order.o.slot[i]};
        struct qn_err why;
        enum qn_code found = slot_rules_find(one, x->v->st, p.key, &why);
        slot_key_name(p.slot, p.key);
        if (found == QN_IO || found == QN_NOMEM)
            rc = qn_fail(x->v->err, found, why.id, "%s", why.args);
        else if (found)
            not_planned(&p);
    }
    free(one);
    return rc;
}

static enum qn_code check_logged(struct facts *x)
{
    struct qn_err why;
    enum qn_code rc = order_rules_find(&x->rules, x->v->st, &x->order.o, &why);
    if (rc == QN_IO || rc == QN_NOMEM)
        return qn_fail(x->v->err, rc, why.id, "%s", why.args);
    x->has_rules = !rc;
    if (rc)
        return name_unknown(x);
    for (unsigned i = 0; !rc && i < x->order.o.nslots; i++)
        rc = check_slot(
            &(struct planned){.x = x, .key = &x->order.o.slot[i], .rules = &x->rules.at[i]});
    return rc;
}

enum qn_code verify_plan(struct facts *x)
{
    static const enum verdict_code all[] = {V_PLAN_NOT_LOGGED, V_PLAN_AFTER_ORDER,
                                            V_PLAN_NOT_ACCEPTED, V_SLOT_REISSUED};
    if (!x->has_order) {
        for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
            findings_skip(x->f, all[i], "verdict.skip.order");
        return QN_OK;
    }
    return check_logged(x);
}
