#include "node/draw/slot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/wire.h"

#define SLOTS_MAX \
    200000 /* a province's plans of several years: 10,000 offices, some twenty tasks */

/* ---- names ------------------------------------------------------------------------------------------------- */

bool slot_type_parse(enum qn_slot_type *out, struct qn_span name)
{
    for (int t = QN_BOTH; t <= QN_PAIRS; t++)
        if (qn_span_is(name, qn_slot_type_name((enum qn_slot_type)t))) {
            *out = (enum qn_slot_type)t;
            return true;
        }
    return false;
}

bool draw_level_parse(enum qn_draw_level *out, const char *name)
{
    for (int l = QN_WITNESSED; l <= QN_UNWITNESSED; l++)
        if (strcmp(name, qn_draw_level_name((enum qn_draw_level)l)) == 0) {
            *out = (enum qn_draw_level)l;
            return true;
        }
    return false;
}

void slot_name(char out[SLOT_NAME_MAX], const char *issuer, const char *series, const char *task,
               uint32_t round)
{
    snprintf(out, SLOT_NAME_MAX, "%s/%s/%s/%u", issuer, series, task, round);
}

void slot_key_name(char out[SLOT_NAME_MAX], const struct qn_slot_key *key)
{
    slot_name(out, key->issuer, key->series, key->task, key->round);
}

bool slot_key_same(const struct qn_slot_key *a, const struct qn_slot_key *b)
{
    return a->round == b->round && a->type == b->type && strcmp(a->issuer, b->issuer) == 0 &&
           strcmp(a->series, b->series) == 0 && strcmp(a->task, b->task) == 0;
}

void order_slots_name(char out[SLOT_NAME_MAX], const struct qn_order *o)
{
    slot_key_name(out, &o->slot[0]);
    size_t used = strlen(out);
    for (unsigned i = 1; i < o->nslots; i++) {
        const struct qn_slot_key *k = &o->slot[i], *first = &o->slot[0];
        char one[SLOT_NAME_MAX];
        slot_key_name(one, k);
        if (strcmp(k->issuer, first->issuer) == 0 && strcmp(k->series, first->series) == 0)
            snprintf(one, sizeof(one), "%s/%u", k->task, k->round);
        if (used + strlen(one) + 8 > SLOT_NAME_MAX) { /* room for "+(15)" */
            snprintf(out + used, SLOT_NAME_MAX - used, "+(%u)", o->nslots - i);
            return;
        }
        used += (size_t)snprintf(out + used, SLOT_NAME_MAX - used, "+%s", one);
    }
}

void draw_name(char out[DRAW_NAME_MAX], const char *office, int64_t id)
{
    char row[40];
    qn_row_id_text(row, id);
    snprintf(out, DRAW_NAME_MAX, "%s:%s", office, row);
}

enum qn_code draw_name_parse(char office[QN_CODE_MAX + 1], int64_t *id, const char *name,
                             struct qn_err *err)
{
    const char *colon = strchr(name, ':');
    struct qn_span code = {(const uint8_t *)name, colon ? (size_t)(colon - name) : 0};
    struct qn_err inner;
    if (!colon || !wire_is_code(code) || qn_row_id_parse(id, qn_str(colon + 1), &inner) != QN_OK ||
        !qn_text_copy(office, QN_CODE_MAX + 1, code))
        return qn_fail(err, QN_MALFORMED, "draw.name", "name=%s", name);
    return QN_OK;
}

int32_t slot_last_day(const char *window_to, uint32_t return_days)
{
    return wire_day_after(qn_str(window_to), return_days);
}

/* ---- slots ---------------------------------------------------------------------------------------------------- */

bool slot_is_joint(const struct slot *a, const struct slot *b)
{
    return a->joint[0] && strcmp(a->joint, b->joint) == 0 && a->plan_id == b->plan_id &&
           a->round == b->round && a->type == b->type && strcmp(a->issuer, b->issuer) == 0 &&
           strcmp(a->drawer, b->drawer) == 0;
}

