/* duty.h - what is done in this office, and whether somebody may do it.   Spec: protocol/spec/roles.md
 *
 * One table (duty.def) says of every act which roles may do it; the kinds of record say it of themselves (record.h).
 * It is asked in the function that does the act, never in a page: act_begin takes a duty, so no entry can be written
 * that has no line in the table.                                                                                */
#ifndef QIAN_NODE_STORE_DUTY_H
#define QIAN_NODE_STORE_DUTY_H

#include "node/store/person.h"

#define DUTY_ITSELF (1u << ROLES) /* beside the roles: the node may do it by itself */

enum duty_id {
#define DUTY(id, name, roles, kinds) DUTY_##id,
#include "node/store/duty.def"
#undef DUTY
    DUTIES
};
struct duty {
    const char *name; /* a kind of record, or duty.<name> says it */
    unsigned roles;
    uint32_t kinds; /* bits 1 << enum qn_kind; 0: nothing of it travels */
    bool record;
};
const struct duty *duty_of(enum duty_id id);

/* Whether `by`, or where that is NULL or "" whoever acts now (store_person), may do it. While nobody is entered: yes.
 * QN_DENIED "person.who", "person.other", "person.unknown", "person.gone", "person.role", "duty.itself".                          */
QN_MUST_USE enum qn_code duty_may(struct store *st, const struct duty *d, const char *by,
                                  struct qn_err *err);
/* An act that writes no entry: asked, and written into the trail with what it was about. */
QN_MUST_USE enum qn_code duty_act(struct store *st, const struct duty *d, const char *by,
                                  const char *about, struct qn_err *err);
/* Whether somebody else could, as who approves or is beside; of that no line is written. */
QN_MUST_USE enum qn_code duty_has(struct store *st, const struct duty *d, const char *name,
                                  struct qn_err *err);
#endif
