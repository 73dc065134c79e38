#include "node/store/person.h"

#include <stdio.h>
#include <string.h>

#include "node/store/clock.h"

const char *const person_role_name[ROLES] = {
    "planner",   "draw",   "observer",  "roster", "inspector", "reviewer", "sampler",
    "custodian", "tester", "follow-up", "head",   "auditor",   "admin"};

static void read_person(struct person *out, struct query *q)
{
    *out = (struct person){.roles = (unsigned)q_int(q, 1)};
    snprintf(out->name, sizeof(out->name), "%s", q_text(q, 0));
    snprintf(out->insp_id, sizeof(out->insp_id), "%s", q_text(q, 2));
    snprintf(out->since, sizeof(out->since), "%s", q_text(q, 3));
    snprintf(out->until, sizeof(out->until), "%s", q_text(q, 4));
}

enum qn_code person_get(struct person *out, struct store *st, const char *name, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PERSON);
    q_bind_text(&q, name);
    bool found = q_step(&q);
    if (found)
        read_person(out, &q);
    enum qn_code rc = query_end(&q, err);
    return rc || found ? rc : qn_fail(err, QN_ABSENT, "person.absent", "name=%.64s", name);
}

enum qn_code person_list(struct store *st, void (*each)(void *ctx, const struct person *p),
                         void *ctx, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PERSONS);
    while (q_step(&q)) {
        struct person p;
        read_person(&p, &q);
        each(ctx, &p);
    }
    return query_end(&q, err);
}

static enum qn_code count(struct store *st, enum sql sql, const char *but, int64_t *n,
                          struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, sql);
    if (but)
        q_bind_text(&q, but);
    *n = q_step(&q) ? q_int(&q, 0) : 0;
    return query_end(&q, err);
}

enum qn_code person_set(struct store *st, const struct person *p, struct qn_err *err)
{
    int64_t admins, persons;
    QN_AUTO(tx) struct tx tx = {0};
    if (!p->name[0])
        return qn_fail(err, QN_MALFORMED, "person.name", "");
    enum qn_code rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = count(st, SQL_PERSON_ADMINS, p->name, &admins, err);
    if (!rc)
        rc = count(st, SQL_PERSON_COUNT, NULL, &persons, err);
    /* From the first person on nobody acts who is not entered: that one must be able to enter the others. */
    if (!rc && !admins && (!(p->roles & ROLE_ADMIN) || p->until[0]))
        rc = qn_fail(err, QN_DENIED, persons ? "person.last-admin" : "person.first-admin",
                     "name=%s", p->name);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(st, SQL_PERSON_SET);
    q_bind_text(&q, p->name);
    q_bind_int(&q, p->roles);
    q_bind_text(&q, p->insp_id);
    q_bind_text(&q, p->since);
    q_bind_text(&q, p->until);
    (void)q_step(&q);
    rc = query_end(&q, err);
    return rc ? rc : tx_commit(&tx, err);
}

/* The names of some roles for a refusal: "role.head" alone is said in words by the catalogue, so the first is named. */
static const char *first_role(unsigned roles)
{
    for (unsigned i = 0; i < ROLES; i++)
        if (roles & (1u << i))
            return person_role_name[i];
    return "";
}

enum qn_code person_may(struct store *st, const char *name, unsigned roles, struct qn_err *err)
{
    struct person p;
    struct qn_err why;
    char today[11];
    int64_t persons;
    if (name && strlen(name) > PERSON_NAME)
        return qn_fail(err, QN_MALFORMED, "person.name", "");
    enum qn_code rc = count(st, SQL_PERSON_COUNT, NULL, &persons, err);
    if (rc || !persons)
        return rc;
    rc = person_get(&p, st, name ? name : "", &why);
    if (rc == QN_ABSENT)
        return qn_fail(err, QN_DENIED, "person.unknown", "name=%.64s", name ? name : "");
    if (rc) {
        *err = why;
        return rc;
    }
    clock_today(st, today);
    if (p.until[0] && strcmp(p.until, today) < 0)
        return qn_fail(err, QN_DENIED, "person.gone", "name=%s|until=%s", p.name, p.until);
    if (!(p.roles & roles))
        return qn_fail(err, QN_DENIED, "person.role", "name=%s|role=%s", p.name, first_role(roles));
    return QN_OK;
}
