#include "node/work/figure.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/tree.h"
#include "node/work/record.h"

#define NONE \
    { \
        FIGURE_TARGETS, 0, 0 \
    }
#define INSPECTED (TARGET_ASSIGNED | TARGET_INSPECTED)
const struct figure figure_table[FIGURES] = {
    [FIGURE_COVERAGE] = {"coverage", {FIGURE_ENTERPRISES, ENTERPRISE_INSPECTED, 0}, NONE},
    {"targets", {FIGURE_TARGETS, TARGET_ASSIGNED, 0}, NONE},
    {"completion",
     {FIGURE_TARGETS, INSPECTED | TARGET_PUBLISHED, 0},
     {FIGURE_TARGETS, TARGET_ASSIGNED, 0}},
    {"publication",
     {FIGURE_TARGETS, INSPECTED | TARGET_PUBLISHED, 0},
     {FIGURE_TARGETS, INSPECTED, 0}},
    [FIGURE_ON_TIME] = {"on_time",
                        {FIGURE_TARGETS, INSPECTED | TARGET_DUE, TARGET_LATE},
                        {FIGURE_TARGETS, INSPECTED | TARGET_DUE, 0}},
    {"closure",
     {FIGURE_TARGETS, INSPECTED | TARGET_PUBLISHED, TARGET_OPEN},
     {FIGURE_TARGETS, INSPECTED | TARGET_PUBLISHED, 0}},
    {"finding", {FIGURE_TARGETS, INSPECTED | TARGET_PROBLEM, 0}, {FIGURE_TARGETS, INSPECTED, 0}},
    {"joint_tasks", {FIGURE_TASKS, TASK_PLANNED | TASK_JOINT, 0}, {FIGURE_TASKS, TASK_PLANNED, 0}},
    {"follow_ups", {FIGURE_ACTS, ACT_FOLLOW_UP, 0}, NONE},
    {"correction_orders", {FIGURE_ACTS, ACT_ORDER, 0}, NONE},
    {"cases", {FIGURE_ACTS, ACT_CASE, 0}, NONE},
    {"transfers", {FIGURE_ACTS, ACT_TRANSFER, 0}, NONE},
    {"voids", {FIGURE_EXCEPTIONS, EXCEPTION_VOID, 0}, NONE},
    {"substitutions", {FIGURE_EXCEPTIONS, EXCEPTION_SUBSTITUTE, 0}, NONE},
    {"direct_appointments", {FIGURE_EXCEPTIONS, EXCEPTION_DIRECT, 0}, NONE},
    {"neighbour_appointments", {FIGURE_EXCEPTIONS, EXCEPTION_NEIGHBOUR, 0}, NONE},
    {"draws", {FIGURE_DRAWS, DRAW_MAIN, 0}, NONE},
    {"disputed_draws", {FIGURE_DRAWS, DRAW_MAIN | DRAW_DISPUTED, 0}, {FIGURE_DRAWS, DRAW_MAIN, 0}},
    {"batches", {FIGURE_SAMPLES, SAMPLE_TAKEN, 0}, NONE},
    {"conclusions",
     {FIGURE_SAMPLES, SAMPLE_TAKEN | SAMPLE_CONCLUDED, 0},
     {FIGURE_SAMPLES, SAMPLE_TAKEN, 0}},
    {"nonconforming",
     {FIGURE_SAMPLES, SAMPLE_CONCLUDED | SAMPLE_NONCONFORMING, 0},
     {FIGURE_SAMPLES, SAMPLE_CONCLUDED, 0}},
};

const struct figure *figure_find(const char *code)
{
    for (unsigned i = 0; i < FIGURES; i++)
        if (strcmp(figure_table[i].code, code) == 0)
            return &figure_table[i];
    return NULL;
}

bool figure_holds(const struct figure_part *p, unsigned flags)
{
    return p->must && (flags & p->must) == p->must && !(flags & p->none);
}

unsigned figure_flags(const struct figure_thing *t)
{
    unsigned flags = 0;
    for (size_t i = 0; i < t->n; i++)
        flags |= t->row[i].flags;
    return flags;
}

/* SPEC figures-21: "of a target its dispatch, once inspected its result as well, once published or due its publication" */
unsigned figure_depth(const struct figure_part *p)
{
    if (p->source != FIGURE_TARGETS || p->must & (TARGET_PUBLISHED | TARGET_DUE))
        return FIGURE_RECORDS;
    return p->must & TARGET_INSPECTED ? 2 : 1;
}

