/* write.c - the DRAW entry: the result and its list upward only, the pairs and each target to whom it concerns. */
#include "node/draw/write.h"

#include <stdlib.h>
#include <string.h>

#include "node/draw/dispatch.h"
#include "node/store/act.h"

/* An entry's parts together stay below these; what does not fit goes on in a further DRAW entry of the same
 * transaction. Below QN_PART_ROWS and QN_PART_MAX with room for the changeset's own bytes.              */
#define ENTRY_ROWS  4500u
#define ENTRY_BYTES (700u * 1024u)
#define ROW_BYTES   64u /* keys, column types and lengths of one row, rounded up */

struct writer {
    struct store *st;
    struct act act;
    const struct qn_head_ref *seen;
    size_t rows, bytes;
    unsigned entries;
    uint64_t first_seq;
    uint8_t first_leaf[QN_HASH];
};

static void writer_auto(struct writer *w)
{
    act_end(&w->act);
}

static enum qn_code writer_open(struct writer *w, struct qn_err *err)
{
    enum qn_code rc =
        act_begin(&w->act, w->st, duty_of(DUTY_DRAW), NULL, QN_KIND_DRAW, QN_LANE_DRAW, err);
    if (rc || strcmp(w->seen->origin, store_origin(w->st)) == 0) /* the root office's own order */
        return rc;
    return act_dep(&w->act, w->seen->origin, w->seen->size, w->seen->root, err);
}

static enum qn_code writer_close(struct writer *w, struct qn_err *err)
{
    uint64_t seq;
    uint8_t leaf[QN_HASH];
    enum qn_code rc = act_commit(&w->act, &seq, leaf, err);
    if (rc)
        return rc;
    if (w->entries++ == 0) {
        w->first_seq = seq;
        memcpy(w->first_leaf, leaf, QN_HASH);
    }
    w->rows = w->bytes = 0;
    return QN_OK;
}

/* Makes room for a row of n bytes of text, in this entry or a new one, and goes to its part. */
static enum qn_code writer_row(struct writer *w, size_t n, enum qn_audience audience,
                               const char *to, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    if (w->rows && (w->rows + 1 > ENTRY_ROWS || w->bytes + n + ROW_BYTES > ENTRY_BYTES)) {
        rc = writer_close(w, err);
        if (!rc)
            rc = writer_open(w, err);
    }
    w->rows++;
    w->bytes += n + ROW_BYTES;
    return rc ? rc : act_part(&w->act, audience, QN_TO_OFFICE, to, err);
}

/* ---- result and selected list --------------------------------------------------------------------------------- */

static enum qn_code result_text(struct qn_buf *text, struct store *st, const struct draw_job *j,
                                const struct ground *g, const struct qn_head_ref *seen,
                                const uint8_t (*salt)[16], struct qn_err *err)
{
    struct qn_result *r = calloc(1, sizeof(*r));
    if (!r)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    memcpy(r->origin, store_origin(st), sizeof(r->origin));
    memcpy(r->order.origin, j->order.log.origin, sizeof(r->order.origin));
    r->order.index = j->order.seq;
    memcpy(r->order_id, j->order.o.id, QN_HASH);
    memcpy(r->freeze.origin, g->log.origin, sizeof(r->freeze.origin));
    r->freeze.index = g->seq;
    memcpy(r->freeze.leaf, g->leaf, QN_HASH);
    r->seen = *seen;
    r->has_beacon = j->beacon[0] != 0;
    memcpy(r->beacon, j->beacon, sizeof(r->beacon));
    r->nvrf = j->order.o.nkeys;
    for (unsigned i = 0; i < r->nvrf; i++) {
        memcpy(r->vrf[i].pk, j->order.o.vrf[i], QN_PUBKEY);
        memcpy(r->vrf[i].pi, j->pi[i], QN_VRF_PROOF);
    }
    enum qn_code rc = QN_OK;
    /* SPEC texts-18: "A slot of type pairs has neither stratum nor selected line" */
    for (unsigned i = 0; !rc && !j->r.nlisted && i < j->r.nslots; i++) {
        const struct qn_selection *sel = &j->r.sel[i];
        struct qn_selected_line *line = &r->selected[r->nselected++];
        memcpy(r->stratum + r->nstrata, sel->stratum, sel->nstrata * sizeof(r->stratum[0]));
        r->nstrata += sel->nstrata;
        line->slot = (uint8_t)(i + 1);
        line->count = sel->npicks;
        rc = qn_selected_root(line->root, sel, &g->roster.r, salt, err);
        salt += sel->npicks;
    }
    if (!rc)
        qn_result_text(text, r);
    free(r);
    return rc ? rc : qn_buf_check(text, err);
}

