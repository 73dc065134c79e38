/* verify_result.c - the list of verdicts that a verification fills, and the log that one is about. */
#include <stdlib.h>
#include <string.h>

#include "node/draw/verify_internal.h"

#define VERDICTS_MAX 1000000

struct verdict *verify_add(struct verify *v, enum verdict_about about, const char *office)
{
    struct verify_result *r = v->out;
    if (r->n == v->cap) {
        size_t cap = v->cap ? v->cap * 2 : 64;
        struct verdict *more = cap <= 2 * VERDICTS_MAX ? realloc(r->at, cap * sizeof(*more)) : NULL;
        if (!more)
            return NULL;
        r->at = more;
        v->cap = cap;
    }
    struct verdict *to = &r->at[r->n++];
    *to = (struct verdict){.about = about};
    qn_text_copy(to->office, sizeof(to->office), qn_str(office));
    return to;
}

void verify_release(struct verify_result *r)
{
    for (size_t i = 0; i < r->n; i++)
        findings_release(&r->at[i].f);
    free(r->at);
    *r = (struct verify_result){.at = NULL};
}

bool verdict_has_findings(const struct verdict *v)
{
    return v->f.n > 0;
}

bool verify_log_at(struct log *out, struct store *st, const char *office, uint16_t epoch,
                   struct qn_err *err)
{
    char origin[QN_ORIGIN_MAX + 1] = "";
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_LOG_OF_EPOCH);
        q_bind_text(&q, office);
        q_bind_int(&q, epoch);
        if (!q_step(&q) || !qn_text_copy(origin, sizeof(origin), q_span(&q, 0)))
            return false;
    }
    return log_find(out, st, origin, err) == QN_OK;
}
