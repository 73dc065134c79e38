/* replay.h - the travelling rows once more, from headers and parts alone.   Spec: protocol/spec/cursors.md
 *
 * The same judging as when they came (settle.h, apply.h): there is no second path. Of a relative's log the cursors and
 * fates follow with the rows; of the own logs the rows alone. Nothing is signed, cosigned or answered.
 * What depends on the order in which things came - which entry was applied before somebody had it skipped - is taken
 * from fates of the states superseded, waived, kept and refused that stand in the database before the replay.
 * One transaction of the caller's, or one for each log when there is none.                                     */
#ifndef QIAN_NODE_STORE_REPLAY_H
#define QIAN_NODE_STORE_REPLAY_H

#include "node/store/ingest.h"

/* Every log of this office itself, earlier epochs included: rows that stand already, with the same values, stay.
 * Errors as of apply_own (apply.h); QN_ABSENT "replay.lacks" when all is done but what lacks a part.            */
QN_MUST_USE enum qn_code replay_own(struct store *st, struct ingest_tally *tally,
                                    const struct qn_report *report, struct qn_err *err);
/* All logs of relatives, from where their cursors stand: of a fresh database from 0. */
QN_MUST_USE enum qn_code replay_others(struct store *st, struct ingest_tally *tally,
                                       const struct qn_report *report, struct qn_err *err);
/* Both: the own ones first, as they were written before anybody answered them. */
QN_MUST_USE enum qn_code replay_all(struct store *st, struct ingest_tally *tally,
                                    const struct qn_report *report, struct qn_err *err);
#endif
