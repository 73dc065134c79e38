/* exchange.h - two nodes exchange: what we hold, what the peer lacks, what came.
 *                                                       Spec: protocol/spec/exchange.md, http.md
 * The same core serves HTTP and bundles: it only makes and takes frames. node/store/ingest.h verifies all
 * that comes; this feeds it and says in sentences what was refused.
 * Ownership: results own their lists; a stream is closed by exchange_stream_free.
 * Locking: whoever calls holds the office's lock, and calls exchange_stream_pause before giving it back. */
#ifndef QIAN_NODE_SYNC_EXCHANGE_H
#define QIAN_NODE_SYNC_EXCHANGE_H

#include "node/store/ingest.h"
#include "node/store/log.h"
#include "qian/frame.h"

#define EXCHANGE_BYTES \
    (8u * 1024 * 1024) /* one request or answer; a slow link then loses little work */

/* The logs that both this office and the peer may hold, those of higher offices first. */
struct exchange_log {
    struct log log;
    enum qn_level level;
};
struct exchange_logs {
    struct exchange_log *log;
    size_t n;
};
QN_MUST_USE enum qn_code exchange_logs(struct exchange_logs *out, struct store *st,
                                       const char *peer, struct qn_err *err);
void exchange_logs_release(struct exchange_logs *l);
static inline void exchange_logs_auto(struct exchange_logs *l)
{
    exchange_logs_release(l);
}

/* The payload of our signed HAVE for that peer. nonce: that of the question it answers; NULL: a fresh one. */
QN_MUST_USE enum qn_code exchange_have(struct qn_buf *out, struct store *st, const char *to,
                                       const uint8_t nonce[16], struct qn_err *err);
/* Who speaks: for us, from a relative, signed by its newest certified key. What its clock says plays no part. */
QN_MUST_USE enum qn_code exchange_check_have(struct qn_have *out, struct store *st,
                                             struct qn_span payload, struct qn_err *err);
const struct qn_have_origin *exchange_have_of(const struct qn_have *h,
                                              const char *origin); /* or NULL */

struct exchange_sent {
    uint64_t bytes;                    /* frames with their heads */
    uint64_t frames[QN_FRAME_TYPES]; /* by type */
    uint64_t news; /* frames that the peer lacked; receipts and END are not counted */
    bool more;     /* the cap was reached: ask again */
};
struct freight;
struct exchange_options {
    const struct qn_have *peer; /* what the peer holds, as far as known */
    size_t bytes_max;           /* 0: no cap */
    bool answer;                /* only what acknowledges: new cosignatures and receipts */
    bool files_only;            /* nothing but files */
    bool line;                  /* no file: the peer is told how far it was told (exchange-33) */
    struct freight *freight;    /* files go along: what was asked and offered; NULL: none do */
    const struct qn_report *report;
    enum qn_code (*emit)(void *ctx, enum qn_frame_type type, struct qn_span payload,
                         struct qn_err *err);
    void *ctx; /* of emit */
};
/* Emits what the peer lacks and END. Says "sync.own-log-claim" when the peer claims entries of our own log that we
 * do not hold: a claim stops nothing, our own signature under it does (ingest_frame).                       */
QN_MUST_USE enum qn_code exchange_collect(struct store *st, const struct exchange_options *o,
                                          struct exchange_sent *sent, struct qn_err *err);
/* An emit that appends whole frames to a struct qn_buf. */
enum qn_code exchange_emit_buf(void *buf, enum qn_frame_type type, struct qn_span payload,
                               struct qn_err *err);

/* ---- what comes in: bytes in any chunks ------------------------------------------------------------------- */

struct exchange_came {
    uint64_t frames, bytes; /* whole frames */
    uint64_t refused;       /* frames that were not taken in; the first few were told */
    bool ended, more;       /* END came, and what it said */
};
/* Frames that continue a log behind what is held here: something that came before them is missing. */
struct exchange_gap {
    char log[QN_ORIGIN_MAX + 1]; /* the first such log */
    uint64_t held, first;        /* headers held of it, and the first entry that came */
    uint64_t frames;             /* of all logs; they are among the refused ones */
};
struct exchange_stream;
/* from: the only office that may speak here; NULL: any relative. */
QN_MUST_USE enum qn_code exchange_stream_open(struct exchange_stream **out, struct store *st,
                                              const char *from, const struct qn_report *report,
                                              struct qn_err *err);
void exchange_stream_free(struct exchange_stream *s);
QN_DEFINE_AUTO(struct exchange_stream *, exchange_stream, exchange_stream_free)
/* It comes from a file, not over a line: how old its HAVE is says nothing about the sender's clock. */
void exchange_stream_by_file(struct exchange_stream *s);
/* Who feeds it judges whether the HAVE is what it says (its key, a replay), as soon as it came and before a frame behind it is
 * looked at: a failure is the stream's. What its clock showed is noted by exchange_stream_met, which the judge calls.  */
typedef enum qn_code exchange_judge(void *ctx, struct qn_err *err);
void exchange_stream_judged(struct exchange_stream *s, exchange_judge *judge, void *ctx);
QN_MUST_USE enum qn_code exchange_stream_met(struct exchange_stream *s, struct qn_err *err);
/* Only an answer to this question: its HAVE must carry the nonce. */
void exchange_stream_expect(struct exchange_stream *s, const uint8_t nonce[16]);
/* A failure ends the stream: what came whole before it is kept. The first frame must be a HAVE; one from an
 * office that is not known here waits for the certificates that may follow it.                          */
QN_MUST_USE enum qn_code exchange_stream_feed(struct exchange_stream *s, struct qn_span bytes,
                                              struct qn_err *err);
QN_MUST_USE enum qn_code exchange_stream_frame(struct exchange_stream *s, enum qn_frame_type type,
                                               struct qn_span payload, struct qn_err *err);
/* Nothing more comes before an answer: the HAVE is judged by the certificates that are here now. */
QN_MUST_USE enum qn_code exchange_stream_greet(struct exchange_stream *s, struct qn_err *err);
QN_MUST_USE enum qn_code exchange_stream_pause(struct exchange_stream *s, struct qn_err *err);
/* Verifies, applies, cosigns, renews receipts. Also for a stream that was cut. */
QN_MUST_USE enum qn_code exchange_stream_finish(struct exchange_stream *s, struct qn_err *err);
const struct qn_have *
exchange_stream_have(const struct exchange_stream *s); /* NULL before it came; lent */
struct qn_span exchange_stream_have_bytes(const struct exchange_stream *s); /* as signed; lent */
struct exchange_came exchange_stream_came(const struct exchange_stream *s);
/* NULL: no gap. Who asks tells of it; else exchange_stream_finish says "sync.gap". */
const struct exchange_gap *exchange_stream_gap(struct exchange_stream *s);
/* What it brought and asked of files; lent. */
struct freight *exchange_stream_freight(struct exchange_stream *s);
const struct ingest_tally *exchange_stream_tally(const struct exchange_stream *s);
#endif
