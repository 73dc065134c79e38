#include "node/draw/cokey.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "node/draw/take.h"
#include "node/store/act.h"
#include "node/store/tree.h"
#include "protocol/wire.h"

/* ---- naming keys --------------------------------------------------------------------------------------------------- */

enum qn_code cokeys_of(uint8_t out[COKEYS][QN_PUBKEY], unsigned *n, struct store *st,
                       const char *by, const char *office, struct qn_err *err)
{
    *n = 0;
    QN_AUTO(query) struct query q = query_start(st, SQL_COKEYS_OF);
    q_bind_text(&q, by);
    q_bind_text(&q, office);
    while (q_step(&q) && *n < COKEYS) {
        struct qn_span key = q_span(&q, 0);
        if (key.n == QN_PUBKEY)
            memcpy(out[(*n)++], key.p, QN_PUBKEY);
    }
    return query_end(&q, err);
}

static enum qn_code check_orderer(struct store *st, const char *office, struct qn_err *err)
{
    char by[QN_CODE_MAX + 1];
    const struct keys *keys;
    enum qn_code rc = store_signer(st, &keys, err);
    /* SPEC cokey-1: "the office that orders the drawer's slots" */
    if (!rc && (!tree_orderer(st, office, by) || strcmp(by, store_self(st)->office) != 0))
        rc = qn_fail(err, QN_DENIED, "cokey.not-ours", "office=%s", office);
    return rc;
}

static enum qn_code write_key(struct store *st, int64_t id, int64_t rev, const char *office,
                              const uint8_t key[QN_PUBKEY], const char *title, const char *reason,
                              struct qn_err *err)
{
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    enum qn_code rc =
        act_begin(&a, st, duty_of(DUTY_COKEY_NAME), NULL, QN_KIND_ENROL, QN_LANE_CONTROL, err);
    if (!rc)
        rc = act_part(&a, QN_PUBLIC, QN_TO_SUBTREE, NULL, err);
    if (rc)
        return rc;
    row_start(&row, &a, "cokey", rev == 1 ? act_id(&a) : id, rev);
    row_text(&row, "subject", office);
    row_blob(&row, "vrf", key, QN_PUBKEY);
    row_text(&row, "title", title);
    row_int(&row, "active", reason == NULL);
    row_text(&row, "reason", reason);
    rc = act_put(&a, &row, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}

/* SPEC cokey-2: "a canonical point of the prime-order subgroup, not the office's own key, and at most two are named at a
 * time" */
static enum qn_code check_new(struct store *st, const char *office, const uint8_t key[QN_PUBKEY],
                              struct qn_err *err)
{
    uint8_t have[COKEYS][QN_PUBKEY];
    struct qn_cert cert;
    unsigned n;
    enum qn_code rc = tree_cert(&cert, st, office, err);
    if (!rc)
        rc = cokeys_of(have, &n, st, store_self(st)->office, office, err);
    if (rc)
        return rc;
    if (crypto_core_ed25519_is_valid_point(key) != 1 || memcmp(cert.vrf, key, QN_PUBKEY) == 0)
        return qn_fail(err, QN_MALFORMED, "cokey.key", "office=%s", office);
    for (unsigned i = 0; i < n; i++)
        if (memcmp(have[i], key, QN_PUBKEY) == 0)
            return qn_fail(err, QN_CONFLICT, "cokey.twice", "office=%s", office);
    return n < COKEYS ? QN_OK
                      : qn_fail(err, QN_LIMIT, "cokey.most", "office=%s|max=%d", office, COKEYS);
}

enum qn_code cokey_add(struct store *st, const char *office, const uint8_t key[QN_PUBKEY],
                       const char *title, struct qn_err *err)
{
    enum qn_code rc = check_orderer(st, office, err);
    if (!rc)
        rc = check_new(st, office, key, err);
    return rc ? rc : write_key(st, 0, 1, office, key, title, NULL, err);
}

enum qn_code cokey_remove(struct store *st, const char *office, const uint8_t key[QN_PUBKEY],
                          const char *reason, struct qn_err *err)
{
    char title[401] = "";
    int64_t id = 0, rev = 0;
    enum qn_code rc = check_orderer(st, office, err);
    if (rc)
        return rc;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_COKEY_ROW);
        q_bind_text(&q, store_self(st)->office);
        q_bind_text(&q, office);
        q_bind_blob(&q, key, QN_PUBKEY);
        if (q_step(&q)) {
            id = q_int(&q, 0);
            rev = q_int(&q, 1);
            qn_text_copy(title, sizeof(title), q_span(&q, 2));
        }
        rc = query_end(&q, err);
    }
    if (!rc && !id)
        rc = qn_fail(err, QN_ABSENT, "cokey.unknown", "office=%s", office);
    return rc ? rc : write_key(st, id, rev + 1, office, key, title, reason, err);
}

