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

/* Two decimals as texts: of 123 and 45 the first is lower. The shorter of two that begin alike comes first, because
 * the space or line end behind it is lower than any digit. */
static int by_digits(uint64_t a, uint64_t b)
{
    unsigned longer_a = 0, longer_b = 0;
    uint64_t x = a, y = b;
    for (uint64_t i = a, k = b; i >= 10 || k >= 10; i /= 10, k /= 10) {
        longer_a += i >= 10 && k < 10;
        longer_b += k >= 10 && i < 10;
    }
    for (unsigned i = 0; i < longer_a; i++)
        x /= 10;
    for (unsigned i = 0; i < longer_b; i++)
        y /= 10;
    if (x != y)
        return x < y ? -1 : 1;
    return (int)longer_a - (int)longer_b;
}

/* SPEC texts-3: "compared as whole lines, byte by byte, so that `10` comes before `9`"; no character of an origin is
 * lower than the space behind it, so the fields can be compared one by one. */
static int by_line(const void *x, const void *y)
{
    const struct qn_release_part *a = x, *b = y;
    int c = strcmp(a->origin, b->origin);
    if (!c)
        c = by_digits(a->seq, b->seq);
    return c ? c : by_digits(a->part, b->part);
}

/* The parts are put in order here: whoever releases need not know in which. */
void qn_release_text(struct qn_buf *out, const struct qn_release *r)
{
    qn_put_fmt(out, "draw-release/1\n%s\n", r->origin);
    if (!r->nparts)
        return;
    struct qn_release_part *sorted = malloc(r->nparts * sizeof(*sorted));
    if (!sorted) {
        out->failed = QN_NOMEM;
        return;
    }
    memcpy(sorted, r->part, r->nparts * sizeof(*sorted));
    qsort(sorted, r->nparts, sizeof(*sorted), by_line);
    for (size_t i = 0; i < r->nparts; i++)
        qn_put_fmt(out, "part %s %llu %u\n", sorted[i].origin, (unsigned long long)sorted[i].seq,
                   sorted[i].part);
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
    QN_AUTO(qn_buf) struct qn_buf again = {0};
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
