#include "node/draw/group.h"

#include <stdlib.h>
#include <string.h>

#include "node/store/act.h"
#include "node/store/joint.h"
#include "node/store/release.h"
#include "node/store/rows.h"
#include "protocol/wire.h"

struct grouping {
    struct store *st;
    const struct plan_group *o;
    char office[QN_CODE_MAX + 1], series[QN_NAME32];
    struct slots slots; /* of the plan, all drawers */
    bool *meant;        /* by slot */
    struct act act;
    int64_t plan_id, plan_rev;
};

static void grouping_auto(struct grouping *g)
{
    slots_free(&g->slots);
    free(g->meant);
    act_end(&g->act);
}

static enum qn_code find_plan(struct grouping *g, struct qn_err *err)
{
    const char *slash = strchr(g->o->plan, '/'), *name = g->o->plan;
    if (!slash ||
        !qn_text_copy(g->office, sizeof(g->office),
                      (struct qn_span){(const uint8_t *)name, (size_t)(slash - name)}) ||
        !qn_text_copy(g->series, sizeof(g->series), qn_str(slash + 1)))
        return qn_fail(err, QN_MALFORMED, "plan.name", "plan=%s", name);
    if (strcmp(g->office, store_self(g->st)->office) != 0)
        return qn_fail(err, QN_DENIED, "plan.not-ours", "plan=%s|office=%s", name, g->office);
    QN_AUTO(query) struct query q = query_start(g->st, SQL_WORK_PLAN_BY_SERIES);
    q_bind_text(&q, g->office);
    q_bind_text(&q, g->series);
    bool found = q_step(&q);
    g->plan_id = found ? q_int(&q, 0) : 0;
    enum qn_code rc = query_end(&q, err);
    return rc || found ? rc : qn_fail(err, QN_ABSENT, "plan.unknown", "plan=%s", name);
}

static bool is_of_plan(const struct grouping *g, const struct slot *s)
{
    return s->plan_id == g->plan_id && strcmp(s->issuer, g->office) == 0;
}

/* A slot with an order stays as it was ordered. */
static enum qn_code check_unordered(struct grouping *g, const struct slot *s, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(g->st, SQL_SLOT_ORDERED);
    q_bind_text(&q, s->drawer);
    q_bind_text(&q, s->issuer);
    q_bind_text(&q, s->series);
    q_bind_text(&q, s->task);
    q_bind_int(&q, s->round);
    q_bind_text(&q, qn_slot_type_name(s->type));
    bool found = q_step(&q);
    enum qn_code rc = query_end(&q, err);
    if (!rc && found) {
        char name[SLOT_NAME_MAX];
        slot_name(name, s->issuer, s->series, s->task, s->round);
        rc = qn_fail(err, QN_CONFLICT, "plan.group-ordered", "slot=%s|office=%s", name, s->drawer);
    }
    return rc;
}

static enum qn_code find_slots(struct grouping *g, struct qn_err *err)
{
    enum qn_code rc = slots_read(&g->slots, g->st, NULL, err);
    g->meant = rc ? NULL : calloc(g->slots.n + 1, sizeof(*g->meant));
    if (!rc && !g->meant)
        rc = qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (size_t t = 0; !rc && t < g->o->ntasks; t++) {
        bool found = false;
        for (size_t i = 0; !rc && i < g->slots.n; i++) {
            const struct slot *s = &g->slots.slot[i];
            if (!is_of_plan(g, s) || strcmp(s->task, g->o->task[t]) != 0)
                continue;
            found = g->meant[i] = true;
            rc = check_unordered(g, s, err);
        }
        if (!rc && !found)
            rc = qn_fail(err, QN_ABSENT, "plan.no-task", "task=%s", g->o->task[t]);
    }
    return rc;
}

/* The group as it will be: the slots meant, and those that bear its name already. */
static enum qn_code check_group(struct grouping *g, const struct slot *like, struct qn_err *err)
{
    struct joint_member m[QN_ORDER_SLOTS + 1];
    size_t n = 0;
    for (size_t i = 0; i < g->slots.n && n <= QN_ORDER_SLOTS; i++) {
        const struct slot *s = &g->slots.slot[i];
        if (!is_of_plan(g, s) || s->round != like->round || s->type != like->type ||
            strcmp(s->drawer, like->drawer) != 0 ||
            !(g->meant[i] || strcmp(s->joint, g->o->joint) == 0))
            continue;
        struct joint_member *to = &m[n++];
        *to = (struct joint_member){.task = s->task, .round = s->round, .rules = s->rules};
        memcpy(to->from, s->window_from, sizeof(to->from));
        memcpy(to->to, s->window_to, sizeof(to->to));
    }
    return joint_check(g->o->joint, m, n, err);
}

