/* RUN: what opens is as long as it says and falls into frames; none of them may be one that does not stand in a run. */
#include "node/sync/run.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct qn_span in = {data, size}, frames = {NULL, 0}, payload;
    struct qn_err err = {.code = QN_OK};
    enum qn_frame_type type;
    QN_AUTO(qn_buf) struct qn_buf room = {0};
    enum qn_code rc = run_open(&frames, &room, in, &err);
    if (rc) {
        IS_REFUSAL(rc, err);
        HOLDS(!frames.p && rc != QN_IO);
        return 0;
    }
    HOLDS(frames.n && frames.n <= QN_RUN_MAX && frames.n == room.n);
    while (frames.n) {
        size_t left = frames.n;
        rc = run_next(&frames, &type, &payload, &err);
        if (rc) {
            IS_REFUSAL(rc, err);
            break;
        }
        HOLDS(frames.n + QN_FRAME_HEAD + payload.n == left);
        HOLDS(type != QN_FRAME_HAVE && type != QN_FRAME_END && type != QN_FRAME_RUN);
    }
    return 0;
}
