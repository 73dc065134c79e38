/* roster.h - an office's rosters as a draw sees them: from rows to records.   Spec: protocol/spec/rows.md
 *
 * Loads the objects, marks, inspectors and recusals of one office at one closed roster version, as of a date,
 * from the rows held here: the office that freezes, the parent that recomputes the freeze before it signs an
 * order, every ancestor that verifies, and the page that proves one owner's record read the same.
 * Ownership: a loaded roster owns all it lends; roster_release() frees it, and a zeroed one is fine.
 * Errors: QN_ABSENT when the version was never closed; QN_MALFORMED names the first row that no record can
 * be made of; QN_CONFLICT a key that stands twice.                                                           */
#ifndef QIAN_NODE_STORE_ROSTER_H
#define QIAN_NODE_STORE_ROSTER_H

#include "node/store/store.h"
#include "qian/roster.h"

#define ROSTER_ROWS_MAX 2000000 /* records of one list: twenty times the largest county */

/* What stands beside an object's record and is no part of it. */
struct roster_about {
    const char *name, *address, *station; /* "" where the row has none */
};
struct roster_block;
struct roster {
    uint64_t version;
    char date[11];
    struct qn_roster r;         /* sorted; spans borrow from `block` */
    struct roster_about *about; /* of r.object[i] */
    const char **person;        /* name of r.inspector[i] */
    struct roster_block *block; /* texts */
};
/* The newest closed version; QN_ABSENT "roster.none" before the first. */
QN_MUST_USE enum qn_code roster_newest(struct store *st, const char *office, uint64_t *version,
                                       struct qn_err *err);
QN_MUST_USE enum qn_code roster_load(struct roster *out, struct store *st, const char *office,
                                     uint64_t version, const char *date, struct qn_err *err);
void roster_release(struct roster *r);
static inline void roster_auto(struct roster *r)
{
    roster_release(r);
}

#endif
