/* loads.h - how many visits each inspector has, and who of a set has the fewest.   Spec: protocol/spec/draw.md (draw-24, 25)
 *
 * Inspectors are chosen so that loads stay close together: a few sets, one for each of the least loads that there are, hold
 * nearly all of them, and the least loaded of a set are found by an AND for each. Whoever has more is among `others`,
 * where the search goes one by one.
 * Ownership: `sets` and `of` are the struct's own: loads_release(); a zeroed one is fine.                              */
#ifndef QIAN_PROTOCOL_LOADS_H
#define QIAN_PROTOCOL_LOADS_H

#include "qian/base.h"

#define LOADS_LEVELS 32
struct loads {
    size_t people, words; /* of one set: bit i is inspector i */
    uint64_t *of;         /* by inspector; after a change from outside: loads_settle */
    size_t n;
    uint64_t at[LOADS_LEVELS]; /* ascending */
    uint64_t *set[LOADS_LEVELS];
    uint64_t *others;
    uint64_t others_from; /* no load in `others` is below it, and it is above all in at[] */
    uint64_t *sets;       /* the memory of all of them */
};
/* False when memory has run out. Everybody has 0. */
bool loads_init(struct loads *l, size_t people);
void loads_release(struct loads *l);
void loads_settle(struct loads *l);
/* One visit more. */
void loads_rise(struct loads *l, size_t who);
/* Those of `set` with the least load among them, into `out`; how many. */
uint32_t loads_least(const struct loads *l, const uint64_t *set, uint64_t *out);
/* The inspector with n others of the set below; there must be that many. */
uint32_t loads_nth(const uint64_t *set, uint64_t n);

#endif
