#include "qian/frame.h"

#include <inttypes.h>
#include <string.h>

#include "protocol/wire.h"

#define TIME_S_END (QN_TIME_END / 1000)

void qn_receipt_text(struct qn_buf *out, const struct qn_receipt *r)
{
    qn_put_fmt(out, "qian-receipt/1\nfrom %s\nfor %s\nheaders %" PRIu64 " ", r->from, r->about,
               r->size);
    qn_put_hex(out, r->root, QN_HASH);
    qn_put_fmt(out, "\ntime %" PRIu64 "\n", r->time_s);
    for (unsigned l = 0; l < QN_LANES; l++)
        qn_put_fmt(out, "lane %u %" PRIu64 " %" PRIu64 "\n", l, r->stored[l], r->applied[l]);
    for (unsigned i = 0; i < r->nrefused; i++)
        qn_put_fmt(out, "refused %" PRIu64 " %s\n", r->refused[i].seq, r->refused[i].id);
    for (unsigned i = 0; i < r->nheld; i++)
        qn_put_fmt(out, "held %" PRIu64 " %s\n", r->held[i].seq, r->held[i].id);
}

/* ---- parsing ---------------------------------------------------------------------------------------- */

static bool read_origin(struct rd *text, const char *word, char out[QN_ORIGIN_MAX + 1])
{
    char deployment[QN_DEPLOYMENT_MAX + 1], office[QN_CODE_MAX + 1];
    uint16_t epoch;
    struct rd line = {.in = rd_line(text)};
    rd_word(&line, word);
    struct qn_span origin = rd_field(&line);
    return rd_end(&line) && qn_text_copy(out, QN_ORIGIN_MAX + 1, origin) &&
           qn_origin_parse(origin, deployment, office, &epoch, NULL) == QN_OK;
}

static bool read_headers(struct rd *text, struct qn_receipt *r)
{
    struct rd line = {.in = rd_line(text)};
    rd_word(&line, "headers");
    r->size = rd_dec(&line, QN_SEQ_END);
    rd_hex(&line, r->root, QN_HASH);
    return rd_end(&line);
}

static bool read_time(struct rd *text, struct qn_receipt *r)
{
    struct rd line = {.in = rd_line(text)};
    rd_word(&line, "time");
    r->time_s = rd_dec(&line, TIME_S_END - 1);
    return rd_end(&line);
}

/* SPEC exchange-17: "applied is at most stored, stored at most size" */
static bool read_lane(struct rd *text, struct qn_receipt *r, unsigned lane)
{
    struct rd line = {.in = rd_line(text)};
    rd_word(&line, "lane");
    uint64_t no = rd_dec(&line, QN_LANES - 1);
    r->stored[lane] = rd_dec(&line, r->size);
    r->applied[lane] = rd_dec(&line, r->stored[lane]);
    return rd_end(&line) && no == lane;
}

/* SPEC exchange-18: "1 to 47 characters of `a`–`z`, `0`–`9`, `.` and `-`" */
static bool is_id(struct qn_span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
              s.p[i] == '.' || s.p[i] == '-'))
            return false;
    return s.n >= 1 && s.n <= 47;
}

/* The lines that begin with word, as many as follow here. */
static bool read_fates(struct rd *text, const char *word, uint64_t size,
                       struct qn_fate out[QN_RECEIPT_NOTES], unsigned *n)
{
    for (*n = 0;;) {
        struct rd next = *text;
        struct rd line = {.in = rd_line(&next)};
        if (next.failed || !qn_span_is(rd_field(&line), word))
            return true;
        /* SPEC exchange-15: "at most 64 refused lines, then at most 64 held lines, each ascending by seq" */
        if (*n == QN_RECEIPT_NOTES)
            return false;
        struct qn_fate *f = &out[*n];
        f->seq = rd_dec(&line, QN_SEQ_END);
        struct qn_span id = rd_field(&line);
        if (!rd_end(&line) || f->seq >= size || !is_id(id) || (*n && f[-1].seq >= f->seq) ||
            !qn_text_copy(f->id, sizeof(f->id), id))
            return false;
        *text = next;
        ++*n;
    }
}

static enum qn_code bad_line(unsigned line, struct qn_err *err)
{
    return qn_fail(err, QN_MALFORMED, "receipt.line", "line=%u", line);
}

enum qn_code qn_receipt_parse(struct qn_receipt *out, struct qn_span text, struct qn_err *err)
{
    struct rd in = {.in = text};
    struct qn_receipt r = {.size = 0};
    if (!qn_span_is(rd_line(&in), "qian-receipt/1"))
        return qn_fail(err, QN_MALFORMED, "receipt.title", "");
    if (!read_origin(&in, "from", r.from))
        return bad_line(2, err);
    /* SPEC exchange-16: "from and for are different origins" */
    if (!read_origin(&in, "for", r.about) || strcmp(r.from, r.about) == 0)
        return bad_line(3, err);
    if (!read_headers(&in, &r))
        return bad_line(4, err);
    if (!read_time(&in, &r))
        return bad_line(5, err);
    for (unsigned l = 0; l < QN_LANES; l++)
        if (!read_lane(&in, &r, l))
            return bad_line(6 + l, err);
    unsigned first = 6 + QN_LANES;
    if (!read_fates(&in, "refused", r.size, r.refused, &r.nrefused) ||
        !read_fates(&in, "held", r.size, r.held, &r.nheld) || !rd_end(&in))
        return bad_line(first + r.nrefused + r.nheld, err);
    *out = r;
    return QN_OK;
}

/* SPEC exchange-20: "the one whose numbers add up to more" - at most eleven times 2^35 */
uint64_t qn_receipt_told(const struct qn_receipt *r)
{
    uint64_t sum = r->size;
    for (int lane = 0; lane < QN_LANES; lane++)
        sum += r->stored[lane] + r->applied[lane];
    return sum;
}
