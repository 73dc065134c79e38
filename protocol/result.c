#include "qian/draw.h"

#include <string.h>

#include "protocol/lines.h"

/* ---- writing ------------------------------------------------------------------------------------ */

static void put_stratum(struct qn_buf *out, const struct qn_stratum_line *s)
{
    qn_put_fmt(out, "stratum %u %u %llu %llu %llu", s->slot, s->stratum,
               (unsigned long long)s->base, (unsigned long long)s->pool,
               (unsigned long long)s->quota);
    if (s->has_cutoff)
        lines_put_hash(out, s->cutoff);
    else
        qn_put_str(out, " -\n");
}

void qn_result_text(struct qn_buf *out, const struct qn_result *r)
{
    qn_put_fmt(out, "draw-result/1\n%s\norder %s %llu", r->origin, r->order.origin,
               (unsigned long long)r->order.index);
    lines_put_hash(out, r->order_id);
    lines_put_leaf(out, "freeze", &r->freeze);
    lines_put_head(out, "seen", &r->seen);
    qn_put_fmt(out, "beacon %s\n", r->has_beacon ? r->beacon : "-");
    for (unsigned i = 0; i < r->nvrf && i < QN_ORDER_KEYS; i++) {
        qn_put_str(out, "vrf ");
        qn_put_hex(out, r->vrf[i].pk, QN_PUBKEY);
        qn_put_str(out, " ");
        qn_put_hex(out, r->vrf[i].pi, QN_VRF_PROOF);
        qn_put_str(out, "\n");
    }
    for (unsigned i = 0; i < r->nstrata && i < QN_ORDER_SLOTS * QN_STRATA; i++)
        put_stratum(out, &r->stratum[i]);
    for (unsigned i = 0; i < r->nselected && i < QN_ORDER_SLOTS; i++) {
        qn_put_fmt(out, "selected %u %llu", r->selected[i].slot,
                   (unsigned long long)r->selected[i].count);
        lines_put_hash(out, r->selected[i].root);
    }
}

/* ---- reading ------------------------------------------------------------------------------------ */

static void read_beacon(struct lines *t, struct qn_result *r)
{
    lines_word(t, "beacon");
    r->has_beacon = !lines_absent(t);
    if (!r->has_beacon || t->line.failed)
        return;
    struct qn_span line = rd_span(&t->line, t->line.in.n);
    if (qn_beacon_check(line, NULL) || !qn_text_copy(r->beacon, sizeof(r->beacon), line))
        t->line.failed = true;
}

static void read_keys(struct lines *t, struct qn_result *r)
{
    while (!t->bad && r->nvrf < QN_ORDER_KEYS && (r->nvrf == 0 || lines_ahead(t, "vrf"))) {
        lines_word(t, "vrf");
        rd_hex(&t->line, r->vrf[r->nvrf].pk, QN_PUBKEY);
        rd_hex(&t->line, r->vrf[r->nvrf].pi, QN_VRF_PROOF);
        r->nvrf++;
    }
}

static void read_strata(struct lines *t, struct qn_result *r)
{
    unsigned last = 0;
    while (r->nstrata < QN_ORDER_SLOTS * QN_STRATA && lines_ahead(t, "stratum")) {
        struct qn_stratum_line *s = &r->stratum[r->nstrata++];
        lines_word(t, "stratum");
        s->slot = (uint8_t)rd_dec(&t->line, QN_ORDER_SLOTS);
        s->stratum = (uint8_t)rd_dec(&t->line, UINT8_MAX);
        s->base = rd_dec(&t->line, UINT64_MAX);
        s->pool = rd_dec(&t->line, UINT64_MAX);
        s->quota = rd_dec(&t->line, UINT64_MAX);
        s->has_cutoff = !lines_absent(t);
        if (s->has_cutoff)
            rd_hex(&t->line, s->cutoff, QN_HASH);
        /* SPEC texts-18: "Stratum lines ascend by slot and then by stratum number, as numbers" */
        unsigned place = (unsigned)s->slot << 8 | s->stratum;
        bool fits = s->slot >= 1 && s->stratum >= 1 && place > last;
        /* SPEC texts-19: "quota ≤ pool ≤ base" */
        if (!fits || s->quota > s->pool || s->pool > s->base || s->has_cutoff != (s->quota > 0))
            t->line.failed = true;
        last = place;
    }
}

