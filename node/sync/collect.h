/* collect.h - shared by the files that make a stream: what was asked, what was emitted. */
#ifndef QIAN_NODE_SYNC_COLLECT_H
#define QIAN_NODE_SYNC_COLLECT_H

#include "node/sync/run.h"
#include "node/sync/told.h"
#include "node/sync/window.h"

struct collect {
    struct store *st;
    const struct exchange_options *o;
    struct exchange_sent *sent;
    const char *self, *peer;
    bool upward;   /* the peer is above us */
    bool own_held; /* nothing of our own log is sent: the peer claims to know it better */
    bool forked;   /* but our branch is, as evidence: its root differs from what the peer holds */
    struct window window;      /* which logs the peer asks about */
    struct exchange_logs logs; /* those */
    struct run run;            /* on the way to emit */
    struct told *told;         /* of the logs with branches, as met */
    size_t ntold, told_cap, nchanged;
};

/* Does nothing once the cap was reached. news: the peer lacked it. */
QN_MUST_USE enum qn_code collect_put(struct collect *c, enum qn_frame_type type,
                                     struct qn_span payload, bool news, struct qn_err *err);
/* Packed already: it goes as it is. The peer lacked it. */
QN_MUST_USE enum qn_code collect_put_bare(struct collect *c, enum qn_frame_type type,
                                          struct qn_span payload, struct qn_err *err);
/* Whether a frame of so many bytes, head included, still fits under the cap. */
bool collect_fits(const struct collect *c, uint64_t n);
/* NULL: this log was not met as one with branches. */
struct told *collect_told_of(const struct collect *c, const struct log *log);
/* The same, made where there is none. It stays where it is until the next one is made. */
QN_MUST_USE enum qn_code collect_told(struct told **out, struct collect *c, const struct log *log,
                                      bool branch, struct qn_err *err);
/* Emitted up to here, so that a later exchange goes on behind it; nothing where the stream has ended. Many changed ones end
 * it early.                                                                                                      */
void collect_tell(struct collect *c, struct told *t, enum told_what what, uint64_t at);
/* TOLD frames, under no cap. */
QN_MUST_USE enum qn_code collect_tolds(struct collect *c, struct qn_err *err);
/* One part of an entry of ours, where it is for the peer and here. */
QN_MUST_USE enum qn_code collect_part(struct collect *c, const struct log *log,
                                      const struct log_entry *e, uint64_t seq, unsigned i,
                                      struct qn_err *err);
/* The parts of our branch. */
QN_MUST_USE enum qn_code collect_branch_parts(struct collect *c, struct told *t,
                                              struct qn_err *err);
/* FORK frames about one log, then its rival headers and parts. */
QN_MUST_USE enum qn_code collect_forks(struct collect *c, const struct log *log,
                                       struct qn_err *err);
#endif
