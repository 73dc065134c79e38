/* person.h - who works in this office, and what each may do (domain.md: roles inside an office).
 *
 * The table is local: names of colleagues do not travel with it. Every act carries its person in `acted_by`; here it is
 * asked whether that person may do it, in the function that does it and never in a page.
 * SPEC: protocol/spec/records.md. While nobody is entered, whoever holds the keys may do everything, as on the first
 * day of an office; from the first person on, only those entered may act.                                          */
#ifndef QIAN_NODE_STORE_PERSON_H
#define QIAN_NODE_STORE_PERSON_H

#include "node/store/store.h"

#define PERSON_NAME 64 /* bytes */

enum role {
    ROLE_PLANNER = 1 << 0,   /* item lists, plans, tasks */
    ROLE_DRAW = 1 << 1,      /* freezes rosters, runs draws */
    ROLE_OBSERVER = 1 << 2,  /* confirms a draw */
    ROLE_ROSTER = 1 << 3,    /* objects, inspectors, recusals */
    ROLE_INSPECTOR = 1 << 4, /* records of own targets */
    ROLE_REVIEWER = 1 << 5,  /* reviews, sends back, releases; never an own record */
    ROLE_SAMPLER = 1 << 6,
    ROLE_CUSTODIAN = 1 << 7, /* alone sees blind numbers */
    ROLE_TESTER = 1 << 8,
    ROLE_FOLLOW_UP = 1 << 9, /* orders, rechecks, transfers */
    ROLE_HEAD = 1 << 10,     /* issues plans, approves substitutions, signs reports */
    ROLE_AUDITOR = 1 << 11,  /* reads everything, writes nothing */
    ROLE_ADMIN = 1 << 12,    /* keys, peers, persons */
};
#define ROLES 13
/* Their names: "planner|draw|…", in the order of the bits; role.<name> says each in words. */
extern const char *const person_role_name[ROLES];

struct person {
    char name[PERSON_NAME + 1];
    unsigned roles;
    char insp_id[81];          /* of an inspector, by which own targets are known; "" for none */
    char since[11], until[11]; /* until "" : still here */
};
/* Enters a person, or changes one. The last administrator keeps that role. */
QN_MUST_USE enum qn_code person_set(struct store *st, const struct person *p, struct qn_err *err);
/* QN_ABSENT "person.absent" */
QN_MUST_USE enum qn_code person_get(struct person *out, struct store *st, const char *name,
                                    struct qn_err *err);
QN_MUST_USE enum qn_code person_list(struct store *st,
                                     void (*each)(void *ctx, const struct person *p), void *ctx,
                                     struct qn_err *err);
/* Whether `name` may do what any of these roles may. QN_DENIED "person.unknown", "person.gone" or "person.role". */
QN_MUST_USE enum qn_code person_may(struct store *st, const char *name, unsigned roles,
                                    struct qn_err *err);
#endif
