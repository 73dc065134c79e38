#include "qian/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/wire.h"

static const struct {
    const char *name;
    enum qn_kind kind;
} entries[QN_EV_ENTRIES] = {
    [QN_EV_ORDER] = {"ORDER", QN_KIND_ORDER},
    [QN_EV_FREEZE] = {"FREEZE", QN_KIND_FREEZE},
    [QN_EV_DRAW] = {"DRAW", QN_KIND_DRAW},
};

const char *qn_ev_name(enum qn_ev which)
{
    return which < QN_EV_ENTRIES ? entries[which].name : "?";
}

void qn_evidence_release(struct qn_evidence *e)
{
    qn_freeze_release(&e->freeze);
    free(e->more);
    free(e->selected);
    *e = (struct qn_evidence){0};
}

/* ---- 1: form ------------------------------------------------------------------------------------ */

static enum qn_code take(struct qn_span *in, enum qn_frame_type want, struct qn_span *payload,
                         enum qn_ev which, struct qn_err *err)
{
    enum qn_frame_type type;
    size_t need;
    struct qn_err inner;
    if (qn_frame_take(in, &type, payload, &need, &inner) != QN_OK || type != want)
        return qn_fail(err, QN_MALFORMED, "evidence.frames", "entry=%s", qn_ev_name(which));
    return QN_OK;
}

/* SPEC site-7: "the entries stand in the order ORDER, FREEZE, DRAW, further DRAW entries of the same log
 * by seq, each as one HEADER frame and one PART frame" */
static enum qn_code split_entry(struct qn_ev_entry *out, struct qn_header *h, struct qn_span *in,
                                enum qn_ev which, struct qn_err *err)
{
    struct qn_span head, part;
    char deployment[QN_DEPLOYMENT_MAX + 1];
    enum qn_code rc = take(in, QN_FRAME_HEADER, &head, which, err);
    if (!rc)
        rc = take(in, QN_FRAME_PART, &part, which, err);
    if (rc)
        return rc;
    struct qn_err inner;
    if (head.n <= QN_SIG || qn_part_frame_decode(&out->part, part, &inner) != QN_OK)
        return qn_fail(err, QN_MALFORMED, "evidence.frames", "entry=%s", qn_ev_name(which));
    out->sig = head.p;
    out->header = (struct qn_span){head.p + QN_SIG, head.n - QN_SIG};
    qn_leaf_hash(out->leaf, out->header);
    rc = qn_header_decode(h, out->header, err);
    if (!rc)
        rc = qn_origin_parse(h->origin, deployment, out->office, &out->epoch, err);
    if (rc)
        return rc;
    out->seq = h->seq;
    if (!qn_text_copy(out->origin, sizeof(out->origin), h->origin) ||
        h->kind != entries[which].kind || !qn_span_eq(out->part.origin, h->origin) ||
        out->part.seq != h->seq || out->part.part >= h->nparts)
        return qn_fail(err, QN_MALFORMED, "evidence.frames", "entry=%s", qn_ev_name(which));
    return QN_OK;
}

static enum qn_code split_more(struct qn_evidence *e, struct qn_header *h, struct qn_span *in,
                               struct qn_err *err)
{
    struct qn_ev_entry one = {0};
    enum qn_code rc = split_entry(&one, h, in, QN_EV_DRAW, err);
    const struct qn_ev_entry *last = e->nmore ? &e->more[e->nmore - 1] : &e->entry[QN_EV_DRAW];
    if (!rc &&
        (e->nmore == QN_EV_MORE || strcmp(one.origin, last->origin) != 0 || one.seq <= last->seq))
        rc = qn_fail(err, QN_MALFORMED, "evidence.frames", "entry=%s", qn_ev_name(QN_EV_DRAW));
    if (rc)
        return rc;
    struct qn_ev_entry *p = realloc(e->more, (e->nmore + 1) * sizeof(*p));
    if (!p)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    e->more = p;
    e->more[e->nmore++] = one;
    return QN_OK;
}

enum qn_code qn_evidence_split(struct qn_evidence *out, struct qn_span frames, struct qn_err *err)
{
    struct qn_evidence made = {0};
    struct qn_header *h = malloc(sizeof(*h)); /* 20 KB: not for a small stack */
    enum qn_code rc = h ? QN_OK : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (int i = 0; !rc && i < QN_EV_ENTRIES; i++)
        rc = split_entry(&made.entry[i], h, &frames, (enum qn_ev)i, err);
    while (!rc && frames.n)
        rc = split_more(&made, h, &frames, err);
    free(h);
    if (rc)
        qn_evidence_release(&made);
    else
        *out = made;
    return rc;
}

