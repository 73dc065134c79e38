#include "protocol/loads.h"

#include <stdlib.h>
#include <string.h>

bool loads_init(struct loads *l, size_t people)
{
    *l = (struct loads){.people = people, .words = (people ? people : 1) / 64 + 1};
    l->of = calloc(people ? people : 1, sizeof(*l->of));
    l->sets = calloc((LOADS_LEVELS + 1) * l->words, sizeof(*l->sets));
    if (!l->of || !l->sets)
        return false;
    loads_settle(l);
    return true;
}

void loads_release(struct loads *l)
{
    free(l->of);
    free(l->sets);
    l->of = l->sets = NULL;
}

static void put(uint64_t *set, size_t i)
{
    set[i / 64] |= UINT64_C(1) << (i % 64);
}

/* The least loads that there are, each once. */
static void set_levels(struct loads *l)
{
    l->n = 0;
    for (size_t i = 0; i < l->people; i++) {
        size_t at = l->n;
        while (at > 0 && l->at[at - 1] > l->of[i])
            at--;
        if (at == LOADS_LEVELS || (at > 0 && l->at[at - 1] == l->of[i]))
            continue;
        l->n += l->n < LOADS_LEVELS;
        memmove(l->at + at + 1, l->at + at, (l->n - 1 - at) * sizeof(l->at[0]));
        l->at[at] = l->of[i];
    }
}

void loads_settle(struct loads *l)
{
    memset(l->sets, 0, (LOADS_LEVELS + 1) * l->words * sizeof(*l->sets));
    for (size_t at = 0; at < LOADS_LEVELS; at++)
        l->set[at] = l->sets + at * l->words;
    l->others = l->sets + LOADS_LEVELS * l->words;
    l->others_from = UINT64_MAX;
    set_levels(l);
    for (size_t i = 0; i < l->people; i++) {
        size_t at = 0;
        while (at < l->n && l->at[at] != l->of[i])
            at++;
        put(at < l->n ? l->set[at] : l->others, i);
        if (at == l->n && l->of[i] < l->others_from)
            l->others_from = l->of[i];
    }
}

static bool is_empty(const struct loads *l, const uint64_t *set)
{
    for (size_t w = 0; w < l->words; w++)
        if (set[w])
            return false;
    return true;
}

static void drop_level(struct loads *l, size_t at)
{
    uint64_t *set = l->set[at];
    l->n--;
    memmove(l->set + at, l->set + at + 1, (l->n - at) * sizeof(l->set[0]));
    memmove(l->at + at, l->at + at + 1, (l->n - at) * sizeof(l->at[0]));
    l->set[l->n] = set;
}

/* A level without anybody, before the one at `at`; the highest makes room. False: it would be the highest itself. */
static bool add_level(struct loads *l, size_t at, uint64_t load)
{
    if (l->n == LOADS_LEVELS && at == LOADS_LEVELS)
        return false;
    if (l->n == LOADS_LEVELS) {
        l->n--;
        for (size_t w = 0; w < l->words; w++)
            l->others[w] |= l->set[l->n][w];
        l->others_from = l->at[l->n];
    }
    uint64_t *set = l->set[l->n];
    memset(set, 0, l->words * sizeof(*set));
    memmove(l->set + at + 1, l->set + at, (l->n - at) * sizeof(l->set[0]));
    memmove(l->at + at + 1, l->at + at, (l->n - at) * sizeof(l->at[0]));
    l->set[at] = set;
    l->at[at] = load;
    l->n++;
    return true;
}

void loads_rise(struct loads *l, size_t who)
{
    uint64_t load = ++l->of[who];
    size_t at = 0;
    while (at < l->n && l->at[at] != load - 1)
        at++;
    if (at == l->n) /* it was among the others, and is still */
        return;
    l->set[at][who / 64] &= ~(UINT64_C(1) << (who % 64));
    if (is_empty(l, l->set[at]))
        drop_level(l, at);
    else
        at++;
    bool has = at < l->n && l->at[at] == load;
    if (has || ((at < l->n || load < l->others_from) && add_level(l, at, load))) {
        put(l->set[at], who);
    } else {
        put(l->others, who);
        l->others_from = load < l->others_from ? load : l->others_from;
    }
    if (l->n < LOADS_LEVELS / 2 && l->others_from != UINT64_MAX)
        loads_settle(
            l); /* after sixteen levels at least: it costs no more than the search it spares */
}

static uint32_t count(const struct loads *l, const uint64_t *set)
{
    uint32_t n = 0;
    for (size_t w = 0; w < l->words; w++)
        n += (uint32_t)__builtin_popcountll(set[w]);
    return n;
}

uint32_t loads_least(const struct loads *l, const uint64_t *set, uint64_t *out)
{
    for (size_t at = 0; at < l->n; at++) {
        uint64_t any = 0;
        for (size_t w = 0; w < l->words; w++)
            any |= out[w] = set[w] & l->set[at][w];
        if (any)
            return count(l, out);
    }
    uint64_t least = UINT64_MAX;
    for (size_t w = 0; w < l->words; w++) {
        uint64_t here = 0;
        for (uint64_t left = set[w] & l->others[w]; left; left &= left - 1) {
            uint64_t load = l->of[w * 64 + (size_t)__builtin_ctzll(left)];
            if (load > least)
                continue;
            if (load < least) {
                least = load;
                memset(out, 0, w * sizeof(*out));
                here = 0;
            }
            here |= left & (~left + 1);
        }
        out[w] = here;
    }
    return count(l, out);
}

uint32_t loads_nth(const uint64_t *set, uint64_t n)
{
    size_t w = 0;
    for (unsigned here; (here = (unsigned)__builtin_popcountll(set[w])) <= n; w++)
        n -= here;
    uint64_t left = set[w];
    for (; n; n--)
        left &= left - 1;
    return (uint32_t)(w * 64 + (size_t)__builtin_ctzll(left));
}
