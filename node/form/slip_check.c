/* slip_check.c - a slip held against the logs of this office. */
#include "node/form/slip_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/draw/show.h"
#include "node/draw/slot.h"
#include "qian/evidence.h"
#include "qian/slip.h"

struct holding {
    struct store *st;
    struct qn_slip slip;
    struct draw_view v;
    struct order_rules rules;
    struct qn_object_attr attr;
    struct qn_evidence
        judged; /* order and result alone: what stands of the object is asked of these */
    uint8_t ticket[QN_HASH];
    slip_told *told;
    void *ctx;
    struct slip_checked *out;
};

static void holding_free(struct holding *h)
{
    draw_view_release(&h->v);
    order_rules_release(&h->rules);
    free(h);
}

static void say(struct holding *h, bool ok, const char *id, const char *fmt, ...) QN_PRINTF(4, 5);
static void say(struct holding *h, bool ok, const char *id, const char *fmt, ...)
{
    char args[600];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(args, sizeof(args), fmt, ap);
    va_end(ap);
    h->told(h->ctx, ok, id, args);
    if (!ok)
        h->out->verdict = SLIP_CONTRADICTS;
}

/* ---- the draw and its freeze -------------------------------------------------------------------- */

/* The entry that a slip names, as it is held here; *same: it is the same one. */
static enum qn_code entry_held(struct holding *h, const struct qn_leaf_ref *at, struct log *log,
                               bool *same, struct qn_err *err)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    enum qn_code rc = log_find(log, h->st, at->origin, err);
    if (!rc)
        rc = log_entry_get(&e, h->st, log, at->index, err);
    if (rc == QN_ABSENT)
        return qn_fail(err, QN_ABSENT, "slip.not-held", "log=%s|seq=%llu", at->origin,
                       (unsigned long long)at->index);
    *same = !rc && memcmp(e.leaf, at->leaf, QN_HASH) == 0;
    return rc;
}

/* SPEC slip-11: "the entries that it names are those of the logs held here" */
static enum qn_code find_draw(struct holding *h, bool *found, struct qn_err *err)
{
    struct log log, frozen;
    bool same = false;
    *found = false;
    enum qn_code rc = entry_held(h, &h->slip.draw, &log, &same, err);
    if (rc)
        return rc;
    const char *origin = h->slip.draw.origin;
    const unsigned long long seq = (unsigned long long)h->slip.draw.index;
    say(h, same, same ? "slip.is-draw" : "slip.is-no-draw", "log=%s|seq=%llu", origin, seq);
    if (!same)
        return QN_OK;
    rc = draw_show(&h->v, h->st, log.office, qn_row_id(log.epoch, h->slip.draw.index, 0), err);
    if (rc == QN_ABSENT)
        return qn_fail(err, QN_ABSENT, "slip.not-held", "log=%s|seq=%llu", origin, seq);
    if (rc)
        return rc;
    qn_text_copy(h->out->draw, sizeof(h->out->draw), qn_str(h->v.draw));
    if (!h->v.has_order || !h->v.has_freeze)
        return qn_fail(err, QN_ABSENT, "slip.not-held", "log=%s|seq=%llu", origin, seq);
    const struct qn_leaf_ref *want = &h->v.record.res->freeze;
    rc = entry_held(h, &h->slip.freeze, &frozen, &same, err);
    if (rc)
        return rc;
    *found = same && strcmp(want->origin, h->slip.freeze.origin) == 0 &&
             want->index == h->slip.freeze.index &&
             memcmp(want->leaf, h->slip.freeze.leaf, QN_HASH) == 0;
    say(h, *found, *found ? "slip.is-freeze" : "slip.is-no-freeze", "date=%s|draw=%s",
        h->v.freeze.date, h->v.draw);
    return QN_OK;
}

/* ---- the object --------------------------------------------------------------------------------- */

