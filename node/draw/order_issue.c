/* order_issue.c - the parent's side: which slots may be ordered now, which of them together, and the order itself. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/draw/beacon.h"
#include "node/draw/cokey.h"
#include "node/draw/freeze.h"
#include "node/draw/listing.h"
#include "node/draw/order.h"
#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/ingest.h"
#include "node/store/tree.h"
#include "protocol/wire.h"

/* What an order to one drawer rests on, looked up once for all its slots. */
struct child {
    char office[QN_CODE_MAX + 1];
    bool known, ready; /* certificate and log; freeze cosigned as well */
    struct qn_err why; /* when not ready */
    struct qn_cert cert;
    uint8_t cokey[COKEYS][QN_PUBKEY];
    unsigned ncokeys;
    struct log log;
    uint64_t freeze_seq;
    uint8_t freeze_leaf[QN_HASH];
    char freeze_date[11];
    uint64_t size, cosigned_s; /* the first checkpoint with the freeze that this office cosigned */
    uint8_t root[QN_HASH];
    int64_t heard_ms;
    bool computed; /* its roots, as the first order asks: that reads all its rows */
    struct qn_err computed_why;
    size_t available; /* inspectors of the freeze */
};

static enum qn_code read_heard(struct child *c, struct store *st, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PEER_HEARD);
    q_bind_text(&q, c->office);
    c->heard_ms = q_step(&q) ? q_int(&q, 0) : 0;
    return query_end(&q, err);
}

/* All but the rows behind the freeze. */
static enum qn_code look_up(struct child *c, struct store *st, struct qn_err *err)
{
    QN_AUTO(qn_freeze) struct qn_freeze f = {.source = NULL};
    QN_AUTO(log_entry) struct log_entry e = {0};
    struct qn_err none;
    int64_t id;
    enum qn_code rc = tree_cert(&c->cert, st, c->office, err);
    if (!rc)
        rc = log_of_office(&c->log, st, c->office, err);
    if (!rc)
        rc = cokeys_of(c->cokey, &c->ncokeys, st, store_self(st)->office, c->office, err);
    c->known = !rc;
    if (!rc && freeze_newest(st, &c->log, &c->freeze_seq, err) != QN_OK)
        return qn_fail(err, QN_LATER, "order.no-freeze", "office=%s", c->office);
    if (!rc && log_first_cosigned(st, &c->log, c->freeze_seq, store_self(st)->office, &c->size,
                                  &c->cosigned_s, &none))
        return qn_fail(err, QN_LATER, "order.freeze-not-cosigned", "office=%s|seq=%llu", c->office,
                       (unsigned long long)c->freeze_seq);
    if (!rc)
        rc = log_root(st, &c->log, c->size, c->root, err);
    if (!rc)
        rc = freeze_text(&f, &id, st, &c->log, c->freeze_seq, err);
    if (!rc)
        rc = log_entry_get(&e, st, &c->log, c->freeze_seq, err);
    if (!rc)
        rc = read_heard(c, st, err);
    if (rc)
        return rc;
    memcpy(c->freeze_leaf, e.leaf, QN_HASH);
    memcpy(c->freeze_date, f.date, sizeof(c->freeze_date));
    return QN_OK;
}

static enum qn_code meet(struct child *c, struct store *st, const char *office, struct qn_err *err)
{
    if (strcmp(c->office, office) == 0)
        return QN_OK;
    *c = (struct child){.ready = false};
    qn_text_copy(c->office, sizeof(c->office), qn_str(office));
    enum qn_code rc = look_up(c, st, &c->why);
    c->ready = !rc;
    if (rc == QN_IO || rc == QN_NOMEM) {
        if (err)
            *err = c->why;
        return rc;
    }
    return QN_OK;
}

/* ---- one order ---------------------------------------------------------------------------------------------------- */

/* The slots of one order, in the order of its slot lines. */
struct group {
    unsigned n;
    const struct slot *slot[QN_ORDER_SLOTS];
    struct order_rules rules;
    struct qn_leaf_ref list[QN_ORDER_SLOTS]; /* type pairs */
};

static void group_auto(struct group *g)
{
    order_rules_release(&g->rules);
}

