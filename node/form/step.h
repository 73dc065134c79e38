/* step.h - one step of a path (value.h): what it says, and where it leads by the kinds and tables alone. */
#ifndef QIAN_NODE_FORM_STEP_H
#define QIAN_NODE_FORM_STEP_H

#include "node/form/value.h"

enum step_way { STEP_REFERENCE, STEP_BACK, STEP_SAME_TEXT };
struct form_step {
    enum step_way way;
    char field[32];  /* that is followed, here or, of STEP_BACK, there */
    char to[32];     /* kind or table; of STEP_REFERENCE "" until it is resolved */
    char column[32]; /* of STEP_SAME_TEXT: there */
    char alike[32];  /* of STEP_BACK: a field that is as in the record of the form; "" for none */
    bool this_rev;
};
/* Takes the step off the path. QN_MALFORMED "form.path". */
QN_MUST_USE enum qn_code form_step(struct form_step *out, struct qn_span *path, struct qn_err *err);
/* Where the step leads from that kind: fills `to`. QN_MALFORMED "form.path" when it leads nowhere. */
QN_MUST_USE enum qn_code form_step_resolve(struct form_step *s, const struct qn_registry *reg,
                                           const char *from, struct qn_err *err);
/* The tables of a kind, or the one table called so; their number. */
unsigned form_tables(const struct qn_table *out[RECORD_TABLES], const struct qn_registry *reg,
                     const char *kind);
/* The table of the kind that has the column FIELD or, behind it, `end` ("_id"); NULL for none. */
const struct qn_table *form_table_with(const struct qn_registry *reg, const char *kind,
                                       const char *field, const char *end);
bool form_has_column(const struct qn_table *t, const char *field, const char *end);
#endif
