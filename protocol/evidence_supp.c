/* evidence_supp.c - a draw on a supplement beside the draws of its chain that came before it. */
#include <stdlib.h>
#include <string.h>

#include "protocol/wire.h"
#include "qian/evidence.h"

static bool same_slots(const struct qn_order *a, const struct qn_order *b)
{
    bool same = a->nslots == b->nslots;
    for (unsigned s = 0; same && s < a->nslots; s++)
        same = strcmp(a->slot[s].issuer, b->slot[s].issuer) == 0 &&
               strcmp(a->slot[s].series, b->slot[s].series) == 0 &&
               strcmp(a->slot[s].task, b->slot[s].task) == 0 &&
               a->slot[s].round == b->slot[s].round && a->slot[s].type == b->slot[s].type &&
               memcmp(a->slot[s].rules_hash, b->slot[s].rules_hash, QN_HASH) == 0;
    for (unsigned s = 0; same && a->slot[0].type == QN_PAIRS && s < a->nslots; s++)
        same = strcmp(a->list[s].origin, b->list[s].origin) == 0 &&
               a->list[s].index == b->list[s].index &&
               memcmp(a->list[s].leaf, b->list[s].leaf, QN_HASH) == 0;
    return same;
}

/* SPEC exc-10: "the main order's office, slot lines, attempt, level, freeze line and VRF lines, byte for byte" */
bool qn_order_repeats(const struct qn_order *a, const struct qn_order *b)
{
    bool same = strcmp(a->office_origin, b->office_origin) == 0 && same_slots(a, b) &&
                a->attempt == b->attempt && a->level == b->level && a->nkeys == b->nkeys &&
                a->has_freeze == b->has_freeze && a->has_beacon == b->has_beacon;
    if (same && a->has_freeze)
        same = strcmp(a->freeze.origin, b->freeze.origin) == 0 &&
               a->freeze.index == b->freeze.index && a->freeze_head.size == b->freeze_head.size &&
               memcmp(a->freeze.leaf, b->freeze.leaf, QN_HASH) == 0 &&
               memcmp(a->freeze_head.root, b->freeze_head.root, QN_HASH) == 0;
    return same && memcmp(a->vrf, b->vrf, a->nkeys * sizeof(a->vrf[0])) == 0;
}

/* ---- the order ---------------------------------------------------------------------------------- */

static enum qn_code judge_orders(const struct qn_evidence *e,
                                 const struct qn_evidence *const *chain, size_t n,
                                 struct qn_err *err)
{
    const struct qn_order *o = &e->order;
    /* SPEC public-20: "the main order is witnessed" */
    if (chain[0]->order.level != QN_WITNESSED)
        return qn_fail(err, QN_UNVERIFIED, "evidence.supp-path", "");
    for (size_t i = 0; i < n; i++) {
        const struct qn_order *before = &chain[i]->order;
        if (before->supp != i || o->supp != n)
            return qn_fail(err, QN_UNVERIFIED, "evidence.supp-number", "supp=%u|before=%u", o->supp,
                           before->supp);
        if (!qn_order_repeats(before, o) ||
            strcmp(chain[i]->entry[QN_EV_DRAW].office, e->entry[QN_EV_DRAW].office) != 0)
            return qn_fail(err, QN_UNVERIFIED, "evidence.supp-order", "supp=%u", before->supp);
        if (o->has_beacon && strcmp(before->beacon_source, o->beacon_source) == 0 &&
            strcmp(before->beacon_event, o->beacon_event) == 0)
            return qn_fail(err, QN_UNVERIFIED, "evidence.supp-event", "event=%s", o->beacon_event);
    }
    return QN_OK;
}

/* ---- strata ------------------------------------------------------------------------------------- */

static const struct qn_stratum_line *line_of(const struct qn_evidence *e, uint8_t slot, uint8_t no)
{
    for (unsigned i = 0; i < e->result.nstrata; i++)
        if (e->result.stratum[i].slot == slot && e->result.stratum[i].stratum == no)
            return &e->result.stratum[i];
    return NULL;
}

