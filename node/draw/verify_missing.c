/* verify_missing.c - what is not there: orders without a draw, and whichever slot has no order. */
#include <stdio.h>
#include <string.h>

#include "node/draw/escrow.h"
#include "node/draw/verify_internal.h"
#include "node/store/tree.h"

static bool slot_is_answered(const struct verify *v, const struct order_line *line)
{
    for (size_t i = 0; i < v->orders.n; i++) {
        const struct order_line *o = &v->orders.at[i];
        if (order_same_slot(o, line) && (o->draw_id || (o != line && o->id < line->id)))
            return true;
    }
    return false;
}

/* A doubled order is its signer's fault: the office answers for each slot once only. */
static bool is_answered(const struct verify *v, const struct order_line *line)
{
    for (size_t i = 0; i < v->orders.n; i++)
        if (order_same_place(&v->orders.at[i], line) && !slot_is_answered(v, &v->orders.at[i]))
            return false;
    return true;
}

/* SPEC escrow-9: "name the entry that completed the draw" */
static enum qn_code put_escrow(struct verify *v, struct verdict *to, struct finding *f,
                               const struct order *o)
{
    char where[QN_ORIGIN_MAX + 24];
    struct betas betas;
    bool done;
    enum qn_code rc = escrow_completed(&done, where, &betas, v->st, o, v->err);
    if (!rc)
        finding_put(&to->f, f, "escrow", "%s", done ? where : "—");
    return rc;
}

static enum qn_code check_key_changed(struct verify *v, struct verdict *to,
                                      const struct order_line *line)
{
    QN_AUTO(order) struct order o = {.seq = 0};
    struct qn_cert cert;
    struct qn_err why;
    enum qn_code rc = order_read(&o, v->st, line->origin, line->seq, &why);
    if (!rc)
        rc = tree_cert(&cert, v->st, line->drawer, &why);
    if (rc == QN_IO || rc == QN_NOMEM)
        return qn_fail(v->err, rc, why.id, "%s", why.args);
    if (rc) {
        findings_skip(&to->f, V_KEY_CHANGED_OPEN_ORDER, "verdict.skip.order");
    } else if (memcmp(cert.vrf, o.o.vrf[0], QN_PUBKEY) != 0) {
        struct finding *f =
            findings_add(&to->f, V_KEY_CHANGED_OPEN_ORDER, line->origin, line->seq, o.leaf);
        finding_put(&to->f, f, "slot", "%s", to->slot);
        finding_put(&to->f, f, "office", "%s", line->drawer);
        return put_escrow(v, to, f, &o);
    }
    return QN_OK;
}

/* Only what can be judged without a draw: the rest of the table does not apply. */
static struct verdict *add_missing(struct verify *v, enum verdict_about about, const char *office,
                                   const char *slot)
{
    struct verdict *to = verify_add(v, about, office);
    if (to)
        snprintf(to->slot, sizeof(to->slot), "%s", slot);
    return to;
}

/* Nobody is accused by rules that are not held: QN_OK with n 0. */
static enum qn_code rules_of(struct order_rules *out, struct verify *v,
                             const struct order_line *line)
{
    QN_AUTO(order) struct order o = {.seq = 0};
    struct qn_err why;
    enum qn_code rc = order_read(&o, v->st, line->origin, line->seq, &why);
    if (!rc)
        rc = order_rules_find(out, v->st, &o.o, &why);
    return rc == QN_IO || rc == QN_NOMEM ? qn_fail(v->err, rc, why.id, "%s", why.args) : QN_OK;
}

