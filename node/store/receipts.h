/* receipts.h - the receipts that an office holds, and those that it gives.      Spec: protocol/spec/stages.md
 *
 * One of each office about each log: the newest by what it tells (qn_receipt_told), whatever the clocks said.   */
#ifndef QIAN_NODE_STORE_RECEIPTS_H
#define QIAN_NODE_STORE_RECEIPTS_H

#include "node/store/log.h"
#include "qian/frame.h"

/* The newest receipt by `from` about `origin`, as a note; QN_ABSENT when none. */
QN_MUST_USE enum qn_code receipt_get(struct qn_buf *out, struct store *st, const char *from_office,
                                     const char *origin, struct qn_err *err);
/* Keeps a receipt of that office about this log, unless a newer one is here. */
QN_MUST_USE enum qn_code receipt_put(struct store *st, const char *office, const struct log *about,
                                     const struct qn_receipt *r, struct qn_span note,
                                     struct qn_err *err);
/* Renews this office's receipt about a descendant's log when something in it changed. */
QN_MUST_USE enum qn_code receipt_renew(struct store *st, const struct log *log, struct qn_err *err);
#endif
