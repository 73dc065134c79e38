#include "node/draw/replay.h"

#include <stdlib.h>
#include <string.h>

void replay_release(struct replay *r)
{
    for (unsigned i = 0; i < QN_ORDER_SLOTS; i++)
        qn_selection_release(&r->sel[i]);
    qn_pairing_release(&r->pairs);
    free(r->listed);
    r->listed = NULL;
    r->nlisted = 0;
}

size_t replay_picks(const struct replay *r)
{
    size_t n = 0;
    for (unsigned i = 0; i < r->nslots; i++)
        n += r->sel[i].npicks;
    return n;
}

static int by_object(const void *a, const void *b)
{
    const struct qn_visit *x = a, *y = b;
    return (x->object > y->object) - (x->object < y->object);
}

const struct qn_visit *replay_visit(const struct replay *r, size_t object)
{
    struct qn_visit key = {.object = object};
    return r->pairs.nvisits
               ? bsearch(&key, r->pairs.visit, r->pairs.nvisits, sizeof(key), by_object)
               : NULL;
}

struct qn_roster replay_roster(const struct replay *r, const struct qn_roster *frozen)
{
    struct qn_roster over = *frozen;
    if (r->nlisted) {
        over.object = r->listed;
        over.nobjects = r->nlisted;
        over.mark = NULL;
        over.nmarks = 0;
    }
    return over;
}

/* SPEC draw-28: "its visits are the listed objects dispatched to the office" */
static enum qn_code take_list(struct replay *r, unsigned nslots, const struct listing *l,
                              struct qn_err *err)
{
    r->listed = calloc(l->n + 1, sizeof(*r->listed));
    if (!r->listed)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (; r->nlisted < l->n; r->nlisted++)
        r->listed[r->nlisted].id = listing_id(l, r->nlisted);
    for (; r->nslots < nslots; r->nslots++) {
        struct qn_selection *sel = &r->sel[r->nslots];
        sel->pick = calloc(l->n + 1, sizeof(*sel->pick));
        if (!sel->pick)
            return qn_fail(err, QN_NOMEM, "base.no-memory", "");
        for (size_t i = 0; i < l->n; i++)
            if (l->at[i].slots >> r->nslots & 1)
                sel->pick[sel->npicks++] = (struct qn_pick){.object = i};
    }
    return QN_OK;
}

/* SPEC draw-17: "Slots of one order share its seed, hence the tickets: each keeps its own strata and quotas" */
static enum qn_code select_slots(struct replay *r, const struct order_rules *rules,
                                 const struct qn_roster *roster, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (unsigned i = 0; !rc && i < rules->n; i++) {
        rc = qn_select(&r->sel[i], &rules->at[i].rules, (uint8_t)(i + 1), roster, &r->keys, err);
        r->nslots++;
    }
    return rc;
}

static enum qn_code run_slots(struct replay *r, const struct order_rules *rules,
                              const struct qn_roster *roster, const struct listing *listing,
                              struct qn_err *err)
{
    struct qn_pair_slot all[QN_ORDER_SLOTS];
    enum qn_slot_type type = rules->at[0].rules.type;
    enum qn_code rc = type == QN_PAIRS ? take_list(r, rules->n, listing, err)
                                       : select_slots(r, rules, roster, err);
    if (rc || type == QN_OBJECTS)
        return rc;
    for (unsigned i = 0; i < r->nslots; i++)
        all[i] = (struct qn_pair_slot){&rules->at[i].rules, r->sel[i].pick, r->sel[i].npicks};
    struct qn_roster over = replay_roster(r, roster);
    r->paired = true;
    return qn_pair_joint(&r->pairs, r->nslots, all, &over, &r->keys, err);
}

/* SPEC draw-3: "beta_i is the VRF output of the i-th key of the order on alpha" */
enum qn_code draw_betas(struct betas *out, const struct qn_order *o, const struct qn_result *res,
                        struct qn_err *err)
{
    uint8_t bd[32], alpha[76];
    struct qn_err why;
    qn_beacon_digest(bd, qn_str(o->has_beacon && res->has_beacon ? res->beacon : ""));
    qn_draw_alpha(alpha, o->id, bd);
    for (out->n = 0; out->n < o->nkeys; out->n++) {
        unsigned i = out->n;
        if (i >= res->nvrf || qn_vrf_verify(out->at[i], o->vrf[i], QN_SPAN(res->vrf[i].pi),
                                            QN_SPAN(alpha), &why) != QN_OK)
            return qn_fail(err, QN_UNVERIFIED, "draw.proof", "no=%u", i + 1);
    }
    return QN_OK;
}

enum qn_code replay_run(struct replay *out, const struct order_rules *rules,
                        const struct qn_roster *roster, const struct listing *listing,
                        const struct betas *betas, struct qn_err *err)
{
    QN_AUTO(replay) struct replay r = {.nslots = 0};
    qn_draw_seed(r.seed, betas->n, betas->at);
    qn_draw_keys(&r.keys, r.seed);
    enum qn_code rc = run_slots(&r, rules, roster, listing, err);
    if (rc)
        return rc;
    *out = r;
    r = (struct replay){.nslots = 0};
    return QN_OK;
}
