/* run.h - DRAW: the office draws on an order that it holds.   Spec: protocol/spec/draw.md
 *
 * One draw is four steps, each a function: take the order (is it the parent's, for us, on our freeze, in its
 * window), load the ground (the freeze and the rows behind it), hold the rows against the freeze, and compute
 * and write (write.h). Given order and freeze all is determined but the head of the parent's log and the bytes of pi. */
#ifndef QIAN_NODE_DRAW_RUN_H
#define QIAN_NODE_DRAW_RUN_H

#include "node/draw/freeze.h"
#include "node/draw/job.h"
#include "node/draw/take.h"
#include "node/draw/write.h"

/* 1. draw_take() */
/* 2. ground_reuse(ground, st, job.freeze_origin, job.freeze_seq)
 * 3. The rows must be those frozen: QN_UNVERIFIED "draw.roster-changed".                                       */
QN_MUST_USE enum qn_code draw_check_roster(const struct ground *g, struct qn_err *err);
/* 4. */
QN_MUST_USE enum qn_code draw_compute(struct draw_job *job, struct store *st,
                                      const struct ground *g, struct qn_err *err);
/* draw_write() */

struct draw_outcome {
    char slot[SLOT_NAME_MAX]; /* all slots of the order */
    bool drawn, late;
    struct draw_made made;
    struct qn_err why; /* when not drawn */
};
struct draw_outcomes {
    struct draw_outcome *at;
    size_t n;
};
/* All orders to this office without a result, or those with one slot (ISSUER/SERIES/TASK/ROUND). A draw that is
 * refused is told in its outcome, and the next is taken. QN_ABSENT "draw.no-order" when the slot has none.   */
QN_MUST_USE enum qn_code draw_run_before(struct draw_outcomes *out, struct store *st,
                                         const char *slot, const struct draw_people *people,
                                         const struct qn_report *report, struct qn_err *err);
/* Before nobody. */
QN_MUST_USE enum qn_code draw_run(struct draw_outcomes *out, struct store *st, const char *slot,
                                  const struct qn_report *report, struct qn_err *err);
void draw_outcomes_free(struct draw_outcomes *o);
static inline void draw_outcomes_auto(struct draw_outcomes *o)
{
    draw_outcomes_free(o);
}

#endif
