#include "node/work/plan_state.h"

#include <stdio.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/store/tree.h"

static struct task_standing *task_at(struct plan_standing *s, const char *no)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->task[i].no, no) == 0)
            return &s->task[i];
    return NULL;
}

const struct task_standing *plan_standing_task(const struct plan_standing *s, const char *no)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->task[i].no, no) == 0)
            return &s->task[i];
    return NULL;
}

/* SPEC plans-12: "the first that does not hold ends the row" */
static const char *state_of(const struct task_standing *t)
{
    if (t->drawn < t->slots || !t->slots)
        return t->visited ? "in_progress" : t->ordered || t->drawn ? "drawing" : "planned";
    if (!t->targets)
        return "drawn";
    if (!t->visited)
        return "dispatched";
    if (t->visited < t->targets)
        return "in_progress";
    if (t->published < t->targets)
        return "completed";
    return t->open ? "published" : "closed";
}

static bool is_done(const char *state)
{
    return strcmp(state, "completed") == 0 || strcmp(state, "published") == 0 ||
           strcmp(state, "closed") == 0;
}

static enum qn_code read_slots(struct plan_standing *out, struct store *st,
                               const struct plan_ref *p, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_WORK_TASK_SLOTS);
    q_bind_text(&q, p->office);
    q_bind_int(&q, p->id);
    q_bind_text(&q, p->series);
    while (q_step(&q) && out->n < PLAN_TASKS) {
        struct task_standing *t = &out->task[out->n++];
        *t = (struct task_standing){
            .slots = q_int(&q, 1), .ordered = q_int(&q, 2), .drawn = q_int(&q, 3)};
        snprintf(t->no, sizeof(t->no), "%s", q_text(&q, 0));
    }
    return query_end(&q, err);
}

static enum qn_code read_targets(struct plan_standing *out, struct store *st,
                                 const struct plan_ref *p, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_WORK_TASK_TARGETS);
    q_bind_text(&q, p->office);
    q_bind_int(&q, p->id);
    q_bind_text(&q, p->series);
    while (q_step(&q)) {
        struct task_standing *t = task_at(out, q_text(&q, 0));
        if (!t)
            continue;
        t->targets = q_int(&q, 1);
        t->visited = q_int(&q, 2);
        t->published = q_int(&q, 3);
        t->open = q_int(&q, 4);
        t->outside = q_int(&q, 5) != 0;
    }
    return query_end(&q, err);
}

static enum qn_code read_filing(struct plan_standing *out, struct store *st,
                                const struct plan_ref *p, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_WORK_PLAN_FILING);
    q_bind_text(&q, p->office);
    q_bind_int(&q, p->id);
    if (q_step(&q)) {
        out->filed_rev = q_int(&q, 0);
        snprintf(out->filing, sizeof(out->filing), "%s", q_text(&q, 1));
    }
    return query_end(&q, err);
}

static enum qn_code read_accepted(struct plan_standing *out, struct store *st,
                                  const struct plan_ref *p, struct qn_err *err)
{
    char parent[QN_CODE_MAX + 1] = "";
    if (!tree_parent(st, p->office, parent))
        return QN_OK;
    QN_AUTO(query) struct query q = query_start(st, SQL_WORK_ACCEPTED);
    q_bind_text(&q, parent);
    q_bind_text(&q, p->office);
    q_bind_int(&q, p->id);
    q_bind_int(&q, p->rev);
    out->accepted = q_step(&q) && strcmp(q_text(&q, 0), "accepted") == 0;
    return query_end(&q, err);
}

/* SPEC plans-13: "closed when all its tasks are; in_force from the first day of its first window" */
static enum qn_code judge(struct plan_standing *s, struct store *st, const struct plan_ref *p,
                          struct qn_err *err)
{
    char today[11];
    bool closed = s->n > 0, begun = false;
    clock_today(st, today);
    QN_AUTO(query) struct query q = query_start(st, SQL_WORK_TASK_WINDOWS);
    q_bind_text(&q, p->office);
    q_bind_int(&q, p->id);
    while (q_step(&q)) {
        struct task_standing *t = task_at(s, q_text(&q, 0));
        if (!t)
            continue;
        t->state = state_of(t);
        /* SPEC plans-12: "overdue when its last day, the plan's deadline if that is earlier, is over" */
        t->overdue = !is_done(t->state) && strcmp(q_text(&q, 2), today) < 0;
        begun = begun || strcmp(q_text(&q, 1), today) <= 0;
        closed = closed && strcmp(t->state, "closed") == 0;
    }
    enum qn_code rc = query_end(&q, err);
    bool current = s->filed_rev == p->rev,
         positive = strcmp(s->filing, "acknowledged") == 0 || strcmp(s->filing, "approved") == 0;
    s->state = closed                                          ? "closed"
               : begun                                         ? "in_force"
               : current && positive                           ? "acknowledged"
               : current && strcmp(s->filing, "returned") == 0 ? "returned"
               : current                                       ? "filed"
                                                               : "published";
    return rc;
}

enum qn_code plan_standing_read(struct plan_standing *out, struct store *st,
                                const struct plan_ref *p, struct qn_err *err)
{
    memset(out, 0, sizeof(*out));
    out->rev = p->rev;
    enum qn_code rc = read_slots(out, st, p, err);
    if (!rc)
        rc = read_targets(out, st, p, err);
    if (!rc)
        rc = read_filing(out, st, p, err);
    if (!rc)
        rc = read_accepted(out, st, p, err);
    return rc ? rc : judge(out, st, p, err);
}

enum qn_code plan_flaws(struct store *st, const char *office, int64_t id, size_t *n,
                        void (*each)(void *ctx, const struct plan_flaw *f), void *ctx,
                        struct qn_err *err)
{
    *n = 0;
    QN_AUTO(query) struct query q = query_start(st, SQL_WORK_PLAN_FLAWS);
    q_bind_text(&q, office);
    q_bind_int(&q, id);
    while (q_step(&q)) {
        ++*n;
        if (each)
            each(ctx, &(struct plan_flaw){q_text(&q, 0), q_text(&q, 1), q_text(&q, 2),
                                          q_text(&q, 3), q_text(&q, 4)});
    }
    return query_end(&q, err);
}
