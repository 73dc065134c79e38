/* aside.h - the first files of an office are made beside its directory's others and come there whole or not at all.
 *                                                       Spec: protocol/spec/web.md (web-54)
 * DIR/init.part is being made; its renaming to DIR/init.done is the moment from which the office is. From there the files
 * go to DIR one by one, the database last; whatever comes next moves those that a power cut left.                  */
#ifndef QIAN_NODE_SYNC_ASIDE_H
#define QIAN_NODE_SYNC_ASIDE_H

#include "qian/base.h"

/* An empty directory to make the files in; what an earlier try left is gone. */
QN_MUST_USE enum qn_code aside_begin(char part[1024], const char *dir, struct qn_err *err);
/* All are made, and nobody has them open. */
QN_MUST_USE enum qn_code aside_keep(const char *dir, struct qn_err *err);
/* Nothing to do is fine, also without the directory. */
QN_MUST_USE enum qn_code aside_resume(const char *dir, struct qn_err *err);
/* What aside_keep put there goes again (web-58): keys, database and this file of the request. From DIR/init.undo on, which
 * names it, this is decided, and aside_resume goes on with it, unless there is a certificate by then. The caller holds
 * the directory's lock and has seen that there is none.                                                           */
QN_MUST_USE enum qn_code aside_undo(const char *dir, const char *request, struct qn_err *err);
/* That was begun and did not come to its end. */
bool aside_undoes(const char *dir);
#endif
