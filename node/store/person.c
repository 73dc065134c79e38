#include "node/store/person.h"

#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/store/duty.h"
#include "node/store/internal.h"
#include "node/store/trail.h"

const char *const person_role_name[ROLES] = {
    "planner",   "draw",   "observer",  "roster", "inspector", "reviewer", "sampler",
    "custodian", "tester", "follow-up", "head",   "auditor",   "admin",    "clerk"};

static atomic_uint turn;

unsigned person_turn(void)
{
    return atomic_load(&turn);
}

void person_turned(void)
{
    atomic_fetch_add(&turn, 1);
}

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

/* "role.head" alone is said in words by the catalogue, so of several roles the first is named. */
static const char *first_role(unsigned roles)
{
    for (unsigned i = 0; i < ROLES; i++)
        if (roles & (1u << i))
            return person_role_name[i];
    return "";
}

static enum qn_code put(struct store *st, const struct person *p, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PERSON_SET);
    q_bind_text(&q, p->name);
    q_bind_int(&q, p->roles);
    q_bind_text(&q, p->insp_id);
    q_bind_text(&q, p->since);
    q_bind_text(&q, p->until);
    return store_run(&q, err);
}

/* SPEC roles-9: "A person with the role admin has no other, nor has one with the role auditor." */
static enum qn_code check_apart(const struct person *p, struct qn_err *err)
{
    static const struct {
        unsigned one, others;
    } apart[] = {{ROLE_ADMIN, ~0u}, {ROLE_AUDITOR, ~0u}, {ROLE_CUSTODIAN, ROLE_TESTER}};
    for (size_t i = 0; i < sizeof(apart) / sizeof(apart[0]); i++) {
        unsigned both = p->roles & apart[i].others & ~apart[i].one;
        if ((p->roles & apart[i].one) && both)
            return qn_fail(err, QN_DENIED, "person.apart", "name=%s|role=%s|with=%s", p->name,
                           first_role(apart[i].one), first_role(both));
    }
    return QN_OK;
}

#define STATE_HEX 32

/* Of the table as it stands: a hexadecimal text. */
static enum qn_code digest(char out[STATE_HEX + 1], struct store *st, struct qn_err *err)
{
    uint8_t hash[QN_HASH];
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 1u << 24);
    QN_AUTO(query) struct query q = query_start(st, SQL_PERSONS);
    while (q_step(&q)) {
        struct person p;
        read_person(&p, &q);
        const char *const text[] = {p.name, p.insp_id, p.since, p.until};
        for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
            qn_put(&b, text[i], strlen(text[i]) + 1);
        qn_put_uint(&b, p.roles, 4);
    }
    enum qn_code rc = query_end(&q, err);
    if (!rc)
        rc = qn_buf_check(&b, err);
    if (rc)
        return rc;
    crypto_hash_sha256(hash, b.p, b.n);
    qn_hex(out, hash, STATE_HEX / 2);
    return QN_OK;
}

enum qn_code person_check(bool *right, struct store *st, struct qn_err *err)
{
    char state[STATE_HEX + 1];
    int64_t persons;
    enum qn_code rc = count(st, SQL_PERSON_COUNT, NULL, &persons, err);
    if (!rc)
        rc = digest(state, st, err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(st, SQL_TRAIL_PERSONS);
    if (q_step(&q)) {
        const char *at = strrchr(q_text(&q, 0), '#');
        *right = at && strcmp(at + 1, state) == 0;
    } else {
        *right = !persons;
    }
    return query_end(&q, err);
}

enum qn_code person_set(struct store *st, const struct person *p, struct qn_err *err)
{
    int64_t admins, persons;
    char about[TRAIL_ABOUT], state[STATE_HEX + 1];
    QN_AUTO(tx) struct tx tx = {0};
    if (!p->name[0])
        return qn_fail(err, QN_MALFORMED, "person.name", "");
    enum qn_code rc = duty_may(st, duty_of(DUTY_PERSON_SET), NULL, err);
    if (!rc)
        rc = check_apart(p, err);
    if (!rc)
        rc = tx_begin(&tx, st, err);
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
    person_turned();
    rc = put(st, p, err);
    if (!rc)
        rc = digest(state, st, err);
    snprintf(about, sizeof(about), "%s %#x%s%s #%s", p->name, p->roles,
             p->until[0] ? " until " : "", p->until, state);
    if (!rc)
        rc = trail_put(st, duty_of(DUTY_PERSON_SET), st->person, about, err);
    return rc ? rc : tx_commit(&tx, err);
}

enum qn_code person_copy(struct store *to, struct store *from, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(from, SQL_PERSONS);
    while (!rc && q_step(&q)) {
        struct person p;
        read_person(&p, &q);
        rc = put(to, &p, err);
    }
    return rc ? rc : query_end(&q, err);
}

enum qn_code person_in_force(bool *out, struct store *st, struct qn_err *err)
{
    int64_t persons = 0;
    enum qn_code rc = count(st, SQL_PERSON_COUNT, NULL, &persons, err);
    *out = persons > 0;
    return rc;
}

void person_enter(struct store *st, const char *name)
{
    st->person[0] = 0;
    if (name && !qn_text_copy(st->person, sizeof(st->person), qn_str(name)))
        memcpy(st->person, "?", 2); /* too long for anybody who is entered */
}

const char *person_acting(const struct store *st)
{
    return st->person;
}

enum qn_code person_here(uint64_t *out, struct store *st, struct qn_err *err)
{
    char today[11];
    int64_t n = 0;
    clock_today(st, today);
    enum qn_code rc = count(st, SQL_PERSON_HERE, today, &n, err);
    *out = (uint64_t)n;
    return rc;
}

bool person_itself(struct store *st, bool itself)
{
    bool was = st->itself;
    st->itself = itself;
    return was;
}

enum qn_code person_may(struct store *st, const char *name, const struct duty *d,
                        struct qn_err *err)
{
    struct person p;
    struct qn_err why;
    char today[11];
    if (!*name)
        return qn_fail(err, QN_DENIED, "person.who", "duty=%s", d->name);
    enum qn_code rc = person_get(&p, st, name, &why);
    if (rc == QN_ABSENT)
        return qn_fail(err, QN_DENIED, "person.unknown", "name=%.64s", name);
    if (rc) {
        *err = why;
        return rc;
    }
    clock_today(st, today);
    /* SPEC roles-5: "are here on the day" */
    if (strcmp(p.since, today) > 0)
        return qn_fail(err, QN_DENIED, "person.not-yet", "name=%s|since=%s", p.name, p.since);
    if (p.until[0] && strcmp(p.until, today) < 0)
        return qn_fail(err, QN_DENIED, "person.gone", "name=%s|until=%s", p.name, p.until);
    if (!(p.roles & d->roles))
        return qn_fail(err, QN_DENIED, "person.role", "name=%s|role=%s|duty=%s", p.name,
                       first_role(d->roles), d->name);
    return QN_OK;
}
