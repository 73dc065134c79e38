#include "qian/cert.h"

#include <sodium.h>
#include <string.h>

#include "protocol/cert_form.h"
#include "protocol/wire.h"

/* SPEC cert-2: "The deployment matches `[a-z0-9.-]{1,64}`" */
bool cert_is_deployment(struct qn_span s)
{
    if (s.n < 1 || s.n > QN_DEPLOYMENT_MAX)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-'))
            return false;
    }
    return true;
}

void qn_policy_text(struct qn_buf *out, const struct qn_policy *p)
{
    qn_put_fmt(out, "qian-root-policy/1\ndeployment %s\nthreshold %u\n", p->deployment, p->k);
    for (unsigned i = 0; i < p->n; i++) {
        qn_put_str(out, "key ");
        qn_put_hex(out, p->key[i], QN_PUBKEY);
        qn_put_str(out, "\n");
    }
}

static bool read_policy(struct rd *r, struct qn_policy *p)
{
    struct rd line = {.in = rd_line(r)};
    rd_word(&line, "qian-root-policy/1");
    if (!rd_end(&line))
        return false;
    line = (struct rd){.in = rd_line(r)};
    rd_word(&line, "deployment");
    struct qn_span name = rd_field(&line);
    if (!rd_end(&line) || !cert_is_deployment(name) ||
        !qn_text_copy(p->deployment, sizeof(p->deployment), name))
        return false;
    line = (struct rd){.in = rd_line(r)};
    rd_word(&line, "threshold");
    p->k = (unsigned)rd_dec(&line, QN_ROOT_KEYS);
    if (!rd_end(&line))
        return false;
    /* SPEC cert-9: "1 to 5 lines `key <64 hex digits>` in ascending order" */
    for (; rd_more(r); p->n++) {
        line = (struct rd){.in = rd_line(r)};
        rd_word(&line, "key");
        if (p->n == QN_ROOT_KEYS)
            return false;
        rd_hex(&line, p->key[p->n], QN_PUBKEY);
        if (!rd_end(&line) || !crypto_core_ed25519_is_valid_point(p->key[p->n]) ||
            (p->n > 0 && memcmp(p->key[p->n - 1], p->key[p->n], QN_PUBKEY) >= 0))
            return false;
    }
    /* SPEC cert-9: "k from 1 to their number" */
    return !r->failed && p->k >= 1 && p->k <= p->n;
}

enum qn_code qn_policy_parse(struct qn_policy *out, struct qn_span text, struct qn_err *err)
{
    struct rd r = {.in = text};
    struct qn_policy p = {.n = 0};
    if (text.n > QN_POLICY_MAX || !read_policy(&r, &p))
        return qn_fail(err, QN_MALFORMED, "cert.policy", "bytes=%zu", text.n);
    *out = p;
    return QN_OK;
}

void qn_policy_hash(uint8_t out[QN_HASH], const struct qn_policy *p)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, QN_POLICY_MAX);
    qn_policy_text(&b, p);
    struct qn_span text = qn_buf_span(&b);
    wire_sha256(out, &text, 1);
}

/* ---- fingerprints ------------------------------------------------------------------------------------------- */

static const char alphabet[] =
    "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; /* no I, L, O, U: they are misread */
#define GROUPS 8

/* In GF(2^5) every single wrong character and every exchange of two changes the sum.
 * SPEC cert-12: "a·x^4 + b·x^3 + c·x^2 + d·x + g" */
static char check_char(const unsigned v[4], unsigned group)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < 4; i++) {
        sum = (sum ^ v[i]) << 1;
        sum = (sum ^ (sum & 32 ? 0x25u : 0)) & 31; /* x^5 = x^2 + 1 */
    }
    return alphabet[sum ^ group];
}

void qn_fingerprint(char out[QN_FINGERPRINT], const uint8_t hash[QN_HASH])
{
    char *to = out;
    for (unsigned g = 0; g < GROUPS; g++) {
        unsigned v[4];
        for (unsigned i = 0; i < 4; i++) {
            unsigned bit = (g * 4 + i) * 5;
            unsigned two = (unsigned)hash[bit / 8] << 8 | hash[bit / 8 + 1];
            v[i] = two >> (11 - bit % 8) & 31;
            *to++ = alphabet[v[i]];
        }
        *to++ = check_char(v, g + 1);
        *to++ = g + 1 < GROUPS ? '-' : 0;
    }
}

static enum qn_code bad_form(struct qn_err *err, unsigned group)
{
    return qn_fail(err, QN_MALFORMED, "cert.fingerprint-form", "group=%u", group);
}

/* Five typed characters in upper case; QN_MALFORMED when one is not of the alphabet or the last does
 * not fit the others.                                                                              */
static enum qn_code read_group(char out[5], const char *typed, unsigned group, struct qn_err *err)
{
    unsigned v[5];
    for (unsigned i = 0; i < 5; i++) {
        out[i] = typed[i] >= 'a' && typed[i] <= 'z' ? (char)(typed[i] - 'a' + 'A') : typed[i];
        const char *at = strchr(alphabet, out[i]);
        if (!at)
            return bad_form(err, group);
        v[i] = (unsigned)(at - alphabet);
    }
    if (check_char(v, group) != out[4])
        return qn_fail(err, QN_MALFORMED, "cert.fingerprint-group", "group=%u", group);
    return QN_OK;
}

enum qn_code qn_fingerprint_check(const char *typed, const uint8_t hash[QN_HASH],
                                  struct qn_err *err)
{
    static const char between[] = "- ";
    char want[QN_FINGERPRINT], have[5];
    unsigned group = 0;
    bool same = true;
    qn_fingerprint(want, hash);
    for (const char *p = typed + strspn(typed, between); *p; p += strspn(p, between)) {
        size_t run = strcspn(p, between);
        unsigned first = group + 1;
        for (; run >= 5; run -= 5, p += 5) {
            if (group == GROUPS)
                return bad_form(err, GROUPS);
            enum qn_code rc = read_group(have, p, group + 1, err);
            if (rc)
                return rc;
            same = same && memcmp(have, want + 6 * (size_t)group, 5) == 0;
            group++;
        }
        /* One character too few or too many in a group that stands alone: that group is named. */
        if (run)
            return bad_form(err, group == first ? first : group < GROUPS ? group + 1 : GROUPS);
    }
    if (group != GROUPS)
        return bad_form(err, group + 1);
    /* SPEC cert-13: "the right one is not shown": who copies it from the screen has compared nothing. */
    return same ? QN_OK : qn_fail(err, QN_UNVERIFIED, "cert.fingerprint", "");
}
