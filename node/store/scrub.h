/* scrub.h - the database file is written anew without what was deleted, while others go on working.   Spec: protocol/spec/cursors.md
 *
 * A copy that holds rows alone is made through a connection of its own, without the office's lock, and put in the place of the
 * database under the lock if nothing was committed meanwhile: else the copy is thrown away, and it is tried again when the office
 * is quieter. What redact_scrub does in one go belongs to a process that nobody waits for.                        */
#ifndef QIAN_NODE_STORE_SCRUB_H
#define QIAN_NODE_STORE_SCRUB_H

#include <stdint.h>

#include "node/store/file.h"
#include "node/store/store.h"

struct scrub {
    char copy[FILE_PATH_MAX];
    void *db; /* the connection that saw what was copied */
    int64_t seen;
};
/* Without the lock. stop: asked now and then, may be NULL. QN_LATER "scrub.stopped". */
QN_MUST_USE enum qn_code scrub_copy(struct scrub *out, const char *dir, bool (*stop)(void *ctx),
                                    void *ctx, struct qn_err *err);
/* Under the lock. taken: the copy is the database now. */
QN_MUST_USE enum qn_code scrub_take(bool *taken, struct scrub *s, struct store *st,
                                    const struct qn_report *report, struct qn_err *err);
void scrub_drop(struct scrub *s); /* what is left of it */
#endif
