#include "node/draw/exception.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/draw/chain.h"
#include "node/draw/dispatch.h"
#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/files.h"
#include "protocol/wire.h"

/* SPEC exc-2: "`not_found` (not at its address, nowhere found), `closed` (it gave up business), `deregistered`, `moved_out`" */
static const char *const reasons[][5] = {
    [QN_EXC_VOID] = {"not_found", "closed", "deregistered", "moved_out"},
    [QN_EXC_ABSENCE] = {"sick", "leave", "duty"},
    [QN_EXC_RECUSAL] = {"kinship", "interest", "other_tie"},
    [QN_EXC_REPLACE] = {"transferred", "retired", "certificate"},
    [QN_EXC_APPOINT] = {EXC_DIRECT_APPOINTMENT, EXC_NEIGHBOUR_POOL},
    /* SPEC exc-31: "`district` (the place is another office's), `competence` (the matter is another office's) or
     * `interest`" */
    [QN_EXC_RETURN] = {"district", "competence", "interest"},
    [QN_EXC_REASSIGN] = {"returned"},
    [QN_EXC_RECEIVE] = {"reassigned"},
};

bool exception_reason_fits(enum qn_exc_kind kind, const char *reason)
{
    for (size_t i = 0; reasons[kind][i]; i++)
        if (strcmp(reasons[kind][i], reason) == 0)
            return true;
    return false;
}

/* What one exception rests on. */
struct work {
    struct store *st;
    const struct exception_options *o;
    const char *person; /* who is appointed */
    int64_t draw_id;
    struct order_lines orders;
    struct ground ground;
    struct chain c;
    struct qn_exc x;
    struct dispatch sent;         /* the target as it is */
    uint8_t slot[QN_ORDER_SLOTS]; /* the lines in which it is open */
    unsigned nslots;
    struct vault_file file;
};

static void work_auto(struct work *w)
{
    chain_release(&w->c);
    ground_release(&w->ground);
    order_lines_free(&w->orders);
    vault_file_release(&w->file);
}

static enum qn_code open_chain(struct work *w, const char *draw, struct qn_err *err)
{
    const struct keys *keys;
    char office[QN_CODE_MAX + 1];
    enum qn_code rc = store_signer(w->st, &keys, err);
    if (!rc)
        rc = draw_name_parse(office, &w->draw_id, draw, err);
    if (!rc && strcmp(office, store_self(w->st)->office) != 0)
        rc = qn_fail(err, QN_DENIED, "exc.not-ours", "draw=%s|office=%s", draw, office);
    if (!rc)
        rc = order_list(&w->orders, w->st, office, err);
    if (!rc)
        rc = chain_load(&w->c, w->st, office, w->draw_id, &w->orders, &w->ground, err);
    return rc;
}

static enum qn_code reason_fail(struct qn_err *err, const struct exception_options *o)
{
    char codes[160] = "";
    for (size_t i = 0, n = 0; reasons[o->kind][i] && n < sizeof(codes); i++)
        n += (size_t)snprintf(codes + n, sizeof(codes) - n, "%s%s", i ? ", " : "",
                              reasons[o->kind][i]);
    return qn_fail(err, QN_MALFORMED, "exc.reason", "kind=%s|reason=%.40s|codes=%s",
                   qn_exc_kind_name(o->kind), o->reason ? o->reason : "", codes);
}

/* SPEC roles-12: "is approved by a person who is a head and is not the one who writes it down" */
static enum qn_code check_approver(struct store *st, const struct exception_options *o,
                                   struct qn_err *err)
{
    bool in_force;
    enum qn_code rc = person_in_force(&in_force, st, err);
    if (rc || !in_force || o->kind != QN_EXC_APPOINT)
        return rc;
    if (strcmp(o->by, o->approved_by) == 0)
        return qn_fail(err, QN_DENIED, "exc.approved-self", "name=%s", o->by);
    return duty_has(st, duty_of(DUTY_APPROVE), o->approved_by, err);
}

