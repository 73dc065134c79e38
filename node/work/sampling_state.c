/* sampling_state.c - how far a sample has come. SPEC: protocol/spec/sampling.md (sampling-25) */
#include <stdio.h>

#include "node/store/clock.h"
#include "node/work/sampling_ask.h"

/* SPEC sampling-25: "The state of a sample is the first that applies" */
enum qn_code sampling_state(char out[RECORD_STATE], struct store *st, const char *office,
                            int64_t id, struct qn_err *err)
{
    char today[11];
    clock_today(st, today);
    QN_AUTO(query) struct query q = query_start(st, SQL_STATE_SAMPLE);
    q_bind_text(&q, office);
    q_bind_int(&q, id);
    q_bind_text(&q, today);
    q_bind_text(&q, store_self(st) ? store_self(st)->office : "");
    if (q_step(&q))
        snprintf(out, RECORD_STATE, "%s", q_text(&q, 0));
    return query_end(&q, err);
}
