/* have.h - one HAVE beside another, or beside our own log, without a look at what they name.   Spec: exchange.md, http-22 */
#ifndef QIAN_NODE_SYNC_HAVE_H
#define QIAN_NODE_SYNC_HAVE_H

#include "node/sync/exchange.h"

/* Whoever sent `theirs` holds every header, part and cosignature that `ours` tells of. false: perhaps not. */
bool have_covers(const struct qn_have *theirs, const struct qn_have *ours);
/* Its sender holds less than it once said: it was set back. */
bool have_tells_less(const struct qn_have *now, const struct qn_have *before);
/* Our log begins with what it names of it. */
bool have_is_of_our_log(const struct qn_have *h, struct store *st);
#endif