static enum qn_code revise_plan(struct grouping *g, struct qn_err *err)
{
    struct qn_row row;
    const struct rows_query q = {.table = "plan", .office = g->office, .id = g->plan_id};
    QN_AUTO(rows) struct rows r = {0};
    enum qn_code rc = rows_open(&r, g->st, &q, err);
    if (rc || !rows_step(&r))
        return rc;
    g->plan_rev = rows_int(&r, "rev") + 1;
    if (g->o->seen && g->plan_rev - 1 != g->o->seen)
        return qn_fail(err, QN_CONFLICT, "records.moved", "value=%s|rev=%lld|seen=%u", g->o->plan,
                       (long long)g->plan_rev - 1, g->o->seen);
    rows_again(&r, &row, &g->act, g->plan_rev);
    row_text(&row, "reason", g->o->reason);
    rc = act_put(&g->act, &row, err);
    return rc ? rc : rows_end(&r, err);
}

static enum qn_code revise_slots(struct grouping *g, size_t *slots, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < g->slots.n; i++) {
        const struct slot *s = &g->slots.slot[i];
        struct qn_row row;
        if (!g->meant[i] || strcmp(s->joint, g->o->joint ? g->o->joint : "") == 0)
            continue;
        row_start(&row, &g->act, "slot", s->id, s->rev + 1);
        row_int(&row, "plan_id", s->plan_id);
        row_text(&row, "task", s->task);
        row_int(&row, "round", s->round);
        row_text(&row, "type", qn_slot_type_name(s->type));
        row_text(&row, "drawer", s->drawer);
        row_text(&row, "window_from", s->window_from);
        row_text(&row, "window_to", s->window_to);
        row_text(&row, "joint", g->o->joint);
        row_int(&row, "plan_rev", g->plan_rev);
        ++*slots;
        rc = act_put(&g->act, &row, err);
    }
    return rc;
}

static enum qn_code write_group(struct grouping *g, size_t *slots, struct qn_err *err)
{
    uint64_t seq;
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, g->st, err);
    if (!rc)
        rc = act_begin(&g->act, g->st, duty_of(DUTY_PLAN_GROUP), NULL, QN_KIND_PLAN, QN_LANE_PLAN,
                       err);
    if (!rc)
        rc = act_part(&g->act, QN_PUBLIC, QN_TO_SUBTREE, NULL, err);
    if (!rc)
        rc = revise_plan(g, err);
    if (!rc)
        rc = revise_slots(g, slots, err);
    if (rc || !*slots || g->o->dry_run) /* said before: nothing is written */
        return rc;
    rc = act_commit(&g->act, &seq, NULL, err);
    if (!rc) /* a plan is public as it is issued */
        rc = release_own(g->st, duty_of(DUTY_PLAN_GROUP), NULL, &(struct release_ref){.seq = seq},
                         1, err);
    return rc ? rc : tx_commit(&tx, err);
}

enum qn_code plan_group(struct store *st, const struct plan_group *o, size_t *slots,
                        struct qn_err *err)
{
    QN_AUTO(grouping) struct grouping g = {.st = st, .o = o};
    const struct keys *keys;
    enum qn_code rc = store_signer(st, &keys, err);
    *slots = 0;
    if (!rc && o->joint && !wire_is_name(qn_str(o->joint)))
        rc = qn_fail(err, QN_MALFORMED, "plan.joint-name", "joint=%.40s", o->joint);
    if (!rc && !(o->reason && *o->reason))
        rc = qn_fail(err, QN_MALFORMED, "plan.group-reason", "plan=%s", o->plan);
    if (!rc)
        rc = find_plan(&g, err);
    if (!rc)
        rc = find_slots(&g, err);
    for (size_t i = 0; !rc && o->joint && i < g.slots.n; i++)
        if (g.meant[i])
            rc = check_group(&g, &g.slots.slot[i], err);
    return rc ? rc : write_group(&g, slots, err);
}
