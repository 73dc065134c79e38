#include "qian/draw.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/lines.h"

void qn_freeze_release(struct qn_freeze *f)
{
    free(f->source);
    f->source = NULL;
    f->nsources = 0;
}

static void freeze_auto(struct qn_freeze *f)
{
    qn_freeze_release(f);
}

static void put_list(struct qn_buf *out, const char *word, uint64_t count,
                     const uint8_t root[QN_HASH])
{
    qn_put_fmt(out, "%s %llu", word, (unsigned long long)count);
    lines_put_hash(out, root);
}

void qn_freeze_text(struct qn_buf *out, const struct qn_freeze *f)
{
    const struct qn_roster_roots *r = &f->roots;
    qn_put_fmt(out, "draw-freeze/1\n%s\nroster %llu %llu\ndate %s\n", f->origin,
               (unsigned long long)f->roster_version, (unsigned long long)f->seq, f->date);
    put_list(out, "objects", r->objects, r->object_root);
    put_list(out, "marks", r->marks, r->mark_root);
    put_list(out, "inspectors", r->inspectors, r->inspector_root);
    put_list(out, "recusals", r->recusals, r->recusal_root);
    if (f->has_register)
        qn_put_fmt(out, "register %s %llu\n", f->register_origin,
                   (unsigned long long)f->register_id);
    else
        qn_put_str(out, "register -\n");
    for (size_t i = 0; i < f->nsources; i++)
        lines_put_head(out, "source", &f->source[i]);
}

/* SPEC texts-6: "a list of count 0 has the root of no leaves" */
static void read_list(struct lines *t, const char *word, uint64_t *count, uint8_t root[QN_HASH])
{
    uint8_t none[QN_HASH];
    lines_word(t, word);
    *count = rd_dec(&t->line, UINT64_MAX);
    rd_hex(&t->line, root, QN_HASH);
    wire_sha256(none, NULL, 0);
    if (*count == 0 && memcmp(root, none, QN_HASH) != 0)
        t->line.failed = true;
}

/* Room is made for as many as there can be in what is left: a source line has 70 bytes and more. */
static enum qn_code read_sources(struct lines *t, struct qn_freeze *f, struct qn_err *err)
{
    struct qn_span last = {NULL, 0};
    if (!lines_ahead(t, "source"))
        return QN_OK;
    size_t cap = t->all.in.n / 70 + 1;
    cap = cap > QN_SOURCES ? QN_SOURCES : cap;
    f->source = calloc(cap, sizeof(*f->source));
    if (!f->source)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    while (f->nsources < cap && lines_ahead(t, "source")) {
        struct qn_head_ref *s = &f->source[f->nsources++];
        lines_word(t, "source");
        lines_head(t, s);
        struct qn_span origin = qn_str(s->origin);
        /* SPEC texts-7: "another log, named once, with a size from 1"; origins decide the order of whole
         * lines, because no character of an origin sorts before the space behind it. */
        if (s->size == 0 || strcmp(s->origin, f->origin) == 0 ||
            (last.p && qn_span_cmp(last, origin) >= 0))
            t->line.failed = true;
        last = origin;
    }
    return QN_OK;
}

static enum qn_code read_all(struct lines *t, struct qn_freeze *f, struct qn_err *err)
{
    lines_next(t);
    lines_origin(t, f->origin);
    lines_word(t, "roster");
    f->roster_version = rd_dec(&t->line, UINT64_MAX);
    f->seq = rd_dec(&t->line, UINT64_MAX);
    lines_word(t, "date");
    rd_date(&t->line, f->date);
    read_list(t, "objects", &f->roots.objects, f->roots.object_root);
    read_list(t, "marks", &f->roots.marks, f->roots.mark_root);
    read_list(t, "inspectors", &f->roots.inspectors, f->roots.inspector_root);
    read_list(t, "recusals", &f->roots.recusals, f->roots.recusal_root);
    lines_word(t, "register");
    f->has_register = !lines_absent(t);
    if (f->has_register) {
        lines_origin(t, f->register_origin);
        f->register_id = rd_dec(&t->line, UINT64_MAX);
    }
    return read_sources(t, f, err);
}

/* SPEC texts-2: "a text is valid only if writing out what was read gives the same bytes" */
static enum qn_code judge(const struct qn_freeze *f, struct qn_span text, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf again = {0};
    qn_buf_init(&again, QN_TEXT_MAX);
    qn_freeze_text(&again, f);
    enum qn_code rc = qn_buf_check(&again, err);
    if (rc)
        return rc;
    unsigned line = lines_differ(text, qn_buf_span(&again));
    return line ? qn_fail(err, QN_MALFORMED, "freeze.form", "line=%u", line) : QN_OK;
}

enum qn_code qn_freeze_parse(struct qn_freeze *out, struct qn_span text, struct qn_err *err)
{
    QN_AUTO(freeze) struct qn_freeze f = {.nsources = 0};
    struct lines t;
    if (text.n > QN_TEXT_MAX)
        return qn_fail(err, QN_LIMIT, "freeze.size", "max=%d", QN_TEXT_MAX);
    lines_open(&t, text, "draw-freeze/1");
    enum qn_code rc = read_all(&t, &f, err);
    if (rc)
        return rc;
    if (!lines_end(&t))
        return qn_fail(err, QN_MALFORMED, "freeze.form", "line=%u", t.bad);
    rc = judge(&f, text, err);
    if (rc)
        return rc;
    *out = f;
    f.source = NULL;
    return QN_OK;
}
