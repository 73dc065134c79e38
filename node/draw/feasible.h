/* feasible.h - before a draw: what a slot would draw from, and whether enough inspectors can go.   Spec: protocol/spec/draw.md
 *
 * Bases, pools and quotas follow from rules and freeze alone, and so does who cannot be visited by a full team: nothing
 * here needs or tells a ticket, and nothing is drawn. Of a joint draw each slot is told by itself.                  */
#ifndef QIAN_NODE_DRAW_FEASIBLE_H
#define QIAN_NODE_DRAW_FEASIBLE_H

#include "node/draw/freeze.h"
#include "node/draw/slot.h"

struct feasible_role {
    unsigned k;      /* inspectors a visit asks of this kind */
    size_t eligible; /* available, with the qualifications */
    struct qn_role role;
};
struct feasible {
    struct slot slot; /* without its rules */
    bool checked;     /* else see why */
    struct qn_err why;
    size_t base, pool, must, lots; /* of all strata; types both and objects */
    unsigned nstrata;
    struct {
        unsigned no;
        size_t base, pool, quota;
    } stratum[QN_STRATA];
    size_t available; /* inspectors */
    uint32_t least;   /* that the rules ask for */
    unsigned positions, nroles;
    struct feasible_role role[QN_ROLES];
    size_t blocked; /* objects of the population whose visit no full team could make */
    uint64_t each;  /* visits an inspector makes on average, rounded up */
    bool over_load; /* more than the rules' load */
    struct {        /* that its order names, else the newest; held: false where checked is */
        bool held;
        uint64_t seq, version, objects, inspectors;
        uint8_t leaf[QN_HASH];
        char date[11];
    } freeze;
    bool short_handed; /* a role without enough people, or a pool below the least */
};
struct feasibles {
    struct feasible *at;
    size_t n;
    size_t drawn, over; /* left out: slots with a draw; slots whose window is over */
};
/* The slots of one drawer (NULL: this office) that are still to be drawn, or the one that is named, drawn or not. On the
 * drawer's newest freeze, or the one that the order of the slot names: what the draw will be made of. */
QN_MUST_USE enum qn_code draw_feasible(struct feasibles *out, struct store *st, const char *office,
                                       const char *slot, struct qn_err *err);
void feasibles_free(struct feasibles *f);
static inline void feasibles_auto(struct feasibles *f)
{
    feasibles_free(f);
}

#endif
