/* verify_slot.c - a planned slot without an order: whose fault is it that there is none. */
#include <string.h>

#include "node/draw/listing.h"
#include "node/draw/verify_internal.h"
#include "node/store/entry_of.h"
#include "node/store/tree.h"
#include "protocol/wire.h"

static bool has_order(const struct verify *v, const struct slot *s)
{
    for (size_t i = 0; i < v->orders.n; i++) {
        const struct qn_slot_key *k = &v->orders.at[i].key;
        if (k->round == s->round && k->type == s->type &&
            strcmp(v->orders.at[i].drawer, s->drawer) == 0 && strcmp(k->issuer, s->issuer) == 0 &&
            strcmp(k->series, s->series) == 0 && strcmp(k->task, s->task) == 0)
            return true;
    }
    return false;
}

/* ---- since when the slot was known --------------------------------------------------------------------------------- */

#define NEVER INT32_MAX

static int32_t cosigned_day(struct verify *v, const char *office, int64_t id, const char *witness)
{
    struct log log;
    struct qn_err none;
    uint16_t epoch, n;
    uint64_t seq;
    qn_row_id_split(id, &epoch, &seq, &n);
    uint64_t time_s = verify_log_at(&log, v->st, office, epoch, &none)
                          ? first_cosigned_s(v->st, &log, seq, witness)
                          : 0;
    return time_s ? wire_day_at(time_s) : NEVER;
}

/* SPEC verdicts-27: "that of the first cosignature of its plan by the issuer, where it is above the parent, else by the
 * parent; and that of the parent's first cosignature of the drawer's first certificate" */
static enum qn_code known_since(int32_t *out, struct verify *v, const struct slot *s,
                                const char *parent)
{
    const char *witness = tree_is_above(v->st, s->issuer, parent) ? s->issuer : parent;
    int32_t planned = cosigned_day(v, s->issuer, s->plan_id, witness), enrolled = NEVER;
    QN_AUTO(query) struct query q = query_start(v->st, SQL_CERTIFICATES_OF);
    q_bind_text(&q, parent);
    q_bind_text(&q, s->drawer);
    if (q_step(&q))
        enrolled = cosigned_day(v, parent, q_int(&q, 0), parent);
    *out = planned > enrolled ? planned : enrolled;
    return query_end(&q, v->err);
}

/* SPEC plans-10: "Withdrawn on a day before its window began it is owed no more" - by the entry of the revision, as the
 * witness of the plan first had it. */
static enum qn_code withdrawn_in_time(bool *out, struct verify *v, const struct slot *s,
                                      const char *parent, int32_t from)
{
    const char *witness = tree_is_above(v->st, s->issuer, parent) ? s->issuer : parent;
    struct log log;
    struct qn_err why;
    uint64_t seq;
    *out = false;
    if (!s->withdrawn)
        return QN_OK;
    enum qn_code rc = entry_of_row(&log, &seq, v->st, "slot", s->issuer, s->id, s->rev, &why);
    if (rc == QN_IO || rc == QN_NOMEM)
        return qn_fail(v->err, rc, why.id, "%s", why.args);
    uint64_t time_s = rc ? 0 : first_cosigned_s(v->st, &log, seq, witness);
    *out = !time_s || wire_day_at(time_s) <= from;
    return QN_OK;
}

/* SPEC verdicts-27: "A slot of type pairs was not known before the first list for it" */
static enum qn_code listed_since(int32_t *out, struct verify *v, const struct slot *s,
                                 const char *parent)
{
    *out = NEVER;
    QN_AUTO(query) struct query q = query_start(v->st, SQL_LISTS_OF_SLOT);
    q_bind_text(&q, s->issuer);
    q_bind_text(&q, s->series);
    q_bind_text(&q, s->task);
    q_bind_int(&q, s->round);
    q_bind_text(&q, s->drawer);
    while (q_step(&q)) {
        const char *by = q_text(&q, 0);
        if (!listing_counts(v->st, by, s->drawer))
            continue;
        int32_t day =
            cosigned_day(v, by, q_int(&q, 1), tree_is_above(v->st, by, parent) ? by : parent);
        *out = day < *out ? day : *out;
    }
    return query_end(&q, v->err);
}

static enum qn_code due_since(int32_t *out, struct verify *v, const struct slot *s,
                              const char *parent)
{
    int32_t listed = 0;
    enum qn_code rc = known_since(out, v, s, parent);
    if (!rc && s->type == QN_PAIRS)
        rc = listed_since(&listed, v, s, parent);
    *out = !rc && listed > *out ? listed : *out;
    return rc;
}

/* ---- what it could have been drawn from ------------------------------------------------------------------------------ */

struct wanted {
    const struct slot *slot;
    const char *parent;
    uint32_t age_days; /* of its rules */
};

enum qn_code verify_freeze_serves(bool *out, struct verify *v, const struct log *log, uint64_t seq,
                                  enum qn_slot_type type, uint32_t age_days, int32_t cosigned)
{
    struct qn_err why;
    enum qn_code rc = ground_reuse(&v->ground, v->st, log->origin, seq, &why);
    *out = false;
    if (rc == QN_IO || rc == QN_NOMEM)
        return qn_fail(v->err, rc, why.id, "%s", why.args);
    if (rc || ground_check(&v->ground, &why) != QN_OK ||
        !freeze_date_fits(v->ground.freeze.date, cosigned, age_days))
        return QN_OK;
    *out = type == QN_OBJECTS;
    for (size_t i = 0; !*out && i < v->ground.roster.r.ninspectors; i++)
        *out = v->ground.roster.r.inspector[i].available;
    return QN_OK;
}

