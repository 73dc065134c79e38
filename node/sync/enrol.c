#include "node/sync/enrol.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/file.h"
#include "node/store/release.h"
#include "node/store/tree.h"
#include "protocol/wire.h"
#include "qian/frame.h"

#define ALL_LANES     ((1u << QN_LANES) - 1)
#define STATION_LANES (1u << QN_LANE_CONTROL | 1u << QN_LANE_RESULT) /* never plans, freezes, draws */

static enum qn_code fill_scope(struct qn_cert *c, const char *const *scope, unsigned n, struct qn_err *err)
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

static void from_request(struct qn_cert *c, struct store *st, const struct qn_request *r)
{
    char today[11];
    *c = (struct qn_cert){.epoch = r->epoch, .lanes = ALL_LANES};
    memcpy(c->deployment, r->deployment, sizeof(c->deployment));
    memcpy(c->office, r->office, sizeof(c->office));
    memcpy(c->name, r->name, sizeof(c->name));
    memcpy(c->log, r->log, QN_PUBKEY);
    memcpy(c->witness, r->witness, QN_PUBKEY);
    memcpy(c->vrf, r->vrf, QN_PUBKEY);
    memcpy(c->tls, r->tls, QN_PUBKEY);
    memcpy(c->box, r->box, QN_PUBKEY);
    clock_today(st, today);
    c->from_day = wire_day(qn_str(today));
    c->to_day = c->from_day + ENROL_YEARS * 365;
}

/* ---- root ceremony -------------------------------------------------------------------------------------- */

enum qn_code enrol_request(struct qn_request *out, struct qn_span in, struct qn_err *err)
{
    if (in.n && in.p[0] >= ' ')
        return qn_fail(err, QN_MALFORMED, "cert.request", "bytes=%zu", in.n);
    return qn_request_verify(out, in, err);
}

enum qn_code enrol_root_draft(struct qn_buf *out, const struct qn_policy *policy, struct qn_span request,
                              const char *const *scope, unsigned nscope, struct qn_err *err)
{
    struct qn_request r;
    struct qn_cert c;
    enum qn_code rc = enrol_request(&r, request, err);
    if (rc)
        return rc;
    if (strcmp(r.deployment, policy->deployment) != 0)
        return qn_fail(err, QN_DENIED, "enrol.deployment", "theirs=%s|ours=%s", r.deployment, policy->deployment);
    from_request(&c, NULL, &r);
    c.level = QN_PROVINCE;
    c.serial = 1;
    rc = fill_scope(&c, scope, nscope, err);
    if (rc)
        return rc;
    qn_cert_body(out, &c);
    return qn_buf_check(out, err);
}

/* A draft is a body without signatures: sealed with none, it decodes like any certificate. */
static enum qn_code draft_decode(struct qn_cert *c, struct qn_span draft, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf again;
    qn_buf_init(&again, ENROL_FILE_MAX);
    enum qn_code rc = qn_cert_body_decode(c, draft, err);
    if (rc)
        return rc;
    qn_cert_body(&again, c);
    return qn_buf_check(&again, err);
}

enum qn_code enrol_root_sign(uint8_t sig[QN_SIG], struct qn_span draft, const struct keys *custodian,
                             struct qn_err *err)
{
    struct qn_cert c;
    enum qn_code rc = draft_decode(&c, draft, err);
    if (!rc)
        qn_cert_root_sign(sig, &c, keys_log_sk(custodian));
    return rc;
}

enum qn_code enrol_root_seal(struct qn_buf *out, const struct qn_policy *policy, struct qn_span draft,
                             const uint8_t (*sig)[QN_SIG], unsigned n, struct qn_err *err)
{
    struct qn_cert c;
    uint8_t index[QN_ROOT_KEYS], chosen[QN_ROOT_KEYS][QN_SIG];
    unsigned found = 0;
    enum qn_code rc = draft_decode(&c, draft, err);
    if (rc)
        return rc;
    for (uint8_t k = 0; k < policy->n; k++)
        for (unsigned i = 0; i < n; i++)
            if (qn_verify_tagged(sig[i], "cert", draft, policy->key[k])) {
                index[found] = k;
                memcpy(chosen[found++], sig[i], QN_SIG);
                break;
            }
    if (found < policy->k)
        return qn_fail(err, QN_UNVERIFIED, "enrol.root-signatures", "have=%u|need=%u", found, policy->k);
    QN_AUTO(qn_buf) struct qn_buf cert;
    qn_buf_init(&cert, QN_CERT_MAX);
    qn_cert_seal_root(&cert, &c, found, index, (const uint8_t(*)[QN_SIG])chosen);
    rc = qn_buf_check(&cert, err);
    if (!rc)
        rc = qn_cert_verify_root(&c, qn_buf_span(&cert), policy, err);
    if (rc)
        return rc;
    qn_frame_put(out, QN_FRAME_CERT, qn_buf_span(&cert));
    return qn_buf_check(out, err);
}

