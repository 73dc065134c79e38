/* ingest.h - the one way in for other offices' bytes: verify, keep, apply.   Spec: protocol/spec/exchange.md
 *
 * Order of checks: certificate chain -> header signature -> place in the log -> part commitment -> bytes ->
 * rows -> authority -> apply. What fails is refused with its rule and recorded; what depends on rows not yet
 * here is held. What frames brought is committed by ingest_pause and ingest_finish.                        */
#ifndef QIAN_NODE_STORE_INGEST_H
#define QIAN_NODE_STORE_INGEST_H

#include "node/store/log.h"
#include "node/store/store.h"

struct ingest_tally {
    uint64_t headers, parts, rows, bytes; /* taken in by this stream */
    uint64_t new_parts;                   /* of them those that were not here before */
    uint64_t applied;                     /* entries applied */
    uint64_t forks, new_forks;            /* contradictions met; pieces of evidence that were not here before */
    uint64_t held, quarantined, refused;  /* what stands here, whenever it came */
};
/* One frame of a stream, in any order that the spec allows. Doubles change nothing. */
struct ingest; /* the state of one stream: which logs turned out to be rivals of what is held */
QN_MUST_USE enum qn_code ingest_open(struct ingest **out, struct store *st, struct qn_err *err);
void ingest_free(struct ingest *in);
/* Who brings the frames: while a forked office is filled anew, its own logs count as its parent holds them. */
void ingest_brought_by(struct ingest *in, const char *office);
QN_DEFINE_AUTO(struct ingest *, ingest, ingest_free)
/* QN_OK also for frames of unknown type (skipped). A refusal concerns this frame only: the caller tells it
 * (qn_err) and goes on with the next, save for QN_IO and QN_NOMEM, which end the stream.                 */
QN_MUST_USE enum qn_code ingest_frame(struct ingest *in, enum qn_frame_type type, struct qn_span payload,
                                      struct qn_err *err);
/* Commits what came so far. Call it before giving the office's lock back in the middle of a stream. */
QN_MUST_USE enum qn_code ingest_pause(struct ingest *in, struct qn_err *err);
/* In the middle of a stream: what came so far is verified and applied, as at the end, for what follows rests on it. */
QN_MUST_USE enum qn_code ingest_settle(struct ingest *in, struct qn_err *err);
/* Advances cursors, applies what is ready, cosigns what was verified, renews receipts of descendants. */
QN_MUST_USE enum qn_code ingest_finish(struct ingest *in, const struct qn_report *report, struct qn_err *err);
const struct ingest_tally *ingest_tally(const struct ingest *in);

/* SPEC cursors-1: "received, verified, relayable, applied" - the last two of each lane. */
struct ingest_cursors {
    uint64_t received, verified;
    uint64_t relayable[QN_LANES], applied[QN_LANES];
};
QN_MUST_USE enum qn_code ingest_cursors(struct ingest_cursors *out, struct store *st, const struct log *log,
                                        struct qn_err *err);
/* Of one lane: below `relayable` every part addressed to this office is here, below `applied` every entry is done. */
QN_MUST_USE enum qn_code ingest_cursor(struct store *st, const struct log *log, enum qn_lane lane, uint64_t *relayable,
                                       uint64_t *applied, struct qn_err *err);
#endif
