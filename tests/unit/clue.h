/* clue.h - restricted rows for tests: a clue handed to one office. */
#ifndef QIAN_TESTS_CLUE_H
#define QIAN_TESTS_CLUE_H

#include "tests/unit/family.h"

/* A row of `clue`, of one that is sealed to the city; persons may be NULL. Borrows the texts. */
static inline void clue_row(struct qn_row *row, const struct act *a, int64_t id, const char *facts,
                            const char *persons)
{
    row_start(row, a, "clue", id, 1);
    row_text(row, "receiver_office", "1406");
    row_text(row, "receiver_kind", "discipline");
    row_text(row, "receiver", "discipline inspection group");
    row_text(row, "doc_no", "2021-7");
    row_text(row, "sent_on", "2021-08-16");
    row_text(row, "title", "a clue");
    row_text(row, "facts", facts);
    row_text(row, "persons", persons);
    row_text(row, "acted_by", "tester");
    row_text(row, "recorded_on", "2021-08-16T09:00:00");
}

/* One act of one clue, for the eyes of `to` alone. */
static inline enum qn_code write_clue(struct test_office *o, const char *to, const char *facts,
                                      struct qn_err *err)
{
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    MUST(act_open(&a, o->st, QN_KIND_RESULT, QN_LANE_RESULT, &offices_err));
    MUST(act_part(&a, QN_RESTRICTED, QN_TO_OFFICE, to, &offices_err));
    clue_row(&row, &a, act_id(&a), facts, NULL);
    row_text(&row, "receiver_office", to);
    MUST(act_put(&a, &row, &offices_err));
    return act_commit(&a, NULL, NULL, err);
}

#endif
