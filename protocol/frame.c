#include "qian/frame.h"

#include <inttypes.h>
#include <string.h>

#include "protocol/wire.h"

/* ---- frames ----------------------------------------------------------------------------------------- */

#define PART_NAME_MAX (1 + QN_ORIGIN_MAX + 8 + 2 + QN_SALT)
#define FILE_NAME_MAX (1 + QN_CODE_MAX + 2 * QN_HASH + 8)
#define HAVE_LOG_MAX \
    (1 + QN_ORIGIN_MAX + 8 + QN_HASH + 8 * QN_LANES + 1 + QN_HAVE_WITNESSES * (1 + QN_CODE_MAX + 8))
#define HAVE_HOLES_MAX \
    (QN_HAVE_ORIGINS * 1 + QN_HAVE_HOLES * (1 + 8 + 8 + 2) + QN_HAVE_HELD * (8 + 8 + 1))
#define HAVE_TOLD_MAX (QN_HAVE_ORIGINS * (1 + QN_TOLD_MAX))
#define HAVE_MAX \
    (1 + 2 * (1 + QN_CODE_MAX) + 8 + 16 + 4 + 2 + 2 + QN_HAVE_ORIGINS * HAVE_LOG_MAX + \
     HAVE_HOLES_MAX + HAVE_TOLD_MAX + QN_SIG)

/* SPEC exchange-2: "A payload is not longer than the table says for its type" */
static const size_t payload_max[] = {
    [QN_FRAME_HAVE] = HAVE_MAX,
    [QN_FRAME_CERT] = QN_CERT_MAX,
    [QN_FRAME_CHECKPOINT] = QN_NOTE_MAX,
    [QN_FRAME_HEADER] = QN_SIG + QN_HEADER_MAX,
    [QN_FRAME_PART] = PART_NAME_MAX + QN_PART_MAX,
    [QN_FRAME_RECEIPT] = QN_NOTE_MAX,
    [QN_FRAME_FORK] = 1 + 2 * (4 + QN_NOTE_MAX),
    [QN_FRAME_FILE] = FILE_NAME_MAX + 8 + 1 + QN_FILE_PATH * QN_HASH + QN_FILE_PIECE,
    [QN_FRAME_WANT] = FILE_NAME_MAX + 8,
    [QN_FRAME_END] = 1,
    [QN_FRAME_RUN] = 4 + QN_RUN_MAX,
    [QN_FRAME_OFFER] = FILE_NAME_MAX,
    [QN_FRAME_KEPT] = FILE_NAME_MAX + 1,
    [QN_FRAME_TOLD] = 1 + QN_ORIGIN_MAX + QN_TOLD_MAX,
};

void qn_frame_put(struct qn_buf *out, enum qn_frame_type type, struct qn_span payload)
{
    qn_put_uint(out, type, 1);
    qn_put_uint(out, payload.n, 4);
    qn_put_span(out, payload);
}

enum qn_code qn_frame_take(struct qn_span *in, enum qn_frame_type *type, struct qn_span *payload,
                           size_t *need, struct qn_err *err)
{
    struct rd r = {.in = *in};
    unsigned t = (unsigned)rd_uint(&r, 1);
    size_t n = (size_t)rd_uint(&r, 4);
    if (r.failed) {
        *need = QN_FRAME_HEAD;
        return qn_fail(err, QN_ABSENT, "frame.more", "have=%zu|need=%d", in->n, QN_FRAME_HEAD);
    }
    /* SPEC exchange-1: "Type 0 is refused" */
    if (t == 0)
        return qn_fail(err, QN_MALFORMED, "frame.type", "");
    /* SPEC exchange-1: "is skipped, if it is at most 1,052,672 bytes long" */
    size_t max = t < sizeof(payload_max) / sizeof(payload_max[0]) ? payload_max[t] : QN_FRAME_MAX;
    if (n > max)
        return qn_fail(err, QN_LIMIT, "frame.too-long", "type=%u|have=%zu|max=%zu", t, n, max);
    struct qn_span whole = rd_span(&r, n);
    if (r.failed) {
        *need = QN_FRAME_HEAD + n;
        return qn_fail(err, QN_ABSENT, "frame.more", "have=%zu|need=%zu", in->n, *need);
    }
    *type = (enum qn_frame_type)t;
    *payload = whole;
    *in = r.in;
    return QN_OK;
}