static const char *task_of(const struct holding *h, unsigned slot)
{
    return h->v.order.o.slot[slot - 1].task;
}

static bool is_object(const struct holding *h, const struct draw_target *t, unsigned slot)
{
    return t->slot_no == slot && t->object && strcmp(t->object, h->slip.object_id) == 0;
}

/* On the list as it was drawn: what came to it later follows from exceptions, not from a ticket. */
static const struct draw_target *drawn(const struct holding *h, unsigned slot)
{
    for (size_t i = 0; i < h->v.ntargets; i++) {
        const struct draw_target *t = &h->v.target[i];
        if (is_object(h, t, slot) && (t->mode == QN_MUST || t->mode == QN_LOT) &&
            t->after != AFTER_SUCCEEDS && t->after != AFTER_RECEIVED)
            return t;
    }
    return NULL;
}

static size_t rank_of(const struct holding *h, unsigned slot)
{
    size_t rank = 1;
    for (size_t i = 0; i < h->v.ntargets; i++) {
        const struct draw_target *t = &h->v.target[i];
        rank += t->slot_no == slot && t->mode == QN_LOT && t->after != AFTER_SUCCEEDS &&
                t->after != AFTER_RECEIVED && memcmp(t->ticket, h->ticket, QN_HASH) < 0;
    }
    return rank;
}

static void say_place(struct holding *h, unsigned slot, const struct qn_place *p)
{
    const char *task = task_of(h, slot);
    switch (p->standing) {
    case QN_STANDS_OUTSIDE:
        say(h, true, "check.stands-outside", "task=%s", task);
        return;
    case QN_STANDS_EXCLUDED:
        say(h, true, "check.stands-excluded", "task=%s|reason=%u", task, p->reason);
        return;
    case QN_STANDS_MUST:
        say(h, true, "check.stands-must", "task=%s|reason=%u", task, p->reason);
        return;
    case QN_STANDS_CAPPED:
        say(h, true, "check.stands-capped", "task=%s", task);
        return;
    case QN_STANDS_IN_STRATUM:
        say(h, true, "check.stands-in", "task=%s|stratum=%u", task, p->stratum);
        return;
    }
}

/* Of what is on the list: a must as a must, a lot in a stratum at or below its cut-off. */
static bool stands_as_drawn(const struct holding *h, const struct draw_target *t,
                            const struct qn_place *p)
{
    const struct qn_result *r = &h->judged.result;
    if (t->mode == QN_MUST)
        return p->standing == QN_STANDS_MUST;
    for (unsigned i = 0; p->standing == QN_STANDS_IN_STRATUM && i < r->nstrata; i++) {
        const struct qn_stratum_line *l = &r->stratum[i];
        if (l->slot == t->slot_no && l->stratum == p->stratum)
            return l->has_cutoff && memcmp(h->ticket, l->cutoff, QN_HASH) <= 0;
    }
    return false;
}

static void say_ticket(struct holding *h, unsigned slot, const struct qn_place *p)
{
    for (unsigned i = 0; p->standing == QN_STANDS_IN_STRATUM && i < h->judged.result.nstrata; i++) {
        const struct qn_stratum_line *l = &h->judged.result.stratum[i];
        char cut[2 * QN_HASH + 1] = "-";
        if (l->slot != slot || l->stratum != p->stratum)
            continue;
        if (l->has_cutoff)
            qn_hex(cut, l->cutoff, QN_HASH);
        bool above = !l->has_cutoff || memcmp(h->ticket, l->cutoff, QN_HASH) > 0;
        say(h, above, above ? "check.above-cutoff" : "check.below-cutoff",
            "task=%s|stratum=%u|cutoff=%s", task_of(h, slot), l->stratum, cut);
    }
}

