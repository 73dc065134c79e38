#include "qian/cert.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "protocol/cert_form.h"
#include "protocol/wire.h"
#include "qian/entry.h"

#define SEAL_ISSUER 1
#define SEAL_POLICY 2
#define STATION     (1u << QN_LANE_CONTROL | 1u << QN_LANE_RESULT)

/* ---- fields -------------------------------------------------------------------------------------------------- */

static void put_text(struct qn_buf *out, const char *s)
{
    qn_put_uint(out, strlen(s), 1);
    qn_put_str(out, s);
}

static bool rd_text(struct rd *r, char *out, size_t cap)
{
    struct qn_span s = rd_span(r, rd_uint(r, 1));
    return qn_text_copy(out, cap, s);
}

/* SPEC cert-15: "no control characters, no line or paragraph separators, no marks that change the direction of writing" */
static bool is_office_name(const char *s)
{
    struct qn_span t = qn_str(s);
    if (t.n < 1 || t.n > QN_NAME_MAX || !wire_is_utf8(t))
        return false;
    for (size_t i = 0; i < t.n; i++) {
        if (t.p[i] < ' ' || t.p[i] == 0x7f)
            return false;
        if (t.p[i] == 0xc2 && t.p[i + 1] < 0xa0) /* U+0080 to U+009F */
            return false;
        if (t.p[i] != 0xe2)
            continue;
        unsigned c =
            (unsigned)(t.p[i + 1] & 0x3f) << 6 | (t.p[i + 2] & 0x3f); /* U+2000 to U+2FFF */
        if (c == 0x0e || c == 0x0f || (c >= 0x28 && c <= 0x2e) || (c >= 0x66 && c <= 0x69))
            return false;
    }
    return true;
}

static bool is_prefix(const char *s) /* a scope: 1..16 characters of an office code */
{
    size_t n = strlen(s);
    char two[QN_CODE_MAX + 2];
    if (n < 1 || n > QN_CODE_MAX)
        return false;
    snprintf(two, sizeof(two), "%s%s", s, n == 1 ? "0" : "");
    return wire_is_code(qn_str(two));
}

