#include "node/work/plan_import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/file.h"
#include "node/store/joint.h"
#include "node/store/release.h"
#include "node/store/tree.h"
#include "node/sheet/sheet.h"
#include "node/work/plan_read.h"
#include "protocol/wire.h"
#include "qian/rules.h"

#define DRAWERS 256 /* children that draw on one plan */
#define PLAN_FILE_MAX (64u << 20) /* bytes: the digest of the file as it came stands in the plan */

struct writer {
    struct store *st;
    const struct plan_import *o;
    struct plan_imported *out;
    struct act act;
    char deadline[11];
    size_t ncounties;
    char county[DRAWERS][QN_CODE_MAX + 1];
};

static enum qn_code counties(struct writer *w, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(w->st, SQL_CERT_CHILDREN);
    q_bind_text(&q, store_self(w->st)->office);
    while (q_step(&q)) {
        if (q_int(&q, 1) != QN_COUNTY)
            continue;
        if (w->ncounties == DRAWERS)
            return qn_fail(err, QN_LIMIT, "plan.drawers", "max=%d", DRAWERS);
        qn_text_copy(w->county[w->ncounties++], QN_CODE_MAX + 1, q_span(&q, 0));
    }
    return query_end(&q, err);
}

/* What the registry would refuse at the end is told here by the row of the file. */
static enum qn_code put(struct writer *w, const struct qn_row *row, const struct plan_task *t, struct qn_err *err)
{
    for (unsigned c = 0; c < row->table->ncols; c++)
        if (row->col[c].type == QN_TEXT && row->col[c].s.n > row->table->col[c].max)
            return t ? qn_fail(err, QN_MALFORMED, "plan.too-long", "line=%u|task=%s|column=%s|max=%u", t->line,
                               t->text[P_NO], row->table->col[c].name, row->table->col[c].max)
                     : qn_fail(err, QN_MALFORMED, "work.too-long", "column=%s|max=%u", row->table->col[c].name,
                               row->table->col[c].max);
    return act_put(&w->act, row, err);
}

static enum qn_code put_plan(struct writer *w, const struct plan_import *o, struct qn_err *err)
{
    struct qn_row row;
    uint8_t digest[QN_HASH];
    QN_AUTO(qn_buf) struct qn_buf file = {0};
    enum qn_code rc = file_read(&file, o->plan, PLAN_FILE_MAX, err);
    if (rc)
        return rc;
    struct qn_span bytes = qn_buf_span(&file);
    wire_sha256(digest, &bytes, 1);
    w->out->id = act_id(&w->act);
    row_start(&row, &w->act, "plan", w->out->id, 1);
    row_text(&row, "series", o->series);
    row_text(&row, "title", o->title);
    row_text(&row, "doc_no", o->doc_no);
    row_text(&row, "issued_on", o->issued_on);
    row_int(&row, "year", o->year);
    row_text(&row, "deadline", w->deadline);
    row_int(&row, "publication_days", 20); /* working days after the check: the notice's own rule */
    row_text(&row, "publication_clock", "inspection_completed");
    row_blob(&row, "source_digest", digest, sizeof(digest));
    return put(w, &row, NULL, err);
}

static enum qn_code put_task(struct writer *w, const struct plan_task *t, struct qn_err *err)
{
    struct qn_row row;
    char from[11], to[11], rest[11];
    plan_window(t, 1, w->o->year, w->deadline, from, rest);
    plan_window(t, t->times, w->o->year, w->deadline, rest, to);
    row_start(&row, &w->act, "plan_task", act_id(&w->act), 1);
    row_int(&row, "plan_id", w->out->id);
    row_text(&row, "no", t->text[P_NO]);
    row_text(&row, "name", t->text[P_NAME]);
    row_text(&row, "draw_type", t->text[P_TYPE]);
    row_text(&row, "items", t->text[P_ITEMS]);
    row_text(&row, "object_scope", t->text[P_SCOPE]);
    row_text(&row, "quantity_text", t->text[P_QUANTITY]);
    if (*t->text[P_RATIO]) {
        row_text(&row, "ratio_op", t->text[P_RATIO_OP]);
        row_int(&row, "ratio_num", t->num);
        row_int(&row, "ratio_den", t->den);
    }
    if (*t->text[P_COUNT])
        row_int(&row, "quantity", strtol(t->text[P_COUNT], NULL, 10));
    if (*t->text[P_TIMES])
        row_int(&row, "times_per_year", t->times);
    row_text(&row, "window_text", t->text[P_WINDOW]);
    row_text(&row, "window_from", from);
    row_text(&row, "window_to", to);
    row_text(&row, "initiator_guidance_text", t->text[P_INITIATOR_TEXT]);
    row_text(&row, "initiator", t->meant->text[P_INITIATOR]);
    row_text(&row, "guidance_unit", t->meant->text[P_GUIDANCE]);
    row_text(&row, "inspecting_level_text", t->text[P_LEVEL_TEXT]);
    row_text(&row, "inspecting_levels", t->meant->text[P_LEVELS]);
    if (t->meant != t) {
        row_text(&row, "merged_from", t->meant->text[P_NO]);
        w->out->merged++;
    }
    row_text(&row, "note", t->text[P_NOTE]);
    w->out->tasks++;
    return put(w, &row, t, err);
}

