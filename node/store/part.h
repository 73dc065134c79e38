/* part.h - the stored bytes of a part and the rows in them; codec 1 is one zstd frame.   Spec: protocol/spec/entry.md
 *
 * The lengths that memory is reserved by are those of the signed header, never those of the frame. */
#ifndef QIAN_NODE_STORE_PART_H
#define QIAN_NODE_STORE_PART_H

#include "qian/change.h"

/* The codec that `raw` is stored under; when it is QN_ZSTD its coded bytes were added to `out`, else nothing was. */
QN_MUST_USE enum qn_code part_pack(enum qn_codec *codec, struct qn_buf *out, struct qn_span raw,
                                   struct qn_err *err);
/* The changeset of a part: borrows from `coded` (as stored, or as opened), or from `room` where it was packed. */
QN_MUST_USE enum qn_code part_raw(struct qn_span *raw, struct qn_buf *room,
                                  const struct qn_part *part, struct qn_span coded,
                                  struct qn_err *err);
/* Validates and hands out the rows of part `no` of h, from its bytes as stored (its commitment is the caller's to
 * check). The rows borrow from `stored`, or from `room` where the part was coded. QN_LATER when this program is too
 * old for the entry's schema or codec. rows may be NULL.                                                      */
QN_MUST_USE enum qn_code part_rows(const struct qn_header *h, unsigned no, struct qn_span stored,
                                   struct qn_buf *room, qn_row_fn *row, void *ctx, uint32_t *rows,
                                   struct qn_err *err);
#endif
