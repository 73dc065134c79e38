/* plan_write.h - the rows of a plan's tasks, as an import and a revision both write them.   Spec: tables.md, plans.md */
#ifndef QIAN_NODE_WORK_PLAN_WRITE_H
#define QIAN_NODE_WORK_PLAN_WRITE_H

#include "node/store/act.h"
#include "node/work/plan_read.h"

#define PLAN_DRAWERS  256         /* children that draw on one plan */
#define PLAN_FILE_MAX (64u << 20) /* bytes: the digest of the file as it came stands in the plan */

struct plan_writer {
    struct store *st;
    struct act act;
    int64_t id, rev; /* of the plan */
    unsigned year;
    const char *series, *by;
    char deadline[11];
    size_t ncounties;
    char county[PLAN_DRAWERS][QN_CODE_MAX + 1]; /* enrolled below this office */
};
/* One slot that a task has in a round. */
struct plan_slot {
    enum qn_slot_type type;
    const char *drawer; /* of the writer's counties, or this office */
    char from[11], to[11];
};
struct plan_round {
    size_t n;
    struct plan_slot slot[PLAN_DRAWERS + 2];
};
QN_MUST_USE enum qn_code plan_find_counties(struct plan_writer *w, struct qn_err *err);
/* Which slots the task has in this round: objects first, then by drawer. */
QN_MUST_USE enum qn_code plan_round_of(struct plan_round *out, struct plan_writer *w,
                                       const struct plan_task *t, uint32_t round,
                                       struct qn_err *err);
/* What a row of plan_task says of the task; lent from t and from the two dates. */
void plan_task_row(struct qn_row *row, struct plan_writer *w, const struct plan_task *t, int64_t id,
                   int64_t rev, char from[11], char to[11]);
/* The rules of a round, their tags looked up. */
QN_MUST_USE enum qn_code plan_rules_text(struct qn_buf *out, struct plan_writer *w,
                                         const struct plan_task *t, uint32_t round,
                                         enum qn_slot_type type, struct qn_err *err);
/* t names the line of the file in refusals; NULL: a row of no line. */
QN_MUST_USE enum qn_code plan_put(struct plan_writer *w, const struct qn_row *row,
                                  const struct plan_task *t, struct qn_err *err);
QN_MUST_USE enum qn_code plan_put_rules(struct plan_writer *w, const char *task, uint32_t round,
                                        int64_t id, int64_t rev, struct qn_span text,
                                        struct qn_err *err);
QN_MUST_USE enum qn_code plan_put_slot(struct plan_writer *w, const char *task, uint32_t round,
                                       const struct plan_slot *s, const char *joint,
                                       struct qn_err *err);
/* A task that has not been in the plan: its row, rules and slots. id: of its row. */
QN_MUST_USE enum qn_code plan_put_new(struct plan_writer *w, const struct plan_task *t, int64_t *id,
                                      unsigned *slots, struct qn_err *err);
/* The items that the scopes name are those of the task, no others. written: counts the rows. */
QN_MUST_USE enum qn_code plan_put_items(struct plan_writer *w, const struct plan_task *t,
                                        int64_t task, unsigned *written, struct qn_err *err);
/* Who issued or revised the plan (records-16). */
QN_MUST_USE enum qn_code plan_put_journal(struct plan_writer *w, struct qn_err *err);
#endif
