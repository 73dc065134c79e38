/* qr.h - a short text as a QR code, for sheets, slips, pages and the terminal.
 *
 * Spec: ISO/IEC 18004, byte mode, error correction M (about 15 % of the symbol may be damaged: a sheet is folded,
 * a slip is stamped). The symbol is that of libqrencode; nothing of it is decided here but size and colour.
 * Ownership: `out` is the caller's; what stood in it stays, the code is put behind it.                        */
#ifndef QIAN_NODE_QR_H
#define QIAN_NODE_QR_H

#include "qian/base.h"

/* Bytes. Version 25 holds them: 117 modules, still read by a phone from 6 cm of paper. */
#define QR_MOST 997

/* `text`: 1..QR_MOST bytes, none of them 0. Errors: QN_LIMIT qr.long,
 * QN_MALFORMED qr.text, QN_NOMEM qr.memory, and those of qn_buf_check. */

/* One <svg> element without script or style, black on white with the quiet zone of four modules, so that it is
 * read in a dark page too. Its size is the page's: it fills its box. `label`: what a screen reader says, plain
 * text, "" for none. */
QN_MUST_USE enum qn_code qr_svg(struct qn_buf *out, struct qn_span text, const char *label,
                                struct qn_err *err);
/* Lines of half blocks for a terminal, dark background or light. */
QN_MUST_USE enum qn_code qr_lines(struct qn_buf *out, struct qn_span text, struct qn_err *err);

#endif