/* ---- 2, 3: signature and commitment ------------------------------------------------------------- */

static bool is_signed(const struct qn_ev_entry *x, const struct qn_cert *signer, const char *origin)
{
    struct qn_err inner;
    return strcmp(origin, x->origin) == 0 &&
           qn_header_verify(x->header, x->sig, signer->log, &inner) == QN_OK;
}

enum qn_code qn_evidence_signed(const struct qn_evidence *e, enum qn_ev which,
                                const struct qn_cert *signer, struct qn_err *err)
{
    const struct qn_ev_entry *x = &e->entry[which];
    char origin[QN_ORIGIN_MAX + 1];
    qn_cert_origin(origin, signer);
    bool sound = is_signed(x, signer, origin);
    for (size_t i = 0; sound && which == QN_EV_DRAW && i < e->nmore; i++)
        sound = is_signed(&e->more[i], signer, origin);
    if (!sound)
        return qn_fail(err, QN_UNVERIFIED, "evidence.signature", "entry=%s|log=%s",
                       qn_ev_name(which), x->origin);
    return QN_OK;
}

static enum qn_code decode_header(struct qn_header **out, const struct qn_ev_entry *x,
                                  struct qn_err *err)
{
    struct qn_header *h = malloc(sizeof(*h));
    if (!h)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    enum qn_code rc = qn_header_decode(h, x->header, err);
    if (rc)
        free(h);
    else
        *out = h;
    return rc;
}

static enum qn_code committed(const struct qn_ev_entry *x, enum qn_ev which, struct qn_err *err)
{
    struct qn_header *h = NULL;
    enum qn_code rc = decode_header(&h, x, err);
    struct qn_err inner;
    if (!rc &&
        (h->part[x->part.part].audience != QN_PUBLIC ||
         qn_part_check(&h->part[x->part.part], x->part.salt, x->part.stored, &inner) != QN_OK))
        rc = qn_fail(err, QN_UNVERIFIED, "evidence.commitment", "entry=%s", qn_ev_name(which));
    free(h);
    return rc;
}

enum qn_code qn_evidence_committed(const struct qn_evidence *e, enum qn_ev which,
                                   struct qn_err *err)
{
    enum qn_code rc = committed(&e->entry[which], which, err);
    for (size_t i = 0; !rc && which == QN_EV_DRAW && i < e->nmore; i++)
        rc = committed(&e->more[i], which, err);
    return rc;
}

/* ---- 4: rows and texts -------------------------------------------------------------------------- */

struct reading {
    struct qn_evidence *e;
    enum qn_ev which;
    const struct qn_header *h;
    const struct qn_cert *signer;
    size_t texts, cap;
    int64_t draw_id; /* of the result */
};

static const struct qn_value *column(const struct qn_row *row, const char *name)
{
    unsigned i = 0;
    while (i < row->table->ncols && strcmp(row->table->col[i].name, name) != 0)
        i++;
    return &row->col[i < row->table->ncols ? i : 0];
}

static enum qn_code bad_row(const struct reading *r, const struct qn_row *row, struct qn_err *err)
{
    return qn_fail(err, QN_MALFORMED, "evidence.row", "entry=%s|table=%s", qn_ev_name(r->which),
                   row->table->name);
}

static enum qn_code take_selected(struct reading *r, const struct qn_row *row, struct qn_err *err)
{
    struct qn_evidence *e = r->e;
    const struct qn_value *slot = column(row, "slot_no"), *mode = column(row, "mode"),
                          *salt = column(row, "salt");
    struct qn_span id = column(row, "object_id")->s;
    if (slot->i < 1 || slot->i > QN_ORDER_SLOTS || (mode->i != QN_MUST && mode->i != QN_LOT) ||
        salt->s.n != QN_SALT16 || !id.n || id.n > QN_OBJECT_ID_MAX)
        return bad_row(r, row, err);
    if (e->nselected == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 64;
        struct qn_ev_selected *p = realloc(e->selected, cap * sizeof(*p));
        if (!p)
            return qn_fail(err, QN_NOMEM, "base.no-memory", "");
        e->selected = p;
        r->cap = cap;
    }
    e->selected[e->nselected++] = (struct qn_ev_selected){.slot = (uint8_t)slot->i,
                                                          .mode = (enum qn_picked)mode->i,
                                                          .draw_id = column(row, "draw_id")->i,
                                                          .object_id = id,
                                                          .salt = salt->s.p};
    return QN_OK;
}