struct issue {
    struct store *st;
    const struct order_options *o;
    struct order_outcomes out;
    size_t cap;
    char today[11];
    char beacon_source[QN_NAME32], beacon_event[QN_NAME32]; /* "": none */
    uint64_t now_ms;
    struct child child;
    const struct slots *slots;
    bool *done; /* by slot: in an order, or told why not */
};

/* What a look at the rows depends on, besides the day: SPEC verdicts-43: "not computed again on one day while neither
 * the freeze nor what has come of its lists has changed" */
static void note_of(char out[96], const struct issue *i)
{
    uint64_t stored = 0, applied = 0;
    struct qn_err none;
    if (ingest_cursor(i->st, &i->child.log, QN_LANE_BULK, &stored, &applied, &none) != QN_OK)
        applied = 0;
    snprintf(out, 96, "%s %u-%llu %llu", i->today, i->child.log.epoch,
             (unsigned long long)i->child.freeze_seq, (unsigned long long)applied);
}

static bool tried_already(const struct issue *i)
{
    char name[40], now[96], then[96];
    snprintf(name, sizeof(name), "order-tried.%s", i->child.office);
    note_of(now, i);
    return i->o->by_itself && store_get(i->st, name, then, sizeof(then)) && strcmp(now, then) == 0;
}

static enum qn_code note_tried(const struct issue *i, struct qn_err *err)
{
    char name[40], now[96];
    snprintf(name, sizeof(name), "order-tried.%s", i->child.office);
    note_of(now, i);
    return i->o->by_itself ? store_set(i->st, name, now, err) : QN_OK;
}

static enum qn_code load_rows(struct child *c, struct store *st, struct qn_err *err)
{
    QN_AUTO(ground) struct ground g = {.loaded = false};
    enum qn_code rc = ground_load(&g, st, c->log.origin, c->freeze_seq, err);
    if (!rc)
        rc = ground_check(&g, err);
    for (size_t i = 0; !rc && i < g.roster.r.ninspectors; i++)
        c->available += g.roster.r.inspector[i].available;
    return rc;
}

/* SPEC verdicts-4: "has cosigned the drawer's headers up to that size, holds the freeze's parts and the rows behind
 * it, and has recomputed the roots" */
static enum qn_code compute(struct issue *i, struct qn_err *err)
{
    struct child *c = &i->child;
    if (!c->computed) {
        c->computed = true;
        c->computed_why = (struct qn_err){.code = QN_OK};
        enum qn_code rc = tried_already(i) ? qn_fail(&c->computed_why, QN_LATER, "order.tried",
                                                     "office=%s", c->office)
                                           : load_rows(c, i->st, &c->computed_why);
        if (rc != QN_LATER && (rc || !c->available))
            rc = note_tried(i, err);
        else
            rc = QN_OK;
        if (rc)
            return rc;
    }
    if (c->computed_why.code)
        *err = c->computed_why;
    return c->computed_why.code;
}

static bool is_wanted(const struct issue *i, const struct slot *s)
{
    bool named = i->o->noffice == 0;
    for (unsigned k = 0; k < i->o->noffice; k++)
        named = named || strcmp(i->o->office[k], s->drawer) == 0;
    return named && (!i->o->series || strcmp(i->o->series, s->series) == 0);
}

/* SPEC verdicts-3: "the drawer is a child of this office, and the plan was issued by this office, by one above it,
 * or by the drawer itself" */
static bool is_ours(const struct issue *i, const struct slot *s)
{
    char parent[QN_CODE_MAX + 1];
    const char *self = store_self(i->st)->office;
    if (!tree_orderer(i->st, s->drawer, parent) || strcmp(parent, self) != 0)
        return false;
    return strcmp(s->issuer, self) == 0 || strcmp(s->issuer, s->drawer) == 0 ||
           tree_is_above(i->st, s->issuer, self);
}

static enum qn_code has_order(bool *out, const struct issue *i, const struct slot *s,
                              struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(i->st, SQL_ORDER_OF_SLOT);
    q_bind_text(&q, store_self(i->st)->office);
    q_bind_text(&q, s->drawer);
    q_bind_text(&q, s->issuer);
    q_bind_text(&q, s->series);
    q_bind_text(&q, s->task);
    q_bind_int(&q, s->round);
    q_bind_text(&q, qn_slot_type_name(s->type));
    *out = q_step(&q);
    return query_end(&q, err);
}

