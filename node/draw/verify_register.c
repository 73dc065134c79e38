/* verify_register.c - the frozen roster against the register of record that the freeze names.   Spec: register.md
 *
 * Both lists are in the order of their ids, so one pass over the two finds all; of the register only the drawer's own
 * lines are read.                                                                                                 */
#include <stdio.h>
#include <string.h>

#include "node/draw/verify_internal.h"
#include "node/store/register.h"
#include "node/store/tree.h"
#include "protocol/wire.h"

static void skip_all(struct facts *x, const enum verdict_code *code, size_t n, const char *why)
{
    for (size_t i = 0; i < n; i++)
        findings_skip(x->f, code[i], why);
}

static const enum verdict_code of_objects[] = {V_ROSTER_OMISSION, V_ROSTER_PHANTOM,
                                               V_CLASS_MISMATCH};
static const enum verdict_code of_inspectors[] = {V_INSP_OMISSION, V_QUAL_MISMATCH};

static void tell(struct facts *x, enum verdict_code code, struct name_list *names, const char *on)
{
    const struct ground *g = &x->v->ground;
    if (!names->n)
        return;
    size_t n = names->n;
    struct finding *f = findings_add(x->f, code, g->log.origin, g->seq, g->leaf);
    finding_put(x->f, f, "n", "%zu", n);
    finding_put(x->f, f, "objects", "%s", name_list_text(names));
    finding_put(x->f, f, "on", "%s", on);
    finding_put(x->f, f, "frozen", "%s", g->freeze.date);
}

static int compare(struct qn_span a, struct qn_span b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : a.n < b.n ? -1 : a.n > b.n;
}

/* ---- objects ----------------------------------------------------------------------------------------------------- */

struct differences {
    struct name_list omitted, phantom, other_class;
};

static void differences_init(struct differences *d)
{
    name_list_init(&d->omitted);
    name_list_init(&d->phantom);
    name_list_init(&d->other_class);
}

static void differences_auto(struct differences *d)
{
    name_list_auto(&d->omitted);
    name_list_auto(&d->phantom);
    name_list_auto(&d->other_class);
}

static void class_name(struct name_list *l, struct qn_span id, uint8_t frozen, uint8_t registered)
{
    char text[300];
    snprintf(text, sizeof(text), "%.*s %c→%c", (int)(id.n > 255 ? 255 : id.n), (const char *)id.p,
             registered ? 'A' + registered - 1 : '-', frozen ? 'A' + frozen - 1 : '-');
    name_list_add(l, qn_str(text));
}

static void frozen_alone(struct differences *d, const struct qn_object *o, int64_t kinds)
{
    /* SPEC register-9: "Objects are compared of those kinds (the letter of the id) of which the list has any" */
    if (o->attr.status == 0 && (kinds >> (o->attr.kind - 1) & 1))
        name_list_add(&d->phantom, o->id);
}

/* One object that both have. */
static void frozen_and_registered(struct differences *d, const struct qn_object *o, uint8_t status,
                                  uint8_t cls)
{
    if (status == 0 && o->attr.status != 0)
        name_list_add(&d->omitted, o->id);
    if (status != 0 && o->attr.status == 0)
        name_list_add(&d->phantom, o->id);
    if (cls && cls != o->attr.cls)
        class_name(&d->other_class, o->id, o->attr.cls, cls);
}

static enum qn_code compare_objects(struct facts *x, const struct register_list *l)
{
    const struct qn_roster *r = &x->v->ground.roster.r;
    QN_AUTO(differences) struct differences d;
    differences_init(&d);
    size_t at = 0;
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_REGISTER_OBJECTS_OF);
    q_bind_int(&q, l->no);
    q_bind_text(&q, x->r->log.office);
    q_bind_int(&q, x->order.o.slot[0].type == QN_OBJECTS);
    while (q_step(&q)) {
        struct qn_span id = q_span(&q, 0);
        while (at < r->nobjects && compare(r->object[at].id, id) < 0)
            frozen_alone(&d, &r->object[at++], l->kinds);
        bool both = at < r->nobjects && qn_span_eq(r->object[at].id, id);
        if (both)
            frozen_and_registered(&d, &r->object[at++], (uint8_t)q_int(&q, 1),
                                  (uint8_t)q_int(&q, 2));
        else if (q_int(&q, 1) == 0)
            name_list_add(&d.omitted, id);
    }
    while (at < r->nobjects)
        frozen_alone(&d, &r->object[at++], l->kinds);
    tell(x, V_ROSTER_OMISSION, &d.omitted, l->on);
    tell(x, V_ROSTER_PHANTOM, &d.phantom, l->on);
    tell(x, V_CLASS_MISMATCH, &d.other_class, l->on);
    return query_end(&q, x->v->err);
}

/* ---- inspectors --------------------------------------------------------------------------------------------------- */

