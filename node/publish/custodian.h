/* custodian.h - the page with which a second custodian answers on a phone.        Spec: protocol/spec/cokey.md
 *
 * One file without any other: script and style stand in it, its policy lets nothing else run and nothing out.   */
#ifndef QIAN_NODE_PUBLISH_CUSTODIAN_H
#define QIAN_NODE_PUBLISH_CUSTODIAN_H

#include "node/text/text.h"

QN_MUST_USE enum qn_code custodian_page(struct qn_buf *out, enum text_lang lang,
                                        struct qn_err *err);
#endif