static bool starts(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

static bool in_scope(const char *code, const struct qn_cert *c)
{
    for (unsigned i = 0; i < c->nscopes; i++)
        if (starts(code, c->scope[i]))
            return true;
    return false;
}

static void put_keys(struct qn_buf *out, const uint8_t *const keys[5])
{
    for (unsigned i = 0; i < 5; i++)
        qn_put(out, keys[i], QN_PUBKEY);
}

/* Five keys, one per purpose: sound and pairwise different. */
static enum qn_code check_keys(const uint8_t *const keys[5], struct qn_err *err)
{
    static const uint8_t any[crypto_scalarmult_SCALARBYTES] = {1};
    uint8_t shared[crypto_scalarmult_BYTES];
    for (unsigned i = 0; i < 5; i++) {
        /* SPEC cert-4: "the box key is not of small order" */
        bool ok = i < 4 ? crypto_core_ed25519_is_valid_point(keys[i]) == 1
                        : crypto_scalarmult(shared, any, keys[i]) == 0;
        if (!ok)
            return qn_fail(err, QN_UNVERIFIED, "cert.key", "number=%u", i + 1);
        for (unsigned k = 0; k < i; k++)
            if (memcmp(keys[i], keys[k], QN_PUBKEY) == 0)
                return qn_fail(err, QN_DENIED, "cert.same-keys", "one=%u|other=%u", k + 1, i + 1);
    }
    return QN_OK;
}

/* ---- certificate --------------------------------------------------------------------------------------------- */

void qn_cert_body(struct qn_buf *out, const struct qn_cert *c)
{
    qn_put_uint(out, QN_ENTRY_VERSION, 1);
    qn_put_uint(out, QN_ENTRY_ALGORITHM, 1);
    put_text(out, c->deployment);
    put_text(out, c->issuer);
    qn_put_uint(out, c->issuer_epoch, 2);
    put_text(out, c->office);
    put_text(out, c->name);
    qn_put_uint(out, (uint64_t)c->level, 1);
    qn_put_uint(out, c->epoch, 2);
    qn_put_uint(out, c->lanes, 1);
    qn_put_uint(out, c->serial, 4);
    qn_put_uint(out, (uint32_t)c->from_day, 4);
    qn_put_uint(out, (uint32_t)c->to_day, 4);
    qn_put_uint(out, c->nscopes, 1);
    for (unsigned i = 0; i < c->nscopes; i++)
        put_text(out, c->scope[i]);
    put_keys(out, (const uint8_t *const[5]){c->log, c->witness, c->vrf, c->tls, c->box});
}

/* SPEC versions-2: "judged before anything behind it is read" */
static enum qn_code read_version(struct rd *r, struct qn_err *err)
{
    unsigned version = (unsigned)rd_uint(r, 1), algorithm = (unsigned)rd_uint(r, 1);
    if (!r->failed && version != QN_ENTRY_VERSION)
        return qn_fail(err, wire_unknown(version), "cert.version", "have=%u|need=%d", version,
                       QN_ENTRY_VERSION);
    if (!r->failed && algorithm != QN_ENTRY_ALGORITHM)
        return qn_fail(err, wire_unknown(algorithm), "cert.algorithm", "have=%u", algorithm);
    return QN_OK;
}

static bool read_body(struct rd *r, struct qn_cert *c)
{
    bool ok = rd_text(r, c->deployment, sizeof(c->deployment));
    ok = rd_text(r, c->issuer, sizeof(c->issuer)) && ok;
    c->issuer_epoch = (uint16_t)rd_uint(r, 2);
    ok = rd_text(r, c->office, sizeof(c->office)) && ok;
    ok = rd_text(r, c->name, sizeof(c->name)) && ok;
    uint64_t level = rd_uint(r, 1);
    c->level = (enum qn_level)level;
    c->epoch = (uint16_t)rd_uint(r, 2);
    c->lanes = (uint8_t)rd_uint(r, 1);
    c->serial = (uint32_t)rd_uint(r, 4);
    uint64_t from = rd_uint(r, 4), to = rd_uint(r, 4);
    c->from_day = (int32_t)from;
    c->to_day = (int32_t)to;
    c->nscopes = (unsigned)rd_uint(r, 1);
    ok = ok && c->nscopes >= 1 && c->nscopes <= QN_SCOPES && from <= to && to <= WIRE_DAY_MAX;
    for (unsigned i = 0; ok && i < c->nscopes; i++) {
        ok = rd_text(r, c->scope[i], sizeof(c->scope[i])) && is_prefix(c->scope[i]);
        ok = ok && (i == 0 || strcmp(c->scope[i - 1], c->scope[i]) < 0);
    }
    rd_copy(r, c->log, QN_PUBKEY);
    rd_copy(r, c->witness, QN_PUBKEY);
    rd_copy(r, c->vrf, QN_PUBKEY);
    rd_copy(r, c->tls, QN_PUBKEY);
    rd_copy(r, c->box, QN_PUBKEY);
    bool root = !c->issuer[0];
    return ok && !r->failed && cert_is_deployment(qn_str(c->deployment)) &&
           (root || wire_is_code(qn_str(c->issuer))) && root == (c->issuer_epoch == 0) &&
           root == (level == QN_PROVINCE) && wire_is_code(qn_str(c->office)) &&
           is_office_name(c->name) && level >= QN_PROVINCE && level <= QN_STATION &&
           c->epoch >= 1 && c->epoch <= 4095 && c->issuer_epoch <= 4095 && c->serial >= 1 &&
           c->lanes < 1u << QN_LANES;
}

static enum qn_code malformed(struct qn_span in, struct qn_err *err)
{
    return qn_fail(err, QN_MALFORMED, "cert.malformed", "bytes=%zu", in.n);
}

struct seal {
    unsigned kind, n;
    uint8_t index[QN_ROOT_KEYS];
    const uint8_t *sig[QN_ROOT_KEYS];
    struct qn_span body;
};

static enum qn_code read_cert(struct qn_cert *out, struct seal *seal, struct qn_span in,
                              struct qn_err *err)
{
    struct rd r = {.in = in};
    struct qn_cert c = {0};
    if (in.n > QN_CERT_MAX)
        return malformed(in, err);
    enum qn_code rc = read_version(&r, err);
    if (rc)
        return rc;
    if (!read_body(&r, &c))
        return malformed(in, err);
    *seal = (struct seal){.body = {in.p, in.n - r.in.n}, .n = 1};
    seal->kind = (unsigned)rd_uint(&r, 1);
    if (seal->kind == SEAL_POLICY)
        seal->n = (unsigned)rd_uint(&r, 1);
    if ((seal->kind != SEAL_ISSUER && seal->kind != SEAL_POLICY) || seal->n < 1 ||
        seal->n > QN_ROOT_KEYS || (seal->kind == SEAL_POLICY) != !c.issuer[0])
        return malformed(in, err);
    for (unsigned i = 0; i < seal->n; i++) {
        if (seal->kind == SEAL_POLICY)
            seal->index[i] = (uint8_t)rd_uint(&r, 1);
        seal->sig[i] = rd_span(&r, QN_SIG).p;
        if (seal->kind == SEAL_POLICY && i > 0 && seal->index[i] <= seal->index[i - 1])
            return malformed(in, err);
    }
    if (!rd_end(&r))
        return malformed(in, err);
    rc = check_keys((const uint8_t *const[5]){c.log, c.witness, c.vrf, c.tls, c.box}, err);
    if (!rc)
        *out = c;
    return rc;
}

enum qn_code qn_cert_body_decode(struct qn_cert *out, struct qn_span body, struct qn_err *err)
{
    struct rd r = {.in = body};
    struct qn_cert c = {0};
    if (body.n > QN_CERT_MAX)
        return malformed(body, err);
    enum qn_code rc = read_version(&r, err);
    if (rc)
        return rc;
    if (!read_body(&r, &c) || !rd_end(&r))
        return malformed(body, err);
    rc = check_keys((const uint8_t *const[5]){c.log, c.witness, c.vrf, c.tls, c.box}, err);
    if (!rc)
        *out = c;
    return rc;
}

enum qn_code qn_cert_decode(struct qn_cert *out, struct qn_span in, struct qn_err *err)
{
    struct seal seal;
    return read_cert(out, &seal, in, err);
}

static void body_of(struct qn_buf *b, const struct qn_cert *c)
{
    qn_buf_init(b, QN_CERT_MAX);
    qn_cert_body(b, c);
}

void qn_cert_seal(struct qn_buf *out, const struct qn_cert *c, const uint8_t issuer_sk[64])
{
    uint8_t sig[QN_SIG];
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    body_of(&b, c);
    qn_sign_tagged(sig, "cert", qn_buf_span(&b), issuer_sk);
    qn_put_span(out, qn_buf_span(&b));
    qn_put_uint(out, SEAL_ISSUER, 1);
    qn_put(out, sig, sizeof(sig));
    if (b.failed)
        out->failed = b.failed;
}

void qn_cert_root_sign(uint8_t sig[QN_SIG], const struct qn_cert *c, const uint8_t sk[64])
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    body_of(&b, c);
    qn_sign_tagged(sig, "cert", qn_buf_span(&b), sk);
}

