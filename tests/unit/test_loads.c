/* The least loaded of a set, beside the plainest way to find them: looking at everybody. Loads lie close together, as in an
 * office, and so far apart that the levels run over.                                                                  */
#include "protocol/loads.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MOST         200

static const struct load_row {
    const char *name;
    size_t people;
    uint64_t spread, step; /* loads at first: step times 0 up to spread - 1 */
    unsigned set;          /* one in so many is not in the set */
    unsigned rises;
} rows[] = {
    {"one person", 1, 1, 1, 0, 40},
    {"a word of people, all alike", 64, 1, 1, 3, 3000},
    {"more than a word", 65, 4, 1, 3, 3000},
    {"as many loads as levels", 130, LOADS_LEVELS, 1, 4, 4000},
    {"one load more than levels", 130, LOADS_LEVELS + 1, 1, 4, 4000},
    {"loads with gaps", 200, 100, 7, 2, 4000},
    {"everybody with another load", 200, 200, 1, 2, 6000},
    {"everybody far from everybody", 200, 200, UINT64_C(1) << 40, 2, 2000},
    {"loads up to the last number", 150, 150, UINT64_C(100000000000000000), 2, 500},
};

static uint64_t next(uint64_t *s, uint64_t below)
{
    *s = *s * 6364136223846793005u + 1442695040888963407u;
    return (*s >> 20) % below;
}

static bool in(const uint64_t *set, size_t i)
{
    return set[i / 64] >> (i % 64) & 1;
}

static void agrees(void **state)
{
    const struct load_row *r = *state;
    uint64_t s = 7, model[MOST], out[MOST / 64 + 1], set[MOST / 64 + 1];
    struct loads l;
    assert_true(loads_init(&l, r->people));
    for (size_t i = 0; i < r->people; i++)
        l.of[i] = model[i] = next(&s, r->spread) * r->step;
    loads_settle(&l);
    for (unsigned k = 0; k < r->rises; k++) {
        uint64_t least = UINT64_MAX;
        uint32_t want = 0, seen = 0;
        memset(set, 0, sizeof(set));
        for (size_t i = 0; i < r->people; i++)
            if (!r->set || next(&s, r->set)) {
                set[i / 64] |= UINT64_C(1) << (i % 64);
                want = model[i] < least ? 0 : want;
                least = model[i] < least ? model[i] : least;
                want += model[i] == least;
            }
        uint32_t n = loads_least(&l, set, out);
        assert_int_equal(n, want);
        uint32_t chosen = n ? (uint32_t)next(&s, n) : 0;
        for (size_t i = 0; i < r->people; i++) {
            assert_int_equal(in(out, i), in(set, i) && model[i] == least);
            if (in(out, i) && seen++ == chosen)
                assert_int_equal(loads_nth(out, chosen), i);
        }
        if (!n)
            continue;
        /* now and then somebody else, as a supplement does that goes on from loads of before */
        size_t who = next(&s, 4) ? loads_nth(out, chosen) : (size_t)next(&s, r->people);
        if (model[who] == UINT64_MAX)
            continue;
        model[who]++;
        loads_rise(&l, who);
        assert_int_equal(l.of[who], model[who]);
    }
    loads_release(&l);
}

int main(void)
{
    struct CMUnitTest test[ARRAY_LEN(rows)];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        test[i] =
            (struct CMUnitTest){rows[i].name, agrees, NULL, NULL, (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests_name("loads", test, NULL, NULL);
}