/* ---- PART -------------------------------------------------------------------------------------------- */

void qn_part_frame_encode(struct qn_buf *out, const struct qn_part_frame *p)
{
    qn_put_uint(out, p->origin.n, 1);
    qn_put_span(out, p->origin);
    qn_put_uint(out, p->seq, 8);
    qn_put_uint(out, p->part, 2);
    qn_put(out, p->salt, QN_SALT);
    qn_put_span(out, p->stored);
}

enum qn_code qn_part_frame_decode(struct qn_part_frame *out, struct qn_span in, struct qn_err *err)
{
    struct rd r = {.in = in};
    struct qn_part_frame p;
    char deployment[QN_DEPLOYMENT_MAX + 1], office[QN_CODE_MAX + 1];
    uint16_t epoch;
    p.origin = rd_span(&r, (size_t)rd_uint(&r, 1));
    p.seq = rd_uint(&r, 8);
    p.part = (uint16_t)rd_uint(&r, 2);
    p.salt = rd_span(&r, QN_SALT).p;
    p.stored = rd_span(&r, r.in.n);
    /* SPEC exchange-5: "seq is below 2^35, part is the number of the descriptor (0 to 255), stored bytes are 1 to
     * 1,048,576" */
    if (r.failed || p.seq >= QN_SEQ_END || p.part >= QN_PARTS || p.stored.n < 1 ||
        p.stored.n > QN_PART_MAX ||
        qn_origin_parse(p.origin, deployment, office, &epoch, NULL) != QN_OK)
        return qn_fail(err, QN_MALFORMED, "frame.part", "bytes=%zu", in.n);
    *out = p;
    return QN_OK;
}

/* ---- TOLD -------------------------------------------------------------------------------------------- */

void qn_told_frame_encode(struct qn_buf *out, const struct qn_told_frame *t)
{
    qn_put_uint(out, t->origin.n, 1);
    qn_put_span(out, t->origin);
    qn_put_span(out, t->told);
}

enum qn_code qn_told_frame_decode(struct qn_told_frame *out, struct qn_span in, struct qn_err *err)
{
    struct rd r = {.in = in};
    struct qn_told_frame t;
    char deployment[QN_DEPLOYMENT_MAX + 1], office[QN_CODE_MAX + 1];
    uint16_t epoch;
    t.origin = rd_span(&r, (size_t)rd_uint(&r, 1));
    t.told = rd_span(&r, r.in.n);
    /* SPEC exchange-33: "1 to 64 bytes that the writer chooses" */
    if (r.failed || t.told.n < 1 || t.told.n > QN_TOLD_MAX ||
        qn_origin_parse(t.origin, deployment, office, &epoch, NULL) != QN_OK)
        return qn_fail(err, QN_MALFORMED, "frame.told", "bytes=%zu", in.n);
    *out = t;
    return QN_OK;
}

/* ---- RUN, END ------------------------------------------------------------------------------------------ */

void qn_run_frame_encode(struct qn_buf *out, const struct qn_run_frame *r)
{
    qn_put_uint(out, r->raw, 4);
    qn_put_span(out, r->coded);
}

enum qn_code qn_run_frame_decode(struct qn_run_frame *out, struct qn_span in, struct qn_err *err)
{
    struct rd r = {.in = in};
    struct qn_run_frame f;
    f.raw = (uint32_t)rd_uint(&r, 4);
    f.coded = rd_span(&r, r.in.n);
    /* SPEC exchange-22: "raw length is 1 to 1,048,576, and the zstd frame is shorter" */
    /* SPEC exchange-22: "at most 16 times the length of the frame" - told before a byte is inflated */
    if (r.failed || f.raw < 1 || f.raw > QN_RUN_MAX || f.coded.n < 1 || f.coded.n >= f.raw ||
        f.raw > QN_RUN_RATIO * f.coded.n)
        return qn_fail(err, QN_MALFORMED, "frame.run", "bytes=%zu", in.n);
    *out = f;
    return QN_OK;
}

void qn_end_encode(struct qn_buf *out, bool more)
{
    qn_put_uint(out, more, 1);
}

enum qn_code qn_end_decode(bool *more, struct qn_span in, struct qn_err *err)
{
    if (in.n != 1 || in.p[0] > 1)
        return qn_fail(err, QN_MALFORMED, "frame.end", "bytes=%zu", in.n);
    *more = in.p[0] == 1;
    return QN_OK;
}
