/* order_issue.c - the parent's side: which slots may be ordered now, and the order itself. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "node/draw/freeze.h"
#include "node/draw/order.h"
#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/tree.h"
#include "protocol/wire.h"

/* What an order to one drawer rests on, looked up once for all its slots. */
struct child {
    char office[QN_CODE_MAX + 1];
    bool known, ready; /* certificate and log; freeze cosigned and recomputed as well */
    struct qn_err why; /* when not ready */
    struct qn_cert cert;
    struct log log;
    uint64_t freeze_seq;
    uint8_t freeze_leaf[QN_HASH];
    char freeze_date[11];
    uint64_t size, cosigned_s; /* the first checkpoint with the freeze that this office cosigned */
    uint8_t root[QN_HASH];
    int64_t heard_ms;
    size_t available; /* inspectors of the freeze */
};

static enum qn_code read_heard(struct child *c, struct store *st, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PEER_HEARD);
    q_bind_text(&q, c->office);
    c->heard_ms = q_step(&q) ? q_int(&q, 0) : 0;
    return query_end(&q, err);
}

/* SPEC verdicts-4: "has cosigned the drawer's headers up to that size, holds the freeze's parts and the rows behind
 * it, and has recomputed the roots" */
static enum qn_code look_up(struct child *c, struct store *st, struct qn_err *err)
{
    QN_AUTO(ground) struct ground g = {.loaded = false};
    enum qn_code rc = tree_cert(&c->cert, st, c->office, err);
    if (!rc)
        rc = log_of_office(&c->log, st, c->office, err);
    c->known = !rc;
    if (!rc && freeze_newest(st, &c->log, &c->freeze_seq, err) != QN_OK)
        return qn_fail(err, QN_LATER, "order.no-freeze", "office=%s", c->office);
    struct qn_err none;
    if (!rc && log_first_cosigned(st, &c->log, c->freeze_seq, store_self(st)->office, &c->size,
                                  &c->cosigned_s, &none))
        return qn_fail(err, QN_LATER, "order.freeze-not-cosigned", "office=%s|seq=%llu", c->office,
                       (unsigned long long)c->freeze_seq);
    if (!rc)
        rc = log_root(st, &c->log, c->size, c->root, err);
    if (!rc)
        rc = ground_load(&g, st, c->log.origin, c->freeze_seq, err);
    if (!rc)
        rc = ground_check(&g, err);
    if (!rc)
        rc = read_heard(c, st, err);
    for (size_t i = 0; !rc && i < g.roster.r.ninspectors; i++)
        c->available += g.roster.r.inspector[i].available;
    if (!rc) {
        memcpy(c->freeze_leaf, g.leaf, QN_HASH);
        memcpy(c->freeze_date, g.freeze.date, sizeof(c->freeze_date));
    }
    return rc;
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

/* ---- one slot --------------------------------------------------------------------------------------------------- */

struct issue {
    struct store *st;
    const struct order_options *o;
    struct order_outcomes out;
    size_t cap;
    char today[11];
    uint64_t now_ms;
    struct child child;
};

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
    if (!tree_parent(i->st, s->drawer, parent) || strcmp(parent, self) != 0)
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

static void narrow(const struct issue *i, const struct slot *s, struct order_outcome *out)
{
    const char *from =
        i->o->from && strcmp(i->o->from, s->window_from) > 0 ? i->o->from : s->window_from;
    const char *to = i->o->to && strcmp(i->o->to, s->window_to) < 0 ? i->o->to : s->window_to;
    memcpy(out->window_from, from, sizeof(out->window_from));
    memcpy(out->window_to, to, sizeof(out->window_to));
}

static enum qn_code judge_slot(struct issue *i, const struct slot *s, const struct qn_rules *rules,
                               struct order_outcome *out, struct qn_err *err)
{
    const struct child *c = &i->child;
    bool accepted = true;
    if (s->type == QN_PAIRS)
        return qn_fail(err, QN_DENIED, "order.type", "type=%s", qn_slot_type_name(s->type));
    if (strcmp(s->issuer, s->drawer) == 0) {
        enum qn_code rc = slot_plan_accepted(&accepted, i->st, store_self(i->st)->office, s->issuer,
                                             s->plan_id, s->plan_rev, err);
        if (rc)
            return rc;
    }
    if (!accepted)
        return qn_fail(err, QN_LATER, "order.plan-not-accepted", "plan=%s/%s", s->issuer,
                       s->series);
    if (strcmp(out->window_from, out->window_to) > 0)
        return qn_fail(err, QN_DENIED, "order.window-empty", "from=%s|to=%s", s->window_from,
                       s->window_to);
    /* Without a freeze nothing is promised about the roster: the office is only to be known. */
    if (out->level == QN_UNWITNESSED ? !c->known : !c->ready) {
        *err = c->why;
        return c->why.code;
    }
    if (out->level > rules->level)
        return qn_fail(err, QN_LATER, "order.level-low", "level=%s|lowest=%s",
                       qn_draw_level_name(out->level), qn_draw_level_name(rules->level));
    /* A small pool is only flagged; with nobody at all no visit could be made, and a draw is never repeated. */
    if (out->level != QN_UNWITNESSED && s->type == QN_BOTH && !c->available)
        return qn_fail(err, QN_LATER, "order.no-inspectors", "office=%s|seq=%llu", c->office,
                       (unsigned long long)c->freeze_seq);
    uint64_t now_s = i->now_ms / 1000, age_s = now_s > c->cosigned_s ? now_s - c->cosigned_s : 0;
    if (out->level != QN_UNWITNESSED && age_s > (uint64_t)rules->age_days * 86400)
        return qn_fail(err, QN_LATER, "order.freeze-stale", "office=%s|days=%u", c->office,
                       rules->age_days);
    if (out->level != QN_UNWITNESSED &&
        !freeze_date_fits(c->freeze_date, wire_day_at(c->cosigned_s), rules->age_days))
        return qn_fail(err, QN_LATER, "order.freeze-date", "office=%s|date=%s|days=%u", c->office,
                       c->freeze_date, rules->age_days);
    return QN_OK;
}

/* Heard over HTTP within the rules' hours: what it draws can be cosigned in time to count as witnessed. */
static enum qn_draw_level level_for(const struct issue *i, const struct qn_rules *rules)
{
    if (i->o->level)
        return i->o->level;
    int64_t since_ms = (int64_t)i->now_ms - i->child.heard_ms;
    return i->child.heard_ms && since_ms <= (int64_t)rules->witness_hours * 3600000 ? QN_WITNESSED
                                                                                    : QN_OFFLINE;
}

static enum qn_code sign_note(struct qn_buf *note, struct store *st, const struct qn_order *o,
                              struct qn_err *err)
{
    const struct keys *keys;
    QN_AUTO(qn_buf) struct qn_buf text;
    struct qn_order again;
    qn_buf_init(&text, QN_NOTE_MAX);
    qn_order_text(&text, o);
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc)
        rc = qn_buf_check(&text, err);
    if (!rc) /* what a drawer could not read is never signed */
        rc = qn_order_parse(&again, qn_buf_span(&text), err);
    if (rc)
        return rc;
    qn_put_span(note, qn_buf_span(&text));
    qn_put_str(note, "\n");
    qn_note_sign(note, qn_buf_span(&text), qn_str(store_origin(st)), keys_log_sk(keys));
    return qn_buf_check(note, err);
}

