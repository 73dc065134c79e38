#include "node/draw/dispatch.h"

#include <string.h>

static const struct qn_visit *visit_of(const struct replay *r, size_t i)
{
    /* Visits are the picks, both in ascending order of object id. */
    return r->paired && i < r->pairs.nvisits && r->pairs.visit[i].object == r->sel.pick[i].object
               ? &r->pairs.visit[i]
               : NULL;
}

/* One that could not be filled is left out. */
static void put_inspectors(struct qn_buf *out, const struct qn_visit *v, const struct ground *g,
                           bool names)
{
    for (unsigned s = 0; v && s < v->n; s++) {
        int32_t i = v->inspector[s];
        if (i < 0)
            continue;
        qn_put_str(out, out->n ? ";" : "");
        qn_put_span(out, g->roster.r.inspector[i].id);
        if (names && g->roster.person[i][0] && !strchr(g->roster.person[i], ';'))
            qn_put_fmt(out, " %s", g->roster.person[i]);
    }
}

enum qn_code dispatch_inspectors(struct qn_buf *out, const struct replay *r, size_t i,
                                 const struct ground *g, struct qn_err *err)
{
    const struct qn_visit *v = visit_of(r, i);
    qn_buf_init(out, DISPATCH_INSPECTORS_MAX);
    put_inspectors(out, v, g, true);
    if (!out->failed)
        return QN_OK;
    qn_buf_release(out);
    qn_buf_init(out, DISPATCH_INSPECTORS_MAX);
    put_inspectors(out, v, g, false);
    return qn_buf_check(out, err);
}
