/* verify_people.c - what a roster says of inspectors that decides who goes in place of the lot.
 *                                                                     Spec: protocol/spec/pairing.md */
#include <stdlib.h>
#include <string.h>

#include "node/draw/verify_internal.h"

/* How often each inspector of the freeze was sent out by the office's draws before it; the roster's order. */
static enum qn_code count_sent(uint64_t *sent, struct facts *x)
{
    const struct ground *g = &x->v->ground;
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_SENT_BEFORE);
    q_bind_text(&q, g->log.office);
    q_bind_int(&q, qn_row_id(g->log.epoch, g->seq, 0));
    while (q_step(&q)) {
        struct qn_span all = q_span(&q, 0);
        for (size_t at = 0; at < all.n;) {
            size_t who, id = 0, n = 0;
            while (at + n < all.n && all.p[at + n] != ';')
                n++;
            while (id < n && all.p[at + id] != ' ')
                id++;
            if (qn_roster_inspector(&g->roster.r, (struct qn_span){all.p + at, id}, &who))
                sent[who]++;
            at += n + 1;
        }
    }
    return query_end(&q, x->v->err);
}

/* SPEC pairing-1: "by as much as the draw has visits, or more, and by more than all the visits to which the draws of the
 * drawing office had sent him" */
enum qn_code verify_loads(struct facts *x)
{
    const struct ground *g = &x->v->ground;
    const struct qn_roster *r = &g->roster.r;
    uint32_t least = UINT32_MAX, most = 0;
    size_t available = 0, visits = x->replay.pairs.nvisits;
    for (size_t i = 0; i < r->ninspectors; i++) {
        const struct qn_inspector *p = &r->inspector[i];
        available += p->available;
        least = p->available && p->load0 < least ? p->load0 : least;
        most = p->available && p->load0 > most ? p->load0 : most;
    }
    if (!x->replay.paired || !visits || most < least || most - least < visits)
        return QN_OK;
    QN_AUTO(name_list) struct name_list ahead;
    name_list_init(&ahead);
    uint64_t *sent = calloc(r->ninspectors, sizeof(*sent));
    enum qn_code rc =
        sent ? count_sent(sent, x) : qn_fail(x->v->err, QN_NOMEM, "base.no-memory", "");
    for (size_t i = 0; !rc && i < r->ninspectors; i++)
        if (r->inspector[i].available && r->inspector[i].load0 - least >= visits &&
            r->inspector[i].load0 - least > sent[i])
            name_list_add(&ahead, r->inspector[i].id);
    free(sent);
    if (!rc && 2 * ahead.n >= available) {
        struct finding *f = findings_add(x->f, V_LOAD_UNFOUNDED, g->log.origin, g->seq, g->leaf);
        finding_put(x->f, f, "inspectors", "%s", name_list_text(&ahead));
    }
    return rc;
}

static int by_object(const void *a, const void *b)
{
    const struct qn_recusal *const *ra = a, *const *rb = b;
    struct qn_span l = (*ra)->object, r = (*rb)->object;
    int d = memcmp(l.p, r.p, l.n < r.n ? l.n : r.n);
    return d ? d : (l.n > r.n) - (l.n < r.n);
}

/* SPEC pairing-2: "half or more of the inspectors who are available" */
enum qn_code verify_recusals(struct facts *x)
{
    const struct ground *g = &x->v->ground;
    const struct qn_roster *r = &g->roster.r;
    size_t available = 0, n = 0, who;
    if (x->order.o.slot[0].type == QN_OBJECTS)
        return QN_OK; /* who goes is drawn elsewhere, from another roster */
    for (size_t i = 0; i < r->ninspectors; i++)
        available += r->inspector[i].available;
    const struct qn_recusal **of = calloc(r->nrecusals + 1, sizeof(const struct qn_recusal *));
    if (!of)
        return qn_fail(x->v->err, QN_NOMEM, "base.no-memory", "");
    for (size_t i = 0; i < r->nrecusals; i++)
        if (qn_roster_inspector(r, r->recusal[i].inspector, &who) && r->inspector[who].available &&
            qn_roster_object(r, r->recusal[i].object, &who))
            of[n++] = &r->recusal[i];
    qsort(of, n, sizeof(const struct qn_recusal *), by_object);
    QN_AUTO(name_list) struct name_list many;
    name_list_init(&many);
    for (size_t i = 0, run; i < n; i += run) {
        for (run = 1; i + run < n && by_object(&of[i], &of[i + run]) == 0;)
            run++;
        if (run > 1 && 2 * run >= available)
            name_list_add(&many, of[i]->object);
    }
    free(of);
    if (many.n) {
        struct finding *f = findings_add(x->f, V_RECUSALS_MANY, g->log.origin, g->seq, g->leaf);
        finding_put(x->f, f, "objects", "%s", name_list_text(&many));
    }
    return QN_OK;
}
