/* collect.h - shared by the files that make a stream: what was asked, what was emitted. */
#ifndef QIAN_NODE_SYNC_COLLECT_H
#define QIAN_NODE_SYNC_COLLECT_H

#include "node/sync/run.h"
#include "node/sync/window.h"

struct collect {
    struct store *st;
    const struct exchange_options *o;
    struct exchange_sent *sent;
    const char *self, *peer;
    bool upward;   /* the peer is above us */
    bool own_held; /* nothing of our own log is sent: the peer claims to know it better */
    bool forked;   /* but our branch is, as evidence: its root differs from what the peer holds */
    struct window window; /* which logs the peer asks about */
    struct exchange_logs logs; /* those */
    struct run run; /* on the way to emit */
};

/* Does nothing once the cap was reached. news: the peer lacked it. */
QN_MUST_USE enum qn_code collect_put(struct collect *c, enum qn_frame_type type,
                                     struct qn_span payload, bool news, struct qn_err *err);
/* Packed already: it goes as it is. The peer lacked it. */
QN_MUST_USE enum qn_code collect_put_bare(struct collect *c, enum qn_frame_type type,
                                          struct qn_span payload, struct qn_err *err);
/* Whether a frame of so many bytes, head included, still fits under the cap. */
bool collect_fits(const struct collect *c, uint64_t n);
/* Emitted up to here, so that a later exchange may go on behind it. A full list ends the stream early. */
void collect_mark(struct collect *c, const char *what, int64_t log, uint64_t value);
uint64_t collect_marked(struct collect *c, const char *what, int64_t log);
/* FORK frames about one log, then its rival headers and parts. */
QN_MUST_USE enum qn_code collect_forks(struct collect *c, const struct log *log,
                                       struct qn_err *err);
#endif
