/* escrow.c - the offices' side of an escrow: halves made, an order given to the custodians, their answers logged. */
#include "node/draw/escrow.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "node/draw/beacon.h"
#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/tree.h"
#include "protocol/wire.h"

#define TITLE_MAX 100

/* ---- the office --------------------------------------------------------------------------------------------------- */

/* SPEC escrow-1: "its own custodians, two different keys" */
static enum qn_code check_custodians(struct store *st, const struct escrow_custodian two[2],
                                     struct qn_err *err)
{
    const struct keys *keys;
    uint8_t own[QN_PUBKEY];
    enum qn_code rc = store_signer(st, &keys, err);
    if (rc)
        return rc;
    escrow_public(own, keys);
    for (int i = 0; i < 2; i++)
        if (!two[i].title || !*two[i].title || strlen(two[i].title) > TITLE_MAX ||
            memcmp(two[i].key, own, QN_PUBKEY) == 0)
            return qn_fail(err, QN_MALFORMED, "escrow.custodian", "max=%d", TITLE_MAX);
    return memcmp(two[0].key, two[1].key, QN_PUBKEY) == 0
               ? qn_fail(err, QN_MALFORMED, "escrow.custodian", "max=%d", TITLE_MAX)
               : QN_OK;
}

/* SPEC escrow-2: "32 random bytes, and their XOR with the key" */
static enum qn_code seal(uint8_t out[2][ESCROW_SEALED], const struct escrow_custodian two[2],
                         const uint8_t vrf[QN_PUBKEY], const uint8_t seed[32], struct qn_err *err)
{
    uint8_t half[2][32];
    bool ok = true;
    randombytes_buf(half[0], 32);
    for (int i = 0; i < 32; i++)
        half[1][i] = half[0][i] ^ seed[i];
    /* SPEC escrow-2: "the public VRF key ‖ the other custodian's key ‖ the half" */
    for (int i = 0; i < 2; i++)
        ok = ok && escrow_seal(out[i], vrf, two[1 - i].key, half[i], two[i].key);
    sodium_memzero(half, sizeof(half));
    return ok ? QN_OK : qn_fail(err, QN_MALFORMED, "escrow.custodian", "max=%d", TITLE_MAX);
}

static enum qn_code has_halves(bool *out, struct store *st, const char *office,
                               const uint8_t vrf[QN_PUBKEY], struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_ESCROW_OF);
    q_bind_text(&q, office);
    q_bind_blob(&q, vrf, QN_PUBKEY);
    *out = q_step(&q);
    return query_end(&q, err);
}