enum qn_code cokey_list(struct store *st, void (*each)(void *ctx, const struct cokey_line *l),
                        void *ctx, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_COKEYS);
    while (q_step(&q)) {
        struct cokey_line l = {.active = q_int(&q, 4) != 0};
        struct qn_span key = q_span(&q, 2);
        if (key.n != QN_PUBKEY || !qn_text_copy(l.by, sizeof(l.by), q_span(&q, 0)) ||
            !qn_text_copy(l.office, sizeof(l.office), q_span(&q, 1)) ||
            !qn_text_copy(l.title, sizeof(l.title), q_span(&q, 3)))
            continue;
        memcpy(l.key, key.p, QN_PUBKEY);
        each(ctx, &l);
    }
    return query_end(&q, err);
}

/* ---- the drawing office ---------------------------------------------------------------------------------------------- */

enum qn_code cokey_proof_parse(struct cokey_proof *out, const char *line, struct qn_err *err)
{
    struct rd r = {.in = qn_str(line)};
    while (r.in.n && (r.in.p[r.in.n - 1] == '\n' || r.in.p[r.in.n - 1] == '\r'))
        r.in.n--;
    rd_word(&r, "draw-answer/1");
    rd_hex(&r, out->order_id, QN_HASH);
    rd_hex(&r, out->freeze, QN_HASH);
    rd_hex(&r, out->key, QN_PUBKEY);
    rd_hex(&r, out->pi, QN_VRF_PROOF);
    rd_hex(&r, out->bound, QN_VRF_PROOF);
    return rd_end(&r) ? QN_OK : qn_fail(err, QN_MALFORMED, "cokey.answer", "");
}

/* SPEC cokey-14: "a second proof, which says on which freeze it answered" */
bool cokey_proof_holds(const struct cokey_proof *a, const uint8_t bd[32])
{
    uint8_t alpha[76], beta[QN_VRF_BETA];
    struct qn_err none;
    qn_draw_alpha(alpha, a->order_id, bd);
    bool holds = qn_vrf_verify(beta, a->key, QN_SPAN(a->pi), QN_SPAN(alpha), &none) == QN_OK;
    qn_bound_alpha(alpha, a->order_id, a->freeze);
    holds = holds && qn_vrf_verify(beta, a->key, QN_SPAN(a->bound), QN_SPAN(alpha), &none) == QN_OK;
    sodium_memzero(beta, sizeof(beta));
    return holds;
}

static enum qn_code freeze_leaf(uint8_t out[QN_HASH], struct store *st, const char *origin,
                                uint64_t seq, struct qn_err *err)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    struct log log;
    enum qn_code rc = log_find(&log, st, origin, err);
    if (!rc)
        rc = log_entry_get(&e, st, &log, seq, err);
    if (!rc)
        memcpy(out, e.leaf, QN_HASH);
    return rc;
}

/* The answer to this order by one of its keys; *found false: none came. */
static enum qn_code find_answer(bool *found, struct cokey_proof *out, struct store *st,
                                const uint8_t order_id[QN_HASH], const uint8_t key[QN_PUBKEY],
                                struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_ANSWER_OF);
    q_bind_text(&q, store_self(st)->office);
    q_bind_blob(&q, order_id, QN_HASH);
    q_bind_blob(&q, key, QN_PUBKEY);
    *found = q_step(&q) && q_span(&q, 0).n == QN_HASH && q_span(&q, 1).n == QN_VRF_PROOF;
    if (*found) {
        memcpy(out->freeze, q_span(&q, 0).p, QN_HASH);
        memcpy(out->pi, q_span(&q, 1).p, QN_VRF_PROOF);
    }
    return query_end(&q, err);
}

/* SPEC cokey-8: "the freeze that the custodians recorded" */
static enum qn_code on_recorded_freeze(struct draw_job *j, struct store *st,
                                       const uint8_t leaf[QN_HASH], struct qn_err *err)
{
    uint8_t now[QN_HASH];
    enum qn_code rc = freeze_leaf(now, st, j->freeze_origin, j->freeze_seq, err);
    if (rc || memcmp(now, leaf, QN_HASH) == 0)
        return rc;
    if (!j->order.o.has_freeze) {
        QN_AUTO(query) struct query q = query_start(st, SQL_FREEZE_BY_LEAF);
        q_bind_text(&q, j->freeze_origin);
        q_bind_blob(&q, leaf, QN_HASH);
        bool found = q_step(&q);
        if (found)
            j->freeze_seq = (uint64_t)q_int(&q, 0);
        rc = query_end(&q, err);
        if (rc || found)
            return rc;
    }
    return qn_fail(err, QN_CONFLICT, "cokey.freeze", "");
}

