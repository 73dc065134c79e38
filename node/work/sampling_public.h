/* sampling_public.h - results of product sampling made public, one record a batch (监督抽查结果公告).
 *                                                             Spec: protocol/spec/sampling.md (sampling-28 to -34) */
#ifndef QIAN_NODE_WORK_SAMPLING_PUBLIC_H
#define QIAN_NODE_WORK_SAMPLING_PUBLIC_H

#include "node/work/record.h"

struct sampling_public {
    uint64_t published; /* batches for the first time */
    uint64_t corrected; /* batches whose facts are others than those published */
    uint64_t waiting;   /* batches that are not final yet */
    uint64_t withdrawn; /* batches whose publication was withdrawn, and that say the same still */
};
/* Each batch that would be written, with the conclusion that becomes public. */
struct sampling_rehearsal {
    void (*each)(void *ctx, const char *sheet, const char *product, const char *party,
                 const char *conclusion, bool correction);
    void *ctx;
};
/* All batches of a task that are final and not published as they are. reason: of corrections; without one they are
 * refused (QN_MALFORMED "sampling.public-reason") and nothing is written. Nothing new writes nothing.          */
QN_MUST_USE enum qn_code sampling_publish(struct sampling_public *out, struct store *st,
                                          const char *task, const char *by, const char *reason,
                                          struct qn_err *err);
/* The same, but nothing is written and no reason asked for: each that would be is shown. */
QN_MUST_USE enum qn_code sampling_publish_shown(struct sampling_public *out, struct store *st,
                                                const char *task, const char *by,
                                                const struct sampling_rehearsal *shown,
                                                struct qn_err *err);
/* The publication of one sheet of the task taken back: a revision that says so, with its reason. QN_MALFORMED
 * "sampling.public-why" without one, QN_ABSENT "sampling.not-public". */
QN_MUST_USE enum qn_code sampling_unpublish(struct store *st, const char *task, const char *sheet,
                                            const char *by, const char *reason, struct qn_err *err);
#endif
