/* evidence_draw.c - what follows from a draw's verified texts: seed, tickets, list, quotas, levels, answers. */
#include "qian/evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- 8: seed ------------------------------------------------------------------------------------ */

/* The line was parsed: source and event are its first two words. */
static bool same_event(const struct qn_evidence *e)
{
    char want[2 * QN_NAME32 + 2];
    int n = snprintf(want, sizeof(want), "%s %s ", e->order.beacon_source, e->order.beacon_event);
    return !e->order.has_beacon || strncmp(e->result.beacon, want, (size_t)n) == 0;
}

enum qn_code qn_evidence_seed(struct qn_evidence *e, const struct qn_cert *office,
                              struct qn_err *err)
{
    uint8_t bd[32], alpha[76], beta[QN_ORDER_KEYS][QN_VRF_BETA];
    struct qn_err inner;
    if (e->order.nkeys == 0 || e->result.nvrf != e->order.nkeys)
        return qn_fail(err, QN_UNVERIFIED, "evidence.vrf-keys", "order=%u|draw=%u", e->order.nkeys,
                       e->result.nvrf);
    if (memcmp(e->order.vrf[0], office->vrf, QN_PUBKEY) != 0)
        return qn_fail(err, QN_UNVERIFIED, "evidence.vrf-office", "office=%s", office->office);
    if (e->order.has_beacon != e->result.has_beacon || !same_event(e))
        return qn_fail(err, QN_UNVERIFIED, "evidence.beacon", "");
    /* SPEC public-8: "the beacon line that DRAW gives, when ORDER names one" */
    qn_beacon_digest(bd,
                     e->result.has_beacon ? qn_str(e->result.beacon) : (struct qn_span){NULL, 0});
    qn_draw_alpha(alpha, e->order.id, bd);
    for (unsigned i = 0; i < e->order.nkeys; i++)
        if (memcmp(e->result.vrf[i].pk, e->order.vrf[i], QN_PUBKEY) != 0 ||
            qn_vrf_verify(beta[i], e->order.vrf[i], QN_SPAN(e->result.vrf[i].pi), QN_SPAN(alpha),
                          &inner) != QN_OK)
            return qn_fail(err, QN_UNVERIFIED, "evidence.vrf", "no=%u", i + 1);
    qn_draw_seed(e->seed, e->order.nkeys, (const uint8_t(*)[QN_VRF_BETA])beta);
    qn_draw_keys(&e->keys, e->seed);
    e->has_seed = true;
    return QN_OK;
}

void qn_evidence_ticket(uint8_t out[QN_HASH], const struct qn_evidence *e, struct qn_span object_id)
{
    qn_ticket(out, &e->keys, object_id);
}

/* ---- 9: the list -------------------------------------------------------------------------------- */

static enum qn_code list_of_slot(const struct qn_evidence *e, const struct qn_selected_line *line,
                                 size_t *at, struct qn_err *err)
{
    struct qn_frontier *f = calloc(1, sizeof(*f));
    if (!f)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    uint64_t n = 0;
    bool sound = true;
    for (; *at < e->nselected && e->selected[*at].slot == line->slot; ++*at, n++) {
        const struct qn_ev_selected *s = &e->selected[*at];
        uint8_t leaf[QN_HASH];
        QN_AUTO(qn_buf) struct qn_buf record = {0};
        qn_buf_init(&record, 512);
        qn_selected_record(&record, s->mode, s->object_id, s->salt);
        sound =
            sound && !record.failed && (n == 0 || qn_span_cmp(s[-1].object_id, s->object_id) < 0);
        qn_leaf_hash(leaf, qn_buf_span(&record));
        qn_frontier_append(f, leaf, NULL, NULL);
    }
    uint8_t root[QN_HASH];
    qn_frontier_root(f, root);
    free(f);
    if (!sound || n != line->count || memcmp(root, line->root, QN_HASH) != 0)
        return qn_fail(err, QN_UNVERIFIED, "evidence.selected", "slot=%u|count=%llu|said=%llu",
                       line->slot, (unsigned long long)n, (unsigned long long)line->count);
    return QN_OK;
}

enum qn_code qn_evidence_list(const struct qn_evidence *e, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    size_t at = 0;
    for (unsigned i = 0; !rc && i < e->result.nselected; i++)
        rc = list_of_slot(e, &e->result.selected[i], &at, err);
    if (!rc && at != e->nselected)
        rc =
            qn_fail(err, QN_UNVERIFIED, "evidence.selected", "slot=%u|count=%llu|said=%llu",
                    e->selected[at].slot, (unsigned long long)e->nselected, (unsigned long long)at);
    return rc;
}

