/* owner.h - the owner's slip: one object's own record of a freeze, opened for whom it concerns.
 *                                                            Spec: protocol/spec/publication.md (slip) */
#ifndef QIAN_NODE_PUBLISH_OWNER_H
#define QIAN_NODE_PUBLISH_OWNER_H

#include "node/store/store.h"

/* A draw's name, OFFICE:EPOCH-SEQ-N. QN_MALFORMED "check.draw-name". */
QN_MUST_USE enum qn_code publish_draw_parse(char office[QN_CODE_MAX + 1], int64_t *id,
                                            const char *name, struct qn_err *err);

/* The slip's text. Only the office that drew gives it, and only for a released draw: before, it would serve
 * nobody and tell of a draw. QN_ABSENT "slip.not-in-freeze" when the object did not stand in the freeze;
 * QN_UNVERIFIED "slip.roster-changed" when the rows held now are not those that were frozen.               */
QN_MUST_USE enum qn_code owner_slip(struct qn_buf *out, struct store *st, const char *draw,
                                    const char *object, struct qn_err *err);
#endif
