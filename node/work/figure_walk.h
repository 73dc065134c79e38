/* figure_walk.h - the rows behind the figures: a source is one statement that gives, for each thing that is counted, whose
 * it is and what is true of it. Rows of one key are one thing, whichever offices wrote them.
 *                                                                            Spec: protocol/spec/figures.md
 * Read in the order of the keys, so that whatever a province holds, only the rows of one key are in memory at a time.
 * Ownership: what a walk lends is valid during the call.                                                          */
#ifndef QIAN_NODE_WORK_FIGURE_WALK_H
#define QIAN_NODE_WORK_FIGURE_WALK_H

#include "node/store/store.h"

enum figure_source {
    FIGURE_TARGETS,
    FIGURE_ENTERPRISES,
    FIGURE_TASKS,
    FIGURE_EXCEPTIONS,
    FIGURE_ACTS,
    FIGURE_DRAWS,
    FIGURE_SAMPLES,
    FIGURE_SOURCES
};
/* What is true of a thing, by source; the statements of sql-figure.def give these numbers. */
enum figure_flag {
    TARGET_ASSIGNED = 1,
    TARGET_INSPECTED = 2,
    TARGET_PUBLISHED = 4,
    TARGET_PROBLEM = 8,
    TARGET_OPEN = 16, /* a follow-up is open, or a problem has none */
    TARGET_FOLLOWED = 32,
    TARGET_DUE = 64, /* its publication has ended, or its last day is over */
    TARGET_LATE = 128,
    TARGET_PROVISIONAL = 256, /* its last day is not settled yet */

    ENTERPRISE_INSPECTED = 1,

    TASK_PLANNED = 1,
    TASK_JOINT = 2,

    EXCEPTION_VOID = 1,
    EXCEPTION_SUBSTITUTE = 2,
    EXCEPTION_DIRECT = 4,
    EXCEPTION_NEIGHBOUR = 8,

    ACT_FOLLOW_UP = 1,
    ACT_ORDER = 2,
    ACT_CASE = 4,
    ACT_TRANSFER = 8,

    DRAW_MAIN = 1,
    DRAW_DISPUTED = 2,

    SAMPLE_TAKEN = 1,
    SAMPLE_CONCLUDED = 2,
    SAMPLE_NONCONFORMING = 4,
};

#define FIGURE_TASK    128 /* "ISSUER/SERIES/TASK" */
#define FIGURE_KEY     512
#define FIGURE_RECORDS 3
struct figure_heads;
struct figure_query {
    const char *office;            /* it and those below it; NULL: this office */
    unsigned year;                 /* 0: of any, where a series is named */
    const char *series;            /* "ISSUER/SERIES"; NULL: of all */
    const char *task, *risk_class; /* rows of one task, of one class alone; NULL: of all */
    int32_t on;                    /* the day by which lateness is judged; 0: today */
    /* Without what is written beyond these sizes, as far as ids tell; NULL: all. */
    const struct figure_heads *below;
};
struct figure_record {
    char office[QN_CODE_MAX + 1];
    int64_t id, rev;
};
struct figure_row {
    char office[QN_CODE_MAX + 1], task[FIGURE_TASK], risk_class[4];
    unsigned flags;
    struct figure_record record[FIGURE_RECORDS]; /* that they rest on */
    unsigned nrecords;
};
struct figure_thing {
    char key[FIGURE_KEY], label[404];
    struct figure_row *row;
    size_t n, cap;
};
typedef enum qn_code figure_each(void *ctx, const struct figure_thing *thing, struct qn_err *err);
/* timed: lateness is wanted too, which costs a look at each publication. Offices are those of the query. QN_ABSENT
 * "store.not-enrolled", "figure.office" for one that is not at or below this office, "figure.series". */
QN_MUST_USE enum qn_code figure_walk(struct store *st, const struct figure_query *q,
                                     enum figure_source source, bool timed, figure_each *each,
                                     void *ctx, struct qn_err *err);
/* Fills what the query leaves open: the office, the year. */
QN_MUST_USE enum qn_code figure_settle(struct figure_query *out, struct store *st,
                                       const struct figure_query *q, struct qn_err *err);
#endif
