/* verify_order.c - the order that a draw names: logged, signed, single. */
#include <stdio.h>
#include <string.h>

#include "node/draw/verify_internal.h"

/* ---- single ------------------------------------------------------------------------------------------------------ */

static void look_for_twins(struct verify *v, const struct order_line *mine, struct name_list *twins,
                           struct name_list *reused)
{
    for (size_t i = 0; i < v->orders.n; i++) {
        const struct order_line *o = &v->orders.at[i];
        char place[QN_ORIGIN_MAX + 24];
        if (order_same_place(o, mine))
            continue;
        snprintf(place, sizeof(place), "%s#%llu", o->origin, (unsigned long long)o->seq);
        if (order_same_slot(o, mine))
            name_list_add(twins, qn_str(place));
        if (mine->slot_no == 1 && o->slot_no == 1 &&
            memcmp(o->nonce, mine->nonce, sizeof(o->nonce)) == 0)
            name_list_add(reused, qn_str(place));
    }
}

void verify_order_single(struct verify *v, struct verdict *to, const struct order_line *mine)
{
    QN_AUTO(name_list) struct name_list twins, reused;
    name_list_init(&twins);
    name_list_init(&reused);
    for (size_t i = 0; i < v->orders.n; i++)
        if (order_same_place(&v->orders.at[i], mine)) /* each of its slots */
            look_for_twins(v, &v->orders.at[i], &twins, &reused);
    struct findings *f = &to->f;
    if (twins.n) {
        struct finding *x = findings_add(f, V_ORDER_DUPLICATE, mine->origin, mine->seq, NULL);
        finding_put(f, x, "slot", "%s", to->slot);
        finding_put(f, x, "other", "%s", name_list_text(&twins));
    }
    if (reused.n) {
        struct finding *x = findings_add(f, V_NONCE_REUSED, mine->origin, mine->seq, NULL);
        finding_put(f, x, "other", "%s", name_list_text(&reused));
    }
}

static const struct order_line *find_line(const struct verify *v, const char *origin, uint64_t seq)
{
    for (size_t i = 0; i < v->orders.n; i++)
        if (v->orders.at[i].seq == seq && strcmp(v->orders.at[i].origin, origin) == 0)
            return &v->orders.at[i];
    return NULL;
}

static void not_logged(struct facts *x)
{
    struct finding *f =
        findings_add(x->f, V_ORDER_NOT_LOGGED, x->r->log.origin, x->r->seq, x->r->leaf);
    finding_put(x->f, f, "log", "%s", x->r->res->order.origin);
    finding_put(x->f, f, "seq", "%llu", (unsigned long long)x->r->res->order.index);
}

static void signature_bad(struct facts *x)
{
    struct finding *f =
        findings_add(x->f, V_ORDER_SIG_BAD, x->r->res->order.origin, x->r->res->order.index, NULL);
    finding_put(x->f, f, "log", "%s", x->r->res->order.origin);
    finding_put(x->f, f, "seq", "%llu", (unsigned long long)x->r->res->order.index);
}

/* ---- how long the parent's log was ---------------------------------------------------------------------------------- */

/* SPEC verdicts-21: "the largest size of that log which the parent cosigned not before the time of the draw's entry by
 * the parent" */
enum qn_code verify_size_at(uint64_t *out, struct verify *v, const struct log *log, uint64_t draw_s)
{
    *out = UINT64_MAX;
    if (strcmp(log->office, store_self(v->st)->office) == 0) {
        *out = log->size; /* the judge's own: nothing of it is further on */
        return QN_OK;
    }
    if (!draw_s)
        return QN_OK;
    QN_AUTO(query) struct query q = query_start(v->st, SQL_COSIGNED_SINCE);
    q_bind_int(&q, log->no);
    q_bind_text(&q, log->office);
    q_bind_int(&q, (int64_t)draw_s);
    if (q_step(&q) && !q_null(&q, 0))
        *out = (uint64_t)q_int(&q, 0);
    return query_end(&q, v->err);
}

static enum qn_code size_at_draw(uint64_t *out, struct facts *x, const struct log *log)
{
    return verify_size_at(
        out, x->v, log,
        x->r->rival ? 0 : first_cosigned_s(x->v->st, &x->r->log, x->r->seq, x->parent));
}

enum qn_code verify_is_forked(bool *out, struct verify *v, const struct log *log)
{
    QN_AUTO(query) struct query q = query_start(v->st, SQL_FORKED);
    q_bind_int(&q, log->no);
    *out = q_step(&q) && q_int(&q, 0) > 0;
    return query_end(&q, v->err);
}

