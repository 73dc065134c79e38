/* verify_review.h - the review that a publication rests on.   Spec: protocol/spec/deadlines.md */
#ifndef QIAN_NODE_DRAW_VERIFY_REVIEW_H
#define QIAN_NODE_DRAW_VERIFY_REVIEW_H

#include "node/store/log.h"

struct facts;
struct review_of {
    const char *publisher, *orderer; /* orderer: the publisher's parent; "" where it has none */
    const char *office;              /* whose result it is: the publisher's, or its station's */
    int64_t id, rev;                 /* what was published */
    const struct log *log;           /* of the publication */
    uint64_t seq;
    const char *published_on;
};
QN_MUST_USE enum qn_code verify_review(bool *bad, struct facts *x, const struct review_of *r);
#endif
