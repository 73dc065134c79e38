/* release.h - RELEASE: from here on these public parts may leave the office, its ancestors and addressees.
 *                                                               Spec: protocol/spec/draw.md, publication.md */
#ifndef QIAN_NODE_STORE_RELEASE_H
#define QIAN_NODE_STORE_RELEASE_H

#include "node/store/store.h"

struct release_ref {
    const char *origin; /* NULL: the own log */
    uint64_t seq;
    uint16_t part;
};
/* One RELEASE entry naming these parts, sorted here; n >= 1. Who may release what is the caller's rule. */
QN_MUST_USE enum qn_code release_own(struct store *st, const struct release_ref *refs, size_t n, struct qn_err *err);
#endif
