/* verify_dispatch.c - whether those were sent who were drawn, to the objects that were drawn. */
#include <string.h>

#include "node/draw/dispatch.h"
#include "node/draw/verify_internal.h"

static struct qn_span pick_object(const struct facts *x, size_t i)
{
    return x->v->ground.roster.r.object[x->replay.sel.pick[i].object].id;
}

/* SPEC verdicts-1: "the object's station if that is an office below the drawing one, else (type objects) the
 * inspecting office if it is below, else the own office": which offices are below was known to the drawing one, so any
 * of the three is taken here. */
static bool is_sent_right(const struct facts *x, size_t i, struct qn_span office)
{
    size_t at = x->replay.sel.pick[i].object;
    const struct roster *r = &x->v->ground.roster;
    return qn_span_is(office, x->r->log.office) || qn_span_is(office, r->about[at].station) ||
           (x->rules.rules.type == QN_OBJECTS &&
            qn_span_is(office, r->r.object[at].attr.inspecting_office));
}

static enum qn_code compare(struct facts *x, size_t i, struct query *q, struct name_list *wrong)
{
    QN_AUTO(qn_buf) struct qn_buf who;
    enum qn_code rc = dispatch_inspectors(&who, &x->replay, i, &x->v->ground, x->v->err);
    if (!rc && (!qn_span_eq(q_span(q, 4), qn_buf_span(&who)) || !is_sent_right(x, i, q_span(q, 3))))
        name_list_add(wrong, pick_object(x, i));
    return rc;
}

/* SPEC verdicts-25: "exactly one `dispatch` row for each object of the list as computed" */
enum qn_code verify_dispatch(struct facts *x)
{
    QN_AUTO(name_list) struct name_list wrong;
    name_list_init(&wrong);
    if (x->r->rival || findings_has(x->f, V_SELECT_MISMATCH) ||
        findings_has(x->f, V_PAIR_MISMATCH)) {
        findings_skip(x->f, V_DISPATCH_MISMATCH,
                      x->r->rival ? "verdict.skip.rival" : "verdict.skip.list");
        return QN_OK;
    }
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_DISPATCH_OF);
    q_bind_text(&q, x->r->log.office);
    q_bind_int(&q, x->r->id);
    size_t i = 0, n = x->replay.sel.npicks;
    enum qn_code rc = QN_OK;
    while (!rc && q_step(&q)) {
        struct qn_span object = q_span(&q, 0);
        for (; i < n && qn_span_cmp(pick_object(x, i), object) < 0; i++)
            name_list_add(&wrong, pick_object(x, i));
        if (i < n && qn_span_eq(pick_object(x, i), object))
            rc = compare(x, i++, &q, &wrong);
        else
            name_list_add(&wrong, object);
    }
    for (; i < n; i++)
        name_list_add(&wrong, pick_object(x, i));
    if (wrong.n) {
        struct finding *f =
            findings_add(x->f, V_DISPATCH_MISMATCH, x->r->log.origin, x->r->seq, x->r->leaf);
        finding_put(x->f, f, "n", "%zu", wrong.n);
        finding_put(x->f, f, "objects", "%s", name_list_text(&wrong));
    }
    return rc ? rc : query_end(&q, x->v->err);
}
