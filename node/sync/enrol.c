#include "node/sync/enrol.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/store/clock.h"
#include "node/store/duty.h"
#include "node/store/file.h"
#include "node/store/own.h"
#include "node/store/log.h"
#include "node/store/office.h"
#include "node/store/tree.h"
#include "node/sync/aside.h"
#include "node/sync/certs.h"
#include "protocol/wire.h"
#include "qian/frame.h"

#define ALL_LANES     ((1u << QN_LANES) - 1)
#define CHAIN_EPOCHS 16 /* of one office in a chain file */
#define STATION_LANES (1u << QN_LANE_CONTROL | 1u << QN_LANE_RESULT) /* never plans, freezes, draws */

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
                              const char *const *scope, unsigned nscope, uint32_t serial, struct qn_err *err)
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
    c.serial = serial;
    rc = certify_scope(&c, scope, nscope, err);
    if (rc)
        return rc;
    qn_cert_body(out, &c);
    return qn_buf_check(out, err);
}

/* A draft is a body without signatures: sealed with none, it decodes like any certificate. */
static enum qn_code draft_decode(struct qn_cert *c, struct qn_span draft, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf again = {0};
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
    QN_AUTO(qn_buf) struct qn_buf cert = {0};
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

void enrol_print(char out[QN_FINGERPRINT], struct qn_span request)
{
    uint8_t hash[QN_HASH];
    qn_request_hash(hash, request);
    qn_fingerprint(out, hash);
}

enum qn_code enrol_print_file(char out[QN_FINGERPRINT], const char *path, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf bytes = {0};
    enum qn_code rc = file_read(&bytes, path, ENROL_FILE_MAX, err);
    if (!rc)
        enrol_print(out, qn_buf_span(&bytes));
    return rc;
}

/* ---- the child: init and accept ----------------------------------------------------------------------- */

static enum qn_code write_request(struct qn_request *r, const char *dir, const char *file, const struct keys *keys,
                                  const struct keys *before, char path[1024], struct qn_err *err)
{
    keys_public(keys, r);
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, ENROL_FILE_MAX);
    qn_request_seal(&b, r, keys_log_sk(keys));
    if (before)
        qn_request_continue(&b, keys_log_sk(before));
    enum qn_code rc = qn_buf_check(&b, err);
    if (!rc)
        rc = file_join(path, dir, file, err);
    return rc ? rc : file_write(path, qn_buf_span(&b), 0644, true, err);
}

static enum qn_code first_request(const struct enrol_init *o, const char *dir, const struct keys *keys,
                                  const char *deployment, char path[1024], struct qn_err *err)
{
    struct qn_request r = {.epoch = 1};
    char name[QN_CODE_MAX + 16];
    qn_text_copy(r.name, sizeof(r.name), qn_str(o->name));
    qn_text_copy(r.office, sizeof(r.office), qn_str(o->office));
    qn_text_copy(r.deployment, sizeof(r.deployment), qn_str(deployment));
    snprintf(name, sizeof(name), "%s.request", o->office);
    return write_request(&r, dir, name, keys, NULL, path, err);
}

/* Keys and database of an office to be, in `dir`. */
static enum qn_code make_first(const struct enrol_init *o, const char *dir, const struct qn_policy *policy,
                               struct qn_err *err)
{
    char path[FILE_PATH_MAX], request[FILE_PATH_MAX];
    QN_AUTO(keys) struct keys *keys = NULL;
    QN_AUTO(store) struct store *st = NULL;
    enum qn_code rc = file_join(path, dir, "keys", err);
    if (!rc)
        rc = keys_create(&keys, KEYS_OFFICE, err);
    if (!rc)
        rc = keys_save(keys, path, o->passphrase, o->kdf_mib, err);
    if (!rc)
        rc = store_open_in(&st, dir, STORE_CREATE, o->world ? o->world : &(struct store_world){.vfs = NULL}, err);
    if (rc)
        return rc;
    QN_AUTO(qn_buf) struct qn_buf text = {0};
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
    if (!rc && o->by_pages)
        rc = store_set(st, "setup", "1", err);
    if (!rc)
        rc = first_request(o, dir, keys, policy->deployment, request, err);
    return rc ? rc : tx_commit(&tx, err);
}