static enum qn_code put_slot(struct writer *w, const struct plan_task *t, uint32_t round, enum qn_slot_type type,
                             const char *drawer, struct qn_err *err)
{
    struct qn_row row;
    char from[11], to[11];
    plan_window(t, round, w->o->year, w->deadline, from, to);
    if (strcmp(from, to) > 0)
        return qn_fail(err, QN_MALFORMED, "plan.deadline", "task=%s|round=%u|from=%s|deadline=%s", t->text[P_NO], round,
                       from, w->deadline);
    row_start(&row, &w->act, "slot", act_id(&w->act), 1);
    row_int(&row, "plan_id", w->out->id);
    row_text(&row, "task", t->text[P_NO]);
    row_int(&row, "round", round);
    row_text(&row, "type", qn_slot_type_name(type));
    row_text(&row, "drawer", drawer);
    row_text(&row, "window_from", from);
    row_text(&row, "window_to", to);
    if (*t->scope[S_JOINT])
        row_text(&row, "joint", t->scope[S_JOINT]);
    w->out->slots++;
    return act_put(&w->act, &row, err);
}

/* Whether `code` is in the table; yes where no line of any table is held yet. */
static enum qn_code know_code(struct writer *w, const char *list, unsigned code, const char *task, struct qn_err *err)
{
    char text[16];
    snprintf(text, sizeof(text), "%u", code);
    QN_AUTO(query) struct query q = query_start(w->st, SQL_WORK_CODE_KNOWN);
    q_bind_text(&q, list);
    q_bind_text(&q, text);
    bool known = q_step(&q);
    enum qn_code rc = query_end(&q, err);
    return rc || known ? rc : qn_fail(err, QN_ABSENT, "plan.tag", "task=%s|list=%s|code=%u", task, list, code);
}

/* A tag that no table has draws nobody, and nobody would notice before the draw. */
static enum qn_code check_tags(struct writer *w, struct qn_span rules, const char *task, struct qn_err *err)
{
    struct qn_rules *r = malloc(sizeof(*r));
    enum qn_code rc = r ? qn_rules_parse(r, rules, err) : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (unsigned i = 0; !rc && i < r->nnodes; i++)
        if (r->node[i].op == QN_HAS)
            rc = know_code(w, "tag", r->node[i].n, task, err);
    for (unsigned i = 0; !rc && i < r->nroles; i++)
        for (unsigned k = 0; !rc && k < r->role[i].nquals; k++)
            rc = know_code(w, "qualification", r->role[i].qual[k], task, err);
    free(r);
    return rc;
}

static enum qn_code put_rules(struct writer *w, const struct plan_task *t, uint32_t round, enum qn_slot_type type,
                              struct qn_err *err)
{
    struct qn_row row;
    QN_AUTO(qn_buf) struct qn_buf rules;
    qn_buf_init(&rules, QN_RULES_MAX - 1);
    enum qn_code rc = plan_rules(&rules, t, store_self(w->st)->office, w->o->series, round, type, err);
    if (!rc && round == 1)
        rc = check_tags(w, qn_buf_span(&rules), t->text[P_NO], err);
    if (rc)
        return rc;
    row_start(&row, &w->act, "slot_rules", act_id(&w->act), 1);
    row_int(&row, "plan_id", w->out->id);
    row_text(&row, "task", t->text[P_NO]);
    row_int(&row, "round", round);
    row_span(&row, "rules", qn_buf_span(&rules));
    return act_put(&w->act, &row, err);
}

/* Where city and county both inspect, the counties draw; the city draws what it alone inspects. */
static enum qn_code put_drawers(struct writer *w, const struct plan_task *t, uint32_t round, enum qn_slot_type type,
                                bool self_too, struct qn_err *err)
{
    enum qn_code rc = put_rules(w, t, round, type, err);
    for (size_t i = 0; !rc && t->county && i < w->ncounties; i++)
        rc = put_slot(w, t, round, type, w->county[i], err);
    if (!rc && (!t->county || self_too))
        rc = put_slot(w, t, round, type, store_self(w->st)->office, err);
    return rc;
}

