/* write.h - a draw becomes entries of the office's log.   Spec: protocol/spec/verdicts.md (verdicts-1, verdicts-6) */
#ifndef QIAN_NODE_DRAW_WRITE_H
#define QIAN_NODE_DRAW_WRITE_H

#include "node/draw/freeze.h"
#include "node/draw/job.h"

struct draw_made {
    int64_t id;
    uint64_t seq;
    uint8_t leaf[QN_HASH];
    unsigned entries;                            /* more than one when the lists are long */
    size_t must, lot, listed, unfilled, overcap; /* picks of all slots; positions of all visits */
};
QN_MUST_USE enum qn_code draw_write(struct draw_made *out, struct store *st,
                                    const struct draw_job *job, const struct ground *g,
                                    struct qn_err *err);

#endif
