/* leftover.h - copies of the office's data that lie in its directory beside the database.   Spec: protocol/spec/cursors.md
 *
 * Rebuilding, a fork, an upgrade and a run that was cut leave the database as it was then; so do bundles and a site made into
 * the directory. What is forgotten (redact.h) may stand in them still. A database is opened and asked; of anything
 * else its age tells. What cannot be read counts as holding it.                                             */
#ifndef QIAN_NODE_STORE_LEFTOVER_H
#define QIAN_NODE_STORE_LEFTOVER_H

#include "node/store/file.h"
#include "node/store/store.h"

enum leftover_what {
    LEFT_DATABASE, /* put aside, or of work that was cut: may be deleted */
    LEFT_NEEDED,   /* put aside, and the fork it comes from is not over */
    LEFT_FOREIGN,  /* a database whose name is none that this program gives */
    LEFT_DAMAGED,  /* an evidence file that was not what its digest says */
    LEFT_BUNDLE,   /* made, and perhaps not carried yet */
    LEFT_SITE      /* made again, it is the next one */
};
struct leftover {
    char path[FILE_PATH_MAX];
    enum leftover_what what;
    bool holds; /* something that was to be forgotten, or nobody can tell */
    uint64_t bytes;
};
const char *
leftover_id(enum leftover_what what); /* of the sentence that says what it is and what to do */

typedef enum qn_code leftover_see(void *ctx, const struct leftover *l, struct qn_err *err);
/* All of them. What another run is making just now is none. */
QN_MUST_USE enum qn_code leftover_walk(struct store *st, leftover_see *see, void *ctx,
                                       struct qn_err *err);
struct leftover_count {
    uint64_t holding;        /* files with something that was to be forgotten */
    uint64_t removed, bytes; /* by leftover_sweep */
    uint64_t kept;           /* holding, and not deleted: leftover_walk names them */
};
QN_MUST_USE enum qn_code leftover_count(struct leftover_count *out, struct store *st,
                                        struct qn_err *err);
/* Deletes what is of use no more (LEFT_DATABASE, LEFT_DAMAGED), whether or not it holds something. */
QN_MUST_USE enum qn_code leftover_sweep(struct leftover_count *out, struct store *st,
                                        struct qn_err *err);
#endif
