#include "node/store/tree.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "node/store/fate.h"
#include "node/store/internal.h"
#include "node/store/log.h"

static enum qn_code read_cert(struct query *q, struct qn_buf *bytes, char issuer[QN_CODE_MAX + 1], const char *office,
                              struct qn_err *err)
{
    bool found = q_step(q);
    if (found) {
        qn_put_span(bytes, q_span(q, 0));
        qn_text_copy(issuer, QN_CODE_MAX + 1, q_span(q, 1));
    }
    enum qn_code rc = query_end(q, err);
    if (!rc && !found)
        rc = qn_fail(err, QN_ABSENT, "tree.unknown-office", "office=%s", office);
    return rc ? rc : qn_buf_check(bytes, err);
}

enum qn_code tree_cert_bytes(struct qn_buf *out, struct store *st, const char *office, uint16_t epoch,
                             struct qn_err *err)
{
    char issuer[QN_CODE_MAX + 1];
    QN_AUTO(query) struct query q = query_start(st, epoch ? SQL_CERT_AT : SQL_CERT_NEWEST);
    q_bind_text(&q, office);
    if (epoch)
        q_bind_int(&q, epoch);
    return read_cert(&q, out, issuer, office, err);
}

enum qn_code tree_cert_decode(struct qn_cert *out, struct store *st, struct qn_span bytes, struct qn_err *err)
{
    for (unsigned i = 0; i < CERTS_KEPT; i++)
        if (bytes.n && qn_span_eq((struct qn_span){st->cert[i].bytes, st->cert[i].n}, bytes)) {
            *out = st->cert[i].cert;
            return QN_OK;
        }
    enum qn_code rc = qn_cert_decode(out, bytes, err);
    if (rc)
        return rc;
    struct cert_kept *k = &st->cert[st->next_cert++ % CERTS_KEPT];
    memcpy(k->bytes, bytes.p, bytes.n); /* at most QN_CERT_MAX, or it would not have decoded */
    k->n = bytes.n;
    k->cert = *out;
    return QN_OK;
}

enum qn_code tree_cert_at(struct qn_cert *out, struct store *st, const char *office, uint16_t epoch,
                          struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf bytes = {0};
    qn_buf_init(&bytes, QN_CERT_MAX);
    enum qn_code rc = tree_cert_bytes(&bytes, st, office, epoch, err);
    return rc ? rc : tree_cert_decode(out, st, qn_buf_span(&bytes), err);
}

enum qn_code tree_cert(struct qn_cert *out, struct store *st, const char *office, struct qn_err *err)
{
    return tree_cert_at(out, st, office, 0, err);
}

enum qn_code tree_since(int32_t *day, struct store *st, const char *office, struct qn_err *err)
{
    struct qn_cert c;
    bool found = false;
    QN_AUTO(query) struct query q = query_start(st, SQL_CERT_ALL_OF);
    q_bind_text(&q, office);
    while (q_step(&q)) {
        enum qn_code rc = tree_cert_decode(&c, st, q_span(&q, 0), err);
        if (rc)
            return rc;
        *day = !found || c.from_day < *day ? c.from_day : *day;
        found = true;
    }
    enum qn_code rc = query_end(&q, err);
    return rc || found ? rc : qn_fail(err, QN_ABSENT, "tree.unknown-office", "office=%s", office);
}

enum qn_code tree_speakers(struct qn_cert out[TREE_SPEAKERS], unsigned *n, struct store *st, const char *office,
                           struct qn_err *err)
{
    uint16_t newest = 0, told = 0;
    *n = 0;
    QN_AUTO(query) struct query q = query_start(st, SQL_CERT_ALL_OF);
    q_bind_text(&q, office);
    while (*n < TREE_SPEAKERS && q_step(&q)) {
        struct qn_cert *c = &out[*n];
        enum qn_code rc = tree_cert_decode(c, st, q_span(&q, 0), err);
        if (rc)
            return rc;
        if (!newest)
            newest = c->epoch;
        bool first = c->epoch != told;
        told = c->epoch;
        /* SPEC http-2: "of an earlier epoch that is not revoked" - who still has it may not know of the newer one yet. */
        if (first && (c->epoch == newest || c->lanes))
            ++*n;
    }
    enum qn_code rc = query_end(&q, err);
    return rc || *n ? rc : qn_fail(err, QN_ABSENT, "tree.unknown-office", "office=%s", office);
}

