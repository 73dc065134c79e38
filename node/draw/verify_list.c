/* verify_list.c - the lists of a pairs order: drawn by somebody else or given, and visited as they are. */
#include <string.h>

#include "node/draw/verify_internal.h"

static struct finding *mismatch(struct facts *x, const struct qn_leaf_ref *ref)
{
    struct finding *f = findings_add(x->f, V_LIST_MISMATCH, ref->origin, ref->index, ref->leaf);
    finding_put(x->f, f, "slot", "%s", x->to->slot);
    return f;
}

/* SPEC verdicts-33: "A list line that names no such entry is LIST_MISMATCH" */
enum qn_code verify_list(struct facts *x)
{
    struct qn_err why;
    if (!x->has_order || x->order.o.slot[0].type != QN_PAIRS) {
        if (!x->has_order)
            findings_skip(x->f, V_LIST_MISMATCH, "verdict.skip.order");
        return QN_OK;
    }
    enum qn_code rc = listing_load(&x->listing, x->v->st, &x->order.o, &why);
    if (rc == QN_IO || rc == QN_NOMEM)
        return qn_fail(x->v->err, rc, why.id, "%s", why.args);
    x->has_listing = !rc;
    if (rc == QN_ABSENT) {
        findings_skip(x->f, V_LIST_MISMATCH, "verdict.skip.list-rows");
    } else if (rc) {
        struct finding *f = mismatch(x, &x->order.o.list[0]);
        finding_put(x->f, f, "left_out", "-");
        finding_put(x->f, f, "foreign", "-");
    }
    return QN_OK;
}

/* SPEC verdicts-33: "so are visits of other objects than those listed for their slots" */
enum qn_code verify_listed(struct facts *x)
{
    QN_AUTO(name_list) struct name_list left_out, foreign;
    struct qn_pairs p = {.nvisits = 0};
    struct qn_err none;
    name_list_init(&left_out);
    name_list_init(&foreign);
    if (!x->r->has_pairs || qn_pairs_parse(&p, qn_buf_span(&x->r->pairs), &none) != QN_OK)
        return QN_OK; /* PAIR_MISMATCH says so */
    size_t i = 0, k = 0;
    while (i < p.nvisits || k < x->listing.n) {
        if (k < x->listing.n && !x->listing.at[k].slots) { /* sent on later: exc-33 */
            k++;
            continue;
        }
        int c = i == p.nvisits      ? 1
                : k == x->listing.n ? -1
                                    : qn_span_cmp(p.visit[i].object, listing_id(&x->listing, k));
        if (c < 0)
            name_list_add(&foreign, p.visit[i].object);
        else if (c > 0 || p.visit[i].slots != x->listing.at[k].slots)
            name_list_add(&left_out, listing_id(&x->listing, k));
        i += c <= 0;
        k += c >= 0;
    }
    qn_pairs_release(&p);
    if (left_out.n || foreign.n) {
        struct finding *f = mismatch(x, &x->order.o.list[0]);
        finding_put(x->f, f, "left_out", "%s", name_list_text(&left_out));
        finding_put(x->f, f, "foreign", "%s", name_list_text(&foreign));
    }
    return QN_OK;
}
