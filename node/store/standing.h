/* standing.h - whether a row may still be written, judged by the rows that came before it.
 *                                                            Spec: protocol/spec/changeset.md, Applying
 * Asked of every row of another office as it is applied, after its authority: a closed roster stays as it was closed,
 * and a result stays with the draw and the object that it was recorded for.                                     */
#ifndef QIAN_NODE_STORE_STANDING_H
#define QIAN_NODE_STORE_STANDING_H

#include "node/store/store.h"
#include "qian/change.h"

#define STANDING_CLOSED  "apply.roster-closed"
#define STANDING_SUBJECT "apply.result-subject"

/* QN_DENIED by one of the rules above; seq, epoch: of the row's entry. */
QN_MUST_USE enum qn_code standing_check(struct store *st, const struct qn_row *row, uint64_t seq,
                                        uint16_t epoch, struct qn_err *err);
#endif
