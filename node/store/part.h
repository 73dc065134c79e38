/* part.h - the stored bytes of a part and the rows in them; codec 1 is one zstd frame.   Spec: protocol/spec/entry.md
 *
 * Written: packed, then, of a restricted part, sealed. Read: opened, then unpacked. The lengths that memory is reserved by are those of the signed header, never those of the frame. */
#ifndef QIAN_NODE_STORE_PART_H
#define QIAN_NODE_STORE_PART_H

#include "qian/change.h"

/* The codec that `raw` is stored under; when it is QN_ZSTD its coded bytes were added to `out`, else nothing was. */
QN_MUST_USE enum qn_code part_pack(enum qn_codec *codec, struct qn_buf *out, struct qn_span raw,
                                   struct qn_err *err);
/* Adds to `out` what is stored of a restricted part: `coded` sealed to a box key, QN_SEAL_BYTES longer. QN_UNVERIFIED
 * when nobody can hold the secret of that key.                                                               */
QN_MUST_USE enum qn_code part_seal(struct qn_buf *out, struct qn_span coded,
                                   const uint8_t box[QN_PUBKEY], struct qn_err *err);
/* The coded bytes of a restricted part, in `room`. QN_UNVERIFIED "entry.seal": not sealed to this key, or spoilt. */
QN_MUST_USE enum qn_code part_open(struct qn_span *coded, struct qn_buf *room,
                                   struct qn_span stored, const uint8_t box[QN_PUBKEY],
                                   const uint8_t box_sk[32], struct qn_err *err);
/* The changeset of a part: borrows from `coded` (as stored, or as opened), or from `room` where it was packed. */
QN_MUST_USE enum qn_code part_raw(struct qn_span *raw, struct qn_buf *room,
                                  const struct qn_part *part, struct qn_span coded,
                                  struct qn_err *err);
/* Validates and hands out the rows of part `no` of h, from its bytes as stored or, of a restricted one, as opened (its
 * commitment is the caller's to check). The rows borrow from `stored`, or from `room` where the part was coded. QN_LATER when the reader is too
 * old for the entry's schema or codec: it knows registries up to `known` (NULL: all of this program). rows may be NULL.                                                      */
QN_MUST_USE enum qn_code part_rows(const struct qn_registry *known, const struct qn_header *h,
                                   unsigned no, struct qn_span stored, struct qn_buf *room,
                                   qn_row_fn *row, void *ctx, uint32_t *rows, struct qn_err *err);
#endif
