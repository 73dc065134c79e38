/* log.h - the logs this office holds: its own and those of its relatives.   Spec: protocol/spec/log.md
 *
 * A log is known by its number `no` (local) or its origin text. size = headers held; verified = the
 * largest size whose root stood in a checkpoint of the log's own key. Headers at or beyond `verified`
 * are never applied.                                                                               */
#ifndef QIAN_NODE_STORE_LOG_H
#define QIAN_NODE_STORE_LOG_H

#include "node/store/store.h"
#include "qian/entry.h"
#include "qian/frame.h"
#include "qian/merkle.h"

struct log {
    int64_t no;
    char origin[QN_ORIGIN_MAX + 1];
    char office[QN_CODE_MAX + 1];
    uint16_t epoch;
    uint64_t size, verified;
};
/* From the columns no, origin, office, epoch, size, verified. */
void log_from_row(struct log *out, struct query *q);
QN_MUST_USE enum qn_code log_find(struct log *out, struct store *st, const char *origin, struct qn_err *err);
QN_MUST_USE enum qn_code log_of_office(struct log *out, struct store *st, const char *office,
                                       struct qn_err *err); /* newest epoch */
QN_MUST_USE enum qn_code log_at(struct log *out, struct store *st, const char *office, uint16_t epoch,
                                struct qn_err *err);
QN_MUST_USE enum qn_code log_by_no(struct log *out, struct store *st, int64_t no, struct qn_err *err);
/* Makes the row of a log whose certificate is held; finds it when it is there. */
QN_MUST_USE enum qn_code log_add(struct log *out, struct store *st, const struct qn_cert *cert, struct qn_err *err);

QN_MUST_USE enum qn_code log_append(struct store *st, struct log *log, struct qn_span header,
                                    const uint8_t sig[QN_SIG], const struct qn_header *h, struct qn_err *err);
QN_MUST_USE enum qn_code log_root(struct store *st, const struct log *log, uint64_t size,
                                  uint8_t root[QN_HASH], struct qn_err *err);
QN_MUST_USE enum qn_code log_inclusion(struct store *st, const struct log *log, uint64_t index, uint64_t size,
                                       struct qn_proof *out, struct qn_err *err);
QN_MUST_USE enum qn_code log_consistency(struct store *st, const struct log *log, uint64_t from, uint64_t to,
                                         struct qn_proof *out, struct qn_err *err);

/* One entry's header as held. The header's spans borrow from `bytes`, which the caller releases. */
struct log_entry {
    struct qn_buf bytes;
    uint8_t sig[QN_SIG];
    uint8_t leaf[QN_HASH];
    struct qn_header h;
};
/* Of `out` nothing is read: where this is the first that happens to it, WIRE_UNFILLED (protocol/wire.h) spares 20 KB of
 * zeros. After a failure it can be released, and its header has no meaning.                                        */
QN_MUST_USE enum qn_code log_entry_get(struct log_entry *out, struct store *st, const struct log *log,
                                       uint64_t seq, struct qn_err *err);
void log_entry_release(struct log_entry *e);
static inline void log_entry_auto(struct log_entry *e)
{
    log_entry_release(e);
}
/* One part as stored. QN_ABSENT when not held. */
struct log_part {
    uint8_t salt[QN_SALT];
    struct qn_buf stored;
};
QN_MUST_USE enum qn_code log_part_get(struct log_part *out, struct store *st, const struct log *log, uint64_t seq,
                                      unsigned part, struct qn_err *err);
void log_part_release(struct log_part *p);
static inline void log_part_auto(struct log_part *p)
{
    log_part_release(p);
}

/* Checkpoints: the log's own signature line and every cosignature line held for that size, as one note. */
QN_MUST_USE enum qn_code log_checkpoint_note(struct qn_buf *out, struct store *st, const struct log *log, uint64_t size,
                                             struct qn_err *err);
/* The smallest checkpoint size > seq that `witness` cosigned, with its time; QN_ABSENT when none. */
QN_MUST_USE enum qn_code log_first_cosigned(struct store *st, const struct log *log, uint64_t seq, const char *witness,
                                            uint64_t *size, uint64_t *time_s, struct qn_err *err);
/* Signs a checkpoint of the own log at its present size; the second one also cosigns it with the own witness key. */
QN_MUST_USE enum qn_code log_checkpoint_own(struct store *st, struct qn_err *err);
QN_MUST_USE enum qn_code log_checkpoint_dated(struct store *st, struct qn_err *err);
/* Keeps a checkpoint whose log signature was verified; line is that signature line. */
QN_MUST_USE enum qn_code log_checkpoint_put(struct store *st, const struct log *log, uint64_t size,
                                            const uint8_t root[QN_HASH], struct qn_span line, struct qn_err *err);
QN_MUST_USE enum qn_code log_set_verified(struct store *st, struct log *log, uint64_t verified, struct qn_err *err);
/* This office's witness signs that headers 0..size are consistent and stored here; not an approval. Once a size. */
QN_MUST_USE enum qn_code log_cosign(struct store *st, const struct log *log, uint64_t size, struct qn_err *err);
/* The key name of an office's witness: its origin and "/witness". */
void log_witness_name(char out[QN_ORIGIN_MAX + 16], const struct qn_cert *c);
#endif