/* Whole or not at all (aside.h); a test's file system of its own knows one directory. */
static enum qn_code make_whole(const struct enrol_init *o, const struct qn_policy *policy, struct qn_err *err)
{
    static const char *const never[] = {"keys", "qian.db"}; /* replaced */
    char path[FILE_PATH_MAX], part[FILE_PATH_MAX];
    if (o->world)
        return make_first(o, o->dir, policy, err);
    enum qn_code rc = aside_resume(o->dir, err);
    for (int i = 0; !rc && i < 2; i++) {
        rc = file_join(path, o->dir, never[i], err);
        if (!rc && access(path, F_OK) == 0)
            rc = qn_fail(err, QN_CONFLICT, "file.exists", "path=%s", path);
    }
    if (!rc)
        rc = aside_begin(part, o->dir, err);
    if (!rc)
        rc = make_first(o, part, policy, err);
    return rc ? rc : aside_keep(o->dir, err);
}

enum qn_code enrol_init(const struct enrol_init *o, char request_path[1024], struct qn_err *err)
{
    struct qn_policy policy;
    uint8_t hash[QN_HASH];
    char name[QN_CODE_MAX + 16];
    enum qn_code rc = qn_policy_parse(&policy, o->policy, err);
    if (rc)
        return rc;
    qn_policy_hash(hash, &policy);
    rc = qn_fingerprint_check(o->fingerprint, hash, err);
    /* All that can be wrong with the words is told before anything is made. */
    if (!rc && !wire_is_code(qn_str(o->office)))
        rc = qn_fail(err, QN_MALFORMED, "enrol.office", "office=%s", o->office);
    if (!rc && (!*o->name || strlen(o->name) > QN_NAME_MAX || !wire_is_utf8(qn_str(o->name))))
        rc = qn_fail(err, QN_MALFORMED, "enrol.name", "max=%d", QN_NAME_MAX);
    if (!rc)
        rc = file_mkdir(o->dir, err);
    if (!rc)
        rc = make_whole(o, &policy, err);
    snprintf(name, sizeof(name), "%.*s.request", QN_CODE_MAX, o->office);
    return rc ? rc : file_join(request_path, o->dir, name, err);
}

enum qn_code enrol_rotate(struct store *st, const struct enrol_rotate *o, uint16_t *epoch, char request_path[1024],
                          struct qn_err *err)
{
    const struct qn_cert *self = store_self(st);
    struct qn_cert newest;
    char path[FILE_PATH_MAX], name[QN_CODE_MAX + 32];
    QN_AUTO(keys) struct keys *keys = NULL;
    if (!self)
        return qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    enum qn_code rc = duty_act(st, duty_of(DUTY_KEY_ROTATE), NULL, self->office, err);
    if (!rc)
        rc = tree_cert(&newest, st, self->office, err);
    if (!rc && newest.epoch == QN_EPOCH_MAX)
        rc = qn_fail(err, QN_LIMIT, "enrol.epochs", "max=%d", QN_EPOCH_MAX);
    if (!rc && newest.epoch != self->epoch)
        rc = qn_fail(err, QN_CONFLICT, "enrol.not-taken", "epoch=%u", newest.epoch);
    if (rc)
        return rc;
    *epoch = (uint16_t)(newest.epoch + 1);
    rc = office_key_path(path, store_dir(st), *epoch, err);
    /* Keys that were made and not certified yet are asked for again, not replaced: their request may be on its way. */
    if (!rc && access(path, F_OK) == 0) {
        rc = keys_open(&keys, path, o->passphrase, err);
    } else if (!rc) {
        rc = keys_create(&keys, KEYS_OFFICE, err);
        if (!rc && o->keys)
            keys_remember(keys, o->keys);
        if (!rc)
            rc = keys_save(keys, path, o->passphrase, o->kdf_mib, err);
    }
    if (rc)
        return rc;
    struct qn_request r = {.epoch = *epoch};
    memcpy(r.deployment, self->deployment, sizeof(r.deployment));
    memcpy(r.office, self->office, sizeof(r.office));
    memcpy(r.name, self->name, sizeof(r.name));
    snprintf(name, sizeof(name), "%s-%u.request", self->office, *epoch);
    return write_request(&r, store_dir(st), name, keys, o->keys, request_path, err);
}