enum qn_code escrow_make(struct store *st, const struct escrow_custodian two[2], struct qn_err *err)
{
    uint8_t sealed[2][ESCROW_SEALED];
    const struct keys *keys;
    struct qn_request pub;
    struct qn_row row;
    bool had;
    enum qn_code rc = check_custodians(st, two, err);
    if (!rc)
        rc = store_signer(st, &keys, err);
    if (rc)
        return rc;
    keys_public(keys, &pub);
    rc = has_halves(&had, st, store_self(st)->office, pub.vrf, err);
    if (!rc && had)
        rc = qn_fail(err, QN_CONFLICT, "escrow.twice", "");
    if (!rc)
        rc = seal(sealed, two, pub.vrf, keys_vrf_seed(keys), err);
    QN_AUTO(act) struct act a = {0};
    if (!rc)
        rc =
            act_begin(&a, st, duty_of(DUTY_ESCROW_MAKE), NULL, QN_KIND_ENROL, QN_LANE_CONTROL, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
    if (rc)
        return rc;
    row_start(&row, &a, "escrow", act_id(&a), 1);
    row_blob(&row, "vrf", pub.vrf, QN_PUBKEY);
    row_blob(&row, "first_key", two[0].key, QN_PUBKEY);
    row_text(&row, "first_title", two[0].title);
    row_blob(&row, "first_half", sealed[0], ESCROW_SEALED);
    row_blob(&row, "second_key", two[1].key, QN_PUBKEY);
    row_text(&row, "second_title", two[1].title);
    row_blob(&row, "second_half", sealed[1], ESCROW_SEALED);
    rc = act_put(&a, &row, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}

/* ---- the order in question ------------------------------------------------------------------------------------------ */

struct open_case {
    struct order order;
    struct order_rules rules;
    char name[SLOT_NAME_MAX], beacon[QN_BEACON_MAX + 1];
    const char *reason; /* a literal; NULL: nothing is due */
};

static void open_case_auto(struct open_case *c)
{
    order_release(&c->order);
    order_rules_release(&c->rules);
}

/* SPEC escrow-4: "no draw of it is held after the window and its return days" */
static enum qn_code judge(struct open_case *c, struct store *st, const struct order_line *line,
                          struct qn_err *err)
{
    struct qn_cert cert;
    char today[11];
    clock_today(st, today);
    enum qn_code rc = order_rules_find(&c->rules, st, &c->order.o, err);
    if (!rc)
        rc = tree_cert(&cert, st, line->drawer, err);
    if (rc)
        return rc;
    if (wire_day(qn_str(today)) > slot_last_day(line->window_to, c->rules.return_days))
        c->reason = "withheld";
    else if (memcmp(cert.vrf, c->order.o.vrf[0], QN_PUBKEY) != 0)
        c->reason = "key_lost";
    return QN_OK;
}

/* The order by its id, or the open one of a slot. */
static enum qn_code find_case(struct open_case *c, struct store *st, const char *office,
                              const char *slot, const uint8_t *order_id, struct qn_err *err)
{
    QN_AUTO(order_lines) struct order_lines all = {0};
    const struct order_line *found = NULL;
    if (!store_self(st))
        return qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    enum qn_code rc = order_list(&all, st, office, err);
    for (size_t i = 0; !rc && i < all.n; i++) {
        const struct order_line *l = &all.at[i];
        char name[SLOT_NAME_MAX];
        slot_key_name(name, &l->key);
        if (l->genuine && !l->draw_id && !l->supp &&
            (order_id ? memcmp(l->order_id, order_id, QN_HASH) == 0 : strcmp(name, slot) == 0))
            found = &all.at[i];
    }
    if (!rc && !found)
        rc = qn_fail(err, QN_ABSENT, "escrow.no-order", "slot=%s", slot ? slot : "-");
    if (!rc)
        rc = order_read(&c->order, st, found->origin, found->seq, err);
    if (rc)
        return rc;
    memcpy(c->name, found->slots, sizeof(c->name));
    return judge(c, st, found, err);
}

static enum qn_code read_beacon(struct open_case *c, struct store *st, struct qn_err *err)
{
    struct beacon_told told;
    const struct qn_order *o = &c->order.o;
    if (!o->has_beacon)
        return QN_OK;
    enum qn_code rc =
        beacon_read(&told, st, o->beacon_source, o->beacon_event, o->office, BEACON_OF_ABOVE, err);
    if (!rc && !told.settled)
        rc = qn_fail(err, QN_LATER, "draw.beacon-waiting", "event=%s %s|have=%u", o->beacon_source,
                     o->beacon_event, told.persons);
    if (!rc)
        memcpy(c->beacon, told.line, sizeof(c->beacon));
    return rc;
}

/* SPEC escrow-4: "by the office that signed the order" */
static enum qn_code check_due(const struct open_case *c, struct store *st, struct qn_err *err)
{
    if (strcmp(c->order.log.office, store_self(st)->office) != 0)
        return qn_fail(err, QN_DENIED, "escrow.not-ours", "office=%s", c->order.log.office);
    if (!c->order.o.has_freeze)
        return qn_fail(err, QN_DENIED, "escrow.unwitnessed", "slot=%s", c->name);
    return c->reason ? QN_OK : qn_fail(err, QN_DENIED, "escrow.not-due", "slot=%s", c->name);
}

/* ---- asking ---------------------------------------------------------------------------------------------------------- */

static enum qn_code put_halves(struct qn_buf *out, struct store *st, const struct open_case *c,
                               struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_ESCROW_OF);
    q_bind_text(&q, c->order.o.office);
    q_bind_blob(&q, c->order.o.vrf[0], QN_PUBKEY);
    bool found = q_step(&q);
    for (int i = 0; found && i < 2; i++) {
        struct qn_span key = q_span(&q, 2 * i), half = q_span(&q, 2 * i + 1);
        qn_put_str(out, "half ");
        qn_put_hex(out, key.p, key.n);
        qn_put_str(out, " ");
        qn_put_hex(out, half.p, half.n);
        qn_put_str(out, "\n");
    }
    enum qn_code rc = query_end(&q, err);
    return rc || found ? rc
                       : qn_fail(err, QN_ABSENT, "escrow.none", "office=%s", c->order.o.office);
}

static enum qn_code put_file(struct qn_buf *out, struct store *st, const struct open_case *c,
                             struct qn_err *err)
{
    struct cokey_question k = {.beacon = ""};
    memcpy(k.order_id, c->order.o.id, QN_HASH);
    memcpy(k.freeze, c->order.o.freeze.leaf, QN_HASH);
    memcpy(k.beacon, c->beacon, sizeof(k.beacon));
    qn_put_str(out, "draw-escrow/1\nvrf ");
    qn_put_hex(out, c->order.o.vrf[0], QN_PUBKEY);
    qn_put_str(out, "\n");
    enum qn_code rc = put_halves(out, st, c, err);
    cokey_question_put(out, &k, &c->order.o);
    return rc ? rc : qn_buf_check(out, err);
}

/* SPEC escrow-4: "logged before the file is given out, once for each order" */
static enum qn_code log_asking(struct store *st, const struct open_case *c, struct qn_err *err)
{
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_ESCROW_ASKED);
        q_bind_text(&q, store_self(st)->office);
        q_bind_text(&q, c->order.log.origin);
        q_bind_int(&q, (int64_t)c->order.seq);
        bool had = q_step(&q);
        enum qn_code rc = query_end(&q, err);
        if (rc || had)
            return rc;
    }
    struct qn_row row;
    QN_AUTO(act) struct act a = {0};
    enum qn_code rc =
        act_begin(&a, st, duty_of(DUTY_ESCROW_ASK), NULL, QN_KIND_ENROL, QN_LANE_DRAW, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
    if (rc)
        return rc;
    row_start(&row, &a, "escrow_case", act_id(&a), 1);
    row_text(&row, "drawer", c->order.o.office);
    row_text(&row, "order_origin", c->order.log.origin);
    row_int(&row, "order_seq", (int64_t)c->order.seq);
    row_text(&row, "reason", c->reason);
    rc = act_put(&a, &row, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}

enum qn_code escrow_ask(struct qn_buf *out, struct store *st, const char *office, const char *slot,
                        struct qn_err *err)
{
    QN_AUTO(open_case) struct open_case c = {.reason = NULL};
    const struct keys *keys;
    qn_buf_init(out, ESCROW_CASE_MAX);
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc)
        rc = find_case(&c, st, office, slot, NULL, err);
    if (!rc)
        rc = check_due(&c, st, err);
    if (!rc)
        rc = read_beacon(&c, st, err);
    if (!rc)
        rc = put_file(out, st, &c, err);
    return rc ? rc : log_asking(st, &c, err);
}

