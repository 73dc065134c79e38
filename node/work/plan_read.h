/* plan_read.h - the CSV of a printed plan and its scopes, read and checked, nothing written. */
#ifndef QIAN_NODE_WORK_PLAN_READ_H
#define QIAN_NODE_WORK_PLAN_READ_H

#include "node/work/list_read.h"
#include "node/work/plan_import.h"
#include "qian/rules.h"

enum plan_text {
    P_NO,
    P_NAME,
    P_TYPE,
    P_ITEMS,
    P_SCOPE,
    P_QUANTITY,
    P_RATIO_OP,
    P_RATIO,
    P_COUNT,
    P_TIMES,
    P_WINDOW,
    P_FROM,
    P_TO,
    P_INITIATOR_TEXT,
    P_INITIATOR,
    P_GUIDANCE,
    P_LEVEL_TEXT,
    P_LEVELS,
    P_MERGED,
    P_NOTE,
    P_DEPARTMENTS,
    P_COLUMNS
};
enum scope_text {
    S_TASK,
    S_POPULATION,
    S_STRATA,
    S_ROLES,
    S_JOINT,
    S_DRAW,
    S_TOTAL,
    S_MUST,
    S_EXCLUDE,
    S_CAP,
    S_POOL,
    S_LOAD,
    S_ITEMS,
    S_COLUMNS
};

struct plan_task {
    unsigned line;
    char *text[P_COLUMNS];
    char *scope[S_COLUMNS];   /* NULL until the scopes file was read */
    uint32_t num, den, times; /* 0/1 where the print gives a number only */
    unsigned from_month, to_month;
    const struct plan_task
        *meant; /* whose levels and initiator count: itself, or the row it is merged with */
    bool city, county;
    enum { DRAW_BOTH, DRAW_OBJECTS, DRAW_GIVEN } draw; /* who is drawn where: tables-32 */
};
struct plan_read {
    size_t n;
    bool has_items; /* the scopes say which items of a list each task inspects */
    struct plan_task task[PLAN_TASKS];
};
void plan_read_free(struct plan_read *p);
QN_DEFINE_AUTO(struct plan_read *, plan_read, plan_read_free)
struct plan_files {
    const char *plan, *scopes; /* paths */
    struct list_use use;       /* of both, sheet: of the plan */
    const char *scopes_sheet;  /* NULL: the first that shows */
};
/* In the transaction of the import. */
QN_MUST_USE enum qn_code plan_read_files(struct plan_read **out, struct store *st,
                                         const struct plan_files *files, unsigned year,
                                         struct qn_err *err);
/* The window of round `round` of `task`, cut at the deadline; rounds share the months in halves. */
void plan_window(const struct plan_task *t, uint32_t round, unsigned year, const char *deadline,
                 char from[11], char to[11]);
/* draw-rules/1 text of one round; checked by parsing. */
QN_MUST_USE enum qn_code plan_rules(struct qn_buf *out, const struct plan_task *t,
                                    const char *issuer, const char *series, uint32_t round,
                                    enum qn_slot_type type, struct qn_err *err);
#endif
