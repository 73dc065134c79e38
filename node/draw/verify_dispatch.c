/* verify_dispatch.c - whether those were sent who were drawn, to the objects that were drawn. */
#include <string.h>

#include "node/draw/dispatch.h"
#include "node/draw/verify_internal.h"

struct target { /* an object in one slot, as computed */
    unsigned slot;
    size_t pick;
};

static bool next_target(const struct facts *x, struct target *t)
{
    for (; t->slot < x->replay.nslots; t->slot++, t->pick = 0)
        if (t->pick < x->replay.sel[t->slot].npicks)
            return true;
    return false;
}

static size_t object_of(const struct facts *x, const struct target *t)
{
    return x->replay.sel[t->slot].pick[t->pick].object;
}

static struct qn_span id_of(const struct facts *x, const struct target *t)
{
    size_t at = object_of(x, t);
    return x->replay.nlisted ? x->replay.listed[at].id : x->v->ground.roster.r.object[at].id;
}

/* SPEC verdicts-1: "of type objects the inspecting office if that is below the drawing one, else the object's station
 * if that is; else the own office": which offices are below was known to the drawing one, so either is taken here. */
static bool is_sent_right(const struct facts *x, const struct target *t, struct qn_span office)
{
    const struct roster *r = &x->v->ground.roster;
    size_t at;
    if (qn_span_is(office, x->r->log.office))
        return true;
    if (!qn_roster_object(&r->r, id_of(x, t), &at))
        return false;
    return x->order.o.slot[0].type == QN_OBJECTS
               ? qn_span_is(office, r->r.object[at].attr.inspecting_office)
               : qn_span_is(office, r->about[at].station);
}

/* SPEC verdicts-33: "`list_office` and `list_id` name the draw whose object it is; a given list is not named there" */
static bool names_its_list(const struct facts *x, const struct target *t, struct query *q)
{
    const struct list_source *list = &x->listing.source[t->slot];
    bool named = x->replay.nlisted && !list->given;
    return named ? qn_span_is(q_span(q, 8), list->office) && q_int(q, 9) == list->id
                 : q_null(q, 8) && q_null(q, 9);
}

static enum qn_code compare(struct facts *x, const struct target *t, struct query *q,
                            struct name_list *wrong)
{
    QN_AUTO(qn_buf) struct qn_buf who;
    const struct qn_slot_key *k = &x->order.o.slot[t->slot];
    enum qn_code rc =
        dispatch_inspectors(&who, &x->replay, object_of(x, t), &x->v->ground, x->v->err);
    if (!rc &&
        (!qn_span_eq(q_span(q, 4), qn_buf_span(&who)) || !is_sent_right(x, t, q_span(q, 3)) ||
         !names_its_list(x, t, q) || !qn_span_is(q_span(q, 6), k->task) || q_int(q, 7) != k->round))
        name_list_add(wrong, id_of(x, t));
    return rc;
}

/* The place of a dispatch row among the targets: both are by slot and then by object. */
static int compare_place(const struct facts *x, const struct target *t, struct query *q)
{
    int64_t slot_no = q_int(q, 5), at = (int64_t)t->slot + 1;
    int c = (at > slot_no) - (at < slot_no);
    return c ? c : qn_span_cmp(id_of(x, t), q_span(q, 0));
}

/* SPEC verdicts-25: "exactly one `dispatch` row for each object and slot of the lists as computed" */
enum qn_code verify_dispatch(struct facts *x)
{
    QN_AUTO(name_list) struct name_list wrong;
    name_list_init(&wrong);
    if (x->r->rival || findings_has(x->f, V_SELECT_MISMATCH) ||
        findings_has(x->f, V_PAIR_MISMATCH) || findings_has(x->f, V_LIST_MISMATCH)) {
        findings_skip(x->f, V_DISPATCH_MISMATCH,
                      x->r->rival ? "verdict.skip.rival" : "verdict.skip.list");
        return QN_OK;
    }
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_DISPATCH_OF);
    q_bind_text(&q, x->r->log.office);
    q_bind_int(&q, x->r->id);
    struct target t = {.slot = 0};
    enum qn_code rc = QN_OK;
    while (!rc && q_step(&q)) {
        for (; next_target(x, &t) && compare_place(x, &t, &q) < 0; t.pick++)
            name_list_add(&wrong, id_of(x, &t));
        if (next_target(x, &t) && compare_place(x, &t, &q) == 0) {
            rc = compare(x, &t, &q, &wrong);
            t.pick++;
        } else {
            name_list_add(&wrong, q_span(&q, 0));
        }
    }
    for (; next_target(x, &t); t.pick++)
        name_list_add(&wrong, id_of(x, &t));
    if (wrong.n) {
        struct finding *f =
            findings_add(x->f, V_DISPATCH_MISMATCH, x->r->log.origin, x->r->seq, x->r->leaf);
        finding_put(x->f, f, "n", "%zu", wrong.n);
        finding_put(x->f, f, "objects", "%s", name_list_text(&wrong));
    }
    return rc ? rc : query_end(&q, x->v->err);
}