/* ---- taking ---------------------------------------------------------------------------------------------------------- */

static enum qn_code read_answer(bool *found, uint8_t freeze[QN_HASH], uint8_t pi[QN_VRF_PROOF],
                                int64_t *id, struct store *st, const struct order *o, unsigned key,
                                struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_ESCROW_ANSWER);
    q_bind_text(&q, o->log.office);
    q_bind_blob(&q, o->o.id, QN_HASH);
    q_bind_blob(&q, o->o.vrf[key], QN_PUBKEY);
    *found = q_step(&q) && q_span(&q, 0).n == QN_HASH && q_span(&q, 1).n == QN_VRF_PROOF;
    if (*found) {
        memcpy(freeze, q_span(&q, 0).p, QN_HASH);
        memcpy(pi, q_span(&q, 1).p, QN_VRF_PROOF);
        *id = q_int(&q, 2);
    }
    return query_end(&q, err);
}

enum qn_code escrow_take(unsigned *missing, struct store *st, const char *answer,
                         struct qn_err *err)
{
    QN_AUTO(open_case) struct open_case c = {.reason = NULL};
    struct cokey_proof a;
    uint8_t bd[32], freeze[QN_HASH], pi[QN_VRF_PROOF];
    bool ours = false, found = false;
    int64_t id;
    enum qn_code rc = cokey_proof_parse(&a, answer, err);
    if (!rc)
        rc = find_case(&c, st, NULL, NULL, a.order_id, err);
    if (!rc)
        rc = check_due(&c, st, err);
    if (!rc)
        rc = read_beacon(&c, st, err);
    if (rc)
        return rc;
    qn_beacon_digest(bd, qn_str(c.beacon));
    unsigned at = 0;
    for (unsigned i = 0; i < c.order.o.nkeys; i++)
        if (memcmp(c.order.o.vrf[i], a.key, QN_PUBKEY) == 0) {
            ours = true;
            at = i;
        }
    /* SPEC escrow-8: "whose proof holds under a key of the order, on its freeze" */
    if (!ours || memcmp(a.freeze, c.order.o.freeze.leaf, QN_HASH) != 0 ||
        !cokey_proof_holds(&a, bd))
        return qn_fail(err, QN_UNVERIFIED, "escrow.answer-wrong", "slot=%s", c.name);
    rc = read_answer(&found, freeze, pi, &id, st, &c.order, at, err);
    if (!rc && !found)
        rc = cokey_log_answer(st, &a, err);
    *missing = 0;
    for (unsigned i = 0; !rc && i < c.order.o.nkeys; i++) {
        rc = read_answer(&found, freeze, pi, &id, st, &c.order, i, err);
        *missing += !found;
    }
    return rc;
}

