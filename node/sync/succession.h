/* succession.h - one root policy after another: made by custodians, followed by offices.   Spec: protocol/spec/rotation.md
 *
 * It travels as a file. An office keeps what it followed, so that two successions from one policy are seen whenever the
 * second one comes.                                                                                               */
#ifndef QIAN_NODE_SYNC_SUCCESSION_H
#define QIAN_NODE_SYNC_SUCCESSION_H

#include "node/keys/keys.h"
#include "node/store/store.h"

#define SUCCESSION_SIGS (2 * QN_ROOT_KEYS)

/* What custodians of both policies sign; refused where the two cannot follow each other. */
QN_MUST_USE enum qn_code succession_draft(struct qn_buf *out, const struct qn_policy *from,
                                          const struct qn_policy *to, struct qn_err *err);
QN_MUST_USE enum qn_code succession_sign(uint8_t sig[QN_SIG], struct qn_span draft,
                                         const struct keys *custodian, struct qn_err *err);
/* sig i is matched to its keys by trying; who keeps a key of both policies signs once. */
QN_MUST_USE enum qn_code succession_seal(struct qn_buf *out, const struct qn_policy *from,
                                         struct qn_span draft, const uint8_t (*sig)[QN_SIG],
                                         unsigned n, struct qn_err *err);

struct succession_followed {
    char was[QN_FINGERPRINT], is[QN_FINGERPRINT];
    unsigned k, n; /* of the policy that is pinned now */
    bool already;
};
/* At an office: the pinned policy moves. fingerprint: of the policy that follows, typed from paper, or NULL; with it a
 * person decides between two successions from one policy. QN_CONFLICT "root.rival" while nobody has.             */
QN_MUST_USE enum qn_code succession_follow(struct succession_followed *out, struct store *st,
                                           struct qn_span text, const char *fingerprint,
                                           struct qn_err *err);
/* Whether two successions from one policy are known here and no person has decided since. */
bool succession_rival(struct store *st);
#endif
