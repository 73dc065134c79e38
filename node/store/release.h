/* release.h - RELEASE: from here on these public parts may leave the office, its ancestors and addressees.
 *                                                               Spec: protocol/spec/draw.md, publication.md */
#ifndef QIAN_NODE_STORE_RELEASE_H
#define QIAN_NODE_STORE_RELEASE_H

#include "node/store/duty.h"

struct release_ref {
    const char *origin; /* NULL: the own log */
    uint64_t seq;
    uint16_t part;
};
/* One RELEASE entry naming these parts, sorted here, as part of the caller's act; n >= 1. */
QN_MUST_USE enum qn_code release_own(struct store *st, const struct duty *duty, const char *by,
                                     const struct release_ref *refs, size_t n, struct qn_err *err);
#endif
