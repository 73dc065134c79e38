#include "qian/register.h"

#include <string.h>

/* SPEC rows-5: "`in_business` 0, `suspended` 1, `deregistered` 2, `revoked` 3, `rescinded` 4, `moved_out` 5" */
static const char *const statuses[] = {"in_business", "suspended", "deregistered",
                                       "revoked",     "rescinded", "moved_out"};
#define STATUSES (sizeof(statuses) / sizeof(statuses[0]))

const char *qn_object_status_name(uint8_t status)
{
    return status < STATUSES ? statuses[status] : NULL;
}

bool qn_object_status_parse(uint8_t *out, struct qn_span name)
{
    for (size_t i = 0; i < STATUSES; i++)
        if (qn_span_is(name, statuses[i])) {
            *out = (uint8_t)i;
            return true;
        }
    return false;
}

static void put_field(struct qn_buf *out, struct qn_span s)
{
    qn_put_span(out, s.n ? s : qn_str("-"));
}

/* SPEC register-3: "`<office code> <object id> <status> <class|->`" */
void qn_register_object_line(struct qn_buf *out, const struct qn_register_object *o)
{
    qn_put_span(out, o->office);
    qn_put_str(out, " ");
    qn_put_span(out, o->id);
    qn_put_fmt(out, " %s %c", qn_object_status_name(o->status), o->cls ? 'A' + o->cls - 1 : '-');
}

/* SPEC register-4: "`<office code> <inspector id> <valid to|-> <qualifications|->`" */
void qn_register_inspector_line(struct qn_buf *out, const struct qn_register_inspector *i)
{
    qn_put_span(out, i->office);
    qn_put_str(out, " ");
    qn_put_span(out, i->id);
    qn_put_str(out, " ");
    put_field(out, i->valid_to);
    qn_put_str(out, " ");
    put_field(out, i->quals);
}
