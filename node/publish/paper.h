/* paper.h - what an office prints: the owner's slip, and the frame of other sheets (node/cli/cmd_draw_sheet.c). One HTML
 * file each, with its style inside and nothing loaded: it is opened on any machine and printed on A4.
 * Every word is of the catalogue, every value is escaped (html.h).                                          */
#ifndef QIAN_NODE_PUBLISH_PAPER_H
#define QIAN_NODE_PUBLISH_PAPER_H

#include "node/store/store.h"

/* A slip (owner.h) to be handed over: what it says, and the slip itself as QR codes. */
QN_MUST_USE enum qn_code paper_slip(struct qn_buf *out, struct store *st, struct qn_span slip,
                                    struct qn_err *err);

/* A sheet's beginning, and its end: who made it and when. code: what its code says, for who checks the file; may be empty. */
void paper_begin(struct qn_buf *b, const char *title, struct qn_span code);
void paper_end(struct qn_buf *b, struct store *st);
#endif
