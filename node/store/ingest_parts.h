/* ingest_parts.h - what the files of the intake share: one stream's state, and how it finds and marks logs. */
#ifndef QIAN_NODE_STORE_INGEST_PARTS_H
#define QIAN_NODE_STORE_INGEST_PARTS_H

#include "node/store/ingest.h"
#include "node/store/internal.h"
#include "node/store/rival.h"
#include "qian/note.h"

struct ingest {
    struct store *st;
    struct tx tx;
    struct ingest_tally tally;
    /* Logs that this stream contradicts: from the first contradiction on, its headers are a rival branch. */
    int64_t *rival;
    size_t nrivals;
    /* The signer of the frame before: streams come log by log. */
    char origin[QN_ORIGIN_MAX + 1];
    struct qn_cert signer;
    struct qn_header header; /* large: kept off the stack */
    int64_t stirred;         /* the log marked last in this transaction; -1: none */
    struct rival_room room;
    bool parent_first; /* of the own logs no headers and checkpoints are taken from this one */
};

/* The log of an origin, made when its certificate is held; its signer's certificate then stands in in->signer. */
QN_MUST_USE enum qn_code ingest_find_log(struct ingest *in, struct log *log, struct qn_span origin,
                                         struct qn_err *err);
bool ingest_is_own(const struct ingest *in, const struct log *log);
/* recovery-20: what is told of this log is for the parent to tell. */
bool ingest_waits_for_parent(const struct ingest *in, const struct log *log);
/* The log is to be settled at the end of the stream. */
QN_MUST_USE enum qn_code ingest_stir(struct ingest *in, const struct log *log, struct qn_err *err);
/* From here on the stream's headers of this log are a rival branch; place: where it contradicts what is held. */
QN_MUST_USE enum qn_code ingest_mark_rival(struct ingest *in, const struct log *log, uint64_t place,
                                           struct qn_err *err);
QN_MUST_USE enum qn_code ingest_keep_fork(struct ingest *in, const struct log *log,
                                          const struct qn_fork *f, struct qn_err *err);

/* ingest_note.c */
QN_MUST_USE enum qn_code ingest_take_checkpoint(struct ingest *in, struct qn_span payload,
                                           struct qn_err *err);
/* One whose headers are held, as its root showed: kept with the cosignatures that hold. lines: how many of the note's lines
 * are the log's own signature, or that of a witness that counts; 0, and nothing is kept, without the first.      */
QN_MUST_USE enum qn_code ingest_keep_checkpoint(size_t *lines, struct store *st,
                                                const struct log *log, const struct qn_checkpoint *c,
                                                const struct qn_note *note,
                                                const uint8_t key[QN_PUBKEY], struct qn_err *err);
/* A part of a rival branch whose headers are held. */
QN_MUST_USE enum qn_code ingest_rival_part(struct rival_room *room, struct store *st,
                                           const struct log *log, const struct qn_part_frame *p,
                                           struct qn_err *err);
QN_MUST_USE enum qn_code ingest_take_receipt(struct ingest *in, struct qn_span payload,
                                        struct qn_err *err);
#endif