/* ---- the child: init and accept ----------------------------------------------------------------------- */

static enum qn_code write_request(const struct enrol_init *o, const struct keys *keys, const char *deployment,
                                  char path[1024], struct qn_err *err)
{
    struct qn_request r = {.epoch = 1};
    char name[QN_CODE_MAX + 16];
    qn_text_copy(r.name, sizeof(r.name), qn_str(o->name));
    qn_text_copy(r.office, sizeof(r.office), qn_str(o->office));
    qn_text_copy(r.deployment, sizeof(r.deployment), qn_str(deployment));
    keys_public(keys, &r);
    QN_AUTO(qn_buf) struct qn_buf b;
    qn_buf_init(&b, ENROL_FILE_MAX);
    qn_request_seal(&b, &r, keys_log_sk(keys));
    snprintf(name, sizeof(name), "%s.request", o->office);
    enum qn_code rc = qn_buf_check(&b, err);
    if (!rc)
        rc = file_join(path, o->dir, name, err);
    return rc ? rc : file_write(path, qn_buf_span(&b), 0644, true, err);
}

enum qn_code enrol_init(const struct enrol_init *o, char request_path[1024], struct qn_err *err)
{
    struct qn_policy policy;
    uint8_t hash[QN_HASH];
    char path[FILE_PATH_MAX];
    QN_AUTO(keys) struct keys *keys = NULL;
    QN_AUTO(store) struct store *st = NULL;
    enum qn_code rc = qn_policy_parse(&policy, o->policy, err);
    if (rc)
        return rc;
    qn_policy_hash(hash, &policy);
    rc = qn_fingerprint_check(o->fingerprint, hash, err);
    /* All that can be wrong with the words is told before anything is made: a directory half set up blocks the next try. */
    if (!rc && !wire_is_code(qn_str(o->office)))
        rc = qn_fail(err, QN_MALFORMED, "enrol.office", "office=%s", o->office);
    if (!rc && (!*o->name || strlen(o->name) > QN_NAME_MAX || !wire_is_utf8(qn_str(o->name))))
        rc = qn_fail(err, QN_MALFORMED, "enrol.name", "max=%d", QN_NAME_MAX);
    if (!rc)
        rc = file_mkdir(o->dir, err);
    if (!rc)
        rc = file_join(path, o->dir, "keys", err);
    if (!rc)
        rc = keys_create(&keys, KEYS_OFFICE, err);
    if (!rc)
        rc = keys_save(keys, path, o->passphrase, o->kdf_mib, err);
    if (!rc)
        rc = store_open(&st, o->dir, STORE_CREATE, err);
    if (rc)
        return rc;
    QN_AUTO(qn_buf) struct qn_buf text;
    qn_buf_init(&text, QN_POLICY_MAX + 1);
    qn_put_span(&text, o->policy);
    qn_put_uint(&text, 0, 1);
    QN_AUTO(tx) struct tx tx = {0};
    rc = qn_buf_check(&text, err);
    if (!rc)
        rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = store_set(st, "policy", (const char *)text.p, err);
    if (!rc)
        rc = store_set(st, "office", o->office, err);
    if (!rc && o->anchor)
        rc = store_set(st, "anchor", o->anchor, err);
    if (!rc)
        rc = write_request(o, keys, policy.deployment, request_path, err);
    return rc ? rc : tx_commit(&tx, err);
}

enum qn_code enrol_accept(struct store *st, const struct keys *keys, struct qn_span chain, struct qn_err *err)
{
    char office[QN_CODE_MAX + 1];
    struct qn_cert own, last = {.office = ""};
    if (!store_get(st, "office", office, sizeof(office)))
        return qn_fail(err, QN_ABSENT, "store.absent", "dir=%s", store_dir(st));
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, st, err);
    while (!rc && chain.n) {
        enum qn_frame_type type;
        struct qn_span payload;
        size_t need;
        rc = qn_frame_take(&chain, &type, &payload, &need, err);
        if (rc == QN_ABSENT)
            rc = qn_fail(err, QN_MALFORMED, "enrol.chain", "need=%zu|have=%zu", need, chain.n);
        if (!rc && type != QN_FRAME_CERT)
            rc = qn_fail(err, QN_MALFORMED, "enrol.chain-frame", "type=%d", (int)type);
        if (!rc)
            rc = tree_add_cert(st, payload, err);
        if (!rc)
            rc = qn_cert_decode(&last, payload, err);
    }
    /* A sibling's chain is valid too; accepting it in silence would tell the clerk that this office is enrolled. */
    if (!rc && last.office[0] && strcmp(last.office, office) != 0)
        rc = qn_fail(err, QN_DENIED, "enrol.other-office", "subject=%s|office=%s", last.office, office);
    if (!rc && tree_cert(&own, st, office, err) != QN_OK)
        rc = qn_fail(err, QN_ABSENT, "enrol.not-ours", "office=%s", office);
    if (!rc && !keys_match(keys, &own))
        rc = qn_fail(err, QN_UNVERIFIED, "office.wrong-keys", "dir=%s|office=%s", store_dir(st), office);
    if (!rc)
        rc = tx_commit(&tx, err);
    return rc ? rc : store_reload(st, err);
}

