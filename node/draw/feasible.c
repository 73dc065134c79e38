#include "node/draw/feasible.h"

#include <stdlib.h>
#include <string.h>

#include "node/draw/order.h"
#include "node/store/clock.h"

void feasibles_free(struct feasibles *f)
{
    free(f->at);
    *f = (struct feasibles){0};
}

static void count_people(struct feasible *f, const struct qn_rules *rules,
                         const struct qn_roster *r)
{
    f->least = rules->pool;
    f->nroles = rules->nroles;
    for (size_t i = 0; i < r->ninspectors; i++)
        f->available += r->inspector[i].available;
    for (unsigned k = 0; k < rules->nroles; k++) {
        struct feasible_role *to = &f->role[k];
        *to = (struct feasible_role){.k = rules->role[k].k, .role = rules->role[k]};
        for (size_t i = 0; i < r->ninspectors; i++)
            to->eligible +=
                r->inspector[i].available && qn_is_qualified(&r->inspector[i], &rules->role[k]);
        f->positions += to->k;
        f->short_handed = f->short_handed || to->eligible < to->k;
    }
    f->short_handed = f->short_handed || f->available < f->least || f->available < f->positions;
}

/* SPEC draw-23: "have distinct representatives": whether a visit can be filled does not hang on the lots, so that any
 * keys serve to find out. */
static enum qn_code count_blocked(struct feasible *f, const struct qn_rules *rules,
                                  const struct qn_roster *r, const struct qn_selection *sel,
                                  struct qn_err *err)
{
    static const struct qn_draw_keys no_keys;
    struct qn_pairing pairs = {.nvisits = 0};
    size_t n = sel->npicks + sel->nreserves;
    struct qn_pick *all = calloc(n + 1, sizeof(*all));
    if (!all)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (size_t i = 0; i < n; i++)
        all[i] = i < sel->npicks ? sel->pick[i] : sel->reserve[i - sel->npicks];
    const struct qn_pair_slot one = {rules, all, n};
    enum qn_code rc = qn_pair_joint(&pairs, 1, &one, r, &no_keys, err);
    for (size_t i = 0; !rc && i < pairs.nvisits; i++) {
        bool open = false;
        for (unsigned s = 0; s < pairs.visit[i].n; s++)
            open = open || pairs.visit[i].inspector[s] < 0;
        f->blocked += open;
    }
    qn_pairing_release(&pairs);
    free(all);
    return rc;
}

static enum qn_code look(struct feasible *f, const struct qn_rules *rules, const struct ground *g,
                         struct qn_err *err)
{
    static const struct qn_draw_keys no_keys; /* quotas need no seed: these tickets are nobody's */
    struct qn_selection sel = {.nstrata = 0};
    const struct qn_roster *r = &g->roster.r;
    if (rules->type != QN_OBJECTS)
        count_people(f, rules, r);
    if (rules->type == QN_PAIRS)
        return QN_OK;
    enum qn_code rc = qn_select(&sel, rules, 1, r, &no_keys, err);
    if (rc)
        return rc;
    for (unsigned i = 0; i < sel.nstrata; i++) {
        f->base += sel.stratum[i].base;
        f->pool += sel.stratum[i].pool;
        f->lots += sel.stratum[i].quota;
        f->stratum[i].no = sel.stratum[i].stratum;
        f->stratum[i].base = sel.stratum[i].base;
        f->stratum[i].pool = sel.stratum[i].pool;
        f->stratum[i].quota = sel.stratum[i].quota;
    }
    f->nstrata = sel.nstrata;
    f->must = sel.npicks - f->lots;
    if (rules->type == QN_BOTH) {
        uint64_t visits = (uint64_t)sel.npicks * f->positions,
                 people = f->available ? f->available : 1;
        f->each = (visits + people - 1) / people;
        f->over_load = rules->has_load && f->each > rules->load;
        rc = count_blocked(f, rules, r, &sel, err);
    }
    qn_selection_release(&sel);
    return rc;
}

static enum qn_code load_freeze(struct ground *g, struct store *st, const char *office,
                                struct qn_err *err)
{
    struct log log;
    uint64_t seq;
    enum qn_code rc = log_of_office(&log, st, office, err);
    if (!rc && freeze_newest(st, &log, &seq, err) != QN_OK)
        return qn_fail(err, QN_LATER, "order.no-freeze", "office=%s", office);
    if (!rc)
        rc = ground_reuse(g, st, log.origin, seq, err);
    return rc ? rc : ground_check(g, err);
}

