/* verify_key.c - the keys that may draw: the office's own by its certificate, co-keys by the office that orders. */
#include <sodium.h>
#include <string.h>

#include "node/draw/verify_internal.h"
#include "node/store/entry_of.h"
#include "node/store/ingest.h"
#include "node/store/tree.h"

static void key_finding(struct facts *x, enum verdict_code code)
{
    struct finding *f = findings_add(x->f, code, x->order.log.origin, x->order.seq, x->order.leaf);
    finding_put(x->f, f, "office", "%s", x->r->log.office);
}

/* SPEC verdicts-8: "the certificate that names the key was logged by the parent before the order" */
static enum qn_code check_enrolled(struct facts *x)
{
    bool row = false, before = false;
    uint64_t first = 0;
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_CERTIFICATES_OF);
    q_bind_text(&q, x->parent);
    q_bind_text(&q, x->r->log.office);
    while (q_step(&q)) {
        struct qn_cert c;
        struct qn_err none;
        uint16_t epoch, n;
        uint64_t seq;
        qn_row_id_split(q_int(&q, 0), &epoch, &seq, &n);
        if (qn_cert_decode(&c, q_span(&q, 1), &none) != QN_OK ||
            memcmp(c.vrf, x->order.o.vrf[0], QN_PUBKEY) != 0)
            continue;
        if (!row)
            first = seq;
        row = true;
        before = before || epoch < x->order.log.epoch ||
                 (epoch == x->order.log.epoch && seq < x->order.seq);
    }
    enum qn_code rc = query_end(&q, x->v->err);
    if (rc)
        return rc;
    if (!row) {
        findings_skip(x->f, V_KEY_ENROLLED_LATE, "verdict.skip.enrolment");
    } else if (!before) {
        struct finding *f =
            findings_add(x->f, V_KEY_ENROLLED_LATE, x->order.log.origin, first, NULL);
        finding_put(x->f, f, "office", "%s", x->r->log.office);
        finding_put(x->f, f, "certificate", "%llu", (unsigned long long)first);
        finding_put(x->f, f, "order", "%llu", (unsigned long long)x->order.seq);
    }
    return QN_OK;
}

/* ---- co-keys --------------------------------------------------------------------------------------------------------- */

/* One record of a co-key: what its revisions before the order say. */
struct enrolled {
    int64_t id;
    uint8_t key[QN_PUBKEY];
    uint64_t first; /* seq of its first revision */
    bool before, active;
};
/* What the records of an office say of the keys in its order, and of others. */
struct cokeys {
    struct facts *x;
    bool ok[QN_ORDER_KEYS], late[QN_ORDER_KEYS];
    uint64_t first[QN_ORDER_KEYS];
    struct name_list left_out;
};

static void cokeys_auto(struct cokeys *c)
{
    name_list_auto(&c->left_out);
}

static bool is_before(const struct facts *x, uint16_t epoch, uint64_t seq)
{
    return epoch < x->order.log.epoch || (epoch == x->order.log.epoch && seq < x->order.seq);
}

/* SPEC cokey-10: "In force for an order is a key of which the highest revision before the order has `active` 1" */
static void settle_record(struct cokeys *c, const struct enrolled *e)
{
    const struct qn_order *o = &c->x->order.o;
    char hex[2 * QN_PUBKEY + 1];
    unsigned at = 1;
    while (at < o->nkeys && memcmp(o->vrf[at], e->key, QN_PUBKEY) != 0)
        at++;
    if (at < o->nkeys) {
        /* A supplement repeats the keys of its main order, whatever was ended since (exc-10). */
        c->ok[at] = c->ok[at] || (e->before && (e->active || o->supp));
        c->late[at] = c->late[at] || !e->before;
        c->first[at] = e->first;
    } else if (e->before && e->active && !o->supp) {
        qn_hex(hex, e->key, QN_PUBKEY);
        name_list_add(&c->left_out, qn_str(hex));
    }
}

