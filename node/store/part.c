#include "node/store/part.h"

#include <sodium.h>
#include <string.h>

#include "node/store/squeeze.h"

#define WORTH 1024 /* bytes below which a frame saves less than it costs to say so */
#define LEVEL \
    1 /* rows shrink to a quarter at once; higher levels cost the clerk time for a tenth more */

enum qn_code part_pack(enum qn_codec *codec, struct qn_buf *out, struct qn_span raw,
                       struct qn_err *err)
{
    *codec = QN_RAW;
    if (raw.n < WORTH)
        return QN_OK;
    bool gains;
    enum qn_code rc = squeeze(out, raw, LEVEL, &gains, err);
    if (!rc && gains)
        *codec = QN_ZSTD;
    return rc;
}

_Static_assert(QN_SEAL_BYTES == crypto_box_SEALBYTES && QN_PUBKEY == crypto_box_PUBLICKEYBYTES,
               "the format's lengths are libsodium's");

/* SPEC entry-13: "sealed, after coding, with crypto_box_seal to the box key of the office in to" */
enum qn_code part_seal(struct qn_buf *out, struct qn_span coded, const uint8_t box[QN_PUBKEY],
                       struct qn_err *err)
{
    uint8_t *to = qn_buf_room(out, coded.n + QN_SEAL_BYTES);
    if (!to)
        return qn_buf_check(out, err);
    if (crypto_box_seal(to, coded.p, coded.n, box) == 0)
        return QN_OK;
    out->n -= coded.n + QN_SEAL_BYTES;
    return qn_fail(err, QN_UNVERIFIED, "act.box-key", "");
}

enum qn_code part_open(struct qn_span *coded, struct qn_buf *room, struct qn_span stored,
                       const uint8_t box[QN_PUBKEY], const uint8_t box_sk[32], struct qn_err *err)
{
    qn_buf_release(room);
    qn_buf_init(room, QN_PART_MAX);
    if (stored.n <= QN_SEAL_BYTES)
        return qn_fail(err, QN_UNVERIFIED, "entry.seal", "stored=%zu", stored.n);
    uint8_t *to = qn_buf_room(room, stored.n - QN_SEAL_BYTES);
    if (!to)
        return qn_buf_check(room, err);
    if (crypto_box_seal_open(to, stored.p, stored.n, box, box_sk) != 0)
        return qn_fail(err, QN_UNVERIFIED, "entry.seal", "stored=%zu", stored.n);
    *coded = qn_buf_span(room);
    return QN_OK;
}

static enum qn_code bad_frame(const struct qn_part *part, struct qn_err *err)
{
    return qn_fail(err, QN_MALFORMED, "entry.codec-bytes", "stored=%u|raw=%u", part->stored,
                   part->raw);
}

enum qn_code part_raw(struct qn_span *raw, struct qn_buf *room, const struct qn_part *part,
                      struct qn_span coded, struct qn_err *err)
{
    switch (part->codec) {
    case QN_RAW:
        *raw = coded;
        return QN_OK;
    case QN_ZSTD: {
        /* SPEC entry-12: "exactly one zstd frame (RFC 8878) without dictionary, whose header gives raw as its content size" */
        if (!squeeze_fits(coded, part->raw))
            return bad_frame(part, err);
        qn_buf_release(room);
        qn_buf_init(room, QN_PART_MAX);
        uint8_t *to = qn_buf_room(room, part->raw);
        if (!to)
            return qn_buf_check(room, err);
        if (!unsqueeze(to, part->raw, coded))
            return bad_frame(part, err);
        *raw = (struct qn_span){to, part->raw};
        return QN_OK;
    }
    }
    /* SPEC entry-12: "A part of another codec is kept and relayed, and its rows wait" */
    return qn_fail(err, QN_LATER, "entry.codec", "have=%d", (int)part->codec);
}

enum qn_code part_rows(const struct qn_registry *known, const struct qn_header *h, unsigned no,
                       struct qn_span stored, struct qn_buf *room, qn_row_fn *row, void *ctx,
                       uint32_t *rows, struct qn_err *err)
{
    const struct qn_registry *reg;
    struct qn_err unknown;
    struct qn_span raw;
    if ((known && h->schema > known->version) ||
        qn_registry_get(&reg, h->schema, &unknown) != QN_OK)
        return qn_fail(err, QN_LATER, "apply.schema", "version=%u", h->schema);
    /* SPEC entry-7: "one whose hash is not that version's is refused" */
    if (memcmp(reg->hash, h->schema_hash, QN_HASH) != 0)
        return qn_fail(err, QN_DENIED, "apply.schema-hash", "version=%u", h->schema);
    enum qn_code rc = part_raw(&raw, room, &h->part[no], stored, err);
    struct qn_change_limits limits = {.registry = reg,
                                      .lane = h->lane,
                                      .audience = h->part[no].audience,
                                      .rows_max = QN_PART_ROWS};
    return rc ? rc : qn_change_read(raw, &limits, row, ctx, rows, err);
}
