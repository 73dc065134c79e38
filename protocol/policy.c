#include "qian/cert.h"

#include <sodium.h>
#include <string.h>

#include "protocol/wire.h"

void qn_policy_text(struct qn_buf *out, const struct qn_policy *p)
{
    qn_put_fmt(out, "qian-root-policy/1\ndeployment %s\nthreshold %u\n", p->deployment, p->k);
    for (unsigned i = 0; i < p->n; i++) {
        qn_put_str(out, "key ");
        qn_put_hex(out, p->key[i], QN_PUBKEY);
        qn_put_str(out, "\n");
    }
}

enum qn_code qn_policy_parse(struct qn_policy *out, struct qn_span text, struct qn_err *err)
{
    struct rd r = {.in = text}, line;
    struct qn_policy p = {.n = 0};
    bool ok = text.n <= QN_POLICY_MAX && qn_span_is(rd_line(&r), "qian-root-policy/1");
    line.in = rd_line(&r);
    line.failed = false;
    rd_word(&line, "deployment");
    struct qn_span name = rd_field(&line);
    ok = ok && rd_end(&line) && name.n && qn_text_copy(p.deployment, sizeof(p.deployment), name);
    for (size_t i = 0; ok && i < name.n; i++)
        ok = (name.p[i] >= 'a' && name.p[i] <= 'z') || (name.p[i] >= '0' && name.p[i] <= '9') || name.p[i] == '.' ||
             name.p[i] == '-';
    line = (struct rd){.in = rd_line(&r)};
    rd_word(&line, "threshold");
    p.k = (unsigned)rd_dec(&line, QN_ROOT_KEYS);
    ok = ok && rd_end(&line);
    while (ok && rd_more(&r)) {
        line = (struct rd){.in = rd_line(&r)};
        rd_word(&line, "key");
        ok = p.n < QN_ROOT_KEYS;
        if (!ok)
            break;
        rd_hex(&line, p.key[p.n], QN_PUBKEY);
        ok = rd_end(&line) && !r.failed && crypto_core_ed25519_is_valid_point(p.key[p.n]) &&
             (p.n == 0 || memcmp(p.key[p.n - 1], p.key[p.n], QN_PUBKEY) < 0);
        p.n++;
    }
    if (!ok || r.failed || p.n < 1 || p.k < 1 || p.k > p.n)
        return qn_fail(err, QN_MALFORMED, "cert.policy", "bytes=%zu", text.n);
    *out = p;
    return QN_OK;
}

void qn_policy_hash(uint8_t out[QN_HASH], const struct qn_policy *p)
{
    QN_AUTO(qn_buf) struct qn_buf b;
    qn_buf_init(&b, QN_POLICY_MAX);
    qn_policy_text(&b, p);
    struct qn_span text = qn_buf_span(&b);
    wire_sha256(out, &text, 1);
}

/* ---- fingerprints ------------------------------------------------------------------------------------------- */

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; /* no I, L, O, U: they are misread */
#define GROUPS 8

/* SPEC cert-12: "the sum of value times weight over the four characters, weights 1, 3, 5, 7, plus 11 times the group's number, modulo 31" */
static char check_char(const unsigned v[4], unsigned group)
{
    static const unsigned weight[4] = {1, 3, 5, 7};
    unsigned sum = 11 * group;
    for (unsigned i = 0; i < 4; i++)
        sum += v[i] * weight[i];
    return alphabet[sum % 31];
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

enum qn_code qn_fingerprint_check(const char *typed, const uint8_t hash[QN_HASH], struct qn_err *err)
{
    char plain[GROUPS * 5], want[QN_FINGERPRINT];
    size_t n = 0;
    for (const char *p = typed; *p; p++) {
        char c = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
        if (c == '-' || c == ' ')
            continue;
        if (n == sizeof(plain) || !strchr(alphabet, c))
            return qn_fail(err, QN_MALFORMED, "cert.fingerprint-form", "group=%zu", n / 5 + 1);
        plain[n++] = c;
    }
    if (n != sizeof(plain))
        return qn_fail(err, QN_MALFORMED, "cert.fingerprint-form", "group=%zu", n / 5 + 1);
    qn_fingerprint(want, hash);
    bool same = true;
    for (unsigned g = 0; g < GROUPS; g++) {
        unsigned v[4];
        for (unsigned i = 0; i < 4; i++)
            v[i] = (unsigned)(strchr(alphabet, plain[g * 5 + i]) - alphabet);
        if (check_char(v, g + 1) != plain[g * 5 + 4])
            return qn_fail(err, QN_MALFORMED, "cert.fingerprint-group", "group=%u", g + 1);
        same = same && memcmp(plain + 5 * (size_t)g, want + 6 * (size_t)g, 5) == 0;
    }
    /* The right one is not printed: who copies it from the screen has compared nothing. */
    return same ? QN_OK : qn_fail(err, QN_UNVERIFIED, "cert.fingerprint", "");
}