static enum qn_code check_words(const struct exception_options *o, struct qn_err *err)
{
    if (!o->by || !*o->by || strlen(o->by) > 64)
        return qn_fail(err, QN_MALFORMED, "exc.by", "max=%d", 64);
    if (!o->reason || !exception_reason_fits(o->kind, o->reason))
        return reason_fail(err, o);
    if (o->kind == QN_EXC_REASSIGN && (!o->next || !wire_is_code(qn_str(o->next))))
        return qn_fail(err, QN_MALFORMED, "exc.not-to", "object=%s|office=%.40s", o->object,
                       o->next ? o->next : "");
    if (o->date && !wire_is_date(qn_str(o->date)))
        return qn_fail(err, QN_MALFORMED, "exc.date", "date=%s", o->date);
    /* SPEC exc-2: "Its evidence is the SHA-256 of the record made on the spot, which both inspectors signed" */
    /* SPEC exc-26: "who approved it and why" */
    if (o->kind == QN_EXC_APPOINT &&
        (!o->approved_by || !*o->approved_by || strlen(o->approved_by) > 64 || !o->note ||
         !*o->note || strlen(o->note) > 400 || (o->person && strlen(o->person) > 64)))
        return qn_fail(err, QN_MALFORMED, "exc.approval", "max=%d", 400);
    if ((o->kind == QN_EXC_VOID || o->kind == QN_EXC_RETURN) && !o->evidence)
        return qn_fail(err, QN_MALFORMED, "exc.evidence", "object=%s", o->object);
    return QN_OK;
}

/* "JS001" of this office is "140602/JS001". */
static bool insp_id(char out[QN_EXC_ID], struct store *st, const char *given)
{
    int n = strchr(given, '/') ? snprintf(out, QN_EXC_ID, "%s", given)
                               : snprintf(out, QN_EXC_ID, "%s/%s", store_self(st)->office, given);
    return n > 0 && n < QN_EXC_ID;
}

static enum qn_code has_result(bool *out, struct store *st, const struct record *r,
                               const struct qn_order *order, unsigned slot_no, const char *object,
                               struct qn_err *err)
{
    QN_AUTO(visits) struct visits v = {.n = 0};
    enum qn_code rc = visits_load(&v, st, r->log.office, r->id, order, err);
    *out = !rc && visits_has(&v, qn_str(object), slot_no, INT64_MAX);
    return rc;
}

/* SPEC exc-8: "so it does with a return, a reassignment and a receipt" */
static bool is_of_object(enum qn_exc_kind kind)
{
    return kind == QN_EXC_VOID || kind == QN_EXC_RETURN || kind == QN_EXC_REASSIGN ||
           kind == QN_EXC_RECEIVE;
}

static void name_draw(struct work *w, const struct record *r)
{
    w->x = (struct qn_exc){.kind = w->o->kind};
    memcpy(w->x.origin, store_origin(w->st), sizeof(w->x.origin));
    memcpy(w->x.draw.origin, r->log.origin, sizeof(w->x.draw.origin));
    w->x.draw.index = r->seq;
    memcpy(w->x.draw.leaf, r->leaf, QN_HASH);
}

/* The slot lines for which the object was sent on here and is not taken on yet. */
static enum qn_code find_sent_on(struct work *w, struct qn_err *err)
{
    size_t object;
    bool known = qn_roster_object(&w->c.roster, qn_str(w->o->object), &object);
    if (chain_draw_of(&w->c, w->draw_id) != 0)
        known = false;
    for (uint8_t slot = 1; known && slot <= w->c.after.nslots; slot++)
        if (chain_waits_for(&w->c, slot, object))
            w->slot[w->nslots++] = slot;
    if (!w->nslots)
        return qn_fail(err, QN_DENIED, "exc.not-sent-on", "draw=%s|object=%s", w->o->draw,
                       w->o->object);
    name_draw(w, &w->c.draw[0].r);
    return QN_OK;
}

