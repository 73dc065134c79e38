#include "node/cli/use.h"

#include <string.h>

#include "node/store/duty.h"
#include "node/work/record.h"

#define EVERYBODY (DUTY_ITSELF - 1)

struct line {
    const char *name;
    unsigned under;
    const char *kind;      /* of record */
    unsigned char does[3]; /* 1 + the duty; 0: none */
    bool any_kind;
};
static const struct line lines[] = {
#define PLANNER                 ROLE_PLANNER
#define DRAW                    ROLE_DRAW
#define ROSTER                  ROLE_ROSTER
#define INSPECTOR               ROLE_INSPECTOR
#define REVIEWER                ROLE_REVIEWER
#define CUSTODIAN               ROLE_CUSTODIAN
#define SAMPLER                 ROLE_SAMPLER
#define TESTER                  ROLE_TESTER
#define FOLLOW_UP               ROLE_FOLLOW_UP
#define HEAD                    ROLE_HEAD
#define AUDITOR                 ROLE_AUDITOR
#define ADMIN                   ROLE_ADMIN
#define ALL                     0
#define LOOK                    .any_kind = false
#define ITSELF_TOO              .any_kind = false
#define RECORDS                 .any_kind = true
#define WRITES(k)               .kind = k
#define DOES(d)                 .does = {1 + DUTY_##d}
#define ANY_OF(a, b, c)         .does = {1 + DUTY_##a, 1 + DUTY_##b, 1 + DUTY_##c}
#define USE(command, role, ...) {.name = command, .under = role, __VA_ARGS__},
#include "node/cli/use.def"
#undef USE
};

static unsigned any_kind(void)
{
    unsigned roles = 0;
    const struct record_type *t;
    for (unsigned i = 0; (t = record_type_at(i)); i++)
        roles |= t->command ? 0 : t->roles;
    return roles;
}

bool command_use(struct command_use *out, const char *name)
{
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        const struct line *l = &lines[i];
        if (strcmp(l->name, name) != 0)
            continue;
        const struct record_type *t = l->kind ? record_type(l->kind) : NULL;
        *out = (struct command_use){.under = l->under,
                                    .roles = l->any_kind ? any_kind()
                                             : t         ? t->roles
                                                         : 0};
        for (size_t d = 0; d < 3 && l->does[d]; d++)
            out->roles |= duty_of((enum duty_id)(l->does[d] - 1))->roles & EVERYBODY;
        if (out->roles == EVERYBODY)
            out->roles = 0;
        return true;
    }
    return false;
}
