/* chances.h - how likely a count is where nobody did anything: exact tails, no table and no approximation.
 *                                                                  Spec: protocol/spec/field.md
 * A chance is the probability of what was counted or more. What cannot be is 0, what must be 1.      */
#ifndef QIAN_NODE_DRAW_CHANCES_H
#define QIAN_NODE_DRAW_CHANCES_H

#include "qian/base.h"

/* x or more marked ones among n drawn from total, of which `marked` are. */
double chance_of_drawn(uint64_t total, uint64_t marked, uint64_t n, uint64_t x);
/* x or more among n that each happen with probability p. */
double chance_of_many(uint64_t n, double p, uint64_t x);
/* So few or so many: twice the smaller of the two tails, at most 1. */
double chance_of_odd(uint64_t n, double p, uint64_t x);
/* x or more among n of which each has its own probability; room: n + 1 numbers. */
double chance_of_each(const double *p, size_t n, size_t x, double *room);
#endif
