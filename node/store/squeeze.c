#include "node/store/squeeze.h"

#include <zstd.h>

enum qn_code squeeze(struct qn_buf *out, struct qn_span raw, int level, bool *gains,
                     struct qn_err *err)
{
    size_t bound = ZSTD_compressBound(raw.n);
    uint8_t *to = qn_buf_room(out, bound);
    *gains = false;
    if (!to)
        return qn_buf_check(out, err);
    size_t n = ZSTD_compress(to, bound, raw.p, raw.n, level);
    *gains = !ZSTD_isError(n) && n < raw.n - raw.n / 8;
    out->n -= *gains ? bound - n : bound;
    return QN_OK;
}

bool squeeze_fits(struct qn_span coded, size_t raw)
{
    return ZSTD_findFrameCompressedSize(coded.p, coded.n) == coded.n &&
           ZSTD_getFrameContentSize(coded.p, coded.n) == raw &&
           !ZSTD_getDictID_fromFrame(coded.p, coded.n);
}

bool unsqueeze(uint8_t *to, size_t raw, struct qn_span coded)
{
    return ZSTD_decompress(to, raw, coded.p, coded.n) == raw;
}
