/* govern.h - which certificate judges an entry: that which governed when the parent first saw it.
 *                                                              Spec: protocol/spec/rotation.md
 * Ownership: govern_release frees the certificates. Lent: the certificate given out, until the next call. */
#ifndef QIAN_NODE_STORE_GOVERN_H
#define QIAN_NODE_STORE_GOVERN_H

#include "node/store/fate.h"
#include "qian/cert.h"

struct govern {
    struct store *st;
    const struct log *log;
    uint64_t certs; /* store's count of certificates when these were read */
    size_t n;
    struct qn_cert *cert;
    struct qn_cert_given *given;
    char unsettled[FATE_ON]; /* what would tell it, while the time of one of several is not known */
    uint64_t from, to, time_s; /* entries from..to-1 have this time */
};
/* When a certificate was given (rotation-6). QN_ABSENT while its row or the cosignature is not here. */
QN_MUST_USE enum qn_code govern_time(uint64_t *time_s, struct store *st, const struct qn_cert *c,
                                     struct qn_err *err);
/* Fills f (state, reason, what it waits for) when the entry cannot be judged: QN_LATER held, QN_DENIED revoked. */
QN_MUST_USE enum qn_code govern_entry(const struct qn_cert **out, struct govern *g, uint64_t seq,
                                      struct fate *f, struct qn_err *err);
/* The one that govern_entry would have given before the revocation was known: of an entry that it has just denied, and whatever
 * its day, which was judged then. false: there is none. */
bool govern_unrevoked(const struct qn_cert **out, const struct govern *g);
/* Whether this epoch's keys are revoked by what is known here. from: entries below it were seen before that. */
QN_MUST_USE enum qn_code govern_revoked(bool *revoked, uint64_t *from, struct govern *g,
                                        struct qn_err *err);
void govern_release(struct govern *g);
static inline void govern_auto(struct govern *g)
{
    govern_release(g);
}
#endif