void slot_joint_window(char from[11], char to[11], const struct slots *all, const struct slot *s)
{
    const char *first = s->window_from, *last = s->window_to;
    for (size_t i = 0; s->joint[0] && i < all->n; i++) {
        const struct slot *o = &all->slot[i];
        if (o->withdrawn || !slot_is_joint(s, o))
            continue;
        first = strcmp(o->window_from, first) > 0 ? o->window_from : first;
        last = strcmp(o->window_to, last) < 0 ? o->window_to : last;
    }
    bool common = strcmp(first, last) <= 0;
    memcpy(from, common ? first : s->window_from, 11);
    memcpy(to, common ? last : s->window_to, 11);
}

void slots_free(struct slots *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->slot[i].rules);
    free(s->slot);
    *s = (struct slots){0};
}

/* false: the row does not make a slot (rules of the slot's other type, say), or there is no memory. */
static bool from_row(struct slot *s, struct query *q, enum qn_code *rc, struct qn_err *err)
{
    struct qn_rules rules;
    struct qn_err inner;
    *s = (struct slot){.round = q_u32(q, 3),
                       .plan_id = q_int(q, 8),
                       .plan_rev = q_int(q, 9),
                       .id = q_int(q, 12),
                       .rev = q_int(q, 13),
                       .withdrawn = q_int(q, 14) != 0};
    bool ok = qn_text_copy(s->issuer, sizeof(s->issuer), q_span(q, 0)) &&
              qn_text_copy(s->series, sizeof(s->series), q_span(q, 1)) &&
              qn_text_copy(s->task, sizeof(s->task), q_span(q, 2)) &&
              slot_type_parse(&s->type, q_span(q, 4)) &&
              qn_text_copy(s->drawer, sizeof(s->drawer), q_span(q, 5)) &&
              qn_text_copy(s->joint, sizeof(s->joint), q_span(q, 11)) &&
              wire_is_date(q_span(q, 6)) && wire_is_date(q_span(q, 7)) &&
              qn_text_copy(s->window_from, sizeof(s->window_from), q_span(q, 6)) &&
              qn_text_copy(s->window_to, sizeof(s->window_to), q_span(q, 7)) &&
              qn_rules_parse(&rules, q_span(q, 10), &inner) == QN_OK && rules.type == s->type &&
              rules.round == s->round && strcmp(rules.issuer, s->issuer) == 0 &&
              strcmp(rules.series, s->series) == 0 && strcmp(rules.task, s->task) == 0;
    if (!ok)
        return false;
    s->rules = malloc(q_span(q, 10).n + 1);
    if (!s->rules) {
        *rc = qn_fail(err, QN_NOMEM, "base.no-memory", "");
        return false;
    }
    return qn_text_copy(s->rules, q_span(q, 10).n + 1, q_span(q, 10));
}

static enum qn_code read_slots(struct slots *out, struct store *st, const char *drawer, bool all,
                               struct qn_err *err)
{
    QN_AUTO(slots) struct slots s = {0};
    size_t cap = 0;
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(st, SQL_SLOTS_CURRENT);
    q_bind_text(&q, drawer);
    q_bind_int(&q, all);
    while (!rc && q_step(&q)) {
        if (s.n == cap) {
            cap = cap ? cap * 2 : 64;
            struct slot *more = cap <= 2 * SLOTS_MAX ? realloc(s.slot, cap * sizeof(*more)) : NULL;
            if (!more)
                return qn_fail(err, QN_NOMEM, "base.no-memory", "");
            s.slot = more;
        }
        s.n += from_row(&s.slot[s.n], &q, &rc, err);
    }
    if (!rc)
        rc = query_end(&q, err);
    if (rc)
        return rc;
    *out = s;
    s = (struct slots){0};
    return QN_OK;
}

