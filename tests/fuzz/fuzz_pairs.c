/* draw-pairs/1: the parser formats for itself; here what it accepts must name objects in order and stay in bounds. */
#include "qian/draw.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct qn_pairs p;
    struct qn_err err = {.code = QN_OK};
    enum qn_code rc = qn_pairs_parse(&p, (struct qn_span){data, size}, &err);
    if (rc) {
        IS_REFUSAL(rc, err);
        return 0;
    }
    for (size_t i = 0; i < p.nvisits; i++) {
        const struct qn_pairs_visit *v = &p.visit[i];
        HOLDS(v->n >= 1 && v->n <= QN_VISIT_SLOTS && v->slots);
        HOLDS(i == 0 || qn_span_cmp(v[-1].object, v->object) < 0);
    }
    qn_pairs_release(&p);
    return 0;
}
