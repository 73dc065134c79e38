/* verify_dispatch.c - whether those were sent who were drawn, to the objects that were drawn. */
#include <stdlib.h>
#include <string.h>

#include "node/draw/dispatch.h"
#include "node/draw/verify_internal.h"

/* An object in one slot, and who goes there in the end. */
struct sent {
    unsigned slot;
    size_t object;
    const struct qn_visit *visit; /* NULL: nobody was paired */
    const struct chain_exc *by;   /* the reassignment that sent it; NULL: the draw or a void */
};
struct sents {
    struct sent *at; /* by slot, then object */
    size_t n;
};
static void sents_auto(struct sents *s)
{
    free(s->at);
}

static int by_place(const void *x, const void *y)
{
    const struct sent *a = x, *b = y;
    int c = (a->slot > b->slot) - (a->slot < b->slot);
    if (!c)
        c = (a->object > b->object) - (a->object < b->object);
    if (c)
        return c;
    /* As they were written: first by the draw. */
    int64_t i = a->by ? a->by->id : 0, k = b->by ? b->by->id : 0;
    return (i > k) - (i < k);
}

static const struct qn_visit *visit_to(const struct facts *x, size_t object)
{
    const struct qn_after_visit *v = x->has_chain ? qn_after_visit(&x->chain.after, object) : NULL;
    return v ? &v->v : replay_visit(&x->replay, object);
}

/* The lists as computed, and those who follow without a supplement. */
static enum qn_code list_sent(struct sents *out, const struct facts *x)
{
    size_t more = x->has_chain ? x->chain.ntargets : 0, excs = x->has_chain ? x->chain.nexcs : 0;
    out->at = malloc((replay_picks(&x->replay) + more + excs + 1) * sizeof(*out->at));
    if (!out->at)
        return qn_fail(x->v->err, QN_NOMEM, "base.no-memory", "");
    for (unsigned s = 0; s < x->replay.nslots; s++)
        for (size_t i = 0; i < x->replay.sel[s].npicks; i++) {
            size_t object = x->replay.sel[s].pick[i].object;
            out->at[out->n++] = (struct sent){s, object, visit_to(x, object), NULL};
        }
    for (size_t i = 0; i < more; i++) {
        const struct chain_target *t = &x->chain.target[i];
        if (t->draw == x->chain_at && t->by != CHAIN_NONE)
            out->at[out->n++] =
                (struct sent){t->slot_no - 1u, t->object, visit_to(x, t->object), NULL};
    }
    /* SPEC exc-32: "a new `dispatch` row of the target in a `system` part to the office" */
    for (size_t i = 0; i < excs; i++) {
        const struct chain_exc *e = &x->chain.exc[i];
        if (e->x.kind == QN_EXC_REASSIGN && e->counts && e->draw_id == x->r->id)
            out->at[out->n++] = (struct sent){e->x.slot - 1u, e->object, NULL, e};
    }
    if (out->n)
        qsort(out->at, out->n, sizeof(*out->at), by_place);
    return QN_OK;
}

static struct qn_span id_of(const struct facts *x, const struct sent *s)
{
    return x->replay.nlisted ? x->replay.listed[s->object].id
                             : x->v->ground.roster.r.object[s->object].id;
}

/* SPEC verdicts-1: "of type objects the inspecting office if that is below the drawing one, else the object's station
 * if that is; else the own office": which offices are below was known to the drawing one, so either is taken here. */
static bool is_sent_right(const struct facts *x, const struct sent *s, struct qn_span office)
{
    const struct roster *r = &x->v->ground.roster;
    size_t at;
    if (s->by)
        return qn_span_is(office, s->by->x.next);
    if (qn_span_is(office, x->r->log.office))
        return true;
    if (!qn_roster_object(&r->r, id_of(x, s), &at))
        return false;
    return x->order.o.slot[0].type == QN_OBJECTS
               ? qn_span_is(office, r->r.object[at].attr.inspecting_office)
               : qn_span_is(office, r->about[at].station);
}

/* SPEC verdicts-33: "`list_office` and `list_id` name the draw whose object it is; a given list is not named there" */
static bool names_its_list(const struct facts *x, const struct sent *s, struct query *q)
{
    const struct list_source *list = &x->listing.source[s->slot];
    bool named = x->replay.nlisted && !list->given;
    return named ? qn_span_is(q_span(q, 8), list->office) && q_int(q, 9) == list->id
                 : q_null(q, 8) && q_null(q, 9);
}

static enum qn_code compare(struct facts *x, const struct sent *s, struct query *q,
                            struct name_list *wrong)
{
    QN_AUTO(qn_buf) struct qn_buf who = {0};
    const struct qn_slot_key *k = &x->order.o.slot[s->slot];
    enum qn_code rc = x->has_chain ? chain_visitors(&who, &x->chain, s->object, s->visit, x->v->err)
                                   : dispatch_visitors(&who, s->visit, &x->v->ground, x->v->err);
    if (!rc &&
        (!qn_span_eq(q_span(q, 4), qn_buf_span(&who)) || !is_sent_right(x, s, q_span(q, 3)) ||
         !names_its_list(x, s, q) || !qn_span_is(q_span(q, 6), k->task) || q_int(q, 7) != k->round))
        name_list_add(wrong, id_of(x, s));
    return rc;
}

/* The place of a dispatch row among the targets: both are by slot and then by object. */
static int compare_place(const struct facts *x, const struct sent *s, struct query *q)
{
    int64_t slot_no = q_int(q, 5), at = (int64_t)s->slot + 1;
    int c = (at > slot_no) - (at < slot_no);
    return c ? c : qn_span_cmp(id_of(x, s), q_span(q, 0));
}

/* SPEC verdicts-25: "exactly one `dispatch` row (its newest revision counts) for each object and slot of the lists as
 * computed and each successor (exc-9)" */
enum qn_code verify_dispatch(struct facts *x)
{
    QN_AUTO(name_list) struct name_list wrong;
    QN_AUTO(sents) struct sents sent = {.n = 0};
    name_list_init(&wrong);
    if (x->r->rival || findings_has(x->f, V_SELECT_MISMATCH) ||
        findings_has(x->f, V_PAIR_MISMATCH) || findings_has(x->f, V_LIST_MISMATCH)) {
        findings_skip(x->f, V_DISPATCH_MISMATCH,
                      x->r->rival ? "verdict.skip.rival" : "verdict.skip.list");
        return QN_OK;
    }
    enum qn_code rc = list_sent(&sent, x);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_DISPATCH_OF);
    q_bind_text(&q, x->r->log.office);
    q_bind_int(&q, x->r->id);
    size_t i = 0;
    while (!rc && q_step(&q)) {
        for (; i < sent.n && compare_place(x, &sent.at[i], &q) < 0; i++)
            name_list_add(&wrong, id_of(x, &sent.at[i]));
        if (i < sent.n && compare_place(x, &sent.at[i], &q) == 0)
            rc = compare(x, &sent.at[i++], &q, &wrong);
        else
            name_list_add(&wrong, q_span(&q, 0));
    }
    for (; i < sent.n; i++)
        name_list_add(&wrong, id_of(x, &sent.at[i]));
    if (wrong.n) {
        struct finding *f =
            findings_add(x->f, V_DISPATCH_MISMATCH, x->r->log.origin, x->r->seq, x->r->leaf);
        finding_put(x->f, f, "n", "%zu", wrong.n);
        finding_put(x->f, f, "objects", "%s", name_list_text(&wrong));
    }
    return rc ? rc : query_end(&q, x->v->err);
}