/* The slot lines of the draw in which the object is to be inspected still; a result in any of them refuses all. */
static enum qn_code find_targets(struct work *w, struct qn_err *err)
{
    size_t draw = chain_draw_of(&w->c, w->draw_id), object;
    const char *gone = "exc.not-drawn";
    bool has = false;
    enum qn_code rc = QN_OK;
    if (draw == CHAIN_NONE || !qn_roster_object(&w->c.roster, qn_str(w->o->object), &object))
        return qn_fail(err, QN_DENIED, "exc.not-drawn", "draw=%s|object=%s", w->o->draw,
                       w->o->object);
    const struct record *r = &w->c.draw[draw].r;
    for (uint8_t slot = 1; !rc && slot <= w->c.after.nslots; slot++) {
        size_t target = chain_target_of(&w->c, draw, slot, object);
        bool done;
        if (target == CHAIN_NONE)
            continue;
        if (w->c.target[target].void_by != CHAIN_NONE) {
            gone = w->c.exc[w->c.target[target].void_by].x.kind == QN_EXC_RETURN ? "exc.is-returned"
                                                                                 : "exc.is-void";
            continue;
        }
        rc = has_result(&done, w->st, r, &w->c.draw[draw].o.o, slot, w->o->object, err);
        has = has || done;
        if (!done)
            w->slot[w->nslots++] = slot;
    }
    if (!rc && has && (!w->nslots || is_of_object(w->o->kind)))
        return qn_fail(err, QN_CONFLICT, "exc.has-result", "draw=%s|object=%s", w->o->draw,
                       w->o->object);
    if (!rc && !w->nslots)
        return qn_fail(err, QN_DENIED, gone, "draw=%s|object=%s", w->o->draw, w->o->object);
    name_draw(w, r);
    return rc;
}

