/* condition.h - conditions of slot rules in words: "在业 且 企业" for and(eq(status,0),eq(kind,1)).
 *                                                               Spec: protocol/spec/draw-rules.md          */
#ifndef QIAN_NODE_TEXT_CONDITION_H
#define QIAN_NODE_TEXT_CONDITION_H

#include "node/text/text.h"
#include "qian/rules.h"

void condition_put(struct qn_buf *out, enum text_lang lang, const struct qn_rules *r,
                   struct qn_expr e);
#endif
