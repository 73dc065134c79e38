/* field.h - how often what nobody can forbid happens: voids, recusals, absences, the same inspector at the same business,
 * draws that never came, tickets of groups where the roster was made last.   Spec: protocol/spec/field.md
 *
 * Counts are of what is held here, chances exact (chances.h). They accuse nobody: people ask.
 * Ownership: field_release() frees a report; a zeroed one is fine.                                              */
#ifndef QIAN_NODE_DRAW_FIELD_H
#define QIAN_NODE_DRAW_FIELD_H

#include "node/draw/verify.h"

#define FIELD_FLAG 1e-6 /* SPEC field-2: "below 10⁻⁶ a flag, below 10⁻³ a look" */
#define FIELD_LOOK 1e-3

enum field_measure {
    FIELD_VOIDS,
    FIELD_RECUSALS,
    FIELD_ABSENCES,
    FIELD_REPEATS,
    FIELD_WITHHELD,
    FIELD_CLASSES,    /* tickets of the classes C and D in unwitnessed draws */
    FIELD_COMPLAINTS, /* of those with complaints */
    FIELD_MEASURES
};
const char *field_measure_name(enum field_measure m); /* "voids" */
enum field_state { FIELD_FINE, FIELD_LOOKED, FIELD_FLAGGED, FIELD_NOT_JUDGED };
const char *field_state_name(enum field_state s); /* "fine" "look" "flag" "not-judged" */

struct field_line {
    char office[QN_CODE_MAX + 1], parent[QN_CODE_MAX + 1];
    enum field_measure measure;
    uint64_t x, n; /* counted among how many */
    uint64_t all_x,
        all_n; /* of all offices with the same parent; repeats: 0 and how many pairs were looked at */
    double chance; /* of x or more where nobody did anything */
    enum field_state state;
    char inspector[80], object[80]; /* repeats: the pair that it is about; "" */
};
struct field_report {
    struct field_line *at; /* by office, then measure; what an office has none of has no line */
    size_t n, offices, flagged, looked;
};
QN_MUST_USE enum qn_code field_run(struct field_report *out, struct store *st,
                                   const struct qn_report *report, struct qn_err *err);
void field_release(struct field_report *r);
static inline void field_auto(struct field_report *r)
{
    field_release(r);
}

/* What a line says once it is counted; the alarms that are expected of all lines where nobody did anything. */
enum field_state field_judge(enum field_measure m, double chance);
#endif
