/* Streams of frames, and the payloads that frame.c reads: what decodes encodes to the same bytes. */
#include "qian/frame.h"

#include "tests/fuzz/fuzz.h"

static bool read_payload(struct qn_buf *again, enum qn_frame_type type, struct qn_span payload,
                         struct qn_err *err)
{
    struct qn_part_frame part;
    struct qn_file_frame file;
    struct qn_want want;
    struct qn_file_name offer;
    struct qn_kept kept;
    struct qn_told_frame told;
    bool more;
    if (type == QN_FRAME_PART && qn_part_frame_decode(&part, payload, err) == QN_OK)
        qn_part_frame_encode(again, &part);
    else if (type == QN_FRAME_FILE && qn_file_frame_decode(&file, payload, err) == QN_OK)
        qn_file_frame_encode(again, &file);
    else if (type == QN_FRAME_WANT && qn_want_decode(&want, payload, err) == QN_OK)
        qn_want_encode(again, &want);
    else if (type == QN_FRAME_OFFER && qn_offer_decode(&offer, payload, err) == QN_OK)
        qn_offer_encode(again, &offer);
    else if (type == QN_FRAME_KEPT && qn_kept_decode(&kept, payload, err) == QN_OK)
        qn_kept_encode(again, &kept);
    else if (type == QN_FRAME_TOLD && qn_told_frame_decode(&told, payload, err) == QN_OK)
        qn_told_frame_encode(again, &told);
    else if (type == QN_FRAME_END && qn_end_decode(&more, payload, err) == QN_OK)
        qn_end_encode(again, more);
    else
        return false;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct qn_span in = {data, size}, payload;
    enum qn_frame_type type;
    size_t need = 0;
    struct qn_err err;
    for (;;) {
        struct qn_span before = in;
        enum qn_code rc = qn_frame_take(&in, &type, &payload, &need, &err);
        if (rc) {
            IS_REFUSAL(rc, err);
            HOLDS(in.p == before.p && in.n == before.n);
            HOLDS(rc != QN_ABSENT || (need > in.n && need <= QN_FRAME_HEAD + QN_FRAME_MAX));
            return 0;
        }
        HOLDS(before.n - in.n == QN_FRAME_HEAD + payload.n);
        QN_AUTO(qn_buf) struct qn_buf again = {0}, frame = {0};
        qn_buf_init(&again, QN_FRAME_MAX);
        qn_buf_init(&frame, QN_FRAME_HEAD + QN_FRAME_MAX);
        qn_frame_put(&frame, type, payload);
        HOLDS(qn_span_eq(qn_buf_span(&frame), (struct qn_span){before.p, before.n - in.n}));
        if (read_payload(&again, type, payload, &err))
            HOLDS(qn_span_eq(qn_buf_span(&again), payload));
    }
}
