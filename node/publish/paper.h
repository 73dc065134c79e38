/* paper.h - what an office prints: the owner's slip, and the frame of other sheets (node/cli/cmd_draw_sheet.c). One HTML
 * file each, with its style inside and nothing loaded: it is opened on any machine and printed on A4.
 * Every word is of the catalogue, every value is escaped (html.h).                                          */
#ifndef QIAN_NODE_PUBLISH_PAPER_H
#define QIAN_NODE_PUBLISH_PAPER_H

#include "node/store/store.h"

/* A slip (owner.h) to be handed over: what it says, and the slip itself as QR codes; where the office's pages have an address,
 * one more that opens this target there, for its inspectors (web-70). draw, object: whose slip it is. */
QN_MUST_USE enum qn_code paper_slip(struct qn_buf *out, struct store *st, struct qn_span slip,
                                    const char *draw, const char *object, struct qn_err *err);

/* Where a target stands in the office's pages, `https://…/#/visit/DRAW/OBJECT?task=TASK`; false, and the address begins with
 * the slash, where the pages have none: their own scanner reads that too. task: NULL or "" where the object has one only. */
bool paper_target_address(struct qn_buf *to, struct store *st, const char *draw, const char *object,
                          const char *task);
/* The code that opens a target in the office's pages; nothing where they have no address. task: NULL or "" where the object
 * has one only. */
QN_MUST_USE enum qn_code paper_target_code(struct qn_buf *b, struct store *st, const char *draw,
                                           const char *object, const char *task,
                                           struct qn_err *err);

/* A sheet's beginning, and its end: who made it and when. code: what its code says, for who checks the file; may be empty. */
void paper_begin(struct qn_buf *b, const char *title, struct qn_span code);
/* Whose sheet it is, what it is called, and who may see it: a sentence of the catalogue. */
void paper_title(struct qn_buf *b, struct store *st, const char *title, const char *secret);
void paper_end(struct qn_buf *b, struct store *st);
#endif