enum qn_code enrol_ask_renewal(struct store *st, const char *name, char request_path[1024], struct qn_err *err)
{
    const struct qn_cert *self = store_self(st);
    const struct keys *keys;
    char file[QN_CODE_MAX + 32];
    enum qn_code rc = store_signer(st, &keys, err);
    if (rc)
        return rc;
    struct qn_request r = {.epoch = self->epoch};
    memcpy(r.deployment, self->deployment, sizeof(r.deployment));
    memcpy(r.office, self->office, sizeof(r.office));
    if (!qn_text_copy(r.name, sizeof(r.name), qn_str(name ? name : self->name)) || !r.name[0])
        return qn_fail(err, QN_MALFORMED, "enrol.name", "max=%d", QN_NAME_MAX);
    snprintf(file, sizeof(file), "%s-renew.request", self->office);
    return write_request(&r, store_dir(st), file, keys, NULL, request_path, err);
}

static enum qn_code take_chain(struct store *st, struct qn_span chain, struct qn_cert *last, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    while (!rc && chain.n) {
        enum qn_frame_type type;
        struct qn_span payload;
        size_t need;
        rc = qn_frame_take(&chain, &type, &payload, &need, err);
        if (rc == QN_ABSENT)
            rc = qn_fail(err, QN_MALFORMED, "enrol.chain", "need=%zu|have=%zu", need, chain.n);
        if (!rc && type != QN_FRAME_CERT)
            rc = qn_fail(err, QN_MALFORMED, "enrol.chain-frame", "type=%d", (int)type);
        if (!rc && st)
            rc = tree_add_cert(st, payload, err);
        if (!rc)
            rc = qn_cert_decode(last, payload, err);
    }
    return rc;
}

enum qn_code enrol_chain_epoch(uint16_t *out, struct store *st, struct qn_span chain, struct qn_err *err)
{
    char office[QN_CODE_MAX + 1];
    struct qn_cert last = {.office = ""};
    enum qn_code rc = take_chain(NULL, chain, &last, err);
    if (!rc && !last.office[0])
        rc = store_get(st, "office", office, sizeof(office))
                 ? tree_cert(&last, st, office, err)
                 : qn_fail(err, QN_ABSENT, "store.absent", "dir=%s", store_dir(st));
    *out = last.epoch;
    return rc;
}

static enum qn_code sign_in(struct store *st, const struct qn_cert *own, struct qn_err *err)
{
    char epoch[8];
    enum qn_code rc = QN_OK;
    const struct qn_cert *self = store_self(st);
    if (self && self->epoch != own->epoch)
        rc = own_close_epoch(st, err);
    snprintf(epoch, sizeof(epoch), "%u", own->epoch);
    return rc ? rc : store_set(st, "epoch", epoch, err);
}

enum qn_code enrol_accept(struct store *st, const struct keys *keys, struct qn_span chain, struct qn_err *err)
{
    char office[QN_CODE_MAX + 1];
    struct qn_cert own, last = {.office = ""};
    if (!store_get(st, "office", office, sizeof(office)))
        return qn_fail(err, QN_ABSENT, "store.absent", "dir=%s", store_dir(st));
    /* SPEC web-58: "As long as that file stands no first certificate is taken" */
    if (!store_self(st) && aside_undoes(store_dir(st)))
        return qn_fail(err, QN_CONFLICT, "enrol.undone", "dir=%s", store_dir(st));
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = duty_act(st, duty_of(DUTY_ENROL_ACCEPT), NULL, office, err);
    if (!rc)
        rc = take_chain(st, chain, &last, err);
    /* A sibling's chain is valid too; accepting it in silence would tell the clerk that this office is enrolled. */
    if (!rc && last.office[0] && strcmp(last.office, office) != 0)
        rc = qn_fail(err, QN_DENIED, "enrol.other-office", "subject=%s|office=%s", last.office, office);
    if (!rc && tree_cert(&own, st, office, err) != QN_OK)
        rc = qn_fail(err, QN_ABSENT, "enrol.not-ours", "office=%s", office);
    if (!rc && !keys_match(keys, &own))
        rc = qn_fail(err, QN_UNVERIFIED, "office.wrong-keys", "dir=%s|office=%s", store_dir(st), office);
    if (!rc)
        rc = sign_in(st, &own, err);
    if (!rc)
        rc = tx_commit(&tx, err);
    return rc ? rc : store_reload(st, err);
}

