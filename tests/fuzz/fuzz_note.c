/* Notes, checkpoints and proof files: what parses writes the same bytes again. */
#include "qian/note.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

static void checkpoint(struct qn_span text)
{
    struct qn_checkpoint c;
    struct qn_err err = {.code = QN_OK};
    enum qn_code rc = qn_checkpoint_parse(&c, text, &err);
    if (rc) {
        IS_REFUSAL(rc, err);
        return;
    }
    QN_AUTO(qn_buf) struct qn_buf again = {0};
    qn_buf_init(&again, text.n);
    qn_checkpoint_text(&again, c.origin, c.size, c.root);
    HOLDS(!again.failed && again.n <= text.n && memcmp(again.p, text.p, again.n) == 0); /* extension lines follow */
}

static void proof(struct qn_span in)
{
    struct qn_proof p;
    struct qn_span note;
    struct qn_err err = {.code = QN_OK};
    uint64_t index;
    enum qn_code rc = qn_proof_parse(&index, &p, &note, in, &err);
    if (rc) {
        IS_REFUSAL(rc, err);
        return;
    }
    QN_AUTO(qn_buf) struct qn_buf again = {0};
    qn_buf_init(&again, in.n);
    qn_proof_write(&again, index, &p, note);
    HOLDS(qn_span_eq(qn_buf_span(&again), in));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[QN_PUBKEY] = {1};
    struct qn_span in = {data, size};
    struct qn_err err = {.code = QN_OK};
    struct qn_note n;
    uint64_t time_s;
    proof(in);
    enum qn_code rc = qn_note_parse(&n, in, &err);
    if (rc) {
        IS_REFUSAL(rc, err);
        return 0;
    }
    HOLDS(n.nsigs >= 1 && n.nsigs <= QN_NOTE_SIGS && n.text.n && n.text.p[n.text.n - 1] == '\n');
    HOLDS(qn_note_verify(&n, n.sig[0].name, key, &err) != QN_OK);
    HOLDS(qn_cosign_verify(&n, n.sig[0].name, key, &time_s, &err) != QN_OK);
    checkpoint(n.text);
    return 0;
}
