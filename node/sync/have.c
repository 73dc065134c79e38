#include "node/sync/have.h"

#include <string.h>

static bool covers_log(const struct qn_have_origin *theirs, const struct qn_have_origin *ours)
{
    bool all =
        theirs && theirs->size == ours->size && memcmp(theirs->root, ours->root, QN_HASH) == 0;
    for (int lane = 0; all && lane < QN_LANES; lane++)
        all = theirs->cursor[lane] == ours->size;
    for (unsigned i = 0, k; all && i < ours->nwitness; i++) {
        for (k = 0; k < theirs->nwitness; k++)
            if (strcmp(theirs->witness[k].office, ours->witness[i].office) == 0)
                break;
        all = k < theirs->nwitness && theirs->witness[k].size >= ours->witness[i].size;
    }
    return all;
}

bool have_covers(const struct qn_have *theirs, const struct qn_have *ours)
{
    bool all = ours->n < QN_HAVE_ORIGINS; /* a full one tells of a part of the logs only */
    for (size_t i = 0; all && i < ours->n; i++)
        all = covers_log(exchange_have_of(theirs, ours->origin[i].origin), &ours->origin[i]);
    return all;
}

bool have_tells_less(const struct qn_have *now, const struct qn_have *before)
{
    bool less = false;
    for (size_t i = 0; !less && i < before->n; i++) {
        const struct qn_have_origin *was = &before->origin[i];
        const struct qn_have_origin *is = exchange_have_of(now, was->origin);
        less = !is || is->size < was->size;
        for (int lane = 0; !less && lane < QN_LANES; lane++)
            less = is->cursor[lane] < was->cursor[lane];
    }
    return less;
}

bool have_is_of_our_log(const struct qn_have *h, struct store *st)
{
    const struct qn_have_origin *of = exchange_have_of(h, store_origin(st));
    struct log own;
    struct qn_err none;
    uint8_t root[QN_HASH];
    return of && log_find(&own, st, of->origin, &none) == QN_OK && of->size <= own.size &&
           log_root(st, &own, of->size, root, &none) == QN_OK &&
           memcmp(root, of->root, QN_HASH) == 0;
}
