/* register.h - the lines of a register of record, which a snapshot's roots commit to.   Spec: protocol/spec/register.md
 *
 * A line holds what a roster is compared with, and no more. Lists are in ascending order of their lines, bytewise.
 * Ownership: the entries borrow their texts.                                                                  */
#ifndef QIAN_REGISTER_H
#define QIAN_REGISTER_H

#include "qian/base.h"

struct qn_register_object {
    struct qn_span office, id; /* who supervises it */
    uint8_t status, cls;       /* as in an object record; cls 0: the register does not say */
};
struct qn_register_inspector {
    struct qn_span office, id; /* where the inspector serves */
    struct qn_span valid_to;   /* a date; empty: no end */
    struct qn_span quals;      /* decimals joined by commas; empty: none */
};
/* Lines without an end of line. */
void qn_register_object_line(struct qn_buf *out, const struct qn_register_object *o);
void qn_register_inspector_line(struct qn_buf *out, const struct qn_register_inspector *i);
/* "in_business" and so on; NULL above 5. */
const char *qn_object_status_name(uint8_t status);
bool qn_object_status_parse(uint8_t *out, struct qn_span name);

#endif