static enum qn_code put_one(struct writer *w, const struct qn_pick *p, unsigned slot_no,
                            struct qn_span id, int64_t draw_id, const uint8_t salt[16],
                            struct qn_err *err)
{
    struct qn_row row;
    enum qn_code rc = writer_row(w, id.n + 16, QN_PUBLIC, NULL, err);
    if (rc)
        return rc;
    row_start(&row, &w->act, "draw_selected", act_id(&w->act), 1);
    row_int(&row, "draw_id", draw_id);
    row_int(&row, "slot_no", slot_no);
    row_span(&row, "object_id", id);
    row_int(&row, "mode", (int64_t)p->mode);
    row_blob(&row, "salt", salt, 16);
    return act_put(&w->act, &row, err);
}

static enum qn_code put_selected(struct writer *w, const struct draw_job *j, const struct ground *g,
                                 int64_t draw_id, const uint8_t (*salt)[16], struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (unsigned s = 0; !j->r.nlisted && s < j->r.nslots; s++)
        for (size_t i = 0; !rc && i < j->r.sel[s].npicks; i++, salt++) {
            const struct qn_pick *p = &j->r.sel[s].pick[i];
            rc = put_one(w, p, s + 1, g->roster.r.object[p->object].id, draw_id, *salt, err);
        }
    return rc;
}

/* ---- pairs and dispatch ------------------------------------------------------------------------------------------ */

static enum qn_code put_pairs(struct writer *w, const struct draw_job *j, const struct ground *g,
                              int64_t draw_id, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    struct qn_row row;
    qn_buf_init(&text, QN_TEXT_MAX);
    struct qn_roster over = replay_roster(&j->r, &g->roster.r);
    enum qn_code rc =
        qn_pairs_text(&text, qn_str(store_origin(w->st)), j->order.o.id, &j->r.pairs, &over, err);
    if (!rc)
        rc = qn_buf_check(&text, err);
    if (!rc)
        rc = writer_row(w, text.n, QN_SYSTEM, NULL, err);
    if (rc)
        return rc;
    row_start(&row, &w->act, "draw_pairs", act_id(&w->act), 1);
    row_int(&row, "draw_id", draw_id);
    row_span(&row, "text", qn_buf_span(&text));
    return act_put(&w->act, &row, err);
}

static enum qn_code put_attendance(struct writer *w, const struct draw_people *p, int64_t draw_id,
                                   struct qn_err *err)
{
    struct qn_row row;
    enum qn_code rc =
        writer_row(w, strlen(p->operator_name) + strlen(p->observers), QN_SYSTEM, NULL, err);
    if (rc)
        return rc;
    row_start(&row, &w->act, "draw_attendance", act_id(&w->act), 1);
    row_int(&row, "draw_id", draw_id);
    row_text(&row, "operator", p->operator_name);
    row_text(&row, "observers", p->observers);
    return act_put(&w->act, &row, err);
}

/* One slot's target at pick i. */
static enum qn_code put_dispatch(struct writer *w, const struct draw_job *j, const struct ground *g,
                                 unsigned slot, size_t i, int64_t draw_id, struct qn_err *err)
{
    const struct qn_pick *p = &j->r.sel[slot].pick[i];
    struct dispatch d;
    dispatch_new(&d, w->st, &j->order.o, &j->r, &j->listing, g, slot, p->object);
    d.draw_id = draw_id;
    QN_AUTO(qn_buf) struct qn_buf who = {0};
    enum qn_code rc = dispatch_visitors(&who, replay_visit(&j->r, p->object), g, err);
    if (!rc)
        rc = writer_row(w, DISPATCH_BYTES, QN_SYSTEM, d.to, err);
    return rc ? rc : dispatch_put(&w->act, &d, qn_buf_span(&who), err);
}

/* SPEC exc-16: "its `dispatch` row gets its next revision, in which only `inspectors` differs, in the entry that says so" */
static enum qn_code put_changed(struct writer *w, const struct draw_job *j, const struct ground *g,
                                const struct draw_change *change, struct qn_err *err)
{
    struct dispatch d;
    char object[QN_OBJECT_ID_MAX + 1];
    struct qn_roster over = replay_roster(&j->r, &g->roster.r);
    qn_text_copy(object, sizeof(object), over.object[change->object].id);
    enum qn_code rc = dispatch_read(&d, w->st, store_self(w->st)->office, change->draw_id,
                                    change->slot_no, object, err);
    if (!rc && strcmp(change->who, d.inspectors) == 0)
        return QN_OK;
    if (!rc)
        rc = writer_row(w, DISPATCH_BYTES, QN_SYSTEM, d.to, err);
    d.rev++;
    return rc ? rc : dispatch_put(&w->act, &d, qn_str(change->who), err);
}