/* ---- the parent: approve --------------------------------------------------------------------------------- */

enum qn_code enrol_chain(struct qn_buf *out, struct store *st, const char *office, struct qn_err *err)
{
    char at[QN_CHAIN_MAX][QN_CODE_MAX + 1];
    unsigned n = 0;
    enum qn_code rc = QN_OK;
    qn_text_copy(at[n++], sizeof(at[0]), qn_str(office));
    while (n < QN_CHAIN_MAX && tree_parent(st, at[n - 1], at[n]))
        n++;
    while (!rc && n--) {
        QN_AUTO(qn_buf) struct qn_buf cert;
        qn_buf_init(&cert, QN_CERT_MAX);
        rc = tree_cert_bytes(&cert, st, at[n], 0, err);
        if (!rc)
            qn_frame_put(out, QN_FRAME_CERT, qn_buf_span(&cert));
    }
    return rc ? rc : qn_buf_check(out, err);
}

static enum qn_code next_serial(struct store *st, const char *issuer, uint32_t *out, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_CERT_HIGHEST_SERIAL);
    q_bind_text(&q, issuer);
    *out = q_step(&q) ? (uint32_t)q_int(&q, 0) + 1 : 1;
    return query_end(&q, err);
}

static enum qn_code log_cert(struct store *st, const struct qn_cert *c, struct qn_span bytes, struct qn_err *err)
{
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    uint64_t seq;
    enum qn_code rc = act_begin(&a, st, QN_KIND_CERTIFICATE, QN_LANE_CONTROL, err);
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
    return rc ? rc : release_own(st, &(struct release_ref){.seq = seq, .part = 0}, 1, err);
}

enum qn_code enrol_approve(struct store *st, const struct enrol_approve *o, struct qn_cert *made, struct qn_buf *chain,
                           struct qn_err *err)
{
    struct qn_request r;
    struct qn_cert c;
    const struct keys *keys;
    uint8_t hash[QN_HASH];
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc)
        rc = enrol_request(&r, o->request, err);
    if (rc)
        return rc;
    qn_request_hash(hash, o->request);
    rc = qn_fingerprint_check(o->fingerprint, hash, err);
    if (rc)
        return rc;
    const struct qn_cert *self = store_self(st);
    struct qn_cert known;
    struct qn_err none;
    /* The code of an office that exists, under other keys: a mistake, or somebody after its name. */
    if (tree_cert(&known, st, r.office, &none) == QN_OK && memcmp(known.log, r.log, QN_PUBKEY) != 0)
        return qn_fail(err, QN_CONFLICT, "enrol.taken", "office=%s|name=%s", known.office, known.name);
    if (r.epoch != 1)
        return qn_fail(err, QN_DENIED, "enrol.epoch", "office=%s|epoch=%u", r.office, r.epoch);
    from_request(&c, st, &r);
    /* SPEC rotation-20: "gives no certificate while its clock shows a day before the first day of its own" */
    if (c.from_day < self->from_day - 1) {
        char today[11], from[11];
        wire_day_text(c.from_day, today);
        wire_day_text(self->from_day, from);
        return qn_fail(err, QN_DENIED, "enrol.clock", "today=%s|from=%s", today, from);
    }
    memcpy(c.issuer, self->office, sizeof(c.issuer));
    c.issuer_epoch = self->epoch;
    c.level = o->level;
    if (c.level == QN_STATION)
        c.lanes = STATION_LANES;
    rc = fill_scope(&c, o->scope, o->nscope, err);
    if (!rc)
        rc = next_serial(st, self->office, &c.serial, err);
    QN_AUTO(qn_buf) struct qn_buf cert;
    qn_buf_init(&cert, QN_CERT_MAX);
    if (!rc) {
        qn_cert_seal(&cert, &c, keys_log_sk(keys));
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
        rc = log_cert(st, &c, qn_buf_span(&cert), err);
    if (!rc)
        rc = tx_commit(&tx, err);
    if (!rc)
        rc = enrol_chain(chain, st, c.office, err);
    if (!rc)
        *made = c;
    return rc;
}