/* SPEC tables-32: "the issuer draws the objects and each inspecting office draws who goes" */
static enum qn_code put_rounds(struct writer *w, const struct plan_task *t, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    if (t->county && !w->ncounties)
        return qn_fail(err, QN_ABSENT, "plan.no-county", "task=%s", t->text[P_NO]);
    for (uint32_t round = 1; !rc && round <= t->times; round++) {
        if (t->draw == DRAW_OBJECTS) {
            rc = put_rules(w, t, round, QN_OBJECTS, err);
            if (!rc)
                rc = put_slot(w, t, round, QN_OBJECTS, store_self(w->st)->office, err);
        }
        if (!rc)
            rc = put_drawers(w, t, round, t->draw == DRAW_BOTH ? QN_BOTH : QN_PAIRS, t->draw != DRAW_BOTH && t->city,
                             err);
    }
    w->out->city_only += !t->county;
    return rc;
}

/* One round of the group that a task is in, when the task is the first of it. */
static enum qn_code check_round(struct writer *w, const struct plan_read *p, size_t first, uint32_t round,
                                struct qn_err *err)
{
    const struct plan_task *t = &p->task[first];
    struct joint_member m[JOINT_MOST + 1] = {{.round = 0}};
    struct qn_buf rules[JOINT_MOST + 1];
    size_t n = 0;
    enum qn_code rc = QN_OK;
    for (size_t i = first; !rc && i < p->n && n <= JOINT_MOST; i++) {
        const struct plan_task *o = &p->task[i];
        if (strcmp(o->scope[S_JOINT], t->scope[S_JOINT]) != 0 || o->times < round)
            continue;
        qn_buf_init(&rules[n], QN_RULES_MAX);
        m[n] = (struct joint_member){.task = o->text[P_NO], .round = round};
        plan_window(o, round, w->o->year, w->deadline, m[n].from, m[n].to);
        rc = plan_rules(&rules[n], o, store_self(w->st)->office, w->o->series, round, QN_BOTH, err);
        qn_put(&rules[n], "", 1);
        m[n].rules = (const char *)rules[n].p;
        n++;
        if (!rc && (o->county != t->county || o->draw != t->draw))
            rc = qn_fail(err, QN_MALFORMED, "plan.joint-levels", "joint=%s|task=%s", t->scope[S_JOINT],
                         o->text[P_NO]);
    }
    if (!rc)
        rc = joint_check(t->scope[S_JOINT], m, n, err);
    if (!rc && n == 1 && round == 1)
        rc = qn_fail(err, QN_MALFORMED, "plan.joint-alone", "joint=%s|task=%s", t->scope[S_JOINT], t->text[P_NO]);
    for (size_t i = 0; i < n; i++)
        qn_buf_release(&rules[i]);
    return rc;
}

/* What the scopes join must be such that it can be drawn together, else nobody could ever order it. */
static enum qn_code check_joint(struct writer *w, const struct plan_read *p, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < p->n; i++) {
        const char *joint = p->task[i].scope[S_JOINT];
        bool first = *joint != 0;
        uint32_t rounds = 0;
        for (size_t k = 0; *joint && k < p->n; k++) {
            bool same = strcmp(p->task[k].scope[S_JOINT], joint) == 0;
            first = first && !(same && k < i);
            if (same && p->task[k].times > rounds)
                rounds = p->task[k].times;
        }
        if (first && !wire_is_name(qn_str(joint)))
            rc = qn_fail(err, QN_MALFORMED, "plan.joint-name", "joint=%.40s", joint);
        for (uint32_t round = 1; !rc && first && round <= rounds; round++) {
            size_t at = i;
            while (strcmp(p->task[at].scope[S_JOINT], joint) != 0 || p->task[at].times < round)
                at++;
            rc = check_round(w, p, at, round, err);
        }
    }
    return rc;
}

static enum qn_code plan_exists(struct store *st, const char *series, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_WORK_PLAN_BY_SERIES);
    q_bind_text(&q, store_self(st)->office);
    q_bind_text(&q, series);
    if (q_step(&q))
        return qn_fail(err, QN_CONFLICT, "plan.exists", "series=%s|title=%s", series, q_text(&q, 2));
    return query_end(&q, err);
}

static enum qn_code write_plan(struct writer *w, const struct plan_read *p, struct qn_err *err)
{
    uint64_t seq;
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, w->st, err);
    if (!rc)
        rc = act_begin(&w->act, w->st, QN_KIND_PLAN, QN_LANE_PLAN, err);
    if (!rc)
        rc = act_part(&w->act, QN_PUBLIC, QN_TO_SUBTREE, NULL, err);
    if (!rc)
        rc = put_plan(w, w->o, err);
    for (size_t i = 0; !rc && i < p->n; i++) {
        rc = put_task(w, &p->task[i], err);
        if (!rc)
            rc = put_rounds(w, &p->task[i], err);
    }
    if (!rc)
        rc = act_commit(&w->act, &seq, NULL, err);
    act_end(&w->act);
    if (!rc) /* a plan is public as it is issued */
        rc = release_own(w->st, &(struct release_ref){.seq = seq}, 1, err);
    return rc ? rc : tx_commit(&tx, err);
}

