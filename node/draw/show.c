#include "node/draw/show.h"

#include <stdlib.h>
#include <string.h>

#include "node/draw/freeze.h"
#include "node/draw/release.h"
#include "node/draw/replay.h"

void draw_view_release(struct draw_view *v)
{
    for (size_t i = 0; i < v->ntargets; i++) {
        free(v->target[i].object);
        free(v->target[i].name);
        free(v->target[i].address);
        free(v->target[i].inspectors);
    }
    free(v->target);
    record_release(&v->record);
    order_release(&v->order);
    qn_freeze_release(&v->freeze);
    *v = (struct draw_view){.has_order = false};
}

static char *copy(struct qn_span s)
{
    char *p = malloc(s.n + 1);
    if (p && s.n)
        memcpy(p, s.p, s.n);
    if (p)
        p[s.n] = 0;
    return p;
}

static int place(const struct draw_target *t, int64_t slot_no, struct qn_span object)
{
    int c = (t->slot_no > slot_no) - (t->slot_no < slot_no);
    return c ? c : qn_span_cmp(qn_str(t->object), object);
}

static int by_place(const void *a, const void *b)
{
    const struct draw_target *y = b;
    return place(a, y->slot_no, qn_str(y->object));
}

static struct draw_target *find_target(struct draw_view *v, int64_t slot_no, struct qn_span object)
{
    size_t lo = 0, hi = v->ntargets;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = place(&v->target[mid], slot_no, object);
        if (c == 0)
            return &v->target[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

static enum qn_code add_target(struct draw_view *v, const char *object, uint8_t slot,
                               enum draw_after after, struct qn_err *err)
{
    struct draw_target *more = realloc(v->target, (v->ntargets + 1) * sizeof(*more));
    if (!more)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    v->target = more;
    more[v->ntargets] = (struct draw_target){
        .object = copy(qn_str(object)), .mode = QN_LOT, .slot_no = slot, .after = after};
    if (!more[v->ntargets].object)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    v->ntargets++;
    return QN_OK;
}

/* The next exception of the draw; false at the end. */
static bool next_exception(struct qn_exc *x, struct query *q, const struct draw_view *v)
{
    struct qn_err none;
    while (q_step(q))
        if (q_int(q, 1) == v->record.id && qn_exc_parse(x, q_span(q, 5), &none) == QN_OK)
            return true;
    return false;
}

/* Who follows a target that is void, and what was sent on to here.
 * SPEC exc-33: "Elsewhere the object is a target of the draw from then on" */
static enum qn_code add_more(struct draw_view *v, struct store *st, struct qn_err *err)
{
    bool elsewhere = v->has_order && v->order.o.level != QN_WITNESSED;
    struct qn_exc x;
    QN_AUTO(query) struct query q = query_start(st, SQL_EXCEPTIONS);
    q_bind_text(&q, v->record.log.office);
    enum qn_code rc = QN_OK;
    while (!rc && next_exception(&x, &q, v))
        if (x.kind == QN_EXC_VOID && x.next[0])
            rc = add_target(v, x.next, x.slot, AFTER_SUCCEEDS, err);
        else if (x.kind == QN_EXC_RECEIVE && elsewhere)
            rc = add_target(v, x.object, x.slot, AFTER_RECEIVED, err);
    return rc ? rc : query_end(&q, err);
}

static enum qn_code mark_targets(struct draw_view *v, struct store *st, struct qn_err *err)
{
    struct qn_exc x;
    QN_AUTO(query) struct query q = query_start(st, SQL_EXCEPTIONS);
    q_bind_text(&q, v->record.log.office);
    while (next_exception(&x, &q, v)) {
        enum draw_after after = x.kind == QN_EXC_VOID       ? AFTER_VOID
                                : x.kind == QN_EXC_RETURN   ? AFTER_RETURNED
                                : x.kind == QN_EXC_REASSIGN ? AFTER_SENT_ON
                                                            : AFTER_NOTHING;
        struct draw_target *t = after ? find_target(v, x.slot, qn_str(x.object)) : NULL;
        if (!t)
            continue;
        t->after = after;
        if (after == AFTER_SENT_ON)
            qn_text_copy(t->to, sizeof(t->to), qn_str(x.next));
    }
    return query_end(&q, err);
}

struct draw_how draw_how_after(enum draw_after after)
{
    static const struct draw_how how[AFTER_END] = {
        [AFTER_VOID] = {"void", "draw.is-void"},
        [AFTER_SUCCEEDS] = {"succeeds", "draw.succeeds"},
        [AFTER_RETURNED] = {"returned", "draw.is-returned"},
        [AFTER_SENT_ON] = {"sent-on", "draw.is-sent-on"},
        [AFTER_RECEIVED] = {"received", "draw.is-received"},
    };
    return how[after];
}

struct draw_how draw_how(const struct draw_view *v, const struct draw_target *t)
{
    return t->after             ? draw_how_after(t->after)
           : t->mode == QN_MUST ? (struct draw_how){"must", "draw.by-must"}
           : t->mode == QN_LOT  ? (struct draw_how){"lot", "draw.by-lot"}
           : v->given           ? (struct draw_how){"given", "draw.by-given"}
                                : (struct draw_how){"listed", "draw.by-list"};
}

static enum qn_code fill_targets(struct draw_view *v, struct store *st, struct qn_err *err)
{
    const struct record *r = &v->record;
    v->target = calloc(r->npicks + 1, sizeof(*v->target));
    if (!v->target)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (; v->ntargets < r->npicks; v->ntargets++) {
        struct draw_target *t = &v->target[v->ntargets];
        t->mode = r->pick[v->ntargets].mode;
        t->slot_no = r->pick[v->ntargets].slot_no;
        t->object = copy(record_object(r, v->ntargets));
        if (!t->object)
            return qn_fail(err, QN_NOMEM, "base.no-memory", "");
        *(t->mode == QN_MUST ? &v->must : t->mode == QN_LOT ? &v->lot : &v->listed) += 1;
    }
    enum qn_code rc = add_more(v, st, err);
    if (rc)
        return rc;
    qsort(v->target, v->ntargets, sizeof(*v->target), by_place);
    QN_AUTO(query) struct query q = query_start(st, SQL_DISPATCH_OF);
    q_bind_text(&q, r->log.office);
    q_bind_int(&q, r->id);
    while (q_step(&q)) {
        struct draw_target *t = find_target(v, q_int(&q, 5), q_span(&q, 0));
        if (!t || t->name)
            continue;
        t->name = copy(q_span(&q, 1));
        t->address = copy(q_span(&q, 2));
        qn_text_copy(t->to, sizeof(t->to), q_span(&q, 3));
        t->inspectors = copy(q_span(&q, 4));
        if (!t->name || !t->address || !t->inspectors)
            return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    }
    rc = query_end(&q, err);
    return rc ? rc : mark_targets(v, st, err);
}

/* Seed and tickets, when the proofs hold under the order's keys. */
static void fill_seed(struct draw_view *v)
{
    struct betas betas;
    struct qn_draw_keys keys;
    struct qn_err none;
    if (!v->has_order || draw_betas(&betas, &v->order.o, v->record.res, &none) != QN_OK)
        return;
    qn_draw_seed(v->seed, betas.n, (const uint8_t(*)[QN_VRF_BETA])betas.at);
    qn_draw_keys(&keys, v->seed);
    for (size_t i = 0; i < v->ntargets; i++)
        qn_ticket(v->target[i].ticket, &keys, qn_str(v->target[i].object));
    v->has_seed = true;
}

/* Whether one of an order's lists was given, as far as the lists are held here. */
static bool is_given(struct store *st, const struct qn_order *o)
{
    QN_AUTO(listing) struct listing l = {.n = 0};
    struct qn_err none;
    bool given = false;
    if (listing_load(&l, st, o, &none) == QN_OK)
        for (unsigned i = 0; i < o->nslots; i++)
            given = given || l.source[i].given;
    return given;
}

static enum qn_code fill_people(struct draw_view *v, struct store *st, const char *office,
                                int64_t draw_id, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_ATTENDANCE_GET);
    q_bind_text(&q, office);
    q_bind_int(&q, draw_id);
    if (q_step(&q)) {
        qn_text_copy(v->operator_name, sizeof(v->operator_name), q_span(&q, 0));
        qn_text_copy(v->observers, sizeof(v->observers), q_span(&q, 1));
    }
    return query_end(&q, err);
}

enum qn_code draw_show(struct draw_view *out, struct store *st, const char *office, int64_t draw_id,
                       struct qn_err *err)
{
    QN_AUTO(draw_view) struct draw_view v = {.has_order = false};
    struct qn_err none;
    struct log freeze;
    int64_t id;
    enum qn_code rc = record_read(&v.record, st, office, draw_id, err);
    if (rc)
        return rc;
    if (!v.record.res)
        return qn_fail(err, QN_MALFORMED, v.record.why.id, "%s", v.record.why.args);
    draw_name(v.draw, office, draw_id);
    v.has_order =
        order_read(&v.order, st, v.record.order_origin, v.record.order_seq, &none) == QN_OK;
    if (v.has_order)
        order_slots_name(v.slot, &v.order.o);
    v.has_freeze =
        log_find(&freeze, st, v.record.res->freeze.origin, &none) == QN_OK &&
        freeze_text(&v.freeze, &id, st, &freeze, v.record.res->freeze.index, &none) == QN_OK;
    if (v.has_order && v.order.o.slot[0].type == QN_PAIRS)
        v.given = is_given(st, &v.order.o);
    rc = fill_people(&v, st, office, draw_id, err);
    if (!rc)
        rc = draw_is_released(&v.released, st, office, v.record.log.origin, v.record.seq, err);
    if (!rc)
        rc = fill_targets(&v, st, err);
    if (rc)
        return rc;
    fill_seed(&v);
    *out = v;
    v = (struct draw_view){.has_order = false};
    return QN_OK;
}

/* ---- verdicts ------------------------------------------------------------------------------------------------------ */

enum qn_code draw_judged_each(void (*told)(void *ctx, const struct draw_judged *j), void *ctx,
                              struct store *st, const char *office, int64_t draw_id,
                              struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_VERDICTS_OF_DRAW);
    q_bind_text(&q, office);
    q_bind_int(&q, draw_id);
    while (q_step(&q)) {
        char judge[QN_CODE_MAX + 1], level[17], outcome[17], codes[2001], on[11];
        struct draw_judged j = {judge, level, outcome, codes, on};
        if (qn_text_copy(judge, sizeof(judge), q_span(&q, 0)) &&
            qn_text_copy(level, sizeof(level), q_span(&q, 1)) &&
            qn_text_copy(outcome, sizeof(outcome), q_span(&q, 2)) &&
            qn_text_copy(codes, sizeof(codes), q_span(&q, 3)) &&
            qn_text_copy(on, sizeof(on), q_span(&q, 4)))
            told(ctx, &j);
    }
    return query_end(&q, err);
}

