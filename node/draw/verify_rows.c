/* verify_rows.c - rows that pass for what they are not: orders of somebody else, results of no draw. */
#include <string.h>

#include "node/draw/verify_internal.h"
#include "node/store/standing.h"

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

/* SPEC verdicts-22: "An entry that was refused by changeset-24 is told as ROSTER_LATE, one by changeset-25 as
 * RESULT_CHANGED" */
static enum qn_code judge_refused(struct verify *v, const char *office, const char *rule,
                                  enum verdict_code code)
{
    QN_AUTO(query) struct query q = query_start(v->st, SQL_REFUSED_BY_RULE);
    q_bind_text(&q, rule);
    enum qn_code rc = QN_OK;
    while (!rc && q_step(&q)) {
        char by[QN_CODE_MAX + 1], origin[QN_ORIGIN_MAX + 1];
        uint64_t seq = (uint64_t)q_int(&q, 2);
        if (!qn_text_copy(by, sizeof(by), q_span(&q, 0)) ||
            !qn_text_copy(origin, sizeof(origin), q_span(&q, 1)) || !verify_in_scope(v, by, office))
            continue;
        struct verdict *to = add_rows(v, by, origin, seq);
        if (!to)
            return qn_fail(v->err, QN_NOMEM, "base.no-memory", "");
        struct finding *f = findings_add(&to->f, code, origin, seq, NULL);
        finding_put(&to->f, f, "by", "%s", by);
        finding_put(&to->f, f, "log", "%s", origin);
        finding_put(&to->f, f, "seq", "%llu", (unsigned long long)seq);
        rc = findings_finish(&to->f, v->err);
    }
    return rc ? rc : query_end(&q, v->err);
}

enum qn_code verify_rows(struct verify *v, const char *office)
{
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < v->forged.n; i++)
        if (!v->forged.at[i].draw_id && verify_in_scope(v, v->forged.at[i].parent, office))
            rc = judge_forged(v, &v->forged.at[i]);
    if (!rc)
        rc = judge_refused(v, office, STANDING_CLOSED, V_ROSTER_LATE);
    if (!rc)
        rc = judge_refused(v, office, STANDING_SUBJECT, V_RESULT_CHANGED);
    return rc;
}
