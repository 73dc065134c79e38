/* rival.h - how much of a branch that contradicts a log is kept.   Spec: protocol/spec/exchange.md, limits.md
 *
 * Two signatures for one place prove a fork. The branch behind them shows what the forger wrote, and is kept up to a
 * bound: who signs two histories can sign a third, and must not fill his parent's disk with them.               */
#ifndef QIAN_NODE_STORE_RIVAL_H
#define QIAN_NODE_STORE_RIVAL_H

#include "node/store/log.h"

#define RIVAL_HEADERS 4096
#define RIVAL_BYTES   (64ll * 1024 * 1024) /* of headers and parts together */
#define RIVAL_FORKS   64                   /* pieces of evidence of one log */

/* What is kept of one log; read once, then counted along. log -1: to be read again. */
struct rival_room {
    int64_t log, headers, bytes;
};
/* Counts what is about to be kept, when there is room for it. */
QN_MUST_USE enum qn_code rival_fits(bool *fits, struct rival_room *room, struct store *st,
                                    int64_t log, size_t bytes, bool header, struct qn_err *err);
QN_MUST_USE enum qn_code rival_fork_fits(bool *fits, struct store *st, int64_t log,
                                         struct qn_err *err);
/* Copies what the log holds beyond `verified` to the rival branch, as far as there is room. */
QN_MUST_USE enum qn_code rival_set_aside(struct store *st, const struct log *log,
                                         struct qn_err *err);
#endif
