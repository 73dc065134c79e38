/* fate.h - why an entry is not applied, and what has to change before it is tried again.
 *                                                              Spec: protocol/spec/cursors.md
 * One row for each entry that is held, quarantined, refused or skipped. An entry that waits names what it waits for;
 * whoever brings that change wakes it, and nobody else tries it. Waking marks the log: the end of the stream
 * (settle.h) takes up marked logs only.                                                                  */
#ifndef QIAN_NODE_STORE_FATE_H
#define QIAN_NODE_STORE_FATE_H

#include "node/store/log.h"

#define FATE_ON 200 /* "row 140602 inspection_result 2147483647", "log " and an origin */

/* SPEC cursors-4: "*held*, *quarantined*, *refused*, *superseded*, *waived* or *kept*" */
enum fate_state {
    FATE_NONE,
    FATE_HELD,
    FATE_QUARANTINED,
    FATE_REFUSED,
    FATE_SUPERSEDED,
    FATE_WAIVED,
    FATE_KEPT
};
/* SPEC cursors-5: "*dependency*, *schema*, *certificate* or *gap*" */
enum fate_reason { FATE_NO_REASON, FATE_DEPENDENCY, FATE_SCHEMA, FATE_CERTIFICATE, FATE_GAP };

#define FATE_ON_KEYS "keys" /* those of this office's newest certificate, not lent now */

struct fate {
    enum fate_state state;
    enum fate_reason reason;
    char on[FATE_ON]; /* "" when only a person can change it */
    uint64_t on_n;
    bool untold; /* this office has still to sign it */
    struct qn_err why;
};
const char *fate_state_name(enum fate_state s);
enum fate_state fate_state_of(const char *name);
/* Fills what an entry is held for, and gives QN_LATER or QN_ABSENT back as they came. */
void fate_wait(struct fate *f, enum fate_reason reason, uint64_t n, const char *fmt, ...)
    QN_PRINTF(4, 5);

QN_MUST_USE enum qn_code fate_put(struct store *st, int64_t log, uint64_t seq, const struct fate *f,
                                  struct qn_err *err);
QN_MUST_USE enum qn_code fate_clear(struct store *st, int64_t log, uint64_t seq,
                                    struct qn_err *err);
/* The first entry at or above seq that has a fate; seq UINT64_MAX when there is none. */
struct fate_at {
    uint64_t seq;
    enum fate_state state;
    bool ready, gap;
};
QN_MUST_USE enum qn_code fate_next(struct fate_at *out, struct store *st, int64_t log, uint64_t seq,
                                   struct qn_err *err);

/* Marks a log to be settled at the end of the stream. */
QN_MUST_USE enum qn_code fate_stir(struct store *st, int64_t log, struct qn_err *err);
/* What waits for `on`, up to n, is to be tried again. */
QN_MUST_USE enum qn_code fate_wake(struct store *st, const char *on, uint64_t n,
                                   struct qn_err *err);
/* The log stands at `verified` now, or somebody cosigned it. */
QN_MUST_USE enum qn_code fate_wake_log(struct store *st, const struct log *log, struct qn_err *err);
/* Rows of this office were applied: wakes what waits for one that is here now. */
QN_MUST_USE enum qn_code fate_wake_rows(struct store *st, const char *office, struct qn_err *err);
/* One entry, whatever it waits for: a person asked, or a waiver came. */
QN_MUST_USE enum qn_code fate_retry(struct store *st, int64_t log, uint64_t seq,
                                    struct qn_err *err);
/* Wakes what waits for a newer schema, when this program knows another one than the program before it. */
QN_MUST_USE enum qn_code fate_upgraded(struct store *st, struct qn_err *err);
#endif
