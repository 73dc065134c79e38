/* FORK: what decodes encodes to the same bytes; evidence against a fixed log is judged without harm, and never
 * holds for two items that are one. */
#include "qian/frame.h"

#include <sodium.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t seed[32] = {
        3}; /* the key under the corpus, as in tests/unit/test_fork.c */
    struct qn_cert signer = {.deployment = "shanxi.example", .office = "140107", .epoch = 2};
    struct qn_span in = {data, size};
    struct qn_err err = {.code = QN_OK};
    uint8_t sk[64];
    struct qn_fork f;
    uint64_t place;
    enum qn_code rc = qn_fork_decode(&f, in, &err);
    if (rc) {
        IS_REFUSAL(rc, err);
        return 0;
    }
    QN_AUTO(qn_buf) struct qn_buf again = {0};
    qn_buf_init(&again, size);
    qn_fork_encode(&again, &f);
    HOLDS(qn_span_eq(qn_buf_span(&again), in));
    crypto_sign_seed_keypair(signer.log, sk, seed);
    rc = qn_fork_verify(&f, &signer, &place, &err);
    HOLDS(rc != QN_OK || !qn_span_eq(f.a, f.b));
    f.b = f.a;
    HOLDS(qn_fork_verify(&f, &signer, &place, &err) != QN_OK);
    return 0;
}
