#include "qian/draw.h"

#include <string.h>

#include "protocol/lines.h"

/* ---- writing ------------------------------------------------------------------------------------ */

static void put_slot(struct qn_buf *out, const struct qn_slot_key *s)
{
    qn_put_fmt(out, "slot %s %s %s %u %s", s->issuer, s->series, s->task, s->round,
               qn_slot_type_name(s->type));
    lines_put_hash(out, s->rules_hash);
}

static bool is_pairs(const struct qn_order *o)
{
    return o->nslots && o->slot[0].type == QN_PAIRS;
}

void qn_order_text(struct qn_buf *out, const struct qn_order *o)
{
    qn_put_fmt(out, "draw-order/1\n%s\noffice %s\n", o->parent, o->office_origin);
    for (unsigned i = 0; i < o->nslots && i < QN_ORDER_SLOTS; i++)
        put_slot(out, &o->slot[i]);
    for (unsigned i = 0; is_pairs(o) && i < o->nslots && i < QN_ORDER_SLOTS; i++)
        lines_put_leaf(out, "list", &o->list[i]);
    qn_put_fmt(out, "attempt %u supp %u\nlevel %s\n", o->attempt, o->supp,
               qn_draw_level_name(o->level));
    if (o->has_freeze) {
        qn_put_fmt(out, "freeze %s %llu ", o->freeze.origin, (unsigned long long)o->freeze.index);
        qn_put_hex(out, o->freeze.leaf, QN_HASH);
        qn_put_fmt(out, " %llu", (unsigned long long)o->freeze_head.size);
        lines_put_hash(out, o->freeze_head.root);
    } else {
        qn_put_str(out, "freeze -\n");
    }
    for (unsigned i = 0; i < o->nkeys && i < QN_ORDER_KEYS; i++) {
        qn_put_str(out, "vrf 03");
        lines_put_hash(out, o->vrf[i]);
    }
    if (o->has_beacon)
        qn_put_fmt(out, "beacon %s %s\n", o->beacon_source, o->beacon_event);
    else
        qn_put_str(out, "beacon -\n");
    for (unsigned i = 0; i < o->nexc && i < QN_ORDER_EXC; i++)
        lines_put_leaf(out, "exc", &o->exc[i]);
    qn_put_fmt(out, "window %s %s\nnonce", o->window_from, o->window_to);
    lines_put_hash(out, o->nonce);
}

/* ---- reading ------------------------------------------------------------------------------------ */

/* SPEC texts-3: "compared as whole lines, byte by byte"; the lines are those just read. */
static bool ascends(struct qn_span *last, struct qn_span line)
{
    bool ok = !last->p || qn_span_cmp(*last, line) < 0;
    *last = line;
    return ok;
}

static void read_slots(struct lines *t, struct qn_order *o)
{
    struct qn_span last = {NULL, 0};
    while (!t->bad && o->nslots < QN_ORDER_SLOTS && (o->nslots == 0 || lines_ahead(t, "slot"))) {
        struct qn_slot_key *s = &o->slot[o->nslots++];
        lines_next(t);
        struct qn_span line = t->line.in;
        rd_word(&t->line, "slot");
        lines_code(t, s->issuer);
        lines_name(t, s->series);
        lines_name(t, s->task);
        s->round = (uint32_t)rd_dec(&t->line, UINT32_MAX);
        lines_type(t, &s->type);
        rd_hex(&t->line, s->rules_hash, QN_HASH);
        /* SPEC texts-10: "All slot lines have the same type." */
        if (!ascends(&last, line) || s->round == 0 || s->type != o->slot[0].type)
            t->line.failed = true;
    }
}

static void read_office(struct lines *t, struct qn_order *o)
{
    char deployment[QN_DEPLOYMENT_MAX + 1];
    uint16_t epoch;
    lines_next(t);
    lines_origin(t, o->parent);
    lines_word(t, "office");
    lines_origin(t, o->office_origin);
    if (!t->line.failed &&
        qn_origin_parse(qn_str(o->office_origin), deployment, o->office, &epoch, NULL))
        t->line.failed = true;
}

