/* slip_check.h - an owner's slip, held against the logs of this office.       Spec: protocol/spec/publication.md (slip) */
#ifndef QIAN_NODE_FORM_SLIP_CHECK_H
#define QIAN_NODE_FORM_SLIP_CHECK_H

#include "node/store/store.h"
#include "qian/rules.h"

/* What a slip says, held against what this office has: not the files of a site but its own logs, so that an office above can
 * answer an owner at once.                                                                  Spec: slip-11, slip-12 */
enum slip_verdict {
    SLIP_AGREES = 1,  /* every slot of the order says of the object what its record says */
    SLIP_CONTRADICTS, /* draw, freeze, record or list say something else */
    SLIP_UNJUDGED,    /* no contradiction, but a slot that cannot be judged from one slip */
};
struct slip_checked {
    char draw[80], object[QN_OBJECT_ID_MAX + 1];
    enum slip_verdict verdict;
};
/* One step: whether it holds, a sentence of the catalogue and its args, lent for the call. */
typedef void slip_told(void *ctx, bool ok, const char *id, const char *args);
/* Refused: a text that is no whole slip, and one of a draw that is not held here (QN_ABSENT "slip.not-held"). */
QN_MUST_USE enum qn_code slip_check(struct slip_checked *out, struct store *st, struct qn_span text,
                                    slip_told *told, void *ctx, struct qn_err *err);
#endif
