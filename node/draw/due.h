/* due.h - what an office does by itself before it speaks to another: the freeze that is due, and the orders that it owes
 * the one it speaks to.   Spec: protocol/spec/verdicts.md (verdicts-44, verdicts-43)
 *
 * Nothing here stops an exchange or a file: what fails is told, kept for `status`, and left to the command.
 * When nothing changed it costs a few rows; no list is read and no root computed.                           */
#ifndef QIAN_NODE_DRAW_DUE_H
#define QIAN_NODE_DRAW_DUE_H

#include "node/store/store.h"

/* For store_on_exchange. peer: with whom an exchange begins, or for whom a file is written. Outside of any transaction, and after whatever
 * that office said of the own log was heard: who is behind signs nothing.                                   */
void draw_due(struct store *st, const char *peer, const struct qn_report *report);

/* Why the freeze that is due was not made; false: none failed. */
bool due_freeze_failed(struct qn_err *out, struct store *st);

/* Whether orders are given by themselves: they are, until somebody says no. */
bool due_orders(struct store *st);
QN_MUST_USE enum qn_code due_set_orders(struct store *st, bool on, struct qn_err *err);
#endif