static void say_after(struct holding *h, unsigned slot)
{
    for (size_t i = 0; i < h->v.ntargets; i++) {
        const struct draw_target *t = &h->v.target[i];
        char id[40];
        if (!is_object(h, t, slot) || t->after == AFTER_NOTHING)
            continue;
        snprintf(id, sizeof(id), "slip.after-%s", draw_how_after(t->after).word);
        say(h, true, id, "task=%s", task_of(h, slot));
    }
}

/* SPEC slip-12: "each slot of its order is judged by the rules that the order names" */
static void judge_slot(struct holding *h, unsigned slot)
{
    struct qn_place p;
    struct qn_err why;
    const char *task = task_of(h, slot);
    const struct draw_target *t = drawn(h, slot);
    qn_slip_place(&p, &h->slip, &h->attr, &h->rules.at[slot - 1].rules);
    say_place(h, slot, &p);
    if (t && t->mode == QN_MUST)
        say(h, true, "check.must", "object=%s|task=%s", h->slip.object_id, task);
    else if (t)
        say(h, true, "check.drawn", "object=%s|task=%s|rank=%zu", h->slip.object_id, task,
            rank_of(h, slot));
    else
        say(h, true, "slip.not-on-list", "object=%s|task=%s", h->slip.object_id, task);
    if (!t && h->v.order.o.supp) { /* it may be on an earlier list, or was never left over */
        say(h, true, "slip.supplement", "task=%s", task);
        if (h->out->verdict == SLIP_AGREES)
            h->out->verdict = SLIP_UNJUDGED;
    } else if (t ? !stands_as_drawn(h, t, &p) : false) {
        say(h, false, "check.drawn-elsewhere", "task=%s", task);
    } else if (!t && qn_evidence_place(&h->judged, (uint8_t)slot, &p, h->ticket, &why)) {
        say_ticket(h, slot, &p);
        say(h, false, why.id, "%s", why.args);
    } else {
        if (!t)
            say_ticket(h, slot, &p);
        say(h, true, "check.agrees", "task=%s", task);
    }
    say_after(h, slot);
}

static enum qn_code judge(struct holding *h, struct qn_err *err)
{
    struct qn_err why;
    struct qn_draw_keys keys;
    char hex[2 * QN_HASH + 1];
    if (qn_slip_open(&h->attr, &h->slip, &h->v.freeze, &why) != QN_OK) {
        say(h, false, why.id, "%s", why.args);
        return QN_OK;
    }
    say(h, true, "check.slip", "object=%s", h->slip.object_id);
    if (!h->v.has_seed) {
        say(h, false, "slip.no-seed", "draw=%s", h->v.draw);
        return QN_OK;
    }
    enum qn_code rc = order_rules_find(&h->rules, h->st, &h->v.order.o, err);
    if (rc)
        return rc;
    qn_draw_keys(&keys, h->v.seed);
    qn_ticket(h->ticket, &keys, qn_str(h->slip.object_id));
    qn_hex(hex, h->ticket, QN_HASH);
    say(h, true, "check.ticket", "object=%s|ticket=%s", h->slip.object_id, hex);
    h->judged.order = h->v.order.o;
    h->judged.result = *h->v.record.res;
    for (unsigned i = 1; i <= h->v.order.o.nslots; i++)
        judge_slot(h, i);
    return QN_OK;
}

enum qn_code slip_check(struct slip_checked *out, struct store *st, struct qn_span text,
                        slip_told *told, void *ctx, struct qn_err *err)
{
    bool found = false;
    *out = (struct slip_checked){.verdict = SLIP_AGREES};
    struct holding *h = calloc(1, sizeof(*h));
    if (!h)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    h->st = st;
    h->told = told;
    h->ctx = ctx;
    h->out = out;
    enum qn_code rc = qn_slip_parse(&h->slip, text, err);
    if (!rc) {
        qn_text_copy(out->object, sizeof(out->object), qn_str(h->slip.object_id));
        rc = find_draw(h, &found, err);
    }
    if (!rc && found)
        rc = judge(h, err);
    holding_free(h);
    return rc;
}