/* SPEC public-20: "the pool of the main draw without the quotas of all draws before" */
static enum qn_code judge_strata(const struct qn_evidence *e,
                                 const struct qn_evidence *const *chain, size_t n,
                                 struct qn_err *err)
{
    bool same = e->result.nstrata == chain[0]->result.nstrata;
    for (unsigned i = 0; same && i < e->result.nstrata; i++) {
        const struct qn_stratum_line *s = &e->result.stratum[i],
                                     *first = line_of(chain[0], s->slot, s->stratum);
        uint64_t left = first ? first->pool : 0;
        same = first && first->base == s->base;
        for (size_t k = 0; same && k < n; k++) {
            const struct qn_stratum_line *b = line_of(chain[k], s->slot, s->stratum);
            same = b && b->quota <= left;
            left -= same ? b->quota : 0;
        }
        same = same && (s->pool == left || (s->pool < left && e->order.nslots > 1));
        if (!same)
            return qn_fail(err, QN_UNVERIFIED, "evidence.supp-stratum",
                           "slot=%u|stratum=%u|pool=%llu|left=%llu", s->slot, s->stratum,
                           (unsigned long long)s->pool, (unsigned long long)left);
    }
    return same ? QN_OK : qn_fail(err, QN_UNVERIFIED, "evidence.supp-strata", "");
}

/* ---- the list ----------------------------------------------------------------------------------- */

bool qn_evidence_drawn_before(const struct qn_evidence *const *chain, size_t n, uint8_t slot,
                              struct qn_span object_id)
{
    for (size_t i = 0; i < n; i++)
        if (qn_evidence_find(chain[i], slot, object_id))
            return true;
    return false;
}

static enum qn_code judge_list(const struct qn_evidence *e, const struct qn_evidence *const *chain,
                               size_t n, struct qn_err *err)
{
    for (size_t i = 0; i < e->nselected; i++) {
        const struct qn_ev_selected *s = &e->selected[i];
        if (s->mode != QN_LOT || qn_evidence_drawn_before(chain, n, s->slot, s->object_id))
            return qn_fail(err, QN_UNVERIFIED, "evidence.supp-list", "slot=%u|object=%.*s", s->slot,
                           (int)s->object_id.n, (const char *)s->object_id.p);
    }
    return QN_OK;
}

/* Picks of the slot that stood behind this cut-off in the main draw. */
static uint64_t behind(const struct qn_evidence *e, const struct qn_evidence *first, uint8_t slot,
                       const uint8_t cutoff[QN_HASH])
{
    uint64_t n = 0;
    for (size_t i = 0; i < e->nselected; i++) {
        uint8_t ticket[QN_HASH];
        if (e->selected[i].slot != slot)
            continue;
        qn_evidence_ticket(ticket, first, e->selected[i].object_id);
        n += memcmp(ticket, cutoff, QN_HASH) > 0;
    }
    return n;
}

/* SPEC public-20: "Behind each cut-off of the main draw stand at least as many of the list as the quotas of all strata
 * whose cut-off there is not below it" */
static enum qn_code judge_tickets(const struct qn_evidence *e, const struct qn_evidence *first,
                                  struct qn_err *err)
{
    for (unsigned i = 0; i < first->result.nstrata; i++) {
        const struct qn_stratum_line *c = &first->result.stratum[i];
        uint64_t due = 0;
        for (unsigned k = 0; c->has_cutoff && k < first->result.nstrata; k++) {
            const struct qn_stratum_line *o = &first->result.stratum[k],
                                         *s = line_of(e, o->slot, o->stratum);
            if (o->slot == c->slot && o->has_cutoff && s &&
                memcmp(o->cutoff, c->cutoff, QN_HASH) >= 0)
                due += s->quota;
        }
        if (due && behind(e, first, c->slot, c->cutoff) < due)
            return qn_fail(err, QN_UNVERIFIED, "evidence.supp-tickets", "slot=%u|stratum=%u",
                           c->slot, c->stratum);
    }
    return QN_OK;
}

enum qn_code qn_evidence_follows(const struct qn_evidence *e,
                                 const struct qn_evidence *const *chain, size_t n,
                                 struct qn_err *err)
{
    enum qn_code rc = n ? judge_orders(e, chain, n, err)
                        : qn_fail(err, QN_UNVERIFIED, "evidence.supp-number", "supp=%u|before=%u",
                                  e->order.supp, 0);
    if (!rc)
        rc = judge_strata(e, chain, n, err);
    if (!rc)
        rc = judge_list(e, chain, n, err);
    return rc ? rc : judge_tickets(e, chain[0], err);
}

/* ---- the exceptions it answers ------------------------------------------------------------------ */

