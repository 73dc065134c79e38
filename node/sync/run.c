#include "node/sync/run.h"

#include "node/store/squeeze.h"

#define LEVEL \
    3 /* a header and a signature hardly shrink; texts do, and a slow line is what costs */

void run_init(struct run *r, const struct exchange_options *to)
{
    *r = (struct run){.to = to, .packs = to->peer->able & QN_ABLE_RUN};
    qn_buf_init(&r->frames, QN_RUN_MAX);
    qn_buf_init(&r->packed, 2 * QN_RUN_MAX);
}

void run_release(struct run *r)
{
    qn_buf_release(&r->frames);
    qn_buf_release(&r->packed);
}

static enum qn_code emit(struct run *r, enum qn_frame_type type, struct qn_span payload,
                         uint64_t *bytes, struct qn_err *err)
{
    enum qn_code rc = r->to->emit(r->to->ctx, type, payload, err);
    if (!rc)
        *bytes += QN_FRAME_HEAD + payload.n;
    return rc;
}

static enum qn_code emit_bare(struct run *r, uint64_t *bytes, struct qn_err *err)
{
    struct qn_span in = qn_buf_span(&r->frames), payload;
    enum qn_code rc = QN_OK;
    while (!rc && in.n) {
        enum qn_frame_type type;
        rc = run_next(&in, &type, &payload, err);
        if (!rc)
            rc = emit(r, type, payload, bytes, err);
    }
    return rc;
}

enum qn_code run_flush(struct run *r, uint64_t *bytes, struct qn_err *err)
{
    bool gains;
    if (!r->frames.n)
        return QN_OK;
    r->packed.n = 0;
    qn_put_uint(&r->packed, r->frames.n, 4);
    enum qn_code rc = squeeze(&r->packed, qn_buf_span(&r->frames), LEVEL, &gains, err);
    /* SPEC exchange-24: "and frames that would shrink below a sixteenth" */
    gains = !rc && gains && r->frames.n <= QN_RUN_RATIO * (r->packed.n - 4);
    if (!rc)
        rc = gains ? emit(r, QN_FRAME_RUN, qn_buf_span(&r->packed), bytes, err)
                   : emit_bare(r, bytes, err);
    r->frames.n = 0;
    return rc;
}

/* SPEC exchange-24: "CERTs go bare" - a stranger's chain is read before its HAVE is believed. */
static bool goes_bare(const struct run *r, enum qn_frame_type type, size_t n)
{
    return !r->packs || type == QN_FRAME_HAVE || type == QN_FRAME_CERT || type == QN_FRAME_END ||
           type == QN_FRAME_RUN || n > RUN_BYTES;
}

enum qn_code run_put(struct run *r, enum qn_frame_type type, struct qn_span payload, bool bare,
                     uint64_t *bytes, struct qn_err *err)
{
    size_t n = QN_FRAME_HEAD + payload.n;
    enum qn_code rc = QN_OK;
    bare = bare || goes_bare(r, type, n);
    if (bare || r->frames.n + n > RUN_BYTES) /* what came before goes before */
        rc = run_flush(r, bytes, err);
    if (rc)
        return rc;
    if (bare)
        return emit(r, type, payload, bytes, err);
    qn_frame_put(&r->frames, type, payload);
    return qn_buf_check(&r->frames, err);
}

enum qn_code run_open(struct qn_span *frames, struct qn_buf *room, struct qn_span payload,
                      struct qn_err *err)
{
    struct qn_run_frame f;
    enum qn_code rc = qn_run_frame_decode(&f, payload, err);
    if (rc)
        return rc;
    qn_buf_release(room);
    qn_buf_init(room, QN_RUN_MAX);
    /* SPEC exchange-23: "exactly one, without dictionary, and its header gives the raw length as its content size" */
    uint8_t *to = squeeze_fits(f.coded, f.raw) ? qn_buf_room(room, f.raw) : NULL;
    if (room->failed)
        return qn_buf_check(room, err);
    if (!to || !unsqueeze(to, f.raw, f.coded))
        return qn_fail(err, QN_MALFORMED, "run.packed", "raw=%u|packed=%zu", f.raw, f.coded.n);
    *frames = (struct qn_span){to, f.raw};
    return QN_OK;
}

enum qn_code run_next(struct qn_span *frames, enum qn_frame_type *type, struct qn_span *payload,
                      struct qn_err *err)
{
    size_t need, left = frames->n;
    struct qn_err why;
    enum qn_code rc = qn_frame_take(frames, type, payload, &need, &why);
    if (rc == QN_ABSENT)
        return qn_fail(err, QN_MALFORMED, "run.cut", "bytes=%zu", left);
    if (rc && err)
        *err = why;
    /* SPEC exchange-22: "HAVE, END and RUN do not stand" */
    if (!rc && (*type == QN_FRAME_HAVE || *type == QN_FRAME_END || *type == QN_FRAME_RUN))
        return qn_fail(err, QN_MALFORMED, "run.inside", "type=%u", (unsigned)*type);
    return rc;
}