/* ---- whoever holds the logs ------------------------------------------------------------------------------------------ */

enum qn_code escrow_completed(bool *out, char where[QN_ORIGIN_MAX + 24], struct betas *betas,
                              struct store *st, const struct order *order, struct qn_err *err)
{
    QN_AUTO(open_case) struct open_case c = {.reason = NULL};
    uint8_t bd[32], alpha[76], freeze[QN_HASH], pi[QN_VRF_PROOF];
    struct qn_err none;
    int64_t id = 0, last = 0;
    bool all = order->o.has_freeze;
    *out = false;
    c.order.o = order->o;
    if (read_beacon(&c, st, &none) != QN_OK)
        return none.code == QN_IO || none.code == QN_NOMEM ? none.code : QN_OK;
    qn_beacon_digest(bd, qn_str(c.beacon));
    qn_draw_alpha(alpha, order->o.id, bd);
    for (betas->n = 0; all && betas->n < order->o.nkeys; betas->n++) {
        unsigned i = betas->n;
        enum qn_code rc = read_answer(&all, freeze, pi, &id, st, order, i, err);
        if (rc)
            return rc;
        /* SPEC escrow-9: "each proof holds and names the freeze of the order" */
        all = all && memcmp(freeze, order->o.freeze.leaf, QN_HASH) == 0 &&
              qn_vrf_verify(betas->at[i], order->o.vrf[i], QN_SPAN(pi), QN_SPAN(alpha), &none) ==
                  QN_OK;
        last = id > last ? id : last;
    }
    if (all) {
        uint16_t epoch, n;
        uint64_t seq;
        qn_row_id_split(last, &epoch, &seq, &n);
        snprintf(where, QN_ORIGIN_MAX + 24, "%s#%llu", order->log.office, (unsigned long long)seq);
    }
    *out = all;
    return QN_OK;
}

void escrow_draw_release(struct escrow_draw *d)
{
    order_release(&d->order);
    order_rules_release(&d->rules);
    listing_release(&d->listing);
    replay_release(&d->r);
    ground_release(&d->ground);
}

enum qn_code escrow_compute(struct escrow_draw *out, struct store *st, const char *office,
                            const char *slot, struct qn_err *err)
{
    QN_AUTO(open_case) struct open_case c = {.reason = NULL};
    QN_AUTO(escrow_draw) struct escrow_draw d = {.where = ""};
    struct betas betas;
    bool done = false;
    enum qn_code rc = find_case(&c, st, office, slot, NULL, err);
    if (!rc)
        rc = escrow_completed(&done, d.where, &betas, st, &c.order, err);
    if (!rc && !done)
        rc = qn_fail(err, QN_ABSENT, "escrow.not-completed", "slot=%s", slot);
    const struct qn_order *o = &c.order.o;
    if (!rc)
        rc = order_rules_find(&d.rules, st, o, err);
    if (!rc && o->slot[0].type == QN_PAIRS)
        rc = listing_load(&d.listing, st, o, err);
    if (!rc)
        rc = ground_reuse(&d.ground, st, o->freeze.origin, o->freeze.index, err);
    if (!rc)
        rc = ground_check(&d.ground, err);
    if (!rc)
        rc = replay_run(&d.r, &d.rules, &d.ground.roster.r, &d.listing, &betas, err);
    if (rc)
        return rc;
    d.order = c.order;
    c.order = (struct order){.seq = 0};
    *out = d;
    d = (struct escrow_draw){.where = ""};
    return QN_OK;
}
