#include "node/work/record_types.h"

#include <string.h>

static const struct record_field inspection_fields[] = {
    {.name = "object_id", .kind = FIELD_OBJECT, .flags = FIELD_MUST | FIELD_FIXED},
};
const struct record_type record_inspection = {
    .name = "inspection",
    .table = {"inspection"},
    .kind = QN_KIND_RESULT,
    .nfields = 1,
    .field = inspection_fields,
};

static const struct record_type *const types[] = {
    &record_follow_up, &record_correction_order, &record_recheck,    &record_case_file,
    &record_transfer,  &record_transfer_answer,  &record_inspection,
};

const struct record_type *record_type_at(unsigned i)
{
    return i < sizeof(types) / sizeof(types[0]) ? types[i] : NULL;
}

const struct record_type *record_type(const char *name)
{
    for (unsigned i = 0; record_type_at(i); i++)
        if (strcmp(record_type_at(i)->name, name) == 0)
            return record_type_at(i);
    return NULL;
}
