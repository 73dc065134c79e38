/* told.h - how far a reader was told of the branches of a forked log: its own word, from one HAVE to the next.
 *
 * The reader keeps what a TOLD says (told_keep) and says it back (told_say). The writer keeps nothing: it reads where
 * it stopped from the HAVE in front of it.                                    Spec: protocol/spec/exchange.md */
#ifndef QIAN_NODE_SYNC_TOLD_H
#define QIAN_NODE_SYNC_TOLD_H

#include "node/store/log.h"
#include "qian/frame.h"

/* Places in what this office holds of one log. Each only rises while a reader is told. */
enum told_what {
    TOLD_NOTE,       /* checkpoints up to this size */
    TOLD_HEADER,     /* headers of our branch below this */
    TOLD_PART,       /* seq * 256 + number: parts of our branch below this */
    TOLD_FORK,       /* pieces of evidence */
    TOLD_RIVAL,      /* headers of other branches */
    TOLD_RIVAL_PART, /* their parts */
    TOLD_PLACES
};
struct told {
    struct log log;
    uint64_t at[TOLD_PLACES];
    bool branch;  /* the reader holds another branch than we do, or goes on with one */
    bool changed; /* something was told since */
};

/* Reads what the reader says back; all zero where that is nothing, or no longer fits what both hold. */
QN_MUST_USE enum qn_code told_read(struct told *t, struct store *st,
                                   const struct qn_have_origin *reader, struct qn_err *err);
/* The payload of the TOLD that says where we are now. */
QN_MUST_USE enum qn_code told_frame(struct qn_buf *out, struct store *st, const struct told *t,
                                    const struct qn_have_origin *reader, struct qn_err *err);

/* A TOLD that came over a line. In a transaction of the caller's. */
QN_MUST_USE enum qn_code told_keep(struct store *st, const char *from, struct qn_span payload,
                                   struct qn_err *err);
/* Into a HAVE to h->to. */
QN_MUST_USE enum qn_code told_say(struct qn_have *h, struct store *st, struct qn_err *err);
#endif
