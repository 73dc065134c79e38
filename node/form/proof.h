/* proof.h - the digest of a form.   Spec: protocol/spec/forms.md */
#ifndef QIAN_NODE_FORM_PROOF_H
#define QIAN_NODE_FORM_PROOF_H

#include "node/form/form.h"
#include "node/form/value.h"

/* The text that is hashed (forms-2), and its digest. */
QN_MUST_USE enum qn_code form_digest(struct qn_buf *text, struct form_proof *p,
                                     struct form_reader *r, struct qn_err *err);
#endif
