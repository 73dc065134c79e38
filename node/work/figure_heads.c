/* figure_heads.c - as of when each office's data stands here, from its logs: how many entries count, when this office had
 * them, and what waits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/store/tree.h"
#include "node/work/figure.h"

enum head_column {
    H_OFFICE,
    H_ISSUER,
    H_LEVEL,
    H_ORIGIN,
    H_EPOCH,
    H_SIZE,
    H_VERIFIED,
    H_SEEN,
    H_HELD,
    H_QUARANTINED,
    H_APPLIED,
};

static struct figure_head *add(struct figure_heads *out)
{
    if (out->n == out->cap) {
        size_t cap = out->cap ? 2 * out->cap : 32;
        struct figure_head *at = realloc(out->at, cap * sizeof(*at));
        if (!at)
            return NULL;
        out->at = at;
        out->cap = cap;
    }
    memset(&out->at[out->n], 0, sizeof(*out->at));
    return &out->at[out->n++];
}

bool figure_head_doubtful(const struct figure_head *h)
{
    return h->age == FIGURE_OLD || h->age == FIGURE_MISSING || h->held || h->quarantined ||
           h->waiting;
}

enum qn_code figure_heads(struct figure_heads *out, struct store *st, const char *office,
                          unsigned old_days, struct qn_err *err)
{
    const struct qn_cert *self = store_self(st);
    uint64_t now_s = clock_now_ms(st) / 1000;
    *out = (struct figure_heads){.n = 0};
    if (!self)
        return qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    QN_AUTO(query) struct query q = query_start(st, SQL_FIGURE_HEADS);
    q_bind_text(&q, self->office);
    while (q_step(&q)) {
        const char *of = q_text(&q, H_OFFICE);
        if (strcmp(of, office) != 0 && !tree_is_above(st, office, of))
            continue;
        struct figure_head *h = add(out);
        if (!h)
            return qn_fail(err, QN_NOMEM, "base.no-memory", "");
        snprintf(h->office, sizeof(h->office), "%s", of);
        snprintf(h->origin, sizeof(h->origin), "%s", q_text(&q, H_ORIGIN));
        h->size = (uint64_t)q_int(&q, H_VERIFIED);
        h->seen_s = (uint64_t)q_int(&q, H_SEEN);
        h->held = (uint64_t)q_int(&q, H_HELD);
        h->quarantined = (uint64_t)q_int(&q, H_QUARANTINED);
        h->waiting =
            strcmp(of, self->office) != 0 && (q_int(&q, H_SIZE) > q_int(&q, H_VERIFIED) ||
                                              q_int(&q, H_APPLIED) < q_int(&q, H_VERIFIED));
        if (strcmp(of, self->office) == 0) {
            h->age = FIGURE_OWN;
            h->seen_s = now_s;
        } else if (!h->size) {
            h->age = FIGURE_MISSING;
        } else if (!h->seen_s || h->seen_s + (uint64_t)old_days * 86400 <= now_s) {
            h->age = FIGURE_OLD;
        }
    }
    enum qn_code rc = query_end(&q, err);
    for (size_t i = 0; !rc && i < out->n; i++) {
        /* Of an office that changed its keys the older logs are closed: only the newest can be old. */
        bool last = i + 1 == out->n || strcmp(out->at[i].office, out->at[i + 1].office) != 0;
        if (!last && out->at[i].age == FIGURE_OLD)
            out->at[i].age = FIGURE_CURRENT;
        out->doubtful += figure_head_doubtful(&out->at[i]);
    }
    return rc;
}

void figure_heads_auto(struct figure_heads *h)
{
    free(h->at);
    *h = (struct figure_heads){.n = 0};
}
