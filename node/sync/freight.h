/* freight.h - evidence files within an exchange: offered, wanted, sent, taken.      Spec: protocol/spec/files.md
 *
 * One freight belongs to one stream that comes in, or to one call with all its questions: what was asked of us and is still
 * to be sent, and what is to be answered. It holds names only; bytes go from the disk to the stream and back.
 * Ownership: freight_init, freight_release. Locking: as the exchange's.                                           */
#ifndef QIAN_NODE_SYNC_FREIGHT_H
#define QIAN_NODE_SYNC_FREIGHT_H

#include "node/store/files.h"

#define FREIGHT_WANTS  1024   /* of one stream, files-15 */
#define FREIGHT_OFFERS 512    /* in one body, files-11 */
#define FREIGHT_ASKS   256    /* in one body, files-14 */
#define FREIGHT_FRAME  65536u /* bytes of a FILE: what a broken line costs at most */

struct freight {
    struct store *st;
    bool looked;                   /* at the rows that came before the first file */
    bool stopped;                  /* the disk refused: nothing more is taken in this stream */
    bool asking; /* of the office above, in the body made last */
    bool offering, left;           /* left: there is more to offer or to send than fitted */
    int64_t turn;                  /* offers made after it are not repeated */
    bool by_file;                  /* into a bundle: no offers; files go unasked */
    bool nothing;                  /* by_file: only what is told and wanted */
    uint64_t size_max;             /* by_file: a longer file fits into no bundle */
    struct qn_file_name after;     /* by_file: those behind this one; moves on */
    uint64_t files;                /* by_file: that were put */
    uint64_t too_long;             /* by_file: that fit into no bundle */
    struct qn_want *asked, *wants; /* asked of us; wanted from the other, in answer to its offers */
    struct qn_kept *kept;          /* the other is told */
    size_t nasked, nwants, nkept;
    unsigned offers; /* taken of this stream */
    uint64_t came, bytes, twice,
        sent;            /* files whole, bytes new, bytes again; bytes of files sent */
    uint64_t kept_above; /* files that the office above was heard to have */
};
QN_MUST_USE enum qn_code freight_init(struct freight *f, struct store *st, struct qn_err *err);
void freight_release(struct freight *f);
static inline void freight_auto(struct freight *f)
{
    freight_release(f);
}
/* One frame from that office. A refusal concerns the frame; QN_IO and QN_NOMEM are the database's. */
QN_MUST_USE enum qn_code freight_take(struct freight *f, const char *from, enum qn_frame_type type,
                                      struct qn_span payload, struct qn_err *err);
/* What came counts. */
QN_MUST_USE enum qn_code freight_finish(struct freight *f, struct qn_err *err);
/* What `from` still has to send and to tell is for `to` to do. */
void freight_move(struct freight *to, struct freight *from);

struct collect;
/* KEPTs, OFFERs, WANTs and FILEs, as far as they fit. */
QN_MUST_USE enum qn_code freight_put(struct collect *c, struct freight *f, struct qn_err *err);
#endif
