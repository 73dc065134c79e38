#include "qian/draw.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/lines.h"

#define VISIT_LINE 16 /* bytes of the shortest line, "visit 1 T:1 0:-\n" */

void qn_pairs_release(struct qn_pairs *p)
{
    free(p->visit);
    p->visit = NULL;
    p->nvisits = 0;
}

static void pairs_auto(struct qn_pairs *p)
{
    qn_pairs_release(p);
}

/* ---- writing ------------------------------------------------------------------------------------ */

static void put_head(struct qn_buf *out, struct qn_span origin, const uint8_t order_id[QN_HASH])
{
    qn_put_str(out, "draw-pairs/1\n");
    qn_put_span(out, origin);
    qn_put_str(out, "\norder");
    lines_put_hash(out, order_id);
}

static void put_visit(struct qn_buf *out, const struct qn_pairs_visit *v)
{
    const char *before = "visit ";
    for (unsigned no = 1; no <= QN_ORDER_SLOTS; no++) {
        if (v->slots >> (no - 1) & 1) {
            qn_put_fmt(out, "%s%u", before, no);
            before = ",";
        }
    }
    qn_put_str(out, " ");
    qn_put_span(out, v->object);
    for (unsigned i = 0; i < v->n; i++) {
        qn_put_fmt(out, " %u:", i);
        qn_put_span(out, v->inspector[i].n ? v->inspector[i] : qn_str("-"));
    }
    qn_put_str(out, "\n");
}

enum qn_code qn_pairs_text(struct qn_buf *out, struct qn_span origin,
                           const uint8_t order_id[QN_HASH], const struct qn_pairing *p,
                           const struct qn_roster *roster, struct qn_err *err)
{
    put_head(out, origin, order_id);
    for (size_t i = 0; i < p->nvisits; i++) {
        const struct qn_visit *v = &p->visit[i];
        struct qn_pairs_visit line = {
            .slots = v->slots, .object = roster->object[v->object].id, .n = v->n};
        for (unsigned s = 0; s < v->n; s++)
            if (v->inspector[s] >= 0)
                line.inspector[s] = roster->inspector[v->inspector[s]].id;
        put_visit(out, &line);
    }
    return qn_buf_check(out, err);
}

/* ---- reading ------------------------------------------------------------------------------------ */

/* SPEC texts-23: "one field for each position from 0, at most 4; `-` where nobody was eligible" */
static bool read_position(struct lines *t, struct qn_pairs_visit *v)
{
    struct qn_span f = rd_field(&t->line);
    if (v->n == QN_VISIT_SLOTS || f.n < 3 || f.p[0] != '0' + v->n || f.p[1] != ':')
        return false;
    f = (struct qn_span){f.p + 2, f.n - 2};
    if (qn_span_is(f, "-"))
        f = (struct qn_span){NULL, 0};
    else if (f.n > UINT8_MAX || !wire_is_utf8(f))
        return false;
    v->inspector[v->n++] = f;
    return true;
}

static void read_visit(struct lines *t, struct qn_pairs_visit *v)
{
    uint16_t slot[QN_ORDER_SLOTS];
    unsigned n;
    lines_word(t, "visit");
    bool ok = lines_list(rd_field(&t->line), slot, QN_ORDER_SLOTS, QN_ORDER_SLOTS, &n) && n &&
              slot[0] >= 1;
    for (unsigned i = 0; ok && i < n; i++)
        v->slots |= (uint16_t)(1u << (slot[i] - 1));
    v->object = rd_field(&t->line);
    ok = ok && qn_object_id_check(v->object, NULL) == QN_OK;
    do
        ok = ok && read_position(t, v);
    while (ok && rd_more(&t->line));
    if (!ok)
        t->line.failed = true;
}

static enum qn_code read_visits(struct lines *t, struct qn_pairs *p, struct qn_err *err)
{
    if (!lines_ahead(t, "visit"))
        return QN_OK;
    size_t cap = t->all.in.n / VISIT_LINE + 1;
    p->visit = calloc(cap, sizeof(*p->visit));
    if (!p->visit)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    while (p->nvisits < cap && lines_ahead(t, "visit")) {
        struct qn_pairs_visit *v = &p->visit[p->nvisits++];
        read_visit(t, v);
        /* SPEC texts-22: "ascending by object_id" */
        if (!t->line.failed && p->nvisits > 1 && qn_span_cmp(v[-1].object, v->object) >= 0)
            t->line.failed = true;
    }
    return QN_OK;
}

/* SPEC texts-2: "a text is valid only if writing out what was read gives the same bytes" */
static enum qn_code judge(const struct qn_pairs *p, struct qn_span text, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf again = {0};
    qn_buf_init(&again, QN_TEXT_MAX);
    put_head(&again, qn_str(p->origin), p->order_id);
    for (size_t i = 0; i < p->nvisits; i++)
        put_visit(&again, &p->visit[i]);
    enum qn_code rc = qn_buf_check(&again, err);
    if (rc)
        return rc;
    unsigned line = lines_differ(text, qn_buf_span(&again));
    return line ? qn_fail(err, QN_MALFORMED, "pairs.form", "line=%u", line) : QN_OK;
}

enum qn_code qn_pairs_parse(struct qn_pairs *out, struct qn_span text, struct qn_err *err)
{
    QN_AUTO(pairs) struct qn_pairs p = {.nvisits = 0};
    struct lines t;
    if (text.n > QN_TEXT_MAX)
        return qn_fail(err, QN_LIMIT, "pairs.size", "max=%d", QN_TEXT_MAX);
    lines_open(&t, text, "draw-pairs/1");
    lines_next(&t);
    lines_origin(&t, p.origin);
    lines_word(&t, "order");
    rd_hex(&t.line, p.order_id, QN_HASH);
    enum qn_code rc = read_visits(&t, &p, err);
    if (rc)
        return rc;
    if (!lines_end(&t))
        return qn_fail(err, QN_MALFORMED, "pairs.form", "line=%u", t.bad);
    rc = judge(&p, text, err);
    if (rc)
        return rc;
    *out = p;
    p.visit = NULL;
    return QN_OK;
}