static bool is_again(const struct figure_thing *t, size_t row, unsigned record, unsigned depth)
{
    const struct figure_record *r = &t->row[row].record[record];
    for (size_t i = 0; i <= row; i++)
        for (unsigned k = 0; k < depth && k < (i == row ? record : t->row[i].nrecords); k++)
            if (t->row[i].record[k].id == r->id && t->row[i].record[k].rev == r->rev &&
                strcmp(t->row[i].record[k].office, r->office) == 0)
                return true;
    return false;
}

void figure_records(struct qn_buf *out, const struct figure_thing *t, unsigned depth,
                    const char *glue)
{
    bool any = false;
    for (size_t i = 0; i < t->n; i++)
        for (unsigned k = 0; k < depth && k < t->row[i].nrecords; k++) {
            char name[80];
            if (is_again(t, i, k, depth))
                continue;
            record_name_text(name, t->row[i].record[k].office, t->row[i].record[k].id);
            qn_put_fmt(out, "%s%s", any ? glue : "", name);
            if (t->row[i].record[k].rev > 1)
                qn_put_fmt(out, "@%lld", (long long)t->row[i].record[k].rev);
            any = true;
        }
}

/* ---- groups -------------------------------------------------------------------------------------------------------- */

#define CHAIN 4 /* offices above an office within the scope, itself included */
struct of_office {
    char office[QN_CODE_MAX + 1];
    size_t group[CHAIN];
    unsigned n;
};
struct hit {
    size_t group;
    unsigned flags;
};
struct count {
    struct figures *out;
    struct store *st;
    enum figure_by by;
    enum figure_source source;
    size_t *slot; /* owned; open addressing over the names, 0: free, else place + 1 */
    size_t nslots;
    struct of_office *office; /* owned */
    size_t noffices, office_cap;
    struct hit *hit; /* owned: groups of the thing at hand */
    size_t nhits, hit_cap;
    crypto_hash_sha256_state sha[FIGURES][2];
};

static enum qn_code no_memory(struct qn_err *err)
{
    return qn_fail(err, QN_NOMEM, "base.no-memory", "");
}

static size_t *slot_of(struct count *c, const char *name)
{
    uint32_t h = 2166136261u;
    for (const char *p = name; *p; p++)
        h = (h ^ (uint8_t)*p) * 16777619u;
    size_t at = h & (c->nslots - 1);
    while (c->slot[at] && strcmp(c->out->at[c->slot[at] - 1].name, name) != 0)
        at = (at + 1) & (c->nslots - 1);
    return &c->slot[at];
}

static enum qn_code grow(struct count *c, struct qn_err *err)
{
    struct figures *f = c->out;
    size_t cap = f->cap ? 2 * f->cap : 64;
    struct figure_group *at = realloc(f->at, cap * sizeof(*at));
    if (at)
        f->at = at;
    size_t *slot = at ? calloc(4 * cap, sizeof(*slot)) : NULL;
    if (!slot)
        return no_memory(err);
    f->cap = cap;
    free(c->slot);
    c->slot = slot;
    c->nslots = 4 * cap;
    for (size_t i = 0; i < f->n; i++)
        *slot_of(c, f->at[i].name) = i + 1;
    return QN_OK;
}

static enum qn_code group_of(size_t *out, struct count *c, const char *name, struct qn_err *err)
{
    struct figures *f = c->out;
    if (c->nslots && *slot_of(c, name)) {
        *out = *slot_of(c, name) - 1;
        return QN_OK;
    }
    enum qn_code rc = f->n == f->cap ? grow(c, err) : QN_OK;
    if (rc)
        return rc;
    struct figure_group *g = &f->at[f->n];
    memset(g, 0, sizeof(*g));
    snprintf(g->name, sizeof(g->name), "%s", name);
    *out = f->n++;
    *slot_of(c, g->name) = *out + 1;
    return QN_OK;
}

