#include "node/sync/backoff.h"

#define MINUTE_MS UINT64_C(60000)

/* 0 to below n, evenly: n is below 2^27 here, so what rounding takes away is nothing to a waiting machine. */
static uint64_t part_of(uint64_t n, uint32_t random)
{
    return n * random >> 32;
}

uint64_t backoff_wait_ms(unsigned every_min, unsigned failures, uint32_t random)
{
    uint64_t every = every_min * MINUTE_MS, most = MINUTE_MS;
    /* SPEC stages-12: "between four and six fifths of it" */
    if (!failures)
        return every - every / 5 + part_of(every * 2 / 5 + 1, random);
    for (unsigned i = 1; i < failures && most < BACKOFF_MOST_MIN * MINUTE_MS; i++)
        most *= 2;
    if (most > BACKOFF_MOST_MIN * MINUTE_MS)
        most = BACKOFF_MOST_MIN * MINUTE_MS;
    /* SPEC stages-12: "evenly between a second and that" */
    return BACKOFF_LEAST_MS + part_of(most - BACKOFF_LEAST_MS + 1, random);
}