static void name_freeze(struct feasible *f, const struct ground *g)
{
    f->freeze.held = true;
    f->freeze.seq = g->seq;
    f->freeze.version = g->freeze.roster_version;
    f->freeze.objects = g->freeze.roots.objects;
    f->freeze.inspectors = g->freeze.roots.inspectors;
    memcpy(f->freeze.leaf, g->leaf, QN_HASH);
    memcpy(f->freeze.date, g->freeze.date, sizeof(f->freeze.date));
}

static enum qn_code take(struct feasible *f, const struct slot *s, const struct ground *g,
                         enum qn_code loaded, const struct qn_err *why)
{
    struct qn_rules *rules = malloc(sizeof(*rules));
    enum qn_code rc = rules ? loaded : QN_NOMEM;
    f->slot = *s;
    f->slot.rules = NULL;
    if (!loaded)
        name_freeze(f, g);
    if (loaded)
        f->why = *why;
    if (!rc)
        rc = qn_rules_parse(rules, qn_str(s->rules), &f->why);
    if (!rc)
        rc = look(f, rules, g, &f->why);
    f->checked = !rc;
    free(rules);
    return rc == QN_NOMEM || rc == QN_IO ? rc : QN_OK;
}

/* The order of a slot; NULL: none is here. */
static const struct order_line *order_of(const struct order_lines *orders, const struct slot *s)
{
    for (size_t i = 0; i < orders->n; i++) {
        const struct order_line *o = &orders->at[i];
        if (o->genuine && !o->supp && o->key.round == s->round &&
            strcmp(o->key.issuer, s->issuer) == 0 && strcmp(o->key.series, s->series) == 0 &&
            strcmp(o->key.task, s->task) == 0)
            return o;
    }
    return NULL;
}

/* The ground of the slot's draw. Many slots stand on one freeze, which is then loaded once. */
static enum qn_code load_for(struct ground *g, struct store *st, const char *office,
                             const struct order_line *line, struct qn_err *err)
{
    QN_AUTO(order) struct order o = {.seq = 0};
    if (!line)
        return load_freeze(g, st, office, err);
    enum qn_code rc = order_read(&o, st, line->origin, line->seq, err);
    if (!rc && !o.o.has_freeze)
        return load_freeze(g, st, office, err);
    if (!rc)
        rc = ground_reuse(g, st, o.o.freeze.origin, o.o.freeze.index, err);
    return rc ? rc : ground_check(g, err);
}

enum qn_code draw_feasible(struct feasibles *out, struct store *st, const char *office,
                           const char *slot, struct qn_err *err)
{
    QN_AUTO(feasibles) struct feasibles all = {0};
    QN_AUTO(slots) struct slots slots = {0};
    QN_AUTO(order_lines) struct order_lines orders = {0};
    QN_AUTO(ground) struct ground g = {.loaded = false};
    struct qn_err why;
    char today[11];
    if (!store_self(st))
        return qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    const char *drawer = office ? office : store_self(st)->office;
    enum qn_code rc = slots_read(&slots, st, drawer, err);
    if (!rc)
        rc = order_list(&orders, st, drawer, err);
    clock_today(st, today);
    if (rc)
        return rc;
    all.at = calloc(slots.n + 1, sizeof(*all.at));
    if (!all.at)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (size_t i = 0; i < slots.n; i++) {
        char name[SLOT_NAME_MAX];
        const struct slot *s = &slots.slot[i];
        slot_name(name, s->issuer, s->series, s->task, s->round);
        if (slot && strcmp(slot, name) != 0)
            continue;
        const struct order_line *line = order_of(&orders, s);
        if (!slot && line && line->draw_id) {
            all.drawn++;
            continue;
        }
        if (!slot && strcmp(s->window_to, today) < 0) {
            all.over++;
            continue;
        }
        enum qn_code loaded = load_for(&g, st, drawer, line, &why);
        if (loaded == QN_NOMEM)
            return qn_fail(err, QN_NOMEM, "base.no-memory", "");
        rc = take(&all.at[all.n++], s, &g, loaded, &why);
        if (rc)
            return qn_fail(err, rc, "base.no-memory", "");
    }
    if (slot && !all.n)
        return qn_fail(err, QN_ABSENT, "draw.not-planned", "slot=%s", slot);
    *out = all;
    all = (struct feasibles){0};
    return QN_OK;
}
