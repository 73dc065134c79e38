/* verify_freeze.c - the freeze's place, forks of the log, the level that the evidence shows. */
#include <string.h>

#include "node/draw/verify_internal.h"
#include "node/store/tree.h"

uint64_t first_cosigned_s(struct store *st, const struct log *log, uint64_t seq, const char *office)
{
    uint64_t size, time_s;
    struct qn_err none;
    return log_first_cosigned(st, log, seq, office, &size, &time_s, &none) == QN_OK ? time_s : 0;
}

/* ---- forks --------------------------------------------------------------------------------------------------------- */

/* SPEC verdicts-10: "another header of this log stands at the draw's own place, or two checkpoints of this log
 * contradict each other at a size above it and no header tells where" */
static enum qn_code check_fork(struct facts *x, const struct log *log, uint64_t seq,
                               const uint8_t leaf[QN_HASH], bool rival)
{
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_FORK_AT);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)seq);
    q_bind_blob(&q, leaf, QN_HASH);
    bool found = q_step(&q) && (q_int(&q, 0) > 0 || (q_int(&q, 1) > 0 && q_int(&q, 2) == 0));
    enum qn_code rc = query_end(&q, x->v->err);
    if (!rc && (found || rival)) {
        struct finding *f = findings_add(x->f, V_LOG_FORK, log->origin, seq, leaf);
        finding_put(x->f, f, "log", "%s", log->origin);
        finding_put(x->f, f, "seq", "%llu", (unsigned long long)seq);
    }
    return rc;
}

/* ---- the freeze's place ----------------------------------------------------------------------------------------------- */

static struct finding *freeze_finding(struct facts *x, enum verdict_code code,
                                      const struct qn_leaf_ref *ref)
{
    struct finding *f = findings_add(x->f, code, ref->origin, ref->index, ref->leaf);
    finding_put(x->f, f, "log", "%s", ref->origin);
    finding_put(x->f, f, "seq", "%llu", (unsigned long long)ref->index);
    return f;
}

static bool is_logged(struct facts *x, const struct qn_leaf_ref *ref)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    struct qn_err none;
    if (log_find(&x->freeze_log, x->v->st, ref->origin, &none) != QN_OK ||
        strcmp(x->freeze_log.office, x->r->log.office) != 0 ||
        log_entry_get(&e, x->v->st, &x->freeze_log, ref->index, &none) != QN_OK ||
        e.h.kind != QN_KIND_FREEZE || memcmp(e.leaf, ref->leaf, QN_HASH) != 0)
        return false;
    /* Without a freeze in the order it must at least come before the draw. */
    return x->freeze_log.no != x->r->log.no || ref->index < x->r->seq;
}

static void check_witnessed(struct facts *x, const struct qn_leaf_ref *ref)
{
    const struct qn_head_ref *head = &x->order.o.freeze_head;
    struct store *st = x->v->st;
    struct qn_err none;
    uint64_t size = 0;
    uint8_t root[QN_HASH];
    bool ok = log_first_cosigned(st, &x->freeze_log, ref->index, x->parent, &size, &x->freeze_s,
                                 &none) == QN_OK &&
              size <= head->size && head->size <= x->freeze_log.size &&
              log_root(st, &x->freeze_log, head->size, root, &none) == QN_OK &&
              memcmp(root, head->root, QN_HASH) == 0;
    if (!ok) {
        struct finding *f = freeze_finding(x, V_FREEZE_NOT_WITNESSED, ref);
        finding_put(x->f, f, "by", "%s", x->parent);
        findings_skip(x->f, V_ORDER_BEFORE_FREEZE, "verdict.skip.cosignature");
        findings_skip(x->f, V_FREEZE_STALE, "verdict.skip.cosignature");
        return;
    }
    if (!x->order_s) {
        findings_skip(x->f, V_ORDER_BEFORE_FREEZE, "verdict.skip.cosignature");
        findings_skip(x->f, V_FREEZE_STALE, "verdict.skip.cosignature");
        x->freeze_cosigned = true; /* the order names a checkpoint that its signer had cosigned */
        return;
    }
    if (x->freeze_s > x->order_s) {
        struct finding *f = freeze_finding(x, V_ORDER_BEFORE_FREEZE, ref);
        finding_put(x->f, f, "order", "%llu", (unsigned long long)x->order.seq);
        return;
    }
    x->freeze_cosigned = true;
    uint64_t days = (x->order_s - x->freeze_s) / 86400;
    /* A supplement repeats the freeze of its main order, which was judged by that. */
    if (x->has_rules && !x->order.o.supp &&
        x->order_s - x->freeze_s > (uint64_t)x->rules.age_days * 86400) {
        struct finding *f = freeze_finding(x, V_FREEZE_STALE, ref);
        finding_put(x->f, f, "days", "%llu", (unsigned long long)days);
        finding_put(x->f, f, "limit", "%u", x->rules.age_days);
    }
}