void qn_cert_seal_root(struct qn_buf *out, const struct qn_cert *c, unsigned nsigs,
                       const uint8_t index[], const uint8_t sig[][QN_SIG])
{
    qn_cert_body(out, c);
    qn_put_uint(out, SEAL_POLICY, 1);
    qn_put_uint(out, nsigs, 1);
    for (unsigned i = 0; i < nsigs; i++) {
        qn_put_uint(out, index[i], 1);
        qn_put(out, sig[i], QN_SIG);
    }
}

enum qn_code qn_cert_verify_root(struct qn_cert *out, struct qn_span in,
                                 const struct qn_policy *policy, struct qn_err *err)
{
    struct qn_cert c;
    struct seal seal;
    enum qn_code rc = read_cert(&c, &seal, in, err);
    if (rc)
        return rc;
    if (seal.kind != SEAL_POLICY)
        return qn_fail(err, QN_UNVERIFIED, "cert.not-root", "office=%s", c.office);
    if (strcmp(c.deployment, policy->deployment) != 0)
        return qn_fail(err, QN_DENIED, "cert.deployment", "theirs=%s|ours=%s", c.deployment,
                       policy->deployment);
    /* SPEC cert-6: "every signature verifies and there are at least k of them" */
    if (seal.n < policy->k)
        return qn_fail(err, QN_UNVERIFIED, "cert.threshold", "have=%u|need=%u", seal.n, policy->k);
    for (unsigned i = 0; i < seal.n; i++)
        if (seal.index[i] >= policy->n ||
            !qn_verify_tagged(seal.sig[i], "cert", seal.body, policy->key[seal.index[i]]))
            return qn_fail(err, QN_UNVERIFIED, "cert.signature", "office=%s", c.office);
    if (!in_scope(c.office, &c))
        return qn_fail(err, QN_DENIED, "cert.scope", "office=%s|what=%s", c.office, c.office);
    *out = c;
    return QN_OK;
}

