/* quarantine.h - what a person sees and does about entries that stand still.   Spec: protocol/spec/cursors.md
 *
 * Logs are named by their origin or by the office, whose newest log is meant.
 * Errors: QN_ABSENT "quarantine.none" when the entry has no fate here.                                     */
#ifndef QIAN_NODE_STORE_QUARANTINE_H
#define QIAN_NODE_STORE_QUARANTINE_H

#include "node/store/fate.h"
#include "node/store/ingest.h"
#include "qian/change.h"

struct standing {
    struct log log;
    uint64_t seq, at_ms, on_n;
    int lane, kind; /* -1 while the entry itself is not here */
    enum fate_state state;
    char reason[16], rule[48], args[400], on[FATE_ON];
};
struct standings {
    struct standing *at; /* owned */
    size_t n;
};
#define STANDINGS_MAX 10000
/* By log and seq, at most STANDINGS_MAX. */
QN_MUST_USE enum qn_code quarantine_list(struct standings *out, struct store *st,
                                         struct qn_err *err);
void standings_release(struct standings *s);
static inline void standings_auto(struct standings *s)
{
    standings_release(s);
}
QN_MUST_USE enum qn_code quarantine_get(struct standing *out, struct store *st, const char *log,
                                        uint64_t seq, struct qn_err *err);
/* The entry's parts as stored: how many bytes, and the rows in them without any judgement of them. */
struct quarantine_part {
    unsigned parts, here;
    uint64_t bytes;
};
QN_MUST_USE enum qn_code quarantine_rows(struct quarantine_part *out, struct store *st,
                                         const struct standing *s, qn_row_fn *row, void *ctx,
                                         struct qn_err *err);
/* Tries again what is held or quarantined: all, of one log, or one entry (seq UINT64_MAX: any). n: how many. */
QN_MUST_USE enum qn_code quarantine_retry(struct store *st, const char *log, uint64_t seq,
                                          uint64_t *n, struct ingest_tally *tally,
                                          struct qn_err *err);
/* The direct parent has an entry skipped: QN_DENIED when this office is not, or has applied it. */
QN_MUST_USE enum qn_code quarantine_waive(struct store *st, const char *log, uint64_t seq,
                                          const char *reason, struct ingest_tally *tally,
                                          struct qn_err *err);
/* This office wants an entry of its own skipped, of the log of that epoch; 0: the present one. QN_DENIED when an office above counts it as applied, or when
 * none has told that it stands still.                                                                       */
QN_MUST_USE enum qn_code quarantine_supersede(struct store *st, unsigned epoch, uint64_t seq, const char *reason,
                                              struct qn_err *err);
#endif