/* ---- the parent: approve --------------------------------------------------------------------------------- */

static enum qn_code put_epochs(struct qn_buf *out, struct store *st, const char *office, struct qn_err *err)
{
    uint16_t epoch[CHAIN_EPOCHS];
    unsigned n = 0;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_CERT_EPOCHS);
        q_bind_text(&q, office);
        while (q_step(&q)) {
            if (n == CHAIN_EPOCHS) /* the latest: what lies before them certifies nobody who enrols now */
                memmove(epoch, epoch + 1, --n * sizeof(epoch[0]));
            epoch[n++] = (uint16_t)q_int(&q, 0);
        }
        enum qn_code rc = query_end(&q, err);
        if (rc)
            return rc;
    }
    for (unsigned i = 0; i < n; i++) {
        QN_AUTO(qn_buf) struct qn_buf cert = {0};
        qn_buf_init(&cert, QN_CERT_MAX);
        enum qn_code rc = tree_cert_bytes(&cert, st, office, epoch[i], err);
        if (rc)
            return rc;
        qn_frame_put(out, QN_FRAME_CERT, qn_buf_span(&cert));
    }
    return QN_OK;
}

enum qn_code enrol_chain(struct qn_buf *out, struct store *st, const char *office, struct qn_err *err)
{
    char at[QN_CHAIN_MAX][QN_CODE_MAX + 1];
    unsigned n = 0;
    enum qn_code rc = tree_knows(st, office) ? QN_OK : qn_fail(err, QN_ABSENT, "tree.unknown-office", "office=%s", office);
    qn_text_copy(at[n++], sizeof(at[0]), qn_str(office));
    while (n < QN_CHAIN_MAX && tree_parent(st, at[n - 1], at[n]))
        n++;
    while (!rc && n--)
        rc = put_epochs(out, st, at[n], err);
    return rc ? rc : qn_buf_check(out, err);
}

enum qn_code enrol_request_read(struct enrol_request *out, struct store *st, struct qn_span request,
                                struct qn_err *err)
{
    struct qn_err none;
    const struct qn_cert *self = store_self(st);
    *out = (struct enrol_request){.known = false};
    enum qn_code rc = enrol_request(&out->r, request, err);
    if (rc)
        return rc;
    out->known = self && tree_cert(&out->was, st, out->r.office, &none) == QN_OK &&
                 strcmp(out->was.issuer, self->office) == 0;
    out->continues = out->known && out->was.lanes && qn_request_continues(request, out->was.log);
    return QN_OK;
}

/* Whether this request may be certified. */
static enum qn_code may_certify(struct store *st, const struct enrol_request *q, struct qn_err *err)
{
    const struct qn_request *r = &q->r;
    struct qn_cert other;
    struct qn_err none;
    if (!q->known && tree_cert(&other, st, r->office, &none) == QN_OK)
        return qn_fail(err, QN_CONFLICT, "enrol.taken", "office=%s|name=%s", other.office, other.name);
    if (!q->known)
        return r->epoch == 1 ? QN_OK
                             : qn_fail(err, QN_DENIED, "enrol.epoch", "office=%s|epoch=%u", r->office, r->epoch);
    if (r->epoch == q->was.epoch && memcmp(q->was.log, r->log, QN_PUBKEY) == 0)
        return q->was.lanes ? QN_OK
                            : qn_fail(err, QN_DENIED, "enrol.revoked", "office=%s|epoch=%u", r->office, r->epoch);
    /* The code of an office that exists, under other keys: a mistake, or somebody after its name. */
    if (r->epoch == q->was.epoch)
        return qn_fail(err, QN_CONFLICT, "enrol.taken", "office=%s|name=%s", q->was.office, q->was.name);
    /* SPEC rotation-21: "the direct parent certifies only a higher epoch" */
    if (r->epoch < q->was.epoch)
        return qn_fail(err, QN_DENIED, "enrol.epoch-past", "office=%s|epoch=%u|newest=%u", r->office, r->epoch,
                       q->was.epoch);
    /* SPEC rotation-21: "when the request continues (cert-16) the newest epoch that the office has, or when that epoch is revoked" */
    return q->continues || !q->was.lanes ? QN_OK
                                         : qn_fail(err, QN_DENIED, "enrol.not-continued", "office=%s|name=%s|epoch=%u",
                                                   r->office, q->was.name, q->was.epoch);
}

