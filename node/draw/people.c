#include "node/draw/people.h"

#include <stdio.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/store/duty.h"

#define BETWEEN "、"

/* Whether somebody wrote into this office's roster today. */
static enum qn_code wrote_roster(bool *out, struct store *st, const char *name, struct qn_err *err)
{
    char today[11];
    clock_today(st, today);
    QN_AUTO(query) struct query q = query_start(st, SQL_ROSTER_WRITTEN_BY);
    q_bind_text(&q, store_self(st)->office);
    q_bind_text(&q, name);
    q_bind_text(&q, today);
    *out = q_step(&q);
    return query_end(&q, err);
}

/* SPEC roles-10: "an observer who is entered with that role" */
static enum qn_code counts(bool *out, struct store *st, const char *name, struct qn_err *err)
{
    struct qn_err why;
    bool wrote = true;
    enum qn_code rc = duty_has(st, duty_of(DUTY_OBSERVE), name, &why);
    if (rc == QN_DENIED)
        return QN_OK;
    if (!rc)
        rc = wrote_roster(&wrote, st, name, &why);
    if (rc)
        *err = why;
    *out = *out || (!rc && !wrote);
    return rc;
}

static enum qn_code check_observers(bool *second, struct store *st, const char *operator_name,
                                    const char *observers, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    *second = false;
    for (const char *p = observers; !rc && *p;) {
        char name[PERSON_NAME + 1];
        const char *end = strstr(p, BETWEEN);
        size_t n = end ? (size_t)(end - p) : strlen(p);
        snprintf(name, sizeof(name), "%.*s", (int)n, p);
        /* SPEC roles-11: "is none of its observers" */
        if (strcmp(name, operator_name) == 0)
            rc = qn_fail(err, QN_DENIED, "draw.operator-observes", "name=%s", name);
        else if (n <= PERSON_NAME) /* a guest of the public may have a longer one */
            rc = counts(second, st, name, err);
        p += n + (end ? sizeof(BETWEEN) - 1 : 0);
    }
    return rc;
}

enum qn_code draw_people_check(struct draw_people *out, struct store *st,
                               const struct draw_people *given, struct qn_err *err)
{
    bool in_force, wrote, second;
    const char *acts = person_acting(st);
    struct draw_people who = *given;
    enum qn_code rc = duty_may(st, duty_of(DUTY_DRAW), NULL, err);
    if (!rc)
        rc = person_in_force(&in_force, st, err);
    if (rc)
        return rc;
    if (!in_force) {
        *out = who;
        return QN_OK;
    }
    /* SPEC roles-11: "The operator of a draw is who runs it" */
    if (who.operator_name && strcmp(who.operator_name, acts) != 0)
        return qn_fail(err, QN_DENIED, "draw.operator-other", "name=%.64s|operator=%.100s", acts,
                       who.operator_name);
    who.operator_name = acts;
    rc = check_observers(&second, st, acts, who.observers, err);
    if (!rc)
        rc = wrote_roster(&wrote, st, acts, err);
    if (!rc && wrote && !second)
        rc = qn_fail(err, QN_DENIED, "draw.second-person", "name=%s", acts);
    if (!rc)
        *out = who;
    return rc;
}
