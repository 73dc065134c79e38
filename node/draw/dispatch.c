#include "node/draw/dispatch.h"

#include <stdlib.h>
#include <string.h>

#include "node/store/tree.h"

/* One that could not be filled is left out. */
void dispatch_put_drawn(struct qn_buf *out, const struct qn_visit *v, const struct ground *g,
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

enum qn_code dispatch_visitors(struct qn_buf *out, const struct qn_visit *v, const struct ground *g,
                               struct qn_err *err)
{
    qn_buf_init(out, DISPATCH_INSPECTORS_MAX);
    dispatch_put_drawn(out, v, g, true);
    if (!out->failed)
        return QN_OK;
    qn_buf_release(out);
    qn_buf_init(out, DISPATCH_INSPECTORS_MAX);
    dispatch_put_drawn(out, v, g, false);
    return qn_buf_check(out, err);
}

/* What a dispatch row says of an object: from the frozen roster, or from the list that names it. */
struct about {
    struct qn_span id;
    const char *name, *address, *station, *inspecting_office;
};

static struct about about_of(const struct replay *r, const struct listing *l,
                             const struct ground *g, size_t object)
{
    size_t at = object;
    struct about a = {.name = "", .address = "", .station = "", .inspecting_office = ""};
    bool found = !r->nlisted;
    if (r->nlisted) {
        a.id = r->listed[object].id;
        found = qn_roster_object(&g->roster.r, a.id, &at);
    }
    if (found) {
        a.id = g->roster.r.object[at].id;
        a.name = g->roster.about[at].name;
        a.address = g->roster.about[at].address;
        a.station = g->roster.about[at].station;
        a.inspecting_office = g->roster.r.object[at].attr.inspecting_office;
    }
    if (r->nlisted) { /* as listed: the roster may call it otherwise by now, or not know it */
        a.name = listing_text(l, l->at[object].name);
        a.address = listing_text(l, l->at[object].address);
    }
    return a;
}

/* Who gets the target: the object's station when it has a machine below us, else for a list that others inspect
 * the inspecting office below us, else this office.                                                          */
static const char *addressee(struct store *st, enum qn_slot_type type, const struct about *a)
{
    const char *self = store_self(st)->office;
    if (a->station[0] && type != QN_OBJECTS && tree_knows(st, a->station) &&
        tree_is_above(st, self, a->station))
        return a->station;
    if (type == QN_OBJECTS && a->inspecting_office[0] && tree_knows(st, a->inspecting_office) &&
        tree_is_above(st, self, a->inspecting_office))
        return a->inspecting_office;
    return self;
}

void dispatch_new(struct dispatch *out, struct store *st, const struct qn_order *order,
                  const struct replay *r, const struct listing *l, const struct ground *g,
                  unsigned slot, size_t object)
{
    const struct about a = about_of(r, l, g, object);
    const struct qn_slot_key *key = &order->slot[slot];
    *out = (struct dispatch){.slot_no = slot + 1, .round = key->round};
    memcpy(out->task, key->task, sizeof(out->task));
    memcpy(out->window_to, order->window_to, sizeof(out->window_to));
    qn_text_copy(out->object, sizeof(out->object), a.id);
    qn_text_copy(out->name, sizeof(out->name), qn_str(a.name));
    qn_text_copy(out->address, sizeof(out->address), qn_str(a.address));
    qn_text_copy(out->to, sizeof(out->to), qn_str(addressee(st, key->type, &a)));
    if (r->nlisted && !l->source[slot].given) {
        memcpy(out->list_office, l->source[slot].office, sizeof(out->list_office));
        out->list_id = l->source[slot].id;
    }
}

enum qn_code dispatch_read(struct dispatch *out, struct store *st, const char *office,
                           int64_t draw_id, int64_t slot_no, const char *object, struct qn_err *err)
{
    struct dispatch d = {.draw_id = draw_id, .slot_no = slot_no};
    QN_AUTO(query) struct query q = query_start(st, SQL_DISPATCH_ROW);
    q_bind_text(&q, office);
    q_bind_int(&q, draw_id);
    q_bind_text(&q, object);
    q_bind_int(&q, slot_no);
    bool found = q_step(&q);
    if (found) {
        d.id = q_int(&q, 0);
        d.rev = q_int(&q, 1);
        d.round = q_int(&q, 3);
        d.list_id = q_int(&q, 9);
        found = qn_text_copy(d.task, sizeof(d.task), q_span(&q, 2)) &&
                qn_text_copy(d.object, sizeof(d.object), qn_str(object)) &&
                qn_text_copy(d.name, sizeof(d.name), q_span(&q, 4)) &&
                qn_text_copy(d.address, sizeof(d.address), q_span(&q, 5)) &&
                qn_text_copy(d.to, sizeof(d.to), q_span(&q, 6)) &&
                qn_text_copy(d.window_to, sizeof(d.window_to), q_span(&q, 7)) &&
                qn_text_copy(d.list_office, sizeof(d.list_office), q_span(&q, 8)) &&
                qn_text_copy(d.inspectors, sizeof(d.inspectors), q_span(&q, 10));
    }
    enum qn_code rc = query_end(&q, err);
    if (!rc && !found)
        rc = qn_fail(err, QN_ABSENT, "exc.no-dispatch", "object=%s", object);
    if (!rc)
        *out = d;
    return rc;
}

enum qn_code dispatch_put(struct act *a, const struct dispatch *d, struct qn_span inspectors,
                          struct qn_err *err)
{
    struct qn_row row;
    row_start(&row, a, "dispatch", d->id ? d->id : act_id(a), d->id ? d->rev : 1);
    row_int(&row, "draw_id", d->draw_id);
    row_int(&row, "slot_no", d->slot_no);
    row_text(&row, "task", d->task);
    row_int(&row, "round", d->round);
    row_text(&row, "object_id", d->object);
    row_text(&row, "object_name", d->name);
    row_text(&row, "address", d->address);
    row_text(&row, "inspecting_office", d->to);
    row_span(&row, "inspectors", inspectors);
    row_text(&row, "window_to", d->window_to);
    if (d->list_office[0]) {
        row_text(&row, "list_office", d->list_office);
        row_int(&row, "list_id", d->list_id);
    }
    return act_put(a, &row, err);
}
