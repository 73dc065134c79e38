/* check_object.c - what the draw says about one object, and what its owner's slip adds. */
#include <stdio.h>
#include <string.h>

#include "node/publish/check_parts.h"
#include "node/store/file.h"
#include "qian/uscc.h"

static const char *task_of(const struct check *c, uint8_t slot)
{
    return slot >= 1 && slot <= c->ev.order.nslots ? c->ev.order.slot[slot - 1].task : "?";
}

/* ---- the list ----------------------------------------------------------------------------------- */

/* Place by ticket among the lots of the slot, from 1. */
static size_t rank_of(const struct check *c, uint8_t slot, const uint8_t ticket[QN_HASH])
{
    size_t rank = 1;
    for (size_t i = 0; i < c->ev.nselected; i++) {
        const struct qn_ev_selected *s = &c->ev.selected[i];
        uint8_t other[QN_HASH];
        if (s->slot != slot || s->mode != QN_LOT)
            continue;
        qn_evidence_ticket(other, &c->ev, s->object_id);
        rank += memcmp(other, ticket, QN_HASH) < 0;
    }
    return rank;
}

static bool say_drawn(struct check *c, const uint8_t ticket[QN_HASH])
{
    bool drawn = false;
    for (unsigned i = 1; i <= c->ev.order.nslots; i++) {
        const struct qn_ev_selected *s = qn_evidence_find(&c->ev, (uint8_t)i, qn_str(c->o->object));
        if (!s)
            continue;
        drawn = true;
        if (s->mode == QN_MUST)
            check_ok(c, "check.must", "object=%s|task=%s", c->o->object, task_of(c, s->slot));
        else
            check_ok(c, "check.drawn", "object=%s|task=%s|rank=%zu", c->o->object,
                     task_of(c, s->slot), rank_of(c, s->slot, ticket));
    }
    return drawn;
}

/* SPEC public-22: "An object on an earlier list of the slot line could not be drawn once more" */
static bool drawn_before(const struct check *c, unsigned slot)
{
    return qn_evidence_drawn_before(c->chain, c->nchain, (uint8_t)slot, qn_str(c->o->object));
}

/* SPEC public-22: "one on an earlier list of another slot line may be void there, and is left out then" */
static bool drawn_elsewhere(const struct check *c)
{
    bool found = false;
    for (unsigned i = 1; i <= c->ev.order.nslots; i++)
        found = found || drawn_before(c, i);
    return found;
}

/* SPEC public-12: "its ticket is told beside the cut-off of every stratum" */
static bool say_not_selected(struct check *c, const uint8_t ticket[QN_HASH])
{
    bool below = false;
    check_ok(c, "check.not-selected", "object=%s", c->o->object);
    for (unsigned i = 0; i < c->ev.result.nstrata; i++) {
        const struct qn_stratum_line *s = &c->ev.result.stratum[i];
        if (drawn_before(c, s->slot))
            continue;
        char cut[2 * QN_HASH + 1] = "-";
        if (s->has_cutoff)
            qn_hex(cut, s->cutoff, QN_HASH);
        bool under = s->has_cutoff && memcmp(ticket, s->cutoff, QN_HASH) <= 0;
        check_ok(c, under ? "check.below-cutoff" : "check.above-cutoff",
                 "task=%s|stratum=%u|cutoff=%s", task_of(c, s->slot), s->stratum, cut);
        below = below || under;
    }
    return below;
}

/* ---- the slip ----------------------------------------------------------------------------------- */

static enum qn_code names_this_draw(const struct check *c, const struct qn_slip *s,
                                    struct qn_err *why)
{
    const struct qn_ev_entry *d = &c->ev.entry[QN_EV_DRAW], *f = &c->ev.entry[QN_EV_FREEZE];
    if (strcmp(s->object_id, c->o->object) != 0)
        return qn_fail(why, QN_UNVERIFIED, "check.slip-object", "slip=%s|object=%s", s->object_id,
                       c->o->object);
    if (strcmp(s->draw.origin, d->origin) != 0 || s->draw.index != d->seq ||
        memcmp(s->draw.leaf, d->leaf, QN_HASH) != 0 || strcmp(s->freeze.origin, f->origin) != 0 ||
        s->freeze.index != f->seq || memcmp(s->freeze.leaf, f->leaf, QN_HASH) != 0)
        return qn_fail(why, QN_UNVERIFIED, "check.slip-draw", "log=%s|seq=%llu", s->draw.origin,
                       (unsigned long long)s->draw.index);
    return QN_OK;
}

static enum qn_code open_slip(struct check *c, struct qn_slip *slip, struct qn_object_attr *attr)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct qn_err why;
    enum qn_code rc = file_read(&b, c->o->slip, QN_SLIP_MAX, &why);
    if (!rc)
        rc = qn_slip_parse(slip, qn_buf_span(&b), &why);
    if (!rc)
        rc = names_this_draw(c, slip, &why);
    if (!rc)
        rc = qn_slip_open(attr, slip, &c->ev.freeze, &why);
    if (rc)
        check_fails(c, &why, "check.slip", "object=%s", c->o->object);
    else
        check_ok(c, "check.slip", "object=%s", c->o->object);
    return rc;
}

