/* blind.h - blind numbers: which sample stands behind a number is kept here alone until the conclusion is fixed.
 *                                                                            Spec: protocol/spec/sampling.md
 * The local table blind_number holds sample, number and salt; the custodian's role alone is shown them. What travels is the
 * digest of the three (blind_mark), and, once the test is concluded, the three themselves (blind_reveal).            */
#ifndef QIAN_NODE_WORK_BLIND_H
#define QIAN_NODE_WORK_BLIND_H

#include "node/work/record.h"

#define BLIND_NUMBER 32

/* Numbers for these samples (n 0: for all that were received and have none). QN_DENIED "sampling.not-received",
 * "sampling.numbered-already". */
QN_MUST_USE enum qn_code blind_assign(unsigned *made, struct store *st, const char *const *sample,
                                      unsigned n, const char *by, struct qn_err *err);
struct blind_number {
    char sheet_no[65], lab[401], number[BLIND_NUMBER + 1];
    bool concluded, revealed;
};
/* The custodian's list. QN_DENIED "person.role". */
QN_MUST_USE enum qn_code blind_list(struct store *st, const char *by,
                                    void (*each)(void *ctx, const struct blind_number *b),
                                    void *ctx, struct qn_err *err);
/* Reveals all whose test has its conclusion. */
QN_MUST_USE enum qn_code blind_reveal(unsigned *made, struct store *st, const char *by,
                                      struct qn_err *err);

struct blind_checked {
    unsigned revealed, waiting, wrong;
};
/* All marks of all offices that are held: revealed ones are computed again; each: of one that does not agree. */
QN_MUST_USE enum qn_code blind_verify(struct blind_checked *out, struct store *st,
                                      void (*each)(void *ctx, const char *sample), void *ctx,
                                      struct qn_err *err);

/* For the kinds of record: by a number, the mark and its test; the sample behind a mark of this office. */
QN_MUST_USE enum qn_code blind_find(struct store *st, const char *number, int64_t *id,
                                    struct qn_err *err);
QN_MUST_USE enum qn_code blind_find_test(struct store *st, const char *number, int64_t *id,
                                         struct qn_err *err);
QN_MUST_USE enum qn_code blind_sample(struct record_draft *out, struct store *st, int64_t mark,
                                      struct qn_err *err);
QN_MUST_USE enum qn_code blind_check_mark(const struct record_draft *d, struct qn_err *err);
QN_MUST_USE enum qn_code blind_check_reveal(const struct record_draft *d, struct qn_err *err);
#endif
