#include "node/draw/run.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "node/draw/cokey.h"
#include "node/draw/people.h"
#include "node/draw/supplement.h"
#include "node/draw/take.h"
#include "node/store/clock.h"
#include "node/store/tree.h"
#include "protocol/wire.h"

/* ---- 3. and 4. ------------------------------------------------------------------------------------------------------ */

enum qn_code draw_check_roster(const struct ground *g, struct qn_err *err)
{
    struct qn_err why;
    enum qn_code rc = ground_check(g, &why);
    return rc ? qn_fail(err, rc, "draw.roster-changed", "%s", why.args) : QN_OK;
}

enum qn_code draw_compute(struct draw_job *job, struct store *st, const struct ground *g,
                          struct qn_err *err)
{
    const struct keys *keys;
    struct betas betas = {.n = job->order.o.nkeys};
    struct qn_err why;
    uint8_t bd[32];
    enum qn_code rc = store_signer(st, &keys, err);
    if (rc)
        return rc;
    qn_beacon_digest(bd, qn_str(job->beacon));
    qn_draw_alpha(job->alpha, job->order.o.id, bd);
    /* draw_take has refused an order under a key that is none of ours. */
    const uint8_t *seed = keys_vrf_seed_of(keys, job->order.o.vrf[0]);
    rc = qn_vrf_prove(job->pi[0], betas.at[0], seed ? seed : keys_vrf_seed(keys),
                      QN_SPAN(job->alpha), err);
    for (unsigned i = 1; !rc && i < betas.n; i++)
        if (qn_vrf_verify(betas.at[i], job->order.o.vrf[i], QN_SPAN(job->pi[i]),
                          QN_SPAN(job->alpha), &why) != QN_OK)
            rc = qn_fail(err, QN_UNVERIFIED, "draw.proof", "no=%u", i + 1);
    if (!rc && job->order.o.supp)
        rc = supplement_compute(job, st, g, &betas, err);
    else if (!rc)
        rc = replay_run(&job->r, &job->rules, &g->roster.r, &job->listing, &betas, err);
    sodium_memzero(&betas, sizeof(betas));
    return rc;
}

/* ---- all open orders -------------------------------------------------------------------------------------------------- */

static enum qn_code draw_one(struct draw_outcome *out, struct store *st,
                             const struct order_line *line, const struct draw_people *people,
                             struct ground *ground, struct qn_err *err)
{
    QN_AUTO(draw_job) struct draw_job j = {.late = false};
    enum qn_code rc = draw_take(&j, st, line->origin, line->seq, err);
    j.people = *people;
    if (!rc)
        rc = cokey_answers(&j, st, err);
    if (!rc)
        rc = ground_reuse(ground, st, j.freeze_origin, j.freeze_seq, err);
    if (!rc)
        rc = draw_check_roster(ground, err);
    if (!rc)
        rc = draw_compute(&j, st, ground, err);
    if (!rc)
        rc = draw_write(&out->made, st, &j, ground, err);
    out->late = j.late;
    out->drawn = !rc;
    return rc;
}

/* Whether a slot is one of the order that `line` stands for. */
static bool has_slot(const struct order_lines *all, const struct order_line *line, const char *slot)
{
    bool has = strcmp(slot, line->slots) == 0;
    for (size_t i = 0; !has && i < all->n; i++) {
        char name[SLOT_NAME_MAX];
        slot_key_name(name, &all->at[i].key);
        has = order_same_place(&all->at[i], line) && strcmp(slot, name) == 0;
    }
    return has;
}

void draw_outcomes_free(struct draw_outcomes *o)
{
    free(o->at);
    *o = (struct draw_outcomes){0};
}

enum qn_code draw_run(struct draw_outcomes *out, struct store *st, const char *slot,
                      const struct qn_report *report, struct qn_err *err)
{
    return draw_run_before(out, st, slot, &(struct draw_people){NULL, ""}, report, err);
}

enum qn_code draw_run_before(struct draw_outcomes *out, struct store *st, const char *slot,
                             const struct draw_people *people, const struct qn_report *report,
                             struct qn_err *err)
{
    QN_AUTO(order_lines) struct order_lines orders = {0};
    QN_AUTO(draw_outcomes) struct draw_outcomes made = {0};
    QN_AUTO(ground) struct ground ground = {.loaded = false};
    const struct keys *keys;
    struct draw_people there;
    bool known = false;
    char drawn[DRAW_NAME_MAX] = "";
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc)
        rc = draw_people_check(&there, st, people, err);
    if (!rc)
        rc = order_list(&orders, st, store_self(st)->office, err);
    if (!rc && orders.n) {
        made.at = calloc(orders.n, sizeof(*made.at));
        rc = made.at ? QN_OK : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    }
    for (size_t i = 0; !rc && i < orders.n; i++) {
        const struct order_line *line = &orders.at[i];
        const char *name = line->slots;
        if (line->slot_no != 1 || (slot && !has_slot(&orders, line, slot)))
            continue;
        known = true;
        if (line->draw_id) {
            draw_name(drawn, line->drawer, line->draw_id);
            continue;
        }
        struct draw_outcome *o = &made.at[made.n++];
        memcpy(o->slot, name, sizeof(o->slot));
        enum qn_code one = draw_one(o, st, line, &there, &ground, &o->why);
        if (one == QN_IO || one == QN_NOMEM) {
            if (err)
                *err = o->why;
            rc = one;
        } else if (!one && o->late) {
            qn_say(report, "draw.late", "slot=%s|to=%s", name, line->window_to);
        }
    }
    if (!rc && slot && known && !made.n) /* every order of this slot is drawn */
        rc = qn_fail(err, QN_CONFLICT, "draw.slot-done", "slot=%s|draw=%s", slot, drawn);
    if (!rc && slot && !known)
        rc = qn_fail(err, QN_ABSENT, "draw.no-order", "slot=%s", slot);
    if (rc)
        return rc;
    *out = made;
    made = (struct draw_outcomes){0};
    return QN_OK;
}
