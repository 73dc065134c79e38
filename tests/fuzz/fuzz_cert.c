/* Certificates, requests, policies: what decodes has one body. */
#include "qian/cert.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct qn_span in = {data, size};
    struct qn_err err = {.code = QN_OK};
    struct qn_cert c;
    struct qn_request r;
    struct qn_policy p, next;
    enum qn_code rc = qn_cert_decode(&c, in, &err);
    if (rc) {
        IS_REFUSAL(rc, err);
    } else {
        QN_AUTO(qn_buf) struct qn_buf body = {0};
        qn_buf_init(&body, QN_CERT_MAX);
        qn_cert_body(&body, &c);
        HOLDS(!body.failed && body.n < size && memcmp(body.p, data, body.n) == 0);
    }
    rc = qn_request_verify(&r, in, &err);
    if (rc)
        IS_REFUSAL(rc, err);
    rc = qn_policy_parse(&p, in, &err);
    if (rc) {
        IS_REFUSAL(rc, err);
    } else {
        QN_AUTO(qn_buf) struct qn_buf text = {0};
        qn_buf_init(&text, QN_POLICY_MAX);
        qn_policy_text(&text, &p);
        HOLDS(qn_span_eq(qn_buf_span(&text), in));
    }
    rc = qn_succession_verify(&next, in, &(struct qn_policy){.deployment = "shanxi.example", .k = 1}, &err);
    IS_REFUSAL(rc, err); /* a policy without keys has no successor */
    return 0;
}