/* ---- 10: strata --------------------------------------------------------------------------------- */

static int by_ticket(const void *a, const void *b)
{
    return memcmp(a, b, QN_HASH);
}

/* Tickets of one slot's lots, ascending; the caller frees them. */
static enum qn_code lots_of_slot(uint8_t (**out)[QN_HASH], size_t *n, const struct qn_evidence *e,
                                 uint8_t slot, struct qn_err *err)
{
    *n = 0;
    *out = malloc((e->nselected ? e->nselected : 1) * QN_HASH);
    if (!*out)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (size_t i = 0; i < e->nselected; i++)
        if (e->selected[i].slot == slot && e->selected[i].mode == QN_LOT)
            qn_evidence_ticket((*out)[(*n)++], e, e->selected[i].object_id);
    qsort(*out, *n, QN_HASH, by_ticket);
    return QN_OK;
}

static size_t count_to(const uint8_t (*lot)[QN_HASH], size_t n, const uint8_t cutoff[QN_HASH])
{
    size_t k = 0;
    while (k < n && memcmp(lot[k], cutoff, QN_HASH) <= 0)
        k++;
    return k;
}

/* SPEC public-10: "the quotas add up to the number of lots, each cut-off is the ticket of a lot of its slot, and the
 * lots at or below a cut-off are at least the quotas of all strata whose cut-off is not above it" */
static bool lots_fit(const struct qn_evidence *e, uint8_t slot, const uint8_t (*lot)[QN_HASH],
                     size_t n)
{
    uint64_t quotas = 0;
    for (unsigned i = 0; i < e->result.nstrata; i++) {
        const struct qn_stratum_line *s = &e->result.stratum[i];
        if (s->slot != slot)
            continue;
        if (s->quota > s->pool || s->pool > s->base || s->has_cutoff != (s->quota > 0))
            return false;
        quotas += s->quota;
        if (!s->quota)
            continue;
        if (!n || !bsearch(s->cutoff, lot, n, QN_HASH, by_ticket))
            return false;
        uint64_t below = 0;
        for (unsigned k = 0; k < e->result.nstrata; k++) {
            const struct qn_stratum_line *o = &e->result.stratum[k];
            if (o->slot == slot && o->has_cutoff && memcmp(o->cutoff, s->cutoff, QN_HASH) <= 0)
                below += o->quota;
        }
        if (count_to(lot, n, s->cutoff) < below)
            return false;
    }
    return quotas == n;
}

/* ceil(base * num / den) without overflow: base < 2^32 in any honest draw, num and den are u32. */
static bool share(uint64_t *out, uint64_t base, uint32_t num, uint32_t den)
{
    if (base > UINT32_MAX || !den)
        return false;
    *out = (base * num + den - 1) / den;
    return true;
}

/* SPEC public-11: "n = min(pool, max(min, ceil(base * num / den))); a total tops up in stratum line order, each up
 * to its pool before the next" */
static bool quotas_fit(const struct qn_evidence *e, uint8_t slot, const struct qn_rules *r)
{
    uint64_t quota[QN_STRATA], base = 0, sum = 0, want = 0;
    const struct qn_stratum_line *line[QN_STRATA];
    unsigned n = 0;
    for (unsigned i = 0; i < e->result.nstrata; i++)
        if (e->result.stratum[i].slot == slot) {
            if (n == QN_STRATA)
                return false;
            line[n++] = &e->result.stratum[i];
        }
    if (n != r->nstrata)
        return false;
    for (unsigned h = 0; h < n; h++) {
        const struct qn_stratum *s = &r->stratum[h];
        if (line[h]->stratum != s->no || !share(&quota[h], line[h]->base, s->num, s->den))
            return false;
        if (quota[h] < s->min)
            quota[h] = s->min;
        if (quota[h] > line[h]->pool)
            quota[h] = line[h]->pool;
        base += line[h]->base;
        sum += quota[h];
    }
    if (r->total_kind == QN_TOTAL_RATIO && !share(&want, base, r->total_num, r->total_den))
        return false;
    if (r->total_kind == QN_TOTAL_COUNT)
        want = r->total_num;
    for (unsigned h = 0; h < n; h++) {
        uint64_t room = line[h]->pool - quota[h], more = want > sum ? want - sum : 0;
        quota[h] += more < room ? more : room;
        sum += more < room ? more : room;
        /* SPEC public-11: "The quotas of a supplement (exc-11) are its voids: they follow from no share" */
        if (!e->order.supp && quota[h] != line[h]->quota)
            return false;
    }
    return true;
}

