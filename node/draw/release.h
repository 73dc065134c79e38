/* release.h - RELEASE of a draw: order, freeze and draw leave the office together.   Spec: protocol/spec/draw.md
 *
 * Only when every target has a result, or the window and its return days are over: before that a leak of the
 * list is a tip-off.                                                                                        */
#ifndef QIAN_NODE_DRAW_RELEASE_H
#define QIAN_NODE_DRAW_RELEASE_H

#include "node/draw/slot.h"

struct release_outcome {
    char draw[DRAW_NAME_MAX], slot[SLOT_NAME_MAX];
    int64_t id;
    bool released, early;
    size_t targets, open;
    struct qn_err why; /* when not released */
};
struct release_outcomes {
    struct release_outcome *at;
    size_t n;
    size_t had; /* draws released before */
};
/* draw_id 0: all draws of this office that are not released yet. early: release although targets are open; every
 * office above will report it as RELEASE_EARLY.                                                             */
QN_MUST_USE enum qn_code draw_release(struct release_outcomes *out, struct store *st,
                                      int64_t draw_id, bool early, struct qn_err *err);
void release_outcomes_free(struct release_outcomes *o);
static inline void release_outcomes_auto(struct release_outcomes *o)
{
    release_outcomes_free(o);
}
/* Whether a RELEASE of this office names the draw. */
QN_MUST_USE enum qn_code draw_is_released(bool *out, struct store *st, const char *office,
                                          const char *origin, uint64_t seq, struct qn_err *err);

#endif
