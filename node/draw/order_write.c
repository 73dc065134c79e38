/* order_write.c - an order, signed and logged. */
#include "node/draw/order.h"
#include "node/store/act.h"

static enum qn_code sign_note(struct qn_buf *note, struct store *st, const struct qn_order *o,
                              struct qn_err *err)
{
    const struct keys *keys;
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    struct qn_order again;
    qn_buf_init(&text, QN_NOTE_MAX);
    qn_order_text(&text, o);
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc)
        rc = qn_buf_check(&text, err);
    if (!rc) /* what a drawer could not read is never signed */
        rc = qn_order_parse(&again, qn_buf_span(&text), err);
    if (rc)
        return rc;
    qn_put_span(note, qn_buf_span(&text));
    qn_put_str(note, "\n");
    qn_note_sign(note, qn_buf_span(&text), qn_str(store_origin(st)), keys_log_sk(keys));
    return qn_buf_check(note, err);
}

static enum qn_code put_slot(struct act *a, const struct qn_order *o, const struct qn_slot_key *key,
                             const char *drawer, struct qn_span note, struct qn_err *err)
{
    struct qn_row row;
    row_start(&row, a, "draw_order", act_id(a), 1);
    row_text(&row, "drawer", drawer);
    row_text(&row, "issuer", key->issuer);
    row_text(&row, "series", key->series);
    row_text(&row, "task", key->task);
    row_int(&row, "round", key->round);
    row_text(&row, "type", qn_slot_type_name(key->type));
    row_int(&row, "attempt", o->attempt);
    row_int(&row, "supp", o->supp);
    row_span(&row, "note", note);
    return act_put(a, &row, err);
}

enum qn_code order_write(struct store *st, const struct qn_order *o, const char *drawer,
                         const struct qn_head_ref *rests_on, uint64_t *seq, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf note = {0};
    qn_buf_init(&note, QN_NOTE_MAX);
    QN_AUTO(act) struct act a = {0};
    enum qn_code rc = sign_note(&note, st, o, err);
    if (!rc)
        rc = act_begin(&a, st, duty_of(DUTY_ORDER), NULL, QN_KIND_ORDER, QN_LANE_DRAW, err);
    if (!rc && rests_on)
        rc = act_dep(&a, rests_on->origin, rests_on->size, rests_on->root, err);
    if (!rc)
        rc = act_part(&a, QN_PUBLIC, QN_TO_OFFICE, drawer, err);
    for (unsigned k = 0; !rc && k < o->nslots; k++)
        rc = put_slot(&a, o, &o->slot[k], drawer, qn_buf_span(&note), err);
    return rc ? rc : act_commit(&a, seq, NULL, err);
}
