/* register.h - snapshots of the registers of record: which one a freeze names, which lines are held here.
 *                                                               Spec: protocol/spec/register.md             */
#ifndef QIAN_NODE_STORE_REGISTER_H
#define QIAN_NODE_STORE_REGISTER_H

#include "node/store/store.h"

struct register_list {
    bool told; /* the snapshot says something about it */
    int64_t lines;
    uint8_t root[QN_HASH];
    char on[11];
    int64_t no;    /* under which its lines are held here; 0: they are not */
    int64_t kinds; /* of its objects: bit 1 << n for the n-th of QN_KIND_LETTERS */
};
struct register_snapshot {
    char office[QN_CODE_MAX + 1]; /* "": there is none */
    int64_t id;
    struct register_list objects, inspectors;
};
/* Of the snapshots that are held here, the newest of the highest office above `drawer` (of the root office: its own) whose
 * author cosigned it before `before_s`; UINT64_MAX: whatever is held. office "" when there is none.                  */
QN_MUST_USE enum qn_code register_find(struct register_snapshot *out, struct store *st,
                                       const char *drawer, uint64_t before_s, struct qn_err *err);
/* The one that a freeze names; office "" when it is not held, or is of no office that may keep the drawer's register. */
QN_MUST_USE enum qn_code register_named(struct register_snapshot *out, struct store *st,
                                        const char *drawer, const char *origin, uint64_t id,
                                        struct qn_err *err);
/* The newest of one office. */
QN_MUST_USE enum qn_code register_newest(struct register_snapshot *out, struct store *st,
                                         const char *office, struct qn_err *err);

#endif