/* SPEC figures-4: "A station's work is its county's" */
static enum qn_code chain_of(struct of_office *o, struct count *c, const char *office,
                             struct qn_err *err)
{
    char at[QN_CODE_MAX + 1], up[QN_CODE_MAX + 1];
    const char *scope = c->out->q.office;
    struct qn_cert cert;
    struct qn_err none;
    enum qn_code rc = QN_OK;
    snprintf(o->office, sizeof(o->office), "%s", office);
    snprintf(at, sizeof(at), "%s", office);
    if (strcmp(at, scope) != 0 && tree_cert(&cert, c->st, at, &none) == QN_OK &&
        cert.level == QN_STATION)
        memcpy(at, cert.issuer, sizeof(at));
    if (strcmp(at, scope) == 0) /* its own work has a line beside those of the offices below */
        return group_of(&o->group[o->n++], c, at, err);
    while (!rc && o->n < CHAIN && strcmp(at, scope) != 0) {
        rc = group_of(&o->group[o->n++], c, at, err);
        if (!tree_parent(c->st, at, up))
            break;
        memcpy(at, up, sizeof(at));
    }
    return rc;
}

static enum qn_code office_of(struct of_office **out, struct count *c, const char *office,
                              struct qn_err *err)
{
    for (size_t i = c->noffices; i--;)
        if (strcmp(c->office[i].office, office) == 0) {
            *out = &c->office[i];
            return QN_OK;
        }
    if (c->noffices == c->office_cap) {
        size_t cap = c->office_cap ? 2 * c->office_cap : 32;
        struct of_office *at = realloc(c->office, cap * sizeof(*at));
        if (!at)
            return no_memory(err);
        c->office = at;
        c->office_cap = cap;
    }
    *out = &c->office[c->noffices];
    memset(*out, 0, sizeof(**out));
    enum qn_code rc = chain_of(*out, c, office, err);
    c->noffices += !rc;
    return rc;
}

/* ---- counting ------------------------------------------------------------------------------------------------------ */

static enum qn_code hit(struct count *c, size_t group, unsigned flags, struct qn_err *err)
{
    for (size_t i = 0; i < c->nhits; i++)
        if (c->hit[i].group == group) {
            c->hit[i].flags |= flags;
            return QN_OK;
        }
    if (c->nhits == c->hit_cap) {
        size_t cap = c->hit_cap ? 2 * c->hit_cap : 32;
        struct hit *at = realloc(c->hit, cap * sizeof(*at));
        if (!at)
            return no_memory(err);
        c->hit = at;
        c->hit_cap = cap;
    }
    c->hit[c->nhits++] = (struct hit){group, flags};
    return QN_OK;
}

static enum qn_code hit_groups(struct count *c, const struct figure_row *r, struct qn_err *err)
{
    struct of_office *o = NULL;
    size_t group;
    enum qn_code rc = QN_OK;
    switch (c->by) {
    case FIGURE_BY_NONE:
        return QN_OK;
    case FIGURE_BY_OFFICE:
        rc = office_of(&o, c, r->office, err);
        for (unsigned i = 0; !rc && i < o->n; i++)
            rc = hit(c, o->group[i], r->flags, err);
        return rc;
    case FIGURE_BY_TASK:
        if (!*r->task)
            return QN_OK;
        rc = group_of(&group, c, r->task, err);
        return rc ? rc : hit(c, group, r->flags, err);
    case FIGURE_BY_RISK:
        if (c->source != FIGURE_TARGETS)
            return QN_OK;
        rc = group_of(&group, c, *r->risk_class ? r->risk_class : "-", err);
        return rc ? rc : hit(c, group, r->flags, err);
    }
    return rc;
}

/* SPEC figures-21: "its key, a tab, its records joined by commas, a line end" */
static enum qn_code digest(struct count *c, const struct figure_thing *t, unsigned flags,
                           struct qn_err *err)
{
    struct qn_buf line[FIGURE_RECORDS];
    enum qn_code rc = QN_OK;
    for (unsigned d = 0; d < FIGURE_RECORDS; d++) {
        qn_buf_init(&line[d], 1024 * 1024);
        qn_put_fmt(&line[d], "%s\t", t->key);
        figure_records(&line[d], t, d + 1, ",");
        qn_put(&line[d], "\n", 1);
        if (!rc)
            rc = qn_buf_check(&line[d], err);
    }
    for (unsigned i = 0; i < FIGURES; i++) {
        const struct figure_part *part[2] = {&figure_table[i].of, &figure_table[i].over};
        for (unsigned k = 0; k < 2; k++) {
            const struct qn_buf *b = &line[figure_depth(part[k]) - 1];
            if (part[k]->source == c->source && figure_holds(part[k], flags))
                crypto_hash_sha256_update(&c->sha[i][k], b->p, b->n);
        }
    }
    for (unsigned d = 0; d < FIGURE_RECORDS; d++)
        qn_buf_release(&line[d]);
    return rc;
}