static bool same_quals(const struct qn_inspector *i, struct qn_span registered)
{
    char text[QN_TAGS * 6 + 1];
    size_t n = 0;
    text[0] = 0;
    for (unsigned k = 0; k < i->nquals; k++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%u", k ? "," : "", i->qual[k]);
    return qn_span_is(registered, text);
}

static bool is_valid(const struct facts *x, struct qn_span valid_to)
{
    return !valid_to.n || wire_day(valid_to) >= wire_day(qn_str(x->v->ground.freeze.date));
}

static enum qn_code compare_inspectors(struct facts *x, const struct register_list *l)
{
    const struct qn_roster *r = &x->v->ground.roster.r;
    QN_AUTO(name_list) struct name_list omitted, other;
    name_list_init(&omitted);
    name_list_init(&other);
    size_t at = 0;
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_REGISTER_INSPECTORS_OF);
    q_bind_int(&q, l->no);
    q_bind_text(&q, x->r->log.office);
    while (q_step(&q)) {
        struct qn_span id = q_span(&q, 0);
        bool valid = is_valid(x, q_span(&q, 1));
        while (at < r->ninspectors && compare(r->inspector[at].id, id) < 0)
            name_list_add(&other, r->inspector[at++].id);
        bool both = at < r->ninspectors && qn_span_eq(r->inspector[at].id, id);
        const struct qn_inspector *i = both ? &r->inspector[at++] : NULL;
        if (!i && valid)
            name_list_add(&omitted, id);
        if (i && (!same_quals(i, q_span(&q, 2)) || (i->available && !valid)))
            name_list_add(&other, id);
    }
    while (at < r->ninspectors)
        name_list_add(&other, r->inspector[at++].id);
    tell(x, V_INSP_OMISSION, &omitted, l->on);
    tell(x, V_QUAL_MISMATCH, &other, l->on);
    return query_end(&q, x->v->err);
}

/* ---- which register ------------------------------------------------------------------------------------------------ */

static bool is_older(struct store *st, const struct register_snapshot *named,
                     const struct register_snapshot *due)
{
    if (!named->office[0])
        return true;
    if (strcmp(named->office, due->office) == 0)
        return named->id < due->id;
    return !tree_is_above(st, named->office, due->office);
}

/* SPEC register-7: "that of register-6 was due" */
static enum qn_code check_due(struct facts *x, const struct register_snapshot *named)
{
    const struct ground *g = &x->v->ground;
    struct register_snapshot due;
    if (!x->has_rules) {
        findings_skip(x->f, V_REGISTER_OLD, "verdict.skip.rules");
        return QN_OK;
    }
    int64_t day = wire_day(qn_str(g->freeze.date)) - (int64_t)x->rules.age_days;
    enum qn_code rc =
        register_find(&due, x->v->st, x->r->log.office, wire_day_start((int32_t)day), x->v->err);
    if (rc || !due.office[0] || !is_older(x->v->st, named, &due))
        return rc;
    char want[80], have[80] = "-";
    draw_name(want, due.office, due.id);
    if (named->office[0])
        draw_name(have, named->office, named->id);
    struct finding *f = findings_add(x->f, V_REGISTER_OLD, g->log.origin, g->seq, g->leaf);
    finding_put(x->f, f, "named", "%s", have);
    finding_put(x->f, f, "due", "%s", want);
    finding_put(x->f, f, "days", "%u", x->rules.age_days);
    return QN_OK;
}

static const char *why_not(const struct facts *x, const struct register_snapshot *named,
                           const struct register_list *l)
{
    if (!named->office[0] || !l->told)
        return "verdict.skip.register";
    if (!l->no)
        return "verdict.skip.register-lines";
    return x->roots_ok ? NULL : "verdict.skip.roots";
}

enum qn_code verify_register(struct facts *x)
{
    const struct qn_freeze *f = &x->v->ground.freeze;
    struct register_snapshot named = {.office = ""};
    enum qn_slot_type type = x->order.o.slot[0].type;
    enum qn_code rc = QN_OK;
    if (f->has_register)
        rc = register_named(&named, x->v->st, x->r->log.office, f->register_origin, f->register_id,
                            x->v->err);
    if (!rc)
        rc = check_due(x, &named);
    const char *objects = why_not(x, &named, &named.objects),
               *inspectors = why_not(x, &named, &named.inspectors);
    if (objects)
        skip_all(x, of_objects, sizeof(of_objects) / sizeof(of_objects[0]), objects);
    else if (!rc && type != QN_PAIRS)
        rc = compare_objects(x, &named.objects);
    if (inspectors)
        skip_all(x, of_inspectors, sizeof(of_inspectors) / sizeof(of_inspectors[0]), inspectors);
    else if (!rc && type != QN_OBJECTS)
        rc = compare_inspectors(x, &named.inspectors);
    return rc;
}
