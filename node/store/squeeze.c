#include "node/store/squeeze.h"

#include <pthread.h>
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

/* Making the workspace of a frame costs half as much as unpacking 50 KB: each thread keeps one, and gives it back when it
 * ends. Nothing of a frame stays in it that the next one could see.                                                   */
static pthread_key_t kept;
static bool keeps;

static void give_back(void *d)
{
    ZSTD_freeDCtx(d);
}

static void make_key(void)
{
    keeps = pthread_key_create(&kept, give_back) == 0;
}

static ZSTD_DCtx *workspace(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_key);
    ZSTD_DCtx *d = keeps ? pthread_getspecific(kept) : NULL;
    if (d || !keeps)
        return d;
    d = ZSTD_createDCtx();
    if (!d || pthread_setspecific(kept, d) == 0)
        return d;
    ZSTD_freeDCtx(d);
    return NULL;
}

bool unsqueeze(uint8_t *to, size_t raw, struct qn_span coded)
{
    ZSTD_DCtx *d = workspace();
    size_t n = d ? ZSTD_decompressDCtx(d, to, raw, coded.p, coded.n)
                 : ZSTD_decompress(to, raw, coded.p, coded.n);
    return n == raw;
}
