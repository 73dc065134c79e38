/* chars.h - the characters of a name by which it is found: in the lists of the office and on the public site alike.
 *                                                              Spec: protocol/spec/publication.md (site-18)   */
#ifndef QIAN_NODE_TEXT_CHARS_H
#define QIAN_NODE_TEXT_CHARS_H

#include "qian/base.h"

/* Those that count: small letters, half-width forms; signs and blanks left out. The number of them, at most max. */
size_t text_chars(uint32_t *out, size_t max, struct qn_span name);
void text_put_char(struct qn_buf *out, uint32_t c); /* in UTF-8 */
#endif
