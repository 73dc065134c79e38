#include "qian/frame.h"

#include <inttypes.h>
#include <string.h>

#include "protocol/wire.h"

void qn_fork_encode(struct qn_buf *out, const struct qn_fork *f)
{
    qn_put_uint(out, f->what, 1);
    qn_put_uint(out, f->a.n, 4);
    qn_put_span(out, f->a);
    qn_put_uint(out, f->b.n, 4);
    qn_put_span(out, f->b);
}

enum qn_code qn_fork_decode(struct qn_fork *out, struct qn_span in, struct qn_err *err)
{
    struct rd r = {.in = in};
    struct qn_fork f;
    unsigned what = (unsigned)rd_uint(&r, 1);
    if (!r.failed && what != QN_FORK_CHECKPOINTS && what != QN_FORK_HEADERS)
        return qn_fail(err, QN_MALFORMED, "fork.what", "have=%u", what);
    f.what = (enum qn_fork_what)what;
    f.a = rd_span(&r, (size_t)rd_uint(&r, 4));
    f.b = rd_span(&r, (size_t)rd_uint(&r, 4));
    /* SPEC exchange-13: "An item is not empty, and not longer than a CHECKPOINT or HEADER frame" */
    size_t max = f.what == QN_FORK_CHECKPOINTS ? QN_NOTE_MAX : QN_SIG + QN_HEADER_MAX;
    size_t min = f.what == QN_FORK_CHECKPOINTS ? 1 : QN_SIG + 1;
    if (!rd_end(&r) || f.a.n < min || f.b.n < min || f.a.n > max || f.b.n > max)
        return qn_fail(err, QN_MALFORMED, "fork.items", "bytes=%zu", in.n);
    *out = f;
    return QN_OK;
}

/* What one side says: that the log `origin` has at `place` what `says` stands for. */
struct claim {
    uint64_t place;
    struct qn_span says;
    uint8_t root[QN_HASH];
};

static enum qn_code not_its_own(const char *origin, struct qn_err *err)
{
    return qn_fail(err, QN_UNVERIFIED, "fork.origin", "log=%s", origin);
}

static enum qn_code read_checkpoint(struct claim *out, struct qn_span item, const char *origin,
                                    const struct qn_cert *signer, struct qn_err *err)
{
    struct qn_note note;
    struct qn_checkpoint c;
    enum qn_code rc = qn_note_parse(&note, item, err);
    if (!rc)
        rc = qn_checkpoint_parse(&c, note.text, err);
    if (rc)
        return rc;
    if (!qn_span_is(c.origin, origin))
        return not_its_own(origin, err);
    if (qn_note_verify(&note, c.origin, signer->log, NULL) != QN_OK)
        return qn_fail(err, QN_UNVERIFIED, "fork.signature", "log=%s", origin);
    /* Extension lines and cosignatures may differ without a contradiction: the root alone counts. */
    out->place = c.size;
    memcpy(out->root, c.root, QN_HASH);
    out->says = QN_SPAN(out->root);
    return QN_OK;
}

static enum qn_code read_header(struct claim *out, struct qn_span item, const char *origin,
                                const struct qn_cert *signer, struct qn_err *err)
{
    struct qn_header h;
    struct qn_span bytes = {item.p + QN_SIG, item.n - QN_SIG};
    enum qn_code rc = qn_header_decode(&h, bytes, err);
    if (rc)
        return rc;
    if (!qn_span_is(h.origin, origin))
        return not_its_own(origin, err);
    if (qn_header_verify(bytes, item.p, signer->log, NULL) != QN_OK)
        return qn_fail(err, QN_UNVERIFIED, "fork.signature", "log=%s", origin);
    out->place = h.seq;
    out->says = bytes;
    return QN_OK;
}

static enum qn_code read_claim(struct claim *out, const struct qn_fork *f, struct qn_span item,
                               const char *origin, const struct qn_cert *signer, struct qn_err *err)
{
    if (f->what == QN_FORK_CHECKPOINTS)
        return read_checkpoint(out, item, origin, signer, err);
    if (item.n <= QN_SIG)
        return qn_fail(err, QN_MALFORMED, "fork.items", "bytes=%zu", item.n);
    return read_header(out, item, origin, signer, err);
}

enum qn_code qn_fork_verify(const struct qn_fork *f, const struct qn_cert *signer, uint64_t *place,
                            struct qn_err *err)
{
    char origin[QN_ORIGIN_MAX + 1];
    struct claim a = {.place = 0}, b = {.place = 0};
    qn_cert_origin(origin, signer);
    enum qn_code rc = read_claim(&a, f, f->a, origin, signer, err);
    if (!rc)
        rc = read_claim(&b, f, f->b, origin, signer, err);
    if (rc)
        return rc;
    /* SPEC exchange-14: "checkpoints of one size with two roots, or two different headers of one seq" */
    if (a.place != b.place)
        return qn_fail(err, QN_UNVERIFIED, "fork.places",
                       "log=%s|first=%" PRIu64 "|second=%" PRIu64, origin, a.place, b.place);
    if (qn_span_eq(a.says, b.says))
        return qn_fail(err, QN_UNVERIFIED, "fork.agrees", "log=%s|place=%" PRIu64, origin, a.place);
    *place = a.place;
    return QN_OK;
}