static enum qn_code judge_named(const struct qn_evidence *e, const struct qn_ev_entry *x,
                                struct qn_err *err)
{
    for (unsigned i = 0; i < e->order.nexc; i++)
        if (strcmp(e->order.exc[i].origin, x->origin) == 0 && e->order.exc[i].index == x->seq &&
            memcmp(e->order.exc[i].leaf, x->leaf, QN_HASH) == 0)
            return QN_OK;
    return qn_fail(err, QN_UNVERIFIED, "evidence.supp-named", "log=%s|seq=%llu", x->origin,
                   (unsigned long long)x->seq);
}

struct answering {
    const struct qn_evidence *const *chain;
    size_t n;
    unsigned voids, rows; /* rows: of the entry in hand */
};

static enum qn_code take_reason(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    struct answering *a = ctx;
    const struct qn_value *draw = NULL, *kind = NULL;
    for (unsigned i = 0; i < row->table->ncols; i++) {
        draw = strcmp(row->table->col[i].name, "draw_id") == 0 ? &row->col[i] : draw;
        kind = strcmp(row->table->col[i].name, "kind") == 0 ? &row->col[i] : kind;
    }
    bool ours = false;
    for (size_t i = 0; draw && i < a->n; i++)
        ours = ours || a->chain[i]->draw_id == draw->i;
    /* SPEC public-21: "its one row is of `draw_exc_reason` and names a draw of the chain" */
    if (strcmp(row->table->name, "draw_exc_reason") != 0 || !kind || !ours || a->rows++)
        return qn_fail(err, QN_MALFORMED, "evidence.row", "entry=EXC|table=%s", row->table->name);
    a->voids += qn_span_is(kind->s, qn_exc_kind_name(QN_EXC_VOID));
    return QN_OK;
}

static enum qn_code open_exception(struct answering *a, const struct qn_ev_entry *x,
                                   const struct qn_cert *signer, struct qn_err *err)
{
    a->rows = 0;
    enum qn_code rc =
        signer ? qn_evidence_alone_rows(x, QN_EV_EXC, signer, take_reason, a, err)
               : qn_fail(err, QN_UNVERIFIED, "evidence.signature", "entry=EXC|log=%s", x->origin);
    return !rc && !a->rows
               ? qn_fail(err, QN_MALFORMED, "evidence.row", "entry=EXC|table=-")
               : rc;
}

/* SPEC public-21: "All quotas together are at most the voids among them; an entry that is not there counts as one" */
static enum qn_code judge_voids(const struct qn_evidence *e, unsigned voids, struct qn_err *err)
{
    uint64_t quotas = 0;
    for (unsigned i = 0; i < e->result.nstrata; i++)
        quotas += e->result.stratum[i].quota <= UINT32_MAX ? e->result.stratum[i].quota : UINT32_MAX;
    return quotas <= voids ? QN_OK
                           : qn_fail(err, QN_UNVERIFIED, "evidence.supp-voids",
                                     "drawn=%llu|voids=%u", (unsigned long long)quotas, voids);
}

enum qn_code qn_evidence_answers(struct qn_ev_answers *out, const struct qn_evidence *e,
                                 const struct qn_evidence *const *chain, size_t n,
                                 struct qn_span frames, qn_ev_cert_fn *cert, void *ctx,
                                 struct qn_err *err)
{
    struct answering a = {.chain = chain, .n = n};
    struct qn_ev_entry x, last = {.seq = 0};
    unsigned opened = 0;
    enum qn_code rc = QN_OK;
    for (; !rc && frames.n; opened++) {
        rc = qn_evidence_next(&x, QN_EV_EXC, &frames, err);
        if (!rc)
            rc = judge_named(e, &x, err);
        /* SPEC public-21: "each once, ascending" */
        if (!rc && opened && strcmp(last.origin, x.origin) == 0 && last.seq >= x.seq)
            rc = qn_fail(err, QN_MALFORMED, "evidence.frames", "entry=EXC");
        if (!rc)
            rc = open_exception(&a, &x, cert(ctx, x.office, x.epoch), err);
        last = x;
    }
    unsigned hidden = opened < e->order.nexc ? e->order.nexc - opened : 0;
    if (!rc)
        rc = judge_voids(e, a.voids + hidden, err);
    if (!rc)
        *out = (struct qn_ev_answers){a.voids, hidden};
    return rc;
}