/* The root office's own slots: the only ones that an office orders for itself. */
static bool is_own(const struct issue *i, const struct slot *s)
{
    return strcmp(s->drawer, store_self(i->st)->office) == 0;
}

/* SPEC verdicts-31: "what the windows of its slots have in common" */
static void narrow(const struct issue *i, const struct group *g, struct order_outcome *out)
{
    const char *from = g->slot[0]->window_from, *to = g->slot[0]->window_to;
    for (unsigned k = 1; k < g->n; k++) {
        from = strcmp(g->slot[k]->window_from, from) > 0 ? g->slot[k]->window_from : from;
        to = strcmp(g->slot[k]->window_to, to) < 0 ? g->slot[k]->window_to : to;
    }
    from = i->o->from && strcmp(i->o->from, from) > 0 ? i->o->from : from;
    to = i->o->to && strcmp(i->o->to, to) < 0 ? i->o->to : to;
    memcpy(out->window_from, from, sizeof(out->window_from));
    memcpy(out->window_to, to, sizeof(out->window_to));
}

static enum qn_code judge_plan(const struct issue *i, const struct slot *s, struct qn_err *err)
{
    bool accepted = true;
    enum qn_code rc = QN_OK;
    if (strcmp(s->issuer, s->drawer) == 0 && !is_own(i, s)) /* nobody is above the root office */
        rc = slot_plan_accepted(&accepted, i->st, store_self(i->st)->office, s->issuer, s->plan_id,
                                s->plan_rev, err);
    return rc || accepted ? rc
                          : qn_fail(err, QN_LATER, "order.plan-not-accepted", "plan=%s/%s",
                                    s->issuer, s->series);
}

/* SPEC verdicts-4: "The freeze is not older than `age` days" */
static enum qn_code judge_freeze(struct issue *i, const struct group *g, struct qn_err *err)
{
    const struct child *c = &i->child;
    uint32_t age_days = g->rules.age_days;
    uint64_t now_s = i->now_ms / 1000, age_s = now_s > c->cosigned_s ? now_s - c->cosigned_s : 0;
    if (age_s > (uint64_t)age_days * 86400)
        return qn_fail(err, QN_LATER, "order.freeze-stale", "office=%s|days=%u", c->office,
                       age_days);
    if (!freeze_date_fits(c->freeze_date, wire_day_at(c->cosigned_s), age_days))
        return qn_fail(err, QN_LATER, "order.freeze-date", "office=%s|date=%s|days=%u", c->office,
                       c->freeze_date, age_days);
    enum qn_code rc = compute(i, err);
    /* A small pool is only flagged; with nobody at all no visit could be made, and a draw is never repeated. */
    if (!rc && g->slot[0]->type != QN_OBJECTS && !c->available)
        return qn_fail(err, QN_LATER, "order.no-inspectors", "office=%s|seq=%llu", c->office,
                       (unsigned long long)c->freeze_seq);
    return rc;
}

/* A draw that could not pair its visits must not be ordered: it would never be repeated. */
static enum qn_code judge_roles(const struct group *g, struct qn_err *err)
{
    struct qn_pair_slot all[QN_ORDER_SLOTS] = {{.npicks = 0}};
    for (unsigned k = 0; k < g->n; k++)
        all[k].rules = &g->rules.at[k].rules;
    return qn_pair_positions(g->n, all) > QN_VISIT_SLOTS
               ? qn_fail(err, QN_LIMIT, "order.joint-roles", "slots=%u|max=%d|joint=%s", g->n,
                         QN_VISIT_SLOTS, g->slot[0]->joint)
               : QN_OK;
}

