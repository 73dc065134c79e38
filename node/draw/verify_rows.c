/* verify_rows.c - rows that pass for what they are not: orders of somebody else, results of no draw. */
#include <string.h>

#include "node/draw/verify_internal.h"

static struct verdict *add_rows(struct verify *v, const char *office, const char *origin,
                                uint64_t seq)
{
    struct verdict *to = verify_add(v, VERDICT_ROWS, office);
    if (!to)
        return NULL;
    qn_text_copy(to->origin, sizeof(to->origin), qn_str(origin));
    to->seq = seq;
    return to;
}

/* SPEC verdicts-20: "ORDER_FORGED, held against its author, unless a draw names it" */
static enum qn_code judge_forged(struct verify *v, const struct order_line *line)
{
    struct verdict *to = add_rows(v, line->parent, line->origin, line->seq);
    if (!to)
        return qn_fail(v->err, QN_NOMEM, "base.no-memory", "");
    if (line->key.round)
        slot_key_name(to->slot, &line->key);
    struct finding *f = findings_add(&to->f, V_ORDER_FORGED, line->origin, line->seq, NULL);
    finding_put(&to->f, f, "by", "%s", line->parent);
    finding_put(&to->f, f, "office", "%s", line->drawer);
    finding_put(&to->f, f, "slot", "%s", to->slot[0] ? to->slot : "-");
    return findings_finish(&to->f, v->err);
}

enum qn_code verify_rows(struct verify *v, const char *office)
{
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < v->forged.n; i++)
        if (!v->forged.at[i].draw_id && verify_in_scope(v, v->forged.at[i].parent, office))
            rc = judge_forged(v, &v->forged.at[i]);
    return rc;
}
