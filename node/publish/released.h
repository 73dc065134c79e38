/* released.h - which public parts may be shown, and their rows.   Spec: protocol/spec/publication.md
 *
 * The site and the lists are made from the bytes of released parts, never from the tables: what was not
 * released cannot be shown by a slip of the pen. A line of a RELEASE counts only where its author may
 * release that part.
 * Ownership: a loaded set owns its lists; released_free() empties it, a zeroed one is fine.           */
#ifndef QIAN_NODE_PUBLISH_RELEASED_H
#define QIAN_NODE_PUBLISH_RELEASED_H

#include "node/store/log.h"
#include "qian/change.h"

struct released_part {
    unsigned log; /* index into logs */
    uint16_t part;
    uint64_t seq;
};
struct released {
    struct log *log; /* every log held here, by origin */
    unsigned nlogs;
    struct released_part *part; /* ascending by log, seq, part; each once */
    size_t nparts;
};
QN_MUST_USE enum qn_code released_load(struct released *out, struct store *st, struct qn_err *err);
void released_free(struct released *r);
static inline void released_auto(struct released *r)
{
    released_free(r);
}
/* The place of a log in the list; false when none of that origin is held. */
bool released_log(const struct released *r, struct qn_span origin, unsigned *at);
bool released_has(const struct released *r, unsigned log, uint64_t seq, unsigned part);

/* The rows of one public part as stored: commitment and form are checked again. The rows borrow from
 * `bytes`, which the caller releases after the last use.                                              */
QN_MUST_USE enum qn_code released_rows(struct qn_buf *bytes /* fresh */, struct store *st,
                                       const struct log *log, uint64_t seq, unsigned part,
                                       qn_row_fn *row, void *ctx, struct qn_err *err);
/* A column by name; a NULL value when the row has none of that name. */
const struct qn_value *row_column(const struct qn_row *row, const char *name);

/* Lists that grow: zeroed to begin with, freed by list_free. */
struct list {
    void *at;
    size_t n, cap, each;
};
/* Room for one more, zeroed; NULL when memory has run out. */
void *list_add(struct list *l, size_t each);
void list_free(struct list *l);
static inline void list_auto(struct list *l)
{
    list_free(l);
}
#endif