static enum qn_code judge_group(struct issue *i, struct group *g, struct order_outcome *out,
                                struct qn_err *err)
{
    const struct child *c = &i->child;
    enum qn_code rc = QN_OK;
    for (unsigned k = 0; !rc && k < g->n; k++)
        rc = judge_plan(i, g->slot[k], err);
    for (unsigned k = 0; !rc && k < g->n && g->slot[0]->type == QN_PAIRS; k++)
        rc = listing_find(&g->list[k], i->st, g->slot[k], err);
    if (rc)
        return rc;
    if (strcmp(out->window_from, out->window_to) > 0)
        return g->n == 1 ? qn_fail(err, QN_DENIED, "order.window-empty", "from=%s|to=%s",
                                   g->slot[0]->window_from, g->slot[0]->window_to)
                         : qn_fail(err, QN_DENIED, "order.joint-window", "slots=%u|joint=%s", g->n,
                                   g->slot[0]->joint);
    /* Without a freeze nothing is promised about the roster: the office is only to be known. */
    if (out->level == QN_UNWITNESSED ? !c->known : !c->ready) {
        *err = c->why;
        return c->why.code;
    }
    for (unsigned k = 0; k < g->n; k++) {
        enum qn_draw_level lowest = g->rules.at[k].rules.level;
        if (out->level > lowest && strcmp(out->drawer, store_self(i->st)->office) == 0)
            return qn_fail(err, QN_LATER, "order.own-beacon", "");
        if (out->level > lowest)
            return qn_fail(err, QN_LATER, "order.level-low", "level=%s|lowest=%s",
                           qn_draw_level_name(out->level), qn_draw_level_name(lowest));
    }
    rc = judge_roles(g, err);
    return rc || out->level == QN_UNWITNESSED ? rc : judge_freeze(i, g, err);
}

/* Heard over HTTP within the rules' hours: what it draws can be cosigned in time to count as witnessed. */
static bool is_on_line(const struct issue *i, const struct group *g)
{
    int64_t since_ms = (int64_t)i->now_ms - i->child.heard_ms;
    return i->child.heard_ms && since_ms <= (int64_t)g->rules.witness_hours * 3600000;
}

static enum qn_draw_level level_for(const struct issue *i, const struct group *g)
{
    if (i->o->level)
        return i->o->level;
    /* SPEC texts-15: "names a beacon or the level `unwitnessed`, and never the level `witnessed`" */
    if (is_own(i, g->slot[0]) && !i->o->beacon)
        return QN_UNWITNESSED;
    if (i->o->beacon) /* drawn after the lottery: nobody can promise how many hours that is from now */
        return QN_OFFLINE;
    /* SPEC verdicts-43: "Its level is `offline`" */
    if (i->o->by_itself)
        return QN_OFFLINE;
    return is_on_line(i, g) ? QN_WITNESSED : QN_OFFLINE;
}

static void fill_slot(struct qn_slot_key *key, const struct slot *s, const struct qn_rules *rules)
{
    memcpy(key->issuer, s->issuer, sizeof(key->issuer));
    memcpy(key->series, s->series, sizeof(key->series));
    memcpy(key->task, s->task, sizeof(key->task));
    key->round = s->round;
    key->type = s->type;
    memcpy(key->rules_hash, rules->hash, QN_HASH);
}

static void fill_order(struct qn_order *o, const struct issue *i, const struct group *g,
                       const struct order_outcome *out)
{
    const struct child *c = &i->child;
    *o = (struct qn_order){.nslots = g->n,
                           .level = out->level,
                           .has_freeze = out->level != QN_UNWITNESSED,
                           .nkeys = 1};
    memcpy(o->parent, store_origin(i->st), sizeof(o->parent));
    memcpy(o->office_origin, c->log.origin, sizeof(o->office_origin));
    if (g->slot[0]->type == QN_PAIRS)
        memcpy(o->list, g->list, g->n * sizeof(o->list[0]));
    for (unsigned k = 0; k < g->n; k++)
        fill_slot(&o->slot[k], g->slot[k], &g->rules.at[k].rules);
    if (o->has_freeze) {
        o->freeze.index = c->freeze_seq;
        memcpy(o->freeze.origin, c->log.origin, sizeof(o->freeze.origin));
        memcpy(o->freeze.leaf, c->freeze_leaf, QN_HASH);
        o->freeze_head.size = c->size;
        memcpy(o->freeze_head.origin, c->log.origin, sizeof(o->freeze_head.origin));
        memcpy(o->freeze_head.root, c->root, QN_HASH);
    }
    memcpy(o->vrf[0], c->cert.vrf, QN_PUBKEY);
    for (unsigned k = 0; k < c->ncokeys;
         k++) /* SPEC cokey-3: "carries all keys that are named for it then" */
        memcpy(o->vrf[o->nkeys++], c->cokey[k], QN_PUBKEY);
    o->has_beacon = i->o->beacon != NULL;
    memcpy(o->beacon_source, i->beacon_source, sizeof(o->beacon_source));
    memcpy(o->beacon_event, i->beacon_event, sizeof(o->beacon_event));
    memcpy(o->window_from, out->window_from, sizeof(o->window_from));
    memcpy(o->window_to, out->window_to, sizeof(o->window_to));
    randombytes_buf(o->nonce, sizeof(o->nonce));
}