static enum qn_code take_revision(struct cokeys *c, struct enrolled *e, int64_t rev, bool active,
                                  struct qn_err *err)
{
    struct qn_err why;
    struct log log;
    uint16_t epoch, n;
    uint64_t seq;
    qn_row_id_split(e->id, &epoch, &seq, &n);
    if (rev > 1) {
        enum qn_code rc =
            entry_of_row(&log, &seq, c->x->v->st, "cokey", c->x->parent, e->id, rev, &why);
        if (rc == QN_IO || rc == QN_NOMEM)
            return qn_fail(err, rc, why.id, "%s", why.args);
        if (rc)
            return QN_OK;
        epoch = log.epoch;
    } else {
        e->first = seq;
    }
    if (is_before(c->x, epoch, seq)) {
        e->before = true;
        e->active = active;
    }
    return QN_OK;
}

static enum qn_code read_records(struct cokeys *c)
{
    struct enrolled e = {.id = 0};
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(c->x->v->st, SQL_COKEY_REVISIONS);
    q_bind_text(&q, c->x->parent);
    q_bind_text(&q, c->x->r->log.office);
    while (!rc && q_step(&q)) {
        struct qn_span key = q_span(&q, 2);
        if (key.n != QN_PUBKEY)
            continue;
        if (e.id != q_int(&q, 0)) {
            if (e.id)
                settle_record(c, &e);
            e = (struct enrolled){.id = q_int(&q, 0)};
            memcpy(e.key, key.p, QN_PUBKEY);
        }
        rc = take_revision(c, &e, q_int(&q, 1), q_int(&q, 3) != 0, c->x->v->err);
    }
    if (e.id)
        settle_record(c, &e);
    return rc ? rc : query_end(&q, c->x->v->err);
}

/* All that the ordering office says of co-keys before this order is known here. */
static bool is_read(struct facts *x)
{
    uint64_t received, applied;
    struct qn_err none;
    return strcmp(x->parent, store_self(x->v->st)->office) == 0 ||
           (ingest_cursor(x->v->st, &x->order.log, QN_LANE_CONTROL, &received, &applied, &none) ==
                QN_OK &&
            applied > x->order.seq);
}

static void judge_cokey(struct cokeys *c, unsigned at, bool read)
{
    struct facts *x = c->x;
    const struct qn_order *o = &x->order.o;
    if (crypto_core_ed25519_is_valid_point(o->vrf[at]) != 1)
        key_finding(x, V_KEY_INVALID);
    if (c->ok[at])
        return;
    /* SPEC cokey-9: "whose first revision stands before the order" */
    if (c->late[at]) {
        struct finding *f =
            findings_add(x->f, V_KEY_ENROLLED_LATE, x->order.log.origin, c->first[at], NULL);
        finding_put(x->f, f, "office", "%s", x->r->log.office);
        finding_put(x->f, f, "certificate", "%llu", (unsigned long long)c->first[at]);
        finding_put(x->f, f, "order", "%llu", (unsigned long long)x->order.seq);
    } else if (read) {
        key_finding(x, V_KEY_NOT_ENROLLED);
    } else {
        findings_skip(x->f, V_KEY_NOT_ENROLLED, "verdict.skip.enrolment");
    }
}

static enum qn_code check_cokeys(struct facts *x)
{
    QN_AUTO(cokeys) struct cokeys c = {.x = x};
    name_list_init(&c.left_out);
    enum qn_code rc = read_records(&c);
    if (rc)
        return rc;
    bool read = is_read(x);
    for (unsigned at = 1; at < x->order.o.nkeys; at++)
        judge_cokey(&c, at, read);
    if (!read && !x->order.o.supp) {
        findings_skip(x->f, V_CONTRIBUTOR_MISSING, "verdict.skip.enrolment");
    } else if (c.left_out.n) {
        /* SPEC cokey-10: "An order that leaves out a key in force for it is CONTRIBUTOR_MISSING" */
        struct finding *f = findings_add(x->f, V_CONTRIBUTOR_MISSING, x->order.log.origin,
                                         x->order.seq, x->order.leaf);
        finding_put(x->f, f, "need", "%zu", x->order.o.nkeys + c.left_out.n);
        finding_put(x->f, f, "named", "%u", x->order.o.nkeys);
        finding_put(x->f, f, "have", "%u", x->r->res->nvrf);
        finding_put(x->f, f, "missing", "%s", name_list_text(&c.left_out));
    }
    return QN_OK;
}

