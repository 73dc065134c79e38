/* rules_said.h - slot rules as a page says them: {population, strata: [{share, least, condition}], roles: [{inspectors,
 * qualifications}]}, conditions in words.                                                                         */
#ifndef QIAN_NODE_CLI_RULES_SAID_H
#define QIAN_NODE_CLI_RULES_SAID_H

#include <jansson.h>

#include "node/text/text.h"

/* JSON null for what does not parse. */
json_t *rules_said(enum text_lang lang, struct qn_span rules);
#endif