static enum qn_code fill(struct work *w, struct qn_err *err)
{
    const struct exception_options *o = w->o;
    clock_today(w->st, w->x.date);
    if (o->date)
        qn_text_copy(w->x.date, sizeof(w->x.date), qn_str(o->date));
    qn_text_copy(w->x.reason, sizeof(w->x.reason), qn_str(o->reason));
    qn_text_copy(w->x.object, sizeof(w->x.object), qn_str(o->object));
    if (qn_exc_names_inspector(o->kind) &&
        (!o->inspector || !insp_id(w->x.inspector, w->st, o->inspector)))
        return qn_fail(err, QN_MALFORMED, "exc.not-sent", "");
    w->x.has_evidence = o->evidence != NULL;
    if (o->kind == QN_EXC_REASSIGN)
        qn_text_copy(w->x.next, sizeof(w->x.next), qn_str(o->next));
    enum qn_code rc = o->evidence ? files_keep(&w->file, w->st, o->evidence, err) : QN_OK;
    memcpy(w->x.evidence, w->file.sha256, QN_HASH);
    return rc;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static enum qn_code put_exception(struct act *a, const struct work *w, int64_t *id,
                                  struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    struct qn_row row;
    char now[20];
    qn_buf_init(&text, 4000);
    qn_exc_text(&text, &w->x);
    clock_local(w->st, now);
    enum qn_code rc = qn_buf_check(&text, err);
    if (!rc)
        rc = act_part(a, QN_SYSTEM, QN_TO_OFFICE, w->sent.to, err);
    if (rc)
        return rc;
    *id = act_id(a);
    row_start(&row, a, "draw_exc", *id, 1);
    row_int(&row, "draw_id", w->draw_id);
    row_int(&row, "slot_no", w->x.slot);
    row_text(&row, "kind", qn_exc_kind_name(w->x.kind));
    row_text(&row, "object_id", w->x.object);
    row_span(&row, "text", qn_buf_span(&text));
    row_text(&row, "acted_by", w->o->by);
    row_text(&row, "recorded_on", now);
    row_text(&row, "person", w->person);
    row_text(&row, "approved_by", w->o->approved_by);
    row_text(&row, "note", w->o->note);
    rc = act_put(a, &row, err);
    if (!rc)
        rc = act_part(a, QN_PUBLIC, QN_TO_OFFICE, NULL, err);
    if (rc)
        return rc;
    row_start(&row, a, "draw_exc_reason", act_id(a), 1);
    row_int(&row, "draw_id", w->draw_id);
    row_text(&row, "kind", qn_exc_kind_name(w->x.kind));
    row_text(&row, "reason", w->x.reason);
    return act_put(a, &row, err);
}

static enum qn_code put_row(struct act *a, const struct dispatch *d, struct qn_span who,
                            struct qn_err *err)
{
    enum qn_code rc = act_part(a, QN_SYSTEM, QN_TO_OFFICE, d->to, err);
    return rc ? rc : dispatch_put(a, d, who, err);
}

/* SPEC exc-16: "in the entry of the exception, with the `draw_id` of the draw named there"; the rows of all targets of the
 * object to whom others go now are written with it. */
static enum qn_code put_sent(struct act *a, struct work *w, const struct chain_exc *e,
                             struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf who = {0};
    if (w->x.kind == QN_EXC_RETURN)
        return QN_OK;
    if (w->x.kind == QN_EXC_REASSIGN) {
        /* SPEC exc-32: "a new `dispatch` row of the target in a `system` part to the office" */
        struct dispatch d = w->sent;
        d.id = 0;
        qn_text_copy(d.to, sizeof(d.to), qn_str(w->x.next));
        return put_row(a, &d, qn_str(""), err);
    }
    bool is_void = w->x.kind == QN_EXC_VOID;
    size_t object = is_void ? e->next : e->object;
    /* What the parent's supplement changes is sent with its draw; an appointment waits for nobody. */
    if ((w->c.witnessed && w->x.kind != QN_EXC_APPOINT) || object == QN_NOBODY)
        return QN_OK;
    const struct qn_after_visit *v = qn_after_visit(&w->c.after, object);
    enum qn_code rc = chain_visitors(&who, &w->c, object, v ? &v->v : NULL, err);
    for (size_t t = chain_open_target(&w->c, object, 0); !rc && t != CHAIN_NONE;
         t = chain_open_target(&w->c, object, t + 1)) {
        const struct chain_target *of = &w->c.target[t];
        struct dispatch d;
        if (of->by == (size_t)(e - w->c.exc)) {
            dispatch_new(&d, w->st, &w->c.draw[0].o.o, &w->c.draw[0].should, &w->c.listing,
                         &w->ground, of->slot_no - 1u, object);
            d.draw_id = w->draw_id;
            rc = put_row(a, &d, qn_buf_span(&who), err);
            continue;
        }
        char id[QN_OBJECT_ID_MAX + 1];
        qn_text_copy(id, sizeof(id), chain_object(&w->c, object));
        rc = dispatch_read(&d, w->st, store_self(w->st)->office, w->c.draw[of->draw].r.id,
                           of->slot_no, id, err);
        if (rc || qn_span_is(qn_buf_span(&who), d.inspectors))
            continue;
        d.rev++;
        rc = put_row(a, &d, qn_buf_span(&who), err);
    }
    return rc;
}

static enum qn_code write_evidence(struct work *w, int64_t exception, struct qn_err *err)
{
    char now[20];
    struct qn_row row;
    if (!w->o->evidence)
        return QN_OK;
    clock_local(w->st, now);
    QN_AUTO(act) struct act a = {0};
    enum qn_code rc = act_begin(&a, w->st, duty_of(DUTY_EXCEPTION), w->o->by, QN_KIND_RESULT,
                                QN_LANE_RESULT, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
    if (rc)
        return rc;
    row_start(&row, &a, "evidence", act_id(&a), 1);
    row_int(&row, "inspection_id", exception);
    row_text(&row, "kind", "exception");
    row_blob(&row, "digest", w->file.sha256, QN_HASH);
    row_int(&row, "size", (int64_t)w->file.size);
    row_text(&row, "captured_on", now);
    row_text(&row, "acted_by", w->o->by);
    row_text(&row, "media", w->file.media);
    row_blob(&row, "tree", w->file.tree, QN_HASH);
    rc = act_put(&a, &row, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}

static enum qn_code write_entry(struct work *w, const struct chain_exc *e, uint64_t *seq,
                                struct qn_err *err)
{
    int64_t id = 0;
    {
        QN_AUTO(act) struct act a = {0};
        enum qn_code rc =
            act_begin(&a, w->st, duty_of(DUTY_EXCEPTION), w->o->by, QN_KIND_EXC, QN_LANE_DRAW, err);
        if (!rc)
            rc = put_exception(&a, w, &id, err);
        if (!rc)
            rc = put_sent(&a, w, e, err);
        if (!rc)
            rc = act_commit(&a, seq, NULL, err);
        if (rc)
            return rc;
    }
    return write_evidence(w, id, err);
}

static enum qn_code find_evidence(struct work *w, struct qn_err *err)
{
    enum qn_code rc =
        chain_evidence(&w->x.has_evidence, w->x.evidence, &w->c, &w->x, w->draw_id, err);
    if (rc || w->x.has_evidence)
        return rc;
    return qn_fail(err, QN_DENIED,
                   w->o->kind == QN_EXC_RECEIVE ? "exc.not-sent-on" : "exc.not-returned",
                   "draw=%s|object=%s", w->o->draw, w->o->object);
}

/* Why it would not count. */
static enum qn_code counts_fail(const struct work *w, struct qn_err *err)
{
    const char *object = w->o->object;
    switch (w->o->kind) {
    case QN_EXC_APPOINT:
        return qn_fail(err, QN_DENIED, "exc.no-shortage", "object=%s|inspector=%s", object,
                       w->x.inspector);
    case QN_EXC_RETURN:
        return qn_fail(err, QN_DENIED, "exc.not-listed", "object=%s", object);
    case QN_EXC_REASSIGN:
        return qn_fail(err, QN_DENIED, "exc.not-to", "object=%s|office=%s", object, w->x.next);
    case QN_EXC_RECEIVE:
        return qn_fail(err, QN_DENIED, "exc.not-sent-on", "draw=%s|object=%s", w->o->draw, object);
    case QN_EXC_VOID:
    case QN_EXC_ABSENCE:
    case QN_EXC_RECUSAL:
    case QN_EXC_REPLACE:
        break;
    }
    return qn_fail(err, QN_DENIED, "exc.not-sent", "");
}

static enum qn_code record_line(struct exception_line *m, struct work *w, uint8_t slot,
                                struct qn_err *err)
{
    const struct chain_exc *e = NULL;
    w->x.slot = slot;
    if (w->o->kind != QN_EXC_REASSIGN)
        w->x.next[0] = 0;
    enum qn_code rc = w->o->kind == QN_EXC_RECEIVE
                          ? QN_OK
                          : dispatch_read(&w->sent, w->st, store_self(w->st)->office, w->draw_id,
                                          slot, w->o->object, err);
    if (!rc && (w->o->kind == QN_EXC_REASSIGN || w->o->kind == QN_EXC_RECEIVE))
        rc = find_evidence(w, err);
    if (!rc)
        rc = chain_follow(&w->c, &w->x, w->draw_id, &e, err);
    if (!rc && w->person)
        qn_text_copy(w->c.exc[e - w->c.exc].person, sizeof(e->person), qn_str(w->person));
    if (!rc && !e->counts)
        rc = counts_fail(w, err);
    /* SPEC exc-32: "its `draw_exc` row goes to the office that had the target" */
    if (!rc && w->o->kind == QN_EXC_REASSIGN)
        qn_text_copy(w->sent.to, sizeof(w->sent.to), qn_str(e->holder));
    else if (!rc && w->o->kind == QN_EXC_RECEIVE)
        qn_text_copy(w->sent.to, sizeof(w->sent.to), qn_str(store_self(w->st)->office));
    const struct qn_slot_key *key = &w->c.draw[0].o.o.slot[slot - 1];
    /* SPEC exc-7: "An object of type objects that was drawn by lot is not called void in that draw" */
    if (!rc && w->o->kind == QN_EXC_VOID && key->type == QN_OBJECTS &&
        qn_after_by_lot(&w->c.after, slot, e->object))
        rc = qn_fail(err, QN_DENIED, "exc.objects", "task=%s", key->task);
    if (rc)
        return rc;
    w->x = e->x;
    m->slot_no = slot;
    memcpy(m->task, key->task, sizeof(m->task));
    m->exhausted = e->exhausted;
    m->parent_answers = w->c.witnessed && chain_is_answered(&w->c, e);
    qn_text_copy(m->next, sizeof(m->next), qn_str(w->x.next));
    return write_entry(w, e, &m->seq, err);
}

/* The name of whoever is of the frozen roster need not be typed. */
static const char *appointed_person(const struct work *w)
{
    size_t at;
    if (w->o->kind != QN_EXC_APPOINT || w->o->person ||
        !qn_roster_inspector(&w->ground.roster.r, qn_str(w->x.inspector), &at))
        return w->o->person;
    const char *name = w->ground.roster.person[at];
    return name[0] && strlen(name) <= 64 ? name : NULL;
}

enum qn_code exception_record(struct exception_made *out, struct store *st,
                              const struct exception_options *o, struct qn_err *err)
{
    QN_AUTO(work) struct work w = {.st = st, .o = o};
    struct exception_made m = {0};
    enum qn_code rc = check_words(o, err);
    if (!rc)
        rc = check_approver(st, o, err);
    if (!rc)
        rc = open_chain(&w, o->draw, err);
    if (!rc)
        rc = o->kind == QN_EXC_RECEIVE ? find_sent_on(&w, err) : find_targets(&w, err);
    QN_AUTO(tx) struct tx tx = {0};
    if (!rc)
        rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = fill(&w, err);
    if (!rc)
        w.person = appointed_person(&w);
    /* SPEC exc-8: "the office records one for each slot line of the draw in which the object is not void, in one go" */
    do
        rc = rc ? rc : record_line(&m.line[m.n], &w, w.slot[m.n], err);
    while (!rc && ++m.n < w.nslots && is_of_object(o->kind));
    if (!rc)
        rc = tx_commit(&tx, err);
    if (!rc)
        *out = m;
    return rc;
}

/* ---- all visits of one inspector -------------------------------------------------------------------------------- */

static bool names_line(const struct qn_buf *lines, struct qn_span id)
{
    for (size_t at = 0; at < lines->n;) {
        const uint8_t *end = memchr(lines->p + at, '\n', lines->n - at);
        size_t n = (size_t)(end - (lines->p + at));
        if (qn_span_eq((struct qn_span){lines->p + at, n}, id))
            return true;
        at += n + 1;
    }
    return false;
}

enum qn_code exception_visits(struct qn_buf *out, struct store *st, const char *draw,
                              const char *inspector, struct qn_err *err)
{
    QN_AUTO(work) struct work w = {.st = st};
    QN_AUTO(visits) struct visits visits = {.n = 0};
    char id[QN_EXC_ID];
    size_t who;
    enum qn_code rc = open_chain(&w, draw, err);
    size_t at = rc ? CHAIN_NONE : chain_draw_of(&w.c, w.draw_id);
    if (!rc && (at == CHAIN_NONE || !insp_id(id, st, inspector) ||
                !qn_roster_inspector(&w.ground.roster.r, qn_str(id), &who)))
        return qn_fail(err, QN_ABSENT, "exc.not-sent", "");
    if (!rc)
        rc = visits_load(&visits, st, store_self(st)->office, w.draw_id, &w.c.draw[at].o.o, err);
    for (size_t i = 0; !rc && i < w.c.ntargets; i++) {
        const struct chain_target *t = &w.c.target[i];
        const struct qn_after_visit *v = qn_after_visit(&w.c.after, t->object);
        struct qn_span object = chain_object(&w.c, t->object);
        bool sent = false;
        for (unsigned s = 0; v && s < v->v.n; s++)
            sent = sent || (v->v.inspector[s] >= 0 && (size_t)v->v.inspector[s] == who);
        if (!sent || t->draw != at || t->void_by != CHAIN_NONE ||
            visits_has(&visits, object, t->slot_no, INT64_MAX) || names_line(out, object))
            continue;
        qn_put_span(out, object);
        qn_put_str(out, "\n");
    }
    return rc ? rc : qn_buf_check(out, err);
}