/* ---- the freeze that they answered on -------------------------------------------------------------------------------------- */

static enum qn_code is_bound(bool *out, struct facts *x, const uint8_t key[QN_PUBKEY])
{
    const struct qn_leaf_ref *freeze = &x->r->res->freeze;
    uint8_t alpha[76], beta[QN_VRF_BETA];
    struct qn_err none;
    qn_bound_alpha(alpha, x->order.o.id, freeze->leaf);
    *out = false;
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_ANSWERS_BOUND);
    q_bind_text(&q, x->r->log.office);
    q_bind_blob(&q, x->order.o.id, QN_HASH);
    q_bind_blob(&q, key, QN_PUBKEY);
    q_bind_blob(&q, freeze->leaf, QN_HASH);
    while (!*out && q_step(&q))
        *out = qn_vrf_verify(beta, key, q_span(&q, 0), QN_SPAN(alpha), &none) == QN_OK;
    return query_end(&q, x->v->err);
}

/* SPEC cokey-15: "`draw_answer` row with the freeze that the draw names and a second proof that holds" */
static enum qn_code check_bound(struct facts *x)
{
    const struct qn_order *o = &x->order.o;
    QN_AUTO(name_list) struct name_list missing;
    name_list_init(&missing);
    if (x->r->rival) {
        findings_skip(x->f, V_FREEZE_UNBOUND, "verdict.skip.rival");
        return QN_OK;
    }
    for (unsigned i = 1; !o->has_freeze && i < o->nkeys; i++) {
        char hex[2 * QN_PUBKEY + 1];
        bool bound;
        enum qn_code rc = is_bound(&bound, x, o->vrf[i]);
        if (rc)
            return rc;
        qn_hex(hex, o->vrf[i], QN_PUBKEY);
        if (!bound)
            name_list_add(&missing, qn_str(hex));
    }
    if (missing.n) {
        struct finding *f =
            findings_add(x->f, V_FREEZE_UNBOUND, x->r->log.origin, x->r->seq, x->r->leaf);
        finding_put(x->f, f, "keys", "%s", name_list_text(&missing));
        finding_put(x->f, f, "seq", "%llu", (unsigned long long)x->r->res->freeze.index);
    }
    return QN_OK;
}

/* ---- all ------------------------------------------------------------------------------------------------------------- */

enum qn_code verify_key(struct facts *x)
{
    static const enum verdict_code all[] = {V_KEY_INVALID, V_KEY_NOT_ENROLLED, V_KEY_ENROLLED_LATE,
                                            V_FREEZE_UNBOUND};
    struct qn_cert cert;
    struct qn_err none;
    if (!x->has_order) {
        for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
            findings_skip(x->f, all[i], "verdict.skip.order");
        return QN_OK;
    }
    enum qn_code rc = check_cokeys(x);
    if (!rc)
        rc = check_bound(x);
    if (rc)
        return rc;
    if (crypto_core_ed25519_is_valid_point(x->order.o.vrf[0]) != 1)
        key_finding(x, V_KEY_INVALID);
    /* SPEC verdicts-8: "of the drawing log's epoch or an earlier one (an order may be older than a change of keys)" */
    if (tree_cert_vrf(&cert, x->v->st, x->r->log.office, x->r->log.epoch, x->order.o.vrf[0],
                      &none) == QN_OK)
        return check_enrolled(x);
    key_finding(x, V_KEY_NOT_ENROLLED);
    findings_skip(x->f, V_KEY_ENROLLED_LATE, "verdict.skip.enrolment");
    return QN_OK;
}
