/* exception.h - the office records that a target is void or that an inspector does not come.
 *                                                                   Spec: protocol/spec/exceptions.md
 * Who follows is computed, never chosen: where the main order was witnessed the parent answers with a supplement, elsewhere
 * the next of the frozen order is written and sent in the same entry.                                              */
#ifndef QIAN_NODE_DRAW_EXCEPTION_H
#define QIAN_NODE_DRAW_EXCEPTION_H

#include "node/draw/slot.h"

struct exception_options {
    enum qn_exc_kind kind;
    const char *draw, *object;
    const char *
        inspector; /* NULL for a void; its id, or its certificate number when this office issued it */
    const char *reason;   /* a code of exc-2, exc-3, exc-26 or exc-31 for this kind */
    const char *date;     /* NULL: today */
    const char *evidence; /* path of the signed record, for a void */
    const char *next;     /* of a reassignment: the office that gets it */
    const char *by;
    const char *person, *approved_by,
        *note; /* of an appointment: his name, who approved it, why; else NULL */
};
struct
    exception_made { /* a void has a line for each slot line in which the object stands, others have one */
    unsigned n;
    struct exception_line {
        uint64_t seq;
        uint8_t slot_no;
        char task[QN_NAME32];
        bool parent_answers;             /* a supplement follows */
        bool exhausted;                  /* nobody is left */
        char next[QN_OBJECT_ID_MAX + 1]; /* "" none */
    } line[QN_ORDER_SLOTS];
};
/* QN_DENIED with the rule when the target was not drawn, is void, has a result, or the inspector is not sent there. */
QN_MUST_USE enum qn_code exception_record(struct exception_made *out, struct store *st,
                                          const struct exception_options *o, struct qn_err *err);
/* The objects of a draw to which the inspector is sent and that have no result: an absence is from all of them.
 * Newline-ended ids in *out. */
QN_MUST_USE enum qn_code exception_visits(struct qn_buf *out, struct store *st, const char *draw,
                                          const char *inspector, struct qn_err *err);
/* Whether the reason is one of this kind. */
bool exception_reason_fits(enum qn_exc_kind kind, const char *reason);
#endif
