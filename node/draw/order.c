#include "node/draw/order.h"

#include <stdlib.h>
#include <string.h>

#include "node/draw/freeze.h"
#include "node/draw/room.h"
#include "node/store/tree.h"

#define ORDERS_MAX 1000000 /* a province's orders of many years */

void order_release(struct order *o)
{
    qn_buf_release(&o->note);
}

/* The entry: an ORDER with exactly one part, to the office in its `office` line. */
static enum qn_code read_entry(struct order *o, struct store *st, const char *origin,
                               struct qn_err *err)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    enum qn_code rc = log_find(&o->log, st, origin, err);
    if (!rc)
        rc = log_entry_get(&e, st, &o->log, o->seq, err);
    if (rc)
        return rc;
    memcpy(o->leaf, e.leaf, QN_HASH);
    if (e.h.kind != QN_KIND_ORDER || e.h.nparts != 1 || e.h.part[0].reach != QN_TO_OFFICE ||
        !qn_text_copy(o->drawer, sizeof(o->drawer), e.h.part[0].to))
        return qn_fail(err, QN_MALFORMED, "order.entry", "log=%s|seq=%llu", origin,
                       (unsigned long long)o->seq);
    o->part = 0;
    return QN_OK;
}

struct columns {
    char drawer[QN_CODE_MAX + 1];
    struct qn_slot_key key;
    uint32_t attempt, supp;
};

static bool read_columns(struct columns *c, struct query *q)
{
    c->key.round = q_u32(q, 5);
    c->attempt = q_u32(q, 7);
    c->supp = q_u32(q, 8);
    return qn_text_copy(c->drawer, sizeof(c->drawer), q_span(q, 1)) &&
           qn_text_copy(c->key.issuer, sizeof(c->key.issuer), q_span(q, 2)) &&
           qn_text_copy(c->key.series, sizeof(c->key.series), q_span(q, 3)) &&
           qn_text_copy(c->key.task, sizeof(c->key.task), q_span(q, 4)) &&
           slot_type_parse(&c->key.type, q_span(q, 6));
}

/* The rows of one entry: one for each slot line, in that order, all with the one note. */
struct rows {
    struct columns at[QN_ORDER_SLOTS];
    unsigned n;
    bool odd; /* more rows than slots can be, another note, or columns that are none */
};

static enum qn_code read_rows(struct order *o, struct rows *r, struct store *st, struct qn_err *err)
{
    int64_t from, to;
    entry_ids(&from, &to, o->log.epoch, o->seq);
    QN_AUTO(query) struct query q = query_start(st, SQL_ORDER_AT);
    q_bind_text(&q, o->log.office);
    q_bind_int(&q, from);
    q_bind_int(&q, to);
    while (q_step(&q)) {
        if (!o->note.n) {
            o->id = q_int(&q, 0);
            qn_put_span(&o->note, q_span(&q, 9));
        }
        r->odd = r->odd || r->n == QN_ORDER_SLOTS ||
                 !qn_span_eq(q_span(&q, 9), qn_buf_span(&o->note)) ||
                 !read_columns(&r->at[r->n], &q);
        r->n += r->n < QN_ORDER_SLOTS;
    }
    return query_end(&q, err);
}

/* SPEC verdicts-31: "one `draw_order` row for each slot line, in their order, all with the same note" */
static bool rows_fit(const struct rows *r, const struct order *o, const char *origin)
{
    bool fit = !r->odd && r->n == o->o.nslots && strcmp(o->o.parent, origin) == 0 &&
               strcmp(o->o.office, o->drawer) == 0;
    for (unsigned i = 0; fit && i < r->n; i++)
        fit = strcmp(o->o.office, r->at[i].drawer) == 0 &&
              slot_key_same(&o->o.slot[i], &r->at[i].key) && o->o.attempt == r->at[i].attempt &&
              o->o.supp == r->at[i].supp;
    return fit;
}

enum qn_code order_read(struct order *out, struct store *st, const char *origin, uint64_t seq,
                        struct qn_err *err)
{
    QN_AUTO(order) struct order o = {.seq = seq};
    struct rows *r = calloc(1, sizeof(*r));
    if (!r)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    qn_buf_init(&o.note, QN_NOTE_MAX);
    enum qn_code rc = read_entry(&o, st, origin, err);
    if (!rc)
        rc = read_rows(&o, r, st, err);
    if (!rc && !r->n)
        rc = qn_fail(err, QN_ABSENT, "order.unknown", "log=%s|seq=%llu", origin,
                     (unsigned long long)seq);
    if (!rc)
        rc = qn_buf_check(&o.note, err);
    struct qn_note note;
    if (!rc)
        rc = qn_note_parse(&note, qn_buf_span(&o.note), err);
    if (!rc)
        rc = qn_order_parse(&o.o, note.text, err);
    if (!rc && !rows_fit(r, &o, origin))
        rc = qn_fail(err, QN_MALFORMED, "order.columns", "log=%s|seq=%llu", origin,
                     (unsigned long long)seq);
    free(r);
    if (rc)
        return rc;
    *out = o;
    o.note = (struct qn_buf){.max = QN_NOTE_MAX};
    return QN_OK;
}