enum qn_code plan_import(struct store *st, const struct plan_import *o, struct plan_imported *out, struct qn_err *err)
{
    const struct keys *keys;
    QN_AUTO(plan_read) struct plan_read *p = NULL;
    struct plan_imported made = {0};
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc && !wire_is_name(qn_str(o->series)))
        rc = qn_fail(err, QN_MALFORMED, "plan.series", "series=%s", o->series);
    if (!rc && (!*o->title || !*o->doc_no))
        rc = qn_fail(err, QN_MALFORMED, "plan.untitled", "");
    if (!rc && !wire_is_date(qn_str(o->issued_on)))
        rc = qn_fail(err, QN_MALFORMED, "plan.date", "value=%s", o->issued_on);
    if (!rc && o->deadline && !wire_is_date(qn_str(o->deadline)))
        rc = qn_fail(err, QN_MALFORMED, "plan.date", "value=%s", o->deadline);
    if (!rc)
        rc = plan_exists(st, o->series, err);
    if (!rc)
        rc = plan_read_files(&p, o->plan, o->scopes, o->year, err);
    struct writer *w = rc ? NULL : calloc(1, sizeof(*w));
    if (!rc && !w)
        rc = qn_fail(err, QN_NOMEM, "base.no-memory", "");
    if (!rc) {
        w->st = st;
        w->o = o;
        w->out = &made;
        snprintf(w->deadline, sizeof(w->deadline), "%04u-12-20", o->year % 10000);
        if (o->deadline)
            memcpy(w->deadline, o->deadline, 10);
        rc = counties(w, err);
    }
    if (!rc)
        rc = check_joint(w, p, err);
    if (!rc)
        rc = write_plan(w, p, err);
    free(w);
    if (!rc)
        *out = made;
    return rc;
}

/* ---- acceptance -------------------------------------------------------------------------------------------- */

struct plan_name {
    char office[QN_CODE_MAX + 1];
    int64_t id, rev;
};

static enum qn_code find_plan(struct plan_name *out, struct store *st, const char *name, struct qn_err *err)
{
    const char *slash = strchr(name, '/');
    if (!slash || !qn_text_copy(out->office, sizeof(out->office),
                                (struct qn_span){(const uint8_t *)name, (size_t)(slash - name)}))
        return qn_fail(err, QN_MALFORMED, "plan.name", "plan=%s", name);
    QN_AUTO(query) struct query q = query_start(st, SQL_WORK_PLAN_BY_SERIES);
    q_bind_text(&q, out->office);
    q_bind_text(&q, slash + 1);
    bool found = q_step(&q);
    if (found) {
        out->id = q_int(&q, 0);
        out->rev = q_int(&q, 1);
    }
    enum qn_code rc = query_end(&q, err);
    return rc || found ? rc : qn_fail(err, QN_ABSENT, "plan.unknown", "plan=%s", name);
}

enum qn_code plan_accept(struct store *st, const char *name, const char *by, struct qn_err *err)
{
    const struct keys *keys;
    struct plan_name plan;
    struct qn_row row;
    char parent[QN_CODE_MAX + 1], now[20];
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc)
        rc = find_plan(&plan, st, name, err);
    if (rc)
        return rc;
    if (!tree_parent(st, plan.office, parent) || strcmp(parent, store_self(st)->office) != 0)
        return qn_fail(err, QN_DENIED, "plan.not-child", "plan=%s", name);
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_WORK_ACCEPTED);
        q_bind_text(&q, store_self(st)->office);
        q_bind_text(&q, plan.office);
        q_bind_int(&q, plan.id);
        q_bind_int(&q, plan.rev);
        if (q_step(&q))
            return QN_OK; /* said before: saying it twice changes nothing */
    }
    QN_AUTO(act) struct act a = {0};
    rc = act_begin(&a, st, QN_KIND_ACCEPT, QN_LANE_PLAN, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, plan.office, err);
    if (rc)
        return rc;
    clock_local(st, now);
    row_start(&row, &a, "plan_accept", act_id(&a), 1);
    row_text(&row, "plan_office", plan.office);
    row_int(&row, "plan_id", plan.id);
    row_int(&row, "plan_rev", plan.rev);
    row_text(&row, "outcome", "accepted");
    row_text(&row, "acted_by", by);
    row_text(&row, "acted_on", now);
    rc = act_put(&a, &row, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}
