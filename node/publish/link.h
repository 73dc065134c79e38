/* link.h - addresses within the office's pages, for codes on paper that an inspector's phone opens. Spec: protocol/spec/web.md */
#ifndef QIAN_NODE_PUBLISH_LINK_H
#define QIAN_NODE_PUBLISH_LINK_H

#include "node/store/store.h"

#define LINK_BASE 300

/* "https://qian.example.cn:8443", where the pages are served by a name or address that other machines reach (web-70);
 * false, and "", where they are not. */
bool link_base(char out[LINK_BASE], struct store *st);
/* A segment, or a value behind "?name=", of the part behind "#": letters, digits and "-._~:" as they are, else "%2f". */
void link_value(struct qn_buf *out, struct qn_span value);
/* The value back, up to the next "&". False: not written so. */
bool link_value_read(struct qn_buf *out, struct qn_span text);
#endif
