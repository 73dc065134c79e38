/* Receipts: what parses writes to the same text. */
#include "qian/frame.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct qn_receipt r;
    struct qn_span in = {data, size};
    struct qn_err err = {.code = QN_OK};
    enum qn_code rc = qn_receipt_parse(&r, in, &err);
    if (rc) {
        IS_REFUSAL(rc, err);
        return 0;
    }
    QN_AUTO(qn_buf) struct qn_buf again = {0};
    qn_buf_init(&again, size);
    qn_receipt_text(&again, &r);
    HOLDS(qn_span_eq(qn_buf_span(&again), in));
    return 0;
}