static enum qn_code write_order(struct issue *i, const struct slot *s, const struct qn_rules *rules,
                                struct order_outcome *out, struct qn_err *err)
{
    const struct child *c = &i->child;
    struct qn_order o = {
        .nslots = 1, .level = out->level, .has_freeze = out->level != QN_UNWITNESSED, .nkeys = 1};
    struct qn_slot_key *key = &o.slot[0];
    memcpy(o.parent, store_origin(i->st), sizeof(o.parent));
    memcpy(o.office_origin, c->log.origin, sizeof(o.office_origin));
    memcpy(key->issuer, s->issuer, sizeof(key->issuer));
    memcpy(key->series, s->series, sizeof(key->series));
    memcpy(key->task, s->task, sizeof(key->task));
    key->round = s->round;
    key->type = s->type;
    memcpy(key->rules_hash, rules->hash, QN_HASH);
    if (o.has_freeze) {
        o.freeze.index = c->freeze_seq;
        memcpy(o.freeze.origin, c->log.origin, sizeof(o.freeze.origin));
        memcpy(o.freeze.leaf, c->freeze_leaf, QN_HASH);
        o.freeze_head.size = c->size;
        memcpy(o.freeze_head.origin, c->log.origin, sizeof(o.freeze_head.origin));
        memcpy(o.freeze_head.root, c->root, QN_HASH);
    }
    memcpy(o.vrf[0], c->cert.vrf, QN_PUBKEY);
    memcpy(o.window_from, out->window_from, sizeof(o.window_from));
    memcpy(o.window_to, out->window_to, sizeof(o.window_to));
    randombytes_buf(o.nonce, sizeof(o.nonce));
    QN_AUTO(qn_buf) struct qn_buf note;
    qn_buf_init(&note, QN_NOTE_MAX);
    QN_AUTO(act) struct act a = {0};
    enum qn_code rc = sign_note(&note, i->st, &o, err);
    if (!rc)
        rc = act_begin(&a, i->st, QN_KIND_ORDER, QN_LANE_DRAW, err);
    if (!rc && o.has_freeze)
        rc = act_dep(&a, c->log.origin, c->size, c->root, err);
    if (!rc)
        rc = act_part(&a, QN_PUBLIC, QN_TO_OFFICE, s->drawer, err);
    if (rc)
        return rc;
    struct qn_row row;
    row_start(&row, &a, "draw_order", act_id(&a), 1);
    row_text(&row, "drawer", s->drawer);
    row_text(&row, "issuer", s->issuer);
    row_text(&row, "series", s->series);
    row_text(&row, "task", s->task);
    row_int(&row, "round", s->round);
    row_text(&row, "type", qn_slot_type_name(s->type));
    row_int(&row, "attempt", 0);
    row_int(&row, "supp", 0);
    row_span(&row, "note", qn_buf_span(&note));
    rc = act_put(&a, &row, err);
    return rc ? rc : act_commit(&a, &out->seq, NULL, err);
}

