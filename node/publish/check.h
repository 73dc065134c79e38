/* check.h - the PUBLIC profile: one object of one draw, from the published files alone.
 *                                                      Spec: protocol/spec/publication.md (PUBLIC profile)
 * No database, no key, no network. Every step is told, with what it means and, where it does not hold, why.
 * Ownership: a report owns its steps; check_release() frees them, a zeroed one is fine.                     */
#ifndef QIAN_NODE_PUBLISH_CHECK_H
#define QIAN_NODE_PUBLISH_CHECK_H

#include "qian/base.h"

struct check_options {
    const char *site;        /* directory */
    const char *fingerprint; /* of the root policy, from paper */
    const char *draw;        /* OFFICE:EPOCH-SEQ-N */
    const char *object;
    const char *slip; /* file; NULL without */
};
struct check_step {
    char id[48]; /* catalogue: what the step says */
    char args[400];
    bool ok;
    struct qn_err why; /* when not ok */
};
enum check_answer {
    ANSWER_OPEN,      /* something does not hold: no answer */
    ANSWER_SEALED,    /* the draw is logged, but not released yet */
    ANSWER_FORGOTTEN, /* a part of the draw was forgotten by order: nobody can check it from here */
    ANSWER_DRAWN,     /* among the selected */
    ANSWER_NOT_SELECTED, /* not among the selected, and above every cut-off */
    ANSWER_ASK_SLIP, /* not among the selected, but below a cut-off: the slip tells its stratum */
    ANSWER_COMPLETE, /* not among the selected, and its slip shows that this is what the draw says */
};
const char *check_answer_name(enum check_answer a);
struct check_report {
    struct check_step *step; /* owned */
    size_t n, cap;
    bool ok; /* every step holds */
    enum check_answer answer;
};
/* QN_OK when an answer was worked out, be it that nothing holds; failures are only the caller's words
 * (QN_MALFORMED "check.draw-name") and QN_NOMEM.                                                        */
QN_MUST_USE enum qn_code check_site(struct check_report *out, const struct check_options *o,
                                    struct qn_err *err);
/* One published result, "OFFICE:1-7-0" in o->object: what it said in each revision, and that it stands in its log. The
 * answer stays open; ok says whether every step holds.                                                           */
QN_MUST_USE enum qn_code check_site_result(struct check_report *out, const struct check_options *o,
                                           struct qn_err *err);
void check_release(struct check_report *r);
static inline void check_report_auto(struct check_report *r)
{
    check_release(r);
}
#endif
