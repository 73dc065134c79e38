/* The header of a file that is said to be a backup: read as it is, and with the sum that it would need. What is read is written
 * again as the same bytes.                                                                                        */
#include <sodium.h>

#include "node/backup/head.h"
#include "tests/fuzz/fuzz.h"

static void read_head(struct qn_span in)
{
    struct backup_head h;
    struct qn_err err;
    size_t used;
    enum qn_code rc = backup_head_read(&h, &used, in, &err);
    if (rc) {
        IS_REFUSAL(rc, err);
        return;
    }
    QN_AUTO(qn_buf) struct qn_buf again = {0};
    qn_buf_init(&again, BACKUP_HEAD_MAX);
    backup_head_put(&again, &h);
    HOLDS(qn_span_eq(qn_buf_span(&again), (struct qn_span){in.p, used}));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t sum[QN_HASH];
    QN_AUTO(qn_buf) struct qn_buf summed = {0};
    read_head((struct qn_span){data, size});
    qn_buf_init(&summed, size + 200);
    qn_put(&summed, data, size);
    crypto_hash_sha256(sum, data, size);
    qn_put_str(&summed, "sum ");
    qn_put_hex(&summed, sum, sizeof(sum));
    qn_put_str(&summed, "\n\n");
    read_head(qn_buf_span(&summed));
    return 0;
}
