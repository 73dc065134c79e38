#include "node/store/duty.h"

#include <string.h>

#include "node/store/internal.h"
#include "node/store/trail.h"
#include "qian/entry.h"

const struct duty *duty_of(enum duty_id id)
{
#define KIND(k) (UINT32_C(1) << QN_KIND_##k)
    enum {
        PLANNER = ROLE_PLANNER,
        DRAW = ROLE_DRAW,
        OBSERVER = ROLE_OBSERVER,
        ROSTER = ROLE_ROSTER,
        INSPECTOR = ROLE_INSPECTOR,
        REVIEWER = ROLE_REVIEWER,
        SAMPLER = ROLE_SAMPLER,
        CUSTODIAN = ROLE_CUSTODIAN,
        FOLLOW_UP = ROLE_FOLLOW_UP,
        HEAD = ROLE_HEAD,
        AUDITOR = ROLE_AUDITOR,
        ADMIN = ROLE_ADMIN,
        ANYBODY = DUTY_ITSELF - 1,
        BUSINESS = ANYBODY & ~(ROLE_ADMIN | ROLE_AUDITOR),
        ITSELF = DUTY_ITSELF
    };
    static const struct duty table[DUTIES] = {
#define DUTY(id, name, roles, kinds) {name, (unsigned)(roles), kinds, false},
#include "node/store/duty.def"
#undef DUTY
    };
#undef KIND
    return &table[id];
}

enum qn_code duty_has(struct store *st, const struct duty *d, const char *name, struct qn_err *err)
{
    bool in_force;
    enum qn_code rc = person_in_force(&in_force, st, err);
    return rc || !in_force ? rc : person_may(st, name, d, err);
}

static enum qn_code ask(struct store *st, const struct duty *d, const char *by, struct qn_err *err)
{
    bool named = by && *by, in_force;
    if (named && strlen(by) > PERSON_NAME)
        return qn_fail(err, QN_MALFORMED, "person.name", "");
    if (d->roles == DUTY_ITSELF)
        return QN_OK;
    enum qn_code rc = person_in_force(&in_force, st, err);
    if (rc || !in_force)
        return rc;
    if (!named && st->itself)
        return d->roles & DUTY_ITSELF ? QN_OK
                                      : qn_fail(err, QN_DENIED, "duty.itself", "duty=%s", d->name);
    /* SPEC roles-6: "nobody acts in the name of another" */
    if (named && st->person[0] && strcmp(by, st->person) != 0)
        return qn_fail(err, QN_DENIED, "person.other", "name=%s|other=%.64s", st->person, by);
    return person_may(st, named ? by : st->person, d, err);
}

enum qn_code duty_may(struct store *st, const struct duty *d, const char *by, struct qn_err *err)
{
    struct qn_err why;
    enum qn_code rc = ask(st, d, by, &why);
    if (rc == QN_DENIED)
        trail_refused(st, d, by && *by ? by : st->person, why.id);
    return rc ? qn_fail(err, rc, why.id, "%s", why.args) : QN_OK;
}

enum qn_code duty_act(struct store *st, const struct duty *d, const char *by, const char *about,
                      struct qn_err *err)
{
    enum qn_code rc = duty_may(st, d, by, err);
    return rc ? rc : trail_put(st, d, by && *by ? by : st->itself ? "" : st->person, about, err);
}