/* ---- lists --------------------------------------------------------------------------------------------------------- */

void draw_lines_free(struct draw_lines *l)
{
    free(l->at);
    *l = (struct draw_lines){0};
}

static enum qn_code fill_line(struct draw_line *to, struct store *st, const struct order_line *o,
                              struct qn_err *err)
{
    uint16_t epoch, n;
    uint64_t seq;
    to->id = o->draw_id;
    to->level = o->level;
    to->supp = o->supp;
    memcpy(to->office, o->drawer, sizeof(to->office));
    memcpy(to->window_from, o->window_from, sizeof(to->window_from));
    memcpy(to->window_to, o->window_to, sizeof(to->window_to));
    draw_name(to->draw, o->drawer, o->draw_id);
    memcpy(to->slot, o->slots, sizeof(to->slot));
    QN_AUTO(query) struct query q = query_start(st, SQL_SELECTED_COUNT);
    q_bind_text(&q, o->drawer);
    q_bind_int(&q, o->draw_id);
    while (q_step(&q))
        *(q_int(&q, 0) == QN_MUST ? &to->must : &to->lot) += (size_t)q_int(&q, 1);
    enum qn_code rc = query_end(&q, err);
    if (rc)
        return rc;
    qn_row_id_split(o->draw_id, &epoch, &seq, &n);
    QN_AUTO(query) struct query l = query_start(st, SQL_LOG_OF_EPOCH);
    q_bind_text(&l, o->drawer);
    q_bind_int(&l, epoch);
    char origin[QN_ORIGIN_MAX + 1] = "";
    if (q_step(&l))
        qn_text_copy(origin, sizeof(origin), q_span(&l, 0));
    rc = query_end(&l, err);
    return rc ? rc : draw_is_released(&to->released, st, o->drawer, origin, seq, err);
}

enum qn_code draw_list(struct draw_lines *out, struct store *st, const char *office,
                       struct qn_err *err)
{
    QN_AUTO(order_lines) struct order_lines orders = {0};
    QN_AUTO(draw_lines) struct draw_lines l = {0};
    enum qn_code rc = order_list(&orders, st, office, err);
    if (!rc && orders.n) {
        l.at = calloc(orders.n, sizeof(*l.at));
        rc = l.at ? QN_OK : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    }
    for (size_t i = 0; !rc && i < orders.n; i++)
        if (orders.at[i].draw_id && orders.at[i].slot_no == 1)
            rc = fill_line(&l.at[l.n++], st, &orders.at[i], err);
    if (rc)
        return rc;
    *out = l;
    l = (struct draw_lines){0};
    return QN_OK;
}