static void say_place(struct check *c, unsigned slot, const struct qn_place *p)
{
    const char *task = task_of(c, (uint8_t)slot);
    switch (p->standing) {
    case QN_STANDS_OUTSIDE:
        check_ok(c, "check.stands-outside", "task=%s", task);
        return;
    case QN_STANDS_EXCLUDED:
        check_ok(c, "check.stands-excluded", "task=%s|reason=%u", task, p->reason);
        return;
    case QN_STANDS_MUST:
        check_ok(c, "check.stands-must", "task=%s|reason=%u", task, p->reason);
        return;
    case QN_STANDS_CAPPED:
        check_ok(c, "check.stands-capped", "task=%s", task);
        return;
    case QN_STANDS_IN_STRATUM:
        check_ok(c, "check.stands-in", "task=%s|stratum=%u", task, p->stratum);
        return;
    }
}

/* What is drawn must stand where it can be drawn: a must as a must, a lot in a stratum at or below its cut-off. */
static enum qn_code judge_drawn(const struct check *c, const struct qn_ev_selected *s,
                                const struct qn_place *p, const uint8_t ticket[QN_HASH],
                                struct qn_err *why)
{
    if (s->mode == QN_MUST ? p->standing == QN_STANDS_MUST : false)
        return QN_OK;
    for (unsigned i = 0;
         s->mode == QN_LOT && p->standing == QN_STANDS_IN_STRATUM && i < c->ev.result.nstrata;
         i++) {
        const struct qn_stratum_line *l = &c->ev.result.stratum[i];
        if (l->slot == s->slot && l->stratum == p->stratum && l->has_cutoff &&
            memcmp(ticket, l->cutoff, QN_HASH) <= 0)
            return QN_OK;
    }
    return qn_fail(why, QN_UNVERIFIED, "check.drawn-elsewhere", "task=%s", task_of(c, s->slot));
}

/* true: every slot of the order was judged and agrees. */
static bool judge_slip(struct check *c, const uint8_t ticket[QN_HASH])
{
    struct qn_slip slip;
    struct qn_object_attr attr;
    bool complete = true;
    if (open_slip(c, &slip, &attr) != QN_OK)
        return false;
    for (unsigned i = 1; i <= c->ev.order.nslots; i++) {
        struct qn_place p;
        struct qn_err why;
        const struct qn_ev_selected *s = qn_evidence_find(&c->ev, (uint8_t)i, qn_str(c->o->object));
        if (!c->rules_of[i - 1]) {
            check_fails(c, NULL, "check.no-rules", "task=%s", task_of(c, (uint8_t)i));
            complete = false;
            continue;
        }
        qn_slip_place(&p, &slip, &attr, c->rules_of[i - 1]);
        say_place(c, i, &p);
        if (!s && drawn_elsewhere(c))
            continue;
        enum qn_code rc = s ? judge_drawn(c, s, &p, ticket, &why)
                            : qn_evidence_place(&c->ev, (uint8_t)i, &p, ticket, &why);
        if (rc) {
            check_fails(c, &why, "check.agrees", "task=%s", task_of(c, (uint8_t)i));
            complete = false;
        } else {
            check_ok(c, "check.agrees", "task=%s", task_of(c, (uint8_t)i));
        }
    }
    return complete;
}

static bool mistyped(const char *object, struct qn_err *why)
{
    struct qn_uscc u;
    if (strlen(object) != 2 + QN_USCC || !strchr("EICNS", object[0]))
        return false;
    qn_uscc_read(&u, qn_str(object + 2));
    return u.verdict == QN_USCC_BAD_CHECK &&
           qn_fail(why, QN_MALFORMED, "check.object-uscc", "code=%s|want=%c", u.code, u.want) != QN_OK;
}

void check_object(struct check *c)
{
    uint8_t ticket[QN_HASH];
    char hex[2 * QN_HASH + 1];
    struct qn_err why;
    if (qn_object_id_check(qn_str(c->o->object), &why) != QN_OK) {
        check_fails(c, &why, "check.object", "object=%s", c->o->object);
        return;
    }
    qn_evidence_ticket(ticket, &c->ev, qn_str(c->o->object));
    qn_hex(hex, ticket, QN_HASH);
    check_ok(c, "check.ticket", "object=%s|ticket=%s", c->o->object, hex);
    bool drawn = say_drawn(c, ticket);
    /* A mistyped code is never drawn, and must not read as good news. */
    if (!drawn && !c->o->slip && mistyped(c->o->object, &why)) {
        check_fails(c, &why, "check.object", "object=%s", c->o->object);
        return;
    }
    for (unsigned i = 1; i <= c->ev.order.nslots; i++)
        if (drawn_before(c, i))
            check_ok(c, "check.drawn-before", "object=%s|task=%s", c->o->object, task_of(c, (uint8_t)i));
    bool below = !drawn && say_not_selected(c, ticket);
    c->report->answer = drawn ? ANSWER_DRAWN : below ? ANSWER_ASK_SLIP : ANSWER_NOT_SELECTED;
    if (c->o->slip && judge_slip(c, ticket) && !drawn)
        c->report->answer = ANSWER_COMPLETE;
}