/* SPEC texts-19: "The count of a slot is at least the sum of its quotas" */
static bool counts_fit(const struct qn_result *r, const struct qn_selected_line *s)
{
    uint64_t left = s->count;
    unsigned strata = 0;
    for (unsigned i = 0; i < r->nstrata; i++) {
        if (r->stratum[i].slot != s->slot)
            continue;
        strata++;
        if (r->stratum[i].quota > left)
            return false;
        left -= r->stratum[i].quota;
    }
    return strata >= 1 && strata <= QN_STRATA;
}

static void read_selected(struct lines *t, struct qn_result *r)
{
    while (r->nselected < QN_ORDER_SLOTS && lines_ahead(t, "selected")) {
        struct qn_selected_line *s = &r->selected[r->nselected++];
        lines_word(t, "selected");
        s->slot = (uint8_t)rd_dec(&t->line, QN_ORDER_SLOTS);
        s->count = rd_dec(&t->line, UINT64_MAX);
        rd_hex(&t->line, s->root, QN_HASH);
        /* SPEC texts-18: "one selected line for each, from 1 on" */
        if (s->slot != r->nselected || !counts_fit(r, s))
            t->line.failed = true;
    }
}

static void read_all(struct lines *t, struct qn_result *r)
{
    lines_next(t);
    lines_origin(t, r->origin);
    lines_word(t, "order");
    lines_origin(t, r->order.origin);
    r->order.index = rd_dec(&t->line, UINT64_MAX);
    rd_hex(&t->line, r->order_id, QN_HASH);
    lines_word(t, "freeze");
    lines_leaf(t, &r->freeze);
    lines_word(t, "seen");
    lines_head(t, &r->seen);
    /* SPEC texts-20: "its size is above the order's index" */
    if (strcmp(r->seen.origin, r->order.origin) == 0 && r->seen.size <= r->order.index)
        t->line.failed = true;
    read_beacon(t, r);
    read_keys(t, r);
    read_strata(t, r);
    read_selected(t, r);
}

/* SPEC texts-2: "a text is valid only if writing out what was read gives the same bytes" */
static enum qn_code judge(const struct qn_result *r, struct qn_span text, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf again = {0};
    qn_buf_init(&again, QN_TEXT_MAX);
    qn_result_text(&again, r);
    enum qn_code rc = qn_buf_check(&again, err);
    if (rc)
        return rc;
    unsigned line = lines_differ(text, qn_buf_span(&again));
    return line ? qn_fail(err, QN_MALFORMED, "result.form", "line=%u", line) : QN_OK;
}

enum qn_code qn_result_parse(struct qn_result *out, struct qn_span text, struct qn_err *err)
{
    struct qn_result r = {.nvrf = 0};
    struct lines t;
    if (text.n > QN_TEXT_MAX)
        return qn_fail(err, QN_LIMIT, "result.size", "max=%d", QN_TEXT_MAX);
    lines_open(&t, text, "draw-result/1");
    read_all(&t, &r);
    if (!lines_end(&t))
        return qn_fail(err, QN_MALFORMED, "result.form", "line=%u", t.bad);
    /* SPEC texts-18: "A slot of type pairs has neither stratum nor selected line" */
    if (r.nstrata && r.stratum[r.nstrata - 1].slot > r.nselected)
        return qn_fail(err, QN_MALFORMED, "result.selected", "slot=%u",
                       r.stratum[r.nstrata - 1].slot);
    enum qn_code rc = judge(&r, text, err);
    if (rc)
        return rc;
    *out = r;
    return QN_OK;
}
