/* supplement.h - an order that answers exceptions, and the draw on it.   Spec: protocol/spec/exceptions.md
 *
 * Only where the main order was witnessed; elsewhere who follows is in the frozen order already.          */
#ifndef QIAN_NODE_DRAW_SUPPLEMENT_H
#define QIAN_NODE_DRAW_SUPPLEMENT_H

#include "node/draw/freeze.h"
#include "node/draw/job.h"
#include "node/draw/order.h"

/* For all children's draws, or those of the offices named, with exceptions that nothing answers yet. from and to narrow
 * nothing: the window is from today to the end of the main order's time. `level`, `series` and `ahead_days` of the
 * options are not looked at. A chain whose last supplement is not drawn yet is told in its outcome.            */
QN_MUST_USE enum qn_code supplement_issue(struct order_outcomes *out, struct store *st,
                                          const struct order_options *o, struct qn_err *err);
/* Those that this office owes a child and that nobody has asked for (verdicts-51). issued: how many. What cannot be given is left
 * to whoever asks. */
QN_MUST_USE enum qn_code supplement_due(size_t *issued, struct store *st, const char *office,
                                        struct qn_err *err);
/* The drawing office's side: who follows, who goes instead; fills job.r and job.changed. QN_DENIED "exc.supplement" when the
 * order is none that follows the draw held here. */
QN_MUST_USE enum qn_code supplement_compute(struct draw_job *job, struct store *st,
                                            const struct ground *g, const struct betas *betas,
                                            struct qn_err *err);
#endif
