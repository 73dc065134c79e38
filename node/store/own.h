/* own.h - the own log against what others hold of it: may this office sign?   Spec: protocol/spec/recovery.md
 *
 * An office stands still when its database is not the newest one, or when its key signed two histories. Why is kept
 * as the id of a sentence with its values. Own entries come back through ingest.h; here is what is particular to them. */
#ifndef QIAN_NODE_STORE_OWN_H
#define QIAN_NODE_STORE_OWN_H

#include "node/store/ingest.h"

/* SPEC recovery-4: "An office that is unsure, behind, incomplete or forked writes no entry" */
enum own_state {
    OWN_SIGNS,
    OWN_UNSURE,
    OWN_BEHIND,
    OWN_INCOMPLETE,
    OWN_FORKED,
    OWN_RENEWING /* after a fork: a fresh database is filled, a new epoch is asked for */
};
/* why: the sentence, with QN_DENIED; untouched while it signs. May be NULL. */
enum own_state own_state(struct store *st, struct qn_err *why);
const char *own_state_name(enum own_state s);

/* The files of this machine do not tell whether the database is its newest one. */
QN_MUST_USE enum qn_code own_unsure(struct store *st, struct qn_err *err);
/* Somebody, or the anchor, shows `theirs` entries of the own log of `ours` here: they may come back from now on. */
QN_MUST_USE enum qn_code own_behind(struct store *st, const struct log *own, uint64_t theirs,
                                    struct qn_err *err);
/* Two signatures of the own key for one place. */
QN_MUST_USE enum qn_code own_forked(struct store *st, uint64_t place, struct qn_err *err);
/* The database is a fresh one, after a fork: everything of this epoch comes from others. */
QN_MUST_USE enum qn_code own_renewing(struct store *st, struct qn_err *err);
/* A new epoch begins: the log of the one before is from now on like a relative's. */
QN_MUST_USE enum qn_code own_close_epoch(struct store *st, struct qn_err *err);
bool own_comes_back(
    struct store *st); /* whether the cursors of the own log are those of a relative's */

/* What a relative says by its HAVE that it holds of the own log. */
QN_MUST_USE enum qn_code own_heard(struct store *st, const char *from, uint64_t size,
                                   const uint8_t root[QN_HASH], struct qn_err *err);
/* Applies what came back; goes on when all of it is here. In the caller's transaction. */
QN_MUST_USE enum qn_code own_settle(struct store *st, struct ingest_tally *tally,
                                    const struct qn_report *report, struct qn_err *err);
/* A person's word: what is missing is lost, or this database is the newest there is. */
QN_MUST_USE enum qn_code own_declare(struct store *st, struct qn_err *err);
#endif
