/* block.h - what no path of a template says: records found by a question of their own, and figures. */
#ifndef QIAN_NODE_FORM_BLOCK_H
#define QIAN_NODE_FORM_BLOCK_H

#include "node/form/value.h"

/* "@results": the inspections of a plan that this office holds. QN_MALFORMED "form.path". */
QN_MUST_USE enum qn_code form_source(struct form_refs *out, struct form_reader *r,
                                     struct qn_span name, struct qn_err *err);
/* "summary": the batches of a sampling task by product and lab, and what became of them (sampling-26). Its lines go into
 * the digest. r NULL: of an empty form. QN_MALFORMED "form.path".                                                 */
QN_MUST_USE enum qn_code form_block(struct qn_buf *b, struct form_reader *r,
                                    const struct form_ref *root, struct qn_span name,
                                    struct qn_err *err);
#endif
