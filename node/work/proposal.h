/* proposal.h - targets that one visit, or one way, could serve (进一次门、查多项事). Spec: protocol/spec/plans.md
 * It proposes and changes nothing: each target keeps its draw, its inspectors and its last day.                */
#ifndef QIAN_NODE_WORK_PROPOSAL_H
#define QIAN_NODE_WORK_PROPOSAL_H

#include "node/store/store.h"

enum proposal_reason {
    PROPOSAL_OBJECT = 1, /* the same object */
    PROPOSAL_PARTY = 2,  /* the same credit code or responsible entity */
    PROPOSAL_ADDRESS = 4,
    PROPOSAL_DISTRICT = 8, /* the same station: one way, several doors */
};
struct proposal_target {
    char office[QN_CODE_MAX + 1]; /* of the draw */
    int64_t draw_id, round;
    char task[33];
    char *object, *name, *address, *inspectors; /* owned */
    char *uscc, *party, *station;
    char from[11], to[11]; /* when it may be visited */
    size_t group;
};
struct proposal {
    unsigned reasons;
    char from[11], to[11]; /* what their windows have in common */
    size_t first, n;       /* in target */
    bool same_inspectors;
};
struct proposals {
    struct proposal_target *target;
    size_t ntargets;
    struct proposal *at; /* the one that ends first comes first */
    size_t n;
};
/* Of this office's targets that wait. district: also those of one station. */
QN_MUST_USE enum qn_code proposals_read(struct proposals *out, struct store *st, bool district,
                                        struct qn_err *err);
void proposals_free(struct proposals *p);
static inline void proposals_auto(struct proposals *p)
{
    proposals_free(p);
}
#endif
