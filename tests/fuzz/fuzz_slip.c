/* qian-slip/1: the sum is put right, so that the lines before it are what is judged. What parses, written out and
 * read again, is the same slip; opening it against any freeze ends in a verdict.                                  */
#include <string.h>

#include "protocol/wire.h"
#include "qian/slip.h"
#include "tests/fuzz/fuzz.h"

static void with_sum(struct qn_buf *out, struct qn_span body)
{
    uint8_t sum[QN_HASH];
    qn_buf_init(out, QN_SLIP_MAX);
    qn_put_span(out, body);
    wire_sha256(sum, &body, 1);
    qn_put_str(out, "sum ");
    qn_put_hex(out, sum, QN_HASH);
    qn_put_str(out, "\n");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct qn_slip parsed, again;
    static struct qn_freeze freeze;
    struct qn_err err = {.code = QN_OK};
    struct qn_object_attr attr;
    QN_AUTO(qn_buf) struct qn_buf in = {0}, text = {0};
    with_sum(&in, (struct qn_span){data, size});
    qn_buf_init(&text, QN_SLIP_MAX);
    if (in.failed)
        return 0;
    enum qn_code rc = qn_slip_parse(&parsed, qn_buf_span(&in), &err);
    if (rc) {
        IS_REFUSAL(rc, err);
        return 0;
    }
    qn_slip_text(&text, &parsed, (struct qn_span){NULL, 0});
    HOLDS(!text.failed && qn_slip_parse(&again, qn_buf_span(&text), &err) == QN_OK);
    HOLDS(memcmp(&parsed.path, &again.path, sizeof(parsed.path)) == 0 &&
          parsed.nmarks == again.nmarks && strcmp(parsed.object_id, again.object_id) == 0 &&
          parsed.index == again.index);
    freeze.roots.objects = size % 5000;
    freeze.roots.marks = size % 7;
    rc = qn_slip_open(&attr, &parsed, &freeze, &err);
    if (rc)
        IS_REFUSAL(rc, err);
    return 0;
}