/* ---- the act -------------------------------------------------------------------------------------------------------- */

static void count(struct draw_made *m, const struct replay *r)
{
    for (unsigned s = 0; r->nlisted && s < r->nslots; s++)
        m->listed += r->sel[s].npicks;
    for (unsigned s = 0; !r->nlisted && s < r->nslots; s++)
        for (size_t i = 0; i < r->sel[s].npicks; i++)
            *(r->sel[s].pick[i].mode == QN_MUST ? &m->must : &m->lot) += 1;
    for (size_t i = 0; r->paired && i < r->pairs.nvisits; i++)
        for (unsigned s = 0; s < r->pairs.visit[i].n; s++) {
            m->unfilled += r->pairs.visit[i].inspector[s] < 0;
            m->overcap += r->pairs.visit[i].overcap[s];
        }
}

static enum qn_code write_all(struct writer *w, struct draw_made *m, const struct draw_job *j,
                              const struct ground *g, const uint8_t (*salt)[16], struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    struct qn_row row;
    qn_buf_init(&text, QN_NOTE_MAX);
    enum qn_code rc = result_text(&text, w->st, j, g, w->seen, salt, err);
    if (!rc)
        rc = writer_open(w, err);
    if (!rc)
        rc = writer_row(w, text.n, QN_PUBLIC, NULL, err);
    if (rc)
        return rc;
    m->id = act_id(&w->act);
    row_start(&row, &w->act, "draw_result", m->id, 1);
    row_text(&row, "order_origin", j->order.log.origin);
    row_int(&row, "order_seq", (int64_t)j->order.seq);
    row_span(&row, "text", qn_buf_span(&text));
    rc = act_put(&w->act, &row, err);
    if (!rc)
        rc = put_selected(w, j, g, m->id, salt, err);
    if (!rc && j->people.operator_name)
        rc = put_attendance(w, &j->people, m->id, err);
    if (!rc && j->r.paired)
        rc = put_pairs(w, j, g, m->id, err);
    for (unsigned s = 0; s < j->r.nslots; s++)
        for (size_t i = 0; !rc && i < j->r.sel[s].npicks; i++)
            rc = put_dispatch(w, j, g, s, i, m->id, err);
    for (size_t i = 0; !rc && i < j->nchanged; i++)
        rc = put_changed(w, j, g, &j->changed[i], err);
    return rc ? rc : writer_close(w, err);
}

enum qn_code draw_write(struct draw_made *out, struct store *st, const struct draw_job *job,
                        const struct ground *g, struct qn_err *err)
{
    struct qn_head_ref seen;
    struct draw_made m = {0};
    struct log parent;
    enum qn_code rc = log_find(&parent, st, job->order.log.origin, err);
    if (rc)
        return rc;
    memcpy(seen.origin, parent.origin, sizeof(seen.origin));
    seen.size = parent.verified;
    rc = log_root(st, &parent, parent.verified, seen.root, err);
    if (rc)
        return rc;
    uint8_t(*salt)[16] = calloc(replay_picks(&job->r) + 1, sizeof(*salt));
    if (!salt)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    size_t at = 0;
    for (unsigned s = 0; !job->r.nlisted && s < job->r.nslots; s++)
        for (size_t i = 0; i < job->r.sel[s].npicks; i++) {
            const struct qn_pick *p = &job->r.sel[s].pick[i];
            qn_selected_salt(salt[at++], p->mode, g->roster.r.object[p->object].id, g->salt_key);
        }
    QN_AUTO(tx) struct tx tx = {0};
    QN_AUTO(writer) struct writer w = {.st = st, .seen = &seen};
    rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = write_all(&w, &m, job, g, (const uint8_t(*)[16])salt, err);
    free(salt);
    if (!rc)
        rc = tx_commit(&tx, err);
    if (rc)
        return rc;
    m.seq = w.first_seq;
    memcpy(m.leaf, w.first_leaf, QN_HASH);
    m.entries = w.entries;
    count(&m, &job->r);
    *out = m;
    return QN_OK;
}
