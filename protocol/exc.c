#include "qian/draw.h"

#include <string.h>

#include "protocol/lines.h"

static const char *const kinds[] = {
    [QN_EXC_VOID] = "void",         [QN_EXC_ABSENCE] = "absence", [QN_EXC_RECUSAL] = "recusal",
    [QN_EXC_REPLACE] = "replace",   [QN_EXC_APPOINT] = "appoint", [QN_EXC_RETURN] = "return",
    [QN_EXC_REASSIGN] = "reassign", [QN_EXC_RECEIVE] = "receive",
};

bool qn_exc_names_inspector(enum qn_exc_kind kind)
{
    return kind == QN_EXC_ABSENCE || kind == QN_EXC_RECUSAL || kind == QN_EXC_REPLACE ||
           kind == QN_EXC_APPOINT;
}

const char *qn_exc_kind_name(enum qn_exc_kind kind)
{
    return kinds[kind];
}

bool qn_exc_kind_parse(enum qn_exc_kind *out, struct qn_span name)
{
    for (int k = QN_EXC_VOID; k <= QN_EXC_RECEIVE; k++)
        if (qn_span_is(name, kinds[k])) {
            *out = (enum qn_exc_kind)k;
            return true;
        }
    return false;
}

static const char *or_none(const char *text)
{
    return text[0] ? text : "-";
}

void qn_exc_text(struct qn_buf *out, const struct qn_exc *x)
{
    qn_put_fmt(out, "draw-exc/1\n%s\n", x->origin);
    lines_put_leaf(out, "draw", &x->draw);
    qn_put_fmt(out, "%s %u %s %s %s\nreason %s\nevidence", kinds[x->kind], x->slot, x->object,
               or_none(x->inspector), x->date, x->reason);
    if (x->has_evidence)
        lines_put_hash(out, x->evidence);
    else
        qn_put_str(out, " -\n");
    qn_put_fmt(out, "next %s\n", or_none(x->next));
}

/* ---- reading ------------------------------------------------------------------------------------ */

/* SPEC texts-27: "an object id is judged by roster-11 to roster-15" */
static bool read_object(struct lines *t, char out[QN_EXC_ID])
{
    struct qn_span f = rd_field(&t->line);
    return qn_object_id_check(f, NULL) == QN_OK && qn_text_copy(out, QN_EXC_ID, f);
}

/* SPEC texts-27: "an inspector id is any text of 1 to 255 bytes of UTF-8 without a space" */
static bool read_inspector(struct lines *t, char out[QN_EXC_ID])
{
    struct qn_span f = rd_field(&t->line);
    return f.n && f.n <= UINT8_MAX && wire_is_utf8(f) && !qn_span_is(f, "-") &&
           qn_text_copy(out, QN_EXC_ID, f);
}

static void read_what(struct lines *t, struct qn_exc *x)
{
    lines_next(t);
    bool ok = qn_exc_kind_parse(&x->kind, rd_field(&t->line));
    x->slot = (uint8_t)rd_dec(&t->line, QN_ORDER_SLOTS);
    ok = ok && x->slot >= 1 && read_object(t, x->object);
    /* SPEC texts-27: "An absence, a recusal, a replacement and an appointment name an inspector, every other exception
     * names none." */
    if (ok)
        ok = qn_exc_names_inspector(x->kind) ? read_inspector(t, x->inspector)
                                             : qn_span_is(rd_field(&t->line), "-");
    rd_date(&t->line, x->date);
    if (!ok)
        t->line.failed = true;
}

/* SPEC texts-27: "`next` of a void is an object id, of a reassignment an office code, of an absence, a recusal or a
 * replacement an inspector id." */
static bool read_next(struct lines *t, struct qn_exc *x)
{
    if (x->kind == QN_EXC_VOID)
        return read_object(t, x->next);
    if (x->kind == QN_EXC_REASSIGN) {
        struct qn_span f = rd_field(&t->line);
        return qn_text_copy(x->next, QN_CODE_MAX + 1, f) && wire_is_code(f);
    }
    /* SPEC texts-27: "Nobody follows an appointment, a return or a receipt: their `next` is `-`." */
    return x->kind != QN_EXC_APPOINT && qn_exc_names_inspector(x->kind) &&
           read_inspector(t, x->next);
}

static void read_all(struct lines *t, struct qn_exc *x)
{
    lines_next(t);
    lines_origin(t, x->origin);
    lines_word(t, "draw");
    lines_leaf(t, &x->draw);
    read_what(t, x);
    lines_word(t, "reason");
    lines_name(t, x->reason);
    lines_word(t, "evidence");
    x->has_evidence = !lines_absent(t);
    if (x->has_evidence)
        rd_hex(&t->line, x->evidence, QN_HASH);
    lines_word(t, "next");
    bool none = lines_absent(t);
    if (!none && !t->bad && !read_next(t, x))
        t->line.failed = true;
    /* SPEC texts-27: "The `next` of a reassignment and the evidence of a reassignment and of a receipt are never `-`" */
    if ((none && x->kind == QN_EXC_REASSIGN) ||
        (!x->has_evidence && (x->kind == QN_EXC_REASSIGN || x->kind == QN_EXC_RECEIVE)))
        t->line.failed = true;
}

/* SPEC texts-27: "The draw is of a log of the office in the second line, of any epoch" */
static bool same_office(const struct qn_exc *x)
{
    char deployment[2][QN_DEPLOYMENT_MAX + 1], office[2][QN_CODE_MAX + 1];
    uint16_t epoch;
    return qn_origin_parse(qn_str(x->origin), deployment[0], office[0], &epoch, NULL) == QN_OK &&
           qn_origin_parse(qn_str(x->draw.origin), deployment[1], office[1], &epoch, NULL) ==
               QN_OK &&
           strcmp(deployment[0], deployment[1]) == 0 && strcmp(office[0], office[1]) == 0;
}

enum qn_code qn_exc_parse(struct qn_exc *out, struct qn_span text, struct qn_err *err)
{
    struct qn_exc x = {.kind = QN_EXC_VOID};
    struct lines t;
    if (text.n > QN_TEXT_MAX)
        return qn_fail(err, QN_LIMIT, "exc.size", "max=%d", QN_TEXT_MAX);
    lines_open(&t, text, "draw-exc/1");
    read_all(&t, &x);
    if (!lines_end(&t))
        return qn_fail(err, QN_MALFORMED, "exc.form", "line=%u", t.bad);
    if (!same_office(&x))
        return qn_fail(err, QN_MALFORMED, "exc.draw", "office=%s|draw=%s", x.origin, x.draw.origin);
    /* SPEC texts-2: "a text is valid only if writing out what was read gives the same bytes" */
    QN_AUTO(qn_buf) struct qn_buf again = {0};
    qn_buf_init(&again, QN_TEXT_MAX);
    qn_exc_text(&again, &x);
    enum qn_code rc = qn_buf_check(&again, err);
    if (rc)
        return rc;
    unsigned line = lines_differ(text, qn_buf_span(&again));
    if (line)
        return qn_fail(err, QN_MALFORMED, "exc.form", "line=%u", line);
    *out = x;
    return QN_OK;
}
