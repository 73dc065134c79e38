/* HAVE: what decodes seals again to the same bytes before the signature. */
#include "qian/frame.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t sk[64] = {1};
    struct qn_span in = {data, size};
    struct qn_err err = {.code = QN_OK};
    QN_AUTO(qn_have) struct qn_have h = {.n = 0};
    enum qn_code rc = qn_have_decode(&h, in, &err);
    if (rc) {
        IS_REFUSAL(rc, err);
        HOLDS(!h.origin);
        return 0;
    }
    QN_AUTO(qn_buf) struct qn_buf again = {0};
    qn_buf_init(&again, size);
    qn_have_seal(&again, &h, sk);
    HOLDS(again.n == size);
    HOLDS(qn_span_eq((struct qn_span){again.p, again.n - QN_SIG},
                     (struct qn_span){data, size - QN_SIG}));
    return 0;
}
