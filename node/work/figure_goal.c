/* figure_goal.c - coverage: how many enterprises an office has, as somebody stated it, and how many of them are to be
 * inspected in the year, as a plan says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/tree.h"
#include "node/work/figure.h"

struct statements {
    struct figure_statement *at; /* owned; by office */
    size_t n, cap;
};

static enum qn_code load(struct statements *out, struct store *st, unsigned year,
                         struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_FIGURE_STATEMENTS);
    q_bind_int(&q, year);
    while (q_step(&q)) {
        if (out->n == out->cap) {
            size_t cap = out->cap ? 2 * out->cap : 16;
            struct figure_statement *at = realloc(out->at, cap * sizeof(*at));
            if (!at)
                return qn_fail(err, QN_NOMEM, "base.no-memory", "");
            out->at = at;
            out->cap = cap;
        }
        struct figure_statement *s = &out->at[out->n++];
        snprintf(s->office, sizeof(s->office), "%s", q_text(&q, 0));
        s->id = q_int(&q, 1);
        s->rev = q_int(&q, 2);
        s->enterprises = (uint64_t)q_count(&q, 3);
        snprintf(s->counted_on, sizeof(s->counted_on), "%s", q_text(&q, 4));
        snprintf(s->source, sizeof(s->source), "%s", q_text(&q, 5));
    }
    return query_end(&q, err);
}

#define BELOW 512
struct below {
    char office[BELOW][QN_CODE_MAX + 1];
    unsigned n;
};

static enum qn_code children(struct below *out, struct store *st, const char *office,
                             struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_FIGURE_BELOW);
    q_bind_text(&q, office);
    out->n = 0;
    while (q_step(&q) && out->n < BELOW)
        snprintf(out->office[out->n++], QN_CODE_MAX + 1, "%s", q_text(&q, 0));
    return query_end(&q, err);
}

struct sum {
    struct store *st;
    const struct statements *all;
    void (*each)(void *ctx, const struct figure_statement *s);
    void *ctx;
};

/* SPEC figures-15: "when each of them has such a number" */
static enum qn_code add_up(uint64_t *n, bool *stated, const struct sum *w, const char *office,
                           unsigned depth, struct qn_err *err)
{
    *n = 0;
    *stated = false;
    for (size_t i = 0; i < w->all->n; i++)
        if (strcmp(w->all->at[i].office, office) == 0) {
            *n = w->all->at[i].enterprises;
            *stated = true;
            if (w->each)
                w->each(w->ctx, &w->all->at[i]);
            return QN_OK;
        }
    struct below *of = depth < QN_CHAIN_MAX ? malloc(sizeof(*of)) : NULL;
    if (!of)
        return depth < QN_CHAIN_MAX ? qn_fail(err, QN_NOMEM, "base.no-memory", "") : QN_OK;
    enum qn_code rc = children(of, w->st, office, err);
    bool all = !rc && of->n;
    for (unsigned i = 0; !rc && all && i < of->n; i++) {
        uint64_t part;
        rc = add_up(&part, &all, w, of->office[i], depth + 1, err);
        *n += part;
    }
    *stated = all;
    if (!all)
        *n = 0;
    free(of);
    return rc;
}

enum qn_code figure_base(uint64_t *n, bool *stated, struct store *st, const char *office,
                         unsigned year, void (*each)(void *ctx, const struct figure_statement *s),
                         void *ctx, struct qn_err *err)
{
    struct statements all = {.n = 0};
    struct sum w = {.st = st, .all = &all};
    enum qn_code rc = load(&all, st, year, err);
    if (!rc)
        rc = add_up(n, stated, &w, office, 0, err);
    w.each = each;
    w.ctx = ctx;
    if (!rc && *stated && each)
        rc = add_up(n, stated, &w, office, 0, err);
    free(all.at);
    return rc;
}

/* SPEC figures-16: "so many of the lower number, rounded up"; num is at most den, so that no step leaves 64 bits. */
static uint64_t share_of(uint64_t n, uint64_t num, uint64_t den)
{
    return n / den * num + (n % den * num + den - 1) / den;
}

/* SPEC figures-16: "the nearest office at or above it" */
static enum qn_code goal_of(struct figure_group *g, struct store *st, const struct figure_query *fq,
                            const char *office, struct qn_err *err)
{
    char best[QN_CODE_MAX + 1] = "";
    QN_AUTO(query) struct query q = query_start(st, SQL_FIGURE_GOALS);
    q_bind_int(&q, fq->year);
    q_bind_text(&q, fq->series ? fq->series : "");
    while (q_step(&q)) {
        const char *by = q_text(&q, 0);
        if (strcmp(by, office) != 0 && !tree_is_above(st, by, office))
            continue;
        if (*best && strcmp(by, best) != 0 && !tree_is_above(st, best, by))
            continue;
        snprintf(best, sizeof(best), "%s", by);
        snprintf(g->goal_plan, sizeof(g->goal_plan), "%s/%s", by, q_text(&q, 1));
        g->goal_num = q_u32(&q, 2);
        g->goal_den = q_u32(&q, 3);
    }
    if (g->goal_den && g->stated)
        g->goal = share_of(g->over[FIGURE_COVERAGE], g->goal_num, g->goal_den);
    return query_end(&q, err);
}

enum qn_code figure_goals(struct figures *f, struct store *st, enum figure_by by,
                          struct qn_err *err)
{
    struct statements all = {.n = 0};
    const struct sum w = {.st = st, .all = &all};
    enum qn_code rc = load(&all, st, f->q.year, err);
    for (size_t i = 0; !rc && i < (by == FIGURE_BY_OFFICE ? f->n : 1); i++) {
        struct figure_group *g = &f->at[i];
        const char *office = i ? g->name : f->q.office;
        /* Its own work alone is a part of the scope's: no number was stated for it. */
        if (i && strcmp(office, f->q.office) == 0)
            continue;
        rc = add_up(&g->over[FIGURE_COVERAGE], &g->stated, &w, office, 0, err);
        if (!rc)
            rc = goal_of(g, st, &f->q, office, err);
    }
    free(all.at);
    return rc;
}
