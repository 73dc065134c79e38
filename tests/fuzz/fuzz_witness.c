/* add-checkpoint: requests, sizes, answers, verifier keys: what parses writes the same bytes again. */
#include "qian/witness.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

static const uint8_t key[QN_PUBKEY] = {1};

static void request(struct qn_span in)
{
    static struct qn_witness_request r;
    struct qn_witness_log log = {.size = 0};
    struct qn_err err = {.code = QN_OK};
    enum qn_code rc = qn_witness_parse(&r, in, &err);
    if (rc) {
        IS_REFUSAL(rc, err);
        return;
    }
    QN_AUTO(qn_buf) struct qn_buf again = {0};
    qn_buf_init(&again, in.n);
    qn_witness_write(&again, r.old, &r.proof, r.bytes);
    HOLDS(qn_span_eq(qn_buf_span(&again), in));
    HOLDS(qn_witness_judge(&r, NULL) == QN_WITNESS_UNKNOWN);
    memcpy(log.key, key, sizeof(key));
    log.size = r.old;
    HOLDS(qn_witness_judge(&r, &log) == QN_WITNESS_UNSIGNED);
}

static void answer(struct qn_span in)
{
    static const struct qn_vkey witness = {
        .name = "witness.example/w1", .type = QN_NOTE_COSIGNER, .key = {1}};
    struct qn_err err = {.code = QN_OK};
    struct qn_span line;
    uint64_t time_s;
    enum qn_code rc = qn_witness_answer(
        &line, &time_s,
        qn_str("test.example/1406/1\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"), in,
        &witness, &err);
    HOLDS(rc != QN_OK); /* nobody signs for this key */
    IS_REFUSAL(rc, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct qn_span in = {data, size};
    struct qn_err err = {.code = QN_OK};
    struct qn_vkey k;
    uint64_t n;
    request(in);
    answer(in);
    enum qn_code rc = qn_witness_size_parse(&n, in, &err);
    if (rc) {
        IS_REFUSAL(rc, err);
    } else {
        char text[32];
        int len = snprintf(text, sizeof(text), "%llu\n", (unsigned long long)n);
        HOLDS((size_t)len == size && memcmp(text, data, size) == 0);
    }
    rc = qn_vkey_parse(&k, in, &err);
    if (rc) {
        IS_REFUSAL(rc, err);
        return 0;
    }
    QN_AUTO(qn_buf) struct qn_buf again = {0};
    qn_buf_init(&again, size);
    qn_vkey_write(&again, &k);
    HOLDS(qn_span_eq(qn_buf_span(&again), in));
    return 0;
}