static enum qn_code take_row(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    struct reading *r = ctx;
    enum qn_code rc = qn_authorise(row, r->h, r->signer, err);
    if (rc)
        return rc;
    struct qn_span *text = NULL;
    const char *name = "text";
    if (r->which == QN_EV_ORDER && strcmp(row->table->name, "draw_order") == 0) {
        text = &r->e->note_bytes;
        name = "note";
    } else if (r->which == QN_EV_FREEZE && strcmp(row->table->name, "draw_freeze") == 0)
        text = &r->e->freeze_text;
    else if (r->which == QN_EV_DRAW && strcmp(row->table->name, "draw_result") == 0)
        text = &r->e->result_text;
    else if (r->which == QN_EV_DRAW && strcmp(row->table->name, "draw_selected") == 0)
        return take_selected(r, row, err);
    else
        return bad_row(r, row, err);
    struct qn_span found = column(row, name)->s;
    /* A joint order has a row for each slot, all with the one note. */
    if (r->texts++ && (r->which != QN_EV_ORDER || !qn_span_eq(*text, found)))
        return bad_row(r, row, err);
    *text = found;
    if (r->which == QN_EV_DRAW)
        r->draw_id = row->col[1].i;
    return QN_OK;
}

static enum qn_code read_entry(struct reading *r, const struct qn_ev_entry *x, struct qn_err *err)
{
    struct qn_header *h = NULL;
    const struct qn_registry *reg;
    uint32_t rows;
    enum qn_code rc = decode_header(&h, x, err);
    if (!rc)
        rc = qn_registry_get(&reg, h->schema, err);
    if (!rc && memcmp(reg->hash, h->schema_hash, QN_HASH) != 0)
        rc = qn_fail(err, QN_UNVERIFIED, "evidence.schema", "entry=%s|version=%u",
                     qn_ev_name(r->which), h->schema);
    r->h = h;
    if (!rc) {
        struct qn_change_limits limits = {
            .registry = reg, .lane = h->lane, .audience = QN_PUBLIC, .rows_max = QN_PART_ROWS};
        rc = qn_change_read(x->part.stored, &limits, take_row, r, &rows, err);
    }
    free(h);
    return rc;
}

/* SPEC verdicts-6: "The list is the `draw_selected` rows of a `draw_id`" */
static void keep_own(struct qn_evidence *e, int64_t draw_id)
{
    size_t kept = 0;
    for (size_t i = 0; i < e->nselected; i++)
        if (e->selected[i].draw_id == draw_id)
            e->selected[kept++] = e->selected[i];
    e->nselected = kept;
}

static enum qn_code read_entries(struct qn_evidence *e, enum qn_ev which,
                                 const struct qn_cert *signer, struct qn_err *err)
{
    struct reading r = {.e = e, .which = which, .signer = signer};
    enum qn_code rc = read_entry(&r, &e->entry[which], err);
    for (size_t i = 0; !rc && which == QN_EV_DRAW && i < e->nmore; i++)
        rc = read_entry(&r, &e->more[i], err);
    if (!rc && !r.texts)
        rc =
            qn_fail(err, QN_MALFORMED, "evidence.row", "entry=%s|table=%s", qn_ev_name(which), "-");
    if (!rc && which == QN_EV_DRAW)
        keep_own(e, r.draw_id);
    if (which == QN_EV_DRAW)
        e->draw_id = r.draw_id;
    return rc;
}

static int by_slot(const void *a, const void *b)
{
    const struct qn_ev_selected *x = a, *y = b;
    return x->slot != y->slot ? (x->slot > y->slot) - (x->slot < y->slot)
                              : qn_span_cmp(x->object_id, y->object_id);
}

enum qn_code qn_evidence_read(struct qn_evidence *e,
                              const struct qn_cert *const signer[QN_EV_ENTRIES], struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (int i = 0; !rc && i < QN_EV_ENTRIES; i++)
        rc = read_entries(e, (enum qn_ev)i, signer[i], err);
    if (!rc)
        rc = qn_note_parse(&e->note, e->note_bytes, err);
    if (!rc)
        rc = qn_order_parse(&e->order, e->note.text, err);
    if (!rc)
        rc = qn_freeze_parse(&e->freeze, e->freeze_text, err);
    if (!rc)
        rc = qn_result_parse(&e->result, e->result_text, err);
    if (!rc && e->nselected)
        qsort(e->selected, e->nselected, sizeof(*e->selected), by_slot);
    return rc;
}