static enum qn_code write_group(struct issue *i, const struct group *g, struct order_outcome *out,
                                struct qn_err *err)
{
    struct qn_order *o = malloc(sizeof(*o));
    if (!o)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    fill_order(o, i, g, out);
    order_slots_name(out->slot, o);
    enum qn_code rc = order_write(i->st, o, i->child.office,
                                  o->has_freeze && !is_own(i, g->slot[0]) ? &o->freeze_head : NULL,
                                  &out->seq, err);
    free(o);
    return rc;
}

/* ---- all slots ---------------------------------------------------------------------------------------------------- */

static struct order_outcome *add_outcome(struct issue *i, const struct group *g, struct qn_err *err)
{
    struct order_outcomes *l = &i->out;
    if (l->n == i->cap) {
        i->cap = i->cap ? i->cap * 2 : 64;
        struct order_outcome *more = realloc(l->at, i->cap * sizeof(*more));
        if (!more) {
            (void)qn_fail(err, QN_NOMEM, "base.no-memory", "");
            return NULL;
        }
        l->at = more;
    }
    const struct slot *s = g->slot[0];
    struct order_outcome *out = &l->at[l->n++];
    *out = (struct order_outcome){.nslots = g->n};
    slot_name(out->slot, s->issuer, s->series, s->task, s->round);
    memcpy(out->drawer, s->drawer, sizeof(out->drawer));
    return out;
}

/* An order waits for its window where the office is on the line: drawn later than the rules' hours it would not count
 * as witnessed, and whoever has it early can draw in secret.                                                     */
static bool is_ahead(const struct issue *i, const struct group *g, const char *from,
                     enum qn_draw_level level)
{
    bool waits = level == QN_WITNESSED || (i->o->by_itself && is_on_line(i, g));
    int32_t days = i->o->ahead_days >= 0 ? i->o->ahead_days : waits ? 0 : ORDER_AHEAD_DAYS;
    return wire_day(qn_str(from)) > wire_day(qn_str(i->today)) + days;
}

/* Of a plan of a year few slots are due: at each exchange the others are not even looked up. One that is drawn with others
 * is, for what the windows have in common decides. */
static bool is_far(const struct issue *i, const struct slot *s)
{
    return i->o->by_itself && !s->joint[0] &&
           (strcmp(s->window_to, i->today) < 0 ||
            wire_day(qn_str(s->window_from)) > wire_day(qn_str(i->today)) + ORDER_AHEAD_DAYS);
}

/* Whether the slot still wants an order from this office. */
static enum qn_code is_open(bool *out, struct issue *i, size_t k, struct qn_err *err)
{
    const struct slot *s = &i->slots->slot[k];
    bool had;
    *out = false;
    if (i->done[k] || !is_wanted(i, s) || !is_ours(i, s) || is_far(i, s))
        return QN_OK;
    enum qn_code rc = has_order(&had, i, s, err);
    *out = !rc && !had && strcmp(s->window_to, i->today) >= 0;
    i->done[k] = !*out;
    i->out.had += !rc && had;
    i->out.over += !rc && !had && !*out;
    return rc;
}

/* "1406 2021 1 1 both": compared as a slot line is. */
static void line_of(char out[SLOT_NAME_MAX], const struct slot *s)
{
    snprintf(out, SLOT_NAME_MAX, "%s %s %s %u %s", s->issuer, s->series, s->task, s->round,
             qn_slot_type_name(s->type));
}

