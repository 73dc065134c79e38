/* chain_appoint.c - who goes to an object in the end: those who were drawn, and those who were appointed. */
#include <string.h>

#include "node/draw/chain.h"
#include "node/draw/dispatch.h"

void chain_appointed(struct qn_buf *out, const struct chain *c, size_t object, bool names)
{
    for (size_t i = 0; i < c->nexcs; i++) {
        const struct chain_exc *e = &c->exc[i];
        if (e->x.kind != QN_EXC_APPOINT || !e->ours || !e->counts || e->object != object)
            continue;
        qn_put_fmt(out, ";%s", e->x.inspector);
        if (names && e->person[0] && !strchr(e->person, ';'))
            qn_put_fmt(out, " %s", e->person);
    }
}

static bool put_visitors(struct qn_buf *out, const struct chain *c, size_t object,
                         const struct qn_visit *v, bool names)
{
    QN_AUTO(qn_buf) struct qn_buf drawn, appointed;
    qn_buf_init(&drawn, DISPATCH_INSPECTORS_MAX);
    qn_buf_init(&appointed, DISPATCH_INSPECTORS_MAX + 1);
    dispatch_put_drawn(&drawn, v, c->g, names);
    chain_appointed(&appointed, c, object, names);
    qn_buf_release(out);
    qn_buf_init(out, DISPATCH_INSPECTORS_MAX);
    qn_put_span(out, qn_buf_span(&drawn));
    struct qn_span more = qn_buf_span(&appointed);
    if (more.n)
        qn_put(out, more.p + !drawn.n, more.n - !drawn.n);
    return !drawn.failed && !appointed.failed && !out->failed;
}

enum qn_code chain_visitors(struct qn_buf *out, const struct chain *c, size_t object,
                            const struct qn_visit *v, struct qn_err *err)
{
    qn_buf_init(out, DISPATCH_INSPECTORS_MAX);
    if (put_visitors(out, c, object, v, true) || put_visitors(out, c, object, v, false))
        return QN_OK;
    return qn_fail(err, QN_LIMIT, "exc.visitors", "max=%d", DISPATCH_INSPECTORS_MAX);
}
