/* draw-rules/1: what parses formats to the same bytes, and its expressions can be asked about any object. */
#include "qian/rules.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct qn_object_attr some = {1, 3, 0, 2, 1, 18000, "140602", 2, {5, 700}};
    static struct qn_rules r;
    struct qn_span in = {data, size};
    struct qn_err err = {.code = QN_OK};
    enum qn_code rc = qn_rules_parse(&r, in, &err);
    if (rc) {
        IS_REFUSAL(rc, err);
        return 0;
    }
    QN_AUTO(qn_buf) struct qn_buf again = {0};
    qn_buf_init(&again, QN_RULES_MAX);
    qn_rules_text(&again, &r);
    HOLDS(!again.failed && qn_span_eq(in, qn_buf_span(&again)));
    (void)qn_expr_holds(&r, r.population, &some);
    for (unsigned h = 0; h < r.nstrata; h++)
        (void)qn_expr_holds(&r, r.stratum[h].expr, &some);
    return 0;
}
