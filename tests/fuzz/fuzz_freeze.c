/* draw-freeze/1: what parses formats to the same bytes. */
#include "qian/draw.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct qn_freeze parsed;
    struct qn_span in = {data, size};
    struct qn_err err = {.code = QN_OK};
    enum qn_code rc = qn_freeze_parse(&parsed, in, &err);
    if (rc) {
        IS_REFUSAL(rc, err);
        return 0;
    }
    QN_AUTO(qn_buf) struct qn_buf again = {0};
    qn_buf_init(&again, QN_TEXT_MAX);
    qn_freeze_text(&again, &parsed);
    HOLDS(!again.failed && qn_span_eq(in, qn_buf_span(&again)));
    qn_freeze_release(&parsed);
    return 0;
}