/* SPEC figures-3: "A thing counts once in the figure of an office" */
static enum qn_code on_thing(void *ctx, const struct figure_thing *t, struct qn_err *err)
{
    struct count *c = ctx;
    unsigned flags = figure_flags(t);
    c->nhits = 0;
    enum qn_code rc = hit(c, 0, flags, err);
    for (size_t i = 0; !rc && i < t->n; i++)
        rc = hit_groups(c, &t->row[i], err);
    for (size_t h = 0; !rc && h < c->nhits; h++) {
        struct figure_group *g = &c->out->at[c->hit[h].group];
        for (unsigned i = 0; i < FIGURES; i++) {
            const struct figure *f = &figure_table[i];
            g->of[i] += f->of.source == c->source && figure_holds(&f->of, c->hit[h].flags);
            g->over[i] += f->over.source == c->source && figure_holds(&f->over, c->hit[h].flags);
        }
    }
    if (c->source == FIGURE_TARGETS)
        c->out->provisional += (flags & TARGET_PROVISIONAL) != 0;
    return rc ? rc : digest(c, t, flags, err);
}

static int by_name(const void *a, const void *b)
{
    const struct figure_group *x = a, *y = b;
    return strcmp(x->name, y->name);
}

enum qn_code figures_count(struct figures *out, struct store *st, const struct figure_query *q,
                           enum figure_by by, struct qn_err *err)
{
    struct count *c = calloc(1, sizeof(*c));
    size_t whole;
    *out = (struct figures){.n = 0};
    if (!c)
        return no_memory(err);
    c->out = out;
    c->st = st;
    c->by = by;
    for (unsigned i = 0; i < FIGURES; i++) {
        crypto_hash_sha256_init(&c->sha[i][0]);
        crypto_hash_sha256_init(&c->sha[i][1]);
    }
    enum qn_code rc = figure_settle(&out->q, st, q, err);
    if (!rc)
        rc = group_of(&whole, c, "", err);
    for (unsigned s = 0; !rc && s < FIGURE_SOURCES; s++) {
        c->source = (enum figure_source)s;
        rc = figure_walk(st, &out->q, c->source, true, on_thing, c, err);
    }
    for (unsigned i = 0; i < FIGURES; i++) {
        crypto_hash_sha256_final(&c->sha[i][0], out->digest[i][0]);
        crypto_hash_sha256_final(&c->sha[i][1], out->digest[i][1]);
    }
    free(c->slot);
    free(c->office);
    free(c->hit);
    free(c);
    if (!rc && out->n > 2)
        qsort(out->at + 1, out->n - 1, sizeof(*out->at), by_name);
    return rc ? rc : figure_goals(out, st, by, err);
}

void figures_auto(struct figures *f)
{
    free(f->at);
    *f = (struct figures){.n = 0};
}

/* ---- the things behind a number ------------------------------------------------------------------------------------- */

struct list {
    const struct figure_part *part;
    const char *past;
    figure_each *each;
    void *ctx;
};

static enum qn_code on_listed(void *ctx, const struct figure_thing *t, struct qn_err *err)
{
    struct list *l = ctx;
    if ((l->past && strcmp(t->key, l->past) <= 0) || !figure_holds(l->part, figure_flags(t)))
        return QN_OK;
    return l->each(l->ctx, t, err);
}

enum qn_code figure_list(struct store *st, const struct figure_query *q,
                         const struct figure_listing *l, figure_each *each, void *ctx,
                         struct qn_err *err)
{
    const struct figure_part *part = l->over ? &l->figure->over : &l->figure->of;
    struct list w = {.part = part, .past = l->past, .each = each, .ctx = ctx};
    if (!part->must)
        return qn_fail(err, QN_ABSENT, "figure.no-part", "figure=%s", l->figure->code);
    enum qn_code rc = figure_walk(
        st, q, part->source, ((part->must | part->none) & TARGET_DUE) != 0, on_listed, &w, err);
    return rc == QN_LATER ? QN_OK : rc;
}