enum qn_code qn_evidence_strata(const struct qn_evidence *e, const struct qn_rules *const rules[],
                                struct qn_err *err)
{
    for (unsigned i = 0; i < e->order.nslots; i++) {
        uint8_t(*lot)[QN_HASH] = NULL, slot = (uint8_t)(i + 1);
        size_t n;
        if (e->order.slot[i].type == QN_PAIRS)
            continue; /* nothing was selected here: the list is the office's above */
        enum qn_code rc = lots_of_slot(&lot, &n, e, slot, err);
        if (!rc && !lots_fit(e, slot, (const uint8_t(*)[QN_HASH])lot, n))
            rc = qn_fail(err, QN_UNVERIFIED, "evidence.cutoff", "slot=%u", slot);
        free(lot);
        if (!rc && rules[i] && !quotas_fit(e, slot, rules[i]))
            rc = qn_fail(err, QN_UNVERIFIED, "evidence.quota", "slot=%u", slot);
        if (rc)
            return rc;
    }
    return QN_OK;
}

/* ---- answers ------------------------------------------------------------------------------------ */

bool qn_evidence_below(const struct qn_evidence *e, uint8_t slot, const uint8_t ticket[QN_HASH])
{
    for (unsigned i = 0; i < e->result.nstrata; i++) {
        const struct qn_stratum_line *s = &e->result.stratum[i];
        if (s->slot == slot && s->has_cutoff && memcmp(ticket, s->cutoff, QN_HASH) <= 0)
            return true;
    }
    return false;
}

/* SPEC public-13: "A pool object that is not drawn has a ticket above its stratum's cut-off, and its stratum's quota
 * is smaller than its pool." */
enum qn_code qn_evidence_place(const struct qn_evidence *e, uint8_t slot,
                               const struct qn_place *place, const uint8_t ticket[QN_HASH],
                               struct qn_err *err)
{
    /* SPEC public-22: "a must was drawn in the main draw" */
    if (place->standing == QN_STANDS_MUST && e->order.supp)
        return QN_OK;
    if (place->standing == QN_STANDS_MUST)
        return qn_fail(err, QN_UNVERIFIED, "evidence.must", "slot=%u|reason=%u", slot,
                       place->reason);
    if (place->standing != QN_STANDS_IN_STRATUM)
        return QN_OK;
    for (unsigned i = 0; i < e->result.nstrata; i++) {
        const struct qn_stratum_line *s = &e->result.stratum[i];
        if (s->slot != slot || s->stratum != place->stratum)
            continue;
        if (s->quota < s->pool && (!s->has_cutoff || memcmp(ticket, s->cutoff, QN_HASH) > 0))
            return QN_OK;
        break;
    }
    return qn_fail(err, QN_UNVERIFIED, "evidence.not-drawn", "slot=%u|stratum=%u", slot,
                   place->stratum);
}

static bool time_by(const struct qn_ev_times *t, const char *office, uint64_t *out)
{
    for (unsigned i = 0; i < t->n; i++)
        if (strcmp(t->by[i].office, office) == 0) {
            *out = t->by[i].time_s;
            return true;
        }
    return false;
}

/* SPEC public-9: "`unwitnessed` unless some ancestor cosigned the FREEZE no later than the ORDER" */
static bool frozen_before(const struct qn_ev_times times[QN_EV_ENTRIES])
{
    const struct qn_ev_times *order = &times[QN_EV_ORDER];
    uint64_t frozen;
    for (unsigned i = 0; i < order->n; i++)
        if (time_by(&times[QN_EV_FREEZE], order->by[i].office, &frozen) &&
            frozen <= order->by[i].time_s)
            return true;
    return false;
}

/* SPEC public-9: "`witnessed` iff the DRAW's first cosignature by an ancestor is at most `witness` hours after the
 * ORDER's first cosignature by the same ancestor" */
enum qn_draw_level qn_evidence_level(const struct qn_ev_times times[QN_EV_ENTRIES],
                                     uint32_t witness_hours)
{
    const struct qn_ev_times *draw = &times[QN_EV_DRAW];
    unsigned first = 0;
    uint64_t ordered;
    if (!frozen_before(times))
        return QN_UNWITNESSED;
    for (unsigned i = 1; i < draw->n; i++)
        if (draw->by[i].time_s < draw->by[first].time_s)
            first = i;
    bool in_time = draw->n && time_by(&times[QN_EV_ORDER], draw->by[first].office, &ordered) &&
                   draw->by[first].time_s <= ordered + (uint64_t)witness_hours * 3600;
    return in_time ? QN_WITNESSED : QN_OFFLINE;
}