/* The certificate that an approval of this request would give, but for issuer and serial. */
static enum qn_code what_is_asked(struct qn_cert *c, struct store *st, const struct enrol_approve *o,
                                  const struct enrol_request *q, struct qn_err *err)
{
    if (!q->known && (!o->level || !o->nscope))
        return qn_fail(err, QN_MALFORMED, "enrol.level-scope", "office=%s", q->r.office);
    from_request(c, st, &q->r);
    c->level = o->level ? o->level : q->was.level;
    c->lanes = c->level == QN_STATION ? STATION_LANES : ALL_LANES;
    if (q->known && q->was.lanes)
        c->lanes = q->was.lanes;
    if (!q->known || o->nscope)
        return certify_scope(c, o->scope, o->nscope, err);
    c->nscopes = q->was.nscopes;
    memcpy(c->scope, q->was.scope, sizeof(c->scope));
    return QN_OK;
}

enum qn_code enrol_approved(bool *out, struct store *st, const struct enrol_approve *o, const struct enrol_request *q,
                            struct qn_err *err)
{
    uint8_t hash[QN_HASH];
    struct qn_cert c;
    const struct qn_cert *self = store_self(st);
    qn_request_hash(hash, o->request);
    enum qn_code rc = qn_fingerprint_check(o->fingerprint, hash, err);
    if (!rc)
        rc = what_is_asked(&c, st, o, q, err);
    if (rc)
        return rc;
    bool ending = q->known && q->was.to_day <= c.from_day + CERTS_AMBER_DAYS;
    QN_AUTO(qn_buf) struct qn_buf asked = {0}, was = {0};
    qn_buf_init(&asked, ENROL_FILE_MAX);
    qn_buf_init(&was, ENROL_FILE_MAX);
    memcpy(c.issuer, self->office, sizeof(c.issuer));
    c.issuer_epoch = self->epoch; /* one signed with keys that this office has changed since is worth signing anew */
    c.serial = q->was.serial;
    c.from_day = q->was.from_day;
    c.to_day = q->was.to_day;
    qn_cert_body(&asked, &c);
    qn_cert_body(&was, &q->was);
    *out = q->known && !ending && asked.n == was.n && memcmp(asked.p, was.p, was.n) == 0;
    rc = qn_buf_check(&asked, err);
    return rc ? rc : qn_buf_check(&was, err);
}

enum qn_code enrol_approve(struct store *st, const struct enrol_approve *o, struct qn_cert *made, struct qn_buf *chain,
                           struct qn_err *err)
{
    struct enrol_request q;
    struct qn_cert c;
    const struct keys *keys;
    uint8_t hash[QN_HASH];
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc)
        rc = enrol_request_read(&q, st, o->request, err);
    if (rc)
        return rc;
    qn_request_hash(hash, o->request);
    rc = qn_fingerprint_check(o->fingerprint, hash, err);
    if (!rc)
        rc = may_certify(st, &q, err);
    if (rc)
        return rc;
    rc = what_is_asked(&c, st, o, &q, err);
    if (!rc)
        rc = certify(st, keys, &c, err);
    if (!rc)
        rc = enrol_chain(chain, st, c.office, err);
    if (!rc)
        *made = c;
    return rc;
}
