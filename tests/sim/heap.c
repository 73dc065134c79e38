/* heap.c - events in the order (time, node, number): the same seed steps the same way everywhere. */
#include <stdlib.h>

#include "tests/sim/sim.h"

static bool before(const struct event *a, const struct event *b)
{
    if (a->at != b->at)
        return a->at < b->at;
    return a->node != b->node ? a->node < b->node : a->order < b->order;
}

void event_push(struct sim *s, const struct event *e)
{
    if (s->heap_n == s->heap_cap) {
        s->heap_cap = s->heap_cap ? 2 * s->heap_cap : 256;
        s->heap = realloc(s->heap, s->heap_cap * sizeof(*s->heap));
        if (!s->heap)
            abort();
    }
    size_t i = s->heap_n++;
    s->heap[i] = *e;
    s->heap[i].order = s->order++;
    while (i && before(&s->heap[i], &s->heap[(i - 1) / 2])) {
        struct event t = s->heap[i];
        s->heap[i] = s->heap[(i - 1) / 2];
        s->heap[(i - 1) / 2] = t;
        i = (i - 1) / 2;
    }
}

bool event_pop(struct sim *s, struct event *out)
{
    if (!s->heap_n)
        return false;
    *out = s->heap[0];
    s->heap[0] = s->heap[--s->heap_n];
    for (size_t i = 0;;) {
        size_t least = i;
        for (size_t c = 2 * i + 1; c <= 2 * i + 2; c++)
            if (c < s->heap_n && before(&s->heap[c], &s->heap[least]))
                least = c;
        if (least == i)
            break;
        struct event t = s->heap[i];
        s->heap[i] = s->heap[least];
        s->heap[least] = t;
        i = least;
    }
    return true;
}
