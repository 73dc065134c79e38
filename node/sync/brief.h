/* brief.h - how fresh this office's data is, in a few numbers that every open page asks for each minute.
 *                                                                   Spec: protocol/spec/stages.md */
#ifndef QIAN_NODE_SYNC_BRIEF_H
#define QIAN_NODE_SYNC_BRIEF_H

#include "node/sync/children.h"

#define BRIEF_MOST 10000 /* of a lane: what is more is told as this many */

struct brief {
    char parent[QN_CODE_MAX + 1]; /* "" for the province */
    uint64_t now_ms, last_ok_ms, next_ms;
    uint64_t pending,
        oldest_ms; /* own entries that the parent is not known to hold, the oldest one's time */
    uint64_t held, quarantined, refused;
    unsigned amber_days, red_days;
    bool clock_off;              /* this office's own clock cannot be right (clocks.h) */
    enum children_colour colour; /* green for an office without a parent */
    char last_error[512];        /* "id args" of the last call that failed; "" after a success */
};
QN_MUST_USE enum qn_code brief_read(struct brief *out, struct store *st, struct qn_err *err);
#endif