static void read_freeze(struct lines *t, struct qn_order *o)
{
    lines_word(t, "freeze");
    o->has_freeze = !lines_absent(t);
    if (!o->has_freeze)
        return;
    lines_leaf(t, &o->freeze);
    memcpy(o->freeze_head.origin, o->freeze.origin, sizeof(o->freeze_head.origin));
    o->freeze_head.size = rd_dec(&t->line, UINT64_MAX);
    rd_hex(&t->line, o->freeze_head.root, QN_HASH);
    if (o->freeze.index >=
        o->freeze_head.size) /* SPEC texts-11: "Its leaf index is below the tree size" */
        t->line.failed = true;
}

static void read_keys(struct lines *t, struct qn_order *o)
{
    while (!t->bad && o->nkeys < QN_ORDER_KEYS && (o->nkeys == 0 || lines_ahead(t, "vrf"))) {
        uint8_t *key = o->vrf[o->nkeys];
        lines_word(t, "vrf");
        rd_word(&t->line, "03");
        rd_hex(&t->line, key, QN_PUBKEY);
        /* SPEC texts-12: "The office's VRF key comes first, then the co-keys ascending by their bytes" */
        if (o->nkeys >= 2 && memcmp(o->vrf[o->nkeys - 1], key, QN_PUBKEY) >= 0)
            t->line.failed = true;
        if (o->nkeys >= 1 && memcmp(o->vrf[0], key, QN_PUBKEY) == 0)
            t->line.failed = true;
        o->nkeys++;
    }
}

static void read_beacon(struct lines *t, struct qn_order *o)
{
    lines_word(t, "beacon");
    o->has_beacon = !lines_absent(t);
    if (!o->has_beacon)
        return;
    lines_name(t, o->beacon_source);
    lines_name(t, o->beacon_event);
    /* SPEC texts-13: "The only beacon source is `ssq`; its event id is 7 digits." */
    if (strcmp(o->beacon_source, "ssq") != 0 || strlen(o->beacon_event) != 7 ||
        strspn(o->beacon_event, "0123456789") != 7)
        t->line.failed = true;
}

static void read_exceptions(struct lines *t, struct qn_order *o)
{
    struct qn_span last = {NULL, 0};
    while (o->supp && o->nexc < QN_ORDER_EXC && lines_ahead(t, "exc")) {
        lines_next(t);
        struct qn_span line = t->line.in;
        rd_word(&t->line, "exc");
        lines_leaf(t, &o->exc[o->nexc++]);
        if (!ascends(&last, line))
            t->line.failed = true;
    }
}

static void read_all(struct lines *t, struct qn_order *o)
{
    read_office(t, o);
    read_slots(t, o);
    for (unsigned i = 0; is_pairs(o) && i < o->nslots; i++) {
        lines_word(t, "list");
        lines_leaf(t, &o->list[i]);
    }
    lines_word(t, "attempt");
    o->attempt = (uint32_t)rd_dec(&t->line, UINT32_MAX);
    rd_word(&t->line, "supp");
    o->supp = (uint32_t)rd_dec(&t->line, UINT32_MAX);
    lines_word(t, "level");
    lines_level(t, &o->level);
    read_freeze(t, o);
    read_keys(t, o);
    read_beacon(t, o);
    read_exceptions(t, o);
    lines_word(t, "window");
    rd_date(&t->line, o->window_from);
    rd_date(&t->line, o->window_to);
    lines_word(t, "nonce");
    rd_hex(&t->line, o->nonce, sizeof(o->nonce));
}

/* ---- judging ------------------------------------------------------------------------------------ */