/* SPEC verdicts-47: "a day or more before the order" */
#define PASSED_OVER_S 86400

/* A newer freeze of the log that the parent had cosigned that long, and that would have served; seq 0: none. */
static enum qn_code newer_freeze(struct facts *x, const struct qn_leaf_ref *ref, uint64_t *newer)
{
    enum qn_code rc = QN_OK;
    *newer = 0;
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_FREEZES);
    q_bind_text(&q, x->freeze_log.office);
    q_bind_int(&q, qn_row_id(x->freeze_log.epoch, ref->index + 1, 0));
    while (!rc && q_step(&q)) { /* in the order of the log, hence of the times */
        uint16_t epoch, n;
        uint64_t seq;
        bool served = false;
        qn_row_id_split(q_int(&q, 0), &epoch, &seq, &n);
        if (epoch != x->freeze_log.epoch)
            continue;
        uint64_t t = first_cosigned_s(x->v->st, &x->freeze_log, seq, x->parent);
        if (t + PASSED_OVER_S > x->order_s)
            break;
        if (t)
            rc = verify_freeze_serves(&served, x->v, &x->freeze_log, seq, x->order.o.slot[0].type,
                                      x->rules.age_days, wire_day_at(t));
        if (served)
            *newer = seq;
    }
    return rc ? rc : query_end(&q, x->v->err);
}

/* Whoever may choose among freezes chooses the roster that suits. */
static enum qn_code check_passed_over(struct facts *x, const struct qn_leaf_ref *ref)
{
    uint64_t newer;
    if (!x->freeze_cosigned || !x->order_s || !x->has_rules) {
        findings_skip(x->f, V_FREEZE_PASSED_OVER,
                      x->has_rules ? "verdict.skip.cosignature" : "verdict.skip.rules");
        return QN_OK;
    }
    if (x->order.o.supp) /* its freeze is that of its main order */
        return QN_OK;
    enum qn_code rc = newer_freeze(x, ref, &newer);
    if (!rc && newer) {
        struct finding *f = freeze_finding(x, V_FREEZE_PASSED_OVER, ref);
        finding_put(x->f, f, "newer", "%llu", (unsigned long long)newer);
        finding_put(x->f, f, "by", "%s", x->parent);
    }
    return rc;
}

/* ---- the level --------------------------------------------------------------------------------------------------------- */

/* The ancestor that cosigned the draw first, and when it did so with draw and order. */
static void first_ancestor(struct facts *x, uint64_t *draw_s, uint64_t *order_s)
{
    char at[QN_CODE_MAX + 1], above[QN_CODE_MAX + 1];
    *draw_s = *order_s = 0;
    memcpy(at, x->r->log.office, sizeof(at));
    for (int i = 0; i < QN_CHAIN_MAX && tree_parent(x->v->st, at, above); i++) {
        uint64_t t = first_cosigned_s(x->v->st, &x->r->log, x->r->seq, above);
        if (t && (!*draw_s || t < *draw_s)) {
            *draw_s = t;
            *order_s = first_cosigned_s(x->v->st, &x->order.log, x->order.seq, above);
        }
        memcpy(at, above, sizeof(at));
    }
}

