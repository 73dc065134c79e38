/* clocks.h - clocks that disagree, and claimed times that fall back. They are told; nothing is ordered by a clock.
 *                                                                   Spec: protocol/spec/stages.md */
#ifndef QIAN_NODE_SYNC_CLOCKS_H
#define QIAN_NODE_SYNC_CLOCKS_H

#include "node/store/store.h"

#define CLOCKS_APART_MS \
    600000 /* stages.md: two clocks further apart are warned of, claims fall back by more */

bool clocks_apart(int64_t skew_ms);
/* Whether this office's own clock can be right: not a day before its last entry, within its certificate's years. A battery that
 * is dead puts it years back, and then nobody stays in (web-8) and nothing is due. */
bool clocks_own_sound(struct store *st);
/* The sentence for such a skew, and its number, of minutes or of days: args "office=...|n=...". */
const char *clocks_id(int64_t skew_ms, unsigned long long *n);
/* A HAVE of that office says their_ms. Keeps the skew with the peer and says it when it is large. A file is old by
 * nature: only a time ahead of ours means something there.                                                       */
QN_MUST_USE enum qn_code clocks_heard(struct store *st, const char *office, uint64_t their_ms,
                                      bool file, const struct qn_report *report,
                                      struct qn_err *err);

/* Looks at the claimed times of all entries that were not looked at yet; says which logs fall back. */
QN_MUST_USE enum qn_code clocks_scan(struct store *st, const struct qn_report *report,
                                     struct qn_err *err);
struct clocks_back {
    char origin[QN_ORIGIN_MAX + 1];
    uint64_t seq, claims_ms, before_ms;
};
/* The falls found, by log, the newest of each first; at most max of them. total: all. */
QN_MUST_USE enum qn_code clocks_backs(struct clocks_back *out, size_t max, size_t *n,
                                      uint64_t *total, struct store *st, struct qn_err *err);
#endif
