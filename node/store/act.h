/* act.h - the one way to write a travelling row: an act. One transaction, one signed entry.
 *                                                       Spec: protocol/spec/entry.md, changeset.md
 * begin -> part -> rows -> part -> rows -> commit. The rows are captured by SQLite's session extension, one
 * session a part, read back by our own validator and authority, committed to by salted hashes, named in a
 * header that the log key signs, appended to the log: all in the transaction that inserted them.
 * Restricted rows are captured twice: for their addressee, and for the author's own copy (entry-22).
 * Every act is one of duty.def or a kind of record, and says who does it: who may not is refused here.
 * Ownership: an act on the stack, QN_AUTO(act); it rolls back unless committed.                        */
#ifndef QIAN_NODE_STORE_ACT_H
#define QIAN_NODE_STORE_ACT_H

#include "node/store/duty.h"
#include "qian/change.h"
#include "qian/entry.h"

#define ACT_PARTS 64

struct act_part;
struct act {
    struct store *st;
    const struct keys *keys;
    struct duty duty;
    char by[PERSON_NAME + 1]; /* "": the node by itself, or nobody was named */
    char about[160];          /* its first row, for the trail */
    struct tx tx;
    enum qn_kind kind;
    enum qn_lane lane;
    uint64_t seq;
    uint16_t next_n;
    unsigned nparts, at, ndeps;
    unsigned copy; /* the part for the author itself that restricted rows go to as well (entry-22) */
    struct act_part *part; /* owned */
    struct qn_dep dep[QN_DEPS];
    char dep_origin[QN_DEPS][QN_ORIGIN_MAX + 1];
};
/* by: who acts; NULL: whoever the store says (person_enter). Refusals of duty_may before all others. */
QN_MUST_USE enum qn_code act_begin(struct act *a, struct store *st, const struct duty *duty, const char *by,
                                   enum qn_kind kind, enum qn_lane lane, struct qn_err *err);
/* The rest of act_begin, which asks nobody: for tests that write what an honest office would not. */
QN_MUST_USE enum qn_code act_open(struct act *a, struct store *st, enum qn_kind kind, enum qn_lane lane,
                                  struct qn_err *err);
/* Rows that follow go to this part; an (audience, reach, to) met before is taken up again.
 * to: NULL means this office itself.                                                       */
QN_MUST_USE enum qn_code act_part(struct act *a, enum qn_audience audience, enum qn_reach reach, const char *to,
                                  struct qn_err *err);
/* This act rests on another log as seen now. */
QN_MUST_USE enum qn_code act_dep(struct act *a, const char *origin, uint64_t size,
                                 const uint8_t root[QN_HASH], struct qn_err *err);
enum qn_audience act_audience(const struct act *a, unsigned part);
int64_t act_id(struct act *a); /* a fresh row id of this entry */

/* A row under construction: every column NULL until set; texts and blobs are borrowed until act_put. */
void row_start(struct qn_row *row, const struct act *a, const char *table, int64_t id, int64_t rev);
void row_int(struct qn_row *row, const char *col, int64_t v);
void row_text(struct qn_row *row, const char *col, const char *s); /* NULL or "" in a nullable column: NULL */
void row_span(struct qn_row *row, const char *col, struct qn_span text);
void row_blob(struct qn_row *row, const char *col, const void *p, size_t n);
QN_MUST_USE enum qn_code act_put(struct act *a, const struct qn_row *row, struct qn_err *err);

/* Signs, appends, commits, and signs a new checkpoint of the own log. Outputs may be NULL. */
QN_MUST_USE enum qn_code act_commit(struct act *a, uint64_t *seq, uint8_t leaf[QN_HASH], struct qn_err *err);
void act_end(struct act *a);
static inline void act_auto(struct act *a)
{
    act_end(a);
}
#endif
