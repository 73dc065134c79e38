/* children.h - the offices below: when each was last heard, how old its newest data is, who was passed by.
 *                                                                   Spec: protocol/spec/stages.md */
#ifndef QIAN_NODE_SYNC_CHILDREN_H
#define QIAN_NODE_SYNC_CHILDREN_H

#include "node/store/store.h"

#define CHILDREN_AMBER_DAYS 7 /* stages.md; settings of the office take their place */
#define CHILDREN_RED_DAYS   30
#define CHILDREN_DAYS_MAX   3650

enum children_how { HEARD_NEVER, HEARD_LINE, HEARD_FILE, HEARD_RELAY };
enum children_colour { COLOUR_GREY, COLOUR_GREEN, COLOUR_AMBER, COLOUR_RED };
const char *children_how_name(enum children_how how);          /* "line" */
const char *children_colour_name(enum children_colour colour); /* "amber" */

struct child {
    char office[QN_CODE_MAX + 1], parent[QN_CODE_MAX + 1], name[QN_NAME_MAX + 1];
    enum qn_level level;
    uint64_t entries;  /* verified, of its newest log */
    uint64_t heard_ms; /* by this office's clock; 0: never */
    enum children_how how;
    uint64_t data_s;     /* when its newest entry was received, by its parent's clock; 0: none */
    uint64_t quiet_days; /* since heard_ms, or since its certificate when never heard */
    enum children_colour colour;
    bool bypassed; /* its parent is not known to hold entries from bypass_from on */
    uint64_t bypass_from;
};
struct children {
    struct child *child; /* by level, then code */
    size_t n;
    unsigned amber_days, red_days;
};
QN_MUST_USE enum qn_code children_read(struct children *out, struct store *st, struct qn_err *err);
void children_release(struct children *c);
static inline void children_auto(struct children *c)
{
    children_release(c);
}
enum children_colour children_colour(bool heard, uint64_t quiet_days, unsigned amber_days,
                                     unsigned red_days);
/* 1 <= amber < red <= CHILDREN_DAYS_MAX, else QN_MALFORMED "children.days". */
QN_MUST_USE enum qn_code children_set_days(struct store *st, unsigned amber, unsigned red,
                                           struct qn_err *err);
void children_days(struct store *st, unsigned *amber, unsigned *red);
#endif
