/* record_state.c - how far a record has come: one statement a kind (sql-work.def). */
#include <stdio.h>
#include <string.h>

#include "node/work/record.h"

static const struct {
    const char *type;
    enum sql sql;
} states[] = {
    {"follow_up", SQL_STATE_FOLLOW_UP},   {"correction_order", SQL_STATE_CORRECTION_ORDER},
    {"transfer", SQL_STATE_TRANSFER},     {"filing", SQL_STATE_FILING},
    {"inspection", SQL_STATE_INSPECTION}, {"visit", SQL_STATE_VISIT},
    {"clue", SQL_STATE_CLUE},
};

enum qn_code record_state(char out[RECORD_STATE], struct store *st, const struct record_type *t,
                          const char *office, int64_t id, struct qn_err *err)
{
    out[0] = 0;
    if (t->state)
        return t->state(out, st, office, id, err);
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (strcmp(states[i].type, t->name) != 0)
            continue;
        QN_AUTO(query) struct query q = query_start(st, states[i].sql);
        q_bind_text(&q, office);
        q_bind_int(&q, id);
        if (q_step(&q))
            snprintf(out, RECORD_STATE, "%s", q_text(&q, 0));
        return query_end(&q, err);
    }
    return QN_OK;
}
