/* record_mask.h - what of a record a person is shown: personal fields only to those whose role needs them.
 *                                                                            Spec: protocol/spec/records.md
 * Asked by whoever shows records, lists or exports them inside the office. What is public is decided elsewhere, by lists of
 * columns (publication-3); a mask is no protection against somebody who reads the database.                       */
#ifndef QIAN_NODE_WORK_RECORD_MASK_H
#define QIAN_NODE_WORK_RECORD_MASK_H

#include "node/work/record.h"

#define RECORD_MASKED "***" /* in place of a value */

/* Whether whoever acts now (person_acting) is shown the personal fields of that kind. */
bool record_unmasked(struct store *st, const struct record_type *t);
/* Whether that field is personal, by the column that it stands in: "acted_by" and "reason" are asked for alike. */
bool record_personal(struct store *st, const struct record_type *t, const char *field);
#endif
