#include "node/sync/succession.h"

#include "node/store/duty.h"

#include <stdio.h>
#include <string.h>

#include "protocol/wire.h"
#include "qian/entry.h"

#define RIVAL "root-rival" /* setting: the succession that contradicts the one that was followed */

/* ---- custodians ------------------------------------------------------------------------------------------- */

enum qn_code succession_draft(struct qn_buf *out, const struct qn_policy *from,
                              const struct qn_policy *to, struct qn_err *err)
{
    uint8_t hash[QN_HASH], next[QN_HASH];
    qn_policy_hash(hash, from);
    qn_policy_hash(next, to);
    /* SPEC rotation-15: "the deployment is the same, the policies differ" */
    if (strcmp(from->deployment, to->deployment) != 0 || memcmp(hash, next, QN_HASH) == 0)
        return qn_fail(err, QN_DENIED, "root.draft", "from=%s|to=%s", from->deployment,
                       to->deployment);
    qn_succession_body(out, hash, to);
    return qn_buf_check(out, err);
}

/* The policy in a draft: the lines behind the first two. */
static enum qn_code draft_policy(struct qn_policy *out, struct qn_span draft, struct qn_err *err)
{
    struct rd r = {.in = draft};
    (void)rd_line(&r);
    (void)rd_line(&r);
    QN_AUTO(qn_buf) struct qn_buf again = {0};
    uint8_t from[QN_HASH];
    struct rd second = {.in = draft};
    (void)rd_line(&second);
    struct rd line = {.in = rd_line(&second)};
    rd_word(&line, "from");
    rd_hex(&line, from, sizeof(from));
    qn_buf_init(&again, QN_SUCCESSION_MAX);
    if (r.failed || !rd_end(&line) || qn_policy_parse(out, r.in, err) != QN_OK)
        return qn_fail(err, QN_MALFORMED, "cert.succession", "bytes=%zu", draft.n);
    qn_succession_body(&again, from, out);
    return qn_span_eq(qn_buf_span(&again), draft)
               ? QN_OK
               : qn_fail(err, QN_MALFORMED, "cert.succession", "bytes=%zu", draft.n);
}

enum qn_code succession_sign(uint8_t sig[QN_SIG], struct qn_span draft,
                             const struct keys *custodian, struct qn_err *err)
{
    struct qn_policy to;
    enum qn_code rc = draft_policy(&to, draft, err);
    if (!rc)
        qn_succession_sign(sig, draft, keys_log_sk(custodian));
    return rc;
}

static unsigned match(struct qn_custodian_sig *out, const struct qn_policy *p, bool is_new,
                      struct qn_span draft, const uint8_t (*sig)[QN_SIG], unsigned n)
{
    unsigned found = 0;
    for (uint8_t k = 0; k < p->n; k++)
        for (unsigned i = 0; i < n; i++)
            if (qn_verify_tagged(sig[i], "root", draft, p->key[k])) {
                out[found] = (struct qn_custodian_sig){.is_new = is_new, .number = k};
                memcpy(out[found++].sig, sig[i], QN_SIG);
                break;
            }
    return found;
}

enum qn_code succession_seal(struct qn_buf *out, const struct qn_policy *from, struct qn_span draft,
                             const uint8_t (*sig)[QN_SIG], unsigned n, struct qn_err *err)
{
    struct qn_policy to, checked;
    struct qn_custodian_sig all[SUCCESSION_SIGS];
    enum qn_code rc = draft_policy(&to, draft, err);
    if (rc)
        return rc;
    unsigned found = match(all, from, false, draft, sig, n);
    found += match(all + found, &to, true, draft, sig, n);
    qn_put_span(out, draft);
    qn_succession_lines(out, all, found);
    rc = qn_buf_check(out, err);
    return rc ? rc : qn_succession_verify(&checked, qn_buf_span(out), from, err);
}

/* ---- offices ---------------------------------------------------------------------------------------------- */

static void setting_of(char out[96], const char *what, const uint8_t hash[QN_HASH])
{
    char hex[2 * QN_HASH + 1];
    qn_hex(hex, hash, QN_HASH);
    snprintf(out, 96, "%s/%s", what, hex);
}

static bool from_of(uint8_t out[QN_HASH], struct qn_span text)
{
    struct rd r = {.in = text};
    (void)rd_line(&r);
    struct rd line = {.in = rd_line(&r)};
    rd_word(&line, "from");
    rd_hex(&line, out, QN_HASH);
    return rd_end(&line) && !r.failed;
}

static enum qn_code keep(struct store *st, const char *name, struct qn_span text,
                         struct qn_err *err)
{
    char room[QN_SUCCESSION_MAX + 1];
    if (!qn_text_copy(room, sizeof(room), text))
        return qn_fail(err, QN_MALFORMED, "cert.succession", "bytes=%zu", text.n);
    return store_set(st, name, room, err);
}

