/* caller.h - the thread of qian serve that calls the offices whose address is set.   Spec: protocol/spec/stages.md
 *
 * It takes the office's lock for each call as a command does; whoever starts or stops it does not hold it.      */
#ifndef QIAN_NODE_CLI_CALLER_H
#define QIAN_NODE_CLI_CALLER_H

#include "node/cli/cli.h"

struct caller;
QN_MUST_USE enum qn_code caller_start(struct caller **out, const struct cli *c, unsigned every_min,
                                      struct qn_err *err);
/* A call that is under way is ended, within about a second; what it brought is kept. NULL is fine. */
void caller_stop(struct caller *k);
#endif
