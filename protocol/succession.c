/* succession.c - one root policy after another.   Spec: protocol/spec/rotation.md */
#include <string.h>

#include "protocol/wire.h"
#include "qian/cert.h"
#include "qian/entry.h"

static const char title[] = "qian-root-succession/1";

void qn_succession_body(struct qn_buf *out, const uint8_t from[QN_HASH],
                        const struct qn_policy *next)
{
    qn_put_fmt(out, "%s\nfrom ", title);
    qn_put_hex(out, from, QN_HASH);
    qn_put_str(out, "\n");
    qn_policy_text(out, next);
}

void qn_succession_sign(uint8_t sig[QN_SIG], struct qn_span body, const uint8_t sk[64])
{
    qn_sign_tagged(sig, "root", body, sk);
}

void qn_succession_lines(struct qn_buf *out, const struct qn_custodian_sig *sigs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        qn_put_fmt(out, "%s %u ", sigs[i].is_new ? "new" : "old", sigs[i].number);
        qn_put_hex(out, sigs[i].sig, QN_SIG);
        qn_put_str(out, "\n");
    }
}

/* The signature lines of one kind, ascending, each verified; *n counts them. */
static bool take_lines(struct rd *r, const char *kind, const struct qn_policy *p,
                       struct qn_span body, unsigned *n, bool *verified)
{
    unsigned next = 0;
    for (*n = 0; rd_more(r); ++*n) {
        struct rd before = *r;
        struct rd line = {.in = rd_line(r)};
        uint8_t sig[QN_SIG];
        if (!qn_span_is(rd_field(&line), kind)) {
            *r = before; /* the other kind's, or the end of what is well formed */
            return true;
        }
        unsigned number = (unsigned)rd_dec(&line, QN_ROOT_KEYS - 1);
        rd_hex(&line, sig, sizeof(sig));
        /* SPEC rotation-13: "in ascending order of the key's number in its policy (from 0), each at most once" */
        if (!rd_end(&line) || r->failed || (*n && number < next))
            return false;
        next = number + 1;
        *verified =
            *verified && number < p->n && qn_verify_tagged(sig, "root", body, p->key[number]);
    }
    return true;
}

/* How long the policy's text is that r stands at: up to the first line that is not its own. */
static struct qn_span policy_text(struct rd *r)
{
    const uint8_t *start = r->in.p;
    for (unsigned lines = 0; rd_more(r); lines++) {
        struct rd before = *r;
        struct rd line = {.in = rd_line(r)};
        if (lines >= 3 && !qn_span_is(rd_field(&line), "key")) {
            *r = before;
            break;
        }
    }
    return (struct qn_span){start, (size_t)(r->in.p - start)};
}

enum qn_code qn_succession_verify(struct qn_policy *next, struct qn_span text,
                                  const struct qn_policy *old, struct qn_err *err)
{
    struct rd r = {.in = text};
    struct qn_policy p;
    struct qn_err inner;
    uint8_t from[QN_HASH], old_hash[QN_HASH], hash[QN_HASH];
    unsigned nold, nnew;
    bool verified = true;
    struct rd first = {.in = rd_line(&r)}, second = {.in = rd_line(&r)};
    rd_word(&first, title);
    rd_word(&second, "from");
    rd_hex(&second, from, sizeof(from));
    if (text.n > QN_SUCCESSION_MAX || !rd_end(&first) || !rd_end(&second) || r.failed ||
        qn_policy_parse(&p, policy_text(&r), &inner) != QN_OK)
        return qn_fail(err, QN_MALFORMED, "cert.succession", "bytes=%zu", text.n);
    struct qn_span body = {text.p, (size_t)(r.in.p - text.p)};
    if (!take_lines(&r, "old", old, body, &nold, &verified) ||
        !take_lines(&r, "new", &p, body, &nnew, &verified) || !rd_end(&r))
        return qn_fail(err, QN_MALFORMED, "cert.succession", "bytes=%zu", text.n);
    qn_policy_hash(old_hash, old);
    qn_policy_hash(hash, &p);
    /* SPEC rotation-15: "from is the hash of the policy that ends, the deployment is the same, the policies differ" */
    if (memcmp(from, old_hash, QN_HASH) != 0 || strcmp(p.deployment, old->deployment) != 0 ||
        memcmp(hash, old_hash, QN_HASH) == 0)
        return qn_fail(err, QN_DENIED, "cert.succession-other", "");
    if (!verified)
        return qn_fail(err, QN_UNVERIFIED, "cert.succession-signature", "");
    if (nold < old->k || nnew < p.k)
        return qn_fail(err, QN_UNVERIFIED, "cert.succession-threshold",
                       "old=%u|oldneed=%u|new=%u|newneed=%u", nold, old->k, nnew, p.k);
    *next = p;
    return QN_OK;
}
