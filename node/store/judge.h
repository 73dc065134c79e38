/* judge.h - the verdict on an entry's rows that every office gives alike.   Spec: protocol/spec/cursors.md
 *
 * A pure function of the entry's bytes, the certificate that governs it and the certificates that its rows name:
 * MALFORMED, UNVERIFIED, DENIED and LIMIT refuse for good. QN_LATER: this program is too old, or a certificate that
 * a waiver names is not here; then the fate says what to wait for.                                           */
#ifndef QIAN_NODE_STORE_JUDGE_H
#define QIAN_NODE_STORE_JUDGE_H

#include "node/store/fate.h"
#include "qian/change.h"

struct judge {
    struct store *st;
    const struct qn_header *h;
    const struct qn_cert *signer;
    struct fate *f;
};
/* A qn_row_fn on a struct judge. */
QN_MUST_USE enum qn_code judge_row(void *ctx, const struct qn_row *row, struct qn_err *err);
/* All rows that this office can read. */
QN_MUST_USE enum qn_code judge_entry(const struct judge *j, const struct log *log,
                                     const struct log_entry *e, struct qn_err *err);
/* A part as stored; gone: it is forgotten (redact.h), and there is nothing to be read. */
QN_MUST_USE enum qn_code judge_part(struct log_part *out, bool *gone, struct store *st, const struct log *log,
                                    const struct log_entry *e, unsigned no, struct qn_err *err);
/* The coded bytes of a part that this office reads (seal.h); what waits for this office's own keys says so in the fate. */
QN_MUST_USE enum qn_code judge_open(struct qn_span *coded, struct qn_buf *room,
                                    const struct judge *j, unsigned part, struct qn_span stored,
                                    struct qn_err *err);
#endif
