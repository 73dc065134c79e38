#include "node/draw/dispatch.h"

#include <string.h>

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

enum qn_code dispatch_inspectors(struct qn_buf *out, const struct replay *r, size_t object,
                                 const struct ground *g, struct qn_err *err)
{
    const struct qn_visit *v = replay_visit(r, object);
    qn_buf_init(out, DISPATCH_INSPECTORS_MAX);
    put_inspectors(out, v, g, true);
    if (!out->failed)
        return QN_OK;
    qn_buf_release(out);
    qn_buf_init(out, DISPATCH_INSPECTORS_MAX);
    put_inspectors(out, v, g, false);
    return qn_buf_check(out, err);
}