enum qn_code order_check_signature(const struct order *o, struct store *st, struct qn_err *err)
{
    struct qn_cert parent;
    struct qn_note note;
    enum qn_code rc = tree_cert_at(&parent, st, o->log.office, o->log.epoch, err);
    if (!rc)
        rc = qn_note_parse(&note, qn_buf_span(&o->note), err);
    return rc ? rc : qn_note_verify(&note, qn_str(o->log.origin), parent.log, err);
}

/* ---- lists ------------------------------------------------------------------------------------------------------- */

bool order_same_slot(const struct order_line *a, const struct order_line *b)
{
    return slot_key_same(&a->key, &b->key) && a->supp == b->supp &&
           strcmp(a->drawer, b->drawer) == 0;
}

bool order_same_place(const struct order_line *a, const struct order_line *b)
{
    return a->seq == b->seq && strcmp(a->origin, b->origin) == 0;
}

void order_lines_free(struct order_lines *l)
{
    free(l->at);
    *l = (struct order_lines){0};
}

/* SPEC verdicts-20: "its row's office is the parent of the drawer, the note's origin is the log that holds it, and
 * the note's signature holds under the certified log key of that log" */
static bool is_genuine(const struct order_line *line, struct store *st, const struct qn_order *o,
                       const struct qn_note *note, uint16_t epoch)
{
    char parent[QN_CODE_MAX + 1];
    struct qn_cert cert;
    struct qn_err none;
    if (!tree_parent(st, line->drawer, parent))
        memcpy(parent, line->drawer, sizeof(parent));
    return strcmp(o->parent, line->origin) == 0 && strcmp(o->office, line->drawer) == 0 &&
           strcmp(parent, line->parent) == 0 &&
           tree_cert_at(&cert, st, line->parent, epoch, &none) == QN_OK &&
           qn_note_verify(note, qn_str(line->origin), cert.log, &none) == QN_OK;
}

/* The slot line that a row of the order stands for. */
static bool find_slot(struct order_line *line, const struct qn_order *o, struct query *q)
{
    for (unsigned i = 0; i < o->nslots && !line->slot_no; i++) {
        const struct qn_slot_key *k = &o->slot[i];
        if (qn_span_is(q_span(q, 6), k->issuer) && qn_span_is(q_span(q, 7), k->series) &&
            qn_span_is(q_span(q, 8), k->task) && q_int(q, 9) == k->round &&
            qn_span_is(q_span(q, 10), qn_slot_type_name(k->type))) {
            line->slot_no = i + 1;
            line->key = *k;
        }
    }
    line->nslots = o->nslots;
    order_slots_name(line->slots, o);
    return line->slot_no > 0;
}

static bool line_from_row(struct order_line *line, struct store *st, struct query *q)
{
    struct qn_note note;
    struct qn_order o;
    struct qn_err inner;
    uint16_t epoch, n;
    *line = (struct order_line){.id = q_int(q, 0), .draw_id = q_int(q, 4)};
    if (!qn_text_copy(line->parent, sizeof(line->parent), q_span(q, 1)) ||
        !qn_text_copy(line->drawer, sizeof(line->drawer), q_span(q, 2)) ||
        !qn_text_copy(line->origin, sizeof(line->origin), q_span(q, 5)))
        return false;
    qn_row_id_split(line->id, &epoch, &line->seq, &n);
    if (qn_note_parse(&note, q_span(q, 3), &inner) != QN_OK ||
        qn_order_parse(&o, note.text, &inner) != QN_OK)
        return true;
    if (!find_slot(line, &o, q))
        return true;
    line->genuine = is_genuine(line, st, &o, &note, epoch);
    line->attempt = o.attempt;
    line->supp = o.supp;
    line->level = o.level;
    memcpy(line->nonce, o.nonce, sizeof(line->nonce));
    memcpy(line->order_id, o.id, sizeof(line->order_id));
    memcpy(line->window_from, o.window_from, sizeof(line->window_from));
    memcpy(line->window_to, o.window_to, sizeof(line->window_to));
    return true;
}

static enum qn_code list_lines(struct order_lines *out, struct store *st, const char *drawer,
                               bool unreadable, struct qn_err *err)
{
    QN_AUTO(order_lines) struct order_lines l = {0};
    size_t cap = 0;
    QN_AUTO(query) struct query q = query_start(st, SQL_ORDERS);
    q_bind_text(&q, drawer);
    while (q_step(&q)) {
        enum qn_code full = room_for_one((void *)&l.at, l.n, &cap, sizeof(*l.at), ORDERS_MAX, err);
        if (full)
            return full;
        l.n += line_from_row(&l.at[l.n], st, &q) && (unreadable || l.at[l.n].key.round);
    }
    enum qn_code rc = query_end(&q, err);
    if (rc)
        return rc;
    *out = l;
    l = (struct order_lines){0};
    return QN_OK;
}

enum qn_code order_list(struct order_lines *out, struct store *st, const char *drawer,
                        struct qn_err *err)
{
    return list_lines(out, st, drawer, false, err);
}

enum qn_code order_list_all(struct order_lines *out, struct store *st, struct qn_err *err)
{
    return list_lines(out, st, NULL, true, err);
}
