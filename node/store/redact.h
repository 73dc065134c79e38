/* redact.h - parts that are forgotten: by a redaction, or with all of an office by a purge.   Spec: protocol/spec/cursors.md
 *
 * The one exception of tables that only grow: what a node holds is its own view, and the log stays. The order is a row
 * like any other; that a part is forgotten is asked of the rows, so that it holds before the part comes and for ever.
 * Deleted bytes leave the file when redact_scrub was run: what calls for it stays on the disk until it was.    */
#ifndef QIAN_NODE_STORE_REDACT_H
#define QIAN_NODE_STORE_REDACT_H

#include "node/store/log.h"
#include "qian/change.h"

/* Whether part `no` of this entry is forgotten here, whatever is stored. */
QN_MUST_USE enum qn_code redact_gone(bool *out, struct store *st, const struct log *log,
                                     const struct qn_header *h, unsigned no, struct qn_err *err);
/* Whether all that an office says in the log of this epoch is (cursors-29, cursors-30). */
QN_MUST_USE enum qn_code redact_purged(bool *out, struct store *st, const char *office,
                                       uint16_t epoch, struct qn_err *err);
/* Whether the record's forerunner may be missing because its part is forgotten (cursors-27). */
QN_MUST_USE enum qn_code redact_forerunner(bool *out, struct store *st, const struct qn_row *row,
                                           struct qn_err *err);
/* Judges the rows of `redaction` and `purge` beyond qn_authorise. QN_LATER: on is what it waits for ("cert OFFICE/EPOCH"). */
QN_MUST_USE enum qn_code redact_judge(struct store *st, const struct qn_row *row,
                                      const struct qn_header *h, const struct qn_cert *signer,
                                      char on[64], struct qn_err *err);
/* What a row of `redaction` does here, once it was judged and inserted; other rows nothing. */
QN_MUST_USE enum qn_code redact_take_row(struct store *st, const struct qn_row *row,
                                         struct qn_err *err);

/* Forgets what is held of one part. h is the header of its entry. */
QN_MUST_USE enum qn_code redact_part(struct store *st, const struct log *log,
                                     const struct qn_header *h, unsigned no, struct qn_err *err);
/* Nothing of what was deleted stays in the database file or its WAL. Nothing to do costs one look. What cannot be done now
 * (a full disk, a reader) is told, holds up nothing, and is tried again the next time.                        */
void redact_scrub(struct store *st, const struct qn_report *report);
/* Nothing is scrubbed until it is said that it may be: others wait for this process, or it is not at its end (upkeep.h). */
void redact_scrub_later(struct store *st, bool later);
/* To be scrubbed when the transaction under way has been committed. */
QN_MUST_USE enum qn_code redact_soil(struct store *st, struct qn_err *err);
bool redact_unscrubbed(struct store *st);
/* The database file holds nothing of it any more; what lies beside it is told. */
QN_MUST_USE enum qn_code redact_scrubbed(struct store *st, const struct qn_report *report,
                                         struct qn_err *err);
/* When something was last forgotten here, in ms since 1970; 0: never. */
uint64_t redact_when(struct store *st);

/* The part of an entry that brought this revision; table: NULL for any of its tables. Where none that can be read did, the one
 * that is sealed to another, if there is one; else -1.                                                       */
QN_MUST_USE enum qn_code redact_part_of(int *part, struct store *st, const struct log *log,
                                        uint64_t seq, const char *table, int64_t id, int64_t rev,
                                        struct qn_err *err);
/* The entry that an order names, and that it may be ordered of: QN_ABSENT "redact.no-part", "log.unknown"; QN_DENIED
 * "redact.control"; QN_CONFLICT "redact.done". log: an origin, or an office: its newest log.                  */
QN_MUST_USE enum qn_code redact_entry(struct log *log, struct log_entry *e, struct store *st,
                                      const char *name, uint64_t seq, unsigned part,
                                      struct qn_err *err);

struct redact_order {
    const char *log; /* origin, or an office: its newest log */
    uint64_t seq;
    unsigned part;
    const char *basis, *reason, *by;
    const struct qn_report *report; /* may be NULL */
};
/* Signs the order and carries it out here. named: how many parts it names, all that hold the rows of o->part (cursors-33); may be NULL.
 * QN_DENIED "redact.control"; QN_ABSENT "redact.no-part", "log.unknown". */
QN_MUST_USE enum qn_code redact_order(unsigned *named, struct store *st,
                                      const struct redact_order *o, struct qn_err *err);
#endif
