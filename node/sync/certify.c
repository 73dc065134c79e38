#include "node/sync/certify.h"

#include <stdio.h>
#include <string.h>

#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/release.h"
#include "node/store/tree.h"
#include "node/sync/enrol.h"
#include "protocol/wire.h"

enum qn_code certify_scope(struct qn_cert *c, const char *const *scope, unsigned n,
                           struct qn_err *err)
{
    if (n < 1 || n > QN_SCOPES)
        return qn_fail(err, QN_LIMIT, "enrol.scopes", "max=%d", QN_SCOPES);
    for (unsigned i = 0; i < n; i++) {
        if (!qn_text_copy(c->scope[i], sizeof(c->scope[i]), qn_str(scope[i])))
            return qn_fail(err, QN_MALFORMED, "enrol.scope", "scope=%s", scope[i]);
        for (unsigned k = i; k > 0 && strcmp(c->scope[k - 1], c->scope[k]) > 0; k--) {
            char t[QN_CODE_MAX + 1];
            memcpy(t, c->scope[k], sizeof(t));
            memcpy(c->scope[k], c->scope[k - 1], sizeof(t));
            memcpy(c->scope[k - 1], t, sizeof(t));
        }
    }
    c->nscopes = n;
    return QN_OK;
}

static enum qn_code next_serial(struct store *st, const struct qn_cert *issuer, uint32_t *out,
                                struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_CERT_HIGHEST_SERIAL);
    q_bind_text(&q, issuer->office);
    q_bind_int(&q, issuer->epoch);
    *out = q_step(&q) ? (uint32_t)q_int(&q, 0) + 1 : 1;
    return query_end(&q, err);
}

static enum qn_code log_cert(struct store *st, const struct qn_cert *c, struct qn_span bytes,
                             struct qn_err *err)
{
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    uint64_t seq;
    enum qn_code rc =
        act_begin(&a, st, duty_of(DUTY_CERTIFY), NULL, QN_KIND_CERTIFICATE, QN_LANE_CONTROL, err);
    if (!rc)
        rc = act_part(&a, QN_PUBLIC, QN_TO_SUBTREE, NULL, err);
    if (rc)
        return rc;
    row_start(&row, &a, "certificate", act_id(&a), 1);
    row_text(&row, "subject", c->office);
    row_blob(&row, "cert", bytes.p, bytes.n);
    rc = act_put(&a, &row, err);
    if (!rc)
        rc = act_commit(&a, &seq, NULL, err);
    /* Certificates hold nothing private: released at once, so that anyone can check a chain. */
    return rc ? rc : release_own(st, duty_of(DUTY_CERTIFY), NULL, &(struct release_ref){.seq = seq, .part = 0}, 1, err);
}

enum qn_code certify(struct store *st, const struct keys *keys, struct qn_cert *c,
                     struct qn_err *err)
{
    const struct qn_cert *self = store_self(st);
    /* SPEC rotation-20: "gives no certificate while its clock shows a day before the first day of its own" */
    if (c->from_day < self->from_day - 1) {
        char today[11], from[11];
        wire_day_text(c->from_day, today);
        wire_day_text(self->from_day, from);
        return qn_fail(err, QN_DENIED, "enrol.clock", "today=%s|from=%s", today, from);
    }
    memcpy(c->issuer, self->office, sizeof(c->issuer));
    c->issuer_epoch = self->epoch;
    enum qn_code rc = next_serial(st, self, &c->serial, err);
    QN_AUTO(qn_buf) struct qn_buf cert = {0};
    qn_buf_init(&cert, QN_CERT_MAX);
    if (!rc) {
        qn_cert_seal(&cert, c, keys_log_sk(keys));
        rc = qn_buf_check(&cert, err);
    }
    struct qn_cert checked;
    if (!rc)
        rc = qn_cert_verify(&checked, qn_buf_span(&cert), self, err);
    QN_AUTO(tx) struct tx tx = {0};
    if (!rc)
        rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = tree_add_cert(st, qn_buf_span(&cert), err);
    if (!rc)
        rc = log_cert(st, c, qn_buf_span(&cert), err);
    return rc ? rc : tx_commit(&tx, err);
}

/* ---- certificates that nobody asked for ----------------------------------------------------------------- */

/* The newest certificate of an epoch (0: of the newest) of an office that this office certified. */
static enum qn_code ours(struct qn_cert *out, struct store *st, const char *office, unsigned epoch,
                         struct qn_err *err)
{
    const struct qn_cert *self = store_self(st);
    enum qn_code rc = tree_cert_at(out, st, office, (uint16_t)epoch, err);
    if (!rc && strcmp(out->issuer, self->office) != 0)
        rc = qn_fail(err, QN_DENIED, "certify.not-ours", "office=%s|parent=%s", office,
                     out->issuer[0] ? out->issuer : "-");
    if (!rc && !out->lanes)
        rc = qn_fail(err, QN_CONFLICT, "certify.revoked", "office=%s|epoch=%u", office, out->epoch);
    return rc;
}

enum qn_code certify_renew(struct store *st, const struct certify_renew *o, struct qn_cert *made,
                           struct qn_buf *chain, struct qn_err *err)
{
    const struct keys *keys;
    struct qn_cert c;
    char today[11];
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc)
        rc = ours(&c, st, o->office, 0, err);
    if (rc)
        return rc;
    clock_today(st, today);
    c.from_day = wire_day(qn_str(today));
    c.to_day = o->until ? wire_day(qn_str(o->until)) : c.from_day + ENROL_YEARS * 365;
    if (c.to_day < c.from_day)
        return qn_fail(err, QN_DENIED, "certify.until-past", "until=%s|today=%s",
                       o->until ? o->until : "-", today);
    if (o->name && (!*o->name || !qn_text_copy(c.name, sizeof(c.name), qn_str(o->name))))
        return qn_fail(err, QN_MALFORMED, "enrol.name", "max=%d", QN_NAME_MAX);
    if (o->nscope)
        rc = certify_scope(&c, o->scope, o->nscope, err);
    if (!rc)
        rc = certify(st, keys, &c, err);
    if (!rc)
        rc = enrol_chain(chain, st, c.office, err);
    if (!rc)
        *made = c;
    return rc;
}

void certify_reason_name(char out[64], const struct qn_cert *c)
{
    snprintf(out, 64, "revoked/%s/%u/%u/%lu", c->office, c->epoch, c->issuer_epoch,
             (unsigned long)c->serial);
}

enum qn_code certify_revoke(struct store *st, const char *office, unsigned epoch,
                            const char *reason, struct qn_cert *made, struct qn_err *err)
{
    const struct keys *keys;
    struct qn_cert c;
    char name[64], today[11];
    QN_AUTO(tx) struct tx tx = {0};
    if (!*reason || strlen(reason) > CERTIFY_REASON || !wire_is_utf8(qn_str(reason)))
        return qn_fail(err, QN_MALFORMED, "certify.reason", "max=%d", CERTIFY_REASON);
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc)
        rc = ours(&c, st, office, epoch, err);
    if (rc)
        return rc;
    /* SPEC rotation-3: "*Revocation*: the same epoch and log key with lanes 0" */
    c.lanes = 0;
    clock_today(st, today);
    c.from_day = wire_day(qn_str(today));
    if (c.to_day < c.from_day)
        c.to_day = c.from_day;
    rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = certify(st, keys, &c, err);
    certify_reason_name(name, &c);
    if (!rc)
        rc = store_set(st, name, reason, err);
    if (!rc)
        rc = tx_commit(&tx, err);
    if (!rc)
        *made = c;
    return rc;
}