/* SPEC verdicts-3: "An order's window is the slot's, or a part of it": one that never ends would never be withheld. */
static enum qn_code check_planned(struct verify *v, struct verdict *to,
                                  const struct order_line *line, const struct order_rules *rules)
{
    enum qn_code rc = QN_OK;
    bool found = true;
    for (size_t i = 0; !rc && found && i < v->orders.n; i++) {
        const struct order_line *o = &v->orders.at[i];
        if (!order_same_place(o, line) || o->slot_no > rules->n)
            continue;
        QN_AUTO(query) struct query q = query_start(v->st, SQL_SLOT_OF_WINDOW);
        q_bind_text(&q, o->key.issuer);
        q_bind_int(&q, rules->at[o->slot_no - 1].plan_id);
        q_bind_text(&q, o->key.task);
        q_bind_int(&q, o->key.round);
        q_bind_text(&q, qn_slot_type_name(o->key.type));
        q_bind_text(&q, o->drawer);
        q_bind_text(&q, o->window_from);
        q_bind_text(&q, o->window_to);
        found = q_step(&q);
        rc = query_end(&q, v->err);
    }
    if (!rc && !found) {
        struct finding *f = findings_add(&to->f, V_PLAN_NOT_LOGGED, line->origin, line->seq, NULL);
        finding_put(&to->f, f, "slot", "%s", to->slot);
    }
    return rc;
}

static enum qn_code judge_order(struct verify *v, const struct order_line *line)
{
    QN_AUTO(order_rules) struct order_rules rules = {.n = 0};
    const char *slot = line->slots;
    enum qn_code rc = rules_of(&rules, v, line);
    if (rc)
        return rc;
    /* SPEC verdicts-13: "not judged before the day after window end and return days" */
    bool over = rules.n && v->today > slot_last_day(line->window_to, rules.return_days) &&
                !is_answered(v, line);
    struct verdict *to =
        add_missing(v, over ? VERDICT_NO_DRAW : VERDICT_WAITING, line->drawer, slot);
    if (!to)
        return qn_fail(v->err, QN_NOMEM, "base.no-memory", "");
    memcpy(to->origin, line->origin, sizeof(to->origin));
    to->seq = line->seq;
    to->claimed = line->level;
    verify_order_single(v, to, line);
    bool forgotten;
    rc = check_planned(v, to, line, &rules);
    if (rc)
        return rc;
    rc = verify_forgotten_draw(&forgotten, v, line->drawer, line->origin, line->seq);
    if (rc)
        return rc;
    if (over && forgotten) {
        findings_skip(&to->f, V_DRAW_WITHHELD, "verdict.skip.forgotten");
    } else if (over) {
        struct finding *f = findings_add(&to->f, V_DRAW_WITHHELD, line->origin, line->seq, NULL);
        finding_put(&to->f, f, "slot", "%s", slot);
        finding_put(&to->f, f, "office", "%s", line->drawer);
        finding_put(&to->f, f, "to", "%s", line->window_to);
        finding_put(&to->f, f, "days", "%u", rules.return_days);
        QN_AUTO(order) struct order o = {.seq = 0};
        struct qn_err why;
        rc = order_read(&o, v->st, line->origin, line->seq, &why);
        if (rc == QN_IO || rc == QN_NOMEM)
            return qn_fail(v->err, rc, why.id, "%s", why.args);
        if (rc)
            finding_put(&to->f, f, "escrow", "—");
        rc = rc ? QN_OK : put_escrow(v, to, f, &o);
        if (rc)
            return rc;
    }
    rc = check_key_changed(v, to, line);
    return rc ? rc : findings_finish(&to->f, v->err);
}

bool verify_in_scope(const struct verify *v, const char *of, const char *office)
{
    const char *self = store_self(v->st)->office;
    return office ? strcmp(of, office) == 0
                  : strcmp(of, self) == 0 || tree_is_above(v->st, self, of);
}

enum qn_code verify_missing(struct verify *v, const char *office)
{
    const char *self = store_self(v->st)->office;
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < v->orders.n; i++) {
        const struct order_line *line = &v->orders.at[i];
        if (line->slot_no == 1 && verify_in_scope(v, line->drawer, office) && !line->draw_id)
            rc = judge_order(v, line);
    }
    QN_AUTO(slots) struct slots slots = {0};
    if (!rc)
        rc = slots_read_all(&slots, v->st, office, v->err);
    for (size_t i = 0; !rc && i < slots.n; i++)
        if (tree_is_above(v->st, self, slots.slot[i].drawer))
            rc = verify_slot(v, &slots, &slots.slot[i]);
    return rc;
}
