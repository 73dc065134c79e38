/* held.h - which results are not made public yet, and why.      Spec: protocol/spec/publication.md (publication-14, -15)
 * Asked in the act that releases, so that no command and no page can go past it.                                  */
#ifndef QIAN_NODE_PUBLISH_HELD_H
#define QIAN_NODE_PUBLISH_HELD_H

#include "node/store/store.h"

enum held { HELD_NOT, HELD_REVIEW, HELD_SENT_BACK, HELD_OWN };
struct held_rules {
    struct store *st;
    const char *by; /* who makes public; "" where nobody is named */
    bool review;    /* the office, or one above it, asks for a review */
};
QN_MUST_USE enum qn_code held_rules(struct held_rules *out, struct store *st, const char *by,
                                    struct qn_err *err);
QN_MUST_USE enum qn_code held_result(enum held *out, const struct held_rules *r,
                                     struct qn_span office, int64_t id, int64_t rev,
                                     struct qn_err *err);
/* QN_DENIED, in words: result "140602:1-7-0", and how many there are. */
enum qn_code held_refusal(enum held why, const char *result, uint64_t count, const char *by,
                          struct qn_err *err);
#endif