static int by_line(const void *a, const void *b)
{
    char x[SLOT_NAME_MAX], y[SLOT_NAME_MAX];
    line_of(x, *(const struct slot *const *)a);
    line_of(y, *(const struct slot *const *)b);
    return strcmp(x, y);
}

/* SPEC verdicts-31: "those of a group that have no order yet and whose window is not over" */
static enum qn_code gather(struct group *g, struct issue *i, size_t first, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    g->slot[g->n++] = &i->slots->slot[first];
    i->done[first] = true;
    for (size_t k = first + 1; !rc && k < i->slots->n && g->n < QN_ORDER_SLOTS; k++) {
        bool open;
        if (!slot_is_joint(g->slot[0], &i->slots->slot[k]))
            continue;
        rc = is_open(&open, i, k, err);
        if (open) {
            g->slot[g->n++] = &i->slots->slot[k];
            i->done[k] = true;
        }
    }
    if (rc)
        return rc;
    qsort(g->slot, g->n, sizeof(g->slot[0]), by_line);
    for (unsigned k = 0; k < g->n; k++)
        rc = rc ? rc : order_rules_add(&g->rules, g->slot[k]->rules, err);
    return rc;
}

static enum qn_code take_slot(struct issue *i, size_t k, struct qn_err *err)
{
    QN_AUTO(group) struct group g = {.n = 0};
    bool open;
    enum qn_code rc = is_open(&open, i, k, err);
    if (rc || !open)
        return rc;
    rc = gather(&g, i, k, err);
    if (!rc)
        rc = meet(&i->child, i->st, g.slot[0]->drawer, err);
    if (rc)
        return rc;
    struct order_outcome made = {.level = level_for(i, &g)};
    narrow(i, &g, &made);
    if (is_ahead(i, &g, made.window_from, made.level)) {
        i->out.ahead += g.n;
        return QN_OK;
    }
    struct order_outcome *out = add_outcome(i, &g, err);
    if (!out)
        return QN_NOMEM;
    out->level = made.level;
    memcpy(out->window_from, made.window_from, sizeof(out->window_from));
    memcpy(out->window_to, made.window_to, sizeof(out->window_to));
    rc = judge_group(i, &g, out, &out->why);
    if (!rc)
        rc = write_group(i, &g, out, &out->why);
    out->issued = !rc;
    if (rc == QN_IO || rc == QN_NOMEM) {
        if (err)
            *err = out->why;
        return rc;
    }
    return QN_OK;
}

void order_outcomes_free(struct order_outcomes *o)
{
    free(o->at);
    *o = (struct order_outcomes){0};
}

enum qn_code order_issue(struct order_outcomes *out, struct store *st,
                         const struct order_options *o, struct qn_err *err)
{
    const struct keys *keys;
    QN_AUTO(slots) struct slots slots = {0};
    struct issue i = {.st = st, .o = o, .now_ms = clock_now_ms(st)};
    clock_today(st, i.today);
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc)
        rc = duty_may(st, duty_of(DUTY_ORDER), NULL, err);
    if (!rc &&
        ((o->from && !wire_is_date(qn_str(o->from))) || (o->to && !wire_is_date(qn_str(o->to)))))
        rc = qn_fail(err, QN_MALFORMED, "order.dates", "from=%s|to=%s", o->from ? o->from : "",
                     o->to ? o->to : "");
    if (!rc && o->beacon)
        rc = beacon_event_new(i.beacon_source, i.beacon_event, st, o->beacon, err);
    if (!rc)
        rc = slots_read(&slots, st, o->noffice == 1 ? o->office[0] : NULL, err);
    i.slots = &slots;
    i.done = rc ? NULL : calloc(slots.n + 1, sizeof(*i.done));
    if (!rc && !i.done)
        rc = qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (size_t k = 0; !rc && k < slots.n; k++)
        rc = take_slot(&i, k, err);
    free(i.done);
    if (rc) {
        order_outcomes_free(&i.out);
        return rc;
    }
    *out = i.out;
    return QN_OK;
}