enum qn_code qn_cert_verify(struct qn_cert *out, struct qn_span in, const struct qn_cert *parent,
                            struct qn_err *err)
{
    struct qn_cert c;
    struct seal seal;
    enum qn_code rc = read_cert(&c, &seal, in, err);
    if (rc)
        return rc;
    if (seal.kind != SEAL_ISSUER || strcmp(c.issuer, parent->office) != 0 ||
        c.issuer_epoch != parent->epoch)
        return qn_fail(err, QN_UNVERIFIED, "cert.issuer", "office=%s|issuer=%s|expected=%s",
                       c.office, c.issuer, parent->office);
    if (!qn_verify_tagged(seal.sig[0], "cert", seal.body, parent->log))
        return qn_fail(err, QN_UNVERIFIED, "cert.signature", "office=%s", c.office);
    if (strcmp(c.deployment, parent->deployment) != 0)
        return qn_fail(err, QN_DENIED, "cert.deployment", "theirs=%s|ours=%s", c.deployment,
                       parent->deployment);
    if (c.level <= parent->level)
        return qn_fail(err, QN_DENIED, "cert.level", "office=%s|level=%d|parent=%d", c.office,
                       (int)c.level, (int)parent->level);
    /* SPEC cert-7: "every scope prefix begins with one of the parent's" */
    for (unsigned i = 0; i < c.nscopes; i++)
        if (!in_scope(c.scope[i], parent))
            return qn_fail(err, QN_DENIED, "cert.scope", "office=%s|what=%s", c.office, c.scope[i]);
    if (!in_scope(c.office, parent) || !in_scope(c.office, &c) || strcmp(c.office, parent->office) == 0)
        return qn_fail(err, QN_DENIED, "cert.scope", "office=%s|what=%s", c.office, c.office);
    if (c.lanes & ~parent->lanes)
        return qn_fail(err, QN_DENIED, "cert.lanes", "office=%s", c.office);
    /* SPEC cert-14: "A station (level 4) has no lanes but control and result" */
    if (c.level == QN_STATION && (c.lanes & ~STATION))
        return qn_fail(err, QN_DENIED, "cert.station-lanes", "office=%s", c.office);
    *out = c;
    return QN_OK;
}

/* ---- origins -------------------------------------------------------------------------------------------------- */

void qn_cert_origin(char out[QN_ORIGIN_MAX + 1], const struct qn_cert *c)
{
    snprintf(out, QN_ORIGIN_MAX + 1, "%s/%s/%u", c->deployment, c->office, c->epoch);
}

/* The span up to the first '/', which is skipped; fails when there is none. */
static struct qn_span up_to_slash(struct rd *r)
{
    const uint8_t *slash = r->in.n ? memchr(r->in.p, '/', r->in.n) : NULL;
    struct qn_span s = rd_span(r, slash ? (size_t)(slash - r->in.p) : SIZE_MAX);
    rd_span(r, 1);
    return s;
}

enum qn_code qn_origin_parse(struct qn_span origin, char deployment[QN_DEPLOYMENT_MAX + 1],
                             char office[QN_CODE_MAX + 1], uint16_t *epoch, struct qn_err *err)
{
    struct rd r = {.in = origin};
    struct qn_span d = up_to_slash(&r), o = up_to_slash(&r);
    uint64_t n = rd_dec(&r, 4095);
    /* SPEC log-1: "exactly two `/`": a third would stand in the decimal. */
    if (!rd_end(&r) || n < 1 || !cert_is_deployment(d) || !wire_is_code(o) ||
        !qn_text_copy(deployment, QN_DEPLOYMENT_MAX + 1, d) ||
        !qn_text_copy(office, QN_CODE_MAX + 1, o))
        return qn_fail(err, QN_MALFORMED, "cert.origin", "bytes=%zu", origin.n);
    *epoch = (uint16_t)n;
    return QN_OK;
}

