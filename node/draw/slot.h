/* slot.h - the draws that plans call for, as held here, and how a slot and a draw are named to people.
 *                                                                     Spec: protocol/spec/draw.md (slots)
 * A slot is named ISSUER/SERIES/TASK/ROUND, the slots of a joint draw by that of the first, and task and round of the
 * others, joined by '+' (1406/2021/1/1+3/1); a draw OFFICE:EPOCH-SEQ-N (the row id of its result).
 * Ownership: a list of slots owns its rules texts; slots_free() frees it.                              */
#ifndef QIAN_NODE_DRAW_SLOT_H
#define QIAN_NODE_DRAW_SLOT_H

#include "node/store/store.h"
#include "qian/draw.h"
#include "qian/entry.h"

#define SLOT_NAME_MAX \
    256 /* one slot: code, two names of 32, a number and three '/'; of a joint draw as many as fit */
#define DRAW_NAME_MAX 64

struct slot {
    char issuer[QN_CODE_MAX + 1], series[QN_NAME32], task[QN_NAME32];
    uint32_t round;
    enum qn_slot_type type;
    char drawer[QN_CODE_MAX + 1];
    char window_from[11], window_to[11];
    int64_t id, rev; /* of its row */
    int64_t plan_id, plan_rev;
    char joint[QN_NAME32]; /* slots of one plan with the same name are drawn together; "" alone */
    char *rules;           /* text, NUL-ended; owned by the list */
    bool withdrawn;        /* by its newest revision; only among slots_read_all */
};
struct slots {
    struct slot *slot; /* by drawer, then as planned */
    size_t n;
};
/* Current slots of all plans held here, or of one drawer. */
QN_MUST_USE enum qn_code slots_read(struct slots *out, struct store *st, const char *drawer,
                                    struct qn_err *err);
/* SPEC tables-30: "slots of one plan with the same `joint`, drawer, type and round" */
bool slot_is_joint(const struct slot *a, const struct slot *b);
/* What the windows of a slot and of those joined with it have in common; its own where that is nothing. */
void slot_joint_window(char from[11], char to[11], const struct slots *all, const struct slot *s);
/* Those that were withdrawn as well: what was owed before is judged. */
QN_MUST_USE enum qn_code slots_read_all(struct slots *out, struct store *st, const char *drawer,
                                        struct qn_err *err);
void slots_free(struct slots *s);
static inline void slots_auto(struct slots *s)
{
    slots_free(s);
}

/* The rules text with this hash among all revisions held of the slot's rules; QN_ABSENT "slot.rules-unknown".
 * id, rev: of its row; may be NULL.                                                                      */
struct slot_rules {
    struct qn_rules rules;
    int64_t plan_id, id, rev;
};
QN_MUST_USE enum qn_code slot_rules_find(struct slot_rules *out, struct store *st,
                                         const struct qn_slot_key *key, struct qn_err *err);
/* Whether the plan that `drawer` made for itself was accepted by `parent` as it stands now: *rev of the plan. */
QN_MUST_USE enum qn_code slot_plan_accepted(bool *out, struct store *st, const char *parent,
                                            const char *issuer, int64_t plan_id, int64_t plan_rev,
                                            struct qn_err *err);

/* The rules of all slots of one order, in the order of its slot lines. order_rules_release() frees them. */
struct order_rules {
    unsigned n;
    struct slot_rules *at;
    /* SPEC verdicts-31: "the least `age` and `witness` and the greatest `return` of its slots" */
    uint32_t age_days, witness_hours, return_days;
};
QN_MUST_USE enum qn_code order_rules_find(struct order_rules *out, struct store *st,
                                          const struct qn_order *o, struct qn_err *err);
/* One slot more, by the text of its rules. */
QN_MUST_USE enum qn_code order_rules_add(struct order_rules *out, const char *text,
                                         struct qn_err *err);
void order_rules_release(struct order_rules *r);
static inline void order_rules_auto(struct order_rules *r)
{
    order_rules_release(r);
}

bool slot_type_parse(enum qn_slot_type *out, struct qn_span name);
bool draw_level_parse(enum qn_draw_level *out, const char *name);
void slot_name(char out[SLOT_NAME_MAX], const char *issuer, const char *series, const char *task,
               uint32_t round);
void slot_key_name(char out[SLOT_NAME_MAX], const struct qn_slot_key *key);
/* All slots of one order; those that do not fit are counted. */
void order_slots_name(char out[SLOT_NAME_MAX], const struct qn_order *o);
bool slot_key_same(const struct qn_slot_key *a, const struct qn_slot_key *b); /* rules apart */
void draw_name(char out[DRAW_NAME_MAX], const char *office, int64_t id);
QN_MUST_USE enum qn_code draw_name_parse(char office[QN_CODE_MAX + 1], int64_t *id,
                                         const char *name, struct qn_err *err);
/* The day that ends a slot's time: window_to plus return days, as days since 1970. */
int32_t slot_last_day(const char *window_to, uint32_t return_days);

#endif
