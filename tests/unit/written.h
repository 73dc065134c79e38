/* written.h - a record as a test writes it: "field=value" in two lists, each until NULL, of which the second counts where
 * both name a field. The first refusal is what comes back. */
#ifndef QIAN_TESTS_WRITTEN_H
#define QIAN_TESTS_WRITTEN_H

#include "tests/unit/offices.h"

#include "node/store/person.h"
#include "node/work/record.h"

static inline enum qn_code write_id(struct test_office *o, const char *by, const char *kind,
                                    int64_t *id, const char *const *first, const char *const *then)
{
    QN_AUTO(record_draft) struct record_draft d = {0};
    enum qn_code rc = record_start(&d, o->st, record_type(kind), by, &offices_err);
    for (int list = 0; list < 2; list++)
        for (const char *const *v = list ? then : first; !rc && v && *v; v++) {
            char field[40];
            size_t n = strcspn(*v, "=");
            snprintf(field, sizeof(field), "%.*s", (int)n, *v);
            rc = record_set(&d, field, qn_str(*v + n + 1), &offices_err);
        }
    if (!rc)
        rc = record_write(&d, &offices_err);
    if (!rc && id)
        *id = d.id;
    return rc;
}

/* name: what the record is called by others; NULL: not wanted. */
static inline enum qn_code write_as(struct test_office *o, const char *by, const char *kind,
                                    char name[80], const char *const *first,
                                    const char *const *then)
{
    int64_t id;
    enum qn_code rc = write_id(o, by, kind, &id, first, then);
    if (!rc && name)
        record_name_text(name, code_of(o), id);
    return rc;
}

#endif