/* ---- all slots ---------------------------------------------------------------------------------------------------- */

static struct order_outcome *add_outcome(struct issue *i, const struct slot *s, struct qn_err *err)
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
    struct order_outcome *out = &l->at[l->n++];
    *out = (struct order_outcome){.issued = false};
    slot_name(out->slot, s->issuer, s->series, s->task, s->round);
    memcpy(out->drawer, s->drawer, sizeof(out->drawer));
    return out;
}

/* A witnessed order waits for its window: drawn later than the rules' hours it would not count as witnessed. */
static bool is_ahead(const struct issue *i, const char *from, enum qn_draw_level level)
{
    int32_t days = i->o->ahead_days >= 0   ? i->o->ahead_days
                   : level == QN_WITNESSED ? 0
                                           : ORDER_AHEAD_DAYS;
    return wire_day(qn_str(from)) > wire_day(qn_str(i->today)) + days;
}

static enum qn_code take_slot(struct issue *i, const struct slot *s, struct qn_err *err)
{
    struct qn_rules rules;
    bool had;
    if (!is_wanted(i, s) || !is_ours(i, s))
        return QN_OK;
    enum qn_code rc = has_order(&had, i, s, err);
    if (!rc && !had && strcmp(s->window_to, i->today) >= 0) {
        rc = qn_rules_parse(&rules, qn_str(s->rules), err);
        if (!rc)
            rc = meet(&i->child, i->st, s->drawer, err);
    } else if (!rc) {
        i->out.had += had;
        i->out.over += !had;
        return QN_OK;
    }
    if (rc)
        return rc;
    enum qn_draw_level level = level_for(i, &rules);
    struct order_outcome made = {.level = level};
    narrow(i, s, &made);
    if (is_ahead(i, made.window_from, level)) {
        i->out.ahead++;
        return QN_OK;
    }
    struct order_outcome *out = add_outcome(i, s, err);
    if (!out)
        return QN_NOMEM;
    out->level = level;
    memcpy(out->window_from, made.window_from, sizeof(out->window_from));
    memcpy(out->window_to, made.window_to, sizeof(out->window_to));
    rc = judge_slot(i, s, &rules, out, &out->why);
    if (!rc)
        rc = write_order(i, s, &rules, out, &out->why);
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
    if (!rc &&
        ((o->from && !wire_is_date(qn_str(o->from))) || (o->to && !wire_is_date(qn_str(o->to)))))
        rc = qn_fail(err, QN_MALFORMED, "order.dates", "from=%s|to=%s", o->from ? o->from : "",
                     o->to ? o->to : "");
    if (!rc)
        rc = slots_read(&slots, st, NULL, err);
    for (size_t k = 0; !rc && k < slots.n; k++)
        rc = take_slot(&i, &slots.slot[k], err);
    if (rc) {
        order_outcomes_free(&i.out);
        return rc;
    }
    *out = i.out;
    return QN_OK;
}
