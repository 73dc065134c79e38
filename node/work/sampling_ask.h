/* sampling_ask.h - what the checks of product sampling ask of the records (node/store/sql-sampling.def). */
#ifndef QIAN_NODE_WORK_SAMPLING_ASK_H
#define QIAN_NODE_WORK_SAMPLING_ASK_H

#include "node/work/record_types.h"

#define SAMPLING_OBJECTION_DAYS \
    15 /* calendar days, where the task says nothing: Product Quality Law, article 15 */
#define SAMPLING_OBJECTION_MAX 365 /* what a task may say; SAMPLING_DAYS in sql-sampling.def */

/* The first two numbers of the statement's first row, 0 where there is none. ?1 is this office; then come text, where it
 * is not NULL, and the numbers.                                                                                 */
struct sampling_ask {
    enum sql sql;
    const char *text;
    int64_t n[4];
    unsigned count;
    const char *last; /* NULL: none */
};
QN_MUST_USE enum qn_code sampling_ask(int64_t out[2], struct store *st,
                                      const struct sampling_ask *ask, struct qn_err *err);
/* The state of a sample (record_type.state). */
QN_MUST_USE enum qn_code sampling_state(char out[RECORD_STATE], struct store *st,
                                        const char *office, int64_t id, struct qn_err *err);
/* Each of "1-45-2 NAME;1-46-0 NAME": its id, and where the next one begins; false at the end. */
bool sampling_staff_next(const char **list, int64_t *id);
/* Of a list of staff: all belong to the lab and may do this ("sampler", "tester"). */
QN_MUST_USE enum qn_code sampling_staff(const struct record_draft *d, const char *field,
                                        int64_t lab, const char *duty, struct qn_err *err);
/* The conclusion of a sample's test and the day it ended; "" while there is none or its number is not revealed. */
QN_MUST_USE enum qn_code sampling_tested(char conclusion[40], char ended[11], struct store *st,
                                         int64_t sample, struct qn_err *err);
/* When this kind of receiver got the report, the first of them; "" when none did. */
QN_MUST_USE enum qn_code sampling_served(char on[11], struct store *st, int64_t report,
                                         const char *kind, struct qn_err *err);
/* How far a sample is from its end. */
struct sampling_end {
    bool without_report; /* rejected, or its test ended without a report */
    bool reported, served;
    bool under_way;       /* a service to party or producer without a day of receipt */
    bool open;            /* an objection or a retest */
    char last_served[11]; /* the last day of receipt */
    int64_t days;         /* to object */
    char conclusion[40];  /* sampling-20; "" for none */
};
QN_MUST_USE enum qn_code sampling_end(struct sampling_end *out, struct store *st, int64_t sample,
                                      struct qn_err *err);
#endif
