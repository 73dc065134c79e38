/* person.h - who works in this office, and what each may do (domain.md: roles inside an office).
 *
 * The table is local: names of colleagues do not travel with it. duty.h asks whether somebody may do something.
 * SPEC: protocol/spec/roles.md. While nobody is entered, whoever holds the keys may do everything, as on the first
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
    ROLE_CLERK = 1 << 13,    /* enters results that inspectors signed on paper */
};
#define ROLES 14
/* Their names: "planner|draw|…", in the order of the bits; role.<name> says each in words. */
extern const char *const person_role_name[ROLES];

struct person {
    char name[PERSON_NAME + 1];
    unsigned roles;
    char insp_id[81];          /* of an inspector, by which own targets are known; "" for none */
    char since[11], until[11]; /* until "" : still here */
};
/* Grows with each change of who may come in as whom, in this process: what was known of it before is to be looked up anew.
 * Needs no lock. */
unsigned person_turn(void);
void person_turned(void);
/* Enters a person, or changes one. The last administrator keeps that role; QN_DENIED "person.apart" for two that exclude each
 * other, "person.first-admin", "person.last-admin". */
QN_MUST_USE enum qn_code person_set(struct store *st, const struct person *p, struct qn_err *err);
/* Whether the table is as the last change of it left it (roles-19): who edits the file around the program is seen. */
QN_MUST_USE enum qn_code person_check(bool *right, struct store *st, struct qn_err *err);
/* QN_ABSENT "person.absent" */
QN_MUST_USE enum qn_code person_get(struct person *out, struct store *st, const char *name,
                                    struct qn_err *err);
QN_MUST_USE enum qn_code person_list(struct store *st,
                                     void (*each)(void *ctx, const struct person *p), void *ctx,
                                     struct qn_err *err);
/* Whether roles are in force: from the first person entered on, for good. */
QN_MUST_USE enum qn_code person_in_force(bool *out, struct store *st, struct qn_err *err);
/* Who acts from here on, where a function is not told: the command line's --by. NULL: nobody. A breath hides it from others. */
void person_enter(struct store *st, const char *name);
const char *person_acting(const struct store *st); /* ""; lent until the next person_enter */
/* How many are entered and here today. */
QN_MUST_USE enum qn_code person_here(uint64_t *out, struct store *st, struct qn_err *err);
/* From here on the node acts by itself, and of what has roles does only what duty.def lets it; gives what was before. */
bool person_itself(struct store *st, bool itself);

/* All of them as they stand, into a database that is made anew for the same office. */
QN_MUST_USE enum qn_code person_copy(struct store *to, struct store *from, struct qn_err *err);

struct duty;
/* Of somebody while roles are in force: duty_may is what functions ask.
 * QN_DENIED "person.who", "person.unknown", "person.gone" or "person.role". */
QN_MUST_USE enum qn_code person_may(struct store *st, const char *name, const struct duty *d,
                                    struct qn_err *err);
#endif
