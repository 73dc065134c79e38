/* Entry headers: what decodes encodes to the same bytes. */
#include "qian/entry.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct qn_header h;
    struct qn_span in = {data, size};
    struct qn_err err = {.code = QN_OK};
    QN_AUTO(qn_buf) struct qn_buf again = {0};
    qn_buf_init(&again, QN_HEADER_MAX);
    enum qn_code rc = qn_header_decode(&h, in, &err);
    if (rc) {
        IS_REFUSAL(rc, err);
        return 0;
    }
    qn_header_encode(&again, &h);
    HOLDS(qn_span_eq(qn_buf_span(&again), in));
    HOLDS(h.nparts >= 1 && h.nparts <= QN_PARTS && h.ndeps <= QN_DEPS && h.seq < QN_SEQ_END);
    return 0;
}