/* The policy with that hash, if it is or was pinned here. */
static bool pinned(struct qn_policy *out, struct store *st, const uint8_t hash[QN_HASH])
{
    char name[96], text[QN_POLICY_MAX + 1];
    uint8_t now[QN_HASH];
    struct qn_err none;
    qn_policy_hash(now, store_policy(st));
    if (memcmp(now, hash, QN_HASH) == 0) {
        *out = *store_policy(st);
        return true;
    }
    setting_of(name, "policy-was", hash);
    return store_get(st, name, text, sizeof(text)) &&
           qn_policy_parse(out, qn_str(text), &none) == QN_OK;
}

static enum qn_code pin(struct store *st, const struct qn_policy *old, const uint8_t from[QN_HASH],
                        const struct qn_policy *next, struct qn_span text, struct qn_err *err)
{
    char name[96];
    QN_AUTO(qn_buf) struct qn_buf was = {0}, is = {0};
    qn_buf_init(&was, QN_POLICY_MAX);
    qn_buf_init(&is, QN_POLICY_MAX);
    qn_policy_text(&was, old);
    qn_policy_text(&is, next);
    setting_of(name, "policy-was", from);
    enum qn_code rc = keep(st, name, qn_buf_span(&was), err);
    setting_of(name, "succession", from);
    if (!rc)
        rc = keep(st, name, text, err);
    return rc ? rc : keep(st, "policy", qn_buf_span(&is), err);
}

/* SPEC rotation-17: "Two successions from one policy to different ones are evidence against its custodians" */
static enum qn_code rival(struct store *st, struct qn_span text, struct qn_err *err)
{
    enum qn_code rc = keep(st, RIVAL, text, err);
    return rc ? rc : qn_fail(err, QN_CONFLICT, "root.rival", "");
}

enum qn_code succession_follow(struct succession_followed *out, struct store *st,
                               struct qn_span text, const char *fingerprint, struct qn_err *err)
{
    struct qn_policy old, next;
    uint8_t from[QN_HASH], now[QN_HASH], is[QN_HASH];
    char name[96], known[QN_SUCCESSION_MAX + 1];
    struct succession_followed f = {.already = false};
    QN_AUTO(tx) struct tx tx = {0};
    if (!store_policy(st))
        return qn_fail(err, QN_ABSENT, "tree.no-policy", "dir=%s", store_dir(st));
    if (!from_of(from, text))
        return qn_fail(err, QN_MALFORMED, "cert.succession", "bytes=%zu", text.n);
    if (!pinned(&old, st, from))
        return qn_fail(err, QN_DENIED, "cert.succession-other", "");
    if (duty_act(st, duty_of(DUTY_ROOT_FOLLOW), NULL, "", err) != QN_OK)
        return QN_DENIED;
    enum qn_code rc = qn_succession_verify(&next, text, &old, err);
    if (rc)
        return rc;
    qn_policy_hash(now, store_policy(st));
    qn_policy_hash(is, &next);
    if (fingerprint)
        rc = qn_fingerprint_check(fingerprint, is, err);
    if (rc)
        return rc;
    setting_of(name, "succession", from);
    bool followed = store_get(st, name, known, sizeof(known));
    struct qn_policy taken;
    bool same = followed && qn_succession_verify(&taken, qn_str(known), &old, err) == QN_OK;
    if (same) {
        uint8_t had[QN_HASH];
        qn_policy_hash(had, &taken);
        same = memcmp(had, is, QN_HASH) == 0;
    }
    rc = tx_begin(&tx, st, err);
    if (!rc && followed && !same && !fingerprint) {
        rc = rival(st, text, err);
        enum qn_code kept = rc == QN_CONFLICT ? tx_commit(&tx, err) : rc; /* the evidence stays */
        return kept ? kept : qn_fail(err, QN_CONFLICT, "root.rival", "");
    }
    f.already = same && !fingerprint;
    if (!rc && !f.already && (!same || memcmp(now, from, QN_HASH) == 0))
        rc = pin(st, &old, from, &next, text, err);
    if (!rc && fingerprint)
        rc = store_unset(st, RIVAL, err);
    if (!rc)
        rc = tx_commit(&tx, err);
    if (!rc)
        rc = store_reload(st, err);
    if (rc)
        return rc;
    qn_fingerprint(f.was, f.already ? from : now);
    qn_fingerprint(f.is, is);
    f.k = next.k;
    f.n = next.n;
    *out = f;
    return QN_OK;
}

bool succession_rival(struct store *st)
{
    char text[QN_SUCCESSION_MAX + 1];
    return store_get(st, RIVAL, text, sizeof(text));
}
