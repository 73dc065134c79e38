/* rebuild_parts.h - what the files of a rebuild share. */
#ifndef QIAN_NODE_STORE_REBUILD_PARTS_H
#define QIAN_NODE_STORE_REBUILD_PARTS_H

#include "node/store/internal.h"
#include "node/store/log.h"
#include "node/store/rebuild.h"

/* A part that cannot be opened here, of an entry that is applied in the database in use. */
struct rebuild_sealed {
    struct store_carried part;
    char office[QN_CODE_MAX + 1]; /* its author */
    enum qn_lane lane;
    uint16_t epoch, schema;
    uint32_t raw;
    bool own;     /* this office is the author */
    bool read;    /* it is addressed to this office */
    bool several; /* the entry has more of them, whose rows cannot be told apart */
};
struct making {
    struct store *from, *to;
    struct rebuild_result *out;
    const struct rebuild_options *o;
    bool lacks, last; /* own entries gave no rows; nothing can come any more that says why */
    struct rebuild_sealed *sealed; /* owned, like `carried`, by rebuild_make */
    size_t nsealed, cap;
    struct store_carried
        *carried; /* those that are addressed to this office; lent to the second database */
};
/* Looks at one part that was copied. */
QN_MUST_USE enum qn_code rebuild_note_sealed(struct making *m, const struct log *log,
                                             const struct qn_header *h, unsigned no,
                                             struct qn_span stored, struct qn_err *err);
/* The first revisions of what was noted; from here on the second database takes those parts for applied. */
QN_MUST_USE enum qn_code rebuild_carry_sealed(struct making *m, struct qn_err *err);
/* Later revisions that nothing derived: of which entry they are the row does not say. Last of all. */
QN_MUST_USE enum qn_code rebuild_carry_revisions(struct making *m, struct qn_err *err);
#endif
