#include "qian/draw.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/lines.h"

#define PART_LINE 16 /* bytes of the shortest line, "part a/BB/1 0 0\n" */

void qn_release_release(struct qn_release *r)
{
    free(r->part);
    r->part = NULL;
    r->nparts = 0;
}

static void release_auto(struct qn_release *r)
{
    qn_release_release(r);
}

struct part_line {
    char text[QN_ORIGIN_MAX + 40];
};

static void part_text(struct part_line *out, const struct qn_release_part *p)
{
    struct qn_buf b = {
        .p = (uint8_t *)out->text, .cap = sizeof(out->text) - 1, .max = sizeof(out->text) - 1};
    qn_put_fmt(&b, "part %s %llu %u\n", p->origin, (unsigned long long)p->seq, p->part);
    out->text[b.n] = 0;
}

/* SPEC texts-3: "compared as whole lines, byte by byte, so that `10` comes before `9`" */
static int by_line(const void *x, const void *y)
{
    struct part_line a, b;
    part_text(&a, x);
    part_text(&b, y);
    return strcmp(a.text, b.text);
}

/* The parts are put in order here: whoever releases need not know in which. */
void qn_release_text(struct qn_buf *out, const struct qn_release *r)
{
    struct qn_release_part *sorted = r->nparts ? malloc(r->nparts * sizeof(*sorted)) : NULL;
    if (r->nparts && !sorted) {
        out->failed = QN_NOMEM;
        return;
    }
    if (sorted) {
        memcpy(sorted, r->part, r->nparts * sizeof(*sorted));
        qsort(sorted, r->nparts, sizeof(*sorted), by_line);
    }
    qn_put_fmt(out, "draw-release/1\n%s\n", r->origin);
    for (size_t i = 0; i < r->nparts; i++) {
        struct part_line line;
        part_text(&line, &sorted[i]);
        qn_put_str(out, line.text);
    }
    free(sorted);
}

/* SPEC texts-21: "seq is below 2^64, part no below 65,536" */
static enum qn_code read_parts(struct lines *t, struct qn_release *r, struct qn_err *err)
{
    size_t cap = t->all.in.n / PART_LINE + 1;
    r->part = calloc(cap, sizeof(*r->part));
    if (!r->part)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    do {
        struct qn_release_part *p = &r->part[r->nparts++];
        lines_word(t, "part");
        lines_origin(t, p->origin);
        p->seq = rd_dec(&t->line, UINT64_MAX);
        p->part = (uint16_t)rd_dec(&t->line, UINT16_MAX);
        if (!t->line.failed && r->nparts > 1 && by_line(p - 1, p) >= 0)
            t->line.failed = true;
    } while (r->nparts < cap && lines_ahead(t, "part"));
    return QN_OK;
}

/* SPEC texts-2: "a text is valid only if writing out what was read gives the same bytes" */
static enum qn_code judge(const struct qn_release *r, struct qn_span text, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf again;
    qn_buf_init(&again, QN_TEXT_MAX);
    qn_release_text(&again, r);
    enum qn_code rc = qn_buf_check(&again, err);
    if (rc)
        return rc;
    unsigned line = lines_differ(text, qn_buf_span(&again));
    return line ? qn_fail(err, QN_MALFORMED, "release.form", "line=%u", line) : QN_OK;
}

enum qn_code qn_release_parse(struct qn_release *out, struct qn_span text, struct qn_err *err)
{
    QN_AUTO(release) struct qn_release r = {.nparts = 0};
    struct lines t;
    if (text.n > QN_TEXT_MAX)
        return qn_fail(err, QN_LIMIT, "release.size", "max=%d", QN_TEXT_MAX);
    lines_open(&t, text, "draw-release/1");
    lines_next(&t);
    lines_origin(&t, r.origin);
    enum qn_code rc = read_parts(&t, &r, err);
    if (rc)
        return rc;
    if (!lines_end(&t))
        return qn_fail(err, QN_MALFORMED, "release.form", "line=%u", t.bad);
    rc = judge(&r, text, err);
    if (rc)
        return rc;
    *out = r;
    r.part = NULL;
    return QN_OK;
}