/* ---- requests -------------------------------------------------------------------------------------------------- */

void qn_request_seal(struct qn_buf *out, const struct qn_request *r, const uint8_t log_sk[64])
{
    uint8_t sig[QN_SIG];
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, QN_CERT_MAX);
    qn_put_uint(&b, QN_ENTRY_VERSION, 1);
    qn_put_uint(&b, QN_ENTRY_ALGORITHM, 1);
    put_text(&b, r->deployment);
    put_text(&b, r->office);
    put_text(&b, r->name);
    qn_put_uint(&b, r->epoch, 2);
    put_keys(&b, (const uint8_t *const[5]){r->log, r->witness, r->vrf, r->tls, r->box});
    qn_sign_tagged(sig, "request", qn_buf_span(&b), log_sk);
    qn_put_span(out, qn_buf_span(&b));
    qn_put(out, sig, sizeof(sig));
    if (b.failed)
        out->failed = b.failed;
}

enum qn_code qn_request_verify(struct qn_request *out, struct qn_span in, struct qn_err *err)
{
    struct rd r = {.in = in};
    struct qn_request q = {0};
    if (in.n <= QN_SIG || in.n > QN_CERT_MAX)
        return qn_fail(err, QN_MALFORMED, "cert.request", "bytes=%zu", in.n);
    enum qn_code rc = read_version(&r, err);
    if (rc)
        return rc;
    bool ok = rd_text(&r, q.deployment, sizeof(q.deployment)) &&
         rd_text(&r, q.office, sizeof(q.office)) && rd_text(&r, q.name, sizeof(q.name));
    q.epoch = (uint16_t)rd_uint(&r, 2);
    rd_copy(&r, q.log, QN_PUBKEY);
    rd_copy(&r, q.witness, QN_PUBKEY);
    rd_copy(&r, q.vrf, QN_PUBKEY);
    rd_copy(&r, q.tls, QN_PUBKEY);
    rd_copy(&r, q.box, QN_PUBKEY);
    struct qn_span request = {in.p, in.n - r.in.n};
    struct qn_span sig = rd_span(&r, QN_SIG);
    /* SPEC cert-16: "A request of epoch 2 or more may carry one more signature" */
    q.continued = q.epoch > 1 && r.in.n == QN_SIG;
    if (q.continued)
        rd_span(&r, QN_SIG);
    if (!ok || !rd_end(&r) || !cert_is_deployment(qn_str(q.deployment)) ||
        !wire_is_code(qn_str(q.office)) || !is_office_name(q.name) || q.epoch < 1 || q.epoch > 4095)
        return qn_fail(err, QN_MALFORMED, "cert.request", "bytes=%zu", in.n);
    rc =
        check_keys((const uint8_t *const[5]){q.log, q.witness, q.vrf, q.tls, q.box}, err);
    if (rc)
        return rc;
    if (!qn_verify_tagged(sig.p, "request", request, q.log))
        return qn_fail(err, QN_UNVERIFIED, "cert.request-signature", "office=%s", q.office);
    *out = q;
    return QN_OK;
}

void qn_request_continue(struct qn_buf *request, const uint8_t log_sk[64])
{
    uint8_t sig[QN_SIG];
    qn_sign_tagged(sig, "continue", qn_buf_span(request), log_sk);
    qn_put(request, sig, sizeof(sig));
}

bool qn_request_continues(struct qn_span in, const uint8_t log[QN_PUBKEY])
{
    struct qn_request q;
    struct qn_err none;
    if (qn_request_verify(&q, in, &none) != QN_OK || !q.continued)
        return false;
    return qn_verify_tagged(in.p + in.n - QN_SIG, "continue", (struct qn_span){in.p, in.n - QN_SIG}, log);
}

void qn_request_hash(uint8_t out[QN_HASH], struct qn_span in)
{
    wire_sha256(out, &in, 1);
}
