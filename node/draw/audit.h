/* audit.h - what a verification rests on, exported for ancestors, a court or a notary, and judged from the file alone.
 * Spec: protocol/spec/audit.md
 *
 * An export is read back before it is handed out: what the file says must be what is said here, code for code.      */
#ifndef QIAN_NODE_DRAW_AUDIT_H
#define QIAN_NODE_DRAW_AUDIT_H

#include "node/draw/verify.h"
#include "node/store/audit.h"

struct audit_scope {
    const char *office; /* NULL: all below this office and itself */
    int64_t draw_id;    /* 0: all draws of the office */
};
/* QN_CONFLICT "audit.differs" when the file would not say the same. tmp: where a directory may be made meanwhile. */
QN_MUST_USE enum qn_code audit_export(struct audit_info *out, struct verify_result *said,
                                      struct store *st, const struct audit_scope *scope,
                                      const char *path, const char *tmp,
                                      const struct qn_report *report, struct qn_err *err);
/* No office and no database: a directory is made under tmp and removed again. */
QN_MUST_USE enum qn_code audit_check(struct audit_info *out, struct verify_result *said,
                                     const char *path, const char *fingerprint, const char *tmp,
                                     struct store *with, const struct qn_report *report,
                                     struct qn_err *err);
#endif