/* SPEC entry-20: "but of an epoch that is revoked none" */
enum qn_code tree_cert_box(struct qn_cert *out, struct store *st, const char *office, struct qn_err *err)
{
    struct qn_cert all[TREE_SPEAKERS];
    unsigned n;
    enum qn_code rc = tree_speakers(all, &n, st, office, err);
    if (rc)
        return rc;
    for (unsigned i = 0; i < n; i++)
        if (all[i].lanes) {
            *out = all[i];
            return QN_OK;
        }
    return qn_fail(err, QN_DENIED, "act.addressee-revoked", "to=%s", office);
}

enum qn_code tree_cert_vrf(struct qn_cert *out, struct store *st, const char *office, uint16_t epoch,
                           const uint8_t vrf[QN_PUBKEY], struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_CERT_ALL_OF);
    q_bind_text(&q, office);
    while (q_step(&q)) {
        enum qn_code rc = tree_cert_decode(out, st, q_span(&q, 0), err);
        if (rc || (out->epoch <= epoch && memcmp(out->vrf, vrf, QN_PUBKEY) == 0))
            return rc;
    }
    enum qn_code rc = query_end(&q, err);
    return rc ? rc : qn_fail(err, QN_ABSENT, "tree.unknown-office", "office=%s", office);
}

/* SPEC log-1: "a log has one key for ever". And a child that certifies without end must not fill its parent's
 * tables: 512 certificates of one issuer are some ten times the offices below any real one.                */
#define CERTS_OF_ISSUER 512
static enum qn_code fits_what_is_held(struct store *st, const struct qn_cert *c, struct qn_span bytes,
                                      struct qn_err *err)
{
    struct qn_cert held;
    struct qn_err none;
    QN_AUTO(qn_buf) struct qn_buf same = {0};
    qn_buf_init(&same, QN_CERT_MAX);
    if (tree_cert_bytes(&same, st, c->office, c->epoch, &none) == QN_OK && qn_span_eq(qn_buf_span(&same), bytes))
        return QN_OK;
    if (tree_cert_at(&held, st, c->office, c->epoch, &none) == QN_OK && memcmp(held.log, c->log, QN_PUBKEY) != 0)
        return qn_fail(err, QN_CONFLICT, "tree.other-key", "office=%s|epoch=%u", c->office, c->epoch);
    QN_AUTO(query) struct query q = query_start(st, SQL_CERT_OF_ISSUER);
    q_bind_text(&q, c->issuer);
    if (q_step(&q) && q_int(&q, 0) >= CERTS_OF_ISSUER)
        return qn_fail(err, QN_LIMIT, "tree.too-many", "issuer=%s|max=%d", c->issuer, CERTS_OF_ISSUER);
    return query_end(&q, err);
}

