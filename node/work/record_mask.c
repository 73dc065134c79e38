#include "node/work/record_mask.h"

#include <string.h>

#include "node/store/duty.h"

/* SPEC records-18: "whoever may write that kind, or a kind that names its persons" */
bool record_unmasked(struct store *st, const struct record_type *t)
{
    bool in_force;
    struct qn_err why;
    struct duty d = record_duty(t);
    d.roles |= t->shown_to | ROLE_REVIEWER | ROLE_HEAD | ROLE_AUDITOR;
    if (person_in_force(&in_force, st, &why) != QN_OK)
        return false;
    return !in_force || person_may(st, person_acting(st), &d, &why) == QN_OK;
}

bool record_personal(struct store *st, const struct record_type *t, const char *field)
{
    for (unsigned i = 0; i <= RECORD_TABLES; i++) {
        const char *name = i < RECORD_TABLES ? t->table[i] : t->journal;
        const struct qn_table *table =
            name ? qn_registry_table(store_registry(st), qn_str(name)) : NULL;
        for (unsigned c = 0; table && c < table->ncols; c++)
            if (strcmp(table->col[c].name, field) == 0 && table->col[c].privacy == QN_PERSONAL)
                return true;
    }
    return false;
}