/* ---- 5, 6: order and links ---------------------------------------------------------------------- */

enum qn_code qn_evidence_order(const struct qn_evidence *e, const struct qn_cert *parent,
                               struct qn_err *err)
{
    char origin[QN_ORIGIN_MAX + 1];
    struct qn_err inner;
    qn_cert_origin(origin, parent);
    if (strcmp(origin, e->order.parent) != 0 || strcmp(origin, e->entry[QN_EV_ORDER].origin) != 0 ||
        qn_note_verify(&e->note, qn_str(origin), parent->log, &inner) != QN_OK)
        return qn_fail(err, QN_UNVERIFIED, "evidence.order-note", "parent=%s", e->order.parent);
    if (strcmp(e->order.office, e->entry[QN_EV_DRAW].office) != 0)
        return qn_fail(err, QN_UNVERIFIED, "evidence.order-office", "to=%s|drawn=%s",
                       e->order.office, e->entry[QN_EV_DRAW].office);
    return QN_OK;
}

static bool names(const struct qn_leaf_ref *r, const struct qn_ev_entry *x)
{
    return strcmp(r->origin, x->origin) == 0 && r->index == x->seq &&
           memcmp(r->leaf, x->leaf, QN_HASH) == 0;
}

static enum qn_code unlinked(struct qn_err *err, const char *from, const char *to)
{
    return qn_fail(err, QN_UNVERIFIED, "evidence.link", "from=%s|to=%s", from, to);
}

/* SPEC public-6: "DRAW names the order's place and order_id and the freeze's leaf; ORDER, unless `freeze -`, names
 * the same freeze; FREEZE names its own log and seq" */
enum qn_code qn_evidence_links(const struct qn_evidence *e, struct qn_err *err)
{
    const struct qn_ev_entry *order = &e->entry[QN_EV_ORDER], *freeze = &e->entry[QN_EV_FREEZE],
                             *draw = &e->entry[QN_EV_DRAW];
    if (strcmp(e->result.order.origin, order->origin) != 0 || e->result.order.index != order->seq ||
        memcmp(e->result.order_id, e->order.id, QN_HASH) != 0)
        return unlinked(err, "DRAW", "ORDER");
    if (!names(&e->result.freeze, freeze))
        return unlinked(err, "DRAW", "FREEZE");
    if (e->order.has_freeze && !names(&e->order.freeze, freeze))
        return unlinked(err, "ORDER", "FREEZE");
    if (strcmp(e->freeze.origin, freeze->origin) != 0 || e->freeze.seq != freeze->seq)
        return unlinked(err, "FREEZE", "FREEZE");
    if (strcmp(e->result.origin, draw->origin) != 0 || strcmp(freeze->office, draw->office) != 0)
        return unlinked(err, "DRAW", "DRAW");
    return QN_OK;
}

/* ---- 7: place in the log ------------------------------------------------------------------------ */

enum qn_code qn_evidence_proof(struct qn_note *note, const struct qn_ev_entry *entry,
                               struct qn_span proof, const struct qn_cert *signer,
                               struct qn_err *err)
{
    uint64_t index;
    struct qn_proof path;
    struct qn_span bytes;
    struct qn_checkpoint cp;
    struct qn_err inner;
    enum qn_code rc = qn_proof_parse(&index, &path, &bytes, proof, err);
    if (!rc)
        rc = qn_note_parse(note, bytes, err);
    if (!rc)
        rc = qn_checkpoint_parse(&cp, note->text, err);
    if (rc)
        return rc;
    if (!qn_span_is(cp.origin, entry->origin) ||
        qn_note_verify(note, qn_str(entry->origin), signer->log, &inner) != QN_OK)
        return qn_fail(err, QN_UNVERIFIED, "evidence.checkpoint", "log=%s", entry->origin);
    if (index != entry->seq ||
        qn_check_inclusion(entry->leaf, index, cp.size, &path, cp.root, &inner) != QN_OK)
        return qn_fail(err, QN_UNVERIFIED, "evidence.inclusion", "log=%s|seq=%llu|size=%llu",
                       entry->origin, (unsigned long long)entry->seq, (unsigned long long)cp.size);
    return QN_OK;
}

const struct qn_ev_selected *qn_evidence_find(const struct qn_evidence *e, uint8_t slot,
                                              struct qn_span object_id)
{
    struct qn_ev_selected key = {.slot = slot, .object_id = object_id};
    return e->nselected ? bsearch(&key, e->selected, e->nselected, sizeof(key), by_slot) : NULL;
}
