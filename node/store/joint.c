#include "node/store/joint.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "qian/draw.h"

static_assert(JOINT_MOST == QN_ORDER_SLOTS, "a group is ordered by one order");

enum qn_code joint_check(const char *joint, const struct joint_member *m, size_t n,
                         struct qn_err *err)
{
    struct qn_pair_slot all[JOINT_MOST] = {{.npicks = 0}};
    const char *from = "", *to = "9999-12-31";
    enum qn_code rc = QN_OK;
    if (n > JOINT_MOST)
        return qn_fail(err, QN_LIMIT, "plan.joint-many", "joint=%s|tasks=%zu|max=%d", joint, n,
                       JOINT_MOST);
    struct qn_rules *rules = calloc(n + 1, sizeof(*rules));
    if (!rules)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (size_t i = 0; !rc && i < n; i++) {
        from = strcmp(m[i].from, from) > 0 ? m[i].from : from;
        to = strcmp(m[i].to, to) < 0 ? m[i].to : to;
        rc = qn_rules_parse(&rules[i], qn_str(m[i].rules), err);
        all[i].rules = &rules[i];
    }
    if (!rc && n && strcmp(from, to) > 0)
        rc = qn_fail(err, QN_MALFORMED, "plan.joint-window", "joint=%s|round=%u|from=%s|to=%s",
                     joint, m[0].round, from, to);
    if (!rc && n && qn_pair_positions((unsigned)n, all) > QN_VISIT_SLOTS)
        rc = qn_fail(err, QN_MALFORMED, "plan.joint-roles", "joint=%s|max=%d", joint,
                     QN_VISIT_SLOTS);
    free(rules);
    return rc;
}