/* Keeps a certificate that was checked, and wakes the entries that wait for one of its office. */
static enum qn_code keep_cert(struct store *st, const struct qn_cert *c, struct qn_span bytes, struct qn_err *err)
{
    enum qn_code rc = fits_what_is_held(st, c, bytes, err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(st, SQL_CERT_PUT);
    q_bind_text(&q, c->office);
    q_bind_int(&q, c->epoch);
    q_bind_int(&q, c->issuer_epoch);
    q_bind_int(&q, c->serial);
    q_bind_text(&q, c->issuer);
    q_bind_int(&q, (int64_t)c->level);
    q_bind_blob(&q, bytes.p, bytes.n);
    rc = store_run(&q, err);
    struct log log;
    char on[FATE_ON];
    if (!rc)
        rc = log_add(&log, st, c, err);
    st->certs++;
    snprintf(on, sizeof(on), "cert %s/%u", c->office, c->epoch);
    /* What was applied under keys that are revoked now is looked through again (rotation-23). */
    if (!rc && !c->lanes)
        rc = fate_stir(st, log.no, err);
    if (!rc)
        rc = fate_wake(st, on, 0, err);
    snprintf(on, sizeof(on), "office %s", c->office);
    if (!rc)
        rc = fate_wake(st, on, 0, err);
    snprintf(on, sizeof(on), "log %s", log.origin);
    return rc ? rc : fate_wake(st, on, 0, err);
}

static bool is_held(struct store *st, const struct qn_cert *c, struct qn_span bytes)
{
    bool held = false;
    QN_AUTO(query) struct query q = query_start(st, SQL_CERT_EPOCH);
    q_bind_text(&q, c->office);
    q_bind_int(&q, c->epoch);
    while (!held && q_step(&q))
        held = qn_span_eq(q_span(&q, 0), bytes);
    return held;
}

enum qn_code tree_add_cert(struct store *st, struct qn_span bytes, struct qn_err *err)
{
    struct qn_cert c, parent;
    if (!st->has_policy)
        return qn_fail(err, QN_ABSENT, "tree.no-policy", "dir=%s", st->dir);
    enum qn_code rc = qn_cert_decode(&c, bytes, err);
    if (rc)
        return rc;
    /* SPEC rotation-25: "A certificate that an office has verified stays verified" */
    if (is_held(st, &c, bytes))
        return QN_OK;
    if (!c.issuer[0]) {
        rc = qn_cert_verify_root(&c, bytes, &st->policy, err);
    } else {
        rc = tree_cert_at(&parent, st, c.issuer, c.issuer_epoch, err);
        if (!rc)
            rc = qn_cert_verify(&c, bytes, &parent, err);
    }
    return rc ? rc : keep_cert(st, &c, bytes, err);
}

/* ---- what was held before --------------------------------------------------------------------------------- */

#define POLICIES_MAX 64 /* successions of one deployment */

/* Whether successions that were followed here lead from this policy to the pinned one. */
static bool leads_here(struct store *st, const struct qn_policy *from)
{
    struct qn_policy at = *from, next;
    uint8_t pinned[QN_HASH], hash[QN_HASH];
    char name[96], hex[2 * QN_HASH + 1], text[QN_SUCCESSION_MAX + 1];
    struct qn_err none;
    qn_policy_hash(pinned, &st->policy);
    for (unsigned i = 0; i < POLICIES_MAX; i++) {
        qn_policy_hash(hash, &at);
        if (memcmp(hash, pinned, QN_HASH) == 0)
            return true;
        qn_hex(hex, hash, QN_HASH);
        snprintf(name, sizeof(name), "succession/%s", hex);
        if (!store_get(st, name, text, sizeof(text)) || qn_succession_verify(&next, qn_str(text), &at, &none) != QN_OK)
            return false;
        at = next;
    }
    return false;
}

static enum qn_code held_root(struct store *st, struct qn_span bytes, struct qn_err *err)
{
    struct qn_cert c;
    struct qn_policy was;
    struct qn_err none;
    enum qn_code rc = qn_cert_verify_root(&c, bytes, &st->policy, err);
    QN_AUTO(query) struct query q = query_start(st, SQL_POLICIES_WERE);
    while (rc && q_step(&q))
        if (qn_policy_parse(&was, q_span(&q, 0), &none) == QN_OK &&
            qn_cert_verify_root(&c, bytes, &was, &none) == QN_OK && leads_here(st, &was))
            rc = QN_OK;
    return rc;
}

static enum qn_code held_below(struct store *st, const struct qn_cert *c, struct qn_span bytes, struct qn_err *err)
{
    struct qn_cert parent, same;
    struct qn_err none;
    enum qn_code rc = tree_cert_at(&parent, st, c->issuer, c->issuer_epoch, err);
    if (!rc)
        rc = qn_cert_verify(&same, bytes, &parent, err);
    QN_AUTO(query) struct query q = query_start(st, SQL_CERT_EPOCH);
    q_bind_text(&q, c->issuer);
    q_bind_int(&q, c->issuer_epoch);
    while (rc && q_step(&q))
        if (qn_cert_decode(&parent, q_span(&q, 0), &none) == QN_OK &&
            qn_cert_verify(&same, bytes, &parent, &none) == QN_OK)
            rc = QN_OK;
    return rc;
}

enum qn_code tree_keep_cert(struct store *st, struct qn_span bytes, struct qn_err *err)
{
    struct qn_cert c;
    if (!st->has_policy)
        return qn_fail(err, QN_ABSENT, "tree.no-policy", "dir=%s", st->dir);
    enum qn_code rc = qn_cert_decode(&c, bytes, err);
    /* SPEC rotation-25: "holds under a root policy from which followed successions lead to the pinned one, or under any certificate of its issuer's epoch" */
    if (!rc)
        rc = c.issuer[0] ? held_below(st, &c, bytes, err) : held_root(st, bytes, err);
    return rc ? rc : keep_cert(st, &c, bytes, err);
}

/* ---- rows ---------------------------------------------------------------------------------------------------- */

/* Serial and hash of the certificate that this office logged last before `id`, in the same epoch; 0 for none. */
static enum qn_code logged_before(struct store *st, struct qn_span office, int64_t id, uint32_t *serial,
                                  uint8_t hash[QN_HASH], struct qn_err *err)
{
    uint16_t epoch, n;
    uint64_t seq;
    struct qn_cert last;
    struct qn_err unread;
    qn_row_id_split(id, &epoch, &seq, &n);
    QN_AUTO(query) struct query q = query_start(st, SQL_CERT_LOGGED_BEFORE);
    q_bind_span(&q, office);
    q_bind_int(&q, qn_row_id(epoch, 0, 0));
    q_bind_int(&q, id);
    *serial = 0;
    if (q_step(&q) && qn_cert_decode(&last, q_span(&q, 0), &unread) == QN_OK) {
        struct qn_span bytes = q_span(&q, 0);
        *serial = last.serial;
        crypto_hash_sha256(hash, bytes.p, bytes.n);
    }
    return query_end(&q, err);
}

enum qn_code tree_judge_cert(const struct qn_row *row, const struct qn_cert *signer, struct qn_err *err)
{
    struct qn_span subject = row->col[3].s, bytes = row->col[4].s;
    struct qn_cert c, checked;
    enum qn_code rc = qn_cert_decode(&c, bytes, err);
    if (rc)
        return rc;
    /* SPEC tables-4: "the issuer's signed certificate of `subject`" */
    if (!qn_span_is(row->col[0].s, c.issuer) || !qn_span_is(subject, c.office))
        return qn_fail(err, QN_DENIED, "tree.cert-row", "issuer=%s|office=%s", c.issuer, c.office);
    return qn_cert_verify(&checked, bytes, signer, err);
}

enum qn_code tree_take_cert(struct store *st, const struct qn_row *row, struct qn_err *err)
{
    struct qn_span bytes = row->col[4].s;
    struct qn_cert c;
    uint32_t last;
    uint8_t hash[QN_HASH];
    enum qn_code rc = qn_cert_decode(&c, bytes, err);
    if (!rc)
        rc = logged_before(st, row->col[0].s, row->col[1].i, &last, hash, err);
    if (!rc)
        rc = qn_cert_follows(&c, bytes, last, hash, err);
    return rc ? rc : keep_cert(st, &c, bytes, err);
}

bool tree_parent(struct store *st, const char *office, char parent[QN_CODE_MAX + 1])
{
    QN_AUTO(query) struct query q = query_start(st, SQL_CERT_NEWEST);
    q_bind_text(&q, office);
    return q_step(&q) && qn_text_copy(parent, QN_CODE_MAX + 1, q_span(&q, 1)) && parent[0];
}

bool tree_knows(struct store *st, const char *office)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_CERT_NEWEST);
    q_bind_text(&q, office);
    return q_step(&q);
}

