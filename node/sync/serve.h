/* serve.h - the answering side of an exchange: a question comes in pieces, one answer goes out.
 *                                                       Spec: protocol/spec/http.md
 * open -> feed* -> answer, or broke when the question never ended. What came whole is kept in any case.
 * Locking: whoever calls holds the office's lock; it may be given back between any two calls.          */
#ifndef QIAN_NODE_SYNC_SERVE_H
#define QIAN_NODE_SYNC_SERVE_H

#include "node/sync/exchange.h"

/* How a refusal is answered over HTTP (RFC 9110): one table for the node and for what stands in for its carrier. */
unsigned sync_status(enum qn_code code);

enum sync_what { SYNC_PULL, SYNC_PUSH };
struct sync_serve;
QN_MUST_USE enum qn_code sync_serve_open(struct sync_serve **out, struct store *st,
                                         enum sync_what what, const struct qn_report *report,
                                         struct qn_err *err);
void sync_serve_free(struct sync_serve *s);
QN_DEFINE_AUTO(struct sync_serve *, sync_serve, sync_serve_free)

/* Over a network, before the first bytes: the TLS key with which the caller proved itself; copied. Its HAVE must
 * then be that key's office's (http-15). A carrier without such keys does not call this.                  */
void sync_serve_caller(struct sync_serve *s, const uint8_t key[QN_PUBKEY]);
bool sync_serve_known(const struct sync_serve *s); /* it was */

/* Bytes of the question, in any pieces; each costs one commit. The first failure is told by the answer. */
void sync_serve_feed(struct sync_serve *s, struct qn_span bytes);
bool sync_serve_failed(const struct sync_serve *s); /* what still comes is thrown away */
/* Something outside of the exchange went wrong: a body too long. */
void sync_serve_fail(struct sync_serve *s, const struct qn_err *why);
/* The question is complete. out: initialised here, released by the caller, also after a refusal. */
QN_MUST_USE enum qn_code sync_serve_answer(struct sync_serve *s, struct qn_buf *out,
                                           struct qn_err *err);
/* SPEC http-4: "Of a push every whole frame that arrived is kept" */
void sync_serve_broke(struct sync_serve *s);
#endif
