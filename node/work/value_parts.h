/* value_parts.h - what the makers of a record's values share (record_value.c, value_record.c, value_person.c,
 * value_column.c): the value that is being typed, and how its one form is kept. Nobody else includes it.           */
#ifndef QIAN_NODE_WORK_VALUE_PARTS_H
#define QIAN_NODE_WORK_VALUE_PARTS_H

#include "node/work/record.h"

struct typing {
    struct record_draft *d;
    const struct record_field *f;
    struct qn_span text; /* without blanks at its ends */
    struct record_value *out;
};
/* Keeps the one form of a value, ended by a NUL. QN_LIMIT "value.long". */
QN_MUST_USE enum qn_code value_keep(struct typing *t, const char *s, size_t n, struct qn_err *err);
/* Refuses by `id`, whose sentence names the field and what was typed. */
QN_MUST_USE enum qn_code value_refuse(const struct typing *t, enum qn_code code, const char *id,
                                      struct qn_err *err);
struct qn_span value_trimmed(struct qn_span s);

/* One kind of field each: from what was typed to its form. */
QN_MUST_USE enum qn_code value_take_record(struct typing *t, struct qn_err *err);
QN_MUST_USE enum qn_code value_take_persons(struct typing *t, struct qn_err *err);

/* A column of a table by name, or by the field and an end ("_id", "_office", "_rev"); NULL when there is none. */
const struct qn_column *value_column(const struct qn_table *t, const char *name);
const struct qn_column *value_column_of(const struct qn_table *t, const char *field,
                                        const char *end);
/* Bytes that the column of a field holds, in whichever of the record's tables it stands. */
size_t value_room(const struct record_draft *d, const struct record_field *f);
#endif
