/* people.h - who may run a draw beside whom.   Spec: protocol/spec/roles.md (roles-10, roles-11) */
#ifndef QIAN_NODE_DRAW_PEOPLE_H
#define QIAN_NODE_DRAW_PEOPLE_H

#include "node/draw/job.h"

/* Who is recorded with the draws of this run: whoever acts is the operator while roles are in force. out borrows from `given`
 * and from the store. QN_DENIED "draw.operator-other", "draw.operator-observes", "draw.second-person". */
QN_MUST_USE enum qn_code draw_people_check(struct draw_people *out, struct store *st,
                                           const struct draw_people *given, struct qn_err *err);
#endif
