#include "qian/blind.h"

#include <sodium.h>

/* SPEC sampling-11: "H of `qian-blind/0`, a zero byte, the name of the sample (`OFFICE:epoch-seq-n`), a zero byte, the number, a zero byte and the salt" */
void qn_blind_digest(uint8_t out[QN_HASH], struct qn_span sample, struct qn_span number,
                     const uint8_t salt[QN_BLIND_SALT])
{
    static const uint8_t tag[] = "qian-blind/0", zero = 0;
    crypto_hash_sha256_state h;
    crypto_hash_sha256_init(&h);
    crypto_hash_sha256_update(&h, tag, sizeof(tag));
    crypto_hash_sha256_update(&h, sample.p, sample.n);
    crypto_hash_sha256_update(&h, &zero, 1);
    crypto_hash_sha256_update(&h, number.p, number.n);
    crypto_hash_sha256_update(&h, &zero, 1);
    crypto_hash_sha256_update(&h, salt, QN_BLIND_SALT);
    crypto_hash_sha256_final(&h, out);
}