/* SPEC verdicts-11: "witnessed iff the draw's first ancestor cosignature is at most `witness` hours after the order's
 * first cosignature by the same ancestor" */
static void check_level(struct facts *x)
{
    uint64_t order_s;
    if (x->r->rival) {
        findings_skip(x->f, V_LEVEL_FALSE, "verdict.skip.rival");
        return;
    }
    bool root = strcmp(x->parent, x->r->log.office) == 0;
    first_ancestor(x, &x->draw_s, &order_s);
    if (root) /* SPEC verdicts-42: "By the root office's own cosignatures nothing is witnessed" */
        x->draw_s = first_cosigned_s(x->v->st, &x->r->log, x->r->seq, x->parent);
    if (!x->draw_s || !x->has_rules) {
        findings_skip(x->f, V_LEVEL_FALSE, "verdict.skip.cosignature");
        return;
    }
    bool fixed = x->freeze_cosigned && !x->beacon_early && (!root || x->order.o.has_beacon);
    bool in_time =
        !root && order_s && x->draw_s <= order_s + (uint64_t)x->rules.witness_hours * 3600;
    /* SPEC beacon-10: "The level shown is then unwitnessed" */
    x->to->shown = !fixed ? QN_UNWITNESSED : in_time ? QN_WITNESSED : QN_OFFLINE;
    if (x->to->shown > x->order.o.level) {
        struct finding *f =
            findings_add(x->f, V_LEVEL_FALSE, x->r->log.origin, x->r->seq, x->r->leaf);
        finding_put(x->f, f, "claimed", "%s", qn_draw_level_name(x->order.o.level));
        finding_put(x->f, f, "shown", "%s", qn_draw_level_name(x->to->shown));
    }
}

enum qn_code verify_freeze(struct facts *x)
{
    static const enum verdict_code all[] = {V_FREEZE_NOT_LOGGED,   V_FREEZE_NOT_WITNESSED,
                                            V_FREEZE_STALE,        V_LEVEL_FALSE,
                                            V_ORDER_BEFORE_FREEZE, V_FREEZE_PASSED_OVER};
    const struct record *r = x->r;
    enum qn_code rc = check_fork(x, &r->log, r->seq, r->leaf, r->rival);
    if (!rc && x->has_order)
        rc = check_fork(x, &x->order.log, x->order.seq, x->order.leaf, false);
    if (rc)
        return rc;
    if (!x->has_order) {
        for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
            findings_skip(x->f, all[i], "verdict.skip.order");
        return QN_OK;
    }
    x->order_s = first_cosigned_s(x->v->st, &x->order.log, x->order.seq, x->parent);
    const struct qn_leaf_ref *ref = x->order.o.has_freeze ? &x->order.o.freeze : &x->r->res->freeze;
    x->freeze_seq = ref->index;
    if (!is_logged(x, ref)) {
        freeze_finding(x, V_FREEZE_NOT_LOGGED, ref);
        x->freeze_log.origin[0] = 0;
        findings_skip(x->f, V_FREEZE_NOT_WITNESSED, "verdict.skip.freeze");
        findings_skip(x->f, V_FREEZE_STALE, "verdict.skip.freeze");
        findings_skip(x->f, V_ORDER_BEFORE_FREEZE, "verdict.skip.freeze");
        findings_skip(x->f, V_FREEZE_PASSED_OVER, "verdict.skip.freeze");
    } else if (x->order.o.has_freeze) {
        check_witnessed(x, ref);
        rc = check_passed_over(x, ref);
    }
    check_level(x);
    return rc;
}