/* Whether a freeze that serves the slot was cosigned from day `from` on and before day `to`. */
static enum qn_code froze(bool *out, struct verify *v, const struct wanted *w, int32_t from,
                          int32_t to)
{
    const struct slot *s = w->slot;
    enum qn_code rc = QN_OK;
    *out = false;
    QN_AUTO(query) struct query q = query_start(v->st, SQL_FREEZES);
    q_bind_text(&q, s->drawer);
    q_bind_int(&q, 0);
    while (!rc && !*out && q_step(&q)) {
        struct log log;
        struct qn_err none;
        uint16_t epoch, n;
        uint64_t seq;
        qn_row_id_split(q_int(&q, 0), &epoch, &seq, &n);
        int32_t day = cosigned_day(v, s->drawer, q_int(&q, 0), w->parent);
        if (day >= from && day < to && verify_log_at(&log, v->st, s->drawer, epoch, &none))
            rc = verify_freeze_serves(out, v, &log, seq, s->type, w->age_days, day);
    }
    return rc ? rc : query_end(&q, v->err);
}

/* ---- the verdict ------------------------------------------------------------------------------------------------------- */

static enum qn_code tell(struct verify *v, const struct slot *s, enum verdict_code code,
                         const char *parent)
{
    struct verdict *to = verify_add(v, VERDICT_NO_ORDER, s->drawer);
    if (!to)
        return qn_fail(v->err, QN_NOMEM, "base.no-memory", "");
    slot_name(to->slot, s->issuer, s->series, s->task, s->round);
    struct finding *f = findings_add(&to->f, code, "", 0, NULL);
    finding_put(&to->f, f, "slot", "%s", to->slot);
    finding_put(&to->f, f, "office", "%s", s->drawer);
    finding_put(&to->f, f, "by", "%s", parent);
    finding_put(&to->f, f, "from", "%s", s->window_from);
    finding_put(&to->f, f, "to", "%s", s->window_to);
    return findings_finish(&to->f, v->err);
}

/* SPEC verdicts-27: "such a freeze cosigned before the last day is ORDER_MISSING, none cosigned up to the last day
 * FREEZE_MISSING" */
static enum qn_code judge_over(struct verify *v, const struct wanted *w, int32_t first,
                               int32_t last, bool asked_freeze)
{
    bool early, late = false;
    enum qn_code rc = froze(&early, v, w, first, last);
    if (!rc && !early)
        rc = froze(&late, v, w, last, last + 1);
    if (rc || late || (!early && !asked_freeze))
        return rc;
    return tell(v, w->slot, early ? V_ORDER_MISSING : V_FREEZE_MISSING, w->parent);
}

static enum qn_code is_accepted(bool *out, struct verify *v, const struct slot *s,
                                const char *parent)
{
    *out = true;
    return strcmp(s->issuer, s->drawer) == 0
               ? slot_plan_accepted(out, v->st, parent, s->issuer, s->plan_id, s->plan_rev, v->err)
               : QN_OK;
}

enum qn_code verify_slot(struct verify *v, const struct slots *all, const struct slot *s)
{
    char parent[QN_CODE_MAX + 1], first[11], last[11];
    struct qn_rules rules;
    struct qn_err none;
    /* SPEC verdicts-27: "The window of a slot that is to be drawn with others is what their windows have in common" */
    slot_joint_window(first, last, all, s);
    int32_t from = wire_day(qn_str(first)), to = wire_day(qn_str(last)), since;
    bool accepted, served, over;
    /* SPEC verdicts-26: "A slot of a plan by an office that is neither above the drawer nor the drawer itself" */
    if (strcmp(s->issuer, s->drawer) != 0 && !tree_is_above(v->st, s->issuer, s->drawer))
        return QN_OK;
    /* SPEC verdicts-27: "An order that is given on the first day of the window is on time" */
    if (v->today <= from || has_order(v, s) || !tree_parent(v->st, s->drawer, parent) ||
        qn_rules_parse(&rules, qn_str(s->rules), &none) != QN_OK)
        return QN_OK;
    int32_t age = (int32_t)rules.age_days;
    struct wanted w = {s, parent, rules.age_days};
    enum qn_code rc = withdrawn_in_time(&over, v, s, parent, from);
    if (rc || over)
        return rc;
    rc = is_accepted(&accepted, v, s, parent);
    if (!rc)
        rc = due_since(&since, v, s, parent);
    if (rc || !accepted || since == NEVER)
        return rc;
    bool in_time = since < from || since <= to - age;
    if (v->today > to)
        return in_time || (s->type == QN_PAIRS && since < to)
                   ? judge_over(v, &w, from - age, to, in_time)
                   : QN_OK;
    if (since >= from)
        return QN_OK;
    rc = froze(&served, v, &w, from - age, from);
    return rc || !served ? rc : tell(v, s, V_ORDER_MISSING, parent);
}
