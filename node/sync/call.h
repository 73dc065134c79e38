/* call.h - the calling side of an exchange, question by question; no socket and no clock of its own.
 *                                                       Spec: protocol/spec/http.md
 * open -> (follow) -> next -> (feed)* -> end -> next ... until next gives no question. Whoever carries the questions, libcurl
 * or a simulator, feeds the answer as it comes and says how it ended: what came whole is kept, also when it was cut.
 * Locking: whoever calls holds the office's lock; it may be given back between any two calls.                      */
#ifndef QIAN_NODE_SYNC_CALL_H
#define QIAN_NODE_SYNC_CALL_H

#include "node/sync/network.h"
#include "node/sync/peer.h"

struct sync_call;
/* The peer must be one of the table of peers; there it is noted in the end that it was tried, and how it went. */
QN_MUST_USE enum qn_code sync_call_open(struct sync_call **out, struct store *st, const char *peer,
                                        const struct qn_report *report, struct qn_err *err);
void sync_call_free(struct sync_call *c);
QN_DEFINE_AUTO(struct sync_call *, sync_call, sync_call_free)

/* The call follows one to the same peer, which left these bytes; before its first question. It may then begin with a push.
 * SPEC http-22: "by one process that held its database open all the while" - who carries the calls answers for that, and
 * for the connection; what the bytes and the database say is looked at here.                                     */
void sync_call_follow(struct sync_call *c, struct qn_span left);
/* What this call leaves to the next one, lent; empty unless it is over and went well. */
struct qn_span sync_call_left(const struct sync_call *c);

struct sync_question {
    const char *path;    /* of http.md; NULL: there is nothing more to ask, all went well */
    struct qn_span body; /* lent until sync_call_end */
    bool follows;        /* SPEC http-22: "over the same connection" - else sync_call_again */
};
/* A failure ends the call. */
QN_MUST_USE enum qn_code sync_call_next(struct sync_call *c, struct sync_question *q,
                                        struct qn_err *err);

/* Bytes of the answer, in any pieces; each costs one commit, so not too small ones. status: of HTTP; of another
 * than 200 the bytes are only counted. QN_OK or the first failure: then nothing more needs to be read.       */
QN_MUST_USE enum qn_code sync_call_feed(struct sync_call *c, unsigned status, struct qn_span bytes,
                                        struct qn_err *err);

enum sync_ending {
    SYNC_COMPLETE,
    SYNC_BROKEN,
    SYNC_UNREACHABLE,
    SYNC_STOPPED, /* by this side, which ends */
    SYNC_STRANGER /* whoever answers there has another key: nothing was said to it */
};
struct sync_answer {
    enum sync_ending ending;
    unsigned status;  /* of HTTP */
    const char *rule; /* the refusal's id and sentence, as the peer told them; NULL for none */
    const char *why;  /* of a refusal; and of a broken link, in the carrier's words */
    uint64_t sent;    /* bytes of the question that went out, of a broken link */
    bool no_tls;      /* of a broken link: what answers there speaks none, like the pages of an office */
};
/* The question did not reach the peer, whose connection was closed meanwhile: the next one is a pull, with a nonce of its
 * own (http-10). Of the question only that a call begins with.                                                      */
void sync_call_again(struct sync_call *c);
/* Settles what came and moves on. QN_LATER "sync.unreachable", "sync.broken" and any failure end the call. */
QN_MUST_USE enum qn_code sync_call_end(struct sync_call *c, const struct sync_answer *a,
                                       struct qn_err *err);

/* What it came to so far; lent. */
const struct network_result *sync_call_result(const struct sync_call *c);
#endif
