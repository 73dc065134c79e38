/* certify.h - the certificates that this office gives to those below it.   Spec: protocol/spec/rotation.md */
#ifndef QIAN_NODE_SYNC_CERTIFY_H
#define QIAN_NODE_SYNC_CERTIFY_H

#include "node/store/store.h"

/* Fills issuer and serial, signs, keeps and logs it: the office's next certificate. */
QN_MUST_USE enum qn_code certify(struct store *st, const struct keys *keys, struct qn_cert *c,
                                 struct qn_err *err);
QN_MUST_USE enum qn_code certify_scope(struct qn_cert *c, const char *const *scope, unsigned n,
                                       struct qn_err *err);

/* Renewal: the same epoch and keys, new dates from today on. */
struct certify_renew {
    const char *office;
    const char *name;  /* NULL: as before */
    const char *until; /* its last day; NULL: ENROL_YEARS from today */
    const char *const *scope;
    unsigned nscope; /* 0: as before */
};
QN_MUST_USE enum qn_code certify_renew(struct store *st, const struct certify_renew *o,
                                       struct qn_cert *made, struct qn_buf *chain,
                                       struct qn_err *err);

#define CERTIFY_REASON 400 /* bytes */
/* Revocation of an epoch (0: the newest) for good. The reason stays here, and is shown with the certificate. */
QN_MUST_USE enum qn_code certify_revoke(struct store *st, const char *office, unsigned epoch,
                                        const char *reason, struct qn_cert *made,
                                        struct qn_err *err);
/* The setting that holds the reason of a revocation. */
void certify_reason_name(char out[64], const struct qn_cert *c);
#endif
