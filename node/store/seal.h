/* seal.h - the restricted parts that are addressed to this office, opened.   Spec: protocol/spec/entry.md */
#ifndef QIAN_NODE_STORE_SEAL_H
#define QIAN_NODE_STORE_SEAL_H

#include "node/store/store.h"
#include "qian/entry.h"

/* Whether this office reads the rows of that part; of a restricted one only the office in `to` does. */
bool seal_reads(struct store *st, const struct qn_part *part, const char *author);
/* Whether the rows of that part stand here though nothing opens it: they were carried over (rebuild.h). */
bool seal_carried(const struct store *st, int64_t log, uint64_t seq, unsigned part);
/* The coded bytes of a part that this office reads: `stored` itself or, of a restricted one, opened into `room`.
 * QN_ABSENT "apply.seal-keys" while the keys of this office's newest certificate are not lent, QN_UNVERIFIED
 * "entry.seal" when it opens neither with them nor with those of earlier epochs,
 * "apply.seal-lost" when besides the box key of one of this office's certificates is not at hand any more.                                                          */
QN_MUST_USE enum qn_code seal_open(struct qn_span *coded, struct qn_buf *room, struct store *st,
                                   const struct qn_part *part, struct qn_span stored,
                                   struct qn_err *err);
#endif
