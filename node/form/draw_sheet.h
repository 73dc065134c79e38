/* draw_sheet.h - the record of a draw for the room (form F24): what it rests on, what came of it, who goes where, who was
 * there. A page to be printed (paper.h), with the names of inspectors: it is for the room and the file, not for
 * publication.                                                                                                  */
#ifndef QIAN_NODE_FORM_DRAW_SHEET_H
#define QIAN_NODE_FORM_DRAW_SHEET_H

#include "node/draw/show.h"

#define DRAW_SHEET_CODE "qian-sheet/1"

/* The text of its code (forms-9). */
QN_MUST_USE enum qn_code draw_sheet_code(struct qn_buf *text, const struct draw_view *v,
                                         struct qn_err *err);
QN_MUST_USE enum qn_code draw_sheet(struct qn_buf *page, struct store *st,
                                    const struct draw_view *v, struct qn_err *err);
#endif
