/* own_claim.h - signed receipts that contradict the own log: somebody lies, or entries were lost here.
 *                                                                           Spec: exchange-29 */
#ifndef QIAN_NODE_STORE_OWN_CLAIM_H
#define QIAN_NODE_STORE_OWN_CLAIM_H

#include "node/store/log.h"
#include "qian/frame.h"

struct own_claim {
    char from[QN_CODE_MAX + 1];
    uint64_t size, time_s;
    bool longer; /* than the own log; else it has another root at that size */
};
/* Whether a receipt about the own log, whose signature was checked, contradicts it; then its note is kept, the one for
 * the most entries of each office. One for more than is here stops this office (own.h); QN_CONFLICT "ingest.receipt-root"
 * for another root.                                                                                          */
QN_MUST_USE enum qn_code own_claim_keep(bool *contradicts, struct store *st, const char *from,
                                        const struct log *own, const struct qn_receipt *r,
                                        struct qn_span note, struct qn_err *err);
/* Those that still contradict it; at most max. */
QN_MUST_USE enum qn_code own_claims(struct own_claim *out, size_t max, size_t *n, struct store *st,
                                    struct qn_err *err);
#endif
