/* evidence_entry.c - one entry that stands alone in a file: a verdict, the digest of a site's script, a result. */
#include <stdlib.h>
#include <string.h>

#include "protocol/wire.h"
#include "qian/evidence.h"

static const struct {
    const char *name;
    enum qn_kind kind;
} alone[] = {
    [QN_EV_VERDICT] = {"VERDICT", QN_KIND_VERDICT},
    [QN_EV_SCRIPT] = {"PUBLISH", QN_KIND_PUBLISH},
    [QN_EV_RESULT] = {"RESULT", QN_KIND_RESULT},
    [QN_EV_EXC] = {"EXC", QN_KIND_EXC},
};

static enum qn_code bad_frames(enum qn_ev_alone what, struct qn_err *err)
{
    return qn_fail(err, QN_MALFORMED, "evidence.frames", "entry=%s", alone[what].name);
}

enum qn_code qn_evidence_next(struct qn_ev_entry *out, enum qn_ev_alone what,
                              struct qn_span *frames, struct qn_err *err)
{
    struct qn_ev_entry x = {0};
    struct qn_span head, part;
    enum qn_frame_type type;
    char deployment[QN_DEPLOYMENT_MAX + 1];
    size_t need;
    struct qn_err inner;
    if (qn_frame_take(frames, &type, &head, &need, &inner) != QN_OK || type != QN_FRAME_HEADER ||
        qn_frame_take(frames, &type, &part, &need, &inner) != QN_OK || type != QN_FRAME_PART ||
        head.n <= QN_SIG || qn_part_frame_decode(&x.part, part, &inner) != QN_OK)
        return bad_frames(what, err);
    x.sig = head.p;
    x.header = (struct qn_span){head.p + QN_SIG, head.n - QN_SIG};
    qn_leaf_hash(x.leaf, x.header);
    struct qn_header *h = malloc(sizeof(*h)); /* 20 KB: not for a small stack */
    if (!h)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    enum qn_code rc = qn_header_decode(h, x.header, err);
    if (!rc)
        rc = qn_origin_parse(h->origin, deployment, x.office, &x.epoch, err);
    if (!rc &&
        (!qn_text_copy(x.origin, sizeof(x.origin), h->origin) || h->kind != alone[what].kind ||
         !qn_span_eq(x.part.origin, h->origin) || x.part.seq != h->seq || x.part.part >= h->nparts))
        rc = bad_frames(what, err);
    x.seq = rc ? 0 : h->seq;
    free(h);
    if (!rc)
        *out = x;
    return rc;
}

/* SPEC site-15: "one HEADER frame and one PART frame with its public part, nothing else" */
enum qn_code qn_evidence_alone(struct qn_ev_entry *out, enum qn_ev_alone what,
                               struct qn_span frames, struct qn_err *err)
{
    struct qn_ev_entry x;
    enum qn_code rc = qn_evidence_next(&x, what, &frames, err);
    if (!rc && frames.n)
        rc = bad_frames(what, err);
    if (!rc)
        *out = x;
    return rc;
}

struct authorised {
    const struct qn_header *h;
    const struct qn_cert *signer;
    qn_row_fn *row;
    void *ctx;
};

static enum qn_code authorise(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    const struct authorised *a = ctx;
    enum qn_code rc = qn_authorise(row, a->h, a->signer, err);
    return rc ? rc : a->row(a->ctx, row, err);
}

static enum qn_code read_rows(const struct qn_ev_entry *x, enum qn_ev_alone what,
                              const struct qn_header *h, struct authorised *a, struct qn_err *err)
{
    const struct qn_registry *reg;
    uint32_t rows;
    struct qn_err inner;
    const char *name = alone[what].name;
    if (h->part[x->part.part].audience != QN_PUBLIC ||
        qn_part_check(&h->part[x->part.part], x->part.salt, x->part.stored, &inner) != QN_OK)
        return qn_fail(err, QN_UNVERIFIED, "evidence.commitment", "entry=%s", name);
    enum qn_code rc = qn_registry_get(&reg, h->schema, err);
    if (!rc && memcmp(reg->hash, h->schema_hash, QN_HASH) != 0)
        rc = qn_fail(err, QN_UNVERIFIED, "evidence.schema", "entry=%s|version=%u", name, h->schema);
    if (rc)
        return rc;
    struct qn_change_limits limits = {
        .registry = reg, .lane = h->lane, .audience = QN_PUBLIC, .rows_max = QN_PART_ROWS};
    return qn_change_read(x->part.stored, &limits, authorise, a, &rows, err);
}

enum qn_code qn_evidence_alone_rows(const struct qn_ev_entry *x, enum qn_ev_alone what,
                                    const struct qn_cert *signer, qn_row_fn *row, void *ctx,
                                    struct qn_err *err)
{
    char origin[QN_ORIGIN_MAX + 1];
    struct qn_err inner;
    qn_cert_origin(origin, signer);
    if (strcmp(origin, x->origin) != 0 ||
        qn_header_verify(x->header, x->sig, signer->log, &inner) != QN_OK)
        return qn_fail(err, QN_UNVERIFIED, "evidence.signature", "entry=%s|log=%s",
                       alone[what].name, x->origin);
    struct qn_header *h = malloc(sizeof(*h));
    if (!h)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    enum qn_code rc = qn_header_decode(h, x->header, err);
    struct authorised a = {.h = h, .signer = signer, .row = row, .ctx = ctx};
    if (!rc)
        rc = read_rows(x, what, h, &a, err);
    free(h);
    return rc;
}
