/* freeze.h - FREEZE: the office commits to its rosters before any challenge exists; and the ground of a draw,
 * the freeze with the rows behind it.   Spec: protocol/spec/draw.md, rows.md
 *
 * Ownership: a loaded ground owns its roster and freeze; ground_release() frees them, a zeroed one is fine.
 * Errors: QN_ABSENT when text, salt or rows are not held here; QN_UNVERIFIED "freeze.roots" from ground_check
 * when the rows are not those that the freeze commits to.                                                  */
#ifndef QIAN_NODE_DRAW_FREEZE_H
#define QIAN_NODE_DRAW_FREEZE_H

#include "node/store/log.h"
#include "node/store/roster.h"
#include "qian/draw.h"

struct freeze_made {
    bool made; /* false: nothing changed since the freeze that is named here */
    uint64_t seq, version;
    uint8_t leaf[QN_HASH];
    char date[11];
    uint64_t objects, marks, inspectors, recusals; /* counts; only when made */
};
/* Made only when a roster was closed, or the date changed, since the last one. */
QN_MUST_USE enum qn_code freeze_make(struct freeze_made *out, struct store *st, struct qn_err *err);
/* Whether one is to be made by itself: by two rows, without a look at the lists. due: false before the first roster.
 * version and date are those that it would be made of.                                                         */
struct freeze_due {
    bool due;
    uint64_t version;
    char date[11];
};
QN_MUST_USE enum qn_code freeze_is_due(struct freeze_due *out, struct store *st, struct qn_err *err);

struct ground {
    bool loaded;
    struct log log; /* of the office that froze */
    uint64_t seq;
    int64_t id; /* of its rows */
    uint8_t leaf[QN_HASH];
    struct qn_freeze freeze;
    uint8_t salt_key[32];
    struct roster roster;
    struct qn_roster_roots roots; /* of the rows held here now */
};
/* The newest freeze of a log whose rows were applied here; QN_ABSENT "freeze.none". */
QN_MUST_USE enum qn_code freeze_newest(struct store *st, const struct log *log, uint64_t *seq,
                                       struct qn_err *err);
/* Only the text, parsed; release it. Checks that it names its own log and place. */
QN_MUST_USE enum qn_code freeze_text(struct qn_freeze *out, int64_t *id, struct store *st,
                                     const struct log *log, uint64_t seq, struct qn_err *err);
QN_MUST_USE enum qn_code ground_load(struct ground *out, struct store *st, const char *origin,
                                     uint64_t seq, struct qn_err *err);
/* Takes what is there already when it is the same freeze: many draws stand on one. */
QN_MUST_USE enum qn_code ground_reuse(struct ground *g, struct store *st, const char *origin,
                                      uint64_t seq, struct qn_err *err);
/* The one place where the rows are held against the freeze: "list=objects|frozen=900|now=899". */
QN_MUST_USE enum qn_code ground_check(const struct ground *g, struct qn_err *err);
void ground_release(struct ground *g);
static inline void ground_auto(struct ground *g)
{
    ground_release(g);
}
static inline void qn_freeze_auto(struct qn_freeze *f)
{
    qn_freeze_release(f);
}
/* Whether the date is one that a freeze first cosigned at that time can have. */
bool freeze_date_fits(const char *date, int32_t cosigned, uint32_t age_days);
/* First and last row id of one entry: "one such act an entry" lets a leaf name a row. */
void entry_ids(int64_t *from, int64_t *to, uint16_t epoch, uint64_t seq);

#endif