static void seen_false(struct facts *x, uint64_t held)
{
    const struct qn_head_ref *seen = &x->r->res->seen;
    struct finding *f = findings_add(x->f, V_SEEN_FALSE, x->r->log.origin, x->r->seq, x->r->leaf);
    finding_put(x->f, f, "log", "%s", seen->origin);
    finding_put(x->f, f, "size", "%llu", (unsigned long long)seen->size);
    finding_put(x->f, f, "held", "%llu", (unsigned long long)held);
}

static enum qn_code check_seen(struct facts *x)
{
    const struct qn_head_ref *seen = &x->r->res->seen;
    struct qn_err none;
    struct log log;
    uint64_t most;
    uint8_t root[QN_HASH];
    bool forked;
    if (log_find(&log, x->v->st, seen->origin, &none) != QN_OK) {
        findings_skip(x->f, V_SEEN_FALSE, "verdict.skip.parent-log");
        return QN_OK;
    }
    enum qn_code rc = verify_is_forked(&forked, x->v, &log);
    if (!rc)
        rc = size_at_draw(&most, x, &log);
    if (rc)
        return rc;
    uint64_t held = log.verified > most ? most : log.verified;
    if (strcmp(log.office, x->parent) != 0 || (!forked && seen->size > most))
        seen_false(x, held);
    else if (forked || seen->size > log.verified)
        findings_skip(x->f, V_SEEN_FALSE, "verdict.skip.parent-log");
    else if (log_root(x->v->st, &log, seen->size, root, &none) == QN_OK &&
             memcmp(root, seen->root, QN_HASH) != 0)
        seen_false(x, held);
    return QN_OK;
}

/* ---- the order -------------------------------------------------------------------------------------------------------- */

/* SPEC verdicts-9: "An order that a draw names beyond the head it saw was not logged before it", nor was one at a place
 * that the log, as far as it is known, has not. Of a place that is not known nothing is said. */
static enum qn_code judge_absent(struct facts *x, const struct qn_err *why)
{
    const struct qn_result *res = x->r->res;
    struct qn_err none;
    struct log log;
    uint64_t most;
    enum qn_code rc = QN_OK;
    if (strcmp(why->id, "order.unknown") == 0) {
        findings_skip(x->f, V_ORDER_NOT_LOGGED, "verdict.skip.order");
        return QN_OK;
    }
    if (log_find(&log, x->v->st, res->order.origin, &none) == QN_OK) {
        rc = size_at_draw(&most, x, &log);
        if (!rc && res->order.index < res->seen.size && res->order.index >= log.verified &&
            res->order.index < most) {
            findings_skip(x->f, V_ORDER_NOT_LOGGED, "verdict.skip.order");
            return QN_OK;
        }
    }
    if (!rc)
        not_logged(x);
    return rc;
}

/* Reads the order; false when nothing more can be said of it. */
static enum qn_code read_order(struct facts *x, bool *found)
{
    const struct qn_result *res = x->r->res;
    struct qn_err why;
    *found = false;
    enum qn_code rc = order_read(&x->order, x->v->st, res->order.origin, res->order.index, &why);
    switch (rc) {
    case QN_OK:
        *found = true;
        return QN_OK;
    case QN_IO:
    case QN_NOMEM:
        return qn_fail(x->v->err, rc, why.id, "%s", why.args);
    case QN_ABSENT:
        return judge_absent(x, &why);
    case QN_MALFORMED:
        if (strcmp(why.id, "order.entry") == 0)
            not_logged(x);
        else
            signature_bad(x);
        return QN_OK;
    case QN_UNVERIFIED:
    case QN_DENIED:
    case QN_CONFLICT:
    case QN_LIMIT:
    case QN_LATER:
        signature_bad(x);
        return QN_OK;
    }
    return QN_OK;
}

enum qn_code verify_order(struct facts *x)
{
    static const enum verdict_code rest[] = {V_ORDER_SIG_BAD, V_ORDER_DUPLICATE, V_NONCE_REUSED};
    struct qn_err why;
    bool found;
    enum qn_code rc = check_seen(x);
    if (!rc)
        rc = read_order(x, &found);
    if (rc)
        return rc;
    if (found && (strcmp(x->order.log.office, x->parent) != 0 ||
                  strcmp(x->order.o.office, x->r->log.office) != 0)) {
        not_logged(
            x); /* by another than its parent, or to another office: not an order for this draw */
        found = false;
    }
    if (!found) {
        for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
            findings_skip(x->f, rest[i], "verdict.skip.order");
        return QN_OK;
    }
    x->has_order = x->to->has_order = true;
    x->to->claimed = x->order.o.level;
    order_slots_name(x->to->slot, &x->order.o);
    if (order_check_signature(&x->order, x->v->st, &why) != QN_OK)
        signature_bad(x);
    const struct order_line *line = find_line(x->v, x->order.log.origin, x->order.seq);
    if (line)
        verify_order_single(x->v, x->to, line);
    return QN_OK;
}