enum qn_code slots_read(struct slots *out, struct store *st, const char *drawer, struct qn_err *err)
{
    return read_slots(out, st, drawer, false, err);
}

enum qn_code slots_read_all(struct slots *out, struct store *st, const char *drawer,
                            struct qn_err *err)
{
    return read_slots(out, st, drawer, true, err);
}

enum qn_code slot_rules_find(struct slot_rules *out, struct store *st,
                             const struct qn_slot_key *key, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_RULES_OF_SLOT);
    q_bind_text(&q, key->issuer);
    q_bind_text(&q, key->task);
    q_bind_int(&q, key->round);
    bool found = false;
    while (!found && q_step(&q)) {
        struct qn_err inner;
        if (qn_rules_parse(&out->rules, q_span(&q, 3), &inner) != QN_OK)
            continue;
        out->plan_id = q_int(&q, 0);
        out->id = q_int(&q, 1);
        out->rev = q_int(&q, 2);
        found = memcmp(out->rules.hash, key->rules_hash, QN_HASH) == 0 &&
                out->rules.type == key->type && out->rules.round == key->round &&
                strcmp(out->rules.issuer, key->issuer) == 0 &&
                strcmp(out->rules.series, key->series) == 0 &&
                strcmp(out->rules.task, key->task) == 0;
    }
    enum qn_code rc = query_end(&q, err);
    if (!rc && !found) {
        char name[SLOT_NAME_MAX];
        slot_key_name(name, key);
        rc = qn_fail(err, QN_ABSENT, "slot.rules-unknown", "slot=%s", name);
    }
    return rc;
}

void order_rules_release(struct order_rules *r)
{
    free(r->at);
    *r = (struct order_rules){.n = 0};
}

static struct slot_rules *more_rules(struct order_rules *r, struct qn_err *err)
{
    struct slot_rules *more = realloc(r->at, (r->n + 1) * sizeof(*more));
    if (!more) {
        (void)qn_fail(err, QN_NOMEM, "base.no-memory", "");
        return NULL;
    }
    r->at = more;
    return &more[r->n];
}

static void take_terms(struct order_rules *r)
{
    const struct qn_rules *one = &r->at[r->n].rules;
    bool first = r->n++ == 0;
    if (first || one->age_days < r->age_days)
        r->age_days = one->age_days;
    if (first || one->witness_hours < r->witness_hours)
        r->witness_hours = one->witness_hours;
    if (first || one->return_days > r->return_days)
        r->return_days = one->return_days;
}

enum qn_code order_rules_add(struct order_rules *out, const char *text, struct qn_err *err)
{
    struct slot_rules *one = more_rules(out, err);
    enum qn_code rc = one ? qn_rules_parse(&one->rules, qn_str(text), err) : QN_NOMEM;
    if (!rc)
        take_terms(out);
    return rc;
}

enum qn_code order_rules_find(struct order_rules *out, struct store *st, const struct qn_order *o,
                              struct qn_err *err)
{
    QN_AUTO(order_rules) struct order_rules r = {.n = 0};
    for (unsigned i = 0; i < o->nslots; i++) {
        struct slot_rules *one = more_rules(&r, err);
        enum qn_code rc = one ? slot_rules_find(one, st, &o->slot[i], err) : QN_NOMEM;
        if (rc)
            return rc;
        take_terms(&r);
    }
    *out = r;
    r = (struct order_rules){.n = 0};
    return QN_OK;
}

enum qn_code slot_plan_accepted(bool *out, struct store *st, const char *parent, const char *issuer,
                                int64_t plan_id, int64_t plan_rev, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PLAN_ACCEPTED);
    q_bind_text(&q, parent);
    q_bind_text(&q, issuer);
    q_bind_int(&q, plan_id);
    *out = q_step(&q) && q_int(&q, 0) >= plan_rev && qn_span_is(q_span(&q, 1), "accepted");
    return query_end(&q, err);
}