/* SPEC verdicts-3: "The root office's own slots are ordered by itself." */
bool tree_orderer(struct store *st, const char *office, char orderer[QN_CODE_MAX + 1])
{
    if (tree_parent(st, office, orderer))
        return true;
    return tree_knows(st, office) && qn_text_copy(orderer, QN_CODE_MAX + 1, qn_str(office));
}

bool tree_is_above(struct store *st, const char *above, const char *office)
{
    char at[QN_CODE_MAX + 1], parent[QN_CODE_MAX + 1];
    if (!qn_text_copy(at, sizeof(at), qn_str(office)))
        return false;
    /* Certificates were checked to go strictly downward, so this ends; the bound is for a damaged table. */
    for (int i = 0; i < QN_CHAIN_MAX && tree_parent(st, at, parent); i++) {
        if (strcmp(parent, above) == 0)
            return true;
        memcpy(at, parent, sizeof(at));
    }
    return false;
}

bool tree_log_is_for(struct store *st, const char *author, const char *reader)
{
    return strcmp(author, reader) == 0 || tree_is_above(st, author, reader) || tree_is_above(st, reader, author);
}

bool tree_part_is_for(struct store *st, const struct qn_part *part, const char *author, const char *reader)
{
    char to[QN_CODE_MAX + 1];
    if (strcmp(author, reader) == 0 || tree_is_above(st, reader, author))
        return true;
    if (!tree_is_above(st, author, reader) || !qn_text_copy(to, sizeof(to), part->to))
        return false;
    /* Downward: addressed to the reader, to somebody below it, or to a subtree that holds it. */
    return strcmp(to, reader) == 0 || tree_is_above(st, reader, to) ||
           (part->reach == QN_TO_SUBTREE && tree_is_above(st, to, reader));
}

/* SPEC cursors-31: "lies in the scope of this node's own certificate" - an office outside of it is below another. */
bool tree_part_unknown(struct store *st, const struct qn_part *part, const char *author)
{
    char to[QN_CODE_MAX + 1];
    if (!tree_is_above(st, author, st->self.office) || !qn_text_copy(to, sizeof(to), part->to) || tree_knows(st, to))
        return false;
    for (unsigned i = 0; i < st->self.nscopes; i++)
        if (strncmp(to, st->self.scope[i], strlen(st->self.scope[i])) == 0)
            return true;
    return false;
}
