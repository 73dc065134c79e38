/* target.h - what this office was sent to inspect: one object of one task of one draw.   Spec: protocol/spec/visits.md
 *
 * A target is a `dispatch` row to this office. How far it has come is computed, never stored.              */
#ifndef QIAN_NODE_WORK_TARGET_H
#define QIAN_NODE_WORK_TARGET_H

#include "node/store/store.h"

struct target {
    char office[QN_CODE_MAX + 1]; /* that drew it, with the id of the draw */
    int64_t draw, slot, round;
    char task[33], object[256], name[401], inspectors[401];
    char result_office[QN_CODE_MAX + 1];
    int64_t result;            /* 0: none yet */
    bool is_void, is_returned; /* exceptions of the draw: exc-2, exc-31 */
};
/* draw "140602:1-45-0"; task "3", "3/1" or NULL. QN_MALFORMED "result.which-task", QN_ABSENT "result.no-target". */
QN_MUST_USE enum qn_code target_named(struct target *t, struct store *st, const char *draw,
                                      const char *object, const char *task, struct qn_err *err);
/* Whether the object is a target of this office at all, or of this draw. */
bool target_is_ours(struct store *st, const char *object);
bool target_of_draw(struct store *st, const char *draw, const char *object);
/* What the plan calls its task; the task's number where the plan is not here or calls it nothing. */
QN_MUST_USE enum qn_code target_task_name(char out[401], struct store *st, const struct target *t,
                                          struct qn_err *err);
/* Visits a year that the plans of the day's year allow the object; 0: no limit. */
QN_MUST_USE enum qn_code target_cap(unsigned *cap, struct store *st, const char *object,
                                    const char *day, struct qn_err *err);
/* Other days of that year on which this office visited it. */
QN_MUST_USE enum qn_code target_visited(unsigned *days, struct store *st, const char *object,
                                        const char *day, struct qn_err *err);

#define TARGET_STATE 24
/* "waiting", "accepted", "returned", "notified", "void", "not_inspectable", "recorded", "sent_back", "reviewed",
 * "published", "follow_up", "closed" (visits-17); state.<word> says it. */
QN_MUST_USE enum qn_code target_state(char out[TARGET_STATE], struct store *st,
                                      const struct target *t, struct qn_err *err);
#endif
