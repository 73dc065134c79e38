/* chain_appoint.c - who goes to an object in the end: those who were drawn, and those who were appointed. */
#include <string.h>

#include "node/draw/chain_internal.h"
#include "node/draw/dispatch.h"

/* ---- whether ---------------------------------------------------------------------------------------------------- */

/* SPEC exc-26: "neither recused from the object by the freeze or by the chain" */
static bool is_barred(const struct chain *c, size_t at)
{
    const struct chain_exc *e = &c->exc[at];
    const struct qn_roster *r = &c->g->roster.r;
    for (size_t i = 0; i < r->nrecusals; i++)
        if (qn_span_is(r->recusal[i].inspector, e->x.inspector) &&
            qn_span_is(r->recusal[i].object, e->x.object))
            return true;
    for (size_t i = 0; i < at; i++)
        if (c->exc[i].x.kind == QN_EXC_RECUSAL &&
            strcmp(c->exc[i].x.inspector, e->x.inspector) == 0 &&
            strcmp(c->exc[i].x.object, e->x.object) == 0)
            return true;
    return false;
}

/* "140622" of "140622/JS003". */
static bool is_of_office(const char *inspector, const char *office)
{
    size_t n = strlen(office);
    return strncmp(inspector, office, n) == 0 && inspector[n] == '/';
}

/* SPEC exc-26: "more positions of the visit are unfilled than the chain appointed before" */
bool chain_may_appoint(const struct chain *c, size_t at)
{
    const struct chain_exc *e = &c->exc[at];
    const struct qn_after_visit *v = qn_after_visit(&c->after, e->object);
    unsigned open = 0, filled = 0;
    bool same = false;
    for (unsigned s = 0; v && s < v->v.n; s++)
        open += v->v.inspector[s] < 0;
    for (size_t i = 0; i < at; i++) {
        const struct chain_exc *o = &c->exc[i];
        if (o->x.kind != QN_EXC_APPOINT || !o->counts || o->object != e->object)
            continue;
        filled++;
        same = same || strcmp(o->x.inspector, e->x.inspector) == 0;
    }
    if (e->inspector != QN_NOBODY && chain_is_sent(c, e->object, e->inspector))
        same = true;
    bool neighbour = strcmp(e->x.reason, EXC_NEIGHBOUR_POOL) == 0;
    return open > filled && !same && !is_barred(c, at) &&
           (neighbour || strcmp(e->x.reason, EXC_DIRECT_APPOINTMENT) == 0) &&
           !(neighbour && is_of_office(e->x.inspector, c->draw[0].r.log.office));
}

/* ---- who goes ---------------------------------------------------------------------------------------------------- */

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
    QN_AUTO(qn_buf) struct qn_buf drawn = {0}, appointed = {0};
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
