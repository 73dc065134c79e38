/* patrol.h - the thread of qian serve for work that nobody waits for: it carries out purges that were ordered (purge.h), scrubs
 * the database (scrub.h), and reads a few stored entries again every minute (recheck.h). */
#ifndef QIAN_NODE_CLI_PATROL_H
#define QIAN_NODE_CLI_PATROL_H

#include "node/cli/cli.h"

#define PATROL_SECONDS 60

struct patrol;
/* seconds: between two times of reading; 0: never. */
QN_MUST_USE enum qn_code patrol_start(struct patrol **out, const struct cli *c, unsigned seconds,
                                      struct qn_err *err);
void patrol_stop(struct patrol *p); /* NULL is fine */
#endif