enum qn_code cokey_answers(struct draw_job *j, struct store *st, struct qn_err *err)
{
    const struct qn_order *o = &j->order.o;
    struct cokey_proof a, first;
    unsigned have = 0;
    enum qn_code rc = QN_OK;
    for (unsigned i = 1; !rc && i < o->nkeys; i++) {
        bool found;
        rc = find_answer(&found, &a, st, o->id, o->vrf[i], err);
        if (rc || !found)
            continue;
        memcpy(j->pi[i], a.pi, QN_VRF_PROOF);
        if (have && memcmp(first.freeze, a.freeze, QN_HASH) != 0)
            rc = qn_fail(err, QN_CONFLICT, "cokey.freeze", "");
        first = have ? first : a;
        have++;
    }
    /* SPEC cokey-7: "The drawer waits until all its keys have answered" */
    if (!rc && have + 1 < o->nkeys)
        rc = qn_fail(err, QN_LATER, "draw.answers", "have=%u|need=%u", have, o->nkeys - 1);
    return rc || !have ? rc : on_recorded_freeze(j, st, first.freeze, err);
}

/* The open order with this slot, or with this id. */
static enum qn_code open_order(struct draw_job *j, struct store *st, const char *slot,
                               const uint8_t *order_id, struct qn_err *err)
{
    QN_AUTO(order_lines) struct order_lines all = {0};
    const struct order_line *found = NULL;
    if (!store_self(st))
        return qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    enum qn_code rc = order_list(&all, st, store_self(st)->office, err);
    for (size_t i = 0; !rc && i < all.n; i++) {
        char name[SLOT_NAME_MAX];
        slot_key_name(name, &all.at[i].key);
        if (!all.at[i].draw_id && (order_id ? memcmp(all.at[i].order_id, order_id, QN_HASH) == 0
                                            : strcmp(name, slot) == 0))
            found = &all.at[i];
    }
    if (!rc && !found)
        rc = qn_fail(err, QN_ABSENT, "cokey.no-order", "");
    return rc ? rc : draw_take(j, st, found->origin, found->seq, err);
}

enum qn_code cokey_ask(char out[COKEY_QUESTION], struct store *st, const char *slot,
                       struct qn_err *err)
{
    QN_AUTO(draw_job) struct draw_job j = {.late = false};
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    struct cokey_question k = {.beacon = ""};
    qn_buf_init(&text, COKEY_QUESTION - 1);
    enum qn_code rc = open_order(&j, st, slot, NULL, err);
    if (!rc && j.order.o.nkeys < 2)
        rc = qn_fail(err, QN_ABSENT, "cokey.none-asked", "slot=%s", slot);
    if (!rc)
        rc = freeze_leaf(k.freeze, st, j.freeze_origin, j.freeze_seq, err);
    if (rc)
        return rc;
    memcpy(k.order_id, j.order.o.id, QN_HASH);
    memcpy(k.beacon, j.beacon, sizeof(k.beacon));
    cokey_question_put(&text, &k, &j.order.o);
    rc = qn_buf_check(&text, err);
    if (!rc)
        qn_text_copy(out, COKEY_QUESTION, qn_buf_span(&text));
    return rc;
}

enum qn_code cokey_log_answer(struct store *st, const struct cokey_proof *a, struct qn_err *err)
{
    QN_AUTO(act) struct act act = {0};
    struct qn_row row;
    enum qn_code rc =
        act_begin(&act, st, duty_of(DUTY_COKEY_ANSWER), NULL, QN_KIND_ENROL, QN_LANE_DRAW, err);
    if (!rc)
        rc = act_part(&act, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
    if (rc)
        return rc;
    row_start(&row, &act, "draw_answer", act_id(&act), 1);
    row_blob(&row, "order_id", a->order_id, QN_HASH);
    row_blob(&row, "freeze", a->freeze, QN_HASH);
    row_blob(&row, "vrf", a->key, QN_PUBKEY);
    row_blob(&row, "pi", a->pi, QN_VRF_PROOF);
    row_blob(&row, "bound", a->bound, QN_VRF_PROOF);
    rc = act_put(&act, &row, err);
    return rc ? rc : act_commit(&act, NULL, NULL, err);
}

enum qn_code cokey_take(unsigned *missing, struct store *st, const char *answer, struct qn_err *err)
{
    QN_AUTO(draw_job) struct draw_job j = {.late = false};
    struct cokey_proof a, had;
    uint8_t bd[32];
    bool ours = false, found;
    enum qn_code rc = cokey_proof_parse(&a, answer, err);
    if (!rc)
        rc = open_order(&j, st, NULL, a.order_id, err);
    if (!rc)
        rc = on_recorded_freeze(&j, st, a.freeze, err);
    if (rc)
        return rc;
    for (unsigned i = 1; i < j.order.o.nkeys; i++)
        ours = ours || memcmp(j.order.o.vrf[i], a.key, QN_PUBKEY) == 0;
    qn_beacon_digest(bd, qn_str(j.beacon));
    if (!ours || !cokey_proof_holds(&a, bd))
        return qn_fail(err, QN_UNVERIFIED, "cokey.answer-wrong", "");
    rc = find_answer(&found, &had, st, a.order_id, a.key, err);
    if (!rc && !found)
        rc = cokey_log_answer(st, &a, err);
    *missing = 0;
    for (unsigned i = 1; !rc && i < j.order.o.nkeys; i++) {
        rc = find_answer(&found, &had, st, a.order_id, j.order.o.vrf[i], err);
        *missing += !found;
    }
    return rc;
}