static enum qn_code check_slots(const struct qn_order *o, struct qn_err *err)
{
    for (unsigned i = 1; i < o->nslots; i++) {
        /* Lines of one key differ in the rules hash only, so they are neighbours. */
        const struct qn_slot_key *a = &o->slot[i - 1], *b = &o->slot[i];
        if (strcmp(a->issuer, b->issuer) == 0 && strcmp(a->series, b->series) == 0 &&
            strcmp(a->task, b->task) == 0 && a->round == b->round)
            return qn_fail(err, QN_MALFORMED, "order.slot-twice", "slot=%s/%s/%s/%u", b->issuer,
                           b->series, b->task, b->round);
    }
    return QN_OK;
}

static enum qn_code check_meaning(const struct qn_order *o, struct qn_err *err)
{
    char deployment[QN_DEPLOYMENT_MAX + 1], parent[QN_CODE_MAX + 1] = "",
                                                                 freezer[QN_CODE_MAX + 1] = "";
    uint16_t epoch;
    enum qn_code rc = qn_origin_parse(qn_str(o->parent), deployment, parent, &epoch, err);
    if (!rc && o->has_freeze)
        rc = qn_origin_parse(qn_str(o->freeze.origin), deployment, freezer, &epoch, err);
    if (rc)
        return rc;
    /* SPEC texts-11: "The freeze is named unless the level is `unwitnessed`, and then it is not." */
    if (o->has_freeze == (o->level == QN_UNWITNESSED))
        return qn_fail(err, QN_MALFORMED, "order.freeze", "level=%s", qn_draw_level_name(o->level));
    /* SPEC texts-11: "it is of a log of the office in the `office` line" */
    if (o->has_freeze && strcmp(freezer, o->office) != 0)
        return qn_fail(err, QN_MALFORMED, "order.freeze-office", "office=%s|freeze=%s", o->office,
                       freezer);
    if (strcmp(o->window_from, o->window_to) > 0)
        return qn_fail(err, QN_MALFORMED, "order.window", "from=%s|to=%s", o->window_from,
                       o->window_to);
    /* SPEC texts-15: "names a beacon or the level `unwitnessed`, and never the level `witnessed`" */
    if (strcmp(parent, o->office) == 0 &&
        (o->level == QN_WITNESSED || (o->level == QN_OFFLINE && !o->has_beacon)))
        return qn_fail(err, QN_MALFORMED, "order.self", "office=%s|level=%s", o->office,
                       qn_draw_level_name(o->level));
    return check_slots(o, err);
}

/* SPEC texts-2: "a text is valid only if writing out what was read gives the same bytes" */
static enum qn_code judge(const struct qn_order *o, struct qn_span text, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf again = {0};
    qn_buf_init(&again, QN_TEXT_MAX);
    qn_order_text(&again, o);
    enum qn_code rc = qn_buf_check(&again, err);
    if (rc)
        return rc;
    unsigned line = lines_differ(text, qn_buf_span(&again));
    return line ? qn_fail(err, QN_MALFORMED, "order.form", "line=%u", line) : QN_OK;
}

/* SPEC texts-9: "order_id = SHA-256 of the text" */
void qn_order_id(uint8_t out[QN_HASH], struct qn_span text)
{
    wire_sha256(out, &text, 1);
}

enum qn_code qn_order_parse(struct qn_order *out, struct qn_span text, struct qn_err *err)
{
    struct qn_order o = {.nslots = 0};
    struct lines t;
    if (text.n > QN_TEXT_MAX)
        return qn_fail(err, QN_LIMIT, "order.size", "max=%d", QN_TEXT_MAX);
    lines_open(&t, text, "draw-order/1");
    read_all(&t, &o);
    if (!lines_end(&t))
        return qn_fail(err, QN_MALFORMED, "order.form", "line=%u", t.bad);
    enum qn_code rc = check_meaning(&o, err);
    if (!rc)
        rc = judge(&o, text, err);
    if (rc)
        return rc;
    qn_order_id(o.id, text);
    *out = o;
    return QN_OK;
}
