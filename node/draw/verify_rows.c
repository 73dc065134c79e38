/* verify_rows.c - rows that pass for what they are not: orders of somebody else, results of no draw. */
#include <string.h>

#include "node/draw/verify_internal.h"
#include "node/store/ingest.h"
#include "node/store/standing.h"
#include "node/store/tree.h"

struct verdict *verify_add_rows(struct verify *v, const char *office, const char *origin,
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
    struct verdict *to = verify_add_rows(v, line->parent, line->origin, line->seq);
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

/* One verdict for each row of q: author, log, entry. */
static enum qn_code judge_entries(struct verify *v, const char *office, struct query *q,
                                  enum verdict_code code)
{
    enum qn_code rc = QN_OK;
    while (!rc && q_step(q)) {
        char by[QN_CODE_MAX + 1], origin[QN_ORIGIN_MAX + 1];
        uint64_t seq = (uint64_t)q_int(q, 2);
        if (!qn_text_copy(by, sizeof(by), q_span(q, 0)) ||
            !qn_text_copy(origin, sizeof(origin), q_span(q, 1)) || !verify_in_scope(v, by, office))
            continue;
        struct verdict *to = verify_add_rows(v, by, origin, seq);
        if (!to)
            return qn_fail(v->err, QN_NOMEM, "base.no-memory", "");
        struct finding *f = findings_add(&to->f, code, origin, seq, NULL);
        finding_put(&to->f, f, "by", "%s", by);
        finding_put(&to->f, f, "log", "%s", origin);
        finding_put(&to->f, f, "seq", "%llu", (unsigned long long)seq);
        rc = findings_finish(&to->f, v->err);
    }
    return rc ? rc : query_end(q, v->err);
}

/* SPEC verdicts-22: "An entry that was refused by changeset-24 is told as ROSTER_LATE, one by changeset-25 as
 * RESULT_CHANGED" */
static enum qn_code judge_refused(struct verify *v, const char *office, const char *rule,
                                  enum verdict_code code)
{
    QN_AUTO(query) struct query q = query_start(v->st, SQL_REFUSED_BY_RULE);
    q_bind_text(&q, rule);
    return judge_entries(v, office, &q, code);
}

/* SPEC verdicts-30: "told as DRAW_FORGOTTEN, held against that office" */
static enum qn_code judge_forgotten(struct verify *v, const char *office)
{
    QN_AUTO(query) struct query q = query_start(v->st, SQL_FORGOTTEN_BY_AUTHOR);
    return judge_entries(v, office, &q, V_DRAW_FORGOTTEN);
}

/* SPEC verdicts-48: "told as EVIDENCE_FORGOTTEN, held against that office" */
static enum qn_code judge_evidence(struct verify *v, const char *office)
{
    QN_AUTO(query) struct query q = query_start(v->st, SQL_EVIDENCE_FORGOTTEN);
    return judge_entries(v, office, &q, V_EVIDENCE_FORGOTTEN);
}

/* ---- results that stand for no draw ----------------------------------------------------------------------------------- */

struct alone {
    char office[QN_CODE_MAX + 1], draw_office[QN_CODE_MAX + 1], object[QN_OBJECT_ID_MAX + 1];
    int64_t id, draw_id;
};

static bool read_alone(struct alone *a, struct query *q)
{
    *a = (struct alone){.id = q_int(q, 1), .draw_id = q_int(q, 3)};
    return qn_text_copy(a->office, sizeof(a->office), q_span(q, 0)) &&
           qn_text_copy(a->draw_office, sizeof(a->draw_office), q_span(q, 2)) &&
           qn_text_copy(a->object, sizeof(a->object), q_span(q, 4));
}

/* SPEC verdicts-24: "has applied lane draw of that log as far as it holds it and beyond the draw_id's seq, or when the
 * draw_id is above the id of a result of the same office" */
static enum qn_code is_certain(bool *out, struct verify *v, const struct alone *a)
{
    const char *self = store_self(v->st)->office;
    struct log log;
    struct qn_err none;
    uint16_t epoch, n;
    uint64_t seq, received, applied;
    *out = strcmp(a->office, a->draw_office) == 0 && a->draw_id > a->id;
    if (*out || (strcmp(self, a->draw_office) != 0 && !tree_is_above(v->st, self, a->draw_office)))
        return QN_OK;
    qn_row_id_split(a->draw_id, &epoch, &seq, &n);
    if (!verify_log_at(&log, v->st, a->draw_office, epoch, &none))
        return QN_OK;
    enum qn_code rc = ingest_cursor(v->st, &log, QN_LANE_DRAW, &received, &applied, v->err);
    *out = !rc && log.verified > seq && applied >= log.verified;
    return rc;
}

/* One verdict for each author; the rows come by author. */
struct loners {
    struct verdict *to;
    struct finding *f;
    struct name_list objects;
};

static enum qn_code finish_loners(struct verify *v, struct loners *l)
{
    enum qn_code rc = QN_OK;
    if (l->to) {
        finding_put(&l->to->f, l->f, "n", "%zu", l->objects.n);
        finding_put(&l->to->f, l->f, "objects", "%s", name_list_text(&l->objects));
        rc = findings_finish(&l->to->f, v->err);
    }
    name_list_auto(&l->objects);
    *l = (struct loners){.to = NULL};
    name_list_init(&l->objects);
    return rc;
}

static enum qn_code add_loner(struct verify *v, struct loners *l, const struct alone *a)
{
    if (!l->to) {
        struct log log = {.no = 0};
        uint16_t epoch, n;
        uint64_t seq;
        struct qn_err none;
        qn_row_id_split(a->id, &epoch, &seq, &n);
        (void)verify_log_at(&log, v->st, a->office, epoch, &none);
        l->to = verify_add_rows(v, a->office, log.origin, seq);
        if (!l->to)
            return qn_fail(v->err, QN_NOMEM, "base.no-memory", "");
        l->f = findings_add(&l->to->f, V_RESULT_WITHOUT_DRAW, log.origin, seq, NULL);
        finding_put(&l->to->f, l->f, "by", "%s", a->office);
    }
    name_list_add(&l->objects, qn_str(a->object));
    return QN_OK;
}

static enum qn_code judge_alone(struct verify *v, const char *office)
{
    struct loners l = {.to = NULL};
    enum qn_code rc = QN_OK;
    name_list_init(&l.objects);
    QN_AUTO(query) struct query q = query_start(v->st, SQL_RESULTS_ALONE);
    while (!rc && q_step(&q)) {
        struct alone a;
        bool certain = false;
        if (!read_alone(&a, &q) || !verify_in_scope(v, a.office, office))
            continue;
        if (l.to && strcmp(l.to->office, a.office) != 0)
            rc = finish_loners(v, &l);
        if (!rc)
            rc = is_certain(&certain, v, &a);
        if (!rc && certain)
            rc = add_loner(v, &l, &a);
    }
    enum qn_code last = finish_loners(v, &l);
    name_list_auto(&l.objects);
    rc = rc ? rc : last;
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
    if (!rc)
        rc = judge_forgotten(v, office);
    if (!rc)
        rc = judge_evidence(v, office);
    if (!rc)
        rc = verify_heads(v, office);
    if (!rc)
        rc = judge_alone(v, office);
    return rc ? rc : verify_published_rows(v, office);
}
